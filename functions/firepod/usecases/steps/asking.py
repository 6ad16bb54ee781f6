"""The body of /run for a job: what its worker is asked, in the dialect of its model."""

import base64
import functools
from collections.abc import Callable
from datetime import timedelta

from firepod.domain import thumbs
from firepod.domain.errors import FailedPrecondition, Unavailable
from firepod.domain.generation import Generation, Job, Output, StoredFile, UploadUrl
from firepod.domain.samples import MAX_SAMPLES
from firepod.kinds import paths, registry
from firepod.kinds.file_names import named
from firepod.ports import Backend
from firepod.protocol.dialects import dialect
from firepod.protocol.dialects.values import Ask, Dialect, Own
from firepod.protocol.runpod import build_policy
from firepod.protocol.tokens import Callback, sign
from firepod.usecases.steps.endpoint import NOT_SERVED, model_at_work
from firepod.usecases.steps.metrics import price_a_second

GONE = "A file that this request names is no longer there. Upload it again."
VOICE_GONE = "The voice that this request names is no longer there. Choose another one."
TOO_LARGE = "The files of this request are too large for this model. Send smaller ones."
Body = Callable[[], dict[str, object]]
_BESIDE_INPUTS = 200_000  # bytes of a body that are no input, generously


def begin_body(backend: Backend, generation: Generation, job: Job) -> Body | None:
    """Begin to make the body of a new generation, before it is known whether it may start.

    Upload URLs are signed, one call of IAM for each, while the database is asked. None where that
    would save nothing, or would read files that a refused call should not cost.
    """
    signs = backend.settings.worker_delivery == "upload_urls"
    if not (signs and job.endpoint_id and dialect(job.dialect).ours):
        return None
    return backend.storage.beside(functools.partial(run_body, backend, generation, job))


def run_body(backend: Backend, generation: Generation, job: Job) -> dict[str, object]:
    """All that is sent; reads and signs, and sends nothing.

    Raises:
        FailedPrecondition: its model is not served any more; an input is gone, or too large for it.
    """
    settings = backend.settings
    speaks, model = dialect(job.dialect), model_at_work(settings, job)
    if model is None and job.model:
        raise FailedPrecondition(NOT_SERVED)
    callback = Callback(generation.ref, generation.attempt, job.deadline_at + timedelta(hours=1))
    webhook = f"{settings.webhook_base_url}/{sign(callback, settings.webhook_keys)}"
    by_sample = model is not None and model.by_sample
    ask = Ask(
        endpoint_id=job.endpoint_id,
        task_type=generation.task_type,
        request=generation.request_data,
        inputs=_inputs(backend, generation, job, speaks, by_sample=by_sample),
        outputs=job.outputs,
        names={} if model is None else model.input,
        fixed={} if model is None else model.fixed,
        workflow=None if model is None else model.workflow,
        own=_own(backend, generation, job, webhook) if speaks.ours else None,
    )
    # RunPod cannot call a program of this machine, and may refuse a job whose callback is none.
    reached = settings.local_runpod or not settings.webhook_base_url.startswith("http://")
    return {
        "input": speaks.to_input(ask),
        **({"webhook": webhook} if reached else {}),
        "policy": build_policy(settings.execution_timeout_seconds, _ttl_seconds(backend, job)),
    }


def _own(backend: Backend, generation: Generation, job: Job, webhook: str) -> Own:
    settings = backend.settings
    upload_urls = {}
    if settings.worker_delivery == "upload_urls":
        small = thumbs.thumbs(job.ref, job.outputs)
        outputs = [*named(job.outputs, generation.request_data)]
        outputs += [one for one in small if one is not None]
        calls = [functools.partial(_upload_url, backend, job, one) for one in outputs]
        made = zip(outputs, backend.storage.together(calls), strict=True)
        upload_urls = {output.path: url for output, url in made}
    return Own(
        generation=generation,
        job=job,
        webhook=webhook,
        media_urls=settings.media_urls,
        retention_days=settings.retention_days,
        upload_urls=upload_urls,
        usd_per_second=price_a_second(settings, job),
    )


def _upload_url(backend: Backend, job: Job, output: Output) -> UploadUrl:
    return backend.storage.upload_url(
        output, owner=job.user_id, attempt=job.attempt, until=job.deadline_at
    )


def _inputs(
    backend: Backend, generation: Generation, job: Job, speaks: Dialect, *, by_sample: bool
) -> dict[str, str]:
    """Where a worker without credentials reads its inputs, until the end of its job.

    As data URLs where the worker takes nothing else; or where it could not follow a URL, because
    Storage is a program of this machine and RunPod is not.
    """
    settings = backend.settings
    elsewhere = settings.local_storage and not settings.local_runpod
    inline = speaks.inputs_inline or (elsewhere and not speaks.ours)
    reads = registry.task_of(generation).reads(generation.request_data)
    urls, left = {}, speaks.largest_body - _BESIDE_INPUTS
    for name, path in reads.items():
        sample = by_sample and name == "profile"
        file = _sample(backend, generation) if sample else backend.storage.stat(path)
        if file is None:
            if speaks.ours:
                continue  # it says so itself
            raise FailedPrecondition(VOICE_GONE if sample else GONE)
        if inline:
            url = _data_url(backend, file, left)
            left -= len(url)
        else:
            url = _read_url(backend, file, job, ours=speaks.ours)
        if url:
            urls["sample" if sample else name] = url
    return urls


def _read_url(backend: Backend, file: StoredFile, job: Job, *, ours: bool) -> str:
    try:
        return backend.storage.read_url(file, job.deadline_at)
    except Unavailable:
        # Where the role for it is missing, a worker with credentials reads by itself.
        if not ours or backend.settings.worker_delivery != "credentials":
            raise
        return ""


def _data_url(backend: Backend, file: StoredFile, left: int) -> str:
    if file.size_bytes * 4 // 3 > left:
        raise FailedPrecondition(TOO_LARGE)
    data = backend.storage.read(file.path, file.size_bytes) or b""
    return f"data:{file.content_type};base64,{base64.b64encode(data).decode()}"


def _sample(backend: Backend, generation: Generation) -> StoredFile | None:
    """How the voice of a request sounds: the newest sample of its user's."""
    voice = generation.request_data.get("voice_id", "")
    listed = backend.storage.listing(paths.voice_samples(voice), limit=MAX_SAMPLES)
    own = [one.path for one in listed if one.owner == generation.user_id]
    return backend.storage.stat(own[-1]) if own else None  # names are in the order of time


def _ttl_seconds(backend: Backend, job: Job) -> int:
    """So long that RunPod has nothing of the job left at its deadline, however late it is sent."""
    left = int((job.deadline_at - backend.clock.now()).total_seconds())
    return min(backend.settings.ttl_seconds, left)
