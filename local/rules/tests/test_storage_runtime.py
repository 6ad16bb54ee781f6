"""The runtime over real pipes, with messages as firebase-tools sends them."""

import json
import pathlib
import select
import signal
import subprocess
import sys

import pytest

from local.rules.storage_runtime import StorageRuntime

ROOT = pathlib.Path(__file__).parents[3]
RULES = """
rules_version = '2';
service firebase.storage {
  match /b/{bucket}/o {
    match /open/{name} { allow read: if request.auth.uid == 'alice'; }
    match /lists/{all=**} { allow list: if all == path('') && request.method == 'list'; }
    match /new/{name} {
      allow create: if request.resource.size < 10 && request.resource.metadata.owner == 'alice'
                    && request.resource.timeCreated < request.time
                    && request.path == path('/b/' + bucket + '/o/new/' + name);
    }
    match /shared/{id}/{name} {
      function to() {
        return firestore.get(/databases/(default)/documents/shares/$(id)).data.to;
      }
      allow get: if to().hasAny([request.auth.uid])
                 && !firestore.exists(/databases/(default)/documents/blocked/$(request.auth.uid));
    }
  }
}
"""


class Runtime:
    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local.rules.storage_runtime"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            start_new_session=True,
        )

    def read(self):
        ready, _, _ = select.select([self.process.stdout], [], [], 20)
        assert ready, "no answer within 20 s"
        return json.loads(self.process.stdout.readline())

    def send(self, message):
        line = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def ask(self, message):
        self.send(message)
        return self.read()

    def load(self, content, name="0"):
        files = [{"name": "/project/storage.rules", "content": content}]
        context = {"rulesetName": name, "source": {"files": files}}
        return self.ask({"action": "load_ruleset", "context": context, "id": 0})


@pytest.fixture(scope="module")
def runtime():
    runtime = Runtime()
    assert runtime.read() == {"id": -1, "status": "ok"}
    assert runtime.load(RULES)["result"] == {"rulesVersion": 2}
    yield runtime
    runtime.process.send_signal(signal.SIGINT)
    assert runtime.process.wait(timeout=10) == 0
    assert runtime.process.stderr.read() == b""
    for pipe in (runtime.process.stdin, runtime.process.stdout, runtime.process.stderr):
        pipe.close()


def value(content):
    """Encode as firebase-tools does."""
    match content:
        case None:
            return {"null_value": None}
        case bool():
            return {"bool_value": content}
        case str():
            return {"string_value": content}
        case int():
            return {"int_value": content}
        case dict():
            return {"map_value": {"fields": {key: value(item) for key, item in content.items()}}}


def verify(method, path, uid="alice", new=None, message_id=7):
    request = value({"auth": {"uid": uid, "token": {"sub": uid}} if uid else None, "resource": new})
    fields = request["map_value"]["fields"]
    fields["time"] = {"timestamp_value": "2026-11-21T03:53:00.123Z"}
    segments = [{"simple": part} for part in path.split("/") if part]
    fields["path"] = {"path_value": {"segments": segments}}
    if new:
        created = {"timestamp_value": "2026-11-21T03:52:59.999Z"}
        fields["resource"]["map_value"]["fields"]["timeCreated"] = created
    return {
        "action": "verify",
        "id": message_id,
        "context": {
            "rulesetName": "0",
            "service": "firebase.storage",
            "path": path,
            "method": method,
            "variables": {"resource": value(None), "request": request},
        },
    }


def test_reads_are_decided_by_the_rules(runtime):
    assert runtime.ask(verify("get", "/b/B/o/open/x")) == {
        "id": 7,
        "status": "ok",
        "errors": [],
        "warnings": [],
        "result": {"permit": True},
    }


def test_denial_comes_as_a_warning_with_the_rule_line(runtime):
    answer = runtime.ask(verify("get", "/b/B/o/open/x", uid=None))
    assert answer["result"] == {"permit": False}
    assert answer["warnings"] == ["denied: get /b/B/o/open/x: Null value error. for 'get' @ L5"]


def test_list_matches_a_wildcard_of_no_segments(runtime):
    assert runtime.ask(verify("list", "/b/B/o/lists"))["result"] == {"permit": True}


def test_metadata_of_a_new_object_is_seen(runtime):
    new = {"size": 9, "metadata": {"owner": "alice"}}
    assert runtime.ask(verify("create", "/b/B/o/new/x", new=new))["result"]["permit"]
    new["size"] = 10
    assert not runtime.ask(verify("create", "/b/B/o/new/x", new=new))["result"]["permit"]


def test_empty_segment_matches_no_wildcard(runtime):
    assert not runtime.ask(verify("get", "/b/B/o/open//x"))["result"]["permit"]
    assert not runtime.ask(verify("get", "/b/B/o//open/x"))["result"]["permit"]


