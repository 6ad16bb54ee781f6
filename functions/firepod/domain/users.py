"""User ids: the one place that says which texts are one."""

import re

from firepod.domain.errors import Unauthenticated

MAX_CHARS = 128  # https://firebase.google.com/docs/auth/admin/create-custom-tokens
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def parse_user_id(value: object) -> str:
    """A user id that is one segment of a path, for Firestore as for Storage.

    Firebase takes any text for a uid that a custom token names. One with a slash would name the
    documents of somebody else; the other forms are none that Firestore or Storage can name.

    Raises:
        Unauthenticated: it is something else.
    """
    if (
        not isinstance(value, str)
        or not 0 < len(value) <= MAX_CHARS
        or "/" in value
        or value in {".", ".."}
        or (value.startswith("__") and value.endswith("__"))
        or _CONTROL.search(value)
        or not _encodable(value)
    ):
        raise Unauthenticated("Your account's user id is not one that can be used here.")
    return value


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, as JSON can spell it
        return False
    return True
