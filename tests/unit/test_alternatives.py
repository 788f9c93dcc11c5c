"""Verdicts under another reading: each question has a case where the answer differs and one where not."""

from __future__ import annotations

import pandas as pd

from balance_analysis.explain.alternatives import (
    composite_against_indicators,
    hanging_on_tolerance,
    leave_one_out_flips,
    rounding_flips,
    site_size_readings,
)
from balance_analysis.explain.school_rules import SchoolRules

LIMITS = {("primary", "backbone_teachers"): "0.50"}


def county(pupils: list[float], resource: list[float], **columns: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "stage": "primary",
            "indicator": "backbone_teachers",
            "school_code": [f"{number:02d}" for number in range(len(pupils))],
            "enrolment": pupils,
            "resource": resource,
            **columns,
        }
    )


def test_the_published_huantai_coefficient_would_pass_only_if_it_were_rounded_first() -> None:
    """Huantai plan 2017, primary PE and arts teachers: 0.5046 against 0.50 (published/huantai_2017.csv)."""
    values = pd.DataFrame({"value": [0.5046, 0.5051, 0.4999], "limit": 0.5, "relation": "at_most"})
    flips = rounding_flips(values, decimals=2)
    assert flips["value"].tolist() == [0.5046]
    assert flips[["outcome_unrounded", "outcome_rounded"]].to_numpy().tolist() == [["not_met", "met"]]
    assert rounding_flips(values, decimals=4).empty


def test_rounding_is_half_up_as_on_a_form_and_can_also_spoil_a_pass() -> None:
    values = pd.DataFrame({"value": [0.1496], "limit": [0.15], "relation": ["below"]})
    assert rounding_flips(values, decimals=2)["outcome_rounded"].tolist() == ["not_met"]


def test_a_verdict_that_hangs_on_one_tiny_school_names_it() -> None:
    table = county([500.0, 500.0, 500.0, 5.0], [10.0, 11.0, 12.0, 5.0])
    flips = leave_one_out_flips(table, LIMITS)
    assert flips["school_code"].tolist() == ["03"]
    assert flips[["outcome", "outcome_without"]].to_numpy().tolist() == [["not_met", "met"]]
    assert flips["cv_without_school"].item() < 0.5 < flips["cv"].item()
    assert leave_one_out_flips(table.head(3), LIMITS).empty


def test_a_school_that_passes_by_tolerance_alone_is_listed_and_one_at_the_limit_is_not() -> None:
    judged = pd.concat(
        [
            county([200.0, 200.0], [1.7, 2.0], scale=100.0, amount=[1.7, 2.0]).assign(limit=1.0, floor=0.85),
            county([200.0, 200.0], [9.0, 9.0], scale=100.0, amount=[9.0, 9.0]).assign(
                indicator="pe_arts_teachers", limit=0.9, floor=0.765
            ),
        ]
    )
    hanging = hanging_on_tolerance(SchoolRules(judged, 1))
    assert hanging["school_code"].tolist() == ["00"]
    assert hanging["tolerated"].tolist() == ["backbone_teachers"]
    assert hanging_on_tolerance(SchoolRules(judged, 2)).empty


def test_another_minimum_for_sites_changes_the_coefficient_and_says_whether_it_turns() -> None:
    table = county(
        [500.0, 500.0, 500.0, 30.0, 60.0],
        [10.0, 11.0, 12.0, 9.0, 1.3],
        school_type=["primary_school"] * 3 + ["teaching_site"] * 2,
    )
    readings = site_size_readings(
        table, LIMITS, minimums=[50, 0, 100], site_types=["teaching_site"]
    ).set_index("minimum")
    assert readings["n_left_out"].to_dict() == {0: 0, 50: 1, 100: 2}
    assert readings["outcome"].to_dict() == {0: "not_met", 50: "met", 100: "met"}
    assert readings["turns"].to_dict() == {0: True, 50: False, 100: False}


def coefficients(cvs: list[float], composite: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "stage": "primary",
            "indicator": ["backbone_teachers", "sports_area", "composite"],
            "cv": [*cvs, composite],
            "limit": 0.5,
        }
    )


def test_the_composite_can_hide_an_indicator_that_fails() -> None:
    row = composite_against_indicators(coefficients([0.6, 0.2], 0.4)).iloc[0]
    assert (row["outcome_by_indicator"], row["outcome_by_composite"], row["differ"]) == (
        "not_met",
        "met",
        True,
    )
    assert (row["worst_indicator"], row["n_above"]) == ("backbone_teachers", 1)
    same = composite_against_indicators(coefficients([0.5, 0.2], 0.35)).iloc[0]
    assert (same["outcome_by_indicator"], same["differ"]) == ("met", False)


def test_the_worst_indicator_is_the_one_farthest_above_its_own_limit() -> None:
    """0.60 is within 0.65 and 0.50 above 0.45: the larger coefficient is not the worse one."""
    table = coefficients([0.60, 0.50], 0.55).assign(limit=[0.65, 0.45, 0.5])
    row = composite_against_indicators(table).iloc[0]
    assert (row["worst_indicator"], row["worst_cv"], row["n_above"]) == ("sports_area", 0.5, 1)


def test_a_missing_coefficient_leaves_the_verdict_by_indicator_open_unless_another_fails() -> None:
    nan = float("nan")
    open_row = composite_against_indicators(coefficients([nan, 0.2], nan)).iloc[0]
    assert (open_row["outcome_by_indicator"], open_row["outcome_by_composite"]) == ("not_assessable",) * 2
    failed = composite_against_indicators(coefficients([nan, 0.7], nan)).iloc[0]
    assert (failed["outcome_by_indicator"], failed["differ"]) == ("not_met", False)
