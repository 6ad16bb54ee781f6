"""Lines of the documents in docs/seeds.md that call the backend, run as they are printed."""

import json

import pytest
import requests

from tests.api.recorded import wav
from tests.seeds.printed import calls, curl, run_node

pytestmark = pytest.mark.e2e


def test_the_summarys_listener_shows_a_video_as_soon_as_it_is_ready(stack, tmp_path):
    told = run_node(stack, tmp_path, "summary.mjs")

    assert requests.get(told["url"], timeout=10).content[4:8] == b"ftyp"
    assert told["counts"] == [1, 1]


def test_a_page_plays_the_voice_that_it_has_cloned(stack, user, tmp_path):
    (tmp_path / "recording.wav").write_bytes(wav(4))
    spoken = speak(stack, user, tmp_path)
    sample, speech = (one["metadata"]["firebase_urls"] for one in spoken)
    urls = {"SAMPLE_URL": sample["sample_url"], "TTS_URL": speech["tts_url"]}

    told = run_node(stack, tmp_path, "shared.mjs", **urls)

    assert told["said"].keys() >= {"voice_id", "voice_name", "audio_base64", "profile_base64"}
    assert (told["said"]["status"], told["said"]["voice_name"]) == ("success", "John Doe")
    assert told["said"]["metadata"]["shared_access"] is True
    assert told["played"] == sample["sample_url"]


def test_each_call_of_the_voice_document_is_answered_by_curl_with_what_it_says(
    stack, user, tmp_path
):
    (tmp_path / "recording.wav").write_bytes(wav(4))
    voice, speech = speak(stack, user, tmp_path)
    ids = {"VOICE_ID": voice["voice_id"], "GENERATION_ID": speech["generation_id"]}
    asked = [*calls("shared_voices.http", **ids), *calls("shared_speech.http", **ids)]

    said = [curl(stack.urls["hosting"] + path, user.token) for m, path in asked if m == "GET"]

    of_voice, newest, of_speech, usage = said
    sample_url = voice["metadata"]["firebase_urls"]["sample_url"]
    assert of_voice["firebase_urls"]["sample_url"] == newest["sample_url"] == sample_url
    assert of_speech["tts_url"] == speech["metadata"]["firebase_urls"]["tts_url"]
    assert usage["storage_usage"].keys() == {"total_size_bytes", "total_size_mb", "file_count"}
    assert usage["storage_usage"]["file_count"] == 3


def speak(stack, user, folder):
    """A voice and its speech, by the two POST calls that the document prints."""
    (_, clone), (_, generate) = (
        call
        for name in ("shared_voices.http", "shared_speech.http")
        for call in calls(name, VOICE_ID="any", GENERATION_ID="any")
        if call[0] == "POST"
    )
    form = ("-F", "name=John Doe", "-F", f"audio=@{folder / 'recording.wav'};type=audio/wav")
    voice = curl(stack.urls["hosting"] + clone, user.token, *form)
    text = {"voice_id": voice["voice_id"], "text": "Hello, this is a test..."}
    json_body = ("-H", "Content-Type: application/json", "-d", json.dumps(text))
    return voice, curl(stack.urls["hosting"] + generate, user.token, *json_body)
