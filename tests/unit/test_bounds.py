"""What strangers hand in costs a bounded time and memory, and is refused with a sentence."""

import base64
import re
import string
import struct
import time
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firepod.domain.errors import WORKER_FAILED, InvalidArgument
from firepod.kinds import media_kinds, profiles, recordings
from firepod.protocol import base64_text, runpod
from tests.api.recorded import npy, riff

MIB = 1024 * 1024
FEW_HUNDRED = settings(max_examples=300, deadline=None)


def cpu_seconds(act):
    began = time.thread_time()
    act()
    return time.thread_time() - began


def peak_of(act):
    """The most memory that Python held at a time, beyond what it held before."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def refused(text):
    with pytest.raises(base64_text.NotBase64):
        base64_text.decode(text)


@given(st.binary(max_size=400), st.sampled_from([None, 64, 76]), st.sampled_from(["\n", "\r\n"]))
@FEW_HUNDRED
def test_what_an_encoder_writes_is_read_with_its_line_breaks(data, width, line_break):
    text = base64.b64encode(data).decode()
    if width:
        text = line_break.join(text[at : at + width] for at in range(0, len(text), width))
    assert base64_text.decode(text) == data
    assert base64_text.decode(f"data:audio/wav;base64,{text}\n") == data


@given(st.text(alphabet=string.printable + "é=", max_size=30))
@example("QQ==QQ==")
@example("Q=Q=")
@example("QUJD====")
@example("QUJD-_-_")
@example("data:nothing")
@FEW_HUNDRED
def test_no_other_text_passes_for_base64(text):
    body = text.partition(",")[2] if text.startswith("data:") else text
    plain = "".join(body.split(" ")).translate(str.maketrans("", "", "\n\r\t"))
    right = len(plain) % 4 == 0 and re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", plain)
    right = right and not (text.startswith("data:") and "," not in text)
    crowded = len(body) - len(plain) > base64_text.FREE_SPACES  # for texts as short as these
    if right and not crowded:
        assert base64_text.decode(text) == base64.b64decode(plain)
    else:
        refused(text)


def test_base64_full_of_spaces_is_refused_without_a_copy_of_it():
    text = "AA " * (10 * MIB)
    assert peak_of(lambda: refused(text)) < MIB


def test_base64_is_decoded_without_a_copy_of_its_text():
    text = "A" * (20 * MIB)
    assert peak_of(lambda: base64_text.decode(text)) < 16 * MIB


def test_a_wav_file_has_a_bounded_number_of_parts():
    part, sound = struct.pack("<4sI", b"junk", 0), riff(bytes(64))[12:]
    head = b"RIFF\xff\xff\xff\xffWAVE"
    few = recordings.MAX_CHUNKS - 2
    assert len(recordings.read_wav(head + part * few + sound).samples) == 64
    with pytest.raises(recordings.NotWav):
        recordings.read_wav(head + part * (few + 1) + sound)


def test_an_mp4_file_has_a_bounded_number_of_tracks():
    head, track = b"\0\0\0\x20ftypisom", b"hdlr" + bytes(8) + b"soun"
    assert recordings.check(head + track * (recordings.MAX_HANDLERS - 1)) == "audio/mp4"
    with pytest.raises(InvalidArgument, match="not a sound file"):
        recordings.check(head + track * recordings.MAX_HANDLERS)


def test_a_long_recording_is_told_from_silence_by_its_first_loud_part():
    loud = riff(b"\x10\x27" * (12 * MIB))
    late = riff(bytes(2 * MIB) + b"\x10\x27" * 100 + bytes(MIB))
    assert recordings.check(late) == "audio/wav"
    assert peak_of(lambda: recordings.check(loud)) < 8 * MIB


@pytest.mark.parametrize(
    "header", ["{[]: 1}", "{{}: 1}", "{'descr': []}", "[" * 3000, "-" * 3000 + "1", "{1j: 1}"]
)
def test_a_header_that_python_cannot_hold_is_a_broken_one(header):
    text = header.encode()
    data = b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text + bytes(100)
    with pytest.raises(InvalidArgument):
        profiles.check(data)


@given(st.binary(max_size=300), st.integers(1, 3))
@FEW_HUNDRED
def test_no_bytes_make_the_profile_parser_raise_anything_else(data, version):
    for bytes_ in (data, b"\x93NUMPY" + bytes([version, 0]) + data):
        try:
            profiles.check(bytes_)
        except InvalidArgument:
            continue


@given(
    st.text(alphabet="{}[]():,'\"<>-+.0123456789abdefhilnoprstuv_ TFN\\", max_size=200),
    st.binary(max_size=40),
)
@FEW_HUNDRED
def test_no_header_makes_the_profile_parser_raise_anything_else(header, rest):
    text = header.encode()
    try:
        profiles.check(b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text + rest)
    except InvalidArgument:
        return


@given(
    st.sampled_from([b"RIFF", b"RF64", b"\0\0\0\x20"]),
    st.lists(
        st.tuples(
            st.sampled_from([b"fmt ", b"data", b"LIST", b"hdlr"]),
            st.integers(0, 2**32 - 1) | st.integers(0, 40),
            st.binary(max_size=50),
        ),
        max_size=8,
    ),
)
@FEW_HUNDRED
def test_no_bytes_make_the_sound_parser_raise_anything_else(mark, chunks):
    second = b"ftypisom" if mark.startswith(b"\0") else b"\0\0\0\0WAVE"
    body = b"".join(struct.pack("<4sI", name, size) + data for name, size, data in chunks)
    try:
        recordings.check(mark + second + body)
    except InvalidArgument:
        return


@given(st.binary(max_size=80))
@FEW_HUNDRED
def test_any_bytes_at_all_are_some_kind_or_none(data):
    assert media_kinds.sniff(data) is None or isinstance(media_kinds.sniff(data), str)


def test_a_profile_of_plain_numbers_passes():
    assert profiles.check(npy()) is None


def test_an_error_of_20_megabytes_is_not_looked_through():
    text = "a " * (10 * MIB)
    assert cpu_seconds(lambda: runpod.sentence_of(text)) < 1.0
    assert runpod.sentence_of(text) == WORKER_FAILED


@given(st.text(max_size=400))
@FEW_HUNDRED
def test_a_sentence_is_short_and_printable_whatever_a_worker_says(text):
    said = runpod.sentence_of(text)
    assert said.isprintable()
    assert len(said) <= runpod.MAX_SENTENCE_CHARS


@pytest.mark.parametrize(
    "lure",
    [
        "Your session is over, go to evil.example to continue.",
        "Go to evil .example now",
        "Go to \uff45\uff56\uff49\uff4c\uff0e\uff45\uff58\uff41\uff4d now",
        "Go to evil[.]example now",
        "Write to help at firepod dot test",
        "Please CLICK the button in our message",
        "Call us at 0800 123 456 7",
        "Call +49 (170) 123-45-67 for help",
        "Visit our page for a better picture",
        "Send your password to continue",
        "Ask on Telegram for a faster GPU",
        "Pay two dollars to get this picture",
        "1.2.3.example has the answer",
        "Your account must be checked",
        "Write to a@b and wait",
        "Read this\u202e backwards",
        "Read this\u200b twice",
    ],
)
def test_a_worker_cannot_lead_a_user_elsewhere(lure):
    assert runpod.sentence_of(lure) == WORKER_FAILED


@pytest.mark.parametrize(
    "sentence",
    [
        "The start image could not be read. Use a PNG, JPEG or WebP file.",
        "There is less than a second of speech in the recording. Record 5 to 30 seconds.",
        "A picture of 2048 x 2048 needs 23.5 GB of memory, and this GPU has 16.0.",
        "This engine does not support the scheduler.",
        "画像が小さすぎます。 もう一度お試しください。",
        "Le fichier est vide ; envoyez-le de nouveau.",
    ],
)
def test_what_an_engine_has_to_say_is_shown(sentence):
    assert runpod.sentence_of(sentence) == sentence
