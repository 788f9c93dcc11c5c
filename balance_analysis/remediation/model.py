"""The county as a linear model: decisions, needs, the 6-of-7 choice, rotation, re-zoning, budgets.

Scaling: a value is written relative to its limit (z = 1 at the limit), pupils as shares of the stage, large continuous
amounts relative to what the limit asks; money is in 万元. The coefficient's cone is not here: see :mod:`.cone`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

from balance_analysis.remediation.linear import LinearModel, Vector
from balance_analysis.remediation.obligations import linked_rows, most_pupils
from balance_analysis.remediation.plan import Plan, Site, surpluses
from balance_analysis.remediation.problem import RemediationProblem
from balance_analysis.remediation.projects import grids_of, most_useful, required_amount, sites_of
from balance_analysis.remediation.settings import Action

Terms = dict[int, float]


@dataclass(frozen=True)
class ModelOptions:
    """Which freedoms and rules are in force; the naive plans and the search for reasons switch some off.

    ``tolerate``: the 6-of-7 slack may be used; ``hold_cv``: coefficients are constraints; ``rotate``, ``rezone``: moves
    and re-zoning are allowed; ``budget``: budgets bind; ``at_least``: this much of every action is given;
    ``elastic``: rules may be broken at a penalty and the penalty alone is minimised.
    """

    tolerate: bool = True
    hold_cv: bool = True
    rotate: bool = True
    rezone: bool = True
    budget: bool = True
    at_least: Plan | None = None
    elastic: bool = False


@dataclass
class CountyModel:
    """The linear model with the meaning of its columns."""

    problem: RemediationProblem
    options: ModelOptions
    linear: LinearModel = field(default_factory=LinearModel)
    action_columns: dict[tuple[str, Site], tuple[int, Fraction]] = field(default_factory=dict)
    in_columns: dict[tuple[str, Site], int] = field(default_factory=dict)
    out_columns: dict[tuple[str, Site], int] = field(default_factory=dict)
    link_columns: dict[int, int] = field(default_factory=dict)
    class_columns: dict[int, int] = field(default_factory=dict)
    shortfall_columns: dict[int, int] = field(default_factory=dict)
    slack_columns: dict[tuple[str, str, str, str], int] = field(default_factory=dict)
    holding_terms: list[Terms] = field(default_factory=list)

    def read_plan(self, x: Vector) -> Plan:
        """The plan nearest to a solution: integers rounded, continuous amounts rounded to whole steps."""
        plan = Plan()
        steps = {action.id: action.step for action in self.problem.settings.actions}
        for (name, site), (column, scale) in self.action_columns.items():
            count = round(Fraction(float(x[column])) * scale / steps[name])
            if count > 0:
                plan.done[name, site] = count * steps[name]
        for target, columns in ((plan.moved_in, self.in_columns), (plan.moved_out, self.out_columns)):
            target.update({key: round(x[c]) for key, c in columns.items() if round(x[c]) > 0})
        for whole, numbered in ((plan.rezoned, self.link_columns), (plan.opened, self.class_columns)):
            whole.update({key: round(x[c]) for key, c in numbered.items() if round(x[c]) > 0})
        return plan

    def tolerated(self, x: Vector) -> set[int]:
        """Cells the solution leaves between floor and limit."""
        return {cell for cell, column in self.shortfall_columns.items() if x[column] > 0.5}

    def slack(self, family: str, stage: str = "", code: str = "", indicator: str = "") -> int | None:
        """In an elastic model the penalty column of a rule, otherwise ``None``."""
        if not self.options.elastic:
            return None
        key = (family, stage, code, indicator)
        if key not in self.slack_columns:
            # a coefficient gives way before a school's need: what schools lack is the plainer reason
            self.slack_columns[key] = self.linear.column(1.0 if family == "coefficient" else 10.0)
        return self.slack_columns[key]


def build_model(
    problem: RemediationProblem, options: ModelOptions, most_cost: Fraction | None = None
) -> CountyModel:
    """All columns and rows except the coefficients' cones.

    ``most_cost``: what a plan that holds is known to cost; without one the smallest sizes of projects are left to the needs of
    the schools, so that the model stays a relaxation.
    """
    county = CountyModel(problem, options)
    county.holding_terms = [{} for _ in problem.holdings]
    where = {(h.school_code, h.stage, h.indicator): index for index, h in enumerate(problem.holdings)}
    _add_actions(county, where, most_cost)
    if options.rotate and problem.settings.profiles:
        _add_rotation(county, where)
    if options.rezone:
        for number, link in enumerate(problem.settings.rezoning):
            if not link.at_most:
                continue
            county.link_columns[number] = county.linear.column(
                _price(county, link.unit_cost), upper=float(link.at_most), integer=True
            )
    _add_pupils_per_class_and_school(county, where)
    _add_needs(county)
    _add_within(county, where)
    _add_limits_on_spending(county)
    return county


def _price(county: CountyModel, cost: Fraction) -> float:
    return 0.0 if county.options.elastic else float(cost)


def _add_smallest(
    county: CountyModel, column: int, action: Action, scale: Fraction, useful: Fraction
) -> None:
    """Nothing, or at least the smallest project and no more than can be useful."""
    most = float(max(useful, action.least) / scale)
    begun = county.linear.column(upper=1.0, integer=True)
    county.linear.row({column: 1.0, begun: -most}, upper=0.0)
    county.linear.row({column: 1.0, begun: -float(action.least / scale)}, lower=0.0)


def _add_actions(
    county: CountyModel, where: dict[tuple[str, str, str], int], most_cost: Fraction | None
) -> None:
    problem, at_least = county.problem, county.options.at_least
    asked: dict[int, Fraction] = {}
    for cell in problem.cells:
        need = problem.rule(cell).limit / cell.factor(problem.rows[cell.row].enrolment)
        asked[cell.holding] = max(asked.get(cell.holding, Fraction(0)), need)
    for action in problem.settings.actions:
        for site in sites_of(problem, action):
            touched = [where[*site, name] for name in action.adds if (*site, name) in where]
            scale = (
                action.step if action.whole else max(asked[touched[0]].limit_denominator(1000), action.step)
            )
            caps = [
                c.at_most
                for c in problem.settings.ceilings
                if c.action == action.id and c.school_code == site[0] and c.stage in ("", site[1])
            ]
            cap = min(caps) // action.step * action.step / scale if caps else None
            given = at_least.done.get((action.id, site), Fraction(0)) / scale if at_least else Fraction(0)
            column = county.linear.column(
                _price(county, action.unit_cost * scale),
                lower=float(given),
                upper=float(cap) if cap is not None else float("inf"),
                integer=action.whole,
            )
            county.action_columns[action.id, site] = (column, scale)
            for holding in touched:
                county.holding_terms[holding][column] = float(scale * action.unit_adds)
            if action.least > action.step and most_cost is not None and action.unit_cost > 0:
                most = most_useful(problem, action, touched, most_cost)
                _add_smallest(county, column, action, scale, most)
    for ceiling in problem.settings.ceilings:
        both = {
            column: float(scale)
            for (name, site), (column, scale) in county.action_columns.items()
            if name == ceiling.action and site[0] == ceiling.school_code and ceiling.stage in ("", site[1])
        }
        if len(both) > 1:
            county.linear.row(both, upper=float(ceiling.at_most))


def _add_rotation(county: CountyModel, where: dict[tuple[str, str, str], int]) -> None:
    """Out and in by school, summing to zero per profile and stage; donors give from their surplus only."""
    problem, linear = county.problem, county.linear
    given: dict[tuple[str, str, str], Terms] = {}
    totals: dict[int, bool] = {}
    spares = surpluses(problem)
    for profile in problem.settings.profiles:
        for stage in problem.stages:
            total = linear.column(_price(county, profile.unit_cost), integer=True)
            totals[total] = profile.backbone
            sent: Terms = {total: -1.0}
            received: Terms = {total: -1.0}
            for row in problem.rows:
                site = (row.school_code, stage)
                holdings = [where.get((*site, name)) for name in profile.moves]
                if (
                    row.stage != stage
                    or row.school_code in problem.settings.frozen_schools
                    or None in holdings
                ):
                    continue
                spare = min(spares[stage, row.school_code, name] for name in profile.moves)
                arrive = county.in_columns[profile.id, site] = linear.column(integer=True)
                received[arrive] = 1.0
                terms: Terms = {arrive: 1.0}
                if spare > 0:
                    leave = county.out_columns[profile.id, site] = linear.column(
                        upper=float(spare), integer=True
                    )
                    sent[leave] = 1.0
                    terms[leave] = 1.0
                    linear.row({**terms, total: -1.0}, upper=0.0)  # nobody is moved from a school to itself
                    for name in profile.moves:
                        given.setdefault((stage, row.school_code, name), {})[leave] = 1.0
                for holding in holdings:
                    if holding is not None:
                        for column, sign in ((c, 1.0 if c == arrive else -1.0) for c in terms):
                            county.holding_terms[holding][column] = sign
            linear.row(sent, lower=0.0, upper=0.0)
            linear.row(received, lower=0.0, upper=0.0)
    for (stage, code, name), terms in given.items():
        if len(terms) > 1:
            linear.row(terms, upper=float(spares[stage, code, name]))
    share = float(problem.settings.minimum_backbone_share)
    linear.row({total: (1.0 if backbone else 0.0) - share for total, backbone in totals.items()}, lower=0.0)


def pupil_terms(county: CountyModel, row_index: int) -> Terms:
    """Columns that change a row's pupils (re-zoning), with their signs."""
    row = county.problem.rows[row_index]
    terms: Terms = {}
    for number, column in county.link_columns.items():
        link = county.problem.settings.rezoning[number]
        if link.stage == row.stage and row.school_code in (link.from_school, link.to_school):
            terms[column] = -1.0 if row.school_code == link.from_school else 1.0
    return terms


