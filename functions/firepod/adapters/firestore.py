"""The store on Firestore: all records of a generation change in one atomic commit or not at all.

Optimistic, as the mobile SDKs' transactions are: one read of the set, then one commit whose writes
each carry the version that was read. That saves BeginTransaction's round trip and holds no locks;
where another writer was first, Firestore refuses the whole commit and the change runs again.

Of a new generation nothing can be stored, so what it needs of the past is its user's quota alone.
Where this process has written that quota a moment ago, its version is known, and not even the read
is needed: the same commit, with the same preconditions, is tried at once.
"""

import functools
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud import firestore

from firepod import logs
from firepod.adapters import documents
from firepod.adapters.firestore_batch import Batch
from firepod.adapters.firestore_due import FirestoreDue
from firepod.adapters.firestore_lists import TOTAL, FirestoreLists
from firepod.adapters.firestore_reach import OVERTAKEN, PATIENCE_SECONDS, Patience, reaching
from firepod.adapters.just_written import JustWritten, Written
from firepod.domain.budget import Total
from firepod.domain.errors import FirepodError, Unavailable
from firepod.domain.generation import Generation, GenerationRef, Job
from firepod.domain.quota import Quota
from firepod.domain.records import Key, Records
from firepod.domain.timeline import told
from firepod.ports import Change, Transition

MAX_PAUSE_SECONDS = 0.4


@dataclass(slots=True)
class _Documents:
    """The documents of one generation: where they are, what they hold, in which version.

    `read_at` is Firestore's own time, to be compared with the times that it has stamped.
    """

    refs: dict[str, firestore.DocumentReference]
    data: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: dict[str, Any] = field(default_factory=dict)
    read_at: datetime | None = None
    total: Total | None = None  #: read along, and never written
    #: when Firestore's clock and this process's stopwatch were seen together
    seen: tuple[datetime, float] | None = None

    def saw(self, server_time: datetime | None) -> None:
        if server_time is not None:
            plain = datetime.fromtimestamp(server_time.timestamp(), UTC)  # no library's own kind
            self.seen = (plain, time.monotonic())

    def now(self) -> datetime:
        """Firestore's time, as nearly as it is known here; a worker's clock may be hours off."""
        if self.seen is None:
            return datetime.now(UTC)
        server_time, then = self.seen
        return server_time + timedelta(seconds=time.monotonic() - then)


