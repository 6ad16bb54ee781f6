"""A long result is sent while others are served: it is what was there when it was asked for."""

import asyncio

from local.firestore import wire
from local.firestore.callers import ADMIN
from local.firestore.service import FirestoreService

DATABASE = "projects/p/databases/(default)"
ROOT = f"{DATABASE}/documents"


def _set(path, number):
    value = wire.Value(integer_value=number)
    return wire.Write(update=wire.Document(name=f"{ROOT}/{path}", fields={"n": value}))


async def _commit(service, *writes):
    await service.commit(wire.CommitRequest(database=DATABASE, writes=writes), ADMIN)


def test_what_changes_while_a_result_is_sent_is_not_in_it():
    async def scenario():
        service = FirestoreService()
        await _commit(service, *(_set(f"c/{name}", 1) for name in "abc"))
        request = wire.RunQueryRequest(parent=ROOT)
        request.structured_query.from_.add(collection_id="c")
        responses = service.run_query(request, ADMIN)
        first = await anext(responses)
        await _commit(service, _set("c/b", 2), wire.Write(delete=f"{ROOT}/c/c"), _set("c/d", 2))
        rest = [response async for response in responses]

        documents = [response.document for response in (first, *rest)]
        assert [document.name[-1] for document in documents] == ["a", "b", "c"]
        assert [document.fields["n"].integer_value for document in documents] == [1, 1, 1]

    asyncio.run(scenario())
