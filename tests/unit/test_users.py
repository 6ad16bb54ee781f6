"""A user id is one segment of a path, or nobody's."""

import pytest

from firepod.domain.errors import Unauthenticated
from firepod.domain.users import parse_user_id
from tests.fakes.values import BAD_USER_IDS, GOOD_USER_IDS


@pytest.mark.parametrize("user_id", GOOD_USER_IDS)
def test_what_firebase_gives_and_what_can_be_named_is_a_user_id(user_id):
    assert parse_user_id(user_id) == user_id


@pytest.mark.parametrize("user_id", [*BAD_USER_IDS, "", "a" * 129, None, 7, b"ann", ["ann"]])
def test_what_would_name_another_path_or_none_is_nobody(user_id):
    with pytest.raises(Unauthenticated) as refused:
        parse_user_id(user_id)
    assert refused.value.message.endswith(".")
