"""Who may spend something: no guest beyond a guest's limit, and nobody whose account is no more."""

import io
import threading

import pytest

from firepod.domain.generation import Status
from tests.api.recorded import as_base64, npy, wav
from tests.api.service import token_of
from tests.fakes.values import make_generation

VOICE = "voice_ann_01234567"
PICTURE = {"task_type": "text2img", "prompt": "a lighthouse"}
DEAREST = PICTURE | {"width": 2048, "height": 2048, "num_images": 8, "steps": 100}
VIDEO = {"task_type": "text2video", "prompt": "waves"}
NOW = {"Prefer": "wait=0"}
SAVED_VOICE = {
    "voice_name": "Ann",
    "audio_base64": as_base64(wav()),
    "profile_base64": as_base64(npy()),
}
SAVED_SPEECH = {"voice_id": VOICE, "text": "Hello.", "audio_base64": as_base64(wav(2))}
SPENDING = {
    "/api/generations": lambda: {"json": PICTURE},
    "/api/generations/images/failed/retry": dict,
    "/api/voices/clone": lambda: {"data": {"name": "Ann", "audio": (io.BytesIO(wav()), "a.wav")}},
    "/api/voices/save": lambda: {"json": SAVED_VOICE},
    f"/api/voices/{VOICE}/samples": lambda: {"json": {"audio_base64": as_base64(wav())}},
    "/api/tts/generate": lambda: {"json": {"voice_id": VOICE, "text": "Hello."}},
    "/api/tts/save": lambda: {"json": SAVED_SPEECH},
}


@pytest.fixture
def service(service):
    """Ann has a voice, and a generation that failed."""
    service.backend.store.keep(
        make_generation("voice_clone", file_uid=VOICE, status=Status.COMPLETED),
        make_generation(file_uid="failed", status=Status.FAILED),
    )
    return service


def as_guest(user="ann"):
    claims = {"firebase": {"sign_in_provider": "anonymous", "identities": {}}}
    return NOW | {"Authorization": f"Bearer {token_of(user, **claims)}"}


def post(service, path, headers=NOW, **arguments):
    return service.post(path, headers=headers, **(arguments or SPENDING[path]()))


def start(service, body=PICTURE, **arguments):
    return post(service, "/api/generations", json=body, **arguments)


def everything(service):
    return dict(service.backend.store.values), dict(service.backend.storage.files)


@pytest.mark.parametrize("path", SPENDING)
def test_where_guests_may_not_generate_each_call_that_spends_tells_them_to_sign_in(service, path):
    service.limited(guest_daily=0)
    before = everything(service)[0]

    answer = post(service, path, as_guest())

    assert (answer.status_code, answer.json["error"]["code"]) == (412, "failed-precondition")
    assert "Sign in" in answer.json["error"]["message"]
    assert (service.backend.store.values, service.backend.gpu.calls) == (before, [])
    assert post(service, path).status_code in {200, 202}


@pytest.mark.parametrize("path", SPENDING)
def test_deleted_disabled_and_signed_out_users_can_spend_nothing(service, path):
    service.backend.users.refused.add("ann")
    before = everything(service)

    answer = post(service, path)

    assert (answer.status_code, answer.json["error"]["code"]) == (401, "unauthenticated")
    assert everything(service) == before
    assert service.backend.gpu.calls == []
    assert service.backend.users.asked == [("ann", 1_700_000_000)]


@pytest.mark.parametrize("path", SPENDING)
def test_when_firebase_auth_does_not_answer_nothing_is_spent(service, path):
    service.backend.users.reachable = False
    before = everything(service)

    answer = post(service, path)

    assert (answer.status_code, answer.json["error"]["code"]) == (503, "unavailable")
    assert everything(service) == before


@pytest.mark.parametrize("path", SPENDING)
def test_where_accounts_are_not_looked_up_a_valid_token_is_enough(service, path):
    service.with_settings(check_revoked=False)
    service.backend.users.refused.add("ann")

    assert post(service, path).status_code in {200, 202}
    assert service.backend.users.asked == []


def test_what_spends_nothing_needs_no_look_at_the_account(service):
    service.backend.users.refused.add("ann")

    assert service.get("/api/generations").status_code == 200
    assert service.get("/api/quota").status_code == 200
    assert service.post("/api/generations/images/failed/cancel").status_code == 200
    assert service.delete("/api/generations/images/failed").status_code == 200
    assert service.backend.users.asked == []


def test_the_account_is_looked_up_beside_the_first_read_and_not_before_it(service):
    users, store = service.backend.users, service.backend.store
    users.answers.clear()
    before = store.reads

    def answer_after_the_read():
        while store.reads == before:
            threading.Event().wait(0.001)
        users.answers.set()

    thread = threading.Thread(target=answer_after_the_read, daemon=True)
    thread.start()

    assert start(service).status_code == 202
    thread.join()


def test_fifty_guests_with_the_dearest_request_start_nothing(service):
    for number in range(50):
        answer = start(service, DEAREST, headers=as_guest(f"guest-{number}"))
        assert answer.status_code == 429
        assert answer.json["error"]["details"]["limit"] == 20
    assert service.backend.gpu.calls == []


def test_fifty_guests_who_take_what_they_can_get_stop_at_the_guests_limit(service):
    service.limited(active=100)
    for number in range(50):
        answers = [start(service, VIDEO, headers=as_guest(f"guest-{number}"))]
        answers += [start(service, headers=as_guest(f"guest-{number}")) for _ in range(3)]
        assert [one.status_code for one in answers] == [202, 202, 429, 429]
    used = [quota.used for user, quota in service.backend.store.quotas.items() if "guest" in user]
    assert used == [20] * 50


def test_what_is_left_of_the_day_is_told(service):
    for _ in range(2):
        start(service, VIDEO)

    assert service.get("/api/quota").json == {
        "active": {"limit": 4, "used": 2},
        "daily": {"limit": 200, "used": 38, "resets_at": "2026-05-05T00:00:00Z"},
    }
    assert service.get("/api/quota", headers=as_guest()).json["daily"]["limit"] == 20
    assert service.get("/api/quota", user="bob").json["daily"]["used"] == 0
    service.work()
    service.backend.clock.advance(12 * 3600)
    assert service.get("/api/quota").json == {
        "active": {"limit": 4, "used": 0},
        "daily": {"limit": 200, "used": 0, "resets_at": "2026-05-06T00:00:00Z"},
    }