def _add_needs(county: CountyModel) -> None:
    """Each cell reaches its limit, or its floor where the row's tolerated shortfall is spent on it."""
    problem, linear = county.problem, county.linear
    grids = grids_of(problem)
    shortfalls: dict[int, list[int]] = {}
    counts: dict[int, int] = {}
    for index, cell in enumerate(problem.cells):
        counts[cell.row] = counts.get(cell.row, 0) + 1
        row, rule, holding = problem.rows[cell.row], problem.rule(cell), problem.holdings[cell.holding]
        moving = pupil_terms(county, cell.row)
        asked = rule.limit / cell.factor(row.enrolment)
        if moving:
            most = row.enrolment + sum(
                problem.settings.rezoning[number].at_most
                for number, column in county.link_columns.items()
                if moving.get(column, 0.0) > 0
            )
            per_pupil, floor_per_pupil = rule.limit / cell.scale, rule.floor / cell.scale
            if holding.amount >= per_pupil * most:
                continue
            size = float(asked)
            terms = {column: value / size for column, value in county.holding_terms[cell.holding].items()}
            start = float(holding.amount) / size
            full_terms = {**terms, **{c: -sign * float(per_pupil) / size for c, sign in moving.items()}}
            low_terms = {**terms, **{c: -sign * float(floor_per_pupil) / size for c, sign in moving.items()}}
            drop = float((per_pupil - floor_per_pupil) * most) / size
            full = float(per_pupil * row.enrolment) / size - start
            low = float(floor_per_pupil * row.enrolment) / size - start
            slack = county.slack("school_need", row.stage, row.school_code, cell.indicator)
            linear.row({**low_terms, **({slack: 1.0} if slack is not None else {})}, lower=low)
        else:
            full_amount = required_amount(problem, cell, rule.limit, grids.get(cell.indicator))
            if full_amount <= holding.amount:
                continue
            low_amount = required_amount(problem, cell, rule.floor, grids.get(cell.indicator))
            whole = grids.get(cell.indicator) == (Fraction(1), Fraction(1)) and not cell.split
            size = 1.0 if whole else float(asked)
            full_terms = {
                column: value / size for column, value in county.holding_terms[cell.holding].items()
            }
            full, drop = float(full_amount - holding.amount) / size, float(full_amount - low_amount) / size
        if county.options.tolerate and drop > 0:
            column = linear.column(upper=1.0, integer=True)
            county.shortfall_columns[index] = column
            shortfalls.setdefault(cell.row, []).append(column)
            full_terms[column] = drop
        slack = county.slack("school_need", row.stage, row.school_code, cell.indicator)
        if slack is not None:
            full_terms[slack] = float(asked) / size  # in shares of what the limit asks
        linear.row(full_terms, lower=full)
    for index, columns in shortfalls.items():
        allowed = max(counts[index] - problem.minimum_met[problem.rows[index].stage], 0)
        if len(columns) > allowed:
            linear.row(dict.fromkeys(columns, 1.0), upper=float(allowed))


