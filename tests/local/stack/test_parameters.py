import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from dotenv import dotenv_values

from local.stack.child import ROOT
from local.stack.parameters import local_secrets, stack_parameters, write_parameters

PORTS = {"runpod": 8907, "functions": 5008}


@pytest.fixture
def functions(tmp_path: Path):
    folder = tmp_path / "functions"
    folder.mkdir()
    return folder


def test_the_stacks_urls_follow_its_ports(functions: Path):
    (functions / ".env").write_text("RUNPOD_BASE_URL=https://api.runpod.ai/v2\nMEDIA_URLS=token\n")

    assert stack_parameters(functions, "demo-firepod", PORTS, {}) == {
        "RUNPOD_BASE_URL": "http://127.0.0.1:8907/v2",
        "WEBHOOK_BASE_URL": "http://127.0.0.1:5008/demo-firepod/us-central1/runpodwebhook",
        "MEDIA_URLS": "token",
    }


def test_later_sources_win(functions: Path):
    (functions / ".env").write_text("A=defaults\nB=defaults\nC=defaults\nD=defaults\n")
    (functions / ".env.demo-firepod").write_text("B=project\nC=project\nD=project\n")
    (functions / ".env.local").write_text("C=developer\nD=developer\nRUNPOD_BASE_URL=mine\n")

    parameters = stack_parameters(functions, "demo-firepod", PORTS, {"D": "command line"})

    assert parameters["RUNPOD_BASE_URL"] == "mine"
    assert {name: parameters[name] for name in "ABCD"} == {
        "A": "defaults",
        "B": "project",
        "C": "developer",
        "D": "command line",
    }


def test_at_runpod_itself_nothing_counts_that_is_about_the_local_one(functions: Path):
    (functions / ".env").write_text("RUNPOD_BASE_URL=https://runpod\nRUNPOD_TTS_ENDPOINT_ID=\n")
    (functions / ".env.demo-firepod").write_text(
        "RUNPOD_BASE_URL=http://127.0.0.1:8900/v2\nRUNPOD_TTS_ENDPOINT_ID=local-tts\n"
    )
    (functions / ".env.local").write_text("RUNPOD_SDXL_ENDPOINT_ID=mine\n")

    parameters = stack_parameters(functions, "demo-firepod", PORTS, {}, at_runpod=True)

    assert parameters.pop("WEBHOOK_BASE_URL")
    assert parameters == {
        "RUNPOD_BASE_URL": "https://runpod",
        "RUNPOD_TTS_ENDPOINT_ID": "",
        "RUNPOD_SDXL_ENDPOINT_ID": "mine",
    }


def test_a_key_reaches_runpod_and_spends_no_more_than_in_a_deployment():
    """By the files as they are: whoever signs in to the stack spends its developer's money."""
    usual = dotenv_values(ROOT / "functions" / ".env")

    parameters = stack_parameters(ROOT / "functions", "demo-firepod", PORTS, {}, at_runpod=True)

    assert parameters["RUNPOD_BASE_URL"] == "https://api.runpod.ai/v2"
    limits = [name for name in usual if name.startswith("MAX_")]
    assert {"MAX_DAILY_PER_USER", "MAX_DAILY_PER_GUEST", "MAX_CALLS_PER_SECOND"} <= set(limits)
    assert [parameters[name] for name in limits] == [usual[name] for name in limits]


@pytest.mark.parametrize("value", ["", "plain", "a b", "#1", 'say "hi"', "it's", "back\\slash"])
def test_values_survive_the_file(functions: Path, value: str):
    write_parameters(functions, {"NAME": value})

    assert dotenv_values(functions / ".env.local", interpolate=False) == {"NAME": value}


def test_every_parameter_of_the_contract_has_a_value_in_the_repository():
    parameters = stack_parameters(ROOT / "functions", "demo-firepod", PORTS, {})

    assert {
        *("RUNPOD_BASE_URL", "RUNPOD_IMAGE_ENDPOINT_ID", "RUNPOD_VIDEO_ENDPOINT_ID"),
        *("RUNPOD_VOICE_ENDPOINT_ID", "RUNPOD_TTS_ENDPOINT_ID", "WEBHOOK_BASE_URL"),
        *("WORKER_DELIVERY", "MEDIA_URLS", "MAX_ACTIVE_PER_USER", "MAX_DAILY_PER_USER"),
        *("EXECUTION_TIMEOUT_SECONDS", "QUEUE_TTL_SECONDS", "RETENTION_DAYS", "CORS_ORIGINS"),
        "ENFORCE_APP_CHECK",
    } <= parameters.keys()


def test_missing_secrets_are_made_and_kept(functions: Path):
    first = local_secrets(functions)

    assert first.keys() == {"RUNPOD_API_KEY", "WEBHOOK_KEYS"}
    assert first["WEBHOOK_KEYS"].startswith("local:")
    assert len(first["WEBHOOK_KEYS"]) == len("local:") + 64
    assert local_secrets(functions) == first
    assert stat.S_IMODE((functions / ".secret.local").stat().st_mode) == 0o600


def test_secrets_that_are_there_are_never_overwritten(functions: Path):
    (functions / ".secret.local").write_text("# mine\nRUNPOD_API_KEY=rpa_real\nOTHER=x")

    secrets = local_secrets(functions)

    assert secrets["RUNPOD_API_KEY"] == "rpa_real"
    assert secrets["WEBHOOK_KEYS"]
    text = (functions / ".secret.local").read_text()
    assert text.startswith("# mine\nRUNPOD_API_KEY=rpa_real\nOTHER=x\nWEBHOOK_KEYS=local:")


def test_stacks_that_start_together_agree_on_the_secrets(functions: Path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: local_secrets(functions), range(8)))

    assert all(secrets == made[0] for secrets in made)
