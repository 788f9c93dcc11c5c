"""How firm a verdict is: the share of plausible filing errors in a single cell that would turn it.

Three kinds of error: ``one_step`` (a cell one step higher or lower: one teacher, one pupil, 0.01 m²), ``one_percent``
(a cell 1 % higher or lower, in whole steps; cells of which 1 % is less than half a step are left out) and
``site_pupils`` (pupils of a school beside the minimum at which its kind counts, replaced by every figure from five
below to five above it). Tried are the filed cells that bear on the verdict: those of schools that count, and the
pupils of every school whose kind counts. Decision record 0034.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import Floats, Mask
from balance_analysis.explain.filed import FiledCounty
from balance_analysis.explain.filed_verdicts import Coefficient, Judged, SchoolRule
from balance_analysis.explain.variants import Exactly, Variant
from balance_analysis.measures.counted import ENROLMENT
from balance_analysis.terms import ALL_STAGES, Outcome

ONE_STEP, ONE_PERCENT, SITE_PUPILS = "one_step", "one_percent", "site_pupils"
KINDS = (ONE_STEP, ONE_PERCENT, SITE_PUPILS)
SHARE = 0.01
BESIDE_MINIMUM, REPLACED = 10, 5
"""A school within so many pupils of its minimum is taken for one beside it, and put so many below and above it."""
COLUMNS = ("subject", "stage", "indicator", "outcome", "cv", "kind", "n_errors", "n_turned", "share_turned", "cv_lowest", "cv_highest")  # fmt: skip
MET, NOT_MET, UNKNOWN = 1.0, 0.0, -1.0
"""Outcomes as numbers, so that whole columns can be combined."""
_WORDS = {MET: Outcome.MET.value, NOT_MET: Outcome.NOT_MET.value, UNKNOWN: Outcome.NOT_ASSESSABLE.value}


@dataclass
class Tally:
    """One verdict: its outcome and figure now, and what was counted under each kind of error."""

    subject: str
    stage: str
    indicator: str
    now: float
    cv: float
    errors: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    turned: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    lowest: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, float("nan")))
    highest: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, float("nan")))

    def count(self, kind: str, tried: Mask, then: Floats, figure: Floats | None = None) -> None:
        """Add the errors of one field: a turn is from met to not met or back, never to what cannot be judged."""
        self.errors[kind] += int(tried.sum())
        if self.now != UNKNOWN:
            self.turned[kind] += int((tried & (then == 1 - self.now)).sum())
        if figure is not None:
            reached = figure[tried & ~np.isnan(figure)]
            if len(reached):
                self.lowest[kind] = float(np.fmin(self.lowest[kind], reached.min()))
                self.highest[kind] = float(np.fmax(self.highest[kind], reached.max()))

    def records(self) -> Iterator[dict[str, Any]]:
        """One row per kind of error."""
        for kind in KINDS:
            errors, turned = self.errors[kind], self.turned[kind]
            judged = errors > 0 and self.now != UNKNOWN
            yield {
                "subject": self.subject,
                "stage": self.stage,
                "indicator": self.indicator,
                "outcome": _WORDS[self.now],
                "cv": self.cv,
                "kind": kind,
                "n_errors": errors,
                "n_turned": turned,
                "share_turned": turned / errors if judged else float("nan"),
                "cv_lowest": self.lowest[kind],
                "cv_highest": self.highest[kind],
            }


def perturbation(
    county: FiledCounty,
    coefficients: Sequence[Coefficient],
    rules: Mapping[str, SchoolRule],
    exactly: Exactly,
    *,
    expected_stages: Sequence[str],
) -> pd.DataFrame:
    """Return one row per verdict and kind of error.

    ``subject``: ``coefficient`` (one per stage and indicator with a limit), ``schools`` (every school of the stage
    meets its rule) and ``county`` (all of them, and a school of every stage that is expected). Columns: subject,
    stage, indicator, outcome, cv, kind, n_errors (tried), n_turned, share_turned (missing where nothing could be
    tried or the verdict cannot be judged), cv_lowest, cv_highest (of the coefficient under these errors).
    """
    verdicts = [_CoefficientVerdict(coefficient, exactly) for coefficient in coefficients]
    schools = [_SchoolsVerdict(stage, rule, exactly) for stage, rule in rules.items() if rule.schools.any()]
    parts: list[_CoefficientVerdict | _SchoolsVerdict] = [*verdicts, *schools]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    present = {part.stage for part in parts}
    absent = any(stage not in present for stage in expected_stages)
    now = [np.array([[part.tally.now]]) for part in parts]
    whole = Tally("county", ALL_STAGES, "", float(_combined(now, absent)[0, 0]), float("nan"))
    for name in county.fields:
        for kind, change in _errors(county, name):
            usable = ~np.isnan(change)
            if not usable.any():
                continue
            change = np.where(usable, change, 0.0)
            then = []
            everywhere = np.zeros(usable.shape, dtype=bool)
            for part in parts:
                if part.bears(name):
                    tried, outcome = part.after(county, name, change, usable, kind)
                    everywhere |= tried
                    then.append(np.where(tried, outcome, part.tally.now))
                else:
                    then.append(np.array([[part.tally.now]]))
            whole.count(kind, everywhere, np.broadcast_to(_combined(then, absent), usable.shape))
    tallies = [*(part.tally for part in parts), whole]
    return pd.DataFrame.from_records(
        [row for tally in tallies for row in tally.records()], columns=list(COLUMNS)
    )


def _combined(outcomes: Sequence[Floats], absent: bool) -> Floats:
    """All must be met: one failure fails, one unknown leaves it open."""
    shape = np.broadcast_shapes(*(each.shape for each in outcomes))
    failed, unknown = np.zeros(shape, dtype=bool), np.full(shape, absent)
    for each in outcomes:
        failed |= each == NOT_MET
        unknown |= each == UNKNOWN
    return np.where(failed, NOT_MET, np.where(unknown, UNKNOWN, MET))


def _errors(county: FiledCounty, name: str) -> Iterator[tuple[str, Floats]]:
    """Kinds of error in one field and the changes of each row's cell; NaN where there is no such error."""
    filed, step = county.filed(name), float(county.steps[name])
    up, down = np.full(len(filed), step), np.where(filed >= step, -step, np.nan)
    steps = np.column_stack([up, down])
    steps[np.isnan(filed)] = np.nan
    yield ONE_STEP, steps
    number = np.floor(SHARE * filed / step + 0.5)
    size = np.where(number >= 1, number * step, np.nan)
    yield ONE_PERCENT, np.column_stack([size, -size])
    stage = next((one for one in county.holdings if one.own_field == name), None)
    if name in ENROLMENT.values() and stage is not None:
        beside = (stage.minimum > 0) & (np.abs(filed - stage.minimum) <= BESIDE_MINIMUM)
        replaced = stage.minimum[:, None] + np.arange(-REPLACED, REPLACED + 1) - filed[:, None]
        yield SITE_PUPILS, np.where(beside[:, None] & (replaced != 0), replaced, np.nan)


