"""One coefficient at a time: the cells of an indicator table, cut once and walked over by every question.

A *cell* is one county × year × stage × indicator: the schools that one coefficient of variation is made of. What
makes a cell not assessable stands here once. A table is cut into its :class:`Cells` in one pass; every function
that walks over cells takes the table or, so that a diagnosis cuts only once, the cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from balance_analysis.exact import Decimals, Floats, Whole, as_filed

CellKey = dict[str, Any]
Exact = npt.NDArray[np.object_]
"""Whole numbers of any length, and fractions where a figure is no short decimal."""

CELL_COLUMNS = ("division_code", "county", "year", "stage", "indicator")
"""The columns that name a cell; a table may lack some of them (then they do not vary)."""
SCHOOL_COLUMNS = ("school_code", "school_name", "stratum", "sponsor")
"""What names a school in a result; a table may lack all but the code."""
AMOUNT_COLUMNS = ("resource", "enrolment", "amount", "scale", "stage_weight", "weighted_pupils")
"""What a school holds and by what it is divided; a table may lack all but the first two."""

MISSING_NUMERATOR = "missing_numerator"
NO_SCHOOL = "no_school"
SINGLE_SCHOOL = "single_school"
ZERO_MEAN = "zero_mean"


def squared_cv(resource: Floats, enrolment: Floats) -> float:
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


def exact_column(column: Floats) -> tuple[Exact, int]:
    """Return filed numbers as multiples of 10**−places, and the places; missing ones as zero.

    >>> exact_column(np.array([1.25, 3.0]))
    (array([125, 300], dtype=object), 2)
    """
    decimals = Decimals.of(column)
    exact = decimals.whole.astype(np.int64).astype(object)
    for position in np.flatnonzero(decimals.known & ~decimals.fits):
        exact[position] = as_filed(float(column[position])) * 10**decimals.places
    return exact, decimals.places


@dataclass(frozen=True)
class Cell:
    """The schools of one coefficient.

    ``rows`` holds the schools with pupils and a known resource, ordered by school code, with
    :func:`with_amounts`: the ``place`` of ``frame``, that of :attr:`Cells.frame`; ``missing`` holds the schools whose
    resource or enrolment is missing (schools with zero pupils carry no weight and are left out).
    """

    key: CellKey
    frame: pd.DataFrame
    place: slice
    missing: pd.DataFrame

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The schools of the coefficient."""
        return self.frame.iloc[self.place].reset_index(drop=True)

    @property
    def n_schools(self) -> int:
        """How many schools the coefficient is made of."""
        return len(self.enrolment)

    @property
    def n_missing(self) -> int:
        """How many schools lack their resource or enrolment."""
        return len(self.missing)

    @cached_property
    def reason(self) -> str:
        """Why the coefficient cannot be computed; empty where it can."""
        if self.n_missing:
            return MISSING_NUMERATOR
        if self.n_schools < 2:
            return SINGLE_SCHOOL if self.n_schools else NO_SCHOOL
        return ZERO_MEAN if self.resource.sum() == 0 else ""

    @cached_property
    def resource(self) -> Floats:
        """r_i in the unit of the indicator."""
        return self.column("resource")

    @cached_property
    def enrolment(self) -> Floats:
        """n_i, pupils of the stage."""
        return self.column("enrolment")

    @cached_property
    def squared(self) -> float:
        """CV²; NaN where there is no mean."""
        return squared_cv(self.resource, self.enrolment)

    def column(self, name: str) -> Floats:
        """One column of numbers of the rows."""
        return self.frame[name].to_numpy(dtype=np.float64)[self.place]

    def schools(self) -> pd.DataFrame:
        """The columns that name the schools."""
        return self.rows[key_columns(self.rows, SCHOOL_COLUMNS)]


@dataclass(frozen=True)
class Cells:
    """A table cut into cells, in sorted order of their keys.

    ``keys`` and ``school_columns`` are those that the table has; ``frame`` holds the usable rows of all cells one
    after the other, ``number`` the cell of each of its rows.
    """

    keys: list[str]
    school_columns: list[str]
    frame: pd.DataFrame
    number: Whole
    members: tuple[Cell, ...]

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.members)

    def codes(self, columns: Sequence[str]) -> Whole:
        """:func:`group_numbers` of all rows of ``frame``."""
        return group_numbers(self.frame, columns)


Table = pd.DataFrame | Cells
"""An indicator table, or the same table already cut."""


def key_columns(table: pd.DataFrame, columns: Sequence[str] = CELL_COLUMNS) -> list[str]:
    """Return those of ``columns`` that the table has, in the order of ``columns``."""
    return [column for column in columns if column in table.columns]


def group_numbers(table: pd.DataFrame, columns: Sequence[str]) -> Whole:
    """Number the groups of ``columns`` row by row, in sorted order, a missing label last; 0 without columns."""
    numbers: Whole = np.zeros(len(table), dtype=np.int64)
    if columns:
        numbers[:] = table.groupby(list(columns), sort=True, dropna=False).ngroup()
    return numbers


def cells(table: Table) -> Cells:
    """Cut an indicator table; one that is cut already is handed back."""
    if isinstance(table, Cells):
        return table
    keys = key_columns(table)
    group = group_numbers(table, keys)
    code = pd.factorize(table["school_code"], sort=True, use_na_sentinel=False)[0]
    order = np.lexsort((code, group))
    missing = (table["resource"].isna() | table["enrolment"].isna()).to_numpy()
    usable = ~missing & (table["enrolment"] != 0).to_numpy(dtype=bool, na_value=False)
    chosen = order[usable[order]]
    frame = with_amounts(table.iloc[chosen]).reset_index(drop=True)
    first, number = np.unique(group, return_index=True)[1], group[chosen]
    edges = np.searchsorted(number, np.arange(len(first) + 1))
    heads = table.iloc[first][keys].to_dict("records") if keys else [{}] * len(first)
    members, nothing = [], table.head(0)
    for position, head in enumerate(heads):
        place = slice(int(edges[position]), int(edges[position + 1]))
        key = {str(name): value for name, value in head.items()}
        lacking = table[missing & (group == position)] if missing.any() else nothing
        members.append(Cell(key, frame, place, lacking))
    return Cells(keys, key_columns(table, SCHOOL_COLUMNS), frame, number, tuple(members))


def joined(frames: Iterable[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """One frame with these columns from those of single cells; empty ones leave no trace."""
    filled = [frame for frame in frames if len(frame)]
    return (
        pd.concat(filled, ignore_index=True).reindex(columns=columns)
        if filled
        else pd.DataFrame(columns=columns)
    )


def with_amounts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with ``amount, scale, stage_weight, weighted_pupils, resource_per_amount`` complete.

    Tables that carry only values and pupils (an application form's table Ⅱ-2) have no filed amounts; then
    the resource itself stands in for the amount: scale 1, nothing split. ``resource_per_amount`` is how
    much r_i grows when one more unit is filed.
    """
    if "resource_per_amount" in rows.columns:
        return rows
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
