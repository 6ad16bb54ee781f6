"""Each use case on the fakes; what comes of their mixture is in test_life."""

import base64
import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from firepod.domain.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    ResourceExhausted,
    Unavailable,
)
from firepod.domain.generation import ErrorCode, MediaType, Phase, RunpodJob, Status
from firepod.protocol.runpod import RunpodStatus
from firepod.usecases.cancel import cancel
from firepod.usecases.discard import discard
from firepod.usecases.dispatch import dispatch
from firepod.usecases.reconcile import reconcile
from firepod.usecases.retry import retry
from firepod.usecases.submit import submit
from firepod.usecases.sweep import sweep
from tests.fakes.backend import make_backend, make_request
from tests.fakes.failpoints import Killed
from tests.fakes.gpu import Answer
from tests.fakes.media import FakeMedia
from tests.fakes.values import MP4, PNG, make_generation, make_job

PATH = "generating/ann/image/file-1.png"
INLINE = {"images": [base64.b64encode(PNG).decode()]}


@pytest.fixture
def started(backend):
    """A generation of ann's that RunPod has as job-1."""
    return submit(backend, "ann", make_request(seed=1)).ref


def job_of(backend, ref):
    return backend.store.find_job(ref.file_uid)


def path_of(ref):
    return f"generating/ann/image/{ref.file_uid}.png"


def drain(backend, rounds=20):
    """Let the bell ring until no job is left."""
    for _ in range(rounds):
        backend.world.advance(301)
        sweep(backend)
        for task in backend.queue.take():
            try:
                {"reconcile": reconcile, "dispatch": dispatch}[task.function](
                    backend, task.payload["file_uid"]
                )
            except Unavailable:
                continue


