import json
from pathlib import Path

from local.stack.child import ROOT
from local.stack.firebase_config import load_firebase_config, shifted, write_stack_config

CONFIG = load_firebase_config(ROOT)


def test_every_emulator_moves_by_the_offset():
    moved = shifted(CONFIG, 100, "parameters")["emulators"]

    assert moved["hosting"]["port"] == 5105
    assert moved["hub"]["port"] == 4500
    assert moved["firestore"] == {"host": "127.0.0.1", "port": 8180, "websocketPort": 9250}
    assert moved["ui"] == {"enabled": False, "host": "127.0.0.1", "port": 4100}
    assert moved["singleProjectMode"] is True


def test_the_emulator_ui_is_a_matter_of_each_stack():
    assert shifted(CONFIG, 0, "parameters", ui=True)["emulators"]["ui"]["enabled"] is True


def test_the_repositorys_configuration_stays_as_it_is():
    before = json.dumps(CONFIG)

    shifted(CONFIG, 100, "parameters")

    assert json.dumps(CONFIG) == before


def test_functions_take_their_parameters_from_the_stacks_own_folder():
    (codebase,) = shifted(CONFIG, 0, "parameters")["functions"]

    assert codebase["configDir"] == "parameters"
    assert codebase["source"] == "functions"
    assert codebase["runtime"] == "python311"


def test_the_file_lies_in_the_projects_root_and_finds_the_folder_from_there(tmp_path: Path):
    root = tmp_path / "checkout"
    root.mkdir()

    path = write_stack_config(root, CONFIG, 7, tmp_path / "elsewhere" / "functions")

    assert path == root / ".firebase.7.json"
    (codebase,) = json.loads(path.read_text())["functions"]
    assert codebase["configDir"] == "../elsewhere/functions"


def test_hosting_hands_the_rest_api_to_its_function():
    assert CONFIG["hosting"]["rewrites"][0] == {
        "source": "/api/**",
        "function": {"functionId": "api", "region": "us-central1"},
    }
