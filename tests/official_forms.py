"""Table Ⅱ-2 as offices really hand it in: the same six rows under many headers, code rows and sheets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

BASICS = "序号 学校名称 举办者类型 在校生数（人） 年级数 班级数"
VALUES = (
    "①每百名学生拥有高于规定学历教师数 ②每百名学生拥有县级以上骨干教师数 ③每百名学生拥有体育、艺术（美术、音乐）专任教师数 "
    "④生均教学及辅助用房面积（平方米） ⑤生均体育运动场馆面积（平方米） ⑥生均教学仪器设备值（元） ⑦每百名学生拥有网络多媒体教室数"
)
SHORT_NAMES = "序号 学校名称 举办者 在校生数 年级数 班级数 高学历教师数 骨干教师数 体艺教师数 教学用房 体育场馆 设备值 多媒体教室"
OTHER_NAMES = (
    "序号 学校 举办者类型 学生数 年级数 班数 高于规定学历教师 骨干教师 体育艺术教师 教学及辅助用房面积 "
    "体育运动场馆面积 教学仪器设备值 网络多媒体教室"
)
LONG, SHORT, OTHER = (tuple(text.split()) for text in (f"{BASICS} {VALUES}", SHORT_NAMES, OTHER_NAMES))
PRIMARY = (
    (1, "第一小学", 7, 800, 6, 20, 4.5, 1.0, 0.9, 4.8, 7.6, 2100, 2.4),
    (2, "实验学校", 7, 500, 6, 12, 4.8, 1.1, 0.95, 5.0, 8.0, 2150, 2.5),
)
JUNIOR = (
    (1, "第一中学", 7, 700, 3, 15, 5.5, 1.0, 0.9, 5.9, 10.4, 2600, 2.5),
    (2, "实验学校", 7, 300, 3, 7, 5.8, 1.1, 0.95, 6.1, 10.8, 2650, 2.6),
)
TITLE = "申报表Ⅱ-2　义务教育学校资源配置情况表　模拟县(370399)　2023/2024学年"
Block = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, header, what stands between the schools, and its blocks by stage."""

    name: str = "表Ⅱ-2"
    title: str = TITLE
    heads: tuple[str, ...] = LONG
    codes: Callable[[int], Any] | None = None
    codes_above: bool = False
    group: str = ""
    sections: bool = True
    header_per_stage: bool = False
    subtotal: bool = False
    blanks: bool = False
    stage_column: bool = False
    blocks: tuple[tuple[str, Block], ...] = (("小学", PRIMARY), ("初中", JUNIOR))
    cell: Callable[[Any], Any] = lambda value: value


def line(position: int) -> str:
    return f"L{position + 1}"


FORMS: Mapping[str, tuple[Sheet, ...]] = {
    "code row L1 to L13": (Sheet(codes=line),),
    "code row 1 to 13": (Sheet(codes=lambda position: position + 1),),
    "code row 甲 乙 丙 1 to 10": (Sheet(codes=lambda position: "甲乙丙"[position] if position < 3 else position - 2),),
    "code row that begins at the fourth column": (Sheet(codes=lambda position: None if position < 3 else f"L{position - 2}"),),
    "code row above the names": (Sheet(codes=line, codes_above=True),),
    "codes in the header cells": (Sheet(heads=tuple(f"{head}\nL{number}" for number, head in enumerate(LONG, 1))),),
    "codes before short names": (Sheet(heads=tuple(f"L{number}{head}" for number, head in enumerate(SHORT, 1))),),
    "short names": (Sheet(heads=SHORT),),
    "short names with a code row": (Sheet(heads=SHORT, codes=line),),
    "other short names": (Sheet(heads=OTHER, codes=lambda position: f"({position + 1})"),),
    "a group above the seven values": (Sheet(group="七项指标", codes=line),),
    "two sheets by stage": (
        Sheet(name="小学", sections=False, codes=line, blocks=(("小学", PRIMARY),)),
        Sheet(name="初中", sections=False, codes=line, blocks=(("初中", JUNIOR),)),
    ),
    "two sheets told apart by their titles": (
        Sheet(name="Sheet1", title="表Ⅱ-2 小学资源配置情况　模拟县(370399)　2023学年", sections=False, blocks=(("小学", PRIMARY),)),
        Sheet(name="Sheet2", title="表Ⅱ-2 初中资源配置情况　模拟县(370399)　2023学年", sections=False, blocks=(("初中", JUNIOR),)),
    ),
    "the header again for each stage": (Sheet(header_per_stage=True, codes=line),),
    "subtotals and blank rows": (Sheet(subtotal=True, blanks=True, codes=line),),
    "a column for the stage": (Sheet(stage_column=True, sections=False, codes=line),),
    "numbers as text": (Sheet(cell=lambda value: str(value) if isinstance(value, int | float) else value, codes=line),),
    "numbers that start again and nothing else": (Sheet(sections=False, codes=line),),
}  # fmt: skip


def write_table(path: Path, sheets: Sequence[Sheet]) -> Path:
    """One workbook with these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for wanted in sheets:
        sheet = book.create_sheet(wanted.name)
        if wanted.title:
            sheet.append([wanted.title])
            sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(LONG))
        _header(sheet, wanted)
        for number, (stage, rows) in enumerate(wanted.blocks):
            if number and wanted.header_per_stage:
                _header(sheet, wanted)
            if wanted.sections:
                sheet.append([f"{'一二'[number]}、{stage}"])
            for row in rows:
                sheet.append([wanted.cell(value) for value in row] + [stage] * wanted.stage_column)
                if wanted.blanks:
                    sheet.append([""])
            if wanted.subtotal:
                sheet.append([None, "小计", None, sum(row[3] for row in rows), None, None, *[1.0] * 7])
    book.save(path)
    return path


def _header(sheet: Any, wanted: Sheet) -> None:
    heads = [*wanted.heads, *["学段"] * wanted.stage_column]
    codes = None if wanted.codes is None else [wanted.codes(position) for position in range(len(LONG))]
    if codes and wanted.codes_above:
        sheet.append(codes)
    if wanted.group:
        sheet.append([*heads[:6], wanted.group])
        row = sheet.max_row
        sheet.merge_cells(start_row=row, end_row=row, start_column=7, end_column=len(LONG))
        sheet.append([*[None] * 6, *heads[6:]])
    else:
        sheet.append(heads)
    if codes and not wanted.codes_above:
        sheet.append(codes)
