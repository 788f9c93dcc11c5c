"""Decomposition: levels, groups and the split of a change, on counties small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from balance_analysis.explain import cells
from balance_analysis.explain.decomposition import (
    CHANGE_PARTS,
    NOT_CONSECUTIVE,
    UNMATCHED,
    decompose_by_group,
    decompose_change,
    decompose_coefficient,
)


def county(year: int = 2023) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "year": year,
            "indicator": "sports_area",
            "school_code": list("abcd"),
            "stratum": ["urban", "urban", "rural", "rural"],
            "sponsor": ["public", "non_government", "public", "public"],
            "enrolment": [10.0, 10.0, 20.0, 40.0],
            "resource": [10.0, 30.0, 60.0, 60.0],
        }
    )


def test_levels_sum_to_the_squared_coefficient_worked_by_hand() -> None:
    """x = 1, 3, 3, 1.5, x̄ = 2; strata means 2 and 2: nothing between strata, all of it inside.

    N x̄² CV² = 10·1 + 10·1 + 20·1 + 40·0.25 = 50, so CV² = 50/320 = 0.15625. Urban public and
    non-government lie 1 either side of 2: 20/320 = 0.0625; the rest, 30/320, is between rural schools.
    """
    levels = decompose_coefficient(county(), ["stratum", "sponsor"]).set_index("grouping")
    assert levels["contribution"].to_dict() == pytest.approx(
        {"stratum": 0.0, "sponsor": 0.0625, "school": 0.09375, "total": 0.15625}, abs=1e-15
    )
    assert levels["share"].to_dict() == pytest.approx(
        {"stratum": 0, "sponsor": 0.4, "school": 0.6, "total": 1}
    )
    assert list(levels["n_groups"]) == [2, 3, 4, 1]


def test_nested_groups_are_measured_against_their_parent_group() -> None:
    groups = decompose_by_group(county(), ["stratum", "sponsor"]).set_index(["stratum", "sponsor"])
    assert groups["mean_to_parent"].to_dict() == {
        ("rural", "public"): 0.0,
        ("urban", "non_government"): 1.0,
        ("urban", "public"): -1.0,
    }
    assert groups["within_contribution"].sum() == pytest.approx(0.09375, abs=1e-15)
    assert groups["mean_ratio"].to_list() == [1.0, 1.5, 0.5]  # means 2, 3 and 1, x̄ = 2


def test_schools_without_a_group_are_a_visible_group_of_their_own() -> None:
    schools = county().assign(stratum=pd.Series(["urban", None, "rural", None], dtype=object))
    groups = decompose_by_group(schools, ["stratum"])
    assert list(groups["group_is_missing"]) == [False, False, True]
    assert groups.loc[groups["group_is_missing"], "n_schools"].item() == 2
    assert groups["share"].sum() == pytest.approx(1, abs=1e-12)


def test_a_blank_resource_leaves_the_cell_not_assessable_with_its_reason() -> None:
    schools = county().assign(resource=[1.0, np.nan, 1.0, 1.0])
    levels = decompose_coefficient(schools, ["stratum"])
    groups = decompose_by_group(schools, ["stratum"])
    for frame in (levels, groups):
        assert list(frame["reason"]) == [cells.MISSING_NUMERATOR]
        assert list(frame["n_missing"]) == [1]
    assert levels["contribution"].isna().all()
    assert groups["share"].isna().all()


def test_a_group_that_has_nothing_keeps_its_contribution() -> None:
    """Rural has zero of it: x̄_g = 0, its own CV does not exist, its distance from the mean does."""
    schools = county().assign(resource=[10.0, 30.0, 0.0, 0.0])
    rural = decompose_by_group(schools, ["stratum"]).set_index("stratum").loc["rural"]
    assert np.isnan(rural["cv"])
    assert rural["between_contribution"] == pytest.approx(60 / 80)
    assert rural["within_contribution"] == 0


def test_equal_schools_have_no_coefficient_to_share_out() -> None:
    levels = decompose_coefficient(county().assign(resource=[20.0, 20.0, 40.0, 80.0]), ["stratum"])
    assert list(levels["contribution"]) == [0.0, 0.0, 0.0]
    assert levels["share"].isna().all()


def test_when_only_resources_change_the_whole_change_is_the_resource_part() -> None:
    after = county(2024).assign(resource=[20.0, 30.0, 60.0, 60.0])
    change = decompose_change(pd.concat([county(), after])).iloc[0]
    assert change["resource_part"] == pytest.approx(change["change_cv_squared"], abs=1e-15)
    assert (change["enrolment_part"], change["entry_part"], change["exit_part"]) == (0, 0, 0)


def test_when_only_pupils_change_the_whole_change_is_the_enrolment_part() -> None:
    after = county(2024).assign(enrolment=[15.0, 10.0, 20.0, 40.0])
    change = decompose_change(pd.concat([county(), after])).iloc[0]
    assert change["enrolment_part"] == pytest.approx(change["change_cv_squared"], abs=1e-15)
    assert (change["resource_part"], change["entry_part"], change["exit_part"]) == (0, 0, 0)


def test_a_school_that_leaves_and_one_that_comes_have_their_own_parts() -> None:
    """Without d: N = 40, R = 100, x̄ = 2.5 and CV² = (10·2.25 + 10·0.25 + 20·0.25)/(40·6.25) = 0.12."""
    after = county(2024).assign(school_code=list("abce"))
    change = decompose_change(pd.concat([county(), after])).iloc[0]
    assert change["exit_part"] == pytest.approx(0.12 - 0.15625, abs=1e-15)
    assert change["entry_part"] == pytest.approx(0.15625 - 0.12, abs=1e-15)
    assert (change["n_matched"], change["n_leaving"], change["n_entering"]) == (3, 1, 1)
    assert sum(change[f"{part}_in_cv"] for part in CHANGE_PARTS) == pytest.approx(
        change["change_cv"], abs=1e-15
    )


def test_a_missing_year_and_strangers_are_not_bridged() -> None:
    strangers = county(2024).assign(school_code=list("efgh"))
    assert decompose_change(pd.concat([county(), county(2025)]))["reason"].item() == NOT_CONSECUTIVE
    unmatched = decompose_change(pd.concat([county(), strangers])).iloc[0]
    assert unmatched["reason"] == UNMATCHED
    assert np.isnan(unmatched["enrolment_part"])
