"""Grades moved up: every figure counted by hand on three schools; the assumption is said; nothing is invented without grades."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.cli import main
from balance_analysis.errors import ParameterError
from balance_analysis.explain.cohort_outlook import failing_by, report_scenario
from balance_analysis.explain.cohorts import CohortScenario, apportion, cohort_scenario
from balance_analysis.findings import Case, warnings
from balance_analysis.terms import LAST_COHORT_YEAR
from balance_analysis.views.explain.cohorts import cohorts, warning_text
from balance_analysis.words import tell
from balance_analysis.words.labels import COHORT_KINDS
from balance_analysis.words.library import library
from tests.county_tables import SAMPLE, YEAR, assess, school


def grades(first: int, *numbers: int) -> dict[str, Any]:
    return {f"grade_{first + at}_pupils": number for at, number in enumerate(numbers)}


def primary(code: str = "A", *numbers: int, **given: Any) -> dict[str, Any]:
    numbers = numbers or (10, 12, 14, 16, 18, 20)
    return school(code, primary_enrolment=sum(numbers), **grades(1, *numbers), **given)


def junior(code: str, *numbers: int, first: int = 7, **given: Any) -> dict[str, Any]:
    kind = "junior_secondary_school"
    return school(code, kind, junior_secondary_enrolment=sum(numbers), **grades(first, *numbers), **given)


def county(*rows: dict[str, Any]) -> CountyAssessment:
    rows = rows or (primary(kindergarten_leavers=8), junior("B", 20, 22, 24), junior("C", 10, 11, 12))
    return assess(*rows)


def pupils(scenario: CohortScenario, code: str, year: int) -> float:
    frame = scenario.enrolment
    (found,) = frame.loc[(frame["school_code"] == code) & (frame["year"] == year), "enrolment"]
    return float(found)


def test_grades_move_up_and_leavers_go_to_the_junior_schools_in_proportion() -> None:
    """Year 1: 8+10+12+14+16+18; 20 leavers as 20:10, that is 13 and 7. Year 2: 18 leavers as 12 and 6."""
    scenario = cohort_scenario(county(), last_year=YEAR + 2)
    found = [[pupils(scenario, code, YEAR + year) for code in "ABC"] for year in range(3)]
    assert found == [[90, 66, 33], [78, 55, 28], [68, 45, 23]]


def test_what_the_intake_rests_on_is_told_for_every_year() -> None:
    """Born in the school year YEAR-4, six years later in grade one; no birth known for those of the year after."""
    base = county()
    births = pd.DataFrame({"school_year": [YEAR - 6, YEAR - 4], "births": [20.0, 30.0]})
    scenario = cohort_scenario(
        replace(base, tables=replace(base.tables, counties=births)), last_year=YEAR + 3
    )
    assert scenario.intake.to_numpy().tolist() == [
        [YEAR + 1, 8, "kindergarten"],
        [
            YEAR + 2,
            15,
            "births",
        ],  # half of the 20 born six years before the base year are its 10 in grade one
        [YEAR + 3, 15, "constant"],
    ]


def test_a_school_without_grades_stays_as_it_is_and_is_named() -> None:
    rows = (primary(kindergarten_leavers=8), school("D", primary_enrolment=50), junior("B", 20, 22, 24))
    scenario = cohort_scenario(county(*rows), last_year=YEAR + 1)
    assert scenario.without_grades == (("模拟学校D", "primary"),)
    assert pupils(scenario, "D", YEAR + 1) == 50


def test_grades_that_do_not_add_up_are_not_used() -> None:
    row = {**primary(), "primary_enrolment": 91}
    with pytest.raises(ParameterError, match="没有分年级学生数"):
        cohort_scenario(assess(row, primary("E") | {"primary_enrolment": 1}), last_year=YEAR + 1)


def test_grade_six_of_a_junior_school_is_junior_where_primary_ends_with_five() -> None:
    """五四制: primary one to five, junior six to nine."""
    rows = (primary("A", 10, 10, 10, 10, 12), junior("B", 9, 8, 7, 6, first=6))
    scenario = cohort_scenario(county(*rows), last_year=YEAR + 1)
    assert pupils(scenario, "B", YEAR + 1) == 12 + 9 + 8 + 7


def test_a_teaching_site_of_three_grades_sends_its_leavers_to_the_schools_with_grade_four() -> None:
    site = school("S", "teaching_site", primary_enrolment=60, **grades(1, 20, 20, 20))
    scenario = cohort_scenario(county(primary("A"), site, junior("B", 20, 22, 24)), last_year=YEAR + 1)
    assert pupils(scenario, "A", YEAR + 1) == 10 + 10 + 12 + 14 + 20 + 16 + 18
    assert pupils(scenario, "S", YEAR + 1) == 20 + 20 + 20


@pytest.mark.parametrize(
    ("numbers", "warned"), [((17, 16, 17), False), ((16, 16, 18), True)], ids=["50 next year", "48 next year"]
)
def test_a_teaching_site_is_warned_of_when_it_falls_below_fifty_pupils(
    numbers: tuple[int, ...], warned: bool
) -> None:
    site = school("S", "teaching_site", primary_enrolment=50, **grades(1, *numbers))
    scenario = cohort_scenario(county(primary("A"), site, junior("B", 20, 22, 24)), last_year=YEAR + 1)
    found = scenario.warnings[scenario.warnings["kind"] == "below_scope"]
    assert found["school_code"].tolist() == (["S"] if warned else [])


def test_nobody_is_lost_on_the_way() -> None:
    scenario = cohort_scenario(county(), last_year=YEAR + 9)
    totals = scenario.enrolment.groupby("year")["enrolment"].sum()
    assert totals[YEAR + 9] == 6 * 8 + 3 * 8  # every grade holds the intake of 8 by then
    assert apportion(7, [1, 1, 1, 0]) == [3, 2, 2, 0]


def test_a_warning_is_the_first_year_in_which_something_no_longer_holds() -> None:
    """B: 20 to a class of 50 needs one class per grade; 96 who enter next year need two, four in all, of three."""
    rows = (primary("A", 10, 12, 14, 16, 18, 96), junior("B", 20, 22, 24, junior_secondary_classes=3))
    scenario = cohort_scenario(county(*rows), last_year=YEAR + 3)
    found = scenario.warnings[scenario.warnings["kind"] == "class_size"].to_dict("records")
    assert [(row["school_code"], row["year"], row["value"], row["limit"]) for row in found] == [
        ("B", YEAR + 1, 4, 3)
    ]
    text = warning_text(found[0], scenario.county.regime)
    assert text == f"{YEAR + 1}学年：模拟学校B初中按班额上限须4个班，现有3个班"


def test_one_pupil_under_the_class_limit_raises_no_warning() -> None:
    rows = (primary("A", 10, 12, 14, 16, 18, 50), junior("B", 20, 22, 24, junior_secondary_classes=3))
    scenario = cohort_scenario(county(*rows), last_year=YEAR + 1)
    assert "class_size" not in set(scenario.warnings["kind"])


def test_coefficients_of_the_base_year_are_those_of_the_assessment() -> None:
    base = county(
        primary("A"), primary("E", 20, 20, 20, 20, 20, 20), junior("B", 20, 22, 24), junior("C", 10, 11, 12)
    )
    frame = cohort_scenario(base, last_year=YEAR + 1).coefficients
    now = frame[frame["year"] == YEAR]
    assert now["cv"].notna().any()
    pd.testing.assert_series_equal(now["cv"], base.current("coefficients")["cv"], check_index=False)


@pytest.mark.parametrize("last", [YEAR, YEAR - 1, YEAR + 51])
def test_a_year_that_is_not_ahead_or_too_far_is_refused(last: int) -> None:
    with pytest.raises(ParameterError, match="推算到的学年应在"):
        cohort_scenario(county(), last_year=last)


def test_the_page_states_the_assumption_and_calls_it_no_forecast() -> None:
    texts = [str(element) for element in cohorts(cohort_scenario(county(), last_year=YEAR + 2))]
    assert any("这是情景，不是预测" in text and "最后一个学年的数值作预测通常更准" in text for text in texts)


def test_the_command_prints_the_scenario_and_writes_its_frames(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(SAMPLE / "桓台县.xlsx")
    assert main(["cohorts", file, "--to", "2020", "-o", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    # added up from the sheet's columns of 2017 without the special school: three intakes of 3786 and grades 1 to 3 (4029 + 4257 + 4488);
    # grades 4 to 6 (4717 + 4905 + 5086)
    assert "2020学年：小学24132人，初中14708人" in printed
    assert {path.name for path in tmp_path.iterdir()} == {
        f"cohort_{name}.csv" for name in ("enrolment", "classes", "coefficients", "warnings", "intake")
    }


def test_a_special_school_takes_no_leavers_and_without_a_junior_school_they_are_not_followed() -> None:
    special = school(
        "S",
        "special_education",
        primary_enrolment=8,
        junior_secondary_enrolment=4,
        **grades(1, *[2, 2, 1, 1, 1, 1]),
        **grades(7, 4),
    )
    alone = cohort_scenario(county(primary(kindergarten_leavers=8), special), last_year=YEAR + 1)
    assert set(alone.enrolment["school_code"]) == {"A"}
    assert "不作推算" in "".join(str(one.text) for one in cohorts(alone) if hasattr(one, "text"))
    both = cohort_scenario(county(), last_year=YEAR + 1)
    assert "不作推算" not in "".join(str(one.text) for one in cohorts(both) if hasattr(one, "text"))


# --- in the report ----------------------------------------------------------------------------------------------


def report_of(target_year: int | None, *rows: dict[str, Any]) -> Case:
    return Case(replace(county(*rows), target_year=target_year))


def told(case: Case) -> str:
    return "".join(tell(one) for one in warnings.find(case) if one.id == "warnings.cohorts")


def full(*, entering: int, classes: int) -> dict[str, Any]:
    """Six grades of 45 pupils, the limit of a class in primary schools (B12)."""
    return primary("A", 45, 45, 45, 45, 45, 45, kindergarten_leavers=entering, primary_classes=classes)


@pytest.mark.parametrize(("entering", "warned"), [(45, False), (46, True)])
def test_a_class_more_than_there_are_is_warned_of_by_the_target_year(entering: int, warned: bool) -> None:
    case = report_of(YEAR + 1, full(entering=entering, classes=6), junior("B", 45, 45, 45))
    assert ("班数不足1所" in told(case)) is warned
    if warned:
        assert told(case).startswith(f"假如各年级原样升级（情景，不是预测），到{YEAR + 1}学年有1所学校出现")


def test_what_comes_after_the_target_year_is_not_in_the_line() -> None:
    rows = (full(entering=45, classes=6), junior("B", 20, 20, 20, junior_secondary_classes=3))
    first = report_of(YEAR + 3, *rows)
    assert first.cohorts is not None
    year = int(first.cohorts.warnings.query("kind == 'school_size' or school_code == 'B'")["year"].min())
    assert "B" not in failing_by(first.cohorts, year - 1)["school_code"].tolist()
    assert "B" in failing_by(first.cohorts, year)["school_code"].tolist()


def test_without_grades_or_target_nothing_is_said_and_no_page_is_made() -> None:
    without = Case(replace(assess(school("A"), school("B")), target_year=YEAR + 1))
    assert without.cohorts is None
    assert told(without) == ""
    assert told(report_of(None, full(entering=46, classes=6), junior("B", 45, 45, 45))) == ""


@pytest.mark.parametrize(("year", "made"), [(LAST_COHORT_YEAR - 1, True), (LAST_COHORT_YEAR, False)])
def test_a_county_of_the_last_year_has_no_scenario(year: int, made: bool) -> None:
    base = county()
    schools = base.tables.schools.assign(school_year=year)
    later = replace(base, year=year, tables=replace(base.tables, schools=schools))
    assert (report_scenario(later) is not None) is made


def test_every_kind_of_a_warning_on_schools_has_its_word() -> None:
    assert {*COHORT_KINDS, "coefficient"} == {
        key.partition(".")[2] for key in library().sentences if key.startswith("cohort_warning.")
    } - {"count"}
