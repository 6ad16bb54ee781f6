import math

import pytest

from local.firestore import wire
from local.firestore.errors import RpcError
from local.firestore.transforms import apply_transforms

NOW = 1_700_000_000_123_456


def _json(value):
    return wire.to_json(value)


def _apply(stored, **transform):
    fields = {} if stored is None else {"f": wire.parse_json(wire.Value, stored)}
    one = wire.parse_json(wire.FieldTransform, {"fieldPath": "f", **transform})
    (result,) = apply_transforms(fields, [one], NOW)
    return _json(fields["f"]), _json(result)


def _integer(number):
    return {"integerValue": str(number)}


def _double(number):
    return {"doubleValue": number}


def _array(*values):
    return {"arrayValue": {"values": list(values)}}


@pytest.mark.parametrize(
    ("stored", "operand", "result"),
    [
        (None, _integer(5), _integer(5)),
        ({"stringValue": "x"}, _integer(5), _integer(5)),
        (_integer(2), _integer(5), _integer(7)),
        (_integer(2), _double(0.5), _double(2.5)),
        (_double(0.5), _integer(2), _double(2.5)),
        (_integer(2**63 - 1), _integer(1), _integer(2**63 - 1)),
        (_integer(-(2**63)), _integer(-1), _integer(-(2**63))),
    ],
)
def test_increment(stored, operand, result):
    assert _apply(stored, increment=operand) == (result, result)


@pytest.mark.parametrize(
    ("stored", "operand", "largest", "smallest"),
    [
        (None, _integer(5), _integer(5), _integer(5)),
        ({"booleanValue": True}, _integer(5), _integer(5), _integer(5)),
        (_integer(2), _integer(5), _integer(5), _integer(2)),
        (_double(3.0), _integer(3), _double(3.0), _double(3.0)),
        (_integer(3), _double(2.5), _integer(3), _double(2.5)),
        (_double("NaN"), _integer(3), _double("NaN"), _double("NaN")),
        (_integer(3), _double("NaN"), _double("NaN"), _double("NaN")),
    ],
)
def test_maximum_and_minimum(stored, operand, largest, smallest):
    assert _apply(stored, maximum=operand) == (largest, largest)
    assert _apply(stored, minimum=operand) == (smallest, smallest)


def test_array_union_adds_what_is_missing_and_tells_no_result():
    stored = _array(_integer(1), _integer(1), {"stringValue": "a"})
    added = {"values": [_double(1.0), {"stringValue": "b"}, {"stringValue": "b"}]}
    assert _apply(stored, appendMissingElements=added) == (
        _array(_integer(1), _integer(1), {"stringValue": "a"}, {"stringValue": "b"}),
        {"nullValue": None},
    )


def test_array_remove_takes_all_equal_elements():
    stored = _array(_integer(1), _double(1.0), _integer(2))
    assert _apply(stored, removeAllFromArray={"values": [_integer(1)]}) == (
        _array(_integer(2)),
        {"nullValue": None},
    )


@pytest.mark.parametrize("stored", [None, _integer(1)])
def test_array_transforms_start_anew_from_what_is_no_array(stored):
    assert _apply(stored, appendMissingElements={"values": [_integer(1)]})[0] == _array(_integer(1))
    assert _apply(stored, removeAllFromArray={"values": [_integer(1)]})[0] == {"arrayValue": {}}


def test_the_server_timestamp_is_cut_to_milliseconds():
    stamp = {"timestampValue": "2023-11-14T22:13:20.123Z"}
    assert _apply(None, setToServerValue="REQUEST_TIME") == (stamp, stamp)


def test_transforms_reach_nested_fields_and_build_on_each_other():
    fields = {}
    transforms = [
        wire.FieldTransform(field_path="a.b", increment=wire.Value(integer_value=1)),
        wire.FieldTransform(field_path="a.b", increment=wire.Value(integer_value=2)),
        wire.FieldTransform(field_path="a.`c.d`", maximum=wire.Value(double_value=math.pi)),
    ]
    apply_transforms(fields, transforms, NOW)
    assert wire.to_json(fields["a"]) == {
        "mapValue": {"fields": {"b": {"integerValue": "3"}, "c.d": {"doubleValue": math.pi}}}
    }


@pytest.mark.parametrize(
    "transform",
    [{}, {"increment": {"stringValue": "x"}}, {"setToServerValue": "SERVER_VALUE_UNSPECIFIED"}],
)
def test_a_transform_that_makes_no_sense_is_refused(transform):
    with pytest.raises(RpcError):
        _apply(None, **transform)
