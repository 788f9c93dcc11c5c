"""Where a county stands on one commitment or task: the present figure, whether it holds, and why it may be unknown.

Figures and reasons are statements; their words stand in ``words/sentences/programme.toml``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.exact import composite, cv_squared, holds
from balance_analysis.measures.columns import SchoolColumns, schools_of_year
from balance_analysis.measures.items.context import Measure
from balance_analysis.measures.records import rows_of_year
from balance_analysis.programmes.model import Commitment, MeasuredBy, summed_fields
from balance_analysis.statements import Statement
from balance_analysis.terms import ALL_STAGES, COMPOSITE, Outcome, Relation
from balance_analysis.verdicts.combine import combine
from balance_analysis.verdicts.item_statements import NOTES
from balance_analysis.verdicts.values import NO_LIMIT
from balance_analysis.workbook.layouts import own_headers

PERCENT = 100


@dataclass(frozen=True)
class Present:
    """What the data say now: ``outcome`` met / not_met / not_assessable, what the figure says, or the reason why not.

    ``value`` is exact and in the unit of the commitment; None where it is not known or there is no single figure.
    ``basis`` tells what was looked at: ``indicators``, ``items``, ``county``, or ``none`` where no data can show it.
    """

    outcome: str
    value: Fraction | None = None
    figure: Statement | str = ""
    reason: Statement | str = ""
    basis: str = ""


def present_commitment(
    commitment: Commitment, county: CountyAssessment, items: pd.DataFrame, measures: Sequence[Measure]
) -> Present:
    """Measure one commitment; ``measures`` are the county's (:func:`balance_analysis.measures.items.county_measures`)."""
    ways: Mapping[MeasuredBy, Callable[[], Present]] = {
        MeasuredBy.REPORTED: lambda: _unknown(
            Statement("progress.cannot_show", {"reason": commitment.reason})
        ),
        MeasuredBy.ITEM: lambda: present_items([commitment.subject], items),
        MeasuredBy.ITEM_FIGURE: lambda: _item_figure(commitment, measures, items),
        MeasuredBy.COEFFICIENT: lambda: _coefficients(commitment, county, [commitment.subject]),
        MeasuredBy.EVERY_COEFFICIENT: lambda: _coefficients(
            commitment, county, [entry.id for entry in county.regime.indicators]
        ),
        MeasuredBy.SCHOOLS_SHARE: lambda: _schools_share(commitment, county.current("schools")),
        MeasuredBy.INDICATOR_SHARE: lambda: _indicator_share(commitment, county),
        MeasuredBy.SCHOOLS_COVERED: lambda: _schools_covered(commitment, county),
        MeasuredBy.COUNTY_RATIO: lambda: _county_ratio(commitment, county),
    }
    return ways[commitment.measured_by]()


def present_items(wanted: Iterable[str], items: pd.DataFrame) -> Present:
    """Where the county stands on several judged items together (all must be met)."""
    ids = list(wanted)
    known = {str(row["item"]).casefold(): row for row in items.to_dict("records")}
    absent = [item for item in ids if item.casefold() not in known]
    if absent:
        return _unknown(Statement("progress.no_item", {"items": absent}))
    rows = [known[item.casefold()] for item in ids]
    outcome = combine(str(row["outcome"]) for row in rows)
    if len(rows) == 1:
        detail = Statement("progress.item", {"item": _label(rows[0]), "detail": rows[0]["detail"]})
        figure, reason = ("", detail) if outcome == Outcome.NOT_ASSESSABLE else (detail, "")
        return Present(outcome, None, figure, reason, "items")
    grouped = {
        name: [_label(row) for row in rows if row["outcome"] == name]
        for name in (Outcome.MET, Outcome.NOT_MET, Outcome.NOT_ASSESSABLE)
    }
    counted = {
        "all": len(rows), "met": len(grouped[Outcome.MET]), "failing": grouped[Outcome.NOT_MET],
    }  # fmt: skip
    unknown = grouped[Outcome.NOT_ASSESSABLE]
    reason = Statement("progress.items_unknown", {"items": unknown}) if unknown else ""
    return Present(outcome, None, Statement("progress.items", counted), reason, "items")


