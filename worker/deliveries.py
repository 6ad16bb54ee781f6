"""How a run begins, reports and hands over its media: three ways, one of them for each job.

1. `FirebaseDelivery`: with credentials; claims the generation, uploads, updates the document.
2. `keyless.UploadDelivery`: without, through the upload URLs that the backend gave.
3. `keyless.InlineDelivery`: base64 in the answer; the backend stores it.

All methods block and are called in a thread.
"""

import contextlib
import functools
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from firepod.adapters.bucket import Bucket
from firepod.adapters.firestore import FirestoreStore
from firepod.domain import direct, life, thumbs
from firepod.domain.cost import run_usd
from firepod.domain.generation import (
    ErrorCode,
    Generation,
    GenerationRef,
    Job,
    Output,
    Phase,
    Status,
    StoredFile,
)
from firepod.domain.records import Records
from firepod.kinds import results
from firepod.kinds.file_names import named
from worker import answers
from worker.job_url import NotOurs
from worker.media import Media, hand_over_thumbs
from worker.patience import Limits, UploadFailed, within
from worker.task import Task

CLAIM_POLL_SECONDS = 2.0
# A direct request's times are RunPod's own: its default executionTimeout, its default ttl.
DIRECT_CHECK = timedelta(minutes=10)
DIRECT_DEADLINE = timedelta(hours=24)


class Delivery(Protocol):
    """What a run needs from its surroundings."""

    def begin(self, stop: threading.Event) -> None:
        """Take the job, or raise NotOurs; `stop` ends the waiting for another run of it."""

    def report(self, progress: float, preview: str | None = None) -> None:
        """Tell how far it is and how it looks; raises NotOurs when it has been taken away."""

    def finish(self, media: Sequence[Media]) -> dict[str, Any]:
        """Hand the media over and build the answer; raises NotOurs."""

    def fail(self, code: ErrorCode, sentence: str) -> None:
        """End the generation badly."""

    def abandon(self) -> None:
        """Take back what was handed over, after a stop in the middle."""


@dataclass(frozen=True)
class Begun:
    """A run begins, with or without the records that the backend makes."""

    claimed: life.Claimed
    directly: direct.BegunDirectly | None  #: what somebody has sent by themselves

    def __call__(self, records: Records) -> Records:
        if self.directly is not None and records.job is None:
            return self.directly(records)
        return self.claimed(records)


@dataclass(frozen=True)
class Described:
    """`Completed`, described by what the document says was asked for."""

    completed: life.Completed
    shown: tuple[results.Shown, ...]

    def __call__(self, records: Records) -> Records:
        if records.generation is None:
            return records
        description = results.describe(records.generation, self.shown)
        return replace(self.completed, generation_data=description)(records)


