"""The task breakdown: one row per item, told from the data; measures from the sheet 任务, else the plan, else blank."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment, assess_county
from balance_analysis.door import worded
from balance_analysis.programmes import Plan, break_down_tasks, load_plan, measure_progress
from balance_analysis.programmes.own_tasks import own_tasks
from balance_analysis.words import tell
from tests.county_tables import CODE, regime_2012, regime_2017, row_of, school, tables_of

BLANK_TASK = {
    "source_file": "模拟.xlsx",
    "present_state": None,
    "measure": None,
    "deadline": None,
    "responsible_offices": None,
    "investment_wan_cny": float("nan"),
}


def county(*tasks: dict[str, Any], large: bool = False) -> CountyAssessment:
    rows = [school(f"000{number}") for number in (1, 2, 3)]
    rows += [school(f"000{number}", "junior_secondary_school") for number in (4, 5)]
    if large:  # 2001 pupils and everything in proportion, so that only B11 is touched
        more = 21
        rows[0] = {
            name: value * more
            if isinstance(value, int) and name not in ("school_year", "counted_as_school")
            else value
            for name, value in rows[0].items()
        } | {"primary_enrolment": 2001}
    tables = tables_of(*rows)
    if tasks:
        tables = replace(tables, tasks=pd.DataFrame([BLANK_TASK | task for task in tasks]))
    return worded(assess_county(tables, regime_2017(), division_code=CODE))


def breakdown(of: CountyAssessment, plan: Plan | None = None) -> pd.DataFrame:
    return break_down_tasks(of, of.items, of.item_schools, plan=plan)


def plan_here() -> Plan:
    """Huantai's plan, moved to the county of the tests."""
    plan = load_plan("huantai_2017")
    return replace(plan, head=replace(plan.head, division_code=CODE))


def test_the_rows_are_b1_to_b31_whatever_else_the_regime_judges() -> None:
    assert list(breakdown(county())["item"]) == [f"B{number}" for number in range(1, 32)]


def test_every_present_state_begins_with_the_outcome() -> None:
    words = {"met": "达标。", "not_met": "未达标。", "not_assessable": "无法判定。"}
    frame = breakdown(county())
    assert {"met", "not_assessable"} <= set(frame["outcome"])
    assert all(
        tell(state).startswith(words[outcome])
        for state, outcome in zip(frame["present_state"], frame["outcome"], strict=True)
    )


def test_the_sheet_goes_before_the_plan_cell_by_cell() -> None:
    of = county({"item": "b3", "measure": "自己的措施"})
    row = row_of(breakdown(of, plan_here()), item="B3")
    assert (row["measure"], row["measure_from"]) == ("自己的措施", "sheet")
    assert row["deadline"] == pd.Timestamp(2018, 9, 30)  # of the plan: the sheet has none
    assert row["responsible_offices"] == "县编办、县人社局、县教体局"


def test_offices_and_money_of_the_sheet_stand_above_the_plan_and_the_plans_date_above_the_sheets() -> None:
    own = {
        "item": "B3",
        "deadline": "2019-06-30",
        "responsible_offices": "县人社局",
        "investment_wan_cny": 12.5,
    }
    row = row_of(breakdown(county(own), plan_here()), item="B3")
    assert row["deadline"] == pd.Timestamp(2018, 9, 30)
    assert (row["responsible_offices"], row["investment_wan_cny"]) == ("县人社局", 12.5)
    assert row["measure_from"] == "plan"  # the sheet has no measure of its own


def test_the_plan_fills_what_the_sheet_does_not_have() -> None:
    row = row_of(breakdown(county(), plan_here()), item="B21")
    assert row["measure_from"] == "plan"
    assert "70%" in row["measure"]
    assert pd.isna(row["deadline"])


def test_without_sheet_and_plan_the_columns_stay_blank() -> None:
    row = row_of(breakdown(county()), item="B3")
    assert (row["measure"], row["responsible_offices"], row["measure_from"]) == ("", "", "")
    assert pd.isna(row["deadline"])
    assert pd.isna(row["investment_wan_cny"])


