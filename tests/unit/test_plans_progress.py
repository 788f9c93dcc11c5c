"""A county against its own plan: done, late, due now, open, or not to be told — at the deadline and a day beside it.

The county is made by hand (school year 2020, so its data are those of 1 September 2020), the plan too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from balance_analysis.assessment import CountyAssessment, assess_county
from balance_analysis.door import open_assessment
from balance_analysis.errors import ParameterError
from balance_analysis.programmes import Plan, load_plan, measure_progress, roadmap_rows, with_target_year_of
from balance_analysis.regimes import Regime
from balance_analysis.words import tell
from tests.county_tables import (
    CODE,
    SAMPLE,
    YEAR,
    records,
    regime_2012,
    regime_2017,
    row_of,
    school,
    tables_of,
)
from tests.programme_counties import LAST_DAY_OF_DATA, commitment, county, plain_county, plan_of, task


def progress(plan: Plan, on: date, of: CountyAssessment | None = None) -> pd.DataFrame:
    assessed = of or plain_county()
    return told(measure_progress(plan, assessed, assessed.items, on=on))


def told(frame: pd.DataFrame) -> pd.DataFrame:
    """Figures and reasons as readers get them."""
    figures = [tell(figure) for figure in frame["figure"]]
    return frame.assign(figure=figures, reason=["；".join(map(tell, reason)) for reason in frame["reason"]])


def status_of(plan: Plan, on: date, of: CountyAssessment | None = None, **where: str) -> dict[str, Any]:
    return row_of(progress(plan, on, of), **(where or {"kind": "commitment"}))


# --- figures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "status", "figure"),
    [
        ("70", "done", "70.0% ≥ 70%"),
        ("69.9", "done", "70.0% ≥ 69.9%"),
        ("70.1", "open", "70.0% < 70.1%"),
        ("70.04", "open", "70.0% < 70.04%"),
    ],
)
def test_a_share_is_done_at_the_promise_and_open_just_below(
    tmp_path: Path, value: str, status: str, figure: str
) -> None:
    """700 of 1000 places: exactly 70 %."""
    row = status_of(plan_of(tmp_path, commitment(value=f'"{value}"')), LAST_DAY_OF_DATA)
    assert (row["status"], row["figure"]) == (status, figure)


def test_recognition_at_exactly_85_percent_keeps_the_promise(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, commitment(value='"85"', subject='"recognition"', figure='"recognition_share"'))
    assert status_of(plan, LAST_DAY_OF_DATA)["figure"] == "85.0% ≥ 85%"


def test_one_answer_less_breaks_it_and_is_not_rounded_away(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, commitment(value='"85"', subject='"recognition"', figure='"recognition_share"'))
    row = status_of(
        plan, LAST_DAY_OF_DATA, county(valid_questionnaires=100000.0, satisfied_questionnaires=84999.0)
    )
    assert (row["outcome"], row["figure"]) == ("not_met", "84.999% < 85%")


def test_a_missing_figure_is_not_assessable_with_the_field_named(tmp_path: Path) -> None:
    row = status_of(
        plan_of(tmp_path, commitment()), LAST_DAY_OF_DATA, county(good_senior_school_quota=float("nan"))
    )
    assert (row["status"], row["outcome"]) == ("not_assessable", "not_assessable")
    assert "优质高中分配名额数" in row["reason"]


def test_what_the_data_cannot_tell_says_so_and_why(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        commitment(
            measured_by='"reported"', subject="", figure="", reason='"没有招聘人数"', due="2021-06-30"
        ),
    )
    row = status_of(plan, LAST_DAY_OF_DATA)
    assert (row["status"], row["reason"]) == ("not_assessable", "填报数据不能说明：没有招聘人数")


def test_a_ratio_of_the_county_sheet_is_taken_as_filed(tmp_path: Path) -> None:
    ratio = {"measured_by": '"county_ratio"', "subject": "", "figure": "", "value": '"10"'}
    ratio |= {"numerator": '"rotated_teachers"', "denominator": '"rotation_eligible_teachers"'}
    plan = plan_of(tmp_path, commitment(**ratio))
    assert status_of(plan, LAST_DAY_OF_DATA)["figure"] == "10.0% ≥ 10%"
    assert status_of(plan, LAST_DAY_OF_DATA, county(rotated_teachers=19.0))["figure"] == "9.5% < 10%"
    assert (
        status_of(plan, LAST_DAY_OF_DATA, county(rotation_eligible_teachers=0.0))["reason"]
        == "分母为0，无法计算"
    )
    blank = status_of(plan, LAST_DAY_OF_DATA, county(rotated_teachers=float("nan")))
    assert (blank["status"], blank["reason"]) == ("not_assessable", "缺少交流轮岗教师数")


def uneven(ground: float) -> CountyAssessment:
    """Two equal primary schools with ``ground`` and 5000 m² of sports grounds: CV = |a − b| ÷ (a + b)."""
    first = school("0001", sports_ground_area_m2=ground, indoor_sports_area_m2=0)
    second = school("0002", sports_ground_area_m2=5000, indoor_sports_area_m2=0)
    juniors = [school(code, "junior_secondary_school") for code in ("0004", "0005")]
    return county(first, second, *juniors)


@pytest.mark.parametrize(("ground", "status"), [(15000, "done"), (15001, "open")])
def test_a_single_coefficient_is_compared_exactly(tmp_path: Path, ground: float, status: str) -> None:
    given = {
        "measured_by": '"coefficient"',
        "subject": '"sports_area"',
        "figure": "",
        "value": '"0.50"',
        "unit": '"1"',
    }
    plan = plan_of(tmp_path, commitment(**given, relation='"at_most"', stage='"primary"'))
    assert status_of(plan, LAST_DAY_OF_DATA, uneven(ground))["status"] == status


@pytest.mark.parametrize(("value", "status"), [("0.072", "done"), ("0.071", "open")])
def test_the_composite_is_the_mean_of_all_coefficients(tmp_path: Path, value: str, status: str) -> None:
    """Seven indicators, one with CV 0.5 and six with 0: 0.5 ÷ 7 = 0.0714…"""
    given = {
        "measured_by": '"coefficient"',
        "subject": '"composite"',
        "figure": "",
        "unit": '"1"',
        "value": f'"{value}"',
    }
    plan = plan_of(tmp_path, commitment(**given, relation='"at_most"', stage='"primary"'))
    of = county(
        school("0001", sports_ground_area_m2=15000, indoor_sports_area_m2=0),
        school("0002", sports_ground_area_m2=5000, indoor_sports_area_m2=0),
        *(school(code, "junior_secondary_school") for code in ("0004", "0005")),
    )
    assert status_of(plan, LAST_DAY_OF_DATA, of)["status"] == status


def test_every_coefficient_names_those_above(tmp_path: Path) -> None:
    given = {
        "measured_by": '"every_coefficient"',
        "subject": "",
        "figure": "",
        "value": '"0.50"',
        "unit": '"1"',
    }
    plan = plan_of(tmp_path, commitment(**given, relation='"at_most"', stage='"primary"'))
    row = status_of(plan, LAST_DAY_OF_DATA, uneven(15001))
    assert row["figure"] == "7项中6项符合（≤0.50）；不符合：体育场馆0.50002"
    assert status_of(plan, LAST_DAY_OF_DATA, uneven(15000))["figure"] == "0.500 ≤ 0.50"


def test_a_coefficient_of_a_single_school_is_not_assessable_with_its_reason(tmp_path: Path) -> None:
    given = {
        "measured_by": '"every_coefficient"',
        "subject": "",
        "figure": "",
        "value": '"0.50"',
        "unit": '"1"',
    }
    plan = plan_of(tmp_path, commitment(**given, relation='"at_most"', stage='"primary"'))
    row = status_of(plan, LAST_DAY_OF_DATA, county(school("0001"), school("0004", "junior_secondary_school")))
    assert "只有一所学校" in row["reason"]


def share_plan(
    folder: Path, value: str = "100", measured_by: str = "schools_share", subject: str = ""
) -> Plan:
    given = {"measured_by": f'"{measured_by}"', "subject": subject and f'"{subject}"', "figure": ""}
    return plan_of(folder, commitment(**given, value=f'"{value}"'))


def test_schools_of_several_stages_count_once_and_pass_with_both(tmp_path: Path) -> None:
    nine = school("0003", "nine_year", junior_secondary_backbone_teachers=0, teaching_and_auxiliary_area_m2=1500,
                  sports_ground_area_m2=3000, teaching_equipment_value_wan_cny=80, multimedia_classrooms=6)  # fmt: skip
    of = county(school("0001"), school("0002"), nine)
    assert status_of(share_plan(tmp_path), LAST_DAY_OF_DATA, of)["figure"] == "3所学校中2所达标，66.7% < 100%"


def test_missing_schools_leave_a_share_open_only_while_they_could_turn_it(tmp_path: Path) -> None:
    rows = [school("0001"), school("0002"), school("0003", multimedia_classrooms=float("nan"))]
    of = county(*rows)
    assert status_of(share_plan(tmp_path, "100"), LAST_DAY_OF_DATA, of)["outcome"] == "not_assessable"
    assert status_of(share_plan(tmp_path, "66"), LAST_DAY_OF_DATA, of)["outcome"] == "met"
    worse = county(
        school("0001", primary_backbone_teachers=0),
        *rows[1:],
    )
    assert status_of(share_plan(tmp_path, "100"), LAST_DAY_OF_DATA, worse)["outcome"] == "not_met"


def test_a_share_at_one_indicator_asks_for_the_limit_and_not_for_its_85_percent(tmp_path: Path) -> None:
    """Equipment 1900 yuan per pupil: above 1700, below 2000."""
    plan = share_plan(tmp_path, "100", "indicator_share", "equipment_value")
    of = county(school("0001", teaching_equipment_value_wan_cny=19), school("0002"))
    assert status_of(plan, LAST_DAY_OF_DATA, of)["figure"] == "2所学校中1所达标，50.0% < 100%"
    of = county(school("0001", teaching_equipment_value_wan_cny=20), school("0002"))
    assert status_of(plan, LAST_DAY_OF_DATA, of)["status"] == "done"


def test_an_item_promised_as_a_whole_shows_its_sentence(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path, commitment(measured_by='"item"', subject='"B18"', figure="", value='"2"', unit='"项"')
    )
    row = status_of(plan, LAST_DAY_OF_DATA)
    assert row["status"] == "done"
    assert row["figure"].startswith("B18：符合交流条件教师200人")


# --- days ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "status"),
    [
        (date(2021, 4, 1), "open"),  # 91 days before
        (date(2021, 4, 2), "due"),  # 90 days before
        (date(2021, 7, 1), "due"),  # the day itself
        (date(2021, 7, 2), "outdated"),  # passed, but the data are those of 1 September 2020
    ],
)
def test_an_unkept_promise_is_open_then_due_then_waits_for_newer_data(
    tmp_path: Path, on: date, status: str
) -> None:
    plan = plan_of(tmp_path, commitment(value='"75"', due="2021-07-01"))
    assert status_of(plan, on)["status"] == status


@pytest.mark.parametrize(("on", "status"), [(date(2020, 7, 21), "due"), (date(2020, 7, 22), "late")])
def test_a_promise_that_newer_data_show_unkept_is_late_from_the_day_after(
    tmp_path: Path, on: date, status: str
) -> None:
    plan = plan_of(tmp_path, commitment(value='"75"', due="2020-07-21"))
    assert status_of(plan, on)["status"] == status


def test_a_promise_kept_is_done_before_and_after_its_day(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, commitment(due="2021-07-01"))
    assert {status_of(plan, on)["status"] for on in (date(2020, 9, 1), date(2022, 9, 1))} == {"done"}


@pytest.mark.parametrize(("due", "status"), [("2020-08-31", "late"), ("2020-09-01", "outdated")])
def test_data_older_than_the_deadline_accuse_nobody(tmp_path: Path, due: str, status: str) -> None:
    """Statistics of 2020—2021 are taken on 1 September 2020; a deadline counts to its last moment."""
    row = status_of(plan_of(tmp_path, commitment(value='"75"', due=due)), date(2022, 1, 1))
    assert row["status"] == status
    assert ("数据为2020年9月1日的，早于期限" in row["reason"]) == (status == "outdated")


def test_due_in_the_target_year_means_its_last_day(tmp_path: Path) -> None:
    row = status_of(plan_of(tmp_path, commitment(value='"75"', due_at_target="true")), LAST_DAY_OF_DATA)
    assert (row["deadline"], row["status"]) == (pd.Timestamp(2022, 12, 31), "open")


def test_the_target_is_the_verdict_on_everything_the_regime_judges(tmp_path: Path) -> None:
    row = status_of(plan_of(tmp_path), LAST_DAY_OF_DATA, kind="target")
    assert row["outcome"] == plain_county().overall_outcome == "not_assessable"
    assert "无法判定：" in row["reason"]
    assert row["status"] == "open"


@pytest.mark.parametrize(
    ("on", "status"),
    [
        (date(2020, 8, 31), "open"),
        (date(2020, 9, 1), "due"),
        (date(2021, 3, 31), "due"),
        (date(2021, 4, 1), "not_assessable"),
    ],
)
def test_a_stage_without_tasks_goes_by_the_calendar(tmp_path: Path, on: date, status: str) -> None:
    assert status_of(plan_of(tmp_path), on, kind="step")["status"] == status


@pytest.mark.parametrize(
    ("items", "status"),
    [('["B18"]', "to_verify"), ('["B10"]', "not_assessable"), ('["B18", "B11"]', "to_verify")],
)
def test_a_stage_that_is_over_goes_by_its_tasks(tmp_path: Path, items: str, status: str) -> None:
    """B18 and B11 are met here, which does not show that the task was done; of B10 the rooms are not filed."""
    plan = plan_of(tmp_path, task(items=items, step='"first"', deadline="2021-03-31"))
    assert status_of(plan, date(2021, 6, 1), kind="step")["status"] == status


def test_a_stage_with_a_late_task_is_late(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, task(items='["B18"]', step='"first"', deadline="2020-08-31"))
    of = county(rotated_teachers=19.0)
    assert status_of(plan, date(2021, 6, 1), of, kind="task")["status"] == "late"
    assert status_of(plan, date(2021, 6, 1), of, kind="step")["status"] == "late"


# --- what is done -------------------------------------------------------------------------------------------------


def test_a_task_whose_items_are_met_is_to_be_verified_and_never_done(tmp_path: Path) -> None:
    """A school to be built by 2022 is not built because today's item is met."""
    plan = plan_of(tmp_path, task(name='"新建学校"', items='["B18"]', deadline="2022-12-31"))
    for on in (date(2020, 9, 1), date(2022, 12, 31), date(2023, 1, 1)):
        assert status_of(plan, on, kind="task")["status"] == "to_verify"


