"""Names of points: what a browser shows when somebody points at a mark of a drawing that is part of the page.

matplotlib writes one element of SVG for every point of a scatter, in the order of the points; its title is put in afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure

_names: WeakKeyDictionary[Figure, dict[str, tuple[str, ...]]] = WeakKeyDictionary()
_MARK = re.compile(r"<defs>.*?</defs>|<(use|path) ([^>]*)/>", re.DOTALL)


def name_points(points: PathCollection, names: Iterable[str]) -> None:
    """Give every point of a scatter its text, in the order of the points; none may lack a place (NaN)."""
    figure = cast("Figure", points.get_figure(root=True))
    known = _names.setdefault(figure, {})
    points.set_gid(f"points-{len(known)}")
    known[f"points-{len(known)}"] = tuple(names)


def names_in(figure: Figure) -> dict[str, tuple[str, ...]]:
    """The names in a figure by the id that its scatter has in the drawing."""
    return _names.get(figure, {})


def with_names(svg: str, names: Mapping[str, tuple[str, ...]]) -> str:
    """The drawing with a title in every named mark.

    >>> with_names("<g id='points-0'><use x='1'/><use x='2'/></g><use/>", {"points-0": ("甲校", "乙<校")})
    "<g id='points-0'><use x='1'><title>甲校</title></use><use x='2'><title>乙&lt;校</title></use></g><use/>"
    """
    for group, texts in names.items():
        before, found, marks = svg.partition(f"<g id='{group}'>")
        waiting = iter(texts)

        def titled(mark: re.Match[str], waiting: Iterable[str] = waiting) -> str:
            text = next(iter(waiting), None) if mark[1] else None
            return (
                mark[0] if text is None else f"<{mark[1]} {mark[2]}><title>{escape(text)}</title></{mark[1]}>"
            )

        svg = before + found + _MARK.sub(titled, marks)
    return svg
