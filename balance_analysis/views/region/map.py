"""A map of counties as an SVG for a page: outcome by fill and mark, name and outcome as text, each county a link where it has a report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from balance_analysis.views.elements.style import STATUS_STYLES
from balance_analysis.words import say
from balance_analysis.words.labels import OUTCOMES

Outline = Sequence[Sequence[tuple[float, float]]]
"""Rings of longitude and latitude in degrees, holes among them."""
WIDTH: Final = 900.0
"""Units of the drawing's longer side; points nearer than a tenth of a unit become one."""
SIGN: Final = 13.0
"""Units of a letter's side: a county too narrow for its name shows its mark alone."""


@dataclass(frozen=True)
class Place:
    """One county of the map: ``status`` is an outcome, or anything else for a county without a report; ``link`` leads to its report."""

    name: str
    code: str
    status: str
    link: str = ""


def county_map(places: Mapping[str, Place], boundaries: Mapping[str, Outline]) -> str:
    """The counties of ``places`` (by code) that have boundaries; says how many have none. No map where none has."""
    drawn = {code: place for code, place in places.items() if boundaries.get(code)}
    if not drawn:
        return f"<p>{escape(say('site.map_empty'))}</p>"
    points = [point for code in drawn for ring in boundaries[code] for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    narrow = math.cos(
        math.radians((south + north) / 2)
    )  # a degree of longitude is shorter than one of latitude
    scale = WIDTH / max((east - west) * narrow, north - south, 1e-9)

    def on_paper(ring: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        placed = [(round((x - west) * narrow * scale, 1), round((north - y) * scale, 1)) for x, y in ring]
        return [point for at, point in enumerate(placed) if at == 0 or point != placed[at - 1]]

    placed = [(place, [on_paper(ring) for ring in boundaries[code]]) for code, place in drawn.items()]
    shapes = [_shape(place, rings) for place, rings in placed]
    signs = [_sign(place, rings) for place, rings in placed]  # above all shapes: no neighbour covers them
    label = escape(say("site.map", n=len(drawn)))
    size = f"{(east - west) * narrow * scale:.0f} {(north - south) * scale:.0f}"
    missing = len(places) - len(drawn)
    note = f"<p>{escape(say('site.map_missing', n=missing))}</p>" if missing else ""
    return f'<svg role="img" aria-label="{label}" viewBox="0 0 {size}">{"".join(shapes)}{"".join(signs)}</svg>{_legend()}{note}'


def _shape(place: Place, rings: Outline) -> str:
    """One county: its outline, its name and outcome on hover."""
    outline = "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in ring) + "Z" for ring in rings)
    style = STATUS_STYLES.get(place.status)
    fill = "#FFFFFF" if style is None else style.tint
    word = OUTCOMES.get(place.status) or say("site.no_report")
    drawn = (
        f"<title>{escape(place.name)}（{escape(place.code)}）：{escape(word)}</title>"
        f'<path d="{outline}" fill="{fill}" fill-rule="evenodd"/>'
    )
    return f'<a href="{escape(place.link)}">{drawn}</a>' if place.link else f"<g>{drawn}</g>"


def _sign(place: Place, rings: Outline) -> str:
    """The mark of a county, with its name where it fits, where the county is widest in the middle half of its largest part."""
    style = STATUS_STYLES.get(place.status)
    symbol = "－" if style is None else style.symbol
    heights = [y for _, y in max(rings, key=_breadth)]
    low, high = min(heights), max(heights)
    spans = (span for part in range(4, 13) for span in _spans(rings, low + (high - low) * part / 16))
    left, right, height = max(spans, key=lambda span: span[1] - span[0], default=(0.0, 0.0, 0.0))
    name = place.name if right - left > SIGN * (len(place.name) + 2) else ""
    return f'<text x="{(left + right) / 2:.1f}" y="{height:.1f}">{symbol}{escape(name)}</text>'


def _breadth(ring: Sequence[tuple[float, float]]) -> float:
    return max(x for x, _ in ring) - min(x for x, _ in ring)


def _spans(rings: Outline, height: float) -> Iterator[tuple[float, float, float]]:
    """From where to where a line at a height runs inside (by the even-odd rule), with the height."""
    crossings = sorted(
        x + (height - y) / (next_y - y) * (next_x - x)
        for ring in rings
        for (x, y), (next_x, next_y) in zip(ring, (*ring[1:], ring[0]), strict=True)
        if (y <= height) != (next_y <= height)
    )
    for left, right in zip(crossings[::2], crossings[1::2], strict=True):
        yield left, right, height


def _legend() -> str:
    known = [(STATUS_STYLES[name].symbol, OUTCOMES[name]) for name in ("met", "not_met", "not_assessable")]
    return (
        "<p>"
        + "　".join(f"{mark} {escape(word)}" for mark, word in (*known, ("－", say("site.no_report"))))
        + "</p>"
    )
