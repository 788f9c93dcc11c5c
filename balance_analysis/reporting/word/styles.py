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

SONG: Final = ("宋体", "Times New Roman")
HEI: Final = ("黑体", "Arial")
FANG: Final = ("仿宋", "Times New Roman")
KAI: Final = ("楷体", "Times New Roman")
XIAOBIAO: Final = ("方正小标宋简体", "Times New Roman")
Font = tuple[str, str]
"""A Chinese font and the Latin one that goes with it."""

INK: Final = "222222"
GREY: Final = "595959"
BLANK_FILL: Final = "FFF2A8"
"""Behind what is left for the author."""


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


def style_elements(look: Look) -> list[Any]:
    """Defaults and all styles of a paper, in the order of a styles part."""
    return [parse_xml(text) for text in (_defaults(look), *_styles(look))]


def _fonts(font: Font) -> str:
    east, latin = font
    return f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{east}" w:cs="{latin}" w:hint="eastAsia"/>'


def _type(font: Font, size: float, *, bold: bool = False, colour: str = INK) -> str:
    weight = "<w:b/><w:bCs/>" if bold else "<w:b w:val='0'/><w:bCs w:val='0'/>"
    return f'<w:rPr>{_fonts(font)}{weight}<w:color w:val="{colour}"/><w:sz w:val="{size * 2:.0f}"/><w:szCs w:val="{size * 2:.0f}"/></w:rPr>'


def _defaults(look: Look) -> str:
    return (
        f"<w:docDefaults {nsdecls('w')}><w:rPrDefault><w:rPr>{_fonts(look.text)}"
        f'<w:color w:val="{INK}"/><w:sz w:val="{look.text_size * 2:.0f}"/><w:szCs w:val="{look.text_size * 2:.0f}"/>'
        '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault/></w:docDefaults>"
    )


def _style(name: str, *, of: str = "Normal", key: str = "", then: str = "", paragraph: str = "", type_: str = "", own: bool = False) -> str:
    """A paragraph style; ``key`` is its id, the name without spaces where none is given."""
    key = key or name.title().replace(" ", "")
    custom = ' w:customStyle="1"' if own else ""
    return (
        f'<w:style {nsdecls("w")} w:type="paragraph"{custom} w:styleId="{key}">'
        f'<w:name w:val="{name}"/>'
        + (f'<w:basedOn w:val="{of}"/>' if of else "")
        + (f'<w:next w:val="{then}"/>' if then else "")
        + f"<w:qFormat/><w:pPr>{paragraph}</w:pPr>{type_}</w:style>"
    )  # fmt: skip


