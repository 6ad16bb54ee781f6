"""An upload lives as long as a generation uses it, and for a day when none does."""

import pytest

from firepod.domain.errors import FailedPrecondition, InvalidArgument, NotFound
from firepod.domain.generation import MediaType, Status
from firepod.ports import Usage
from firepod.usecases import uploads
from firepod.usecases.cancel import cancel
from firepod.usecases.discard import discard
from firepod.usecases.retry import retry
from firepod.usecases.steps import unused
from firepod.usecases.usage import of_uploads
from tests.fakes.backend import make_backend
from tests.fakes.failpoints import Killed
from tests.fakes.values import PNG, WAV, make_generation
from tests.ownership.user import PICTURE, RECORDING, hand_in, img2img, left, minute, work

DAY = 24 * 3600
ANNS = PICTURE.format("ann")


@pytest.fixture
def backend():
    return make_backend()


def with_uses(backend, count):
    hand_in(backend, "ann")
    refs = [img2img(backend, "ann") for _ in range(count)]
    work(backend)
    return refs


def test_an_upload_goes_with_the_last_generation_that_uses_it(backend):
    first, second = with_uses(backend, 2)

    discard(backend, first)
    minute(backend)
    assert ANNS in backend.storage.files

    discard(backend, second)
    assert ANNS not in backend.storage.files
    assert RECORDING.format("ann") in backend.storage.files


def test_a_cancelled_one_keeps_its_upload_for_another_try(backend):
    hand_in(backend, "ann")
    ref = img2img(backend, "ann")
    cancel(backend, ref)
    for _ in range(20):
        minute(backend)
    assert ANNS in backend.storage.files

    retry(backend, ref)
    work(backend)

    assert backend.store.find(ref).status is Status.COMPLETED


def test_an_upload_of_a_running_one_goes_with_its_discard(backend):
    hand_in(backend, "ann")
    discard(backend, img2img(backend, "ann"))
    for _ in range(5):
        minute(backend)

    assert left(backend, "ann") == {RECORDING.format("ann"), "quotas/ann"}


def test_what_an_expired_generation_used_goes_with_it():
    backend = make_backend(retention_days=30)
    hand_in(backend, "ann")
    cancel(backend, img2img(backend, "ann"))
    minute(backend, 29 * DAY)
    assert ANNS in backend.storage.files

    minute(backend, DAY)
    minute(backend)

    assert left(backend, "ann") == {"quotas/ann"}


def test_what_lost_its_document_by_hand_loses_its_upload_too(backend):
    hand_in(backend, "ann")
    ref = img2img(backend, "ann")
    del backend.store.values[ref.path]
    for _ in range(15):
        minute(backend, 600)

    assert ANNS not in backend.storage.files


def test_a_discard_that_is_killed_anywhere_leaves_nothing_of_its_upload(backend):
    place = 0
    while True:
        backend = make_backend()
        (ref,) = with_uses(backend, 1)
        backend.failpoints.kill_at(place)
        try:
            discard(backend, ref)
        except Killed:
            place += 1
        else:
            break
        backend.failpoints.kill_at(None)
        if ref.path in backend.store.values:
            assert ANNS in backend.storage.files
            discard(backend, ref)
        for _ in range(3):
            minute(backend)
        assert left(backend, "ann") == {RECORDING.format("ann"), "quotas/ann"}, place
    assert place > 8


def test_what_is_handed_in_again_while_it_is_cleared_stays(backend):
    hand_in(backend, "ann")
    ask = backend.store.uses_upload

    def ask_slowly(user_id, path):
        used = ask(user_id, path)
        backend.storage.keep(path, PNG, "image/png", owner=user_id)
        return used

    backend.store.uses_upload = ask_slowly
    unused.drop_unused(backend, "ann", [ANNS])

    assert ANNS in backend.storage.files


def test_another_users_upload_is_never_taken_along(backend):
    hand_in(backend, "bob")
    bobs = PICTURE.format("bob")
    foreign = make_generation("text2img", request_data={"init_image": bobs, "prompt": "x"})
    backend.store.keep(foreign)

    discard(backend, foreign.ref)
    for _ in range(5):
        minute(backend)

    assert bobs in backend.storage.files


@pytest.mark.parametrize("retention_days", [0, 30])
def test_what_nobody_uses_goes_after_its_hours_whatever_the_retention_is(retention_days):
    backend = make_backend(retention_days=retention_days, upload_retention_hours=5)
    hand_in(backend, "ann")
    img2img(backend, "ann")
    work(backend)
    minute(backend, 5 * 3600 - 61)
    assert RECORDING.format("ann") in backend.storage.files

    minute(backend, 3700)

    assert RECORDING.format("ann") not in backend.storage.files
    assert ANNS in backend.storage.files


