"""Dropdowns for JupyterLab: county, stage, indicator and year, and the figure that follows them.

The explorer opens nothing and computes nothing: counties are assessed once, before; years are cuts of the
same assessment, so that all years are measured by the same law; diagnoses are kept. A change costs one drawing.
The figure is an HTML widget with the SVG inline (decision record 0015): selectable text, an accessible name, and the
same facts as a sentence below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]
import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.terms import COMPOSITE
from balance_analysis.views import diagnosis_figures as figures
from balance_analysis.views import figures as county_figures
from balance_analysis.views.diagnosis_report import waterfall_figure
from balance_analysis.views.diagnosis_words import strata_names, subject
from balance_analysis.views.elements import html
from balance_analysis.views.elements.display import ReportFigure
from balance_analysis.views.elements.style import report_style
from balance_analysis.views.figures import figure_of
from balance_analysis.views.tables import indicator_label
from balance_analysis.words import labels, numbers

Opener = Callable[[Mapping[str, Any]], CountyAssessment]
NOTHING = "所选学校没有这项数据。"


@dataclass(frozen=True)
class Choice:
    """What the dropdowns stand at: the county in its year, a stage, an indicator."""

    diagnosis: Diagnosis
    stage: str
    indicator: str
    series: Diagnosis
    """The diagnosis that holds the series to the target year: the same whichever year is chosen."""

    @property
    def rows(self) -> pd.DataFrame:
        """The judged indicators of this stage, indicator and year."""
        rows = self.diagnosis.indicators
        return rows[(rows["stage"] == self.stage) & (rows["indicator"] == self.indicator)]

    @property
    def title(self) -> str:
        """Year, county, stage and indicator, for a caption."""
        county = self.diagnosis.county
        name = subject(county.regime, {"stage": self.stage, "indicator": self.indicator})
        return f"{county.county}{numbers.school_year(county.year)}{name}"


def draw_years(choice: Choice) -> ReportFigure | None:
    """Every school's value against the year before (data quality)."""
    county = choice.diagnosis.county
    every = county.indicators
    same = (every["stage"] == choice.stage) & (every["indicator"] == choice.indicator)
    before = every[same & (every["year"] == county.year - 1)].set_index("school_code")["value"]
    pairs = choice.rows.assign(previous=choice.rows["school_code"].map(before))
    if pairs.dropna(subset=["previous", "value"]).empty:
        return None
    drawn = figures.plot_year_pairs(pairs, county.regime, choice.indicator, strata_names(choice.diagnosis))
    return ReportFigure(
        figure_of(drawn),
        caption=f"{choice.title}：与上一学年对照",
        alt=figures.year_pairs_alt(pairs, county.regime, choice.indicator),
    )


def draw_values(choice: Choice) -> ReportFigure | None:
    """Every school's value against its enrolment, with limit and floor (indicators)."""
    county, rows = choice.diagnosis.county, choice.rows[choice.rows["value"].notna()]
    if rows.empty:
        return None
    drawn = county_figures.plot_school_values(
        rows, county.regime, choice.stage, choice.indicator, strata_names(choice.diagnosis)
    )
    entry = county.regime.indicator(choice.indicator)
    ordered = rows.sort_values("value", kind="stable")
    low, high = ordered.iloc[0], ordered.iloc[-1]
    below = int(rows["outcome"].isin(["tolerable", "not_met"]).sum())
    limited = f"，低于标准值的{below}所" if rows["limit"].notna().any() else ""
    return ReportFigure(
        figure_of(drawn),
        caption=f"{choice.title}：各校数值与规模",
        alt=f"{len(rows)}所学校{limited}；最低{low['school_name']}{numbers.fixed(low['value'], entry.decimals)}，"
        f"最高{high['school_name']}{numbers.fixed(high['value'], entry.decimals)}（{entry.unit}）。",
    )


def draw_balance(choice: Choice) -> ReportFigure | None:
    """The coefficient by school (inter-school balance)."""
    known = choice.diagnosis.county.current("coefficients")
    same = (known["stage"] == choice.stage) & (known["indicator"] == choice.indicator)
    if not known.loc[same, "cv"].notna().any():
        return None
    return waterfall_figure(choice.diagnosis, choice.stage, choice.indicator)


def draw_areas(choice: Choice) -> ReportFigure | None:
    """Schools by area with the areas' means (urban–rural gaps)."""
    county, names = choice.diagnosis.county, strata_names(choice.diagnosis)
    gaps = county.current("gaps")
    gaps = gaps[(gaps["stage"] == choice.stage) & (gaps["indicator"] == choice.indicator)]
    means = {str(row["stratum"]): float(row["mean"]) for row in gaps.to_dict("records")}
    rows = choice.rows
    if not rows.loc[rows["stratum"].isin(list(names)), "value"].notna().any():
        return None
    drawn = figures.plot_areas(rows, county.regime, choice.indicator, names, means)
    return ReportFigure(
        figure_of(drawn),
        caption=f"{choice.title}：分地区",
        alt=figures.areas_alt(rows, county.regime, choice.indicator, names, means),
    )


def draw_trend(choice: Choice) -> ReportFigure | None:
    """The coefficient through the years to the target year (trends)."""
    diagnosis = choice.series
    chosen = {
        name: frame[
            (frame["stage"] == choice.stage)
            & (frame["indicator"] == choice.indicator)
            & (frame["measure"] == "cv")
        ]
        for name, frame in (
            ("trends", diagnosis.county.trends),
            ("projection", diagnosis.projection),
            ("intervals", diagnosis.intervals),
        )
        if len(frame)
    }
    trends = chosen["trends"]
    if trends["value"].notna().sum() == 0:
        return None
    rows = chosen.get("projection", pd.DataFrame()).to_dict("records")
    row = rows[0] if rows else None
    bands = chosen.get("intervals", pd.DataFrame())
    drawn = figures.plot_series(trends, row, bands, decimals=3, marked_year=choice.diagnosis.county.year)
    county = diagnosis.county
    name = subject(county.regime, {"stage": choice.stage, "indicator": choice.indicator})
    return ReportFigure(
        figure_of(drawn),
        caption=f"{county.county}{name}差异系数逐年变化",
        alt=figures.series_alt(trends, row, decimals=3),
    )


