"""What Google's Storage does and the emulator does not: an object is created, never replaced."""

import pytest
from google.api_core import exceptions

from firepod.adapters.bucket import Bucket
from firepod.domain.errors import Unavailable
from firepod.domain.generation import Output
from firepod.settings import MediaUrls

PICTURE = Output("generating/ann/image/a.png", "image/png")


class FakeBlob:
    def __init__(self, objects, name):
        self.objects, self.name = objects, name
        self.metadata, self.content_type, self.size, self.generation = None, None, None, 1
        self.content_encoding = None

    def upload_from_string(self, data, *, content_type, if_generation_match, **_bounds):
        assert if_generation_match == 0
        if self.name in self.objects:
            raise exceptions.PreconditionFailed("there is one")
        self.content_type, self.size = content_type, len(data)
        self.objects[self.name] = self

    def delete(self, *, if_generation_match, **_bounds):
        assert if_generation_match == self.generation
        del self.objects[self.name]


class FakeStorageBucket:
    name = "bucket"

    def __init__(self):
        self.objects = {}

    def blob(self, name, **_more):
        return FakeBlob(self.objects, name)

    def get_blob(self, name, **_bounds):
        return self.objects.get(name)


@pytest.fixture
def bucket():
    storage = FakeStorageBucket()
    return Bucket(lambda: storage, MediaUrls.TOKEN)


def put(bucket, owner, attempt):
    return bucket.put(PICTURE, b"picture", owner=owner, attempt=attempt)


def test_the_second_of_two_that_store_one_attempt_takes_what_is_there(bucket):
    first = put(bucket, "ann", 1)
    assert put(bucket, "ann", 1) == first
    assert first.token


def test_a_later_attempt_replaces_an_older_one(bucket):
    old = put(bucket, "ann", 1)
    new = put(bucket, "ann", 2)
    assert (new.attempt, new.token == old.token) == (2, False)


def test_an_older_attempt_does_not_take_a_later_ones_object_for_its_own(bucket):
    put(bucket, "ann", 2)
    with pytest.raises(Unavailable):
        put(bucket, "ann", 1)
    assert bucket.stat(PICTURE.path).attempt == 2


def test_an_object_of_another_user_is_never_linked_to(bucket):
    put(bucket, "bob", 1)
    with pytest.raises(Unavailable):
        put(bucket, "ann", 1)
    assert bucket.stat(PICTURE.path).owner == "bob"
