import os
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from local.stack import programs
from local.stack.firebase_config import load_firebase_config
from local.stack.options import parse_options
from local.stack.ports import stack_ports

OPTIONS = parse_options(["--port-offset", "100", "--workers", "2"], {})
PORTS = stack_ports(load_firebase_config(OPTIONS.root), 100)
PARAMETERS = dict(programs.ENDPOINTS)
DEVELOPERS = {
    "PATH": "/usr/bin",
    "HOME": "/home/dev",
    "GOOGLE_APPLICATION_CREDENTIALS": "/home/dev/production.json",
    "FIREBASE_TOKEN": "secret",
    "GCLOUD_PROJECT": "production",
    "STORAGE_EMULATOR_HOST": "http://elsewhere",
    "RUNPOD_API_KEY": "rpa_developers",
    "FIREPOD_ENGINE": "procedural",
}


def firebase(**changes) -> programs.Program:
    return programs.firebase(replace(OPTIONS, **changes), Path("/checkout/config.json"), DEVELOPERS)


def runpod(delivery="upload_urls", **changes) -> programs.Program:
    parameters = {**PARAMETERS, "WORKER_DELIVERY": delivery}
    return programs.runpod(replace(OPTIONS, **changes), PORTS, parameters, "key", DEVELOPERS)


def test_a_developers_credentials_and_projects_reach_no_program():
    for program in (firebase(), runpod()):
        assert "GOOGLE_APPLICATION_CREDENTIALS" not in program.environment
        assert "FIREBASE_TOKEN" not in program.environment
        assert "rpa_developers" not in program.environment.values()
        assert "production" not in program.environment.values()
        assert "http://elsewhere" not in program.environment.values()
        assert program.environment["HOME"] == "/home/dev"


def test_firebase_tools_starts_the_parts_that_were_asked_for_without_asking_anything():
    command = firebase(only=frozenset({"auth", "runpod", "storage"})).command

    assert command[command.index("--only") + 1] == "auth,storage"
    assert command[command.index("--project") + 1] == "demo-firepod"
    assert "--non-interactive" in command
    assert "background_work.cjs" in firebase().environment["NODE_OPTIONS"]


def test_a_key_goes_to_firebase_tools_alone_and_in_no_command_line():
    keyed = firebase(runpod_key="rpa_mine")

    assert keyed.environment[programs.KEY] == "rpa_mine"
    assert "runpod_key.cjs" in keyed.environment["NODE_OPTIONS"]
    assert "rpa_mine" not in " ".join(keyed.command)
    assert programs.KEY not in firebase().environment
    assert "runpod_key.cjs" not in firebase().environment["NODE_OPTIONS"]
    assert "rpa_mine" not in runpod(runpod_key="rpa_mine").environment.values()


def test_a_key_replaces_the_local_one_while_it_is_read_and_no_child_inherits_it(tmp_path: Path):
    secrets = tmp_path / ".secret.local"
    secrets.write_text("RUNPOD_API_KEY=local-one\nWEBHOOK_KEYS=local:1")
    program = (
        "const read = () => require('fs').readFileSync(process.argv[1], 'utf8');"
        "console.log(read());"
        f"console.log(process.env.{programs.KEY} === undefined);"
    )
    environment = firebase(runpod_key="rpa_mine").environment
    said = subprocess.run(
        ["node", "-e", program, str(secrets)],
        env={
            "PATH": os.environ["PATH"],
            **{name: environment[name] for name in ("NODE_OPTIONS", programs.KEY)},
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout

    assert said.split() == ["WEBHOOK_KEYS=local:1", "RUNPOD_API_KEY=rpa_mine", "true"]
    assert "local-one" in secrets.read_text()


def test_the_stand_ins_come_before_any_installed_java():
    environment = firebase().environment

    first, *_ = environment["PATH"].split(os.pathsep)
    assert first == str(OPTIONS.root / "local" / "java")
    for name in ("FIRESTORE_EMULATOR_BINARY_PATH", "STORAGE_EMULATOR_BINARY_PATH"):
        assert Path(environment[name]).exists()


def test_googles_emulators_run_on_the_developers_own_java():
    environment = firebase(official_emulators=True).environment

    assert environment["PATH"] == "/usr/bin"
    assert "FIRESTORE_EMULATOR_BINARY_PATH" not in environment


def test_stacks_share_no_temporary_folder():
    here, there = firebase(), firebase(log_dir=Path("/elsewhere"))

    assert here.environment["TMPDIR"] != there.environment["TMPDIR"]


def test_workers_know_nothing_of_firebase_but_where_urls_may_lead():
    environment = runpod().environment

    named = ("FIREBASE_", "FIRESTORE_", "STORAGE_", "GOOGLE_", "GCLOUD_")
    assert [name for name in environment if name.startswith(named)] == []
    assert environment["FIREPOD_DOWNLOAD_HOSTS"] == "127.0.0.1:9299"


def test_without_an_endpoint_of_ours_there_are_no_workers_of_it(monkeypatch):
    monkeypatch.setitem(PARAMETERS, "RUNPOD_VIDEO_ENDPOINT_ID", "")
    command = runpod().command

    assert [one for one in command if one.endswith(":2")] == [
        "local-image:2",
        "local-voice:2",
        "local-tts:2",
    ]
    assert "videos" not in runpod().environment["FIREPOD_MEDIA_TYPE"]

    for name in programs.ENDPOINTS:
        monkeypatch.setitem(PARAMETERS, name, "")
    assert "--no-workers" in runpod().command
    assert "FIREPOD_MEDIA_TYPE" not in runpod().environment


def test_workers_are_told_what_each_endpoint_makes():
    told = runpod().environment["FIREPOD_MEDIA_TYPE"]

    assert told == "local-image=images,local-video=videos,local-voice=voices,local-tts=tts"


def test_workers_with_credentials_reach_the_emulators_of_their_own_stack():
    environment = runpod("credentials").environment

    assert environment["FIRESTORE_EMULATOR_HOST"] == "127.0.0.1:8180"
    assert environment["STORAGE_EMULATOR_HOST"] == "http://127.0.0.1:9299"
    assert environment["FIREBASE_STORAGE_BUCKET"] == "demo-firepod.appspot.com"
    assert environment["FIREPOD_ENGINE"] == "procedural"


def test_variables_of_the_workers_can_be_set_and_unset():
    changes = {"FIRESTORE_EMULATOR_HOST": "", "FIREPOD_ENGINE": "other"}

    environment = runpod("credentials", worker_environment=changes).environment

    assert "FIRESTORE_EMULATOR_HOST" not in environment
    assert environment["FIREPOD_ENGINE"] == "other"


def test_every_endpoint_gets_its_workers():
    command = runpod().command

    endpoints = [command[at + 1] for at, word in enumerate(command) if word == "--endpoint"]
    assert endpoints == ["local-image:2", "local-video:2", "local-voice:2", "local-tts:2"]
    worker = shlex.split(command[command.index("--worker-command") + 1])
    assert worker[1] == str(OPTIONS.root / "worker" / "handler.py")


@pytest.mark.parametrize("name", list(programs.ENDPOINTS))
def test_the_endpoints_are_those_of_the_local_projects_parameters(name: str):
    text = (OPTIONS.root / "functions" / ".env.demo-firepod").read_text()

    assert f"{name}={programs.ENDPOINTS[name]}\n" in text