CHARTS: Mapping[str, Callable[[Choice], ReportFigure | None]] = {
    "years": draw_years,
    "values": draw_values,
    "balance": draw_balance,
    "areas": draw_areas,
    "trend": draw_trend,
}
"""Name of a chart → what draws it."""


def open_counties(
    opener: Opener, namespace: Mapping[str, Any], more: Sequence[str] = ()
) -> list[CountyAssessment]:
    """Open the notebook's county, then the one county of each of ``more`` files, by the same law.

    ``opener`` is :func:`balance_analysis.parameters.open_from_parameters`. A county given twice is
    taken once; errors of the opener pass through.
    """
    counties = [opener(namespace)]
    for name in more:
        other = opener({**namespace, "files": name, "division_code": None, "year": None})
        if other.division_code not in {county.division_code for county in counties}:
            counties.append(other)
    return counties


class CountyExplorer:
    """Four dropdowns and a figure; display it in a notebook, or ask :meth:`figure` for what it shows now.

    ``chart`` is a name of :data:`CHARTS`; the first of ``counties`` is shown first.
    """

    def __init__(self, counties: Sequence[CountyAssessment], chart: str) -> None:
        self._counties = {county.division_code: county for county in counties}
        self._draw = CHARTS[chart]
        self._diagnoses: dict[tuple[str, int], Diagnosis] = {}
        self._following = False
        names = [(_county_label(county), code) for code, county in self._counties.items()]
        self.county = widgets.Dropdown(options=names, description="区县")
        self.stage = widgets.Dropdown(description="学段")
        self.indicator = widgets.Dropdown(description="指标")
        self.year = widgets.Dropdown(description="学年")
        self.picture = widgets.HTML()
        controls = [self.county, self.stage, self.indicator, self.year]
        for control in controls:
            control.layout.width = "21em"
            control.style.description_width = "4em"
        row = widgets.HBox(controls, layout={"flex_flow": "row wrap"})
        self.box = widgets.VBox([row, self.picture])
        self._follow(first=True)
        self._redraw()
        self.county.observe(self._changed_county, names="value")
        for control in controls[1:]:
            control.observe(self._changed, names="value")

    def choose(self, *, stage: str | None = None, indicator: str | None = None) -> CountyExplorer:
        """Set dropdowns from code, so that a notebook opens at the question it asks."""
        if stage is not None:
            self.stage.value = stage
        if indicator is not None:
            self.indicator.value = indicator
        return self

    @property
    def choice(self) -> Choice:
        """What the dropdowns stand at."""
        code, year = str(self.county.value), int(self.year.value)
        series = self._diagnosis(code, self._counties[code].year)
        return Choice(self._diagnosis(code, year), str(self.stage.value), str(self.indicator.value), series)

    def _diagnosis(self, code: str, year: int) -> Diagnosis:
        if (code, year) not in self._diagnoses:
            self._diagnoses[code, year] = Diagnosis(replace(self._counties[code], year=year))
        return self._diagnoses[code, year]

    def figure(self) -> ReportFigure:
        """The figure as it stands, as a report element (raises ValueError where there is nothing to draw)."""
        with report_style():
            drawn = self._draw(self.choice)
        if drawn is None:
            raise ValueError(f"{self.choice.title}：{NOTHING}")
        return drawn

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = dict(self.box._repr_mimebundle_(**options))
        bundle["text/plain"] = "（下拉框和图形只在 JupyterLab 中可用；下一格是同一张图的静态版本）"
        return bundle

    def _follow(self, *, first: bool = False) -> None:
        """Offer what the chosen county has; keep the other choices where it has them too."""
        county = self._counties[str(self.county.value)]
        known = county.coefficients[
            county.coefficients["cv"].notna() & (county.coefficients["indicator"] != COMPOSITE)
        ]
        filled = set(known["indicator"])
        indicators = [
            (indicator_label(county.regime, entry.id, short=True), entry.id)
            for entry in county.regime.indicators
            if entry.id in filled
        ]
        years = [(numbers.school_year(year), year) for year in county.years]
        stages = [(labels.STAGES[stage], stage) for stage in county.stages]
        for control, options, start in (
            (self.stage, stages, stages[0][1]),
            (self.indicator, indicators, indicators[0][1] if indicators else None),
            (self.year, years, county.year),
        ):
            kept = control.value
            control.options = options
            available = [value for _, value in options]
            control.value = kept if not first and kept in available and control is not self.year else start

    def _changed_county(self, _change: object) -> None:
        self._following = True
        self._follow()
        self._following = False
        self._redraw()

    def _changed(self, _change: object) -> None:
        if not self._following:
            self._redraw()

    def _redraw(self) -> None:
        if self.indicator.value is None:
            self.picture.value = f"<p>{NOTHING}</p>"
            return
        with report_style():
            drawn = self._draw(self.choice)
        if drawn is None:
            self.picture.value = f"<p>{escape(self.choice.title)}：{NOTHING}</p>"
            return
        picture = html.figure(drawn.to_json(), drawn.svg)
        self.picture.value = f"{picture}<p>{escape(drawn.alt)}</p>"


def _county_label(county: CountyAssessment) -> str:
    return f"{county.county}（模拟数据）" if county.tables.simulated else county.county
