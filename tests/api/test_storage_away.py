"""What callers are told while Storage does not answer, by the deployed functions themselves."""

import gc
from dataclasses import replace

import flask
import pytest
from google.auth.credentials import AnonymousCredentials
from werkzeug.test import EnvironBuilder

import main
from firepod import wiring
from firepod.adapters.bucket import Bucket
from firepod.adapters.storage_reach import Patience, open_client
from firepod.settings import MediaUrls
from tests.api.service import token_of
from tests.fakes.server import KINDS, out_of_reach

BRIEF = Patience(connect=0.3, read=0.3, again=0.3)
FROM_A_PICTURE = {"task_type": "img2img", "prompt": "x", "init_image": "uploads/ann/a.png"}


@pytest.fixture(params=KINDS)
def away(request, service):
    """The service, on a bucket of a Storage that does not answer."""
    with out_of_reach(request.param) as port:
        client = open_client(
            project="demo",
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": f"http://127.0.0.1:{port}"},
        )
        media = Bucket(lambda: client.bucket("b"), MediaUrls.TOKEN, look=BRIEF, upload=BRIEF)
        service.backend = replace(service.backend, storage=media)
        wiring.use(service.backend)
        yield service
        client.close()
    gc.collect()


def test_the_api_says_unavailable_while_storage_is_away(away):
    answer = away.post("/api/generations", json=FROM_A_PICTURE)

    assert answer.status_code == 503
    assert answer.json["error"]["code"] == "unavailable"
    assert away.backend.gpu.calls == []


def test_generate_says_unavailable_while_storage_is_away(away):
    environ = EnvironBuilder(
        method="POST",
        json={"data": FROM_A_PICTURE},
        headers={"Authorization": f"Bearer {token_of('ann')}"},
    ).get_environ()
    with flask.Flask("functions").request_context(environ):
        response = main.generate(flask.request._get_current_object())

    assert response.status_code == 503
    assert response.get_json()["error"]["status"] == "UNAVAILABLE"
    assert away.backend.store.generations == {}


def test_the_log_tells_what_was_behind_it(away, written):
    away.post("/api/generations", json=FROM_A_PICTURE)
    assert any("behind the answer of" in entry["message"] for entry in written)
