"""What surrounds the text of a paper: cover or title, table of contents, running heads and feet, watermark, sections."""

from __future__ import annotations

import re
from typing import Final

from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from balance_analysis.reporting.markdown import Node
from balance_analysis.reporting.table_layout import POINTS_PER_MM
from balance_analysis.reporting.word.blocks import Entry
from balance_analysis.reporting.word.fonts import HEI
from balance_analysis.reporting.word.styles import Look
from balance_analysis.reporting.word.tables import text_runs
from balance_analysis.reporting.word.xml import (
    TWIPS_PER_MM,
    Xml,
    border,
    element,
    field,
    field_code,
    field_mark,
    line_break,
    paragraph,
    run,
    tab,
)
from balance_analysis.typefaces import text_width
from balance_analysis.views.elements.style import LANDSCAPE_WIDTH_MM, STATUS_STYLES, TEXT_WIDTH_MM
from balance_analysis.words import say

WARNING: Final = STATUS_STYLES["not_met"].ink
A4_MM: Final = (210, 297)
TURNED_MARGINS_MM: Final = (25, 27, 21, 27)
_VML: Final = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:w10="urn:schemas-microsoft-com:office:word"'
)


class Pages:
    """Heads and feet of one paper, and the sections that use them."""

    def __init__(self, document: Document, look: Look, cover: Node) -> None:
        self.document, self.look, self.cover = document, look, cover
        self._foot = self._part("footer", [self._footer()])
        self._heads: dict[str, str] = {}

    def section(self, *, landscape: bool = False, bare: bool = False) -> Xml:
        """The properties of a section that ends here; ``bare`` ones (the cover) have no head and foot but the watermark."""
        kind = "bare" if bare else "turned" if landscape else "upright"
        if kind not in self._heads:
            width = LANDSCAPE_WIDTH_MM if landscape else TEXT_WIDTH_MM
            text = [] if bare else [self._header(width)]
            self._heads[kind] = self._part("header", self._marked(text, number=len(self._heads) + 1))
        if bare and "nothing" not in self._heads:
            self._heads["nothing"] = self._part("footer", [paragraph("Footer")])
        foot = self._heads["nothing"] if bare else self._foot
        width, height = reversed(A4_MM) if landscape else A4_MM
        top, right, bottom, left = TURNED_MARGINS_MM if landscape else self.look.margins_mm
        size: dict[str, object] = {"w:w": _twips(width), "w:h": _twips(height)}
        margins = {
            "top": top,
            "right": right,
            "bottom": bottom,
            "left": left,
            "header": 15,
            "footer": 12 if landscape else 14,
        }
        return element(
            "w:sectPr",
            None,
            element("w:headerReference", {"w:type": "default", "r:id": self._heads[kind]}),
            element("w:footerReference", {"w:type": "default", "r:id": foot}),
            element("w:type", {"w:val": "nextPage"}),
            element("w:pgSz", size | ({"w:orient": "landscape"} if landscape else {})),
            element(
                "w:pgMar", {**{f"w:{name}": _twips(value) for name, value in margins.items()}, "w:gutter": 0}
            ),
        )

    def _part(self, kind: str, content: list[Xml]) -> str:
        part, key = getattr(self.document.part, f"add_{kind}_part")()
        for child in list(part.element):
            part.element.remove(child)
        for child in content:
            part.element.append(child)
        return str(key)

    def _header(self, width: float) -> Xml:
        cover = self.cover
        stops = element(
            "w:tabs",
            None,
            element("w:tab", {"w:val": "center", "w:pos": _twips(width / 2)}),
            element("w:tab", {"w:val": "right", "w:pos": _twips(width)}),
        )
        name = " · ".join(filter(None, (cover["county"], cover["title"].removeprefix(cover["county"]))))
        mark = [run(say("word.running_mark"), heavy=True, colour=WARNING)] if cover["simulated"] else []
        return paragraph(
            "Header", run(name), tab(), *mark, tab(), run(cover["school_year"]), properties=(stops,)
        )

    def _footer(self) -> Xml:
        parts: list[Xml] = []
        for piece in re.split(r"(\{[a-z]+\})", self.look.page_number):
            name = {"{page}": "PAGE", "{pages}": "NUMPAGES"}.get(piece)
            parts += field(name, "1") if name else [run(piece)] if piece else []
        return paragraph("Footer", *parts)

    def _marked(self, content: list[Xml], *, number: int) -> list[Xml]:
        """Text of a head with the watermark of simulated data behind the page."""
        if not self.cover["simulated"]:
            return content or [paragraph("Break")]
        text = content or [paragraph("Break")]
        text[0].append(parse_xml(_watermark(number)))
        return text


