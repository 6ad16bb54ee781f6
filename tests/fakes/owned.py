"""The part of the store in memory that finds by user."""

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from firepod.domain.generation import Generation, GenerationRef, Job, MediaType
from firepod.domain.owned import Erasure, OwnedGeneration, OwnedJob, UploadRound
from firepod.domain.records import Key
from firepod.kinds.registry import input_fields
from tests.fakes.clock import FakeClock
from tests.fakes.failpoints import Failpoints

ROUND = "upkeep/uploads"


class FakeOwned:
    """What `FakeStore` inherits; a document of somebody else's is a `dict` among the values."""

    clock: FakeClock
    failpoints: Failpoints
    values: dict[str, Any]
    versions: Counter[str]
    expirations: dict[str, datetime]
    _lock: threading.RLock

    def uses_upload(self, user_id: str, path: str) -> bool:
        self.failpoints.reach("store.uses_upload")
        return any(
            isinstance(one, Generation)
            and one.user_id == user_id
            and path in {one.request_data.get(name) for name in input_fields(one.media_type)}
            for one in list(self.values.values())
        )

    def generations_of(
        self, user_id: str, media_type: MediaType, *, after: str, limit: int
    ) -> Sequence[OwnedGeneration]:
        folder = f"generations/{user_id}/{media_type}/"
        names = sorted(path.removeprefix(folder) for path in self.values if path.startswith(folder))
        found = [name for name in names if name > after][:limit]
        return [self._owned(GenerationRef(user_id, media_type, name)) for name in found]

    def _owned(self, ref: GenerationRef) -> OwnedGeneration:
        value = self.values[ref.path]
        if isinstance(value, Generation):
            return OwnedGeneration(ref, value.created_at, readable=True)
        return OwnedGeneration(ref, value.get("created_at"), readable=False)

    def jobs_of(self, user_id: str, limit: int) -> Sequence[OwnedJob]:
        found = []
        for path, value in list(self.values.items()):
            name = path.removeprefix("jobs/")
            if isinstance(value, Job) and value.user_id == user_id:
                found.append(OwnedJob(name, value))
            elif name != path and isinstance(value, dict) and value.get("user_id") == user_id:
                found.append(OwnedJob(name, None))
        return found[:limit]

    def drop_generation(self, ref: GenerationRef) -> None:
        self._write(ref.path, None)
        self.expirations.pop(ref.path, None)

    def drop_job(self, file_uid: str) -> None:
        self._write(f"jobs/{file_uid}", None)

    def drop_keys_of(self, user_id: str, until: datetime, limit: int) -> int:
        self.failpoints.reach("store.drop_keys_of")
        mine = [
            path
            for path, value in list(self.values.items())
            if isinstance(value, Key)
            and value.generation.startswith(f"generations/{user_id}/")
            and value.expires_at <= until
        ][:limit]
        for path in mine:
            self._write(path, None)
        return len(mine)

    def begin_erasure(self, user_id: str, check_at: datetime) -> None:
        self.failpoints.reach("store.begin_erasure")
        now = self.clock.now()
        begun = Erasure(user_id=user_id, erased_at=now, check_at=check_at)
        self._write(f"erasures/{user_id}", begun)

    def due_erasures(self, now: datetime, limit: int) -> Sequence[str]:
        erasures = [value for value in self.values.values() if isinstance(value, Erasure)]
        due = sorted((one for one in erasures if one.check_at <= now), key=lambda one: one.check_at)
        return [one.user_id for one in due[:limit]]

    def erasure(self, user_id: str) -> Erasure | None:
        return self.values.get(f"erasures/{user_id}")

    def change_erasure(self, before: Erasure, after: Erasure | None) -> bool:
        self.failpoints.reach("store.change_erasure begins")
        with self._lock:
            if self.erasure(before.user_id) != before:
                return False
            self._write(f"erasures/{before.user_id}", after)
        self.failpoints.reach("store.change_erasure has written")
        return True

    def upload_round(self) -> UploadRound:
        found: UploadRound = self.values.get(ROUND, UploadRound())
        return found

    def keep_upload_round(self, upload_round: UploadRound) -> None:
        self._write(ROUND, upload_round)

    def _write(self, path: str, value: object) -> None:
        with self._lock:
            self.versions[path] += 1
            if value is None:
                self.values.pop(path, None)
            else:
                self.values[path] = value