@pytest.mark.parametrize(
    ("state", "status"),
    [("已完成", "done"), ("已办结，2021年3月验收", "done"), ("已完成60%", "to_verify"), ("未完成", "to_verify"), (None, "to_verify")],
)  # fmt: skip
def test_a_task_is_done_when_the_county_reports_it_by_itself(
    tmp_path: Path, state: str | None, status: str
) -> None:
    of = county(tasks=[{"item": "B18", "measure": "扩大交流", "present_state": state}])
    row = status_of(plan_of(tmp_path, task(items='["B18"]')), LAST_DAY_OF_DATA, of, kind="task")
    assert (row["status"], row["basis"] == "reported") == (status, status == "done")


def test_a_report_that_the_figures_contradict_is_not_done_and_says_so(tmp_path: Path) -> None:
    of = county(tasks=[{"item": "B18", "present_state": "已完成"}], rotated_teachers=19.0)
    row = status_of(plan_of(tmp_path, task(items='["B18"]')), LAST_DAY_OF_DATA, of, kind="task")
    assert (row["status"], row["contradicts"]) == ("open", True)
    assert row["reason"] == "填报：已完成；相关指标尚未达标，请核对"


def test_a_report_on_an_item_speaks_for_no_single_one_of_several_tasks(tmp_path: Path) -> None:
    of = county(tasks=[{"item": "B18", "present_state": "已完成"}])
    plan = plan_of(tmp_path, task(id='"a"', items='["B18"]'), task(id='"b"', items='["B18"]'))
    rows = progress(plan, LAST_DAY_OF_DATA, of)
    assert set(rows.loc[rows["kind"] == "task", "status"]) == {"to_verify"}


