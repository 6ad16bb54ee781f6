import io
import json
import struct
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from firepod.domain.generation import Status
from tests.api.recorded import as_base64, npy, riff, wav
from tests.fakes.values import NPY, WAV, make_generation

CONTRACT = Path(__file__).resolve().parents[2] / "contract"
MIB = 1024 * 1024
NOW = {"headers": {"Prefer": "wait=0"}}


def form(data, name="Ann", filename="me.wav", **fields):
    return {"name": name, "audio": (io.BytesIO(data), filename), **fields}


def clone(service, **arguments):
    thread, stop = service.meanwhile(service.work)
    answer = service.post("/api/voices/clone", **arguments)
    stop.set()
    thread.join()
    return answer


def upload(service, data):
    """As a form, encoded in memory: the test client leaves large ones open on disk."""
    file = FileStorage(io.BytesIO(data), "me.wav")
    boundary, body = encode_multipart({"name": "Ann", "audio": file})
    content_type = f"multipart/form-data; boundary={boundary}"
    return service.post("/api/voices/clone", data=body, content_type=content_type, **NOW)


def problem(answer):
    assert answer.status_code == 400, answer.text
    (field,) = answer.json["error"]["details"]["fields"]
    return field


def shape(value):
    """The keys of a JSON value, all the way down."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    return type(value).__name__


def sample_of(name):
    return json.loads((CONTRACT / name).read_text())


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
    assert service.backend.media.contents[path] == data
    assert service.backend.media.files[path].owner == "ann"


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
    assert not service.backend.media.files


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


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 5000
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
    assert not service.backend.media.files


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


def save(service, user="ann", **fields):
    body = {
        "voice_name": "John Doe",
        "audio_base64": as_base64(wav()),
        "profile_base64": as_base64(npy()),
        "metadata": {"language": "en", "nested": {"a": 1}},
    }
    return service.post("/api/voices/save", json=body | fields, user=user)


def test_a_voice_that_a_client_made_itself_is_kept(service):
    answer = save(service, status="success", voice_id="voice_john_doe")

    assert answer.status_code == 200
    voice = answer.json
    expected = shape(sample_of("rest_voice_clone.json"))
    del expected["audio_base64"], expected["profile_base64"]
    assert shape(voice) == expected
    voice_id = voice["voice_id"]
    assert voice_id.startswith("voice_john_doe_")
    document = service.generation("voices", voice_id)
    assert document.status is Status.COMPLETED
    assert document.request_data == {"name": "John Doe", "extra": {"language": "en"}}
    assert document.size_bytes == len(wav()) + len(npy())
    files = service.backend.media.files
    assert [files[one["path"]].owner for one in document.generation_data["files"]] == ["ann", "ann"]
    assert not service.backend.store.jobs


def test_a_saved_voice_counts_for_the_day_but_not_as_running(service):
    service.limited(active=1, daily=6)
    service.post("/api/voices/clone", data=form(wav()), **NOW)

    assert save(service).status_code == 200
    answer = save(service)
    assert answer.status_code == 429
    assert "Retry-After" in answer.headers


@pytest.mark.parametrize(
    ("field", "data", "says"),
    [
        ("audio_base64", PNG, "is not a WAV file"),
        ("audio_base64", b"ID3\x04" + b"\0" * 2000, "is not a WAV file"),
        ("audio_base64", wav()[:50_000], "is cut off"),
        ("audio_base64", riff(b""), "holds no sound"),
        (
            "profile_base64",
            npy("{'descr': '|O8', 'fortran_order': False, 'shape': (8,), }"),
            "must hold plain numbers",
        ),
        ("profile_base64", b"\x80\x04\x95pickle", "is not an .npy file"),
        (
            "profile_base64",
            npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"),
            "plain",
        ),
        ("profile_base64", npy("{'descr': [('a','<f4')], 'shape': (16,), }"), "plain"),
        ("profile_base64", npy("__import__('os').system('true')"), "broken header"),
        ("profile_base64", npy("(" * 3000), "broken header"),
        (
            "profile_base64",
            npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-16,), }"),
            "broken",
        ),
        ("profile_base64", npy(data=b"\0" * 63), "what its header says"),
        ("profile_base64", npy(data=b"\0" * 65), "what its header says"),
        ("profile_base64", b"\x93NUMPY", "broken header"),
        ("profile_base64", b"\x93NUMPY" + b"\0" * (8 * MIB), "larger than 8 MiB"),
    ],
)
def test_only_sound_and_plain_numbers_are_kept(service, field, data, says):
    answer = save(service, **{field: as_base64(data)})

    named = problem(answer)
    assert named["field"] == field
    assert says in named["problem"]
    assert not service.backend.media.files
    assert not service.backend.store.values


def test_a_voice_that_could_not_be_stored_leaves_its_files_to_be_found(service, monkeypatch):
    """The process dies between the two files: the job that was announced before names both."""

    class Died(BaseException):
        pass

    def die(*_arguments, **_named):
        raise Died

    with monkeypatch.context() as broken:
        broken.setattr(service.backend.media, "put", die)
        with pytest.raises(Died):
            save(service)
    (job,) = service.backend.store.jobs.values()
    assert [output.path.rpartition(".")[2] for output in job.outputs] == ["wav", "npy"]
    assert not service.backend.store.generations


def test_a_library_lists_voices_in_every_state(service):
    cloned = clone(service, data=form(wav(), "Ann")).json
    service.backend.world.advance(5)
    service.post("/api/voices/clone", data=form(wav(), "Waiting"), **NOW)
    save(service, user="bob")

    answer = service.get("/api/voices").json

    assert [(one["voice_name"], one["status"]) for one in answer["voices"]] == [
        ("Waiting", "queued"),
        ("Ann", "completed"),
    ]
    assert answer["voices"][1]["metadata"] == cloned["metadata"]
    assert answer["next_cursor"] is None
    found = service.get(f"/api/voices/{cloned['voice_id']}")
    assert found.json == answer["voices"][1]
    completed = service.get("/api/voices?status=completed").json["voices"]
    assert [one["voice_name"] for one in completed] == ["Ann"]


def test_the_urls_of_a_voice_can_be_asked_for(service):
    voice = save(service).json
    urls = voice["metadata"]["firebase_urls"]
    path = f"/api/voices/{voice['voice_id']}"

    assert service.get(f"{path}/firebase-urls").json == {
        "voice_id": voice["voice_id"],
        "voice_name": "John Doe",
        "firebase_urls": {
            **urls,
            "sample_urls": [urls["sample_url"]],
            "profile_urls": [urls["profile_url"]],
        },
        "shared_access": True,
    }
    assert service.get(f"{path}/sample/firebase").json == {
        "voice_id": voice["voice_id"],
        "sample_url": urls["sample_url"],
    }


@pytest.mark.parametrize("end", ["", "/firebase-urls", "/sample/firebase"])
def test_other_peoples_voices_are_not_found(service, end):
    voice_id = save(service).json["voice_id"]
    theirs = service.get(f"/api/voices/{voice_id}{end}", user="bob")
    nobodys = service.get(f"/api/voices/voice_nobody_00000000{end}", user="bob")

    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json == nobodys.json


def test_a_voice_that_is_not_finished_has_no_urls(service):
    service.backend.store.keep(make_generation("voice_clone", file_uid="voice_ann_01234567"))

    answer = service.get("/api/voices/voice_ann_01234567/firebase-urls")
    assert answer.status_code == 412
    assert answer.json["error"]["details"] == {"status": "queued"}
