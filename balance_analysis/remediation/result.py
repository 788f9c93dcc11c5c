"""The result of a plan as frames and as JSON: tasks, school sheets, coefficients, totals, staircase, certificate."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from balance_analysis.remediation.certificate import Certificate, PlanStatus, Reason
from balance_analysis.remediation.plan import (
    Plan,
    breaches,
    carry_out,
    cost_of,
    squared_coefficients,
    values_of,
)
from balance_analysis.remediation.problem import RemediationProblem
from balance_analysis.remediation.reasons import explain_infeasibility
from balance_analysis.remediation.solve import Check, Progress, Search, find_plan
from balance_analysis.remediation.staging import Task, pair_moves, plan_until, stage_by_year
from balance_analysis.statements import Statement

FrameCheck = Callable[[pd.DataFrame], Sequence[Statement | str]]
"""Judges the planned county from its ``indicators`` frame; returns what it objects to (empty = passes)."""


@dataclass(frozen=True)
class RemediationResult:
    """A search with everything people read. ``plan`` is ``None`` only when ``reasons`` or the certificate says why."""

    problem: RemediationProblem
    search: Search
    reasons: tuple[Reason, ...]
    tasks_by_year: tuple[Task, ...]

    @property
    def plan(self) -> Plan | None:
        return self.search.plan

    @property
    def certificate(self) -> Certificate:
        return self.search.certificate

    def _known(self) -> Plan:
        if self.plan is None:
            raise ValueError(f"no plan was found: {self.certificate.status}")
        return self.plan

    def tasks(self) -> pd.DataFrame:
        """One row per task of the task breakdown.

        ``year, kind, measure, label, stage, school_code, school_name, to_school, to_school_name, quantity, unit,
        unit_cost_wan_cny, cost_wan_cny``; ``year`` is 0 where the plan is not staged.
        """
        self._known()
        settings = self.problem.settings
        labels = {a.id: (a.label, a.unit) for a in settings.actions} | {
            p.id: (p.label, "人") for p in settings.profiles
        }
        labels |= {"rezone_pupils": ("划片调整学生", "人"), "open_class": ("增开班级", "班")}
        names = {row.school_code: row.school_name for row in self.problem.rows}
        columns = [
            "year",
            "kind",
            "measure",
            "label",
            "stage",
            "school_code",
            "school_name",
            "to_school",
            "to_school_name",
            "quantity",
            "unit",
            "unit_cost_wan_cny",
            "cost_wan_cny",
        ]
        return pd.DataFrame(
            [
                (
                    task.year,
                    task.kind,
                    task.measure,
                    labels[task.measure][0],
                    task.stage,
                    task.school_code,
                    names[task.school_code],
                    task.to_school,
                    names.get(task.to_school, ""),
                    float(task.quantity),
                    labels[task.measure][1],
                    float(task.cost / task.quantity),
                    float(task.cost),
                )
                for task in self.tasks_by_year
            ],
            columns=columns,
        )

    def totals(self) -> pd.DataFrame:
        """One row per measure: ``measure, label, quantity, unit, cost_wan_cny``; the costs sum to the certificate's."""
        return (
            self.tasks()
            .groupby(["measure", "label", "unit"], as_index=False, sort=False)[["quantity", "cost_wan_cny"]]
            .sum()[["measure", "label", "quantity", "unit", "cost_wan_cny"]]
        )

    def schools(self) -> pd.DataFrame:
        """The sheets of 一校一案, one row per school × stage × indicator.

        ``stage, school_code, school_name, indicator, enrolment_before, enrolment_after, amount_before, amount_after,
        value_before, value_after, limit, floor, outcome_before, outcome_after``.
        """
        problem = self.problem
        old, new = carry_out(problem, Plan()), carry_out(problem, self._known())
        rows = []
        for cell, before, after in zip(
            problem.cells, values_of(problem, old), values_of(problem, new), strict=True
        ):
            row, rule = problem.rows[cell.row], problem.rule(cell)
            rows.append(
                {
                    "stage": row.stage,
                    "school_code": row.school_code,
                    "school_name": row.school_name,
                    "indicator": cell.indicator,
                    "enrolment_before": row.enrolment,
                    "enrolment_after": new.enrolments[cell.row],
                    "amount_before": float(old.amounts[cell.holding]),
                    "amount_after": float(new.amounts[cell.holding]),
                    "value_before": float(before),
                    "value_after": float(after),
                    "limit": float(rule.limit),
                    "floor": float(rule.floor),
                    "outcome_before": _outcome(before, rule.limit, rule.floor),
                    "outcome_after": _outcome(after, rule.limit, rule.floor),
                }
            )
        return pd.DataFrame(rows)

    def coefficients(self) -> pd.DataFrame:
        """``stage, indicator, cv_before, cv_after, cv_limit, cv_ceiling``, unrounded, and the exact ``outcome_before, outcome_after``.

        ``cv_ceiling`` is the limit less the plan's margin. An outcome is ``met``, ``not_met``, or empty where there is no coefficient or no limit.
        """
        old = squared_coefficients(self.problem, carry_out(self.problem, Plan()))
        new = squared_coefficients(self.problem, carry_out(self.problem, self._known()))
        return pd.DataFrame(
            [
                {
                    "stage": stage,
                    "indicator": indicator,
                    "cv_before": _root(old[stage, indicator]),
                    "cv_after": _root(square),
                    "cv_limit": math.nan
                    if (limit := self.problem.rules[stage, indicator].cv_limit) is None
                    else float(limit),
                    "cv_ceiling": math.nan
                    if (ceiling := self.problem.rules[stage, indicator].cv_ceiling) is None
                    else float(ceiling),
                    "outcome_before": _holds(old[stage, indicator], limit),
                    "outcome_after": _holds(square, limit),
                }
                for (stage, indicator), square in new.items()
            ]
        )

    def moves(self) -> pd.DataFrame:
        """Teachers who move: ``profile, stage, from_school, to_school, teachers``."""
        return pd.DataFrame(
            pair_moves(self.problem, self._known()),
            columns=["profile", "stage", "from_school", "to_school", "teachers"],
        )

    def staircase(self) -> pd.DataFrame:
        """The county at each year's end; the last row has zeros in the last two columns.

        ``year, cost_wan_cny, cumulative_cost_wan_cny, schools_below_rule, coefficients_above_limit``.
        """
        rows, spent = [], 0.0
        for year in sorted({task.year for task in self.tasks_by_year}):
            cost = float(sum((task.cost for task in self.tasks_by_year if task.year == year), Fraction(0)))
            spent += cost
            done = plan_until(self.problem, self.tasks_by_year, year)
            open_points = breaches(self.problem, done)
            below = {
                (b.stage, b.school_code)
                for b in open_points
                if b.family in ("school_floor", "school_minimum_met")
            }
            squares = squared_coefficients(self.problem, carry_out(self.problem, done))
            above = sum(
                _holds(square, self.problem.rules[key].cv_limit) == "not_met"
                for key, square in squares.items()
            )
            rows.append((year, cost, spent, len(below), above))
        return pd.DataFrame(
            rows,
            columns=[
                "year",
                "cost_wan_cny",
                "cumulative_cost_wan_cny",
                "schools_below_rule",
                "coefficients_above_limit",
            ],
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-ready values; missing numbers are ``None``.

        ``certificate, reasons, settings, left_out``, and with a plan ``tasks, totals, schools, moves, coefficients,
        staircase`` as lists of records.
        """
        settings = self.problem.settings
        answer: dict[str, Any] = {
            "certificate": self.certificate.to_dict(),
            "reasons": [reason.to_dict() for reason in self.reasons],
            "settings": {
                "title": settings.title,
                "grade": settings.grade,
                "source": settings.source,
                "budget_wan_cny": None if settings.budget is None else float(settings.budget),
                "unit_costs_wan_cny": {a.id: float(a.unit_cost) for a in settings.actions}
                | {p.id: float(p.unit_cost) for p in settings.profiles},
            },
            "left_out": list(self.problem.left_out),
            "stages_of_one_school": [
                stage
                for stage in self.problem.stages
                if sum(row.stage == stage for row in self.problem.rows) == 1
            ],
        }
        if self.plan is not None:
            for name in ("tasks", "totals", "schools", "moves", "coefficients", "staircase"):
                frame: pd.DataFrame = getattr(self, name)()
                answer[name] = [
                    {
                        str(key): None if isinstance(value, float) and math.isnan(value) else value
                        for key, value in record.items()
                    }
                    for record in frame.to_dict("records")
                ]
        return answer


def _outcome(value: Fraction, limit: Fraction, floor: Fraction) -> str:
    return "met" if value >= limit else "tolerable" if value >= floor else "not_met"


def _holds(square: Fraction | None, limit: Fraction | None) -> str:
    if square is None or limit is None:
        return ""
    return "met" if square <= limit**2 else "not_met"


def _root(square: Fraction | None) -> float:
    return math.nan if square is None else math.sqrt(square)


def planned_indicators(problem: RemediationProblem, plan: Plan) -> pd.DataFrame:
    """The ``indicators`` frame of the county after the plan, for the ordinary measures and verdicts.

    Columns ``stage, school_code, school_name, indicator, amount, scale, stage_weight, weighted_pupils, enrolment, value,
    resource``.
    """
    county = carry_out(problem, plan)
    rows = []
    for cell, value in zip(problem.cells, values_of(problem, county), strict=True):
        row, pupils = problem.rows[cell.row], county.enrolments[cell.row]
        weighted = cell.weighted_pupils if cell.split else cell.weight * pupils
        rows.append(
            (
                row.stage,
                row.school_code,
                row.school_name,
                cell.indicator,
                float(county.amounts[cell.holding]),
                float(cell.scale),
                float(cell.weight),
                float(weighted),
                pupils,
                float(value),
                float(value * pupils),
            )
        )
    return pd.DataFrame(
        rows,
        columns=[
            "stage",
            "school_code",
            "school_name",
            "indicator",
            "amount",
            "scale",
            "stage_weight",
            "weighted_pupils",
            "enrolment",
            "value",
            "resource",
        ],
    )


def plan_remediation(
    problem: RemediationProblem,
    *,
    gap: float = 0.005,
    seconds: float = 60.0,
    years: Sequence[int] = (),
    progress: Progress | None = None,
    check: FrameCheck | None = None,
    check_plan: Check | None = None,
) -> RemediationResult:
    """The cheapest plan for a county, certified, re-judged, and staged by year.

    ``years`` from the first to the target year are used where the costs file gives no yearly budgets: the cost is then
    spread evenly (with neither, tasks carry the year 0). ``check`` is a second judge of the planned county (the ordinary
    assessment); a plan it objects to is never returned; ``check_plan`` is the same for a judge who looks at the plan
    itself, for instance at the county's own rows after it. ``seconds`` bounds the search; the explanation of an infeasible
    county may take up to half of it again.
    """

    def judge(plan: Plan) -> Sequence[Statement | str]:
        objections = list(check(planned_indicators(problem, plan))) if check is not None else []
        return objections or (check_plan(plan) if check_plan is not None else ())

    judged = check is not None or check_plan is not None
    search = find_plan(problem, gap=gap, seconds=seconds, progress=progress, check=judge if judged else None)
    reasons: tuple[Reason, ...] = ()
    tasks: tuple[Task, ...] = ()
    if search.certificate.status is PlanStatus.INFEASIBLE:
        reasons = explain_infeasibility(problem, seconds=max(seconds / 2, 5.0))
    elif search.plan is None:
        reasons = (Reason("time", search.certificate.message),)
        if problem.settings.budget is not None and search.certificate.seconds < seconds:
            reasons = (*reasons, *explain_infeasibility(problem, seconds=max(seconds / 2, 5.0)))
    else:
        tasks = stage_by_year(problem, search.plan, _allowances(problem, search.plan, years))
    return RemediationResult(problem, search, reasons, tasks)


def _allowances(problem: RemediationProblem, plan: Plan, years: Sequence[int]) -> Mapping[int, Fraction]:
    if problem.settings.budget_yearly:
        return dict(problem.settings.budget_yearly)
    chosen = list(years) or [0]
    return dict.fromkeys(chosen, cost_of(problem, plan) / len(chosen))
