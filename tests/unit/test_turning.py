"""Smallest single figures that turn a verdict, for schools and coefficients, at and beside the limit."""

from __future__ import annotations

import pandas as pd
import pytest

from balance_analysis.errors import ParameterError
from balance_analysis.explain.cells import MISSING_NUMERATOR, SINGLE_SCHOOL
from balance_analysis.explain.school_rules import SchoolRules
from balance_analysis.explain.turning import (
    NO_SINGLE_FIGURE,
    coefficient_turning_points,
    school_turning_points,
    what_would_turn,
)

STEPS = {"backbone_teachers": 1, "pe_arts_teachers": 1}
LIMITS = {("primary", "backbone_teachers"): "0.50", ("primary", "pe_arts_teachers"): "0.50"}


def judged(pupils: list[float], backbone: list[float], arts: list[float]) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "division_code": "370321",
                "county": "桓台县",
                "year": 2023,
                "stage": "primary",
                "indicator": indicator,
                "school_code": [f"{number:02d}" for number in range(len(pupils))],
                "enrolment": pupils,
                "amount": amounts,
                "scale": 100.0,
                "resource": [100.0 * amount for amount in amounts],
                "limit": limit,
                "floor": floor,
            }
        )
        for indicator, amounts, limit, floor in (
            ("backbone_teachers", backbone, 1.0, 0.85),
            ("pe_arts_teachers", arts, 0.9, 0.765),
        )
    ]
    return pd.concat(parts, ignore_index=True)


def test_a_school_at_its_limit_fails_with_one_teacher_less_or_one_pupil_more() -> None:
    points = school_turning_points(SchoolRules(judged([100.0], [1.0], [2.0]), 2), steps=STEPS)
    by_cell = points.set_index(["cell", "indicator"])["change"].to_dict()
    assert by_cell == {
        ("amount", "backbone_teachers"): -1,
        ("amount", "pe_arts_teachers"): -2,  # 1 of 100 pupils is 1.0 ≥ 0.9: two must go
        ("enrolment", "backbone_teachers"): 1,
    }
    assert points.loc[points["rank"] == 1, "cell"].item() == "enrolment"
    assert points["outcome"].tolist() == ["met", "met", "met"]
    assert points[["line", "limit"]].to_numpy().tolist() == [["limit", 1.0], ["limit", 0.9], ["limit", 1.0]]


def test_a_school_short_in_two_indicators_cannot_be_turned_by_one_amount() -> None:
    points = school_turning_points(SchoolRules(judged([100.0], [0.0], [0.0]), 2), steps=STEPS)
    assert points["reason"].tolist() == [NO_SINGLE_FIGURE]
    assert points["cell"].isna().all()


def test_a_blank_makes_a_school_not_assessable_and_an_unknown_step_is_refused() -> None:
    blank = judged([100.0], [1.0], [float("nan")])
    points = school_turning_points(SchoolRules(blank, 2), steps=STEPS)
    assert points["outcome"].tolist() == ["not_assessable"]
    assert points["reason"].tolist() == [MISSING_NUMERATOR]
    with pytest.raises(ParameterError, match="pe_arts_teachers"):
        school_turning_points(SchoolRules(judged([100.0], [1.0], [1.0]), 2), steps={"backbone_teachers": 1})


def test_a_coefficient_exactly_at_its_limit_turns_with_one_teacher() -> None:
    """Values 1 and 3 per 100 with equal pupils: CV = 0.5 exactly, met."""
    points = coefficient_turning_points(judged([100.0, 100.0], [1.0, 3.0], [2.0, 2.0]), LIMITS, steps=STEPS)
    backbone = points[points["indicator"] == "backbone_teachers"]
    assert backbone["outcome"].unique().tolist() == ["met"]
    amounts = backbone[backbone["cell"] == "amount"].set_index("school_code")["change"].to_dict()
    assert amounts == {"00": -1, "01": 1}
    pupils = backbone[backbone["cell"] == "enrolment"].set_index("school_code")["change"].to_dict()
    assert pupils == {"00": 1, "01": -1}  # thinner where thin, thicker where thick
    assert backbone["rank"].min() == 1


def test_in_a_coefficient_that_fails_the_nearest_figure_is_named_with_its_new_value() -> None:
    """Values 1 and 4 (CV 0.6): (16 + a²)/(4 + a)² ≤ 5/8 needs a ≥ 4/3, or 8/3 at the richer school."""
    points = coefficient_turning_points(judged([300.0, 300.0], [3.0, 12.0], [6.0, 6.0]), LIMITS, steps=STEPS)
    backbone = points[(points["indicator"] == "backbone_teachers") & (points["cell"] == "amount")]
    assert backbone["outcome"].unique().tolist() == ["not_met"]
    assert backbone.set_index("school_code")["change"].to_dict() == {"00": 1, "01": -3}
    assert backbone.set_index("school_code")["changed_to"].to_dict() == {"00": 4, "01": 9}


def test_a_single_school_and_a_blank_coefficient_are_not_assessable() -> None:
    alone = coefficient_turning_points(judged([100.0], [1.0], [1.0]), LIMITS, steps=STEPS)
    assert alone["reason"].tolist() == [SINGLE_SCHOOL, SINGLE_SCHOOL]
    assert alone["outcome"].tolist() == ["not_assessable", "not_assessable"]


def test_equal_schools_turn_only_by_growing_far_apart() -> None:
    points = coefficient_turning_points(
        judged([100.0, 100.0], [2.0, 2.0], [2.0, 2.0]), LIMITS, steps=STEPS, smallest=1
    )
    assert len(points) == 2
    assert points["relative_change"].gt(0.5).all()


def test_the_list_of_what_would_turn_names_figure_change_and_outcome_then() -> None:
    table = judged([100.0, 100.0], [1.0, 3.0], [2.0, 2.0])
    found = what_would_turn(SchoolRules(table, 2), table, LIMITS, steps=STEPS)
    assert found["subject"].value_counts().to_dict() == {"school": 2, "coefficient": 2}
    assert found["outcome_then"].tolist() == ["not_met"] * 4
    assert found["relative_change"].is_monotonic_increasing
    assert found["cell"].iloc[0] == "enrolment"
    assert found["relative_change"].iloc[0] == 0.01
    few = what_would_turn(SchoolRules(table, 2), table, LIMITS, steps=STEPS, schools_most=1)
    assert few["subject"].value_counts().to_dict() == {"school": 1, "coefficient": 2}
