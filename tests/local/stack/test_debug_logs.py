"""What firebase-tools writes to its debug logs, with what opens something blotted out."""

import os
import subprocess
from pathlib import Path

import pytest

from firepod.protocol.tokens import Callback, sign
from local.stack.programs import node_options
from tests.chaos.leaks import leaks_in_logs
from tests.fakes.clock import START
from tests.fakes.values import KEYRING, make_generation

ROOT = Path(__file__).resolve().parents[3]
CALLBACK = sign(Callback(make_generation().ref, 1, START), KEYRING)
ID_TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm5hbm5hIn0."

WRITE = """
const [, file, ...pieces] = process.argv;
const log = require("fs").createWriteStream(file, { flags: "a" });
for (const piece of pieces) log.write(Buffer.from(piece));
log.end();
"""


def written(folder: Path, *pieces: str, root: Path = ROOT, name: str = "firebase-debug.log") -> str:
    """What stands in the log after a Node program has written these pieces to it."""
    environment = {**os.environ, "NODE_OPTIONS": node_options(root, "no_tokens_in_logs.cjs")}
    command = ["node", "-e", WRITE, str(folder / name), *pieces]
    subprocess.run(command, env=environment, check=True, timeout=30)
    return (folder / name).read_text("utf-8")


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (f"POST /demo/runpodwebhook/{CALLBACK}\n", "POST /demo/runpodwebhook/"),
        (f"mapping to path=/{CALLBACK}, ok\n", ", ok"),
        (f'["{CALLBACK}-2026-11", "{CALLBACK}/claim"]\n', '-2026-11", "k1.***/claim"]'),
        (f"authorization: Bearer {ID_TOKEN}\n", "authorization: "),
        (f'{{"idToken":"{ID_TOKEN}","localId":"ann"}}\n', '"localId":"ann"'),
        ('{"metadata":{"firebaseStorageDownloadTokens":"5b0c2c0e-7d55","a":"1"}}\n', '"a":"1"'),
        ('{"body":"{\\"downloadTokens\\":\\"5b0c2c0e-7d55\\"}"}\n', '"}"}'),
        ("GET /v0/b/x/o/y?alt=media&token=5b0c2c0e-7d55 200\n", "200"),
        ("PUT /upload?upload_id=c3VwZXJzZWNyZXQ&x=1\n", "&x=1"),
    ],
)
def test_what_opens_something_is_blotted_out_and_the_rest_stays(tmp_path, line, kept):
    text = written(tmp_path, "before\n", line, "after\n")

    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert kept in text
    assert "***" in text
    secrets = [CALLBACK, ID_TOKEN, "5b0c2c0e", "c3VwZXJzZWNyZXQ"]
    assert leaks_in_logs(tmp_path, secrets) == []


@pytest.mark.parametrize("cut", [1, 20, len(CALLBACK) - 1])
def test_a_token_that_comes_in_pieces_is_blotted_out(tmp_path, cut):
    text = written(tmp_path, f"path=/{CALLBACK[:cut]}", f"{CALLBACK[cut:]} Zoë\nlast line")

    assert text == "path=/k1.*** Zoë\nlast line"


def test_ordinary_lines_stay_as_they_are(tmp_path):
    lines = (
        "[debug] [2026-11-28T16:54:00.108Z] requiring java.version 21.0.1-stand.in\n",
        f"a file {'x' * 64}.{'y' * 42}.json at node_modules/firebase-tools/lib/emulator/index.js\n",
    )
    assert written(tmp_path, *lines) == "".join(lines)


def test_files_that_are_no_log_are_left_alone(tmp_path):
    assert written(tmp_path, CALLBACK, name="data.json") == CALLBACK


def test_a_space_and_a_quote_in_the_path_are_no_trouble(tmp_path):
    root = tmp_path / 'my "own" copy'
    (root / "local").mkdir(parents=True)
    (root / "local" / "stack").symlink_to(ROOT / "local" / "stack")

    assert CALLBACK not in written(tmp_path, f"{CALLBACK}\n", root=root)
