"""Every line of the log has a name that metrics go by, and says of a life what they need."""

import ast
import inspect
import sys
from contextlib import nullcontext
from datetime import timedelta

import pytest

from firepod import logs
from firepod.domain.errors import FailedPrecondition
from firepod.domain.generation import Phase
from firepod.protocol.runpod import Refused, parse_submission
from firepod.usecases.callback import callback
from firepod.usecases.cancel import cancel
from firepod.usecases.discard import discard
from firepod.usecases.retry import retry
from firepod.usecases.submit import submit
from firepod.usecases.sweep import sweep
from tests.fakes.backend import make_backend, make_request
from tests.fakes.clock import START
from tests.fakes.gpu import Answer
from tests.fakes.values import make_generation, make_job
from tests.fakes.worker import FakeRun

COMMON = {"severity", "message", "event", "time"}
OF_A_GENERATION = COMMON | {"user_id", "media_type", "file_uid", "attempt"}


def events(written):
    return [entry["event"] for entry in written]


def one(written, event):
    [found] = [entry for entry in written if entry["event"] == event]
    return found


def start(backend, *answers, **fields):
    backend.gpu.answers.extend(answers)
    return submit(backend, "ann", make_request(seed=1, **fields)).ref


def run(backend, way, claim="run-1"):
    return FakeRun(backend, list(backend.gpu.jobs.values())[-1], claim, way)


def test_every_function_that_logs_names_an_event_of_the_list_and_the_list_names_no_other():
    tree = ast.parse(inspect.getsource(logs))
    named = set(logs.TRANSITIONS.values())
    for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
        texts = {n.value for n in ast.walk(function) if isinstance(n, ast.Constant)}
        found = {text for text in texts if text in logs.EVENTS}
        called = {
            n.func.id
            for n in ast.walk(function)
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        }
        if function.name.startswith("_"):
            continue
        assert found or called & {"_happened", "unexpected"}, function.name
        named |= found
    assert named == logs.EVENTS
    assert all(name.replace("_", "").isalpha() and name.islower() for name in logs.EVENTS)


def test_a_life_through_the_jobs_own_url_is_told_step_by_step_with_its_times(written):
    backend = make_backend(worker_delivery="upload_urls")
    ref = start(backend)
    backend.clock.advance(5)
    worker = run(backend, "upload_urls")
    worker.begin()
    backend.clock.advance(2)
    worker.progress(0.5)
    worker.complete()
    callback(backend, worker._callback(), worker.job.report)

    assert events(written) == [
        *["generation_queued", "generation_submitted", "generation_claimed"],
        "generation_completed",
    ]
    for entry in written:
        assert OF_A_GENERATION | {"task_type", "model", "change"} <= entry.keys()
        assert (entry["file_uid"], entry["attempt"]) == (ref.file_uid, 1)
        assert (entry["media_type"], entry["task_type"]) == ("images", "text2img")
        assert entry["severity"] == "INFO"
    submitted, claimed, completed = written[1:]
    assert submitted["endpoint_id"] == "endpoint-images"
    assert submitted["runpod_job_id"] == "job-1"
    assert claimed["queue_seconds"] == 5
    assert "run_seconds" not in claimed
    spans = ("queue_seconds", "run_seconds", "total_seconds")
    assert [completed[name] for name in spans] == [5, 2, 7]
    assert completed["cost_usd"] > 0
    assert completed["execution_ms"] > 0
    assert completed["size_bytes"] > 0


def test_what_a_worker_with_credentials_has_ended_is_told_by_its_callback(written):
    backend = make_backend()
    start(backend)
    backend.store.by = "worker"
    worker = run(backend, "credentials")
    worker.begin()
    backend.clock.advance(3)
    worker.complete()
    backend.store.by = None
    written.clear()  # a worker's lines are in no log of ours

    callback(backend, worker._callback(), worker.job.report)

    ended = one(written, "generation_completed")
    assert (ended["by"], ended["run_seconds"]) == ("worker", 3)


def test_what_we_have_ended_ourselves_is_told_once_however_often_runpod_calls(written):
    backend = make_backend(worker_delivery="upload_urls")
    start(backend)
    worker = run(backend, "upload_urls")
    worker.begin()
    worker.complete()
    for _ in range(3):
        callback(backend, worker._callback(), worker.job.report)
    assert events(written).count("generation_completed") == 1


