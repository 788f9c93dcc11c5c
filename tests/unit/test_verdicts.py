"""Judging: at the limit, just inside, just outside; six of seven; three values; both readings side by side.

Birth certificates: limits and floors in the regulation notes §3.1, the 6-of-7 and 85 % rule and the coefficient
limits in §3.2, composite limits in §2, unrounded comparison in §1. Exact coefficients are built from rational
numbers: two equal schools with values 1 and 3 have mean 2, deviation 1 and a coefficient of exactly 1/2.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from balance_analysis.measures.coefficients import compute_coefficients
from balance_analysis.regimes import Regime
from balance_analysis.terms import COMPOSITE, Relation
from balance_analysis.verdicts.combine import combine
from balance_analysis.verdicts.resources import judge_coefficients, judge_county
from balance_analysis.verdicts.values import (
    MET,
    NO_LIMIT,
    NOT_MET,
    TOLERABLE,
    ValueLimit,
    judge_indicators,
    judge_schools,
)
from balance_analysis.words import tell
from tests.county_tables import (
    BLANK,
    CODE,
    COUNTY,
    IN_ANSHAN,
    YEAR,
    assess,
    juniors,
    regime_2012,
    regime_2017,
    row_of,
    school,
)

SEVEN = tuple(entry.id for entry in regime_2017().indicators)
LIMITS = {  # regulation notes §3.1: limit and 85 % floor, primary then junior secondary
    "above_standard_qualified_teachers": (("4.2", "3.57"), ("5.3", "4.505")),
    "backbone_teachers": (("1", "0.85"), ("1", "0.85")),
    "pe_arts_teachers": (("0.9", "0.765"), ("0.9", "0.765")),
    "teaching_area": (("4.5", "3.825"), ("5.8", "4.93")),
    "sports_area": (("7.5", "6.375"), ("10.2", "8.67")),
    "equipment_value": (("2000", "1700"), ("2500", "2125")),
    "multimedia_classrooms": (("2.3", "1.955"), ("2.4", "2.04")),
}
CASES = [
    (indicator, stage, Fraction(limit), Fraction(floor))
    for indicator, pairs in LIMITS.items()
    for stage, (limit, floor) in zip(("primary", "junior_secondary"), pairs, strict=True)
]
JUST = Fraction(1, 10**9)


def frame_of(
    values: dict[str, list[Fraction | None]], *, stage: str = "primary", pupils: list[int] | None = None
) -> pd.DataFrame:
    """An indicators frame: indicator → one exact value per school (None = missing)."""
    rows = []
    for indicator, column in values.items():
        for number, value in enumerate(column):
            enrolment = float(pupils[number]) if pupils else 100.0
            rows.append(
                {
                    "division_code": CODE,
                    "county": COUNTY,
                    "year": YEAR,
                    "stage": stage,
                    "indicator": indicator,
                    "school_code": str(number),
                    "school_name": f"学校{number}",
                    "school_type": "primary_school",
                    "stratum": "urban",
                    "sponsor": "public",
                    "enrolment": enrolment,
                    "value": np.nan if value is None else float(value),
                    "resource": np.nan if value is None else float(value) * enrolment,
                    "missing": "x" if value is None else "",
                    "exact_value": value,
                }
            )
    return pd.DataFrame(rows)


def outcome_of(indicator: str, stage: str, value: Fraction | None) -> dict[str, Any]:
    judged = judge_indicators(frame_of({indicator: [value]}, stage=stage), regime_2017())
    return {str(key): item for key, item in judged.iloc[0].items()}


def school_outcome(short: dict[str, Fraction | None], regime: Regime | None = None) -> pd.Series:
    """A primary school at twice every limit save ``short``: indicator → share of its limit (None = blank)."""
    values: dict[str, list[Fraction | None]] = {}
    for indicator, pairs in LIMITS.items():
        share = short.get(indicator, Fraction(2))
        values[indicator] = [None if share is None else share * Fraction(pairs[0][0])]
    chosen = regime or regime_2017()
    return judge_schools(judge_indicators(frame_of(values), chosen), chosen).iloc[0]


# --- one school, one indicator -----------------------------------------------------------------------


@pytest.mark.parametrize(("indicator", "stage", "limit", "floor"), CASES)
def test_a_value_exactly_at_its_limit_is_met(
    indicator: str, stage: str, limit: Fraction, floor: Fraction
) -> None:
    found = outcome_of(indicator, stage, limit)
    assert (found["outcome"], found["margin"], found["borderline"]) == ("met", 0, False)
    assert (found["limit"], found["floor"]) == (float(limit), float(floor))


@pytest.mark.parametrize(("indicator", "stage", "limit", "floor"), CASES)
def test_a_value_just_above_its_limit_is_met_and_just_below_is_only_tolerable(
    indicator: str, stage: str, limit: Fraction, floor: Fraction
) -> None:
    assert outcome_of(indicator, stage, limit + JUST)["outcome"] == "met"
    below = outcome_of(indicator, stage, limit - JUST)
    assert (below["outcome"], below["borderline"]) == ("tolerable", True)
    assert below["margin"] < 0


@pytest.mark.parametrize(("indicator", "stage", "limit", "floor"), CASES)
def test_a_value_exactly_at_85_percent_is_tolerable_and_just_below_is_not_met(
    indicator: str, stage: str, limit: Fraction, floor: Fraction
) -> None:
    assert outcome_of(indicator, stage, floor)["outcome"] == "tolerable"
    assert outcome_of(indicator, stage, floor + JUST)["outcome"] == "tolerable"
    assert outcome_of(indicator, stage, floor - JUST)["outcome"] == "not_met"


@pytest.mark.parametrize(
    ("stage", "teachers", "pupils", "floor"),
    [("primary", 357, 10_000, "3.57"), ("junior_secondary", 901, 20_000, "4.505")],
)
def test_a_school_filed_at_exactly_3_57_or_4_505_has_reached_the_floor(
    stage: str, teachers: int, pupils: int, floor: str
) -> None:
    """In floats 4.2 × 0.85 is 3.5699999999999998 and 5.3 × 0.85 is 4.505 or its neighbour."""
    kind = "primary_school" if stage == "primary" else "junior_secondary_school"
    given = {f"{stage}_enrolment": pupils, f"{stage}_teachers_bachelor": teachers}
    at, below = (
        row_of(
            assess(
                school("1", kind, **given | {f"{stage}_teachers_bachelor": number}), school("2", kind)
            ).indicators,
            school_code="1",
            indicator="above_standard_qualified_teachers",
        )
        for number in (teachers, teachers - 1)
    )
    assert at["exact_value"] == Fraction(floor)
    assert (at["outcome"], below["outcome"]) == ("tolerable", "not_met")


def test_the_floor_looks_at_the_value_and_not_at_its_rounding() -> None:
    found = outcome_of("above_standard_qualified_teachers", "primary", Fraction("3.566"))
    assert (found["outcome"], found["borderline"]) == ("not_met", True)


def test_a_value_far_below_a_limit_without_decimals_is_not_called_borderline() -> None:
    """0.6 backbone teachers would be 1 without decimals, but no form rounds them so."""
    assert not outcome_of("backbone_teachers", "primary", Fraction("0.6"))["borderline"]
    assert outcome_of("backbone_teachers", "primary", Fraction("0.996"))["borderline"]


def test_a_missing_value_is_not_assessable_and_has_no_margin() -> None:
    found = outcome_of("sports_area", "primary", None)
    assert (found["outcome"], found["borderline"]) == ("not_assessable", False)
    assert np.isnan(found["margin"])


def test_a_true_zero_is_judged_and_fails() -> None:
    found = outcome_of("pe_arts_teachers", "primary", Fraction(0))
    assert (found["outcome"], found["margin"]) == ("not_met", -0.9)


def test_the_2012_regime_sets_no_limit_for_a_single_school() -> None:
    judged = judge_indicators(frame_of({"books": [Fraction(20)]}), regime_2012())
    assert list(judged["outcome"]) == [NO_LIMIT]
    assert judge_schools(judged, regime_2012())["outcome"].iloc[0] == NO_LIMIT


# --- one school, seven indicators --------------------------------------------------------------------


def test_seven_of_seven_met_is_met() -> None:
    found = school_outcome({})
    assert (found["outcome"], found["indicators_met"], found["failing"]) == ("met", 7, "")


@pytest.mark.parametrize("indicator", SEVEN)
def test_six_of_seven_with_the_seventh_at_exactly_85_percent_is_met(indicator: str) -> None:
    found = school_outcome({indicator: Fraction("0.85")})
    assert (found["outcome"], found["indicators_met"], found["indicators_tolerable"]) == ("met", 6, 1)
    assert found["failing"] == indicator


@pytest.mark.parametrize("indicator", SEVEN)
def test_six_of_seven_with_the_seventh_just_below_85_percent_is_not_met(indicator: str) -> None:
    found = school_outcome({indicator: Fraction("0.85") - JUST})
    assert (found["outcome"], found["indicators_met"], found["failing"]) == ("not_met", 6, indicator)


def test_five_of_seven_is_not_met_though_both_others_are_above_85_percent() -> None:
    found = school_outcome({"teaching_area": Fraction("0.99"), "sports_area": Fraction("0.99")})
    assert (found["outcome"], found["indicators_met"], found["indicators_tolerable"]) == ("not_met", 5, 2)
    assert found["failing"] == "teaching_area;sports_area"


def test_two_below_the_floor_is_not_met() -> None:
    found = school_outcome({"teaching_area": Fraction("0.5"), "equipment_value": Fraction("0.84")})
    assert (found["outcome"], found["failing"]) == ("not_met", "teaching_area;equipment_value")


def test_one_blank_leaves_a_school_open_because_the_blank_may_hide_a_failure() -> None:
    found = school_outcome({"sports_area": None})
    assert (found["outcome"], found["indicators_met"], found["indicators_not_assessable"]) == (
        "not_assessable",
        6,
        1,
    )
    assert found["failing"] == ""


def test_one_blank_and_one_tolerable_leaves_a_school_open() -> None:
    assert (
        school_outcome({"sports_area": None, "teaching_area": Fraction("0.9")})["outcome"] == "not_assessable"
    )


def test_one_blank_and_two_tolerable_fails_whatever_the_blank_is() -> None:
    short = {"sports_area": None, "teaching_area": Fraction("0.9"), "equipment_value": Fraction("0.9")}
    assert school_outcome(short)["outcome"] == "not_met"


def test_a_value_below_the_floor_fails_whatever_is_blank() -> None:
    short: dict[str, Fraction | None] = {indicator: None for indicator in SEVEN[1:]}
    assert school_outcome(short | {SEVEN[0]: Fraction("0.84")})["outcome"] == "not_met"


def test_seven_blanks_are_not_assessable() -> None:
    found = school_outcome(dict.fromkeys(SEVEN))
    assert (found["outcome"], found["indicators_not_assessable"]) == ("not_assessable", 7)


# --- coefficients ------------------------------------------------------------------------------------


def judged_coefficients(
    values: dict[str, list[Fraction | None]],
    regime: Regime,
    *,
    stage: str = "primary",
    pupils: list[int] | None = None,
) -> pd.DataFrame:
    frame = frame_of(values, stage=stage, pupils=pupils)
    return judge_coefficients(compute_coefficients(frame, list(values)), frame, regime).set_index("indicator")


def pair_with(cv: Fraction, mean: Fraction = Fraction(2)) -> list[Fraction | None]:
    """Two equal schools with exactly this coefficient of variation."""
    return [mean * (1 - cv), mean * (1 + cv)]


@pytest.mark.parametrize(("stage", "limit"), [("primary", "0.50"), ("junior_secondary", "0.45")])
@pytest.mark.parametrize("mean", ["2", "0.1", "7/3", "1234.567", "1/7"])
def test_a_coefficient_of_exactly_its_limit_is_met_even_where_floats_wobble(
    stage: str, limit: str, mean: str
) -> None:
    judged = judged_coefficients(
        {"sports_area": pair_with(Fraction(limit), Fraction(mean))}, regime_2017(), stage=stage
    )
    row = judged.loc["sports_area"]
    assert (row["outcome"], bool(row["borderline"])) == ("met", False)
    assert row["cv"] == pytest.approx(float(limit), rel=1e-14)


def test_floats_do_wobble_in_at_least_one_of_these_exact_coefficients() -> None:
    """Without rational arithmetic the tests above would pass by luck: here the float is above 0.45."""

    def judged(mean: int) -> Any:
        values = {"sports_area": pair_with(Fraction("0.45"), Fraction(mean, 7))}
        return judged_coefficients(values, regime_2017(), stage="junior_secondary").loc["sports_area"]

    above = [mean for mean in range(1, 200) if judged(mean)["cv"] > 0.45]
    assert above
    assert judged(above[0])["outcome"] == "met"


@pytest.mark.parametrize(("stage", "limit"), [("primary", "0.50"), ("junior_secondary", "0.45")])
def test_a_coefficient_just_inside_is_met_and_just_outside_is_not(stage: str, limit: str) -> None:
    for distance in (Fraction(1, 10**6), Fraction(1, 10**12), Fraction(1, 10**17)):
        inside, outside = (
            judged_coefficients(
                {"sports_area": pair_with(Fraction(limit) + sign * distance)}, regime_2017(), stage=stage
            ).loc["sports_area"]
            for sign in (-1, 1)
        )
        assert (inside["outcome"], outside["outcome"]) == ("met", "not_met")
        assert bool(outside["borderline"])


@pytest.mark.parametrize(
    ("distance", "said"),
    [(-1, "不高于限值0.50。"), (1, "高于限值0.50（临界：取2、3位小数再比较会得出相反结论）。")],
)
def test_a_coefficient_whose_side_only_fractions_know_names_the_decimals_that_turn_it(
    distance: int, said: str
) -> None:
    """0.5 ± 10⁻¹⁷ are the float 0.5: the verdict, its mark and its sentence are those of the fraction."""
    values = {"sports_area": pair_with(Fraction("0.5") + distance * Fraction(1, 10**17))}
    judged = judged_coefficients(values, regime_2017()).reset_index()
    schools = judge_schools(judge_indicators(frame_of(values), regime_2017()), regime_2017())
    verdicts = judge_county(schools, judged, regime_2017())
    detail = tell(verdicts.loc[verdicts["indicator"] == "sports_area", "detail"].iloc[0])
    assert re.sub(r"^差异系数[\d.]+，", "", detail) == said


@pytest.mark.parametrize("cv", ["0.5046", "0.501787"])
def test_published_coefficients_that_two_decimals_would_wave_through_fail_and_are_flagged(cv: str) -> None:
    row = judged_coefficients({"sports_area": pair_with(Fraction(cv))}, regime_2017()).loc["sports_area"]
    assert (row["outcome"], bool(row["borderline"])) == ("not_met", True)
    assert row["margin"] == pytest.approx(0.5 - float(cv), abs=1e-12)


def test_a_coefficient_far_from_its_limit_is_not_flagged() -> None:
    for cv in ("0.4685", "0.769"):
        row = judged_coefficients({"sports_area": pair_with(Fraction(cv))}, regime_2017()).loc["sports_area"]
        assert not row["borderline"]


def test_a_strict_limit_does_not_admit_equality() -> None:
    regime = regime_2017()
    strict = replace(
        regime,
        limits=tuple(
            replace(limit, relation=Relation.BELOW) if limit.measure == "cv" else limit
            for limit in regime.limits
        ),
    )
    assert judged_coefficients({"sports_area": pair_with(Fraction("0.5"))}, strict).loc[
        "sports_area", "outcome"
    ] == ("not_met")


EIGHT = tuple(entry.id for entry in regime_2012().indicators)


@pytest.mark.parametrize(("stage", "limit"), [("primary", "0.65"), ("junior_secondary", "0.55")])
@pytest.mark.parametrize("spread", ["0", "1/20", "1/7"])
def test_a_composite_of_exactly_its_limit_is_met_even_where_floats_wobble(
    stage: str, limit: str, spread: str
) -> None:
    sides = [Fraction(limit) + Fraction(spread) * sign for sign in (-1, 1, -1, 1, -1, 1, -1, 1)]
    values = {
        indicator: pair_with(cv, Fraction(number, 7))
        for number, (indicator, cv) in enumerate(zip(EIGHT, sides, strict=True), start=1)
    }
    row = judged_coefficients(values, regime_2012(), stage=stage).loc[COMPOSITE]
    assert (row["outcome"], bool(row["borderline"])) == ("met", False)
    assert row["cv"] == pytest.approx(float(limit), rel=1e-14)


def test_a_composite_just_outside_its_limit_is_not_met() -> None:
    distance = Fraction(1, 10**17)
    values = dict.fromkeys(EIGHT, pair_with(Fraction("0.65") + distance))
    row = judged_coefficients(values, regime_2012()).loc[COMPOSITE]
    assert (row["outcome"], bool(row["borderline"])) == ("not_met", True)


def test_a_composite_of_irrational_coefficients_next_to_its_limit_is_decided() -> None:
    """Schools of 1 and 2 pupils with values a and b have CV² = 2(a−b)²/(a+2b)², an irrational coefficient."""
    values: dict[str, list[Fraction | None]] = dict.fromkeys(EIGHT, pair_with(Fraction("0.65")))
    values[EIGHT[0]] = [Fraction(1), Fraction(1)]
    values[EIGHT[1]] = [Fraction(0), Fraction(9)]
    row = judged_coefficients(values, regime_2012(), pupils=[1, 2]).loc[COMPOSITE]
    assert row["outcome"] in {"met", "not_met"}
    assert (row["outcome"] == "met") == (row["cv"] <= 0.65)


def test_one_unknown_coefficient_leaves_the_composite_open() -> None:
    values: dict[str, list[Fraction | None]] = dict.fromkeys(EIGHT, pair_with(Fraction("0.1")))
    row = judged_coefficients(values | {"books": [None, Fraction(1)]}, regime_2012()).loc[COMPOSITE]
    assert (row["outcome"], row["n_missing"]) == ("not_assessable", 1)
    assert tell(row["reason"]) == "1项指标的差异系数无法计算"


def test_the_clause_source_and_grade_of_the_limit_stand_beside_the_outcome() -> None:
    row = judged_coefficients({"sports_area": pair_with(Fraction("0.1"))}, regime_2017()).loc["sports_area"]
    assert "0.50" in row["clause"]
    assert (row["source"], row["grade"]) == ("jiaodu_2017_6", "A")


# --- the county --------------------------------------------------------------------------------------


def rule(frame: pd.DataFrame, name: str, stage: str = "all") -> pd.Series:
    rows = frame[(frame["rule"] == name) & (frame["stage"] == stage)]
    assert len(rows) == 1, (name, stage, len(rows))
    return rows.iloc[0]


def test_a_county_passes_when_every_school_and_every_coefficient_passes_at_both_stages() -> None:
    county = assess(school("1"), school("2"), school("3", "nine_year", multimedia_classrooms=9, **GENEROUS))
    assert set(county.stages) == {"primary", "junior_secondary"}
    # the junior stage has a single school: its coefficients cannot be assessed, so the county stays open
    assert rule(county.verdicts, "stage_resources", "primary")["outcome"] == "met"
    assert rule(county.verdicts, "stage_resources", "junior_secondary")["outcome"] == "not_assessable"
    assert county.outcome == "not_assessable"
    both = assess(
        *(school(str(number)) for number in range(2)),
        *(school(f"j{number}", "junior_secondary_school") for number in range(2)),
    )
    assert both.outcome == "met"


@pytest.mark.parametrize(
    ("kind", "absent"), [("primary_school", "初中"), ("junior_secondary_school", "小学")]
)
def test_a_county_without_any_school_of_an_expected_stage_is_not_assessable_as_a_whole(
    kind: str, absent: str
) -> None:
    """Regulation notes §1: no school of a stage is not assessable; the stage that is there keeps its row."""
    of_anshan = (school(code, kind, division_code=IN_ANSHAN) for code in ("1", "2"))
    county = assess(*of_anshan, regime=regime_2017("anshan"))
    (stage,) = county.stages
    assert rule(county.verdicts, "stage_resources", stage)["outcome"] == "met"
    whole = rule(county.verdicts, "county_resources")
    assert (whole["outcome"], whole["detail"]) == (
        "not_assessable",
        f"两个学段都符合要求才算达标：没有{absent}的数据，无法判定。",
    )
    assert rule(county.verdicts, "county_resources_composite")["outcome"] == "not_assessable"
    assert county.outcome == "not_assessable"


def test_an_absent_stage_does_not_hide_a_failure_of_the_other() -> None:
    county = assess(school("1", multimedia_classrooms=0), school("2"))
    whole = rule(county.verdicts, "county_resources")
    assert (whole["outcome"], whole["detail"]) == (
        "not_met",
        "两个学段都符合要求才算达标：没有初中的数据，未达标。",
    )


GENEROUS = {
    "teaching_and_auxiliary_area_m2": 1400,
    "sports_ground_area_m2": 2200,
    "teaching_equipment_value_wan_cny": 60,
}


def test_one_failing_school_fails_the_county_and_is_counted_in_the_sentence() -> None:
    county = assess(school("1", multimedia_classrooms=1), school("2"), school("3"))
    row = rule(county.verdicts, "schools", "primary")
    assert (row["outcome"], row["value"], row["limit"], row["margin"]) == ("not_met", 2, 3, -1)
    assert row["detail"] == "3所学校中2所达标。"
    assert county.outcome == "not_met"


@pytest.mark.parametrize(
    ("failing", "unknown", "outcome", "detail"),
    [(0, 10, "not_assessable", "12所学校中2所达标，10所无法判定。"), (0, 1, "not_assessable", "3所学校中2所达标，1所无法判定。"),
     (1, 1, "not_met", "4所学校中2所达标，1所无法判定。"), (0, 0, "met", "2所学校中2所达标。")],
)  # fmt: skip
def test_schools_that_cannot_be_judged_are_told_beside_those_that_pass(
    failing: int, unknown: int, outcome: str, detail: str
) -> None:
    """Enumerated by hand: 2 schools pass; a margin is told only where no school is open."""
    rows = [school(f"f{n}", multimedia_classrooms=1) for n in range(failing)]
    rows += [school(f"u{n}", sports_ground_area_m2=BLANK, multimedia_classrooms=2) for n in range(unknown)]
    row = rule(assess(school("1"), school("2"), *rows).verdicts, "schools", "primary")
    assert (row["outcome"], row["detail"], row["value"]) == (outcome, detail, 2)
    assert pd.isna(row["margin"]) if unknown else row["margin"] == -failing


@pytest.mark.parametrize(("more", "outcome"), [(1e-6, "met"), (0.0, "met"), (-1e-6, "tolerable")])
def test_beside_a_limit_figures_of_fifteen_digits_are_told_apart(more: float, outcome: str) -> None:
    """450 million m² for 100 million pupils are 4.5: one millionth of a m² decides."""
    area: dict[str, Any] = {
        "indoor_sports_area_m2": 0.0,
        "teaching_and_auxiliary_area_m2": 450_000_000 + more,
    }
    rows = assess(school("0001", primary_enrolment=100_000_000, **area), school("0002")).indicators
    assert row_of(rows, school_code="0001", indicator="teaching_area")["outcome"] == outcome


def test_one_failing_coefficient_fails_the_county_though_every_school_passes() -> None:
    county = assess(school("1", primary_backbone_teachers=1), school("2", primary_backbone_teachers=5))
    assert rule(county.verdicts, "schools", "primary")["outcome"] == "met"
    assert rule(county.verdicts, "stage_coefficients", "primary")["outcome"] == "not_met"
    assert county.outcome == "not_met"


def test_a_failure_at_one_stage_fails_the_county_even_if_the_other_is_unknown() -> None:
    county = assess(
        school("1", multimedia_classrooms=0), school("2"), school("j", "junior_secondary_school", books=BLANK)
    )
    assert rule(county.verdicts, "stage_resources", "junior_secondary")["outcome"] == "not_assessable"
    assert county.outcome == "not_met"


def test_a_county_with_missing_figures_is_never_met() -> None:
    county = assess(school("1", sports_ground_area_m2=BLANK), school("2"), school("3"), *juniors())
    assert rule(county.verdicts, "schools", "primary")["outcome"] == "not_assessable"
    assert county.outcome == "not_assessable"


def test_a_single_school_has_no_coefficient_and_the_reason_is_said() -> None:
    county = assess(school("1"), *juniors())
    rows = county.verdicts[county.verdicts["rule"] == "coefficient"]
    rows = rows[rows["stage"] == "primary"]
    assert set(rows["outcome"]) == {"not_assessable"}
    assert set(rows["detail"]) == {"差异系数无法计算：只有一所学校。"}
    assert rule(county.verdicts, "schools", "primary")["outcome"] == "met"
    assert county.outcome == "not_assessable"


def test_a_county_mean_of_zero_has_no_coefficient_and_the_reason_is_said() -> None:
    county = assess(*(school(code, primary_backbone_teachers=0) for code in "12"))
    row = county.coefficients.set_index("indicator").loc["backbone_teachers"]
    assert (row["outcome"], row["reason"], row["mean"]) == ("not_assessable", "县均值为零", 0)
    assert county.outcome == "not_met"  # every school is below the floor


def test_the_2012_regime_judges_the_composite_alone() -> None:
    county = assess(school("1"), school("2", books=9000), *juniors(), regime=regime_2012())
    rows = county.verdicts[county.verdicts["rule"] == "coefficient"]
    assert list(rows["indicator"]) == [COMPOSITE, COMPOSITE]
    assert set(rows["stage"]) == {"primary", "junior_secondary"}
    assert not (county.verdicts["rule"] == "schools").any()
    assert county.outcome == "met"


def test_under_2012_a_blank_leaves_the_county_open() -> None:
    county = assess(school("1", books=BLANK), school("2"), *juniors(), regime=regime_2012())
    row = row_of(county.verdicts, stage="primary", indicator=COMPOSITE)
    assert (row["outcome"], row["detail"]) == (
        "not_assessable",
        "差异系数无法计算：1项指标的差异系数无法计算。",
    )
    assert county.outcome == "not_assessable"


def test_the_anshan_overlay_shows_the_composite_reading_beside_the_national_one_where_they_differ() -> None:
    """One coefficient at 2/3 breaks the national rule; the mean of seven (2/21) keeps Anshan's wording."""
    rows = (school("1", primary_backbone_teachers=1), school("2", primary_backbone_teachers=5), *juniors())
    county = assess(*(row | {"division_code": IN_ANSHAN} for row in rows), regime=regime_2017("anshan"))
    composite = row_of(county.coefficients, stage="primary", indicator=COMPOSITE)
    assert composite["cv"] == pytest.approx(2 / 21, rel=1e-14)
    national = rule(county.verdicts, "county_resources")
    local = rule(county.verdicts, "county_resources_composite")
    assert (national["outcome"], local["outcome"]) == ("not_met", "met")
    assert county.outcome == "not_met"
    assert "不同" in local["detail"]
    assert rule(county.verdicts, "stage_resources", "primary")["outcome"] == "not_met"
    assert rule(county.verdicts, "stage_resources_composite", "primary")["outcome"] == "met"
    for stage, said in (("primary", "不同"), ("junior_secondary", "一致")):
        assert said in rule(county.verdicts, "stage_coefficients_composite", stage)["detail"]


