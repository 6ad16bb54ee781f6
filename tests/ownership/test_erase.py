"""`erase`: everything of a user's goes, whatever dies on the way, and nothing of another's."""

import pytest

from firepod.domain.errors import ResourceExhausted
from firepod.domain.generation import MediaType, Status
from firepod.domain.quota import Limits
from firepod.protocol.runpod import RunpodStatus
from firepod.usecases import erase as module
from firepod.usecases.erase import erase, go_on
from firepod.usecases.submit import submit
from firepod.usecases.uploads import upload
from tests.fakes.backend import make_backend, make_request
from tests.fakes.failpoints import Killed
from tests.fakes.values import NPY, PNG, make_generation
from tests.ownership.user import carry_out, left, minute, move_in, work

UNTIL_MIDNIGHT = {"quotas/ann", "erasures/ann"}


@pytest.fixture
def backend():
    return make_backend(limits=Limits(active=20, daily=50))


def carry_out_all(backend):
    while tasks := backend.queue.take():
        for task in tasks:
            carry_out(backend, task)


def later(backend, minutes=150):  # past the deadline of every job, and the next look
    for _ in range(minutes):
        minute(backend)


def test_nothing_is_left_but_todays_count_and_after_midnight_not_even_that(backend):
    move_in(backend, "ann")
    used = backend.store.quotas["quotas/ann"].used

    assert erase(backend, "ann").answer() == {"status": "erasing"}
    later(backend)

    assert left(backend, "ann") == UNTIL_MIDNIGHT
    quota = backend.store.quotas["quotas/ann"]
    assert (quota.used, quota.leases) == (used, {})
    later(backend, 12 * 60)
    assert left(backend, "ann") == set()


def test_another_users_things_stay_as_they_are(backend):
    move_in(backend, "bob")
    work(backend)
    later(backend)
    values, held = backend.store.values, left(backend, "bob")
    theirs = {path: values[path] for path in held if path in values}
    files = {path for path in held if path in backend.storage.files}
    move_in(backend, "ann")

    erase(backend, "ann")
    later(backend, 300)

    assert {path: backend.store.values.get(path) for path in theirs} == theirs
    assert files <= set(backend.storage.files)


def test_what_can_go_at_once_goes_with_the_first_task(backend):
    move_in(backend, "ann")

    erase(backend, "ann")
    carry_out_all(backend)

    assert not [path for path in backend.storage.files if path.startswith("uploads/ann/")]
    assert not [path for path in backend.store.generations if path.startswith("generations/ann/")]
    running = [job for job in backend.gpu.jobs.values() if not job.status.ended]
    assert [job for job in running if job.status is RunpodStatus.IN_PROGRESS] == []


def test_erasing_gives_no_new_quota(backend):
    backend = make_backend(limits=Limits(active=20, daily=3))
    for _ in range(3):
        submit(backend, "ann", make_request())
    work(backend)
    erase(backend, "ann")
    later(backend)

    with pytest.raises(ResourceExhausted):
        submit(backend, "ann", make_request())


def test_what_is_begun_later_stays(backend):
    move_in(backend, "ann")
    erase(backend, "ann")
    backend.clock.advance(1)
    new = submit(backend, "ann", make_request(), "another key").ref
    file = upload(backend, "ann", PNG).path
    work(backend)
    later(backend, 13 * 60)

    made = {entry["path"] for entry in backend.store.find(new).generation_data["files"]}
    made.add(f"thumbs/ann/{new.file_uid}_0.webp")
    key = next(path for path in backend.store.values if path.startswith("idempotency_keys/"))
    assert left(backend, "ann") == {new.path, file, key, *made}


def killed_at(place):
    """An erasure whose call, and then each of whose tasks, dies at this place, once each."""
    backend = make_backend(limits=Limits(active=20, daily=50))
    move_in(backend, "ann")
    backend.failpoints.kill_at(place)
    died = 0
    try:
        erase(backend, "ann")
    except Killed:
        died += 1
        if not backend.store.erasure("ann"):
            backend.failpoints.kill_at(None)
            erase(backend, "ann")
    backend.failpoints.kill_at(place)
    try:
        go_on(backend, "ann")
    except Killed:
        died += 1
    backend.failpoints.kill_at(None)
    return backend, died


