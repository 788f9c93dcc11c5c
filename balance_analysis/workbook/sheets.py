"""One sheet of a known layout to one typed frame; every finding of the way becomes an issue."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.errors import Issue, Place
from balance_analysis.terms import Severity
from balance_analysis.workbook.cells import MALFORMED_CODE, BadCell, Finding, is_blank, parse_cell
from balance_analysis.workbook.grids import Cell, Grid, RawFile, column_letter
from balance_analysis.workbook.layouts import NUMBER_TYPES, Field, Layout, SheetLayout
from balance_analysis.workbook.recognition import header_row, header_text

Columns = dict[tuple[str, str, str], tuple[str, str, str]]
"""(file, table, field) → (sheet, column letter, header)."""
Context = tuple[str, str, int | None]
"""Division code, school code and school year of a row, as far as they can be read."""

SENTENCES = {
    "wrong_type": "单元格类型不对。",
    "negative_value": "出现负数。",
    "non_finite_value": "不是有限的数值。",
    "unknown_code": "代码不在允许的范围内。",
    MALFORMED_CODE: "行政区划代码的写法不对，这个区县不能评估。",
    "leading_zeros_lost": "代码的前导零已丢失。",
    "number_as_text": "数字以文本存放，或代码以数字存放。",
    "missing_value": "必填项为空。",
    "formula_without_value": "公式没有计算结果，无法读取。",
}


def read_sheet(
    raw: RawFile, layout: Layout, sheet: SheetLayout, grid: Grid
) -> tuple[pd.DataFrame, Columns, list[Issue]]:
    """Typed rows of one sheet, the address of each column, and what is to be said about them.

    Rows that are blank throughout are skipped; a cell that is refused is missing in the frame and
    has a hard issue. An optional sheet without data rows is as good as absent.
    """
    reader = SheetReader(raw, layout, sheet, grid)
    frame, columns = reader.read()
    return frame, columns, reader.issues


@dataclass
class SheetReader:
    """Reads one sheet whose header stands in its first row; :mod:`path_sheets` reads the others."""

    raw: RawFile
    layout: Layout
    sheet: SheetLayout
    grid: Grid
    issues: list[Issue] = field(default_factory=list)

    def read(self) -> tuple[pd.DataFrame, Columns]:
        """The typed frame and the address of each column."""
        rows = [
            (number, cells)
            for number, cells in enumerate(self.grid.rows)
            if number and not all(is_blank(cell) for cell in cells)
        ]
        headers = [header_text(cell) for cell in self.grid.rows[0]] if self.grid.rows else []
        if not rows and not self.sheet.required:
            return self._frame([]), {}
        start = header_row(self.grid, self.sheet)
        if start:
            self._header_too_low(start)
            return self._frame([]), {}
        positions = self._positions(headers)
        self._missing_columns(headers, positions)
        return self._typed(rows, positions, headers)

    def _typed(
        self, rows: list[tuple[int, list[Cell]]], positions: Mapping[str, int], headers: Sequence[str]
    ) -> tuple[pd.DataFrame, Columns]:
        """Type the cells of known columns; ``headers`` are the header texts by column."""
        if not rows:
            self._issue(
                "no_data_rows", Severity.HARD, "第2行", "", "表头以下没有内容", "表头以下至少一行数据",
                "填入数据后重新提交", "没有数据行。",
            )  # fmt: skip
        frame = self._frame(rows)
        context = self._context(rows, positions)
        data = {
            item.name: self._column(item, positions[item.name], rows, context)
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

    def _frame(self, rows: list[tuple[int, list[Cell]]]) -> pd.DataFrame:
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

    def _context(self, rows: list[tuple[int, list[Cell]]], positions: Mapping[str, int]) -> list[Context]:
        fields = {item.name: item for item in self.sheet.fields}

        def read(cells: list[Cell], name: str) -> Any:
            index = positions.get(name)
            if index is None or index >= len(cells) or is_blank(cells[index]):
                return None
            return _kept(*parse_cell(cells[index], fields[name], {}, text_file=True))

        return [
            (read(cells, "division_code") or "", read(cells, "school_code") or "", read(cells, "school_year"))
            for _, cells in rows
        ]

    def _column(
        self, item: Field, index: int, rows: list[tuple[int, list[Cell]]], context: list[Context]
    ) -> pd.Series[Any]:
        choices = dict(self.layout.choices.get(item.choices, {}))
        text_file = self.raw.kind == "csv"
        plain = item.type in NUMBER_TYPES and item.factor == "1"
        whole = item.type == "count"
        letter = column_letter(index)
        values: list[Any] = []
        notes: list[tuple[str, Finding]] = []
        hollow: list[tuple[str, Finding]] = []
        unknown: list[tuple[str, Finding]] = []
        for (number, cells), where in zip(rows, context, strict=True):
            cell = cells[index] if index < len(cells) else ""
            if plain and type(cell) is float and 0 <= cell < math.inf and (not whole or cell.is_integer()):
                values.append(cell + 0.0)
                continue
            address = f"{letter}{number + 1}"
            value: Any = None
            finding: Finding | None = None
            if not is_blank(cell):
                value, finding = parse_cell(cell, item, choices, text_file=text_file)
            elif item.required:
                finding = self._blank(item, number, index)
            values.append(_kept(value, finding))
            if finding is None:
                continue
            if finding.code == "number_as_text":
                notes.append((address, finding))
            elif item.lenient and finding.code == "unknown_code":
                unknown.append((address, finding))
            elif isinstance(cell, BadCell) and cell.kind == "empty" and not item.required:
                hollow.append((address, finding))
            else:
                self._cell(item, address, where, finding)
        self._lost_zeros(item, values, letter, rows, context, notes)
        self._summary(item, notes, Severity.NOTE, SENTENCES["number_as_text"])
        self._summary(item, unknown, Severity.SOFT, "代码不在允许的范围内，已按空白处理。")
        self._summary(item, hollow, Severity.SOFT, "单元格标为数值却没有数值，已按空白处理。")
        return _series(item, values)

    def _blank(self, item: Field, row: int, column: int) -> Finding:
        kind = {"count": "非负整数", "quantity": "非负数"}.get(item.type)
        expected = f"{kind}（{item.help}）" if kind else item.help
        for (top, left), (bottom, right) in self.grid.merged:
            if top <= row <= bottom and left <= column <= right:
                area = f"{column_letter(left)}{top + 1}:{column_letter(right)}{bottom + 1}"
                return Finding(
                    "missing_value", f"（空，在合并单元格 {area} 内）", expected, "取消合并，每行都填写"
                )
        return Finding("missing_value", "（空）", expected, "补填；确实没有的填0" if kind else "补填")

    def _lost_zeros(
        self,
        item: Field,
        values: list[Any],
        letter: str,
        rows: list[tuple[int, list[Cell]]],
        context: list[Context],
        notes: list[tuple[str, Finding]],
    ) -> None:
        """Codes that are too short because a program took them for numbers.

        A code stored as a number is compared with the layout's width and the column's longest code;
        a text of digits with the layout's width (CSV) and with longer codes that begin with 0.
        """
        if item.type != "code":
            return
        digits = [value for value in values if value and value.isdigit()]
        as_number = max(map(len, digits), default=0) if notes else 0
        zeros = max((len(value) for value in digits if value[0] == "0"), default=0)
        as_text = max(zeros, item.width if self.raw.kind == "csv" else 0)
        numeric = {address for address, _ in notes}
        for (number, _), where, value in zip(rows, context, values, strict=True):
            address = f"{letter}{number + 1}"
            width = max(item.width, as_number) if address in numeric else as_text
            if value and value.isdigit() and len(value) < width:
                remedy = f"把单元格格式改为“文本”，补回前导零，如“{value.zfill(width)}”"
                self._cell(
                    item, address, where, Finding("leading_zeros_lost", value, f"{width}位文本代码", remedy)
                )

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

    def _cell(self, item: Field, address: str, where: Context, finding: Finding) -> None:
        self._issue(
            finding.code, Severity.HARD, address, item.header, finding.found, finding.expected, finding.remedy,
            SENTENCES[finding.code],
        )  # fmt: skip
        division, school, year = where
        self.issues[-1] = replace(self.issues[-1], division_code=division, school_code=school, year=year)

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
    ) -> None:
        place = Place(self.raw.name, self.grid.name, cell)
        self.issues.append(Issue(code, severity, place, column, found, expected, remedy, message))


def _kept(value: Any, finding: Finding | None) -> Any:
    """The value; of a malformed county code its legible text, which :mod:`division_codes` then settles."""
    return finding.found if finding is not None and finding.code == MALFORMED_CODE else value


def _series(item: Field, values: list[Any]) -> pd.Series[Any]:
    if item.type in NUMBER_TYPES:
        return pd.Series([np.nan if value is None else value for value in values], dtype=np.float64)
    if item.type == "year":
        return pd.Series([pd.NA if value is None else value for value in values], dtype="Int64")
    return pd.Series(values, dtype=object if item.type == "boolean" else "str")
