"""A small county and small implementation plans for the tests of programmes and of what is said about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment, assess_county
from balance_analysis.programmes import Plan, load_plan
from tests.county_tables import CODE, COUNTY, YEAR, regime_2017, school, tables_of

HEAD = f"""
id = "own"
place = "模拟县"
division_code = "{CODE}"
title = "模拟县方案"
issuer = "模拟县人民政府"
issued = 2020-01-10
regime = "quality_balance_2017"

[[target]]
id = "county"
place = "模拟县"
year = 2022
name = "通过国家认定"
quote = "2022年通过国家认定"

[[step]]
id = "first"
name = "第一阶段"
start = 2020-09-01
end = 2021-03-31
quote = "第一阶段"
"""
LAST_DAY_OF_DATA = date(2021, 8, 31)
COUNTY_FIELDS = {
    "good_senior_school_places": 1000.0,
    "good_senior_school_quota": 700.0,
    "good_senior_school_quota_rural": 100.0,
    "rotation_eligible_teachers": 200.0,
    "rotated_teachers": 20.0,
    "rotated_backbone_teachers": 4.0,
    "valid_questionnaires": 1000.0,
    "satisfied_questionnaires": 850.0,
    "interviews": 100.0,
    "satisfied_interviews": 85.0,
}


def commitment(**given: str) -> str:
    fields = {
        "id": '"promise"',
        "name": '"承诺"',
        "value": '"70"',
        "unit": '"%"',
        "quote": '"承诺"',
        "measured_by": '"item_figure"',
        "subject": '"B21"',
        "figure": '"quota_share"',
    } | given
    return (
        "\n[[commitment]]\n"
        + "\n".join(f"{name} = {value}" for name, value in fields.items() if value)
        + "\n"
    )


def task(**given: str) -> str:
    fields = {"id": '"work"', "name": '"任务"', "offices": '["县教育局"]', "quote": '"任务"'} | given
    return "\n[[task]]\n" + "\n".join(f"{name} = {value}" for name, value in fields.items()) + "\n"


def plan_of(folder: Path, *parts: str) -> Plan:
    path = folder / "own.toml"
    path.write_text(HEAD + "".join(parts), encoding="utf-8")
    return load_plan(path)


def county(
    *rows: dict[str, Any], tasks: list[dict[str, Any]] | None = None, **fields: Any
) -> CountyAssessment:
    """Three primary and two junior schools that meet all resource items, with figures of the county."""
    schools = rows or (
        *(school(f"000{number}") for number in (1, 2, 3)),
        *(school(f"000{number}", "junior_secondary_school") for number in (4, 5)),
    )
    tables = tables_of(*schools)
    head = {"school_year": YEAR, "division_code": CODE, "county": COUNTY, "source_file": "模拟.xlsx"}
    own = [
        {
            "source_file": "模拟.xlsx",
            "present_state": None,
            "measure": None,
            "deadline": None,
            "responsible_offices": None,
        }
        | {"investment_wan_cny": float("nan")}
        | row
        for row in tasks or []
    ]
    tables = replace(tables, counties=pd.DataFrame([{**head, **COUNTY_FIELDS, **fields}]))
    if own:
        tables = replace(tables, tasks=pd.DataFrame(own))
    return assess_county(tables, regime_2017(), division_code=CODE)


@cache
def plain_county() -> CountyAssessment:
    return county()
