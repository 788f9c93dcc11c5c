"""A small county in which every item of the 2017 regime is met, and ways to change one thing in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pandas as pd

from balance_analysis.door import worded_frame
from balance_analysis.regimes import load_regime
from balance_analysis.regimes.model import Regime
from balance_analysis.statements import Statement
from balance_analysis.verdicts.items import judge_items
from balance_analysis.workbook.layouts import own_headers

YEAR = 2019
ON = date(2020, 1, 1)
Rows = list[dict[Any, Any]]
EVIDENCE_ITEMS = (
    "B8",
    "B9",
    "B15",
    "B17",
    "B22",
    "B25",
    "B27",
    "B28",
    "B29",
    "B30",
    "E1",
    "E2",
    *(f"V{n}" for n in range(1, 7)),
)


@cache
def regime(*overlays: str) -> Regime:
    return load_regime("quality_balance_2017", on=ON, overlays=overlays)


def bands(stage: str, **classes: int) -> dict[str, int]:
    """All ten class bands of a stage, zero where not named: ``bands("primary", classes_46_to_50=2)``."""
    names = [
        "classes_up_to_25",
        *(f"classes_{low}_to_{low + 4}" for low in range(26, 66, 5)),
        "classes_66_and_above",
    ]
    assert set(classes) <= set(names)
    return {f"{stage}_{name}": classes.get(name, 0) for name in names}


def primary(code: str = "P1", /, **changes: Any) -> dict[str, Any]:
    """An urban public primary school: 480 pupils, 12 classes of 40, 30 teachers, one room of each kind."""
    row = {
        "school_year": YEAR, "division_code": "990101", "county": "示例县", "school_code": code, "school_name": f"{code}小学",
        "school_type": "primary_school", "sponsor": "public", "urban_rural_code": "111", "boarding": False,
        "counted_as_school": True, "main_school_code": None, "primary_enrolment": 480, "junior_secondary_enrolment": 0,
        "primary_catchment_enrolment": 480, "primary_classes": 12, **bands("primary", classes_36_to_40=12),
        "largest_class_size": 40, "primary_full_time_teachers": 30, "certified_full_time_teachers": 30,
        "teachers_trained_360_hours": 30, "music_rooms_96_and_above": 1, "music_rooms_73_to_96": 0,
        "music_rooms_61_to_73": 0, "music_rooms_54_to_61": 0, "art_rooms_90_and_above": 1, "art_rooms_67_to_90": 0,
        "art_rooms_61_to_67": 0, "art_rooms_54_to_61": 0, "operating_funds_budget_wan_cny": 48.0,
        "operating_funds_actual_wan_cny": 48.0, "teacher_training_budget_wan_cny": 2.4,
    }  # fmt: skip
    return {**row, **changes}


def junior(code: str = "J1", /, **changes: Any) -> dict[str, Any]:
    """A rural public junior secondary school: 450 pupils, 9 classes of 50, retention 145 of 150."""
    row = primary(
        code, school_type="junior_secondary_school", school_name=f"{code}初中", urban_rural_code="220"
    )
    row = {key: value for key, value in row.items() if not key.startswith("primary_")}
    row |= {
        "primary_enrolment": 0, "junior_secondary_enrolment": 450, "junior_secondary_catchment_enrolment": 450,
        "junior_secondary_classes": 9, **bands("junior_secondary", classes_46_to_50=9), "largest_class_size": 50,
        "junior_secondary_full_time_teachers": 30, "graduates": 145, "entrants_three_years_ago": 150,
        "moved_in_three_years": 0, "moved_out_three_years": 0, "deaths_three_years": 0,
    }  # fmt: skip
    return {**row, **changes}


def nine_year(code: str = "N1", /, **changes: Any) -> dict[str, Any]:
    """A school of both stages: 300 primary pupils in 8 classes, 200 junior in 4."""
    row = {
        **junior(code),
        **{key: value for key, value in primary(code).items() if key.startswith("primary_")},
    }
    row |= {
        "school_type": "nine_year", "school_name": f"{code}九年制学校", "primary_enrolment": 300, "primary_classes": 8,
        "primary_catchment_enrolment": 300, **bands("primary", classes_36_to_40=8), "junior_secondary_enrolment": 200,
        "junior_secondary_classes": 4, **bands("junior_secondary", classes_46_to_50=4),
        "certified_full_time_teachers": 60, "teachers_trained_360_hours": 60,
    }  # fmt: skip
    return {**row, **changes}


def county(**changes: Any) -> dict[str, Any]:
    """A county row in which every figure is well inside its limit."""
    row = {
        "school_year": YEAR, "division_code": "990101", "county": "示例县", "primary_funding_base_cny": 650,
        "junior_secondary_funding_base_cny": 850, "special_education_funds_cny": 720000, "special_education_pupils": 90,
        "teacher_mean_pay_cny": 90000, "civil_servant_mean_pay_cny": 88000, "rotation_eligible_teachers": 200,
        "rotated_teachers": 30, "rotated_backbone_teachers": 8, "good_senior_school_places": 600,
        "good_senior_school_quota": 400, "good_senior_school_quota_rural": 400, "eligible_migrant_children": 100,
        "migrant_children_in_public_schools": 80, "migrant_children_in_purchased_places": 10, "disabled_children": 100,
        "disabled_children_enrolled": 98, "valid_questionnaires": 900, "satisfied_questionnaires": 850, "interviews": 100,
        "satisfied_interviews": 95, "fiscal_education_appropriation_wan_cny": 110.0,
        "fiscal_recurrent_revenue_wan_cny": 105.0, "education_cost_per_pupil_cny": 9000,
        "teacher_average_salary_cny": 90000, "operating_funds_per_pupil_cny": 1200, "school_standards_score": 90.0,
        "government_work_score": 90.0,
    }  # fmt: skip
    return {**row, **changes}


def evidence(item: str, conclusion: str | None = "met", /, **changes: Any) -> dict[str, Any]:
    """One row of the evidence sheet."""
    row = {
        "school_year": YEAR, "division_code": "990101", "item": item, "conclusion": conclusion, "reference": f"{item}文件",
        "subject": None, "achievement_level": None, "inter_school_difference_rate": None, "responsible_office": "教育局",
    }  # fmt: skip
    return {**row, **changes}


def monitoring(
    subject: str = "数学", level: str | None = "Ⅲ级", rate: float | None = 0.12, **changes: Any
) -> dict[str, Any]:
    """One monitored subject (B31)."""
    return evidence(
        "B31", subject=subject, achievement_level=level, inter_school_difference_rate=rate, **changes
    )


def all_evidence(*, leaving_out: Iterable[str] = ()) -> Rows:
    """Met, for every item that needs a conclusion, and one monitored subject."""
    left = set(leaving_out)
    return [
        *(evidence(item) for item in EVIDENCE_ITEMS if item not in left),
        *([] if "B31" in left else [monitoring()]),
    ]


def tables(
    schools: Rows | None = None, counties: Rows | None = None, found: Rows | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The three frames; the complete county where nothing is given."""
    return (
        pd.DataFrame([primary(), junior()] if schools is None else schools),
        pd.DataFrame([county()] if counties is None else counties),
        pd.DataFrame(all_evidence() if found is None else found),
    )


