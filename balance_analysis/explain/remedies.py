"""How few units bring a coefficient to its limit: at one school alone, or one by one where they help most.

Facts for the sentence "act on this school first". One resource, one stage, nothing else changes; what a whole
county plan costs is the matter of ``plans``. Units are those of :mod:`balance_analysis.explain.influence`.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

import numpy as np
import numpy.typing as npt
import pandas as pd

from balance_analysis.exact import Number, as_filed
from balance_analysis.explain.cells import Cell, Vector, cells, key_columns, squared_cv, with_amounts
from balance_analysis.explain.influence import SCHOOL_COLUMNS, cv_with_added, unit_of
from balance_analysis.explain.turning_points import CoefficientCondition, units_until_met

Limits = Mapping[tuple[str, str], Number]
"""Limits of coefficients by (stage, indicator)."""

ALREADY_MET = "already_met"
NO_SINGLE_SCHOOL = "no_single_school"
NO_UNIT_LOWERS = "no_unit_lowers"
TOO_MANY_UNITS = "too_many_units"


def limit_of(limits: Limits, cell: Cell) -> Number | None:
    """Return the limit of the cell's coefficient, None where it has none."""
    return limits.get((str(cell.key.get("stage", "")), str(cell.key.get("indicator", ""))))


def single_school_remedy(
    table: pd.DataFrame, limits: Limits, *, unit_sizes: Mapping[str, Number]
) -> pd.DataFrame:
    """Return, per cell with a limit, the fewest units at a single school that bring CV to the limit.

    ``school_code`` is the school that needs the fewest units (ties: the lower resulting CV, then the code),
    ``units_needed`` exact (at the limit counts as met), ``n_schools_able`` how many schools could do it
    alone. Where none can, ``reason`` is ``no_single_school`` and the row shows the school whose best amount
    comes closest: ``lowest_cv_alone``, reached at ``units_at_lowest`` units (not rounded). ``already_met``
    where nothing is needed. The optimum alone is at u* = n(Q − x·R)/(R − r), Q = Σ r²/n.

    Columns: cell key, limit, cv, school columns, unit_size, units_needed, cv_after, n_schools_able,
    lowest_cv_alone, units_at_lowest, reason.
    """
    records: list[dict[str, object]] = []
    for cell in cells(table):
        limit = limit_of(limits, cell)
        if limit is None:
            continue
        record: dict[str, object] = {**cell.key, "limit": float(as_filed(limit)), "reason": cell.reason}
        if not cell.reason:
            record |= _remedy_of_one(cell, limit, unit_of(unit_sizes, cell))
        records.append(record)
    columns = [
        *key_columns(table), "limit", "cv", *key_columns(table, SCHOOL_COLUMNS), "unit_size", "units_needed",
        "cv_after", "n_schools_able", "lowest_cv_alone", "units_at_lowest", "reason",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)


def _remedy_of_one(cell: Cell, limit: Number, unit: float) -> dict[str, object]:
    rows = with_amounts(cell.rows)
    resource, enrolment = cell.resource, cell.enrolment
    per_unit = unit * rows["resource_per_amount"].to_numpy(np.float64)
    cv = sqrt(squared_cv(resource, enrolment))
    condition = CoefficientCondition(rows, limit)
    found: dict[str, object] = {"cv": cv, "unit_size": unit}
    if condition.holds:
        return found | {"units_needed": 0, "cv_after": cv, "reason": ALREADY_MET}
    total, squares = resource.sum(), (resource**2 / enrolment).sum()
    best_amount: Vector = np.zeros(len(rows))
    others = total - resource
    np.divide(enrolment * squares - resource * total, others, out=best_amount, where=others > 0)
    best_amount = np.maximum(best_amount, 0.0)
    lowest = cv_with_added(resource, enrolment, best_amount)
    needed = [
        units_until_met(condition, position, step=unit) if others[position] > 0 else None
        for position in range(len(rows))
    ]
    after = cv_with_added(resource, enrolment, np.array([number or 0 for number in needed]) * per_unit)
    able = [position for position, number in enumerate(needed) if number is not None]
    chosen = (
        min(able, key=lambda position: (needed[position], after[position], position))
        if able
        else int(np.argmin(lowest))
    )
    found |= {column: rows[column].iloc[chosen] for column in SCHOOL_COLUMNS if column in rows.columns}
    found |= {
        "n_schools_able": len(able),
        "lowest_cv_alone": float(lowest[chosen]),
        "units_at_lowest": float(best_amount[chosen] / per_unit[chosen]),
    }
    if able:
        return found | {"units_needed": needed[chosen], "cv_after": float(after[chosen]), "reason": ""}
    return found | {"reason": NO_SINGLE_SCHOOL}


