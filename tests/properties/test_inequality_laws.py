"""Laws of Theil T, mean logarithmic deviation and Gini on random counties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balance_analysis.explain.inequality import (
    gini,
    mean_log_deviation,
    theil_t,
)

COUNTY = st.lists(
    st.tuples(st.integers(1, 300), st.integers(1, 400)),
    min_size=1,
    max_size=15,
)
Rows = list[tuple[int, int]]


def arrays(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.array([row[1] for row in rows], dtype=np.float64),
        np.array([row[0] for row in rows], dtype=np.float64),
    )


@given(COUNTY)
@settings(max_examples=60, deadline=None)
def test_pupils_counted_one_by_one_give_the_same_measures(rows: Rows) -> None:
    """Second route: expansion by repetition and the unweighted textbook forms."""
    resource, enrolment = arrays(rows)
    value = np.repeat(resource / enrolment, enrolment.astype(int))
    ratio = value / value.mean()
    assert theil_t(resource, enrolment) == pytest.approx(float((ratio * np.log(ratio)).mean()), abs=1e-12)
    assert mean_log_deviation(resource, enrolment) == pytest.approx(float(-np.log(ratio).mean()), abs=1e-12)
    ordered = np.sort(value)
    rank = np.arange(1, len(ordered) + 1)
    expected = 2 * float((rank * ordered).sum()) / (len(ordered) * ordered.sum()) - (len(ordered) + 1) / len(
        ordered
    )
    assert gini(resource, enrolment) == pytest.approx(expected, abs=1e-11)


@given(COUNTY)
@settings(max_examples=60, deadline=None)
def test_measures_are_not_negative_and_a_transfer_to_a_richer_school_raises_them(rows: Rows) -> None:
    resource, enrolment = arrays(rows)
    assert theil_t(resource, enrolment) >= -1e-15
    assert 0 <= gini(resource, enrolment) + 1e-15 <= 1 + 1e-15
    value = resource / enrolment
    poor, rich = int(value.argmin()), int(value.argmax())
    if value[poor] == value[rich]:
        return
    moved = resource.copy()
    moved[poor] -= resource[poor] / 2
    moved[rich] += resource[poor] / 2
    assert theil_t(moved, enrolment) > theil_t(resource, enrolment)
    assert mean_log_deviation(moved, enrolment) > mean_log_deviation(resource, enrolment)
    assert gini(moved, enrolment) > gini(resource, enrolment)
