"""Stop one of the caller's generations."""

from firepod.domain import life
from firepod.domain.errors import not_found
from firepod.domain.generation import GenerationRef
from firepod.ports import Backend
from firepod.usecases.steps.attempt import Started
from firepod.usecases.steps.expiry import expiry
from firepod.usecases.steps.stop import stop


def cancel(backend: Backend, ref: GenerationRef) -> Started:
    """Cancel first, then stop RunPod's job as well as that goes now; `reconcile` sees to it.

    Its place in the quota is free as soon as RunPod has answered, here in the ordinary case.
    One that has ended stays as it ended, and its status is the answer.

    Raises:
        NotFound: the caller has no such generation.
    """
    now = backend.clock.now()
    ended = backend.store.transition(
        ref,
        life.Cancelled(now=now, expires_at=expiry(backend, now)),
    )
    generation = ended.after.generation
    if generation is None:
        raise not_found(ref.media_type)
    if ended.applied:
        stop(backend, ended)
    return Started(ref, generation.status)
