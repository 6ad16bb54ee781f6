"""Who may call, from where, and what one is told who may not."""

from dataclasses import replace

import pytest
from werkzeug.test import Client

from firepod import config, wiring
from firepod.entrypoints.rates import REFUSED
from firepod.entrypoints.rest.app import build
from tests.api.service import token_of
from tests.fakes.values import BAD_USER_IDS

ROUTES = [
    ("POST", "/api/generations"),
    ("GET", "/api/generations"),
    ("GET", "/api/generations/images/x"),
    ("DELETE", "/api/generations/images/x"),
    ("POST", "/api/generations/images/x/cancel"),
    ("POST", "/api/generations/images/x/retry"),
    ("POST", "/api/voices/clone"),
    ("POST", "/api/voices/save"),
    ("GET", "/api/voices"),
    ("GET", "/api/voices/x"),
    ("GET", "/api/voices/x/firebase-urls"),
    ("GET", "/api/voices/x/sample/firebase"),
    ("POST", "/api/voices/x/samples"),
    ("POST", "/api/tts/generate"),
    ("POST", "/api/tts/save"),
    ("GET", "/api/tts/generations"),
    ("GET", "/api/tts/generations/x/firebase"),
    ("GET", "/api/tts/storage/usage"),
    ("GET", "/api/storage/usage"),
    ("GET", "/api/quota"),
    ("GET", "/api/models"),
    ("POST", "/api/uploads"),
    ("GET", "/api/uploads"),
    ("DELETE", "/api/uploads/x"),
    ("DELETE", "/api/me"),
    ("GET", "/api/health?deep=1"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_signing_in_there_is_nothing(service, method, path):
    answer = service.call(method, path, user=None)

    assert answer.status_code == 401
    assert answer.json["error"]["code"] == "unauthenticated"


def test_the_routes_above_are_all_routes(service):
    document = service.get("/api/openapi.json", user=None).json
    described = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    } - {("GET", "/health")}

    assert len(described) == len(ROUTES) - 1


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        f"Basic {token_of('ann')}",
        f"Bearer {token_of('ann', aud='another-project')}",
        f"Bearer {token_of('ann', iss='https://securetoken.google.com/another')}",
        f"Bearer {token_of('')}",
        f"Bearer {'x' * 10_000}",
        token_of("ann"),
    ],
)
def test_a_token_that_is_none_opens_nothing(service, authorization):
    answer = service.get("/api/generations", headers={"Authorization": authorization}, user=None)

    assert answer.status_code == 401
    assert answer.json["error"].keys() == {"code", "message"}


@pytest.mark.parametrize("user_id", BAD_USER_IDS)
def test_a_user_id_that_is_no_single_segment_of_a_path_is_nobody(service, written, user_id):
    for method, path in ROUTES:
        headers = {"Authorization": f"Bearer {token_of(user_id)}"}
        answer = service.call(method, path, headers=headers, user=None)
        assert (answer.status_code, answer.json["error"]["code"]) == (401, "unauthenticated")
    assert service.backend.store.values == {}
    assert not any(entry["severity"] == "ERROR" for entry in written)


def test_deployed_with_an_emulator_set_nobody_is_served(service, monkeypatch, written):
    for name in ("K_SERVICE", "K_REVISION", "K_CONFIGURATION"):
        monkeypatch.setenv(name, "api")
    monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")

    for method, path in ROUTES:
        assert service.call(method, path).status_code == 503
    assert any("FIREBASE_AUTH_EMULATOR_HOST" in entry["message"] for entry in written)
    assert service.backend.store.values == {}


def test_an_app_that_cannot_be_verified_is_turned_away_where_that_is_enforced(service, monkeypatch):
    monkeypatch.setenv("ENFORCE_APP_CHECK", "true")

    assert service.get("/api/generations").status_code == 401
    headers = {"X-Firebase-AppCheck": "nonsense"}
    answer = service.get("/api/generations", headers=headers)
    assert answer.json["error"]["message"] == "This app could not be verified."


def test_a_preflight_needs_no_token(service):
    asked = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "authorization, idempotency-key, prefer, content-type",
    }
    answer = service.call("OPTIONS", "/api/generations/images/x", user=None, headers=asked)

    assert answer.status_code == 200
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert {one.strip() for one in allowed.split(",")} == {
        "authorization",
        "content-type",
        "idempotency-key",
        "prefer",
    }
    assert "DELETE" in answer.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://app.example", "https://app.example"),
        ("https://evil.example", None),
        ("https://app-example", None),
        ("https://app.example.evil", None),
        ("null", None),
    ],
)
def test_only_the_origins_of_the_deployment_may_read_answers(monkeypatch, origin, allowed):
    monkeypatch.setenv("CORS_ORIGINS", "https://app.example, https://admin.example")
    client = Client(build(config.cors_origins()))

    for path in ("/api/health", "/api/nothing", "/api/generations"):
        answer = client.get(path, headers={"Origin": origin})
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed


