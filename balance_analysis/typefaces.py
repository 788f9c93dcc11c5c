"""Which characters the fonts of the reports can draw, what is set for those they cannot, and how much room a text takes.

The font files come with Python packages and are found by file, never by what a machine has installed: Noto Serif SC and Noto Sans SC
(open font licence) in one weight with ``pylopdf-fonts-zh-cn``; the bold of Noto Sans SC from the font of all weights in
``justmytype-intl-cjk``; the rare characters of names that neither has from ``noto-cjk-sans-jp-regular``. What no font has is set as 〓.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import justmytype_intl_cjk  # type: ignore[import-untyped]
import noto_cjk_sans_jp_regular
import pylopdf_fonts_zh_cn

LACKING = "〓"
"""What stands for a character that no font has (the geta of Chinese and Japanese printing)."""

COMBINING = frozenset(("Mn", "Mc", "Me", "Cc", "Cf", "Co", "Cs"))
CONJOINING = re.compile("[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]")
VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Signs that only ask for another shape of the character before them; they are left out where text is set."""
UNITS = re.compile(r"[（〔《“‘]*(?:[!-~]+|.)[，。；：、！？）〕》”’…]*|.", re.DOTALL)
"""What a line does not divide: a Latin word or number or one character, with the signs that open and close it."""


def font_files() -> tuple[Path, Path, Path]:
    """Return the sans, the serif and the rare characters' font file, in this order.

    >>> [path.suffix for path in font_files()]
    ['.otf', '.otf', '.otf']
    """
    rare = Path(noto_cjk_sans_jp_regular.__file__).with_name("NotoSansCJKjp-Regular.otf")
    return Path(pylopdf_fonts_zh_cn.sans_path()), Path(pylopdf_fonts_zh_cn.serif_path()), rare


def weights_file() -> Path:
    """Return the sans font with all weights: the PDF compiler takes regular and bold from it.

    >>> weights_file().name
    'NotoSansSC[wght].ttf'
    """
    fonts = Path(justmytype_intl_cjk.__file__).parent / "fonts" / "ofl"
    return fonts / "notosanssc" / "NotoSansSC[wght].ttf"


@cache
def covered_code_points() -> frozenset[int]:
    """Code points that can be drawn wherever a text stands: by every text font, or by the one for rare characters."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    maps = []
    for path in (*font_files(), weights_file()):
        with TTFont(path, lazy=True) as font:
            maps.append(frozenset(font.getBestCmap()))
    sans, serif, rare, weights = maps
    return frozenset(code for code in (sans & serif & weights) | rare if _stands_alone(chr(code)))


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
    if _common(text):
        return ()
    covered = covered_code_points()
    return tuple(
        dict.fromkeys(
            character
            for character in unicodedata.normalize("NFC", text)
            if ord(character) not in covered and character not in "\n\r\t" and not VARIATION.match(character)
        )
    )


def _common(text: str) -> bool:
    """Whether a text has characters of GB 2312 only, all of which are covered: the fonts need not be read to know it."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return text.isprintable()


def text_width(text: str) -> float:
    """Estimated width of one line in em: a Chinese character is one em wide, a Latin one a little more than half.

    >>> text_width("小学"), round(text_width("3.41"), 2)
    (2.0, 2.32)
    """
    wide = sum(1 for character in text if unicodedata.east_asian_width(character) in "WFA")
    return wide + 0.58 * (len(text) - wide)


def lines_in(text: str, width: float) -> int:
    """How many lines a text takes where a line is ``width`` em long.

    A closing sign begins no line and an opening one ends none; a number is not divided.

    >>> lines_in("一二三四五", 4), lines_in("一二三四。", 4), lines_in("一二（三", 3), lines_in("一12345", 3)
    (2, 2, 2, 2)
    """
    lines, used = 1, 0.0
    for unit in UNITS.findall(text):
        own = text_width(unit)
        if used and used + own > width:
            lines, used = lines + 1, 0.0
        used += own
    return lines
