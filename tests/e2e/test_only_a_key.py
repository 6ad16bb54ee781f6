"""The local RunPod in RunPod's place, for functions that hold a key and the ids of two workers.

No worker of ours runs here. Callbacks are lost, so that the look alone ends each job.
"""

import io

import av
import psutil
import pytest
import requests
from PIL import Image

from local.runpod.server import running_in_thread
from local.runpod.settings import Settings
from local.stack.child import ROOT, running_stack
from tests.e2e.app import User, objects, read, wait_until

pytestmark = pytest.mark.e2e

KEY = "rpa_OnlyAKey0123456789"
HUB = {"my-sdxl": "worker-sdxl", "my-comfyui": "worker-comfyui"}
LOST = {"action": {"type": "webhook_lost"}}
FILM = {"video_width": 720, "video_height": 720, "num_frames": 24}
FLUX = "flux-schnell"
SMALL = {"width": 256, "height": 320}


@pytest.fixture(scope="module")
def runpod():
    settings = Settings(ready_made_seconds=0.0, identity_fields=("prompt",))
    with running_in_thread([], api_key=KEY, hub=HUB, settings=settings) as runpod:
        yield runpod


@pytest.fixture(scope="module")
def stack(runpod, tmp_path_factory):
    with running_stack(
        tmp_path_factory.mktemp("only_a_key"),
        *("--only", "auth,functions,firestore,storage,tasks"),
        *("--env", f"RUNPOD_BASE_URL={runpod.url}", "--env", "RECONCILE_AFTER_SECONDS=2"),
        *("--env", "RUNPOD_SDXL_ENDPOINT_ID=my-sdxl"),
        *("--env", "RUNPOD_COMFYUI_ENDPOINT_ID=my-comfyui"),
        *("--env", "MAX_ACTIVE_PER_USER=100", "--env", "MAX_CALLS_PER_SECOND=1000"),
        *("--env", "MAX_DAILY_PER_GUEST=1000", "--bell-seconds", "2"),
        environment={"RUNPOD_API_KEY": KEY},
    ) as stack:
        yield stack


@pytest.fixture(scope="module")
def user(stack):
    return User.sign_up(stack)


def rule(prompt, **action):
    return {"match": {"input": {"prompt": prompt}}, "action": action, "count": 1}


TROUBLE = {
    "busy": {"type": "http", "status": 429},
    "failed": {"type": "fail", "error": "The model could not be reached."},
    "filtered": {"type": "fail", "error": "Content flagged by the safety checker: a prompt"},
    "without output": {"type": "complete_without_output"},
    "expired": {"type": "link", "how": "expired"},
    "foreign": {"type": "link", "how": "elsewhere", "to": "https://example.com/a.png"},
    "own metadata": {"type": "link", "how": "elsewhere", "to": "http://169.254.169.254/a"},
    "redirected": {"type": "link", "how": "redirect", "to": "http://127.0.0.1:9/a.png"},
    "wrong type": {"type": "link", "how": "wrong_type"},
    "two gigabytes": {"type": "link", "how": "endless"},
    "two gigabytes, said": {"type": "link", "how": "huge"},
}


@pytest.fixture(scope="module")
def made(runpod, stack, user):
    """All of it at once: name -> the document that it came to."""
    rules = [rule(f"a boat, {name}", **action) for name, action in TROUBLE.items()]
    controls = f"{runpod.origin}/local/faults"
    assert requests.put(controls, json=[*rules, LOST], timeout=5).status_code == 200
    started = {
        "text2img": user.generate("text2img", model=FLUX, prompt="a boat", **SMALL, seed=1),
        "text2video": user.generate("text2video", prompt="a boat at sea", **FILM),
        "voice": user.generate("voice_clone", name="Ann", audio=_sound(user)),
        "worker-sdxl": user.generate(
            "text2img", prompt="a steampunk dragon", **SMALL, num_images=2
        ),
        "comfyui": user.generate("text2img", model="comfyui-sdxl", prompt="a fox", **SMALL),
    }
    started |= {
        name: user.generate("text2img", model=FLUX, prompt=f"a boat, {name}", **SMALL)
        for name in TROUBLE
    }
    found = {name: wait_until(stack, one["path"]) for name, one in started.items()}
    later = {"init_image": _upload(user, _bytes(found["text2img"]))}
    voice = started["voice"]["file_uid"]
    square = {"width": 512, "height": 512}
    started = {
        "img2img": user.generate(
            "img2img", model="z-image-turbo", prompt="at night", **later, **square
        ),
        "img2video": user.generate("img2video", prompt="it sails", **later, **FILM),
        "tts": user.generate("tts", text="Good evening to all of you.", voice_id=voice),
        "refiner": user.generate("img2img", prompt="at night", **later),
        "inpaint": user.generate(
            "inpaint", prompt="a sail", mask_image=later["init_image"], **later, **SMALL
        ),
    }
    return found | {name: wait_until(stack, one["path"]) for name, one in started.items()}


