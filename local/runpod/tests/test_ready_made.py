"""RunPod's public endpoints: no worker of ours, real files under links, a price in the answer."""

import io
import time

import av
import pytest
import requests
from PIL import Image

FLUX = "black-forest-labs-flux-1-schnell"
SMALL = {"prompt": "a lighthouse", "width": 256, "height": 320, "seed": 3}


@pytest.fixture
def runpod(serve):
    return serve(ready_made_seconds=0.0)


@pytest.fixture
def at(runpod, client_of):
    """A client of one ready-made endpoint."""
    return lambda endpoint: client_of(runpod, endpoint)


def output(client, job_input):
    return client.until(client.run(job_input), "COMPLETED")["output"]


def error(client, job_input):
    return client.until(client.run(job_input), "FAILED")["error"]


def fetched(url, **options):
    return requests.get(url, timeout=10, **options)


def image(url):
    return Image.open(io.BytesIO(fetched(url).content))


@pytest.mark.parametrize(("kind", "pillow"), [("jpeg", "JPEG"), ("png", "PNG")])
def test_a_public_endpoint_makes_a_picture_of_the_asked_size_and_tells_its_cost(at, kind, pillow):
    made = output(at(FLUX), SMALL | {"image_format": kind})

    assert made.keys() == {"image_url", "cost"}
    assert made["cost"] == pytest.approx(256 * 320 / 1e6 * 0.0024)
    assert (image(made["image_url"]).size, image(made["image_url"]).format) == ((256, 320), pillow)
    assert fetched(made["image_url"]).headers["Content-Type"] == f"image/{kind}"


def test_the_same_seed_makes_the_same_bytes_and_another_one_others(at):
    urls = [output(at(FLUX), SMALL | {"seed": seed})["image_url"] for seed in (3, 3, 4)]
    first, second, third = (fetched(url).content for url in urls)

    assert len(set(urls)) == 3
    assert first == second != third


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"width": 300}, "width must be divisible by 64"),
        ({"width": 2048}, "width must be at most 1536"),
        ({"num_inference_steps": 9}, "num_inference_steps must be at most 8"),
        ({"image_format": "webp"}, "image_format must be one of png, jpeg"),
        ({"seed": "3"}, "seed must be an integer"),
        ({"num_images": 2}, "num_images is not known"),
        ({"prompt": ""}, "prompt is required"),
    ],
)
def test_a_wrong_parameter_fails_the_job_and_is_named(at, wrong, words):
    assert error(at(FLUX), SMALL | wrong) == f"Invalid parameter: {words}"


def test_an_image_is_fetched_and_shines_through(at):
    start = output(at(FLUX), SMALL)["image_url"]
    asked = {"prompt": "at night", "seed": 1, "size": "512*512"}
    alone = output(at("z-image-turbo"), asked)["image_url"]
    above = output(at("z-image-turbo"), asked | {"image": start})["image_url"]

    assert fetched(alone).content != fetched(above).content
    assert image(above).size == (512, 512)
    edited = output(at("qwen-image-edit"), {"prompt": "at night", "image": start})
    assert (image(edited["image_url"]).size, edited["cost"]) == ((256, 320), 0.02)


def test_an_image_that_cannot_be_fetched_or_is_none_fails_the_job(at, runpod):
    for url in (f"{runpod.origin}/results/gone/a.png", "no url", f"{runpod.origin}/local/faults"):
        assert error(at("z-image-turbo"), {"prompt": "x", "image": url}) == "Invalid image URL"


def test_an_image_that_has_no_end_fails_the_job(at, monkeypatch):
    monkeypatch.setattr("local.runpod.ready_made.kit.MOST_FETCHED", 1_000_000)
    start = link_fault(at(FLUX), how="endless")
    assert error(at("z-image-turbo"), {"prompt": "x", "image": start}) == "Invalid image URL"


def test_the_oldest_results_go_when_there_is_no_more_room(at, monkeypatch):
    urls = [output(at(FLUX), SMALL | {"seed": seed})["image_url"] for seed in (1, 2)]
    monkeypatch.setattr("local.runpod.ready_made.links.MOST_BYTES", 1)
    urls.append(output(at(FLUX), SMALL)["image_url"])
    assert [fetched(url).status_code for url in urls] == [404, 404, 200]


def test_of_an_endpoints_jobs_no_more_than_two_run_at_once(serve, client_of):
    client = client_of(serve(ready_made_seconds=0.2), FLUX)
    jobs = [client.run(SMALL) for _ in range(3)]
    for job_id in jobs:
        client.until(job_id, "COMPLETED")

    taken = sorted(client.history(job_id)["taken"][0]["at"] for job_id in jobs)
    assert taken[2] - taken[0] >= 0.2


