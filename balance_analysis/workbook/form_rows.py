"""Records of 教基 forms joined by 学校标识码 and year: one record per school, and what its type wants and no form gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from balance_analysis.terms import STAGES_OF_TYPE, Severity, Stage
from balance_analysis.workbook.attached import MARK
from balance_analysis.workbook.check_kit import STAGE_LABELS
from balance_analysis.workbook.workshop import (
    FORM_NUMBER,
    Workshop,
    is_missing,
    key_text,
    records_by,
    take_over,
)

ATTRIBUTES = "1102"
"""The form that says what a school is."""
ENROLMENT_FORMS: Mapping[str, str] = {"primary": "3112", "junior_secondary": "3115"}
"""The forms that a stage cannot do without."""


def join_forms(work: Workshop) -> None:
    """One record per school and year; its head is the record of form 1102. A figure that two forms give must be the same.

    A school without form 1102, or without the form of pupils of a stage that its type has, is one hard issue that names
    the forms. Stages that its type cannot have are 0.
    """
    forms = [record for record in work.records if isinstance(record.get(FORM_NUMBER), str)]
    gone: set[int] = set()
    for group in records_by(forms, "school_code", "school_year").values():
        group.sort(key=lambda record: record[FORM_NUMBER] != ATTRIBUTES)
        base, numbers = group[0], {record[FORM_NUMBER] for record in group}
        for other in group[1:]:
            take_over(work, base, other)
            gone.add(id(other))
        _complete(work, base, numbers)
    work.records = [record for record in work.records if id(record) not in gone]


def _complete(work: Workshop, record: dict[str, Any], numbers: set[str]) -> None:
    if not is_missing(record.get("sponsor_type")):
        record["sponsor"] = "non_government" if record["sponsor_type"] == "10" else "public"
    kind = key_text(record.get("school_type"))
    allowed = STAGES_OF_TYPE.get(kind, ()) if not kind.startswith(MARK) else (kind.removeprefix(MARK),)
    for stage in STAGE_LABELS:
        if is_missing(record.get(f"{stage}_enrolment")) and kind and stage not in allowed:
            record[f"{stage}_enrolment"] = 0.0
    wanted = [ATTRIBUTES, *(ENROLMENT_FORMS[stage] for stage in Stage if stage in allowed)]
    lacking = [number for number in wanted if number not in numbers]
    if lacking:
        work.issue(
            "form_lacking", Severity.HARD, record, "school_type",
            found=f"{record['school_name']}（{record['school_code']}）有教基{'、'.join(sorted(numbers))}，没有教基{'、'.join(lacking)}",
            expected="每所学校：教基1102；有小学生的教基3112，有初中生的教基3115", remedy="补交这些表（同一学校标识码、同一学年）",
            message="学校缺少必需的教基表。",
        )  # fmt: skip
