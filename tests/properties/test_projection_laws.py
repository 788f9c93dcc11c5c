"""Laws of projections: better never lowers the chance, units do not matter, no method sees the future."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balance_analysis.explain.forecasting import METHODS, back_test, least_squares
from tests.projected import projected

VALUES = st.lists(st.integers(10, 900), min_size=4, max_size=8).map(lambda rows: [row / 1000 for row in rows])


def project(values: list[float], limit: float, relation: str = "at_most") -> pd.Series:
    frame = pd.DataFrame(
        {
            "measure": "other",
            "year": range(2000, 2000 + len(values)),
            "value": values,
            "limit": limit,
            "relation": relation,
        }
    )
    return projected(frame, target_year=2000 + len(values) + 1).iloc[0]


@given(VALUES, st.integers(1, 990))
@settings(max_examples=60, deadline=None)
def test_a_looser_limit_never_lowers_the_probability(values: list[float], limit: int) -> None:
    tight, loose = project(values, limit / 1000), project(values, limit / 1000 + 0.01)
    assert loose["probability"] >= tight["probability"]
    assert 0 <= tight["probability"] <= 1


@given(VALUES, st.integers(1, 990))
@settings(max_examples=40, deadline=None)
def test_mirrored_series_and_limits_have_the_same_probability(values: list[float], limit: int) -> None:
    below = project(values, limit / 1000)
    above = project([-value for value in values], -limit / 1000, "at_least")
    assert above["probability"] == pytest.approx(below["probability"], abs=1e-9)
    assert above["forecast"] == pytest.approx(-below["forecast"], abs=1e-12)


@given(VALUES, st.sampled_from([2.0, 0.25, 1024.0]))
@settings(max_examples=40, deadline=None)
def test_a_change_of_unit_changes_no_probability(values: list[float], factor: float) -> None:
    plain = project(values, 0.5)
    scaled = project([factor * value for value in values], factor * 0.5)
    assert scaled["probability"] == pytest.approx(plain["probability"], abs=1e-12)
    assert scaled["forecast"] == pytest.approx(factor * plain["forecast"], rel=1e-9, abs=1e-12)


@given(VALUES)
@settings(max_examples=40, deadline=None)
def test_forecasts_in_the_back_test_do_not_depend_on_later_years(values: list[float]) -> None:
    years = np.arange(2000, 2000 + len(values), dtype=np.int64)
    tests = back_test(years, np.array(values))
    changed = back_test(years, np.array([*values[:-1], 99.0]))
    assert np.array_equal(tests["forecast"], changed["forecast"])


@given(VALUES)
@settings(max_examples=40, deadline=None)
def test_least_squares_is_numpys_polynomial_of_degree_one(values: list[float]) -> None:
    years = np.arange(2000, 2000 + len(values), dtype=np.int64)
    slope, intercept = np.polyfit(years - 2000.0, values, 1)
    assert least_squares(years, np.array(values), 2010) == pytest.approx(intercept + 10 * slope, abs=1e-9)
    assert next(iter(METHODS)) == "last_value"
