"""One filed cell changed: what its school holds then, at every stage and of every indicator, by whole columns.

A *cell* is a row of the schools' table and a field of it. On a change δ of one cell a campus holds of an indicator::

    r = s · (A + aδ) · (n + pδ) / (d + bδ)

with scale × stage weight s, amount A, pupils n and weighted pupils d; where nothing is split n/d is 1 as long as the
campus has pupils. A school is the sum of its campuses with pupils; it counts from the minimum of its scope. Floats;
:mod:`balance_analysis.explain.variants` asks the measure itself. Decision record 0034.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import Decimals, Floats, Mask, Whole, added_up
from balance_analysis.measures.campuses import Amounts, Members, members_of
from balance_analysis.measures.concessions import (
    PE_ARTS_TEACHERS,
    rural_rows,
    small_rural_bounds,
)
from balance_analysis.measures.counted import ENROLMENT, SENIOR_ENROLMENT, CountedSchools, count_schools
from balance_analysis.measures.indicators import given_field
from balance_analysis.regimes.model import Indicator, Regime
from balance_analysis.resources import numerator
from balance_analysis.terms import Stage

PUPILS = (*ENROLMENT.values(), SENIOR_ENROLMENT)
"""The fields that hold pupils; every other cell is an amount."""
FILED_ROW = "filed_row"
"""The label of a row in the tables that were read."""
_PE_ARTS = "pe_arts_teachers"
_NEGATIVE = -1e-7
"""An amount below this is one that was taken off too much, and no noise of a sum."""


@dataclass(frozen=True)
class Changed:
    """What the school of each row holds after a change there, in arrays of the changes' shape."""

    pupils: Floats
    resource: Floats
    counted: Mask
    missing: Mask

    @property
    def value(self) -> Floats:
        """The school's value; NaN where it is not counted or something is missing."""
        result: Floats = np.full(self.pupils.shape, np.nan)
        np.divide(self.resource, self.pupils, out=result, where=self.counted & ~self.missing)
        return result


@dataclass(frozen=True)
class Conceded:
    """Shared teachers that rural rows of ``lowest`` to ``highest`` pupils in all may add (``extra``, NaN = blank)."""

    extra: Floats
    rural: Mask
    pupils: Floats
    lowest: float
    highest: float

    def only(self, rows: Whole) -> Conceded:
        """The same at some rows."""
        return replace(self, extra=self.extra[rows], rural=self.rural[rows], pupils=self.pupils[rows])

    def applies(self, more: Floats) -> Mask:
        """Rows to which the concession applies with so many pupils more."""
        total = self.pupils[:, None] + more
        found: Mask = self.rural[:, None] & (self.lowest <= total) & (total <= self.highest)
        return found


