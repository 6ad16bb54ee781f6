"""The REST API through Hosting: a voice is cloned from a recording, speaks, and can be played."""

import io

import av
import pytest
import requests

from tests.api.recorded import as_base64, npy, wav

pytestmark = pytest.mark.e2e


class Api:
    """The API behind Hosting as one user calls it."""

    def __init__(self, stack, user):
        self.root = f"{stack.urls['hosting']}/api"
        self.headers = {"Authorization": f"Bearer {user.token}"}

    def get(self, path):
        return requests.get(f"{self.root}{path}", headers=self.headers, timeout=65)

    def post(self, path, **arguments):
        return requests.post(f"{self.root}{path}", headers=self.headers, timeout=65, **arguments)


@pytest.fixture
def api(stack, user):
    return Api(stack, user)


def plays(url, content_type="audio/wav"):
    """Fetch sound as a browser's `Audio` does; returns its seconds."""
    origin = {"Origin": "https://app.example"}
    part = requests.get(url, headers={"Range": "bytes=0-99", **origin}, timeout=10)
    assert part.status_code == 206
    assert len(part.content) == 100
    assert part.headers["Access-Control-Allow-Origin"] in {"*", origin["Origin"]}
    assert part.headers["Content-Type"] == content_type
    whole = requests.get(url, headers=origin, timeout=10)
    with av.open(io.BytesIO(whole.content)) as sound:
        stream = sound.streams.audio[0]
        return sum(frame.samples for frame in sound.decode(stream)) / stream.rate


def test_a_voice_is_cloned_and_speaks(api):
    files = {"audio": ("me.wav", wav(4), "audio/wav")}
    cloned = api.post("/voices/clone", data={"name": "John Doe"}, files=files)
    assert cloned.status_code == 200, cloned.text
    voice = cloned.json()
    assert plays(voice["metadata"]["firebase_urls"]["sample_url"]) > 0

    body = {"voice_id": voice["voice_id"], "text": "Hello, this is a test."}
    spoken = api.post("/tts/generate", json=body)
    assert spoken.status_code == 200, spoken.text
    speech = spoken.json()
    seconds = plays(speech["metadata"]["firebase_urls"]["tts_url"])
    assert seconds > 0.5
    small = api.post("/tts/generate", json=body | {"output_format": "mp3"}).json()
    tts_url = small["metadata"]["firebase_urls"]["tts_url"]
    assert plays(tts_url, "audio/mpeg") == pytest.approx(seconds, abs=0.1)

    urls = api.get(f"/voices/{voice['voice_id']}/firebase-urls").json()["firebase_urls"]
    assert urls["sample_url"] == voice["metadata"]["firebase_urls"]["sample_url"]
    listed = api.get("/tts/generations").json()["generations"]
    assert [one["generation_id"] for one in listed] == [
        small["generation_id"],
        speech["generation_id"],
    ]
    usage = api.get("/tts/storage/usage").json()["storage_usage"]
    assert usage["file_count"] == 4
    assert usage["total_size_bytes"] > 0


def test_a_saved_voice_plays(api):
    body = {
        "voice_name": "X",
        "audio_base64": as_base64(wav(2)),
        "profile_base64": as_base64(npy()),
    }
    saved = api.post("/voices/save", json=body)

    assert saved.status_code == 200, saved.text
    assert plays(saved.json()["metadata"]["firebase_urls"]["sample_url"]) == 2


def test_a_picture_is_waited_for(api):
    body = {"task_type": "text2img", "prompt": "sea", "width": 256, "height": 256, "steps": 1}
    headers = {**api.headers, "Prefer": "wait=40"}
    done = requests.post(f"{api.root}/generations", json=body, headers=headers, timeout=65)

    assert done.status_code == 200, done.text
    assert done.json()["status"] == "completed"
    assert api.get("/generations?limit=1").json()["generations"] == [done.json()]


def test_the_service_is_well(api):
    checks = {"firestore": "ok", "storage": "ok", "runpod": "ok"}

    assert api.get("/health?deep=1").json()["checks"] == checks


def test_a_recording_has_25_mib_at_most_on_the_whole_way(api):
    mib = 1024 * 1024
    files = {"audio": ("me.wav", b"RIFF" + b"\0" * (25 * mib - 3), "audio/wav")}

    refused = api.post("/voices/clone", data={"name": "Large"}, files=files)

    assert refused.status_code == 413
    assert refused.json()["error"]["code"] == "payload-too-large"


def test_the_page_of_the_api_reads_its_document(api):
    """What the page needs comes with the deployed packages."""
    for path in ("/docs", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/openapi.json"):
        assert requests.get(f"{api.root}{path}", timeout=10).status_code == 200
