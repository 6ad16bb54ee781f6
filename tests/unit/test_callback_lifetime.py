"""How long RunPod may call back about a job: as long as it can have it, and no longer."""

from datetime import timedelta

import pytest

from firepod.protocol import tokens
from firepod.usecases.cancel import cancel
from firepod.usecases.retry import retry
from firepod.usecases.submit import submit
from tests.fakes.backend import make_backend, make_request
from tests.fakes.values import KEYRING


@pytest.fixture
def backend():
    return make_backend(queue_ttl_seconds=600, execution_timeout_seconds=60)


@pytest.fixture
def deadline(backend):
    """When RunPod has deleted the job that this token is for."""
    ref = submit(backend, "ann", make_request()).ref
    return backend.store.find_job(ref.file_uid).deadline_at


def heard(backend, when):
    return tokens.verify(backend.gpu.jobs["job-1"].token, KEYRING, when)


def test_the_last_callback_of_a_job_is_heard(backend, deadline):
    """RunPod calls when the job ends, at its `ttl` at the latest, and twice more."""
    started = backend.clock.now()
    assert deadline >= started + timedelta(seconds=backend.settings.ttl_seconds)
    assert heard(backend, deadline + timedelta(minutes=1)).attempt == 1


def test_after_the_last_callback_its_url_opens_nothing(backend, deadline):
    """Google's request log keeps the URL for weeks."""
    with pytest.raises(tokens.BadToken):
        heard(backend, deadline + timedelta(hours=1, seconds=1))


def test_a_retrys_url_lives_as_long_as_its_own_job(backend):
    ref = submit(backend, "ann", make_request()).ref
    cancel(backend, ref)
    backend.clock.advance(7200)
    retry(backend, ref)

    deadline = backend.store.find_job(ref.file_uid).deadline_at
    token = backend.gpu.jobs["job-2"].token
    who = tokens.verify(token, KEYRING, deadline)
    assert (who.attempt, who.expires_at) == (2, deadline + timedelta(hours=1))
