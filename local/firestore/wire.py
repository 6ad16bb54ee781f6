"""The message classes of google.firestore.v1, with the one field that the published ones lack.

The SDKs for web and mobile send `Write.verify` (string, field 5 of the oneof `operation`) for
documents that a transaction read but did not write. The published schema skips that number, so it
is copied into a descriptor pool of our own, completed there, and the classes are made from the
copy: binary and JSON then both know the field.

Every message of the package is an attribute under its own name; nested ones hang off their parent
(`wire.FieldFilter`). The schema is read from google-cloud-firestore's `types`
without importing the client around them, which would triple the server's memory.
"""

from __future__ import annotations

import importlib
import importlib.util
import pathlib
import sys
import types
from typing import Any

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    empty_pb2,
    json_format,
    message_factory,
)

_PACKAGE = "google.cloud.firestore_v1"
_NAMESPACE = "google.firestore.v1"


def _schema_modules() -> list[Any]:
    """Import the generated type modules without running the client package's __init__."""
    loaded = _PACKAGE in sys.modules
    if not loaded:
        cloud = importlib.import_module("google.cloud")
        folder = next(
            path
            for entry in cloud.__path__
            if (path := pathlib.Path(entry) / "firestore_v1").is_dir()
        )
        shell = types.ModuleType(_PACKAGE)
        shell.__path__ = [str(folder)]
        sys.modules[_PACKAGE] = shell
    try:
        return [
            importlib.import_module(f"{_PACKAGE}.types.{name}")
            for name in ("firestore", "write", "query", "document", "common", "aggregation_result")
        ]
    finally:
        if not loaded:
            # A later import of the client must run its own __init__; it finds the type modules.
            del sys.modules[_PACKAGE]


def _build_pool() -> tuple[descriptor_pool.DescriptorPool, list[str]]:
    """Copy the schema, completed, into a pool of its own; also lists its files."""
    pool = descriptor_pool.DescriptorPool()
    added: list[str] = []

    def add(file: Any) -> None:
        if file.name in added:
            return
        for dependency in file.dependencies:
            add(dependency)
        copy = descriptor_pb2.FileDescriptorProto()
        file.CopyToProto(copy)
        if file.package == _NAMESPACE:
            _add_verify(copy)
        pool.Add(copy)
        added.append(file.name)

    for module in _schema_modules():
        for name in module.__all__:
            member = getattr(module, name)
            if hasattr(member, "pb"):
                add(member.pb(member()).DESCRIPTOR.file)
    add(empty_pb2.DESCRIPTOR)
    return pool, added


def _build_classes(
    pool: descriptor_pool.DescriptorPool, file_names: list[str]
) -> dict[str, type[Any]]:
    # Our own namespace comes last: its Value is the one that is meant, not that of struct.proto.
    files = sorted(
        map(pool.FindFileByName, file_names), key=lambda file: file.package == _NAMESPACE
    )
    messages = [message for file in files for message in file.message_types_by_name.values()]
    nested = [inner for message in messages for inner in message.nested_types]
    return {
        message.name: message_factory.GetMessageClass(message) for message in (*nested, *messages)
    }


def _add_verify(file: descriptor_pb2.FileDescriptorProto) -> None:
    for message in file.message_type:
        if message.name == "Write":
            message.field.add(
                name="verify",
                number=5,
                label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL,
                type=descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
                oneof_index=[one.name for one in message.oneof_decl].index("operation"),
            )


_pool, _file_names = _build_pool()
_classes = _build_classes(_pool, _file_names)
globals().update(_classes)


def parse_json(cls: type[Any], data: dict[str, Any]) -> Any:
    """Read a message from its ProtoJSON; unknown fields are ignored.

    Raises ValueError for JSON that does not fit the message.
    """
    try:
        return json_format.ParseDict(data, cls(), ignore_unknown_fields=True, descriptor_pool=_pool)
    except (json_format.Error, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise ValueError(str(error)) from error


def to_json(message: Any) -> dict[str, Any]:
    """Write a message as ProtoJSON: camelCase names, bytes as base64, 64 bit integers as text."""
    return json_format.MessageToDict(message, descriptor_pool=_pool)


def timestamp(microseconds: int) -> Any:
    """Build a Timestamp from microseconds since 1970."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return _classes["Timestamp"](seconds=seconds, nanos=rest * 1000)


def microseconds(stamp: Any) -> int:
    """Read a Timestamp, cut to microseconds."""
    return int(stamp.seconds) * 1_000_000 + int(stamp.nanos) // 1000
