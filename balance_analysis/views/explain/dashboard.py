"""The linked dashboard: county, stage, indicator and year choose every sentence, figure and table at once (decision record 0066).

It is the explorer of :mod:`balance_analysis.views.explain.choices` with all its charts. Sentences and tables are sent first, then
every figure as soon as it is drawn. While nobody chooses, the files to save are made and what may be chosen next is drawn ahead, one
drawing at a time.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from html import escape
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]
import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.findings import CATALOGUE, Tone, areas, causes, verdict
from balance_analysis.findings.parts import area_names
from balance_analysis.terms import COMPOSITE
from balance_analysis.views.county.tables import coefficient_table, outcome_cell, value_cell
from balance_analysis.views.elements import ReportFigure, ReportTable, html, worded_table
from balance_analysis.views.elements.aside import Aside
from balance_analysis.views.elements.listing import ListedTable, download
from balance_analysis.views.elements.style import report_style, svg_to_png
from balance_analysis.views.explain.choices import CHARTS, Choice, CountyExplorer
from balance_analysis.words import labels, numbers, say, tell
from balance_analysis.words.subjects import indicator_label

PANELS = ("areas", "values", "balance", "trend")
"""The charts of :data:`CHARTS` that the dashboard shows, in their order."""
KEPT = 1000
"""Drawings kept (some 40 KB each), so that going back costs nothing."""
PIECES_OF_SAYING, PIECES_OF_A_DIAGNOSIS = 0.5, 3.0
"""How long sentences and tables take, in drawings: of a year and county that were looked at, and of new ones."""
PAUSE_SECONDS = 0.5
"""So long after a choice the work that nobody waits for begins."""
STYLE = """<style>
.balance-dashboard { max-width: 96rem; }
.balance-dashboard .widget-html-content { line-height: 1.55; }
.balance-dashboard p { margin: .25em 0; }
.balance-panels td, .balance-panels th { padding: .15em .5em; }
.balance-panels { display: grid !important; gap: .8rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 34rem), 1fr)); }
.balance-panels > * { border: 1px solid #8888; border-radius: 4px; padding: .3rem .6rem; min-width: 0; overflow: auto hidden; }
.balance-panels figure svg { width: 100%; min-width: 27rem; height: auto; background: white; }
.balance-panels [id^=points-] path:hover, .balance-panels [id^=points-] use:hover { stroke: #222 !important; stroke-width: 1.5 !important; }
.balance-dashboard .widget-dropdown, .balance-dashboard .widget-text { max-width: 100%; }
</style>"""


@dataclass
class Drawn:
    """One drawing as a page shows it, and what its files are made from."""

    shown: str
    svg: str = ""
    name: str = ""
    links: str = ""


@dataclass
class Panel:
    """The place of one chart: the figure, and below it the links to save it."""

    picture: Any = field(default_factory=widgets.HTML)
    links: Any = field(default_factory=widgets.HTML)

    @property
    def box(self) -> Any:
        """What the page shows."""
        return widgets.VBox([self.picture, self.links])


class Dashboard(CountyExplorer):
    """Dropdowns for county, stage, indicator and year; sentences, two tables and the charts of :data:`PANELS` follow them."""

    def __init__(self, counties: Sequence[CountyAssessment], *, remark: str = "") -> None:
        self.sentences, self.state = widgets.HTML(), widgets.HTML()
        self.panels = {name: Panel() for name in PANELS}
        self.schools, self.coefficients = ListedTable(), ListedTable()
        self._kept: OrderedDict[tuple[object, ...], Drawn] = OrderedDict()
        self._told: set[int] = set()
        self._waiting: asyncio.TimerHandle | None = None
        super().__init__(counties, PANELS[0], remark=remark)
        self.box.add_class("balance-dashboard")

    def body(self) -> Sequence[Any]:
        """Sentences, figures, tables."""
        panels = widgets.Box(
            [*(panel.box for panel in self.panels.values()), self.schools.box, self.coefficients.box]
        )
        panels.add_class("balance-panels")
        return [widgets.HTML(STYLE), self.sentences, panels, self.state]

    def _redraw(self) -> None:
        if any(control.value is None for control in self.controls.values()):
            self.sentences.value = f"<p>{escape(say('explorer.nothing', title=self.title))}</p>"
            return
        choice = self.choice
        drawing = self._begin_drawing(choice)
        self.sentences.value = "".join(f"<p>{escape(text)}</p>" for text in sentences(choice))
        self.schools.show(*school_table(choice), name=choice.title)
        self.coefficients.show(
            *stage_table(choice), name=f"{choice.case.county.county}{labels.STAGES[choice.stage]}"
        )
        for name, drawn in drawing.results().items():
            self._keep(name, choice, Drawn(**drawn))
        for name, panel in self.panels.items():
            found = self._drawn(name, choice)
            panel.picture.value, panel.links.value = found.shown, found.links
        self.state.value = f'<span class="balance-shown" data-choice="{escape(choice.title)}"></span>'
        self._when_idle(self._idle_work(choice))

    def _begin_drawing(self, choice: Choice) -> Aside:
        """The charts of a choice that are not kept, begun on every core."""
        wanted = [name for name in self.panels if self._key(name, choice) not in self._kept]
        own = PIECES_OF_SAYING if id(choice.case) in self._told else PIECES_OF_A_DIAGNOSIS
        self._told.add(id(choice.case))
        return Aside({name: partial(_plain, name, choice) for name in wanted}, own=own)

    def _drawn(self, name: str, choice: Choice) -> Drawn:
        key = self._key(name, choice)
        if key not in self._kept:
            self._keep(name, choice, draw(name, choice))
        self._kept.move_to_end(key)
        return self._kept[key]

    def _keep(self, name: str, choice: Choice, drawn: Drawn) -> None:
        self._kept[self._key(name, choice)] = drawn
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    @staticmethod
    def _key(name: str, choice: Choice) -> tuple[object, ...]:
        county = choice.case.county
        return name, county.division_code, county.year, choice.stage, choice.indicator

    def _idle_work(self, choice: Choice) -> Iterator[None]:
        """The links of what is shown, then what one more choice would show, then what two would; a drawing at a time."""
        for name, panel in self.panels.items():
            panel.links.value = linked(self._drawn(name, choice))
            yield
        for other in self._ahead(choice):
            for name in self.panels:
                if self._key(name, other) not in self._kept:
                    if name == PANELS[0]:
                        list(sentences(other))  # the longest step of a county or year that is new
                        self._told.add(id(other.case))
                        yield
                    self._drawn(name, other)
                    yield

    def _ahead(self, choice: Choice) -> Iterator[Choice]:
        near = list(self._near(choice))
        yield from near
        for one in near:
            yield from self._near(one)

    def _near(self, choice: Choice) -> Iterator[Choice]:
        """What one more choice can reach: another indicator, stage, year or county."""
        county = choice.case.county
        stages, indicators, years = self._values(county.division_code)
        yield from (replace(choice, indicator=name) for name in indicators if name != choice.indicator)
        yield from (replace(choice, stage=name) for name in stages if name != choice.stage)
        for year in sorted(years, reverse=True):
            if year != county.year:
                yield replace(choice, case=self._case(county.division_code, int(year)))
        for code in self._counties:
            offered = self._values(code)
            if code != county.division_code and offered[1]:
                stage, indicator = (
                    kept if kept in values else values[0]
                    for kept, values in zip((choice.stage, choice.indicator), offered, strict=False)
                )
                latest = self._case(code, self._counties[code].year)
                yield Choice(latest, stage, indicator, latest)

    def _values(self, code: str) -> list[list[Any]]:
        return [[value for _, value in options] for options, _, _ in self.offers_of(code).values()]

    def _when_idle(self, work: Iterator[None]) -> None:
        """Do ``work`` between choices; the work for an earlier choice is given up. Nothing is done where no event loop runs."""
        if self._waiting is not None:
            self._waiting.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return

        def step() -> None:
            if next(work, work) is None:
                self._waiting = loop.call_later(0, step)

        self._waiting = loop.call_later(PAUSE_SECONDS, step)


PRINT_DPI = 192
"""Dots per inch of a picture that somebody saves for a text."""


def linked(one: Drawn) -> str:
    """The links to save a drawing, made once."""
    if one.svg and not one.links:
        picture = svg_to_png(one.svg, dpi=PRINT_DPI)
        one.links = "　".join(
            [
                download(f"{one.name}.svg", "image/svg+xml", one.svg, say("listing.save_svg")),
                download(f"{one.name}.png", "image/png", picture, say("listing.save_png")),
            ]
        )
    return one.links


def draw(name: str, choice: Choice) -> Drawn:
    """One chart of a choice; a sentence where there is nothing to draw."""
    with report_style():
        found: ReportFigure | None = CHARTS[name](choice)
    if found is None:
        return Drawn(f"<p>{escape(say('explorer.nothing', title=choice.title))}</p>")
    told = f"<details><summary>{escape(say('listing.in_words'))}</summary>{escape(found.alt)}</details>"
    return Drawn(html.figure(found.to_json(), found.svg_with_names) + told, found.svg, found.caption)


def _plain(name: str, choice: Choice) -> dict[str, str]:
    return asdict(draw(name, choice))


def sentences(choice: Choice) -> Iterator[str]:
    """The county's outcome, what is found of the stage, and of the indicator in it.

    Items are judged in the assessed year alone: of another year only the resources' outcome is said, and nothing that would reassure.
    """
    case, latest = choice.case, choice.series.county.year
    assessed = case.county.year == latest
    if assessed:
        yield tell(verdict.overall(case))
    else:
        year, outcome = case.county.year, case.county.outcome
        yield say("explorer.other_year", year=year, outcome=outcome, latest=latest)
    subjects = {choice.stage, f"{choice.stage}/{choice.indicator}"}
    finds: tuple[Callable[[Any], Any], ...] = (verdict.find, causes.find, areas.find)
    for one in (one for find in finds for one in find(case)):
        if one.subject in subjects and (assessed or CATALOGUE.kinds[one.id].tone is not Tone.REASSURING):
            yield tell(one)


def school_table(choice: Choice) -> tuple[ReportTable, list[list[object]]]:
    """Every school of the stage with its value of the indicator, and the same unrounded."""
    county = choice.case.county
    entry, names, rows = (
        county.regime.indicator(choice.indicator),
        area_names(county),
        choice.rows.to_dict("records"),
    )
    area = [names.get(str(row["stratum"]), labels.UNKNOWN_STRATUM) for row in rows]
    shown = [
        [
            row["school_name"],
            where,
            row["enrolment"],
            value_cell(row, entry.decimals, marked=False),
            outcome_cell(row["outcome"]),
        ]
        for row, where in zip(rows, area, strict=True)
    ]
    plain: list[list[object]] = [
        [row["school_name"], where, row["enrolment"], row["value"], labels.OUTCOMES[row["outcome"]]]
        for row, where in zip(rows, area, strict=True)
    ]
    limits = [value for value in choice.rows["limit"].dropna().unique()]
    figures = {
        "title": choice.title, "name": entry.short_name, "unit": entry.unit,
        "limit": numbers.plain(limits[0], 6) if limits else "",
    }  # fmt: skip
    notes = ["limit"] if limits else []
    return worded_table("explain.dashboard_schools", shown, figures=figures, notes=notes), plain


def stage_table(choice: Choice) -> tuple[ReportTable, list[list[object]]]:
    """The stage's coefficients, and the same unrounded."""
    county = choice.case.county
    table = coefficient_table(county, choice.stage, {})
    frame = county.current("coefficients")
    kept = {column.id for column in table.columns}
    plain = []
    for row in frame[frame["stage"] == choice.stage].to_dict("records"):
        whole = row["indicator"] == COMPOSITE
        values: dict[str, object] = {
            "indicator": indicator_label(county.regime, row["indicator"]),
            "mean": None if whole else row["mean"],
            "unit": "" if whole else county.regime.indicator(row["indicator"]).unit,
            "cv": row["cv"], "limit": row["limit"], "outcome": labels.OUTCOMES[row["outcome"]],
            "n_schools": row["n_schools"], "remark": row["reason"] if pd.isna(row["cv"]) else "",
        }  # fmt: skip
        plain.append([value for name, value in values.items() if name in kept])
    return table, plain
