"""Which end of a generation is right, by what the logs say has happened to it.

An end is never right by the plan of the run alone, only by what RunPod, the engines and the callers
really saw. So each failure needs its cause in a log, and whatever has no cause must be completed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.chaos.attempts import Attempt
from tests.chaos.calls import Call
from tests.chaos.killer import Kill
from tests.chaos.plan import Step

_STARTERS = frozenset({"generate", "retry", "dispatch"})  # the functions that call /run


@dataclass(frozen=True, slots=True)
class Case:
    """One generation: what was planned and called, its document, its last attempt."""

    step: Step
    calls: Sequence[Call]
    document: Any  #: fields, or None
    attempt: Attempt
    function_kills: Sequence[Kill]

    def sent(self, function: str) -> list[Call]:
        return [call for call in self.calls if call.function == function]

    def answered(self, function: str) -> list[Call]:
        return [call for call in self.sent(function) if call.code == "ok"]


def why_wrong(case: Case) -> str | None:
    """Why the state in which this generation was left is wrong; None if it is right."""
    if case.document is None:
        return None  # `accepted generations without a document` looks at it
    if case.answered("discard"):
        return "it was discarded and is there"
    status = case.document["status"]
    return _wrong_attempt(case) or _wrong_after_cancel(case) or _JUDGES[status](case)


def _wrong_attempt(case: Case) -> str | None:
    least, most = len(case.answered("retry")), len(case.sent("retry"))
    again = case.document["attempt"] - 1
    if not least <= again <= most:
        return f"attempt {again + 1} after {least} to {most} retries"
    return None


def _wrong_after_cancel(case: Case) -> str | None:
    """What a user was told of a cancel must stay true until the user changes it."""
    for call in case.answered("cancel"):
        later = [one for one in case.sent("retry") if one.answered_at > call.sent_at]
        told, status = call.result["status"], case.document["status"]
        if not later and told != status:
            return f"cancel was answered with {told}, and it is {status}"
    return None


def _completed(case: Case) -> str | None:
    if case.step.public:
        made = "COMPLETED" in case.attempt.runpod_ends()
        return None if made else "completed, and RunPod has not made it"
    return None if case.attempt.engine_done else "completed, and no engine made it"


def _cancelled(case: Case) -> str | None:
    return None if case.sent("cancel") else "cancelled by nobody"


def _failed(case: Case) -> str | None:
    code, attempt = case.document["error_code"], case.attempt
    if case.step.public and (right := _public_end(case, code)) is not None:
        return None if right else f"failed as {code}; faults: {_faults(attempt)}"
    ends, answers = attempt.runpod_ends(), attempt.run_answers()
    match code:
        case "rejected":
            right = any(400 <= status < 500 and status != 429 for status in answers)
        case "timed_out":
            right = "TIMED_OUT" in ends
        case "worker_error":
            right = "FAILED" in ends and attempt.lost_workers() > 0
        case "expired" if attempt.jobs:
            # RunPod deleted it before its end, or denies to know it.
            right = attempt.has_fault("status_404") or "returned" not in attempt.events()
        case "expired":
            right = any(status not in {429, 503} for status in answers) or _died(case)
        case _:
            right = False
    return None if right else f"failed as {code}; RunPod: {sorted(ends)}, /run: {answers}"


def _public_end(case: Case, code: str) -> bool | None:
    """Whether a job of a public endpoint ended rightly; None where that is as with any other."""
    attempt = case.attempt
    links = {fault["how"] for fault in _faults(attempt) if fault["type"] == "link"}
    match code:
        case "output_missing":
            return "expired" in links or attempt.has_fault("complete_without_output")
        case "output_invalid":
            return bool(links - {"expired"})
        case "worker_error":
            return attempt.has_fault("fail")
        case "rejected" if attempt.has_fault("fail"):
            return any("safety" in fault.get("error", "") for fault in _faults(attempt))
        case "expired" if 0 in attempt.run_answers() or _died(case):
            return True  # nobody claims a job of which no answer told the id
    return None


def _faults(attempt: Attempt) -> list[dict[str, Any]]:
    return [fault for job in attempt.jobs for fault in job["faults"]]


def _died(case: Case) -> bool:
    """Whether a process that was about to call /run can have been killed."""
    created, ended = case.document["created_at"], case.document["completed_at"]
    return any(
        kill.name in _STARTERS and created.timestamp() - 5 <= kill.at <= ended.timestamp()
        for kill in case.function_kills
    )


_JUDGES = {"completed": _completed, "cancelled": _cancelled, "failed": _failed}
_JUDGES |= dict.fromkeys(("queued", "processing"), lambda _case: None)  # has a row of its own
