"""Everything that a run left behind, gathered once it is quiet; what `audit` judges."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client

from tests.chaos.calls import Call
from tests.chaos.killer import Kill
from tests.chaos.plan import Step
from tests.chaos.watch import Watch

HEAD_BYTES = 16


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object in the bucket."""

    size: int
    content_type: str
    owner: str
    head: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One run: what was planned, what was done, and what is left."""

    steps: Sequence[Step]
    calls: Sequence[Call]
    kills: Sequence[Kill]
    documents: Mapping[str, Mapping[str, Any]]  #: path -> fields, of every collection
    objects: Mapping[str, StoredObject]
    runpod_jobs: Sequence[Mapping[str, Any]]  #: local.runpod's history
    disturbed: Sequence[Mapping[str, Any]]  #: requests that a fault struck
    engine: Sequence[Mapping[str, Any]]  #: the notes of NotingEngine
    seconds_to_quiet: float
    is_quiet: bool


def read_objects(project: str, bucket: str) -> dict[str, StoredObject]:
    """Every object of the Storage emulator's bucket."""
    client = Client(project=project, credentials=AnonymousCredentials())
    return {
        blob.name: StoredObject(
            blob.size or 0,
            blob.content_type or "",
            (blob.metadata or {}).get("owner", ""),
            blob.download_as_bytes(start=0, end=HEAD_BYTES - 1, raw_download=True),
        )
        for blob in client.bucket(bucket).list_blobs()
    }


def read_engine_log(path: Path) -> list[dict[str, Any]]:
    """The notes of all engines; none if no engine ever ran."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def gather_documents(watch: Watch) -> dict[str, dict[str, Any]]:
    """Every document of Firestore."""
    return dict(watch.documents())
