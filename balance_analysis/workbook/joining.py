"""Statistics exports and forms made whole: side file applied, a school's rows of several files joined into one.

Rows are joined by school code, or by the exact name within one county and year where there is no code, never by part of
a name. Shared figures are taken once; where two files differ, both cells are named.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from balance_analysis.errors import MOST_PER_RULE, Issue, Place
from balance_analysis.terms import STAGES_OF_TYPE, Severity, Stage
from balance_analysis.workbook.attached import WITH_STAGE, attach_classes, leave_senior_schools
from balance_analysis.workbook.check_kit import STAGE_LABELS
from balance_analysis.workbook.form_rows import join_forms
from balance_analysis.workbook.side_answers import (
    answer_context,
    answer_schools,
    missing_context,
    note_side,
    stand_in_codes,
)
from balance_analysis.workbook.side_file import SideFile
from balance_analysis.workbook.tables import SchoolTables
from balance_analysis.workbook.workshop import (
    COMPLETED,
    FILE_STAGE,
    FORM_NUMBER,
    Workshop,
    is_missing,
    key_text,
    records_by,
    take_over,
)

VALUES_GIVEN = "values_given"
JOINED_TYPES = ("nine_year", "complete_secondary", "twelve_year")


def complete_tables(tables: SchoolTables, sides: Sequence[SideFile]) -> SchoolTables:
    """Answer from the side files what exports leave open, and join their rows school by school.

    Rows of other layouts pass through untouched. What stays open (year, county, code, a main school, a stage of
    a school with several stages) becomes an issue that says how to answer it in the side file.
    """
    schools = tables.schools
    if COMPLETED not in schools:
        return tables
    mine = schools[COMPLETED].eq(True)
    work = Workshop(tables, schools[mine].to_dict("records"), dict(tables.elsewhere))  # type: ignore[arg-type]
    used = [side for side in sides if side.rows or side.issues]
    for side in used:
        work.issues += side.issues
        note_side(work, side)
    rows = [row for side in used for row in side.rows]
    join_forms(work)
    answer_context(work, rows)
    answer_schools(work, rows)
    missing_context(work)
    attach_classes(work)
    _join(work)
    _join_values(work)
    leave_senior_schools(work)
    _name_as_code(work)
    _main_schools(work)
    _other_stages(work)
    stand_in_codes(work)
    listed = pd.DataFrame(work.records, columns=list(schools.columns))
    done = listed.astype({name: schools[name].dtype for name in schools.columns})
    result = pd.concat([schools[~mine], done], ignore_index=True) if (~mine).any() else done
    result = result.drop(
        columns=[COMPLETED, FILE_STAGE, FORM_NUMBER, "main_school_name"], errors="ignore"
    ).copy()
    return replace(
        tables,
        schools=result,
        elsewhere=work.elsewhere,
        supplements=tuple(side.source for side in used),
        issues=(*_of_rows_kept(tables.issues, work), *work.issues),
    )


def _of_rows_kept(issues: Sequence[Issue], work: Workshop) -> list[Issue]:
    """The issues but for those at cells of schools that are left out."""

    def left_out(issue: Issue) -> bool:
        found = re.fullmatch("(?:第|[A-Z]+)([0-9]+)行?", issue.place.cell)
        row = int(found[1]) if found else 0
        return (issue.place.file, issue.place.sheet, row) in work.left_out

    files = {record["source_file"] for record in work.records}
    return _alike_once(
        [issue for issue in issues if issue.severity is not Severity.HARD or not left_out(issue)], files
    )


def _alike_once(issues: Sequence[Issue], files: Collection[str]) -> list[Issue]:
    """What is said in the same words of several cells of a column of these files, once with all its cells."""
    groups: dict[tuple[object, ...], list[Issue]] = {}
    for issue in issues:
        key: tuple[object, ...] = (issue.code, issue.severity, replace(issue.place, cell=""), issue.column)
        key += (issue.found, issue.expected, issue.remedy, issue.message, issue.division_code)
        if issue.place.file not in files or not issue.place.cell:
            key = (id(issue),)
        groups.setdefault(key, []).append(issue)
    return [group[0] if len(group) == 1 else _with_cells(group) for group in groups.values()]


def _with_cells(group: Sequence[Issue]) -> Issue:
    cells = list(dict.fromkeys(issue.place.cell for issue in group))
    shown = "、".join(cells[:MOST_PER_RULE]) + ("等" if len(cells) > MOST_PER_RULE else "")
    found = f"{group[0].found or '（空）'}（共{len(cells)}处：{shown}）"
    return replace(group[0], found=found, school_code="", year=None) if len(cells) > 1 else group[0]


def _join(work: Workshop) -> None:
    """One record per school: the rows of its stages in different files become the first of them."""
    staged = [record for record in work.records if isinstance(record.get(FILE_STAGE), str)]
    work.handed_in = set(records_by(staged, FILE_STAGE, "school_year", "county"))
    counties: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for record in staged:
        key = (
            key_text(record["school_year"]),
            key_text(record["division_code"]) or key_text(record["county"]),
        )
        counties.setdefault(key, []).append(record)
    gone: set[int] = set()
    for members in counties.values():
        by_code = all(isinstance(record["school_code"], str) for record in members)
        if not by_code:
            _blank_codes(work, members)
        groups: dict[str, list[dict[str, Any]]] = {}
        for record in members:
            name = record["school_code"] if by_code else record["school_name"]
            if isinstance(name, str):
                groups.setdefault(name, []).append(record)
        for group in groups.values():
            gone |= _join_school(work, group)
    work.records = [record for record in work.records if id(record) not in gone]


def _join_school(work: Workshop, group: list[dict[str, Any]]) -> set[int]:
    """Join the rows of one school; a second row of a stage stays and is found to be a duplicate."""
    order = list(STAGE_LABELS)
    by_stage: dict[str, dict[str, Any]] = {}
    for record in group:
        by_stage.setdefault(record[FILE_STAGE], record)
    stages = sorted(by_stage, key=order.index)
    base = by_stage[stages[0]]
    codes = {record["school_code"] for record in by_stage.values() if isinstance(record["school_code"], str)}
    if len(codes) > 1:
        return set()
    gone: set[int] = set()
    for stage in stages[1:]:
        other = by_stage[stage]
        gone.add(id(other))
        take_over(work, base, other)
    return gone


def _join_values(work: Workshop) -> None:
    """Rows of table Ⅱ-2 on two sheets or in two files: a school of both stages becomes one row."""
    given = [record for record in work.records if record.get(VALUES_GIVEN) == 1]
    gone: set[int] = set()
    for group in records_by(given, "school_name", "school_year", "division_code", "county").values():
        base = group[0]
        for other in group[1:]:
            stages = {_stage_of_values(record) for record in (base, other)}
            if isinstance(base["school_name"], str) and stages == set(Stage):
                take_over(work, base, other)
                gone.add(id(other))
    work.records = [record for record in work.records if id(record) not in gone]


def _stage_of_values(record: Mapping[str, Any]) -> Stage | None:
    """The one stage that a row of values is about."""
    stages = [stage for stage in Stage if not is_missing(record.get(f"{stage}_enrolment"))]
    return stages[0] if len(stages) == 1 else None


def _blank_codes(work: Workshop, members: Sequence[dict[str, Any]]) -> None:
    """Files with a code column must fill it; without any code column names are used, which must then be unique."""
    for record in members:
        has_column = (record["source_file"], "schools", "school_code") in work.tables.columns
        if has_column and not isinstance(record["school_code"], str):
            work.issue(
                "missing_value", Severity.HARD, record, "school_code", found="（空）", expected="学校标识码", remedy="补填",
                message="必填项为空。",
            )  # fmt: skip
    alike = records_by(members, "school_name", FILE_STAGE)
    for record in members:
        name, code = record["school_name"], record["school_code"]
        same = alike[key_text(name), key_text(record[FILE_STAGE])]
        if len(same) > 1 and isinstance(name, str) and isinstance(code, str):
            twin = same[0] if same[0] is not record else same[1]
            place, _ = work.place(twin, "school_name")
            work.issue(
                "ambiguous_school_name", Severity.HARD, record, "school_name",
                found=f"{name}，{place}也是", expected="没有学校标识码列的文件只能按校名对应，校名不能重复",
                remedy="在每个学段文件中都导出“学校标识码”列", message="校名相同，不能确定是哪一所学校。",
            )  # fmt: skip


def _name_as_code(work: Workshop) -> None:
    """Where no file gives a school's code, its full name stands for it within the county."""
    told: set[str] = set()
    for record in work.records:
        if is_missing(record["school_code"]) and isinstance(record["school_name"], str):
            file = record["source_file"]
            if file not in told:
                told.add(file)
                work.issues.append(
                    Issue(
                        "no_school_code", Severity.NOTE, Place(file, record["source_sheet"]), "学校标识码", "没有这一列",
                        "学校标识码", "有代码时请一并导出，以便各年对应", "以学校全称识别学校。",
                    )
                )  # fmt: skip
            record["school_code"] = record["school_name"]


