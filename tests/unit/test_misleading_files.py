"""Files that show another thing than they hold, and what they declare and do not have."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from balance_analysis.errors import Issue
from balance_analysis.terms import Severity
from balance_analysis.workbook.grids import open_file
from balance_analysis.workbook.reader import read_workbook
from tests.campaign.books import NAMESPACE, RELATIONS, STYLES, Raw, county_book
from tests.campaign.mutations import SCHOOLS

SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
BOOKS = [entry.header for entry in SCHOOLS].index("图书册数")


def members_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def questions(path: Path) -> list[Issue]:
    found = read_workbook(path)
    assert found.hard_issues == ()
    return [issue for issue in found.issues if issue.severity is Severity.SOFT]


@pytest.mark.parametrize(
    ("before", "after", "code", "found"),
    [
        ('<row r="3"', '<row r="3" ht="0" customHeight="1"', "hidden_rows", "第3行被隐藏或被筛选掉（共1行）"),
        ('<row r="3"', '<row customHeight="1" ht="0.0" r="3"', "hidden_rows", "第3行被隐藏或被筛选掉（共1行）"),
        ('<row r="3"', '<row r="3" ht="0.75" customHeight="1"', "", ""),
        ("<sheetData>", '<cols><col min="9" max="9" width="0" customWidth="1"/></cols><sheetData>', "hidden_columns", "I列被隐藏（共1列）"),
        ("<sheetData>", '<cols><col min="9" max="9" width="0.8" customWidth="1"/></cols><sheetData>', "", ""),
        ("<sheetData>", '<!-- --><cols><col width="0" min="9" max="9"/></cols><sheetData>', "hidden_columns", "I列被隐藏（共1列）"),
    ],
)  # fmt: skip
def test_rows_and_columns_of_no_size_are_hidden(
    tmp_path: Path, before: str, after: str, code: str, found: str
) -> None:
    members = members_of(county_book().content())
    members[SHEET] = members[SHEET].decode().replace(before, after, 1).encode()
    told = {issue.code: issue.found for issue in questions(packed(tmp_path / "县.xlsx", members))}
    assert told == ({code: found} if code else {})


@pytest.mark.parametrize(
    ("format_code", "misleads"),
    [
        ("0,", True), ("0.0,,", True), ("0!.0000", True), (r"0\.0,&quot;万&quot;", True), ("0.00,;-0.00,", True),
        (";;;", True), ("0&quot;0&quot;", True), (r"0\0", True), ("-0", True), ("&quot;480&quot;", True), ("0;;", False), (r"0;\-0", False),
        ("[DBNum1][$-804]General", False), (r"_ * #,##0.00_ ;_ * \-#,##0.00_ ;_ * &quot;-&quot;??_ ;_ @_ ", False),
        ("#,##0", False), ("#,##0.00", False), ("0&quot;人,&quot;", False), ("General", False), ("0.00_ ", False), ("[$￥-804]#,##0", False),
    ],
)  # fmt: skip
def test_a_format_that_shows_another_number_is_told(tmp_path: Path, format_code: str, misleads: bool) -> None:
    """Excel's own rule: commas after the last digit divide by a thousand each; ! and \\ draw a point that is none; an empty section shows nothing."""
    book = county_book()
    book.sheets["学校"][1][BOOKS] = Raw('<c{r} s="1"><v>9000</v></c>')
    number = f'<numFmts><numFmt numFmtId="170" formatCode="{format_code}"/></numFmts><fonts>'
    styles = STYLES.replace("<fonts>", number, 1).replace('numFmtId="9"', 'numFmtId="170"')
    book.members["xl/styles.xml"] = styles.encode()
    path = tmp_path / "县.xlsx"
    path.write_bytes(book.content())
    assert [issue.code for issue in questions(path)] == (["scaled"] if misleads else [])
    assert read_workbook(path).schools["books"][0] == 9000


def with_texts(path: Path, head: str, *, encoding: str = "utf-8") -> Path:
    """The county with its texts in a list of their own."""
    members = members_of(county_book().content())
    texts: list[str] = []

    def listed(match: re.Match[str]) -> str:
        texts.append(match[2])
        return f'<c{match[1]} t="s"><v>{len(texts) - 1}</v></c>'

    cell = re.compile(r'<c([^>]*?) t="inlineStr"><is><t xml:space="preserve">(.*?)</t></is></c>', re.DOTALL)
    for name in members:
        if "worksheets/" in name:
            members[name] = cell.sub(listed, members[name].decode()).encode()
    items = "".join(f"<si><t>{text}</t></si>" for text in texts)
    members[TEXTS] = f'<sst xmlns="{NAMESPACE}"{head}>{items}</sst>'.encode(encoding)
    relation = (
        f'<Relationship Id="rT" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    rels = "xl/_rels/workbook.xml.rels"
    members[rels] = members[rels].replace(b"</Relationships>", relation.encode())
    return packed(path, members)


@pytest.mark.parametrize(
    "head",
    ["", ' count="3" uniqueCount="3"', ' uniqueCount="2147483647"', " count='9' uniqueCount = '2147483647' ", ' x=">" uniqueCount="2147483647"'],
)  # fmt: skip
def test_a_list_of_texts_may_say_it_is_of_any_length(tmp_path: Path, head: str) -> None:
    """The parser asks for room for what is declared: 2,147,483,647 texts ended the process."""
    assert questions(with_texts(tmp_path / "县.xlsx", head)) == []


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_list_of_texts_in_another_encoding_is_not_read(tmp_path: Path, encoding: str) -> None:
    path = with_texts(tmp_path / "县.xlsx", ' uniqueCount="2147483647"', encoding=encoding)
    assert [issue.code for issue in open_file(path).issues] == ["unreadable_file"]


def test_a_row_of_a_csv_that_ends_early_is_told(tmp_path: Path) -> None:
    head = "school_year,county_code,county,school_code,school_name,private,remote_113,students,classes,teachers,staff"
    whole = "2020,02,宜蘭縣,021310,甲國小,0,general,371,13,22,4"
    path = tmp_path / "县.csv"
    path.write_text(f"{head}\n{whole}\n\n", encoding="utf-8")
    assert questions(path) == []
    path.write_text(f"{head}\n{whole}\n{whole.replace('021310', '021311')[:-5]}\n", encoding="utf-8")
    assert ("short_row", "第3行") in [(issue.code, issue.place.cell) for issue in questions(path)]
