"""The key and the bucket as they come out of dashboards, shells and editors; keys are made here."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from worker import handler
from worker.firebase import connect
from worker.firebase_key import BadFirebaseSetup, read_bucket, read_key

KEY, BUCKET = "FIREBASE_SERVICE_ACCOUNT_KEY", "FIREBASE_STORAGE_BUCKET"
GOOD_BUCKET = "demo.firebasestorage.app"


@pytest.fixture(scope="module")
def info():
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "type": "service_account",
        "project_id": "demo",
        "private_key_id": "abc",
        "private_key": private.decode(),
        "client_email": "worker@demo.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def in_lines(text, width=76):
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


WAYS = {
    "as it is": str,
    "with spaces around": lambda text: f"  {text} \n",
    "in single quotes": lambda text: f"'{text}'",
    "in double quotes": lambda text: f'"{text}"',
    "in both, with spaces": lambda text: f"\" '{text}' \"\n",
    "after a byte order mark": lambda text: f"\ufeff{text}",
    "in quotes after a byte order mark": lambda text: f"\ufeff'{text}'\r\n",
    "with real line breaks in the key": lambda text: text.replace("\\n", "\n"),
    "with real line breaks of Windows": lambda text: text.replace("\\n", "\r\n"),
    "with the line breaks escaped once more": lambda text: text.replace("\\n", "\\\\n"),
    "with spaces for line breaks": lambda text: text.replace("\\n", " "),
    "with no line breaks at all": lambda text: text.replace("\\n", ""),
    "as a string of JSON": json.dumps,
    "as base64": encoded,
    "as base64 in lines": lambda text: in_lines(encoded(text)),
    "as base64 without its end": lambda text: encoded(text).rstrip("="),
    "as base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "as base64 in quotes, after a byte order mark": lambda text: f'"{encoded(chr(0xFEFF) + text)}"',
    "in several lines": lambda text: json.dumps(json.loads(text), indent=2),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_key_is_read_however_it_was_pasted(info, way):
    pasted = way(json.dumps(info))

    assert read_key(pasted) == info
    assert connect({KEY: pasted, BUCKET: GOOD_BUCKET}) is not None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("around", ["{}", " {} ", "'{}'", '"{}"\n', "\ufeff{}"])
def test_a_key_file_is_found_and_read_however_it_was_written(info, tmp_path, around, encoding):
    file = tmp_path / "key file.json"
    file.write_text(json.dumps(info), encoding=encoding)

    assert read_key(around.format(file)) == info


def without(name):
    return lambda info: json.dumps({key: value for key, value in info.items() if key != name})


def with_private_key(text):
    return lambda info: json.dumps(info | {"private_key": text})


REFUSED = {
    "cut off": (lambda info: json.dumps(info)[:-40], "from { to }"),
    "no file": (lambda _info: "/nowhere/key.json", "path inside the container"),
    "nonsense": (lambda _info: "%%%\0", "path inside the container"),
    "nothing but a folder": (lambda _info: "/", "path inside the container"),
    "another kind of key": (lambda info: json.dumps(info | {"type": "user"}), "service account"),
    "an app's configuration": (lambda _info: '{"apiKey": "AIza"}', "Generate new private key"),
    "base64 of something else": (lambda _info: encoded('{"a": 1}'), "service account"),
    "a secret that is not there": (lambda _: "{{ RUNPOD_SECRET_firebase }}", "Create the secret"),
    "no project": (without("project_id"), "lacks project_id"),
    "no private key": (without("private_key"), "lacks private_key"),
    "half of a private key": (with_private_key("-----BEGIN PRIVATE KEY-----\nMIIE"), "cut off"),
    "a private key of nothing": (
        with_private_key("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n"),
        "cannot be read",
    ),
}


@pytest.mark.parametrize(("make", "says"), REFUSED.values(), ids=REFUSED)
def test_a_key_that_cannot_be_used_is_refused_with_what_to_do(info, make, says):
    pasted = make(info)

    with pytest.raises(BadFirebaseSetup) as refused:
        connect({KEY: pasted, BUCKET: GOOD_BUCKET})
    sentence = str(refused.value)
    assert KEY in sentence
    assert says in sentence
    for part in (pasted[:12], info["private_key"][40:60], "AIza", "secret\n"):
        assert part not in sentence
    # What the libraries said of it would stand in a traceback, too.
    assert refused.value.__context__ is None or refused.value.__suppress_context__


def test_a_file_that_is_no_key_is_refused(tmp_path):
    file = tmp_path / "key.json"
    for data in (b"", b"hello", b"\xff\xfe\0", b"\x80\x81"):
        file.write_bytes(data)
        with pytest.raises(BadFirebaseSetup):
            read_key(str(file))


@pytest.mark.parametrize(
    "text",
    [
        GOOD_BUCKET,
        f" {GOOD_BUCKET}\n",
        f"gs://{GOOD_BUCKET}",
        f"gs://{GOOD_BUCKET}/",
        f"'{GOOD_BUCKET}'",
        f'"gs://{GOOD_BUCKET}/"',
        f"\ufeff{GOOD_BUCKET}//",
    ],
)
def test_a_bucket_is_understood_however_it_was_copied(text):
    assert read_bucket(text) == GOOD_BUCKET


@pytest.mark.parametrize(
    "text", ["", "''", "gs://", "gs://b/folder", "https://x.test/b", "My Bucket", "b", "../b"]
)
def test_what_is_no_bucket_is_refused_with_what_one_looks_like(info, text):
    with pytest.raises(BadFirebaseSetup, match=r"your-project\.firebasestorage\.app"):
        connect({KEY: json.dumps(info), BUCKET: text})


def test_a_bucket_without_a_key_is_no_way_to_run_without_credentials():
    with pytest.raises(BadFirebaseSetup, match="Set both, or neither"):
        connect({BUCKET: GOOD_BUCKET, KEY: " '' "})
    assert connect({BUCKET: "", KEY: '""'}) is None
    assert connect({}) is None


@pytest.mark.parametrize("key", ["/nowhere/key.json", '{"type": "service_account"', ""])
def test_a_worker_with_an_unusable_key_says_so_and_does_not_begin(monkeypatch, key):
    """It would take jobs and hand their media over as base64, of which RunPod keeps 20 MB."""
    monkeypatch.setenv(KEY, key)
    monkeypatch.setenv(BUCKET, GOOD_BUCKET)
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    begun = []
    monkeypatch.setattr(handler.runpod.serverless, "start", begun.append)

    with pytest.raises(SystemExit) as stopped:
        handler.main()

    assert str(stopped.value).startswith("worker: FIREBASE_")
    assert begun == []
