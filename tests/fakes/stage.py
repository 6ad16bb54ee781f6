"""How the model of a generation's life is played: processes, runs of workers, RunPod's clock."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis.stateful import RuleBasedStateMachine

from firepod.domain.errors import FirepodError
from firepod.domain.generation import GenerationRef
from firepod.domain.life import CLAIM_STALE
from firepod.protocol import tokens
from firepod.protocol.runpod import JobReport, RunpodStatus
from firepod.usecases.callback import callback
from firepod.usecases.dispatch import dispatch
from firepod.usecases.reconcile import reconcile
from tests.fakes.backend import FakeBackend
from tests.fakes.failpoints import Killed
from tests.fakes.gpu import FakeJob
from tests.fakes.queue import FakeTask
from tests.fakes.values import KEYRING
from tests.fakes.worker import FakeRun

Death = int | tuple[int, Exception] | tuple[str, Exception] | None
"""A place to die at; a place, or the name of a port, with what is raised there; None: it lives."""


class Stage(RuleBasedStateMachine):
    """What the rules of the model have at hand; `begin` of the model sets it up."""

    backend: FakeBackend
    way: str
    runs: list[FakeRun]
    waiting: list[FakeRun]
    claims: int
    sent: dict[str, datetime]
    engine_runs: Counter[tuple[str, int]]
    deaths: Counter[tuple[str, int]]
    acts: set[str]

    def process(self, act: str, death: Death, work: Callable[[], object]) -> None:
        """Run a use case in a process that may die; its errors are for its caller."""
        self.acts.add(act)
        failpoints = self.backend.failpoints
        match death:
            case (int(place), error):
                failpoints.raise_at(place, error)
            case (port, error):
                failpoints.break_port(port, error)
            case place:
                failpoints.kill_at(place)
        try:
            work()
        except (Killed, FirepodError):
            pass
        except Exception:
            if not failpoints.raised:
                raise
        finally:
            failpoints.kill_at(None)

    def deliver(self, task: FakeTask, death: Death) -> None:
        use_case = {"reconcile": reconcile, "dispatch": dispatch}[task.function]
        self.process(task.function, death, lambda: use_case(self.backend, task.payload["file_uid"]))

    def call_back(self, job: FakeJob, report: JobReport, death: Death) -> None:
        try:
            who = tokens.verify(job.token, KEYRING, self.backend.clock.now())
        except tokens.BadToken:
            return
        self.process("callback", death, lambda: callback(self.backend, who, report))

    def start_run(self, job: FakeJob) -> None:
        before = [run for run in self.alive() if run.job is job]
        if before:
            return  # RunPod hands a job out again only after it lost the worker
        self.ask_to_begin(self.new_run(job))

    def new_run(self, job: FakeJob) -> FakeRun:
        self.claims += 1
        return FakeRun(self.backend, job, f"run-{self.claims}", self.way)

    def ask_to_begin(self, run: FakeRun) -> None:
        may_begin = run.begin()
        if may_begin is None:
            self.waiting.append(run)
        if not may_begin:
            return
        attempt = (run.ref.file_uid, run.attempt)
        for other in self.alive():
            if (other.ref.file_uid, other.attempt) == attempt:
                # To be silent for so long is to be dead, until it is heard of again.
                assert run.heard_at - other.heard_at >= CLAIM_STALE
                self.deaths[attempt] += 1
        self.runs.append(run)
        self.engine_runs[attempt] += 1

    def second_runs_ask_again(self) -> None:
        """Also when the first has answered RunPod, and its callback is on its way or lost."""
        waiting, self.waiting = self.waiting, []
        for run in waiting:
            self.ask_to_begin(run)

    def runpod_drops_what_is_too_old(self) -> None:
        """As its `ttl` says, which covers waiting and running."""
        for job in list(self.backend.gpu.jobs.values()):
            if self.is_too_old(job):
                for run in self.alive():
                    if run.job is job:
                        self.kill(run, "TIMED_OUT")
                if not job.status.ended:
                    job.status = RunpodStatus.TIMED_OUT
                del self.backend.gpu.jobs[job.job_id]

    def is_too_old(self, job: FakeJob) -> bool:
        now = self.backend.clock.now()
        ttl = timedelta(milliseconds=job.body["policy"]["ttl"])
        return now - self.sent.setdefault(job.job_id, now) >= ttl

    def kill(self, run: FakeRun, then: str) -> None:
        run.alive = False
        self.deaths[(run.ref.file_uid, run.attempt)] += 1
        if not run.job.status.ended:
            run.job.status = RunpodStatus(then)

    def alive(self) -> list[FakeRun]:
        return [run for run in self.runs if run.alive]

    def any_run(self, n: int) -> FakeRun:
        runs = self.alive()
        return runs[n % len(runs)]

    def open_jobs(self) -> list[FakeJob]:
        return [job for job in self.backend.gpu.jobs.values() if not job.status.ended]

    def any_ref(self, n: int) -> GenerationRef:
        generations = list(self.backend.store.generations.values())
        return generations[n % len(generations)].ref
