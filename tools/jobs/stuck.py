"""Why a job is called stuck; pure."""

from datetime import datetime, timedelta

from firepod.domain.generation import Phase, Status
from firepod.usecases.sweep import STUCK_AFTER
from tools.jobs.finding import Listed

PATIENCE = timedelta(minutes=2)  # as long a job may wait for RunPod, or for a sign of it
_ENDED = frozenset(str(one) for one in Status if one.terminal)


def why_stuck(listed: Listed, now: datetime) -> str:
    """A few words; empty if it goes its way."""
    job = listed.job
    if job is None:
        return "unreadable: no look can end it"
    reasons = []
    if now - job.check_at > STUCK_AFTER:
        reasons.append(f"look overdue for {ago(now - job.check_at)}")
    if now > job.deadline_at:
        left = "not cleared" if job.phase is Phase.STOPPING else "past its deadline"
        reasons.append(f"{left} for {ago(now - job.deadline_at)}")
    waits = now - job.created_at
    if job.phase is Phase.WAITING and waits > PATIENCE:
        reasons.append(f"waiting for RunPod for {ago(waits)}")
    if job.phase is Phase.UNKNOWN and waits > PATIENCE:
        reasons.append("RunPod's answer was lost, no sign since")
    if job.phase is not Phase.STOPPING and not _is_live(listed):
        reasons.append("its generation is gone or has ended")
    return ", ".join(reasons)


def _is_live(listed: Listed) -> bool:
    document = listed.generation
    if document is None or listed.job is None:
        return False
    return document.get("attempt", 1) == listed.job.attempt and (
        document.get("status") not in _ENDED
    )


def ago(span: timedelta) -> str:
    """How long, in the two largest parts that say something: `2 h 5 min`."""
    seconds = max(0, int(span.total_seconds()))
    parts = [(seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min")]
    told = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(told[:2]) if told else f"{seconds} s"
