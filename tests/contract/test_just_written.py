"""A quota that a process has just written spares the next `generate` of its user the read.

Others write, too: whatever they have written meanwhile counts, as if it had been read.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from firepod.adapters.firestore import FirestoreStore
from firepod.adapters.just_written import KEPT_SECONDS
from firepod.domain import life
from firepod.domain.budget import Total
from firepod.domain.errors import ResourceExhausted, Unauthenticated
from firepod.domain.quota import Limits
from firepod.domain.sign_in import SignIn
from firepod.usecases.submit import submit
from tests.contract.steps import complete
from tests.fakes.backend import make_backend, make_request

READ, COMMIT = "batch_get_documents", "commit"


@pytest.fixture
def two(on_firestore, client):
    """Two processes: each knows what it has written itself; ids are drawn from one clock."""
    here = on(FirestoreStore(client))
    return here, replace(here, store=FirestoreStore(client))


@contextmanager
def calls_of(client):
    """The calls of Firestore that are made meanwhile, by name."""
    api, calls = client._firestore_api, []
    originals = {name: getattr(api, name) for name in (READ, COMMIT)}
    for name, original in originals.items():

        def call(*args, _name=name, _call=original, **kwargs):
            calls.append(_name)
            return _call(*args, **kwargs)

        setattr(api, name, call)
    try:
        yield calls
    finally:
        for name in originals:
            delattr(api, name)


def on(store, **limits):
    return limited(replace(make_backend(), store=store), **limits)


def limited(backend, active=4, total=0):
    limits = Limits(active=active, daily=200, total=total)
    return replace(backend, settings=replace(backend.settings, limits=limits))


@pytest.mark.parametrize("total", [0, 1000])
def test_a_first_generate_takes_three_round_trips_and_the_next_two(on_firestore, client, total):
    backend = on(on_firestore.store, total=total)
    on_firestore.store.keep_total(Total(day="2026-05-04", used=0, counted_at=backend.clock.now()))
    for expected in ([READ, COMMIT, COMMIT], [COMMIT, COMMIT], [COMMIT, COMMIT]):
        with calls_of(client) as calls:
            submit(backend, "ann", make_request())
        assert calls == expected
    assert len(on_firestore.document("quotas/ann")["leases"]) == 3


def test_after_some_seconds_it_is_read_again(on_firestore, client):
    seconds = [0.0]
    backend = on(FirestoreStore(client, clock=lambda: seconds[0]))
    submit(backend, "ann", make_request())
    seconds[0] = KEPT_SECONDS
    with calls_of(client) as calls:
        submit(backend, "ann", make_request())
    assert calls == [READ, COMMIT, COMMIT]


def test_what_another_process_has_started_counts(two):
    processes = [limited(one, active=2) for one in two]
    for backend in processes:
        submit(backend, "ann", make_request())
    for backend in processes:
        with pytest.raises(ResourceExhausted) as refused:
            submit(backend, "ann", make_request())
        assert (refused.value.details["used"], refused.value.details["limit"]) == (2, 2)


def test_a_place_that_another_process_has_given_back_is_free_at_once(two):
    here, there = (limited(one, active=1) for one in two)
    started = submit(here, "ann", make_request())
    complete(there.store, started.ref)
    assert submit(here, "ann", make_request()).ref != started.ref


def test_a_key_that_another_process_has_used_starts_nothing(two, on_firestore):
    here, there = two
    submit(here, "ann", make_request(seed=1))
    first = submit(there, "ann", make_request(seed=2), "key")
    submit(here, "ann", make_request(seed=3))
    again = submit(here, "ann", make_request(seed=2), "key")
    assert (again.duplicate, again.ref) == (True, first.ref)
    assert on_firestore.document("quotas/ann")["used"] == 3


def test_whose_account_may_not_be_used_any_more_starts_nothing(on_firestore):
    def refuse():
        raise Unauthenticated("Your sign-in is no longer valid.")

    backend = on(on_firestore.store)
    submit(backend, "ann", make_request())
    with pytest.raises(Unauthenticated):
        submit(backend, "ann", make_request(), sign_in=SignIn(check=refuse))
    assert on_firestore.document("quotas/ann")["used"] == 1


def test_two_processes_at_once_start_as_many_as_may_run(two, on_firestore):
    start = threading.Barrier(24)

    def call(number):
        start.wait()
        try:
            return submit(two[number % 2], "ann", make_request())
        except ResourceExhausted as error:
            return error

    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(call, range(24)))
    assert sum(not isinstance(answer, ResourceExhausted) for answer in answers) == 4
    quota = on_firestore.document("quotas/ann")
    assert (len(quota["leases"]), quota["used"]) == (4, 4)


def test_a_user_who_has_cancelled_has_the_place_again(on_firestore):
    backend = on(on_firestore.store, active=1)
    started = submit(backend, "ann", make_request())
    on_firestore.store.transition(started.ref, life.Cancelled(now=backend.clock.now()))
    with pytest.raises(ResourceExhausted):
        submit(backend, "ann", make_request())  # RunPod has not stopped it yet
