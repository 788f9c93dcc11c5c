"""One sheet of a known layout to one typed frame; every finding of the way becomes an issue."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.errors import Issue, IssueLimit, Place
from balance_analysis.terms import Severity
from balance_analysis.workbook.cells import MALFORMED_CODE, Finding, is_blank, parse_cell
from balance_analysis.workbook.excel import Cell, Grid
from balance_analysis.workbook.grids import RawFile
from balance_analysis.workbook.layouts import DTYPES, NUMBER_TYPES, Field, Layout, SheetLayout
from balance_analysis.workbook.odd_places import cells_without_header, merged_areas, merged_blanks
from balance_analysis.workbook.recognition import header_row, header_text
from balance_analysis.workbook.sheet_xml import column_letter
from balance_analysis.workbook.xlsx_cells import BadCell

Columns = dict[tuple[str, str, str], tuple[str, str, str]]
"""(file, table, field) → (sheet, column letter, header)."""
Row = tuple[int, list[Cell]]
"""Zero-based line of the sheet and its cells."""

SENTENCES = {
    MALFORMED_CODE: "行政区划代码的写法不对，这个区县不能评估。",
    "wrong_type": "单元格类型不对。",
    "negative_value": "出现负数。",
    "non_finite_value": "不是有限的数值。",
    "unknown_code": "代码不在允许的范围内。",
    "leading_zeros_lost": "代码的前导零已丢失。",
    "number_as_text": "数字以文本存放，或代码以数字存放。",
    "missing_value": "必填项为空。",
    "impossible_value": "数值超出学校或区县可能的范围。",
    "percent": "数值按百分比显示，填报的意思不明。",
    "formula_without_value": "公式没有计算结果，无法读取。",
}
SUMMARIES = {
    "number_as_text": (Severity.NOTE, SENTENCES["number_as_text"]),
    "unknown_code": (Severity.SOFT, "代码不在允许的范围内，已按空白处理。"),
    "rounded_number": (Severity.SOFT, "数字的位数超过计算所能保存的，已取最接近的数。"),
    "padded_number": (Severity.SOFT, "数字以0开头，像是代码，已按数值读取。"),
    "percent": (Severity.SOFT, "数值按百分比显示，已按存放的小数读取。"),
    "scaled": (Severity.SOFT, "数值的显示格式使看到的与存放的不同，已按存放的数值读取。"),
    "value_rewritten": (Severity.NOTE, "写法与规定不同，已按规定的写法读取。"),
    "text_cleaned": (Severity.NOTE, "文字中有首尾空白或看不见的符号，已除去。"),
    "empty": (Severity.SOFT, "单元格标为数值却没有数值，已按空白处理。"),
}
"""What is said once for a column, at its first cell: by the finding's code, or the kind of a bad cell."""


def read_sheet(
    raw: RawFile, layout: Layout, sheet: SheetLayout, grid: Grid
) -> tuple[pd.DataFrame, Columns, list[Issue]]:
    """Typed rows of one sheet, the address of each column, and what is to be said about them.

    Rows that are blank throughout are skipped; a cell that is refused is missing in the frame and
    has a hard issue. An optional sheet without data rows is as good as absent.
    """
    reader = SheetReader(raw, layout, sheet, grid)
    frame, columns = reader.read()
    return frame, columns, reader.issues if reader.limit is None else reader.limit.told(reader.issues)


