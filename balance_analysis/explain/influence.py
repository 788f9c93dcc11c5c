"""Which school moves a coefficient, and what one more unit there brings: exact, per school and indicator.

With deviations d_i = x_i − x̄ and V = Σ n_i d_i² a unit u of resource at school i gives::

    V' = V + 2·u·d_i + u²/n_i − u²/N        x̄' = x̄ + u/N        CV' = sqrt(V'/N) / x̄'

so for small u it lowers the coefficient iff x_i < x̄(1 + CV²), the ``turning_value``: a school slightly
above the mean may still be worth a teacher. Every school's own term (n_i/N)(x_i/x̄ − 1)² sums to CV².

Units are counted in what is filed (one teacher, one room, 100 m², 1 of 万元): ``unit_sizes`` maps each
indicator to its unit, and a shared campus passes to a stage only that stage's weighted share.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.errors import ParameterError
from balance_analysis.exact import Floats, Mask, Number, as_filed
from balance_analysis.explain.cells import (
    Cell,
    Table,
    cells,
    joined,
    key_columns,
    squared_cv,
)

PUPIL_STEP = 10
"""So many pupils more or fewer are tried at each school."""
LEAST_LEFT = 1 / 64
"""Where less than this share of a sum is left without one school, the rest is added up afresh.

A difference of two sums loses at most log2(64) = 6 of 53 binary digits then; at most three schools of a county can
hold that much of its pupils, resource or spread, so that all of them together still cost linear time.
"""


def unit_of(unit_sizes: Mapping[str, Number], cell: Cell) -> float:
    """Return the size of one unit of the cell's indicator; raises :class:`ParameterError` without one."""
    indicator = str(cell.key.get("indicator", ""))
    if indicator not in unit_sizes:
        raise ParameterError(
            f"没有给出指标“{indicator}”的单位大小（unit_sizes），无法计算增加一个单位的影响；请补上。"
        )
    return float(as_filed(unit_sizes[indicator]))


def _spread(resource: Floats, enrolment: Floats) -> tuple[float, float, Floats, float]:
    """Return N, x̄, the deviations d_i and V = Σ n d²."""
    pupils = float(enrolment.sum())
    mean = float(resource.sum()) / pupils
    deviation = resource / enrolment - mean
    return pupils, mean, deviation, float((enrolment * deviation**2).sum())


def cv_with_added(resource: Floats, enrolment: Floats, added: Floats) -> Floats:
    """Return, for every school apart, the coefficient after ``added[i]`` of resource at that school only."""
    pupils, mean, deviation, spread = _spread(resource, enrolment)
    grown = spread + 2 * added * deviation + added**2 / enrolment - added**2 / pupils
    result: Floats = np.sqrt(np.maximum(grown, 0.0) / pupils) / (mean + added / pupils)
    return result


def cv_without_each(resource: Floats, enrolment: Floats) -> Floats:
    """Return, for every school apart, the coefficient of the other schools; NaN where it does not exist.

    It does not exist for fewer than two other schools, or where the others have nothing.
    """
    if len(resource) < 3:
        return np.full(len(resource), np.nan)
    return _cv_in_place_of_each(resource, enrolment, np.zeros_like(resource), np.zeros_like(enrolment))


def cv_with_pupils(cell: Cell, change: int) -> Floats:
    """Return, for every school apart, the coefficient after ``change`` pupils more (fewer) at that school.

    The filed amount stays: per pupil there is less of it. In a shared campus the stage's weighted share grows
    with its pupils. NaN where no pupil would be left.
    """
    resource, enrolment = cell.resource, cell.enrolment
    possible = enrolment + change > 0
    shift = np.where(possible, change, 0)
    moved = enrolment + shift
    weighted, weight = cell.column("weighted_pupils"), cell.column("stage_weight")
    own = resource * (moved / enrolment) * weighted / (weighted + weight * shift)
    return np.where(possible, _cv_in_place_of_each(resource, enrolment, own, moved), np.nan)


