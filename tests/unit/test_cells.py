"""Cells of an indicator table: what is usable, what is missing, what was filed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from balance_analysis.explain import cells


def table(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"school_code": ["b", "a", "c"], **columns})


def test_a_blank_resource_makes_the_cell_not_assessable_and_is_counted() -> None:
    (cell,) = county = cells.cells(table(enrolment=[10.0, 20.0, 30.0], resource=[1.0, np.nan, 3.0]))
    assert cells.cells(county) is county
    assert list(cell.missing["school_code"]) == ["a"]
    assert (cell.reason, cell.n_missing, len(cell.rows)) == (
        cells.MISSING_NUMERATOR,
        1,
        2,
    )


def test_a_school_without_pupils_carries_no_weight() -> None:
    (cell,) = cells.cells(table(enrolment=[10.0, 0.0, 30.0], resource=[1.0, 5.0, 3.0]))
    assert (cell.reason, cell.n_missing, list(cell.rows["school_code"])) == ("", 0, ["b", "c"])


@pytest.mark.parametrize(
    ("enrolment", "resource", "reason"),
    [
        ([0.0, 0.0, 0.0], [1.0, 1.0, 1.0], cells.NO_SCHOOL),
        ([5.0, 0.0, 0.0], [1.0, 1.0, 1.0], cells.SINGLE_SCHOOL),
        ([5.0, 6.0, 7.0], [0.0, 0.0, 0.0], cells.ZERO_MEAN),
    ],
)
def test_no_school_one_school_and_a_mean_of_zero_each_give_their_reason(
    enrolment: list[float], resource: list[float], reason: str
) -> None:
    (cell,) = cells.cells(table(enrolment=enrolment, resource=resource))
    assert cell.reason == reason


def test_cells_come_sorted_by_key_and_schools_sorted_by_code() -> None:
    frame = pd.concat(
        [table(enrolment=[1.0, 2.0, 3.0], resource=[1.0, 1.0, 1.0], year=year) for year in (2024, 2023)]
    )
    found = list(cells.cells(frame))
    assert [cell.key["year"] for cell in found] == [2023, 2024]
    assert list(found[0].rows["school_code"]) == ["a", "b", "c"]


def test_amounts_are_implied_where_only_values_and_pupils_are_at_hand() -> None:
    filled = cells.with_amounts(table(enrolment=[10.0, 20.0, 30.0], resource=[1.0, 2.0, 3.0]))
    assert list(filled["amount"]) == [1.0, 2.0, 3.0]
    assert list(filled["resource_per_amount"]) == [1.0, 1.0, 1.0]


def test_an_amount_that_was_not_filed_is_implied_in_the_filed_unit() -> None:
    """3 yuan per pupil for 20 pupils, filed in 万元 (scale 10,000), are 0.006; a filed amount stays as filed."""
    given = table(enrolment=[10.0, 20.0, 30.0], resource=[10.0, 60.0, 3.0], scale=10_000.0)
    assert cells.with_amounts(given)["amount"].tolist() == [0.001, 0.006, 0.0003]
    filed = cells.with_amounts(given.assign(amount=[7.0, np.nan, 7.0]))
    assert filed["amount"].tolist() == [7.0, 0.006, 7.0]
    assert filed["resource_per_amount"].tolist() == [10_000.0] * 3


def test_a_square_metre_of_a_shared_campus_reaches_a_stage_by_its_weighted_share() -> None:
    """Nine-year split, regulation §4: 300 primary and 100 junior pupils, junior share 110/410 per unit."""
    row = pd.DataFrame(
        {
            "enrolment": [100.0],
            "amount": [4100.0],
            "scale": [1.0],
            "stage_weight": [1.1],
            "weighted_pupils": [410.0],
            "resource": [1100.0],
        }
    )
    assert cells.with_amounts(row)["resource_per_amount"].iloc[0] == pytest.approx(110 / 410, rel=1e-15)


def test_squared_cv_of_the_official_worked_example_is_the_published_one() -> None:
    """Official teaching example, regulation §1: CV = 0.515257 (reference_coefficients: 0.515256629884)."""
    enrolment = np.array([45.0, 37.0, 89.0, 76.0, 55.0])
    books = np.array([279.0, 137.0, 935.0, 160.0, 402.0])
    assert cells.squared_cv(books, enrolment) ** 0.5 == pytest.approx(0.515256629884, abs=5e-13)
    assert np.isnan(cells.squared_cv(np.zeros(5), enrolment))
