"""What a worker tells of its files is in its range or not there; what first bytes tell, is so."""

import io
import struct

import pytest

from firepod.kinds import first_facts, recordings
from firepod.protocol.facts import Facts, read
from firepod.protocol.runpod import JobReport, RunpodStatus, without_media


def wav(seconds, rate=8000):
    data = bytes(int(seconds * rate) * 2)
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1,
                       rate, rate * 2, 2, 16, b"data", len(data))  # fmt: skip
    return head + data


@pytest.mark.parametrize(
    "told",
    [
        {"width": 0},
        {"width": -1},
        {"width": 10**9},
        {"width": True},
        {"width": "512"},
        {"height": 2.5},
        {"duration_seconds": 0},
        {"duration_seconds": float("nan")},
        {"duration_seconds": float("inf")},
        {"duration_seconds": 10**400},
        {"duration_seconds": 90_000},
        {"duration_seconds": "1"},
        {"thumbhash": ""},
        {"thumbhash": "A" * 41},
        {"thumbhash": "<script>"},
        {"thumbhash": ["A"]},
        {"url": "https://evil.test/", "path": "generating/bob/image/a.png", "size_bytes": 1},
    ],
)
def test_what_is_out_of_range_or_not_asked_for_is_not_there(told):
    assert read({"outputs": [told]}) == (Facts(),)


@pytest.mark.parametrize("output", [None, [], "x", {}, {"outputs": {}}, {"outputs": [{}] * 65}])
def test_an_answer_of_another_shape_tells_nothing(output):
    assert read(output) == ()


def test_numbers_and_hashes_in_range_are_taken():
    told = {"width": 512, "height": 1, "duration_seconds": 3.26667, "thumbhash": "1QcSHQ=="}
    assert read({"outputs": [told, 7]}) == (Facts(512, 1, 3.267, "1QcSHQ=="), Facts())


def test_each_kind_of_file_has_its_own_facts():
    facts = Facts(1, 2, 3.0, "hash")
    assert facts.fitting("image/png") == Facts(1, 2, None, "hash")
    assert facts.fitting("video/mp4") == facts
    assert facts.fitting("audio/wav") == Facts(duration_seconds=3.0)
    assert facts.fitting("application/octet-stream") == Facts()


def test_a_callback_keeps_the_facts_and_none_of_the_media():
    output = {"images": ["A" * 1000], "outputs": [{"width": 512, "thumb_base64": "A" * 1000}]}
    report = without_media(JobReport(RunpodStatus.COMPLETED, "job-1", output))
    assert report.output == {"outputs": [{"width": 512}]}


@pytest.mark.parametrize("how", ["PNG", "lossy", "lossless", "transparent"])
def test_the_size_of_a_picture_is_read_from_its_first_bytes(how):
    from PIL import Image

    picture, data = Image.new("RGBA" if how == "transparent" else "RGB", (640, 361)), io.BytesIO()
    picture.save(data, "PNG" if how == "PNG" else "WEBP", lossless=how != "lossy")
    kind = "image/png" if how == "PNG" else "image/webp"
    head = data.getvalue()[:64]
    assert first_facts.of_head(kind, head, 999) == Facts(640, 361)
    assert first_facts.of_head(kind, head[:20], 999) == Facts()


@pytest.mark.parametrize("sides", [(0, 0), (2**32 - 1, 2**31), (16385, 20_000)])
def test_a_header_that_says_an_impossible_size_tells_nothing(sides):
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", *sides)
    assert first_facts.of_head("image/png", png, 999) == Facts()


def test_the_length_of_a_wav_is_read_from_its_first_bytes_and_never_more_than_is_there():
    data = wav(1.5)
    assert first_facts.of_head("audio/wav", data[:64], len(data)).duration_seconds == 1.5
    assert first_facts.of_head("audio/wav", data[:64], 44 + 8000).duration_seconds == 0.5
    assert first_facts.of_head("audio/wav", data[:20], 20) == Facts()
    assert recordings.facts("audio/wav", data) == Facts(duration_seconds=1.5)
    assert recordings.facts("audio/wav", b"noise") == Facts()
