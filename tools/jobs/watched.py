"""The backend with a notebook: what a use case changes is noted, and done only if it may be.

A dry run so is the very use case that `--yes` runs, on what is stored now, and what it tells is
what would be written. What it has changed it finds changed, but nobody else does. RunPod's /run is
never called from here: only the deployment signs the URLs that a job needs.
"""

import contextlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from firepod.domain.change import unchanged
from firepod.domain.errors import Unavailable
from firepod.domain.generation import Generation, GenerationRef, Job, Output, StoredFile
from firepod.domain.links import Stream
from firepod.domain.records import Records
from firepod.ports import Backend, Change, Gpu, Queue, Storage, Store, Transition
from firepod.protocol.runpod import JobReport, NotReached, Submission
from tools.jobs.difference import differences

_PLAINER = {
    "runpod_not_stopped": "RunPod's job is not stopped yet; the next sweeps see to it.",
}
_READING_STORE = frozenset({"quota", "find_key", "units_used", "uses_upload"})
_READING_STORAGE = frozenset({"together", "stat", "head", "read", "listing", "url", "read_url"})


@dataclass
class Notebook:
    """What is changed, in sentences, and what was logged that an operator should see."""

    write: bool  #: whether it is done, too
    changes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        self.changes.append(sentence)

    @contextlib.contextmanager
    def hearing(self) -> Iterator[None]:
        """Keep the log lines of what runs in here off the terminal, but for its warnings."""
        heard = io.BytesIO()
        # As a terminal is: the functions' logger asks for its encoding when it is imported.
        file = io.TextIOWrapper(heard, "utf-8", write_through=True)
        try:
            with contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
                yield
        finally:
            for line in heard.getvalue().decode().splitlines():
                self._hear(line)

    def _hear(self, line: str) -> None:
        try:
            entry = json.loads(line)
            severity, message, event = entry["severity"], entry["message"], entry["event"]
        except (ValueError, KeyError, TypeError):
            return
        if severity not in {"INFO", "DEBUG"} and event != "task_not_queued":
            self.warnings.append(_PLAINER.get(event, str(message)))


def watched(backend: Backend, notebook: Notebook, *, looks_here: bool) -> Backend:
    """The same backend, whose changes go through the notebook.

    With `looks_here` what a use case wants looked after is looked after at once, by itself;
    without, by the deployment's next sweep.
    """
    store = WatchedStore(backend.store, notebook)
    return replace(
        backend,
        store=cast("Store", store),
        gpu=cast("Gpu", WatchedGpu(backend.gpu, notebook)),
        storage=cast("Storage", WatchedStorage(backend.storage, notebook)),
        queue=cast("Queue", NextSweep(backend, store, looks_here=looks_here)),
    )


class WatchedStore:
    """The part of `Store` that use cases of one generation need; what else writes is not there."""

    def __init__(self, store: Store, notebook: Notebook) -> None:
        self._store = store
        self._notebook = notebook
        self._changed: dict[GenerationRef, Records] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in _READING_STORE:
            raise AttributeError(name)
        return getattr(self._store, name)

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
        if self._notebook.write:
            done = self._store.transition(
                ref, change, key_id=key_id, since=since, with_total=with_total, new=new
            )
        else:
            before = self._changed.get(ref)
            if before is None:
                read = self._store.transition(ref, unchanged, key_id=key_id, with_total=with_total)
                before = read.before
            after = change(before)
            self._changed[ref] = after
            done = Transition(before, after, None, change)
        for sentence in differences(done.before, done.after):
            self._notebook.note(sentence)
        return done

    def find(self, ref: GenerationRef) -> Generation | None:
        held = self._changed.get(ref)
        return self._store.find(ref) if held is None else held.generation

    def find_job(self, file_uid: str) -> Job | None:
        held = [one for ref, one in self._changed.items() if ref.file_uid == file_uid]
        return held[0].job if held else self._store.find_job(file_uid)

    def set_aside(self, file_uid: str, check_at: datetime) -> None:
        self._notebook.note("job: check_at: now, so that the next sweep looks after it")
        if self._notebook.write:
            self._store.set_aside(file_uid, check_at)


