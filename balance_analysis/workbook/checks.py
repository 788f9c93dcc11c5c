"""Checks on typed tables: contradictions inside a row, between rows, between sheets and years.

Each check is one small function from tables to issues, registered with its code, severity and
sentence; ``tests/unit/test_checks.py`` holds a broken sample for each. Statistical screening
(bunching, heaping) needs measures and limits and lives in :mod:`balance_analysis.measures.plausibility`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from balance_analysis.errors import Issue, Place
from balance_analysis.terms import SchoolType, Severity, Stage
from balance_analysis.workbook.layouts import load_layout, own_fields
from balance_analysis.workbook.tables import SchoolTables

Finder = Callable[[SchoolTables], Iterable[Issue]]

ALLOWED_STAGES: Mapping[str, frozenset[str]] = {
    SchoolType.PRIMARY: frozenset({"primary"}),
    SchoolType.TEACHING_SITE: frozenset({"primary"}),
    SchoolType.JUNIOR_SECONDARY: frozenset({"junior_secondary"}),
    SchoolType.NINE_YEAR: frozenset({"primary", "junior_secondary"}),
    SchoolType.COMPLETE_SECONDARY: frozenset({"junior_secondary", "senior_secondary"}),
    SchoolType.TWELVE_YEAR: frozenset({"primary", "junior_secondary", "senior_secondary"}),
    SchoolType.SPECIAL_EDUCATION: frozenset({"primary", "junior_secondary", "senior_secondary"}),
    SchoolType.SECONDARY_VOCATIONAL: frozenset({"senior_secondary"}),
}
CLASS_BANDS: tuple[tuple[str, int, int | None], ...] = (
    ("up_to_25", 1, 25), ("26_to_30", 26, 30), ("31_to_35", 31, 35), ("36_to_40", 36, 40), ("41_to_45", 41, 45),
    ("46_to_50", 46, 50), ("51_to_55", 51, 55), ("56_to_60", 56, 60), ("61_to_65", 61, 65), ("66_and_above", 66, None),
)
LARGEST_PLAUSIBLE_CLASS = 120
STAGE_NUMERATORS = ("full_time_teachers", "backbone_teachers", "pe_teachers", "music_teachers", "fine_arts_teachers", "arts_teachers")
SHARED_NUMERATORS = (
    "teaching_and_auxiliary_area_m2", "sports_ground_area_m2", "teaching_equipment_value_wan_cny", "multimedia_classrooms",
)
JUMP_FACTOR = 1.5
"""A year-on-year change beyond this factor (either way) asks for an explanation."""
EQUIPMENT_PER_PUPIL_CNY = (1.0, 200_000.0)
"""Per-pupil equipment outside this range suggests 万元 and 元 were confused."""
STAGE_LABELS = {"primary": "小学", "junior_secondary": "初中", "senior_secondary": "高中"}


@dataclass(frozen=True)
class Check:
    """A registered check: stable code, severity, what it says in general, and how it looks."""

    code: str
    severity: Severity
    message: str
    find: Finder


CHECKS: list[Check] = []


def check_tables(tables: SchoolTables) -> tuple[Issue, ...]:
    """Run every check; the layout of a file of real records may soften one (``[severities]``)."""
    softened = {source.name: load_layout(source.layout).severities for source in tables.sources if source.layout}
    issues: list[Issue] = []
    for entry in CHECKS:
        for issue in entry.find(tables):
            severity = softened.get(issue.place.file, {}).get(entry.code, entry.severity)
            issues.append(replace(issue, code=entry.code, severity=Severity(severity), message=entry.message))
    return tuple(issues)


def check(code: str, severity: Severity, message: str) -> Callable[[Finder], Finder]:
    """Register a check."""

    def register(find: Finder) -> Finder:
        CHECKS.append(Check(code, severity, message, find))
        return find

    return register


def _label(name: str) -> str:
    fields = own_fields()
    return fields[name].header if name in fields else name


def _at(
    tables: SchoolTables, index: int, column: str, *, found: str, expected: str, remedy: str, table: str = "schools"
) -> Issue:
    """An issue at one cell; code, severity and message are filled in by the registry."""
    row = getattr(tables, table).loc[index]
    address = tables.address(table, index, column)
    sheet, _, cell = address.rpartition("!")
    year = row["school_year"] if "school_year" in row else pd.NA
    code = row["school_code"] if "school_code" in row else None
    division = row["division_code"] if "division_code" in row else None
    return Issue(
        code="", severity=Severity.SOFT,
        place=Place(row["source_file"], sheet or row["source_sheet"], cell or f"第{int(row['source_row'])}行"),
        column=tables.header(table, column) if address else _label(column), found=found, expected=expected, remedy=remedy,
        division_code=division if isinstance(division, str) else "",
        school_code=code if isinstance(code, str) else "",
        year=None if pd.isna(year) else int(year),
    )


def _number(value: float) -> str:
    return f"{value:.10g}"


def _where(mask: pd.Series) -> list[int]:
    return [int(index) for index in mask.index[mask.astype("boolean").fillna(False)]]


# --- hard ------------------------------------------------------------------------------------------


@check("duplicate_school_year", Severity.HARD, "同一学校同一学年出现多行。")
def duplicate_school_year(tables: SchoolTables) -> Iterator[Issue]:
    """The same school code twice in one year."""
    rows = tables.schools.dropna(subset=["school_year", "school_code"])
    for index in _where(rows.duplicated(["school_year", "school_code"], keep=False)):
        code, year = rows.loc[index, "school_code"], rows.loc[index, "school_year"]
        others = rows[(rows["school_code"] == code) & (rows["school_year"] == year)].index
        lines = "、".join(str(int(rows.loc[other, "source_row"])) for other in others)
        yield _at(
            tables, index, "school_code", found=f"{code} 在{year}学年出现{len(others)}次（第{lines}行）", expected="每校每学年一行",
            remedy="删去重复行；不同校区请用各自的代码并填写“是否计校数”和“主校标识码”",
        )


@check("county_code_mismatch", Severity.HARD, "行政区划代码前后不一致。")
def county_code_mismatch(tables: SchoolTables) -> Iterator[Issue]:
    """A school's county code that the county sheet does not have, or one code with two county names."""
    schools, counties = tables.schools, tables.counties
    for year, rows in schools.dropna(subset=["division_code", "school_year"]).groupby("school_year"):
        known = set(counties.loc[counties["school_year"] == year, "division_code"].dropna())
        if known:
            for index in _where(~rows["division_code"].isin(known)):
                yield _at(
                    tables, index, "division_code", found=str(rows.loc[index, "division_code"]),
                    expected=f"工作表“区县”{year}学年的代码：{'、'.join(sorted(known))}", remedy="核对学校所属区县，改正其中一处",
                )
    named = schools.dropna(subset=["division_code", "county"])
    common = named.groupby("division_code")["county"].agg(lambda names: names.value_counts().index[0])
    for index in _where(named["county"] != named["division_code"].map(common)):
        code = named.loc[index, "division_code"]
        yield _at(
            tables, index, "county", found=f"{named.loc[index, 'county']}（代码 {code}）", expected=f"{common[code]}（代码 {code}）",
            remedy="同一代码只能对应一个区县名称，核对后改正",
        )


