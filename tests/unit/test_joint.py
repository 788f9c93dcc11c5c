"""All limits together: bounds, independence, common years, and what leaves the county open."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from balance_analysis.explain.joint import joint_probability
from balance_analysis.explain.projection import project_series
from tests.county_tables import row_of

RISING = [0.46, 0.48, 0.45, 0.49, 0.45, 0.48, 0.46]
FALLING = [0.48, 0.46, 0.49, 0.45, 0.49, 0.46, 0.48]


def series(values: list[float], indicator: str, **given: Any) -> pd.DataFrame:
    head = {"stage": "primary", "measure": "cv", "limit": 0.47, "relation": "at_most", **given}
    return pd.DataFrame(
        {"indicator": indicator, "year": range(2010, 2010 + len(values)), "value": values, **head}
    )


def joint(
    *parts: pd.DataFrame, stages: tuple[str, ...] = ("primary",), target_year: int = 2018
) -> pd.DataFrame:
    found = project_series(pd.concat(parts, ignore_index=True), target_year=target_year)
    return joint_probability(found, target_year=target_year, stages=stages)


def county(*parts: pd.DataFrame, **given: Any) -> dict[str, Any]:
    return row_of(joint(*parts, **given), subject="county")


def test_a_single_series_has_its_own_probability() -> None:
    alone = county(series(RISING, "books"))
    assert (alone["probability"], alone["product"]) == (alone["lowest_single"], alone["lowest_single"])
    assert (alone["n_series"], alone["method"]) == (1, "resampled_years")


def test_series_with_the_same_years_hold_together_more_often_than_independent_ones() -> None:
    """The residuals are the same: between the product and the single probability, nearer to the latter."""
    twins = county(series(RISING, "books"), series(RISING, "computers"))
    assert twins["product"] < twins["probability"] <= twins["lowest_single"]
    assert twins["probability"] > (twins["product"] + twins["lowest_single"]) / 2


def test_series_of_opposite_years_hold_together_less_often_than_independent_ones() -> None:
    opposite = county(series(RISING, "books"), series(FALLING, "computers"))
    assert opposite["probability"] < opposite["product"]


def test_a_limit_to_be_reached_from_below_moves_with_one_that_is_to_be_kept_from_above() -> None:
    """A share that rises in the years in which a coefficient falls is good in the same years."""
    mirrored = [1 - value for value in RISING]
    together = county(
        series(RISING, "books"), series(mirrored, "computers", measure="cv", limit=0.53, relation="at_least")
    )
    assert together["probability"] > together["product"]


def test_the_years_of_all_draws_are_the_same_again_and_again() -> None:
    first, second = (county(series(RISING, "books"), series(FALLING, "computers")) for _ in range(2))
    assert first == second


def test_the_composite_counts_only_where_no_coefficient_has_a_limit_of_its_own() -> None:
    whole = series(RISING, "composite", limit=0.4)
    each = series(RISING, "books", limit=0.9)
    assert county(each, whole)["n_series"] == 1
    assert county(each, whole)["probability"] > 0.9
    unlimited = series(RISING, "books", limit=np.nan, relation="")
    assert county(unlimited, whole)["probability"] < 0.1


def test_means_and_shares_of_single_indicators_are_no_part_of_the_verdict() -> None:
    mean = series(RISING, "books", measure="mean", relation="at_least", limit=9.0)
    single = series([0.5] * 7, "books", measure="schools_met_share", limit=np.nan, relation="")
    assert county(series(RISING, "books"), mean, single)["n_series"] == 1


def test_one_series_without_a_probability_leaves_the_whole_open_and_bounds_it() -> None:
    found = county(series(RISING, "books"), series([*RISING[:-1], np.nan], "computers"))
    assert np.isnan([found["probability"], found["product"]]).all()
    assert (found["reason"], found["n_series"], found["n_stated"]) == ("newest_year_blank", 2, 1)
    assert found["lowest_single"] == county(series(RISING, "books"))["probability"]


def test_a_series_that_is_certain_to_fail_settles_the_county_whatever_is_unknown() -> None:
    over = series(RISING, "books", limit=0.1)
    blank = series([np.nan] * 7, "computers")
    found = county(over, blank, stages=("primary", "junior_secondary"), target_year=2016)
    assert (found["probability"], found["reason"]) == (0, "")


def test_a_stage_that_the_law_judges_and_nobody_filed_leaves_the_county_open() -> None:
    found = joint(series(RISING, "books"), stages=("primary", "junior_secondary"))
    assert list(zip(found["subject"], found["stage"], strict=True)) == [
        ("coefficients", "primary"),
        ("county", "all"),
    ]
    assert found["reason"].tolist() == ["", "no_school"]
    assert not np.isnan(found["probability"].iloc[0])


def test_schools_and_coefficients_of_a_stage_stand_in_rows_of_their_own() -> None:
    share = series(
        [1.0] * 7, "all", measure="schools_met_share", limit=1.0, relation="at_least", n_schools=10
    )
    found = joint(series(RISING, "books"), share)
    assert found["subject"].tolist() == ["coefficients", "schools", "county"]
    assert found["probability"].iloc[2] <= found["probability"].iloc[:2].min()
    assert found["probability"].iloc[2] == pytest.approx(found["product"].iloc[2], rel=0.05)
