"""Laws of the comparison of strata on random counties, by counting pairs of pupils."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balance_analysis.explain.overlap import (
    overlap_of_distributions,
    permutation_tests,
    probability_of_superiority,
)

SIDE = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 30)), min_size=1, max_size=8)
Rows = list[tuple[int, int]]


def arrays(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    return np.array([row[0] for row in rows], dtype=float), np.array([row[1] for row in rows], dtype=float)


@given(SIDE, SIDE)
@settings(max_examples=80, deadline=None)
def test_superiority_and_overlap_equal_the_count_over_single_pupils(a: Rows, b: Rows) -> None:
    """Second route: every pupil a row; all pairs counted, and both distribution functions at every value."""
    pupils_a = np.repeat(arrays(a)[0], arrays(a)[1].astype(int))
    pupils_b = np.repeat(arrays(b)[0], arrays(b)[1].astype(int))
    more = (pupils_a[:, None] > pupils_b[None, :]).mean() + (
        pupils_a[:, None] == pupils_b[None, :]
    ).mean() / 2
    found = probability_of_superiority(*arrays(a), *arrays(b))
    assert found == pytest.approx(float(more), abs=1e-12)
    assert found + probability_of_superiority(*arrays(b), *arrays(a)) == pytest.approx(1, abs=1e-12)
    distance = max(abs((pupils_a <= value).mean() - (pupils_b <= value).mean()) for value in range(13))
    assert overlap_of_distributions(*arrays(a), *arrays(b)) == pytest.approx(1 - float(distance), abs=1e-12)
    common = sum(min((pupils_a == value).mean(), (pupils_b == value).mean()) for value in range(13))
    assert overlap_of_distributions(*arrays(a), *arrays(b)) >= common - 1e-12


@given(SIDE, SIDE)
@settings(max_examples=30, deadline=None)
def test_swapping_the_strata_does_not_change_the_p_value(a: Rows, b: Rows) -> None:
    enrolment = np.concatenate([arrays(a)[1], arrays(b)[1]])
    resource = np.concatenate([arrays(a)[0], arrays(b)[0]]) * enrolment
    first = np.arange(len(enrolment)) < len(a)
    p_value = permutation_tests([(resource, enrolment, first)])[0][0]
    assert p_value == permutation_tests([(resource, enrolment, ~first)])[0][0]
    assert 0 < p_value <= 1
