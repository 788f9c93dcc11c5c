"""How reports look: page measures, colours that survive grey print, marks, deterministic SVG.

Colour never speaks alone: every status has a symbol and a word, every category a hatch and a
marker. Lightness differs between neighbours so that a grey copy can still be read.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import typst

from balance_analysis.typefaces import font_files
from balance_analysis.views.elements.fonts import (
    BROWSER_FALLBACKS,
    SANS_FAMILY,
    compiler_fonts,
    in_regular_weight,
)
from balance_analysis.views.elements.slim import slim
from balance_analysis.words.labels import OUTCOMES

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

TEXT_WIDTH_MM: Final = 156.0
"""Width of the text block on portrait A4 (margins 28 and 26 mm, as in official documents)."""

LANDSCAPE_WIDTH_MM: Final = 243.0
"""Width of the text block on landscape A4."""

HASH_SALT: Final = "balance-analysis"


@dataclass(frozen=True)
class StatusStyle:
    """One status as people see it: ``fill`` for areas, ``ink`` for text, plus symbol and word."""

    word: str
    symbol: str
    explanation: str
    fill: str
    tint: str
    ink: str
    hatch: str
    marker: str


STATUS_STYLES: Final[dict[str, StatusStyle]] = {
    "met": StatusStyle(OUTCOMES["met"], "✓", "达标", "#8CBFDD", "#E6F1F8", "#1F5F8B", "", "o"),
    "tolerable": StatusStyle(
        OUTCOMES["tolerable"],
        "△",
        "容许短板（低于标准值，但不低于允许下限）",
        "#F4D58D",
        "#FCF3DC",
        "#8A5A00",
        "+++",
        "^",
    ),
    "not_met": StatusStyle(OUTCOMES["not_met"], "×", "未达标", "#B2452F", "#F9E3DE", "#A32C17", "xxx", "X"),
    "not_assessable": StatusStyle(
        OUTCOMES["not_assessable"], "○", "数据不足，无法判定", "#FFFFFF", "#EFEFEF", "#555555", "///", "D"
    ),
}
"""Keyed by the values of :class:`balance_analysis.terms.Outcome`."""


@dataclass(frozen=True)
class CategoryStyle:
    """Colour, hatch, marker and line of one category (stratum, stage, school type)."""

    colour: str
    hatch: str
    marker: str
    line: str


_CATEGORIES: Final = (
    CategoryStyle("#1F4E79", "", "o", "-"),
    CategoryStyle("#4C9A9A", "///", "s", "--"),
    CategoryStyle("#E8B54A", "|||", "^", "-."),  # no dots: a hundred kilobytes of circles in one SVG
    CategoryStyle("#8E5A8C", "xxx", "D", ":"),
    CategoryStyle("#9AA5B1", "---", "v", "-"),
)
_NAMED_CATEGORIES: Final = {
    "urban": 0,
    "town": 1,
    "rural": 2,
    "general": 0,
    "remote": 2,
    "primary": 0,
    "junior_secondary": 2,
}

LIMIT_COLOUR: Final = "#B2452F"
"""Lines that show a limit; draw them dashed and label them."""

INK: Final = "#222222"
GRID: Final = "#D9D9D9"


def category_style(name: str, position: int = 0) -> CategoryStyle:
    """Style of a known category id, or the ``position``-th of the list for an unknown one.

    >>> category_style("rural").marker
    '^'
    >>> category_style("another stratum", 1).hatch
    '///'
    """
    return _CATEGORIES[_NAMED_CATEGORIES.get(name, position) % len(_CATEGORIES)]


def figure_size(width_mm: float = TEXT_WIDTH_MM, height_mm: float = 85.0) -> tuple[float, float]:
    """Size in inches for ``plt.figure(figsize=…)``; text then prints at its nominal size.

    >>> [round(side, 2) for side in figure_size(127, 50.8)]
    [5.0, 2.0]
    """
    return width_mm / 25.4, height_mm / 25.4


def report_rc() -> dict[str, Any]:
    """Return the matplotlib settings of a report figure."""
    return {
        "font.family": [SANS_FAMILY],
        "font.size": 8.5,
        "axes.titlesize": 9.5,
        "axes.labelsize": 8.5,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "legend.fontsize": 8,
        "font.weight": "normal",
        "axes.titleweight": "normal",
        "axes.unicode_minus": True,
        "axes.formatter.useoffset": False,  # years stand as years, not as a difference to one
        "text.parse_math": False,  # a dollar sign in a school's name is a dollar sign
        "axes.edgecolor": "#7A7A7A",
        "axes.labelcolor": INK,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": False,
        "grid.color": GRID,
        "grid.linewidth": 0.5,
        "hatch.linewidth": 0.5,
        "lines.linewidth": 1.4,
        "lines.markersize": 4.5,
        "legend.frameon": False,
        "figure.figsize": figure_size(),
        "figure.constrained_layout.use": True,
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
        "svg.fonttype": "none",
        "svg.hashsalt": HASH_SALT,
    }


def _register_fonts() -> None:
    from matplotlib import font_manager

    registered = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in font_files():
        if str(path) not in registered:
            font_manager.fontManager.addfont(str(path))


def use_report_style() -> None:
    """Give every figure of this process the report's look (a notebook calls it once)."""
    import matplotlib

    _register_fonts()
    matplotlib.rcParams.update(cast(Any, report_rc()))


