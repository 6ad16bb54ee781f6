"""Links in answers of ready workers, followed within bounds: where to, how far, how long, how much.

A worker that was taken over can name any URL. So hosts are compared as a whole, each redirect is
looked at like the first address, the other end is one of the open internet, and nothing of ours is
sent along.
"""

import contextlib
import ipaddress
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError

from firepod.domain.links import LinkFailed, LinkProblem

TIMEOUT = (3.0, 10.0)  # seconds to connect, and for each piece
WHOLE_SECONDS = 120.0  # a look has five minutes
MOST_REDIRECTS = 3
PIECE_BYTES = 64 * 1024
MAX_URL_CHARS = 4096  # signed ones are long
_MOST_DIGITS = 20  # of a length; so many are too large in any case
_AS_IT_IS = {"Accept-Encoding": "identity"}
_GONE = frozenset({401, 403, 404, 410})  # an expired signature is a 403 of some


class LinksHttp:
    """`firepod.ports.Links`; `local` is a URL of the one program of this machine that may be asked.

    It is that of a local RunPod, and empty in every deployment.
    """

    def __init__(
        self,
        local: str = "",
        *,
        whole_seconds: float = WHOLE_SECONDS,
        read_seconds: float = TIMEOUT[1],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._local = urlsplit(local)
        self._whole, self._timeout = whole_seconds, (TIMEOUT[0], read_seconds)
        self._clock = clock

    @contextlib.contextmanager
    def open(self, url: str, *, hosts: frozenset[str], largest: int) -> Iterator["Body"]:
        until = self._clock() + self._whole
        with _Session() as session:
            session.trust_env = False  # no proxy, and no password of somebody's .netrc
            session.mount("https://", OpenInternet())
            for _ in range(MOST_REDIRECTS + 1):
                self._check(url, hosts)
                response = self._get(session, url)
                with response:
                    if response.is_redirect:
                        url = _led_on(url, response.headers["Location"])
                        continue
                    yield Body(_checked(response), largest, lambda: until - self._clock())
                    return
        raise LinkFailed(LinkProblem.FOREIGN)  # it leads on and on

    def _check(self, url: str, hosts: frozenset[str]) -> None:
        if len(url) > MAX_URL_CHARS or not url.isascii() or not url.isprintable():
            raise LinkFailed(LinkProblem.FOREIGN)
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise LinkFailed(LinkProblem.FOREIGN) from None
        local = self._local
        if local.netloc and (parts.scheme, parts.netloc) == (local.scheme, local.netloc):
            return
        plain = parts.netloc == parts.hostname and port is None
        if parts.scheme != "https" or not plain or parts.hostname not in hosts:
            raise LinkFailed(LinkProblem.FOREIGN)

    def _get(self, session: requests.Session, url: str) -> requests.Response:
        try:
            return session.get(
                url, headers=_AS_IT_IS, timeout=self._timeout, stream=True, allow_redirects=False
            )
        except requests.RequestException as error:
            raise LinkFailed(problem_of(error)) from None


class Body:
    """`firepod.domain.links.Stream`: what came, as it came, never unpacked."""

    def __init__(
        self, response: requests.Response, largest: int, seconds_left: Callable[[], float]
    ) -> None:
        self._raw, self._largest, self._left = response.raw, largest, seconds_left
        told = response.headers.get("Content-Length", "")
        self.size = int(told[:_MOST_DIGITS]) if told.isdecimal() else None
        if self.size is not None and self.size > largest:
            raise LinkFailed(LinkProblem.TOO_LARGE)
        self._held, self._came, self._given, self._over = b"", 0, 0, False

    def head(self, count: int) -> bytes:
        while len(self._held) < count and not self._over:
            self._held += self._piece(count - len(self._held))
        return self._held[:count]

    def read(self, count: int = -1) -> bytes:
        pieces, wanted = [], float("inf") if count < 0 else count
        while wanted > 0:
            piece = self._held or self._piece(int(min(wanted, PIECE_BYTES)))
            if not piece:
                break
            taken = piece if wanted >= len(piece) else piece[: int(wanted)]
            self._held = piece[len(taken) :]
            pieces.append(taken)
            wanted -= len(taken)
        data = b"".join(pieces)
        self._given += len(data)
        return data

    def tell(self) -> int:
        return self._given

    def _piece(self, count: int) -> bytes:
        if self._left() <= 0:
            raise LinkFailed(LinkProblem.SILENT)
        try:
            # What has come by now, so that a trickle cannot outlast the time for the whole.
            data: bytes = self._raw.read1(count, decode_content=False)
        except (HTTPError, OSError):
            raise LinkFailed(LinkProblem.SILENT) from None
        self._came += len(data)
        if self._came > self._largest:
            raise LinkFailed(LinkProblem.TOO_LARGE)
        if not data:
            self._over = True
        return data


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 (the library's)
        """None: the library would read where it leads to, and raise at what is no URL."""
        return None


class _Private(OSError):
    """The other end is not of the open internet."""


class _Connection(HTTPSConnection):
    def _new_conn(self) -> Any:
        """Look who is there: before anything is opened, and before anything is sent.

        The name may lead elsewhere by the time at which the connection is made.
        """
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []  # whoever connects tells it
        _refuse_private(*(one[4][0] for one in found))
        connected = super()._new_conn()
        try:
            _refuse_private(connected.getpeername()[0])
        except _Private:
            connected.close()
            raise
        return connected


def _refuse_private(*addresses: Any) -> None:
    if not all(ipaddress.ip_address(one.partition("%")[0]).is_global for one in addresses):
        raise _Private


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection


class OpenInternet(HTTPAdapter):
    """Connections to addresses of the open internet only, whatever the name was."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)
        self.poolmanager.pool_classes_by_scheme = {"http": HTTPConnectionPool, "https": _Pool}


def _led_on(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise LinkFailed(LinkProblem.FOREIGN) from None


def _checked(response: requests.Response) -> requests.Response:
    if response.status_code in _GONE:
        raise LinkFailed(LinkProblem.GONE)
    if response.status_code != 200:
        raise LinkFailed(LinkProblem.SILENT)
    return response


def problem_of(error: BaseException) -> LinkProblem:
    """An address that is private is told from silence by what lies below the library's errors."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, _Private):
            return LinkProblem.FOREIGN
        reason = getattr(seen, "reason", None) or (seen.args[0] if seen.args else None)
        seen = reason if isinstance(reason, BaseException) else seen.__cause__ or seen.__context__
    return LinkProblem.SILENT
