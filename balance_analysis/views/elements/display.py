"""Report elements: what a notebook shows in JupyterLab and the PDF is set from.

Each element is small, frozen and displays itself. Beside HTML for the browser it carries its
content as data under :data:`MIME_TYPE`; ``reporting/pdf.py`` reads only that. Numbers are rounded
here and nowhere earlier; a missing value prints as a dash and is explained, a zero prints as zero.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

import pandas as pd

from balance_analysis.errors import ReportError
from balance_analysis.views.elements import html
from balance_analysis.views.elements.cells import (
    MISSING_NOTE,
    Cell,
    Column,
    escape_markdown,
    marked_text,
)
from balance_analysis.views.elements.style import STATUS_STYLES, figure_to_svg
from balance_analysis.words import fill, table_words
from balance_analysis.words.numbers import MISSING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "MIME_TYPE",
    "Callout",
    "Cell",
    "Column",
    "Paragraph",
    "ReportFigure",
    "ReportTable",
    "Section",
    "TitlePage",
    "Verdict",
    "escape_markdown",
    "worded_table",
]

MIME_TYPE: Final = "application/vnd.balance-analysis+json"


class _Element(ABC):
    """What Jupyter asks of every element: data for the PDF, HTML for the browser, plain text."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]: ...

    @abstractmethod
    def to_html(self) -> str: ...

    @abstractmethod
    def to_text(self) -> str: ...

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {MIME_TYPE: self.to_json(), "text/html": self.to_html(), "text/plain": self.to_text()}


@dataclass(frozen=True)
class ReportTable(_Element):
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


def _cell_json(cell: Cell) -> dict[str, Any]:
    """Empty parts are left out: a matrix of schools has thousands of cells."""
    content: dict[str, Any] = {"text": marked_text(cell.text, cell.status)}
    if cell.status:
        content["status"] = cell.status
    if cell.emphasis:
        content["emphasis"] = True
    return content


@dataclass(frozen=True)
class ReportFigure(_Element):
    """A matplotlib figure with its caption and a text for those who cannot see it.

    The figure is drawn at once and closed, so that Jupyter does not show it a second time. In
    the PDF it stands at its own width (see ``style.figure_size``) unless ``width_mm`` is given.
    """

    figure: Figure
    caption: str
    alt: str
    note: str = ""
    source: str = ""
    width_mm: float | None = None
    svg: str = field(init=False, repr=False, default="")

    def __post_init__(self) -> None:
        if not self.caption.strip():
            raise ReportError("图形缺少标题（caption）。")
        if not self.alt.strip():
            raise ReportError(f"图“{self.caption}”缺少替代文字（alt）：请用一两句话说明图中看到什么。")
        object.__setattr__(self, "svg", figure_to_svg(self.figure, label=self.alt))
        from matplotlib import pyplot

        pyplot.close(self.figure)

    def to_json(self) -> dict[str, Any]:
        """Return the data that the PDF is set from."""
        return {
            "type": "figure",
            "caption": self.caption,
            "alt": self.alt,
            "note": self.note,
            "source": self.source,
            "width_mm": self.width_mm,
        }

    def to_html(self) -> str:
        """Return the figure with its caption, for pages outside Jupyter."""
        return html.figure(self.to_json(), self.svg)

    def to_text(self) -> str:
        """Return the element as plain text."""
        return f"图：{self.caption}\n{self.alt}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {MIME_TYPE: self.to_json(), "image/svg+xml": self.svg, "text/plain": self.to_text()}


@dataclass(frozen=True)
class TitlePage(_Element):
    """The first page and what running heads and document properties need; one per notebook.

    ``stamp`` is not printed: the batch reads it back to be sure which county was really run.
    """

    title: str
    county: str
    division_code: str
    school_year: str
    regime: str
    source: str
    source_sha256: str = ""
    overlays: Sequence[str] = ()
    target_year: int | None = None
    simulated: bool = False
    produced_by: str = ""
    subtitle: str = ""
    stamp: Mapping[str, str] = field(default_factory=dict)

    def facts(self) -> list[tuple[str, str]]:
        """Label and text of each line below the title."""
        target = "未设定" if self.target_year is None else f"{self.target_year}年"
        lines = [
            ("县（市、区）", f"{self.county}（行政区划代码 {self.division_code}）"),
            ("学年", self.school_year),
            ("评估办法", self.regime),
            ("地方补充规定", "；".join(self.overlays) or "无"),
            ("目标年", target),
            ("数据来源", self.source),
        ]
        if self.source_sha256:
            lines.append(("数据文件校验值", f"SHA-256 {self.source_sha256}"))
        if self.produced_by:
            lines.append(("生成程序", self.produced_by))
        return lines

    def to_json(self) -> dict[str, Any]:
        """Return the data that the PDF is set from."""
        return {
            "type": "title_page",
            "title": self.title,
            "subtitle": self.subtitle,
            "county": self.county,
            "division_code": self.division_code,
            "school_year": self.school_year,
            "simulated": self.simulated,
            "stamp": dict(self.stamp),
            "facts": [list(pair) for pair in self.facts()],
        }

    def to_html(self) -> str:
        """Return what JupyterLab shows."""
        return html.title_page(self.to_json())

    def to_text(self) -> str:
        """Return the element as plain text."""
        head = [self.title, self.subtitle, "模拟数据" if self.simulated else ""]
        return "\n".join(
            [line for line in head if line] + [f"{label}：{text}" for label, text in self.facts()]
        )


