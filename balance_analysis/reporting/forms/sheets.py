"""Workbooks and pages: a thin layer over XlsxWriter that knows styles, safe texts, print set-up and row heights.

Texts are always written as texts: a name that begins with ``=``, ``+``, ``-`` or ``@`` cannot become a formula, also
not when a clerk edits the cell. The same calls give the same bytes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from balance_analysis.reporting.forms.styles import DATE, FONT, FORMULA_STARTS, SIMULATED, STYLES
from balance_analysis.workbook.template import FIXED_TIME
from balance_analysis.workbook.template_guide import display_width

A4 = 9
LINE_HEIGHT = 14.0


class Book:
    """One workbook in memory; :meth:`content` closes it and gives its bytes."""

    def __init__(self, title: str, *, county: str, simulated: bool) -> None:
        self._stream = io.BytesIO()
        self.book = xlsxwriter.Workbook(
            self._stream,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                # widths are counted in digits of the default font: this one is there, or has a stand-in as wide
                "default_format_properties": {"font_name": FONT, "font_size": 10},
            },
        )
        self.county = county
        self.simulated = simulated
        self._formats: dict[tuple[str, str, bool], object] = {}
        self.book.set_properties(
            {
                "title": title,
                "subject": SIMULATED if simulated else "填报数据",
                "author": "balance-analysis",
                "keywords": SIMULATED if simulated else "",
                "created": FIXED_TIME,
            }
        )

    def style(self, name: str, number_format: str = "", *, quoted: bool = False) -> object:
        """The cell format of a style, made once."""
        key = (name, number_format, quoted)
        if key not in self._formats:
            properties = {"font_name": FONT, **STYLES[name]}
            if number_format:
                properties["num_format"] = number_format
            if quoted:
                properties["quote_prefix"] = True
            self._formats[key] = self.book.add_format(properties)
        return self._formats[key]

    def page(self, name: str, widths: Sequence[float], *, landscape: bool = False, footer: str = "") -> Page:
        """Add a sheet with column widths (in characters) and the print set-up of all forms."""
        return Page(self, name, widths, landscape=landscape, footer=footer or name)

    def content(self) -> bytes:
        """Close the workbook and return its bytes."""
        self.book.close()
        return self._stream.getvalue()


class Page:
    """One sheet. Rows and columns count from 0; row heights grow with the texts written."""

    def __init__(
        self, book: Book, name: str, widths: Sequence[float], *, landscape: bool, footer: str
    ) -> None:
        self.book = book
        self.name = name
        self.widths = tuple(widths)
        self.sheet = book.book.add_worksheet(name)
        self._heights: dict[int, float] = {}
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, width)
        self.sheet.hide_gridlines(2)
        self.sheet.set_paper(A4)
        if landscape:
            self.sheet.set_landscape()
        self.sheet.set_margins(left=0.35, right=0.35, top=0.75, bottom=0.75)
        self.sheet.center_horizontally()
        self.sheet.fit_to_pages(1, 0)
        county, mark = header_text(book.county), SIMULATED if book.simulated else ""
        self.sheet.set_header(f"&L{county}" + (f"&R{mark}" if mark else ""))
        left = header_text(footer) + (f"　{mark}" if mark else "")
        self.sheet.set_footer(f"&L{left}&R第 &P 页　共 &N 页")

    @property
    def last_column(self) -> int:
        """Index of the last column."""
        return len(self.widths) - 1

    def repeat_rows(self, first: int, last: int, *, freeze_columns: int = 0) -> None:
        """Print these rows on every page and keep them in view."""
        self.sheet.repeat_rows(first, last)
        self.sheet.freeze_panes(last + 1, freeze_columns)

    def text(
        self, row: int, column: int, text: str, style: str = "text", *, until: int | None = None
    ) -> None:
        """Write a text, over the columns up to ``until`` where given."""
        last = column if until is None else until
        chosen = self.book.style(style, quoted=text.startswith(FORMULA_STARTS))
        if last > column:
            self.sheet.merge_range(row, column, row, last, "", chosen)
        self.sheet.write_string(row, column, text, chosen)
        if STYLES[style].get("text_wrap"):
            size = float(STYLES[style].get("font_size", 10))
            self._grow(row, text, sum(self.widths[column : last + 1]), size)

    def block(
        self, first: int, column: int, last: int, last_column: int, text: str, style: str = "head"
    ) -> None:
        """Write a text over a rectangle of cells."""
        if (first, column) == (last, last_column):
            self.text(first, column, text, style)
            return
        chosen = self.book.style(style, quoted=text.startswith(FORMULA_STARTS))
        self.sheet.merge_range(first, column, last, last_column, "", chosen)
        self.sheet.write_string(first, column, text, chosen)

    def number(
        self, row: int, column: int, value: float | int, number_format: str, style: str = "number"
    ) -> None:
        """Write a number at full precision; the format alone rounds it."""
        self.sheet.write_number(row, column, float(value), self.book.style(style, number_format))

    def formula(
        self,
        row: int,
        column: int,
        formula: str,
        value: float | str,
        number_format: str = "",
        style: str = "number",
    ) -> None:
        """Write a live formula with the program's value, a figure or a word, as its cached result."""
        cached = value if isinstance(value, str) else float(value)
        self.sheet.write_formula(row, column, formula, self.book.style(style, number_format), cached)
        if isinstance(value, str) and STYLES[style].get("text_wrap"):
            self._grow(row, value, self.widths[column], float(STYLES[style].get("font_size", 10)))

    def date(self, row: int, column: int, value: date, style: str = "centre") -> None:
        """Write a day, short: a date that is wider than its column is not shown at all."""
        moment = datetime(value.year, value.month, value.day)
        self.sheet.write_datetime(row, column, moment, self.book.style(style, DATE))

    def choice(self, row: int, column: int, words: Sequence[str]) -> None:
        """Let a cell be filled from a list only."""
        self.sheet.data_validation(row, column, row, column, {"validate": "list", "source": list(words)})

    def fill_where(
        self, first: int, column: int, last: int, last_column: int, formula: str, style: str
    ) -> None:
        """Dress the cells of a rectangle for which a formula holds, written for its first cell, as long as it holds."""
        chosen = {
            name: STYLES[style][name] for name in ("bg_color", "font_color", "bold") if name in STYLES[style]
        }
        rule = {"type": "formula", "criteria": formula, "format": self.book.book.add_format(chosen)}
        self.sheet.conditional_format(first, column, last, last_column, rule)

    def link(self, row: int, column: int, page: str, text: str) -> None:
        """Write a link to the first cell of another sheet of this workbook."""
        target = page.replace("'", "''")
        chosen = self.book.style("link", quoted=text.startswith(FORMULA_STARTS))
        self.sheet.write_url(row, column, f"internal:'{target}'!A1", chosen, text)
        self._grow(row, text, self.widths[column], 10)

    def height(self, row: int, height: float) -> None:
        """Set the least height of a row in points."""
        if height > self._heights.get(row, 0.0):
            self._heights[row] = height
            self.sheet.set_row(row, height)

    def total_height(self, first: int = 0, end: int | None = None) -> float:
        """Height of the rows written so far, or of those from ``first`` to before ``end``, in points; rows never set have the default height."""
        last = max(self._heights, default=-1) + 1 if end is None else end
        return sum(self._heights.get(row, LINE_HEIGHT) for row in range(first, last))

    def keep_parts(self, starts: Sequence[int], end: int, room: float) -> list[int]:
        """Begin a new page before every part that a page of so many points would divide; parts longer than a page run on.

        ``starts`` are the first rows of the parts, ``end`` the row after the last. Returns the rows that begin a page.
        """
        top, breaks = 0, []
        for start, stop in pairwise([*starts, end]):
            if start > top and self.total_height(top, stop) > room:
                breaks.append(start)
                top = start
        self.sheet.set_h_pagebreaks(breaks)
        return breaks

    def _grow(self, row: int, text: str, width: float, size: float) -> None:
        self.height(row, 4 + line_count(text, width * 10 / size) * LINE_HEIGHT * size / 10)


