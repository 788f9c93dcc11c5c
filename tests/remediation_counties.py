"""Small counties for the tests of the least-cost plan, and a second solver (SCIP) with its own formulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.remediation import (
    RemediationProblem,
    find_plan,
    load_costs,
    problem_from_indicators,
)
from balance_analysis.remediation.settings import NO_PROGRAMME, RemediationSettings

SCALES = {"teaching_area": 1, "sports_area": 1, "equipment_value": 10000}
LIMITS = {
    "above_standard_qualified_teachers": "4.2",
    "backbone_teachers": "1",
    "pe_arts_teachers": "0.9",
    "teaching_area": "4.5",
    "sports_area": "7.5",
    "equipment_value": "2000",
    "multimedia_classrooms": "2.3",
}


def searched(problem: RemediationProblem, **options: Any) -> Any:
    """The search without the type that says a plan may be missing: a test that reads a missing plan fails anyway."""
    return find_plan(problem, **options)


def bare_costs() -> RemediationSettings:
    """The shipped prices without what makes a works programme: square metres one by one, money by the hundredth, no margin."""
    shipped = load_costs()
    fine = {
        "build_teaching_area": Fraction(1),
        "build_sports_area": Fraction(1),
        "buy_equipment": Fraction(1, 100),
    }
    actions = tuple(
        replace(one, step=fine[one.id], whole=False, smallest=Fraction(0)) if one.id in fine else one
        for one in shipped.actions
        if not one.room
    )
    return replace(shipped, actions=actions, class_cost=Fraction(0), class_adds=(), programme=NO_PROGRAMME)


def plain_settings(**changes: Any) -> RemediationSettings:
    """The bare prices without rotation and without the backbone rule: every indicator stands alone."""
    return replace(bare_costs(), **{"profiles": (), "within": (), **changes})


def primary_county(
    pupils: Sequence[int],
    amounts: Mapping[str, Sequence[float]],
    *,
    settings: RemediationSettings | None = None,
    minimum_met: int | None = None,
    cv_limit: str = "0.5",
    **more: Any,
) -> RemediationProblem:
    """A county of primary schools S0, S1, … under the 2017 limits; all indicators but one must be met by default."""
    rows = [
        {
            "stage": "primary",
            "school_code": f"S{number}",
            "school_name": f"小学{number}",
            "indicator": name,
            "amount": held[number],
            "scale": SCALES.get(name, 100),
            "stage_weight": 1.0,
            "weighted_pupils": float(count),
            "enrolment": count,
        }
        for number, count in enumerate(pupils)
        for name, held in amounts.items()
    ]
    limits = {("primary", name): LIMITS[name] for name in amounts}
    return problem_from_indicators(
        pd.DataFrame(rows),
        limits=limits,
        floors={key: Fraction(value) * Fraction(85, 100) for key, value in limits.items()},
        cv_limits=dict.fromkeys(limits, cv_limit),
        minimum_met=len(amounts) - 1 if minimum_met is None else minimum_met,
        settings=settings or plain_settings(),
        **more,
    )


def random_amounts(
    seed: int, schools: int, names: Sequence[str], largest: int = 220
) -> tuple[list[int], dict[str, list[float]]]:
    """Pupils and uneven amounts around the limits, whole numbers."""
    random = np.random.default_rng(seed)
    pupils = [int(n) for n in random.integers(40, largest, schools)]
    held = {
        name: [
            float(
                round(
                    float(LIMITS[name]) * n / SCALES.get(name, 100) * float(np.exp(random.normal(0.0, 0.7)))
                )
            )
            for n in pupils
        ]
        for name in names
    }
    return pupils, held


def scip_optimum(problem: RemediationProblem, *, seconds: float = 60.0) -> float:
    """The least cost by SCIP from the rules as they are written: products of variables, no tangents."""
    from pyscipopt import Model, quicksum

    settings, model = problem.settings, Model()
    model.hideOutput()
    model.setParam("limits/time", seconds)
    model.setParam("numerics/feastol", 1e-7)
    cost: list[Any] = []
    gained: dict[tuple[str, str, str], list[Any]] = {}
    held = {(h.school_code, h.stage, h.indicator): h.amount for h in problem.holdings}
    for action in settings.actions:
        for code, stage in dict.fromkeys((c, s) for c, s, name in held if name in action.adds):
            caps = [c.at_most for c in settings.ceilings if (c.school_code, c.action) == (code, action.id)]
            most = 0 if code in settings.frozen_schools else int(min(caps) / action.step) if caps else None
            steps = model.addVar(vtype="I", lb=0, ub=most)
            cost.append(float(action.unit_cost * action.step) * steps)
            for name in action.adds:
                gained.setdefault((code, stage, name), []).append(float(action.step) * steps)
    moved, backbone = [], []
    donors: dict[tuple[str, str, str], list[Any]] = {}
    for profile in settings.profiles:
        for stage in problem.stages:
            codes = [row.school_code for row in problem.rows if row.stage == stage]
            pairs = {(a, b): model.addVar(vtype="I", lb=0) for a in codes for b in codes if a != b}
            for (start, end), teachers in pairs.items():
                cost.append(float(profile.unit_cost) * teachers)
                moved.append(teachers)
                backbone.extend([teachers] if profile.backbone else [])
                for name in profile.moves:
                    gained.setdefault((start, stage, name), []).append(-teachers)
                    gained.setdefault((end, stage, name), []).append(teachers)
                    donors.setdefault((start, stage, name), []).append(teachers)
    if moved:
        model.addCons(quicksum(backbone) >= float(settings.minimum_backbone_share) * quicksum(moved))
    pupils: list[Any] = [float(row.enrolment) for row in problem.rows]
    place = {(row.school_code, row.stage): index for index, row in enumerate(problem.rows)}
    largest = list(pupils)
    for link in settings.rezoning:
        flow = model.addVar(vtype="I", lb=0, ub=link.at_most)
        cost.append(float(link.unit_cost) * flow)
        leaving, joining = place[link.from_school, link.stage], place[link.to_school, link.stage]
        pupils[leaving], pupils[joining] = pupils[leaving] - flow, pupils[joining] + flow
        largest[joining] += link.at_most
    amount = {key: float(value) + quicksum(gained.get(key, [])) for key, value in held.items()}
    short: dict[int, list[Any]] = {}
    sums: dict[tuple[str, str], list[tuple[Any, Any]]] = {}
    for cell in problem.cells:
        row, rule, holding = problem.rows[cell.row], problem.rule(cell), problem.holdings[cell.holding]
        key = (holding.school_code, holding.stage, holding.indicator)
        tolerated = model.addVar(vtype="B")
        short.setdefault(cell.row, []).append(tolerated)
        share = cell.scale * cell.weight / cell.weighted_pupils if cell.split else None
        unit = float(rule.limit)
        relative = amount[key] * float(cell.scale) / unit if share is None else None  # resource over limit
        resource = (
            relative if relative is not None else amount[key] * float(share or 0) / unit * row.enrolment
        )
        model.addCons(resource >= pupils[cell.row] * (1 - (1 - float(rule.floor / rule.limit)) * tolerated))
        sums.setdefault((row.stage, cell.indicator), []).append((resource, pupils[cell.row]))
        if key in donors:
            need = rule.limit * Fraction(largest[cell.row]) / cell.scale
            model.addCons(quicksum(donors[key]) <= max(0, (held[key] - need).__floor__()))
    for index, flags in short.items():
        model.addCons(quicksum(flags) <= len(flags) - problem.minimum_met[problem.rows[index].stage])
    for (stage, name), parts in sums.items():
        limit = problem.rules[stage, name].cv_limit
        everyone = sum(row.enrolment for row in problem.rows if row.stage == stage)
        total = model.addVar(lb=0)
        model.addCons(total == quicksum(resource for resource, _ in parts) * (1 / everyone))
        squares = []
        for resource, count in parts:
            square, value = model.addVar(lb=0), model.addVar(lb=0)
            model.addCons(value == resource * (1 / everyone))
            model.addCons(square * (count * (1 / everyone)) >= value * value)
            squares.append(square)
        model.addCons(quicksum(squares) <= (1 + float(limit or 0) ** 2) * total * total)
    for pair in settings.within:
        for row in problem.rows:
            inner, outer = (row.school_code, row.stage, pair.inner), (row.school_code, row.stage, pair.outer)
            if inner in amount and outer in amount:
                model.addCons(
                    amount[inner] <= (amount[outer] if held[inner] <= held[outer] else float(held[inner]))
                )
    model.setObjective(quicksum(cost))
    model.optimize()
    if model.getStatus() != "optimal":
        raise AssertionError(f"SCIP ended with {model.getStatus()}")
    return float(model.getObjVal())
