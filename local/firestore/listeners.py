"""Who listens to what, indexed so that a commit meets only the targets that it may concern."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeAlias

from local.firestore.authorizer import Change

_log = logging.getLogger(__name__)


class Subscriber(Protocol):
    """A session with targets."""

    def deliver(self, version: int, changes_by_target: dict[int, list[Change]]) -> None:
        """Take in what a commit changes, by the ids of the targets that it may concern."""

    def fail(self) -> None:
        """Give up all targets: `deliver` has raised."""

    def recheck(self) -> None:
        """Ask the rules again."""


class Keyed(Protocol):
    """What is listened to, under the keys of `change_keys` that it must be found under."""

    @property
    def keys(self) -> Sequence[str]:
        """List them."""


Entry: TypeAlias = tuple[Subscriber, int]
"""A session and the id of one of its targets."""


class Listeners:
    """The targets of all Listen streams of one database."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[Entry, None]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._entries.values()))

    def add(self, session: Subscriber, target_id: int, target: Keyed) -> None:
        """Deliver to a target from now on."""
        for key in target.keys:
            self._entries.setdefault(key, {})[session, target_id] = None

    def remove(self, session: Subscriber, target_id: int, target: Keyed) -> None:
        """Stop delivering to a target."""
        for key in target.keys:
            entries = self._entries.get(key, {})
            entries.pop((session, target_id), None)
            if not entries:
                self._entries.pop(key, None)

    def publish(self, version: int, changes: Sequence[Change]) -> None:
        """Tell every session concerned, once."""
        if not self._entries:
            return
        concerned: dict[Subscriber, dict[int, list[Change]]] = {}
        for change in changes:
            for session, target_id in self._concerned_by(change.name):
                concerned.setdefault(session, {}).setdefault(target_id, []).append(change)
        for session, changes_by_target in concerned.items():
            try:
                session.deliver(version, changes_by_target)
            except Exception:  # noqa: BLE001 - a commit must not fail for one who only watches it
                _log.exception("a listener is given up")
                session.fail()

    def _concerned_by(self, name: str) -> Iterable[Entry]:
        for key in change_keys(name):
            yield from list(self._entries.get(key, ()))

    def recheck(self) -> None:
        """Ask the rules again about every target of a caller who is no administrator."""
        for session in {session for entries in self._entries.values() for session, _ in entries}:
            session.recheck()


ANYTHING = "*"
_GROUP = "**/"


def group_key(collection_id: str) -> str:
    """Build the key for all collections of an id."""
    return _GROUP + collection_id


def change_keys(name: str) -> tuple[str, str, str, str]:
    """List the keys under which targets that a document may concern are found."""
    collection, _, _ = name.rpartition("/")
    return name, collection, group_key(collection.rpartition("/")[2]), ANYTHING
