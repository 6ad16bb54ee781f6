import io
import json

import pytest

NAME = "projects/p/databases/(default)/documents"


def fields(**values):
    return {"fields": {key: {"integerValue": str(value)} for key, value in values.items()}}


def test_a_document_is_created_read_changed_listed_and_deleted(serve, root):
    async def scenario(server):
        status, created = await server.call("POST", f"{root}/a", fields(n=1), documentId="b")
        assert status == 200
        assert created["name"] == f"{NAME}/a/b"

        status, again = await server.call("POST", f"{root}/a", fields(n=1), documentId="b")
        assert (status, again["error"]["status"]) == (409, "ALREADY_EXISTS")

        _, changed = await server.call(
            "PATCH", f"{root}/a/b", fields(m=2, x=3), **{"updateMask.fieldPaths": "m"}
        )
        assert changed["fields"] == {"n": {"integerValue": "1"}, "m": {"integerValue": "2"}}

        _, masked = await server.call("GET", f"{root}/a/b", **{"mask.fieldPaths": "m"})
        assert masked["fields"] == {"m": {"integerValue": "2"}}

        _, listed = await server.call("GET", f"{root}/a", pageSize=10)
        assert [document["name"] for document in listed["documents"]] == [f"{NAME}/a/b"]

        assert await server.call("DELETE", f"{root}/a/b") == (200, {})
        status, missing = await server.call("GET", f"{root}/a/b")
        assert status == 404
        assert missing == {
            "error": {
                "code": 404,
                "message": f"Document ({NAME}/a/b) not found.",
                "status": "NOT_FOUND",
            }
        }

    serve(scenario)


def test_values_of_every_type_come_back_as_they_went(serve, root):
    values = {
        "null": {"nullValue": None},
        "yes": {"booleanValue": True},
        "int": {"integerValue": "-9223372036854775808"},
        "nan": {"doubleValue": "NaN"},
        "double": {"doubleValue": 0.1},
        "when": {"timestampValue": "2026-01-02T03:04:05.678901Z"},
        "text": {"stringValue": "Ünïcode 𝄞"},
        "bytes": {"bytesValue": "AP8="},
        "where": {"geoPointValue": {"latitude": 1.5, "longitude": -2.5}},
        "other": {"referenceValue": f"{NAME}/a/b"},
        "list": {"arrayValue": {"values": [{"integerValue": "1"}, {"stringValue": "x"}]}},
        "map": {"mapValue": {"fields": {"inner": {"booleanValue": False}}}},
    }

    async def scenario(server):
        await server.call("PATCH", f"{root}/a/b", {"fields": values})
        _, document = await server.call("GET", f"{root}/a/b")
        assert document["fields"] == values

    serve(scenario)


def test_streams_answer_arrays(serve, root):
    async def scenario(server):
        await server.call("PATCH", f"{root}/a/b", fields(n=1))

        _, got = await server.call(
            "POST", f"{root}:batchGet", {"documents": [f"{NAME}/a/b", f"{NAME}/a/c"]}
        )
        assert [sorted(set(answer) & {"found", "missing"}) for answer in got] == [
            ["found"],
            ["missing"],
        ]

        query = {"structuredQuery": {"from": [{"collectionId": "a"}]}}
        _, found = await server.call("POST", f"{root}:runQuery", query)
        assert found[0]["document"]["name"] == f"{NAME}/a/b"

        count = {
            "structuredAggregationQuery": {**query, "aggregations": [{"alias": "c", "count": {}}]}
        }
        _, counted = await server.call("POST", f"{root}:runAggregationQuery", count)
        assert counted[0]["result"]["aggregateFields"] == {"c": {"integerValue": "1"}}

    serve(scenario)


def test_a_transaction_of_the_web_sdk_verifies_what_it_read(serve, root):
    async def scenario(server):
        await server.call("PATCH", f"{root}/a/read", fields(n=1))
        _, (read,) = await server.call(
            "POST", f"{root}:batchGet", {"documents": [f"{NAME}/a/read"]}
        )
        writes = [
            {
                "verify": f"{NAME}/a/read",
                "currentDocument": {"updateTime": read["found"]["updateTime"]},
            },
            {"update": {"name": f"{NAME}/a/written", **fields(n=2)}},
        ]
        status, committed = await server.call("POST", f"{root}:commit", {"writes": writes})
        assert status == 200
        assert "commitTime" in committed

        await server.call("PATCH", f"{root}/a/read", fields(n=5))
        status, refused = await server.call("POST", f"{root}:commit", {"writes": writes})
        assert (status, refused["error"]["status"]) == (400, "FAILED_PRECONDITION")

    serve(scenario)


