"""A file that was made, and what was seen of it; and how thumbs are handed over, which may fail."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from firepod.domain.generation import Output
from firepod.protocol.facts import NOTHING, Facts
from worker.patience import within
from worker.task import Task

THUMBS_SECONDS = 5.0  # for all thumbs of a job: a GPU waits meanwhile
AT_A_TIME = 8


@dataclass(frozen=True, slots=True)
class Media:
    """A file that was made, and what is seen of it."""

    path: Path
    facts: Facts = NOTHING
    thumb: Path | None = None


def hand_over_thumbs(
    task: Task,
    media: Sequence[Media],
    put: Callable[[Output, Path], None],
    log: Callable[[str], None],
    seconds: float,
) -> None:
    """Put the thumbs where they belong, all at once; one that fails is done without.

    `seconds` is what is left of the time for all uploads.
    """

    def try_to_put(thumb: Output, file: Path) -> None:
        try:
            put(thumb, file)
        except Exception as error:  # noqa: BLE001 (the libraries below have no common root)
            log(f"a thumb was not stored: {type(error).__name__}")

    wanted = [
        (thumb, one.thumb)
        for thumb, one in zip(task.thumbs, media, strict=True)
        if thumb is not None and one.thumb is not None
    ]

    def work() -> None:
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            for thumb, file in wanted:
                pool.submit(try_to_put, thumb, file)

    if not wanted:
        return
    try:
        within(min(seconds, THUMBS_SECONDS), work)
    except TimeoutError:
        log("thumbs were not stored in time")
