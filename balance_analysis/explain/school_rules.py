"""The rule of every school in exact whole numbers: so many indicators at their limit, none below its floor.

The value after k more pupils and m units less is S·w·(A − m) / (D + w·k), with amount A, scale S, stage weight w
and weighted pupils D, so that for a line L (limit or floor) every answer is a quotient of the gap S·w·A − L·D. It is
reckoned by whole columns in whole numbers (:class:`balance_analysis.exact.Decimals`): a school at exactly 3.57 =
4.2 × 0.85 is where the rule says it is. Decision records 0012 and 0030.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from balance_analysis.errors import ParameterError
from balance_analysis.exact import Floats, Mask, Number, Whole, as_filed
from balance_analysis.explain.cells import (
    MISSING_NUMERATOR,
    SCHOOL_COLUMNS,
    Exact,
    exact_column,
    group_numbers,
    key_columns,
    with_amounts,
)
from balance_analysis.terms import Outcome

NO_PUPILS = "no_pupils"
LIMIT, FLOOR = "limit", "floor"

_SCHOOL_KEYS = ("division_code", "county", "year", "stage", *SCHOOL_COLUMNS)


def _judged_rows(judged: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that carry a limit, with amounts complete and a ``reason`` where no value exists."""
    rows = with_amounts(judged[judged["limit"].notna()].reset_index(drop=True))
    if "floor" not in rows.columns:
        rows["floor"] = float("nan")
    rows["reason"] = ""
    rows.loc[rows["enrolment"] == 0, "reason"] = NO_PUPILS
    unknown = rows["amount"].isna() | rows["resource"].isna() | rows["enrolment"].isna()
    rows.loc[unknown & (rows["reason"] == ""), "reason"] = MISSING_NUMERATOR
    return rows


