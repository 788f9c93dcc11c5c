"""Attached classes (附设小学班, 附设初中班): a part of the school that houses them, in the stage they teach.

A school with attached classes has one stage more than its type says; it is judged as the type that has both (a junior
school with primary classes as 九年一贯制), so that the shared resources are split by the same weights. Source:
regulation §4 (grade C, one practitioner source; switched off by the choice ``attached_classes``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from balance_analysis.errors import Issue
from balance_analysis.terms import STAGE_NAMES, SchoolType, Severity
from balance_analysis.workbook.check_kit import CAMPUS_NUMERATORS, cell_of, issue_at
from balance_analysis.workbook.side_answers import SIDE_REMEDY
from balance_analysis.workbook.tables import SchoolTables
from balance_analysis.workbook.workshop import Workshop, is_missing, key_text, records_by

ATTACHED_STAGE = "attached_stage"
MARK = "attached_"
SENIOR_SCHOOL = "senior_secondary_school"
"""A type that exports know and nobody judges, unless junior classes are attached to such a school."""
MESSAGE = "附设班按举办学校的一个学段计算，共用资源按多学段学校的权重拆分。"
OWN_TYPE = {"primary": SchoolType.PRIMARY.value, "junior_secondary": SchoolType.JUNIOR_SECONDARY.value}
WITH_STAGE: Mapping[tuple[str, str], str] = {
    (SchoolType.PRIMARY, "junior_secondary"): SchoolType.NINE_YEAR,
    (SchoolType.TEACHING_SITE, "junior_secondary"): SchoolType.NINE_YEAR,
    (SchoolType.JUNIOR_SECONDARY, "primary"): SchoolType.NINE_YEAR,
    (SchoolType.COMPLETE_SECONDARY, "primary"): SchoolType.TWELVE_YEAR,
    (SchoolType.SECONDARY_VOCATIONAL, "junior_secondary"): SchoolType.COMPLETE_SECONDARY,
    (SchoolType.SECONDARY_VOCATIONAL, "primary"): SchoolType.TWELVE_YEAR,
    (SENIOR_SCHOOL, "junior_secondary"): SchoolType.COMPLETE_SECONDARY,
    (SENIOR_SCHOOL, "primary"): SchoolType.TWELVE_YEAR,
}
"""(type, attached stage) → the type that has both."""


def attach_classes(work: Workshop) -> None:
    """Give rows of attached classes to the school that houses them: by code, by name, or as a campus by its main school."""
    attached = [record for record in work.records if key_text(record["school_type"]).startswith(MARK)]
    hosts = [record for record in work.records if not key_text(record["school_type"]).startswith(MARK)]
    where = ("school_year", "division_code", "county")
    found = {name: records_by(hosts, name, *where) for name in ("school_code", "school_name")}
    for record in attached:
        stage = str(record["school_type"]).removeprefix(MARK)
        place = tuple(key_text(record[name]) for name in where)
        same = _host(found, record, place, ("school_code", "school_name"))
        main = _host(found, record, place, ("main_school_code", "main_school_name"))
        host = same or main
        record["school_type"] = OWN_TYPE[stage]
        record["counted_as_school"] = None
        if host is None:
            record["school_type"] = OWN_TYPE[stage]
            work.issue(
                "attached_host_lacking", Severity.SOFT, record, "school_type", found=f"{record['school_name']}：附设{STAGE_NAMES[stage]}班",
                expected="举办附设班的学校（学校标识码或全称相同，或填写主校）",
                remedy=f"一并提交该校所在学段的导出表，或{SIDE_REMEDY}补“主校标识码”；暂按单独一校计算，共用资源未拆分",
                message="附设班没有对应的学校。",
            )  # fmt: skip
            continue
        host[ATTACHED_STAGE] = stage
        if same is not None:
            record["school_type"], record["counted_as_school"] = (
                host["school_type"],
                host["counted_as_school"],
            )
            record["school_code"] = host["school_code"]
            for name in CAMPUS_NUMERATORS:
                if record.get(name) == 0 and not is_missing(host.get(name)):
                    record[name] = None
        else:
            record["counted_as_school"], record["main_school_code"] = False, host["school_code"]


def _host(
    found: Mapping[str, Mapping[tuple[str, ...], list[dict[str, Any]]]],
    record: Mapping[str, Any],
    place: tuple[str, ...],
    names: tuple[str, str],
) -> dict[str, Any] | None:
    for name, of_host in zip(names, ("school_code", "school_name"), strict=True):
        value = key_text(record.get(name))
        same = found[of_host].get((value, *place), []) if value else []
        if same:
            return same[0]
    return None


def leave_senior_schools(work: Workshop) -> None:
    """Drop senior schools without attached classes, with what was said of their rows, and name them."""
    gone = [
        record for record in work.records if record["school_type"] == SENIOR_SCHOOL and not _attached(record)
    ]
    if not gone:
        return
    lines = {(record["source_file"], record["source_sheet"], int(record["source_row"])) for record in gone}
    codes = {(record["source_file"], key_text(record["school_name"])) for record in gone}
    work.left_out |= lines
    first = gone[0]
    names = "、".join(name for _, name in sorted(codes))
    work.issue(
        "school_left_out", Severity.NOTE, first, "school_type", found=f"{len(gone)}所：{names}（高级中学）",
        expected="义务教育学校", remedy="无需处理", message="不属于评估范围的学校未读入。",
    )  # fmt: skip
    ids = {id(record) for record in gone}
    work.records = [record for record in work.records if id(record) not in ids]


def _attached(record: Mapping[str, Any]) -> bool:
    return isinstance(record.get(ATTACHED_STAGE), str)


def settle_attached(tables: SchoolTables) -> SchoolTables:
    """Schools with attached classes as the type that has their stages; one note names them."""
    schools = tables.schools
    stages = schools[ATTACHED_STAGE]
    if not stages.notna().any():
        return tables
    types, notes = schools["school_type"].copy(), []
    told: dict[str, list[int]] = {}
    for index in schools.index[stages.notna()].tolist():
        kind, stage = key_text(types[index]), str(stages[index])
        if (kind, stage) in WITH_STAGE:
            types[index] = str(WITH_STAGE[kind, stage])
            told.setdefault(key_text(schools.at[index, "division_code"]), []).append(index)
    for rows in told.values():
        names = "、".join(
            f"{key_text(schools.at[index, 'school_name'])}（{cell_of(tables, index, 'school_name')}，附设{STAGE_NAMES[str(stages[index])]}班）"
            for index in rows
        )
        issue = issue_at(
            tables, rows[0], "school_type", found=names, expected="附设班计入举办它的学校，按所教学段评估（依据等级C，可用补充规定改为不计）",
            remedy="核对附设班学生数、教师数",
        )  # fmt: skip
        notes.append(
            replace(issue, code="attached_classes", severity=Severity.NOTE, school_code="", message=MESSAGE)
        )  # fmt: skip
    new: tuple[Issue, ...] = tuple(notes)
    return replace(tables, schools=schools.assign(school_type=types), issues=(*tables.issues, *new))
