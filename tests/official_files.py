"""Exports and tables Ⅱ-2 as offices really send them: one small county, many ways of writing it down.

Written from the description of the inputs (what comes out of the platform, what the form prints), not from the package's
layouts; ``EXPORTS`` and ``FORMS`` name each way, and all of them hold the same figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import openpyxl

CODE, COUNTY, YEAR = "370399", "模拟县", 2023
SCHOOLS = (
    ("3137000101", "第一小学", "小学", 7, "111", 800, 0, 0),
    ("3137000102", "柳村教学点", "小学教学点", 7, "220", 60, 0, 0),
    ("3137000103", "实验学校", "九年一贯制学校", 7, "111", 500, 300, 0),
    ("3137000104", "第一中学", "初级中学", 7, "121", 0, 700, 0),
    ("3137000105", "第二中学", "完全中学", 10, "111", 0, 400, 500),
)
TYPE_CODES = {"小学": 211, "小学教学点": 218, "九年一贯制学校": 312, "初级中学": 311, "完全中学": 341}
STAGES = ("小学", "初中", "高中")
Rows = list[list[Any]]


def stage_table(stage: str, schools: tuple[tuple[Any, ...], ...] = SCHOOLS) -> tuple[list[str], Rows]:
    """Header paths and rows of one stage's export."""
    place = 5 + STAGES.index(stage)
    heads = [
        "学校名称",
        "学校标识码",
        "统计三级",
        "办学类型",
        "举办者类型",
        "城乡分类代码",
        "是否计校数",
        "在校生数/合计",
        "在校生数/#女",
    ]
    if stage != "高中":
        heads += [
            "班数/合计",
            "专任教师/合计",
            "专任教师/#按学历分/博士研究生",
            "专任教师/#按学历分/硕士研究生",
            "专任教师/#按学历分/本科",
        ]
        heads += ["专任教师/#按学历分/专科"] if stage == "小学" else []
        heads += [
            "专任教师/#按授课课程分/体育与健康",
            "专任教师/#按授课课程分/音乐",
            "专任教师/#按授课课程分/美术",
            "专任教师/#按授课课程分/艺术/计",
        ]
        heads += [f"教基1102/县级以上骨干教师({stage})"]
    heads += [
        "校舍建筑面积(平方米)/教学及辅助用房/计",
        "校舍建筑面积(平方米)/教学及辅助用房/#室内体育用房",
        "占地面积(平方米)/#运动场地面积",
    ]
    heads += ["网络多媒体教室(间)", "固定资产总值(万元)/#教学仪器设备资产值(万元)"]
    rows = []
    for code, name, kind, sponsor, area, *pupils in schools:
        number, whole = pupils[place - 5], sum(pupils)
        if not number:
            continue
        row = [name, code, COUNTY, kind, sponsor, area, "是", number, number // 2]
        if stage != "高中":
            row += [number // 40 + 1, number // 12 + 5, 0, 2, number // 20]
            row += [number // 60] if stage == "小学" else []
            row += [number // 200 + 1, number // 300, number // 300, 0, number // 80]
        rows.append([*row, whole * 5.5, whole * 0.5, whole * 8, whole // 40, whole * 0.22])
    return heads, rows


@dataclass(frozen=True)
class Way:
    """One way of writing an export; the defaults are the platform's own."""

    titles: Callable[[str], list[str]] = lambda stage: [f"{stage}校级数据　2023/2024学年初　模拟县(370399)"]
    counter: Callable[[int], Any] | None = None
    total: str = ""
    subtotal: str = ""
    merged: bool = True
    repeat_groups: bool = False
    flat: str = ""
    shift: int = 0
    extra: tuple[tuple[str, Any], ...] = ()
    cell: Callable[[str, Any], Any] = lambda head, value: value
    heads: Mapping[str, str] = field(default_factory=dict)
    footer: tuple[str, ...] = ()
    blank_row: bool = False
    header_again: bool = False


def stem(position: int) -> Any:
    return "甲乙丙丁戊己庚"[position] if position < 7 else position - 6


TITLE_CODE = "行政区划代码：370399"
SPONSORS, AREAS = (
    {7: "7-县级教育部门", 10: "10-民办"},
    {"111": "111-主城区", "121": "121-镇中心区", "220": "220-村庄"},
)


def with_codes(head: str, value: Any) -> Any:
    """Every coded cell as code and word."""
    if head == "办学类型":
        return f"{TYPE_CODES[value]}-{value}"
    words: Mapping[str, Mapping[Any, str]] = {
        "举办者类型": SPONSORS,
        "城乡分类代码": AREAS,
        "是否计校数": {"是": "1-是"},
    }
    return words.get(head, {}).get(value, value)


def as_text(head: str, value: Any) -> Any:
    return f"{value:,}" if isinstance(value, int | float) else value


EXPORTS: Mapping[str, Way] = {
    "columns in another order": Way(shift=7),
    "extra columns": Way(extra=(("备注列", ""), ("教职工/计", 33), ("学校英文名称", "x"))),
    "counter row 甲乙 and 1 2 3": Way(counter=stem),
    "counter row (1) (2) (3)": Way(counter=lambda position: f"({position + 1})"),
    "counter row L1 L2 L3": Way(counter=lambda position: f"L{position + 1}"),
    "counter row A B C": Way(counter=lambda position: chr(ord("A") + position)),
    "counter row 1栏 2栏": Way(counter=lambda position: f"{position + 1}栏"),
    "grand total below": Way(total="合计"),
    "subtotals and a total": Way(total="总计", subtotal="城区小计"),
    "no merged cells": Way(merged=False),
    "groups repeated in every cell": Way(merged=False, repeat_groups=True),
    "numbers as text with commas": Way(cell=as_text),
    "codes with words": Way(cell=with_codes),
    "types with the code behind": Way(cell=lambda head, value: f"{value}({TYPE_CODES[value]})" if head == "办学类型" else value),
    "one header row joined by _": Way(flat="_"),
    "one header row joined by -": Way(flat="-"),
    "one header row joined by /": Way(flat="/"),
    "one header row joined by ：": Way(flat="："),
    "unit and office above": Way(titles=lambda stage: [f"{stage}校级数据", "填报单位：模拟县教育局　2023/2024学年", "单位：人", "", TITLE_CODE]),
    "title without blanks": Way(titles=lambda stage: [f"2023/2024学年初{stage}学校情况统计表模拟县(370399)"]),
    "footers and page numbers": Way(footer=("注：本表由系统导出", "第1页 共1页", "— 1 —"), blank_row=True),
    "year and long code in columns": Way(titles=lambda stage: [], extra=(("学年", "2023-2024"), ("行政区划代码", "370399000000"))),
    "other names of columns": Way(heads={"学校名称": "学校(机构)名称", "学校标识码": "学校（机构）标识码", "统计三级": "所在区县"}),
    "school codes as numbers": Way(cell=lambda head, value: int(value) if head == "学校标识码" else value),
    "header repeated on the second page": Way(header_again=True),
}  # fmt: skip


def write_exports(
    folder: Path, way: Way, schools: Callable[[str], tuple[Any, ...]] = lambda _: SCHOOLS
) -> list[Path]:
    """One workbook per stage, written in one way."""
    paths = []
    for stage in STAGES:
        heads, rows = stage_table(stage, schools(stage))
        for name, value in way.extra:
            heads.insert(5, name)
            rows = [[*row[:5], value, *row[5:]] for row in rows]
        heads = heads[way.shift :] + heads[: way.shift]
        rows = [row[way.shift :] + row[: way.shift] for row in rows]
        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        for title in way.titles(stage):
            sheet.append([title or None])
        _header(sheet, [way.heads.get(head, head) for head in heads], way)
        if way.counter is not None:
            sheet.append([way.counter(position) for position in range(len(heads))])
        for number, row in enumerate(rows):
            sheet.append([way.cell(head, value) for head, value in zip(heads, row, strict=True)])
            if number == 0 and way.blank_row:
                sheet.cell(sheet.max_row + 2, 1)
            if number == 1 and way.subtotal:
                sheet.append(_total(way.subtotal, heads, rows[:2]))
            if number == 0 and way.header_again:
                _header(sheet, heads, way)
        if way.total:
            sheet.append(_total(way.total, heads, rows))
        for text in way.footer:
            sheet.append([text])
        paths.append(folder / f"{stage}.xlsx")
        book.save(paths[-1])
    return paths


def _total(word: str, heads: list[str], rows: Rows) -> list[Any]:
    added = [
        sum(column) if all(isinstance(one, int | float) for one in column) else None
        for column in zip(*rows, strict=True)
    ]
    added[heads.index("学校名称")] = word
    return added


def _header(sheet: Any, heads: list[str], way: Way) -> None:
    if way.flat:
        sheet.append([head.replace("/", way.flat) for head in heads])
        return
    levels = [head.split("/") for head in heads]
    depth, first = max(map(len, levels)), sheet.max_row + (0 if sheet["A1"].value is None else 1)
    for row in range(depth):
        for _, run in groupby(range(len(levels)), key=lambda at: tuple(levels[at][: row + 1])):
            columns = list(run)
            path = levels[columns[0]]
            if row >= len(path):
                continue
            for column in columns if way.repeat_groups else columns[:1]:
                sheet.cell(first + row, column + 1, path[row])
            last = first + depth - 1 if row == len(path) - 1 else first + row
            if way.merged and (len(columns) > 1 or last > first + row):
                sheet.merge_cells(
                    start_row=first + row,
                    end_row=last,
                    start_column=columns[0] + 1,
                    end_column=columns[-1] + 1,
                )