@dataclass(frozen=True)
class Holding:
    """One indicator at one stage by filed row: the columns of the formula above, NaN pupils where none can count."""

    stage: Stage
    indicator: Indicator
    school: Whole
    pupils: Floats
    minimum: Floats
    given: Mask
    split: bool
    amount: Floats
    blank: Mask
    scale: Floats
    base: Floats
    per_amount: Mapping[str, Floats]
    per_base: Mapping[str, Floats]
    conceded: Conceded | None

    @property
    def key(self) -> tuple[str, str]:
        """Stage and indicator."""
        return str(self.stage), self.indicator.id

    @property
    def own_field(self) -> str:
        """The field of this stage's pupils."""
        return ENROLMENT[self.stage]

    @cached_property
    def fields(self) -> list[str]:
        """The fields whose cells bear on this indicator, amounts first."""
        of_all = list(ENROLMENT.values()) if self.conceded is not None else []
        return list(dict.fromkeys([*self.per_amount, self.own_field, *of_all, *self.per_base]))

    def only(self, rows: Whole, school: Whole) -> Holding:
        """The same at some rows, whole schools, which are numbered anew."""
        columns = {
            name: getattr(self, name)[rows]
            for name in ("pupils", "minimum", "given", "amount", "blank", "scale", "base")
        }
        per_amount = {name: column[rows] for name, column in self.per_amount.items()}
        per_base = {name: column[rows] for name, column in self.per_base.items()}
        conceded = None if self.conceded is None else self.conceded.only(rows)
        return replace(
            self, school=school, per_amount=per_amount, per_base=per_base, conceded=conceded, **columns
        )

    def moves(self, field: str) -> Mask:
        """Rows whose cell of this field bears on what the school holds."""
        may = (self.pupils > 0) | ((field == self.own_field) & (self.pupils == 0))
        own = np.zeros(len(may), dtype=bool)
        for slopes in (self.per_amount, self.per_base):
            if field in slopes:
                own |= slopes[field] != 0
        own |= field == self.own_field
        if self.conceded is not None and field in ENROLMENT.values():
            own |= self.conceded.rural
        found: Mask = may & own
        return found

    @cached_property
    def number(self) -> int:
        """How many schools there are."""
        return int(self.school.max()) + 1 if len(self.school) else 0

    @cached_property
    def amounts(self) -> list[Floats]:
        """The amounts that a row may have: with the concession and without it."""
        if self.conceded is None:
            return [self.amount]
        return [self.amount, self.amount + np.where(self.conceded.rural, self.conceded.extra, 0.0)]

    def held(self, amount: Floats, pupils: Floats, base: Floats) -> Floats:
        """What a campus holds; 0 without pupils. The rows come first, changes in a second dimension."""
        scale, given = self.scale[:, None], self.given[:, None]
        if not self.split:
            result: Floats = scale * amount
        else:
            result = np.zeros(pupils.shape)
            np.divide(scale * amount * pupils, base, out=result, where=(pupils > 0) & (base > 0))
        if given.any():
            result = np.where(given, amount * pupils, result)
        return np.where(pupils > 0, result, 0.0)

    @cached_property
    def _own(self) -> tuple[Floats, Floats, Mask]:
        """Pupils, resource and blanks of each row as they are."""
        pupils = np.where(self.pupils > 0, self.pupils, 0.0)
        amount, blank = self._amounts_with(np.zeros((len(pupils), 1)))
        held = self.held(amount, pupils[:, None], self.base[:, None])[:, 0]
        blank = blank[:, 0] & (pupils > 0)
        return pupils, np.where(blank, 0.0, held), blank

    @cached_property
    def of_school(self) -> tuple[Floats, Floats, Whole]:
        """Pupils, resource and number of blank campuses of each school."""
        pupils, held, blank = self._own
        total = [np.bincount(self.school, weights=column, minlength=self.number) for column in (pupils, held)]
        blanks = np.bincount(self.school[blank], minlength=self.number).astype(np.int64)
        return total[0].astype(np.float64), total[1].astype(np.float64), blanks

    @cached_property
    def rest(self) -> tuple[Floats, Floats, Whole]:
        """The same without the row itself: the school's other campuses."""
        pupils, held, blank = self._own
        alone = np.bincount(self.school, minlength=self.number)[self.school] == 1
        of_school = self.of_school
        return (
            np.where(alone, 0.0, of_school[0][self.school] - pupils),
            np.where(alone, 0.0, np.maximum(of_school[1][self.school] - held, 0.0)),
            of_school[2][self.school] - blank,
        )

    @cached_property
    def counted(self) -> Mask:
        """Schools that count at this stage now."""
        minimum: Floats = np.zeros(self.number)
        minimum[self.school] = self.minimum
        found: Mask = (self.of_school[0] > 0) & (self.of_school[0] >= minimum)
        return found

    @cached_property
    def value_now(self) -> Floats:
        """The value of each row's school as it is, in one column."""
        return self.after(self.own_field, np.zeros((len(self.school), 1))).value

    def _amounts_with(self, more: Floats) -> tuple[Floats, Mask]:
        """Amount and blanks with so many pupils of compulsory education more."""
        amount, blank = self.amount[:, None], self.blank[:, None]
        if self.conceded is None:
            return np.broadcast_to(amount, more.shape), np.broadcast_to(blank, more.shape)
        applies, extra = self.conceded.applies(more), self.conceded.extra[:, None]
        return amount + np.where(applies & ~np.isnan(extra), extra, 0.0), blank | (applies & np.isnan(extra))

    def after(self, field: str, change: Floats) -> Changed:
        """What each row's school holds after a change of its cell; ``change`` has a row per row, a column per change."""
        everyone = change if field in ENROLMENT.values() else np.zeros(change.shape)
        amount, blank = self._amounts_with(everyone)
        per_amount, per_base = self.per_amount.get(field), self.per_base.get(field)
        if per_amount is not None:
            amount = amount + per_amount[:, None] * change
            blank = blank | (amount < _NEGATIVE)
            amount = np.maximum(amount, 0.0)
        filed: Floats = np.where(np.isnan(self.pupils), 0.0, self.pupils)[:, None]
        pupils: Floats = filed + (change if field == self.own_field else np.zeros(change.shape))
        base = self.base[:, None] + (0.0 if per_base is None else per_base[:, None] * change)
        blank = blank & (pupils > 0)
        held = np.where(blank, 0.0, self.held(amount, pupils, np.broadcast_to(base, change.shape)))
        rest_pupils, rest_held, rest_blank = self.rest
        total: Floats = rest_pupils[:, None] + np.maximum(pupils, 0.0)
        counted = (total > 0) & (total >= self.minimum[:, None])
        resource: Floats = rest_held[:, None] + held
        return Changed(total, resource, counted, blank | (rest_blank > 0)[:, None])


