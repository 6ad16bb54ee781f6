"""Google's REST interfaces of logs and of monitoring; what they refuse is told as a sentence.

https://cloud.google.com/logging/docs/reference/v2/rest and
https://cloud.google.com/monitoring/api/v3, whose errors are those of
https://cloud.google.com/apis/design/errors.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

LOGGING = "https://logging.googleapis.com"
MONITORING = "https://monitoring.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TIMEOUT = (5.0, 60.0)  # seconds to connect, to read
TRIES = 5
LONGEST_PAUSE = 60.0
NOT_FOUND = 404
# What may be asked again: all that comes to the same if it was done already.
PASSING = {"POST": {429}, "others": {429, 500, 502, 503, 504}}
ROLES = {LOGGING: "roles/logging.configWriter", MONITORING: "roles/monitoring.editor"}


class Refused(Exception):
    """A sentence for people; `status` is that of HTTP, 0 where there was no answer."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class SignedOut(Refused):
    """Nobody is signed in, or no longer."""

    def __init__(self, project: str) -> None:
        super().__init__(
            401,
            "Google does not know who asks. Sign in first:"
            f" gcloud auth application-default login --project {project}",
        )


class Google:
    """One project's metrics, policies, channels and dashboards."""

    def __init__(
        self,
        project: str,
        *,
        logging_url: str = LOGGING,
        monitoring_url: str = MONITORING,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.project = project
        self.pause = pause
        self._hosts = {LOGGING: logging_url.rstrip("/"), MONITORING: monitoring_url.rstrip("/")}
        self._session: Any = None

    @property
    def metrics(self) -> str:
        return f"v2/projects/{self.project}/metrics"

    @property
    def policies(self) -> str:
        return f"v3/projects/{self.project}/alertPolicies"

    @property
    def channels(self) -> str:
        return f"v3/projects/{self.project}/notificationChannels"

    @property
    def dashboards(self) -> str:
        return f"v1/projects/{self.project}/dashboards"

    def all_of(self, collection: str) -> Iterator[dict[str, Any]]:
        """Every entry of one of the four collections, page by page."""
        token = ""
        while True:
            page = self.call("GET", f"{collection}?pageSize=200&pageToken={quote(token)}")
            yield from page.get(collection.rpartition("/")[2], ())
            token = page.get("nextPageToken", "")
            if not token:
                return

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One request, tried again where that is safe; the answer's JSON."""
        import requests
        from google.auth.exceptions import GoogleAuthError

        host = LOGGING if path.startswith("v2/") else MONITORING
        url = f"{self._hosts[host]}/{path}"
        for last in (*[False] * (TRIES - 1), True):
            try:
                answer = self._opened().request(method, url, json=body, timeout=TIMEOUT)
            except GoogleAuthError:
                raise SignedOut(self.project) from None
            except requests.RequestException as error:
                where, kind = urlsplit(url).netloc, type(error).__name__
                raise Refused(0, f"{where} does not answer ({kind}).") from None
            if last or answer.status_code not in PASSING.get(method, PASSING["others"]):
                break
            self.pause(_asked_pause(answer))
        if answer.ok:
            return dict(answer.json()) if answer.content else {}
        raise self._refusal(host, answer)

    def _opened(self) -> Any:
        """A token goes to Google's hosts and to no other."""
        if self._session is None:
            import requests

            self._session = requests.Session()
            if self._hosts == {LOGGING: LOGGING, MONITORING: MONITORING}:
                self._session = _signed_in(self.project)
        return self._session

    def _refusal(self, host: str, answer: Any) -> Refused:
        try:
            error = dict(answer.json()["error"])
        except (ValueError, LookupError, TypeError):
            error = {}
        said = str(error.get("message", "")).strip() or "it says nothing more"
        status, service = int(answer.status_code), urlsplit(host).netloc
        if status == 401:
            return SignedOut(self.project)
        if status == 403 and "SERVICE_DISABLED" in str(error.get("details")):
            mend = f"gcloud services enable {service} --project {self.project}"
            return Refused(status, f"{service} is not enabled in this project: {mend}")
        if status == 403:
            # A person's own credentials also have to be allowed to charge the project.
            charging = "USER_PROJECT_DENIED" in str(error.get("details"))
            role = "roles/serviceusage.serviceUsageConsumer" if charging else ROLES[host]
            mend = (
                f"gcloud projects add-iam-policy-binding {self.project}"
                f" --member=user:YOUR_ACCOUNT --role={role}"
            )
            return Refused(status, f"You may not do this here; {role} may: {mend}")
        return Refused(status, f"{service} answers {status}: {said}")


def _signed_in(project: str) -> Any:
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    # Without a project to charge Google refuses what is asked with a person's own credentials.
    credentials, _ = google.auth.default(scopes=[SCOPE], quota_project_id=project)
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]


def _asked_pause(answer: Any) -> float:
    told = answer.headers.get("Retry-After", "")
    return min(LONGEST_PAUSE, float(told)) if told.isdigit() else 2.0
