"""Content of a sheet that does not stand where a column takes it: beside the headers, or in merged cells."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import product

from balance_analysis.workbook.cells import is_blank
from balance_analysis.workbook.excel import Cell, Grid
from balance_analysis.workbook.sheet_xml import column_letter

Lines = Sequence[tuple[int, Sequence[Cell]]]
"""Zero-based rows with their cells."""


def cells_without_header(headers: Sequence[str], rows: Lines) -> list[str]:
    """Addresses of cells with content under a blank header or to the right of the last one.

    >>> cells_without_header(["甲", ""], [(1, [1.0, "", ""]), (2, [1.0, 2.0, 3.0])])
    ['B3', 'C3']
    """
    bare = [index for index, header in enumerate(headers) if not header]
    return [
        f"{column_letter(index)}{number + 1}"
        for number, cells in rows
        if bare or len(cells) > len(headers)
        for index in (*bare, *range(len(headers), len(cells)))
        if index < len(cells) and not is_blank(cells[index])
    ]


def merged_areas(grid: Grid) -> dict[tuple[int, int], str]:
    """The merged range that covers a cell, for every such cell within the sheet's rows and columns."""
    height, width = len(grid.rows), max(map(len, grid.rows), default=0)
    found: dict[tuple[int, int], str] = {}
    for (top, left), (bottom, right) in grid.merged:
        area = f"{column_letter(left)}{top + 1}:{column_letter(right)}{bottom + 1}"
        for cell in product(range(top, min(bottom + 1, height)), range(left, min(right + 1, width))):
            found.setdefault(cell, area)
    return found


def merged_blanks(areas: Mapping[tuple[int, int], str], columns: Collection[int], rows: Lines) -> list[str]:
    """The merged ranges in which one of the columns is blank in a row that has content, each once."""
    lines = dict(rows)
    blank = (
        area
        for (row, column), area in areas.items()
        if column in columns and row in lines and (column >= len(lines[row]) or is_blank(lines[row][column]))
    )
    return list(dict.fromkeys(blank))
