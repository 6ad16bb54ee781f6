"""The built-in functions: methods by type, functions by namespace, and global ones.

https://firebase.google.com/docs/reference/rules/rules lists them all.
"""

import logging
from collections.abc import Mapping

from local.rules.library import bytestrings, groups, maps, numbers, places, strings, times
from local.rules.library.arguments import Builtin
from local.rules.values import Duration, LatLng, MapDiff, Path, RulesSet, Timestamp, Value

_log = logging.getLogger(__name__)


def _debug(value: Value) -> Value:
    _log.info("debug: %r", value)
    return value


METHODS: Mapping[type, Mapping[str, Builtin]] = {
    str: strings.METHODS,
    bytes: bytestrings.METHODS,
    list: groups.LIST_METHODS,
    dict: maps.MAP_METHODS,
    RulesSet: groups.SET_METHODS,
    MapDiff: maps.DIFF_METHODS,
    Path: places.PATH_METHODS,
    LatLng: places.LATLNG_METHODS,
    Timestamp: times.TIMESTAMP_METHODS,
    Duration: times.DURATION_METHODS,
}
NAMESPACES: Mapping[str, Mapping[str, Builtin]] = {
    "math": numbers.MATH,
    "hashing": bytestrings.HASHING,
    "timestamp": times.TIMESTAMP_NAMESPACE,
    "duration": times.DURATION_NAMESPACE,
    "latlng": places.LATLNG_NAMESPACE,
}
FUNCTIONS: Mapping[str, Builtin] = {**numbers.CONVERSIONS, "debug": Builtin(_debug, 1)}

ARITIES_OF_METHODS: Mapping[str, frozenset[int]] = {
    name: frozenset(methods[name].arity for methods in METHODS.values() if name in methods)
    for name in {name for methods in METHODS.values() for name in methods}
}
"""By name, over all types: all that can be checked before a program runs."""
