"""From a solver's numbers to a plan in whole units that holds: round up to needs, then mend coefficients cheaply.

The search here is heuristic and in floating point; whether its result is a plan is decided only by the exact
judgement in :mod:`.plan`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from balance_analysis.remediation.plan import (
    Breach,
    Plan,
    Site,
    breaches,
    carry_out,
)
from balance_analysis.remediation.problem import Cell, RemediationProblem
from balance_analysis.remediation.projects import sites_of
from balance_analysis.remediation.settings import Action

_MOST_ADDITIONS = 5000
_MARGIN = 1e-12


class PlanRepair:
    """Prepared once per problem: which actions serve which holding, what each site may still take."""

    def __init__(self, problem: RemediationProblem) -> None:
        self.problem = problem
        self.where = {(h.school_code, h.stage, h.indicator): i for i, h in enumerate(problem.holdings)}
        self.servants: dict[int, list[tuple[Action, Site]]] = {}
        for action in sorted(problem.settings.actions, key=lambda a: (a.unit_cost, len(a.adds), a.id)):
            for site in sites_of(problem, action):
                for name in action.adds:
                    if (*site, name) in self.where:
                        self.servants.setdefault(self.where[*site, name], []).append((action, site))
        self.readers: dict[int, list[int]] = {}
        for index, cell in enumerate(problem.cells):
            self.readers.setdefault(cell.holding, []).append(index)

    def complete(self, plan: Plan, tolerated: Iterable[int], *, hold_cv: bool = True) -> Plan:
        """A copy of ``plan`` topped up to every need (floor for ``tolerated`` cells) and, with ``hold_cv``, mended."""
        done = plan.copy()
        least = {action.id: action.least for action in self.problem.settings.actions}
        done.done = {key: max(quantity, least[key[0]]) for key, quantity in done.done.items() if quantity}
        self._meet_needs(done, set(tolerated))
        if hold_cv:
            for _ in range(3):
                broken = [b for b in breaches(self.problem, done) if b.family == "coefficient"]
                if not broken or not all([self._mend(done, breach) for breach in broken]):
                    break
        return done

    def _room(self, plan: Plan, action: Action, site: Site) -> Fraction | None:
        caps: list[Fraction] = []
        for ceiling in self.problem.settings.ceilings:
            if (
                ceiling.action == action.id
                and ceiling.school_code == site[0]
                and ceiling.stage in ("", site[1])
            ):
                used = sum(
                    (
                        q
                        for (name, (code, stage)), q in plan.done.items()
                        if name == action.id and code == site[0] and ceiling.stage in ("", stage)
                    ),
                    Fraction(0),
                )
                caps.append(ceiling.at_most - used)
        return max(min(caps), Fraction(0)) if caps else None

    def _add(self, plan: Plan, holding: int, amount: Fraction) -> Fraction:
        """Add at least ``amount`` to a holding by its cheapest action with room; returns what was added."""
        for action, site in self.servants.get(holding, []):
            wanted = -(-amount / action.unit_adds // action.step) * action.step
            begun = plan.done.get((action.id, site), Fraction(0))
            wanted = max(wanted, action.least - begun)
            room = self._room(plan, action, site)
            quantity = wanted if room is None else min(wanted, room // action.step * action.step)
            if quantity > 0 and begun + quantity >= action.least:
                plan.done[action.id, site] = begun + quantity
                return quantity * action.unit_adds
        return Fraction(0)

    def _meet_needs(self, plan: Plan, tolerated: set[int]) -> None:
        county = carry_out(self.problem, plan)
        amounts = list(county.amounts)
        for index, cell in sorted(enumerate(self.problem.cells), key=lambda item: -self._width(item[1])):
            rule = self.problem.rule(cell)
            target = rule.floor if index in tolerated else rule.limit
            pupils = county.enrolments[cell.row]
            needed = target / cell.factor(pupils)
            while amounts[cell.holding] < needed:
                before = dict(plan.done)
                if not self._add(plan, cell.holding, needed - amounts[cell.holding]):
                    break
                for key, quantity in plan.done.items():
                    gained = quantity - before.get(key, Fraction(0))
                    if gained:
                        action = next(a for a in self.problem.settings.actions if a.id == key[0])
                        for name in action.adds:
                            if (*key[1], name) in self.where:
                                amounts[self.where[*key[1], name]] += gained * action.unit_adds

    def _width(self, cell: Cell) -> int:
        """Cells served by actions that also serve others come first, so that nothing is bought twice."""
        served = self.servants.get(cell.holding, [])
        return len(served[0][0].adds) if served else 0

    def _mend(self, plan: Plan, breach: Breach) -> bool:
        """Add units where a 万元 lowers the excess of this indicator most, until no stage exceeds."""
        problem = self.problem
        county = carry_out(problem, plan)
        sums: dict[str, _Sums] = {}
        members = [i for i, cell in enumerate(problem.cells) if cell.indicator == breach.indicator]
        resource: dict[int, float] = {}
        for index in members:
            cell = problem.cells[index]
            stage, pupils = problem.rows[cell.row].stage, county.enrolments[cell.row]
            resource[index] = float(cell.factor(pupils) * county.amounts[cell.holding] * pupils)
            entry = sums.setdefault(stage, _Sums(_limit(problem, stage, breach.indicator)))
            entry.pupils += pupils
            entry.total += resource[index]
            entry.squares += resource[index] ** 2 / pupils
        moves = self._candidates(plan, members, county.enrolments)
        for _ in range(_MOST_ADDITIONS):
            if all(entry.excess() <= -_MARGIN for entry in sums.values()):
                return True
            best = min(moves, key=lambda move: move.gain(sums, resource), default=None)
            if best is None or best.gain(sums, resource) >= 0:
                return False
            amount = best.amount(sums, resource)
            added = self._add(plan, best.holding, amount)
            if added < best.step:
                moves.remove(best)
                continue
            best.apply(sums, resource, float(added))
            best.step = best.later_step
        return False

    def _candidates(self, plan: Plan, members: list[int], enrolments: tuple[int, ...]) -> list[_Addition]:
        found: dict[int, _Addition] = {}
        for index in members:
            cell = self.problem.cells[index]
            served = self.servants.get(cell.holding)
            if not served or self._room(plan, *served[0]) == 0:
                continue
            action = served[0][0]
            addition = found.setdefault(
                cell.holding,
                _Addition(
                    cell.holding,
                    float(action.unit_cost / action.unit_adds),
                    (action.step if plan.done.get((action.id, served[0][1])) else action.least)
                    * action.unit_adds,
                    action.step * action.unit_adds,
                    action.whole and not self.problem.settings.resource(cell.indicator).shared,
                    [],
                ),
            )
            pupils = enrolments[cell.row]
            stage = self.problem.rows[cell.row].stage
            addition.effects.append((index, stage, float(cell.factor(pupils)) * pupils, pupils))
        return list(found.values())


def _limit(problem: RemediationProblem, stage: str, indicator: str) -> float:
    limit = problem.rules[stage, indicator].cv_ceiling
    return math.inf if limit is None else float(limit)


@dataclass
class _Sums:
    """N, R and Σ r²/n of one stage."""

    limit: float
    pupils: float = 0.0
    total: float = 0.0
    squares: float = 0.0

    def excess(self, added: float = 0.0, added_squares: float = 0.0) -> float:
        """CV² + 1 relative to its limit, minus 1, after an addition."""
        if math.isinf(self.limit):
            return -1.0
        total = self.total + added
        if total <= 0:
            return math.inf
        return self.pupils * (self.squares + added_squares) / ((1 + self.limit**2) * total**2) - 1


@dataclass
class _Addition:
    """A possible addition to one holding and its effect on the stages that read it (index, stage, r per unit, n).

    ``step`` is the smallest project while there is none, then ``later_step``.
    """

    holding: int
    cost: float
    step: Fraction
    later_step: Fraction
    whole: bool
    effects: list[tuple[int, str, float, int]]

    def _change(self, sums: dict[str, _Sums], resource: dict[int, float], amount: float) -> float:
        change = 0.0
        for index, stage, rate, pupils in self.effects:
            gain = rate * amount
            squares = (2 * resource[index] * gain + gain * gain) / pupils
            before, after = sums[stage].excess(), sums[stage].excess(gain, squares)
            if math.isinf(before):
                change -= 1.0
            else:
                change += max(after, -_MARGIN) - max(before, -_MARGIN)
        return change

    def gain(self, sums: dict[str, _Sums], resource: dict[int, float]) -> float:
        """Change of the excess per 万元 at the margin (negative is good)."""
        return self._change(sums, resource, float(self.step)) / (self.cost * float(self.step))

    def amount(self, sums: dict[str, _Sums], resource: dict[int, float]) -> Fraction:
        """One unit for whole things; otherwise what is still wanted, found by doubling and halving."""
        if self.whole:
            return self.step
        count = 1
        while count < 2**30:
            now = self._change(sums, resource, float(count * self.step))
            twice = self._change(sums, resource, float(2 * count * self.step))
            # go on while doubling keeps most of its worth and the excess is not yet gone
            if twice > 1.8 * now:
                break
            count *= 2
        return count * self.step

    def apply(self, sums: dict[str, _Sums], resource: dict[int, float], amount: float) -> None:
        for index, stage, rate, pupils in self.effects:
            gain = rate * amount
            sums[stage].squares += (2 * resource[index] * gain + gain * gain) / pupils
            sums[stage].total += gain
            resource[index] += gain
