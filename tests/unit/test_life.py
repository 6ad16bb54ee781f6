"""Whatever happens, in whatever order: nothing is lost, and nothing is paid for twice.

A state machine plays users, RunPod, its workers, Cloud Tasks, the clock, processes that die between
any two calls of a port, and ports that raise anything at any call; after each step, and at the end,
what must hold is looked at.
"""

from collections import Counter
from datetime import datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)

from firepod.domain import thumbs
from firepod.domain.errors import Unavailable
from firepod.domain.generation import Generation, GenerationRef, Output, Status, lease_of
from firepod.domain.quota import Limits
from firepod.protocol.runpod import JobReport, RunpodStatus
from firepod.settings import WorkerDelivery
from firepod.usecases.cancel import cancel
from firepod.usecases.discard import discard
from firepod.usecases.retry import retry
from firepod.usecases.submit import submit
from firepod.usecases.sweep import sweep
from tests.fakes.backend import make_backend, make_request
from tests.fakes.gpu import Answer
from tests.fakes.stage import Stage
from tests.fakes.values import PREVIEW
from tests.fakes.worker import FakeRun

USERS = ("ann", "bob")
ROUNDS = 200  # a minute each: past the deadline of whatever is still on its way

users = st.sampled_from(USERS)
which = st.integers(0, 9)
# What a library or a bug of ours raises; ports tell a part of it as Unavailable, but not all.
errors = st.sampled_from(
    [RuntimeError("token=secret"), KeyError("seed"), OSError(5, "secret"), Unavailable("Away.")]
)
# Mostly a process lives, and its ports are well. Else it dies at one of the first calls that it
# makes, or one of them raises, or all calls of one port do.
deaths = st.one_of(
    st.none(),
    st.none(),
    st.none(),
    st.integers(0, 14),
    st.tuples(st.integers(0, 14), errors),
    st.tuples(st.sampled_from(["store.", "gpu.", "storage.", "queue."]), errors),
)


