"""Finds jobs and generations as an operator names them: by an id alone, or by how old they are.

Every query has its index in `firestore.indexes.json` and a bound; none reads the whole database.
Documents that cannot be read are found, too: what is broken is what one looks for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from google.cloud.firestore_v1.base_query import FieldFilter

from firepod.adapters import documents
from firepod.adapters.firestore_reach import Patience, reaching
from firepod.domain.generation import Generation, GenerationRef, Job, MediaType

if TYPE_CHECKING:
    from google.cloud.firestore import Client

SECONDS = 12.0  # for one request
PAGE = 300  # documents of one request
NAMESAKES = 10  # documents with one id that are read of each medium; ours has one


@dataclass(frozen=True, slots=True)
class Found:
    """What the database holds of one generation; `job` or `generation` is None if unreadable."""

    ref: GenerationRef
    document: dict[str, Any] | None  #: as it is stored; None: it is not there
    generation: Generation | None
    job_document: dict[str, Any] | None
    job: Job | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One document of `jobs`, with how its generation stands."""

    file_uid: str
    document: dict[str, Any]
    job: Job | None  #: None: it cannot be read
    generation: dict[str, Any] | None  #: `status` and `attempt`; None: it is not there


class Finder:
    """Looks at a project's Firestore; every method raises Unavailable where it does not answer."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def generations(self, file_uid: str, user_id: str | None = None) -> list[Found]:
        """Everything of this id: of its job, else of whoever has a document of this name."""
        job = self._job(file_uid)
        parsed = None if job is None else _parse_job(job, file_uid)
        refs = [parsed.ref] if parsed is not None else self._refs(file_uid, user_id)
        if not refs and job is not None and (guess := _ref_of(job, file_uid)) is not None:
            refs = [guess]
        if user_id is not None:
            refs = [ref for ref in refs if ref.user_id == user_id]
        stored = self._get(ref.path for ref in refs)
        return [
            Found(
                ref,
                stored.get(ref.path),
                _parse_generation(stored.get(ref.path), ref),
                job if parsed is None or parsed.ref == ref else None,
                parsed,
            )
            for ref in refs
        ]

    def scan(self, *, until: datetime, most: int) -> Iterator[list[Listed]]:
        """Jobs that were accepted until then, the oldest first, in pages; `most` in all."""
        query = self._client.collection("jobs").where(filter=FieldFilter("created_at", "<=", until))
        query = query.order_by("created_at")
        read = 0
        while read < most:
            page = self._stream(query.limit(min(PAGE, most - read)))
            read += len(page)
            yield self._listed(page)
            if len(page) < PAGE:
                return
            query = query.start_after(page[-1])

    def overdue(self, before: datetime, limit: int) -> list[Listed]:
        """Jobs whose look should have been before that; those without a time of their own, too."""
        query = self._client.collection("jobs").where(filter=FieldFilter("check_at", "<=", before))
        return self._listed(self._stream(query.order_by("check_at").limit(limit)))

    def of_user(self, user_id: str, most: int) -> list[Listed]:
        """A user's jobs, the oldest first; a user has few."""
        mine = self._client.collection("jobs").where(filter=FieldFilter("user_id", "==", user_id))
        return sorted(self._listed(self._stream(mine.limit(most))), key=_accepted)

    def quota(self, user_id: str) -> dict[str, Any]:
        """`quotas/{user_id}` as it is stored."""
        path = f"quotas/{user_id}"
        return self._get([path]).get(path) or {}

    def _job(self, file_uid: str) -> dict[str, Any] | None:
        path = f"jobs/{file_uid}"
        return self._get([path]).get(path)

    def _refs(self, file_uid: str, user_id: str | None) -> list[GenerationRef]:
        if user_id is not None:
            refs = [GenerationRef(user_id, one, file_uid) for one in MediaType]
            there = self._get(ref.path for ref in refs)
            return [ref for ref in refs if ref.path in there]
        return [ref for one in MediaType for ref in self._named(one, file_uid)]

    def _named(self, media_type: MediaType, file_uid: str) -> list[GenerationRef]:
        """Those of every user; a collection of an app may have this name elsewhere."""
        first = self._client.document(f"generations/\x01/{media_type}/\x01")
        behind = self._client.document(f"generations0/\x01/{media_type}/\x01")
        query = (
            self._client.collection_group(media_type)
            .where(filter=FieldFilter("file_uid", "==", file_uid))
            .where(filter=FieldFilter("__name__", ">=", first))
            .where(filter=FieldFilter("__name__", "<", behind))
            .limit(NAMESAKES)
        )
        paths = [snapshot.reference.path.split("/") for snapshot in self._stream(query)]
        return [
            GenerationRef(path[1], media_type, file_uid)
            for path in paths
            if len(path) == 4 and path[3] == file_uid
        ]

    def _listed(self, page: Sequence[Any]) -> list[Listed]:
        jobs = [(one.id, one.to_dict() or {}) for one in page]
        parsed = [(uid, data, _parse_job(data, uid)) for uid, data in jobs]
        refs = [job.ref.path for _, _, job in parsed if job is not None]
        stored = self._get(refs, ("status", "attempt", "error_code"))
        return [
            Listed(uid, data, job, None if job is None else stored.get(job.ref.path))
            for uid, data, job in parsed
        ]

    @reaching
    def _stream(self, query: Any) -> list[Any]:
        return list(query.stream(**Patience(SECONDS).bounds()))

    @reaching
    def _get(
        self, paths: Iterable[str], fields: Sequence[str] | None = None
    ) -> dict[str, dict[str, Any]]:
        references = [self._client.document(path) for path in paths]
        if not references:
            return {}
        bounds = Patience(SECONDS).bounds()
        found = self._client.get_all(references, field_paths=fields, **bounds)
        return {one.reference.path: one.to_dict() or {} for one in found if one.exists}


def _parse_job(data: dict[str, Any], file_uid: str) -> Job | None:
    try:
        job = documents.parse_job(data)
    except documents.Unreadable:
        return None
    return job if job.file_uid == file_uid else None  # as a look has it


def _parse_generation(data: dict[str, Any] | None, ref: GenerationRef) -> Generation | None:
    if data is None:
        return None
    try:
        return documents.parse_generation(data, ref.path)
    except documents.Unreadable:
        return None


def _ref_of(job: dict[str, Any], file_uid: str) -> GenerationRef | None:
    """Whose a job is that cannot be read as a whole."""
    user_id, media_type = job.get("user_id"), job.get("media_type")
    if (
        isinstance(user_id, str)
        and user_id
        and "/" not in user_id
        and media_type in list(MediaType)
    ):
        return GenerationRef(user_id, MediaType(media_type), file_uid)
    return None


def _accepted(one: Listed) -> float:
    at = one.document.get("created_at")
    return at.timestamp() if isinstance(at, datetime) else 0.0
