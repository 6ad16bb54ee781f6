"""What a run at a GPU of one's own costs, as far as it can be told from its document."""

import math


def run_usd(execution_ms: float, usd_per_second: float) -> float:
    """A run's execution at a price a second; the worker's start and its idle time are not in it."""
    return round(execution_ms / 1000 * usd_per_second, 6)


def parse_usd(text: str) -> float:
    """A price that came as a text.

    Raises:
        ValueError: it is none.
    """
    price = float(text)
    if not (math.isfinite(price) and price >= 0):
        raise ValueError("a price is a number, and not below zero")
    return price
