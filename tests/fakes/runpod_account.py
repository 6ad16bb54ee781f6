"""RunPod's REST API v2 and the counts of its endpoints, as an account sees them, on a real socket.

It is as strict as RunPod's OpenAPI document (docs.runpod.io/api-reference-v2): a field that it does
not know is a 422. It loses excluded types of GPU where a change does not tell the GPUs.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "rpa_TESTKEY0123456789"
FIELDS = {
    "name", "type", "image", "args", "disk", "ports", "env", "registry", "gpu", "cpu", "workers",
    "scaling", "dataCenterIds", "networkVolumes", "templateId", "timeout", "flashboot",
}  # fmt: skip
GPU = {"pools", "excludedTypes", "count", "allowedCudaVersions", "minCudaVersion"}


def gpu(name: str, pool: str | None, memory: int, hour: float | None) -> dict[str, Any]:
    price = {"secure": 0.5, "community": 0.4} | ({} if hour is None else {"serverless": hour})
    return {"id": f"NVIDIA {name}", "name": name, "pool": pool, "memory": memory, "price": price}


GPUS = [
    gpu("RTX A4000", "AMPERE_16", 16, 0.58),
    gpu("L4", "AMPERE_24", 24, 0.69),
    gpu("GeForce RTX 3090", "AMPERE_24", 24, 0.69),
    gpu("GeForce RTX 4090", "ADA_24", 24, 1.1),
    gpu("RTX A6000", "AMPERE_48", 48, 1.22),
    gpu("A40", "AMPERE_48", 48, 1.22),
    gpu("L40S", "ADA_48_PRO", 48, 1.9),
    gpu("GeForce RTX 3070", None, 8, None),
]


@dataclass
class Fault:
    """What the next calls of a method get; `done`: after the call was obeyed."""

    method: str
    status: int  #: 0: the connection is closed
    detail: str = "no"
    times: int = 1
    done: bool = False
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Account:
    """An account with its endpoints; `url` is where the API is, `jobs_url` where jobs go."""

    url: str = ""
    jobs_url: str = ""
    endpoints: dict[str, dict[str, Any]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    gpus: list[dict[str, Any]] = field(default_factory=lambda: list(GPUS))
    faults: list[Fault] = field(default_factory=list)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)

    @property
    def changes(self) -> list[str]:
        return [method for method, _, _ in self.calls if method != "GET"]

    def named(self, name: str) -> dict[str, Any]:
        (found,) = [one for one in self.endpoints.values() if one["name"] == name]
        return found

    def fault(self, method: str) -> Fault | None:
        found = next((one for one in self.faults if one.method == method and one.times), None)
        if found is not None:
            found.times -= 1
        return found

    def obey(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        match [method, *path.strip("/").split("/")]:
            case ["GET", "jobs", endpoint_id, "health"] if endpoint_id in self.endpoints:
                none = {"inQueue": 0, "inProgress": 0, "completed": 3}
                return 200, {"jobs": none | self.jobs.get(endpoint_id, {}), "workers": {}}
            case ["GET", "api", "catalog", "gpus"]:
                return 200, {"gpus": self.gpus}
            case ["GET", "api", "serverless"]:
                return 200, {"endpoints": list(self.endpoints.values())}
            case ["POST", "api", "serverless"]:
                return self._create(body)
            case ["GET", "api", "serverless", endpoint_id, "workers"]:
                return 200, {"workers": [], "summary": {"running": 1, "idle": 0, "total": 1}}
            case ["PATCH", "api", "serverless", endpoint_id] if endpoint_id in self.endpoints:
                return self._change(self.endpoints[endpoint_id], body)
            case ["DELETE", "api", "serverless", endpoint_id] if endpoint_id in self.endpoints:
                del self.endpoints[endpoint_id]
                return 204, None
        return 404, problem(404, "endpoint not found")

    def _create(self, body: dict[str, Any]) -> tuple[int, Any]:
        if wrong := self._wrong(body, {"name", "type", "scaling", "image", "gpu"}):
            return 422, problem(422, "Request validation failed.", wrong)
        found: dict[str, Any] = {"id": f"ep{len(self.calls)}x"}
        found |= {"dataCenterIds": [], "networkVolumes": [], "args": "", "ports": []}
        found |= {"registry": None, "createdAt": "2026-11-28T00:00:00Z"}
        cuda: dict[str, list[str] | None] = {"allowedCudaVersions": [], "minCudaVersion": None}
        self.endpoints[found["id"]] = {**found, **body, "gpu": cuda | body["gpu"]}
        return 201, self.endpoints[found["id"]]

    def _change(self, found: dict[str, Any], body: dict[str, Any]) -> tuple[int, Any]:
        if wrong := self._wrong(body, set()) + ["type"] * ("type" in body):
            return 422, problem(422, "Request validation failed.", wrong)
        told = body.get("gpu", {"excludedTypes": []})
        tables = {"gpu": found["gpu"] | told} | {
            name: found[name] | body[name] for name in ("workers",) if name in body
        }
        found.update({**body, **tables})
        if not found["gpu"].get("excludedTypes"):
            found["gpu"].pop("excludedTypes", None)
        return 200, found

    def _wrong(self, body: dict[str, Any], needed: set[str]) -> list[str]:
        wrong = [f"{one} is missing" for one in needed - body.keys()]
        wrong += [f"additional properties '{one}' not allowed" for one in body.keys() - FIELDS]
        wrong += [f"gpu: '{one}' not allowed" for one in body.get("gpu", {}).keys() - GPU]
        pools = {one["pool"] for one in self.gpus}
        wrong += [
            f"no pool {one}" for one in body.get("gpu", {}).get("pools", []) if one not in pools
        ]
        if body.get("scaling", {}).get("type") == "REQUEST_COUNT":
            wrong += ["idleTimeout"] * ("idleTimeout" in body.get("workers", {}))
        wrong += ["env"] * (not all(isinstance(v, str) for v in body.get("env", {}).values()))
        return wrong


def problem(status: int, detail: str, errors: list[str] | None = None) -> dict[str, Any]:
    told = {"title": "Problem", "status": status, "detail": detail}
    return told | ({"errors": errors} if errors else {})


@contextmanager
def serving_account() -> Iterator[Account]:
    account, lock = Account(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            with lock:
                account.calls.append((self.command, self.path, body))
                if self.headers["Authorization"] != f"Bearer {KEY}":
                    return self._answer(401, problem(401, "invalid bearer token"))
                fault = account.fault(self.command)
                if fault is None or fault.done:
                    status, told = account.obey(self.command, self.path, body)
                if fault is not None:
                    status, told = fault.status, problem(fault.status, fault.detail)
            if not status:
                self.close_connection = True
                return None
            return self._answer(status, told, fault.headers if fault else {})

        do_GET = do_POST = do_PATCH = do_DELETE = _any  # noqa: N815 (the server's names)

        def _answer(self, status: int, told: Any, headers: dict[str, str] | None = None) -> None:
            data = b"" if told is None else json.dumps(told).encode()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    base = f"http://127.0.0.1:{server.server_port}"
    account.url, account.jobs_url = f"{base}/api", f"{base}/jobs"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield account
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
