"""The coefficient of variation as tangents, one family per school.

With z_i the value relative to the limit, p_i the school's share of pupils and R = Σ p_i z_i, the coefficient holds when
Σ p_i z_i² ≤ (1+c²) R². Dividing by R gives q_i ≥ z_i²/R with Σ p_i q_i ≤ (1+c²) R: the second is linear, and z²/R is
convex in (z, R) with the tangents q ≥ 2t·z − t²·R, one for every t = z/R. Nothing is lost, and each school is refined by itself.

Where pupils are re-zoned, z²/R is no longer convex in the decisions. With resources ρ_i and pupils ν_i as shares,
q_i ≥ ρ_i²/ν_i has the tangents q ≥ 2t·ρ − t²·ν, and Σ q_i ≤ (1+c²)·W where W ≤ R² is bounded from above by the chords of R² over
intervals that are halved where the solution lies: a valid relaxation that becomes exact.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from balance_analysis.remediation.linear import LinearModel, Vector
from balance_analysis.remediation.model import CountyModel, Terms, pupil_terms


@dataclass
class Cone:
    """One coefficient: its schools' numerators z, homogenisers h and columns q; ``right`` stands for R (or W)."""

    stage: str
    indicator: str
    cells: list[int]
    limit: float
    share: Vector
    mean_column: int
    right_column: int
    q_columns: list[int]
    numerator_terms: list[Terms]
    numerator_start: Vector
    homogeniser_terms: list[Terms]
    homogeniser_start: Vector
    rezoned: bool
    _numerator: csr_array | None = None
    _homogeniser: csr_array | None = None
    breakpoints: list[float] = field(default_factory=list)

    def prepare(self, width: int) -> None:
        self._numerator = _matrix(self.numerator_terms, width)
        self._homogeniser = _matrix(self.homogeniser_terms, width)

    def numerators(self, x: Vector) -> Vector:
        assert self._numerator is not None
        return np.asarray(self.numerator_start + self._numerator @ x[: self._numerator.shape[1]])

    def homogenisers(self, x: Vector) -> Vector:
        assert self._homogeniser is not None
        return np.asarray(self.homogeniser_start + self._homogeniser @ x[: self._homogeniser.shape[1]])

    def excess(self, x: Vector) -> float:
        """How far Σ p z²/h lies above (1+c²)·R or R², relative to it; at most 0 when the coefficient holds."""
        z, h = self.numerators(x), self.homogenisers(x)
        mean = float(self.share @ z)
        left = float(self.share @ (z * z / np.maximum(h, 1e-12)))
        right = (1 + self.limit**2) * (mean * mean if self.rezoned else mean)
        return left / right - 1 if right > 0 else math.inf

    def add_tangents(self, linear: LinearModel, x: Vector, tolerance: float) -> int:
        """Tangents at ``x`` for every school whose q lies below its curve by more than ``tolerance``."""
        z, h = self.numerators(x), np.maximum(self.homogenisers(x), 1e-12)
        wanted = z * z / h - x[self.q_columns] > tolerance
        for position in np.flatnonzero(wanted):
            self.tangent(linear, int(position), float(z[position] / h[position]))
        return int(wanted.sum())

    def tangent(self, linear: LinearModel, position: int, t: float) -> None:
        terms: Terms = {self.q_columns[position]: 1.0}
        for source, factor in (
            (self.numerator_terms[position], -2 * t),
            (self.homogeniser_terms[position], t * t),
        ):
            for column, value in source.items():
                terms[column] = terms.get(column, 0.0) + factor * value
        start = 2 * t * self.numerator_start[position] - t * t * self.homogeniser_start[position]
        linear.row(terms, lower=float(start))


def _matrix(terms: list[Terms], width: int) -> csr_array:
    starts = np.cumsum([0, *(len(row) for row in terms)])
    columns = [column for row in terms for column in row]
    values = [value for row in terms for value in row.values()]
    return csr_array(
        (np.array(values, dtype=float), np.array(columns, dtype=int), starts), shape=(len(terms), width)
    )


