import json
from pathlib import Path

import pytest

from firepod.domain.generation import Status
from tests.api.recorded import as_base64, npy, wav
from tests.fakes.values import WAV, make_generation

CONTRACT = Path(__file__).resolve().parents[2] / "contract"


@pytest.fixture
def voice_id(service):
    body = {
        "voice_name": "Ann",
        "audio_base64": as_base64(wav()),
        "profile_base64": as_base64(npy()),
    }
    return service.post("/api/voices/save", json=body).json["voice_id"]


def speak(service, **fields):
    thread, stop = service.meanwhile(service.work)
    answer = service.post("/api/tts/generate", json={"text": "Hello.", **fields})
    stop.set()
    thread.join()
    return answer


def test_speech_has_the_shape_of_the_voice_document(service, voice_id):
    answer = speak(service, voice_id=voice_id, text="Hello, this is a test...")

    assert answer.status_code == 200
    speech = answer.json
    seed = json.loads((CONTRACT / "rest_tts.json").read_text())
    assert speech.keys() == seed.keys()
    assert speech["metadata"].keys() == seed["metadata"].keys()
    generation_id = speech["generation_id"]
    url = speech["metadata"]["firebase_urls"]["tts_url"]
    assert speech == {
        "status": "success",
        "generation_id": generation_id,
        "voice_id": voice_id,
        "text": "Hello, this is a test...",
        "audio_base64": as_base64(WAV),
        "metadata": {
            "firebase_urls": {"tts_url": url},
            "shared_access": True,
            "uploaded_at": "2026-05-04T12:00:00Z",
        },
        "urls": speech["urls"],
    }
    assert speech["urls"]["self"] == f"/api/generations/tts/{generation_id}"
    assert generation_id.startswith("gen_20260504_120000_")
    assert f"tts/{generation_id}/TTS_{voice_id}_20260504_120000.wav" in url


def test_who_does_not_want_to_wait_is_answered_202(service, voice_id):
    answer = service.post(
        "/api/tts/generate",
        json={"voice_id": voice_id, "text": "Hello.", "speed": 1.5},
        headers={"Prefer": "respond-async"},
    )

    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/generations/tts/{answer.json['file_uid']}"


@pytest.mark.parametrize("text", ["a" * 50_000, "😀" * 50_000, "😀 привет, שלום and hello", "."])
def test_every_text_of_1_to_50000_characters_is_spoken(service, voice_id, text):
    assert speak(service, voice_id=voice_id, text=text).json["text"] == text


def test_a_page_ends_before_an_answer_of_long_texts_is_too_large(service):
    made = [f"gen_20260504_120000_{i:08x}" for i in range(100)]
    for file_uid in made:
        request = {"voice_id": "voice_ann_01234567", "text": "😀" * 50_000}
        service.backend.store.keep(
            make_generation("tts", file_uid=file_uid, request_data=request, status=Status.FAILED)
        )

    found, cursor = [], ""
    while cursor is not None:
        answer = service.get(f"/api/tts/generations?limit=100{cursor}")
        assert len(answer.data) < 16_000_000
        found += [one["generation_id"] for one in answer.json["generations"]]
        after = answer.json["next_cursor"]
        cursor = after and f"&cursor={after}"
    assert sorted(found) == made


@pytest.mark.parametrize("text", ["", "   \n\t ", "a" * 50_001, 5, None])
def test_a_text_that_is_none_is_refused(service, voice_id, text):
    answer = service.post("/api/tts/generate", json={"voice_id": voice_id, "text": text})

    assert answer.status_code == 400
    assert answer.json["error"]["details"]["fields"][0]["field"] == "text"


