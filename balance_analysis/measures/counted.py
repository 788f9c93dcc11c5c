"""THE scope and campus merge: which filed rows make one school, and which schools and stages a regime counts.

A campus 不计校数 belongs to its main school, numerators and pupils alike; a stage counts where the regime's scope names
it for the type of the main school, its sponsor is counted and its pupils, campuses included, reach the minimum.
Everything is kept by columns: one entry per filed row, or one per school. Source: regulation §3.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from balance_analysis.exact import Floats, Mask, Objects, Whole, as_filed
from balance_analysis.measures.grouping import coded, group_numbers, numbered, positions
from balance_analysis.regimes.model import Regime
from balance_analysis.resources import without_pupils
from balance_analysis.terms import SchoolType, Sponsor, Stage

ENROLMENT = {stage: f"{stage}_enrolment" for stage in Stage}
SPONSOR_CODE = "sponsor_type"
SCOPE_COLUMNS = ("school_type", "sponsor", SPONSOR_CODE)
"""What a scope asks of a school besides its pupils."""
LARGEST_CLASS = "largest_class_size"
VALUES_GIVEN = "values_given"
"""Column that marks a row whose values were filed already computed (form Ⅱ-2): neither merged nor cut by scope."""
NOT_ADDED = {"school_year", "built_year", "source_row", LARGEST_CLASS, VALUES_GIVEN}
"""Numbers of a row that do not add up over campuses; those of one stage do not either where there are no pupils."""

WITH_SENIOR_STAGE = (SchoolType.COMPLETE_SECONDARY, SchoolType.TWELVE_YEAR)
SENIOR_ENROLMENT = "senior_secondary_enrolment"

ATTACHED_STAGE, ATTACHED_CLASSES = "attached_stage", "attached_classes"
"""The column that names the stage of attached classes, and the choice that may leave them out."""
ATTACHED_OUTSIDE = "attached_outside"

TYPE_OUTSIDE, SPONSOR_OUTSIDE, TOO_SMALL = "type_outside", "sponsor_outside", "too_small"
LEVEL_OUTSIDE = "sponsor_level_outside"
"""Why a school or a stage of it is not counted, in the order in which it is asked."""


class ScopeRules(NamedTuple):
    """Schools by what a scope says: type, sponsor and sponsor's level counted, sponsor asked for and blank, minimum."""

    of_type: Mask
    of_sponsor: Mask
    of_level: Mask
    unknown: Mask
    minimum: Floats


