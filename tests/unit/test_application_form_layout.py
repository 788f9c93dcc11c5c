"""Form Ⅱ-2: which rows are schools and of which stage, and what is said where that is in doubt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from balance_analysis.errors import Issue
from balance_analysis.measures.indicators import compute_indicators
from balance_analysis.reporting.forms.basic_situation import basic_situation
from balance_analysis.terms import Severity
from balance_analysis.workbook.reader import read_workbook
from balance_analysis.workbook.tables import SchoolTables
from tests.county_tables import regime_2017
from tests.workbook_generators import write_form, write_side_file

VALUES = (5.0, 2.0, 1.0, 5.5, 8.0, 2100.0, 3.0)
BLOCKS = {
    "primary": [["第一小学", 7, 400, 6, 10, *VALUES], ["实验学校", 10, 300, 6, 8, *VALUES]],
    "junior_secondary": [["第一中学", 7, 600, 3, 12, *VALUES], ["实验学校", 10, 150, 3, 4, *VALUES]],
}


def form(folder: Path, **options: Any) -> SchoolTables:
    return read_workbook(write_form(folder / "申报表.xlsx", options.pop("blocks", BLOCKS), **options))


def hard(tables: SchoolTables) -> list[Issue]:
    return list(tables.hard_issues)


def only(issues: list[Issue], code: str) -> Issue:
    found = [issue for issue in issues if issue.code == code]
    assert len(found) == 1, "\n".join(map(str, issues))
    return found[0]


@pytest.mark.parametrize("marks", ["sections", "column", "numbers"])
def test_the_stage_is_told_by_section_by_column_or_by_numbers_that_start_again(
    tmp_path: Path, marks: str
) -> None:
    tables = form(tmp_path, marks=marks)
    assert hard(tables) == []
    schools = tables.schools.set_index("school_name")
    assert list(schools.index) == ["第一小学", "实验学校", "第一中学"]
    assert schools.loc["实验学校", "primary_enrolment"] == 300
    assert schools.loc["实验学校", "junior_secondary_enrolment"] == 150
    assert schools["primary_enrolment"].isna().to_list() == [False, False, True]


def test_the_order_of_the_form_is_said_when_it_decided_the_stage(tmp_path: Path) -> None:
    note = only(list(form(tmp_path, marks="numbers").issues), "stage_by_serial")
    assert note.severity is Severity.NOTE
    assert note.found == "序号在第7行重新从1起"


def test_one_run_of_numbers_without_any_mark_is_a_doubt_that_stops(tmp_path: Path) -> None:
    issue = only(
        hard(form(tmp_path, marks="numbers", blocks={"primary": BLOCKS["primary"]})), "stage_unknown"
    )
    assert "学段" in issue.remedy


def test_a_stage_column_with_another_word_is_refused_at_its_row(tmp_path: Path) -> None:
    def spoil(sheet: Any) -> None:
        sheet.cell(5, 16, "幼儿园")

    issue = only(hard(form(tmp_path, marks="column", change=spoil)), "stage_unknown")
    assert issue.place.cell == "第5行"


def test_a_school_of_both_stages_keeps_the_cell_of_each(tmp_path: Path) -> None:
    tables = form(tmp_path)
    index = int(tables.schools.index[tables.schools["school_name"] == "实验学校"][0])
    assert tables.address("schools", index, "primary_enrolment") == "表Ⅱ-2!D7"
    assert tables.address("schools", index, "junior_secondary_enrolment") == "表Ⅱ-2!D10"
    assert tables.address("schools", index, "junior_secondary_sports_area_per_pupil") == "表Ⅱ-2!K10"


def test_values_are_taken_as_filed_and_their_resource_is_value_times_pupils(tmp_path: Path) -> None:
    rows = compute_indicators(form(tmp_path), regime_2017())
    row = rows[(rows["school_name"] == "第一小学") & (rows["indicator"] == "teaching_area")].iloc[0]
    assert (row["value"], row["resource"], row["enrolment"], row["missing"]) == (5.5, 2200.0, 400.0, "")
    assert pd.isna(row["amount"])
    assert len(rows) == 4 * 7


def test_a_blank_value_is_missing_and_named_not_zero(tmp_path: Path) -> None:
    blocks = {**BLOCKS, "primary": [["第一小学", 7, 400, 6, 10, None, *VALUES[1:]], BLOCKS["primary"][1]]}
    rows = compute_indicators(form(tmp_path, blocks=blocks), regime_2017())
    row = rows[
        (rows["school_name"] == "第一小学") & (rows["indicator"] == "above_standard_qualified_teachers")
    ]
    assert row["value"].isna().all()
    assert row["missing"].iloc[0] == "primary_above_standard_qualified_teachers_per_100_pupils"


def test_a_dash_in_the_form_is_a_blank_and_a_word_is_refused(tmp_path: Path) -> None:
    def spoil(sheet: Any) -> None:
        sheet["G6"] = "——"
        sheet["H6"] = "达标"

    tables = form(tmp_path, change=spoil)
    assert [(issue.code, issue.place.cell) for issue in hard(tables)] == [("wrong_type", "H6")]


@pytest.mark.parametrize(
    "label", ["合计", "小学合计", "全县平均", "标准值", "差异系数", "标准值的85%", "小计"]
)
def test_rows_of_totals_limits_and_coefficients_are_no_schools(tmp_path: Path, label: str) -> None:
    def add(sheet: Any) -> None:
        sheet.insert_rows(8)
        sheet.cell(8, 1, label)
        for column in range(4, 14):
            sheet.cell(8, column, 1.0)

    tables = form(tmp_path, change=add, notes=())
    assert len(tables.schools) == 3
    assert hard(tables) == []


def test_a_county_without_code_and_year_in_its_title_is_asked_for_and_answered(tmp_path: Path) -> None:
    tables = form(tmp_path, titles=("表Ⅱ-2 学校资源配置情况",))
    assert {issue.code for issue in hard(tables)} == {
        "school_year_unknown",
        "division_code_unknown",
        "county_unknown",
    }
    write_side_file(
        tmp_path / "申报表.补充.csv", [{"区县名称": "模拟县", "学年": "2020", "行政区划代码": "010203"}]
    )
    answered = read_workbook(tmp_path / "申报表.xlsx")
    assert hard(answered) == []
    assert answered.years("010203") == (2020,)


def test_a_school_twice_in_one_stage_is_a_duplicate(tmp_path: Path) -> None:
    blocks = {**BLOCKS, "primary": [*BLOCKS["primary"], BLOCKS["primary"][0]]}
    assert {issue.code for issue in hard(form(tmp_path, blocks=blocks))} == {"duplicate_school_year"}


def test_equipment_in_wan_yuan_is_turned_into_yuan_because_the_header_says_so(tmp_path: Path) -> None:
    def wan(sheet: Any) -> None:
        sheet["L4"] = "生均教学仪器设备值（万元）"
        for line in (6, 7, 9, 10):
            sheet.cell(line, 12, 0.21)

    rows = compute_indicators(form(tmp_path, change=wan), regime_2017())
    assert set(rows.loc[rows["indicator"] == "equipment_value", "value"]) == {2100.0}


def test_columns_in_another_order_and_extra_columns_change_nothing(tmp_path: Path) -> None:
    def extra(sheet: Any) -> None:
        for line in (6, 7, 9, 10):
            sheet.cell(line, 20, 99)
        sheet.cell(3, 20, "县内自查备注")

    change: Callable[[Any], None] = extra
    plain, other = (
        compute_indicators(form(tmp_path, **options), regime_2017()) for options in ({}, {"change": change})
    )
    assert plain["value"].to_list() == other["value"].to_list()


@pytest.mark.parametrize(("staff", "total"), [(3, None), (4, 4), (9, 9)])
def test_staff_fewer_than_their_teachers_is_no_total(staff: int, total: int | None) -> None:
    schools = pd.DataFrame(
        {
            "school_year": [2020], "school_type": ["primary_school"], "primary_enrolment": [60.0], "primary_staff": [float(staff)],
            "primary_full_time_teachers": [4.0],
        }
    )  # fmt: skip
    county: Any = SimpleNamespace(year=2020, tables=SimpleNamespace(counties=pd.DataFrame(), schools=schools))
    assert {line.number: line.value for line in basic_situation(county)}["L21"] == total
