"""The service account and the bucket as people write them into a template: mended, or refused.

Dashboards, shells and editors add quotes, byte order marks, line breaks and base64, and none of
that leaves a doubt about what was meant. What does is refused with a sentence that says what to do;
no sentence holds any part of a key.
"""

import base64
import binascii
import json
import re
from pathlib import Path
from typing import Any

NAME = "FIREBASE_SERVICE_ACCOUNT_KEY"
ANEW = "Firebase console, Project settings, Service accounts, Generate new private key"
BUCKET = "FIREBASE_STORAGE_BUCKET"
MAX_KEY_BYTES = 100_000  # a key file has 2,400
_AROUND = " \t\r\n\ufeff\u200b\u00a0"
_QUOTES = ("'", '"', "`")
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----(.*?)-----END \1-----", re.DOTALL)
_SECRET = re.compile(r"\{\{.*\}\}", re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
# https://cloud.google.com/storage/docs/buckets#naming
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")


class BadFirebaseSetup(Exception):
    """The environment names a Firebase project, but not one that can be used."""


def read_key(text: str) -> dict[str, Any]:
    """The service account that a text holds, or the file that it names.

    Raises:
        BadFirebaseSetup: it is none; says what to do.
    """
    found = _json_in(text)
    if found is None:
        found = _json_in(_file_text(unwrapped(text)))
    if found is None:
        raise BadFirebaseSetup(f"{NAME} names a file that holds no JSON. Make a new one: {ANEW}.")
    return _service_account(found)


def read_bucket(text: str) -> str:
    """The name of the bucket, of which a URL may have been given.

    Raises:
        BadFirebaseSetup: it is none; says what one looks like.
    """
    name = unwrapped(text).removeprefix("gs://").rstrip("/")
    if not name:
        raise BadFirebaseSetup(
            f"{BUCKET} is missing. Set it to the bucket's name, such as"
            " your-project.firebasestorage.app."
        )
    if not _BUCKET_NAME.fullmatch(name):
        raise BadFirebaseSetup(
            f"{BUCKET} is not the name of a bucket. Set it to the name alone, such as"
            " your-project.firebasestorage.app; the Firebase console shows it under Storage."
        )
    return name


def unwrapped(text: str) -> str:
    """A value without the spaces, byte order mark and quotes that came around it."""
    text = text.strip(_AROUND)
    while len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES:
        text = text[1:-1].strip(_AROUND)
    return "" if text in _QUOTES else text


def _json_in(text: str) -> Any:
    """The JSON that a text is, plain, quoted or as base64; None if it rather is a path."""
    plain = unwrapped(text)
    if _SECRET.fullmatch(plain):
        raise BadFirebaseSetup(
            f"{NAME} names a RunPod secret that this template does not have. Create the secret, or"
            " correct its name."
        )
    if not plain.startswith("{"):
        plain = _from_base64(plain)
        if not plain:
            return None
    # As it stands, and as a string of a shell or of JSON: with each quote escaped.
    for one in (plain, plain.replace('\\"', '"')):
        try:
            # Not strict: a line of the key may end with a real line break.
            return json.loads(one, strict=False)
        except (ValueError, RecursionError):
            continue
    raise BadFirebaseSetup(
        f"{NAME} begins like JSON, but is not whole. Paste all of the key file, from {{ to }}, or"
        " set the path of the file."
    )


def _from_base64(text: str) -> str:
    """The JSON text that base64 stands for; empty if it stands for none."""
    packed = "".join(text.split())
    if not _BASE64.fullmatch(packed):
        return ""
    packed = packed.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        found = base64.b64decode(packed + "=" * (-len(packed) % 4)).decode("utf-8-sig").strip()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return found if found.startswith("{") else ""


def _file_text(name: str) -> str:
    unreadable = BadFirebaseSetup(
        f"{NAME} is neither JSON nor the path of a file that can be read here. Set it to all of the"
        " key file's text, or to its path inside the container."
    )
    try:
        with Path(name).expanduser().open("rb") as file:
            data = file.read(MAX_KEY_BYTES)
        # Windows' shells write UTF-16.
        packed = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        return data.decode("utf-16" if packed else "utf-8-sig")
    except (OSError, ValueError, RuntimeError):
        raise unreadable from None


def _service_account(found: Any) -> dict[str, Any]:
    kind = found.get("type") if isinstance(found, dict) else None
    if kind != "service_account":
        raise BadFirebaseSetup(
            f"{NAME} is JSON, but no key of a service account. Make one: {ANEW}."
        )
    lacking = [
        name
        for name in ("project_id", "client_email", "private_key", "token_uri")
        if not isinstance(found.get(name), str) or not found[name].strip()
    ]
    if lacking:
        raise BadFirebaseSetup(f"{NAME} lacks {', '.join(lacking)}. Make a new one: {ANEW}.")
    return {**found, "private_key": _mended_pem(found["private_key"])}


def _mended_pem(text: str) -> str:
    """A private key with the lines that PEM wants, whatever has become of its line breaks."""
    pem = _PEM.search(text.replace("\\r", "").replace("\\n", "\n"))
    if pem is None:
        raise BadFirebaseSetup(f"The private_key in {NAME} is cut off. Make a new one: {ANEW}.")
    body = "".join(pem[2].split())
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {pem[1]}-----", *lines, f"-----END {pem[1]}-----", ""])
