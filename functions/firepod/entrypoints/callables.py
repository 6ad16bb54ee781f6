"""The callables: `generate`, `cancel`, `retry`, `discard`, `erase` (docs/contract.md, 2)."""

import functools
import re
from collections.abc import Callable
from typing import Any, Protocol, cast

from firebase_functions import https_fn, options
from flask import Request, Response, jsonify, make_response

from firepod import config, parameters, wiring
from firepod.domain.errors import (
    FieldProblem,
    InvalidArgument,
    Misconfigured,
    Unauthenticated,
    not_found,
)
from firepod.domain.generation import GenerationRef, MediaType
from firepod.domain.sign_in import SignIn
from firepod.domain.users import parse_user_id
from firepod.entrypoints.rates import RATES
from firepod.entrypoints.sign_in import begin_check
from firepod.entrypoints.wire import told
from firepod.kinds import paths
from firepod.ports import Backend
from firepod.protocol import json_text

MAX_BODY_BYTES = 1_000_000  # every field has a bound; together they stay far below this
_BEARER_JWT = re.compile(r"Bearer [\w=-]+\.[\w=-]+\.[\w=-]*")


class Answered(Protocol):
    """What a call gives back, as it is told."""

    def answer(self) -> dict[str, Any]: ...


Call = Callable[[Backend, str, dict[str, Any]], Answered]
SpendingCall = Callable[[Backend, str, dict[str, Any], SignIn], Answered]


def _spending(call: SpendingCall) -> Callable[[Request], Response]:
    """As `_callable`, for a call that spends something: `call(backend, uid, data, sign_in)`."""
    return _deployed(call, lambda backend, claims: (begin_check(backend, claims),))


def _callable(call: Call) -> Callable[[Request], Response]:
    """Deploy `call(backend, uid, data)` under its own name."""
    return _deployed(call, lambda _backend, _claims: ())


def _deployed(
    call: Callable[..., Answered], more: Callable[[Backend, dict[str, Any]], tuple[Any, ...]]
) -> Callable[[Request], Response]:

    @functools.wraps(call)
    def handler(request: https_fn.CallableRequest[Any]) -> dict[str, Any]:
        uid = ""
        try:
            if request.auth is None:
                raise Unauthenticated("Sign in first.")
            uid = parse_user_id(request.auth.uid)
            # Only now: the clients behind it cost a good part of a cold start.
            backend = wiring.backend()
            if parameters.ENFORCE_APP_CHECK.value and request.app is None:
                raise Unauthenticated("This app could not be verified.")
            RATES.count(uid, backend.settings.calls_per_second)
            data = {} if request.data is None else request.data  # as a call without any comes
            if not isinstance(data, dict):
                raise InvalidArgument.of("data", "must be an object")
            return call(backend, uid, data, *more(backend, request.auth.token)).answer()
        except Exception as error:  # noqa: BLE001 (the SDK would log an unknown error's text)
            shown = told(error, call.__name__, uid)
            code = https_fn.FunctionsErrorCode(shown.code)
            raise https_fn.HttpsError(code, shown.message, shown.details) from None

    deployed = https_fn.on_call(timeout_sec=60, memory=options.MemoryOption.MB_512, concurrency=16)(
        handler
    )

    @functools.wraps(deployed)
    def guarded(request: Request) -> Response:
        refusal = _refusal(request)
        if refusal is not None:
            return refusal
        try:
            wiring.firebase_app()
        except Misconfigured as error:
            return _error("UNAVAILABLE", 503, told(error, call.__name__).message)
        # The SDK types its decorator as if it kept the handler's signature.
        response = cast("Callable[[Request], Response]", deployed)(request)
        origins = config.cors_origins()
        if origins != "*" and request.headers.get("Origin") not in origins:
            # The SDK wants to know the origins at import, when no parameter has a value.
            response.headers.pop("Access-Control-Allow-Origin", None)
        return response

    return guarded