def line_count(text: str, width: float) -> int:
    """Lines that a wrapped text takes in a column of so many characters.

    >>> line_count("达标", 8), line_count("音乐教室不足", 9), line_count("甲乙丙丁", 100)
    (1, 2, 1)
    """
    usable = max(width - 1.5, 2)
    return sum(max(1, math.ceil(display_width(line) / usable)) for line in text.split("\n"))


def header_text(text: str) -> str:
    """A text for header or footer: ``&`` would start a code."""
    return text.replace("&", "&&")[:100]


def where_filed(cells: str, figure: str, missing: str) -> str:
    """A formula for a figure that rests on cells all of which hold a number; a blank among them is not zero.

    ``missing`` is the text instead, in which 0 stands for how many do not.

    >>> where_filed("A1:A9", "SUM(A1:A9)", "0所缺报")
    '=IF(COUNT(A1:A9)=ROWS(A1:A9),SUM(A1:A9),""&(ROWS(A1:A9)-COUNT(A1:A9))&"所缺报")'
    """
    return f"=IF(COUNT({cells})=ROWS({cells}),{figure},{counted_text(missing, f'(ROWS({cells})-COUNT({cells}))')})"


def counted_text(text: str, count: str) -> str:
    r"""A text as part of a formula, in which ``count`` is computed where the text has 0.

    >>> counted_text("缺\n0所", "A1")
    '"缺"&CHAR(10)&""&A1&"所"'
    """
    before, _, after = (part.replace("\n", '"&CHAR(10)&"') for part in text.partition("0"))
    return f'"{before}"&{count}&"{after}"'


def cell_name(row: int, column: int, *, absolute: bool = False) -> str:
    """``B3`` or ``$B$3`` of zero-based indices.

    >>> cell_name(2, 1), cell_name(2, 1, absolute=True)
    ('B3', '$B$3')
    """
    return str(xl_rowcol_to_cell(row, column, absolute, absolute))


def column_range(page: str, column: int, first: int, last: int) -> str:
    """An absolute range of one column on a named sheet.

    >>> column_range("表Ⅱ-2", 3, 5, 44)
    "'表Ⅱ-2'!$D$6:$D$45"
    """
    name = page.replace("'", "''")
    return f"'{name}'!{cell_name(first, column, absolute=True)}:{cell_name(last, column, absolute=True)}"
