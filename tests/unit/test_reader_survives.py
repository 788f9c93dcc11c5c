"""Files made to break, fool or exhaust the reader: each is one named issue, and its neighbours are read.

Every guard is tried twice: as it stands, and switched off, where the next one or nothing is behind it.
"""

from __future__ import annotations

import io
import os
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest

from balance_analysis.errors import Issue, Place, limit_issues
from balance_analysis.terms import Severity
from balance_analysis.workbook import apart, archive, excel, grids, sheet_xml
from balance_analysis.workbook.archive import RefusedError
from balance_analysis.workbook.excel import TooLargeHereError, read_excel
from balance_analysis.workbook.grids import open_file
from balance_analysis.workbook.reader import check_workbooks, read_workbooks
from balance_analysis.workbook.sheet_xml import box, regular_sheet
from tests.broken_workbooks import only, write_county

SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


def packed(path: Path, members: Mapping[str, bytes], level: int = 9) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as book:
        for name, content in members.items():
            book.writestr(name, content)
    return path


def sheet(rows: str, before: str = "", after: str = "") -> bytes:
    return f"<worksheet {NAMESPACE}>{before}<sheetData>{rows}</sheetData>{after}</worksheet>".encode()


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "学校"  # type: ignore[union-attr]
    book.active["A1"] = 1  # type: ignore[index]
    book.save(tmp_path / "表.xlsx")
    return tmp_path / "表.xlsx"


def with_sheet(plain: Path, xml: bytes) -> Path:
    return packed(plain, {**members_of(plain), SHEET: xml})


def refusal(path: Path) -> Issue:
    raw = open_file(path)
    assert raw.grids == ()
    issue = only(raw.issues)
    assert issue.severity is Severity.HARD
    assert all((issue.found, issue.expected, issue.remedy))
    return issue


# --- far cells and large rectangles -----------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576", "XFD30000"])
def test_a_stray_cell_is_named_and_the_county_beside_it_is_read(tmp_path: Path, cell: str) -> None:
    stray = write_county(tmp_path / "甲.xlsx", cells={cell: "x"})
    good = write_county(tmp_path / "乙.xlsx")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tables = read_workbooks([stray, good])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes
    assert tables.division_codes() == ("010203",)
    issue = only([issue for issue in tables.hard_issues if issue.place.file == "甲.xlsx"])
    assert (issue.code, str(issue.place)) == ("far_cell", f"甲.xlsx 学校!{cell}")
    assert cell in issue.remedy


def test_without_the_check_a_stray_cell_ends_the_process_of_its_own_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_county(tmp_path / "甲.xlsx", cells={"XFD1048576": "x"})
    for module in (sheet_xml, excel):
        monkeypatch.setattr(module, "MOST_CELLS", 2**60)
    with pytest.raises(TooLargeHereError):
        read_excel(path.read_bytes(), apart=False)
    code = (
        "import sys; from balance_analysis.workbook import apart, sheet_xml, excel; "
        "sheet_xml.MOST_CELLS = excel.MOST_CELLS = 2**60; apart.serve()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=path.read_bytes(), capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode != 0  # the parser asked for 512 GiB and aborted
    assert refusal(path).code == "far_cell"  # the child has its own checks, whatever this process thinks


def test_a_far_cell_that_is_only_formatted_is_no_content(tmp_path: Path) -> None:
    path = write_county(tmp_path / "甲.xlsx", formats={"XFD1048576": "0.00"})
    assert read_workbooks([path]).hard_issues == ()


def test_a_large_sheet_is_read_in_a_process_of_its_own_as_in_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_county(tmp_path / "甲.xlsx", cells={"A9": "=1+1", "B9": True})
    here = open_file(path)
    monkeypatch.setattr(excel, "SMALL_CELLS", 10)
    there = open_file(path)
    assert here.issues == there.issues == ()
    for one, other in zip(here.grids, there.grids, strict=True):
        assert (one.name, one.merged, one.state) == (other.name, other.merged, other.state)
        width = max(map(len, one.rows), default=0)
        assert [row + [""] * (width - len(row)) for row in one.rows] == [
            row + [""] * (width - len(row)) for row in other.rows
        ]


@pytest.mark.parametrize(("limit", "found"), [("MOST_SECONDS", "秒内没有读完"), ("MOST_MEMORY", "内存")])
def test_the_process_of_its_own_has_limits(
    plain: Path, monkeypatch: pytest.MonkeyPatch, limit: str, found: str
) -> None:
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in range(1, 100_001))
    with_sheet(plain, sheet(rows))
    monkeypatch.setattr(excel, "SMALL_CELLS", 0)
    assert open_file(plain).issues == ()
    if limit == "MOST_SECONDS":
        monkeypatch.setattr(apart, limit, 0.001)
    else:
        monkeypatch.setattr(apart, "subprocess", _Starved)
    assert found in refusal(plain).found


