"""A change is a value: printed, compared, found; and it tells nothing that it must not."""

import inspect
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from datetime import timedelta

import pytest

from firepod.domain import change, direct, housekeeping, life, looks, samples
from firepod.domain.generation import ErrorCode, Phase, RunpodJob, Status, StoredFile
from firepod.domain.quota import Limits
from firepod.domain.records import Records
from firepod.domain.sign_in import REGISTERED
from firepod.usecases import cancel, claim, erase, progress, retry, save, submit
from firepod.usecases.samples import BegunAdding
from firepod.usecases.steps import attempt, launch, proposed, take_away
from tests.fakes.backend import make_backend, make_request
from tests.fakes.clock import START as NOW
from tests.fakes.values import make_generation, make_job

SECRETS = ("a red fox", "token-of-a-file", "claim-of-a-run", "what the worker said", "how-it-looks")
PROMPT, TOKEN, CLAIM, SENTENCE, LOOK = SECRETS
GENERATION = replace(
    make_generation(),
    request_data={"prompt": PROMPT},
    generation_data={"text": PROMPT},
    error=SENTENCE,
)
JOB = make_job(GENERATION, claim=CLAIM)
FILES = (StoredFile("generating/ann/image/file-1.png", "image/png", 42, TOKEN, "ann", 1),)
DATA = {"text": PROMPT, "url": TOKEN}
LEFTOVER = RunpodJob("endpoint-images", "job-0")
VALUES = [
    life.Accepted(GENERATION, JOB),
    life.Claimed(1, "job-1", CLAIM, NOW),
    direct.BegunDirectly(GENERATION, JOB, NOW),
    direct.RefusedDirectly(GENERATION, SENTENCE, NOW),
    direct.LeftDirectly(life.Saved(JOB, GENERATION, FILES, DATA, now=NOW)),
    life.Progressed(1, 0.5, NOW, preview=LOOK, claim=CLAIM),
    life.Completed(1, FILES, DATA, now=NOW, claim=CLAIM),
    life.Failed(1, ErrorCode.WORKER_ERROR, SENTENCE, now=NOW, claim=CLAIM),
    life.Cancelled(now=NOW),
    life.Discarded(JOB, now=NOW),
    life.Saved(JOB, GENERATION, FILES, DATA, now=NOW),
    housekeeping.Submitted(1, "job-1", NOW),
    housekeeping.PutOff(1, Phase.WAITING, NOW),
    housekeeping.Dispatching(1, NOW),
    housekeeping.Named(1, JOB.outputs),
    housekeeping.Saving(JOB),
    housekeeping.Stopped("file-1", 1, "job-1"),
    housekeeping.Orphaned(1, now=NOW),
    housekeeping.Cleared(1),
    housekeeping.WithoutLeftover(LEFTOVER),
    looks.Looked(1, now=NOW, unit=timedelta(minutes=1)),
    looks.GivenUp(1, now=NOW),
    samples.SampleAdded(JOB, FILES[0], TOKEN, {"url": TOKEN}, now=NOW),
]
RAISING = [samples.Adding(JOB)]  # where there is no completed voice
BACKEND = make_backend()
OF_USE_CASES = [
    attempt.AcceptedOnce(BACKEND, GENERATION, JOB, None, REGISTERED),
    launch.NotReachedBy(JOB, NOW),
    launch.RefusedByRunpod(JOB, NOW, None),
    take_away.TakenAway(BACKEND, expired_only=True),
    retry.NextAttempt(BACKEND, REGISTERED),
    save.BegunSaving(JOB, Limits(active=4, daily=200), REGISTERED),
    proposed.Held(JOB),
    BegunAdding(JOB, Limits(active=4, daily=200), REGISTERED),
    claim.TakenByUrl(1, "job-1", CLAIM, NOW, takes_over=False),
    progress.Told(1, CLAIM, 0.5, NOW, LOOK),
    erase.Forgotten(NOW),
]
each_value = pytest.mark.parametrize(
    "value", VALUES + RAISING + OF_USE_CASES, ids=lambda value: type(value).__name__
)


def test_every_change_of_these_rooms_is_in_this_table():
    found = {
        one
        for room in (life, direct, housekeeping, looks, samples)
        for one in vars(room).values()
        if is_dataclass(one) and one.__module__ == room.__name__
    }
    assert found == {type(value) for value in VALUES + RAISING}
    bases = {change.LiveChange, change.RunChange, change.JobChange}
    assert all(inspect.isabstract(base) for base in bases)


@each_value
def test_a_change_is_printed_by_its_name_and_its_facts(value):
    assert repr(value).startswith(f"{type(value).__name__}(")
    if hasattr(value, "attempt"):
        assert "attempt=1" in repr(value)


@each_value
def test_what_is_printed_of_a_change_holds_no_prompt_token_claim_or_sentence(value):
    assert [secret for secret in SECRETS if secret in repr(value)] == []


@each_value
def test_a_change_never_changes_itself_and_equals_one_that_says_the_same(value):
    assert replace(value) == value
    with pytest.raises(FrozenInstanceError):
        setattr(value, fields(value)[0].name, None)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_change_that_runs_twice_comes_to_the_same(value):
    before = Records(generation=make_generation(), job=make_job())
    assert value(before) == value(before)


def test_by_a_url_a_run_takes_over_only_what_was_seen_silent_before_the_change():
    """A run that falls silent in between may have handed everything over; nobody has looked."""
    before = Records(
        generation=make_generation(status=Status.PROCESSING, modified=NOW),
        job=make_job(runpod_job_id="job-1", claim="run-1"),
        read_at=NOW + life.CLAIM_STALE,
    )
    taken = claim.TakenByUrl(1, "job-1", "run-2", NOW, takes_over=False)
    assert taken(before) is before
    assert replace(taken, takes_over=True)(before).held(1, "run-2")


def test_the_log_names_the_change_that_ended_a_generation(backend, written):
    ref = submit.submit(backend, "ann", make_request()).ref
    cancel.cancel(backend, ref)
    [ended] = [entry for entry in written if entry["message"] == "generation cancelled"]
    assert (ended["event"], ended["change"]) == ("generation_cancelled", "Cancelled")
