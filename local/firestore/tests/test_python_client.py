"""The server as the Python client sees it, over gRPC."""

import datetime as dt
import threading

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore import And, FieldFilter, Or
from google.cloud.firestore_v1.base_vector_query import DistanceMeasure
from google.cloud.firestore_v1.bulk_batch import BulkWriteBatch
from google.cloud.firestore_v1.vector import Vector


def ids(documents):
    return [document.id for document in documents]


def test_a_document_lives_from_create_to_delete(client):
    document = client.document("c/a")
    assert not document.get().exists
    created = document.create({"n": 1, "at": firestore.SERVER_TIMESTAMP, "m": {"x": [1, b"\0"]}})
    snapshot = document.get()
    assert snapshot.create_time == snapshot.update_time == created.update_time
    assert snapshot.get("m") == {"x": [1, b"\0"]}
    assert snapshot.get("at").microsecond % 1000 == 0
    with pytest.raises(exceptions.AlreadyExists, match="Document already exists: projects/"):
        document.create({})
    document.update({"m.y": 2, "at": firestore.DELETE_FIELD, "n": firestore.Increment(2)})
    assert document.get().to_dict() == {"n": 3, "m": {"x": [1, b"\0"], "y": 2}}
    document.delete()
    assert not document.get().exists
    with pytest.raises(exceptions.NotFound, match="No document to update: projects/"):
        document.update({"n": 1})


def test_a_write_that_changes_nothing_keeps_the_version(client):
    document = client.document("c/a")
    first = document.set({"n": 1})
    assert document.set({"n": 1}).update_time == first.update_time
    assert document.set({"n": 2}).update_time > first.update_time


def test_preconditions_on_the_version(client):
    document = client.document("c/a")
    written = document.set({"n": 1})
    document.set({"n": 2})
    stale = client.write_option(last_update_time=written.update_time)
    with pytest.raises(exceptions.FailedPrecondition, match="does not match the required"):
        document.update({"n": 3}, option=stale)
    with pytest.raises(exceptions.FailedPrecondition):
        document.delete(option=stale)
    document.delete(option=client.write_option(exists=True))


def test_a_batch_is_all_or_nothing(client):
    client.document("c/a").set({"n": 1})
    batch = client.batch()
    batch.set(client.document("c/b"), {"n": 1})
    batch.update(client.document("c/b"), {"n": 2})  # sees the write before it
    batch.create(client.document("c/a"), {})
    with pytest.raises(exceptions.AlreadyExists):
        batch.commit()
    assert ids(client.collection("c").stream()) == ["a"]


def test_a_bulk_write_makes_each_write_on_its_own(client):
    client.document("c/a").set({})
    batch = BulkWriteBatch(client)
    batch.create(client.document("c/a"), {})
    batch.create(client.document("c/b"), {"n": 1})
    codes = [status.code for status in batch.commit().status]
    assert codes == [6, 0]
    assert client.document("c/b").get().exists


def test_queries_with_the_equality_index_agree_with_those_without(client):
    batch = client.batch()
    for number in range(200):
        batch.set(client.document(f"c/{number:03}"), {"n": number, "even": number % 2 == 0})
    batch.commit()
    collection = client.collection("c")
    even = collection.where(filter=FieldFilter("even", "==", True))
    assert ids(even.where(filter=FieldFilter("n", ">", 190)).stream()) == [
        "192",
        "194",
        "196",
        "198",
    ]
    client.document("c/192").update({"even": False})
    assert ids(even.where(filter=FieldFilter("n", ">", 190)).stream()) == ["194", "196", "198"]
    small_and_even = And([FieldFilter("n", "<", 4), FieldFilter("even", "==", True)])
    either = Or([FieldFilter("n", "==", 7), small_and_even])
    assert ids(collection.where(filter=either).stream()) == ["000", "002", "007"]
    assert ids(collection.order_by("n").limit_to_last(2).get()) == ["198", "199"]
    assert even.count().get()[0][0].value == 99
    assert even.sum("n").get()[0][0].value == sum(range(0, 200, 2)) - 192


def test_aggregations_over_mixed_and_missing_values(client):
    for name, fields in {"a": {"v": 1}, "b": {"v": 2.5}, "c": {"v": "x"}, "d": {}}.items():
        client.document(f"c/{name}").set(fields)
    collection = client.collection("c")
    assert collection.count().get()[0][0].value == 4
    assert collection.sum("v").get()[0][0].value == 3.5
    assert collection.avg("v").get()[0][0].value == 1.75
    assert collection.sum("missing").get()[0][0].value == 0


def test_collection_groups_and_collection_ids(client):
    for path in ("a/1/sub/x", "a/2/sub/y", "sub/z", "b/1/deep/1/sub/w"):
        client.document(path).set({"path": path})
    assert sorted(ids(client.collection_group("sub").stream())) == ["w", "x", "y", "z"]
    assert [collection.id for collection in client.collections()] == ["a", "b", "sub"]
    assert [collection.id for collection in client.document("a/1").collections()] == ["sub"]
    assert ids(client.collection("a").list_documents()) == ["1", "2"]  # both are missing
    assert client.recursive_delete(client.collection("b")) == 1
    assert sorted(ids(client.collection_group("sub").stream())) == ["x", "y", "z"]


