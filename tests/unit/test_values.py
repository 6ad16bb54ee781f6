"""Quotas, names in Storage, kinds of media, answers of workers, documents: all pure."""

import base64
from datetime import UTC, datetime

import pytest

from firepod.adapters import documents
from firepod.domain.generation import (
    ErrorCode,
    GenerationRef,
    Output,
    Phase,
    RunpodJob,
    Status,
)
from firepod.domain.quota import Quota
from firepod.domain.records import Key
from firepod.kinds import paths, registry, results
from firepod.kinds.media_kinds import matches, sniff
from firepod.protocol.dialects import OWN, dialect
from tests.fakes.clock import START
from tests.fakes.values import BYTES, MP4, NPY, PNG, WAV, make_generation, make_job


class TestPaths:
    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("Ann", "ann"),
            ("Zoë Müller", "zoe_muller"),
            ("../..", ""),
            ("🐈🐈", ""),
            ("صوت", ""),
            ("!!! ???", ""),
            ("a" * 80, "a" * 40),
            ("_a_", "a"),
            ("A/B\\C", "a_b_c"),
            ("x" * 39 + " y", "x" * 39),
        ],
    )
    def test_a_name_of_any_script_makes_a_valid_voice_id(self, name, slug):
        assert paths.slug(name) == slug
        voice = paths.voice_id(name, "0123456789abcdef")
        assert voice == f"voice_{slug or 'voice'}_01234567"
        assert paths.is_voice_id(voice)

    def test_equal_names_are_told_apart(self):
        assert paths.voice_id("Ann", "0" * 8) != paths.voice_id("Ann", "1" * 8)

    @pytest.mark.parametrize(
        "text", ["voice_", "voice_a", "voice_a_xyz", "voice_A_01234567", "voice_a_01234567\n", ""]
    )
    def test_what_is_no_voice_id(self, text):
        assert not paths.is_voice_id(text)

    def test_every_output_has_the_name_of_the_contract(self):
        at = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)

        def names(task_type, uid, count=1, voice=""):
            task = registry.task(task_type)
            ref = GenerationRef("ann", task.media_type, uid)
            request = {"num_images": count, "voice_id": voice}
            return [one.path for one in task.outputs(ref, request, at)]

        assert names("text2img", "u") == ["generating/ann/image/u.png"]
        assert names("text2img", "u", 4) == [f"generating/ann/image/u_{n}.png" for n in range(4)]
        assert names("text2video", "u") == ["generating/ann/video/u.mp4"]
        assert names("voice_clone", "v") == [
            "voices/v/samples/v_sample_20260504_120000.wav",
            "voices/v/profiles/v.npy",
        ]
        assert names("tts", "g", voice="v") == ["tts/g/TTS_v_20260504_120000.wav"]
        assert paths.generation_id(at, "89abcdef0") == "gen_20260504_120000_89abcdef"

    @pytest.mark.parametrize(
        ("path", "owned"),
        [
            ("uploads/ann/x.png", True),
            ("uploads/ann/a b/ü.png", True),
            ("generating/ann/image/x.png", True),
            ("uploads/bob/x.png", False),
            ("uploads/annabel/x.png", False),
            ("uploads/ann", False),
            ("uploads/ann/", False),
            ("uploads//ann/x", False),
            ("/uploads/ann/x", False),
            ("uploads/ann/../bob/x", False),
            ("uploads/ann/./x", False),
            ("uploads/ann/x\n", False),
            ("uploads/ann/x\x85", False),
            ("uploads\\ann\\x", False),
            ("uploads/ann/" + "x" * 1020, False),
            ("voices/v/profiles/v.npy", False),
            ("", False),
            ("uploads/ann/\ud800", True),
        ],
    )
    def test_an_input_lies_below_the_users_own_prefixes(self, path, owned):
        assert paths.owned_input(path, "ann") is owned


class TestMediaKinds:
    @pytest.mark.parametrize(
        ("head", "kind"),
        [
            (PNG, "image/png"),
            (MP4, "video/mp4"),
            (WAV, "audio/wav"),
            (NPY, "application/x-npy"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (b"OggS", "audio/ogg"),
            (b"fLaC", "audio/flac"),
            (b"ID3\x04", "audio/mpeg"),
            (b"\xff\xfb\x90", "audio/mpeg"),
            (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
            (b"", None),
            (b"\xff", None),
            (b"<html>", None),
            (b"RIFF", None),
        ],
    )
    def test_bytes_show_what_they_are(self, head, kind):
        assert sniff(head) == kind

    def test_an_output_must_be_what_it_is_called(self):
        for content_type in BYTES:
            fitting = [kind for kind, head in BYTES.items() if matches(content_type, head)]
            assert fitting == [content_type]


class TestResults:
    ONE = (Output("p", "image/png"),)

    def read(self, output, outputs, task="text2img"):
        return results.read_media(dialect(OWN), output, outputs, registry.task(task))

    def problem(self, *asked):
        with pytest.raises(results.Unusable) as unusable:
            self.read(*asked)
        return unusable.value.failure.code

    @pytest.mark.parametrize(
        "output", [None, {}, {"images": []}, {"images": [""]}, {"images": None}]
    )
    def test_nothing_is_missing_output(self, output):
        assert self.problem(output, self.ONE) is ErrorCode.OUTPUT_MISSING

    @pytest.mark.parametrize(
        "output",
        [
            [],
            "text",
            7,
            {"images": [7]},
            {"images": ["%%%"]},
            {"images": ["https://evil.test/x.png"]},
            {"images": ["é"]},
            {"images": ["aGVsbG8="]},
            {"images": {"a": 1}},
        ],
    )
    def test_something_else_is_invalid_output(self, output):
        assert self.problem(output, self.ONE) is ErrorCode.OUTPUT_INVALID

    def test_data_urls_and_the_single_image_are_read(self):
        text = base64.b64encode(PNG).decode()
        for output in ({"image_url": text}, {"images": f"data:image/png;base64,{text}"}):
            assert self.read(output, self.ONE) == [PNG]

    def test_a_voice_without_its_profile_is_invalid(self):
        outputs = (Output("a", "audio/wav"), Output("b", "application/octet-stream"))
        answer = {"audio_base64": base64.b64encode(WAV).decode()}
        assert self.problem(answer, outputs, "voice_clone") is ErrorCode.OUTPUT_INVALID


class TestDocuments:
    def test_a_generation_survives_the_way_there_and_back(self):
        full = make_generation(
            status=Status.FAILED,
            error="It broke.",
            error_code=ErrorCode.WORKER_ERROR,
            metrics={"delay_ms": 1},
            completed_at=START,
            expires_at=START,
        )
        for generation in (full, make_generation("tts", progress=0.0)):
            document = documents.generation_document(generation)
            assert None not in document.values()
            assert documents.parse_generation(document, generation.ref.path) == generation

    def test_a_job_survives_the_way_there_and_back(self):
        job = make_job(phase=Phase.UNKNOWN, runpod_job_id=None, leftovers=(RunpodJob("e", "j"),))
        assert documents.parse_job(documents.job_document(job)) == job

    def test_quota_and_key_survive_the_way_there_and_back(self):
        quota = Quota({"a": START}, "2026-05-04", 3)
        key = Key(request_hash="h", generation="g", expires_at=START)
        assert documents.parse_quota(documents.quota_document(quota)) == quota
        assert documents.parse_key(documents.key_document(key)) == key

    def test_fields_that_others_added_do_no_harm(self):
        document = documents.generation_document(make_generation()) | {"likes": 7}
        assert documents.parse_generation(document, make_generation().ref.path) == make_generation()
