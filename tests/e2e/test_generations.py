"""The main job as an app sees it: a prompt becomes a picture or a video."""

import hashlib
import io
import os
import subprocess

import av
import pytest
import requests
from PIL import Image

from local.stack.child import ROOT
from tests.e2e.app import User, objects, read, runpod_control, runpod_log, wait_gone, wait_until

pytestmark = pytest.mark.e2e

SMALL = {"width": 256, "height": 256, "steps": 2}
SHORT = {"video_width": 256, "video_height": 256, "num_frames": 12, "fps": 12, "steps": 2}


TROUBLES = ("raise", "refuse", "nothing", "garbage")


@pytest.fixture(scope="module")
def troubled(stack):
    """For each trouble a user and a generation; what they leave is cleared away after 30 s."""
    started = {}
    for trouble in TROUBLES:
        user = User.sign_up(stack)
        extra = {"trouble": trouble}
        started[trouble] = (user, user.generate("text2img", prompt="sea", extra=extra, **SMALL))
    return started


@pytest.fixture(scope="module")
def cancelled(stack):
    """A user and a video that was being made when it was cancelled."""
    user = User.sign_up(stack)
    accepted = user.generate("text2video", prompt="sea", num_frames=257)
    wait_until(stack, accepted["path"], "processing")
    name = {"media_type": "videos", "file_uid": accepted["file_uid"]}
    assert user.call("cancel", name)[1]["status"] == "cancelled"
    return user, accepted


