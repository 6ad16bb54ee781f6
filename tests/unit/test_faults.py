"""Whatever a port raises for one generation, for ever: that one ends, and no other notices."""

import base64
import contextlib
from datetime import timedelta

import pytest

from firepod import ports
from firepod.domain import looks
from firepod.domain.generation import ErrorCode, Phase, Status
from firepod.protocol.runpod import RunpodStatus
from firepod.usecases.cancel import cancel
from firepod.usecases.dispatch import dispatch
from firepod.usecases.reconcile import reconcile
from firepod.usecases.submit import submit
from firepod.usecases.sweep import MAX_JOBS, STUCK_AFTER, sweep
from tests.fakes.backend import make_backend, make_request
from tests.fakes.gpu import Answer
from tests.fakes.haunted import PORTS, haunted
from tests.fakes.values import PNG, make_generation, make_job

SECRET = "rpa_very_secret"
MINUTE = timedelta(minutes=1)
INLINE = {"images": [base64.b64encode(PNG).decode()]}
ERRORS = [RuntimeError(SECRET), KeyError("seed"), OSError(5, SECRET), OverflowError()]
PROTOCOLS = (ports.Store, ports.Gpu, ports.Storage, ports.Queue)
METHODS = [
    (port, method)
    for port, protocol in zip(PORTS, PROTOCOLS, strict=True)
    for method in vars(protocol)
    if not method.startswith("_") and (port, method) != ("store", "transition")
]


def minute(backend, played=None):
    """The bell rings once, and the queue works its tasks off."""
    backend.clock.advance(60)
    sweep(played or backend)
    for task in backend.queue.take():
        use_case = {"reconcile": reconcile, "dispatch": dispatch}[task.function]
        with contextlib.suppress(Exception):
            use_case(played or backend, task.payload["file_uid"])


# What RunPod and the worker did before everything about this generation began to raise.


def runs_for_ever(backend, ref):
    backend.gpu.jobs["job-1"].status = RunpodStatus.IN_PROGRESS


def is_returned(backend, ref):
    backend.gpu.end("job-1", "COMPLETED", INLINE)


def is_stored(backend, ref):
    backend.storage.keep(f"generating/ann/image/{ref.file_uid}.png", PNG, "image/png", attempt=1)
    backend.gpu.end("job-1", "COMPLETED", {"uploaded": 1})


def is_forgotten(backend, ref):
    backend.gpu.jobs.clear()


def is_cancelled(backend, ref):
    cancel(backend, ref)


BEFORE = [runs_for_ever, is_returned, is_stored, is_forgotten, is_cancelled]
# That a job's id is not told, or that it never got there, is what /run answered.
ANSWERS = [Answer.ACCEPT, Answer.LOSE_ANSWER, Answer.NOT_REACHED]


@pytest.mark.parametrize(("port", "method"), METHODS)
def test_a_generation_for_which_a_port_raises_for_ever_ends_soon_after_its_deadline(
    port, method, written
):
    for number, (before, answer) in enumerate((b, a) for b in BEFORE for a in ANSWERS):
        backend = make_backend(worker_delivery=("credentials", "upload_urls")[number % 2])
        played, ghost = haunted(backend, port, method, ERRORS[number % len(ERRORS)])
        backend.gpu.answers.append(answer)
        ref = submit(backend, "ann", make_request(seed=1)).ref
        if backend.gpu.jobs:
            before(backend, ref)
        ghost.file_uids.add(ref.file_uid)
        backend.gpu.answers.extend([answer] * 10_000)
        deadline = backend.store.find_job(ref.file_uid).deadline_at

        while backend.clock.now() < deadline + 9 * MINUTE:
            minute(backend, played)

        assert backend.store.find(ref).status.terminal, (before, answer)
        leases = backend.store.quotas["quotas/ann"].leases.values()
        assert not [end for end in leases if end > backend.clock.now()], (before, answer)
    assert SECRET not in str(written)


@pytest.mark.parametrize(
    ("port", "method"),
    [
        ("store", "find_job"),
        ("store", "transition"),
        ("gpu", "status"),
        ("storage", "stat"),
        ("queue", "enqueue"),
    ],
)
def test_five_hundred_of_them_do_not_keep_another_users_result_back(port, method):
    backend = make_backend()
    played, ghost = haunted(backend, port, method, KeyError("a bug"))
    for number in range(500):
        one = make_generation(user_id="eve", file_uid=f"broken-{number}")
        backend.store.keep(one, make_job(one, runpod_job_id="job-0"))
        ghost.file_uids.add(one.file_uid)
    for _ in range(2):
        minute(backend, played)
        ref = submit(backend, "ann", make_request(seed=1)).ref
        for job in backend.gpu.jobs.values():
            job.status, job.output = RunpodStatus.COMPLETED, INLINE
        while backend.store.find_job(ref.file_uid).check_at > backend.clock.now() + MINUTE:
            minute(backend, played)  # until the sweep in which its look is due

        minute(backend, played)

        assert backend.store.find(ref).status is Status.COMPLETED


