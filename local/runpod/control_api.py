"""The controls under /local, for tests on this machine: faults, history, jobs, callbacks again."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import ValidationError

from local.runpod.cloud import Cloud
from local.runpod.errors import ApiError, BadRequest, Forbidden, JobNotFound
from local.runpod.faults import parse_rules
from local.runpod.gate import is_local
from local.runpod.jobs import status_document

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ControlApi:
    def __init__(self, cloud: Cloud, is_ready: Callable[[], bool]) -> None:
        self._cloud = cloud
        self._is_ready = is_ready

    def routes(self) -> list[web.RouteDef]:
        return [
            web.put("/local/faults", _local(self.put_faults)),
            web.get("/local/faults", _local(self.get_faults)),
            web.delete("/local/faults", _local(self.delete_faults)),
            web.get("/local/log", _local(self.log)),
            web.get("/local/jobs", _local(self.jobs)),
            web.get("/local/ready", _local(self.ready)),
            web.post("/local/webhooks/{job_id}/resend", _local(self.resend)),
        ]

    async def put_faults(self, request: web.Request) -> web.Response:
        """Replace all rules by the list in the body."""
        try:
            rules = parse_rules(await request.read())
        except ValidationError as error:
            details = [
                {"field": ".".join(str(part) for part in each["loc"]), "problem": each["msg"]}
                for each in error.errors(include_url=False, include_input=False)
            ]
            return web.json_response({"error": "bad rules", "details": details}, status=400)
        self._cloud.faults.replace(rules)
        return await self.get_faults(request)

    async def get_faults(self, _: web.Request) -> web.Response:
        return web.json_response({"rules": self._cloud.faults.describe()})

    async def delete_faults(self, request: web.Request) -> web.Response:
        self._cloud.faults.replace([])
        return await self.get_faults(request)

    async def log(self, request: web.Request) -> web.Response:
        """Give what happened, filtered by identity fields, `job_id` or `endpoint` in the query."""
        return web.json_response(self._cloud.history.describe(dict(request.query)))

    async def jobs(self, _: web.Request) -> web.Response:
        """Give every job that exists, as /status shows it, with its endpoint and its input."""
        found = [
            {**status_document(job), "endpoint": endpoint.id, "input": job.input}
            for endpoint in self._cloud.endpoints.values()
            for job in endpoint.jobs.values()
        ]
        return web.json_response({"jobs": found})

    async def ready(self, _: web.Request) -> web.Response:
        """Say whether every worker that is to be there has made contact, and give their ids."""
        workers = {each.id: sorted(each.workers) for each in self._cloud.endpoints.values()}
        is_ready = self._is_ready()
        document = {"ready": is_ready, "workers": workers}
        return web.json_response(document, status=200 if is_ready else 503)

    async def resend(self, request: web.Request) -> web.Response:
        """Deliver the callback of an ended job once more."""
        job_id = request.match_info["job_id"]
        for endpoint in self._cloud.endpoints.values():
            if job_id in endpoint.jobs:
                job = endpoint.job(job_id)
                break
        else:
            raise JobNotFound
        if not job.status.is_final or job.webhook is None:
            raise BadRequest("The job has not ended or has no webhook.")
        self._cloud.webhooks.send(job)
        return web.json_response({"id": job.id}, status=202)


def _local(handler: Handler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            if not is_local(request):
                raise Forbidden
            return await handler(request)
        except ApiError as error:
            return web.json_response({"error": str(error)}, status=error.status)

    return handle
