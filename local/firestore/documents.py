"""A stored document: an immutable version of it."""

from __future__ import annotations

from dataclasses import dataclass

from local.firestore import wire


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One version of a document; times are microseconds since 1970, UTC.

    `fields` maps names to `wire.Value`. Treat the values as read-only: they are shared by all
    versions and readers. Mind that `value.map_value.fields[key]` inserts a missing key: ask with
    `in` first.
    """

    name: str
    fields: dict[str, wire.Value]
    create_time: int
    update_time: int

    def message(self) -> wire.Document:
        """Build the wire form."""
        return wire.Document(
            name=self.name,
            fields=self.fields,
            create_time=wire.timestamp(self.create_time),
            update_time=wire.timestamp(self.update_time),
        )
