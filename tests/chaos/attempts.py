"""One attempt of a generation as RunPod's history and the engines' notes show it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

AttemptId = tuple[str, int]  # file_uid, attempt
_CLOCK_SLACK = 0.05  # history and engines read the same clock at slightly different moments


@dataclass(slots=True)
class Attempt:
    """What really happened in one attempt."""

    jobs: list[Mapping[str, Any]] = field(default_factory=list)
    disturbed: list[Mapping[str, Any]] = field(default_factory=list)
    engine_runs: int = 0
    engine_done: int = 0

    def events(self) -> set[str]:
        return {event["event"] for job in self.jobs for event in job["events"]}

    def lost_workers(self) -> int:
        """How often a worker died while it had the job."""
        events = [event["event"] for job in self.jobs for event in job["events"]]
        return events.count("orphaned")

    def runpod_ends(self) -> set[str]:
        """RunPod's word on each job as it ended, before it was deleted."""
        return {
            event["status"] for job in self.jobs for event in job["events"] if "status" in event
        }

    def has_fault(self, kind: str) -> bool:
        """Whether a fault of this kind struck the job."""
        return any(fault["type"] == kind for job in self.jobs for fault in job["faults"])

    def run_answers(self) -> list[int]:
        """What /run answered where a fault answered in its place; 0 for no answer."""
        return [
            request["fault"].get("status", 0)
            for request in self.disturbed
            if request["operation"] == "run" and request["fault"]["type"] != "delay"
        ]


def attempts_of(
    jobs: Sequence[Mapping[str, Any]],
    disturbed: Sequence[Mapping[str, Any]],
    engine: Sequence[Mapping[str, Any]],
) -> tuple[dict[AttemptId, Attempt], int]:
    """Every attempt, and how many engine notes belong to no job."""
    found: dict[AttemptId, Attempt] = defaultdict(Attempt)
    taken: dict[str, list[tuple[float, AttemptId]]] = defaultdict(list)
    for job in jobs:
        which = _id(job["input"])
        found[which].jobs.append(job)
        for take in job["taken"]:
            taken[take["worker"]].append((take["at"], which))
    for request in disturbed:
        if "file_uid" in request["input"]:
            found[_id(request["input"])].disturbed.append(request)
    for takes in taken.values():
        takes.sort()
    strangers = 0
    for note in engine:
        # A worker has one job at a time: the one that it took last.
        takes = taken.get(note["worker"], [])
        at = bisect_right(takes, note["at"] + _CLOCK_SLACK, key=lambda take: take[0])
        if not at:
            strangers += 1
            continue
        attempt = found[takes[at - 1][1]]
        if note["event"] == "began":
            attempt.engine_runs += 1
        else:
            attempt.engine_done += 1
    return dict(found), strangers


def with_ids(
    found: Sequence[Mapping[str, Any]], generations: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Jobs or requests of public endpoints with the ids that they were not told, by their prompts.

    All of a generation are those of its last attempt; what has no generation any more is left out.
    """
    ids = by_prompt(generations)
    named: list[Mapping[str, Any]] = []
    for one in found:
        told = one["input"]
        if "file_uid" in told or "prompt" not in told:
            named.append(one)
        elif told["prompt"] in ids:
            whose = ids[told["prompt"]]
            which = {"file_uid": whose["file_uid"], "attempt": whose["attempt"]}
            named.append({**one, "input": {**told, **which}})
    return named


def by_prompt(generations: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The generation of each request.

    One that RunPod refused frees its key, so that the same request, sent again, starts another:
    then that one is the request's.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for one in generations:
        prompt = one["request_data"]["prompt"]
        if prompt not in found or found[prompt].get("error_code") == "rejected":
            found[prompt] = one
    return found


def _id(job_input: Mapping[str, Any]) -> AttemptId:
    return str(job_input["file_uid"]), int(job_input["attempt"])
