"""Reading bodies: JSON, a recording as multipart or base64; all within limits known before."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import g, request

from firepod.domain.errors import Busy, InvalidArgument
from firepod.entrypoints.rest.errors import PayloadTooLarge, UnsupportedMediaType
from firepod.entrypoints.rest.shares import LARGE, LARGE_PATIENCE_SECONDS
from firepod.entrypoints.wire import whole_body
from firepod.kinds.fields import LARGEST_FILE, MAX_FILE_BYTES
from firepod.protocol import base64_text, json_text

MAX_BODY_BYTES = 1_000_000
# Cloud Run takes 32 MiB; ours is less, so that the answer to more is ours, too.
MAX_MEDIA_BODY_BYTES = 30 * 1024 * 1024
MEDIA_ENDPOINTS = frozenset(
    {"voices.clone", "voices.save", "voices.add_sample", "speech.save", "uploads.create"}
)
TOO_LARGE = (
    f"This is larger than the {LARGEST_FILE} that a recording may have. Send a shorter one, or a"
    " compressed one such as MP3."
)
FILE_TOO_LARGE = f"This is larger than the {LARGEST_FILE} that a file may have."
BODY_TOO_LARGE = (
    "The body is larger than this call takes. Base64 makes a file a third larger: send it as"
    " multipart/form-data, or upload it to Storage and start voice_clone with its path."
)

BUSY = "Too many large files are being received at the moment. Try again in a few seconds."


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that came with a call, and the fields beside it."""

    fields: dict[str, Any]
    data: bytes


def limit_body() -> None:
    """Refuse a body that is too large before a byte of it is read."""
    media = request.endpoint in MEDIA_ENDPOINTS
    request.max_content_length = MAX_MEDIA_BODY_BYTES if media else MAX_BODY_BYTES
    if (request.content_length or 0) > request.max_content_length:
        if not media:
            raise PayloadTooLarge("The body is larger than this call takes.")
        whole = FILE_TOO_LARGE if request.endpoint == "uploads.create" else TOO_LARGE
        raise PayloadTooLarge(BODY_TOO_LARGE if request.is_json else whole)


@contextmanager
def large_body() -> Iterator[None]:
    """Hold one of the instance's few places for large bodies, from before it is read until stored.

    Leave it before anything is waited for. Small bodies need none.

    Raises:
        Busy: there is none, and none became free soon.
    """
    if request.content_length is not None and request.content_length <= MAX_BODY_BYTES:
        yield
        return
    with LARGE.held(g.user_id, LARGE_PATIENCE_SECONDS) as held:
        if not held:
            raise Busy(BUSY)
        yield


def read_json() -> dict[str, Any]:
    """The JSON object of the body.

    Raises:
        UnsupportedMediaType: the body says that it is something else.
        InvalidArgument: it is not a JSON object.
    """
    if not request.is_json:
        raise UnsupportedMediaType("Send JSON, with the header Content-Type: application/json.")
    try:
        data = json_text.parse(whole_body(request), constants=False)
    except json_text.NotJson:
        raise InvalidArgument.of("body", "is not JSON, or has too many parts") from None
    if not isinstance(data, dict):
        raise InvalidArgument.of("body", "must be a JSON object")
    return data


def named(fields: dict[str, Any], *names: str) -> Any:
    """The value of a field that has several names.

    Raises:
        InvalidArgument: it is missing, or its names have different values.
    """
    given = [fields[name] for name in names if fields.get(name) is not None]
    if not given:
        raise InvalidArgument.of(names[0], "is required")
    if any(one != given[0] for one in given):
        raise InvalidArgument.of(names[0], f"differs from {names[1]}, which is the same field")
    return given[0]


def read_metadata(fields: dict[str, Any]) -> dict[str, Any]:
    """The field `metadata`, an object."""
    metadata = fields.get("metadata")
    if metadata is None:
        return {}
    if not isinstance(metadata, dict):
        raise InvalidArgument.of("metadata", "must be an object")
    return metadata


def read_recording() -> Recording:
    """A recording with its fields, whichever of the two ways it came.

    Raises:
        PayloadTooLarge: it has more than 25 MiB.
        InvalidArgument: there is none.
    """
    if request.mimetype == "multipart/form-data":
        fields: dict[str, Any] = request.form.to_dict()
        # One byte more tells too large from just right, without reading any further.
        file = request.files.get("audio")
        data = None if file is None else file.stream.read(MAX_FILE_BYTES + 1)
        if file is not None:
            file.close()  # it was kept on a disk that is memory, too
        field = "audio"
    else:
        fields = read_json()
        text = fields.pop("audio_base64", None)
        data = None if text is None else decode(text, "audio_base64")
        field = "audio_base64"
    if not data:
        raise InvalidArgument.of(field, "is required: the recording to make a voice of")
    if len(data) > MAX_FILE_BYTES:
        raise PayloadTooLarge(TOO_LARGE)
    return Recording(fields, data)


def read_file() -> bytes:
    """The file of a multipart body.

    Raises:
        UnsupportedMediaType: the body is no form.
        PayloadTooLarge: it has more than 25 MiB.
        InvalidArgument: there is none.
    """
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("Send multipart/form-data with one file in the field `file`.")
    file = request.files.get("file")
    if file is None:
        raise InvalidArgument.of("file", "is required: the file to keep")
    data = file.stream.read(MAX_FILE_BYTES + 1)
    file.close()
    if len(data) > MAX_FILE_BYTES:
        raise PayloadTooLarge(FILE_TOO_LARGE)
    return data


def decode(text: Any, field: str) -> bytes:
    """The bytes of a base64 field, with or without a `data:` URL around them."""
    if text is None:
        raise InvalidArgument.of(field, "is required")
    if not isinstance(text, str):
        raise InvalidArgument.of(field, "must be base64 text")
    # Told from its length, before anything is made of it.
    if len(text) // 4 * 3 > MAX_FILE_BYTES + len(text) // base64_text.CHARACTERS_PER_SPACE:
        raise PayloadTooLarge(TOO_LARGE)
    try:
        data = base64_text.decode(text)
    except base64_text.NotBase64:
        raise InvalidArgument.of(field, "is not base64") from None
    if len(data) > MAX_FILE_BYTES:
        raise PayloadTooLarge(TOO_LARGE)
    return data
