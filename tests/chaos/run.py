"""One run from start to table: a stack of its own, the plan, the killing, the wait, the audit."""

import asyncio
import contextlib
import dataclasses
import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from local.stack.child import ROOT, RunningStack, running_stack
from local.stack.parameters import local_secrets
from tests.chaos import audit, leaks, plan
from tests.chaos.calls import App
from tests.chaos.driver import Driver
from tests.chaos.evidence import Evidence, gather_documents, read_engine_log, read_objects
from tests.chaos.killer import Killer
from tests.chaos.terminal import say
from tests.chaos.watch import Watch

WORKERS = 3  # of each endpoint
AT_A_TIME = 9  # generations that workers are to make
BELL_SECONDS = 4
# The emulator starts a process for each request of a function that finds none idle. Looks at jobs
# that are well would be most of these requests.
RECONCILE_AFTER_SECONDS = 8
FUNCTION_KILL_EVERY = 8  # generations
WORKER_KILL_EVERY = 40
QUIET_SECONDS = 240.0  # the longest deadline of a job, its last looks, and some more
EXECUTION_TIMEOUT_SECONDS = 30  # a second run of a dead worker's job waits up to 15 s
QUEUE_TTL_SECONDS = 15
# How workers deliver: what the functions and the workers are told of it.
DELIVERIES: dict[str, tuple[str, ...]] = {
    "upload_urls": (),
    "credentials": ("--env", "WORKER_DELIVERY=credentials"),
    "inline": (
        *("--env", "WORKER_DELIVERY=credentials"),
        *("--worker-env", "FIREBASE_STORAGE_BUCKET="),
    ),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run that has come to its end."""

    table: audit.Table
    summary: dict[str, str]

    @property
    def violations(self) -> int:
        return sum(len(found) for found in self.table.values())


def run(count: int, seed: int, folder: Path, delivery: str) -> Outcome:
    """Start a stack, let chaos loose on it, and judge what is left. Logs stay in `folder`."""
    steps = plan.draw(count, seed)
    if delivery == "inline":
        steps = [plan.without_loss(step) for step in steps]
    log = folder / "engine.jsonl"
    log.unlink(missing_ok=True)
    options = [
        *("--workers", str(WORKERS), "--bell-seconds", str(BELL_SECONDS)),
        *DELIVERIES[delivery],
        *_each("--env", _parameters()),
        *_each(
            "--worker-env",
            {"FIREPOD_ENGINE": "tests.chaos.engine:create", "CHAOS_ENGINE_LOG": str(log)},
        ),
    ]
    # The audit looks for unfinished generations of everybody, which the product never does.
    unindexed = {"FIRESTORE_REQUIRE_INDEXES": "0"}
    with running_stack(folder, *options, environment=unindexed) as stack, _admin(stack):
        say(f"The stack is ready; logs are in {folder}")
        evidence, tokens = asyncio.run(_unleash(stack, steps, seed, log))
        secrets = [*tokens, *_local_secrets()]
        # Before the end, too: firebase-tools deletes its debug log when it ends well.
        leaked = leaks.leaks_in_logs(folder, secrets)
    leaked += [one for one in leaks.leaks_in_logs(folder, secrets) if one not in leaked]
    (folder / "evidence.json").write_text(json.dumps(dataclasses.asdict(evidence), default=str))
    table = audit.audit(evidence)
    table["secrets, tokens, prompts or tracebacks in logs"] = leaked
    table["secrets, tokens or others' prompts in documents"] = leaks.leaks_in_documents(
        evidence.documents, secrets
    )
    return Outcome(table, audit.summary(evidence))


def _parameters() -> dict[str, str]:
    return {
        "RECONCILE_AFTER_SECONDS": str(RECONCILE_AFTER_SECONDS),
        "EXECUTION_TIMEOUT_SECONDS": str(EXECUTION_TIMEOUT_SECONDS),
        "QUEUE_TTL_SECONDS": str(QUEUE_TTL_SECONDS),
        "MAX_ACTIVE_PER_USER": "1000",
        "MAX_DAILY_PER_USER": "100000",
        "MAX_CALLS_PER_SECOND": "100000",
    }


def _each(option: str, values: dict[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in (option, f"{name}={value}")]


def _local_secrets() -> list[str]:
    # Of WEBHOOK_KEYS each key without its id, which is no secret.
    values = local_secrets(ROOT / "functions").values()
    return [part.rpartition(":")[2] for value in values for part in value.split(",")]


@contextlib.contextmanager
def _admin(stack: RunningStack) -> Iterator[None]:
    """Point Google's libraries in this process to the stack."""
    before = dict(os.environ)
    os.environ.update(stack.environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


async def _unleash(
    stack: RunningStack, steps: Sequence[plan.Step], seed: int, log: Path
) -> tuple[Evidence, list[str]]:
    watch = Watch(stack.project)
    async with aiohttp.ClientSession() as http:
        app = App(http, stack.urls["functions"], stack.urls["auth"])
        await app.sign_up(plan.USERS)
        runpod = stack.urls["runpod"].removesuffix("/v2")
        await _set_faults(http, runpod, plan.rules(steps))
        driver = Driver(app, watch, steps, AT_A_TIME)
        killer = Killer(
            stack.stack_id,
            random.Random(seed),
            lambda: driver.done,
            FUNCTION_KILL_EVERY,
            WORKER_KILL_EVERY,
        )
        beside = [
            asyncio.create_task(work)
            for work in (watch.work(), killer.work(), _tell_progress(driver, killer, len(steps)))
        ]
        try:
            await driver.work()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
        began = time.monotonic()
        is_quiet = await _quiet(watch, began + QUIET_SECONDS)
        seconds = time.monotonic() - began
        async with http.get(f"{runpod}/local/log") as answer:
            history: dict[str, Any] = await answer.json()
    return (
        Evidence(
            steps=steps,
            calls=app.calls,
            kills=killer.kills,
            documents=gather_documents(watch),
            objects=read_objects(stack.project, stack.bucket),
            runpod_jobs=history["jobs"],
            disturbed=history["requests"],
            engine=read_engine_log(log),
            seconds_to_quiet=seconds,
            is_quiet=is_quiet,
        ),
        app.tokens,
    )


async def _set_faults(http: aiohttp.ClientSession, runpod: str, rules: list[Any]) -> None:
    async with http.put(f"{runpod}/local/faults", data=json.dumps(rules)) as answer:
        if answer.status != 200:
            raise ValueError(await answer.text())


async def _tell_progress(driver: Driver, killer: Killer, count: int) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(15)
        seconds = time.monotonic() - began
        say(f"{seconds:4.0f} s: {driver.done} of {count} started, {len(killer.kills)} kills")


async def _quiet(watch: Watch, deadline: float) -> bool:
    """Wait until nothing is left to do, or the deadline."""
    while time.monotonic() < deadline:
        generations, jobs = await asyncio.to_thread(watch.unfinished)
        if generations == jobs == 0:
            return True
        await asyncio.sleep(1)
    return False