@check("stage_not_allowed", Severity.HARD, "该办学类型不应有这一学段的学生。")
def stage_not_allowed(tables: SchoolTables) -> Iterator[Issue]:
    """Pupils of a stage that the school type cannot have."""
    schools = tables.schools
    for stage in ("primary", "junior_secondary", "senior_secondary"):
        column = f"{stage}_enrolment"
        allowed = schools["school_type"].map(lambda kind, s=stage: s in ALLOWED_STAGES.get(kind, frozenset({s})))
        for index in _where((schools[column] > 0) & ~allowed.astype(bool) & schools["school_type"].notna()):
            yield _at(
                tables, index, column, found=f"{_number(schools.loc[index, column])}人", expected=f"0（该办学类型没有{STAGE_LABELS[stage]}）",
                remedy="核对办学类型或学生数；多学段学校应选九年一贯制、完全中学或十二年一贯制",
            )


@check("zero_enrolment_with_numerator", Severity.HARD, "在校生数为0，却有教师或资源。")
def zero_enrolment_with_numerator(tables: SchoolTables) -> Iterator[Issue]:
    """No pupils of a stage but teachers of it; no pupils at all but shared resources."""
    schools = tables.schools
    for stage in Stage:
        teachers = schools[[f"{stage}_{name}" for name in STAGE_NUMERATORS]]
        empty = schools[f"{stage}_enrolment"] == 0
        for index in _where(empty & (teachers > 0).any(axis=1)):
            column = next(name for name in teachers.columns if teachers.loc[index, name] > 0)
            yield _at(
                tables, index, column, found=f"{STAGE_LABELS[stage]}在校生0人，{_label(column)}{_number(teachers.loc[index, column])}",
                expected="在校生数大于0，或教师数为0", remedy="核对在校生数；停办的学校请删去该行或把资源数清零",
            )
    pupils = schools[["primary_enrolment", "junior_secondary_enrolment", "senior_secondary_enrolment"]]
    none = (pupils == 0).any(axis=1) & ~(pupils > 0).any(axis=1)
    shared = schools[list(SHARED_NUMERATORS)]
    for index in _where(none & (shared > 0).any(axis=1)):
        column = next(name for name in SHARED_NUMERATORS if shared.loc[index, name] > 0)
        yield _at(
            tables, index, column, found=f"全校在校生0人，{_label(column)}{_number(shared.loc[index, column])}", expected="在校生数大于0，或资源为0",
            remedy="核对在校生数；停办的学校请删去该行",
        )


