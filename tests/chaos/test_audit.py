"""The audit of a chaos run finds what it is there to find."""

from datetime import UTC, datetime

import pytest

from tests.chaos.audit import audit
from tests.chaos.calls import Call
from tests.chaos.evidence import Evidence, StoredObject
from tests.chaos.leaks import leaks_in_documents, leaks_in_logs
from tests.chaos.plan import Step

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n........"
PATH = "generations/ann/images/f1"
FILE = "generating/ann/image/f1.png"
STEP = Step(0, 0, "quokka-1-0-0000000000", {"prompt": "p"}, None, 1, None, None)
GENERATED = Call(STEP.marker, "generate", "ok", "", {"path": PATH, "status": "queued"}, 1.0, 2.0)
CANCELLED = Call(STEP.marker, "cancel", "ok", "", {"path": PATH, "status": "cancelled"}, 3.0, 4.0)
DISCARDED = Call(STEP.marker, "discard", "ok", "", {"path": PATH, "status": "queued"}, 3.0, 4.0)
DOCUMENT = {
    "user_id": "ann",
    "media_type": "images",
    "file_uid": "f1",
    "attempt": 1,
    "status": "completed",
    "request_data": {"prompt": "p"},
    "generation_data": {"files": [{"path": FILE, "content_type": "image/png", "size_bytes": 16}]},
    "created_at": NOW,
    "completed_at": NOW,
}
KEPT = ("user_id", "media_type", "attempt", "request_data", "created_at", "completed_at")
JOB = {
    "job_id": "j1",
    "endpoint": "image",
    "input": {"file_uid": "f1", "attempt": 1},
    "status": "COMPLETED",
    "taken": [{"at": 10.0, "worker": "w1"}],
    "faults": [],
    "webhooks": [],
    "events": [
        {"event": "taken", "status": "IN_PROGRESS"},
        {"event": "returned", "status": "COMPLETED"},
    ],
}
RUN = (
    {"at": 10.1, "event": "began", "worker": "w1", "marker": STEP.marker},
    {"at": 10.2, "event": "done", "worker": "w1", "marker": STEP.marker},
)


def evidence(**overrides) -> Evidence:
    values = {
        "steps": [STEP],
        "calls": [GENERATED],
        "kills": [],
        "documents": {PATH: DOCUMENT},
        "objects": {FILE: StoredObject(16, "image/png", "ann", PNG)},
        "runpod_jobs": [JOB],
        "disturbed": [],
        "engine": RUN,
        "seconds_to_quiet": 0.0,
        "is_quiet": True,
    }
    return Evidence(**values | overrides)


def violated(**overrides) -> set[str]:
    return {row for row, found in audit(evidence(**overrides)).items() if found}


def changed(**fields) -> dict:
    return {PATH: {name: v for name, v in (DOCUMENT | fields).items() if v is not None}}


def test_a_run_in_which_all_went_well_has_no_violation():
    assert violated() == set()


WRONG = "wrong ends, by the fault log"
UNDISTURBED = "undisturbed generations that did not complete"


@pytest.mark.parametrize(
    ("overrides", "rows"),
    [
        ({"documents": changed(status="queued"), "objects": {}},
         {"generations that never ended", UNDISTURBED}),
        ({"documents": {}, "objects": {}},
         {"accepted generations without a document", UNDISTURBED}),
        ({"documents": changed(status="failed", error_code="expired"), "objects": {}},
         {WRONG, UNDISTURBED}),
        ({"engine": ()}, {WRONG}),
        ({"calls": [GENERATED, CANCELLED]}, {WRONG}),
        ({"calls": [GENERATED, DISCARDED]}, {WRONG}),
        ({"documents": changed(attempt=2)}, {WRONG}),
        ({"engine": (*RUN, {**RUN[0], "at": 10.3})}, {"engine ran twice for one attempt"}),
        ({"objects": {}}, {"documents whose files are missing or wrong"}),
        ({"objects": {FILE: StoredObject(16, "image/png", "bob", PNG)}},
         {"documents whose files are missing or wrong"}),
        ({"objects": {FILE: StoredObject(16, "image/png", "ann", PNG),
                      "generating/ann/image/old.png": StoredObject(1, "image/png", "ann", PNG)}},
         {"files without a completed document"}),
        ({"documents": changed() | {"quotas/ann": {"leases": {"f1": NOW}}}}, {"quota leases"}),
        ({"documents": changed() | {"jobs/f1": {"phase": "stopping"}}}, {"jobs left"}),
        ({"documents": changed() | {"generations/ann/images/f2": {**DOCUMENT, "file_uid": "f2"}}},
         {"calls or keys that started two generations"}),
        ({"calls": [GENERATED, Call(STEP.marker, "cancel", "internal", "", {}, 3.0, 4.0)]},
         {"answers that only a bug gives"}),
    ],
)  # fmt: skip
def test_what_went_wrong_stands_in_its_row(overrides: dict, rows: set[str]):
    assert violated(**overrides) == rows


def test_thumbs_belong_to_the_files_that_they_show():
    shown = {FILE: StoredObject(16, "image/png", "ann", PNG)}
    thumb = StoredObject(1, "image/webp", "ann", PNG)
    assert violated(objects=shown | {"thumbs/ann/f1_0.webp": thumb}) == set()
    stray = violated(objects=shown | {"thumbs/ann/f1_1.webp": thumb})
    assert stray == {"files without a completed document"}


