"""Laws of influence and of exact turning points on random counties, by brute force in fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balance_analysis.explain.cells import cells, squared_cv
from balance_analysis.explain.condition import CoefficientCondition
from balance_analysis.explain.influence import school_influence, waterfall

Rows = list[tuple[int, int]]
COUNTY = st.lists(st.tuples(st.integers(1, 900), st.integers(0, 90)), min_size=3, max_size=14).filter(
    lambda rows: sum(unit for _, unit in rows) > 0
)
SMALL = st.lists(st.tuples(st.integers(1, 25), st.integers(0, 9)), min_size=2, max_size=5).filter(
    lambda rows: sum(unit for _, unit in rows) > 0
)


def frame(rows: Rows) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "indicator": "backbone_teachers",
            "school_code": [f"{number:02d}" for number in range(len(rows))],
            "enrolment": [float(row[0]) for row in rows],
            "resource": [float(row[1]) for row in rows],
        }
    )


def exact_squared_cv(rows: Rows) -> Fraction | None:
    pupils, units = sum(row[0] for row in rows), sum(row[1] for row in rows)
    if units == 0:
        return None
    return Fraction(pupils, units**2) * sum((Fraction(r * r, n) for n, r in rows), Fraction()) - 1


def replaced(rows: Rows, position: int, pupils: int, units: int) -> Rows:
    return [*rows[:position], (pupils, units), *rows[position + 1 :]]


def smallest_addition(condition: CoefficientCondition, position: int) -> int | None:
    """The change of one school's amount that turns the verdict, None where none does."""
    found = condition.smallest_additions()[position]
    return None if np.isnan(found) else int(found)


@given(COUNTY)
@settings(max_examples=50, deadline=None)
def test_every_effect_equals_the_exact_coefficient_of_the_changed_county(rows: Rows) -> None:
    found = school_influence(frame(rows), unit_sizes={"backbone_teachers": 1})
    square = exact_squared_cv(rows)
    assert square is not None
    assert found["contribution"].sum() == pytest.approx(float(square), rel=1e-12, abs=1e-14)
    for position, row in enumerate(found.to_dict("records")):
        pupils, units = rows[position]
        one_more = exact_squared_cv(replaced(rows, position, pupils, units + 1))
        assert one_more is not None
        assert row["cv_one_unit_more"] ** 2 == pytest.approx(float(one_more), rel=1e-10, abs=1e-13)
        more = exact_squared_cv(replaced(rows, position, pupils + 10, units))
        assert more is not None
        assert (row["cv"] + row["change_more_pupils"]) ** 2 == pytest.approx(
            float(more), rel=1e-10, abs=1e-13
        )
        without = exact_squared_cv(rows[:position] + rows[position + 1 :])
        if without is None:
            assert np.isnan(row["cv_without_school"])
        else:
            assert row["cv_without_school"] ** 2 == pytest.approx(float(without), rel=1e-10, abs=1e-13)
    (cell,) = cells(frame(rows))
    bars = waterfall(cell)
    assert bars["end"].iloc[-1] == bars["cv_squared"].iloc[0]
    assert bars["contribution"].sum() == pytest.approx(bars["cv_squared"].iloc[0], rel=1e-12, abs=1e-15)


@given(COUNTY)
@settings(max_examples=50, deadline=None)
def test_a_small_unit_lowers_the_coefficient_exactly_below_the_turning_value(rows: Rows) -> None:
    """Sign of the exact derivative: 2/(n R²)·… < 0 iff x_i < x̄(1 + CV²)."""
    total_pupils, total = sum(n for n, _ in rows), sum(r for _, r in rows)
    squares = sum((Fraction(r * r, n) for n, r in rows), Fraction())
    for n, r in rows:
        derivative = 2 * Fraction(r, n) * total - 2 * squares  # of N·Q/R², times R³/N
        turning = Fraction(total, total_pupils) * (total_pupils * squares / Fraction(total) ** 2)
        assert (derivative < 0) == (Fraction(r, n) < turning)


