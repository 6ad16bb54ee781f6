"""What the worker returns to RunPod: the shapes that its clients know (docs/contract.md, 5)."""

import base64
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from firepod.domain.generation import MediaType
from worker.task import Task


def with_urls(task: Task, urls: Sequence[str], now: datetime) -> dict[str, Any]:
    """The answer for media that are in Storage; small, because RunPod drops large ones."""
    match _media_type(task):
        case MediaType.IMAGES:
            return _identity(task, {"images": list(urls), "image_url": urls[0]})
        case MediaType.VIDEOS:
            return _identity(task, {"video_url": urls[0]})
        case MediaType.VOICES:
            links = {"sample_url": urls[0], "profile_url": urls[1]}
            return _speech(task, {}, _shared(links, now))
        case MediaType.TTS:
            return _speech(task, {}, _shared({"tts_url": urls[0]}, now))


def with_media(task: Task, files: Sequence[Path]) -> dict[str, Any]:
    """The answer that carries the media themselves, where there is no Storage to put them."""
    texts = [base64.b64encode(file.read_bytes()).decode() for file in files]
    match _media_type(task):
        case MediaType.IMAGES:
            return _identity(task, {"images": texts, "image_url": texts[0]})
        case MediaType.VIDEOS:
            return _identity(task, {"video": texts[0]})
        case MediaType.VOICES:
            own = {"audio_base64": texts[0], "profile_base64": texts[1]}
            return _speech(task, own, {"shared_access": False})
        case MediaType.TTS:
            return _speech(task, {"audio_base64": texts[0]}, {"shared_access": False})


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


def _speech(task: Task, media: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    file_uid = task.ref.file_uid if task.ref else ""
    if _media_type(task) is MediaType.VOICES:
        own = {"voice_id": file_uid, "voice_name": task.request["name"]}
    else:
        own = {
            "generation_id": file_uid,
            "voice_id": task.request["voice_id"],
            "text": task.request["text"],
        }
    return {"status": "success", **own, **media, "metadata": metadata}


def _shared(links: dict[str, str], now: datetime) -> dict[str, Any]:
    uploaded_at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"firebase_urls": links, "shared_access": True, "uploaded_at": uploaded_at}


def _media_type(task: Task) -> MediaType:
    from firepod.kinds.catalog import media_type_of

    return media_type_of(task.task_type)
