"""Commits whose writes meet the same document more than once."""

import grpc
import pytest

from local.firestore import wire


def _code_of(call):
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value.code()


def _exists(write):
    write.current_document.exists = True
    return write


def test_a_commit_that_requires_what_it_has_deleted_before_is_refused_and_changes_nothing(raw):
    raw.commit(raw.set("c/x", v=1), raw.set("c/y", v=1))
    delete = wire.Write(delete=f"{raw.root}/c/x")
    for again in (_exists(raw.set("c/x", v=2)), _exists(wire.Write(delete=f"{raw.root}/c/x"))):
        refused = _code_of(lambda again=again: raw.commit(raw.set("c/y", v=2), delete, again))
        assert refused == grpc.StatusCode.INVALID_ARGUMENT
    for path in ("c/x", "c/y"):
        request = wire.GetDocumentRequest(name=f"{raw.root}/{path}")
        assert raw.unary("GetDocument", request, wire.Document).fields["v"].integer_value == 1


def test_a_document_that_a_commit_deletes_and_sets_again_exists_for_its_later_writes(raw):
    raw.commit(raw.set("c/x", v=1))
    delete = wire.Write(delete=f"{raw.root}/c/x")
    raw.commit(delete, raw.set("c/x", v=2), _exists(raw.set("c/x", v=3)))
    request = wire.GetDocumentRequest(name=f"{raw.root}/c/x")
    assert raw.unary("GetDocument", request, wire.Document).fields["v"].integer_value == 3


def test_requiring_a_document_that_was_never_there_is_not_found(raw):
    verify = wire.Write(verify=f"{raw.root}/c/none")
    update = _exists(raw.set("c/none", v=1))
    for writes in ([update], [verify, update]):
        refused = _code_of(lambda writes=writes: raw.commit(*writes))
        assert refused == grpc.StatusCode.NOT_FOUND
