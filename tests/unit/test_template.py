"""The fill-in workbook: exact headers, guarded fields, safe texts, fixed bytes.

The expected headers are those of the layout file, read here with ``tomllib`` on its own.
"""

from __future__ import annotations

import tomllib
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import get_column_letter

from balance_analysis.errors import ParameterError
from balance_analysis.reporting.template_file import write_template
from balance_analysis.workbook.template import GUARDED_ROWS

LAYOUT_FILE = (
    Path(__file__).resolve().parents[2] / "balance_analysis" / "workbook" / "layouts" / "own_template.toml"
)
LAYOUT: dict[str, Any] = tomllib.loads(LAYOUT_FILE.read_text("utf-8"))
SHEETS: dict[str, list[dict[str, Any]]] = {sheet["name"]: sheet["field"] for sheet in LAYOUT["sheet"]}
SCHOOL = {
    "school_year": 2023,
    "division_code": "010203",
    "county": "某县",
    "school_code": "0012345678",
    "school_name": "第一小学",
    "school_type": "primary_school",
    "urban_rural_code": "121",
    "primary_enrolment": 480,
    "junior_secondary_enrolment": 0,
}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return openpyxl.load_workbook(write_template(tmp_path_factory.mktemp("template") / "空表.xlsx"))


def written(folder: Path, **rows: Any) -> Any:
    return openpyxl.load_workbook(write_template(folder / "a.xlsx", rows=rows))


def school_cell(book: Any, header: str, row: int = 2) -> Any:
    column = [field["header"] for field in SHEETS["学校"]].index(header) + 1
    return book["学校"].cell(row=row, column=column)


def guards(page: Any) -> dict[str, Any]:
    return {str(check.sqref): check for check in page.data_validations.dataValidation}


def test_the_workbook_has_the_guide_and_the_four_sheets(empty: Any) -> None:
    assert empty.sheetnames == ["填报说明", "学校", "区县", "佐证", "任务", "进展"]


@pytest.mark.parametrize("name", SHEETS)
def test_headers_are_exact_and_rows_below_are_empty(empty: Any, name: str) -> None:
    page = empty[name]
    assert [cell.value for cell in page[1]] == [field["header"] for field in SHEETS[name]]
    assert page.max_row == 1


@pytest.mark.parametrize("name", SHEETS)
def test_required_columns_differ_in_colour_and_say_so_in_their_comment(empty: Any, name: str) -> None:
    for cell, field in zip(empty[name][1], SHEETS[name], strict=True):
        required = field.get("required", False)
        assert cell.comment.text.startswith("★必填" if required else "选填"), field["header"]
        assert (cell.fill.fgColor.rgb == "00F4B183") == required


@pytest.mark.parametrize("name", SHEETS)
def test_every_coded_field_has_a_drop_down_with_its_choices_and_a_chinese_message(
    empty: Any, name: str
) -> None:
    found = guards(empty[name])
    for number, field in enumerate(SHEETS[name], start=1):
        if field["type"] not in {"choice", "boolean"}:
            continue
        labels = list(LAYOUT["choices"][field["choices"]]) if field["type"] == "choice" else ["是", "否"]
        letter = get_column_letter(number)
        check = found[f"{letter}2:{letter}{GUARDED_ROWS + 1}"]
        assert (check.type, check.formula1) == ("list", f'"{",".join(labels)}"')
        assert len(check.formula1) <= 255  # Excel refuses longer lists
        assert check.error.startswith("只能填：")
        assert check.errorStyle == "stop"
        assert check.showErrorMessage


@pytest.mark.parametrize("name", SHEETS)
def test_counts_take_whole_numbers_from_zero_and_quantities_decimals_from_zero(empty: Any, name: str) -> None:
    found = guards(empty[name])
    for number, field in enumerate(SHEETS[name], start=1):
        if field["type"] not in {"count", "quantity"}:
            continue
        letter = get_column_letter(number)
        check = found[f"{letter}2:{letter}{GUARDED_ROWS + 1}"]
        expected = "whole" if field["type"] == "count" else "decimal"
        assert (check.type, check.operator, check.formula1) == (expected, "greaterThanOrEqual", "0")
        assert field.get("unit", "") in check.error


def test_excel_limits_of_input_messages_are_kept(empty: Any) -> None:
    for name in SHEETS:
        for check in guards(empty[name]).values():
            assert len(check.errorTitle) <= 32
            assert len(check.error) <= 225


@pytest.mark.parametrize("name", SHEETS)
def test_code_columns_are_text_so_that_leading_zeros_survive_typing(empty: Any, name: str) -> None:
    for number, field in enumerate(SHEETS[name], start=1):
        if field["type"] in {"code", "division_code", "choice"}:
            assert empty[name].column_dimensions[get_column_letter(number)].number_format == "@"


