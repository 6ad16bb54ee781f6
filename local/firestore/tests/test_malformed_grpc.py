"""Nothing that arrives over HTTP/2 stops the server."""

import random
import socket

import grpc
import pytest

from local.firestore import wire
from local.firestore.methods import METHODS, Kind

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ADMIN = (("authorization", "Bearer owner"),)


def assert_alive(raw):
    raw.commit(raw.set("c/alive", n=1))
    name = f"{raw.root}/c/alive"
    document = raw.unary("GetDocument", wire.GetDocumentRequest(name=name), wire.Document)
    assert document.fields["n"].integer_value == 1


def call(channel, method, payloads, metadata=ADMIN):
    """Send bytes as they are; returns the status."""
    path = f"/google.firestore.v1.Firestore/{method.name}"
    try:
        match method.kind:
            case Kind.UNARY:
                channel.unary_unary(path)(payloads[0], metadata=metadata, timeout=5)
            case Kind.SERVER_STREAM:
                list(channel.unary_stream(path)(payloads[0], metadata=metadata, timeout=5))
            case Kind.SESSION:
                list(channel.stream_stream(path)(iter(payloads), metadata=metadata, timeout=5))
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def garbage(rng, length=200):
    return rng.randbytes(rng.randrange(length))


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_random_bytes_are_answered_with_an_error_or_ignored(raw, method):
    rng = random.Random(f"bytes {method.name}")
    for _ in range(40):
        status = call(raw.channel, method, [garbage(rng), garbage(rng)])
        assert status is not grpc.StatusCode.DEADLINE_EXCEEDED
    assert_alive(raw)


def mutated(rng, message):
    data = bytearray(message.SerializeToString())
    for _ in range(rng.randrange(1, 4)):
        where = rng.randrange(len(data) + 1)
        match rng.randrange(4):
            case 0:
                data[where : where + 1] = bytes([rng.randrange(256)])
            case 1:
                del data[where : where + rng.randrange(8)]
            case 2:
                data[where:where] = garbage(rng, 8)
            case 3:
                del data[where:]
    return bytes(data)


def valid_requests(raw):
    query = {
        "from": [{"collectionId": "c"}],
        "where": {
            "compositeFilter": {
                "op": "OR",
                "filters": [
                    {
                        "fieldFilter": {
                            "field": {"fieldPath": "a.`b c`"},
                            "op": "IN",
                            "value": {"arrayValue": {"values": [{"integerValue": "1"}]}},
                        }
                    },
                    {"unaryFilter": {"field": {"fieldPath": "n"}, "op": "IS_NOT_NULL"}},
                ],
            }
        },
        "orderBy": [{"field": {"fieldPath": "n"}, "direction": "DESCENDING"}],
        "startAt": {"values": [{"integerValue": "5"}], "before": True},
        "limit": 3,
        "select": {"fields": [{"fieldPath": "n"}]},
    }
    structured = wire.parse_json(wire.StructuredQuery, query)
    write = raw.set("c/a", n=1, nested={"x": [1, {"y": b"z"}]})
    write.update_mask.field_paths.append("nested.x")
    write.update_transforms.add(field_path="n").increment.double_value = 1
    write.current_document.update_time.seconds = 5
    query_target = wire.Target(target_id=1, resume_token=b"x")
    query_target.query.parent = raw.root
    query_target.query.structured_query.CopyFrom(structured)
    aggregation = wire.RunAggregationQueryRequest(parent=raw.root)
    aggregation.structured_aggregation_query.structured_query.CopyFrom(structured)
    aggregation.structured_aggregation_query.aggregations.add().sum.field.field_path = "n"
    return {
        "Commit": wire.CommitRequest(database=raw.database, writes=[write, write]),
        "BatchWrite": wire.BatchWriteRequest(database=raw.database, writes=[write]),
        "RunQuery": wire.RunQueryRequest(parent=raw.root, structured_query=structured),
        "RunAggregationQuery": aggregation,
        "Listen": wire.ListenRequest(database=raw.database, add_target=query_target),
        "Write": wire.WriteRequest(database=raw.database, writes=[write]),
        "BatchGetDocuments": wire.BatchGetDocumentsRequest(
            database=raw.database,
            documents=[f"{raw.root}/c/a"],
            new_transaction={"read_only": {"read_time": {"seconds": 5}}},
        ),
        "ListDocuments": wire.ListDocumentsRequest(
            parent=raw.root, collection_id="c", order_by="n desc", page_size=5
        ),
        "UpdateDocument": wire.UpdateDocumentRequest(
            document=raw.document("c/a", n=1), mask=wire.DocumentMask(field_paths=["n"])
        ),
    }


def test_damaged_requests_never_fail_for_a_reason_of_the_servers_own(raw):
    rng = random.Random("damaged requests")
    for name, request in valid_requests(raw).items():
        for _ in range(60):
            payload = mutated(rng, request)
            try:
                type(request).FromString(payload)
                well_formed = True
            except Exception:  # noqa: BLE001 - whatever the parser says, it is no message
                well_formed = False
            status = call(raw.channel, METHODS[name], [payload, payload])
            if well_formed:
                assert status not in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN), payload
    assert_alive(raw)


def test_broken_http2_and_half_requests_end_their_connection_only(port, raw):
    rng = random.Random("http2")
    for number in range(60):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            start = PREFACE[: rng.randrange(len(PREFACE) + 1)] if number % 2 else PREFACE
            connection.sendall(start + garbage(rng, 400))
    assert_alive(raw)


def test_streams_that_are_cut_in_the_middle_leave_the_server_whole(port, raw):
    for number in range(30):
        with grpc.insecure_channel(
            f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)]
        ) as channel:
            target = wire.Target(target_id=1)
            target.documents.documents.append(f"{raw.root}/c/{number % 3}")
            request = wire.ListenRequest(database=raw.database, add_target=target)
            call_ = channel.stream_stream("/google.firestore.v1.Firestore/Listen")
            responses = call_(iter([request.SerializeToString()] * (number % 3)), metadata=ADMIN)
            if number % 3 == 1:
                next(responses)
            if number % 2:
                responses.cancel()
    assert_alive(raw)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Basic x", grpc.StatusCode.UNKNOWN),
        ("Bearer x", grpc.StatusCode.INVALID_ARGUMENT),
        ("", grpc.StatusCode.UNKNOWN),
    ],
)
@pytest.mark.parametrize("name", ["GetDocument", "RunQuery", "Listen", "Write"])
def test_a_bad_authorization_is_refused_by_every_kind_of_call(raw, name, header, status):
    method = METHODS[name]
    metadata = (("authorization", header),)
    assert call(raw.channel, method, [b"", b""], metadata) is status


def test_an_unknown_method_is_unimplemented(raw):
    with pytest.raises(grpc.RpcError) as error:
        raw.channel.unary_unary("/google.firestore.v1.Firestore/Nothing")(b"", timeout=5)
    assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED
