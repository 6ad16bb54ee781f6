"""What the worker returns to RunPod: the shapes that its clients know (docs/contract.md, 5)."""

import base64
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from firepod.kinds import registry
from firepod.kinds.task import Named
from worker.engines.interface import EngineError
from worker.media import Media
from worker.task import Task


def with_urls(
    task: Task, urls: Sequence[str], now: datetime, media: Sequence[Media] = ()
) -> dict[str, Any]:
    """The answer for media that are in Storage; small, because RunPod drops large ones."""
    entry = registry.task(task.task_type)
    links = entry.links(urls)
    if entry.named is None:
        return _identity(task, links) | _seen(media)
    uploaded_at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    shared = {"firebase_urls": links, "shared_access": True, "uploaded_at": uploaded_at}
    return _speech(task, entry.named, {}, shared) | _seen(media)


def with_media(task: Task, media: Sequence[Media]) -> dict[str, Any]:
    """The answer that carries the media themselves, where there is no Storage to put them."""
    entry = registry.task(task.task_type)
    packed = entry.pack([_base64(one.path) for one in media])
    if entry.named is None:
        return _identity(task, packed) | _seen(media, with_thumbs=True)
    spoken = _speech(task, entry.named, packed, {"shared_access": False})
    return spoken | _seen(media, with_thumbs=True)


def uploaded(task: Task, media: Sequence[Media] = ()) -> dict[str, Any]:
    """The answer for media that were put to upload URLs, whose own URLs only the backend knows."""
    return _identity(task, {"uploaded": len(task.outputs)}) | _seen(media)


def stopped(task: Task, reason: str) -> dict[str, Any]:
    """The answer of a run that had nothing to do."""
    return _identity(task, {"stopped": reason})


def of_engine(error: EngineError) -> dict[str, Any]:
    """What stands beside an engine's sentence; RunPod's SDK acts on `refresh_worker` itself."""
    told: dict[str, Any] = {"error_code": error.code} if error.code else {}
    return told | ({"refresh_worker": True} if error.refresh else {})


def _seen(media: Sequence[Media], *, with_thumbs: bool = False) -> dict[str, Any]:
    """`outputs`: what is known of each file; nothing where nothing is."""
    told = [one.facts.known() for one in media]
    if with_thumbs:
        for known, one in zip(told, media, strict=True):
            if one.thumb is not None:
                known["thumb_base64"] = _base64(one.thumb)
    return {"outputs": told} if any(told) else {}


def _base64(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()


def _identity(task: Task, answer: dict[str, Any]) -> dict[str, Any]:
    answer["task_type"] = task.task_type
    if "seed" in task.request:
        answer["seed"] = task.request["seed"]
    if "fps" in task.request:
        answer |= {"fps": task.request["fps"], "num_frames": task.request["num_frames"]}
    if task.ref is not None:
        answer |= {"file_uid": task.ref.file_uid, "user_id": task.ref.user_id}
    return answer


def _speech(
    task: Task, named: Named, media: dict[str, Any], metadata: dict[str, Any]
) -> dict[str, Any]:
    own = named(task.request, task.file_uid)
    return {"status": "success", **own, **media, "metadata": metadata}