def test_the_plans_date_stands_above_the_sheets_and_the_other_is_named(tmp_path: Path) -> None:
    of = county(tasks=[{"item": "B18", "measure": "扩大交流", "deadline": "2022-06-30"}])
    row = status_of(
        plan_of(tmp_path, task(items='["B18"]', deadline="2021-12-31")), LAST_DAY_OF_DATA, of, kind="task"
    )
    assert row["deadline"] == pd.Timestamp(2021, 12, 31)
    assert "“任务”表填报的时限为2022年6月30日" in row["reason"]
    undated = status_of(plan_of(tmp_path, task(items='["B18"]')), LAST_DAY_OF_DATA, of, kind="task")
    assert (undated["deadline"], undated["reason"]) == (pd.Timestamp(2022, 6, 30), "")


# --- the target year ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "used"), [(None, 2022), (2025, 2025)])
def test_a_plan_sets_the_target_year_unless_told_otherwise(
    tmp_path: Path, given: int | None, used: int
) -> None:
    of = replace(plain_county(), target_year=given)
    aimed = with_target_year_of(plan_of(tmp_path), of)
    assert aimed.target_year == used
    assert given or set(aimed.trends["target_year"]) == {2022}


@pytest.mark.parametrize(("year", "used"), [(YEAR, YEAR), (YEAR - 1, None)])
def test_a_target_year_before_the_data_is_not_taken(tmp_path: Path, year: int, used: int | None) -> None:
    plan = plan_of(tmp_path)
    plan = replace(plan, targets=(replace(plan.targets[0], year=year),))
    assert with_target_year_of(plan, plain_county()).target_year == used


