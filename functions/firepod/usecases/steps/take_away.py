"""Take a generation away: for its user, for erasing all of a user's, and when its time is over."""

from dataclasses import dataclass, field, replace

from firepod import logs
from firepod.domain import life
from firepod.domain.errors import Unavailable
from firepod.domain.generation import Generation, GenerationRef, Output, Phase, Status
from firepod.domain.records import Records
from firepod.ports import Backend
from firepod.usecases.steps.attempt import build_job
from firepod.usecases.steps.look import look_after
from firepod.usecases.steps.stop import stop


def take_away(
    backend: Backend, ref: GenerationRef, *, expired_only: bool = False
) -> Generation | None:
    """Take the document away at once; files and RunPod's job follow, now or by `reconcile`.

    Returns the generation that it was; None if it is not there. With `expired_only` one that is
    not over its time is left alone, because its user has tried it again since it was found.
    """
    gone = backend.store.transition(ref, TakenAway(backend, expired_only=expired_only))
    generation, job = gone.before.generation, gone.after.job
    if not gone.applied or generation is None or job is None:
        return None
    stop(backend, gone)
    if generation.status is Status.COMPLETED:
        # Nothing runs any more, so the files can go now.
        try:
            look_after(backend, job)
        except Unavailable:
            logs.task_not_queued("reconcile", ref.file_uid)
    return generation


@dataclass(frozen=True)
class TakenAway:
    """`Discarded`, with a tombstone made of what the document holds at that moment."""

    backend: Backend = field(repr=False)
    expired_only: bool

    def __call__(self, records: Records) -> Records:
        generation = records.generation
        if generation is None:
            return records
        now = self.backend.clock.now()
        if self.expired_only and (generation.expires_at is None or generation.expires_at > now):
            return records
        files = (generation.generation_data or {}).get("files", ())
        tombstone = replace(
            build_job(self.backend, generation, None),
            phase=Phase.STOPPING,
            deadline_at=now,  # nothing runs
            outputs=tuple(Output(file["path"], file["content_type"]) for file in files),
        )
        return life.Discarded(tombstone, now=now)(records)
