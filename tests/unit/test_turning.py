"""Smallest changes of single filed cells that turn a verdict, at and beside the limit, in counties made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from balance_analysis.assessment import assess_county
from balance_analysis.explain.cells import MISSING_NUMERATOR, SINGLE_SCHOOL
from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.explain.filed_verdicts import polynomial_roots
from balance_analysis.explain.turning import NO_SINGLE_FIGURE
from balance_analysis.measures.counted import VALUES_GIVEN
from balance_analysis.measures.indicators import given_field
from tests.county_tables import (
    BLANK,
    CODE,
    assess,
    records,
    regime_2017,
    row_of,
    school,
    tables_of,
)


def turning(*rows: dict[str, Any], **options: Any) -> pd.DataFrame:
    return Diagnosis(assess(*rows, **options)).turning


def tight(code: str, **given: Any) -> dict[str, Any]:
    """100 pupils with exactly one backbone teacher (limit 1 per 100) and two indicators short of none."""
    return school(code, **{"primary_backbone_teachers": 1, "primary_teachers_bachelor": 4} | given)


def test_a_school_at_its_limit_fails_with_one_pupil_more() -> None:
    """4 qualified per 100 is tolerated (3.57 ≤ 4 < 4.2), so that backbone teachers must stay at 1 per 100."""
    row = row_of(turning(tight("0001"), school("0002")), subject="school", school_code="0001")
    assert (row["field"], row["change"], row["indicator"], row["line"]) == (
        "primary_enrolment",
        1.0,
        "backbone_teachers",
        "limit",
    )
    assert (row["cell"], row["outcome"], row["outcome_then"]) == ("enrolment", "met", "not_met")


def test_a_pupil_less_at_one_above_the_limit_turns_the_school_back() -> None:
    row = row_of(
        turning(tight("0001", primary_enrolment=101), school("0002")), subject="school", school_code="0001"
    )
    assert (row["field"], row["change"], row["outcome_then"]) == ("primary_enrolment", -1.0, "met")


def test_a_site_that_loses_its_fiftieth_pupil_takes_its_figures_out_of_the_coefficient() -> None:
    """A site of 50 with ten times the equipment of the others carries the coefficient; 49 pupils do not count."""
    rich = school("0003", "teaching_site", primary_enrolment=50, teaching_equipment_value_wan_cny=150)
    rows = turning(school("0001"), school("0002"), rich)
    row = row_of(rows, subject="coefficient", indicator="equipment_value")
    assert (row["outcome"], row["outcome_then"]) == ("not_met", "met")
    assert (row["school_code"], row["field"], row["change"]) == ("0003", "primary_enrolment", -1.0)


def test_shared_teachers_that_a_concession_counts_turn_a_coefficient_where_its_roots_say() -> None:
    """1 and 1 teachers of 100 pupils, at a rural school of 80 none of its own and s shared: CV = 0.5 for two values of s.

    Values 1, 1 and x = s ÷ 0.8 with pupils 100, 100, 80: (280·(200 + 80x²) ÷ (200 + 80x)²) − 1 = 1/4, so
    80·(280 − 100)x² − 2·1.25·200·80x + 200·(280 − 250) = 0.
    """
    rural = school("0003", urban_rural_code="220", primary_enrolment=80, primary_shared_pe_arts_teachers=3)
    rural |= {"primary_pe_teachers": 0, "primary_music_teachers": 0}
    rows = [school(code, primary_music_teachers=0) for code in ("0001", "0002")] + [rural]
    county = Diagnosis(assess(*rows, regime=regime_2017("concession_2019_pe_arts_teachers")))
    (one,) = [
        each for each in county.filed_coefficients if each.holding.key == ("primary", "pe_arts_teachers")
    ]
    changes = np.concatenate([roots[2] for roots in one.roots("primary_shared_pe_arts_teachers")])
    for x in np.roots([80 * (280 - 1.25 * 80), -2 * 1.25 * 200 * 80, 200 * (280 - 250)]):
        assert np.abs(changes - (x * 0.8 - 3)).min() < 1e-9


def test_a_site_above_fifty_turns_where_it_ceases_to_count() -> None:
    rich = school("0003", "teaching_site", primary_enrolment=53, teaching_equipment_value_wan_cny=150)
    row = row_of(
        turning(school("0001"), school("0002"), rich), subject="coefficient", indicator="equipment_value"
    )
    assert (row["school_code"], row["field"], row["change"]) == ("0003", "primary_enrolment", -4.0)


def test_twenty_schools_a_pupil_beside_their_limit_are_all_decided() -> None:
    """With a pupil less all have exactly 1 backbone teacher per 100: floats cannot tell, every one is asked of the measure."""
    rows = turning(*(tight(f"{number:04d}", primary_enrolment=101) for number in range(20)))
    schools = rows[rows["subject"] == "school"]
    assert (len(schools), set(schools["change"])) == (20, {-1.0})


def test_a_county_of_one_school_has_no_coefficient_to_turn() -> None:
    band = Diagnosis(assess(school("0001"))).perturbation
    assert set(band.loc[band["subject"] == "coefficient", "outcome"]) == {"not_assessable"}


def test_roots_of_a_lower_degree_stand_beside_those_of_a_higher_one() -> None:
    """(x−1)(x−2)(x−3) and (x−1)(x−2)."""
    found = polynomial_roots(np.array([[-6.0, 11.0, -6.0, 1.0], [2.0, -3.0, 1.0, 0.0]]))
    assert found[0].tolist() == pytest.approx([3, 2, 1])
    assert sorted(found[1][:2].tolist()) == pytest.approx([1, 2])


def test_a_school_outside_the_scope_bears_on_no_coefficient() -> None:
    special = school("0003", "special_education", primary_enrolment=100, teaching_equipment_value_wan_cny=300)
    county = Diagnosis(assess(school("0001"), school("0002", teaching_equipment_value_wan_cny=40), special))
    stated = {row["indicator"]: row["cv"] for row in records(county.county.coefficients)}
    for coefficient in county.filed_coefficients:
        assert coefficient.now(county.exactly)[1] == pytest.approx(stated[coefficient.holding.indicator.id])


def test_a_campus_of_a_single_pupil_is_held_as_the_measure_counts_it() -> None:
    campus = school("0003", counted_as_school=False, main_school_code="0001", primary_enrolment=1)
    county = Diagnosis(assess(school("0001"), school("0002"), campus))
    held = {each.indicator.id: each.of_school[1] for each in county.filed.holdings if each.stage == "primary"}
    resources = county.indicators.set_index(["indicator", "school_code"])["resource"]
    for indicator, amounts in held.items():
        assert amounts.tolist() == pytest.approx(resources[indicator][["0001", "0002"]].tolist())
    blank = Diagnosis(assess(school("0001"), school("0002"), campus | {"primary_backbone_teachers": BLANK}))
    blanks = {each.indicator.id: each.of_school[2].tolist() for each in blank.filed.holdings[:2]}
    assert blanks == {"above_standard_qualified_teachers": [0, 0], "backbone_teachers": [1, 0]}


def test_a_site_of_forty_nine_is_named_though_it_does_not_count_today() -> None:
    rich = school("0003", "teaching_site", primary_enrolment=49, teaching_equipment_value_wan_cny=150)
    rows = turning(school("0001"), school("0002"), rich)
    row = row_of(rows, subject="coefficient", indicator="equipment_value")
    assert (row["outcome"], row["school_code"], row["change"]) == ("met", "0003", 1.0)
    assert rows[(rows["subject"] == "school") & (rows["school_code"] == "0003")].empty


def test_pupils_of_the_other_stage_of_a_campus_turn_the_verdict_of_this_one() -> None:
    """3 rooms for 27 + 1.1 × 100 = 137 weighted pupils are 2.19 per 100, with six juniors less 3 ÷ 130.4 = 2.3006.

    To the same end seven of the 27 primary pupils would have to go.
    """
    both = school(
        "0001",
        "nine_year",
        primary_enrolment=27,
        primary_teachers_bachelor=1,
        junior_secondary_pe_teachers=0,
        multimedia_classrooms=3,
    )
    row = row_of(turning(both, school("0002")), subject="school", school_code="0001", stage="primary")
    assert (row["outcome"], row["outcome_then"]) == ("not_met", "met")
    assert (row["field"], row["change"], row["indicator"]) == (
        "junior_secondary_enrolment",
        -6.0,
        "multimedia_classrooms",
    )


def test_indoor_rooms_count_in_two_indicators_of_one_school() -> None:
    """5 m² of rooms and 10.1 m² of sports area: an indoor hall 50 m² larger leaves 4.5 m² of rooms, 0.01 more too few."""
    small = school(
        "0001",
        primary_teachers_bachelor=4,
        primary_backbone_teachers=9,
        teaching_and_auxiliary_area_m2=460,
        indoor_sports_area_m2=10,
    )
    row = row_of(turning(small, school("0002")), subject="school", school_code="0001")
    assert (row["outcome"], row["indicator"]) == ("met", "teaching_area")
    assert (row["field"], row["filed"], row["change"]) == ("teaching_and_auxiliary_area_m2", 460.0, -0.01)


def test_a_blank_makes_a_verdict_not_assessable_and_one_that_fails_anyway_not_met() -> None:
    blank = school("0001", primary_backbone_teachers=BLANK)
    fails = school("0002", primary_backbone_teachers=BLANK, multimedia_classrooms=0)
    rows = turning(blank, fails, school("0003"))
    open_verdict = row_of(rows, subject="school", school_code="0001")
    assert (open_verdict["outcome"], open_verdict["reason"]) == ("not_assessable", MISSING_NUMERATOR)
    certain = row_of(rows, subject="school", school_code="0002")
    assert (certain["outcome"], certain["reason"], certain["address"]) == ("not_met", MISSING_NUMERATOR, "")
    coefficient = row_of(rows, subject="coefficient", indicator="backbone_teachers")
    assert (coefficient["outcome"], coefficient["reason"]) == ("not_assessable", MISSING_NUMERATOR)


def test_an_indicator_blank_at_every_school_leaves_the_frames_standing() -> None:
    rows = [school(code, multimedia_classrooms=BLANK) for code in ("0001", "0002")]
    diagnosis = Diagnosis(assess(*rows))
    schools = [row for row in records(diagnosis.turning) if row["subject"] == "school"]
    assert {(row["outcome"], row["reason"]) for row in schools} == {("not_assessable", MISSING_NUMERATOR)}
    assert len(schools) == 2
    assert diagnosis.headroom["headroom"].isna().all()
    assert set(diagnosis.frames()) >= {"turning", "perturbation"}


def test_a_single_school_has_no_coefficient_to_turn() -> None:
    rows = turning(school("0001"))
    assert set(rows.loc[rows["subject"] == "coefficient", "reason"]) == {SINGLE_SCHOOL}


@pytest.mark.parametrize(("second", "outcome", "change"), [(3, "met", 1.0), (4, "not_met", -19.0)])
def test_a_coefficient_at_its_limit_turns_with_one_pupil_and_one_beyond_it_with_many(
    second: int, outcome: str, change: float
) -> None:
    """Backbone teachers 1 and ``second`` for 100 pupils each; N·Σ r²/n ≤ 1.25·R² is CV ≤ 0.5.

    1 and 3: 200 × 0.1 = 1.25 × 16, met; 201 × (1/101 + 0.09) = 20.08 > 20. 1 and 4: 181 × (1/81 + 0.16) = 31.19 ≤
    31.25 and 182 × (1/82 + 0.16) = 31.34.
    """
    rows = turning(
        school("0001", primary_backbone_teachers=1), school("0002", primary_backbone_teachers=second)
    )
    row = row_of(rows, subject="coefficient", indicator="backbone_teachers")
    assert (row["outcome"], row["school_code"], row["field"]) == (outcome, "0001", "primary_enrolment")
    assert row["change"] == change


def test_where_nothing_turns_a_verdict_the_reason_says_so() -> None:
    """Two indicators of the school are at zero: no single cell lifts both."""
    rows = turning(
        school("0001", multimedia_classrooms=0, teaching_equipment_value_wan_cny=0), school("0002")
    )
    row = row_of(rows, subject="school", school_code="0001")
    assert (row["outcome"], row["reason"], row["address"]) == ("not_met", NO_SINGLE_FIGURE, "")


def test_a_value_that_was_filed_already_computed_is_a_cell_and_moves_by_its_last_decimal() -> None:
    """3, 3.1 and 8.05 per 100 at equal schools: CV 0.49980, met; with 8.06 it is 0.50044, with 9.25 0.571."""
    tables, law = tables_of(*(school(code) for code in ("0001", "0002", "0003"))), regime_2017()
    values = {given_field("primary", indicator): [3.0, 3.1, 9.25] for indicator in law.indicators}
    filed = tables.schools.assign(**{VALUES_GIVEN: 1.0}, **values)
    county = assess_county(replace(tables, schools=filed), law, division_code=CODE)
    row = row_of(Diagnosis(county).turning, subject="coefficient", indicator="backbone_teachers")
    assert (row["field"], row["cell"]) == ("primary_backbone_teachers_per_100_pupils", "amount")
    assert (row["school_code"], row["changed_to"], row["outcome_then"]) == ("0003", 8.05, "met")