def test_reads_of_the_past(client):
    document = client.document("c/a")
    before = document.set({"n": 1}).update_time
    document.set({"n": 2})
    client.document("c/b").set({})
    assert document.get(read_time=before).to_dict() == {"n": 1}
    assert ids(client.collection("c").stream(read_time=before)) == ["a"]
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    with pytest.raises(exceptions.InvalidArgument, match="must not be in the future"):
        document.get(read_time=tomorrow)


def test_a_read_only_transaction_sees_one_version(client):
    document = client.document("c/a")
    document.set({"n": 1})

    @firestore.transactional
    def read_twice(transaction):
        first = document.get(transaction=transaction).to_dict()
        document.set({"n": first["n"] + 1})
        return first, document.get(transaction=transaction).to_dict()

    assert read_twice(client.transaction(read_only=True)) == ({"n": 1}, {"n": 1})


def test_transactions_that_meet_lose_no_update(client):
    document = client.document("c/counter")
    document.set({"n": 0})

    def add():
        @firestore.transactional
        def run(transaction):
            number = document.get(transaction=transaction).get("n")
            transaction.update(document, {"n": number + 1})

        run(client.transaction(max_attempts=20))

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert document.get().get("n") == 6


def test_of_two_that_claim_one_wins(client):
    job = client.document("jobs/1")
    job.set({"owner": None})
    won = []

    def claim(name):
        @firestore.transactional
        def run(transaction):
            if job.get(transaction=transaction).get("owner") is None:
                transaction.update(job, {"owner": name})
                return True
            return False

        if run(client.transaction(max_attempts=20)):
            won.append(name)

    threads = [threading.Thread(target=claim, args=(f"worker{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert won == [job.get().get("owner")]


def test_a_listener_sees_every_state_in_order(client):
    seen = []
    changed = threading.Condition()

    def on_snapshot(documents, changes, read_time):
        with changed:
            seen.append([(document.id, document.get("n")) for document in documents])
            changed.notify()

    query = client.collection("c").where(filter=FieldFilter("n", ">", 0)).order_by("n").limit(2)
    watch = query.on_snapshot(on_snapshot)

    def wait_for(state):
        with changed:
            assert changed.wait_for(lambda: seen and seen[-1] == state, 10), seen

    try:
        wait_for([])
        client.document("c/a").set({"n": 3})
        wait_for([("a", 3)])
        client.document("c/b").set({"n": 1})
        wait_for([("b", 1), ("a", 3)])
        client.document("c/c").set({"n": 2})
        wait_for([("b", 1), ("c", 2)])
        client.document("c/b").delete()
        wait_for([("c", 2), ("a", 3)])
        client.document("c/c").update({"n": -1})
        wait_for([("a", 3)])
    finally:
        watch.unsubscribe()


def test_databases_are_apart(client, project):
    other = firestore.Client(project=project, database="second", credentials=client._credentials)
    client.document("c/a").set({"n": 1})
    assert not other.document("c/a").get().exists
    other.close()


def test_the_nearest_vectors(client):
    for name, vector in {"a": [1.0, 0.0], "b": [0.0, 1.0], "c": [1.0, 1.0], "d": [1.0]}.items():
        client.document(f"c/{name}").set({"v": Vector(vector)})
    client.document("c/e").set({"v": "no vector"})
    query = client.collection("c").find_nearest(
        vector_field="v",
        query_vector=Vector([1.0, 0.1]),
        limit=2,
        distance_measure=DistanceMeasure.EUCLIDEAN,
        distance_result_field="distance",
    )
    found = query.get()
    assert ids(found) == ["a", "c"]
    assert found[0].get("distance") == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("path", "fields", "message"),
    [
        ("c/a", {"s": "x" * 1_048_488}, 'The value of property "s" is longer than 1048487 bytes'),
        ("c/a", {"a": "x" * 600_000, "b": "x" * 600_000}, r"its size \(1,200,0.. bytes\) exceeds"),
        ("c/a", {"__x__": 1}, "field name __x__ is reserved"),
        ("__c__/a", {}, 'Collection id "__c__" is invalid because it is reserved'),
        ("c/__a__", {}, "is invalid because it is reserved"),
        ("c/" + "x" * 1501, {}, "longer than 1500 bytes"),
        ("c/a", {"x" * 1501: 1}, "longer than 1500 bytes"),
        ("c/a", {"a": [[1]]}, "Cannot convert an array value in an array value"),
    ],
)
def test_limits(client, path, fields, message):
    with pytest.raises(exceptions.InvalidArgument, match=message):
        client.document(path).set(fields)


def test_twenty_levels_fit_and_twenty_one_do_not(client):
    fields = {"f": 1}
    for _ in range(20):
        fields = {"f": fields}
    client.document("c/a").set(fields)
    with pytest.raises(exceptions.InvalidArgument, match="contains an invalid nested entity"):
        client.document("c/a").set({"f": fields})


def test_what_is_left_out_says_so(client):
    with pytest.raises(exceptions.MethodNotImplemented, match="PartitionQuery"):
        list(client.collection_group("c").get_partitions(2))
