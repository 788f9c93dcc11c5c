"""Influence of single schools: worked by hand, at the turning value, with shared campuses and costs."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pandas as pd
import pytest

from balance_analysis.errors import ParameterError
from balance_analysis.explain import cells
from balance_analysis.explain.influence import best_single_steps, school_influence, waterfall

UNITS = {"backbone_teachers": 1}


def county(**columns: object) -> pd.DataFrame:
    """x = 1, 3, 3, 1.5 and x̄ = 2; CV² = 0.15625 (own terms 0.03125, 0.03125, 0.0625, 0.03125)."""
    return pd.DataFrame(
        {
            "year": 2023,
            "stage": "primary",
            "indicator": "backbone_teachers",
            "school_code": list("abcd"),
            "enrolment": [10.0, 10.0, 20.0, 40.0],
            "resource": [10.0, 30.0, 60.0, 60.0],
            **columns,
        }
    )


def test_own_terms_and_the_coefficient_without_a_school_worked_by_hand() -> None:
    rows = school_influence(county(), unit_sizes=UNITS).set_index("school_code")
    assert rows["contribution"].to_dict() == pytest.approx(
        {"a": 1 / 32, "b": 1 / 32, "c": 1 / 16, "d": 1 / 32}
    )
    assert rows["share"].sum() == pytest.approx(1, abs=1e-15)
    assert rows["rank"].to_dict() == {"c": 1, "a": 2, "b": 3, "d": 4}
    assert rows.loc["d", "cv_without_school"] == pytest.approx(sqrt(0.12), rel=1e-15)


def test_a_school_slightly_above_the_mean_may_still_be_worth_a_unit() -> None:
    """x̄(1 + CV²) = 2.3125: at x = 2.2 a small unit lowers the coefficient, at x = 2.4 it raises it."""
    schools = county(
        school_code=list("abcd"), enrolment=[1e6, 1e6, 1e6, 1e6], resource=[1e6, 3e6, 2.2e6, 2.4e6]
    )
    rows = school_influence(schools, unit_sizes=UNITS).set_index("school_code")
    turning = rows.loc["a", "turning_value"]
    assert turning == pytest.approx(
        2.15 * (1 + cells.squared_cv(schools["resource"].to_numpy(), schools["enrolment"].to_numpy()))
    )
    assert rows["below_turning_value"].to_dict() == {"a": True, "b": False, "c": True, "d": False}
    assert rows["change_one_unit_more"].lt(0).tolist() == rows["below_turning_value"].tolist()
    assert list(rows[["value", "mean"]].to_dict("index")["c"].values()) == pytest.approx([2.2, 2.15])


def test_one_more_unit_and_ten_pupils_equal_the_coefficient_computed_afresh() -> None:
    rows = school_influence(county(), unit_sizes=UNITS).set_index("school_code")
    one_more = cells.squared_cv(np.array([11.0, 30, 60, 60]), np.array([10.0, 10, 20, 40])) ** 0.5
    assert rows.loc["a", "cv_one_unit_more"] == pytest.approx(one_more, rel=1e-14)
    more = cells.squared_cv(np.array([10.0, 30, 60, 60]), np.array([10.0, 10, 20, 50])) ** 0.5
    assert rows.loc["d", "change_more_pupils"] == pytest.approx(more - sqrt(0.15625), rel=1e-13)
    assert rows["change_fewer_pupils"].isna()["a"]  # ten pupils fewer would leave none


@pytest.mark.parametrize("far", [8.0, 1e6])
def test_the_coefficient_without_an_outlier_keeps_its_digits(far: float) -> None:
    """Without c the values are 1, 1.25 and 1 at equal pupils: CV² = 2/169, far below a 64th of what it was."""
    table = county(enrolment=[20.0, 20, 20, 20], resource=[20.0, 25, 20 * far, 20])
    rows = school_influence(table, unit_sizes=UNITS).set_index("school_code")
    assert rows.loc["c", "cv_without_school"] == pytest.approx(sqrt(2) / 13, rel=1e-14)


def test_a_shared_campus_passes_on_only_the_stages_share_of_a_unit() -> None:
    """Nine-year campus b: 10 primary, 20 junior pupils, so a room is 10/32 of a room for the primary part."""
    schools = county(
        amount=[10.0, 96.0, 60.0, 60.0],
        scale=1.0,
        stage_weight=1.0,
        weighted_pupils=[10.0, 32.0, 20.0, 40.0],
    )
    rows = school_influence(schools, unit_sizes=UNITS).set_index("school_code")
    afresh = cells.squared_cv(np.array([10, 30 + 10 / 32, 60, 60]), np.array([10.0, 10, 20, 40])) ** 0.5
    assert rows.loc["b", "cv_one_unit_more"] == pytest.approx(afresh, rel=1e-14)
    moved = cells.squared_cv(np.array([10, 96 * 20 / 42, 60, 60]), np.array([10.0, 20, 20, 40])) ** 0.5
    assert rows.loc["b", "change_more_pupils"] == pytest.approx(moved - sqrt(0.15625), rel=1e-13)


def test_ten_more_pupils_of_a_weighted_stage_weigh_eleven_in_a_shared_campus() -> None:
    """Junior part b of a nine-year campus: 96 units, weight 1.1, 10 junior pupils, 35.2 weighted pupils."""
    before = 96 * 1.1 * 10 / 35.2
    schools = county(
        amount=[10.0, 96.0, 60.0, 60.0],
        scale=1.0,
        stage_weight=[1.0, 1.1, 1.0, 1.0],
        weighted_pupils=[10.0, 35.2, 20.0, 40.0],
        resource=[10.0, before, 60.0, 60.0],
    )
    rows = school_influence(schools, unit_sizes=UNITS).set_index("school_code")
    pupils, moved = np.array([10.0, 20, 20, 40]), np.array([10.0, 96 * 1.1 * 20 / 46.2, 60, 60])
    expected = cells.squared_cv(moved, pupils) ** 0.5
    assert (rows["cv"] + rows["change_more_pupils"])["b"] == pytest.approx(expected, rel=1e-13)


def test_an_indicator_without_a_unit_size_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="backbone_teachers"):
        school_influence(county(), unit_sizes={"sports_area": 100})


def test_a_cell_with_a_blank_has_one_row_with_its_reason() -> None:
    rows = school_influence(county(resource=[np.nan, 1.0, 1.0, 1.0]), unit_sizes=UNITS)
    assert rows["reason"].tolist() == [cells.MISSING_NUMERATOR]
    assert rows["cv"].isna().all()


def test_the_best_single_step_is_the_largest_drop() -> None:
    """One more unit brings CV² from 0.15625 to 3847/25921 at a, to 3921/25921 at d; at b and c it rises."""
    rows = school_influence(county(), unit_sizes=UNITS)
    best = best_single_steps(rows).iloc[0]
    assert best["school_code"] == "a"
    assert best["cv_drop_per_unit"] == pytest.approx(sqrt(0.15625) - sqrt(3847 / 25921), rel=1e-13)


def test_where_all_schools_are_equal_no_step_is_recommended() -> None:
    rows = school_influence(county(resource=[20.0, 20.0, 40.0, 80.0]), unit_sizes=UNITS)
    assert best_single_steps(rows).empty
    assert rows["share"].isna().all()


def test_the_waterfall_starts_at_zero_ends_at_the_squared_coefficient_and_leaves_no_gap() -> None:
    (cell,) = cells.cells(county())
    bars = waterfall(cell, top=2)
    assert bars["start"].iloc[0] == 0
    assert bars["end"].iloc[-1] == bars["cv_squared"].iloc[0] == pytest.approx(0.15625, abs=1e-15)
    assert bars["start"].iloc[1:].tolist() == bars["end"].iloc[:-1].tolist()
    assert bars["n_schools_in_row"].tolist() == [1, 1, 2]
    assert bars["school_code"].isna().tolist() == [False, False, True]
    assert bars["side"].tolist() == ["above", "below", ""]
    (tenth,) = cells.cells(county(resource=[1.0, 3.0, 6.0, 6.0]))  # the same in a tenth of the unit
    assert waterfall(tenth, top=2)["side"].tolist() == ["above", "below", ""]
