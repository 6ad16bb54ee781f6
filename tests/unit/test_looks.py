"""When somebody looks after a job, and when nobody does any more: all pure."""

from datetime import timedelta

import pytest

from firepod.domain import life, looks
from firepod.domain.generation import ErrorCode, Phase, Status
from firepod.domain.quota import Quota
from firepod.domain.records import Records
from tests.fakes.clock import START as NOW
from tests.fakes.values import make_generation, make_job

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def records_in(status=Status.QUEUED, **job):
    generation = make_generation(status=status)
    leases = {} if status.terminal else {"file-1": NOW + DAY}
    quota = Quota(leases, "2026-05-04", 5)
    return Records(generation=generation, job=make_job(generation, **job), quota=quota)


def begun(records, now=NOW, attempt=1):
    return looks.Looked(attempt, now=now, unit=MINUTE)(records)


def test_looks_space_out():
    records, waits = records_in(), []
    for _ in range(7):
        records = begun(records)
        waits.append((records.job.check_at - NOW).total_seconds())
    assert waits == [60, 60, 120, 180, 300, 300, 300]
    assert records.job.checks == 7


def test_no_look_is_put_off_beyond_the_deadline():
    records = begun(records_in(deadline_at=NOW + 45 * SECOND))
    assert records.job.check_at == NOW + 45 * SECOND


def test_after_the_deadline_looks_come_every_minute_and_then_ever_more_seldom():
    job = make_job(deadline_at=NOW)
    waits = [
        looks.next_look(job, NOW + late, 10 * MINUTE) - (NOW + late)
        for late in (0 * DAY, 8 * MINUTE, 80 * MINUTE, DAY, 100 * DAY)
    ]
    assert waits == [MINUTE, MINUTE, 10 * MINUTE, 60 * MINUTE, 60 * MINUTE]
    assert looks.next_look(job, NOW, SECOND) == NOW + SECOND  # where looks are more frequent


@pytest.mark.parametrize("phase", [Phase.SUBMITTING, Phase.UNKNOWN])
def test_a_call_that_may_be_under_way_is_looked_at_at_its_time_and_then_once(phase):
    due = NOW + 30 * SECOND
    records = records_in(phase=phase, runpod_job_id=None, check_at=due)
    assert begun(records, due - SECOND) is records

    first = begun(records, due)
    assert first.job.checks == 1
    assert begun(first, due) is first


def test_a_look_at_an_attempt_that_is_over_changes_nothing():
    records = records_in()
    assert begun(records, attempt=2) is records
    assert begun(Records()).job is None


def test_a_job_is_given_up_once_the_looks_after_its_deadline_have_not_ended_it():
    records = records_in(deadline_at=NOW)
    given_up = {}
    for minute in range(7):
        now = NOW + minute * MINUTE
        if looks.GivenUp(1, now=now)(records) is not records:
            given_up[minute] = looks.GivenUp(1, now=now)(records)
        records = begun(records, now)

    assert min(given_up) == 5
    after = given_up[5]
    assert after.generation.error_code is ErrorCode.STORAGE_FAILED
    assert after.quota.leases == {}
    assert after.job.phase is Phase.STOPPING
    assert looks.GivenUp(1, now=NOW)(after) is after


def test_what_nobody_has_looked_at_since_its_deadline_gets_a_look_first():
    records = records_in(deadline_at=NOW, check_at=NOW)
    assert looks.GivenUp(1, now=NOW + DAY)(records) is records


def hopeless(status=Status.QUEUED, **job):
    return records_in(status, **{"deadline_at": NOW - DAY, "check_at": NOW, **job})


@pytest.mark.parametrize(
    ("job", "code", "used"),
    [
        ({}, ErrorCode.STORAGE_FAILED, 5),
        ({"claim": "run-1"}, ErrorCode.STORAGE_FAILED, 5),
        ({"runpod_job_id": None, "phase": Phase.WAITING}, ErrorCode.EXPIRED, 4),
        ({"runpod_job_id": None, "phase": Phase.UNKNOWN}, ErrorCode.EXPIRED, 4),
    ],
)
def test_what_never_reached_runpod_is_expired_and_given_back(job, code, used):
    after = looks.GivenUp(1, now=NOW, expires_at=NOW + DAY)(hopeless(**job, created_at=NOW))
    assert (after.generation.error_code, after.quota.used) == (code, used)
    assert after.generation.expires_at == NOW + DAY


@pytest.mark.parametrize("status", [one for one in Status if one.terminal])
def test_a_terminal_generation_stays_word_for_word_when_its_job_is_given_up(status):
    records = hopeless(status, phase=Phase.SUBMITTED)
    after = looks.GivenUp(1, now=NOW)(records)
    assert after.generation is records.generation
    assert after.job.phase is Phase.STOPPING


def test_the_leftovers_of_an_ended_one_are_tried_for_a_week():
    over = life.Cancelled(now=NOW)(records_in(deadline_at=NOW))
    for days, left in ((6, True), (8, False)):
        late = begun(over, NOW + days * DAY)
        after = looks.GivenUp(1, now=late.job.check_at)(late)
        assert (after.job is not None) is left
        assert after.generation is over.generation
