"""Seeded chance for the sample data, stable across Python versions and platforms."""

from __future__ import annotations

import random
from math import fsum


class Dice:
    """A seeded source of chance that only uses ``random.Random.random``, whose stream is guaranteed.

    >>> Dice("桓台县").between(1, 6) == Dice("桓台县").between(1, 6)
    True
    """

    def __init__(self, seed: str) -> None:
        self._source = random.Random(seed)

    def uniform(self, low: float, high: float) -> float:
        """A number evenly spread over ``low`` … ``high``."""
        return low + (high - low) * self._source.random()

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self._source.random() * (high - low + 1))

    def bell(self) -> float:
        """Roughly normal with mean 0 and standard deviation 1, within ±3.5 (sum of uniforms)."""
        total = fsum(self._source.random() for _ in range(12)) - 6.0
        return max(-3.5, min(3.5, total))
