"""The Python client without a backend: what it asks, and what it makes of answers."""

import asyncio
import json

import firepod_client
import httpx
import pytest
from firepod_client import (
    Account,
    AsyncFirepod,
    Firepod,
    FirepodError,
    GenerationEnded,
    Token,
    exchange,
    talks,
)

from firepod import VERSION

STARTED = {
    "file_uid": "abc",
    "user_id": "me",
    "media_type": "images",
    "status": "queued",
    "path": "generations/me/images/abc",
    "duplicate": False,
}
REQUEST = {"task_type": "text2img", "prompt": "a lighthouse"}


class Backend:
    """Answers in turn, and keeps what was asked; an exception is raised instead."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, data = answer
        return httpx.Response(status, json=data)

    def client(self, identity="a token"):
        http = httpx.Client(transport=httpx.MockTransport(self))
        return Firepod("http://api.test/api/", identity, http)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(exchange, "AGAIN_AFTER", (0.0, 0.0))


def error(code, message="No.", **details):
    return {"error": {"code": code, "message": message, "details": details or None}}


def test_it_has_firepods_version():
    assert firepod_client.VERSION == VERSION


def test_what_nobody_answered_is_asked_again_under_the_same_key():
    backend = Backend(httpx.ConnectError("no"), (503, error("unavailable")), (202, STARTED))
    assert backend.client().generate(REQUEST).path == "generations/me/images/abc"
    keys = {json.loads(one.content)["idempotency_key"] for one in backend.asked}
    assert (len(backend.asked), len(keys)) == (3, 1)
    assert {one.headers["authorization"] for one in backend.asked} == {"Bearer a token"}


def test_a_key_of_ones_own_is_kept():
    backend = Backend((202, STARTED))
    backend.client().generate({**REQUEST, "idempotency_key": "mine"})
    assert json.loads(backend.asked[0].content)["idempotency_key"] == "mine"


@pytest.mark.parametrize("call", ["retry", "discard"])
def test_what_would_answer_of_what_it_has_done_is_asked_once(call):
    backend = Backend(httpx.ReadTimeout("no"))
    with pytest.raises(FirepodError, match="does not answer") as refused:
        getattr(backend.client(), call)("generations/me/images/abc")
    assert refused.value.code == "unavailable"
    assert len(backend.asked) == 1


def test_a_backend_that_stays_away_is_called_so():
    backend = Backend(*[httpx.ConnectError("no")] * 3)
    with pytest.raises(FirepodError, match="does not answer"):
        backend.client().quota()


def test_a_page_of_somebody_else_is_no_answer():
    backend = Backend((200, None))
    backend.answers = [(418, "tea")]
    with pytest.raises(FirepodError, match=r"does not answer\. \(HTTP 418\)"):
        backend.client().quota()


def test_a_refusal_says_which_fields_and_when():
    fields = [{"field": "width", "problem": "must be at most 2048 pixels"}]
    backend = Backend(
        (400, error("invalid-argument", fields=fields)),
        (429, error("resource-exhausted", retry_after_seconds=30)),
    )
    client = backend.client()
    with pytest.raises(FirepodError) as refused:
        client.generate(REQUEST)
    assert refused.value.fields == {"width": "must be at most 2048 pixels"}
    with pytest.raises(FirepodError) as full:
        client.generate(REQUEST)
    assert (full.value.code, full.value.retry_after_seconds) == ("resource-exhausted", 30)


@pytest.mark.parametrize("path", ["abc", "users/me/images/abc", "generations/me/images/"])
def test_what_is_no_path_is_not_asked_for(path):
    backend = Backend()
    with pytest.raises(FirepodError, match="is not the path of a generation"):
        backend.client().get(path)


@pytest.mark.parametrize(
    ("file", "name", "words"),
    [(b"x", None, "give a name"), (b"x", "a.pdf", "can be uploaded"), (b"", "a.png", "1 byte")],
)
def test_what_cannot_be_an_upload_is_not_sent(file, name, words):
    with pytest.raises(FirepodError, match=words):
        Backend().client().upload(file, name)


def test_a_token_is_asked_for_anew_when_it_is_refused_and_before_it_ends():
    now = [0.0]
    account = Account("key", {}, "http://auth.test", clock=lambda: now[0])
    first = {"idToken": "one", "refreshToken": "r1", "expiresIn": "3600"}
    second = {"id_token": "two", "refresh_token": "r2", "expires_in": "3600"}
    third = second | {"id_token": "three"}
    unauthenticated = (401, error("unauthenticated"))
    backend = Backend(
        (200, first), unauthenticated, (200, second), (200, {}), (200, third), (200, {})
    )
    client = backend.client(account)
    client.quota()
    now[0] = 3500.0
    client.quota()
    said = [one.headers.get("authorization", one.url.path) for one in backend.asked]
    sign_up = "/identitytoolkit.googleapis.com/v1/accounts:signUp"
    renewal = "/securetoken.googleapis.com/v1/token"
    assert said == [sign_up, "Bearer one", renewal, "Bearer two", renewal, "Bearer three"]
    assert "one" not in repr(account)


def test_a_wrong_password_is_refused_with_firebases_word():
    said = {"error": {"code": 400, "message": "INVALID_PASSWORD"}}
    client = Backend((400, said)).client(Account("key", {"email": "a", "password": "b"}))
    with pytest.raises(FirepodError, match="INVALID_PASSWORD") as refused:
        client.quota()
    assert refused.value.code == "unauthenticated"


def test_a_token_may_come_from_a_function():
    tokens = iter(["one", "two"])
    backend = Backend((200, {}), (200, {}))
    client = backend.client(Token(lambda: next(tokens)))
    client.quota()
    client.quota()
    assert [one.headers["authorization"] for one in backend.asked] == ["Bearer one", "Bearer two"]


def test_a_silence_while_one_waits_is_waited_out_and_one_without_end_is_told(monkeypatch):
    monkeypatch.setattr(talks, "LONGEST_LOOK_SECONDS", 0.0)
    done = {**STARTED, "status": "completed"}
    silence = [httpx.ConnectError("no")] * 6
    backend = Backend((202, STARTED), *silence, (200, done))
    assert backend.client().run(REQUEST).status == "completed"
    monkeypatch.setattr(talks, "LONGEST_SILENCE_SECONDS", -1.0)
    with pytest.raises(FirepodError, match="does not answer"):
        Backend((202, STARTED), *silence).client().run(REQUEST)


def test_asyncio_says_the_same():
    failed = {**STARTED, "status": "failed", "error": "It broke.", "error_code": "worker_error"}
    backend = Backend((202, STARTED), httpx.ConnectError("no"), (200, failed))

    async def run():
        http = httpx.AsyncClient(transport=httpx.MockTransport(backend))
        async with AsyncFirepod("http://api.test/api", "a token", http) as firepod:
            await firepod.run(REQUEST)

    with pytest.raises(GenerationEnded, match=r"It broke\.") as ended:
        asyncio.run(run())
    assert (ended.value.code, ended.value.error_code) == ("failed", "worker_error")
