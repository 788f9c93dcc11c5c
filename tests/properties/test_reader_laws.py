"""Laws of the way from the template to the tables: what is written is what is read."""

from __future__ import annotations

import tempfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from balance_analysis.reporting.template_file import write_template
from balance_analysis.terms import Severity
from balance_analysis.workbook.cells import MALFORMED_CODE, is_blank, parse_cell
from balance_analysis.workbook.excel import Grid
from balance_analysis.workbook.grids import RawFile
from balance_analysis.workbook.layouts import NUMBER_TYPES, Field, load_layout
from balance_analysis.workbook.reader import read_unchecked
from balance_analysis.workbook.sheets import SENTENCES, read_sheet
from balance_analysis.workbook.tables import SchoolTables
from balance_analysis.workbook.xlsx_cells import BadCell

SHEET = load_layout("own_template").sheets[0]
FIELD_OF_COUNTY = next(field for field in SHEET.fields if field.type == "division_code")
CHOICES = load_layout("own_template").choices
FEW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # shrinking 300 cells by way of files takes too long
)
NAMES = st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=12)
"""Names of letters and digits of any script; what a clerk types, not what XML cannot carry."""


def as_excel_keeps_it(value: float) -> float:
    """A workbook holds fifteen significant digits (openpyxl writes sixteen)."""
    return float(f"{value:.15g}")


def figures_of(field: Field) -> st.SearchStrategy[Any]:
    """Valid values of one field; an optional field may be blank."""
    values: st.SearchStrategy[Any]
    if field.type == "count":
        values = st.integers(0, min(10**6, int(field.largest)))
    elif field.type == "quantity":
        values = st.floats(0, min(1e8, float(field.largest)), allow_nan=False, allow_infinity=False).map(
            as_excel_keeps_it
        )
    elif field.type == "year":
        values = st.integers(1950, 2100)
    elif field.type == "choice":
        values = st.sampled_from(sorted(CHOICES[field.choices].values()))
    elif field.type == "boolean":
        values = st.booleans()
    elif field.type == "division_code":
        values = st.text("0123456789", min_size=6, max_size=6)
    elif field.type == "code":
        values = st.text("0123456789", min_size=10, max_size=10)
    else:
        values = NAMES
    return values if field.required else st.none() | values


SCHOOLS = st.lists(
    st.fixed_dictionaries({field.name: figures_of(field) for field in SHEET.fields}), min_size=1, max_size=3
)


