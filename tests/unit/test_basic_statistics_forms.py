"""教基 forms: figures by form number and cell, trusted only under the right titles; joined by 学校标识码."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from balance_analysis.errors import BalanceAnalysisError, Issue
from balance_analysis.measures.indicators import compute_indicators
from balance_analysis.terms import Severity
from balance_analysis.workbook.cell_map import map_of_year, parse_cell_map
from balance_analysis.workbook.reader import read_workbook, read_workbooks
from balance_analysis.workbook.tables import SchoolTables
from tests.basic_statistics import FORM_NAMES, NINE_YEAR, write_forms
from tests.county_tables import regime_2017

PRIMARY = {**NINE_YEAR, "code": "3137000101", "name": "第一小学", "type": "211-小学", "backbone": (5, None)}
JUNIOR = {**NINE_YEAR, "code": "3137000102", "name": "第一中学", "type": "初级中学", "backbone": (None, 5)}
PRIMARY_FORMS = ("1102", "2106", "3112", "4155", "5170", "5176")
JUNIOR_FORMS = ("1102", "2107", "3115", "4156", "5170", "5176")


def only(tables: SchoolTables, code: str) -> Issue:
    (issue,) = [one for one in tables.issues if one.code == code]
    return issue


def school_row(tables: SchoolTables, name: str = "实验学校") -> dict[Any, Any]:
    (row,) = tables.schools[tables.schools["school_name"] == name].to_dict("records")
    return row


def test_every_figure_of_a_nine_year_school_is_the_one_that_was_printed(tmp_path: Path) -> None:
    tables = read_workbook(write_forms(tmp_path / "实验学校.xlsx"))
    assert tables.hard_issues == ()
    row = school_row(tables)
    expected = {
        "school_code": "3137000104", "school_year": 2023, "division_code": "370399", "county": "模拟县", "school_type": "nine_year",
        "sponsor_type": "7", "urban_rural_code": "111", "primary_enrolment": 500, "junior_secondary_enrolment": 300,
        "senior_secondary_enrolment": 0, "grade_1_pupils": 90, "grade_6_pupils": 74, "grade_7_pupils": 104, "grade_9_pupils": 96,
        "primary_classes": 12, "primary_classes_41_to_45": 12, "junior_secondary_classes": 6, "primary_full_time_teachers": 40,
        "primary_teachers_associate": 10, "primary_teachers_bachelor": 25, "junior_secondary_teachers_bachelor": 28,
        "primary_backbone_teachers": 6, "junior_secondary_backbone_teachers": 4, "primary_pe_teachers": 3, "primary_music_teachers": 2,
        "junior_secondary_pe_teachers": 2, "junior_secondary_arts_teachers": 1, "teaching_and_auxiliary_area_m2": 5200,
        "indoor_sports_area_m2": 400, "sports_ground_area_m2": 6400, "books": 21000, "multimedia_classrooms": 22,
        "teaching_equipment_value_wan_cny": 210.5,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_a_figure_remembers_its_form_and_cell(tmp_path: Path) -> None:
    tables = read_workbook(write_forms(tmp_path / "实验学校.xlsx"))
    cells = {
        "primary_enrolment": "教基3112!I6", "junior_secondary_enrolment": "教基3115!E6", "primary_backbone_teachers": "教基1102!D12",
        "primary_full_time_teachers": "教基4155!C6", "primary_pe_teachers": "教基4155!L6", "primary_arts_teachers": "教基4155!P6",
        "junior_secondary_pe_teachers": "教基4156!U6", "teaching_and_auxiliary_area_m2": "教基5170!F10", "books": "教基5176!D12",
    }  # fmt: skip
    assert {name: tables.address("schools", 0, name) for name in cells} == cells


def test_the_seven_indicators_of_a_county_of_forms_are_computed(tmp_path: Path) -> None:
    paths = [
        write_forms(tmp_path / "a.xlsx"),
        write_forms(tmp_path / "b.xlsx", PRIMARY, numbers=PRIMARY_FORMS),
        write_forms(tmp_path / "c.xlsx", JUNIOR, numbers=JUNIOR_FORMS),
    ]
    rows = compute_indicators(read_workbooks(paths), regime_2017())
    found = rows[
        (rows["school_name"] == "第一小学") & (rows["indicator"] == "above_standard_qualified_teachers")
    ]
    assert len(rows) == 4 * 7
    assert rows["value"].notna().all()
    assert found["value"].tolist() == [100 * (2 + 25 + 10) / 500]


def test_forms_in_a_file_each_are_joined_by_the_school_code(tmp_path: Path) -> None:
    paths = [write_forms(tmp_path / f"{number}.xlsx", numbers=(number,)) for number in FORM_NAMES]
    tables = read_workbooks(paths)
    assert tables.hard_issues == ()
    assert len(tables.schools) == 1
    assert tables.address("schools", 0, "books") == "5176.xlsx 教基5176!D12"


@pytest.mark.parametrize(
    ("number", "cell", "text"),
    [
        ("3112", "A6", "其中：女"),
        ("3112", "I3", "招生数"),
        ("4155", "A11", "高中毕业"),
        ("5176", "A17", "计算机"),
        ("1102", "A12", "教师数"),
    ],
)
def test_a_form_whose_titles_differ_is_refused_as_a_whole(
    tmp_path: Path, number: str, cell: str, text: str
) -> None:
    def spoil(book: Any) -> None:
        book[f"教基{number}"][cell] = text

    tables = read_workbook(write_forms(tmp_path / "实验学校.xlsx", change=spoil))
    issue = only(tables, "form_titles_differ")
    assert (issue.severity, issue.place.sheet) == (Severity.HARD, f"教基{number}")
    assert issue.found.startswith(f"教基{number}：")
    name = {
        "3112": "primary_enrolment",
        "4155": "primary_full_time_teachers",
        "5176": "books",
        "1102": "school_type",
    }[number]
    assert tables.schools[name].isna().all()


def test_a_row_that_was_inserted_is_seen_by_the_titles(tmp_path: Path) -> None:
    def insert(book: Any) -> None:
        book["教基5170"].insert_rows(8)

    issue = only(read_workbook(write_forms(tmp_path / "实验学校.xlsx", change=insert)), "form_titles_differ")
    assert "F10：行" in issue.found
    assert "F10为“教学及辅助用房、计或面积" in issue.expected


def test_a_unit_that_the_title_names_is_taken_over(tmp_path: Path) -> None:
    def yuan(book: Any) -> None:
        book["教基5176"]["A19"] = "其中：教学仪器设备资产值（元）"
        book["教基5176"]["D19"] = 2105000

    assert (
        school_row(read_workbook(write_forms(tmp_path / "实验学校.xlsx", change=yuan)))[
            "teaching_equipment_value_wan_cny"
        ]
        == 210.5
    )


def test_a_blank_cell_is_missing_not_zero(tmp_path: Path) -> None:
    def blank(book: Any) -> None:
        book["教基4155"]["P6"] = None

    assert pd.isna(
        school_row(read_workbook(write_forms(tmp_path / "实验学校.xlsx", change=blank)))[
            "primary_arts_teachers"
        ]
    )


def test_two_forms_that_differ_in_a_figure_stop_the_school(tmp_path: Path) -> None:
    other = {**NINE_YEAR, "books": 20000}
    paths = [write_forms(tmp_path / "a.xlsx"), write_forms(tmp_path / "b.xlsx", other, numbers=("5176",))]
    issue = only(read_workbooks(paths), "joined_files_differ")
    assert "21000" in issue.found
    assert "20000" in issue.found


def test_a_school_without_its_form_of_pupils_is_named_with_the_form(tmp_path: Path) -> None:
    tables = read_workbook(write_forms(tmp_path / "实验学校.xlsx", numbers=("1102", "3112", "5170")))
    assert only(tables, "form_lacking").found == "实验学校（3137000104）有教基1102、3112、5170，没有教基3115"


def test_a_form_without_a_school_code_is_refused(tmp_path: Path) -> None:
    def nameless(book: Any) -> None:
        book["教基3112"]["A2"] = "学校（机构）标识码："
        book["教基3112"]["B2"] = None

    tables = read_workbook(write_forms(tmp_path / "a.xlsx", numbers=("3112",), change=nameless))
    assert only(tables, "form_without_school").severity is Severity.HARD


def test_forms_of_years_without_a_cell_map_are_refused_by_name(tmp_path: Path) -> None:
    early = read_workbook(write_forms(tmp_path / "a.xlsx", year="2020/2021学年"))
    assert {issue.code for issue in early.hard_issues} >= {"form_of_another_year"}
    assert map_of_year(2020) is None
    assert map_of_year(2021) is map_of_year(None)

    def old(book: Any) -> None:
        for sheet in book.worksheets:
            sheet.title = sheet.title.replace("教基", "基础基")[:6]
            sheet["C2"] = "表号：基础基312"

    tables = read_workbook(write_forms(tmp_path / "b.xlsx", numbers=("3112",), change=old))
    assert only(tables, "forms_of_2018_to_2020").found == "基础基311、基础基312"


def test_a_form_that_nobody_needs_is_noted(tmp_path: Path) -> None:
    def another(book: Any) -> None:
        sheet = book.copy_worksheet(book["教基3112"])
        sheet.title = "教基3999"
        sheet["C2"] = "表号：教基3999"

    issue = only(read_workbook(write_forms(tmp_path / "a.xlsx", change=another)), "form_not_used")
    assert (issue.severity, issue.place.sheet) == (Severity.NOTE, "教基3999")


def test_a_cell_map_with_an_unknown_field_or_without_titles_is_refused() -> None:
    text = """
id = "x"
name = "x"
source = "x"
first_year = 2021
[[form]]
number = "9999"
name = "x"
[[form.cell]]
field = "not_a_field"
row = ["计"]
[[form.cell]]
field = "books"
cell = "A1"
"""
    with pytest.raises(BalanceAnalysisError) as refused:
        parse_cell_map(text, "对照")
    assert str(refused.value).splitlines() == [
        "对照 教基9999 not_a_field：没有这个字段",
        "对照 教基9999 books：row 与 beside 须填且只填一个",
    ]
