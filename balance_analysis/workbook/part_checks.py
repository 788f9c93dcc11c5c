"""A part that is larger than what it is a part of: one pair of columns each, in a row of a school or of a county."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from balance_analysis.errors import Issue
from balance_analysis.terms import Severity, Stage
from balance_analysis.workbook.check_kit import Check, issue_at, label, number, where
from balance_analysis.workbook.tables import SchoolTables

SCHOOL_PAIRS = (
    *(
        (f"{stage}_{part}", f"{stage}_full_time_teachers")
        for stage in Stage
        for part in ("backbone_teachers", "intermediate_title_teachers")
    ),
    ("teacher_training_budget_wan_cny", "operating_funds_budget_wan_cny"),
)
COUNTY_PAIRS = (
    ("rural_population_wan", "population_wan"),
    ("rotated_teachers", "rotation_eligible_teachers"),
    ("rotated_backbone_teachers", "rotated_teachers"),
    ("good_senior_school_quota", "good_senior_school_places"),
    ("good_senior_school_quota_rural", "good_senior_school_quota"),
    ("migrant_children_in_public_schools", "eligible_migrant_children"),
    ("disabled_children_enrolled", "disabled_children"),
    ("parent_questionnaires", "questionnaires"),
    ("valid_questionnaires", "questionnaires"),
    ("satisfied_questionnaires", "valid_questionnaires"),
    ("satisfied_interviews", "interviews"),
)
"""Part and whole; sums of several parts have checks of their own (:mod:`soft_checks`)."""


def part_exceeds_whole(tables: SchoolTables) -> Iterator[Issue]:
    """A part above its whole."""
    for table, pairs in (("schools", SCHOOL_PAIRS), ("counties", COUNTY_PAIRS)):
        frame = getattr(tables, table)
        for part, whole in pairs:
            for index in where(frame[part] > frame[whole]):
                place = tables.address(table, index, whole).rpartition("!")[2]
                limit = f"{number(frame[whole][index])}{f'（{place}）' if place else ''}"
                yield issue_at(
                    tables, index, part, table=table, found=number(frame[part][index]),
                    expected=f"不大于{label(whole)}{limit}", remedy=f"{label(part)}是{label(whole)}的一部分，核对两项",
                )  # fmt: skip


def grades_mismatch(tables: SchoolTables) -> Iterator[Issue]:
    """Grades that are filed and do not add up to the pupils of compulsory education."""
    schools = tables.schools
    grades = schools[[f"grade_{grade}_pupils" for grade in range(1, 10)]]
    pupils = schools[[f"{stage}_enrolment" for stage in Stage]].sum(axis=1, min_count=1)
    added: pd.Series[float] = grades.sum(axis=1)
    for index in where(grades.notna().any(axis=1) & (added != pupils)):
        column = str(grades.loc[index].first_valid_index())
        yield issue_at(
            tables, index, column, found=f"各年级合计{number(float(added[index]))}",
            expected=f"小学、初中在校生数之和{number(float(pupils[index]))}",
            remedy="核对各年级学生数；不等的学校不作分年级推算",
        )  # fmt: skip


PART_CHECKS = (
    Check("part_exceeds_whole", Severity.SOFT, "部分大于总体。", part_exceeds_whole),
    Check("grades_mismatch", Severity.SOFT, "分年级学生数之和不等于在校生数。", grades_mismatch),
)
