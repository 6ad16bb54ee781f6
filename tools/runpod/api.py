"""RunPod's REST API v2, as far as endpoints need it.

https://docs.runpod.io/api-reference-v2/overview; version 1 was taken away on 2026-11-15. A list
comes whole, and there are no names that RunPod keeps apart: who creates looks first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from firepod import VERSION
from tools.runpod.errors import NotThere, Stopped, Unsaid

URL = "https://api.runpod.io/v2"
KEYS = "https://www.console.runpod.io/user/settings"
BILLING = "https://www.console.runpod.io/user/billing"
TIMEOUT = (5.0, 30.0)  # seconds to connect, to read
TRIES = 4
LONGEST_WAIT = 60  # seconds that RunPod may ask us to wait
_LONGEST_SENTENCE = 500

Tell = Callable[[str], None]


class _NotNow(Exception):
    """RunPod could not answer; `seconds` until another try, `taken` if it may have done it."""

    def __init__(self, why: str, seconds: float, *, taken: bool) -> None:
        super().__init__(why)
        self.why, self.seconds, self.taken = why, seconds, taken


@dataclass(slots=True)
class RunPod:
    """RunPod, seen by the holder of a key. What only looks is tried again; what makes is not."""

    key: str
    url: str
    jobs_url: str  #: where endpoints are reached, RUNPOD_BASE_URL
    tell: Tell
    pause: Callable[[float], None]

    def gpus(self) -> list[dict[str, Any]]:
        """The types of GPU: `id`, `name`, `pool`, `memory` (GB), `price.serverless` (an hour)."""
        return _list(self._again("GET", "catalog/gpus"), "gpus")

    def endpoints(self) -> list[dict[str, Any]]:
        """Every endpoint of the account."""
        answer = self._again("GET", "serverless")
        if any(value for name, value in answer.items() if "next" in name.lower()):
            raise Stopped("RunPod tells only a part of the endpoints; this program expects all.")
        return _list(answer, "endpoints")

    def workers(self, endpoint_id: str) -> Mapping[str, Any]:
        """How many workers there are, by what they do."""
        summary = self._again("GET", f"serverless/{endpoint_id}/workers").get("summary")
        return summary if isinstance(summary, dict) else {}

    def jobs(self, endpoint_id: str) -> Mapping[str, Any]:
        """How many jobs there are: `inQueue`, `inProgress`, `completed`, `failed`."""
        jobs = self._again("GET", f"{self.jobs_url}/{endpoint_id}/health").get("jobs")
        if not isinstance(jobs, dict):
            raise Stopped("RunPod does not say how many jobs the endpoint has.")
        return jobs

    def create(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make an endpoint, by one call.

        Raises:
            Unsaid: the answer was lost; perhaps it was made.
        """
        for left in reversed(range(TRIES)):
            try:
                return self._once("POST", "serverless", body)
            except _NotNow as error:
                if error.taken:
                    raise Unsaid(error.why) from None
                self._wait(error, left)
        raise AssertionError

    def change(self, endpoint_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Change what the body names."""
        return self._again("PATCH", f"serverless/{endpoint_id}", body)

    def delete(self, endpoint_id: str) -> None:
        """Delete an endpoint with all its jobs; one that is gone is deleted."""
        try:
            self._again("DELETE", f"serverless/{endpoint_id}")
        except NotThere:
            return

    def _again(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """What changes nothing when it is repeated."""
        for left in reversed(range(TRIES)):
            try:
                return self._once(method, path, body)
            except _NotNow as error:
                self._wait(error, left)
        raise AssertionError

    def _wait(self, error: _NotNow, left: int) -> None:
        if not left or error.seconds > LONGEST_WAIT:
            raise Stopped(f"{error.why} Nothing more was done; try again later.") from None
        self.tell(f"{error.why} Trying again in {error.seconds:g} s.")
        self.pause(error.seconds)

    def _once(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        url = path if "://" in path else f"{self.url}/{path}"
        headers = {"Authorization": f"Bearer {self.key}", "User-Agent": f"firepod/{VERSION}"}
        try:
            answer = requests.request(
                method, url, json=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            )
        except requests.exceptions.ConnectTimeout:
            raise _NotNow("RunPod cannot be reached.", 2, taken=False) from None
        except requests.exceptions.RequestException:
            raise _NotNow("RunPod does not answer.", 2, taken=True) from None
        if answer.status_code == 429:
            raise _NotNow("RunPod has had too many calls.", _seconds(answer), taken=False)
        if answer.status_code >= 500 or answer.status_code == 408:
            raise _NotNow(f"RunPod answers {answer.status_code}.", _seconds(answer), taken=True)
        if not 200 <= answer.status_code < 300:
            raise self._refusal(answer)
        if answer.status_code == 204:
            return {}
        try:
            told = answer.json()
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise _NotNow("RunPod's answer cannot be read.", 2, taken=True)
        return told

    def _refusal(self, answer: requests.Response) -> Stopped:
        said = self._said(answer)
        match answer.status_code:
            case 401:
                return Stopped(f"RunPod does not know the key in RUNPOD_API_KEY. Make one: {KEYS}")
            case 403:
                return Stopped(f"The key in RUNPOD_API_KEY lacks Read/Write: {KEYS} ({said})")
            case 404:
                return NotThere(f"RunPod does not find it. ({said})")
            case code if code == 402 or "balance" in said.lower() or "credit" in said.lower():
                return Stopped(f"Your account at RunPod has too little credit: {BILLING} ({said})")
        return Stopped(f"RunPod refuses ({answer.status_code}): {said}")

    def _said(self, answer: requests.Response) -> str:
        """RunPod's own words, in one line, without the key."""
        try:
            told = answer.json()
            parts = [told.get("detail") or told.get("title") or "", *told.get("errors", [])]
            text = "; ".join(str(one) for one in parts if one)
        except (ValueError, AttributeError, TypeError):
            text = answer.reason or ""
        plain = " ".join(text.split()).replace(self.key, "...")
        return "".join(one for one in plain if one.isprintable())[:_LONGEST_SENTENCE] or "no reason"


def _seconds(answer: requests.Response) -> float:
    told = answer.headers.get("Retry-After", "")
    return float(told) if told.isdigit() else 2.0


def _list(answer: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = answer.get(name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Stopped(f"RunPod's answer has no {name}; it may have another version by now.")
    return found
