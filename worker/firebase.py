"""The worker's connection to Firebase: service account and bucket from the environment.

`FIREBASE_SERVICE_ACCOUNT_KEY` is the path of a key file or the JSON itself, and
`FIREBASE_STORAGE_BUCKET` the bucket. With the emulators' variables set no key is needed. Without
any of it the worker has no Firebase, and delivers in another way.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firepod.adapters.bucket import Bucket
from firepod.adapters.firestore import FirestoreStore
from firepod.adapters.storage_reach import open_client
from firepod.settings import MediaUrls

PATIENCE_SECONDS = 13.0  # a little less than a delivery gives a change


class BadFirebaseSetup(Exception):
    """The environment names a Firebase project, but not one that can be used."""


@dataclass(frozen=True, slots=True)
class Firebase:
    """Open clients; they are thread-safe and live as long as the worker."""

    store: FirestoreStore
    _storage: Any
    _bucket: str
    _emulator: str

    def bucket(self, media_urls: str) -> Bucket:
        """The bucket, making URLs of the kind that the job asks for."""
        return Bucket(
            lambda: self._storage.bucket(self._bucket), MediaUrls(media_urls), self._emulator
        )


def connect(environ: Mapping[str, str] = os.environ) -> Firebase | None:
    """Open the project that the environment names; None if it names none.

    Raises:
        BadFirebaseSetup: it names one, but the key or the bucket is missing or unusable.
    """
    key = environ.get("FIREBASE_SERVICE_ACCOUNT_KEY", "").strip()
    bucket = environ.get("FIREBASE_STORAGE_BUCKET", "").strip()
    emulated = "FIRESTORE_EMULATOR_HOST" in environ and "STORAGE_EMULATOR_HOST" in environ
    if not key and not (emulated and bucket):
        return None
    if not bucket:
        raise BadFirebaseSetup("FIREBASE_STORAGE_BUCKET is missing.")
    # Only a worker with Firebase loads its libraries.
    from google.cloud import firestore

    if emulated:
        project = environ.get("GOOGLE_CLOUD_PROJECT", "demo-firepod")
        return Firebase(
            FirestoreStore(firestore.Client(project=project), PATIENCE_SECONDS),
            open_client(project=project),
            bucket,
            environ["STORAGE_EMULATOR_HOST"],
        )
    from google.oauth2 import service_account

    info = _service_account(key)
    try:
        credentials = service_account.Credentials.from_service_account_info(info)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise BadFirebaseSetup("FIREBASE_SERVICE_ACCOUNT_KEY is not a service account.") from error
    project = info.get("project_id", "")
    return Firebase(
        FirestoreStore(
            firestore.Client(project=project, credentials=credentials), PATIENCE_SECONDS
        ),
        open_client(project=project, credentials=credentials),
        bucket,
        "",
    )


def _service_account(key: str) -> dict[str, Any]:
    try:
        text = key if key.startswith("{") else Path(key).read_text()
        info = json.loads(text)
    except (OSError, ValueError) as error:
        # Neither the text nor the parser's message: both may hold a part of the key.
        raise BadFirebaseSetup(
            "FIREBASE_SERVICE_ACCOUNT_KEY is neither a readable file nor JSON."
        ) from error
    if not isinstance(info, dict):
        raise BadFirebaseSetup("FIREBASE_SERVICE_ACCOUNT_KEY is not a service account.")
    return info