class TestSubmit:
    def test_a_seed_is_drawn_recorded_and_sent(self, backend):
        ref = submit(backend, "ann", make_request()).ref
        seed = backend.store.find(ref).request_data["seed"]
        assert 0 <= seed < 2**32
        assert backend.gpu.jobs["job-1"].task["seed"] == seed

    def test_the_call_names_webhook_policy_and_every_output(self, backend):
        ref = submit(backend, "ann", make_request(num_images=2)).ref
        body = backend.gpu.calls[0]
        assert body["webhook"].startswith("https://functions.test/runpodwebhook/k1.")
        assert body["policy"] == {"executionTimeout": 600_000, "ttl": 4_200_000}
        assert [one["path"] for one in body["input"]["outputs"]] == [
            f"generating/ann/image/{ref.file_uid}_{n}.png" for n in range(2)
        ]
        assert "upload_url" not in str(body)

    def test_a_worker_without_credentials_gets_one_url_for_each_output(self):
        backend = make_backend(worker_delivery="upload_urls")
        submit(backend, "ann", make_request(num_images=2))
        outputs = backend.gpu.calls[0]["input"]["outputs"]
        assert [one["upload_url"] for one in outputs] == list(backend.media.sessions)

    def test_refused_by_runpod_fails_it_and_gives_everything_back(self, backend):
        backend.gpu.answers.append(Answer.REFUSE)
        with pytest.raises(FailedPrecondition) as refused:
            submit(backend, "ann", make_request(), "key")
        (generation,) = backend.store.generations.values()
        assert generation.error_code is ErrorCode.REJECTED
        assert refused.value.details == {"file_uid": generation.file_uid}
        assert backend.store.jobs == {}
        assert backend.store.keys == {}
        assert backend.store.quotas["quotas/ann"].used == 0

    def test_not_reached_is_tried_again_by_a_task(self, backend):
        backend.gpu.answers.append(Answer.NOT_REACHED)
        ref = submit(backend, "ann", make_request()).ref
        assert job_of(backend, ref).phase is Phase.WAITING
        (task,) = backend.queue.take()
        assert (task.function, task.payload) == ("dispatch", {"file_uid": ref.file_uid})

    @pytest.mark.parametrize("answer", [Answer.LOSE_ANSWER, Answer.LOSE_CALL])
    def test_an_unknown_outcome_is_never_repeated(self, backend, answer):
        backend.gpu.answers.append(answer)
        ref = submit(backend, "ann", make_request()).ref
        assert job_of(backend, ref).phase is Phase.UNKNOWN
        for _ in range(5):
            backend.world.advance(61)
            dispatch(backend, ref.file_uid)
            reconcile(backend, ref.file_uid)
        assert len(backend.gpu.calls) == 1

    @pytest.mark.parametrize("place", range(8))
    def test_killed_anywhere_it_still_ends(self, place):
        backend = make_backend()
        backend.failpoints.kill_at(place)
        with contextlib.suppress(Killed):
            submit(backend, "ann", make_request(), "key")
        backend.failpoints.kill_at(None)
        for job in backend.gpu.jobs.values():
            job.status, job.output = RunpodStatus.COMPLETED, INLINE
        drain(backend)
        assert all(one.status.terminal for one in backend.store.generations.values())
        assert backend.store.jobs == {}
        assert all(not quota.leases for quota in backend.store.quotas.values())

    def test_a_key_starts_one_and_belongs_to_one_user_and_request(self, backend):
        first = submit(backend, "ann", make_request(seed=1), "key")
        again = submit(backend, "ann", make_request(seed=1), "key")
        assert (again.ref, again.duplicate) == (first.ref, True)
        assert submit(backend, "bob", make_request(seed=1), "key").ref != first.ref
        with pytest.raises(AlreadyExists):
            submit(backend, "ann", make_request(seed=2), "key")
        backend.world.advance(24 * 3600)
        assert submit(backend, "ann", make_request(seed=2), "key").ref != first.ref

    def test_limits_of_the_day_and_of_the_moment(self):
        backend = make_backend()
        for _ in range(4):
            submit(backend, "ann", make_request())
        with pytest.raises(ResourceExhausted):
            submit(backend, "ann", make_request())
        assert len(backend.gpu.calls) == 4

    @pytest.mark.parametrize(
        ("path", "word"),
        [
            ("uploads/bob/x.png", "yours"),
            ("uploads/ann/../bob/x.png", "yours"),
            ("gs://bucket/uploads/ann/x.png", "yours"),
            ("https://evil.test/x.png", "yours"),
            ("uploads/ann/", "yours"),
            ("uploads/ann/gone.png", "upload it first"),
            ("uploads/ann/sound.wav", "image/"),
            ("uploads/ann/huge.png", "25 MiB"),
        ],
    )
    def test_a_start_image_is_the_callers_and_a_picture(self, backend, path, word):
        backend.media.keep("uploads/bob/x.png", PNG, "image/png", owner="bob")
        backend.media.keep("uploads/ann/sound.wav", PNG, "audio/wav")
        huge = backend.media.keep("uploads/ann/huge.png", PNG, "image/png")
        backend.media.files[huge.path] = replace(huge, size_bytes=25 * 1024 * 1024 + 1)
        with pytest.raises(InvalidArgument) as refused:
            submit(backend, "ann", make_request("img2img", init_image=path))
        assert refused.value.details["fields"][0]["field"] == "init_image"
        assert word in refused.value.message
        assert backend.store.values == {}
        assert backend.gpu.calls == []

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (None, NotFound),
            (Status.QUEUED, FailedPrecondition),
            (Status.FAILED, FailedPrecondition),
        ],
    )
    def test_speech_needs_a_finished_voice_of_the_caller(self, backend, status, error):
        voice = "voice_ann_01234567"
        if status is not None:
            backend.store.keep(make_generation("voice_clone", file_uid=voice, status=status))
        from firepod.kinds.catalog import parse_request

        request = parse_request({"task_type": "tts", "voice_id": voice, "text": "Hello."})
        with pytest.raises(error):
            submit(backend, "ann", request)
        assert backend.gpu.calls == []

    def test_when_storage_gives_no_url_nothing_is_sent_and_it_is_tried_again(self, monkeypatch):
        backend = make_backend(worker_delivery="upload_urls")
        with monkeypatch.context() as patch:
            patch.setattr(FakeMedia, "upload_url", storage_is_down)
            ref = submit(backend, "ann", make_request()).ref
        assert backend.gpu.calls == []
        assert job_of(backend, ref).phase is Phase.WAITING
        dispatch(backend, ref.file_uid)
        assert len(backend.gpu.calls) == 1
        assert job_of(backend, ref).phase is Phase.SUBMITTED


def storage_is_down(*_arguments, **_options):
    raise ConnectionError


