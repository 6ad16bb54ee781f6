"""What a check says, and what a check is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.doctor.case import Case


class State(StrEnum):
    """How it stands with one prerequisite."""

    OK = "ok"
    NOTE = "note"  #: good to know; nothing has to be done
    WARNING = "warning"  #: it works, but somebody should have decided it
    BROKEN = "broken"  #: has to be mended before the rest works
    NOT_ASKED = "not asked"  #: what it stands on is broken


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, and the commands or links that mend what it says."""

    state: State
    says: str
    mend: tuple[str, ...] = ()


def well(says: str) -> Finding:
    return Finding(State.OK, says)


def note(says: str, *mend: str) -> Finding:
    return Finding(State.NOTE, says, mend)


def warning(says: str, *mend: str) -> Finding:
    return Finding(State.WARNING, says, mend)


def broken(says: str, *mend: str) -> Finding:
    return Finding(State.BROKEN, says, mend)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One prerequisite: its name, what is asked, and who finds out.

    `look` reads only. It may raise whatever it likes: that is shown as this check's finding.
    """

    name: str
    asks: str
    look: Callable[["Case"], Finding]
    needs: tuple[str, ...] = ()  #: the checks that must not be broken before it is asked
    role: str = ""  #: the least role of Google's that may ask it
    of_machine: bool = False  #: needs no project
    after_deploy: bool = False  #: a deployment itself mends it
