"""Per-pupil indicators of every school and stage, exactly and by whole columns.

Filed decimals are kept as whole numbers, so that a value is one quotient of whole numbers and its float the nearest
there is: a school at exactly 3.57 *is* at 3.57. What whole numbers cannot hold (several campuses of which each splits
its resources, figures of more than fifteen digits) is reckoned in fractions, school by school. Blank inputs make the
value missing and are named; a filed zero is a zero. Source: regulation §1, §3.1, §3.3, §4.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
import pandas as pd

from balance_analysis.exact import EXACT_WHOLE, Floats, Whole, as_filed, scaled
from balance_analysis.measures.campuses import Amounts, Members, members_of
from balance_analysis.measures.counted import (
    SENIOR_ENROLMENT,
    SPONSOR_CODE,
    CountedSchools,
    count_schools,
)
from balance_analysis.regimes.model import Indicator, Regime
from balance_analysis.resources import numerator
from balance_analysis.statements import Statement
from balance_analysis.terms import Stage

PER_HUNDRED = 100
HEAD_COLUMNS = ("division_code", "county", "school_year", "school_code", "school_name", "school_type")
LABELS = ("stratum", "sponsor", "township")
COLUMNS = (
    "division_code",
    "county",
    "year",
    "stage",
    "indicator",
    "school_code",
    "school_name",
    "school_type",
    "stratum",
    "sponsor",
    "township",
    "amount",
    "scale",
    "stage_weight",
    "weighted_pupils",
    "enrolment",
    "value",
    "resource",
    "missing",
    "exact_value",
)
EXCLUDED_COLUMNS = ("division_code", "year", "school_code", "school_name", "stage", "enrolment", "reason")


class HasSchools(Protocol):
    """Anything with a ``schools`` frame (``workbook.tables.SchoolTables``)."""

    @property
    def schools(self) -> pd.DataFrame:
        """One row per school, campus and school year."""


@dataclass(frozen=True)
class IndicatorColumns:
    """One indicator at one stage, one entry per counted school in the order of its first row with pupils.

    ``school`` holds the numbers of the schools in :class:`CountedSchools`. ``numerator`` ÷ ``denominator`` are whole
    numbers whose quotient is the value; where ``numerator`` is NaN ``odd`` has the exact value by position, or it is missing:
    then ``missing`` names the columns at fault, by position.
    """

    stage: Stage
    indicator: Indicator
    school: Whole
    amount: Floats
    stage_weight: Floats
    weighted_pupils: Floats
    enrolment: Floats
    value: Floats
    resource: Floats
    missing: dict[int, str]
    numerator: Floats
    denominator: Floats
    odd: dict[int, Fraction]

    def exact_at(self, position: int) -> Fraction:
        """The exact value of one school that has one."""
        if position in self.odd:
            return self.odd[position]
        return Fraction(int(self.numerator[position]), int(self.denominator[position]))

    def exact(self) -> list[Fraction | None]:
        """The exact value of each school, None where it is missing."""
        return [
            None if unknown else self.exact_at(position)
            for position, unknown in enumerate(np.isnan(self.value).tolist())
        ]


def compute_indicators(tables: HasSchools, regime: Regime) -> pd.DataFrame:
    """All indicators of the regime for every school and stage in its scope.

    Parameters: ``tables.schools`` with the fields of the own template (``NaN`` = not filed) and
    ``stratum``; ``regime`` the resolved law. Returns the *indicators* frame of
    ``docs/developer/frames.md`` plus ``exact_value`` (Fraction, or None where missing), sorted by
    county, year, stage (primary first), regime order of indicators and file order of schools. Campuses that do not count
    as schools are merged into their main school (:mod:`balance_analysis.measures.counted`), shared resources of
    several-stage schools split by the regime's weights *before* merging. Stages without pupils give no row. A school of
    which the scope asks for a sponsor that is blank has no value and names ``sponsor_type``. A row marked
    ``values_given`` holds values instead of numerators: they are taken as filed, without ``amount``, split or
    scope, which the form has dealt with already.
    """
    counted = count_schools(tables.schools, regime)
    blocks = [block for stage in Stage for block in stage_columns(counted, stage)]
    if not sum(len(block.school) for block in blocks):
        return pd.DataFrame(columns=list(COLUMNS))
    return _frame(counted, blocks)


def stage_columns(counted: CountedSchools, stage: Stage) -> Iterator[IndicatorColumns]:
    """Every indicator at one stage by columns, in regime order."""
    return columns_of(members_of(counted, stage))


def columns_of(
    members: Members, wanted: Container[tuple[str, str]] | None = None
) -> Iterator[IndicatorColumns]:
    """:func:`stage_columns` of these members, or of them the ``wanted`` (stage, indicator)."""
    for indicator in members.counted.regime.indicators:
        if wanted is None or (str(members.stage), indicator.id) in wanted:
            yield _columns(members, indicator)


def excluded_schools(tables: HasSchools, regime: Regime) -> pd.DataFrame:
    """Schools and stages left out of the regime's scope, with the reason (a statement).

    Columns: division_code, year, school_code, school_name, stage, enrolment (campuses merged), reason.
    """
    counted = count_schools(tables.schools, regime)
    minimum = {entry.school_type: entry.minimum_enrolment for entry in regime.scope}
    reasons = {stage: counted.why_not(stage) for stage in Stage}
    codes, names = counted.of_heads("school_code"), counted.of_heads("school_name")
    places, years = counted.of_heads("division_code"), counted.of_heads("school_year")
    types = counted.of_heads("school_type")
    rows = []
    concerned = np.flatnonzero(np.logical_or.reduce([reason != "" for reason in reasons.values()]))
    for school in concerned[np.argsort(counted.head[concerned], kind="stable")].tolist():
        for stage in Stage:
            why = reasons[stage][school]
            if why:
                said = Statement(f"excluded.{why}", {"minimum": minimum.get(types[school])})
                pupils = float(counted.pupils[stage][school])
                head = (places[school], int(years[school]), codes[school], names[school])
                rows.append((*head, str(stage), pupils, said))
    return pd.DataFrame(rows, columns=list(EXCLUDED_COLUMNS))


def schools_of_unknown_sponsor(tables: HasSchools, regime: Regime) -> list[int]:
    """Positions in ``tables.schools`` of the schools that may be out of scope, had they filed their sponsor."""
    counted = count_schools(tables.schools, regime)
    unknown = np.logical_or.reduce(list(counted.sponsor_unknown.values()))
    return sorted(counted.filed[counted.head[unknown]].tolist())


def given_field(stage: str, indicator: Indicator) -> str:
    """The column that holds an already computed value, named by its basis so that regimes do not mix.

    ``primary_backbone_teachers_per_100_pupils``, ``junior_secondary_sports_area_per_pupil``.
    """
    basis = "per_100_pupils" if Fraction(indicator.scale) == PER_HUNDRED else "per_pupil"
    return f"{stage}_{indicator.id}_{basis}"


# --- one indicator at one stage --------------------------------------------------------------------------


def _columns(members: Members, indicator: Indicator) -> IndicatorColumns:
    split = indicator.shared and members.counted.regime.choice("split_shared_resources") == "on"
    amounts = Amounts.of(members, numerator(indicator.method))
    missing = _missing_texts(members, indicator, amounts, split)
    by = members.shared_campus if split else members.whole_campus
    filed, plain, most = members.total(amounts.whole)
    exact = by.columnwise
    if missing or not amounts.whole.sound or most >= EXACT_WHOLE:
        exact = exact & plain
        exact[list(missing)] = False
    # value = scale · amount · weight ÷ weighted pupils, as a quotient of whole numbers
    step = Fraction(indicator.scale) * Fraction(10**by.places, 10**amounts.whole.places)
    factors = [step * weight for weight in by.weights]
    upper, lower = [one.numerator for one in factors], [one.denominator for one in factors]
    unit = 10**members.learners.places
    top, bottom = members.times(filed, upper), by.times(members, lower)
    # resource = scale · amount, except where a campus splits it among stages: value · pupils
    per_amount = Fraction(indicator.scale) / 10**amounts.whole.places
    if (
        max(most * max(upper) * by.most_pupils, by.most * max(lower) * unit, most * per_amount.numerator)
        >= EXACT_WHOLE
    ):
        exact = exact & (np.maximum(top * by.whole_pupils, bottom * float(unit)) < EXACT_WHOLE)
        exact &= filed * float(per_amount.numerator) < EXACT_WHOLE
    amount = scaled(filed, amounts.whole.places)
    resource = amount
    with np.errstate(divide="ignore", invalid="ignore"):
        value = top / bottom
        if indicator.scale != 1:
            resource = filed * float(per_amount.numerator) / float(per_amount.denominator)
        if split and len(at := members.shared):
            resource = resource.copy()
            resource[at] = top[at] * by.whole_pupils[at] / (bottom[at] * float(unit))
    columns: dict[str, Floats] = {
        "amount": amount,
        "stage_weight": by.weight,
        "weighted_pupils": by.weighted_pupils,
        "enrolment": by.enrolment,
        "value": value,
        "resource": resource,
    }
    odd: dict[int, Fraction] = {}
    asked = exact is not by.columnwise or not by.everywhere
    if asked and len(inexact := np.flatnonzero(~exact)):
        columns["amount"], columns["resource"], top = amount.copy(), resource.copy(), top.copy()
        columns["amount"][list(missing)] = np.nan
        top[inexact], value[inexact], columns["resource"][inexact] = np.nan, np.nan, np.nan
        one_by_one = [at for at in inexact.tolist() if at not in missing or not by.exact[at]]
        if one_by_one:
            columns = {name: column.copy() for name, column in columns.items()}
        for position in one_by_one:
            figures = _by_fractions(
                members, indicator, amounts, split, position, known=position not in missing
            )
            for name, figure in figures.items():
                columns[name][position] = np.nan if figure is None else float(figure)
            if (exactly := figures["value"]) is not None:
                odd[position] = exactly
    return IndicatorColumns(
        members.stage,
        indicator,
        members.school,
        missing=missing,
        numerator=top,
        denominator=bottom,
        odd=odd,
        **columns,
    )


def _by_fractions(
    members: Members, indicator: Indicator, amounts: Amounts, split: bool, position: int, *, known: bool
) -> dict[str, Fraction | None]:
    """One school in fractions: several campuses that each split their resources, given values, many digits."""
    rows = members.rows_of[position].tolist()
    pupils = [as_filed(float(members.pupils[row])) for row in rows]
    everyone = sum(pupils, Fraction(0))
    bases = [members.weighted(row) for row in rows] if split and not members.given[position] else pupils
    weights = [
        members.weights[members.kind[row]] if split and not members.given[position] else Fraction(1)
        for row in rows
    ]
    amount = value = None
    weight, base = weights[0], sum(bases, Fraction(0))
    if known and members.given[position]:
        value = as_filed(float(members.column(given_field(members.stage, indicator))[rows[0]]))
    elif known:
        filed = [amounts.exact(row) for row in rows]
        amount, scale = sum(filed, Fraction(0)), Fraction(indicator.scale)
        own = zip(filed, weights, pupils, bases, strict=True)
        value = scale * sum((a * w * n / b for a, w, n, b in own), Fraction(0)) / everyone
        if len(rows) > 1 and amount:
            weight = value * base / (scale * amount)
    return {
        "amount": amount,
        "stage_weight": weight,
        "weighted_pupils": base,
        "enrolment": everyone,
        "value": value,
        "resource": None if value is None else value * everyone,
    }


def _missing_texts(members: Members, indicator: Indicator, amounts: Amounts, split: bool) -> dict[int, str]:
    """By position of its school the columns at fault, joined by 、, each once, in the order of rows and columns."""
    names, blank = list(amounts.names), amounts.blank
    faults = [(SENIOR_ENROLMENT, members.weighted_pupils[1])] if split else []
    if members.sponsor_unknown is not None:
        faults.append((SPONSOR_CODE, members.sponsor_unknown))
    if amounts.faultless and not members.given.any() and not any(lacking.any() for _, lacking in faults):
        return {}
    for name, lacking in faults:
        if lacking.any():
            blank = np.where(lacking, blank | (1 << len(names)), blank)
        names.append(name)
    if members.given.any():
        name = given_field(members.stage, indicator)
        unknown = np.where(np.isnan(members.column(name)), 1 << len(names), 0)
        names, blank = [*names, name], np.where(members.counted.given[members.row], unknown, blank)
    listed: dict[int, dict[str, None]] = {}
    spelt: dict[int, dict[str, None]] = {}
    at_fault = np.flatnonzero(blank)
    for school, bits in zip(members.of[at_fault].tolist(), blank[at_fault].tolist(), strict=True):
        if bits not in spelt:
            spelt[bits] = dict.fromkeys(name for bit, name in enumerate(names) if bits >> bit & 1)
        listed[school] = listed.get(school, {}) | spelt[bits]
    return {school: "、".join(found) for school, found in listed.items()}


# --- the frame -------------------------------------------------------------------------------------------


def _frame(counted: CountedSchools, blocks: Sequence[IndicatorColumns]) -> pd.DataFrame:
    """The blocks below each other, sorted by county, year, stage and regime order of indicators."""
    school = np.concatenate([block.school for block in blocks])
    sizes = [len(block.school) for block in blocks]
    place = pd.factorize(pd.Index(counted.of_heads("division_code")), sort=True)[0]
    year = counted.of_heads("school_year").astype(np.int64)
    order = np.lexsort((np.repeat(np.arange(len(blocks)), sizes), year[school], place[school]))
    heads = counted.rows.take(counted.head)
    taken = school[order]
    frame: dict[str, Any] = {}
    for name in COLUMNS:
        if name == "year":
            frame[name] = year[taken]
        elif name in HEAD_COLUMNS:
            frame[name] = heads[name].array.take(taken)
        elif name in LABELS:
            own = heads[name] if name in heads else pd.Series(None, index=heads.index, dtype="str")
            frame[name] = own.astype("str").array.take(taken)
        elif name in ("stage", "indicator"):
            words = [str(block.stage) if name == "stage" else block.indicator.id for block in blocks]
            frame[name] = pd.array(words, dtype="str").take(np.repeat(np.arange(len(blocks)), sizes)[order])
        elif name == "scale":
            frame[name] = np.repeat([float(block.indicator.scale) for block in blocks], sizes)[order]
        elif name == "exact_value":
            values = np.empty(len(school), dtype=object)
            values[:] = [value for block in blocks for value in block.exact()]
            frame[name] = values[order]
        elif name == "missing":
            texts = np.full(len(school), "", dtype=object)
            for start, block in zip(np.cumsum([0, *sizes]).tolist(), blocks, strict=False):
                texts[[start + position for position in block.missing]] = list(block.missing.values())
            frame[name] = pd.array(texts[order], dtype="str")
        else:
            frame[name] = np.concatenate([getattr(block, name) for block in blocks])[order]
    return pd.DataFrame(frame, columns=list(COLUMNS))
