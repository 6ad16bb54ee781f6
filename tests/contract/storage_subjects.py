"""The places that serve the port of Storage, and what each of them is known not to do."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from firepod.adapters.bucket import Bucket
from firepod.adapters.storage_reach import open_client
from firepod.ports import Storage
from firepod.settings import MediaUrls
from tests.fakes.clock import FakeClock
from tests.fakes.google_storage import BUCKET, google_storage
from tests.fakes.storage import FakeStorage

# What Google's Storage does and a place does not; everything else is the same everywhere.
LACKS: dict[str, set[str]] = {
    "emulator": {
        "create only",  # it ignores ifGenerationMatch: an object is replaced
        "ends",  # it cannot sign: URLs carry tokens, and uploads go to sessions without an end
        "sizes",  # a session bounds none
        "modes",  # all URLs are token URLs
    },
    "memory": {"modes", "headers"},
    "google": {
        "tokens",  # Firebase's own front serves them, and nothing of Google's Storage does
    },
}


@dataclass
class MediaSubject:
    """One place: `media(kind)` is the port with this MEDIA_URLS."""

    name: str
    storage: Callable[[MediaUrls], Storage]
    fetch: Callable[[str], tuple[int, bytes]]
    put: Callable[[str, dict[str, str], bytes], int]
    later: Callable[[timedelta], None]
    publications: Callable[[], int]
    now: Callable[[], datetime]
    headers: Callable[[str], dict[str, str]]  #: path -> what an object is kept with
    folder: str = field(default_factory=lambda: uuid.uuid4().hex)  #: a test's objects lie here

    def does(self, feature: str) -> bool:
        return feature not in LACKS[self.name]


def in_memory() -> MediaSubject:
    fake = FakeStorage(FakeClock())

    def fetch(url: str) -> tuple[int, bytes]:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        file = fake.files.get(parts.path[1:])
        if file is None:
            return 404, b""
        if "until" in query:
            opens = fake.clock.now() <= datetime.fromisoformat(query["until"])
        else:
            opens = query.get("token") == file.token
        return (200, fake.contents[file.path]) if opens else (403, b"")

    return MediaSubject(
        "memory",
        lambda _kind: fake,
        fetch,
        lambda url, _headers, data: 200 if fake.upload(url, data) else 412,
        lambda span: fake.clock.advance(span.total_seconds()),
        lambda: 0,
        fake.clock.now,
        lambda _path: {},
    )


@contextmanager
def on_google() -> Iterator[MediaSubject]:
    """As a worker with a key file: the client signs by itself."""
    from google.oauth2 import service_account

    with google_storage() as storage:
        client = open_client(
            project="demo",
            credentials=service_account.Credentials.from_service_account_info(
                storage.service_account()
            ),
            client_options={"api_endpoint": storage.url},
        )
        client.create_bucket(BUCKET)

        def later(span: timedelta) -> None:
            storage.now = datetime.now(UTC) + span

        yield MediaSubject(
            "google",
            lambda kind: Bucket(lambda: client.bucket(BUCKET), kind),
            _fetch,
            _put,
            later,
            lambda: storage.publications,
            lambda: datetime.now(UTC),
            lambda path: _headers(client.bucket(BUCKET), path),
        )
        client.close()


@contextmanager
def on_the_emulator(address: str, project: str) -> Iterator[MediaSubject]:
    client = _client_of_the_emulator(address, project)
    yield MediaSubject(
        "emulator",
        lambda kind: Bucket(
            lambda: client.bucket(f"{project}.appspot.com"), kind, f"http://{address}"
        ),
        _fetch,
        _put,
        lambda _span: None,
        lambda: 0,
        lambda: datetime.now(UTC),
        lambda path: _headers(client.bucket(f"{project}.appspot.com"), path),
    )
    client.close()


def _client_of_the_emulator(address: str, project: str) -> Any:
    """As functions open it: by the variable, which no other test may see."""
    before = os.environ.get("STORAGE_EMULATOR_HOST")
    os.environ["STORAGE_EMULATOR_HOST"] = f"http://{address}"
    try:
        return open_client(project=project)
    finally:
        del os.environ["STORAGE_EMULATOR_HOST"]
        if before is not None:
            os.environ["STORAGE_EMULATOR_HOST"] = before


def _headers(bucket: Any, path: str) -> dict[str, str]:
    blob = bucket.get_blob(path)
    return {
        "Cache-Control": blob.cache_control or "",
        "Content-Disposition": blob.content_disposition or "",
    }


def _fetch(url: str) -> tuple[int, bytes]:
    answer = requests.get(url, timeout=30)
    return answer.status_code, answer.content


def _put(url: str, headers: dict[str, str], data: bytes) -> int:
    return requests.put(url, headers=headers, data=data, timeout=30).status_code
