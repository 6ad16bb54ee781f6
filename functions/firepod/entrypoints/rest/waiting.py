"""`Prefer: wait=N` (RFC 7240): how long a caller would wait, and what it is answered."""

import time
from collections.abc import Callable
from typing import Any

from flask import Response, g, jsonify, request
from werkzeug.http import parse_dict_header

from firepod import wiring
from firepod.domain.generation import Generation
from firepod.entrypoints.rest import schemas
from firepod.entrypoints.rest.links import urls
from firepod.entrypoints.rest.shares import LARGE, LARGE_PATIENCE_SECONDS, WAITING
from firepod.usecases.steps.attempt import Started
from firepod.usecases.wait import check_completed, wait_for_end

MAX_PREFER_CHARS = 200
SMALL_BYTES = 1024 * 1024
MAX_WAIT_SECONDS = 50  # with what comes before and after, below Hosting's 60


def preferred_wait(default: int = 0) -> int:
    """The seconds that the caller is ready to wait; more than possible is cut, nonsense ignored."""
    # A preference's own parameters stand behind semicolons; none that has any concerns us.
    text = request.headers.get("Prefer", "")[:MAX_PREFER_CHARS].lower().replace(";", ",")
    asked = parse_dict_header(text)
    wait = asked.get("wait") or ""
    if wait.isascii() and wait.isdecimal():
        return min(MAX_WAIT_SECONDS, int(wait))
    return 0 if "respond-async" in asked else default


def finished(started: Started, seconds: int) -> Generation | None:
    """The generation, if it ends while its caller waits.

    The time counts from the beginning of the request. Who hangs up leaves the generation running.
    A call that only repeats another is told how things stand and never waits, since it costs
    nothing to make thousands; nor does one that finds no place among those that wait.
    """
    if seconds <= 0:
        return None
    backend = wiring.backend()
    if started.duplicate:
        return wait_for_end(backend, started.ref, g.began)
    with WAITING.held(g.user_id) as may_wait:
        if not may_wait:
            return None
        g.waited = seconds
        return wait_for_end(backend, started.ref, g.began + seconds)


def accepted(started: Started) -> Response:
    """202: the generation goes on; where to look for it stands in `Location`."""
    response = jsonify(schemas.started(started))
    response.status_code = 202
    response.headers["Location"] = urls(started.ref)["self"]
    return response


def begin() -> None:
    """Remember when the request began."""
    g.began = time.monotonic()


def answered(started: Started, seconds: int, show: Callable[..., dict[str, Any]]) -> Response:
    """What came of it, if it ended in time; else 202 and where to look.

    `show(done, inline=)` makes the answer. The media themselves are in it unless they are large and
    others' large ones are on their way.

    Raises:
        FailedPrecondition: it ended, but not well.
    """
    done = finished(started, seconds)
    if done is None:
        return applied(accepted(started))
    check_completed(done)
    if (done.size_bytes or 0) <= SMALL_BYTES:
        return applied(jsonify(show(done, inline=True)))
    with LARGE.held(g.user_id, LARGE_PATIENCE_SECONDS) as held:
        return applied(jsonify(show(done, inline=held)))


def applied(response: Response) -> Response:
    """Say that the preference was heeded, if it was."""
    if g.get("waited") and "Prefer" in request.headers:
        response.headers["Preference-Applied"] = f"wait={g.waited}"
    return response
