"""Health, the OpenAPI document, and the page to read it."""

import re
import subprocess
import sys
from urllib.parse import urljoin

import jsonschema_rs
import pytest

from firepod import VERSION
from firepod.domain.errors import Unavailable
from firepod.kinds import registry


def test_health_needs_nothing(service):
    answer = service.get("/api/health", user=None)

    assert (answer.status_code, answer.json) == (200, {"status": "ok", "version": VERSION})


def test_health_is_the_same_whoever_answers_it(service):
    """A plain call is answered before the web framework is loaded, one of a page after it."""
    page = service.get("/api/health", user=None, headers={"Origin": "https://app.example"})
    for path in ("/api/health", "/health", "/api/v1/health", "/v1/health"):
        plain = service.get(path, user=None)
        assert plain.data == page.data
        for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options"):
            assert plain.headers[name] == page.headers[name]
    assert page.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert service.post("/api/health", user=None).status_code == 405
    assert service.get("/api/health?depth=1", user=None).status_code == 400


def test_health_needs_no_web_framework():
    program = (
        "import sys, main; from werkzeug.test import EnvironBuilder; from flask import Request;"
        "answer = main.api(Request(EnvironBuilder('/api/health').get_environ()));"
        "sys.exit(answer.status_code != 200 or 'flask_openapi3' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd="functions", check=False)

    assert done.returncode == 0


def test_deep_health_asks_what_the_service_stands_on(service):
    answer = service.get("/api/health?deep=1")

    checks = {"firestore": "ok", "storage": "ok", "runpod": "ok"}
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "version": VERSION, "checks": checks}


@pytest.mark.parametrize(
    ("part", "method", "name"),
    [("store", "find", "firestore"), ("storage", "stat", "storage"), ("gpu", "idle", "runpod")],
)
def test_deep_health_names_what_fails(service, monkeypatch, part, method, name):
    def fail(*_arguments):
        raise Unavailable("No.")

    monkeypatch.setattr(getattr(service.backend, part), method, fail)
    answer = service.get("/api/health?deep=1")

    assert answer.status_code == 503
    assert answer.json["error"]["details"] == {"failing": [name]}
    assert name in answer.json["error"]["message"]


def test_the_document_is_openapi_3_1_and_its_schemas_are_json_schemas(service):
    document = service.get("/api/openapi.json", user=None).json

    assert document["openapi"].startswith("3.1.")
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_every_reference_of_the_document_leads_somewhere(service):
    answer = service.get("/api/openapi.json", user=None)
    schemas = answer.json["components"]["schemas"]
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', answer.text))

    assert names <= schemas.keys()


def test_every_call_but_health_says_that_it_needs_a_token(service):
    document = service.get("/api/openapi.json", user=None).json
    for path, operations in document["paths"].items():
        for operation in operations.values():
            expected = [{}, {"firebase": []}] if path == "/health" else [{"firebase": []}]
            assert operation["security"] == expected
            assert {"400", "401", "500", "503"} <= operation["responses"].keys()


def test_the_bounds_of_the_tasks_stand_in_the_document(service):
    document = service.get("/api/openapi.json", user=None).json
    picture = document["components"]["schemas"]["TextToImage"]["properties"]

    assert (picture["width"]["minimum"], picture["width"]["multipleOf"]) == (256, 8)
    assert picture["prompt"]["maxLength"] == 4000
    body = document["paths"]["/generations"]["post"]["requestBody"]
    mapping = body["content"]["application/json"]["schema"]["discriminator"]["mapping"]
    assert set(mapping) == set(registry.TASKS)


def test_the_page_needs_nothing_from_anywhere_else(service):
    page = service.get("/api/docs", user=None)

    assert page.mimetype == "text/html"
    assert "//" not in re.sub(r"<!.*?>", "", page.text)
    wanted = re.findall(r'<(?:script|link) [^>]*(?:src|href)="([^"]+)"', page.text)
    assert wanted
    for name in [*wanted, "openapi.json"]:
        assert service.get(urljoin("/api/docs", name), user=None).status_code == 200


def test_the_page_follows_the_dark_mode_has_landmarks_and_leads_back_to_the_console(service):
    page = service.get("/api/docs", user=None).text
    start = service.get("/api/docs/start.js", user=None).text

    for part in ('<html lang="en">', "<title>Firepod API</title>", "<main ", "<header>"):
        assert part in page
    assert '<meta name="color-scheme" content="light dark">' in page
    assert '<nav><a href="/">Back to the console</a></nav>' in page
    assert "prefers-color-scheme: dark" in start
    assert "dark-mode" in service.get("/api/docs/swagger-ui.css", user=None).text


def test_importing_main_loads_no_web_framework_of_the_api():
    program = "import sys, main; sys.exit('flask_openapi3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd="functions", check=False)

    assert done.returncode == 0


@pytest.mark.parametrize(
    "path",
    ["/api/docs", "/api/openapi.json", "/api/docs/start.js", "/api/docs/swagger-ui-bundle.js"],
)
def test_what_is_the_same_for_everybody_comes_from_a_cache(service, path):
    first = service.get(path, user=None)
    again = service.get(path, user=None, headers={"If-None-Match": first.headers["ETag"]})

    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "public, max-age=600"
    assert (again.status_code, again.data) == (304, b"")
    assert service.get(path, user=None, headers={"If-None-Match": '"x"'}).data == first.data


@pytest.mark.parametrize("path", ["/api", "/api/", "/", "/api/docs/", "/docs/"])
def test_who_looks_for_the_page_finds_it(service, path):
    answer = service.get(path, user=None)

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/api/docs"


@pytest.mark.parametrize("path", ["/api/health", "/api/generations", "/api/nothing"])
def test_everything_else_stays_in_no_cache(service, path):
    assert service.get(path).headers["Cache-Control"] == "private, no-store"