def test_without_the_overlay_the_composite_is_shown_but_judges_nothing() -> None:
    county = assess(school("1"), school("2"))
    assert county.coefficients.set_index("indicator").loc[COMPOSITE, "outcome"] == NO_LIMIT
    assert not county.verdicts["rule"].str.contains("composite").any()


@pytest.mark.parametrize(
    ("outcomes", "whole"),
    [
        (["met", "met"], "met"),
        (["met", "not_assessable"], "not_assessable"),
        (["not_assessable", "not_assessable"], "not_assessable"),
        (["not_met", "not_assessable"], "not_met"),
        (["not_met", "met"], "not_met"),
        (["tolerable", "met"], "not_met"),
        ([], "not_assessable"),
    ],
)
def test_all_must_be_met_and_an_unknown_is_never_a_pass(outcomes: list[str], whole: str) -> None:
    assert combine(outcomes) == whole


def test_each_county_and_year_is_judged_for_itself() -> None:
    good = assess(school("1"), school("2"), *juniors())
    bad = assess(school("1", multimedia_classrooms=0), school("2"), *juniors())
    both_schools = pd.concat([good.schools, bad.schools.assign(year=YEAR + 1)])
    both_coefficients = pd.concat([good.coefficients, bad.coefficients.assign(year=YEAR + 1)])
    verdicts = judge_county(both_schools, both_coefficients, regime_2017())
    whole = verdicts[verdicts["rule"] == "county_resources"].set_index("year")["outcome"]
    assert whole.to_dict() == {YEAR: "met", YEAR + 1: "not_met"}