def _label(row: Mapping[Hashable, Any]) -> str:
    """``B3`` for the numbered items, the name for the others."""
    item = str(row["item"])
    return item if item[-1:].isdigit() else str(row["name"])


def item_names(ids: Iterable[str], items: pd.DataFrame) -> list[str]:
    """Items as people know them: numbered ones by number, the others by name."""
    known = {str(row["item"]): _label(row) for row in items.to_dict("records")}
    return [known.get(item, item) for item in ids]


def _item_figure(commitment: Commitment, measures: Sequence[Measure], items: pd.DataFrame) -> Present:
    found = [
        measure
        for measure in measures
        if measure.item == commitment.subject
        and measure.measure == commitment.figure
        and commitment.stage in (ALL_STAGES, measure.stage)
    ]
    if not found:
        known = commitment.subject in set(items["item"])
        absent = (
            Statement("progress.no_figure")
            if known
            else Statement("progress.no_item", {"items": [commitment.subject]})
        )
        return _unknown(absent, "items")
    values = []
    for measure in found:
        if measure.exact is None:
            why = (
                _lack(measure.missing)
                if measure.missing
                else NOTES.get(measure.note, Statement("progress.no_data"))
            )
            return _unknown(why, "items")
        values.append(measure.exact)
    return _compare(commitment, _worst(commitment, values), "items")


def _coefficients(commitment: Commitment, county: CountyAssessment, indicators: list[str]) -> Present:
    """The largest of the coefficients, exactly; the indicators above the value are named."""
    coefficients = county.current("coefficients")
    coefficients = coefficients[coefficients["stage"] == commitment.stage]
    rows = {str(row["indicator"]): row for row in coefficients.to_dict("records")}
    exact: dict[str, Fraction] = {}
    for name in indicators:
        if name not in rows:
            return _unknown(Statement("progress.no_coefficient"), "indicators")
        if pd.isna(rows[name]["cv"]):
            figures = {"indicator": _indicator(county, name), "reason": rows[name]["reason"]}
            return _unknown(Statement("progress.coefficient_unknown", figures), "indicators")
        exact[name] = _exact_coefficient(county, commitment.stage, name)
    present = _compare(commitment, _worst(commitment, exact.values()), "indicators")
    above = [
        {"indicator": _indicator(county, name), "reading": _reading(commitment, value)}
        for name, value in exact.items()
        if name != COMPOSITE and not _keeps(commitment, value)
    ]
    if len(exact) == 1 or not above:
        return present
    counted = {
        "all": len(exact),
        "kept": len(exact) - len(above),
        "above": above,
        "limit": str(commitment.value),
    }
    figure = Statement("progress.coefficients", {**counted, "relation": commitment.relation.value})
    return Present(present.outcome, present.value, figure, "", "indicators")


def _indicator(county: CountyAssessment, name: str) -> str:
    """The law's own name of an indicator; the id of the composite, which words names."""
    return COMPOSITE if name == COMPOSITE else county.regime.indicator(name).short_name


def _exact_coefficient(county: CountyAssessment, stage: str, indicator: str) -> Fraction:
    """One coefficient from exact values: exact where it is rational, else to 60 digits."""
    values = county.current("indicators")
    values = values[values["stage"] == stage]
    names = [entry.id for entry in county.regime.indicators] if indicator == COMPOSITE else [indicator]
    squares = []
    for name in names:
        rows = values[values["indicator"] == name]
        squares.append(cv_squared(list(rows["exact_value"]), [Fraction(int(n)) for n in rows["enrolment"]]))
    return composite(squares)


def _schools_share(commitment: Commitment, schools: pd.DataFrame) -> Present:
    if commitment.stage != "all":
        schools = schools[schools["stage"] == commitment.stage]
    if schools.empty or (schools["outcome"] == NO_LIMIT).all():
        return _unknown(Statement("progress.no_school_limit"), "indicators")
    return _share_of_schools(commitment, schools.groupby("school_code", sort=False)["outcome"].agg(combine))


