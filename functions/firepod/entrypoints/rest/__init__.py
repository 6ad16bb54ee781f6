"""`api`: everything over REST (docs/contract.md, 6), one function behind Hosting's `/api/**`.

The web framework behind it is imported when the first call needs it, so that the other functions
start without it, and so does an instance of this one that is asked whether it lives.
"""

import json
from typing import cast

from firebase_functions import https_fn, options
from flask import Request, Response

from firepod import VERSION
from firepod.domain.errors import ResourceExhausted
from firepod.entrypoints.rates import REFUSED
from firepod.entrypoints.rest.links import unprefixed
from firepod.entrypoints.wire import error_body

HEADERS = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
HEALTH = json.dumps({"status": "ok", "version": VERSION}, separators=(",", ":")) + "\n"


@https_fn.on_request(
    # Hosting gives up after 60 s; waiting calls end at 50 s.
    timeout_sec=60,
    # Bodies of up to 30 MiB, several at a time, each once as it came and once decoded.
    memory=options.MemoryOption.GB_2,
    concurrency=16,
)
def api(request: Request) -> Response:
    """Answer one call of the REST API."""
    if _asks_whether_it_lives(request):
        return Response(HEALTH, mimetype="application/json", headers=HEADERS)
    refusal = REFUSED.again(request.headers.get("Authorization", ""))
    if refusal is not None and "Origin" not in request.headers:
        return _refused(refusal)

    from firepod.entrypoints.rest.app import application

    return cast("Response", Response.from_app(application(), request.environ))


def _asks_whether_it_lives(request: Request) -> bool:
    """Whether it is a plain `GET /api/health`, from no page of another origin."""
    plain = request.method == "GET" and not request.query_string
    if not plain or "Origin" in request.headers:
        return False
    return bool(unprefixed(request.environ)["PATH_INFO"] == "/api/health")


def _refused(refusal: ResourceExhausted) -> Response:
    """429 as the application tells it."""
    body = json.dumps(error_body(refusal), separators=(",", ":")) + "\n"
    headers = HEADERS | {"Retry-After": str(refusal.retry_after_seconds)}
    return Response(body, 429, mimetype="application/json", headers=headers)
