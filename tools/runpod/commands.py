"""`endpoints create`, `show` and `delete`: look first, say what is there, and only then change."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firepod.models.model import Model
from tools.runpod import env_file, wanted
from tools.runpod.api import RunPod, Tell
from tools.runpod.endpoints_file import Endpoint, Pool, called, filled, hidden
from tools.runpod.errors import Stopped, Unsaid
from tools.runpod.prices import Cost, cost_of, notes

SPEND_LIMIT_USD = 80  # https://docs.runpod.io/serverless/pricing
LOOKS = 3  # for an endpoint whose making was not confirmed
SAME, DIFFERENT = 0, 1


@dataclass(frozen=True, slots=True)
class Deployment:
    """Whose endpoints these are, and where their ids go."""

    project: str
    env: Path  #: functions/.env.<project>
    timeout_seconds: int  #: EXECUTION_TIMEOUT_SECONDS
    endpoints: Mapping[str, Endpoint]  #: those of the file that are meant
    names: Collection[str]  #: of all of the file
    pools: Mapping[str, Pool]
    models: Mapping[str, Model]
    environment: Mapping[str, str] = field(repr=False)  #: the caller's


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done for one endpoint."""

    name: str
    endpoint: Endpoint
    body: Mapping[str, Any] = field(repr=False)
    found: Mapping[str, Any] | None = field(repr=False)  #: as RunPod has it; None: it has none
    differing: Mapping[str, list[str]]
    cost: Cost

    @property
    def id(self) -> str:
        return "" if self.found is None else str(self.found["id"])

    def ids(self) -> dict[str, str]:
        return dict.fromkeys(self.endpoint.parameters, self.id)


def create(runpod: RunPod, here: Deployment, tell: Tell, *, yes: bool) -> int:
    """Make what is missing, change what differs, and write the ids; by name, so that it goes on."""
    steps = list(_steps(runpod, here))
    for step in steps:
        _tell_step(step, here, tell)
    worst = sum(step.cost.worst_hour for step in steps)
    tell(f"All of them: at most ${worst:.2f} an hour.")
    if worst > SPEND_LIMIT_USD:
        tell(
            f"  RunPod itself stops an account at ${SPEND_LIMIT_USD} an hour, unless it was asked."
        )
    _tell_ids(steps, here, tell)
    if not yes:
        tell("Nothing was changed. With --yes it is done.")
        return SAME
    for step in steps:
        done = _done(runpod, step, tell) if step.found is None or step.differing else step
        env_file.write(here.env, done.ids())  # at once: whatever dies later, this is known
    tell(f"{here.env} has the ids; `make deploy PROJECT={here.project}` makes them count.")
    return SAME


def show(runpod: RunPod, here: Deployment, tell: Tell) -> int:
    """What is there; 1 where it is not what the file says."""
    every, known = runpod.endpoints(), env_file.parse(env_file.read(here.env))
    differs = False
    for step in _steps(runpod, here, every):
        tell(f"{step.name}: {step.id or 'not at RunPod'}")
        lines = [line for one in step.differing.values() for line in one]
        lines += [
            f"{name}: {known.get(name) or 'empty'} in {here.env.name}"
            for name, value in step.ids().items()
            if known.get(name, "") != value
        ]
        if step.found is not None:
            tell(f"  workers: {_counts(runpod.workers(step.id))}")
            tell(f"  jobs: {_counts(runpod.jobs(step.id))}")
        differs = differs or step.found is None or bool(lines)
        for line in lines:
            tell(f"  differs: {line}")
    for name in _others(every, here):
        tell(f"{name}: at RunPod, but not in the file")
    return DIFFERENT if differs else SAME


def delete(runpod: RunPod, here: Deployment, tell: Tell, *, yes: bool, force: bool) -> int:
    """Delete what the file names, unless jobs wait or run there; first the ids are taken away."""
    every = runpod.endpoints()
    found = {
        called(here.project, name): one
        for name in here.endpoints
        if (one := _found(every, called(here.project, name))) is not None
    }
    busy = []
    for name, one in found.items():
        jobs = _jobs(runpod, str(one["id"]), force=force)
        tell(f"{name}: {one['id']}, jobs: {_counts(jobs)}")
        if any(jobs.get(kind) != 0 for kind in ("inQueue", "inProgress")):
            busy.append(name)
    for name in here.endpoints:
        if called(here.project, name) not in found:
            tell(f"{called(here.project, name)}: not at RunPod")
    if busy and not force:
        raise Stopped(f"Jobs wait or run at {', '.join(busy)}. --force cancels them.")
    gone = {str(one["id"]) for one in found.values()}
    known = env_file.parse(env_file.read(here.env))
    emptied = {name: "" for name, value in known.items() if value and value in gone}
    for line in env_file.difference(here.env, emptied):
        tell(f"  {line}")
    if not yes:
        tell("Nothing was changed. With --yes they are deleted.")
        if emptied:
            tell("Functions that are deployed send there until the next `make deploy`.")
        return SAME
    env_file.write(here.env, emptied)
    for name, one in found.items():
        runpod.delete(str(one["id"]))
        tell(f"{name}: deleted")
    return SAME


