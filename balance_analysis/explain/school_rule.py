"""A school's rule in exact fractions: so many indicators at their limit, the others not below their floor.

Value after k more pupils and m units less: S·w·(A − m) / (D + w·k), with amount A, scale S, stage weight w
and weighted pupils D. Everything here is solved for k or m as a whole number with exact fractions, so that a
school at exactly 3.57 = 4.2 × 0.85 is where the rule says it is. Limits, floors and the number required come
from the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Literal

import pandas as pd

from balance_analysis.exact import as_filed

Line = Literal["limit", "floor"]


@dataclass(frozen=True)
class FiledIndicator:
    """One indicator of one school as filed; ``rate`` is scale × stage weight, ``floor`` may be absent."""

    indicator: str
    rate: Fraction
    amount: Fraction
    pupils: Fraction
    divisor: Fraction
    weight: Fraction
    limit: Fraction
    floor: Fraction | None

    @property
    def value(self) -> Fraction:
        """The indicator's value, exactly."""
        return self.rate * self.amount / self.divisor

    def line(self, name: Line) -> Fraction | None:
        """Return the limit or the floor."""
        return self.limit if name == "limit" else self.floor

    def pupils_to(self, line: Fraction) -> int:
        """Pupils that may come before the value falls below ``line``; negative: so many too many now."""
        return floor((self.rate * self.amount / line - self.divisor) / self.weight)

    def slack_to(self, line: Fraction) -> Fraction:
        """Amount that may go before the value falls below ``line``; negative: so much is lacking."""
        return self.amount - line * self.divisor / self.rate


def filed_indicator(row: pd.Series) -> FiledIndicator:
    """Read one judged row (amount, scale, stage_weight, weighted_pupils, enrolment, limit, floor)."""
    weight = as_filed(float(row["stage_weight"]))
    tolerated = row["floor"]
    return FiledIndicator(
        indicator=str(row["indicator"]),
        rate=as_filed(float(row["scale"])) * weight,
        amount=as_filed(float(row["amount"])),
        pupils=as_filed(float(row["enrolment"])),
        divisor=as_filed(float(row["weighted_pupils"])),
        weight=weight,
        limit=as_filed(float(row["limit"])),
        floor=None if pd.isna(tolerated) else as_filed(float(tolerated)),
    )


@dataclass(frozen=True)
class SchoolRule:
    """At least ``required`` of ``indicators`` at their limit and none below its floor."""

    indicators: Sequence[FiledIndicator]
    required: int

    @property
    def holds(self) -> bool:
        """Whether the school meets the rule now (at the limit and at the floor count as met)."""
        return self._limits_met() >= self.required and not self._below_floor()

    def _limits_met(self, besides: FiledIndicator | None = None) -> int:
        return sum(one.value >= one.limit for one in self.indicators if one is not besides)

    def _below_floor(self, besides: FiledIndicator | None = None) -> bool:
        return any(
            one.floor is not None and one.value < one.floor for one in self.indicators if one is not besides
        )

    def pupils_headroom(self) -> tuple[int, str, Line]:
        """Return how many pupils the school may take, the indicator that binds, and at which line.

        Negative: by so many pupils it would have to be smaller to meet the rule.
        """
        by_limit = sorted(
            ((one.pupils_to(one.limit), one.indicator) for one in self.indicators),
            key=lambda pair: (-pair[0], pair[1]),
        )
        bounds: list[tuple[int, Line, str]] = []
        if self.required > 0:
            pupils, indicator = by_limit[self.required - 1]
            bounds.append((pupils, "limit", indicator))
        bounds += [
            (one.pupils_to(one.floor), "floor", one.indicator)
            for one in self.indicators
            if one.floor is not None
        ]
        pupils, line, indicator = min(bounds, key=lambda bound: (bound[0], bound[1] == "floor", bound[2]))
        return pupils, indicator, line

    def line_that_holds(self, one: FiledIndicator) -> Line | None:
        """Return the line ``one`` must stay at for the rule to hold, given all the others as they are.

        ``floor`` where enough others are at their limit, ``limit`` where it is needed itself, None where the
        rule fails whatever this indicator is.
        """
        if self._below_floor(besides=one):
            return None
        others = self._limits_met(besides=one)
        if others >= self.required:
            return "floor"
        return "limit" if others == self.required - 1 else None

    def turning_amount(self, one: FiledIndicator, step: Fraction) -> tuple[int, Line] | None:
        """Return the fewest steps of this one amount that turn the verdict (negative = less), and the line.

        None where no change of this amount turns it.
        """
        name = self.line_that_holds(one)
        if name is None:
            return None
        line = one.line(name)
        if line is None:  # enough others hold and no floor is set: this indicator does not matter
            return None
        slack = one.slack_to(line)
        if not self.holds:
            return ceil(-slack / step), name
        steps = floor(slack / step) + 1
        return (-steps, name) if steps * step <= one.amount else None

    def turning_pupils(self) -> tuple[int, str, Line] | None:
        """Return the fewest pupils more (met) or fewer (negative, not met) that turn the verdict.

        None where the school would have no pupil left.
        """
        pupils, indicator, line = self.pupils_headroom()
        change = pupils + 1 if self.holds else pupils
        return (change, indicator, line) if self.indicators[0].pupils + change >= 1 else None
