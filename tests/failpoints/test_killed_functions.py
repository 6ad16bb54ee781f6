"""A function's process is killed at each step that it takes; what it began still ends rightly."""

import signal
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.failpoints.system import FIRST_SWEEP, LATER, SECOND_SWEEP, System

pytestmark = pytest.mark.timeout(60)

GENERATE = {"data": {"task_type": "text2img", "prompt": "a lighthouse"}}
NOTHING = "nothing"  # no document


RUN_ONCE = {"match": {"operation": "run"}, "count": 1}


def http(status: int) -> list[dict]:
    return [{**RUN_ONCE, "action": {"type": "http", "status": status}}]


LOST = [{**RUN_ONCE, "action": {"type": "accept_then_drop"}}]


@dataclass(frozen=True)
class Scenario:
    """One request, the steps it takes, and the right end for a death before and after each."""

    prepare: Callable[[System], None]
    call: Callable[..., dict]
    steps: list[str]
    ends: list[tuple[str, str]]
    rules: tuple = ()
    with_firebase: bool = True
    again: bool = False  #: whether the caller calls again, as RunPod does


def nothing(_system: System) -> None:
    return


def generated(system: System) -> None:
    assert system.call("generate", GENERATE)["status"] == 200


def completed(system: System) -> None:
    generated(system)
    system.work()


def returned(system: System) -> None:
    """A worker without credentials has handed its result to RunPod."""
    generated(system)
    system.work(firebase=False)


def claimed(system: System) -> None:
    """A worker without credentials has begun."""
    generated(system)
    assert claim(system)["status"] == 200


def cancelled(system: System) -> None:
    generated(system)
    assert on_own("cancel")(system)["status"] == 200


def cleared(system: System) -> None:
    cancelled(system)
    system.sweep(FIRST_SWEEP)


def generate(system: System, **death) -> dict:
    return system.call("generate", GENERATE, **death)


def on_own(function: str) -> Callable[..., dict]:
    def call(system: System, **death) -> dict:
        ref = system.ref()
        which = {"media_type": str(ref.media_type), "file_uid": ref.file_uid}
        return system.call(function, {"data": which}, **death)

    return call


def task(function: str) -> Callable[..., dict]:
    def call(system: System, **death) -> dict:
        return system.call(function, {"data": {"file_uid": system.ref().file_uid}}, **death)

    return call


def callback(system: System, **death) -> dict:
    path, body = system.callback()
    return system.call("runpodwebhook", body, path=path, **death)


def ask(operation: str) -> Callable[..., dict]:
    """What a worker without credentials asks at its job's own URL."""

    def call(system: System, **death) -> dict:
        path, job = system.callback()
        body = {"job_id": job["id"], "claim": "run-1", "progress": 0.5}
        return system.call("runpodwebhook", body, path=f"{path}/{operation}", **death)

    return call


claim, progress = ask("claim"), ask("progress")


def failing_callback(system: System, **death) -> dict:
    path, body = system.callback()
    body = {**body, "status": "FAILED", "error": "The picture is too dark."}
    return system.call("runpodwebhook", body, path=path, **death)


RUN = ["store.transition", "gpu.run", "store.transition"]
STOPPING = ["store.transition", "gpu.cancel", "store.transition"]
CLEARING = ["store.transition", "storage.delete", "store.transition"]
UNRUN = [(NOTHING, "expired"), ("expired", "expired"), ("expired", "expired")]
TAKEN = [(NOTHING, "expired"), ("expired", "completed"), ("completed", "completed")]

