"""The way of a voice through production, by curl: RunPod is called without the backend."""

import os
import re
import subprocess
import wave

import pytest

from local.stack.child import ROOT
from tests.api.recorded import wav

pytestmark = pytest.mark.e2e

SCRIPT = ROOT / "examples" / "voice-workflow" / "workflow.sh"


@pytest.mark.parametrize("who", ["a guest", "a user"])
def test_a_client_clones_saves_speaks_saves_lists_and_plays(stack, user, tmp_path, who):
    (tmp_path / "recording.wav").write_bytes(wav(4))

    ran = subprocess.run(
        [str(SCRIPT), "recording.wav"],
        cwd=tmp_path,
        env=os.environ
        | {
            "FIREPOD_URL": stack.urls["hosting"],
            "RUNPOD_URL": stack.urls["runpod"],
            **({"AUTH_URL": stack.urls["auth"]} if who == "a guest" else {"ID_TOKEN": user.token}),
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    voice, speech, listed_voice, listed_speech, played = ran.stdout.splitlines()
    voice_id, proposed = re.fullmatch(r"saved (\S+), which RunPod called (\S+)", voice).groups()
    assert voice_id == proposed
    assert re.fullmatch(r"voice_john_doe_[0-9a-f]{8}", voice_id)
    spoken, proposed = re.fullmatch(r"saved (\S+), which RunPod called (\S+)", speech).groups()
    assert spoken == proposed
    assert (listed_voice, listed_speech) == (f"voices: {voice_id}", f"speech: {spoken}")
    with wave.open(str(tmp_path / played)) as sound:
        assert sound.getnframes() / sound.getframerate() > 0.5
