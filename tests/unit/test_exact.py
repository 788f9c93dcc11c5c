"""Exact numbers: each rule with a case on both sides of its edge.

Birth certificates: arithmetic by hand; 0.5046 and 0.501787 are published coefficients (Huantai plan 2017).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import partial
from math import fsum

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balance_analysis import exact
from balance_analysis.exact import (
    EXACT_WHOLE,
    FEW,
    SAMPLE,
    Decimals,
    Floats,
    Whole,
    added_up,
    as_filed,
    composite,
    cv_squared,
    digits_beside,
    half_up,
    half_up_floats,
    half_up_quotients,
    half_up_text,
    holds,
    reversing_decimals,
    sums,
)
from balance_analysis.terms import Relation

HALF = Fraction(1, 2)


def test_a_float_stands_for_the_shortest_decimal_that_denotes_it() -> None:
    assert as_filed(0.1) == Fraction(1, 10)
    assert as_filed(3.57) == as_filed(4.2) * as_filed("0.85")
    assert as_filed(np.int64(7)) == as_filed(7.0) == as_filed(Decimal(7)) == 7
    assert as_filed(np.float64(2.675)) == Fraction(2675, 1000)


def test_a_missing_number_has_no_exact_value() -> None:
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="not a finite number"):
            as_filed(value)


def test_halves_are_rounded_away_from_zero_on_the_decimal_and_not_on_its_binary_neighbour() -> None:
    assert half_up(0.125, 2) == Decimal("0.13")
    assert half_up(2.675, 2) == Decimal("2.68")  # the binary neighbour lies below and would give 2.67
    assert half_up(2.674, 2) == Decimal("2.67")
    assert half_up(-2.5, 0) == -3
    assert half_up_text(Fraction(2, 3), 4) == "0.6667"
    assert half_up_text(Fraction(10**40 + 1, 2), 0) == f"{10**40 // 2 + 1}"


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6), st.integers(0, 6))
def test_rounding_never_moves_a_figure_by_more_than_half_a_step(top: int, bottom: int, places: int) -> None:
    number = Fraction(top, bottom)
    assert abs(Fraction(half_up(number, places)) - number) <= Fraction(1, 2 * 10**places)


@pytest.mark.parametrize(
    ("relation", "kept", "broken"),
    [
        (Relation.AT_LEAST, [HALF, Fraction(2)], [Fraction(499, 1000)]),
        (Relation.AT_MOST, [HALF, Fraction(0)], [Fraction(501, 1000)]),
        (Relation.BELOW, [Fraction(499, 1000)], [HALF]),
    ],
)
def test_equality_keeps_a_limit_unless_strictly_below_is_asked_for(
    relation: Relation, kept: list[Fraction], broken: list[Fraction]
) -> None:
    assert all(holds(value, relation, HALF) for value in kept)
    assert not any(holds(value, relation, HALF) for value in broken)


def test_a_printed_figure_gets_as_many_digits_as_it_needs_to_stay_on_its_side() -> None:
    at_most = partial(holds, relation=Relation.AT_MOST, limit=HALF)
    assert digits_beside(0.5046, at_most, 2) == 3
    assert digits_beside(0.5046, at_most, 3) == 3
    assert digits_beside(0.5, at_most, 2) == 2
    assert digits_beside(Fraction(1, 2) + Fraction(1, 10**12), at_most, 2) == 9


def test_rounding_first_would_turn_some_verdicts_and_not_others() -> None:
    at_most = partial(holds, relation=Relation.AT_MOST, limit=HALF)
    assert reversing_decimals(0.5046, at_most, (3, 2), truth=False) == [2]
    assert reversing_decimals(0.501787, at_most, (3, 2), truth=False) == [2]
    assert reversing_decimals(0.5051, at_most, (2, 3), truth=False) == []


def test_two_equal_schools_with_values_one_and_three_have_a_squared_coefficient_of_a_quarter() -> None:
    square = cv_squared([Fraction(1), Fraction(3)], [Fraction(7), Fraction(7)])
    assert square == Fraction(1, 4)
    assert composite([square, Fraction(9, 16)]) == Fraction(5, 8)
    assert abs(composite([Fraction(2)]) ** 2 - 2) < Fraction(1, 10**55)


def test_a_column_of_decimals_becomes_whole_numbers_and_finer_figures_are_marked() -> None:
    column = Decimals.of(np.array([0.25, 3.0, np.nan, 1e-7, 12345678.125]))
    assert column.fits.tolist() == [True, True, True, False, True]
    assert column.known.tolist() == [True, True, False, True, True]
    assert column.places == 3
    assert Decimals.of(np.array([2.0**60])).fits.tolist() == [False]


def test_a_column_whose_longer_decimals_come_late_is_read_with_all_of_them() -> None:
    column = Decimals.of(
        np.array([0.5] * SAMPLE + [0.25, 0.125])
    )  # the places are first guessed from the head of a column
    assert (column.places, column.sound) == (3, True)
    assert column.whole[-3:].tolist() == [500, 250, 125]


def test_a_sum_of_too_many_digits_is_marked_and_not_rounded() -> None:
    """4e15 at six decimals would be 4e21; 4e9 is 4e15."""
    found = added_up([Decimals.of([4e15, 4e9]), Decimals.of([0.000001, 0.000001])], [1, 1])
    assert found.fits.tolist() == [False, True]
    assert found.whole.tolist() == [0, 4_000_000_000_000_001]


@given(st.lists(st.decimals(0, 10**7, places=4), min_size=1, max_size=20))
def test_whole_numbers_stand_for_the_very_decimals_that_were_filed(numbers: list[Decimal]) -> None:
    column = Decimals.of(np.array([float(number) for number in numbers]))
    assert column.fits.all()
    for whole, number in zip(column.whole.tolist(), numbers, strict=True):
        assert Fraction(int(whole), 10**column.places) == Fraction(number) == as_filed(float(number))


@given(st.integers(0, EXACT_WHOLE - 1), st.integers(1, EXACT_WHOLE - 1))
def test_a_quotient_of_whole_numbers_is_the_float_nearest_to_the_fraction(top: int, bottom: int) -> None:
    assert (np.array([float(top)]) / np.array([float(bottom)]))[0] == float(Fraction(top, bottom))


@given(st.integers(0, 2**32), st.sampled_from([0.5, 2.0, 20.0]), st.booleans())
@settings(max_examples=60)
def test_grouped_sums_have_the_bits_of_sums_rounded_once(seed: int, spread: float, signs: bool) -> None:
    draw = np.random.default_rng(seed)
    column = draw.lognormal(3.0, spread, FEW + 300) * (draw.choice([-1.0, 1.0], FEW + 300) if signs else 1.0)
    start = np.unique([0, *draw.integers(1, len(column), 30)])
    ends = np.append(start[1:], len(column))
    expected = [fsum(column[first:last]) for first, last in zip(start, ends, strict=True)]
    assert sums(column, start).tolist() == expected


@pytest.mark.parametrize("beyond", [0.0, 2.0**-60, -(2.0**-60)])
def test_a_sum_beside_the_middle_of_two_floats_is_added_number_by_number(
    beyond: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1 + 2^-53 lies half-way between 1 and the next float: a rest of 2^-60 decides, and its error is not below it."""
    column = np.zeros(FEW)
    column[:3] = 1.0, 2.0**-53, beyond
    asked: list[int] = []
    one_by_one = exact._sums_one_by_one

    def noted(numbers: Floats, start: Whole, wanted: Whole) -> Floats:
        asked.extend(wanted.tolist())
        return one_by_one(numbers, start, wanted)

    monkeypatch.setattr(exact, "_sums_one_by_one", noted)
    start = np.array([0, 3])
    assert sums(column, start)[0] == (1.0 + 2.0**-52 if beyond > 0 else 1.0)
    assert (0 in asked) == (beyond == 0.0)


@given(st.floats(0, 1e6), st.integers(0, 4))
def test_whole_columns_are_rounded_as_single_figures_are(value: float, decimals: int) -> None:
    exactly = int(half_up(value, decimals).scaleb(decimals))
    assert half_up_floats(np.array([value]), decimals)[0] == exactly


@given(st.integers(0, 10**9), st.integers(1, 10**6), st.integers(0, 4))
def test_quotients_are_rounded_half_up_in_whole_numbers(top: int, bottom: int, decimals: int) -> None:
    found, undone = half_up_quotients(np.array([float(top)]), np.array([float(bottom)]), decimals)
    assert found[0] == int(half_up(Fraction(top, bottom), decimals).scaleb(decimals))
    assert not len(undone)


def test_quotients_beyond_64_bits_are_left_to_fractions() -> None:
    largest_kept = 2.0**61 / 100
    found, undone = half_up_quotients(np.array([largest_kept, largest_kept - 1e5, np.nan]), np.ones(3), 2)
    assert undone.tolist() == [0, 2]
    assert found[1] == int(half_up(Fraction(largest_kept - 1e5), 2).scaleb(2))