class _CoefficientVerdict:
    """One coefficient under errors."""

    def __init__(self, coefficient: Coefficient, exactly: Exactly) -> None:
        self._coefficient, self._exactly = coefficient, exactly
        holding = coefficient.holding
        self.stage = str(holding.stage)
        outcome, cv = coefficient.now(exactly)
        self.tally = Tally("coefficient", self.stage, holding.indicator.id, _number(outcome), cv)

    def bears(self, name: str) -> bool:
        """Whether cells of this field can matter."""
        return name in self._coefficient.holding.fields

    def after(
        self, county: FiledCounty, name: str, change: Floats, usable: Mask, kind: str
    ) -> tuple[Mask, Floats]:
        """Which errors bear on the coefficient, and its outcome after each."""
        holding = self._coefficient.holding
        after = holding.after(name, change)
        counts = holding.counted[holding.school][:, None] | after.counted | (name == holding.own_field)
        tried = usable & holding.moves(name)[:, None] & counts
        judged = self._coefficient.judge(after)
        then = _outcomes(judged)
        for cells, variants in _unclear(county, name, change, tried & judged.unclear):
            answers = self._exactly.coefficients(variants, holding.key, self._coefficient.limit)
            then[cells] = [_number(answer) for answer in answers]
        self.tally.count(kind, tried, then, judged.figure)
        return tried, then


