import pathlib
import subprocess
import sys

import pytest

from local.firestore import wire

ROOT = pathlib.Path(__file__).parents[3]


def test_verify_is_field_5_of_the_operation():
    write = wire.Write.FromString(b"\x2a\x03abc")
    assert write.WhichOneof("operation") == "verify"
    assert write.verify == "abc"
    assert write.SerializeToString() == b"\x2a\x03abc"


def test_json_knows_verify_and_the_fields_that_python_renames():
    write = wire.parse_json(wire.Write, {"verify": "a", "currentDocument": {"exists": True}})
    assert wire.to_json(write) == {"verify": "a", "currentDocument": {"exists": True}}
    query = {"from": [{"collectionId": "a"}], "limit": 5}
    assert wire.to_json(wire.parse_json(wire.StructuredQuery, query)) == query


@pytest.mark.parametrize(
    "data",
    [
        {"writes": 5},
        {"database": 1},
        {"writes": [{"delete": "a", "verify": "b"}]},
        {"writes": [{"update": {"fields": {"a": {"integerValue": "x"}}}}]},
    ],
)
def test_json_of_the_wrong_shape_is_a_value_error(data):
    with pytest.raises(ValueError, match=r"."):
        wire.parse_json(wire.CommitRequest, data)


def test_unknown_json_fields_are_ignored():
    assert wire.parse_json(wire.CommitRequest, {"database": "d", "more": {"a": 1}}) == (
        wire.CommitRequest(database="d")
    )


def test_the_classes_do_not_bring_the_client_library_along():
    program = (
        "import sys; from local.firestore import wire; import local.firestore.__main__; "
        "heavy = {'google.auth', 'google.api_core', 'google.cloud.firestore_v1.client'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "[]"


def test_the_client_library_can_be_imported_later():
    program = (
        "from local.firestore import wire; from google.cloud import firestore; "
        "from google.cloud.firestore_v1.types import Write; "
        "print(firestore.Client.__name__, hasattr(Write(), 'verify'))"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "Client False"


def test_timestamps_are_microseconds_also_before_1970():
    for moment in (0, 1, -1, 1_700_000_000_123_456, -62_135_596_800_000_000):
        assert wire.microseconds(wire.timestamp(moment)) == moment
