"""Why something was not done."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firepod_client.documents import Generation

AWAY = "The backend does not answer."


class FirepodError(Exception):
    """What the backend answered instead of a result; `str(error)` is a sentence for people.

    ``code`` is a code of Firebase's callables ("invalid-argument", "resource-exhausted", ...),
    "unavailable" where nothing answered. ``fields`` holds the problem of each field that was not
    accepted, ``retry_after_seconds`` when a quota has room again.
    """

    def __init__(self, code: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        details = details or {}
        self.code = code
        self.message = message
        self.fields = {one["field"]: one["problem"] for one in details.get("fields") or ()}
        self.retry_after_seconds: float | None = details.get("retry_after_seconds")


class GenerationEnded(FirepodError):
    """A generation that was waited for ended as failed or cancelled.

    ``code`` is its status, ``error_code`` the stable code in its document.
    """

    def __init__(self, generation: "Generation") -> None:
        super().__init__(generation.status, generation.error or f"It was {generation.status}.")
        self.generation = generation
        self.error_code = generation.error_code


class StillRunning(FirepodError):
    """A generation had not ended in the time that was given; it goes on."""

    def __init__(self, generation: "Generation", seconds: float) -> None:
        super().__init__("deadline-exceeded", f"It has not ended within {seconds:.0f} s.")
        self.generation = generation
