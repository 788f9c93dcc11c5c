"""Laws of the delivered plan on random counties of every school type, with campuses that are not counted as schools."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from balance_analysis.remediation import load_costs
from balance_analysis.remediation.county import solve_county, year_rows
from balance_analysis.remediation.row_judge import objections_of
from tests.county_tables import assess, school

TYPES = (
    "primary_school", "primary_school", "junior_secondary_school", "nine_year", "nine_year",
    "complete_secondary", "twelve_year",
)  # fmt: skip


def campus(random: np.random.Generator, code: str, school_type: str, **given: Any) -> dict[str, Any]:
    """A school or campus with uneven amounts around the limits."""

    def factor(spread: float) -> float:
        return float(np.exp(random.normal(0.0, spread)))

    row = school(code, school_type, **given)
    for name in ("primary_enrolment", "junior_secondary_enrolment"):
        row[name] = int(random.integers(60, 400)) if row[name] else 0
    pupils = row["primary_enrolment"] + row["junior_secondary_enrolment"]
    if "senior_secondary_enrolment" in row:
        row["senior_secondary_enrolment"] = int(random.integers(0, 500))
        pupils += row["senior_secondary_enrolment"]
    much = pupils / 100 * factor(0.5)
    for name in ("teaching_and_auxiliary_area_m2", "indoor_sports_area_m2", "sports_ground_area_m2"):
        row[name] = round(row[name] * much, 2)
    row["teaching_equipment_value_wan_cny"] = round(30 * much, 2)
    row["multimedia_classrooms"] = int(3 * much)
    for stage in ("primary", "junior_secondary"):
        hundreds = row[f"{stage}_enrolment"] / 100
        if hundreds:
            row[f"{stage}_teachers_bachelor"] = int(6 * hundreds * factor(0.4))
            row[f"{stage}_full_time_teachers"] = row[f"{stage}_teachers_bachelor"] + 2
            row[f"{stage}_backbone_teachers"] = int(1.5 * hundreds * factor(0.5))
            row[f"{stage}_pe_teachers"] = int(1.2 * hundreds * factor(0.5))
            row[f"{stage}_music_teachers"] = 0
    return row


def random_county(seed: int) -> list[dict[str, Any]]:
    random = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for number, school_type in enumerate(TYPES):
        main = f"00{number}1"
        rows.append(campus(random, main, school_type))
        if random.random() < 0.6:
            rows.append(
                campus(random, f"00{number}2", school_type, counted_as_school=False, main_school_code=main)
            )
    return rows


@pytest.mark.parametrize("seed", [0, 3, 4, 8, 11, 12])
def test_the_plan_of_a_random_county_passes_in_its_own_rows_and_loses_nobody(seed: int) -> None:
    """Seed 11 needs the second search: whole classrooms of a nine-year school on two campuses."""
    county = assess(*random_county(seed))
    before = year_rows(county)
    assert objections_of(before, county.regime) != []
    plan = solve_county(county, load_costs(), seconds=15, worth=False)
    after = plan.planned_schools()
    assert objections_of(after, county.regime) == []
    certificate = plan.result.certificate
    assert certificate.lower_bound_wan_cny is not None
    assert certificate.cost_wan_cny is not None
    assert certificate.lower_bound_wan_cny <= certificate.cost_wan_cny
    tasks = plan.result.tasks()
    hired = tasks.loc[tasks["measure"].isin(["hire_teacher", "hire_pe_arts_teacher"]), "quantity"].sum()
    names = [f"{stage}_full_time_teachers" for stage in ("primary", "junior_secondary")]
    assert after[names].sum().sum() == before[names].sum().sum() + hired
    figures = [name for name in before.columns if before[name].dtype == "float64"]
    assert not (after[figures] < 0).any(axis=None)
    assert (after[figures].isna() == before[figures].isna()).all(axis=None)
