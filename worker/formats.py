"""Writes what an engine has made in the format that was asked for; the one place for it.

An engine makes what it makes best, PNG and WAV as a rule, or the format itself. What is in the
right one stays as it is; what cannot be read stays, too, and is refused as what it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from firepod.domain.generation import Output
from firepod.kinds import formats, media_kinds
from worker.engines.interface import OutputFile, Result

Beat = Callable[[], None]
"""Called all the time; raises what ends the job."""

_PICTURES = frozenset(one.content_type for one in formats.PICTURES)
_SOUNDS = frozenset(one.content_type for one in formats.SOUNDS)


def in_the_formats_of(outputs: Sequence[Output], result: Result, beat: Beat) -> Result:
    """The result with each file in the format of its output.

    Raises ``EngineError`` where a format cannot hold what was made.
    """
    if len(result.files) != len(outputs):
        return result
    files = [_in_format_of(*pair, beat) for pair in zip(outputs, result.files, strict=True)]
    return replace(result, files=tuple(files))


def _in_format_of(output: Output, made: OutputFile, beat: Beat) -> OutputFile:
    with made.path.open("rb") as file:
        head = file.read(media_kinds.SNIFF_BYTES)
    wanted = output.content_type
    if media_kinds.matches(wanted, head):
        return made
    written = made.path.with_name(f"{made.path.name}.{wanted.rpartition('/')[2]}")
    # Loaded late: an engine of one kind of media needs no library of the other.
    if wanted in _PICTURES:
        from worker.encoding.pictures import write_picture

        done = write_picture(made.path, written, wanted)
    elif wanted in _SOUNDS:
        from worker.encoding.sounds import write_sound

        done = write_sound(made.path, written, wanted, beat)
    else:
        return made
    beat()
    return OutputFile(written, wanted) if done else made
