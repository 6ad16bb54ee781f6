"""Voices: cloning one from a recording."""

import io
import json
import struct

import pytest

from tests.api.recorded import as_base64, riff, wav
from tests.api.voices import MIB, NOW, PNG, clone, form, problem, sample_of, shape, upload
from tests.fakes.values import NPY, WAV


def test_a_clone_answers_with_the_shape_of_the_voice_document(service):
    answer = clone(service, data=form(wav(), "John Doe"))

    assert answer.status_code == 200
    voice = answer.json
    assert shape(voice) == shape(sample_of("rest_voice_clone.json"))
    voice_id = voice["voice_id"]
    assert voice == {
        "status": "success",
        "voice_id": voice_id,
        "voice_name": "John Doe",
        "audio_base64": as_base64(WAV),
        "profile_base64": as_base64(NPY),
        "metadata": {
            "firebase_urls": {
                "sample_url": voice["metadata"]["firebase_urls"]["sample_url"],
                "profile_url": voice["metadata"]["firebase_urls"]["profile_url"],
            },
            "shared_access": True,
            "uploaded_at": "2026-05-04T12:00:00Z",
        },
        "urls": voice["urls"],
    }
    assert voice["urls"]["self"] == f"/api/generations/voices/{voice_id}"
    assert voice_id.startswith("voice_john_doe_")
    sample = voice["metadata"]["firebase_urls"]["sample_url"]
    assert f"voices/{voice_id}/samples/{voice_id}_sample_20260504_120000.wav" in sample


def test_a_recording_comes_as_base64_in_json_just_as_well(service):
    answer = clone(service, json={"voice_name": "Ann", "audio_base64": as_base64(wav())})

    assert answer.status_code == 200
    assert answer.json["voice_name"] == "Ann"


def test_the_recording_is_kept_among_the_users_uploads_for_the_worker(service):
    data = wav()
    service.post("/api/voices/clone", data=form(data, filename="../../x.exe"), **NOW)

    (call,) = service.backend.gpu.calls
    path = call["input"]["audio"]
    assert path.startswith("uploads/ann/")
    assert path.endswith(".wav")
    assert service.backend.storage.contents[path] == data
    assert service.backend.storage.files[path].owner == "ann"


def test_who_does_not_want_to_wait_is_answered_202(service):
    answer = service.post("/api/voices/clone", data=form(wav()), **NOW)

    assert answer.status_code == 202
    assert answer.json["media_type"] == "voices"
    assert answer.headers["Location"] == f"/api/generations/voices/{answer.json['file_uid']}"


def test_a_clone_that_fails_says_why(service):
    thread, stop = service.meanwhile(lambda: service.fail("The recording is noise only."))
    answer = service.post("/api/voices/clone", data=form(wav()))
    stop.set()
    thread.join()

    assert answer.status_code == 412
    error = answer.json["error"]
    assert error["message"] == "The recording is noise only."
    assert error["details"]["error_code"] == "worker_error"


def test_the_same_call_with_the_same_key_clones_once(service):
    first, again = (
        service.post(
            "/api/voices/clone",
            data=form(wav()),
            headers={"Prefer": "wait=0", "Idempotency-Key": "k"},
        )
        for _ in range(2)
    )

    assert again.json == first.json | {"duplicate": True}
    assert len(service.backend.gpu.calls) == 1


@pytest.mark.parametrize(
    "name",
    ["a", "n" * 80, "😀 Ann 😀", "שלום עולם", "../..", "...!?", "/etc/passwd", "'; DROP TABLE"],
)
def test_every_name_of_1_to_80_characters_makes_a_voice_of_its_own(service, name):
    ids = set()
    for user in ("ann", "ann", "bob"):
        answer = service.post("/api/voices/clone", data=form(wav(), name), user=user, **NOW)
        assert answer.status_code == 202, answer.text
        ids.add(answer.json["file_uid"])

    assert len(ids) == 3
    for voice_id in ids:
        assert voice_id.replace("_", "").isalnum()
        assert voice_id.isascii()


@pytest.mark.parametrize("name", ["", "   ", "n" * 81])
def test_a_name_that_is_none_is_refused(service, name):
    answer = service.post("/api/voices/clone", data=form(wav(), name))

    assert problem(answer)["field"] == "name"
    assert not service.backend.gpu.calls
    assert not service.backend.storage.files


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_usual_rates_and_channels_are_accepted(service, rate, channels):
    data = form(wav(1.5, rate=rate, channels=channels))

    assert service.post("/api/voices/clone", data=data, **NOW).status_code == 202


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_a_voice_is_told_from_silence_at_every_depth(service, bits):
    loud = service.post("/api/voices/clone", data=form(wav(2, bits=bits)), **NOW)
    silent = service.post("/api/voices/clone", data=form(wav(2, bits=bits, peak=0)), **NOW)

    assert loud.status_code == 202
    assert "silent" in problem(silent)["problem"]


