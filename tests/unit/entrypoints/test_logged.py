"""What a deployed function writes while it serves a request: refusals, and the request's trace."""

from dataclasses import replace
from datetime import timedelta

import pytest

from firepod import traces, wiring
from firepod.adapters.side_by_side import SideBySide
from firepod.domain.budget import Total
from firepod.domain.quota import Limits
from firepod.usecases.submit import submit
from tests.fakes.backend import make_backend, make_request
from tests.fakes.clock import START
from tests.fakes.queue import FakeQueue
from tests.fakes.values import make_generation, make_job

PICTURE = {"task_type": "text2img", "prompt": "a lighthouse"}
TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"
GOOGLES = f"{TRACE_ID}/{int(SPAN_ID, 16)};o=1"
IN_LOG = {traces.TRACE: f"projects/demo-firepod/traces/{TRACE_ID}", traces.SPAN: SPAN_ID}


@pytest.fixture
def limited():
    """`limited(...)`: the backend with these limits, behind what main exports."""

    def use(**limits):
        backend = make_backend(limits=Limits(**{"active": 4, "daily": 200} | limits))
        wiring.use(backend)
        return backend

    yield use
    wiring.use(None)


def refusals(written):
    return [entry for entry in written if entry["event"].endswith("_refused")]


@pytest.mark.parametrize(
    ("limits", "name", "allowed", "used"),
    [
        ({"active": 1}, "MAX_ACTIVE_PER_USER", 1, 1),
        ({"daily": 1, "guest_daily": 5}, "MAX_DAILY_PER_GUEST", 1, 1),
    ],
)
def test_a_refusal_by_a_users_limit_is_told_with_its_numbers(
    call, limited, signed_in, written, limits, name, allowed, used
):
    limited(**limits)
    assert call("generate", data=PICTURE, headers=signed_in()).status_code == 200
    assert call("generate", data=PICTURE, headers=signed_in()).status_code == 429

    [told] = refusals(written)
    assert (told["event"], told["severity"]) == ("quota_refused", "INFO")
    assert (told["limit"], told["allowed"], told["used"]) == (name, allowed, used)
    assert told["user_id"] == "ann"


def test_a_refusal_by_the_budget_of_all_is_a_warning(call, limited, signed_in, written):
    backend = limited(total=10)
    backend.store.keep_total(Total(day="2026-05-04", used=10, counted_at=START))
    assert call("generate", data=PICTURE, headers=signed_in()).status_code == 429

    [told] = refusals(written)
    assert (told["event"], told["severity"]) == ("budget_refused", "WARNING")
    assert (told["limit"], told["allowed"], told["used"]) == ("MAX_DAILY_TOTAL", 10, 10)


def test_a_flood_of_calls_costs_no_lines(call, signed_in, written):
    wiring.use(make_backend(calls_per_second=1))
    answers = [call("cancel", data={}, headers=signed_in("flood")) for _ in range(5)]
    assert [answer.status_code for answer in answers].count(429) >= 3
    assert written == []


def test_a_rejected_callback_says_why_and_what_was_asked(call, backend, written):
    submit(backend, "ann", make_request())
    token = backend.gpu.jobs["job-1"].token
    written.clear()
    for path in (f"/{token}x", f"/{token}x/claim", f"/{token}/progress"):
        call("runpodwebhook", path=path, body=b"{}")

    assert {entry["event"] for entry in written} == {"callback_rejected"}
    told = [(entry["ask"], entry["http_status"], entry["reason"]) for entry in written]
    assert told == [
        ("callback", 401, "The token is not valid."),
        ("claim", 401, "The token is not valid."),
        ("progress", 400, "Not a body of a worker's."),
    ]


def test_a_callback_for_what_is_not_there_is_told_with_its_status(call, backend, written):
    ref = submit(backend, "ann", make_request()).ref
    token = backend.gpu.jobs["job-1"].token
    del backend.store.values[ref.path]
    written.clear()
    body = b'{"id": "job-1", "status": "COMPLETED"}'
    assert call("runpodwebhook", path=f"/{token}", body=body).status_code == 404
    assert [(entry["event"], entry["http_status"]) for entry in written] == [
        ("callback_rejected", 404)
    ]


