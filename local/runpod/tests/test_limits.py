"""RunPod's rate limits."""

import contextlib

import pytest

from local.runpod.errors import TooManyRequests
from local.runpod.limits import RateLimits


def calls(limits, count, operation="cancel"):
    for _ in range(count):
        with limits.slot("ep", operation):
            pass


def test_more_calls_in_ten_seconds_than_allowed_are_refused_until_the_first_are_old(clock):
    limits = RateLimits(clock)
    calls(limits, 100)
    clock.now += 9.9
    with pytest.raises(TooManyRequests):
        calls(limits, 1)
    clock.now += 0.1
    calls(limits, 100)


def test_more_calls_at_a_time_than_allowed_are_refused(clock):
    limits = RateLimits(clock)
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(limits.slot("ep", "cancel"))
        with pytest.raises(TooManyRequests):
            calls(limits, 1)
        with limits.slot("other", "cancel"):
            pass
    calls(limits, 1)


def test_health_and_disabled_limits_are_free(clock):
    calls(RateLimits(clock), 5000, "health")
    calls(RateLimits(clock, enabled=False), 5000)
