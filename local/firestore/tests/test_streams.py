"""Listen and Write, message by message, over gRPC."""

import queue
import threading

import grpc
import pytest

from local.firestore import wire

NO_CHANGE, ADD, REMOVE, CURRENT, RESET = range(5)


class Requests:
    """The client's half of a stream; `None` ends it."""

    def __init__(self):
        self._queue = queue.Queue()

    def send(self, request):
        self._queue.put(request)

    def __iter__(self):
        return iter(self._queue.get, None)


def target_of_documents(raw, target_id, *paths, **more):
    target = wire.Target(target_id=target_id, **more)
    target.documents.documents.extend(f"{raw.root}/{path}" for path in paths)
    return wire.ListenRequest(database=raw.database, add_target=target)


def target_of_query(raw, target_id, structured, **more):
    target = wire.Target(target_id=target_id, **more)
    target.query.parent = raw.root
    target.query.structured_query.CopyFrom(wire.parse_json(wire.StructuredQuery, structured))
    return wire.ListenRequest(database=raw.database, add_target=target)


def told(response):
    """Write a response in short."""
    match response.WhichOneof("response_type"):
        case "target_change":
            change = response.target_change
            name = ("NO_CHANGE", "ADD", "REMOVE", "CURRENT", "RESET")[change.target_change_type]
            return (name, *change.target_ids)
        case "document_change":
            change = response.document_change
            left = [-target_id for target_id in change.removed_target_ids]
            return ("change", change.document.name[-3:], *change.target_ids, *left)
        case "document_delete":
            deleted = response.document_delete
            left = [-target_id for target_id in deleted.removed_target_ids]
            return ("delete", deleted.document[-3:], *left)
        case other:
            return (other,)


def read(responses, count):
    return [told(next(responses)) for _ in range(count)]


@pytest.fixture
def listening(raw):
    requests = Requests()
    responses = raw.stream("Listen", iter(requests))
    yield requests.send, responses
    requests.send(None)
    responses.cancel()


def test_a_documents_target_from_start_to_removal(raw, listening):
    send, responses = listening
    raw.commit(raw.set("c/a", n=1))
    send(target_of_documents(raw, 2, "c/a", "c/b"))
    assert read(responses, 5) == [
        ("ADD", 2),
        ("change", "c/a", 2),
        ("delete", "c/b", -2),
        ("CURRENT", 2),
        ("NO_CHANGE",),
    ]
    raw.commit(raw.set("c/b", n=1), wire.Write(delete=f"{raw.root}/c/a"))
    assert read(responses, 3) == [("change", "c/b", 2), ("delete", "c/a", -2), ("NO_CHANGE",)]
    send(wire.ListenRequest(database=raw.database, remove_target=2))
    send(wire.ListenRequest(database=raw.database, remove_target=99))
    send(target_of_documents(raw, 4, "c/z"))
    assert read(responses, 2) == [("REMOVE", 2), ("ADD", 4)]


def test_a_query_target_tells_what_enters_changes_and_leaves(raw, listening):
    send, responses = listening
    equal = {"field": {"fieldPath": "n"}, "op": "EQUAL", "value": {"integerValue": "1"}}
    query = {"from": [{"collectionId": "c"}], "where": {"fieldFilter": equal}}
    send(target_of_query(raw, 1, query))
    assert read(responses, 3) == [("ADD", 1), ("CURRENT", 1), ("NO_CHANGE",)]
    raw.commit(raw.set("c/a", n=1), raw.set("c/b", n=2))
    assert read(responses, 2) == [("change", "c/a", 1), ("NO_CHANGE",)]
    raw.commit(raw.set("c/a", n=1, more=1))
    assert read(responses, 2) == [("change", "c/a", 1), ("NO_CHANGE",)]
    raw.commit(raw.set("c/a", n=5))
    assert read(responses, 2) == [("change", "c/a", -1), ("NO_CHANGE",)]


def test_one_commit_is_one_snapshot_for_all_targets(raw, listening):
    send, responses = listening
    send(target_of_query(raw, 1, {"from": [{"collectionId": "c"}]}))
    send(target_of_documents(raw, 2, "c/a"))
    send(target_of_query(raw, 3, {"from": [{"collectionId": "c", "allDescendants": True}]}))
    read(responses, 3 + 4 + 3)
    raw.commit(raw.set("c/a", n=1), raw.set("c/b", n=1))
    assert read(responses, 3) == [
        ("change", "c/a", 2, 1, 3),
        ("change", "c/b", 1, 3),
        ("NO_CHANGE",),
    ]


def test_a_resumed_target_is_reset(raw, listening):
    send, responses = listening
    raw.commit(raw.set("c/a", n=1))
    query = {"from": [{"collectionId": "c"}]}
    send(target_of_query(raw, 1, query, resume_token=b"from before"))
    assert read(responses, 5) == [
        ("ADD", 1),
        ("RESET", 1),
        ("change", "c/a", 1),
        ("CURRENT", 1),
        ("NO_CHANGE",),
    ]


