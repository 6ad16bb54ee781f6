"""What rules may ask of other documents, and how often."""

from typing import Protocol

from local.rules.issues import EvaluationError, LimitExceeded
from local.rules.values import Path, Value, type_error

CALLS_PER_REQUEST = {"cloud.firestore": 10, "firebase.storage": 2}
"""Different documents by service; repeated ones are not counted again.

https://firebase.google.com/docs/firestore/security/rules-conditions#access_call_limits
"""
CALLS_PER_COMMIT = 20
"""For all documents of a batched write or transaction together."""


class Documents(Protocol):
    """Where `get()` and its kin find documents."""

    def before(self, path: tuple[str, ...]) -> Value:
        """Return `{data, id, __name__}` as stored, or None if there is no such document.

        `path` holds the segments of `/databases/.../documents/...`. Raises EvaluationError if it
        does not name a document.
        """

    def after(self, path: tuple[str, ...]) -> Value:
        """Return the same as it would be after all writes of the request."""


class NoDocuments:
    """For rules that cannot look at documents."""

    def before(self, path: tuple[str, ...]) -> Value:
        raise EvaluationError(f"No documents to look up {Path(path)} in.")

    def after(self, path: tuple[str, ...]) -> Value:
        return self.before(path)


class AccessBudget:
    """Counts the different documents that several evaluations look up together."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: set[tuple[bool, tuple[str, ...]]] = set()

    def spend(self, key: tuple[bool, tuple[str, ...]]) -> None:
        self._seen.add(key)
        if len(self._seen) > self._limit:
            raise LimitExceeded(f"Too many document access calls: the limit is {self._limit}.")


class Lookups:
    """The four functions for one evaluation. The same document again costs nothing."""

    def __init__(self, documents: Documents, *budgets: AccessBudget) -> None:
        self._documents = documents
        self._budgets = budgets
        self._found: dict[tuple[bool, tuple[str, ...]], Value] = {}

    def call(self, name: str, path: Value) -> Value:
        """Evaluate get, exists, getAfter or existsAfter."""
        found = self._fetch(path, after=name.endswith("After"))
        return found is not None if name.startswith("exists") else found

    def _fetch(self, path: Value, *, after: bool) -> Value:
        if not isinstance(path, Path):
            raise type_error(path, "path")
        segments = path.grounded()
        if any(not segment or "/" in segment for segment in segments):
            # a value interpolated into a path is one segment; it never reaches another document
            raise EvaluationError(f"Invalid path {path}.")
        key = (after, segments)
        if key not in self._found:
            for budget in self._budgets:
                budget.spend(key)
            look_up = self._documents.after if after else self._documents.before
            self._found[key] = look_up(segments)
        return self._found[key]
