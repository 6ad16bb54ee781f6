"""Voices that a user saves, lists and asks for."""

import pytest

from firepod.domain.generation import Status
from tests.api.recorded import as_base64, npy, riff, wav
from tests.api.voices import MIB, NOW, PNG, clone, form, problem, sample_of, shape
from tests.fakes.values import make_generation


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
    assert document.request_data == {
        "name": "John Doe",
        "output_format": "wav",
        "extra": {"language": "en"},
    }
    assert document.size_bytes == len(wav()) + len(npy())
    files = service.backend.storage.files
    assert [files[one["path"]].owner for one in document.generation_data["files"]] == ["ann", "ann"]
    assert not service.backend.store.jobs


def test_what_is_null_in_a_saved_voice_is_as_what_is_not_there(service):
    answer = save(service, voice_name=None, name="John Doe", metadata=None, voice_id=None)

    assert answer.status_code == 200, answer.text
    document = service.generation("voices", answer.json["voice_id"])
    assert document.request_data == {"name": "John Doe", "output_format": "wav"}
    assert problem(save(service, voice_name=None))["problem"] == "is required"


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
        ("audio_base64", b"fLaC" + b"\0" * 2000, "send a file with speech: WAV, MP3 or Ogg"),
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
    assert not service.backend.storage.files
    assert not service.backend.store.values


def test_a_voice_that_could_not_be_stored_leaves_its_files_to_be_found(service, monkeypatch):
    """The process dies between the two files: the job that was announced before names both."""

    class Died(BaseException):
        pass

    def die(*_arguments, **_named):
        raise Died

    with monkeypatch.context() as broken:
        broken.setattr(service.backend.storage, "put", die)
        with pytest.raises(Died):
            save(service)
    (job,) = service.backend.store.jobs.values()
    assert [output.path.rpartition(".")[2] for output in job.outputs] == ["wav", "npy"]
    assert not service.backend.store.generations


def test_a_library_lists_voices_in_every_state(service):
    cloned = clone(service, data=form(wav(), "Ann")).json
    service.backend.clock.advance(5)
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
