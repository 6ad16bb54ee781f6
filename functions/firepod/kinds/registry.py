"""Every task there is, each with its one entry; who wants to know something of a task asks here."""

from collections.abc import Mapping

from firepod.domain import thumbs
from firepod.domain.generation import Generation, GenerationRef, MediaType, Output
from firepod.kinds import paths, pictures, speech, videos, voices
from firepod.kinds.task import Incomplete, Kind, Task, Values

_ENTRIES = (*pictures.TASKS, *videos.TASKS, *voices.TASKS, *speech.TASKS)


def _registered(entries: tuple[Task, ...]) -> dict[str, Task]:
    found: dict[str, Task] = {}
    for one in entries:
        if one.name in found:
            raise Incomplete(f"task {one.name} has two entries")
        found[one.name] = one
    for media_type in MediaType:
        if not any(one.media_type is media_type for one in entries):
            raise Incomplete(f"no task makes {media_type}")
    return found


TASKS: Mapping[str, Task] = _registered(_ENTRIES)
KINDS: Mapping[MediaType, Kind] = {one.media_type: one.kind for one in _ENTRIES}


def task(name: str) -> Task:
    """The entry of a task type.

    Raises:
        KeyError: there is none.
    """
    return TASKS[name]


def task_of(generation: Generation) -> Task:
    """The entry of a generation's task.

    A document of another version may name a task that this one does not know: then the entry of
    any task that makes the same media, so that what is under way ends well.
    """
    known = TASKS.get(generation.task_type)
    if known is not None and known.media_type is generation.media_type:
        return known
    return next(one for one in TASKS.values() if one.media_type is generation.media_type)


def media_type_of(name: str) -> MediaType:
    """What a task type makes."""
    return TASKS[name].media_type


def folder(ref: GenerationRef) -> str:
    """The folder of a generation's objects; pictures and videos share it with the user's others."""
    return KINDS[ref.media_type].folder(ref)


def input_fields(media_type: MediaType) -> tuple[str, ...]:
    """The fields of requests that name a file of the user's."""
    named = [
        one.name
        for entry in TASKS.values()
        if entry.media_type is media_type
        for one in entry.fields
        if one.kind == "file"
    ]
    return tuple(dict.fromkeys(named))


def uploads_of(ref: GenerationRef, request: Values) -> tuple[str, ...]:
    """The uploads of its own user that a request names."""
    own = paths.upload(ref.user_id, "")
    named = [request.get(field) for field in input_fields(ref.media_type)]
    return tuple(
        dict.fromkeys(
            path
            for path in named
            if isinstance(path, str)
            and path.startswith(own)
            and paths.owned_input(path, ref.user_id)
        )
    )


def largest_of(output: Output) -> int:
    """How many bytes an output, or the thumb of one, can have at most."""
    return thumbs.MAX_BYTES if thumbs.is_thumb(output.path) else largest(output.content_type)


def largest(content_type: str) -> int:
    """How many bytes an output of this content type can have at most.

    By the bounds of the tasks, generously: whoever holds an upload URL must not be able to fill
    the bucket.
    """
    return max(one.largest_bytes.get(content_type, 0) for one in TASKS.values())


def fits(content_type: str, size_bytes: int) -> bool:
    """Whether an output of this content type can be so large."""
    return 0 < size_bytes <= largest(content_type)
