"""A second, exact way to a county's coefficients, for tests: openpyxl cells and fractions only.

It shares no code with the package. Rules (regulation §1, §3.1, §3.3, §4): judged are all schools
but special education and teaching sites below 50 pupils; campuses not counted join their main
school; resources of schools with several stages are split 1 : 1.1 : 1.32 (complete secondary
1 : 1.2); the coefficient is weighted by enrolment, in the population form.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data" / "sample"
COUNTIES = ("桓台县", "襄汾县", "八公山区")
Row = dict[str, Any]

LIMITS = {  # regulation §3.1: limit primary, limit junior
    "学历": ("4.2", "5.3"),
    "骨干": ("1", "1"),
    "体艺": ("0.9", "0.9"),
    "用房": ("4.5", "5.8"),
    "场馆": ("7.5", "10.2"),
    "仪器": ("2000", "2500"),
    "多媒体": ("2.3", "2.4"),
}


@cache
def read_rows(county: str, sheet: str) -> list[Row]:
    """Rows of a sheet by header; read once and shared, so not to be changed."""
    with closing(openpyxl.load_workbook(SAMPLE / f"{county}.xlsx", read_only=True)) as book:
        heads, *lines = book[sheet].iter_rows(values_only=True)
    names = [str(head) for head in heads]
    rows = [dict(zip(names, line, strict=True)) for line in lines]
    return [row for row in rows if any(value is not None for value in row.values())]


def fraction(value: Any) -> Fraction:
    assert isinstance(value, (int, float)), value
    return Fraction(str(value))


def judged_units(rows: list[Row]) -> list[list[Row]]:
    units: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        units[row["主校标识码"] if row["是否计校数"] == "否" else row["学校标识码"]].append(row)
    return [
        unit
        for unit in units.values()
        if not any(row["办学类型"] == "特殊教育" for row in unit)
        and not (unit[0]["办学类型"] == "教学点" and sum(row["小学在校生数"] for row in unit) < 50)
    ]


def total(unit: list[Row], *columns: str) -> Fraction:
    return sum((fraction(row[column]) for row in unit for column in columns), Fraction(0))


AMOUNTS: dict[str, Callable[[list[Row], str], Fraction]] = {
    "学历": lambda u, s: (
        100
        * total(
            u,
            *(["小学专科学历教师数"] if s == "小学" else []),
            *(f"{s}{d}学历教师数" for d in ("本科", "硕士", "博士")),
        )
    ),
    "骨干": lambda u, s: 100 * total(u, f"{s}骨干教师数"),
    "体艺": lambda u, s: 100 * total(u, *(f"{s}{kind}教师数" for kind in ("体育", "音乐", "美术", "艺术"))),
    "用房": lambda u, s: total(u, "教学及辅助用房面积") - total(u, "室内体育用房面积"),
    "场馆": lambda u, s: total(u, "运动场地面积", "室内体育用房面积"),
    "仪器": lambda u, s: 10000 * total(u, "教学仪器设备值"),
    "多媒体": lambda u, s: 100 * total(u, "网络多媒体教室数"),
}
OF_ONE_STAGE = {"学历", "骨干", "体艺"}


def values(rows: list[Row], stage: str, indicator: str) -> Iterator[tuple[str, Fraction, Fraction]]:
    """School name, pupils and per-pupil value of every judged school that has the stage."""
    return per_pupil(rows, stage, AMOUNTS[indicator], of_one_stage=indicator in OF_ONE_STAGE)


def per_pupil(
    rows: list[Row], stage: str, amount: Callable[[list[Row], str], Fraction], *, of_one_stage: bool
) -> Iterator[tuple[str, Fraction, Fraction]]:
    for unit in judged_units(rows):
        pupils = total(unit, f"{stage}在校生数")
        if pupils == 0:
            continue
        primary, junior, senior = (total(unit, f"{name}在校生数") for name in ("小学", "初中", "高中"))
        weight, divisor = Fraction(1), pupils
        if not of_one_stage:
            if unit[0]["办学类型"] == "完全中学":
                divisor = junior + Fraction("1.2") * senior
            else:
                divisor = primary + Fraction("1.1") * junior + Fraction("1.32") * senior
                weight = Fraction("1.1") if stage == "初中" else Fraction(1)
        yield unit[0]["学校名称"], pupils, amount(unit, stage) * weight / divisor


def mean_and_cv(rows: list[Row], stage: str, indicator: str) -> tuple[Fraction, Decimal]:
    return weighted(list(values(rows, stage, indicator)))


def weighted(schools: list[tuple[str, Fraction, Fraction]]) -> tuple[Fraction, Decimal]:
    everyone = sum((pupils for _, pupils, _ in schools), Fraction(0))
    mean = sum((pupils * value for _, pupils, value in schools), Fraction(0)) / everyone
    variance = sum((pupils * (value - mean) ** 2 for _, pupils, value in schools), Fraction(0)) / everyone
    return mean, decimal(variance / mean**2).sqrt()


def decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
