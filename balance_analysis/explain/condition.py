"""When does CV ≤ limit turn, if one filed figure of one school moves? An exact inequality.

Write school i's resource as r = c·n/D with numerator c = scale · amount · stage weight, pupils n
and divisor D = weighted pupils (D = n and weight 1 where nothing is split), and let N₀, R₀, Q₀ be the sums of n,
r and r²/n over the other schools. With K = 1 + limit², ``CV ≤ limit`` is the same as::

    (N₀ + n)(Q₀·D² + c²·n) − K·(R₀·D + c·n)²  ≤  0

a quadratic in the amount and a cubic in the pupils, solved for all schools at once in floats. Whole steps next to
a root are decided in floats where these cannot err, else in exact fractions. Decision records 0012 and 0030.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from balance_analysis.exact import Floats, Mask, Number, as_filed, total_in_pairs
from balance_analysis.explain.cells import Cell, exact_column, with_amounts

FiledCell = Literal["amount", "enrolment"]
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
    """The condition CV ≤ ``limit`` of one cell, as a function of one filed figure of one school.

    ``rows`` are the usable rows of a cell (pupils > 0, resource known): ``enrolment`` and ``resource``, and
    where given ``amount``, ``scale``, ``stage_weight``, ``weighted_pupils``. More pupils of a stage raise the
    weighted pupils of a shared campus by their stage weight. The effect on the campus's other stage is not
    part of this condition.

    >>> rows = pd.DataFrame({"enrolment": [10.0, 10.0], "resource": [1.0, 3.0]})
    >>> CoefficientCondition(rows, "0.5").holds, CoefficientCondition(rows, 0.49).holds
    (True, False)
    """

    def __init__(self, rows: pd.DataFrame, limit: Number) -> None:
        self._filed = with_amounts(rows)
        self._amount, self._pupils, self._divisor, self._weight, scale = (
            self._filed[name].to_numpy(np.float64)
            for name in ("amount", "enrolment", "weighted_pupils", "stage_weight", "scale")
        )
        self._scale: Floats = scale * self._weight
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
        terms = [self._exact_terms(*self._exact(position)) for position in range(len(self._filed))]
        pupils, resource, squares = (total_in_pairs(list(column)) for column in zip(*terms, strict=True))
        return pupils, resource, squares

    def _exact(self, position: int) -> tuple[Fraction, Fraction, Fraction, Fraction]:
        """Scale × weight, amount, pupils and divisor of one school as they were filed."""
        names = ("scale", "stage_weight", "amount", "enrolment", "weighted_pupils")
        scale, weight, *rest = (as_filed(float(self._filed[name].iloc[position])) for name in names)
        amount, pupils, divisor = rest
        return scale * weight, amount, pupils, divisor

    @staticmethod
    def _exact_terms(
        scale: Fraction, amount: Fraction, pupils: Fraction, divisor: Fraction
    ) -> tuple[Fraction, Fraction, Fraction]:
        """What a school adds to the sums of n, r and r²/n."""
        held = scale * amount * pupils / divisor
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
        own = self._exact_terms(*self._exact(position))
        pupils, resource, squares = (a - b for a, b in zip(self._exact_totals, own, strict=True))
        return self._keeps(pupils, resource, squares)

    def holds_with(self, units: Floats, unit: Number) -> bool:
        """Whether CV ≤ limit, exactly, after so many units of the filed amount more at each school."""
        size, terms = as_filed(unit), []
        for position, number in enumerate(units):
            scale, amount, pupils, divisor = self._exact(position)
            terms.append(self._exact_terms(scale, amount + int(number) * size, pupils, divisor))
        pupils, resource, squares = (total_in_pairs(list(column)) for column in zip(*terms, strict=True))
        return self._keeps(pupils, resource, squares)

    def holds_exactly(self, position: int, cell: FiledCell, change: Fraction) -> bool | None:
        """Whether CV ≤ limit with ``change`` added to one figure of the school at ``position``.

        None where the figures leave the possible: a negative amount, no pupils left, no resource in the
        whole county.
        """
        scale, amount, pupils, divisor = self._exact(position)
        others = zip(self._exact_totals, self._exact_terms(scale, amount, pupils, divisor), strict=True)
        rest_pupils, rest_resource, rest_squares = (total - own for total, own in others)
        if cell == "amount":
            amount += change
        else:
            pupils, divisor = pupils + change, divisor + as_filed(float(self._weight[position])) * change
        if amount < 0 or pupils <= 0 or divisor <= 0:
            return None
        _, held, square = self._exact_terms(scale, amount, pupils, divisor)
        resource = rest_resource + held
        return None if resource == 0 else self._keeps(rest_pupils + pupils, resource, rest_squares + square)

    def _turned(self, cell: FiledCell, steps: Floats, step: Fraction) -> Mask:
        """Whether the verdict is the other one after so many steps (one row per school)."""
        move = steps * float(step)
        amount, pupils, divisor = (
            np.broadcast_to(column[:, None], steps.shape)
            for column in (self._amount, self._pupils, self._divisor)
        )
        if cell == "amount":
            amount = np.maximum(amount + move, 0.0)
            possible = steps >= -_whole_steps(self._amount, step)[:, None]
        else:
            pupils, divisor = pupils + move, divisor + self._weight[:, None] * move
            possible = (pupils > 0.5) & (divisor > 0)
        possible &= steps != 0
        n, r, q = (column[:, None] for column in self._others)
        numerator = self._scale[:, None] * amount
        left = (n + pupils) * (q * divisor**2 + numerator**2 * pupils)
        right = self._factor * (r * divisor + numerator * pupils) ** 2
        turned: Mask = possible & ((left < right) != self.holds)
        unclear = possible & ~((np.abs(left - right) > TRUST * (left + right)) & self._clear[:, None])
        for position, column in np.argwhere(unclear):
            holds = self.holds_exactly(int(position), cell, int(steps[position, column]) * step)
            turned[position, column] = holds is not None and holds != self.holds
        return turned

    def _roots(self, cell: FiledCell, step: float) -> Floats:
        """Real roots and extrema of the inequality in whole steps of the figure, one row per school."""
        n, r, q = self._others
        numerator, own = self._scale * self._amount, self._pupils
        held, divisor = r * self._divisor + numerator * own, self._divisor
        if cell == "amount":
            per_step, pupils = self._scale * step, n + own
            return quadratic_roots(
                own * per_step**2 * (pupils - self._factor * own),
                2 * own * per_step * (pupils * numerator - self._factor * held),
                pupils * (q * divisor**2 + own * numerator**2) - self._factor * held**2,
            )
        slope = r * self._weight + numerator
        squares = q * self._weight**2, 2 * q * divisor * self._weight + numerator**2
        rest = q * divisor**2 + numerator**2 * own
        return cubic_roots(
            squares[0] * step**3,
            ((n + own) * squares[0] + squares[1] - self._factor * slope**2) * step**2,
            ((n + own) * squares[1] + rest - 2 * self._factor * slope * held) * step,
            (n + own) * rest - self._factor * held**2,
        )

    def smallest_changes(self, cell: FiledCell, *, step: Number = 1) -> tuple[Floats, Floats]:
        """Return, per school, the fewest whole steps up, and down, that turn the verdict; NaN where none does.

        The number down is negative. Amounts stay ≥ 0 and pupils > 0.
        """
        size = as_filed(step)
        roots = np.floor(self._roots(cell, float(size)))
        near = (roots[:, :, None] + _NEIGHBOURS).reshape(len(roots), -1)
        certain = [np.full(len(roots), 1.0), np.full(len(roots), -1.0)]
        if cell == "amount":  # the last possible step down may not be next to a root
            certain.append(-_whole_steps(self._amount, size))
        steps = np.column_stack([np.where(np.abs(near) < MOST_STEPS, near, 0.0), *certain])
        turned = self._turned(cell, steps, size)
        up = np.where(turned & (steps > 0), steps, np.inf).min(axis=1)
        down = np.where(turned & (steps < 0), steps, -np.inf).max(axis=1)
        return np.where(np.isfinite(up), up, np.nan), np.where(np.isfinite(down), down, np.nan)


def _whole_steps(amount: Floats, step: Fraction) -> Floats:
    """How many whole steps an amount holds, exactly."""
    exact, places = exact_column(amount)
    whole: Floats = (exact * step.denominator // (step.numerator * 10**places)).astype(np.float64)
    return whole


def quadratic_roots(a: Floats, b: Floats, c: Floats) -> Floats:
    """Real roots of a·k² + b·k + c and the place of its extremum; NaN where there is none.

    >>> quadratic_roots(np.array([1.0]), np.array([-3.0]), np.array([2.0])).tolist()
    [[2.0, 1.0, 1.5]]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        half = -0.5 * (b + np.copysign(np.sqrt(b * b - 4 * a * c), b))
        return np.column_stack([half / a, c / half, -0.5 * b / a])


