"""Brute force over single filed cells: every variant of a small county judged as a county of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.measures.coefficients import compute_coefficients
from balance_analysis.measures.indicators import compute_indicators
from balance_analysis.measures.strata import assign_strata
from balance_analysis.regimes import Regime
from balance_analysis.verdicts.resources import judge_coefficients, judge_county
from balance_analysis.verdicts.values import judge_indicators, judge_schools
from balance_analysis.workbook.tables import SchoolTables
from tests.county_tables import records, tables_of

Cell = tuple[int, str, float]
"""Row, field and the figure filed there instead."""
CELLS = (
    *(f"primary_teachers_{degree}" for degree in ("associate", "bachelor", "master", "doctor")),
    *(f"junior_secondary_teachers_{degree}" for degree in ("bachelor", "master", "doctor")),
    *(f"{stage}_{kind}_teachers" for stage in ("primary", "junior_secondary") for kind in (
        "backbone", "pe", "music", "fine_arts", "arts")),
    "primary_shared_pe_arts_teachers", "primary_enrolment", "junior_secondary_enrolment", "senior_secondary_enrolment",
    "teaching_and_auxiliary_area_m2", "indoor_sports_area_m2", "sports_ground_area_m2",
    "teaching_equipment_value_wan_cny", "multimedia_classrooms",
)  # fmt: skip
"""Every cell that an indicator of 2017 is made of."""
HUNDREDTHS = {name for name in CELLS if name.endswith(("_m2", "_wan_cny"))}


def filed_cells(rows: Sequence[dict[str, Any]]) -> list[Cell]:
    """Every filled cell of the schools that an indicator of 2017 is made of."""
    return [
        (number, field, float(row[field]))
        for number, row in enumerate(rows)
        for field in CELLS
        if row.get(field) is not None and not np.isnan(row[field])
    ]


def judge_variants(
    rows: Sequence[dict[str, Any]], regime: Regime, variants: Sequence[Cell], *, county: bool = False
) -> tuple[list[dict[tuple[str, ...], str]], pd.DataFrame]:
    """The outcome of every verdict in every variant, and the judged coefficients (``variant`` is the number).

    Verdicts: ("coefficient", stage, indicator), ("school", stage, code) and, with ``county``, ("schools", stage),
    ("county",).
    """
    tables = tables_of(*rows)
    own = tables.schools.assign(
        stratum=assign_strata(tables.schools, tables.stratification.field, regime.area_codes)
    )
    every = own.iloc[np.tile(np.arange(len(own)), len(variants))].reset_index(drop=True)
    every["division_code"] = [f"{number:06d}" for number in range(len(variants)) for _ in range(len(own))]
    for number, (changed, field, value) in enumerate(variants):
        every.loc[number * len(own) + changed, field] = value
    raw = compute_indicators(replace_schools(tables, every), regime)
    judged = judge_indicators(raw, regime)
    schools = judge_schools(judged, regime)
    coefficients = judge_coefficients(
        compute_coefficients(raw, [entry.id for entry in regime.indicators]), raw, regime
    )
    found: list[dict[tuple[str, ...], str]] = [{} for _ in variants]
    for row in records(coefficients[coefficients["limit"].notna()]):
        found[int(row["division_code"])]["coefficient", row["stage"], row["indicator"]] = row["outcome"]
    for row in records(schools):
        found[int(row["division_code"])]["school", row["stage"], row["school_code"]] = row["outcome"]
    for row in records(judge_county(schools, coefficients, regime)) if county else ():
        if row["rule"] == "schools":
            found[int(row["division_code"])]["schools", row["stage"]] = row["outcome"]
        if row["rule"] == "county_resources":
            found[int(row["division_code"])]["county",] = row["outcome"]
    coefficients["variant"] = coefficients["division_code"].astype(int)
    return found, coefficients


def replace_schools(tables: SchoolTables, schools: pd.DataFrame) -> SchoolTables:
    """The same tables with other schools."""
    return replace(tables, schools=schools)
