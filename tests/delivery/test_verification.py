"""What lies in Storage is looked at before a generation is completed with it."""

import pytest

from firepod.domain.generation import ErrorCode, Status
from firepod.protocol.runpod import JobReport, RunpodStatus
from firepod.usecases.steps import complete
from tests.fakes.backend import make_backend
from tests.fakes.values import MP4, PNG, make_generation, make_job

ENDED = JobReport(RunpodStatus.COMPLETED, "job-1", {"uploaded": 1})


def ended_with(data: bytes | None, **label):
    """The generation after its job has ended and this lies in the place of its picture."""
    backend = make_backend()
    generation, job = make_generation(), make_job()
    backend.store.keep(generation, job)
    if data is not None:
        values = {"content_type": "image/png", "owner": "ann", "attempt": 1} | label
        backend.storage.keep(job.outputs[0].path, data, **values)
    complete.finish(backend, generation, job, ENDED)
    found = backend.store.find(generation.ref)
    return found.status, found.error_code


def test_the_picture_that_was_asked_for_completes():
    assert ended_with(PNG) == (Status.COMPLETED, None)


@pytest.mark.parametrize(
    ("data", "label"),
    [
        (MP4, {}),
        (b"<html>", {}),
        (b"", {}),
        (PNG, {"content_type": "text/html"}),
        (PNG + bytes(50_000_000), {}),
        (PNG, {"encoding": "gzip"}),
    ],
    ids=["video", "page", "nothing", "type", "too large", "packed"],
)
def test_anything_else_is_invalid(data: bytes, label: dict):
    assert ended_with(data, **label) == (Status.FAILED, ErrorCode.OUTPUT_INVALID)


@pytest.mark.parametrize(
    ("data", "label"),
    [(None, {}), (PNG, {"owner": "bob"}), (PNG, {"attempt": 2})],
    ids=["no object", "another owner's", "another attempt's"],
)
def test_what_is_not_there_is_missing(data: bytes | None, label: dict):
    assert ended_with(data, **label) == (Status.FAILED, ErrorCode.OUTPUT_MISSING)
