"""Theil T, mean logarithmic deviation and Gini: ends of the range, zeros."""

from __future__ import annotations

from math import isnan, log

import numpy as np
import pandas as pd
import pytest

from balance_analysis.explain import cells
from balance_analysis.explain.inequality import (
    ZERO_RESOURCE,
    companion_measures,
    gini,
    mean_log_deviation,
    theil_t,
)

EQUAL = (np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]))
ONE_HAS_ALL = (np.array([0.0, 0.0, 8.0]), np.array([3.0, 3.0, 2.0]))


def test_equal_schools_have_no_inequality_by_any_measure() -> None:
    assert theil_t(*EQUAL) == pytest.approx(0, abs=1e-15)
    assert mean_log_deviation(*EQUAL) == pytest.approx(0, abs=1e-15)
    assert gini(*EQUAL) == pytest.approx(0, abs=1e-15)


def test_a_school_that_has_everything_reaches_the_upper_ends() -> None:
    """One school with 2 of 8 pupils: Theil T = ln(8/2), Gini = 1 − 2/8."""
    assert theil_t(*ONE_HAS_ALL) == pytest.approx(log(4), rel=1e-15)
    assert gini(*ONE_HAS_ALL) == pytest.approx(0.75, rel=1e-15)


def test_a_zero_keeps_theil_and_makes_the_mean_log_deviation_not_a_number() -> None:
    assert isnan(mean_log_deviation(*ONE_HAS_ALL))
    assert mean_log_deviation(*ONE_HAS_ALL, drop_zeros=True) == pytest.approx(0, abs=1e-15)


def test_companions_say_why_the_mean_log_deviation_is_absent_and_how_many_pupils_stand_behind() -> None:
    table = pd.DataFrame(
        {"school_code": list("abc"), "resource": ONE_HAS_ALL[0], "enrolment": ONE_HAS_ALL[1], "year": 2023}
    )
    row = companion_measures(table).iloc[0]
    assert (row["mld_reason"], row["n_zero"], row["zero_pupil_share"]) == (ZERO_RESOURCE, 2, 0.75)
    assert isnan(row["mld"])
    missing = companion_measures(table.assign(resource=[np.nan, 1.0, 1.0])).iloc[0]
    assert (missing["reason"], missing["n_missing"]) == (cells.MISSING_NUMERATOR, 1)
    assert isnan(missing["gini"])
