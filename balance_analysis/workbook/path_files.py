"""Workbooks whose sheets are found by header paths: statistics exports and form Ⅱ-2, one file to one school frame."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from balance_analysis.errors import Issue, Place
from balance_analysis.terms import Severity
from balance_analysis.workbook.application_rows import FORM_STAGE, PER, Elsewhere, FormReader, widen
from balance_analysis.workbook.excel import Grid
from balance_analysis.workbook.file_context import Context, read_context, stage_of
from balance_analysis.workbook.grids import RawFile
from balance_analysis.workbook.header_paths import read_header
from balance_analysis.workbook.layouts import Layout, load_layout
from balance_analysis.workbook.path_sheets import PathSheetReader, find_columns
from balance_analysis.workbook.sheets import Columns
from balance_analysis.workbook.tables import PROVENANCE
from balance_analysis.workbook.workshop import COMPLETED, FILE_STAGE

FORM = "application_form_ii2"
STATISTICS = "national_statistics_"
FEWEST_VALUES = 4
PER_WORDS = ("生均", "每百名")
"""What the headers of values say; a sheet with short names is a form only where it does not file 办学类型 as exports do."""
FEWEST_FIELDS = 6
FEWEST_LEVELLED = 3


@dataclass(frozen=True)
class FoundSheet:
    """A sheet and the layout it follows (without a stage yet for a statistics export)."""

    grid: Grid
    layout: str


@dataclass(frozen=True)
class FileContent:
    """What such a file holds: one school frame, its addresses, its layout and what is to be said."""

    frame: pd.DataFrame
    columns: Columns
    elsewhere: Elsewhere
    issues: list[Issue]
    layout: Layout


def find_sheets(raw: RawFile, *, layout: str | None = None) -> list[FoundSheet]:
    """The sheets that look like table Ⅱ-2 or a statistics export; all of them, or those of a forced layout.

    Ⅱ-2: names, pupils and at least four of the seven values. Export: pupils and at least six known columns, or three
    that stand under a group.
    """
    found: list[FoundSheet] = []
    for grid in raw.grids:
        if not grid.rows:
            continue
        kind = _kind(grid)
        if layout is None and kind:
            found.append(FoundSheet(grid, kind))
        elif layout is not None and (kind or len(raw.grids) == 1):
            found.append(FoundSheet(grid, layout))
    forms = [sheet for sheet in found if sheet.layout == FORM]
    return forms or found


def _kind(grid: Grid) -> str:
    columns = read_header(grid).columns
    form = find_columns(load_layout(FORM).sheets[0], columns)
    values = {name: paths for name, paths in form.items() if name.endswith(PER)}
    export = find_columns(load_layout(f"{STATISTICS}primary").sheets[0], columns)
    per_pupil = any(word in path.text for paths in values.values() for path in paths for word in PER_WORDS)
    its_own = per_pupil or "school_type" not in export
    if its_own and {"school_name", "enrolment"} <= set(form) and len(values) >= FEWEST_VALUES:
        return FORM
    levelled = [
        paths
        for name, paths in export.items()
        if any(len(path.levels) > 1 for path in paths) and name != "school_name"
    ]
    pupils = "primary_enrolment" in export
    return STATISTICS if (pupils and len(export) >= FEWEST_FIELDS) or len(levelled) >= FEWEST_LEVELLED else ""


def read_sheets(raw: RawFile, sheets: list[FoundSheet]) -> FileContent:
    """Read the found sheets of one file into one frame; ``completed`` marks its rows for joining."""
    frames: list[pd.DataFrame] = []
    columns: Columns = {}
    elsewhere: Elsewhere = {}
    issues: list[Issue] = []
    layouts: list[Layout] = []
    for sheet in sheets:
        frame, own, moved, found, layout = _read(raw, sheet)
        issues += found
        layouts.append(layout)
        if frames and own:
            moved |= _addresses(frame, own)
        else:
            columns |= own
        elsewhere |= moved
        frames.append(frame)
    if len(frames) > 1:
        filled = [frame for frame in frames if len(frame)]
        frames = [pd.concat(filled, ignore_index=True)] if filled else frames[:1]
    frame = frames[0]
    frame[COMPLETED] = pd.Series([True] * len(frame), index=frame.index, dtype=object)
    issues += _left_sheets(raw, sheets, layouts[0])
    if layouts[0].id == FORM:
        issues.append(_without_numerators(raw, sheets[0].grid))
    return FileContent(frame, columns, elsewhere, issues, layouts[0])


def _read(raw: RawFile, sheet: FoundSheet) -> tuple[pd.DataFrame, Columns, Elsewhere, list[Issue], Layout]:
    grid, header = sheet.grid, read_header(sheet.grid)
    context, issues = read_context(raw, grid, header)
    if sheet.layout == FORM:
        layout = load_layout(FORM)
        form = FormReader(raw, layout, layout.sheets[0], grid)
        frame, columns = form.read()
        form.check_means(frame)
        frame[FORM_STAGE] = pd.Series(form.stages, index=frame.index, dtype="str")
        frame, columns, moved = widen(frame, columns)
        frame, filled = _with_context(frame, context, raw)
        return frame, columns, moved | filled, issues + form.issues, layout
    stage, unknown = (
        stage_of(raw, grid, header) if sheet.layout == STATISTICS else (load_layout(sheet.layout).stage, [])
    )
    layout = load_layout(f"{STATISTICS}{stage or 'primary'}")
    reader = PathSheetReader(raw, layout, layout.sheets[0], grid)
    frame, columns = reader.read()
    frame[FILE_STAGE] = pd.Series([layout.stage] * len(frame), index=frame.index, dtype="str")
    if unknown:
        return frame.iloc[:0], {}, {}, issues + unknown, layout
    frame, filled = _with_context(frame, context, raw)
    return frame, columns, filled, issues + reader.issues, layout


def _with_context(frame: pd.DataFrame, context: Context, raw: RawFile) -> tuple[pd.DataFrame, Elsewhere]:
    """Fill year, county and code of rows that have no column for them from titles and names."""
    moved: Elsewhere = {}
    frame = frame.copy()
    for name, dtype in (("school_year", "Int64"), ("division_code", "str"), ("county", "str")):
        statement = context.get(name)
        if name in frame or statement is None:
            continue
        frame[name] = pd.Series([statement.value] * len(frame), index=frame.index, dtype=dtype)
        for row in frame[list(PROVENANCE)].itertuples(index=False):
            key = (str(row.source_file), str(row.source_sheet), int(str(row.source_row)), name)
            moved[key] = (raw.name, statement.sheet, statement.cell, statement.text)
    return frame, moved


def _addresses(frame: pd.DataFrame, columns: Columns) -> Elsewhere:
    """Addresses of every figure of a file's further sheets, cell by cell."""
    moved: Elsewhere = {}
    for row in frame[list(PROVENANCE)].itertuples(index=False):
        for (file, _, name), (sheet, letter, header) in columns.items():
            number = int(str(row.source_row))
            moved[file, str(row.source_sheet), number, name] = (file, sheet, f"{letter}{number}", header)
    return moved


def _left_sheets(raw: RawFile, sheets: list[FoundSheet], layout: Layout) -> list[Issue]:
    used = {sheet.grid.name for sheet in sheets}
    names = [grid.name for grid in raw.grids if grid.name not in used and grid.rows]
    if not names:
        return []
    return [
        Issue(
            "unknown_sheet", Severity.NOTE, Place(raw.name), "", "、".join(names), layout.name, "无需处理",
            "其余的工作表未使用。",
        )
    ]  # fmt: skip


def _without_numerators(raw: RawFile, grid: Grid) -> Issue:
    return Issue(
        "numerators_not_at_hand", Severity.NOTE, Place(raw.name, grid.name), "", "只有已算好的数值，没有分子",
        "教师数、面积、设备值等分子", "需要复核数值或测算缺口时，请提交填报模板或统计平台导出表",
        "差异系数由表中的数值和在校生数算出，分子不在手中，数值本身未能复核；表中数值如已取位，差异系数也随之取位。",
    )  # fmt: skip
