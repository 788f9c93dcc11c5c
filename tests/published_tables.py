"""Published county tables (form table Ⅲ) written by hand, for the tests of what can be said without schools."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from balance_analysis.assessment import CountyAssessment
from balance_analysis.door import open_assessment

HEADERS = (
    "学年", "行政区划代码", "区县名称", "学段", "指标", "均值", "差异系数", "学校数", "在校生数", "地区",
)  # fmt: skip
EIGHT = (
    "生均教学及辅助用房面积", "生均体育运动场馆面积", "生均教学仪器设备值", "每百名学生拥有计算机台数",
    "生均图书册数", "师生比", "生均高于规定学历教师数", "生均中级及以上专业技术职务教师数",
)  # fmt: skip
"""The indicators of the 2012 regime, as its text and the published tables call them."""
SEVEN = (
    "每百名学生拥有高于规定学历教师数", "每百名学生拥有县级以上骨干教师数", "每百名学生拥有体育、艺术（美术、音乐）专任教师数",
    "生均教学及辅助用房面积", "生均体育运动场馆面积", "生均教学仪器设备值", "每百名学生拥有网络多媒体教室数",
)  # fmt: skip
"""The indicators of the 2017 regime."""
COMPOSITE = "综合差异系数"
BASIC, QUALITY = "basic_balance_2012", "quality_balance_2017"


def row(indicator: str, cv: str = "", mean: str = "", **other: str) -> dict[str, str]:
    """One published row of 某县, primary, 2013; other columns by their header."""
    head = {"学年": "2013", "行政区划代码": "010203", "区县名称": "某县", "学段": "小学"}
    return {**head, "指标": indicator, "均值": mean, "差异系数": cv, **other}


def table(indicators: Iterable[str], cvs: Iterable[str], **other: str) -> list[dict[str, str]]:
    """Rows of several indicators with their coefficients, each with a mean of 1.00."""
    return [row(name, cv, "1.00", **other) for name, cv in zip(indicators, cvs, strict=True)]


def write_table(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write the rows as CSV with every header."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, HEADERS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def assess(
    folder: Path, rows: Iterable[Mapping[str, Any]], regime: str = BASIC, **options: Any
) -> CountyAssessment:
    """The one county of the rows, assessed without schools."""
    return open_assessment(write_table(folder / "表Ⅲ.csv", rows), regime=regime, **options)