class _Starved:
    """``subprocess`` in which the child may have hardly any memory."""

    PIPE, DEVNULL, TimeoutExpired = subprocess.PIPE, subprocess.DEVNULL, subprocess.TimeoutExpired

    @staticmethod
    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        code = "from balance_analysis.workbook import apart; apart.MOST_MEMORY = 10**6; apart.serve()"
        return subprocess.run([command[0], "-c", code], **options)  # type: ignore[call-overload, no-any-return]


def test_a_hundred_thousand_rows_of_one_cell_are_told_in_twenty_messages(tmp_path: Path) -> None:
    path = write_county(tmp_path / "甲.xlsx")
    book = openpyxl.load_workbook(path)
    for row in range(5, 20_005):
        book["学校"].cell(row=row, column=1, value=2017)
    book.save(path)
    issues = check_workbooks([path])
    missing = [issue for issue in issues if issue.code == "missing_value"]
    assert len(missing) == 20
    assert re.search(
        "（另有159,980处）$", "".join(issue.found for issue in missing)
    )  # 8 columns of 20,000 rows


def test_a_county_beyond_twenty_messages_is_still_stopped() -> None:
    issues = [
        Issue("negative_value", Severity.HARD, Place("a", "学校", f"K{row}"), division_code=code)
        for row, code in enumerate([*["010101"] * 30, "010102", "010102"])
    ]
    kept = limit_issues(issues)
    assert [issue.division_code for issue in kept] == [*["010101"] * 20, "010102"]
    assert (kept[19].found, kept[20].found) == ("（空）（另有10处）", "（空）（另有1处）")
    shown = limit_issues(issues, every_county=False)
    assert len(shown) == 20
    assert shown[-1].found == "（空）（另有12处）"


# --- archives ------------------------------------------------------------------------------------------------------


def bomb(plain: Path) -> Path:
    return with_sheet(plain, sheet("<row r='1'/>" + " " * (archive.MOST_INFLATED + 1)))


def lying(plain: Path) -> Path:
    """A sheet that holds more than the archive says: readers that trust the directory see only its beginning."""
    xml = sheet('<row r="1"><c r="A1"><v>1</v></c></row>')
    hidden = xml + b" " * 1000
    with_sheet(plain, hidden)
    content = plain.read_bytes()
    long, short = (len(part).to_bytes(4, "little") for part in (hidden, xml))
    assert content.count(long) == 2
    plain.write_bytes(content.replace(long, short))
    return plain


def twice(plain: Path) -> Path:
    members = members_of(plain)
    with zipfile.ZipFile(plain, "w") as book:
        for name, content in members.items():
            book.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate"):
            book.writestr(SHEET, members[SHEET])
    return plain


def locked(plain: Path) -> Path:
    content = bytearray(plain.read_bytes())
    for start, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = -1
        while (position := content.find(start, position + 1)) >= 0:
            content[position + flag] |= 1
    plain.write_bytes(bytes(content))
    return plain


def entities(plain: Path) -> Path:
    declared = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
    return with_sheet(plain, declared + sheet('<row r="1"><c r="A1" t="str"><v>&b;</v></c></row>'))


