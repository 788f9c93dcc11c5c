"""Strata side by side: which way a ratio points, what it is compared with, who is counted.

Means are ratios of totals (regulation notes §1); urban, town and rural by the codes in §5. Worked by hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from balance_analysis.measures.gaps import compute_gaps
from balance_analysis.measures.strata import assign_strata
from tests.county_tables import BLANK, assess, regime_2017, row_of, school, tables_of

URBAN, TOWN, RURAL = "111", "121", "210"


def gaps_of(*rows: dict[str, Any], **where: Any) -> dict[str, Any]:
    return row_of(assess(*rows).gaps, **{"indicator": "backbone_teachers", **where})


def backbone(code: str, area: str | None, pupils: int, teachers: float) -> dict[str, Any]:
    return school(code, urban_rural_code=area, primary_enrolment=pupils, primary_backbone_teachers=teachers)


COUNTY = (
    backbone("u1", URBAN, 300, 3),  # 1 per 100
    backbone("u2", URBAN, 100, 3),  # 3 per 100; urban mean 6/400 = 1.5
    backbone("t", TOWN, 100, 2),  # 2
    backbone("r", RURAL, 50, 0.5),  # 1
)


@pytest.mark.parametrize(
    ("stratum", "mean", "ratio", "difference"),
    [("urban", 1.5, 1, 0), ("town", 2, 4 / 3, 0.5), ("rural", 1, 2 / 3, -0.5)],
)
def test_ratio_and_difference_point_from_each_stratum_to_urban(
    stratum: str, mean: float, ratio: float, difference: float
) -> None:
    row = gaps_of(*COUNTY, stratum=stratum)
    assert row["reference_stratum"] == "urban"
    assert row["mean"] == pytest.approx(mean, rel=1e-15)
    assert row["ratio_to_reference"] == pytest.approx(ratio, rel=1e-15)
    assert row["difference_to_reference"] == pytest.approx(difference, abs=1e-15)


def test_the_county_mean_stands_beside_every_stratum() -> None:
    for stratum in ("urban", "town", "rural"):
        row = gaps_of(*COUNTY, stratum=stratum)
        assert row["county_mean"] == pytest.approx(100 * 8.5 / 550, rel=1e-15)
        assert row["ratio_to_county"] == pytest.approx(row["mean"] / row["county_mean"], rel=1e-15)


def test_the_mean_of_a_stratum_is_a_ratio_of_totals_and_not_a_mean_of_ratios() -> None:
    assert gaps_of(*COUNTY, stratum="urban")["mean"] == 1.5  # the mean of 1 and 3 would be 2


def test_the_coefficient_inside_a_stratum_needs_two_schools() -> None:
    assert gaps_of(*COUNTY, stratum="urban")["cv"] == pytest.approx(3**0.5 / 3, rel=1e-15)
    assert np.isnan(gaps_of(*COUNTY, stratum="town")["cv"])


def test_pupils_in_schools_below_the_limit_are_a_share_of_the_stratums_pupils() -> None:
    """Limit 1 per 100: at the limit counts as met, 0.99 does not."""
    rows = (backbone("a", URBAN, 300, 3), backbone("b", URBAN, 100, 0.99))
    assert gaps_of(*rows, stratum="urban")["share_of_pupils_below_limit"] == 0.25


def test_a_single_stratum_is_compared_with_itself_or_with_nothing() -> None:
    only_urban = gaps_of(backbone("1", URBAN, 100, 2), backbone("2", URBAN, 100, 4), stratum="urban")
    assert only_urban["ratio_to_reference"] == 1
    only_rural = gaps_of(backbone("1", RURAL, 100, 2), backbone("2", RURAL, 100, 4), stratum="rural")
    assert only_rural["mean"] == 3
    assert np.isnan([only_rural["ratio_to_reference"], only_rural["difference_to_reference"]]).all()


def test_schools_without_a_stratum_are_shown_and_not_lost() -> None:
    row = gaps_of(*COUNTY, backbone("x", None, 100, 7), stratum="")
    assert (row["n_schools"], row["mean"]) == (1, 7)


def test_missing_values_are_counted_and_the_mean_is_of_schools_with_data() -> None:
    row = gaps_of(backbone("a", URBAN, 100, 2), backbone("b", URBAN, 300, BLANK), stratum="urban")
    assert (row["n_schools"], row["n_missing"], row["mean"], row["enrolment"]) == (2, 1, 2, 400)


def test_a_stratum_without_any_value_has_no_mean() -> None:
    row = gaps_of(backbone("a", URBAN, 100, 2), backbone("b", RURAL, 300, BLANK), stratum="rural")
    assert (row["n_schools"], row["n_missing"]) == (1, 1)
    assert np.isnan([row["mean"], row["ratio_to_reference"], row["share_of_pupils_below_limit"]]).all()


def test_a_reference_of_zero_gives_a_difference_but_no_ratio() -> None:
    row = gaps_of(backbone("a", URBAN, 100, 0), backbone("b", RURAL, 100, 2), stratum="rural")
    assert row["difference_to_reference"] == 2
    assert np.isnan(row["ratio_to_reference"])


def test_without_limits_no_share_below_the_limit_is_given() -> None:
    judged = assess(*COUNTY).indicators
    bare = compute_gaps(judged.drop(columns="limit"), reference="urban")
    assert bare["share_of_pupils_below_limit"].isna().all()
    assert bare["mean"].notna().all()


@pytest.mark.parametrize(
    ("code", "stratum"),
    [
        ("111", "urban"),
        ("112", "urban"),
        ("121", "town"),
        ("122", "town"),
        ("123", "town"),
        ("210", "rural"),
        ("220", "rural"),
    ],
)
def test_every_statistical_code_has_its_stratum(code: str, stratum: str) -> None:
    schools = tables_of(school("1", urban_rural_code=code)).schools
    assert list(assign_strata(schools, "urban_rural_code", regime_2017().area_codes)) == [stratum]


def test_another_files_own_strata_are_taken_as_they_are() -> None:
    schools = tables_of(school("1"), school("2")).schools.assign(remoteness=["general", "remote"])
    assert list(assign_strata(schools, "remoteness", regime_2017().area_codes)) == ["general", "remote"]
    assert assign_strata(schools, "no_such_field", {}).isna().all()
