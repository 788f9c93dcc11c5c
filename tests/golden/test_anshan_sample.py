"""The seven simulated counties of Anshan: reproducible, labelled, and each with its story.

Birth certificates: years of acceptance from the annex of Anshan's programme (July 2018); coefficients from the settings that the
workbook was made from, recomputed from its cells by ``sample_workbooks`` (exact, no code of the package).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from balance_analysis.assessment import CountyAssessment, assess_by_law
from balance_analysis.programmes import load_plan
from balance_analysis.workbook.reader import read_workbooks
from balance_analysis.workbook.tables import SchoolTables
from tests.golden.sample_workbooks import Row, mean_and_cv, read_rows
from tests.golden.test_sample_data import PLAIN_XML, unpacked

ROOT = Path(__file__).resolve().parents[2]
WORKBOOK = ROOT / "data" / "sample" / "anshan" / "鞍山市.xlsx"
YEARS = (2016, 2017, 2018, 2019, 2020, 2021, 2022)
TARGETS = {
    "铁东区": 2020, "立山区": 2020, "千山区": 2021, "台安县": 2022, "铁西区": 2022, "海城市": 2023,
    "岫岩满族自治县": 2023,
}  # fmt: skip
"""拟报请省评估验收年份, annex of the programme."""


@pytest.fixture(scope="module")
def city() -> SchoolTables:
    return read_workbooks([WORKBOOK])


def codes(city: SchoolTables) -> dict[str, str]:
    return {city.county_name(code, 2022): code for code in city.division_codes()}


def assessed(city: SchoolTables, county: str, year: int) -> CountyAssessment:
    return assess_by_law(city, "quality_balance_2017", division_code=codes(city)[county], year=year)


def test_the_workbook_is_written_again_cell_by_cell(tmp_path: Path) -> None:
    script = ROOT / "data" / "sample" / "anshan.py"
    subprocess.run(
        [sys.executable, str(script), "-o", str(tmp_path)], check=True, capture_output=True, env=PLAIN_XML
    )
    assert unpacked(tmp_path / WORKBOOK.name) == unpacked(WORKBOOK)


def test_seven_counties_of_the_programme_with_seven_years_each_all_marked_as_simulated(
    city: SchoolTables,
) -> None:
    planned = {target.division_code: target.year for target in load_plan("anshan_2018").targets}
    assert {name: planned[code] for name, code in codes(city).items()} == TARGETS
    assert city.simulated
    assert not city.hard_issues
    for code in codes(city).values():
        assert tuple(city.years(code)) == YEARS
    assert all("模拟" in str(name) for name in city.schools["school_name"])


@pytest.mark.parametrize(("stage", "cv"), [("小学", "0.515"), ("初中", "0.400")])
def test_haicheng_has_the_coefficient_of_sports_area_that_it_was_made_with(stage: str, cv: str) -> None:
    rows = [row for row in cells("海城市") if row["学年"] == 2022]
    assert f"{mean_and_cv(rows, stage, '场馆')[1]:.3f}" == cv


def cells(county: str) -> list[Row]:
    return [row for row in read_rows("anshan/鞍山市", "学校") if row["区县名称"] == county]


@pytest.mark.parametrize(
    ("county", "year", "outcome"),
    [
        ("铁东区", 2019, "not_met"),  # on time: not before
        ("铁东区", 2020, "met"),  # its year of acceptance
        ("立山区", 2020, "not_met"),  # late
        ("立山区", 2022, "not_met"),  # and still
        ("千山区", 2021, "met"),
        ("千山区", 2022, "not_assessable"),  # a blank is no zero
        ("台安县", 2022, "met"),
        ("铁西区", 2022, "not_met"),  # late
        ("海城市", 2022, "not_met"),
        ("岫岩满族自治县", 2022, "not_met"),
    ],
)
def test_each_county_tells_its_story(city: SchoolTables, county: str, year: int, outcome: str) -> None:
    assert assessed(city, county, year).overall_outcome == outcome


def names_of(county: str, year: int) -> set[str]:
    return {row["学校名称"] for row in cells(county) if row["学年"] == year}


def test_one_school_was_closed_and_one_was_merged_with_its_pupils_and_buildings() -> None:
    assert names_of("台安县", 2019) - names_of("台安县", 2020) == {"台安模拟第六村小学"}
    assert names_of("岫岩满族自治县", 2018) - names_of("岫岩满族自治县", 2019) == {"岫岩模拟第九村小学"}

    def of(name: str, year: int) -> dict[str, Any]:
        (row,) = (one for one in cells("岫岩满族自治县") if (one["学校名称"], one["学年"]) == (name, year))
        return row

    main, merged = "岫岩模拟第三镇中心小学", of("岫岩模拟第九村小学", 2018)
    for column in ("小学在校生数", "教学及辅助用房面积"):
        grown = of(main, 2019)[column] - of(main, 2018)[column]
        assert grown == pytest.approx(merged[column], rel=0.2)