def _indicator_share(commitment: Commitment, county: CountyAssessment) -> Present:
    rows = county.current("indicators")
    rows = rows[rows["indicator"] == commitment.subject]
    if commitment.stage != "all":
        rows = rows[rows["stage"] == commitment.stage]
    if rows.empty or (rows["outcome"] == NO_LIMIT).all():
        return _unknown(Statement("progress.no_school_limit"), "indicators")
    return _share_of_schools(commitment, rows.groupby("school_code", sort=False)["outcome"].agg(combine))


def _schools_covered(commitment: Commitment, county: CountyAssessment) -> Present:
    """Schools whose numerator reaches their denominator (rooms for every class); what their senior part needs is not filed."""
    counted = schools_of_year(county.tables.schools, county.regime, year=county.year)
    schools = SchoolColumns(counted, counted.counts)
    if not len(schools):
        return _unknown(Statement("progress.no_schools"), "schools")
    part, whole = (
        schools.total(*summed_fields(text)).value for text in (commitment.numerator, commitment.denominator)
    )
    short = part.below(whole)
    unknown = ~short & (~(part.known & whole.known) | schools.may_have_seniors)
    outcomes = pd.Series(Outcome.MET.value, index=range(len(schools)))
    outcomes[short] = Outcome.NOT_MET.value
    outcomes[unknown] = Outcome.NOT_ASSESSABLE.value
    return _share_of_schools(commitment, outcomes)


def _share_of_schools(commitment: Commitment, outcomes: pd.Series) -> Present:
    """A school of several stages counts once and passes when all its stages do."""
    counts = outcomes.value_counts()
    met, unknown = int(counts.get(Outcome.MET, 0)), int(counts.get(Outcome.NOT_ASSESSABLE, 0))
    low, high = Fraction(PERCENT * met, len(outcomes)), Fraction(PERCENT * (met + unknown), len(outcomes))
    if unknown == 0:
        counted = {"all": len(outcomes), "met": met, "reading": _reading(commitment, low)}
        outcome = Outcome.MET if _keeps(commitment, low) else Outcome.NOT_MET
        return Present(outcome.value, low, Statement("progress.schools_met", counted), "", "indicators")
    certain = {_keeps(commitment, low), _keeps(commitment, high)}
    outcome = (
        Outcome.NOT_ASSESSABLE if len(certain) > 1 else Outcome.MET if certain == {True} else Outcome.NOT_MET
    )
    figure = Statement("progress.schools_incomplete", {"all": len(outcomes), "met": met, "unknown": unknown})
    return Present(
        outcome.value, None, figure, Statement("progress.schools_unknown", {"n": unknown}), "indicators"
    )


def _county_ratio(commitment: Commitment, county: CountyAssessment) -> Present:
    names = (commitment.numerator, commitment.denominator)
    filed = rows_of_year(county.tables.counties, county.year)
    part, whole = (filed[0].number(name) if filed else None for name in names)
    if part is None or whole is None:
        blank = [name for name, number in zip(names, (part, whole), strict=True) if number is None]
        return _unknown(_lack(blank), "county")
    if whole <= 0:
        return _unknown(Statement("progress.zero_denominator"), "county")
    return _compare(commitment, PERCENT * part / whole, "county")


def _compare(commitment: Commitment, value: Fraction, basis: str) -> Present:
    outcome = Outcome.MET if _keeps(commitment, value) else Outcome.NOT_MET
    figure = Statement("progress.compared", {"reading": _reading(commitment, value)})
    return Present(outcome.value, value, figure, "", basis)


def _reading(commitment: Commitment, value: Fraction) -> tuple[Fraction, str, str, str]:
    """What words prints beside the promise: value, relation, promised value as in the document, unit."""
    return value, commitment.relation.value, str(commitment.value), commitment.unit


def _keeps(commitment: Commitment, value: Fraction) -> bool:
    return holds(value, commitment.relation, Fraction(commitment.value))


def _worst(commitment: Commitment, values: Iterable[Fraction]) -> Fraction:
    return min(values) if commitment.relation is Relation.AT_LEAST else max(values)


def _lack(blank: Iterable[str]) -> Statement:
    return Statement("progress.lacks", {"columns": [own_headers()[name] for name in blank]})


def _unknown(reason: Statement | str, basis: str = "none") -> Present:
    return Present(Outcome.NOT_ASSESSABLE.value, None, "", reason, basis)
