"""The syntax tree. Every node knows the line and the column where it starts, counted from 1."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal

from local.rules.issues import Issue

METHODS = ("get", "list", "create", "update", "delete")
METHOD_GROUPS = {"read": ("get", "list"), "write": ("create", "update", "delete")}


@dataclass(frozen=True, slots=True)
class Node:
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Constant(Node):
    value: bool | int | float | str | bytes | None


@dataclass(frozen=True, slots=True)
class Variable(Node):
    name: str


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MapLiteral(Node):
    entries: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class PathLiteral(Node):
    """`/a/$(b)`: a segment is text or the expression in `$()`."""

    segments: tuple[str | Node, ...]


@dataclass(frozen=True, slots=True)
class Member(Node):
    target: Node
    name: str


@dataclass(frozen=True, slots=True)
class Index(Node):
    target: Node
    index: Node


@dataclass(frozen=True, slots=True)
class Slice(Node):
    target: Node
    start: Node
    stop: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`name(arguments)`: a function of the file or a built-in one."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MethodCall(Node):
    """`target.name(arguments)`; the target may also be a namespace such as `math`."""

    target: Node
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    operator: Literal["!", "-"]
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logical(Node):
    """A whole chain of one operator, flat, so that long chains do not nest."""

    operator: Literal["&&", "||"]
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class TypeTest(Node):
    operand: Node
    type_name: str


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    condition: Node
    when_true: Node
    when_false: Node


@dataclass(frozen=True, slots=True)
class Function(Node):
    name: str
    parameters: tuple[str, ...]
    bindings: tuple[tuple[str, Node], ...]
    """The `let` statements, in order."""
    result: Node


@dataclass(frozen=True, slots=True)
class Allow(Node):
    methods: frozenset[str]
    condition: Node | None
    """None: allowed without a condition."""


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`{name}`, or `{name=**}` when recursive."""

    name: str
    recursive: bool


@dataclass(frozen=True, slots=True)
class Match(Node):
    pattern: tuple[str | Wildcard, ...]
    matches: tuple["Match", ...]
    allows: tuple[Allow, ...]
    functions: tuple[Function, ...]


@dataclass(frozen=True, slots=True)
class Service(Node):
    name: str
    matches: tuple[Match, ...]
    functions: tuple[Function, ...]


@dataclass(frozen=True, slots=True)
class SourceFile:
    version: int
    services: tuple[Service, ...]
    functions: tuple[Function, ...]
    warnings: tuple[Issue, ...] = ()


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes right below one."""
    for field in fields(node):
        yield from _nodes_in(getattr(node, field.name))


def _nodes_in(value: Any) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes_in(item)
