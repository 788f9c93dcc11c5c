"""Which layout a file follows, and where in it the header of a sheet stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from balance_analysis.errors import Issue, Place
from balance_analysis.terms import Severity
from balance_analysis.workbook.cells import show
from balance_analysis.workbook.excel import Cell, Grid
from balance_analysis.workbook.grids import RawFile
from balance_analysis.workbook.layouts import Layout, SheetLayout, list_layouts, load_layout

HEADER_SEARCH_ROWS = 5
"""A header below this many rows is not looked for."""
_LEAST_RESEMBLANCE = 0.15
_SHEET_NAME_BONUS = 0.2


def header_text(cell: Cell) -> str:
    """A header without any white space: line breaks and blanks do not matter, everything else does.

    >>> header_text(f"小学{chr(10)}在校生数 ")
    '小学在校生数'
    """
    return "".join(show(cell).split())


def find_grid(raw: RawFile, sheet: SheetLayout) -> Grid | None:
    """The sheet of that name, exactly or but for white space; a CSV's only sheet has no name and is the required one."""
    exact = (grid for grid in raw.grids if grid.name == sheet.name or (not grid.name and sheet.required))
    return next(exact, None) or next((grid for grid in raw.grids if grid.name.strip() == sheet.name), None)


def header_row(grid: Grid, sheet: SheetLayout) -> int:
    """Zero-based row among the first few that holds most of the sheet's headers; 0 when in doubt."""
    best = max(range(HEADER_SEARCH_ROWS), key=lambda number: _resemblance(_row(grid, number), sheet))
    return best if _resemblance(_row(grid, best), sheet) >= 2 * _resemblance(_row(grid, 0), sheet) else 0


def recognise(raw: RawFile) -> tuple[Layout | None, list[Issue]]:
    """The layout whose sheet names and headers fit best, or a hard issue that names the known ones."""
    scored = [
        (_score(raw, candidate), candidate)
        for candidate in map(load_layout, list_layouts())
        if candidate.kind in (raw.kind, "any")
        and candidate.reading == "exact_headers"
        and _told(raw, candidate)
    ]
    score, best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    if best is not None and score > _LEAST_RESEMBLANCE:
        return best, []
    if raw.kind == "csv":
        headers = [show(cell) for cell in _row(raw.grids[0], 0)]
        found = f"第1行：{'、'.join(headers[:8])}{'…' if len(headers) > 8 else ''}"
    else:
        found = f"工作表：{'、'.join(grid.name for grid in raw.grids)}"
    known = "、".join(load_layout(name).name for name in list_layouts())
    issue = Issue(
        code="unknown_layout",
        severity=Severity.HARD,
        place=Place(file=raw.name),
        found=found,
        expected=f"已知版式之一：{known}",
        remedy="用 balance-analysis template 生成填报模板，把数据填入工作表“学校”",
        message="不认识的文件版式，未作任何计算。",
    )
    return None, [issue]


def missing_sheet(raw: RawFile, sheet: SheetLayout) -> Issue:
    """The hard issue for a required sheet; names the sheet that looks like it."""
    present = "、".join(grid.name for grid in raw.grids) or "（没有）"
    alike = max(raw.grids, key=lambda grid: _best_row(grid, sheet), default=None)
    if alike is not None and _best_row(alike, sheet) > 0.5:
        remedy = f"工作表“{alike.name}”的表头与它相同，请把名称改为“{sheet.name}”"
    else:
        remedy = f"不要改动工作表名称；把数据放回工作表“{sheet.name}”"
    return Issue(
        code="missing_sheet",
        severity=Severity.HARD,
        place=Place(file=raw.name, sheet=sheet.name),
        found=f"工作表：{present}",
        expected=f"工作表“{sheet.name}”",
        remedy=remedy,
        message="缺少必需的工作表。",
    )


def unused_sheets(raw: RawFile, layout: Layout, known: Sequence[str]) -> Iterator[Issue]:
    """Notes on sheets with data that no table is read from."""
    used = {grid.name for sheet in layout.sheets if (grid := find_grid(raw, sheet)) is not None}
    for grid in raw.grids:
        if (
            grid.name not in used
            and grid.name not in known
            and any(show(cell) for row in grid.rows for cell in row)
        ):
            yield Issue(
                code="unknown_sheet",
                severity=Severity.NOTE,
                place=Place(file=raw.name, sheet=grid.name),
                found=grid.name,
                expected="、".join(sheet.name for sheet in layout.sheets),
                remedy="如有需要读取的数据，请移到模板的工作表；否则可忽略",
                message="不认识的工作表，未使用。",
            )


def _row(grid: Grid, number: int) -> Sequence[Cell]:
    return grid.rows[number] if number < len(grid.rows) else ()


def _resemblance(row: Sequence[Cell], sheet: SheetLayout) -> float:
    """Mean of the share of required headers and the share of all headers that a row holds."""
    headers = {header_text(cell) for cell in row}
    required = [field for field in sheet.fields if field.required] or list(sheet.fields)
    return sum(
        sum(field.header in headers for field in fields) / len(fields) / 2
        for fields in (required, sheet.fields)
    )


def _best_row(grid: Grid, sheet: SheetLayout) -> float:
    return max(_resemblance(_row(grid, number), sheet) for number in range(HEADER_SEARCH_ROWS))


def _score(raw: RawFile, layout: Layout) -> float:
    sheet = next(item for item in layout.sheets if item.required)
    return max((_best_row(grid, sheet) for grid in raw.grids), default=0.0) + _SHEET_NAME_BONUS * _named(
        raw, layout
    )


def _named(raw: RawFile, layout: Layout) -> bool:
    """Whether some sheet bears the name of one of the layout's."""
    found = [find_grid(raw, item) for item in layout.sheets if item.name]
    return any(grid is not None and grid.name for grid in found)


def _told(raw: RawFile, layout: Layout) -> bool:
    """Whether a sheet's name or the telling headers speak for a layout that asks for them."""
    rows = (_row(grid, number) for grid in raw.grids for number in range(HEADER_SEARCH_ROWS))
    return _named(raw, layout) or any(
        set(layout.told_by) <= {header_text(cell) for cell in row} for row in rows
    )
