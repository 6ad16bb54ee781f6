"""What a benchmark gives: numbers with their unit, each beside its budget if there is one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Budget:
    """A bound that includes its own value."""

    bound: float
    side: Literal["at most", "at least"] = "at most"

    def met_by(self, value: float) -> bool:
        return value <= self.bound if self.side == "at most" else value >= self.bound


@dataclass(frozen=True, slots=True)
class Measured:
    """One number. Without a budget it explains the others."""

    what: str
    value: float
    unit: str = ""  #: "" for counts and ratios
    budget: Budget | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the budget is kept; None without one."""
        return None if self.budget is None else self.budget.met_by(self.value)


def quantile(values: Sequence[float], fraction: float) -> float:
    """The smallest value that at least `fraction` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(fraction * len(ordered)) - 1)]
