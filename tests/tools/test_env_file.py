"""A dotenv file gets other ids, and to the Firebase CLI everything else in it is as it was."""

import json
import random
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.runpod import env_file
from tools.runpod.errors import Stopped

ROOT = Path(__file__).parents[2]
OURS = ("RUNPOD_IMAGE_ENDPOINT_ID", "RUNPOD_TTS_ENDPOINT_ID")
LINES = (
    "# a comment", "#RUNPOD_IMAGE_ENDPOINT_ID=old", "", "  ", "A=1", "A = 1 # one", "B='x # y'",
    'C="two\nRUNPOD_IMAGE_ENDPOINT_ID=inside\nlines"', 'D="it\\"s \\n"', "E=", "F=ünïcode",
    "RUNPOD_IMAGE_ENDPOINT_ID=abc", "RUNPOD_IMAGE_ENDPOINT_ID = 'abc' # mine", "G=http://x/#y",
    "export RUNPOD_TTS_ENDPOINT_ID=def", 'RUNPOD_TTS_ENDPOINT_ID="d"', "RUNPOD_TTS_ENDPOINT_ID=",
    "RUNPOD_TTS_ENDPOINT_ID=#gone", "H='three\n\nlines'", "\tI\t=\tx\t", "J='open", 'K="open',
)  # fmt: skip
PARSE = """
const { parse } = require(process.argv[1] + "/node_modules/firebase-tools/lib/functions/env.js");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => parse(text).envs)));
"""


def firebase_reads(texts):
    told = subprocess.run(
        ["node", "-e", PARSE, str(ROOT)],
        input=json.dumps(texts), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return json.loads(told.stdout)


def test_the_firebase_cli_reads_what_was_written_and_all_else_as_before():
    chance, olds, news, asked = random.Random(7), [], [], []
    for _ in range(400):
        end = chance.choice(["\n", "\n", "\r\n"])
        text = end.join(chance.choices(LINES, k=chance.randrange(7))) + chance.choice(["", end])
        values = {name: chance.choice(["new1", "", "x-y_Z9"]) for name in OURS}
        try:
            news.append(env_file.changed(text, values))
        except Stopped:
            continue
        olds.append(text)
        asked.append(values)
    assert len(olds) > 380
    read = firebase_reads(olds + news)
    for text, values, before, after in zip(
        olds, asked, read[: len(olds)], read[len(olds) :], strict=True
    ):
        assert after == {**before, **values}, text


@given(st.lists(st.sampled_from(LINES)), st.sampled_from(["new1", ""]))
def test_lines_that_are_not_of_these_parameters_stay_byte_for_byte(lines, value):
    text = "\n".join(lines)
    try:
        new = env_file.changed(text, dict.fromkeys(OURS, value))
    except Stopped:
        return
    kept = [one for one in lines if not one.lstrip().startswith(("RUNPOD_", "export"))]
    place = 0
    for one in kept:
        place = new.index(one, place) + len(one)
    assert env_file.changed(new, dict.fromkeys(OURS, value)) == new


def test_a_comment_behind_a_value_and_the_quotes_of_others_stay():
    text = "# ours\r\nexport RUNPOD_IMAGE_ENDPOINT_ID = 'abc'  # mine\r\nA=\"x\"\r\nB=y"
    assert env_file.changed(text, {OURS[0]: "new", OURS[1]: "other"}) == (
        '# ours\r\nexport RUNPOD_IMAGE_ENDPOINT_ID = new  # mine\r\nA="x"\r\nB=y\r\n'
        "RUNPOD_TTS_ENDPOINT_ID=other\r\n"
    )


def test_the_file_is_replaced_in_one_step_behind_its_link_with_its_own_rights(tmp_path):
    kept, link = tmp_path / "kept", tmp_path / ".env.p"
    kept.write_text("A=1\n")
    kept.chmod(0o640)
    link.symlink_to(kept)
    number = kept.stat().st_ino
    env_file.write(link, {OURS[0]: "new"})
    assert link.is_symlink()
    assert kept.read_text() == "A=1\nRUNPOD_IMAGE_ENDPOINT_ID=new\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert kept.stat().st_ino != number
    assert sorted(one.name for one in tmp_path.iterdir()) == [".env.p", "kept"]

    held = kept.stat().st_ino
    env_file.write(link, {OURS[0]: "new"})
    assert kept.stat().st_ino == held  # nothing to change, nothing written


def test_what_would_change_another_value_is_left_to_a_person():
    text = "RUNPOD_IMAGE_ENDPOINT_ID=abc\n'quotes without a name'\n"
    with pytest.raises(Stopped, match="write the ids by hand"):
        env_file.changed(text, {OURS[0]: ""})


def test_a_file_that_cannot_be_written_or_is_no_text_says_so(tmp_path):
    binary = tmp_path / ".env.p"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(Stopped, match="cannot be read as text"):
        env_file.write(binary, {OURS[0]: "new"})
    assert binary.read_bytes() == b"\xff\xfe"
    with pytest.raises(Stopped, match="Nothing can be written"):
        env_file.write(tmp_path / "nowhere" / ".env.p", {OURS[0]: "new"})


@pytest.mark.parametrize("value", ["two words", "x\nA=1", '"', "#x"])
def test_what_is_no_id_never_gets_there(tmp_path, value):
    with pytest.raises(ValueError, match="is no id"):
        env_file.write(tmp_path / ".env.p", {OURS[0]: value})
    assert list(tmp_path.iterdir()) == []