def _main_schools(work: Workshop) -> None:
    """A main school given by name becomes its code; a name that no school of the county and year has is said."""
    alike = records_by(work.records, "school_name", "school_year", "division_code")
    for record in work.records:
        name = record.get("main_school_name")
        if not isinstance(name, str) or isinstance(record["main_school_code"], str):
            continue
        same = alike.get((name, key_text(record["school_year"]), key_text(record["division_code"])), ())
        found = {other["school_code"] for other in same if other is not record}
        place, header = work.place(record, "main_school_name")
        if len(found) == 1:
            record["main_school_code"] = found.pop()
            work.move(record, "main_school_code", place, header)
        else:
            work.issues.append(
                Issue(
                    "main_school_unknown", Severity.HARD, place, header, f"{name}（{len(found)}所）", "同一区县、同一学年中恰好一所学校的全称",
                    "改为主校的全称（须完全相同），或填写主校标识码", "主校名称没有对应的学校。",
                )
            )  # fmt: skip


def _other_stages(work: Workshop) -> None:
    """Stages that a school's type cannot have are 0; a stage it should have and no file gives is asked for."""
    alike = records_by(work.records, "school_name", "school_year")
    for record in work.records:
        kind = record["school_type"]
        if not isinstance(record.get(FILE_STAGE), str) or not isinstance(kind, str):
            continue
        kind = WITH_STAGE.get((kind, key_text(record.get("attached_stage"))), kind)
        allowed = STAGES_OF_TYPE.get(kind, tuple(STAGE_LABELS))
        for stage in STAGE_LABELS:
            column = f"{stage}_enrolment"
            if not is_missing(record.get(column)):
                continue
            if stage not in allowed:
                record[column] = 0.0
            elif kind in JOINED_TYPES:
                same = alike[key_text(record["school_name"]), key_text(record["school_year"])]
                _stage_lacking(work, record, stage, [other for other in same if other is not record])


def _stage_lacking(
    work: Workshop, record: Mapping[str, Any], stage: str, same: Sequence[Mapping[str, Any]]
) -> None:
    """Ask for a stage of one school; ``same`` are the other schools of its name and year."""
    word = STAGE_LABELS[stage]
    handed_in = (stage, key_text(record["school_year"]), key_text(record["county"])) in work.handed_in
    hint = ""
    if same and isinstance(record["school_name"], str):
        place, _ = work.place(same[0], "school_code")
        hint = f"；{place}是同名学校，代码为{same[0]['school_code']}"
    name = record["school_name"]
    found = f"{name}：{word}文件中没有这所学校{hint}" if handed_in else f"{name}：没有提交{word}文件"
    remedy = (
        f"一并提交{word}导出表，或使两个文件的代码、校名一致；"
        f"确无{word}学生的，在补充信息表中填“{word}在校生数”为0"
    )
    work.issue(
        "stage_file_lacking", Severity.HARD if handed_in else Severity.SOFT, record, "school_name",
        found=found, expected=f"{word}导出表中也有一行（代码或全称相同）", remedy=remedy,
        message="多学段学校缺少一个学段的数据，共用资源不能拆分。",
    )  # fmt: skip
