"""When does CV ≤ limit turn, if one filed figure of one school moves? An exact inequality.

Write school i's resource as r = c·n/D with numerator c = scale · amount · stage weight, pupils n and
divisor D = weighted pupils (D = n and weight 1 where nothing is split), and let N₀, R₀, Q₀ be the sums of n,
r and r²/n over the other schools. With K = 1 + limit², ``CV ≤ limit`` is the same as::

    (N₀ + n)(Q₀·D² + c²·n) − K·(R₀·D + c·n)²  ≤  0

a quadratic in the amount and a cubic in the pupils. Floats find the roots; the verdict at whole steps next
to a root is decided in exact fractions whenever the floats are within rounding of zero. Decision record 0012.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from numpy.polynomial import Polynomial

from balance_analysis.exact import Number, as_filed
from balance_analysis.explain.cells import Vector, with_amounts

FiledCell = Literal["amount", "enrolment"]

_TRUST = 1e-9
_NEIGHBOURS = 2


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
        filed = with_amounts(rows)
        self._scale: Vector = (filed["scale"] * filed["stage_weight"]).to_numpy(np.float64)
        self._amount: Vector = filed["amount"].to_numpy(np.float64)
        self._numerator: Vector = self._scale * self._amount
        self._weight: Vector = filed["stage_weight"].to_numpy(np.float64)
        self._pupils: Vector = filed["enrolment"].to_numpy(np.float64)
        self._divisor: Vector = filed["weighted_pupils"].to_numpy(np.float64)
        self._resource: Vector = self._numerator * self._pupils / self._divisor
        self._squares: Vector = self._resource**2 / self._pupils
        self._totals = (self._pupils.sum(), self._resource.sum(), self._squares.sum())
        self._exact_factor = 1 + as_filed(limit) ** 2
        self._factor = float(self._exact_factor)
        self._filed = filed

    @cached_property
    def _exact(self) -> list[tuple[Fraction, Fraction, Fraction, Fraction, Fraction]]:
        """Per school: scale × weight, amount, pupils, divisor, stage weight as they were filed."""
        columns = ("scale", "amount", "enrolment", "weighted_pupils", "stage_weight")
        rows = [
            [as_filed(float(self._filed[name].iloc[i])) for name in columns] for i in range(len(self._filed))
        ]
        return [
            (scale * weight, amount, pupils, divisor, weight)
            for scale, amount, pupils, divisor, weight in rows
        ]

    @cached_property
    def _exact_totals(self) -> tuple[Fraction, Fraction, Fraction]:
        pupils = resource = squares = Fraction(0)
        for scale, amount, number, divisor, _ in self._exact:
            held = scale * amount * number / divisor
            pupils, resource, squares = pupils + number, resource + held, squares + held * held / number
        return pupils, resource, squares

    @cached_property
    def holds(self) -> bool:
        """Whether CV ≤ limit now, decided exactly."""
        pupils, resource, squares = self._exact_totals
        return pupils * squares <= self._exact_factor * resource**2

    def holds_after(self, position: int, cell: FiledCell, change: Fraction) -> bool | None:
        """Whether CV ≤ limit with ``change`` added to one figure of the school at ``position``.

        None where the figures leave the possible: a negative amount, no pupils left, no resource in the
        whole county.
        """
        amount, pupils = self._amount[position], self._pupils[position]
        divisor, move = self._divisor[position], float(change)
        if cell == "amount":
            amount += move
        else:
            pupils += move
            divisor += self._weight[position] * move
        if pupils < 0.5 or amount < -0.5 or divisor <= 0:
            return None
        numerator = self._scale[position] * amount
        rest = [total - own[position] for total, own in zip(self._totals, self._own, strict=True)]
        left = (rest[0] + pupils) * (rest[2] * divisor**2 + numerator**2 * pupils)
        right = self._factor * (rest[1] * divisor + numerator * pupils) ** 2
        if amount > 0.0 and abs(left - right) > _TRUST * (left + right):
            return bool(left < right)
        return self._holds_exactly(position, cell, change)

    @property
    def _own(self) -> tuple[Vector, Vector, Vector]:
        return self._pupils, self._resource, self._squares

    def _holds_exactly(self, position: int, cell: FiledCell, change: Fraction) -> bool | None:
        scale, amount, pupils, divisor, weight = self._exact[position]
        held = scale * amount * pupils / divisor
        rest_pupils = self._exact_totals[0] - pupils
        rest_resource = self._exact_totals[1] - held
        rest_squares = self._exact_totals[2] - held * held / pupils
        if cell == "amount":
            amount += change
        else:
            pupils, divisor = pupils + change, divisor + weight * change
        if amount < 0 or pupils <= 0 or divisor <= 0:
            return None
        numerator = scale * amount
        total = rest_resource * divisor + numerator * pupils
        if total == 0:
            return None
        left = (rest_pupils + pupils) * (rest_squares * divisor**2 + numerator**2 * pupils)
        return left <= self._exact_factor * total**2

    def _roots(self, position: int, cell: FiledCell, step: float) -> npt.NDArray[np.float64]:
        """Real roots of the inequality in whole steps of the figure."""
        rest_pupils, rest_resource, rest_squares = (
            float(total - own[position]) for total, own in zip(self._totals, self._own, strict=True)
        )
        numerator, pupils = float(self._numerator[position]), float(self._pupils[position])
        divisor = float(self._divisor[position])
        if cell == "amount":
            n, d = Polynomial([pupils]), Polynomial([divisor])
            c = Polynomial([numerator, float(self._scale[position]) * step])
        else:
            n, c = Polynomial([pupils, step]), Polynomial([numerator])
            d = Polynomial([divisor, float(self._weight[position]) * step])
        condition = (rest_pupils + n) * (rest_squares * d**2 + c**2 * n) - self._factor * (
            rest_resource * d + c * n
        ) ** 2
        roots = condition.trim().roots()
        real = np.abs(roots.imag) <= 1e-6 * (1 + np.abs(roots))
        return np.asarray(roots.real[real], dtype=np.float64)

    def smallest_changes(
        self, position: int, cell: FiledCell, *, step: Number = 1
    ) -> tuple[int | None, int | None]:
        """Return the fewest whole steps up, and down, that turn the verdict; None where no number does.

        The number down is returned negative. Amounts stay ≥ 0 and pupils > 0.
        """
        exact_step = as_filed(step)
        candidates: set[int] = set()
        for root in self._roots(position, cell, float(exact_step)):
            if abs(root) < 1e15:
                whole = int(np.floor(root))
                candidates.update(range(whole - _NEIGHBOURS, whole + _NEIGHBOURS + 2))
        candidates.update((-1, 1))
        if cell == "amount":  # the last possible step down may not be next to a root
            candidates.add(-int(self._exact[position][1] / exact_step))
        wanted = not self.holds
        turned = [
            k for k in candidates if k != 0 and self.holds_after(position, cell, k * exact_step) is wanted
        ]
        up = min((k for k in turned if k > 0), default=None)
        down = max((k for k in turned if k < 0), default=None)
        return up, down


def units_until_met(condition: CoefficientCondition, position: int, *, step: Number = 1) -> int | None:
    """Return the fewest units at one school until CV ≤ limit: 0 where it holds, None where no number does."""
    if condition.holds:
        return 0
    return condition.smallest_changes(position, "amount", step=step)[0]
