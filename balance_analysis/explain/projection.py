"""Will the limit hold in the target year? Distance, pace, forecast, and an honest probability.

For each yearly series the method that did best on the series' own past is the one shown, with its error; on
real records that is mostly the last value, and the frame says so. The probability that the limit holds in
the target year is Student's t around that forecast, with as many degrees of freedom m as there were origins and
the back-test's one-year scale s widened to s·sqrt(h(1 + h/m)) for h years: a random walk whose drift is taken as
none but not known to be none. A line that won has few origins in a short series; then the
probability is that of the last value (``probability_method``), and where that too has too few it *cannot be
stated*. Years from which on the
figures mean something else (merged codes, changed definitions) cut the series: only what follows the last
break is used. Decision record 0013.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

import numpy as np
import pandas as pd
from scipy import special

from balance_analysis.exact import Floats
from balance_analysis.explain import forecasting
from balance_analysis.explain.cells import key_columns
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


def split_at_breaks(trends: pd.DataFrame, breaks: pd.DataFrame | None) -> pd.DataFrame:
    """Return the series with ``segment`` (0, 1, …): a new segment begins in every break year.

    ``breaks`` has ``year`` (the first year of the new meaning) and any of division_code, stage, indicator,
    measure; a missing or absent column means "all". Figures of different segments are not comparable.
    """
    segment = pd.Series(0, index=trends.index)
    for entry in [] if breaks is None else breaks.to_dict("records"):
        concerned = trends["year"] >= entry["year"]
        for name in ("division_code", "stage", "indicator", "measure"):
            if name in entry and name in trends.columns and not pd.isna(entry[name]):
                concerned &= trends[name] == entry[name]
        segment += concerned.astype(int)
    return trends.assign(segment=segment)


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


def project_trends(
    trends: pd.DataFrame,
    *,
    target_year: int,
    breaks: pd.DataFrame | None = None,
    cut_offs: CutOffs = CutOffs(),
    interval: float = 0.9,
    first_origin: int = POINTS_FOR_A_LINE,
) -> pd.DataFrame:
    """Return one row per series: how far, how fast, which forecast, and how likely.

    ``trends`` has the series columns, ``year``, ``value``, ``limit``, ``relation``. The limit of the last
    year counts. All methods are compared on the same origins (from ``first_origin`` figures on) by mean
    absolute error, over horizons up to the years left.

    Columns: series columns; relation, limit; first_year, last_year (of the segment used), n_points,
    n_missing, n_segments; last_value; distance (positive = still to go), target_year, years_left,
    pace_needed (per year, 0 when there), pace_observed (Theil–Sen per year, positive = towards the limit),
    outlook (where that pace leads, see :class:`Outlook`; ``unknown`` with fewer than three figures);
    forecast_last_value, forecast_theil_sen, forecast_least_squares, interval_low, interval_high
    (least-squares prediction interval at level ``interval``); last_value_error, theil_sen_error,
    least_squares_error (mean absolute, back-test), n_back_tests; winner, forecast, winner_error,
    last_value_beats_line (against least squares); probability_method, error_scale (one-year error of that
    method), n_origins (its back-test origins), probability, course, reason
    (``no_value``, ``no_limit``, ``too_few_years``, ``target_year_reached``).
    """
    series_keys = key_columns(trends, SERIES_COLUMNS)
    marked = split_at_breaks(trends, breaks)
    records: list[dict[str, object]] = []
    groups = marked.groupby(series_keys, sort=True, dropna=False) if series_keys else [((), marked)]
    for values, series in groups:
        key = dict(zip(series_keys, values, strict=True))
        bounds = NATURAL_BOUNDS.get(str(key.get("measure", "")), (-float("inf"), float("inf")))
        records.append({**key, **_project(series, target_year, cut_offs, interval, first_origin, bounds)})
    columns = [
        *series_keys, "relation", "limit", "first_year", "last_year", "n_points", "n_missing", "n_segments",
        "last_value", "distance", "target_year", "years_left", "pace_needed", "pace_observed", "outlook",
        "forecast_last_value", "forecast_theil_sen", "forecast_least_squares", "interval_low", "interval_high",
        "last_value_error", "theil_sen_error", "least_squares_error", "n_back_tests", "winner", "forecast",
        "winner_error", "last_value_beats_line", "probability_method", "error_scale", "n_origins", "probability",
        "course", "reason",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)


def _project(
    series: pd.DataFrame,
    target_year: int,
    cut_offs: CutOffs,
    level: float,
    first_origin: int,
    bounds: tuple[float, float],
) -> dict[str, object]:
    series = series.sort_values("year", kind="stable")
    used = series[series["segment"] == series["segment"].max()]
    known = used[used["value"].notna()]
    record: dict[str, object] = {
        "relation": series["relation"].iloc[-1],
        "limit": float(series["limit"].iloc[-1]),
        "n_points": len(known),
        "n_missing": int(used["value"].isna().sum()),
        "n_segments": int(series["segment"].nunique()),
        "target_year": target_year,
        "course": Course.NOT_ASSESSABLE.value,
        "outlook": Outlook.UNKNOWN.value,
        "reason": NO_VALUE,
    }
    if known.empty:
        return record
    years, values = known["year"].to_numpy(np.int64), known["value"].to_numpy(np.float64)
    years_left = target_year - int(years[-1])
    record |= {"first_year": int(years[0]), "last_year": int(years[-1]), "last_value": float(values[-1])}
    record["years_left"] = years_left
    record |= _forecasts(years, values, target_year, level, bounds)
    record |= _winner(years, values, record, max(years_left, 1), first_origin, cut_offs.minimum_origins)
    return record | _course(record, cut_offs)


def _forecasts(
    years: forecasting.Years, values: Floats, target: int, level: float, bounds: tuple[float, float]
) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, method in METHODS.items():
        enough = name == LAST_VALUE or len(values) >= POINTS_FOR_A_LINE
        found[f"forecast_{name}"] = (
            float(np.clip(method(years, values, target), *bounds)) if enough else float("nan")
        )
    low, high = forecasting.prediction_interval(years, values, target, level=level)
    return found | {
        "interval_low": float(np.clip(low, *bounds)),
        "interval_high": float(np.clip(high, *bounds)),
    }


def _winner(
    years: forecasting.Years,
    values: Floats,
    forecasts: Mapping[str, object],
    longest: int,
    first_origin: int,
    minimum_origins: int,
) -> dict[str, object]:
    tests = forecasting.back_test(years, values, longest=longest)
    shared = tests[tests["n_points"] >= max(first_origin, POINTS_FOR_A_LINE)]
    errors = {name: float(shared.loc[shared["method"] == name, "error"].abs().mean()) for name in METHODS}
    tie = 1e-9 * float(np.abs(values).max())
    winner = next((name for name in METHODS if errors[name] <= min(errors.values()) + tie), LAST_VALUE)
    stated = winner
    scale, origins = forecasting.error_scale(tests, winner)
    if origins < minimum_origins:
        stated = LAST_VALUE
        scale, origins = forecasting.error_scale(tests, LAST_VALUE)
    return {
        **{f"{name}_error": error for name, error in errors.items()},
        "n_back_tests": int((shared["method"] == LAST_VALUE).sum()),
        "winner": winner,
        "forecast": forecasts[f"forecast_{winner}"],
        "winner_error": errors[winner],
        "last_value_beats_line": (None if shared.empty else errors[LAST_VALUE] < errors[LEAST_SQUARES] - tie),
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


def _course(record: Mapping[str, object], cut_offs: CutOffs) -> dict[str, object]:
    limit, relation = float(str(record["limit"])), record["relation"]
    if np.isnan(limit) or not isinstance(relation, str):
        return {"reason": NO_LIMIT}
    sign = 1.0 if Relation(relation) is Relation.AT_LEAST else -1.0
    last, years_left = float(str(record["last_value"])), int(str(record["years_left"]))
    distance = sign * (limit - last)
    found: dict[str, object] = {
        "distance": distance,
        "pace_observed": sign * float(str(record["pace_observed"])),
    }
    to_go = max(distance, 0.0)
    found["outlook"] = _outlook(
        distance, sign * float(str(record["pace_observed"])), max(years_left, 0)
    ).value
    found["pace_needed"] = to_go / years_left if years_left > 0 else (0.0 if to_go == 0 else float("nan"))
    if years_left <= 0:
        probability = probability_of_meeting(last, limit, relation, scale=0.0, origins=1)
        reason = TARGET_YEAR_REACHED
    elif int(str(record["n_origins"])) < cut_offs.minimum_origins:
        return found | {"reason": TOO_FEW_YEARS}
    else:
        forecast = float(str(record[f"forecast_{record['probability_method']}"]))
        origins = int(str(record["n_origins"]))
        scale = widened(float(str(record["error_scale"])), years_left, origins)
        probability = probability_of_meeting(forecast, limit, relation, scale=scale, origins=origins)
        reason = ""
    course = Course.AT_RISK
    if probability >= cut_offs.on_track:
        course = Course.ON_TRACK
    elif probability < cut_offs.off_track:
        course = Course.OFF_TRACK
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