def test_the_day_begins_anew_when_it_is_handed_in_again(backend):
    path = uploads.upload(backend, "ann", WAV).path
    backend.clock.advance(DAY - 60)
    assert uploads.upload(backend, "ann", WAV).path == path
    minute(backend, 3600)
    assert path in backend.storage.files

    minute(backend, DAY)

    assert path not in backend.storage.files


def test_a_file_that_is_in_use_stays_the_same_when_it_is_handed_in_again(backend):
    path = uploads.upload(backend, "ann", PNG).path
    img2img(backend, "ann", path)
    token = backend.storage.files[path].token
    backend.clock.advance(DAY - 60)

    uploads.upload(backend, "ann", PNG)

    assert backend.storage.files[path].token == token  # a worker may hold its URL


def test_a_round_goes_on_where_the_last_run_stopped_and_then_rests(backend):
    count = 2 * unused.CHECKS + 50
    for number in range(count):
        backend.storage.keep(f"uploads/u{number}/a.png", PNG, "image/png")
    backend.clock.advance(DAY + 1)

    runs = [unused.look_at_uploads(backend) for _ in range(3)]

    assert runs == [unused.CHECKS, unused.CHECKS, 50]
    backend.storage.keep("uploads/late/a.png", PNG, "image/png")
    backend.storage.created["uploads/late/a.png"] -= 2 * unused.REST * 24
    assert unused.look_at_uploads(backend) == 0
    backend.clock.advance(3601)
    assert unused.look_at_uploads(backend) == 1


def test_a_thousand_that_are_used_do_not_hide_one_that_is_not(backend, monkeypatch):
    monkeypatch.setattr(unused, "PAGE", 20)
    monkeypatch.setattr(unused, "CHECKS", 15)
    for number in range(100):
        path = f"uploads/ann/{number:03}.png"
        backend.storage.keep(path, PNG, "image/png")
        request = {"init_image": path}
        backend.store.keep(
            make_generation(file_uid=f"f-{number}", request_data=request, status=Status.COMPLETED)
        )
    backend.storage.keep("uploads/zoe/a.png", PNG, "image/png")
    backend.clock.advance(DAY + 1)

    assert sum(unused.look_at_uploads(backend) for _ in range(8)) == 1
    assert len(backend.storage.files) == 100


def test_an_upload_of_a_live_generation_is_not_deleted_and_that_of_an_ended_one_is(backend):
    hand_in(backend, "ann")
    ref = img2img(backend, "ann")
    with pytest.raises(FailedPrecondition) as refused:
        uploads.delete(backend, "ann", "start.png")
    assert refused.value.details == {"file_uid": ref.file_uid}

    work(backend)
    uploads.delete(backend, "ann", "start.png")

    assert ANNS not in backend.storage.files
    assert backend.store.find(ref).media_type is MediaType.IMAGES


@pytest.mark.parametrize(
    "name", ["nothing.png", "../bob/start.png", "start", "", ".hidden", "a\\b", "a\n", "x" * 201]
)
def test_a_name_that_is_none_of_the_callers_is_not_found(backend, name):
    hand_in(backend, "ann")
    hand_in(backend, "bob")
    held = dict(backend.storage.files)

    with pytest.raises(NotFound):
        uploads.delete(backend, "ann", name)

    assert backend.storage.files == held


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg/>", b"\0\0\0\x20ftypisom", b"\x93NUMPY"])
def test_only_pictures_and_sound_are_kept(backend, data):
    with pytest.raises(InvalidArgument):
        uploads.upload(backend, "ann", data)
    assert backend.storage.files == {}


def test_uploads_are_counted_and_listed_page_by_page(backend):
    for number in range(5):
        backend.storage.keep(f"uploads/ann/{number}.png", PNG, "image/png")
    backend.storage.keep("uploads/anna/x.png", PNG, "image/png")

    assert of_uploads(backend, "ann") == Usage(5 * len(PNG), 5)
    first = uploads.page(backend, "ann", limit=3)
    rest = uploads.page(backend, "ann", limit=3, after=first.next_name)
    names = [file.path for file in (*first.uploads, *rest.uploads)]
    assert names == [f"uploads/ann/{number}.png" for number in range(5)]
    assert rest.next_name is None
