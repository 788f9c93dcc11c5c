"""Statistics exports and forms made whole: side file applied, a school's rows of several files joined into one.

Rows are joined by school code, or by the exact name within one county and year where there is no code, never by part of
a name. Shared figures are taken once; where two files differ, both cells are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from balance_analysis.errors import Issue, Place
from balance_analysis.terms import Severity
from balance_analysis.workbook.check_kit import STAGE_LABELS, label, number, text_or_blank
from balance_analysis.workbook.hard_checks import ALLOWED_STAGES
from balance_analysis.workbook.layouts import own_fields
from balance_analysis.workbook.side_file import CONTEXT, KEYS, SideFile, SideRow, write_answers
from balance_analysis.workbook.tables import SchoolTables

FILE_STAGE = "file_stage"
COMPLETED = "completed"
"""Column that marks rows of layouts to be completed and joined; ``file_stage`` holds the stage of an export."""
PLACE = ("source_file", "source_sheet", "source_row")
JOINED_TYPES = ("nine_year", "complete_secondary", "twelve_year")
SIDE_HEADERS = (
    "区县名称", "学年", "行政区划代码", "学校标识码", "学校名称", "主校标识码", "主校名称", "城乡分类代码", "举办者类型",
    "小学在校生数", "初中在校生数", "高中在校生数",
)  # fmt: skip
SIDE_REMEDY = "写在与数据文件同一文件夹的“补充信息.csv”中"


@dataclass
class _Workshop:
    """Rows as records while they are completed and joined, with the address of what was moved."""

    tables: SchoolTables
    records: list[dict[str, Any]]
    elsewhere: dict[tuple[str, str, int, str], tuple[str, str, str, str]]
    issues: list[Issue] = field(default_factory=list)
    all_staged: list[dict[str, Any]] = field(default_factory=list)

    def place(self, record: Mapping[str, Any], name: str) -> tuple[Place, str]:
        """Place and header of a record's figure; its row where no file has it."""
        file, sheet, row = (record[part] for part in PLACE)
        moved = self.elsewhere.get((file, sheet, int(row), name))
        if moved is not None:
            return Place(*moved[:3]), moved[3]
        found = self.tables.columns.get((file, "schools", name))
        if found is None:
            return Place(file, sheet, f"第{int(row)}行"), label(name)
        return Place(file, found[0], f"{found[1]}{int(row)}"), found[2]

    def move(self, record: Mapping[str, Any], name: str, place: Place, header: str) -> None:
        """Remember that a figure of a record stands at another place."""
        key = (record["source_file"], record["source_sheet"], int(record["source_row"]), name)
        self.elsewhere[key] = (place.file, place.sheet, place.cell, header)

    def issue(
        self,
        code: str,
        severity: Severity,
        record: Mapping[str, Any],
        name: str,
        *,
        found: str,
        expected: str,
        remedy: str,
        message: str,
    ) -> None:
        """An issue at one figure of a record."""
        place, header = self.place(record, name)
        year = record.get("school_year")
        self.issues.append(
            Issue(
                code,
                severity,
                place,
                header,
                found,
                expected,
                remedy,
                message,
                division_code=text_or_blank(record.get("division_code")),
                school_code=text_or_blank(record.get("school_code")),
                year=None if _blank(year) else int(str(year)),
            )
        )


def complete_tables(tables: SchoolTables, sides: Sequence[SideFile]) -> SchoolTables:
    """Answer from the side files what exports leave open, and join their rows school by school.

    Rows of other layouts pass through untouched. What stays open (year, county, code, a main school, a stage of
    a school with several stages) becomes an issue that says how to answer it in the side file.
    """
    schools = tables.schools
    if COMPLETED not in schools:
        return tables
    mine = schools[COMPLETED].eq(True)
    work = _Workshop(tables, schools[mine].to_dict("records"), dict(tables.elsewhere))  # type: ignore[arg-type]
    used = [side for side in sides if side.rows or side.issues]
    for side in used:
        work.issues += side.issues
        _note_side(work, side)
    rows = [row for side in used for row in side.rows]
    _answer_context(work, rows)
    _answer_schools(work, rows)
    _missing_context(work)
    _join(work)
    _name_as_code(work)
    _main_schools(work)
    _other_stages(work)
    listed = pd.DataFrame(work.records, columns=list(schools.columns))
    done = listed.astype({name: schools[name].dtype for name in schools.columns})
    result = pd.concat([schools[~mine], done], ignore_index=True) if (~mine).any() else done
    result = result.drop(columns=[COMPLETED, FILE_STAGE, "main_school_name"], errors="ignore")
    return replace(
        tables,
        schools=result,
        elsewhere=work.elsewhere,
        supplements=tuple(side.source for side in used),
        issues=(*tables.issues, *work.issues),
    )


