"""What a works programme does before anything is optimised: pupils move, oversize classes are split, rooms are provided.

Each of these follows from the law and the filed figures alone, so that there is nothing to choose: pupils above a school's size
limit leave along the required links; every class above its limit becomes two, and a stage has as many classes as its pupils
need; a school has the music and art rooms that its classes ask for, counted at the most classes it may come to have. What is left is the
county after them (:func:`county_after`), and a plan is both together (:func:`together`).
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

from balance_analysis.remediation.plan import Plan, carry_out, cost_of
from balance_analysis.remediation.problem import RemediationProblem, SchoolRow


def obligations(problem: RemediationProblem) -> Plan:
    """The part of every plan that the law and the filed figures decide."""
    settings = problem.settings
    plan = Plan(rezoned={n: settings.rezoning[n].at_most for n in problem.required})
    after = carry_out(problem, plan)
    most_classes: list[int | None] = []
    linked = linked_rows(problem)
    for index, row in enumerate(problem.rows):
        classes, pupils = row.classes, after.enrolments[index]
        opened, limit = 0, problem.class_size_limits.get(row.stage)
        fixed = row.school_code in settings.frozen_schools
        if limit is not None and classes is not None and not fixed:
            opened = classes_to_open(row, pupils, limit, linked=index in linked)
            if opened:
                plan.opened[index] = opened
        most = classes if classes is None else classes + opened
        if most is not None and limit is not None and not fixed and index in linked:
            most = max(most, math.ceil(most_pupils(problem, row) / limit))
        most_classes.append(most)
    for need in problem.room_needs:
        missing = need.needed(most_classes) - need.have
        if missing > 0:
            plan.done[need.action, (need.school_code, "")] = Fraction(missing)
    return plan


def classes_to_open(row: SchoolRow, pupils: int, limit: int, *, linked: bool) -> int:
    """Classes that a row must open: one for each oversize class, and as many as its pupils need at ``limit`` each.

    Of a row with links that may be used or not, only the first is certain.
    """
    assert row.classes is not None
    split = 0 if row.oversize and row.enrolment - pupils >= row.excess else row.oversize
    return max(split, 0 if linked else math.ceil(pupils / limit) - row.classes, 0)


def linked_rows(problem: RemediationProblem) -> set[int]:
    """Rows whose pupils a plan may still choose to move."""
    ends = {
        (link.stage, code)
        for number, link in enumerate(problem.settings.rezoning)
        if number not in problem.required and link.at_most
        for code in (link.from_school, link.to_school)
    }
    return {index for index, row in enumerate(problem.rows) if (row.stage, row.school_code) in ends}


def most_pupils(problem: RemediationProblem, row: SchoolRow) -> int:
    """The most pupils a row may come to have by re-zoning."""
    if row.most_pupils is not None:
        return row.most_pupils
    links = problem.settings.rezoning
    return row.enrolment + sum(
        link.at_most for link in links if (link.stage, link.to_school) == (row.stage, row.school_code)
    )


def county_after(problem: RemediationProblem, done: Plan) -> RemediationProblem:
    """The county once ``done`` is carried out: what a donor must keep is still read from all links, the budget is what is left."""
    after, settings = carry_out(problem, done), problem.settings
    links = tuple(
        replace(link, at_most=link.at_most - done.rezoned.get(number, 0))
        for number, link in enumerate(settings.rezoning)
    )
    budget = None if settings.budget is None else settings.budget - cost_of(problem, done)
    return replace(
        problem,
        rows=tuple(
            replace(row, enrolment=pupils, classes=classes, most_pupils=most_pupils(problem, row), oversize=0, excess=0)
            for row, pupils, classes in zip(problem.rows, after.enrolments, after.classes, strict=True)
        ),
        holdings=tuple(
            replace(holding, amount=amount)
            for holding, amount in zip(problem.holdings, after.amounts, strict=True)
        ),
        settings=replace(settings, rezoning=links, budget_total=budget, budget_yearly=()),
        room_needs=(),
        required=(),
    )  # fmt: skip


def together(first: Plan, second: Plan) -> Plan:
    """Both plans as one."""
    plan = first.copy()
    for done, more in zip(plan.parts(), second.parts(), strict=True):
        for key, quantity in more.items():
            done[key] = done.get(key, 0) + quantity
    return plan
