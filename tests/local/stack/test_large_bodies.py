"""firebase-tools with bodies of a megabyte and more, as curl and apps send them."""

import json
import os
import subprocess

import pytest

from local.stack.child import ROOT
from local.stack.programs import node_options

# Answers what it was asked with, as Hosting would hand it on.
EXPECTING = """
const http = require("node:http");
const server = http.createServer((request, response) => {
  request.resume();
  request.on("end", () => response.end(JSON.stringify(request.headers)));
});
server.listen(0, "127.0.0.1", () => {
  const headers = { Expect: "100-continue", "X-Other": "stays" };
  const { port } = server.address();
  const asking = http.request({ port, method: "POST", headers }, (answer) => {
    answer.pipe(process.stdout);
    answer.on("end", () => server.close());
  });
  asking.on("continue", () => asking.end("a large body"));
  asking.flushHeaders();
});
"""
# A server that answers at once, and closes while the body still comes.
REFUSED = """
const http = require("node:http");
const net = require("node:net");
const server = net.createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => {
    socket.write("HTTP/1.1 413 Too Large\\r\\nContent-Length: 2\\r\\n\\r\\nno");
    setTimeout(() => socket.resetAndDestroy(), 50);
  });
});
server.listen(0, "127.0.0.1", () => {
  const asking = http.request({ port: server.address().port, method: "POST" }, (answer) => {
    console.log(answer.statusCode);
    answer.resume();
  });
  const more = setInterval(() => asking.write("x".repeat(1 << 20)), 5);
  asking.on("error", (error) => console.log(error.code));
  asking.on("close", () => { clearInterval(more); server.close(); });
});
"""
# As firebase-tools ends where nobody has listened.
NOBODYS = """
process.on("uncaughtException", (error) => {
  console.log("ended by", error.code);
  process.exit();
});
const fail = (given) => process.nextTick(() => { throw Object.assign(new Error(), given); });
fail({ code: "EPIPE", syscall: "write" });
setTimeout(() => { console.log("alive"); fail(OTHER); }, 20);
"""
UNREACHED = """
require("node:http").get({ port: 9, host: "127.0.0.1" }).on("error", (e) => console.log(e.code));
"""
# A server that ends before it has answered.
UNANSWERED = """
const server = require("node:net").createServer((socket) => {
  socket.once("data", () => { socket.resetAndDestroy(); server.close(); });
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  require("node:http").get({ port, host: "127.0.0.1" }).on("error", (e) => console.log(e.code));
});
"""


@pytest.fixture
def told():
    environment = {**os.environ, "NODE_OPTIONS": node_options(ROOT, "large_bodies.cjs")}

    def run(program):
        command = ["node", "-e", program]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=30
        ).stdout

    return run


def test_a_client_that_waits_to_be_let_continue_is_no_concern_of_hostings(told):
    headers = json.loads(told(EXPECTING))
    assert "expect" not in headers
    assert headers["x-other"] == "stays"


def test_a_body_that_was_refused_early_ends_nothing_but_its_request(told):
    assert told(REFUSED).split() == ["413"]


@pytest.mark.parametrize(("code", "syscall"), [("EADDRINUSE", "listen"), ("ECONNRESET", "read")])
def test_what_nobody_could_write_ends_nothing_and_other_errors_do(told, code, syscall):
    other = json.dumps({"code": code, "syscall": syscall})
    assert told(NOBODYS.replace("OTHER", other)).splitlines() == ["alive", f"ended by {code}"]


@pytest.mark.parametrize(
    ("program", "code"), [(UNREACHED, "ECONNREFUSED"), (UNANSWERED, "ECONNRESET")]
)
def test_a_request_that_has_no_answer_fails_as_before(told, program, code):
    assert told(program).split() == [code]
