"""rules.Timestamp, rules.Duration and their namespaces `timestamp` and `duration`.

https://firebase.google.com/docs/reference/rules/rules.Timestamp_ and rules.duration_. All times
are UTC; a week starts on Monday, which is day 1.
"""

from datetime import UTC, date, datetime

from local.rules.issues import EvaluationError
from local.rules.library.arguments import Builtin, take_int, take_string
from local.rules.values import (
    NANOS_PER_MILLI,
    NANOS_PER_SECOND,
    Duration,
    Timestamp,
    Value,
    type_error,
)

_MINUTE = 60 * NANOS_PER_SECOND
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_UNITS = {
    "w": 7 * _DAY,
    "d": _DAY,
    "h": _HOUR,
    "m": _MINUTE,
    "s": NANOS_PER_SECOND,
    "ms": NANOS_PER_MILLI,
    "ns": 1,
}


def _date_of(year: Value, month: Value, day: Value) -> Timestamp:
    try:
        midnight = datetime(take_int(year), take_int(month), take_int(day), tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise EvaluationError(f"Invalid date: {error}.") from None
    return Timestamp(int(midnight.timestamp()) * NANOS_PER_SECOND)


def _timestamp_value(millis: Value) -> Timestamp:
    return Timestamp(take_int(millis) * NANOS_PER_MILLI)


def _date(time: Timestamp) -> Timestamp:
    return Timestamp(time.nanos - time.nanos % _DAY)


def _day(time: Timestamp) -> int:
    return time.moment().day


def _month(time: Timestamp) -> int:
    return time.moment().month


def _year(time: Timestamp) -> int:
    return time.moment().year


def _day_of_week(time: Timestamp) -> int:
    return time.moment().isoweekday()


def _day_of_year(time: Timestamp) -> int:
    moment = time.moment()
    return (moment.date() - date(moment.year, 1, 1)).days + 1


def _hours(time: Timestamp) -> int:
    return time.moment().hour


def _minutes(time: Timestamp) -> int:
    return time.moment().minute


def _seconds(time: Timestamp) -> int:
    return time.moment().second


def _nanos(time: Timestamp) -> int:
    return time.nanos % NANOS_PER_SECOND


def _time(time: Timestamp) -> Duration:
    return Duration(time.nanos % _DAY)


def _to_millis(time: Timestamp) -> int:
    return time.nanos // NANOS_PER_MILLI


def _duration_time(hours: Value, minutes: Value, seconds: Value, nanos: Value) -> Duration:
    return Duration(
        take_int(hours) * _HOUR
        + take_int(minutes) * _MINUTE
        + take_int(seconds) * NANOS_PER_SECOND
        + take_int(nanos)
    )


def _duration_value(magnitude: Value, unit: Value) -> Duration:
    size = _UNITS.get(take_string(unit))
    if size is None:
        raise EvaluationError(f"Unknown unit of time {unit!r}.")
    return Duration(take_int(magnitude) * size)


def _duration_abs(value: Value) -> Duration:
    if not isinstance(value, Duration):
        raise type_error(value, "duration")
    return Duration(abs(value.nanos))


def _duration_seconds(value: Duration) -> int:
    whole = abs(value.nanos) // NANOS_PER_SECOND
    return whole if value.nanos >= 0 else -whole


def _duration_nanos(value: Duration) -> int:
    """Return the part of a second, with the sign of the duration."""
    return value.nanos - _duration_seconds(value) * NANOS_PER_SECOND


TIMESTAMP_NAMESPACE = {"date": Builtin(_date_of, 3), "value": Builtin(_timestamp_value, 1)}
TIMESTAMP_METHODS = {
    "date": Builtin(_date, 0),
    "day": Builtin(_day, 0),
    "dayOfWeek": Builtin(_day_of_week, 0),
    "dayOfYear": Builtin(_day_of_year, 0),
    "hours": Builtin(_hours, 0),
    "minutes": Builtin(_minutes, 0),
    "month": Builtin(_month, 0),
    "nanos": Builtin(_nanos, 0),
    "seconds": Builtin(_seconds, 0),
    "time": Builtin(_time, 0),
    "toMillis": Builtin(_to_millis, 0),
    "year": Builtin(_year, 0),
}
DURATION_NAMESPACE = {
    "abs": Builtin(_duration_abs, 1),
    "time": Builtin(_duration_time, 4),
    "value": Builtin(_duration_value, 2),
}
DURATION_METHODS = {
    "nanos": Builtin(_duration_nanos, 0),
    "seconds": Builtin(_duration_seconds, 0),
}
