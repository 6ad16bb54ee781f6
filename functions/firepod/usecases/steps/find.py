"""One generation of a user's, and its files as they are in Storage now."""

from collections.abc import Sequence

from firepod.domain.errors import FailedPrecondition, NotFound, not_found
from firepod.domain.generation import Generation, GenerationRef, Status, StoredFile
from firepod.domain.samples import paths_of
from firepod.kinds import paths
from firepod.ports import Backend


def find(backend: Backend, ref: GenerationRef) -> Generation:
    """One generation of the caller's.

    Raises:
        NotFound: the caller has no such generation.
    """
    found = backend.store.find(ref) if paths.is_file_uid(ref.file_uid) else None
    if found is None:
        raise not_found(ref.media_type)
    return found


def files(
    backend: Backend, generation: Generation, wanted: Sequence[str] | None = None
) -> list[StoredFile]:
    """The files of a completed generation, or some of them, as they are in Storage now.

    Raises:
        FailedPrecondition: it is not completed.
        NotFound: its files are gone.
    """
    if generation.status is not Status.COMPLETED:
        raise FailedPrecondition(
            "This generation is not completed, so it has no files.",
            {"status": str(generation.status)},
        )
    listed = paths_of(generation) if wanted is None else wanted
    found = [backend.storage.stat(path) for path in listed]
    present = [file for file in found if file is not None]
    if not present or len(present) < len(found):
        raise NotFound("The files of this generation are no longer there.")
    return present