@dataclass(frozen=True)
class Line:
    """The limit or the floor of the rows ``at`` that have one, in multiples of one power of ten."""

    rows: int
    at: Whole
    gap: Exact
    per_pupil: Exact
    per_amount: Exact

    @property
    def held(self) -> Mask:
        """Whether the value is at the line or above it; False for rows without a line."""
        held: Mask = self._spread(self.gap >= 0) == 1
        return held

    @property
    def missed(self) -> Mask:
        """Whether the value is below the line; False for rows without a line."""
        missed: Mask = self._spread(self.gap >= 0) == 0
        return missed

    @property
    def pupils(self) -> Floats:
        """Pupils that may come before the value falls below the line; negative: so many too many now."""
        return self._spread(self.gap // self.per_pupil)

    @property
    def slack(self) -> Floats:
        """Amount that may go before the value falls below the line; negative: so much is lacking."""
        return self._spread(self.gap / self.per_amount)

    def units(self, sizes: Exact) -> Floats:
        """The slack in whole units of these sizes (one per row), rounded down."""
        numerator, denominator = (
            np.array([getattr(size, part) for size in sizes[self.at]], dtype=object)
            for part in ("numerator", "denominator")
        )
        return self._spread((self.gap * denominator) // (self.per_amount * numerator))

    def _spread(self, values: npt.NDArray[np.object_] | Mask) -> Floats:
        result: Floats = np.full(self.rows, np.nan)
        result[self.at] = values.astype(np.float64)
        return result


class SchoolRules:
    """The judged rows (columns ``limit``, ``floor``) of every school and stage, and the rule of each.

    ``schools`` has one row per school and stage with the columns ``keys``; ``complete`` says for which of them
    every indicator has a value, ``holds`` whether these meet their rule (at the limit and at the floor count as
    met), ``reason`` why the others cannot be assessed; ``outcome`` is their verdict, not met also where a school fails
    whatever its missing figures are. ``rows`` are sorted by school, ``school`` is its number,
    ``needs`` marks the rows that must stay at a line for the rule to hold, given the school's others as they are.
    """

    def __init__(self, judged: pd.DataFrame, required: int) -> None:
        rows = _judged_rows(judged)
        self.required = required
        self.keys = key_columns(rows, _SCHOOL_KEYS)
        school = group_numbers(rows, self.keys)
        order = np.argsort(school, kind="stable")
        self.rows, self.school = rows.iloc[order].reset_index(drop=True), school[order]
        self.starts: Whole = np.flatnonzero(np.diff(self.school, prepend=-1))
        self.schools = self.rows.iloc[self.starts][self.keys].reset_index(drop=True)
        known = (self.rows["reason"] == "").to_numpy(dtype=bool)
        self._known: Whole = np.flatnonzero(known)
        self.n_missing = self._per_school(~known)
        self.complete: Mask = self.n_missing == 0
        unknown = self.rows["reason"].where(~known).groupby(self.school).first()
        self.reason = unknown.fillna("").to_numpy(dtype=object)
        self.limit, self.floor = self._line(LIMIT), self._line(FLOOR)
        met, below = self.limit.held, self.floor.missed
        n_met, n_below = self._per_school(met), self._per_school(below)
        self.holds: Mask = self.complete & (n_met >= required) & (n_below == 0)
        fails = (n_below > 0) | (n_met + self.n_missing < required)
        certain = np.where(self.holds, Outcome.MET.value, Outcome.NOT_MET.value)
        self.outcome = np.where(self.complete | fails, certain, Outcome.NOT_ASSESSABLE.value).astype(object)
        others = n_met[self.school] - met - required
        free = self.complete[self.school] & (n_below[self.school] - below == 0)
        floors = self.rows["floor"].notna().to_numpy()
        self.needs: dict[str, Mask] = {LIMIT: free & (others == -1), FLOOR: free & (others >= 0) & floors}

    def _column(self, name: str) -> Floats:
        return self.rows[name].to_numpy(dtype=np.float64)

    def _per_school(self, values: Mask) -> Whole:
        counts: Whole = np.bincount(self.school, weights=values, minlength=len(self.starts)).astype(np.int64)
        return counts

    @cached_property
    def _columns(self) -> dict[str, tuple[Exact, int]]:
        names = ("scale", "stage_weight", "amount", "weighted_pupils")
        return {name: exact_column(self._column(name)[self._known]) for name in names}

    def _line(self, name: str) -> Line:
        line = self._column(name)[self._known]
        has = ~np.isnan(line)
        exact, places = exact_column(line[has])
        (scale, a), (weight, b), (amount, c), (divisor, d) = (
            (column[has], digits) for column, digits in self._columns.values()
        )
        most = max(a + b + c, places + d, places + b)
        held = scale * weight * amount * 10 ** (most - a - b - c)
        return Line(
            rows=len(self.rows),
            at=self._known[has],
            gap=held - exact * divisor * 10 ** (most - places - d),
            per_pupil=exact * weight * 10 ** (most - places - b),
            per_amount=scale * weight * 10 ** (most - a - b),
        )

    @cached_property
    def value(self) -> Floats:
        """Every row's value, from the figures as filed; NaN where there is none."""
        (scale, a), (weight, b), (amount, c), (divisor, d) = self._columns.values()
        result: Floats = np.full(len(self.rows), np.nan)
        result[self._known] = (scale * weight * amount * 10**d) / (divisor * 10 ** (a + b + c))
        return result

    def sizes(self, given: Mapping[str, Number]) -> Exact:
        """The size of a unit for every row; :class:`ParameterError` names an indicator without one."""
        names = self.rows["indicator"]
        exact = {}
        for name in names.unique():
            if name not in given:
                raise ParameterError(f"没有给出指标“{name}”的单位大小（unit_sizes），无法计算余量；请补上。")
            exact[name] = as_filed(given[name])
        sizes: Exact = np.array([exact[name] for name in names], dtype=object)
        return sizes

    @cached_property
    def binding(self) -> tuple[Floats, Whole, Mask]:
        """Per school: pupils it may take, the row that binds, and whether it binds at its floor.

        Negative pupils: by so many the school would have to be smaller to meet its rule. Meaningless for
        schools that are not complete. Of equal bounds the limit binds, and of these the first indicator.
        Raises :class:`ParameterError` where more indicators are required than a school has.
        """
        counts = np.diff(self.starts, append=len(self.rows))
        wrong = np.flatnonzero(self.complete & ((self.required < 1) | (self.required > counts)))
        if len(wrong):
            code = self.schools["school_code"].iloc[wrong[0]]
            raise ParameterError(
                f"要求达标的指标数为 {self.required}，但学校“{code}”只有 "
                f"{counts[wrong[0]]} 项有标准值的指标；请核对评估办法或数据。"
            )
        name = np.unique(self.rows["indicator"].to_numpy(dtype=object), return_inverse=True)[1]
        to_limit, to_floor = self.limit.pupils, self.floor.pupils
        last = np.minimum(self.starts + self.required, len(self.rows)) - 1
        at_limit = np.lexsort((name, -to_limit, self.school))[last]
        at_floor = np.lexsort((name, to_floor, self.school))[self.starts]
        floor_binds: Mask = to_floor[at_floor] < to_limit[at_limit]
        row: Whole = np.where(floor_binds, at_floor, at_limit)
        return np.where(floor_binds, to_floor[at_floor], to_limit[at_limit]), row, floor_binds
