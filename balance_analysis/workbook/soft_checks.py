"""Figures that ask for an explanation: one function each, with its sentence at the end of the module."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd

from balance_analysis.errors import Issue
from balance_analysis.resources import class_bands
from balance_analysis.terms import Severity, Stage
from balance_analysis.workbook.check_kit import (
    CAMPUS_NUMERATORS,
    ENROLMENT_COLUMNS,
    Check,
    cell_of,
    groups,
    header_at,
    issue_at,
    number,
    where,
)
from balance_analysis.workbook.hard_checks import filled, joined_campuses, of_other_stages
from balance_analysis.workbook.tables import SchoolTables

LARGEST_PLAUSIBLE_CLASS = 120
JUMP_FACTOR = 1.5
"""A year-on-year change beyond this factor (either way) asks for an explanation."""
JUMP_LEAST = {"enrolment": 20, "area": 20, "other": 5}
"""Figures that stay below this in both years may jump: a site of 4 pupils that has 7 next year is no news."""
MONEY_PER_PUPIL_CNY = {
    "teaching_equipment_value_wan_cny": (1.0, 200_000.0),
    "operating_funds_budget_wan_cny": (1.0, 200_000.0),
    "operating_funds_actual_wan_cny": (1.0, 200_000.0),
    "teacher_training_budget_wan_cny": (0.001, 200_000.0),
}
"""Per-pupil yuan outside this range suggests that 万元 and 元 were confused."""
UNIT_ODDITY = 300
"""A confused unit stands this far from the county's median, or the median is outside the range itself."""
TELLING_FIGURES = 6
"""Two schools that agree in fewer positive figures than this may do so by chance."""
SHARED_FIGURES = (
    "teaching_and_auxiliary_area_m2",
    "indoor_sports_area_m2",
    "sports_ground_area_m2",
    "teaching_equipment_value_wan_cny",
    "multimedia_classrooms",
)
"""Columns of the whole campus that indicators are made of."""
JUMP_COLUMNS = (
    "primary_enrolment",
    "junior_secondary_enrolment",
    "primary_full_time_teachers",
    "junior_secondary_full_time_teachers",
    "teaching_and_auxiliary_area_m2",
    "sports_ground_area_m2",
    "teaching_equipment_value_wan_cny",
    "multimedia_classrooms",
)
DEGREES = {
    Stage.PRIMARY: ("associate", "bachelor", "master", "doctor"),
    Stage.JUNIOR_SECONDARY: ("bachelor", "master", "doctor"),
}
SUBJECTS = ("pe", "music", "fine_arts", "arts")


def degrees_exceed_teachers(tables: SchoolTables) -> Iterator[Issue]:
    """Teachers by degree add up to more than the full-time teachers."""
    for stage, names in DEGREES.items():
        parts = [f"{stage}_teachers_{name}" for name in names]
        yield from _parts_exceed_teachers(tables, stage, parts, "学历", "每位教师只计最高学历一次")


def subjects_exceed_teachers(tables: SchoolTables) -> Iterator[Issue]:
    """PE, music, art and arts teachers together exceed the full-time teachers."""
    for stage in Stage:
        parts = [f"{stage}_{name}_teachers" for name in SUBJECTS]
        yield from _parts_exceed_teachers(tables, stage, parts, "体育艺术", "每位教师只计一个学科")


def _parts_exceed_teachers(
    tables: SchoolTables, stage: Stage, parts: list[str], kind: str, rule: str
) -> Iterator[Issue]:
    column = f"{stage}_full_time_teachers"
    figures = tables.schools[parts]
    values, total = figures.to_numpy(), figures.sum(axis=1, min_count=1)
    teachers = tables.schools[column]
    for index in where(total > teachers):
        cells = "、".join(
            f"{header_at(tables, tables.lines['schools'][index].file, part)}"
            f"{number(figure)}（{cell_of(tables, index, part)}）"
            for part, figure in zip(parts, values[index], strict=True)
            if figure > 0
        )
        yield issue_at(
            tables, index, column,
            found=f"专任教师{number(teachers[index])}人，{kind}合计{number(total[index])}人：{cells}",
            expected=f"{kind}合计不大于专任教师数", remedy=f"核对专任教师数和{kind}分组，{rule}",
        )  # fmt: skip


