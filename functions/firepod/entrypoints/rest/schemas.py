"""What the API answers, as models: they make the answers and their schemas in OpenAPI."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from firepod.domain import generation as domain
from firepod.domain.generation import MediaType, Status
from firepod.entrypoints.rest import links
from firepod.ports import Usage as Sums
from firepod.usecases.steps import attempt

MIB = 1024 * 1024


class ErrorContent(BaseModel):
    """What went wrong."""

    code: str = Field(description="Stable, for programs.")
    message: str = Field(description="A sentence for people.")
    details: dict[str, Any] | None = None


class Error(BaseModel):
    """Every answer that is not a success."""

    error: ErrorContent


class Urls(BaseModel):
    """What can be done with a generation: GET `self`, POST `cancel` and `retry`, DELETE `discard`.

    Paths of this host, under `/api/v1` for who called there.
    """

    own: str = Field(alias="self")
    cancel: str
    retry: str
    discard: str


class Started(BaseModel):
    """A generation that was started, stopped or deleted."""

    file_uid: str
    user_id: str
    media_type: MediaType
    status: Status
    path: str = Field(description="The Firestore document to listen to.")
    duplicate: bool = Field(description="Whether an idempotency key had started it before.")
    urls: Urls


class Price(BaseModel):
    """What a model costs."""

    usd: float
    per: str = Field(description="What it is for: a picture, a second of GPU.")


class Model(BaseModel):
    """What generations can be made with."""

    id: str
    label: str
    tasks: list[str]
    default_for: list[str] = Field(description="Tasks that use it when no model is named.")
    defaults: dict[str, Any] = Field(description="Of fields, where they differ from the task's.")
    bounds: dict[str, dict[str, Any]] = Field(
        description="`min`, `max`, `multiple_of` or `one_of` of fields, where they are closer."
    )
    sizes: list[tuple[int, int]] = Field(description="Width and height that it takes; none: any.")
    weight: int = Field(description="A request's units times this count in a day's limits.")
    price: Price | None = Field(description="null: nobody knows.")
    licence: str
    commercial: bool = Field(description="Whether its licence lets people earn money with it.")


class Models(BaseModel):
    """All that generations can be made with."""

    models: list[Model]


class Generation(BaseModel):
    """The document of a generation, with its times as RFC 3339 text."""

    file_uid: str
    user_id: str
    media_type: MediaType
    task_type: str
    status: Status
    attempt: int
    request_data: dict[str, Any]
    model: str | None = None
    metadata: dict[str, Any] | None = Field(default=None, description="The caller's own.")
    created_at: datetime
    modified: datetime
    progress: float | None = None
    preview: str | None = Field(
        default=None, description="A small WebP as a `data:` URL, while it is made."
    )
    started_at: datetime | None = None
    completed_at: datetime | None = None
    generated: bool | None = None
    generation_data: dict[str, Any] | None = None
    error: str | None = None
    error_code: domain.ErrorCode | None = None
    metrics: dict[str, int | float] | None = None
    size_bytes: int | None = None
    file_count: int | None = None
    expires_at: datetime | None = None
    timeline: tuple[domain.Happened, ...] | None = Field(
        default=None, description="What has happened to it, oldest first; 40 entries at most."
    )
    urls: Urls


class Generations(BaseModel):
    """A page, newest first."""

    generations: list[Generation]
    next_cursor: str | None = Field(description="For the next page; null on the last one.")


class Usage(BaseModel):
    """Sums over completed generations; MB are 2**20 bytes."""

    total_size_bytes: int
    total_size_mb: float
    file_count: int


class StorageUsage(BaseModel):
    storage_usage: Usage


class UsageByType(Usage):
    """The total is that of all media types and of the uploads."""

    by_media_type: dict[MediaType, Usage]
    uploads: Usage = Field(description="What was handed in; 10,000 files are counted at most.")


class Upload(BaseModel):
    """A file that was handed in: `path` is what requests name."""

    path: str
    content_type: str
    size_bytes: int


class ListedUpload(Upload):
    name: str = Field(description="What `DELETE /api/uploads/{name}` takes.")
    created_at: datetime


class Uploads(BaseModel):
    """A page, in the order of the names."""

    uploads: list[ListedUpload]
    next_cursor: str | None = Field(description="For the next page; null on the last one.")


class Deleted(BaseModel):
    status: Literal["deleted"]


class Erasing(BaseModel):
    """Everything of the caller's is being deleted."""

    status: Literal["erasing"]


class FullStorageUsage(BaseModel):
    storage_usage: UsageByType


class Limit(BaseModel):
    limit: int
    used: int


class DailyLimit(Limit):
    """In units: one is a default picture of 1024x1024 pixels in 30 steps; others weigh more."""

    resets_at: datetime = Field(description="When the count begins again: midnight UTC.")


class Quota(BaseModel):
    """What the caller may have running at a time, and may use in a day."""

    active: Limit
    daily: DailyLimit


class Health(BaseModel):
    """`checks` come with `deep`: each thing behind the API, all of them well."""

    status: Literal["ok"]
    version: str
    checks: dict[str, Literal["ok"]] | None = None


def generation(value: domain.Generation) -> dict[str, Any]:
    """A generation as JSON; what it has not, is absent as in its document."""
    fields = {name: getattr(value, name) for name in Generation.model_fields if name != "urls"}
    fields["timeline"] = value.timeline or None
    return shown(Generation(**fields, urls=urls(value.ref)))


def urls(ref: domain.GenerationRef) -> Urls:
    return Urls.model_validate(links.urls(ref))


def about(ref: domain.GenerationRef, model: type[BaseModel], fields: dict[str, Any]) -> Any:
    """A model of what is said of a generation, with its urls."""
    return model(**fields, urls=urls(ref))


def started(value: attempt.Started) -> dict[str, Any]:
    """A generation that was started, stopped or deleted, as JSON."""
    return {**value.answer(), "urls": links.urls(value.ref)}


def shown(model: BaseModel) -> dict[str, Any]:
    """A model as JSON without what is absent."""
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


def paged(model: BaseModel) -> dict[str, Any]:
    """A page as JSON; its `next_cursor` is there even when it is null."""
    return {**shown(model), "next_cursor": getattr(model, "next_cursor", None)}


def usage(sums: Sums) -> Usage:
    return Usage(
        total_size_bytes=sums.size_bytes,
        total_size_mb=round(sums.size_bytes / MIB, 2),
        file_count=sums.file_count,
    )