# --- the side file ----------------------------------------------------------------------------------


def _note_side(work: _Workshop, side: SideFile) -> None:
    found = f"{len(side.rows)}行"
    work.issues.append(
        Issue(
            "side_file_used", Severity.NOTE, Place(side.source.name), "", found, "补充信息表", "无需处理",
            "已读取补充信息表。",
        )
    )  # fmt: skip


def _answer_context(work: _Workshop, rows: Sequence[SideRow]) -> None:
    """County rows: year, code and name for all schools, or for those of the county that the row names."""
    for row in rows:
        if row.about_school:
            continue
        county, code = row.text("county"), row.text("division_code")
        known = {text_or_blank(record["county"]) for record in work.records} - {""}
        if (
            county
            and known
            and county not in known
            and not any(_blank(record["county"]) for record in work.records)
        ):
            work.issues.append(_unmatched(row, county, "数据中的区县名称：" + "、".join(sorted(known))))
            continue
        for record in work.records:
            named = text_or_blank(record["county"])
            if named and county and named != county:
                continue
            if not county and code and text_or_blank(record["division_code"]) not in ("", code):
                continue
            for name in row.values:
                _fill(work, record, row, name)


def _answer_schools(work: _Workshop, rows: Sequence[SideRow]) -> None:
    """School rows: matched by code, or by exact name, within the county and year that the row names."""
    for row in rows:
        if not row.about_school:
            continue
        found = [record for record in work.records if _concerns(row, record)]
        name = row.text("school_code") or row.text("school_name")
        if not found:
            work.issues.append(_unmatched(row, name, "数据中有的学校标识码或学校全称"))
            continue
        places = {(record["division_code"], record["county"]) for record in found}
        if len(places) > 1:
            counties = "、".join(sorted(str(county) for _, county in places))
            work.issues.append(
                _unmatched(row, f"{name}（{counties}都有）", "只对应一个区县的学校；请填写区县名称")
            )
            continue
        for record in found:
            for name in row.values:
                if name not in (*KEYS, *CONTEXT) or _blank(record.get(name)):
                    _fill(work, record, row, name)


def _concerns(row: SideRow, record: Mapping[str, Any]) -> bool:
    code, name = row.text("school_code"), row.text("school_name")
    own_code, own_name = text_or_blank(record["school_code"]), text_or_blank(record["school_name"])
    same = code == own_code if code and own_code else bool(name) and name == own_name
    return same and all(
        name not in row.values or _blank(record[name]) or record[name] == row.values[name] for name in CONTEXT
    )


def _fill(work: _Workshop, record: dict[str, Any], row: SideRow, name: str) -> None:
    value, (cell, header) = row.values[name], row.cells[name]
    place = Place(row.place.file, row.place.sheet, cell)
    filed = record.get(name)
    if _blank(filed):
        record[name] = value
        work.move(record, name, place, header)
        if name == "sponsor_type":
            record["sponsor"] = "non_government" if value == "10" else "public"
    elif filed != value:
        work.issue(
            "side_contradiction", Severity.HARD, record, name, found=f"{_shown(filed)}；{place}为{_shown(value)}",
            expected="补充信息表与数据文件一致", remedy="改正其中一处；补充信息表只补空白，不改动已填的数",
            message="补充信息表与数据文件不一致。",
        )  # fmt: skip


