"""What the backend answers, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

ENDED = frozenset({"completed", "failed", "cancelled"})


@dataclass(frozen=True)
class Output:
    """A file of a generation; what has no size or length has none here."""

    url: str
    path: str
    content_type: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    duration_seconds: float | None = None
    thumb_url: str | None = None
    thumbhash: str | None = None

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})


@dataclass(frozen=True)
class Generation:
    """One generation as it is now. `document` holds all of it, times as RFC 3339 text."""

    file_uid: str
    user_id: str
    media_type: str
    status: str
    task_type: str = ""
    progress: float | None = None
    created_at: datetime | None = None
    error: str | None = None
    error_code: str | None = None
    outputs: tuple[Output, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def path(self) -> str:
        """The name under which it is found again, and its Firestore document."""
        return f"generations/{self.user_id}/{self.media_type}/{self.file_uid}"

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        created = data.get("created_at")
        outputs = (data.get("generation_data") or {}).get("outputs") or ()
        return cls(
            file_uid=data["file_uid"],
            user_id=data["user_id"],
            media_type=data["media_type"],
            status=data["status"],
            task_type=data.get("task_type", ""),
            progress=data.get("progress"),
            created_at=datetime.fromisoformat(created) if created else None,
            error=data.get("error"),
            error_code=data.get("error_code"),
            outputs=tuple(Output.of(one) for one in outputs),
            document=data,
        )


@dataclass(frozen=True)
class Page:
    """Some generations, newest first; `cursor` names the next page, None: there is none."""

    generations: tuple[Generation, ...]
    cursor: str | None
