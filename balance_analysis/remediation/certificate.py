"""What is proven about a plan: lower bound, cost, gap, time and status; and why there is no plan."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import scipy

from balance_analysis.statements import Statement


class PlanStatus(StrEnum):
    """How a search ended."""

    OPTIMAL = "optimal"
    """The gap asked for is closed."""
    FEASIBLE = "feasible"
    """A plan that holds, with an honest larger gap (time limit, or steps too coarse to close it)."""
    INFEASIBLE = "infeasible"
    """Proven: no plan holds; the reasons say which rules, for which schools."""
    NO_PLAN_IN_TIME = "no_plan_in_time"
    """Neither a plan nor a proof within the time; the lower bound stands."""


def solver_name() -> str:
    """The solver and the version that carries it."""
    return f"HiGHS (scipy {scipy.__version__})"


@dataclass(frozen=True)
class Certificate:
    """``gap`` = (cost − lower bound) / cost, 0 for a plan that costs nothing; ``None`` without a plan.

    ``lower_bound_wan_cny`` holds for every plan of the model, also for plans in other steps; ``checked`` says that the plan
    passed the exact judgement and the caller's check.
    """

    status: PlanStatus
    lower_bound_wan_cny: float | None
    cost_wan_cny: float | None
    gap: float | None
    gap_asked: float
    seconds: float
    rounds: int
    solver: str
    checked: bool
    message: Statement | str

    def to_dict(self) -> dict[str, Any]:
        return {**_values(self), "status": str(self.status)}


@dataclass(frozen=True)
class Reason:
    """Why no plan holds: one constraint family and the schools it concerns, as a statement with the remedy (a text once it was read from a file)."""

    family: str
    message: Statement | str
    stage: str = ""
    indicator: str = ""
    school_codes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {**_values(self), "school_codes": list(self.school_codes)}


def _values(record: Any) -> dict[str, Any]:
    return {one.name: getattr(record, one.name) for one in fields(record)}
