"""The two ways of a run without credentials; both claim and report through the job's own URL."""

import functools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from firepod.domain.errors import Unavailable
from firepod.domain.generation import ErrorCode, Output, UploadUrl
from worker import answers
from worker.engines import EngineError
from worker.job_url import JobUrl
from worker.media import Media, hand_over_thumbs
from worker.patience import INLINE_BYTES, Limits
from worker.task import Task

TOO_LARGE = (
    "The result has {:.0f} MB, and without Storage this worker returns at most {:.0f} MB. "
    "Ask for less, or for a smaller format."
)
UPLOAD_TIMEOUT = (5.0, 20.0)  # seconds to connect, to read


@dataclass(slots=True)
class UploadDelivery:
    """Way 2. Progress goes to RunPod, too, whose word the backend asks for at a look."""

    task: Task
    tell: Callable[[float], None]
    job: JobUrl | None = None  #: None where an older backend gave none
    limits: Limits = field(default_factory=Limits)
    log: Callable[[str], None] = field(default=lambda _message: None)

    def begin(self, stop: threading.Event) -> None:
        _begin(self.job, stop)

    def report(self, progress: float, preview: str | None = None) -> None:
        _report(self.tell, self.job, progress, preview)

    def finish(self, media: Sequence[Media]) -> dict[str, Any]:
        _report(self.tell, self.job, 1.0)
        patience = self.limits.for_uploads(one.path for one in media)
        for output, one in zip(self.task.outputs, media, strict=True):
            patience.again(functools.partial(_put, self.task.upload_urls[output.path], one.path))
        hand_over_thumbs(self.task, media, self._put_thumb, self.log, patience.left)
        return answers.uploaded(self.task, media)

    def _put_thumb(self, thumb: Output, file: Path) -> None:
        if thumb.path in self.task.upload_urls:
            _put(self.task.upload_urls[thumb.path], file)

    def fail(self, code: ErrorCode, sentence: str) -> None:
        """Nothing to write: the answer tells the backend."""

    def abandon(self) -> None:
        """The backend deletes what was uploaded; this worker could not."""


@dataclass(slots=True)
class InlineDelivery:
    """Way 3."""

    task: Task
    tell: Callable[[float], None]
    job: JobUrl | None = None

    def begin(self, stop: threading.Event) -> None:
        _begin(self.job, stop)

    def report(self, progress: float, preview: str | None = None) -> None:
        _report(self.tell, self.job, progress, preview)

    def finish(self, media: Sequence[Media]) -> dict[str, Any]:
        size = sum(one.path.stat().st_size for one in media)
        if size > INLINE_BYTES:
            # RunPod would drop the answer, and the user would learn nothing.
            raise EngineError(TOO_LARGE.format(size / 1e6, INLINE_BYTES / 1e6))
        _report(self.tell, self.job, 1.0)
        return answers.with_media(self.task, media)

    def fail(self, code: ErrorCode, sentence: str) -> None:
        """Nothing to write: the answer tells the backend."""

    def abandon(self) -> None:
        return


def _begin(job: JobUrl | None, stop: threading.Event) -> None:
    if job is not None:
        job.begin(stop)


def _report(
    tell: Callable[[float], None],
    job: JobUrl | None,
    progress: float,
    preview: str | None = None,
) -> None:
    tell(progress)
    if job is not None:
        job.report(progress, preview)


def _put(target: UploadUrl, file: Path) -> None:
    with file.open("rb") as data:
        response = requests.put(
            target.url, data=data, headers=target.headers, timeout=UPLOAD_TIMEOUT
        )
    # 412: it is there already, by a try of ours whose answer was lost; the backend looks anyway.
    if response.status_code not in {200, 201, 412}:
        raise Unavailable("The upload was not taken.")
