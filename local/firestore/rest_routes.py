"""Which RPC a REST request means: the HTTP bindings of google.firestore.v1, as a pure function.

https://firebase.google.com/docs/firestore/reference/rest
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from local.firestore.errors import invalid, unimplemented
from local.firestore.methods import METHODS, Kind, Method

# projects/P/databases/D/documents
_ROOT_SEGMENTS = 5

# Custom verb -> RPC and the field that the path fills.
_VERBS = {
    "batchGet": ("BatchGetDocuments", "database"),
    "batchWrite": ("BatchWrite", "database"),
    "beginTransaction": ("BeginTransaction", "database"),
    "commit": ("Commit", "database"),
    "executePipeline": ("ExecutePipeline", "database"),
    "listen": ("Listen", "database"),
    "rollback": ("Rollback", "database"),
    "write": ("Write", "database"),
    "listCollectionIds": ("ListCollectionIds", "parent"),
    "partitionQuery": ("PartitionQuery", "parent"),
    "runAggregationQuery": ("RunAggregationQuery", "parent"),
    "runQuery": ("RunQuery", "parent"),
}

# Parameters of Google's front end that every method takes and none of ours needs.
_SYSTEM_PARAMETERS = frozenset(
    {
        "access_token",
        "alt",
        "callback",
        "fields",
        "key",
        "oauth_token",
        "prettyPrint",
        "quotaUser",
        "uploadType",
    }
)


@dataclass(frozen=True)
class RestCall:
    """An RPC with the part of its request that stands in the URL, as ProtoJSON.

    `body` is the field that the body fills: "*" for the whole request, "" for none.
    """

    method: Method
    fields: dict[str, Any]
    body: str

    def request_json(self, body: dict[str, Any]) -> dict[str, Any]:
        """Complete the request with the body; the URL wins."""
        if self.body == "*":
            return body | self.fields
        if self.body:
            return self.fields | {self.body: body | self.fields.get(self.body, {})}
        return self.fields


def match_route(
    http_method: str, raw_path: str, query: Iterable[tuple[str, str]]
) -> RestCall | None:
    """Find the RPC for `/v1/...`, None if there is none.

    `raw_path` is still percent-encoded and lacks the version. Raises RpcError for a binding that
    exists but is not served, and for query parameters that the RPC does not have.
    """
    verb = ""
    if http_method == "POST":
        path, colon, suffix = raw_path.rpartition(":")
        if colon and suffix in _VERBS:
            raw_path, verb = path, suffix
    segments = [unquote(segment) for segment in raw_path.strip("/").split("/")]
    if not _is_documents_path(segments):
        return None
    if verb:
        return _custom_call(verb, segments)
    call = _standard_call(http_method, segments)
    if call is None:
        return None
    method, fields, body = call
    # What the path says stands above what the query says.
    return RestCall(method, _merge(bind_query(method.request, query), fields), body)


def _is_documents_path(segments: list[str]) -> bool:
    return (
        len(segments) >= _ROOT_SEGMENTS
        and segments[0] == "projects"
        and segments[2] == "databases"
        and segments[4] == "documents"
        and all(segments)
    )


def _custom_call(verb: str, segments: list[str]) -> RestCall | None:
    rpc, field = _VERBS[verb]
    method = METHODS[rpc]
    if method.kind is Kind.SESSION:
        raise unimplemented(f"{rpc} over REST")
    if field == "database":
        if len(segments) != _ROOT_SEGMENTS:
            return None
        segments = segments[:-1]
    return RestCall(method, {field: "/".join(segments)}, "*")


def _standard_call(
    http_method: str, segments: list[str]
) -> tuple[Method, dict[str, Any], str] | None:
    name = "/".join(segments)
    below = len(segments) - _ROOT_SEGMENTS
    is_collection = below % 2 == 1
    is_document = below % 2 == 0 and below > 0
    of_collection = {"parent": "/".join(segments[:-1]), "collectionId": segments[-1]}
    match http_method:
        case "GET" if is_document:
            return METHODS["GetDocument"], {"name": name}, ""
        case "GET" if is_collection:
            return METHODS["ListDocuments"], of_collection, ""
        case "POST" if is_collection:
            return METHODS["CreateDocument"], of_collection, "document"
        case "PATCH" if is_document:
            return METHODS["UpdateDocument"], {"document": {"name": name}}, "document"
        case "DELETE" if is_document:
            return METHODS["DeleteDocument"], {"name": name}, ""
        case _:
            return None


def bind_query(message: type[Any], query: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Turn `mask.fieldPaths=a&mask.fieldPaths=b` into ProtoJSON; raises RpcError."""
    result: dict[str, Any] = {}
    for name, value in query:
        if name in _SYSTEM_PARAMETERS or name.startswith("$"):
            continue
        node = result
        descriptor = message.DESCRIPTOR
        *parents, leaf = name.split(".")
        for part in parents:
            field = _field(descriptor, part, name)
            descriptor = field.message_type
            child = node.setdefault(field.json_name, {})
            if descriptor is None or not isinstance(child, dict):
                raise _unbound(name)
            node = child
        field = _field(descriptor, leaf, name)
        if field.is_repeated:
            node.setdefault(field.json_name, []).append(value)
        elif field.cpp_type == field.CPPTYPE_BOOL:
            node[field.json_name] = {"true": True, "false": False}.get(value, value)
        else:
            node[field.json_name] = value
    return result


def _field(descriptor: Any, part: str, name: str) -> Any:
    for field in descriptor.fields:
        if part in (field.json_name, field.name):
            return field
    raise _unbound(name)


def _unbound(name: str) -> Exception:
    return invalid(
        f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
        f"Field '{name}' could not be found in request message."
    )


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = below | above
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            merged[key] = below[key] | value
    return merged
