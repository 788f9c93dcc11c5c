"""Makes exports of the statistics platform and application-form tables from a county's tables, for the tests.

The layouts are written here by hand from the description of the inputs, not from the package's layout files,
so that reader and generator can disagree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

TYPE_WORDS = {
    "primary_school": "小学",
    "teaching_site": "小学教学点",
    "junior_secondary_school": "初级中学",
    "nine_year": "九年一贯制学校",
    "complete_secondary": "完全中学",
    "twelve_year": "十二年一贯制学校",
    "special_education": "特殊教育学校",
}
STAGE_WORDS = {"primary": "小学", "junior_secondary": "初中", "senior_secondary": "高中"}
SHARED = (
    ("校舍建筑面积(平方米)/教学及辅助用房/计", "teaching_and_auxiliary_area_m2"),
    ("校舍建筑面积(平方米)/教学及辅助用房/#室内体育用房", "indoor_sports_area_m2"),
    ("占地面积(平方米)/#运动场地面积", "sports_ground_area_m2"),
    ("网络多媒体教室(间)", "multimedia_classrooms"),
    ("固定资产总值(万元)/#教学仪器设备资产值(万元)", "teaching_equipment_value_wan_cny"),
)
Path_ = tuple[str, ...]
Record = dict[str, Any]


def export_columns(stage: str) -> list[tuple[str, str]]:
    """(header path, field) of one stage's export, in the order of the sheet; an empty field is an extra column."""
    columns = [
        ("学校名称", "school_name"),
        ("学校标识码", "school_code"),
        ("统计三级", "county"),
        ("办学类型", "school_type"),
        ("举办者类型", "sponsor_type"),
        ("城乡分类代码", "urban_rural_code"),
        ("是否计校数", "counted_as_school"),
        ("在校生数/合计", f"{stage}_enrolment"),
        ("在校生数/#女", ""),
    ]
    if stage != "senior_secondary":
        word = STAGE_WORDS[stage]
        degrees = [("博士研究生", "doctor"), ("硕士研究生", "master"), ("本科", "bachelor")]
        degrees += [("专科", "associate")] if stage == "primary" else []
        columns += [("班数/合计", f"{stage}_classes"), ("专任教师/合计", f"{stage}_full_time_teachers")]
        columns += [(f"专任教师/#按学历分/{head}", f"{stage}_teachers_{name}") for head, name in degrees]
        columns += [
            ("专任教师/#按授课课程分/语文", ""),
            ("专任教师/#按授课课程分/体育与健康", f"{stage}_pe_teachers"),
            ("专任教师/#按授课课程分/音乐", f"{stage}_music_teachers"),
            ("专任教师/#按授课课程分/美术", f"{stage}_fine_arts_teachers"),
            ("专任教师/#按授课课程分/艺术/计", f"{stage}_arts_teachers"),
            (f"教基1102/县级以上骨干教师({word})", f"{stage}_backbone_teachers"),
        ]
    return [*columns, *SHARED]


def export_rows(schools: pd.DataFrame, stage: str) -> list[Record]:
    """The schools with pupils of a stage, as records of the own template's fields."""
    chosen = schools[schools[f"{stage}_enrolment"] > 0]
    return [{str(key): value for key, value in row.items()} for row in chosen.to_dict("records")]


