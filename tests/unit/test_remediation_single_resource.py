"""Fewest added units and fewest transfers: exact optima, checked by enumeration and by dynamic programming."""

import itertools
import math
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from balance_analysis.errors import ParameterError
from balance_analysis.remediation import fewest_added_units, fewest_transfers

DATA = (
    Path(__file__).resolve().parents[2].parent
    / "shared"
    / "data"
    / "taiwan_elementary"
    / "schools_109_113.csv"
)


def holds(resource, enrolment, limit):
    total, pupils = sum(resource), sum(enrolment)
    squares = sum(Fraction(r * r, n) for r, n in zip(resource, enrolment, strict=True))
    return total > 0 and pupils * squares <= (1 + Fraction(limit) ** 2) * total**2


SMALL = [
    ([4, 9, 1], [60, 45, 80], "0.3"),
    ([0, 6, 2, 5], [30, 31, 90, 55], "0.4"),
    ([7, 7, 7], [20, 100, 300], "0.25"),
    ([1, 12, 3, 3], [80, 60, 20, 41], "0.5"),
]


@pytest.mark.parametrize("resource, enrolment, limit", SMALL)
def test_no_smaller_addition_exists_when_every_allocation_is_tried(resource, enrolment, limit):
    found = fewest_added_units(resource, enrolment, limit)
    after = [r + d for r, d in zip(resource, found.change, strict=True)]
    assert holds(after, enrolment, limit)
    assert sum(found.change) == found.units
    assert min(found.change) >= 0
    for total in range(found.units):
        for cuts in itertools.combinations_with_replacement(range(len(resource)), total):
            tried = [r + cuts.count(i) for i, r in enumerate(resource)]
            assert not holds(tried, enrolment, limit)


@pytest.mark.parametrize("resource, enrolment, limit", SMALL)
def test_no_smaller_set_of_transfers_exists_when_every_one_is_tried(resource, enrolment, limit):
    found = fewest_transfers(resource, enrolment, limit)
    assert holds([r + d for r, d in zip(resource, found.change, strict=True)], enrolment, limit)
    assert sum(found.change) == 0
    assert sum(d for d in found.change if d > 0) == found.units
    span = range(-max(resource), sum(resource) + 1)
    best = min(
        sum(d for d in change if d > 0)
        for change in itertools.product(span, repeat=len(resource) - 1)
        for last in [-sum(change)]
        if all(r + d >= 0 for r, d in zip(resource, (*change, last), strict=True))
        and holds([r + d for r, d in zip(resource, (*change, last), strict=True)], enrolment, limit)
        for change in [(*change, last)]
    )
    assert found.units == best


def test_a_county_exactly_at_the_limit_needs_nothing_and_a_hair_below_it_does():
    # 3 and 1 units for equal schools: mean 2, deviation 1, coefficient exactly 1/2
    assert fewest_added_units([3, 1], [10, 10], "0.5").units == 0
    assert fewest_added_units([3, 1], [10, 10], 0.5).units == 0
    assert fewest_added_units([3, 1], [10, 10], "0.4999999").units == 1
    assert fewest_transfers([3, 1], [10, 10], "0.4999999").units == 1
    assert math.isnan(fewest_added_units([3, 1], [10, 10], "0.5").cv_one_unit_less)


def test_the_floats_0_45_and_the_text_0_45_are_the_same_limit():
    assert (
        fewest_added_units([29, 11], [10, 10], 0.45).units
        == fewest_added_units([29, 11], [10, 10], "0.45").units
        == 0
    )


def test_schools_without_pupils_are_in_no_sum_and_get_nothing():
    found = fewest_added_units([10, 1, 5], [100, 100, 0], "0.5")
    assert (found.units, found.change, found.left_out) == (3, (0, 3, 0), (2,))
    assert fewest_transfers([10, 1, 5], [100, 100, 0], "0.5").change[2] == 0


def test_ceilings_change_the_optimum_and_may_forbid_it():
    assert fewest_added_units([10, 1, 1], [100, 100, 100], "0.5").change == (0, 3, 3)
    bound = fewest_added_units([10, 1, 1], [100, 100, 100], "0.5", ceilings=[10, 3, 20])
    assert bound.change[1] == 2
    assert bound.cv <= 0.5
    with pytest.raises(ParameterError, match="放宽上限"):
        fewest_added_units([10, 1], [100, 100], "0.5", ceilings=[10, 2])


