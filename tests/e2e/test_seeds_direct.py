"""Lines of the documents in docs/seeds.md that call RunPod directly, run as they are printed."""

import json
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
import requests

from local.stack.child import ROOT
from tests.api.recorded import as_base64, npy, wav
from tests.e2e.app import objects, read
from tests.seeds.printed import curl, printed, run_node

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

SMALL_PICTURE = "width: 256, height: 256, steps: 1,"
SMALL_VIDEO = "video_width: 256, video_height: 256, num_frames: 8, steps: 1,"


@pytest.fixture
def stack(credentials_stack):
    """Whoever calls RunPod without the backend has workers that hold credentials."""
    return credentials_stack


@pytest.mark.parametrize(
    ("media_type", "endpoint", "more"),
    [("images", "local-image", SMALL_PICTURE), ("videos", "local-video", SMALL_VIDEO)],
)
def test_the_guides_call_completes_the_document_that_it_made_and_its_listener_hears_of_it(
    stack, tmp_path, media_type, endpoint, more
):
    kind = media_type.removesuffix("s") if media_type == "videos" else media_type
    fills = {"DOCUMENT": f"guide_{kind}_document.js", "ENDPOINT_ID": endpoint}

    told = run_node(stack, tmp_path, "guide.mjs", OTHER_PARAMETERS=more, **fills)

    assert told["status"] == "COMPLETED", told
    document = read(stack, f"generations/{told['user_id']}/{media_type}/{told['file_uid']}")
    assert (document["status"], document["generated"]) == ("completed", True)
    label, shown = told["ready"]
    if media_type == "images":
        assert (label, shown) == ("Images ready:", told["output"]["images"])
    else:
        assert (label, shown) == ("Video ready:", told["output"]["video_url"])
    assert document["request_data"]["prompt"] == "waves"
    assert document["note"] == "an app's own field"
    created, kept = map(datetime.fromisoformat, (told["created"], document["created_at"]))
    assert abs(kept - created) < timedelta(milliseconds=1)
    assert read(stack, f"jobs/{told['file_uid']}") is None


def test_the_workers_listener_hears_of_what_its_request_made(stack, tmp_path):
    told = run_node(stack, tmp_path, "worker.mjs", ENDPOINT_ID="local-image", MEDIA_TYPE="images")

    (url,) = told["files"]
    assert requests.get(url, timeout=10).content.startswith(b"\x89PNG")
    assert objects(stack, f"generating/{told['userId']}/") == [
        f"generating/{told['userId']}/image/{told['fileUid']}.png"
    ]


def test_the_workers_two_requests_are_answered_by_curl_as_it_says(stack, user):
    ids = {"USER_ID": user.uid, "FILE_UID": "unique-generation-id"}
    pictures, video = (
        curl(
            f"{stack.urls['runpod']}/{endpoint}/runsync",
            stack.runpod_api_key,
            *("-H", "Content-Type: application/json"),
            *("-d", f'{{"input": {printed(name, **ids)}}}'),
        )["output"]
        for name, endpoint in (
            ("worker_images.json", "local-image"),
            ("worker_video.json", "local-video"),
        )
    )

    assert len(pictures["images"]) == 2
    assert pictures["image_url"] == pictures["images"][0]
    assert (pictures["task_type"], pictures["user_id"]) == ("text2img", user.uid)
    assert isinstance(pictures["seed"], int)
    large = sum(len(requests.get(url, timeout=10).content) for url in pictures["images"])
    assert len(json.dumps(pictures)) < large / 10  # "50-90 % smaller"
    made = read(stack, f"generations/{user.uid}/images/unique-generation-id")
    assert (made["generated"], made["file_uid"]) == (True, pictures["file_uid"])
    assert (video["task_type"], video["fps"]) == ("text2video", 15)
    assert requests.get(video["video_url"], timeout=10).content[4:8] == b"ftyp"
    assert objects(stack, f"generating/{user.uid}/image/") == [
        f"generating/{user.uid}/image/unique-generation-id_{index}.png" for index in range(2)
    ]
    assert objects(stack, f"generating/{user.uid}/video/") == [
        f"generating/{user.uid}/video/unique-generation-id.mp4"
    ]


LINE_BY_LINE = """
import json, sys
from worker import firebase_service
for line, values in json.load(sys.stdin):
    print(json.dumps(eval(line, {"firebase_service": firebase_service} | values)))
"""


def test_the_services_methods_run_as_printed_and_what_they_upload_is_seen(stack, user, tmp_path):
    root, token = f"{stack.urls['functions']}/api", {"Authorization": f"Bearer {user.token}"}
    body = {"voice_name": "John Doe", "audio_base64": as_base64(wav())}
    body["profile_base64"] = as_base64(npy())
    voice = requests.post(f"{root}/voices/save", json=body, headers=token, timeout=60).json()
    voice_id = voice["voice_id"]
    sample = f"{voice_id}_sample_20260504_130000.wav"
    speech = f"TTS_{voice_id}_20260504_130000.wav"
    for name, data in {sample: wav(2), speech: wav(3), "x.npy": npy(), "old.wav": b""}.items():
        (tmp_path / name).write_bytes(data)
    path = f"voices/{voice_id}/samples/{sample}"
    lines = [line for line in printed("shared_service.txt").splitlines() if "(" in line]
    values = [
        {"voice_id": voice_id, "filename": sample},
        {"generation_id": f"gen_{user.uid}", "filename": speech},
        {"voice_id": voice_id, "filename": "x.npy"},
        {"firebase_path": path},
        {"voice_id": voice_id},
        {"runpod_path": "old.wav"},
    ]
    ran = subprocess.run(
        [sys.executable, "-c", LINE_BY_LINE],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'functions'}", **stack.environment},
        input=json.dumps(list(zip(lines, values, strict=True))),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    second, spoken, profile, shared, files, cleaned = map(json.loads, ran.stdout.splitlines())
    first = voice["metadata"]["firebase_urls"]["sample_url"]

    assert (shared, cleaned, list(tmp_path.iterdir())) == (second, True, [])
    assert [one["url"] for one in files["samples"]] == [second, first]
    seen = requests.get(f"{root}/voices/{voice_id}/firebase-urls", headers=token, timeout=60).json()
    assert seen["firebase_urls"]["sample_urls"] == [second, first]
    assert seen["firebase_urls"]["profile_url"] == profile
    assert requests.get(second, timeout=10).content == wav(2)
    newest = requests.get(f"{root}/tts/generations", headers=token, timeout=60).json()
    assert newest["generations"][0]["metadata"]["firebase_urls"]["tts_url"] == spoken
    usage = requests.get(f"{root}/tts/storage/usage", headers=token, timeout=60).json()
    taken = sum(map(len, (wav(), wav(2), wav(3), npy())))
    assert usage["storage_usage"]["total_size_bytes"] == taken
