"""An app on a running stack, and its operator: users, calls, documents, RunPod's controls."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from local.stack.child import RunningStack

_ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who is signed in."""

    uid: str
    token: str


class App:
    """Calls over connections that are kept open."""

    def __init__(self, stack: RunningStack) -> None:
        self._stack = stack
        self._http = requests.Session()

    def sign_up(self) -> User:
        url = f"{self._stack.urls['auth']}/identitytoolkit.googleapis.com/v1/accounts:signUp"
        body = {"returnSecureToken": True}
        answer = self._http.post(url, params={"key": "local"}, json=body, timeout=_ANSWER_SECONDS)
        answer.raise_for_status()
        fields = answer.json()
        return User(fields["localId"], fields["idToken"])

    def call(self, url: str, user: User, data: Mapping[str, Any]) -> tuple[float, dict[str, Any]]:
        """Call a callable: the seconds that it took, and its result.

        Raises RuntimeError for any other answer than 200.
        """
        seconds, answer = self._post(url, user, data)
        if answer.status_code == 500 and "ECONNRESET" in answer.text:
            # The emulator has used a connection that gunicorn closed at that moment, two seconds
            # after its last request: the call has reached no function.
            seconds, answer = self._post(url, user, data)
        if answer.status_code != 200:
            raise RuntimeError(f"{url} answered {answer.status_code}: {answer.text[:300]}")
        return seconds, answer.json()["result"]

    def generate(self, user: User, data: Mapping[str, Any]) -> tuple[float, dict[str, Any]]:
        return self.call(f"{self._stack.urls['functions']}/generate", user, data)

    def get(self, path: str, user: User) -> int:
        """Ask the function `api`; the answer's status."""
        headers = {"Authorization": f"Bearer {user.token}"}
        url = f"{self._stack.urls['functions']}/api{path}"
        return self._http.get(url, headers=headers, timeout=_ANSWER_SECONDS).status_code

    def status(self, path: str) -> str:
        """The status in a generation's document, with an operator's rights."""
        stack = self._stack
        root = f"{stack.urls['firestore']}/v1/projects/{stack.project}/databases/(default)"
        headers = {"Authorization": "Bearer owner"}
        url = f"{root}/documents/{path}"
        answer = self._http.get(url, headers=headers, timeout=_ANSWER_SECONDS)
        answer.raise_for_status()
        status: str = answer.json()["fields"]["status"]["stringValue"]
        return status

    def set_faults(self, *rules: Mapping[str, Any]) -> None:
        """Replace the rules of the local RunPod (local/runpod/README.md)."""
        url = f"{self._runpod_controls}/faults"
        self._http.put(url, json=list(rules), timeout=_ANSWER_SECONDS).raise_for_status()

    def runpod_jobs(self, user: User) -> dict[str, str]:
        """RunPod's job for each of a user's generations: file_uid -> job id."""
        url, params = f"{self._runpod_controls}/log", {"user_id": user.uid}
        answer = self._http.get(url, params=params, timeout=_ANSWER_SECONDS)
        answer.raise_for_status()
        return {job["input"]["file_uid"]: job["job_id"] for job in answer.json()["jobs"]}

    def _post(
        self, url: str, user: User, data: Mapping[str, Any]
    ) -> tuple[float, requests.Response]:
        body = json.dumps({"data": data})
        headers = {"Authorization": f"Bearer {user.token}", "Content-Type": "application/json"}
        began = time.perf_counter()
        answer = self._http.post(url, data=body, headers=headers, timeout=_ANSWER_SECONDS)
        return time.perf_counter() - began, answer

    @property
    def _runpod_controls(self) -> str:
        return self._stack.urls["runpod"].removesuffix("/v2") + "/local"


NEVER_RUN = {"match": {}, "action": {"type": "drop_job"}}
"""A rule for `set_faults`: RunPod takes jobs and lets them lie, so that no worker uses the CPU."""
