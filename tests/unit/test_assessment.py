"""The parts together: which county, which year, which law, and what is refused with which sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from balance_analysis.assessment import FRAMES, assess_county, assessment_date
from balance_analysis.door import open_assessment
from balance_analysis.errors import Issue, ParameterError, Place, RegimeError, WorkbookError
from balance_analysis.terms import Severity
from tests.county_tables import (
    BLANK,
    CODE,
    COUNTY,
    YEAR,
    assess,
    juniors,
    regime_2012,
    regime_2017,
    school,
    tables_of,
    write_county,
)

MEASURED = ("indicators", "coefficients", "schools", "verdicts", "gaps", "trends")
TWO_YEARS = (school("1", school_year=YEAR - 1), school("2", school_year=YEAR - 1), school("1"), school("2"))


def test_the_latest_school_year_is_assessed_unless_another_is_asked_for() -> None:
    assert assess(*TWO_YEARS).year == YEAR
    earlier = assess(*TWO_YEARS, year=YEAR - 1)
    assert (earlier.year, earlier.years) == (YEAR - 1, (YEAR - 1,))


def test_frames_hold_every_year_up_to_the_assessed_one_and_can_be_cut_to_it() -> None:
    county = assess(*TWO_YEARS)
    assert county.years == (YEAR - 1, YEAR)
    for name in MEASURED:
        assert name in FRAMES
        assert set(getattr(county, name)["year"]) == {YEAR - 1, YEAR}, name
        assert set(county.current(name)["year"]) == {YEAR}, name


def test_a_year_or_county_that_is_not_there_is_refused_with_the_choices() -> None:
    with pytest.raises(ParameterError, match="010203 没有1999学年的数据；可选学年：2019、2020"):
        assess(*TWO_YEARS, year=1999)


def test_a_county_with_nothing_in_scope_is_refused_with_its_reason() -> None:
    rows = [
        school("s", "special_education", primary_enrolment=40),
        school("t", "teaching_site", primary_enrolment=9),
    ]
    with pytest.raises(ParameterError, match="没有属于评估范围的学校"):
        assess(*rows)


def test_under_2012_a_county_of_private_schools_only_has_nothing_in_scope() -> None:
    rows = [school(code, sponsor_type="10") for code in "12"]
    with pytest.raises(ParameterError, match="没有属于评估范围的学校"):
        assess(*rows, regime=regime_2012())


def test_hard_issues_stop_the_county_and_come_along() -> None:
    issue = Issue(
        "negative_value",
        Severity.HARD,
        Place("a.xlsx", "学校", "K5"),
        message="出现负数。",
        division_code=CODE,
    )
    tables = replace(tables_of(school("1"), school("2")), issues=(issue,))
    with pytest.raises(WorkbookError, match="学校!K5") as caught:
        assess_county(tables, regime_2017(), division_code=CODE)
    assert caught.value.issues == (issue,)


def test_soft_issues_do_not_stop_the_county() -> None:
    issue = Issue("indoor", Severity.SOFT, Place("a.xlsx", "学校", "K5"), division_code=CODE)
    tables = replace(tables_of(school("1"), school("2"), *juniors()), issues=(issue,))
    county = assess_county(tables, regime_2017(), division_code=CODE)
    assert county.issues == (issue,)
    assert county.outcome == "met"


def test_the_issues_of_another_county_do_not_stop_this_one() -> None:
    issue = Issue("negative_value", Severity.HARD, Place("a.xlsx"), division_code="999999")
    other = school("9", division_code="999999", county="别的县")
    tables = replace(tables_of(school("1"), school("2"), *juniors(), other), issues=(issue,))
    county = assess_county(tables, regime_2017(), division_code=CODE)
    assert (county.county, county.issues, county.outcome) == (COUNTY, (), "met")
    assert set(county.indicators["division_code"]) == {CODE}


def test_the_law_of_a_school_year_is_that_of_its_last_day() -> None:
    assert assessment_date(2017) == date(2018, 8, 31)


def test_a_workbook_of_one_county_needs_no_code_and_gives_the_same_result_as_its_tables(
    tmp_path: Path,
) -> None:
    rows = (school("1", primary_backbone_teachers=1), school("2", "nine_year"), school("3"))
    path = write_county(tmp_path / "县.xlsx", *rows)
    opened = open_assessment(path, regime="quality_balance_2017", target_year=2025)
    direct = assess(*rows)
    assert (opened.division_code, opened.county, opened.target_year) == (CODE, COUNTY, 2025)
    assert opened.regime.on == date(YEAR + 1, 8, 31)
    for name in ("indicators", "coefficients", "schools", "verdicts", "gaps"):
        pd.testing.assert_frame_equal(getattr(opened, name), getattr(direct, name))


def test_several_counties_need_a_code_and_the_choices_are_said(tmp_path: Path) -> None:
    first = write_county(tmp_path / "a.xlsx", school("1"), school("2"))
    second = write_county(
        tmp_path / "b.xlsx", *(school(code, division_code="040506", county="乙县") for code in "12")
    )
    with pytest.raises(ParameterError, match="可选：010203、040506"):
        open_assessment([first, second], regime="quality_balance_2017")
    county = open_assessment([first, second], division_code="040506", regime="quality_balance_2017")
    assert (county.county, len(county.current("schools"))) == ("乙县", 2)


def test_a_code_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = write_county(tmp_path / "a.xlsx", school("1"), school("2"))
    with pytest.raises(ParameterError, match="必须是文本"):
        open_assessment(path, division_code=10203, regime="quality_balance_2017")  # type: ignore[arg-type]


def test_an_unknown_regime_or_one_not_yet_in_force_is_refused(tmp_path: Path) -> None:
    path = write_county(tmp_path / "a.xlsx", school("1"), school("2"))
    with pytest.raises(RegimeError, match="quality_balance_2107"):
        open_assessment(path, regime="quality_balance_2107")
    with pytest.raises(RegimeError):
        open_assessment(path, regime="quality_balance_2017", on=date(2011, 1, 1))


def test_a_county_that_files_one_stage_only_has_one_stage() -> None:
    county = assess(school("1"), school("2"))
    assert county.stages == ("primary",)
    assert set(county.verdicts["stage"]) == {"primary", "all"}
    assert county.outcome == "not_assessable"


def test_a_target_year_before_the_assessed_year_is_refused_and_the_year_itself_is_not() -> None:
    assert assess(*TWO_YEARS, target_year=YEAR).target_year == YEAR
    with pytest.raises(ParameterError, match=f"目标年{YEAR - 1}早于所评学年{YEAR}"):
        assess(*TWO_YEARS, target_year=YEAR - 1)
    assert assess(*TWO_YEARS, year=YEAR - 1, target_year=YEAR - 1).target_year == YEAR - 1


def test_a_target_year_beyond_half_a_century_is_refused() -> None:
    assert assess(*TWO_YEARS, target_year=YEAR + 50).target_year == YEAR + 50
    with pytest.raises(ParameterError, match=f"目标年{YEAR + 51}太远；请改用{YEAR}至{YEAR + 50}之间"):
        assess(*TWO_YEARS, target_year=YEAR + 51)


def test_a_school_that_opens_or_closes_between_years_counts_in_its_own_years() -> None:
    county = assess(*TWO_YEARS, school("new"))
    counts = county.schools.groupby("year")["school_code"].nunique().to_dict()
    assert counts == {YEAR - 1: 2, YEAR: 3}


def test_the_inputs_are_left_as_they_were() -> None:
    tables = tables_of(school("1", primary_backbone_teachers=BLANK), school("2"))
    before = tables.schools.copy()
    assess_county(tables, regime_2017(), division_code=CODE)
    pd.testing.assert_frame_equal(tables.schools, before)
