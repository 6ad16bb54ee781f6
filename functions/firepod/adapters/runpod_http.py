"""RunPod's REST API over urllib3: importing the official SDK costs 1.6 s of cold start.

requests would take half a millisecond more of each `generate`.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import requests
from urllib3 import BaseHTTPResponse, Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProtocolError

from firepod.adapters.fresh_connections import fresh_connections
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

TIMEOUT = Timeout(connect=3.0, read=10.0)


class RunpodHttp:
    """`firepod.ports.Gpu`; one per process, its connections are reused."""

    def __init__(
        self, base_url: str, api_key: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._connections = fresh_connections(self._base_url, clock)
        # Who asks is told as ever: what stands before RunPod refuses names that it does not like.
        own = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
        self._headers = {**requests.utils.default_headers(), **own}

    def run(self, endpoint_id: str, body: dict[str, Any]) -> Submission:
        try:
            # Serialised here: nothing but the network may fail after this line.
            data = json.dumps(body).encode()
            response = self._request("POST", f"{endpoint_id}/run", data)
        except NewConnectionError:
            # No byte of the request can have left: refused, no route, no such host.
            return NotReached(nobody_there=self._base_url.startswith("http://"))
        except ConnectTimeoutError:
            return NotReached()
        except HTTPError:
            # A kept-alive connection that the other side closed reads like a lost answer, too.
            return Unknown()
        return parse_submission(response.status, response.data)

    def status(self, endpoint_id: str, job_id: str) -> JobReport:
        response = self._call("GET", f"{endpoint_id}/status/{job_id}")
        if response.status == 404:
            return JobReport(RunpodStatus.GONE, job_id)
        if response.status != 200:
            raise Unavailable("RunPod does not give the job's status.")
        try:
            return parse_report(response.data)
        except NotRunpod as error:
            raise Unavailable("RunPod's status cannot be read.") from error

    def cancel(self, endpoint_id: str, job_id: str) -> None:
        response = self._call("POST", f"{endpoint_id}/cancel/{job_id}")
        if response.status == 429 or response.status >= 500:
            raise Unavailable("RunPod does not cancel now.")

    def idle(self, endpoint_id: str) -> bool:
        response = self._call("GET", f"{endpoint_id}/health")
        try:
            jobs = response.json()["jobs"]
            return int(jobs["inQueue"]) + int(jobs["inProgress"]) == 0
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable("RunPod's health cannot be read.") from error

    def _call(self, method: str, path: str) -> BaseHTTPResponse:
        """A request that may be made twice: once more if a connection was lost under it."""
        try:
            try:
                return self._request(method, path)
            except ProtocolError:
                return self._request(method, path)
        except HTTPError as error:
            raise Unavailable("RunPod does not answer.") from error

    def _request(self, method: str, path: str, data: bytes | None = None) -> BaseHTTPResponse:
        return self._connections.urlopen(
            method,
            f"{self._base_url}/{path}",
            redirect=False,
            body=data,
            headers=self._headers,
            timeout=TIMEOUT,
        )
