"""The two typefaces of every report, found by file and never by what a machine has installed.

Both come with the Python package ``pylopdf-fonts-zh-cn`` (Noto Serif SC and Noto Sans SC, open
font licence). A font found by luck on one machine hides a missing one on the next, so the figures
and the PDF compiler are given these two files and nothing else.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

import pylopdf_fonts_zh_cn
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

SANS_FAMILY = "Noto Sans SC"
"""Family of headings, tables and figures."""

SERIF_FAMILY = "Noto Serif SC"
"""Family of running text."""

BROWSER_FALLBACKS = (
    "Noto Sans CJK SC",
    "PingFang SC",
    "Microsoft YaHei",
)
"""Families a browser may try when a figure is shown in JupyterLab; the PDF never uses them."""


def font_files() -> tuple[Path, Path]:
    """Return the sans and the serif font file, in this order.

    >>> [path.suffix for path in font_files()]
    ['.otf', '.otf']
    """
    return Path(pylopdf_fonts_zh_cn.sans_path()), Path(pylopdf_fonts_zh_cn.serif_path())


@cache
def covered_code_points() -> frozenset[int]:
    """Code points that *both* fonts can draw, so that a text may stand in either."""
    maps = []
    for path in font_files():
        with TTFont(path, lazy=True) as font:
            maps.append(frozenset(font.getBestCmap()))
    return maps[0] & maps[1]


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
            character for character in text if ord(character) not in covered and character not in "\n\r\t"
        )
    )


def describe_character(character: str) -> str:
    r"""Describe a character so that the reader can look it up: itself, its code point and its Unicode name.

    >>> describe_character("\U0001F3EB")
    '“🏫”（U+1F3EB SCHOOL）'
    """
    name = unicodedata.name(character, "无名字符")
    return f"“{character}”（U+{ord(character):04X} {name}）"
