import json

import pytest

from local.stack.log_lines import Line, read_line


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (
            "\x1b[1mi\x1b[22m  functions: Watching for changes\n",
            Line("functions", "Watching for changes", notable=False),
        ),
        (
            "✔  functions[us-central1-api]: http function initialized.",
            Line("functions", "us-central1-api: http function initialized.", notable=False),
        ),
        (
            "⚠  storage: rules file does not exist",
            Line("storage", "rules file does not exist", notable=True),
        ),
        (
            "⚠  hub: It seems that you are running multiple instances of the emulator suite for x",
            Line(
                "hub",
                "It seems that you are running multiple instances of the emulator suite for x",
                notable=False,
            ),
        ),
        (
            "⚠  Firestore Emulator has exited with code: 1",
            Line("firebase", "⚠  Firestore Emulator has exited with code: 1", notable=True),
        ),
        (">  WARNING:root:Request has invalid method. GET", None),
        ("┌──────┐", Line("firebase", "┌──────┐", notable=False)),
    ],
)
def test_lines_of_firebase_tools_carry_the_name_of_the_part_that_speaks(raw: str, line: Line):
    read = read_line("firebase", raw)

    if line is None:
        assert not read.notable
    else:
        assert read == line


def test_a_structured_log_entry_becomes_a_sentence():
    raw = '>  {"severity": "INFO", "message": "generation_queued", "file_uid": "f1", "n": 2}'

    assert read_line("firebase", raw) == Line(
        "functions", "generation_queued file_uid=f1 n=2", notable=True
    )


def test_what_an_entry_says_to_programs_is_left_to_them():
    entry = {"severity": "INFO", "message": "generation queued", "event": "generation_queued"}
    entry |= {"time": "2026-11-28T23:00:00.000+00:00", "function": "generate", "attempt": 1}
    entry |= {"logging.googleapis.com/trace": "projects/p/traces/1"}

    assert read_line("firebase", f">  {json.dumps(entry)}").text == "generation queued attempt=1"


def test_severities_that_need_attention_are_spelled_out_and_debugging_is_not_shown():
    warning = read_line("firebase", '>  {"severity": "WARNING", "message": "slow"}')
    debug = read_line("firebase", '>  {"severity": "DEBUG", "message": "step"}')

    assert warning == Line("functions", "warning slow", notable=True)
    assert not debug.notable


def test_what_a_function_prints_is_shown():
    assert read_line("firebase", ">  hello") == Line("functions", "hello", notable=True)


def test_a_worker_speaks_under_its_own_name():
    started = read_line(
        "runpod", '[local-image-1] {"requestId": "r1", "message": "Started.", "level": "INFO"}'
    )
    broken = read_line(
        "runpod", '[local-image-1] {"requestId": null, "message": "x", "level": "ERROR"}'
    )

    assert started == Line("local-image-1", "Started. requestId=r1", notable=True)
    assert broken == Line("local-image-1", "error x", notable=True)


def test_what_a_worker_says_about_itself_is_not_shown():
    raw = '[local-tts-1] {"requestId": null, "message": "Ready.", "level": "INFO"}'

    assert not read_line("runpod", raw).notable
    assert not read_line("runpod", "[local-tts-1] --- Starting ---").notable


def test_other_programs_speak_for_themselves():
    assert read_line("runpod", "listening\n") == Line("runpod", "listening", notable=True)
    assert str(Line("runpod", "listening", notable=True)) == "runpod        listening"
