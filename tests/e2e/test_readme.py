"""What README says to an app and to a shell, run as it stands there."""

import json
import re
import subprocess

import pytest
from PIL import Image

from local.stack.child import ROOT
from tests.api.recorded import wav

pytestmark = pytest.mark.e2e

README = (ROOT / "README.md").read_text()
EXAMPLE = ROOT / "examples" / "node"
# What an app has before: its services, a user, and something to do with the pictures.
AROUND = """
import {{ connect, signIn }} from "./backend.mjs";
const {{ auth }} = connect({offset});
await signIn(auth, {{}});
const show = (urls) => {{
  console.log(JSON.stringify(urls));
  setTimeout(() => process.exit(), 0);
}};
{snippet}
"""


def block(heading: str, language: str) -> str:
    """The first block of code below a heading."""
    text = README.partition(f"## {heading}\n")[2]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)[0]


def run(*command, cwd):
    ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=200, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def values_in(text: str) -> list:
    """The JSON values that stand in a text one after the other."""
    values, decoder = [], json.JSONDecoder()
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        values.append(value)
        text = text[end:]
    return values


def test_the_lines_for_an_app_show_two_pictures(stack):
    snippet = block("Use it from an app", "js")
    program = AROUND.format(offset=stack.port_offset, snippet=snippet)

    said = run("node", "--input-type=module", "--eval", program, cwd=EXAMPLE)

    urls = json.loads(said)
    assert [url.partition("?")[0].rpartition("_")[2] for url in urls] == ["0.png", "1.png"]


def test_the_commands_for_rest_make_pictures_a_voice_and_speech(stack, tmp_path):
    commands = block("Over REST", "bash")
    for name, port in (("hosting", 5005), ("auth", 9099)):
        commands = commands.replace(f"http://127.0.0.1:{port}", stack.urls[name])
    (tmp_path / "recording.wav").write_bytes(wav(4))
    noise = Image.effect_noise((1200, 1200), 90)  # more than a megabyte, as photos are
    noise.save(tmp_path / "start.png")
    assert (tmp_path / "start.png").stat().st_size > 2**20

    said = run("bash", "-euo", "pipefail", "-c", commands, cwd=tmp_path)

    first, second, quota = values_in(said)
    assert (first["status"], second["status"]) == ("completed", "completed")
    assert second["request_data"]["init_image"].startswith("uploads/")
    assert quota["daily"]["used"] > 0
    voice = json.loads((tmp_path / "voice.json").read_text())
    speech = json.loads((tmp_path / "speech.json").read_text())
    assert voice["voice_id"].startswith("voice_john_doe_")
    assert speech["voice_id"] == voice["voice_id"]
    assert speech["audio_base64"]
