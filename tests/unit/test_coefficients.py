"""The coefficient's edges: when it has no value and why, and what the table of a county holds.

Birth certificates: regulation notes §1 (definition, not assessable cases); small cases worked by hand.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from balance_analysis.exact import composite, cv_squared
from balance_analysis.measures.coefficients import (
    coefficient_of_variation,
    compute_coefficients,
    spread,
)
from balance_analysis.terms import COMPOSITE
from balance_analysis.words import tell
from tests.county_tables import BLANK, assess, regime_2012, row_of, school


def test_two_equal_schools_with_values_one_and_three_have_mean_two_and_coefficient_one_half() -> None:
    assert spread([10, 30], [10, 10]) == (2, 1, 0.5)


def test_the_weights_are_pupils_so_a_large_school_counts_more() -> None:
    """Values 1 and 2 with 300 and 100 pupils: mean 5/4, variance 3/16, coefficient √3/5."""
    assert coefficient_of_variation([300, 200], [300, 100]) == pytest.approx(3**0.5 / 5, rel=1e-15)


def test_a_single_school_has_a_mean_but_no_coefficient() -> None:
    mean, deviation, cv = spread([10], [5])
    assert mean == 2
    assert np.isnan([deviation, cv]).all()


def test_a_county_without_any_resource_has_mean_zero_and_no_coefficient() -> None:
    mean, deviation, cv = spread([0, 0], [5, 6])
    assert mean == 0
    assert np.isnan([deviation, cv]).all()


@pytest.mark.parametrize(
    ("resource", "enrolment"),
    [([], []), ([1, BLANK], [1, 1]), ([1, 1], [1, BLANK]), ([1, 1], [1, 0])],
    ids=["no school", "missing numerator", "missing pupils", "school without pupils"],
)
def test_what_cannot_be_computed_is_missing_and_never_zero(
    resource: list[float], enrolment: list[float]
) -> None:
    assert np.isnan(spread(resource, enrolment)).all()


@pytest.mark.parametrize(
    ("resource", "enrolment", "message"),
    [
        ([1, 2], [1], "equal length"),
        ([[1.0]], [[1.0]], "one-dimensional"),
        ([-1, 2], [1, 1], "negative"),
        ([1, 2], [-1, 1], "negative"),
    ],
)
def test_impossible_input_is_refused_with_its_reason(
    resource: list[float], enrolment: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        spread(resource, enrolment)


def test_the_rational_form_is_exact() -> None:
    """Values 1/3 and 2/3 with 1 and 2 pupils: N·Σx²n/R² − 1 = 3·1/(25/9) − 1 = 2/25."""
    assert cv_squared([Fraction(1, 3), Fraction(2, 3)], [Fraction(1), Fraction(2)]) == Fraction(2, 25)


def test_a_composite_of_irrational_parts_is_close_to_sixty_digits() -> None:
    root = composite([Fraction(2)])
    assert abs(root * root - 2) < Fraction(1, 10**55)


def frame(values: dict[str, list[float]], enrolment: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "division_code": "010203",
                "county": "模拟县",
                "year": 2020,
                "stage": "primary",
                "indicator": indicator,
                "school_code": str(number),
                "value": value,
                "enrolment": enrolment[number],
                "resource": value * enrolment[number],
            }
            for indicator, column in values.items()
            for number, value in enumerate(column)
        ]
    )


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ([1.0, 3.0], ""),
        ([1.0, BLANK], "1所学校缺少数据"),
        ([BLANK, BLANK], "各校均缺少数据"),
        ([1.0], "只有一所学校"),
        ([0.0, 0.0], "县均值为零"),
    ],
)
def test_each_coefficient_says_why_it_has_no_value(column: list[float], reason: str) -> None:
    row = row_of(compute_coefficients(frame({"books": column}, [10, 10]), ["books"]), indicator="books")
    assert tell(row["reason"]) == reason
    assert np.isnan(row["cv"]) == bool(reason)
    assert row["n_schools"] == len(column)
    assert row["n_missing"] == int(np.isnan(column).sum())


def test_an_indicator_without_any_row_still_gets_its_line() -> None:
    table = compute_coefficients(frame({"books": [1.0, 3.0]}, [10, 10]), ["books", "computers"])
    row = row_of(table, indicator="computers")
    assert (tell(row["reason"]), row["n_schools"]) == ("没有本学段的学校数据", 0)


def test_the_composite_is_the_plain_mean_of_the_coefficients_and_has_no_mean_of_its_own() -> None:
    table = compute_coefficients(
        frame({"books": [1.0, 3.0], "computers": [9.0, 11.0]}, [10, 10]), ["books", "computers"]
    )
    row = row_of(table, indicator=COMPOSITE)
    assert row["cv"] == pytest.approx((0.5 + 0.1) / 2, rel=1e-15)
    assert np.isnan([row["mean"], row["sd"]]).all()
    assert (row["n_schools"], row["enrolment"], row["n_missing"]) == (2, 20, 0)


def test_the_two_stages_of_a_county_are_never_mixed() -> None:
    rows = [
        school("1", books=100),
        school("2", books=300),
        school("j", "junior_secondary_school", books=9999),
    ]
    county = assess(*rows, school("k", "junior_secondary_school", books=9999), regime=regime_2012())
    primary = row_of(county.coefficients, stage="primary", indicator="books")
    junior = row_of(county.coefficients, stage="junior_secondary", indicator="books")
    assert (primary["mean"], primary["cv"]) == (2, 0.5)
    assert (junior["mean"], junior["cv"]) == (99.99, 0)
