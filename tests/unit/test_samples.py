"""A sample more of a voice: whatever dies in between, what is stored is listed, or goes."""

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from firepod.domain import life
from firepod.domain.errors import Busy, FailedPrecondition, FirepodError, NotFound, Unavailable
from firepod.domain.generation import Status
from firepod.domain.looks import Looked
from firepod.domain.records import Records
from firepod.domain.samples import MAX_SAMPLES, Adding, announcement, paths_of, samples_of
from firepod.usecases.discard import discard
from firepod.usecases.reconcile import reconcile
from firepod.usecases.samples import add_sample
from firepod.usecases.sweep import sweep
from tests.api.recorded import wav
from tests.fakes.backend import make_backend
from tests.fakes.failpoints import Killed
from tests.fakes.storage import FakeStorage
from tests.fakes.values import NPY, WAV, make_generation, make_job

VOICE = "voice_ann_01234567"
CALLS = range(12)  # of ports, more than one addition makes


@pytest.fixture
def backend():
    """Ann has a completed voice."""
    made = make_backend()
    begun = make_generation("voice_clone", file_uid=VOICE, status=Status.PROCESSING)
    job = make_job(begun)
    stored = [
        made.storage.keep(output.path, data, output.content_type, attempt=1)
        for output, data in zip(job.outputs, (WAV, NPY), strict=True)
    ]
    data = {"sample_url": made.storage.url(stored[0]), "profile_url": "https://media.test/p"}
    completed = life.Completed(1, tuple(stored), data, now=made.clock.now(), claim="run-1")
    records = completed(Records(generation=begun, job=job))
    made.store.keep(records.generation)
    made.clock.advance(1)
    return made


REF = make_generation("voice_clone", file_uid=VOICE).ref


def the_voice(backend):
    return backend.store.find(REF)


def ring(backend, minutes):
    """The bell rings once a minute, and what it queues is done."""
    for _ in range(minutes):
        backend.clock.advance(60)
        sweep(backend)
        for task in backend.queue.take():
            reconcile(backend, task.payload["file_uid"])


def check_that_nothing_is_unseen(backend):
    voice = the_voice(backend)
    listed = [] if voice is None else list(paths_of(voice))
    assert sorted(backend.storage.files) == sorted(listed)
    assert not backend.store.jobs
    if voice is not None:
        sizes = [backend.storage.files[path].size_bytes for path in listed]
        assert (voice.size_bytes, voice.file_count) == (sum(sizes), len(sizes))
        newest = backend.storage.files[samples_of(voice)[0]]
        assert voice.generation_data["sample_url"] == backend.storage.url(newest)
        assert voice.status is Status.COMPLETED


def test_a_sample_is_listed_counted_and_shown_first_and_nothing_else_changes(backend):
    before = the_voice(backend)
    recording = wav()

    added = add_sample(backend, REF, recording)

    after = the_voice(backend)
    assert list(paths_of(after)) == [*paths_of(before), added.file.path]
    assert list(samples_of(after)) == [added.file.path, paths_of(before)[0]]
    assert after.size_bytes == before.size_bytes + len(recording)
    assert backend.storage.contents[added.file.path] == recording
    assert backend.storage.files[added.file.path].owner == "ann"
    check_that_nothing_is_unseen(backend)
    changed = {"generation_data", "size_bytes", "file_count", "modified"}
    for name in set(after.__slots__) - changed:
        assert getattr(after, name) == getattr(before, name), name


@pytest.mark.parametrize("place", CALLS)
def test_a_process_that_dies_at_any_call_leaves_nothing_unseen(backend, place):
    backend.failpoints.kill_at(place)
    try:
        add_sample(backend, REF, wav())
    except Killed:
        backend.failpoints.kill_at(None)
    backend.failpoints.kill_at(None)

    ring(backend, 5)

    check_that_nothing_is_unseen(backend)
    backend.clock.advance(1)
    add_sample(backend, REF, wav())
    check_that_nothing_is_unseen(backend)


