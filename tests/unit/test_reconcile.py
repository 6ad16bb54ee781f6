"""Looking after a job on fakes: every answer of RunPod's, and none."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from firepod.domain.errors import (
    Unavailable,
)
from firepod.domain.generation import ErrorCode, Phase, RunpodJob, Status
from firepod.protocol.runpod import RunpodStatus
from firepod.usecases.reconcile import reconcile
from firepod.usecases.submit import submit
from tests.fakes.backend import make_request
from tests.fakes.bell import job_of, path_of
from tests.fakes.gpu import Answer
from tests.fakes.values import MP4, PNG, make_generation, make_job

PATH = "generating/ann/image/file-1.png"
INLINE = {"images": [base64.b64encode(PNG).decode()]}


class TestReconcile:
    @pytest.mark.parametrize(
        ("status", "output", "error", "end"),
        [
            ("COMPLETED", INLINE, None, None),
            ("COMPLETED", None, None, ErrorCode.OUTPUT_MISSING),
            ("COMPLETED", {}, None, ErrorCode.OUTPUT_MISSING),
            ("COMPLETED", "text", None, ErrorCode.OUTPUT_INVALID),
            ("COMPLETED", {"images": ["bm90IGEgcGljdHVyZQ=="]}, None, ErrorCode.OUTPUT_INVALID),
            ("COMPLETED", {"images": INLINE["images"] * 2}, None, ErrorCode.OUTPUT_INVALID),
            ("COMPLETED", {"images": [7]}, None, ErrorCode.OUTPUT_INVALID),
            ("COMPLETED", INLINE, "It went wrong.", ErrorCode.WORKER_ERROR),
            ("FAILED", None, "It went wrong.", ErrorCode.WORKER_ERROR),
            ("FAILED", {"error_code": "out_of_memory"}, "Too big.", ErrorCode.OUT_OF_MEMORY),
            ("FAILED", {"error_code": "model_unavailable"}, "Gone.", ErrorCode.MODEL_UNAVAILABLE),
            # What only the backend can know, a worker cannot claim; nor may it break anything.
            ("FAILED", {"error_code": "expired"}, "It went wrong.", ErrorCode.WORKER_ERROR),
            ("FAILED", {"error_code": ["expired"]}, "It went wrong.", ErrorCode.WORKER_ERROR),
            ("TIMED_OUT", None, None, ErrorCode.TIMED_OUT),
            ("CANCELLED", None, None, ErrorCode.EXPIRED),
        ],
    )
    def test_every_end_at_runpod_is_an_end_here(self, backend, started, status, output, error, end):
        backend.gpu.end("job-1", status, output, error)
        reconcile(backend, started.file_uid)
        generation = backend.store.find(started)
        assert generation.error_code is end
        assert generation.status is (Status.COMPLETED if end is None else Status.FAILED)
        # 3.4 seconds, at what the table says of a second of such a GPU.
        cost = {"cost_usd": 0.001054}
        assert generation.metrics == {"delay_ms": 120, "execution_ms": 3400, **cost}

    @pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "TIMED_OUT", "GONE"])
    def test_a_result_in_storage_is_a_result_whatever_runpod_says(self, backend, started, status):
        backend.storage.keep(path_of(started), PNG, "image/png", attempt=1)
        if status == "GONE":
            backend.gpu.jobs.clear()
        else:
            backend.gpu.end("job-1", status)
        reconcile(backend, started.file_uid)
        assert backend.store.find(started).status is Status.COMPLETED

    @pytest.mark.parametrize(
        "wrong",
        [
            {"data": MP4},
            {"content_type": "image/jpeg"},
            {"owner": "bob"},
            {"attempt": 0},
            {"attempt": 2},
        ],
    )
    def test_what_is_not_this_attempts_picture_is_no_result(self, backend, started, wrong):
        values = {"data": PNG, "content_type": "image/png", "owner": "ann", "attempt": 1}
        backend.storage.keep(path_of(started), **(values | wrong))
        backend.gpu.end("job-1", "COMPLETED", {"uploaded": 1})
        reconcile(backend, started.file_uid)
        assert backend.store.find(started).status is Status.FAILED

    def test_forgotten_by_runpod_and_not_in_storage_is_expired(self, backend, started):
        backend.gpu.jobs.clear()
        reconcile(backend, started.file_uid)
        assert backend.store.find(started).error_code is ErrorCode.EXPIRED

    def test_a_running_job_shows_its_progress_and_is_looked_at_later(self, backend, started):
        backend.gpu.jobs["job-1"].status = RunpodStatus.IN_PROGRESS
        backend.gpu.jobs["job-1"].output = {"progress": 0.4}
        reconcile(backend, started.file_uid)
        generation, job = backend.store.find(started), job_of(backend, started)
        assert (generation.status, generation.progress) == (Status.PROCESSING, 0.4)
        assert (job.checks, job.check_at - backend.clock.now()) == (1, timedelta(seconds=60))

    def test_past_the_deadline_nothing_waits(self, backend, started):
        backend.clock.advance(5000)
        reconcile(backend, started.file_uid)
        assert backend.store.find(started).error_code is ErrorCode.EXPIRED

    def test_without_runpod_it_is_looked_at_later(self, backend, started):
        backend.gpu.reachable = False
        with pytest.raises(Unavailable):
            reconcile(backend, started.file_uid)
        assert job_of(backend, started).checks == 1
        assert backend.store.find(started).status is Status.QUEUED

    def test_a_call_under_way_is_left_alone(self, backend, started):
        job = replace(job_of(backend, started), phase=Phase.SUBMITTING, runpod_job_id=None)
        backend.store.keep(job)
        reconcile(backend, started.file_uid)
        assert job_of(backend, started) == job

    def test_a_lost_call_is_given_up_only_when_runpod_has_nothing(self, backend):
        backend.gpu.answers.append(Answer.LOSE_ANSWER)
        ref = submit(backend, "ann", make_request()).ref
        for _ in range(6):
            backend.clock.advance(301)
            reconcile(backend, ref.file_uid)
        assert backend.store.find(ref).status is Status.QUEUED
        backend.gpu.jobs.clear()
        backend.clock.advance(301)
        reconcile(backend, ref.file_uid)
        assert backend.store.find(ref).error_code is ErrorCode.EXPIRED
        assert backend.store.quotas["quotas/ann"].used == 0

    def test_leftovers_are_stopped_before_a_completed_job_goes_and_its_files_stay(self, backend):
        leftover = RunpodJob("endpoint-images", "job-0")
        generation = make_generation(
            status=Status.COMPLETED, generated=True, generation_data={"files": [{"path": PATH}]}
        )
        backend.store.keep(generation, make_job(generation, leftovers=(leftover,)))
        backend.storage.keep(PATH, PNG, "image/png", attempt=1)
        backend.gpu.reachable = False
        reconcile(backend, "file-1")
        assert backend.store.jobs
        backend.gpu.reachable = True
        reconcile(backend, "file-1")
        assert backend.store.jobs == {}
        assert PATH in backend.storage.files
