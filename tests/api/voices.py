"""Calls about voices, and what to compare their answers with."""

import io
import json
from pathlib import Path

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

CONTRACT = Path(__file__).resolve().parents[2] / "contract"
MIB = 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 5000
NOW = {"headers": {"Prefer": "wait=0"}}


def form(data, name="Ann", filename="me.wav", **fields):
    return {"name": name, "audio": (io.BytesIO(data), filename), **fields}


def clone(service, **arguments):
    thread, stop = service.meanwhile(service.work)
    answer = service.post("/api/voices/clone", **arguments)
    stop.set()
    thread.join()
    return answer


def upload(service, data):
    """As a form, encoded in memory: the test client leaves large ones open on disk."""
    file = FileStorage(io.BytesIO(data), "me.wav")
    boundary, body = encode_multipart({"name": "Ann", "audio": file})
    content_type = f"multipart/form-data; boundary={boundary}"
    return service.post("/api/voices/clone", data=body, content_type=content_type, **NOW)


def problem(answer):
    assert answer.status_code == 400, answer.text
    (field,) = answer.json["error"]["details"]["fields"]
    return field


def shape(value):
    """The keys of a JSON value, all the way down."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    return type(value).__name__


def sample_of(name):
    return json.loads((CONTRACT / name).read_text())
