"""The report of a county whose data give one indicator at most: a cover and one page, not thirteen with empty tables."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from balance_analysis import __version__
from balance_analysis.assessment import CountyAssessment
from balance_analysis.findings.case import Case
from balance_analysis.views.county.page import verdict
from balance_analysis.views.elements import Paragraph, ReportTable, Section, Verdict, worded_table
from balance_analysis.words import labels, numbers, say
from balance_analysis.words.subjects import indicator_label

HASH_PIECE: Final = 16
"""A hash is printed in pieces of so many signs, between which a line may end."""
EXTREMES: Final = 5
"""Schools named at either end of an indicator."""


def known_indicators(county: CountyAssessment) -> list[str]:
    """Indicators that some school has a value of in the assessed year, in the order of the law."""
    frame = county.current("indicators")
    known = set(frame.loc[frame["value"].notna(), "indicator"])
    return [entry.id for entry in county.regime.indicators if entry.id in known]


def is_short(county: CountyAssessment) -> bool:
    """Whether the data give one indicator at most, of several that the law asks for."""
    return len(known_indicators(county)) <= 1 < len(county.regime.indicators)


def page(case: Case) -> Iterator[Section | Verdict | Paragraph | ReportTable]:
    """Verdict, what is known and what is not, the years, the schools at both ends, and the source: one page."""
    county, known = case.county, known_indicators(case.county)
    names = [indicator_label(county.regime, name, short=True) for name in known]
    others = [
        indicator_label(county.regime, entry.id, short=True)
        for entry in county.regime.indicators
        if entry.id not in known
    ]
    yield Section(
        say("short.heading" if known else "short.heading_none", known=names), new_page=True, front=True
    )
    yield verdict(case)
    yield Paragraph(say("short.missing", others=others, n=len(others), whole=labels.whole_of(county.county)))
    for stage in county.stages:
        for indicator in known:
            yield from _indicator(county, stage, indicator)
    sources = [
        say("short.source", name=one.name, origin=one.origin, sha=" ".join(wrap(one.sha256, HASH_PIECE)))
        for one in county.tables.sources
    ]
    law, named = county.regime, say("provenance.county_code", county=county.county, code=county.division_code)
    yield Paragraph(
        say("short.sources", county=named, sources=sources, law=law.name, on=law.on, version=__version__)
    )


def _indicator(county: CountyAssessment, stage: str, indicator: str) -> Iterator[Paragraph | ReportTable]:
    frame = county.coefficients
    rows = frame[(frame["stage"] == stage) & (frame["indicator"] == indicator) & frame["cv"].notna()]
    if rows.empty:
        return
    label = indicator_label(county.regime, indicator, short=True)
    figures = {"stage": stage, "indicator": label}
    years = [
        [numbers.school_year(int(row["year"])), row["n_schools"], row["enrolment"], row["mean"], row["cv"]]
        for row in rows.sort_values("year").to_dict("records")
    ]
    yield worded_table("county.short_years", years, figures=figures)
    if county.regime.limit(indicator, "cv", stage) is None:
        yield Paragraph(say("short.no_limit", indicator=label))
    yield _extremes(county, stage, indicator, figures)


def _extremes(county: CountyAssessment, stage: str, indicator: str, figures: dict[str, str]) -> ReportTable:
    """The schools with the lowest and the highest values, by name."""
    values = county.current("indicators")
    chosen = values[(values["stage"] == stage) & (values["indicator"] == indicator) & values["value"].notna()]
    ordered = chosen.sort_values(["value", "school_code"], kind="stable")
    low, high = ordered.head(EXTREMES), ordered.tail(EXTREMES).iloc[::-1]
    rows = [
        [
            one["school_name"],
            one["enrolment"],
            one["value"],
            other["school_name"],
            other["enrolment"],
            other["value"],
        ]
        for one, other in zip(low.to_dict("records"), high.to_dict("records"), strict=True)
    ]
    return worded_table("county.short_schools", rows, figures=figures)