class _SchoolsVerdict:
    """The rule of all schools of a stage under errors in one school's cells."""

    def __init__(self, stage: str, rule: SchoolRule, exactly: Exactly) -> None:
        self.stage, self._rule, self._exactly = stage, rule, exactly
        self._school = rule.holdings[0].school
        now = _outcomes(rule.now)[:, 0]
        counted = rule.schools[self._school]
        first = np.unique(self._school, return_index=True)[1]
        inside = first[counted[first]]
        self._failing, self._unknown = (
            np.bincount(self._school[inside], weights=now[inside] == state, minlength=len(rule.schools))
            for state in (NOT_MET, UNKNOWN)
        )
        outcome = NOT_MET if self._failing.any() else UNKNOWN if self._unknown.any() else MET
        self.tally = Tally("schools", stage, "", outcome, float("nan"))

    def bears(self, name: str) -> bool:
        """Whether cells of this field can matter."""
        return self._rule.bears(name)

    def after(
        self, county: FiledCounty, name: str, change: Floats, usable: Mask, kind: str
    ) -> tuple[Mask, Floats]:
        """Which errors bear on the rule, and the outcome of all schools after each."""
        judged = self._rule.judge(name, change)
        counted = judged.counted
        moved = [holding.moves(name) for holding in self._rule.holdings if name in holding.fields]
        own = name == self._rule.holdings[0].own_field
        counts = self._rule.schools[self._school][:, None] | counted | own
        tried = usable & np.logical_or.reduce(moved)[:, None] & counts
        then = _outcomes(judged)
        for cells, variants in _unclear(county, name, change, tried & judged.unclear):
            answers = self._exactly.schools(variants, self.stage, self._rule.lines, self._rule.required)
            then[cells] = [_number(answer) for answer in answers]
        others_failing = (self._failing.sum() - self._failing)[self._school][:, None]
        others_unknown = (self._unknown.sum() - self._unknown)[self._school][:, None]
        others = (int(self._rule.schools.sum()) - self._rule.schools)[self._school][:, None]
        failed = (others_failing > 0) | (counted & (then == NOT_MET))
        unknown = (others_unknown > 0) | (counted & (then == UNKNOWN)) | (others + counted == 0)
        whole: Floats = np.where(failed, NOT_MET, np.where(unknown, UNKNOWN, MET))
        self.tally.count(kind, tried, whole)
        return tried, whole


def _number(outcome: bool | None) -> float:
    return UNKNOWN if outcome is None else float(outcome)


def _outcomes(judged: Judged) -> Floats:
    result: Floats = np.where(judged.known, judged.holds.astype(np.float64), UNKNOWN)
    return result


def _unclear(
    county: FiledCounty, name: str, change: Floats, unclear: Mask
) -> Iterator[tuple[tuple[Any, Any], list[Variant]]]:
    """The cells in which floats cannot tell, with what is to be asked of the measure; nothing where there are none."""
    row, column = np.nonzero(unclear)
    if len(row):
        step = county.steps[name]
        numbers = np.rint(change[row, column] / float(step)).astype(np.int64)
        variants = [(int(one), name, Fraction(int(k)) * step) for one, k in zip(row, numbers, strict=True)]
        yield (row, column), variants
