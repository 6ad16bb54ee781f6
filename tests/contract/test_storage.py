"""What every Storage must do: the one in memory that unit tests believe in, and two real ones."""

import functools
import io
from datetime import timedelta

import pytest

from firepod.domain.errors import Unavailable
from firepod.domain.generation import Output
from firepod.domain.links import LinkFailed, LinkProblem
from firepod.kinds import registry
from firepod.kinds.file_names import disposition
from firepod.settings import MediaUrls
from tests.fakes.values import PNG

OTHER = PNG + b"other pixels"
HOUR = timedelta(hours=1)


class Stream(io.BytesIO):
    """What a link leads to; `size` is what it said beforehand."""

    size: int | None = None


@pytest.fixture
def media(place):
    return place.storage(MediaUrls.TOKEN)


@pytest.fixture
def picture(place):
    return Output(f"generating/ann/{place.folder}/a picture+1.png", "image/png")


def test_what_is_put_is_found_with_all_that_was_said_of_it(media, picture):
    stored = media.put(picture, PNG, owner="ann", attempt=2)

    assert media.stat(picture.path) == stored
    assert (stored.path, stored.content_type) == (picture.path, "image/png")
    assert (stored.size_bytes, stored.owner, stored.attempt) == (len(PNG), "ann", 2)
    assert stored.token
    assert media.head(picture.path, 8) == PNG[:8]
    assert media.head(picture.path, 9999) == PNG
    assert media.read(picture.path, 9999) == PNG
    assert media.read(picture.path, 10) == PNG[:10]


def test_what_is_not_there_is_nothing(media, picture):
    assert media.stat(picture.path) is None
    assert media.head(picture.path, 8) == b""
    assert media.read(picture.path, 8) is None
    media.delete([picture.path], owner="ann", upto_attempt=9)


def test_an_empty_object_has_no_first_bytes(media, picture):
    media.put(picture, b"", owner="ann", attempt=1)
    assert media.head(picture.path, 8) == b""


def test_a_copy_is_a_file_of_its_own_with_what_is_said_of_it(media, picture, place):
    sample = Output(f"voices/{place.folder}/samples/1.png", "image/png")
    media.put(picture, PNG, owner="ben", attempt=7)
    copied = media.copy(picture.path, sample, owner="ann", attempt=1)

    assert media.stat(sample.path) == copied
    assert (copied.path, copied.content_type) == (sample.path, "image/png")
    assert (copied.size_bytes, copied.owner, copied.attempt) == (len(PNG), "ann", 1)
    assert copied.token != media.stat(picture.path).token
    assert media.read(sample.path, 9999) == PNG
    assert media.copy(picture.path, sample, owner="ann", attempt=1) is not None
    assert media.copy(f"{picture.path}.gone", sample, owner="ann", attempt=2) is None


@pytest.mark.parametrize("said", [True, False])
def test_a_stream_is_put_whether_or_not_its_size_is_said(media, picture, said):
    data = PNG + bytes(300_000)
    stream = Stream(data)
    stream.size = len(data) if said else None
    stored = media.put_stream(picture, stream, owner="ann", attempt=1)

    assert media.stat(picture.path) == stored
    assert (stored.size_bytes, stored.owner) == (len(data), "ann")
    assert media.read(picture.path, 999_999) == data


def test_a_file_on_disk_is_put_as_its_bytes_are(media, picture, tmp_path):
    file = tmp_path / "out.png"
    file.write_bytes(PNG)
    stored = media.put_file(picture, str(file), owner="ann", attempt=1)
    assert media.stat(picture.path) == stored
    assert media.read(picture.path, 9999) == PNG


def test_an_object_of_more_than_one_piece_arrives_whole(media, picture):
    data = PNG + bytes(range(256)) * 70_000  # 18 MB: three requests
    assert media.put(picture, data, owner="ann", attempt=1).size_bytes == len(data)
    assert media.read(picture.path, len(data)) == data


class Arriving(io.BytesIO):
    """What a link leads to; `size` is what was said of it beforehand."""

    size = None

    def __init__(self, data, breaks_at=None):
        super().__init__(data)
        self.breaks_at = breaks_at

    def read(self, count=-1):
        asked = len(self.getvalue()) if count < 0 else self.tell() + count
        if self.breaks_at is not None and asked > self.breaks_at:
            raise LinkFailed(LinkProblem.TOO_LARGE)
        return super().read(count)


@pytest.mark.parametrize("said", [True, False])
def test_a_stream_is_stored_whole_whether_its_size_was_said_or_not(media, picture, said):
    data = PNG + bytes(range(256)) * 40_000  # 10 MB: more than one piece
    stream = Arriving(data)
    stream.size = len(data) if said else None
    stored = media.put_stream(picture, stream, owner="ann", attempt=1)
    assert stored == media.stat(picture.path)
    assert (stored.size_bytes, stored.owner) == (len(data), "ann")
    assert media.read(picture.path, len(data)) == data


