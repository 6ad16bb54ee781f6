"""Carries a plan out: users generate, repeat, cancel, retry and discard, all at the same time."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any

from tests.chaos.calls import App, Call
from tests.chaos.plan import NEVER_RUN, Step
from tests.chaos.watch import LIVE, Watch

TRIES_WITH_KEY = 6  # an app whose call was lost repeats it under its key
END_WAIT_SECONDS = 200.0  # a user is that patient before a retry


class Driver:
    """Keeps about `at_a_time` generations under way that workers have to make."""

    def __init__(self, app: App, watch: Watch, steps: Sequence[Step], at_a_time: int) -> None:
        self._app = app
        self._watch = watch
        self._steps = steps
        self._at_a_time = at_a_time
        self._idle_prompts = {s.request["prompt"] for s in steps if s.fault in NEVER_RUN}
        self._fresh: set[str] = set()  # started since the watch looked
        self.done = 0

    async def work(self) -> None:
        """Carry out every step, each with what its user does to it later."""
        async with asyncio.TaskGroup() as group:
            for step in self._steps:
                while self._busy() >= self._at_a_time:  # noqa: ASYNC110 (another process's state)
                    await asyncio.sleep(0.1)
                prompt = step.request["prompt"]
                self._fresh.add(prompt)
                group.create_task(self._carry_out(step))
                # Calls do not come in lockstep.
                await asyncio.sleep(random.Random(step.number).uniform(0, 0.2))

    def _busy(self) -> int:
        return len((self._watch.live | self._fresh) - self._idle_prompts)

    async def _carry_out(self, step: Step) -> None:
        answers = await asyncio.gather(*(self._generate(step) for _ in range(step.repeats)))
        asyncio.get_running_loop().call_later(
            1.5, self._fresh.discard, step.request["prompt"]
        )  # by then the watch has seen it
        self.done += 1
        taken = next((answer for answer in answers if answer.code == "ok"), None)
        if taken is None or step.move is None:
            return
        await asyncio.sleep(step.move.after)
        await self._move(step, step.move.kind, taken.result)

    async def _generate(self, step: Step) -> Call:
        data = step.request | ({"idempotency_key": step.key} if step.key else {})
        answer = await self._app.call(step.user, step.marker, "generate", data)
        for _ in range(TRIES_WITH_KEY if step.key else 0):
            if answer.code != "lost":
                break
            await asyncio.sleep(0.5)
            answer = await self._app.call(step.user, step.marker, "generate", data)
        return answer

    async def _move(self, step: Step, kind: str, started: dict[str, Any]) -> None:
        async def call(function: str) -> Call:
            which = {name: started[name] for name in ("media_type", "file_uid")}
            return await self._app.call(step.user, step.marker, function, which)

        match kind:
            case "cancel" | "discard":
                await call(kind)
            case "cancel_and_retry":
                await call("cancel")
                await call("retry")
            case "retry_when_ended":
                if await self._end(started["path"]) in ("failed", "cancelled"):
                    await call("retry")
            case "all_at_once":
                await asyncio.gather(call("cancel"), call("retry"), call("discard"))

    async def _end(self, path: str) -> str | None:
        """The status in which a generation ends, or the one that it has when patience ends."""
        deadline = time.monotonic() + END_WAIT_SECONDS
        status = await self._watch.status(path)
        while status in LIVE and time.monotonic() < deadline:
            await asyncio.sleep(1)
            status = await self._watch.status(path)
        return status
