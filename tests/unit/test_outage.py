"""After an outage that has lost thousands of callbacks: how soon all is right, and who waits."""

from datetime import timedelta
from itertools import count

import main
from firepod.domain.generation import Status
from firepod.protocol.runpod import RunpodStatus
from firepod.usecases.reconcile import reconcile
from firepod.usecases.sweep import CROWD, JOBS_SECONDS, LATEST_JOBS, MAX_JOBS, sweep
from tests.fakes.backend import make_backend
from tests.fakes.gpu import FakeJob
from tests.fakes.region import CloudTasks, far
from tests.fakes.values import PNG, make_generation, make_job

RATES = main.reconcile.__firebase_endpoint__.taskQueueTrigger["rateLimits"]
MINUTE = timedelta(minutes=1)
OF_EACH_USER = 4  # MAX_ACTIVE_PER_USER


def lose_callbacks(backend, number):
    """Generations that run, of which nothing is heard; returns their jobs."""
    owners = [f"user-{one // OF_EACH_USER}" for one in range(number)]
    made = [
        make_generation(user_id=owner, file_uid=f"lost-{one}") for one, owner in enumerate(owners)
    ]
    jobs = [make_job(one, runpod_job_id=f"job-of-{one.file_uid}") for one in made]
    backend.store.keep(*made, *jobs)
    return jobs


def end(backend, jobs):
    """Their workers have uploaded the files and ended."""
    for job in jobs:
        (output,) = job.outputs
        backend.storage.keep(output.path, PNG, output.content_type, owner=job.user_id, attempt=1)
        done = FakeJob(
            job.endpoint_id, job.runpod_job_id, {}, RunpodStatus.COMPLETED, {"uploaded": 1}
        )
        backend.gpu.jobs[done.job_id] = done


def queued(backend):
    return [task.payload["file_uid"] for task in backend.queue.take()]


def test_ten_thousand_lost_callbacks_are_made_good_in_five_minutes_at_a_regions_latencies():
    backend = make_backend()
    end(backend, lose_callbacks(backend, 10_000))
    backend.clock.advance(1800)
    played, began = far(backend), backend.clock.now()
    queue = CloudTasks(backend, RATES["maxDispatchesPerSecond"], RATES["maxConcurrentDispatches"])

    for minute in count(1):
        with queue.noting():
            sweep(played)
        assert backend.clock.now() - began < timedelta(minutes=minute - 1, seconds=JOBS_SECONDS)
        queue.hand_out(lambda task: reconcile(played, task.payload["file_uid"]))
        if not backend.store.jobs:
            break
        backend.clock.advance((began + minute * MINUTE - backend.clock.now()).total_seconds())

    made = backend.store.generations.values()
    assert {one.status for one in made} == {Status.COMPLETED}
    last = max(one.completed_at for one in made)
    # The first sweep comes up to a minute after the outage.
    assert MINUTE + last - began < timedelta(minutes=5)


def test_what_becomes_due_meanwhile_waits_for_one_sweep_and_not_for_all_that_was_lost():
    backend = make_backend()
    lose_callbacks(backend, 2 * MAX_JOBS + 1000)
    backend.clock.advance(600)
    sweep(backend)  # and the queue is so slow that no look begins
    first = queued(backend)
    backend.clock.advance(30)
    mine = make_generation(file_uid="mine")
    backend.store.keep(mine, make_job(mine, check_at=backend.clock.now()))
    backend.clock.advance(30)

    sweep(backend)

    second = queued(backend)
    assert second.index("mine") < 2
    assert (len(first), len(second)) == (MAX_JOBS, MAX_JOBS)
    assert not set(first) & set(second)


def test_the_oldest_get_through_however_much_becomes_due_meanwhile():
    backend = make_backend()
    lose_callbacks(backend, MAX_JOBS)
    backend.clock.advance(600)
    for one in range(MAX_JOBS):
        generation = make_generation(user_id=f"new-{one}", file_uid=f"new-{one}")
        backend.store.keep(generation, make_job(generation, check_at=backend.clock.now()))

    sweep(backend)

    names = queued(backend)
    assert len(names) == len(set(names)) == MAX_JOBS
    assert sum(name.startswith("new-") for name in names) == LATEST_JOBS


def test_a_late_sweep_hands_on_what_the_next_one_has_not():
    backend = make_backend()
    lose_callbacks(backend, 2 * MAX_JOBS)
    backend.clock.advance(600)
    for _ in range(2):
        sweep(backend)
        backend.clock.advance(1)

    names = queued(backend)
    assert len(names) == len(set(names)) == 2 * MAX_JOBS


def test_what_a_slow_queue_has_taken_is_not_queued_again_each_minute():
    backend = make_backend()
    lose_callbacks(backend, CROWD)
    backend.clock.advance(600)
    found = []
    for _ in range(4):
        sweep(backend)
        found.append(len(queued(backend)))
        backend.clock.advance(60)

    assert found == [CROWD, 0, 0, CROWD]


def test_where_no_threads_are_to_be_had_looks_are_queued_one_after_the_other():
    backend = make_backend()
    lose_callbacks(backend, 3)
    backend.clock.advance(60)
    backend.queue.together = refuse

    sweep(backend)

    assert sorted(queued(backend)) == ["lost-0", "lost-1", "lost-2"]


def refuse(_calls):
    raise RuntimeError("can't start new thread")
