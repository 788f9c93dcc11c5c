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
TOGETHER_LINES: Final = 14
MARK_EM: Final = 1.3
"""Room for the mark behind a number, as in ``typst/blocks.typ``."""
NORMAL_SIZES: Final = (9.5, 9.0, 8.5, 8.0, 7.5)
COMPACT_SIZES: Final = (8.5, 8.0, 7.5, 7.0, 6.5)

_UNBREAKABLE = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class TableLayout:
    """Font size and column widths in points.

    ``landscape`` when portrait was too narrow; ``together`` when the table is short enough to be
    kept on one page.
    """

    size: float
    widths: tuple[float, ...]
    landscape: bool
    together: bool


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
                widths = _share(enough, natural, points / size)
                points_wide = tuple(round(width * size, 2) for width in widths)
                return TableLayout(size, points_wide, landscape, _body_lines(table, widths) <= TOGETHER_LINES)
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
        natural = max(comfortable_head, word, min(longest, 30.0))
        common = lengths[int(0.9 * (len(lengths) - 1))]
        comfortable = max(least, min(common, 14.0))
    else:
        least = max(head, longest)
        natural = max(comfortable_head, longest)
        comfortable = least
    return _Needs(least + PADDING_EM, comfortable + PADDING_EM, max(comfortable, natural) + PADDING_EM)


def _body_lines(table: dict[str, Any], widths: list[float]) -> int:
    """Estimate how many lines the body takes when its cells wrap."""
    return sum(
        max(
            math.ceil(text_width(cell["text"]) / (width - PADDING_EM))
            for cell, width in zip(row, widths, strict=True)
        )
        for row in table["rows"]
    )


def _share(enough: list[float], natural: list[float], available: float) -> list[float]:
    """Give each its natural width and spread what is left, or shrink towards what is enough."""
    total = sum(natural)
    if total <= available:
        return [width * available / total for width in natural]
    slack = [wide - narrow for wide, narrow in zip(natural, enough, strict=True)]
    share = (available - sum(enough)) / sum(slack)
    return [narrow + share * room for narrow, room in zip(enough, slack, strict=True)]