def hidden_entities(plain: Path) -> Path:
    text = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "a">]>' + sheet("").decode()
    return with_sheet(plain, text.encode("utf-16"))


def many_members(plain: Path) -> Path:
    return packed(
        plain, {**members_of(plain), **{f"xl/m{n}.bin": b"" for n in range(archive.MOST_MEMBERS)}}, 0
    )


HOSTILE_ARCHIVES: Mapping[str, tuple[Callable[[Path], Path], str]] = {
    "a bomb": (bomb, "file_too_large"),
    "more than declared": (lying, "unreadable_file"),
    "a member twice": (twice, "unreadable_file"),
    "a password on the archive": (locked, "encrypted_file"),
    "entities": (entities, "xml_entities"),
    "entities in another encoding": (hidden_entities, "xml_entities"),
    "thousands of members": (many_members, "file_too_large"),
}


@pytest.mark.parametrize("kind", HOSTILE_ARCHIVES)
def test_a_hostile_archive_is_one_named_issue(plain: Path, kind: str) -> None:
    assert open_file(plain).issues == ()
    make, code = HOSTILE_ARCHIVES[kind]
    assert refusal(make(plain)).code == code


@pytest.mark.parametrize(
    ("kind", "module", "name", "off"),
    [
        ("a bomb", archive, "MOST_INFLATED", 2**60),
        ("entities", archive, "forbid_entities", lambda content: None),
        ("thousands of members", archive, "MOST_MEMBERS", 10**9),
    ],
)
def test_switched_off_these_guards_let_it_pass(
    plain: Path, monkeypatch: pytest.MonkeyPatch, kind: str, module: object, name: str, off: object
) -> None:
    path = HOSTILE_ARCHIVES[kind][0](plain)
    monkeypatch.setattr(module, name, off)
    if name == "forbid_entities":
        monkeypatch.setattr(sheet_xml, name, off)
    try:
        code = ""
        read_excel(path.read_bytes(), apart=True)
    except RefusedError as reason:
        code = reason.code
    assert code != HOSTILE_ARCHIVES[kind][1]


# --- sheets in unusual XML --------------------------------------------------------------------------------------


A1, B1, B2 = (
    '<c r="A1"><v>1</v></c>',
    '<c r="B1" t="str"><v>乙</v></c>',
    '<row r="2"><c r="B2"><v>3</v></c></row>',
)
LEGAL: Mapping[str, bytes] = {
    "no addresses": sheet(f'<row><c><v>1</v></c><c t="str"><v>乙</v></c></row>{B2}'),
    "attributes in another order": sheet(
        f'<row r="1"><c s="0" r="A1"><v>1</v></c><c t="str" r="B1"><v>乙</v></c></row>{B2}'
    ),
    "comments": sheet(f'<!-- c --><row r="1">{A1}{B1}</row><row r="2"><c r="$b$2"><v>3</v></c></row>'),
    "character data": sheet(f'<row r="1"><c r="A1"><v><![CDATA[1]]></v></c>{B1}</row>{B2}'),
    "rich text with a reading": sheet(
        f'<row r="1">{A1}<c r="B1" t="inlineStr"><is><r><t>乙</t></r><rPh><t>yi</t></rPh></is></c></row>{B2}'
        "<!-- c -->"
    ),
    "rows out of order": sheet(f'{B2}<row r="1">{B1}{A1}</row>'),
    "another encoding": (
        '<?xml version="1.0" encoding="UTF-16"?>' + sheet(f'<row r="1">{A1}{B1}</row>{B2}').decode()
    ).encode("utf-16"),
}


@pytest.mark.parametrize("xml", LEGAL.values(), ids=LEGAL.keys())
def test_any_legal_form_of_a_sheet_is_read_alike(plain: Path, xml: bytes) -> None:
    rows = open_file(with_sheet(plain, xml)).grids[0].rows
    assert rows == [[1.0, "乙"], ["", 3.0]]


