"""Judges a run: pure functions from evidence to violations, one table row each."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from firepod.domain import thumbs
from firepod.domain.generation import GenerationRef, Output, Status
from firepod.kinds import media_kinds
from tests.chaos.attempts import Attempt, AttemptId, attempts_of, by_prompt, with_ids
from tests.chaos.calls import Call
from tests.chaos.evidence import Evidence
from tests.chaos.verdicts import Case, why_wrong

INTERNAL = ("internal", "unknown")
Table = dict[str, list[str]]


def audit(evidence: Evidence) -> Table:
    """Row of the table -> what violates it; all empty is a run in which nothing was lost."""
    attempts, strangers = _attempts(evidence)
    cases = list(_cases(evidence, attempts))
    documents = evidence.documents
    generations = {p: d for p, d in documents.items() if p.startswith("generations/")}
    return {
        "generations that never ended": [
            f"{path}: {d['status']}" for path, d in generations.items() if not _ended(d)
        ],
        "wrong ends, by the fault log": [
            f"{case.step.marker} ({case.step.fault}): {why}"
            for case in cases
            if (why := why_wrong(case)) is not None
        ],
        "undisturbed generations that did not complete": _undisturbed(cases),
        "accepted generations without a document": _lost(cases),
        "calls or keys that started two generations": _doubled(evidence, generations),
        "engine ran twice for one attempt": _ran_twice(attempts, strangers) + _asked_twice(cases),
        "quota leases": [
            f"{path}: {uid}"
            for path, d in documents.items()
            if path.startswith("quotas/")
            for uid in d["leases"]
        ],
        "jobs left": [
            f"{path}: {d['phase']}" for path, d in documents.items() if path.startswith("jobs/")
        ],
        "files without a completed document": _ownerless(evidence, generations),
        "documents whose files are missing or wrong": list(_fileless(evidence, generations)),
        "answers that only a bug gives": [
            f"{call.marker} {call.function}: {call.code} {call.message}"
            for call in evidence.calls
            if call.code in INTERNAL
        ],
    }


def summary(evidence: Evidence) -> dict[str, str]:
    """What happened in the run, for people."""
    statuses = Counter(
        str(d["status"]) for p, d in evidence.documents.items() if p.startswith("generations/")
    )
    codes = Counter(str(d["error_code"]) for d in evidence.documents.values() if "error_code" in d)
    attempts, _ = _attempts(evidence)
    workers_lost = sum(attempt.lost_workers() for attempt in attempts.values())
    return {
        "generations planned": str(len(evidence.steps)),
        "of public endpoints": str(sum(step.public for step in evidence.steps)),
        "faults planned": str(sum(step.fault is not None for step in evidence.steps)),
        "calls": _counts(Counter(call.function for call in evidence.calls)),
        "answers": _counts(Counter(call.code for call in evidence.calls)),
        "function processes killed": _counts(
            Counter(kill.name for kill in evidence.kills if kill.kind == "function")
        ),
        "workers killed": str(sum(kill.kind == "worker" for kill in evidence.kills)),
        "jobs whose worker died": str(workers_lost),
        "engine runs": str(sum(attempt.engine_runs for attempt in attempts.values())),
        "ends": _counts(statuses),
        "failures": _counts(codes),
        "seconds from the last call to quiet": f"{evidence.seconds_to_quiet:.0f}"
        + ("" if evidence.is_quiet else ", and not quiet then"),
    }


def _attempts(evidence: Evidence) -> tuple[dict[AttemptId, Attempt], int]:
    generations = _generations(evidence)
    return attempts_of(
        with_ids(evidence.runpod_jobs, generations),
        with_ids(evidence.disturbed, generations),
        evidence.engine,
    )


def _generations(evidence: Evidence) -> list[Mapping[str, Any]]:
    return [d for p, d in evidence.documents.items() if p.startswith("generations/")]


def _cases(evidence: Evidence, attempts: Mapping[tuple[str, int], Attempt]) -> Iterable[Case]:
    calls: dict[str, list[Call]] = defaultdict(list)
    for call in evidence.calls:
        calls[call.marker].append(call)
    found = by_prompt(_generations(evidence))
    for step in evidence.steps:
        document = found.get(step.request["prompt"])
        attempt = Attempt()
        if document is not None:
            attempt = attempts.get((document["file_uid"], document["attempt"]), attempt)
        kills = [kill for kill in evidence.kills if kill.kind == "function"]
        yield Case(step, calls[step.marker], document, attempt, kills)


def _ended(document: Mapping[str, Any]) -> bool:
    return Status(document["status"]).terminal


def _undisturbed(cases: Iterable[Case]) -> list[str]:
    """No fault, no move, no lost call, no dead worker: nothing but `completed` will do."""
    return [
        f"{case.step.marker}: {(case.document or {}).get('status', 'no document')}"
        for case in cases
        if case.step.fault is None
        and case.step.move is None
        and case.calls
        and all(call.code == "ok" for call in case.calls)
        and not case.attempt.lost_workers()
        and (case.document or {}).get("status") != "completed"
    ]


def _lost(cases: Iterable[Case]) -> list[str]:
    return [
        case.step.marker
        for case in cases
        if case.document is None and case.answered("generate") and not case.sent("discard")
    ]


def _doubled(evidence: Evidence, generations: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Every call without a key may start one generation, all calls with one key together one.

    What RunPod refused was not started, and its key is free again.
    """
    started: dict[str, set[str]] = defaultdict(set)
    prompts = {step.request["prompt"]: step for step in evidence.steps}
    for path, document in generations.items():
        if document.get("error_code") == "rejected":
            continue
        started[prompts[document["request_data"]["prompt"]].marker].add(path)
    for call in evidence.calls:
        if call.function == "generate" and call.code == "ok":
            started[call.marker].add(call.result["path"])
    return [f"{marker}: {sorted(paths)}" for marker, paths in started.items() if len(paths) > 1]


