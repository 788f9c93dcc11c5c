"""The typefaces of every report, found by file and never by what a machine has installed.

Noto Serif SC and Noto Sans SC (open font licence) come with the Python package ``pylopdf-fonts-zh-cn`` in one weight; the bold of
Noto Sans SC comes from the font of all weights in ``justmytype-intl-cjk``, the rare characters of names that neither has from
``noto-cjk-sans-jp-regular``. A font found by luck on one machine hides a missing one on the next, so the figures and the PDF compiler
are given these files and nothing else. What no font has is set as 〓.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import justmytype_intl_cjk  # type: ignore[import-untyped]
import noto_cjk_sans_jp_regular
import pylopdf_fonts_zh_cn
import typst
from fontTools.pens.svgPathPen import SVGPathPen  # type: ignore[import-untyped]
from fontTools.pens.transformPen import TransformPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from balance_analysis.errors import ReportError

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


def weights_file() -> Path:
    """Return the sans font with all weights: the PDF compiler takes regular and bold from it.

    >>> weights_file().name
    'NotoSansSC[wght].ttf'
    """
    fonts = Path(justmytype_intl_cjk.__file__).parent / "fonts" / "ofl"
    return fonts / "notosanssc" / "NotoSansSC[wght].ttf"


@cache
def compiler_fonts() -> typst.Fonts:
    """The report fonts for the PDF compiler; ``ReportError`` where there is another to fall back on, or one is missing."""
    folders = sorted({str(path.parent) for path in (*font_files(), weights_file())})
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders))
    wanted = {SANS_FAMILY, SERIF_FAMILY, RARE_FAMILY}
    if set(fonts.families()) != wanted:
        raise ReportError(
            f"报告字体不齐：找到{fonts.families()}，应为{'、'.join(sorted(wanted))}。请重新安装。"
        )
    return fonts


def in_regular_weight(svg: str) -> str:
    """A drawing for the PDF compiler: the font of all weights draws a figure's text in its thinnest one unless told (once)."""
    told = "<svg style=\"font-variation-settings:'wght' 400\" "
    return svg if told in svg else svg.replace("<svg ", told, 1)


@cache
def covered_code_points() -> frozenset[int]:
    """Code points that can be drawn wherever a text stands: by every text font, or by the one for rare characters."""
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


def outlines(text: str, *, tracking: float = 0.0) -> str:
    """A text as an SVG drawing of its outlines: it can be seen, but neither copied, searched nor read aloud.

    One em is 1000 units of the drawing; ``tracking`` em are added after every character.

    >>> outlines("一").count("<path")
    1
    """
    with TTFont(font_files()[0], lazy=True) as font:
        glyphs, names = font.getGlyphSet(), font.getBestCmap()
        paths, place = [], 0.0
        for character in text:
            pen = SVGPathPen(glyphs)
            glyph = glyphs[names[ord(character)]]
            glyph.draw(TransformPen(pen, (1, 0, 0, -1, place, 880)))
            paths.append(f'<path d="{pen.getCommands()}"/>')
            place += glyph.width + 1000 * tracking
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {place:g} 1000" '
        f'width="{place:g}" height="1000">{"".join(paths)}</svg>'
    )


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