def _steps(
    runpod: RunPod, here: Deployment, every: Sequence[Mapping[str, Any]] | None = None
) -> Iterator[Step]:
    gpus = runpod.gpus()
    there = runpod.endpoints() if every is None else every
    for name, entry in here.endpoints.items():
        whole = called(here.project, name)
        body = wanted.body(whole, filled(name, entry, here.environment), here.timeout_seconds)
        found = _found(there, whole)
        differing = {} if found is None else wanted.differences(body, found, hidden(entry))
        if "type" in differing:
            raise Stopped(f"{whole} is no endpoint with a queue: delete it, then make it anew.")
        yield Step(whole, entry, body, found, differing, cost_of(name, entry, gpus))


def _done(runpod: RunPod, step: Step, tell: Tell) -> Step:
    if step.found is None:
        tell(f"making {step.name} ...")
        found: Mapping[str, Any] = _made(runpod, step)
    else:
        tell(f"changing {step.name} ...")
        found = runpod.change(step.id, wanted.patch(step.body, step.differing))
    if not isinstance(found.get("id"), str):
        raise Stopped(f"RunPod tells no id of {step.name}. Run it again: it goes on from here.")
    left = wanted.differences(step.body, found, hidden(step.endpoint))
    for line in (line for lines in left.values() for line in lines):
        tell(f"  RunPod took it otherwise: {line}")
    tell(f"  {found['id']}")
    return Step(step.name, step.endpoint, step.body, found, left, step.cost)


def _made(runpod: RunPod, step: Step) -> Mapping[str, Any]:
    """The new endpoint; where the answer was lost it is looked for, and never made twice."""
    try:
        return runpod.create(step.body)
    except Unsaid as error:
        runpod.tell(f"{error} Looking whether it was made.")
    for _ in range(LOOKS):
        found = _found(runpod.endpoints(), step.name)
        if found is not None:
            return found
        runpod.pause(2)
    raise Stopped(f"RunPod has not said whether it made {step.name}. In a minute run it again.")


def _found(every: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    """The endpoint of a name; FlashBoot's older mark at its end does not count."""
    same = [one for one in every if str(one.get("name", "")).removesuffix(" -fb") == name]
    if len(same) > 1:
        ids = ", ".join(str(one.get("id")) for one in same)
        raise Stopped(f"RunPod has more than one {name}: {ids}. Delete all but one by hand.")
    return same[0] if same else None


def _jobs(runpod: RunPod, endpoint_id: str, *, force: bool) -> Mapping[str, Any]:
    """The counts of jobs; with `force` it does not matter that RunPod does not tell them."""
    try:
        return runpod.jobs(endpoint_id)
    except Stopped:
        if not force:
            raise
        return {}


def _others(every: Sequence[Mapping[str, Any]], here: Deployment) -> Iterator[str]:
    """Endpoints that are called like those of this project."""
    names = {called(here.project, name) for name in here.names}
    for one in every:
        name = str(one.get("name", "")).removesuffix(" -fb")
        project, _, entry = name.removeprefix("firepod-").rpartition("-")
        if entry and (project, name[:8]) == (here.project, "firepod-") and name not in names:
            yield name


def _tell_step(step: Step, here: Deployment, tell: Tell) -> None:
    what = "is to be made" if step.found is None else step.id
    tell(f"{step.name}: {what}")
    if step.found is not None and not step.differing:
        tell("  is as the file says")
    for line in (line for lines in step.differing.values() for line in lines):
        tell(f"  changes: {line}")
    if step.found is None:
        gpu = step.body["gpu"]
        tell(f"  {step.body['image']} on {', '.join(gpu['pools'])}")
        tell(f"  environment: {', '.join(step.body['env']) or 'none'}")
        if step.endpoint.repository and not step.endpoint.network_volumes:
            tell("  weights: fetched at each cold start, unless RunPod's console has as its Model")
            tell(f"    {step.endpoint.repository} (its API has no such field)")
    for line in step.cost.lines():
        tell(f"  {line}")
    for line in notes(step.endpoint, step.cost, here.pools, here.models):
        tell(f"  note: {line}")


def _tell_ids(steps: Sequence[Step], here: Deployment, tell: Tell) -> None:
    known = {name: value for one in steps if one.id for name, value in one.ids().items()}
    lines = env_file.difference(here.env, known)
    lines += [f"+ {name}=(the new id)" for one in steps if not one.id for name in one.ids()]
    if lines:
        tell(f"{here.env}:")
    for line in lines:
        tell(f"  {line}")


def _counts(told: Mapping[str, Any]) -> str:
    counts = [f"{name} {count}" for name, count in told.items() if isinstance(count, int) and count]
    return ", ".join(counts) or "none"