@dataclass(frozen=True)
class CountedSchools:
    """Filed rows joined into schools.

    ``rows`` are the rows with a school code and year, in file order, at the positions ``filed`` of the frame that was
    given; ``school`` gives each the number of its school (in order of first appearance) and ``head`` each school the
    position of its own row within ``rows``.
    """

    rows: pd.DataFrame
    filed: Whole
    school: Whole
    head: Whole
    regime: Regime
    read: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)

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
        given = self.given[self.head]
        return {
            stage: at_any_size & ((self.pupils[stage] >= self._rules[stage].minimum[self._kind[0]]) | given)
            for stage, at_any_size in self.counts_at_any_size.items()
        }

    @cached_property
    def counts_at_any_size(self) -> Mapping[Stage, Mask]:
        """Schools whose stage would be counted if no minimum of pupils were asked for."""
        found = {}
        for stage in Stage:
            rules = self._rules[stage]
            inside = (rules.of_type & rules.of_sponsor & rules.of_level)[self._kind[0]]
            found[stage] = (
                (inside | self.given[self.head]) & (self.pupils[stage] > 0) & ~self.attached_out[stage]
            )
        return found

    @cached_property
    def attached_out(self) -> Mapping[Stage, Mask]:
        """Schools whose pupils of a stage are in attached classes (附设班) that the regime's choice leaves out."""
        if ATTACHED_STAGE not in self.rows or not self.regime.has_choice(ATTACHED_CLASSES, "off"):
            return {stage: np.zeros(self.number, dtype=bool) for stage in Stage}
        filed = self.of_heads(ATTACHED_STAGE)
        return {stage: filed == str(stage) for stage in Stage}

    @cached_property
    def sponsor_unknown(self) -> Mapping[Stage, Mask]:
        """Schools whose stage is counted only if they have the right sponsor, which they left blank."""
        return {
            stage: self.counts[stage] & self._rules[stage].unknown[self._kind[0]] & ~self.given[self.head]
            for stage in Stage
        }

    def total(self, amounts: Floats) -> Floats:
        """Whole numbers (or floats) of rows added up by school."""
        found: Floats = np.bincount(self.school, weights=amounts, minlength=self.number).astype(np.float64)
        return found

    def any(self, mask: Mask) -> Mask:
        """Schools of which some row is in the mask."""
        found: Mask = np.bincount(self.school[mask], minlength=self.number) > 0
        return found

    def of_heads(self, name: str) -> np.ndarray[Any, Any]:
        """A column's entries in the schools' own rows, as objects; None where the column is absent."""
        if name not in self.rows:
            return np.full(self.number, None, dtype=object)
        return self.rows[name].to_numpy(dtype=object)[self.head]

    def why_not(self, stage: Stage) -> np.ndarray[Any, Any]:
        """Per school the reason why its pupils of the stage are not counted; empty where they are or there are none."""
        rules = self.scope_rules(stage)
        reason = np.full(self.number, "", dtype=object)
        pupils = self.pupils[stage]
        reason[(pupils < rules.minimum)] = TOO_SMALL
        reason[~rules.of_level] = LEVEL_OUTSIDE
        reason[~rules.of_sponsor] = SPONSOR_OUTSIDE
        reason[~rules.of_type] = TYPE_OUTSIDE
        reason[self.attached_out[stage]] = ATTACHED_OUTSIDE
        reason[(pupils == 0) | self.given[self.head]] = ""
        return reason

    def floats(self, name: str) -> Floats:
        """A filed column as floats, NaN where blank or absent; not to be written to."""
        if name not in self.read:
            if name not in self.rows:
                return np.full(len(self.rows), np.nan)
            column = self.rows[name]
            if column.dtype == np.float64:
                self.read[name] = column.to_numpy()
            else:
                self.read[name] = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return self.read[name]

    def scope_rules(self, stage: Stage) -> ScopeRules:
        """What the regime's scope says of each school."""
        rules, kind = self._rules[stage], self._kind[0]
        return ScopeRules(
            rules.of_type[kind],
            rules.of_sponsor[kind],
            rules.of_level[kind],
            rules.unknown[kind],
            rules.minimum[kind],
        )

    @cached_property
    def _kind(self) -> tuple[Whole, Whole]:
        """The number of each school among the kinds that a scope can tell apart, and a row of each kind."""
        kinds, first = group_numbers(self.rows, [name for name in SCOPE_COLUMNS if name in self.rows])
        return kinds[self.head], first

    @cached_property
    def _rules(self) -> Mapping[Stage, ScopeRules]:
        """What the scope says of each kind of school."""
        listed = self.rows.reindex(columns=list(SCOPE_COLUMNS)).iloc[self._kind[1]]
        types, sponsors, codes = (_plain(listed[name]) for name in SCOPE_COLUMNS)
        return {stage: _scope_of(self.regime, stage, types, sponsors, codes) for stage in Stage}


def _scope_of(regime: Regime, stage: Stage, types: Objects, sponsors: Objects, codes: Objects) -> ScopeRules:
    """What the scope says of schools with these types, sponsors and codes of sponsors."""
    said, coded = (
        np.array([isinstance(one, str) and one != "" for one in column], dtype=bool)
        for column in (sponsors, codes)
    )
    of_type, of_sponsor, unknown = (np.zeros(len(types), dtype=bool) for _ in range(3))
    of_level: Mask = np.ones(len(types), dtype=bool)
    minimum: Floats = np.zeros(len(types))
    for entry in regime.scope:
        if stage in entry.stages:
            mine, excluded = types == entry.school_type, entry.excluded_sponsor_codes
            of_type |= mine
            of_sponsor |= mine & (~said | np.isin(sponsors.astype(str), [str(one) for one in entry.sponsors]))
            of_level &= ~(mine & coded & np.isin(codes.astype(str), list(excluded)))
            minimum[mine] = float(entry.minimum_enrolment)
            if excluded or set(entry.sponsors) != set(Sponsor):
                unknown |= mine & (~said | (~coded & bool(excluded)))
    return ScopeRules(of_type, of_sponsor, of_level, unknown & of_sponsor, minimum)


