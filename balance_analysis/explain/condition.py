"""When does CV ≤ limit turn, if one amount of one school moves? An exact inequality.

Write school i's resource as r = c·n/D with numerator c = scale · amount · stage weight, pupils n
and divisor D = weighted pupils (D = n and weight 1 where nothing is split), and let N₀, R₀, Q₀ be the sums of n,
r and r²/n over the other schools. With K = 1 + limit², ``CV ≤ limit`` is the same as::

    (N₀ + n)(Q₀·D² + c²·n) − K·(R₀·D + c·n)²  ≤  0

a quadratic in the amount, solved for all schools at once in floats. Whole steps next to a root are decided in floats
where these cannot err, else in exact fractions. Decision records 0012 and 0030; for single cells of the files see
:mod:`balance_analysis.explain.filed_verdicts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property

import numpy as np
import pandas as pd

from balance_analysis.exact import Floats, Mask, Number, as_filed, total_in_pairs
from balance_analysis.explain.cells import Cell, with_amounts

Limits = Mapping[tuple[str, str], Number]
"""Limits of coefficients by (stage, indicator)."""

TRUST = 1e-12
"""Relative distance of the two sides of the inequality from which floats decide: they are off by less than 1e-14.

Each side is a sum of positive terms, rounded a few times each and added in pairs (log2 of n roundings). Where one
school holds nearly everything, so that less than :data:`LEAST_OTHERS` is left to the others, fractions decide.
"""
LEAST_OTHERS = 1 / 1024
MOST_STEPS = 1e15
"""Changes of more steps than this are not looked for (whole numbers of floats end at 9e15)."""
_NEIGHBOURS = np.arange(-1.0, 3.0)


def limit_of(limits: Limits, cell: Cell) -> Number | None:
    """Return the limit of the cell's coefficient, None where it has none."""
    return limits.get((str(cell.key.get("stage", "")), str(cell.key.get("indicator", ""))))