def _styles(look: Look) -> list[str]:
    lines = f'w:line="{look.line_points * 20:.0f}" w:lineRule="exact"'
    flush = "<w:snapToGrid w:val='0'/>"
    heads = []
    for level, (font, size, bold) in enumerate(look.headings, start=1):
        above, below = (0, 0) if look.official else ((18, 16, 12, 8)[level - 1], 8)
        heights = lines if look.official else f'w:line="{size * 30:.0f}" w:lineRule="exact"'
        place = 'w:firstLineChars="200" w:firstLine="640"' if look.official else 'w:firstLine="0"'
        for annex in (False, True)[: 2 if level <= 2 else 1]:
            heads.append(
                _style(
                    f"附录标题 {level}" if annex else f"heading {level}",
                    key=f"AnnexHeading{level}" if annex else f"Heading{level}",
                    then="BodyText",
                    own=annex,
                    paragraph=(
                        f'<w:keepNext/><w:keepLines/><w:numPr><w:ilvl w:val="{level - 1}"/><w:numId w:val="{2 if annex else 1}"/></w:numPr>'
                        f'<w:spacing w:before="{above * 20}" w:after="{below * 20}" {heights}/><w:ind {place}/><w:jc w:val="left"/><w:outlineLvl w:val="{level - 1}"/>'
                    ),
                    type_=_type(font, size, bold=bold),
                )
            )
    table_line = '<w:spacing w:before="0" w:after="0" w:line="250" w:lineRule="exact"/>'
    return [
        _style("Normal", of="", paragraph='<w:widowControl/><w:jc w:val="both"/>').replace(
            'w:styleId="Normal"', 'w:default="1" w:styleId="Normal"'
        ),
        f'<w:style {nsdecls("w")} w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/></w:style>',
        f'<w:style {nsdecls("w")} w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:uiPriority w:val="99"/><w:tblPr>'
        '<w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>',
        _style(
            "Body Text",
            paragraph=f'<w:spacing w:after="{0 if look.official else 80}" {lines}/><w:ind w:firstLineChars="200" w:firstLine="{look.text_size * 40:.0f}"/>',
        ),
        _style(
            "Title",
            then="Subtitle",
            paragraph='<w:keepNext/><w:spacing w:before="0" w:after="240"/><w:jc w:val="center"/>',
            type_=_type(look.title, look.title_size, bold=look.title == HEI),
        ),
        _style(
            "Subtitle",
            then="BodyText",
            paragraph='<w:spacing w:before="0" w:after="160"/><w:jc w:val="center"/>',
            type_=_type(KAI if look.official else SONG, 16 if look.official else 15),
        ),
        _style("TOC Heading", key="TOCHeading", paragraph='<w:spacing w:before="0" w:after="320"/><w:jc w:val="center"/>', type_=_type(HEI, 16)),
        *(
            _style(
                f"toc {level}",
                key=f"TOC{level}",
                paragraph=f'<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="8845"/></w:tabs><w:spacing w:before="{before}" w:after="40" w:line="340" w:lineRule="exact"/><w:ind w:left="{left}" w:right="454"/><w:jc w:val="left"/>',
                type_=_type(font, 11),
            )
            for level, before, left, font in ((1, 120, 0, HEI), (2, 40, 330, SONG))
        ),
        *heads,
        _style("caption", key="Caption", then="BodyText", paragraph='<w:keepLines/><w:spacing w:before="200" w:after="80"/><w:jc w:val="center"/>', type_=_type(HEI, 9.5)),
        _style("表格文字", key="TableText", own=True, paragraph=f"{flush}{table_line}<w:jc w:val='left'/>", type_=_type(SONG, 9.5)),
        _style("表头", key="TableHead", of="TableText", own=True, paragraph="<w:keepNext/><w:jc w:val='center'/>", type_=_type(HEI, 9.5)),
        _style("表注", key="TableNote", own=True, paragraph=f'{flush}<w:spacing w:before="60" w:after="200" w:line="250" w:lineRule="exact"/><w:ind w:left="360" w:hanging="360"/><w:jc w:val="left"/>', type_=_type(SONG, 9, colour=GREY)),
        _style("图", key="Figure", own=True, then="Caption", paragraph='<w:keepNext/><w:spacing w:before="160" w:after="40"/><w:jc w:val="center"/>'),
        _style("结论", key="Verdict", own=True, paragraph='<w:keepLines/><w:spacing w:before="0" w:after="0" w:line="380" w:lineRule="exact"/><w:ind w:left="240" w:right="120"/>', type_=_type(SONG, 11)),
        _style("提示", key="Remark", own=True, paragraph='<w:spacing w:before="40" w:after="40" w:line="340" w:lineRule="exact"/><w:jc w:val="left"/>', type_=_type(SONG, 10.5)),
        _style("原文", key="Literal", own=True, paragraph='<w:shd w:val="clear" w:color="auto" w:fill="F4F4F4"/><w:jc w:val="left"/>', type_=_type(SONG, 9)),
        _style("Quote", paragraph=f'<w:spacing w:after="80" {lines}/><w:ind w:left="440"/>'),
        *(
            _style(
                name,
                key=name.replace(" ", ""),
                paragraph=f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr><w:spacing w:after="60" {lines}/>',
            )
            for name, number in (("List Bullet", 3), ("List Number", 4))
        ),
        _style("header", key="Header", paragraph='<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="4" w:color="999999"/></w:pBdr><w:jc w:val="left"/>', type_=_type(HEI, 9, colour=GREY)),
        _style("footer", key="Footer", paragraph='<w:jc w:val="center"/>', type_=_type(SONG, 14 if look.official else 9, colour=INK if look.official else GREY)),
        _style("分节", key="Break", own=True, paragraph='<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>', type_=_type(SONG, 1)),
        f'<w:style {nsdecls("w")} w:type="character" w:customStyle="1" w:styleId="Blank"><w:name w:val="待补充"/><w:qFormat/><w:rPr><w:color w:val="8A3B00"/><w:shd w:val="clear" w:color="auto" w:fill="{BLANK_FILL}"/></w:rPr></w:style>',
        _table_style(),
    ]  # fmt: skip


def _table_style() -> str:
    """三线表: a thick line above and below, a thinner one below the head, hairlines between rows."""
    return (
        f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="ThreeLines"><w:name w:val="三线表"/><w:basedOn w:val="TableNormal"/><w:qFormat/>'
        '<w:tblPr><w:tblBorders><w:top w:val="single" w:sz="8" w:space="0" w:color="222222"/><w:bottom w:val="single" w:sz="8" w:space="0" w:color="222222"/>'
        '<w:insideH w:val="single" w:sz="2" w:space="0" w:color="BFBFBF"/></w:tblBorders>'
        '<w:tblCellMar><w:top w:w="40" w:type="dxa"/><w:left w:w="60" w:type="dxa"/><w:bottom w:w="40" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        '<w:tcPr><w:vAlign w:val="center"/></w:tcPr>'
        '<w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders><w:bottom w:val="single" w:sz="5" w:space="0" w:color="222222"/></w:tcBorders></w:tcPr></w:tblStylePr>'
        "</w:style>"
    )


def font_table() -> bytes:
    """The fonts of all papers with the other name and the kind of each, for machines that lack them."""
    kinds = {
        "宋体": ("SimSun", "auto", "02010600030101010101"),
        "黑体": ("SimHei", "modern", "02010609060101010101"),
        "仿宋": ("FangSong", "modern", "02010609060101010101"),
        "楷体": ("KaiTi", "modern", "02010609060101010101"),
        "方正小标宋简体": ("SimSun", "auto", "02010600030101010101"),
    }
    chinese = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:panose1 w:val="{panose}"/><w:charset w:val="86"/><w:family w:val="{family}"/><w:pitch w:val="variable"/></w:font>'
        for name, (other, family, panose) in kinds.items()
    )
    latin = "".join(
        f'<w:font w:name="{name}"><w:charset w:val="00"/><w:family w:val="{family}"/><w:pitch w:val="variable"/></w:font>'
        for name, family in (("Times New Roman", "roman"), ("Arial", "swiss"))
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f"{head}<w:fonts {nsdecls('w')}>{chinese}{latin}</w:fonts>".encode()
