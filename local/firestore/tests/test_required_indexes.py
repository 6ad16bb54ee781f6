"""`--index_file` and `--require_indexes`, by every RPC that runs a query."""

import json

import grpc
import pytest
from google.api_core.exceptions import FailedPrecondition, InvalidArgument
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from local.firestore import wire
from local.firestore.child import running_firestore

INDEXES = {
    "indexes": [
        {
            "collectionGroup": "c",
            "queryScope": "COLLECTION",
            "fields": [
                {"fieldPath": "a", "order": "ASCENDING"},
                {"fieldPath": "b", "order": "DESCENDING"},
            ],
        }
    ]
}


@pytest.fixture(scope="module")
def strict_port(tmp_path_factory):
    path = tmp_path_factory.mktemp("indexes") / "firestore.indexes.json"
    path.write_text(json.dumps(INDEXES))
    with running_firestore(flags=("--index_file", str(path), "--require_indexes")) as port:
        yield port


@pytest.fixture
def strict(strict_port, project, monkeypatch):
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{strict_port}")
    client = firestore.Client(project=project, credentials=AnonymousCredentials())
    yield client
    client.close()


def test_queries_and_aggregations_are_refused_without_their_index(strict):
    chosen = strict.collection("c").where(filter=FieldFilter("a", "==", 1))
    assert list(chosen.order_by("b", direction="DESCENDING").stream()) == []
    assert chosen.count().get()[0][0].value == 0
    with pytest.raises(FailedPrecondition, match="The query requires an index"):
        list(chosen.order_by("b").stream())
    with pytest.raises(FailedPrecondition, match="The query requires an index"):
        chosen.sum("b").get()
    assert strict.collection("c").sum("b").get()[0][0].value == 0


def test_a_listener_is_refused_without_its_index(strict_port, project):
    database = f"projects/{project}/databases/(default)"
    query = wire.parse_json(
        wire.QueryTarget,
        {
            "parent": f"{database}/documents",
            "structuredQuery": {
                "from": [{"collectionId": "c"}],
                "orderBy": [{"field": {"fieldPath": "x"}}, {"field": {"fieldPath": "y"}}],
            },
        },
    )
    request = wire.ListenRequest(
        database=database, add_target=wire.Target(target_id=1, query=query)
    )
    with grpc.insecure_channel(f"127.0.0.1:{strict_port}") as channel:
        call = channel.stream_stream(
            "/google.firestore.v1.Firestore/Listen",
            request_serializer=wire.ListenRequest.SerializeToString,
            response_deserializer=wire.ListenResponse.FromString,
        )
        answer = next(call(iter([request]), metadata=(("authorization", "Bearer owner"),)))
    assert answer.target_change.cause.code == grpc.StatusCode.FAILED_PRECONDITION.value[0]


def test_a_document_with_too_many_index_entries_is_not_stored(strict):
    document = strict.document("c/x")
    with pytest.raises(InvalidArgument, match="too many index entries for entity /c/x"):
        document.set({"n": list(range(2**40, 2**40 + 20_000))})
    assert not document.get().exists


def test_the_environment_says_what_firebase_tools_does_not(spawn, tmp_path, monkeypatch):
    path = tmp_path / "missing.json"
    monkeypatch.setenv("FIRESTORE_INDEX_FILE", str(path))
    process = spawn("--port", "0")
    assert process.wait(timeout=20) == 1
    assert "missing.json" in process.stderr.read()