@contextmanager
def report_style() -> Iterator[None]:
    """Do the same for one block only; settings outside stay as they were."""
    import matplotlib

    _register_fonts()
    with matplotlib.rc_context(cast(Any, report_rc())):
        yield


PNG_DPI: Final = 96
"""Dots per inch of the picture that a browser shows where it does not trust drawings."""
PNG_FINER: Final = 2
"""Pictures of few dots are drawn so much finer and made small: at 96, level strokes are too pale at some heights (2016—2017 reads 2016 2017)."""
PNG_COLOURS: Final = 12
"""Enough for lines, marks and text."""
PNG_GREYS: Final = tuple((grey, grey, grey) for grey in (255, 217, 186, 122, 34))
"""Paper, grid, the edges of letters and letters; else a grid's lines would take the tint of the nearest colour."""
PNG_FIELD: Final = 0.005
"""A colour that fills so much of a picture is one that somebody chose: it is kept even beside a similar one."""
PNG_EFFORT: Final = 8
"""Of nine; the last takes three times as long and makes no smaller files."""


_PICTURE: Final = (
    b'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")'
)


def svg_to_png(svg: str, *, dpi: int = PNG_DPI) -> bytes:
    """Return a drawing as a picture: JupyterLab shows no SVG in a notebook that it does not trust.

    The PDF compiler draws it, in a tenth of the time that a second drawing by matplotlib takes, in :data:`PNG_COLOURS` colours.
    """
    from PIL import Image

    finer = PNG_FINER if dpi <= PNG_DPI else 1
    picture = typst.compile(
        _PICTURE,
        font_paths=compiler_fonts(),
        ignore_system_fonts=True,
        format="png",
        ppi=dpi * finer,
        sys_inputs={"svg": in_regular_weight(svg)},
    )
    small = io.BytesIO()
    drawn = Image.open(io.BytesIO(picture)).convert("RGB").reduce(finer)
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for colour in _used_colours(drawn) for value in colour])
    few = drawn.quantize(palette=palette, dither=Image.Dither.NONE)
    few.save(small, format="png", compress_level=PNG_EFFORT)
    return small.getvalue()


def _used_colours(picture: Image) -> list[tuple[int, ...]]:
    """The :data:`PNG_COLOURS` colours that fill most of a picture, each clearly another: a grey bar on white stays grey."""
    found = cast(Any, picture.getcolors(picture.width * picture.height) or [])
    counted: list[tuple[int, tuple[int, ...]]] = sorted(found, key=lambda one: (-one[0], one[1]))
    chosen: list[tuple[int, ...]] = list(PNG_GREYS)
    field = PNG_FIELD * picture.width * picture.height
    for least, apart in ((field, 12), (0, 40), (0, 8)):
        for times, colour in counted:
            if (
                len(chosen) < PNG_COLOURS
                and times >= least
                and all(
                    max(abs(a - b) for a, b in zip(colour, other, strict=True)) >= apart for other in chosen
                )
            ):
                chosen.append(colour)
    return chosen + [chosen[0]] * (PNG_COLOURS - len(chosen))


_FAMILY = re.compile(rf"(['\"]){re.escape(SANS_FAMILY)}\1")


def figure_to_svg(figure: Figure, *, label: str = "") -> str:
    """Return the figure as SVG text: same figure, same characters; text stays text.

    Date and program version are left out, identifiers are hashed with a fixed salt, and the font
    list ends in families that browsers know. ``label`` becomes the accessible name. A figure made in
    another style (``seaborn.set_theme()``) gets the report's typeface, the only one that PDF and PNG have, and room for all it shows.
    """
    from html import escape

    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.text import Text

    buffer = io.StringIO()
    with report_style(), warnings.catch_warnings():
        for text in figure.findobj(Text):
            cast(Any, text).set_fontfamily(SANS_FAMILY)
        if figure.get_layout_engine() is None:
            figure.set_layout_engine("constrained")
        # Browsers have more fonts than the PDF; the PDF refuses the character by name.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font", category=UserWarning)
        # savefig would draw everything twice, once only to lay it out
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    svg = buffer.getvalue()
    fallbacks = ", ".join(f"'{family}'" for family in (SANS_FAMILY, *BROWSER_FALLBACKS)) + ", sans-serif"
    svg = slim(_FAMILY.sub(fallbacks, svg), fallbacks)
    if label:
        svg = svg.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)
    return svg
