"""Will the limit hold in the target year? Distance, pace, forecast, and an honest probability.

Each yearly series gets one predictive distribution: coefficients and means that of
:mod:`balance_analysis.explain.movement`, the share of passing schools that of :mod:`balance_analysis.explain.passing`.
``forecast`` is its centre, ``probability`` what it puts on the right side of the limit (``probability_method``), the
intervals its middle part: they belong together. No method is chosen by its success on the series itself; what lines
would have said, and how they did on the series' own past, stands beside it. With too few yearly changes the probability
*cannot be stated*, and a series whose newest year is blank is not projected from an older one. Years from which on the
figures mean something else (merged codes, changed definitions) cut the series: only what follows the last
break is used. Decision records 0013 and 0025.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from balance_analysis.exact import Floats
from balance_analysis.explain import forecasting
from balance_analysis.explain.cells import key_columns
from balance_analysis.explain.forecasting import (
    LAST_VALUE,
    LEAST_SQUARES,
    METHODS,
    POINTS_FOR_A_LINE,
    SHRUNKEN_DRIFT,
    THEIL_SEN,
    Years,
)
from balance_analysis.explain.movement import EVERYTHING, Movement
from balance_analysis.explain.passing import (
    COUNT_TRANSITIONS,
    SCHOOL_TRANSITIONS,
    Passing,
    count_transitions,
    school_transitions,
)
from balance_analysis.explain.priors import movement_prior, passing_prior
from balance_analysis.terms import ALL_STAGES, Relation

NO_VALUE = "no_value"
NEWEST_YEAR_BLANK = "newest_year_blank"
NO_LIMIT = "no_limit"
NO_SCHOOL_COUNT = "no_school_count"
TOO_FEW_YEARS = "too_few_years"
TARGET_YEAR_REACHED = "target_year_reached"

LEVEL = 0.9
"""Share of outcomes that the band of a line is to hold."""
SHARE = "schools_met_share"
SERIES_COLUMNS = ("division_code", "county", "stage", "indicator", "measure")
NATURAL_BOUNDS: Mapping[str, tuple[float, float]] = {
    "cv": (0.0, float("inf")),
    "mean": (0.0, float("inf")),
    SHARE: (0.0, 1.0),
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
    number of yearly changes below which no probability is stated.
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


@dataclass(frozen=True)
class Prospect:
    """One series with its row of the projection and the distribution behind it (None where none can be stated)."""

    row: Mapping[str, object]
    model: Movement | Passing | None


COLUMNS = (
    "relation", "limit", "first_year", "last_year", "n_points", "n_missing", "n_segments", "last_value", "distance",
    "target_year", "years_left", "pace_needed", "pace_observed", "outlook", "forecast_last_value",
    "forecast_theil_sen", "forecast_least_squares", "interval_low", "interval_high", "last_value_error",
    "theil_sen_error", "least_squares_error", "n_back_tests", "last_value_beats_line", "probability_method", "forecast",
    "forecast_error", "drift", "error_scale", "degrees_of_freedom", "n_passing", "n_failing", "n_stayed", "n_fell",
    "n_rose", "n_remained", "n_origins", "probability", "course", "reason",
)  # fmt: skip


def project_series(
    trends: pd.DataFrame,
    *,
    target_year: int,
    newest_year: int | None = None,
    schools: pd.DataFrame | None = None,
    breaks: pd.DataFrame | None = None,
    cut_offs: CutOffs = CutOffs(),
) -> list[Prospect]:
    """Return every series with its row (:func:`projection_frame`) and its distribution.

    ``trends`` has the series columns, ``year``, ``value``, ``limit``, ``relation``, and for shares ``n_schools``. The
    limit of the last year counts. ``newest_year`` is the year in which every series must have a figure (default: its
    own newest). ``schools`` (stage, year, school_code, outcome) lets the share of all indicators be projected school by
    school; without it the fewest transitions behind the shares are taken. The lines are compared on the same origins
    (from three figures on) by mean absolute error, over horizons up to the years left.
    """
    series_keys = key_columns(trends, SERIES_COLUMNS)
    marked = split_at_breaks(trends, breaks)
    found = []
    groups = marked.groupby(series_keys, sort=True, dropna=False) if series_keys else [((), marked)]
    for values, series in groups:
        key = dict(zip(series_keys, values, strict=True))
        one = _Series(key, series.sort_values("year", kind="stable"), target_year, newest_year, cut_offs)
        found.append(one.prospect(schools))
    return found


def projection_frame(prospects: Sequence[Prospect], keys: Sequence[str]) -> pd.DataFrame:
    """Return one row per series: how far, how fast, which forecast, and how likely; ``keys`` are the series columns.

    Columns: series columns; relation, limit; first_year, last_year (of the segment used), n_points,
    n_missing, n_segments; last_value; distance (positive = still to go), target_year, years_left,
    pace_needed (per year, 0 when there), pace_observed (Theil–Sen per year, positive = towards the limit),
    outlook (where that pace leads, see :class:`Outlook`; ``unknown`` with fewer than three figures);
    forecast_last_value, forecast_theil_sen, forecast_least_squares, interval_low, interval_high
    (least-squares prediction interval at :data:`LEVEL`); last_value_error, theil_sen_error,
    least_squares_error (mean absolute, back-test), n_back_tests, last_value_beats_line (against least squares);
    probability_method (``shrunken_drift``, ``school_transitions``, ``count_transitions``, empty where there is no
    distribution), forecast (its centre; the last value without one), forecast_error (of the shrunken drift or the last
    value, back-test); drift per year, error_scale (of one year), degrees_of_freedom; n_passing, n_failing, n_stayed,
    n_fell, n_rose, n_remained (schools now, and their transitions over all years); n_origins (yearly changes),
    probability, course, reason (``no_value``, ``newest_year_blank``, ``no_limit``, ``target_year_reached``,
    ``too_few_years``, ``no_school_count``).
    """
    return pd.DataFrame.from_records([one.row for one in prospects], columns=[*keys, *COLUMNS])


@dataclass(frozen=True)
class _Series:
    """One series on its way to a prospect; ``rows`` rise in years."""

    key: Mapping[str, object]
    rows: pd.DataFrame
    target_year: int
    newest_year: int | None
    cut_offs: CutOffs

    def prospect(self, schools: pd.DataFrame | None) -> Prospect:
        rows = self.rows
        used = rows[rows["segment"] == rows["segment"].iloc[-1]]
        known = used[used["value"].notna()]
        row: dict[str, object] = {
            **self.key,
            "relation": rows["relation"].iloc[-1],
            "limit": float(rows["limit"].iloc[-1]),
            "n_points": len(known),
            "n_missing": int(used["value"].isna().sum()),
            "n_segments": int(rows["segment"].nunique()),
            "target_year": self.target_year,
            "probability_method": "",
            "n_origins": 0,
            "course": Course.NOT_ASSESSABLE.value,
            "outlook": Outlook.UNKNOWN.value,
        }
        if known.empty:
            return Prospect(row | {"reason": NO_VALUE}, None)
        years, values = known["year"].to_numpy(np.int64), known["value"].to_numpy(np.float64)
        row |= {"first_year": int(years[0]), "last_year": int(years[-1])}
        newest = int(used["year"].iloc[-1]) if self.newest_year is None else self.newest_year
        if years[-1] < newest:
            return Prospect(row | {"reason": NEWEST_YEAR_BLANK}, None)
        left = self.target_year - int(years[-1])
        row |= {"last_value": float(values[-1]), "years_left": left}
        bounds = NATURAL_BOUNDS.get(str(self.key.get("measure", "")), EVERYTHING)
        row |= _lines(years, values, self.target_year, bounds)
        model = self._model(known, years, values, bounds, schools)
        row["n_origins"] = 0 if model is None else model.n_changes
        if model is not None and model.n_changes < self.cut_offs.minimum_origins:
            model = None
        prior = float(movement_prior(str(self.key.get("measure", ""))).drift_years)
        row |= _back_tests(years, values, prior, max(left, 1), drifts=isinstance(model, Movement))
        row |= {"forecast": float(values[-1])} if model is None else _of_model(model, max(left, 0))
        return Prospect(row | self._course(row, model), model)

    def _model(
        self,
        known: pd.DataFrame,
        years: Years,
        values: Floats,
        bounds: tuple[float, float],
        schools: pd.DataFrame | None,
    ) -> Movement | Passing | None:
        """The distribution of the series; None for a share without limit or without a number of schools."""
        measure = str(self.key.get("measure", ""))
        if measure != SHARE:
            number = float(known["n_schools"].mean()) if self._counted() else None
            return Movement.of(years, values, movement_prior(measure), schools=number, bounds=bounds)
        if np.isnan(float(self.rows["limit"].iloc[-1])) or not self._counted():
            return None
        totals = dict(zip(years.tolist(), known["n_schools"].astype(int).tolist(), strict=True))
        passing = {year: round(value * totals[year]) for year, value in zip(totals, values, strict=True)}
        last = int(years[-1])
        if schools is not None and self.key.get("indicator") == ALL_STAGES:
            same = [name for name in ("division_code", "stage") if name in self.key]
            own = schools[(schools[same] == [self.key[name] for name in same]).all(axis=1)]
            transitions, method = school_transitions(own, years.tolist()), SCHOOL_TRANSITIONS
        else:
            transitions, method = count_transitions(passing, totals), COUNT_TRANSITIONS
        return Passing(
            passing[last], totals[last] - passing[last], tuple(transitions), passing_prior(), method
        )

    def _counted(self) -> bool:
        """Whether the number of schools is known in every year that has a share."""
        rows = self.rows
        return "n_schools" in rows and bool(rows.loc[rows["value"].notna(), "n_schools"].notna().all())

    def _course(self, row: Mapping[str, object], model: Movement | Passing | None) -> dict[str, object]:
        limit, relation = float(str(row["limit"])), row["relation"]
        if np.isnan(limit) or not isinstance(relation, str) or not relation:
            return {"reason": NO_LIMIT}
        sign = 1.0 if Relation(relation) is Relation.AT_LEAST else -1.0
        last, left = float(str(row["last_value"])), int(str(row["years_left"]))
        distance, pace = sign * (limit - last), sign * float(str(row["pace_observed"]))
        to_go = max(distance, 0.0)
        found: dict[str, object] = {
            "distance": distance,
            "pace_observed": pace,
            "outlook": _outlook(distance, pace, max(left, 0)).value,
            "pace_needed": to_go / left if left > 0 else (0.0 if to_go == 0 else float("nan")),
        }
        if left <= 0:
            held = distance < 0 or (distance == 0 and Relation(relation) is not Relation.BELOW)
            return found | self._judged(float(held), TARGET_YEAR_REACHED)
        if model is None:
            uncounted = self.key.get("measure") == SHARE and not self._counted()
            return found | {"reason": NO_SCHOOL_COUNT if uncounted else TOO_FEW_YEARS}
        return found | self._judged(model.probability(left, limit, Relation(relation)), "")

    def _judged(self, probability: float, reason: str) -> dict[str, object]:
        course = Course.AT_RISK
        if probability >= self.cut_offs.on_track:
            course = Course.ON_TRACK
        elif probability < self.cut_offs.off_track:
            course = Course.OFF_TRACK
        return {"probability": probability, "course": course.value, "reason": reason}


def _lines(years: Years, values: Floats, target: int, bounds: tuple[float, float]) -> dict[str, object]:
    """What the plain methods say of the target year."""
    found: dict[str, object] = {}
    for name, method in METHODS.items():
        enough = name == LAST_VALUE or len(values) >= POINTS_FOR_A_LINE
        found[f"forecast_{name}"] = (
            float(np.clip(method(years, values, target), *bounds)) if enough else float("nan")
        )
    low, high = forecasting.prediction_interval(years, values, target, level=LEVEL)
    slope = float("nan")
    if len(values) >= POINTS_FOR_A_LINE:
        slope = METHODS[THEIL_SEN](years, values, 1) - METHODS[THEIL_SEN](years, values, 0)
    return found | {
        "interval_low": float(np.clip(low, *bounds)),
        "interval_high": float(np.clip(high, *bounds)),
        "pace_observed": slope,
    }


def _back_tests(
    years: Years, values: Floats, drift_years: float, longest: int, *, drifts: bool
) -> dict[str, object]:
    """How the methods did on the series' own past; ``drifts``: whether the shrunken drift makes the forecast."""
    methods = {**METHODS, SHRUNKEN_DRIFT: forecasting.shrunken_drift(drift_years)}
    tests = forecasting.back_test(
        years, values, methods=methods, first_origin=POINTS_FOR_A_LINE, longest=longest
    )
    size = tests["error"].abs()
    errors = {name: float(size[tests["method"] == name].mean()) for name in methods}
    tie = 1e-9 * float(np.abs(values).max())
    better = errors[LAST_VALUE] < errors[LEAST_SQUARES] - tie
    return {
        **{f"{name}_error": errors[name] for name in METHODS},
        "forecast_error": errors[SHRUNKEN_DRIFT if drifts else LAST_VALUE],
        "n_back_tests": int((tests["method"] == LAST_VALUE).sum()),
        "last_value_beats_line": None if tests.empty else better,
    }


