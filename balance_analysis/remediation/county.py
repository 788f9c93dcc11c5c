"""The least-cost plan of an assessed county: its data and law as a problem, its planned rows before the ordinary judge.

``solve_county`` is the one call: assessment and prices in, :class:`CountyPlan` out. A plan is kept only when the school
table, with the plan carried out in it, passes the ordinary measures and verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import pandas as pd

from balance_analysis.assessment import CountyAssessment, assess_county
from balance_analysis.errors import ParameterError
from balance_analysis.exact import as_filed
from balance_analysis.remediation.carry_out import carry_out_in_tables
from balance_analysis.remediation.naive import PlanComparison, compare_with_naive
from balance_analysis.remediation.problem import RemediationProblem, problem_from_indicators
from balance_analysis.remediation.result import RemediationResult, plan_remediation
from balance_analysis.remediation.row_judge import RowJudge, joined
from balance_analysis.remediation.school_works import sizes_of, with_school_works
from balance_analysis.remediation.settings import RemediationSettings
from balance_analysis.remediation.solve import Progress
from balance_analysis.remediation.worth import prices_of
from balance_analysis.statements import Said, Statement
from balance_analysis.terms import COMPOSITE

CAREFUL_SEARCHES = 3
"""How often a search is repeated when whole units on several campuses made every plan fail."""


@dataclass(frozen=True)
class CountyPlan:
    """A county, the plan found for it, and what the plan is worth.

    ``comparison`` and ``prices`` are ``None`` where there is no plan. ``open_points`` are statements of what the plan
    does not decide. ``read_from_file`` tells a plan that was loaded from one solved just now.
    """

    county: CountyAssessment
    result: RemediationResult
    comparison: PlanComparison | None
    prices: pd.DataFrame | None
    open_points: Said
    read_from_file: bool = False

    @property
    def problem(self) -> RemediationProblem:
        """What was solved."""
        return self.result.problem

    @property
    def settings(self) -> RemediationSettings:
        """The prices and rules as they were given: without the links that the problem itself requires."""
        given, required = self.problem.settings, self.problem.required
        links = tuple(link for number, link in enumerate(given.rezoning) if number not in required)
        return replace(given, rezoning=links)

    @cached_property
    def planned_county(self) -> CountyAssessment:
        """The county with the plan carried out in its rows, assessed like any other; other years stay as they are."""
        tables = self.county.tables
        kept = tables.schools[tables.schools["school_year"] != self.county.year]
        schools = pd.concat([kept, self.planned_schools()], ignore_index=True)
        return assess_county(
            replace(tables, schools=schools), self.county.regime,
            division_code=self.county.division_code, year=self.county.year,
        )  # fmt: skip

    @property
    def found(self) -> bool:
        """Whether there is a plan."""
        return self.result.plan is not None

    @property
    def most_above_minimum(self) -> float | None:
        """By what share the plan may at most be dearer than the cheapest plan; ``None`` without a positive bound."""
        certificate = self.result.certificate
        cost, bound = certificate.cost_wan_cny, certificate.lower_bound_wan_cny
        if cost is None or bound is None or bound <= 0:
            return None
        return max(float(as_filed(cost) / as_filed(bound) - 1), 0.0)

    def planned_schools(self) -> pd.DataFrame:
        """The school rows of the assessed year with the plan carried out."""
        if self.result.plan is None:
            raise ParameterError(f"{self.county.county}没有可行的整改方案，没有可以落实的数据")
        rows = year_rows(self.county)
        return carry_out_in_tables(rows, self.problem, self.result.plan, self.county.regime)

    def explore(
        self, *, budget_wan_cny: int | None, cv_limit: Fraction | None, seconds: float
    ) -> RemediationResult:
        """The plan under another total budget and with every coefficient at most ``cv_limit`` (for the sliders)."""
        problem = self.problem
        if cv_limit is not None:
            rules = {
                key: rule
                if rule.cv_limit is None
                else replace(rule, cv_limit=min(rule.cv_limit, Fraction(cv_limit) + rule.cv_margin))
                for key, rule in problem.rules.items()
            }
            problem = replace(problem, rules=rules)
        if budget_wan_cny is not None:
            settings = replace(problem.settings, budget_total=Fraction(budget_wan_cny), budget_yearly=())
            problem = problem.with_settings(settings)
        return plan_remediation(problem, seconds=seconds)


def year_rows(county: CountyAssessment) -> pd.DataFrame:
    """The filed school rows of the assessed year."""
    schools = county.tables.schools
    return schools[schools["school_year"] == county.year].reset_index(drop=True)


def problem_of_county(
    county: CountyAssessment, settings: RemediationSettings
) -> tuple[RemediationProblem, list[Statement]]:
    """The problem of an assessed county, and what it leaves open.

    Limits are the regime's decimals, floors limit × tolerated share, exactly. Sizes, classes and rooms are those of
    :mod:`balance_analysis.remediation.school_works`. Raises :class:`ParameterError` for a
    regime without limits on school values, and for missing amounts.
    """
    regime = county.regime
    limits = {
        (limit.stage, limit.subject): limit for limit in regime.limits if limit.measure == "school_value"
    }
    if not limits or not regime.has_parameter("school.indicators_met_minimum"):
        raise ParameterError(f"{regime.name}没有逐校标准值，最低成本方案只用于有逐校标准值的评估办法")
    share = (
        Fraction(regime.parameter("school.tolerated_share"))
        if regime.has_parameter("school.tolerated_share")
        else Fraction(1)
    )
    sizes = sizes_of(county)
    indicators = county.current("indicators")
    problem = problem_from_indicators(
        indicators[[entry in {s for _, s in limits} for entry in indicators["indicator"]]],
        limits={key: Fraction(limit.value) for key, limit in limits.items()},
        floors={key: Fraction(limit.value) * share for key, limit in limits.items()},
        cv_limits={
            (limit.stage, limit.subject): Fraction(limit.value)
            for limit in regime.limits
            if limit.measure == "cv" and limit.subject != COMPOSITE
        },
        minimum_met=int(regime.parameter("school.indicators_met_minimum")),
        settings=settings,
        classes=sizes.classes,
        class_size_limits=sizes.class_limits,
        school_size_limits=sizes.size_limits,
    )
    known = {row.school_code for row in problem.rows}
    sized = {code: n for code, n in problem.school_size_limits.items() if code in known}
    problem, open_points = with_school_works(replace(problem, school_size_limits=sized), county, sizes)
    if divided := _divided_campuses(county, problem):
        open_points.append(Statement("remediation_open.divided", {"schools": divided}))
    alone = [stage for stage in problem.stages if sum(row.stage == stage for row in problem.rows) == 1]
    open_points += [Statement("remediation_open.single_school", {"stage": stage}) for stage in alone]
    if len(county.excluded[county.excluded["year"] == county.year]):
        open_points.append(Statement("remediation_open.out_of_scope"))
    return problem, open_points


def _divided_campuses(county: CountyAssessment, problem: RemediationProblem) -> list[str]:
    """Names of schools with campuses not counted as schools whose resources are split between stages."""
    rows = year_rows(county)
    mains = set(rows.loc[rows["counted_as_school"].map(lambda value: value is False), "main_school_code"])
    split = {problem.rows[cell.row].school_code for cell in problem.cells if cell.split}
    return list(dict.fromkeys(row.school_name for row in problem.rows if row.school_code in mains & split))


def judge_of(county: CountyAssessment, problem: RemediationProblem) -> RowJudge:
    """The ordinary judge of a plan: it is carried out in the county's own rows, and these are assessed."""
    return RowJudge(year_rows(county), problem, county.regime)


