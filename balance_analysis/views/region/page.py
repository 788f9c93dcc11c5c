"""Sections of the region overview: one call per section; headings and sentences come from findings and words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from balance_analysis import __version__
from balance_analysis.findings.region import region_findings
from balance_analysis.overview import NationalContext, RegionAssessment, load_national_context
from balance_analysis.regimes import Regime
from balance_analysis.views.basis.tables import halved, limit_table, reading_table
from balance_analysis.views.county.figures import figure_of
from balance_analysis.views.elements import (
    Callout,
    Paragraph,
    ReportFigure,
    ReportTable,
    Section,
    TitlePage,
    worded_table,
)
from balance_analysis.views.region import figures, tables
from balance_analysis.words import labels, numbers, say, tell
from balance_analysis.words.numbers import is_missing

Elements = Iterator[ReportTable | ReportFigure | Callout | Section | Paragraph]


MOST_ON_COVER = 12
"""Counties that the cover names."""


def counties_named(names: list[str]) -> str:
    """The counties of a cover and how many there are, which is said once.

    >>> counties_named(["甲县", "乙县"])
    '甲县、乙县，共2个县（市、区）'
    """
    number = {"cut" if len(names) > MOST_ON_COVER else "whole": len(names)}
    return say("region.counties", counties=names[:MOST_ON_COVER], **{"cut": 0, "whole": 0} | number)


def title_page(region: RegionAssessment) -> TitlePage:
    """Region, years, law; marks simulated data if any source is simulated."""
    latest = region.regimes[0] if region.regimes else None
    listed = [row["county"] for row in tables.records(region.counties) if row["division_code"]]
    counties = counties_named(listed)
    if region.code_prefix:
        counties += say("region.code_prefix", prefix=region.code_prefix)
    return TitlePage(
        title=say("region.title"),
        subtitle=counties,
        county=region.name,
        division_code=region.code_prefix,
        school_year=_years(region),
        regime=latest.name if latest else "",
        target_year=region.target_year,
        simulated=region.simulated,
        stamp=stamp(region),
    )


def stamp(region: RegionAssessment) -> dict[str, str]:
    """What was really run, for whoever ordered the overview to compare with the order."""
    planned = region.schedule_table["planned_year"]
    return {
        "region": region.name,
        "regime": region.regime_id,
        "overlays": ",".join(region.overlays),
        "year": "" if region.year is None else str(region.year),
        "target_year": "" if region.target_year is None else str(region.target_year),
        "on": "" if region.on is None else region.on.isoformat(),
        "counties": ",".join(
            f"{county.division_code}:{county.year}:{county.outcome}:{county.overall_outcome}"
            for county in region.assessed
        ),
        "failed": ",".join(failure.division_code or failure.county for failure in region.failed),
        "planned": ",".join("" if is_missing(year) else str(year) for year in planned),
        "findings": ",".join(f"{one.id}@{one.subject}" for one in region_findings(region)),
        "source_sha256": ",".join(source.sha256 for source in region.sources),
        "version": __version__,
    }


def _years(region: RegionAssessment) -> str:
    if not region.years:
        return say("region.no_year")
    if len(region.years) > 2:
        return say("region.years_differ", first=region.years[0], last=region.years[-1] + 1)
    return "、".join(numbers.school_year(year) for year in region.years)


def summary(region: RegionAssessment) -> Callout:
    """What an official reads first: how many, who is met, what is missed most, who is due."""
    return Callout(say("region.findings_head"), items=tuple(tell(one) for one in region_findings(region)))


def counties(region: RegionAssessment) -> Elements:
    """All counties, those without an assessment, their strata and the school years they stand for."""
    yield tables.counties_table(region.counties)
    if region.failed:
        yield tables.failures_table(
            [(failure.county, failure.message, failure.issues) for failure in region.failed]
        )
    if len(region.years) > 1:
        by_year = [
            say(
                "region.year_counties",
                year=year,
                counties=[county.county for county in region.assessed if county.year == year],
            )
            for year in region.years
        ]
        text = say("region.years_same_limits" if region.same_limits else "region.years_other_limits")
        yield Callout(say("region.years_head"), text, items=by_year)
    if len(region.composition):
        yield tables.composition_table(region.composition, region.strata)


def _all_like(sizes: pd.DataFrame, place: int, stage: str) -> dict[str, Any]:
    """The row at ``place``, its county followed by those of the same number of pupils and schools."""
    columns = [f"{stage}_enrolment", f"{stage}_schools"]
    same = sizes[(sizes[columns] == sizes[columns].iloc[place]).all(axis=1)]
    first: dict[str, Any] = {str(name): value for name, value in same.iloc[0].items()}
    return first | {"county": "、".join(same["county"])}


def _caution(region: RegionAssessment) -> Callout:
    """Why a ranking of unlike counties misleads, with these counties' own sizes."""
    items = [say("region.caution_small")]
    for stage in region.stages:
        sizes = region.counties[region.counties[f"{stage}_schools"] > 0].sort_values(f"{stage}_enrolment")
        if len(sizes) > 1:
            told = {
                f"{name}{what}": row[column]
                for name, row in (
                    ("small", _all_like(sizes, 0, stage)),
                    ("large", _all_like(sizes, -1, stage)),
                )
                for what, column in (
                    ("", "county"),
                    ("_schools", f"{stage}_schools"),
                    ("_pupils", f"{stage}_enrolment"),
                )
            }
            items.append(say("region.caution_sizes", stage=stage, **told))
    one_stage = [county.county for county in region.assessed if set(county.stages) != set(region.stages)]
    if one_stage:
        items.append(say("region.caution_stages", counties=one_stage))
    if len(region.years) > 1:
        items.append(say("region.caution_years"))
    items.append(say("region.caution_verdict"))
    return Callout(say("region.caution_head"), say("region.caution"), items=items, tone="warning")