@dataclass(frozen=True)
class FiledCounty:
    """The filed rows of one county and year, and every holding of theirs."""

    counted: CountedSchools
    holdings: tuple[Holding, ...]

    @classmethod
    def of(cls, schools: pd.DataFrame, regime: Regime) -> FiledCounty:
        """Read the rows of one county and year; their index is kept as ``filed_row``."""
        counted = count_schools(schools.reset_index(names=FILED_ROW), regime)
        holdings = []
        for stage in Stage:
            rules, filled = counted.scope_rules(stage), ~np.isnan(counted.floats(ENROLMENT[stage]))
            inside = (rules.of_type & rules.of_sponsor & rules.of_level) | counted.given[counted.head]
            members = members_of(counted, stage, inside[counted.school] & filled)
            holdings += [_holding(members, rules.minimum, indicator) for indicator in regime.indicators]
        return cls(counted, tuple(holdings))

    @property
    def several(self) -> Mask:
        """Schools of more than one row."""
        found: Mask = np.bincount(self.counted.school, minlength=self.counted.number) > 1
        return found

    def only(self, schools: Mask) -> FiledCounty:
        """The same county cut to some of its schools."""
        counted = self.counted
        rows = np.flatnonzero(schools[counted.school])
        school = (np.cumsum(schools) - 1)[counted.school[rows]]
        head = np.searchsorted(rows, counted.head[schools])
        cut = CountedSchools(
            counted.rows.take(rows).reset_index(drop=True), counted.filed[rows], school, head, counted.regime
        )
        return FiledCounty(cut, tuple(holding.only(rows, school) for holding in self.holdings))

    @cached_property
    def filed_rows(self) -> list[Any]:
        """The index that each row had in the frame that was read."""
        return self.counted.rows[FILED_ROW].tolist()

    @cached_property
    def fields(self) -> list[str]:
        """Every field that bears on some indicator, amounts first."""
        every = list(dict.fromkeys(field for holding in self.holdings for field in holding.fields))
        return [field for field in every if field not in PUPILS] + [
            field for field in PUPILS if field in every
        ]

    @cached_property
    def steps(self) -> dict[str, Fraction]:
        """The smallest change of a cell by field: one pupil, a numerator's step, the last decimal of a given value."""
        steps: dict[str, Fraction] = {}
        for holding in self.holdings:
            indicator = holding.indicator
            for field in holding.per_amount:
                value = field == given_field(holding.stage, indicator)
                step = Fraction(1, 10**indicator.decimals) if value else numerator(indicator.method).step
                steps.setdefault(field, step)
        return steps | dict.fromkeys(PUPILS, Fraction(1))

    def filed(self, field: str) -> Floats:
        """The cells of a field, NaN where nothing was filed."""
        return self.counted.floats(field)