@pytest.mark.parametrize("place", CALLS)
def test_whatever_a_port_raises_leaves_nothing_unseen(backend, place):
    backend.failpoints.raise_at(place, Unavailable("Away."))
    with contextlib.suppress(Unavailable):
        add_sample(backend, REF, wav())
    backend.failpoints.kill_at(None)

    ring(backend, 5)

    check_that_nothing_is_unseen(backend)


@pytest.mark.parametrize("commits", [0, 1])
def test_a_voice_that_is_discarded_meanwhile_takes_the_sample_along(backend, commits):
    skipped = [lambda: None] * commits
    backend.store.conflicts.extend([*skipped, lambda: discard(backend, REF)])

    with pytest.raises((NotFound, Unavailable)):
        add_sample(backend, REF, wav())

    ring(backend, 5)
    assert the_voice(backend) is None
    check_that_nothing_is_unseen(backend)


@pytest.mark.parametrize("place", CALLS)
def test_a_voice_goes_with_what_a_dead_process_was_adding(backend, place):
    backend.failpoints.kill_at(place)
    with contextlib.suppress(Killed):
        add_sample(backend, REF, wav())
    backend.failpoints.kill_at(None)

    discard(backend, REF)
    ring(backend, 5)

    assert the_voice(backend) is None
    check_that_nothing_is_unseen(backend)


def test_what_a_look_has_begun_to_clear_away_is_not_listed_any_more(backend):
    """Its process was as good as dead; the look has not come to the deletion yet."""
    now, unit = backend.clock.now(), timedelta(seconds=60)
    look = Looked(1, now=now, unit=unit)
    backend.store.conflicts.extend([lambda: None, lambda: backend.store.transition(REF, look)])

    with pytest.raises(Unavailable):
        add_sample(backend, REF, wav())
    ring(backend, 5)
    check_that_nothing_is_unseen(backend)


class SlowStorage(FakeStorage):
    """Minutes pass, and looks with them, before an object is there."""

    meanwhile = None

    def put(self, output, data, *, owner, attempt):
        self.meanwhile()
        return super().put(output, data, owner=owner, attempt=attempt)


def test_what_is_stored_after_it_was_given_up_goes_at_once(backend):
    slow = SlowStorage(backend.clock, files=backend.storage.files)
    slow.contents, slow.created = backend.storage.contents, backend.storage.created
    slow.meanwhile = lambda: ring(backend, 5)

    with pytest.raises(Unavailable):
        add_sample(replace(backend, storage=slow), REF, wav())
    check_that_nothing_is_unseen(backend)


def test_two_at_once_do_not_get_into_each_others_way(backend):
    refused = []

    def another():
        try:
            add_sample(backend, REF, wav(2))
        except FirepodError as error:
            refused.append(error)

    backend.store.conflicts.extend([lambda: None, another])
    add_sample(backend, REF, wav())

    assert [type(one) for one in refused] == [Busy]
    check_that_nothing_is_unseen(backend)


def test_a_second_sample_of_the_same_second_is_asked_for_again(backend):
    add_sample(backend, REF, wav())

    with pytest.raises(Busy):
        add_sample(backend, REF, wav(2))
    check_that_nothing_is_unseen(backend)


def test_a_voice_has_so_many_samples_and_no_more(backend):
    for _ in range(MAX_SAMPLES - 1):
        add_sample(backend, REF, wav())
        backend.clock.advance(1)

    with pytest.raises(FailedPrecondition, match="20 samples at most"):
        add_sample(backend, REF, wav())
    assert len(samples_of(the_voice(backend))) == MAX_SAMPLES
    check_that_nothing_is_unseen(backend)


@pytest.mark.parametrize("status", [one for one in Status if one is not Status.COMPLETED])
def test_only_a_completed_voice_takes_samples(backend, status):
    voice = make_generation("voice_clone", file_uid=VOICE, status=status)
    now = backend.clock.now()
    job = announcement(
        voice, make_job(voice).outputs[0], claim="c", endpoint_id="", now=now, until=now
    )

    with pytest.raises(FailedPrecondition):
        Adding(job)(Records(generation=voice))
