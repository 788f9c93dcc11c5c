"""Where a county stands on one commitment or task: the present figure, whether it holds, and why it may be unknown."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.exact import composite, cv_squared, digits_beside, half_up_text, holds
from balance_analysis.measures.columns import SchoolColumns, schools_of_year
from balance_analysis.measures.items.context import Measure
from balance_analysis.measures.records import rows_of_year
from balance_analysis.programmes.model import Commitment, MeasuredBy, summed_fields
from balance_analysis.terms import ALL_STAGES, COMPOSITE, Outcome, Relation
from balance_analysis.verdicts.combine import combine
from balance_analysis.verdicts.values import NO_LIMIT
from balance_analysis.verdicts.wording import NOTES
from balance_analysis.workbook.layouts import own_headers

SIGNS = {Relation.AT_LEAST: "≥", Relation.AT_MOST: "≤", Relation.BELOW: "<"}
OPPOSITE_SIGNS = {Relation.AT_LEAST: "<", Relation.AT_MOST: ">", Relation.BELOW: "≥"}
PERCENT = 100
_PLACES = {"%": 1, "1": 3, "分": 1}


@dataclass(frozen=True)
class Present:
    """What the data say now: ``outcome`` met / not_met / not_assessable, the figure as text, or the reason why not.

    ``value`` is exact and in the unit of the commitment; None where it is not known or there is no single figure.
    """

    outcome: str
    value: Fraction | None = None
    figure: str = ""
    reason: str = ""
    basis: str = ""


def present_commitment(
    commitment: Commitment, county: CountyAssessment, items: pd.DataFrame, measures: Sequence[Measure]
) -> Present:
    """Measure one commitment; ``measures`` are the county's (:func:`balance_analysis.measures.items.county_measures`)."""
    ways: Mapping[MeasuredBy, Callable[[], Present]] = {
        MeasuredBy.REPORTED: lambda: _unknown(f"数据不能说明：{commitment.reason}"),
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
        return _unknown(f"本次采用的评估办法没有项目{'、'.join(absent)}")
    rows = [known[item.casefold()] for item in ids]
    outcome = combine(str(row["outcome"]) for row in rows)
    if len(rows) == 1:
        detail = f"{_label(rows[0])}：{rows[0]['detail']}"
        figure, reason = ("", detail) if outcome == Outcome.NOT_ASSESSABLE else (detail, "")
        return Present(outcome, None, figure, reason, "items")
    grouped = {
        name: [_label(row) for row in rows if row["outcome"] == name]
        for name in (Outcome.MET, Outcome.NOT_MET, Outcome.NOT_ASSESSABLE)
    }
    figure = f"{len(rows)}项中{len(grouped[Outcome.MET])}项达标"
    if grouped[Outcome.NOT_MET]:
        figure += f"；未达标：{'、'.join(grouped[Outcome.NOT_MET])}"
    reason = (
        f"无法判定：{'、'.join(grouped[Outcome.NOT_ASSESSABLE])}" if grouped[Outcome.NOT_ASSESSABLE] else ""
    )
    return Present(outcome, None, figure, reason, "items")


def _label(row: Mapping[Hashable, Any]) -> str:
    """``B3`` for the numbered items, the name for the others."""
    item = str(row["item"])
    return item if item[-1:].isdigit() else str(row["name"])


def _item_figure(commitment: Commitment, measures: Sequence[Measure], items: pd.DataFrame) -> Present:
    found = [
        measure
        for measure in measures
        if measure.item == commitment.subject
        and measure.measure == commitment.figure
        and commitment.stage in (ALL_STAGES, measure.stage)
    ]
    if not found:
        where = (
            "没有这一数字" if commitment.subject in set(items["item"]) else f"没有项目{commitment.subject}"
        )
        return _unknown(f"本次采用的评估办法{where}")
    values = []
    for measure in found:
        if measure.exact is None:
            why = _lack(measure.missing) if measure.missing else NOTES.get(measure.note, "没有数据")
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
            return _unknown("没有这一学段的差异系数", "indicators")
        if pd.isna(rows[name]["cv"]):
            label = "综合差异系数" if name == COMPOSITE else county.regime.indicator(name).short_name
            return _unknown(f"{label}无法计算：{rows[name]['reason']}", "indicators")
        exact[name] = _exact_coefficient(county, commitment.stage, name)
    present = _compare(commitment, _worst(commitment, exact.values()), "indicators")
    above = [
        f"{county.regime.indicator(name).short_name}{_text(commitment, value)}"
        for name, value in exact.items()
        if name != COMPOSITE and not _keeps(commitment, value)
    ]
    if len(exact) == 1 or not above:
        return present
    limit = f"{SIGNS[commitment.relation]}{commitment.value}"
    figure = f"{len(exact)}项中{len(exact) - len(above)}项符合（{limit}）；不符合：{'、'.join(above)}"
    return Present(present.outcome, present.value, figure, "", "indicators")


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
        return _unknown("本次采用的评估办法不设逐校标准")
    return _share_of_schools(commitment, schools.groupby("school_code", sort=False)["outcome"].agg(combine))


def _indicator_share(commitment: Commitment, county: CountyAssessment) -> Present:
    rows = county.current("indicators")
    rows = rows[rows["indicator"] == commitment.subject]
    if commitment.stage != "all":
        rows = rows[rows["stage"] == commitment.stage]
    if rows.empty or (rows["outcome"] == NO_LIMIT).all():
        return _unknown("本次采用的评估办法不对这项指标设逐校标准")
    return _share_of_schools(commitment, rows.groupby("school_code", sort=False)["outcome"].agg(combine))


def _schools_covered(commitment: Commitment, county: CountyAssessment) -> Present:
    """Schools whose numerator reaches their denominator (rooms for every class); what their senior part needs is not filed."""
    counted = schools_of_year(county.tables.schools, county.regime, year=county.year)
    schools = SchoolColumns(counted, counted.counts)
    if not len(schools):
        return _unknown("没有计入的学校", "schools")
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
        present = _compare(commitment, low, "indicators")
        return Present(
            present.outcome, low, f"{len(outcomes)}所学校中{met}所达标，{present.figure}", "", "indicators"
        )
    certain = {_keeps(commitment, low), _keeps(commitment, high)}
    outcome = (
        Outcome.NOT_ASSESSABLE if len(certain) > 1 else Outcome.MET if certain == {True} else Outcome.NOT_MET
    )
    figure = f"{len(outcomes)}所学校中{met}所达标、{unknown}所数据不全"
    return Present(outcome.value, None, figure, f"{unknown}所学校数据不全", "indicators")


def _county_ratio(commitment: Commitment, county: CountyAssessment) -> Present:
    names = (commitment.numerator, commitment.denominator)
    filed = rows_of_year(county.tables.counties, county.year)
    part, whole = (filed[0].number(name) if filed else None for name in names)
    if part is None or whole is None:
        blank = [name for name, number in zip(names, (part, whole), strict=True) if number is None]
        return _unknown(_lack(blank), "county")
    if whole <= 0:
        return _unknown("分母为0，无法计算", "county")
    return _compare(commitment, PERCENT * part / whole, "county")


def _compare(commitment: Commitment, value: Fraction, basis: str) -> Present:
    kept = _keeps(commitment, value)
    sign = (SIGNS if kept else OPPOSITE_SIGNS)[commitment.relation]
    unit = "" if commitment.unit == "1" else commitment.unit
    figure = f"{_text(commitment, value)}{unit} {sign} {commitment.value}{unit}"
    return Present((Outcome.MET if kept else Outcome.NOT_MET).value, value, figure, "", basis)


def _keeps(commitment: Commitment, value: Fraction) -> bool:
    return holds(value, commitment.relation, Fraction(commitment.value))


def _worst(commitment: Commitment, values: Iterable[Fraction]) -> Fraction:
    return min(values) if commitment.relation is Relation.AT_LEAST else max(values)


def _text(commitment: Commitment, value: Fraction) -> str:
    """The figure at the decimals of its unit, more where rounding would carry it across the promised value."""
    places = _PLACES.get(commitment.unit, 2 if value.denominator > 1 else 0)
    return half_up_text(value, digits_beside(value, partial(_keeps, commitment), places))


def _lack(blank: Iterable[str]) -> str:
    return f"缺少{'、'.join(own_headers()[name] for name in blank)}"


def _unknown(reason: str, basis: str = "none") -> Present:
    return Present(Outcome.NOT_ASSESSABLE.value, None, "", reason, basis)
