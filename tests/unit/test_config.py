"""Parameters: read together, refused together, with no value in the message."""

import json
from pathlib import Path

import pytest
from dotenv import dotenv_values
from firebase_functions.params import Param, SecretParam

from firepod import config, parameters, surroundings
from firepod.domain.errors import Misconfigured
from firepod.domain.quota import Limits
from firepod.settings import MediaUrls, WorkerDelivery

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "FIREBASE_CONFIG": json.dumps({"projectId": "demo", "storageBucket": "demo.appspot.com"}),
    "RUNPOD_API_KEY": "rpa_secret",
    "WEBHOOK_KEYS": "k1:" + "s" * 32,
    "RUNPOD_BASE_URL": "https://api.runpod.ai/v2/",
    "RUNPOD_IMAGE_ENDPOINT_ID": "image-1",
    "RUNPOD_VIDEO_ENDPOINT_ID": "video-1",
    "RUNPOD_VOICE_ENDPOINT_ID": "voice-1",
    "RUNPOD_TTS_ENDPOINT_ID": "tts-1",
    "RUNPOD_SDXL_ENDPOINT_ID": "",
    "RUNPOD_COMFYUI_ENDPOINT_ID": "",
    "RESULT_HOSTS": "media.s3.amazonaws.com, results.example",
    "MODELS": "models.toml",
    "WEBHOOK_BASE_URL": "",
    "WORKER_DELIVERY": "upload_urls",
    "MEDIA_URLS": "signed",
    "MAX_ACTIVE_PER_USER": "4",
    "MAX_DAILY_PER_USER": "200",
    "MAX_DAILY_PER_GUEST": "20",
    "MAX_DAILY_TOTAL": "5000",
    "MAX_CALLS_PER_SECOND": "30",
    "CHECK_REVOKED": "true",
    "EXECUTION_TIMEOUT_SECONDS": "600",
    "QUEUE_TTL_SECONDS": "3600",
    "RECONCILE_AFTER_SECONDS": "60",
    "RETENTION_DAYS": "0",
    "UPLOAD_RETENTION_HOURS": "24",
    "SIGNED_URL_HOURS": "168",
    "CORS_ORIGINS": "*",
    "ENFORCE_APP_CHECK": "false",
}
# What Cloud Run tells every service of itself, and what the Functions emulator tells.
CLOUD_RUN = {
    "K_SERVICE": "generate",
    "K_REVISION": "generate-00001-abc",
    "K_CONFIGURATION": "generate",
}