def test_errors_of_streams_stand_in_an_array(serve, root):
    async def scenario(server):
        status, answer = await server.call("POST", f"{root}:runQuery", {}, headers={})
        assert status == 400
        assert answer[0]["error"]["status"] == "INVALID_ARGUMENT"

    serve(scenario)


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        (":partitionQuery", 501, "UNIMPLEMENTED"),
        (":listen", 501, "UNIMPLEMENTED"),
        (":executePipeline", 400, "INVALID_ARGUMENT"),
    ],
)
def test_what_is_left_out_is_refused(serve, root, path, status, name):
    async def scenario(server):
        answered, answer = await server.call("POST", root + path, {})
        error = answer[0] if isinstance(answer, list) else answer
        assert (answered, error["error"]["status"]) == (status, name)

    serve(scenario)


def test_the_content_type_does_not_matter_and_the_key_is_ignored(serve, root):
    async def scenario(server):
        for kind in ("text/plain", "application/octet-stream", "application/json; charset=utf-8"):
            status, _, text = await server.raw(
                "POST",
                f"{root}:commit",
                b'{"writes":[]}',
                headers={"Content-Type": kind},
                key="abc",
                alt="json",
            )
            assert (status, "commitTime" in text) == (200, True)

    serve(scenario)


@pytest.mark.parametrize("header", ["Basic x", "Bearer"])
def test_another_scheme_than_bearer_is_unknown(serve, root, header):
    async def scenario(server):
        status, answer = await server.call("GET", f"{root}/a/b", headers={"Authorization": header})
        assert (status, answer["error"]["status"]) == (500, "UNKNOWN")

    serve(scenario)


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"7", b'{"writes":7}', b"[" * 100_000, b"\xff", b'{"writes":[{"x":']
)
def test_bodies_that_are_no_request_are_invalid(serve, root, body):
    async def scenario(server):
        status, _, text = await server.raw("POST", f"{root}:commit", body)
        assert (status, json.loads(text)["error"]["status"]) == (400, "INVALID_ARGUMENT")

    serve(scenario)


def test_a_body_may_have_16_mib_and_no_more(serve, root):
    async def scenario(server):
        limit = 16 * 1024 * 1024
        body = io.BytesIO(b'{"writes":[]}'.ljust(limit))
        status, _, _ = await server.raw("POST", f"{root}:commit", body)
        assert status == 200
        body = io.BytesIO(b'{"writes":[]}'.ljust(limit + 1))
        status, _, text = await server.raw("POST", f"{root}:commit", body)
        assert status == 400
        assert json.loads(text)["error"]["message"] == (
            "Request payload size exceeds the limit: 16777216 bytes."
        )

    serve(scenario)


def test_the_longest_names_fit_into_a_url(serve, root):
    async def scenario(server):
        path = "/".join(["%C3%BC" * 750] * 4)  # 1500 bytes each, thrice that when escaped
        assert (await server.call("PATCH", f"{root}/{path}", {"fields": {}}))[0] == 200

    serve(scenario)


def test_pages_of_any_origin_may_call(serve, root):
    async def scenario(server):
        wanted = "authorization,x-goog-api-client,content-type"
        headers = {
            "Origin": "http://app.test",
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": wanted,
            "Access-Control-Request-Private-Network": "true",
        }
        status, answered, _ = await server.raw("OPTIONS", f"{root}/a/b", headers=headers)
        assert status == 200
        assert answered["Access-Control-Allow-Origin"] == "http://app.test"
        assert answered["Access-Control-Allow-Credentials"] == "true"
        assert answered["Access-Control-Allow-Headers"] == wanted
        assert answered["Access-Control-Allow-Private-Network"] == "true"
        assert "PATCH" in answered["Access-Control-Allow-Methods"]

        channel = "/google.firestore.v1.Firestore/Listen/channel?SID=x"
        for path, expected in ((f"{root}/a/missing", 404), ("/nowhere", 404), (channel, 400)):
            status, answered, _ = await server.raw(
                "GET", path, headers={"Origin": "http://app.test"}
            )
            assert status == expected
            assert answered["Access-Control-Allow-Origin"] == "http://app.test"
            assert answered["Vary"] == "Origin"

    serve(scenario)
