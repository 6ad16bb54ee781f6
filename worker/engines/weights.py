"""Finds the weights of a model on this machine, or fetches them from the hub.

In this order: RunPod's cached-model folder, a network volume, the image itself, the hub. All but
the last cost nothing at a cold start; what comes from the hub is kept on the network volume where
there is one.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from worker.engines.interface import ModelUnavailable
from worker.engines.table import Model

VOLUME = Path("/runpod-volume")
IMAGE = Path("/models")

Fetch = Callable[[Model, Path], Path]
"""Downloads a model below a folder, and says where it is; raises whatever goes wrong."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where weights may lie."""

    volume: Path = VOLUME  #: RunPod mounts a network volume, and its cached models, here
    image: Path = IMAGE  #: what is baked into the image
    work: Path = Path("/work")  #: where the worker may write if there is no volume

    def of(self, model: Model) -> Iterator[Path]:
        """The folders that may hold a model, the best one first."""
        owner, _, name = model.repository.partition("/")
        cached = self.volume / "huggingface-cache" / "hub" / f"models--{owner}--{name}"
        yield cached / "snapshots" / model.revision
        yield from _other_snapshots(cached)
        for root in (self.volume / "models", self.image):
            yield root / model.name
            yield root / owner / name


def here() -> Places:
    """As this machine has it; FIREPOD_MODELS_FOLDER is a folder of models beside the image's."""
    named = os.environ.get("FIREPOD_MODELS_FOLDER")
    return Places(image=Path(named)) if named else Places()


def find(
    model: Model,
    mark: str,
    places: Places | None = None,
    fetch: Fetch | None = None,
    *,
    files: Sequence[str] | None = None,
) -> Path:
    """The folder with a model's weights, which has a file named ``mark``.

    Raises:
        ModelUnavailable: they are nowhere, and cannot be fetched.
    """
    places = places or here()
    for folder in places.of(model):
        if (folder / mark).is_file():
            return folder
    kept = places.volume if os.access(places.volume, os.W_OK) else places.work
    try:
        folder = (fetch or _from_hub(files))(model, kept / "huggingface")
    except Exception as error:
        raise _missing(model) from error
    if not (folder / mark).is_file():
        raise _missing(model)
    return folder


def _from_hub(files: Sequence[str] | None) -> Fetch:
    def fetch(model: Model, cache: Path) -> Path:
        from huggingface_hub import snapshot_download

        wanted = list(files) if files is not None else None
        folder = snapshot_download(
            model.repository,
            revision=model.revision,
            cache_dir=os.environ.get("HF_HUB_CACHE") or cache,
            allow_patterns=wanted,
        )
        return Path(folder)

    return fetch


def _missing(model: Model) -> ModelUnavailable:
    return ModelUnavailable(
        f"The weights of {model.label} are not on this worker. Its operator has to add them."
    )


def _other_snapshots(cached: Path) -> Iterator[Path]:
    """RunPod caches a repository as it is today, which may be another revision than ours."""
    reference = cached / "refs" / "main"
    if reference.is_file():
        yield cached / "snapshots" / reference.read_text("utf-8").strip()
    folder = cached / "snapshots"
    if folder.is_dir():
        yield from sorted(folder.iterdir())
