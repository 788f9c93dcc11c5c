"""Headroom: whole numbers at the limit, just inside and just outside; size rules; the year a school falls out."""

from __future__ import annotations

import pandas as pd
import pytest

from balance_analysis.errors import ParameterError
from balance_analysis.explain.cells import MISSING_NUMERATOR
from balance_analysis.explain.headroom import early_warning, indicator_headroom, school_headroom
from balance_analysis.explain.school_rules import NO_PUPILS, SchoolRules

LIMITS = {
    "above_standard_qualified_teachers": (4.2, 3.57),
    "backbone_teachers": (1.0, 0.85),
    "sports_area": (7.5, 6.375),
}
SCALE = {"above_standard_qualified_teachers": 100.0, "backbone_teachers": 100.0, "sports_area": 1.0}
UNITS = {"above_standard_qualified_teachers": 1, "backbone_teachers": 1, "sports_area": 100}


def school(code: str, pupils: float, *amounts: float, **columns: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "year": 2023,
            "stage": "primary",
            "school_code": code,
            "indicator": list(LIMITS),
            "enrolment": pupils,
            "amount": amounts,
            "scale": [SCALE[name] for name in LIMITS],
            "stage_weight": 1.0,
            "weighted_pupils": pupils,
            "resource": [SCALE[name] * amount for name, amount in zip(LIMITS, amounts, strict=True)],
            "limit": [limit for limit, _ in LIMITS.values()],
            "floor": [floor for _, floor in LIMITS.values()],
            **columns,
        }
    )


def test_at_the_limit_no_further_pupil_and_no_teacher_may_go() -> None:
    """21 teachers for 500 pupils are exactly 4.2 per 100 (and not 4.2 in binary)."""
    rows = indicator_headroom(SchoolRules(school("a", 500, 21, 5, 3750), 3), unit_sizes=UNITS)
    assert rows["pupils_to_limit"].tolist() == [0, 0, 0]
    assert rows["units_to_limit"].tolist() == [0, 0, 0]
    assert rows["slack_to_limit"].tolist() == [0, 0, 0]
    assert rows["value"].tolist() == [4.2, 1.0, 7.5]
    one = school_headroom(SchoolRules(school("a", 1, 1, 1, 30), 3)).iloc[0]
    assert (one["headroom"], one["headroom_share"]) == (3, 3.0)  # 30 m² are enough for four


def test_just_below_the_limit_the_headroom_is_minus_what_is_too_many() -> None:
    """20 teachers carry 476 pupils at 4.2 (476.19…): 477 are one too many, 478 two."""
    one = indicator_headroom(SchoolRules(school("a", 477, 20, 9, 9000), 3), unit_sizes=UNITS)
    two = indicator_headroom(SchoolRules(school("a", 478, 20, 9, 9000), 3), unit_sizes=UNITS)
    assert (one["pupils_to_limit"].iloc[0], two["pupils_to_limit"].iloc[0]) == (-1, -2)
    assert one["units_to_limit"].iloc[0] == -1


def test_a_school_exactly_at_the_floor_holds_by_tolerance_and_one_pupil_more_ends_it() -> None:
    """3.57 = 0.85 × 4.2: 357 teachers for 10,000 pupils."""
    headroom = school_headroom(SchoolRules(school("a", 10_000, 357, 150, 90_000), 2)).iloc[0]
    assert (headroom["headroom"], headroom["binding_line"]) == (0, "floor")
    assert headroom["binding_indicator"] == "above_standard_qualified_teachers"
    below = school_headroom(SchoolRules(school("a", 10_001, 357, 150, 90_000), 2)).iloc[0]
    assert below["headroom"] == -1


def test_one_tolerated_indicator_moves_the_rule_to_the_floor_and_a_second_does_not() -> None:
    """Required 2 of 3: 100 pupils per backbone teacher, and 13.33 per 100 m² of sports area."""
    rows = indicator_headroom(SchoolRules(school("a", 400, 17, 4, 4000), 2), unit_sizes=UNITS)
    by_indicator = rows.set_index("indicator")
    assert by_indicator["rule_line"].tolist() == ["floor", "floor", "floor"]
    assert by_indicator["units_to_rule"].to_dict() == {
        "above_standard_qualified_teachers": 2,  # 17 − 3.57·4 = 2.72
        "backbone_teachers": 0,  # 4 − 0.85·4 = 0.6
        "sports_area": 14,  # (4000 − 6.375·400)/100 = 14.5
    }
    strained = indicator_headroom(SchoolRules(school("a", 400, 15, 4, 4000), 2), unit_sizes=UNITS)
    assert strained["rule_line"].tolist() == ["floor", "limit", "limit"]
    failed = indicator_headroom(SchoolRules(school("a", 400, 14, 4, 4000), 2), unit_sizes=UNITS)
    assert failed["rule_line"].isna().tolist() == [False, True, True]


