"""The WSGI application of `api`: hooks and errors around the routes of the other modules."""

import threading
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from flask import Response, g, request
from flask_cors import CORS
from flask_openapi3.models.info import Info
from flask_openapi3.models.server import Server
from flask_openapi3.openapi import OpenAPI
from pydantic import ValidationError

from firepod import VERSION, config
from firepod.domain.errors import InvalidArgument, not_found
from firepod.entrypoints.rest import (
    docs,
    generations,
    health,
    me,
    models,
    quota,
    speech,
    storage,
    uploads,
    voices,
    waiting,
)
from firepod.entrypoints.rest.auth import OPEN_ENDPOINTS, authenticate
from firepod.entrypoints.rest.bodies import limit_body
from firepod.entrypoints.rest.errors import answer
from firepod.entrypoints.rest.links import PREFIX, VERSIONS, unprefixed
from firepod.entrypoints.rest.openapi import SECURITY_SCHEMES
from firepod.entrypoints.rest.schemas import Error
from firepod.kinds import validation

_lock = threading.Lock()
PARTS = (generations, voices, speech, uploads, storage, quota, models, me, health)

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


def application() -> OpenAPI:
    """The application, built at the first call: parameters have no value before."""
    with _lock:
        return _application()


@cache
def _application() -> OpenAPI:
    return build(config.cors_origins())


def build(cors_origins: list[str] | str, *, described: bool = False) -> OpenAPI:
    """A new application; `described` one knows its OpenAPI document, and takes longer to make."""
    app = OpenAPI(
        __name__,
        info=Info(title="Firepod", version=VERSION, description=docs.DESCRIPTION),
        servers=[Server(url=f"{PREFIX}{version}") for version in (*VERSIONS, "")],
        security_schemes=SECURITY_SCHEMES,
        validation_error_status=400,
        validation_error_model=Error,
        validation_error_callback=_raise_problems,
        doc_ui=False,
        static_folder=None,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of its provider
    app.url_map.merge_slashes = False  # `//` is an unknown path, not a redirect
    CORS(
        app,
        origins=cors_origins,
        methods=["GET", "POST", "DELETE"],
        allow_headers=[
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "Prefer",
            "X-Firebase-AppCheck",
        ],
        expose_headers=["Location", "Preference-Applied", "Retry-After"],
        max_age=3600,
    )
    app.before_request(_before)
    app.after_request(_after)
    app.register_error_handler(Exception, answer)
    for part in PARTS:
        app.register_api(part.routes.blueprint(described=described))
    app.register_blueprint(docs.routes)
    app.wsgi_app = _with_prefix(app.wsgi_app)  # type: ignore[assignment, method-assign]
    return app


def _before() -> None:
    waiting.begin()
    if request.routing_exception is not None or request.method == "OPTIONS":
        return
    limit_body()
    if request.endpoint not in OPEN_ENDPOINTS:
        g.user_id = authenticate()


def _after(response: Response) -> Response:
    # What is one user's must stay in no cache on the way, Hosting's included.
    response.headers.setdefault("Cache-Control", "private, no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def _raise_problems(error: ValidationError) -> Response:
    """What the framework found wrong with a path, a query or a header."""
    if error.title == generations.GenerationPath.__name__:
        raise not_found((request.view_args or {}).get("media_type"))
    raise InvalidArgument(validation.problems_of(error))


def _with_prefix(wsgi_app: WsgiApp) -> WsgiApp:
    """Serve each path of a caller's as the one path that its route has."""

    def prefixed(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return wsgi_app(unprefixed(environ), start_response)

    return prefixed
