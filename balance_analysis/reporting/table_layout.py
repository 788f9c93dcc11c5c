"""Column widths of a report table, so that no cell runs over its edge.

Widths are estimated in em. Numbers and statuses may not break; names and sentences may.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal

from balance_analysis.errors import ReportError
from balance_analysis.terms import CHINESE_DAY
from balance_analysis.typefaces import text_width
from balance_analysis.views.elements.html import header_groups

POINTS_PER_MM: Final = 72 / 25.4
PORTRAIT_POINTS: Final = 156 * POINTS_PER_MM
LANDSCAPE_POINTS: Final = 243 * POINTS_PER_MM
PADDING_EM: Final = 0.8
TOGETHER_LINES: Final = 8
"""A body of at most so many lines stays on one page: with head, title and notes a quarter of it."""
ROW_LINES: Final = 14
"""A row of at most so many lines is not divided between pages."""
TEXT_EM: Final = 60.0
"""No text column asks for more; longer texts wrap."""
FIRM_EM: Final = 9.0
"""A text column whose texts are all so short does not wrap while there is another way."""
SHARING_STEPS: Final = 40
MARK_EM: Final = 1.3
"""Room for the mark behind a number, as in ``typst/blocks.typ``."""
SIZES: Final = (9.5, 9.0)
ANNEX_SIZES: Final = (9.0, 8.5)
"""Sizes of type that are tried, the larger first; a table for which the last is too large is divided."""
KEY_COLUMNS: Final = 2
"""So many text columns at the left, at most, stand in every part of a divided table."""
PART_NUMBERS: Final = "一二三四五六七八九"

_UNBREAKABLE = re.compile(r"[!-~]+")
DAY_ROOM_EM: Final = 1.2
"""The room that word processors leave between figures and characters, five times in a day. A cell that is a day is not divided: 日 alone
on a line reads as a slip."""


@dataclass(frozen=True)
class TableLayout:
    """Font size and column widths in points.

    ``landscape`` when portrait was too narrow; ``together`` when the table is short enough to be
    kept on one page; ``tall_rows`` are the positions of rows that may be divided between pages;
    ``glued_rows`` of the last rows stay with the notes, so that these never stand alone on a page,
    and ``head_rows`` of the first with the head.
    """

    size: float
    widths: tuple[float, ...]
    landscape: bool
    together: bool
    tall_rows: tuple[int, ...]
    glued_rows: int
    head_rows: int


def lay_out(table: dict[str, Any]) -> TableLayout:
    """Widths for the JSON of a ``ReportTable``; tries smaller type, then the turned page.

    Raises ``ReportError`` when even that is too narrow.
    """
    needs = [_column_needs(table, position) for position in range(len(table["columns"]))]
    for landscape in [True] if table["landscape"] else [False, True]:
        for enough in ("comfortable", "least"):
            for size in _sizes(table):
                layout = _fitted(table, needs, enough, size, landscape=landscape)
                if layout is not None:
                    return layout
    needed = sum(column.least for column in needs) * _sizes(table)[-1] / POINTS_PER_MM
    raise ReportError(
        f"表“{table['title']}”共{len(needs)}列，横排也放不下（需要约{needed:.0f}毫米）。"
        "请减少列数或拆成两张表。"
    )


def lay_out_parts(table: dict[str, Any]) -> list[tuple[dict[str, Any], TableLayout]]:
    """The table with its layout; one too wide even for the turned page as several tables, each with the columns that name the rows.

    Raises ``ReportError`` where a single column besides these is too wide.
    """
    try:
        return [(table, lay_out(table))]
    except ReportError:
        keys = _key_columns(table)
        others = len(table["columns"]) - keys
        for count in range(2, min(others, len(PART_NUMBERS)) + 1):
            bounds = [keys + round(others * part / count) for part in range(count + 1)]
            parts = [
                _columns_of(table, [*range(keys), *range(start, end)], PART_NUMBERS[number])
                for number, (start, end) in enumerate(pairwise(bounds))
            ]
            try:
                return [(part, lay_out(part)) for part in parts]
            except ReportError:
                continue
        raise


def _key_columns(table: dict[str, Any]) -> int:
    """How many text columns stand at the left, before the first of another kind."""
    kinds = [column["kind"] for column in table["columns"]]
    first = next((place for place, kind in enumerate(kinds) if kind != "text"), 1)
    return min(first, KEY_COLUMNS)


def _columns_of(table: dict[str, Any], kept: list[int], number: str) -> dict[str, Any]:
    return {
        **table,
        "title": f"{table['title']}（{number}）",
        "columns": [table["columns"][place] for place in kept],
        "rows": [[row[place] for place in kept] for row in table["rows"]],
    }


def lay_out_upright(table: dict[str, Any]) -> TableLayout | None:
    """An upright layout for a table declared as landscape that does not need it, else nothing.

    It does not need it where it fits comfortably and is short, or fits without wrapping.
    """
    needs = [_column_needs(table, position) for position in range(len(table["columns"]))]
    for size in _sizes(table):
        layout = _fitted(table, needs, "comfortable", size, landscape=False)
        if layout is not None:
            unwrapped = sum(column.natural for column in needs) * size <= PORTRAIT_POINTS
            return layout if unwrapped or layout.together else None
    return None


def _sizes(table: dict[str, Any]) -> tuple[float, ...]:
    return ANNEX_SIZES if table.get("annex") else SIZES


def _fitted(
    table: dict[str, Any],
    needs: list[_Needs],
    enough: Literal["comfortable", "least"],
    size: float,
    *,
    landscape: bool,
) -> TableLayout | None:
    """The layout in one size of type, where each column gets ``enough``; nothing where they do not fit."""
    available = (LANDSCAPE_POINTS if landscape else PORTRAIT_POINTS) / size
    wanted: list[float] = [getattr(column, enough) for column in needs]
    if sum(wanted) > available:
        return None
    firm = [column.firm for column in needs]
    texts = [
        [[text_width(line) for line in cell["text"].split("\n")] for cell in row] for row in table["rows"]
    ]
    start = firm if sum(firm) <= available else wanted
    headed = _headed(table, needs)
    natural = headed if sum(headed) <= available else [column.natural for column in needs]
    widths = _share(texts, start, natural, available)
    lines = [max(_lines(row, widths)) for row in texts]
    return TableLayout(
        size=size,
        widths=tuple(round(width * size, 2) for width in widths),
        landscape=landscape,
        together=sum(lines) <= TOGETHER_LINES,
        tall_rows=tuple(position for position, count in enumerate(lines) if count > ROW_LINES),
        glued_rows=_glued_rows(lines),
        head_rows=_glued_rows(lines[::-1]),
    )


@dataclass(frozen=True)
class _Needs:
    """Widths in em, padding included: ``comfortable`` keeps most names on one line, ``firm`` short ones, ``headed`` the head too."""

    least: float
    firm: float
    comfortable: float
    natural: float
    headed: float


def _column_needs(table: dict[str, Any], position: int) -> _Needs:
    column = table["columns"][position]
    texts = [row[position]["text"] for row in table["rows"]]
    lengths = sorted(text_width(line) for text in texts for line in text.split("\n")) or [2.0]
    longest = lengths[-1]
    words = [word for text in [column["label"], *texts] for word in _UNBREAKABLE.findall(text)]
    word = max((text_width(word) for word in words), default=0.0)
    days = [line for text in texts for line in text.split("\n") if CHINESE_DAY.fullmatch(line)]
    word = max([word, *(text_width(day) + DAY_ROOM_EM for day in days)])
    label = text_width(column["label"])
    head = max(min(label, 2.0), label / 4, text_width(f"（{column['unit']}）") if column["unit"] else 0.0)
    comfortable_head = head if table["compact"] else max(head, min(label, 4.0), label / 3)
    if column["kind"] in ("number", "integer", "percent") and any(
        "status" in row[position] for row in table["rows"]
    ):
        longest = max(longest, max(text_width(text.split(" ")[0]) for text in texts) + MARK_EM)
    if column["kind"] == "text":
        least = max(head, min(label, 4.0), word, min(longest, 4.0 if longest < 12 else 8.0))
        natural = max(comfortable_head, word, min(longest, TEXT_EM))
        common = lengths[int(0.9 * (len(lengths) - 1))]
        comfortable = max(least, min(common, 14.0))
        firm = max(least, comfortable_head, longest if longest <= FIRM_EM else 0.0)
    else:
        least = max(head, longest)
        natural = max(comfortable_head, longest)
        comfortable = least
        firm = max(least, comfortable_head)
    return _Needs(
        least + PADDING_EM,
        firm + PADDING_EM,
        comfortable + PADDING_EM,
        max(comfortable, natural) + PADDING_EM,
        max(comfortable, natural, label) + PADDING_EM,
    )


def _headed(table: dict[str, Any], needs: list[_Needs]) -> list[float]:
    """Widths with which no head wraps, also none that several columns share."""
    widths = [column.headed for column in needs]
    start = 0
    for label, span in header_groups(table["columns"]):
        missing = text_width(label) + PADDING_EM - sum(widths[start : start + span])
        if label and missing > 0:
            widths[start : start + span] = [width + missing / span for width in widths[start : start + span]]
        start += span
    return widths


def _glued_rows(lines: list[int]) -> int:
    """The last two rows, or fewer where they are tall; none where even the last may be divided.

    >>> _glued_rows([1, 1, 1]), _glued_rows([1, 14, 9]), _glued_rows([1, 40])
    (2, 1, 0)
    """
    glued = 0
    for count in lines[:-3:-1]:
        if count > ROW_LINES or (glued and count + lines[-1] > ROW_LINES):
            break
        glued += 1
    return glued


def _share(
    texts: list[list[list[float]]], least: list[float], natural: list[float], available: float
) -> list[float]:
    """Give each its natural width and spread what is left; else share out so that rows become low.

    ``texts`` are the widths of the lines of the cells' texts. What is left above ``least`` goes in
    steps to the column where it saves most lines per em, the roomiest first where none saves any.
    """
    total = sum(natural)
    if total <= available:
        return [width * available / total for width in natural]
    widths = list(least)
    step = (available - sum(least)) / SHARING_STEPS
    left = SHARING_STEPS
    while left:
        lines = [_lines(row, widths) for row in texts]
        offers = [
            (
                _lines_saved(texts, lines, position, widths[position] + step * steps) / steps,
                room,
                steps,
                position,
            )
            for position, room in enumerate(wide - width for wide, width in zip(natural, widths, strict=True))
            for steps in (1, 2, 4, 8)
            if steps <= left and step * (steps - 1) < room
        ]
        if not offers:
            break
        _, _, steps, chosen = max(offers)
        widths[chosen] += step * steps
        left -= steps
    spare = available - sum(widths)
    return [width + spare / len(widths) for width in widths]


def _lines(row: list[list[float]], widths: list[float]) -> list[int]:
    """Lines of each cell of one row."""
    return [_wrapped_lines(text, width) for text, width in zip(row, widths, strict=True)]


def _wrapped_lines(lines: list[float], width: float) -> int:
    return sum(max(math.ceil(line / (width - PADDING_EM)), 1) for line in lines)


def _lines_saved(
    texts: list[list[list[float]]], lines: list[list[int]], position: int, width: float
) -> float:
    """How many lines the table loses when the column at ``position`` is ``width`` em wide.

    Lines that become fewer in a cell that is not the highest of its row count a little.
    """
    saved = 0.0
    for row, counts in zip(texts, lines, strict=True):
        own = _wrapped_lines(row[position], width)
        if own < counts[position]:
            others = max((*counts[:position], *counts[position + 1 :], 1))
            saved += max(counts[position] - max(others, own), 0) + 0.05 * (counts[position] - own)
    return saved
