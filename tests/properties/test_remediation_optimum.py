"""Certified optima of small random counties: the same by enumeration and by a second solver."""

import itertools
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balance_analysis.remediation import (
    PlanStatus,
    breaches,
    fewest_added_units,
    fewest_transfers,
)
from balance_analysis.remediation.settings import RezoningLink
from benchmarks.remediation import county_problem, seeded_county
from tests.remediation_counties import (
    LIMITS,
    bare_costs,
    plain_settings,
    primary_county,
    random_amounts,
    scip_optimum,
    searched,
)

STAFF = ["above_standard_qualified_teachers", "backbone_teachers", "pe_arts_teachers"]
WHOLE = [*STAFF, "multimedia_classrooms"]
PRICES = {"backbone_teachers": 2, "multimedia_classrooms": 4}


def enumerated_optimum(pupils, amounts, cv_limit, most):
    """The least cost when every addition up to ``most`` units a school and every tolerated shortfall is tried.

    Indicators only meet in the choice of each school's shortfall, so for every set of schools that fall short in an
    indicator its cheapest allocation is looked up, and the sets of the indicators must not share a school.
    """
    names, schools, everyone = list(amounts), range(len(pupils)), sum(pupils)
    best: dict[tuple[str, tuple[bool, ...]], int | None] = {}
    for name in names:
        limit = Fraction(LIMITS[name])
        for short in itertools.product([False, True], repeat=len(pupils)):
            best[name, short] = None
            for added in itertools.product(range(most + 1), repeat=len(pupils)):
                held = [int(amounts[name][i]) + added[i] for i in schools]
                floor = all(
                    Fraction(100 * held[i], pupils[i]) >= limit * (Fraction(85, 100) if short[i] else 1)
                    for i in schools
                )
                total = sum(held)
                squares = sum(Fraction(held[i] ** 2, pupils[i]) for i in schools)
                if floor and everyone * squares <= (1 + Fraction(cv_limit) ** 2) * total**2:
                    cost = sum(added) * PRICES[name]
                    known = best[name, short]
                    best[name, short] = cost if known is None else min(known, cost)
    shortfalls = list(itertools.product([False, True], repeat=len(pupils)))
    costs = []
    for first, second in itertools.product(shortfalls, repeat=2):
        one, other = best[names[0], first], best[names[1], second]
        if (
            one is not None
            and other is not None
            and not any(a and b for a, b in zip(first, second, strict=True))
        ):
            costs.append(one + other)
    return min(costs)


@pytest.mark.parametrize("seed", range(8))
def test_enumeration_of_every_addition_finds_the_same_least_cost(seed):
    pupils, amounts = random_amounts(seed, 3, ["backbone_teachers", "multimedia_classrooms"], largest=160)
    cv_limit = ["0.15", "0.25"][seed % 2]
    problem = primary_county(pupils, amounts, cv_limit=cv_limit)
    found = searched(problem, gap=0.0)
    assert found.certificate.status is PlanStatus.OPTIMAL
    assert breaches(problem, found.plan) == ()
    assert max(found.plan.done.values(), default=0) < 9, "the optimum must lie inside what is enumerated"
    assert found.certificate.cost_wan_cny == enumerated_optimum(pupils, amounts, cv_limit, 9)