def test_a_slow_queue_serves_one_of_each_user_first_and_leaves_the_rest_of_the_sweep_its_time():
    backend = make_backend()
    for user, count in (("eve", 100), ("ann", 1)):
        for number in range(count):
            one = make_generation(user_id=user, file_uid=f"{user}-{number}")
            backend.store.keep(one, make_job(one))
    enqueue = backend.queue.enqueue
    backend.queue.enqueue = lambda *args, **kwargs: (
        backend.clock.advance(1),
        enqueue(*args, **kwargs),
    )
    backend.clock.advance(60)

    sweep(backend)

    queued = [task.payload["file_uid"] for task in backend.queue.take()]
    assert set(queued[:2]) == {"eve-0", "ann-0"}
    assert len(queued) < 50
    assert "store.expired" in backend.failpoints.reached


def test_a_job_whose_look_cannot_be_queued_comes_later():
    backend = make_backend()
    played, ghost = haunted(backend, "queue", "enqueue", RuntimeError(SECRET))
    ref = submit(backend, "ann", make_request(seed=1)).ref
    ghost.file_uids.add(ref.file_uid)
    backend.clock.advance(60)

    sweep(played)

    assert backend.store.find_job(ref.file_uid).check_at == backend.clock.now() + MINUTE


def test_a_result_that_is_in_storage_is_taken_at_the_deadline_whatever_runpod_answers_for_ever():
    backend = make_backend()
    played, ghost = haunted(backend, "gpu", "status", RuntimeError(SECRET))
    ref = submit(backend, "ann", make_request(seed=1)).ref
    is_stored(backend, ref)
    ghost.file_uids.add(ref.file_uid)
    deadline = backend.store.find_job(ref.file_uid).deadline_at

    while backend.clock.now() < deadline + MINUTE:
        minute(backend, played)

    assert backend.store.find(ref).status is Status.COMPLETED


def test_thousands_of_jobs_whose_looks_never_begin_leave_the_head_of_the_line():
    backend = make_backend()
    played, ghost = haunted(backend, "store", "transition", RuntimeError(SECRET))
    for number in range(MAX_JOBS + 500):
        one = make_generation(user_id=f"eve-{number}", file_uid=f"broken-{number}")
        backend.store.keep(one, make_job(one))
        ghost.file_uids.add(one.file_uid)
    mine = make_generation(file_uid="mine")
    submitted = make_job(mine, check_at=backend.clock.now() + timedelta(minutes=5))
    backend.store.keep(mine, submitted)
    backend.clock.advance(STUCK_AFTER.total_seconds())

    for _ in range(5):
        minute(backend, played)

    assert backend.store.find(mine.ref).status.terminal


@pytest.mark.parametrize("error", ERRORS)
def test_a_look_has_moved_its_time_before_it_runs_into_anything(error):
    backend = make_backend()
    ref = submit(backend, "ann", make_request(seed=1)).ref
    backend.gpu.end("job-1", "COMPLETED", INLINE)
    backend.clock.advance(60)
    for port, method in (("gpu", "status"), ("storage", "put"), ("storage", "share")):
        played, ghost = haunted(backend, port, method, error)
        ghost.file_uids.add(ref.file_uid)
        before = backend.store.find_job(ref.file_uid)
        with pytest.raises(type(error)):
            reconcile(played, ref.file_uid)
        after = backend.store.find_job(ref.file_uid)
        assert after.check_at > backend.clock.now()
        assert after.checks == before.checks + 1


def test_when_storage_fails_to_the_end_it_says_so_and_is_cleared_later(written):
    backend = make_backend()
    played, ghost = haunted(backend, "storage", "share", RuntimeError(SECRET))
    ref = submit(backend, "ann", make_request(seed=1)).ref
    backend.gpu.end("job-1", "COMPLETED", INLINE)
    ghost.file_uids.add(ref.file_uid)
    for _ in range(80):
        minute(backend, played)

    failed = backend.store.find(ref)
    assert (failed.status, failed.error_code) == (Status.FAILED, ErrorCode.STORAGE_FAILED)
    assert SECRET not in failed.error
    assert backend.store.jobs == {}
    assert backend.storage.files == {}
    assert any(entry["message"] == "generation given up" for entry in written)


