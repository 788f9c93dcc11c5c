"""The works programme's certificate against enumeration: smallest projects, whole classrooms, margin, moves, splits, rooms,
no ground at a crowded school that nobody can leave.
"""

import itertools
import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from balance_analysis.remediation import PlanStatus, breaches, load_costs
from balance_analysis.remediation.problem import RoomNeed
from balance_analysis.remediation.settings import RezoningLink
from tests.remediation_counties import LIMITS, primary_county, searched

CLASS_LIMIT, CLASSES_PER_ROOM = 45, 12
LEAST = {"teaching_area": (180, 90, "0.35"), "sports_area": (600, 50, "0.06")}
"""Smallest project, step and price of the shipped file (planning assumptions of its own)."""


def additions(name, most):
    """Nothing, or from the smallest project on in whole steps."""
    least, step, _ = LEAST[name]
    return [0, *range(least, most + 1, step)]


def works_county(seed, *, stuck):
    """Three primary schools: the first above a size limit of 300, classes above 45, music rooms short.

    ``stuck``: nobody can leave the first, so it gets no ground; it has nine tenths of what its pupils need.
    """
    random = np.random.default_rng(seed)
    pupils = [int(n) for n in random.integers(310, 340, 1)] + [int(n) for n in random.integers(120, 200, 2)]
    amounts = {
        name: [float(round(float(LIMITS[name]) * n * random.uniform(0.55, 1.5))) for n in pupils]
        for name in LEAST
    }
    if stuck:
        amounts["sports_area"][0] = float(round(float(LIMITS["sports_area"]) * pupils[0] * 0.9))
    classes = [math.ceil(n / CLASS_LIMIT) for n in pupils]
    oversize = [int(n) for n in random.integers(0, 3, 3)]
    rooms = [int(n) for n in random.integers(0, 2, 3)]
    return pupils, amounts, classes, oversize, rooms


def problem_of(pupils, amounts, classes, oversize, rooms, cv_limit, *, stuck):
    settings = replace(load_costs(), profiles=(), within=())
    link = RezoningLink("primary", "S0", "S1", pupils[0] - 300, Fraction(1, 10))
    settings = replace(settings, rezoning=() if stuck else (link,))
    problem = primary_county(
        pupils,
        amounts,
        settings=settings,
        cv_limit=cv_limit,
        classes={("primary", f"S{i}"): n for i, n in enumerate(classes)},
        class_size_limits={"primary": CLASS_LIMIT},
        school_size_limits={"S0": pupils[0] if stuck else 300},
    )
    return replace(
        problem,
        rows=tuple(
            replace(row, oversize=n, excess=5 * n) for row, n in zip(problem.rows, oversize, strict=True)
        ),
        room_needs=tuple(
            RoomNeed(f"S{i}", "build_music_room", have, Fraction(CLASSES_PER_ROOM), ((i,),))
            for i, have in enumerate(rooms)
        ),
        required=() if stuck else (0,),
        barred=frozenset({"S0"} if stuck else ()),
    )


def enumerated(pupils, amounts, classes, oversize, rooms, cv_limit, *, stuck):
    """The least cost by trying every programme, from the rules in words and nothing of the package."""
    moved = 0 if stuck else pupils[0] - 300
    after = [pupils[0] - moved, pupils[1] + moved, pupils[2]]
    cost, area = Fraction(moved, 10), [0, 0, 0]
    for i in range(3):
        relieved = oversize[i] and pupils[i] - after[i] >= 5 * oversize[i]
        opened = max(0 if relieved else oversize[i], math.ceil(after[i] / CLASS_LIMIT) - classes[i], 0)
        built = max(math.ceil((classes[i] + opened) / CLASSES_PER_ROOM) - rooms[i], 0)
        cost += 33 * opened + 45 * built
        area[i] = 90 * opened + 96 * built
    ceiling = Fraction(cv_limit) - Fraction(2, 100)
    everyone = sum(after)
    best: dict[tuple[str, tuple[bool, ...]], Fraction] = {}
    for name, (_, _, price) in LEAST.items():
        start = [int(amounts[name][i]) + (area[i] if name == "teaching_area" else 0) for i in range(3)]
        limit = Fraction(LIMITS[name])
        most = {"teaching_area": 1260, "sports_area": 2100}[name]
        ways = [additions(name, most)] * 3
        if stuck and name == "sports_area":
            ways[0] = [0]
        for added in itertools.product(*ways):
            held = [start[i] + added[i] for i in range(3)]
            values = [Fraction(held[i], after[i]) for i in range(3)]
            if min(values) < limit * Fraction(85, 100):
                continue
            squares = sum(value * value * n for value, n in zip(values, after, strict=True))
            if everyone * squares > (1 + ceiling**2) * sum(held) ** 2:
                continue
            short = tuple(value < limit for value in values)
            price_here = Fraction(price) * sum(added)
            best[name, short] = min(best.get((name, short), price_here), price_here)
    pairs = [
        first + second
        for (one, short), first in best.items()
        for (other, more), second in best.items()
        if one == "teaching_area"
        and other == "sports_area"
        and not any(a and b for a, b in zip(short, more, strict=True))
    ]
    return cost + min(pairs)


@pytest.mark.parametrize(("seed", "stuck"), [*((seed, False) for seed in range(10)), (10, True), (11, True)])
def test_every_programme_tried_finds_the_same_least_cost(seed, stuck):
    pupils, amounts, classes, oversize, rooms = works_county(seed, stuck=stuck)
    cv_limit = ["0.12", "0.2", "0.5"][seed % 3]
    problem = problem_of(pupils, amounts, classes, oversize, rooms, cv_limit, stuck=stuck)
    found = searched(problem, gap=0.0, seconds=30)
    assert found.certificate.status is PlanStatus.OPTIMAL
    assert breaches(problem, found.plan) == ()
    expected = float(enumerated(pupils, amounts, classes, oversize, rooms, cv_limit, stuck=stuck))
    assert found.certificate.cost_wan_cny == pytest.approx(expected, abs=1e-9)
    assert found.certificate.lower_bound_wan_cny <= expected + 1e-6
    done = {
        name: max([q for (a, _), q in found.plan.done.items() if a == f"build_{name}"], default=0)
        for name in LEAST
    }
    assert done["teaching_area"] < 1260, "the optimum must lie inside what is enumerated"
    assert done["sports_area"] < 2100, "the optimum must lie inside what is enumerated"
