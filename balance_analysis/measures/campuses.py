"""Campuses: the filed rows behind a stage, what each of them holds, and how it splits what it shares.

Of a resource A a campus gives a stage A · weight · pupils ÷ weighted pupils; a school's resource is the sum over its
campuses. Source: regulation §3.1, §3.3, §4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import isnan

import numpy as np

from balance_analysis.exact import (
    EXACT_WHOLE,
    Decimals,
    Floats,
    Mask,
    Whole,
    added_up,
    as_filed,
    largest,
    scaled,
)
from balance_analysis.measures.concessions import conceded_amounts, concession_of
from balance_analysis.measures.counted import SENIOR_ENROLMENT, CountedSchools
from balance_analysis.measures.grouping import coded, numbered
from balance_analysis.resources import Numerator
from balance_analysis.terms import Stage


@dataclass(frozen=True)
class Members:
    """The filed rows behind one stage: ``row`` are their positions, ``of`` that of their school in ``school``.

    ``first`` has the position of each school's first row.
    ``kind`` tells how a row's campus splits what it shares: of a resource A a pupil of the stage has
    A · weight ÷ Σ share · pupils, with the ``weights`` and the ``shares`` by column of that kind.
    """

    counted: CountedSchools
    stage: Stage
    row: Whole
    of: Whole
    school: Whole
    first: Whole
    kind: Whole
    weights: list[Fraction]
    shares: list[dict[str, Fraction]]
    read: dict[str, Floats] = field(default_factory=dict)
    read_exactly: dict[str, Decimals] = field(default_factory=dict)
    factors: dict[tuple[Fraction | int, ...], Floats] = field(default_factory=dict, repr=False)
    """Numbers of the kinds, school by school."""

    @cached_property
    def kind_of_school(self) -> Whole:
        """The kind of each school's first row."""
        found: Whole = self.kind.take(self.first)
        return found

    @cached_property
    def further(self) -> Whole:
        """Positions of the rows that are not the first of their school: its campuses."""
        found: Whole = np.flatnonzero(self.first.take(self.of) != np.arange(len(self.row)))
        return found if len(self.row) > len(self.school) else found[:0]

    @cached_property
    def most_rows(self) -> int:
        """How many rows the school with most of them has."""
        return int(np.bincount(self.of[self.further]).max(initial=0)) + 1

    @cached_property
    def shared(self) -> Whole:
        """Positions of the schools whose first row splits what its campus shares."""
        found: Whole = np.flatnonzero(self.kind_of_school)
        return found

    @cached_property
    def rows_of(self) -> list[Whole]:
        """Positions of the rows of each school, in file order."""
        order = np.argsort(self.of, kind="stable")
        return np.split(order, np.cumsum(np.bincount(self.of, minlength=len(self.school)))[:-1])

    @cached_property
    def split_apart(self) -> Mask:
        """Schools of several rows of which one at least splits what its campus shares."""
        rows = np.bincount(self.of, minlength=len(self.school))
        found: Mask = (rows > 1) & (np.bincount(self.of[self.kind > 0], minlength=len(self.school)) > 0)
        return found

    @cached_property
    def given(self) -> Mask:
        """Schools whose values were filed already computed."""
        found: Mask = self.counted.given.take(self.row.take(self.first))
        return found

    @cached_property
    def sponsor_unknown(self) -> Mask | None:
        """Rows of schools of which the scope asks for a sponsor that is blank; None without such a school."""
        unknown = self.counted.sponsor_unknown[self.stage][self.school]
        return unknown[self.of] if unknown.any() else None

    @cached_property
    def whole_campus(self) -> Divisors:
        """What amounts are divided by that the stage has for itself."""
        return Divisors.of(self, self.learners, self.weights[:1])

    @cached_property
    def shared_campus(self) -> Divisors:
        """What amounts are divided by that a campus splits among its stages."""
        return Divisors.of(self, self.weighted_pupils[0], self.weights)

    @property
    def pupils(self) -> Floats:
        """Pupils of the stage, row by row."""
        return self.column(f"{self.stage}_enrolment")

    @property
    def learners(self) -> Decimals:
        """:attr:`pupils` in whole numbers."""
        return self.decimals(f"{self.stage}_enrolment")

    @cached_property
    def weighted_pupils(self) -> tuple[Decimals, Mask]:
        """Weighted pupils of each row as whole numbers, blanks left out, and the rows in which one is blank."""
        lacking: Mask = np.zeros(len(self.row), dtype=bool)
        own, at = self.learners, np.flatnonzero(self.kind)
        if not len(at):
            return own, lacking
        places = max(_places_of(share) for shares in self.shares for share in shares.values())
        everywhere, parts = np.ones(len(at), dtype=bool), []
        for name in dict.fromkeys(name for shares in self.shares for name in shares):
            each = np.array([float(shares.get(name, 0) * 10**places) for shares in self.shares])
            factors, column = each[self.kind[at]], Decimals.of(self.counted.floats(name)[self.row[at]])
            lacking[at] |= ~column.known & (factors > 0)
            most = column.most * float(each.max())
            parts.append(replace(column, whole=column.whole * factors, known=everywhere, most=most))
        found = added_up(parts, [1] * len(parts))
        digits = max(own.places, found.places)
        step, other = float(10 ** (digits + places - own.places)), float(10 ** (digits - found.places))
        whole = own.whole * step
        whole[at] = found.whole * other
        most = max(own.most * step, found.most * other)
        sound = own.sound and found.sound and most < EXACT_WHOLE
        fits = own.fits
        if not sound:
            fits = own.fits.copy()
            fits[at] = found.fits
            fits &= np.abs(whole) < EXACT_WHOLE
        return Decimals(
            whole, digits + places, own.known, fits, min(most, float(EXACT_WHOLE)), sound
        ), lacking

    def column(self, name: str) -> Floats:
        """A filed column at these rows."""
        if name not in self.read:
            self.read[name] = self.counted.floats(name).take(self.row)
        return self.read[name]

    def decimals(self, name: str) -> Decimals:
        """:meth:`column` in whole numbers."""
        if name not in self.read_exactly:
            self.read_exactly[name] = Decimals.of(self.column(name))
        return self.read_exactly[name]

    def total(self, column: Decimals) -> tuple[Floats, Mask, float]:
        """A column added up by school in its whole numbers, where these are exact, and none larger than which."""
        if len(self.row) == len(self.school):
            return column.whole, column.fits, column.most
        whole: Floats = column.whole.take(self.first)
        np.add.at(whole, self.of[self.further], column.whole[self.further])
        exact: Mask = np.ones(len(self.school), dtype=bool)
        if not column.sound:
            exact[self.of[~column.fits]] = False
        most = column.most * self.most_rows
        if most >= EXACT_WHOLE:
            most = largest(whole)
        return whole, exact if most < EXACT_WHOLE else exact & (np.abs(whole) < EXACT_WHOLE), most

    def times(self, column: Floats, numbers: Sequence[Fraction | int]) -> Floats:
        """A column by school times the number of each school's kind (that of its first row)."""
        if len(set(numbers)) == 1:
            return column if numbers[0] == 1 else column * float(numbers[0])
        key = tuple(numbers)
        if key not in self.factors:
            each = np.array([float(number) for number in numbers], dtype=np.float64)
            self.factors[key] = each.take(self.kind_of_school)
        return column * self.factors[key]

    def weighted(self, position: int) -> Fraction:
        """Weighted pupils of one row, blanks left out."""
        shares = self.shares[self.kind[position]]
        filed = [(share, float(self.column(name)[position])) for name, share in shares.items()]
        return sum((share * as_filed(pupils) for share, pupils in filed if not isnan(pupils)), Fraction(0))