def test_a_law_that_tolerates_no_shortfall_has_its_floor_at_the_limit() -> None:
    """Sports ground 7.5 m² (regulation §3.1), the tolerated share taken out of the law: 7.49 fails, nothing is tolerable."""
    strict = replace(
        regime_2017(),
        parameters=tuple(entry for entry in regime_2017().parameters if entry.id != "school.tolerated_share"),
    )
    judged = judge_indicators(frame_of({"sports_area": [Fraction(749, 100), Fraction(15, 2)]}), strict)
    assert judged["floor"].tolist() == [7.5, 7.5]
    assert judged["outcome"].tolist() == ["not_met", "met"]


@pytest.mark.parametrize(
    ("relation", "outcomes"),
    [
        (Relation.AT_LEAST, [NOT_MET, MET, MET]),
        (Relation.AT_MOST, [MET, MET, TOLERABLE]),
        (Relation.BELOW, [MET, TOLERABLE, TOLERABLE]),
    ],
)
def test_a_value_at_its_limit_is_met_unless_it_must_be_strictly_below(
    relation: Relation, outcomes: list[int]
) -> None:
    """4.199, 4.2 and 4.201 beside 4.2, without any tolerance: what is not below the floor and not met is tolerable."""
    limit = regime_2017().limit("sports_area", "school_value", "primary")
    assert limit is not None
    limit = replace(limit, relation=relation, value=Decimal("4.2"))
    rule = ValueLimit(limit, Fraction(limit.value), (2,))
    top, bottom = np.array([4199.0, 42.0, 4201.0]), np.array([1000.0, 10.0, 1000.0])
    judged, margin, _ = rule.judge(top, bottom, lambda at: Fraction(int(top[at]), int(bottom[at])))
    assert judged.tolist() == outcomes
    assert np.sign(margin).tolist() == [-1.0, 0.0, 1.0]
