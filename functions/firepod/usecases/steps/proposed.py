"""Names that clients propose for what they save: those in the answers of workers that they asked.

Voices and speech have folders that all users share, so a name is taken only if it is nobody's.
"""

from dataclasses import dataclass, replace

from firepod.domain import housekeeping
from firepod.domain.generation import GenerationRef, Job
from firepod.domain.records import Records
from firepod.kinds import paths, registry
from firepod.ports import Backend


def voice_id(proposed: object, name: str) -> str | None:
    """A proposed id of a voice of this name, if it is one as we make them."""
    readable = paths.voice_id(name, "")
    if not paths.is_voice_id(proposed) or proposed[:-8] != readable:
        return None
    return proposed


def generation_id(proposed: object) -> str | None:
    """A proposed id of speech, if it is one as we make them."""
    return proposed if paths.is_generation_id(proposed) else None


def hold(backend: Backend, ref: GenerationRef, job: Job) -> bool:
    """Whether this name was nobody's; then a job of its saver holds it.

    The job comes before the look at Storage, so that nobody takes the name in between, and without
    its outputs, so that nothing of another user's is cleared away as its own if this dies here.
    """
    held = replace(job, outputs=())
    if backend.store.transition(ref, Held(held)).after.job != held:
        return False
    if not backend.storage.listing(registry.folder(ref), limit=1):
        return True
    backend.store.transition(ref, housekeeping.Cleared(job.attempt))
    return False


@dataclass(frozen=True)
class Held:
    """`Saving`, if nothing has this name: neither a generation of the user's nor anybody's job."""

    job: Job

    def __call__(self, records: Records) -> Records:
        if records.generation is not None or records.job is not None:
            return records
        return housekeeping.Saving(self.job)(records)
