"""A RunPod worker without an engine: the steps of a run, one at a time, so that it can die between.

The steps are those of `worker.deliveries`, on the fakes' clock.
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime

from firepod.domain import life
from firepod.domain.errors import Unavailable
from firepod.domain.generation import ErrorCode, GenerationRef, MediaType, Output, Status
from firepod.kinds import results
from firepod.protocol import tokens
from firepod.protocol.runpod import RunpodStatus
from firepod.usecases.claim import claim
from firepod.usecases.progress import progress
from tests.fakes.backend import FakeBackend
from tests.fakes.clock import START
from tests.fakes.gpu import FakeJob
from tests.fakes.values import BYTES, KEYRING, WEBP


@dataclass
class FakeRun:
    """One run of a RunPod job; `way` is credentials, upload_urls or inline."""

    backend: FakeBackend
    job: FakeJob
    claim: str
    way: str
    alive: bool = True
    heard_at: datetime = field(default=START)  #: when the backend heard of it last

    @property
    def ref(self) -> GenerationRef:
        task = self.job.task
        return GenerationRef(task["user_id"], MediaType(task["media_type"]), task["file_uid"])

    @property
    def attempt(self) -> int:
        attempt: int = self.job.task["attempt"]
        return attempt

    @property
    def outputs(self) -> list[Output]:
        return [Output(one["path"], one["content_type"]) for one in self.job.task["outputs"]]

    def begin(self) -> bool | None:
        """Whether the engine may run; None: another run of this job may be alive, ask again."""
        if not self.job.status.ended:
            self.job.status = RunpodStatus.IN_PROGRESS
        now = self.heard_at = self.backend.clock.now()
        if self.way != "credentials":
            return self._ask_to_begin()
        after = self.backend.store.transition(
            self.ref,
            life.Claimed(self.attempt, self.job.job_id, self.claim, now),
        ).after
        if after.held(self.attempt, self.claim):
            return True
        same_job = after.job is not None and after.job.runpod_job_id == self.job.job_id
        if same_job and after.is_live(self.attempt):
            return None
        self.end("COMPLETED", {"stopped": "not ours"})
        return False

    def _ask_to_begin(self) -> bool | None:
        try:
            answer = claim(self.backend, self._callback(), self.job.job_id, self.claim)
        except Unavailable:
            return None
        except tokens.BadToken:
            return False  # RunPod has stopped this run long ago
        if answer.go_on:
            return True
        if answer.wait_seconds is not None:
            return None
        self.end("COMPLETED", {"stopped": "not ours"})
        return False

    def _may_go_on(self, fraction: float, preview: str | None = None) -> bool:
        if progress(self.backend, self._callback(), self.claim, fraction, preview).go_on:
            return True
        self.end("COMPLETED", {"stopped": "not ours"})
        return False

    def _callback(self) -> tokens.Callback:
        return tokens.verify(self.job.token, KEYRING, self.backend.clock.now())

    def progress(self, fraction: float, preview: str | None = None) -> None:
        now = self.heard_at = self.backend.clock.now()
        if self.way != "credentials":
            if not self.job.status.ended:
                self.job.output = {"progress": fraction}
            self._may_go_on(fraction, preview)
            return
        after = self.backend.store.transition(
            self.ref,
            life.Progressed(self.attempt, fraction, now, preview=preview, claim=self.claim),
        ).after
        if not after.held(self.attempt, self.claim):
            self.end("COMPLETED", {"stopped": "not ours"})

    def upload(self) -> bool:
        """Whether all is in Storage."""
        storage, sent = self.backend.storage, self.job.task["outputs"]
        if self.way == "credentials":
            small = [one["thumb_path"] for one in sent if "thumb_path" in one]
            thumbs = [Output(path, "image/webp") for path in small]
            for output in (*self.outputs, *thumbs):
                data = BYTES[output.content_type]
                storage.put(output, data, owner=self.ref.user_id, attempt=self.attempt)
        if self.way == "upload_urls":
            taken = [storage.upload(one["upload_url"], BYTES[one["content_type"]]) for one in sent]
            for url in [one["thumb_upload_url"] for one in sent if "thumb_path" in one]:
                storage.upload(url, WEBP)
            return all(taken)
        return self.way == "credentials"

    def complete(self) -> None:
        if self.way != "credentials" and not self._may_go_on(1.0):
            return
        stored = self.upload()
        if self.way == "credentials":
            self._complete()
        texts = [base64.b64encode(BYTES[one.content_type]).decode() for one in self.outputs]
        self.end("COMPLETED", {"uploaded": len(texts)} if stored else {"images": texts})

    def _complete(self) -> None:
        media, now = self.backend.storage, self.backend.clock.now()
        files = tuple(media.files[one.path] for one in self.outputs)
        generation = self.backend.store.find(self.ref)
        if generation is not None:
            shown = [results.Shown(file, media.share(file)) for file in files]
            data = results.describe(generation, shown)
            after = self.backend.store.transition(
                self.ref,
                life.Completed(self.attempt, files, data, now=now, claim=self.claim),
            ).after
            generation = after.generation
        mine = generation is not None and generation.attempt == self.attempt
        kept = (
            mine
            and generation is not None
            and (generation.status is Status.COMPLETED or not generation.status.terminal)
        )
        if not kept:
            media.delete(
                [file.path for file in files], owner=self.ref.user_id, upto_attempt=self.attempt
            )

    def fail(self, sentence: str) -> None:
        now = self.backend.clock.now()
        if self.way == "credentials":
            self.backend.store.transition(
                self.ref,
                life.Failed(
                    self.attempt,
                    ErrorCode.WORKER_ERROR,
                    sentence,
                    now=now,
                    claim=self.claim,
                ),
            )
        self.end("FAILED", error=sentence)

    def end(self, status: str, output: object = None, error: str | None = None) -> None:
        """RunPod hears of the end, unless it has ended the job before."""
        self.alive = False
        if not self.job.status.ended:
            self.backend.gpu.end(self.job.job_id, status, output, error)
