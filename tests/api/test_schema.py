"""Thousands of requests that the OpenAPI document allows, and some that it does not.

The seed is fixed: each run makes the same cases.
"""

from collections import Counter
from dataclasses import replace

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks

from firepod.adapters.firestore import FirestoreStore
from firepod.domain.generation import Status
from firepod.domain.quota import Limits
from firepod.entrypoints.rest.app import build
from tests.api.service import Service, token_of, wsgi
from tests.fakes.backend import make_backend
from tests.fakes.values import make_generation

CASES = 40  # of each operation in each way
CASES_PER_USER = 25  # so that no user's quota grows without end

load_all_checks()
CHECKS = schemathesis.checks.CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)


class Caller:
    """Signs each request in, or out, whatever was generated; nobody waits."""

    user = None

    def __call__(self, environ, start_response):
        environ["HTTP_PREFER"] = "wait=0"
        environ.pop("HTTP_AUTHORIZATION", None)
        if self.user is not None:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {token_of(self.user)}"
        return wsgi(environ, start_response)


caller = Caller()
DOCUMENT = build("*").test_client().get("/api/openapi.json").json
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
SCHEMA.app = caller
OPERATIONS = {one.ok().label: one.ok() for one in SCHEMA.get_all_operations()}

# For paths with names in them: things that are there, each in another state.
THERE = [
    ("images", "text2img", Status.QUEUED),
    ("videos", "text2video", Status.PROCESSING),
    ("tts", "tts", Status.FAILED),
    ("voices", "voice_clone", Status.CANCELLED),
]


@pytest.fixture
def service(firestore_client):
    backend = make_backend(limits=Limits(active=1000, daily=100_000))
    return Service(replace(backend, store=FirestoreStore(firestore_client)))


def run(service, label, strategy, answered):
    """Make the cases of one operation; `answered` counts the status codes."""
    made = Counter()

    @given(case=strategy)
    @settings(
        max_examples=CASES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case):
        made["cases"] += 1
        caller.user = f"{label}-{made['cases'] // CASES_PER_USER}".replace("/", "-")
        response = case.call()
        answered[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)
        caller.user = None
        if "health" not in label:
            assert case.call().status_code in {401, 404, 413}

    check()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
@pytest.mark.parametrize("label", OPERATIONS)
def test_whatever_is_sent_the_answer_is_one_that_the_document_allows(service, label, mode):
    answered = Counter()
    run(service, label, OPERATIONS[label].as_strategy(generation_mode=mode), answered)

    assert answered
    assert not answered.keys() & {401, 500, 503}


NAMED = [label for label in OPERATIONS if "{file_uid}" in label]


@pytest.mark.parametrize(("media_type", "task_type", "status"), THERE)
@pytest.mark.parametrize("label", NAMED)
def test_what_is_there_is_answered_as_the_document_says(
    service, label, media_type, task_type, status
):
    generation = make_generation(task_type, file_uid="voice_ann_01234567", status=status)
    service.backend.store.transition(
        generation.ref,
        lambda records: replace(records, generation=generation),
    )
    operation = OPERATIONS[label]
    names = {"media_type": media_type, "file_uid": generation.file_uid}
    case = operation.Case(path_parameters=names)
    caller.user = "ann"
    response = case.call()

    assert response.status_code in {200, 412}
    case.validate_response(response, checks=CHECKS)
