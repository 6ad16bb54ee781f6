"""Questions over HTTP, to Google and to RunPod: each bounded in time, none changes anything.

https://cloud.google.com/apis/design/errors is what Google's refusals look like.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = (3.05, 8.0)  # seconds to connect, to read
MAX_PAGES = 20
UNAUTHENTICATED, FORBIDDEN, NOT_FOUND = 401, 403, 404


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, and what was said; an object of JSON, or none."""

    status: int
    said: Mapping[str, Any]


class NoAnswer(Exception):
    """Nobody answered in time; `host` is who was asked."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host


class Refused(Exception):
    """Google answered, but not with what was asked for."""

    def __init__(self, url: str, answer: Answer) -> None:
        super().__init__(f"{answer.status}")
        error = answer.said.get("error")
        error = error if isinstance(error, dict) else {}
        details = error.get("details")
        infos = details if isinstance(details, list) else []
        reasons = [str(one["reason"]) for one in infos if isinstance(one, dict) and "reason" in one]
        self.status = answer.status
        self.host = urlsplit(url).hostname or ""
        #: SERVICE_DISABLED, USER_PROJECT_DENIED, ...: Google's word for programs
        self.reason = reasons[0] if reasons else ""

    @property
    def api_is_off(self) -> bool:
        return self.status == FORBIDDEN and self.reason == "SERVICE_DISABLED"


class Web:
    """Asks. With `through`, `https://host/path` is asked as `{through}/host/path`."""

    def __init__(self, through: str = "", timeout: tuple[float, float] = TIMEOUT) -> None:
        self._through = through.rstrip("/")
        self._timeout = timeout

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        """What is answered, whatever its status.

        Raises:
            NoAnswer: nobody answered, or in no form that HTTP knows.
        """
        import requests

        where = f"{self._through}/{url.removeprefix('https://')}" if self._through else url
        try:
            response = requests.request(
                method,
                where,
                headers=dict(headers or {}),
                json=body,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.exceptions.RequestException:
            # Without its cause: an exception of HTTP may quote a header, and the key is in one.
            raise NoAnswer(urlsplit(url).hostname or "") from None
        try:
            said = response.json()
        except ValueError:
            said = {}
        return Answer(response.status_code, said if isinstance(said, dict) else {})


@dataclass(frozen=True)
class Google:
    """Google's APIs, asked by whom `firebase login` knows."""

    web: Web
    token: str
    project: str

    def get(self, url: str, *, quota: bool = False) -> Mapping[str, Any]:
        """Raises Refused and NoAnswer.

        `quota`: asked on the project's account, as some APIs want it of people.
        """
        return self._asked("GET", url, quota=quota)

    def find(self, url: str, *, quota: bool = False) -> Mapping[str, Any] | None:
        """As `get`; None where there is no such thing."""
        try:
            return self.get(url, quota=quota)
        except Refused as refused:
            if refused.status == NOT_FOUND:
                return None
            raise

    def policy(self, url: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """The roles on something; Google has these questions as a POST."""
        return self._asked("POST", url, body=body)

    def every(self, url: str, name: str, *, quota: bool = False) -> list[dict[str, Any]]:
        """All entries of a list, page by page."""
        found: list[dict[str, Any]] = []
        page, mark = url, "&" if "?" in url else "?"
        for _ in range(MAX_PAGES):
            said = self.get(page, quota=quota)
            entries = said.get(name, [])
            found += [one for one in entries if isinstance(one, dict)]
            if not said.get("nextPageToken"):
                break
            page = f"{url}{mark}pageToken={said['nextPageToken']}"
        return found

    def _asked(
        self, method: str, url: str, *, quota: bool = False, body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        on_account = {"x-goog-user-project": self.project} if quota else {}
        answer = self.web.ask(method, url, headers=headers | on_account, body=body)
        if answer.status == 200:
            return answer.said
        refused = Refused(url, answer)
        if quota and refused.api_is_off:
            # Off in this project it may still be asked on the account of firebase-tools' own.
            answer = self.web.ask(method, url, headers=headers, body=body)
            if answer.status == 200:
                return answer.said
        raise refused
