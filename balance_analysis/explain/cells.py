"""One coefficient at a time: the cells of an indicator table, and its numbers as they were filed.

A *cell* is one county × year × stage × indicator: the schools that one coefficient of variation is made
of. The modules on decomposition, influence, robustness and overlap all walk over cells in the same way,
with the same rule for what makes a cell not assessable, so the rule stands here once.

Where a verdict hangs on equality (4.2 × 0.85 = 3.57), floats are turned back into the decimals that were
filed and the arithmetic is done in exact fractions (:func:`balance_analysis.exact.as_filed`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Vector = npt.NDArray[np.float64]
CellKey = dict[str, Any]

CELL_COLUMNS = ("division_code", "county", "year", "stage", "indicator")
"""The columns that name a cell; a table may lack some of them (then they do not vary)."""

MISSING_NUMERATOR = "missing_numerator"
NO_SCHOOL = "no_school"
SINGLE_SCHOOL = "single_school"
ZERO_MEAN = "zero_mean"


def squared_cv(resource: Vector, enrolment: Vector) -> float:
    """Return CV² = Σ n_i (x_i − x̄)² / (N x̄²), the pupil-weighted population form.

    ``resource`` is r_i (unit of the indicator), ``enrolment`` n_i > 0; x_i = r_i / n_i. The centred form is
    used because (N/R²)·Σ r_i²/n_i − 1 loses digits where schools are nearly equal. NaN where Σ r_i = 0.

    >>> squared_cv(np.array([10.0, 30.0]), np.array([10.0, 10.0]))
    0.25
    """
    pupils, total = float(enrolment.sum()), float(resource.sum())
    if pupils == 0 or total == 0:
        return float("nan")
    mean = total / pupils
    deviation = resource / enrolment - mean
    return float((enrolment * deviation**2).sum() / pupils / mean**2)


@dataclass(frozen=True)
class Cell:
    """The schools of one coefficient.

    ``rows`` holds the schools with pupils and a known resource, ordered by school code; ``n_missing``
    counts those whose resource or enrolment is missing, ``n_without_pupils`` those with zero pupils (no
    ratio exists for them; they carry no weight). ``reason`` is empty when the coefficient can be computed.
    """

    key: CellKey
    rows: pd.DataFrame
    n_missing: int
    n_without_pupils: int
    reason: str

    @property
    def resource(self) -> Vector:
        """r_i in the unit of the indicator."""
        return self.rows["resource"].to_numpy(dtype=np.float64)

    @property
    def enrolment(self) -> Vector:
        """n_i, pupils of the stage."""
        return self.rows["enrolment"].to_numpy(dtype=np.float64)


def key_columns(table: pd.DataFrame, columns: Sequence[str] = CELL_COLUMNS) -> list[str]:
    """Return those of ``columns`` that the table has, in the order of ``columns``."""
    return [column for column in columns if column in table.columns]


def cell_of(key: CellKey, rows: pd.DataFrame) -> Cell:
    """Separate the usable rows of one cell from the missing ones and say whether it can be assessed."""
    missing = rows["resource"].isna() | rows["enrolment"].isna()
    empty = ~missing & (rows["enrolment"] == 0)
    usable = rows[~missing & ~empty]
    if "school_code" in usable.columns:
        usable = usable.sort_values("school_code", kind="stable")
    usable = usable.reset_index(drop=True)
    if missing.any():
        reason = MISSING_NUMERATOR
    elif usable.empty:
        reason = NO_SCHOOL
    elif len(usable) == 1:
        reason = SINGLE_SCHOOL
    elif usable["resource"].sum() == 0:
        reason = ZERO_MEAN
    else:
        reason = ""
    return Cell(key, usable, int(missing.sum()), int(empty.sum()), reason)


def cells(table: pd.DataFrame) -> Iterator[Cell]:
    """Walk over the cells of an indicator table in sorted order."""
    keys = key_columns(table)
    if not keys:
        yield cell_of({}, table)
        return
    for values, rows in table.groupby(keys, sort=True, dropna=False):
        yield cell_of(dict(zip(keys, values, strict=True)), rows)


def with_amounts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with ``amount, scale, stage_weight, weighted_pupils, resource_per_amount`` complete.

    Tables that carry only values and pupils (an application form's table Ⅱ-2) have no filed amounts; then
    the resource itself stands in for the amount: scale 1, nothing split. ``resource_per_amount`` is how
    much r_i grows when one more unit is filed.
    """
    filled = rows.copy()
    for column, default in (("scale", 1.0), ("stage_weight", 1.0)):
        if column not in filled.columns:
            filled[column] = default
    if "weighted_pupils" not in filled.columns:
        filled["weighted_pupils"] = filled["enrolment"].astype(float)
    filled["resource_per_amount"] = (
        filled["scale"] * filled["stage_weight"] * filled["enrolment"] / filled["weighted_pupils"]
    )
    implied = filled["resource"] / filled["resource_per_amount"]
    filled["amount"] = (
        implied
        if "amount" not in filled.columns
        else filled["amount"].where(filled["amount"].notna(), implied)
    )
    return filled
