"""Year on year and on to the target year: signs, gaps between years, pace. Worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from balance_analysis.measures.trends import COLUMNS, compute_trends
from tests.county_tables import BLANK, YEAR, assess, row_of, school


def series(
    values: dict[int, float], *, limit: float = 0.5, relation: str = "at_most", **given: Any
) -> pd.DataFrame:
    head = {
        "division_code": "010203",
        "county": "模拟县",
        "stage": "primary",
        "indicator": "books",
        "measure": "cv",
    }
    return pd.DataFrame(
        [
            {**head, "year": year, "value": value, "lowest": value, "highest": value, "n_schools": 12, "n_known": 12,
             "limit": limit, "relation": relation, **given}
            for year, value in values.items()
        ]
    )  # fmt: skip


def trend(
    values: dict[int, float], year: int, target_year: int | None = 2024, **given: Any
) -> dict[str, Any]:
    return row_of(compute_trends(series(values, **given), target_year=target_year), year=year)


def test_the_change_is_against_the_year_before() -> None:
    row = trend({2019: 0.75, 2020: 0.625}, 2020)
    assert (row["previous_year"], row["change"]) == (2019, -0.125)


def test_the_first_year_has_no_change() -> None:
    row = trend({2019: 0.75, 2020: 0.625}, 2019)
    assert np.isnan([row["previous_year"], row["change"]]).all()


def test_over_a_year_not_filed_the_change_names_the_year_it_counts_from() -> None:
    row = trend({2016: 0.75, 2020: 0.625}, 2020)
    assert (row["previous_year"], row["change"]) == (2016, -0.125)


def test_a_year_without_a_value_gives_no_change_and_is_not_skipped_silently() -> None:
    values = {2018: 0.75, 2019: BLANK, 2020: 0.625}
    assert np.isnan(trend(values, 2019)["change"])
    row = trend(values, 2020)
    assert row["previous_year"] == 2019
    assert np.isnan(row["change"])


def test_years_are_put_in_order_whatever_the_order_of_the_rows() -> None:
    shuffled = series({2020: 0.5, 2018: 1.0, 2019: 0.75})
    found = compute_trends(shuffled, target_year=None)
    assert list(found["year"]) == [2018, 2019, 2020]
    assert list(found["change"])[1:] == [-0.25, -0.25]


@pytest.mark.parametrize(
    ("relation", "value", "distance"),
    [
        ("at_most", 0.75, 0.25),
        ("at_most", 0.5, 0),
        ("at_most", 0.25, -0.25),
        ("at_least", 0.25, 0.25),
        ("at_least", 0.5, 0),
        ("at_least", 0.75, -0.25),
        ("below", 0.75, 0.25),
    ],
)
def test_the_distance_is_positive_while_there_is_still_a_way_to_go(
    relation: str, value: float, distance: float
) -> None:
    assert trend({2020: value}, 2020, relation=relation)["distance"] == distance


def test_the_pace_is_the_distance_over_the_years_left() -> None:
    row = trend({2020: 1.0}, 2020, target_year=2024)
    assert (row["years_left"], row["pace_needed"]) == (4, 0.125)


def test_where_the_limit_is_reached_no_pace_is_needed_even_without_a_target_year() -> None:
    for target in (2024, 2020, 2010, None):
        assert trend({2020: 0.25}, 2020, target_year=target)["pace_needed"] == 0


@pytest.mark.parametrize("target", [2020, 2015])
def test_a_target_year_that_is_now_or_past_gives_no_pace(target: int) -> None:
    row = trend({2020: 1.0}, 2020, target_year=target)
    assert row["years_left"] == target - 2020
    assert np.isnan(row["pace_needed"])


def test_without_a_target_year_there_is_a_distance_but_no_pace() -> None:
    row = trend({2020: 1.0}, 2020, target_year=None)
    assert row["distance"] == 0.5
    assert np.isnan([row["years_left"], row["pace_needed"], row["target_year"]]).all()


def test_without_a_limit_there_is_a_change_but_no_distance() -> None:
    row = trend({2019: 1.0, 2020: 0.5}, 2020, limit=BLANK, relation="")
    assert row["change"] == -0.5
    assert np.isnan([row["distance"], row["pace_needed"]]).all()


def test_stages_indicators_and_measures_have_their_own_series() -> None:
    both = pd.concat(
        [series({2019: 1.0, 2020: 0.5}), series({2019: 0.1, 2020: 0.2}, stage="junior_secondary")]
    )
    found = compute_trends(both, target_year=None)
    assert row_of(found, stage="primary", year=2020)["change"] == -0.5
    assert row_of(found, stage="junior_secondary", year=2020)["change"] == pytest.approx(0.1)
    assert tuple(found.columns) == COLUMNS


def test_a_county_of_two_years_has_trends_of_means_coefficients_and_passing_schools() -> None:
    county = assess(
        school("1", school_year=YEAR - 1, multimedia_classrooms=1),
        school("2", school_year=YEAR - 1),
        school("1"),
        school("2"),
        target_year=YEAR + 2,
    )
    classrooms = {"indicator": "multimedia_classrooms", "stage": "primary"}
    mean = row_of(county.trends, measure="mean", year=YEAR, **classrooms)
    assert (mean["value"], mean["change"], mean["limit"]) == (3, 1, 2.3)
    before = row_of(county.trends, measure="mean", year=YEAR - 1, **classrooms)
    assert before["distance"] == pytest.approx(0.3)
    assert before["pace_needed"] == pytest.approx(0.1)
    coefficient = row_of(county.trends, measure="cv", year=YEAR, **classrooms)
    assert (coefficient["value"], coefficient["change"]) == (0, -0.5)
    share = row_of(county.trends, measure="schools_met_share", year=YEAR, indicator="all")
    assert (share["value"], share["change"], share["distance"]) == (1, 0.5, 0)
    of_indicator = row_of(county.trends, measure="schools_met_share", year=YEAR - 1, **classrooms)
    assert of_indicator["value"] == 0.5


@pytest.mark.parametrize(
    ("relation", "lowest", "highest", "outcome"),
    [
        ("at_least", 0.5, 0.75, "met"),  # even the lowest is at the limit of 0.5
        ("at_least", 0.499, 0.75, "not_assessable"),
        ("at_least", 0.25, 0.5, "not_assessable"),  # the highest would be at the limit
        ("at_least", 0.25, 0.499, "not_met"),
        ("at_most", 0.25, 0.5, "met"),
        ("at_most", 0.5, 0.75, "not_assessable"),
        ("at_most", 0.501, 0.75, "not_met"),
        ("below", 0.25, 0.499, "met"),
        ("below", 0.25, 0.5, "not_assessable"),
        ("below", 0.5, 0.75, "not_met"),
    ],
)
def test_a_range_is_met_or_not_met_only_where_both_of_its_ends_say_so(
    relation: str, lowest: float, highest: float, outcome: str
) -> None:
    row = trend({2020: BLANK}, 2020, relation=relation, lowest=lowest, highest=highest)
    assert row["outcome"] == outcome
    assert np.isnan(row["distance"])
    assert (row["pace_needed"] == 0) == (outcome == "met")


def test_a_value_has_the_outcome_of_its_distance_and_no_limit_has_none() -> None:
    assert trend({2020: 0.5}, 2020)["outcome"] == "met"
    assert trend({2020: 0.5000001}, 2020)["outcome"] == "not_met"
    assert trend({2020: 0.5}, 2020, relation="below")["outcome"] == "not_met"
    assert trend({2020: BLANK}, 2020)["outcome"] == "not_assessable"
    assert trend({2020: 0.5}, 2020, limit=BLANK, relation="")["outcome"] == ""


def test_schools_that_cannot_be_judged_are_neither_dropped_nor_passed_in_the_share() -> None:
    """Two known schools of twelve pass: the share lies between 2/12 and 12/12, and is not 100 %."""
    blank = [
        school(str(number), sports_ground_area_m2=BLANK, multimedia_classrooms=2) for number in range(3, 13)
    ]
    county = assess(school("1"), school("2"), *blank)
    share = row_of(county.trends, measure="schools_met_share", indicator="all")
    assert np.isnan(share["value"])
    assert (share["lowest"], share["highest"]) == (pytest.approx(2 / 12), 1)
    assert (share["n_known"], share["n_schools"], share["outcome"]) == (2, 12, "not_assessable")
    assert np.isnan([share["distance"], share["change"]]).all()


def test_one_school_known_to_fail_settles_that_not_every_school_passes() -> None:
    county = assess(
        school("1", multimedia_classrooms=1),
        school("2", sports_ground_area_m2=BLANK, multimedia_classrooms=2),
    )
    share = row_of(county.trends, measure="schools_met_share", indicator="all")
    assert (share["lowest"], share["highest"], share["outcome"]) == (0, 0.5, "not_met")
    classrooms = row_of(county.trends, measure="schools_met_share", indicator="multimedia_classrooms")
    assert (classrooms["value"], classrooms["lowest"], classrooms["highest"]) == (0, 0, 0)
    sports = row_of(county.trends, measure="schools_met_share", indicator="sports_area")
    assert (sports["lowest"], sports["highest"], sports["n_known"], sports["n_schools"]) == (0.5, 1, 1, 2)
