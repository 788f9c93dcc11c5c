"""The typefaces of every report for figures and the PDF compiler: the files of :mod:`balance_analysis.typefaces` and nothing else.

A font found by luck on one machine hides a missing one on the next.
"""

from __future__ import annotations

from functools import cache

import typst
from fontTools.pens.svgPathPen import SVGPathPen  # type: ignore[import-untyped]
from fontTools.pens.transformPen import TransformPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from balance_analysis.errors import ReportError
from balance_analysis.typefaces import font_files, weights_file

SANS_FAMILY = "Noto Sans SC"
"""Family of headings, tables and figures."""

SERIF_FAMILY = "Noto Serif SC"
"""Family of running text."""

RARE_FAMILY = "Noto Sans CJK JP"
"""Family of the rare characters (some 2,300 of the extensions B to G) that the others lack."""

BROWSER_FALLBACKS = (
    "Noto Sans CJK SC",
    "PingFang SC",
    "Microsoft YaHei",
)
"""Families a browser may try when a figure is shown in JupyterLab; the PDF never uses them."""


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