def test_failures_retries_cancels_and_deletions_have_names_of_their_own(written):
    backend = make_backend()
    ref = start(backend)
    worker = run(backend, "credentials")
    worker.begin()
    worker.fail("a red fox is no prompt for a log")
    retry(backend, ref)
    cancel(backend, ref)
    discard(backend, ref)

    assert events(written)[2:] == [
        *["generation_claimed", "generation_failed", "generation_retried"],
        *["generation_submitted", "generation_cancelled", "generation_discarded"],
    ]
    failed = one(written, "generation_failed")
    assert (failed["severity"], failed["error_code"]) == ("WARNING", "worker_error")
    assert one(written, "generation_retried")["attempt"] == 2
    assert one(written, "generation_cancelled")["total_seconds"] == 0
    assert "red fox" not in str(written)


@pytest.mark.parametrize(
    ("answer", "event", "severity"),
    [
        (Answer.NOT_REACHED, "runpod_unavailable", "WARNING"),
        (Answer.LOSE_ANSWER, "runpod_unknown", "WARNING"),
        (Answer.REFUSE, "runpod_refused", "ERROR"),
    ],
)
def test_what_runpod_answers_to_a_job_that_it_does_not_take(written, answer, event, severity):
    backend = make_backend()
    with pytest.raises(FailedPrecondition) if answer is Answer.REFUSE else nullcontext():
        start(backend, answer)
    told = one(written, event)
    assert (told["severity"], told["endpoint_id"]) == (severity, "endpoint-images")
    assert ("generation_failed" in events(written)) == (answer is Answer.REFUSE)


@pytest.mark.parametrize(
    ("http_status", "event"),
    [
        (429, "runpod_unavailable"),
        (503, "runpod_unavailable"),
        (500, "runpod_unknown"),
        (401, "runpod_refused"),
    ],
)
def test_with_what_runpod_has_answered_stands_in_the_line(written, http_status, event):
    logs.job_submitted(make_job(), parse_submission(http_status, b"{}"))
    assert [(one["event"], one["http_status"]) for one in written] == [(event, http_status)]


def test_a_run_that_takes_over_says_nothing_new_of_the_waiting(written):
    backend = make_backend()
    start(backend)
    run(backend, "credentials").begin()
    backend.clock.advance(60)
    run(backend, "credentials", "run-2").begin()
    first, second = [entry for entry in written if entry["event"] == "generation_claimed"]
    assert first["queue_seconds"] == 0
    assert "queue_seconds" not in second


def test_each_sweep_tells_that_it_was_there_and_how_late_it_is(backend, written):
    sweep(backend)
    quiet = one(written, "sweep_finished")
    assert (quiet["severity"], quiet["due"], quiet["oldest_job_seconds"]) == ("DEBUG", 0, 0)

    written.clear()
    for number, (age, late) in enumerate([(3600, 60), (7200, 10)]):
        live = make_generation(file_uid=f"live-{number}")
        accepted = START - timedelta(seconds=age)
        due = START - timedelta(seconds=late)
        backend.store.keep(live, make_job(live, created_at=accepted, check_at=due))
    gone = make_generation(file_uid="gone")
    old = {"created_at": START - timedelta(days=3), "check_at": START - timedelta(seconds=5)}
    backend.store.keep(make_job(gone, phase=Phase.STOPPING, **old))
    sweep(backend)

    told = one(written, "sweep_finished")
    assert (told["severity"], told["due"], told["more_to_come"]) == ("INFO", 3, False)
    # The one that is only being cleared away has ended.
    assert (told["oldest_due_seconds"], told["oldest_job_seconds"]) == (60, 7200)


def test_lines_are_written_without_firebases_library_too_as_a_worker_has_none(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "firebase_functions", None)
    logs.generations_expired(3)
    assert '"event": "generations_expired"' in capsys.readouterr().out


def test_what_could_not_be_prepared_was_not_refused_by_runpod(written):
    logs.job_submitted(make_job(), Refused(0))
    assert written == []
