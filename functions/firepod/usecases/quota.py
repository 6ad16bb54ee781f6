"""What a user may do still."""

from dataclasses import dataclass
from datetime import datetime

from firepod.domain.quota import midnight_after
from firepod.domain.sign_in import SignIn
from firepod.ports import Backend


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of each limit is used; the day's in units."""

    active: int
    active_limit: int
    daily: int
    daily_limit: int
    resets_at: datetime


def standing(backend: Backend, user_id: str, sign_in: SignIn) -> Standing:
    """How many generations of a user run, and how many units are used today, of how many."""
    quota, now = backend.store.quota(user_id), backend.clock.now()
    limits = backend.settings.limits
    return Standing(
        active=len(quota.running(now)),
        active_limit=limits.active,
        daily=quota.used_on(now),
        daily_limit=limits.of_day(guest=sign_in.guest),
        resets_at=midnight_after(now),
    )