def test_a_plan_for_another_county_or_evaluation_sets_no_target_year() -> None:
    plan = load_plan("xiangfen_2017")
    here = replace(plan, head=replace(plan.head, division_code=CODE))
    for one in (plan, here, None):
        assert with_target_year_of(one, plain_county()).target_year is None


def test_a_task_about_several_items_counts_those_that_are_met(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, task(items='["B18", "B11"]'))
    assert status_of(plan, LAST_DAY_OF_DATA, kind="task")["figure"] == "2项中2项达标"
    row = status_of(plan, LAST_DAY_OF_DATA, county(rotated_teachers=19.0), kind="task")
    assert (row["status"], row["figure"]) == ("open", "2项中1项达标；未达标：B18")


def test_a_task_without_items_cannot_be_told(tmp_path: Path) -> None:
    row = status_of(plan_of(tmp_path, task(deadline="2021-03-31")), LAST_DAY_OF_DATA, kind="task")
    assert row["status"] == "not_assessable"
    assert row["reason"] == "没有对应的指标，请对照工作台账"


# --- the sheet 任务, other regimes, other counties ---------------------------------------------------------------


def test_the_countys_own_tasks_are_measured_where_the_plan_has_none(tmp_path: Path) -> None:
    own = [
        {"item": "b18", "measure": "扩大交流", "deadline": "2021-06-30", "responsible_offices": "县教育局"},
        {"item": "B11", "measure": "控制规模"},
    ]
    of = county(tasks=own, rotated_teachers=19.0)
    rows = progress(plan_of(tmp_path, task(items='["B11"]')), LAST_DAY_OF_DATA, of)
    found = [row for row in records(rows) if row["kind"] == "own_task"]
    assert [(row["name"], row["status"], row["offices"]) for row in found] == [
        ("扩大交流", "outdated", "县教育局")
    ]


