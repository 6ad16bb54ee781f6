import json

import pytest

RULES = "/emulator/v1/projects/p:securityRules"
CLOSED = """rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /open/{id} { allow read, write; }
  }
}
"""
BROKEN = "service cloud.firestore {\n  match /x {\n    allow read: if ;\n  }\n}\n"


async def put_rules(server, content, project="p", **extra):
    """Send rules as @firebase/rules-unit-testing does: no authorization, text/plain."""
    body = json.dumps({**extra, "rules": {"files": [{"content": content}]}})
    status, _, text = await server.raw(
        "PUT",
        f"/emulator/v1/projects/{project}:securityRules",
        body,
        headers={"Content-Type": "text/plain;charset=UTF-8"},
    )
    return status, json.loads(text)


async def may_read(server, path, project="p"):
    url = f"/v1/projects/{project}/databases/(default)/documents/{path}"
    status, _, _ = await server.raw("GET", url)
    assert status in (403, 404)
    return status == 404


def test_the_front_page_says_ok(serve):
    async def scenario(server):
        assert (await server.raw("GET", "/", x="1"))[::2] == (200, "Ok\n")
        for method, path in [("HEAD", "/"), ("POST", "/"), ("GET", "/reset"), ("GET", "/x")]:
            status, _, text = await server.raw(method, path)
            assert (status, text) == (404, "" if method == "HEAD" else "Not Found\n")

    serve(scenario)


def test_without_rules_everything_is_allowed(serve):
    async def scenario(server):
        assert await may_read(server, "closed/x")

    serve(scenario)


def test_rules_hold_for_their_project_only(serve):
    async def scenario(server):
        assert await put_rules(server, CLOSED) == (200, {"issues": []})
        assert await may_read(server, "open/x")
        assert not await may_read(server, "closed/x")
        assert await may_read(server, "closed/x", project="other")

    serve(scenario)


def test_broken_rules_are_refused_and_the_old_ones_stay(serve):
    async def scenario(server):
        await put_rules(server, CLOSED)
        status, answer = await put_rules(server, BROKEN)
        assert status == 400
        assert answer["error"]["status"] == "INVALID_ARGUMENT"
        assert "INVALID_ARGUMENT" in answer["error"]["message"]
        assert "L3:20" in answer["error"]["message"]
        assert not await may_read(server, "closed/x")

    serve(scenario)


def test_firebase_tools_gets_the_issues_instead_of_an_error(serve):
    async def scenario(server):
        await put_rules(server, CLOSED)
        body = {
            "ignore_errors": True,
            "rules": {"files": [{"name": "security.rules", "content": BROKEN}]},
        }
        status, answer = await server.call("PUT", RULES, body)
        assert status == 200
        (issue,) = answer["issues"]
        assert issue["sourcePosition"] == {"fileName": "security.rules", "line": 3, "column": 20}
        assert issue["severity"] == "ERROR"
        assert issue["description"]
        assert not await may_read(server, "closed/x")

    serve(scenario)


def test_rules_that_only_give_rise_to_a_warning_are_in_force(serve):
    async def scenario(server):
        unfinished = CLOSED.replace(";", "")
        status, answer = await put_rules(server, unfinished)
        assert status == 200
        assert {issue["severity"] for issue in answer["issues"]} == {"WARNING"}
        assert not await may_read(server, "closed/x")

    serve(scenario)


@pytest.mark.parametrize(
    "body",
    [{}, {"rules": 1}, {"rules": {"files": []}}, {"rules": {"files": [{"content": 1}]}}],
)
def test_rules_need_one_file(serve, body):
    async def scenario(server):
        status, answer = await server.call("PUT", RULES, body)
        assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")

    serve(scenario)


async def write(server, *paths, database="(default)"):
    for path in paths:
        url = f"/v1/projects/p/databases/{database}/documents/{path}"
        assert (await server.call("PATCH", url, {"fields": {}}))[0] == 200


