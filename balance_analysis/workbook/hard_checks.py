"""Contradictions that stop a county: one function each, with its sentence at the end of the module."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from balance_analysis.errors import Issue
from balance_analysis.exact import Mask
from balance_analysis.resources import without_pupils
from balance_analysis.terms import STAGES_OF_TYPE, Severity, Stage
from balance_analysis.workbook.check_kit import (
    CAMPUS_NUMERATORS,
    ENROLMENT_COLUMNS,
    STAGE_LABELS,
    Check,
    cell_of,
    groups,
    issue_at,
    label,
    number,
    where,
)
from balance_analysis.workbook.tables import SchoolTables

STAGE_NUMERATORS = (
    "full_time_teachers",
    "backbone_teachers",
    "pe_teachers",
    "music_teachers",
    "fine_arts_teachers",
    "arts_teachers",
)


def duplicate_school_year(tables: SchoolTables) -> Iterator[Issue]:
    """The same school code twice in one county and year, in one file or in two."""
    keys = ("school_year", "division_code", "school_code")
    for (year, _, code), rows in groups(tables.schools, *keys).items():
        if len(rows) > 1:
            yield from _repeated(
                tables, rows, "schools", "school_code", f"{code} 在{year}学年", "每校每学年一行",
                "删去重复行；不同校区请用各自的代码，并填写“是否计校数”和“主校标识码”",
            )  # fmt: skip


def duplicate_county_year(tables: SchoolTables) -> Iterator[Issue]:
    """The same county twice in one year of the county sheet."""
    for (year, code), rows in groups(tables.counties, "school_year", "division_code").items():
        if len(rows) > 1:
            subject = f"{code} 在{year}学年"
            yield from _repeated(
                tables, rows, "counties", "division_code", subject, "每个区县每学年一行", "删去重复行"
            )


def contradictory_evidence(tables: SchoolTables) -> Iterator[Issue]:
    """One item and subject of one year with two different conclusions."""
    keyed = tables.evidence.assign(
        about=tables.evidence["subject"].astype("object").where(lambda s: s.notna(), "")
    )
    for (year, _, item, _), rows in groups(keyed, "school_year", "division_code", "item", "about").items():
        if len(rows) > 1 and keyed["conclusion"][rows].nunique() > 1:
            subject = f"{item} 在{year}学年"
            yield from _repeated(
                tables, rows, "evidence", "conclusion", subject, "同一指标只有一个结论", "核对后保留一个结论"
            )


def _repeated(
    tables: SchoolTables,
    rows: Sequence[int],
    table: str,
    column: str,
    subject: str,
    expected: str,
    remedy: str,
) -> Iterator[Issue]:
    """One issue for each of several rows that should be one, naming all of them."""
    by_file: dict[str, list[str]] = {}
    for index in rows:
        line = tables.lines[table][index]
        by_file.setdefault(line.file, []).append(str(line.row))
    places = "；".join(
        f"{f'{file} ' if len(by_file) > 1 else ''}第{'、'.join(numbers)}行"
        for file, numbers in by_file.items()
    )
    found = f"{subject}出现{len(rows)}次（{places}）"
    for index in rows:
        yield issue_at(tables, index, column, found=found, expected=expected, remedy=remedy, table=table)


def county_code_mismatch(tables: SchoolTables) -> Iterator[Issue]:
    """School sheet and county sheet of a file name different counties, or code and name disagree."""
    doubted: set[int] = set()
    columns = ["source_file", "school_year", "division_code"]
    filed, listed = (
        groups(frame[columns].dropna(), *columns[:2]) for frame in (tables.schools, tables.counties)
    )
    used_codes, listed_codes = (
        tables.schools["division_code"].tolist(),
        tables.counties["division_code"].tolist(),
    )
    for key in filter(listed.__contains__, filed):
        rows, year = filed[key], key[1]
        known = sorted({listed_codes[index] for index in listed[key]})
        used = sorted({used_codes[index] for index in rows})
        if set(known).isdisjoint(used):
            for index in listed[key]:
                yield issue_at(
                    tables, index, "division_code", table="counties", whole_file=True, found=listed_codes[index],
                    expected=f"工作表“学校”{year}学年的代码：{'、'.join(used)}",
                    remedy="核对区县代码，改正其中一处",
                )  # fmt: skip
            continue
        for index in rows:
            if used_codes[index] not in known:
                doubted.add(index)
                yield issue_at(
                    tables, index, "division_code", whole_file=True, found=used_codes[index],
                    expected=f"工作表“区县”{year}学年的代码：{'、'.join(known)}",
                    remedy="核对学校所属区县，改正其中一处",
                )  # fmt: skip
    yield from _code_against_name(tables, doubted)


def _code_against_name(tables: SchoolTables, doubted: set[int]) -> Iterator[Issue]:
    """One code with two names in a year; one name with two codes in a year of one file."""
    columns = ["source_file", "school_year", "division_code", "county"]
    named = tables.schools[columns].drop(index=list(doubted)).dropna()
    for (_, code), index, name, common in _odd_ones(named, ("school_year", "division_code"), "county"):
        doubted.add(index)
        yield issue_at(
            tables, index, "county", found=f"{name}（代码 {code}）",
            expected=f"{common}（代码 {code}）", remedy="同一代码只能对应一个区县名称，核对后改正",
        )  # fmt: skip
    named = tables.schools[columns].drop(index=list(doubted)).dropna()
    keys = ("source_file", "school_year", "county")
    for (_, _, name), index, code, common in _odd_ones(named, keys, "division_code"):
        yield issue_at(
            tables, index, "division_code", whole_file=True, found=f"{code}（{name}）",
            expected=f"{common}（{name}）", remedy="同一区县只能有一个代码，核对后改正",
        )  # fmt: skip


def _odd_ones(
    frame: pd.DataFrame, keys: Sequence[str], column: str
) -> Iterator[tuple[tuple[Any, ...], int, str, str]]:
    """Rows whose text differs from the commonest of their group: key, index label, text, commonest text."""
    texts = frame[column].to_dict()
    for key, rows in groups(frame, *keys).items():
        if len({texts[index] for index in rows}) > 1:
            common = frame[column][rows].value_counts().index[0]
            yield from ((key, index, texts[index], common) for index in rows if texts[index] != common)


def stage_not_allowed(tables: SchoolTables) -> Iterator[Issue]:
    """Pupils of a stage that the school type cannot have."""
    for stage, stage_label in STAGE_LABELS.items():
        column = f"{stage}_enrolment"
        pupils = tables.schools[column]
        for index in where((pupils > 0) & of_other_stages(tables.schools, stage)):
            yield issue_at(
                tables, index, column, found=f"{number(pupils[index])}人", expected=f"0（该办学类型没有{stage_label}）",
                remedy="核对办学类型或学生数；多学段学校应选九年一贯制、完全中学或十二年一贯制",
            )  # fmt: skip


def of_other_stages(schools: pd.DataFrame, stage: str) -> pd.Series[bool]:
    """Schools whose type cannot have pupils of a stage; a type that is missing may have any."""
    excluding = [str(kind) for kind, stages in STAGES_OF_TYPE.items() if stage not in stages]
    return schools["school_type"].isin(excluding)


def zero_enrolment_with_numerator(tables: SchoolTables) -> Iterator[Issue]:
    """No pupils of a stage but teachers of it; no pupils at all but resources of the campus.

    A campus is empty only when every stage that its type can have is filed as 0; a blank is unknown. What an empty
    campus 不计校数 has belongs to its main school (see ``empty_campus_joined``).
    """
    schools = tables.schools
    pupils = schools[list(ENROLMENT_COLUMNS)]
    empty_campus = pd.Series(without_pupils(schools) & ~joined_campuses(tables), index=schools.index)
    resources = schools[list(CAMPUS_NUMERATORS)]
    told: dict[tuple[int, str], list[str]] = {}
    for stage in Stage:
        numerators = schools[[f"{stage}_{name}" for name in STAGE_NUMERATORS]]
        empty = schools[f"{stage}_enrolment"] == 0
        for index in where(empty & (numerators > 0).any(axis=1)):
            told[index, f"{stage}_enrolment"] = filled(tables, index, numerators)
    for index in where(empty_campus & (resources > 0).any(axis=1)):
        own = STAGES_OF_TYPE.get(schools["school_type"][index], tuple(STAGE_LABELS))
        zero = [f"{stage}_enrolment" for stage in STAGE_LABELS if pupils[f"{stage}_enrolment"][index] == 0]
        column = next((name for name in zero if name.removesuffix("_enrolment") in own), zero[0])
        told.setdefault((index, column), []).extend(filled(tables, index, resources))
    for (index, column), parts in sorted(told.items()):
        shown = "、".join(parts[:4]) + (f"等{len(parts)}项" if len(parts) > 4 else "")
        yield issue_at(
            tables, index, column, found=f"0人，却有{shown}", expected="在校生数大于0，或教师和资源为0",
            remedy="核对在校生数；停办的学校请删去该行，或把教师和资源数改为0",
        )  # fmt: skip


def joined_campuses(tables: SchoolTables) -> Mask:
    """Campuses 不计校数 without pupils whose main school stands in the same county and year and has pupils."""
    schools = tables.schools
    keys = ["division_code", "school_year", "school_code"]
    empty = without_pupils(schools)
    mains = pd.MultiIndex.from_frame(schools.loc[~empty, keys].dropna())
    named = pd.MultiIndex.from_frame(schools[["division_code", "school_year", "main_school_code"]])
    apart = schools["counted_as_school"].map(lambda value: value is False).to_numpy(dtype=bool)
    found: Mask = empty & apart & named.isin(mains)
    return found


def filled(tables: SchoolTables, index: int, figures: pd.DataFrame) -> list[str]:
    """The figures of a row that are above zero, each with its header and cell."""
    return [
        f"{label(name)}{number(figure)}（{cell_of(tables, index, name)}）"
        for name, figure in zip(figures.columns, figures.to_numpy()[index], strict=True)
        if figure > 0
    ]


def campus_without_main_school(tables: SchoolTables) -> Iterator[Issue]:
    """A campus not counted as a school whose main school is blank, unknown or itself a campus."""
    schools = tables.schools
    is_campus = schools["counted_as_school"].map(lambda value: value is False).astype(bool)
    mains = schools[~is_campus].dropna(subset=["school_year", "school_code"])
    known = set(zip(mains["school_year"], mains["school_code"], strict=True))
    for index in where(is_campus & schools["school_year"].notna()):
        main, year = schools["main_school_code"][index], schools["school_year"][index]
        if not isinstance(main, str) or (year, main) not in known:
            has_column = tables.place("schools", index, "main_school_code") is not None
            yield issue_at(
                tables, index, "main_school_code", found=main if isinstance(main, str) else "（空）",
                expected=f"{year}学年计校数学校的学校标识码",
                remedy="填写该校区所属主校的学校标识码"
                if has_column
                else "在补充信息表（补充信息.csv）中填写该校区的“主校标识码”或“主校名称”",
            )  # fmt: skip


HARD_CHECKS = (
    Check("duplicate_school_year", Severity.HARD, "同一学校同一学年出现多行。", duplicate_school_year),
    Check("duplicate_county_year", Severity.HARD, "同一区县同一学年出现多行。", duplicate_county_year),
    Check("contradictory_evidence", Severity.HARD, "同一指标有互相矛盾的结论。", contradictory_evidence),
    Check("county_code_mismatch", Severity.HARD, "行政区划代码前后不一致。", county_code_mismatch),
    Check("stage_not_allowed", Severity.HARD, "该办学类型不应有这一学段的学生。", stage_not_allowed),
    Check(
        "zero_enrolment_with_numerator",
        Severity.HARD,
        "在校生数为0，却有教师或资源。",
        zero_enrolment_with_numerator,
    ),
    Check(
        "campus_without_main_school",
        Severity.HARD,
        "不计校数的校区没有对应的主校。",
        campus_without_main_school,
    ),
)