@pytest.mark.parametrize(("law", "apart"), [(regime_2012, True), (regime_2017, False)])
def test_lines_of_a_plan_for_another_evaluation_are_not_comparable(
    tmp_path: Path, law: Callable[[], Regime], apart: bool
) -> None:
    rows = [
        school("0001"),
        school("0002"),
        *(school(code, "junior_secondary_school") for code in ("0004", "0005")),
    ]
    of = assess_county(tables_of(*rows), law(), division_code=CODE)
    ratio = {"measured_by": '"county_ratio"', "subject": "", "figure": "", "id": '"ratio"'}
    ratio |= {"numerator": '"rotated_teachers"', "denominator": '"rotation_eligible_teachers"'}
    plan = plan_of(tmp_path, commitment(), commitment(**ratio), task(items='["B11"]'), task(id='"free"'))
    frame = progress(plan, date(2023, 1, 1), of)
    found = set(frame.loc[frame["status"] == "not_comparable", "id"])
    assert found == ({"county", "promise", "work"} if apart else set())
    reasons = set(frame.loc[frame["status"] == "not_comparable", "reason"])
    assert reasons == ({"方案按优质均衡制定，本次按基本均衡评估，不可比"} if apart else set())


def test_another_countys_plan_is_refused_with_the_remedy() -> None:
    with pytest.raises(ParameterError, match="属于桓台县"):
        measure_progress(load_plan("huantai_2017"), plain_county(), plain_county().items, on=LAST_DAY_OF_DATA)


