"""Why no plan holds: the constraint family and the schools, found by the least violation."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction

from balance_analysis.remediation.certificate import PlanStatus, Reason
from balance_analysis.remediation.cone import Cone, add_chords
from balance_analysis.remediation.linear import Vector, solve_linear
from balance_analysis.remediation.model import CountyModel, ModelOptions
from balance_analysis.remediation.problem import RemediationProblem
from balance_analysis.remediation.solve import find_plan, linear_model_of
from balance_analysis.statements import Statement

_NOTICEABLE = 1e-6


def explain_infeasibility(problem: RemediationProblem, *, seconds: float = 30.0) -> tuple[Reason, ...]:
    """The reasons why a county has no plan; never empty for a county that has none.

    First the budget alone is lifted: where a plan then exists, the budget is the reason and the least cost is told.
    Otherwise needs, coefficients, class and school sizes may be broken at a penalty (relative to their limits) while
    ceilings and frozen schools stay; what the least penalty breaks is the reason.
    """
    start = time.monotonic()
    if problem.settings.budget is not None:
        freed = find_plan(problem, gap=0.01, seconds=seconds / 2, options=ModelOptions(budget=False))
        if freed.certificate.status is not PlanStatus.INFEASIBLE:
            return (
                _budget_reason(
                    problem, freed.certificate.lower_bound_wan_cny, freed.certificate.cost_wan_cny
                ),
            )
    if problem.settings.programme.cv_margin:
        bare = replace(
            problem,
            rules={key: replace(rule, cv_margin=Fraction(0)) for key, rule in problem.rules.items()},
        )
        freed = find_plan(bare, gap=0.01, seconds=seconds / 2, options=ModelOptions(budget=False))
        if freed.plan is not None:
            figures = {"margin": float(problem.settings.programme.cv_margin)}
            return (Reason("coefficient", Statement("no_plan.margin", figures)),)
    county, cones, _ = linear_model_of(problem, ModelOptions(budget=False, elastic=True))
    x = _least_violation(county, cones, seconds - (time.monotonic() - start))
    broken = (
        {}
        if x is None
        else {
            key: float(x[column]) for key, column in county.slack_columns.items() if x[column] > _NOTICEABLE
        }
    )
    reasons = tuple(
        _reason(problem, family, stage, code, indicator, size)
        for (family, stage, code, indicator), size in broken.items()
    )
    return reasons or (
        Reason(
            "school_need",
            Statement("no_plan.together"),
        ),
    )


def _least_violation(county: CountyModel, cones: list[Cone], seconds: float) -> Vector | None:
    end = time.monotonic() + max(seconds, 1.0)
    best: Vector | None = None
    for cone in cones:
        low = float(cone.share @ cone.numerator_start)
        cone.breakpoints = [low * (1 - 1e-9), 100 * max(1.0, low)]
    for number in range(40):
        relax = number < 12
        linear = county.linear.copy() if any(cone.rezoned for cone in cones) else county.linear
        if linear is not county.linear:
            for cone in cones:
                add_chords(linear, cone)
        outcome = solve_linear(
            linear, relax=relax, seconds=end - time.monotonic(), gap=0.0 if relax else 0.01
        )
        if outcome.x is None:
            break
        best = outcome.x
        exceeded = [cone for cone in cones if _excess(county, cone, best) > 1e-6]
        added = sum(cone.add_tangents(county.linear, best, 1e-6) for cone in exceeded)
        for cone in exceeded:
            if cone.rezoned:
                cone.breakpoints = sorted({*cone.breakpoints, float(best[cone.mean_column])})
        if (not added and not relax) or time.monotonic() > end:
            break
    return best


def _excess(county: CountyModel, cone: Cone, x: Vector) -> float:
    """Excess beyond what the cone's own penalty column already admits."""
    column = county.slack_columns.get(("coefficient", cone.stage, "", cone.indicator))
    return cone.excess(x) - (float(x[column]) / (1 + cone.limit**2) if column is not None else 0.0)


def _by_ground_only(problem: RemediationProblem, indicator: str) -> bool:
    served = [action for action in problem.settings.actions if indicator in action.adds and not action.room]
    return bool(served) and all(action.ground for action in served)


def _budget_reason(problem: RemediationProblem, bound: float | None, cost: float | None) -> Reason:
    budget = float(problem.settings.budget or 0)
    need = (
        Statement("no_plan.budget_unknown")
        if bound is None
        else Statement("no_plan.budget_least", {"bound": bound})
    )
    return Reason("budget", Statement("no_plan.budget", {"budget": budget, "need": need, "cost": cost}))


def _reason(
    problem: RemediationProblem, family: str, stage: str, code: str, indicator: str, size: float
) -> Reason:
    names = {row.school_code: row.school_name for row in problem.rows}
    school = f"{names.get(code, '')}（{code}）" if code else ""
    settings = problem.settings
    if family == "coefficient":
        fixed = tuple(
            sorted({row.school_code for row in problem.rows if row.stage == stage} & settings.frozen_schools)
        )
        return Reason(
            family,
            Statement("no_plan.coefficient", {"what": settings.words(stage, indicator), "size": size}),
            stage,
            indicator,
            fixed,
        )
    if family == "class_size":
        return Reason(
            family,
            Statement("no_plan.class_size", {"school": school, "what": settings.words(stage)}),
            stage,
            "",
            (code,),
        )
    if family == "school_size":
        return Reason(
            family,
            Statement("no_plan.school_size", {"school": school, "limit": problem.school_size_limits[code]}),
            stage,
            "",
            (code,),
        )
    blocked = (
        "frozen"
        if code in settings.frozen_schools
        else "ground"
        if code in problem.barred and _by_ground_only(problem, indicator)
        else "ceiling"
        if any(c.school_code == code for c in settings.ceilings)
        else "no_action"
        if not any(indicator in action.adds for action in settings.actions)
        else "not_enough"
    )
    return Reason(
        family,
        Statement(
            "no_plan.value",
            {
                "school": school,
                "what": settings.words(stage, indicator),
                "size": size,
                "blocked": Statement(f"no_plan.{blocked}"),
            },
        ),
        stage,
        indicator,
        (code,),
    )
