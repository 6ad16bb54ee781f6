"""Short ways to ask a ruleset."""

from collections.abc import Mapping
from typing import Any

from local.rules import Decision, Request, Ruleset, compile_rules
from local.rules.lookups import Documents
from local.rules.values import Timestamp

ROOT = ("databases", "(default)", "documents")


class StoredDocuments:
    """Look-ups in a dict; counts how often each path was really read."""

    def __init__(self, stored: Mapping[str, Any], after: Mapping[str, Any] | None = None):
        self.stored = stored
        self.later = stored if after is None else after
        self.reads: list[str] = []

    def before(self, path):
        return self._read(self.stored, path)

    def after(self, path):
        return self._read(self.later, path)

    def _read(self, documents, path):
        name = "/".join(path[3:])
        self.reads.append(name)
        return {"data": documents[name], "id": path[-1]} if name in documents else None


def firestore_rules(body: str, version: str = "2") -> Ruleset:
    source = (
        f"rules_version = '{version}';\nservice cloud.firestore {{\n"
        f"match /databases/{{database}}/documents {{\n{body}\n}} }}"
    )
    return compile_rules(source, "test.rules")


def ask(
    ruleset: Ruleset,
    method: str,
    path: str,
    *,
    auth: Any = None,
    resource: Any = None,
    new: Any = None,
    documents: Documents | None = None,
) -> Decision:
    segments = (*ROOT, *path.split("/"))
    request = {"auth": auth, "method": method, "time": Timestamp(1_700_000_000_000_000_000)}
    if method in ("create", "update", "delete"):
        request["resource"] = new
    variables = {"request": request, "resource": resource}
    return ruleset.evaluate(Request("cloud.firestore", method, segments, variables), documents)
