"""Trends to the target year: distance, pace, forecast, probability, breaks; at and beside the limit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from balance_analysis.explain.cells import cells, squared_cv
from balance_analysis.explain.forecasting import back_test, prediction_interval, theil_sen
from balance_analysis.explain.movement import Movement
from balance_analysis.explain.projection import (
    NEWEST_YEAR_BLANK,
    NO_LIMIT,
    NO_SCHOOL_COUNT,
    NO_VALUE,
    TARGET_YEAR_REACHED,
    TOO_FEW_YEARS,
    CutOffs,
    forecast_intervals,
    project_series,
    split_at_breaks,
)
from tests.projected import projected

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
    return projected(frame, **chosen).iloc[0]


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


def test_lines_stand_beside_the_forecast_and_are_compared_on_the_series_own_past() -> None:
    straight = project([0.70, 0.66, 0.62, 0.58, 0.54])
    assert straight["forecast_theil_sen"] == pytest.approx(0.46)
    assert straight["theil_sen_error"] == pytest.approx(0, abs=1e-12)
    assert not straight["last_value_beats_line"]
    assert not project([0.0, 0.0, 0.0, 0.0, 0.0])[
        "last_value_beats_line"
    ]  # both are right: a tie, also where its width is zero
    jumpy = project([0.60, 0.40, 0.62, 0.61, 0.62])
    assert bool(jumpy["last_value_beats_line"])


def test_the_forecast_is_the_centre_of_the_distribution_that_gives_the_probability() -> None:
    """Drift (0.54 − 0.70) ÷ (20 + 4) a year from the last figure: the prior's 20 years without any and four own."""
    row = project([0.70, 0.66, 0.62, 0.58, 0.54])
    assert (row["probability_method"], row["n_origins"], row["degrees_of_freedom"]) == (
        "shrunken_drift",
        4,
        6,
    )
    assert row["drift"] == pytest.approx(-0.16 / 24)
    assert row["forecast"] == pytest.approx(0.54 - 2 * 0.16 / 24)
    assert project([0.70, 0.66, 0.62, 0.58, 0.54], limit=row["forecast"])["probability"] == pytest.approx(0.5)


def test_a_residual_over_two_years_is_measured_by_the_spread_of_two_years() -> None:
    """What is left of each change beside the drift, in units of scale · √gap (Wiener increments)."""
    frame = series([0.60, 0.50, 0.55, 0.52]).assign(year=[2018, 2020, 2021, 2022])
    (prospect,) = project_series(frame, target_year=2024)
    model = prospect.model
    assert isinstance(model, Movement)
    expected = (-0.10 - 2 * model.drift) / (model.scale * 2**0.5)
    assert model.residuals[2020] == pytest.approx(expected)
    assert model.residuals[2021] == pytest.approx((0.05 - model.drift) / model.scale)


def test_a_series_that_never_moved_is_not_taken_for_certain() -> None:
    """The prior's typical movement stands beside four changes of zero: likely, not sure."""
    constant = project([0.49, 0.49, 0.49, 0.49, 0.49])
    assert constant["forecast"] == 0.49
    assert 0.7 < constant["probability"] < 0.9
    assert project([0.4, 0.4, 0.4, 0.4, 0.4])["course"] == "on_track"


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
    """First and last figure are equal, so there is no drift: forecast at the limit, P = 1/2."""
    values = [0.50, 0.52, 0.47, 0.55, 0.50]
    assert project(values)["probability"] == 0.5
    assert project(values)["course"] == "at_risk"
    assert project(values, cut_offs=CutOffs(on_track=0.5))["course"] == "on_track"
    assert project(values, cut_offs=CutOffs(on_track=0.9, off_track=0.5))["course"] == "at_risk"
    assert project(values, cut_offs=CutOffs(on_track=0.9, off_track=0.51))["course"] == "off_track"
    with pytest.raises(ValueError, match="cut-offs"):
        CutOffs(on_track=0.2, off_track=0.5)


def test_a_series_whose_newest_year_is_blank_is_not_projected_from_the_year_before() -> None:
    nan = float("nan")
    blank = project([0.45, 0.44, 0.43, 0.42, nan])
    assert (blank["reason"], blank["course"], blank["outlook"]) == (
        NEWEST_YEAR_BLANK,
        "not_assessable",
        "unknown",
    )
    assert (blank["last_year"], blank["n_points"], blank["n_missing"]) == (2022, 4, 1)
    assert np.isnan([blank[name] for name in ("last_value", "forecast", "distance", "probability")]).all()
    known = project([0.45, 0.44, 0.43, nan, 0.42])
    assert (known["reason"], known["n_missing"]) == ("", 1)


def test_a_series_that_ends_before_the_newest_year_is_as_blank_as_an_empty_figure() -> None:
    values = [0.45, 0.44, 0.43, 0.42, 0.41]
    assert project(values, newest_year=2023)["reason"] == ""
    assert project(values, newest_year=2024)["reason"] == NEWEST_YEAR_BLANK


def test_a_series_is_cut_at_a_break_and_never_projected_through_it() -> None:
    breaks = pd.DataFrame({"year": [2022], "indicator": ["sports_area"], "stage": [None]})
    row = project([0.9, 0.8, 0.7, 0.45, 0.44], breaks=breaks)
    assert (row["first_year"], row["n_points"], row["n_segments"]) == (2022, 2, 2)
    assert row["reason"] == TOO_FEW_YEARS
    other = pd.DataFrame({"year": [2022], "indicator": ["books"]})
    assert project([0.9, 0.8, 0.7, 0.45, 0.44], breaks=other)["n_segments"] == 1
    assert split_at_breaks(series([0.5] * 4), None)["segment"].tolist() == [0, 0, 0, 0]


