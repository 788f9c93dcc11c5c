"""Names of schools and counties that mean something to some program stay what they are: text."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from balance_analysis.reporting.manifest import write_summary
from balance_analysis.reporting.results import ReportResult
from balance_analysis.words.inert import inert
from balance_analysis.workbook.cells import clean
from balance_analysis.workbook.grids import open_file
from balance_analysis.workbook.reader import read_workbook
from balance_analysis.workbook.side_file import filed_text, write_answers
from tests.conftest import run_command
from tests.county_tables import school, write_county
from tests.hostile import HOSTILE_NAMES

FORMULA = ("=", "+", "-", "@", "\t")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        school(f"{number:04d}", school_name=name, primary_enrolment=200 + number)
        for number, name in enumerate(HOSTILE_NAMES.values())
    ]
    folder = tmp_path_factory.mktemp("names")
    return write_county(folder / "县.xlsx", *rows)


def cells(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row]


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_names_are_read_as_they_are_but_for_unseen_signs(county: Path) -> None:
    tables = read_workbook(county)
    assert tables.hard_issues == ()
    assert tables.schools["school_name"].tolist() == [clean(name) for name in HOSTILE_NAMES.values()]
    assert [issue.code for issue in tables.issues].count("text_cleaned") == 1


def test_no_cell_of_a_csv_is_a_formula(county: Path, tmp_path: Path) -> None:
    run = run_command(["assess", county, "--regime", "quality_balance_2017", "-o", tmp_path], tmp_path)
    assert run.code == 0, run.err
    found = [cell for path in tmp_path.rglob("*.csv") for cell in cells(path)]
    assert [cell for cell in found if cell.startswith(FORMULA) and not is_number(cell)] == []
    for name in HOSTILE_NAMES.values():
        assert inert(clean(name)) in found


def test_no_cell_of_the_forms_is_a_formula_that_a_name_made(county: Path, tmp_path: Path) -> None:
    run = run_command(["forms", county, "--regime", "quality_balance_2017", "-o", tmp_path], tmp_path)
    assert run.code == 0, run.err
    texts: list[str] = []
    for path in tmp_path.rglob("*.xlsx"):
        book = openpyxl.load_workbook(path)
        for page in book:
            for row in page.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        assert not any(
                            part in str(cell.value) for part in ("HYPERLINK", "cmd", "1+1", "-2+3")
                        ), cell
                    elif isinstance(cell.value, str):
                        texts.append(cell.value)
                    assert cell.hyperlink is None or "example" not in str(cell.hyperlink.target)
    assert any(HOSTILE_NAMES["a formula"] in text for text in texts)


def test_the_summary_holds_no_formula(tmp_path: Path) -> None:
    results = [
        ReportResult(None, "", "failed", county="=乙县", message="=1+1"),
        ReportResult(None, "010203", "failed", county="甲县", message="-"),
    ]
    write_summary(results, tmp_path / "summary.csv")
    found = cells(tmp_path / "summary.csv")
    assert {"'=乙县", "'=1+1", "甲县"} <= set(found)
    assert [cell for cell in found if cell.startswith(FORMULA) and not is_number(cell)] == []


@pytest.mark.parametrize("name", ["=甲", "+甲", "-甲", "@甲", "甲", "'甲", "'=甲"])
def test_a_side_file_that_is_written_reads_back(tmp_path: Path, name: str) -> None:
    (tmp_path / "补充信息.csv").write_text(
        write_answers([{"学校名称": name}], ["学校名称"]), encoding="utf-8"
    )
    cell = open_file(tmp_path / "补充信息.csv").grids[0].rows[1][0]
    assert not cell.startswith(FORMULA)
    assert (
        filed_text(cell) == name or name == "'=甲"
    )  # an apostrophe of one's own before a formula sign is taken off
