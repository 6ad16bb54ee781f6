"""Cancel, retry, discard and the sweep on fakes."""

import base64
import contextlib
from dataclasses import replace

import pytest

from firepod.domain.errors import (
    FailedPrecondition,
    NotFound,
    ResourceExhausted,
)
from firepod.domain.generation import MediaType, Status
from firepod.protocol.runpod import RunpodStatus
from firepod.usecases.cancel import cancel
from firepod.usecases.discard import discard
from firepod.usecases.reconcile import reconcile
from firepod.usecases.retry import retry
from firepod.usecases.submit import submit
from firepod.usecases.sweep import sweep
from tests.fakes.backend import make_backend, make_request
from tests.fakes.bell import drain, path_of
from tests.fakes.gpu import Answer
from tests.fakes.values import PNG, make_generation

PATH = "generating/ann/image/file-1.png"
INLINE = {"images": [base64.b64encode(PNG).decode()]}


class TestCancel:
    def test_it_stays_cancelled_and_its_late_result_goes(self, backend, started):
        backend.gpu.jobs["job-1"].status = RunpodStatus.IN_PROGRESS
        assert cancel(backend, started).status is Status.CANCELLED
        assert backend.gpu.jobs["job-1"].status is RunpodStatus.CANCELLED
        backend.storage.keep(path_of(started), PNG, "image/png", attempt=1)
        drain(backend)
        assert backend.store.find(started).status is Status.CANCELLED
        assert backend.storage.files == {}
        assert backend.store.jobs == {}

    def test_while_runpod_is_out_of_reach_it_is_cancelled_all_the_same(self, backend, started):
        backend.gpu.reachable = False
        assert cancel(backend, started).status is Status.CANCELLED
        backend.gpu.reachable = True
        drain(backend)
        assert backend.gpu.jobs["job-1"].status is RunpodStatus.CANCELLED

    def test_a_cancel_between_storing_and_completing_takes_the_files_along(self, backend, started):
        backend.gpu.end("job-1", "COMPLETED", INLINE)
        backend.store.conflicts.append(lambda: cancel(backend, started))
        reconcile(backend, started.file_uid)
        assert backend.store.find(started).status is Status.CANCELLED
        assert backend.storage.files == {}

    @pytest.mark.parametrize("then", [None, Answer.REFUSE, Answer.ACCEPT])
    def test_a_job_that_nobody_knows_the_id_of_leaves_no_file(self, then):
        backend = make_backend(worker_delivery="upload_urls")
        backend.gpu.answers.append(Answer.LOSE_ANSWER)
        ref = submit(backend, "ann", make_request()).ref
        cancel(backend, ref)
        if then is not None:
            backend.gpu.answers.append(then)
            with contextlib.suppress(FailedPrecondition):
                retry(backend, ref)
            cancel(backend, ref)
        drain(backend, rounds=3)
        backend.storage.upload("https://upload.test/1", PNG)
        backend.gpu.end("job-1", "COMPLETED", {"uploaded": 1})
        drain(backend)
        assert (backend.storage.files, backend.store.jobs) == ({}, {})

    def test_what_has_ended_stays_as_it_ended(self, backend):
        backend.store.keep(make_generation(status=Status.COMPLETED))
        assert cancel(backend, make_generation().ref).status is Status.COMPLETED

    @pytest.mark.parametrize("use_case", [cancel, retry, discard])
    def test_anothers_is_not_found(self, backend, started, use_case):
        with pytest.raises(NotFound):
            use_case(backend, replace(started, user_id="bob"))


class TestRetry:
    def test_it_is_the_next_attempt_of_the_same_request(self, backend, started):
        before = backend.store.find(started)
        cancel(backend, started)
        retry(backend, started)
        after = backend.store.find(started)
        assert (after.status, after.attempt) == (Status.QUEUED, 2)
        assert after.request_data == before.request_data
        assert (after.created_at, after.completed_at, after.error) == (
            before.created_at,
            None,
            None,
        )
        assert backend.gpu.jobs["job-2"].task["attempt"] == 2

    @pytest.mark.parametrize("status", [Status.QUEUED, Status.PROCESSING, Status.COMPLETED])
    def test_only_what_ended_badly_can_be_retried(self, backend, status):
        backend.store.keep(make_generation(status=status))
        with pytest.raises(FailedPrecondition) as refused:
            retry(backend, make_generation().ref)
        assert refused.value.details == {"status": str(status)}

    def test_it_counts_like_any_other(self, backend):
        backend.store.keep(make_generation(status=Status.FAILED))
        for _ in range(4):
            submit(backend, "ann", make_request())
        with pytest.raises(ResourceExhausted):
            retry(backend, make_generation().ref)

    def test_the_old_job_is_stopped(self, backend, started):
        backend.gpu.reachable = False
        cancel(backend, started)
        backend.gpu.reachable = True
        retry(backend, started)
        reconcile(backend, started.file_uid)
        assert backend.gpu.jobs["job-1"].status is RunpodStatus.CANCELLED
        assert backend.gpu.jobs["job-2"].status is RunpodStatus.IN_QUEUE


class TestDiscard:
    def test_a_completed_one_goes_with_its_files_at_once(self, backend, started):
        backend.gpu.end("job-1", "COMPLETED", INLINE)
        reconcile(backend, started.file_uid)
        assert discard(backend, started).status is Status.COMPLETED
        assert backend.store.generations == {}
        assert backend.store.jobs == {}
        assert backend.storage.files == {}

    def test_a_running_one_goes_and_its_job_is_stopped(self, backend, started):
        discard(backend, started)
        assert backend.store.generations == {}
        assert backend.store.quotas["quotas/ann"].leases == {}
        backend.storage.keep(path_of(started), PNG, "image/png", attempt=1)
        drain(backend)
        assert backend.gpu.jobs["job-1"].status is RunpodStatus.CANCELLED
        assert (backend.storage.files, backend.store.jobs) == ({}, {})

    def test_twice_is_not_found(self, backend, started):
        discard(backend, started)
        with pytest.raises(NotFound):
            discard(backend, started)


class TestSweep:
    def test_due_jobs_are_named_once_a_minute(self, backend, started):
        assert sweep(backend) == 0
        backend.clock.advance(60)
        assert [sweep(backend), sweep(backend)] == [1, 1]
        assert [task.payload for task in backend.queue.take()] == [{"file_uid": started.file_uid}]
        backend.clock.advance(60)
        sweep(backend)
        (again,) = backend.queue.take()
        assert len(again.name) == 64

    @pytest.mark.usefixtures("started")
    def test_without_the_queue_the_next_sweep_finds_them(self, backend, written):
        backend.clock.advance(60)
        backend.queue.reachable = False
        sweep(backend)
        backend.queue.reachable = True
        backend.clock.advance(60)
        sweep(backend)
        assert len(backend.queue.tasks) == 1
        assert any("task not queued" in entry["message"] for entry in written)

    def test_what_has_expired_goes_with_its_files(self):
        backend = make_backend(retention_days=1)
        ref = submit(backend, "ann", make_request()).ref
        backend.gpu.end("job-1", "COMPLETED", INLINE)
        reconcile(backend, ref.file_uid)
        backend.clock.advance(24 * 3600 - 1)
        sweep(backend)
        assert backend.store.find(ref).media_type is MediaType.IMAGES
        backend.clock.advance(1)
        sweep(backend)
        assert (backend.store.generations, backend.storage.files) == ({}, {})