async def names(server, collection, database="(default)"):
    url = f"/v1/projects/p/databases/{database}/documents/{collection}"
    _, listed = await server.call("GET", url)
    return [document["name"].rpartition("/")[2] for document in listed.get("documents", [])]


def test_one_database_is_cleared_without_authorization(serve):
    async def scenario(server):
        await put_rules(server, CLOSED)
        await write(server, "a/1", "a/1/b/2")
        await write(server, "a/1", database="other")
        status, _, text = await server.raw(
            "DELETE", "/emulator/v1/projects/p/databases/(default)/documents"
        )
        assert (status, json.loads(text)) == (200, {})
        assert await names(server, "a") == await names(server, "a/1/b") == []
        assert await names(server, "a", database="other") == ["1"]
        assert not await may_read(server, "closed/x")

    serve(scenario)


def test_a_document_or_collection_is_deleted_with_what_is_below(serve):
    async def scenario(server):
        control = "/emulator/v1/projects/p/databases/(default)/documents"
        await write(server, "a/1", "a/1/b/2", "a/3", "c/4", "c/4/d/5")
        assert (await server.raw("DELETE", f"{control}/a/1"))[0] == 200
        assert await names(server, "a") == ["3"]
        assert await names(server, "a/1/b") == []
        assert (await server.raw("DELETE", f"{control}/c"))[0] == 200
        assert await names(server, "c") == await names(server, "c/4/d") == []

    serve(scenario)


def test_reset_forgets_every_database(serve):
    async def scenario(server):
        await write(server, "a/1")
        await write(server, "a/1", database="other")
        assert (await server.raw("POST", "/reset"))[::2] == (200, "Resetting...\n")
        assert await names(server, "a") == await names(server, "a", database="other") == []

    serve(scenario)


def test_shutdown_stops_the_server(serve):
    async def scenario(server):
        assert (await server.raw("POST", "/shutdown"))[::2] == (200, "Shutting down...\n")
        await server.stopped.wait()

    serve(scenario)


def test_rule_coverage_is_left_out_and_refused(serve):
    async def scenario(server):
        status, answer = await server.call("GET", "/emulator/v1/projects/p:ruleCoverage", {})
        assert (status, answer["error"]["status"]) == (501, "UNIMPLEMENTED")

    serve(scenario)


@pytest.mark.parametrize("action", ["export", "import"])
def test_an_export_and_an_import_need_a_folder(serve, action):
    async def scenario(server):
        path = f"/emulator/v1/projects/p:{action}"
        status, answer = await server.call("POST", path, {"database": "x"})
        assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")

    serve(scenario)


def test_the_coverage_page_says_that_there_is_none(serve):
    async def scenario(server):
        status, _, text = await server.raw("GET", "/emulator/v1/projects/p:ruleCoverage.html")
        assert (status, "records no coverage" in text) == (200, True)

    serve(scenario)


def test_event_triggers_are_registered_but_refused_in_the_log(serve, caplog):
    async def scenario(server):
        v2 = "/emulator/v1/projects/p/eventarcTrigger"
        assert await server.call("POST", v2, {}, eventarcTriggerId="us-central1-onwrite-0") == (
            200,
            {},
        )
        v1 = "/emulator/v1/projects/p/triggers/us-central1-onold"
        assert await server.call("PUT", v1, {}) == (200, {})

    serve(scenario)
    refused = [record.getMessage() for record in caplog.records if "events" in record.getMessage()]
    assert [message.split()[0] for message in refused] == [
        "us-central1-onwrite-0",
        "us-central1-onold",
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", RULES),
        ("PUT", "/emulator/v1/projects/p"),
        ("DELETE", "/emulator/v1/projects/p/databases/d"),
        ("DELETE", "/emulator/v1/projects/p/databases/d/documents/"),
        ("POST", "/emulator/v1/projects/p:somethingElse"),
    ],
)
def test_other_control_paths_are_not_found(serve, method, path):
    async def scenario(server):
        assert (await server.raw(method, path))[::2] == (404, "Not Found\n")

    serve(scenario)
