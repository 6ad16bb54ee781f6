"""A deployment with nothing but a key: RunPod's public endpoints make it, on fakes."""

from dataclasses import replace

import pytest

from firepod.domain.errors import FailedPrecondition, InvalidArgument
from firepod.domain.generation import ErrorCode, Status
from firepod.kinds.file_names import disposition
from firepod.models.request import parse_request
from firepod.protocol.dialects.public import FILTERED
from firepod.protocol.runpod import JobReport, RunpodStatus
from firepod.protocol.tokens import Callback
from firepod.usecases.callback import callback
from firepod.usecases.cancel import cancel
from firepod.usecases.reconcile import reconcile
from firepod.usecases.retry import retry
from firepod.usecases.submit import submit
from tests.fakes.backend import make_backend
from tests.fakes.bell import job_of
from tests.fakes.gpu import Answer
from tests.fakes.values import JPEG, MP4, PNG, WAV

PICTURE = "https://image.runpod.ai/abc/1.png"


@pytest.fixture
def backend():
    return make_backend(endpoints={}, worker_delivery="upload_urls")


def start(backend, task="text2img", **fields):
    asked = {"task_type": task, "prompt": "a lighthouse", **fields}
    if task in {"tts", "voice_clone"}:
        del asked["prompt"]
    request, model = parse_request(backend.settings, asked)
    return submit(backend, "ann", request, model=model).ref


def sent(backend):
    """What RunPod was asked last: where, and with which input."""
    job = list(backend.gpu.jobs.values())[-1]
    return job.endpoint_id, job.task


def end(backend, ref, output, status="COMPLETED", error=None):
    job_id = list(backend.gpu.jobs)[-1]
    backend.gpu.end(job_id, status, output, error)
    reconcile(backend, ref.file_uid)
    return backend.store.find(ref)


def upload(backend, name, data, content_type):
    return backend.storage.keep(f"uploads/ann/{name}", data, content_type).path


class TestWhatIsAsked:
    def test_a_picture_is_asked_for_in_the_words_of_its_endpoint_and_nothing_else_is_told(
        self, backend
    ):
        start(backend, width=512, seed=7, metadata={"project": "p"}, extra={"style": "ink"})
        assert sent(backend) == (
            "black-forest-labs-flux-1-schnell",
            {
                "prompt": "a lighthouse",
                "width": 512,
                "height": 1024,
                "num_inference_steps": 4,
                "guidance": 7.0,
                "seed": 7,
                "image_format": "png",
            },
        )
        assert backend.storage.sessions == {}  # no upload URL is made for whom it would not help

    def test_a_picture_is_edited_by_a_url_of_it_and_one_of_the_models_sizes(self, backend):
        path = upload(backend, "me.png", PNG, "image/png")
        start(backend, "img2img", init_image=path, width=768, height=1024)
        endpoint, asked = sent(backend)
        assert (endpoint, asked["size"], asked["strength"]) == ("z-image-turbo", "768*1024", 0.6)
        assert asked["image"].startswith(f"https://media.test/{path}?until=")
        assert asked["enable_safety_checker"] is True
        assert "steps" not in str(asked)

    def test_a_video_is_as_many_seconds_as_its_frames_take(self, backend):
        path = upload(backend, "me.png", PNG, "image/png")
        start(backend, "img2video", init_image=path, num_frames=72, video_width=720, height=1280)
        endpoint, asked = sent(backend)
        assert (endpoint, asked["duration"], asked["fps"]) == ("p-video", 3, 24)
        assert (asked["aspect_ratio"], asked["resolution"]) == ("9:16", "720p")
        assert asked["image"].startswith("https://media.test/")

    @pytest.mark.parametrize(
        ("task", "fields", "said"),
        [
            ("text2img", {"num_images": 2}, "num_images: must be 1 for flux-schnell"),
            ("text2img", {"width": 1544}, "multiple of 64 between 256 and 1536"),
            ("text2img", {"output_format": "webp"}, "must be one of png, jpeg for flux-schnell"),
            ("text2img", {"seed": 2**31}, "between 0 and 2147483647"),
            ("text2video", {"fps": 30}, "fps: must be 24 for p-video"),
            (
                "text2video",
                {"width": 832},
                "width: and video_height must be one of 1280x720, 720x1280, 720x720 together",
            ),
            ("text2img", {"model": "z-image-turbo", "steps": 1}, "steps: must be 8"),
        ],
    )
    def test_what_the_model_does_not_take_is_refused_with_what_it_does(
        self, backend, task, fields, said
    ):
        with pytest.raises(InvalidArgument) as refused:
            start(backend, task, **fields)
        assert said in refused.value.message
        assert backend.gpu.calls == []

    def test_a_drawn_seed_is_within_the_bounds_of_the_model(self, backend):
        backend.clock.seed = lambda _bits: 2**32 - 1
        ref = start(backend)
        seed = backend.store.find(ref).request_data["seed"]
        assert seed == (2**32 - 1) % 2**31 == sent(backend)[1]["seed"]

    def test_what_no_model_makes_here_is_refused_and_named(self, backend):
        with pytest.raises(FailedPrecondition, match="has no model for inpaint"):
            start(backend, "inpaint", init_image="x", mask_image="y")

    def test_a_laptop_with_a_key_sends_its_files_along(self):
        backend = make_backend(endpoints={}, local_storage=True)
        path = upload(backend, "me.png", PNG, "image/png")
        start(backend, "img2img", init_image=path)
        assert sent(backend)[1]["image"].startswith("data:image/png;base64,iVBOR")

    @pytest.mark.parametrize(
        ("base", "local_runpod", "called"),
        [
            ("http://127.0.0.1:5001/demo/runpodwebhook", False, False),
            ("http://127.0.0.1:5001/demo/runpodwebhook", True, True),
            ("https://tunnel.test/runpodwebhook", False, True),
        ],
    )
    def test_runpod_is_told_no_callback_that_it_cannot_reach(self, base, local_runpod, called):
        backend = make_backend(
            endpoints={}, local_storage=True, local_runpod=local_runpod, webhook_base_url=base
        )
        start(backend)
        (body,) = backend.gpu.calls
        assert ("webhook" in body) is called

    def test_a_file_too_large_to_be_sent_along_is_refused_before_anything_runs(self):
        backend = make_backend(endpoints={}, local_storage=True)
        path = upload(backend, "me.png", PNG + bytes(9_000_000), "image/png")
        with pytest.raises(FailedPrecondition, match="too large for this model"):
            start(backend, "img2img", init_image=path)
        assert backend.gpu.calls == []
        assert backend.store.quota("ann").used == 0