def _cv_in_place_of_each(resource: Floats, enrolment: Floats, held: Floats, pupils: Floats) -> Floats:
    """For every school apart: the coefficient with ``held`` and ``pupils`` in its place (zero pupils: without it).

    The others' sums are the county's less the school's own, and are added up afresh where
    little is left (:data:`LEAST_LEFT`).
    """
    number, _, deviation, spread = _spread(resource, enrolment)
    others, left = number - enrolment, resource.sum() - resource
    result: Floats = np.full(len(resource), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        around = left / others  # the others' own mean
        own = enrolment * deviation**2 * (number / others)
        rest = np.maximum(spread - own, 0.0)
        total = others + pupils
        centre = (left + held) / total
        apart = np.where(pupils > 0, held / pupils - centre, 0.0)
        variance = (rest + others * (around - centre) ** 2 + pupils * apart**2) / total
        np.divide(np.sqrt(variance), centre, out=result, where=centre > 0)
        little: Mask = (others < LEAST_LEFT * number) | (left < LEAST_LEFT * resource.sum())
        little |= (spread > 0) & (rest < LEAST_LEFT * spread)
    for position in np.flatnonzero(little):
        afresh, of = resource.copy(), enrolment.copy()
        afresh[position], of[position] = held[position], pupils[position]
        kept = of > 0
        result[position] = sqrt(squared_cv(afresh[kept], of[kept]))
    return result


def school_influence(table: Table, *, unit_sizes: Mapping[str, Number]) -> pd.DataFrame:
    """Return one row per cell and school: what it contributes and what moves when it moves.

    Columns: cell key, school columns, enrolment, value, mean, cv; ``contribution`` (own term of CV²),
    ``share`` (÷ CV²; NaN at CV = 0), ``rank`` (1 = largest share); ``cv_without_school``,
    ``change_without_school``; ``turning_value`` = x̄(1+CV²) and ``below_turning_value`` (a small addition
    lowers the coefficient);
    ``unit_size``, ``cv_one_unit_more``, ``change_one_unit_more`` (negative = better);
    ``change_more_pupils``, ``change_fewer_pupils`` for :data:`PUPIL_STEP` pupils; n_missing, reason. Cells that
    are not assessable have one row with their reason. Raises :class:`ParameterError` for an indicator
    without a unit size.
    """
    county, frames = cells(table), list[pd.DataFrame]()
    for cell in county:
        if cell.reason:
            frames.append(pd.DataFrame([{**cell.key, "n_missing": cell.n_missing, "reason": cell.reason}]))
            continue
        resource, enrolment, unit = cell.resource, cell.enrolment, unit_of(unit_sizes, cell)
        pupils, mean, deviation, _ = _spread(resource, enrolment)
        square, cv = cell.squared, sqrt(cell.squared)
        one_more = cv_with_added(resource, enrolment, unit * cell.column("resource_per_amount"))
        without = cv_without_each(resource, enrolment)
        contribution = enrolment / pupils * (deviation / mean) ** 2
        turning = mean * (1 + square)
        columns: dict[str, Any] = {
            "enrolment": enrolment,
            "value": resource / enrolment,
            "mean": mean,
            "cv": cv,
            "contribution": contribution,
            "share": contribution / square if square > 0 else float("nan"),
            "rank": pd.Series(-contribution).rank(method="first").astype(int),
            "cv_without_school": without,
            "change_without_school": without - cv,
            "turning_value": turning,
            "below_turning_value": resource / enrolment < turning,
            "unit_size": unit,
            "cv_one_unit_more": one_more,
            "change_one_unit_more": one_more - cv,
            "change_more_pupils": cv_with_pupils(cell, PUPIL_STEP) - cv,
            "change_fewer_pupils": cv_with_pupils(cell, -PUPIL_STEP) - cv,
            "n_missing": cell.n_missing,
            "reason": "",
        }
        frames.append(pd.DataFrame({**cell.schools(), **cell.key, **columns}))
    names = [
        *county.keys, *county.school_columns, "enrolment", "value", "mean", "cv",
        "contribution", "share", "rank", "cv_without_school", "change_without_school", "turning_value",
        "below_turning_value", "unit_size", "cv_one_unit_more", "change_one_unit_more", "change_more_pupils",
        "change_fewer_pupils", "n_missing", "reason",
    ]  # fmt: skip
    return joined(frames, names)


def best_single_steps(influence: pd.DataFrame) -> pd.DataFrame:
    """Return, per cell, the school where one more unit lowers the coefficient most.

    Takes the frame of :func:`school_influence`; adds ``cv_drop_per_unit`` (positive = better);
    ``unit_cost_cny`` and ``cv_drop_per_cny`` are empty, what a unit costs is the matter of the remediation plan. Ties go to the first
    school code. Cells in which no school's unit lowers it are absent.
    """
    keys = key_columns(influence)
    nothing = dict.fromkeys(("unit_cost_cny", "cv_drop_per_cny"), float("nan"))
    steps = influence.assign(cv_drop_per_unit=-influence["change_one_unit_more"], **nothing)
    steps = steps[(steps["reason"] == "") & (steps["cv_drop_per_unit"] > 0)]
    order = [*keys, "cv_drop_per_unit", "school_code"]
    steps = steps.sort_values(order, ascending=[*[True] * len(keys), False, True])
    return steps.drop_duplicates(keys).reset_index(drop=True)


def waterfall(cell: Cell, *, top: int | None = None) -> pd.DataFrame:
    """Return the schools' terms of CV² as steps from 0 to CV², the largest first; empty where not assessable.

    ``start`` and ``end`` are the edges of each bar: the first starts at 0, each starts where the one before
    ended, the last ends at CV² exactly. ``side`` is ``above`` or ``below`` the county mean. With ``top`` the
    smaller ones are summed into one last bar without a school code (``n_schools_in_row`` > 1 or last).

    Columns: cell key, position, school columns, value, mean, side, contribution, share, start, end,
    n_schools_in_row, cv_squared.
    """
    schools, square = cell.schools(), cell.squared
    columns = [
        *cell.key, "position", *schools.columns, "value", "mean", "side",
        "contribution", "share", "start", "end", "n_schools_in_row", "cv_squared",
    ]  # fmt: skip
    if cell.reason:
        return pd.DataFrame(columns=columns)
    pupils, mean, deviation, _ = _spread(cell.resource, cell.enrolment)
    rows = schools.assign(
        value=cell.resource / cell.enrolment,
        side=np.where(deviation >= 0, "above", "below"),
        contribution=cell.enrolment / pupils * (deviation / mean) ** 2,
        n_schools_in_row=1,
    )
    rows = rows.sort_values("contribution", ascending=False, kind="stable").reset_index(drop=True)
    if top is not None and len(rows) > top:
        rest = {
            "side": "",
            "contribution": rows["contribution"].iloc[top:].sum(),
            "n_schools_in_row": len(rows) - top,
        }
        rows = pd.concat([rows.head(top), pd.DataFrame([rest])], ignore_index=True)
    end = rows["contribution"].cumsum()
    end.iloc[-1] = square
    return rows.assign(
        **cell.key,
        position=range(1, len(rows) + 1),
        mean=mean,
        share=rows["contribution"] / square if square > 0 else float("nan"),
        start=end.shift(1, fill_value=0.0),
        end=end,
        cv_squared=square,
    )[columns]
