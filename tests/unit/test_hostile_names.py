"""Names of schools and counties that mean something to some program stay what they are: text."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from balance_analysis.overview import RegionAssessment, assess_region
from balance_analysis.programmes.ledger import read_ledger
from balance_analysis.reporting.collect import collect_report
from balance_analysis.reporting.exports import csv_text
from balance_analysis.reporting.ledger_file import write_ledger
from balance_analysis.reporting.manifest import write_summary
from balance_analysis.reporting.results import ReportResult
from balance_analysis.typefaces import settable
from balance_analysis.views.region import tables
from balance_analysis.views.region.page import league
from balance_analysis.words.inert import inert
from balance_analysis.workbook.cells import clean
from balance_analysis.workbook.grids import open_file
from balance_analysis.workbook.reader import read_workbook
from balance_analysis.workbook.side_file import filed_text, write_answers
from tests.conftest import run_command
from tests.county_tables import school, write_county
from tests.hostile import HOSTILE_NAMES
from tests.unit.test_pdf import report, shown

OF_COUNTIES = ("HTML", "typst", "a formula", "a link", "a rare character", "an emoji")
"""Names of the counties of a region: each county costs its assessment."""
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


def test_the_ledger_holds_names_as_text_and_reads_them_back(tmp_path: Path) -> None:
    rows = [
        {"division_code": "370321", "id": f"t{number}", "kind": "commitment", "name": name, "last_report": name}
        for number, name in enumerate(HOSTILE_NAMES.values())
    ]  # fmt: skip
    path = write_ledger(tmp_path / "下月.xlsx", rows, place=HOSTILE_NAMES["a formula"])
    written = [cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in written if cell.data_type == "f" or cell.hyperlink] == []
    texts = {str(cell.value) for cell in written}
    assert {clean(HOSTILE_NAMES[what]) for what in ("a formula", "HTML", "LaTeX", "a link", "typst")} <= texts
    read_ledger(path)


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> RegionAssessment:
    """A region whose counties have the hostile names."""
    folder = tmp_path_factory.mktemp("region")
    rows = [
        school(
            f"{number}{one}", county=name, division_code=f"0102{number:02d}", primary_enrolment=200 + number
        )
        for number, name in enumerate(map(HOSTILE_NAMES.get, OF_COUNTIES), start=1)
        for one in "12"
    ]
    return assess_region([write_county(folder / "市.xlsx", *rows)], regime="quality_balance_2017")


def test_the_overview_holds_names_as_text(region: RegionAssessment) -> None:
    names = [clean(HOSTILE_NAMES[what]) for what in OF_COUNTIES]
    assert set(names) <= set(region.counties["county"])
    table = tables.counties_table(region.counties)
    html = table.to_html()
    assert all(mark not in html for mark in ("<script", "<img", "</svg>", "<label", "<a "))
    found = [cell for row in csv.reader(csv_text(region.counties).splitlines()) for cell in row]
    assert [cell for cell in found if cell.startswith(FORMULA) and not is_number(cell)] == []


def test_what_no_font_has_is_a_sign_in_the_overview_with_its_code_point(region: RegionAssessment) -> None:
    emoji = HOSTILE_NAMES["an emoji"]
    table = tables.counties_table(region.counties)
    collected = str(collect_report(report(shown(table, *league(region)))))
    assert emoji not in collected
    assert settable(emoji) == "〓小学"
    assert "〓小学" in collected
    assert "U+1F3EB" in collected
    assert HOSTILE_NAMES["a rare character"] in collected


@pytest.mark.parametrize("command", [["archive"], ["ledger", "huantai_2017"]])
def test_an_output_never_takes_the_place_of_what_is_read(
    county: Path, tmp_path: Path, command: list[str]
) -> None:
    before = county.read_bytes()
    (tmp_path / "link.xlsx").symlink_to(county)
    for out in (county, tmp_path / "link.xlsx"):
        run = run_command([*command, county, "-o", out], tmp_path)
        assert (run.code, county.read_bytes()) == (2, before)
        assert "不能写入正在读取的文件" in run.err
