"""What a generation reads: uploads of its user, and a voice."""

from typing import TYPE_CHECKING

from firepod.domain.errors import FailedPrecondition, InvalidArgument, not_found
from firepod.domain.generation import GenerationRef, MediaType, Status
from firepod.kinds import paths, registry
from firepod.ports import Backend

if TYPE_CHECKING:
    from firepod.kinds.validation import Request

MAX_UPLOAD_BYTES = 25 * 1024 * 1024


def check_inputs(backend: Backend, user_id: str, request: "Request") -> None:
    """What a request names must be its user's, and what it should be.

    Raises:
        InvalidArgument: a file that is not the caller's or not of its kind.
        NotFound, FailedPrecondition: the voice is not there, or not ready.
    """
    for field in registry.task(request.task_type).fields:
        path, name = getattr(request, field.name), field.name
        if field.kind == "voice":
            check_voice(backend, GenerationRef(user_id, MediaType.VOICES, path))
        if field.file is None or path is None:
            continue
        if not paths.owned_input(path, user_id):
            raise InvalidArgument.of(
                name, "must be the path of a file of yours in Storage, below uploads/{your uid}/"
            )
        file = backend.storage.stat(path)
        if file is None:
            raise InvalidArgument.of(name, "names no file; upload it first")
        if not file.content_type.startswith(field.file.prefixes):
            raise InvalidArgument.of(name, f"must be of a type {field.file.prefixes[0]}*")
        if file.packed:
            raise InvalidArgument.of(name, "is compressed for its transfer; upload it as it is")
        if file.size_bytes > MAX_UPLOAD_BYTES:
            raise InvalidArgument.of(name, "is larger than 25 MiB")


def check_voice(backend: Backend, ref: GenerationRef) -> None:
    """Raise NotFound or FailedPrecondition unless this voice is there and completed."""
    found = backend.store.find(ref)
    if found is None:
        raise not_found(ref.media_type)
    if found.status is not Status.COMPLETED:
        state = "has failed" if found.status.terminal else "is not finished yet"
        raise FailedPrecondition(
            f"This voice {state}; speech needs a completed one.", {"status": str(found.status)}
        )
