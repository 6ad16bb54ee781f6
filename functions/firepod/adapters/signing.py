"""V4 signed URLs, signed with whatever the client of Storage was opened with.

https://cloud.google.com/storage/docs/access-control/signed-urls
"""

import functools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from google.auth.credentials import Signing

from firepod.domain.errors import Unavailable
from firepod.domain.generation import Output

if TYPE_CHECKING:
    from google.cloud.storage import Blob

LONGEST = timedelta(days=7)  # that V4 allows
_IAM_TIMEOUT = (3.0, 5.0)  # seconds to connect, to read


class CannotSign(Unavailable):
    """The credentials at hand sign nothing: a person's, or ones without the role for it."""

    def __init__(self) -> None:
        super().__init__("A link to this file cannot be made now. Try again.")


class Signer:
    """Makes signed URLs; `request` is how IAM is asked, google-auth's own unless told otherwise."""

    def __init__(self, credentials: Any, request: Any = None) -> None:
        self._credentials = credentials
        self._request = request

    def url(
        self, blob: "Blob", method: str, until: datetime, headers: dict[str, str] | None = None
    ) -> str:
        """A URL for one method on one object, which works with exactly these headers.

        Raises:
            CannotSign: the credentials at hand cannot.
        """
        from google.auth.exceptions import GoogleAuthError

        ends = min(until, datetime.now(UTC) + LONGEST)
        try:
            url: str = blob.generate_signed_url(
                version="v4",
                expiration=ends,
                method=method,
                headers=dict(headers or {}),
                credentials=self._signing,
            )
        except GoogleAuthError as error:
            raise CannotSign from error
        return url

    @functools.cached_property
    def _signing(self) -> Signing:
        if isinstance(self._credentials, Signing):
            return self._credentials  # a key file: signed here, without a request
        if not hasattr(self._credentials, "service_account_email"):
            raise CannotSign
        return _Iam(self._credentials, self._request or _request())


class _Iam(Signing):
    """A service account without a key, as functions have it: IAM signs for it.

    Its account needs roles/iam.serviceAccountTokenCreator on itself.
    """

    def __init__(self, credentials: Any, request: Any) -> None:
        self._credentials = credentials
        self._request = request

    def sign_bytes(self, message: bytes) -> bytes:
        signature: bytes = self.signer.sign(message)
        return signature

    @property
    def signer_email(self) -> str:
        if self._credentials.service_account_email == "default":
            self._credentials.refresh(self._request)  # only now the metadata server is asked
        email: str = self._credentials.service_account_email
        return email

    @property
    def signer(self) -> Any:
        from google.auth.iam import Signer as IamSigner

        return IamSigner(self._request, self._credentials, self.signer_email)  # type: ignore[no-untyped-call]


def _request() -> Any:
    from google.auth.transport.requests import Request

    return functools.partial(Request(), timeout=_IAM_TIMEOUT)


def upload_headers(output: Output, owner: str, attempt: int) -> dict[str, str]:
    """What the holder of an upload URL has to send: what it is, whose, how large, and only once.

    No download token: the names of headers have no case, and that one's name has.
    https://cloud.google.com/storage/docs/xml-api/reference-headers
    """
    from firepod.kinds import registry  # of those who open Storage, few ask this

    return {
        "Content-Type": output.content_type,
        "x-goog-content-length-range": f"1,{registry.largest_of(output)}",
        "x-goog-if-generation-match": "0",
        "x-goog-meta-attempt": str(attempt),
        "x-goog-meta-owner": owner,
    }
