"""How long Storage is waited for, and how its silence is told."""

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from firepod.adapters.settled import settle
from firepod.domain.errors import Unavailable

if TYPE_CHECKING:
    from google.cloud.storage import Client

_P = ParamSpec("_P")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request of Storage may take, in seconds.

    No try begins after `again`, so that the sum of the three bounds the whole request. `connect`
    is also what sending one piece of an upload may take.
    """

    connect: float = 3.0
    read: float = 5.0
    again: float = 6.0

    def bounds(self) -> dict[str, Any]:
        """`timeout` and `retry` of a request."""
        from google.cloud.storage.retry import DEFAULT_RETRY

        again = DEFAULT_RETRY.with_delay(initial=0.2, maximum=2.0).with_timeout(self.again)
        return {"timeout": (self.connect, self.read), "retry": again}


LOOK = Patience()
UPLOAD = Patience(connect=10.0, read=15.0, again=10.0)
UPLOAD_PIECE_BYTES = 8 * 2**20  # one request of an upload; Storage wants a multiple of 256 KiB


def open_client(**options: Any) -> "Client":
    """A client of Storage; opened at the first use, for its import takes a quarter of a second."""
    # Else a thread asks for the bucket's place, beside the first call and after each that failed,
    # for traces that nobody collects. It repeats itself for two minutes and needs one more role.
    os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
    from google.cloud.storage import Client

    client = Client(**options)
    settle(client._http, client.api_endpoint)  # noqa: SLF001 (it tells no other way)
    return client


def reaching(method: Callable[_P, _R]) -> Callable[_P, _R]:
    """Tell in the words of the port that Storage is out of reach, or not set up for us."""

    @functools.wraps(method)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return method(*args, **kwargs)
        except _silences() as error:
            raise Unavailable("The file storage does not answer now. Try again.") from error

    return call


@functools.cache
def _silences() -> tuple[type[Exception], ...]:
    # Looked up when something was raised: what raises has been imported by then.
    from http.client import HTTPException

    import requests
    import urllib3
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud.storage.exceptions import DataCorruption, InvalidResponse

    return (
        GoogleAPIError,
        GoogleAuthError,
        InvalidResponse,
        DataCorruption,
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        HTTPException,
        ConnectionError,
        TimeoutError,
    )
