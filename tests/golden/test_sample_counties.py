"""All three sample counties are consistent, plausible over the years, and differ as intended.

Recomputed from the cells alone with ``sample_workbooks``; limits from the regulation, §2 and §3.
"""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil

import pytest

from balance_analysis.workbook.reader import check_workbook
from tests.golden.sample_workbooks import (
    AMOUNTS,
    COUNTIES,
    LIMITS,
    SAMPLE,
    Row,
    judged_units,
    mean_and_cv,
    per_pupil,
    read_rows,
    total,
    values,
    weighted,
)

BAND_RANGES = {
    "25人及以下": (1, 25),
    "26-30人": (26, 30),
    "31-35人": (31, 35),
    "36-40人": (36, 40),
    "41-45人": (41, 45),
    "46-50人": (46, 50),
    "51-55人": (51, 55),
    "56-60人": (56, 60),
    "61-65人": (61, 65),
    "66人及以上": (66, 200),
}


@pytest.mark.parametrize("county", COUNTIES)
def test_class_bands_sum_to_classes_and_agree_with_pupils(county: str) -> None:
    rows = read_rows(county, "学校")
    assert rows
    for row in rows:
        for stage in ("小学", "初中"):
            counts = {band: row[f"{stage}{band}班级数"] for band in BAND_RANGES}
            assert sum(counts.values()) == row[f"{stage}班级数"]
            low, high = (sum(counts[band] * BAND_RANGES[band][end] for band in counts) for end in (0, 1))
            assert low <= row[f"{stage}在校生数"] <= high


@pytest.mark.parametrize("county", COUNTIES)
def test_degrees_areas_and_pe_teachers_are_consistent_in_every_row(county: str) -> None:
    for row in read_rows(county, "学校"):
        for stage in ("小学", "初中"):
            degrees = [
                row.get(f"{stage}{degree}学历教师数") or 0 for degree in ("专科", "本科", "硕士", "博士")
            ]
            assert sum(degrees) <= row[f"{stage}专任教师数"]
            assert AMOUNTS["体艺"]([row], stage) / 100 <= row[f"{stage}专任教师数"]
            assert row[f"{stage}骨干教师数"] <= row[f"{stage}专任教师数"]
        assert row["室内体育用房面积"] <= row["教学及辅助用房面积"]
        assert row["运动场地面积"] > 0


@pytest.mark.parametrize("county", COUNTIES)
def test_no_school_appears_vanishes_or_jumps_by_30_percent_between_years(county: str) -> None:
    by_year: dict[int, dict[str, Row]] = defaultdict(dict)
    for row in read_rows(county, "学校"):
        by_year[row["学年"]][row["学校标识码"]] = row
    years = sorted(by_year)
    assert len(years) >= 2
    watched = (
        "小学在校生数",
        "初中在校生数",
        "教学及辅助用房面积",
        "运动场地面积",
        "教学仪器设备值",
        "图书册数",
        "教学用计算机台数",
        "网络多媒体教室数",
        "小学专任教师数",
        "初中专任教师数",
        "小学班级数",
    )
    for before, after in pairwise(years):
        assert by_year[before].keys() == by_year[after].keys()
        for code, row in by_year[after].items():
            for column in watched:
                old = by_year[before][code][column]
                if old >= 5:
                    assert abs(row[column] / old - 1) < 0.3, (county, code, column, old, row[column])


BASIC_2012: dict[str, Callable[[list[Row], str], Fraction]] = {  # regulation §2, the eight indicators
    "用房": lambda u, s: total(u, "教学及辅助用房面积"),
    "场馆": AMOUNTS["场馆"],
    "仪器": AMOUNTS["仪器"],
    "计算机": lambda u, s: total(u, "教学用计算机台数"),
    "图书": lambda u, s: total(u, "图书册数"),
    "师生比": lambda u, s: total(u, f"{s}专任教师数"),
    "学历": AMOUNTS["学历"],
    "职称": lambda u, s: total(u, f"{s}中级及以上职称教师数"),
}


