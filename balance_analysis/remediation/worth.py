"""Where a plan's money goes, school by school, and what a lower coefficient would cost."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import pandas as pd

from balance_analysis.regimes.model import Regime
from balance_analysis.remediation.naive import PRICE_COLUMNS, price_of_coefficient
from balance_analysis.remediation.problem import RemediationProblem
from balance_analysis.remediation.projects import grids_of
from balance_analysis.remediation.result import RemediationResult
from balance_analysis.terms import STAGE_NAMES, Outcome

STEPS_OF_CV = (Fraction(1, 100), Fraction(2, 100), Fraction(5, 100))
"""How much tighter than its limit a coefficient is asked for, to price a further 0.01."""
PRICED_COEFFICIENTS = 3
ROLES = {"open_class": "class_size", "rezone_pupils": "school_size"}
"""Measures that serve no indicator, and the role of the item that they serve."""
ROOMS_ROLE = "music_art_rooms"
"""Role of the item that measures with a ``room`` serve."""
BINDING_WITHIN = Fraction(1, 100)
"""A coefficient this close to its limit after the plan is one that costs money."""


def item_of_measures(problem: RemediationProblem, regime: Regime) -> dict[str, str]:
    """Measure → the item it serves first: a PE teacher that of PE teachers, an opened class that of class sizes."""
    known = {entry.id: entry.item for entry in regime.indicators}
    serving = [(one.id, one.adds) for one in problem.settings.actions]
    serving += [(one.id, one.moves) for one in problem.settings.profiles]
    items = {name: known[names[-1]] for name, names in serving if names and names[-1] in known}
    roles = ROLES | {action.id: ROOMS_ROLE for action in problem.settings.actions if action.room}
    served = {measure: regime.item_of(role) for measure, role in roles.items()}
    return items | {measure: item.id for measure, item in served.items() if item is not None}


def actions_by_school(result: RemediationResult, regime: Regime) -> pd.DataFrame:
    """What is done at each school, one row per school, item and measure, in the order of the tasks.

    Columns: school_code, item (empty where no item is served), label, quantity, unit, cost_wan_cny (building, purchases, hires,
    training and classes at the school; moves and re-zoning are costs of the county). Arriving teachers and pupils stand as
    ``调入``/``划入``, leaving ones as ``调出``/``划出``; a school of several stages says at which of them.
    """
    tasks, items = result.tasks(), item_of_measures(result.problem, regime)
    several = Counter(code for code, _ in {(row.school_code, row.stage) for row in result.problem.rows})
    rows: list[tuple[str, str, str, float, str, float]] = []
    for task in tasks.to_dict("records"):
        own, other = str(task["school_code"]), str(task["to_school"])
        label, unit, quantity = str(task["label"]), str(task["unit"]), float(task["quantity"])
        stage = STAGE_NAMES.get(str(task["stage"]), "")
        marked, cost = [(own, label)], float(task["cost_wan_cny"])
        if task["kind"] in ("move", "rezone"):
            words = ("调出", "调入") if task["kind"] == "move" else ("划出", "划入")
            plain = label.removeprefix("交流").removeprefix("划片调整")
            marked = [
                (code, (stage if several[code] > 1 else "") + word + plain)
                for code, word in zip((own, other), words, strict=True)
            ]
            cost = 0.0
        item = items.get(str(task["measure"]), "")
        rows += [(code, item, text, quantity, unit, cost) for code, text in marked]
    columns = ["school_code", "item", "label", "quantity", "unit", "cost_wan_cny"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.groupby(["school_code", "item", "label", "unit"], as_index=False, sort=False).sum()[columns]


def spending_by_school(result: RemediationResult, regime: Regime) -> pd.DataFrame:
    """What is done at each school, the dearest first; schools with no measure are left out.

    Columns: school_code, school_name, cost_wan_cny, share (of all such money), measures (list of label, quantity, unit); see
    :func:`actions_by_school`.
    """
    actions = actions_by_school(result, regime)
    names = {row.school_code: row.school_name for row in result.problem.rows}
    total = float(actions["cost_wan_cny"].sum())
    rows = []
    for code, name in names.items():
        mine = actions[actions["school_code"] == code]
        if len(mine):
            done: dict[tuple[str, str], float] = {}
            for row in mine.to_dict("records"):
                key = (str(row["label"]), str(row["unit"]))
                done[key] = done.get(key, 0.0) + float(row["quantity"])
            spent = float(mine["cost_wan_cny"].sum())
            measures = [(label, number, unit) for (label, unit), number in done.items()]
            rows.append((code, name, spent, spent / total if total else float("nan"), measures))
    columns = ["school_code", "school_name", "cost_wan_cny", "share", "measures"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values("cost_wan_cny", ascending=False, kind="stable", ignore_index=True)


def beyond_standards(result: RemediationResult) -> dict[str, float]:
    """Of what is added for an indicator, the share that no school's standard asks for: it is there for the coefficient.

    Indicators one of whose coefficients was above the law's limit, where there is such a share. What a school holds for several stages
    counts once; the standard is that of the stage which needs most, for the pupils after the plan, in whole projects.
    """
    coefficients, grids = result.coefficients(), grids_of(result.problem)
    over = set(coefficients.loc[coefficients["outcome_before"] == Outcome.NOT_MET, "indicator"])
    added: dict[int, tuple[str, float]] = {}
    asked: dict[int, float] = {}
    for cell, row in zip(result.problem.cells, result.schools().to_dict("records"), strict=True):
        more = row["amount_after"] - row["amount_before"]
        if cell.indicator in over and more > 0:
            lacking = row["amount_after"] * row["limit"] / row["value_after"] - row["amount_before"]
            if lacking > 0 and (grid := grids.get(cell.indicator)):
                least, step = map(float, grid)
                lacking = max(math.ceil(lacking / step) * step, least)
            added[cell.holding] = (cell.indicator, more)
            asked[cell.holding] = max(asked.get(cell.holding, 0.0), min(lacking, more))
    shares = {}
    for indicator in dict.fromkeys(name for name, _ in added.values()):
        whole = sum(more for name, more in added.values() if name == indicator)
        needed = sum(asked[place] for place, (name, _) in added.items() if name == indicator)
        if needed < whole:
            shares[indicator] = 1 - needed / whole
    return shares


def prices_of(result: RemediationResult, *, seconds: float) -> pd.DataFrame:
    """What a further 0.01 costs of the coefficients that the plan ends closest to their limits.

    Columns: stage, indicator, then those of :func:`price_of_coefficient`. Empty where no coefficient is within
    ``BINDING_WITHIN`` of its limit: then none of them costs anything. ``seconds`` bound each of at most nine searches of about a
    second: what a clock cut off would be another figure at the next run.
    """
    frame = result.coefficients()
    frame["room"] = frame["cv_ceiling"] - frame["cv_after"]
    binding = frame[frame["room"] <= float(BINDING_WITHIN)].sort_values("room", kind="stable")
    chosen = binding.head(PRICED_COEFFICIENTS).sort_index()
    parts = []
    for row in chosen.to_dict("records"):
        stage, indicator = str(row["stage"]), str(row["indicator"])
        limit = result.problem.rules[stage, indicator].cv_ceiling
        assert limit is not None
        priced = price_of_coefficient(
            result.problem,
            stage,
            indicator,
            [limit, *(limit - step for step in STEPS_OF_CV)],
            plan=result.certificate,
            seconds=seconds,
        )
        parts.append(priced.assign(stage=stage, indicator=indicator))
    columns = ["stage", "indicator", *PRICE_COLUMNS]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
