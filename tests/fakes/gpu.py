"""RunPod in memory: jobs that the test moves on, and answers that get lost."""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from firepod.domain.errors import Unavailable
from firepod.protocol.runpod import (
    Accepted,
    JobReport,
    NotReached,
    Refused,
    RunpodStatus,
    Submission,
    Unknown,
)
from tests.fakes.failpoints import Failpoints


class Answer(Enum):
    """What comes of one call of /run."""

    ACCEPT = "the job is taken and its id comes back"
    REFUSE = "HTTP 400, no job"
    NOT_REACHED = "no connection, no job"
    LOSE_ANSWER = "the job is taken, the answer is lost"
    LOSE_CALL = "the call is lost after it was sent, no job"


@dataclass
class FakeJob:
    """One job at RunPod."""

    endpoint_id: str
    job_id: str
    body: dict[str, Any]
    status: RunpodStatus = RunpodStatus.IN_QUEUE
    output: Any = None
    error: Any = None
    metrics: dict[str, int] = field(default_factory=dict)

    @property
    def report(self) -> JobReport:
        return JobReport(self.status, self.job_id, self.output, self.error, dict(self.metrics))

    @property
    def token(self) -> str:
        token: str = self.body["webhook"].rpartition("/")[2]
        return token

    @property
    def task(self) -> dict[str, Any]:
        task: dict[str, Any] = self.body["input"]
        return task


@dataclass
class FakeGpu:
    """`firepod.ports.Gpu`; what is not in `answers` is accepted."""

    failpoints: Failpoints = field(default_factory=Failpoints)
    answers: deque[Answer] = field(default_factory=deque)
    jobs: dict[str, FakeJob] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)  #: bodies of /run
    reachable: bool = True

    def run(self, endpoint_id: str, body: dict[str, Any]) -> Submission:
        self.failpoints.reach("gpu.run begins")
        self.calls.append(body)
        answer = self.answers.popleft() if self.answers else Answer.ACCEPT
        job_id = f"job-{len(self.calls)}"
        if answer in {Answer.ACCEPT, Answer.LOSE_ANSWER}:
            self.jobs[job_id] = FakeJob(endpoint_id, job_id, body)
        self.failpoints.reach("gpu.run has answered")
        match answer:
            case Answer.ACCEPT:
                return Accepted(job_id)
            case Answer.REFUSE:
                return Refused(400)
            case Answer.NOT_REACHED:
                return NotReached()
            case Answer.LOSE_ANSWER | Answer.LOSE_CALL:
                return Unknown()

    def status(self, endpoint_id: str, job_id: str) -> JobReport:
        self.failpoints.reach("gpu.status")
        self._answer()
        job = self._job(endpoint_id, job_id)
        return JobReport(RunpodStatus.GONE, job_id) if job is None else job.report

    def cancel(self, endpoint_id: str, job_id: str) -> None:
        self.failpoints.reach("gpu.cancel")
        self._answer()
        job = self._job(endpoint_id, job_id)
        if job is not None and not job.status.ended:
            job.status = RunpodStatus.CANCELLED

    def idle(self, endpoint_id: str) -> bool:
        self.failpoints.reach("gpu.idle")
        self._answer()
        own = [job for job in self.jobs.values() if job.endpoint_id == endpoint_id]
        return all(job.status.ended for job in own)

    def end(self, job_id: str, status: str, output: Any = None, error: Any = None) -> FakeJob:
        """Let a job end in the way that RunPod calls `status`."""
        job = self.jobs[job_id]
        job.status, job.output, job.error = RunpodStatus(status), output, error
        job.metrics = {"delay_ms": 120, "execution_ms": 3400}
        return job

    def _answer(self) -> None:
        if not self.reachable:
            raise Unavailable("RunPod does not answer.")

    def _job(self, endpoint_id: str, job_id: str) -> FakeJob | None:
        job = self.jobs.get(job_id)
        return job if job is not None and job.endpoint_id == endpoint_id else None
