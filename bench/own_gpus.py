"""What a picture costs on own GPUs that RunPod starts, keeps idle for a while, and stops.

RunPod bills a worker from its start until it has stopped. Of a worker that is asked for `a_second`
pictures at random times, each of which takes `seconds`, one in every 1 - a_second * seconds leaves
nobody waiting. Then the worker idles until the next one comes or its timeout is over, and in the
second case the next picture pays for a start.
"""

import math


def cost_of_a_picture(
    usd: float, *, seconds: float, a_second: float, idle: float, start: float, busiest: float
) -> float:
    """USD, with as many workers as keep each below `busiest` of its time (0 to 1).

    `usd` is the price of a second; `idle` and `start` are the seconds of the idle timeout and of a
    cold start.
    """
    workers = max(1, math.ceil(a_second * seconds / busiest))
    rate = a_second / workers
    if rate <= 0:
        return usd * (seconds + idle + start)
    nobody_waits = max(0.0, 1 - rate * seconds)
    times_out = math.exp(-rate * idle)
    idling = (1 - times_out) / rate
    return usd * (seconds + nobody_waits * (idling + times_out * start))


def break_even_seconds(price: float, usd: float) -> float:
    """Seconds of a GPU that a picture's price elsewhere pays for, start and idling included."""
    return price / usd
