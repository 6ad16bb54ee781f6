"""The part of the store that finds by user: `firepod.domain.owned.OwnedStore` on Firestore."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from firepod.adapters import documents
from firepod.adapters.firestore_reach import Patience, reaching
from firepod.domain.generation import GenerationRef, MediaType
from firepod.domain.owned import Erasure, OwnedGeneration, OwnedJob, UploadRound

_ROUND = "upkeep/uploads"
_AFTER_SLASH = "0"  # the next character: `a0` comes after all that begins with `a/`


class FirestoreOwned:
    """What `FirestoreStore` inherits."""

    _client: firestore.Client
    _seconds: float

    def _bounds(self) -> dict[str, Any]:
        return Patience(self._seconds).bounds()

    @reaching
    def uses_upload(self, user_id: str, path: str) -> bool:
        from firepod.kinds import registry  # of those who write the store, few ask this

        try:
            return any(
                self._any(self._generations(user_id, media_type), f"request_data.{field}", path)
                for media_type in MediaType
                for field in registry.input_fields(media_type)
            )
        except exceptions.FailedPrecondition:
            return True  # an index is not built yet: what cannot be told, stays

    def _any(self, query: firestore.CollectionReference, name: str, value: str) -> bool:
        found = query.where(filter=FieldFilter(name, "==", value)).select([]).limit(1)
        return any(True for _ in found.stream(**self._bounds()))

    @reaching
    def generations_of(
        self, user_id: str, media_type: MediaType, *, after: str, limit: int
    ) -> Sequence[OwnedGeneration]:
        generations = self._generations(user_id, media_type)
        query: firestore.Query = generations.order_by("__name__")
        if after:
            query = query.start_after({"__name__": generations.document(after)})
        return [
            _owned(GenerationRef(user_id, media_type, snapshot.id), snapshot.to_dict() or {})
            for snapshot in query.limit(limit).stream(**self._bounds())
        ]

    @reaching
    def jobs_of(self, user_id: str, limit: int) -> Sequence[OwnedJob]:
        mine = self._client.collection("jobs").where(filter=FieldFilter("user_id", "==", user_id))
        return [
            _owned_job(snapshot.id, snapshot.to_dict() or {})
            for snapshot in mine.limit(limit).stream(**self._bounds())
        ]

    @reaching
    def drop_generation(self, ref: GenerationRef) -> None:
        batch = self._client.batch()
        batch.delete(self._client.document(ref.path))
        batch.delete(self._client.document(documents.expiration_path(ref.path)))
        batch.commit(**self._bounds())

    @reaching
    def drop_job(self, file_uid: str) -> None:
        self._client.document(f"jobs/{file_uid}").delete(**self._bounds())

    @reaching
    def drop_keys_of(self, user_id: str, until: datetime, limit: int) -> int:
        # The id of a key is a hash, but it names the generation that it started.
        low, high = f"generations/{user_id}/", f"generations/{user_id}{_AFTER_SLASH}"
        query = (
            self._client.collection("idempotency_keys")
            .where(filter=FieldFilter("generation", ">=", low))
            .where(filter=FieldFilter("generation", "<", high))
            .limit(limit)
        )
        found = [
            snapshot.reference
            for snapshot in query.stream(**self._bounds())
            if snapshot.get("expires_at") <= until
        ]
        batch = self._client.batch()
        for reference in found:
            batch.delete(reference)
        if found:
            batch.commit(**self._bounds())
        return len(found)

    @reaching
    def begin_erasure(self, user_id: str, check_at: datetime) -> None:
        begun = Erasure(user_id=user_id, erased_at=check_at, check_at=check_at)
        self._client.document(f"erasures/{user_id}").set(
            # What is there now is told by times of the database's clock.
            documents.erasure_document(begun) | {"erased_at": firestore.SERVER_TIMESTAMP},
            **self._bounds(),
        )

    @reaching
    def due_erasures(self, now: datetime, limit: int) -> Sequence[str]:
        query = (
            self._client.collection("erasures")
            .where(filter=FieldFilter("check_at", "<=", now))
            .order_by("check_at")
            .limit(limit)
        )
        return [snapshot.id for snapshot in query.stream(**self._bounds())]

    @reaching
    def erasure(self, user_id: str) -> Erasure | None:
        data = self._client.document(f"erasures/{user_id}").get(**self._bounds()).to_dict()
        return None if data is None else documents.parse_erasure(data)

    @reaching
    def change_erasure(self, before: Erasure, after: Erasure | None) -> bool:
        reference = self._client.document(f"erasures/{before.user_id}")
        snapshot = reference.get(**self._bounds())
        data = snapshot.to_dict()
        if data is None or documents.parse_erasure(data) != before:
            return False
        option = self._client.write_option(last_update_time=snapshot.update_time)
        try:
            if after is None:
                reference.delete(option=option, **self._bounds())
            else:
                reference.update(documents.erasure_document(after), option, **self._bounds())
        except (exceptions.Aborted, exceptions.FailedPrecondition, exceptions.NotFound):
            return False
        return True

    @reaching
    def upload_round(self) -> UploadRound:
        data = self._client.document(_ROUND).get(**self._bounds()).to_dict()
        return UploadRound() if data is None else documents.parse_round(data)

    @reaching
    def keep_upload_round(self, upload_round: UploadRound) -> None:
        data = documents.round_document(upload_round)
        self._client.document(_ROUND).set(data, **self._bounds())

    def _generations(self, user_id: str, media_type: MediaType) -> firestore.CollectionReference:
        return self._client.collection(f"generations/{user_id}/{media_type}")


def _owned(ref: GenerationRef, data: dict[str, Any]) -> OwnedGeneration:
    created_at = data.get("created_at")
    try:
        documents.parse_generation(data, ref.path)
    except (KeyError, TypeError, ValueError):
        readable = False
    else:
        readable = True
    return OwnedGeneration(ref, created_at if isinstance(created_at, datetime) else None, readable)


def _owned_job(file_uid: str, data: dict[str, Any]) -> OwnedJob:
    try:
        return OwnedJob(file_uid, documents.parse_job(data))
    except (KeyError, TypeError, ValueError, AttributeError):
        return OwnedJob(file_uid, None)