@pytest.mark.parametrize("answer", [Answer.LOSE_CALL, Answer.NOT_REACHED])
def test_what_never_reached_runpod_is_given_up_as_expired_and_costs_nothing(answer):
    backend = make_backend()
    played, ghost = haunted(backend, "store", "find_job", KeyError("a bug"))
    backend.gpu.answers.append(answer)
    ref = submit(backend, "ann", make_request(seed=1)).ref
    ghost.file_uids.add(ref.file_uid)
    for _ in range(80):
        minute(backend, played)

    assert backend.store.find(ref).error_code is ErrorCode.EXPIRED
    assert backend.store.quotas["quotas/ann"].used == 0


def test_a_stopped_job_that_cannot_be_cleared_is_looked_at_ever_more_seldom_and_then_goes(written):
    backend = make_backend()
    played, ghost = haunted(backend, "storage", "delete", RuntimeError(SECRET))
    ref = submit(backend, "ann", make_request(seed=1)).ref
    cancel(backend, ref)
    ghost.file_uids.add(ref.file_uid)
    started, looked = backend.clock.now(), []
    while backend.store.jobs:
        assert backend.clock.now() - started < looks.CLEAR_FOR + timedelta(hours=4)
        before = ghost.raised
        minute(backend, played)
        looked += [backend.clock.now()] if ghost.raised > before else []

    assert backend.clock.now() - started > looks.CLEAR_FOR
    assert len(looked) < 400
    assert any("clear them by hand" in entry["message"] for entry in written)
    assert backend.store.find(ref).status is Status.CANCELLED


def test_after_an_outage_of_ours_a_result_is_looked_for_before_anything_is_given_up():
    backend = make_backend()
    ref = submit(backend, "ann", make_request(seed=1)).ref
    backend.gpu.jobs.clear()
    backend.storage.keep(f"generating/ann/image/{ref.file_uid}.png", PNG, "image/png", attempt=1)
    backend.clock.advance(24 * 3600)

    minute(backend)

    assert backend.store.find(ref).status is Status.COMPLETED


def test_a_part_of_the_sweep_that_raises_stops_no_other(written):
    parts = {"due_jobs", "due_erasures", "expired", "find_expirations", "drop_keys", "upload_round"}
    for broken in sorted(parts):
        played, ghost = haunted(make_backend(), "store", broken, RuntimeError(SECRET))
        ghost._is_meant = lambda _args: True
        sweep(played)
        assert parts <= set(ghost.called)
        assert [entry["severity"] for entry in written].count("ERROR") == 1
        assert SECRET not in str(written)
        written.clear()


def test_two_looks_at_one_moment_do_no_harm():
    backend = make_backend()
    ref = submit(backend, "ann", make_request(seed=1)).ref
    backend.gpu.end("job-1", "COMPLETED", INLINE)
    backend.store.conflicts.append(lambda: reconcile(backend, ref.file_uid))
    reconcile(backend, ref.file_uid)

    assert backend.store.find(ref).status is Status.COMPLETED
    assert backend.store.jobs == {}


def test_an_idle_endpoint_says_nothing_at_the_first_two_looks():
    """RunPod's counts may be behind: what it has just taken does not show in them yet."""
    backend = make_backend()
    backend.gpu.answers.append(Answer.LOSE_CALL)
    ref = submit(backend, "ann", make_request()).ref
    ends = []
    for _ in range(3):
        backend.clock.advance(61)
        reconcile(backend, ref.file_uid)
        reconcile(backend, ref.file_uid)  # a task that came twice is no second look
        ends.append(backend.store.find(ref).error_code)

    assert ends == [None, None, ErrorCode.EXPIRED]


def test_a_cancelled_one_without_an_id_is_not_taken_for_over_at_the_first_idle_look():
    backend = make_backend(worker_delivery="upload_urls")
    backend.gpu.answers.append(Answer.LOSE_CALL)
    ref = submit(backend, "ann", make_request()).ref
    cancel(backend, ref)
    left = []
    for _ in range(3):
        backend.clock.advance(121)
        reconcile(backend, ref.file_uid)
        left.append(bool(backend.store.jobs))

    assert left == [True, True, False]


def test_a_job_whose_document_says_something_else_by_hand_is_put_away():
    backend = make_backend()
    one = make_generation(status=Status.FAILED)
    backend.store.keep(one, make_job(one, phase=Phase.SUBMITTED))

    reconcile(backend, one.file_uid)
    for _ in range(80):
        minute(backend)

    assert backend.store.jobs == {}
    assert backend.store.find(one.ref) == one
