"""Reads a job, and answers for those that came to RunPod without the backend.

Nobody else tells the user of such a request that it was refused: so its document, queued by an app
or not there yet, ends here with the sentence. What the backend sent is left to the backend.
"""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import randbits
from typing import Any

from firepod.domain import direct
from firepod.domain.generation import Generation, GenerationRef, MediaType
from firepod.kinds import paths, registry
from firepod.kinds.fields import DRAWN_SEED_BITS
from firepod.settings import MediaUrls
from worker.firebase import Firebase
from worker.meaning import task_type_of
from worker.patience import within
from worker.task import BadTask, Task, fields_of, identity, is_direct, parse_task


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads jobs; `firebase` is None for a worker that has no credentials."""

    firebase: Firebase | None
    usual: MediaType | None  #: what the endpoint makes, if somebody said so
    seconds: float  #: how long it waits for Firestore

    def read(self, job: dict[str, Any]) -> Task:
        """The task of a job, found out where a direct request names none. Blocks.

        Raises:
            BadTask: it is none; its document says so, if it is a direct request's.
        """
        data = job.get("input")
        if not isinstance(data, dict) or not is_direct(data):
            return _parsed(job)
        if data.get("task_type") is None:
            data = {**data, "task_type": self._meant(data)}
        try:
            return self._checked({**job, "input": data})
        except BadTask as error:
            # The answer tells the same to who has sent it.
            with contextlib.suppress(Exception):
                self._refuse(data, str(error))
            raise

    def _checked(self, job: dict[str, Any]) -> Task:
        task = _parsed(job)
        if task.ref is not None and self._is_anothers(task.ref):
            raise BadTask("file_uid is the name of something else; choose another one.")
        return task

    def _is_anothers(self, ref: GenerationRef) -> bool:
        """Whether another user has files of this name: voices and speech share their folders."""
        firebase, folder = self.firebase, registry.folder(ref)
        if firebase is None or not folder.startswith(paths.SHARED_FOLDERS):
            return False

        def look() -> bool:
            there = firebase.bucket(MediaUrls.TOKEN).listing(folder, limit=1)
            return any(file.owner != ref.user_id for file in there)

        try:
            return within(self.seconds, look)
        except Exception:  # noqa: BLE001 (Storage is out of reach; nothing is replaced in it anyway)
            return False

    def _meant(self, data: dict[str, Any]) -> str:
        return task_type_of(fields_of(data), lambda: self._queued(data), self.usual)

    def _queued(self, data: dict[str, Any]) -> Generation | None:
        """The document that waits for a request, in whichever collection it is."""
        firebase, named = self.firebase, _identity(data)
        if firebase is None or named is None:
            return None

        def look() -> Generation | None:
            refs = [GenerationRef(named[0], one, named[1]) for one in MediaType]
            found = filter(None, map(firebase.store.find, refs))
            # One that has ended counts where no other is there: RunPod may hand a job out again.
            return min(found, key=lambda one: one.status.terminal, default=None)

        try:
            return within(self.seconds, look)
        except Exception:  # noqa: BLE001 (Firestore is out of reach in many ways)
            return None

    def _refuse(self, data: dict[str, Any], sentence: str) -> None:
        firebase, named = self.firebase, _identity(data)
        if firebase is None or named is None:
            return
        entry = registry.TASKS.get(str(data.get("task_type")))
        if entry is None:
            entry = registry.task(self._meant(data))
        ref = GenerationRef(named[0], entry.media_type, named[1])
        refused = Generation(
            user_id=ref.user_id,
            media_type=ref.media_type,
            file_uid=ref.file_uid,
            task_type=entry.name,
            request_data={},  # nothing of it was found fit to be kept
        )
        change = direct.RefusedDirectly(refused, sentence, datetime.now(UTC))
        within(self.seconds, lambda: firebase.store.transition(ref, change))


def _parsed(job: dict[str, Any]) -> Task:
    return parse_task(job, randbits(DRAWN_SEED_BITS), datetime.now(UTC))


def _identity(data: dict[str, Any]) -> tuple[str, str] | None:
    try:
        return identity(data)
    except BadTask:
        return None
