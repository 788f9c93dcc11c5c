"""Small counties made by hand: one plain primary school that meets everything, to be varied by a test."""

from __future__ import annotations

import math
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.assessment import CountyAssessment, assess_county
from balance_analysis.door import worded
from balance_analysis.regimes import Regime, load_regime
from balance_analysis.reporting.template_file import write_template
from balance_analysis.workbook.layouts import Field, load_layout
from balance_analysis.workbook.tables import SchoolTables, SourceFile

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "data" / "sample"
SHARED_DATA = ROOT.parent / "shared" / "data"
CODE, COUNTY, YEAR = "010203", "模拟县", 2020
IN_ANSHAN = "210311"
"""A county code of Anshan, the one place where its overlay applies."""

BLANK = math.nan
SENIOR_STAGES = {"complete_secondary", "twelve_year"}
STAGE_OF_TYPE = {
    "primary_school": ("primary",),
    "teaching_site": ("primary",),
    "junior_secondary_school": ("junior_secondary",),
    "nine_year": ("primary", "junior_secondary"),
    "complete_secondary": ("junior_secondary",),
    "twelve_year": ("primary", "junior_secondary"),
}


def school(code: str = "0001", school_type: str = "primary_school", **given: Any) -> dict[str, Any]:
    """A school of 100 pupils per stage that meets all seven limits of 2017; ``given`` overrides fields.

    Values per pupil or per 100: 6 qualified, 2 backbone, 2 PE and arts teachers, 6 m² rooms, 11 m² sports
    grounds, 3000 yuan equipment, 3 classrooms (in a school of one stage).
    """
    stages = STAGE_OF_TYPE.get(school_type, ("primary",))
    fields: dict[str, Any] = {
        "school_year": YEAR,
        "division_code": CODE,
        "county": COUNTY,
        "school_code": code,
        "school_name": f"模拟学校{code}",
        "school_type": school_type,
        "sponsor_type": "7",
        "urban_rural_code": "111",
        "counted_as_school": True,
        "primary_enrolment": 0,
        "junior_secondary_enrolment": 0,
        "teaching_and_auxiliary_area_m2": 700,
        "indoor_sports_area_m2": 100,
        "sports_ground_area_m2": 1000,
        "teaching_equipment_value_wan_cny": 30,
        "multimedia_classrooms": 3,
        "teaching_computers": 20,
        "books": 2000,
    }
    if school_type in SENIOR_STAGES:
        fields["senior_secondary_enrolment"] = 0
    for stage in stages:
        teachers = {"full_time_teachers": 8, "backbone_teachers": 2, "pe_teachers": 1, "music_teachers": 1}
        teachers |= {"fine_arts_teachers": 0, "arts_teachers": 0, "intermediate_title_teachers": 4}
        teachers |= {"teachers_bachelor": 6, "teachers_master": 0, "teachers_doctor": 0}
        if stage == "primary":
            teachers["teachers_associate"] = 0
        fields |= {f"{stage}_enrolment": 100}
        fields |= {f"{stage}_{name}": number for name, number in teachers.items()}
    return fields | given


def juniors(**given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two junior secondary schools that meet everything, so that a county of both stages can pass."""
    first, second = (school(code, "junior_secondary_school", **given) for code in ("j1", "j2"))
    return first, second


def _column(field: Field, values: list[Any]) -> Any:
    if field.type in ("count", "quantity"):
        return np.array([math.nan if value is None else float(value) for value in values])
    if field.type == "year":
        return pd.array([pd.NA if value is None else value for value in values], dtype="Int64")
    return pd.Series(values, dtype=object if field.type == "boolean" else "str")


def tables_of(*rows: dict[str, Any]) -> SchoolTables:
    """Typed tables of these schools, as the reader would hand them on."""
    layout = load_layout("own_template")
    sheet = layout.sheet("schools")
    assert sheet is not None
    unknown = {name for row in rows for name in row} - {field.name for field in sheet.fields}
    assert not unknown, unknown
    frame = pd.DataFrame(
        {field.name: _column(field, [row.get(field.name) for row in rows]) for field in sheet.fields}
    )
    frame["sponsor"] = (
        frame["sponsor_type"]
        .map(lambda code: "non_government" if code == "10" else "public", na_action="ignore")
        .astype("str")
    )
    frame["source_file"], frame["source_sheet"] = "模拟.xlsx", "学校"
    frame["source_row"] = np.arange(len(rows)) + 2
    empty = pd.DataFrame({"division_code": pd.Series(dtype="str"), "source_file": pd.Series(dtype="str")})
    source = SourceFile("模拟.xlsx", "0" * 64, layout.id, layout.source, True)
    return SchoolTables(frame, empty, empty.copy(), empty.copy(), (source,), layout.stratification)


@cache
def regime_2017(*overlays: str) -> Regime:
    """The 2017 regime as it stood when the school year 2020 ended."""
    return load_regime("quality_balance_2017", on=date(2021, 8, 31), overlays=overlays)


@cache
def regime_2012() -> Regime:
    """The 2012 regime as it stood when the school year 2016 ended."""
    return load_regime("basic_balance_2012", on=date(2017, 8, 31))


def assess(*rows: dict[str, Any], regime: Regime | None = None, **options: Any) -> CountyAssessment:
    """The assessment of a county of these schools."""
    code = rows[0]["division_code"]
    return worded(assess_county(tables_of(*rows), regime or regime_2017(), division_code=code, **options))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as plain mappings."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def row_of(frame: pd.DataFrame, **where: Any) -> dict[str, Any]:
    """The one row in which the columns hold these values; none or several fail the test."""
    found = [row for row in records(frame) if all(row[name] == value for name, value in where.items())]
    assert len(found) == 1, (where, len(found))
    return found[0]


def write_county(path: Path, *rows: dict[str, Any], simulated: bool = True) -> Path:
    """These schools as a filled-in workbook of our own template."""
    return write_template(path, rows={"schools": rows}, county_name=COUNTY, simulated=simulated)
