"""The typefaces of every report, found by file and never by what a machine has installed.

Two come with the Python package ``pylopdf-fonts-zh-cn`` (Noto Serif SC and Noto Sans SC, open font licence), the third,
for rare characters of names that neither has, with ``noto-cjk-sans-jp-regular``. A font found by luck on one machine
hides a missing one on the next, so the figures and the PDF compiler are given these files and nothing else. What no
font has is set as 〓.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import noto_cjk_sans_jp_regular
import pylopdf_fonts_zh_cn
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

SANS_FAMILY = "Noto Sans SC"
"""Family of headings, tables and figures."""

SERIF_FAMILY = "Noto Serif SC"
"""Family of running text."""

RARE_FAMILY = "Noto Sans CJK JP"
"""Family of the rare characters (some 2,300 of the extensions B to G) that the others lack."""

LACKING = "〓"
"""What stands for a character that no font has (the geta of Chinese and Japanese printing)."""

COMBINING = frozenset(("Mn", "Mc", "Me", "Cc", "Cf", "Co", "Cs"))
CONJOINING = re.compile("[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]")
VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Signs that only ask for another shape of the character before them; they are left out where text is set."""

BROWSER_FALLBACKS = (
    "Noto Sans CJK SC",
    "PingFang SC",
    "Microsoft YaHei",
)
"""Families a browser may try when a figure is shown in JupyterLab; the PDF never uses them."""


def font_files() -> tuple[Path, Path, Path]:
    """Return the sans, the serif and the rare characters' font file, in this order.

    >>> [path.suffix for path in font_files()]
    ['.otf', '.otf', '.otf']
    """
    rare = Path(noto_cjk_sans_jp_regular.__file__).with_name("NotoSansCJKjp-Regular.otf")
    return Path(pylopdf_fonts_zh_cn.sans_path()), Path(pylopdf_fonts_zh_cn.serif_path()), rare


@cache
def covered_code_points() -> frozenset[int]:
    """Code points that can be drawn wherever a text stands: by both text fonts, or by the one for rare characters."""
    maps = []
    for path in font_files():
        with TTFont(path, lazy=True) as font:
            maps.append(frozenset(font.getBestCmap()))
    sans, serif, rare = maps
    return frozenset(code for code in sans & serif | rare if _stands_alone(chr(code)))


def _stands_alone(character: str) -> bool:
    """Whether a character is drawn by itself: marks, joiners and parts of syllables come out as glyphs without a text."""
    return unicodedata.category(character) not in COMBINING and not CONJOINING.fullmatch(character)


def settable(text: str) -> str:
    r"""The text, composed, with 〓 for every character that no font has and without signs of variation.

    >>> settable("\U00020bb7田小学"), settable("A\ue000B"), settable("e\u0301\U000e0100")
    ('𠮷田小学', 'A〓B', 'é')
    """
    if text.isascii():
        return text
    text = VARIATION.sub("", unicodedata.normalize("NFC", text))
    missing = missing_characters(text)
    return text.translate(dict.fromkeys(map(ord, missing), LACKING)) if missing else text


def missing_characters(text: str) -> tuple[str, ...]:
    r"""Characters of ``text`` that cannot be drawn, each once, in the order they occur.

    Line breaks and tabs are layout, not glyphs, and are left out.

    >>> missing_characters("鄠邑区第一小学")
    ()
    >>> missing_characters("A\ue000B\ue000\n")
    ('\ue000',)
    """
    covered = covered_code_points()
    return tuple(
        dict.fromkeys(
            character
            for character in unicodedata.normalize("NFC", text)
            if ord(character) not in covered and character not in "\n\r\t" and not VARIATION.match(character)
        )
    )


def describe_character(character: str) -> str:
    r"""Describe a character so that the reader can look it up: itself, its code point and its Unicode name.

    >>> describe_character("\U0001F3EB")
    '“🏫”（U+1F3EB SCHOOL）'
    """
    name = unicodedata.name(character, "无名字符")
    return f"“{character}”（U+{ord(character):04X} {name}）"
