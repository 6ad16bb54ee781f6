"""What Google has of one project's metrics, dashboards, channels and alerts, over HTTP.

It answers as https://cloud.google.com/logging/docs/reference/v2/rest and
https://cloud.google.com/monitoring/api/ref_v3/rest say: pages, names that it makes, zeros that it
leaves out, and a 404 for an alert on a metric that it does not know yet.
"""

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

PAGE = 5  # smaller than what any client asks for
LIST_KEYS = {
    "metrics": "metrics",
    "dashboards": "dashboards",
    "notificationChannels": "notificationChannels",
    "alertPolicies": "alertPolicies",
}
Answer = tuple[int, dict[str, Any]]


class GoogleProject:
    """`held` is what there is, by collection and name; `asked` is each request, as a line."""

    def __init__(self, project: str) -> None:
        self.number = 123456789
        self.held: dict[str, dict[str, dict[str, Any]]] = {key: {} for key in LIST_KEYS}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.unknown_metrics_for = 0  #: so many alerts are refused as too early
        self.answers: list[Answer] = []  #: what it answers next, whatever is asked
        self.answers_to_post: list[Answer] = []  #: and what to what would make something
        self.busy_channels: set[str] = set()
        self._project = project
        self._made = 0

    @property
    def writes(self) -> list[str]:
        return [line for line in self.asked if not line.startswith("GET")]

    def answer(self, method: str, target: str, body: dict[str, Any]) -> Answer:
        path, query = urlsplit(target).path.strip("/"), parse_qs(urlsplit(target).query)
        self.asked.append(f"{method} {path}")
        if self.answers:
            return self.answers.pop(0)
        if method == "POST" and self.answers_to_post:
            return self.answers_to_post.pop(0)
        found = re.fullmatch(r"(v\d)/projects/([^/]+)/(\w+)(?:/(.+))?", path)
        if not found or found[2] not in (self._project, str(self.number)):
            return refusal(404, "Project not found.")
        collection, name = found[3], unquote(found[4] or "")
        held = self.held[collection]
        if method == "GET":
            return self._page(collection, query)
        if method == "POST" and not name:
            return self._create(collection, body)
        if method == "PUT" and collection == "metrics":
            held[name] = shown(body)
            return 200, held[name]
        if name not in held:
            return refusal(404, "Not found.")
        if method == "DELETE":
            if name in self.busy_channels:
                return refusal(400, "It is used by alerts.")
            del held[name]
            return 200, {}
        return self._patch(collection, name, body, query)

    def _page(self, collection: str, query: dict[str, list[str]]) -> Answer:
        start = int(query.get("pageToken", ["0"])[0] or 0)
        entries = list(self.held[collection].values())
        more = {"nextPageToken": str(start + PAGE)} if start + PAGE < len(entries) else {}
        return 200, {LIST_KEYS[collection]: entries[start : start + PAGE]} | more

    def _create(self, collection: str, body: dict[str, Any]) -> Answer:
        if collection == "alertPolicies" and self._too_early(body):
            return refusal(
                404,
                "Cannot find metric(s) that match type = ... If a metric was created recently, it"
                " could take up to 10 minutes to become available. Please try again soon.",
            )
        self._made += 1
        entry = {"name": f"projects/{self.number}/{collection}/{self._made}", "etag": "1"}
        self.held[collection][str(self._made)] = shown(body) | entry
        return 200, self.held[collection][str(self._made)]

    def _too_early(self, policy: dict[str, Any]) -> bool:
        if self.unknown_metrics_for and "logging.googleapis.com/user" in json.dumps(policy):
            self.unknown_metrics_for -= 1
            return True
        return False

    def _patch(
        self, collection: str, name: str, body: dict[str, Any], query: dict[str, list[str]]
    ) -> Answer:
        before = self.held[collection][name]
        if collection == "dashboards":
            if body.get("etag") != before["etag"]:
                return refusal(409, "The dashboard was changed meanwhile.")
            body = body | {"etag": str(int(before["etag"]) + 1)}
        if "updateMask" in query:
            fields = query["updateMask"][0].split(",")
            after = before | shown({key: body[key] for key in fields})
        else:
            after = shown(body) | {"name": before["name"]}
        self.held[collection][name] = after
        return 200, after


def refusal(status: int, message: str, **more: Any) -> Answer:
    return status, {"error": {"code": status, "message": message, **more}}


def shown(value: Any) -> Any:
    """As protobuf's JSON shows it: without numbers that are 0, and without what is empty."""
    if isinstance(value, dict):
        kept = {key: shown(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one or isinstance(one, (bool, dict))}
    return [shown(one) for one in value] if isinstance(value, list) else value


@contextlib.contextmanager
def serving_google(project: str) -> Iterator[tuple[GoogleProject, str]]:
    """The project, and the base URL of both interfaces."""
    google = GoogleProject(project)

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            google.headers.append(dict(self.headers))
            status, said = google.answer(self.command, self.path, body)
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 (http.server's)

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield google, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
