"""显示：``ba.show(…)`` 把图、结论句和表放进笔记本，也就放进由笔记本排出的 PDF."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from balance_analysis.views import elements
from balance_analysis.views.county.figures import figure_of
from balance_analysis.views.elements import Element, Paragraph, ReportFigure
from balance_analysis.views.subject import told_of
from balance_analysis.words import say


def show(shown: Axes | Element | Iterable[Any] | None, *, caption: str = "", alt: str = "") -> None:
    """显示一幅图（Axes）、一个元素，或若干个；空的说明没有；自绘的图可以给出标题 ``caption`` 和替代文字 ``alt``."""
    if isinstance(shown, Axes):
        elements.show(_absent(shown) or figure_element(shown, caption=caption, alt=alt))
    elif isinstance(shown, Element):
        elements.show(shown)
    else:
        listed = [one for one in shown or () if one is not None]
        for one in listed or [Paragraph(say("door.nothing"))]:
            show(one)


def _absent(ax: Axes) -> Paragraph | None:
    """The sentence for an analyst's own picture without a point: of a county without these figures, drawn by a notebook for any county."""
    figure = figure_of(ax)
    empty = len(figure.axes) == 1 and not (
        ax.texts or ax.images or np.isfinite(ax.dataLim.get_points()).all()
    )
    return Paragraph(say("picture.empty", title=_title(ax))) if told_of(figure) is None and empty else None


def _title(ax: Axes) -> str:
    return (ax.get_title() or ax.get_title(loc="left") or say("picture.own")).replace("\n", " ")


def figure_element(ax: Axes, *, caption: str = "", alt: str = "") -> ReportFigure:
    """A picture as a report element; an analyst's own without words takes them from its title and axes."""
    figure = figure_of(ax)
    told = told_of(figure)
    title = _title(ax)
    text = say("picture.own_alt", title=title, x=ax.get_xlabel() or "—", y=ax.get_ylabel() or "—")
    return ReportFigure(
        figure,
        caption=caption or (told.caption if told else title),
        alt=alt or (told.alt if told else text),
        note=told.note if told else "",
    )
