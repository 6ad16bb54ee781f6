"""What the store writes is what the library would have made of the same document."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from firepod.adapters.firestore_batch import Batch
from firepod.domain.generation import Status

TIME = datetime(2026, 5, 4, 12, 30, 1, 234567, UTC)
VALUES = {
    "nothing": None,
    "yes": True,
    "no": False,
    "number": -(2**63),
    "share": 0.1,
    "whole": 2.0,
    "text": "Leuchtturm \N{LATIN SMALL LETTER SHARP S} \x00",
    "empty_text": "",
    "word": Status.QUEUED,
    "bytes": b"\x00\xff",
    "time": TIME,
    "elsewhere": TIME.astimezone(timezone(timedelta(hours=-7))),
    "map": {"of maps": {"a.b": [1, {"deep": [True]}]}, "empty": {}},
    "list": [1, "two", 3.0, None, [], {}],
    "tuple": ("a", "b"),
    "empty_list": [],
    "place": firestore.GeoPoint(52.5, 13.4),
}
NOW, GONE = firestore.SERVER_TIMESTAMP, firestore.DELETE_FIELD


@pytest.fixture(scope="module")
def client():
    return firestore.Client(project="demo-batch", credentials=AnonymousCredentials())


@pytest.fixture
def both(client):
    return Batch(client), client.batch()


def writes(batch):
    return [type(write).pb(write) for write in batch._write_pbs]


@pytest.mark.parametrize("data", [{}, VALUES, {"modified": NOW}, VALUES | {"modified": NOW}])
def test_a_new_document(client, both, data):
    reference = client.document("generations/ann/images/one")
    for batch in both:
        batch.create(reference, data | {"link": reference} if data else data)
    ours, librarys = map(writes, both)
    assert ours == librarys
    assert ours[0].current_document.exists is False


@pytest.mark.parametrize(
    "data",
    [VALUES, {"modified": NOW}, {"error": GONE}, VALUES | {"modified": NOW, "error": GONE}],
)
@pytest.mark.parametrize("since", [None, TIME])
def test_a_change_of_fields(client, both, data, since):
    reference = client.document("jobs/one")
    option = None if since is None else client.write_option(last_update_time=since)
    for batch in both:
        batch.update(reference, data, option)
    ours, librarys = map(writes, both)
    assert ours[0].HasField("update_mask")  # else all other fields would go
    for write in (*ours, *librarys):
        write.update_mask.field_paths.sort()  # which would bring one
    assert ours == librarys


def test_what_firestore_does_not_know_is_refused(client, both):
    for batch in both:
        with pytest.raises(TypeError):
            batch.create(client.document("jobs/one"), {"thing": object()})
