"""The seam between the database and Security Rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from local.firestore import wire
from local.firestore.callers import Caller
from local.firestore.documents import Document


@dataclass(frozen=True)
class Change:
    """One document's state before and after a commit; None means that it does not exist."""

    name: str
    before: Document | None
    after: Document | None


class View(Protocol):
    """The documents of one database at one version."""

    def get(self, name: str) -> Document | None:
        """Read a document by its full name, `projects/P/databases/D/documents/...`."""


class Authorizer(Protocol):
    """Decides for callers who are no administrators; each method raises PERMISSION_DENIED."""

    def get(self, caller: Caller, name: str, document: Document | None, view: View) -> None:
        """May this one document be read? `document` is None if it is missing."""

    def list(
        self, caller: Caller, parent: str, structured_query: wire.StructuredQuery, view: View
    ) -> None:
        """May this query run? `parent` is the document or `.../documents` that it starts from."""

    def write(
        self,
        caller: Caller,
        changes: Sequence[Change],
        before: View,
        after: View,
        request_time: wire.Timestamp,
    ) -> None:
        """May all these changes be made, in one go? `request_time` is their server timestamp."""


class AllowAll:
    """Without rules everything is allowed, as firebase-tools says."""

    def get(self, caller: Caller, name: str, document: Document | None, view: View) -> None:
        """Allow it."""

    def list(
        self, caller: Caller, parent: str, structured_query: wire.StructuredQuery, view: View
    ) -> None:
        """Allow it."""

    def write(
        self,
        caller: Caller,
        changes: Sequence[Change],
        before: View,
        after: View,
        request_time: wire.Timestamp,
    ) -> None:
        """Allow it."""
