"""What of `operations/` a project has, and how it gets the rest."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from tools.alerts.google import NOT_FOUND, Google, Refused
from tools.alerts.wanted import LABEL, Message, Wanted

Say = Callable[[str], None]
# A new metric is unknown to monitoring for up to ten minutes (Google's own words in its 404).
WAIT_SECONDS = 720
PAUSE_SECONDS = 20


class Kind(StrEnum):
    """In the order in which they are made; deleted they are from the end."""

    METRIC = "metric"
    DASHBOARD = "dashboard"
    CHANNEL = "channel"
    ALERT = "alert"


class State(StrEnum):
    """How what is there compares with what is wanted."""

    THERE = "there"
    MISSING = "missing"
    DIFFERS = "differs"
    LEFT_OVER = "left over"  #: ours, but no file asks for it any more


@dataclass(frozen=True, slots=True)
class Thing:
    """One metric, dashboard, channel or alert: as it should be, and as Google has it."""

    kind: Kind
    name: str
    wanted: Message | None
    found: Message | None
    untold: bool = False  #: an alert that one of --email does not hear of yet

    @property
    def state(self) -> State:
        if self.found is None:
            return State.MISSING
        if self.wanted is None:
            return State.LEFT_OVER
        right = covers(self.found, self.wanted) and not self.untold
        return State.THERE if right else State.DIFFERS


def covers(found: Any, wanted: Any) -> bool:
    """Whether all that is wanted is there; Google adds names and times, and leaves out zeros."""
    if not wanted:
        return not found
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            covers(found.get(key), value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(map(covers, _by_key(found), _by_key(wanted)))
        )
    return bool(found == wanted)


def _by_key(entries: list[Any]) -> list[Any]:
    """Labels of a metric have keys and no order."""
    keyed = all(isinstance(one, Mapping) and "key" in one for one in entries)
    return sorted(entries, key=lambda one: str(one["key"])) if keyed else entries


def look(google: Google, wanted: Wanted, emails: Sequence[str]) -> list[Thing]:
    """Compare the project with the files; changes nothing."""
    things: list[Thing] = []
    metrics = {one["name"]: one for one in google.all_of(google.metrics)}
    for name, metric in wanted.metrics.items():
        things.append(Thing(Kind.METRIC, name, metric, metrics.get(name)))
    title = wanted.dashboard["displayName"]
    boards = [one for one in google.all_of(google.dashboards) if one.get("displayName") == title]
    things += _each(Kind.DASHBOARD, title, wanted.dashboard, boards)
    existing = list(google.all_of(google.channels)) if emails else []
    channels = [_channel(email, existing) for email in emails]
    things += channels
    names = [str((one.found or {}).get("name", "")) for one in channels]
    alerts = [one for one in google.all_of(google.policies) if _label(one)]
    for name, alert in wanted.alerts.items():
        found = [one for one in alerts if _label(one) == name]
        for thing in _each(Kind.ALERT, name, alert, found):
            things.append(replace(thing, untold=told(thing.found, names) != told(thing.found, ())))
    unknown = [one for one in alerts if _label(one) not in wanted.alerts]
    return things + [Thing(Kind.ALERT, _label(one), None, one) for one in unknown]


def own_channels(google: Google) -> list[Thing]:
    """The channels that `install --email` has made."""
    made = [one for one in google.all_of(google.channels) if _label(one)]
    return [Thing(Kind.CHANNEL, one["labels"]["email_address"], None, one) for one in made]


def _each(kind: Kind, name: str, wanted: Message, found: Sequence[Message]) -> Iterator[Thing]:
    """Two runs at the same time may have made two of it: the second one is too many."""
    yield Thing(kind, name, wanted, found[0] if found else None)
    for more in found[1:]:
        yield Thing(kind, name, None, more)


def _channel(email: str, channels: Sequence[Message]) -> Thing:
    message = {
        "type": "email",
        "displayName": f"Firepod: {email}",
        "labels": {"email_address": email},
        "userLabels": {LABEL: "email"},
    }
    same = [
        one
        for one in channels
        if one.get("type") == "email" and one.get("labels", {}).get("email_address") == email
    ]
    if same and not _label(same[0]):  # an operator's own channel is used as it is
        message = {"type": "email"}
    return Thing(Kind.CHANNEL, email, message, same[0] if same else None)


def _label(message: Message) -> str:
    return str(message.get("userLabels", {}).get(LABEL, ""))


def told(message: Message | None, channels: Sequence[str]) -> list[str]:
    """Whom an alert tells: whoever it told before, and who is new."""
    before = list(message.get("notificationChannels", ())) if message else []
    return before + [one for one in channels if one not in before]


def install(google: Google, things: Sequence[Thing], say: Say) -> None:
    """Make all of it so, in the order of kinds; what is right already is left alone."""
    for thing in things:
        if thing.state is State.LEFT_OVER:
            _delete(google, thing, say)
    rest = [one for one in things if one.state is not State.LEFT_OVER]
    for thing in rest:
        if thing.kind in (Kind.METRIC, Kind.DASHBOARD) and thing.state is not State.THERE:
            _write(google, thing, say)
    channels = [_name_of(google, one, say) for one in rest if one.kind is Kind.CHANNEL]
    alerts = [one for one in rest if one.kind is Kind.ALERT and one.state is not State.THERE]
    _install_alerts(google, alerts, channels, say)


def _name_of(google: Google, channel: Thing, say: Say) -> str:
    made = channel.found
    if channel.state is not State.THERE or made is None:
        made = _write(google, channel, say)
    return str(made["name"])


def _install_alerts(
    google: Google, alerts: Sequence[Thing], channels: Sequence[str], say: Say
) -> None:
    """Write the alerts; those whose metrics are too new to be known come again, and again."""
    waited = 0
    while alerts:
        too_early = []
        for alert in alerts:
            try:
                _write(google, alert, say, notificationChannels=told(alert.found, channels))
            except Refused as refused:
                if refused.status != NOT_FOUND or "metric" not in str(refused):
                    raise
                too_early.append(alert)
        if too_early and waited >= WAIT_SECONDS:
            names = ", ".join(one.name for one in too_early)
            raise Refused(
                NOT_FOUND, f"Google does not know the new metrics yet; run it again later: {names}"
            )
        if too_early:
            say(
                f"{len(too_early)} alerts wait until Google knows their new metrics, which may take"
                f" ten minutes ({waited} s so far; Ctrl-C leaves them to the next run)"
            )
            google.pause(PAUSE_SECONDS)
            waited += PAUSE_SECONDS
        alerts = too_early


def _write(google: Google, thing: Thing, say: Say, **more: Any) -> Message:
    """Create or update one thing; gives it as Google has it then."""
    message = {**(thing.wanted or {}), **more}
    found = thing.found
    if thing.kind is Kind.METRIC:
        # A PUT creates, too.
        made = google.call("PUT", f"{google.metrics}/{quote(thing.name, safe='')}", message)
    elif found is None:
        collections = {
            Kind.DASHBOARD: google.dashboards,
            Kind.CHANNEL: google.channels,
            Kind.ALERT: google.policies,
        }
        made = google.call("POST", collections[thing.kind], message)
    elif thing.kind is Kind.DASHBOARD:
        # The etag is Google's way to refuse if somebody else has changed it meanwhile.
        named = {"name": found["name"], "etag": found.get("etag", "")}
        made = google.call("PATCH", f"v1/{found['name']}", message | named)
    else:
        # Only what the file has: whether it is enabled is the operator's choice.
        fields = quote(",".join(message), safe=",")
        made = google.call("PATCH", f"v3/{found['name']}?updateMask={fields}", message)
    say(f"{thing.kind} {thing.name}: {'created' if found is None else 'updated'}")
    return made


def delete(google: Google, things: Sequence[Thing], say: Say) -> None:
    """Delete what is ours of it, alerts first; a channel that others use stays."""
    order = list(Kind)
    for thing in sorted(things, key=lambda one: order.index(one.kind), reverse=True):
        if thing.found is not None:
            try:
                _delete(google, thing, say)
            except Refused as refused:
                if thing.kind is not Kind.CHANNEL or refused.status != 400:
                    raise
                say(f"channel {thing.name}: stays, because other alerts use it")


def _delete(google: Google, thing: Thing, say: Say) -> None:
    found = thing.found or {}
    if thing.kind is Kind.METRIC:
        path = f"{google.metrics}/{quote(thing.name, safe='')}"
    else:
        path = f"{'v1' if thing.kind is Kind.DASHBOARD else 'v3'}/{found['name']}"
    try:
        google.call("DELETE", path)
    except Refused as refused:
        if refused.status != NOT_FOUND:  # somebody else was faster
            raise
    say(f"{thing.kind} {thing.name}: deleted")
