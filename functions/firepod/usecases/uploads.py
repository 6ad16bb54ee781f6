"""What a user hands in: kept while a generation uses it, and for a day when none does.

An upload belongs to the generations whose requests name it. With the last of them it goes
(`drop_unused`, called by what clears up after a discard), and what was never used goes after
UPLOAD_RETENTION_HOURS (`look_at_uploads`, called by the sweep).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from firepod import logs
from firepod.domain.errors import FailedPrecondition, InvalidArgument, NotFound
from firepod.domain.generation import ListedFile, Output, Phase
from firepod.domain.owned import UploadRound
from firepod.domain.sign_in import REGISTERED, SignIn
from firepod.kinds import media_kinds, paths, recordings
from firepod.ports import Backend, Usage
from firepod.usecases.steps.alone import alone

KINDS = f"a PNG, JPEG or WebP picture, or sound as {recordings.KINDS}"
NO_UPLOAD = "You have no upload with this name."
IN_USE = "A generation that has not ended uses this upload. Wait for its end, or cancel it."
PICTURES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
PAGE = 1000  # one call of Storage lists as many
MAX_COUNTED = 10 * PAGE
CHECKS = 100  # a run of the sweep asks for the use of as many, four queries each at most
REST = timedelta(hours=1)  # between two rounds through everybody's uploads
MAX_JOBS = 200  # of one user; as many run at a time, and those that are being cleared


@dataclass(frozen=True, slots=True)
class Page:
    """Some uploads in the order of their names; `next_name` is None on the last page."""

    uploads: Sequence[ListedFile]
    next_name: str | None


def upload(backend: Backend, user_id: str, data: bytes, sign_in: SignIn = REGISTERED) -> Output:
    """Keep a file, under a name that comes from its content; returns where it is.

    Raises:
        InvalidArgument: it is none of the kinds that a generation reads.
        Unauthenticated: the account may not be used any more.
    """
    if not data:
        raise InvalidArgument.of("file", "is required, and must not be empty")
    content_type = _content_type(data)
    extension = (PICTURES | recordings.EXTENSIONS)[content_type]
    digest = hashlib.sha256(data).hexdigest()[:32]
    output = Output(paths.upload(user_id, f"{digest}.{extension}"), content_type)
    sign_in.check()
    known = _find(backend, output.path)
    if known is not None and _may_go_soon(backend, user_id, known):
        backend.media.remove(known)  # so that its day begins anew
    backend.media.put(output, data, owner=user_id, attempt=0)
    return output


def page(backend: Backend, user_id: str, *, limit: int, after: str = "") -> Page:
    """A user's uploads, from the name after `after` on."""
    own = paths.upload(user_id, "")
    found = backend.media.listing(own, after=own + after if after else "", limit=limit + 1)
    shown = found[:limit]
    more = len(found) > limit
    return Page(shown, shown[-1].path.removeprefix(own) if more else None)


def usage(backend: Backend, user_id: str) -> Usage:
    """What a user's uploads take; counts 10,000 of them at most."""
    found = backend.media.listing(paths.upload(user_id, ""), limit=MAX_COUNTED)
    return Usage(sum(file.size_bytes for file in found), len(found))


def delete(backend: Backend, user_id: str, name: str) -> None:
    """Delete an upload of the user's.

    Raises:
        NotFound: the user has none of this name.
        FailedPrecondition: a generation that has not ended uses it.
    """
    path = paths.upload(user_id, name)
    file = _find(backend, path) if paths.is_upload_name(name) else None
    if file is None:
        raise NotFound(NO_UPLOAD)
    for owned in backend.store.jobs_of(user_id, MAX_JOBS):
        job = owned.job
        if job is not None and path in job.uploads and job.phase is not Phase.STOPPING:
            raise FailedPrecondition(IN_USE, {"file_uid": job.file_uid})
    backend.media.remove(file)


def drop_unused(backend: Backend, user_id: str, named: Iterable[str]) -> None:
    """Delete those uploads that no generation of the user's names any more.

    The version is seen before it is asked who uses it, so that what is handed in again meanwhile
    stays. A `generate` that has found the file and is not written yet is the one that loses: its
    generation fails with the sentence that its upload is no longer there.
    """
    for path in named:
        file = _find(backend, path)
        if file is not None and not backend.store.uses_upload(user_id, path):
            backend.media.remove(file)


def look_at_uploads(backend: Backend) -> int:
    """Go on in the round through everybody's uploads, and delete what is old and unused.

    A run lists one page and asks for the use of CHECKS uploads at most; where it stops, the next
    one goes on. Returns how many went.
    """
    now, place = backend.world.now(), backend.store.upload_round()
    if place.rest_until is not None and now < place.rest_until:
        return 0
    before = now - timedelta(hours=backend.settings.upload_retention_hours)
    found = backend.media.listing(paths.UPLOADS, after=place.after, limit=PAGE)
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


def _may_go_soon(backend: Backend, user_id: str, file: ListedFile) -> bool:
    """Whether half of its time is over; one that is in use has none."""
    half = timedelta(hours=backend.settings.upload_retention_hours) / 2
    if backend.world.now() - file.created_at < half:
        return False
    return not backend.store.uses_upload(user_id, file.path)


def _drop_if_unused(backend: Backend, file: ListedFile) -> bool:
    """Whether it went; one that cannot be looked at now does not hold up the others."""
    user_id = file.path.removeprefix(paths.UPLOADS).partition("/")[0]

    def drop() -> bool:
        if user_id and backend.store.uses_upload(user_id, file.path):
            return False
        backend.media.remove(file)
        return True

    return alone("deleting an unused upload", drop, otherwise=False)


def _find(backend: Backend, path: str) -> ListedFile | None:
    # A name comes before all that begin with it.
    found = backend.media.listing(path, limit=1)
    return found[0] if found and found[0].path == path else None


def _content_type(data: bytes) -> str:
    picture = media_kinds.sniff(data[: media_kinds.SNIFF_BYTES])
    content_type = picture if picture in PICTURES else recordings.kind(data)
    if content_type is None:
        raise InvalidArgument.of("file", f"is not of a kind that is read here; send {KINDS}")
    return content_type