def test_a_stream_that_breaks_off_leaves_nothing_and_says_why(media, picture):
    stream = Arriving(PNG + bytes(20_000_000), breaks_at=9_000_000)
    with pytest.raises(LinkFailed):
        media.put_stream(picture, stream, owner="ann", attempt=1)
    assert media.stat(picture.path) is None


def test_a_copy_has_the_bytes_and_labels_of_its_own(place, media, picture):
    upload = Output(f"uploads/ann/{place.folder}", "audio/mpeg")
    media.put(upload, PNG, owner="ann", attempt=0)
    made = media.copy(upload.path, picture, owner="ann", attempt=2)
    assert made == media.stat(picture.path)
    assert (made.content_type, made.owner, made.attempt) == ("image/png", "ann", 2)
    assert made.size_bytes == len(PNG)
    assert made.token
    assert made.token != media.stat(upload.path).token
    assert media.read(picture.path, 9999) == PNG
    assert media.copy("uploads/ann/nothing", picture, owner="ann", attempt=3) is None


def test_the_second_who_stores_an_attempt_takes_what_is_there(place, media, picture):
    first = media.put(picture, PNG, owner="ann", attempt=1)
    second = media.put(picture, OTHER, owner="ann", attempt=1)

    assert (second == first) is place.does("create only")
    assert (media.read(picture.path, 9999) == PNG) is place.does("create only")


@pytest.mark.parametrize(("owner", "attempt"), [("ann", 3), ("bob", 1)])
def test_what_another_has_stored_is_never_taken_for_ones_own(place, media, picture, owner, attempt):
    media.put(picture, PNG, owner=owner, attempt=attempt)
    try:
        media.put(picture, OTHER, owner="ann", attempt=1)
    except Unavailable:
        refused = True
    else:
        refused = False
    assert refused is place.does("create only")


def test_a_later_attempt_replaces_an_older_one(media, picture):
    old = media.put(picture, PNG, owner="ann", attempt=1)
    new = media.put(picture, OTHER, owner="ann", attempt=2)
    assert (new.attempt, new.token == old.token) == (2, False)
    assert media.read(picture.path, 9999) == OTHER


def test_only_what_its_owner_has_and_no_later_attempt_has_written_is_deleted(media, picture):
    media.put(picture, PNG, owner="ann", attempt=2)
    media.delete([picture.path], owner="ann", upto_attempt=1)
    assert media.stat(picture.path) is not None
    media.delete([picture.path], owner="bob", upto_attempt=2)
    assert media.stat(picture.path) is not None
    media.delete([picture.path, picture.path + ".not"], owner="ann", upto_attempt=2)
    assert media.stat(picture.path) is None


def test_an_upload_url_creates_its_object_and_nothing_replaces_it(place, media, picture):
    given = media.upload_url(picture, owner="ann", attempt=2, until=place.now() + HOUR)

    assert place.put(given.url, given.headers, PNG) == 200
    stored = media.stat(picture.path)
    assert (stored.content_type, stored.size_bytes) == ("image/png", len(PNG))
    assert (stored.owner, stored.attempt) == ("ann", 2)
    again = place.put(given.url, given.headers, OTHER)
    assert media.read(picture.path, 9999) == PNG
    if place.does("create only"):
        assert again == 412
        assert place.put(given.url, given.headers, OTHER) == 412


def test_an_upload_url_of_a_retry_makes_room_for_it(place, media, picture):
    media.put(picture, PNG, owner="ann", attempt=1)
    given = media.upload_url(picture, owner="ann", attempt=2, until=place.now() + HOUR)
    assert place.put(given.url, given.headers, OTHER) == 200
    assert media.stat(picture.path).attempt == 2


def test_an_upload_url_takes_nothing_larger_than_its_kind_can_be(place, media):
    output = Output(f"generating/ann/{place.folder}/b.png", "image/png")
    given = media.upload_url(output, owner="ann", attempt=1, until=place.now() + HOUR)

    status = place.put(given.url, given.headers, bytes(registry.largest("image/png") + 1))

    assert (status != 200) is place.does("sizes")
    assert (media.stat(output.path) is None) is place.does("sizes")


def test_an_upload_url_ends_with_its_job(place, media, picture):
    given = media.upload_url(picture, owner="ann", attempt=1, until=place.now() + HOUR)
    place.later(2 * HOUR)
    status = place.put(given.url, given.headers, PNG)
    assert (status != 200) is place.does("ends")


def test_an_input_is_read_by_its_url_until_its_job_ends(place, media, picture):
    stored = media.put(picture, PNG, owner="ann", attempt=0)
    url = media.read_url(stored, place.now() + HOUR)

    assert place.fetch(url) == (200, PNG)
    place.later(2 * HOUR)
    assert (place.fetch(url)[0] != 200) is place.does("ends")
    assert (stored.token in url) is not place.does("ends")