class WatchedGpu:
    """RunPod, asked and stopped, never given a job."""

    def __init__(self, gpu: Gpu, notebook: Notebook) -> None:
        self._gpu = gpu
        self._notebook = notebook

    def run(self, _endpoint_id: str, _body: dict[str, Any]) -> Submission:
        return NotReached()

    def status(self, endpoint_id: str, job_id: str) -> JobReport:
        return self._gpu.status(endpoint_id, job_id)

    def idle(self, endpoint_id: str) -> bool:
        return self._gpu.idle(endpoint_id)

    def cancel(self, endpoint_id: str, job_id: str) -> None:
        if self._notebook.write:
            self._gpu.cancel(endpoint_id, job_id)
        self._notebook.note(f"RunPod's job {job_id} at {endpoint_id}: stopped, if it has not ended")


class WatchedStorage:
    """The bucket; what would write is noted."""

    def __init__(self, storage: Storage, notebook: Notebook) -> None:
        self._storage = storage
        self._notebook = notebook

    def __getattr__(self, name: str) -> Any:
        if name not in _READING_STORAGE:
            raise AttributeError(name)
        return getattr(self._storage, name)

    def put(self, output: Output, data: bytes, *, owner: str, attempt: int) -> StoredFile:
        self._notebook.note(f"Storage: {output.path} stored, {len(data)} bytes")
        if self._notebook.write:
            return self._storage.put(output, data, owner=owner, attempt=attempt)
        return _stored(output, len(data), owner, attempt)

    def put_stream(self, output: Output, stream: Stream, *, owner: str, attempt: int) -> StoredFile:
        self._notebook.note(f"Storage: {output.path} stored from the worker's link")
        if self._notebook.write:
            return self._storage.put_stream(output, stream, owner=owner, attempt=attempt)
        return _stored(output, stream.size or 0, owner, attempt)

    def copy(self, path: str, output: Output, *, owner: str, attempt: int) -> StoredFile | None:
        self._notebook.note(f"Storage: {output.path} copied from an upload")
        if self._notebook.write:
            return self._storage.copy(path, output, owner=owner, attempt=attempt)
        found = self._storage.stat(path)
        return None if found is None else _stored(output, found.size_bytes, owner, attempt)

    def share(self, file: StoredFile) -> str:
        if self._notebook.write:
            return self._storage.share(file)
        return ""  # it opens the object where the URL needs that

    def delete(self, paths: Iterable[str], *, owner: str, upto_attempt: int) -> None:
        named = list(paths)
        for path in self._there(named, owner, upto_attempt):
            self._notebook.note(f"Storage: {path} deleted")
        if self._notebook.write:
            self._storage.delete(named, owner=owner, upto_attempt=upto_attempt)

    def remove(self, file: Any) -> None:
        self._notebook.note(f"Storage: {file.path} deleted")
        if self._notebook.write:
            self._storage.remove(file)

    def _there(self, paths: Sequence[str], owner: str, upto_attempt: int) -> list[str]:
        found = [self._storage.stat(path) for path in paths]
        mine = [one for one in found if one is not None and one.owner == owner]
        return [one.path for one in mine if one.attempt <= upto_attempt]


class NextSweep:
    """In the place of Cloud Tasks, which would ask an operator for a role more."""

    def __init__(self, backend: Backend, store: WatchedStore, *, looks_here: bool) -> None:
        self._clock = backend.clock
        self._store = store
        self._looks_here = looks_here

    def enqueue(
        self, _function: str, payload: dict[str, Any], *, name: str = "", delay_seconds: int = 0
    ) -> None:
        del name
        if self._looks_here and not delay_seconds:
            raise Unavailable("Looked after here.")  # then the use case does it by itself
        if not delay_seconds:
            self._store.set_aside(payload["file_uid"], self._clock.now())


def _stored(output: Output, size_bytes: int, owner: str, attempt: int) -> StoredFile:
    return StoredFile(output.path, output.content_type, size_bytes, "", owner, attempt)
