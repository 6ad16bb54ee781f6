"""MAX_DAILY_TOTAL: the shop closes within a minute of the limit, and opens at midnight UTC."""

import pytest

from firepod.usecases.reconcile import reconcile
from firepod.usecases.sweep import sweep

VIDEO = {"task_type": "text2video", "prompt": "waves"}  # 19 units
PICTURE = {"task_type": "text2img", "prompt": "a lighthouse"}
LIMIT = 100
A_MINUTE = 3  # how many users come in a minute


@pytest.fixture
def service(service):
    service.limited(total=LIMIT)
    sweep(service.backend)
    return service


def start(service, user, body=VIDEO, **headers):
    return service.post("/api/generations", json=body, user=user, headers=headers)


def started_units(service):
    day = service.backend.clock.now().date().isoformat()
    return service.backend.store.units_used(day)


def test_no_more_than_the_limit_and_a_minutes_worth_starts_and_midnight_opens_again(
    service, written
):
    answers = []
    for _ in range(30):
        answers += [start(service, f"user-{len(answers) + n}") for n in range(A_MINUTE)]
        service.backend.clock.advance(60)
        sweep(service.backend)

    assert {one.status_code for one in answers} == {202, 429}
    assert LIMIT - 19 < started_units(service) <= LIMIT + A_MINUTE * 19
    refusal = answers[-1]
    midnight = 12 * 3600 - 29 * 60
    assert refusal.headers["Retry-After"] == str(midnight + 1)
    assert "for all of its users together" in refusal.json["error"]["message"]
    assert "midnight UTC" in refusal.json["error"]["message"]
    told = [entry for entry in written if entry["event"] == "budget_refused"]
    assert len(told) == [one.status_code for one in answers].count(429)
    assert told[-1]["user_id"].startswith("user-")

    while service.backend.clock.now().hour:
        service.backend.clock.advance(60)
        sweep(service.backend)
    assert start(service, "early").status_code == 202


def test_midnight_opens_before_anybody_has_counted_the_new_day(service):
    for number in range(6):
        start(service, f"user-{number}")
    service.backend.clock.advance(12 * 3600 - 30)
    sweep(service.backend)
    assert start(service, "late").status_code == 429
    service.backend.clock.advance(30)

    assert start(service, "early").status_code == 202


def test_what_the_limit_still_has_room_for_may_start(service):
    for number in range(5):
        start(service, f"user-{number}")
    sweep(service.backend)

    assert start(service, "late").status_code == 429
    assert start(service, "late", PICTURE).status_code == 202


def test_a_retry_is_a_start_like_any_other(service):
    file_uid = start(service, "ann").json["file_uid"]
    service.fail("It broke.")
    for number in range(5):
        start(service, f"user-{number}")
    sweep(service.backend)

    assert service.post(f"/api/generations/videos/{file_uid}/retry").status_code == 429


def test_a_repeated_call_gets_its_answer_although_the_day_is_over(service):
    first = start(service, "ann", **{"Idempotency-Key": "k"}).json
    for number in range(5):
        start(service, f"user-{number}")
    sweep(service.backend)

    again = start(service, "ann", **{"Idempotency-Key": "k"})
    assert (again.status_code, again.json) == (202, first | {"duplicate": True})


def test_what_cost_nothing_is_not_counted(service):
    for number in range(5):
        start(service, f"user-{number}")
    sweep(service.backend)
    assert start(service, "late").status_code == 429
    service.backend.gpu.jobs.clear()
    service.backend.clock.advance(5000)
    for job in list(service.backend.store.jobs.values()):
        reconcile(service.backend, job.file_uid)
    sweep(service.backend)

    assert start(service, "late").status_code == 202


def test_a_sum_that_nobody_has_counted_for_ten_minutes_is_none_and_nothing_starts(service):
    service.backend.clock.advance(600)
    assert start(service, "ann").status_code == 202
    service.backend.clock.advance(1)

    refusal = start(service, "ann")

    assert (refusal.status_code, refusal.json["error"]["code"]) == (503, "unavailable")
    sweep(service.backend)
    assert start(service, "ann").status_code == 202


def test_a_sweep_that_cannot_count_looks_after_the_jobs_all_the_same(service, written):
    class Uncountable(type(service.backend.store)):
        def units_used(self, _day):
            raise RuntimeError("the index is missing")

    start(service, "ann")
    service.backend.clock.advance(61)
    service.backend.store.__class__ = Uncountable

    assert sweep(service.backend) == 1
    assert any("counting the day's units" in entry["message"] for entry in written)
    assert "the index is missing" not in str(written)


def test_without_a_limit_nothing_is_counted_and_nobody_is_refused(service):
    service.limited(total=0)
    service.backend.store.values.pop("totals/units")
    service.backend.clock.advance(3600)
    sweep(service.backend)

    assert start(service, "ann").status_code == 202
    assert "totals/units" not in service.backend.store.values
