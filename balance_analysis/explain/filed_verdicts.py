"""Verdicts about a county in which one filed cell is another, by whole columns: coefficients and school rules.

Both say of every row and change whether the verdict holds, whether it can be judged at all, and where floats are
too near to a limit to tell. Decision record 0034.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from balance_analysis.exact import Floats, Mask, Number, Whole, as_filed
from balance_analysis.explain.condition import TRUST, quadratic_roots
from balance_analysis.explain.filed import Changed, Holding
from balance_analysis.explain.variants import Exactly


@dataclass(frozen=True)
class Judged:
    """Per row and change: whether the verdict holds, can be judged, the school counts; is unclear; what its figure is."""

    holds: Mask
    known: Mask
    counted: Mask
    unclear: Mask
    figure: Floats


def without_each(terms: Floats) -> Floats:
    """Sum of all terms but each, without taking any off again: no digit is lost where one term is nearly all.

    >>> without_each(np.array([1.0, 2.0, 4.0])).tolist()
    [6.0, 5.0, 3.0]
    """
    before, after = np.cumsum(terms) - terms, np.zeros(len(terms))
    before[1:] = np.cumsum(terms)[:-1]
    after[:-1] = np.cumsum(terms[::-1])[::-1][1:]
    result: Floats = before + after
    return result


class Coefficient:
    """CV ≤ limit of one holding, after a change.

    Around the mean m = R/N as it is now this is N·Σ (r − mn)²/n − (R − mN)² ≤ limit²·R², which loses no digits where
    schools are nearly equal.
    """

    def __init__(self, holding: Holding, limit: Number) -> None:
        self.holding, self.limit = holding, limit
        self._square = float(as_filed(limit) ** 2)
        pupils, resource, blanks = holding.of_school
        inside = holding.counted
        self._mean = float(resource[inside].sum() / pupils[inside].sum()) if inside.any() else 0.0
        known = inside & (blanks == 0)
        terms = [
            np.where(known, column, 0.0) for column in (pupils, resource, self._deviation(pupils, resource))
        ]
        self._totals = [float(column.sum()) for column in terms]
        self._others = [without_each(column)[holding.school] for column in terms]
        squares: Floats = np.zeros(len(pupils))
        np.divide(resource**2, pupils, out=squares, where=known)
        self._squares = without_each(squares)[holding.school]
        self._missing: Whole = ((inside & ~known).sum() - (inside & ~known))[holding.school]
        self._schools: Whole = (inside.sum() - inside)[holding.school]

    def _deviation(self, pupils: Floats, resource: Floats) -> Floats:
        result: Floats = np.zeros(pupils.shape)
        np.divide((resource - self._mean * pupils) ** 2, pupils, out=result, where=pupils > 0)
        return result

    def judge(self, changed: Changed) -> Judged:
        """The verdict after each change."""
        pupils = np.where(changed.counted, changed.pupils, 0.0)
        resource = np.where(changed.counted, changed.resource, 0.0)
        n, r, t = (column[:, None] for column in self._others)
        total, held = n + pupils, r + resource
        spread = total * (t + self._deviation(pupils, resource))
        off = (held - self._mean * total) ** 2
        line = self._square * held**2
        known = (
            ((self._missing[:, None] + (changed.counted & changed.missing)) == 0)
            & (self._schools[:, None] + changed.counted >= 2)
            & (held > 0)
        )
        difference = spread - off - line
        figure: Floats = np.full(held.shape, np.nan)
        np.divide(np.maximum(spread - off, 0.0), held**2, out=figure, where=known)
        unclear = known & (np.abs(difference) <= TRUST * (spread + off + line))
        return Judged(difference <= 0, known, changed.counted, unclear, np.sqrt(figure))

    def now(self, exactly: Exactly) -> tuple[bool | None, float]:
        """Whether the coefficient keeps its limit as it is (None: not assessable), and the coefficient."""
        holding = self.holding
        first = int(np.flatnonzero(holding.counted[holding.school])[0])
        judged = self.judge(holding.after(holding.own_field, np.zeros((len(holding.school), 1))))
        if not judged.known[first, 0]:
            return None, float("nan")
        figure = float(judged.figure[first, 0])
        if not judged.unclear[first, 0]:
            return bool(judged.holds[first, 0]), figure
        variant = (first, holding.own_field, Fraction(0))
        return exactly.coefficients([variant], holding.key, self.limit)[0], figure

    def roots(self, field: str) -> list[Floats]:
        """Where the inequality may turn, as changes of each row's cell; NaN where nowhere."""
        holding = self.holding
        rest_pupils, rest_held, _ = holding.rest
        own = np.where(holding.pupils > 0, holding.pupils, 0.0)
        pupils = rest_pupils + own
        with np.errstate(all="ignore"):
            levels = self._levels(pupils)
            found = []
            for amount in holding.amounts:
                if field in holding.per_amount:
                    slope = np.where(holding.per_amount[field] != 0, holding.per_amount[field], np.nan)
                    per_amount = _per_amount(holding, own)
                    found.append(
                        ((levels - rest_held[:, None]) / per_amount[:, None] - amount[:, None])
                        / slope[:, None]
                    )
                if field == holding.own_field:
                    found.append(self._roots_of_pupils(amount))
                elif field in holding.per_base:
                    weight = np.where(holding.per_base[field] != 0, holding.per_base[field], np.nan)
                    base = (holding.scale * amount * own)[:, None] / (levels - rest_held[:, None])
                    found.append((base - holding.base[:, None]) / weight[:, None])
        return found

    def _levels(self, pupils: Floats) -> Floats:
        """Resources of each row's school at which the inequality turns, all pupils as they are."""
        n, r, _ = self._others
        factor, total = 1 + self._square, n + pupils
        return quadratic_roots(
            total / pupils - factor, -2 * factor * r, total * self._squares - factor * r**2
        )

    def _roots_of_pupils(self, amount: Floats) -> Floats:
        """Changes of this stage's pupils at which the inequality turns: a quartic where the campus splits."""
        holding, factor = self.holding, 1 + self._square
        n, r, _ = self._others
        rest_pupils, rest_held, _ = holding.rest
        own = np.where(np.isnan(holding.pupils), 0.0, holding.pupils)
        pupils = rest_pupils + own
        if not holding.split:
            held = rest_held + holding.scale * amount
            plain = quadratic_roots(
                self._squares, n * self._squares + held**2 - factor * (r + held) ** 2, n * held**2
            )
            given = quadratic_roots(
                amount**2 * (1 - factor),
                self._squares + amount**2 * n - 2 * factor * r * amount,
                n * self._squares - factor * r**2,
            )
            return np.where(holding.given[:, None], given, plain) - pupils[:, None]
        slope = holding.per_base.get(holding.own_field, np.zeros(len(own)))
        unit = np.where(slope > 0, np.maximum(holding.base / np.where(slope > 0, slope, 1.0), 1.0), np.nan)
        divisor = np.stack([holding.base, slope * unit], axis=1)
        share = holding.scale * amount
        held = np.stack([rest_held * holding.base + share * own, (rest_held * slope + share) * unit], axis=1)
        total = np.stack([n + pupils, unit], axis=1)
        learners = np.stack([pupils, unit], axis=1)
        squares = _times(held, held)
        left = _times(
            total, _plus(self._squares[:, None] * _times(learners, _times(divisor, divisor)), squares)
        )
        everything = _plus(r[:, None] * divisor, held)
        right = factor * _times(learners, _times(everything, everything))
        return polynomial_roots(_plus(left, -right)) * unit[:, None]


