"""What an item's computation is given, and what it answers with: rows of the county, and rows of schools by columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from balance_analysis.exact import Mask, Objects, Whole
from balance_analysis.measures.columns import Blanks, Column, SchoolColumns, Sites, schools_of_year
from balance_analysis.measures.records import Record, Sum, rows_of_year
from balance_analysis.regimes.model import Item, Regime
from balance_analysis.statements import Statement
from balance_analysis.terms import ALL_STAGES, Relation

PERCENT = 100

ZERO_DENOMINATOR = "zero_denominator"
EXCEEDS_TOTAL = "exceeds_total"
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
    of this module; ``concession`` names the concessions that were used, joined by ``;``.
    """

    item: str
    measure: str
    exact: Fraction | None
    stage: str = ALL_STAGES
    school_code: str = ""
    school_name: str = ""
    subject: str | Statement = ""
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

    @classmethod
    def filed(cls, item: Item, measure: str, figure: Sum, **named: Any) -> Measure:
        """A figure of the county as it was filed; ``named`` are further fields."""
        return cls(item=item.id, measure=measure, exact=figure.value, missing=figure.missing, **named)


@dataclass(frozen=True, kw_only=True)
class SchoolMeasures:
    """One item's measures at many schools, one row each; the columns mean what the fields of :class:`Measure` do."""

    item: str
    unit: str
    relation: Relation | None
    decides: bool
    measure: Objects
    stage: Objects
    school_code: Objects
    school_name: Objects
    exact: Column
    numerator: Column
    denominator: Column
    needed: Column
    available: Column
    note: Objects
    concession: Objects
    missing: Blanks

    @classmethod
    def of(
        cls,
        item: Item,
        schools: SchoolColumns | Sites,
        exact: Column,
        *,
        measure: str | Objects,
        unit: str,
        missing: Blanks | None = None,
        stage: str | Objects = ALL_STAGES,
        note: str | Objects = "",
        concession: str | Objects = "",
        relation: Relation | None = None,
        decides: bool = True,
        **columns: Column,
    ) -> SchoolMeasures:
        """Rows of these schools; what is not given is the same in every row, or not known in any."""
        rows = len(exact)
        texts = {"measure": measure, "stage": stage, "note": note, "concession": concession}
        by_row: dict[str, Any] = dict.fromkeys(_COLUMNS[1:], Column.constant(None, rows)) | columns
        by_row |= {"school_code": schools.code, "school_name": schools.name}
        for name, text in texts.items():
            by_row[name] = np.broadcast_to(np.asarray(text, dtype=object), rows)
        return cls(
            item=item.id,
            unit=unit,
            relation=relation,
            decides=decides,
            exact=exact,
            missing=missing or Blanks((), np.zeros(rows, dtype=np.int64)),
            **by_row,
        )

    def __len__(self) -> int:
        return len(self.exact)

    def __getitem__(self, rows: Mask | Whole) -> SchoolMeasures:
        kept = {name: getattr(self, name)[rows] for name in _BY_ROW}
        missing = Blanks(self.missing.names, self.missing.bits[rows])
        return SchoolMeasures(**(vars(self) | kept | {"missing": missing}))

    def missing_in(self, rows: Mask | None = None) -> list[str]:
        """Blank fields of the rows (of some of them), in the order in which these name them."""
        blank = self.missing.bits if rows is None else np.where(rows, self.missing.bits, 0)
        first = []
        for bit, name in enumerate(self.missing.names):
            found = np.flatnonzero(blank >> bit & 1)
            if len(found):
                first.append((int(found[0]), bit, name))
        return list(dict.fromkeys(name for _, _, name in sorted(first)))

    def at(self, row: int) -> Measure:
        """One row by itself."""
        blank = int(self.missing.bits[row])
        missing = tuple(name for bit, name in enumerate(self.missing.names) if blank >> bit & 1)
        return Measure(
            item=self.item,
            unit=self.unit,
            relation=self.relation,
            decides=self.decides,
            missing=missing,
            **{name: getattr(self, name)[row] for name in _TEXTS},
            **{name: getattr(self, name).at(row) for name in _COLUMNS},
        )


_COLUMNS = ("exact", "numerator", "denominator", "needed", "available")
_TEXTS = ("measure", "stage", "school_code", "school_name", "note", "concession")
_BY_ROW = (*_COLUMNS, *_TEXTS)


