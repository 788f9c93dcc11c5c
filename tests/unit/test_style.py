"""Figures look alike everywhere: fonts by file, equal bytes, marks beside colours."""

from __future__ import annotations

import io
import itertools
import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import typst
from matplotlib import colors
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from PIL import Image

from balance_analysis.terms import Outcome
from balance_analysis.typefaces import covered_code_points, font_files, missing_characters, settable
from balance_analysis.views.county.figures import figure_of
from balance_analysis.views.elements import style
from balance_analysis.views.elements.fonts import SANS_FAMILY, compiler_fonts
from balance_analysis.views.elements.style import (
    STATUS_STYLES,
    category_style,
    figure_size,
    figure_to_svg,
    report_style,
)
from balance_analysis.views.subject import draw_absent


def draw() -> Figure:
    with report_style():
        figure = Figure(figsize=figure_size(100, 50))
        axes = figure.subplots()
        axes.bar([0, 1], [1.0, -2.0], hatch="///", label="小学")
        axes.set_title("差异系数")
        axes.legend()
    return figure


def test_the_same_figure_gives_the_same_characters() -> None:
    first = figure_to_svg(draw(), label="说明")
    assert first == figure_to_svg(draw(), label="说明")
    assert first != figure_to_svg(draw(), label="另一说明")


def test_a_drawing_in_fewer_characters_is_the_same_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn by the PDF compiler from what matplotlib wrote, and from the short form: hatch, marks, dashes, clipping and grid included."""

    def busy() -> Figure:
        figure = draw()
        axes = figure.axes[0]
        axes.scatter(
            [0, 0.5, 3], [0.4, -1, 0], c=["#1F4E79", "#E8B54A", "#1F4E79"], marker="^", gid="points-0"
        )
        axes.scatter([], [], gid="points-1")  # of an area without a school
        axes.axhline(0.5, linestyle="--", color="#B2452F")
        axes.set(xlim=(-1, 2), ylabel="一 & 二")
        axes.grid(axis="x")
        return figure

    def pixels(svg: str) -> np.ndarray:
        drawn = typst.compile(
            style._PICTURE, font_paths=compiler_fonts(), format="png", ppi=96, sys_inputs={"svg": svg}
        )
        return np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB")).astype(int)

    short = figure_to_svg(busy())
    monkeypatch.setattr(style, "slim", lambda svg, family: svg)
    whole = figure_to_svg(busy())
    assert len(short) < len(whole) / 2
    assert "<g id='points-0'>" in short
    apart = np.abs(
        pixels(short) - pixels(whole)
    )  # hairlines a hundredth of a point aside: another shade of their edges
    assert apart.max() <= 64
    assert apart.mean() < 0.05
    assert np.abs(pixels(short) - 255).max() > 200


def test_level_strokes_are_there_in_a_picture_of_few_dots() -> None:
    """A dash was too pale to be seen at some heights: 2018—2019 read 2018 2019."""
    with report_style():
        drawn = draw_absent("模拟770022县2016—2017学年小学没有可以计算余量的学校。", None)
    grey = np.asarray(Image.open(io.BytesIO(style.svg_to_png(figure_to_svg(figure_of(drawn))))).convert("L"))
    inked = np.flatnonzero(grey.min(axis=0) < 225)
    assert np.diff(inked).max() < 8  # a dash is 11 dots wide


def test_text_in_a_figure_stays_text_in_the_report_font_with_browser_fallbacks() -> None:
    svg = figure_to_svg(draw())
    assert re.search(r"<text [^>]*>差异系数</text>", svg)
    assert f"'{SANS_FAMILY}', 'Noto Sans CJK SC'" in svg
    assert "sans-serif" in svg


def test_no_date_and_no_program_version_stand_in_a_figure() -> None:
    svg = figure_to_svg(draw())
    assert "<dc:date>" not in svg
    assert "matplotlib.org" not in svg.lower()


def test_the_figure_font_comes_from_the_font_package_and_not_from_the_machine() -> None:
    with report_style():
        assert Path(findfont(SANS_FAMILY, fallback_to_default=False)) == font_files()[0]


def test_settings_outside_the_block_stay_as_they_were() -> None:
    before = mpl.rcParams["svg.fonttype"], mpl.rcParams["font.size"]
    with report_style():
        assert mpl.rcParams["svg.fonttype"] == "none"
        assert mpl.rcParams["axes.formatter.useoffset"] is False
    assert (mpl.rcParams["svg.fonttype"], mpl.rcParams["font.size"]) == before


def test_every_outcome_has_a_style_and_every_symbol_a_glyph() -> None:
    assert set(STATUS_STYLES) == {str(outcome) for outcome in Outcome}
    shown = "".join(style.symbol + style.word + style.explanation for style in STATUS_STYLES.values())
    assert missing_characters(shown) == ()


@pytest.mark.parametrize("part", ["symbol", "word", "hatch", "marker"])
def test_no_two_statuses_share_a_mark(part: str) -> None:
    values = [getattr(style, part) for style in STATUS_STYLES.values()]
    assert len(set(values)) == len(values)


def grey(colour: str) -> float:
    """Relative luminance after ITU-R BT.709, 0 to 1."""
    red, green, blue = colors.to_rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_status_and_stratum_colours_differ_on_a_grey_copy() -> None:
    fills = [style.fill for style in STATUS_STYLES.values()]
    strata = [category_style(name).colour for name in ("urban", "town", "rural")]
    for palette in (fills, strata):
        for one, other in itertools.combinations(palette, 2):
            assert abs(grey(one) - grey(other)) > 0.1, (one, other)


def test_a_character_outside_the_fonts_is_found_once() -> None:
    assert missing_characters("桓台\ue000县\ue000\n𬭎") == ("\ue000",)


def test_every_character_of_the_common_set_has_a_font() -> None:
    """GB 2312 is rows 16 to 87 of two bytes each and some signs: none of it needs a look into the fonts."""
    pairs = (bytes((high, low)) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    common = "".join(pair.decode("gb2312", "ignore") for pair in pairs)
    assert len(common) > 7000
    assert set(map(ord, common)) <= covered_code_points()
    assert missing_characters("甲\x01") == ("\x01",)  # encodable, but nothing to draw


def test_rare_characters_have_a_font_and_what_none_has_a_sign() -> None:
    assert settable("𠮷田小学、𠀋县、鄠邑区") == "𠮷田小学、𠀋县、鄠邑区"  # extension B
    assert settable("\U00031350校🏫\u0643") == "〓校〓〓"  # extension H, an emoji, an Arabic letter
    assert (
        settable("葛\U000e0100城e\u0301e\u0302\u0301") == "葛城éế"
    )  # variation is left out, what composes is composed
    assert settable("q\u0301") == "q〓"  # what does not would have no text in the PDF


def test_two_neighbouring_years_are_written_as_years() -> None:
    """Matplotlib's own way would write -1 and 0, and +2.02e3 in a corner."""
    with report_style():
        figure = Figure(figsize=figure_size())
        ax = figure.subplots()
        ax.plot([2019, 2020], [0.232, 0.243])
        ax.set_xticks([2019, 2020])
        figure.draw_without_rendering()
        assert [label.get_text() for label in ax.get_xticklabels()] == ["2019", "2020"]
        assert ax.xaxis.get_offset_text().get_text() == ""
