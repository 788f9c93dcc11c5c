"""Headroom of schools against brute force: every integer tried in exact fractions."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from balance_analysis.explain.headroom import indicator_headroom, school_headroom
from balance_analysis.explain.school_rules import SchoolRules

LINES = [
    (Fraction(21, 5), Fraction(357, 100)),
    (Fraction(1), Fraction(17, 20)),
    (Fraction(9, 10), Fraction(153, 200)),
]
NAMES = ["above_standard_qualified_teachers", "backbone_teachers", "pe_arts_teachers"]
UNITS = dict.fromkeys(NAMES, 1)

SCHOOL = st.tuples(st.integers(30, 160), st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 3)))


def holds(pupils: int, amounts: tuple[int, ...], required: int) -> bool:
    values = [Fraction(100 * amount, pupils) for amount in amounts]
    limits_met = sum(value >= limit for value, (limit, _) in zip(values, LINES, strict=True))
    return limits_met >= required and all(
        value >= floor for value, (_, floor) in zip(values, LINES, strict=True)
    )


def judged(pupils: int, amounts: tuple[int, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "year": 2023,
            "stage": "primary",
            "school_code": "a",
            "indicator": NAMES,
            "enrolment": float(pupils),
            "amount": [float(amount) for amount in amounts],
            "scale": 100.0,
            "resource": [100.0 * amount for amount in amounts],
            "limit": [float(limit) for limit, _ in LINES],
            "floor": [float(floor) for _, floor in LINES],
        }
    )


@given(SCHOOL, st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_with_the_headroom_the_rule_holds_and_with_one_pupil_more_it_does_not(
    school: tuple[int, tuple[int, int, int]], required: int
) -> None:
    pupils, amounts = school
    headroom = int(school_headroom(SchoolRules(judged(pupils, amounts), required))["headroom"].item())
    if pupils + headroom >= 1:
        assert holds(pupils + headroom, amounts, required)
    if pupils + headroom + 1 >= 1:
        assert not holds(pupils + headroom + 1, amounts, required)


@given(SCHOOL, st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_units_to_limit_floor_and_rule_are_exact_at_the_boundary(
    school: tuple[int, tuple[int, int, int]], required: int
) -> None:
    pupils, amounts = school
    rows = indicator_headroom(SchoolRules(judged(pupils, amounts), required), unit_sizes=UNITS)
    for position, row in enumerate(rows.to_dict("records")):
        for name, line in zip(("limit", "floor"), LINES[position], strict=True):
            units, more = row[f"units_to_{name}"], row[f"pupils_to_{name}"]
            assert Fraction(100 * (amounts[position] - int(units)), pupils) >= line
            assert Fraction(100 * (amounts[position] - int(units) - 1), pupils) < line
            if pupils + more >= 1:
                assert Fraction(100 * amounts[position], pupils + int(more)) >= line
            if pupils + more + 1 >= 1:
                assert Fraction(100 * amounts[position], pupils + int(more) + 1) < line
        if pd.isna(row["units_to_rule"]):
            for tried in range(60):
                assert not holds(pupils, (*amounts[:position], tried, *amounts[position + 1 :]), required)
        else:
            kept = amounts[position] - int(row["units_to_rule"])
            assert holds(pupils, (*amounts[:position], kept, *amounts[position + 1 :]), required)
            assert not holds(pupils, (*amounts[:position], kept - 1, *amounts[position + 1 :]), required)
