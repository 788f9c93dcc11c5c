"""The side file (补充信息): what an export does not say, answered in a table and never at the keyboard.

A CSV with the headers of our own template (and 主校名称), or a TOML file with the same names: single values at the
top, one ``[["学校"]]`` or ``[["区县"]]`` per row (TOML wants Chinese keys in quotes). A row with a school's code or
name answers for that school; one without answers for the county it names, or for everything. It fills what the
files leave blank; where it contradicts them, that is said and stops the county.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from balance_analysis.errors import BalanceAnalysisError, Issue, Place, limit_issues, system_reason
from balance_analysis.strict_toml import decode, entries, read_toml, shown
from balance_analysis.terms import Severity
from balance_analysis.workbook.cells import EXACT_DIGITS, is_blank, parse_cell, show
from balance_analysis.workbook.grids import open_file
from balance_analysis.workbook.layouts import Field, load_layout
from balance_analysis.workbook.sheet_xml import column_letter
from balance_analysis.workbook.sheets import SENTENCES, SUMMARIES
from balance_analysis.workbook.tables import SourceFile
from balance_analysis.workbook.xlsx_cells import BadCell

COMMON_NAMES = ("补充信息.csv", "补充信息.toml")
OWN_ENDINGS = (".补充.csv", ".补充.toml")
MAIN_NAME = Field("main_school_name", "主校名称", "text", "不计校数的校区所属主校的全称")
KEYS = ("school_code", "school_name")
CONTEXT = ("school_year", "division_code", "county")
SIDE_LAYOUT = "side_file"
TEMPLATE_SHEET = "学校"
LARGEST_SIDE_FILE: Mapping[str, int] = {".csv": 2**18, ".txt": 2**18, ".xlsx": 2**15}
"""Files up to these sizes are looked at for a side file's headers, whatever their names."""
FORMULA_SIGNS = ("=", "+", "-", "@")


@dataclass(frozen=True)
class SideRow:
    """One answer: the values by field and the cell of each."""

    place: Place
    values: Mapping[str, Any]
    cells: Mapping[str, tuple[str, str]]
    """Field → (cell, header)."""

    @property
    def about_school(self) -> bool:
        """Whether the row names a school."""
        return any(name in self.values for name in KEYS)

    def text(self, name: str) -> str:
        """A text value, or the empty text."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class SideFile:
    """A side file that was read: its answers and what is to be said about it."""

    source: SourceFile
    rows: tuple[SideRow, ...]
    issues: tuple[Issue, ...] = ()


def side_files_beside(paths: Iterable[Path]) -> list[Path]:
    """Side files that lie beside workbooks: ``补充信息.csv`` for all, ``<name>.补充.csv`` for one (or ``.toml``)."""
    found: list[Path] = []
    for path in paths:
        names = [*COMMON_NAMES, *(path.stem + ending for ending in OWN_ENDINGS)]
        found += [place for name in names if (place := path.with_name(name)).is_file()]
    return list(dict.fromkeys(found))


def has_side_headers(path: Path) -> bool:
    """Whether a small file's first row holds a side file's headers and nothing else: no 办学类型, so it lists no schools."""
    try:
        if (
            path.suffix.lower() not in LARGEST_SIDE_FILE
            or path.stat().st_size > LARGEST_SIDE_FILE[path.suffix.lower()]
        ):
            return False
    except OSError:
        return False
    grids = open_file(path).grids
    if len(grids) != 1 or not grids[0].rows or grids[0].name == TEMPLATE_SHEET:
        return False
    headers = {show(cell) for cell in grids[0].rows[0] if not is_blank(cell)}
    known = known_fields()
    names = {known[header].name for header in headers if header in known}
    about = names & {*KEYS, *CONTEXT}
    return len(names) == len(headers) > 1 and bool(about) and "school_type" not in names


def read_side_file(path: Path) -> SideFile:
    """Read one side file; what is wrong with it comes back as issues.

    Raises nothing for its content. Unknown headers are questions, cells of the wrong type errors.
    """
    if path.suffix.lower() == ".toml":
        return _read_toml(path)
    raw = open_file(path)
    source = SourceFile(raw.name, raw.sha256, SIDE_LAYOUT, "补充信息表", False)
    if not raw.grids:
        return SideFile(source, (), raw.issues)
    grid = raw.grids[0]
    headers = [show(cell) for cell in grid.rows[0]] if grid.rows else []
    issues = list(raw.issues)
    rows = []
    for number, cells in enumerate(grid.rows[1:], start=2):
        filled = {
            header: (filed_text(cell), f"{column_letter(index)}{number}")
            for index, (header, cell) in enumerate(zip(headers, cells, strict=False))
            if header and not is_blank(cell)
        }
        if filled:
            rows.append(_row(Place(raw.name, grid.name, f"第{number}行"), filled, issues))
    issues += _unknown(
        raw.name, {header: f"{column_letter(i)}1" for i, header in enumerate(headers) if header}
    )
    return SideFile(source, tuple(rows), tuple(limit_issues(issues)))


def _read_toml(path: Path) -> SideFile:
    name = path.name
    try:
        content = path.read_bytes()
    except OSError as error:
        source = SourceFile(name, "", SIDE_LAYOUT, "补充信息表", False)
        return SideFile(source, (), (_unreadable(name, f"无法打开文件（{system_reason(error)}）"),))
    source = SourceFile(name, hashlib.sha256(content).hexdigest(), SIDE_LAYOUT, "补充信息表", False)
    problems: list[str] = []
    try:
        table = read_toml(decode(content, name, error=BalanceAnalysisError), name, error=BalanceAnalysisError)
    except BalanceAnalysisError as error:
        return SideFile(source, (), (_unreadable(name, str(error)),))
    issues: list[Issue] = []
    rows: list[SideRow] = []
    blocks: list[tuple[str, Mapping[str, Any]]] = [
        ("顶层", {key: value for key, value in table.items() if not isinstance(value, list | dict)})
    ]
    for key in ("区县", "学校"):
        listed = table.get(key, [])
        found = entries([listed] if isinstance(listed, dict) else listed, key, name, problems)
        blocks += [(f"{key}{number}", entry) for number, (_, entry) in enumerate(found, start=1)]
    if problems:
        return SideFile(source, (), (_unreadable(name, "；".join(problems)),))
    seen: dict[str, str] = {
        key: key for key in table if isinstance(table[key], list | dict) and key not in ("区县", "学校")
    }
    for title, entry in blocks:
        filled = {header: (_cell(value), f"{title}.{header}") for header, value in entry.items()}
        seen |= {header: f"{title}.{header}" for header in filled}
        if filled:
            rows.append(_row(Place(name, "", title), filled, issues))
    issues += _unknown(name, seen)
    return SideFile(source, tuple(rows), tuple(limit_issues(issues)))


def _cell(value: Any) -> Any:
    """A TOML value as a cell: whole numbers as Excel has them; no table, no list, no number beyond Excel's."""
    if isinstance(value, list | dict) or (type(value) is int and abs(value) >= 10**EXACT_DIGITS):
        return BadCell("value", shown(value))
    return float(value) if type(value) is int else value


