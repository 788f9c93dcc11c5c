"""Why no plan holds: the constraint family and the schools, found by the least violation."""

from __future__ import annotations

import time

from balance_analysis.remediation.certificate import PlanStatus, Reason
from balance_analysis.remediation.cone import Cone, add_chords
from balance_analysis.remediation.linear import Vector, solve_linear
from balance_analysis.remediation.model import CountyModel, ModelOptions
from balance_analysis.remediation.problem import RemediationProblem
from balance_analysis.remediation.solve import find_plan, linear_model_of

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
            "各项约束合起来没有可行方案，且时限内未能分离出单个原因；请放宽上限、冻结学校或延长时限",
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


def _budget_reason(problem: RemediationProblem, bound: float | None, cost: float | None) -> Reason:
    budget = float(problem.settings.budget or 0)
    need = f"至少需要{bound:.2f}万元" if bound is not None else "所需资金高于预算"
    found = f"（已有{cost:.2f}万元的可行方案）" if cost is not None else ""
    return Reason(
        "budget", f"预算不足：可用{budget:.2f}万元，{need}{found}；请增加预算、推迟目标年或放宽限值"
    )


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
            f"{settings.words(stage, indicator)}的差异系数在允许的措施内降不到限值；"
            "请放宽上限或冻结学校，或增加可用措施",
            stage,
            indicator,
            fixed,
        )
    if family == "class_size":
        return Reason(
            family,
            f"{school}{settings.words(stage)}班额降不到限值：班级数不能增加；请解除冻结或允许划片调整",
            stage,
            "",
            (code,),
        )
    if family == "school_size":
        return Reason(
            family,
            f"{school}学校规模超过上限{problem.school_size_limits[code]}人；请在单价文件的划片调整部分"
            "中给出可接收学生的邻近学校与人数",
            stage,
            "",
            (code,),
        )
    blocked = (
        "该校被列为冻结学校"
        if code in settings.frozen_schools
        else "该校受学校上限约束"
        if any(c.school_code == code for c in settings.ceilings)
        else "没有可增加该指标的措施"
        if not any(indicator in action.adds for action in settings.actions)
        else "可用措施不足"
    )
    return Reason(
        family,
        f"{school}{settings.words(stage, indicator)}达不到标准值或允许下限（尚差标准值的{size:.1%}）：{blocked}；"
        "请放宽该项限制或补充措施",
        stage,
        indicator,
        (code,),
    )
