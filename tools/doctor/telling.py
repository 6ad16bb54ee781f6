"""The findings on a terminal, and as JSON."""

from collections.abc import Sequence
from typing import Any

from tools.doctor.finding import Check, Finding, State

Told = Sequence[tuple[Check, Finding]]


def line(check: Check, finding: Finding) -> str:
    """One check: how it stands, what it says, what mends it."""
    state = finding.state.upper() if finding.state is State.BROKEN else finding.state
    lines = [f"{state:<10} {check.name:<15} {finding.says}"]
    lines += [f"{'':<26} -> {one}" for one in finding.mend]
    return "\n".join(lines)


def first(told: Told) -> tuple[Check, Finding] | None:
    """What has to be mended before all else."""
    return next((one for one in told if one[1].state is State.BROKEN), None)


def closing(told: Told, project: str) -> str:
    """The last words: what to do next."""
    worst = first(told)
    if worst is not None:
        check, finding = worst
        mend = "".join(f"\n    {one}" for one in finding.mend)
        return f"First of all, {check.name}: {finding.says}{mend}"
    warnings = sum(finding.state is State.WARNING for _, finding in told)
    left = f", with {warnings} warning{'s' * (warnings > 1)} above" if warnings else ""
    if not project:
        return f"This machine is well{left}. Of a project: make doctor PROJECT=your-project-id"
    return f"All is well{left}."


def as_json(told: Told, project: str) -> dict[str, Any]:
    """`{"project", "ok", "first", "checks": [{"name", "asks", "state", "says", "mend"}]}`.

    `first` is the name of what has to be mended first, or null.
    """
    worst = first(told)
    return {
        "project": project or None,
        "ok": worst is None,
        "first": worst[0].name if worst else None,
        "checks": [
            {
                "name": check.name,
                "asks": check.asks,
                "state": finding.state,
                "says": finding.says,
                "mend": list(finding.mend),
            }
            for check, finding in told
        ],
    }
