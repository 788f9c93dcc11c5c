"""Column widths of a report table, so that no cell runs over its edge.

Widths are estimated in em: a Chinese character is one em wide, a Latin one a little more than
half. Numbers and statuses may not break; names and sentences may.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

from balance_analysis.errors import ReportError

POINTS_PER_MM: Final = 72 / 25.4
PORTRAIT_POINTS: Final = 156 * POINTS_PER_MM
LANDSCAPE_POINTS: Final = 243 * POINTS_PER_MM
PADDING_EM: Final = 0.8
TOGETHER_LINES: Final = 12
"""A body of at most so many lines stays on one page."""
ROW_LINES: Final = 14
"""A row of at most so many lines is not divided between pages."""
TEXT_EM: Final = 60.0
"""No text column asks for more; longer texts wrap."""
SHARING_STEPS: Final = 40
MARK_EM: Final = 1.3
"""Room for the mark behind a number, as in ``typst/blocks.typ``."""
NORMAL_SIZES: Final = (9.5, 9.0, 8.5, 8.0, 7.5)
COMPACT_SIZES: Final = (8.5, 8.0, 7.5, 7.0, 6.5)

_UNBREAKABLE = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class TableLayout:
    """Font size and column widths in points.

    ``landscape`` when portrait was too narrow; ``together`` when the table is short enough to be
    kept on one page; ``tall_rows`` are the positions of rows that may be divided between pages;
    ``glued_rows`` of the last rows stay with the notes, so that these never stand alone on a page.
    """

    size: float
    widths: tuple[float, ...]
    landscape: bool
    together: bool
    tall_rows: tuple[int, ...]
    glued_rows: int


def text_width(text: str) -> float:
    """Estimated width of one line in em.

    >>> text_width("小学"), round(text_width("3.41"), 2)
    (2.0, 2.32)
    """
    wide = sum(1 for character in text if unicodedata.east_asian_width(character) in "WFA")
    return wide + 0.58 * (len(text) - wide)


def lay_out(table: dict[str, Any]) -> TableLayout:
    """Widths for the JSON of a ``ReportTable``; tries smaller type, then the turned page.

    Raises ``ReportError`` when even that is too narrow.
    """
    wanted = [_column_needs(table, position) for position in range(len(table["columns"]))]
    least = [needs.least for needs in wanted]
    comfortable = [needs.comfortable for needs in wanted]
    natural = [needs.natural for needs in wanted]
    sizes = COMPACT_SIZES if table["compact"] else NORMAL_SIZES
    pages = [True] if table["landscape"] else [False, True]
    for landscape in pages:
        points = LANDSCAPE_POINTS if landscape else PORTRAIT_POINTS
        for size, enough in [*((size, comfortable) for size in sizes), *((size, least) for size in sizes)]:
            if sum(enough) * size <= points:
                widths = _share(_text_widths(table), enough, natural, points / size)
                lines = _row_lines(table, widths)
                return TableLayout(
                    size=size,
                    widths=tuple(round(width * size, 2) for width in widths),
                    landscape=landscape,
                    together=sum(lines) <= TOGETHER_LINES,
                    tall_rows=tuple(position for position, count in enumerate(lines) if count > ROW_LINES),
                    glued_rows=_glued_rows(lines),
                )
    needed = sum(least) * sizes[-1] / POINTS_PER_MM
    raise ReportError(
        f"表“{table['title']}”共{len(least)}列，横排也放不下（需要约{needed:.0f}毫米）。"
        "请减少列数或拆成两张表。"
    )


@dataclass(frozen=True)
class _Needs:
    """Widths in em, padding included: ``comfortable`` keeps most names on one line."""

    least: float
    comfortable: float
    natural: float


def _column_needs(table: dict[str, Any], position: int) -> _Needs:
    column = table["columns"][position]
    texts = [row[position]["text"] for row in table["rows"]]
    lengths = sorted(text_width(text) for text in texts) or [2.0]
    longest = lengths[-1]
    words = [word for text in [column["label"], *texts] for word in _UNBREAKABLE.findall(text)]
    word = max((text_width(word) for word in words), default=0.0)
    label = text_width(column["label"])
    head = max(
        min(label, 2.0), label / 4, text_width(f"（{column['unit']}）") * 0.85 if column["unit"] else 0.0
    )
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
    else:
        least = max(head, longest)
        natural = max(comfortable_head, longest)
        comfortable = least
    return _Needs(least + PADDING_EM, comfortable + PADDING_EM, max(comfortable, natural) + PADDING_EM)


def _text_widths(table: dict[str, Any]) -> list[list[float]]:
    return [[text_width(cell["text"]) for cell in row] for row in table["rows"]]


def _row_lines(table: dict[str, Any], widths: list[float]) -> list[int]:
    """Estimate how many lines each row of the body takes when its cells wrap."""
    return [
        max(
            math.ceil(text / (width - PADDING_EM)) if text else 1
            for text, width in zip(row, widths, strict=True)
        )
        for row in _text_widths(table)
    ]


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
    texts: list[list[float]], enough: list[float], natural: list[float], available: float
) -> list[float]:
    """Give each its natural width and spread what is left; else share out so that rows become low.

    ``texts`` are the widths of the cells' texts on one line. What is left above ``enough`` goes in
    small steps to the column that lowers the table most.
    """
    total = sum(natural)
    if total <= available:
        return [width * available / total for width in natural]
    widths = list(enough)
    step = (available - sum(enough)) / SHARING_STEPS
    heights = [[text / (width - PADDING_EM) for text, width in zip(row, widths, strict=True)] for row in texts]
    for _ in range(SHARING_STEPS):
        gains = [
            _height_saved(texts, heights, position, widths[position] + step)
            if widths[position] < natural[position]
            else -1.0
            for position in range(len(widths))
        ]
        rooms = [wide - width for wide, width in zip(natural, widths, strict=True)]
        chosen = max(range(len(widths)), key=lambda position: (gains[position], rooms[position]))
        widths[chosen] += step
        for row, height in zip(texts, heights, strict=True):
            height[chosen] = row[chosen] / (widths[chosen] - PADDING_EM)
    return widths


def _height_saved(
    texts: list[list[float]], heights: list[list[float]], position: int, width: float
) -> float:
    """How much lower the table becomes when the column at ``position`` is ``width`` em wide."""
    saved = 0.0
    for row, height in zip(texts, heights, strict=True):
        others = max((*height[:position], *height[position + 1 :], 1.0))
        saved += max(height[position] - max(others, row[position] / (width - PADDING_EM)), 0.0)
    return saved