def example(stack, *arguments):
    """Run the README's example against the stack."""
    return subprocess.run(
        ["node", "generate.mjs", "--offset", str(stack.port_offset), *arguments],
        cwd=ROOT / "examples" / "node",
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def saved(run):
    return [
        ROOT / "examples" / "node" / line.removeprefix("Saved ")
        for line in run.stdout.splitlines()
        if line.startswith("Saved ")
    ]


def test_the_example_shows_the_seeds_listener_and_saves_a_picture(stack):
    run = example(stack, "--prompt", "a forest in the morning")
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("Images ready:") == 1, "an ended document changes no more"
    assert "completed" in run.stdout
    (file,) = saved(run)
    with Image.open(file) as picture:
        assert picture.format == "PNG"


def test_the_example_saves_a_video(stack):
    run = example(stack, "--video", "--prompt", "waves")
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("Video ready:") == 1
    (file,) = saved(run)
    with av.open(file) as video:
        assert video.streams.video[0].codec_context.name == "h264"


def test_a_single_picture_has_the_plain_name_and_the_documents_fields(stack, user):
    accepted = user.generate("text2img", prompt="sea", **SMALL)
    uid = accepted["file_uid"]
    path = f"generations/{user.uid}/images/{uid}"
    assert accepted == {
        "file_uid": uid,
        "user_id": user.uid,
        "media_type": "images",
        "status": "queued",
        "path": path,
        "duplicate": False,
    }
    document = wait_until(stack, path)
    name = f"generating/{user.uid}/image/{uid}.png"
    data = document["generation_data"]
    assert document["status"] == "completed"
    assert document["generated"] is True
    assert document["attempt"] == 1
    assert document["task_type"] == "text2img"
    assert document["request_data"]["guidance_scale"] == 7.0
    assert document["request_data"]["seed"] == data["seed"]
    assert data["image_urls"] == [data["image_url"]]
    assert data["files"] == [
        {"path": name, "content_type": "image/png", "size_bytes": document["size_bytes"]}
    ]
    assert document["metrics"].keys() == {"delay_ms", "execution_ms"}
    assert document["created_at"] <= document["started_at"] <= document["completed_at"]
    assert document.keys().isdisjoint({"progress", "preview"})
    picture = requests.get(data["image_url"], timeout=10)
    assert picture.headers["Content-Type"] == "image/png"
    assert len(picture.content) == document["size_bytes"]
    assert Image.open(io.BytesIO(picture.content)).size == (256, 256)
    assert picture.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    # The emulator adds a name of its own, in a form that nobody reads.
    assert picture.headers["Content-Disposition"].startswith('inline; filename="sea.png"')
    (output,) = data["outputs"]
    assert (output["width"], output["height"], output["url"]) == (256, 256, data["image_url"])
    assert len(output["thumbhash"]) <= 40
    thumb = requests.get(output["thumb_url"], timeout=10)
    assert Image.open(io.BytesIO(thumb.content)).format == "WEBP"
    assert len(thumb.content) <= 20_000
    assert read(stack, f"jobs/{uid}") is None
    assert read(stack, f"quotas/{user.uid}")["leases"] == {}


def test_several_pictures_are_numbered_files(stack, user):
    accepted = user.generate("text2img", prompt="sea", num_images=4, **SMALL)
    document = wait_until(stack, accepted["path"])
    prefix = f"generating/{user.uid}/image/{accepted['file_uid']}"
    expected = [f"{prefix}_{i}.png" for i in range(4)]
    assert [file["path"] for file in document["generation_data"]["files"]] == expected
    assert objects(stack, prefix) == expected
    contents = [
        requests.get(url, timeout=10).content for url in document["generation_data"]["image_urls"]
    ]
    assert len({hashlib.sha256(content).digest() for content in contents}) == 4


def test_the_same_request_and_seed_make_the_same_bytes(stack, user):
    hashes = []
    for _ in range(2):
        accepted = user.generate("text2img", prompt="sea", seed=7, **SMALL)
        document = wait_until(stack, accepted["path"])
        content = requests.get(document["generation_data"]["image_url"], timeout=10).content
        hashes.append(hashlib.sha256(content).hexdigest())
    assert hashes[0] == hashes[1]


def test_a_video_has_the_frames_size_and_rate_asked_for(stack, user):
    accepted = user.generate("text2video", prompt="sea", **SHORT)
    document = wait_until(stack, accepted["path"])
    data = document["generation_data"]
    assert (data["fps"], data["num_frames"]) == (12, 12)
    assert objects(stack, f"generating/{user.uid}/video/") == [
        f"generating/{user.uid}/video/{accepted['file_uid']}.mp4"
    ]
    content = requests.get(data["video_url"], timeout=10).content
    with av.open(io.BytesIO(content)) as video:
        stream = video.streams.video[0]
        frames = list(video.decode(stream))
        assert len(frames) == 12
        assert (stream.width, stream.height, stream.average_rate) == (256, 256, 12)


@pytest.mark.parametrize(("task_type", "size"), [("img2img", SMALL), ("img2video", SHORT)])
def test_a_start_image_of_the_users_own_is_used(stack, user, task_type, size):
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), (200, 30, 30)).save(picture, "PNG")
    path = user.upload("start.png", picture.getvalue(), "image/png")
    accepted = user.generate(task_type, prompt="sea", init_image=path, **size)
    assert wait_until(stack, accepted["path"])["status"] == "completed"


def test_a_part_of_a_picture_is_painted_anew_and_comes_as_webp(stack, user):
    picture, mask = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (256, 256), (200, 30, 30)).save(picture, "PNG")
    Image.linear_gradient("L").point(lambda level: 255 * (level > 127)).save(mask, "PNG")
    files = {
        "init_image": user.upload("whole.png", picture.getvalue(), "image/png"),
        "mask_image": user.upload("mask.png", mask.getvalue(), "image/png"),
    }
    asked = {"prompt": "sea", "strength": 1, "output_format": "webp"}
    accepted = user.generate("inpaint", **files, **asked, **SMALL)
    data = wait_until(stack, accepted["path"])["generation_data"]

    assert data["files"][0]["path"].endswith(f"/image/{accepted['file_uid']}.webp")
    answer = requests.get(data["image_url"], timeout=10)
    assert answer.headers["Content-Type"] == "image/webp"
    with Image.open(io.BytesIO(answer.content)) as made:
        assert (made.format, made.size) == ("WEBP", (256, 256))
        kept, painted = made.getpixel((128, 40)), made.getpixel((128, 220))
    assert kept == pytest.approx((200, 30, 30), abs=8)
    assert painted != pytest.approx((200, 30, 30), abs=40)


