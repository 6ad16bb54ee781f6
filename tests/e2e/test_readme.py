"""The commands of README's part on REST, run as they stand there."""

import json
import re
import subprocess

import pytest

from local.stack.child import ROOT
from tests.api.recorded import wav

pytestmark = pytest.mark.e2e

README = (ROOT / "README.md").read_text()


def test_the_commands_for_rest_make_a_picture_a_voice_and_speech(stack, tmp_path):
    commands = re.findall(r"```bash\n(.*?)```", README.partition("## Over REST")[2], re.DOTALL)[0]
    for name, port in (("hosting", 5005), ("auth", 9099)):
        commands = commands.replace(f"http://127.0.0.1:{port}", stack.urls[name])
    (tmp_path / "recording.wav").write_bytes(wav(4))

    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["status"] == "completed"
    voice = json.loads((tmp_path / "voice.json").read_text())
    speech = json.loads((tmp_path / "speech.json").read_text())
    assert voice["voice_id"].startswith("voice_john_doe_")
    assert speech["voice_id"] == voice["voice_id"]
    assert speech["audio_base64"]
