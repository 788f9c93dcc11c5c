"""How a Word paper looks: fonts by name, styles, and the two looks of the house, report and official paper.

Names are those of the fonts that Windows and WPS bring (宋体, 黑体, 仿宋, 楷体); the table of fonts names each one's Latin name and its
kind too, so that a machine without them takes the nearest it has. The official paper keeps the sizes of GB/T 9704—2012 (title 二号, text
三号, lines of 28 points, headings in 黑体, 楷体 and 仿宋).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from balance_analysis.reporting.word.fonts import FANG, HEI, KAI, SONG, XIAOBIAO, Font
from balance_analysis.reporting.word.xml import TWIPS, Xml, border, element, shading, valued

INK: Final = "222222"
GREY: Final = "595959"
BLANK_FILL: Final = "FFF2A8"
"""Behind what is left for the author."""
ANNEX_LEVELS: Final = 2


@dataclass(frozen=True, kw_only=True)
class Look:
    """Fonts and sizes of one kind of paper, in points. Lines have a fixed height, so that another font in its place changes no page.

    ``official`` papers have their title above the text, and neither cover nor contents; others have both.
    """

    text: Font
    text_size: float
    line_points: float
    title: Font
    title_size: float
    headings: tuple[tuple[Font, float, bool], ...]
    official: bool = False
    margins_mm: tuple[float, float, float, float] = (28, 26, 24, 28)
    page_number: str = "第{page}页　共{pages}页"


REPORT: Final = Look(
    text=SONG,
    text_size=11,
    line_points=19.5,
    title=HEI,
    title_size=27,
    headings=((HEI, 15, False), (HEI, 12.5, False), (HEI, 11.5, False), (HEI, 11, False)),
)
"""The report: as its PDF. Margins are those of the PDF too (top, right, bottom, left)."""

OFFICIAL: Final = Look(
    text=FANG,
    text_size=16,
    line_points=28,
    title=XIAOBIAO,
    title_size=22,
    headings=((HEI, 16, False), (KAI, 16, False), (FANG, 16, True), (FANG, 16, False)),
    official=True,
    margins_mm=(37, 26, 35, 28),
    page_number="— {page} —",
)
"""The paper that a government hands in."""


@dataclass(frozen=True, kw_only=True)
class ParagraphStyle:
    """One style of paragraphs; lengths in points, 0 for none.

    ``of`` and ``then`` are ids of the style it rests on and of the next paragraph's; ``line`` a fixed height of lines; ``indent`` moves the
    first line (two characters where ``characters``); ``outline`` is a heading's level from 1, ``numbers`` the numbering it counts in;
    ``tight`` puts no space between Chinese and Latin, as the widths of columns are measured.
    """

    name: str
    id: str
    of: str = "Normal"
    then: str = ""
    own: bool = False
    font: Font | None = None
    size: float = 0
    bold: bool = False
    colour: str = INK
    before: float = 0
    after: float = 0
    line: float = 0
    left: float = 0
    right: float = 0
    hanging: float = 0
    indent: float = 0
    characters: bool = False
    align: str = ""
    keep: tuple[str, ...] = ()
    outline: int = 0
    numbers: int = 0
    tab: float = 0
    rule_below: bool = False
    fill: str = ""
    tight: bool = False

    def xml(self) -> Xml:
        """The style as the format writes it."""
        kind: dict[str, object] = {"w:type": "paragraph", "w:styleId": self.id}
        kind |= {"w:customStyle": 1} if self.own else {}
        kind |= {"w:default": 1} if self.id == "Normal" else {}
        return element(
            "w:style", kind, valued("w:name", self.name), valued("w:basedOn", self.of if self.id != "Normal" else ""),
            valued("w:next", self.then), element("w:qFormat"), self._paragraph(), self._letters(),
        )  # fmt: skip

    def _paragraph(self) -> Xml:
        level = element("w:ilvl", {"w:val": max(self.outline - 1, 0)})
        dotted = {"w:val": "right", "w:leader": "dot", "w:pos": _twips(self.tab)}
        lines = {"w:line": _twips(self.line), "w:lineRule": "exact"} if self.line else {}
        places = {
            name: value
            for name, points in (("left", self.left), ("right", self.right), ("hanging", self.hanging), ("firstLine", self.indent))
            if (value := _twips(points))
        }  # fmt: skip
        places |= {"firstLineChars": 200} if self.characters else {}
        return element(
            "w:pPr",
            None,
            *(element(f"w:{name}") for name in self.keep),
            element("w:numPr", None, level, element("w:numId", {"w:val": self.numbers})) if self.numbers else None,
            element("w:pBdr", None, border("bottom", eighths=4, colour="999999", space=4)) if self.rule_below else None,
            shading(self.fill) if self.fill else None,
            element("w:tabs", None, element("w:tab", dotted)) if self.tab else None,
            *(element(f"w:{name}", {"w:val": 0}) for name in ("autoSpaceDE", "autoSpaceDN") if self.tight),
            element("w:spacing", {"w:before": _twips(self.before), "w:after": _twips(self.after), **lines}),
            element("w:ind", {f"w:{name}": value for name, value in places.items()}) if places else None,
            valued("w:jc", self.align),
            element("w:outlineLvl", {"w:val": self.outline - 1}) if self.outline else None,
        )  # fmt: skip

    def _letters(self) -> Xml | None:
        if self.font is None:
            return None
        weight = {} if self.bold else {"w:val": 0}
        return element(
            "w:rPr", None, named_fonts(self.font), element("w:b", weight), element("w:bCs", weight),
            valued("w:color", self.colour), *(element(name, {"w:val": round(self.size * 2)}) for name in ("w:sz", "w:szCs")),
        )  # fmt: skip


def named_fonts(font: Font) -> Xml:
    """A pair of fonts; quotation marks and dashes are taken from the Chinese one."""
    east, latin = font
    names = {"w:ascii": latin, "w:hAnsi": latin, "w:eastAsia": east, "w:cs": latin, "w:hint": "eastAsia"}
    return element("w:rFonts", names)


def style_elements(look: Look) -> list[Xml]:
    """Defaults and all styles of a paper, in the order of a styles part."""
    size = round(look.text_size * 2)
    languages = {"w:val": "en-US", "w:eastAsia": "zh-CN", "w:bidi": "ar-SA"}
    letters = element(
        "w:rPr", None, named_fonts(look.text), valued("w:color", INK), valued("w:sz", size), valued("w:szCs", size),
        element("w:lang", languages),
    )  # fmt: skip
    defaults = element("w:docDefaults", None, element("w:rPrDefault", None, letters), element("w:pPrDefault"))
    paragraphs = [*_text_styles(look), *_heading_styles(look), *_table_text_styles(), *_page_styles(look)]
    return [defaults, *(one.xml() for one in paragraphs), *(parse_xml(text) for text in _other_styles())]


def _text_styles(look: Look) -> list[ParagraphStyle]:
    line, after = look.line_points, 0 if look.official else 4
    return [
        ParagraphStyle(name="Normal", id="Normal", align="both"),
        ParagraphStyle(
            name="Body Text", id="BodyText", after=after, line=line, indent=2 * look.text_size, characters=True
        ),
        ParagraphStyle(name="Quote", id="Quote", after=after, line=line, left=22),
        *(
            ParagraphStyle(name=name, id=name.replace(" ", ""), after=3, line=line, numbers=numbers)
            for name, numbers in (("List Bullet", 3), ("List Number", 4))
        ),
        ParagraphStyle(name="结论", id="Verdict", own=True, keep=("keepLines",), font=SONG, size=11, line=19, left=12, right=6),
        ParagraphStyle(name="提示", id="Remark", own=True, font=SONG, size=10.5, before=2, after=2, line=17, align="left"),
        ParagraphStyle(name="原文", id="Literal", own=True, font=SONG, size=9, fill="F4F4F4", align="left"),
    ]  # fmt: skip


def _heading_styles(look: Look) -> list[ParagraphStyle]:
    title_bold = look.title == HEI
    found = [
        ParagraphStyle(
            name="Title", id="Title", then="Subtitle", font=look.title, size=look.title_size, bold=title_bold, after=12,
            keep=("keepNext",), align="center",
        ),
        ParagraphStyle(
            name="Subtitle", id="Subtitle", then="BodyText", font=KAI if look.official else SONG,
            size=16 if look.official else 15, after=8, align="center",
        ),
    ]  # fmt: skip
    for level, (font, size, bold) in enumerate(look.headings, start=1):
        look_of_level: dict[str, Any] = {
            "font": font,
            "size": size,
            "bold": bold,
            "then": "BodyText",
            "outline": level,
        }
        look_of_level |= {"keep": ("keepNext", "keepLines"), "align": "left"}
        if look.official:
            look_of_level |= {"line": look.line_points, "indent": 2 * size, "characters": True}
        else:
            look_of_level |= {"line": size * 1.5, "before": (18, 16, 12, 8)[level - 1], "after": 8}
        found.append(
            ParagraphStyle(name=f"heading {level}", id=f"Heading{level}", numbers=1, **look_of_level)
        )
        if level <= ANNEX_LEVELS:
            name = f"附录标题 {level}"
            found.append(
                ParagraphStyle(name=name, id=f"AnnexHeading{level}", own=True, numbers=2, **look_of_level)
            )
    return found


def _table_text_styles() -> list[ParagraphStyle]:
    return [
        ParagraphStyle(
            name="caption", id="Caption", then="BodyText", keep=("keepLines",), font=HEI, size=9.5, before=10, after=4,
            align="center",
        ),
        ParagraphStyle(name="表格文字", id="TableText", own=True, tight=True, font=SONG, size=9.5, line=12.5, align="left"),
        ParagraphStyle(
            name="表头", id="TableHead", of="TableText", own=True, keep=("keepNext",), font=HEI, size=9.5, line=12.5,
            align="center",
        ),
        ParagraphStyle(
            name="表注", id="TableNote", own=True, font=SONG, size=9, colour=GREY, before=3, after=10, line=12.5, left=18,
            hanging=18, align="left",
        ),
        ParagraphStyle(
            name="图", id="Figure", own=True, then="Caption", keep=("keepNext",), before=8, after=2, align="center"
        ),
    ]  # fmt: skip


def _page_styles(look: Look) -> list[ParagraphStyle]:
    foot, ink = (14, INK) if look.official else (9, GREY)
    return [
        ParagraphStyle(name="TOC Heading", id="TOCHeading", font=HEI, size=16, after=16, align="center"),
        *(
            ParagraphStyle(
                name=f"toc {level}", id=f"TOC{level}", font=font, size=11, before=before, after=2, line=17, left=left,
                right=22, tab=442, align="left",
            )
            for level, before, left, font in ((1, 6, 0, HEI), (2, 2, 16.5, SONG))
        ),
        ParagraphStyle(name="header", id="Header", font=HEI, size=9, colour=GREY, rule_below=True, align="left"),
        ParagraphStyle(name="footer", id="Footer", font=SONG, size=foot, colour=ink, align="center"),
        ParagraphStyle(name="分节", id="Break", own=True, font=SONG, size=1, line=1),
    ]  # fmt: skip


def _other_styles() -> list[str]:
    """Styles of characters and tables: 三线表 has a thick line above and below, a thinner one below the head, hairlines between rows."""
    edge = '<w:{0} w:val="single" w:sz="{1}" w:space="0" w:color="{2}"/>'.format
    room = "".join(
        f'<w:{side} w:w="{twips}" w:type="dxa"/>'
        for side, twips in (("top", 30), ("left", 60), ("bottom", 30), ("right", 60))
    )
    return [
        f'<w:style {nsdecls("w")} w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/></w:style>',
        f'<w:style {nsdecls("w")} w:type="character" w:customStyle="1" w:styleId="Blank"><w:name w:val="待补充"/><w:qFormat/>'
        f'<w:rPr><w:color w:val="8A3B00"/><w:shd w:val="clear" w:color="auto" w:fill="{BLANK_FILL}"/></w:rPr></w:style>',
        f'<w:style {nsdecls("w")} w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
        '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/></w:tblPr></w:style>',
        f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="ThreeLines"><w:name w:val="三线表"/>'
        '<w:basedOn w:val="TableNormal"/><w:qFormat/><w:tblPr><w:tblBorders>'
        f"{edge('top', 8, INK)}{edge('bottom', 8, INK)}{edge('insideH', 2, 'BFBFBF')}</w:tblBorders>"
        f'<w:tblCellMar>{room}</w:tblCellMar></w:tblPr><w:tcPr><w:vAlign w:val="center"/></w:tcPr>'
        f'<w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders>{edge("bottom", 5, INK)}</w:tcBorders></w:tcPr></w:tblStylePr>'
        "</w:style>",
    ]


def _twips(points: float) -> int:
    return round(points * TWIPS)
