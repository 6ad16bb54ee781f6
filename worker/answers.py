"""What the worker returns to RunPod: the shapes that its clients know (docs/contract.md, 5)."""

import base64
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from firepod.kinds import registry
from firepod.kinds.task import Named
from worker.task import Task


def with_urls(task: Task, urls: Sequence[str], now: datetime) -> dict[str, Any]:
    """The answer for media that are in Storage; small, because RunPod drops large ones."""
    entry = registry.task(task.task_type)
    links = entry.links(urls)
    if entry.named is None:
        return _identity(task, links)
    uploaded_at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    shared = {"firebase_urls": links, "shared_access": True, "uploaded_at": uploaded_at}
    return _speech(task, entry.named, {}, shared)


def with_media(task: Task, files: Sequence[Path]) -> dict[str, Any]:
    """The answer that carries the media themselves, where there is no Storage to put them."""
    entry = registry.task(task.task_type)
    media = entry.pack([base64.b64encode(file.read_bytes()).decode() for file in files])
    if entry.named is None:
        return _identity(task, media)
    return _speech(task, entry.named, media, {"shared_access": False})


def uploaded(task: Task) -> dict[str, Any]:
    """The answer for media that were put to upload URLs, whose own URLs only the backend knows."""
    return _identity(task, {"uploaded": len(task.outputs)})


def stopped(task: Task, reason: str) -> dict[str, Any]:
    """The answer of a run that had nothing to do."""
    return _identity(task, {"stopped": reason})


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
