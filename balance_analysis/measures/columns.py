"""Whole columns of exact numbers: what the counted schools of one year filed, and what an item measures at each.

The items of the regulation are counted in whole classes, rooms, teachers and yuan and judged at equality. A column
therefore holds quotients of integers of any size, and knows its blanks: nothing here turns a blank into zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from balance_analysis.exact import Decimals, Floats, Mask, Objects, Whole, as_filed
from balance_analysis.measures.counted import (
    LARGEST_CLASS,
    VALUES_GIVEN,
    CountedSchools,
    count_schools,
    may_have_seniors,
)
from balance_analysis.regimes.model import Regime
from balance_analysis.terms import ALL_STAGES, Stage

LARGEST_FIELDS = (LARGEST_CLASS, *(f"{stage}_{LARGEST_CLASS}" for stage in Stage), "built_year")
"""Fields of which a school with campuses has the largest, not the sum."""


@dataclass(frozen=True)
class Column:
    """One exact number per row: ``top`` ÷ ``bottom`` (integers, bottom above zero) where ``known``, else 0 ÷ 1.

    >>> filed = Column.of(np.array([0.5, np.nan, 3.0]))
    >>> filed.at(0), filed.at(1), (filed * Fraction(2)).at(2)
    (Fraction(1, 2), None, Fraction(6, 1))
    """

    top: Objects
    bottom: Objects
    known: Mask

    @classmethod
    def of(cls, values: Floats) -> Column:
        """The decimals that were filed."""
        column = Decimals.of(values)
        found = cls(
            column.whole.astype(np.int64).astype(object), _full(len(values), 10**column.places), column.known
        )
        for row in np.flatnonzero(column.known & ~column.fits).tolist():
            exact = as_filed(float(values[row]))
            found.top[row], found.bottom[row] = exact.numerator, exact.denominator
        return found

    @classmethod
    def constant(cls, value: Fraction | None, rows: int) -> Column:
        """The same number in every row; None is not known in any."""
        exact = value or Fraction(0)
        known: Mask = np.full(rows, value is not None)
        return cls(_full(rows, exact.numerator), _full(rows, exact.denominator), known)

    def __len__(self) -> int:
        return len(self.known)

    def __getitem__(self, rows: Mask | Whole) -> Column:
        return Column(self.top[rows], self.bottom[rows], self.known[rows])

    def __add__(self, other: Column) -> Column:
        """Row by row; known where both are."""
        if (self.bottom == other.bottom).all():
            top, bottom = self.top + other.top, self.bottom
        else:
            top, bottom = self.top * other.bottom + other.top * self.bottom, self.bottom * other.bottom
        return Column(top, bottom, self.known & other.known).where_known()

    def __sub__(self, other: Column) -> Column:
        return self + other * Fraction(-1)

    def __mul__(self, factor: Fraction) -> Column:
        return Column(self.top * factor.numerator, self.bottom * factor.denominator, self.known)

    def per(self, whole: Column) -> Column:
        """Quotient of two columns; known where both are and ``whole`` is above zero."""
        known = self.known & whole.known & (whole.top > 0)
        bottom = np.where(known, self.bottom * whole.top, 1)
        return Column(self.top * whole.bottom, bottom, known).where_known()

    def where_known(self, known: Mask | None = None) -> Column:
        """Known only where it is and ``known`` holds; zero elsewhere."""
        kept = self.known if known is None else self.known & known
        return Column(np.where(kept, self.top, 0), np.where(kept, self.bottom, 1), kept)

    def or_else(self, other: Column) -> Column:
        """The other's number where this one is not known."""
        top = np.where(self.known, self.top, other.top)
        return Column(top, np.where(self.known, self.bottom, other.bottom), self.known | other.known)

    def above(self, other: Column | Fraction) -> Mask:
        """Rows in which both are known and this number is the larger."""
        return self._compared(other, 1)

    def below(self, other: Column | Fraction) -> Mask:
        """Rows in which both are known and this number is the smaller."""
        return self._compared(other, -1)

    def rounded_up(self) -> Column:
        """The next whole number."""
        return Column(-(-self.top // self.bottom), _full(len(self), 1), self.known)

    def at_most(self, other: Fraction) -> Mask:
        """Rows whose number is known and not above ``other``."""
        return self.known & ~self.above(other)

    def at(self, row: int) -> Fraction | None:
        """One number, None where it is not known."""
        return Fraction(self.top[row], self.bottom[row]) if self.known[row] else None

    def total(self, rows: Mask | None = None) -> Fraction:
        """Sum of the known numbers (of those rows)."""
        kept = self.known if rows is None else self.known & rows
        sums: dict[int, int] = {}
        for top, bottom in zip(self.top[kept].tolist(), self.bottom[kept].tolist(), strict=True):
            sums[bottom] = sums.get(bottom, 0) + top
        return sum((Fraction(top, bottom) for bottom, top in sums.items()), Fraction(0))

    def _compared(self, other: Column | Fraction, sign: int) -> Mask:
        top, bottom, known = (
            (other.numerator, other.denominator, self.known)
            if isinstance(other, Fraction)
            else (other.top, other.bottom, self.known & other.known)
        )
        larger: Mask = known & (sign * (self.top * bottom - top * self.bottom) > 0).astype(bool)
        return larger


class Blanks(NamedTuple):
    """Blank fields by row: a bit in ``bits`` for each of ``names``."""

    names: tuple[str, ...]
    bits: Whole

    def __add__(self, other: tuple[Any, ...]) -> Blanks:
        """These, then the others."""
        names, bits = other
        return Blanks((*self.names, *names), self.bits | (bits << len(self.names)))


class Total(NamedTuple):
    """A sum of columns, and which of them were blank."""

    value: Column
    blanks: Blanks

    @classmethod
    def of(cls, parts: Mapping[str, Column]) -> Total:
        """Add named columns; a row with a blank in any is not known."""
        value, *others = parts.values()
        bits = sum((np.where(column.known, 0, 1 << bit) for bit, column in enumerate(parts.values())))
        for column in others:
            value = value + column
        return cls(value, Blanks(tuple(parts), np.asarray(bits, dtype=np.int64)))


def schools_of_year(
    schools: pd.DataFrame, regime: Regime, *, year: int, merge_campuses: bool = True
) -> CountedSchools:
    """The schools of one county and year, also those that filed values instead of numerators: scope holds for all."""
    if schools.empty:
        schools = schools.reindex(columns=list(_JOINED_BY))
    rows = schools[schools["school_year"].astype("float64") == year]
    return count_schools(
        rows.drop(columns=VALUES_GIVEN, errors="ignore"), regime, merge_campuses=merge_campuses
    )


_JOINED_BY = ("division_code", "school_year", "school_code", "main_school_code", "counted_as_school")


class SchoolColumns:
    """The schools of one year that a regime counts, by columns in file order, campuses merged.

    ``stages`` gives the compulsory stages that are counted of each; a school without one is left out.
    """

    def __init__(self, counted: CountedSchools, stages: Mapping[Stage, Mask]) -> None:
        chosen: Mask = np.logical_or.reduce([stages[stage] for stage in Stage])
        self.counted = counted
        self.school: Whole = np.flatnonzero(chosen)
        self.stages: Mapping[Stage, Mask] = {stage: stages[stage][chosen] for stage in Stage}
        place: Whole = np.cumsum(chosen) - 1
        self.row: Whole = np.flatnonzero(chosen[counted.school])
        self.of: Whole = place[counted.school[self.row]]
        self._numbers: dict[str, Column] = {}
        self._texts: dict[str, Objects] = {}

    def __len__(self) -> int:
        return len(self.school)

    @cached_property
    def head(self) -> Whole:
        """Position of each school's own row among the filed rows."""
        found: Whole = self.counted.head[self.school]
        return found

    @cached_property
    def code(self) -> Objects:
        """学校标识码."""
        return self.text("school_code")[self.head]

    @cached_property
    def name(self) -> Objects:
        """学校名称."""
        return self.text("school_name")[self.head]

    @cached_property
    def school_type(self) -> Objects:
        """办学类型 id."""
        return self.text("school_type")[self.head]

    @cached_property
    def site_stratum(self) -> Objects:
        """Of every filed row: its ``stratum``, or that of its 城乡分类代码; empty where both are blank or unknown."""
        codes = self.counted.regime.area_codes
        by_code = [codes.get(code, "") for code in self.text("urban_rural_code")]
        return np.array(
            [own or other for own, other in zip(self.text("stratum"), by_code, strict=True)], dtype=object
        )

    @cached_property
    def pupils(self) -> Column:
        """Pupils of the counted stages."""
        return self.staged("enrolment").value

    @cached_property
    def stage(self) -> Objects:
        """The one counted stage of each school, ``all`` where it has several."""
        first, second = Stage
        both = self.stages[first] & self.stages[second]
        one = np.where(self.stages[first], first.value, second.value)
        return np.where(both, ALL_STAGES, one).astype(object)

    def text(self, field: str) -> Objects:
        """A text of every filed row without surrounding blanks; empty where the cell is blank."""
        rows = self.counted.rows
        if field not in self._texts:
            filed = rows[field].tolist() if field in rows else [""] * len(rows)
            texts = [value.strip() if isinstance(value, str) else "" for value in filed]
            self._texts[field] = np.array(texts, dtype=object)
        return self._texts[field]

    def number(self, field: str) -> Column:
        """A filed number over all campuses; not known as soon as one that should file it left it blank.

        A field of one stage is not asked of a campus without pupils of that stage, and is zero where the school has
        no such stage.
        """
        if field not in self._numbers:
            self._numbers[field] = self._read(field, asked=np.ones(len(self.row), dtype=bool))
        return self._numbers[field]

    def most(self, field: str) -> Floats:
        """The largest number that any of a school's campuses filed; NaN where none did."""
        found: Floats = np.full(len(self), np.nan)
        np.fmax.at(found, self.of, self.counted.floats(field)[self.row])
        return found

    def total(self, *fields: str) -> Total:
        """Sum of several fields."""
        return Total.of({name: self.number(name) for name in fields})

    def staged(self, suffix: str) -> Total:
        """Sum of ``<stage>_<suffix>`` over each school's stages."""
        return self.total(*(f"{stage}_{suffix}" for stage in Stage))

    def of_every_site(self, field: str) -> Column:
        """A number over the campuses with pupils of compulsory education; not known as soon as one left it blank."""
        taught = np.logical_or.reduce(list(self.counted.has_pupils.values()))
        return self._read(field, asked=taught[self.row])

    def largest_class(self, stage: Stage) -> Column:
        """The largest class that was filed for a stage, which alone says what is true of its classes."""
        return self.number(f"{stage}_{LARGEST_CLASS}")

    @cached_property
    def largest_class_of_school(self) -> Column:
        """The largest class of the whole school, whatever its stage."""
        return self.number(LARGEST_CLASS)

    @cached_property
    def may_have_seniors(self) -> Mask:
        """Schools with senior pupils, or of a type with a senior stage that left their number blank."""
        rows = may_have_seniors(self.counted.rows)[self.row]
        found: Mask = np.bincount(self.of[rows], minlength=len(self)) > 0
        return found

    def flag(self, field: str) -> tuple[Mask, Mask]:
        """Filed rows that say 是, and rows that are blank."""
        rows = self.counted.rows
        values = rows[field].to_numpy(dtype=object) if field in rows else _full(len(rows), None)
        blank: Mask = pd.isna(values)
        said: Mask = np.where(blank, False, values).astype(bool)
        return said, blank

    def sites(self, stage: Stage) -> Whole:
        """Rows with pupils of a counted stage, campuses after their main school: every site by itself."""
        here = self.counted.has_pupils[stage][self.row] & self.stages[stage][self.of]
        row, of = self.row[here], self.of[here]
        found: Whole = row[np.lexsort((row, row != self.head[of], of))]
        return found

    def _read(self, field: str, asked: Mask) -> Column:
        values = self.counted.floats(field)[self.row]
        absent: Mask = np.zeros(len(self), dtype=bool)
        stage = next((stage for stage in Stage if field.startswith(f"{stage}_")), None)
        if stage is not None:
            asked, absent = self.counted.has_pupils[stage][self.row], ~self.stages[stage]
        filed = asked & ~np.isnan(values)
        blank = np.bincount(self.of[asked & ~filed], minlength=len(self)) > 0
        members = np.bincount(self.of[filed], minlength=len(self))
        known = absent | (~blank & (members > 0))
        kept = filed & ~absent[self.of]
        parts, of = Column.of(values[kept]), self.of[kept]
        top, bottom = _full(len(self), 0), _full(len(self), 1)
        top[of], bottom[of] = parts.top, parts.bottom
        together: dict[int, list[Fraction]] = {}
        for number in np.flatnonzero(members[of] > 1).tolist():
            exact = Fraction(parts.top[number], parts.bottom[number])
            together.setdefault(int(of[number]), []).append(exact)
        for place, numbers in together.items():
            merged = max(numbers) if field in LARGEST_FIELDS else sum(numbers, Fraction(0))
            top[place], bottom[place] = merged.numerator, merged.denominator
        return Column(top, bottom, known).where_known()


@dataclass(frozen=True)
class Sites:
    """Filed rows by themselves, each campus under its own name and code."""

    schools: SchoolColumns
    row: Whole

    @property
    def code(self) -> Objects:
        """学校标识码."""
        return self.schools.text("school_code")[self.row]

    @property
    def name(self) -> Objects:
        """学校名称."""
        return self.schools.text("school_name")[self.row]

    def number(self, field: str) -> Column:
        """A number as each row has it."""
        return Column.of(self.schools.counted.floats(field)[self.row])


def _full(rows: int, value: object) -> Objects:
    found: Objects = np.full(rows, value, dtype=object)
    return found
