"""What is seen of a finished file at a glance: its size, its length, its ThumbHash, its thumb.

A glance is a gift: whatever goes wrong with it is logged, and the job goes on without.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import av
import numpy as np
from PIL import Image

from firepod.domain.generation import Output
from firepod.protocol.facts import Facts, seconds
from worker.encoding.small import small_webp
from worker.media import Media
from worker.patience import within
from worker.thumbhash import thumbhash

GLANCE_SECONDS = 3.0  # for all files of a job; a GPU waits meanwhile
THUMB_SIDE = 320
THUMB_BYTES = 20_000
BLACK = 12.0  # mean lightness of 255: films fade in from less
POSTER_FRAMES = 60  # how far a frame is looked for that is not black


def glance(
    files: Sequence[Path],
    outputs: Sequence[Output],
    thumbs: Sequence[Output | None],
    log: Callable[[str], None],
) -> list[Media]:
    """Each file with what is seen of it; a thumb where one is wanted, beside the file."""
    seen: list[Media] = []

    def look() -> None:
        for path, output, thumb in zip(files, outputs, thumbs, strict=True):
            seen.append(_look(path, output.content_type, wanted=thumb is not None))

    try:
        within(GLANCE_SECONDS, look)
    except Exception as error:  # noqa: BLE001 (a picture may be strange in many ways)
        log(f"no thumb: {type(error).__name__}")
    # A look that took too long may still add to what was seen.
    done = seen[: len(files)]
    return [*done, *(Media(path) for path in files[len(done) :])]


def _look(path: Path, content_type: str, *, wanted: bool) -> Media:
    match content_type.partition("/")[0]:
        case "image":
            with Image.open(path) as picture:
                return _pictured(path, picture, Facts(*picture.size), wanted=wanted)
        case "video":
            facts, poster = _filmed(path)
            return _pictured(path, poster, facts, wanted=wanted) if poster else Media(path, facts)
        case "audio":
            with av.open(str(path)) as sound:
                return Media(path, Facts(duration_seconds=_length(sound)))
    return Media(path)


def _pictured(path: Path, picture: Image.Image, facts: Facts, *, wanted: bool) -> Media:
    small = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    small.thumbnail((THUMB_SIDE, THUMB_SIDE))
    facts = Facts(facts.width, facts.height, facts.duration_seconds, thumbhash(small))
    if not wanted:
        return Media(path, facts)
    thumb = path.with_name(f"{path.name}.thumb.webp")
    thumb.write_bytes(small_webp(small, THUMB_BYTES))
    return Media(path, facts, thumb)


def _filmed(path: Path) -> tuple[Facts, Image.Image | None]:
    """A video's facts, and its first frame that is not black, or else its lightest one."""
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        facts = Facts(stream.width, stream.height, _length(film))
        lightest, poster = -1.0, None
        for frame in islice(film.decode(stream), POSTER_FRAMES):
            pixels = frame.to_ndarray(format="rgb24")
            light = float(np.mean(pixels[::8, ::8]))
            if light > lightest:
                lightest, poster = light, pixels
            if lightest >= BLACK:
                break
        return facts, None if poster is None else Image.fromarray(poster)


def _length(container: "av.container.InputContainer") -> float | None:
    return None if container.duration is None else seconds(container.duration / av.time_base)