class TestDispatch:
    @pytest.fixture
    def waiting(self, backend):
        backend.gpu.answers.append(Answer.NOT_REACHED)
        return submit(backend, "ann", make_request()).ref

    def test_it_calls_once_however_often_the_task_comes(self, backend, waiting):
        for _ in range(3):
            dispatch(backend, waiting.file_uid)
        assert len(backend.gpu.calls) == 2
        assert job_of(backend, waiting).phase is Phase.SUBMITTED

    def test_out_of_reach_still_has_the_task_come_again(self, backend, waiting):
        backend.gpu.answers.append(Answer.NOT_REACHED)
        with pytest.raises(Unavailable):
            dispatch(backend, waiting.file_uid)
        assert job_of(backend, waiting).phase is Phase.WAITING

    def test_after_the_deadline_it_ends_and_costs_nothing(self, backend, waiting):
        backend.world.advance(5000)
        dispatch(backend, waiting.file_uid)
        assert backend.store.find(waiting).error_code is ErrorCode.EXPIRED
        assert backend.store.quotas["quotas/ann"].used == 0

    def test_a_late_call_leaves_nothing_at_runpod_after_the_deadline(self, backend, waiting):
        backend.world.advance(4000)
        dispatch(backend, waiting.file_uid)
        assert backend.gpu.calls[1]["policy"]["ttl"] == 230_000

    def test_a_late_task_does_not_touch_a_job_that_runs(self, backend, started):
        backend.world.advance(5000)
        dispatch(backend, started.file_uid)
        assert backend.store.find(started).status is Status.QUEUED

    def test_without_a_job_nothing_happens(self, backend):
        dispatch(backend, "gone")


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
        assert generation.metrics == {"delay_ms": 120, "execution_ms": 3400}

    @pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "TIMED_OUT", "GONE"])
    def test_a_result_in_storage_is_a_result_whatever_runpod_says(self, backend, started, status):
        backend.media.keep(path_of(started), PNG, "image/png", attempt=1)
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
        backend.media.keep(path_of(started), **(values | wrong))
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
        assert (job.checks, job.check_at - backend.world.now()) == (1, timedelta(seconds=60))

    def test_past_the_deadline_nothing_waits(self, backend, started):
        backend.world.advance(5000)
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
            backend.world.advance(301)
            reconcile(backend, ref.file_uid)
        assert backend.store.find(ref).status is Status.QUEUED
        backend.gpu.jobs.clear()
        backend.world.advance(301)
        reconcile(backend, ref.file_uid)
        assert backend.store.find(ref).error_code is ErrorCode.EXPIRED
        assert backend.store.quotas["quotas/ann"].used == 0

    def test_leftovers_are_stopped_before_a_completed_job_goes_and_its_files_stay(self, backend):
        leftover = RunpodJob("endpoint-images", "job-0")
        generation = make_generation(
            status=Status.COMPLETED, generated=True, generation_data={"files": []}
        )
        backend.store.keep(generation, make_job(generation, leftovers=(leftover,)))
        backend.media.keep(PATH, PNG, "image/png", attempt=1)
        backend.gpu.reachable = False
        reconcile(backend, "file-1")
        assert backend.store.jobs
        backend.gpu.reachable = True
        reconcile(backend, "file-1")
        assert backend.store.jobs == {}
        assert PATH in backend.media.files


class TestCancel:
    def test_it_stays_cancelled_and_its_late_result_goes(self, backend, started):
        backend.gpu.jobs["job-1"].status = RunpodStatus.IN_PROGRESS
        assert cancel(backend, started).status is Status.CANCELLED
        assert backend.gpu.jobs["job-1"].status is RunpodStatus.CANCELLED
        backend.media.keep(path_of(started), PNG, "image/png", attempt=1)
        drain(backend)
        assert backend.store.find(started).status is Status.CANCELLED
        assert backend.media.files == {}
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
        assert backend.media.files == {}

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
        backend.media.upload("https://upload.test/1", PNG)
        backend.gpu.end("job-1", "COMPLETED", {"uploaded": 1})
        drain(backend)
        assert (backend.media.files, backend.store.jobs) == ({}, {})

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
        assert backend.media.files == {}

    def test_a_running_one_goes_and_its_job_is_stopped(self, backend, started):
        discard(backend, started)
        assert backend.store.generations == {}
        assert backend.store.quotas["quotas/ann"].leases == {}
        backend.media.keep(path_of(started), PNG, "image/png", attempt=1)
        drain(backend)
        assert backend.gpu.jobs["job-1"].status is RunpodStatus.CANCELLED
        assert (backend.media.files, backend.store.jobs) == ({}, {})

    def test_twice_is_not_found(self, backend, started):
        discard(backend, started)
        with pytest.raises(NotFound):
            discard(backend, started)


class TestSweep:
    def test_due_jobs_are_named_once_a_minute(self, backend, started):
        assert sweep(backend) == 0
        backend.world.advance(60)
        assert [sweep(backend), sweep(backend)] == [1, 1]
        assert [task.payload for task in backend.queue.take()] == [{"file_uid": started.file_uid}]
        backend.world.advance(60)
        sweep(backend)
        (again,) = backend.queue.take()
        assert len(again.name) == 64

    @pytest.mark.usefixtures("started")
    def test_without_the_queue_the_next_sweep_finds_them(self, backend, written):
        backend.world.advance(60)
        backend.queue.reachable = False
        sweep(backend)
        backend.queue.reachable = True
        backend.world.advance(60)
        sweep(backend)
        assert len(backend.queue.tasks) == 1
        assert any("task not queued" in entry["message"] for entry in written)

    def test_what_has_expired_goes_with_its_files(self):
        backend = make_backend(retention_days=1)
        ref = submit(backend, "ann", make_request()).ref
        backend.gpu.end("job-1", "COMPLETED", INLINE)
        reconcile(backend, ref.file_uid)
        backend.world.advance(24 * 3600 - 1)
        sweep(backend)
        assert backend.store.find(ref).media_type is MediaType.IMAGES
        backend.world.advance(1)
        sweep(backend)
        assert (backend.store.generations, backend.media.files) == ({}, {})