def test_what_may_go_is_counted_in_units_of_their_own_size() -> None:
    """7.5 m² for 400 pupils are 3000 m²: of 4000 ten times 100 m² may go, of 3099.99 none, 2999.99 lacks one."""
    for area, units in ((4000.0, 10), (3100.0, 1), (3099.99, 0), (2999.99, -1), (2900.0, -1), (2899.99, -2)):
        rows = indicator_headroom(SchoolRules(school("a", 400, 17, 4, area), 2), unit_sizes=UNITS)
        found = rows.set_index("indicator")["units_to_limit"].to_dict()
        assert found["sports_area"] == units, area
        assert found["above_standard_qualified_teachers"] == 0  # 17 − 16.8


@pytest.mark.parametrize(("juniors", "weighted"), [(200, 520.0), (201, 521.1)])
def test_a_shared_campus_counts_weighted_pupils(juniors: int, weighted: float) -> None:
    """Nine-year campus, J junior pupils at weight 1.1 beside 300 primary: 1.1·A/(300 + 1.1 J) ≥ 10.2."""
    shared = school(
        "a", juniors, 10, 10, 6000, stage_weight=[1.0, 1.0, 1.1], weighted_pupils=[juniors, juniors, weighted]
    )
    shared["limit"], shared["floor"] = [4.2, 1.0, 10.2], [3.57, 0.85, 8.67]
    rows = indicator_headroom(SchoolRules(shared, 2), unit_sizes=UNITS).set_index("indicator")
    found = int(rows["pupils_to_limit"].to_dict()["sports_area"])
    most = 1020 * (10 * 300 + 11 * (juniors + found))
    assert most <= 11 * 6000 * 100 < most + 1020 * 11


def test_school_size_and_class_size_may_bind_before_the_indicators() -> None:
    places = pd.DataFrame(
        {
            "school_code": ["a"],
            "size_pupils": [1990.0],
            "size_limit": [2000.0],
            "classes": [45.0],
            "class_limit": [45.0],
        }
    )
    schools = school("a", 1990, 100, 30, 20_000)
    bound = school_headroom(SchoolRules(schools, 2), places=places).iloc[0]
    assert (bound["size_headroom"], bound["class_headroom"], bound["indicator_headroom"]) == (10, 35, 676)
    assert (bound["headroom"], bound["binding"]) == (10, "school_size")
    crowded = school_headroom(SchoolRules(schools, 2), places=places.assign(largest_class=48.0)).iloc[0]
    assert (crowded["headroom"], crowded["binding"]) == (-3, "class_size")


def test_a_blank_is_not_assessable_and_a_stage_without_pupils_has_its_own_reason() -> None:
    blank = school("a", 400, 17, 4, 4000)
    blank.loc[1, ["amount", "resource"]] = float("nan")
    headroom = school_headroom(SchoolRules(blank, 2)).iloc[0]
    assert (headroom["reason"], headroom["n_missing"]) == (MISSING_NUMERATOR, 1)
    assert pd.isna(headroom["headroom"])
    assert pd.isna(headroom["binding"])
    rows = indicator_headroom(SchoolRules(blank, 2), unit_sizes=UNITS)
    assert rows["pupils_to_limit"].notna().tolist() == [True, False, True]
    assert rows["units_to_rule"].isna().all()
    unusable = school("a", 400, 17, 4, 4000)
    unusable.loc[2, "resource"] = float("nan")  # filed, but no value may be made of it
    assert school_headroom(SchoolRules(unusable, 2))["reason"].item() == MISSING_NUMERATOR
    empty = school_headroom(SchoolRules(school("a", 0, 17, 4, 4000, weighted_pupils=1.0), 2))
    assert empty["reason"].item() == NO_PUPILS


def test_more_required_indicators_than_there_are_is_refused() -> None:
    with pytest.raises(ParameterError, match="要求达标的指标数为 6"):
        school_headroom(SchoolRules(school("a", 400, 17, 4, 4000), 6))
    known = {name: unit for name, unit in UNITS.items() if name != "sports_area"}
    with pytest.raises(ParameterError, match="sports_area"):
        indicator_headroom(SchoolRules(school("a", 400, 17, 4, 4000), 2), unit_sizes=known)


def test_the_watch_list_is_ordered_by_urgency_and_leaves_out_the_safe() -> None:
    frame = pd.concat(
        [
            school("safe", 400, 30, 9, 9000),
            school("narrow", 470, 20, 9, 9000),
            school("out", 490, 20, 9, 9000),
            school("blank", 400, float("nan"), 9, 9000),
        ]
    )
    headroom = school_headroom(SchoolRules(frame, 3))
    share = headroom.set_index("school_code")["headroom_share"].to_dict()["narrow"]
    for narrow_share, listed in ((0.05, True), (share, True), (share * 0.99, False)):
        named = early_warning(headroom, narrow_share=narrow_share)["school_code"].tolist()
        assert ("narrow" in named) == listed
    warned = early_warning(headroom, narrow_share=0.05)
    assert warned["school_code"].tolist() == ["out", "narrow", "blank"]
    assert warned["level"].tolist() == ["out", "narrow", "not_assessable"]
