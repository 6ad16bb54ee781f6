"""What the runpod SDK's worker loop calls in production mode.

Read in runpod 1.12.0: serverless/modules/rp_job.py, rp_http.py, rp_scale.py, rp_ping.py.
"""

from typing import Any

from aiohttp import web

from local.runpod.cloud import Cloud
from local.runpod.errors import BadRequest
from local.runpod.gate import Call, Gate, Handler, Operation
from local.runpod.jobs import Job
from local.runpod.settings import MEGABYTE
from local.runpod.submission import parse_object

MOST_AT_ONCE = 100  # jobs that one job-take-batch may ask for


class WorkerApi:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        settings = self._cloud.settings

        def guard(name: str, operation: Operation, body_bytes: int = MEGABYTE) -> Handler:
            return gate.guard(name, operation, body_bytes=body_bytes, trusts_this_machine=True)

        take = guard("job-take", self.take)
        done = guard("job-done", self.done, settings.result_bytes)
        stream = guard("job-stream", self.stream, settings.chunk_bytes)
        return [
            web.get("/v2/{endpoint}/job-take/{worker_id}", take),
            web.get("/v2/{endpoint}/job-take-batch/{worker_id}", take),
            web.post("/v2/{endpoint}/job-done/{worker_id}/{job_id}", done),
            web.post("/v2/{endpoint}/job-stream/{worker_id}/{job_id}", stream),
            web.get("/v2/{endpoint}/job-stop/{worker_id}", guard("job-stop", self.stop)),
            web.get("/v2/{endpoint}/ping/{worker_id}", guard("ping", self.ping)),
        ]

    async def take(self, call: Call) -> web.Response:
        """Hold the worker until there is work: one job, or a list of them for job-take-batch."""
        size = call.request.query.get("batch_size")
        if size is not None and not (size.isdecimal() and 1 <= int(size) <= MOST_AT_ONCE):
            raise BadRequest(f"`batch_size` must be 1 to {MOST_AT_ONCE}.")
        limit = int(size or 1)

        def probe() -> list[Job]:
            # A worker that died while it was waiting must not get a job.
            transport = call.request.transport
            if transport is None or transport.is_closing():
                return []
            return call.endpoint.take(call.worker_id, limit)

        seconds = self._cloud.settings.worker_poll
        jobs = await self._cloud.polls[call.endpoint.id].until(probe, seconds)
        if not jobs:
            return web.Response(status=204)
        bodies = [{"id": job.id, "input": job.input} for job in jobs]
        return web.json_response(bodies[0] if size is None else bodies)

    async def done(self, call: Call) -> web.Response:
        """Take progress or a final result; the SDK posts both here, as JSON called a form."""
        if call.is_too_large:
            # The SDK drops a result that is answered with 400: the output is lost, the job ends.
            # https://github.com/runpod-workers/worker-comfyui/issues/167
            self._cloud.finish(call.endpoint, call.worker_id, call.job_id, {})
            raise BadRequest("The result is too large.")
        result = parse_object(call.body)
        if result.get("status") == "IN_PROGRESS":
            call.endpoint.progress(call.worker_id, call.job_id, result.get("output"))
        else:
            self._cloud.finish(call.endpoint, call.worker_id, call.job_id, result)
            if result.get("stopPod") is True:
                self._cloud.refresh_worker(call.worker_id)
        return web.json_response({})

    async def stream(self, call: Call) -> web.Response:
        chunk: dict[str, Any] = parse_object(call.whole_body())
        call.endpoint.stream(call.worker_id, call.job_id, chunk.get("output"))
        return web.json_response({})

    async def stop(self, call: Call) -> web.Response:
        """Hold the worker until one of its jobs has to stop."""

        def probe() -> list[str]:
            return call.endpoint.stops(call.worker_id)

        seconds = self._cloud.settings.worker_poll
        job_ids = await self._cloud.polls[call.endpoint.id].until(probe, seconds)
        if not job_ids:
            return web.Response(status=204)
        return web.json_response({"jobsToStop": job_ids})

    async def ping(self, call: Call) -> web.Response:
        listed = call.request.query.get("job_id", "")
        call.endpoint.ping(call.worker_id, [each for each in listed.split(",") if each])
        self._cloud.polls[call.endpoint.id].wake()
        return web.json_response({})
