"""The job's own URL, at which a run without credentials claims, reports, and asks to go on.

A run goes on without a claim only if nobody answers there for a while and none was said to be at
work: the media still reach the backend through RunPod, and what is paid for twice at worst is less
than what everybody would lose with a webhook that is down or wrongly set up.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

CLAIM_SECONDS = 15.0
TRY_PAUSE_SECONDS = 1.0
ASK_TIMEOUT = (3.05, 5.0)  # a function that starts anew answers within a few seconds
MAX_ANSWER_BYTES = 4096
MAX_WAIT_SECONDS = 10.0


class NotOurs(Exception):
    """The generation is over, gone, or another run's: nothing may be made for it."""


class _Unanswered(Exception):
    """Nobody answered, or nobody who knows this job; `final` if asking again cannot help."""

    def __init__(self, *, final: bool = False) -> None:
        super().__init__()
        self.final = final


@dataclass(frozen=True, slots=True)
class _Answer:
    go_on: bool
    wait_seconds: float | None  #: with it nothing is decided yet


@dataclass(slots=True)
class JobUrl:
    """One run's line to the backend. Its methods block; none raises anything but NotOurs."""

    url: str
    runpod_job_id: str
    claim: str  #: the name of this run
    log: Callable[[str], None]
    patience: float = CLAIM_SECONDS  #: how long it tries to claim before it goes on without
    held: bool = False  #: whether this run has the claim
    shows: bool = True  #: whether the backend may take previews

    def begin(self, stop: threading.Event) -> None:
        """Claim the attempt; wait while another run of the same RunPod job may still be alive."""
        began, another_works = time.monotonic(), False
        while not stop.is_set():
            try:
                answer = self._ask("claim", {})
            except _Unanswered as error:
                over = error.final or time.monotonic() - began >= self.patience
                if over and not another_works:
                    self.log("The job's URL does not answer; this run goes on without a claim.")
                    return
                if error.final:
                    break
                stop.wait(TRY_PAUSE_SECONDS)
                continue
            if answer.go_on:
                self.held = True
                return
            if answer.wait_seconds is None:
                break
            another_works = True
            stop.wait(min(answer.wait_seconds, MAX_WAIT_SECONDS))
        raise NotOurs

    def report(self, progress: float, preview: str | None = None) -> None:
        """Tell how far it is and how it looks; raises NotOurs if the run is to stop."""
        operation = "progress" if self.held else "claim"
        shown = {"preview": preview} if preview and self.held and self.shows else {}
        try:
            answer = self._ask(operation, {"progress": round(progress, 3), **shown})
        except _Unanswered as error:
            if shown and error.final:
                self.shows = False  # functions of an older version take no body as large
                self.report(progress)
            return  # else the next report makes it good
        if answer.go_on:
            self.held = True
        elif answer.wait_seconds is None:
            raise NotOurs
        # Else this run began unheard, and another has the claim: the first result counts.

    def _ask(self, operation: str, more: dict[str, Any]) -> _Answer:
        body = {"job_id": self.runpod_job_id, "claim": self.claim, **more}
        try:
            with requests.post(
                f"{self.url}/{operation}",
                json=body,
                headers={"Accept-Encoding": "identity"},
                timeout=ASK_TIMEOUT,
                stream=True,
                allow_redirects=False,
            ) as response:
                status = response.status_code
                text = response.raw.read(MAX_ANSWER_BYTES)
        except Exception as error:
            # Not its text: that holds the URL, which is a secret.
            raise _Unanswered from error
        if status != 200:
            raise _Unanswered(final=400 <= status < 500 and status not in {408, 429})
        return _read(text)


def _read(text: bytes) -> _Answer:
    try:
        data = json.loads(text)
        go_on, wait = data["go_on"], data.get("wait_seconds")
        return _Answer(go_on is True, None if wait is None else max(0.0, float(wait)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _Unanswered from error
