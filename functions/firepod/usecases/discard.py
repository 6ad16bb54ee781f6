"""Delete one of the caller's generations, its files and, while it runs, its RunPod job."""

from dataclasses import replace

from firepod import logs
from firepod.domain import life
from firepod.domain.errors import NO_GENERATION, NotFound, Unavailable
from firepod.domain.generation import GenerationRef, Output, Phase, Status
from firepod.domain.records import Records
from firepod.ports import Backend
from firepod.usecases.reconcile import reconcile
from firepod.usecases.steps.attempt import Started, build_job
from firepod.usecases.steps.stop import stop


def discard(backend: Backend, ref: GenerationRef, *, expired_only: bool = False) -> Started:
    """Take the document away at once; files and RunPod's job follow, now or by `reconcile`.

    The answer's status is the one that it had. With `expired_only` one that is not over its time
    is left alone, because its user has tried it again since it was found.

    Raises:
        NotFound: the caller has no such generation.
    """
    gone = backend.store.transition(
        ref, lambda records: _discarded(backend, records, expired_only=expired_only)
    )
    generation, job = gone.before.generation, gone.after.job
    if not gone.applied or generation is None or job is None:
        raise NotFound(NO_GENERATION)
    logs.generation_discarded(generation)
    stop(backend, gone)
    if generation.status is Status.COMPLETED:
        # Nothing runs any more, so the files can go now.
        try:
            reconcile(backend, ref.file_uid)
        except Unavailable:
            logs.task_not_queued("reconcile", ref.file_uid)
    return Started(ref, generation.status)


def _discarded(backend: Backend, records: Records, *, expired_only: bool) -> Records:
    generation = records.generation
    if generation is None:
        return records
    now = backend.world.now()
    if expired_only and (generation.expires_at is None or generation.expires_at > now):
        return records
    files = (generation.generation_data or {}).get("files", ())
    tombstone = replace(
        build_job(backend, generation),
        phase=Phase.STOPPING,
        deadline_at=now,  # nothing runs
        outputs=tuple(Output(file["path"], file["content_type"]) for file in files),
    )
    return life.Discarded(tombstone, now=now)(records)