@pytest.mark.parametrize("county", COUNTIES)
def test_the_composite_of_the_2012_regime_is_within_its_limits_in_every_year(county: str) -> None:
    everything = [
        row
        for row in read_rows(county, "学校")
        if row["举办者类型"] != "10" and row["办学类型"] != "教学点" and row["办学类型"] != "特殊教育"
    ]
    for year in {row["学年"] for row in everything}:
        rows = [row for row in everything if row["学年"] == year]
        for stage, limit in (("小学", "0.65"), ("初中", "0.55")):
            found = []
            for indicator, amount in BASIC_2012.items():
                of_one_stage = indicator in {"师生比", "学历", "职称"}
                found.append(weighted(list(per_pupil(rows, stage, amount, of_one_stage=of_one_stage)))[1])
            assert sum(found) / len(found) <= Decimal(limit)


def test_bagongshan_2020_fails_only_rooms_and_class_size_and_tolerates_two_shortfalls() -> None:
    rows = [row for row in read_rows("八公山区", "学校") if row["学年"] == 2020]
    below = []
    for stage, position, cv_limit in (("小学", 0, "0.50"), ("初中", 1, "0.45")):
        for indicator, limits in LIMITS.items():
            limit = Fraction(limits[position])
            below += [
                (name, indicator, value >= limit * Fraction("0.85"))
                for name, _, value in values(rows, stage, indicator)
                if value < limit
            ]
            assert mean_and_cv(rows, stage, indicator)[1] <= Decimal(cv_limit)
    assert below == [("土坝孜街道模拟小学", "场馆", True), ("八公山区模拟九年制学校", "场馆", True)]
    assert total(rows, "小学46-50人班级数", "小学51-55人班级数") == 2
    short = [
        unit[0]["学校名称"]
        for unit in judged_units(rows)
        if total(unit, "音乐教室96平米及以上间数") < ceil(total(unit, "小学班级数", "初中班级数") / 12)
    ]
    assert short == ["八公山区模拟第二中学"]


def test_xiangfen_2017_is_mixed() -> None:
    rows = [row for row in read_rows("襄汾县", "学校") if row["学年"] == 2017]
    outcome = {
        (stage, indicator): mean_and_cv(rows, stage, indicator)[1] <= Decimal(cv_limit)
        for stage, cv_limit in (("小学", "0.50"), ("初中", "0.45"))
        for indicator in LIMITS
    }
    assert [cell for cell, met in outcome.items() if not met] == [("小学", "场馆")]
    conclusions = {row["指标编号"]: row["结论"] for row in read_rows("襄汾县", "佐证") if row["学年"] == 2017}
    assert conclusions["B27"] == "未评估"
    wide = [row["学科"] for row in read_rows("襄汾县", "佐证") if (row["校际差异率"] or 0) >= 0.15]
    assert set(wide) == {"数学"}


@pytest.mark.parametrize("county", COUNTIES)
def test_the_samples_have_the_kinds_of_school_that_the_regulation_treats_apart(county: str) -> None:
    rows = read_rows(county, "学校")
    sites = [row["小学在校生数"] for row in rows if row["办学类型"] == "教学点"]
    assert min(sites) < 50 < max(sites)
    assert {"小学", "教学点", "初中", "九年一贯制", "特殊教育"} <= {row["办学类型"] for row in rows}
    assert any(row["举办者类型"] == "10" for row in rows)
    if county != "襄汾县":
        campus = next(row for row in rows if row["是否计校数"] == "否")
        assert campus["主校标识码"] in {row["学校标识码"] for row in rows if row["是否计校数"] == "是"}


@pytest.mark.parametrize("county", COUNTIES)
def test_the_package_finds_nothing_to_object_to_in_the_samples(county: str) -> None:
    assert [str(issue) for issue in check_workbook(SAMPLE / f"{county}.xlsx")] == []


@pytest.mark.parametrize("module", ["calibration", "classes", "dice"])
def test_the_examples_in_the_generator_hold(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "doctest", "-v", str(SAMPLE / f"{module}.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "0 passed" not in done.stdout.splitlines()[-2]
