"""Fit simulated school values to a published county mean and coefficient of variation.

Two tools. Per-pupil values with decimals are moved by an affine map, which reaches any mean and
any coefficient. Whole teacher counts are moved by single teachers until both figures hold.
Sums use ``fsum``: plain ``sum`` of floats rounds differently from Python 3.12 on.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import fsum, sqrt


def mean_and_cv(values: Sequence[float], pupils: Sequence[int]) -> tuple[float, float]:
    """Ratio of totals and enrolment-weighted coefficient of variation (population form).

    >>> values = [279 / 45, 137 / 37, 935 / 89, 160 / 76, 402 / 55]
    >>> mean, cv = mean_and_cv(values, [45, 37, 89, 76, 55])
    >>> round(mean, 5), round(cv, 6)
    (6.33444, 0.515257)
    """
    total = sum(pupils)
    mean = fsum(value * count for value, count in zip(values, pupils, strict=True)) / total
    square = fsum(count * (value - mean) ** 2 for value, count in zip(values, pupils, strict=True)) / total
    return mean, sqrt(square) / mean


def fit_affine(
    shape: Sequence[float],
    pupils: Sequence[int],
    *,
    mean: float,
    cv: float,
    fixed_values: Sequence[float] = (),
    fixed_pupils: Sequence[int] = (),
) -> list[float]:
    """``a + b·shape`` such that free and fixed schools together have this mean and coefficient.

    ``fixed_values`` belong to schools whose value is already settled (a nine-year school's share
    of a resource that its other stage uses as well). Raises :class:`ValueError` where the fixed
    schools alone already spread more than the coefficient allows or a value would not be positive.
    """
    free_pupils = sum(pupils)
    total = free_pupils + sum(fixed_pupils)
    fixed_sum = fsum(value * count for value, count in zip(fixed_values, fixed_pupils, strict=True))
    fixed_square = fsum(value**2 * count for value, count in zip(fixed_values, fixed_pupils, strict=True))
    free_mean = (total * mean - fixed_sum) / free_pupils
    variance = (total * mean**2 * (1 + cv**2) - fixed_square) / free_pupils - free_mean**2
    if variance <= 0:
        raise ValueError(f"the fixed schools leave no room for a coefficient of {cv}")
    shape_mean, shape_cv = mean_and_cv(shape, pupils)
    slope = sqrt(variance) / (shape_mean * shape_cv)
    values = [free_mean + slope * (value - shape_mean) for value in shape]
    if min(values) <= 0:
        raise ValueError(f"a value of {min(values):.3f} would not be positive")
    return values


def fit_counts(
    counts: Sequence[int],
    pupils: Sequence[int],
    *,
    mean: float,
    cv: float,
    mean_tolerance: float,
    cv_tolerance: float,
    movable: Sequence[bool] | None = None,
) -> list[int]:
    """Move single teachers until mean (per 100 pupils) and coefficient are within their tolerances.

    Each round tries every change of one teacher in one or two schools and keeps the best, so the
    search is deterministic. A count never falls below 1 nor rises more than 3 above its start.
    Raises :class:`ValueError` where no round improves and the tolerances are not reached.
    """
    found = list(counts)
    allowed = [index for index in range(len(found)) if movable is None or movable[index]]

    def distance(candidate: Sequence[int]) -> float:
        values = [100 * count / enrolled for count, enrolled in zip(candidate, pupils, strict=True)]
        reached_mean, reached_cv = mean_and_cv(values, pupils)
        return max(abs(reached_mean - mean) / mean_tolerance, abs(reached_cv - cv) / cv_tolerance)

    best = distance(found)
    while best > 1:
        start, choice = best, None
        for first, second in product(allowed, repeat=2):
            for change_first, change_second in ((1, 0), (-1, 0), (1, -1), (1, 1), (-1, -1)):
                candidate = list(found)
                candidate[first] += change_first
                candidate[second] += change_second
                in_range = all(1 <= candidate[index] <= counts[index] + 3 for index in {first, second})
                if in_range and (score := distance(candidate)) < best:
                    best, choice = score, candidate
        if choice is None:
            raise ValueError(f"stuck {start:.3g} tolerances away from mean {mean} and coefficient {cv}")
        found = choice
    return found
