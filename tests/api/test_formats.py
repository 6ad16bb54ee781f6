"""Voices and speech in the formats that a user asks for, or brings."""

import pytest

from tests.api.recorded import as_base64, npy, wav
from tests.api.voices import clone, form
from tests.fakes.values import BYTES, MP3, OGG

OWN = {"voice_name": "Ann", "profile_base64": as_base64(npy())}
FORMATS = [("mp3", "audio/mpeg", MP3), ("ogg", "audio/ogg", OGG)]


def sound_of(document):
    """The one file of a generation that is sound."""
    (file,) = [
        one for one in document.generation_data["files"] if one["content_type"].startswith("audio/")
    ]
    return file


@pytest.fixture
def voice_id(service):
    body = OWN | {"audio_base64": as_base64(wav())}
    return service.post("/api/voices/save", json=body).json["voice_id"]


@pytest.mark.parametrize(("name", "content_type", "data"), FORMATS)
def test_a_cloned_voice_has_its_sample_in_the_format_of_the_form(service, name, content_type, data):
    voice = clone(service, data=form(wav(), output_format=name)).json

    file = sound_of(service.generation("voices", voice["voice_id"]))
    assert file["content_type"] == content_type
    assert file["path"].endswith(f"_sample_20260504_120000.{name}")
    assert voice["audio_base64"] == as_base64(data)


@pytest.mark.parametrize(("name", "content_type", "data"), FORMATS)
def test_speech_is_answered_in_the_format_that_was_asked_for(
    service, voice_id, name, content_type, data
):
    body = {"voice_id": voice_id, "text": "Hello.", "output_format": name}
    thread, stop = service.meanwhile(service.work)
    speech = service.post("/api/tts/generate", json=body).json
    stop.set()
    thread.join()

    assert speech["audio_base64"] == as_base64(data)
    file = sound_of(service.generation("tts", speech["generation_id"]))
    assert (file["content_type"], file["path"][-4:]) == (content_type, f".{name}")
    asked = service.get(f"/api/tts/generations/{speech['generation_id']}/firebase").json
    assert f"_20260504_120000.{name}" in asked["tts_url"]


@pytest.mark.parametrize(("name", "content_type", "data"), FORMATS)
def test_what_a_client_brings_is_kept_in_its_own_format(
    service, voice_id, name, content_type, data
):
    voice = service.post("/api/voices/save", json=OWN | {"audio_base64": as_base64(data)}).json
    spoken = {"voice_id": voice_id, "text": "Hello.", "audio_base64": as_base64(data)}
    speech = service.post("/api/tts/save", json=spoken).json

    for document in (
        service.generation("voices", voice["voice_id"]),
        service.generation("tts", speech["generation_id"]),
    ):
        file = sound_of(document)
        assert document.request_data["output_format"] == name
        assert (file["content_type"], file["path"][-4:]) == (content_type, f".{name}")
        assert service.backend.storage.contents[file["path"]] == data
    newest = service.get(f"/api/voices/{voice['voice_id']}/sample/firebase").json
    assert f".{name}" in newest["sample_url"]
    (listed,) = service.get(f"/api/voices/{voice['voice_id']}/firebase-urls").json["firebase_urls"][
        "sample_urls"
    ]
    assert listed == newest["sample_url"]


def test_what_is_kept_in_any_format_counts_and_goes(service, voice_id):
    kept = service.post("/api/voices/save", json=OWN | {"audio_base64": as_base64(OGG)}).json
    usage = service.get("/api/tts/storage/usage").json["storage_usage"]
    assert usage["total_size_bytes"] == len(wav()) + len(OGG) + 2 * len(npy())

    for one in (kept["voice_id"], voice_id):
        assert service.delete(f"/api/generations/voices/{one}").status_code == 200
    assert not service.backend.storage.files


def test_every_format_that_can_be_asked_for_can_be_told_by_its_bytes():
    from firepod.kinds import formats, media_kinds

    for one in (*formats.PICTURES, *formats.SOUNDS):
        assert media_kinds.matches(one.content_type, BYTES[one.content_type])
        others = {kind for kind in BYTES if kind != one.content_type}
        assert not any(media_kinds.matches(one.content_type, BYTES[kind]) for kind in others)
