"""Files to grids: what opens, what does not, and why, in words a clerk understands."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from balance_analysis.errors import Issue
from balance_analysis.terms import Severity
from balance_analysis.workbook.grids import RawFile, open_file
from balance_analysis.workbook.sheet_xml import column_letter
from balance_analysis.workbook.xlsx_cells import BadCell
from tests.broken_workbooks import only, serious, write_county

NO_VALUE = "(?:<v ?/>|<v></v>)"
"""The value of a formula never calculated, as openpyxl writes it without and with lxml; lxml comes with python-docx."""
OLE_START = bytes.fromhex("d0cf11e0a1b11ae1")


def book_with(path: Path, cells: dict[str, Any]) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "学校"
    for address, value in cells.items():
        page[address] = value
    book.save(path)
    return path


def edit_sheet(path: Path, pattern: str, replacement: str) -> Path:
    """Rewrite the XML of the first sheet, as another program would have written it."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    text, count = re.subn(pattern, replacement, members[name].decode())
    assert count == 1
    members[name] = text.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return path


def refused(raw: RawFile) -> Issue:
    assert raw.grids == ()
    issue = only(raw.issues)
    assert issue.severity is Severity.HARD
    assert issue.place.file == raw.name
    assert issue.message == "文件不能读取，未作任何计算。"
    assert not re.search("[A-Za-z]{6,}", issue.found)  # no library's English
    return issue


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("空.xlsx", b"", "文件是空的（0字节）"),
        ("空.csv", b"", "文件是空的（0字节）"),
        ("网页.xlsx", "<html>另存的网页</html>".encode(), "内容不是Excel工作簿"),
        ("残.xlsx", b"PK\x03\x04" + bytes(60), "文件已损坏或不完整（可能没有传完）"),
        ("旧.xls", OLE_START + bytes(2000), "文件已损坏或不完整（可能没有传完）"),
        ("乱码.csv", b"\xff\xff\x80,\x80\xff\n", "文字编码无法识别"),
    ],
)
def test_what_is_no_readable_file_is_one_hard_issue(
    tmp_path: Path, name: str, content: bytes, found: str
) -> None:
    (tmp_path / name).write_bytes(content)
    issue = refused(open_file(tmp_path / name))
    assert (issue.code, issue.found) == ("unreadable_file", found)
    assert "后提交" in issue.remedy or "后重新提交" in issue.remedy


def test_a_workbook_cut_in_half_is_unreadable(tmp_path: Path) -> None:
    path = write_county(tmp_path / "某县.xlsx")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    issue = only(serious(path))
    assert (issue.code, issue.found) == ("unreadable_file", "文件已损坏或不完整（可能没有传完）")
    assert str(issue).startswith("[错误 unreadable_file] 某县.xlsx")
    assert "：文件不能读取，未作任何计算。" in str(issue)


def test_a_workbook_with_damaged_contents_is_unreadable(tmp_path: Path) -> None:
    path = edit_sheet(book_with(tmp_path / "某县.xlsx", {"A1": "学年"}), "</sheetData>", "</sheetDa")
    assert refused(open_file(path)).code == "unreadable_file"


def test_an_encrypted_workbook_is_called_encrypted(tmp_path: Path) -> None:
    path = tmp_path / "某县.xlsx"
    path.write_bytes(OLE_START + bytes(1016) + "EncryptedPackage".encode("utf-16-le") + bytes(992))
    issue = refused(open_file(path))
    assert (issue.code, issue.found) == ("encrypted_file", "文件已加密")
    assert issue.expected == "没有打开密码的 .xlsx 工作簿"
    assert "取消“用密码进行加密”" in issue.remedy


def test_a_folder_or_absent_file_is_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "没有.xlsx"):
        issue = only(open_file(path).issues)
        assert (issue.code, issue.severity) == ("unreadable_file", Severity.HARD)
        assert issue.found.startswith("无法打开文件")