@pytest.mark.parametrize("header", ["traceparent", "X-Cloud-Trace-Context"])
def test_lines_of_a_request_carry_its_trace(call, backend, signed_in, written, header):
    sent = {header: TRACEPARENT if header == "traceparent" else GOOGLES}
    assert call("generate", data=PICTURE, headers=signed_in() | sent).status_code == 200
    call("runpodwebhook", path="/nothing", body=b"{}", headers=sent)
    call("reconcile", data={}, headers=sent)

    assert {entry["event"] for entry in written} >= {
        *["generation_queued", "generation_submitted", "callback_rejected", "sweep_finished"]
    }
    for entry in written:
        assert {name: entry[name] for name in IN_LOG} == IN_LOG


def test_what_a_check_of_an_account_logs_belongs_to_its_request(call, backend, signed_in, written):
    backend.users.refused = None  # nothing can be looked up in it: a TypeError, in its own thread
    call("generate", data=PICTURE, headers=signed_in() | {"traceparent": TRACEPARENT})
    [told] = [entry for entry in written if entry["event"] == "unexpected"]
    assert told[traces.TRACE] == IN_LOG[traces.TRACE]


class Queue(SideBySide, FakeQueue):
    """Threads as the real one's."""


def test_what_a_sweep_does_in_threads_belongs_to_its_request(call, written):
    """Of two jobs that nobody could end, each is given up in a thread of its own."""
    backend = make_backend()
    backend = replace(backend, queue=Queue(backend.failpoints))
    wiring.use(backend)
    for uid in ("one", "two"):
        lost = make_generation(file_uid=uid)
        late = START - timedelta(hours=1)
        backend.store.keep(lost, make_job(lost, deadline_at=late, check_at=START))
    try:
        call("reconcile", data={}, headers={"traceparent": TRACEPARENT})
    finally:
        wiring.use(None)
    told = [entry for entry in written if entry["event"] == "given_up"]
    assert {entry["file_uid"] for entry in told} == {"one", "two"}
    assert all(entry[traces.TRACE] == IN_LOG[traces.TRACE] for entry in written)


def test_without_a_request_there_is_no_trace(backend, written):
    submit(backend, "ann", make_request())
    assert written
    assert not any(traces.TRACE in entry for entry in written)


@pytest.mark.parametrize(
    "hostile",
    [
        *["", "soon", f"{TRACEPARENT}\n", f"{TRACEPARENT}/../x", f"00-{'0' * 32}-{SPAN_ID}-01"],
        *[f"00-{TRACE_ID[:-1]}g-{SPAN_ID}-01", f"00-{TRACE_ID.upper()}-{SPAN_ID}-01"],
        *[f"00-{'٣' * 32}-{SPAN_ID}-01", "x" * 100_000, f"{TRACE_ID}/{'9' * 400};o=1"],
        *[f'{TRACE_ID}","severity":"ALERT', f"{TRACE_ID}/-1", f"{'0' * 32}/1;o=1"],
    ],
)
@pytest.mark.parametrize("header", ["traceparent", "X-Cloud-Trace-Context"])
def test_a_header_of_any_other_form_leaves_nothing_in_the_log(header, hostile):
    assert traces.fields({header: hostile}, "demo-firepod") == {}


def test_googles_own_header_may_come_without_a_span():
    only = {traces.TRACE: IN_LOG[traces.TRACE]}
    for text in (TRACE_ID, f"{TRACE_ID}/0;o=0", f"{TRACE_ID}/{2**64};o=1"):
        assert traces.fields({"X-Cloud-Trace-Context": text}, "demo-firepod") == only
    bad_first = {"traceparent": "broken", "X-Cloud-Trace-Context": GOOGLES}
    assert traces.fields(bad_first, "demo-firepod") == IN_LOG
