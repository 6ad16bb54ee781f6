"""How many entries the automatic indexes get for a document, which production bounds.

https://firebase.google.com/docs/firestore/quotas#indexes
"""

from __future__ import annotations

from collections.abc import Mapping

from local.firestore import wire
from local.firestore.documents import Document
from local.firestore.errors import invalid
from local.firestore.field_paths import FieldPath
from local.firestore.indexes import CONTAINS, Indexes
from local.firestore.order import is_vector, order_key

MAX_ENTRIES = 40_000
_SMALL = 80_000  # bytes: an entry takes two of them in a field, and there is a name to each field


def check_index_entries(document: Document, indexes: Indexes) -> None:
    """Raise INVALID_ARGUMENT if a document has too many; composite indexes are not counted."""
    if sum(value.ByteSize() for value in document.fields.values()) < _SMALL:
        return
    _, _, path = document.name.partition("/documents/")
    collection_id = path.split("/")[-2]
    if _entries(document.fields, (), collection_id, indexes) > MAX_ENTRIES:
        raise invalid(f"too many index entries for entity /{path}")


def _entries(
    fields: Mapping[str, wire.Value], above: FieldPath, collection_id: str, indexes: Indexes
) -> int:
    count = 0
    for name, value in fields.items():
        path = (*above, name)
        modes = [
            mode
            for group in (False, True)
            for mode in indexes.single_modes(collection_id, path, group=group)
        ]
        count += sum(mode != CONTAINS for mode in modes)
        if value.HasField("array_value"):
            distinct = len({order_key(item) for item in value.array_value.values})
            count += 2 * distinct * modes.count(CONTAINS)
        elif value.HasField("map_value") and not is_vector(value.map_value.fields):
            count += _entries(value.map_value.fields, path, collection_id, indexes)
    return count
