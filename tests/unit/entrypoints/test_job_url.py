"""What a worker without credentials asks at its job's own URL (docs/contract.md, 5)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from firepod.domain.generation import Phase, Status
from firepod.domain.life import CLAIM_STALE
from firepod.protocol import previews
from firepod.protocol.tokens import Callback, sign
from firepod.usecases.cancel import cancel
from firepod.usecases.discard import discard
from firepod.usecases.retry import retry
from firepod.usecases.submit import submit
from tests.fakes.backend import make_request
from tests.fakes.gpu import Answer
from tests.fakes.values import KEYRING, PNG, PREVIEW, webp

YES, NO, WAIT = {"go_on": True}, {"go_on": False}, {"go_on": False, "wait_seconds": 2}
LONG = CLAIM_STALE.total_seconds()


@pytest.fixture
def started(backend):
    """A generation of ann's that RunPod runs as job-1."""
    return submit(backend, "ann", make_request()).ref


@pytest.fixture
def post(call, backend, started):
    def send(ask, body, token=None, **more):
        token = backend.gpu.jobs["job-1"].token if token is None else token
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return call("runpodwebhook", path=f"/runpodwebhook/{token}/{ask}", body=body, **more)

    return send


@pytest.fixture
def claim(post):
    def send(run="run-1", job_id="job-1"):
        response = post("claim", {"job_id": job_id, "claim": run})
        assert response.status_code == 200
        return response.get_json()

    return send


@pytest.fixture
def progress(post):
    def send(fraction, run="run-1", **more):
        body = {"job_id": "job-1", "claim": run, "progress": fraction, **more}
        response = post("progress", body)
        assert response.status_code == 200
        return response.get_json()

    return send


def test_the_first_run_begins_and_the_document_says_so(claim, backend, started):
    assert claim() == YES
    generation = backend.store.find(started)
    assert (generation.status, generation.progress) == (Status.PROCESSING, 0.0)
    assert backend.store.find_job(started.file_uid).claim == "run-1"


def test_a_claim_whose_answer_was_lost_is_answered_again(claim, backend):
    claim()
    before = dict(backend.store.values)
    assert claim() == YES
    assert backend.store.values == before


def test_a_second_run_waits_until_the_first_is_silent_and_then_takes_its_place(
    claim, progress, backend
):
    claim("run-1")
    backend.clock.advance(LONG - 1)
    assert claim("run-2") == WAIT
    assert progress(0.5, "run-1") == YES
    backend.clock.advance(LONG - 1)
    assert claim("run-2") == WAIT
    backend.clock.advance(1)
    assert claim("run-2") == YES
    assert progress(0.6, "run-1") == NO
    assert progress(0.1, "run-2") == YES


def test_nothing_is_made_again_of_what_a_silent_run_has_uploaded(claim, backend, started):
    claim("run-1")
    backend.storage.keep(
        f"generating/ann/image/{started.file_uid}.png", PNG, "image/png", attempt=1
    )
    backend.clock.advance(LONG)
    assert claim("run-2") == NO
    assert backend.store.find(started).status is Status.COMPLETED


def test_nothing_is_made_again_of_what_runpod_has_the_result_of(claim, backend, started):
    claim("run-1")
    backend.gpu.end("job-1", "COMPLETED", {"images": ["..."]})
    backend.clock.advance(LONG)
    assert claim("run-2") == NO
    assert [task.function for task in backend.queue.tasks] == ["reconcile"]
    assert backend.store.find_job(started.file_uid).claim == "run-1"


def test_while_nobody_knows_what_became_of_a_silent_run_the_second_asks_again(claim, post, backend):
    claim("run-1")
    backend.clock.advance(LONG)
    backend.gpu.reachable = False
    assert post("claim", {"job_id": "job-1", "claim": "run-2"}).status_code == 503
    backend.gpu.reachable = True
    assert claim("run-2") == YES


def test_a_run_of_another_runpod_job_never_begins_nor_names_its_job(claim, backend, started):
    before = dict(backend.store.values)
    assert claim("run-9", job_id="somebody-elses-job") == NO
    assert backend.store.values == before
    claim("run-1")
    backend.clock.advance(LONG)
    assert claim("run-9", job_id="somebody-elses-job") == NO


def test_a_claim_tells_the_id_of_a_job_that_nobody_knew(call, backend):
    backend.gpu.answers.append(Answer.LOSE_ANSWER)
    ref = submit(backend, "ann", make_request()).ref
    (job,) = backend.gpu.jobs.values()
    body = json.dumps({"job_id": job.job_id, "claim": "run-1"}).encode()
    assert call("runpodwebhook", path=f"/{job.token}/claim", body=body).get_json() == YES
    known = backend.store.find_job(ref.file_uid)
    assert (known.phase, known.runpod_job_id) == (Phase.SUBMITTED, job.job_id)


@pytest.mark.parametrize("end", ["cancelled", "discarded", "tried again"])
def test_what_is_over_or_of_an_older_attempt_goes_on_no_longer(
    claim, progress, backend, started, end
):
    assert claim() == YES
    (discard if end == "discarded" else cancel)(backend, started)
    if end == "tried again":
        retry(backend, started)
    before = dict(backend.store.values)
    backend.clock.advance(2)
    assert progress(0.5) == NO
    assert claim() == NO
    assert claim("run-2") == NO
    assert backend.store.values == before


