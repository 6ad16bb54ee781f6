"""RunPod's REST API over requests: importing the official SDK costs 1.6 s of cold start."""

import json
import time
from collections.abc import Callable
from typing import Any

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from firepod.adapters.fresh_connections import FreshConnections
from firepod.domain.errors import Unavailable
from firepod.protocol.runpod import (
    JobReport,
    NotReached,
    NotRunpod,
    RunpodStatus,
    Submission,
    Unknown,
    parse_report,
    parse_submission,
)

TIMEOUT = (3.0, 10.0)  # seconds to connect, to read


class RunpodHttp:
    """`firepod.ports.Gpu`; one per process, its connections are reused."""

    def __init__(
        self, base_url: str, api_key: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, FreshConnections(clock))
        # The environment (proxies, certificates) is asked once: requests would at each call, which
        # is a fifth of its own time, and would let a .netrc replace the key.
        found = self._session.merge_environment_settings(self._base_url, {}, None, None, None)
        self._session.proxies, self._session.verify = found["proxies"], found["verify"]
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {api_key}"

    def run(self, endpoint_id: str, body: dict[str, Any]) -> Submission:
        try:
            # Serialised here: nothing but the network may fail after this line.
            data = json.dumps(body).encode()
            response = self._session.post(
                f"{self._base_url}/{endpoint_id}/run",
                data=data,
                headers={"Content-Type": "application/json"},
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.exceptions.ConnectTimeout:
            return NotReached()
        except requests.exceptions.ConnectionError as error:
            local = self._base_url.startswith("http://")
            return NotReached(nobody_there=local) if _never_connected(error) else Unknown()
        except requests.exceptions.RequestException:
            return Unknown()
        return parse_submission(response.status_code, response.content)

    def status(self, endpoint_id: str, job_id: str) -> JobReport:
        response = self._call("GET", f"{endpoint_id}/status/{job_id}")
        if response.status_code == 404:
            return JobReport(RunpodStatus.GONE, job_id)
        if response.status_code != 200:
            raise Unavailable("RunPod does not give the job's status.")
        try:
            return parse_report(response.content)
        except NotRunpod as error:
            raise Unavailable("RunPod's status cannot be read.") from error

    def cancel(self, endpoint_id: str, job_id: str) -> None:
        response = self._call("POST", f"{endpoint_id}/cancel/{job_id}")
        if response.status_code == 429 or response.status_code >= 500:
            raise Unavailable("RunPod does not cancel now.")

    def idle(self, endpoint_id: str) -> bool:
        response = self._call("GET", f"{endpoint_id}/health")
        try:
            jobs = response.json()["jobs"]
            return int(jobs["inQueue"]) + int(jobs["inProgress"]) == 0
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable("RunPod's health cannot be read.") from error

    def _call(self, method: str, path: str) -> requests.Response:
        """A request that may be made twice: once more if a connection was lost under it."""
        try:
            try:
                return self._request(method, path)
            except requests.exceptions.ConnectTimeout:
                raise
            except requests.exceptions.ConnectionError as error:
                if _never_connected(error):
                    raise
                return self._request(method, path)
        except requests.exceptions.RequestException as error:
            raise Unavailable("RunPod does not answer.") from error

    def _request(self, method: str, path: str) -> requests.Response:
        return self._session.request(
            method, f"{self._base_url}/{path}", timeout=TIMEOUT, allow_redirects=False
        )


def _never_connected(error: requests.exceptions.ConnectionError) -> bool:
    """Whether no byte of the request can have left: refused, no route, no such host.

    A kept-alive connection that the other side closed reads like a lost answer, and stays unknown.
    """
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
