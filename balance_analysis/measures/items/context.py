"""What an item's computation is given, and the row it answers with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import pandas as pd

from balance_analysis.measures.records import Record, School, Sum, counted_schools, rows_of_year
from balance_analysis.regimes.model import Item, Regime
from balance_analysis.terms import ALL_STAGES, Relation

PERCENT = 100

ZERO_DENOMINATOR = "zero_denominator"
EXCEEDS_TOTAL = "exceeds_total"
NO_ROW = "no_row"
AT_LEAST_KNOWN = "at_least_known"
LARGEST_CLASS_CONTRADICTS = "largest_class_contradicts"
CAPPED = "capped"
UNREADABLE_LEVEL = "unreadable_level"
NO_PREVIOUS_YEAR = "no_previous_year"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measured thing of one item: of the county, or of one school and stage.

    ``exact`` is the value in the unit of the limit (percent where the limit is in percent), None where it is not
    known; ``needed`` and ``relation`` stand in for the regime's limit where it differs by school; ``best_case`` is the
    best the value can be whatever the blanks hold; ``holds`` replaces the comparison where there is no limit.
    ``decides`` is False for rows that only show where a county's value comes from. ``note`` is one of the codes
    of this module; ``concession`` names the concessions that were used.
    """

    item: str
    measure: str
    exact: Fraction | None
    stage: str = ALL_STAGES
    school_code: str = ""
    school_name: str = ""
    subject: str = ""
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    needed: Fraction | None = None
    available: Fraction | None = None
    relation: Relation | None = None
    best_case: Fraction | None = None
    holds: bool | None = None
    unit: str = ""
    missing: tuple[str, ...] = ()
    note: str = ""
    concession: str = ""
    decides: bool = True


@dataclass(frozen=True)
class Context:
    """One county in one year under one regime."""

    regime: Regime
    year: int
    schools: Sequence[School]
    every_school: Sequence[School] = field(repr=False)
    county: Record | None
    previous_county: Record | None
    evidence: Sequence[Record] = field(repr=False)

    def county_total(self, *fields: str) -> Sum:
        """Sum of fields of the county's row; every field is missing where there is no row."""
        return (self.county or Record({})).total(*fields)


Method = Callable[[Context, Item], list[Measure]]


def build_context(
    schools: pd.DataFrame, counties: pd.DataFrame, evidence: pd.DataFrame, regime: Regime, *, year: int
) -> Context:
    """Read one county's frames for one year (frames may hold several years, but one county only)."""
    merge = not regime.has_choice("items.merge_campuses", "off")
    this_year, year_before = rows_of_year(counties, year), rows_of_year(counties, year - 1)
    return Context(
        regime=regime,
        year=year,
        schools=counted_schools(schools, regime, year=year, merge_campuses=merge),
        every_school=counted_schools(schools, regime, year=year, every_size=True, merge_campuses=merge),
        county=this_year[0] if this_year else None,
        previous_county=year_before[0] if year_before else None,
        evidence=rows_of_year(evidence, year),
    )


def share(
    item: Item,
    measure: str,
    numerator: Sum,
    denominator: Sum,
    *,
    bounded: bool = True,
    stage: str = ALL_STAGES,
) -> Measure:
    """A county's ratio in percent, exactly.

    Not known where an input is blank, where the denominator is zero, and (``bounded``) where the part is larger than
    the whole: such figures contradict each other and must not pass.
    """
    missing = tuple(dict.fromkeys((*numerator.missing, *denominator.missing)))
    exact, note = None, ""
    if numerator.value is not None and denominator.value is not None:
        if denominator.value <= 0:
            note = ZERO_DENOMINATOR
        elif bounded and numerator.value > denominator.value:
            note = EXCEEDS_TOTAL
        else:
            exact = PERCENT * numerator.value / denominator.value
    return Measure(
        item=item.id,
        measure=measure,
        exact=exact,
        stage=stage,
        unit="%",
        numerator=numerator.value,
        denominator=denominator.value,
        missing=missing,
        note=note,
    )


def summed_share(item: Item, measure: str, rows: Sequence[Measure], *, stage: str = ALL_STAGES) -> Measure:
    """The county's ratio from its schools' numerators and denominators.

    Where some numerators are blank, ``best_case`` is the ratio if all of those were full: if even that fails, the
    county fails whatever the blanks hold.
    """
    missing = tuple(dict.fromkeys(name for row in rows for name in row.missing))
    contradiction = any(row.note == EXCEEDS_TOTAL for row in rows)
    capped = any(row.note == CAPPED for row in rows)
    known = [row for row in rows if row.numerator is not None and row.denominator is not None]
    numerator = sum((row.numerator for row in known if row.numerator is not None), Fraction(0))
    if missing or contradiction:
        blank = [row for row in rows if row not in known]
        best_case = None
        if not contradiction and all(row.denominator is not None for row in blank):
            whole = sum((row.denominator for row in rows if row.denominator is not None), Fraction(0))
            full = sum((row.denominator for row in blank if row.denominator is not None), Fraction(0))
            best_case = PERCENT * (numerator + full) / whole if whole > 0 else None
        return Measure(
            item=item.id,
            measure=measure,
            exact=None,
            stage=stage,
            unit="%",
            best_case=best_case,
            missing=missing,
            note=EXCEEDS_TOTAL if contradiction else "",
        )
    denominator = sum((row.denominator for row in known if row.denominator is not None), Fraction(0))
    if denominator <= 0:
        return Measure(
            item=item.id,
            measure=measure,
            exact=None,
            stage=stage,
            unit="%",
            numerator=numerator,
            denominator=denominator,
            note=ZERO_DENOMINATOR,
        )
    return Measure(
        item=item.id,
        measure=measure,
        exact=PERCENT * numerator / denominator,
        stage=stage,
        unit="%",
        numerator=numerator,
        denominator=denominator,
        note=CAPPED if capped else "",
    )