def test_snapshots_have_growing_read_times_and_tokens(raw, listening):
    send, responses = listening
    send(target_of_documents(raw, 1, "c/a"))
    times = []
    for number in range(3):
        while told(response := next(responses)) != ("NO_CHANGE",):
            pass
        assert response.target_change.resume_token
        times.append(wire.microseconds(response.target_change.read_time))
        commit = raw.commit(raw.set("c/a", n=number))
    assert times == sorted(set(times))
    assert wire.microseconds(commit.commit_time) > times[-1]


def test_a_bad_target_is_removed_with_its_cause_and_the_stream_goes_on(raw, listening):
    send, responses = listening
    send(target_of_query(raw, 1, {"from": [{"collectionId": "__x__"}]}))
    removed = next(responses)
    assert told(removed) == ("REMOVE", 1)
    assert removed.target_change.cause.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    send(wire.ListenRequest(database=raw.database, add_target=wire.Target(target_id=1)))
    assert told(next(responses)) == ("REMOVE", 1)
    send(target_of_documents(raw, 1, "c/a"))
    assert read(responses, 1) == [("ADD", 1)]


def test_a_target_id_in_use_ends_the_stream(raw, listening):
    send, responses = listening
    send(target_of_documents(raw, 1, "c/a"))
    send(target_of_documents(raw, 1, "c/b"))
    with pytest.raises(grpc.RpcError) as error:
        read(responses, 5)
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_projected_listener_gets_the_selected_fields(raw, listening):
    send, responses = listening
    raw.commit(raw.set("c/a", n=1, m=2))
    select = {"fields": [{"fieldPath": "m"}]}
    send(target_of_query(raw, 1, {"from": [{"collectionId": "c"}], "select": select}))
    read(responses, 1)
    assert list(next(responses).document_change.document.fields) == ["m"]


def test_a_client_may_ping_while_it_listens(raw, port):
    options = [
        ("grpc.keepalive_time_ms", 1000),
        ("grpc.http2.min_time_between_pings_ms", 500),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.use_local_subchannel_pool", 1),
    ]
    requests, ended = Requests(), threading.Event()
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        responses = type(raw)(channel, "demo-ping").stream("Listen", iter(requests))
        requests.send(target_of_documents(raw, 1, "c/a"))
        read(responses, 4)
        responses.add_callback(ended.set)
        assert not ended.wait(3.5)  # the third ping, after 3 s, would be one too many
        requests.send(None)
        assert list(responses) == []


def write_request(raw, *writes, **more):
    return wire.WriteRequest(database=raw.database, writes=writes, **more)


def test_the_write_stream_answers_in_order_and_ends_when_asked(raw):
    requests = Requests()
    responses = raw.stream("Write", iter(requests))
    requests.send(write_request(raw))
    opened = next(responses)
    assert opened.stream_id
    assert opened.stream_token == b"0"
    assert not opened.write_results
    for number in range(3):
        requests.send(write_request(raw, raw.set("c/a", n=number), stream_token=b"0"))
    answers = [next(responses) for _ in range(3)]
    assert [answer.stream_token for answer in answers] == [b"1", b"2", b"3"]
    assert [len(answer.write_results) for answer in answers] == [1, 1, 1]
    times = [wire.microseconds(answer.commit_time) for answer in answers]
    assert times == sorted(times)
    requests.send(write_request(raw))
    assert next(responses).stream_token == b"4"
    assert list(responses) == []
    assert responses.code() is grpc.StatusCode.OK
    requests.send(None)


@pytest.mark.parametrize(
    ("request_of", "message"),
    [
        (lambda raw: write_request(raw, raw.set("c/a")), "'writes' must not be set"),
        (lambda _: wire.WriteRequest(), "'database' must be set"),
        (lambda raw: write_request(raw, stream_id="x"), "Resuming streams is not supported"),
        (lambda _: wire.WriteRequest(database="x"), "Invalid database name"),
    ],
)
def test_a_write_stream_must_open_as_such(raw, request_of, message):
    with pytest.raises(grpc.RpcError, match=message) as error:
        list(raw.stream("Write", iter([request_of(raw)])))
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_failed_write_ends_its_stream(raw):
    update = raw.set("c/a", n=1)
    update.current_document.exists = True
    with pytest.raises(grpc.RpcError, match="No document to update") as error:
        list(raw.stream("Write", iter([write_request(raw), write_request(raw, update)])))
    assert error.value.code() is grpc.StatusCode.NOT_FOUND


def test_verify_holds_a_commit_to_what_was_read(raw):
    raw.commit(raw.set("c/a", n=1))
    missing = wire.Write(verify=f"{raw.root}/c/b", current_document={"exists": False})
    raw.commit(raw.set("c/c", n=1), missing)
    raw.commit(raw.set("c/b", n=1))
    with pytest.raises(grpc.RpcError) as error:
        raw.commit(raw.set("c/c", n=2), missing)
    assert error.value.code() is grpc.StatusCode.ALREADY_EXISTS
