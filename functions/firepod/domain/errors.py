"""What can go wrong for a caller, one class per code of the wire (docs/contract.md, 2).

The message is a sentence for people and never holds a secret, a traceback or another user's data;
`details` is for programs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from firepod.domain.generation import MediaType

# Of a worker that has nothing better to say; both it and the backend tell it.
WORKER_FAILED = "The worker failed while making this. Nothing was saved; it can be tried again."
# What users call one of each.
_CALLED = {
    MediaType.IMAGES: "picture",
    MediaType.VIDEOS: "video",
    MediaType.VOICES: "voice",
    MediaType.TTS: "speech",
}


class FirepodError(Exception):
    """Root of everything that a caller is told; `code` is the callable code, lower-case."""

    code = "internal"

    def __init__(self, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field that was not accepted, and why."""

    field: str
    problem: str


class Unauthenticated(FirepodError):
    """No user, or a token that cannot be trusted."""

    code = "unauthenticated"


class InvalidArgument(FirepodError):
    """The request itself is wrong; `details.fields` names every field that is."""

    code = "invalid-argument"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        shown = "; ".join(f"{p.field}: {p.problem}" for p in problems[:3])
        more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
        end = "" if f"{shown}{more}".endswith("?") else "."
        fields = [{"field": p.field, "problem": p.problem} for p in problems]
        super().__init__(f"The request was not accepted. {shown}{more}{end}", {"fields": fields})

    @classmethod
    def of(cls, field: str, problem: str) -> "InvalidArgument":
        return cls([FieldProblem(field, problem)])


class NotFound(FirepodError):
    """Not there, or not the caller's; the two cannot be told apart from outside."""

    code = "not-found"


def not_found(media_type: object = None) -> NotFound:
    """What a user is told who has nothing of this id; nor that there is one of another user's."""
    called = next((word for kind, word in _CALLED.items() if kind == media_type), "generation")
    return NotFound(f"You have no {called} with this id.")


class AlreadyExists(FirepodError):
    """An idempotency key was used for another request before."""

    code = "already-exists"


class FailedPrecondition(FirepodError):
    """The thing is not in a state in which this can be done."""

    code = "failed-precondition"


class ResourceExhausted(FirepodError):
    """A limit of the user is reached."""

    code = "resource-exhausted"

    def __init__(
        self,
        message: str,
        *,
        limit: int,
        used: int,
        retry_after_seconds: int,
        limit_name: str = "",  # the parameter that sets it, for the log
    ) -> None:
        super().__init__(
            message,
            {"limit": limit, "used": used, "retry_after_seconds": retry_after_seconds},
        )
        self.retry_after_seconds = retry_after_seconds
        self.limit_name = limit_name


class Unavailable(FirepodError):
    """Something behind Firepod does not answer now; the same call may work later."""

    code = "unavailable"


class Busy(Unavailable):
    """An instance has its hands full with large calls of others; soon it has not."""

    retry_after_seconds = 5


class Misconfigured(FirepodError):
    """The deployment lacks a parameter or holds a bad one; callers only learn that it is so."""

    code = "unavailable"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("The service is not set up correctly. Its operator has to look at it.")
        self.problems = tuple(problems)
