"""Laws that hold for any county: scale, order, equality, splitting, monotony, and the closed form of CV²."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balance_analysis.exact import cv_squared
from balance_analysis.measures.coefficients import coefficient_of_variation, spread
from balance_analysis.measures.gaps import compute_gaps
from balance_analysis.regimes import Regime
from balance_analysis.terms import Outcome
from balance_analysis.verdicts.values import judge_indicators, judge_schools
from tests.county_tables import assess, records, regime_2017, school
from tests.unit.test_verdicts import LIMITS, frame_of

SETTINGS = settings(max_examples=60, deadline=None, derandomize=True)
School = tuple[int, int]

schools = st.lists(
    st.tuples(st.integers(1, 50_000), st.integers(1, 3000)), min_size=2, max_size=12
)  # (resource, pupils)


def cv(county: list[School]) -> float:
    return coefficient_of_variation([r for r, _ in county], [n for _, n in county])


@SETTINGS
@given(schools, st.integers(1, 10_000))
def test_the_unit_of_the_resource_does_not_matter(county: list[School], factor: int) -> None:
    assert cv([(r * factor, n) for r, n in county]) == pytest.approx(cv(county), rel=1e-12, abs=1e-12)


@SETTINGS
@given(schools, st.integers(2, 50))
def test_a_county_that_grows_evenly_keeps_its_coefficient(county: list[School], factor: int) -> None:
    grown = [(r * factor, n * factor) for r, n in county]
    assert cv(grown) == pytest.approx(cv(county), rel=1e-12, abs=1e-12)


@SETTINGS
@given(schools, st.randoms(use_true_random=False))
def test_the_order_of_schools_does_not_matter(county: list[School], random: object) -> None:
    shuffled = county.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert cv(shuffled) == pytest.approx(cv(county), rel=1e-12, abs=1e-12)


@SETTINGS
@given(st.integers(1, 500), st.lists(st.integers(1, 3000), min_size=2, max_size=12))
def test_schools_with_equal_values_have_a_coefficient_of_zero(value: int, pupils: list[int]) -> None:
    assert cv([(value * n, n) for n in pupils]) == pytest.approx(0, abs=1e-12)


@SETTINGS
@given(schools, st.data())
def test_splitting_a_school_into_two_equal_halves_changes_nothing(
    county: list[School], data: st.DataObject
) -> None:
    doubled = [(2 * r, 2 * n) for r, n in county]
    position = data.draw(st.integers(0, len(county) - 1))
    half = county[position]
    split = [*doubled[:position], half, half, *doubled[position + 1 :]]
    assert spread([r for r, _ in split], [n for _, n in split]) == pytest.approx(
        spread([r for r, _ in doubled], [n for _, n in doubled]), rel=1e-11, abs=1e-11
    )


@SETTINGS
@given(schools)
def test_the_square_of_the_coefficient_has_its_closed_form(county: list[School]) -> None:
    """CV² = (N/R²)·Σ r²/n − 1, in exact fractions against the definition in floats."""
    resource = [Fraction(r) for r, _ in county]
    pupils = [Fraction(n) for _, n in county]
    total = sum(resource)
    squares = sum((r * r / n for r, n in zip(resource, pupils, strict=True)), Fraction(0))
    closed = sum(pupils) * squares / (total * total) - 1
    values = [r / n for r, n in zip(resource, pupils, strict=True)]
    assert cv_squared(values, pupils) == closed
    assert cv(county) ** 2 == pytest.approx(float(closed), rel=1e-11, abs=1e-20)


@SETTINGS
@given(schools)
def test_the_mean_lies_between_the_smallest_and_the_largest_value(county: list[School]) -> None:
    mean, deviation, _ = spread([r for r, _ in county], [n for _, n in county])
    values = [r / n for r, n in county]
    assert min(values) * (1 - 1e-12) <= mean <= max(values) * (1 + 1e-12)
    assert 0 <= deviation <= max(values) - min(values) + 1e-9


RANK = {Outcome.NOT_MET.value: 0, Outcome.TOLERABLE.value: 1, Outcome.MET.value: 2}
shares = st.fractions(min_value=0, max_value=2, max_denominator=40)


@cache
def law() -> Regime:
    return regime_2017()


def judged(values: list[Fraction]) -> tuple[list[str], str]:
    frame = judge_indicators(
        frame_of(
            {
                indicator: [share * Fraction(LIMITS[indicator][0][0])]
                for indicator, share in zip(LIMITS, values, strict=True)
            }
        ),
        law(),
    )
    return list(frame["outcome"]), str(judge_schools(frame, law())["outcome"].iloc[0])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(shares, min_size=7, max_size=7), st.integers(0, 6), shares)
def test_a_better_value_never_worsens_a_schools_verdict(
    values: list[Fraction], position: int, gain: Fraction
) -> None:
    better = values.copy()
    better[position] += gain
    before, verdict_before = judged(values)
    after, verdict_after = judged(better)
    assert RANK[after[position]] >= RANK[before[position]]
    assert [*after[:position], *after[position + 1 :]] == [*before[:position], *before[position + 1 :]]
    assert RANK[verdict_after] >= RANK[verdict_before]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(shares, min_size=7, max_size=7), st.integers(0, 6))
def test_a_blank_never_turns_a_verdict_into_its_opposite(values: list[Fraction], position: int) -> None:
    """Whatever a blank hides, *met* without it never becomes *met* with it, and *not met* stays or opens."""
    _, known = judged(values)
    column: dict[str, list[Fraction | None]] = {
        indicator: [None if number == position else share * Fraction(LIMITS[indicator][0][0])]
        for number, (indicator, share) in enumerate(zip(LIMITS, values, strict=True))
    }
    blank = judge_schools(judge_indicators(frame_of(column), law()), law())["outcome"].iloc[0]
    assert blank in {known, Outcome.NOT_ASSESSABLE.value}
    assert blank != Outcome.MET.value


areas = st.sampled_from(["111", "121", "210"])


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.lists(st.tuples(areas, st.integers(1, 900), st.integers(0, 40)), min_size=2, max_size=6))
def test_the_means_of_the_strata_make_up_the_county_mean(county: list[tuple[str, int, int]]) -> None:
    rows = [
        school(
            str(number), urban_rural_code=area, primary_enrolment=pupils, primary_backbone_teachers=teachers
        )
        for number, (area, pupils, teachers) in enumerate(county)
    ]
    gaps = compute_gaps(assess(*rows).indicators, reference="urban")
    strata = [row for row in records(gaps) if row["indicator"] == "backbone_teachers"]
    pupils = np.array([row["enrolment"] for row in strata])
    means = np.array([row["mean"] for row in strata])
    assert (pupils * means).sum() / pupils.sum() == pytest.approx(
        strata[0]["county_mean"], rel=1e-12, abs=1e-15
    )
    assert sum(row["n_schools"] for row in strata) == len(county)
