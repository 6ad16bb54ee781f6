"""What every call passes on its way in: key, endpoint, rate limit, body limit, faults."""

import asyncio
import hmac
import ipaddress
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from local.runpod import faults
from local.runpod.cloud import Cloud
from local.runpod.endpoint import Endpoint
from local.runpod.errors import ApiError, BadRequest, TooManyRequests, Unauthorized
from local.runpod.settings import MEGABYTE


@dataclass(frozen=True, slots=True)
class Call:
    endpoint: Endpoint
    request: web.Request
    body: bytes
    is_too_large: bool  #: the body was longer than it may be, and is cut off

    @property
    def job_id(self) -> str:
        return self.request.match_info["job_id"]

    @property
    def worker_id(self) -> str:
        return self.request.match_info["worker_id"]

    def whole_body(self) -> bytes:
        if self.is_too_large:
            raise BadRequest("The body is too large.")
        return self.body


Operation = Callable[[Call], Awaitable[web.Response]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gate:
    def __init__(self, cloud: Cloud, api_key: str) -> None:
        self._cloud = cloud
        self._api_key = api_key.encode()

    def guard(
        self,
        name: str,
        operation: Operation,
        *,
        body_bytes: int = MEGABYTE,
        trusts_this_machine: bool = False,
    ) -> Handler:
        """Make a route of an operation; one that `trusts_this_machine` asks only others for a key.

        The worker SDK prefers the key of ~/.runpod/config.toml to the one that it was started with.
        """

        async def handle(request: web.Request) -> web.StreamResponse:
            job_input: Mapping[str, Any] = {}
            answer: web.StreamResponse
            try:
                if not (trusts_this_machine and is_local(request)):
                    self._authenticate(request)
                endpoint = self._cloud.endpoint(request.match_info["endpoint"])
                with self._cloud.limits.slot(endpoint.id, name):
                    body, is_too_large = await _read(request, body_bytes)
                    call = Call(endpoint, request, body, is_too_large)
                    job_input = _input_of(call)
                    answer = await self._with_faults(name, operation, call, job_input)
            except ApiError as error:
                if isinstance(error, TooManyRequests):
                    self._note(request, name, {}, {"type": "rate_limit"})
                answer = web.json_response({"error": str(error)}, status=error.status)
            if not trusts_this_machine:
                self._tell(request, name, job_input, answer)
            return answer

        return handle

    def _authenticate(self, request: web.Request) -> None:
        # RunPod's pages show the key with and without "Bearer"; the worker sends it bare.
        key = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        if not hmac.compare_digest(key, self._api_key):
            raise Unauthorized

    async def _with_faults(
        self, name: str, operation: Operation, call: Call, job_input: Mapping[str, Any]
    ) -> web.StreamResponse:
        action = self._cloud.faults.on_request(call.endpoint.id, name, job_input)
        if action is None:
            return await operation(call)

        described = action.model_dump(mode="json")
        match action:
            case faults.Http():
                self._note(call.request, name, job_input, described)
                after = action.retry_after
                headers = {} if after is None else {"Retry-After": str(after)}
                return web.json_response({"error": "fault"}, status=action.status, headers=headers)
            case faults.Hang():
                self._note(call.request, name, job_input, described)
                await asyncio.sleep(action.seconds)
                return _hang_up(call.request)
            case faults.Delay():
                self._note(call.request, name, job_input, described)
                await asyncio.sleep(action.seconds)
                return await operation(call)
            case faults.AcceptThenDrop():
                response = await operation(call)
                self._note(call.request, name, job_input, described, _id_in(response))
                return _hang_up(call.request)

    def _tell(
        self,
        request: web.Request,
        name: str,
        job_input: Mapping[str, Any],
        answer: web.StreamResponse,
    ) -> None:
        """Tell who looks on of a request and its answer; one that was cut off has none."""
        cut_off = request.transport is None or request.transport.is_closing()
        route = request.match_info
        job_id = route.get("job_id") or _id_in(answer)
        history = self._cloud.history
        self._cloud.feed.tell(
            "request",
            operation=name,
            endpoint=route["endpoint"],
            job_id=job_id,
            input=history.identity(job_input) or history.identity_of(job_id),
            answer=None if cut_off else answer.status,
        )

    def _note(
        self,
        request: web.Request,
        name: str,
        job_input: Mapping[str, Any],
        fault: Mapping[str, Any],
        job_id: str | None = None,
    ) -> None:
        route = request.match_info
        job_id = job_id or route.get("job_id")
        self._cloud.history.disturbed(route["endpoint"], name, job_input, job_id, fault)


def is_local(request: web.Request) -> bool:
    """Say whether the request comes from this machine."""
    return ipaddress.ip_address(request.remote or "0.0.0.0").is_loopback


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=503)  # goes nowhere


async def _read(request: web.Request, limit: int) -> tuple[bytes, bool]:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit:
            return bytes(body[:limit]), True
    return bytes(body), False


def _input_of(call: Call) -> Mapping[str, Any]:
    job_id = call.request.match_info.get("job_id")
    if job_id is not None:
        job = call.endpoint.jobs.get(job_id)
        return {} if job is None else job.input
    if not call.body or call.is_too_large:
        return {}
    try:
        body = json.loads(call.body)
    except ValueError:
        return {}
    job_input = body.get("input") if isinstance(body, dict) else None
    return job_input if isinstance(job_input, dict) else {}


def _id_in(response: web.StreamResponse) -> str | None:
    text = response.text if isinstance(response, web.Response) else None
    answer = json.loads(text or "null")
    job_id = answer.get("id") if isinstance(answer, dict) else None
    return job_id if isinstance(job_id, str) else None
