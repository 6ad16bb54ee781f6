"""What a user has running and has used today, as a pure value (docs/contract.md, 2 and 3).

Each running attempt holds a lease, a place among those that may run at a time, until RunPod's job
is known to have ended. A lease expires by itself, so that a lost release can never lock a user out.
It changes only inside the transaction of the generation that causes the change.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from firepod.domain.errors import FailedPrecondition, ResourceExhausted


@dataclass(frozen=True, slots=True)
class Limits:
    """What users may do; a day's are in units (`firepod.kinds.units`)."""

    active: int  #: MAX_ACTIVE_PER_USER
    daily: int  #: MAX_DAILY_PER_USER
    guest_daily: int = 20  #: MAX_DAILY_PER_GUEST; 0: guests may not generate
    total: int = 0  #: MAX_DAILY_TOTAL, of all users together; 0: no limit

    def of_day(self, *, guest: bool) -> int:
        """The units that one user may use in a day."""
        return min(self.guest_daily, self.daily) if guest else self.daily


@dataclass(frozen=True, slots=True)
class Quota:
    """`leases`: attempt -> when the lease ends by itself. `used` counts units on `day` (UTC)."""

    leases: dict[str, datetime] = field(default_factory=dict)
    day: str = ""
    used: int = 0

    def taken(
        self,
        lease: str,
        units: int,
        *,
        until: datetime,
        now: datetime,
        limits: Limits,
        guest: bool = False,
    ) -> "Quota":
        """One more attempt runs.

        Raises:
            ResourceExhausted: a limit is reached; says which, and when to try again.
            FailedPrecondition: guests may not generate.
        """
        counted = self.counted(units, now=now, limits=limits, guest=guest)
        running = self.running(now)
        if len(running) >= limits.active and lease not in running:
            soonest = min(running.values()) - now
            raise ResourceExhausted(
                f"You have {len(running)} generations running, and {limits.active} may run at"
                " a time. Wait for one to end, or cancel one.",
                limit=limits.active,
                limit_name="MAX_ACTIVE_PER_USER",
                used=len(running),
                # A running one usually ends long before its lease does.
                retry_after_seconds=max(1, min(30, int(soonest.total_seconds()))),
            )
        return replace(counted, leases={**running, lease: until})

    def counted(self, units: int, *, now: datetime, limits: Limits, guest: bool = False) -> "Quota":
        """Some more units are used today, perhaps by something that does not run.

        Raises:
            ResourceExhausted: the day's limit is reached; says when to try again.
            FailedPrecondition: guests may not generate.
        """
        limit, used = limits.of_day(guest=guest), self.used_on(now)
        if limit == 0:
            raise FailedPrecondition("Guests cannot do this here. Sign in with an account first.")
        if used + units > limit:
            raise ResourceExhausted(
                _refusal(units, used, limit, guest=guest),
                limit=limit,
                limit_name="MAX_DAILY_PER_GUEST" if guest else "MAX_DAILY_PER_USER",
                used=used,
                retry_after_seconds=seconds_to_midnight(now),
            )
        return replace(self, day=self._day(now), used=used + units)

    def running(self, now: datetime) -> dict[str, datetime]:
        """The leases that have not ended by themselves."""
        return {lease: end for lease, end in self.leases.items() if end > now}

    def used_on(self, now: datetime) -> int:
        """The units used on the day of a time."""
        return self.used if self.day == self._day(now) else 0

    def released(self, *leases: str) -> "Quota":
        """These attempts no longer run."""
        if not self.leases.keys() & set(leases):
            return self
        left = {lease: end for lease, end in self.leases.items() if lease not in leases}
        return replace(self, leases=left)

    def refunded(self, units: int, taken_at: datetime) -> "Quota":
        """What was taken at a time, and has cost nothing, is given back to that day."""
        if self.day != day_of(taken_at):
            return self  # another day is counted now
        return replace(self, used=max(0, self.used - units))

    def _day(self, now: datetime) -> str:
        # Clocks differ a little: what the next day has begun does not go back to the one before.
        return max(day_of(now), self.day)


def day_of(time: datetime) -> str:
    """The day in UTC that a time counts for."""
    return time.astimezone(UTC).date().isoformat()


def midnight_after(now: datetime) -> datetime:
    """When the next day begins, UTC."""
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, datetime.min.time(), UTC)


def seconds_to_midnight(now: datetime) -> int:
    """How long to wait for the next day, rounded up."""
    return max(1, int((midnight_after(now) - now).total_seconds()) + 1)


def _refusal(units: int, used: int, limit: int, *, guest: bool) -> str:
    who = "Guests" if guest else "You"
    more = " Sign in with an account for more." if guest else ""
    if units > limit:
        return (
            f"This request is too large: it counts as {units} default pictures, and {who.lower()}"
            f" may make {limit} a day. Ask for fewer or smaller ones, or for fewer steps.{more}"
        )
    return (
        f"{who} may make as much as {limit} default pictures a day. You have used {used}, and this"
        f" request counts as {units}. The count begins again at midnight UTC.{more}"
    )