@dataclass(frozen=True)
class Divisors:
    """By school: weighted pupils and pupils as whole numbers, ``exact`` where both are, and as floats, with the weight.

    ``most`` and ``most_pupils`` are the largest of them. ``columnwise`` is where one quotient gives a school's value:
    ``exact``, and not several campuses that each split what they share; ``everywhere`` where that is so of every school.
    """

    weights: list[Fraction]
    whole: Floats
    places: int
    most: float
    whole_pupils: Floats
    most_pupils: float
    exact: Mask
    columnwise: Mask
    everywhere: bool
    weight: Floats
    weighted_pupils: Floats
    enrolment: Floats
    held: dict[tuple[int, ...], Floats] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, members: Members, base: Decimals, weights: list[Fraction]) -> Divisors:
        """Add up the rows; the first of each school tells its weight."""
        (whole, plain, most), (pupils, pupils_plain, most_pupils) = map(
            members.total, (base, members.learners)
        )
        exact = plain & pupils_plain & ~members.given
        columnwise = exact & ~members.split_apart if len(weights) > 1 else exact
        return cls(
            weights,
            whole,
            base.places,
            most,
            pupils,
            most_pupils,
            exact,
            columnwise,
            bool(columnwise.all()),
            members.times(np.ones(len(members.school)), weights),
            scaled(whole, base.places),
            scaled(pupils, members.learners.places),
        )

    def times(self, members: Members, numbers: Sequence[int]) -> Floats:
        """Weighted pupils times the number of each school's kind, reckoned once for all indicators; not to be written to."""
        key = tuple(numbers)
        if key not in self.held:
            self.held[key] = members.times(self.whole, numbers)
        return self.held[key]