def plan_years(county: CountyAssessment, settings: RemediationSettings) -> tuple[int, ...]:
    """The years of the staircase: after the assessed year up to the target year, or those of the yearly budget; none where that is over."""
    if settings.budget_yearly:
        return tuple(year for year, _ in settings.budget_yearly)
    return () if county.target_year is None else tuple(range(county.year + 1, county.target_year + 1))


def solve_county(
    county: CountyAssessment,
    settings: RemediationSettings,
    *,
    seconds: float = 60.0,
    gap: float = 0.005,
    progress: Progress | None = None,
    worth: bool = True,
) -> CountyPlan:
    """Find, judge and stage the least-cost plan of a county.

    ``worth`` also solves the usual plans beside it, each within half of ``seconds``, and prices the coefficients.
    Raises :class:`ParameterError` when the data or the law allow no plan to be computed.
    """
    problem, open_points = problem_of_county(county, settings)
    years = plan_years(county, settings)
    judge = judge_of(county, problem)
    result = plan_remediation(
        problem, gap=gap, seconds=seconds, years=years, progress=progress, check_plan=judge
    )
    for _ in range(CAREFUL_SEARCHES):
        if result.plan is not None or not result.search.objections or not judge.shortfalls:
            break
        careful = judge.careful()
        second = plan_remediation(careful, gap=gap, seconds=seconds / 2, years=years, check_plan=judge)
        result = joined(result, second) or result
    comparison = prices = None
    if result.plan is not None and worth:
        comparison = compare_with_naive(problem, result.search, seconds=seconds / 2)
        prices = prices_of(result, seconds=seconds)
    return CountyPlan(county, result, comparison, prices, tuple(open_points))
