"""What production finds out only when it is deployed: queries that lack an index."""

from datetime import UTC, datetime

import pytest
from google.api_core.exceptions import FailedPrecondition
from google.cloud.firestore_v1.base_query import FieldFilter

from firepod.adapters.firestore import FirestoreStore
from firepod.domain.generation import MediaType, Status
from firepod.ports import Position
from tools.jobs.finding import Finder

NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.mark.parametrize("media_type", MediaType)
@pytest.mark.parametrize("status", [None, *Status])
@pytest.mark.parametrize("position", [None, Position(NOW, "file")])
def test_every_list_of_generations_has_its_index(client, media_type, status, position):
    store = FirestoreStore(client)
    assert store.newest("alice", media_type, limit=5, status=status, older_than=position) == []


@pytest.mark.parametrize(
    "query",
    [
        lambda store: store.due_jobs(NOW, 5),
        lambda store: store.due_jobs(NOW, 5, latest=True),
        lambda store: store.expired(NOW, 5),
        lambda store: [store.find_expirations(NOW, 5) for _ in MediaType],
        lambda store: store.drop_keys(NOW, 5),
        lambda store: store.units_used("2026-11-28"),
        *(lambda store, kind=kind: store.usage("alice", kind) for kind in MediaType),
    ],
)
def test_every_query_of_housekeeping_has_its_index(client, query):
    query(FirestoreStore(client))


@pytest.mark.parametrize(
    "query",
    [
        lambda finder: finder.generations("file-1"),
        lambda finder: finder.generations("file-1", "alice"),
        lambda finder: list(finder.scan(until=NOW, most=5)),
        lambda finder: finder.overdue(NOW, 5),
        lambda finder: finder.of_user("alice", 5),
    ],
)
def test_every_query_of_an_operator_has_its_index(client, query):
    query(Finder(client))


def test_a_query_without_its_index_is_refused_here_as_in_production(client):
    jobs = client.collection_group("jobs")
    with pytest.raises(FailedPrecondition, match="requires a COLLECTION_GROUP_ASC index"):
        jobs.where(filter=FieldFilter("user_id", "==", "alice")).get()