@check("campus_without_main_school", Severity.HARD, "不计校数的校区没有对应的主校。")
def campus_without_main_school(tables: SchoolTables) -> Iterator[Issue]:
    """A campus not counted as a school whose main school is blank, unknown or itself a campus."""
    schools = tables.schools
    campuses = schools[schools["counted_as_school"].map(lambda value: value is False)]
    mains = schools[~schools.index.isin(campuses.index)]
    known = set(zip(mains["school_year"], mains["school_code"], strict=True))
    for index, row in campuses.iterrows():
        main = row["main_school_code"]
        if not isinstance(main, str) or (row["school_year"], main) not in known:
            yield _at(
                tables, int(str(index)), "main_school_code", found=main if isinstance(main, str) else "（空）",
                expected=f"{row['school_year']}学年计校数学校的学校标识码", remedy="填写该校区所属主校的学校标识码",
            )


# --- soft ------------------------------------------------------------------------------------------


@check("degrees_exceed_teachers", Severity.SOFT, "各学历教师数之和大于专任教师数。")
def degrees_exceed_teachers(tables: SchoolTables) -> Iterator[Issue]:
    """Teachers by degree add up to more than the full-time teachers."""
    for stage, names in (
        ("primary", ("associate", "bachelor", "master", "doctor")), ("junior_secondary", ("bachelor", "master", "doctor")),
    ):
        total = tables.schools[[f"{stage}_teachers_{name}" for name in names]].sum(axis=1, min_count=1)
        column = f"{stage}_full_time_teachers"
        for index in _where(total > tables.schools[column]):
            yield _at(
                tables, index, column, found=f"学历合计{_number(total[index])}人，专任教师{_number(tables.schools.loc[index, column])}人",
                expected="学历合计不大于专任教师数", remedy="核对学历分组，每位教师只计最高学历一次",
            )


