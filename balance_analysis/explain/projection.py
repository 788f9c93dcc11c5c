"""Will the limit hold in the target year? Distance, pace, forecast, and an honest probability.

For each yearly series the method that did best on the series' own past is the one shown, with its error; on
real records that is mostly the last value, and the frame says so. The probability that the limit holds in
the target year is Student's t around that forecast, with as many degrees of freedom m as there were origins and
the back-test's one-year scale s widened to s·sqrt(h(1 + h/m)) for h years: a random walk whose drift is taken as
none but not known to be none. A line that won has few origins in a short series; then the
probability is that of the last value (``probability_method``), and where that too has too few it *cannot be
stated*. Decision record 0013.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from balance_analysis.exact import Floats
from balance_analysis.explain import forecasting
from balance_analysis.explain.cells import group_numbers, key_columns
from balance_analysis.explain.forecasting import (
    LAST_VALUE,
    LEAST_SQUARES,
    METHODS,
    POINTS_FOR_A_LINE,
    THEIL_SEN,
)
from balance_analysis.terms import Relation

NO_VALUE = "no_value"
NO_LIMIT = "no_limit"
TOO_FEW_YEARS = "too_few_years"
TARGET_YEAR_REACHED = "target_year_reached"

INTERVAL = 0.9
"""Level of the least-squares prediction interval."""
SERIES_COLUMNS = ("division_code", "county", "stage", "indicator", "measure")
NATURAL_BOUNDS: Mapping[str, tuple[float, float]] = {
    "cv": (0.0, float("inf")),
    "mean": (0.0, float("inf")),
    "schools_met_share": (0.0, 1.0),
}
"""What each measure can be at all; a line that leaves this range is cut off there."""


class Course(StrEnum):
    """Where a series is heading, by the probability that its limit holds in the target year."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    NOT_ASSESSABLE = "not_assessable"


class Outlook(StrEnum):
    """What the observed pace alone would bring by the target year; no probability is claimed."""

    STAYS_MET = "stays_met"
    SLIPS = "slips"
    REACHES = "reaches"
    TOO_SLOW = "too_slow"
    MOVES_AWAY = "moves_away"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CutOffs:
    """From which probability a series is on track, below which it is off track, and what must be known.

    Two thirds and one third are the usual meaning of "likely" and "unlikely". ``minimum_origins`` is the
    number of back-test origins below which no probability is stated.
    """

    on_track: float = 2 / 3
    off_track: float = 1 / 3
    minimum_origins: int = 3

    def __post_init__(self) -> None:
        if not 0 <= self.off_track <= self.on_track <= 1 or self.minimum_origins < 1:
            raise ValueError(f"cut-offs must satisfy 0 ≤ off_track ≤ on_track ≤ 1 and origins ≥ 1: {self}")


def widened(scale: float, years: int, origins: int) -> float:
    """Return the scale of the error after ``years`` from the one-year scale behind ``origins`` errors.

    Variance s²·h of a random walk plus s²·h²/m for a drift that m errors do not settle.

    >>> round(widened(0.02, 2, 4), 6)
    0.034641
    """
    return scale * sqrt(years * (1 + years / origins))


def probability_of_meeting(
    forecast: float, limit: float, relation: str, *, scale: float, origins: int
) -> float:
    """Return the probability that a figure with centre ``forecast`` and error ``scale`` holds the limit.

    Student's t with ``origins`` degrees of freedom; with a scale of zero (a series that never moved) 1 or 0.

    >>> probability_of_meeting(0.50, 0.50, "at_most", scale=0.02, origins=4)
    0.5
    """
    sign = 1.0 if Relation(relation) is Relation.AT_LEAST else -1.0
    ahead = sign * (forecast - limit)
    if scale == 0:
        strict = Relation(relation) is Relation.BELOW
        return float(ahead > 0 or (ahead == 0 and not strict))
    return float(special.stdtr(origins, ahead / scale))


