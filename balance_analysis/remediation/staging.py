"""The plan by year: a staircase of tasks under yearly allowances, complete in the target year.

The rule. Money not spent is carried over, so each year has a cumulative allowance. Tasks are taken strictly in order —
teachers who move (backbone first, so that the backbone share holds in every year) and re-zoned pupils, then one package
per school in the order "most school limits reached per 万元", school code as the tie-break, packages that only serve
a coefficient last — and a task that no longer fits is split by whole steps, its rest waiting for the next year. Since
the cumulative allowance of the last year covers the plan, everything is done by the target year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from balance_analysis.errors import ParameterError
from balance_analysis.exact import half_up_text
from balance_analysis.remediation.plan import Plan, Site, carry_out, cost_of, values_of
from balance_analysis.remediation.problem import RemediationProblem


@dataclass(frozen=True)
class Task:
    """One line of the task breakdown.

    ``kind`` is ``action``, ``move``, ``rezone`` or ``open_class``; ``to_school`` is set for moves and re-zoning.
    """

    year: int
    kind: str
    measure: str
    school_code: str
    stage: str
    quantity: Fraction
    cost: Fraction
    to_school: str = ""


@dataclass(frozen=True)
class _Item:
    kind: str
    measure: str
    school_code: str
    stage: str
    quantity: Fraction
    unit_cost: Fraction
    step: Fraction
    to_school: str = ""
    link: int = -1


def pair_moves(problem: RemediationProblem, plan: Plan) -> list[tuple[str, str, str, str, int]]:
    """Who goes where: (profile, stage, from, to, teachers), never from a school to itself.

    The school with most teachers still to send or receive is served first, which always leaves a valid pairing
    because no school sends and receives more than all moves of its profile together.
    """
    pairs: list[tuple[str, str, str, str, int]] = []
    for profile in problem.settings.profiles:
        for stage in problem.stages:
            sends = {
                site[0]: n
                for (name, site), n in plan.moved_out.items()
                if name == profile.id and site[1] == stage
            }
            takes = {
                site[0]: n
                for (name, site), n in plan.moved_in.items()
                if name == profile.id and site[1] == stage
            }
            counts: dict[tuple[str, str], int] = {}
            while any(sends.values()):
                both = sorted(
                    {*sends, *takes}, key=lambda code: (-(sends.get(code, 0) + takes.get(code, 0)), code)
                )
                first = both[0]
                if sends.get(first, 0) > 0:
                    giver = first
                    taker = min(
                        (c for c in takes if takes[c] and c != giver),
                        key=lambda c: (-(takes[c] + sends.get(c, 0)), c),
                    )
                else:
                    taker = first
                    giver = min(
                        (c for c in sends if sends[c] and c != taker),
                        key=lambda c: (-(sends[c] + takes.get(c, 0)), c),
                    )
                counts[giver, taker] = counts.get((giver, taker), 0) + 1
                sends[giver] -= 1
                takes[taker] -= 1
            pairs.extend((profile.id, stage, *pair, count) for pair, count in sorted(counts.items()))
    return pairs


def _ordered_items(problem: RemediationProblem, plan: Plan) -> list[_Item]:
    settings = problem.settings
    profiles = {profile.id: profile for profile in settings.profiles}
    items = [
        _Item("move", name, start, stage, Fraction(count), profiles[name].unit_cost, Fraction(1), end)
        for name, stage, start, end, count in pair_moves(problem, plan)
    ]
    items.sort(key=lambda item: not profiles[item.measure].backbone)
    for number, count in plan.rezoned.items():
        link = settings.rezoning[number]
        items.append(
            _Item(
                "rezone",
                "rezone_pupils",
                link.from_school,
                link.stage,
                Fraction(count),
                link.unit_cost,
                Fraction(1),
                link.to_school,
                number,
            )
        )
    actions = {action.id: action for action in settings.actions}
    packages: dict[str, list[_Item]] = {}
    for (name, site), quantity in plan.done.items():
        action = actions[name]
        packages.setdefault(site[0], []).append(
            _Item("action", name, site[0], site[1], quantity, action.unit_cost, action.step)
        )
    for index, count in plan.opened.items():
        row = problem.rows[index]
        packages.setdefault(row.school_code, []).append(
            _Item(
                "open_class",
                "open_class",
                row.school_code,
                row.stage,
                Fraction(count),
                settings.class_cost,
                Fraction(1),
            )
        )
    reached = _limits_reached(problem, plan)

    def worth(code: str) -> tuple[Fraction, str]:
        cost = sum((item.quantity * item.unit_cost for item in packages[code]), Fraction(0))
        return (-Fraction(reached.get(code, 0)) / cost if cost else Fraction(-(10**9)), code)

    for code in sorted(packages, key=worth):
        items.extend(packages[code])
    return items


def _limits_reached(problem: RemediationProblem, plan: Plan) -> dict[str, int]:
    before = values_of(problem, carry_out(problem, Plan()))
    after = values_of(problem, carry_out(problem, plan))
    reached: dict[str, int] = {}
    for cell, old, new in zip(problem.cells, before, after, strict=True):
        limit = problem.rule(cell).limit
        code = problem.rows[cell.row].school_code
        reached[code] = reached.get(code, 0) + (old < limit <= new)
    return reached


def stage_by_year(
    problem: RemediationProblem, plan: Plan, allowances: Mapping[int, Fraction]
) -> tuple[Task, ...]:
    """Tasks by year under ``allowances`` (万元 a year, unspent money carried over).

    Raises :class:`ParameterError` when the allowances together do not cover the plan.
    """
    total = sum(allowances.values(), Fraction(0))
    if not allowances or cost_of(problem, plan) > total:
        raise ParameterError(
            f"分年度资金合计 {half_up_text(total, 2)} 万元，不足以完成方案所需的 "
            f"{half_up_text(cost_of(problem, plan), 2)} 万元"
        )
    years = sorted(allowances)
    tasks: list[Task] = []
    position, left = 0, allowances[years[0]]
    for item in _ordered_items(problem, plan):
        rest = item.quantity
        while rest > 0:
            fits = rest if item.unit_cost == 0 else min(rest, left / item.unit_cost // item.step * item.step)
            if fits > 0:
                cost = fits * item.unit_cost
                tasks.append(
                    Task(
                        years[position],
                        item.kind,
                        item.measure,
                        item.school_code,
                        item.stage,
                        fits,
                        cost,
                        item.to_school,
                    )
                )
                rest -= fits
                left -= cost
            if rest > 0:
                position += 1
                left += allowances[years[position]]
    return tuple(tasks)


def plan_until(problem: RemediationProblem, tasks: tuple[Task, ...], year: int) -> Plan:
    """What of the plan is done by the end of ``year``."""
    plan = Plan()
    links = {
        (link.stage, link.from_school, link.to_school): n for n, link in enumerate(problem.settings.rezoning)
    }
    rows = {(row.stage, row.school_code): index for index, row in enumerate(problem.rows)}
    for task in tasks:
        if task.year > year:
            continue
        site: Site = (task.school_code, task.stage)
        if task.kind == "action":
            plan.done[task.measure, site] = plan.done.get((task.measure, site), Fraction(0)) + task.quantity
        elif task.kind == "move":
            out, arrive = (task.measure, site), (task.measure, (task.to_school, task.stage))
            plan.moved_out[out] = plan.moved_out.get(out, 0) + int(task.quantity)
            plan.moved_in[arrive] = plan.moved_in.get(arrive, 0) + int(task.quantity)
        elif task.kind == "rezone":
            link = links[task.stage, task.school_code, task.to_school]
            plan.rezoned[link] = plan.rezoned.get(link, 0) + int(task.quantity)
        else:
            row = rows[task.stage, task.school_code]
            plan.opened[row] = plan.opened.get(row, 0) + int(task.quantity)
    return plan