def test_the_roadmap_shows_the_worst_of_the_tasks_that_share_a_day(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        task(id='"a"', items='["B18"]', deadline="2020-08-31"),
        task(id='"b"', items='["B11"]', deadline="2020-08-31"),
    )
    rows = roadmap_rows(progress(plan, date(2021, 6, 1), county(rotated_teachers=19.0)))
    row = row_of(rows, kind="task")
    assert (row["label"], row["status"], row["count"]) == ("B18、B11", "late", 2)


# --- the samples against the plans of their counties ----------------------------------------------------------


@cache
def sample(name: str, year: int, regime: str) -> CountyAssessment:
    return open_assessment(SAMPLE / f"{name}.xlsx", year=year, regime=regime)


def test_huantai_at_the_end_of_the_school_year_2017() -> None:
    of = sample("桓台县", 2017, "quality_balance_2017")
    rows = measure_progress(load_plan("huantai_2017"), of, of.items, on=date(2018, 8, 31))
    status = {row["id"]: row["status"] for row in records(rows) if row["kind"] in ("task", "commitment")}
    assert [name for name in status if status[name] == "outdated"] == ["equipment"]
    assert {name for name in status if status[name] == "done"} == {"quota", "rotation", "rotation_backbone"}
    items = {f"B{number}" for number in range(1, 32)}
    assert {name for name in items if status[name] != "to_verify"} == {
        "B3", "B4", "B5", "B6", "B10", "B11", "B12"
    }  # fmt: skip
    assert (status["B3"], status["B12"]) == ("due", "open")
    assert "late" not in status.values()


def test_xiangfen_keeps_its_measured_promises_of_2017() -> None:
    of = sample("襄汾县", 2017, "basic_balance_2012")
    rows = measure_progress(load_plan("xiangfen_2017"), of, of.items, on=date(2017, 11, 30))
    measured = rows[(rows["kind"] == "commitment") & (rows["basis"] != "none")]
    assert list(measured["id"]) == [
        "school_standards", "government_work", "composite_primary", "composite_junior", "satisfaction", "rotation"
    ]  # fmt: skip
    assert set(measured["status"]) == {"done"}


def test_meeting_the_standards_is_not_yet_passing_an_evaluation_by_others() -> None:
    """襄汾 meets all that the 2012 regime asks for; 通过省政府督导评估和国家督导团审核认定 is for others to say."""
    of = sample("襄汾县", 2017, "basic_balance_2012")
    assert of.overall_outcome == "met"
    plan = load_plan("xiangfen_2017")
    for on in (date(2017, 7, 1), date(2017, 12, 31), date(2018, 1, 1)):
        row = row_of(told(measure_progress(plan, of, of.items, on=on)), kind="target")
        assert (row["status"], row["figure"]) == ("to_verify", "各项标准均已达到")
        assert "是否通过以省级评估和国家认定的结果为准" in row["reason"]
    own = replace(plan, targets=(replace(plan.targets[0], decided_by=""),))
    row = row_of(measure_progress(own, of, of.items, on=date(2017, 7, 1)), kind="target")
    assert row["status"] == "done"


def test_bagongshans_own_tasks_are_due_on_their_day() -> None:
    of = sample("八公山区", 2020, "quality_balance_2017")
    rows = measure_progress(load_plan("bagongshan_2020"), of, of.items, on=date(2021, 8, 31))
    own = {row["id"]: row["status"] for row in records(rows) if row["kind"] == "own_task"}
    assert own == {"B5": "to_verify", "B10": "due", "B12": "due"}
