"""The bell that rings for a backend of fakes until no job is left, and what its jobs hold."""

from firepod.domain.errors import (
    Unavailable,
)
from firepod.domain.generation import GenerationRef, Job
from firepod.usecases.dispatch import dispatch
from firepod.usecases.reconcile import reconcile
from firepod.usecases.sweep import sweep
from tests.fakes.backend import FakeBackend


def job_of(backend: FakeBackend, ref: GenerationRef) -> Job | None:
    return backend.store.find_job(ref.file_uid)


def path_of(ref: GenerationRef) -> str:
    return f"generating/ann/image/{ref.file_uid}.png"


def drain(backend: FakeBackend, rounds: int = 20) -> None:
    """Let the bell ring until no job is left."""
    for _ in range(rounds):
        backend.clock.advance(301)
        sweep(backend)
        for task in backend.queue.take():
            try:
                {"reconcile": reconcile, "dispatch": dispatch}[task.function](
                    backend, task.payload["file_uid"]
                )
            except Unavailable:
                continue
