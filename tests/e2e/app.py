"""An app's user and the operator's view, over the wire, for the end-to-end tests."""

import contextlib
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from firepod.protocol.tokens import parse_keyring
from local.stack.child import ROOT, RunningStack

WAIT_SECONDS = 60.0
POLL_SECONDS = 0.05
ENDED = ("completed", "failed", "cancelled")


@dataclass(frozen=True)
class User:
    """A signed-in user of an app."""

    stack: RunningStack
    uid: str
    token: str

    @classmethod
    def sign_up(cls, stack: RunningStack) -> "User":
        url = f"{stack.urls['auth']}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=local"
        answer = requests.post(url, json={"returnSecureToken": True}, timeout=10).json()
        return cls(stack, answer["localId"], answer["idToken"])

    def call(self, function: str, data: Any) -> tuple[int, Any]:
        """A callable's HTTP status and its `result` or `error`."""
        return post_callable(self.stack, function, json.dumps({"data": data}), self.token)

    def generate(self, task_type: str, **fields: Any) -> dict[str, Any]:
        status, answer = self.call("generate", {"task_type": task_type, **fields})
        assert status == 200, answer
        return answer

    def document(self, path: str) -> requests.Response:
        return get_document(self.stack, path, self.token)

    def upload(self, name: str, data: bytes, content_type: str) -> str:
        path = f"uploads/{self.uid}/{name}"
        answer = requests.post(
            f"{self.stack.urls['storage']}/v0/b/{self.stack.bucket}/o?name={quote(path, safe='')}",
            data=data,
            headers={"Content-Type": content_type, "Authorization": f"Firebase {self.token}"},
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        return path


def post_callable(
    stack: RunningStack, function: str, body: str, token: str | None = None
) -> tuple[int, Any]:
    headers = {"Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    url = f"{stack.urls['functions']}/{function}"
    answer = requests.post(url, data=body, headers=headers, timeout=60)
    content = answer.json()
    return answer.status_code, content.get("result", content.get("error"))


def get_document(stack: RunningStack, path: str, token: str = "owner") -> requests.Response:
    root = f"{stack.urls['firestore']}/v1/projects/{stack.project}/databases/(default)/documents"
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{root}/{path}", headers=headers, timeout=10)


def read(stack: RunningStack, path: str) -> dict[str, Any] | None:
    """A document as plain values, with an operator's rights; None if it is not there."""
    answer = get_document(stack, path)
    if answer.status_code == 404:
        return None
    return {name: _plain(value) for name, value in answer.json()["fields"].items()}


def wait_until(stack: RunningStack, path: str, *statuses: str) -> dict[str, Any]:
    """The document once it has one of the statuses (an ended one, unless said otherwise)."""
    deadline = time.monotonic() + WAIT_SECONDS
    document = None
    while time.monotonic() < deadline:
        document = read(stack, path)
        if document is not None and document["status"] in (statuses or ENDED):
            return document
        time.sleep(POLL_SECONDS)
    raise TimeoutError(f"{path} is still {document}")


def wait_gone(stack: RunningStack, path: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while read(stack, path) is not None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} is still there: {read(stack, path)}")
        time.sleep(POLL_SECONDS)


def entries(stack: RunningStack, count: int, **wanted: Any) -> list[dict[str, Any]]:
    """What the functions of a stack have written, of these fields; waits for so many lines."""
    deadline = time.monotonic() + WAIT_SECONDS
    while len(found := _written(stack, wanted)) < count:
        assert time.monotonic() < deadline, f"{len(found)} lines of {wanted}"
        time.sleep(POLL_SECONDS)
    return found


def _written(stack: RunningStack, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for line in (stack.log_dir / "firebase.log").read_text("utf-8", "replace").splitlines():
        with contextlib.suppress(ValueError):
            found.append(json.loads("{" + line.partition("{")[2]))
    return [one for one in found if isinstance(one, dict) and wanted.items() <= one.items()]


def objects(stack: RunningStack, prefix: str) -> list[str]:
    """The names of objects in Storage, with an operator's rights."""
    url = f"{stack.urls['storage']}/storage/v1/b/{stack.bucket}/o"
    answer = requests.get(url, params={"prefix": prefix}, timeout=10).json()
    return sorted(item["name"] for item in answer.get("items", []))


def runpod_log(stack: RunningStack, file_uid: str) -> list[dict[str, Any]]:
    """What the local RunPod did for one generation, a record for each of its jobs."""
    url = f"{runpod_control(stack)}/log"
    jobs: list[dict[str, Any]] = requests.get(
        url, params={"file_uid": file_uid}, timeout=10
    ).json()["jobs"]
    return jobs


def runpod_control(stack: RunningStack) -> str:
    return stack.urls["runpod"].removesuffix("/v2") + "/local"


def secret(name: str) -> str:
    """A secret of the local functions."""
    lines = (ROOT / "functions" / ".secret.local").read_text("utf-8").splitlines()
    return next(line.partition("=")[2].strip("\"'") for line in lines if line.startswith(name))


def keyring() -> Any:
    return parse_keyring(secret("WEBHOOK_KEYS"))


def _plain(value: dict[str, Any]) -> Any:
    kind, content = next(iter(value.items()))
    match kind:
        case "integerValue":
            return int(content)
        case "mapValue":
            return {name: _plain(one) for name, one in content.get("fields", {}).items()}
        case "arrayValue":
            return [_plain(one) for one in content.get("values", [])]
    return content
