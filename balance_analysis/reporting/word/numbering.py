"""Numbers of headings and lists: real Word numbering, and the same numbers as text for the table of contents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from balance_analysis.reporting.word.xml import Xml, element

_DIGITS: Final = "零一二三四五六七八九"
_HEADINGS: Final = (
    ("chineseCountingThousand", "%1、", "Heading1", "nothing"),
    ("chineseCountingThousand", "（%2）", "Heading2", "nothing"),
    ("decimal", "%3.", "Heading3", "nothing"),
    ("decimal", "（%4）", "Heading4", "nothing"),
)
_ANNEXES: Final = (
    ("upperLetter", "附录%1", "AnnexHeading1", "space"),
    ("decimal", "%1.%2", "AnnexHeading2", "space"),
)
FIRST_LIST: Final = 10
"""Numbered lists begin here; the numbers before are those of headings and of the list styles."""


def chinese(number: int) -> str:
    """A number below a hundred in Chinese.

    >>> chinese(1), chinese(10), chinese(12), chinese(20), chinese(31)
    ('一', '十', '十二', '二十', '三十一')
    """
    tens, ones = divmod(number, 10)
    return ("" if not tens else ("" if tens == 1 else _DIGITS[tens]) + "十") + (
        _DIGITS[ones] if ones or not tens else ""
    )


def heading_label(counters: tuple[int, ...], *, annex: bool) -> str:
    """The number of a heading as Word prints it.

    >>> heading_label((3,), annex=False), heading_label((3, 2), annex=False), heading_label((2,), annex=True)
    ('三、', '（二）', '附录B ')
    """
    own = counters[-1]
    if annex:
        letter = chr(ord("A") + counters[0] - 1)
        return f"附录{letter} " if len(counters) == 1 else f"{letter}.{counters[1]} "
    return (f"{chinese(own)}、", f"（{chinese(own)}）", f"{own}.", f"（{own}）")[len(counters) - 1]


def numbering_elements(starts: Iterable[int]) -> list[Any]:
    """The content of a numbering part; ``starts`` are the first numbers of the numbered lists, from :data:`FIRST_LIST` on."""
    lists = [
        _abstract(1, [_level(place, *one) for place, one in enumerate(_HEADINGS)]),
        _abstract(2, [_level(place, *one) for place, one in enumerate(_ANNEXES)]),
        _abstract(3, [_level(0, "bullet", "•", "ListBullet", "tab", 'w:left="860" w:hanging="420"')]),
        _abstract(4, [_level(0, "decimal", "%1.", "ListNumber", "tab", 'w:left="860" w:hanging="420"')]),
    ]
    numbers = [_number(number, number) for number in (1, 2, 3, 4)]
    numbers += [_number(FIRST_LIST + place, 4, start) for place, start in enumerate(starts)]
    return [*(parse_xml(text) for text in lists), *numbers]


def _abstract(number: int, levels: list[str]) -> str:
    kind = "multilevel" if len(levels) > 1 else "singleLevel"
    return f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{number}"><w:multiLevelType w:val="{kind}"/>{"".join(levels)}</w:abstractNum>'


def _level(place: int, kind: str, text: str, style: str, after: str, indent: str = "") -> str:
    place_of_text = f"<w:pPr><w:ind {indent}/></w:pPr>" if indent else ""
    return (
        f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:pStyle w:val="{style}"/><w:suff w:val="{after}"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>{place_of_text}</w:lvl>'
    )


def _number(number: int, abstract: int, start: int | None = None) -> Xml:
    override = None
    if start is not None:
        override = element("w:lvlOverride", {"w:ilvl": 0}, element("w:startOverride", {"w:val": start}))
    return element("w:num", {"w:numId": number}, element("w:abstractNumId", {"w:val": abstract}), override)
