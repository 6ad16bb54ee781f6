"""Uploads that no generation uses: they go, with their last use or after their time.

An upload belongs to the generations whose requests name it. With the last of them it goes
(`drop_unused`, called by what clears up after a discard), and what was never used goes after
UPLOAD_RETENTION_HOURS (`look_at_uploads`, called by the sweep).
"""

from collections.abc import Iterable
from datetime import timedelta

from firepod import logs
from firepod.domain.generation import ListedFile
from firepod.domain.owned import UploadRound
from firepod.kinds import paths
from firepod.ports import Backend
from firepod.usecases.steps.alone import alone

PAGE = 1000  # one call of Storage lists as many
CHECKS = 100  # a run of the sweep asks for the use of as many, four queries each at most
REST = timedelta(hours=1)  # between two rounds through everybody's uploads


def drop_unused(backend: Backend, user_id: str, named: Iterable[str]) -> None:
    """Delete those uploads that no generation of the user's names any more.

    The version is seen before it is asked who uses it, so that what is handed in again meanwhile
    stays. A `generate` that has found the file and is not written yet is the one that loses: its
    generation fails with the sentence that its upload is no longer there.
    """
    for path in named:
        file = find_upload(backend, path)
        if file is not None and not backend.store.uses_upload(user_id, path):
            backend.storage.remove(file)


def look_at_uploads(backend: Backend) -> int:
    """Go on in the round through everybody's uploads, and delete what is old and unused.

    A run lists one page and asks for the use of CHECKS uploads at most; where it stops, the next
    one goes on. Returns how many went.
    """
    now, place = backend.clock.now(), backend.store.upload_round()
    if place.rest_until is not None and now < place.rest_until:
        return 0
    before = now - timedelta(hours=backend.settings.upload_retention_hours)
    found = backend.storage.listing(paths.UPLOADS, after=place.after, limit=PAGE)
    checked = gone = 0
    last = place.after
    for file in found:
        if checked == CHECKS:
            break
        last = file.path
        if file.created_at > before:
            continue
        checked += 1
        gone += _drop_if_unused(backend, file)
    over = len(found) < PAGE and (not found or last == found[-1].path)
    backend.store.keep_upload_round(
        UploadRound(rest_until=now + REST) if over else UploadRound(last)
    )
    if gone:
        logs.uploads_expired(gone)
    return gone


def find_upload(backend: Backend, path: str) -> ListedFile | None:
    """One upload by its path."""
    # A name comes before all that begin with it.
    found = backend.storage.listing(path, limit=1)
    return found[0] if found and found[0].path == path else None


def _drop_if_unused(backend: Backend, file: ListedFile) -> bool:
    """Whether it went; one that cannot be looked at now does not hold up the others."""
    user_id = file.path.removeprefix(paths.UPLOADS).partition("/")[0]

    def drop() -> bool:
        if user_id and backend.store.uses_upload(user_id, file.path):
            return False
        backend.storage.remove(file)
        return True

    return alone("deleting an unused upload", drop, otherwise=False)