@given(COUNTY, st.integers(0, 13), st.integers(0, 13))
@settings(max_examples=60, deadline=None)
def test_moving_one_pupil_lowers_the_coefficient_only_towards_the_better_equipped_school(
    rows: Rows, source: int, target: int
) -> None:
    source, target = source % len(rows), target % len(rows)
    if source == target or rows[source][0] < 2:
        return
    moved = replaced(rows, source, rows[source][0] - 1, rows[source][1])
    moved = replaced(moved, target, rows[target][0] + 1, rows[target][1])
    before, after = exact_squared_cv(rows), exact_squared_cv(moved)
    assert before is not None
    assert after is not None
    if after < before:
        assert Fraction(rows[target][1], rows[target][0]) > Fraction(rows[source][1], rows[source][0])


@given(SMALL, st.integers(0, 4), st.sampled_from(["0.5", "0.45", "0.3", "1"]))
@settings(max_examples=150, deadline=None)
def test_the_smallest_turning_addition_is_the_one_found_by_trying_every_integer(
    rows: Rows, position: int, limit: str
) -> None:
    position %= len(rows)
    square = exact_squared_cv(rows)
    assert square is not None
    ceiling = Fraction(limit) ** 2
    condition = CoefficientCondition(frame(rows), limit)
    assert condition.holds == (square <= ceiling)
    pupils, units = rows[position]

    def turns(changed: Rows) -> bool:
        tried = exact_squared_cv(changed)
        return tried is not None and (tried <= ceiling) != (square <= ceiling)

    reach = 400

    def after(change: int) -> Rows:
        return replaced(rows, position, pupils, units + change)

    up = next((k for k in range(1, reach) if turns(after(k))), None)
    found_up = smallest_addition(condition, position)
    assert found_up == up if up is not None or found_up is None else found_up >= reach


@given(SMALL, st.integers(0, 4), st.integers(1, 30))
@settings(max_examples=80, deadline=None)
def test_a_shared_campus_turns_where_the_split_computed_afresh_says_so(
    rows: Rows, position: int, junior: int
) -> None:
    """The school at ``position`` is a nine-year campus; its junior pupils weigh 1.1 (regulation §4)."""
    position %= len(rows)
    weight = Fraction(11, 10)

    def squared(pupils_here: int, amount_here: int) -> Fraction | None:
        total_pupils, total, squares = 0, Fraction(), Fraction()
        for place, (pupils, units) in enumerate(rows):
            n, r = pupils, Fraction(units)
            if place == position:
                n = pupils_here
                r = Fraction(amount_here) * n / (n + weight * junior)
            total_pupils, total, squares = total_pupils + n, total + r, squares + r * r / n
        return None if total == 0 else total_pupils * squares / total**2 - 1

    pupils, units = rows[position]
    start = squared(pupils, units)
    if start is None:
        return
    table = frame(rows).assign(amount=[float(r) for _, r in rows], scale=1.0, stage_weight=1.0)
    table["weighted_pupils"] = table["enrolment"]
    table.loc[position, "weighted_pupils"] = pupils + 1.1 * junior
    table["resource"] = table["amount"] * table["enrolment"] / table["weighted_pupils"]
    condition = CoefficientCondition(table, "0.5")
    assert condition.holds == (start <= Fraction(1, 4))

    def turned(amount_here: int) -> bool:
        value = squared(pupils, amount_here)
        return value is not None and (value <= Fraction(1, 4)) != condition.holds

    more = next((k for k in range(1, 300) if turned(units + k)), None)
    found_more = smallest_addition(condition, position)
    assert found_more == more if more is not None or found_more is None else found_more >= 300


@given(COUNTY)
@settings(max_examples=30, deadline=None)
def test_the_coefficient_of_equal_schools_is_zero_and_no_unit_lowers_it(rows: Rows) -> None:
    table = frame([(n, 2 * n) for n, _ in rows])
    assert squared_cv(table["resource"].to_numpy(), table["enrolment"].to_numpy()) == 0
    found = school_influence(table, unit_sizes={"backbone_teachers": 1})
    assert (found["change_one_unit_more"] > 0).all()
