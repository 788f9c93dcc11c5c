"""From an executed notebook to the blocks of a report, in order and without code.

Read are Markdown cells, Markdown outputs and the elements of ``views/elements/`` (by their private
MIME type). Streams, plain-text values and live widgets are for the screen and stay out. What a
reader would miss without anyone noticing (bare pictures and HTML) is refused.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby, pairwise
from typing import Any
from xml.etree import ElementTree

from balance_analysis.errors import ReportError
from balance_analysis.reporting.lean import unpacked
from balance_analysis.reporting.markdown import Node, parse_markdown, plain_text
from balance_analysis.reporting.table_layout import lay_out_parts, lay_out_upright
from balance_analysis.typefaces import LACKING, missing_characters, settable
from balance_analysis.views.elements import MIME_TYPE, Element, Paragraph
from balance_analysis.views.elements.fonts import in_regular_weight
from balance_analysis.views.elements.packed import unpacked as with_texts
from balance_analysis.words import say

SKIP_TAG = "pdf-skip"
"""Cells with this tag are for JupyterLab only."""

WIDGET_MIME_TYPE = "application/vnd.jupyter.widget-view+json"
_REFUSED = ("image/svg+xml", "image/png", "image/jpeg", "application/pdf", "text/html", "text/latex")
_ANNOUNCED = ("list", "table", "plain_table", "figure", "callout", "verdict")
_LEADING = ("heading", "paragraph", "list", "callout", "verdict")
LEAD_IN_BLOCKS = 4
"""A heading with at most so many blocks, itself included, moves onto the turned page of its table."""
LEAD_IN_LINES = 4
"""A paragraph of at most so many lines between a heading and a table or figure stays with it."""
LINE_CHARACTERS = 36
"""So many Chinese characters stand on a line of a list."""
TOGETHER_LINES = 12
"""Points of at most so many lines stay on one page."""
MOST_CHARACTERS_NAMED = 50
"""Characters without a font that one remark names."""
_ELEMENTS = ("title_page", "table", "figure", "verdict", "callout", "heading", "paragraph")


def collect_report(notebook: Any) -> dict[str, Any]:
    """Title page and blocks of an executed notebook node, a delivered one too.

    Returns ``{"title_page": …, "blocks": […], "annexes": […]}`` as plain JSON data. Raises ``ReportError`` for a
    failed or unexecuted cell, a missing or second title page, an output that cannot be set, a
    figure without alternative text. A character that no font has is set as 〓 and named under the data's quality.
    """
    return _report(_blocks(unpacked(notebook)))


def collect_elements(elements: Iterable[Element]) -> dict[str, Any]:
    """The same of elements that no notebook shows."""
    return _report(_element(one._repr_mimebundle_(), number) for number, one in enumerate(elements, start=1))


def _report(found: Iterable[Node]) -> dict[str, Any]:
    title_pages: list[Node] = []
    blocks: list[Node] = []
    for block in found:
        (title_pages if block["type"] == "title_page" else blocks).append(block)
    if len(title_pages) != 1:
        raise ReportError(
            f"笔记本应恰有一个封面（TitlePage），实际有{len(title_pages)}个；封面如 show(county.cover(case))，标明区县、学年和是否模拟数据。"
        )
    title_page, blocks = _with_rare_characters(title_pages[0], _level_headings(blocks))
    begin = next((place for place, block in enumerate(blocks) if block.get("annex")), len(blocks))
    front = _front(blocks)
    return {
        "title_page": title_page,
        "front": _arrange(blocks[:front], annex=False),
        "blocks": _arrange(blocks[front:begin], annex=False),
        "annexes": _arrange(blocks[begin:], annex=True),
    }


def _front(blocks: list[Node]) -> int:
    """How many blocks stand before the contents: a first section that asks for it, up to the next of its level."""
    if not blocks or not blocks[0].get("front"):
        return 0
    level = blocks[0]["level"]
    later = (place for place, block in enumerate(blocks) if place and block.get("level", level + 1) <= level)
    return next(later, len(blocks))


def _arrange(blocks: list[Node], *, annex: bool) -> list[Node]:
    """Give tables their measures, lists their runs, and turned tables their pages."""
    laid_out: list[Node] = []
    for block, following in zip(blocks, [*blocks[1:], {}], strict=False):
        if block["type"] == "table":
            laid_out += [
                {**part, **asdict(layout)} for part, layout in lay_out_parts({**block, "annex": annex})
            ]
            continue
        if block["type"] == "figure":
            block["annex"] = annex
        if block["type"] == "list":
            block["runs"] = point_runs([len("".join(_texts(item))) for item in block["items"]])
        if block["type"] == "callout":
            block["runs"] = point_runs([len(item) for item in block["items"]])
            lines = [*block["items"], block["text"]]
            block["together"] = sum(_lines(len(line)) for line in lines) <= TOGETHER_LINES
        if block["type"] == "paragraph":
            block["leads"] = _leads(block, laid_out[-1:], following.get("type"))
        laid_out.append(block)
    return _group_landscape(_turn_back(laid_out))


def _leads(paragraph: Node, before: list[Node], following: str | None) -> bool:
    """Whether a paragraph must not end a page: a few lines between a heading and what it is for, or an announcement."""
    if following not in _ANNOUNCED:
        return False
    text = plain_text(paragraph["body"]).rstrip()
    below_heading = bool(before) and before[0]["type"] == "heading"
    return text.endswith(("：", ":")) or (below_heading and _lines(len(text)) <= LEAD_IN_LINES)


def point_runs(lengths: Sequence[int]) -> list[Node]:
    """How a list of points of so many characters may be divided between pages: never so that one stands alone.

    A short list is one run that is not divided; of a long one the first two points stay together, and the last two.

    >>> [(run["start"], run["end"], run["breakable"]) for run in point_runs([20] * 30)]
    [(0, 2, False), (2, 28, True), (28, 30, False)]
    """
    count = len(lengths)
    lines = [_lines(length) for length in lengths]
    if sum(lines) <= TOGETHER_LINES:
        edges = [0, count]
    elif count < 5 or max(sum(lines[:2]), sum(lines[-2:])) > TOGETHER_LINES:
        return [{"start": 0, "end": count, "breakable": True}]
    else:
        edges = [0, 2, count - 2, count]
    return [
        {"start": start, "end": end, "breakable": len(edges) > 2 and start == 2}
        for start, end in pairwise(edges)
        if end > start
    ]


def _lines(characters: int) -> int:
    return -(-characters // LINE_CHARACTERS)


def _blocks(notebook: Any) -> Iterator[Node]:
    for number, cell in enumerate(notebook.cells, start=1):
        if SKIP_TAG in cell.metadata.get("tags", ()):
            continue
        if cell.cell_type == "markdown":
            yield from parse_markdown(cell.source)
        elif cell.cell_type == "code":
            if cell.source.strip() and cell.execution_count is None and not cell.outputs:
                raise ReportError(f"第{number}个单元格没有运行过：请先运行整个笔记本再生成报告。")
            for output in cell.outputs:
                yield from _output_blocks(output, number)


def _output_blocks(output: Any, number: int) -> list[Node]:
    if output.output_type == "error":
        raise ReportError(f"第{number}个单元格运行出错，不能生成报告：{output.ename}: {output.evalue}")
    if output.output_type == "stream":
        return []
    data = output.data
    if data.get(MIME_TYPE, {}).get("type") == "figure_caption":
        return []  # the figure has it too
    if MIME_TYPE in data:
        return [_element(data, number)]
    if WIDGET_MIME_TYPE in data:
        return []
    if "text/markdown" in data:
        return parse_markdown(data["text/markdown"])
    refused = [name for name in _REFUSED if name in data]
    if refused:
        raise ReportError(
            f"第{number}个单元格输出了{refused[0]}，没有标题和替代文字，报告无法收录。"
            f"请改用 ReportFigure 或 ReportTable；只供屏幕查看的单元格请加标签 {SKIP_TAG}。"
        )
    return []


def _element(data: Any, number: int) -> Node:
    content: Node = dict(data[MIME_TYPE])
    kind = content.get("type")
    if kind not in _ELEMENTS:
        raise ReportError(f"第{number}个单元格输出了未知的报告元素“{kind}”，应为：{'、'.join(_ELEMENTS)}。")
    content = with_texts(content, data.get("text/html", ""))
    if kind == "figure":
        if not str(content.get("alt", "")).strip():
            raise ReportError(f"第{number}个单元格的图“{content.get('caption', '')}”缺少替代文字（alt）。")
        content["svg"] = in_regular_weight(data["image/svg+xml"])
    return content


def _level_headings(blocks: list[Node]) -> list[Node]:
    """Drop the notebook's own title, start at level 1, leave no gap between levels."""
    headings = [block for block in blocks if block["type"] == "heading"]
    titles = [block for block in headings if block["level"] == 1]
    if len(titles) == 1 and headings[0] is titles[0]:
        blocks = [block for block in blocks if block is not titles[0]]
        headings = headings[1:]
    top = min((block["level"] for block in headings), default=1)
    previous = 0
    for block in headings:
        block["level"] = previous = min(block["level"] - top + 1, previous + 1)
    return blocks


