"""The worker's connection to Firebase: service account and bucket from the environment.

`FIREBASE_SERVICE_ACCOUNT_KEY` is the path of a key file or the JSON itself, and
`FIREBASE_STORAGE_BUCKET` the bucket (`firebase_key`). With the emulators' variables set no key is
needed. Without any of it the worker has no Firebase, and delivers in another way; with a part of it
it has been set up wrongly, and does not begin.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firepod.adapters.bucket import Bucket
from firepod.adapters.firestore import FirestoreStore
from firepod.adapters.storage_reach import open_client
from firepod.domain.timeline import WORKER
from firepod.settings import MediaUrls
from worker.firebase_key import (
    ANEW,
    BUCKET,
    NAME,
    BadFirebaseSetup,
    read_bucket,
    read_key,
    unwrapped,
)

PATIENCE_SECONDS = 13.0  # a little less than a delivery gives a change


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
    key, named = environ.get(NAME, ""), environ.get(BUCKET, "")
    emulated = "FIRESTORE_EMULATOR_HOST" in environ and "STORAGE_EMULATOR_HOST" in environ
    if not unwrapped(key) and not unwrapped(named):
        return None
    if not unwrapped(key) and not emulated:
        raise BadFirebaseSetup(
            f"{BUCKET} is set, but {NAME} is not. Set both, or neither for a worker without"
            " credentials."
        )
    bucket = read_bucket(named)
    # Only a worker with Firebase loads its libraries.
    from google.cloud import firestore

    if emulated:
        project = environ.get("GOOGLE_CLOUD_PROJECT", "demo-firepod")
        return Firebase(
            FirestoreStore(firestore.Client(project=project), PATIENCE_SECONDS, by=WORKER),
            open_client(project=project),
            bucket,
            environ["STORAGE_EMULATOR_HOST"],
        )
    from google.oauth2 import service_account

    info = read_key(key)
    try:
        credentials = service_account.Credentials.from_service_account_info(info)  # type: ignore[no-untyped-call]
    except Exception:  # noqa: BLE001 (of several libraries; and what they say may hold the key)
        raise BadFirebaseSetup(
            f"The private_key in {NAME} cannot be read. Make a new one: {ANEW}."
        ) from None
    project = info["project_id"]
    return Firebase(
        FirestoreStore(
            firestore.Client(project=project, credentials=credentials),
            PATIENCE_SECONDS,
            by=WORKER,
        ),
        open_client(project=project, credentials=credentials),
        bucket,
        "",
    )
