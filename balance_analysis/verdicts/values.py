"""Values of schools beside their limits: met, tolerable or not, and what a school's values say together.

Every comparison is one of whole numbers: value and limit are brought to a common denominator; where that exceeds 2**53,
fractions decide. ``borderline`` says that rounding for print would have changed the outcome. Reads no file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from balance_analysis.exact import (
    EXACT_WHOLE,
    Floats,
    Mask,
    Whole,
    half_up,
    half_up_quotients,
)
from balance_analysis.measures.coefficients import GROUP
from balance_analysis.measures.grouping import group_numbers, groups
from balance_analysis.measures.indicators import IndicatorColumns
from balance_analysis.regimes.model import Limit, Regime
from balance_analysis.terms import Outcome, Relation

NO_LIMIT = "no_limit"
"""Outcome of a value that the regime sets no limit for."""
OUTCOMES = (
    Outcome.NOT_MET.value,
    Outcome.TOLERABLE.value,
    Outcome.MET.value,
    Outcome.NOT_ASSESSABLE.value,
    NO_LIMIT,
)
"""What a value or a school can be, by the codes that whole columns hold."""
NOT_MET, TOLERABLE, MET, UNKNOWN, UNLIMITED = range(5)
WORDS = np.array(OUTCOMES, dtype=object)
Codes = npt.NDArray[np.int8]
SCHOOL_COLUMNS = (
    *GROUP,
    "school_code",
    "school_name",
    "school_type",
    "stratum",
    "sponsor",
    "enrolment",
    "outcome",
    "indicators_met",
    "indicators_tolerable",
    "indicators_not_assessable",
    "failing",
)


@dataclass(frozen=True)
class ValueLimit:
    """A limit of school values with its floor (the tolerated share of it) and the decimals of print to be tried."""

    limit: Limit
    floor: Fraction
    places: tuple[int, ...]

    @classmethod
    def of(cls, regime: Regime, indicator: str, stage: str) -> ValueLimit | None:
        """The limit of an indicator at a stage, None where the regime sets none."""
        limit = regime.limit(indicator, "school_value", stage)
        if limit is None:
            return None
        share = Fraction(1)
        if regime.has_parameter("school.tolerated_share"):
            share = Fraction(regime.parameter("school.tolerated_share"))
        places = {*display_places(regime, "indicator"), regime.indicator(indicator).decimals}
        return cls(limit, Fraction(limit.value) * share, tuple(sorted(places)))

    def outcome(self, value: Fraction) -> int:
        """Code of one exact value."""
        return MET if self.limit.holds(value) else TOLERABLE if value >= self.floor else NOT_MET

    def judge(
        self, top: Floats, bottom: Floats, exact: Callable[[int], Fraction]
    ) -> tuple[Codes, Floats, Mask]:
        """Outcome, margin (value − limit) and borderline of values ``top`` ÷ ``bottom``.

        ``exact`` gives a value by position; it is asked where the two are NaN or too large for whole numbers.
        """
        above, margin = self._beside(Fraction(self.limit.value), top, bottom, exact)
        half = float(Fraction(self.limit.value) - self.floor) / 2
        outcome = self._codes(above, margin + 2 * half)
        reach = 0.51 * 10.0 ** -self.places[0]  # rounding moves a value by half a step at most
        from_either = margin + half  # as far from limit or floor as this, or its negative, is from half
        np.abs(from_either, out=from_either)
        from_either -= half
        np.abs(from_either, out=from_either)
        near = np.flatnonzero(from_either <= reach)
        some_top, some_bottom = top.take(near), bottom.take(near)
        # floats tell on which side of the floor a value lies, unless it is near
        left, _ = self._beside(self.floor, some_top, some_bottom, lambda at: exact(int(near[at])))
        outcome[near] = self._codes(above.take(near), left)
        borderline: Mask = np.zeros(len(top), dtype=bool)
        turns: Mask = np.zeros(len(near), dtype=bool)
        for places in self.places:
            rounded, unclear = half_up_quotients(some_top, some_bottom, places)
            for position in unclear.tolist():
                rounded[position] = int(half_up(exact(int(near[position])), places).scaleb(places))
            again = partial(_quotient, rounded, 10**places)
            units = np.full(len(near), 10.0**places)
            sides = (
                self._beside(edge, rounded.astype(np.float64), units, again)[0]
                for edge in (Fraction(self.limit.value), self.floor)
            )
            turns |= self._codes(*sides) != outcome[near]
        borderline[near] = turns
        return outcome, margin, borderline

    def _codes(self, above: Floats, left: Floats) -> Codes:
        """Codes of values by the signs of their differences to the limit and to the floor."""
        tolerable, met = (left >= 0).view(np.int8), _keeps(above, self.limit.relation).view(np.int8)
        codes: Codes = np.maximum(
            tolerable * np.int8(TOLERABLE), met * np.int8(MET)
        )  # else NOT_MET, which is 0
        return codes

    @staticmethod
    def _beside(
        edge: Fraction, top: Floats, bottom: Floats, exact: Callable[[int], Fraction]
    ) -> tuple[Floats, Floats]:
        """A number of the sign of value − edge, exactly, and the difference itself, rounded once."""
        units = bottom * float(edge.denominator) if edge.denominator != 1 else bottom
        above: Floats = top * float(edge.denominator) if edge.denominator != 1 else top.copy()
        above -= bottom * float(edge.numerator)
        margin: Floats = above / units
        most = max(edge.numerator, edge.denominator)
        if len(top) and not max(float(top.max()), float(bottom.max())) * most < EXACT_WHOLE:
            for position in np.flatnonzero(~(np.maximum(top, bottom) * most < EXACT_WHOLE)).tolist():
                difference = exact(position) - edge
                above[position], margin[position] = _sign(difference), float(difference)
        return above, margin


def _quotient(top: Whole, bottom: int, position: int) -> Fraction:
    return Fraction(int(top[position]), bottom)


def _sign(number: Fraction) -> int:
    return (number > 0) - (number < 0)


def _keeps(sign: Floats, relation: Relation) -> Mask:
    """Where a value with this sign beside its limit keeps it; equality counts unless strictly below is asked for."""
    if relation is Relation.AT_LEAST:
        return sign >= 0
    return sign < 0 if relation is Relation.BELOW else sign <= 0


def judge_columns(block: IndicatorColumns, regime: Regime) -> tuple[Codes, Limit | None, Floats, Mask]:
    """Outcome, limit, margin and borderline of one indicator at one stage."""
    unknown = np.flatnonzero(np.isnan(block.value))
    rule, number = ValueLimit.of(regime, block.indicator.id, block.stage), len(block.value)
    if rule is None:
        outcome: Codes = np.full(number, UNLIMITED, dtype=np.int8)
        outcome[unknown] = UNKNOWN
        return outcome, None, np.full(number, np.nan), np.zeros(number, dtype=bool)
    top, bottom = block.numerator, block.denominator
    if len(unknown):
        top, bottom = top.copy(), bottom.copy()
        top[unknown], bottom[unknown] = 0.0, 1.0
    outcome, margin, borderline = rule.judge(top, bottom, block.exact_at)
    outcome[unknown], margin[unknown], borderline[unknown] = UNKNOWN, np.nan, False
    return outcome, rule.limit, margin, borderline


def judge_indicators(indicators: pd.DataFrame, regime: Regime) -> pd.DataFrame:
    """Add ``limit, floor, outcome, margin, borderline`` to the indicators frame (a copy).

    ``outcome`` is ``met``, ``tolerable`` (below the limit, not below the floor), ``not_met``, ``not_assessable``
    (no value), or ``no_limit`` (a value that the regime does not limit).
    """
    exact = indicators["exact_value"].to_numpy(dtype=object)
    unknown = indicators["value"].isna().to_numpy()
    codes = np.where(unknown, UNKNOWN, UNLIMITED).astype(np.int8)
    limits, floors, margins = (np.full(len(indicators), np.nan) for _ in range(3))
    borderline: Mask = np.zeros(len(indicators), dtype=bool)
    for rows in groups(indicators, ["indicator", "stage"]):
        rule = ValueLimit.of(regime, indicators["indicator"].iloc[rows[0]], indicators["stage"].iloc[rows[0]])
        if rule is None:
            continue
        limits[rows], floors[rows] = float(rule.limit.value), float(rule.floor)
        known = rows[~unknown[rows]]
        values: list[Fraction] = exact[known].tolist()
        top = np.array([value.numerator for value in values], dtype=np.float64)
        bottom = np.array([value.denominator for value in values], dtype=np.float64)
        codes[known], margins[known], borderline[known] = rule.judge(top, bottom, values.__getitem__)
    return indicators.assign(
        limit=limits, floor=floors, outcome=WORDS[codes], margin=margins, borderline=borderline
    )


def judge_schools(judged: pd.DataFrame, regime: Regime) -> pd.DataFrame:
    """One verdict per school, stage and year: so many indicators met as the regime asks for, none below its floor.

    ``judged`` comes from :func:`judge_indicators`. A school whose missing figures could still turn
    the verdict is *not assessable*; one that fails whatever they are is *not met*. Columns as in
    ``docs/developer/frames.md``.
    """
    if judged.empty:
        return pd.DataFrame(columns=list(SCHOOL_COLUMNS))
    numbers, first = group_numbers(judged, [*GROUP, "school_code"])
    limited, outcome = judged["limit"].notna().to_numpy(), judged["outcome"].to_numpy(dtype=object)

    def count(mask: Mask) -> Whole:
        counts: Whole = np.bincount(numbers[mask & limited], minlength=len(first)).astype(np.int64)
        return counts

    met, tolerable, below, unknown = (
        count(outcome == one)
        for one in (Outcome.MET, Outcome.TOLERABLE, Outcome.NOT_MET, Outcome.NOT_ASSESSABLE)
    )
    schools = judged.iloc[first][list(SCHOOL_COLUMNS[:10])].reset_index(drop=True)
    verdict = school_outcomes(regime, met, below, unknown, count(limited))
    schools["outcome"] = pd.array(WORDS[verdict], dtype="str")
    schools["indicators_met"], schools["indicators_tolerable"] = met, tolerable
    schools["indicators_not_assessable"] = unknown
    failing = np.full(len(first), "", dtype=object)
    names = judged["indicator"].to_numpy(dtype=object)
    for row in np.flatnonzero((outcome == Outcome.NOT_MET) | (outcome == Outcome.TOLERABLE)).tolist():
        school = numbers[row]
        failing[school] = f"{failing[school]};{names[row]}" if failing[school] else names[row]
    schools["failing"] = pd.array(failing, dtype="str")
    return schools[list(SCHOOL_COLUMNS)]


def school_outcomes(regime: Regime, met: Whole, below: Whole, unknown: Whole, limited: Whole) -> Codes:
    """Codes of schools by how many of their ``limited`` values are met, below the floor and unknown."""
    verdict: Codes = np.full(len(met), UNLIMITED, dtype=np.int8)
    if regime.has_parameter("school.indicators_met_minimum"):
        needed = int(regime.parameter("school.indicators_met_minimum"))
        verdict = np.where(unknown > 0, UNKNOWN, MET).astype(np.int8)
        verdict[(below > 0) | (met + unknown < needed)] = NOT_MET
        verdict[limited == 0] = UNLIMITED
    return verdict


def display_places(regime: Regime, what: str) -> tuple[int, ...]:
    """Decimals at which rounding for print is tried: the form's and those of published texts."""
    names = (f"display.{what}_decimals", "display.borderline_decimals")
    return tuple(int(regime.parameter(name)) for name in names if regime.has_parameter(name))
