"""Dropdowns for JupyterLab and the figure that follows them.

The figure is an HTML widget with the SVG inline (decision record 0015): selectable text, an accessible name, and the same facts as a
sentence below. A change costs one drawing; nothing is opened or computed again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]

from balance_analysis.views.elements import ReportFigure, html
from balance_analysis.views.elements.style import report_style
from balance_analysis.words import say

Offer = tuple[Sequence[tuple[str, Any]], Any, bool]
"""Labels and values of a dropdown, the value to start at, and whether a choice made before is kept where it is offered again."""


class FigureExplorer(ABC):
    """Dropdowns and a figure; display it in a notebook, or ask :meth:`figure` for what it shows now.

    ``remark`` stands below the dropdowns. ``controls`` are names and labels of the dropdowns; what the later ones offer may depend on the first.
    """

    def __init__(
        self, controls: Mapping[str, str], first: Sequence[tuple[str, Any]], *, remark: str = ""
    ) -> None:
        self._following = False
        self.controls = {name: widgets.Dropdown(description=label) for name, label in controls.items()}
        self.picture = widgets.HTML()
        for control in self.controls.values():
            control.layout.width = "21em"
            control.style.description_width = "4em"
        self._head, *followers = self.controls.values()
        self._head.options, self._head.value = first, first[0][1]
        row = widgets.HBox(list(self.controls.values()), layout={"flex_flow": "row wrap"})
        said = [widgets.HTML(f"<p>{escape(remark)}</p>")] if remark else []
        self.box = widgets.VBox([row, *said, *self.body()])
        self._follow(first=True)
        self._redraw()
        self._head.observe(self._changed_head, names="value")
        for control in followers:
            control.observe(self._changed, names="value")

    def body(self) -> Sequence[Any]:
        """What stands below the dropdowns."""
        return [self.picture]

    @abstractmethod
    def offers(self) -> Mapping[str, Offer]:
        """What the later dropdowns offer now."""

    @abstractmethod
    def draw(self) -> ReportFigure | None:
        """The figure of what is chosen; None where there is nothing to draw."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What is chosen, in words."""

    def choose(self, **values: Any) -> Any:
        """Set dropdowns by name from code, so that a notebook opens at the question it asks."""
        for name, value in values.items():
            self.controls[name].value = value
        return self

    def figure(self) -> ReportFigure:
        """The figure as it stands, as a report element (raises ValueError where there is nothing to draw)."""
        with report_style():
            drawn = self.draw()
        if drawn is None:
            raise ValueError(say("explorer.nothing", title=self.title))
        return drawn

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = dict(self.box._repr_mimebundle_(**options))
        bundle["text/plain"] = say("explorer.only_in_lab")
        return bundle

    def _follow(self, *, first: bool = False) -> None:
        for name, (options, start, keep) in self.offers().items():
            control = self.controls[name]
            kept = control.value
            control.options = options
            available = [value for _, value in options]
            control.value = kept if not first and keep and kept in available else start

    def _changed_head(self, _change: object) -> None:
        self._following = True
        self._follow()
        self._following = False
        self._redraw()

    def _changed(self, _change: object) -> None:
        if not self._following:
            self._redraw()

    def _redraw(self) -> None:
        drawn = None
        if all(control.value is not None for control in self.controls.values()):
            with report_style():
                drawn = self.draw()
        if drawn is None:
            self.picture.value = f"<p>{escape(say('explorer.nothing', title=self.title))}</p>"
        else:
            self.picture.value = (
                f"{html.figure(drawn.to_json(), drawn.svg_with_names)}<p>{escape(drawn.alt)}</p>"
            )
