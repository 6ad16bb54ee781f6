# ruff: noqa: ARG002 - a fake has the signature of what it stands for
"""When and with what the service asks the rules."""

import asyncio

import grpc
import pytest

from local.firestore import wire
from local.firestore.callers import ADMIN, Caller
from local.firestore.errors import RpcError, denied
from local.firestore.service import FirestoreService

DATABASE = "projects/p/databases/(default)"
ROOT = f"{DATABASE}/documents"
ALICE = Caller(admin=False, auth={"uid": "alice", "token": {}})


class Recorder:
    """Rules that note what they are asked and deny some of it."""

    def __init__(self, *denies):
        self.denies = denies
        self.asked = []

    def get(self, caller, name, document, view):
        self._ask("get", name.removeprefix(f"{ROOT}/"), document is not None)

    def list(self, caller, parent, structured_query, view):
        self._ask("list", structured_query.from_[0].collection_id, None)

    def write(self, caller, changes, before, after, request_time):
        for change in changes:
            assert before.get(change.name) is change.before
            assert after.get(change.name) is change.after
            states = (change.before is not None, change.after is not None)
            self._ask("write", change.name.removeprefix(f"{ROOT}/"), states)

    def _ask(self, method, what, state):
        self.asked.append((method, what, state))
        if method in self.denies or what in self.denies:
            raise denied(f"{method} {what}")


def scene(*denies):
    service = FirestoreService()
    rules = Recorder(*denies)
    service.set_rules("p", rules)
    return service, rules


def set_write(path, number=1, **more):
    value = wire.Value(integer_value=number)
    return wire.Write(update=wire.Document(name=f"{ROOT}/{path}", fields={"n": value}), **more)


async def commit(service, caller, *writes):
    return await service.commit(wire.CommitRequest(database=DATABASE, writes=writes), caller)


async def collect(responses):
    return [response async for response in responses]


def query_request(collection="c"):
    request = wire.RunQueryRequest(parent=ROOT)
    request.structured_query.from_.add(collection_id=collection)
    return request


def query_target(target_id, collection="c", limit=None):
    target = wire.Target(target_id=target_id)
    target.query.parent = ROOT
    target.query.structured_query.from_.add(collection_id=collection)
    if limit is not None:
        target.query.structured_query.limit.value = limit
    return wire.ListenRequest(database=DATABASE, add_target=target)


def document_target(target_id, *paths):
    target = wire.Target(target_id=target_id)
    target.documents.documents.extend(f"{ROOT}/{path}" for path in paths)
    return wire.ListenRequest(database=DATABASE, add_target=target)


def test_administrators_are_not_asked_about():
    async def scenario():
        service, rules = scene("get", "list", "write")
        await commit(service, ADMIN, set_write("c/a"))
        await service.get_document(wire.GetDocumentRequest(name=f"{ROOT}/c/a"), ADMIN)
        await collect(service.run_query(query_request(), ADMIN))
        await service.list_collection_ids(wire.ListCollectionIdsRequest(parent=ROOT), ADMIN)
        assert rules.asked == []

    asyncio.run(scenario())


def test_a_commit_shows_all_changes_before_and_after():
    async def scenario():
        service, rules = scene()
        await commit(service, ADMIN, set_write("c/a"), set_write("c/b"), set_write("c/same"))
        await commit(
            service,
            ALICE,
            set_write("c/a", 2),
            set_write("c/a", 3),
            wire.Write(delete=f"{ROOT}/c/b"),
            wire.Write(delete=f"{ROOT}/c/missing"),
            set_write("c/new"),
            set_write("c/same"),
            wire.Write(verify=f"{ROOT}/c/seen"),
        )
        assert rules.asked == [
            ("get", "c/seen", False),
            ("write", "c/a", (True, True)),
            ("write", "c/b", (True, False)),
            ("write", "c/missing", (False, False)),
            ("write", "c/new", (False, True)),
            ("write", "c/same", (True, True)),
        ]

    asyncio.run(scenario())


def test_a_denied_commit_changes_nothing():
    async def scenario():
        service, _ = scene("c/b")
        with pytest.raises(RpcError) as error:
            await commit(service, ALICE, set_write("c/a"), set_write("c/b"))
        assert error.value.code is grpc.StatusCode.PERMISSION_DENIED
        assert len(service.database(DATABASE).store) == 0

    asyncio.run(scenario())


def test_a_denied_caller_does_not_learn_what_exists():
    async def scenario():
        service, _ = scene("write")
        must_exist = wire.Precondition(exists=True)
        with pytest.raises(RpcError) as error:
            await commit(service, ALICE, set_write("c/a", current_document=must_exist))
        assert error.value.code is grpc.StatusCode.PERMISSION_DENIED
        service.set_rules("p", Recorder())
        with pytest.raises(RpcError) as error:
            await commit(service, ALICE, set_write("c/a", current_document=must_exist))
        assert error.value.code is grpc.StatusCode.NOT_FOUND

    asyncio.run(scenario())


