"""What every store must do when several come at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from firepod.domain import housekeeping, life
from firepod.domain.errors import ResourceExhausted
from firepod.domain.generation import (
    ErrorCode,
)
from firepod.usecases.submit import submit
from tests.contract.steps import DATA, FILE, NOW, begin
from tests.fakes.backend import make_backend, make_request
from tests.fakes.values import make_generation


def test_two_workers_that_claim_one_job_have_one_winner(store):
    begin(store)
    ref = make_generation().ref
    start = threading.Barrier(8)

    def claim(run):
        start.wait()
        after = store.transition(ref, life.Claimed(1, "job-1", run, NOW)).after
        return after.held(1, run)

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(claim, [f"run-{n}" for n in range(8)]))
    assert won.count(True) == 1


def test_every_end_at_once_has_one_winner(store):
    begin(store)
    ref = make_generation().ref
    start = threading.Barrier(3)
    changes = [
        life.Completed(1, (FILE,), DATA, now=NOW),
        life.Failed(1, ErrorCode.EXPIRED, "Too late.", now=NOW),
        life.Cancelled(now=NOW),
    ]

    def end(change):
        start.wait()
        return store.transition(ref, change).applied

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(end, changes)) == [False, False, True]
    # A cancelled one gives its place back when RunPod has stopped it.
    freed = store.transition(ref, housekeeping.Stopped("file-1", 1, "job-1"))
    assert freed.after.quota.leases == {}


def submit_at_once(subject, count, key=None):
    """`count` calls of one user at one time; what each got."""
    backend = replace(make_backend(), store=subject.store)
    start = threading.Barrier(count)
    requests = [make_request(seed=1) for _ in range(count)]

    def call(request):
        start.wait()
        try:
            return submit(backend, "ann", request, key)
        except ResourceExhausted as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return backend, list(pool.map(call, requests))


def test_fifty_calls_at_once_start_as_many_as_may_run(subject):
    backend, answers = submit_at_once(subject, 50)

    refused = [answer for answer in answers if isinstance(answer, ResourceExhausted)]
    assert len(refused) == 46
    assert all(error.details["used"] == error.details["limit"] == 4 for error in refused)
    assert len(backend.gpu.calls) == 4
    quota = subject.document("quotas/ann")
    assert (len(quota["leases"]), quota["used"]) == (4, 4)


def test_a_hundred_calls_at_once_with_one_key_start_one(subject):
    backend, answers = submit_at_once(subject, 100, "key")

    assert len({answer.ref for answer in answers}) == 1
    assert sorted(answer.duplicate for answer in answers) == [False, *[True] * 99]
    assert len(backend.gpu.calls) == 1
    assert subject.document("quotas/ann")["used"] == 1