def test_panes_are_frozen_behind_the_school_name_and_below_the_header(empty: Any) -> None:
    assert empty["学校"].freeze_panes == "F2"
    assert empty["任务"].freeze_panes == "B2"


def test_the_guide_explains_every_field_with_unit_type_and_help(empty: Any) -> None:
    lines = list(empty["填报说明"].iter_rows(values_only=True))
    start = next(index for index, line in enumerate(lines) if line[0] == "工作表")
    explained = [(line[0], line[2], line[3] == "★", line[5] or "", line[7]) for line in lines[start + 1 :]]
    assert explained == [
        (name, field["header"], field.get("required", False), field.get("unit", ""), field["help"])
        for name, fields in SHEETS.items()
        for field in fields
    ]
    assert all(line[4] for line in lines[start + 1 :])


@pytest.mark.parametrize(("simulated", "nature"), [(True, "模拟数据"), (False, "填报数据")])
def test_the_nature_of_the_data_stands_in_the_guide_and_in_the_properties(
    tmp_path: Path, simulated: bool, nature: str
) -> None:
    path = write_template(tmp_path / "a.xlsx", county_name="某县", simulated=simulated)
    book = openpyxl.load_workbook(path)
    facts = {line[0]: line[1] for line in book["填报说明"].iter_rows(max_col=2, values_only=True)}
    assert (facts["数据性质"], facts["区县名称"]) == (nature, "某县")
    assert book.properties.subject == nature
    footer = book["学校"].oddFooter
    assert footer is not None
    assert ("模拟数据" in str(footer.left.text)) == simulated


def test_codes_keep_their_leading_zeros_and_choices_become_chinese_labels(tmp_path: Path) -> None:
    book = written(tmp_path, schools=[{**SCHOOL, "boarding": True, "counted_as_school": False}])
    assert school_cell(book, "行政区划代码").value == "010203"
    assert school_cell(book, "学校标识码").value == "0012345678"
    assert school_cell(book, "办学类型").value == "小学"
    assert (school_cell(book, "是否寄宿制").value, school_cell(book, "是否计校数").value) == ("是", "否")


def test_a_label_is_taken_as_well_as_a_choice_id(tmp_path: Path) -> None:
    book = written(tmp_path, schools=[{**SCHOOL, "school_type": "九年一贯制"}])
    assert school_cell(book, "办学类型").value == "九年一贯制"


def test_missing_stays_blank_and_zero_stays_zero(tmp_path: Path) -> None:
    frame = pd.DataFrame([{**SCHOOL, "books": np.nan, "teaching_computers": 0.0}, {**SCHOOL, "books": 12.0}])
    book = written(tmp_path, schools=frame)
    assert school_cell(book, "图书册数").value is None
    assert school_cell(book, "教学用计算机台数").value == 0
    assert school_cell(book, "图书册数", row=3).value == 12
    assert school_cell(book, "教学用计算机台数", row=3).value is None


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("x")'])
def test_a_name_that_looks_like_a_formula_is_stored_as_text(tmp_path: Path, name: str) -> None:
    book = written(tmp_path, schools=[{**SCHOOL, "school_name": name}])
    cell = school_cell(book, "学校名称")
    assert (cell.value, cell.data_type, cell.quotePrefix) == (name, "s", True)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert not any(b"<f>" in archive.read(member) for member in archive.namelist())


def test_dates_are_dates(tmp_path: Path) -> None:
    book = written(
        tmp_path, tasks=[{"item": "B3", "deadline": date(2018, 9, 30)}, {"item": "B4", "deadline": pd.NaT}]
    )
    cell = book["任务"]["D2"]
    assert (cell.value.date(), cell.number_format) == (date(2018, 9, 30), "yyyy-mm-dd")
    assert book["任务"]["D3"].value is None


def test_an_unknown_table_or_field_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="没有数据表 pupils"):
        write_template(tmp_path / "a.xlsx", rows={"pupils": []})
    with pytest.raises(ParameterError, match="schools 没有字段 enrollment"):
        write_template(tmp_path / "a.xlsx", rows={"schools": [{"enrollment": 3}]})
    assert list(tmp_path.iterdir()) == []


def test_equal_arguments_give_equal_bytes_and_no_time_of_writing(tmp_path: Path) -> None:
    first, second = (
        write_template(tmp_path / name, rows={"schools": [SCHOOL]}, county_name="某县", simulated=True)
        for name in ("a.xlsx", "b.xlsx")
    )
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2017, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("2017-01-01T00:00:00Z") == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx"]
