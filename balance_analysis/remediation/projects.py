"""Where a measure can be done and in which amounts: sites, smallest projects and steps, and how much can be useful at all."""

from __future__ import annotations

from fractions import Fraction

from balance_analysis.remediation.obligations import linked_rows
from balance_analysis.remediation.plan import Site
from balance_analysis.remediation.problem import Cell, RemediationProblem
from balance_analysis.remediation.settings import Action

Grid = tuple[Fraction, Fraction]
"""What an amount grows by: the least addition and the step of larger ones."""


def sites_of(problem: RemediationProblem, action: Action) -> list[Site]:
    """Where an action can be done: campuses for shared resources, school stages for staff.

    Frozen schools never, ground not at barred ones; rooms of their own item are no way to gain floor area.
    """
    if action.room:
        return []
    wanted = set(action.adds)
    shut = problem.settings.frozen_schools | (problem.barred if action.ground else frozenset())
    sites = dict.fromkeys((h.school_code, h.stage) for h in problem.holdings if h.indicator in wanted)
    return [site for site in sites if site[0] not in shut]


def grids_of(problem: RemediationProblem) -> dict[str, Grid]:
    """The grid of each indicator's amounts, where all its actions share one; moves are whole teachers."""
    grids: dict[str, set[Grid]] = {}
    for action in problem.settings.actions:
        for indicator in [] if action.room else action.adds:
            grids.setdefault(indicator, set()).add(
                (action.least * action.unit_adds, action.step * action.unit_adds)
            )
    for profile in problem.settings.profiles:
        for indicator in profile.moves:
            grids.setdefault(indicator, set()).add((Fraction(1), Fraction(1)))
    if linked_rows(problem):  # classes that may be opened bring rooms of another size
        for indicator in problem.settings.class_adds:
            grids.pop(indicator, None)
    return {indicator: sizes.pop() for indicator, sizes in grids.items() if len(sizes) == 1}


def required_amount(problem: RemediationProblem, cell: Cell, target: Fraction, grid: Grid | None) -> Fraction:
    """The smallest reachable amount whose value is at least ``target`` (pupils as they are)."""
    row, holding = problem.rows[cell.row], problem.holdings[cell.holding]
    exact_amount = target / cell.factor(row.enrolment)
    if exact_amount <= holding.amount:
        return holding.amount
    if grid is None:
        return exact_amount
    least, step = grid
    return holding.amount + max(-(-(exact_amount - holding.amount) // step) * step, least)


def most_useful(
    problem: RemediationProblem, action: Action, touched: list[int], most_cost: Fraction
) -> Fraction:
    """More of an action at one site than this is in no cheapest plan, if a plan of ``most_cost`` is known to hold.

    No plan buys more than its money. Where a single action serves the indicator and pupils stay, a school whose value lies above its
    limit and above (1+c²) times the mean could do with one step less: its own need holds, and so does its coefficient, since
    N·Σr²/n − (1+c²)R² falls with r there (record 0055). The mean is at most what all that money makes of it.
    """
    bought = most_cost / action.unit_cost
    alone = len(action.adds) == 1 and action.adds[0] in grids_of(problem)
    if not alone or linked_rows(problem):
        return bought
    most = action.least
    members = [cell for cell in problem.cells if cell.indicator == action.adds[0]]
    for cell in (cell for cell in members if cell.holding in touched):
        stage = problem.rows[cell.row].stage
        peers = [one for one in members if problem.rows[one.row].stage == stage]
        pupils = [problem.rows[one.row].enrolment for one in peers]
        held = sum(
            one.factor(n) * n * problem.holdings[one.holding].amount
            for one, n in zip(peers, pupils, strict=True)
        )
        mean = (held + max(one.scale for one in peers) * action.unit_adds * bought) / sum(pupils)
        rule = problem.rule(cell)
        useful = rule.limit if rule.cv_ceiling is None else max(rule.limit, (1 + rule.cv_ceiling**2) * mean)
        amount = (
            useful / cell.factor(problem.rows[cell.row].enrolment) - problem.holdings[cell.holding].amount
        )
        most = max(most, amount / action.unit_adds + action.step)
    return min(bought, most)
