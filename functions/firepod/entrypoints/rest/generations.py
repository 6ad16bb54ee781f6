"""`/api/generations`: what the callables do, over REST, and the library of all media types."""

from typing import Annotated

from flask import Response, g, jsonify
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from firepod import wiring
from firepod.domain.errors import InvalidArgument
from firepod.domain.generation import GenerationRef, MediaType, Status
from firepod.entrypoints.rest import openapi, schemas, waiting
from firepod.entrypoints.rest.bodies import read_json
from firepod.entrypoints.rest.links import urls
from firepod.entrypoints.rest.routes import Routes
from firepod.kinds import paths
from firepod.models.request import parse_request
from firepod.usecases import library
from firepod.usecases.submit import parse_key, submit

routes = Routes("generations", "/api/generations", "Pictures, videos, voices and speech alike.")


def _checked(file_uid: str) -> str:
    if not paths.is_file_uid(file_uid):
        raise ValueError("names no generation")
    return file_uid


class GenerationPath(BaseModel):
    media_type: MediaType
    file_uid: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}$"), AfterValidator(_checked)
    ]


class PageQuery(BaseModel):
    """Which page; with nothing else, the newest of all."""

    model_config = ConfigDict(extra="forbid")

    status: Status | None = None
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(
        default=None, description="The `next_cursor` of the page before this one."
    )


class ListQuery(PageQuery):
    media_type: MediaType | None = None


@routes.on(
    "POST",
    "",
    "createGeneration",
    {200: schemas.Generation, 202: schemas.Started},
    errors=(404, 409, 412, 413, 415, 429),
    body=openapi.task_body,
)
def create(header: openapi.CreateHeaders) -> Response:
    """Start a generation of any task type."""
    seconds = waiting.preferred_wait()
    data = read_json()
    named = data.pop("idempotency_key", None)
    key = parse_key(header.idempotency_key if named is None else named)
    if header.idempotency_key not in {None, key}:
        raise InvalidArgument.of("idempotency_key", "differs from the header Idempotency-Key")
    backend = wiring.backend()
    request, model = parse_request(backend.settings, data)
    started = submit(backend, g.user_id, request, key, g.sign_in, model)
    done = waiting.finished(started, seconds)
    if done is None:
        return waiting.applied(waiting.accepted(started))
    response = jsonify(schemas.generation(done))
    response.headers["Location"] = urls(started.ref)["self"]
    return waiting.applied(response)


@routes.on("GET", "", "listGenerations", {200: schemas.Generations})
def index(query: ListQuery) -> Response:
    """The caller's generations, newest first."""
    found = library.page(
        wiring.backend(),
        g.user_id,
        [query.media_type] if query.media_type else list(MediaType),
        limit=query.limit,
        status=query.status,
        cursor=query.cursor,
    )
    shown = [schemas.generation(one) for one in found.generations]
    return jsonify(generations=shown, next_cursor=found.next_cursor)


@routes.on(
    "GET", "/<media_type>/<file_uid>", "getGeneration", {200: schemas.Generation}, errors=(404,)
)
def read(path: GenerationPath) -> Response:
    """One generation of the caller's."""
    return jsonify(schemas.generation(library.one(wiring.backend(), ref_of(path))))


@routes.on(
    "POST",
    "/<media_type>/<file_uid>/cancel",
    "cancelGeneration",
    {200: schemas.Started},
    errors=(404,),
)
def cancel(path: GenerationPath) -> Response:
    """Stop it; one that has ended stays as it ended."""
    from firepod.usecases.cancel import cancel as use_case

    return jsonify(schemas.started(use_case(wiring.backend(), ref_of(path))))


@routes.on(
    "POST",
    "/<media_type>/<file_uid>/retry",
    "retryGeneration",
    {200: schemas.Started},
    errors=(404, 412, 429),
)
def retry(path: GenerationPath) -> Response:
    """Start it again, if it failed or was cancelled."""
    from firepod.usecases.retry import retry as use_case

    return jsonify(schemas.started(use_case(wiring.backend(), ref_of(path), g.sign_in)))


@routes.on(
    "DELETE", "/<media_type>/<file_uid>", "discardGeneration", {200: schemas.Started}, errors=(404,)
)
def discard(path: GenerationPath) -> Response:
    """Delete it with its files; while it runs, its job is stopped, too."""
    from firepod.usecases.discard import discard as use_case

    return jsonify(schemas.started(use_case(wiring.backend(), ref_of(path))))


def ref_of(path: GenerationPath) -> GenerationRef:
    """The generation that a path names: always one of the caller's own."""
    return GenerationRef(g.user_id, path.media_type, path.file_uid)
