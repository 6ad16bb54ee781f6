"""ListDocuments and ListCollectionIds, page by page."""

import grpc
import pytest

from local.firestore import wire


def list_documents(raw, **more):
    request = wire.ListDocumentsRequest(parent=raw.root, collection_id="c", **more)
    return raw.unary("ListDocuments", request, wire.ListDocumentsResponse)


def ids(response):
    return [document.name.rpartition("/")[2] for document in response.documents]


def test_all_pages_show_the_version_of_the_first(raw):
    raw.commit(*(raw.set(f"c/{number:02}", n=number) for number in range(25)))
    first = list_documents(raw, page_size=10)
    raw.commit(wire.Write(delete=f"{raw.root}/c/00"), raw.set("c/055"))
    second = list_documents(raw, page_size=10, page_token=first.next_page_token)
    third = list_documents(raw, page_size=10, page_token=second.next_page_token)
    assert ids(first) + ids(second) + ids(third) == [f"{number:02}" for number in range(25)]
    assert not third.next_page_token


def test_order_mask_and_missing_documents(raw):
    raw.commit(raw.set("c/a", n=1, m=1), raw.set("c/b", n=2), raw.set("c/ghost/sub/x", n=3))
    assert ids(list_documents(raw, order_by="n desc, __name__ desc")) == ["b", "a"]
    masked = list_documents(raw, mask=wire.DocumentMask(field_paths=["m"]))
    assert [sorted(document.fields) for document in masked.documents] == [["m"], []]
    everything = list_documents(raw, show_missing=True)
    assert ids(everything) == ["a", "b", "ghost"]
    assert not everything.documents[2].HasField("create_time")


def test_collection_ids_come_in_pages(raw):
    raw.commit(raw.set("a/1"), raw.set("b/1/x/1"), raw.set("c/1"))
    request = wire.ListCollectionIdsRequest(parent=raw.root, page_size=2)
    first = raw.unary("ListCollectionIds", request, wire.ListCollectionIdsResponse)
    request.page_token = first.next_page_token
    second = raw.unary("ListCollectionIds", request, wire.ListCollectionIdsResponse)
    assert [list(first.collection_ids), list(second.collection_ids)] == [["a", "b"], ["c"]]


@pytest.mark.parametrize(
    "more",
    [
        {"page_token": "x"},
        {"page_size": -1},
        {"order_by": "a b c"},
        {"order_by": "a", "show_missing": True},
    ],
)
def test_a_listing_that_makes_no_sense_is_refused(raw, more):
    with pytest.raises(grpc.RpcError) as error:
        list_documents(raw, **more)
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
