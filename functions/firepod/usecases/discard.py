"""Delete one of the caller's generations, its files and, while it runs, its RunPod job."""

from firepod.domain.errors import not_found
from firepod.domain.generation import GenerationRef
from firepod.ports import Backend
from firepod.usecases.steps.attempt import Started
from firepod.usecases.steps.take_away import take_away


def discard(backend: Backend, ref: GenerationRef) -> Started:
    """Take it away; the answer's status is the one that it had.

    Raises:
        NotFound: the caller has no such generation.
    """
    gone = take_away(backend, ref)
    if gone is None:
        raise not_found(ref.media_type)
    return Started(ref, gone.status)