@dataclass
class SheetReader:
    """Reads one sheet whose header stands in its first row; :mod:`path_sheets` reads the others."""

    raw: RawFile
    layout: Layout
    sheet: SheetLayout
    grid: Grid
    issues: list[Issue] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list, init=False)
    positions: Mapping[str, int] = field(default_factory=dict, init=False)
    limit: IssueLimit | None = field(default_factory=IssueLimit, init=False)
    """None where rows with issues are still left out afterwards; malformed codes are gathered by :mod:`division_codes`."""
    _counties: dict[int, str] = field(default_factory=dict, init=False)

    def read(self) -> tuple[pd.DataFrame, Columns]:
        """The typed frame and the address of each column."""
        rows = [
            (number, cells)
            for number, cells in enumerate(self.grid.rows)
            if number and not all(is_blank(cell) for cell in cells)
        ]
        headers = [header_text(cell) for cell in self.grid.rows[0]] if self.grid.rows else []
        if not rows and not self.sheet.required:
            self._issue(
                "empty_sheet", Severity.NOTE, "第2行", "", "表头以下没有内容" if headers else "没有内容", "选填的数据行",
                "需要相关结论时填写这个工作表", "选填的工作表没有数据，依赖它的项目无法判定。",
            )  # fmt: skip
            return self._frame([]), {}
        start = header_row(self.grid, self.sheet)
        if start:
            self._header_too_low(start)
            return self._frame([]), {}
        positions = self._positions(headers)
        self._missing_columns(headers, positions)
        self._without_column(headers, rows, positions)
        return self._typed(rows, positions, headers)

    def _typed(
        self, rows: list[Row], positions: Mapping[str, int], headers: Sequence[str]
    ) -> tuple[pd.DataFrame, Columns]:
        """Type the cells of known columns; ``headers`` are the header texts by column."""
        if not rows:
            self._issue(
                "no_data_rows", Severity.HARD, "第2行", "", "表头以下没有内容", "表头以下至少一行数据",
                "填入数据后重新提交", "没有数据行。",
            )  # fmt: skip
        frame = self._frame(rows)
        self.rows, self.positions = rows, positions
        cells = list(zip_longest(*(line for _, line in rows), fillvalue=""))
        cells += [("",) * len(rows)] * (len(headers) - len(cells))
        data = {
            item.name: self._column(item, positions[item.name], cells[positions[item.name]])
            for item in self.sheet.fields
            if item.name in positions
        }
        constants = {
            name: pd.Series(
                [float(value) if isinstance(value, int) else value] * len(rows), index=frame.index
            )
            for name, value in self.sheet.constants.items()
        }
        columns = {
            (self.raw.name, self.sheet.table, name): (self.grid.name, column_letter(index), headers[index])
            for name, index in positions.items()
        }
        return pd.concat([frame, pd.DataFrame({**data, **constants}, index=frame.index)], axis=1), columns

    def _frame(self, rows: list[Row]) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "source_file": pd.Series([self.raw.name] * len(rows), dtype="str"),
                "source_sheet": pd.Series([self.grid.name] * len(rows), dtype="str"),
                "source_row": np.array([number + 1 for number, _ in rows], dtype=np.int64),
            }
        )

    # --- headers -----------------------------------------------------------------------------------

    def _positions(self, headers: list[str]) -> dict[str, int]:
        """Field name to column; duplicates are hard, unknown columns are noted with the nearest header."""
        known = self.sheet.by_header()
        free = [header for header in known if header not in headers]
        positions: dict[str, int] = {}
        for index, header in enumerate(headers):
            cell = f"{column_letter(index)}1"
            if header in known and known[header].name not in positions:
                positions[known[header].name] = index
            elif header in known:
                first = column_letter(positions[known[header].name])
                self._issue(
                    "duplicate_column", Severity.HARD, cell, header, f"{first}1 和 {cell} 都是“{header}”",
                    "每个表头只出现一次", "删去多余的一列", "表头重复，不知道该用哪一列。",
                )  # fmt: skip
            elif header:
                near = difflib.get_close_matches(header, free, n=1, cutoff=0.6)
                expected = f"“{near[0]}”？" if near else "模板中的表头"
                remedy = (
                    f"如应为“{near[0]}”，请改正表头；否则可忽略" if near else "如是笔误请改正表头；否则可忽略"
                )
                self._issue(
                    "unknown_column",
                    Severity.NOTE,
                    cell,
                    header,
                    header,
                    expected,
                    remedy,
                    "不认识的列，未使用。",
                )
        return positions

    def _missing_columns(self, headers: list[str], positions: Mapping[str, int]) -> None:
        known = self.sheet.by_header()
        strange = [header for header in headers if header and header not in known]
        for item in self.sheet.fields:
            if item.required and item.name not in positions:
                near = difflib.get_close_matches(item.header, strange, n=1, cutoff=0.6)
                cell = f"{column_letter(headers.index(near[0]))}1" if near else "第1行"
                found = f"没有这一列；{cell} 是“{near[0]}”" if near else "没有这一列"
                self._issue(
                    "missing_column", Severity.HARD, cell, item.header, found, f"表头“{item.header}”",
                    "改正或补上这一列；表头文字须与模板完全一致", "缺少必需的列。",
                )  # fmt: skip
        absent = [
            item.header for item in self.sheet.fields if not item.required and item.name not in positions
        ]
        if absent:
            self._issue(
                "absent_column", Severity.NOTE, "第1行", "", f"缺少{len(absent)}列：{'、'.join(absent)}", "选填的列",
                "需要相关结论时补上这些列", "缺少选填的列，依赖它们的指标无法判定。",
            )  # fmt: skip

    def _without_column(self, headers: Sequence[str], rows: list[Row], positions: Mapping[str, int]) -> None:
        """Content that no column takes, and figures that merged cells show for more rows than have one."""
        short = [number for number, cells in rows if self.raw.kind == "csv" and len(cells) < len(headers)]
        if short:
            self._issue(
                "short_row", Severity.SOFT, f"第{short[0] + 1}行", "", f"第{short[0] + 1}行等{len(short)}行的列数少于表头",
                f"每行{len(headers)}列", "核对这些行是否缺列、错位；空白的列也要保留逗号", "缺少的列按空白处理。",
            )  # fmt: skip
        bare = cells_without_header(headers, rows)
        if bare:
            self._issue(
                "cells_without_header", Severity.SOFT, bare[0], "", f"{bare[0]}等{len(bare)}格有内容",
                "每个有内容的列都有表头", "补上表头；多出的内容可能使整行错位，请核对这一行", "没有表头的内容，未使用。",
            )  # fmt: skip
        optional = {
            positions[item.name] for item in self.sheet.fields if not item.required and item.name in positions
        }
        areas = merged_blanks(self._merged, optional, rows)
        if areas:
            self._issue(
                "merged_figures", Severity.SOFT, areas[0].partition(":")[0], "", f"{areas[0]}（共{len(areas)}处）",
                "每行每列各有一个单元格", "取消合并，每行都填写", "合并的单元格只有第一格有内容，其余按空白处理。",
            )  # fmt: skip

    def _header_too_low(self, start: int) -> None:
        """The header stands below a title: say for each required column where it was seen."""
        above = "第1行" if start == 1 else f"第1—{start}行"
        low = [header_text(cell) for cell in self.grid.rows[start]]
        for item in self.sheet.fields:
            if item.required:
                cell = (
                    f"{column_letter(low.index(item.header))}{start + 1}" if item.header in low else "第1行"
                )
                found = f"表头不在第1行，而在第{start + 1}行" if item.header in low else "没有这一列"
                self._issue(
                    "missing_column", Severity.HARD, cell, item.header, found, f"第1行的表头“{item.header}”",
                    f"删去表头上方的{above}（标题等），使表头位于第1行", "缺少必需的列。",
                )  # fmt: skip

    # --- cells -------------------------------------------------------------------------------------

    def _column(self, item: Field, index: int, cells: Sequence[Cell]) -> pd.Series[Any]:
        """One column: plain numbers at once, every other cell by its value, each value that occurs parsed once."""
        choices = dict(self.layout.choices.get(item.choices, {}))
        text_file = self.raw.kind == "csv"
        letter = column_letter(index)
        values, odd = _plain_numbers(item, cells)
        parsed: dict[tuple[type, Cell], tuple[Any, Finding | None]] = {}
        summaries: dict[str, list[tuple[str, Finding]]] = {kind: [] for kind in SUMMARIES}
        for position in odd:
            cell = cells[position]
            key = (type(cell), cell)
            if key not in parsed:
                blank = is_blank(cell)
                parsed[key] = (
                    (None, None) if blank else _kept(*parse_cell(cell, item, choices, text_file=text_file))
                )
            value, finding = parsed[key]
            if value is not None:
                values[position] = value
            elif finding is None and item.required:
                finding = self._blank(item, self.rows[position][0], index)
            if finding is None:
                continue
            kind = cell.kind if isinstance(cell, BadCell) and cell.kind == "empty" else finding.code
            asked = {
                "unknown_code": not item.lenient, "empty": item.required, "percent": value is None,
            }  # fmt: skip
            if kind in summaries and not asked.get(kind, False):
                summaries[kind].append((f"{letter}{self.rows[position][0] + 1}", finding))
            else:
                self._cell(item, letter, position, finding)
        self._lost_zeros(item, values, letter, {address for address, _ in summaries["number_as_text"]})
        for kind, (severity, message) in SUMMARIES.items():
            self._summary(item, summaries[kind], severity, message)
        column: pd.Series[Any] = pd.Series(values, dtype=DTYPES.get(item.type, "str"))
        return column

    def _blank(self, item: Field, row: int, column: int) -> Finding:
        kind = {"count": "非负整数", "quantity": "非负数"}.get(item.type)
        expected = f"{kind}（{item.help}）" if kind else item.help
        area = self._merged.get((row, column))
        if area is not None:
            found = f"（空，在合并单元格 {area} 内）"
            return Finding("missing_value", found, expected, "取消合并，每行都填写")
        return Finding("missing_value", "（空）", expected, "补填；确实没有的填0" if kind else "补填")

    @cached_property
    def _merged(self) -> Mapping[tuple[int, int], str]:
        return merged_areas(self.grid)

    def _lost_zeros(self, item: Field, values: Sequence[Any], letter: str, numeric: set[str]) -> None:
        """Codes that are too short because a program took them for numbers.

        A code stored as a number is compared with the layout's width and the column's longest code;
        a text of digits with the layout's width (CSV) and with longer codes that begin with 0.
        """
        if item.type != "code":
            return
        digits = {position: value for position, value in enumerate(values) if value and value.isdigit()}
        as_number = max(map(len, digits.values()), default=0) if numeric else 0
        zeros = max((len(value) for value in digits.values() if value[0] == "0"), default=0)
        as_text = max(zeros, item.width if self.raw.kind == "csv" else 0)
        for position, value in digits.items():
            address = f"{letter}{self.rows[position][0] + 1}"
            width = max(item.width, as_number) if address in numeric else as_text
            if len(value) < width:
                remedy = f"把单元格格式改为“文本”，补回前导零，如“{value.zfill(width)}”"
                finding = Finding("leading_zeros_lost", value, f"{width}位文本代码", remedy)
                self._cell(item, letter, position, finding)

    # --- issues ------------------------------------------------------------------------------------

    def _summary(
        self, item: Field, found: list[tuple[str, Finding]], severity: Severity, message: str
    ) -> None:
        """One issue for a column, at its first cell, with the count."""
        if not found:
            return
        address, first = found[0]
        text = f"{first.found}（共{len(found)}处，首处 {address}）" if len(found) > 1 else first.found
        self._issue(first.code, severity, address, item.header, text, first.expected, first.remedy, message)

    def _cell(self, item: Field, letter: str, position: int, finding: Finding) -> None:
        """A hard issue at one cell, with the county, school and year of its row as far as they can be read."""
        number, cells = self.rows[position]
        if position not in self._counties:
            self._counties[position] = self._said(cells, "division_code") or ""
        county, cell = self._counties[position], f"{letter}{number + 1}"
        place = Place(self.raw.name, self.grid.name, cell)
        if (
            self.limit is not None
            and finding.code != MALFORMED_CODE
            and not self.limit.admits(finding.code, Severity.HARD, place, county)
        ):
            return
        self._issue(
            finding.code, Severity.HARD, cell, item.header, finding.found, finding.expected,
            finding.remedy, SENTENCES[finding.code], division_code=county,
            school_code=self._said(cells, "school_code") or "", year=self._said(cells, "school_year"),
        )  # fmt: skip

    def _said(self, cells: Sequence[Cell], name: str) -> Any:
        index = self.positions.get(name)
        if index is None or index >= len(cells) or is_blank(cells[index]):
            return None
        item = next(item for item in self.sheet.fields if item.name == name)
        return _kept(*parse_cell(cells[index], item, {}, text_file=True))[0]

    def _issue(
        self,
        code: str,
        severity: Severity,
        cell: str,
        column: str,
        found: str,
        expected: str,
        remedy: str,
        message: str,
        **about: Any,
    ) -> None:
        place = Place(self.raw.name, self.grid.name, cell)
        self.issues.append(Issue(code, severity, place, column, found, expected, remedy, message, **about))


def _kept(value: Any, finding: Finding | None) -> tuple[Any, Finding | None]:
    """A value with its finding; of a malformed county code the legible text, which :mod:`division_codes` settles."""
    if finding is not None and finding.code == MALFORMED_CODE:
        return finding.found, finding
    return value, finding


def _plain_numbers(item: Field, cells: Sequence[Cell]) -> tuple[Any, Sequence[int]]:
    """The values of a column's plain numbers, blanks elsewhere, and the positions that are to be looked at."""
    if item.type not in NUMBER_TYPES:
        return [None] * len(cells), range(len(cells))
    if item.factor != "1":
        return np.full(len(cells), np.nan), range(len(cells))
    figures = np.array([cell if type(cell) is float else np.nan for cell in cells], dtype=np.float64)
    plain = (figures >= 0) & (figures <= float(item.largest or "inf"))
    if item.type == "count":
        plain &= figures == np.floor(figures)
    odd = np.flatnonzero(~plain).tolist()
    if not item.required:
        odd = [position for position in odd if cells[position] != ""]
    return np.where(plain, figures + 0.0, np.nan), odd
