"""What writes do to documents: pure, from the states before to the states after.

https://firebase.google.com/docs/firestore/reference/rpc/google.firestore.v1#write
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import grpc

from local.firestore import limits, wire
from local.firestore.authorizer import Change, View
from local.firestore.documents import Document
from local.firestore.errors import RpcError, invalid
from local.firestore.field_paths import (
    delete_value,
    parse_field_path,
    set_value,
    value_at,
)
from local.firestore.names import check_document
from local.firestore.transforms import apply_transforms


@dataclass
class Plan:
    """The outcome of a commit that has not happened yet.

    `unmet` is the first precondition that does not hold. The changes then are those that would
    be made if it did: a caller without permission must not learn from it what exists.
    """

    results: list[wire.WriteResult] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    verified: list[str] = field(default_factory=list)
    unmet: RpcError | None = None


def written_names(writes: Sequence[wire.Write], database: str) -> list[str]:
    """List the documents that writes touch or verify; raises INVALID_ARGUMENT for bad names."""
    return [check_document(_name(write), database) for write in writes]


def plan_writes(writes: Sequence[wire.Write], view: View, commit_time: int) -> Plan:
    """Compute what writes would do, one after the other; `commit_time` is in microseconds."""
    plan = Plan()
    before: dict[str, Document | None] = {}
    current: dict[str, Document | None] = {}
    deleted: set[str] = set()  # by an earlier write of this commit
    for write in writes:
        name = _name(write)
        if name not in current:
            before[name] = current[name] = view.get(name)
        elif name in deleted and write.current_document.exists:
            raise invalid(f"A write requires that {name} exists, which an earlier one has deleted.")
        unmet = _unmet_precondition(write, current[name], commit_time)
        plan.unmet = plan.unmet or unmet
        if write.WhichOneof("operation") == "verify":
            plan.verified.append(name)
            plan.results.append(wire.WriteResult())
            continue
        after, result = _apply(write, current[name], commit_time)
        current[name] = after
        (deleted.discard if after else deleted.add)(name)
        plan.results.append(result)
    written = dict.fromkeys(_name(write) for write in writes if not write.HasField("verify"))
    plan.changes = [Change(name, before[name], current[name]) for name in written]
    return plan


def _name(write: wire.Write) -> str:
    match write.WhichOneof("operation"):
        case "update":
            return str(write.update.name)
        case "delete":
            return str(write.delete)
        case "transform":
            return str(write.transform.document)
        case "verify":
            return str(write.verify)
        case _:
            raise invalid("A write must have an operation.")


def _unmet_precondition(
    write: wire.Write, current: Document | None, commit_time: int
) -> RpcError | None:
    condition = write.current_document
    name = _name(write)
    match condition.WhichOneof("condition_type"):
        case "exists" if condition.exists and current is None:
            return RpcError(grpc.StatusCode.NOT_FOUND, f"No document to update: {name}")
        case "exists" if not condition.exists and current is not None:
            return RpcError(grpc.StatusCode.ALREADY_EXISTS, f"Document already exists: {name}")
        case "update_time":
            required = wire.microseconds(condition.update_time)
            if required > commit_time:
                return invalid("The update_time of a precondition must not be in the future.")
            if current is None or current.update_time != required:
                return RpcError(
                    grpc.StatusCode.FAILED_PRECONDITION,
                    f"the stored version ({current.update_time if current else 0}) does not match "
                    f"the required base version ({required})",
                )
    return None


def _apply(
    write: wire.Write, current: Document | None, commit_time: int
) -> tuple[Document | None, wire.WriteResult]:
    if write.HasField("delete"):
        return None, wire.WriteResult()
    name = _name(write)
    if write.HasField("transform"):
        fields = dict(current.fields) if current else {}
        transforms = write.transform.field_transforms
    else:
        fields = _updated_fields(write, current)
        transforms = write.update_transforms
    results = apply_transforms(fields, transforms, commit_time)
    limits.check_document(name, fields)
    if current is not None and fields == current.fields:
        # Nothing changed: the document keeps its version, and nobody is told.
        after = current
    else:
        own = wire.Document(fields=fields)  # lets go of the request and of the version before
        after = Document(
            name, dict(own.fields), current.create_time if current else commit_time, commit_time
        )
    return after, wire.WriteResult(
        update_time=wire.timestamp(after.update_time), transform_results=results
    )


def _updated_fields(write: wire.Write, current: Document | None) -> dict[str, wire.Value]:
    given = write.update.fields
    if not write.HasField("update_mask"):
        return dict(given)
    fields = dict(current.fields) if current else {}
    for text in write.update_mask.field_paths:
        path = parse_field_path(text)
        value = value_at(given, path)
        if value is None:
            delete_value(fields, path)
        else:
            set_value(fields, path, value)
    return fields
