"""The queries of lists and sums, on a Firestore."""

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud.firestore_v1.services.firestore import FirestoreClient

from firepod.adapters.documents import generation_document
from firepod.adapters.firestore import FirestoreStore
from firepod.domain.errors import InvalidArgument
from firepod.domain.generation import MediaType, Status
from firepod.ports import Position, Usage
from firepod.usecases import library
from tests.fakes.backend import make_backend
from tests.fakes.values import make_generation

BEGIN = datetime(2026, 5, 4, tzinfo=UTC)
KINDS = {"images": "text2img", "videos": "text2video", "voices": "voice_clone", "tts": "tts"}


class CountingStore(FirestoreStore):
    """Counts the documents that its lists read: what Firestore bills."""

    read = 0

    def newest(self, *arguments, **named):
        found = super().newest(*arguments, **named)
        self.read += len(found)
        return found


@pytest.fixture
def user(firestore_client):
    return f"user-{uuid.uuid4().hex}"


def write(client, user, count, media_types):
    media_types = list(media_types)
    for i in range(count):
        if i % 500 == 0:
            batch = client.batch()
        media_type = media_types[i % len(media_types)]
        generation = make_generation(
            KINDS[media_type],
            user_id=user,
            file_uid=f"g{i:05}",
            status=Status.COMPLETED if i % 2 else Status.FAILED,
            size_bytes=1000 if i % 2 else None,
            file_count=2 if i % 2 else None,
            # Ten of a kind share each moment.
            created_at=BEGIN + timedelta(microseconds=i // 10),
            modified=BEGIN,
        )
        batch.create(client.document(generation.ref.path), generation_document(generation))
        if i % 500 == 499 or i == count - 1:
            batch.commit()


def test_among_ten_thousand_generations_the_last_page_costs_as_much_as_the_first(
    firestore_client, user
):
    count, limit = 10_000, 100
    write(firestore_client, user, count, [MediaType.IMAGES])
    store = CountingStore(firestore_client)
    backend = make_backend_on(store)

    def walk(cursor, pages):
        found, costs = [], []
        for _ in range(pages):
            store.read = 0
            page = library.page(backend, user, [MediaType.IMAGES], limit=limit, cursor=cursor)
            cursor = page.next_cursor
            found += [one.file_uid for one in page.generations]
            costs.append(store.read)
        return found, costs, cursor

    newest, first_costs, _ = walk(None, 5)
    late = cursor_at(BEGIN + timedelta(microseconds=50), "g00500")
    oldest, last_costs, end = walk(late, 5)

    assert newest == [f"g{i:05}" for i in reversed(range(count - 500, count))]
    assert oldest == [f"g{i:05}" for i in reversed(range(500))]
    assert end is None
    assert set(first_costs + last_costs[:-1]) == {limit + 1}


def test_a_page_of_all_media_types_reads_one_page_of_each(firestore_client, user):
    write(firestore_client, user, 120, MediaType)
    store = CountingStore(firestore_client)
    backend = make_backend_on(store)

    cursor, found = None, []
    while cursor is not None or not found:
        store.read = 0
        page = library.page(backend, user, list(MediaType), limit=10, cursor=cursor)
        cursor = page.next_cursor
        found += [one.file_uid for one in page.generations]
        assert store.read <= len(MediaType) * 11

    assert found == [f"g{i:05}" for i in reversed(range(120))]


def cursor_at(moment, file_uid):
    """A cursor as an earlier answer would have given it."""
    text = json.dumps([moment.isoformat(), file_uid])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def make_backend_on(store):
    backend = make_backend()
    object.__setattr__(backend, "store", store)
    return backend


def test_a_filter_on_the_status_keeps_order_and_place(firestore_client, user):
    write(firestore_client, user, 60, [MediaType.TTS])
    backend = make_backend_on(FirestoreStore(firestore_client))

    cursor, found = None, []
    while cursor is not None or not found:
        page = library.page(
            backend, user, [MediaType.TTS], limit=7, status=Status.FAILED, cursor=cursor
        )
        cursor = page.next_cursor
        found += [one.file_uid for one in page.generations]

    assert found == [f"g{i:05}" for i in reversed(range(60)) if i % 2 == 0]


def test_a_place_need_not_be_a_document(firestore_client, user):
    write(firestore_client, user, 20, [MediaType.IMAGES])
    store = FirestoreStore(firestore_client)

    place = Position(BEGIN + timedelta(microseconds=1), "g00005x")
    found = store.newest(user, MediaType.IMAGES, limit=3, older_than=place)

    assert [one.file_uid for one in found] == ["g00009", "g00008", "g00007"]


@pytest.mark.parametrize(
    ("moment", "file_uid"),
    [
        *((BEGIN.isoformat(), name) for name in ("__x__", "💥", "x" * 1000, "a/b", "..", "", None)),
        ("9999-12-31T23:59:59-23:59", "x"),
        ("yesterday", "x"),
        (0, "x"),
    ],
)
def test_a_place_that_firestore_would_refuse_is_an_invalid_cursor(
    firestore_client, user, moment, file_uid
):
    backend = make_backend_on(FirestoreStore(firestore_client))
    text = json.dumps([moment, file_uid])
    cursor = base64.urlsafe_b64encode(text.encode()).decode()

    with pytest.raises(InvalidArgument):
        library.page(backend, user, [MediaType.IMAGES], limit=5, cursor=cursor)


@pytest.mark.parametrize(
    ("moment", "count"), [("0001-01-01T00:00:00+00:00", 0), ("9999-12-31T23:59:59+00:00", 3)]
)
def test_the_ends_of_time_are_places(firestore_client, user, moment, count):
    write(firestore_client, user, 3, [MediaType.IMAGES])
    backend = make_backend_on(FirestoreStore(firestore_client))
    cursor = cursor_at(datetime.fromisoformat(moment), "x")

    page = library.page(backend, user, [MediaType.IMAGES], limit=5, cursor=cursor)

    assert len(page.generations) == count


def test_usage_is_summed_up_by_firestore(firestore_client, user):
    write(firestore_client, user, 40, [MediaType.VOICES])
    store = FirestoreStore(firestore_client)

    assert store.usage(user, MediaType.VOICES) == Usage(20_000, 40)
    assert store.usage(user, MediaType.TTS) == Usage()


def test_usage_reads_no_documents(firestore_client, user, monkeypatch):
    write(firestore_client, user, 4, [MediaType.VOICES])

    def refuse(*_arguments, **_named):
        pytest.fail("documents were read")

    monkeypatch.setattr(FirestoreClient, "run_query", refuse)
    assert FirestoreStore(firestore_client).usage(user, MediaType.VOICES) == Usage(2000, 4)