def indoor_exceeds_teaching_area(tables: SchoolTables) -> Iterator[Issue]:
    """Indoor sports rooms are part of the teaching area and cannot exceed it."""
    indoor, teaching = (
        tables.schools[name] for name in ("indoor_sports_area_m2", "teaching_and_auxiliary_area_m2")
    )
    for index in where(indoor > teaching):
        place = cell_of(tables, index, "teaching_and_auxiliary_area_m2")
        yield issue_at(
            tables, index, "indoor_sports_area_m2", found=f"{number(indoor[index])}平方米",
            expected=f"不大于教学及辅助用房面积{number(teaching[index])}平方米（{place}）",
            remedy="教学及辅助用房面积应包含室内体育用房，核对两项",
        )  # fmt: skip


def _bands(tables: SchoolTables, stage: Stage) -> pd.DataFrame:
    return tables.schools[[band.field(stage) for band in class_bands()]]


def class_bands_mismatch(tables: SchoolTables) -> Iterator[Issue]:
    """Classes by size band do not add up to the classes; blank bands are counted and told."""
    for stage in Stage:
        bands = _bands(tables, stage)
        total, blank = bands.sum(axis=1, min_count=1), bands.isna().sum(axis=1)
        classes = tables.schools[f"{stage}_classes"]
        for index in where((total != classes) & total.notna() & classes.notna()):
            left = f"，其中{blank[index]}段空白" if blank[index] else ""
            yield issue_at(
                tables, index, f"{stage}_classes",
                found=f"班级数{number(classes[index])}个，班额段合计{number(total[index])}个{left}", expected="两者相等",
                remedy="核对班级数和各班额段班级数；没有班级的班额段填0",
            )  # fmt: skip


def class_size_contradiction(tables: SchoolTables) -> Iterator[Issue]:
    """Pupils outside what the classes can hold, by size band, or by classes and largest class.

    The upper end is known only where the bands account for every class.
    """
    for stage in Stage:
        bands, pupils = _bands(tables, stage), tables.schools[f"{stage}_enrolment"]
        classes = tables.schools[f"{stage}_classes"]
        lowest = np.array([band.smallest for band in class_bands()], dtype=float)
        highest = np.array([band.largest or LARGEST_PLAUSIBLE_CLASS for band in class_bands()], dtype=float)
        fewest = (bands * lowest).sum(axis=1, min_count=1)
        known = bands.notna().all(axis=1) | (bands.sum(axis=1, min_count=1) == classes)
        most = (bands * highest).sum(axis=1, min_count=1).where(known)
        by_bands = (pupils < fewest) | (pupils > most)
        for index in where(by_bands):
            least, top = number(fewest[index]), "" if np.isnan(most[index]) else number(most[index])
            yield issue_at(
                tables, index, f"{stage}_enrolment", found=f"{number(pupils[index])}人",
                expected=f"按班额段推算应在{least}—{top}人之间" if top else f"按班额段推算应不少于{least}人",
                remedy="核对在校生数和各班额段班级数",
            )  # fmt: skip
        largest = tables.schools[f"{stage}_largest_class_size"].combine_first(
            tables.schools["largest_class_size"]
        )
        for index in where(~by_bands & (pupils > classes * largest)):
            capacity = f"{number(classes[index])}个班，最大班额{number(largest[index])}人"
            yield issue_at(
                tables, index, f"{stage}_enrolment", found=f"{number(pupils[index])}人（{capacity}）",
                expected=f"不多于班级数×最大班额={number(classes[index] * largest[index])}人",
                remedy="核对在校生数、班级数和最大班额",
            )  # fmt: skip


def unit_suspected(tables: SchoolTables) -> Iterator[Issue]:
    """Per-pupil money off by a factor of about 10,000, judged against a range and the county's median."""
    schools = tables.schools
    pupils = schools[list(ENROLMENT_COLUMNS)].sum(axis=1, min_count=1)
    for column, (low, high) in MONEY_PER_PUPIL_CNY.items():
        value = schools[column] * 10_000 / pupils.where(pupils > 0)
        value = value.where(value > 0)
        median = value.groupby([schools["division_code"], schools["school_year"]]).transform("median")
        too_high = (value > high) & ((median > high) | (value > UNIT_ODDITY * median))
        too_low = (value < low) & ((median < low) | (value * UNIT_ODDITY < median))
        for index in where(too_high | too_low):
            yield issue_at(
                tables, index, column, found=f"{number(schools[column][index])}万元，折合生均{float(f'{value[index]:.4g}'):,.10g}元",
                expected=f"生均{low:g}—{high:,.0f}元", remedy="本列按万元填报；如填的是元，请除以10000",
            )  # fmt: skip


def _change(ratio: float) -> str:
    """A relative change in whole per cent, with a true minus.

    >>> _change(0.56), _change(1.5)
    ('−44%', '+50%')
    """
    return f"{(ratio - 1) * 100:+.0f}%".replace("-", "−")


