"""The search: tangents by rounds of linear programs, then integer programs, with a plan in hand at every stop.

The lower bound is that of a relaxation (tangents lie below the cones), so it holds for every plan; the upper bound
is a plan in whole units that passed the exact judgement. The search stops when both are close enough.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from balance_analysis.remediation.certificate import Certificate, PlanStatus, solver_name
from balance_analysis.remediation.cone import Cone, add_chords, add_cones
from balance_analysis.remediation.linear import LinearModel, LinearOutcome, Vector, solve_linear
from balance_analysis.remediation.model import CountyModel, ModelOptions, build_model
from balance_analysis.remediation.obligations import county_after, obligations, together
from balance_analysis.remediation.plan import Plan, breaches, carry_out, cost_of, values_of
from balance_analysis.remediation.problem import RemediationProblem
from balance_analysis.remediation.repair import PlanRepair
from balance_analysis.statements import Statement

Progress = Callable[[float, float, float, int], None]
"""``progress(bound, incumbent, seconds, round)``; the incumbent is inf while there is none."""

Check = Callable[[Plan], Sequence[Statement | str]]
"""A second judge (the ordinary assessment of the planned county): the sentences it objects with; empty = passes."""

_LINEAR_ROUNDS = 25
_INTEGER_ROUNDS = 40


@dataclass(frozen=True)
class Search:
    """What a search found; ``plan`` is ``None`` only when ``certificate.status`` says why."""

    plan: Plan | None
    certificate: Certificate
    objections: tuple[Statement | str, ...] = ()


class _Searching:
    def __init__(
        self,
        problem: RemediationProblem,
        options: ModelOptions,
        gap: float,
        seconds: float,
        progress: Progress | None,
        check: Check | None,
        base: float,
    ) -> None:
        self.problem, self.options, self.gap, self.progress, self.check = (
            problem,
            options,
            gap,
            progress,
            check,
        )
        self.start = time.monotonic()
        self.deadline = self.start + seconds
        self.bound, self.cost = 0.0, math.inf
        self.plan: Plan | None = None
        self.round = 0
        self.objections: tuple[Statement | str, ...] = ()
        self.settled: set[tuple[tuple[int, int], ...]] = set()
        self.repair = PlanRepair(problem)
        self.base = base
        self.county: CountyModel = build_model(problem, options, self._plain_cost())
        self.cones: list[Cone] = add_cones(self.county) if options.hold_cv else []

    @property
    def left(self) -> float:
        return self.deadline - time.monotonic()

    def closed(self) -> bool:
        return self.plan is not None and self.cost - self.bound <= self.gap * (self.cost + self.base) + 1e-7

    def tell(self) -> None:
        if self.progress is not None:
            told, best = min(self.bound, self.cost) + self.base, self.cost + self.base
            self.progress(told, best, time.monotonic() - self.start, self.round)

    def whole_over_rest(self) -> float:
        """How much larger the whole cost is than the part that is searched for: a gap of the one in shares of the other."""
        rest = self.cost if math.isfinite(self.cost) else self.bound
        return 1.0 + (self.base / rest if rest > 0 else 0.0)

    def _plain_cost(self) -> Fraction | None:
        """What the repaired plan without any search costs, where it holds and smallest projects have to be modelled."""
        if all(action.least == action.step for action in self.problem.settings.actions):
            return None
        start = self.options.at_least.copy() if self.options.at_least else Plan()
        plan = self.repair.complete(start, (), hold_cv=self.options.hold_cv)
        if any(self._counts(breach.family) for breach in breaches(self.problem, plan)):
            return None
        return cost_of(self.problem, plan)

    def offer(self, plan: Plan, tolerated: set[int]) -> None:
        """Make a plan of a rounded solution and keep it when it holds and is cheaper."""
        whole = self.repair.complete(plan, tolerated, hold_cv=self.options.hold_cv)
        cost = float(cost_of(self.problem, whole))
        if cost >= self.cost or any(self._counts(breach.family) for breach in breaches(self.problem, whole)):
            return
        if self.check is not None:
            objections = tuple(self.check(whole))
            if objections:
                self.objections = objections
                return
        self.plan, self.cost = whole, cost

    def _counts(self, family: str) -> bool:
        options = self.options
        return not (
            (family == "coefficient" and not options.hold_cv) or (family == "budget" and not options.budget)
        )

    def solve(self, *, relax: bool, gap: float = 0.0) -> LinearOutcome:
        linear = self.county.linear
        if any(cone.rezoned for cone in self.cones):
            linear = linear.copy()
            for cone in self.cones:
                add_chords(linear, cone)
        outcome = solve_linear(linear, relax=relax, seconds=self.left, gap=gap)
        if math.isfinite(outcome.bound):
            self.bound = max(self.bound, outcome.bound)
        return outcome

    def refine(self, x: Vector, tolerance: float) -> int:
        """Tangents where a cone is exceeded; for re-zoned cones also a breakpoint at the mean of ``x``."""
        added = 0
        for cone in self.cones:
            if cone.excess(x) > tolerance:
                added += cone.add_tangents(self.county.linear, x, tolerance)
                if cone.rezoned and (point := _new_breakpoint(cone, float(x[cone.mean_column]))) is not None:
                    cone.breakpoints = sorted([*cone.breakpoints, point])
                    added += 1
        return added

    def bracket_means(self) -> None:
        """For re-zoned cones, an interval that surely holds the mean of every plan no dearer than the one in hand."""
        linear = self.county.linear
        for cone in self.cones:
            if not cone.rezoned:
                continue
            low = float(cone.share @ cone.numerator_start)
            high = 100 * max(1.0, low)
            if math.isfinite(self.cost):
                wide = linear.copy()
                wide.row({c: v for c, v in enumerate(linear.cost) if v}, upper=self.cost * (1 + 1e-9))
                wide.cost = [0.0] * len(wide.cost)
                wide.cost[cone.mean_column] = -1.0
                outcome = solve_linear(wide, relax=True, seconds=self.left)
                if outcome.complete and outcome.x is not None:
                    high = min(high, -outcome.bound)
            ends = (low * (1 - 1e-9), max(high, low) * (1 + 1e-6) + 1e-9)
            cone.breakpoints = sorted(
                {*ends, *(point for point in cone.breakpoints if ends[0] < point < ends[1])}
            )

    def settle_pupils(self, rezoned: dict[int, int]) -> None:
        """With the re-zoned pupils held fixed the cones are exact: solve that county, offer its plan, learn from it."""
        held = tuple(sorted(rezoned.items()))
        if held in self.settled:
            return
        self.settled.add(held)
        fixed = county_after(self.problem, Plan(rezoned=dict(rezoned)))
        fixed = replace(fixed, settings=replace(fixed.settings, rezoning=()))
        options = replace(self.options, rezone=False, budget=False)
        found = find_plan(fixed, gap=self.gap / 4, seconds=max(self.left / 4, 0.1), options=options)
        if found.plan is None:
            return
        plan = found.plan.copy()
        plan.rezoned = dict(rezoned)
        county = carry_out(self.problem, plan)
        values = values_of(self.problem, county)
        rules = [self.problem.rule(cell) for cell in self.problem.cells]
        self.offer(plan, {i for i, (v, rule) in enumerate(zip(values, rules, strict=True)) if v < rule.limit})
        for cone in self.cones:
            if not cone.rezoned:
                continue
            mean = 0.0
            for position, index in enumerate(cone.cells):
                cell = self.problem.cells[index]
                ratio = (
                    float(values[index] / rules[index].limit) if rules[index].limit else float(values[index])
                )
                cone.tangent(self.county.linear, position, ratio)
                mean += ratio * county.enrolments[cell.row]
            mean /= sum(county.enrolments[self.problem.cells[index].row] for index in cone.cells)
            if (point := _new_breakpoint(cone, mean)) is not None:
                cone.breakpoints = sorted([*cone.breakpoints, point])


def _new_breakpoint(cone: Cone, mean: float) -> float | None:
    near = min((abs(mean - point) for point in cone.breakpoints), default=math.inf)
    return mean if near > 1e-9 * max(mean, 1.0) else None


def find_plan(
    problem: RemediationProblem,
    *,
    gap: float = 0.005,
    seconds: float = 60.0,
    progress: Progress | None = None,
    check: Check | None = None,
    options: ModelOptions | None = None,
    integer: bool = True,
) -> Search:
    """The cheapest plan within a relative ``gap``, or the best plan and the bound when the ``seconds`` are over.

    ``gap=0`` asks for the optimum itself. Without ``integer`` the search ends with the continuous relaxations: a bound
    within a fraction of a percent in a tenth of the time, and a plan that holds but was not improved. Infeasibility is
    reported as such, without reasons: see :func:`balance_analysis.remediation.reasons.explain_infeasibility`.
    """
    given = obligations(problem)
    if any(given.parts()):

        def check_whole(plan: Plan) -> Sequence[Statement | str]:
            return [] if check is None else check(together(given, plan))

        options = options or ModelOptions()
        if options.at_least is not None:  # what is given is not to be done a second time
            rest = {key: n - given.done.get(key, 0) for key, n in options.at_least.done.items()}
            options = replace(options, at_least=Plan(done={key: n for key, n in rest.items() if n > 0}))
        found = _find(
            county_after(problem, given),
            gap,
            seconds,
            progress,
            check_whole if check is not None else None,
            options,
            float(cost_of(problem, given)),
            integer,
        )
        if found.plan is None:
            return found
        plan = together(given, found.plan)
        cost, bound = float(cost_of(problem, plan)), found.certificate.lower_bound_wan_cny
        certificate = replace(
            found.certificate,
            cost_wan_cny=cost,
            lower_bound_wan_cny=None if bound is None else min(round(bound, 9), cost),
        )
        return Search(plan, certificate, found.objections)
    return _find(problem, gap, seconds, progress, check, options or ModelOptions(), 0.0, integer)


def _find(
    problem: RemediationProblem,
    gap: float,
    seconds: float,
    progress: Progress | None,
    check: Check | None,
    options: ModelOptions,
    base: float,
    integer: bool,
) -> Search:
    """The search once what has to be done anyway, at the cost of ``base``, is done."""
    search = _Searching(problem, options, gap, seconds, progress, check, base)
    if any(cone.rezoned for cone in search.cones):
        search.settle_pupils({})
        search.bracket_means()
    proven_infeasible = _linear_rounds(search) or (integer and _integer_rounds(search))
    return Search(search.plan, _certify(search, proven_infeasible), search.objections)


def _linear_rounds(search: _Searching) -> bool:
    """Tangents on the continuous relaxation; a first plan from its rounding. True = proven infeasible."""
    stalled = 0
    for _ in range(_LINEAR_ROUNDS):
        if search.left <= 0 or stalled >= 3:
            break
        before = search.bound
        outcome = search.solve(relax=True)
        stalled = stalled + 1 if search.bound - before <= max(search.gap / 100, 1e-7) * search.bound else 0
        if outcome.infeasible:
            return True
        if outcome.x is None:
            break
        search.round += 1
        added = search.refine(outcome.x, 1e-6)
        if search.round == 1 or not added or search.round % 5 == 0:
            search.offer(*_rounded(search, outcome.x))
            search.tell()
        if not added or search.closed():
            break
    return False


def _rounded(search: _Searching, x: Vector) -> tuple[Plan, set[int]]:
    """A relaxed solution without its moves, and at most the allowed shortfalls per school."""
    county, problem = search.county, search.problem
    plan = county.read_plan(
        np.array(
            [math.floor(v + 0.2) if whole else v for v, whole in zip(x, county.linear.integer, strict=False)]
        )
    )
    plan.moved_in, plan.moved_out, plan.rezoned = {}, {}, {}
    for row, column in county.class_columns.items():
        if (count := math.ceil(x[column] - 1e-7)) > 0:
            plan.opened[row] = count
    tolerated: set[int] = set()
    spent: dict[int, int] = {}
    counts: dict[int, int] = {}
    for cell in problem.cells:
        counts[cell.row] = counts.get(cell.row, 0) + 1
    for index, column in sorted(county.shortfall_columns.items(), key=lambda item: -x[item[1]]):
        row = problem.cells[index].row
        if (
            x[column] >= 0.5
            and spent.get(row, 0) < counts[row] - problem.minimum_met[problem.rows[row].stage]
        ):
            tolerated.add(index)
            spent[row] = spent.get(row, 0) + 1
    return plan, tolerated


def _integer_rounds(search: _Searching) -> bool:
    """Integer programs on the tangents so far, each answered by a plan and by tangents at its solution."""
    for _ in range(_INTEGER_ROUNDS):
        if search.closed() or search.left <= 0:
            break
        outcome = search.solve(relax=False, gap=search.gap / 2 * search.whole_over_rest())
        if outcome.infeasible:
            return True
        search.round += 1
        if outcome.x is None:
            search.tell()
            break
        plan = search.county.read_plan(outcome.x)
        search.offer(plan, search.county.tolerated(outcome.x))
        if any(cone.rezoned for cone in search.cones):
            search.settle_pupils(plan.rezoned)
        search.tell()
        if not search.refine(outcome.x, 1e-9):
            break
    return False


def _certify(search: _Searching, infeasible: bool) -> Certificate:
    seconds = time.monotonic() - search.start
    known, cost = search.plan is not None, search.cost + search.base
    bound = (min(search.bound, search.cost) if known else search.bound) + search.base
    share = ((cost - bound) / cost if cost > 0 else 0.0) if known else None
    if known and search.closed():
        status, message = PlanStatus.OPTIMAL, Statement("certificate.optimal", {"gap": search.gap})
    elif known:
        status = PlanStatus.FEASIBLE
        name = "certificate.feasible_time" if search.left <= 0 else "certificate.feasible_steps"
        message = Statement(name, {"gap": share})
    elif infeasible:
        status, message = PlanStatus.INFEASIBLE, Statement("certificate.infeasible")
    else:
        status, message = PlanStatus.NO_PLAN_IN_TIME, Statement("certificate.nothing_found")
        if search.objections:
            message = Statement("certificate.refused", {"objections": list(search.objections)})
    return Certificate(
        status,
        None if infeasible and not known else bound,
        cost if known else None,
        share,
        search.gap,
        seconds,
        search.round,
        solver_name(),
        known,
        message,
    )


def linear_model_of(
    problem: RemediationProblem, options: ModelOptions
) -> tuple[CountyModel, list[Cone], LinearModel]:
    """The model, its cones and its linear part, for searches that minimise something else than money."""
    county = build_model(county_after(problem, obligations(problem)), options)
    cones = add_cones(county) if options.hold_cv else []
    return county, cones, county.linear
