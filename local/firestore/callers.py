"""Who calls: read from the Authorization header, unverified, as the official emulator does."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

import grpc

from local.firestore.errors import RpcError, invalid

_BEARER = re.compile(r"bearer ([^ ]+)", re.IGNORECASE)
_SEGMENTS = 3  # header.payload.signature


@dataclass(frozen=True)
class Caller:
    """The author of a request.

    `auth` is what Security Rules see as `request.auth`: `{"uid": str, "token": claims}`, or None
    for a caller who has not signed in.
    """

    admin: bool
    auth: dict[str, Any] | None


ADMIN = Caller(admin=True, auth=None)
ANONYMOUS = Caller(admin=False, auth=None)


def caller_from_authorization(header: str | None) -> Caller:
    """Read the caller; signature, expiry, audience and algorithm are not checked.

    Raises RpcError: UNKNOWN for a scheme other than Bearer, INVALID_ARGUMENT for a broken token.
    """
    if header is None:
        return ANONYMOUS
    match = _BEARER.fullmatch(header)
    if match is None:
        raise RpcError(grpc.StatusCode.UNKNOWN, "Authorization must be of the form Bearer <token>.")
    token = match[1]
    if token.lower() == "owner" or token.startswith("ya29."):
        return ADMIN
    claims = _claims(token)
    return Caller(
        admin=False, auth={"uid": claims.get("sub") or claims.get("user_id"), "token": claims}
    )


def _claims(token: str) -> dict[str, Any]:
    segments = token.split(".")
    if len(segments) != _SEGMENTS:
        raise invalid("invalid jwt")
    _json_object(segments[0])
    _decode(segments[2])
    return _json_object(segments[1])


def _json_object(segment: str) -> dict[str, Any]:
    try:
        value = json.loads(_decode(segment))
    except (ValueError, RecursionError) as error:
        raise invalid("invalid jwt") from error
    if not isinstance(value, dict):
        raise invalid("invalid jwt")
    return value


def _decode(segment: str) -> bytes:
    try:
        return base64.b64decode(
            segment.rstrip("=") + "=" * (-len(segment.rstrip("=")) % 4),
            altchars=b"-_",
            validate=True,
        )
    except (binascii.Error, ValueError) as error:
        raise invalid("invalid jwt") from error