def _unmatched(row: SideRow, found: str, expected: str) -> Issue:
    return Issue(
        "side_row_unmatched", Severity.HARD, row.place, "", found, expected, "改正名称或代码（须与数据完全相同），或删去这一行",
        "补充信息表的一行没有对应的数据。",
    )  # fmt: skip


def _missing_context(work: _Workshop) -> None:
    """One issue per file, sheet and county for each of year, code and name that nothing gives."""
    words = {
        "school_year": ("学年", "标题或文件名中的“2023/2024学年”，或“学年”列", "school_year_unknown"),
        "division_code": ("行政区划代码", "六位行政区划代码", "division_code_unknown"),
        "county": ("区县名称", "“统计三级”列，或标题中的“区县名称（六位代码）”", "county_unknown"),
    }
    for name, (header, expected, code) in words.items():
        told: set[tuple[str, str, str]] = set()
        for record in work.records:
            county = text_or_blank(record["county"])
            key = (record["source_file"], record["source_sheet"], county if name == "division_code" else "")
            if not _blank(record[name]) or key in told:
                continue
            told.add(key)
            about = f"（{county}）" if county and name == "division_code" else ""
            work.issues.append(
                Issue(
                    code, Severity.HARD, Place(*key[:2]), header, f"表中、标题和文件名都没有{header}{about}", expected,
                    f"{SIDE_REMEDY}：第一行写表头“区县名称,学年,行政区划代码”，第二行写相应内容", f"不知道{header}。",
                )
            )  # fmt: skip


# --- joining ----------------------------------------------------------------------------------------


def _join(work: _Workshop) -> None:
    """One record per school: the rows of its stages in different files become the first of them."""
    staged = [record for record in work.records if isinstance(record.get(FILE_STAGE), str)]
    work.all_staged = [dict(record) for record in staged]
    counties: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for record in staged:
        key = (_key(record["school_year"]), _key(record["division_code"]) or _key(record["county"]))
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


def _join_school(work: _Workshop, group: list[dict[str, Any]]) -> set[int]:
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
        for name, value in other.items():
            if name in (*PLACE, FILE_STAGE, COMPLETED) or _blank(value):
                continue
            if _blank(base.get(name)):
                base[name] = value
                place, header = work.place(other, name)
                work.move(base, name, place, header)
            elif base[name] != value and name != "sponsor":
                _difference(work, base, other, name)
    return gone


def _difference(work: _Workshop, base: Mapping[str, Any], other: Mapping[str, Any], name: str) -> None:
    place, _ = work.place(other, name)
    same_name = name in ("school_name", "main_school_name")
    work.issue(
        "joined_files_differ", Severity.SOFT if same_name else Severity.HARD, base, name,
        found=f"{base['school_name']}：{_shown(base[name])}；{place}为{_shown(other[name])}",
        expected="同一学校在各学段文件中一致（共用的校舍、设备只计一次）", remedy="核对后改正其中一处，使两处相同",
        message="同一学校在两个文件中的数据不一致。",
    )  # fmt: skip


def _blank_codes(work: _Workshop, members: Sequence[dict[str, Any]]) -> None:
    """Files with a code column must fill it; without any code column names are used, which must then be unique."""
    for record in members:
        has_column = (record["source_file"], "schools", "school_code") in work.tables.columns
        if has_column and not isinstance(record["school_code"], str):
            work.issue(
                "missing_value", Severity.HARD, record, "school_code", found="（空）", expected="学校标识码", remedy="补填",
                message="必填项为空。",
            )  # fmt: skip
    for record in members:
        twins = [
            other
            for other in members
            if other is not record
            and other["school_name"] == record["school_name"]
            and other[FILE_STAGE] == record[FILE_STAGE]
            and isinstance(record["school_name"], str)
        ]
        if twins and isinstance(record["school_code"], str):
            place, _ = work.place(twins[0], "school_name")
            work.issue(
                "ambiguous_school_name", Severity.HARD, record, "school_name",
                found=f"{record['school_name']}，{place}也是", expected="没有学校标识码列的文件只能按校名对应，校名不能重复",
                remedy="在每个学段文件中都导出“学校标识码”列", message="校名相同，不能确定是哪一所学校。",
            )  # fmt: skip