def league(region: RegionAssessment) -> Elements:
    """Per stage the coefficients as dots, and who is not ranked; cautions first."""
    if not region.regimes:
        return
    regime = region.regimes[0]
    yield _caution(region)
    for stage in region.stages:
        cvs = region.league[(region.league["stage"] == stage) & (region.league["measure"] == "cv")]
        if cvs["rank"].notna().any():
            named = cvs["county"].nunique() <= figures.NAMED_COUNTIES
            yield ReportFigure(
                figure_of(figures.plot_region_coefficients(region.league, regime, stage)),
                caption=say(
                    "region.coefficient_caption", region=region.name, stage=stage, years=_years(region)
                ),
                alt=figures.coefficients_alt(region.league, regime, stage),
                note="" if named else say("region.coefficient_note"),
            )
    if len(region.unranked):
        yield tables.unranked_table(region.unranked, regime)


def schedule(region: RegionAssessment) -> Elements:
    """Planned years, status, and the distance to every limit that is not met."""
    frame = region.schedule_table
    if frame["planned_year"].isna().all():
        yield Callout(say("region.no_plan_head"), say("region.no_plan"))
    else:
        yield tables.schedule_report_table(frame, region.schedule.documents)
    if frame["planned_year"].notna().sum() > 1:
        yield ReportFigure(
            figure_of(figures.plot_schedule(frame)),
            caption=say("region.schedule_caption", region=region.name, years=_years(region)),
            alt=figures.schedule_alt(frame),
            note=say("region.schedule_note"),
        )
    if not region.regimes or region.distances.empty:
        return
    order = list(dict.fromkeys(frame["division_code"]))
    if region.distances["outcome"].isin(["not_met", "not_assessable"]).any():
        yield tables.pace_table(region.distances, region.regimes[0], order)


def _published(context: NationalContext | None = None) -> pd.DataFrame:
    """The nation's published figures that were read or computed, none from memory."""
    frame = (context or load_national_context()).figures
    return frame[frame["status"].isin(tables.STATUSES)]


def nation(context: NationalContext | None = None) -> Elements:
    """The nation's published figures as pictures; each figure with its status and its source stands in the annex."""
    frame = _published(context)
    basic, quality = (frame[frame["series"] == f"{name}_cumulative"] for name in labels.BALANCES)
    years = [str(year) for year in sorted({*basic["year"], *quality["year"]})]
    yield ReportFigure(
        figures.plot_certified(basic, quality),
        caption=say("region.certified_caption", first=years[0], last=years[-1]),
        alt=figures.certified_alt(basic, quality),
        note=say("region.certified_note"),
        source=say("region.context_source"),
    )
    areas = frame[frame["series"].isin(labels.SERIES)]
    yield ReportFigure(
        figure_of(figures.plot_floor_area(areas)),
        caption=say("region.floor_area_caption", year=str(areas["year"].iloc[0])),
        alt=figures.floor_area_alt(areas),
        note=say("region.floor_area_note"),
        source=say("region.context_source"),
    )


def annexes(region: RegionAssessment) -> Elements:
    """附录: every county's coefficients and shares of passing schools with their ranks; the nation's figures; the law and the files."""
    found = [
        tables.matrix_table(region.league, regime, measure)
        for regime in region.regimes[:1]
        for measure in ("cv", "schools_met_share")
    ]
    if any(table is not None for table in found):
        yield Section(say("region.annex_league"), annex=True)
        yield from (table for table in found if table is not None)
    frame = _published()
    yield Section(say("region.annex_nation"), annex=True)
    for balance in labels.BALANCES:
        yield tables.certified_table(frame[frame["series"].str.startswith(balance)], balance)
    yield tables.floor_area_table(frame[frame["series"].isin(labels.SERIES)])
    yield Section(say("region.annex_basis"), annex=True)
    yield Paragraph(say("region.basis_lead"))
    yield from _basis(region)


def _basis(region: RegionAssessment) -> Elements:
    """The law; where it changed between the counties' years, each version."""
    shown: list[Regime] = []
    for regime in region.regimes:
        if all(regime.limits != other.limits or regime.choices != other.choices for other in shown):
            shown.append(regime)
    for regime in shown:
        if len(shown) > 1:
            yield Callout(say("region.basis_day", day=regime.on), say("region.basis_text"))
        yield limit_table(regime)
        yield reading_table(regime)
    rows = [[source.name, source.origin, halved(source.sha256)] for source in region.sources]
    yield worded_table("region.sources", rows, compact=True)
