"""Headers of several rows as paths: merged cells filled, levels cleaned, columns found by path.

A path is written with ``/`` (``在校生数/合计``). A column fits when its whole path is the one asked for, or
ends in it, or holds its levels in order with further levels between; the strictest way that finds a
column wins, and two columns that fit equally well are an ambiguity that nobody resolves by guessing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from string import ascii_uppercase

from balance_analysis.workbook.cells import is_blank, show
from balance_analysis.workbook.excel import Cell, Grid
from balance_analysis.workbook.xlsx_cells import BadCell

SEPARATOR = "/"
TOTAL = "计"
TOTAL_WORDS = frozenset({"计", "合计", "小计", "总计", "总数"})
UNITS = {
    "平方米": "平方米", "m2": "平方米", "平米": "平方米", "万元": "万元", "元": "元", "人": "人", "名": "人", "间": "间",
    "台": "台", "册": "册", "个": "个", "班": "个", "所": "所",
}  # fmt: skip
"""Words in brackets at the end of a header that name a unit; any other bracket belongs to the name."""
CONVERSIONS = {("元", "万元"): "0.0001", ("万元", "元"): "10000"}
"""Factor from the unit of a header to the unit of a field."""
HEADER_ROWS_AT_MOST = 30
FEWEST_NUMBERS = 2
_CIRCLED = re.compile(r"^[①-⑳⑴-⒇]")
_LINE_CODE = re.compile(
    r"^(?:L[0-9]{1,2}|\([0-9]{1,2}\)|[0-9]{1,2}[.、])[:.、]?(?=[^0-9])|(?<=[^A-Za-z0-9])\(?L[0-9]{1,2}\)?$"
)
"""A column's number printed with its name: L7 before or after it, (7) or 7. before it."""
_LEAD = re.compile(r"^(?:#|\*|其中[::]?)+")
_UNIT = re.compile(r"\((?:单位[::]?)?([^()]+)\)$")
_NUMBER = re.compile(r"[-+]?[0-9][0-9,]*(?:\.[0-9]+)?%?")
STEMS = "甲乙丙丁戊己庚辛壬癸"
_COUNTER = re.compile(rf"[{STEMS}]|\(?[A-Za-z]?[0-9]{{1,3}}(?:-[0-9])?\)?(?:栏|列)?|-+")
FLAT_SEPARATORS = "/_:→|>-."
"""What joins the levels of a header that an export writes into one cell; the first that most columns hold counts."""
FEWEST_FLAT = 3


@dataclass(frozen=True)
class ColumnPath:
    """One column's header: cleaned levels from the top, the unit nearest the figures, the row of the last level."""

    index: int
    levels: tuple[str, ...]
    unit: str
    row: int

    @property
    def text(self) -> str:
        """The path as people write it."""
        return SEPARATOR.join(self.levels)


@dataclass(frozen=True)
class Header:
    """The header of a sheet: its columns, the first row of data and the texts that stand above the data."""

    columns: tuple[ColumnPath, ...]
    first_data_row: int
    texts: tuple[tuple[int, int, str], ...]
    """(row, column, text) of every title or caption: rows that say one thing only."""


def clean_level(text: str) -> tuple[str, str]:
    """One level without marks and white space, and its unit.

    >>> clean_level("#教学仪器设备 资产值（万元）"), clean_level("合 计"), clean_level("县级以上骨干教师（小学）")
    (('教学仪器设备资产值', '万元'), ('计', ''), ('县级以上骨干教师(小学)', ''))
    """
    plain = unicodedata.normalize("NFKC", _CIRCLED.sub("", "".join(text.split())))
    plain = re.sub(r"[—–~～－]+", "-", plain)
    plain = _LINE_CODE.sub("", _LEAD.sub("", plain)).rstrip(":")
    found = _UNIT.search(plain)
    unit = UNITS.get(found[1], "") if found else ""
    if found and unit:
        plain = plain[: found.start()]
    return (TOTAL if plain in TOTAL_WORDS else plain), unit


