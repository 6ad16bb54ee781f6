"""What a user hands in: kept while a generation uses it, and for a day when none does.

How one goes when nothing uses it any more is in `steps/unused.py`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from firepod.domain.errors import FailedPrecondition, InvalidArgument, NotFound
from firepod.domain.generation import ListedFile, Output, Phase
from firepod.domain.sign_in import REGISTERED, SignIn
from firepod.kinds import media_kinds, paths, recordings
from firepod.ports import Backend
from firepod.usecases.steps.unused import find_upload

KINDS = f"a PNG, JPEG or WebP picture, or sound as {recordings.KINDS}"
NO_UPLOAD = "You have no upload with this name."
IN_USE = "A generation that has not ended uses this upload. Wait for its end, or cancel it."
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
    extension = media_kinds.ENDINGS[content_type]
    digest = hashlib.sha256(data).hexdigest()[:32]
    output = Output(paths.upload(user_id, f"{digest}.{extension}"), content_type)
    sign_in.check()
    known = find_upload(backend, output.path)
    if known is not None and _may_go_soon(backend, user_id, known):
        backend.storage.remove(known)  # so that its day begins anew
    backend.storage.put(output, data, owner=user_id, attempt=0)
    return output


def page(backend: Backend, user_id: str, *, limit: int, after: str = "") -> Page:
    """A user's uploads, from the name after `after` on."""
    own = paths.upload(user_id, "")
    found = backend.storage.listing(own, after=own + after if after else "", limit=limit + 1)
    shown = found[:limit]
    more = len(found) > limit
    return Page(shown, shown[-1].path.removeprefix(own) if more else None)


def delete(backend: Backend, user_id: str, name: str) -> None:
    """Delete an upload of the user's.

    Raises:
        NotFound: the user has none of this name.
        FailedPrecondition: a generation that has not ended uses it.
    """
    path = paths.upload(user_id, name)
    file = find_upload(backend, path) if paths.is_upload_name(name) else None
    if file is None:
        raise NotFound(NO_UPLOAD)
    for owned in backend.store.jobs_of(user_id, MAX_JOBS):
        job = owned.job
        if job is not None and path in job.uploads and job.phase is not Phase.STOPPING:
            raise FailedPrecondition(IN_USE, {"file_uid": job.file_uid})
    backend.storage.remove(file)


def _may_go_soon(backend: Backend, user_id: str, file: ListedFile) -> bool:
    """Whether half of its time is over; one that is in use has none."""
    half = timedelta(hours=backend.settings.upload_retention_hours) / 2
    if backend.clock.now() - file.created_at < half:
        return False
    return not backend.store.uses_upload(user_id, file.path)


def _content_type(data: bytes) -> str:
    shown = media_kinds.sniff(data[: media_kinds.SNIFF_BYTES])
    is_picture = (shown or "").startswith("image/")
    content_type = shown if is_picture else recordings.kind(data)
    if content_type is None:
        raise InvalidArgument.of("file", f"is not of a kind that is read here; send {KINDS}")
    return content_type
