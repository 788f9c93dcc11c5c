"""Three ways to carry a short yearly series forward, and how each would have done on its own past.

``last_value`` (nothing changes), ``theil_sen`` (median of all pairwise slopes) and ``least_squares``. With five
yearly figures a line is a bold claim; the rolling-origin back-test says whether it earned it: from every year
on each method forecasts the years that are already known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from balance_analysis.exact import Floats

Years = npt.NDArray[np.int64]

LAST_VALUE = "last_value"
THEIL_SEN = "theil_sen"
LEAST_SQUARES = "least_squares"
POINTS_FOR_A_LINE = 3


def last_value(years: Years, values: Floats, target: int) -> float:
    """Return the last figure whatever the target year."""
    return float(values[np.argmax(years)])


def theil_sen(years: Years, values: Floats, target: int) -> float:
    """Return the Theil–Sen line at ``target``: the median of all pairwise slopes, through the medians."""
    apart, rise = np.subtract.outer(years, years), np.subtract.outer(values, values)
    slope = np.median(rise[apart > 0] / apart[apart > 0])
    return float(np.median(values) - slope * np.median(years) + slope * target)


def least_squares(years: Years, values: Floats, target: int) -> float:
    """Return the ordinary least-squares line at ``target``."""
    centre = float(years.mean())
    spread = years - centre
    slope = float((spread * values).sum() / (spread**2).sum())
    return float(values.mean() + slope * (target - centre))


Method = Callable[[Years, Floats, int], float]
METHODS: Mapping[str, Method] = {LAST_VALUE: last_value, THEIL_SEN: theil_sen, LEAST_SQUARES: least_squares}
"""In order of preference: of equal errors the simpler method is taken."""

_NEEDED = {LAST_VALUE: 1, THEIL_SEN: POINTS_FOR_A_LINE, LEAST_SQUARES: POINTS_FOR_A_LINE}


def prediction_interval(years: Years, values: Floats, target: int, *, level: float) -> tuple[float, float]:
    """Return the least-squares prediction interval for one new figure at ``target``.

    ŷ ± t(n−2)·s·sqrt(1 + 1/n + (t−t̄)²/Σ(t−t̄)²), the textbook interval: independent errors around a straight
    line. NaN with fewer than three figures.
    """
    number = len(values)
    if number < POINTS_FOR_A_LINE:
        return float("nan"), float("nan")
    fitted = np.array([least_squares(years, values, int(year)) for year in years])
    residual = float(((values - fitted) ** 2).sum()) / (number - 2)
    spread = years - years.mean()
    reach = (1 + 1 / number + (target - years.mean()) ** 2 / (spread**2).sum()) * residual
    half = float(special.stdtrit(number - 2, 0.5 + level / 2)) * float(reach) ** 0.5
    centre = least_squares(years, values, target)
    return centre - half, centre + half


class BackTest(NamedTuple):
    """One forecast of a year that is known by now; ``error`` = forecast − actual."""

    method: str
    n_points: int
    origin_year: int
    year: int
    horizon: int
    forecast: float
    actual: float
    error: float


def back_test(years: Years, values: Floats, *, longest: int | None = None) -> list[BackTest]:
    """Forecast every later known year from every origin, by every method that has figures enough there.

    ``longest`` is the longest horizon in years. Years must be distinct and rising.
    """
    tests: list[BackTest] = []
    for number in range(1, len(years)):
        origin = int(years[number - 1])
        for later in range(number, len(years)):
            year, actual = int(years[later]), float(values[later])
            if longest is not None and year - origin > longest:
                continue
            for name, method in METHODS.items():
                if number >= _NEEDED[name]:
                    forecast = method(years[:number], values[:number], year)
                    tests.append(
                        BackTest(
                            name, number, origin, year, year - origin, forecast, actual, forecast - actual
                        )
                    )
    return tests


def error_scale(tests: Sequence[BackTest], method: str) -> tuple[float, int]:
    """Return the scale of one-year errors of a method and the number of origins behind it.

    Errors grow with the square root of the horizon (a random walk): the scale is the larger of the root mean
    square of the one-year errors and of all errors divided by sqrt(horizon). The origins, not the overlapping
    errors, count as degrees of freedom. NaN and 0 without any test.
    """
    own = [test for test in tests if test.method == method]
    if not own:
        return float("nan"), 0
    shortest = min(test.horizon for test in own)
    parts = [test for test in own if test.horizon == shortest], own
    scales = [
        float(np.mean([test.error * test.error / test.horizon for test in part])) ** 0.5 for part in parts
    ]
    return max(scales), len({test.origin_year for test in own})