def year_on_year_jump(tables: SchoolTables) -> Iterator[Issue]:
    """A figure that grows by more than half or shrinks by more than a third within a year."""
    keys = ["school_year", "division_code", "school_code"]
    schools = tables.schools[[*keys, *JUMP_COLUMNS]].dropna(subset=keys)
    before = schools.drop_duplicates(keys).set_index(keys)[list(JUMP_COLUMNS)]
    last_year = pd.MultiIndex.from_arrays(
        [schools["school_year"] - 1, schools["division_code"], schools["school_code"]], names=keys
    )
    previous = before.reindex(last_year).set_axis(schools.index)
    for column in JUMP_COLUMNS:
        old, new = previous[column], schools[column]
        least = JUMP_LEAST[next((kind for kind in ("enrolment", "area") if kind in column), "other")]
        larger, smaller = old.where(old >= new, new), old.where(old < new, new)
        for index in where((smaller > 0) & (larger >= least) & (larger > JUMP_FACTOR * smaller)):
            yield issue_at(
                tables, index, column,
                found=f"上一学年{number(old[index])}，本学年{number(new[index])}（{_change(new[index] / old[index])}）",
                expected="减少不超过三分之一，增加不超过一半",
                remedy="核对两年数据；确有新建、合并或口径变化的，请书面说明",
            )  # fmt: skip


def identical_rows(tables: SchoolTables) -> Iterator[Issue]:
    """Two schools of one year with the same figures in every numeric column, blanks included."""
    schools = tables.schools
    numbers = schools.select_dtypes("float64")
    for rows in groups(schools, "school_year").values():
        figures = numbers.loc[rows]
        figures = figures[(figures > 0).sum(axis=1) >= TELLING_FIGURES]
        twins = figures[figures.duplicated(keep=False)]
        alike: dict[bytes, list[int]] = {}
        for index, values in zip(twins.index, twins.to_numpy(), strict=True):
            alike.setdefault(values.tobytes(), []).append(int(index))
        for group in alike.values():
            first = group[0]
            for index in group[1:]:
                if schools["school_code"][index] == schools["school_code"][first]:
                    continue
                filled = int(np.isfinite(figures.loc[[index]].to_numpy()).sum())
                yield issue_at(
                    tables, index, "school_name",
                    found=f"{schools['school_name'][index]} 与 {schools['school_name'][first]}"
                    f"（{cell_of(tables, first, 'school_name')}）的{filled}个数值全部相同",
                    expected="不同学校的数据不会全部相同", remedy="核对是否误将一校数据复制给了另一校",
                )  # fmt: skip


def school_vanished(tables: SchoolTables) -> Iterator[Issue]:
    """A school of one year that the county's next filed year no longer has."""
    names, codes = (tables.schools[column].tolist() for column in ("school_name", "school_code"))
    filed = groups(tables.schools, "division_code", "school_year")
    for (county, year), (next_county, following) in pairwise(filed):
        if county != next_county:
            continue
        later = {codes[index] for index in filed[county, following]}
        for index in filed[county, year]:
            if not isinstance(codes[index], str) or codes[index] in later:
                continue
            yield issue_at(
                tables, index, "school_code",
                found=f"{names[index]}（{codes[index]}）：{year}学年有，{following}学年没有",
                expected=f"{following}学年也有这所学校，或有撤并说明",
                remedy="漏报的请补上；撤并或更换代码的请书面说明",
            )  # fmt: skip


def blank_figures(tables: SchoolTables) -> Iterator[Issue]:
    """Figures left blank where the school has pupils: what depends on them is not assessable.

    One issue per file, year and column, at the first blank cell; only columns that the file has, and
    no cell that was refused for another reason.
    """
    schools = tables.schools
    refused = {(issue.place.file, issue.place.sheet, issue.place.cell) for issue in tables.issues}
    keys = ["source_file", "school_year"]
    for column, blank in _blanks(schools):
        for (file, year), rows in groups(schools.loc[blank, keys], *keys).items():
            if (file, "schools", column) not in tables.columns:
                continue
            found = [index for index in rows if _spot(tables, index, column) not in refused]
            if not found:
                continue
            names = "、".join(str(schools["school_name"][index]) for index in found[:5])
            yield issue_at(
                tables, found[0], column,
                found=f"{year}学年{len(found)}所学校（校区）未填：{names}{'等' if len(found) > 5 else ''}",
                expected="有学生的学校都填写；确实为零的填0",
                remedy="补填；不补填则依赖它的指标和差异系数无法判定",
            )  # fmt: skip


