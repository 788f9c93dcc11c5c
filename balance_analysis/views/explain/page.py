"""Pages that explain a verdict: areas, target year, causes, actions, room, figures to look at again; and the explorer.

A page is a heading that says the finding, its findings as sentences, then tables and figures. A page with nothing to say yields
nothing; ``alone`` lets a notebook that has no other page say even that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from matplotlib.axes import Axes

from balance_analysis.assessment import CountyAssessment
from balance_analysis.findings import Case, Finding
from balance_analysis.findings import actions as act
from balance_analysis.findings import areas as between
from balance_analysis.findings import causes as why
from balance_analysis.findings import closeness as close
from balance_analysis.findings import target as aim
from balance_analysis.findings import warnings as warn
from balance_analysis.findings.parts import Row, area_names, of, subject
from balance_analysis.terms import COMPOSITE
from balance_analysis.views.county import figures as county_figures
from balance_analysis.views.county import tables as county_tables
from balance_analysis.views.elements import Paragraph, ReportFigure, ReportTable, Section
from balance_analysis.views.elements.explorer import FigureExplorer, Offer
from balance_analysis.views.explain import figures, tables
from balance_analysis.views.explain.cohorts import cohorts
from balance_analysis.words import labels, numbers, say, tell
from balance_analysis.words.subjects import indicator_label
from balance_analysis.workbook.layouts import own_fields

Element = Section | Paragraph | ReportTable | ReportFigure


def _said(found: Iterable[Finding]) -> Iterator[Paragraph]:
    yield from (Paragraph(tell(one)) for one in found)


def _present(*elements: ReportTable | None) -> Iterator[ReportTable]:
    yield from (element for element in elements if element is not None)


def _whole(case: Case) -> str:
    return labels.whole_of(case.county.county)


# --- will the county make it -----------------------------------------------------------------------------


def target(case: Case, *, alone: bool = False) -> Iterator[Element]:
    """The answer for the target year, one status per matter, and per stage the years so far."""
    found = list(aim.find(case))
    trends = [figure for stage in case.county.stages for figure in trend_figure(case, stage)]
    if found[0].id == "target.none" and not alone and not trends:
        return
    yield Section(say(f"heading_{found[0].id}", **found[0].figures))
    shown = [
        one
        for one in found
        if one.id not in ("target.none", "target.back_test") or (alone and one is found[0])
    ]
    yield from _said(shown)
    for stage in case.county.stages:
        yield from _present(tables.target_table(case, stage))
    yield from _present(tables.target_items_table(case))
    yield from trends


def trend_figure(case: Case, stage: str) -> Iterator[ReportFigure]:
    """The coefficients to look at through the years; nothing with a single year."""
    county = case.county
    series = figures.named_series(county.trends, county.regime, stage, figures.watched(case, stage))
    years = sorted({int(year) for rows in series.values() for year in rows["year"]})
    if len(years) < 2:
        return
    forecasts = figures.forecasts(case, stage, series)
    ahead = county.target_year is not None and county.target_year > years[-1]
    note = say("explain_caption.trend_note")
    if ahead:
        note += (
            say("explain_caption.trend_ahead")
            if forecasts
            else say("explain_caption.trend_few", n=len(years))
        )
    yield ReportFigure(
        county_figures.figure_of(
            figures.plot_trend(series, forecasts=forecasts, target_year=county.target_year)
        ),
        caption=say("explain_caption.trend", stage=stage, first=years[0], last=years[-1]),
        alt=figures.trend_alt(series, forecasts, county.target_year),
        note=note,
    )


# --- why, and what first ---------------------------------------------------------------------------------


def causes(case: Case) -> Iterator[Element]:
    """Where the gaps lie and what changed, then the worst of each stage by school."""
    found = why.find(case)
    yield Section(say(f"heading_{found[0].id}", **found[0].figures))
    yield from _said(found)
    worst = case.diagnosis.focus.drop_duplicates("stage")
    for row in worst[worst["cv"] > 0].to_dict("records"):
        yield waterfall(case, str(row["stage"]), str(row["indicator"]))


def waterfall(case: Case, stage: str, indicator: str) -> ReportFigure:
    """One coefficient by school, from 0 to its square, with its limit where it has one."""
    diagnosis, whole = case.diagnosis, _whole(case)
    bars = diagnosis.waterfall(stage, indicator)
    limit = diagnosis.cv_limits.get((stage, indicator))
    line = None if limit is None else float(limit)
    name = subject(case.county.regime, {"stage": stage, "indicator": indicator})
    return ReportFigure(
        county_figures.figure_of(figures.plot_waterfall(bars, whole, limit=line)),
        caption=say("explain_caption.waterfall", subject=name, school_year=case.county.year),
        alt=figures.waterfall_alt(bars, whole, line),
        note=say("explain_caption.waterfall_note", whole=whole),
    )


def actions(case: Case) -> Iterator[Element]:
    """The first actions; nothing without any."""
    found = act.find(case)
    if not found:
        return
    alone = "action_veto" if found[0].id == "actions.veto" else "action_county"
    place = "action_first" if "school" in found[0].figures else alone
    place = "action_planned" if found[0].id == act.PLANNED else place
    heading = "improvements" if all(one.id == act.NARROW for one in found) else "actions"
    first = say(f"explain_heading.{place}", **found[0].figures)
    yield Section(say(f"explain_heading.{heading}", n=len(found), first=first))
    yield from _present(tables.action_table(case, found))


# --- areas, room, figures to look at again ---------------------------------------------------------------


def areas(case: Case, *, alone: bool = False) -> Iterator[Element]:
    """Both directions in words, the pupils below the limits, and the areas' means per stage; nothing with a single area."""
    found = list(between.find(case))
    if found and found[0].id == "areas.single":
        yield from _said(found if alone else [])
        return
    yield Section(_areas_heading(found))
    yield from _said(found)
    yield from _present(tables.below_limit_table(case))
    gaps = case.county.current("gaps")
    for stage in (stage for stage in case.county.stages if between.several(case, stage)):
        names, regime, whole = area_names(case.county), case.county.regime, _whole(case)
        yield ReportFigure(
            county_figures.figure_of(county_figures.plot_gaps(gaps, regime, stage, names, whole)),
            caption=say("figure.gaps", year=case.county.year, stage=stage, whole=whole),
            alt=county_figures.gaps_alt(gaps, regime, stage, names, whole),
        )


