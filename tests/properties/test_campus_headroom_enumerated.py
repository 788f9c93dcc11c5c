"""Headroom of schools with merged campuses, by enumeration: pupil by pupil at each campus."""

from __future__ import annotations

import random
from typing import Any

import pytest

from balance_analysis.explain.diagnosis import Diagnosis
from tests.county_tables import assess, regime_2017, row_of, school
from tests.filed_cells import judge_variants

FIELD = {"primary": "primary_enrolment", "junior_secondary": "junior_secondary_enrolment"}


def merged_county(seed: int) -> list[dict[str, Any]]:
    """A nine-year school with a campus of one stage (or two), more or less well equipped, and two others."""
    draw = random.Random(f"merged {seed}")
    scale = draw.choice((0.9, 1.0, 1.3))

    def campus(pupils: int) -> dict[str, Any]:
        return {
            "teaching_and_auxiliary_area_m2": round(pupils * draw.uniform(4, 8) * scale, 2),
            "indoor_sports_area_m2": 10.5,
            "sports_ground_area_m2": round(pupils * draw.uniform(6, 12) * scale, 2),
            "teaching_equipment_value_wan_cny": round(pupils * draw.uniform(0.18, 0.35) * scale, 2),
            "multimedia_classrooms": int(pupils * draw.uniform(0.02, 0.04) * scale) + 1,
            "primary_backbone_teachers": draw.randint(1, 4),
            "primary_teachers_bachelor": draw.randint(4, 9),
        }

    rows = [
        school(
            "n1", "nine_year", **campus(150) | {"primary_enrolment": 80, "junior_secondary_enrolment": 70}
        ),
        school(
            "c1", counted_as_school=False, main_school_code="n1", **campus(60) | {"primary_enrolment": 60}
        ),
        school("p1"),
        school("j1", "junior_secondary_school"),
    ]
    if seed % 3 == 0:
        two = campus(50) | {"primary_enrolment": 30, "junior_secondary_enrolment": 20}
        rows.append(school("c2", "nine_year", counted_as_school=False, main_school_code="n1", **two))
    return rows


@pytest.mark.parametrize("seed", range(6))
def test_the_headroom_of_a_merged_school_is_the_last_pupil_before_its_rule_fails_at_some_campus(
    seed: int,
) -> None:
    rows = merged_county(seed)
    stated = row_of(Diagnosis(assess(*rows)).headroom, school_code="n1", stage="primary")
    campuses = [number for number, row in enumerate(rows) if row["school_code"] in ("n1", "c1", "c2")]
    verdict = ("school", "primary", "n1")
    meets = judge_variants(rows, regime_2017(), [(0, FIELD["primary"], 80.0)])[0][0][verdict] == "met"
    expected: dict[str, int] = {}
    for number in campuses:
        filed = int(rows[number]["primary_enrolment"])
        changes = range(1, 240) if meets else range(-1, -filed - 1, -1)
        variants = [(number, FIELD["primary"], float(filed + change)) for change in changes]
        outcomes = judge_variants(rows, regime_2017(), variants)[0]
        other = "not_met" if meets else "met"
        turned = next((k for k, then in zip(changes, outcomes, strict=True) if then[verdict] == other), None)
        if turned is not None:
            expected[rows[number]["school_code"]] = turned - 1 if meets else turned
        elif not meets:
            expected[rows[number]["school_code"]] = -sum(
                int(rows[each]["primary_enrolment"]) for each in campuses
            )
    best = min(expected.values()) if meets else max(expected.values())
    assert (stated["indicator_headroom"], expected[stated["campus"]]) == (best, best), expected
