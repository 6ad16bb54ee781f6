"""Everything of a user's goes: documents, files, uploads, jobs, quota, keys.

`erase` writes one document and answers. What it asks for is done by `go_on`, in steps that each
have a bound, whoever calls it: a task, or the sweep after any process has died. What was there when
erasing was asked for goes; what its user begins later stays, so that no other call has to look.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from firepod import logs
from firepod.domain.generation import GenerationRef, ListedFile, MediaType, Phase
from firepod.domain.owned import Erasure, OwnedGeneration
from firepod.domain.quota import Quota, day_of, midnight_after
from firepod.domain.records import Records
from firepod.kinds import paths
from firepod.ports import Backend
from firepod.usecases.steps.keys import KEY_LIFETIME
from firepod.usecases.steps.queueing import later
from firepod.usecases.steps.take_away import take_away

STEP_LEASE = timedelta(minutes=5)  # a step is over, or its process is dead, after this
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_DOUBLING = 6  # about half an hour between two looks that find the same
MAX_GENERATIONS = 50  # of one step
MAX_FILES = 300
MAX_PAGES = 10  # of the folders that all users share
PAGE = 1000
MAX_JOBS = 100
MAX_KEYS = 300


@dataclass(frozen=True, slots=True)
class Erasing:
    """What the caller is told."""

    def answer(self) -> dict[str, Any]:
        return {"status": "erasing"}


def erase(backend: Backend, user_id: str) -> Erasing:
    """Note that everything of a user's goes, and have it begun now; the sweep sees to the rest."""
    backend.store.begin_erasure(user_id, backend.clock.now())
    later(backend, "reconcile", {"user_id": user_id})
    return Erasing()


def go_on(backend: Backend, user_id: str) -> None:
    """One step of an erasure; safe to call at any time and as often as one likes.

    The time of the next look moves first, so that a step that raises holds nobody up.
    """
    found = backend.store.erasure(user_id)
    if found is None:
        return
    now = backend.clock.now()
    step = replace(found, check_at=now + STEP_LEASE, looks=found.looks + 1)
    if not backend.store.change_erasure(found, step):
        return  # another process is at it, or it has begun anew
    after = step
    gone, stayed = _documents(backend, step)
    waiting = _jobs(backend, step)
    gone += _files(backend, step)
    gone += backend.store.drop_keys_of(user_id, step.erased_at + KEY_LIFETIME, MAX_KEYS)
    if not gone:
        gone, after = _shared_files(backend, step)
    if gone or after.after != step.after:
        backend.store.change_erasure(step, replace(after, check_at=now, looks=0))
        logs.erasure_looked_at(user_id, found=gone, over=False)
        later(backend, "reconcile", {"user_id": user_id})
        return
    check_at = _pause(step, now) if waiting or stayed else _quota(backend, step, now)
    left = None if check_at is None else replace(step, check_at=check_at)
    if backend.store.change_erasure(step, left):
        logs.erasure_looked_at(user_id, found=0, over=left is None)


def _documents(backend: Backend, erasure: Erasure) -> tuple[int, bool]:
    """Discard generations; how many went, and whether one stayed because it raises."""
    gone = stayed = 0
    for media_type in MediaType:
        after = ""
        while gone < MAX_GENERATIONS:
            found = backend.store.generations_of(
                erasure.user_id, media_type, after=after, limit=MAX_GENERATIONS
            )
            for owned in found:
                if owned.created_at is None or owned.created_at <= erasure.erased_at:
                    went = _discard(backend, owned)
                    gone, stayed = gone + went, stayed + (not went)
            if len(found) < MAX_GENERATIONS:
                break
            after = found[-1].ref.file_uid
    return gone, stayed > 0


def _discard(backend: Backend, owned: OwnedGeneration) -> bool:
    if not owned.readable:
        backend.store.drop_generation(owned.ref)
        return True
    try:
        take_away(backend, owned.ref)  # nothing, if its user was faster
    except Exception as error:  # noqa: BLE001 (whatever it is, it must not hold up the others)
        logs.unexpected("erasing a generation", error)
        return False
    return True


def _jobs(backend: Backend, erasure: Erasure) -> bool:
    """Whether something of the user's may still run, or is being cleared away."""
    waiting = False
    for owned in backend.store.jobs_of(erasure.user_id, MAX_JOBS):
        job = owned.job
        if job is None:
            backend.store.drop_job(owned.file_uid)
        elif job.phase is Phase.STOPPING or job.created_at <= erasure.erased_at:
            waiting = True
    return waiting


def _files(backend: Backend, erasure: Erasure) -> int:
    """Delete what is in the user's own folders, however it came there; how many."""
    gone = 0
    for folder in paths.own_folders(erasure.user_id):
        after = ""
        while gone < MAX_FILES:
            found = backend.storage.listing(folder, after=after, limit=PAGE)
            old = [file for file in found if file.created_at <= erasure.erased_at]
            gone += _remove(backend, old[: MAX_FILES - gone])
            if len(found) < PAGE:
                break
            after = found[-1].path
    return gone


def _shared_files(backend: Backend, erasure: Erasure) -> tuple[int, Erasure]:
    """Go on through the folders of all users, for what lost its document; how many went."""
    gone, after = 0, erasure.after
    for _ in range(MAX_PAGES):
        folder = next((one for one in paths.SHARED_FOLDERS if after < one or _in(one, after)), "")
        if not folder or gone >= MAX_FILES:
            break
        found = backend.storage.listing(
            folder, after=after if _in(folder, after) else "", limit=PAGE
        )
        mine = [
            file
            for file in found
            if file.owner == erasure.user_id and file.created_at <= erasure.erased_at
        ]
        gone += _remove(backend, mine)
        after = found[-1].path if len(found) == PAGE else folder + chr(0x10FFFF)
    return gone, replace(erasure, after=after)


def _in(folder: str, path: str) -> bool:
    return path.startswith(folder) and not path.endswith(chr(0x10FFFF))


def _remove(backend: Backend, files: list[ListedFile]) -> int:
    for file in files:
        backend.storage.remove(file)
    return len(files)


def _quota(backend: Backend, erasure: Erasure, now: datetime) -> datetime | None:
    """Delete the user's quota, last of all; when to try again, None when it is done.

    What was used today counts until midnight (UTC), or erasing would make the day's limit void.
    Until then the document holds two numbers and the user's id.
    """
    ref = GenerationRef(erasure.user_id, MediaType.IMAGES, "erased")
    quota = backend.store.transition(ref, Forgotten(now)).after.quota
    if quota == Quota() or quota.day > day_of(erasure.erased_at):
        return None  # or it is of a day since, and the user's again
    if quota.day == day_of(now):
        return midnight_after(now) + timedelta(seconds=1)
    return _pause(erasure, now)


@dataclass(frozen=True)
class Forgotten:
    """The user's quota goes, unless something runs or was used today."""

    now: datetime

    def __call__(self, records: Records) -> Records:
        quota = records.quota
        if quota == Quota() or quota.running(self.now) or quota.day >= day_of(self.now):
            return records
        return replace(records, quota=Quota())


def _pause(erasure: Erasure, now: datetime) -> datetime:
    doubled: int = 2 ** min(erasure.looks - 1, LONGEST_DOUBLING)
    return now + FIRST_PAUSE * doubled
