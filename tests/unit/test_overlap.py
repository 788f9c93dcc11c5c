"""Strata in both directions: superiority, overlap, permutation test, pupils below the limit."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from balance_analysis.explain import overlap
from balance_analysis.explain.overlap import (
    NO_SCHOOL_IN_STRATUM,
    compare_strata,
    overlap_of_distributions,
    permutation_tests,
    probability_of_superiority,
    share_below_limit,
)


def county(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "stage": "primary",
            "indicator": "sports_area",
            "school_code": list("abcdef"),
            "stratum": ["urban", "urban", "urban", "rural", "rural", "rural"],
            "enrolment": [500.0, 400.0, 300.0, 60.0, 80.0, 50.0],
            "resource": [3000.0, 2800.0, 2700.0, 900.0, 960.0, 800.0],
            **columns,
        }
    )


def test_small_rural_schools_with_more_per_pupil_are_named_as_the_higher_side() -> None:
    row = compare_strata(county()).iloc[0]
    assert (row["stratum_a"], row["stratum_b"], row["higher_stratum"]) == ("rural", "urban", "rural")
    assert row["mean_a"] == pytest.approx(2660 / 190)
    assert row["difference"] == pytest.approx(2660 / 190 - 8500 / 1200)
    assert row["ratio"] == pytest.approx((2660 / 190) / (8500 / 1200))
    assert (row["superiority_a"], row["overlap"]) == (1.0, 0.0)
    assert bool(row["full_count"])


def test_of_twenty_allotments_only_the_real_one_is_so_far_apart() -> None:
    """C(6,3) = 20 allotments of six schools; counted by hand below."""
    row = compare_strata(county()).iloc[0]
    table = county()
    gaps = []
    for chosen in combinations(range(6), 3):
        first = table.index.isin(chosen)
        sums = [table.loc[side, ["resource", "enrolment"]].sum() for side in (first, ~first)]
        gaps.append(
            abs(sums[0]["resource"] / sums[0]["enrolment"] - sums[1]["resource"] / sums[1]["enrolment"])
        )
    expected = sum(gap >= abs(row["difference"]) - 1e-9 for gap in gaps) / 20
    assert (row["p_value"], row["n_allotments"], bool(row["exact"])) == (expected, 20, True)


def test_random_allotments_are_seeded_and_near_the_exact_p_value(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(7)
    enrolment = generator.integers(50, 900, 14).astype(float)
    resource = enrolment * generator.lognormal(1.8, 0.4, 14)
    first = np.arange(14) < 6
    exact, number, all_of_them = permutation_tests([(resource, enrolment, first)])[0]
    monkeypatch.setattr(overlap, "EXACT_UP_TO", 10)
    drawn, _, sampled = permutation_tests([(resource, enrolment, first)])[0]
    again, _, _ = permutation_tests([(resource, enrolment, first)])[0]
    assert (number, all_of_them, sampled) == (3003, True, False)
    assert drawn == again
    assert drawn == pytest.approx(exact, abs=0.04)


def test_with_random_allotments_no_gap_is_ever_called_impossible() -> None:
    """40 schools, two worlds apart: none of 1,999 drawn allotments reaches it, p = 1/2000."""
    enrolment = np.full(40, 100.0)
    resource = np.where(np.arange(40) < 20, 100.0, 900.0)
    p_value, drawn, exact = permutation_tests([(resource, enrolment, np.arange(40) < 20)])[0]
    assert (p_value, drawn, exact) == (1 / 2000, 1999, False)


@pytest.mark.parametrize(("more", "expected"), [(0.0, 1.0), (1e-9, 4 / 6)])
def test_a_gap_is_a_tie_when_it_differs_by_the_noise_of_the_means_and_not_of_the_gap(
    more: float, expected: float
) -> None:
    """Equal pupils a, b, c, d: ab|cd are (1e-4 + more)/2 apart, ad|bc (1e-4 − more)/2, ac|bd 2.5.

    Without ``more`` the two narrow gaps are equal, but 0.1 + 0.2 is not the float 0.3: beside means of 1.55 the
    difference of the gaps is more than 1e-12 of the gap.
    """
    resource = np.array([0.1 + 0.2 + more, 2.8 + 1e-4, 0.3, 2.8])
    observed = permutation_tests([(resource, np.ones(4), np.array([True, True, False, False]))])[0]
    assert observed == (expected, 6, True)


def test_equal_strata_have_no_higher_side_and_full_overlap() -> None:
    row = compare_strata(county(resource=[5000.0, 4000, 3000, 600, 800, 500])).iloc[0]
    assert (row["higher_stratum"], row["ratio"], row["superiority_a"], row["overlap"], row["p_value"]) == (
        "", 1.0, 0.5, 1.0, 1.0,
    )  # fmt: skip


def test_schools_without_stratum_or_data_are_counted_and_an_empty_stratum_says_so() -> None:
    stratum = pd.Series(["urban", "urban", None, "rural", "rural", "town"], dtype=object)
    rows = compare_strata(county(stratum=stratum, resource=[3000.0, np.nan, 2700, 900, 960, np.nan]))
    pairs = rows.set_index(["stratum_a", "stratum_b"])
    assert pairs["n_without_stratum"].tolist() == [1, 1, 1]
    assert pairs["reason"].to_dict() == {
        ("rural", "town"): NO_SCHOOL_IN_STRATUM,
        ("rural", "urban"): "",
        ("town", "urban"): NO_SCHOOL_IN_STRATUM,
    }
    assert pairs["n_missing_b"].tolist() == [1, 1, 1]


def test_superiority_and_overlap_count_pupils_and_not_schools() -> None:
    """a: 90 pupils at 1, 10 at 3; b: all 50 at 2. One in ten pupils of a has more; D = 0.9."""
    sides = (np.array([1.0, 3.0]), np.array([90.0, 10.0]), np.array([2.0]), np.array([50.0]))
    assert probability_of_superiority(*sides) == pytest.approx(0.1)
    assert overlap_of_distributions(*sides) == pytest.approx(0.1)
    swapped = (sides[2], sides[3], sides[0], sides[1])
    assert probability_of_superiority(*swapped) == pytest.approx(0.9)


def test_a_school_exactly_at_the_limit_is_not_below_it() -> None:
    judged = county(value=[7.5, 7.4999, 9.0, 15.0, 12.0, np.nan], limit=7.5)
    shares = share_below_limit(judged).set_index("stratum")
    assert shares["n_schools_below"].to_dict() == {"rural": 0, "urban": 1}
    assert shares["pupils_below"].to_dict() == {"rural": 0, "urban": 400}
    assert shares["share_of_pupils_below"].to_dict() == pytest.approx({"rural": 0.0, "urban": 1 / 3})
    assert shares["n_missing"].to_dict() == {"rural": 1, "urban": 0}
