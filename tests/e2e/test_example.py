"""The example: the Firebase JS SDK, and a listener as apps have it."""

import signal
import subprocess
from pathlib import Path

import pytest

from local.stack.child import ROOT, RunningStack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

COMMAND = ("node", str(ROOT / "examples" / "node" / "generate.mjs"))
PNG = b"\x89PNG\r\n\x1a\n"


def example(stack: RunningStack, folder: Path, *arguments: str):
    return subprocess.run(
        [*COMMAND, "--offset", str(stack.port_offset), "--out", str(folder), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_picture_is_saved_and_the_guides_listener_hears_of_it(stack, tmp_path: Path):
    ran = example(stack, tmp_path, "--prompt", 'a "lighthouse" & the sea')

    assert ran.returncode == 0, ran.stderr
    (file,) = tmp_path.iterdir()
    assert file.read_bytes().startswith(PNG)
    assert f"Saved {file}" in ran.stdout
    assert "Images ready:" in ran.stdout
    assert "100 %  completed" in ran.stdout


def test_several_pictures_are_numbered_files(stack, tmp_path: Path):
    ran = example(stack, tmp_path, "--num-images", "3")

    assert ran.returncode == 0, ran.stderr
    names = sorted(file.name for file in tmp_path.iterdir())
    assert [name.rpartition("_")[2] for name in names] == ["0.png", "1.png", "2.png"]


def test_the_same_prompt_and_seed_make_the_same_picture(stack, tmp_path: Path):
    for folder in ("first", "second"):
        ran = example(stack, tmp_path / folder, "--prompt", "a comet", "--seed", "7")
        assert ran.returncode == 0, ran.stderr

    first, second = sorted(tmp_path.glob("*/*.png"))
    assert first.read_bytes() == second.read_bytes()


def test_a_signed_in_user_gets_a_video(stack, tmp_path: Path):
    account = ("--email", "ada@example.com", "--password", "correct horse")

    ran = example(stack, tmp_path, "--video", *account)

    assert ran.returncode == 0, ran.stderr
    (file,) = tmp_path.iterdir()
    assert file.suffix == ".mp4"
    assert file.read_bytes()[4:8] == b"ftyp"
    assert "Video ready:" in ran.stdout


def test_what_is_not_accepted_says_which_field(stack, tmp_path: Path):
    ran = example(stack, tmp_path, "--num-images", "9")

    assert ran.returncode == 3
    assert "invalid-argument" in ran.stderr
    assert "num_images" in ran.stderr


def test_ctrl_c_cancels_the_generation(stack, tmp_path: Path):
    # As many as may be, so that there is something left to cancel.
    many = ("--out", str(tmp_path), "--num-images", "8")
    command = [*COMMAND, "--offset", str(stack.port_offset), *many]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "is queued" in line
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Cancelled." in errors
    assert list(tmp_path.iterdir()) == []


def test_without_a_stack_it_says_how_to_start_one(tmp_path: Path):
    ran = subprocess.run(
        [*COMMAND, "--offset", "50000"], capture_output=True, text=True, timeout=60, check=False
    )

    assert ran.returncode == 3
    assert "make start" in ran.stderr


def test_wrong_options_are_explained(tmp_path: Path):
    ran = subprocess.run(
        [*COMMAND, "--colour", "red"], capture_output=True, text=True, timeout=60, check=False
    )

    assert ran.returncode == 2
    assert "Usage: node generate.mjs" in ran.stderr