def test_a_run_without_the_claim_writes_nothing_and_stops(claim, progress, backend):
    claim("run-1")
    backend.clock.advance(2)
    before = dict(backend.store.values)
    assert progress(0.9, "run-2") == NO
    assert backend.store.values == before


def test_progress_is_written_once_a_second_however_often_it_comes(
    claim, progress, backend, started
):
    claim()
    commits = backend.store.commits
    for tenth in range(31):
        assert progress(tenth / 100) == YES
        backend.clock.advance(0.1)
    assert backend.store.commits - commits == 3
    assert backend.store.find(started).progress == pytest.approx(0.3, abs=0.1)


@pytest.mark.parametrize("ask", ["claim", "progress"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b"[" * 4000,
        b"\xff",
        b"{}",
        {"job_id": "job-1"},
        {"job_id": "job-1", "claim": ""},
        {"job_id": "job-1", "claim": "../x"},
        {"job_id": "a/b", "claim": "run-1"},
        {"job_id": ["job-1"], "claim": {"a": 1}},
        {"job_id": "job-1", "claim": "run-1", "progress": "0.5"},
        {"job_id": "job-1", "claim": "run-1", "progress": True},
        {"job_id": "job-1", "claim": "run-1", "progress": 1.5},
        b'{"job_id": "job-1", "claim": "run-1", "progress": NaN}',
        b'{"job_id": "job-1", "claim": "run-1", "progress": 1' + b"0" * 400 + b"}",
    ],
)
def test_what_no_worker_sends_is_400_and_changes_nothing(post, backend, ask, body):
    before = dict(backend.store.values)
    assert post(ask, body).status_code == 400
    assert backend.store.values == before


def test_how_it_looks_is_shown_with_how_far_it_is_until_it_ends(claim, progress, backend, started):
    claim()
    commits = backend.store.commits
    for fraction, told, shown in ((0.2, PREVIEW, PREVIEW), (0.3, None, PREVIEW)):
        backend.clock.advance(1)
        assert progress(fraction, preview=told) == YES
        generation = backend.store.find(started)
        assert (generation.progress, generation.preview) == (fraction, shown)
    assert backend.store.commits - commits == 2
    cancel(backend, started)
    assert backend.store.find(started).preview is None


@pytest.mark.parametrize(
    "told", [7, ["x"], {"a": 1}, "", "https://evil.test/x.webp", PREVIEW + "A", PREVIEW[:-4]]
)
def test_what_is_no_preview_is_left_out_and_the_progress_counts(
    claim, progress, backend, started, told
):
    claim()
    backend.clock.advance(1)
    assert progress(0.5, preview=told) == YES
    generation = backend.store.find(started)
    assert (generation.progress, generation.preview) == (0.5, None)


def test_a_preview_of_the_largest_size_still_fits_a_body(claim, progress, backend, started):
    claim()
    backend.clock.advance(1)
    largest = previews.data_url(webp(512, 512, previews.MAX_BYTES))
    assert progress(0.123, "run-1", preview=largest) == YES
    assert backend.store.find(started).preview == largest


@pytest.mark.parametrize(("ask", "most"), [("claim", 4096), ("progress", 16_384)])
def test_a_large_body_is_not_even_read(post, ask, most):
    body = {"job_id": "job-1", "claim": "run-1"}
    assert post(ask, json.dumps(body).encode().ljust(most)).status_code == 200
    assert post(ask, json.dumps(body).encode().ljust(most + 1)).status_code == 413
    assert post(ask, b"", headers={"Content-Length": str(most + 1)}).status_code == 413


@pytest.mark.parametrize("ask", ["claim", "progress"])
@pytest.mark.parametrize("token", ["", "x", "k1.x.y", "claim"])
def test_a_bad_token_begins_nothing(post, backend, written, ask, token):
    before = dict(backend.store.values)
    assert post(ask, {"job_id": "job-1", "claim": "run-1"}, token).status_code == 401
    assert backend.store.values == before


def test_a_token_of_another_attempt_or_generation_does_not_begin_this_one(post, backend, started):
    until = backend.clock.now() + timedelta(hours=1)
    body = {"job_id": "job-1", "claim": "run-1"}
    for other in (Callback(started, 2, until), Callback(replace(started, user_id="bob"), 1, until)):
        response = post("claim", body, sign(other, KEYRING))
        assert (response.status_code, response.get_json()) == (200, NO)
    assert backend.store.find(started).status is Status.QUEUED


def test_only_post_asks(post):
    assert post("claim", b"", method="GET").status_code == 405


def test_neither_token_nor_claim_reaches_a_log(claim, progress, post, backend, written):
    claim("run-that-is-not-told")
    backend.clock.advance(LONG)
    claim("run-2")
    post("claim", b"?")
    progress(0.5, "run-that-is-not-told")
    text = json.dumps(written)
    token = backend.gpu.jobs["job-1"].token
    assert token not in text
    assert token.rpartition(".")[2] not in text
    assert "run-that-is-not-told" not in text


@pytest.mark.parametrize("wrong", [-3600, 16, 3600])
def test_a_function_whose_clock_is_wrong_takes_no_live_claim(claim, backend, wrong):
    """Who is silent is told by Firestore's clock alone."""
    claim("run-1")
    read = backend.store._read

    def at_firestores_time(*args, **options):
        found = read(*args, **options)
        return replace(found, records=replace(found.records, read_at=firestores))

    firestores = backend.clock.now() + timedelta(seconds=1)
    backend.store.__dict__["_read"] = at_firestores_time
    backend.clock.advance(wrong)
    assert claim("run-2") == WAIT
