"""Hand a job to RunPod, once, and record what came of it."""

import functools
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from firepod import logs
from firepod.domain import housekeeping, life, thumbs
from firepod.domain.errors import FailedPrecondition, Unavailable
from firepod.domain.generation import (
    ErrorCode,
    Generation,
    Job,
    Output,
    Phase,
    RunpodJob,
    Status,
    UploadUrl,
)
from firepod.domain.records import Records
from firepod.kinds import registry
from firepod.kinds.file_names import named
from firepod.ports import Backend, Transition
from firepod.protocol.dialects import OWN, dialect
from firepod.protocol.dialects.values import Ask, Own
from firepod.protocol.runpod import (
    Accepted,
    NotReached,
    Refused,
    Submission,
    Unknown,
    build_policy,
)
from firepod.protocol.tokens import Callback, sign
from firepod.usecases.steps.expiry import expiry
from firepod.usecases.steps.queueing import later
from firepod.usecases.steps.stop import stop_at_runpod

# A process that calls /run has its answer, or has died, after this (connect 3 s, read 10 s).
CALL_LEASE = timedelta(seconds=30)
DISPATCH_DELAY_SECONDS = 2
REFUSED = "The generation service refused this request. Its operator has to look at it."


def launch(backend: Backend, claim: Transition, key_id: str | None = None) -> Submission:
    """Call /run for a job that this process has just claimed (phase SUBMITTING).

    Raises:
        FailedPrecondition: RunPod refused the job; the generation is failed, the quota free.
    """
    generation, job = claim.after.generation, claim.after.job
    if generation is None or job is None:
        msg = "nothing was claimed"
        raise ValueError(msg)
    try:
        body = _body(backend, generation, job)
    except Exception as error:  # noqa: BLE001 (whatever Storage says to a request for a URL)
        logs.unexpected("preparing a job", error)
        outcome: Submission = NotReached()  # nothing was sent, so it can be tried again
    else:
        outcome = backend.gpu.run(job.endpoint_id, body)
    logs.job_submitted(job, outcome)
    attempt, now = generation.attempt, backend.clock.now()
    match outcome:
        case Accepted(job_id):
            look = now + first_look(backend, generation)
            known = backend.store.transition(
                job.ref,
                housekeeping.Submitted(attempt, job_id, look),
                since=claim,
            )
            if _is_unwanted(known.after, attempt):
                at_runpod = RunpodJob(job.endpoint_id, job_id)
                stop_at_runpod(backend, job, attempt, at_runpod, since=known)
        case Refused():
            backend.store.transition(
                job.ref, RefusedByRunpod(job, now, expiry(backend, now)), key_id=key_id
            )
            raise FailedPrecondition(REFUSED, {"file_uid": generation.file_uid})
        case NotReached():
            look = now + CALL_LEASE
            backend.store.transition(
                job.ref,
                NotReachedBy(job, look),
                since=claim,
            )
        case Unknown():
            look = now + timedelta(seconds=backend.settings.reconcile_after_seconds)
            backend.store.transition(
                job.ref,
                housekeeping.PutOff(attempt, Phase.UNKNOWN, look),
                since=claim,
            )
    return outcome


def enqueue_dispatch(backend: Backend, job: Job) -> None:
    """Have /run called later; if that cannot be queued, `reconcile` finds the job by itself."""
    payload = {"file_uid": job.file_uid}
    later(backend, "dispatch", payload, delay_seconds=DISPATCH_DELAY_SECONDS)


def first_look(backend: Backend, generation: Generation) -> timedelta:
    """When to ask RunPod for the first time if no callback came."""
    expected = registry.task_of(generation).usual_seconds
    return timedelta(seconds=min(expected, backend.settings.reconcile_after_seconds))


def _is_unwanted(records: Records, attempt: int) -> bool:
    """Whether an attempt was cancelled, discarded or begun anew while /run was under way."""
    generation = records.generation
    if generation is None or generation.attempt != attempt:
        return True
    return generation.status.terminal and generation.status is not Status.COMPLETED


@dataclass(frozen=True)
class NotReachedBy:
    """RunPod certainly has nothing of the job: it waits or, if it is over, frees its place."""

    job: Job
    look: datetime

    def __call__(self, records: Records) -> Records:
        waiting = housekeeping.PutOff(self.job.attempt, Phase.WAITING, self.look)
        free = housekeeping.Stopped(self.job.file_uid, self.job.attempt)
        return free(waiting(records))


@dataclass(frozen=True)
class RefusedByRunpod:
    """RunPod did not take the job and never will."""

    job: Job
    now: datetime
    expires_at: datetime | None

    def __call__(self, records: Records) -> Records:
        job = self.job
        ended = life.Failed(
            job.attempt, ErrorCode.REJECTED, REFUSED, now=self.now, expires_at=self.expires_at
        )(records)
        if ended is records:
            return housekeeping.Stopped(job.file_uid, job.attempt)(records)
        # Nothing was started, so the caller's idempotency key is free again.
        return replace(ended, key=None)


def _body(backend: Backend, generation: Generation, job: Job) -> dict[str, object]:
    settings = backend.settings
    callback = Callback(generation.ref, generation.attempt, job.deadline_at + timedelta(hours=1))
    upload_urls = {}
    if settings.worker_delivery == "upload_urls":
        small = thumbs.thumbs(job.ref, job.outputs)
        outputs = [*named(job.outputs, generation.request_data)]
        outputs += [one for one in small if one is not None]
        calls = [functools.partial(_upload_url, backend, job, one) for one in outputs]
        made = zip(outputs, backend.storage.together(calls), strict=True)
        upload_urls = {output.path: url for output, url in made}
    webhook = f"{settings.webhook_base_url}/{sign(callback, settings.webhook_keys)}"
    own = Own(
        generation=generation,
        job=job,
        webhook=webhook,
        media_urls=settings.media_urls,
        retention_days=settings.retention_days,
        upload_urls=upload_urls,
    )
    ask = Ask(
        endpoint_id=job.endpoint_id,
        task_type=generation.task_type,
        request=generation.request_data,
        inputs=_download_urls(backend, generation, job),
        outputs=job.outputs,
        own=own,
    )
    return {
        "input": dialect(OWN).to_input(ask),
        "webhook": webhook,
        "policy": build_policy(settings.execution_timeout_seconds, _ttl_seconds(backend, job)),
    }


def _upload_url(backend: Backend, job: Job, output: Output) -> UploadUrl:
    return backend.storage.upload_url(
        output, owner=job.user_id, attempt=job.attempt, until=job.deadline_at
    )


def _download_urls(backend: Backend, generation: Generation, job: Job) -> dict[str, str]:
    """Where a worker without credentials reads its inputs, until the end of its job."""
    urls = {}
    reads = registry.task_of(generation).reads(generation.request_data)
    for name, path in reads.items():
        file = backend.storage.stat(path)
        if file is None:
            continue
        try:
            urls[name] = backend.storage.read_url(file, job.deadline_at)
        except Unavailable:
            # Where the role for it is missing, a worker with credentials reads by itself.
            if backend.settings.worker_delivery != "credentials":
                raise
    return urls


def _ttl_seconds(backend: Backend, job: Job) -> int:
    """So long that RunPod has nothing of the job left at its deadline, however late it is sent."""
    left = int((job.deadline_at - backend.clock.now()).total_seconds())
    return min(backend.settings.ttl_seconds, left)
