"""Nine published county tables and a county plan's own figures, judged without any school.

Birth certificates: ``published/chongqing_basic.csv`` (national inspection, 2012 regime: eight means and coefficients with
three decimals, composites as published) and ``published/huantai_2017.csv`` (桓政发〔2017〕21号 printed four means and
coefficients per stage). The outcomes are worked out here by hand: composite against 0.65 (primary) and 0.55 (junior).
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from balance_analysis.assessment import CountyAssessment, assess_by_law
from balance_analysis.door import worded
from balance_analysis.workbook.reader import read_workbook
from tests.county_tables import SHARED_DATA, records, row_of
from tests.published_tables import BASIC, COMPOSITE, EIGHT, QUALITY, row, write_table

CHONGQING = SHARED_DATA / "published" / "chongqing_basic.csv"
HUANTAI = SHARED_DATA / "published" / "huantai_2017.csv"
CODES = {"万州区": "500101", "黔江区": "500114", "江津区": "500116", "永川区": "500118", "綦江区": "500110"}
STAGES = {"小学": "primary", "初中": "junior_secondary"}
BY_HAND = {
    ("万州区", "小学"): ("0.302", "0.348", "met"),
    ("万州区", "初中"): ("0.356", "0.194", "met"),
    ("黔江区", "小学"): ("0.494", "0.156", "met"),
    ("黔江区", "初中"): ("0.442", "0.108", "met"),
    ("江津区", "小学"): ("0.353", "0.297", "met"),
    ("江津区", "初中"): ("0.261", "0.289", "met"),
    ("永川区", "小学"): ("0.562", "0.088", "met"),
    ("永川区", "初中"): ("0.439", "0.111", "met"),
    ("綦江区", "小学"): ("0.393", "0.257", "met"),
}
"""Published composite; 0.65 or 0.55 minus it; outcome."""

pytestmark = pytest.mark.skipif(not CHONGQING.exists(), reason="../shared/data is not there")


@pytest.fixture(scope="module")
def chongqing(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CountyAssessment]:
    rows = []
    for published in records(pd.read_csv(CHONGQING, encoding="utf-8-sig", dtype=str)):
        head = {
            "学年": "2013", "行政区划代码": CODES[published["区县"]], "区县名称": published["区县"], "学段": published["学段"],
        }  # fmt: skip
        for name in EIGHT:
            rows.append(row(name, published[f"差异系数_{name}"], published[f"均值_{name}"], **head))
        rows.append(row(COMPOSITE, published["综合差异系数_公布"], "——", **head))
    tables = read_workbook(write_table(tmp_path_factory.mktemp("published") / "重庆.csv", rows))
    assert [issue for issue in tables.issues if issue.severity != "note"] == []
    return {name: worded(assess_by_law(tables, BASIC, division_code=code)) for name, code in CODES.items()}


@pytest.mark.parametrize("place", BY_HAND, ids="".join)
def test_a_published_composite_is_judged_against_its_limit(
    chongqing: dict[str, CountyAssessment], place: tuple[str, str]
) -> None:
    county, (composite, margin, outcome) = chongqing[place[0]], BY_HAND[place]
    found = row_of(county.coefficients, stage=STAGES[place[1]], indicator="composite")
    assert (found["cv"], found["outcome"]) == (float(composite), outcome)
    assert found["margin"] == float(margin)
    assert not found["borderline"]
    verdict = row_of(county.verdicts, stage=STAGES[place[1]], rule="coefficient")
    assert f"公布的综合差异系数为{composite}，不高于限值" in verdict["detail"]


def test_four_districts_hold_at_both_stages_and_the_fifth_published_one_stage_only(
    chongqing: dict[str, CountyAssessment],
) -> None:
    assert {name: county.outcome for name, county in chongqing.items()} == {
        "万州区": "met", "黔江区": "met", "江津区": "met", "永川区": "met", "綦江区": "not_assessable",
    }  # fmt: skip
    whole = row_of(chongqing["綦江区"].verdicts, rule="county_resources")
    assert whole["detail"] == "两个学段都符合要求才算达标：没有初中的数据，无法判定。"


def test_huantai_s_printed_figures_give_the_outcomes_that_its_plan_draws_from_them(tmp_path: Path) -> None:
    published = records(pd.read_csv(HUANTAI, encoding="utf-8-sig", dtype=str))
    head = {"学年": "2017", "行政区划代码": "370321", "区县名称": "桓台县"}
    rows = [
        row(one["指标"], one["差异系数_公布"], one["县均值_公布"], **head, 学段=one["学段"])
        for one in published
    ]
    tables = read_workbook(write_table(tmp_path / "桓台县.csv", rows))
    county = worded(assess_by_law(tables, QUALITY, division_code="370321"))
    names = {
        "每百名学生拥有体育艺术专任教师数": "pe_arts_teachers",
        "生均教学及辅助用房面积": "teaching_area",
        "生均体育运动场馆面积": "sports_area",
        "生均教学仪器设备值": "equipment_value",
    }
    for one in published:
        found = row_of(county.coefficients, stage=STAGES[one["学段"]], indicator=names[one["指标"]])
        assert (found["mean"], found["cv"]) == (float(one["县均值_公布"]), float(one["差异系数_公布"]))
        assert found["outcome"] == ("met" if one["差异系数≤限值(不舍入)"] == "是" else "not_met")
        turned = one["差异系数≤限值(不舍入)"] != one["四舍五入到2位后是否≤限值"]
        assert bool(found["borderline"]) == turned
    verdict = row_of(county.verdicts, stage="primary", indicator="pe_arts_teachers")
    assert (
        verdict["detail"] == "公布的差异系数为0.5046，高于限值0.50（临界：取2位小数再比较会得出相反结论）。"
    )
    assert verdict["margin"] == -0.0046
    assert len(published) == 8
    # three of seven were not printed: no composite, and the stage fails all the same by what was printed
    composite = row_of(county.coefficients, stage="primary", indicator="composite")
    assert (composite["outcome"], composite["reason"]) == ("not_assessable", "3项指标没有公布差异系数")
    assert county.outcome == "not_met"
