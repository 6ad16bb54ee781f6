"""What a link of a worker's answer leads to, and why that could not be had."""

from enum import StrEnum
from typing import Protocol


class LinkProblem(StrEnum):
    """Why nothing was had; another time may help only with the last one."""

    FOREIGN = "foreign"  #: it leads, or led on, to where results are not fetched from
    GONE = "gone"  #: nothing is there any more
    TOO_LARGE = "too_large"
    SILENT = "silent"  #: no answer, one that failed, or too slow


class LinkFailed(Exception):
    """A link could not be followed to its end; nothing of it is in the message."""

    def __init__(self, problem: LinkProblem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Stream(Protocol):
    """What is there, once, from its beginning; each method may raise LinkFailed."""

    @property
    def size(self) -> int | None:
        """How many bytes, where that was said beforehand."""

    def head(self, count: int) -> bytes:
        """The first bytes, which `read` gives again."""

    def read(self, count: int = -1) -> bytes: ...

    def tell(self) -> int:
        """How many bytes were read."""