def test_reads_are_asked_about_by_document_and_by_query():
    async def scenario():
        service, rules = scene()
        await commit(service, ADMIN, set_write("c/a"))
        get_both = wire.BatchGetDocumentsRequest(
            database=DATABASE, documents=[f"{ROOT}/c/a", f"{ROOT}/c/b"]
        )
        await collect(service.batch_get_documents(get_both, ALICE))
        await collect(service.run_query(query_request(), ALICE))
        listing = wire.ListDocumentsRequest(parent=ROOT, collection_id="c")
        await service.list_documents(listing, ALICE)
        aggregation = wire.RunAggregationQueryRequest(parent=ROOT)
        aggregation.structured_aggregation_query.structured_query.from_.add(collection_id="c")
        aggregation.structured_aggregation_query.aggregations.add().count.SetInParent()
        await collect(service.run_aggregation_query(aggregation, ALICE))
        assert rules.asked == [
            ("get", "c/a", True),
            ("get", "c/b", False),
            ("list", "c", None),
            ("list", "c", None),
            ("list", "c", None),
        ]

    asyncio.run(scenario())


def test_metadata_is_for_administrators():
    async def scenario():
        service, _ = scene()
        message = "Metadata operations require admin authentication."
        with pytest.raises(RpcError, match=message):
            await service.list_collection_ids(wire.ListCollectionIdsRequest(parent=ROOT), ALICE)
        listing = wire.ListDocumentsRequest(parent=ROOT, collection_id="c", show_missing=True)
        with pytest.raises(RpcError, match=message):
            await service.list_documents(listing, ALICE)

    asyncio.run(scenario())


def test_a_denied_target_is_removed_with_its_cause_and_the_stream_goes_on():
    async def scenario():
        service, _ = scene("secret")
        sent = []
        session = service.listen(ALICE, sent.append)
        await session.handle(query_target(1, "secret"))
        (response,) = sent
        assert response.target_change.target_change_type == 2  # REMOVE
        assert list(response.target_change.target_ids) == [1]
        assert response.target_change.cause.code == 7
        await session.handle(query_target(3))
        assert len(sent) == 4

    asyncio.run(scenario())


def test_rules_that_deny_later_end_open_listeners():
    async def scenario():
        service, _ = scene()
        sent, of_admin = [], []
        session = service.listen(ALICE, sent.append)
        await session.handle(query_target(1))
        await session.handle(document_target(2, "d/x"))
        await session.handle(query_target(3, "open"))
        of_admin_session = service.listen(ADMIN, of_admin.append)
        await of_admin_session.handle(query_target(1))
        del sent[:], of_admin[:]
        service.set_rules("p", Recorder("c", "d/x"))
        assert [
            (list(response.target_change.target_ids), response.target_change.cause.code)
            for response in sent
        ] == [([1], 7), ([2], 7)]
        assert of_admin == []
        del sent[:]
        await commit(service, ADMIN, set_write("c/a"), set_write("d/x"), set_write("open/a"))
        assert [response.document_change.document.name for response in sent][:-1] == [
            f"{ROOT}/open/a"
        ]

    asyncio.run(scenario())


def test_a_watched_document_is_asked_about_again_when_it_changes():
    class OnlyWhileSmall(Recorder):
        def get(self, caller, name, document, view):
            if document is not None and document.fields["n"].integer_value > 5:
                raise denied("too large")

    async def scenario():
        service = FirestoreService()
        service.set_rules("p", OnlyWhileSmall())
        sent = []
        session = service.listen(ALICE, sent.append)
        await session.handle(document_target(1, "c/a"))
        await commit(service, ADMIN, set_write("c/a", 1))
        del sent[:]
        await commit(service, ADMIN, set_write("c/a", 9))
        assert sent[0].target_change.cause.code == 7
        assert not any(response.HasField("document_change") for response in sent)

    asyncio.run(scenario())


def test_what_leaves_a_query_is_not_shown_to_whom_it_may_not_be():
    async def scenario():
        service, _ = scene("c/a")
        sent = []
        session = service.listen(ALICE, sent.append)
        request = query_target(1)
        where = request.add_target.query.structured_query.where.field_filter
        where.field.field_path = "n"
        where.op = 5  # EQUAL
        where.value.integer_value = 1
        await commit(service, ADMIN, set_write("c/a"), set_write("c/b"))
        await session.handle(request)
        del sent[:]
        await commit(service, ADMIN, set_write("c/a", 2), set_write("c/b", 2))
        assert sent[0].document_remove.document == f"{ROOT}/c/a"
        assert sent[1].document_change.document.name == f"{ROOT}/c/b"
        assert list(sent[1].document_change.removed_target_ids) == [1]

    asyncio.run(scenario())


def test_a_listener_that_breaks_does_not_break_the_commit():
    class Broken(Recorder):
        def get(self, caller, name, document, view):
            if document is not None:
                raise ZeroDivisionError

    async def scenario():
        service = FirestoreService()
        service.set_rules("p", Broken())
        sent = []
        session = service.listen(ALICE, sent.append)
        await session.handle(document_target(1, "c/a"))
        await commit(service, ADMIN, set_write("c/a"))
        assert service.database(DATABASE).store.get(f"{ROOT}/c/a") is not None
        assert sent[-1].target_change.cause.code == grpc.StatusCode.INTERNAL.value[0]

    asyncio.run(scenario())


def test_closed_sessions_leave_nothing_behind():
    async def scenario():
        service, _ = scene()
        for number in range(100):
            session = service.listen(ALICE, lambda _: None)
            await session.handle(query_target(1, limit=number % 3 or None))
            await session.handle(document_target(2, f"c/{number}"))
            session.close()
            session.close()
        assert len(service.database(DATABASE).listeners) == 0
        assert service.database(DATABASE).listeners._entries == {}

    asyncio.run(scenario())