def test_date_and_status_are_those_of_the_progress() -> None:
    of, plan = county({"item": "B3", "deadline": "2019-06-30"}), plan_here()
    progress = measure_progress(plan, of, of.items, on=date(2018, 8, 31))
    frame = break_down_tasks(of, of.items, of.item_schools, plan=plan, progress=progress)
    lines = progress[(progress["kind"] == "task") & progress["items"].isin(frame["item"])]
    assert len(lines) == 31
    for line in lines.to_dict("records"):
        row = row_of(frame, item=line["items"])
        assert row["status"] == line["status"]
        assert row["deadline"] is line["deadline"] or row["deadline"] == line["deadline"]


def test_the_status_of_several_tasks_on_an_item_is_the_worst_and_their_date_the_last() -> None:
    plan = plan_here()
    (task,) = (one for one in plan.tasks if one.items == ("B3",))
    early = replace(task, id="early", name="调研", deadline=date(2017, 12, 31))
    plan, of = replace(plan, tasks=(*plan.tasks, early)), county()
    progress = measure_progress(plan, of, of.items, on=date(2018, 8, 31))
    progress.loc[progress["id"] == "early", "status"] = "late"
    row = row_of(break_down_tasks(of, of.items, of.item_schools, plan=plan, progress=progress), item="B3")
    assert (row["status"], row["deadline"]) == ("late", pd.Timestamp(2018, 9, 30))
    assert row["measure"].endswith("；调研")


def test_a_plan_for_another_evaluation_fills_nothing() -> None:
    plan = plan_here()
    other = replace(plan, head=replace(plan.head, regime="basic_balance_2012"))
    assert set(breakdown(county(), other)["measure"]) == {""}


def test_a_task_of_the_plan_about_many_items_says_nothing_about_one() -> None:
    plan = plan_here()
    many = replace(next(task for task in plan.tasks if task.items), items=("B1", "B2"))
    assert set(breakdown(county(), replace(plan, tasks=(many,)))["measure"]) == {""}


def test_several_tasks_of_the_plan_about_one_item_are_joined_and_the_latest_deadline_counts() -> None:
    plan = plan_here()
    task = next(task for task in plan.tasks if task.items == ("B21",))
    first = replace(task, name="先办", offices=("县教体局",), deadline=date(2018, 3, 31))
    last = replace(
        task, id="later", name="后办", offices=("县教体局", "县财政局"), deadline=date(2018, 9, 30)
    )
    row = row_of(breakdown(county(), replace(plan, tasks=(last, first))), item="B21")
    assert (row["measure"], row["responsible_offices"]) == ("后办；先办", "县教体局、县财政局")
    assert row["deadline"].date() == date(2018, 9, 30)


def test_the_schools_below_the_limit_are_named_for_items_that_are_not_met() -> None:
    row = row_of(breakdown(county(large=True)), item="B11")
    assert (row["outcome"], row["n_schools"], row["schools"]) == ("not_met", 1, "模拟学校0001")


def test_resource_items_name_their_schools_too() -> None:
    rows = [school("0001", multimedia_classrooms=0), school("0002"), school("0003")]
    rows += [school(code, "junior_secondary_school") for code in ("0004", "0005")]
    of = worded(assess_county(tables_of(*rows), regime_2017(), division_code=CODE))
    assert row_of(breakdown(of), item="B7")["schools"] == "模拟学校0001"


def test_the_2012_regime_breaks_down_what_it_judges() -> None:
    rows = [school("0001"), school("0002")]
    of = worded(assess_county(tables_of(*rows), regime_2012(), division_code=CODE))
    assert list(breakdown(of)["item"]) == ["school_standards", "government_work", "satisfaction"]


def test_lines_of_several_files_on_one_item_are_joined_and_their_money_added() -> None:
    tasks = pd.DataFrame(
        [
            BLANK_TASK
            | {"item": "B5", "measure": "甲", "deadline": "2021-06-30", "investment_wan_cny": 10.5},
            BLANK_TASK
            | {"item": " b5 ", "measure": "乙", "deadline": "2021-08-31", "responsible_offices": "县财政局"},
            BLANK_TASK | {"item": "B5", "measure": "甲", "investment_wan_cny": 2.0},
        ]
    )
    found = own_tasks(tasks)["b5"]
    assert (found.measure, found.offices, found.investment_wan_cny) == ("甲；乙", "县财政局", 12.5)
    assert str(found.deadline) == "2021-08-31"
    assert own_tasks(tasks.iloc[:0]) == {}
