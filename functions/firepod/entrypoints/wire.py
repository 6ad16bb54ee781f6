"""The one table from errors of the domain to codes of the wire, for callables and REST alike."""

from typing import Any

from flask import Request

from firepod import logs
from firepod.domain.errors import FirepodError, Misconfigured, ResourceExhausted

# docs/contract.md, 2, and https://firebase.google.com/docs/reference/js/functions#functionserrorcode
HTTP_STATUS = {
    "invalid-argument": 400,
    "unauthenticated": 401,
    "not-found": 404,
    "already-exists": 409,
    "failed-precondition": 412,
    "resource-exhausted": 429,
    "internal": 500,
    "unavailable": 503,
}
READ_AT_ONCE = 64 * 1024
INTERNAL = "Something went wrong on our side. It has been recorded; try again later."


def told(error: Exception, where: str, user_id: str = "") -> FirepodError:
    """The error that a caller is told; what is not for callers is logged and replaced.

    `user_id`: whose call it was, as far as that is known; a refusal is logged with it.
    """
    if isinstance(error, Misconfigured):
        logs.misconfigured(error.problems)
        return error
    if isinstance(error, ResourceExhausted):
        logs.refused(error, user_id)
    if isinstance(error, FirepodError):
        if error.__cause__ is not None:
            # A role that is missing looks like an outage to the caller; the log tells them apart.
            logs.out_of_reach(where, error.__cause__)
        return error
    logs.unexpected(where, error)
    return FirepodError(INTERNAL)


def whole_body(request: Request) -> bytearray:
    """A body, read into one piece of memory of the announced size; its bound is the caller's."""
    stream = request.stream
    body, at = bytearray(request.content_length or 0), 0
    while piece := stream.read(READ_AT_ONCE):
        body[at : at + len(piece)] = piece
        at += len(piece)
    del body[at:]
    return body


def error_body(error: FirepodError) -> dict[str, Any]:
    """`{"error": {...}}` of the REST API."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.details is not None:
        body["details"] = error.details
    return {"error": body}
