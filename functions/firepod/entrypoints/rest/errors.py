"""Errors as the REST API tells them: `{"error": {"code", "message", "details"}}`."""

from flask import Response, g, jsonify
from werkzeug.exceptions import HTTPException

from firepod.domain.errors import Busy, FirepodError, ResourceExhausted
from firepod.entrypoints.wire import HTTP_STATUS, error_body, told


class UnknownPath(FirepodError):
    """No route."""

    code = "not-found"


class MethodNotAllowed(FirepodError):
    """A route, but not for this method."""

    code = "method-not-allowed"


class PayloadTooLarge(FirepodError):
    """More bytes than this call takes."""

    code = "payload-too-large"


class UnsupportedMediaType(FirepodError):
    """A body of a type that this call does not read."""

    code = "unsupported-media-type"


STATUS = HTTP_STATUS | {
    MethodNotAllowed.code: 405,
    PayloadTooLarge.code: 413,
    UnsupportedMediaType.code: 415,
}


def answer(error: Exception) -> Response:
    """The answer for whatever went wrong; what is not for callers is logged and replaced."""
    shown = (
        _of_framework(error)
        if isinstance(error, HTTPException)
        else told(error, "api", g.get("user_id", ""))
    )
    response = jsonify(error_body(shown))
    response.status_code = STATUS[shown.code]
    if isinstance(shown, ResourceExhausted | Busy):
        response.headers["Retry-After"] = str(shown.retry_after_seconds)
    if isinstance(error, HTTPException):
        allowed = dict(error.get_headers()).get("Allow")
        if allowed:
            response.headers["Allow"] = allowed
    return response


def _of_framework(error: HTTPException) -> FirepodError:
    match error.code:
        case 404:
            return UnknownPath("There is nothing at this path; /api/docs lists what there is.")
        case 405:
            return MethodNotAllowed("This path does not take this method.")
        case 413:
            return PayloadTooLarge("The body is larger than this call takes.")
        case 415:
            return UnsupportedMediaType("The body is not of a type that this call reads.")
    return BadRequest("The request could not be read.")


class BadRequest(FirepodError):
    """Not HTTP as it should be."""

    code = "invalid-argument"