def read_back(rows: list[dict[str, Any]], shuffle: list[int] | None = None, extra: str = "") -> SchoolTables:
    """Write the rows, optionally reorder the columns and add an unknown one, and read the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_template(Path(folder) / "县.xlsx", rows={"schools": rows})
        if shuffle is not None:
            book = openpyxl.load_workbook(path)
            page = book["学校"]
            table = [list(values) for values in page.iter_rows(values_only=True)]
            del book["学校"]
            fresh = book.create_sheet("学校")
            for number, line in enumerate(table):
                addition = [extra if number == 0 else "随便"] if extra else []
                fresh.append([line[position] for position in shuffle] + addition)
            book.save(path)
        return read_unchecked(path)


def same(read: Any, written: Any, field: Field) -> bool:
    """Equality that knows a blank; numbers must agree to the last bit."""
    if written is None:
        return bool(pd.isna(read))
    if field.type in NUMBER_TYPES:
        return bool(read == float(written))
    return bool(read == written)


def assert_read_as_written(tables: SchoolTables, rows: list[dict[str, Any]]) -> None:
    assert [issue for issue in tables.issues if issue.severity is not Severity.NOTE] == []
    assert len(tables.schools) == len(rows)
    for index, row in enumerate(rows):
        for field in SHEET.fields:
            read = tables.schools[field.name][index]
            assert same(read, row[field.name], field), (field.name, read, row[field.name])


@FEW
@given(SCHOOLS)
def test_what_is_written_with_the_template_is_read_back_to_the_digits_that_excel_keeps(
    rows: list[dict[str, Any]],
) -> None:
    assert_read_as_written(read_back(rows), rows)


@FEW
@given(SCHOOLS, st.permutations(range(len(SHEET.fields))), NAMES.map(lambda name: f"自加{name}列"))
def test_columns_may_stand_in_any_order_and_unknown_ones_are_only_noted(
    rows: list[dict[str, Any]], order: list[int], extra: str
) -> None:
    tables = read_back(rows, order, extra)
    assert_read_as_written(tables, rows)
    unknown = [issue.column for issue in tables.issues if issue.code == "unknown_column"]
    assert unknown == ["".join(extra.split())]


@FEW
@given(st.integers(0, 10**9 - 1), st.integers(0, 99_999))
def test_leading_zeros_survive_and_their_loss_is_always_seen(school: int, division: int) -> None:
    row: dict[str, Any] = {
        "school_year": 2017,
        "division_code": f"{division:06d}",
        "county": "某县",
        "school_code": f"{school:010d}",
        "school_name": "一小",
        "school_type": "primary_school",
        "urban_rural_code": "111",
        "primary_enrolment": 1,
        "junior_secondary_enrolment": 0,
    }
    kept = read_back([row])
    assert kept.hard_issues == ()
    assert kept.schools["division_code"].tolist() == [f"{division:06d}"]
    assert kept.schools["school_code"].tolist() == [f"{school:010d}"]
    lost = read_back([{**row, "division_code": str(division), "school_code": row["school_code"]}])
    assert [issue.code for issue in lost.hard_issues] == ["leading_zeros_lost"]


CELLS = st.one_of(
    st.floats(allow_nan=False),
    st.integers(-3, 3000).map(float),
    st.booleans(),
    st.sampled_from(["", " ", "12", "１２", "1,234", "-3", "3.5", "1e5", "nan", "无", "是", "小学", "111", "2017", "2017-18"]),
    st.sampled_from(["010203", "10203", "0012345671", "1.2E+05", date(2018, 9, 1), datetime(2018, 9, 1, 8), time(3, 4)]),
    st.sampled_from([BadCell(kind, kind) for kind in ("formula", "error", "number", "empty")]),
)  # fmt: skip
"""Every kind of cell that a reader of workbooks hands over."""


@settings(deadline=None)
@example(FIELD_OF_COUNTY, ["1,234"])
@given(st.sampled_from(SHEET.fields), st.lists(CELLS, min_size=1, max_size=8))
def test_a_column_is_read_as_its_cells_are_one_by_one(field: Field, cells: list[Any]) -> None:
    grid = Grid("学校", [[field.header, "备注"], *([cell, "一行"] for cell in cells)])
    frame, _, issues = read_sheet(
        RawFile("县.xlsx", "", "excel", (grid,)), load_layout("own_template"), SHEET, grid
    )
    values, refused = [], []
    for row, cell in enumerate(cells, start=2):
        value, finding = (None, None)
        if not is_blank(cell):
            value, finding = parse_cell(cell, field, dict(CHOICES.get(field.choices, {})), text_file=False)
        # the text of a malformed county code is kept: a county's rows are gathered by it
        values.append(finding.found if finding and finding.code == MALFORMED_CODE else value)
        hollow = isinstance(cell, BadCell) and cell.kind == "empty" and not field.required
        if is_blank(cell) and field.required:
            refused.append((f"A{row}", "missing_value"))
        elif finding is not None and value is None and not hollow:
            refused.append((f"A{row}", finding.code))
    assert all(same(read, value, field) for read, value in zip(frame[field.name], values, strict=True))
    hard = [issue for issue in issues if issue.severity is Severity.HARD and issue.code in SENTENCES]
    found = [(issue.place.cell, issue.code) for issue in hard]
    # zeros lost are seen by the longest code of the column, not by the cell alone
    assert [pair for pair in found if field.type != "code" or pair[1] != "leading_zeros_lost"] == refused