def _name_as_code(work: _Workshop) -> None:
    """Where no file gives a school's code, its full name stands for it within the county."""
    told: set[str] = set()
    for record in work.records:
        if _blank(record["school_code"]) and isinstance(record["school_name"], str):
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


def _main_schools(work: _Workshop) -> None:
    """A main school given by name becomes its code; a name that no school of the county and year has is said."""
    for record in work.records:
        name = record.get("main_school_name")
        if not isinstance(name, str) or isinstance(record["main_school_code"], str):
            continue
        found = {
            other["school_code"]
            for other in work.records
            if other["school_name"] == name
            and other is not record
            and _key(other["school_year"]) == _key(record["school_year"])
            and _key(other["division_code"]) == _key(record["division_code"])
        }
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


def _other_stages(work: _Workshop) -> None:
    """Stages that a school's type cannot have are 0; a stage it should have and no file gives is asked for."""
    for record in work.records:
        kind = record["school_type"]
        if not isinstance(record.get(FILE_STAGE), str) or not isinstance(kind, str):
            continue
        allowed = ALLOWED_STAGES.get(kind, tuple(STAGE_LABELS))
        for stage in STAGE_LABELS:
            column = f"{stage}_enrolment"
            if not _blank(record.get(column)):
                continue
            if stage not in allowed:
                record[column] = 0.0
            elif kind in JOINED_TYPES:
                _stage_lacking(work, record, stage)


def _stage_lacking(work: _Workshop, record: Mapping[str, Any], stage: str) -> None:
    word = STAGE_LABELS[stage]
    handed_in = any(
        other[FILE_STAGE] == stage
        and _key(other["school_year"]) == _key(record["school_year"])
        and _key(other["county"]) == _key(record["county"])
        for other in work.all_staged
    )
    same = [
        other
        for other in work.records
        if other is not record
        and other["school_name"] == record["school_name"]
        and _key(other["school_year"]) == _key(record["school_year"])
    ]
    hint = ""
    if same:
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


# --- the template of a side file --------------------------------------------------------------------


def side_template(tables: SchoolTables) -> str:
    """A side file with one row for everything that the tables leave open, ready to be filled in (CSV text).

    Empty text when nothing is open. Rows: one per county without year or code; one per campus without a main
    school; one per school of several stages that lacks a stage.
    """
    rows = list(_open_rows(tables))
    return write_answers(rows, SIDE_HEADERS) if rows else ""


def _open_rows(tables: SchoolTables) -> Iterator[dict[str, str]]:
    codes = {issue.code for issue in tables.issues}
    if codes & {"school_year_unknown", "division_code_unknown", "county_unknown"}:
        open_counties = tables.schools[
            tables.schools[["school_year", "division_code", "county"]].isna().any(axis=1)
        ]
        for county in dict.fromkeys(map(text_or_blank, open_counties["county"])):
            of_county = open_counties[open_counties["county"].map(text_or_blank) == county]
            years = sorted({int(year) for year in of_county["school_year"].dropna()})
            known = sorted({str(code) for code in of_county["division_code"].dropna()})
            yield {
                "区县名称": county,
                "学年": str(years[0]) if len(years) == 1 else "",
                "行政区划代码": known[0] if len(known) == 1 else "",
            }
    fields = own_fields()
    headers = {fields[f"{stage}_enrolment"].header for stage in STAGE_LABELS}
    for issue in tables.issues:
        if issue.code not in ("campus_without_main_school", "stage_file_lacking"):
            continue
        rows = tables.schools[tables.schools["school_code"] == issue.school_code]
        for row in rows.head(1).to_dict("records"):
            answer = {"区县名称": text_or_blank(row["county"]), "学校名称": text_or_blank(row["school_name"])}
            if row["school_code"] != row["school_name"]:
                answer["学校标识码"] = text_or_blank(row["school_code"])
            assert headers <= set(SIDE_HEADERS)
            yield answer


def _blank(value: Any) -> bool:
    return value is None or (not isinstance(value, str | bool) and pd.isna(value))


def _key(value: Any) -> str:
    return "" if _blank(value) else str(value)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return number(float(value)) if isinstance(value, int | float) else str(value)
