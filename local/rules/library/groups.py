"""https://firebase.google.com/docs/reference/rules/rules.List and rules.Set.

Both accept lists and sets as arguments, since published rules mix them.
"""

from local.rules.issues import EvaluationError
from local.rules.library.arguments import MAX_SIZE, Builtin, check_size, take_items, take_string
from local.rules.values import RulesSet, Value, contains, type_error


def _size(items: list[Value] | RulesSet) -> int:
    return len(items)


def _has_all(items: list[Value] | RulesSet, wanted: Value) -> bool:
    return all(contains(items, item) for item in take_items(wanted))


def _has_any(items: list[Value] | RulesSet, wanted: Value) -> bool:
    return any(contains(items, item) for item in take_items(wanted))


def _has_only(items: list[Value] | RulesSet, allowed: Value) -> bool:
    known = take_items(allowed)
    return all(contains(known, item) for item in items)


def _concat(items: list[Value], more: Value) -> list[Value]:
    if not isinstance(more, list):
        raise type_error(more, "list")
    return check_size(items + more)


def _join(items: list[Value], separator: Value) -> str:
    between = take_string(separator)
    if sum(len(take_string(item)) + len(between) for item in items) > MAX_SIZE:
        raise EvaluationError("Value is too long.")
    return between.join(items)


def _remove_all(items: list[Value], unwanted: Value) -> list[Value]:
    known = take_items(unwanted)
    return [item for item in items if not contains(known, item)]


def _to_set(items: list[Value]) -> RulesSet:
    return RulesSet(items)


def _take_set(value: Value) -> RulesSet:
    if not isinstance(value, RulesSet):
        raise type_error(value, "set")
    return value


def _difference(items: RulesSet, other: Value) -> RulesSet:
    unwanted = _take_set(other)
    return RulesSet(item for item in items if not contains(unwanted, item))


def _intersection(items: RulesSet, other: Value) -> RulesSet:
    wanted = _take_set(other)
    return RulesSet(item for item in items if contains(wanted, item))


def _union(items: RulesSet, other: Value) -> RulesSet:
    return RulesSet([*items, *_take_set(other)])


_COMMON = {
    "size": Builtin(_size, 0),
    "hasAll": Builtin(_has_all, 1),
    "hasAny": Builtin(_has_any, 1),
    "hasOnly": Builtin(_has_only, 1),
}
LIST_METHODS = _COMMON | {
    "concat": Builtin(_concat, 1),
    "join": Builtin(_join, 1),
    "removeAll": Builtin(_remove_all, 1),
    "toSet": Builtin(_to_set, 0),
}
SET_METHODS = _COMMON | {
    "difference": Builtin(_difference, 1),
    "intersection": Builtin(_intersection, 1),
    "union": Builtin(_union, 1),
}