@dataclass(frozen=True)
class SchoolRule:
    """So many indicators at their limit, none below its floor, of every school at one stage.

    ``lines`` are limit and floor by indicator, of the holdings of that stage that have them.
    """

    holdings: tuple[Holding, ...]
    lines: dict[str, tuple[Fraction, Fraction]]
    required: int

    @cached_property
    def now(self) -> Judged:
        """The verdict as it is, per row's school."""
        field = self.holdings[0].own_field
        return self.judge(field, np.zeros((len(self.holdings[0].school), 1)))

    @property
    def schools(self) -> Mask:
        """Schools that count at the stage."""
        return self.holdings[0].counted

    def bears(self, field: str) -> bool:
        """Whether a cell of this field can matter to the rule."""
        return any(field in holding.fields for holding in self.holdings)

    def levels(self, field: str, change: Floats) -> tuple[Floats, Floats, Mask]:
        """Lines that each indicator keeps (indicators first): 2 at the limit, 1 at the floor, 0 below, NaN missing.

        A figure as good as at a line is at it in the first answer, below it in the second if the change has moved it;
        floats tell a level where both agree. Then whether the school counts.
        """
        shape = (len(self.holdings), *change.shape)
        at, beside = np.empty(shape), np.empty(shape)
        counted = np.ones(change.shape, dtype=bool)
        for number, holding in enumerate(self.holdings):
            limit, floor = (float(line) for line in self.lines[holding.indicator.id])
            bears = field in holding.fields
            value = now = holding.value_now
            if bears:
                after = holding.after(field, change)
                value, counted = after.value, counted & after.counted
            level = np.add(value >= limit * (1 - TRUST), value >= floor * (1 - TRUST), dtype=np.float64)
            level[np.isnan(value)] = np.nan
            at[number] = beside[number] = level
            near = np.abs(value - limit) <= TRUST * limit
            near |= np.abs(value - floor) <= TRUST * floor
            if bears and near.any():
                near &= np.abs(value - now) > TRUST * np.abs(now)
                above = np.add(value > limit * (1 + TRUST), value > floor * (1 + TRUST), dtype=np.float64)
                beside[number] = np.where(near, above, level)
        return at, beside, counted

    def judge(self, field: str, change: Floats) -> Judged:
        """The verdict of each row's school after each change of its cell."""
        at, beside, counted = self.levels(field, change)
        fails, unknown = self._fails(at)
        fails_beside, _ = self._fails(beside)
        known = counted & (fails | fails_beside | (unknown == 0))
        return Judged(~fails, known, counted, known & (fails != fails_beside), np.full(change.shape, np.nan))

    def _fails(self, levels: Floats) -> tuple[Mask, Whole]:
        met, below = (levels == 2).sum(axis=0), (levels == 0).sum(axis=0)
        unknown = np.isnan(levels).sum(axis=0)
        return (below > 0) | (met + unknown < self.required), unknown

    def roots(self, field: str) -> list[Floats]:
        """Where some indicator crosses its limit or floor, as changes of each row's cell."""
        found = []
        for holding in self.holdings:
            if field not in holding.fields:
                continue
            rest_pupils, rest_held, _ = holding.rest
            own = np.where(holding.pupils > 0, holding.pupils, 0.0)
            for line in dict.fromkeys(float(line) for line in self.lines[holding.indicator.id]):
                for amount in holding.amounts:
                    with np.errstate(all="ignore"):
                        found.append(_crossing(holding, field, line, amount, own, rest_pupils, rest_held))
        return found


