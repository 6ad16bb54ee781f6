"""What all users together may use in a day (MAX_DAILY_TOTAL), as a pure value.

`sweep` sums the users' counts up once a minute and writes the sum down; who starts something reads
it along with the rest. So no document is written by everybody, and at most about a minute's worth
more is started than the limit allows. The sum names its day: at midnight UTC all is open again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from firepod.domain.errors import ResourceExhausted, Unavailable
from firepod.domain.quota import day_of, seconds_to_midnight

# An older sum is not trusted: an operator who set a limit would rather have nothing started than
# money spent without end.
STALE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """`totals/units`: what everybody together has used on a day, as counted last."""

    day: str
    used: int
    counted_at: datetime


def check_budget(total: Total | None, units: int, *, now: datetime, limit: int) -> None:
    """Whether so many units more may be started today; a limit of 0 is none.

    Raises:
        ResourceExhausted: all users together have used too much; until midnight UTC.
        Unavailable: nobody has counted for too long.
    """
    if limit == 0:
        return
    if total is None or now - total.counted_at > STALE:
        raise Unavailable("Nothing can be started at the moment. Try again in a minute.")
    used = total.used if total.day == day_of(now) else 0
    if used + units > limit:
        raise ResourceExhausted(
            "This service has started as much as it may for today, for all of its users together."
            " It opens again at midnight UTC.",
            limit=limit,
            limit_name="MAX_DAILY_TOTAL",
            used=used,
            retry_after_seconds=seconds_to_midnight(now),
        )
