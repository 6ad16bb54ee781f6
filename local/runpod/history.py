"""What really happened to every job, in order, for tests that compare it with what was recorded.

The history outlives the jobs. It holds identity fields of the input, never the whole of it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from local.runpod.feed import Feed

LONGEST = 20_000  # jobs and requests that are remembered


class History:
    def __init__(
        self, clock: Callable[[], float], identity_fields: tuple[str, ...], feed: Feed
    ) -> None:
        self._clock = clock
        self._feed = feed
        self._identity_fields = identity_fields
        self._jobs: dict[str, dict[str, Any]] = {}
        self._refused: list[dict[str, Any]] = []

    def open(
        self, job_id: str, endpoint: str, job_input: Mapping[str, Any], faults: list[Any]
    ) -> None:
        """Begin the history of a job that was accepted."""
        while len(self._jobs) >= LONGEST:
            del self._jobs[next(iter(self._jobs))]
        self._jobs[job_id] = {
            "job_id": job_id,
            "endpoint": endpoint,
            "input": self.identity(job_input),
            "status": "IN_QUEUE",
            "taken": [],
            "faults": faults,
            "webhooks": [],
            "events": [],
        }

    def identity(self, job_input: Mapping[str, Any]) -> dict[str, Any]:
        return {name: job_input[name] for name in self._identity_fields if name in job_input}

    def identity_of(self, job_id: str | None) -> dict[str, Any]:
        """The same of a job, also of one that is no more."""
        return self._jobs[job_id]["input"] if job_id in self._jobs else {}

    def event(self, job_id: str, event: str, **details: Any) -> None:
        entry = self._jobs.get(job_id)
        if entry is not None:
            entry["events"].append({"at": self._clock(), "event": event, **details})
            self._tell("job", entry, event=event, **details)

    def status(self, job_id: str, status: str) -> None:
        if job_id in self._jobs:
            self._jobs[job_id]["status"] = status

    def taken(self, job_id: str, worker_id: str) -> None:
        if job_id in self._jobs:
            self._jobs[job_id]["taken"].append({"at": self._clock(), "worker": worker_id})

    def delivered(self, job_id: str, status: str, answer: int | None, problem: str | None) -> None:
        """Note one delivery of a callback: the HTTP status of its answer, or what went wrong."""
        if job_id in self._jobs:
            self._jobs[job_id]["webhooks"].append(
                {"at": self._clock(), "status": status, "answer": answer, "problem": problem}
            )
            entry = self._jobs[job_id]
            self._tell("callback", entry, status=status, answer=answer, problem=problem)

    def disturbed(
        self,
        endpoint: str,
        operation: str,
        job_input: Mapping[str, Any],
        job_id: str | None,
        fault: Mapping[str, Any],
    ) -> None:
        """Note a request that a fault or the rate limit has struck."""
        del self._refused[: max(0, len(self._refused) - LONGEST + 1)]
        self._refused.append(
            {
                "at": self._clock(),
                "endpoint": endpoint,
                "operation": operation,
                "input": self.identity(job_input),
                "job_id": job_id,
                "fault": dict(fault),
            }
        )

    def forged(self, job_id: str, what: str, answer: int | None, problem: str | None) -> None:
        """Note a callback that was not the job's."""
        self.event(job_id, "forged callback", what=what, answer=answer, problem=problem)

    def planned(self, job_id: str, faults: list[Any]) -> None:
        """Note what is to go wrong with a job that was accepted before."""
        if job_id in self._jobs:
            self._jobs[job_id]["faults"].extend(faults)

    def _tell(self, kind: str, entry: Mapping[str, Any], **fields: Any) -> None:
        self._feed.tell(
            kind,
            job_id=entry["job_id"],
            endpoint=entry["endpoint"],
            input=entry["input"],
            **fields,
        )

    def describe(self, wanted: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Give `{"jobs": [...], "requests": [...]}` of those whose fields are as `wanted`."""

        def fits(entry: Mapping[str, Any]) -> bool:
            known = {**entry["input"], "job_id": entry["job_id"], "endpoint": entry["endpoint"]}
            return all(str(known.get(name)) == value for name, value in (wanted or {}).items())

        return {
            "jobs": [entry for entry in self._jobs.values() if fits(entry)],
            "requests": [entry for entry in self._refused if fits(entry)],
        }
