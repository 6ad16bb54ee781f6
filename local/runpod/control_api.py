"""The controls under /local, for this machine: faults, history, jobs, callbacks, a live feed."""

import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError

from local.runpod.cloud import Cloud
from local.runpod.errors import ApiError, BadRequest, JobNotFound
from local.runpod.faults import WebhookForged, parse_later, parse_rules
from local.runpod.jobs import Job, status_document
from local.runpod.pages import Pages

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_STILL_THERE = 15.0  # seconds of silence after which a feed says that it is


class Note(BaseModel):
    """What another program has to say in the feed."""

    program: str
    text: str
    entry: dict[str, Any] | None = None  #: a line of its log


_NOTES: TypeAdapter[list[Note]] = TypeAdapter(list[Note])


class ControlApi:
    def __init__(self, cloud: Cloud, is_ready: Callable[[], bool], pages: Pages) -> None:
        self._cloud = cloud
        self._pages = pages
        self._is_ready = is_ready

    def routes(self) -> list[web.RouteDef]:
        guarded = self._guarded
        routes = [
            web.put("/local/faults", guarded(self.put_faults)),
            web.post("/local/faults", guarded(self.add_faults)),
            web.get("/local/faults", guarded(self.get_faults)),
            web.delete("/local/faults", guarded(self.delete_faults)),
            web.get("/local/log", guarded(self.log)),
            web.get("/local/events", guarded(self.events)),
            web.post("/local/notes", guarded(self.notes)),
            web.get("/local/jobs", guarded(self.jobs)),
            web.post("/local/jobs/{job_id}/faults", guarded(self.disturb)),
            web.get("/local/ready", guarded(self.ready)),
            web.post("/local/webhooks/{job_id}/resend", guarded(self.resend)),
        ]
        paths = sorted({route.path for route in routes})
        return routes + [web.options(path, guarded(self.preflight)) for path in paths]

    def _guarded(self, handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                self._pages.check(request)
                return await handler(request)
            except ValidationError as error:
                return _bad_fields(error)
            except ApiError as error:
                return web.json_response({"error": str(error)}, status=error.status)

        return handle

    async def put_faults(self, request: web.Request) -> web.Response:
        """Replace all rules by the list in the body."""
        self._cloud.faults.replace(parse_rules(await request.read()))
        return await self.get_faults(request)

    async def add_faults(self, request: web.Request) -> web.Response:
        """Add the list of rules in the body to those in force."""
        self._cloud.faults.add(parse_rules(await request.read()))
        return await self.get_faults(request)

    async def disturb(self, request: web.Request) -> web.Response:
        """Let the actions in the body happen to a job that was accepted before."""
        actions = parse_later(await request.read())
        job = self._job(request)
        if job.status.is_final and not all(isinstance(one, WebhookForged) for one in actions):
            raise BadRequest("The job has ended.")
        self._cloud.disturb(job, actions)
        return web.json_response({"id": job.id}, status=202)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Stream the feed as server-sent events, from its oldest entry or after Last-Event-ID."""
        feed = self._cloud.feed
        last = _number(request.headers.get("Last-Event-ID") or request.query.get("after"))
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while not feed.is_closed:
                entries = feed.after(last)
                lines = "".join(f"id: {one['id']}\ndata: {json.dumps(one)}\n\n" for one in entries)
                await response.write((lines or ": still there\n\n").encode())
                last = entries[-1]["id"] if entries else last
                await feed.wait(last, _STILL_THERE)
        return response

    async def notes(self, request: web.Request) -> web.Response:
        """Take into the feed what another program of this machine has to say."""
        for note in _NOTES.validate_json(await request.read()):
            self._cloud.feed.tell("note", **note.model_dump())
        return web.json_response({}, status=202)

    async def preflight(self, _: web.Request) -> web.Response:
        """Answer a browser that asks before it sends; the headers come from `pages`."""
        return web.Response(status=204)

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
        job = self._job(request)
        if not job.status.is_final or job.webhook is None:
            raise BadRequest("The job has not ended or has no webhook.")
        self._cloud.webhooks.send(job)
        return web.json_response({"id": job.id}, status=202)

    def _job(self, request: web.Request) -> Job:
        job_id = request.match_info["job_id"]
        for endpoint in self._cloud.endpoints.values():
            if job_id in endpoint.jobs:
                return endpoint.job(job_id)
        raise JobNotFound


def _bad_fields(error: ValidationError) -> web.Response:
    details = [
        {"field": ".".join(str(part) for part in each["loc"]), "problem": each["msg"]}
        for each in error.errors(include_url=False, include_input=False)
    ]
    return web.json_response({"error": "bad rules", "details": details}, status=400)


def _number(text: str | None) -> int:
    if text is None:
        return 0
    if not text.isdecimal():
        raise BadRequest("The id of an event is a number.")
    return int(text)
