"""What a change has changed, field by field, in words that show nothing of what users wrote."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from firepod.adapters import documents
from firepod.domain.records import Records

# What users wrote or made, and what tells more than it says.
_UNSHOWN = frozenset({"request_data", "metadata", "preview", "claim", "uploads", "outputs"})
_FOLLOWING = frozenset({"timeline", "events", "modified"})  # from the rest
_SUMMED = "generation_data"


def differences(before: Records, after: Records) -> list[str]:
    """One sentence for each field of its document, its job and its user's quota that changes."""
    said: list[str] = []
    for path, old, new in (
        ("document", _document(before.generation), _document(after.generation)),
        ("job", _document(before.job), _document(after.job)),
        ("quota", _quota(before), _quota(after)),
    ):
        if old and not new:
            said.append(f"{path}: deleted")
        elif new and not old:
            said.append(f"{path}: made, {_beginning(new)}")
        else:
            said += [f"{path}: {one}" for one in _fields(old, new)]
    return said


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    names = [*new, *(name for name in old if name not in new)]
    return [
        f"{name}: {shown(name, old.get(name))} -> {shown(name, new.get(name))}"
        for name in names
        if old.get(name) != new.get(name) and name not in _FOLLOWING
    ]


def _beginning(new: Mapping[str, Any]) -> str:
    told = [name for name in ("status", "phase", "attempt", "check_at") if name in new]
    return ", ".join(f"{name} {shown(name, new[name])}" for name in told)


def shown(name: str, value: Any) -> str:
    """A value of a document for a terminal."""
    if value is None:
        return "none"
    if name in _UNSHOWN:
        return "(not shown)"
    if name == _SUMMED:
        return f"{len(value.get('files', ()))} files"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, list):
        return "; ".join(shown("", one) for one in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {one}" for key, one in value.items())
    return str(value)


def _document(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    make = documents.job_document if hasattr(value, "phase") else documents.generation_document
    return make(value)


def _quota(records: Records) -> dict[str, Any]:
    """With a line for each place that is taken."""
    quota = records.quota
    places = {f"place of {lease}": until for lease, until in quota.leases.items()}
    return {**places, "used": quota.used}
