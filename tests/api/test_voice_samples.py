"""More samples of a voice, as its user adds them."""

import io

import pytest

from tests.api.recorded import as_base64, npy, wav
from tests.api.voices import PNG, problem

FLAC = b"fLaC" + b"\0" * 2000


def saved(service, user="ann"):
    body = {
        "voice_name": "John Doe",
        "audio_base64": as_base64(wav()),
        "profile_base64": as_base64(npy()),
    }
    voice = service.post("/api/voices/save", json=body, user=user).json
    service.backend.clock.advance(1)
    return f"/api/voices/{voice['voice_id']}"


def add(service, voice, data, user="ann"):
    answer = service.post(f"{voice}/samples", data={"audio": (io.BytesIO(data), "x")}, user=user)
    service.backend.clock.advance(1)
    return answer


def usage(service):
    return service.get("/api/tts/storage/usage").json["storage_usage"]


def test_a_sample_that_is_added_is_the_newest_and_counts(service):
    voice = saved(service)
    first = service.get(f"{voice}/sample/firebase").json["sample_url"]
    before = usage(service)

    answer = add(service, voice, wav(2))

    assert answer.status_code == 200, answer.text
    name = voice.rpartition("/")[2]
    assert answer.json == {
        "voice_id": name,
        "sample_url": answer.json["sample_url"],
        "path": f"voices/{name}/samples/{name}_sample_20260504_120001.wav",
        "content_type": "audio/wav",
        "size_bytes": len(wav(2)),
    }
    second = answer.json["sample_url"]
    assert service.get(f"{voice}/sample/firebase").json == {
        "voice_id": name,
        "sample_url": second,
    }
    urls = service.get(f"{voice}/firebase-urls").json["firebase_urls"]
    assert (urls["sample_url"], urls["sample_urls"]) == (second, [second, first])
    assert len(urls["profile_urls"]) == 1
    assert service.get(voice).json["metadata"]["firebase_urls"]["sample_url"] == second
    after = usage(service)
    assert after["file_count"] == before["file_count"] + 1
    assert after["total_size_bytes"] == before["total_size_bytes"] + len(wav(2))


def test_samples_come_as_base64_and_in_every_kind_of_sound_just_as_well(service):
    voice = saved(service)
    answer = service.post(f"{voice}/samples", json={"audio_base64": as_base64(FLAC)})

    assert answer.status_code == 200, answer.text
    assert answer.json["content_type"] == "audio/flac"
    assert answer.json["path"].endswith(".flac")


def test_a_voice_goes_with_all_of_its_samples(service):
    voice = saved(service)
    add(service, voice, wav(2))
    add(service, voice, wav(3))
    assert len(service.backend.storage.files) == 4

    service.delete(f"/api/generations/voices/{voice.rpartition('/')[2]}")

    assert not service.backend.storage.files
    assert usage(service)["file_count"] == 0


def test_a_sample_counts_for_the_day_of_its_user(service):
    voice = saved(service)
    service.limited(daily=2)
    assert add(service, voice, wav()).status_code == 200

    answer = add(service, voice, wav())

    assert answer.status_code == 429
    assert len(service.backend.storage.files) == 3


def test_nobody_adds_to_other_peoples_voices(service):
    theirs = saved(service, user="bob")

    answers = [add(service, voice, wav()) for voice in (theirs, "/api/voices/voice_x_01234567")]

    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].json == answers[1].json
    assert answers[0].json["error"]["message"] == "You have no voice with this id."
    assert len(service.backend.storage.files) == 2
    assert not service.backend.store.quotas.get("quotas/ann")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "audio_base64"),
        ({"audio_base64": as_base64(PNG)}, "audio"),
        ({"audio_base64": as_base64(wav(3, peak=0))}, "audio"),
        ({"audio_base64": as_base64(wav()), "name": "Ann"}, "name"),
    ],
)
def test_what_is_no_sample_is_refused_and_costs_nothing(service, body, field):
    voice = saved(service)
    before = dict(service.backend.store.values)

    assert problem(service.post(f"{voice}/samples", json=body))["field"] == field
    assert service.backend.store.values == before


@pytest.mark.parametrize(
    ("path", "called"),
    [
        ("/api/voices/voice_x_01234567", "voice"),
        ("/api/generations/voices/x", "voice"),
        ("/api/generations/voices/a.b", "voice"),
        ("/api/tts/generations/x/firebase", "speech"),
        ("/api/generations/images/x", "picture"),
        ("/api/generations/videos/x", "video"),
        ("/api/generations/x/x", "generation"),
    ],
)
def test_what_is_not_there_is_called_what_it_would_be(service, path, called):
    answer = service.get(path)

    assert answer.status_code == 404
    assert answer.json["error"]["message"] == f"You have no {called} with this id."
