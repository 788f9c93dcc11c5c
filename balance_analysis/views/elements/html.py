"""The JupyterLab face of the report elements: their JSON as plain HTML, all data escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from balance_analysis.views.elements.style import INK, STATUS_STYLES, StatusStyle

_WARNING = "display:inline-block;padding:0 .4em;background:#F9E3DE;color:#A32C17"
_SMALL = "font-size:85%;opacity:.8"
"""Themes are light or dark: text keeps the page's own colour, or stands with its own ink on its own fill."""


SHORT_TEXT = 10
"""Texts of up to so many characters stay on one line: a long neighbour would else press them into a column of single characters.
The longest of a column says so for all."""


def table(content: dict[str, Any]) -> str:
    """Return a table with caption, optional group headings, notes and source."""
    columns = content["columns"]
    caption = escape(content["title"])
    parts = [
        "<div style=overflow-x:auto><table style='border-collapse:collapse;margin:.5em 0;color:inherit;text-align:right'>",
        f"<caption style=font-weight:bold;text-align:center>表　{caption}</caption><thead>",
    ]
    groups = header_groups(columns)
    if groups:
        parts.append("<tr>" + "".join(_group_cell(label, span) for label, span in groups))
    parts.append("<tr>" + "".join(_head_cell(column) for column in columns) + "<tbody>")
    emphasised = set(content["emphasis_rows"])
    whole = [_longest_short_text(cells) for cells in zip(*content["rows"], strict=True)]
    for position, row in enumerate(content["rows"]):
        bold = "font-weight:bold;" if position in emphasised else ""
        cells = (
            _body_cell(cell, column["align"], bold, keep=position == kept)
            for cell, column, kept in zip(row, columns, whole, strict=True)
        )
        parts.append("<tr>" + "".join(cells))
    if not content["rows"]:
        parts.append(f"<tr><td colspan={len(columns)} align=center>（无）")
    parts.append("</table>" + _below(content["notes"], content["source"]) + "</div>")
    return "".join(parts)


def heading(content: dict[str, Any]) -> str:
    """Return a section heading."""
    level = content["level"]
    return f"<h{level}>{escape(content['body'][0]['text'])}</h{level}>"


def paragraph(content: dict[str, Any]) -> str:
    """Return a paragraph."""
    return f"<p>{escape(content['body'][0]['text'])}</p>"


def header_groups(columns: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Shared headings as (label, number of columns); empty when no column has one.

    >>> header_groups([{"group": ""}, {"group": "小学"}, {"group": "小学"}])
    [('', 1), ('小学', 2)]
    """
    if not any(column["group"] for column in columns):
        return []
    groups: list[tuple[str, int]] = []
    for column in columns:
        label = column["group"]
        if groups and label and groups[-1][0] == label:
            groups[-1] = (label, groups[-1][1] + 1)
        else:
            groups.append((label, 1))
    return groups


def _group_cell(label: str, span: int) -> str:
    line = " style='text-align:center;border-bottom:1px solid #999'" if label else ""
    return f"<th colspan={span} align=center{line}>{escape(label)}"


def _head_cell(column: dict[str, Any]) -> str:
    unit = f"<br><small>（{escape(column['unit'])}）</small>" if column["unit"] else ""
    return f"<th style=text-align:center>{escape(column['label'])}{unit}"


def _longest_short_text(cells: Sequence[dict[str, Any]]) -> int:
    """The place of the text that holds a column open for the others; -1 where none is short or all are figures."""
    widths = [
        sum(1 if character.isascii() else 2 for character in text)
        if len(text) <= SHORT_TEXT and not text.isascii()
        else 0
        for text in (cell["text"] for cell in cells)
    ]
    widest = max(widths)
    return widths.index(widest) if widest else -1


def _body_cell(cell: dict[str, Any], align: str, bold: str, *, keep: bool) -> str:
    """One cell in few characters, of which a report has thousands: right is the table's own, figures do not break, tags end by themselves."""
    text, style = cell["text"], bold
    status = cell.get("status")
    if status and status != "met":
        style += _on_tint(STATUS_STYLES[status])
    if cell.get("emphasis") and not bold:
        style += "font-weight:bold;"
    if align == "left":  # JupyterLab's own style is stronger than an attribute of this value
        style += "text-align:left;"
    if keep:
        style += "white-space:nowrap;"
    centred = " align=center" if align == "center" else ""
    styled = f" style={style[:-1]}" if style else ""
    return f"<td{centred}{styled}>{escape(text).replace(chr(10), '<br>')}"


def _below(notes: list[str], source: str) -> str:
    lines = [f"注：{'　'.join(notes)}"] if notes else []
    lines += [f"资料来源：{source}"] if source else []
    return "".join(f"<div style={_SMALL}>{escape(line)}</div>" for line in lines)


def _on_tint(style: StatusStyle) -> str:
    return f"background:{style.tint};color:{style.ink};"


def title_page(content: dict[str, Any], lines: list[str]) -> str:
    """Title, simulated mark and the lines below them."""
    mark = f'<div style="{_WARNING};font-weight:bold">模拟数据</div>' if content["simulated"] else ""
    below = "".join(f"<div>{escape(line)}</div>" for line in lines)
    return f'<div><h1 style="margin:.2em 0">{escape(content["title"])}</h1>{mark}{below}</div>'


def verdict(content: dict[str, Any]) -> str:
    """Return a coloured bar with the outcome in words."""
    style = STATUS_STYLES[content["outcome"]]
    bar = f"border-left:6px solid {style.ink};background:{style.tint};color:{INK};padding:.5em 1em;margin:.5em 0"
    return (
        f'<div style="{bar}">'
        f'<div style="font-size:130%"><b>{escape(content["subject"])}</b>　'
        f'<b style="color:{style.ink}">{escape(content["headline"])}</b></div>'
        f"<div>{escape(content['sentence'])}</div></div>"
    )


def callout(content: dict[str, Any]) -> str:
    """Return a framed remark with an optional list."""
    title = f"<b>{escape(content['title'])}</b>"
    if content["tone"] == "warning":
        title = f'<b style="{_WARNING}">{escape(content["title"])}</b>'
    text = f"<div>{escape(content['text'])}</div>" if content["text"] else ""
    items = "".join(f"<li>{escape(item)}</li>" for item in content["items"])
    return (
        f'<div style="border:1px solid currentColor;padding:.5em 1em;margin:.5em 0">'
        f"{title}{text}{f'<ul>{items}</ul>' if items else ''}</div>"
    )


def figure(content: dict[str, Any], svg: str) -> str:
    """Return the drawing with caption, note and source below it."""
    notes = [content["note"]] if content["note"] else []
    return (
        f"<figure style='margin:.5em 0'>{svg}<figcaption style=font-weight:bold>"
        f"图　{escape(content['caption'])}</figcaption>{_below(notes, content['source'])}</figure>"
    )
