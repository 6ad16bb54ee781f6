"""What a run at an endpoint of one's own has cost stands in its document, however it ended."""

import base64
import json
from dataclasses import replace

import pytest

from firepod.domain.generation import ErrorCode, Status
from firepod.models.parameters import DEFAULT_TABLE
from firepod.protocol.runpod import parse_report, without_media
from firepod.protocol.tokens import Callback
from firepod.usecases.callback import callback
from firepod.usecases.reconcile import reconcile
from firepod.usecases.submit import submit
from tests.fakes.backend import make_backend, make_request
from tests.fakes.bell import path_of
from tests.fakes.values import PNG, make_settings

INLINE = {"images": [base64.b64encode(PNG).decode()]}
TIMES = {"delay_ms": 120, "execution_ms": 3400}
COST = 0.001054  # 3.4 seconds, at what the table says of a second of a picture's GPU


def called_back(backend, ref, status, **more):
    """RunPod's callback, as the deployed function reads it."""
    body = {"id": "job-1", "status": status, "delayTime": 120, "executionTime": 3400, **more}
    report = without_media(parse_report(json.dumps(body).encode()))
    callback(backend, Callback(ref, 1, backend.clock.now()), report)
    return backend.store.find(ref)


def test_a_callback_completes_with_the_cost_in_the_same_change(backend, started):
    backend.storage.keep(path_of(started), PNG, "image/png", attempt=1)
    done = called_back(backend, started, "COMPLETED", output={"uploaded": 1})
    assert done.status is Status.COMPLETED
    assert done.metrics == {**TIMES, "cost_usd": COST}


def test_a_worker_that_ends_documents_by_itself_is_told_the_price(backend, started):
    (output,) = backend.gpu.jobs["job-1"].task["outputs"]
    assert output["usd_per_second"] == "0.00031"


def test_a_run_that_failed_has_cost_as_much(backend, started):
    done = called_back(backend, started, "FAILED", error="It broke.")
    assert done.error_code is ErrorCode.WORKER_ERROR
    assert done.metrics == {**TIMES, "cost_usd": COST}


def test_without_a_time_there_is_no_cost(backend, started):
    backend.storage.keep(path_of(started), PNG, "image/png", attempt=1)
    backend.gpu.jobs.clear()
    reconcile(backend, started.file_uid)
    done = backend.store.find(started)
    assert (done.status, done.metrics) == (Status.COMPLETED, None)


def test_the_local_runpod_costs_nobody_anything():
    backend = make_backend(local_runpod=True)
    ref = submit(backend, "ann", make_request()).ref
    assert "usd_per_second" not in str(backend.gpu.calls)
    backend.gpu.end("job-1", "COMPLETED", INLINE)
    reconcile(backend, ref.file_uid)
    assert backend.store.find(ref).metrics == TIMES


@pytest.mark.parametrize("table", ["nonsense", "no such file"])
def test_no_result_is_lost_for_a_table_that_a_deployment_has_spoilt(tmp_path, table):
    path = tmp_path / "models.toml"
    path.write_text(DEFAULT_TABLE.read_text())
    backend = make_backend(models=path)
    ref = submit(backend, "ann", make_request()).ref
    spoilt = tmp_path / f"{table}.toml"
    if table == "nonsense":
        spoilt.write_text("[models")
    later = replace(backend, settings=make_settings(models=spoilt))
    backend.storage.keep(path_of(ref), PNG, "image/png", attempt=1)
    done = called_back(later, ref, "COMPLETED", output={"uploaded": 1})
    assert (done.status, done.metrics) == (Status.COMPLETED, TIMES)
