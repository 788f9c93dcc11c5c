"""B9, B13–B15, B26 and the three growths at, just inside and just outside their limits."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from balance_analysis.regimes import load_regime
from tests.item_frames import (
    YEAR,
    all_evidence,
    choosing,
    county,
    evidence,
    item,
    junior,
    nine_year,
    primary,
    regime,
    school_rows,
)

EVERY_SMALL_SCHOOL = choosing("small_school_funds.schools", "every_small_school")
"""The wider reading of B13: schools of every kind and place below a hundred pupils."""

# --- B9: bases of a local overlay (per_pupil_base_example: 800 and 1000 yuan, an example) -------------


def test_without_a_local_base_the_four_unified_standards_rest_on_evidence() -> None:
    row = item("B9", counties=[county(primary_funding_base_cny=np.nan)])
    assert (row["outcome"], row["evidence"], row["responsible_office"]) == ("met", "B9文件", "教育局")


@pytest.mark.parametrize(
    ("primary_base", "junior_base", "outcome"),
    [
        (800, 1000, "met"),
        (799.99, 1000, "not_met"),
        (800, 999.99, "not_met"),
        (np.nan, 1000, "not_assessable"),
    ],
)
def test_the_base_of_a_county_must_reach_the_local_one(
    primary_base: float, junior_base: float, outcome: str
) -> None:
    filed = county(primary_funding_base_cny=primary_base, junior_secondary_funding_base_cny=junior_base)
    assert item("B9", counties=[filed], law=regime("per_pupil_base_example"))["outcome"] == outcome


def test_a_base_that_is_reached_does_not_replace_the_evidence() -> None:
    filed = county(primary_funding_base_cny=900, junior_secondary_funding_base_cny=1100)
    assert (
        item("B9", counties=[filed], found=[], law=regime("per_pupil_base_example"))["outcome"]
        == "not_assessable"
    )


def test_the_local_limit_is_cited_with_its_own_source() -> None:
    row = item(
        "B9",
        counties=[county(primary_funding_base_cny=700, junior_secondary_funding_base_cny=1000)],
        law=regime("per_pupil_base_example"),
    )
    assert (row["clause"], row["source"]) == ("示例：小学生均公用经费基准定额每年800元", "example")


# --- B13: 100 × base (650 yuan → 6.5 万元 primary; 850 → 8.5 万元 junior) ---------------------------


@pytest.mark.parametrize(
    ("funds", "outcome"), [(6.5, "met"), (6.51, "met"), (6.4999, "not_met"), (0.0, "not_met")]
)
def test_a_small_school_is_funded_as_a_hundred_pupils(funds: float, outcome: str) -> None:
    small = primary("P2", primary_enrolment=60, urban_rural_code="220", operating_funds_actual_wan_cny=funds)
    assert item("B13", [primary(), small])["outcome"] == outcome


@pytest.mark.parametrize(("pupils", "outcome"), [(99, "not_met"), (100, "met")])
def test_a_school_of_exactly_a_hundred_pupils_is_not_small(pupils: int, outcome: str) -> None:
    small = primary(
        "P2", primary_enrolment=pupils, urban_rural_code="220", operating_funds_actual_wan_cny=6.0
    )
    assert item("B13", [primary(), small])["outcome"] == outcome


def test_the_funding_rule_covers_sites_below_fifty_pupils() -> None:
    site = primary(
        "T1", school_type="teaching_site", primary_enrolment=12, operating_funds_actual_wan_cny=2.0
    )
    row = item("B13", [primary(), site])
    assert (row["outcome"], row["schools"], row["value"], row["unit"]) == ("not_met", "T1", 1.0, "所")
    assert "学生12人，公用经费2万元，按规定应有6.5万元" in row["detail"]
    assert school_rows("B13", [primary(), site])["shortfall"].tolist() == [45000.0]


def test_each_stage_has_its_own_base_and_both_are_mixed_in_proportion() -> None:
    small_junior = junior("J2", junior_secondary_enrolment=80, operating_funds_actual_wan_cny=8.5)
    mixed = nine_year(primary_enrolment=30, junior_secondary_enrolment=30, operating_funds_actual_wan_cny=7.5)
    for small in (small_junior, mixed):
        less = {**small, "operating_funds_actual_wan_cny": small["operating_funds_actual_wan_cny"] - 0.01}
        assert item("B13", [primary(), small], law=EVERY_SMALL_SCHOOL)["outcome"] == "met"
        assert item("B13", [primary(), less], law=EVERY_SMALL_SCHOOL)["outcome"] == "not_met"


def test_a_large_nine_year_school_with_a_small_stage_is_not_small() -> None:
    school = nine_year(
        primary_enrolment=40, junior_secondary_enrolment=400, operating_funds_actual_wan_cny=1.0
    )
    assert item("B13", [school])["outcome"] == "met"


def test_a_county_without_small_schools_has_nothing_to_fund() -> None:
    row = item("B13")
    assert (row["outcome"], row["detail"]) == ("met", "没有适用本项的不足100人的学校和教学点。")


def test_blank_funds_or_a_blank_base_leave_the_school_open() -> None:
    small = primary("P2", primary_enrolment=60, urban_rural_code="220")
    assert (
        item("B13", [{**small, "operating_funds_actual_wan_cny": np.nan}])["missing"]
        == "operating_funds_actual_wan_cny"
    )
    row = item("B13", [small], [county(primary_funding_base_cny=np.nan)])
    assert (row["outcome"], row["missing"]) == ("not_assessable", "primary_funding_base_cny")


POOR = {"primary_enrolment": 60, "operating_funds_actual_wan_cny": 1.0}
"""Sixty pupils, 10,000 yuan: far below 100 × 650 yuan."""


@pytest.mark.parametrize(
    ("code", "outcome"),
    [("210", "not_met"), ("220", "not_met"), ("111", "met"), ("112", "met"), ("121", "met"), ("122", "met"),
     ("123", "met")],
)  # fmt: skip
def test_the_rule_covers_primary_schools_on_village_sites(code: str, outcome: str) -> None:
    assert item("B13", [primary(), primary("P2", urban_rural_code=code, **POOR)])["outcome"] == outcome


def test_the_wider_reading_covers_small_schools_of_every_kind_and_place() -> None:
    town = primary("P2", urban_rural_code="121", **POOR)
    small_junior = junior("J2", junior_secondary_enrolment=60, operating_funds_actual_wan_cny=1.0)
    mixed = nine_year(primary_enrolment=30, junior_secondary_enrolment=30, operating_funds_actual_wan_cny=1.0)
    assert item("B13", [primary(), town, small_junior, mixed])["outcome"] == "met"
    assert item("B13", [primary(), town, small_junior, mixed], law=EVERY_SMALL_SCHOOL)["n_schools"] == 3


def test_a_small_primary_school_of_unknown_place_is_open_unless_its_funds_suffice() -> None:
    unknown = primary("P2", urban_rural_code=None, **POOR)
    row = item("B13", [primary(), unknown])
    assert (row["outcome"], row["missing"]) == ("not_assessable", "urban_rural_code")
    assert "缺少城乡分类代码" in row["detail"]
    enough = unknown | {"operating_funds_actual_wan_cny": 6.5}
    assert item("B13", [primary(), enough])["outcome"] == "met"


# --- B14 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("funds", "outcome"), [(540000, "met"), (540000.01, "met"), (539999.99, "not_met")])
def test_special_education_gets_6000_yuan_per_pupil(funds: float, outcome: str) -> None:
    row = item("B14", counties=[county(special_education_funds_cny=funds)])
    assert (row["outcome"], row["limit"]) == (outcome, 6000.0)


def test_a_value_just_below_its_limit_is_not_rounded_onto_it() -> None:
    row = item("B14", counties=[county(special_education_funds_cny=539999)])
    assert "生均5999.99元（标准：不低于6000元）" in row["detail"]


def test_the_later_form_asks_for_8000_yuan() -> None:
    law = regime("special_education_8000")
    assert item("B14", law=law)["outcome"] == "met"
    row = item("B14", counties=[county(special_education_funds_cny=719999)], law=law)
    assert (row["outcome"], row["limit"], row["source"]) == ("not_met", 8000.0, "later_application_form")


def test_a_county_without_special_pupils_is_open_until_the_evidence_says_more() -> None:
    row = item("B14", counties=[county(special_education_pupils=0)])
    assert row["outcome"] == "not_assessable"
    assert "分母为0" in row["detail"]
    assert "请在“佐证”表填写结论" in row["detail"]


def test_blank_county_figures_are_named() -> None:
    row = item("B14", counties=[county(special_education_pupils=np.nan)])
    assert (row["outcome"], row["missing"]) == ("not_assessable", "special_education_pupils")
    assert row["detail"] == "特殊教育生均公用经费无法计算：缺少特殊教育学校学生数。"


def test_a_county_row_of_another_year_is_no_row() -> None:
    assert item("B14", counties=[county(school_year=YEAR - 1)])["outcome"] == "not_assessable"


# --- B15 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pay", "outcome"), [(88000, "met"), (88000.01, "met"), (87999.99, "not_met")])
def test_teachers_earn_at_least_what_civil_servants_earn(pay: float, outcome: str) -> None:
    row = item("B15", counties=[county(teacher_mean_pay_cny=pay)])
    assert row["outcome"] == outcome
    assert "公务员年平均工资88000元" in row["detail"]


def test_performance_pay_set_in_full_needs_a_conclusion() -> None:
    row = item("B15", found=all_evidence(leaving_out=["B15"]))
    assert row["outcome"] == "not_assessable"
    assert "没有填报按规定足额核定教师绩效工资总量的佐证结论" in row["detail"]
    lenient = choosing("teacher_pay.performance_pay", "if_filed")
    assert item("B15", found=all_evidence(leaving_out=["B15"]), law=lenient)["outcome"] == "met"


@pytest.mark.parametrize("reading", ["required", "if_filed"])
def test_performance_pay_not_set_in_full_fails_although_the_mean_pay_suffices(reading: str) -> None:
    found = [*all_evidence(leaving_out=["B15"]), evidence("B15", "not_met")]
    law = choosing("teacher_pay.performance_pay", reading)
    assert item("B15", found=found, law=law)["outcome"] == "not_met"


def test_pay_below_that_of_civil_servants_fails_whatever_the_evidence_says() -> None:
    low = [county(teacher_mean_pay_cny=87999.99)]
    for found in (all_evidence(), all_evidence(leaving_out=["B15"])):
        assert item("B15", counties=low, found=found)["outcome"] == "not_met"


# --- B26 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("training", "outcome"), [(2.4, "met"), (2.41, "met"), (2.3999, "not_met"), (0.0, "not_met")]
)
def test_every_school_spends_five_percent_on_training(training: float, outcome: str) -> None:
    assert item("B26", [primary(teacher_training_budget_wan_cny=training), junior()])["outcome"] == outcome


@pytest.mark.parametrize(("operating", "training"), [(0.6, 0.03), (1.4, 0.07), (5.8, 0.29), (11.4, 0.57)])
def test_five_percent_survives_binary_fractions(operating: float, training: float) -> None:
    school = primary(operating_funds_budget_wan_cny=operating, teacher_training_budget_wan_cny=training)
    assert item("B26", [school])["outcome"] == "met"


def test_the_shortfall_of_training_funds_is_in_the_unit_it_is_filed_in() -> None:
    row = school_rows("B26", [primary(teacher_training_budget_wan_cny=1.4)])
    assert row[["value", "shortfall", "unit"]].values.tolist() == [
        [pytest.approx(1.4 / 48 * 100, rel=1e-15), 1.0, "万元"]
    ]


def test_a_blank_or_zero_operating_budget_leaves_the_school_open() -> None:
    assert item("B26", [primary(operating_funds_budget_wan_cny=np.nan)])["outcome"] == "not_assessable"
    assert item("B26", [primary(operating_funds_budget_wan_cny=0.0)])["outcome"] == "not_assessable"


# --- three growths (教育法 第五十六条: higher than, and grow) -----------------------------------------

BEFORE = {
    "school_year": YEAR - 1, "fiscal_education_appropriation_wan_cny": 100.0, "fiscal_recurrent_revenue_wan_cny": 100.0,
    "education_cost_per_pupil_cny": 8900, "teacher_average_salary_cny": 89000, "operating_funds_per_pupil_cny": 1190,
}  # fmt: skip


def test_the_appropriation_must_grow_faster_than_revenue() -> None:
    row = item("three_growths", counties=[county(**BEFORE), county()])
    assert row["outcome"] == "met"
    assert "财政教育拨款增长10.0%，财政经常性收入增长5.0%" in row["detail"]
    equal = county(fiscal_education_appropriation_wan_cny=105.0)
    assert item("three_growths", counties=[county(**BEFORE), equal])["outcome"] == "not_met"
    faster = county(fiscal_education_appropriation_wan_cny=105.01)
    assert item("three_growths", counties=[county(**BEFORE), faster])["outcome"] == "met"


@pytest.mark.parametrize(
    "name", ["education_cost_per_pupil_cny", "teacher_average_salary_cny", "operating_funds_per_pupil_cny"]
)
def test_standing_still_is_no_growth(name: str) -> None:
    still = county(**{name: BEFORE[name]})
    assert item("three_growths", counties=[county(**BEFORE), still])["outcome"] == "not_met"
    hardly = county(**{name: BEFORE[name] + 0.01})
    assert item("three_growths", counties=[county(**BEFORE), hardly])["outcome"] == "met"


def test_without_the_year_before_growth_is_not_assessable() -> None:
    row = item("three_growths", counties=[county()])
    assert (row["outcome"], row["detail"]) == ("not_assessable", "缺少上一学年的区县数据，无法比较。")
    two_years_ago = county(**{**BEFORE, "school_year": YEAR - 2})
    assert item("three_growths", counties=[two_years_ago, county()])["outcome"] == "not_assessable"


def test_a_blank_or_zero_base_year_leaves_that_growth_open() -> None:
    blank = county(**{**BEFORE, "teacher_average_salary_cny": np.nan})
    row = item("three_growths", counties=[blank, county()])
    assert (row["outcome"], row["missing"]) == ("not_assessable", "teacher_average_salary_cny")
    zero = county(**{**BEFORE, "teacher_average_salary_cny": 0})
    assert item("three_growths", counties=[zero, county()])["outcome"] == "not_assessable"


def test_a_blank_revenue_leaves_the_growth_of_the_appropriation_open_whatever_the_others_do() -> None:
    row = item("three_growths", counties=[county(**BEFORE), county(fiscal_recurrent_revenue_wan_cny=np.nan)])
    assert (row["outcome"], row["missing"]) == ("not_assessable", "fiscal_recurrent_revenue_wan_cny")


def test_the_growths_are_cited_from_the_law_in_force() -> None:
    before_2016 = load_regime("basic_balance_2012", on=date(2016, 5, 31)).item("three_growths")
    after = load_regime("basic_balance_2012", on=date(2016, 6, 1)).item("three_growths")
    assert (before_2016.clause[:5], after.clause[:5]) == ("第五十五条", "第五十六条")
