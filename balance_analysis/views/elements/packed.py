"""What a notebook's file keeps of an element beside its HTML: only what the HTML does not say.

The texts of a table's cells, of a paragraph and of a heading stand in the HTML, once, where a person reads them; the data name the columns,
the marks and whatever differs from the rule. :func:`unpacked` puts both together again for the typesetter.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import unescape
from itertools import zip_longest
from typing import Any, Final, Literal

from balance_analysis.errors import ReportError

Align = Literal["left", "center", "right"]
COLUMN_PARTS: Final = ("id", "label", "kind", "align", "unit", "group")
"""In this order the last are the ones that are empty most often, and empty ends are left out."""
TEXTS: Final = ("paragraph", "heading")
RULE: Final[Mapping[str, Mapping[str, object]]] = {
    "table": {
        "emphasis_rows": [],
        "notes": [],
        "source": "",
        "landscape": False,
        "compact": False,
        "marks": "",
    },
    "heading": {"level": 2, "annex": False, "new_page": False, "front": False},
    "figure": {"note": "", "source": "", "width_mm": None},
}
"""What an element of a type is unless its data say otherwise."""


def packed(content: Mapping[str, Any]) -> dict[str, Any]:
    """The data of an element as a notebook keeps them; ``marks`` name row, column and status of a table's cells."""
    kind = content["type"]
    small = dict(content)
    if kind == "table":
        rows = small.pop("rows")
        small["columns"] = "\n".join(map(_column_line, content["columns"]))
        small["marks"] = " ".join(
            f"{place}.{column}:{cell.get('status', '')}{'!' if cell.get('emphasis') else ''}"
            for place, row in enumerate(rows)
            for column, cell in enumerate(row)
            if len(cell) > 1
        )
    if kind in TEXTS:
        del small["body"]
    rule = RULE.get(kind, {})
    return {name: value for name, value in small.items() if name not in rule or value != rule[name]}


def unpacked(content: Mapping[str, Any], html: str) -> dict[str, Any]:
    """What :func:`packed` was given, with the texts of the element's HTML; whole data of another program come back as they are.

    >>> from balance_analysis.views.elements import Section
    >>> whole = Section("甲 & 乙").to_json()
    >>> packed(whole), unpacked(packed(whole), Section("甲 & 乙").to_html()) == whole
    ({'type': 'heading'}, True)
    """
    kind = content["type"]
    whole = {**RULE.get(kind, {}), **content}
    if kind in TEXTS and "body" not in content:
        text = html.partition(">")[2].rpartition("</")[0]
        whole["body"] = [{"type": "text", "text": unescape(text)}]
    if kind == "table" and "rows" not in content:
        whole["columns"] = [_column(line) for line in content["columns"].split("\n")]
        whole["rows"] = _rows(html, len(whole["columns"]), content["title"])
        _mark(whole["rows"], whole.pop("marks"))
    return whole


def _column_line(column: Mapping[str, str]) -> str:
    kind = column["kind"]
    usual = {"kind": "text", "align": usual_align(kind)}
    parts = ("" if column[name] == usual.get(name) else column[name] for name in COLUMN_PARTS)
    return "\t".join(" ".join(part.split()) for part in parts).rstrip("\t")


def _column(line: str) -> dict[str, str]:
    column = dict(zip_longest(COLUMN_PARTS, line.split("\t"), fillvalue=""))
    column["kind"] = column["kind"] or "text"
    column["align"] = column["align"] or usual_align(column["kind"])
    return column


def usual_align(kind: str) -> Align:
    """Numbers right, statuses centred, text left."""
    return "left" if kind == "text" else "center" if kind == "status" else "right"


def _rows(html: str, width: int, title: str) -> list[list[dict[str, Any]]]:
    body = html.partition("<tbody>")[2].partition("</table>")[0]
    if body.startswith("<tr><td colspan"):  # the line that says: none
        return []
    rows = [
        [{"text": unescape(cell.partition(">")[2].replace("<br>", "\n"))} for cell in row.split("<td")[1:]]
        for row in body.split("<tr>")[1:]
    ]
    if any(len(row) != width for row in rows):
        raise ReportError(f"笔记本中的表“{title}”被改动过，各行格数与列数不一致：请重新运行笔记本。")
    return rows


def _mark(rows: list[list[dict[str, Any]]], marks: str) -> None:
    for mark in marks.split():
        place, _, status = mark.partition(":")
        row, _, column = place.partition(".")
        cell = rows[int(row)][int(column)]
        if status.strip("!"):
            cell["status"] = status.strip("!")
        if status.endswith("!"):
            cell["emphasis"] = True
