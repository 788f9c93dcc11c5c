"""Ways to carry a short yearly series forward, and how each would have done on its own past.

``last_value`` (nothing changes), ``theil_sen`` (median of all pairwise slopes), ``least_squares``, and
``shrunken_drift`` (the mean yearly change, drawn towards none). With five yearly figures a line is a bold claim; the
rolling-origin back-test says whether it earned it: from every year with at least ``first_origin`` figures before it
each method forecasts the years that are already known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from balance_analysis.exact import Floats

Years = npt.NDArray[np.int64]

LAST_VALUE = "last_value"
THEIL_SEN = "theil_sen"
LEAST_SQUARES = "least_squares"
SHRUNKEN_DRIFT = "shrunken_drift"
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


def shrunken_slope(years: Years, values: Floats, drift_years: float) -> float:
    """Return the mean yearly change after ``drift_years`` more years without any; rising years.

    >>> shrunken_slope(np.array([2019, 2021]), np.array([0.5, 0.75]), 8.0)
    0.025
    """
    return float(values[-1] - values[0]) / (drift_years + float(years[-1] - years[0]))


def shrunken_drift(drift_years: float) -> Method:
    """Return the method that carries the last figure on with :func:`shrunken_slope`."""

    def method(years: Years, values: Floats, target: int) -> float:
        return float(values[-1]) + shrunken_slope(years, values, drift_years) * (target - int(years[-1]))

    return method


Method = Callable[[Years, Floats, int], float]
METHODS: Mapping[str, Method] = {LAST_VALUE: last_value, THEIL_SEN: theil_sen, LEAST_SQUARES: least_squares}
"""The methods that need nothing but the series."""

_NEEDED = {THEIL_SEN: POINTS_FOR_A_LINE, LEAST_SQUARES: POINTS_FOR_A_LINE}
"""Figures that a method needs; one where it is not named."""


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


def back_test(
    years: Years,
    values: Floats,
    *,
    methods: Mapping[str, Method] = METHODS,
    first_origin: int = 1,
    longest: int | None = None,
) -> pd.DataFrame:
    """Forecast every later known year from every origin, by every method that has figures enough there.

    ``first_origin`` is the least number of figures behind the first forecast; ``longest`` the longest horizon
    in years. Columns: method, n_points, origin_year, year, horizon, forecast, actual, error (forecast −
    actual). Years must be distinct and rising.
    """
    records: list[tuple[str, int, int, int, int, float, float, float]] = []
    for number in range(max(first_origin, 1), len(years)):
        for later in range(number, len(years)):
            horizon = int(years[later] - years[number - 1])
            if longest is not None and horizon > longest:
                continue
            for name, method in methods.items():
                if number < _NEEDED.get(name, 1):
                    continue
                forecast = method(years[:number], values[:number], int(years[later]))
                actual = float(values[later])
                origin = int(years[number - 1])
                records.append(
                    (name, number, origin, int(years[later]), horizon, forecast, actual, forecast - actual)
                )
    columns = ["method", "n_points", "origin_year", "year", "horizon", "forecast", "actual", "error"]
    return pd.DataFrame.from_records(records, columns=columns)
