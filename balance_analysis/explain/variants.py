"""Asked of the measure itself: what a verdict is, in fractions, if one filed cell were another.

Where floats come too close to a limit the changed campus goes through
:func:`balance_analysis.measures.indicators.stage_columns` with its school, and fractions decide. A *variant* is
(row, field, change), rows numbered as in :class:`balance_analysis.explain.filed.FiledCounty`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from balance_analysis.exact import Number, Whole, as_filed, total_in_pairs
from balance_analysis.explain.filed import FiledCounty
from balance_analysis.measures.campuses import Members, members_of
from balance_analysis.measures.counted import CountedSchools
from balance_analysis.measures.indicators import columns_of
from balance_analysis.terms import Stage

Variant = tuple[int, str, Fraction]
Key = tuple[str, str]
Held = dict[int, tuple[Fraction, Fraction | None]]
"""School → its pupils and its value, None where something is missing."""


@dataclass(frozen=True)
class Exactly:
    """Exact verdicts about variants of one county."""

    county: FiledCounty

    @cached_property
    def _rows_of(self) -> list[Whole]:
        school = self.county.counted.school
        order = np.argsort(school, kind="stable")
        return np.split(order, np.cumsum(np.bincount(school))[:-1])

    @cached_property
    def _now(self) -> dict[Key, Held]:
        return {}

    def held_now(self, key: Key) -> Held:
        """What every school holds as it is."""
        if key not in self._now:
            self._now[key] = dict(_held(self._members, {key}))[key]
        return self._now[key]

    @cached_property
    def _members(self) -> list[Members]:
        return [members_of(self.county.counted, stage) for stage in Stage]

    @cached_property
    def _sums_now(self) -> dict[Key, tuple[Fraction, Fraction, Fraction]]:
        return {}

    def _sums(self, key: Key) -> tuple[Fraction, Fraction, Fraction]:
        if key not in self._sums_now:
            terms = [_terms(*held) for held in self.held_now(key).values()]
            columns = [total_in_pairs([term[part] for term in terms]) for part in range(3)]
            self._sums_now[key] = (columns[0], columns[1], columns[2])
        return self._sums_now[key]

    def held(self, variants: Sequence[Variant], wanted: Collection[Key]) -> dict[Key, Held]:
        """What the changed school of each variant holds (absent: it does not count), by number of the variant."""
        counted = self.county.counted
        parts = [self._rows_of[counted.school[row]] for row, _, _ in variants]
        sizes = [len(part) for part in parts]
        taken = np.concatenate(parts)
        rows = counted.rows.take(taken).reset_index(drop=True)
        start = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        head, cells = start.copy(), dict[str, list[tuple[int, float]]]()
        for number, (row, field, change) in enumerate(variants):
            place = start[number] + int(np.flatnonzero(parts[number] == row)[0])
            own = counted.head[counted.school[row]]
            head[number] = start[number] + int(np.flatnonzero(parts[number] == own)[0])
            filed = as_filed(float(self.county.filed(field)[row]))
            cells.setdefault(field, []).append((place, float(filed + change)))
        for field, changed_to in cells.items():
            column = rows[field].to_numpy(dtype=np.float64, na_value=np.nan).copy()
            column[[place for place, _ in changed_to]] = [figure for _, figure in changed_to]
            rows[field] = column
        of = np.repeat(np.arange(len(parts)), sizes)
        changed = CountedSchools(rows, counted.filed[taken], of, head, counted.regime)
        stages = [stage for stage in Stage if any(key[0] == stage for key in wanted)]
        return dict(_held([members_of(changed, stage) for stage in stages], wanted))

    def coefficients(self, variants: Sequence[Variant], key: Key, limit: Number) -> list[bool | None]:
        """Whether the coefficient keeps its limit in each variant; None where it is not assessable."""
        changed, now = self.held(variants, {key})[key], self.held_now(key)
        totals, factor = self._sums(key), 1 + as_filed(limit) ** 2
        answers: list[bool | None] = []
        for number, (row, _, _) in enumerate(variants):
            school = int(self.county.counted.school[row])
            before = now.get(school)
            after = changed.get(number)
            others = len(now) - (before is not None)
            blanks = sum(value is None for held, (_, value) in now.items() if held != school)
            minus = _terms(*before) if before is not None else (Fraction(0),) * 3
            plus = _terms(*after) if after is not None else (Fraction(0),) * 3
            if blanks or (after is not None and after[1] is None) or others + (after is not None) < 2:
                answers.append(None)
                continue
            pupils, resource, squares = (a - b + c for a, b, c in zip(totals, minus, plus, strict=True))
            answers.append(pupils * squares <= factor * resource**2 if resource else None)
        return answers

    def schools(
        self,
        variants: Sequence[Variant],
        stage: str,
        lines: Mapping[str, tuple[Number, Number]],
        required: int,
    ) -> list[bool | None]:
        """Whether the changed school keeps the rule at a stage; None where it is not assessable or does not count.

        ``lines`` are limit and floor by indicator.
        """
        changed = self.held(variants, {(stage, indicator) for indicator in lines})
        answers: list[bool | None] = []
        for number in range(len(variants)):
            met = below = unknown = 0
            absent = False
            for indicator, (limit, floor) in lines.items():
                held = changed[stage, indicator].get(number)
                if held is None:
                    absent = True
                elif held[1] is None:
                    unknown += 1
                else:
                    met += held[1] >= as_filed(limit)
                    below += held[1] < as_filed(floor)
            fails = below > 0 or met + unknown < required
            answers.append(None if absent or (unknown and not fails) else not fails)
        return answers


def _held(members: Sequence[Members], wanted: Collection[Key]) -> Iterator[tuple[Key, Held]]:
    for block in (block for of_stage in members for block in columns_of(of_stage, wanted)):
        pupils = (as_filed(float(each)) for each in block.enrolment)
        own = zip(block.school.tolist(), zip(pupils, block.exact(), strict=True), strict=True)
        yield (str(block.stage), block.indicator.id), dict(own)


def _terms(pupils: Fraction, value: Fraction | None) -> tuple[Fraction, Fraction, Fraction]:
    """What a school adds to the sums of n, r and r²/n."""
    known = Fraction(0) if value is None else value
    return pupils, known * pupils, known * known * pupils