def test_a_cell_without_address_that_has_an_error_value_is_no_blank(plain: Path) -> None:
    path = with_sheet(plain, sheet('<row><c><v>1</v></c><c t="e"><v>#DIV/0!</v></c></row>'))
    assert open_file(path).grids[0].rows[0][1].kind == "error"


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>', "A1 出现两次"),
        ('<row r="0"><c r="A0"><v>1</v></c></row>', "第0行"),
        ('<row r="1"><c r="ZZZZ1"><v>1</v></c></row>', "单元格地址“ZZZZ1”"),
        ('<row r="99999999999"><c><v>1</v></c></row>', "第99999999999行"),
        ('<row r="1"><c r="甲1"><v>1</v></c></row>', "单元格地址“甲1”"),
    ],
)
def test_an_address_that_cannot_be_is_named(plain: Path, rows: str, found: str) -> None:
    assert found in refusal(with_sheet(plain, sheet(rows))).found


def test_merged_ranges_beyond_reason_are_left(plain: Path) -> None:
    merged = '<mergeCells><mergeCell ref="A1:B1"/><mergeCell ref="A2:XFD1048576"/></mergeCells>'
    xml = sheet('<row r="1"><c r="A1"><v>1</v></c></row>', after=merged)
    assert open_file(with_sheet(plain, xml)).grids[0].merged == (((0, 0), (0, 1)),)


def test_the_plain_form_is_left_as_it_is_and_measured() -> None:
    xml = sheet(
        '<row r="1"><c r="A1" s="1"><v>1</v></c><c r="C1" s="1"/></row><row r="7"><c r="B7" t="s"><v>0</v></c></row>'
    )
    assert regular_sheet(xml, "学校") is xml
    assert box(xml) == 14  # seven rows, two columns; a cell that is only formatted is no content


# --- other files -------------------------------------------------------------------------------------------------


def test_what_is_no_ordinary_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "管道.xlsx")
    (tmp_path / "断.xlsx").symlink_to(tmp_path / "没有")
    (tmp_path / "环.xlsx").symlink_to(tmp_path / "环.xlsx")
    found = {path.name: refusal(path).found for path in [*tmp_path.iterdir(), tmp_path, Path("/dev/zero")]}
    assert found["管道.xlsx"] == found["zero"] == "无法打开文件（不是普通文件）"
    assert found["断.xlsx"] == "无法打开文件（文件或文件夹不存在）"
    assert found["环.xlsx"] == "无法打开文件（链接成环）"


def test_a_csv_is_measured_before_it_is_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "县.csv"
    path.write_text("学年,名称\n2017,一小\n")
    assert open_file(path).issues == ()
    monkeypatch.setattr(grids, "MOST_TEXT_CELLS", 3)
    assert refusal(path).found == "约有4个单元格"
    monkeypatch.setattr(grids, "MOST_TEXT_BYTES", 3)
    assert refusal(path).code == "file_too_large"
    monkeypatch.setattr(grids, "MOST_BYTES", 2)
    assert refusal(path).code == "file_too_large"


def test_utf_16_without_its_mark_is_an_unknown_encoding(tmp_path: Path) -> None:
    (tmp_path / "县.csv").write_bytes("a,b\n1,2\n".encode("utf-16-le"))
    assert refusal(tmp_path / "县.csv").found == "文字编码无法识别"


def test_two_sheets_that_could_be_taken_for_each_other_are_refused(tmp_path: Path) -> None:
    path = write_county(tmp_path / "甲.xlsx")
    book = openpyxl.load_workbook(path)
    book.create_sheet("学 校")
    book.save(path)
    assert refusal(path).code == "duplicate_sheet"


def test_the_archive_that_the_parser_gets_holds_what_was_checked() -> None:
    members = {"xl/a.xml": b"<a/>", "b.rels": b"<b/>"}
    with zipfile.ZipFile(io.BytesIO(archive.pack(members))) as packed_again:
        assert archive.unpack(packed_again) == members
