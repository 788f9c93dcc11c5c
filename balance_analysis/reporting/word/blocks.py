"""The blocks of a collected report as the body of a Word file: one method per kind of block."""

from __future__ import annotations

import io
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any, Final

from docx.document import Document
from docx.shared import Emu

from balance_analysis.reporting.markdown import Node, plain_text
from balance_analysis.reporting.table_layout import LANDSCAPE_POINTS, POINTS_PER_MM, PORTRAIT_POINTS
from balance_analysis.reporting.word.numbering import FIRST_LIST, heading_label
from balance_analysis.reporting.word.tables import framed, plain_table, table_element, text_runs
from balance_analysis.reporting.word.xml import (
    Xml,
    border,
    element,
    field,
    flag,
    line_break,
    paragraph,
    plain,
    run,
    shading,
)
from balance_analysis.views.elements.style import STATUS_STYLES, svg_to_png
from balance_analysis.words import say

EMU_PER_POINT: Final = 12_700
PICTURE_DPI: Final = 200
NOTE_COLOUR, WARNING_COLOUR = "#1F4E79", "#A32C17"
CONTENTS_LEVELS: Final = 2


@dataclass(frozen=True)
class Entry:
    """A line of the table of contents: level, number and text, and the bookmark of its heading."""

    level: int
    text: str
    bookmark: str


@dataclass
class Body:
    """What has been written so far, and the numbers that run through a paper.

    ``unended`` are the properties of turned pages that end with the next upright block, or with the paper.
    """

    document: Document
    content: list[Xml] = default(default_factory=list)
    entries: list[Entry] = default(default_factory=list)
    list_starts: list[int] = default(default_factory=list)
    tables: int = 0
    figures: int = 0
    annex: bool = False
    width: float = PORTRAIT_POINTS
    unended: Xml | None = None
    counters: tuple[int, ...] = ()

    def turn(self, *, landscape: bool) -> None:
        """Turn the page: figures and frames may be as wide as it is."""
        self.width = LANDSCAPE_POINTS if landscape else PORTRAIT_POINTS

    def begin_annexes(self) -> None:
        """Later headings are lettered."""
        self.annex, self.counters = True, ()

    def add(self, block: Node) -> None:
        """Write one block."""
        getattr(self, f"_{block['type']}")(block)

    def _heading(self, block: Node) -> None:
        level = min(block["level"], CONTENTS_LEVELS if self.annex else 4)
        before = (*self.counters, *[0] * level)[:level]
        self.counters = (*before[:-1], before[-1] + 1)
        name = f"_Toc{len(self.entries) + 1:06d}"
        inside = inlines(block["body"])
        if level <= CONTENTS_LEVELS:
            text = heading_label(self.counters, annex=self.annex) + plain_text(block["body"])
            self.entries.append(Entry(level, text, name))
            mark = {"w:id": len(self.entries)}
            inside = [
                element("w:bookmarkStart", {**mark, "w:name": name}), *inside, element("w:bookmarkEnd", mark)
            ]  # fmt: skip
        style = f"{'AnnexHeading' if self.annex else 'Heading'}{level}"
        self.content.append(paragraph(style, *inside, properties=_top(block)))

    def _paragraph(self, block: Node, *, style: str = "BodyText") -> None:
        keep = (flag("w:keepNext", block.get("leads")),)
        self.content.append(paragraph(style, *inlines(block["body"]), properties=keep))

    def _list(self, block: Node) -> None:
        number = None
        if block["ordered"]:
            number = FIRST_LIST + len(self.list_starts)
            self.list_starts.append(block["start"])
        for item in block["items"]:
            for place, child in enumerate(item):
                if child["type"] != "paragraph":
                    self.add(child)
                elif place:
                    self._paragraph(child)
                else:
                    self.content.append(_point(inlines(child["body"]), number))

    def _quote(self, block: Node) -> None:
        for child in block["blocks"]:
            if child["type"] == "paragraph":
                self._paragraph(child, style="Quote")
            else:
                self.add(child)

    def _literal(self, block: Node) -> None:
        lines = block["text"].split("\n")
        parts = [part for line in lines for part in (line_break(), run(line))][1:]
        self.content.append(paragraph("Literal", *parts))

    def _rule(self, block: Node) -> None:
        edge = element("w:pBdr", None, border("bottom", eighths=4, colour="999999", space=1))
        self.content.append(paragraph("BodyText", properties=(edge,)))

    def _plain_table(self, block: Node) -> None:
        self.content += [plain_table(block, self.width, inlines), _gap()]

    def _table(self, block: Node) -> None:
        self.tables += 1
        caption = _caption("table", self.tables, block["title"])
        keep = (flag("w:keepNext", True),)
        self.content += [paragraph("Caption", *caption, properties=keep), table_element(block)]
        self._notes(block["notes"], block["source"], always=True)

    def _figure(self, block: Node) -> None:
        self.figures += 1
        self.content.append(paragraph("Figure", element("w:r", None, self._picture(block))))
        self._notes([block["note"]] if block["note"] else [], block["source"], keep=True)
        caption = _caption("figure", self.figures, block["caption"])
        self.content.append(paragraph("Caption", *caption))

    def _picture(self, block: Node) -> Xml:
        """The figure as a picture with its alternative text, no wider than the page's text."""
        svg = block["svg"]
        image = svg_to_png(svg, dpi=PICTURE_DPI)
        width, height = png_points(image, PICTURE_DPI)
        wanted = min(width if block["width_mm"] is None else block["width_mm"] * POINTS_PER_MM, self.width)
        inline = self.document.part.new_pic_inline(
            io.BytesIO(image), Emu(round(wanted * EMU_PER_POINT)), Emu(round(wanted * height / width * EMU_PER_POINT))
        )  # fmt: skip
        for side in (
            "distT",
            "distB",
            "distL",
            "distR",
        ):  # unsaid, an eighth of an inch is put beside the picture
            inline.set(side, "0")
        about = inline.docPr
        about.set("id", str(self.figures))
        about.set("name", f"{say('word.figure')}{self.figures}")
        about.set("descr", plain(block["alt"]))
        named = inline.find(f".//{{{_PICTURES}}}cNvPr")
        named.set("id", str(self.figures))
        named.set("name", f"figure{self.figures}.png")
        return element("w:drawing", None, inline)

    def _verdict(self, block: Node) -> None:
        look = STATUS_STYLES[block["outcome"]]
        subject = [
            run(f"{block['subject']}　", size=14),
            run(block["headline"], heavy=True, size=14, colour=look.ink),
        ]
        parts = [subject, *([text_runs(block["sentence"])] if block["sentence"] else [])]
        for number, runs in enumerate(parts):
            keep = flag("w:keepNext", number < len(parts) - 1)
            edge = element("w:pBdr", None, border("left", eighths=32, colour=look.ink, space=8))
            space = {"w:before": 0 if number else 200, "w:after": 0 if number < len(parts) - 1 else 200}
            self.content.append(
                paragraph(
                    "Verdict", *runs, properties=(keep, edge, shading(look.tint), element("w:spacing", space))
                )
            )

    def _callout(self, block: Node) -> None:
        colour = WARNING_COLOUR if block["tone"] == "warning" else NOTE_COLOUR
        title = paragraph(
            "Remark", run(block["title"], heavy=True, colour=colour), properties=(flag("w:keepNext", True),)
        )
        text = [paragraph("Remark", *text_runs(block["text"]))] if block["text"] else []
        points = [_point(text_runs(item), None, inside_frame=True) for item in block["items"]]
        self.content += [framed([title, *text, *points], self.width, colour), _gap()]

    def _notes(self, notes: list[str], source: str, *, keep: bool = False, always: bool = False) -> None:
        """What stands below a table or figure; behind a table always a paragraph, so that two tables stay two."""
        numbered = (
            notes if len(notes) < 2 else [f"{place}．{note}" for place, note in enumerate(notes, start=1)]
        )
        lines = [say("forms.note", text="　".join(numbered))] if notes else []
        lines += [say("word.source", source=source)] if source else []
        for line in lines:
            near = (flag("w:keepNext", True), element("w:spacing", {"w:after": 0})) if keep else ()
            self.content.append(paragraph("TableNote", *text_runs(line), properties=near))
        if always and not lines:
            self.content.append(_gap())


