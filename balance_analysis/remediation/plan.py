"""A plan as exact numbers, the county it leads to, and the exact judgement of that county.

This is the re-check that stands between the solver and the reader: rational arithmetic, the ordinary definitions, no
tolerance. A plan with any :class:`Breach` is never shown as a plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import sqrt
from typing import Any

from balance_analysis.remediation.problem import RemediationProblem

Site = tuple[str, str]
"""(school_code, stage); the stage is empty for what the whole campus shares."""


@dataclass
class Plan:
    """Whole decisions of one plan; quantities are multiples of the action's step.

    ``done[action, site]``, teachers ``moved_in`` and ``moved_out[profile, site]``, ``rezoned`` pupils by position of the
    link in the settings, ``opened`` classes by position of the row.
    """

    done: dict[tuple[str, Site], Fraction] = field(default_factory=dict)
    moved_in: dict[tuple[str, Site], int] = field(default_factory=dict)
    moved_out: dict[tuple[str, Site], int] = field(default_factory=dict)
    rezoned: dict[int, int] = field(default_factory=dict)
    opened: dict[int, int] = field(default_factory=dict)

    def parts(self) -> tuple[dict[Any, Any], ...]:
        """All its decisions, kind by kind."""
        return (self.done, self.moved_in, self.moved_out, self.rezoned, self.opened)

    def copy(self) -> Plan:
        return Plan(*map(dict, self.parts()))


@dataclass(frozen=True)
class PlannedCounty:
    """What the county has after the plan: amounts by holding, pupils and classes by row."""

    amounts: tuple[Fraction, ...]
    enrolments: tuple[int, ...]
    classes: tuple[int | None, ...]


@dataclass(frozen=True)
class Breach:
    """One rule that does not hold. ``family`` is one of the keys of ``FAMILIES``."""

    family: str
    stage: str = ""
    school_code: str = ""
    indicator: str = ""
    found: float = float("nan")
    limit: float = float("nan")


FAMILIES = (
    "school_need",
    "school_floor",
    "school_minimum_met",
    "coefficient",
    "class_size",
    "school_size",
    "budget",
    "ceiling",
    "rotation",
    "donor_need",
    "within",
    "smallest",
    "ground",
    "required_move",
    "class_split",
    "rooms",
)
"""Constraint families: what a plan may fail."""


def cost_of(problem: RemediationProblem, plan: Plan) -> Fraction:
    """Total cost in 万元, exactly."""
    settings = problem.settings
    price = {action.id: action.unit_cost for action in settings.actions}
    fare = {profile.id: profile.unit_cost for profile in settings.profiles}
    total = sum((price[action] * quantity for (action, _), quantity in plan.done.items()), Fraction(0))
    total += sum((fare[profile] * count for (profile, _), count in plan.moved_in.items()), Fraction(0))
    total += sum(
        (settings.rezoning[link].unit_cost * count for link, count in plan.rezoned.items()), Fraction(0)
    )
    return total + sum(plan.opened.values()) * settings.class_cost


def carry_out(problem: RemediationProblem, plan: Plan) -> PlannedCounty:
    """The county after the plan; actions on a site add to every holding of that site they name."""
    settings = problem.settings
    amounts = [holding.amount for holding in problem.holdings]
    where = {(h.school_code, h.stage, h.indicator): index for index, h in enumerate(problem.holdings)}
    actions = {action.id: action for action in settings.actions}
    moves = {profile.id: profile.moves for profile in settings.profiles}
    changes = [(actions[a].adds, site, q * actions[a].unit_adds) for (a, site), q in plan.done.items()]
    changes += [
        (settings.class_adds, (problem.rows[row].school_code, ""), settings.class_unit_adds * count)
        for row, count in plan.opened.items()
    ]
    changes += [(moves[p], site, Fraction(c)) for (p, site), c in plan.moved_in.items()]
    changes += [(moves[p], site, Fraction(-c)) for (p, site), c in plan.moved_out.items()]
    for indicators, site, quantity in changes:
        for indicator in indicators:
            if (*site, indicator) in where:
                amounts[where[*site, indicator]] += quantity
    pupils = [row.enrolment for row in problem.rows]
    position = {(row.stage, row.school_code): index for index, row in enumerate(problem.rows)}
    for number, count in plan.rezoned.items():
        link = settings.rezoning[number]
        pupils[position[link.stage, link.from_school]] -= count
        pupils[position[link.stage, link.to_school]] += count
    classes = tuple(
        None if row.classes is None else row.classes + plan.opened.get(index, 0)
        for index, row in enumerate(problem.rows)
    )
    return PlannedCounty(tuple(amounts), tuple(pupils), classes)


def values_of(problem: RemediationProblem, county: PlannedCounty) -> list[Fraction]:
    """The indicator value of every cell, exactly."""
    return [cell.factor(county.enrolments[cell.row]) * county.amounts[cell.holding] for cell in problem.cells]


def squared_coefficients(
    problem: RemediationProblem, county: PlannedCounty
) -> dict[tuple[str, str], Fraction | None]:
    """CV² = N·Σ n x² / (Σ n x)² − 1 by (stage, indicator); ``None`` where the mean is zero or a school stands alone."""
    sums: dict[tuple[str, str], list[Fraction]] = {}
    for cell, value in zip(problem.cells, values_of(problem, county), strict=True):
        pupils = county.enrolments[cell.row]
        entry = sums.setdefault((problem.rows[cell.row].stage, cell.indicator), [Fraction(0)] * 4)
        for position, term in enumerate(
            (Fraction(pupils), pupils * value, pupils * value * value, Fraction(1))
        ):
            entry[position] += term
    return {
        key: (n * s / r**2 - 1 if r > 0 and count > 1 else None) for key, (n, r, s, count) in sums.items()
    }


def breaches(problem: RemediationProblem, plan: Plan) -> tuple[Breach, ...]:
    """Every rule the planned county or the plan itself breaks; empty when the plan holds, exactly."""
    county = carry_out(problem, plan)
    found = [*_school_breaches(problem, county), *_plan_breaches(problem, plan, county)]
    for (stage, indicator), square in squared_coefficients(problem, county).items():
        limit = problem.rules[stage, indicator].cv_ceiling
        if sum(row.stage == stage for row in problem.rows) < 2:
            continue  # not assessable, with any plan: no rule a plan could break
        if limit is not None and (square is None or square > limit**2):
            value = float("nan") if square is None else sqrt(square)
            found.append(Breach("coefficient", stage, "", indicator, value, float(limit)))
    return tuple(found)


def _school_breaches(problem: RemediationProblem, county: PlannedCounty) -> Iterator[Breach]:
    met = [0] * len(problem.rows)
    count = [0] * len(problem.rows)
    for cell, value in zip(problem.cells, values_of(problem, county), strict=True):
        row, rule = problem.rows[cell.row], problem.rule(cell)
        count[cell.row] += 1
        met[cell.row] += value >= rule.limit
        if value < rule.floor:
            yield Breach(
                "school_floor", row.stage, row.school_code, cell.indicator, float(value), float(rule.floor)
            )
    by_school: dict[str, int] = {}
    for index, row in enumerate(problem.rows):
        needed = min(problem.minimum_met[row.stage], count[index])
        if met[index] < needed:
            yield Breach("school_minimum_met", row.stage, row.school_code, "", met[index], needed)
        pupils, classes = county.enrolments[index], county.classes[index]
        by_school[row.school_code] = by_school.get(row.school_code, 0) + pupils
        limit = problem.class_size_limits.get(row.stage)
        if limit is not None and classes is not None and pupils > limit * classes:
            size = pupils / classes if classes else float("inf")
            yield Breach("class_size", row.stage, row.school_code, "", size, limit)
    for code, pupils in by_school.items():
        if code in problem.school_size_limits and pupils > problem.school_size_limits[code]:
            yield Breach("school_size", "", code, "", pupils, problem.school_size_limits[code])


def surpluses(problem: RemediationProblem) -> dict[tuple[str, str, str], int]:
    """Whole teachers a school can give, by (stage, school, indicator), without falling below its own need.

    The need is taken at the most pupils the school may come to have by re-zoning, so that no order of steps breaks it.
    """
    spare: dict[tuple[str, str, str], int] = {}
    arriving: dict[tuple[str, str], int] = {}
    for link in problem.settings.rezoning:
        key = (link.stage, link.to_school)
        arriving[key] = arriving.get(key, 0) + link.at_most
    moved = {indicator for profile in problem.settings.profiles for indicator in profile.moves}
    for cell in problem.cells:
        if cell.indicator in moved:
            row = problem.rows[cell.row]
            most = row.most_pupils or row.enrolment + arriving.get((row.stage, row.school_code), 0)
            need = problem.rule(cell).limit / cell.factor(most)
            left = (problem.holdings[cell.holding].amount - need).__floor__()
            spare[row.stage, row.school_code, cell.indicator] = max(0, left)
    return spare


def _plan_breaches(problem: RemediationProblem, plan: Plan, county: PlannedCounty) -> Iterator[Breach]:
    settings = problem.settings
    cost = cost_of(problem, plan)
    if settings.budget is not None and cost > settings.budget:
        yield Breach("budget", found=float(cost), limit=float(settings.budget))
    touched = {
        site[0] for (_, site), q in (*plan.done.items(), *plan.moved_in.items(), *plan.moved_out.items()) if q
    }
    for code in sorted(touched & settings.frozen_schools):
        yield Breach("ceiling", school_code=code, found=1.0, limit=0.0)
    for ceiling in settings.ceilings:
        used = sum(
            (
                q
                for (action, (code, stage)), q in plan.done.items()
                if action == ceiling.action and code == ceiling.school_code and ceiling.stage in ("", stage)
            ),
            Fraction(0),
        )
        if used > ceiling.at_most:
            yield Breach(
                "ceiling", ceiling.stage, ceiling.school_code, "", float(used), float(ceiling.at_most)
            )
    yield from _works_breaches(problem, plan, county)
    yield from _rotation_breaches(problem, plan)
    for pair in settings.within:
        place = {(h.stage, h.school_code, h.indicator): i for i, h in enumerate(problem.holdings)}
        for row in problem.rows:
            inner = place.get((row.stage, row.school_code, pair.inner))
            outer = place.get((row.stage, row.school_code, pair.outer))
            if inner is None or outer is None:
                continue
            have = problem.holdings[inner].amount
            most = county.amounts[outer] if have <= problem.holdings[outer].amount else have
            if county.amounts[inner] > most:
                yield Breach(
                    "within",
                    row.stage,
                    row.school_code,
                    pair.inner,
                    float(county.amounts[inner]),
                    float(most),
                )


def _works_breaches(problem: RemediationProblem, plan: Plan, county: PlannedCounty) -> Iterator[Breach]:
    """Projects below their smallest size, ground where none may be added, moves, splits and rooms that are missing."""
    actions = {action.id: action for action in problem.settings.actions}
    for (name, (code, stage)), quantity in plan.done.items():
        action = actions[name]
        if quantity and (quantity < action.least or quantity % action.step):
            yield Breach("smallest", stage, code, "", float(quantity), float(action.least))
        if quantity and action.ground and code in problem.barred:
            yield Breach("ground", stage, code, "", float(quantity), 0.0)
    for number in problem.required:
        link, moved = problem.settings.rezoning[number], plan.rezoned.get(number, 0)
        if moved != link.at_most:
            yield Breach("required_move", link.stage, link.from_school, "", float(moved), float(link.at_most))
    for index, row in enumerate(problem.rows):
        left = row.enrolment - county.enrolments[index]
        fixed = row.school_code in problem.settings.frozen_schools
        if row.oversize > plan.opened.get(index, 0) and not fixed and left < row.excess:
            yield Breach(
                "class_split", row.stage, row.school_code, "", plan.opened.get(index, 0), row.oversize
            )
    for need in problem.room_needs:
        rooms = need.have + plan.done.get((need.action, (need.school_code, "")), Fraction(0))
        if rooms < need.needed(county.classes):
            yield Breach("rooms", "", need.school_code, "", float(rooms), need.needed(county.classes))


def _rotation_breaches(problem: RemediationProblem, plan: Plan) -> Iterator[Breach]:
    profiles = {profile.id: profile for profile in problem.settings.profiles}
    balance: dict[tuple[str, str], int] = {}
    given: dict[tuple[str, str, str], int] = {}
    for (name, (code, stage)), count in plan.moved_out.items():
        balance[name, stage] = balance.get((name, stage), 0) - count
        for indicator in profiles[name].moves:
            given[stage, code, indicator] = given.get((stage, code, indicator), 0) + count
    for (name, (_, stage)), count in plan.moved_in.items():
        balance[name, stage] = balance.get((name, stage), 0) + count
    for (_name, stage), difference in balance.items():
        if difference:
            yield Breach("rotation", stage, found=float(difference), limit=0.0)
    moved = sum(plan.moved_in.values())
    backbone = sum(count for (name, _), count in plan.moved_in.items() if profiles[name].backbone)
    share = problem.settings.minimum_backbone_share
    if moved and backbone < share * moved:
        yield Breach("rotation", found=backbone / moved, limit=float(share))
    spares = surpluses(problem)
    for (stage, code, indicator), count in given.items():
        if count > (spare := spares.get((stage, code, indicator), 0)):
            yield Breach("donor_need", stage, code, indicator, float(count), float(spare))
