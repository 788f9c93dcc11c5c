"""Verdicts under another reading: rounded, one school less, without tolerance, another scope, composite.

Each function asks one question and returns the rows in which the answer would differ, or both answers side by
side. Nothing here decides which reading is right; that is the regime's matter.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import NEAR, Number, as_filed, half_up, holds
from balance_analysis.explain.cells import (
    AMOUNT_COLUMNS,
    CELL_COLUMNS,
    Cell,
    Table,
    cells,
    joined,
    key_columns,
)
from balance_analysis.explain.condition import CoefficientCondition, Limits, limit_of
from balance_analysis.explain.influence import cv_without_each
from balance_analysis.explain.school_rules import SchoolRules
from balance_analysis.terms import COMPOSITE, Outcome, Relation


def _said(holds: bool) -> str:
    return (Outcome.MET if holds else Outcome.NOT_MET).value


def rounding_flips(values: pd.DataFrame, *, decimals: int) -> pd.DataFrame:
    """Return the rows whose outcome changes when the value is rounded to the form's decimals first.

    ``values`` has ``value``, ``limit`` and ``relation``; the rows keep their columns and gain ``decimals``,
    ``rounded``, ``outcome_unrounded``, ``outcome_rounded``. Missing values cannot flip and are left out.
    """
    known = values[values["value"].notna() & values["limit"].notna()]

    def outcomes(column: pd.Series) -> list[str]:
        figures = zip(column, known["relation"], known["limit"], strict=True)
        return [_said(holds(as_filed(x), Relation(relation), as_filed(y))) for x, relation, y in figures]

    rounded = known["value"].map(lambda value: float(half_up(value, decimals)))
    before, after = outcomes(known["value"]), outcomes(rounded)
    found = known.assign(decimals=decimals, rounded=rounded, outcome_unrounded=before, outcome_rounded=after)
    return found[found["outcome_unrounded"] != found["outcome_rounded"]].reset_index(drop=True)


def leave_one_out_flips(table: Table, limits: Limits) -> pd.DataFrame:
    """Return the schools on which a coefficient's verdict hangs: without them it would be the other one.

    Columns: cell key, limit, school columns, enrolment, cv, cv_without_school, outcome, outcome_without.
    """
    county, frames = cells(table), list[pd.DataFrame]()
    for cell in county:
        limit = limit_of(limits, cell)
        if limit is None or cell.reason:
            continue
        condition, line = CoefficientCondition(cell.rows, limit), float(as_filed(limit))
        without = cv_without_each(cell.resource, cell.enrolment)
        after = without < line
        for position in np.flatnonzero(np.abs(without - line) < NEAR):
            after[position] = condition.holds_without(int(position))
        turned = np.flatnonzero((after != condition.holds) & ~np.isnan(without))
        if not len(turned):
            continue
        found = cell.schools().iloc[turned]
        frames.append(
            found.assign(
                **cell.key,
                limit=line,
                enrolment=cell.enrolment[turned],
                cv=sqrt(cell.squared),
                cv_without_school=without[turned],
                outcome=_said(condition.holds),
                outcome_without=_said(not condition.holds),
            )
        )
    columns = [
        *county.keys, "limit", *county.school_columns, "enrolment", "cv",
        "cv_without_school", "outcome", "outcome_without",
    ]  # fmt: skip
    return joined(frames, columns)


def hanging_on_tolerance(rules: SchoolRules) -> pd.DataFrame:
    """Return the schools that meet their rule only because a shortfall is tolerated.

    If every indicator had to reach its limit they would fail. Columns: school key, outcome (``met``),
    outcome_without (``not_met``), tolerated (indicator ids below their limit, joined by ``;``).
    """
    short = rules.rows["indicator"][rules.limit.missed & rules.holds[rules.school]]
    tolerated = short.groupby(rules.school[short.index.to_numpy()]).agg(";".join)
    found = rules.schools.iloc[tolerated.index.to_numpy(dtype=np.int64)].reset_index(drop=True)
    return found.assign(
        outcome=Outcome.MET.value, outcome_without=Outcome.NOT_MET.value, tolerated=tolerated.to_numpy()
    )


def site_size_readings(
    table: pd.DataFrame, limits: Limits, *, minimums: Sequence[int], site_types: Collection[str]
) -> pd.DataFrame:
    """Return every coefficient under each minimum size of sites, so that the rule's weight can be seen.

    ``table`` must still hold the small sites (scope not yet applied). Schools whose ``school_type`` is in
    ``site_types`` count only with at least the minimum of pupils; pass every type to ask what a minimum for
    all schools would do. A site with unknown pupils stays in, so that it is seen as missing.

    Columns: cell key, minimum, n_schools, n_left_out, enrolment, cv, limit, outcome, turns (differs from the
    outcome at the first minimum), reason.
    """
    is_site = table["school_type"].isin(list(site_types))
    names = key_columns(table, (*CELL_COLUMNS, "school_code", *AMOUNT_COLUMNS))
    everywhere = cells(table[names].assign(site_pupils=table["enrolment"].where(is_site).astype(float)))
    records: list[dict[str, Any]] = []
    for cell in everywhere:
        known, blank = cell.column("site_pupils"), cell.missing["site_pupils"]
        limit, readings = limit_of(limits, cell), dict[tuple[int, int], dict[str, Any]]()
        for minimum in minimums:
            inside, lacking = ~(known < minimum), cell.missing[~(blank < minimum)]
            left = int(inside.sum()), len(lacking)
            if left not in readings:
                rows = cell.rows[inside]
                readings[left] = _reading(Cell(cell.key, rows, slice(None), lacking), limit)
            first = next(iter(readings.values()))["outcome"]
            record = {"minimum": minimum, "n_left_out": cell.n_schools - left[0]}
            records.append(readings[left] | record | {"turns": readings[left]["outcome"] != first})
    columns = [
        *everywhere.keys, "minimum", "n_schools", "n_left_out", "enrolment", "cv", "limit", "outcome",
        "turns", "reason",
    ]  # fmt: skip
    frame = pd.DataFrame.from_records(records, columns=columns)
    return frame.sort_values([*everywhere.keys, "minimum"], kind="stable").reset_index(drop=True)


def _reading(cell: Cell, limit: Number | None) -> dict[str, Any]:
    record: dict[str, Any] = {
        **cell.key,
        "n_schools": cell.n_schools,
        "enrolment": float(cell.enrolment.sum()),
    }
    record |= {"reason": cell.reason, "outcome": Outcome.NOT_ASSESSABLE.value}
    if limit is not None:
        record["limit"] = float(as_filed(limit))
    if not cell.reason:
        record["cv"] = sqrt(cell.squared)
    if limit is not None and not cell.reason:
        record["outcome"] = _said(CoefficientCondition(cell.rows, limit).holds)
    return record


def composite_against_indicators(coefficients: pd.DataFrame) -> pd.DataFrame:
    """Return, per stage, the verdict by indicator beside the verdict by composite coefficient.

    ``coefficients`` has stage, indicator, cv, limit, with the composite in rows of indicator ``composite``
    that carry the composite's limit. Columns: county columns, stage, n_indicators, n_above (those above their
    limit), n_missing, worst_indicator, worst_cv, composite_cv, composite_limit, outcome_by_indicator,
    outcome_by_composite, differ. A missing coefficient makes the verdict by indicator ``not_assessable``
    unless another one fails already.
    """
    keys = key_columns(coefficients, ("division_code", "county", "year", "stage"))
    records: list[dict[str, Any]] = []
    for values, stage in coefficients.groupby(keys, sort=True, dropna=False):
        single = stage[(stage["indicator"] != COMPOSITE) & stage["limit"].notna()]
        known, composite = single[single["cv"].notna()], stage[stage["indicator"] == COMPOSITE]
        above = int((known["cv"] > known["limit"]).sum())
        by_indicator = by_composite = Outcome.NOT_ASSESSABLE.value
        if above or len(known) == len(single) > 0:
            by_indicator = _said(above == 0)
        record: dict[str, Any] = dict(zip(keys, values, strict=True))
        record |= {"n_indicators": len(single), "n_above": above, "n_missing": len(single) - len(known)}
        if not known.empty:
            worst = known.iloc[int((known["cv"] - known["limit"]).to_numpy().argmax())]
            record |= {"worst_indicator": worst["indicator"], "worst_cv": worst["cv"]}
        if len(composite) == 1 and composite[["cv", "limit"]].notna().all(axis=None):
            cv, limit = float(composite["cv"].iloc[0]), float(composite["limit"].iloc[0])
            record |= {"composite_cv": cv, "composite_limit": limit}
            by_composite = _said(cv <= limit)
        verdicts = {by_indicator, by_composite}
        differ = len(verdicts) == 2 and Outcome.NOT_ASSESSABLE.value not in verdicts
        outcomes = {"outcome_by_indicator": by_indicator, "outcome_by_composite": by_composite}
        records.append({**record, **outcomes, "differ": differ})
    columns = [
        *keys, "n_indicators", "n_above", "n_missing", "worst_indicator", "worst_cv", "composite_cv",
        "composite_limit", "outcome_by_indicator", "outcome_by_composite", "differ",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)
