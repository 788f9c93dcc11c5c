"""One resource, exact optima: the fewest added units and the fewest transfers that bring the CV to a limit.

With r_i units and n_i pupils, N = Σn and R = Σr, the coefficient holds exactly when

    N · Σ r_i²/n_i  ≤  (1 + c²) · R².

For a fixed total the left side is a sum of convex functions of one integer each, so handing out units one by one
where the marginal increase (2r_i + 1)/n_i is smallest is optimal for **every** number of units (Gross 1956; Fox 1966), and
the first number of units at which the inequality holds is the minimum. All arithmetic is rational: nothing is rounded.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from balance_analysis.errors import ParameterError
from balance_analysis.exact import Number, as_filed
from balance_analysis.statements import Statement


@dataclass(frozen=True)
class SingleResourceOptimum:
    """A proven minimum for one resource.

    ``units`` is the minimal number of added (or moved) units; ``change`` the units gained (+) or lost (−) by each
    school, in the order given; ``resource`` the amounts afterwards; ``cv`` and ``cv_one_unit_less`` the smallest
    coefficient that ``units`` and ``units − 1`` units can reach (the second is above the limit and is the proof; NaN when
    ``units`` is 0); ``left_out`` the positions of schools without pupils, which are in neither sum.
    """

    units: int
    change: tuple[int, ...]
    resource: tuple[Fraction, ...]
    cv_before: float
    cv: float
    cv_one_unit_less: float
    left_out: tuple[int, ...]
    proof: Statement


class _Sums:
    """Σ r²/n and Σ r of the counted schools as integers over common denominators."""

    def __init__(self, resource: Sequence[Number], enrolment: Sequence[Number], cv_limit: Number) -> None:
        if len(resource) != len(enrolment):
            raise ParameterError(f"资源 {len(resource)} 个、在校生 {len(enrolment)} 个，两者须一一对应")
        try:
            self.resource = [as_filed(value) for value in resource]
            self.enrolment = [as_filed(value) for value in enrolment]
            self.limit = as_filed(cv_limit)
        except (ValueError, OverflowError) as error:
            raise ParameterError(f"资源、在校生数与限值须为有限数值，缺失值请先补齐：{error}") from error
        if any(value < 0 for value in (*self.resource, *self.enrolment, self.limit)):
            raise ParameterError("资源、在校生数与限值不得为负")
        self.counted = [index for index, pupils in enumerate(self.enrolment) if pupils > 0]
        if len(self.counted) < 2:
            raise ParameterError("至少需要两所有在校生的学校才有差异系数")
        pupils = [self.enrolment[index] for index in self.counted]
        units = [self.resource[index] for index in self.counted]
        self.unit = math.lcm(*(value.denominator for value in units))
        inverse = [1 / value for value in pupils]
        self.common = math.lcm(*(value.denominator for value in inverse))
        self.weight = [int(value * self.common) for value in inverse]
        self.amount = [int(value * self.unit) for value in units]
        self.squares = sum(w * a * a for w, a in zip(self.weight, self.amount, strict=True))
        self.total = sum(self.amount)
        # N·S/common ≤ (1 + c²)·R² with all sides multiplied out to integers
        bound = (1 + self.limit**2) * self.common / sum(pupils, Fraction(0))
        self.left, self.right = bound.denominator, bound.numerator
        self.pupils_total = sum(pupils, Fraction(0))

    def marginal(self, position: int, direction: int) -> Fraction:
        """Change of Σ r²/n when one unit is added (+1) or taken (−1), per unit."""
        amount = Fraction(self.amount[position], self.unit)
        return (2 * amount + direction) / self.enrolment[self.counted[position]]

    def shift(self, position: int, direction: int) -> None:
        step = direction * self.unit
        before = self.amount[position]
        self.amount[position] = before + step
        self.squares += self.weight[position] * step * (2 * before + step)
        self.total += step

    def holds(self) -> bool:
        return self.total > 0 and self.left * self.squares <= self.right * self.total**2

    def cv(self) -> float:
        if self.total == 0:
            return math.nan
        square = self.pupils_total * Fraction(self.squares, self.common) / self.total**2 - 1
        return math.sqrt(square)

    def outcome(self, units: int, before: float, previous: float, proof: Statement) -> SingleResourceOptimum:
        after = list(self.resource)
        for position, index in enumerate(self.counted):
            after[index] = Fraction(self.amount[position], self.unit)
        change = tuple(int(new - old) for new, old in zip(after, self.resource, strict=True))
        left_out = tuple(index for index, pupils in enumerate(self.enrolment) if pupils == 0)
        return SingleResourceOptimum(
            units, change, tuple(after), before, self.cv(), previous, left_out, proof
        )


def _bounds(values: Sequence[Number] | None, count: int, name: str) -> list[Fraction] | None:
    if values is None:
        return None
    if len(values) != count:
        raise ParameterError(f"{name} 须与学校一一对应：应有 {count} 个，发现 {len(values)} 个")
    return [as_filed(value) for value in values]


def fewest_added_units(
    resource: Sequence[Number],
    enrolment: Sequence[Number],
    cv_limit: Number,
    *,
    ceilings: Sequence[Number] | None = None,
) -> SingleResourceOptimum:
    """The smallest number of whole units to add so that the weighted CV is at most ``cv_limit``.

    ``resource`` amounts in units (for "per 100 pupils" the plain count: the coefficient does not depend on the scale),
    ``enrolment`` pupils of the stage, ``ceilings`` the most a school may hold afterwards (amount before where that is
    more). Schools without pupils are left out of both sums and get nothing. The minimum is exact: for each number of
    units the allocation is the best there is, and one unit less cannot reach the limit.

    Raises :class:`ParameterError` when no number of units reaches the limit (only under ceilings, or a limit of 0 with
    amounts that are no whole numbers), and for missing or negative input.

    >>> found = fewest_added_units([10, 1], [100, 100], "0.5")
    >>> found.units, found.change, round(found.cv, 6), found.cv_one_unit_less > 0.5
    (3, (0, 3), 0.428571, True)
    """
    sums = _Sums(resource, enrolment, cv_limit)
    limits = _bounds(ceilings, len(resource), "ceilings")
    before = previous = sums.cv()
    heap = [
        (sums.marginal(position, 1), position)
        for position in range(len(sums.counted))
        if _room(sums, position, limits)
    ]
    heapq.heapify(heap)
    units = 0
    most = None if sums.limit > 0 else sum(sums.enrolment, Fraction(0)) * (max(sums.amount) + 1)
    while not sums.holds():
        if not heap or (most is not None and units > most):
            raise ParameterError("在给定的各校上限内，增加任何数量都不能使差异系数达到限值；请放宽上限或限值")
        previous = sums.cv()
        _, position = heapq.heappop(heap)
        sums.shift(position, 1)
        units += 1
        if _room(sums, position, limits):
            heapq.heappush(heap, (sums.marginal(position, 1), position))
    proof = Statement("certificate.fewest_additions", {"units": units})
    return sums.outcome(units, before, previous if units else math.nan, proof)


def _room(sums: _Sums, position: int, limits: list[Fraction] | None) -> bool:
    if limits is None:
        return True
    return Fraction(sums.amount[position] + sums.unit, sums.unit) <= limits[sums.counted[position]]


def fewest_transfers(
    resource: Sequence[Number],
    enrolment: Sequence[Number],
    cv_limit: Number,
    *,
    minimum: Sequence[Number] | None = None,
    ceilings: Sequence[Number] | None = None,
) -> SingleResourceOptimum:
    """The smallest number of units to move between schools so that the weighted CV is at most ``cv_limit``.

    The total stays. ``minimum`` is what a donor must keep (0 without it), ``ceilings`` the most a receiver may hold.
    Exact: for k moves the best donors and the best receivers are found apart (greedy on (2r−1)/n from above and
    (2r+1)/n from below), no school is both while a move still helps, hence k moves cannot do better; ``k − 1`` moves
    leave the coefficient above the limit.

    Raises :class:`ParameterError` when no transfer reaches the limit (whole units leave a remainder), and for missing or
    negative input.

    >>> found = fewest_transfers([10, 1, 1], [100, 100, 100], "0.5")
    >>> found.units, found.change
    (4, (-4, 2, 2))
    """
    sums = _Sums(resource, enrolment, cv_limit)
    keep = _bounds(minimum, len(resource), "minimum") or [Fraction(0)] * len(resource)
    limits = _bounds(ceilings, len(resource), "ceilings")
    before = previous = sums.cv()

    def can_give(position: int) -> bool:
        return Fraction(sums.amount[position] - sums.unit, sums.unit) >= keep[sums.counted[position]]

    places = range(len(sums.counted))
    donors = [(-sums.marginal(position, -1), position) for position in places if can_give(position)]
    receivers = [
        (sums.marginal(position, 1), position) for position in places if _room(sums, position, limits)
    ]
    heapq.heapify(donors)
    heapq.heapify(receivers)
    units = 0
    while not sums.holds():
        if not donors or not receivers or -donors[0][0] <= receivers[0][0]:
            raise ParameterError(
                "只在校际调配整数个单位不能使差异系数达到限值：总量不变时已是最小；请增加总量或放宽限值"
            )
        previous = sums.cv()
        _, giver = heapq.heappop(donors)
        _, taker = heapq.heappop(receivers)
        sums.shift(giver, -1)
        sums.shift(taker, 1)
        units += 1
        if can_give(giver):
            heapq.heappush(donors, (-sums.marginal(giver, -1), giver))
        if _room(sums, taker, limits):
            heapq.heappush(receivers, (sums.marginal(taker, 1), taker))
    proof = Statement("certificate.fewest_transfers", {"units": units})
    return sums.outcome(units, before, previous if units else math.nan, proof)
