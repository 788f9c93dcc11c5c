"""A growing linear model and its solution by SciPy's HiGHS, with the status told honestly."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

Vector = NDArray[np.float64]


@dataclass
class LinearModel:
    """Minimise cost·x subject to rows and bounds; columns and rows are only ever appended."""

    cost: list[float] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    integer: list[bool] = field(default_factory=list)
    _data: list[float] = field(default_factory=list)
    _columns: list[int] = field(default_factory=list)
    _starts: list[int] = field(default_factory=lambda: [0])
    _row_lower: list[float] = field(default_factory=list)
    _row_upper: list[float] = field(default_factory=list)

    def column(self, cost: float = 0.0, *, lower: float = 0.0, upper: float = math.inf, integer: bool = False) -> int:
        self.cost.append(cost)
        self.lower.append(lower)
        self.upper.append(upper)
        self.integer.append(integer)
        return len(self.cost) - 1

    def row(self, terms: dict[int, float], *, lower: float = -math.inf, upper: float = math.inf) -> None:
        for column, coefficient in terms.items():
            if coefficient:
                self._columns.append(column)
                self._data.append(coefficient)
        self._starts.append(len(self._columns))
        self._row_lower.append(lower)
        self._row_upper.append(upper)

    @property
    def size(self) -> tuple[int, int]:
        return len(self._row_lower), len(self.cost)

    def copy(self) -> LinearModel:
        return LinearModel(*(list(part) for part in (self.cost, self.lower, self.upper, self.integer, self._data,
                                                     self._columns, self._starts, self._row_lower, self._row_upper)))

    def drop_rows_after(self, count: int) -> None:
        """Forget every row after the first ``count`` (used when loose tangents are weeded out)."""
        end = self._starts[count]
        del self._columns[end:], self._data[end:], self._starts[count + 1:]
        del self._row_lower[count:], self._row_upper[count:]

    def matrix(self) -> csr_array:
        return csr_array((self._data, self._columns, self._starts), shape=self.size)


@dataclass(frozen=True)
class LinearOutcome:
    """``x`` is ``None`` without a solution; ``bound`` is a valid lower bound (−inf when none was proven)."""

    x: Vector | None
    bound: float
    infeasible: bool
    complete: bool
    message: str


def solve_linear(model: LinearModel, *, relax: bool, seconds: float, gap: float = 0.0) -> LinearOutcome:
    """Solve with HiGHS; ``relax`` drops the integrality. A time limit yields what was found and what was proven."""
    integrality = np.zeros(len(model.cost)) if relax else np.array(model.integer, dtype=float)
    options = {"time_limit": max(seconds, 0.05), "presolve": True, "mip_rel_gap": gap, "disp": False}
    constraints = LinearConstraint(model.matrix(), np.array(model._row_lower), np.array(model._row_upper))
    result = milp(np.array(model.cost), integrality=integrality, bounds=Bounds(model.lower, model.upper),
                  constraints=constraints, options=options)
    # 0 optimal, 1 limit reached, 2 infeasible, 3 unbounded, 4 other ("unbounded or infeasible", numerical trouble)
    x = None if result.x is None else np.asarray(result.x, dtype=np.float64)
    bound = -math.inf
    if result.status == 0 and relax:
        bound = float(result.fun)
    elif result.status in (0, 1) and not relax and result.get("mip_dual_bound") is not None:
        bound = float(result.mip_dual_bound)
    if result.status == 0 and not math.isfinite(bound):
        bound = float(result.fun) if gap == 0.0 else -math.inf
    return LinearOutcome(x, bound, result.status == 2, result.status == 0, str(result.message))
