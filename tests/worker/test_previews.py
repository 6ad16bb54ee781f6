"""How a picture looks while it is made stands in its document, whichever way the worker reports."""

import asyncio
import time
from itertools import pairwise

import pytest

from firepod.domain.generation import Status
from tests.fakes.values import PREVIEW, make_generation, webp
from tests.worker.service import serving
from worker.run import run_job

REF = make_generation().ref


@pytest.fixture
def service(backend):
    with serving(backend) as running:
        yield running


def shown_while_working(worker, job, preview, seconds=2.5):
    """What the document showed at each report while the engine gave this preview."""
    seen, transition = [], worker.backend.store.transition

    def watched(ref, change, **more):
        done = transition(ref, change, **more)
        generation = done.after.generation
        if generation.status is Status.PROCESSING and generation.progress:
            seen.append((time.monotonic(), generation.preview))
        return done

    def during(step):
        begun = time.monotonic()
        # Two reports are a second apart; a busy machine needs longer for them.
        while (spent := time.monotonic() - begun) < seconds or (len(seen) < 2 and spent < 20):
            step(0.5, preview)
            worker.backend.clock.advance(0.1)  # Firestore's clock, by which a second passes
            time.sleep(0.01)

    worker.backend.store.__dict__["transition"] = watched
    worker.engine.during = during
    assert "error" not in asyncio.run(run_job(job, worker.around))
    return seen


@pytest.mark.parametrize("way", ["with credentials", "without"])
def test_it_is_looked_at_and_shown_once_a_second_and_gone_in_the_end(
    make_worker, queued, service, way
):
    worker, asked = make_worker(firebase=way == "with credentials"), []

    def look():
        asked.append(time.monotonic())
        return webp()

    seen = shown_while_working(worker, queued(job_url=service.job_url), look)
    assert [preview for _, preview in seen[:2]] == [PREVIEW, PREVIEW]
    for times in (asked, [at for at, _ in seen[:2]]):
        assert 2 <= len(times) <= 3
        assert all(later - earlier > 0.9 for earlier, later in pairwise(times))
    done = worker.backend.store.find(REF)
    assert done.preview is None or done.status is Status.PROCESSING  # RunPod tells its end
    if way == "with credentials":
        assert (done.status, done.preview) == (Status.COMPLETED, None)


def test_an_engine_that_fails_at_its_preview_makes_its_picture_all_the_same(make_worker, queued):
    worker, asked = make_worker(), []

    def look():
        asked.append(1)
        raise RuntimeError("the prompt was: secret")

    seen = shown_while_working(worker, queued(), look, 1.2)
    assert {preview for _, preview in seen} == {None}
    assert worker.backend.store.find(REF).status is Status.COMPLETED
    assert (asked, worker.logged[0]) == ([1], "no preview: RuntimeError")


def test_what_is_no_small_webp_is_shown_to_nobody(make_worker, queued):
    seen = shown_while_working(make_worker(), queued(), b"<svg onload=alert(1)>" * 9, 1.2)
    assert {preview for _, preview in seen} == {None}


def test_functions_that_take_no_body_so_large_still_hear_how_far_it_is(
    make_worker, queued, service
):
    """They are of an older version: a preview is tried once, and told without from then on."""
    worker = make_worker(firebase=False)
    service.most_bytes = 130
    seen = shown_while_working(worker, queued(job_url=service.job_url), webp(size=200))
    assert {preview for _, preview in seen} == {None}
    assert service.refused == 1
    assert len(service.asked) >= 4  # a claim, one report that was refused, and two without