def add_cones(county: CountyModel) -> list[Cone]:
    """Columns R and q and the linear row of every coefficient that has a limit."""
    problem, linear = county.problem, county.linear
    groups: dict[tuple[str, str], list[int]] = {}
    for index, cell in enumerate(problem.cells):
        groups.setdefault((problem.rows[cell.row].stage, cell.indicator), []).append(index)
    cones: list[Cone] = []
    for (stage, indicator), members in groups.items():
        rule = problem.rules[stage, indicator]
        if rule.cv_ceiling is None or len(members) < 2:  # one school alone has no coefficient
            continue
        cells = [problem.cells[index] for index in members]
        pupils = np.array([problem.rows[cell.row].enrolment for cell in cells], dtype=float)
        share = pupils / pupils.sum()
        unit = float(rule.limit) if rule.limit > 0 else 1.0
        moving = [pupil_terms(county, cell.row) for cell in cells]
        rezoned = any(moving)
        factor = [float(cell.factor(problem.rows[cell.row].enrolment)) / unit for cell in cells]
        start = np.array(
            [f * float(problem.holdings[c.holding].amount) for f, c in zip(factor, cells, strict=True)]
        )
        terms = [
            {column: f * value for column, value in county.holding_terms[cell.holding].items()}
            for f, cell in zip(factor, cells, strict=True)
        ]
        mean = linear.column()
        balance: Terms = {mean: -1.0}
        for weight, row in zip(share, terms, strict=True):
            for column, value in row.items():
                balance[column] = balance.get(column, 0.0) + float(weight) * value
        linear.row(balance, lower=-float(share @ start), upper=-float(share @ start))
        right = linear.column() if rezoned else mean
        if rezoned:
            homogeniser = [
                {c: sign / n for c, sign in row.items()} for row, n in zip(moving, pupils, strict=True)
            ]
            homogeniser_start = np.ones(len(cells))
        else:
            homogeniser, homogeniser_start = [{mean: 1.0} for _ in cells], np.zeros(len(cells))
        columns = [linear.column() for _ in cells]
        limit = float(rule.cv_ceiling)
        row = {column: float(weight) for column, weight in zip(columns, share, strict=True)}
        row[right] = row.get(right, 0.0) - (1 + limit**2)
        slack = county.slack("coefficient", stage, "", indicator)
        if slack is not None:
            row[slack] = -1.0
        linear.row(row, upper=0.0)
        cones.append(
            Cone(
                stage,
                indicator,
                members,
                limit,
                share,
                mean,
                right,
                columns,
                terms,
                start,
                homogeniser,
                homogeniser_start,
                rezoned,
            )
        )
    for cone in cones:
        cone.prepare(len(linear.cost))
        for position in range(len(cone.q_columns)):
            for t in (0.8, 1.2):
                cone.tangent(linear, position, t)
    return cones


def add_chords(linear: LinearModel, cone: Cone) -> None:
    """W below the chords of R² over the cone's breakpoints: one binary per interval, exactly one interval chosen."""
    if not cone.rezoned:
        return
    points = cone.breakpoints
    chosen: Terms = {}
    mean: Terms = {cone.mean_column: -1.0}
    square: Terms = {cone.right_column: 1.0}
    for low, high in itertools.pairwise(points):
        interval = linear.column(upper=1.0, integer=True)
        inside = linear.column()
        linear.row({inside: 1.0, interval: low - high}, upper=0.0)
        chosen[interval] = 1.0
        mean[interval], mean[inside] = low, 1.0
        square[interval], square[inside] = -low * low, -(low + high)
    linear.row(chosen, lower=1.0, upper=1.0)
    linear.row(mean, lower=0.0, upper=0.0)
    linear.row(square, upper=0.0)
