"""Grids and a layout to typed tables, with every finding of the way as an issue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.errors import Issue, Place
from balance_analysis.terms import Severity, Sponsor
from balance_analysis.workbook.cells import Finding, is_blank, parse_cell, show
from balance_analysis.workbook.checks import check_tables
from balance_analysis.workbook.grids import Grid, RawFile, column_letter, open_file
from balance_analysis.workbook.layouts import (
    NUMBER_TYPES,
    Field,
    Layout,
    SheetLayout,
    list_layouts,
    load_layout,
)
from balance_analysis.workbook.tables import SchoolTables, SourceFile, combine_tables

NON_GOVERNMENT_SPONSOR = "10"
SENTENCES = {
    "wrong_type": "单元格类型不对。",
    "negative_value": "出现负数。",
    "non_finite_value": "不是有限的数值。",
    "unknown_code": "代码不在允许的范围内。",
    "leading_zeros_lost": "代码的前导零已丢失。",
    "number_as_text": "数字以文本存放，或代码以数字存放。",
    "missing_value": "必填项为空。",
    "formula_without_value": "公式没有计算结果，无法读取。",
}


def read_workbook(path: str | Path, *, layout: str | None = None) -> SchoolTables:
    """Read and check one file of any known layout.

    Never raises for what the file contains: findings are in ``tables.issues`` (hard ones forbid an
    assessment). ``layout`` forces a layout id; otherwise it is recognised by sheets and headers.
    """
    tables = read_unchecked(path, layout=layout)
    return replace(tables, issues=(*tables.issues, *check_tables(tables)))


def read_workbooks(paths: Sequence[str | Path], *, layout: str | None = None) -> SchoolTables:
    """Read several files as one and check them together, so that contradictions between files show."""
    tables = combine_tables(read_unchecked(path, layout=layout) for path in paths)
    return replace(tables, issues=(*tables.issues, *check_tables(tables)))


def read_unchecked(path: str | Path, *, layout: str | None = None) -> SchoolTables:
    """Read one file; ``issues`` holds what reading found, the checks on the typed tables come later."""
    raw = open_file(Path(path))
    chosen, issues = (None, list(raw.issues)) if raw.issues else _recognise(raw, layout)
    if chosen is None:
        return _empty(raw, issues)
    frames: dict[str, pd.DataFrame] = {}
    columns: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    for sheet in chosen.sheets:
        grid = next((item for item in raw.grids if item.name.strip() == sheet.name), None)
        if grid is None:
            if sheet.required:
                issues.append(_sheet_missing(raw, sheet))
            continue
        frames[sheet.table], found = _SheetReader(raw, chosen, sheet, grid, issues).read()
        columns.update(found)
    return SchoolTables(
        schools=_complete(frames.get("schools"), "schools"),
        counties=_complete(frames.get("counties"), "counties"),
        evidence=_complete(frames.get("evidence"), "evidence"),
        tasks=_complete(frames.get("tasks"), "tasks"),
        sources=(SourceFile(raw.name, raw.sha256, chosen.id, chosen.source, _says_simulated(raw)),),
        stratification=chosen.stratification,
        columns=columns,
        issues=tuple(issues),
    )


def check_workbook(path: str | Path, *, layout: str | None = None) -> list[Issue]:
    """Every issue of one file at once, hard ones first, then by place."""
    order = {Severity.HARD: 0, Severity.SOFT: 1, Severity.NOTE: 2}
    return sorted(read_workbook(path, layout=layout).issues, key=lambda issue: order[issue.severity])


def _recognise(raw: RawFile, layout_id: str | None) -> tuple[Layout | None, list[Issue]]:
    if layout_id is not None:
        return load_layout(layout_id), []
    best: tuple[float, Layout] | None = None
    for candidate in map(load_layout, list_layouts()):
        if candidate.kind != raw.kind:
            continue
        sheet = next(item for item in candidate.sheets if item.required)
        grid = next((item for item in raw.grids if item.name.strip() == sheet.name), None)
        headers = {show(cell).strip() for cell in grid.rows[0]} if grid and grid.rows else set()
        share = sum(field.header in headers for field in sheet.fields) / len(sheet.fields)
        score = share + (0.2 if grid is not None and sheet.name else 0)
        if score > 0.15 and (best is None or score > best[0]):
            best = (score, candidate)
    if best is not None:
        return best[1], []
    sheets = "、".join(grid.name for grid in raw.grids if grid.name) or "（CSV）"
    known = "、".join(load_layout(name).name for name in list_layouts())
    issue = Issue(
        code="unknown_layout", severity=Severity.HARD, place=Place(file=raw.name), found=f"工作表：{sheets}",
        expected=f"已知版式之一：{known}", remedy="用 balance-analysis template 生成填报模板，把数据填入工作表“学校”",
        message="不认识的文件版式，未作任何计算。",
    )
    return None, [issue]


def _sheet_missing(raw: RawFile, sheet: SheetLayout) -> Issue:
    present = "、".join(grid.name for grid in raw.grids)
    return Issue(
        code="missing_sheet", severity=Severity.HARD, place=Place(file=raw.name), found=f"工作表：{present}",
        expected=f"工作表“{sheet.name}”", remedy=f"不要改动工作表名称；把数据放回工作表“{sheet.name}”", message="缺少必需的工作表。",
    )


@dataclass
class _SheetReader:
    """Reads one sheet; collects issues into the shared list."""

    raw: RawFile
    layout: Layout
    sheet: SheetLayout
    grid: Grid
    issues: list[Issue]

    def read(self) -> tuple[pd.DataFrame, dict[tuple[str, str, str], tuple[str, str, str]]]:
        headers = [show(cell).strip() for cell in self.grid.rows[0]] if self.grid.rows else []
        positions = self._positions(headers)
        rows = [
            (number, cells)
            for number, cells in enumerate(self.grid.rows[1:], start=1)
            if not all(is_blank(cell) for cell in cells)
        ]
        if not rows and self.sheet.required:
            self._issue("no_data_rows", Severity.HARD, "", "", "0 行", "表头以下至少一行数据", "填入数据后重新提交", "没有数据行。")
        data: dict[str, Any] = {
            "source_file": [self.raw.name] * len(rows),
            "source_sheet": [self.grid.name] * len(rows),
            "source_row": np.array([number + 1 for number, _ in rows], dtype=np.int64),
        }
        context = self._context(rows, positions)
        for field in self.sheet.fields:
            if field.name in positions:
                data[field.name] = self._column(field, positions[field.name], rows, context)
        for name, value in self.sheet.constants.items():
            data[name] = [float(value) if isinstance(value, int) else value] * len(rows)
        found = {
            (self.raw.name, self.sheet.table, name): (self.grid.name, column_letter(index), headers[index])
            for name, index in positions.items()
        }
        return pd.DataFrame(data), found

    def _positions(self, headers: list[str]) -> dict[str, int]:
        known = self.sheet.by_header()
        positions: dict[str, int] = {}
        for index, header in enumerate(headers):
            if header in known and known[header].name not in positions:
                positions[known[header].name] = index
            elif header in known:
                self._issue(
                    "duplicate_column", Severity.HARD, f"{column_letter(index)}1", header, "同名的列出现两次", "每个表头只出现一次",
                    "删去多余的一列", "表头重复，不知道该用哪一列。",
                )
            elif header:
                self._issue(
                    "unknown_column", Severity.NOTE, f"{column_letter(index)}1", header, header, "模板中的表头",
                    "如是笔误请改正表头；否则可忽略", "不认识的列，未使用。",
                )
        for field in self.sheet.fields:
            if field.name in positions:
                continue
            if field.required:
                self._issue(
                    "missing_column", Severity.HARD, "", field.header, "没有这一列", f"表头“{field.header}”",
                    "补上这一列；表头文字须与模板完全一致", "缺少必需的列。",
                )
            elif self.layout.id == "own_template":
                self._issue(
                    "absent_column", Severity.NOTE, "", field.header, "没有这一列", f"表头“{field.header}”（选填）",
                    "需要相关结论时补上这一列", "缺少选填的列，依赖它的指标无法判定。",
                )
        return positions

    def _context(
        self, rows: list[tuple[int, list[Any]]], positions: Mapping[str, int]
    ) -> list[tuple[str, str, int | None]]:
        """Division code, school code and year of each row, as far as they can be read."""
        fields = {field.name: field for field in self.sheet.fields}

        def read(cells: list[Any], name: str) -> Any:
            index = positions.get(name)
            if index is None or index >= len(cells) or is_blank(cells[index]):
                return None
            return parse_cell(cells[index], fields[name], {}, text_file=True)[0]

        return [
            (
                read(cells, "division_code") or "",
                read(cells, "school_code") or "",
                read(cells, "school_year"),
            )
            for _, cells in rows
        ]

    def _column(
        self, field: Field, index: int, rows: list[tuple[int, list[Any]]], context: list[tuple[str, str, int | None]]
    ) -> Any:
        choices = dict(self.layout.choices.get(field.choices, {}))
        values: list[Any] = []
        notes: list[tuple[str, Finding]] = []
        letter = column_letter(index)
        for (number, cells), where in zip(rows, context, strict=True):
            cell = cells[index] if index < len(cells) else ""
            address = f"{letter}{number + 1}"
            if (number, index) in self.grid.uncached:
                self._cell(field, address, where, Finding("formula_without_value", "公式", "已计算的数值", "在Excel中打开并保存一次，或改为数值"))
                values.append(None)
            elif is_blank(cell):
                if field.required:
                    self._cell(field, address, where, Finding("missing_value", "（空）", field.help, "补填；确实为零的填0"))
                values.append(None)
            else:
                value, finding = parse_cell(cell, field, choices, text_file=self.raw.kind == "csv")
                values.append(value)
                if finding is not None and finding.code == "number_as_text":
                    notes.append((address, finding))
                elif finding is not None:
                    self._cell(field, address, where, finding)
        self._lost_zeros(field, values, letter, rows, context, notes)
        if notes:
            address, finding = notes[0]
            count = f"{finding.found}（共{len(notes)}处，首处 {address}）" if len(notes) > 1 else finding.found
            self._issue(
                "number_as_text", Severity.NOTE, address, field.header, count, finding.expected, finding.remedy,
                SENTENCES["number_as_text"],
            )
        if field.type in NUMBER_TYPES:
            return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        if field.type == "year":
            return pd.array([pd.NA if value is None else value for value in values], dtype="Int64")
        return pd.Series(values, dtype=object if field.type == "boolean" else "str")

    def _lost_zeros(
        self, field: Field, values: list[Any], letter: str, rows: list[tuple[int, list[Any]]],
        context: list[tuple[str, str, int | None]], notes: list[tuple[str, Finding]],
    ) -> None:
        """A code stored as a number and shorter than the column's other codes has lost its zeros."""
        if field.type != "code" or not notes:
            return
        width = max((len(value) for value in values if value), default=0)
        numeric = {address for address, _ in notes}
        for (number, _), where, value in zip(rows, context, values, strict=True):
            address = f"{letter}{number + 1}"
            if address in numeric and value and len(value) < width:
                self._cell(
                    field, address, where,
                    Finding("leading_zeros_lost", value, f"{width}位文本代码", "把单元格格式改为“文本”，补回前导零"),
                )

    def _cell(self, field: Field, address: str, where: tuple[str, str, int | None], finding: Finding) -> None:
        division, school, year = where
        self.issues.append(
            Issue(
                code=finding.code, severity=Severity.HARD,
                place=Place(self.raw.name, self.grid.name, address), column=field.header, found=finding.found,
                expected=finding.expected, remedy=finding.remedy, message=SENTENCES[finding.code],
                division_code=division, school_code=school, year=year,
            )
        )

    def _issue(
        self, code: str, severity: Severity, cell: str, column: str, found: str, expected: str, remedy: str, message: str
    ) -> None:
        self.issues.append(
            Issue(
                code=code, severity=severity, place=Place(self.raw.name, self.grid.name, cell), column=column,
                found=found, expected=expected, remedy=remedy, message=message,
            )
        )