def _turn_back(blocks: list[Node]) -> list[Node]:
    """Set neighbouring landscape tables upright where every one of them can do without the turned page."""
    turned: list[Node] = []
    for is_turned, run in groupby(blocks, key=lambda block: bool(block.get("landscape"))):
        tables = list(run)
        upright = [lay_out_upright(table) for table in tables] if is_turned else []
        if is_turned and all(upright):
            tables = [
                {**table, **asdict(layout)} for table, layout in zip(tables, upright, strict=True) if layout
            ]
        turned += tables
    return turned


def _group_landscape(blocks: list[Node]) -> list[Node]:
    """Neighbouring landscape tables share their turned pages, with the heading that leads to them."""
    grouped: list[Node] = []
    for block in blocks:
        if not block.get("landscape"):
            grouped.append(block)
            continue
        start = _lead_in(grouped)
        turned = [*grouped[start:], block]
        del grouped[start:]
        if grouped and grouped[-1]["type"] == "landscape":
            grouped[-1]["blocks"] += turned
        else:
            turned[0]["new_page"] = False  # a turned page is a new one
            grouped.append({"type": "landscape", "blocks": turned})
    return grouped


def _lead_in(blocks: list[Node]) -> int:
    """Where the headings and short texts begin that must not stay behind alone on an upright page."""
    start = len(blocks)
    while start and blocks[start - 1]["type"] in _LEADING:
        start -= 1
    headings = [place for place in range(start, len(blocks)) if blocks[place]["type"] == "heading"]
    if not headings:
        return len(blocks)
    first = last = headings[-1]
    while first - 1 in headings:
        first -= 1
    return first if len(blocks) - last <= LEAD_IN_BLOCKS else len(blocks)