def test_documents_are_fetched_through_firebase_tools(runtime):
    fetch = runtime.ask(verify("get", "/b/B/o/shared/s 1/x", message_id=41))
    assert fetch == {
        "id": 41,
        "server_request_id": 41,
        "status": "ok",
        "action": "fetch_firestore_document",
        "context": {"path": "/databases/(default)/documents/shares/s%201"},
    }
    # another request comes in between
    assert runtime.ask(verify("get", "/b/B/o/open/x", message_id=42))["id"] == 42
    readers = {"arrayValue": {"values": [{"stringValue": "alice"}]}}
    result = {
        "name": "projects/p/databases/(default)/documents/shares/s 1",
        "fields": {"to": readers},
    }
    second = runtime.ask({"id": 41, "status": "ok", "result": result, "warnings": [], "errors": []})
    assert second["context"] == {"path": "/databases/(default)/documents/blocked/alice"}
    final = runtime.ask({"id": 41, "status": "not_found", "warnings": [], "errors": []})
    assert final["result"] == {"permit": True}


def test_missing_document_denies(runtime):
    runtime.ask(verify("get", "/b/B/o/shared/s2/x", message_id=50))
    # the error of the first operand may still be absorbed by the second: that is looked up too
    runtime.ask({"id": 50, "status": "not_found"})
    final = runtime.ask({"id": 50, "status": "not_found"})
    assert final["result"] == {"permit": False}


def test_compile_errors_keep_status_ok_and_name_the_line(runtime):
    answer = runtime.load("rules_version = '2';\nservice firebase.storage {\n allow }", name="1")
    assert answer["status"] == "ok"
    assert [json.loads(error) for error in answer["errors"]] == [
        {
            "description_": "Unexpected 'allow', expected 'match', 'function' or '}'.",
            "sourcePosition_": {
                "fileName_": "/project/storage.rules",
                "line_": 3,
                "column_": 2,
            },
        }
    ]


def verifying(**context):
    return {"id": 1, "action": "verify", "context": {"rulesetName": "0", "method": "get"} | context}


@pytest.mark.parametrize(
    "message",
    [
        {"id": 1},
        {"id": 1, "action": "nope"},
        {"id": 1, "action": "verify"},
        {"id": 1, "action": "load_ruleset", "context": {"source": []}},
        {"id": 1, "action": "load_ruleset", "context": {"source": {"files": [{"content": 5}]}}},
        verifying(rulesetName="none"),
        verifying(path=3, variables={}),
        verifying(path="", variables={"request": {"x": 1}}),
        verifying(path="", variables={"request": {"int_value": float("inf")}}),
        verifying(path="", variables={"request": {"timestamp_value": "yesterday"}}),
    ],
)
def test_any_message_is_answered_with_status_ok(runtime, message):
    answer = runtime.ask(message)
    assert answer["id"] == 1
    assert answer["status"] == "ok"
    assert answer["errors"]


def test_values_nested_too_deeply_are_answered_too():
    message = {"null_value": None}
    for _ in range(2000):
        message = {"list_value": {"values": [message]}}
    runtime = StorageRuntime()
    files = [{"name": "r", "content": RULES}]
    context = {"rulesetName": "0", "source": {"files": files}}
    runtime.handle({"id": 0, "action": "load_ruleset", "context": context})
    answer = runtime.handle(verifying(path="/b/B/o/x", variables={"request": message}))
    assert answer["errors"]


def test_lines_that_are_no_json_are_passed_over(runtime):
    runtime.send(b"\xff\xfe garbage {")
    runtime.send(b"[1]")
    runtime.send(b"[" * 100_000)
    assert runtime.ask(verify("get", "/b/B/o/open/x", message_id=99))["id"] == 99


def test_third_document_is_one_too_many():
    three = (f"firestore.exists(/databases/(default)/documents/a/d{n})" for n in range(3))
    condition = " || ".join(three)
    rules = (
        f"service firebase.storage {{ match /b/{{b}}/o/{{n}} {{ allow get: if {condition}; }} }}"
    )
    runtime = StorageRuntime()
    files = [{"name": "r", "content": rules}]
    runtime.handle(
        {
            "id": 0,
            "action": "load_ruleset",
            "context": {"rulesetName": "0", "source": {"files": files}},
        }
    )
    assert runtime.handle(verify("get", "/b/B/o/x"))["action"] == "fetch_firestore_document"
    assert runtime.handle({"id": 7, "status": "not_found"})["action"] == "fetch_firestore_document"
    final = runtime.handle({"id": 7, "status": "not_found"})
    assert "Too many document access calls" in final["warnings"][0]
    assert runtime.handle({"id": 7, "status": "not_found"}) is None


def test_end_of_input_ends_the_runtime():
    done = subprocess.run(
        [sys.executable, "-m", "local.rules.storage_runtime"],
        input=b"",
        capture_output=True,
        cwd=ROOT,
        timeout=20,
        check=True,
    )
    assert done.stdout == b'{"id": -1, "status": "ok"}\n'
    assert done.stderr == b""