def _areas_heading(found: Sequence[Finding]) -> str:
    def areas_of(*kinds: str) -> list[str]:
        return list(dict.fromkeys(str(one.figures["area"]) for one in found if one.id in kinds))

    crowded = areas_of("areas.crowded")
    small = [area for area in areas_of("areas.short", "areas.have_none") if area not in crowded]
    if not crowded:
        return say("explain_heading.areas")
    return say(f"explain_heading.{'areas_both' if small else 'areas_crowded'}", crowded=crowded, small=small)


def passing(case: Case) -> Iterator[ReportTable]:
    """How many schools meet each indicator; nothing where schools have no limits."""
    if case.county.current("indicators")["limit"].notna().any():
        yield county_tables.school_count_table(case.county)


def headroom(case: Case, *, alone: bool = False) -> Iterator[Element]:
    """Who passes with little room for more pupils; nothing where the law has no rule for schools."""
    found = list(warn.find(case))
    narrow = [one for one in found if one.id == "warnings.narrow"]
    if found[0].id == "warnings.no_rule":
        yield from _said(found if alone else [])
        return
    yield Section(
        say("explain_heading.narrow", **narrow[0].figures) if narrow else say("explain_heading.headroom")
    )
    yield from _said(found)
    yield from _present(tables.headroom_table(case))


def review(case: Case) -> Iterator[Element]:
    """What the verdicts hang on, and the filed figures that deserve a second look before signing; nothing without any."""
    found = [one for one in close.find(case) if "pattern" not in one.id]
    listed = [one for one in found if one.id == "closeness.figure"]
    if found:
        heading = say("explain_heading.review", n=len(listed)) if listed else say("explain_heading.hanging")
        yield Section(heading)
        yield from _said(one for one in found if one.id != "closeness.figure")
        yield from _present(tables.review_table(case))
    if close.pattern(case).figures.get("n", 0):
        yield from plausibility(case, level=3 if found else 2)


def plausibility(case: Case, *, level: int = 3) -> Iterator[Element]:
    """Patterns in the filed figures that are to be checked, or that there are none; never an accusation."""
    found = close.pattern(case)
    n = found.figures.get("n", 0)
    yield Section(
        say("explain_heading.patterns", n=n) if n else say("explain_heading.no_patterns"), level=level
    )
    yield Paragraph(tell(found) + say("explorer.screened", rules=list(labels.FINDING_RULES.values())))
    yield from _present(tables.pattern_table(case, _headers()))


def _headers() -> dict[str, str]:
    return {name: field.header for name, field in own_fields().items()}


def annexes(case: Case) -> Iterator[Element]:
    """Everything behind the pages: forecasts, decomposition, other measures, every school, p-values, cells."""
    stages = case.county.stages
    tested = [one for one in aim.find(case) if one.id == "target.back_test"]
    decomposed = [
        table(case, stage) for stage in stages for table in (tables.source_table, tables.companion_table)
    ]
    yield from _annex(
        "target",
        [tables.forecast_table(case, stage) for stage in stages],
        ("explain_annex.forecast",),
        tested,
    )
    yield from _annex("causes", [*decomposed, tables.spread_table(case)], ("explain_annex.decomposition",))
    first = case.diagnosis.focus["stage"].duplicated()
    for row in case.diagnosis.focus[first].to_dict("records"):
        yield waterfall(case, str(row["stage"]), str(row["indicator"]))
    yield from _annex("areas", [tables.pair_table(case, stage) for stage in stages])
    yield from _annex("room", [tables.shortfall_table(case)])
    if case.cohorts is not None:
        yield from cohorts(case.cohorts)
    patterns = tables.pattern_table(case, _headers(), complete=True)
    calm = [] if close.pattern(case).figures.get("n", 0) else [close.pattern(case)]
    yield from _annex("review", [tables.review_table(case, complete=True), patterns], found=calm)


def _annex(
    name: str, shown: Sequence[ReportTable | None], notes: Sequence[str] = (), found: Sequence[Finding] = ()
) -> Iterator[Element]:
    """One annex: its heading, what is said of its method, its tables; nothing without a table."""
    if any(one is not None for one in shown):
        yield Section(say(f"explain_heading.annex_{name}"), annex=True)
        yield from (Paragraph(say(note)) for note in notes)
        yield from _said(found)
        yield from _present(*shown)


# --- the explorer ----------------------------------------------------------------------------------------


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
        county = self._counties[self.controls["county"].value]
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
