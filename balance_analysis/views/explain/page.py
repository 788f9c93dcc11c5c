"""Pages that explain a verdict: areas, target year, causes, actions, room, figures to look at again.

A page is a heading that says the finding, its findings as sentences, then tables and figures. A page with nothing to say yields
nothing; ``alone`` lets a notebook that has no other page say even that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pandas as pd

from balance_analysis.findings import Case, Finding
from balance_analysis.findings import actions as act
from balance_analysis.findings import areas as between
from balance_analysis.findings import causes as why
from balance_analysis.findings import closeness as close
from balance_analysis.findings import target as aim
from balance_analysis.findings import warnings as warn
from balance_analysis.findings.parts import area_names, key, subject
from balance_analysis.views.county import figures as county_figures
from balance_analysis.views.county import tables as county_tables
from balance_analysis.views.elements import Paragraph, ReportFigure, ReportTable, Section
from balance_analysis.views.explain import figures, tables
from balance_analysis.views.explain.cohorts import cohorts
from balance_analysis.words import labels, say, tell
from balance_analysis.workbook.layouts import own_fields

Element = Section | Paragraph | ReportTable | ReportFigure
FIRST: Mapping[str, str] = {
    "actions.veto": "action_veto",
    "actions.no_amount": "action_lowers",
    act.PLANNED: "action_planned",
    **dict.fromkeys(act.ADDING, "action_more"),
}
"""Actions whose heading is a sentence of its own."""
MOST_NAMED = 2
"""A school that fails in more items is not headed with what it lacks of each."""
BARS = 6
"""Schools with a bar of their own in a waterfall, so that with its caption it takes no more than a quarter of a page."""


def _said(found: Iterable[Finding]) -> Iterator[Paragraph]:
    yield from (Paragraph(tell(one)) for one in found)


def _present(*elements: ReportTable | None) -> Iterator[ReportTable]:
    yield from (element for element in elements if element is not None)


def _whole(case: Case) -> str:
    return labels.whole_of(case.county.county)


# --- will the county make it -----------------------------------------------------------------------------


def target(case: Case, *, alone: bool = False) -> Iterator[Element]:
    """The answer for the target year, one status per matter where a course can be told, and per stage the years so far."""
    found = list(aim.find(case))
    trends = list(trend_figures(case))
    if found[0].id == "target.none" and not alone and not trends:
        return
    yield Section(say(f"heading_{found[0].id}", **found[0].figures))
    shown = [
        one
        for one in found
        if one.id not in ("target.none", "target.back_test") or (alone and one is found[0])
    ]
    yield from _said(shown)
    if tables.has_course(case):
        for stage in case.county.stages:
            last = stage == case.county.stages[-1]
            yield from _present(tables.target_table(case, stage, noted=last))
    yield from trends


def trend_figures(case: Case) -> Iterator[ReportFigure]:
    """Per stage the coefficients to look at through the years, none with a single year; a note that two share stands under the last."""
    county, drawn = case.county, list[tuple[str, dict[str, pd.DataFrame], list[int], str]]()
    for stage in county.stages:
        series = figures.named_series(county.trends, county.regime, stage, figures.watched(case, stage))
        years = sorted({int(year) for rows in series.values() for year in rows["year"]})
        if len(years) > 1:
            drawn.append((stage, series, years, _trend_note(case, stage, series, years)))
    for number, (stage, series, years, note) in enumerate(drawn, start=1):
        ahead = figures.forecasts(case, stage, series)
        shared = number < len(drawn) and drawn[number][-1] == note
        yield ReportFigure(
            county_figures.figure_of(
                figures.plot_trend(series, forecasts=ahead, target_year=county.target_year)
            ),
            caption=say(
                "explain_caption.trend", county=county.county, stage=stage, first=years[0], last=years[-1]
            ),
            alt=figures.trend_alt(series, ahead, county.target_year),
            note="" if shared else note,
        )


def _trend_note(case: Case, stage: str, series: Mapping[str, pd.DataFrame], years: Sequence[int]) -> str:
    """What the lines of a trend are, and why nothing is drawn ahead where years are too few."""
    ahead = case.county.target_year is not None and case.county.target_year > years[-1]
    limited = any(rows["limit"].notna().any() for rows in series.values())
    lines = [name for name, drawn in (("limit", limited), ("target", ahead)) if drawn]
    note = say("explain_caption.trend_note", lines=[say(f"explain_caption.line_{name}") for name in lines])
    if ahead and figures.forecasts(case, stage, series):
        return note + say("explain_caption.trend_ahead")
    return note + say("explain_caption.trend_few", n=len(years)) if ahead else note


# --- why, and what first ---------------------------------------------------------------------------------


def causes(case: Case) -> Iterator[Element]:
    """What is said of each gap, with the worst of each stage by school, and what is said of the county."""
    found = why.find(case)
    yield Section(say(f"heading_{found[0].id}", **found[0].figures))
    worst = case.diagnosis.focus.drop_duplicates("stage")
    drawn = {key(row): row for row in worst[worst["cv"] > 0].to_dict("records")}
    for about in dict.fromkeys(one.subject for one in found):
        yield from _said(one for one in found if one.subject == about)
        if about in drawn:
            row, noted = drawn[about], about == list(drawn)[-1]
            yield waterfall(case, str(row["stage"]), str(row["indicator"]), noted=noted)


def waterfall(case: Case, stage: str, indicator: str, *, noted: bool = True) -> ReportFigure:
    """One coefficient by school, from 0 to its square, with its limit where it has one; ``noted`` prints how to read it."""
    diagnosis, whole = case.diagnosis, _whole(case)
    bars = diagnosis.waterfall(stage, indicator, top=BARS)
    limit = diagnosis.cv_limits.get((stage, indicator))
    line = None if limit is None else float(limit)
    name = subject(case.county.regime, {"stage": stage, "indicator": indicator})
    return ReportFigure(
        county_figures.figure_of(figures.plot_waterfall(bars, whole, limit=line)),
        caption=say(
            "explain_caption.waterfall", county=case.county.county, subject=name, school_year=case.county.year
        ),
        alt=figures.waterfall_alt(bars, whole, line),
        note=say("explain_caption.waterfall_note", whole=whole) if noted else "",
    )


def actions(case: Case) -> Iterator[Element]:
    """The first actions; nothing without any."""
    found = act.find(case)
    if not found:
        return
    heading = "improvements" if all(one.id == act.NARROW for one in found) else "actions"
    first = say(f"explain_heading.{_place(found[0])}", **found[0].figures)
    yield Section(say(f"explain_heading.{heading}", n=len(found), first=first))
    yield from _present(tables.action_table(case, found))


def _place(first: Finding) -> str:
    """The sentence in which a heading says the first action."""
    if first.id in FIRST:
        return FIRST[first.id]
    if "school" not in first.figures:
        return "action_county"
    n = first.figures.get("n", 0)
    return "action_school" if isinstance(n, int) and n > MOST_NAMED else "action_first"


# --- areas, room, figures to look at again ---------------------------------------------------------------


def areas(case: Case, *, alone: bool = False) -> Iterator[Element]:
    """Per stage both directions in words and the areas' means, then the pupils below the limits; nothing with a single area."""
    found = list(between.find(case))
    if found and found[0].id == "areas.single":
        yield from _said(found if alone else [])
        return
    yield Section(_areas_heading(found))
    gaps = case.county.current("gaps")
    for stage in (stage for stage in case.county.stages if between.several(case, stage)):
        yield from _said(one for one in found if one.subject.partition("/")[0] == stage)
        names, regime, whole = area_names(case.county), case.county.regime, _whole(case)
        yield ReportFigure(
            county_figures.figure_of(county_figures.plot_gaps(gaps, regime, stage, names, whole)),
            caption=say(
                "figure.gaps", county=case.county.county, year=case.county.year, stage=stage, whole=whole
            ),
            alt=county_figures.gaps_alt(gaps, regime, stage, names, whole),
        )
    yield from _present(tables.below_limit_table(case))


