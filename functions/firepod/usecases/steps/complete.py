"""Bring what RunPod reports of a job to the document: the one way for callback and reconcile."""

import contextlib
import functools
from collections.abc import Sequence
from dataclasses import dataclass

from firepod.domain import life, thumbs
from firepod.domain.errors import WORKER_FAILED, Unavailable
from firepod.domain.generation import ErrorCode, Generation, Job, Output, StoredFile
from firepod.kinds import first_facts, media_kinds, registry, results
from firepod.ports import Backend, Transition
from firepod.protocol.dialects import dialect
from firepod.protocol.dialects.values import Failure
from firepod.protocol.facts import NOTHING, Facts
from firepod.protocol.runpod import JobReport, RunpodStatus
from firepod.usecases.steps.expiry import expiry
from firepod.usecases.steps.metrics import priced
from firepod.usecases.steps.storing import store

MISSING = "The worker ended without a result. It can be tried again."
INVALID = "The worker's result is not the media that was asked for. It can be tried again."
TIMED_OUT = "This took longer than allowed and was stopped. A smaller request may help."
EXPIRED = "No worker finished this in time, and RunPod no longer knows it. It can be tried again."

# How RunPod's ends without a result read; FAILED has the worker's own sentence.
_ENDS = {
    RunpodStatus.TIMED_OUT: (ErrorCode.TIMED_OUT, TIMED_OUT),
    RunpodStatus.CANCELLED: (ErrorCode.EXPIRED, "RunPod removed this job. It can be tried again."),
    RunpodStatus.GONE: (ErrorCode.EXPIRED, EXPIRED),
}
_SENTENCES = {ErrorCode.OUTPUT_MISSING: MISSING, ErrorCode.OUTPUT_INVALID: INVALID}


@dataclass(frozen=True, slots=True)
class Result:
    """A file of a generation in Storage, and what is known of it."""

    file: StoredFile
    facts: Facts


def stored_outputs(backend: Backend, job: Job) -> list[Result] | None:
    """The outputs of this attempt if all are in Storage and are what they should be.

    The first is looked at alone: most looks find nothing, and need not ask for the others.
    """
    first = _result(backend, job, job.outputs[0]) if job.outputs else None
    if first is None:
        return None
    others = [functools.partial(_result, backend, job, one) for one in job.outputs[1:]]
    found = [first, *backend.storage.together(others)]
    results = [one for one in found if one is not None]
    return results if len(results) == len(found) else None


def _stored(backend: Backend, job: Job, output: Output) -> StoredFile | None:
    file = backend.storage.stat(output.path)
    mine = file is not None and (file.attempt, file.owner) == (job.attempt, job.user_id)
    return file if mine else None


def _all_stored(backend: Backend, job: Job) -> bool:
    return all(_stored(backend, job, output) for output in job.outputs)


def _result(backend: Backend, job: Job, output: Output) -> Result | None:
    """An output, if it is in Storage and is what it should be."""
    file = _stored(backend, job, output)
    if file is None or file.content_type != output.content_type or file.packed:
        return None
    if not registry.fits(output.content_type, file.size_bytes):
        return None
    head = backend.storage.head(output.path, media_kinds.SNIFF_BYTES)
    if not media_kinds.matches(output.content_type, head):
        return None
    return Result(file, first_facts.of_head(output.content_type, head, file.size_bytes))


def finish_stored(
    backend: Backend,
    generation: Generation,
    job: Job,
    report: JobReport,
    since: Transition | None = None,
) -> Transition | None:
    """Complete a generation whose files its worker has stored; None if they are not there."""
    found = stored_outputs(backend, job)
    if found is None:
        return None
    return complete(backend, generation, job, found, report, since)


