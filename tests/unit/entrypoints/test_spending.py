"""The callables that spend something, and the accounts that may not."""

import pytest

from firepod import wiring
from firepod.domain.generation import Status
from firepod.domain.quota import Limits
from tests.fakes.backend import make_backend
from tests.fakes.values import make_generation

PICTURE = {"task_type": "text2img", "prompt": "a lighthouse"}
ANN = {"media_type": "images", "file_uid": "file-1"}
SPENDING = {"generate": PICTURE, "retry": ANN}


@pytest.fixture
def failed(backend):
    backend.store.keep(make_generation(status=Status.FAILED))
    return backend


def error_of(response):
    return response.status_code, response.get_json()["error"]["status"]


@pytest.mark.parametrize("name", SPENDING)
def test_a_deleted_disabled_or_signed_out_user_can_spend_nothing(call, signed_in, failed, name):
    failed.users.refused.add("ann")
    before = dict(failed.store.values)

    answer = call(name, data=SPENDING[name], headers=signed_in())

    assert error_of(answer) == (401, "UNAUTHENTICATED")
    assert (failed.store.values, failed.gpu.calls) == (before, [])


@pytest.mark.parametrize("name", SPENDING)
def test_when_firebase_auth_does_not_answer_nothing_is_spent(call, signed_in, failed, name):
    failed.users.reachable = False

    answer = call(name, data=SPENDING[name], headers=signed_in())

    assert error_of(answer) == (503, "UNAVAILABLE")
    assert failed.gpu.calls == []


@pytest.mark.parametrize("name", SPENDING)
def test_what_the_look_up_stumbles_over_spends_nothing_and_stays_inside(
    call, signed_in, failed, written, name
):
    failed.users.refused = None  # nothing can be looked up in it: a TypeError

    answer = call(name, data=SPENDING[name], headers=signed_in())

    assert error_of(answer) == (503, "UNAVAILABLE")
    assert failed.gpu.calls == []
    assert "TypeError" not in answer.get_data(as_text=True)
    assert any("unexpected TypeError" in entry["message"] for entry in written)


@pytest.mark.parametrize("name", SPENDING)
def test_where_guests_may_not_generate_they_are_told_to_sign_in(call, signed_in, name):
    backend = make_backend(limits=Limits(active=4, daily=200, guest_daily=0))
    backend.store.keep(make_generation(status=Status.FAILED))
    wiring.use(backend)

    answer = call(name, data=SPENDING[name], headers=signed_in())

    assert error_of(answer) == (400, "FAILED_PRECONDITION")
    assert "Sign in" in answer.get_json()["error"]["message"]
    assert backend.gpu.calls == []


@pytest.mark.parametrize("name", ["cancel", "discard"])
def test_what_spends_nothing_needs_no_look_at_the_account(call, signed_in, failed, name):
    failed.users.refused.add("ann")

    assert call(name, data=ANN, headers=signed_in()).status_code == 200
    assert failed.users.asked == []