def _add_pupils_per_class_and_school(county: CountyModel, where: dict[tuple[str, str, str], int]) -> None:
    problem, linear = county.problem, county.linear
    schools: dict[str, Terms] = {}
    linked = linked_rows(problem)
    pupils: dict[str, int] = {}
    for index, row in enumerate(problem.rows):
        moving = pupil_terms(county, index)
        pupils[row.school_code] = pupils.get(row.school_code, 0) + row.enrolment
        schools.setdefault(row.school_code, {}).update(moving)
        if any(sign < 0 for sign in moving.values()):
            linear.row(moving, lower=float(1 - row.enrolment))
        limit = problem.class_size_limits.get(row.stage)
        if limit is None or row.classes is None:
            continue
        terms = {column: -sign / limit for column, sign in moving.items()}
        if index in linked and row.school_code not in problem.settings.frozen_schools:
            most = max(math.ceil(most_pupils(problem, row) / limit) - row.classes, 0)
            price = _price(county, problem.settings.class_cost)
            opened = linear.column(price, upper=float(most), integer=True)
            county.class_columns[index] = opened
            terms[opened] = 1.0
            for name in problem.settings.class_adds:
                if (row.school_code, "", name) in where:
                    added = float(problem.settings.class_unit_adds)
                    county.holding_terms[where[row.school_code, "", name]][opened] = added
        slack = county.slack("class_size", row.stage, row.school_code)
        if slack is not None:
            terms[slack] = 1.0
        linear.row(terms, lower=row.enrolment / limit - row.classes)
    for code, terms in schools.items():
        if code in problem.school_size_limits:
            cap = problem.school_size_limits[code]
            slack = county.slack("school_size", "", code)
            scaled = {column: sign / cap for column, sign in terms.items()}
            if slack is not None:
                scaled[slack] = -1.0
            linear.row(scaled, upper=(cap - pupils[code]) / cap)


def _add_within(county: CountyModel, where: dict[tuple[str, str, str], int]) -> None:
    problem = county.problem
    for pair in problem.settings.within:
        for row in problem.rows:
            inner = where.get((row.school_code, row.stage, pair.inner))
            outer = where.get((row.school_code, row.stage, pair.outer))
            if inner is None or outer is None:
                continue
            have, cap = problem.holdings[inner].amount, problem.holdings[outer].amount
            terms = dict(county.holding_terms[inner])
            if have > cap:  # already more than can be: no further growth, whatever the outer does
                county.linear.row(terms, upper=0.0)
                continue
            for column, value in county.holding_terms[outer].items():
                terms[column] = terms.get(column, 0.0) - value
            county.linear.row(terms, upper=float(cap - have))


def _add_limits_on_spending(county: CountyModel) -> None:
    budget = county.problem.settings.budget
    if budget is None or not county.options.budget or county.options.elastic:
        return
    size = max(float(budget), 1.0)
    costs = {column: price / size for column, price in enumerate(county.linear.cost) if price}
    county.linear.row(costs, upper=float(budget) / size)