def join(parts: Sequence[SchoolMeasures], order: Sequence[Whole] | None = None) -> SchoolMeasures:
    """The rows of all parts one after the other, or sorted by ``order``, a whole number for each row of each part."""
    names = tuple(dict.fromkeys(name for part in parts for name in part.missing.names))
    blank = []
    for part in parts:
        bits = [(bit, names.index(name)) for bit, name in enumerate(part.missing.names)]
        blank.append(sum(((part.missing.bits >> old & 1) << new for old, new in bits), part.missing.bits * 0))
    joined: dict[str, object] = {"missing": Blanks(names, np.concatenate(blank))}
    for name in _TEXTS:
        joined[name] = np.concatenate([getattr(part, name) for part in parts])
    for name in _COLUMNS:
        columns = [getattr(part, name) for part in parts]
        joined[name] = Column(
            *(np.concatenate([getattr(column, inner) for column in columns]) for inner in vars(columns[0]))
        )
    whole = SchoolMeasures(**(vars(parts[0]) | joined))
    return whole if order is None else whole[np.argsort(np.concatenate(order), kind="stable")]


class Measures(NamedTuple):
    """What was measured for one item: rows of the county, and rows of its schools."""

    county: list[Measure]
    schools: SchoolMeasures | None = None


@dataclass(frozen=True)
class Context:
    """One county in one year under one regime; ``every_school`` has no minimum of pupils."""

    regime: Regime
    schools: SchoolColumns
    every_school: SchoolColumns
    county: Record | None
    previous_county: Record | None
    evidence: Sequence[Record] = field(repr=False)

    def county_total(self, *fields: str) -> Sum:
        """Sum of fields of the county's row; every field is missing where there is no row."""
        return (self.county or Record({})).total(*fields)


Method = Callable[[Context, Item], Measures]


def build_context(
    schools: pd.DataFrame, counties: pd.DataFrame, evidence: pd.DataFrame, regime: Regime, *, year: int
) -> Context:
    """Read one county's frames for one year (frames may hold several years, but one county only)."""
    merge = not regime.has_choice("items.merge_campuses", "off")
    counted = schools_of_year(schools, regime, year=year, merge_campuses=merge)
    this_year, year_before = rows_of_year(counties, year), rows_of_year(counties, year - 1)
    return Context(
        regime=regime,
        schools=SchoolColumns(counted, counted.counts),
        every_school=SchoolColumns(counted, counted.counts_at_any_size),
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
    times: int = PERCENT,
    unit: str = "%",
) -> Measure:
    """A county's ratio in percent (or ``times`` it, in ``unit``), exactly.

    Not known where an input is blank, where the denominator is zero, and (``bounded``) where the part is larger than
    the whole: such figures contradict each other and must not pass.
    """
    exact, note = None, ""
    if numerator.value is not None and denominator.value is not None:
        if denominator.value <= 0:
            note = ZERO_DENOMINATOR
        elif bounded and numerator.value > denominator.value:
            note = EXCEEDS_TOTAL
        else:
            exact = times * numerator.value / denominator.value
    return Measure(
        item=item.id,
        measure=measure,
        exact=exact,
        stage=stage,
        unit=unit,
        numerator=numerator.value,
        denominator=denominator.value,
        missing=tuple(dict.fromkeys((*numerator.missing, *denominator.missing))),
        note=note,
    )


def summed_share(item: Item, measure: str, rows: SchoolMeasures, *, stage: str = ALL_STAGES) -> Measure:
    """The county's ratio from its schools' numerators and denominators.

    Where some numerators are blank, ``best_case`` is the ratio if all of those were full: if even that fails, the
    county fails whatever the blanks hold.
    """
    missing = tuple(rows.missing_in())
    known = rows.numerator.known & rows.denominator.known
    numerator, denominator = rows.numerator.total(known), rows.denominator.total(known)
    if missing or EXCEEDS_TOTAL in rows.note:
        whole, full = rows.denominator.total(), rows.denominator.total(~known)
        certain = EXCEEDS_TOTAL not in rows.note and rows.denominator.known.all() and whole > 0
        return Measure(
            item=item.id,
            measure=measure,
            exact=None,
            stage=stage,
            unit="%",
            missing=missing,
            best_case=PERCENT * (numerator + full) / whole if certain else None,
            note=EXCEEDS_TOTAL if EXCEEDS_TOTAL in rows.note else "",
        )
    found = share(item, measure, Sum(numerator), Sum(denominator), stage=stage)
    return replace(found, note=CAPPED) if found.exact is not None and CAPPED in rows.note else found