def _complete(frame: pd.DataFrame | None, table: str) -> pd.DataFrame:
    """Give a frame every field of the house; what the file lacks is missing throughout."""
    frame = pd.DataFrame({"source_file": [], "source_sheet": [], "source_row": []}) if frame is None else frame
    sheet = load_layout("own_template").sheet(table)
    assert sheet is not None
    missing = {}
    for field in sheet.fields:
        if field.name in frame:
            continue
        if field.type in NUMBER_TYPES:
            missing[field.name] = pd.Series(np.nan, index=frame.index, dtype=np.float64)
        elif field.type == "year":
            missing[field.name] = pd.Series(pd.NA, index=frame.index, dtype="Int64")
        else:
            missing[field.name] = pd.Series(None, index=frame.index, dtype=object if field.type == "boolean" else "str")
    frame = pd.concat([frame, pd.DataFrame(missing, index=frame.index)], axis=1)
    if table == "schools":
        frame["sponsor"] = frame["sponsor_type"].map(
            lambda code: Sponsor.NON_GOVERNMENT.value if code == NON_GOVERNMENT_SPONSOR else Sponsor.PUBLIC.value,
            na_action="ignore",
        ).astype("str")
    return frame


def _says_simulated(raw: RawFile) -> bool:
    for grid in raw.grids:
        if grid.name == "填报说明":
            for row in grid.rows:
                if len(row) > 1 and show(row[0]).strip() == "数据性质":
                    return "模拟" in show(row[1])
    return False


def _empty(raw: RawFile, issues: list[Issue]) -> SchoolTables:
    layout = load_layout("own_template")
    return SchoolTables(
        schools=_complete(None, "schools"),
        counties=_complete(None, "counties"),
        evidence=_complete(None, "evidence"),
        tasks=_complete(None, "tasks"),
        sources=(SourceFile(raw.name, raw.sha256, "", "", False),),
        stratification=layout.stratification,
        issues=tuple(issues),
    )