def write_export(
    path: Path,
    rows: Sequence[Record],
    columns: Sequence[tuple[str, str]],
    *,
    titles: Sequence[str] = (),
    notes: Sequence[str] = (),
    totals: bool = False,
    merged: bool = True,
    change: Callable[[Any], None] | None = None,
) -> Path:
    """Write one export: title rows, a header of merged cells, the schools, a total row and notes."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Sheet1"
    write_titles(sheet, titles, len(columns))
    first = len(titles) + 1
    depth = write_header(sheet, first, [column for column, _ in columns], merged=merged)
    line = first + depth
    for record in rows:
        for position, (_, field) in enumerate(columns, start=1):
            value = export_value(field, record)
            if value is not None:
                sheet.cell(line, position, value)
        line += 1
    if totals:
        sheet.cell(line, 1, "合计")
        for position, (_, field) in enumerate(columns, start=1):
            figures: list[Any] = [record.get(field) for record in rows]
            if field and all(isinstance(figure, float) for figure in figures):
                sheet.cell(line, position, sum(figure for figure in figures if not math.isnan(figure)))
        line += 1
    for note in notes:
        sheet.cell(line, 1, note)
        line += 1
    if change is not None:
        change(sheet)
    book.save(path)
    return path


def export_value(field: str, record: Record) -> Any:
    """A cell as the platform shows it: words for types, 1 and 0 for 是否计校数, text codes."""
    if not field:
        return 1
    value: Any = record.get(field)
    if field == "school_type":
        return TYPE_WORDS[value]
    if field == "counted_as_school":
        return 0 if value is False else 1
    return None if isinstance(value, float) and math.isnan(value) else value


def write_titles(sheet: Any, titles: Sequence[str], width: int) -> None:
    """Title rows merged over the whole width."""
    for row, title in enumerate(titles, start=1):
        sheet.cell(row, 1, title)
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)


def write_header(sheet: Any, first: int, paths: Sequence[str], *, merged: bool) -> int:
    """Write header paths as levels; equal neighbours under one group are merged, short paths downwards."""
    levels = [path.split("/") for path in paths]
    depth = max(map(len, levels))
    for row in range(depth):
        column = 0
        while column < len(levels):
            own = levels[column]
            if row >= len(own):
                column += 1
                continue
            end = column
            last = row == len(own) - 1
            while not last and end + 1 < len(levels) and levels[end + 1][: row + 1] == own[: row + 1]:
                end += 1
            sheet.cell(first + row, column + 1, own[row])
            bottom = first + depth - 1 if last else first + row
            if merged and (end > column or bottom > first + row):
                sheet.merge_cells(
                    start_row=first + row, start_column=column + 1, end_row=bottom, end_column=end + 1
                )
            column = end + 1
    return depth


def write_county_exports(
    folder: Path, schools: pd.DataFrame, *, title: str = "{stage}校级数据　2017/2018学年初", **options: Any
) -> list[Path]:
    """The three exports of a county and year: 小学.xlsx, 初中.xlsx, 高中.xlsx."""
    paths = []
    for stage, word in STAGE_WORDS.items():
        titles = [title.format(stage=word)] if title else []
        path = folder / f"{word}.xlsx"
        paths.append(
            write_export(path, export_rows(schools, stage), export_columns(stage), titles=titles, **options)
        )
    return paths


def write_side_file(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """A side file as CSV with the headers of its rows."""
    headers = list(dict.fromkeys(header for row in rows for header in row))
    lines = [",".join(headers), *(",".join(row.get(header, "") for header in headers) for row in rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


VALUE_HEADS = (
    "每百名学生拥有高于规定学历教师数（人）",
    "每百名学生拥有县级以上骨干教师数（人）",
    "每百名学生拥有体育、艺术（美术、音乐）专任教师数（人）",
    "生均教学及辅助用房面积（平方米）",
    "生均体育运动场馆面积（平方米）",
    "生均教学仪器设备值（元）",
    "每百名学生拥有网络多媒体教室数（间）",
)
INDICATORS = (
    "above_standard_qualified_teachers",
    "backbone_teachers",
    "pe_arts_teachers",
    "teaching_area",
    "sports_area",
    "equipment_value",
    "multimedia_classrooms",
)


def form_blocks(indicators: pd.DataFrame) -> dict[str, list[list[Any]]]:
    """Rows of Ⅱ-2 by stage, from the indicators of an assessment: name, sponsor, pupils, grades, classes, values."""
    blocks: dict[str, list[list[Any]]] = {}
    for stage in ("primary", "junior_secondary"):
        of_stage = indicators[indicators["stage"] == stage]
        lines = []
        for _, rows in of_stage.groupby("school_code", sort=False):
            values = rows.set_index("indicator")["value"]
            head = rows.iloc[0]
            filed = [None if math.isnan(values[name]) else values[name] for name in INDICATORS]
            lines.append([head["school_name"], 7, head["enrolment"], 6, 12, *filed])
        blocks[stage] = lines
    return blocks


def write_form(
    path: Path,
    blocks: Mapping[str, Sequence[Sequence[Any]]],
    *,
    marks: str = "sections",
    titles: Sequence[str] = ("表Ⅱ-2 学校资源配置情况", "桓台县（370321）　2017—2018学年"),
    notes: Sequence[str] = ("注：九年一贯制学校分学段填写。",),
    change: Callable[[Any], None] | None = None,
) -> Path:
    """Write Ⅱ-2; ``marks`` tells the stages apart by ``sections``, a ``column`` or restarting ``numbers``."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "表Ⅱ-2"
    heads = ["序号", "学校名称", "举办者类型", "在校生数", "年级数", "班级数"]
    heads += [f"各项指标/{head}" for head in VALUE_HEADS]
    heads += ["综合是否达标", "备注"]
    if marks == "column":
        heads.append("学段")
    write_titles(sheet, titles, len(heads))
    line = len(titles) + 1
    line += write_header(sheet, line, heads, merged=True)
    for stage, rows in blocks.items():
        if marks == "sections":
            sheet.cell(line, 1, f"{STAGE_WORDS[stage]}（{len(rows)}所）")
            sheet.merge_cells(start_row=line, start_column=1, end_row=line, end_column=len(heads))
            line += 1
        for number, row in enumerate(rows, start=1):
            for position, value in enumerate([number, *row], start=1):
                if value is not None:
                    sheet.cell(line, position, value)
            if marks == "column":
                sheet.cell(line, len(heads), STAGE_WORDS[stage])
            line += 1
    for note in notes:
        sheet.cell(line, 1, note)
        sheet.merge_cells(start_row=line, start_column=1, end_row=line, end_column=len(heads))
        line += 1
    if change is not None:
        change(sheet)
    book.save(path)
    return path
