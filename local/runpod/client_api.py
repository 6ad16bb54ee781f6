"""The public API: https://docs.runpod.io/serverless/endpoints/operation-reference ."""

from aiohttp import web

from local.runpod import faults
from local.runpod.cloud import Cloud
from local.runpod.errors import JobNotFound
from local.runpod.gate import Call, Gate
from local.runpod.jobs import Job, status_document
from local.runpod.submission import parse_job, parse_object, parse_ttl, parse_wait


class ClientApi:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        settings = self._cloud.settings
        return [
            web.post(
                "/v2/{endpoint}/run",
                gate.guard("run", self.run, body_bytes=settings.run_body_bytes),
            ),
            web.post(
                "/v2/{endpoint}/runsync",
                gate.guard("runsync", self.runsync, body_bytes=settings.runsync_body_bytes),
            ),
            web.get("/v2/{endpoint}/status/{job_id}", gate.guard("status", self.status)),
            web.get("/v2/{endpoint}/stream/{job_id}", gate.guard("stream", self.stream)),
            web.post("/v2/{endpoint}/cancel/{job_id}", gate.guard("cancel", self.cancel)),
            web.post("/v2/{endpoint}/retry/{job_id}", gate.guard("retry", self.retry)),
            web.post("/v2/{endpoint}/purge-queue", gate.guard("purge-queue", self.purge)),
            web.get("/v2/{endpoint}/health", gate.guard("health", self.health)),
        ]

    async def run(self, call: Call) -> web.Response:
        return _brief(self._submit(call, "run", None))

    async def runsync(self, call: Call) -> web.Response:
        """Answer with the ended job, or after the wait with its id and state."""
        wait = parse_wait(call.request.query.get("wait"), self._cloud.settings)
        job = self._submit(call, "runsync", wait)

        def settled() -> bool:
            current = call.endpoint.jobs.get(job.id)
            return current is None or current.status.is_final

        await self._cloud.polls[call.endpoint.id].until(settled, wait)
        current = call.endpoint.job(job.id)
        if current.status.is_final:
            return web.json_response(status_document(current))
        return _brief(current)

    async def status(self, call: Call) -> web.Response:
        if any(isinstance(action, faults.Status404) for action in self._cloud.plan(call.job_id)):
            raise JobNotFound
        job = call.endpoint.job(call.job_id)
        ttl = parse_ttl(call.request.query.get("ttl"))
        if ttl is not None:
            call.endpoint.expire_after(job.id, ttl)
        return web.json_response(status_document(job))

    async def stream(self, call: Call) -> web.Response:
        job = call.endpoint.read_stream(call.job_id)
        chunks = [{"output": chunk, "metrics": {}} for chunk in job.chunks]
        return web.json_response({"status": str(job.status), "stream": chunks})

    async def cancel(self, call: Call) -> web.Response:
        return _brief(call.endpoint.cancel(call.job_id))

    async def retry(self, call: Call) -> web.Response:
        return _brief(call.endpoint.retry(call.job_id))

    async def purge(self, call: Call) -> web.Response:
        return web.json_response({"removed": call.endpoint.purge(), "status": "completed"})

    async def health(self, call: Call) -> web.Response:
        return web.json_response(call.endpoint.health())

    def _submit(self, call: Call, operation: str, wait: float | None) -> Job:
        job = parse_job(
            parse_object(call.whole_body()),
            endpoint_id=call.endpoint.id,
            wait=wait,
            settings=self._cloud.settings,
            now=self._cloud.clock(),
        )
        return self._cloud.submit(job, operation)


def _brief(job: Job) -> web.Response:
    return web.json_response({"id": job.id, "status": str(job.status)})
