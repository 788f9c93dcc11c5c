"""Tables of plan.xlsx: a page with title and note, a head, rows of texts and figures."""

from __future__ import annotations

from collections.abc import Sequence

from balance_analysis.remediation.county import CountyPlan
from balance_analysis.reporting.forms.sheets import Book, Page
from balance_analysis.reporting.forms.styles import DASH, amount_format
from balance_analysis.words import say

Number = tuple[float | None, str]
"""A figure and its number format; ``None`` prints as a dash."""
Cell = str | Number
MONEY = "#,##0.00"
MISSED = ("未达标", "超限")
OUTCOMES = {"met": "达标", "tolerable": "容许短板", "not_met": "未达标"}


def amount(value: float) -> Number:
    """An amount with the decimals it needs."""
    return value, amount_format(value)


def write_table(
    page: Page,
    row: int,
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    centred: Sequence[int] = (),
) -> int:
    """Write a head and rows from ``row`` on; give the row after them. Words that say a limit is missed are dark."""
    for column, head in enumerate(heads):
        page.text(row, column, head, "head")
    for offset, record in enumerate(rows, start=row + 1):
        for column, cell in enumerate(record):
            if isinstance(cell, str):
                style = "fail_word" if cell in MISSED else "centre" if column in centred else "text"
                page.text(offset, column, cell, style)
            elif cell[0] is None or cell[0] != cell[0]:
                page.text(offset, column, DASH, "centre")
            else:
                page.number(offset, column, cell[0], cell[1], "number")
    if not rows:
        page.text(row + 1, 0, "（无）", "text", until=len(heads) - 1)
        return row + 2
    return row + 1 + len(rows)


def add_sheet(
    book: Book, plan: CountyPlan, name: str, widths: Sequence[float], note: str, *, landscape: bool = False
) -> tuple[Page, int]:
    """A page with title and note; give it and the row of its table's head."""
    page = book.page(name, widths, landscape=landscape, footer=f"{say('remediation_page.title')} {name}")
    title = say("remediation_page.sheet_title", county=plan.county.county, sheet=name)
    page.text(0, 0, title, "title", until=len(widths) - 1)
    page.height(0, 26)
    page.text(1, 0, note, "note", until=len(widths) - 1)
    return page, 2
