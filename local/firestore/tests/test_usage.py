"""What is told as billed, against what Google's page on Firestore's prices says of each kind."""

import json
import queue
import urllib.request

import grpc
import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore import FieldFilter

from local.firestore import wire

NOTHING = {"reads": 0, "writes": 0, "deletes": 0}


@pytest.fixture
def billed(port, client):
    """Since the last call: of callers with an operator's rights, then of everybody else."""
    url = f"http://127.0.0.1:{port}/emulator/v1/projects/{client.project}:usage"
    before = {"server": NOTHING, "app": NOTHING}

    def since():
        nonlocal before
        with urllib.request.urlopen(url) as answer:
            now = json.load(answer)
        grown = {
            who: tuple(now[who][kind] - before[who][kind] for kind in NOTHING) for who in before
        }
        before = now
        return grown["server"], grown["app"]

    return since


def test_each_write_and_each_delete_counts_and_a_refused_commit_counts_nothing(client, billed):
    batch = client.batch()
    for number in range(3):
        batch.set(client.document(f"c/{number}"), {"n": number})
    batch.delete(client.document("c/nobody"))
    batch.commit()
    client.document("c/0").set({"n": 0})  # changes nothing
    with pytest.raises(exceptions.AlreadyExists):
        client.document("c/0").create({"n": 1})
    assert billed()[0] == (0, 4, 1)


def test_documents_by_name_count_whether_they_exist_or_not(client, billed):
    client.document("c/a").set({})
    billed()
    list(client.get_all([client.document("c/a"), client.document("c/b"), client.document("c/c")]))
    client.document("c/a").get()
    client.document("c/b").get()
    assert billed()[0] == (5, 0, 0)


def test_a_query_counts_what_it_found_and_at_least_one(client, billed):
    for number in range(3):
        client.document(f"c/{number}").set({"n": number})
    billed()
    some = client.collection("c").where(filter=FieldFilter("n", ">", 0))
    list(some.stream())
    assert billed()[0] == (2, 0, 0)
    list(some.where(filter=FieldFilter("n", ">", 9)).stream())
    assert billed()[0] == (1, 0, 0)
    client.collection("c").count().get()
    assert billed()[0] == (1, 0, 0)


def test_an_aggregation_counts_by_the_thousand(client, billed):
    for start in range(0, 1001, 500):
        batch = client.batch()
        for number in range(start, min(start + 500, 1001)):
            batch.set(client.document(f"c/{number}"), {})
        batch.commit()
    billed()
    client.collection("c").count().get()
    assert billed()[0] == (2, 0, 0)


def test_a_listener_counts_what_it_is_told_but_no_deletes(port, client, billed):
    client.document("c/a").set({"n": 1})
    client.document("c/b").set({"n": 0})
    database = f"projects/{client.project}/databases/(default)"
    target = wire.Target(target_id=1)
    target.query.parent = f"{database}/documents"
    query = target.query.structured_query
    query.from_.add(collection_id="c")
    query.where.field_filter.field.field_path = "n"
    query.where.field_filter.op = 3  # GREATER_THAN
    query.where.field_filter.value.integer_value = 0
    requests = queue.SimpleQueue()
    requests.put(wire.ListenRequest(database=database, add_target=target))
    billed()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        listen = channel.stream_stream(
            "/google.firestore.v1.Firestore/Listen",
            request_serializer=wire.ListenRequest.SerializeToString,
            response_deserializer=wire.ListenResponse.FromString,
        )
        call = listen(iter(requests.get, None))

        def heard():
            while True:
                change = next(call).target_change
                if change.HasField("read_time") and change.target_change_type == 0:
                    return billed()[1]

        assert heard() == (1, 0, 0)
        client.document("c/a").update({"n": 2})
        assert heard() == (1, 0, 0)
        client.document("c/a").update({"n": 0})  # it leaves the query by a change
        assert heard() == (1, 0, 0)
        client.document("c/b").update({"n": 1})
        assert heard() == (1, 0, 0)
        client.document("c/b").update({"n": firestore.DELETE_FIELD})
        assert heard() == (1, 0, 0)
        client.document("c/a").update({"n": 5})
        assert heard() == (1, 0, 0)
        client.document("c/a").delete()
        assert heard() == NOTHING_HEARD
        requests.put(None)


NOTHING_HEARD = (0, 0, 0)