@pytest.fixture
def emulated(monkeypatch):
    """The same in the Functions emulator."""
    monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")
    monkeypatch.setenv("K_REVISION", "1")
    monkeypatch.delenv("K_CONFIGURATION")


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """A deployed function with good parameters."""
    import os

    for name in [one for one in os.environ if one.endswith("_EMULATOR_HOST")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("FUNCTIONS_EMULATOR", raising=False)
    for name, value in CLOUD_RUN.items():
        monkeypatch.setenv(name, value)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def problems():
    with pytest.raises(Misconfigured) as refused:
        config.load_settings()
    return list(refused.value.problems)


def test_good_parameters_make_settings():
    settings = config.load_settings()
    assert settings.endpoints == {
        "RUNPOD_IMAGE_ENDPOINT_ID": "image-1",
        "RUNPOD_VIDEO_ENDPOINT_ID": "video-1",
        "RUNPOD_VOICE_ENDPOINT_ID": "voice-1",
        "RUNPOD_TTS_ENDPOINT_ID": "tts-1",
        "RUNPOD_SDXL_ENDPOINT_ID": "",
        "RUNPOD_COMFYUI_ENDPOINT_ID": "",
    }
    assert settings.result_hosts == {"media.s3.amazonaws.com", "results.example"}
    assert not settings.local_runpod
    assert not settings.local_storage
    assert settings.runpod_base_url == "https://api.runpod.ai/v2"
    assert settings.webhook_base_url == "https://us-central1-demo.cloudfunctions.net/runpodwebhook"
    assert settings.worker_delivery is WorkerDelivery.UPLOAD_URLS
    assert settings.models == ROOT / "functions" / "models.toml"
    assert settings.media_urls is MediaUrls.SIGNED
    assert settings.ttl_seconds == 4200
    assert settings.limits == Limits(active=4, daily=200, guest_daily=20, total=5000)
    assert settings.calls_per_second == 30
    assert settings.check_revoked


def test_every_parameter_tells_the_firebase_cli_what_it_is():
    declared = [one for one in vars(parameters).values() if isinstance(one, Param | SecretParam)]
    declared += parameters.ENDPOINTS.values()
    assert {one.name for one in declared} == set(GOOD) - {"FIREBASE_CONFIG"}
    for param in declared:
        assert param.label, param.name
        assert len(param.description) > len(param.label), param.name


def test_every_parameter_has_a_line_with_its_default_in_the_dotenv_file():
    values = dotenv_values(ROOT / "functions" / ".env", interpolate=False)
    declared = [one for one in vars(config).values() if isinstance(one, Param)]
    for param in (*declared, *parameters.ENDPOINTS.values()):
        default = param.default
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        assert values[param.name] == shown


def test_a_key_is_enough_endpoints_may_all_be_missing(monkeypatch):
    for name in parameters.ENDPOINTS:
        monkeypatch.setenv(name, " ")
    assert not any(config.load_settings().endpoints.values())


def test_everything_that_is_missing_is_named_at_once(monkeypatch):
    names = ["RUNPOD_API_KEY", "WEBHOOK_KEYS", "RUNPOD_BASE_URL"]
    for name in names:
        monkeypatch.setenv(name, " ")
    assert problems() == [f"{name} is missing" for name in sorted(names, key=list(GOOD).index)] or {
        problem.split()[0] for problem in problems()
    } == set(names)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEBHOOK_KEYS", ","),
        ("WEBHOOK_KEYS", "hunter2"),
        ("WEBHOOK_KEYS", "k1:hunter2"),
        ("RUNPOD_BASE_URL", "http://hunter2"),
        ("RUNPOD_BASE_URL", "hunter2"),
        ("RUNPOD_BASE_URL", " "),
        ("RUNPOD_BASE_URL", "https://hunter2@x/../"),
        ("RUNPOD_BASE_URL", "https://hunter2.example:8443/v2"),
        ("WEBHOOK_BASE_URL", "http://hunter2.example"),
        ("WEBHOOK_BASE_URL", "https://hunter2.example/?to=evil"),
        ("CORS_ORIGINS", "https://app.example,hunter2"),
        ("RUNPOD_IMAGE_ENDPOINT_ID", "hunter2/../x"),
        ("RESULT_HOSTS", "results.example,hunter2"),
        ("RESULT_HOSTS", "10.0.0.2"),
        ("RESULT_HOSTS", "https://hunter2.example"),
        ("RESULT_HOSTS", "hunter2.example:8443"),
        ("WORKER_DELIVERY", "hunter2"),
        ("MEDIA_URLS", "hunter2"),
        ("MODELS", "hunter2.toml"),
        ("MODELS", ""),
        ("MAX_ACTIVE_PER_USER", "0"),
        ("MAX_ACTIVE_PER_USER", "hunter2"),
        ("MAX_DAILY_PER_USER", "-1"),
        ("MAX_DAILY_PER_GUEST", "-1"),
        ("MAX_DAILY_TOTAL", "hunter2"),
        ("MAX_CALLS_PER_SECOND", "0"),
        ("CHECK_REVOKED", "hunter2"),
        ("EXECUTION_TIMEOUT_SECONDS", "1"),
        ("QUEUE_TTL_SECONDS", "9"),
        ("RETENTION_DAYS", "99999"),
        ("UPLOAD_RETENTION_HOURS", "0"),
        ("SIGNED_URL_HOURS", "0"),
        ("SIGNED_URL_HOURS", "169"),
        ("FIREBASE_CONFIG", "hunter2"),
        ("FIREBASE_CONFIG", "[]"),
    ],
)
def test_a_bad_one_is_named_and_not_shown(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    if name == "FIREBASE_CONFIG":
        monkeypatch.delenv("GCLOUD_PROJECT", raising=False)
    found = problems()
    assert any(problem.startswith(name) for problem in found)
    assert "hunter2" not in " ".join(found)


@pytest.mark.parametrize(
    "name", ["FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST"]
)
def test_an_emulator_in_production_is_refused(monkeypatch, name):
    monkeypatch.setenv(name, "127.0.0.1:8080")
    assert problems() == [f"{name} must not be set in production"]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"K_REVISION": "1"},  # neither of the two alone makes it the emulator
        {"K_CONFIGURATION": None},
        {"FIREBASE_DEBUG_MODE": "true", "GCLOUD_PROJECT": "demo-firepod"},
    ],
)
def test_no_variable_of_a_deployment_makes_it_an_emulator(monkeypatch, changed):
    monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9099")
    for name, value in changed.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)
    assert not surroundings.in_emulator()
    assert problems() == [
        "FIREBASE_AUTH_EMULATOR_HOST must not be set in production",
        "FUNCTIONS_EMULATOR must not be set in production",
    ]


@pytest.mark.usefixtures("emulated")
def test_in_the_emulator_plain_http_and_emulators_are_right(monkeypatch):
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:8080")
    monkeypatch.setenv("RUNPOD_BASE_URL", "http://127.0.0.1:8900/v2")
    monkeypatch.setenv("WEBHOOK_BASE_URL", "http://127.0.0.1:5001/demo/us-central1/runpodwebhook")
    assert config.load_settings().runpod_base_url == "http://127.0.0.1:8900/v2"


def test_origins_that_cannot_be_read_open_nothing(monkeypatch):
    monkeypatch.setenv("CORS_ORIGINS", "https://app.example,https://.*")
    assert config.cors_origins() == []


def test_a_caller_learns_only_that_it_is_so(monkeypatch):
    monkeypatch.setenv("RUNPOD_API_KEY", "")
    with pytest.raises(Misconfigured) as refused:
        config.load_settings()
    assert "RUNPOD" not in refused.value.message
    assert refused.value.code == "unavailable"