@pytest.mark.parametrize(("model", "units"), [(None, 1), ("flux-schnell", 1), ("flux-dev", 2)])
def test_a_dear_model_takes_more_of_a_days_units(backend, model, units):
    start(backend, **({} if model is None else {"model": model, "steps": 28 if units > 1 else 4}))
    assert backend.store.quota("ann").used == units


def test_a_voice_that_is_only_kept_weighs_as_any_voice(backend):
    path = upload(backend, "me.wav", WAV, "audio/wav")
    start(backend, "voice_clone", audio=path, name="Ann")
    assert backend.store.quota("ann").used == 5


class TestTheEnd:
    def test_a_look_alone_completes_it_with_the_fetched_picture_and_what_it_cost(self, backend):
        ref = start(backend)
        backend.links.there[PICTURE] = PNG
        done = end(backend, ref, {"image_url": PICTURE, "cost": 0.0024})
        assert done.status is Status.COMPLETED
        assert done.metrics == {"delay_ms": 120, "execution_ms": 3400, "cost_usd": 0.0024}
        [path] = [one["path"] for one in done.generation_data["files"]]
        assert path == f"generating/ann/image/{ref.file_uid}.png"
        assert backend.storage.contents[path] == PNG
        assert backend.storage.files[path].owner == "ann"
        assert PICTURE not in str(done)
        assert job_of(backend, ref) is None
        assert backend.store.quota("ann").leases == {}

    def test_the_look_is_queued_for_when_it_should_be_done_and_again_while_it_runs(self, backend):
        ref = start(backend)
        backend.gpu.jobs["job-1"].status = RunpodStatus.IN_PROGRESS
        delays = []
        for _ in range(40):
            found = [(one.function, one.delay_seconds) for one in backend.queue.take()]
            if not found:
                break
            assert found[0][0] == "reconcile"
            delays += [seconds for _, seconds in found]
            reconcile(backend, ref.file_uid)
        assert delays[:4] == [5, 2, 3, 4]
        assert len(delays) == 31  # then the sweeps go on alone
        assert backend.store.find(ref).status is Status.PROCESSING

    def test_no_look_is_queued_for_our_own_worker_which_calls_back(self):
        backend = make_backend()
        start(backend)
        assert backend.queue.take() == []

    def test_a_video_and_an_edited_picture_come_the_same_way(self, backend):
        video = start(backend, "text2video")
        url = "https://video.runpod.ai/v.mp4"
        backend.links.there[url] = MP4
        assert end(backend, video, {"video_url": url}).generation_data["num_frames"] == 120
        path = upload(backend, "me.png", PNG, "image/png")
        edited = start(backend, "img2img", init_image=path, output_format="jpeg")
        backend.links.there[PICTURE] = JPEG
        assert end(backend, edited, {"image_url": PICTURE}).status is Status.COMPLETED

    @pytest.mark.parametrize(
        ("output", "code", "said"),
        [
            ({"image_url": PICTURE}, ErrorCode.OUTPUT_MISSING, "no longer there"),
            ({"image_url": "https://evil.test/x"}, ErrorCode.OUTPUT_INVALID, "at a place"),
            ({"image_url": "https://image.runpod.ai/v.mp4"}, ErrorCode.OUTPUT_INVALID, "not the"),
            ({"image_url": "data:image/png;base64,AAAA"}, ErrorCode.OUTPUT_INVALID, "not the"),
            ({"image_url": 7}, ErrorCode.OUTPUT_INVALID, "not the media"),
            ({"images": [PICTURE]}, ErrorCode.OUTPUT_MISSING, "without a result"),
            (None, ErrorCode.OUTPUT_MISSING, "without a result"),
            ("text", ErrorCode.OUTPUT_INVALID, "not the media"),
            ({"error": "It went wrong."}, ErrorCode.WORKER_ERROR, "It went wrong."),
            ({"error": "Content flagged as sensitive."}, ErrorCode.REJECTED, FILTERED),
        ],
    )
    def test_each_bad_end_has_its_code_and_a_sentence(self, backend, output, code, said):
        ref = start(backend)
        backend.links.there["https://image.runpod.ai/v.mp4"] = MP4
        failed = end(backend, ref, output)
        assert failed.error_code is code
        assert said in failed.error
        assert backend.storage.files == {}
        assert "evil" not in str(failed)

    def test_a_result_larger_than_such_a_file_may_be_is_not_taken(self, backend):
        ref = start(backend)
        backend.links.there[PICTURE] = PNG + bytes(50_000_001)
        failed = end(backend, ref, {"image_url": PICTURE})
        assert (failed.error_code, "larger" in failed.error) == (ErrorCode.OUTPUT_INVALID, True)

    def test_a_host_that_is_silent_now_is_asked_again_by_the_next_look(self, backend):
        ref = start(backend)
        backend.links.silent, backend.links.there[PICTURE] = True, PNG
        with pytest.raises(Exception, match="cannot be fetched now"):
            end(backend, ref, {"image_url": PICTURE})
        backend.links.silent = False
        reconcile(backend, ref.file_uid)
        assert backend.store.find(ref).status is Status.COMPLETED

    def test_a_content_filters_refusal_is_rejected_and_not_given_back(self, backend):
        ref = start(backend)
        failed = end(backend, ref, None, "FAILED", "NSFW content: a lighthouse")
        assert (failed.error_code, failed.error) == (ErrorCode.REJECTED, FILTERED)
        assert backend.store.quota("ann").used == 1

    def test_a_callback_that_comes_all_the_same_is_a_hint_and_no_more(self, backend):
        ref = start(backend)
        who = Callback(ref, 1, backend.clock.now())
        backend.queue.take()
        callback(backend, who, JobReport(RunpodStatus.COMPLETED, "job-1"))
        assert [one.function for one in backend.queue.take()] == ["reconcile"]
        callback(backend, who, JobReport(RunpodStatus.FAILED, "job-1", error="nsfw"))
        assert backend.store.find(ref).error_code is ErrorCode.REJECTED

    def test_it_is_cancelled_at_its_public_endpoint(self, backend):
        ref = start(backend)
        cancel(backend, ref)
        assert backend.gpu.jobs["job-1"].status is RunpodStatus.CANCELLED
        assert backend.store.find(ref).status is Status.CANCELLED

    def test_a_job_whose_answer_was_lost_ends_although_the_endpoint_is_never_idle(self, backend):
        backend.gpu.answers.append(Answer.LOSE_ANSWER)
        ref = start(backend)
        for _ in range(4):
            backend.clock.advance(seconds=400)
            reconcile(backend, ref.file_uid)
        failed = backend.store.find(ref)
        assert failed.error_code is ErrorCode.EXPIRED
        assert "did not tell" in failed.error
        assert len(backend.gpu.calls) == 1

    def test_a_job_sent_later_goes_to_the_model_that_it_was_accepted_for(self, backend):
        backend.gpu.answers.append(Answer.NOT_REACHED)
        ref = start(backend)
        job = job_of(backend, ref)
        assert (job.model, job.dialect) == ("flux-schnell", "public")
        reconcile(backend, ref.file_uid)
        assert sent(backend)[0] == "black-forest-labs-flux-1-schnell"


