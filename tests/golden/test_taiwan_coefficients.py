"""All 99 cells of real records: read by our reader, computed by our measures, compared at 1e-12.

Birth certificate: ``taiwan_elementary/golden_cv.csv`` (exact rational arithmetic, numpy, statsmodels and two R
packages, worst gap 2.5e-15) with what three usual mistakes give beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from balance_analysis.measures.coefficients import coefficient_of_variation, spread
from balance_analysis.workbook.reader import read_workbook
from tests.county_tables import SHARED_DATA, records

FOLDER = SHARED_DATA / "taiwan_elementary"
NUMERATORS = {
    "classes_per_100": "primary_classes",
    "teachers_per_100": "primary_full_time_teachers",
    "staff_per_100": "primary_staff",
}
FIRST_ROC_YEAR = 1911  # ROC year 109 is the school year 2020

pytestmark = pytest.mark.skipif(
    not FOLDER.exists(), reason="../shared/data is not there: 99 golden cells not compared"
)


@pytest.fixture(scope="module")
def schools() -> pd.DataFrame:
    rows = read_workbook(FOLDER / "schools_109_113.csv").schools
    return rows[rows["primary_enrolment"] > 0]


@pytest.fixture(scope="module")
def golden() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "golden_cv.csv", dtype={"slice": str}, keep_default_na=False)


def cell_of(schools: pd.DataFrame, row: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    rows = schools[
        (schools["school_year"] == int(row["slice"]) + FIRST_ROC_YEAR) & (schools["county"] == row["group"])
    ]
    if row["level"] == "group_stratum":
        rows = rows[rows["remoteness"] == row["stratum"]]
    resource = 100.0 * rows[NUMERATORS[row["indicator"]]].to_numpy(np.float64)
    return resource, rows["primary_enrolment"].to_numpy(np.float64)


def test_mean_deviation_and_coefficient_of_all_99_cells_agree_to_1e_12(
    schools: pd.DataFrame, golden: pd.DataFrame
) -> None:
    assert set(golden["level"]) == {"group", "group_stratum"}
    for row in records(golden):
        resource, enrolment = cell_of(schools, row)
        where = tuple(row[name] for name in ("slice", "group", "stratum", "indicator"))
        assert (len(enrolment), enrolment.sum()) == (row["n"], row["P_N"]), where
        found = spread(resource, enrolment)
        wanted = [float(row[name]) for name in ("mean", "sd", "cv_exact20")]
        assert found == pytest.approx(wanted, rel=1e-12), where
        assert coefficient_of_variation(resource, enrolment) == found[2]
    assert len(golden) == 99


@pytest.mark.parametrize("mistake", ["cv_unweighted_WRONG", "cv_ddof1_WRONG", "cv_simplemean_WRONG"])
def test_no_cell_gives_what_a_usual_mistake_would_give(
    schools: pd.DataFrame, golden: pd.DataFrame, mistake: str
) -> None:
    for row in records(golden):
        wrong = float(row[mistake])
        if abs(wrong / float(row["cv_exact20"]) - 1) > 1e-9:
            ours = coefficient_of_variation(*cell_of(schools, row))
            assert abs(ours / wrong - 1) > 1e-9
    differing = np.abs(golden[mistake].astype(float) / golden["cv_exact20"].astype(float) - 1) > 1e-9
    assert differing.sum() > 90


def test_private_schools_count_and_schools_without_pupils_do_not(schools: pd.DataFrame) -> None:
    assert (schools["sponsor"] == "non_government").any()
    everyone = read_workbook(FOLDER / "schools_109_113.csv").schools
    assert 0 < len(everyone) - len(schools) < 10