def _of_model(model: Movement | Passing, ahead: int) -> dict[str, object]:
    """The figures of a distribution that a row shows."""
    found: dict[str, object] = {"probability_method": model.method, "forecast": model.centre(ahead)}
    if isinstance(model, Movement):
        return found | {
            "drift": model.drift, "error_scale": model.scale, "degrees_of_freedom": model.freedom
        }  # fmt: skip
    counts = {f"n_{what}": model.total(what) for what in ("stayed", "fell", "rose", "remained")}
    return {**found, **counts, "n_passing": model.passing, "n_failing": model.failing, "forecast_error": None}


def _outlook(distance: float, pace: float, years_left: int) -> Outlook:
    if np.isnan(pace):
        return Outlook.UNKNOWN
    there_then = pace * years_left >= distance - 1e-12 * (1 + abs(distance))
    if distance <= 0:
        return Outlook.STAYS_MET if there_then else Outlook.SLIPS
    if there_then:
        return Outlook.REACHES
    return Outlook.TOO_SLOW if pace > 0 else Outlook.MOVES_AWAY


def forecast_intervals(prospects: Sequence[Prospect], keys: Sequence[str], *, level: float) -> pd.DataFrame:
    """Return one row per series with a distribution and year after the last figure, the target year included.

    Columns: ``keys`` (the series columns), ``year``, ``centre``, ``low``, ``high``: the middle part of the very
    distribution that gives the probability, two-sided at ``level``, within what the measure can be; for a share the ends
    are multiples of 1/N. A series without a distribution or without years left has no rows: no band is better than an
    invented one.
    """
    records: list[dict[str, object]] = []
    for one in prospects:
        if one.model is None:
            continue
        for years in range(1, int(str(one.row["years_left"])) + 1):
            low, high = one.model.band(years, level)
            record = {name: one.row[name] for name in keys}
            year = int(str(one.row["last_year"])) + years
            records.append(
                {**record, "year": year, "centre": one.model.centre(years), "low": low, "high": high}
            )
    return pd.DataFrame.from_records(records, columns=[*keys, "year", "centre", "low", "high"])
