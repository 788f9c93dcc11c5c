"""The dropdowns of notebooks and dashboard: what is chosen, the charts of a choice, the explorer of a county's files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from matplotlib.axes import Axes

from balance_analysis.assessment import CountyAssessment
from balance_analysis.findings import Case
from balance_analysis.findings.parts import Row, area_names, of, subject
from balance_analysis.terms import COMPOSITE
from balance_analysis.views.county import figures as county_figures
from balance_analysis.views.elements import ReportFigure
from balance_analysis.views.elements.explorer import FigureExplorer, Offer
from balance_analysis.views.explain import figures
from balance_analysis.views.explain.page import waterfall
from balance_analysis.words import labels, numbers, say
from balance_analysis.words.subjects import indicator_label


@dataclass(frozen=True)
class Choice:
    """What the dropdowns stand at: the county in its year, a stage, an indicator."""

    case: Case
    stage: str
    indicator: str
    series: Case
    """The case that holds the series to the target year: the same whichever year is chosen."""

    @property
    def rows(self) -> pd.DataFrame:
        """The judged indicators of this stage, indicator and year."""
        rows = self.case.diagnosis.indicators
        return rows[(rows["stage"] == self.stage) & (rows["indicator"] == self.indicator)]

    @property
    def key(self) -> Row:
        """Stage and indicator."""
        return {"stage": self.stage, "indicator": self.indicator}

    @property
    def title(self) -> str:
        """Year, county, stage and indicator, for a caption."""
        county = self.case.county
        name = subject(county.regime, self.key)
        return say("explain_caption.title", county=county.county, school_year=county.year, subject=name)


def _chart(choice: Choice, name: str, drawn: Axes, alt: str) -> ReportFigure:
    caption = say(f"explain_caption.{name}", title=choice.title)
    return ReportFigure(county_figures.figure_of(drawn), caption=caption, alt=alt)


def draw_years(choice: Choice) -> ReportFigure | None:
    """Every school's value against the year before (data quality)."""
    county, regime = choice.case.county, choice.case.county.regime
    pairs = figures.beside_year_before(of(county.indicators, choice.key), county.year)
    if pairs.empty:
        return None
    drawn = figures.plot_year_pairs(pairs, regime, choice.indicator, area_names(county))
    return _chart(choice, "year_pairs", drawn, figures.year_pairs_alt(pairs, regime, choice.indicator))


def draw_values(choice: Choice) -> ReportFigure | None:
    """Every school's value against its enrolment, with limit and floor (indicators)."""
    county, rows = choice.case.county, choice.rows[choice.rows["value"].notna()]
    if rows.empty:
        return None
    names, regime = area_names(county), county.regime
    drawn = county_figures.plot_school_values(rows, regime, choice.stage, choice.indicator, names)
    return _chart(choice, "values", drawn, figures.values_alt(rows, regime, choice.indicator))


def draw_balance(choice: Choice) -> ReportFigure | None:
    """The coefficient by school (inter-school balance)."""
    known = of(choice.case.county.current("coefficients"), choice.key)
    return waterfall(choice.case, choice.stage, choice.indicator) if known["cv"].notna().any() else None


def draw_areas(choice: Choice) -> ReportFigure | None:
    """Schools by area with the areas' means (urban–rural gaps)."""
    county, names, rows = choice.case.county, area_names(choice.case.county), choice.rows
    gaps = of(county.current("gaps"), choice.key)
    means = {str(row["stratum"]): float(row["mean"]) for row in gaps.to_dict("records")}
    if not rows.loc[rows["stratum"].isin(list(names)), "value"].notna().any():
        return None
    drawn = figures.plot_areas(rows, county.regime, choice.indicator, names, means)
    alt = figures.areas_alt(rows, county.regime, choice.indicator, names, means)
    return _chart(choice, "areas", drawn, alt)


def draw_trend(choice: Choice) -> ReportFigure | None:
    """The coefficient through the years to the target year (trends)."""
    county = choice.series.county
    series = figures.named_series(county.trends, county.regime, choice.stage, [choice.indicator])
    if not series:
        return None
    ahead, marked = figures.forecasts(choice.series, choice.stage, series), choice.case.county.year
    drawn = figures.plot_trend(series, forecasts=ahead, target_year=county.target_year, marked_year=marked)
    alt = figures.trend_alt(series, ahead, county.target_year)
    return _chart(choice, "series", drawn, alt)


CHARTS: Mapping[str, Callable[[Choice], ReportFigure | None]] = {
    "years": draw_years, "values": draw_values, "balance": draw_balance, "areas": draw_areas, "trend": draw_trend,
}  # fmt: skip
"""Name of a chart → what draws it."""


class CountyExplorer(FigureExplorer):
    """Dropdowns for county, stage, indicator and year, and one of :data:`CHARTS`.

    Counties are assessed once, before; years are cuts of the same assessment, so that all are measured by the same law.
    """

    def __init__(self, counties: Sequence[CountyAssessment], chart: str, *, remark: str = "") -> None:
        self._counties = {county.division_code: county for county in counties}
        self._draw = CHARTS[chart]
        self._cases: dict[tuple[str, int], Case] = {}
        names = [
            (say("explorer.simulated", county=one.county) if one.tables.simulated else one.county, code)
            for code, one in self._counties.items()
        ]
        controls = {name: say(f"explorer.{name}") for name in ("county", "stage", "indicator", "year")}
        super().__init__(controls, names, remark=remark)

    def _case(self, code: str, year: int) -> Case:
        if (code, year) not in self._cases:
            self._cases[code, year] = Case(replace(self._counties[code], year=year))
        return self._cases[code, year]

    @property
    def choice(self) -> Choice:
        """What the dropdowns stand at."""
        code, stage, indicator, year = (control.value for control in self.controls.values())
        return Choice(
            self._case(code, int(year)), stage, indicator, self._case(code, self._counties[code].year)
        )

    @property
    def title(self) -> str:
        """What is chosen; of a county without any figure its name alone."""
        known = self.controls["indicator"].value is not None
        return self.choice.title if known else self._counties[self.controls["county"].value].county

    def draw(self) -> ReportFigure | None:
        """The chart of what is chosen."""
        return self._draw(self.choice)

    def offers(self) -> Mapping[str, Offer]:
        """Stages, indicators and years of the chosen county; a new county starts at its latest year."""
        return self.offers_of(self.controls["county"].value)

    def offers_of(self, code: str) -> Mapping[str, Offer]:
        """What the later dropdowns offer with this county."""
        county = self._counties[code]
        known = county.coefficients[county.coefficients["cv"].notna()]
        filled = set(known["indicator"]) - {COMPOSITE}
        shown = [entry.id for entry in county.regime.indicators if entry.id in filled]
        first = self._case(county.division_code, county.year).diagnosis.focus
        worst = [name for name in first.loc[first["stage"] == county.stages[0], "indicator"] if name in shown]
        stages = [(labels.STAGES[stage], stage) for stage in county.stages]
        indicators = [(indicator_label(county.regime, name, short=True), name) for name in shown]
        years = [(numbers.school_year(year), year) for year in county.years]
        return {
            "stage": (stages, county.stages[0], True),
            "indicator": (indicators, next(iter([*worst, *shown]), None), True),
            "year": (years, county.year, False),
        }