def test_a_line_never_leaves_what_a_measure_can_be() -> None:
    row = project([0.5, 0.38, 0.26, 0.14, 0.02], target_year=2030)
    assert row["forecast_least_squares"] == 0
    assert row["interval_low"] == 0


def test_a_strict_limit_is_not_met_by_equality_in_the_target_year() -> None:
    values = [0.2, 0.18, 0.15]
    assert project(values, limit=0.15, relation="below", target_year=2023)["probability"] == 0
    assert project(values, limit=0.15, relation="at_most", target_year=2023)["probability"] == 1


@pytest.mark.parametrize(
    ("relation", "limit", "probability"),
    [("at_least", 0.9, 0), ("at_least", 0.0, 1), ("at_most", 0.9, 1), ("at_most", 0.0, 1), ("below", 0.0, 0)],
)
def test_a_series_of_zeros_only_is_certain(relation: str, limit: float, probability: int) -> None:
    assert project([0.0] * 5, limit=limit, relation=relation)["probability"] == probability


def share_series(values: list[float], schools: float | None = 20.0) -> pd.DataFrame:
    frame = series(values, limit=1.0, relation="at_least").assign(
        measure="schools_met_share", indicator="all"
    )
    return frame if schools is None else frame.assign(n_schools=schools)


def test_that_every_school_passes_can_be_likely_although_the_share_cannot_exceed_one() -> None:
    """A symmetric spread around 1 gave 1/2 at most; twenty schools that always passed are likely to."""
    row = projected(share_series([1.0, 1.0, 1.0, 1.0, 1.0]), target_year=2024).iloc[0]
    assert (row["probability_method"], row["course"]) == ("count_transitions", "on_track")
    assert 0.8 < row["probability"] < 1
    newest = projected(share_series([0.5, 0.6, 0.7, 0.8, 0.95]), target_year=2024).iloc[0]
    assert (newest["n_passing"], newest["n_failing"]) == (19, 1)
    falling = projected(share_series([1.0, 0.95, 1.0, 0.95, 1.0]), target_year=2024).iloc[0]
    assert falling["probability"] < row["probability"]
    assert (falling["n_stayed"], falling["n_fell"], falling["n_rose"], falling["n_remained"]) == (76, 2, 2, 0)


def test_a_share_without_its_number_of_schools_has_no_probability() -> None:
    assert projected(share_series([1.0] * 5, None), target_year=2024).iloc[0]["reason"] == NO_SCHOOL_COUNT
    assert projected(share_series([1.0] * 3), target_year=2024).iloc[0]["reason"] == TOO_FEW_YEARS


def test_the_band_of_a_share_ends_at_whole_schools_within_nought_and_one() -> None:
    frame = share_series([0.8, 0.85, 0.9, 0.9, 0.95])
    band = forecast_intervals(project_series(frame, target_year=2026), ["stage"], level=0.9)
    assert list(band["year"]) == [2024, 2025, 2026]
    for edge in ("low", "high"):
        assert (band[edge] * 20).tolist() == pytest.approx((band[edge] * 20).round().tolist(), abs=1e-9)
        assert band[edge].between(0, 1).all()
    assert (band["low"] < band["centre"]).all()


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
    tests = back_test(YEARS, np.array([1.0, 2.0, 3.0, 5.0, 8.0]))
    last = tests[tests["method"] == "last_value"]
    assert len(last) == 10  # 4 + 3 + 2 + 1 horizons
    assert last.loc[last["horizon"] == 1, "error"].tolist() == [-1, -1, -2, -3]
    line = tests[tests["method"] == "least_squares"].sort_values(["origin_year", "year"])
    assert line["n_points"].tolist() == [3, 3, 4]
    assert line["forecast"].tolist() == pytest.approx([4.0, 5.0, 6.0])


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
    found = projected(real_series(), target_year=2027)
    better = found.groupby("measure")["last_value_beats_line"].apply(
        lambda column: int(column.astype(bool).sum())
    )
    assert better.to_dict() == {"cv": 13, "mean": 10}
    assert found["course"].isin(["on_track", "at_risk", "off_track"]).all()


@needs_data
def test_stated_probabilities_hold_on_real_years_that_were_held_out() -> None:
    """The 80 % band of three set-ups (one year, two years, fewer origins) holds about 80 % of 90 figures."""
    known = real_series()
    keys = ["county", "indicator", "measure"]
    inside = total = 0
    for last, ahead in ((2023, 1), (2022, 2), (2022, 1)):
        found = project_series(
            known[known["year"] <= last], target_year=last + ahead, cut_offs=CutOffs(minimum_origins=2)
        )
        band = forecast_intervals(found, keys, level=0.8)
        actual = band.merge(known, on=[*keys, "year"])
        actual = actual[actual["year"] == last + ahead]
        inside += int(actual["value"].between(actual["low"], actual["high"]).sum())
        total += len(actual)
    assert total == 90
    assert 0.75 <= inside / total <= 0.92


def test_a_coefficient_of_few_schools_is_less_certain_than_one_of_many() -> None:
    """The same figures just below their limit: seven schools move three times as much as seventy-five."""
    few, many, unknown = (
        projected(series([0.46, 0.45, 0.46, 0.45]).assign(n_schools=schools), target_year=2025).iloc[0]
        for schools in (7, 75, None)
    )
    assert 0.5 < few["probability"] < many["probability"] == unknown["probability"]
