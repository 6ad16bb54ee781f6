"""Delete one of the caller's generations, its files and, while it runs, its RunPod job."""

from dataclasses import replace

from firepod import logs, transitions
from firepod.errors import NotFound, Unavailable
from firepod.generation import GenerationRef, Output, Phase, Status
from firepod.ports import Backend
from firepod.transitions import Records
from firepod.usecases.cancel import NOT_FOUND, stop
from firepod.usecases.reconcile import reconcile
from firepod.usecases.submit import Started, build_job


def discard(backend: Backend, ref: GenerationRef) -> Started:
    """Take the document away at once; files and RunPod's job follow, now or by `reconcile`.

    The answer's status is the one that it had.

    Raises:
        NotFound: the caller has no such generation.
    """
    gone = backend.store.transition(ref, lambda records: _discarded(backend, records))
    generation, job = gone.before.generation, gone.after.job
    if generation is None or job is None:
        raise NotFound(NOT_FOUND)
    logs.generation_discarded(generation)
    stop(backend, job)
    if generation.status is Status.COMPLETED:
        # Nothing runs any more, so the files can go now.
        try:
            reconcile(backend, ref.file_uid)
        except Unavailable:
            logs.task_not_queued("reconcile", ref.file_uid)
    return Started(ref, generation.status)


def _discarded(backend: Backend, records: Records) -> Records:
    generation = records.generation
    if generation is None:
        return records
    files = (generation.generation_data or {}).get("files", ())
    tombstone = replace(
        build_job(backend, generation),
        phase=Phase.STOPPING,
        deadline_at=backend.world.now(),  # nothing runs
        outputs=tuple(Output(file["path"], file["content_type"]) for file in files),
    )
    return transitions.discarded(records, tombstone, now=backend.world.now())
