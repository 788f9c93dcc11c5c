"""Every school passes: transitions counted by hand, chances by the definition, laws of a share of N schools."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from balance_analysis.explain.passing import (
    COUNT_TRANSITIONS,
    Passing,
    Transitions,
    count_transitions,
    school_transitions,
)
from balance_analysis.explain.priors import PassingPrior, passing_prior
from balance_analysis.terms import Relation

CERTAIN = Fraction(10**9)


def outcomes(**schools: str) -> pd.DataFrame:
    """``a="+-?"``: school a passes in 2019, fails in 2020, cannot be judged in 2021; a blank is a year without it."""
    words = {"+": "met", "-": "not_met", "?": "not_assessable"}
    return pd.DataFrame(
        [
            {"school_code": code, "year": 2019 + place, "outcome": words[sign]}
            for code, signs in schools.items()
            for place, sign in enumerate(signs)
            if sign in words
        ]
    )


def passing(now: int, failing: int, *transitions: Transitions, prior: PassingPrior | None = None) -> Passing:
    return Passing(now, failing, transitions, prior or passing_prior(), COUNT_TRANSITIONS)


def fixed(stays: float, rises: float) -> PassingPrior:
    """A prior that knows p and q for certain and no shocks, so that a chain can be worked by hand."""
    return replace(
        passing_prior(),
        stayed=CERTAIN * Fraction(stays),
        fell=CERTAIN * (1 - Fraction(stays)),
        rose=CERTAIN * Fraction(rises),
        remained=CERTAIN * (1 - Fraction(rises)),
        year_shock=Fraction(0),
    )


def test_transitions_are_counted_school_by_school_and_only_between_known_neighbouring_years() -> None:
    """a stays, b falls, c rises, d remains; e is unknown, f new, g gone: in no count."""
    schools = outcomes(a="++", b="+-", c="-+", d="--", e="+?", f=" +", g="- ")
    assert school_transitions(schools, [2019, 2020]) == [Transitions(2020, 1, 1, 1, 1)]
    assert school_transitions(outcomes(a="+ +"), [2019, 2021]) == []
    assert school_transitions(schools, [2020]) == []


def test_churn_that_a_share_hides_is_seen_school_by_school() -> None:
    """One school falls, another rises: 50 % and 50 %. The numbers alone show no movement."""
    assert school_transitions(outcomes(a="+-", b="-+"), [2019, 2020]) == [Transitions(2020, 0, 1, 1, 0)]
    assert count_transitions({2019: 1, 2020: 1}, {2019: 2, 2020: 2}) == [Transitions(2020, 1, 0, 0, 1)]


def test_fewest_transitions_with_schools_that_come_and_go_stay_within_the_schools_there_are() -> None:
    assert count_transitions({2019: 8, 2020: 12}, {2019: 10, 2020: 13}) == [Transitions(2020, 8, 0, 2, 0)]
    assert count_transitions({2019: 8, 2021: 9}, {2019: 10, 2021: 10}) == []


def test_with_known_chances_the_number_that_passes_is_a_sum_of_two_binomials() -> None:
    """p = 0.9, q = 0.5, two years: a passing school passes with 0.9·0.9 + 0.1·0.5 = 0.86, a failing one with 0.7."""
    model = passing(4, 2, prior=fixed(0.9, 0.5))
    parts = (stats.binom.pmf(np.arange(5), 4, 0.86), stats.binom.pmf(np.arange(3), 2, 0.7))
    expected = np.convolve(np.asarray(parts[0]), np.asarray(parts[1]))
    assert model.distribution(2) == pytest.approx(expected, abs=1e-4)
    assert model.probability(2, 1.0, Relation.AT_LEAST) == pytest.approx(0.86**4 * 0.7**2, rel=1e-3)
    assert model.centre(2) == pytest.approx((4 * 0.86 + 2 * 0.7) / 6, rel=1e-3)


def test_a_limit_between_two_whole_numbers_of_schools_asks_for_the_greater_one() -> None:
    model = passing(4, 2, prior=fixed(0.9, 0.5))
    half = model.probability(1, 3 / 6, Relation.AT_LEAST)
    assert half == pytest.approx(model.distribution(1)[3:].sum())
    assert model.probability(1, 3 / 6 - 0.01, Relation.AT_LEAST) == half
    assert model.probability(1, 3 / 6 + 0.01, Relation.AT_LEAST) == pytest.approx(
        model.distribution(1)[4:].sum()
    )
    assert model.probability(1, 3 / 6, Relation.AT_MOST) == pytest.approx(model.distribution(1)[:4].sum())
    assert model.probability(1, 3 / 6, Relation.BELOW) == pytest.approx(model.distribution(1)[:3].sum())
    assert model.probability(1, 0.0, Relation.AT_LEAST) == pytest.approx(1)


def test_uncertain_chances_are_averaged_and_not_replaced_by_their_mean() -> None:
    """Without transitions and shocks p is Beta(1, 1/4): E(p^n) = B(n + 1, 1/4) ÷ B(1, 1/4); for n = 3 it is 0.4923."""
    model = passing(3, 0, prior=replace(passing_prior(), year_shock=Fraction(0)))
    exact = (1 / 1.25) * (2 / 2.25) * (3 / 3.25)
    found = model.probability(1, 1.0, Relation.AT_LEAST)
    assert found == pytest.approx(exact, abs=0.005)
    assert found > (1 / 1.25) ** 3


def test_a_year_in_which_a_school_fell_makes_it_less_likely_that_all_pass() -> None:
    quiet = passing(20, 0, *(Transitions(2020 + n, 20, 0, 0, 0) for n in range(4)))
    once = passing(20, 0, *(Transitions(2020 + n, 19 if n == 1 else 20, n == 1, n == 2, 0) for n in range(4)))
    assert once.probability(1, 1.0, Relation.AT_LEAST) < quiet.probability(1, 1.0, Relation.AT_LEAST) < 1
    assert quiet.probability(3, 1.0, Relation.AT_LEAST) < quiet.probability(1, 1.0, Relation.AT_LEAST)


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_a_band_of_whole_schools_holds_at_least_its_level(level: float) -> None:
    model = passing(17, 3, *(Transitions(2020 + n, 16, 1, 1, 2) for n in range(4)))
    low, high = model.band(2, level)
    chances = model.distribution(2)
    assert chances[round(20 * low) : round(20 * high) + 1].sum() >= level
    assert chances[round(20 * low) + 1 : round(20 * high) + 1].sum() < 1 - (1 - level) / 2
    assert chances.sum() == pytest.approx(1)


def test_a_residual_says_in_standard_deviations_how_much_better_a_year_was() -> None:
    """Twice eight of ten stay: p is close to 0.8; ten of ten, then six of ten, are one year above and one below."""
    model = passing(6, 4, Transitions(2020, 10, 0, 0, 0), Transitions(2021, 6, 4, 0, 0))
    p = (16 + 1) / (20 + 1.25)
    assert model.residuals[2020] == pytest.approx((10 - 10 * p) / (10 * p * (1 - p)) ** 0.5)
    assert model.residuals[2021] < 0 < model.residuals[2020]
    mixed = passing(9, 3, Transitions(2020, 9, 1, 2, 0))  # nine of ten stay, two of two come up
    p, q = (9 + 1) / (10 + 1.25), (2 + 0.5) / (2 + 1)
    expected = (9 + 2 - 10 * p - 2 * q) / (10 * p * (1 - p) + 2 * q * (1 - q)) ** 0.5
    assert mixed.residuals[2020] == pytest.approx(expected)
