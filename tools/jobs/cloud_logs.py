"""The log lines of a generation in Cloud Logging, by its REST API.

https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tools.jobs.log_lines import LogLine, Logs, line_of

if TYPE_CHECKING:
    import requests

URL = "https://logging.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/logging.read"
ROLE = "roles/logging.viewer"
MOST_LINES = 200
MOST_PAGES = 5  # a page may be empty and still have a next one
SECONDS = 20
BEFORE = timedelta(minutes=5)  # clocks differ a little


def read(project: str, file_uid: str, since: datetime | None, *, url: str = URL) -> Logs:
    """Up to MOST_LINES entries that name it, the oldest first; says where it could not look."""
    import requests
    from google.auth.exceptions import GoogleAuthError

    body: dict[str, Any] = {
        "resourceNames": [f"projects/{project}"],
        "filter": _filter(file_uid, since),
        "orderBy": "timestamp asc",
        "pageSize": MOST_LINES,
    }
    entries: list[dict[str, Any]] = []
    try:
        session = _session(project, url)
        for _ in range(MOST_PAGES):
            response = session.post(f"{url}/v2/entries:list", json=body, timeout=SECONDS)
            if response.status_code != 200:
                return Logs(_lines(entries), _refused(response, project))
            answer = response.json()
            entries += answer.get("entries", [])
            body["pageToken"] = answer.get("nextPageToken", "")
            if not body["pageToken"] or len(entries) >= MOST_LINES:
                break
    except (requests.RequestException, GoogleAuthError, ValueError) as error:
        return Logs(_lines(entries), f"Cloud Logging does not answer ({type(error).__name__}).")
    more = "There are more; see the Logs Explorer." if body["pageToken"] else ""
    return Logs(_lines(entries[:MOST_LINES]), more)


def _filter(file_uid: str, since: datetime | None) -> str:
    # Logging keeps entries for 30 days unless told otherwise, and asks for a time to be quick.
    parts = [f'jsonPayload.file_uid="{file_uid}"']
    if since is not None:
        parts.append(f'timestamp>="{(since - BEFORE).isoformat()}"')
    return " AND ".join(parts)


def _lines(entries: list[dict[str, Any]]) -> list[LogLine]:
    return [
        line_of(
            one.get("jsonPayload", {}),
            at=str(one.get("timestamp", "")),
            severity=str(one.get("severity", "")),
        )
        for one in entries
    ]


def _refused(response: "requests.Response", project: str) -> str:
    if "SERVICE_DISABLED" in response.text:
        return (
            "Cloud Logging's API is not enabled:"
            f" gcloud services enable logging.googleapis.com --project {project}"
        )
    if response.status_code in {401, 403}:
        return (
            f"You may not read the logs of {project}: that takes {ROLE}"
            f" (gcloud projects add-iam-policy-binding {project} --member=user:YOU --role={ROLE})."
        )
    if response.status_code == 429:
        return "Cloud Logging takes 60 such questions a minute, and they are used up. Try again."
    return f"Cloud Logging answered {response.status_code}."


def _session(project: str, url: str) -> "requests.Session":
    if url.startswith("http://"):  # a server of a test's
        import requests

        return requests.Session()
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    # A person's own credentials need a project that their calls are counted for.
    credentials, _ = google.auth.default(scopes=[SCOPE], quota_project_id=project)
    session: requests.Session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
    return session
