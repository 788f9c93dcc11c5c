"""How few units bring a coefficient to its limit: at one school alone, or one by one where they help most.

Facts for the sentence "act on this school first". One resource, one stage, nothing else changes; what a whole
county plan costs is the matter of ``remediation``. Units are those of :mod:`balance_analysis.explain.influence`.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import NEAR, Floats, Number, as_filed
from balance_analysis.explain.cells import Cell, Table, cells, joined, squared_cv
from balance_analysis.explain.condition import CoefficientCondition, Limits, limit_of
from balance_analysis.explain.influence import cv_with_added, unit_of

ALREADY_MET = "already_met"
NO_SINGLE_SCHOOL = "no_single_school"
NO_UNIT_LOWERS = "no_unit_lowers"
TOO_MANY_UNITS = "too_many_units"
MOST_UNITS = 20_000
ALIKE = 1e-13
"""Relative distance in 1 + CV² below which two candidates for the next unit are compared by their coefficients.

Both are made of the same running sums; what differs between them is rounded less than ten times (1e-15).
"""


def single_school_remedy(table: Table, limits: Limits, *, unit_sizes: Mapping[str, Number]) -> pd.DataFrame:
    """Return, per cell with a limit, the fewest units at a single school that bring CV to the limit.

    ``school_code`` is the school that needs the fewest units (ties: the lower resulting CV, then the code),
    ``units_needed`` exact (at the limit counts as met), ``n_schools_able`` how many schools could do it
    alone. Where none can, ``reason`` is ``no_single_school`` and the row shows the school whose best amount
    comes closest: ``lowest_cv_alone``, reached at ``units_at_lowest`` units (not rounded). ``already_met``
    where nothing is needed. The optimum alone is at u* = n(Q − x·R)/(R − r), Q = Σ r²/n.

    Columns: cell key, limit, cv, school columns, unit_size, units_needed, cv_after, n_schools_able,
    lowest_cv_alone, units_at_lowest, reason.
    """
    county, records = cells(table), list[dict[str, Any]]()
    for cell in county:
        limit = limit_of(limits, cell)
        if limit is None:
            continue
        record: dict[str, Any] = {**cell.key, "limit": float(as_filed(limit)), "reason": cell.reason}
        if not cell.reason:
            record |= _remedy_of_one(cell, limit, unit_of(unit_sizes, cell))
        records.append(record)
    columns = [
        *county.keys, "limit", "cv", *county.school_columns, "unit_size", "units_needed",
        "cv_after", "n_schools_able", "lowest_cv_alone", "units_at_lowest", "reason",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)


def _remedy_of_one(cell: Cell, limit: Number, unit: float) -> dict[str, Any]:
    resource, enrolment = cell.resource, cell.enrolment
    per_unit = unit * cell.column("resource_per_amount")
    condition = CoefficientCondition(cell.rows, limit)
    found: dict[str, Any] = {"cv": sqrt(cell.squared), "unit_size": unit}
    if condition.holds:
        return found | {"units_needed": 0, "cv_after": found["cv"], "reason": ALREADY_MET}
    total, squares = resource.sum(), (resource**2 / enrolment).sum()
    best_amount: Floats = np.zeros(len(resource))
    others = total - resource
    np.divide(enrolment * squares - resource * total, others, out=best_amount, where=others > 0)
    best_amount = np.maximum(best_amount, 0.0)
    lowest = cv_with_added(resource, enrolment, best_amount)
    needed = np.where(others > 0, condition.smallest_additions(step=unit), np.nan)
    able = ~np.isnan(needed)
    after = cv_with_added(resource, enrolment, np.where(able, needed, 0.0) * per_unit)
    chosen = int(np.lexsort((after, needed))[0]) if able.any() else int(np.argmin(lowest))
    found |= {str(name): value for name, value in cell.schools().iloc[chosen].items()}
    found |= {
        "n_schools_able": int(able.sum()),
        "lowest_cv_alone": float(lowest[chosen]),
        "units_at_lowest": float(best_amount[chosen] / per_unit[chosen]),
    }
    if able.any():
        return found | {"units_needed": int(needed[chosen]), "cv_after": float(after[chosen]), "reason": ""}
    return found | {"reason": NO_SINGLE_SCHOOL}


def several_schools_remedy(table: Table, limits: Limits, *, unit_sizes: Mapping[str, Number]) -> pd.DataFrame:
    """Return, per coefficient above its limit, the units by school that bring it there, most units first.

    The units of :func:`greedy_units`. Cells that already hold, cannot be assessed or that no unit helps are absent.
    Columns: cell key, limit, school columns, units, first_step (1 = the first unit of all goes to this school).
    """
    county, frames = cells(table), list[pd.DataFrame]()
    for cell in county:
        limit = limit_of(limits, cell)
        if limit is None or cell.reason or CoefficientCondition(cell.rows, limit).holds:
            continue
        steps, _ = greedy_units(cell, limit, unit=unit_of(unit_sizes, cell))
        chosen, first, units = np.unique(steps, return_index=True, return_counts=True)
        schools = cell.schools().iloc[chosen]
        found = schools.assign(**cell.key, limit=float(as_filed(limit)), units=units, first_step=first + 1)
        frames.append(found.sort_values(["units", "first_step"], ascending=[False, True]))
    columns = [*county.keys, "limit", *county.school_columns, "units", "first_step"]
    return joined(frames, columns)


def greedy_units(cell: Cell, limit: Number, *, unit: float) -> tuple[list[int], str]:
    """Return the order in which single units, each where it helps most, bring CV to the limit.

    Positions of the schools, one per unit, and the reason why the order ends before the limit is reached
    (``no_unit_lowers``, ``too_many_units``, else empty). Where one unit is the same amount of resource at every
    school (nothing shared), every beginning is the best possible use of that many units and the length is the true
    minimum: for a fixed total the sum Σ r²/n is separable and convex. With shared campuses it is a good sequence,
    no more. Of equal schools the first gets the unit.

    A unit u at school i turns 1 + CV² into N·(Q + u(2x_i + u/n_i))/(R + u)²; running sums of Q and R choose the
    school, and where two are :data:`ALIKE` or the end is near the coefficients themselves are compared.
    """
    filed, enrolment = cell.resource, cell.enrolment
    added = unit * cell.column("resource_per_amount")
    resource, units = filed.copy(), np.zeros(len(filed))
    pupils, total, squares = enrolment.sum(), resource.sum(), (resource**2 / enrolment).sum()
    growth = added * (2 * resource / enrolment + added / enrolment)
    now, ceiling = 1 + cell.squared, float(as_filed(limit))
    steps: list[int] = []
    while len(steps) < MOST_UNITS:
        tried = (squares + growth) / (total + added) ** 2
        position = int(tried.argmin())
        then = float(tried[position]) * pupils
        alike = np.count_nonzero(tried <= tried[position] * (1 + ALIKE)) > 1
        if alike or then > now * (1 - ALIKE):
            exact = cv_with_added(resource, enrolment, added)
            position = int(exact.argmin())
            then = float(tried[position]) * pupils
            if exact[position] >= sqrt(squared_cv(resource, enrolment)):
                return steps, NO_UNIT_LOWERS
        total, squares, now = total + added[position], squares + growth[position], then
        units[position] += 1
        resource[position] = filed[position] + units[position] * added[position]
        growth[position] = added[position] * (2 * resource[position] + added[position]) / enrolment[position]
        steps.append(position)
        if now < (1 + ceiling**2) * (1 + NEAR):
            cv = sqrt(squared_cv(resource, enrolment))
            near = abs(cv - ceiling) <= NEAR
            if CoefficientCondition(cell.rows, limit).holds_with(units, unit) if near else cv < ceiling:
                return steps, ""
    return steps, TOO_MANY_UNITS
