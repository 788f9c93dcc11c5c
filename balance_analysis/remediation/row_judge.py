"""The judge of a plan in the county's own rows, and a second search where whole units on several campuses fall short.

What several campuses share, split between stages by weights, is modelled as growing in proportion on every campus. A
classroom cannot be divided, so the rows may end a little below the promise. Where that makes every plan of a search fail,
the cells concerned are promised a little less and the search is repeated; the bound stays that of the first search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import pandas as pd

from balance_analysis.measures.coefficients import compute_coefficients
from balance_analysis.measures.indicators import compute_indicators
from balance_analysis.regimes.model import Regime
from balance_analysis.remediation.carry_out import carry_out_in_tables
from balance_analysis.remediation.certificate import Certificate, PlanStatus
from balance_analysis.remediation.plan import Plan, breaches, carry_out, values_of
from balance_analysis.remediation.problem import RemediationProblem
from balance_analysis.remediation.result import RemediationResult
from balance_analysis.remediation.solve import Search
from balance_analysis.statements import Statement
from balance_analysis.terms import ALL_STAGES, Outcome
from balance_analysis.verdicts.resources import judge_coefficients, judge_county
from balance_analysis.verdicts.values import judge_indicators, judge_schools


def objections_of(schools: pd.DataFrame, regime: Regime) -> list[Statement]:
    """What the ordinary measures and verdicts hold against these school rows; empty when resources pass.

    A coefficient that cannot exist (a stage of one school) is no objection; any other unknown is.
    """
    return _objections(compute_indicators(SimpleNamespace(schools=schools), regime), regime)


def _objections(raw: pd.DataFrame, regime: Regime) -> list[Statement]:
    school_verdicts = judge_schools(judge_indicators(raw, regime), regime)
    coefficients = judge_coefficients(
        compute_coefficients(raw, [entry.id for entry in regime.indicators]), raw, regime
    )
    count = raw.groupby("stage")["school_code"].nunique().to_dict()
    found: list[Statement] = []
    for row in judge_county(school_verdicts, coefficients, regime).to_dict("records"):
        if row["rule"] not in ("schools", "coefficient", "county_resources_composite"):
            continue
        alone = row["stage"] != ALL_STAGES and count[row["stage"]] < 2 and row["rule"] == "coefficient"
        if row["outcome"] != Outcome.MET and not alone:
            found.append(row["detail"])
    return found


class RowJudge:
    """Carries a plan out in the filed rows and assesses these.

    ``shortfalls`` remembers, for plans that were refused, the least share of its promised value that a cell with a
    split resource really had.
    """

    def __init__(self, rows: pd.DataFrame, problem: RemediationProblem, regime: Regime) -> None:
        self.rows, self.problem, self.regime = rows, problem, regime
        self.shortfalls: dict[int, Fraction] = {}

    def __call__(self, plan: Plan) -> Sequence[Statement]:
        """The objections to a plan; empty when the county passes."""
        after = carry_out_in_tables(self.rows, self.problem, plan, self.regime)
        raw = compute_indicators(SimpleNamespace(schools=after), self.regime)
        objections = _objections(raw, self.regime)
        if objections:
            self._remember(plan, raw)
        return objections

    def _remember(self, plan: Plan, raw: pd.DataFrame) -> None:
        real = {
            (str(row["stage"]), str(row["school_code"]), str(row["indicator"])): row["exact_value"]
            for row in raw.to_dict("records")
        }
        promised = values_of(self.problem, carry_out(self.problem, plan))
        for number, (cell, value) in enumerate(zip(self.problem.cells, promised, strict=True)):
            row = self.problem.rows[cell.row]
            found = real.get((row.stage, row.school_code, cell.indicator))
            if cell.split and value > 0 and found is not None and found < value:
                self.shortfalls[number] = min(self.shortfalls.get(number, Fraction(1)), found / value)

    def careful(self) -> RemediationProblem:
        """The problem with the cells that fell short promised only what they had."""
        cells = tuple(
            replace(cell, weight=cell.weight * self.shortfalls.get(number, Fraction(1)))
            for number, cell in enumerate(self.problem.cells)
        )
        return replace(self.problem, cells=cells)


def joined(first: RemediationResult, second: RemediationResult) -> RemediationResult | None:
    """The plan of a careful second search under the bound of the first; ``None`` where it does not hold there."""
    plan, cost = second.plan, second.certificate.cost_wan_cny
    if plan is None or cost is None or breaches(first.problem, plan):
        return None
    proven = first.certificate
    bound = min(proven.lower_bound_wan_cny or 0.0, cost)
    gap = (cost - bound) / cost if cost else 0.0
    closed = gap <= proven.gap_asked
    certificate = Certificate(
        status=PlanStatus.OPTIMAL if closed else PlanStatus.FEASIBLE,
        lower_bound_wan_cny=bound,
        cost_wan_cny=cost,
        gap=gap,
        gap_asked=proven.gap_asked,
        seconds=proven.seconds + second.certificate.seconds,
        rounds=proven.rounds + second.certificate.rounds,
        solver=proven.solver,
        checked=True,
        message=Statement("certificate.joined", {"gap": gap}),
    )
    return RemediationResult(first.problem, Search(plan, certificate), (), second.tasks_by_year)