@dataclass(slots=True)
class FirebaseDelivery:
    """Way 1. The claim makes sure that an attempt's engine runs once."""

    task: Task
    ref: GenerationRef
    store: FirestoreStore
    bucket: Bucket
    limits: Limits = field(default_factory=Limits)
    claim: str = field(default_factory=lambda: uuid4().hex)
    log: Callable[[str], None] = field(default=lambda _message: None)
    stored: list[StoredFile] = field(default_factory=list)
    thumb_urls: dict[str, str] = field(default_factory=dict, repr=False)  #: path -> URL
    accepted_at: datetime | None = None
    claimed_at: datetime | None = None

    def begin(self, stop: threading.Event) -> None:
        """Claim the attempt; wait while another run of the same RunPod job may still be alive."""
        task = self.task
        while not stop.is_set():
            now = _now()
            claimed = life.Claimed(task.attempt, task.runpod_job_id, self.claim, now)
            directly = None if task.from_backend else direct.BegunDirectly(*self._direct(now), now)
            after = self._change(Begun(claimed, directly))
            job = after.job
            if job is not None and after.held(task.attempt, self.claim):
                self.accepted_at, self.claimed_at = job.created_at, _now()
                return
            same_job = job is not None and job.runpod_job_id == task.runpod_job_id
            if not same_job or not after.is_live(task.attempt):
                raise NotOurs
            # RunPod hands a job out again when it lost the first worker. Until that one has been
            # silent for long enough, or has ended it, nobody knows which of the two is right.
            stop.wait(CLAIM_POLL_SECONDS)
        raise NotOurs

    def _direct(self, now: datetime) -> tuple[Generation, Job]:
        """The records of a job that somebody sent to RunPod by themselves."""
        task, ref = self.task, self.ref
        generation = Generation(
            user_id=ref.user_id,
            media_type=ref.media_type,
            file_uid=ref.file_uid,
            task_type=task.task_type,
            request_data=task.request,
            metadata=task.metadata,
            attempt=task.attempt,
        )
        job = Job(
            user_id=ref.user_id,
            media_type=ref.media_type,
            file_uid=ref.file_uid,
            attempt=task.attempt,
            phase=Phase.SUBMITTED,
            endpoint_id=os.environ.get("RUNPOD_ENDPOINT_ID", ""),
            outputs=task.outputs,
            created_at=now,
            check_at=now + DIRECT_CHECK,
            deadline_at=now + DIRECT_DEADLINE,
            runpod_job_id=task.runpod_job_id,
            claim=self.claim,
        )
        return generation, job

    def report(self, progress: float, preview: str | None = None) -> None:
        task, now = self.task, _now()
        after = self._change(
            life.Progressed(task.attempt, progress, now, preview=preview, claim=self.claim)
        )
        if not after.held(task.attempt, self.claim):
            raise NotOurs

    def finish(self, media: Sequence[Media]) -> dict[str, Any]:
        task, patience = self.task, self.limits.for_uploads(one.path for one in media)
        urls = []
        for output, one in zip(named(task.outputs, task.request), media, strict=True):
            stored, url = patience.again(functools.partial(self._hand_over, output, one.path))
            self.stored.append(stored)
            urls.append(url)
        hand_over_thumbs(task, media, self._put_thumb, self.log, patience.left)
        now = _now()
        try:
            after = self._change(self._completed(self._shown(urls, media), now))
        except Exception as error:
            # Perhaps it was written. The files stay: with them the backend can complete, or clear.
            raise UploadFailed from error
        generation = after.generation
        if generation is None or generation.attempt != task.attempt or not generation.generated:
            raise NotOurs
        return answers.with_urls(task, urls, now, media)

    def fail(self, code: ErrorCode, sentence: str) -> None:
        task, now = self.task, _now()
        self._change(
            life.Failed(
                task.attempt,
                code,
                sentence,
                now=now,
                metrics=self._metrics(now),
                expires_at=self._expiry(now),
                claim=self.claim,
            ),
        )

    def abandon(self) -> None:
        # What stays behind because Firebase is away, the backend clears.
        with contextlib.suppress(Exception):
            within(self.limits.firestore, self._clear)

    def _clear(self) -> None:
        if not self.stored:
            return
        generation = self.store.find(self.ref)
        if generation is not None and generation.attempt == self.task.attempt:
            ended_well = generation.status is Status.COMPLETED
            if ended_well or not generation.status.terminal:
                return  # another run of this attempt has taken over, and the files are its own
        left = thumbs.with_thumbs(self.ref, self.task.outputs)
        self.bucket.delete(left, owner=self.ref.user_id, upto_attempt=self.task.attempt)

    def _hand_over(self, output: Output, file: Path) -> tuple[StoredFile, str]:
        stored = self.bucket.put_file(
            output, str(file), owner=self.ref.user_id, attempt=self.task.attempt
        )
        return stored, self.bucket.share(stored)

    def _put_thumb(self, thumb: Output, file: Path) -> None:
        _, self.thumb_urls[thumb.path] = self._hand_over(thumb, file)

    def _shown(self, urls: Sequence[str], media: Sequence[Media]) -> tuple[results.Shown, ...]:
        small = [self.thumb_urls.get(one.path, "") if one else "" for one in self.task.thumbs]
        parts = zip(self.stored, urls, media, small, strict=True)
        return tuple(results.Shown(file, url, one.facts, thumb) for file, url, one, thumb in parts)

    def _change(self, change: Callable[[Records], Records]) -> Records:
        return within(self.limits.firestore, lambda: self.store.transition(self.ref, change)).after

    def _completed(self, shown: tuple[results.Shown, ...], now: datetime) -> Described:
        completed = life.Completed(
            self.task.attempt,
            tuple(self.stored),
            {},
            now=now,
            metrics=self._metrics(now),
            expires_at=self._expiry(now),
            claim=self.claim,
        )
        return Described(completed, shown)

    def _metrics(self, now: datetime) -> dict[str, int | float]:
        """What RunPod calls delayTime and executionTime, by our clocks, and what that costs.

        RunPod tells its own only after the end, and an ended document is not touched again.
        """
        if self.accepted_at is None or self.claimed_at is None:
            return {}
        execution_ms, price = _milliseconds(now - self.claimed_at), self.task.usd_per_second
        return {
            "delay_ms": _milliseconds(self.claimed_at - self.accepted_at),
            "execution_ms": execution_ms,
            **({} if price is None else {"cost_usd": run_usd(execution_ms, price)}),
        }

    def _expiry(self, now: datetime) -> datetime | None:
        days = self.task.retention_days
        return now + timedelta(days=days) if days else None


def _milliseconds(span: timedelta) -> int:
    return max(0, round(span.total_seconds() * 1000))


def _now() -> datetime:
    return datetime.now(UTC)
