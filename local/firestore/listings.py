"""The RPCs that page through what there is: ListDocuments and ListCollectionIds."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from local.firestore import wire
from local.firestore.callers import Caller
from local.firestore.consistency import Reading, reading
from local.firestore.database import Database
from local.firestore.errors import denied, invalid
from local.firestore.names import check_collection_id, check_parent, database_of
from local.firestore.order import name_key
from local.firestore.query import Scope, compile_query, project
from local.firestore.reads import mask_of
from local.firestore.running import run_query

_DEFAULT_PAGE = 300
_ORDER = re.compile(r"\s*(?P<path>\S+)(?:\s+(?P<direction>asc|desc))?\s*", re.IGNORECASE)
_ASCENDING, _DESCENDING = 1, 2  # StructuredQuery.Direction


class Listings:
    """ListDocuments and ListCollectionIds."""

    def __init__(self, database_named: Callable[[str], Database]) -> None:
        self._database_named = database_named

    async def list_documents(
        self, request: wire.ListDocumentsRequest, caller: Caller
    ) -> wire.ListDocumentsResponse:
        """List a collection page by page; with `show_missing` also ids that only have children."""
        parent = check_parent(request.parent)
        if request.show_missing and not caller.admin:
            raise _metadata_denied()
        structured = _query_of(request)
        query = compile_query(parent, structured)
        found, offset = self._page(request)
        if not caller.admin:
            found.database.authorizer.list(caller, parent, structured, found.view)
        found.database.indexes.check(query)
        found.lock_collection(query.scope.collection_id)
        mask = mask_of(request)
        documents = [project(document, mask) for _, document in run_query(query, found.view)]
        if request.show_missing:
            documents += _missing(found, query.scope)
            documents.sort(key=lambda document: name_key(document.name))
        size = request.page_size or _DEFAULT_PAGE
        page = documents[offset : offset + size]
        found.database.usage.query(caller, len(page))
        return wire.ListDocumentsResponse(
            documents=page,
            next_page_token=_token(found, offset + size) if offset + size < len(documents) else "",
        )

    async def list_collection_ids(
        self, request: wire.ListCollectionIdsRequest, caller: Caller
    ) -> wire.ListCollectionIdsResponse:
        """List the ids of the collections of a document, or of the root."""
        parent = check_parent(request.parent)
        if not caller.admin:
            raise _metadata_denied()
        found, offset = self._page(request)
        below = len(parent) + 1
        ids = sorted(
            {
                document.name[below:].partition("/")[0]
                for document in found.view.scan(Scope(parent, None, all_descendants=True))
            }
        )
        size = request.page_size or _DEFAULT_PAGE
        return wire.ListCollectionIdsResponse(
            collection_ids=ids[offset : offset + size],
            next_page_token=_token(found, offset + size) if offset + size < len(ids) else "",
        )

    def _page(
        self, request: wire.ListDocumentsRequest | wire.ListCollectionIdsRequest
    ) -> tuple[Reading, int]:
        """Read where a page starts; a token keeps the version that the first page was read at."""
        if request.page_size < 0:
            raise invalid("page_size is negative")
        database = self._database_named(database_of(request.parent))
        found = reading(database, request)
        if not request.page_token:
            return found, 0
        try:
            token = base64.urlsafe_b64decode(request.page_token).decode("ascii")
            version, offset = (int(part) for part in token.split(":"))
        except (binascii.Error, ValueError) as error:
            raise invalid("Invalid page token.") from error
        if not 0 <= version <= database.clock.now() or offset < 0:
            raise invalid("Invalid page token.")
        if version < database.store.horizon:
            raise invalid("The page token has expired.")
        return Reading(database, database.view_at(version), version, found.transaction), offset


def _token(found: Reading, offset: int) -> str:
    return base64.urlsafe_b64encode(f"{found.version}:{offset}".encode()).decode("ascii")


def _metadata_denied() -> Exception:
    return denied("Metadata operations require admin authentication.")


def _query_of(request: wire.ListDocumentsRequest) -> wire.StructuredQuery:
    """Write the listing as the query that it is; rules see it so."""
    structured = wire.StructuredQuery()
    selector = structured.from_.add()
    if request.collection_id:
        selector.collection_id = check_collection_id(request.collection_id)
    if request.order_by and request.show_missing:
        raise invalid("order_by cannot be combined with show_missing.")
    for part in request.order_by.split(",") if request.order_by else ():
        match = _ORDER.fullmatch(part)
        if match is None:
            raise invalid(f'Invalid order_by "{request.order_by}".')
        order = structured.order_by.add()
        order.field.field_path = match["path"]
        descending = (match["direction"] or "").lower() == "desc"
        order.direction = _DESCENDING if descending else _ASCENDING
    return structured


def _missing(found: Reading, scope: Scope) -> list[wire.Document]:
    """Find the documents of a listing that do not exist, but have documents below them."""
    depth = scope.parent.count("/") + 3
    names = {
        "/".join(document.name.split("/", depth)[:depth])
        for document in found.view.scan(Scope(scope.parent, None, all_descendants=True))
    }
    return [
        wire.Document(name=name)
        for name in names
        if scope.holds(name) and found.view.get(name) is None
    ]
