"""What github.com/runpod-workers/worker-comfyui (5.x) takes and answers, read in its handler.py.

Of ComfyUI there is as much as tells whether a workflow is one: its nodes are known, have the inputs
that they need, and their links lead to nodes.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from local.runpod.ready_made import media
from local.runpod.ready_made.fields import Refused
from local.runpod.ready_made.kit import Kit

Nodes = Mapping[str, Any]
#: those of the image with SDXL
CHECKPOINTS = ("sd_xl_base_1.0.safetensors",)
VAES = ("sdxl_vae.safetensors", "sdxl-vae-fp16-fix.safetensors")
#: class -> inputs that it needs
NODES: dict[str, tuple[str, ...]] = {
    "CheckpointLoaderSimple": ("ckpt_name",),
    "VAELoader": ("vae_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip", "model", "clip"),
    "CLIPSetLastLayer": ("stop_at_clip_layer", "clip"),
    "CLIPTextEncode": ("text", "clip"),
    "CLIPTextEncodeSDXL": ("width", "height", "text_g", "text_l", "clip"),
    "ConditioningConcat": ("conditioning_to", "conditioning_from"),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "LatentUpscaleBy": ("samples", "upscale_method", "scale_by"),
    "LoadImage": ("image",),
    "LoadImageMask": ("image", "channel"),
    "VAEEncode": ("pixels", "vae"),
    "SetLatentNoiseMask": ("samples", "mask"),
    "RescaleCFG": ("model", "multiplier"),
    "VAEEncodeForInpaint": ("pixels", "vae", "mask", "grow_mask_by"),
    "ImageScale": ("image", "upscale_method", "width", "height", "crop"),
    "KSampler": (
        *("model", "seed", "steps", "cfg", "sampler_name", "scheduler"),
        *("positive", "negative", "latent_image", "denoise"),
    ),
    "VAEDecode": ("samples", "vae"),
    "SaveImage": ("images", "filename_prefix"),
    "PreviewImage": ("images",),
}
#: inputs that are numbers, or links to nodes that make one
NUMBERS = {"width", "height", "batch_size", "seed", "steps", "cfg", "denoise", "multiplier"}


def comfyui(*, bucket: bool) -> Any:
    """Make such a worker; with a bucket, its pictures are links."""

    async def work(kit: Kit, job_input: Mapping[str, Any]) -> dict[str, Any]:
        nodes = _nodes(job_input)
        images = _images(job_input)
        _validate(nodes, images)
        saved = [node for node in nodes.values() if node["class_type"] == "SaveImage"]
        found: list[dict[str, Any]] = []
        for node in saved:
            for number, made in enumerate(await _run(kit, nodes, images, node)):
                name = f"{node['inputs']['filename_prefix']}_{number + 1:05}_.png"
                if bucket:
                    found.append({"filename": name, "type": "s3_url", "data": kit.publish(made)})
                else:
                    data = base64.b64encode(made.data).decode()
                    found.append({"filename": name, "type": "base64", "data": data})
        return {"images": found} if found else {"status": "success_no_images", "images": []}

    return work


def _nodes(job_input: Mapping[str, Any]) -> Nodes:
    workflow = job_input.get("workflow")
    if workflow is None:
        raise Refused("Missing 'workflow' parameter")
    if not isinstance(workflow, dict) or not workflow:
        raise Refused("Workflow validation failed: Prompt has no outputs")
    return workflow


def _images(job_input: Mapping[str, Any]) -> dict[str, bytes]:
    given = job_input.get("images") or []
    if not isinstance(given, list) or not all(
        isinstance(one, dict) and {"name", "image"} <= one.keys() for one in given
    ):
        raise Refused("'images' must be a list of objects with 'name' and 'image' keys")
    try:
        return {
            one["name"]: base64.b64decode(one["image"].rpartition(",")[2], validate=True)
            for one in given
        }
    except (binascii.Error, AttributeError) as error:
        raise Refused("Failed to upload one or more input images") from error


def _validate(nodes: Nodes, images: Mapping[str, bytes]) -> None:
    problems = [
        f"Node {number} ({kind}): {words}"
        for number, node in nodes.items()
        for kind, words in _problems(nodes, node, images)
    ]
    if problems:
        lines = "\n".join(f"• {one}" for one in problems)
        raise Refused(f"Workflow validation failed:\n{lines}")
    if not any(node["class_type"] == "SaveImage" for node in nodes.values()):
        raise Refused("Prompt has no outputs")


def _problems(nodes: Nodes, node: Any, images: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    if not isinstance(node, dict) or node.get("class_type") not in NODES:
        yield "errors", "the node's class_type is missing or not known"
        return
    inputs = node.get("inputs", {})
    for name in NODES[node["class_type"]]:
        if name not in inputs:
            yield "errors", f"Required input is missing: {name}"
    for name, value in inputs.items():
        if words := _wrong_value(nodes, name, value):
            yield "errors", words
    if node["class_type"] in {"LoadImage", "LoadImageMask"} and inputs.get("image") not in images:
        yield "errors", f"Invalid image file: {inputs.get('image')}"


def _wrong_value(nodes: Nodes, name: str, value: Any) -> str | None:
    if isinstance(value, list):
        leads = len(value) == 2 and str(value[0]) in nodes
        return None if leads else f"{name} leads to no node"
    there = {"ckpt_name": CHECKPOINTS, "vae_name": VAES}.get(name)
    if there is not None and value not in there:
        return f"Value not in list: {name}: '{value}' not in {list(there)}"
    if name in NUMBERS and not isinstance(value, int | float):
        return f"Failed to convert an input value: {name}"
    return None


async def _run(
    kit: Kit, nodes: Nodes, images: Mapping[str, bytes], save: Mapping[str, Any]
) -> list[media.Made]:
    """Make the pictures of one SaveImage: what leads to it says which, how large and how many."""
    before = list(_before(nodes, save))
    texts = [str(node["inputs"]["text"]) for node in before if "text" in node["inputs"]]
    sampler = next((one for one in before if one["class_type"] == "KSampler"), None)
    seed = int(sampler["inputs"]["seed"]) if sampler else 0
    latent = next((one for one in before if one["class_type"] == "EmptyLatentImage"), None)
    scaled = next((one for one in before if one["class_type"] == "ImageScale"), None)
    loaded = next((one for one in before if one["class_type"] == "LoadImage"), None)
    start = images[loaded["inputs"]["image"]] if loaded else None
    if latent is not None:
        size = (int(latent["inputs"]["width"]), int(latent["inputs"]["height"]))
        count = int(latent["inputs"]["batch_size"])
    elif scaled is not None:
        size, count = (int(scaled["inputs"]["width"]), int(scaled["inputs"]["height"])), 1
    elif start is not None:
        size, count = await kit.make(media.size_of, start), 1
    else:
        raise Refused("Workflow execution error: nothing says how large the picture is")
    return [
        await kit.make(media.picture, f"{texts} {number}", seed, size, "png", start)
        for number in range(count)
    ]


def _before(nodes: Nodes, node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every node that this one needs, the nearest first."""
    waiting, seen = [node], set()
    while waiting:
        for value in waiting.pop(0)["inputs"].values():
            if isinstance(value, list) and str(value[0]) not in seen:
                seen.add(str(value[0]))
                waiting.append(nodes[str(value[0])])
                yield nodes[str(value[0])]
