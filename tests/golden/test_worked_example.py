"""The official teaching example and Huantai's printed figures, from the coefficient up to an assessment.

Birth certificates: ``published/worked_example_books.csv`` (five schools, books per pupil, published 0.52; the
digits 0.515256629884 come from the reference table of 40 library calls), ``published/huantai_2017.csv`` (means
and coefficients in the county's plan of 2017), both cited in the regulation notes §1 and §3.2.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.door import open_assessment
from balance_analysis.exact import as_filed, cv_squared
from balance_analysis.measures.coefficients import coefficient_of_variation, spread
from tests.county_tables import SAMPLE, SHARED_DATA, assess, records, regime_2012, row_of, school

BOOKS, PUPILS = [279, 137, 935, 160, 402], [45, 37, 89, 76, 55]

needs_data = pytest.mark.skipif(
    not SHARED_DATA.exists(), reason="../shared/data is not there: published figures cannot be read"
)


def test_the_official_example_gives_the_published_mean_deviation_and_coefficient() -> None:
    mean, deviation, cv = spread(BOOKS, PUPILS)
    assert mean == pytest.approx(6.33444, abs=5e-6)
    assert deviation == pytest.approx(3.263861, abs=5e-7)
    assert f"{cv:.6f}" == "0.515257"
    assert cv == pytest.approx(0.515256629884, abs=5.1e-13)


def test_the_usual_mistakes_give_other_numbers_than_ours() -> None:
    """Unweighted 0.4888 (would pass at 0.50), sample form n−1 0.5465: both named in the regulation notes §1."""
    values = np.array(BOOKS) / np.array(PUPILS)
    unweighted = values.std() / values.mean()
    weighted_variance = np.average((values - 1913 / 302) ** 2, weights=PUPILS)
    sample_form = np.sqrt(weighted_variance) / values.mean()
    ours = coefficient_of_variation(BOOKS, PUPILS)
    assert f"{unweighted:.4f}" == "0.4888"
    assert ours > 0.50 > unweighted
    assert f"{values.std(ddof=1) / values.mean():.4f}" == "0.5465"
    for mistake in (unweighted, values.std(ddof=1) / values.mean(), sample_form):
        assert abs(ours - mistake) > 0.001


def test_the_official_example_passes_through_a_whole_assessment_unchanged() -> None:
    rows = [
        school(str(number), primary_enrolment=pupils, books=books)
        for number, (books, pupils) in enumerate(zip(BOOKS, PUPILS, strict=True), start=1)
    ]
    county = assess(*rows, regime=regime_2012())
    found = row_of(county.coefficients, stage="primary", indicator="books")
    assert found["cv"] == pytest.approx(0.515256629884, abs=5.1e-13)
    assert found["mean"] == pytest.approx(1913 / 302, rel=1e-15)
    assert (found["n_schools"], found["enrolment"]) == (5, 302)


def test_the_rational_form_agrees_with_the_float_form_on_the_official_example() -> None:
    values = [as_filed(books) / pupils for books, pupils in zip(BOOKS, PUPILS, strict=True)]
    exact = cv_squared(values, [as_filed(pupils) for pupils in PUPILS])
    assert float(exact) ** 0.5 == pytest.approx(coefficient_of_variation(BOOKS, PUPILS), rel=1e-15)


@needs_data
def test_the_published_table_of_the_official_example_is_the_one_used_here() -> None:
    rows = pd.read_csv(SHARED_DATA / "published" / "worked_example_books.csv", encoding="utf-8-sig")
    parts = rows[rows["学校"] != "总计"]
    assert (list(parts["图书册数"]), list(parts["在校生数"])) == (BOOKS, PUPILS)


@pytest.fixture(scope="module")
def huantai() -> CountyAssessment:
    return open_assessment(SAMPLE / "桓台县.xlsx", year=2017, regime="quality_balance_2017", target_year=2020)


HUANTAI_NAMES = {
    "每百名学生拥有体育艺术专任教师数": "pe_arts_teachers",
    "生均教学及辅助用房面积": "teaching_area",
    "生均体育运动场馆面积": "sports_area",
    "生均教学仪器设备值": "equipment_value",
}


def printed(value: float, like: str) -> str:
    """``value`` rounded half up to as many decimals as the published figure shows."""
    places = len(like.partition(".")[2])
    return str(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


@needs_data
def test_huantai_2017_reproduces_the_eight_means_and_coefficients_it_printed(
    huantai: CountyAssessment,
) -> None:
    rows = pd.read_csv(SHARED_DATA / "published" / "huantai_2017.csv", encoding="utf-8-sig", dtype=str)
    for row in records(rows):
        stage = {"小学": "primary", "初中": "junior_secondary"}[row["学段"]]
        cell = row_of(huantai.current("coefficients"), stage=stage, indicator=HUANTAI_NAMES[row["指标"]])
        assert printed(cell["mean"], row["县均值_公布"]) == row["县均值_公布"]
        assert printed(cell["cv"], row["差异系数_公布"]) == row["差异系数_公布"]
        assert cell["outcome"] == ("met" if row["差异系数≤限值(不舍入)"] == "是" else "not_met")
        changes = row["差异系数≤限值(不舍入)"] != row["四舍五入到2位后是否≤限值"]
        assert bool(cell["borderline"]) == changes
    assert len(rows) == 8


def test_huantai_2017_fails_and_says_that_0_5046_is_only_rounding_away_from_a_pass(
    huantai: CountyAssessment,
) -> None:
    verdicts = huantai.current("verdicts")
    row = verdicts[
        (verdicts["rule"] == "coefficient")
        & (verdicts["stage"] == "primary")
        & (verdicts["indicator"] == "pe_arts_teachers")
    ].iloc[0]
    assert (row["outcome"], bool(row["borderline"])) == ("not_met", True)
    assert round(row["value"], 4) == 0.5046
    assert "差异系数0.505，高于限值0.50" in row["detail"]
    assert "临界" in row["detail"]
    assert huantai.outcome == "not_met"
    assert huantai.tables.simulated
    assert len(huantai.years) == 3