def _sound(user):
    file = io.BytesIO()
    with av.open(file, "w", format="wav") as container:
        stream = container.add_stream("pcm_s16le", rate=16_000)
        stream.layout = "mono"
        frame = av.AudioFrame(format="s16", layout="mono", samples=48_000)
        frame.sample_rate = 16_000
        frame.planes[0].update(bytes(range(256)) * (frame.planes[0].buffer_size // 256))
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return user.upload("ann.wav", file.getvalue(), "audio/wav")


def _upload(user, data):
    return user.upload("start.png", data, "image/png")


def _bytes(document, number=0):
    data = document["generation_data"]
    urls = data.get("image_urls") or [data.get("video_url") or data.get("tts_url")]
    return requests.get(urls[number], timeout=10).content


def _picture(document, number=0):
    return Image.open(io.BytesIO(_bytes(document, number)))


def test_a_picture_has_the_asked_size_and_its_price(made):
    document = made["text2img"]
    assert (document["status"], _picture(document).size) == ("completed", (256, 320))
    assert document["metrics"]["cost_usd"] == pytest.approx(256 * 320 / 1e6 * 0.0024)


def test_a_picture_of_a_picture_and_a_film_of_a_picture_begin_with_it(made):
    assert _picture(made["img2img"]).size == (512, 512)
    for name in ("text2video", "img2video"):
        document = made[name]
        assert document["status"] == "completed", document
        with av.open(io.BytesIO(_bytes(document))) as film:
            assert film.streams.video[0].frames == 24
        assert document["metrics"]["cost_usd"] == pytest.approx(0.02)


def test_a_voice_keeps_its_sample_and_speaks_without_a_profile(made):
    voice, speech = made["voice"]["generation_data"], made["tts"]
    assert requests.get(voice["sample_url"], timeout=10).content.startswith(b"RIFF")
    assert "profile_url" not in voice
    assert speech["status"] == "completed", speech
    with av.open(io.BytesIO(_bytes(speech))) as sound:
        assert sound.duration / av.time_base > 1


def test_ready_workers_make_pictures_by_their_endpoint_ids(made):
    pictures = made["worker-sdxl"]
    assert pictures["status"] == "completed", pictures
    assert len(pictures["generation_data"]["files"]) == 2
    assert [_picture(pictures, number).size for number in (0, 1)] == [(256, 320)] * 2
    for name in ("comfyui", "refiner", "inpaint"):
        assert made[name]["status"] == "completed", made[name]
        assert _picture(made[name]).size == (256, 320)


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("failed", "worker_error", "The model could not be reached."),
        ("filtered", "rejected", "content filter"),
        ("without output", "output_missing", "without a result"),
        ("expired", "output_missing", "no longer there"),
        ("foreign", "output_invalid", "at a place from which"),
        ("own metadata", "output_invalid", "at a place from which"),
        ("redirected", "output_invalid", "at a place from which"),
        ("wrong type", "output_invalid", "not the media"),
        ("two gigabytes", "output_invalid", "larger than"),
        ("two gigabytes, said", "output_invalid", "larger than"),
    ],
)
def test_what_goes_wrong_ends_and_says_why(made, stack, user, name, code, words):
    document = made[name]
    assert (document["status"], document["error_code"]) == ("failed", code)
    assert words in document["error"]
    assert document["error"].endswith(".")
    assert "a prompt" not in document["error"]
    prefix = f"generating/{user.uid}/image/{document['file_uid']}"
    assert objects(stack, prefix) == []


def test_where_runpod_was_too_busy_it_is_asked_again(made):
    assert made["busy"]["status"] == "completed"


def test_in_the_end_nothing_is_left_running(made, stack, user):
    assert read(stack, f"quotas/{user.uid}")["leases"] == {}


def test_the_key_is_in_no_log_no_file_and_no_command_line(made, stack):
    logs = [path for path in stack.log_dir.rglob("*") if path.is_file()]
    assert len(logs) > 3
    assert [path for path in logs if KEY.encode() in path.read_bytes()] == []
    assert KEY not in (ROOT / "functions" / ".secret.local").read_text()
    lines = [" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])]
    assert [line for line in lines if KEY in line] == []