def _refusal(request: Request) -> Response | None:
    """Answer what the SDK would answer badly.

    It gives 500 for a body that is not JSON, and logs unknown keys of the envelope and broken
    tokens with their values.
    """
    if request.method != "POST":
        return None
    if request.content_length is None or request.content_length > MAX_BODY_BYTES:
        return _error("INVALID_ARGUMENT", 400, f"The body must be at most {MAX_BODY_BYTES} bytes.")
    try:
        body = json_text.parse(request.get_data())
    except json_text.NotJson:
        return _error("INVALID_ARGUMENT", 400, "The body is not JSON.")
    if not isinstance(body, dict) or set(body) != {"data"}:
        return _error("INVALID_ARGUMENT", 400, 'The body must be {"data": {...}}.')
    authorization = request.headers.get("Authorization")
    if authorization is not None and not _BEARER_JWT.fullmatch(authorization):
        return _error("UNAUTHENTICATED", 401, "Sign in first.")
    return None


def _error(status: str, http_status: int, message: str) -> Response:
    """An error as callable clients expect it.

    https://firebase.google.com/docs/functions/callable-reference
    """
    return make_response(jsonify(error={"status": status, "message": message}), http_status)


@_spending
def generate(backend: Backend, uid: str, data: dict[str, Any], sign_in: SignIn) -> Answered:
    """Start a generation of any task type."""
    from firepod.models.request import parse_request
    from firepod.usecases.submit import parse_key, submit

    data = dict(data)
    key = parse_key(data.pop("idempotency_key", None))
    request, model = parse_request(backend.settings, data)
    return submit(backend, uid, request, key, sign_in, model)


@_callable
def cancel(backend: Backend, uid: str, data: dict[str, Any]) -> Answered:
    """Stop one of the caller's generations."""
    from firepod.usecases.cancel import cancel as use_case

    return use_case(backend, parse_ref(uid, data))


@_spending
def retry(backend: Backend, uid: str, data: dict[str, Any], sign_in: SignIn) -> Answered:
    """Start a failed or cancelled generation of the caller's again."""
    from firepod.usecases.retry import retry as use_case

    return use_case(backend, parse_ref(uid, data), sign_in)


@_callable
def discard(backend: Backend, uid: str, data: dict[str, Any]) -> Answered:
    """Delete one of the caller's generations with its files."""
    from firepod.usecases.discard import discard as use_case

    return use_case(backend, parse_ref(uid, data))


@_callable
def erase(backend: Backend, uid: str, data: dict[str, Any]) -> Answered:
    """Delete everything of the caller's; answered at once, done within minutes."""
    from firepod.usecases.erase import erase as use_case

    if data:
        raise InvalidArgument(
            [FieldProblem(str(n)[:100], "is not a field of this call") for n in data]
        )
    return use_case(backend, uid)


def parse_ref(uid: str, data: dict[str, Any]) -> GenerationRef:
    """`{"media_type", "file_uid"}` of one of the caller's own; the user id is the token's.

    Raises:
        InvalidArgument: names each field that is missing, unknown or of the wrong form.
        NotFound: it cannot be the name of a generation.
    """
    problems = [
        FieldProblem(str(name)[:100], "is not a field of this call")
        for name in data.keys() - {"media_type", "file_uid"}
    ]
    media_type, file_uid = data.get("media_type"), data.get("file_uid")
    if media_type not in tuple(MediaType):
        problems.append(FieldProblem("media_type", f"must be one of {', '.join(MediaType)}"))
    if not isinstance(file_uid, str) or not file_uid:
        problems.append(FieldProblem("file_uid", "is required"))
    if problems or not isinstance(file_uid, str):
        raise InvalidArgument(problems)
    if not paths.is_file_uid(file_uid):
        raise not_found(media_type)
    return GenerationRef(uid, MediaType(str(media_type)), file_uid)