@check("subjects_exceed_teachers", Severity.SOFT, "体育、艺术教师数之和大于专任教师数。")
def subjects_exceed_teachers(tables: SchoolTables) -> Iterator[Issue]:
    """PE, music, art and arts teachers together exceed the full-time teachers."""
    for stage in Stage:
        total = tables.schools[[f"{stage}_{name}_teachers" for name in ("pe", "music", "fine_arts", "arts")]].sum(axis=1, min_count=1)
        column = f"{stage}_full_time_teachers"
        for index in _where(total > tables.schools[column]):
            yield _at(
                tables, index, column, found=f"体育艺术合计{_number(total[index])}人，专任教师{_number(tables.schools.loc[index, column])}人",
                expected="体育艺术教师合计不大于专任教师数", remedy="核对学科分组，每位教师只计一个学科",
            )


@check("indoor_exceeds_teaching_area", Severity.SOFT, "室内体育用房面积大于教学及辅助用房面积。")
def indoor_exceeds_teaching_area(tables: SchoolTables) -> Iterator[Issue]:
    """Indoor sports rooms are part of the teaching area and cannot exceed it."""
    schools = tables.schools
    for index in _where(schools["indoor_sports_area_m2"] > schools["teaching_and_auxiliary_area_m2"]):
        yield _at(
            tables, index, "indoor_sports_area_m2", found=f"{_number(schools.loc[index, 'indoor_sports_area_m2'])}平方米",
            expected=f"不大于教学及辅助用房面积{_number(schools.loc[index, 'teaching_and_auxiliary_area_m2'])}平方米",
            remedy="教学及辅助用房面积应包含室内体育用房，核对两项",
        )


def _bands(tables: SchoolTables, stage: str) -> pd.DataFrame:
    return tables.schools[[f"{stage}_classes_{name}" for name, _, _ in CLASS_BANDS]]


@check("class_bands_mismatch", Severity.SOFT, "各班额段班级数之和不等于班级数。")
def class_bands_mismatch(tables: SchoolTables) -> Iterator[Issue]:
    """Classes by size band do not add up to the classes."""
    for stage in Stage:
        total = _bands(tables, stage).sum(axis=1, min_count=len(CLASS_BANDS))
        column = f"{stage}_classes"
        for index in _where(total.notna() & (total != tables.schools[column]) & tables.schools[column].notna()):
            yield _at(
                tables, index, column, found=f"班额段合计{_number(total[index])}个班，班级数{_number(tables.schools.loc[index, column])}个班",
                expected="两者相等", remedy="核对班级数和各班额段班级数",
            )


@check("class_size_contradiction", Severity.SOFT, "班额段与在校生数矛盾。")
def class_size_contradiction(tables: SchoolTables) -> Iterator[Issue]:
    """Pupils outside what the classes by size band can hold."""
    for stage in Stage:
        bands = _bands(tables, stage)
        fewest = sum(bands.iloc[:, number] * low for number, (_, low, _) in enumerate(CLASS_BANDS))
        most = sum(bands.iloc[:, number] * (high or LARGEST_PLAUSIBLE_CLASS) for number, (_, _, high) in enumerate(CLASS_BANDS))
        column = f"{stage}_enrolment"
        pupils = tables.schools[column]
        for index in _where((pupils < fewest) | (pupils > most)):
            yield _at(
                tables, index, column, found=f"{_number(pupils[index])}人",
                expected=f"按班额段推算应在{_number(fewest[index])}—{_number(most[index])}人之间", remedy="核对在校生数和各班额段班级数",
            )


