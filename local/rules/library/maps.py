"""https://firebase.google.com/docs/reference/rules/rules.Map and rules.MapDiff."""

from local.rules.library.arguments import Builtin, take_string
from local.rules.values import MapDiff, RulesSet, Value, equal, type_error

Fields = dict[str, Value]


def _size(fields: Fields) -> int:
    return len(fields)


def _keys(fields: Fields) -> list[Value]:
    """Return the keys in order, so that `a.keys() == b.keys()` compares maps, not their making."""
    return sorted(fields)


def _values(fields: Fields) -> list[Value]:
    return [fields[key] for key in sorted(fields)]


def _get(fields: Fields, key: Value, default: Value) -> Value:
    """Look up a key, or a list of keys from the outside in."""
    steps = key if isinstance(key, list) else [key]
    found: Value = fields
    for step in steps:
        name = take_string(step)
        if not isinstance(found, dict) or name not in found:
            return default
        found = found[name]
    return found


def _diff(fields: Fields, other: Value) -> MapDiff:
    if not isinstance(other, dict):
        raise type_error(other, "map")
    return MapDiff(after=fields, before=other)


def _added_keys(diff: MapDiff) -> RulesSet:
    return RulesSet(key for key in diff.after if key not in diff.before)


def _removed_keys(diff: MapDiff) -> RulesSet:
    return RulesSet(key for key in diff.before if key not in diff.after)


def _changed_keys(diff: MapDiff) -> RulesSet:
    common = (key for key in diff.after if key in diff.before)
    return RulesSet(key for key in common if not equal(diff.after[key], diff.before[key]))


def _unchanged_keys(diff: MapDiff) -> RulesSet:
    common = (key for key in diff.after if key in diff.before)
    return RulesSet(key for key in common if equal(diff.after[key], diff.before[key]))


def _affected_keys(diff: MapDiff) -> RulesSet:
    return RulesSet([*_added_keys(diff), *_removed_keys(diff), *_changed_keys(diff)])


MAP_METHODS = {
    "diff": Builtin(_diff, 1),
    "get": Builtin(_get, 2),
    "keys": Builtin(_keys, 0),
    "size": Builtin(_size, 0),
    "values": Builtin(_values, 0),
}
DIFF_METHODS = {
    "addedKeys": Builtin(_added_keys, 0),
    "affectedKeys": Builtin(_affected_keys, 0),
    "changedKeys": Builtin(_changed_keys, 0),
    "removedKeys": Builtin(_removed_keys, 0),
    "unchangedKeys": Builtin(_unchanged_keys, 0),
}
