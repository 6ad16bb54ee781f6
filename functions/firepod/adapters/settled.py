"""Sessions of requests that look at their surroundings once, and not at each request."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from requests import Session


def settle(session: "Session", url: str) -> None:
    """Give a session for the host of `url` the proxies and certificates of the environment.

    requests goes through all variables twice for each request, which is a third of what it
    computes, and would let a .netrc replace our key.
    """
    found = session.merge_environment_settings(url, {}, None, None, None)
    session.proxies, session.verify = found["proxies"], found["verify"]
    session.trust_env = False