FLOATS = struct.pack("<f", 0.4) * 32_000
OTHER_SOUNDS = {
    "mp3": b"ID3\x04" + b"\0" * 2000,
    "bare mp3": b"\xff\xfb\x90\x64" + b"\0" * 2000,
    "ogg": b"OggS" + b"\0" * 2000,
    "flac": b"fLaC" + b"\0" * 2000,
    "m4a": b"\0\0\0\x20ftypM4A " + b"\0" * 2000,
    "m4a of a phone": b"\0\0\0\x20ftypisom" + b"\0" * 64 + b"hdlr" + b"\0" * 8 + b"soun",
    "wav of unknown length": riff(b"\x10\x27" * 32_000, declared=0xFFFFFFFF),
    "wav of floats": riff(FLOATS, kind=3, bits=32),
}


@pytest.mark.parametrize("data", OTHER_SOUNDS.values(), ids=OTHER_SOUNDS)
@pytest.mark.parametrize("filename", ["me.wav", "me.txt", ""])
def test_other_kinds_of_sound_are_told_by_their_content(service, data, filename):
    answer = service.post("/api/voices/clone", data=form(data, filename=filename or "x"), **NOW)

    assert answer.status_code == 202, answer.text


NO_RECORDINGS = {
    "a PNG called .wav": (PNG, "is not a sound file"),
    "text": (b"hello " * 1000, "is not a sound file"),
    "a film": (b"\0\0\0\x20ftypisom" + b"\0" * 64 + b"hdlr" + b"\0" * 8 + b"vide", "not a sound"),
    "0.2 s": (wav(0.2), "0.2 s long"),
    "silence": (wav(3, peak=0), "is silent"),
    "half of a file": (wav(3)[:50_000], "is cut off"),
    "a header alone": (wav(3)[:44], "is cut off"),
    "half of a header": (wav(3)[:30], "broken header"),
    "a broken header": (riff(b"\0" * 9000, channels=0), "broken header"),
}


@pytest.mark.parametrize(("data", "says"), NO_RECORDINGS.values(), ids=NO_RECORDINGS)
def test_what_no_voice_can_be_made_of_costs_nothing(service, data, says):
    answer = service.post("/api/voices/clone", data=form(data))

    field = problem(answer)
    assert field["field"] == "audio"
    assert says in field["problem"]
    assert not service.backend.gpu.calls
    assert not service.backend.store.quotas
    assert not service.backend.storage.files


def test_a_recording_has_25_mib_at_most(service):
    just_right = riff(b"\x10\x27" * ((25 * MIB - 44) // 2))
    assert len(just_right) == 25 * MIB

    assert upload(service, just_right).status_code == 202
    answer = upload(service, just_right + b"\0")
    assert answer.status_code == 413
    assert "25 MiB" in answer.json["error"]["message"]


def test_base64_that_no_request_can_hold_is_told_another_way(service):
    body = json.dumps({"name": "Ann", "audio_base64": "A" * (25 * MIB * 4 // 3)})
    answer = service.post("/api/voices/clone", data=body, content_type="application/json")

    assert answer.status_code == 413
    assert "multipart/form-data" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"data": {"name": "Ann"}, "content_type": "multipart/form-data"}, "audio"),
        ({"json": {"name": "Ann"}}, "audio_base64"),
        ({"json": {"name": "Ann", "audio_base64": 5}}, "audio_base64"),
        ({"json": {"name": "Ann", "audio_base64": "§"}}, "audio_base64"),
        ({"json": {"name": "Ann", "audio_base64": as_base64(wav()), "pitch": 2}}, "pitch"),
        ({"json": {"name": 5, "audio_base64": as_base64(wav())}}, "name"),
        ({"json": {"audio_base64": as_base64(wav())}}, "name"),
        ({"json": {"name": "A", "audio": "uploads/x", "audio_base64": "AAAA"}}, "audio"),
    ],
)
def test_a_field_that_is_wrong_is_named(service, arguments, field):
    assert problem(service.post("/api/voices/clone", **arguments))["field"] == field


def test_a_voice_that_is_its_sample_is_answered_listed_and_added_to_without_a_profile(service):
    service.with_settings(endpoints={})
    data = wav()
    answer = service.post("/api/voices/clone", data=form(data, "John Doe"))
    assert answer.status_code == 200, answer.text
    voice = answer.json
    assert (voice["audio_base64"], "profile_base64" in voice) == (as_base64(data), False)
    assert list(voice["metadata"]["firebase_urls"]) == ["sample_url"]
    path = f"/api/voices/{voice['voice_id']}"
    assert service.get(path).json["metadata"]["firebase_urls"]["sample_url"]

    service.backend.clock.advance(1)
    added = service.post(f"{path}/samples", data={"audio": (io.BytesIO(wav()), "more.wav")})
    assert added.status_code in {200, 201}, added.text
    urls = service.get(f"{path}/firebase-urls").json["firebase_urls"]
    assert (len(urls["sample_urls"]), urls["profile_urls"]) == (2, [])
    assert "profile_url" not in service.get(path).json["metadata"]["firebase_urls"]
    [listed] = service.get("/api/voices").json["voices"]
    assert list(listed["metadata"]["firebase_urls"]) == ["sample_url"]
    assert service.backend.gpu.calls == []
