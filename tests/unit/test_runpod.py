"""RunPod's answers, read defensively."""

import json

import pytest

from firepod.domain.errors import WORKER_FAILED
from firepod.protocol.runpod import (
    Accepted,
    JobReport,
    NotReached,
    NotRunpod,
    Refused,
    RunpodStatus,
    Unknown,
    build_policy,
    parse_report,
    parse_submission,
    sentence_of,
)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b'{"id": "abc-u1", "status": "IN_QUEUE"}', Accepted("abc-u1")),
        (200, b'{"id": ""}', Unknown()),
        (200, b'{"id": 7}', Unknown()),
        (200, b'{"id": "../../other/run"}', Unknown()),
        (200, b'{"id": "a\\ud800"}', Unknown()),
        (200, b'{"status": "IN_QUEUE"}', Unknown()),
        (200, b"[]", Unknown()),
        (200, b"null", Unknown()),
        (200, b"<html>", Unknown()),
        (200, b"", Unknown()),
        (200, b"[" * 200_000, Unknown()),
        (202, b'{"id": "abc"}', Unknown()),
        (302, b"", Unknown()),
        (400, b"", Refused(400)),
        (401, b"", Refused(401)),
        (404, b"", Refused(404)),
        (408, b"", Unknown()),
        (413, b"", Refused(413)),
        (429, b"", NotReached()),
        (500, b"", Unknown()),
        (502, b"", Unknown()),
        (503, b"", NotReached()),
        (504, b"", Unknown()),
    ],
)
def test_only_a_certain_answer_of_run_counts_as_one(status, body, outcome):
    assert parse_submission(status, body) == outcome


def test_a_report_is_read_whole():
    body = {
        "id": "job-1",
        "status": "COMPLETED",
        "output": {"a": 1},
        "delayTime": 12,
        "executionTime": 34.9,
    }
    assert parse_report(json.dumps(body).encode()) == JobReport(
        RunpodStatus.COMPLETED, "job-1", {"a": 1}, None, {"delay_ms": 12, "execution_ms": 34}
    )


@pytest.mark.parametrize("status", ["IN_QUEUE", "IN_PROGRESS", "RUNNING"])
def test_a_job_that_runs_has_not_ended(status):
    assert not RunpodStatus(status).ended


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT", "GONE"])
def test_every_other_state_is_an_end(status):
    assert RunpodStatus(status).ended


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"status": 1}', b'{"status": ["FAILED"]}', b"[" * 200_000]
)
def test_garbage_is_no_report(body):
    with pytest.raises(NotRunpod):
        parse_report(body)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1", "true", '"12"', "1e300", "[]"])
def test_a_metric_that_is_no_time_is_left_out(value):
    report = parse_report(b'{"status": "FAILED", "delayTime": %s}' % value.encode())
    assert report.metrics == {}


@pytest.mark.parametrize("job_id", ["a/b", "../x", "", "x" * 129, 7, None, "a\ud800", "a b"])
def test_an_id_that_could_not_stand_in_a_url_is_none(job_id):
    body = json.dumps({"id": job_id, "status": "FAILED"}).encode()
    assert parse_report(body).job_id == ""


@pytest.mark.parametrize(
    ("output", "progress"),
    [({"progress": 0.5}, 0.5), ({"progress": 7}, 1), ({"progress": -1}, 0), ({"progress": True}, 0)]
    + [(output, 0) for output in (None, [], "x", {"progress": "0.5"}, {})]
    + [({"progress": 10**400}, 1), ({"progress": -(10**400)}, 0)]
    + [({"progress": float("nan")}, 0), ({"progress": float("inf")}, 1)],
)
def test_progress_is_a_fraction_or_nothing(output, progress):
    assert JobReport(RunpodStatus.IN_PROGRESS, output=output).progress == progress


@pytest.mark.parametrize(
    "sentence",
    [
        "There is not enough memory for a picture of this size.",
        "The recording is too short; 3 seconds are needed.",
        "Die Aufnahme ist zu leise.",
    ],
)
def test_a_sentence_for_people_is_kept(sentence):
    assert sentence_of(f" {sentence} ") == sentence


@pytest.mark.parametrize(
    "error",
    [
        None,
        {},
        7,
        "",
        "   ",
        "OOM",
        "x " * 200,
        "line one\nline two",
        'Traceback (most recent call last):\n  File "/app/x.py"',
        'File "/app/handler.py", line 3',
        '{"error_type": "<class \'RuntimeError\'>", "hostname": "gpu-1"}',
        "CUDA error at kernel.cu(12)",
        "ValueError: bad thing",
        "torch.OutOfMemoryError raised here",
        "cannot reach https://storage.internal/x",
        "cannot read /runpod-volume/model",
        "connection to 10.0.0.12 refused",
        "lost pod-7.svc at last",
        "could not import worker.py again",
        "token = abc is wrong",
        "The key rpa_0123456789ABCDEFGHIJKLMNOP is wrong",
        "half a pair \ud800 of surrogates",
        "a bell \x07 rings",
        "worker exited before the job was finished",
    ],
)
def test_what_shows_the_inside_of_a_machine_is_replaced(error):
    assert sentence_of(error) == WORKER_FAILED


def test_the_policy_keeps_runpods_minimums():
    assert build_policy(1, 1) == {"executionTimeout": 5000, "ttl": 10000}
    assert build_policy(600, 4200) == {"executionTimeout": 600_000, "ttl": 4_200_000}