def cubic_roots(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Real roots of a·k³ + b·k² + c·k + d and the places of its extrema; NaN where there are none.

    >>> cubic_roots(*(np.array([x]) for x in (1.0, -6.0, 11.0, -6.0)))[0, :3].round(9).tolist()
    [3.0, 2.0, 1.0]
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        shift = b / (3 * a)
        p, q = c / (3 * a) - shift**2, shift**3 - (shift * c / a - d / a) / 2
        discriminant = q**2 + p**3
        largest = np.cbrt(-q - np.copysign(np.sqrt(np.maximum(discriminant, 0.0)), q))
        single = largest - p / largest
        angle = np.arccos(np.clip(-q / np.sqrt(np.maximum(-p, 0.0)) ** 3, -1.0, 1.0)) / 3
        turns = np.array([0.0, 2.0, 4.0]) * np.pi / 3
        three = 2 * np.sqrt(np.maximum(-p, 0.0))[:, None] * np.cos(angle[:, None] - turns)
        roots = np.where((discriminant > 0)[:, None], single[:, None], three) - shift[:, None]
        for _ in range(3):  # Newton's steps give back the digits that the shift has cost
            value = ((a[:, None] * roots + b[:, None]) * roots + c[:, None]) * roots + d[:, None]
            slope = (3 * a[:, None] * roots + 2 * b[:, None]) * roots + c[:, None]
            move = value / slope
            roots = np.where(np.abs(move) <= 1e-3 * (1 + np.abs(shift[:, None])), roots - move, roots)
        roots = np.where((a == 0)[:, None], quadratic_roots(b, c, d), roots)
        return np.column_stack([roots, quadratic_roots(3 * a, 2 * b, c)[:, :2]])
