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
<meta name="color-scheme" content="light dark">
<title>Firepod API</title>
<link rel="icon" href="docs/swagger.svg">
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="stylesheet" href="docs/page.css">
</head>
<body>
<header><nav><a href="/">Back to the console</a></nav></header>
<main id="swagger-ui"></main>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_STYLE = """body { margin: 0; background: #fff; color: #1d1a17 }
header { padding: 1rem 20px 0; max-width: 1460px; margin: auto; box-sizing: border-box;
  font: 16px/1.5 system-ui, sans-serif }
/* Swagger UI's own are too pale, for white letters and beside them. */
html:not(.dark-mode) .swagger-ui .info .title small { background: #5a6170 }
html:not(.dark-mode) .swagger-ui .info .title small.version-stamp { background: #4a6b00 }
html:not(.dark-mode) .swagger-ui .info .url { color: #1f5fa8 }
html:not(.dark-mode) .swagger-ui .btn.authorize { color: #15703f }
html:not(.dark-mode) .swagger-ui .parameter__in { color: #5a6170 }
html:not(.dark-mode) .swagger-ui .opblock-get .opblock-summary-method { background: #1f5fa8 }
html:not(.dark-mode) .swagger-ui .opblock-post .opblock-summary-method { background: #15703f }
html:not(.dark-mode) .swagger-ui .opblock-delete .opblock-summary-method { background: #b42318 }
header a { color: #9a3412 }
html.dark-mode body { background: #1c2022; color: #f3f0ec }
html.dark-mode header a { color: #ff9a5c }
html.dark-mode .swagger-ui .header-col { color: #e4e6e6 }
"""
_START = """const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: true,
  validatorUrl: null,
  onComplete: () => document.querySelector("#servers")?.setAttribute("aria-label", "Server"),
});
"""
_OWN = {"start.js": (_START, "text/javascript"), "page.css": (_STYLE, "text/css")}
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
    if name in _OWN:
        text, mimetype = _OWN[name]
        return _cached(text.encode(), mimetype)
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