@check("equipment_unit_suspected", Severity.SOFT, "教学仪器设备值的单位可疑，可能把元填成了万元（或相反）。")
def equipment_unit_suspected(tables: SchoolTables) -> Iterator[Issue]:
    """Per-pupil equipment value off by a factor of about 10,000."""
    schools = tables.schools
    pupils = schools[["primary_enrolment", "junior_secondary_enrolment", "senior_secondary_enrolment"]].sum(axis=1, min_count=1)
    value = schools["teaching_equipment_value_wan_cny"] * 10_000 / pupils.where(pupils > 0)
    low, high = EQUIPMENT_PER_PUPIL_CNY
    for index in _where((value > high) | ((value > 0) & (value < low))):
        yield _at(
            tables, index, "teaching_equipment_value_wan_cny",
            found=f"{_number(schools.loc[index, 'teaching_equipment_value_wan_cny'])}万元，折合生均{value[index]:.4g}元",
            expected=f"生均{low:g}—{high:g}元之间", remedy="核对单位：本列按万元填报",
        )


@check("year_on_year_jump", Severity.SOFT, "与上一学年相比变化过大。")
def year_on_year_jump(tables: SchoolTables) -> Iterator[Issue]:
    """A figure that grows or shrinks by more than half within a year."""
    columns = ["primary_enrolment", "junior_secondary_enrolment", "primary_full_time_teachers", "junior_secondary_full_time_teachers", *SHARED_NUMERATORS]
    schools = tables.schools.dropna(subset=["school_year", "school_code"])
    before = schools.drop_duplicates(["school_year", "school_code"]).set_index(["school_year", "school_code"])[columns]
    keys = pd.MultiIndex.from_arrays([schools["school_year"] - 1, schools["school_code"]])
    previous = before.reindex(keys).set_axis(schools.index)
    for column in columns:
        old, new = previous[column], schools[column]
        large = np.maximum(old, new) >= (20 if "area" in column or "enrolment" in column else 5)
        for index in _where((old > 0) & (new > 0) & large & ((new / old > JUMP_FACTOR) | (old / new > JUMP_FACTOR))):
            yield _at(
                tables, index, column, found=f"上一学年{_number(old[index])}，本学年{_number(new[index])}（变化{(new[index] / old[index] - 1) * 100:+.0f}%）",
                expected="变化在三分之一减少至一半增加之间", remedy="核对两年数据；确有新建、合并或口径变化的，请书面说明",
            )


@check("identical_rows", Severity.SOFT, "两所学校的数据完全相同。")
def identical_rows(tables: SchoolTables) -> Iterator[Issue]:
    """Two schools of one year with the same figures in every filled numeric column."""
    schools = tables.schools
    numeric = schools.select_dtypes("float64")
    filled = numeric.loc[:, numeric.notna().any()]
    telling = (filled.fillna(-1) > 0).sum(axis=1) >= 8
    keys = filled.fillna(-1).assign(year=schools["school_year"].fillna(0))[telling]
    for _, group in keys[keys.duplicated(keep=False)].groupby(list(keys.columns), sort=True):
        names = "、".join(str(schools.loc[index, "school_name"]) for index in group.index)
        for index in group.index[1:]:
            yield _at(
                tables, int(index), "school_name", found=f"{names}（{len(filled.columns)}个数值列全同）", expected="不同学校的数据不会全部相同",
                remedy="核对是否误将一校数据复制给了另一校",
            )


@check("school_vanished", Severity.SOFT, "上一学年有、本学年没有的学校。")
def school_vanished(tables: SchoolTables) -> Iterator[Issue]:
    """A school of one year that the county's next filed year no longer has."""
    for _, rows in tables.schools.dropna(subset=["division_code", "school_year"]).groupby("division_code"):
        years = sorted(rows["school_year"].unique())
        for year, following in zip(years, years[1:], strict=False):
            later = set(rows.loc[rows["school_year"] == following, "school_code"])
            now = rows[(rows["school_year"] == year) & rows["school_code"].notna()]
            for index in _where(~now["school_code"].isin(later)):
                yield _at(
                    tables, index, "school_code", found=f"{now.loc[index, 'school_name']}：{year}学年有，{following}学年没有",
                    expected="各学年学校一致，撤并有说明", remedy="漏报的请补上；撤并或更换代码的请书面说明",
                )
