"""The way of one picture, step by step. Whatever happens, what was made is erased in the end."""

import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from firepod.kinds.media_kinds import matches, sniff
from tools.smoke.choice import TASK, Picture, choose
from tools.smoke.place import find_place
from tools.smoke.user import TestUser, sign_up
from tools.smoke.wire import Failed, Reply, Wire

PROMPT = "a lighthouse at sunset over the sea"
ENDED = ("completed", "failed", "cancelled")
POLL_SECONDS = (0.3, 2.0)  # the first pause, and the longest

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is asked for, and for how long."""

    url: str
    wait: float  #: seconds from the request to its end, and from there until it is gone
    model: str = ""
    app_check: str = ""
    dry_run: bool = False


class Told:
    """The steps that are done, each with its seconds; told as they end."""

    def __init__(
        self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._clock = clock
        self._began = clock()
        self.steps: list[dict[str, Any]] = []
        self.left_behind = ""  #: what deletes what could not be deleted

    def step(self, name: str, do: Callable[[], _T], says: Callable[[_T], str]) -> _T:
        began = self._clock()
        try:
            done = do()
        except Failed as failed:
            self._note(name, began, failed.says, ok=False)
            raise
        self._note(name, began, says(done), ok=True)
        return done

    def seconds(self) -> float:
        return self._clock() - self._began

    def _note(self, name: str, began: float, says: str, *, ok: bool) -> None:
        seconds = round(self._clock() - began, 2)
        self.steps.append({"name": name, "ok": ok, "seconds": seconds, "says": says})
        self._say(f"{'' if ok else 'FAILED  '}{name:<16} {seconds:7.2f} s  {says}")

    def progress(self, text: str) -> None:
        self._say(f"{'':<16} {self.seconds():7.2f} s  {text}")


def run(wire: Wire, options: Options, told: Told) -> None:
    """Make a picture, look at it, erase it.

    Raises:
        Failed: a step did not work; what was made by then is erased all the same.
        KeyboardInterrupt: likewise.
    """
    place = told.step("found", lambda: find_place(wire, options.url), lambda one: one.project)
    user = told.step(
        "signed in",
        lambda: sign_up(wire, place, app_check=options.app_check),
        lambda one: one.way,
    )
    asked = False
    try:
        user = told.step("allowed", lambda: _who_may_generate(user), lambda one: one.way)
        picture = told.step(
            "chosen",
            lambda: choose(_models(user), wanted=options.model, local=place.local),
            lambda one: one.says,
        )
        if not options.dry_run:
            asked = True
            _picture(user, picture, options, told)
    except BaseException:
        with suppress(Failed):  # the first fault is the one to tell
            _clear(user, told, erase=asked)
        raise
    _clear(user, told, erase=False)


def _who_may_generate(user: TestUser) -> TestUser:
    """The user itself; where guests may not generate, another one in its place."""
    limit = _good(user.api("GET", "/quota"), user).get("daily", {}).get("limit")
    if not user.guest or limit != 0:
        return user
    user.delete_account()
    return sign_up(user.wire, user.place, app_check=user.app_check, guest=False)


def _models(user: TestUser) -> list[Mapping[str, Any]]:
    return list(_good(user.api("GET", "/models"), user).get("models", []))


def _picture(user: TestUser, picture: Picture, options: Options, told: Told) -> None:
    body = {
        "task_type": TASK,
        "model": picture.model,
        "prompt": PROMPT,
        "width": picture.width,
        "height": picture.height,
    }
    # Under a key, so that asking again where an answer was lost starts nothing new.
    key = {"Idempotency-Key": f"smoke-{secrets.token_hex(12)}"}
    until = told.seconds() + options.wait
    accepted = told.step(
        "accepted",
        lambda: _good(user.api("POST", "/generations", body, headers=key), user),
        lambda one: str(one["file_uid"]),
    )
    path = f"/generations/images/{accepted['file_uid']}"
    ended = told.step("completed", lambda: _end(user, path, told, until), _metrics)
    output = ended["generation_data"]["outputs"][0]
    told.step("read", lambda: _read(user.wire, output), lambda size: f"{size:,} bytes")
    told.step(
        "erased", lambda: _erase(user, path, told, options), lambda _: "all that was the user's"
    )


def _end(user: TestUser, path: str, told: Told, until: float) -> Mapping[str, Any]:
    pause, longest = POLL_SECONDS
    shown = ""
    while True:
        found = _good(user.api("GET", path), user)
        status = str(found.get("status"))
        if status in ENDED:
            break
        if status != shown:
            told.progress(status)
            shown = status
        if told.seconds() >= until:
            hint = "is the endpoint well? make doctor" if status == "queued" else ""
            raise Failed(f"It is still {status}.", hint)
        user.wire.pause(pause)
        pause = min(pause * 1.5, longest)
    if status != "completed":
        raise Failed(
            f"It is {status}: {found.get('error')} ({found.get('error_code')}).",
            f".venv/bin/python -m tools.jobs show {found.get('file_uid')}",
        )
    return found


def _metrics(found: Mapping[str, Any]) -> str:
    metrics = found.get("metrics") or {}
    names = {"delay_ms": "in the queue", "execution_ms": "at work"}
    parts = [f"{metrics[k] / 1000:.2f} s {says}" for k, says in names.items() if k in metrics]
    cost = metrics.get("cost_usd")
    return ", ".join([*parts, *([f"${cost:.4f}"] if cost is not None else [])])


def _read(wire: Wire, output: Mapping[str, Any]) -> int:
    url = str(output["url"])
    reply = wire.ask("GET", url)
    host = urlsplit(url).netloc
    if reply.status != 200:
        raise Failed(f"{host} does not give the picture ({reply.status}).", "make doctor")
    if len(reply.data) != output["size_bytes"]:
        raise Failed(f"{host} gives {len(reply.data)} bytes of {output['size_bytes']}.")
    if not matches(str(output["content_type"]), reply.data[:64]):
        raise Failed(f"What {host} gives is no {output['content_type']} but {sniff(reply.data)}.")
    return len(reply.data)


def _erase(user: TestUser, path: str, told: Told, options: Options) -> None:
    _ask_to_erase(user)
    until = told.seconds() + options.wait
    while user.api("GET", path).status != 404:
        if told.seconds() >= until:
            raise Failed(f"It is still there after {options.wait:g} s.", _by_hand(user))
        user.wire.pause(POLL_SECONDS[0])


def _ask_to_erase(user: TestUser) -> None:
    reply = user.api("DELETE", "/me")
    if reply.status != 202:
        raise Failed(f"Nothing is erased: {reply.words}.", _by_hand(user))


def _clear(user: TestUser, told: Told, *, erase: bool) -> None:
    """Delete the account, and before it what it has made, if that may still be there."""
    account = f"the account {user.uid} of {user.place.project}"
    left = told.left_behind = _by_hand(user) if erase else ""
    if erase:
        with suppress(Failed):  # the account is deleted even so
            told.step("erased", lambda: _ask_to_erase(user), lambda _: "in the next minutes")
            left = ""
    told.left_behind = left or account
    told.step("account deleted", user.delete_account, lambda _: "")
    told.left_behind = left


def _by_hand(user: TestUser) -> str:
    project = user.place.project
    return f".venv/bin/python -m tools.erase --project {project} {user.uid} --yes"


def _good(reply: Reply, user: TestUser) -> Mapping[str, Any]:
    """The answer of `/api`, or what is wrong with it and where to look."""
    if 200 <= reply.status < 300:
        return reply.said
    logs = f"node_modules/.bin/firebase functions:log --only api --project {user.place.project}"
    hints = {
        401: "with ENFORCE_APP_CHECK=true give APP_CHECK_TOKEN=..., a debug token's",
        403: "everybody must be able to call the function api: deploy it again",
        404: "Hosting must send /api to the function api: make deploy",
        429: "a limit of functions/.env, such as MAX_DAILY_TOTAL",
    }
    raise Failed(f"/api answers {reply.words}.", hints.get(reply.status, logs))
