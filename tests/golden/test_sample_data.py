"""The Huantai sample reproduces the published plan, recomputed here from the cells alone.

Birth certificate of the numbers: annex 2 of 桓政发〔2017〕21号 (items B1–B31), rounded as printed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from contextlib import closing
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil
from pathlib import Path

import openpyxl
import pytest

from tests.golden.sample_workbooks import (
    COUNTIES,
    LIMITS,
    ROOT,
    SAMPLE,
    Row,
    decimal,
    fraction,
    judged_units,
    mean_and_cv,
    read_rows,
    total,
    values,
)

PLAIN_XML = {**os.environ, "OPENPYXL_LXML": "False"}
"""openpyxl writes other XML, the same cells, where lxml happens to be installed."""
PUBLISHED = {  # (stage, indicator): (mean, coefficient), exactly as printed
    ("小学", "体艺"): ("1.5", "0.5046"),
    ("初中", "体艺"): ("1.13", "0.3029"),
    ("小学", "用房"): ("5.26", "0.4685"),
    ("初中", "用房"): ("5.83", "0.3483"),
    ("小学", "场馆"): ("13.63", "0.769"),
    ("初中", "场馆"): ("17.21", "0.674"),
    ("小学", "仪器"): ("2084", "0.31"),
    ("初中", "仪器"): ("2813", "0.428"),
}


@pytest.fixture(scope="module")
def huantai() -> list[Row]:
    return [row for row in read_rows("桓台县", "学校") if row["学年"] == 2017]


def as_printed(value: Decimal, printed: str) -> str:
    return str(value.quantize(Decimal(printed), rounding=ROUND_HALF_UP))


@pytest.mark.parametrize(("stage", "indicator"), PUBLISHED)
def test_huantai_2017_reproduces_the_published_mean_and_coefficient(
    huantai: list[Row], stage: str, indicator: str
) -> None:
    printed_mean, printed_cv = PUBLISHED[stage, indicator]
    mean, cv = mean_and_cv(huantai, stage, indicator)
    assert as_printed(decimal(mean), printed_mean) == printed_mean
    assert as_printed(cv, printed_cv) == printed_cv


def test_the_shared_published_table_says_what_this_test_cites() -> None:
    path = ROOT.parent / "shared" / "data" / "published" / "huantai_2017.csv"
    if not path.exists():
        pytest.skip("../shared/data/published is not here: the published table cannot be compared")
    lines = [line.split(",") for line in path.read_text("utf-8-sig").splitlines()[1:] if line]
    assert [(line[0], line[2], line[3]) for line in lines] == [
        (stage, mean, cv) for (stage, _), (mean, cv) in PUBLISHED.items()
    ]


@pytest.mark.parametrize("indicator", ["学历", "骨干", "多媒体"])
def test_items_b1_b2_b7_hold_in_every_school_and_in_both_coefficients(
    huantai: list[Row], indicator: str
) -> None:
    for stage, limit, cv_limit in zip(("小学", "初中"), LIMITS[indicator], ("0.50", "0.45"), strict=True):
        below = [name for name, _, value in values(huantai, stage, indicator) if value < Fraction(limit)]
        assert below == []
        assert mean_and_cv(huantai, stage, indicator)[1] <= Decimal(cv_limit)


@pytest.mark.parametrize("indicator", ["体艺", "用房", "场馆", "仪器"])
def test_items_b3_to_b6_fail_because_some_schools_are_below_85_percent(
    huantai: list[Row], indicator: str
) -> None:
    below = [
        (stage, name)
        for stage, limit in zip(("小学", "初中"), LIMITS[indicator], strict=True)
        for name, _, value in values(huantai, stage, indicator)
        if value < Fraction(limit) * Fraction("0.85")
    ]
    assert below


def test_only_the_three_named_schools_have_enough_music_and_art_rooms_of_full_size(
    huantai: list[Row],
) -> None:
    enough, others_full = set(), []
    for unit in judged_units(huantai):
        needed = ceil(total(unit, "小学班级数", "初中班级数") / 12)
        music, art = total(unit, "音乐教室96平米及以上间数"), total(unit, "美术教室90平米及以上间数")
        if music >= needed and art >= needed:
            enough.add(unit[0]["学校名称"])
        else:
            bands = [
                name for name in unit[0] if name.startswith(("音乐教室", "美术教室")) and "54至61" not in name
            ]
            others_full += [unit[0]["学校名称"] for name in bands if total(unit, name) > 0]
    assert enough == {"县实验学校（模拟）", "县城南学校（模拟）", "一中附属学校（模拟）"}
    assert others_full == []


def test_exactly_four_schools_are_above_size(huantai: list[Row]) -> None:
    above = [
        unit[0]["学校名称"]
        for unit in judged_units(huantai)
        if total(unit, "小学在校生数", "初中在校生数")
        > (2500 if unit[0]["办学类型"] in {"九年一贯制", "十二年一贯制"} else 2000)
    ]
    assert len(above) == 4


def test_59_primary_classes_are_above_45_and_4_junior_classes_above_50(huantai: list[Row]) -> None:
    rows = [row for unit in judged_units(huantai) for row in unit]
    above_45 = ("46-50人", "51-55人", "56-60人", "61-65人", "66人及以上")
    assert total(rows, *(f"小学{band}班级数" for band in above_45)) == 59
    assert total(rows, *(f"初中{band}班级数" for band in above_45[1:])) == 4


def test_the_numeric_items_b13_to_b26_hold_in_huantai_2017(huantai: list[Row]) -> None:
    county = next(row for row in read_rows("桓台县", "区县") if row["学年"] == 2017)
    base = fraction(county["小学生均公用经费基准定额"])
    codes = {row["学校标识码"]: row["城乡分类代码"] for row in huantai}

    def town(row: Row) -> bool:  # a campus is judged with its main school
        return str(codes[row["主校标识码"] or row["学校标识码"]]) < "200"

    for row in huantai:
        if 0 < row["小学在校生数"] + row["初中在校生数"] < 100:
            assert fraction(row["公用经费决算总额"]) * 10000 >= 100 * base
        teachers = row["小学专任教师数"] + row["初中专任教师数"]
        assert row["完成360学时培训教师数"] == row["持教师资格证专任教师数"] == teachers
        assert fraction(row["教师培训经费预算总额"]) >= fraction(row["公用经费预算总额"]) * Fraction("0.05")
        if town(row) and row["是否寄宿制"] == "否" and row["举办者类型"] != "10":
            assert row["小学划片内学生数"] == row["小学在校生数"]
            assert row["初中划片内学生数"] >= Fraction("0.95") * row["初中在校生数"]
        if row["初中在校生数"]:
            stayed = row["毕业学生数"] - row["三年转入学生数"] + row["三年转出学生数"]
            began = row["三年前初一在校生数"] - row["三年死亡学生数"]
            assert Fraction("0.95") <= Fraction(stayed, began) <= 1
    assert county["特殊教育学校经费总额"] >= 8000 * county["特殊教育学校学生数"]
    assert county["教师年平均工资收入"] >= county["公务员年平均工资收入"]
    assert county["交流轮岗教师数"] * 10 >= county["符合交流条件教师数"]
    assert county["交流轮岗骨干教师数"] * 5 >= county["交流轮岗教师数"]
    assert (
        Fraction("0.70")
        <= Fraction(county["优质高中分配名额数"], county["优质高中招生计划数"])
        < Fraction("0.71")
    )
    placed = county["公办就读随迁子女数"] + county["购买服务民办就读随迁子女数"]
    assert placed >= Fraction("0.85") * county["符合条件随迁子女数"]
    assert county["残疾儿童少年入学数"] >= Fraction("0.95") * county["残疾儿童少年数"]
    assert county["满意问卷数"] >= Fraction("0.85") * county["有效问卷数"]
    assert county["走访满意人数"] >= Fraction("0.85") * county["走访人数"]


def test_the_evidence_items_are_met_and_monitoring_is_below_0_15_in_huantai_2017() -> None:
    rows = [row for row in read_rows("桓台县", "佐证") if row["学年"] == 2017]
    assert {"B8", "B9", "B17", "B25", "B27", "B28", "B29", "B30", "B31"} <= {row["指标编号"] for row in rows}
    assert {"E1", "E2", "V1", "V2", "V3", "V4", "V5", "V6"} <= {row["指标编号"] for row in rows}
    assert {row["结论"] for row in rows} == {"达标"}
    monitored = [row for row in rows if row["指标编号"] == "B31"]
    assert len(monitored) == 3
    assert all(row["学业水平等级"] == "Ⅲ级" and row["校际差异率"] < 0.15 for row in monitored)


def test_huantai_has_a_measure_for_each_of_the_31_items_with_the_annex_deadlines() -> None:
    rows = {row["指标编号"]: row for row in read_rows("桓台县", "任务")}
    assert list(rows) == [f"B{number}" for number in range(1, 32)]
    dated = {
        item: row["完成时限"].date().isoformat() for item, row in rows.items() if row["完成时限"] is not None
    }
    assert dated == {
        **dict.fromkeys(["B3", "B4", "B5", "B6", "B10", "B11"], "2018-09-30"),
        "B12": "2020-12-31",
    }
    assert all(row["措施"] and row["责任单位"] and row["现状"] is None for row in rows.values())


def test_the_coefficients_of_huantai_decline_towards_2017() -> None:
    rows = read_rows("桓台县", "学校")
    for stage, indicator in PUBLISHED:
        series = [
            mean_and_cv([row for row in rows if row["学年"] == year], stage, indicator)[1]
            for year in (2015, 2016, 2017)
        ]
        assert series == sorted(series, reverse=True), (stage, indicator, series)


@pytest.mark.parametrize("county", COUNTIES)
def test_every_sample_says_that_it_is_simulated(county: str) -> None:
    with closing(openpyxl.load_workbook(SAMPLE / f"{county}.xlsx", read_only=True)) as book:
        labels = {row[0]: row[1] for row in book["填报说明"].iter_rows(max_col=2, values_only=True)}
    assert labels["数据性质"] == "模拟数据"
    assert book.properties.subject == "模拟数据"
    assert all("模拟" in row["学校名称"] for row in read_rows(county, "学校"))


def test_the_generator_writes_the_committed_workbooks_again(tmp_path: Path) -> None:
    command = [sys.executable, str(SAMPLE / "generate.py"), "-o", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, env=PLAIN_XML)
    for county in COUNTIES:
        assert unpacked(tmp_path / f"{county}.xlsx") == unpacked(SAMPLE / f"{county}.xlsx")


def unpacked(path: Path) -> list[tuple[str, tuple[int, ...], bytes]]:
    """Members with times and contents: what is the same whichever zlib compressed it."""
    with zipfile.ZipFile(path) as archive:
        return [(info.filename, info.date_time, archive.read(info)) for info in archive.infolist()]
