import pytest

from local.stack.child import ROOT
from local.stack.options import PARTS, parse_options


def test_without_arguments_it_is_the_contracts_stack():
    options = parse_options([], {})

    assert options.project == "demo-firepod"
    assert options.port_offset == 0
    assert options.only == frozenset(PARTS)
    assert options.log_dir == ROOT / ".firepod" / "stack-0"
    assert options.official_emulators is False
    assert options.bell_seconds == 60
    assert options.ui is None


def test_the_emulator_ui_is_a_part_where_it_is_there():
    assert parse_options(["--ui"], {}).parts == {*PARTS, "ui"}
    assert parse_options(["--no-ui"], {}).parts == set(PARTS)


def test_stacks_with_different_offsets_keep_their_logs_apart():
    assert parse_options(["--port-offset", "9"], {}).log_dir.name == "stack-9"


def test_assignments_are_split_at_the_first_sign():
    options = parse_options(["--env", "A=b=c", "--env", "E=", "--worker-env", "W=1"], {})

    assert options.parameters == {"A": "b=c", "E": ""}
    assert options.worker_environment == {"W": "1"}


def test_googles_emulators_are_chosen_by_the_environment():
    assert parse_options([], {"EMULATORS": "official"}).official_emulators is True


def test_with_a_key_runpod_itself_is_in_the_place_of_the_local_one():
    options = parse_options([], {"RUNPOD_API_KEY": " rpa_mine "})

    assert (options.runpod_key, options.only) == ("rpa_mine", frozenset(PARTS) - {"runpod"})
    assert options.whole
    assert "rpa_mine" not in repr(options)


def test_what_is_left_out_is_missed_and_the_local_runpod_only_without_a_key():
    assert parse_options([], {}).whole
    without = ["--only", "auth,functions,firestore,storage,tasks,hosting"]
    assert not parse_options(without, {}).whole
    assert parse_options(without, {"RUNPOD_API_KEY": "rpa_mine"}).whole


def test_without_functions_there_is_nothing_for_a_key():
    options = parse_options(["--only", "runpod"], {"RUNPOD_API_KEY": "rpa_mine"})

    assert (options.runpod_key, options.only) == ("", {"runpod"})


@pytest.mark.parametrize(
    ("arguments", "environment", "complaint"),
    [
        (["--only", "auth,telegraph"], {}, "no such part: telegraph"),
        (["--project", "acme-prod"], {}, "starts with demo-"),
        (["--port-offset", "-1"], {}, "0 to 50000"),
        (["--env", "NOVALUE"], {}, "not NAME=VALUE: NOVALUE"),
        ([], {"EMULATORS": "both"}, "stand-in or official"),
        ([], {"RUNPOD_API_KEY": "a\nWEBHOOK_KEYS=b"}, "RUNPOD_API_KEY: letters, digits"),
    ],
)
def test_wrong_options_end_with_a_sentence(arguments, environment, complaint, capsys):
    with pytest.raises(SystemExit) as ended:
        parse_options(arguments, environment)

    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err