def _watermark(number: int) -> str:
    """Word's own kind of watermark, so that its command takes it away again."""
    style = (
        "position:absolute;margin-left:0;margin-top:0;width:430pt;height:108pt;rotation:322;z-index:-251658752;"
        "mso-position-horizontal:center;mso-position-horizontal-relative:margin;mso-position-vertical:center;mso-position-vertical-relative:margin"
    )
    mark, font = say("word.simulated"), HEI[0]
    return (
        f"<w:r {nsdecls('w')} {_VML}><w:pict>"
        '<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas>'
        '<v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/><v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/>'
        '<v:f eqn="if @0 @3 0"/><v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/><v:f eqn="mid @5 @6"/>'
        '<v:f eqn="mid @8 @5"/><v:f eqn="mid @7 @8"/><v:f eqn="mid @6 @7"/><v:f eqn="sum @6 0 @5"/></v:formulas>'
        '<v:path textpathok="t" o:connecttype="custom" o:connectlocs="@9,0;@10,10800;@11,21600;@12,10800" o:connectangles="270,180,90,0"/>'
        '<v:textpath on="t" fitshape="t"/></v:shapetype>'
        f'<v:shape id="PowerPlusWaterMarkObject{number}" o:spid="_x0000_s{2048 + number}" type="#_x0000_t136" alt="{mark}" style="{style}" '
        'o:allowincell="f" fillcolor="#e4e4e4" stroked="f"><v:fill opacity=".6"/>'
        f'<v:textpath style="font-family:&quot;{font}&quot;;font-size:1pt" string="{mark}"/></v:shape></w:pict></w:r>'
    )


def section_break(properties: Xml) -> Xml:
    """A paragraph of no height that ends a section."""
    broken = paragraph("Break")
    broken.find(qn("w:pPr")).append(properties)
    return broken


def cover_page(cover: Node) -> list[Xml]:
    """The cover of a report: county, title, year; law and target; office and date."""
    warned = []
    if cover["simulated"]:
        edges = element(
            "w:pBdr",
            None,
            *(
                border(side, eighths=10, colour=WARNING, space=6)
                for side in ("top", "left", "bottom", "right")
            ),
        )
        words = run(say("word.demonstration"), heavy=True, size=14, colour=WARNING)
        room = element("w:ind", {"w:left": 2700, "w:right": 2700})
        warned = [_centred([words], "Subtitle", edges, before=0, after=360, place=room)]
    above = 2600 if warned else 3400
    pages: list[Xml] = [_centred([], "Subtitle", before=above, after=0)]
    pages += warned
    pages.append(_centred([run(cover["county"], heavy=True, size=20)], "Subtitle", after=160))
    pages.append(_centred([run(cover["title"])], "Title"))
    pages += [_centred([run(cover[name])], "Subtitle") for name in ("subtitle", "school_year") if cover[name]]
    below = [cover[name] for name in ("regime", "target") if cover[name]]
    pages += [
        _centred([run(line, size=12)], "Subtitle", before=2800 if not place else 0)
        for place, line in enumerate(below)
    ]
    issued = [cover[name] for name in ("issuing_office", "issued_on") if cover[name]]
    pages += [
        _centred([run(line, heavy=True, size=14)], "Subtitle", before=1300 if not place else 0)
        for place, line in enumerate(issued)
    ]
    return pages


def title_block(cover: Node, look: Look) -> list[Xml]:
    """The title of an official paper above its text, with the year and whose paper it is."""
    lines = [
        cover[name] for name in ("subtitle", "school_year", "issuing_office", "issued_on") if cover[name]
    ]
    warned = []
    if cover["simulated"]:
        warned = [_centred([run(say("word.demonstration"), heavy=True, size=14, colour=WARNING)], "Subtitle")]
    shown = [
        _centred(text_runs(line), "Subtitle", after=0 if place < len(lines) - 1 else 480)
        for place, line in enumerate(lines)
    ]
    return [*warned, paragraph("Title", *_title_runs(cover["title"], look)), *shown]


def _title_runs(title: str, look: Look) -> list[Xml]:
    """The title on one line; where it needs two, the paper's own name begins the second, as GB/T 9704 asks for whole words."""
    name = say("self_assessment.name")
    fits = text_width(title) * look.title_size <= TEXT_WIDTH_MM * POINTS_PER_MM
    if fits or not title.endswith(name):
        return [run(title)]
    return [run(title.removesuffix(name)), line_break(), run(name)]


def _centred(
    runs: list[Xml],
    style: str,
    edges: Xml | None = None,
    *,
    before: int | None = None,
    after: int | None = None,
    place: Xml | None = None,
) -> Xml:
    space = {name: value for name, value in (("w:before", before), ("w:after", after)) if value is not None}
    return paragraph(style, *runs, properties=(edges, element("w:spacing", space) if space else None, place))


def contents_page(entries: list[Entry]) -> list[Xml]:
    """The table of contents: a field of Word with its entries written, so that they show before anybody updates it.

    Page numbers are known to a word processor only; it writes them when the field is updated.
    """
    heading = paragraph("TOCHeading", run(say("word.contents")), properties=(element("w:pageBreakBefore"),))
    lines = []
    for entry in entries:
        link = element("w:hyperlink", {"w:anchor": entry.bookmark, "w:history": 1}, run(entry.text))
        lines.append(paragraph(f"TOC{entry.level}", link))
    if lines:
        lines[0].insert(1, field_mark("separate"))
        lines[0].insert(1, field_code('TOC \\o "1-2" \\h \\z \\u'))
        lines[0].insert(1, field_mark("begin"))
        lines[-1].append(field_mark("end"))
    return [heading, *lines]


def _twips(millimetres: float) -> int:
    return round(millimetres * TWIPS_PER_MM)


__all__ = ["Pages", "contents_page", "cover_page", "section_break", "title_block"]