def repeated_rows(tables: SchoolTables) -> Iterator[Issue]:
    """A row of evidence or of tasks that stands twice, word for word."""
    for table in ("evidence", "tasks"):
        frame = getattr(tables, table).drop(columns=["source_sheet", "source_row"]).astype("object")
        for rows in groups(frame.where(frame.notna(), "").map(str), *frame.columns).values():
            for index in rows[1:]:
                place = tables.address(table, rows[0], "item") or f"第{tables.lines[table][rows[0]].row}行"
                yield issue_at(
                    tables, index, "item", table=table, found=f"与 {place} 所在的行相同", expected="每项只填一行",
                    remedy="删去重复的行；确为两项的，请写明区别",
                )  # fmt: skip


def empty_campus_joined(tables: SchoolTables) -> Iterator[Issue]:
    """A campus without pupils: what it has is counted with its main school."""
    schools = tables.schools
    resources = schools[list(CAMPUS_NUMERATORS)]
    for index in where(pd.Series(joined_campuses(tables), index=schools.index)):
        shown = filled(tables, index, resources)
        main = schools["main_school_code"][index]
        names = schools["school_name"][
            (schools["school_code"] == main) & (schools["school_year"] == schools["school_year"][index])
        ]
        yield issue_at(
            tables, index, "counted_as_school", found=f"学生0人{''.join(f'，{part}' for part in shown)}",
            expected="校区有学生，或其资源归主校使用",
            remedy=f"已并入主校{names.iloc[0]}（{main}）计算，无须更正；如不归该校使用，请改正主校标识码",
        )  # fmt: skip


def _blanks(schools: pd.DataFrame) -> Iterator[tuple[str, list[int]]]:
    """Columns in which schools with pupils are blank, and these schools."""
    parts = [
        ((schools[f"{stage}_enrolment"] > 0) & ~of_other_stages(schools, stage), stage_figures(stage))
        for stage in Stage
    ]
    parts.append(((schools[list(ENROLMENT_COLUMNS)] > 0).any(axis=1), SHARED_FIGURES))
    for taught, columns in parts:
        for column in columns:
            if blank := where(taught & schools[column].isna()):
                yield column, blank


def _spot(tables: SchoolTables, index: int, column: str) -> tuple[str, str, str]:
    found = tables.place("schools", index, column)
    return (found[0].file, found[0].sheet, found[0].cell) if found else ("", "", "")


def stage_figures(stage: Stage) -> tuple[str, ...]:
    """Columns of one stage that indicators are made of."""
    return (
        f"{stage}_full_time_teachers",
        *(f"{stage}_teachers_{name}" for name in DEGREES[stage]),
        f"{stage}_backbone_teachers",
        *(f"{stage}_{name}_teachers" for name in SUBJECTS),
    )


SOFT_CHECKS = (
    Check("blank_figures", Severity.SOFT, "有学生的学校没有填报，空白不按零处理。", blank_figures),
    Check(
        "degrees_exceed_teachers", Severity.SOFT, "各学历教师数之和大于专任教师数。", degrees_exceed_teachers
    ),
    Check(
        "subjects_exceed_teachers",
        Severity.SOFT,
        "体育、艺术教师数之和大于专任教师数。",
        subjects_exceed_teachers,
    ),
    Check(
        "indoor_exceeds_teaching_area",
        Severity.SOFT,
        "室内体育用房面积大于教学及辅助用房面积。",
        indoor_exceeds_teaching_area,
    ),
    Check("class_bands_mismatch", Severity.SOFT, "各班额段班级数之和不等于班级数。", class_bands_mismatch),
    Check("class_size_contradiction", Severity.SOFT, "班级情况与在校生数矛盾。", class_size_contradiction),
    Check("unit_suspected", Severity.SOFT, "金额的单位可疑，可能把元填成了万元（或相反）。", unit_suspected),
    Check("year_on_year_jump", Severity.SOFT, "与上一学年相比变化过大。", year_on_year_jump),
    Check("identical_rows", Severity.SOFT, "两所学校的数据完全相同。", identical_rows),
    Check(
        "empty_campus_joined",
        Severity.NOTE,
        "不计校数的校区没有学生，其资源并入主校计算。",
        empty_campus_joined,
    ),
    Check("repeated_row", Severity.SOFT, "同一内容填了两行，会重复计算。", repeated_rows),
    Check("school_vanished", Severity.SOFT, "上一学年有、本学年没有的学校。", school_vanished),
)
