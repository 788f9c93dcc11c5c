"""Theil T, mean logarithmic deviation and Gini: ends of the range, zeros, groups."""

from __future__ import annotations

from math import isnan, log

import numpy as np
import pandas as pd
import pytest

from balance_analysis.explain import cells
from balance_analysis.explain.inequality import (
    ZERO_RESOURCE,
    companion_measures,
    decompose_companions,
    decompose_mean_log_deviation,
    decompose_theil_t,
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


def test_groups_split_theil_and_mean_log_deviation_and_missing_labels_are_a_group() -> None:
    resource, enrolment = np.array([1.0, 2.0, 6.0, 3.0]), np.array([2.0, 1.0, 3.0, 4.0])
    group = np.array(["a", None, "a", None], dtype=object)
    theil = decompose_theil_t(resource, enrolment, group)
    deviation = decompose_mean_log_deviation(resource, enrolment, group)
    assert theil["group"].isna().tolist() == [False, True]
    assert theil[["between", "within"]].to_numpy().sum() == pytest.approx(
        theil_t(resource, enrolment), abs=1e-15
    )
    assert deviation[["between", "within"]].to_numpy().sum() == pytest.approx(
        mean_log_deviation(resource, enrolment), abs=1e-15
    )


def test_a_group_with_nothing_adds_nothing_to_theil_and_makes_the_deviation_unknown() -> None:
    resource, enrolment = np.array([0.0, 2.0, 6.0]), np.array([2.0, 1.0, 3.0])
    group = np.array(["none", "some", "some"], dtype=object)
    theil = decompose_theil_t(resource, enrolment, group)
    assert theil.loc[theil["group"] == "none", ["between", "within"]].to_numpy().tolist() == [[0.0, 0.0]]
    assert decompose_mean_log_deviation(resource, enrolment, group)["between"].isna().tolist() == [
        True,
        False,
    ]


def test_the_table_of_companions_splits_each_cell_and_passes_on_what_is_unknown() -> None:
    table = pd.DataFrame(
        {
            "year": [2022] * 3 + [2023] * 3,
            "school_code": list("abc") * 2,
            "stratum": pd.Series(["urban", "urban", None] * 2, dtype=object),
            "resource": [1.0, 2.0, 6.0, 0.0, 2.0, 6.0],
            "enrolment": [2.0, 1.0, 3.0] * 2,
        }
    )
    split, whole = decompose_companions(table, "stratum"), companion_measures(table)
    assert split["n_groups"].tolist() == [2, 2]
    assert split["theil_t"].tolist() == pytest.approx(whole["theil_t"].tolist(), abs=1e-15)
    assert split["mld"].iloc[0] == pytest.approx(whole["mld"].iloc[0], abs=1e-15)
    assert split[["mld", "mld_within"]].iloc[1].isna().all()
    assert split["mld_between"].notna().all()
