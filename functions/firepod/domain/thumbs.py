"""Thumbs: a small WebP of each picture, and of each video a frame as its poster.

They lie beside what they show, under names that follow from it, so that nobody has to keep a list
of them: who deletes a generation's files deletes `with_thumbs`. One that is not there is nothing
to worry about.
"""

from collections.abc import Container, Iterable

from firepod.domain.generation import GenerationRef, Output, StoredFile

THUMBS = "thumbs/"
CONTENT_TYPE = "image/webp"
MAX_BYTES = 64 * 1024  # that the backend takes; workers make them a third of it


def thumb_of(ref: GenerationRef, index: int, output: Output) -> Output | None:
    """The thumb of a generation's output with this index; None: it is nothing to look at."""
    if not output.content_type.startswith(("image/", "video/")):
        return None
    return Output(f"{THUMBS}{ref.user_id}/{ref.file_uid}_{index}.webp", CONTENT_TYPE)


def thumbs(ref: GenerationRef, outputs: Iterable[Output]) -> list[Output | None]:
    """The thumb of each output, in their order."""
    return [thumb_of(ref, index, output) for index, output in enumerate(outputs)]


def with_thumbs(
    ref: GenerationRef, outputs: Iterable[Output], *, but: Container[str] = ()
) -> list[str]:
    """All objects of a generation: its outputs and their thumbs, but for what is kept."""
    pairs = [
        (output, thumb_of(ref, index, output))
        for index, output in enumerate(outputs)
        if output.path not in but
    ]
    return [one.path for pair in pairs for one in pair if one is not None]


def is_thumb(path: str) -> bool:
    return path.startswith(THUMBS)


def fits(file: StoredFile) -> bool:
    """Whether a stored object can be a thumb by its size and type."""
    right = file.content_type == CONTENT_TYPE and not file.packed
    return right and 0 < file.size_bytes <= MAX_BYTES
