"""How many units bring a coefficient to its limit: one school, several schools, nobody."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pandas as pd
import pytest

from balance_analysis.explain import remedies
from balance_analysis.explain.cells import cells
from balance_analysis.explain.remedies import (
    ALREADY_MET,
    NO_SINGLE_SCHOOL,
    NO_UNIT_LOWERS,
    TOO_MANY_UNITS,
    greedy_units,
    several_schools_remedy,
    single_school_remedy,
)

UNITS = {"backbone_teachers": 1}


def county(pupils: list[int], units: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "stage": "primary",
            "indicator": "backbone_teachers",
            "school_code": [f"{number:02d}" for number in range(len(pupils))],
            "enrolment": [float(number) for number in pupils],
            "resource": [float(number) for number in units],
        }
    )


def limits(value: str) -> dict[tuple[str, str], str]:
    return {("primary", "backbone_teachers"): value}


def exact_squared_cv(pupils: list[int], units: list[int]) -> Fraction:
    terms = sum(
        (Fraction(unit * unit, number) for number, unit in zip(pupils, units, strict=True)), Fraction()
    )
    return Fraction(sum(pupils), sum(units) ** 2) * terms - 1


def test_at_the_limit_no_unit_is_needed() -> None:
    """x = 1, 3 with equal pupils: CV = 0.5 exactly."""
    remedy = single_school_remedy(county([10, 10], [10, 30]), limits("0.50"), unit_sizes=UNITS).iloc[0]
    assert (remedy["reason"], remedy["units_needed"]) == (ALREADY_MET, 0)
    assert several_schools_remedy(county([10, 10], [10, 30]), limits("0.50"), unit_sizes=UNITS).empty


def test_just_above_the_limit_the_fewest_units_at_one_school_are_counted_exactly() -> None:
    """x = 0.9 and 3: CV = 2.1/3.9; 9 → 10 units gives 0.5 exactly, which is met."""
    remedy = single_school_remedy(county([10, 10], [9, 30]), limits("0.50"), unit_sizes=UNITS).iloc[0]
    assert (remedy["school_code"], remedy["units_needed"], remedy["reason"]) == ("00", 1, "")
    assert remedy["cv_after"] == pytest.approx(0.5, abs=1e-15)


def test_when_no_school_can_do_it_alone_the_nearest_is_named_with_how_far_it_gets() -> None:
    pupils, units = [10, 10, 10, 10], [1, 1, 1, 30]
    remedy = single_school_remedy(county(pupils, units), limits("0.50"), unit_sizes=UNITS).iloc[0]
    assert remedy["reason"] == NO_SINGLE_SCHOOL
    assert remedy["n_schools_able"] == 0
    reached = [
        float(exact_squared_cv(pupils, [*units[:i], units[i] + added, *units[i + 1 :]])) ** 0.5
        for i in range(4)
        for added in range(80)
    ]
    assert min(reached) - 1e-3 < remedy["lowest_cv_alone"] <= min(reached)
    assert remedy["lowest_cv_alone"] > 0.5


@pytest.mark.parametrize(("unit", "needed", "reached"), [(1, 6, 20 / 40), (5, 2, 16 / 44), (100, None, 0)])
def test_units_are_counted_in_their_own_size(unit: int, needed: int | None, reached: float) -> None:
    """Ten pupils each, 4 and 30 held: CV ≤ 0.5 from 10 to 90, six single units or two of five; a hundred overshoots."""
    table, sizes = county([10, 10], [4, 30]), {"backbone_teachers": unit}
    remedy = single_school_remedy(table, limits("0.50"), unit_sizes=sizes).iloc[0]
    several = several_schools_remedy(table, limits("0.50"), unit_sizes=sizes)
    if needed is None:
        assert remedy["reason"] == NO_SINGLE_SCHOOL
        assert several["units"].tolist() == [1, 1]
        return
    assert (remedy["school_code"], remedy["units_needed"], remedy["unit_size"]) == ("00", needed, unit)
    assert remedy["cv_after"] == pytest.approx(reached, rel=1e-15)
    assert several[["school_code", "units", "first_step"]].to_numpy().tolist() == [["00", needed, 1]]


def test_a_unit_of_a_filed_amount_counts_with_its_factor() -> None:
    """Filed in hundreds: 0.04 and 0.30 with scale 1000 are 40 and 300; 0.06 more are six units of 0.01."""
    table = county([100, 100], [40, 300]).assign(amount=[0.04, 0.30], scale=1000.0)
    remedy = single_school_remedy(table, limits("0.50"), unit_sizes={"backbone_teachers": "0.01"}).iloc[0]
    assert (remedy["units_needed"], remedy["cv_after"]) == (6, pytest.approx(0.5, rel=1e-14))
    (cell,) = cells(table)
    assert greedy_units(cell, "0.50", unit=0.01) == ([0] * 6, "")


def test_of_equal_schools_the_first_gets_the_first_unit() -> None:
    (cell,) = cells(county([10, 10, 10], [30, 1, 1]))
    assert greedy_units(cell, "0.50", unit=1)[0][:4] == [1, 2, 1, 2]


def test_a_limit_for_another_stage_is_not_applied() -> None:
    frame = single_school_remedy(
        county([10, 10], [9, 30]), {("junior_secondary", "backbone_teachers"): "0.45"}, unit_sizes=UNITS
    )
    assert frame.empty


@pytest.mark.parametrize(
    ("pupils", "units"),
    [([10, 10, 10, 10], [1, 1, 1, 6]), ([30, 5, 12], [2, 4, 1]), ([100, 40, 60, 8], [3, 1, 0, 2])],
)
def test_greedy_uses_as_few_units_as_trying_every_distribution(pupils: list[int], units: list[int]) -> None:
    (cell,) = cells(county(pupils, units))
    steps, reason = greedy_units(cell, "0.50", unit=1)
    needed = len(steps)
    assert reason == ""
    assert exact_squared_cv(pupils, units) > Fraction(1, 4)
    for added in product(range(needed + 1), repeat=len(pupils)):
        if sum(added) < needed:
            tried = [unit + more for unit, more in zip(units, added, strict=True)]
            assert exact_squared_cv(pupils, tried) > Fraction(1, 4)
    counted = several_schools_remedy(county(pupils, units), limits("0.50"), unit_sizes=UNITS)
    assert dict(zip(counted["school_code"], counted["units"], strict=True)) == {
        f"{school:02d}": steps.count(school) for school in set(steps)
    }
    assert counted["first_step"].min() == 1
    assert counted["units"].is_monotonic_decreasing


def test_a_budget_of_units_that_does_not_suffice_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    (cell,) = cells(county([100, 100], [1, 90]))
    monkeypatch.setattr(remedies, "MOST_UNITS", 5)
    assert greedy_units(cell, "0.50", unit=1) == ([0] * 5, TOO_MANY_UNITS)


def test_units_too_coarse_to_help_are_said_to_lower_nothing() -> None:
    """Two pupils with 1 and 2.9: CV 0.487; ten more at either only widens the gap."""
    table = county([1, 1], [1, 1]).assign(resource=[1.0, 2.9])
    (cell,) = cells(table)
    assert greedy_units(cell, "0.45", unit=10) == ([], NO_UNIT_LOWERS)
    assert several_schools_remedy(table, limits("0.45"), unit_sizes={"backbone_teachers": 10}).empty


def test_of_several_schools_that_could_do_it_alone_the_one_with_the_fewest_units_is_named() -> None:
    """Every school and number of units tried in exact fractions."""
    pupils, units = [220, 90, 230, 110], [4, 1, 5, 6]
    needed: dict[str, int] = {}
    for place in range(4):
        for added in range(1, 60):
            tried = [*units[:place], units[place] + added, *units[place + 1 :]]
            if exact_squared_cv(pupils, tried) <= Fraction(1, 4):
                needed[f"{place:02d}"] = added
                break
    assert needed == {"00": 2, "01": 1, "02": 3}
    remedy = single_school_remedy(county(pupils, units), limits("0.50"), unit_sizes=UNITS).iloc[0]
    assert remedy["n_schools_able"] == len(needed)
    assert remedy["units_needed"] == min(needed.values()) == needed[str(remedy["school_code"])]
