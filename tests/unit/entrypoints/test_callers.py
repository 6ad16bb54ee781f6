"""Who may call a callable, in which surroundings, with which app, and from which page."""

import json

import pytest

from tests.fakes.values import BAD_USER_IDS, GOOD_USER_IDS

PICTURE = {"task_type": "text2img", "prompt": "a lighthouse"}
ANN = {"media_type": "images", "file_uid": "file-1"}
CLOUD_RUN = {"K_SERVICE": "generate", "K_REVISION": "generate-1", "K_CONFIGURATION": "generate"}


@pytest.fixture
def deployed(monkeypatch):
    """The same process, as if it ran on Cloud Run."""
    for name, value in CLOUD_RUN.items():
        monkeypatch.setenv(name, value)


def error_of(response):
    return response.status_code, response.get_json()["error"]


@pytest.mark.parametrize("name", ["generate", "cancel", "retry", "discard"])
@pytest.mark.parametrize("user_id", BAD_USER_IDS)
def test_a_user_id_that_is_no_single_segment_of_a_path_is_nobody(
    call, signed_in, backend, written, name, user_id
):
    data = PICTURE if name == "generate" else ANN
    code, error = error_of(call(name, data=data, headers=signed_in(user_id)))

    assert (code, error["status"]) == (401, "UNAUTHENTICATED")
    assert backend.store.values == {}
    assert backend.gpu.calls == []
    assert not any(entry["severity"] == "ERROR" for entry in written)


@pytest.mark.parametrize("user_id", GOOD_USER_IDS)
def test_every_other_user_id_has_generations_of_its_own(call, signed_in, backend, user_id):
    result = call("generate", data=PICTURE, headers=signed_in(user_id)).get_json()["result"]

    assert result["user_id"] == user_id
    assert list(backend.store.generations) == [result["path"]]


@pytest.mark.parametrize("name", ["generate", "cancel", "retry", "discard"])
@pytest.mark.usefixtures("deployed")
def test_deployed_with_an_emulator_set_nobody_is_served(call, signed_in, backend, written, name):
    code, error = error_of(call(name, data=PICTURE, headers=signed_in()))

    assert (code, error["status"]) == (503, "UNAVAILABLE")
    assert "EMULATOR" not in json.dumps(error)
    assert any("FIREBASE_AUTH_EMULATOR_HOST" in entry["message"] for entry in written)
    assert backend.store.values == {}


@pytest.mark.usefixtures("deployed")
def test_deployed_an_unsigned_token_is_nobodys_whatever_is_set(call, signed_in, monkeypatch):
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST")
    headers = signed_in()
    monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")
    assert call("generate", data=PICTURE, headers=headers).status_code == 503
    monkeypatch.delenv("FUNCTIONS_EMULATOR")
    assert call("generate", data=PICTURE, headers=headers).status_code == 401


@pytest.mark.parametrize("name", ["generate", "cancel", "retry", "discard"])
@pytest.mark.parametrize("app", [None, "", "forged"])
def test_where_app_check_is_enforced_an_unknown_app_starts_nothing(
    call, signed_in, backend, monkeypatch, name, app
):
    monkeypatch.setenv("ENFORCE_APP_CHECK", "true")
    headers = signed_in() | ({} if app is None else {"X-Firebase-AppCheck": app})
    code, error = error_of(call(name, data=PICTURE, headers=headers))

    assert (code, error["status"]) == (401, "UNAUTHENTICATED")
    assert backend.store.values == {}


def test_where_app_check_is_enforced_a_verified_app_is_served(call, signed_in, monkeypatch):
    from firebase_admin import app_check

    monkeypatch.setenv("ENFORCE_APP_CHECK", "true")
    # Google's keys cannot be fetched here: this says of one token what they would say.
    monkeypatch.setattr(app_check, "verify_token", {"good": {"sub": "app-1"}}.__getitem__)

    good = signed_in() | {"X-Firebase-AppCheck": "good"}
    assert call("generate", data=PICTURE, headers=good).status_code == 200
    bad = signed_in() | {"X-Firebase-AppCheck": "bad"}
    assert call("generate", data=PICTURE, headers=bad).status_code == 401


@pytest.mark.parametrize("app", [None, "forged"])
def test_where_app_check_is_not_enforced_any_app_is_served(call, signed_in, app):
    headers = signed_in() | ({} if app is None else {"X-Firebase-AppCheck": app})
    assert call("generate", data=PICTURE, headers=headers).status_code == 200


ORIGINS = [
    ("https://app.example", True),
    ("https://admin.example", True),
    ("https://evil.example", False),
    ("https://app.example.evil", False),
    ("https://app-example", False),
    ("http://app.example", False),
    ("null", False),
]


@pytest.mark.parametrize("name", ["generate", "cancel", "retry", "discard"])
@pytest.mark.parametrize(("origin", "allowed"), ORIGINS)
def test_only_pages_of_the_deployments_origins_may_read_an_answer(
    call, signed_in, monkeypatch, name, origin, allowed
):
    monkeypatch.setenv("CORS_ORIGINS", "https://app.example, https://admin.example")
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}

    for answer in (
        call(name, method="OPTIONS", headers=asked),
        call(name, data=PICTURE, headers=signed_in() | {"Origin": origin}),
    ):
        told = answer.headers.get("Access-Control-Allow-Origin")
        assert (told in {origin, "*"}) is allowed
        assert allowed or told is None


@pytest.mark.parametrize("name", ["generate", "cancel", "retry", "discard"])
def test_without_origins_of_its_own_a_deployment_takes_every_page(
    call, signed_in, monkeypatch, name
):
    monkeypatch.setenv("CORS_ORIGINS", "*")
    headers = signed_in() | {"Origin": "https://anything.example"}
    told = call(name, data=PICTURE, headers=headers).headers["Access-Control-Allow-Origin"]
    assert told in {"*", "https://anything.example"}


def test_origins_that_cannot_be_read_open_a_callable_to_no_page(call, signed_in, monkeypatch):
    monkeypatch.setenv("CORS_ORIGINS", "https://app.example,https://.*")
    headers = signed_in() | {"Origin": "https://app.example"}
    answer = call("generate", data=PICTURE, headers=headers)
    assert "Access-Control-Allow-Origin" not in answer.headers