def _crossing(
    holding: Holding,
    field: str,
    line: float,
    amount: Floats,
    own: Floats,
    rest_pupils: Floats,
    rest_held: Floats,
) -> Floats:
    """Changes of a cell at which the school's value is at a line."""
    lacking = line * (rest_pupils + own) - rest_held
    if field in holding.per_amount:
        slope = np.where(holding.per_amount[field] != 0, holding.per_amount[field], np.nan)
        return ((lacking / _per_amount(holding, own) - amount) / slope)[:, None]
    filed = np.where(np.isnan(holding.pupils), 0.0, holding.pupils)
    if field == holding.own_field and not holding.split:
        return ((rest_held + holding.scale * amount) / line - rest_pupils - filed)[:, None]
    slope = holding.per_base.get(field, np.zeros(len(own)))
    if field == holding.own_field:
        share, pupils = holding.scale * amount, rest_pupils + filed
        return quadratic_roots(
            -line * slope,
            rest_held * slope + share - line * (holding.base + pupils * slope),
            rest_held * holding.base + share * filed - line * pupils * holding.base,
        )
    base = holding.scale * amount * own / lacking
    return ((base - holding.base) / np.where(slope != 0, slope, np.nan))[:, None]


def _per_amount(holding: Holding, own: Floats) -> Floats:
    """How much a campus holds more for one more of its amount."""
    ratio = own / holding.base if holding.split else np.where(own > 0, 1.0, np.nan)
    return np.where(holding.given, own, holding.scale * ratio)


def _times(first: Floats, second: Floats) -> Floats:
    """Products of polynomials, row by row, lowest power first."""
    result: Floats = np.zeros((len(first), first.shape[1] + second.shape[1] - 1))
    for power in range(first.shape[1]):
        result[:, power : power + second.shape[1]] += first[:, power : power + 1] * second
    return result


def _plus(first: Floats, second: Floats) -> Floats:
    """Sums of polynomials, row by row."""
    degree = max(first.shape[1], second.shape[1])
    result: Floats = np.zeros((len(first), degree))
    result[:, : first.shape[1]] += first
    result[:, : second.shape[1]] += second
    return result


def polynomial_roots(coefficients: Floats) -> Floats:
    """Real parts of the roots of polynomials, lowest power first, row by row; NaN where there are fewer.

    The real part of a complex pair lies where the polynomial nearly touches zero.

    >>> polynomial_roots(np.array([[-6.0, 11.0, -6.0, 1.0]])).round(9).tolist()
    [[3.0, 2.0, 1.0]]
    """
    degree = coefficients.shape[1] - 1
    result: Floats = np.full((len(coefficients), degree), np.nan)
    leading = coefficients[:, -1]
    with np.errstate(all="ignore"):
        monic = coefficients[:, :-1] / leading[:, None]
    usable = np.flatnonzero(np.isfinite(monic).all(axis=1))
    companion = np.zeros((len(usable), degree, degree))
    companion[:, np.arange(1, degree), np.arange(degree - 1)] = 1.0
    companion[:, :, -1] = -monic[usable]
    result[usable] = np.sort(np.linalg.eigvals(companion).real, axis=1)[:, ::-1]
    for row in np.flatnonzero((leading == 0) & np.isfinite(coefficients).all(axis=1)).tolist():
        roots = np.roots(coefficients[row, ::-1]).real
        result[row, : len(roots)] = roots
    return result