def finish(
    backend: Backend,
    generation: Generation,
    job: Job,
    report: JobReport,
    since: Transition | None = None,
) -> Transition:
    """End a generation by what RunPod's /status says of its job, which has ended.

    Storage decides before the report does: a result that was stored is a result, even if RunPod
    says that its job failed, or has forgotten it.
    """
    report = priced(backend.settings, generation, job, report)
    done = finish_stored(backend, generation, job, report, since)
    if done is not None:
        return done
    speaks = dialect(job.dialect)
    if report.status in _ENDS:
        code, sentence = _ENDS[report.status]
        return fail(backend, job, code, sentence, report, since)
    if report.status is not RunpodStatus.COMPLETED or report.error:
        why = failure(job, report)
        return fail(backend, job, why.code, why.sentence, report, since)
    task = registry.task_of(generation)
    try:
        media = results.read_media(speaks, report.output, job.outputs, task)
        stored = store(backend, generation, job, media, speaks)
    except results.Unusable as unusable:
        why = unusable.failure
        if why.code is ErrorCode.OUTPUT_MISSING and speaks.ours and _all_stored(backend, job):
            # Uploaded, but not what was asked for, or `finish_stored` would have taken it.
            why = results.INVALID
        return fail(backend, job, why.code, _sentence(why), report, since)
    found = [Result(*one) for one in stored]
    _store_thumbs(backend, job, report)
    return complete(backend, generation, job, found, report, since)


def failure(job: Job, report: JobReport) -> Failure:
    """Why a job failed, by its worker's own word if it has one, and what its user is told."""
    why = dialect(job.dialect).failure(report.error)
    code = report.error_code if why.code is ErrorCode.WORKER_ERROR else why.code
    return Failure(code, why.sentence or WORKER_FAILED)


def _sentence(why: Failure) -> str:
    return why.sentence or _SENTENCES.get(why.code, WORKER_FAILED)


def fail(
    backend: Backend,
    job: Job,
    code: ErrorCode,
    sentence: str,
    report: JobReport,
    since: Transition | None = None,
) -> Transition:
    """End a generation badly; with `since`, the transition just made, nothing is read again."""
    now = backend.clock.now()
    return backend.store.transition(
        job.ref,
        life.Failed(
            job.attempt,
            code,
            sentence,
            now=now,
            metrics=report.metrics or None,
            expires_at=expiry(backend, now),
        ),
        since=since,
    )


def _store_thumbs(backend: Backend, job: Job, report: JobReport) -> None:
    """Keep the thumbs of a base64 answer; what is none is left away."""
    given = results.read_thumbs(report.output)
    for thumb, data in zip(thumbs.thumbs(job.ref, job.outputs), given, strict=False):
        if thumb is not None and data:
            with contextlib.suppress(Unavailable):
                backend.storage.put(thumb, data, owner=job.user_id, attempt=job.attempt)


def _thumb_url(backend: Backend, job: Job, thumb: Output | None) -> str:
    """Where a thumb is, "" if there is none that is this attempt's and in order."""
    if thumb is None:
        return ""
    try:
        file = _stored(backend, job, thumb)
        if file is None or not thumbs.fits(file):
            return ""
        head = backend.storage.head(thumb.path, media_kinds.SNIFF_BYTES)
        if media_kinds.sniff(head) != thumbs.CONTENT_TYPE:
            return ""
        return backend.storage.share(file)
    except Unavailable:
        return ""  # a thumb is worth no second try


def complete(
    backend: Backend,
    generation: Generation,
    job: Job,
    found: Sequence[Result],
    report: JobReport,
    since: Transition | None,
) -> Transition:
    """End a generation well whose files are in Storage."""
    description = results.describe(generation, _shown(backend, job, found, report))
    files = [one.file for one in found]
    now = backend.clock.now()
    ended = backend.store.transition(
        job.ref,
        life.Completed(
            job.attempt,
            tuple(files),
            description,
            now=now,
            metrics=report.metrics or None,
            expires_at=expiry(backend, now),
        ),
        since=since,
    )
    after = ended.after.generation
    if after is None or after.attempt != job.attempt or not after.generated:
        # Cancelled, discarded or begun anew meanwhile: these files must not stay behind.
        left = thumbs.with_thumbs(job.ref, job.outputs)
        backend.storage.delete(left, owner=job.user_id, upto_attempt=job.attempt)
    return ended


def _shown(
    backend: Backend, job: Job, found: Sequence[Result], report: JobReport
) -> list[results.Shown]:
    """The files with their URLs, their thumbs', and what is known of them."""
    shares = [functools.partial(backend.storage.share, one.file) for one in found]
    looks = [
        functools.partial(_thumb_url, backend, job, thumb)
        for thumb in thumbs.thumbs(job.ref, job.outputs)
    ]
    urls = backend.storage.together([*shares, *looks])
    told = (*report.facts, *([NOTHING] * len(found)))
    return [
        results.Shown(one.file, url, one.facts.over(facts), thumb_url)
        for one, facts, url, thumb_url in zip(found, told, urls, urls[len(found) :], strict=False)
    ]