def test_a_film_has_the_asked_seconds_and_shape(at):
    start = output(at(FLUX), SMALL)["image_url"]
    asked = {"prompt": "the sea", "duration": 1, "seed": 1}
    for more, size in (({"aspect_ratio": "1:1"}, (720, 720)), ({"image": start}, (720, 896))):
        made = output(at("p-video"), asked | more)
        assert made["cost"] == pytest.approx(0.02)
        with av.open(io.BytesIO(fetched(made["video_url"]).content)) as film:
            video = film.streams.video[0]
            assert (video.width, video.height, video.frames) == (*size, 24)


@pytest.mark.parametrize(("kind", "head"), [("wav", b"RIFF"), ("flac", b"fLaC"), ("ogg", b"OggS")])
def test_a_voice_speaks_as_long_as_its_text_and_a_sample_is_a_voice_of_its_own(at, kind, head):
    asked = {"prompt": "Thirty letters and a bit more.", "format": kind}
    first = output(at("chatterbox-turbo"), asked)
    sound = fetched(first["audio_url"]).content
    sample = {"voice_url": first["audio_url"]}
    cloned = fetched(output(at("chatterbox-turbo"), asked | sample)["audio_url"]).content

    assert first.keys() == {"audio_url"}
    assert sound.startswith(head)
    assert sound != cloned
    with av.open(io.BytesIO(sound)) as audio:
        assert audio.duration / av.time_base == pytest.approx(2.0, abs=0.1)


def test_another_voice_endpoint_answers_with_mp3_and_counts_characters(at):
    made = output(at("minimax-speech-02-hd"), {"prompt": "A short one.", "emotion": "happy"})

    assert made["cost"] == pytest.approx(12 * 0.05 / 1000)
    assert fetched(made["audio_url"]).content[:2] in {b"\xff\xfb", b"\xff\xf3", b"ID"}


def test_a_public_endpoint_calls_back_and_can_be_cancelled(serve, client_of, receiver):
    client = client_of(serve(ready_made_seconds=0.2), FLUX)
    cancelled = client.run(SMALL)
    client.until(cancelled, "IN_PROGRESS")
    assert client.call("POST", f"cancel/{cancelled}").json()["status"] == "CANCELLED"
    done = client.run(SMALL, webhook=receiver.url)

    (body,) = receiver.wait_for(1)
    assert (body["id"], body["status"]) == (done, "COMPLETED")
    assert client.status(cancelled)["status"] == "CANCELLED"


def link_fault(client, **action):
    client.faults({"action": {"type": "link", **action}})
    return output(client, SMALL)["image_url"]


def test_a_link_can_be_over_its_time_by_itself_or_as_a_fault(serve, client_of, clock):
    client = client_of(serve(ready_made_seconds=0.0, clock=clock), FLUX)
    url = output(client, SMALL)["image_url"]
    assert fetched(url).status_code == 200
    clock.now += 7 * 86_400
    assert fetched(url).status_code == 404
    assert fetched(link_fault(client, how="expired")).status_code == 404


def test_a_link_can_lead_elsewhere_redirect_and_serve_a_page(at):
    client = at(FLUX)
    assert link_fault(client, how="elsewhere", to="https://foreign.test/a") == (
        "https://foreign.test/a"
    )
    there = fetched(
        link_fault(client, how="redirect", to="http://10.0.0.1/"), allow_redirects=False
    )
    assert (there.status_code, there.headers["Location"]) == (302, "http://10.0.0.1/")
    page = fetched(link_fault(client, how="wrong_type"))
    assert (page.headers["Content-Type"].partition(";")[0], page.content[:2]) == (
        "image/jpeg",
        b"<!",
    )


@pytest.mark.parametrize(("how", "length"), [("endless", None), ("huge", "2000000000")])
def test_a_link_can_go_on_to_two_gigabytes(at, how, length):
    with fetched(link_fault(at(FLUX), how=how), stream=True) as answer:
        assert answer.headers.get("Content-Length") == length
        chunks = answer.iter_content(1_000_000)
        assert sum(len(next(chunks)) for _ in range(5)) > 4_000_000


def test_a_link_can_hang(at):
    url = link_fault(at(FLUX), how="hangs")
    with pytest.raises(requests.ReadTimeout):
        requests.get(url, timeout=(1, 0.2))


def test_refusals_of_a_content_filter_are_a_fault_of_the_usual_kind(at):
    client = at(FLUX)
    client.faults({"action": {"type": "fail", "error": "Content flagged as sensitive."}})

    assert error(client, SMALL) == "Content flagged as sensitive."


def test_an_endpoint_that_nobody_has_stays_unknown(at):
    assert at("flux-of-somebody").call("POST", "run", json={"input": {}}).status_code == 404


def test_a_job_that_takes_longer_than_workers_may_be_silent_is_not_lost(serve, client_of):
    client = client_of(serve(ready_made_seconds=0.5, worker_silence=0.2), FLUX)
    began = time.monotonic()
    job_id = client.run(SMALL)

    assert client.until(job_id, "COMPLETED", "FAILED")["status"] == "COMPLETED"
    assert time.monotonic() - began >= 0.5
    assert len(client.history(job_id)["taken"]) == 1
