"""`/api/openapi.json` and `/api/docs`: the document and a page to read it, from one package."""

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import cast

from flask import Blueprint, Response, abort, redirect, request

from firepod.entrypoints.rest.openapi import completed

routes = Blueprint("docs", __name__, url_prefix="/api")

DESCRIPTION = (
    "Pictures, videos, voices and speech made on RunPod GPUs for signed-in users of a Firebase app."
    " Sign in with Firebase, and send the ID token as `Authorization: Bearer`."
)

CACHED = "public, max-age=600"

# The page's URLs are relative, so that it works behind Hosting and at the function's own URL.
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Firepod API</title>
<link rel="icon" href="docs/swagger.svg">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: true,
  validatorUrl: null,
});
"""
_ASSETS = {
    "swagger-ui.css": ("css", "text/css"),
    "swagger-ui-bundle.js": ("js", "text/javascript"),
    "swagger.svg": ("images", "image/svg+xml"),
}
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " frame-ancestors 'none'; base-uri 'none'"
)


@routes.get("/openapi.json")
def document() -> Response:
    """The OpenAPI 3.1 document."""
    return _cached(_document(), "application/json")


@routes.get("/docs")
def page() -> Response:
    """A page to read it."""
    response = _cached(_PAGE.encode(), "text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@routes.get("")
@routes.get("/")
@routes.get("/docs/")
def elsewhere() -> Response:
    """Where people look for the page; its links are relative to its own place."""
    response = redirect(f"{routes.url_prefix}/docs", 302)
    response.headers["Cache-Control"] = CACHED
    return cast("Response", response)


@routes.get("/docs/<name>")
def asset(name: str) -> Response:
    """What the page is made of; Swagger UI comes with its package and from nowhere else."""
    if name == "start.js":
        return _cached(_START.encode(), "text/javascript")
    if name not in _ASSETS:
        abort(404)
    folder, mimetype = _ASSETS[name]
    data = files("flask_openapi3_swagger").joinpath("templates", "swagger", folder, name)
    return _cached(data.read_bytes(), mimetype)


@cache
def _document() -> bytes:
    from firepod.entrypoints.rest.app import build

    return json.dumps(completed(build([], described=True).api_doc)).encode()


def _cached(data: bytes, mimetype: str) -> Response:
    """Everybody gets the same: for ten minutes it comes from a cache, Hosting's included."""
    response = Response(data, mimetype=mimetype)
    response.headers["Cache-Control"] = CACHED
    response.set_etag(hashlib.sha256(data).hexdigest()[:32])
    return cast("Response", response.make_conditional(request))
