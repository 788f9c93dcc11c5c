"""Print set-up of the forms, and names that would like to be formulas."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from balance_analysis.reporting.forms import write_forms
from balance_analysis.reporting.forms.sheets import Book
from tests.county_tables import assess, regime_2017, school
from tests.live_formulas import load


def test_every_sheet_prints_on_a4_one_page_wide_with_page_numbers_and_repeated_heads(
    tmp_path: Path,
) -> None:
    county = assess(school("1", sports_ground_area_m2=10), school("2"))
    book = load(write_forms(county, tmp_path)[0])
    for page in book.worksheets:
        assert page.page_setup.paperSize == 9
        assert page.page_setup.fitToWidth in (None, 1)  # not written where it is the default, one page wide
        assert page.page_setup.fitToHeight == 0
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.oddFooter.right.text == "第 &P 页　共 &N 页"
        assert page.print_title_rows or page.title == "封面"
    assert book["表Ⅱ-2"].print_title_rows == "$3:$5"
    assert book["表Ⅱ-2"].page_setup.orientation == "landscape"
    assert "A1:O1" in {str(cells) for cells in book["表Ⅱ-2"].merged_cells.ranges}


HOSTILE = ('=HYPERLINK("http://example.invalid")', "+1+1", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0")


@pytest.mark.parametrize(("room", "breaks"), [(300.0, []), (299.0, [10]), (199.0, [5, 10]), (99.0, [5, 10])])
def test_no_page_ends_within_a_part_of_a_sheet_unless_the_part_is_longer_than_a_page(
    room: float, breaks: list[int]
) -> None:
    """Three parts of five rows of 20 points, one after the other."""
    page = Book("表", county="模拟县", simulated=True).page("表", (10,), footer="表")
    for row in range(15):
        page.height(row, 20)
    assert page.keep_parts([0, 5, 10], 15, room) == breaks


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_looks_like_a_formula_stays_text_in_all_three_workbooks(
    name: str, tmp_path: Path
) -> None:
    county = assess(
        school("1", school_name=name, sports_ground_area_m2=10, indoor_sports_area_m2=0, county=name),
        school("2", county=name),
        regime=regime_2017(),
    )
    for path in write_forms(county, tmp_path):
        book = load(path)
        cells = [cell for page in book.worksheets for row in page.iter_rows() for cell in row]
        named = [cell for cell in cells if cell.value == name]
        assert named, path.name
        assert all(cell.data_type == "s" for cell in named)
        assert all(cell.quotePrefix for cell in named)  # also after a clerk edits the cell
        formulas = [cell.value for cell in cells if cell.data_type == "f"]
        assert not [
            text
            for text in formulas
            if "example" in text or "cmd" in text or "SUM(A1)" in text or "+1" in text
        ]
        with zipfile.ZipFile(path) as archive:
            assert not [member for member in archive.namelist() if "externalLink" in member]
