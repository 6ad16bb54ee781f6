"""A conversation with the backend as a generator: it yields what to do, and is sent what came.

So each is written once, and a client that waits and one of asyncio both play it.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from firepod_client.errors import AWAY, FirepodError

Result = TypeVar("Result")


@dataclass(frozen=True)
class Ask:
    """One HTTP request."""

    method: str
    url: str
    json: Any = None
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes]] | None = None
    seconds: float = 70.0


@dataclass(frozen=True)
class Pause:
    """Some seconds in which nothing is done."""

    seconds: float


@dataclass(frozen=True)
class Alone:
    """A conversation for a text of which there may be one at a time, as a sign-in is."""

    talk: "Talk[str]"


# An answer, or the error in place of one; the text of `Alone`; nothing after a pause.
Answer = httpx.Response | httpx.TransportError | str | None
Talk = Generator[Ask | Pause | Alone, Answer, Result]

AGAIN_AFTER = (0.5, 2.0)  # for what may be asked twice
AWAY_STATUS = frozenset({502, 503, 504})


def repeatable(ask: Ask) -> Talk[httpx.Response]:
    """Ask, and once more and again where nothing answers."""
    for seconds in AGAIN_AFTER:
        answer = yield ask
        if isinstance(answer, httpx.Response) and answer.status_code not in AWAY_STATUS:
            return answer
        yield Pause(seconds)
    return arrived((yield ask))


def arrived(answer: Answer) -> httpx.Response:
    """The answer.

    Raises:
        FirepodError: nothing answered.
    """
    if isinstance(answer, httpx.Response):
        return answer
    cause = answer if isinstance(answer, Exception) else None
    raise FirepodError("unavailable", AWAY) from cause


def content(answer: httpx.Response) -> Any:
    """What a successful answer holds.

    Raises:
        FirepodError: it is none.
    """
    try:
        data = answer.json()
    except ValueError:
        data = None
    if answer.is_success and data is not None:
        return data
    error = data.get("error") if isinstance(data, dict) else None
    if isinstance(error, dict) and "code" in error:
        raise FirepodError(str(error["code"]), str(error.get("message")), error.get("details"))
    raise FirepodError("unavailable", f"{AWAY} (HTTP {answer.status_code})")