@lru_cache(maxsize=4096)  # layouts have some hundreds of paths, asked for of every sheet
def split_path(path: str) -> tuple[str, ...]:
    """A written path as cleaned levels.

    >>> split_path("专任教师/#按学历分/本科")
    ('专任教师', '按学历分', '本科')
    """
    return tuple(clean_level(level)[0] for level in path.split(SEPARATOR))


def filled_rows(grid: Grid, count: int) -> list[list[Cell]]:
    """The first rows with every merged cell holding the text of its range.

    Where an export carries no merged ranges, a group's blank cells to its right belong to it as long as
    something stands below them.
    """
    width = max((len(row) for row in grid.rows[:count]), default=0)
    rows = [[*row, *[""] * (width - len(row))] for row in grid.rows[:count]]
    merged = [area for area in grid.merged if area[0][0] < count]
    for (top, left), (bottom, right) in merged:
        value = rows[top][left] if left < width else ""
        for row in rows[top : bottom + 1]:
            row[left : min(right, width - 1) + 1] = [value] * (min(right, width - 1) + 1 - left)
    return rows


def read_header(grid: Grid) -> Header:
    """Titles, levels and first data row of a sheet.

    The data begin at the first row with at least two numbers that is not a row of column numbers. Above,
    a row that says one thing only is a title (below the first level: one that begins in the first column); every
    other row is a level of the header.
    """
    first = _first_data_row(grid)
    rows = filled_rows(grid, first)
    levels: list[int] = []
    for number, row in enumerate(rows):
        texts = [(column, show(cell)) for column, cell in enumerate(row) if not is_blank(cell)]
        if len({text for _, text in texts}) == 1 and (not levels or texts[0][0] == 0):
            continue
        if texts and not is_counter(row):
            levels.append(number)
    separator = _flat_separator(rows[levels[0]]) if len(levels) == 1 else ""
    if levels and not any(area[0][0] in levels for area in grid.merged):
        _fill_right(rows, levels)
    columns = []
    for index in range(max(map(len, rows), default=0)):
        path: list[str] = []
        unit, last = "", 0
        for number in levels:
            cell = rows[number][index]
            if is_blank(cell) or isinstance(cell, BadCell):
                continue
            for part in _parts(show(cell), separator):
                name, own = clean_level(part)
                if name and (not path or path[-1] != name):
                    path.append(name)
                    last = number
                unit = own or unit
        if path:
            columns.append(ColumnPath(index, tuple(path), unit, last))
    captions = [
        (number, column, show(cell))
        for number in range(first)
        for column, cell in enumerate(grid.rows[number])
        if not is_blank(cell)
    ]
    return Header(tuple(columns), first, tuple(captions))


def match_path(path: str, columns: Iterable[ColumnPath], *, unit: str = "") -> tuple[ColumnPath, ...]:
    """The columns that fit a path best: none, one, or several that fit equally well.

    A column whose header names a unit that cannot be turned into ``unit`` does not fit.
    """
    wanted = split_path(path)
    needed = (_without_total(wanted) or wanted)[-1]
    graded = [
        (grade, column)
        for column in columns
        if needed in column.levels and (grade := _grade(wanted, column.levels)) is not None
    ]
    graded = [pair for pair in graded if unit_factor(pair[1].unit, unit) is not None]
    best = min((grade for grade, _ in graded), default=None)
    return tuple(column for grade, column in graded if grade == best)


def unit_factor(found: str, wanted: str) -> str | None:
    """What turns a figure of the header's unit into the field's; None when nothing does.

    >>> unit_factor("元", "万元"), unit_factor("", "万元"), unit_factor("间", "平方米")
    ('0.0001', '1', None)
    """
    if not found or not wanted or found == wanted:
        return "1"
    return CONVERSIONS.get((found, wanted))