def assert_same_optimum(problem, seconds=60.0):
    pytest.importorskip("pyscipopt", reason="the second solver (SCIP) is not installed")
    found = searched(problem, gap=0.0, seconds=30)
    assert found.plan is not None
    assert breaches(problem, found.plan) == ()
    second = scip_optimum(problem, seconds=seconds)
    assert found.certificate.lower_bound_wan_cny <= second + 1e-5 * max(second, 1)
    assert second == pytest.approx(found.certificate.cost_wan_cny, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", [1, 3, 7, 15, 19])
def test_a_second_solver_agrees_with_hires_and_rotation(seed):
    pupils, amounts = random_amounts(seed, 5, WHOLE)
    cv_limit = ["0.1", "0.15", "0.2", "0.3"][seed % 4]
    assert_same_optimum(primary_county(pupils, amounts, settings=bare_costs(), cv_limit=cv_limit))


@pytest.mark.parametrize("seed", [6, 10, 22])
def test_a_second_solver_agrees_without_rotation(seed):
    pupils, amounts = random_amounts(seed, 5, WHOLE)
    assert_same_optimum(primary_county(pupils, amounts, cv_limit="0.2"))


@pytest.mark.parametrize("seed", [6, 7])
def test_a_second_solver_agrees_with_square_metres_in_whole_steps(seed):
    names = ["above_standard_qualified_teachers", "sports_area", "multimedia_classrooms"]
    pupils, amounts = random_amounts(seed, 5, names)
    assert_same_optimum(primary_county(pupils, amounts, cv_limit=["", "", "0.2", "0.3"][seed % 4]))


@pytest.mark.parametrize("seed", [1, 3, 7])
def test_a_second_solver_agrees_when_pupils_are_re_zoned(seed):
    links = (
        RezoningLink("primary", "S0", "S1", 30, Fraction(1, 10)),
        RezoningLink("primary", "S2", "S1", 20, Fraction(1, 10)),
        RezoningLink("primary", "S1", "S3", 25, Fraction(1, 5)),
    )
    pupils, amounts = random_amounts(seed, 4, ["above_standard_qualified_teachers", "multimedia_classrooms"])
    cv_limit = ["0.1", "0.15", "0.2", "0.3"][seed % 4]
    problem = primary_county(pupils, amounts, settings=plain_settings(rezoning=links), cv_limit=cv_limit)
    assert_same_optimum(problem)


@pytest.mark.parametrize("seed", [4, 5])
def test_a_second_solver_agrees_on_two_stages_and_shared_campuses(seed):
    problem = county_problem(seeded_county(6, seed, 0.4), bare_costs())
    assert any(cell.split for cell in problem.cells)
    found = searched(problem, gap=0.0, seconds=20)
    pytest.importorskip("pyscipopt", reason="the second solver (SCIP) is not installed")
    second = scip_optimum(problem)
    assert found.certificate.lower_bound_wan_cny <= second * (1 + 1e-5)
    assert second <= found.certificate.cost_wan_cny * (1 + 1e-5)
    assert found.certificate.gap < 1e-3


counties = st.lists(st.tuples(st.integers(1, 30), st.integers(20, 400)), min_size=2, max_size=8)


@settings(max_examples=60, deadline=None)
@given(counties, st.integers(5, 60))
def test_the_greedy_minimum_is_the_certified_optimum_of_the_general_model(county, hundredths):
    """One price and one coefficient: the general search must need exactly the fewest units."""
    rooms, pupils = [float(r) for r, _ in county], [n for _, n in county]
    limit = Fraction(hundredths, 100)
    problem = primary_county(pupils, {"multimedia_classrooms": rooms}, cv_limit=str(float(limit)))
    free = replace(
        problem,
        rules={
            key: replace(rule, limit=Fraction(1, 10**6), floor=Fraction(0))
            for key, rule in problem.rules.items()
        },
    )
    found = searched(free, gap=0.0)
    assert found.certificate.cost_wan_cny == 4 * fewest_added_units(rooms, pupils, limit).units


@settings(max_examples=100, deadline=None)
@given(counties, st.integers(20, 90))
def test_a_looser_limit_never_needs_more_and_scale_does_not_matter(county, hundredths):
    units, pupils = [r for r, _ in county], [n for _, n in county]
    tight, loose = Fraction(hundredths, 100), Fraction(hundredths + 5, 100)
    assert fewest_added_units(units, pupils, loose).units <= fewest_added_units(units, pupils, tight).units
    tripled = [3 * n for n in pupils]
    assert fewest_added_units(units, tripled, tight).units == fewest_added_units(units, pupils, tight).units
    order = list(reversed(range(len(units))))
    shuffled = fewest_added_units([units[i] for i in order], [pupils[i] for i in order], tight)
    assert shuffled.units == fewest_added_units(units, pupils, tight).units


@settings(max_examples=60, deadline=None)
@given(counties)
def test_transfers_keep_the_total_and_stop_at_the_first_number_that_suffices(county):
    units, pupils = [r + 5 for r, _ in county], [n for _, n in county]
    found = fewest_transfers(units, pupils, "0.9")
    assert sum(found.change) == 0
    assert min(found.resource) >= 0
    assert found.units == 0 or found.cv <= 0.9 < found.cv_one_unit_less