@dataclass(frozen=True)
class Amounts:
    """What was filed for a numerator, row by row: columns to add (``sign`` 1) or take off, and what a concession adds.

    ``blank`` has a bit for each of ``names`` that is at fault: blank, or contradictory (more indoor sports area than
    the teaching area that contains it leaves no amount, and not a negative one). ``conceded`` are the rows to which
    a concession applies. ``whole`` are the amounts as whole numbers, zero where a column is at fault; ``faultless``
    says that none is.
    """

    names: tuple[str, ...]
    columns: list[Floats]
    signs: list[int]
    blank: Whole
    conceded: Mask
    whole: Decimals
    faultless: bool

    @classmethod
    def of(cls, members: Members, kind: Numerator, *, conceded: bool = True) -> Amounts:
        """Read the numerator's columns at the members' rows, with what a concession adds unless told otherwise."""
        regime, stage = members.counted.regime, members.stage
        less = kind.less if kind.less and regime.choice(kind.less_where) == "on" else ()
        names = (*kind.fields(stage), *less)
        columns = [members.column(name) for name in names]
        parts = [members.decimals(name) for name in names]
        signs = [-1 if name in less else 1 for name in names]
        whole = added_up(parts, signs)
        blank: Whole = np.zeros(len(members.row), dtype=np.int64)
        for bit, part in enumerate(parts):
            if not part.sound:
                blank[~part.known] |= 1 << bit
        if less and (not whole.sound or (whole.whole < 0).any()):
            negative = whole.whole < 0
            for row in np.flatnonzero(
                (blank == 0) & ~whole.fits
            ).tolist():  # more digits than whole numbers hold
                negative[row] = _exact(columns, signs, row) < 0
            blank[negative] = (1 << len(names)) - 1
        applied: Mask = np.zeros(len(members.row), dtype=bool)
        if concession_of(regime, kind) is not None:
            extra, of_rows = conceded_amounts(members.counted.rows, regime, kind, stage)
            applied = of_rows[members.row]
            if conceded and of_rows.any():
                added, more = extra[members.row], kind.conceded_fields(stage)
                blank[np.isnan(added)] |= ((1 << len(more)) - 1) << len(names)
                names, columns, signs = (*names, *more), [*columns, added], [*signs, 1]
                whole = added_up([*parts, Decimals.of(added)], signs)
        at_fault = np.flatnonzero(blank)
        if len(at_fault):
            amounts, fits = whole.whole.copy(), whole.fits.copy()
            amounts[at_fault], fits[at_fault] = 0.0, True
            whole = replace(whole, whole=amounts, fits=fits, sound=bool(fits.all()))
        return cls(names, columns, signs, blank, applied, whole, not len(at_fault))

    def exact(self, position: int) -> Fraction:
        """The amount of one row without a fault."""
        return _exact(self.columns, self.signs, position)


def _exact(columns: list[Floats], signs: list[int], position: int) -> Fraction:
    figures = (as_filed(float(column[position])) for column in columns)
    return sum((sign * figure for sign, figure in zip(signs, figures, strict=True)), Fraction(0))


def members_of(counted: CountedSchools, stage: Stage, among: Mask | None = None) -> Members:
    """The rows with pupils of counted schools (or the rows ``among``), and how each splits what its campus shares."""
    chosen = (
        counted.has_pupils[stage] & counted.counts[stage].take(counted.school) if among is None else among
    )
    row: Whole = np.flatnonzero(chosen)
    school = counted.school.take(row)
    of, first = numbered(school)
    types, known = coded(counted.rows["school_type"])
    kind_of: Whole = np.zeros(len(known) + 1, dtype=np.int64)  # the last is that of a blank, numbered −1
    weights, shares = [Fraction(1)], [{f"{stage}_enrolment": Fraction(1)}]
    for entry in counted.regime.stage_weights:
        own = {
            "primary_enrolment": Fraction(entry.primary),
            "junior_secondary_enrolment": Fraction(entry.junior_secondary),
            SENIOR_ENROLMENT: Fraction(entry.senior_secondary),
        }
        kind_of[:-1][known == entry.school_type] = len(weights)
        weights.append(own[f"{stage}_enrolment"])
        shares.append({name: share for name, share in own.items() if share})
    return Members(
        counted, stage, row, of, school.take(first), first, kind_of.take(types.take(row)), weights, shares
    )


def _places_of(share: Fraction) -> int:
    """Decimals of a weight: 1.32 has two."""
    return next(places for places in range(9) if (share * 10**places).denominator == 1)