def greedy_path(
    table: pd.DataFrame, limits: Limits, *, unit_sizes: Mapping[str, Number], max_units: int = 20_000
) -> pd.DataFrame:
    """Return the order in which single units, each where it helps most, bring CV to the limit.

    One row per unit: cell key, limit, step (1 …), school columns, ``cv_after``, ``reason`` (on the last row:
    empty when the limit is reached, ``no_unit_lowers`` or ``too_many_units``). Where not even a first unit
    lowers the coefficient there is one row with step 0 and no school. Where one unit is the same
    amount of resource at every school (nothing shared), every prefix is the best possible use of that many
    units and the length is the true minimum: for a fixed total the sum Σ r²/n is separable and convex. With
    shared campuses it is a good sequence, no more. Cells that already hold or cannot be assessed are absent.
    """
    records: list[dict[str, object]] = []
    for cell in cells(table):
        limit = limit_of(limits, cell)
        if limit is None or cell.reason or CoefficientCondition(cell.rows, limit).holds:
            continue
        rows = with_amounts(cell.rows)
        added = unit_of(unit_sizes, cell) * rows["resource_per_amount"].to_numpy(np.float64)
        path, reason = _greedy(rows, added, limit, max_units)
        if not path:
            unmoved = {"limit": float(as_filed(limit)), "step": 0, "reason": reason}
            unmoved["cv_after"] = sqrt(squared_cv(cell.resource, cell.enrolment))
            records.append({**cell.key, **unmoved})
        schools = rows[[column for column in SCHOOL_COLUMNS if column in rows.columns]].to_dict("records")
        for step, (position, cv_after) in enumerate(path, start=1):
            record: dict[str, object] = {**cell.key, "limit": float(as_filed(limit)), "step": step}
            record |= {str(name): value for name, value in schools[position].items()}
            records.append({**record, "cv_after": cv_after, "reason": reason if step == len(path) else ""})
    columns = [
        *key_columns(table),
        "limit",
        "step",
        *key_columns(table, SCHOOL_COLUMNS),
        "cv_after",
        "reason",
    ]
    return pd.DataFrame.from_records(records, columns=columns)


def _greedy(
    rows: pd.DataFrame, added: Vector, limit: Number, max_units: int
) -> tuple[list[tuple[int, float]], str]:
    resource, enrolment = rows["resource"].to_numpy(np.float64).copy(), rows["enrolment"].to_numpy(np.float64)
    units: npt.NDArray[np.int64] = np.zeros(len(rows), dtype=np.int64)
    filed = resource.copy()
    ceiling, cv = float(as_filed(limit)), sqrt(squared_cv(resource, enrolment))
    path: list[tuple[int, float]] = []
    while len(path) < max_units:
        tried = cv_with_added(resource, enrolment, added)
        position = int(np.argmin(tried))
        if tried[position] >= cv:
            return path, NO_UNIT_LOWERS
        units[position] += 1
        resource[position] = filed[position] + units[position] * added[position]
        cv = sqrt(squared_cv(resource, enrolment))
        path.append((position, cv))
        if abs(cv - ceiling) <= 1e-9:
            state = rows.assign(
                amount=rows["amount"] + units * (added / rows["resource_per_amount"]), resource=resource
            )
            if CoefficientCondition(state, limit).holds:
                return path, ""
        elif cv < ceiling:
            return path, ""
    return path, TOO_MANY_UNITS


def units_by_school(path: pd.DataFrame) -> pd.DataFrame:
    """Return the frame of :func:`greedy_path` by school: ``units`` and ``first_step``, most units first."""
    keys = [*key_columns(path), "limit", *key_columns(path, SCHOOL_COLUMNS)]
    placed = path[path["step"] > 0]
    counted = placed.groupby(keys, sort=False, dropna=False).agg(
        units=("step", "size"), first_step=("step", "min")
    )
    order = [*key_columns(path), "units", "first_step"]
    return (
        counted.reset_index()
        .sort_values(order, ascending=[*[True] * (len(order) - 2), False, True], kind="stable")
        .reset_index(drop=True)
    )