def project_trends(trends: pd.DataFrame, *, target_year: int, cut_offs: CutOffs = CutOffs()) -> pd.DataFrame:
    """Return one row per series: how far, how fast, which forecast, and how likely.

    ``trends`` has the series columns, ``year``, ``value``, ``limit``, ``relation``. The limit of the last
    year counts. All methods are compared on the same origins (from three figures on) by mean
    absolute error, over horizons up to the years left.

    Columns: series columns; relation, limit; first_year, last_year (with a figure), n_points,
    n_missing, n_segments (always 1); last_value; distance (positive = still to go), target_year, years_left,
    pace_needed (per year, 0 when there), pace_observed (Theil–Sen per year, positive = towards the limit),
    outlook (where that pace leads, see :class:`Outlook`; ``unknown`` with fewer than three figures);
    forecast_last_value, forecast_theil_sen, forecast_least_squares, interval_low, interval_high
    (least-squares prediction interval at :data:`INTERVAL`); last_value_error, theil_sen_error,
    least_squares_error (mean absolute, back-test), n_back_tests; winner, forecast, winner_error,
    last_value_beats_line (against least squares); probability_method, error_scale (one-year error of that
    method), n_origins (its back-test origins), probability, course, reason
    (``no_value``, ``no_limit``, ``too_few_years``, ``target_year_reached``).
    """
    series_keys = key_columns(trends, SERIES_COLUMNS)
    number = group_numbers(trends, series_keys)
    order = np.lexsort((trends["year"], number))
    columns = {name: trends[name].to_numpy()[order] for name in ("year", "value", "limit", "relation")}
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    keys = trends[series_keys].iloc[order[starts]].to_dict("records") if series_keys else [{}]
    records: list[dict[str, Any]] = []
    for key, start, end in zip(keys, starts, [*starts[1:], len(order)], strict=True):
        series = {name: column[start:end] for name, column in columns.items()}
        bounds = NATURAL_BOUNDS.get(str(key.get("measure", "")), (-float("inf"), float("inf")))
        record = _project(series, target_year, cut_offs, bounds)
        records.append({**{str(name): value for name, value in key.items()}, **record})
    names = [
        *series_keys, "relation", "limit", "first_year", "last_year", "n_points", "n_missing", "n_segments",
        "last_value", "distance", "target_year", "years_left", "pace_needed", "pace_observed", "outlook",
        "forecast_last_value", "forecast_theil_sen", "forecast_least_squares", "interval_low", "interval_high",
        "last_value_error", "theil_sen_error", "least_squares_error", "n_back_tests", "winner", "forecast",
        "winner_error", "last_value_beats_line", "probability_method", "error_scale", "n_origins", "probability",
        "course", "reason",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=names)


def _project(
    series: Mapping[str, npt.NDArray[Any]], target_year: int, cut_offs: CutOffs, bounds: tuple[float, float]
) -> dict[str, Any]:
    known = ~np.isnan(series["value"])
    record: dict[str, Any] = {
        "relation": series["relation"][-1],
        "limit": float(series["limit"][-1]),
        "n_points": int(known.sum()),
        "n_missing": int((~known).sum()),
        "n_segments": 1,
        "target_year": target_year,
        "course": Course.NOT_ASSESSABLE.value,
        "outlook": Outlook.UNKNOWN.value,
        "reason": NO_VALUE,
    }
    if not known.any():
        return record
    years, values = series["year"][known].astype(np.int64), series["value"][known].astype(np.float64)
    years_left = target_year - int(years[-1])
    record |= {"first_year": int(years[0]), "last_year": int(years[-1]), "last_value": float(values[-1])}
    record["years_left"] = years_left
    record |= _forecasts(years, values, target_year, bounds)
    record |= _winner(years, values, record, max(years_left, 1), cut_offs.minimum_origins)
    return record | _course(record, cut_offs)


def _forecasts(
    years: forecasting.Years, values: Floats, target: int, bounds: tuple[float, float]
) -> dict[str, Any]:
    lowest, highest = bounds

    def possible(value: float) -> float:
        return min(max(value, lowest), highest)

    found: dict[str, Any] = {}
    for name, method in METHODS.items():
        enough = name == LAST_VALUE or len(values) >= POINTS_FOR_A_LINE
        found[f"forecast_{name}"] = possible(method(years, values, target)) if enough else float("nan")
    low, high = forecasting.prediction_interval(years, values, target, level=INTERVAL)
    return found | {"interval_low": possible(low), "interval_high": possible(high)}


def _winner(
    years: forecasting.Years,
    values: Floats,
    forecasts: Mapping[str, Any],
    longest: int,
    minimum_origins: int,
) -> dict[str, Any]:
    tests = forecasting.back_test(years, values, longest=longest)
    errors: dict[str, float] = {}
    for name in METHODS:
        own = [
            abs(test.error) for test in tests if test.method == name and test.n_points >= POINTS_FOR_A_LINE
        ]
        errors[name] = float(np.mean(own)) if own else float("nan")
    tie = 1e-9 * float(np.abs(values).max())
    winner = next((name for name in METHODS if errors[name] <= min(errors.values()) + tie), LAST_VALUE)
    stated = winner
    scale, origins = forecasting.error_scale(tests, winner)
    if origins < minimum_origins:
        stated = LAST_VALUE
        scale, origins = forecasting.error_scale(tests, LAST_VALUE)
    return {
        **{f"{name}_error": error for name, error in errors.items()},
        "n_back_tests": len(own),
        "winner": winner,
        "forecast": forecasts[f"forecast_{winner}"],
        "winner_error": errors[winner],
        "last_value_beats_line": errors[LAST_VALUE] < errors[LEAST_SQUARES] - tie if own else None,
        "probability_method": stated,
        "error_scale": scale,
        "n_origins": origins,
        "pace_observed": _pace(years, values),
    }