def test_users_see_only_their_own(stack, sign_up):
    owner, other = sign_up(), sign_up()
    accepted = owner.generate("text2img", prompt="sea", **SMALL)
    wait_until(stack, accepted["path"])
    assert owner.document(accepted["path"]).status_code == 200
    assert other.document(accepted["path"]).status_code == 403
    assert other.document(f"generations/{owner.uid}/images").status_code == 403
    for function in ("cancel", "retry", "discard"):
        name = {"media_type": "images", "file_uid": accepted["file_uid"]}
        status, error = other.call(function, name)
        assert (status, error["status"]) == (404, "NOT_FOUND")
    assert read(stack, accepted["path"])["status"] == "completed"


@pytest.mark.parametrize("trouble", TROUBLES)
def test_an_engine_in_trouble_ends_with_a_sentence_and_a_code(stack, troubled, trouble):
    document = wait_until(stack, troubled[trouble][1]["path"])
    # Without credentials a worker's sentence comes by RunPod, which carries no code beside it.
    assert (document["status"], document["error_code"]) == ("failed", "worker_error")
    assert document["error"].endswith(".")
    assert not any(word in document["error"] for word in ("Traceback", "gpu-7", "CUDA", "/"))


def test_a_killed_workers_generation_is_made_by_the_next_run(stack, user):
    rule = {
        "match": {"input": {"user_id": user.uid}},
        "action": {"type": "worker_kill", "after_seconds": 1.2},
        "count": 1,
    }
    requests.put(f"{runpod_control(stack)}/faults", json=[rule], timeout=10).raise_for_status()
    accepted = user.generate("text2video", prompt="sea", num_frames=120)
    document = wait_until(stack, accepted["path"])
    assert document["status"] == "completed"
    (job,) = runpod_log(stack, accepted["file_uid"])
    assert len(job["taken"]) == 2


def test_cancel_stops_a_running_video(stack, cancelled):
    _, accepted = cancelled
    assert read(stack, accepted["path"])["status"] == "cancelled"
    assert [job["status"] for job in runpod_log(stack, accepted["file_uid"])] == ["CANCELLED"]


def test_retry_makes_a_cancelled_one_under_the_same_name(stack, user):
    accepted = user.generate("text2video", prompt="sea", **SHORT | {"num_frames": 250})
    name = {"media_type": "videos", "file_uid": accepted["file_uid"]}
    assert user.call("cancel", name)[1]["status"] == "cancelled"
    assert user.call("retry", name)[1]["status"] == "queued"
    document = wait_until(stack, accepted["path"])
    assert (document["status"], document["attempt"]) == ("completed", 2)
    assert len(objects(stack, f"generating/{user.uid}/")) == 1


def test_discard_takes_document_and_files(stack, user):
    accepted = user.generate("text2img", prompt="sea", **SMALL)
    document = wait_until(stack, accepted["path"])
    name = {"media_type": "images", "file_uid": accepted["file_uid"]}
    assert user.call("discard", name)[0] == 200
    assert read(stack, accepted["path"]) is None
    assert objects(stack, f"generating/{user.uid}/") == []
    assert requests.get(document["generation_data"]["image_url"], timeout=10).status_code != 200
    assert user.call("discard", name)[0] == 404


def test_what_failed_or_was_cancelled_leaves_nothing(stack, troubled, cancelled):
    for user, accepted in (*troubled.values(), cancelled):
        wait_gone(stack, f"jobs/{accepted['file_uid']}")
        assert read(stack, accepted["path"])["status"] in {"failed", "cancelled"}
        assert objects(stack, f"generating/{user.uid}/") == []
        assert read(stack, f"quotas/{user.uid}")["leases"] == {}