def known_fields() -> dict[str, Field]:
    """Fields that a side file may answer, by header: every column of the sheet 学校 of our template, and 主校名称."""
    sheet = load_layout("own_template").sheet("schools")
    assert sheet is not None
    return {item.header: item for item in (*sheet.fields, MAIN_NAME)}


def _row(place: Place, filled: Mapping[str, tuple[Any, str]], issues: list[Issue]) -> SideRow:
    fields, choices = known_fields(), load_layout("own_template").choices
    values: dict[str, Any] = {}
    cells: dict[str, tuple[str, str]] = {}
    for header, (cell, address) in filled.items():
        item = fields.get(header)
        if item is None:
            continue
        value, finding = parse_cell(cell, item, dict(choices.get(item.choices, {})), text_file=True)
        if finding is not None and finding.code != "number_as_text":
            severity, message = (
                SUMMARIES[finding.code] if value is not None else (Severity.HARD, SENTENCES[finding.code])
            )
            issues.append(
                Issue(
                    finding.code,
                    severity,
                    Place(place.file, place.sheet, address),
                    header,
                    finding.found,
                    finding.expected,
                    finding.remedy,
                    message,
                )
            )
        if value is not None:
            values[item.name] = value
            cells[item.name] = (address, header)
    return SideRow(place, values, cells)


def _unknown(file: str, headers: Mapping[str, str]) -> list[Issue]:
    known = known_fields()
    return [
        Issue(
            "unknown_column", Severity.SOFT, Place(file, "", cell), header, header, "填报模板工作表“学校”的表头，或“主校名称”",
            "改正表头；否则这一列不起作用", "补充信息表中有不认识的列，未使用。",
        )
        for header, cell in headers.items()
        if header not in known
    ]  # fmt: skip


def _unreadable(name: str, found: str) -> Issue:
    return Issue(
        "unreadable_file", Severity.HARD, Place(name), "", found, "UTF-8 编码的CSV或TOML补充信息表", "改正后重新提交（TOML中的中文键名须加引号）",
        "补充信息表不能读取。",
    )  # fmt: skip


def as_text(text: str) -> str:
    """A text with the apostrophe by which a spreadsheet does not take it for a formula; :func:`filed_text` takes it off."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def filed_text(cell: Any) -> Any:
    """A cell without the apostrophe that :func:`as_text` put before it."""
    return (
        cell[1:] if isinstance(cell, str) and cell[:1] == "'" and cell[1:].startswith(FORMULA_SIGNS) else cell
    )


def write_answers(rows: Sequence[Mapping[str, str]], headers: Sequence[str]) -> str:
    """A side file as CSV text, with the byte-order mark by which Excel knows UTF-8."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, headers, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: as_text(text) for name, text in row.items()} for row in rows)
    return "\ufeff" + stream.getvalue()