def test_killed_at_any_step_it_is_still_done(backend):
    place = 0
    while True:
        backend, died = killed_at(place)
        later(backend)
        assert left(backend, "ann") == UNTIL_MIDNIGHT, place
        if not died:
            break
        place += 1
    assert place > 50


def test_a_task_that_was_lost_is_found_by_the_sweep(backend):
    move_in(backend, "ann")
    backend.queue.reachable = False
    erase(backend, "ann")
    backend.queue.reachable = True
    later(backend)

    assert left(backend, "ann") == UNTIL_MIDNIGHT


def test_a_generation_that_always_raises_holds_up_itself_alone(backend):
    move_in(backend, "ann")
    (bad,) = [path for path in backend.store.generations if path.endswith("ann-failed")]
    transition = backend.store.transition

    def raising(ref, change, **more):
        if ref.path == bad:
            raise TypeError("a bug of ours")
        return transition(ref, change, **more)

    backend.store.transition = raising
    erase(backend, "ann")
    later(backend, 15 * 60)
    assert left(backend, "ann") == {bad, "quotas/ann", "erasures/ann"}

    backend.store.transition = transition
    later(backend, 60)
    assert left(backend, "ann") == set()


def test_a_file_that_comes_late_goes_too(backend):
    erased = submit(backend, "ann", make_request()).ref
    erase(backend, "ann")
    carry_out_all(backend)
    output = f"generating/ann/image/{erased.file_uid}.png"
    backend.storage.keep(output, PNG, "image/png", owner="ann", attempt=1)
    later(backend, 13 * 60)

    assert left(backend, "ann") == set()


def test_large_libraries_go_in_bounded_steps(backend, monkeypatch):
    for name, bound in {"MAX_GENERATIONS": 7, "MAX_FILES": 5, "PAGE": 4, "MAX_PAGES": 2}.items():
        monkeypatch.setattr(module, name, bound)
    for number in range(30):
        backend.store.keep(make_generation(file_uid=f"f-{number}", status=Status.COMPLETED))
        backend.storage.keep(f"uploads/ann/{number}.png", PNG, "image/png", owner="ann")
        for user in ("ann", "bob"):
            backend.storage.keep(f"voices/{user}{number}/x.npy", NPY, "application/x", owner=user)
            backend.storage.keep(f"tts/{user}{number}/x.wav", NPY, "audio/wav", owner=user)
    erase(backend, "ann")
    carry_out_all(backend)

    assert [path for path in left(backend, "ann") if not path.startswith("jobs/")] == []
    assert len([file for file in backend.storage.files.values() if file.owner == "bob"]) == 60


def test_a_second_call_begins_anew_and_takes_what_came_since(backend):
    move_in(backend, "ann")
    erase(backend, "ann")
    later(backend)
    submit(backend, "ann", make_request())
    work(backend)

    erase(backend, "ann")
    later(backend)

    assert left(backend, "ann") == UNTIL_MIDNIGHT


def test_two_tasks_at_a_time_do_no_harm(backend):
    move_in(backend, "ann")
    erase(backend, "ann")
    seen = backend.store.erasure("ann")
    change = backend.store.change_erasure

    def raced(before, after):
        if before == seen:
            backend.store.change_erasure = change
            backend.clock.advance(1)
            go_on(backend, "ann")
        return change(before, after)

    backend.store.change_erasure = raced
    listings = backend.store.generations_of
    asked = []
    backend.store.generations_of = lambda *where, **more: (
        asked.append(where[1]),
        listings(*where, **more),
    )[1]
    go_on(backend, "ann")
    assert asked == list(MediaType)  # by the one that won; the other one has stopped before

    later(backend)
    assert left(backend, "ann") == UNTIL_MIDNIGHT


def test_a_user_who_has_nothing_is_done_at_once(backend):
    erase(backend, "nobody")
    carry_out_all(backend)

    assert left(backend, "nobody") == set()