def test_what_a_client_has_to_read_is_exposed(service):
    answer = service.get("/api/health", headers={"Origin": "https://app.example"}, user=None)

    exposed = answer.headers["Access-Control-Expose-Headers"]
    assert {one.strip() for one in exposed.split(",")} == {
        "Location",
        "Preference-Applied",
        "Retry-After",
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not-found"),
        ("GET", "/api/docs/nothing", 404, "not-found"),
        ("GET", "//api//health", 404, "not-found"),
        ("PUT", "/api/generations", 405, "method-not-allowed"),
        ("POST", "/api/health", 405, "method-not-allowed"),
    ],
)
def test_the_frameworks_own_errors_have_the_shape_of_all_others(
    service, method, path, status, code
):
    answer = service.call(method, path)

    assert answer.status_code == status
    assert answer.json["error"]["code"] == code
    assert ("Allow" in answer.headers) is (status == 405)


def test_a_body_of_another_type_is_unsupported(service):
    answer = service.post("/api/generations", data="task_type=text2img")

    assert answer.status_code == 415
    assert answer.json["error"]["code"] == "unsupported-media-type"


@pytest.mark.parametrize("body", ["", "{", "[]", '"text"', "null", "[" * 100_000, '{"a": NaN}'])
def test_a_body_that_is_no_json_object_is_refused(service, body):
    answer = service.post("/api/generations", data=body, content_type="application/json")

    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "invalid-argument"


def test_a_body_that_is_too_large_is_refused(service):
    answer = service.post(
        "/api/generations", data=b" " * 1_000_001, content_type="application/json"
    )

    assert answer.status_code == 413
    assert answer.json["error"]["code"] == "payload-too-large"


def test_an_unexpected_error_tells_nothing_of_itself(service, monkeypatch, written):
    def explode(*_arguments, **_named):
        raise RuntimeError("the key is sesame")

    monkeypatch.setattr(service.backend.store, "newest", explode)
    answer = service.get("/api/generations")

    assert answer.status_code == 500
    assert answer.json["error"]["code"] == "internal"
    assert "sesame" not in answer.text
    assert "sesame" not in str(written)
    assert any("RuntimeError" in entry["message"] for entry in written)


def test_answers_are_kept_by_no_cache(service):
    for path in ("/api/generations", "/api/health", "/api/nothing"):
        assert service.get(path).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/api/generations", "/api/storage/usage", "/api/health?deep=1"])
def test_who_calls_too_often_is_told_when_to_come_again(service, path):
    settings = replace(service.backend.settings, calls_per_second=2)
    wiring.use(replace(service.backend, settings=settings))
    user = f"hasty{path.count('g')}{len(path)}"

    answers = [service.get(path, user=user) for _ in range(20)]

    assert [one.status_code for one in answers[:2]] == [200] * 2
    refused = answers[-1]
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "1"
    assert refused.json["error"]["details"] == {"limit": 2, "used": 2, "retry_after_seconds": 1}
    assert service.get(path, user=f"patient{len(path)}").status_code == 200


def test_a_flood_with_one_token_is_turned_away_before_anybody_looks_at_it_again(
    service, monkeypatch
):
    monkeypatch.setattr(REFUSED, "_clock", lambda: 0.0)  # half a second never passes
    slow = replace(service.backend.settings, calls_per_second=1)
    wiring.use(replace(service.backend, settings=slow))
    first = [service.get("/api/quota", user="flood") for _ in range(3)][-1]
    wiring.use(service.backend)  # its rate would let everything through

    by_a_script = service.get("/api/quota", user="flood")
    by_a_page = service.get("/api/quota", user="flood", headers={"Origin": "https://app.example"})

    assert first.status_code == by_a_script.status_code == by_a_page.status_code == 429
    assert first.json == by_a_script.json == by_a_page.json
    for name in ("Retry-After", "Cache-Control", "X-Content-Type-Options", "Content-Type"):
        assert first.headers[name] == by_a_script.headers[name]
    # The framework tells every page, and whoever else asks, that it may call.
    assert "Access-Control-Allow-Origin" in by_a_page.headers
    assert "Access-Control-Allow-Origin" not in by_a_script.headers
    assert service.get("/api/quota", user="somebody").status_code == 200
    forged = service.get("/api/quota", headers={"Authorization": "Bearer forged"})
    assert forged.status_code == 401
