"""Lines of the documents in docs/seeds.md that call RunPod directly, run as they are printed."""

import json

import pytest
import requests

from tests.e2e.app import objects, read
from tests.seeds.printed import curl, printed, run_node

pytestmark = pytest.mark.e2e

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


def test_the_workers_listener_hears_of_what_its_request_made(stack, tmp_path):
    told = run_node(stack, tmp_path, "worker.mjs", ENDPOINT_ID="local-image", MEDIA_TYPE="images")

    assert len(told["files"]) == 1
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
    assert (video["task_type"], video["fps"]) == ("text2video", 15)
    assert requests.get(video["video_url"], timeout=10).content[4:8] == b"ftyp"
    assert objects(stack, f"generating/{user.uid}/image/") == [
        f"generating/{user.uid}/image/unique-generation-id_{index}.png" for index in range(2)
    ]
    assert objects(stack, f"generating/{user.uid}/video/") == [
        f"generating/{user.uid}/video/unique-generation-id.mp4"
    ]