def test_a_second_run_after_a_dead_worker_is_right():
    died = {**JOB, "events": [{"event": "taken"}, {"event": "orphaned"}, {"event": "returned"}]}
    assert violated(runpod_jobs=[died], engine=(RUN[0], *RUN)) == set()


def test_an_expiry_needs_its_cause():
    lost = {**JOB, "status": "DELETED", "events": [{"event": "submitted"}, {"event": "deleted"}]}
    step = Step(0, 0, STEP.marker, {"prompt": "p"}, None, 1, "job_dropped", None)
    failed = changed(status="failed", error_code="expired")
    alone = {"documents": failed, "objects": {}, "engine": (), "steps": [step]}
    assert violated(**alone, runpod_jobs=[lost]) == set()
    assert violated(**alone, runpod_jobs=[]) == {WRONG}
    struck = {"operation": "run", "input": {"file_uid": "f1", "attempt": 1}}
    hang = {**struck, "fault": {"type": "hang"}}
    busy = {**struck, "fault": {"type": "http", "status": 429}}
    assert violated(**alone, runpod_jobs=[], disturbed=[hang]) == set()
    assert violated(**alone, runpod_jobs=[], disturbed=[busy]) == {WRONG}


PUBLIC = Step(0, 0, STEP.marker, {"prompt": "p", "model": "m"}, None, 1, None, None)
PUBLIC_JOB = {**JOB, "input": {"prompt": "p"}}


def public(job=None, **overrides) -> set[str]:
    jobs = [PUBLIC_JOB | (job or {})]
    return violated(**{"steps": [PUBLIC], "runpod_jobs": jobs, "engine": (), **overrides})


def test_a_job_of_a_public_endpoint_is_known_by_its_prompt_and_ends_by_runpods_word():
    assert public() == set()
    assert public({"events": [{"event": "submitted"}]}) == {WRONG}
    assert public({"input": {"prompt": "another"}}) == {WRONG}
    twice = public(runpod_jobs=[PUBLIC_JOB, {**PUBLIC_JOB, "job_id": "j2"}])
    assert twice == {"engine ran twice for one attempt"}


@pytest.mark.parametrize("refused_first", [True, False])
def test_a_request_that_was_refused_and_sent_again_is_judged_by_what_it_started_then(refused_first):
    """RunPod's refusal frees the key, and users repeat their calls."""
    failed = {"status": "failed", "error_code": "rejected", "file_uid": "f0"}
    refused = {"generations/ann/images/f0": {k: DOCUMENT[k] for k in KEPT} | failed}
    documents = refused | {PATH: DOCUMENT} if refused_first else {PATH: DOCUMENT} | refused
    cancelled = Call(STEP.marker, "cancel", "ok", "", {"status": "completed"}, 3.0, 4.0)

    assert violated(documents=documents, calls=[GENERATED, cancelled]) == set()
    assert public(documents=documents) == set()


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("output_missing", {"type": "link", "how": "expired"}),
        ("output_missing", {"type": "complete_without_output"}),
        ("output_invalid", {"type": "link", "how": "redirect"}),
        ("worker_error", {"type": "fail", "error": "forged"}),
        ("rejected", {"type": "fail", "error": "by the safety checker"}),
    ],
)
def test_what_a_public_endpoint_fails_as_needs_its_cause(code: str, fault: dict):
    step = Step(0, 0, STEP.marker, PUBLIC.request, None, 1, "a fault", None)
    failed = {"documents": changed(status="failed", error_code=code), "objects": {}}
    assert public({"faults": [fault]}, **failed, steps=[step]) == set()
    other = {"type": "link", "how": "hangs"} if code != "output_invalid" else {"type": "fail"}
    assert public({"faults": [other]}, **failed, steps=[step]) == {WRONG}


def test_secrets_and_prompts_of_others_are_found_in_documents():
    own = {"request_data": {"prompt": "quokka-1-1-0000000001"}}
    assert leaks_in_documents({PATH: own}, ["rp-key"]) == []
    assert leaks_in_documents({PATH: own | {"error": "rp-key"}}, ["rp-key"]) != []
    assert leaks_in_documents({PATH: own | {"error": "quokka-1-2-0000000002"}}, []) != []
    assert leaks_in_documents({"jobs/f1": own}, []) != []
    assert leaks_in_documents({PATH: {"error": "Traceback (most recent call last):"}}, []) != []


TOKEN = f"k1.{'a' * 80}.{'b' * 43}"


@pytest.mark.parametrize(
    "line",
    [
        "calling with rp-key",
        f"POST /runpodwebhook/{TOKEN}",
        "Authorization: Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhIn0.",
        "prompt: a study of quokka-1-2-0000000002",
        "Traceback (most recent call last):",
    ],
)
def test_what_must_not_stand_in_a_log_is_found_in_any_of_them(tmp_path, line: str):
    (tmp_path / "part").mkdir()
    log = tmp_path / "part" / "program.log"
    log.write_text("all is well\n")
    assert leaks_in_logs(tmp_path, ["rp-key"]) == []
    log.write_text(f"all is well\n{line}\n")
    assert len(leaks_in_logs(tmp_path, ["rp-key"])) == 1


def test_what_stands_around_a_traceback_is_told_without_what_must_not_be(tmp_path):
    lines = ("a thread failed:", "Traceback (most recent call last):", "  for rp-key", "TypeError")
    (tmp_path / "program.log").write_text("\n".join(lines))

    traceback, secret = leaks_in_logs(tmp_path, ["rp-key"])

    told = [line.strip() for line in traceback.splitlines()]
    assert told[1:] == [lines[0], lines[1], "for ***", "TypeError"]
    assert "rp-key" not in secret
