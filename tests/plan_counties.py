"""Counties to be planned, and the shortest ways to a plan, for the tests of the least-cost plan's delivery."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.door import open_assessment
from balance_analysis.remediation import Plan, load_costs
from balance_analysis.remediation.carry_out import carry_out_in_tables
from balance_analysis.remediation.costs import DEFAULT_COSTS_PATH, settings_from_toml
from balance_analysis.remediation.county import (
    CountyPlan,
    problem_of_county,
    solve_county,
    year_rows,
)
from balance_analysis.remediation.settings import RemediationSettings
from tests.conftest import HOSTILE_NAME
from tests.county_tables import SAMPLE, assess, row_of, school

FORMULA_NAME = '=HYPERLINK("x")'
BANDS = [
    "up_to_25", "26_to_30", "31_to_35", "36_to_40", "41_to_45", "46_to_50", "51_to_55", "56_to_60",
    "61_to_65", "66_and_above",
]  # fmt: skip


def classes(stage: str, largest: int, **bands: int) -> dict[str, Any]:
    """The class columns of one stage of a school."""
    filed = {f"{stage}_classes_{name}": bands.get(f"b_{name}", 0) for name in BANDS}
    return filed | {f"{stage}_classes": sum(bands.values()), "largest_class_size": largest}


def poor_county(**given: Any) -> list[dict[str, Any]]:
    """Three primary schools; the second lacks PE teachers and equipment, the others have some to spare."""
    return [
        school("0001", school_name=HOSTILE_NAME, primary_pe_teachers=5),
        school(
            "0002",
            primary_pe_teachers=0,
            primary_music_teachers=0,
            teaching_equipment_value_wan_cny=12,
            **given,
        ),
        school("0003", school_name=FORMULA_NAME, primary_pe_teachers=3),
    ]


def solved(*rows: dict[str, Any], settings: RemediationSettings | None = None, **options: Any) -> CountyPlan:
    return solve_county(assess(*rows), settings or load_costs(), seconds=20, **options)


def costs_with(text: str = "", *, top: str = "") -> RemediationSettings:
    """The shipped assumptions with more tables at the end or keys at the top."""
    shipped = DEFAULT_COSTS_PATH.read_text(encoding="utf-8")
    return settings_from_toml(shipped.replace("schema = 1", f"schema = 1\n{top}", 1) + text)


def carried(
    county: CountyAssessment, plan: Plan, settings: RemediationSettings | None = None
) -> pd.DataFrame:
    problem, _ = problem_of_county(county, settings or load_costs())
    return carry_out_in_tables(year_rows(county), problem, plan, county.regime)


def cell(frame: pd.DataFrame, code: str, name: str) -> Any:
    return row_of(frame, school_code=code)[name]


@cache
def sample_plan(county: str) -> CountyPlan:
    year = 2017
    assessed = open_assessment(
        SAMPLE / f"{county}.xlsx", regime="quality_balance_2017", year=year, target_year=2020
    )
    return solve_county(assessed, load_costs(), seconds=30)
