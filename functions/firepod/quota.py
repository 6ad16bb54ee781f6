"""What a user has running and has used today, as a pure value (contract, `quotas/{user_id}`).

Each running generation holds a lease that expires by itself, so that a lost release can never lock
a user out. It changes only inside the transaction of the generation that causes the change.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from firepod.errors import ResourceExhausted


@dataclass(frozen=True, slots=True)
class Limits:
    """What one user may do; from MAX_ACTIVE_PER_USER and MAX_DAILY_PER_USER."""

    active: int
    daily: int


@dataclass(frozen=True, slots=True)
class Quota:
    """`leases`: file_uid -> when the lease ends by itself. `used` counts starts on `day` (UTC)."""

    leases: dict[str, datetime] = field(default_factory=dict)
    day: str = ""
    used: int = 0

    def taken(self, file_uid: str, *, until: datetime, now: datetime, limits: Limits) -> "Quota":
        """One more generation runs.

        Raises:
            ResourceExhausted: a limit is reached; says which, and when to try again.
        """
        running = {uid: end for uid, end in self.leases.items() if end > now}
        if len(running) >= limits.active and file_uid not in running:
            soonest = min(running.values()) - now
            raise ResourceExhausted(
                f"You have {len(running)} generations running, and {limits.active} may run at"
                " a time. Wait for one to end, or cancel one.",
                limit=limits.active,
                used=len(running),
                # A running one usually ends long before its lease does.
                retry_after_seconds=max(1, min(30, int(soonest.total_seconds()))),
            )
        return replace(self.counted(now=now, limits=limits), leases={**running, file_uid: until})

    def counted(self, *, now: datetime, limits: Limits) -> "Quota":
        """One more start today, of something that does not run: what a user made elsewhere.

        Raises:
            ResourceExhausted: the day's limit is reached; says when to try again.
        """
        today = now.astimezone(UTC).date()
        used = self.used if self.day == today.isoformat() else 0
        if used >= limits.daily:
            midnight = datetime.combine(today + timedelta(days=1), datetime.min.time(), UTC)
            raise ResourceExhausted(
                f"You have started {used} generations today, and {limits.daily} a day are"
                " possible. The count begins again at midnight UTC.",
                limit=limits.daily,
                used=used,
                retry_after_seconds=max(1, int((midnight - now).total_seconds()) + 1),
            )
        return replace(self, day=today.isoformat(), used=used + 1)

    def released(self, file_uid: str, *, refund: bool = False) -> "Quota":
        """The generation no longer runs; `refund` gives today's count back too. Once only."""
        if file_uid not in self.leases:
            return self
        leases = {uid: end for uid, end in self.leases.items() if uid != file_uid}
        return replace(self, leases=leases, used=max(0, self.used - 1) if refund else self.used)
