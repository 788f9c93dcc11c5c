"""What the least-cost plan is worth: the usual plan beside it, and the price of a lower coefficient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pandas as pd

from balance_analysis.exact import Number, as_filed
from balance_analysis.remediation.certificate import Certificate
from balance_analysis.remediation.model import ModelOptions
from balance_analysis.remediation.plan import Plan, carry_out, squared_coefficients
from balance_analysis.remediation.problem import RemediationProblem
from balance_analysis.remediation.solve import Search, find_plan

LIFT_EVERY_SCHOOL = "lift_every_school"
LIFT_THEN_REPAIR = "lift_then_repair"
OPTIMUM = "optimum"
PRICE_GAP = 0.0005
PRICE_COLUMNS = [
    "cv_limit",
    "status",
    "cost_wan_cny",
    "lower_bound_wan_cny",
    "gap",
    "price_per_hundredth_wan_cny",
]


@dataclass(frozen=True)
class PlanComparison:
    """``costs``: one row per variant; ``coefficients``: one row per variant × stage × indicator."""

    costs: pd.DataFrame
    coefficients: pd.DataFrame


def lift_every_school(problem: RemediationProblem, *, seconds: float = 20.0) -> Search:
    """The cheapest way to bring every school to every limit (7 of 7), coefficients and budget not looked at."""
    options = ModelOptions(tolerate=False, hold_cv=False, rotate=False, rezone=False, budget=False)
    return find_plan(_without_sizes(problem), gap=1e-6, seconds=seconds, options=options)


def lift_then_repair(
    problem: RemediationProblem, lifted: Plan, *, gap: float = 0.005, seconds: float = 30.0
) -> Search:
    """The same plan with the cheapest additions that also bring every coefficient to its limit."""
    options = ModelOptions(tolerate=False, rotate=False, rezone=False, budget=False, at_least=lifted)
    return find_plan(_without_sizes(problem), gap=gap, seconds=seconds, options=options)


def _without_sizes(problem: RemediationProblem) -> RemediationProblem:
    return replace(problem, school_size_limits={})


def compare_with_naive(
    problem: RemediationProblem, optimum: Search, *, seconds: float = 30.0
) -> PlanComparison:
    """Lift every school, the same after the coefficients are repaired, and the optimum, side by side.

    ``costs``: ``variant, status, cost_wan_cny, lower_bound_wan_cny, gap, coefficients_above_limit, ratio_to_optimum``;
    a variant that does not exist (ceilings forbid it) keeps its row with missing numbers and its status.
    ``coefficients``: ``variant, stage, indicator, cv, cv_limit, holds``.
    """
    lifted = lift_every_school(problem, seconds=seconds)
    variants: dict[str, Search | None] = {LIFT_EVERY_SCHOOL: lifted, LIFT_THEN_REPAIR: None, OPTIMUM: optimum}
    if lifted.plan is not None:
        variants[LIFT_THEN_REPAIR] = lift_then_repair(problem, lifted.plan, seconds=seconds)
    best = optimum.certificate.cost_wan_cny
    costs, coefficients = [], []
    for name, search in variants.items():
        cost = search.certificate.cost_wan_cny if search is not None else None
        rows = [] if search is None or search.plan is None else _coefficient_rows(problem, name, search.plan)
        coefficients.extend(rows)
        costs.append(
            {
                "variant": name,
                "status": str(search.certificate.status)
                if search is not None
                else str(lifted.certificate.status),
                "cost_wan_cny": math.nan if cost is None else cost,
                "lower_bound_wan_cny": _number(search.certificate.lower_bound_wan_cny if search else None),
                "gap": _number(search.certificate.gap if search else None),
                "coefficients_above_limit": float(sum(not row["holds"] for row in rows))
                if rows
                else math.nan,
                "ratio_to_optimum": cost / best if cost is not None and best else math.nan,
            }
        )
    columns = ["variant", "stage", "indicator", "cv", "cv_limit", "holds"]
    return PlanComparison(pd.DataFrame(costs), pd.DataFrame(coefficients, columns=columns))


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _coefficient_rows(problem: RemediationProblem, name: str, plan: Plan) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for (stage, indicator), square in squared_coefficients(problem, carry_out(problem, plan)).items():
        limit = problem.rules[stage, indicator].cv_limit
        rows.append(
            {
                "variant": name,
                "stage": stage,
                "indicator": indicator,
                "cv": math.nan if square is None else math.sqrt(square),
                "cv_limit": math.nan if limit is None else float(limit),
                "holds": limit is None or (square is not None and square <= limit**2),
            }
        )
    return rows


def price_of_coefficient(
    problem: RemediationProblem,
    stage: str,
    indicator: str,
    cv_limits: Sequence[Number],
    *,
    plan: Certificate,
    seconds: float = 30.0,
) -> pd.DataFrame:
    """What each 0.01 below ``cv_limits[0]``, the limit that ``plan`` was found with, costs at least.

    Columns ``cv_limit, status, cost_wan_cny, lower_bound_wan_cny, gap, price_per_hundredth_wan_cny``. The first row is the
    plan. The price is what the bound of a row exceeds the plan's cost by, per 0.01: proven, and missing where the bound does
    not exceed it. Costs are of plans that hold but were not improved: a bound is there in a second, the cheapest plan in ten
    to thirty, and one that a clock cut off is another one at the next run.
    """
    first, *tighter = (as_filed(value) for value in cv_limits)
    rows: list[dict[str, object]] = [_priced(first, plan)]
    cost = _number(plan.cost_wan_cny)
    for limit in tighter:
        harder = problem.with_cv_limit(stage, indicator, limit)
        found = _priced(limit, find_plan(harder, gap=PRICE_GAP, seconds=seconds, integer=False).certificate)
        rise = float(found["lower_bound_wan_cny"]) - cost
        rows.append(
            {
                **found,
                "price_per_hundredth_wan_cny": rise / float(100 * (first - limit)) if rise > 0 else math.nan,
            }
        )
    return pd.DataFrame(rows, columns=PRICE_COLUMNS)


def _priced(limit: Fraction, certificate: Certificate) -> dict[str, Any]:
    return {
        "cv_limit": float(limit),
        "status": str(certificate.status),
        "cost_wan_cny": _number(certificate.cost_wan_cny),
        "lower_bound_wan_cny": _number(certificate.lower_bound_wan_cny),
        "gap": _number(certificate.gap),
    }
