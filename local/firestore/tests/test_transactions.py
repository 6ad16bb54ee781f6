import asyncio

import grpc
import pytest

from local.firestore.errors import RpcError
from local.firestore.transactions import IDLE_SECONDS, Transactions

NAME = "projects/p/databases/d/documents/c/a"
OTHER = "projects/p/databases/d/documents/c/b"


class Time:
    """A clock that the test sets."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


def test_a_write_waits_for_the_lock_of_a_transaction():
    async def scenario():
        transactions = Transactions()
        reader = transactions.begin(None)
        transactions.lock_document(reader, NAME)
        writing = asyncio.create_task(transactions.may_write([NAME], None))
        await asyncio.sleep(0)
        assert not writing.done()
        transactions.end(reader)
        await writing

    asyncio.run(scenario())


def test_a_write_that_waits_too_long_is_aborted():
    async def scenario():
        transactions = Transactions(lock_wait_seconds=0.01)
        reader, writer = transactions.begin(None), transactions.begin(None)
        transactions.lock_document(reader, NAME)
        with pytest.raises(RpcError, match=r"Transaction lock timeout\.") as error:
            await transactions.may_write([NAME], writer)
        assert error.value.code is grpc.StatusCode.ABORTED
        assert not transactions.is_open(writer.id)
        assert transactions.is_open(reader.id)

    asyncio.run(scenario())


def test_two_that_wait_for_each_other_do_not_wait_at_all():
    async def scenario():
        transactions = Transactions(lock_wait_seconds=60)
        one, two = transactions.begin(None), transactions.begin(None)
        transactions.lock_document(one, NAME)
        transactions.lock_document(two, NAME)
        first = asyncio.create_task(transactions.may_write([NAME], one))
        await asyncio.sleep(0)
        with pytest.raises(RpcError, match="lock timeout"):
            await transactions.may_write([NAME], two)
        await first

    asyncio.run(scenario())


def test_a_lock_on_a_collection_holds_back_writes_to_its_documents():
    async def scenario():
        transactions = Transactions(lock_wait_seconds=0.01)
        reader = transactions.begin(None)
        transactions.lock_collection(reader, "c")
        with pytest.raises(RpcError, match="lock timeout"):
            await transactions.may_write([NAME], None)
        await transactions.may_write([NAME.replace("/c/", "/other/")], None)
        transactions.lock_collection(reader, None)
        with pytest.raises(RpcError, match="lock timeout"):
            await transactions.may_write([NAME.replace("/c/", "/other/")], None)

    asyncio.run(scenario())


def test_own_locks_and_those_of_readers_do_not_hold_back():
    async def scenario():
        transactions = Transactions(lock_wait_seconds=0.01)
        own, reader = transactions.begin(None), transactions.begin(5)
        transactions.lock_document(own, NAME)
        transactions.lock_document(reader, NAME)
        await transactions.may_write([NAME, OTHER], own)

    asyncio.run(scenario())


def test_an_idle_transaction_expires_and_frees_its_locks():
    async def scenario():
        time = Time()
        transactions = Transactions(now=time)
        idle, busy = transactions.begin(None), transactions.begin(None)
        transactions.lock_document(idle, NAME)
        time.seconds += IDLE_SECONDS - 1
        transactions.get(busy.id)
        time.seconds += 2
        await transactions.may_write([NAME], None)
        assert transactions.get(busy.id) is busy
        with pytest.raises(RpcError, match="has expired or is no longer valid") as error:
            transactions.get(idle.id)
        assert error.value.code is grpc.StatusCode.ABORTED

    asyncio.run(scenario())


@pytest.mark.parametrize("transaction_id", [b"x", b"\0" * 16, b""])
def test_an_unknown_id_is_invalid(transaction_id):
    with pytest.raises(RpcError, match="Transaction is invalid or expired") as error:
        Transactions().get(transaction_id)
    assert error.value.code is grpc.StatusCode.INVALID_ARGUMENT


def test_nothing_is_left_behind_by_transactions_that_ended():
    async def scenario():
        transactions = Transactions()
        for _ in range(100):
            transaction = transactions.begin(None)
            transactions.lock_document(transaction, NAME)
            transactions.lock_collection(transaction, "c")
            await transactions.may_write([NAME], transaction)
            transactions.end(transaction)
        assert not transactions._open
        assert not transactions._holders
        assert not transactions._released

    asyncio.run(scenario())
