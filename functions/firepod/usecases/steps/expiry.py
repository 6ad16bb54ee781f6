"""How long what has ended is kept."""

from datetime import datetime, timedelta

from firepod.ports import Backend


def expiry(backend: Backend, now: datetime) -> datetime | None:
    """When what ends now is deleted; None keeps it."""
    days = backend.settings.retention_days
    return now + timedelta(days=days) if days else None