SCENARIOS = {
    "generate": Scenario(nothing, generate, RUN, TAKEN),
    "generate, RunPod busy": Scenario(
        nothing,
        generate,
        [*RUN, "queue.enqueue"],
        [
            (NOTHING, "expired"),
            ("expired", "expired"),
            ("expired", "completed"),
            ("completed", "completed"),
        ],
        rules=tuple(http(429)),
    ),
    "generate, RunPod out of order": Scenario(nothing, generate, RUN, UNRUN, tuple(http(500))),
    "generate, RunPod's answer lost": Scenario(nothing, generate, RUN, TAKEN, tuple(LOST)),
    "generate, refused": Scenario(
        nothing,
        generate,
        RUN,
        [(NOTHING, "expired"), ("expired", "expired"), ("expired", "rejected")],
        tuple(http(400)),
    ),
    "dispatch": Scenario(
        generated,
        task("dispatch"),
        RUN,
        [("completed", "expired"), ("expired", "completed"), ("completed", "completed")],
        tuple(http(429)),
    ),
    "retry": Scenario(
        cleared,
        on_own("retry"),
        RUN,
        [("cancelled", "expired"), ("expired", "completed"), ("completed", "completed")],
    ),
    "cancel": Scenario(
        generated,
        on_own("cancel"),
        STOPPING,
        [("completed", "cancelled"), *[("cancelled", "cancelled")] * 2],
    ),
    "discard while it waits": Scenario(
        generated,
        on_own("discard"),
        STOPPING,
        [("completed", NOTHING), *[(NOTHING, NOTHING)] * 2],
    ),
    "discard after the end": Scenario(
        completed,
        on_own("discard"),
        ["store.transition", *CLEARING],
        [("completed", NOTHING), *[(NOTHING, NOTHING)] * 3],
    ),
    "callback of a success": Scenario(
        returned,
        callback,
        ["queue.enqueue"],
        [("completed", "completed")],
        with_firebase=False,
    ),
    "claim of a worker without credentials": Scenario(
        generated,
        claim,
        ["store.transition", "store.transition"],
        [("completed", "completed")] * 2,
        with_firebase=False,
        again=True,
    ),
    "progress of a worker without credentials": Scenario(
        claimed,
        progress,
        ["store.transition"],
        [("completed", "completed")],
        with_firebase=False,
        again=True,
    ),
    "callback that tells the job's id": Scenario(
        returned,
        callback,
        ["store.transition", "queue.enqueue"],
        [("completed", "completed"), ("completed", "completed")],
        tuple(LOST),
        with_firebase=False,
        again=True,
    ),
    "reconcile, storing what RunPod holds": Scenario(
        returned,
        task("reconcile"),
        ["store.transition", "gpu.status", "storage.put", "store.transition"],
        [("completed", "completed")] * 4,
        with_firebase=False,
    ),
    "reconcile, clearing after a cancel": Scenario(
        cancelled,
        task("reconcile"),
        ["store.transition", "gpu.status", "storage.delete", "store.transition"],
        [("cancelled", "cancelled")] * 4,
    ),
}
DEATHS = [
    pytest.param(
        name, step, when, end, id=f"{name}: {when} step {step}, {scenario.steps[step - 1]}"
    )
    for name, scenario in SCENARIOS.items()
    for step, ends in enumerate(scenario.ends, start=1)
    for when, end in zip(("before", "after"), ends, strict=True)
]


def ready(system: System, scenario: Scenario) -> None:
    system.new_user(list(scenario.rules))
    scenario.prepare(system)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_steps_are_all_that_the_function_takes(system: System, name: str):
    scenario = SCENARIOS[name]
    ready(system, scenario)

    assert scenario.call(system)["steps"] == scenario.steps


@pytest.mark.parametrize(("name", "step", "when", "end"), DEATHS)
def test_a_killed_function_leaves_nothing_undone_after_two_sweeps(
    system: System, name: str, step: int, when: str, end: str
):
    scenario = SCENARIOS[name]
    ready(system, scenario)

    died = scenario.call(system, step=step, when=when)

    assert died["signal"] == signal.SIGKILL
    if scenario.again:
        scenario.call(system)
    system.work(firebase=scenario.with_firebase)
    system.sweep(FIRST_SWEEP)
    system.work(firebase=scenario.with_firebase)
    system.sweep(SECOND_SWEEP)

    generation = system.generation()
    assert (end_of(system)) == end
    assert system.leases() == {}
    files = generation.generation_data["files"] if end == "completed" else []
    assert system.files() == {file["path"] for file in files}
    system.sweep(LATER)
    assert system.job_ids() == []
    assert all(job["status"] in {"COMPLETED", "CANCELLED"} for job in system.runpod_jobs())


def end_of(system: System) -> str:
    """The status, or the code of a failure."""
    generation = system.generation()
    if generation is None:
        return NOTHING
    return str(generation.error_code or generation.status)