@pytest.mark.parametrize("path", ["generate", "save"])
def test_a_voice_of_someone_else_or_of_nobody_is_not_found(service, voice_id, path):
    body = {"text": "Hello.", "audio_base64": as_base64(wav())} if path == "save" else {"text": "."}
    answers = [
        service.post(f"/api/tts/{path}", json={**body, "voice_id": one}, user="bob")
        for one in (voice_id, "voice_nobody_00000000")
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json == answers[1].json


def test_a_voice_that_was_deleted_is_not_found(service, voice_id):
    service.delete(f"/api/generations/voices/{voice_id}")

    assert speak(service, voice_id=voice_id).status_code == 404


@pytest.mark.parametrize("status", [Status.QUEUED, Status.PROCESSING, Status.FAILED])
@pytest.mark.parametrize("path", ["generate", "save"])
def test_a_voice_that_is_not_completed_cannot_speak(service, status, path):
    service.backend.store.keep(
        make_generation("voice_clone", file_uid="voice_x_01234567", status=status)
    )
    body = {"voice_id": "voice_x_01234567", "text": "Hello."}
    if path == "save":
        body["audio_base64"] = as_base64(wav())
    answer = service.post(f"/api/tts/{path}", json=body)

    assert answer.status_code == 412
    assert answer.json["error"]["details"] == {"status": str(status)}


def save(service, voice_id, **fields):
    body = {"voice_id": voice_id, "text": "Hello.", "audio_base64": as_base64(wav(2))}
    return service.post("/api/tts/save", json=body | fields)


def test_speech_that_a_client_made_itself_is_kept(service, voice_id):
    answer = save(service, voice_id, status="success", generation_id="gen_of_its_own")

    assert answer.status_code == 200
    speech = answer.json
    assert speech.keys() == {"status", "generation_id", "voice_id", "text", "metadata", "urls"}
    document = service.generation("tts", speech["generation_id"])
    assert document.status is Status.COMPLETED
    assert document.generation_data["tts_url"] == speech["metadata"]["firebase_urls"]["tts_url"]


def test_a_voice_that_only_the_clients_own_endpoint_knows_is_kept_as_a_name(service):
    answer = save(service, "voice_john_doe")

    assert answer.status_code == 200
    assert answer.json["voice_id"] == "voice_john_doe"


@pytest.mark.parametrize("voice", ["../../x", "a/b", "", "x" * 81, 7])
def test_a_name_that_could_leave_its_folder_is_refused(service, voice):
    assert save(service, voice).status_code == 400


def test_what_is_no_speech_is_not_kept(service, voice_id):
    before = dict(service.backend.storage.files)

    assert save(service, voice_id, audio_base64=as_base64(b"no sound")).status_code == 400
    assert save(service, voice_id, metadata={"a": "x" * 9000}).status_code == 400
    assert save(service, voice_id, metadata=[]).status_code == 400
    assert service.backend.storage.files == before


def test_the_library_lists_speech_with_its_urls(service, voice_id):
    speech = save(service, voice_id).json
    path = f"/api/tts/generations/{speech['generation_id']}/firebase"

    (listed,) = service.get("/api/tts/generations").json["generations"]

    assert listed["generation_id"] == speech["generation_id"]
    assert listed["text"] == "Hello."
    assert listed["metadata"] == speech["metadata"]
    assert service.get(path).json == {
        "generation_id": speech["generation_id"],
        "tts_url": speech["metadata"]["firebase_urls"]["tts_url"],
    }
    assert service.get(path, user="bob").status_code == 404


def test_usage_has_the_shape_of_the_voice_document_and_counts_objects(service, voice_id):
    save(service, voice_id)

    answer = service.get("/api/tts/storage/usage").json

    seed = json.loads((CONTRACT / "rest_storage_usage.json").read_text())
    assert answer.keys() == seed.keys()
    assert answer["storage_usage"].keys() == seed["storage_usage"].keys()
    size = len(wav()) + len(npy()) + len(wav(2))
    assert answer["storage_usage"] == {
        "total_size_bytes": size,
        "total_size_mb": round(size / 2**20, 2),
        "file_count": 3,
    }
    nothing = {"total_size_bytes": 0, "total_size_mb": 0.0, "file_count": 0}
    assert service.get("/api/tts/storage/usage", user="bob").json == {"storage_usage": nothing}


def test_the_usage_of_everything_is_told_by_media_type(service, voice_id):
    service.post("/api/generations", json={"task_type": "text2img", "prompt": "x", "num_images": 3})
    service.work()

    usage = service.get("/api/storage/usage").json["storage_usage"]

    by_type = usage["by_media_type"]
    assert {name: one["file_count"] for name, one in by_type.items()} == {
        "images": 3,
        "videos": 0,
        "voices": 2,
        "tts": 0,
    }
    assert usage["file_count"] == 5
    assert usage["total_size_bytes"] == sum(one["total_size_bytes"] for one in by_type.values())