class FirestoreStore(FirestoreDue, FirestoreLists):
    """`firepod.ports.Store` on a Firestore client."""

    def __init__(
        self,
        client: firestore.Client,
        patience: float = PATIENCE_SECONDS,
        *,
        clock: Callable[[], float] = time.monotonic,
        by: str | None = None,
        tell: Callable[[Transition], None] = lambda _made: None,
    ) -> None:
        """`by` is who writes, for the timeline; `tell` is called with each change, once written."""
        self._client = client
        self._seconds = patience
        self._by, self._tell = by, tell
        self._known = JustWritten(clock)

    @reaching
    def transition(
        self,
        ref: GenerationRef,
        change: Change,
        *,
        key_id: str | None = None,
        since: Transition | None = None,
        with_total: bool = False,
        new: bool = False,
    ) -> Transition:
        patience, pause = Patience(self._seconds), 0.01
        if new and (made := self._at_once(ref, change, key_id, patience, with_total=with_total)):
            return made
        read = functools.partial(self._read, ref, key_id, patience, with_total=with_total)
        known = since.versions if since is not None else None
        while True:
            found = known if isinstance(known, _Documents) else read()
            known = None
            try:
                return self._change(found, change, patience)
            except OVERTAKEN as error:
                if patience.left <= 0:
                    logs.overtaken(ref, change)
                    msg = "Too many changes at the same time. Try again."
                    raise Unavailable(msg) from error
            # Full jitter: those who collided must not collide again.
            time.sleep(random.uniform(0, pause))  # noqa: S311 (no secret)
            pause = min(MAX_PAUSE_SECONDS, pause * 2)

    @reaching
    def find(self, ref: GenerationRef) -> Generation | None:
        data = self._client.document(ref.path).get(**self._bounds()).to_dict()
        return None if data is None else documents.parse_generation(data, ref.path)

    @reaching
    def find_job(self, file_uid: str) -> Job | None:
        data = self._client.document(f"jobs/{file_uid}").get(**self._bounds()).to_dict()
        return None if data is None else documents.parse_job(data)

    @reaching
    def find_key(self, key_id: str) -> Key | None:
        path = f"idempotency_keys/{key_id}"
        data = self._client.document(path).get(**self._bounds()).to_dict()
        return None if data is None else documents.parse_key(data)

    def _at_once(
        self,
        ref: GenerationRef,
        change: Change,
        key_id: str | None,
        patience: Patience,
        *,
        with_total: bool,
    ) -> Transition | None:
        """A change of something new without any read; None: it has to be read."""
        quota = self._known.quota(ref.user_id)
        total = self._known.total() if with_total else None
        if quota is None or (with_total and total is None):
            return None
        refs, data, versions = self._refs(ref, key_id), {"quota": quota.data}, quota.versions
        found = _Documents(refs, data, versions, total=total, seen=quota.seen)
        try:
            made = self._change(found, change, patience)
        except (FirepodError, *OVERTAKEN):
            # Nothing is refused for what may be out of date.
            self._known.forget_quota(ref.user_id)
            return None
        return made if made.applied else None

    def _change(self, found: _Documents, change: Change, patience: Patience) -> Transition:
        before = _records(found)
        changed = change(before)
        if changed is before:
            return Transition(before, changed, found, change)
        after, events = told(before, changed, found.now(), self._by)
        written = self._commit(found, after, patience)
        made = Transition(before, after, written, change, events)
        self._tell(made)
        return made

    def _refs(
        self, ref: GenerationRef, key_id: str | None
    ) -> dict[str, firestore.DocumentReference]:
        client = self._client
        refs = {
            "generation": client.document(ref.path),
            "job": client.document(f"jobs/{ref.file_uid}"),
            "quota": client.document(f"quotas/{ref.user_id}"),
        }
        if key_id is not None:
            refs["key"] = client.document(f"idempotency_keys/{key_id}")
        return refs

    def _read(
        self, ref: GenerationRef, key_id: str | None, patience: Patience, *, with_total: bool
    ) -> _Documents:
        client, refs = self._client, self._refs(ref, key_id)
        names = {reference.path: name for name, reference in refs.items()}
        found = _Documents(refs)
        total = [client.document(TOTAL)] if with_total else []
        for snapshot in client.get_all([*refs.values(), *total], **patience.bounds()):
            found.read_at = snapshot.read_time
            found.saw(snapshot.read_time)
            if snapshot.exists and snapshot.reference.path == TOTAL:
                found.total = documents.parse_total(snapshot.to_dict() or {})
                self._known.keep_total(found.total)
            elif snapshot.exists:
                name = names[snapshot.reference.path]
                found.data[name] = snapshot.to_dict() or {}
                found.versions[name] = snapshot.update_time
        return found

    def _commit(self, found: _Documents, after: Records, patience: Patience) -> _Documents:
        wanted = _data(after)
        batch = Batch(self._client)
        written = []
        for name, reference in found.refs.items():
            old, new = found.data.get(name), wanted.get(name)
            changes = {} if old is None or new is None else _difference(name, old, new)
            if old == new or (old and new and not changes):
                continue  # what differs is not ours
            written.append(name)
            if new is None:
                option = self._client.write_option(last_update_time=found.versions[name])
                batch.delete(reference, option=option)
            elif old is None:
                batch.create(reference, _stamped(name, {}, new))
            else:
                option = self._client.write_option(last_update_time=found.versions[name])
                batch.update(reference, changes, option=option)
        if self._list_expiration(batch, found, wanted):
            written.append("expiration")
        results = batch.commit(**patience.bounds())
        versions = dict(found.versions)
        for name, result in zip(written, results, strict=True):
            if name in wanted:
                versions[name] = result.update_time
            else:
                versions.pop(name, None)
        # Without `read_at`: what was just written holds our clock's times, not yet the server's.
        left = _Documents(found.refs, wanted, versions)
        left.saw(batch.commit_time)
        if "quota" in written and "quota" in wanted:
            known = Written(wanted["quota"], {"quota": versions["quota"]}, left.seen)
            self._known.keep_quota(found.refs["quota"].id, known)
        return left

    def _list_expiration(
        self, batch: firestore.WriteBatch, found: _Documents, wanted: dict[str, dict[str, Any]]
    ) -> bool:
        """Keep the entry in step by which an expired generation is found; whether it was written.

        In the same commit, and without having read the entry: it costs no round trip.
        """
        path = found.refs["generation"].path
        old, new = (held.get("generation", {}).get("expires_at") for held in (found.data, wanted))
        if old == new:
            return False
        entry = self._client.document(documents.expiration_path(path))
        if new is None:
            batch.delete(entry)
        else:
            batch.set(entry, documents.expiration_document(documents.parse_path(path), new))
        return True


def _records(found: _Documents) -> Records:
    data, path = found.data, found.refs["generation"].path
    generation, job, quota, key = (data.get(n) for n in ("generation", "job", "quota", "key"))
    return Records(
        generation=None if generation is None else documents.parse_generation(generation, path),
        job=None if job is None else documents.parse_job(job),
        quota=Quota() if quota is None else documents.parse_quota(quota),
        key=None if key is None else documents.parse_key(key),
        total=found.total,
        read_at=found.read_at,
    )


def _data(records: Records) -> dict[str, dict[str, Any]]:
    wanted: dict[str, dict[str, Any]] = {}
    if records.generation is not None:
        wanted["generation"] = documents.generation_document(records.generation)
    if records.job is not None:
        wanted["job"] = documents.job_document(records.job)
    if records.quota != Quota():
        wanted["quota"] = documents.quota_document(records.quota)
    if isinstance(records.key, Key):
        wanted["key"] = documents.key_document(records.key)
    return wanted


def _stamped(name: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    if name != "generation":
        return after
    times = documents.changed_times(before, after)
    return after | dict.fromkeys(times, firestore.SERVER_TIMESTAMP)


def _difference(name: str, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    changes = {key: value for key, value in new.items() if old.get(key) != value}
    gone = (old.keys() & documents.FIELDS[name]) - new.keys()  # what others added stays
    removed = dict.fromkeys(gone, firestore.DELETE_FIELD)
    return _stamped(name, old, changes) | removed
