"""Sum up what all users have used today, so that `generate` can keep to MAX_DAILY_TOTAL."""

from firepod import logs
from firepod.domain.budget import Total
from firepod.domain.quota import day_of
from firepod.ports import Backend


def count_units(backend: Backend) -> None:
    """Write today's sum down, where there is a limit; a failure is no reason to stop a sweep."""
    limit, now = backend.settings.limits.total, backend.clock.now()
    if limit == 0:
        return
    try:
        day = day_of(now)
        total = Total(day=day, used=backend.store.units_used(day), counted_at=now)
        backend.store.keep_total(total)
    except Exception as error:  # noqa: BLE001 (the jobs must be looked after all the same)
        logs.unexpected("counting the day's units", error)
        return
    if total.used >= limit:
        logs.budget_used_up(total.used, limit)
