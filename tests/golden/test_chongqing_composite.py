"""The composite coefficient against nine county tables published in the 2012 regime (national inspection).

Birth certificate: ``published/chongqing_basic.csv``: eight coefficients with three decimals and the composite
as published; regulation notes §1: the composite is the plain mean of the eight.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pandas as pd
import pytest

from balance_analysis.measures.coefficients import compute_coefficients
from balance_analysis.terms import COMPOSITE
from balance_analysis.verdicts.resources import judge_coefficients
from tests.county_tables import SHARED_DATA, records, regime_2012, row_of

PATH = SHARED_DATA / "published" / "chongqing_basic.csv"
NAMES = {
    "生均教学及辅助用房面积": "teaching_area",
    "生均体育运动场馆面积": "sports_area",
    "生均教学仪器设备值": "equipment_value",
    "每百名学生拥有计算机台数": "computers",
    "生均图书册数": "books",
    "师生比": "teacher_pupil_ratio",
    "生均高于规定学历教师数": "above_standard_qualified_teachers",
    "生均中级及以上专业技术职务教师数": "intermediate_title_teachers",
}

pytestmark = pytest.mark.skipif(
    not PATH.exists(), reason="../shared/data is not there: composites not compared"
)


def published() -> list[dict[str, str]]:
    return records(pd.read_csv(PATH, encoding="utf-8-sig", dtype=str))


def two_schools(row: dict[str, str]) -> pd.DataFrame:
    """Two schools of equal size with values mean·(1 ± CV): their mean and coefficient are the published ones."""
    stage = {"小学": "primary", "初中": "junior_secondary"}[row["学段"]]
    records = []
    for chinese, indicator in NAMES.items():
        mean, cv = Fraction(row[f"均值_{chinese}"]), Fraction(row[f"差异系数_{chinese}"])
        for code, value in (("1", mean * (1 - cv)), ("2", mean * (1 + cv))):
            records.append(
                {
                    "division_code": "500100",
                    "county": row["区县"],
                    "year": 2013,
                    "stage": stage,
                    "indicator": indicator,
                    "school_code": code,
                    "value": float(value),
                    "exact_value": value,
                    "enrolment": 100.0,
                    "resource": float(100 * value),
                }
            )
    return pd.DataFrame(records)


def test_every_published_composite_is_the_mean_of_its_eight_coefficients() -> None:
    rows = published()
    assert len(rows) == 9
    for row in rows:
        table = two_schools(row)
        judged = judge_coefficients(compute_coefficients(table, list(NAMES.values())), table, regime_2012())
        for chinese, indicator in NAMES.items():
            found = row_of(judged, indicator=indicator)
            assert found["cv"] == pytest.approx(float(row[f"差异系数_{chinese}"]), rel=1e-12)
            assert found["mean"] == pytest.approx(float(row[f"均值_{chinese}"]), rel=1e-12)
        whole = row_of(judged, indicator=COMPOSITE)
        composite = whole["cv"]
        assert composite == pytest.approx(float(row["综合差异系数_由8项重算"]), abs=5e-7)
        in_print = Decimal(f"{composite:.12f}").quantize(Decimal("0.001"), ROUND_HALF_UP)
        assert (in_print == Decimal(row["综合差异系数_公布"])) == (row["一致"] == "是"), row["区县"]
        assert whole["limit"] == float(row["限值"])
        assert whole["outcome"] == ("met" if row["达标"] == "是" else "not_met")
