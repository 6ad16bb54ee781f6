"""One generation of a user's, and its files as they are in Storage now."""

from firepod.domain.errors import NO_GENERATION, FailedPrecondition, NotFound
from firepod.domain.generation import Generation, GenerationRef, Status, StoredFile
from firepod.kinds import paths
from firepod.ports import Backend


def find(backend: Backend, ref: GenerationRef) -> Generation:
    """One generation of the caller's.

    Raises:
        NotFound: the caller has no such generation.
    """
    found = backend.store.find(ref) if paths.is_file_uid(ref.file_uid) else None
    if found is None:
        raise NotFound(NO_GENERATION)
    return found


def files(backend: Backend, generation: Generation) -> list[StoredFile]:
    """The files of a completed generation as they are in Storage now.

    Raises:
        FailedPrecondition: it is not completed.
        NotFound: its files are gone.
    """
    if generation.status is not Status.COMPLETED:
        raise FailedPrecondition(
            "This generation is not completed, so it has no files.",
            {"status": str(generation.status)},
        )
    listed = (generation.generation_data or {}).get("files", ())
    found = [backend.storage.stat(file["path"]) for file in listed]
    present = [file for file in found if file is not None]
    if not present or len(present) < len(found):
        raise NotFound("The files of this generation are no longer there.")
    return present
