"""Trends to the target year: distance, pace, forecast, probability, breaks; at and beside the limit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from balance_analysis.explain.cells import cells, squared_cv
from balance_analysis.explain.forecasting import back_test, error_scale, prediction_interval, theil_sen
from balance_analysis.explain.projection import (
    NO_LIMIT,
    NO_VALUE,
    TARGET_YEAR_REACHED,
    TOO_FEW_YEARS,
    CutOffs,
    probability_of_meeting,
    project_trends,
    widened,
)

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.exists(), reason="../shared/data is not there: real records cannot be read"
)
YEARS = np.array([2019, 2020, 2021, 2022, 2023], dtype=np.int64)


def series(values: list[float], *, limit: float = 0.5, relation: str | None = "at_most") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "division_code": "370321",
            "stage": "primary",
            "indicator": "sports_area",
            "measure": "cv",
            "year": range(2024 - len(values), 2024),
            "value": values,
            "limit": limit,
            "relation": relation,
        }
    )


def project(values: list[float], **options: object) -> pd.Series:
    chosen: dict[str, object] = {"limit": 0.5, "relation": "at_most", "target_year": 2025} | options
    limit, relation = float(str(chosen.pop("limit"))), chosen.pop("relation")
    frame = series(values, limit=limit, relation=None if relation is None else str(relation))
    return project_trends(frame, **chosen).iloc[0]  # type: ignore[arg-type]


def test_distance_and_pace_say_how_much_per_year_the_target_needs() -> None:
    row = project([0.70, 0.66, 0.62, 0.58])
    assert (row["distance"], row["pace_needed"]) == (pytest.approx(0.08), pytest.approx(0.04))
    assert row["pace_observed"] == pytest.approx(0.04)
    assert (row["years_left"], row["last_value"]) == (2, 0.58)


@pytest.mark.parametrize(
    ("values", "outlook"),
    [
        ([0.70, 0.66, 0.62, 0.58], "reaches"),  # 0.08 to go, 0.04 a year, two years: exactly there
        ([0.70, 0.67, 0.64, 0.61], "too_slow"),
        ([0.55, 0.56, 0.57, 0.58], "moves_away"),
        ([0.44, 0.45, 0.46, 0.47], "stays_met"),
        ([0.43, 0.45, 0.47, 0.49], "slips"),
        ([0.60, 0.58], "unknown"),
    ],
)
def test_the_outlook_says_where_the_observed_pace_leads_without_a_probability(
    values: list[float], outlook: str
) -> None:
    assert project(values)["outlook"] == outlook


def test_at_the_limit_nothing_is_left_to_go_and_just_above_it_something_is() -> None:
    assert project([0.52, 0.51, 0.505, 0.5])["pace_needed"] == 0
    assert project([0.52, 0.51, 0.505, 0.500001])["pace_needed"] > 0
    assert project([0.52, 0.51, 0.505, 0.499])["distance"] < 0


def test_a_straight_series_is_won_by_a_line_and_a_jumpy_one_by_the_last_value() -> None:
    straight = project([0.70, 0.66, 0.62, 0.58, 0.54])
    assert straight["winner"] == "theil_sen"  # both lines are exact; the robust one is named first
    assert straight["forecast"] == pytest.approx(0.46)
    assert straight["winner_error"] == pytest.approx(0, abs=1e-12)
    jumpy = project([0.60, 0.40, 0.62, 0.61, 0.62])
    assert jumpy["winner"] == "last_value"
    assert bool(jumpy["last_value_beats_line"])
    assert jumpy["forecast"] == 0.62


def test_equal_errors_go_to_the_simplest_method() -> None:
    constant = project([0.4, 0.4, 0.4, 0.4, 0.4])
    assert constant["winner"] == "last_value"
    assert not constant["last_value_beats_line"]
    assert (constant["probability"], constant["course"]) == (1.0, "on_track")


def test_a_line_with_few_origins_lends_the_probability_of_the_last_value_and_says_so() -> None:
    row = project([0.70, 0.66, 0.62, 0.58, 0.54])
    assert (row["probability_method"], row["n_origins"]) == ("last_value", 4)
    assert row["probability"] < 0.5
    long = project([0.90, 0.85, 0.81, 0.76, 0.72, 0.66, 0.62, 0.57])
    assert long["probability_method"] == long["winner"] != "last_value"
    assert long["probability"] > 2 / 3
    assert long["course"] == "on_track"


def test_three_years_are_too_few_to_state_a_probability() -> None:
    row = project([0.55, 0.53, 0.52])
    assert (row["reason"], row["course"]) == (TOO_FEW_YEARS, "not_assessable")
    assert np.isnan(row["probability"])
    assert row["pace_needed"] == pytest.approx(0.01)
    assert row["last_value_beats_line"] is None
    assert project([0.55, 0.53, 0.52], cut_offs=CutOffs(minimum_origins=2))["reason"] == ""


def test_without_a_value_or_without_a_limit_nothing_is_claimed() -> None:
    nan = float("nan")
    assert project([nan, nan])["reason"] == NO_VALUE
    without = project([0.5, 0.5, 0.5, 0.5], limit=nan, relation=None)
    assert (without["reason"], without["course"]) == (NO_LIMIT, "not_assessable")
    gap = project([0.5, nan, 0.5, 0.5])
    assert (gap["n_points"], gap["n_missing"]) == (3, 1)


def test_in_the_target_year_itself_the_verdict_is_the_answer() -> None:
    reached = project([0.55, 0.53, 0.5], target_year=2023)
    assert (reached["reason"], reached["probability"], reached["course"]) == (
        TARGET_YEAR_REACHED,
        1.0,
        "on_track",
    )
    missed = project([0.55, 0.53, 0.5001], target_year=2022)
    assert (missed["probability"], missed["course"]) == (0.0, "off_track")
    assert np.isnan(missed["pace_needed"])


def test_the_cut_offs_belong_to_the_better_class_from_above() -> None:
    """Forecast exactly at the limit: P = 1/2, at risk by default; on track when the cut-off is 1/2."""
    values = [0.46, 0.52, 0.47, 0.55, 0.50]
    assert project(values)["probability"] == pytest.approx(0.5)
    assert project(values)["course"] == "at_risk"
    assert project(values, cut_offs=CutOffs(on_track=0.5))["course"] == "on_track"
    assert project(values, cut_offs=CutOffs(on_track=0.9, off_track=0.51))["course"] == "off_track"
    with pytest.raises(ValueError, match="cut-offs"):
        CutOffs(on_track=0.2, off_track=0.5)


def test_a_line_never_leaves_what_a_measure_can_be() -> None:
    row = project([0.5, 0.38, 0.26, 0.14, 0.02], target_year=2030)
    assert row["forecast_least_squares"] == 0
    assert row["interval_low"] == 0


def test_a_strict_limit_is_not_met_by_equality() -> None:
    assert probability_of_meeting(0.15, 0.15, "below", scale=0, origins=4) == 0
    assert probability_of_meeting(0.15, 0.15, "at_most", scale=0, origins=4) == 1
    assert probability_of_meeting(4.3, 4.2, "at_least", scale=0.1, origins=4) > 0.5


def test_the_prediction_interval_is_that_of_statsmodels() -> None:
    values = np.array([0.61, 0.58, 0.59, 0.55, 0.52])
    fitted = sm.OLS(values, sm.add_constant(YEARS.astype(float))).fit()
    expected = fitted.get_prediction([[1.0, 2026.0]]).conf_int(obs=True, alpha=0.1)[0]
    assert prediction_interval(YEARS, values, 2026, level=0.9) == pytest.approx(tuple(expected), rel=1e-8)


def test_theil_sen_is_the_median_of_the_pairwise_slopes() -> None:
    """Slopes of 1, 2, 3, 10 at 0..3: 1, 1, 3, 1, 4, 7 → median 2; through the medians (1.5, 2.5)."""
    years = np.array([0, 1, 2, 3], dtype=np.int64)
    assert theil_sen(years, np.array([1.0, 2.0, 3.0, 10.0]), 5) == pytest.approx(2.5 + 2 * 3.5)


def test_the_back_test_uses_only_what_was_known_at_each_origin() -> None:
    forecasts = back_test(YEARS, np.array([1.0, 2.0, 3.0, 5.0, 8.0]))
    tests = pd.DataFrame(forecasts)
    last = tests[tests["method"] == "last_value"]
    assert len(last) == 10  # 4 + 3 + 2 + 1 horizons
    assert last.loc[last["horizon"] == 1, "error"].tolist() == [-1, -1, -2, -3]
    line = tests[tests["method"] == "least_squares"].sort_values(["origin_year", "year"])
    assert line["n_points"].tolist() == [3, 3, 4]
    assert line["forecast"].tolist() == pytest.approx([4.0, 5.0, 6.0])
    scale, origins = error_scale(forecasts, "last_value")
    assert origins == 4
    assert scale >= (15 / 4) ** 0.5
    assert error_scale([], "last_value")[1] == 0


def real_series() -> pd.DataFrame:
    """Coefficients and means of three indicators in five Taiwan counties, 2020-2024: 30 series."""
    rows = pd.read_csv(DATA / "taiwan_elementary" / "schools_109_113.csv", dtype=str, encoding="utf-8-sig")
    numbers = ["students", "classes", "teachers", "staff", "school_year"]
    rows[numbers] = rows[numbers].apply(lambda column: pd.to_numeric(column.str.strip()))
    table = pd.concat(
        [
            rows.assign(indicator=name, enrolment=rows["students"].astype(float), resource=100.0 * rows[name])
            for name in ("classes", "teachers", "staff")
        ]
    ).rename(columns={"school_year": "year"})
    values: list[dict[str, object]] = []
    for cell in cells(table[["county", "year", "indicator", "school_code", "enrolment", "resource"]]):
        mean = cell.resource.sum() / cell.enrolment.sum()
        values.append(
            {**cell.key, "measure": "cv", "value": squared_cv(cell.resource, cell.enrolment) ** 0.5}
        )
        values.append({**cell.key, "measure": "mean", "value": mean})
    return pd.DataFrame(values).assign(limit=0.5, relation="at_most")


@needs_data
def test_on_real_records_the_last_value_mostly_beats_a_straight_line() -> None:
    """13 of 15 series of coefficients and 10 of 15 of means."""
    found = project_trends(real_series(), target_year=2027)
    better = found.groupby("measure")["last_value_beats_line"].apply(
        lambda column: int(column.astype(bool).sum())
    )
    assert better.to_dict() == {"cv": 13, "mean": 10}
    assert found["course"].isin(["on_track", "at_risk", "off_track"]).all()


@needs_data
def test_stated_probabilities_hold_on_real_years_that_were_held_out() -> None:
    """The 80 % range of three set-ups (one year, two years, fewer origins) holds about 80 % of 90 figures."""
    series = real_series()
    inside = total = 0
    for last, ahead in ((2023, 1), (2022, 2), (2022, 1)):
        known, target = series[series["year"] <= last], last + ahead
        found = project_trends(known, target_year=target, cut_offs=CutOffs(minimum_origins=2))
        actual = series[series["year"] == target][["county", "indicator", "measure", "value"]]
        for row in found.merge(actual, on=["county", "indicator", "measure"]).to_dict("records"):
            forecast = row[f"forecast_{row['probability_method']}"]
            scale = widened(row["error_scale"], ahead, int(row["n_origins"]))
            below = probability_of_meeting(
                forecast, row["value"], "at_most", scale=scale, origins=int(row["n_origins"])
            )
            inside += 0.1 < below < 0.9
            total += 1
    assert total == 90
    assert 0.72 <= inside / total <= 0.88