class TestVoices:
    def recording(self, backend, data=WAV, content_type="audio/wav"):
        return upload(backend, "me", data, content_type)

    def voice(self, backend, **fields):
        return start(backend, "voice_clone", name="Ann", audio=self.recording(backend, **fields))

    def test_a_voice_is_its_sample_and_no_job_runs_for_it(self, backend):
        ref = self.voice(backend)
        voice = backend.store.find(ref)
        assert voice.status is Status.COMPLETED
        [path] = [one["path"] for one in voice.generation_data["files"]]
        assert path.startswith(f"voices/{ref.file_uid}/samples/{ref.file_uid}_sample_")
        assert backend.storage.contents[path] == WAV
        assert voice.generation_data["sample_url"] == backend.storage.url(
            backend.storage.files[path]
        )
        assert "profile_url" not in voice.generation_data
        assert backend.gpu.calls == []
        assert backend.store.quota("ann").leases == {}
        assert job_of(backend, ref) is None

    def test_the_sample_is_what_its_bytes_are_whatever_it_was_called(self, backend):
        ref = self.voice(backend, content_type="audio/mpeg")
        [file] = backend.store.find(ref).generation_data["files"]
        assert (file["content_type"], file["path"][-4:]) == ("audio/wav", ".wav")

    def test_the_sample_is_saved_under_the_name_of_the_voice(self, backend, monkeypatch):
        copy, copied = backend.storage.copy, []

        def watched(path, output, **label):
            copied.append(disposition(output))
            return copy(path, output, **label)

        monkeypatch.setattr(backend.storage, "copy", watched)
        self.voice(backend)
        assert copied == ['inline; filename="Ann.wav"']

    def test_what_is_no_sound_by_its_bytes_makes_no_voice(self, backend):
        ref = self.voice(backend, data=PNG)
        failed = backend.store.find(ref)
        assert failed.error_code is ErrorCode.OUTPUT_INVALID
        assert "not a sound file" in failed.error

    def test_speech_is_asked_for_with_a_short_url_of_the_voices_sample(self, backend):
        ref = self.voice(backend)
        [path] = [one["path"] for one in backend.store.find(ref).generation_data["files"]]
        speech = start(backend, "tts", voice_id=ref.file_uid, text="Hello.")
        endpoint, asked = sent(backend)
        assert endpoint == "chatterbox-turbo"
        assert asked.keys() == {"prompt", "voice_url", "format"}
        assert asked["voice_url"].startswith(f"https://media.test/{path}?until=")
        url = "https://audio.runpod.ai/s.wav"
        backend.links.there[url] = WAV
        done = end(backend, speech, {"audio_url": url, "cost": 0.004})
        assert done.generation_data["voice_id"] == ref.file_uid

    def test_a_voice_without_a_profile_is_refused_by_a_model_that_needs_one(self, backend):
        ref = self.voice(backend)
        backend = make_backend_like(backend)
        with pytest.raises(FailedPrecondition, match="no profile"):
            start(backend, "tts", voice_id=ref.file_uid, text="Hello.")
        assert backend.gpu.calls == []
        start(backend, "tts", voice_id=ref.file_uid, text="Hello.", model="chatterbox-turbo")

    def test_storage_that_is_away_is_tried_again_and_nothing_is_made_twice(self, backend):
        audio = self.recording(backend)
        backend.failpoints.break_port("storage.copy", ConnectionError())
        ref = start(backend, "voice_clone", name="Ann", audio=audio)
        backend.failpoints.kill_at(None)
        assert backend.store.find(ref).status is Status.QUEUED
        backend.clock.advance(seconds=60)
        reconcile(backend, ref.file_uid)
        assert backend.store.find(ref).status is Status.COMPLETED
        assert len([one for one in backend.storage.files if one.startswith("voices/")]) == 1

    def test_a_recording_that_is_gone_is_told_and_a_retry_is_the_same_voice(self, backend):
        backend.gpu.answers.append(Answer.NOT_REACHED)
        audio = self.recording(backend)
        content = backend.storage.contents.pop(audio)
        ref = start(backend, "voice_clone", name="Ann", audio=audio)
        assert backend.store.find(ref).error_code is ErrorCode.OUTPUT_MISSING
        backend.storage.contents[audio] = content
        retry(backend, ref)
        assert backend.store.find(ref).status is Status.COMPLETED


def make_backend_like(backend):
    """The same things in a deployment that has an endpoint of our own for speech."""
    settings = replace(backend.settings, endpoints={"RUNPOD_TTS_ENDPOINT_ID": "mine"})
    return replace(backend, settings=settings)
