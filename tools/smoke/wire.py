"""Requests of a user's app: to Hosting, `/api`, Firebase Authentication and Storage."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = (5.0, 60.0)  # seconds to connect, to read: a first call starts an instance
AGAIN = frozenset({500, 502, 503, 504})
PAUSE_SECONDS = 1.0
TRIES = 3


class Failed(Exception):
    """A step did not do what it is for; `hint` is what to look at."""

    def __init__(self, says: str, hint: str = "") -> None:
        super().__init__(says)
        self.says = says
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered; `said` is its JSON object, or empty."""

    status: int
    said: Mapping[str, Any]
    data: bytes = field(repr=False)

    @property
    def words(self) -> str:
        """The other side's sentence, or its status."""
        error = self.said.get("error")
        message = error.get("message") if isinstance(error, dict) else None
        return f"{message} ({self.status})" if isinstance(message, str) else str(self.status)


class Wire:
    """Asks. With `through`, `https://host/path` is asked as `{through}/host/path`."""

    def __init__(self, through: str = "", pause: Callable[[float], None] = time.sleep) -> None:
        self._through = through.rstrip("/")
        self.pause = pause

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        again: bool = True,
    ) -> Reply:
        """What is answered; what is out of order for a moment is asked `again`, three times in all.

        Raises:
            Failed: nobody answered.
        """
        for left in reversed(range(TRIES if again else 1)):
            reply = self._once(method, url, headers or {}, body)
            if reply is not None and (reply.status not in AGAIN or not left):
                return reply
            if left:
                self.pause(PAUSE_SECONDS)
        raise Failed(f"{urlsplit(url).netloc} does not answer.")

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> Reply | None:
        import requests

        through = self._through and url.startswith("https://")
        where = f"{self._through}/{url.removeprefix('https://')}" if through else url
        try:
            response = requests.request(
                method, where, headers=dict(headers), json=body, timeout=TIMEOUT
            )
        except requests.exceptions.RequestException:
            return None
        try:
            said = response.json()
        except ValueError:
            said = {}
        return Reply(response.status_code, said if isinstance(said, dict) else {}, response.content)
