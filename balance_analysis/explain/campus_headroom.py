"""Headroom of schools whose campuses split what they share differently: solved per campus.

A pupil who comes to a nine-year campus takes some of its rooms from the other stage, one who comes to a campus of one
stage does not. The headroom of such a school is the smallest over its campuses (its rule may fail wherever pupils
come); a school that fails already states the campus at which the fewest pupils less would do. Decision record 0034.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import Whole, as_filed
from balance_analysis.explain.cells import Exact
from balance_analysis.explain.filed import FiledCounty, Holding
from balance_analysis.explain.filed_verdicts import SchoolRule
from balance_analysis.explain.school_rules import FLOOR, LIMIT
from balance_analysis.explain.turning import crossed_lines, smallest_changes
from balance_analysis.explain.variants import Exactly

Found = dict[int, tuple[int, int]]
"""School → pupils that may come (negative: must go), and the row of the campus."""


@dataclass(frozen=True)
class CampusHeadroom:
    """Figures of the merged schools of one county and year; ``rules`` are those of its stages."""

    county: FiledCounty
    rules: Mapping[str, SchoolRule]
    exactly: Exactly

    def fill_schools(self, frame: pd.DataFrame) -> None:
        """State ``indicator_headroom``, what binds and ``campus`` of merged schools in a headroom frame."""
        for stage, rule in self.rules.items():
            found = self._pupils(stage, rule)
            of_stage = np.flatnonzero((frame["stage"] == stage).to_numpy())
            places = self._places(frame, of_stage, found)
            turned = {
                place: (found[school][1], rule.holdings[0].own_field, self._turning(found[school][0]))
                for place, school in places.items()
            }
            crossed = crossed_lines(self.county, rule, turned)
            known = set(frame.index[frame["indicator_headroom"].notna()])
            for place, school in places.items():
                if place not in known:
                    continue
                frame.at[place, "indicator_headroom"] = found[school][0]
                frame.at[place, "campus"] = self._codes[found[school][1]]
                if place in crossed:
                    frame.at[place, "binding_indicator"] = crossed[place]["indicator"]
                    frame.at[place, "binding_line"] = crossed[place]["line"]

    def fill_indicators(self, frame: pd.DataFrame, sizes: Exact) -> None:
        """State pupils, slack and units to the lines of merged schools in an indicator headroom frame."""
        known = {name: frame[f"pupils_to_{name}"].notna().to_numpy() for name in (LIMIT, FLOOR)}
        filled: dict[str, dict[Any, Any]] = {}
        of_key = frame.groupby(["stage", "indicator"]).indices
        for stage, rule in self.rules.items():
            for holding in rule.holdings:
                indicator = holding.indicator.id
                rows = np.asarray(of_key.get((stage, indicator), ()), dtype=np.int64)
                limit, floor = rule.lines[indicator]
                for name, line in ((LIMIT, limit), (FLOOR, floor)):
                    one = SchoolRule((holding,), {indicator: (line, line)}, 1)
                    found = self._pupils(stage, one)
                    for place, school in self._places(frame, rows[known[name][rows]], found).items():
                        pupils, row = found[school]
                        slack = self._slack(holding, school, line)
                        filled.setdefault(f"pupils_to_{name}", {})[place] = pupils
                        filled.setdefault(f"slack_to_{name}", {})[place] = float(slack)
                        filled.setdefault(f"units_to_{name}", {})[place] = slack // sizes[place]
                        if name == LIMIT:
                            filled.setdefault("campus", {})[place] = self._codes[row]
        for column, entries in filled.items():
            frame.loc[list(entries), column] = list(entries.values())

    @staticmethod
    def _turning(headroom: int) -> int:
        """The change of pupils that turns the rule: one more than may come, or as many fewer as must go."""
        return headroom + 1 if headroom >= 0 else headroom

    @cached_property
    def _codes(self) -> list[str]:
        return [str(code) for code in self.county.counted.rows["school_code"]]

    @cached_property
    def _heads(self) -> dict[str, int]:
        return {str(code): school for school, code in enumerate(self.county.counted.of_heads("school_code"))}

    def _places(self, frame: pd.DataFrame, rows: Whole, found: Found) -> dict[int, int]:
        """Places (of these rows of a frame) of the schools that were solved for: place → school."""
        codes, index = frame["school_code"].to_numpy(dtype=object)[rows], frame.index.to_numpy()[rows]
        numbers = zip(index.tolist(), (self._heads.get(str(code), -1) for code in codes), strict=True)
        return {place: school for place, school in numbers if school in found}

    @cached_property
    def _merged(self) -> dict[str, Whole]:
        """Rows of each stage that are campuses, with pupils, of schools in which some campus shares with another stage."""
        rows: dict[str, Whole] = {}
        for stage, rule in self.rules.items():
            shared = [holding for holding in self.county.holdings if holding.stage == stage and holding.split]
            own = rule.holdings[0]
            present = own.pupils > 0
            several = np.bincount(own.school[present], minlength=own.number) > 1
            splits = np.zeros(own.number, dtype=bool)
            for holding in shared:
                splits[holding.school[present & (holding.base != holding.pupils)]] = True
            rows[stage] = np.flatnonzero(present & (several & splits & own.counted)[own.school])
        return rows

    def _pupils(self, stage: str, rule: SchoolRule) -> Found:
        """Pupils that may come to, or must leave, one campus; minus all pupils where fewer at one campus do not help."""
        rows = self._merged[stage]
        if not len(rows):
            return {}
        holding = rule.holdings[0]
        judged = rule.now
        owner: Whole = np.full(len(holding.school), -1)
        owner[rows] = rows
        clear = np.where(judged.known[:, 0], judged.holds[:, 0].astype(np.float64), np.nan)
        unclear = [row for row in rows.tolist() if judged.unclear[row, 0]]
        if unclear:
            variants = [(row, holding.own_field, Fraction(0)) for row in unclear]
            answers = self.exactly.schools(variants, stage, rule.lines, rule.required)
            clear[unclear] = [np.nan if answer is None else float(answer) for answer in answers]
        turned = smallest_changes(
            self.county, [holding.own_field], rule.roots, rule.judge, clear, owner,
            partial(self.exactly.schools, stage=stage, lines=rule.lines, required=rule.required),
            direction=np.where(clear == 1, 1.0, -1.0),
        )  # fmt: skip
        found: Found = {}
        for row in rows.tolist():
            if np.isnan(clear[row]):
                continue
            school, meets = int(holding.school[row]), clear[row] == 1
            pupils = -int(holding.of_school[0][school])
            if row in turned:
                pupils = turned[row][2] - 1 if meets else turned[row][2]
            before = found.get(school)
            if before is None or (pupils < before[0] if meets else pupils > before[0]):
                found[school] = pupils, row
        return found

    def _slack(self, holding: Holding, school: int, line: Fraction) -> Fraction:
        """Amount that may go (negative: is lacking) at the campus where a unit of it counts most."""
        key = holding.key
        pupils, value = self.exactly.held_now(key)[school]
        if value is None:
            raise ValueError(f"no value of {key} at school {school}")
        worth = []
        for row in self._merged[key[0]][holding.school[self._merged[key[0]]] == school].tolist():
            scale, own, base = (
                as_filed(float(column[row])) for column in (holding.scale, holding.pupils, holding.base)
            )
            worth.append(scale * own / base if holding.split else scale)
        return (value - line) * pupils / max(worth)
