import math

import pytest

from local.firestore import wire
from local.firestore.aggregation import aggregate, check_aggregations
from local.firestore.documents import Document
from local.firestore.errors import RpcError


def _aggregation(kind, alias="", **more):
    return wire.parse_json(wire.Aggregation, {"alias": alias, kind: more})


def _result(kind, *values):
    documents = [
        Document(f"projects/p/databases/d/documents/c/{number}", {"v": value}, 1, 1)
        for number, value in enumerate(values)
    ]
    field = {} if kind == "count" else {"field": {"fieldPath": "v"}}
    return aggregate([_aggregation(kind, "x", **field)], documents).aggregate_fields["x"]


def _integer(number):
    return wire.Value(integer_value=number)


def _double(number):
    return wire.Value(double_value=number)


def test_sums_of_integers_are_exact_until_they_overflow():
    assert _result("sum") == _integer(0)
    assert _result("sum", _integer(2**53), _integer(1)) == _integer(2**53 + 1)
    assert _result("sum", _integer(2**63 - 1), _integer(1)) == _double(2.0**63)
    assert _result("sum", _integer(2**63 - 1), _integer(1), _integer(-5)) == _integer(2**63 - 5)


def test_one_double_makes_a_sum_a_double():
    assert _result("sum", _integer(1), _double(0.5)) == _double(1.5)
    assert _result("sum", _double(math.inf), _integer(1)) == _double(math.inf)
    assert math.isnan(_result("sum", _double(math.inf), _double(-math.inf)).double_value)
    assert math.isnan(_result("sum", _double(math.nan), _integer(1)).double_value)


def test_a_sum_whose_parts_overflow_is_finite_if_it_can_be():
    huge = 1.5e308
    assert _result("sum", _double(huge), _double(huge), _double(-huge)) == _double(huge)
    assert _result("sum", _double(huge), _double(huge)) == _double(math.inf)
    assert _result("sum", _double(-huge), _double(-huge), _integer(1)) == _double(-math.inf)
    assert _result("avg", _double(huge), _double(huge)) == _double(huge)


def test_only_numbers_count_for_sum_and_average():
    values = (_integer(1), wire.Value(string_value="5"), wire.Value(null_value=0), _integer(2))
    assert _result("sum", *values) == _integer(3)
    assert _result("avg", *values) == _double(1.5)
    assert _result("count", *values) == _integer(4)


def test_the_average_of_nothing_is_null():
    assert _result("avg") == wire.Value(null_value=0)
    assert _result("avg", wire.Value(string_value="x")) == wire.Value(null_value=0)


def test_a_count_stops_at_its_limit():
    documents = [Document(str(number), {}, 1, 1) for number in range(5)]
    counts = [_aggregation("count", upTo="3"), _aggregation("count")]
    fields = aggregate(counts, documents).aggregate_fields
    assert {alias: fields[alias].integer_value for alias in fields} == {"field_1": 3, "field_2": 5}


@pytest.mark.parametrize(
    ("aggregations", "message"),
    [
        ([], "can not be empty"),
        ([_aggregation("count", "a"), _aggregation("count", "a")], "duplicate alias: a"),
        ([_aggregation("count", str(number)) for number in range(6)], "maximum number"),
        ([_aggregation("count", upTo="0")], "up_to must be greater"),
        ([wire.Aggregation()], "must have an operator"),
    ],
)
def test_aggregations_that_make_no_sense_are_refused(aggregations, message):
    with pytest.raises(RpcError, match=message):
        check_aggregations(aggregations)