class Life(Stage):
    @initialize(way=st.sampled_from(["credentials", "upload_urls", "inline"]))
    def begin(self, way):
        delivery = WorkerDelivery.UPLOAD_URLS if way == "upload_urls" else "credentials"
        self.way = way
        self.backend = make_backend(
            limits=Limits(active=3, daily=1000), worker_delivery=WorkerDelivery(delivery)
        )
        self.runs: list[FakeRun] = []
        self.waiting: list[FakeRun] = []  #: told to ask again whether they may begin
        self.claims = 0
        self.sent: dict[str, datetime] = {}  #: RunPod job -> when it was there first
        self.engine_runs: Counter[tuple[str, int]] = Counter()
        self.deaths: Counter[tuple[str, int]] = Counter()
        self.known: dict[str, Generation] = {}
        self.starts: Counter[str] = Counter()  #: units that a user has taken at most
        self.ended_by_themselves: set[tuple[str, int]] = set()
        self.acts: set[str] = set()  #: what was done since the last look

    # Users

    @rule(
        user=users,
        answer=st.sampled_from(Answer),
        count=st.integers(1, 2),
        key=st.sampled_from([None, "k"]),
        death=deaths,
    )
    def submit(self, user, answer, count, key, death):
        before = set(self.backend.store.generations)
        self.backend.gpu.answers.append(answer)
        request = make_request(num_images=count, seed=1)
        self.process("submit", death, lambda: submit(self.backend, user, request, key))
        self.backend.gpu.answers.clear()
        self.starts[user] += count * len(set(self.backend.store.generations) - before)

    @precondition(lambda self: self.backend.store.generations)
    @rule(n=which, death=deaths)
    def cancel(self, n, death):
        ref = self.any_ref(n)
        self.process("cancel", death, lambda: cancel(self.backend, ref))

    @precondition(lambda self: self.backend.store.generations)
    @rule(n=which, death=deaths, answer=st.sampled_from(Answer))
    def retry(self, n, death, answer):
        ref = self.any_ref(n)
        before, count = self.backend.store.generations[ref.path].attempt, 2
        self.backend.gpu.answers.append(answer)
        self.process("retry", death, lambda: retry(self.backend, ref))
        self.backend.gpu.answers.clear()
        after = self.backend.store.generations.get(ref.path)
        self.starts[ref.user_id] += count * (after.attempt - before if after is not None else 1)

    @precondition(lambda self: self.backend.store.generations)
    @rule(n=which, death=deaths)
    def discard(self, n, death):
        ref = self.any_ref(n)
        self.process("discard", death, lambda: discard(self.backend, ref))

    @precondition(lambda self: self.backend.store.generations)
    @rule(n=which)
    def another_user_reaches_for_it(self, n):
        ref = self.any_ref(n)
        stranger = USERS[1 - USERS.index(ref.user_id)]
        theirs = GenerationRef(stranger, ref.media_type, ref.file_uid)
        held = dict(self.backend.store.values)
        for use_case in (cancel, retry, discard):
            self.process("foreign", None, lambda use=use_case: use(self.backend, theirs))
        assert self.backend.store.values == held

    @precondition(lambda self: self.backend.store.generations)
    @rule(n=which, m=which)
    def user_interferes_with_the_next_commit(self, n, m):
        ref = self.any_ref(n)
        use = (cancel, discard)[m % 2]
        self.backend.store.conflicts.append(
            lambda: self.process("interference", None, lambda: use(self.backend, ref))
        )

    # RunPod and its workers

    @precondition(lambda self: self.open_jobs())
    @rule(n=which, again=st.booleans(), shows=st.booleans())
    def worker_begins(self, n, again, shows):
        """And perhaps shows how it looks after a second.

        Or a second one begins, too: RunPod hands a job out again although its worker lives.
        """
        jobs = self.open_jobs()
        job = jobs[n % len(jobs)]
        self.start_run(job)
        if again and not job.status.ended:
            self.ask_to_begin(self.new_run(job))
        self.backend.clock.advance(1)
        for run in self.alive():
            if shows and run.job is job:
                run.progress(0.1, PREVIEW)

    @precondition(lambda self: self.alive())
    @rule(n=which, fraction=st.floats(0, 1))
    def worker_reports(self, n, fraction):
        self.any_run(n).progress(fraction)

    @precondition(lambda self: self.alive())
    @rule(n=which)
    def worker_completes(self, n):
        self.any_run(n).complete()

    @precondition(lambda self: self.alive())
    @rule(n=which)
    def worker_fails(self, n):
        self.any_run(n).fail("There is not enough memory for this.")

    @precondition(lambda self: self.alive())
    @rule(
        n=which, uploaded=st.booleans(), then=st.sampled_from(["IN_QUEUE", "FAILED", "TIMED_OUT"])
    )
    def worker_is_killed(self, n, uploaded, then):
        run = self.any_run(n)
        if uploaded:
            run.upload()
        self.kill(run, then)

    @precondition(lambda self: [j for j in self.backend.gpu.jobs.values() if j.status.ended])
    @rule(n=which)
    def runpod_forgets_a_result(self, n):
        ended = [job for job in self.backend.gpu.jobs.values() if job.status.ended]
        del self.backend.gpu.jobs[ended[n % len(ended)].job_id]

    @precondition(lambda self: self.backend.gpu.calls)
    @rule(n=which, death=deaths)
    def callback_arrives(self, n, death):
        """Once, twice, late, after the retry, while the job still runs."""
        jobs = list(self.backend.gpu.jobs.values())
        if jobs:
            job = jobs[n % len(jobs)]
            self.call_back(job, job.report, death)

    @precondition(lambda self: self.backend.gpu.jobs)
    @rule(n=which, status=st.sampled_from(["COMPLETED", "CANCELLED", "IN_PROGRESS", "GONE"]))
    def forged_callback_arrives(self, n, status):
        """By somebody who found the token in a log: nothing ends well because a body says so."""
        jobs = list(self.backend.gpu.jobs.values())
        job = jobs[n % len(jobs)]
        output = {"images": ["https://evil.test/x.png"]}
        report = JobReport(RunpodStatus(status), job.job_id, output)
        self.call_back(job, report, None)

    @rule()
    def runpod_goes_down_or_comes_back(self):
        self.backend.gpu.reachable = not self.backend.gpu.reachable

    # Google

    @precondition(lambda self: self.backend.queue.tasks)
    @rule(n=which, again=st.booleans(), death=deaths)
    def task_is_delivered(self, n, again, death):
        tasks = self.backend.queue.tasks
        task = tasks[n % len(tasks)]
        if not again:
            tasks.remove(task)
        self.deliver(task, death)

    @rule(death=deaths)
    def sweep(self, death):
        self.process("sweep", death, lambda: sweep(self.backend))

    @rule(seconds=st.sampled_from([1, 16, 61, 1900, 5000]))
    def time_passes(self, seconds):
        self.backend.clock.advance(seconds)
        self.runpod_drops_what_is_too_old()
        self.second_runs_ask_again()

    # What must hold

    @invariant()
    def what_has_ended_stays_as_it_ended(self):
        now = self.backend.store.generations
        for path, before in self.known.items():
            after = now.get(path)
            if not before.status.terminal or after == before:
                continue
            if after is None:
                assert self.acts & {"discard", "interference"}
                continue
            assert "retry" in self.acts
            assert before.status in {Status.FAILED, Status.CANCELLED}
            assert after.attempt == before.attempt + 1
        self.known = now
        self.acts.clear()
        for job_id in self.backend.gpu.jobs:
            self.sent.setdefault(job_id, self.backend.clock.now())

    @invariant()
    def an_engine_runs_once_unless_its_worker_was_killed(self):
        for attempt, count in self.engine_runs.items():
            assert count <= 1 + self.deaths[attempt]

    @invariant()
    def what_nobody_wants_holds_its_place_until_runpod_has_stopped_it(self):
        store, now = self.backend.store, self.backend.clock.now()
        for one in store.generations.values():
            if one.status in {Status.COMPLETED, Status.FAILED}:
                self.ended_by_themselves.add((one.file_uid, one.attempt))
        for job in self.open_jobs():
            task = job.task
            attempt = (task["file_uid"], task["attempt"])
            if attempt not in self.ended_by_themselves:
                leases = store.quotas[f"quotas/{task['user_id']}"].leases
                assert leases.get(lease_of(*attempt), now) > now or self.is_too_old(job)

    @invariant()
    def leases_are_held_by_what_runs(self):
        store, now = self.backend.store, self.backend.clock.now()
        for user in USERS:
            quota = store.quotas.get(f"quotas/{user}")
            leases = {} if quota is None else quota.leases
            running = {
                one.file_uid
                for one in store.generations.values()
                if one.user_id == user and not one.status.terminal
            }
            # One of an attempt that is over has a job that sees to it.
            known = {f"jobs/{lease.partition(':')[0]}" for lease in leases}
            assert known <= store.jobs.keys()
            current = {
                one.file_uid
                for one in store.generations.values()
                if lease_of(one.file_uid, one.attempt) in leases
            }
            assert running - current <= {
                uid for uid in running if store.jobs[f"jobs/{uid}"].deadline_at <= now
            }
            assert len({uid for uid, end in leases.items() if end > now}) <= 3
            assert quota is None or 0 <= quota.used <= self.starts[user]

    @invariant()
    def what_is_completed_has_its_files(self):
        for one in self.backend.store.generations.values():
            if one.status is Status.COMPLETED:
                assert one.generation_data is not None
                for file, url in zip(
                    one.generation_data["files"], one.generation_data["image_urls"], strict=True
                ):
                    stored = self.backend.storage.files[file["path"]]
                    assert self.backend.storage.url(stored) == url
                    assert (stored.owner, stored.attempt) == (one.user_id, one.attempt)

    @invariant()
    def only_what_is_being_made_shows_how_far_it_is_and_how_it_looks(self):
        for one in self.backend.store.generations.values():
            if one.status is not Status.PROCESSING:
                assert (one.progress, one.preview) == (None, None)

    @invariant()
    def the_timeline_tells_what_the_document_says(self):
        for one in self.backend.store.generations.values():
            told = [event.event for event in one.timeline if event.attempt == one.attempt]
            assert told[0] == ("queued" if one.attempt == 1 else "retried")
            assert ("claimed" in told) == (one.started_at is not None)
            ends = [str(event) for event in told if event in {"completed", "failed", "cancelled"}]
            assert ends == ([str(one.status)] if one.status.terminal else [])
            times = [event.at for event in one.timeline]
            assert times == sorted(times)

    @invariant()
    def what_has_not_ended_is_looked_after(self):
        for path, one in self.backend.store.generations.items():
            if not one.status.terminal:
                job = self.backend.store.jobs[f"jobs/{one.file_uid}"]
                assert (job.ref.path, job.attempt) == (path, one.attempt)

    def teardown(self):
        """With RunPod well and the bell ringing, everything comes to its end."""
        if not hasattr(self, "backend"):
            return
        self.backend.gpu.reachable = True
        self.backend.store.conflicts.clear()
        for run in self.alive():
            self.kill(run, "FAILED")
        for _ in range(ROUNDS):
            self.backend.clock.advance(60)
            self.runpod_drops_what_is_too_old()
            self.second_runs_ask_again()
            for job in self.open_jobs():
                self.start_run(job)
            for run in self.alive():
                run.complete()
            self.process("sweep", None, lambda: sweep(self.backend))
            for task in self.backend.queue.take():
                self.deliver(task, None)
            self.what_has_ended_stays_as_it_ended()
            if not self.backend.store.jobs:
                break
        self.what_is_completed_has_its_files()
        self.an_engine_runs_once_unless_its_worker_was_killed()
        store = self.backend.store
        assert all(one.status.terminal for one in store.generations.values())
        assert store.jobs == {}
        assert all(quota.leases == {} for quota in store.quotas.values())
        listed, shown = set(), set()
        for one in store.generations.values():
            files = (one.generation_data or {}).get("files", ())
            outputs = [Output(file["path"], file["content_type"]) for file in files]
            listed |= {file["path"] for file in files}
            shown |= set(thumbs.with_thumbs(one.ref, outputs))
        assert listed <= set(self.backend.storage.files) <= shown


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=500,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
