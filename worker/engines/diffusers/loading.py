"""Loads a model with its pipelines, one for each of its tasks, which share all weights."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

from worker.engines import memory, weights
from worker.engines.diffusers.look import Look
from worker.engines.interface import ModelUnavailable
from worker.engines.table import Model, model

MARK = "model_index.json"
_CLASSES: Mapping[str, Mapping[str, str]] = {
    "sdxl": {
        "text2img": "StableDiffusionXLPipeline",
        "img2img": "StableDiffusionXLImg2ImgPipeline",
        "inpaint": "StableDiffusionXLInpaintPipeline",
    },
    "flux2-klein": {
        "text2img": "Flux2KleinPipeline",
        "img2img": "Flux2KleinPipeline",
        "inpaint": "Flux2KleinInpaintPipeline",
    },
    "z-image": {
        "text2img": "ZImagePipeline",
        "img2img": "ZImageImg2ImgPipeline",
        "inpaint": "ZImageInpaintPipeline",
    },
    "wan": {"text2video": "WanPipeline", "img2video": "WanImageToVideoPipeline"},
}
_REFINER = "StableDiffusionXLImg2ImgPipeline"
# No pickles: those are programs. Nor single files, which hold the same weights once more.
_FILES = ("*.json", "*.txt", "*.model", "*.jinja")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model on its device."""

    model: Model
    pipelines: Mapping[str, Any]  #: by task
    refiner: Any  #: None if the model has none
    scheduler: Any  #: as it came; each run gets one of its own
    decoder_dtype: Any  #: as it came
    look: Look = field(default_factory=Look)

    def pipeline(self, task: str) -> Any:
        """The pipeline of a task, in order, whatever the run before was cut off at.

        Some decoders overflow in half precision; while they decode they are of another type.
        """
        pipeline = self.pipelines[task]
        pipeline.vae.to(self.decoder_dtype)
        return pipeline


def load(entry: Model) -> Loaded:
    """Load a model onto the device.

    Raises:
        ModelUnavailable: its weights are not there, or not whole.
    """
    for library in (diffusers, transformers):
        # What they warn of quotes prompts, which are nobody's business.
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
    classes = _CLASSES[entry.pipeline]
    first, *others = entry.tasks
    pipelines = {first: _pretrained(classes[first], entry)}
    for task in others:
        pipelines[task] = _class(classes[task]).from_pipe(pipelines[first])
    refiner = None
    if entry.refiner:
        shared = {"text_encoder_2": pipelines[first].text_encoder_2, "vae": pipelines[first].vae}
        refiner = _pretrained(_REFINER, model(entry.refiner), **shared)
    for one in (*pipelines.values(), *([refiner] if refiner is not None else [])):
        one.set_progress_bar_config(disable=True)
    one = pipelines[first]
    return Loaded(entry, pipelines, refiner, one.scheduler, one.vae.dtype)


def _pretrained(name: str, entry: Model, **shared: Any) -> Any:
    folder = weights.find(entry, MARK, files=_wanted(entry))
    try:
        pipeline = _class(name).from_pretrained(
            folder,
            dtype=_dtypes(entry),
            variant=_variant(entry, folder),
            use_safetensors=True,
            local_files_only=True,
            **shared,
        )
    except Exception as error:
        if memory.is_short(error):
            raise
        raise ModelUnavailable(
            f"The weights of {entry.label} on this worker cannot be read."
            " Its operator has to look at them."
        ) from error
    pipeline.vae.enable_tiling()  # only what is larger than a tile is decoded in parts
    return pipeline.to(memory.device())


def _class(name: str) -> Any:
    return getattr(diffusers, name)


def _wanted(entry: Model) -> tuple[str, ...]:
    """Those files of the repository that are read."""
    ending = f".{entry.variant}.safetensors" if entry.variant else ".safetensors"
    shards = f".{entry.variant}-*.safetensors" if entry.variant else "-*.safetensors"
    return (*_FILES, f"*/*{ending}", f"*/*{shards}")


def _dtypes(entry: Model) -> Any:
    """Half precision is for GPUs: CPUs emulate it."""
    if memory.device() == "cpu":
        return torch.float32
    own = getattr(torch, entry.dtype)
    return {"default": own, "vae": getattr(torch, entry.vae_dtype)} if entry.vae_dtype else own


def _variant(entry: Model, folder: Path) -> str | None:
    """The variant of the table, unless the folder was made without."""
    there = any(folder.glob(f"*/*.{entry.variant}*.safetensors")) if entry.variant else False
    return entry.variant if there else None
