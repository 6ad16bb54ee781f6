"""What note_requests.cjs notes of requests, and how bench/counting.py bills those of Storage."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from bench.counting import storage_class
from local.stack.programs import node_options

ROOT = Path(__file__).resolve().parents[3]
SERVE = """
const http = require("node:http");
const server = http.createServer((request, response) => {
  request.resume();
  request.once("end", () => response.end("x".repeat(5000)));
});
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const ask = (method, path, body, headers) => new Promise((done) => {
  const options = { method, path, agent, headers, port: server.address().port };
  http.request(options, (answer) => answer.resume().once("end", done)).end(body);
});
server.listen(0, "127.0.0.1", async () => {
  await ask("POST", "/demo/us-central1/runpodwebhook/k1.secret.secret/claim", "y".repeat(3000));
  await ask("GET", "/v0/b/x/o/a%2Fb?alt=media&token=secret");
  await ask("POST", "/v0/b/x/o?name=a", "", { "X-Goog-Upload-Command": "start" });
  console.log(server.address().port);
  agent.destroy();
  server.close();
});
"""


@pytest.fixture(scope="module")
def noted(tmp_path_factory):
    file = tmp_path_factory.mktemp("notes") / "requests.jsonl"
    environment = {
        **os.environ,
        "NODE_OPTIONS": node_options(ROOT, "note_requests.cjs"),
        "FIREPOD_NOTE_REQUESTS": str(file),
    }
    command = ["node", "-e", SERVE]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout), [json.loads(line) for line in file.read_text().splitlines()]


def test_each_request_is_noted_with_its_own_bytes_and_without_what_opens_something(noted):
    port, (call, download, upload) = noted
    assert [one["port"] for one in (call, download, upload)] == [port] * 3
    assert (call["method"], call["path"]) == ("POST", "/demo/us-central1/runpodwebhook")
    assert (download["path"], download["parameters"]) == ("/v0/b/x/o/a%2Fb", ["alt", "token"])
    assert upload["parameters"] == ["name", "upload:start"]
    assert "secret" not in json.dumps(noted)
    assert 3000 < call["received"] < 3400
    assert download["received"] < 400  # over the same connection
    assert all(5000 < one["sent"] < 5400 for one in (call, download, upload))
    assert call["status"] == 200


@pytest.mark.parametrize(
    ("method", "path", "parameters", "billed"),
    [
        ("GET", "/storage/v1/b/x/o", ["prefix"], "A"),  # a list
        ("GET", "/storage/v1/b/x/o/a", [], "B"),
        ("GET", "/v0/b/x/o/a", ["alt", "token"], "B"),
        ("PATCH", "/storage/v1/b/x/o/a", [], "A"),
        ("POST", "/storage/v1/b/x/o/a/rewriteTo/b/x/o/c", [], "A"),
        ("POST", "/upload/storage/v1/b/x/o", ["uploadType", "name"], "A"),
        ("PUT", "/upload/storage/v1/b/x/o", ["uploadType", "upload_id"], ""),  # its rest
        ("POST", "/v0/b/x/o", ["name", "upload:start"], "A"),
        ("POST", "/v0/b/x/o", ["name", "upload_id", "upload:upload, finalize"], ""),
        ("DELETE", "/storage/v1/b/x/o/a", [], ""),
        ("OPTIONS", "/v0/b/x/o", [], ""),
    ],
)
def test_storage_bills_by_what_is_asked(method, path, parameters, billed):
    note = {"method": method, "path": path, "parameters": parameters}
    assert storage_class(note) == billed
