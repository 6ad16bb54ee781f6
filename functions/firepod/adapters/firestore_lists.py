"""What is listed and summed up: a user's generations, what they take, what all users have used."""

from collections.abc import Sequence
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from firepod import logs
from firepod.adapters import documents
from firepod.adapters.firestore_owned import FirestoreOwned
from firepod.adapters.firestore_reach import reaching
from firepod.domain.budget import Total
from firepod.domain.generation import Generation, MediaType, Status
from firepod.domain.quota import Quota
from firepod.ports import Position, Usage

TOTAL = "totals/units"
_DESCENDING = firestore.Query.DESCENDING


class FirestoreLists(FirestoreOwned):
    """What `FirestoreStore` inherits."""

    @reaching
    def quota(self, user_id: str) -> Quota:
        data = self._client.document(f"quotas/{user_id}").get(**self._bounds()).to_dict()
        return Quota() if data is None else documents.parse_quota(data)

    @reaching
    def units_used(self, day: str) -> int:
        quotas = self._client.collection("quotas").where(filter=FieldFilter("day", "==", day))
        return self._sum(quotas, "used")

    @reaching
    def keep_total(self, total: Total) -> None:
        document = self._client.document(TOTAL)
        document.set(documents.total_document(total), **self._bounds())

    @reaching
    def newest(
        self,
        user_id: str,
        media_type: MediaType,
        *,
        limit: int,
        status: Status | None = None,
        older_than: Position | None = None,
    ) -> Sequence[Generation]:
        generations = self._generations(user_id, media_type)
        query: firestore.Query = generations.order_by("created_at", direction=_DESCENDING)
        # Without the name, generations of one moment could be skipped or shown twice.
        query = query.order_by("__name__", direction=_DESCENDING)
        if status is not None:
            query = query.where(filter=FieldFilter("status", "==", str(status)))
        if older_than is not None:
            query = query.start_after(
                {
                    "created_at": older_than.created_at,
                    "__name__": generations.document(older_than.file_uid),
                }
            )
        found: list[Generation] = []
        while len(found) < limit:
            wanted = limit - len(found)
            page = list(query.limit(wanted).stream(**self._bounds()))
            found += _readable(page)
            if len(page) < wanted:
                break
            query = query.start_after(page[-1])  # in place of those that could not be read
        return found

    @reaching
    def usage(self, user_id: str, media_type: MediaType) -> Usage:
        generations = self._generations(user_id, media_type)
        # Two queries: one over two fields needs an index of its own that only this would use.
        return Usage(*(self._sum(generations, name) for name in ("size_bytes", "file_count")))

    def _sum(self, query: firestore.Query | firestore.CollectionReference, name: str) -> int:
        answer: Any = query.sum(name, alias="sum").get(**self._bounds())
        return int(answer[0][0].value)


def _readable(page: Sequence[Any]) -> list[Generation]:
    found = []
    for snapshot in page:
        path = snapshot.reference.path
        try:
            found.append(documents.parse_generation(snapshot.to_dict() or {}, path))
        except documents.Unreadable:
            logs.unreadable(path)
    return found