def _grade(wanted: Sequence[str], levels: Sequence[str]) -> int | None:
    """How strictly a path fits: 0 whole, 1 end, 2 end but for 计, 3 and 4 the same with levels between.

    A total is the total of the level above it: 专任教师/计 is not 专任教师/艺术/计.
    """
    if tuple(levels) == tuple(wanted):
        return 0
    core, own = _without_total(wanted), _without_total(levels)
    if tuple(levels[-len(wanted) :]) == tuple(wanted):
        return 1
    if core and tuple(own[-len(core) :]) == tuple(core):
        return 2
    if levels[-1] == wanted[-1] != TOTAL and _in_order(wanted, levels):
        return 3
    if core and own and own[-1] == core[-1] and _in_order(core, own):
        return 4
    return None


def _without_total(levels: Sequence[str]) -> Sequence[str]:
    return levels[:-1] if levels and levels[-1] == TOTAL else levels


def _in_order(wanted: Sequence[str], levels: Sequence[str]) -> bool:
    rest = iter(levels)
    return all(level in rest for level in wanted)


def is_number(cell: Cell) -> bool:
    """A number, or a text that is nothing but one."""
    if isinstance(cell, bool):
        return False
    return isinstance(cell, int | float) or (
        isinstance(cell, str) and _NUMBER.fullmatch(unicodedata.normalize("NFKC", cell.strip())) is not None
    )


def _first_data_row(grid: Grid) -> int:
    for number, row in enumerate(grid.rows[:HEADER_ROWS_AT_MOST]):
        if number and sum(map(is_number, row)) >= FEWEST_NUMBERS and not is_counter(row):
            return number
    return min(len(grid.rows), HEADER_ROWS_AT_MOST)


def is_counter(row: Sequence[Cell]) -> bool:
    """A row of column numbers (甲, 乙, 1, 2, 3 … or L1, L2 …, (1), A, B, C …): rising, and nothing else in it.

    >>> is_counter(["甲", "乙", 1.0, 2.0, 3.0]), is_counter(["", "L1", "L2", "L3"]), is_counter([1.0, "第一小学", 2.0, 3.0])
    (True, True, False)
    """
    texts = [unicodedata.normalize("NFKC", show(cell)) for cell in row if not is_blank(cell)]
    if len(texts) >= FEWEST_FLAT and texts == list(ascii_uppercase[: len(texts)]):
        return True
    numbers = [int(found[0]) for text in texts if (found := re.search(r"[0-9]+", text))]
    return (
        len(numbers) >= 3
        and all(_COUNTER.fullmatch(text) for text in texts)
        and all(0 <= after - before <= 1 for before, after in pairwise(numbers))
        and numbers[0] <= 1
    )


def _flat_separator(row: Sequence[Cell]) -> str:
    """The sign that joins the levels in the cells of a single header row; empty where there are no levels to join."""
    texts = [unicodedata.normalize("NFKC", show(cell)) for cell in row if not is_blank(cell)]
    held = {sign: sum(len(_parts(text, sign)) > 1 for text in texts) for sign in FLAT_SEPARATORS}
    best = max(held, key=lambda sign: held[sign])
    return best if held[best] >= FEWEST_FLAT else ""


def _parts(text: str, separator: str) -> list[str]:
    """A header's levels; a sign between two digits (26-30人) joins nothing."""
    if not separator:
        return [text]
    sign = re.escape(separator)
    parts = re.split(
        rf"(?<![0-9]){sign}|{sign}(?![0-9])", re.sub(r"[—–~～－]+", "-", unicodedata.normalize("NFKC", text))
    )
    return [part for part in parts if part]


def _fill_right(rows: list[list[Cell]], levels: Sequence[int]) -> None:
    """Carry a group over its blank cells, level by level, as far as the group above goes."""
    for position, number in enumerate(levels[:-1]):
        below = levels[position + 1 :]
        above = levels[position - 1] if position else None
        for column in range(1, len(rows[number])):
            if not is_blank(rows[number][column]) or is_blank(rows[number][column - 1]):
                continue
            same = above is None or rows[above][column] == rows[above][column - 1]
            if same and any(not is_blank(rows[lower][column]) for lower in below):
                rows[number][column] = rows[number][column - 1]
