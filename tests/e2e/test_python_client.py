"""The Python client against the stack, as a server or a notebook has it."""

import asyncio
import os
import subprocess
import sys

import pytest
from firepod_client import AsyncFirepod, Firepod, FirepodError, GenerationEnded
from PIL import Image

from local.stack.child import ROOT

pytestmark = pytest.mark.e2e

SMALL = {"task_type": "text2img", "prompt": "a lighthouse", "width": 256, "height": 256}


@pytest.fixture(scope="module")
def firepod(stack):
    with Firepod.local(port_offset=stack.port_offset) as client:
        yield client


def test_a_picture_is_made_downloaded_and_another_one_made_of_it(firepod, tmp_path, capsys):
    seen = []
    made = firepod.run({**SMALL, "num_images": 2}, on_update=seen.append, progress=True)
    assert [one.status for one in seen][-1] == "completed"
    assert "completed" in capsys.readouterr().err
    first, second = [firepod.download(one, tmp_path) for one in made.outputs]
    with Image.open(first) as picture:
        assert picture.size == (256, 256)
    assert first.name.endswith("_0.png")

    start = firepod.upload(second)
    assert firepod.upload(second.read_bytes(), "again.png") == start
    painted = firepod.run({**SMALL, "task_type": "img2img", "init_image": start}, timeout=60)
    direct = firepod.run({**SMALL, "task_type": "img2img", "init_image": made.outputs[0].path})
    assert painted.status == direct.status == "completed"
    assert [one.path for one in firepod.generations()] == [
        one.path for one in (direct, painted, made)
    ]
    assert firepod.get(made.path).outputs == made.outputs


def test_the_example_makes_a_picture_and_a_video_of_it(stack, tmp_path):
    command = [sys.executable, "examples/python/generate.py", "a fox", "--out", str(tmp_path)]
    ran = subprocess.run(
        [*command, "--port-offset", str(stack.port_offset)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "clients/python"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert sorted(one.suffix for one in tmp_path.iterdir()) == [".mp4", ".png"]


def test_the_walk_through_rest_with_curl_goes_to_its_end(stack):
    ran = subprocess.run(
        ["examples/curl.sh", str(stack.port_offset)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "\ncompleted\n" in ran.stdout
    assert ran.stdout.count("a lighthouse at sunset") == 1


def test_what_was_started_is_cancelled_started_again_and_discarded(firepod):
    film = {"task_type": "text2video", "prompt": "waves", "num_frames": 257, "fps": 60}
    started = firepod.generate(film)
    firepod.cancel(started)
    with pytest.raises(GenerationEnded) as ended:
        firepod.wait(started)
    assert ended.value.code == "cancelled"
    assert firepod.retry(started).status == "queued"
    firepod.discard(started)
    with pytest.raises(FirepodError) as gone:
        firepod.get(started)
    assert gone.value.code == "not-found"


def test_what_is_left_is_told_and_a_misspelt_field_is_refused(firepod):
    assert firepod.quota()["daily"]["used"] > 0
    assert firepod.models()
    with pytest.raises(FirepodError) as refused:
        firepod.generate({**SMALL, "promt": "x"})
    assert "prompt" in refused.value.fields["promt"]


def test_several_at_a_time_with_asyncio_and_nothing_is_left_after_erasing(stack):
    async def run():
        async with AsyncFirepod.local(port_offset=stack.port_offset) as firepod:
            made = await asyncio.gather(
                *(firepod.run({**SMALL, "prompt": one}) for one in ("a boat", "a fox"))
            )
            known = {one.path async for one in firepod.generations(media_type="images")}
            assert known == {one.path for one in made}
            sizes = [len((await firepod.page(limit=1)).generations)]
            await firepod.erase()
            return sizes

    assert asyncio.run(run()) == [1]
