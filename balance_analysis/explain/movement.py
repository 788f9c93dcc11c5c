"""How a yearly figure moves on: a random walk with a shrunken drift, and the probability that a limit holds.

Yearly changes d over gaps of g years are taken as normal with mean g·δ and variance g·σ². Beside the county's own changes
stand the prior's (:mod:`balance_analysis.explain.priors`): k₀ years without drift, and ν₀ changes of the typical size
s₀ · level, the level being the mean size of the figures and s₀ the larger the fewer schools they are made of. With G years
between the first and last figure and n changes the conjugate result is

    δ = (last − first) / (k₀ + G)        σ² = (ν₀·(s₀·level)² + Σ d²/g − (k₀ + G)·δ²) / (ν₀ + n)

and the figure in h years is Student's t with ν₀ + n degrees of freedom around last + h·δ with scale
σ·sqrt(h + h²/(k₀ + G)). Nothing is chosen by how well it did on the series itself. Decision record 0025.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

import numpy as np
from scipy import special

from balance_analysis.exact import Floats
from balance_analysis.explain.forecasting import SHRUNKEN_DRIFT, Years, shrunken_slope
from balance_analysis.explain.priors import MovementPrior
from balance_analysis.terms import Relation

EVERYTHING = (-float("inf"), float("inf"))


@dataclass(frozen=True)
class Movement:
    """The predictive distribution of one yearly series.

    ``drift`` per year, ``scale`` of a one-year change, ``freedom`` (degrees of it), ``years_behind`` the drift (k₀ + G),
    ``bounds`` what the figure can be at all. ``residuals``: year → how much more it rose in that year than the drift
    says, in scales.
    """

    last: float
    drift: float
    scale: float
    freedom: float
    years_behind: float
    n_changes: int
    bounds: tuple[float, float] = EVERYTHING
    residuals: Mapping[int, float] = field(default_factory=dict)

    method = SHRUNKEN_DRIFT

    @classmethod
    def of(
        cls,
        years: Years,
        values: Floats,
        prior: MovementPrior,
        *,
        schools: float | None = None,
        bounds: tuple[float, float] = EVERYTHING,
    ) -> Movement:
        """Fit rising ``years`` and their ``values`` (at least one, none missing) of so many ``schools`` (None: unknown).

        >>> from balance_analysis.explain.priors import movement_prior
        >>> years, values = np.array([2019, 2020, 2021]), np.array([0.50, 0.52, 0.51])
        >>> Movement.of(years, values, movement_prior("cv")).freedom
        4.0
        """
        gaps, changes = np.diff(years).astype(np.float64), np.diff(values)
        expected = prior.typical_change(schools) * float(np.abs(values).mean())
        behind = float(prior.drift_years) + float(gaps.sum())
        drift = shrunken_slope(years, values, float(prior.drift_years))
        weight = float(prior.scale_years)
        own = max(
            float((changes**2 / gaps).sum()) - behind * drift**2, 0.0
        )  # below zero by the last bits only
        squares = weight * expected**2 + own
        scale = sqrt(squares / (weight + len(changes)))
        apart = changes - gaps * drift
        return cls(
            last=float(values[-1]),
            drift=drift,
            scale=scale,
            freedom=weight + len(changes),
            years_behind=behind,
            n_changes=len(changes),
            bounds=bounds,
            residuals={
                int(year): float(rest) / (scale * sqrt(gap))
                for year, rest, gap in zip(years[1:], apart, gaps, strict=True)
                if scale > 0
            },
        )

    def centre(self, years: int) -> float:
        """The middle of the distribution in so many years."""
        return float(np.clip(self.last + years * self.drift, *self.bounds))

    def spread(self, years: int) -> float:
        """Its scale in so many years."""
        return self.scale * sqrt(years + years**2 / self.years_behind)

    def band(self, years: int, level: float) -> tuple[float, float]:
        """The two-sided range that holds the figure with probability ``level``, cut off at the bounds."""
        half = float(special.stdtrit(self.freedom, (1 + level) / 2)) * self.spread(years)
        middle = self.last + years * self.drift
        low, high = (float(np.clip(edge, *self.bounds)) for edge in (middle - half, middle + half))
        return low, high

    def probability(self, years: int, limit: float, relation: Relation) -> float:
        """The probability that the figure holds ``limit`` in so many years; 1 or 0 for a series of zeros only."""
        sign = 1.0 if relation is Relation.AT_LEAST else -1.0
        ahead = sign * (self.last + years * self.drift - limit)
        if self.scale == 0:
            return float(ahead > 0 or (ahead == 0 and relation is not Relation.BELOW))
        return float(special.stdtr(self.freedom, ahead / self.spread(years)))