def _areas_heading(found: Sequence[Finding]) -> str:
    """What fails in areas of large and of small schools; where nothing does, which areas have more."""
    failing = [one for one in found if one.figures.get("n", 0) != one.figures.get("tolerated", 0)]
    crowded = _areas_of(one.figures for one in failing if one.id == "areas.crowded")
    short = (one.figures for one in failing if one.id in ("areas.short", "areas.have_none"))
    small = [area for area in _areas_of(one for one in short if one["small"]) if area not in crowded]
    if crowded or small:
        name = "_".join(["areas", *(["crowded"] if crowded else []), *(["short"] if small else [])])
        return say(f"explain_heading.{name}", crowded=crowded, small=small)
    more = [one.figures["areas"] for one in found if one.id == "areas.small_have_more"]
    names = _areas_of(one for areas in more for one in areas)  # type: ignore[attr-defined]
    return say("explain_heading.areas_small" if names else "explain_heading.areas", small=names)


def _areas_of(figures: Iterable[Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys(str(one["area"]) for one in figures))


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
    """What the verdicts hang on, and the filed figures that deserve a second look before signing; nothing without any.

    That no figure is near is said in the annex.
    """
    found = [one for one in close.find(case) if "pattern" not in one.id]
    listed = [one for one in found if one.id == "closeness.figure"]
    hanging = any(one.id != "closeness.no_figure" for one in found)
    if hanging:
        heading = say("explain_heading.review", n=len(listed)) if listed else say("explain_heading.hanging")
        yield Section(heading)
        yield from _said(one for one in found if one.id != "closeness.figure")
        yield from _present(tables.review_table(case))
    if close.pattern(case).figures.get("n", 0):
        yield from plausibility(case, level=3 if hanging else 2)


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
    calm = [one for one in close.find(case) if one.id in ("closeness.no_figure", "closeness.no_pattern")]
    shown = [tables.review_table(case, complete=True), patterns]
    if any(one.id == "closeness.no_figure" for one in calm) or any(one is not None for one in shown):
        yield from _annex("review", shown, found=calm, alone=True)


def _annex(
    name: str,
    shown: Sequence[ReportTable | None],
    notes: Sequence[str] = (),
    found: Sequence[Finding] = (),
    *,
    alone: bool = False,
) -> Iterator[Element]:
    """One annex: its heading, what is said of its method, its tables; nothing without a table unless ``alone``."""
    if alone or any(one is not None for one in shown):
        yield Section(say(f"explain_heading.annex_{name}"), annex=True)
        yield from (Paragraph(say(note)) for note in notes)
        yield from _said(found)
        yield from _present(*shown)
