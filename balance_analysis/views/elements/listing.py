"""A table that its reader sorts, filters and saves: for dashboards, where a kernel stands behind the page."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]
import pandas as pd

from balance_analysis.views.elements.table import ReportTable
from balance_analysis.words import say
from balance_analysis.words.inert import inert


class ListedTable:
    """A report table below a choice of column and order and a field for words; ``box`` is what a page shows.

    ``show`` puts in another table; the reader's words, and the column where it is there again, stay.
    """

    def __init__(self) -> None:
        self.column = widgets.Dropdown(description=say("listing.sort"))
        self.falling = widgets.ToggleButton(description=say("listing.falling"))
        self.words = widgets.Text(
            placeholder=say("listing.words"), description=say("listing.filter"), continuous_update=True
        )
        self.rows = widgets.HTML()
        for control, width in ((self.column, "15em"), (self.falling, "5em"), (self.words, "17em")):
            control.layout.width = width
        for control in (self.column, self.words):
            control.style.description_width = "3em"
        head = widgets.HBox([self.column, self.falling, self.words], layout={"flex_flow": "row wrap"})
        self.box = widgets.VBox([head, self.rows])
        self._table: ReportTable | None = None
        self._plain: list[tuple[object, ...]] = []
        self._name = ""
        self._filling = False
        for control in (self.column, self.falling, self.words):
            control.observe(self._changed, names="value")

    def show(self, table: ReportTable, plain: Sequence[Sequence[object]], *, name: str) -> None:
        """Show a table; ``plain`` holds the unrounded value of every cell (for sorting and the file), ``name`` the file's name."""
        self._table, self._plain, self._name = table, [tuple(row) for row in plain], name
        chosen, self._filling = self.column.value, True
        ids = [column.id for column in table.columns]
        self.column.options = [
            (say("listing.as_it_is"), ""), *((column.label, column.id) for column in table.columns)
        ]  # fmt: skip
        self.column.value = chosen if chosen in ids else ""
        self._filling = False
        self._redraw()

    def order(self) -> list[int]:
        """The positions of the rows that are shown, in their order: missing values last, whichever the order."""
        assert self._table is not None
        words = self.words.value.lower().split()
        texts = [" ".join(cell.text for cell in row).lower() for row in self._table.rows]  # type: ignore[attr-defined]
        found = [place for place, text in enumerate(texts) if all(word in text for word in words)]
        if not self.column.value:
            return found[::-1] if self.falling.value else found
        at = [column.id for column in self._table.columns].index(self.column.value)
        known = [place for place in found if not _missing(self._plain[place][at])]
        known.sort(key=lambda place: _rank(self._plain[place][at]), reverse=self.falling.value)
        return known + [place for place in found if _missing(self._plain[place][at])]

    def csv_text(self) -> str:
        """The rows shown as CSV with unrounded values; no text of it begins a formula."""
        assert self._table is not None
        written = io.StringIO()
        lines = csv.writer(written, lineterminator="\n")
        lines.writerow(
            [f"{one.label}（{one.unit}）" if one.unit else one.label for one in self._table.columns]
        )
        for place in self.order():
            lines.writerow(
                [
                    "" if _missing(value) else inert(value) if isinstance(value, str) else value
                    for value in self._plain[place]
                ]
            )
        return written.getvalue()

    def _changed(self, _change: object) -> None:
        if not self._filling and self._table is not None:
            self._redraw()

    def _redraw(self) -> None:
        assert self._table is not None
        order = self.order()
        shown = replace(self._table, rows=[self._table.rows[place] for place in order], emphasis_rows=())
        count = say("listing.shown", shown=len(order), n=len(self._table.rows))
        link = download(self._name + ".csv", "text/csv", "\ufeff" + self.csv_text(), say("listing.save_csv"))
        self.rows.value = f"<p>{escape(count)}　{link}</p>{shown.to_html()}"


def download(name: str, kind: str, content: str | bytes, label: str) -> str:
    """A link in whose address the file itself stands: nothing is written, nothing is asked of a server."""
    data = b64encode(content if isinstance(content, bytes) else content.encode("utf-8")).decode("ascii")
    return f'<a download="{escape(name)}" href="data:{kind};base64,{data}" style="color:inherit">{escape(label)}</a>'


def _missing(value: Any) -> bool:
    return value is None or value == "" or bool(pd.isna(value))


def _rank(value: object) -> tuple[int, Any]:
    return (1, value) if isinstance(value, str) else (0, value)
