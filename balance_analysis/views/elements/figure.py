"""The figure element: a drawing for the PDF, a picture for a browser that trusts no drawing, caption and alternative text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from balance_analysis.errors import ReportError
from balance_analysis.views.elements import hover, html
from balance_analysis.views.elements.packed import packed
from balance_analysis.views.elements.page import MIME_TYPE, Element
from balance_analysis.views.elements.style import figure_to_svg, svg_to_png

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class ReportFigure(Element):
    """A matplotlib figure with its caption and a text for those who cannot see it.

    The figure is drawn at once and closed, so that Jupyter does not show it a second time. In
    the PDF it stands at its own width (see ``style.figure_size``) unless ``width_mm`` is given.
    """

    figure: Figure
    caption: str
    alt: str
    note: str = ""
    source: str = ""
    width_mm: float | None = None
    svg: str = field(init=False, repr=False, default="")
    names: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        if not self.caption.strip():
            raise ReportError("图形缺少标题（caption）。")
        if not self.alt.strip():
            raise ReportError(f"图“{self.caption}”缺少替代文字（alt）：请用一两句话说明图中看到什么。")
        object.__setattr__(self, "svg", figure_to_svg(self.figure, label=self.alt))
        object.__setattr__(self, "names", hover.names_in(self.figure))
        from matplotlib import pyplot

        pyplot.close(self.figure)

    @cached_property
    def png(self) -> str:
        """The picture in base64: dropdowns, which a person waits for, never ask for it."""
        return b64encode(svg_to_png(self.svg)).decode("ascii")

    @property
    def svg_with_names(self) -> str:
        """The drawing for a page that shows it as a part of itself: pointing at a mark shows the school."""
        return hover.with_names(self.svg, self.names)

    def to_json(self) -> dict[str, Any]:
        """Return the data that the PDF is set from."""
        return {
            "type": "figure",
            "caption": self.caption,
            "alt": self.alt,
            "note": self.note,
            "source": self.source,
            "width_mm": self.width_mm,
        }

    def to_html(self) -> str:
        """Return the figure with its caption, for pages outside Jupyter."""
        return html.figure(self.to_json(), self.svg)

    def to_text(self) -> str:
        """Return the element as plain text."""
        return f"图：{self.caption}\n{self.alt}"

    def below(self) -> Element | None:
        """The caption as a browser shows it under a picture."""
        return FigureCaption(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {
            MIME_TYPE: packed(self.to_json()),
            "image/svg+xml": self.svg,
            "image/png": self.png,
            "text/plain": self.to_text(),
        }


@dataclass(frozen=True)
class FigureCaption(Element):
    """Caption, note and source of a figure as an output of their own: an SVG or PNG in a notebook has no place for them."""

    figure: ReportFigure

    def to_json(self) -> dict[str, Any]:
        """Return the data: nothing that is set, for the figure itself has its caption there."""
        return {"type": "figure_caption"}

    def to_html(self) -> str:
        """Return what JupyterLab shows."""
        return html.figure(self.figure.to_json(), "")

    def to_text(self) -> str:
        """Return the element as plain text."""
        return self.figure.caption