def _ran_twice(attempts: Mapping[tuple[str, int], Attempt], strangers: int) -> list[str]:
    found = [
        f"{file_uid} attempt {number}: {attempt.engine_runs} runs, {attempt.lost_workers()} dead"
        for (file_uid, number), attempt in attempts.items()
        if attempt.engine_runs > 1 + attempt.lost_workers()
    ]
    return found + [f"{strangers} runs of no job"] * bool(strangers)


def _asked_twice(cases: Iterable[Case]) -> list[str]:
    """A public endpoint does what it is asked, so it is asked once for each attempt at the most."""
    return [
        f"{case.step.marker}: {len(case.attempt.jobs)} jobs in {case.document['attempt']} attempts"
        for case in cases
        if case.step.public and case.document and len(case.attempt.jobs) > case.document["attempt"]
    ]


def _ownerless(evidence: Evidence, generations: Mapping[str, Mapping[str, Any]]) -> list[str]:
    named = set()
    for document in generations.values():
        if document["status"] == "completed":
            ref = GenerationRef(document["user_id"], document["media_type"], document["file_uid"])
            files = document["generation_data"]["files"]
            outputs = [Output(file["path"], file["content_type"]) for file in files]
            named |= set(thumbs.with_thumbs(ref, outputs))
    return sorted(evidence.objects.keys() - named)


def _fileless(evidence: Evidence, generations: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    for path, document in generations.items():
        if document["status"] != "completed":
            continue
        files = document["generation_data"]["files"]
        wanted = document["request_data"].get("num_images", 1)
        if len(files) != wanted:
            yield f"{path}: {len(files)} files instead of {wanted}"
        for file in files:
            stored = evidence.objects.get(file["path"])
            if stored is None:
                yield f"{path}: {file['path']} is not there"
            elif (stored.size, stored.content_type, stored.owner) != (
                file["size_bytes"],
                file["content_type"],
                document["user_id"],
            ) or not media_kinds.matches(file["content_type"], stored.head):
                yield f"{path}: {file['path']} is not what the document says"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counter.most_common()) or "none"