_PICTURES: Final = "http://schemas.openxmlformats.org/drawingml/2006/picture"


def _gap() -> Xml:
    """Room behind a table, which needs no page of its own where the table fills one."""
    return paragraph("Break", properties=(element("w:spacing", {"w:after": 200}),))


def _top(heading: Node) -> tuple[Xml | None, ...]:
    """A heading that begins a page stands at its top."""
    return (
        (element("w:pageBreakBefore"), element("w:spacing", {"w:before": 0}))
        if heading.get("new_page")
        else ()
    )


def _caption(kind: str, number: int, title: str) -> list[Xml]:
    """The caption of a table or figure, numbered by Word itself."""
    word = say(f"word.{kind}")
    return [run(word), *field(f"SEQ {word} \\* ARABIC", str(number)), run(f"\u3000{title}")]


def _point(runs: list[Xml], number: int | None, *, inside_frame: bool = False) -> Xml:
    own, near = None, element("w:ind", {"w:left": 360, "w:hanging": 300}) if inside_frame else None
    if number is not None:
        own = element("w:numPr", None, element("w:ilvl", {"w:val": 0}), element("w:numId", {"w:val": number}))
    return paragraph("ListBullet" if number is None else "ListNumber", *runs, properties=(own, near))


def inlines(nodes: list[Node], **look: Any) -> list[Xml]:
    """Runs of inline parts; a link prints its text and, in brackets, where it leads: nothing in a paper is to be clicked."""
    runs: list[Xml] = []
    for node in nodes:
        kind = node["type"]
        if kind == "text":
            runs += text_runs(node["text"], **look)
        elif kind == "code":
            runs.append(run(node["text"], **look))
        elif kind == "break":
            runs.append(line_break())
        elif kind == "link":
            runs += [*inlines(node["body"], **look), run(f"（{node['url']}）", **look)]
        else:
            more = {"strong": {"heavy": True}, "strikethrough": {"strike": True}}.get(kind, {})
            runs += inlines(node["body"], **(look | more))
    return runs


def png_points(image: bytes, dpi: int) -> tuple[float, float]:
    """Width and height in points of a PNG that was drawn at so many dots per inch."""
    width, height = (int.from_bytes(image[start : start + 4], "big") for start in (16, 20))
    return width * 72 / dpi, height * 72 / dpi