def may_have_seniors(schools: pd.DataFrame) -> Mask:
    """Rows with senior pupils; also those of a type with a senior stage that left their number blank."""
    filed = schools.reindex(columns=[SENIOR_ENROLMENT, "school_type"])
    pupils = filed[SENIOR_ENROLMENT].to_numpy(np.float64, na_value=np.nan)
    of_type = filed["school_type"].isin([str(kind) for kind in WITH_SENIOR_STAGE]).to_numpy(dtype=bool)
    found: Mask = (pupils > 0) | (of_type & np.isnan(pupils))
    return found


def count_schools(schools: pd.DataFrame, regime: Regime, *, merge_campuses: bool = True) -> CountedSchools:
    """Join filed rows into schools (any number of counties and years).

    ``schools`` has the fields of the own template. Rows without school code or year are left out. A campus whose
    main school is not in the same county and year stands for itself. What a campus without any pupils has (a sports
    ground) is added to the row of its main school, whatever ``merge_campuses`` says, and its own row is left out.
    """
    usable = (schools["school_year"].notna() & schools["school_code"].notna()).to_numpy(dtype=bool)
    filed: Whole = np.flatnonzero(usable)
    rows = _those(schools, usable)
    place = group_numbers(rows, ["division_code", "school_year"])[0]
    codes, known = coded(rows["school_code"])
    key = place * len(known) + codes
    number, row_of = numbered(key)
    apart = (rows["counted_as_school"] == False).to_numpy(dtype=bool, na_value=False)  # noqa: E712
    if VALUES_GIVEN in rows:
        apart = apart & (rows[VALUES_GIVEN] != 1).to_numpy(dtype=bool)
    kept: Mask = np.ones(len(rows), dtype=bool)
    if apart.any():
        away = np.flatnonzero(apart)
        mains, named = coded(rows["main_school_code"].iloc[away])
        code = mains
        if named is not known:  # texts with numbers of their own
            code = np.append(pd.Index(_plain(known)).get_indexer(pd.Index(_plain(named))), -1)[mains]
        main = positions(key.take(row_of), place[away] * len(known) + code)
        exists = (code >= 0) & (main >= 0)
        away, main = away[exists], main[exists]
        to = row_of[main]
        joined = _empty(rows, away) & ~_empty(rows, to)
        moved = joined | merge_campuses
        number = number.copy()
        number[away[moved]] = main[moved]
        if joined.any():
            kept[away[joined]] = False
            rows = _added_to_main(rows, away[joined], to[joined])
    school, first = numbered(number)
    head: Whole = (np.cumsum(kept) - 1)[row_of[number[first]]]
    return CountedSchools(_those(rows, kept), filed[kept], school[kept], head, regime)


def _empty(rows: pd.DataFrame, chosen: Whole) -> Mask:
    """:func:`without_pupils` of the rows at these positions."""
    asked = rows.reindex(columns=["school_type", *ENROLMENT.values(), SENIOR_ENROLMENT]).iloc[chosen]
    some = asked.iloc[:, 1:].to_numpy(np.float64, na_value=np.nan) > 0
    found: Mask = ~np.logical_or.reduce(some, axis=1)
    if found.any():
        found[found] = without_pupils(asked[found])
    return found


def _plain(texts: Any) -> Objects:
    return np.asarray(texts, dtype=object)


def _those(rows: pd.DataFrame, kept: Mask) -> pd.DataFrame:
    """The rows that are kept, numbered anew; not copied where all are."""
    return (rows if kept.all() else rows[kept]).reset_index(drop=True)


def _added_to_main(rows: pd.DataFrame, away: Whole, to: Whole) -> pd.DataFrame:
    """The rows, with what those at ``away`` have for the whole campus added to those at ``to``.

    Amounts are added as the decimals that were filed. A blank adds nothing; a blank of the main school stays blank.
    """
    whole = rows.copy()
    of_stage = tuple(f"{stage}_" for stage in (*Stage, "senior_secondary"))
    for name in rows.select_dtypes("number").columns:
        if str(name) in NOT_ADDED or str(name).startswith(of_stage):
            continue
        figures = rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
        sums = {int(row): as_filed(float(figures[row])) for row in to if not np.isnan(figures[row])}
        for row, campus in zip(to.tolist(), away.tolist(), strict=True):
            if row in sums and not np.isnan(figures[campus]):
                sums[row] += as_filed(float(figures[campus]))
        changed = figures.copy()
        changed[list(sums)] = [float(amount) for amount in sums.values()]
        whole[name] = changed
    return whole
