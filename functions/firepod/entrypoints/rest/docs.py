"""`/api/openapi.json` and `/api/docs`: the document and a page to read it, from one package."""

from functools import cache
from importlib.resources import files
from typing import Any, cast

from flask import Blueprint, Response, abort, current_app, jsonify
from flask_openapi3.openapi import OpenAPI

from firepod.entrypoints.rest.openapi import completed

routes = Blueprint("docs", __name__, url_prefix="/api")

DESCRIPTION = (
    "Pictures, videos, voices and speech made on RunPod GPUs for signed-in users of a Firebase app."
    " Sign in with Firebase, and send the ID token as `Authorization: Bearer`."
)

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
    return jsonify(_document())


@routes.get("/docs")
def page() -> Response:
    """A page to read it."""
    headers = {"Content-Security-Policy": _POLICY}
    return Response(_PAGE, headers=headers, mimetype="text/html")


@routes.get("/docs/<name>")
def asset(name: str) -> Response:
    """What the page is made of; Swagger UI comes with its package and from nowhere else."""
    if name == "start.js":
        return Response(_START, mimetype="text/javascript")
    if name not in _ASSETS:
        abort(404)
    folder, mimetype = _ASSETS[name]
    data = files("flask_openapi3_swagger").joinpath("templates", "swagger", folder, name)
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(data.read_bytes(), headers=headers, mimetype=mimetype)


@cache
def _document() -> dict[str, Any]:
    # The proxy itself cannot be a key of the cache, and there is one application to a process.
    return completed(cast("OpenAPI", current_app).api_doc)
