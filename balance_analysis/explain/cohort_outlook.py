"""The cohort scenario of a report: whether there are grades to move up, how far, and what newly fails by the target year."""

from __future__ import annotations

import pandas as pd

from balance_analysis.assessment import FARTHEST_TARGET, CountyAssessment
from balance_analysis.explain.cohorts import CohortScenario, cohort_scenario, graded_parts, moving_rows
from balance_analysis.terms import LAST_COHORT_YEAR


def report_scenario(county: CountyAssessment) -> CohortScenario | None:
    """Grades moved up to :data:`LAST_COHORT_YEAR`, or to a later target year; None without grades or where that year is over."""
    last = max(LAST_COHORT_YEAR, county.target_year or 0)
    graded, _ = graded_parts(moving_rows(county.tables.schools, county.year))
    if not graded or not county.year < last <= county.year + FARTHEST_TARGET:
        return None
    return cohort_scenario(county, last_year=last)


def failing_by(scenario: CohortScenario, year: int) -> pd.DataFrame:
    """The scenario's warnings on single schools up to a school year, one row per school and ``kind``."""
    rows = scenario.warnings
    chosen = rows[(rows["school_code"] != "") & (rows["year"] <= year)]
    return chosen.drop_duplicates(["school_code", "kind"], ignore_index=True)