class CoefficientCondition:
    """The condition CV ≤ ``limit`` of one cell, as a function of the amount of one school.

    ``rows`` are the usable rows of a cell (pupils > 0, resource known): ``enrolment`` and ``resource``, and
    where given ``amount``, ``scale``, ``stage_weight``, ``weighted_pupils``.

    >>> rows = pd.DataFrame({"enrolment": [10.0, 10.0], "resource": [1.0, 3.0]})
    >>> CoefficientCondition(rows, "0.5").holds, CoefficientCondition(rows, 0.49).holds
    (True, False)
    """

    def __init__(self, rows: pd.DataFrame, limit: Number) -> None:
        self._filed = with_amounts(rows)
        self._amount, self._pupils, self._divisor, weight, scale = (
            self._filed[name].to_numpy(np.float64)
            for name in ("amount", "enrolment", "weighted_pupils", "stage_weight", "scale")
        )
        self._scale: Floats = scale * weight
        resource: Floats = self._scale * self._amount * self._pupils / self._divisor
        own = (self._pupils, resource, resource**2 / self._pupils)
        self._totals = tuple(float(column.sum()) for column in own)
        self._others = tuple(total - column for total, column in zip(self._totals, own, strict=True))
        self._clear: Mask = np.logical_and.reduce(
            [rest > LEAST_OTHERS * total for rest, total in zip(self._others, self._totals, strict=True)]
        )
        self._exact_factor = 1 + as_filed(limit) ** 2
        self._factor = float(self._exact_factor)

    @cached_property
    def _exact_totals(self) -> tuple[Fraction, Fraction, Fraction]:
        return self._exact_sums([Fraction(0)] * len(self._filed))

    def _exact_sums(self, added: Sequence[Fraction]) -> tuple[Fraction, Fraction, Fraction]:
        """The sums of n, r and r²/n with so much added to the amount of each school."""
        terms = [self._exact_terms(position, more) for position, more in enumerate(added)]
        pupils, resource, squares = (total_in_pairs(list(column)) for column in zip(*terms, strict=True))
        return pupils, resource, squares

    def _exact_terms(
        self, position: int, more: Fraction = Fraction(0)
    ) -> tuple[Fraction, Fraction, Fraction]:
        """What a school with ``more`` of its amount adds to the sums of n, r and r²/n, from the figures as filed."""
        names = ("scale", "stage_weight", "amount", "enrolment", "weighted_pupils")
        scale, weight, amount, pupils, divisor = (
            as_filed(float(self._filed[name].iloc[position])) for name in names
        )
        held = scale * weight * (amount + more) * pupils / divisor
        return pupils, held, held * held / pupils

    def _keeps(self, pupils: Fraction, resource: Fraction, squares: Fraction) -> bool:
        return pupils * squares <= self._exact_factor * resource**2

    @cached_property
    def holds(self) -> bool:
        """Whether CV ≤ limit now; exact beside the limit."""
        pupils, resource, squares = self._totals
        left, right = pupils * squares, self._factor * resource**2
        if abs(left - right) > TRUST * (left + right):
            return left < right
        return self._keeps(*self._exact_totals)

    def holds_without(self, position: int) -> bool:
        """Whether CV ≤ limit of the schools other than this one, exactly."""
        own = self._exact_terms(position)
        return self._keeps(*(total - part for total, part in zip(self._exact_totals, own, strict=True)))

    def holds_with(self, units: Floats, unit: Number) -> bool:
        """Whether CV ≤ limit, exactly, after so many units of the filed amount more at each school."""
        return self._keeps(*self._exact_sums([int(number) * as_filed(unit) for number in units]))

    def holds_exactly(self, position: int, more: Fraction) -> bool:
        """Whether CV ≤ limit with ``more`` added to the amount of the school at ``position``."""
        before, after = self._exact_terms(position), self._exact_terms(position, more)
        return self._keeps(*(a - b + c for a, b, c in zip(self._exact_totals, before, after, strict=True)))

    def _turned(self, steps: Floats, step: Fraction) -> Mask:
        """Whether the verdict is the other one after so many steps more (one row per school)."""
        amount = self._amount[:, None] + steps * float(step)
        pupils, divisor = self._pupils[:, None], self._divisor[:, None]
        possible = steps > 0
        n, r, q = (column[:, None] for column in self._others)
        numerator = self._scale[:, None] * amount
        left = (n + pupils) * (q * divisor**2 + numerator**2 * pupils)
        right = self._factor * (r * divisor + numerator * pupils) ** 2
        turned: Mask = possible & ((left < right) != self.holds)
        unclear = possible & ~((np.abs(left - right) > TRUST * (left + right)) & self._clear[:, None])
        for position, column in np.argwhere(unclear):
            more = int(steps[position, column]) * step
            turned[position, column] = self.holds_exactly(int(position), more) != self.holds
        return turned

    def _roots(self, step: float) -> Floats:
        """Real roots and extremum of the inequality in whole steps of the amount, one row per school."""
        n, r, q = self._others
        numerator, own = self._scale * self._amount, self._pupils
        held = r * self._divisor + numerator * own
        per_step, pupils = self._scale * step, n + own
        return quadratic_roots(
            own * per_step**2 * (pupils - self._factor * own),
            2 * own * per_step * (pupils * numerator - self._factor * held),
            pupils * (q * self._divisor**2 + own * numerator**2) - self._factor * held**2,
        )

    def smallest_additions(self, *, step: Number = 1) -> Floats:
        """Return, per school, the fewest whole steps of its amount more that turn the verdict; NaN where none does."""
        size = as_filed(step)
        roots = np.floor(self._roots(float(size)))
        near = (roots[:, :, None] + _NEIGHBOURS).reshape(len(roots), -1)
        steps = np.column_stack([np.where(np.abs(near) < MOST_STEPS, near, 0.0), np.full(len(roots), 1.0)])
        fewest = np.where(self._turned(steps, size), steps, np.inf).min(axis=1)
        return np.where(np.isfinite(fewest), fewest, np.nan)


def quadratic_roots(a: Floats, b: Floats, c: Floats) -> Floats:
    """Real roots of a·k² + b·k + c and the place of its extremum; NaN where there is none.

    >>> quadratic_roots(np.array([1.0]), np.array([-3.0]), np.array([2.0])).tolist()
    [[2.0, 1.0, 1.5]]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        half = -0.5 * (b + np.copysign(np.sqrt(b * b - 4 * a * c), b))
        return np.column_stack([half / a, c / half, -0.5 * b / a])
