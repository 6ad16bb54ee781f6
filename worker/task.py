"""What RunPod hands the worker, checked before anything is spent on it."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from firepod.domain import thumbs
from firepod.domain.cost import parse_usd
from firepod.domain.errors import InvalidArgument, Unauthenticated
from firepod.domain.generation import GenerationRef, MediaType, Output, UploadUrl
from firepod.domain.users import parse_user_id
from firepod.kinds import catalog, formats, paths, registry
from firepod.settings import MediaUrls
from worker.brought import BadInput, Brought, taken

# What the backend adds to the fields of the task (docs/contract.md, 5).
_OWN = frozenset(
    {
        "user_id",
        "file_uid",
        "media_type",
        "attempt",
        "use_cloud_storage",
        "outputs",
        "media_urls",
        "retention_days",
        "download_urls",
    }
)


MOST = 100_000  # attempts, or days that something is kept: what can be counted with


class BadTask(Exception):
    """The job's input is not a task; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One job: what to make, for whom, and where it goes."""

    runpod_job_id: str
    task_type: str
    request: dict[str, Any]  #: the fields of the task with defaults filled in
    ref: GenerationRef | None  #: None for a direct request, which only wants its media back
    attempt: int
    outputs: tuple[Output, ...]
    thumbs: tuple[Output | None, ...]  #: of the outputs in their order; None: nobody wants one
    upload_urls: dict[str, UploadUrl]  #: path of an output or a thumb -> where to put it
    job_url: str  #: where a run without credentials claims and reports; "" if nobody said
    download_urls: dict[str, str]  #: field -> URL to get it from, without credentials
    media_urls: MediaUrls
    retention_days: int
    usd_per_second: float | None  #: what a second of this GPU costs; None: nobody said
    from_backend: bool  #: whether Firepod's backend sent it, and not somebody by themselves
    metadata: dict[str, Any] | None  #: of a direct request, for its document alone
    brought: dict[str, Brought]  #: input -> what a direct request brings for it
    file_uid: str  #: its name: the given one, or one to propose


def is_direct(data: dict[str, Any]) -> bool:
    """Whether somebody has sent this to RunPod without the backend, which names what to make."""
    return data.get("outputs") is None


def fields_of(data: dict[str, Any]) -> dict[str, Any]:
    """An input without what the backend adds; in a direct one null is as if it were not there."""
    nulls = not is_direct(data)
    return {k: v for k, v in data.items() if k not in _OWN and (nulls or v is not None)}


def parse_task(job: dict[str, Any], seed: int, now: Any) -> Task:
    """Read a job of RunPod's, whose input names its task.

    `seed` is taken where a direct request names none. Raises BadTask.
    """
    data = job.get("input")
    if not isinstance(data, dict):
        raise BadTask("The input must be an object.")
    own = {name: data[name] for name in _OWN & data.keys() if data[name] is not None}
    fields, brought = _brought(data)
    try:
        request = catalog.parse_request(fields)
    except InvalidArgument as error:
        raise BadTask(error.message) from error
    entry = registry.task(request.task_type)
    drawn = {one.name: seed for one in entry.fields if one.drawn}
    values = drawn | request.recorded()
    ref = _ref(own, entry.media_type)
    outputs, upload_urls, job_url = _outputs(own.get("outputs"), ref)
    if outputs and formats.NAME in values:
        # The backend tells by the outputs alone, which older workers read, too.
        told = formats.of_type(outputs[0].content_type)
        values[formats.NAME] = values[formats.NAME] if told is None else told.name
    file_uid = ref.file_uid if ref else entry.kind.file_uid(values, now, uuid4().hex)
    made_for = ref or GenerationRef("direct", entry.media_type, file_uid)
    from_backend = bool(outputs)
    wanted = _thumbs(own.get("outputs"), ref, outputs, upload_urls)
    if not from_backend:
        outputs = entry.outputs(made_for, values, now)
        wanted = tuple(thumbs.thumbs(made_for, outputs)) if ref else (None,) * len(outputs)
    return Task(
        runpod_job_id=str(job.get("id", "")),
        task_type=request.task_type,
        request=values,
        ref=ref,
        attempt=_whole(own.get("attempt", 1), "attempt", 1),
        outputs=outputs,
        thumbs=wanted,
        upload_urls=upload_urls,
        job_url=job_url,
        download_urls=_texts(own.get("download_urls", {}), "download_urls"),
        media_urls=_kind(own.get("media_urls", MediaUrls.TOKEN)),
        retention_days=_whole(own.get("retention_days", 0), "retention_days", 0),
        usd_per_second=_price(own.get("outputs") if from_backend else None),
        from_backend=from_backend,
        metadata=request.metadata or None,
        brought=brought,
        file_uid=file_uid,
    )


