"""A growing linear model and its solution by SciPy's HiGHS, with the status told honestly."""

from __future__ import annotations

import contextlib
import math
import os
import sys
from collections.abc import Iterator
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

    def column(
        self, cost: float = 0.0, *, lower: float = 0.0, upper: float = math.inf, integer: bool = False
    ) -> int:
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
        twin = LinearModel(list(self.cost), list(self.lower), list(self.upper), list(self.integer))
        twin._data, twin._columns, twin._starts = list(self._data), list(self._columns), list(self._starts)
        twin._row_lower, twin._row_upper = list(self._row_lower), list(self._row_upper)
        return twin

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


@contextlib.contextmanager
def _quiet_library() -> Iterator[None]:
    """HiGHS prints a left-over debugging line to the C standard output; keep it out of reports and pipes."""
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # no standard output at all: nothing to keep quiet
        yield
        return
    try:
        with open(os.devnull, "wb") as sink:
            os.dup2(sink.fileno(), 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def solve_linear(model: LinearModel, *, relax: bool, seconds: float, gap: float = 0.0) -> LinearOutcome:
    """Solve with HiGHS; ``relax`` drops the integrality. A time limit yields what was found and what was proven."""
    integrality = np.array([not relax and whole for whole in model.integer], dtype=np.int64)
    constraints = LinearConstraint(model.matrix(), np.array(model._row_lower), np.array(model._row_upper))
    with _quiet_library():
        result = milp(
            np.array(model.cost),
            integrality=integrality,
            bounds=Bounds(model.lower, model.upper),
            constraints=constraints,
            options={"time_limit": max(seconds, 0.05), "mip_rel_gap": gap, "disp": False},
        )
    # 0 optimal, 1 limit reached, 2 infeasible, 3 unbounded, 4 other ("unbounded or infeasible", numerical trouble)
    x = None if result.x is None else np.asarray(result.x, dtype=np.float64)
    bound = -math.inf
    proven = result.fun if relax else result.get("mip_dual_bound")
    if proven is not None and (result.status == 0 or (result.status == 1 and not relax)):
        bound = float(proven)
    return LinearOutcome(x, bound, result.status == 2, result.status == 0, str(result.message))
