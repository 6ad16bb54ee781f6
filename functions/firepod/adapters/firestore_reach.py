"""How long Firestore is waited for, and how its silence is told."""

import functools
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from google.api_core import exceptions, retry
from google.auth.exceptions import GoogleAuthError

from firepod.domain.errors import Unavailable

if TYPE_CHECKING:
    from google.cloud.firestore import Client

PATIENCE_SECONDS = 12.0  # for a transition, and for each request of the other methods
LEAST_SECONDS = 1.0  # what a request gets at least

# What the client itself would repeat for up to five minutes. A commit that was made although its
# answer was lost comes back as overtaken, and the change finds its own work.
_PASSING = retry.if_exception_type(
    exceptions.InternalServerError,
    exceptions.ResourceExhausted,
    exceptions.ServiceUnavailable,
    exceptions.DeadlineExceeded,
)

# Another writer was first. NotFound: its delete came before our update.
OVERTAKEN = (
    exceptions.Aborted,
    exceptions.AlreadyExists,
    exceptions.FailedPrecondition,
    exceptions.NotFound,
)

_P = ParamSpec("_P")
_R = TypeVar("_R")


def reaching(method: Callable[_P, _R]) -> Callable[_P, _R]:
    """Tell in the words of the port that Firestore is out of reach, or not set up for us.

    What Firestore calls an invalid argument is a bug of ours, and stays one.
    """

    @functools.wraps(method)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return method(*args, **kwargs)
        except exceptions.InvalidArgument:
            raise
        except (exceptions.GoogleAPIError, GoogleAuthError) as error:
            raise Unavailable("The database does not answer now. Try again.") from error

    return call


@reaching
def open_client(project: str) -> "Client":
    """A client of Firestore, with Google's credentials where it needs some."""
    from google.cloud.firestore import Client

    return Client(project=project)


class Patience:
    """The time that one piece of work has, whatever it consists of."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return self._end - time.monotonic()

    def bounds(self) -> dict[str, Any]:
        """`retry` and `timeout` of a request that is over when this is."""
        left = max(LEAST_SECONDS, self.left)
        # A try that begins with less than a second left would get the whole time once more.
        again = retry.Retry(_PASSING, initial=0.1, maximum=2.0, timeout=max(0.0, left - 1.0))
        return {"retry": again, "timeout": left}
