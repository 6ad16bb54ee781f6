"""Cloud Logging, as `show` asks it: bounded, and where it refuses with what mends that."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tools.jobs import cloud_logs

SINCE = datetime(2026, 11, 28, 10, tzinfo=UTC)


@pytest.fixture
def logging():
    """A server that answers from a list, and keeps what it was asked."""
    answers, asked = [], []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, body))
            status, answer = answers.pop(0)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", answers, asked
    server.shutdown()
    thread.join()
    server.server_close()


def entry(number, **fields):
    return {
        "timestamp": f"2026-11-28T10:00:{number:02d}Z",
        "severity": "INFO",
        "jsonPayload": {"event": f"event_{number}", "file_uid": "a-b", **fields},
    }


def test_the_lines_of_one_generation_are_asked_for_from_a_time_on(logging):
    url, answers, asked = logging
    answers.append((200, {"entries": [entry(1, attempt=1), entry(2)]}))
    logs = cloud_logs.read("my-project", "a-b", SINCE, url=url)
    assert [(line.at, line.event) for line in logs.lines] == [
        ("2026-11-28T10:00:01Z", "event_1"),
        ("2026-11-28T10:00:02Z", "event_2"),
    ]
    assert (logs.lines[0].fields, logs.note) == ({"attempt": 1}, "")
    ((path, body),) = asked
    assert path == "/v2/entries:list"
    assert body["resourceNames"] == ["projects/my-project"]
    wanted = 'jsonPayload.file_uid="a-b" AND timestamp>="2026-11-28T09:55:00+00:00"'
    assert body["filter"] == wanted


def test_an_empty_page_is_not_the_end(logging):
    url, answers, asked = logging
    answers += [(200, {"nextPageToken": "more"}), (200, {"entries": [entry(1)]})]
    assert len(cloud_logs.read("my-project", "a-b", None, url=url).lines) == 1
    assert asked[1][1]["pageToken"] == "more"


def test_it_stops_after_some_pages_and_says_so(logging):
    url, answers, asked = logging
    answers += [(200, {"nextPageToken": "more"})] * 20
    assert "more" in cloud_logs.read("my-project", "a-b", None, url=url).note
    assert len(asked) == cloud_logs.MOST_PAGES


@pytest.mark.parametrize(
    ("status", "answer", "says"),
    [
        (403, {"error": {"message": "Permission denied"}}, "--role=roles/logging.viewer"),
        (401, {}, "--role=roles/logging.viewer"),
        (403, {"error": {"details": [{"reason": "SERVICE_DISABLED"}]}}, "gcloud services enable"),
        (429, {}, "60 such questions a minute"),
        (500, {}, "answered 500"),
    ],
)
def test_where_it_refuses_it_is_said_what_mends_that(logging, status, answer, says):
    url, answers, _ = logging
    answers.append((status, answer))
    logs = cloud_logs.read("my-project", "a-b", SINCE, url=url)
    assert logs.lines == []
    assert says in logs.note


def test_where_nothing_answers_the_rest_is_shown():
    logs = cloud_logs.read("p", "a-b", None, url="http://127.0.0.1:1")
    assert "does not answer" in logs.note