@dataclass(frozen=True)
class Verdict(_Element):
    """The big line: subject, outcome and one sentence that gives the reason."""

    outcome: str
    subject: str
    sentence: str

    def __post_init__(self) -> None:
        if self.outcome not in STATUS_STYLES:
            raise ReportError(f"结论“{self.outcome}”未知，应为：{'、'.join(STATUS_STYLES)}。")

    def to_json(self) -> dict[str, Any]:
        """Return the data that the PDF is set from."""
        style = STATUS_STYLES[self.outcome]
        headline = f"{style.symbol} {style.word}"
        return {
            "type": "verdict",
            "outcome": self.outcome,
            "headline": headline,
            "subject": self.subject,
            "sentence": self.sentence,
        }

    def to_html(self) -> str:
        """Return what JupyterLab shows."""
        return html.verdict(self.to_json())

    def to_text(self) -> str:
        """Return the element as plain text."""
        return f"{self.subject}：{STATUS_STYLES[self.outcome].word}。{self.sentence}"


@dataclass(frozen=True)
class Section(_Element):
    """A heading that is made while the notebook runs, because it says what its section finds.

    ``level`` counts as in Markdown (2 is a section). ``annex`` begins the annexes: this and all later headings are lettered
    (附录A …). ``new_page`` begins a page.
    """

    heading: str
    level: int = 2
    annex: bool = False
    new_page: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the data that the PDF is set from, like a Markdown heading's."""
        return {
            "type": "heading",
            "level": self.level,
            "body": [{"type": "text", "text": self.heading}],
            "annex": self.annex,
            "new_page": self.new_page,
        }

    def to_html(self) -> str:
        """Return what JupyterLab shows."""
        return html.heading(self.to_json())

    def to_text(self) -> str:
        """Return the element as plain text."""
        return self.heading


@dataclass(frozen=True)
class Paragraph(_Element):
    """One paragraph of plain text; nothing in it is markup."""

    text: str

    def to_json(self) -> dict[str, Any]:
        """Return the data that the PDF is set from, like a Markdown paragraph's."""
        return {"type": "paragraph", "body": [{"type": "text", "text": self.text}]}

    def to_html(self) -> str:
        """Return what JupyterLab shows."""
        return html.paragraph(self.to_json())

    def to_text(self) -> str:
        """Return the element as plain text."""
        return self.text


@dataclass(frozen=True)
class Callout(_Element):
    """A framed remark; ``items`` print as a list of points below the text."""

    title: str
    text: str = ""
    items: Sequence[str] = ()
    tone: Literal["note", "warning"] = "note"

    def to_json(self) -> dict[str, Any]:
        """Return the data that the PDF is set from."""
        return {
            "type": "callout",
            "title": self.title,
            "text": self.text,
            "items": list(self.items),
            "tone": self.tone,
        }

    def to_html(self) -> str:
        """Return what JupyterLab shows."""
        return html.callout(self.to_json())

    def to_text(self) -> str:
        """Return the element as plain text."""
        return "\n".join(
            [self.title, *([self.text] if self.text else []), *(f"· {item}" for item in self.items)]
        )


def worded_table(
    name: str,
    rows: Sequence[Sequence[object]],
    *,
    figures: Mapping[str, object] | None = None,
    notes: Sequence[str] = (),
    without: Sequence[str] = (),
    more: Sequence[Column] = (),
    **options: Any,
) -> ReportTable:
    """A table whose title, columns and notes stand in ``words/tables/`` under ``name``.

    ``rows`` have one value per column there, in order; ``figures`` fill places in the title, labels and notes; ``notes`` names the notes to
    print; ``without`` leaves columns (with their values) out by id; ``more`` are columns behind those (one per indicator, say), whose values end
    each row. Other options as for :class:`ReportTable`.
    """
    words, given = table_words(name), dict(figures or {})
    kept = [number for number, column in enumerate(words.columns) if column.id not in without]

    def filled(text: str) -> str:
        return fill(text, given)

    columns = [
        Column(
            id=column.id,
            label=filled(column.label),
            unit=filled(column.unit),
            kind=column.kind,  # type: ignore[arg-type]
            decimals=column.decimals,
            align=column.align or None,  # type: ignore[arg-type]
            group=filled(column.group),
        )
        for column in (words.columns[number] for number in kept)
    ]
    return ReportTable(
        title=filled(words.title),
        columns=[*columns, *more],
        rows=[[*(row[number] for number in kept), *row[len(words.columns) :]] for row in rows],
        notes=[filled(words.notes[note]) for note in notes],
        **options,
    )
