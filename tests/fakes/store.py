"""The store in memory: optimistic as the real one, and suspicious of every change."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from firepod import logs
from firepod.adapters import documents
from firepod.domain.budget import Total
from firepod.domain.generation import Generation, GenerationRef, Job, MediaType, Status
from firepod.domain.quota import Quota
from firepod.domain.records import Key, Records
from firepod.domain.timeline import told
from firepod.ports import Change, Expiration, Position, Transition, Usage
from tests.fakes.clock import FakeClock
from tests.fakes.failpoints import Failpoints
from tests.fakes.owned import FakeOwned


@dataclass
class _Read:
    """What was read, under which names, in which versions."""

    paths: dict[str, str]
    records: Records
    versions: dict[str, int]


@dataclass
class FakeStore(FakeOwned):
    """`firepod.ports.Store`. Runs each change twice, because Firestore may, too."""

    clock: FakeClock
    failpoints: Failpoints = field(default_factory=Failpoints)
    values: dict[str, Any] = field(default_factory=dict)  #: path -> Generation, Job, Quota, Key
    versions: Counter[str] = field(default_factory=Counter)
    expirations: dict[str, datetime] = field(default_factory=dict)  #: path -> when it is deleted
    conflicts: list[Callable[[], object]] = field(default_factory=list)
    #: what other processes do, one each, between the reads and the commits to come
    reads: int = 0
    commits: int = 0
    by: str | None = None  #: who writes, for the timeline
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def transition(
        self,
        ref: GenerationRef,
        change: Change,
        *,
        key_id: str | None = None,
        since: Transition | None = None,
        with_total: bool = False,
        new: bool = False,  # noqa: ARG002 (it always reads)
    ) -> Transition:
        self.failpoints.reach("store.transition begins")
        known = since.versions if since is not None else None
        while True:
            if isinstance(known, _Read):
                found, known = known, None
            else:
                found = self._read(ref, key_id, with_total=with_total)
            before = found.records
            after = change(before)
            again = change(before)
            assert after == again, "a change must be pure"
            assert (after is before) == (again is before), "a change must be pure"
            if after is before:
                return Transition(before, after, found, change)
            after, events = told(before, after, self.clock.now(), self.by)
            if self.conflicts:
                self.conflicts.pop(0)()
            written = self._commit(found, after)
            if written is not None:
                self.failpoints.reach("store.transition has committed")
                made = Transition(before, after, written, change, events)
                logs.transition(made)
                return made

    def find(self, ref: GenerationRef) -> Generation | None:
        self.failpoints.reach("store.find")
        self.reads += 1
        return self.values.get(ref.path)

    def find_job(self, file_uid: str) -> Job | None:
        self.failpoints.reach("store.find_job")
        self.reads += 1
        return self.values.get(f"jobs/{file_uid}")

    def quota(self, user_id: str) -> Quota:
        self.reads += 1
        found: Quota = self.values.get(f"quotas/{user_id}", Quota())
        return found

    def units_used(self, day: str) -> int:
        self.failpoints.reach("store.units_used")
        return sum(quota.used for quota in self.quotas.values() if quota.day == day)

    def keep_total(self, total: Total) -> None:
        self.failpoints.reach("store.keep_total")
        self.values["totals/units"] = total

    def find_key(self, key_id: str) -> Key | None:
        self.reads += 1
        return self.values.get(f"idempotency_keys/{key_id}")

    def due_jobs(self, now: datetime, limit: int, *, latest: bool = False) -> Sequence[Job]:
        self.failpoints.reach("store.due_jobs")
        due = [job for job in self.jobs.values() if job.check_at <= now]
        in_order = sorted(due, key=lambda job: (job.check_at, job.file_uid), reverse=latest)
        return in_order[:limit]

    def newest(
        self,
        user_id: str,
        media_type: MediaType,
        *,
        limit: int,
        status: Status | None = None,
        older_than: Position | None = None,
    ) -> Sequence[Generation]:
        self.failpoints.reach("store.newest")
        found = [
            one
            for one in self.generations.values()
            if (one.user_id, one.media_type) == (user_id, media_type)
            and status in {None, one.status}
            and (
                older_than is None
                or _place(one) < (older_than.created_at.timestamp(), older_than.file_uid)
            )
        ]
        return sorted(found, key=_place, reverse=True)[:limit]

    def usage(self, user_id: str, media_type: MediaType) -> Usage:
        self.failpoints.reach("store.usage")
        mine = [
            Usage(one.size_bytes or 0, one.file_count or 0)
            for one in self.generations.values()
            if (one.user_id, one.media_type) == (user_id, media_type)
        ]
        return sum(mine, Usage())

    def set_aside(self, file_uid: str, check_at: datetime) -> None:
        self.failpoints.reach("store.set_aside")
        with self._lock:
            job = self.values.get(f"jobs/{file_uid}")
            if job is not None:
                self.values[f"jobs/{file_uid}"] = replace(job, check_at=check_at)
                self.versions[f"jobs/{file_uid}"] += 1

    def expired(self, now: datetime, limit: int) -> Sequence[Expiration]:
        self.failpoints.reach("store.expired")
        over = sorted((at, path) for path, at in self.expirations.items() if at <= now)
        return [Expiration(documents.parse_path(path), at) for at, path in over[:limit]]

    def settle(self, expiration: Expiration, again_at: datetime | None) -> None:
        self.failpoints.reach("store.settle")
        with self._lock:
            path = expiration.ref.path
            if self.expirations.get(path) == expiration.version:
                self._list(path, again_at)

    def find_expirations(self, now: datetime, limit: int) -> None:
        self.failpoints.reach("store.find_expirations")
        over = [
            (path, one.expires_at)
            for path, one in self.generations.items()
            if one.expires_at is not None and one.expires_at <= now
        ]
        for path, expires_at in over[:limit]:
            self.expirations.setdefault(path, expires_at)

    def drop_keys(self, now: datetime, limit: int) -> int:
        self.failpoints.reach("store.drop_keys")
        over = [path for path, key in self.keys.items() if key.expires_at <= now][:limit]
        for path in over:
            del self.values[path]
            self.versions[path] += 1
        return len(over)

    @property
    def generations(self) -> dict[str, Generation]:
        return self._of("generations/")

    @property
    def jobs(self) -> dict[str, Job]:
        return self._of("jobs/")

    @property
    def quotas(self) -> dict[str, Quota]:
        return self._of("quotas/")

    @property
    def keys(self) -> dict[str, Key]:
        return self._of("idempotency_keys/")

    def document(self, path: str) -> dict[str, Any] | None:
        """A document as Firestore would hold it."""
        match self.values.get(path):
            case Generation() as generation:
                return documents.generation_document(generation)
            case Job() as job:
                return documents.job_document(job)
            case Quota() as quota:
                return documents.quota_document(quota)
            case Key() as key:
                return documents.key_document(key)
            case Total() as total:
                return documents.total_document(total)
        for listed, expires_at in self.expirations.items():
            if path == documents.expiration_path(listed):
                return documents.expiration_document(documents.parse_path(listed), expires_at)
        return None

    def keep(self, *values: Generation | Job) -> None:
        """Put values there, as if they had been there for ever; a live one holds its lease."""
        for value in values:
            path = value.ref.path if isinstance(value, Generation) else f"jobs/{value.file_uid}"
            self.values[path] = value
            self.versions[path] += 1
            if isinstance(value, Generation):
                self._list(path, value.expires_at)
                if not value.status.terminal:
                    self._lease(value)

    def _list(self, path: str, expires_at: datetime | None) -> None:
        if expires_at is None:
            self.expirations.pop(path, None)
        else:
            self.expirations[path] = expires_at

    def _lease(self, generation: Generation) -> None:
        path = f"quotas/{generation.user_id}"
        now = self.clock.now()
        quota = self.values.get(path, Quota(day=now.date().isoformat()))
        leases = quota.leases | {generation.file_uid: now.replace(year=now.year + 1)}
        self.values[path] = replace(quota, leases=leases, used=quota.used + 1)
        self.versions[path] += 1

    def _of(self, prefix: str) -> dict[str, Any]:
        with self._lock:
            found = dict(self.values)
        # A dict is a document that somebody else has written; `FakeOwned` shows these, too.
        return {
            path: value
            for path, value in found.items()
            if path.startswith(prefix) and not isinstance(value, dict)
        }

    def _read(self, ref: GenerationRef, key_id: str | None, *, with_total: bool) -> _Read:
        paths = {
            "generation": ref.path,
            "job": f"jobs/{ref.file_uid}",
            "quota": f"quotas/{ref.user_id}",
        }
        if key_id is not None:
            paths["key"] = f"idempotency_keys/{key_id}"
        with self._lock:
            self.reads += 1
            held = {name: self.values[path] for name, path in paths.items() if path in self.values}
            total = self.values.get("totals/units") if with_total else None
            records = Records(**held, total=total, read_at=self.clock.now())
            return _Read(paths, records, {path: self.versions[path] for path in paths.values()})

    def _commit(self, found: _Read, after: Records) -> _Read | None:
        """The new versions; None if another writer was first."""
        with self._lock:
            self.commits += 1
            changed = [
                name for name in found.paths if getattr(after, name) != getattr(found.records, name)
            ]
            paths = [found.paths[name] for name in changed]
            if any(self.versions[path] != found.versions[path] for path in paths):
                return None
            for name, path in zip(changed, paths, strict=True):
                value = getattr(after, name)
                if name == "generation" and value is not None:
                    value = self._stamped(found.records.generation, value)
                if value is None or value == Quota():
                    self.values.pop(path, None)
                else:
                    self.values[path] = value
                self.versions[path] += 1
            old, new = (
                None if one.generation is None else one.generation.expires_at
                for one in (found.records, after)
            )
            if old != new:
                self._list(found.paths["generation"], new)
            kept = replace(after, read_at=None)
            # Of what was not written, another may have a newer version by now.
            versions = found.versions | {path: self.versions[path] for path in paths}
            return _Read(found.paths, kept, versions)

    def _stamped(self, before: Generation | None, after: Generation) -> Generation:
        """As Firestore does it: the times that a change sets are the database's own."""
        old = {} if before is None else documents.generation_document(before)
        times = documents.changed_times(old, documents.generation_document(after))
        stamps: dict[str, Any] = dict.fromkeys(times, self.clock.now())
        return replace(after, **stamps)


def _place(generation: Generation) -> tuple[float, str]:
    assert generation.created_at is not None
    return (generation.created_at.timestamp(), generation.file_uid)
