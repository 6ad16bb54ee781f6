"""Which task is meant by a direct request that names none.

First its fields tell: those that only some tasks have, and those without which a task cannot be.
Where several tasks fit, the document tells that an app has queued for it, then the endpoint, and at
last the order of the registry, in which pictures from words come first.
"""

from collections.abc import Callable, Mapping
from typing import Any

from firepod.domain.generation import Generation, MediaType
from firepod.kinds import registry
from firepod.kinds.meaning import fitting
from firepod.kinds.task import Task as Entry
from worker.brought import spellings


class UnknownMediaType(Exception):
    """``FIREPOD_MEDIA_TYPE`` names nothing that can be made."""


Find = Callable[[], Generation | None]


def task_type_of(fields: Mapping[str, Any], find: Find, usual: MediaType | None) -> str:
    """The task type of a request's fields.

    `find` looks for its document, and is asked only where the fields leave it open; `usual` is what
    the endpoint makes.
    """
    possible = fitting(fields, registry.TASKS.values(), spellings)
    if len(possible) == 1:
        return possible[0].name
    queued = find()
    if queued is not None:
        for one in possible:
            if one.name == queued.task_type:
                return one.name
        return _of_media(fields, queued.media_type).name
    if usual is not None and any(one.media_type is usual for one in possible):
        return _of_media(fields, usual).name
    return possible[0].name


def endpoint_media_type(value: str, endpoint_id: str) -> MediaType | None:
    """What this worker's endpoint makes, by FIREPOD_MEDIA_TYPE.

    That is a media type, or one for each endpoint: `{endpoint id}=videos,{endpoint id}=tts`.

    Raises:
        UnknownMediaType: it names something else.
    """
    for part in filter(None, map(str.strip, value.split(","))):
        endpoint, equals, name = part.rpartition("=")
        if name.strip() not in set(MediaType):
            raise UnknownMediaType(
                f"FIREPOD_MEDIA_TYPE={value!r}: each must be one of {', '.join(MediaType)}."
            )
        if not equals or endpoint.strip() == endpoint_id:
            return MediaType(name.strip())
    return None


def _of_media(fields: Mapping[str, Any], media_type: MediaType) -> Entry:
    own = [one for one in registry.TASKS.values() if one.media_type is media_type]
    return fitting(fields, own, spellings)[0]
