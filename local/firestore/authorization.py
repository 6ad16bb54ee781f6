"""Decides requests by Security Rules."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from local.firestore import wire
from local.firestore.authorizer import Change, View
from local.firestore.callers import Caller
from local.firestore.documents import Document
from local.firestore.errors import RpcError, denied
from local.firestore.rule_values import (
    rule_filter,
    rule_query,
    rule_resource,
    rule_segments,
    rule_time,
)
from local.rules.issues import EvaluationError
from local.rules.lookups import CALLS_PER_COMMIT, AccessBudget
from local.rules.partial import PartialMap, partial_documents
from local.rules.patterns import Segment, Unknown
from local.rules.ruleset import Decision, Request, Ruleset
from local.rules.values import Path, Timestamp, Value

_SERVICE = "cloud.firestore"
_log = logging.getLogger(__name__)


class RulesAuthorizer:
    """An Authorizer that asks a ruleset; administrators pass without being asked.

    Every denial is logged with the lines of the rules that were tried.
    """

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset

    def get(self, caller: Caller, name: str, document: Document | None, view: View) -> None:
        """May this one document be read? `document` is None if it is missing."""
        if caller.admin:
            return
        segments = rule_segments(name)
        variables = _variables(caller, "get", segments, _now())
        variables["resource"] = rule_resource(document)
        request = Request(_SERVICE, "get", segments, variables)
        decision = self.ruleset.evaluate(request, _Documents(name, view, view))
        _settle(decision, caller, "get", segments)

    def list(
        self, caller: Caller, parent: str, structured_query: wire.StructuredQuery, view: View
    ) -> None:
        """May this query run? `parent` is the document or `.../documents` that it starts from."""
        if caller.admin:
            return
        above = rule_segments(parent)
        sources = structured_query.from_
        if len(sources) != 1:
            raise denied("\nA query of clients names exactly one collection.")
        collection = sources[0].collection_id
        path: tuple[Segment, ...] = (*above, collection, Unknown.SEGMENT)
        if sources[0].all_descendants:
            path = (*above, Unknown.ANY_DEPTH, collection, Unknown.SEGMENT)
        variables = _variables(caller, "list", (*above, collection), _now())
        variables["request"]["query"] = rule_query(structured_query)
        try:
            candidates = partial_documents(rule_filter(structured_query))
        except EvaluationError as error:
            decision = Decision(allowed=False, reason=error.message)
        else:
            requests = [
                Request(_SERVICE, "list", path, variables | {"resource": _resource(candidate)})
                for candidate in candidates
            ]
            decision = self.ruleset.evaluate_all(requests, _Documents(parent, view, view))
        _settle(decision, caller, "list", (*above, collection))

    def write(
        self,
        caller: Caller,
        changes: Sequence[Change],
        before: View,
        after: View,
        request_time: wire.Timestamp,
    ) -> None:
        """May all these changes be made, in one go? `request_time` is their server timestamp."""
        if caller.admin:
            return
        # a commit of several documents has a budget of its own besides that of each document
        budget = AccessBudget(CALLS_PER_COMMIT)
        now = rule_time(request_time)
        for change in changes:
            method = _write_method(change)
            segments = rule_segments(change.name)
            variables = _variables(caller, method, segments, now)
            variables["resource"] = rule_resource(change.before)
            variables["request"]["resource"] = rule_resource(change.after)
            request = Request(_SERVICE, method, segments, variables)
            documents = _Documents(change.name, before, after)
            decision = self.ruleset.evaluate(request, documents, budget)
            _settle(decision, caller, method, segments)


def _write_method(change: Change) -> str:
    if change.after is None:
        return "delete"
    return "create" if change.before is None else "update"


def _variables(
    caller: Caller, method: str, path: Sequence[str], now: Timestamp
) -> dict[str, Value]:
    return {
        "request": {
            "auth": caller.auth,
            "method": method,
            "path": Path(tuple(path)),
            "time": now,
        }
    }


def _resource(data: PartialMap) -> PartialMap:
    # without a constraint nothing is known of the document but that it exists
    return PartialMap({"data": data} if data.known else {})


def _now() -> Timestamp:
    return Timestamp(time.time_ns())


def _settle(decision: Decision, caller: Caller, method: str, segments: Sequence[str]) -> None:
    if decision.allowed:
        return
    uid = caller.auth.get("uid") if caller.auth else None
    path = "/" + "/".join(segments)
    _log.warning("denied: %s %r to %r: %s", method, path, uid, decision.reason)
    raise denied(f"\n{decision.reason}")


class _Documents:
    """Look-ups of rules in the database that a request is about."""

    def __init__(self, name: str, before: View, after: View) -> None:
        self._root = name.split("/")[:5]  # projects/P/databases/D/documents
        self._before = before
        self._after = after

    def before(self, path: tuple[str, ...]) -> Value:
        """Return the document as it is stored."""
        return self._read(self._before, path)

    def after(self, path: tuple[str, ...]) -> Value:
        """Return the document as the request would leave it."""
        return self._read(self._after, path)

    def _read(self, view: View, path: tuple[str, ...]) -> Value:
        if list(path[:3]) != self._root[2:] or len(path) < 5 or len(path) % 2 == 0:
            raise EvaluationError(f"{Path(path)} is not the path of a document in this database.")
        name = "/".join([*self._root[:2], *path])
        try:
            return rule_resource(view.get(name))
        except RpcError as error:
            raise EvaluationError(error.message) from error