def identity(data: dict[str, Any]) -> tuple[str, str] | None:
    """Whose generation it is to be, and its name; None if nobody says so.

    Raises:
        BadTask: one of them cannot be.
    """
    user_id, file_uid = data.get("user_id"), data.get("file_uid")
    stored = data.get("use_cloud_storage")
    if stored is not None and not isinstance(stored, bool):
        # Else whoever waits for the document would wait for good.
        raise BadTask("use_cloud_storage must be true or false.")
    if not stored or user_id is None or file_uid is None:
        return None
    try:
        user_id = parse_user_id(user_id)
    except Unauthenticated as error:
        raise BadTask("user_id must be the id of a user.") from error
    if not isinstance(file_uid, str) or not paths.is_file_uid(file_uid):
        raise BadTask("file_uid must be the name of a generation.")
    return user_id, file_uid


def _brought(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Brought]]:
    fields = fields_of(data)
    name = fields.get("task_type")
    if not is_direct(data) or not isinstance(name, str) or name not in registry.TASKS:
        return fields, {}
    try:
        return taken(registry.task(name), fields)
    except BadInput as error:
        raise BadTask(str(error)) from error


def _ref(own: dict[str, Any], media_type: MediaType) -> GenerationRef | None:
    named = identity(own)
    if named is None:
        return None
    if own.get("media_type", media_type) != media_type:
        raise BadTask(f"media_type must be {media_type} for this task.")
    return GenerationRef(named[0], media_type, named[1])


def _outputs(
    value: Any, ref: GenerationRef | None
) -> tuple[tuple[Output, ...], dict[str, UploadUrl], str]:
    """The objects to make, whose names must lie where the generation's lie, and the job's URL."""
    if value is None or ref is None:
        return (), {}, ""
    if not isinstance(value, list) or not value:
        raise BadTask("outputs must be a list, and not an empty one.")
    outputs, upload_urls, job_url = [], {}, ""
    for given in value:
        if not isinstance(given, dict):
            raise BadTask("outputs must hold objects.")
        entry = dict(given)
        headers = _texts(entry.pop("upload_headers", {}), "upload_headers")
        texts = _texts(entry, "outputs")
        path = texts.get("path", "")
        if not path.startswith(registry.folder(ref)) or ".." in path.split("/"):
            raise BadTask("outputs must lie below the generation's own folder.")
        outputs.append(Output(path, texts.get("content_type", "")))
        if "upload_url" in texts:
            sent = headers or {"Content-Type": outputs[-1].content_type}
            upload_urls[path] = UploadUrl(texts["upload_url"], sent)
        job_url = texts.get("job_url", job_url)
    return tuple(outputs), upload_urls, job_url


def _price(outputs: Any) -> float | None:
    text = None if outputs is None else outputs[0].get("usd_per_second")
    try:
        return None if text is None else parse_usd(text)
    except ValueError as error:
        raise BadTask("usd_per_second must be a price.") from error


def _thumbs(
    value: Any,
    ref: GenerationRef | None,
    outputs: tuple[Output, ...],
    upload_urls: dict[str, UploadUrl],
) -> tuple[Output | None, ...]:
    """The thumbs that the backend asks for; where they are put to joins the other URLs.

    Only under the name that follows from its output's: another one is not made.
    """
    if ref is None or not outputs:
        return ()
    wanted: list[Output | None] = []
    for entry, thumb in zip(value, thumbs.thumbs(ref, outputs), strict=True):
        asked = thumb is not None and entry.get("thumb_path") == thumb.path
        wanted.append(thumb if asked else None)
        if thumb is not None and asked and "thumb_upload_url" in entry:
            headers = _headers(entry.get("thumb_upload_headers", ""))
            upload_urls[thumb.path] = UploadUrl(entry["thumb_upload_url"], headers)
    return tuple(wanted)


def _headers(text: str) -> dict[str, str]:
    try:
        return _texts(json.loads(text), "thumb_upload_headers")
    except ValueError as error:
        raise BadTask("thumb_upload_headers must be JSON.") from error


def _kind(value: Any) -> MediaUrls:
    if not isinstance(value, str) or value not in set(MediaUrls):
        raise BadTask(f"media_urls must be one of {', '.join(MediaUrls)}.")
    return MediaUrls(value)


def _texts(value: Any, name: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise BadTask(f"{name} must hold texts.")
    return value


def _whole(value: Any, name: str, low: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= MOST:
        raise BadTask(f"{name} must be a whole number between {low} and {MOST}.")
    return value
