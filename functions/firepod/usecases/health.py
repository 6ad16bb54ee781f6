"""Whether what the backend stands on answers: Firestore, Storage, RunPod."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

from firepod import logs
from firepod.domain.generation import GenerationRef, MediaType
from firepod.models.table import served
from firepod.ports import Backend

TIMEOUT_SECONDS = 10.0
NOBODY = GenerationRef("-", MediaType.IMAGES, "health")


def check(backend: Backend) -> set[str]:
    """The names of those that fail or do not answer in time; all are asked at once."""
    asked: dict[str, Callable[[], object]] = {
        "firestore": lambda: backend.store.find(NOBODY),
        "storage": lambda: backend.storage.stat("health"),
        "runpod": lambda: _ask_runpod(backend),
    }
    pool = ThreadPoolExecutor(len(asked))
    answers = {name: pool.submit(ask) for name, ask in asked.items()}
    wait(answers.values(), TIMEOUT_SECONDS)
    # One that hangs ends by its own timeouts; nobody waits for it here.
    pool.shutdown(wait=False)
    failing = set()
    for name, answer in answers.items():
        if not answer.done():
            failing.add(name)
            continue
        error = answer.exception()
        if error is not None:
            logs.unexpected(f"health of {name}", error)
            failing.add(name)
    return failing


def _ask_runpod(backend: Backend) -> None:
    own = {one for one in backend.settings.endpoints.values() if one}
    for one in own:
        backend.gpu.idle(one)
    if not own:
        # A public endpoint tells nobody how busy it is; that it knows no such job is an answer.
        model = next(iter(served(backend.settings).values()))
        backend.gpu.status(model.endpoint, "health")
