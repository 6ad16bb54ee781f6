"""Starting a generation, and starting it later, on fakes: what is checked, written and called."""

import base64
import contextlib
from dataclasses import replace

import pytest

from firepod.domain.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    ResourceExhausted,
    Unavailable,
)
from firepod.domain.generation import ErrorCode, Phase, Status
from firepod.protocol.runpod import RunpodStatus
from firepod.usecases.dispatch import dispatch
from firepod.usecases.reconcile import reconcile
from firepod.usecases.submit import submit
from tests.fakes.backend import make_backend, make_request
from tests.fakes.bell import drain, job_of
from tests.fakes.failpoints import Killed
from tests.fakes.gpu import Answer
from tests.fakes.storage import FakeStorage
from tests.fakes.values import PNG, make_generation

PATH = "generating/ann/image/file-1.png"
INLINE = {"images": [base64.b64encode(PNG).decode()]}


def storage_is_down(*_arguments, **_options):
    raise ConnectionError


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

    def test_a_worker_without_credentials_gets_one_url_for_each_output_and_each_thumb(self):
        backend = make_backend(worker_delivery="upload_urls")
        submit(backend, "ann", make_request(num_images=2))
        outputs = backend.gpu.calls[0]["input"]["outputs"]
        named = [one["upload_url"] for one in outputs]
        named += [one["thumb_upload_url"] for one in outputs]
        assert named == list(backend.storage.sessions)

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
            backend.clock.advance(61)
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
        backend.clock.advance(24 * 3600)
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
            ("uploads/ann/sound.wav", "PNG, JPEG or WebP"),
            ("uploads/ann/huge.png", "25 MiB"),
        ],
    )
    def test_a_start_image_is_the_callers_and_a_picture(self, backend, path, word):
        backend.storage.keep("uploads/bob/x.png", PNG, "image/png", owner="bob")
        backend.storage.keep("uploads/ann/sound.wav", PNG, "audio/wav")
        huge = backend.storage.keep("uploads/ann/huge.png", PNG, "image/png")
        backend.storage.files[huge.path] = replace(huge, size_bytes=25 * 1024 * 1024 + 1)
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
            patch.setattr(FakeStorage, "upload_url", storage_is_down)
            ref = submit(backend, "ann", make_request()).ref
        assert backend.gpu.calls == []
        assert job_of(backend, ref).phase is Phase.WAITING
        dispatch(backend, ref.file_uid)
        assert len(backend.gpu.calls) == 1
        assert job_of(backend, ref).phase is Phase.SUBMITTED


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
        backend.clock.advance(5000)
        dispatch(backend, waiting.file_uid)
        assert backend.store.find(waiting).error_code is ErrorCode.EXPIRED
        assert backend.store.quotas["quotas/ann"].used == 0

    def test_a_late_call_leaves_nothing_at_runpod_after_the_deadline(self, backend, waiting):
        backend.clock.advance(4000)
        dispatch(backend, waiting.file_uid)
        assert backend.gpu.calls[1]["policy"]["ttl"] == 230_000

    def test_a_late_task_does_not_touch_a_job_that_runs(self, backend, started):
        backend.clock.advance(5000)
        dispatch(backend, started.file_uid)
        assert backend.store.find(started).status is Status.QUEUED

    def test_without_a_job_nothing_happens(self, backend):
        dispatch(backend, "gone")
