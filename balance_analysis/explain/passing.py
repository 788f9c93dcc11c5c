"""Will every school pass? Schools that go from passing to failing and back, year by year, at their number.

A school that passes still does a year later with chance p, one that fails does with chance q. Both have beta
distributions: the county's own transitions beside those of the prior (:mod:`balance_analysis.explain.priors`). In every
year to come the log odds of both move by one shock that all schools of the stage share. Given p, q and the shocks the
schools are independent, so that the number that passes in h years is a sum of two binomial numbers; over the uncertainty
it is averaged at fixed points. Hence the share lives at the multiples of 1/N, and *all* is one of its values. Decision
record 0025.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import ceil, floor, sqrt

import numpy as np
import pandas as pd
from scipy import special

from balance_analysis.exact import Floats
from balance_analysis.explain.priors import PassingPrior
from balance_analysis.terms import Outcome, Relation

SCHOOL_TRANSITIONS = "school_transitions"
COUNT_TRANSITIONS = "count_transitions"
POINTS = 512
"""Points at which the uncertainty is averaged."""
SEED = 20171
CLOSE = 1e-9
"""A limit times the number of schools that is this close to a whole number is that number."""


@dataclass(frozen=True)
class Transitions:
    """What the schools of one stage did from the year before to ``year``."""

    year: int
    stayed: int
    fell: int
    rose: int
    remained: int


def school_transitions(schools: pd.DataFrame, years: Sequence[int]) -> list[Transitions]:
    """Count school by school what happened between neighbouring years.

    ``schools``: year, school_code, outcome of one stage. Schools that are new, gone or not assessable in one of the two
    years are in no count. Years that follow no filed year have no transitions.
    """
    passes = {
        int(str(year)): dict(zip(rows["school_code"], rows["outcome"] == Outcome.MET, strict=True))
        for year, rows in schools[schools["outcome"] != Outcome.NOT_ASSESSABLE].groupby("year")
    }
    found = []
    for year in years:
        before, after = passes.get(year - 1), passes.get(year)
        if year - 1 not in years or before is None or after is None:
            continue
        pairs = [(before[code], after[code]) for code in before.keys() & after.keys()]
        counts = [pairs.count(kind) for kind in ((True, True), (True, False), (False, True), (False, False))]
        found.append(Transitions(year, *counts))
    return found


def count_transitions(passing: Mapping[int, int], schools: Mapping[int, int]) -> list[Transitions]:
    """The fewest transitions behind yearly numbers of passing schools, where the schools themselves are not known.

    >>> count_transitions({2019: 8, 2020: 9}, {2019: 10, 2020: 10})
    [Transitions(year=2020, stayed=8, fell=0, rose=1, remained=1)]
    """
    found = []
    for year in sorted(passing):
        if year - 1 not in passing:
            continue
        before, now = passing[year - 1], passing[year]
        failing = schools[year - 1] - before
        stayed = min(before, now)
        rose = min(max(now - before, 0), failing)
        found.append(Transitions(year, stayed, before - stayed, rose, failing - rose))
    return found


@cache
def _points(years: int) -> tuple[Floats, Floats, Floats]:
    """Evenly spread quantiles of p and q, and normal shocks by year; the same for every series."""
    first = (np.arange(POINTS) + 0.5) / POINTS
    second = (np.arange(POINTS) * (sqrt(5) - 1) / 2 + 0.5) % 1
    shocks: Floats = np.random.default_rng(SEED).standard_normal((years, POINTS))
    return first, second, shocks


@dataclass(frozen=True)
class Passing:
    """The predictive distribution of the share of passing schools; ``passing`` and ``failing`` are today's numbers."""

    passing: int
    failing: int
    transitions: tuple[Transitions, ...]
    prior: PassingPrior
    method: str

    @property
    def n_changes(self) -> int:
        """Pairs of years behind it."""
        return len(self.transitions)

    def total(self, what: str) -> int:
        """Transitions of one kind (``stayed``, ``fell``, ``rose``, ``remained``) over all years."""
        return sum(int(getattr(one, what)) for one in self.transitions)

    def _beta(self, kept: str, lost: str) -> tuple[float, float]:
        return (
            float(getattr(self.prior, kept)) + self.total(kept),
            float(getattr(self.prior, lost)) + self.total(lost),
        )

    def chances(self, years: int) -> tuple[Floats, Floats]:
        """At every point: that a school which passes today, and one which does not, passes in so many years."""
        first, second, shocks = _points(years)
        odds = [
            special.logit(np.clip(special.betaincinv(*beta, at), CLOSE, 1 - CLOSE))
            for beta, at in ((self._beta("stayed", "fell"), first), (self._beta("rose", "remained"), second))
        ]
        passed, failed = np.ones(POINTS), np.zeros(POINTS)
        for shock in float(self.prior.year_shock) * shocks:
            stays, rises = special.expit(odds[0] + shock), special.expit(odds[1] + shock)
            passed, failed = (now * stays + (1 - now) * rises for now in (passed, failed))
        return passed, failed

    def distribution(self, years: int) -> Floats:
        """Probabilities of 0, 1, …, N passing schools in so many years."""
        passed, failed = self.chances(years)
        size = self.passing + self.failing + 1
        turn = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
        generating = (1 + passed[:, None] * (turn - 1)) ** self.passing
        generating = generating * (1 + failed[:, None] * (turn - 1)) ** self.failing
        chances: Floats = np.clip(np.fft.irfft(generating.mean(axis=0), n=size), 0, None)
        chances /= chances.sum()
        return chances

    def centre(self, years: int) -> float:
        """The expected share in so many years."""
        passed, failed = (float(chance.mean()) for chance in self.chances(years))
        return (self.passing * passed + self.failing * failed) / (self.passing + self.failing)

    def band(self, years: int, level: float) -> tuple[float, float]:
        """The shares, multiples of 1/N, between which the share lies with at least probability ``level``."""
        below = np.cumsum(self.distribution(years))
        low, high = (
            int(np.searchsorted(below, edge + CLOSE * side))
            for edge, side in (((1 - level) / 2, 1), ((1 + level) / 2, -1))
        )
        number = self.passing + self.failing
        return min(low, number) / number, min(high, number) / number

    def probability(self, years: int, limit: float, relation: Relation) -> float:
        """The probability that the share holds ``limit`` in so many years."""
        number = self.passing + self.failing
        if relation is Relation.AT_LEAST:
            needed = ceil(limit * number - CLOSE)
            if needed == number:
                passed, failed = self.chances(years)
                return float((passed**self.passing * failed**self.failing).mean())
            return float(self.distribution(years)[max(needed, 0) :].sum())
        most = floor(limit * number + CLOSE)
        if relation is Relation.BELOW:
            most = ceil(limit * number - CLOSE) - 1
        return float(self.distribution(years)[: max(most + 1, 0)].sum())

    @cached_property
    def residuals(self) -> dict[int, float]:
        """Year → by how many standard deviations more schools passed than p and q say."""
        stays, rises = (
            beta[0] / sum(beta) for beta in (self._beta("stayed", "fell"), self._beta("rose", "remained"))
        )
        found = {}
        for one in self.transitions:
            passed, failed = one.stayed + one.fell, one.rose + one.remained
            variance = passed * stays * (1 - stays) + failed * rises * (1 - rises)
            if variance > 0:
                more = one.stayed + one.rose - passed * stays - failed * rises
                found[one.year] = more / sqrt(variance)
        return found
