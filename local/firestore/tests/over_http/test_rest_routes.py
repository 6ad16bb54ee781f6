import grpc
import pytest

from local.firestore.errors import RpcError
from local.firestore.rest_routes import match_route

ROOT = "projects/p/databases/(default)/documents"


def route(http_method, path, query=(), body=None):
    call = match_route(http_method, path, query)
    assert call is not None
    return call.method.name, call.request_json(body or {})


@pytest.mark.parametrize(
    ("http_method", "path", "query", "body", "rpc", "request_json"),
    [
        ("GET", f"{ROOT}/a/b", [], {}, "GetDocument", {"name": f"{ROOT}/a/b"}),
        ("GET", f"{ROOT}/a/b:c", [], {}, "GetDocument", {"name": f"{ROOT}/a/b:c"}),
        (
            "GET",
            f"{ROOT}/a/b",
            [("mask.fieldPaths", "x"), ("mask.fieldPaths", "y.z"), ("key", "k"), ("alt", "json")],
            {},
            "GetDocument",
            {"name": f"{ROOT}/a/b", "mask": {"fieldPaths": ["x", "y.z"]}},
        ),
        (
            "GET",
            f"{ROOT}/a/b/c",
            [("pageSize", "3"), ("showMissing", "true"), ("orderBy", "x desc")],
            {},
            "ListDocuments",
            {
                "parent": f"{ROOT}/a/b",
                "collectionId": "c",
                "pageSize": "3",
                "showMissing": True,
                "orderBy": "x desc",
            },
        ),
        (
            "POST",
            f"{ROOT}/a",
            [("documentId", "b")],
            {"fields": {}},
            "CreateDocument",
            {"parent": ROOT, "collectionId": "a", "documentId": "b", "document": {"fields": {}}},
        ),
        (
            "PATCH",
            f"{ROOT}/a/b",
            [("updateMask.fieldPaths", "x"), ("currentDocument.exists", "false")],
            {"fields": {}, "name": "lies"},
            "UpdateDocument",
            {
                "document": {"name": f"{ROOT}/a/b", "fields": {}},
                "updateMask": {"fieldPaths": ["x"]},
                "currentDocument": {"exists": False},
            },
        ),
        (
            "DELETE",
            f"{ROOT}/a/b",
            [("currentDocument.updateTime", "2026-01-01T00:00:00Z")],
            {},
            "DeleteDocument",
            {"name": f"{ROOT}/a/b", "currentDocument": {"updateTime": "2026-01-01T00:00:00Z"}},
        ),
        (
            "POST",
            f"{ROOT}:commit",
            [],
            {"writes": []},
            "Commit",
            {"database": "projects/p/databases/(default)", "writes": []},
        ),
        (
            "POST",
            f"{ROOT}/a/b:runQuery",
            [],
            {"structuredQuery": {}},
            "RunQuery",
            {"parent": f"{ROOT}/a/b", "structuredQuery": {}},
        ),
        ("POST", f"{ROOT}:listCollectionIds", [], {}, "ListCollectionIds", {"parent": ROOT}),
    ],
)
def test_a_url_means_an_rpc(http_method, path, query, body, rpc, request_json):
    assert route(http_method, path, query, body) == (rpc, request_json)


def test_every_custom_verb_of_the_api_has_its_rpc():
    verbs = {
        "batchGet": "BatchGetDocuments",
        "batchWrite": "BatchWrite",
        "beginTransaction": "BeginTransaction",
        "commit": "Commit",
        "rollback": "Rollback",
        "executePipeline": "ExecutePipeline",
        "runQuery": "RunQuery",
        "runAggregationQuery": "RunAggregationQuery",
        "partitionQuery": "PartitionQuery",
        "listCollectionIds": "ListCollectionIds",
    }

    assert {verb: route("POST", f"{ROOT}:{verb}")[0] for verb in verbs} == verbs


def test_escaped_characters_of_names_are_read():
    name = "projects/p/databases/%28default%29/documents/a/%C3%BC%20b"

    assert route("GET", name) == ("GetDocument", {"name": f"{ROOT}/a/ü b"})


@pytest.mark.parametrize(
    ("http_method", "path"),
    [
        ("GET", ROOT),
        ("GET", "projects/p/databases/(default)"),
        ("GET", f"{ROOT}//b"),
        ("PUT", f"{ROOT}/a/b"),
        ("PATCH", f"{ROOT}/a"),
        ("DELETE", f"{ROOT}/a"),
        ("POST", f"{ROOT}/a/b"),
        ("POST", f"{ROOT}/a/b:commit"),
        ("POST", "projects/p/databases/(default)/collectionGroups/a/indexes"),
        ("GET", ""),
    ],
)
def test_other_urls_mean_nothing(http_method, path):
    assert match_route(http_method, path, []) is None


@pytest.mark.parametrize("verb", ["listen", "write"])
def test_two_way_streams_are_not_served_over_rest(verb):
    with pytest.raises(RpcError) as caught:
        match_route("POST", f"{ROOT}:{verb}", [])

    assert caught.value.code is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("name", ["nope", "mask.nope", "name.x", "mask.fieldPaths.x", ""])
def test_a_query_parameter_that_the_rpc_does_not_have_is_an_error(name):
    with pytest.raises(RpcError) as caught:
        match_route("GET", f"{ROOT}/a/b", [(name, "1")])

    assert caught.value.code is grpc.StatusCode.INVALID_ARGUMENT
