"""A small valid county and ways to break one cell of it, for the tests of reader and checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from balance_analysis.errors import Issue
from balance_analysis.reporting.template_file import write_template
from balance_analysis.terms import Severity
from balance_analysis.workbook.layouts import load_layout
from balance_analysis.workbook.reader import check_workbooks

BANDS = (
    "up_to_25", "26_to_30", "31_to_35", "36_to_40", "41_to_45",
    "46_to_50", "51_to_55", "56_to_60", "61_to_65", "66_and_above",
)  # fmt: skip
CODES = ("0012345671", "0012345672", "0012345673")


def primary_school(number: int, year: int, *, pupils: int | None = None) -> dict[str, Any]:
    """A primary school of twelve classes; figures differ from school to school."""
    pupils = 510 + 6 * number if pupils is None else pupils
    row: dict[str, Any] = {
        "school_year": year,
        "division_code": "010203",
        "county": "某县",
        "school_code": CODES[number],
        "school_name": f"第{'一二三'[number]}小学",
        "school_type": "primary_school",
        "sponsor_type": "7",
        "urban_rural_code": ("111", "121", "220")[number],
        "boarding": False,
        "counted_as_school": True,
        "primary_enrolment": pupils,
        "junior_secondary_enrolment": 0,
        "senior_secondary_enrolment": 0,
        "primary_grades": 6,
        "primary_classes": 12,
        "largest_class_size": 45,
        "primary_full_time_teachers": 30 + number,
        "primary_teachers_associate": 5,
        "primary_teachers_bachelor": 20,
        "primary_teachers_master": 2,
        "primary_teachers_doctor": 0,
        "primary_backbone_teachers": 6,
        "primary_pe_teachers": 3,
        "primary_music_teachers": 2,
        "primary_fine_arts_teachers": 2,
        "primary_arts_teachers": 0,
        "teaching_and_auxiliary_area_m2": 3000.5 + number,
        "indoor_sports_area_m2": 200.0,
        "sports_ground_area_m2": 5000.0,
        "teaching_equipment_value_wan_cny": 120.25 + number,
        "multimedia_classrooms": 14,
        "teaching_computers": 80,
        "books": 12000,
        "operating_funds_budget_wan_cny": 45.0,
    }
    row |= {f"primary_classes_{band}": 12 if band == "41_to_45" else 0 for band in BANDS}
    return row


def county_row(year: int) -> dict[str, Any]:
    """The county's own row."""
    return {"school_year": year, "division_code": "010203", "county": "某县", "population_wan": 30.5}


def write_county(
    path: Path,
    *,
    years: Sequence[int] = (2017,),
    change: Callable[[list[dict[str, Any]]], None] | None = None,
    cells: Mapping[str, Any] | None = None,
    sheet: str = "学校",
    formats: Mapping[str, str] | None = None,
) -> Path:
    """Write the valid county; ``change`` edits the school rows, ``cells`` overwrites cells afterwards."""
    schools = [primary_school(number, year) for year in years for number in range(3)]
    if change is not None:
        change(schools)
    counties = [county_row(year) for year in years]
    evidence = [
        {
            "school_year": year,
            "division_code": "010203",
            "item": "V6",
            "conclusion": "met",
            "reference": "文件",
        }
        for year in years
    ]
    tasks = [{"item": "B1", "present_state": "缺教师", "measure": "招聘"}]
    tables = {"schools": schools, "counties": counties, "evidence": evidence, "tasks": tasks}
    write_template(path, rows=tables, county_name="某县")
    if cells or formats:
        book = openpyxl.load_workbook(path)
        for address, value in (cells or {}).items():
            book[sheet][address] = value
        for address, number_format in (formats or {}).items():
            book[sheet][address].number_format = number_format
        book.save(path)
    return path


def cell(name: str, row: int, table: str = "schools") -> str:
    """Where the template puts a field, e.g. ``K5``; counted from the layout, not from the reader."""
    sheet = load_layout("own_template").sheet(table)
    assert sheet is not None
    position = [field.name for field in sheet.fields].index(name) + 1
    return f"{get_column_letter(position)}{row}"


def serious(*paths: Path) -> list[Issue]:
    """Hard and soft issues of the files, checked together."""
    return [issue for issue in check_workbooks(paths) if issue.severity is not Severity.NOTE]


def notes(*paths: Path) -> list[Issue]:
    """Notes on the files."""
    return [issue for issue in check_workbooks(paths) if issue.severity is Severity.NOTE]


def only(issues: Sequence[Issue]) -> Issue:
    """The one issue there is; anything else fails with the list."""
    assert len(issues) == 1, "\n".join(map(str, issues)) or "no issue"
    return issues[0]
