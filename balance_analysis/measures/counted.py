"""THE scope and campus merge: which filed rows make one school, and which schools and stages a regime counts.

A campus 不计校数 belongs to its main school, numerators and pupils alike; a stage counts where the regime's scope names
it for the type of the main school, its sponsor is counted and its pupils, campuses included, reach the minimum.
Everything is kept by columns: one entry per filed row, or one per school. Source: regulation §3.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import Decimals, Floats, Mask, Whole
from balance_analysis.measures.grouping import group_numbers
from balance_analysis.regimes.model import Regime
from balance_analysis.terms import Stage

ENROLMENT = {stage: f"{stage}_enrolment" for stage in Stage}
VALUES_GIVEN = "values_given"
"""Column that marks a row whose values were filed already computed (form Ⅱ-2): neither merged nor cut by scope."""

TYPE_OUTSIDE, SPONSOR_OUTSIDE, TOO_SMALL = "type_outside", "sponsor_outside", "too_small"
"""Why a school or a stage of it is not counted, in the order in which it is asked."""


@dataclass(frozen=True)
class CountedSchools:
    """Filed rows joined into schools.

    ``rows`` are the rows with a school code and year, in file order; ``school`` gives each the number of its school
    (in order of first appearance within ``rows``) and ``head`` each school the position of its own row.
    """

    rows: pd.DataFrame
    school: Whole
    head: Whole
    regime: Regime

    @property
    def number(self) -> int:
        """How many schools there are, counted or not."""
        return len(self.head)

    @cached_property
    def given(self) -> Mask:
        """Rows that hold values instead of numerators."""
        if VALUES_GIVEN not in self.rows:
            return np.zeros(len(self.rows), dtype=bool)
        found: Mask = (self.rows[VALUES_GIVEN] == 1).to_numpy(dtype=bool)
        return found

    @cached_property
    def has_pupils(self) -> Mapping[Stage, Mask]:
        """Rows with pupils of a stage."""
        return {stage: self.floats(ENROLMENT[stage]) > 0 for stage in Stage}

    @cached_property
    def pupils(self) -> Mapping[Stage, Floats]:
        """Pupils of each school by stage, campuses included; blank rows are no pupils."""
        filed = {
            stage: np.where(self.has_pupils[stage], self.floats(ENROLMENT[stage]), 0.0) for stage in Stage
        }
        return {stage: self.total(filed[stage]) for stage in Stage}

    @cached_property
    def counts(self) -> Mapping[Stage, Mask]:
        """Schools whose stage is counted."""
        return {stage: self._scope(stage)[1] for stage in Stage}

    @cached_property
    def counts_at_any_size(self) -> Mapping[Stage, Mask]:
        """Schools whose stage would be counted if no minimum of pupils were asked for."""
        return {stage: self._scope(stage)[0] for stage in Stage}

    def column(self, name: str) -> Decimals:
        """A filed column as exact numbers, one per row; nothing filed where the column is absent."""
        return Decimals.of(self.floats(name))

    def total(self, amounts: Floats) -> Floats:
        """Whole numbers (or floats) of rows added up by school."""
        found: Floats = np.bincount(self.school, weights=amounts, minlength=self.number).astype(np.float64)
        return found

    def any(self, mask: Mask) -> Mask:
        """Schools of which some row is in the mask."""
        found: Mask = np.bincount(self.school[mask], minlength=self.number) > 0
        return found

    def of_heads(self, name: str, default: object = None) -> np.ndarray[Any, Any]:
        """A column's entries in the schools' own rows, as objects; ``default`` where the column is absent."""
        if name not in self.rows:
            return np.full(self.number, default, dtype=object)
        return self.rows[name].to_numpy(dtype=object)[self.head]

    def why_not(self, stage: Stage) -> np.ndarray[Any, Any]:
        """Per school the reason why its pupils of the stage are not counted; empty where they are or there are none."""
        of_type, of_sponsor, minimum = self.scope_rules(stage)
        reason = np.full(self.number, "", dtype=object)
        pupils = self.pupils[stage]
        reason[(pupils < minimum) & of_type & of_sponsor] = TOO_SMALL
        reason[of_type & ~of_sponsor] = SPONSOR_OUTSIDE
        reason[~of_type] = TYPE_OUTSIDE
        reason[(pupils == 0) | self.given[self.head]] = ""
        return reason

    def floats(self, name: str) -> Floats:
        """A filed column as floats, NaN where blank or absent."""
        if name not in self.rows:
            return np.full(len(self.rows), np.nan)
        return self.rows[name].to_numpy(dtype=np.float64, na_value=np.nan)

    def scope_rules(self, stage: Stage) -> tuple[Mask, Mask, Floats]:
        """Whether a school's type and its sponsor are counted, and from how many pupils."""
        types, sponsors = self.of_heads("school_type"), self.of_heads("sponsor")
        of_type: Mask = np.zeros(self.number, dtype=bool)
        of_sponsor: Mask = np.zeros(self.number, dtype=bool)
        minimum: Floats = np.zeros(self.number)
        said = np.array([isinstance(sponsor, str) for sponsor in sponsors], dtype=bool)
        for entry in self.regime.scope:
            if stage in entry.stages:
                mine = types == entry.school_type
                of_type |= mine
                of_sponsor |= mine & (
                    ~said | np.isin(sponsors.astype(str), [str(one) for one in entry.sponsors])
                )
                minimum[mine] = float(entry.minimum_enrolment)
        return of_type, of_sponsor, minimum

    def _scope(self, stage: Stage) -> tuple[Mask, Mask]:
        of_type, of_sponsor, minimum = self.scope_rules(stage)
        given = self.given[self.head]
        pupils = self.pupils[stage]
        inside = ((of_type & of_sponsor) | given) & (pupils > 0)
        return inside, inside & ((pupils >= minimum) | given)


def count_schools(schools: pd.DataFrame, regime: Regime, *, merge_campuses: bool = True) -> CountedSchools:
    """Join filed rows into schools (any number of counties and years).

    ``schools`` has the fields of the own template. Rows without school code or year are left out. A campus whose
    main school is not in the same county and year stands for itself.
    """
    usable = schools["school_year"].notna() & schools["school_code"].notna()
    rows = schools[usable].reset_index(drop=True)
    place = group_numbers(rows, ["division_code", "school_year"])[0]
    codes, known = pd.factorize(rows["school_code"])
    own = place * len(known) + codes
    apart = (rows["counted_as_school"] == False).to_numpy(dtype=bool, na_value=False)  # noqa: E712
    if VALUES_GIVEN in rows:
        apart = apart & (rows[VALUES_GIVEN] != 1).to_numpy(dtype=bool)
    key = own.copy()
    if apart.any() and merge_campuses:
        away = np.flatnonzero(apart)
        named = pd.Index(known).get_indexer(pd.Index(rows["main_school_code"].iloc[away]))
        main = place[away] * len(known) + named
        exists = (named >= 0) & np.isin(main, own)
        key[away[exists]] = main[exists]
    school, keys = pd.factorize(key)
    order = np.argsort(own, kind="stable")
    head: Whole = order[np.searchsorted(own[order], keys)]
    return CountedSchools(rows, school.astype(np.int64), head, regime)