def judged(
    schools: Rows | None = None,
    counties: Rows | None = None,
    found: Rows | None = None,
    *,
    law: Regime | None = None,
    resources: Mapping[str, tuple[str, Statement]] | None = None,
) -> pd.DataFrame:
    """Judge, one row per item, indexed by item."""
    frame, _ = judge_items(
        *tables(schools, counties, found),
        law or regime(),
        year=YEAR,
        headers=own_headers(),
        resources=resources,
    )
    return worded_frame(frame).set_index("item", drop=False)


def choosing(name: str, value: str, law: Regime | None = None) -> Regime:
    """The law with another reading."""
    law = law or regime()
    assert any(value in entry.options for entry in law.choices if entry.id == name)
    choices = tuple(replace(entry, value=value) if entry.id == name else entry for entry in law.choices)
    return replace(law, choices=choices)


def item(name: str, *args: Any, **named: Any) -> pd.Series:
    """One judged item."""
    row = judged(*args, **named).loc[name]
    assert isinstance(row, pd.Series)
    return row


def school_rows(
    name: str, schools: Rows, counties: Rows | None = None, law: Regime | None = None
) -> pd.DataFrame:
    """Failing schools of one item."""
    _, frame = judge_items(*tables(schools, counties), law or regime(), year=YEAR, headers=own_headers())
    return worded_frame(frame[frame["item"] == name].reset_index(drop=True))