def test_a_donor_keeps_its_minimum_and_whole_units_may_not_suffice():
    assert fewest_transfers([10, 1, 1], [100] * 3, "0.5").change == (-4, 2, 2)
    with pytest.raises(ParameterError, match="增加总量"):
        fewest_transfers([10, 1, 1], [100] * 3, "0.5", minimum=[8, 0, 0])
    with pytest.raises(ParameterError, match="增加总量"):
        fewest_transfers([2, 1], [100, 100], "0.1")


@pytest.mark.parametrize(
    "resource, enrolment, sentence",
    [
        ([1.0, float("nan")], [10, 10], "缺失值请先补齐"),
        ([1, 2], [10], "一一对应"),
        ([1, -2], [10, 10], "不得为负"),
        ([1, 2], [10, 0], "至少需要两所"),
    ],
)
def test_unusable_input_is_refused_with_its_reason(resource, enrolment, sentence):
    with pytest.raises(ParameterError, match=sentence):
        fewest_added_units(resource, enrolment, "0.4")


def real_records(county, year):
    if not DATA.exists():
        pytest.skip("shared/data/taiwan_elementary is not at hand: the real records cannot be checked")
    table = pd.read_csv(DATA, dtype={"school_code": str})
    chosen = table[(table.county == county) & (table.school_year_roc == year) & (table.students > 0)]
    return chosen.teachers.tolist(), chosen.students.tolist()


def scaled_squares(enrolment):
    common = math.lcm(*enrolment)
    return common, [common // n for n in enrolment]


def least_squares_after_adding(resource, enrolment, units):
    """min Σ r²/n (times the common denominator) for each total 0…units, by dynamic programming over schools."""
    _, weight = scaled_squares(enrolment)
    best = [0] + [None] * units
    for r, w in zip(resource, weight, strict=True):
        gain = [w * (r + k) ** 2 for k in range(units + 1)]
        best = [
            min(best[total - k] + gain[k] for k in range(total + 1) if best[total - k] is not None)
            for total in range(units + 1)
        ]
    return best


def least_squares_after_moving(resource, enrolment, units):
    """The same for exactly ``units`` given and taken: a state for each (given, taken)."""
    _, weight = scaled_squares(enrolment)
    best = {(0, 0): 0}
    for r, w in zip(resource, weight, strict=True):
        step: dict[tuple[int, int], int] = {}
        for (given, taken), value in best.items():
            for change in range(-min(r, units - given), units - taken + 1):
                state = (given - min(change, 0), taken + max(change, 0))
                total = value + w * (r + change) ** 2
                if state not in step or total < step[state]:
                    step[state] = total
        best = step
    return best[units, units]


# Minimal units for a teacher–pupil coefficient of 0.45, found by the functions and confirmed here by dynamic programming.
@pytest.mark.parametrize(
    "year, added, moved", [(109, 53, 5), (110, 54, 6), (111, 60, 7), (112, 50, 8), (113, 51, 7)]
)
def test_fewest_teachers_for_yilan_are_confirmed_by_dynamic_programming(year, added, moved):
    resource, enrolment = real_records("宜蘭縣", year)
    common, _ = scaled_squares(enrolment)
    pupils, limit = sum(enrolment), 1 + Fraction(45, 100) ** 2

    def reached(squares, total):
        return pupils * Fraction(squares, common) <= limit * total**2

    table = least_squares_after_adding(resource, enrolment, added)
    reachable = [units for units, squares in enumerate(table) if reached(squares, sum(resource) + units)]
    assert reachable == [added] == [fewest_added_units(resource, enrolment, "0.45").units]
    found = fewest_transfers(resource, enrolment, "0.45")
    assert found.units == moved
    assert reached(least_squares_after_moving(resource, enrolment, moved), sum(resource))
    assert not reached(least_squares_after_moving(resource, enrolment, moved - 1), sum(resource))


def test_the_units_of_the_larger_counties_have_a_proof_on_both_sides():
    for county, year, added, moved in [("屏東縣", 113, 268, 41), ("花蓮縣", 113, 849, 164)]:
        resource, enrolment = real_records(county, year)
        for found, units in [
            (fewest_added_units(resource, enrolment, "0.45"), added),
            (fewest_transfers(resource, enrolment, "0.45"), moved),
        ]:
            assert found.units == units
            assert found.cv <= 0.45 < found.cv_one_unit_less
