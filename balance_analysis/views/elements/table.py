"""The table element, from rows, from a frame or with its words from ``words/tables/``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from balance_analysis.errors import ReportError
from balance_analysis.views.elements import html
from balance_analysis.views.elements.cells import MISSING_NOTE, Cell, Column, marked_text
from balance_analysis.views.elements.page import Element
from balance_analysis.views.elements.style import STATUS_STYLES
from balance_analysis.words import fill, say, table_words
from balance_analysis.words.numbers import MISSING


@dataclass(frozen=True)
class ReportTable(Element):
    """A titled table. ``rows`` hold cells or plain values, one per column.

    ``notes`` and ``source`` print below; explanations of the dash and of the marks used are added
    by themselves. ``landscape`` turns the page, ``compact`` is for school matrices of many rows.
    ``emphasis_rows`` are row positions set in bold (totals). No rows print as “（无）”.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[object]]
    notes: Sequence[str] = ()
    source: str = ""
    landscape: bool = False
    compact: bool = False
    emphasis_rows: Sequence[int] = ()

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ReportError("表格缺少标题（title）。")
        names = [column.id for column in self.columns]
        if not names or len(set(names)) != len(names):
            raise ReportError(f"表格“{self.title}”没有列或列标识重复：{names}")
        for position, row in enumerate(self.rows, start=1):
            if len(row) != len(names):
                raise ReportError(f"表格“{self.title}”第{position}行有{len(row)}格，应为{len(names)}格。")
        cells = tuple(
            tuple(column.cell(value) for column, value in zip(self.columns, row, strict=True))
            for row in self.rows
        )
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "rows", cells)
        object.__setattr__(self, "notes", tuple(self.notes))
        object.__setattr__(self, "emphasis_rows", tuple(self.emphasis_rows))

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        columns: Sequence[Column],
        *,
        title: str,
        emphasis_column: str = "",
        **options: Any,
    ) -> ReportTable:
        """Take ``columns`` from the frame's columns of the same id, in the frame's order.

        >>> frame = pd.DataFrame({"school": ["一小"], "value": [3.404], "outcome": ["not_met"]})
        >>> value = Column("value", "数值", kind="number", status_column="outcome")
        >>> ReportTable.from_frame(frame, [Column("school", "学校"), value], title="例").rows[0][1]
        Cell(text='3.40', status='not_met', emphasis=False)
        """
        needed = [name for column in columns for name in (column.id, column.status_column) if name]
        absent = [name for name in needed if name not in frame.columns]
        if absent:
            raise ReportError(f"表格“{title}”需要的列不存在：{'、'.join(absent)}")
        records = frame.to_dict("records")
        rows = [
            [
                column.cell(
                    record[column.id], str(record[column.status_column]) if column.status_column else ""
                )
                for column in columns
            ]
            for record in records
        ]
        if emphasis_column:
            marked = [position for position, record in enumerate(records) if record[emphasis_column]]
            options = {**options, "emphasis_rows": marked}
        return cls(title=title, columns=columns, rows=rows, **options)

    @cached_property
    def explanations(self) -> tuple[str, ...]:
        """The table's notes and what its dashes and marks mean."""
        cells: list[Cell] = [cell for row in self.rows for cell in row]  # type: ignore[misc]
        used = {cell.status for cell in cells if cell.status}
        marks = [
            f"{style.symbol} {style.explanation}" for name, style in STATUS_STYLES.items() if name in used
        ]
        notes = list(self.notes)
        if marks and used != {"met"}:
            notes.append("标记：" + "；".join(marks) + "。")
        if any(cell.text == MISSING for cell in cells):
            notes.append(MISSING_NOTE)
        return tuple(notes)

    def to_json(self) -> dict[str, Any]:
        """Return the data that the PDF is set from."""
        return {
            "type": "table",
            "title": self.title,
            "columns": [
                {
                    "id": column.id,
                    "label": column.label,
                    "unit": column.unit,
                    "group": column.group,
                    "kind": column.kind,
                    "align": column.alignment,
                }
                for column in self.columns
            ],
            "rows": [[_cell_json(cell) for cell in row] for row in self.rows],  # type: ignore[arg-type]
            "emphasis_rows": list(self.emphasis_rows),
            "notes": list(self.explanations),
            "source": self.source,
            "landscape": self.landscape,
            "compact": self.compact,
        }

    def to_html(self) -> str:
        """Return what JupyterLab shows."""
        return html.table(self.to_json())

    def to_text(self) -> str:
        """Return the element as plain text."""
        lines = [self.title, "\t".join(column.label for column in self.columns)]
        lines += ["\t".join(marked_text(cell.text, cell.status) for cell in row) for row in self.rows]  # type: ignore[attr-defined]
        return "\n".join([*lines, *self.explanations])

    def to_line(self) -> str:
        """Title and number of rows: nobody reads plain text beside the table itself."""
        return f"{self.title}\n{say('door.rows_in_all', n=len(self.rows))}"


def _cell_json(cell: Cell) -> dict[str, Any]:
    """Empty parts are left out: a matrix of schools has thousands of cells."""
    content: dict[str, Any] = {"text": marked_text(cell.text, cell.status)}
    if cell.status:
        content["status"] = cell.status
    if cell.emphasis:
        content["emphasis"] = True
    return content


def worded_table(
    name: str,
    rows: Sequence[Sequence[object]],
    *,
    figures: Mapping[str, object] | None = None,
    notes: Sequence[str] = (),
    without: Sequence[str] = (),
    more: Sequence[Column] = (),
    repeat: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
    **options: Any,
) -> ReportTable:
    """A table whose title, columns and notes stand in ``words/tables/`` under ``name``.

    ``rows`` have one value per column there, in order; ``figures`` fill places in the title, labels and notes; ``notes`` names the notes to
    print; ``without`` leaves columns (with their values) out by id; ``repeat`` puts a column (a year, an area) as often as it has figures
    for it, with a value for each; ``more`` are columns behind those (one per indicator, say), whose values end each row. Other options as for
    :class:`ReportTable`.
    """
    words, given, again = table_words(name), dict(figures or {}), repeat or {}
    placed = [
        (column.id if column.id not in again else f"{column.id}_{number}", column, {**given, **own})
        for column in words.columns
        for number, own in enumerate(again.get(column.id, [{}]))
    ]
    kept = [number for number, (_, column, _) in enumerate(placed) if column.id not in without]
    columns = [
        Column(
            id=column_id,
            label=fill(column.label, own),
            unit=fill(column.unit, own),
            kind=column.kind,  # type: ignore[arg-type]
            decimals=column.decimals,
            align=column.align or None,  # type: ignore[arg-type]
            group=fill(column.group, own),
        )
        for column_id, column, own in (placed[number] for number in kept)
    ]
    return ReportTable(
        title=fill(words.title, given),
        columns=[*columns, *more],
        rows=[[*(row[number] for number in kept), *row[len(placed) :]] for row in rows],
        notes=[fill(words.notes[note], given) for note in notes],
        **options,
    )
