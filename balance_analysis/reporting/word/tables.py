"""Tables of a report in Word: fixed widths, heads that repeat, rows that are not divided, marks and fills."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import Any, Final

from balance_analysis.reporting.markdown import Node
from balance_analysis.reporting.word.xml import (
    TWIPS,
    Xml,
    element,
    flag,
    line_break,
    paragraph,
    run,
    shading,
    valued,
)
from balance_analysis.views.elements.html import header_groups
from balance_analysis.views.elements.style import INK, STATUS_STYLES
from balance_analysis.words import say

MARK_ROOM: Final = 1.25
"""Room in em for the mark behind a number, kept free where there is none so that decimals line up."""
LINE: Final = 1.3
"""Height of a table's lines in em."""
NUMERIC: Final = ("number", "integer", "percent")


@cache
def blank() -> re.Pattern[str]:
    """What is left for the author of a paper; it is marked wherever it stands."""
    return re.compile(re.escape(say("blank.value").rstrip("〕")) + "[^〔〕]*〕")


def text_runs(text: str, **look: Any) -> list[Xml]:
    """Runs of literal text, what is left for the author marked."""
    edges = sorted({0, len(text), *(edge for found in blank().finditer(text) for edge in found.span())})
    pieces = [text[start:end] for start, end in pairwise(edges)]
    return [
        run(piece, **(look | {"style": "Blank"} if blank().fullmatch(piece) else look)) for piece in pieces
    ]


def table_element(block: Node) -> Xml:
    """The table itself; its caption and notes are paragraphs beside it."""
    columns, size = block["columns"], block["size"]
    widths = [round(width * TWIPS) for width in block["widths"]]
    marked = [
        column["kind"] in NUMERIC and any(row[place].get("status", "met") != "met" for row in block["rows"])
        for place, column in enumerate(columns)
    ]
    emphasised, tall = set(block["emphasis_rows"]), set(block["tall_rows"])
    rows = _head_rows(columns, widths, size)
    for position, cells in enumerate(block["rows"]):
        first = position < block["head_rows"] - 1
        near = block["together"] or first or position >= len(block["rows"]) - block["glued_rows"]
        glued = near and (position < len(block["rows"]) - 1 or bool(block["notes"] or block["source"]))
        rows.append(
            _row(
                [
                    _body_cell(
                        cell, column, width, size, bold=position in emphasised, marked=mark, keep=glued
                    )
                    for cell, column, width, mark in zip(cells, columns, widths, marked, strict=True)
                ],
                divided=position in tall,
            )
        )
    if not block["rows"]:
        nothing = paragraph(
            "TableText", run(say("word.nothing"), size=size), properties=(valued("w:jc", "center"),)
        )
        rows.append(_row([_cell([nothing], sum(widths), span=len(columns))]))
    return _table(rows, widths, title=block["title"])


def plain_table(block: Node, width: float, inlines: Any) -> Xml:
    """A Markdown table: columns of equal width; ``inlines`` makes runs of inline parts."""
    count = len(block["header"])
    widths = [round(width * TWIPS / count)] * count
    head = [
        _cell([paragraph("TableHead", *inlines(cell, heavy=True))], one)
        for cell, one in zip(block["header"], widths, strict=True)
    ]
    rows = [_row(head, head=True)]
    for cells in block["rows"]:
        made = [
            _cell([paragraph("TableText", *inlines(cell), properties=(valued("w:jc", align),))], one)
            for cell, one, align in zip(cells, widths, block["align"], strict=True)
        ]
        rows.append(_row(made))
    return _table(rows, widths)


def framed(content: list[Xml], width: float, colour: str) -> Xml:
    """A frame around paragraphs: a table of one cell."""
    edges = [
        element(f"w:{side}", {"w:val": "single", "w:sz": 6, "w:space": 0, "w:color": colour.lstrip("#")})
        for side in ("top", "left", "bottom", "right")
    ]
    twips = round(width * TWIPS)
    room = element(
        "w:tblCellMar",
        None,
        *(element(f"w:{side}", {"w:w": 160, "w:type": "dxa"}) for side in ("top", "left", "bottom", "right")),
    )
    properties = element(
        "w:tblPr", None, element("w:tblStyle", {"w:val": "TableNormal"}), element("w:tblW", {"w:w": twips, "w:type": "dxa"}),
        element("w:tblBorders", None, *edges), element("w:tblLayout", {"w:type": "fixed"}), room,
    )  # fmt: skip
    grid = element("w:tblGrid", None, element("w:gridCol", {"w:w": twips}))
    return element("w:tbl", None, properties, grid, _row([_cell(content, twips)], divided=True))


