"""The end of generations as the backend's database shows it, read with admin access."""

import asyncio
from collections.abc import Iterator
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

MEDIA_TYPES = ("images", "videos")
LIVE = ("queued", "processing")


class Watch:
    """Looks at Firestore again and again; `live` is how many generations have not ended."""

    def __init__(self, project: str) -> None:
        self._client = firestore.Client(project=project, credentials=AnonymousCredentials())
        self.live: set[str] = set()  #: prompts

    async def work(self) -> None:
        """Look once a second until cancelled."""
        while True:
            self.live = await asyncio.to_thread(self._live)
            await asyncio.sleep(1)

    async def status(self, path: str) -> str | None:
        """The status of one generation; None if it is not there."""
        data = await asyncio.to_thread(lambda: self._client.document(path).get().to_dict())
        return None if data is None else str(data["status"])

    def unfinished(self) -> tuple[int, int]:
        """How many generations and how many jobs there still are to bring to an end."""
        return len(self._live()), len(list(self._client.collection("jobs").stream()))

    def documents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every document: path, fields."""
        for media_type in MEDIA_TYPES:
            for snapshot in self._client.collection_group(media_type).stream():
                yield snapshot.reference.path, snapshot.to_dict() or {}
        for collection in ("jobs", "quotas", "idempotency_keys"):
            for snapshot in self._client.collection(collection).stream():
                yield snapshot.reference.path, snapshot.to_dict() or {}

    def _live(self) -> set[str]:
        return {
            snapshot.get("request_data.prompt")
            for media_type in MEDIA_TYPES
            for snapshot in self._client.collection_group(media_type)
            .where(filter=FieldFilter("status", "in", LIVE))
            .stream()
        }