def _holding(members: Members, minimum: Floats, indicator: Indicator) -> Holding:
    counted, stage = members.counted, members.stage
    regime, rows, given = counted.regime, len(counted.rows), counted.given
    kind = numerator(indicator.method)
    amounts = Amounts.of(members, kind)
    split = indicator.shared and regime.choice("split_shared_resources") == "on"
    columns = {name: np.zeros(rows) for name in ("amount", "scale", "base")}
    per_base = {name: np.zeros(rows) for name in (PUPILS if split else ())}
    blank = np.zeros(rows, dtype=bool)
    at = members.row
    columns["amount"][at] = amounts.whole.floats()
    blank[at] = amounts.blank != 0
    per_filed = Fraction(indicator.scale)
    columns["scale"][at] = float(per_filed)
    if split:
        base, lacking = members.weighted_pupils
        columns["base"][at] = base.floats()
        blank[at] |= lacking
        columns["scale"][at] = np.array([float(per_filed * weight) for weight in members.weights])[
            members.kind
        ]
        for number, shares in enumerate(members.shares):
            for name, share in shares.items():
                per_base[name][at[members.kind == number]] = float(share)
    extra_fields = kind.conceded_fields(stage)
    signs = dict(zip(amounts.names, amounts.signs, strict=False))
    per_amount = {}
    for name in amounts.names:
        per_amount[name] = np.zeros(rows)
        per_amount[name][at] = amounts.conceded if name in extra_fields else signs[name]
    conceded = None
    if kind.method == _PE_ARTS and regime.has_choice(PE_ARTS_TEACHERS, "on"):
        conceded = _shared_teachers(counted, stage, extra_fields)
        added = conceded.applies(np.zeros((rows, 1)))[:, 0]
        national = Amounts.of(members, kind, conceded=False)
        columns["amount"][at] = national.whole.floats()
        blank[at] = national.blank != 0
        per_amount |= {name: added.astype(np.float64) for name in extra_fields}
    pupils: Floats = np.full(rows, np.nan)
    pupils[at] = members.pupils
    minima = np.where(given, 0.0, minimum[counted.school])
    if given.any():
        name = given_field(stage, indicator)
        values = counted.floats(name)
        columns["amount"][given] = np.where(np.isnan(values), 0.0, values)[given]
        blank[given] = np.isnan(values)[given]
        per_amount = {one: np.where(given, 0.0, column) for one, column in per_amount.items()}
        per_amount[name] = given.astype(np.float64)
        per_base = {one: np.where(given, 0.0, column) for one, column in per_base.items()}
    return Holding(
        stage,
        indicator,
        counted.school,
        pupils,
        minima,
        given,
        split,
        columns["amount"],
        blank,
        columns["scale"],
        columns["base"],
        {name: column for name, column in per_amount.items() if column.any()},
        {name: column for name, column in per_base.items() if column.any()},
        conceded,
    )


def _shared_teachers(counted: CountedSchools, stage: Stage, fields: tuple[str, ...]) -> Conceded:
    rows = counted.rows
    extra = added_up([Decimals.of(counted.floats(name)) for name in fields], [1] * len(fields))
    pupils = sum((counted.floats(name) for name in ENROLMENT.values()), np.zeros(len(rows)))
    lowest, highest = small_rural_bounds(counted.regime)
    amounts: Floats = np.where(extra.known, extra.floats(), np.nan)
    return Conceded(amounts, rural_rows(rows, counted.regime), pupils, lowest, highest)
