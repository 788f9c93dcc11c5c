"""Small pieces of WordprocessingML: elements, runs, fields. Texts from data enter here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from balance_analysis.reporting.word.fonts import HEI
from balance_analysis.typefaces import LACKING

Xml = Any
"""An element of a Word file's XML; the library that parses it has no types."""

TWIPS: Final = 20
"""Twentieths of a point: the unit of most measures in a Word file."""
TWIPS_PER_MM: Final = 1440 / 25.4

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPACES = re.compile(r"[\t\n\r]+")


def plain(text: str) -> str:
    r"""A text as one line that XML can hold: what it cannot hold becomes 〓, line ends and tabs a space.

    >>> plain("第一\n小学\x1b[2J")
    '第一 小学〓[2J'
    """
    return _SPACES.sub(" ", _NO_XML.sub(LACKING, text))


def element(tag: str, attributes: Mapping[str, object] | None = None, *children: Xml | None) -> Xml:
    """An element with attributes (``w:val``) and children; a child that is None is left out."""
    made = OxmlElement(tag)
    for name, value in (attributes or {}).items():
        made.set(qn(name), plain(str(value)))
    for child in children:
        if child is not None:
            made.append(child)
    return made


def flag(tag: str, value: object) -> Xml | None:
    """An element without content where ``value`` holds, else nothing."""
    return element(tag) if value else None


def valued(tag: str, value: object) -> Xml | None:
    """An element with ``w:val``; nothing for None and the empty text."""
    return None if value is None or value == "" else element(tag, {"w:val": value})


def run_properties(
    *, style: str = "", heavy: bool = False, colour: str = "", size: float | None = None, strike: bool = False
) -> Xml:
    """What a run looks like; quotation marks and dashes are Chinese ones (``hint``). ``heavy`` takes the heading's font."""
    fonts: dict[str, object] = {"w:hint": "eastAsia"}
    if heavy:
        east, latin = HEI
        fonts |= {"w:ascii": latin, "w:hAnsi": latin, "w:eastAsia": east, "w:cs": latin}
    half_points = None if size is None else round(size * 2)
    return element(
        "w:rPr",
        None,
        valued("w:rStyle", style),
        element("w:rFonts", fonts),
        flag("w:strike", strike),
        valued("w:color", colour.lstrip("#")),
        valued("w:sz", half_points),
        valued("w:szCs", half_points),
    )


def run(text: str, **look: Any) -> Xml:
    """A run of literal text (see :func:`run_properties`): nothing in it is a field, a link or markup."""
    content = element("w:t")
    content.text = plain(text)
    content.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return element("w:r", None, run_properties(**look), content)


def line_break() -> Xml:
    """A new line in the same paragraph."""
    return element("w:r", None, element("w:br"))


def tab() -> Xml:
    """A tab."""
    return element("w:r", None, element("w:tab"))


def field(instruction: str, shown: str, **look: Any) -> list[Xml]:
    """A field with the result that is shown until somebody updates it; ``instruction`` is ours and never from data."""
    return [
        field_mark("begin"),
        field_code(instruction),
        field_mark("separate"),
        run(shown, **look),
        field_mark("end"),
    ]


def field_code(instruction: str) -> Xml:
    """What a field computes."""
    code = element("w:instrText")
    code.text = f" {instruction} "
    code.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return element("w:r", None, code)


def field_mark(kind: str) -> Xml:
    """The beginning, middle or end of a field."""
    return element("w:r", None, element("w:fldChar", {"w:fldCharType": kind}))


def paragraph(style: str, *content: Xml, properties: tuple[Xml | None, ...] = ()) -> Xml:
    """A paragraph of a style; ``properties`` follow the style in the order that the format demands."""
    return element("w:p", None, element("w:pPr", None, valued("w:pStyle", style), *properties), *content)


def border(side: str, *, eighths: int, colour: str = "auto", space: int = 0, line: str = "single") -> Xml:
    """One edge of a paragraph, cell or table, its width in eighths of a point."""
    looks = {"w:val": line, "w:sz": eighths, "w:space": space, "w:color": colour.lstrip("#")}
    return element(f"w:{side}", looks)


def shading(colour: str) -> Xml:
    """A fill."""
    return element("w:shd", {"w:val": "clear", "w:color": "auto", "w:fill": colour.lstrip("#")})