def _table(rows: list[Xml], widths: list[int], *, title: str = "") -> Xml:
    look = {
        "w:val": "0020",
        "w:firstRow": 1,
        "w:lastRow": 0,
        "w:firstColumn": 0,
        "w:lastColumn": 0,
        "w:noHBand": 1,
        "w:noVBand": 1,
    }
    properties = element(
        "w:tblPr",
        None,
        element("w:tblStyle", {"w:val": "ThreeLines"}),
        element("w:tblW", {"w:w": sum(widths), "w:type": "dxa"}),
        element("w:jc", {"w:val": "center"}),
        element("w:tblLayout", {"w:type": "fixed"}),
        element("w:tblLook", look),
        valued("w:tblCaption", title),
    )
    grid = element("w:tblGrid", None, *(element("w:gridCol", {"w:w": width}) for width in widths))
    return element("w:tbl", None, properties, grid, *rows)


def _row(cells: list[Xml], *, head: bool = False, divided: bool = False) -> Xml:
    properties = element("w:trPr", None, flag("w:cantSplit", not divided), flag("w:tblHeader", head))
    return element("w:tr", None, properties, *cells)


def _cell(
    content: list[Xml], width: int, *, span: int = 1, merge: str = "", edge: Xml | None = None, fill: str = ""
) -> Xml:
    properties = element(
        "w:tcPr",
        None,
        element("w:tcW", {"w:w": width, "w:type": "dxa"}),
        valued("w:gridSpan", span if span > 1 else None),
        None if not merge else element("w:vMerge", {"w:val": merge} if merge == "restart" else None),
        None if edge is None else element("w:tcBorders", None, edge),
        shading(fill) if fill else None,
        element("w:vAlign", {"w:val": "center"}),
    )
    return element("w:tc", None, properties, *content)


def _head_rows(columns: list[Node], widths: list[int], size: float) -> list[Xml]:
    groups = header_groups(columns)
    labels = [_label(column, size) for column in columns]
    if not groups:
        cells = [_cell([label], width, edge=_rule(5)) for label, width in zip(labels, widths, strict=True)]
        return [_row(cells, head=True)]
    upper, lower, place = [], [], 0
    for name, span in groups:
        width = sum(widths[place : place + span])
        if name:
            words = paragraph("TableHead", run(name, size=size), properties=(_line(size),))
            upper.append(_cell([words], width, span=span, edge=_rule(3)))
            lower += [_cell([labels[one]], widths[one], edge=_rule(5)) for one in range(place, place + span)]
        else:
            upper.append(_cell([labels[place]], width, merge="restart"))
            lower.append(_cell([paragraph("TableHead")], width, merge="continue", edge=_rule(5)))
        place += span
    return [_row(upper, head=True), _row(lower, head=True)]


def _rule(eighths: int) -> Xml:
    return element("w:bottom", {"w:val": "single", "w:sz": eighths, "w:space": 0, "w:color": INK.lstrip("#")})


def _line(size: float) -> Xml:
    """A fixed height of lines: a table keeps its height whatever font stands in for the one it names."""
    return element(
        "w:spacing",
        {"w:before": 0, "w:after": 0, "w:line": round(LINE * size * TWIPS), "w:lineRule": "exact"},
    )


def _label(column: Node, size: float) -> Xml:
    parts = [run(column["label"], size=size)]
    if column["unit"]:
        parts += [line_break(), run(f"（{column['unit']}）", size=size)]
    return paragraph("TableHead", *parts, properties=(_line(size),))


def _body_cell(
    cell: Node, column: Node, width: int, size: float, *, bold: bool, marked: bool, keep: bool
) -> Xml:
    status = cell.get("status", "")
    style = STATUS_STYLES[status] if status and status != "met" else None
    room = marked and column["align"] == "right" and " " not in cell["text"]
    looks = {
        "size": size,
        "heavy": bold or bool(cell.get("emphasis")),
        "colour": "" if style is None else style.ink,
    }
    lines = [text_runs(line, **looks) for line in cell["text"].split("\n")]
    runs = [part for line in lines for part in (line_break(), *line)][1:]
    words = paragraph(
        "TableText",
        *runs,
        properties=(
            flag("w:keepNext", keep),
            _line(size),
            element("w:ind", {"w:right": round(MARK_ROOM * size * TWIPS)}) if room else None,
            valued("w:jc", column["align"]),
        ),
    )
    return _cell([words], width, fill="" if style is None else style.tint)