def test_the_url_of_a_result_opens_it_without_more(place, media, picture):
    url = media.share(media.put(picture, PNG, owner="ann", attempt=1))
    assert url == media.url(media.stat(picture.path))
    if place.does("tokens"):
        assert place.fetch(url) == (200, PNG)
    else:
        assert url.startswith("https://firebasestorage.googleapis.com/v0/b/")


def test_what_came_by_an_upload_url_gets_one_token_when_it_is_shared(place, media, picture):
    given = media.upload_url(picture, owner="ann", attempt=1, until=place.now() + HOUR)
    place.put(given.url, given.headers, PNG)
    uploaded = media.stat(picture.path)

    first, second = media.share(uploaded), media.share(uploaded)

    assert first == second == media.url(media.stat(picture.path))
    assert media.stat(picture.path).token in first
    assert media.stat(picture.path).owner == "ann"


def test_a_signed_url_opens_a_result_for_a_week(place, picture):
    media = place.storage(MediaUrls.SIGNED)
    url = media.share(media.put(picture, PNG, owner="ann", attempt=1))

    assert place.fetch(url) == (200, PNG)
    assert ("X-Goog-Signature" in url) is place.does("modes")
    if place.does("modes"):
        assert place.fetch(url.partition("?")[0])[0] == 403
        place.later(timedelta(days=6))
        assert place.fetch(url) == (200, PNG)
        place.later(timedelta(days=8))
        assert place.fetch(url)[0] == 403


def test_a_public_object_is_opened_once_and_not_at_each_read(place, picture):
    media = place.storage(MediaUrls.PUBLIC)
    stored = media.put(picture, PNG, owner="ann", attempt=1)
    before = place.publications()
    if place.does("modes"):
        assert place.fetch(media.url(stored))[0] == 403

    url = media.share(stored)
    urls = {media.url(stored) for _ in range(3)}

    assert place.fetch(url) == (200, PNG)
    assert urls == {url}
    assert (place.publications() - before == 1) is place.does("modes")


@pytest.mark.parametrize("way", ["put", "upload URL"])
@pytest.mark.parametrize("mode", [MediaUrls.TOKEN, MediaUrls.PUBLIC])
def test_what_we_make_is_kept_by_browsers_and_saved_under_a_readable_name(place, way, mode):
    media = place.storage(mode)
    output = Output(f"generating/ann/{place.folder}/a.png", "image/png", "Zoë's fox.png")
    if way == "put":
        media.put(output, PNG, owner="ann", attempt=1)
    else:
        given = media.upload_url(output, owner="ann", attempt=1, until=place.now() + HOUR)
        assert place.put(given.url, given.headers, PNG) == 200

    headers = place.headers(output.path)

    assert media.stat(output.path).owner == "ann"
    expected = {
        "Cache-Control": f"{whose(mode)}, max-age=31536000, immutable",
        "Content-Disposition": disposition(output),
    }
    assert (headers == expected) is place.does("headers"), headers


def whose(mode):
    return "public" if mode is MediaUrls.PUBLIC else "private"


def test_what_a_user_hands_in_has_no_such_headers(place, media):
    output = Output(f"uploads/{place.folder}/a.png", "image/png")
    media.put(output, PNG, owner="ann", attempt=0)
    assert "immutable" not in str(place.headers(output.path))


def test_several_questions_are_asked_at_once_and_answered_in_order(media, picture):
    media.put(picture, PNG, owner="ann", attempt=1)
    names = [picture.path if i % 2 else f"{picture.path}.{i}" for i in range(20)]
    found = media.together([functools.partial(media.stat, name) for name in names])
    assert [one is not None for one in found] == [i % 2 == 1 for i in range(20)]
    with pytest.raises(ZeroDivisionError):
        media.together([lambda: media.stat(picture.path), lambda: 1 // 0])


def test_a_folder_is_listed_in_order_page_by_page(place, media):
    names = [f"uploads/{place.folder}/{name}.png" for name in ("a", "b", "c")]
    for name in reversed(names):
        media.put(Output(name, "image/png"), PNG, owner="ann", attempt=0)

    first = media.listing(f"uploads/{place.folder}/", limit=2)
    rest = media.listing(f"uploads/{place.folder}/", after=first[-1].path, limit=2)

    assert [one.path for one in (*first, *rest)] == names
    assert (first[0].size_bytes, first[0].content_type) == (len(PNG), "image/png")
    assert media.listing(f"uploads/{place.folder}", limit=0) == []
    media.remove(first[0])
    media.remove(first[0])
    assert [one.path for one in media.listing(f"uploads/{place.folder}/", limit=9)] == names[1:]
