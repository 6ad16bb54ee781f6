"""What a generation reads: uploads and results of its user, and a voice."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from firepod.domain.errors import FailedPrecondition, InvalidArgument, NotFound, not_found
from firepod.domain.generation import Generation, GenerationRef, MediaType, Status, StoredFile
from firepod.kinds import paths, registry
from firepod.kinds.fields import LARGEST_FILE, MAX_FILE_BYTES
from firepod.models.model import Model
from firepod.ports import Backend

if TYPE_CHECKING:
    from firepod.kinds.validation import Request

PLACES = (
    "must be the path of a file of yours in Storage: below uploads/{your uid}/, or one of the files"
    " of a generation"
)

NO_PROFILE = (
    "This voice is a sample and has no profile, which {model} needs. Clone it again with a model"
    " that makes one, or name another model for the speech."
)


def begin_inputs(
    backend: Backend, user_id: str, request: "Request", model: Model
) -> Callable[[], None]:
    """Ask for what a request names, without waiting; what comes back raises as `check_inputs`."""
    fields = registry.task(request.task_type).fields
    asks = [one for one in fields if one.kind in {"file", "voice"}]
    if all(getattr(request, one.name) is None for one in asks):
        return _nothing_named
    return backend.storage.beside(functools.partial(check_inputs, backend, user_id, request, model))


def _nothing_named() -> None:
    """The check of a request that names no file: it always passes."""


def check_inputs(backend: Backend, user_id: str, request: "Request", model: Model) -> None:
    """What a request names must be its user's, and what its model needs.

    Raises:
        InvalidArgument: a file that is not the caller's or not of its kind.
        NotFound: a file of a generation that is not there, or not the caller's; or such a voice.
        FailedPrecondition: the voice is not ready.
    """
    for field in registry.task(request.task_type).fields:
        path, name = getattr(request, field.name), field.name
        if field.kind == "voice":
            voice = check_voice(backend, GenerationRef(user_id, MediaType.VOICES, path))
            made = voice.generation_data or {}
            if not model.by_sample and "sample_url" in made and "profile_url" not in made:
                raise FailedPrecondition(NO_PROFILE.format(model=model.id))
        if field.file is None or path is None:
            continue
        file = _find(backend, user_id, name, path)
        if not file.content_type.startswith(field.file.prefixes):
            raise InvalidArgument.of(name, f"{_named(file)}; it must be {field.file.said}")
        if file.packed:
            raise InvalidArgument.of(name, "is compressed for its transfer; upload it as it is")
        if file.size_bytes > MAX_FILE_BYTES:
            raise InvalidArgument.of(name, f"is larger than {LARGEST_FILE}")


def _find(backend: Backend, user_id: str, name: str, path: str) -> StoredFile:
    """An upload of the user's, or a file of a generation of theirs.

    Pictures and videos lie in a folder of the user's; whose sound is, stands on the file.
    """
    own = paths.owned_input(path, user_id)
    made = paths.is_result(path)
    if not own and not made:
        raise InvalidArgument.of(name, PLACES)
    file = backend.storage.stat(path)
    if made and (file is None or not (own or file.owner == user_id)):
        raise NotFound(f"You have made no file that {name} names.")
    if file is None:
        raise InvalidArgument.of(name, "names no file; upload it first")
    return file


def _named(file: StoredFile) -> str:
    kinds = {"image": "a picture", "video": "a video", "audio": "sound"}
    return f"names {kinds.get(file.content_type.partition('/')[0], 'a file of another kind')}"


def check_voice(backend: Backend, ref: GenerationRef) -> Generation:
    """A voice; raise NotFound or FailedPrecondition unless this voice is there and completed."""
    found = backend.store.find(ref)
    if found is None:
        raise not_found(ref.media_type)
    if found.status is not Status.COMPLETED:
        state = "has failed" if found.status.terminal else "is not finished yet"
        raise FailedPrecondition(
            f"This voice {state}; speech needs a completed one.", {"status": str(found.status)}
        )
    return found