def test_a_workbook_under_a_csv_name_is_read_as_what_it_is(tmp_path: Path) -> None:
    path = book_with(tmp_path / "某县.xlsx", {"A1": "学年"}).rename(tmp_path / "某县.csv")
    assert open_file(path).kind == "excel"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_of_any_usual_encoding_and_delimiter_gives_the_same_grid(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = tmp_path / "县.csv"
    path.write_bytes(f'学年{delimiter}名称\r\n2017{delimiter}"一小"\r\n'.encode(encoding))
    assert open_file(path).grids[0].rows == [["学年", "名称"], ["2017", "一小"]]


def test_cells_keep_their_place_when_the_first_rows_and_columns_are_empty(tmp_path: Path) -> None:
    grid = open_file(book_with(tmp_path / "a.xlsx", {"C4": 7, "D5": date(2018, 9, 1)})).grids[0]
    assert grid.rows[3][2] == 7.0
    assert grid.rows[4][3] == date(2018, 9, 1)


def test_a_formula_never_calculated_is_no_blank(tmp_path: Path) -> None:
    grid = open_file(book_with(tmp_path / "a.xlsx", {"A1": 1, "C2": "=A1*2"})).grids[0]
    assert grid.rows[1][2] == BadCell("formula", "公式，没有计算结果")


def test_a_formula_with_its_value_is_read_as_the_value(tmp_path: Path) -> None:
    path = book_with(tmp_path / "a.xlsx", {"A1": 1, "C2": "=A1*2"})
    edit_sheet(path, r"(<f>A1\*2</f>)" + NO_VALUE, r"\1<v>2</v>")
    assert open_file(path).grids[0].rows[1][2] == 2.0


def test_a_formula_whose_value_is_the_empty_text_is_a_blank(tmp_path: Path) -> None:
    path = book_with(tmp_path / "a.xlsx", {"A1": 1, "B2": 5, "C2": "=A1*2"})
    edit_sheet(path, r'<c r="C2"[^>]*>(<f>A1\*2</f>)' + NO_VALUE, r'<c r="C2" t="str">\1<v></v>')
    assert "".join(open_file(path).grids[0].rows[1][2:]) == ""


@pytest.mark.parametrize("error", ["#DIV/0!", "#N/A", "#VALUE!", "#REF!", "#NUM!", "#NAME?"])
def test_an_excel_error_value_is_no_blank(tmp_path: Path, error: str) -> None:
    grid = open_file(book_with(tmp_path / "a.xlsx", {"B2": error})).grids[0]
    assert grid.rows[1][1] == BadCell("error", f"{error}（公式错误值）")


@pytest.mark.parametrize("text", ["inf", "-Infinity", "NaN"])
def test_a_number_that_is_not_finite_is_no_blank(tmp_path: Path, text: str) -> None:
    path = edit_sheet(book_with(tmp_path / "a.xlsx", {"B2": 17}), "<v>17</v>", f"<v>{text}</v>")
    assert open_file(path).grids[0].rows[1][1] == BadCell("number", f"{text}（不是有限的数值）")


def test_infinity_and_nan_as_openpyxl_writes_them_are_told_from_blanks(tmp_path: Path) -> None:
    grid = open_file(book_with(tmp_path / "a.xlsx", {"B2": float("inf"), "B3": float("nan"), "C4": 1})).grids[
        0
    ]
    assert [grid.rows[row][1] for row in (1, 2)] == [BadCell("empty", "标为数值，却没有数值")] * 2
    assert grid.rows[3][1] == ""


def test_errors_are_found_on_the_sheet_they_are_on(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_chartsheet("图")
    for name in ("甲", "乙 & 丙"):
        book.create_sheet(name)["A1"] = 1
    book["乙 & 丙"]["B2"] = "#N/A"
    book["乙 & 丙"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    grids = {grid.name: grid.rows for grid in open_file(tmp_path / "a.xlsx").grids}
    assert grids["甲"] == [[1.0]]
    assert grids["乙 & 丙"][1][1] == BadCell("error", "#N/A（公式错误值）")


def test_column_letters_go_on_after_z() -> None:
    assert [column_letter(index) for index in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]
