"""Exact numbers: each rule with a case on both sides of its edge.

Birth certificates: arithmetic by hand; 0.5046 and 0.501787 are published coefficients (Huantai plan 2017).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from balance_analysis.exact import (
    EXACT_WHOLE,
    Decimals,
    added_up,
    as_filed,
    composite,
    cv_squared,
    digits_beside,
    half_up,
    half_up_text,
    holds,
    rounding_turns,
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
    assert rounding_turns(0.5046, at_most, (2,))
    assert not rounding_turns(0.5046, at_most, (3,))
    assert rounding_turns(0.501787, at_most, (3, 2))
    assert not rounding_turns(0.5051, at_most, (2, 3))


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