def _with_rare_characters(title_page: Node, blocks: list[Node]) -> tuple[Node, list[Node]]:
    """Both with 〓 for what no font has, and a remark on the data's quality that names each such character with its code point."""
    found: dict[str, str] = {}
    for text in _texts([title_page, blocks]):
        for character in missing_characters(text):
            found.setdefault(character, text)
    title_page, blocks = _set(title_page), _set(blocks)
    if not found:
        return title_page, blocks
    remark = say(
        "rare.remark",
        sign=LACKING,
        characters=[
            {
                "code_point": f"U+{ord(character):04X}",
                "name": unicodedata.name(character, say("rare.nameless")),
                "text": settable(text)[:40],
            }
            for character, text in list(found.items())[:MOST_CHARACTERS_NAMED]
        ],
        more=max(len(found) - MOST_CHARACTERS_NAMED, 0),
    )
    quality = [
        place
        for place, block in enumerate(blocks, start=1)
        if block["type"] == "heading" and plain_text(block["body"]) == say("heading.annex_data")
    ]
    blocks.insert(quality[0] if quality else len(blocks), Paragraph(remark).to_json())
    return title_page, blocks


def _set(node: Any, key: str = "") -> Any:
    """The same data with every text made settable; an address stays what it is."""
    if isinstance(node, dict):
        return {name: _set(value, name) for name, value in node.items()}
    if isinstance(node, list | tuple):
        return [_set(value, key) for value in node]
    return settable(node) if isinstance(node, str) and key != "url" else node


def _texts(node: Any, key: str = "") -> Iterator[str]:
    """All texts that will be drawn or read out, those inside figures included."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _texts(value, name)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _texts(value, key)
    elif isinstance(node, str):
        if key == "svg":
            yield from svg_texts(node)
        elif key not in ("url", "type"):
            yield node


def svg_texts(svg: str) -> list[str]:
    """Return the texts a figure draws."""
    root = ElementTree.fromstring(svg.encode())
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
