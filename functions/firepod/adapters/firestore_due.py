"""What is due by its time, for every user: jobs, expired generations, used keys.

One document that cannot be read never stands in the way of the others: it is logged, keeps what it
holds, and gets a later time. Only collections that nobody but Firepod writes are asked for what is
due; a collection of an app may have any name below any document.
"""

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from firepod import logs
from firepod.adapters import documents
from firepod.adapters.firestore_reach import OVERTAKEN, Patience, reaching
from firepod.domain.generation import GenerationRef, Job, MediaType
from firepod.ports import Expiration

UNREADABLE_AGAIN = timedelta(hours=1)
WALK_EVERY = timedelta(days=1)
PLACE = "upkeep/expirations"  # how far `find_expirations` is


class FirestoreDue:
    """What `FirestoreStore` inherits."""

    _client: firestore.Client
    _seconds: float

    def _bounds(self) -> dict[str, Any]:
        return Patience(self._seconds).bounds()

    @reaching
    def due_jobs(self, now: datetime, limit: int, *, latest: bool = False) -> Sequence[Job]:
        jobs = []
        for snapshot in self._due("jobs", "check_at", now, limit, latest=latest):
            try:
                job = documents.parse_job(snapshot.to_dict() or {})
                if job.file_uid != snapshot.id:
                    raise documents.Unreadable
            except documents.Unreadable:
                self._set_aside(snapshot, "check_at", now)
            else:
                jobs.append(job)
        return jobs

    @reaching
    def set_aside(self, file_uid: str, check_at: datetime) -> None:
        with contextlib.suppress(exceptions.NotFound):
            self._client.document(f"jobs/{file_uid}").update(
                {"check_at": check_at}, **self._bounds()
            )

    @reaching
    def expired(self, now: datetime, limit: int) -> Sequence[Expiration]:
        found = []
        for snapshot in self._due("expirations", "expires_at", now, limit):
            try:
                ref = documents.parse_expiration(snapshot.to_dict() or {})
            except documents.Unreadable:
                self._set_aside(snapshot, "expires_at", now)
            else:
                found.append(Expiration(ref, (snapshot.reference, snapshot.update_time)))
        return found

    @reaching
    def settle(self, expiration: Expiration, again_at: datetime | None) -> None:
        version: Any = expiration.version
        reference, update_time = version
        option = self._client.write_option(last_update_time=update_time)
        with contextlib.suppress(*OVERTAKEN):
            if again_at is None:
                reference.delete(option=option, **self._bounds())
            else:
                reference.update({"expires_at": again_at}, option=option, **self._bounds())

    @reaching
    def find_expirations(self, now: datetime, limit: int) -> None:
        place = self._client.document(PLACE)
        was = place.get(**self._bounds()).to_dict() or {}
        rest_until = was.get("rest_until")
        if isinstance(rest_until, datetime) and now < rest_until:
            return
        known = [str(one) for one in MediaType]
        media_type = was["media_type"] if was.get("media_type") in known else known[0]
        found = self._expired_documents(media_type, was.get("after"), now, limit)
        batch = self._client.batch()
        for snapshot in found:
            ref = _own(snapshot.reference.path)
            if ref is not None:
                entry = documents.expiration_document(ref, snapshot.get("expires_at"))
                batch.set(self._client.document(documents.expiration_path(ref.path)), entry)
        batch.set(place, _next_place(media_type, found, now, full=len(found) == limit))
        batch.commit(**self._bounds())

    @reaching
    def drop_keys(self, now: datetime, limit: int) -> int:
        batch = self._client.batch()
        references = [
            snapshot.reference
            for snapshot in self._due("idempotency_keys", "expires_at", now, limit)
        ]
        for reference in references:
            batch.delete(reference)
        if references:
            batch.commit(**self._bounds())
        return len(references)

    def _due(
        self, collection: str, field: str, now: datetime, limit: int, *, latest: bool = False
    ) -> Sequence[Any]:
        query = self._client.collection(collection).where(filter=FieldFilter(field, "<=", now))
        direction = firestore.Query.DESCENDING if latest else firestore.Query.ASCENDING
        return list(
            query.order_by(field, direction=direction).limit(limit).stream(**self._bounds())
        )

    def _expired_documents(
        self, media_type: str, after: object, now: datetime, limit: int
    ) -> Sequence[Any]:
        """Those of every collection with this name, whoever it belongs to, in a fixed order."""
        query = (
            self._client.collection_group(media_type)
            .where(filter=FieldFilter("expires_at", "<=", now))
            .order_by("expires_at")
            .order_by("__name__")
        )
        if isinstance(after, dict):
            reference = self._client.document(after["path"])
            query = query.start_after({"expires_at": after["expires_at"], "__name__": reference})
        return list(query.limit(limit).stream(**self._bounds()))

    def _set_aside(self, snapshot: Any, field: str, now: datetime) -> None:
        logs.unreadable(snapshot.reference.path)
        with contextlib.suppress(exceptions.GoogleAPICallError):  # the next run finds it again
            snapshot.reference.update({field: now + UNREADABLE_AGAIN}, **self._bounds())


def _own(path: str) -> GenerationRef | None:
    """The generation that a document is; None if it is somebody else's document."""
    match path.split("/"):
        case ["generations", user_id, media_type, file_uid]:
            return GenerationRef(user_id, MediaType(media_type), file_uid)
    return None


def _next_place(
    media_type: str, found: Sequence[Any], now: datetime, *, full: bool
) -> dict[str, Any]:
    if full:
        last = found[-1]
        after = {"expires_at": last.get("expires_at"), "path": last.reference.path}
        return {"media_type": media_type, "after": after}
    rest = [str(one) for one in MediaType]
    following = rest[rest.index(media_type) + 1 :]
    return {"media_type": following[0]} if following else {"rest_until": now + WALK_EVERY}
