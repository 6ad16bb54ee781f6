"""Bring what RunPod reports of a job to the document: the one way for callback and reconcile."""

from collections.abc import Sequence
from typing import Any

from firepod import logs
from firepod.domain import life
from firepod.domain.generation import ErrorCode, Generation, Job, Output, StoredFile
from firepod.kinds import media_kinds, registry, results
from firepod.ports import Backend, Transition
from firepod.protocol.runpod import JobReport, RunpodStatus, sentence_of
from firepod.usecases.steps.expiry import expiry

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


def stored_outputs(backend: Backend, job: Job) -> list[StoredFile] | None:
    """The outputs of this attempt if all are in Storage and are what they should be."""
    files = []
    for output in job.outputs:
        file = _stored(backend, job, output)
        if file is None or not _is_right(backend, output, file):
            return None
        files.append(file)
    return files


def _stored(backend: Backend, job: Job, output: Output) -> StoredFile | None:
    file = backend.storage.stat(output.path)
    mine = file is not None and (file.attempt, file.owner) == (job.attempt, job.user_id)
    return file if mine else None


def _is_right(backend: Backend, output: Output, file: StoredFile) -> bool:
    if file.content_type != output.content_type or file.packed:
        return False
    if not registry.fits(output.content_type, file.size_bytes):
        return False
    head = backend.storage.head(output.path, media_kinds.SNIFF_BYTES)
    return media_kinds.matches(output.content_type, head)


def finish_stored(
    backend: Backend,
    generation: Generation,
    job: Job,
    report: JobReport,
    source: str,
    since: Transition | None = None,
) -> Transition | None:
    """Complete a generation whose files its worker has stored; None if they are not there."""
    files = stored_outputs(backend, job)
    if files is None:
        return None
    return _complete(backend, generation, job, files, report, source, since)


def finish(
    backend: Backend,
    generation: Generation,
    job: Job,
    report: JobReport,
    source: str,
    since: Transition | None = None,
) -> Transition:
    """End a generation by what RunPod's /status says of its job, which has ended.

    Storage decides before the report does: a result that was stored is a result, even if RunPod
    says that its job failed, or has forgotten it.
    """
    done = finish_stored(backend, generation, job, report, source, since)
    if done is not None:
        return done
    if report.status is not RunpodStatus.COMPLETED:
        code, sentence = _ENDS.get(
            report.status, (ErrorCode.WORKER_ERROR, sentence_of(report.error))
        )
        return fail(backend, job, code, sentence, report, source, since)
    if report.error:
        sentence = sentence_of(report.error)
        return fail(backend, job, ErrorCode.WORKER_ERROR, sentence, report, source, since)
    try:
        data = results.read_media(report.output, job.outputs, registry.task_of(generation))
    except results.OutputMissing:
        if all(_stored(backend, job, output) for output in job.outputs):
            # Uploaded, but not what was asked for, or `finish_stored` would have taken it.
            return fail(backend, job, ErrorCode.OUTPUT_INVALID, INVALID, report, source, since)
        return fail(backend, job, ErrorCode.OUTPUT_MISSING, MISSING, report, source, since)
    except results.OutputInvalid:
        return fail(backend, job, ErrorCode.OUTPUT_INVALID, INVALID, report, source, since)
    files = _store(backend, job, job.outputs, data)
    return _complete(backend, generation, job, files, report, source, since)


def fail(
    backend: Backend,
    job: Job,
    code: ErrorCode,
    sentence: str,
    report: JobReport,
    source: str,
    since: Transition | None = None,
) -> Transition:
    """End a generation badly; with `since`, the transition just made, nothing is read again."""
    now = backend.clock.now()
    ended = backend.store.transition(
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
    logs.generation_ended(ended, source)
    return ended


def _store(
    backend: Backend, job: Job, outputs: Sequence[Output], data: Sequence[bytes]
) -> list[StoredFile]:
    return [
        backend.storage.put(output, one, owner=job.user_id, attempt=job.attempt)
        for output, one in zip(outputs, data, strict=True)
    ]


def _complete(
    backend: Backend,
    generation: Generation,
    job: Job,
    files: Sequence[StoredFile],
    report: JobReport,
    source: str,
    since: Transition | None,
) -> Transition:
    urls = [backend.storage.share(file) for file in files]
    description: dict[str, Any] = results.describe(generation, urls)
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
    logs.generation_ended(ended, source)
    after = ended.after.generation
    if after is None or after.attempt != job.attempt or not after.generated:
        # Cancelled, discarded or begun anew meanwhile: these files must not stay behind.
        backend.storage.delete([file.path for file in files], upto_attempt=job.attempt)
    return ended
