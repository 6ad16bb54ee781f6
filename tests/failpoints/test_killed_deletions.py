"""Who deletes is killed at each step; still nothing is left, which listing everything shows."""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from firepod.domain.generation import Output
from tests.failpoints.system import FIRST_SWEEP, LATER, PNG, SECOND_SWEEP, System

pytestmark = pytest.mark.timeout(60)

CLEARED = "store.transition"
NEXT_DAY = timedelta(days=1, minutes=10)


def upload_of(system: System) -> str:
    return f"uploads/{system.user}/start.png"


def generate(system: System, task: str) -> None:
    request = {"task_type": task, "prompt": "a lighthouse", "init_image": upload_of(system)}
    answer = system.call("generate", {"data": {**request, "idempotency_key": task}})
    assert answer["status"] == 200


def used(system: System) -> None:
    """A picture of an upload is made."""
    system.storage.put(Output(upload_of(system), "image/png"), PNG, owner=system.user, attempt=0)
    generate(system, "img2img")
    system.work()


def lived_in(system: System) -> None:
    """One made, one waits at RunPod; an unused upload, and an object without a document."""
    used(system)
    generate(system, "img2video")
    for path in (f"uploads/{system.user}/unused.png", f"voices/v_{system.user[:8]}/profiles/v.npy"):
        system.storage.put(Output(path, "image/png"), PNG, owner=system.user, attempt=0)


def asked_for(system: System) -> None:
    lived_in(system)
    assert erase(system)["status"] == 200


def discard(system: System, **death) -> dict:
    which = {"media_type": "images", "file_uid": system.ref().file_uid}
    return system.call("discard", {"data": which}, **death)


def erase(system: System, **death) -> dict:
    return system.call("erase", {"data": {}}, **death)


def reconcile(system: System, **death) -> dict:
    return system.call("reconcile", {"data": {"user_id": system.user}}, **death)


@dataclass(frozen=True)
class Scenario:
    """One request, the steps it takes, and whether it began at all if it died at the first."""

    prepare: Callable[[System], None]
    call: Callable[..., dict]
    steps: list[str]
    begun: bool = False  #: what it does was asked for before it was called


SCENARIOS = {
    "discard of the last that uses an upload": Scenario(
        used,
        discard,
        ["store.transition", "store.transition", "storage.delete", "storage.remove", CLEARED],
    ),
    "erase": Scenario(lived_in, erase, ["store.begin_erasure", "queue.enqueue"]),
    "reconcile, erasing a user": Scenario(
        asked_for,
        reconcile,
        [
            "store.change_erasure",
            *("store.transition", "store.transition", "storage.delete", CLEARED),  # what was made
            *("store.transition", "gpu.cancel", "store.transition"),  # what waits
            *("storage.remove", "storage.remove"),
            "store.drop_keys_of",
            *("store.change_erasure", "queue.enqueue"),
        ],
        begun=True,
    ),
}
DEATHS = [
    pytest.param(name, step, when, id=f"{name}: {when} step {step}, {called}")
    for name, scenario in SCENARIOS.items()
    for step, called in enumerate(scenario.steps, start=1)
    for when in ("before", "after")
]


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_steps_are_all_that_who_deletes_takes(system: System, name: str):
    scenario = SCENARIOS[name]
    system.new_user([])
    scenario.prepare(system)

    assert scenario.call(system)["steps"] == scenario.steps


@pytest.mark.parametrize(("name", "step", "when"), DEATHS)
def test_a_killed_deletion_leaves_nothing_of_what_it_was_to_delete(
    system: System, name: str, step: int, when: str
):
    scenario = SCENARIOS[name]
    system.new_user([])
    scenario.prepare(system)

    died = scenario.call(system, step=step, when=when)

    assert died["signal"] == signal.SIGKILL
    if not scenario.begun and (step, when) == (1, "before"):
        assert upload_of(system) in system.everything()
        scenario.call(system)  # nothing had happened, so its user calls again
    system.work()
    for moved in (FIRST_SWEEP, SECOND_SWEEP, LATER, 2 * LATER):
        system.sweep(moved)
    today = {f"quotas/{system.user}", f"erasures/{system.user}"}
    # A discard takes what belongs to its generation; keys and today's count are the user's still.
    kept = {path for path in system.everything() if path.startswith("idempotency_keys/")}
    if scenario.call is discard:
        assert system.everything() - kept == {f"quotas/{system.user}"}
    else:
        assert system.everything() == today
        system.sweep(NEXT_DAY)
        assert system.everything() == set()
    assert all(
        job["status"] in {"COMPLETED", "CANCELLED", "FAILED"} for job in system.runpod_jobs()
    )
