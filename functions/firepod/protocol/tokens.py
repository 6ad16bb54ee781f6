"""Tokens of RunPod callbacks: who is called back, until when, signed under a key id.

RunPod signs nothing, so the callback's URL proves that it comes from somebody to whom we gave the
job. Pure: keys and the clock come from outside. Every defect of a token is one error, `BadToken`.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from firepod.domain.errors import Unauthenticated
from firepod.domain.generation import GenerationRef, MediaType
from firepod.domain.users import parse_user_id

MIN_KEY_BYTES = 24  # Standard Webhooks asks for 24 to 64 random bytes
MAX_TOKEN_CHARS = 2048


class BadToken(Exception):
    """The callback's token is malformed, forged, unknown or expired."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Key id -> key; `signing` names the one that signs, the others still verify."""

    keys: dict[str, bytes]
    signing: str

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self.keys)})"  # a key must not reach a log by accident


@dataclass(frozen=True, slots=True)
class Callback:
    """What a token says: which attempt of which generation."""

    ref: GenerationRef
    attempt: int
    expires_at: datetime


def parse_keyring(text: str) -> Keyring:
    """Read `kid:key[,kid:key]`; the first one signs.

    Raises:
        ValueError: says what is wrong, without any key in it.
    """
    keys: dict[str, bytes] = {}
    for number, entry in enumerate(filter(None, (e.strip() for e in text.split(","))), start=1):
        kid, separator, key = entry.partition(":")
        if not separator or not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", kid):
            raise ValueError(f"entry {number} is not of the form kid:key")
        if len(key.encode()) < MIN_KEY_BYTES:
            raise ValueError(f"entry {number} has a key shorter than {MIN_KEY_BYTES} bytes")
        if kid in keys:
            raise ValueError(f"entry {number} has a key id that is there twice")
        keys[kid] = key.encode()
    if not keys:
        raise ValueError("it holds no key")
    return Keyring(keys, next(iter(keys)))


def sign(callback: Callback, keyring: Keyring) -> str:
    """`{kid}.{payload}.{mac}`, each part safe in a URL path."""
    ref = callback.ref
    payload = _encode(
        json.dumps(
            [
                ref.user_id,
                ref.media_type,
                ref.file_uid,
                callback.attempt,
                int(callback.expires_at.timestamp()),
            ],
            separators=(",", ":"),
        ).encode()
    )
    kid = keyring.signing
    return f"{kid}.{payload}.{_encode(_mac(keyring.keys[kid], kid, payload))}"


def verify(token: str, keyring: Keyring, now: datetime) -> Callback:
    """Read a token that one of our keys signed and that has not expired.

    Raises:
        BadToken: anything else, whatever it is.
    """
    kid, _, rest = token[: MAX_TOKEN_CHARS + 1].partition(".")
    payload, _, mac = rest.partition(".")
    key = keyring.keys.get(kid)
    if len(token) > MAX_TOKEN_CHARS or key is None:
        raise BadToken
    expected = _encode(_mac(key, kid, payload)).encode()
    if not hmac.compare_digest(expected, mac.encode("utf-8", "replace")):
        raise BadToken
    try:
        user_id, media_type, file_uid, attempt, expires = json.loads(_decode(payload))
        ref = GenerationRef(parse_user_id(user_id), MediaType(media_type), file_uid)
        expires_at = datetime.fromtimestamp(expires, UTC)
    except (ValueError, TypeError, OverflowError, OSError, Unauthenticated) as error:
        raise BadToken from error
    if now >= expires_at:
        raise BadToken
    return Callback(ref, attempt, expires_at)


def _mac(key: bytes, kid: str, payload: str) -> bytes:
    message = f"firepod-callback.{kid}.{payload}".encode("utf-8", "replace")
    return hmac.new(key, message, hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