def _pace(years: forecasting.Years, values: Floats) -> float:
    if len(values) < POINTS_FOR_A_LINE:
        return float("nan")
    return METHODS[THEIL_SEN](years, values, 1) - METHODS[THEIL_SEN](years, values, 0)


def _outlook(distance: float, pace: float, years_left: int) -> Outlook:
    if np.isnan(pace):
        return Outlook.UNKNOWN
    there_then = pace * years_left >= distance - 1e-12 * (1 + abs(distance))
    if distance <= 0:
        return Outlook.STAYS_MET if there_then else Outlook.SLIPS
    if there_then:
        return Outlook.REACHES
    return Outlook.TOO_SLOW if pace > 0 else Outlook.MOVES_AWAY


def _course(record: Mapping[str, Any], cut_offs: CutOffs) -> dict[str, Any]:
    limit, relation = record["limit"], record["relation"]
    if np.isnan(limit) or not isinstance(relation, str):
        return {"reason": NO_LIMIT}
    sign = 1.0 if Relation(relation) is Relation.AT_LEAST else -1.0
    last, years_left, origins = record["last_value"], record["years_left"], record["n_origins"]
    distance, pace = sign * (limit - last), sign * record["pace_observed"]
    to_go = max(distance, 0.0)
    found: dict[str, Any] = {"distance": distance, "pace_observed": pace}
    found["outlook"] = _outlook(distance, pace, max(years_left, 0)).value
    found["pace_needed"] = to_go / years_left if years_left > 0 else (0.0 if to_go == 0 else float("nan"))
    if years_left <= 0:
        probability = probability_of_meeting(last, limit, relation, scale=0.0, origins=1)
    elif origins < cut_offs.minimum_origins:
        return found | {"reason": TOO_FEW_YEARS}
    else:
        forecast = record[f"forecast_{record['probability_method']}"]
        scale = widened(record["error_scale"], years_left, origins)
        probability = probability_of_meeting(forecast, limit, relation, scale=scale, origins=origins)
    course = Course.AT_RISK
    if probability >= cut_offs.on_track:
        course = Course.ON_TRACK
    elif probability < cut_offs.off_track:
        course = Course.OFF_TRACK
    reason = TARGET_YEAR_REACHED if years_left <= 0 else ""
    return found | {"probability": probability, "course": course.value, "reason": reason}


def forecast_intervals(
    projection: pd.DataFrame, *, level: float, minimum_origins: int = CutOffs().minimum_origins
) -> pd.DataFrame:
    """Return one row per series and year after the last figure, the target year included.

    ``projection`` is the frame of :func:`balance_analysis.explain.projection.project_trends`. Columns:
    series columns, ``year``, ``centre``, ``low``, ``high``. The band is that of ``probability_method``: its
    one-year back-test error, widened over the years, Student's t with as many degrees of freedom as origins,
    two-sided at ``level``, cut off at what the measure can be. The centre runs straight from the last
    value to the forecast. Series with fewer than ``minimum_origins`` back-test origins, without a value or
    without years left have no rows: no band is better than an invented one.

    >>> series = {"measure": "cv", "last_year": 2020, "years_left": 1, "last_value": 0.5, "n_origins": 4,
    ...           "error_scale": 0.02, "probability_method": "last_value", "forecast_last_value": 0.5}
    >>> forecast_intervals(pd.DataFrame([series]), level=0.9).round(4).to_dict("records")
    [{'measure': 'cv', 'year': 2021, 'centre': 0.5, 'low': 0.4523, 'high': 0.5477}]
    """
    keys = key_columns(projection, SERIES_COLUMNS)
    records: list[dict[str, object]] = []
    for row in projection.to_dict("records"):
        if not row["n_origins"] >= minimum_origins or not row["years_left"] > 0:
            continue
        ahead, origins = int(row["years_left"]), int(row["n_origins"])
        last, aim = float(row["last_value"]), float(row[f"forecast_{row['probability_method']}"])
        bounds = NATURAL_BOUNDS.get(str(row.get("measure", "")), (-float("inf"), float("inf")))
        spread = float(special.stdtrit(origins, (1 + level) / 2))
        for years in range(1, ahead + 1):
            centre = last + (aim - last) * years / ahead
            half = spread * widened(float(row["error_scale"]), years, origins)
            low, high = (float(np.clip(edge, *bounds)) for edge in (centre - half, centre + half))
            record = {str(name): row[name] for name in keys}
            records.append(
                {**record, "year": int(row["last_year"]) + years, "centre": centre, "low": low, "high": high}
            )
    return pd.DataFrame.from_records(records, columns=[*keys, "year", "centre", "low", "high"])
