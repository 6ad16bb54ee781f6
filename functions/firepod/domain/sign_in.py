"""What a verified ID token says of its caller besides their id."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


def _is_allowed() -> None:
    """The check of a caller about whose account nobody is asked: it always passes."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How a caller is signed in, as use cases that spend something need it."""

    guest: bool = False  #: an anonymous account, which anybody gets at any time
    #: Raises Unauthenticated if the account is gone, disabled or signed out everywhere. The
    #: question is on its way already: this waits for the answer, before anything is written.
    check: Callable[[], None] = _is_allowed


REGISTERED = SignIn()


def is_guest(claims: Mapping[str, Any]) -> bool:
    """Whether the claims of an ID token are those of an anonymous account."""
    firebase = claims.get("firebase")
    return isinstance(firebase, Mapping) and firebase.get("sign_in_provider") == "anonymous"
