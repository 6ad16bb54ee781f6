"""Vector search: the documents whose vectors are nearest to a given one, by looking at each.

https://firebase.google.com/docs/firestore/reference/rpc/google.firestore.v1#findnearest
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from local.firestore import wire
from local.firestore.documents import Document
from local.firestore.errors import invalid
from local.firestore.field_paths import parse_field_path, value_at
from local.firestore.order import is_vector
from local.firestore.query import Projection, project

_EUCLIDEAN, _COSINE, _DOT_PRODUCT = 1, 2, 3  # FindNearest.DistanceMeasure
_MAX_LIMIT = 1000


def nearest(
    search: wire.FindNearest, documents: Sequence[Document], projection: Projection
) -> list[wire.Document]:
    """Pick the nearest documents, nearest first, with their distance if the search names a field.

    Documents without a vector of the same length are left out.
    """
    if search.distance_measure not in (_EUCLIDEAN, _COSINE, _DOT_PRODUCT):
        raise invalid("A distance measure must be given.")
    if not 0 < search.limit.value <= _MAX_LIMIT:
        raise invalid(f"The limit of a vector search must be between 1 and {_MAX_LIMIT}.")
    wanted = _vector(search.query_vector)
    if not wanted:
        raise invalid("A vector search needs a query vector.")
    path = parse_field_path(search.vector_field.field_path)
    measured = []
    for document in documents:
        value = value_at(document.fields, path)
        vector = None if value is None else _vector(value)
        if vector and len(vector) == len(wanted):
            measured.append((_distance(search.distance_measure, wanted, vector), document))
    largest_first = search.distance_measure == _DOT_PRODUCT
    measured.sort(key=lambda pair: pair[0], reverse=largest_first)
    if search.HasField("distance_threshold"):
        threshold = search.distance_threshold.value
        measured = [
            pair
            for pair in measured
            if (pair[0] >= threshold) == largest_first or pair[0] == threshold
        ]
    results = []
    for distance, document in measured[: search.limit.value]:
        message = wire.Document()
        message.CopyFrom(project(document, projection))
        if search.distance_result_field:
            message.fields[search.distance_result_field].double_value = distance
        results.append(message)
    return results


def _vector(value: wire.Value) -> list[float] | None:
    if not value.HasField("map_value") or not is_vector(value.map_value.fields):
        return None
    return [
        item.double_value if item.HasField("double_value") else float(item.integer_value)
        for item in value.map_value.fields["value"].array_value.values
    ]


def _distance(measure: int, left: Sequence[float], right: Sequence[float]) -> float:
    def product(a: Sequence[float], b: Sequence[float]) -> float:
        return sum(x * y for x, y in zip(a, b, strict=True))

    if measure == _EUCLIDEAN:
        return math.dist(left, right)
    if measure == _DOT_PRODUCT:
        return product(left, right)
    length = math.sqrt(product(left, left) * product(right, right))
    return 1 - product(left, right) / length if length else math.nan
