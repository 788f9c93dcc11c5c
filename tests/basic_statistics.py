"""Forms of the basic statistics (教基) as they are printed: one school a workbook, one form a sheet.

The addresses are those of a third party's reader of 2021 forms; titles, line numbers and column codes are set as such
forms print them. Written by hand, not from the package's cell map, so that the two can disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl

GRADES = ("一年级", "二年级", "三年级", "四年级", "五年级", "六年级")
BANDS = (
    "25人及以下",
    "26-30人",
    "31-35人",
    "36-40人",
    "41-45人",
    "46-50人",
    "51-55人",
    "56-60人",
    "61-65人",
    "66人及以上",
)
PRIMARY_SUBJECTS = (
    "品德与生活",
    "语文",
    "数学",
    "外语",
    "科学",
    "信息技术",
    "综合实践",
    "劳动",
    "体育与健康",
    "书法",
    "音乐",
    "美术",
    "艺术",
)
JUNIOR_SUBJECTS = (
    *(
        "思想品德",
        "语文",
        "数学",
        "外语",
        "科学",
        "物理",
        "化学",
        "生物",
        "地理",
        "历史与社会",
        "历史",
        "信息技术",
        "劳动",
    ),
    *("综合实践", "地方课程", "心理健康", "书法", "体育与健康", "艺术", "音乐", "美术"),
)
School = Mapping[str, Any]
"""code, name, type, sponsor, area, division, primary (six grades), junior (three grades), and the figures of the forms."""

NINE_YEAR: School = {
    "code": "3137000104", "name": "实验学校", "type": "312-九年一贯制学校", "sponsor": "7-县级教育部门", "area": "111-主城区",
    "division": "370399001001", "county": "模拟县", "primary": (90, 88, 85, 83, 80, 74), "junior": (104, 100, 96),
    "backbone": (6, 4), "primary_teachers": (40, 0, 2, 25, 10), "primary_arts": (3, 2, 2, 0),
    "junior_teachers": (32, 0, 3, 28), "junior_arts": (2, 0, 1, 1), "rooms": 5200.0, "indoor": 400.0, "ground": 6400.0,
    "books": 21000, "multimedia": 22, "equipment": 210.5,
}  # fmt: skip
FORM_NAMES = {
    "1102": "学校（机构）基本情况", "2106": "小学班额情况", "2107": "初中班额情况", "3112": "小学学生数", "3115": "初中学生数",
    "4155": "小学专任教师分课程、分学历情况", "4156": "初中专任教师分课程、分学历情况", "5170": "校舍情况", "5176": "占地面积及其他办学条件",
}  # fmt: skip


def write_forms(
    path: Path,
    school: School = NINE_YEAR,
    *,
    numbers: tuple[str, ...] = tuple(FORM_NAMES),
    year: str = "2023/2024学年",
    change: Callable[[Any], None] | None = None,
) -> Path:
    """One workbook with these forms of one school."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for number in numbers:
        sheet = book.create_sheet(f"教基{number}")
        sheet["A1"] = FORM_NAMES[number]
        for column, text in enumerate(
            (
                f"学校（机构）标识码：{school['code']}",
                f"学校（机构）名称：{school['name']}",
                f"表号：教基{number}",
                year,
            )
        ):
            sheet.cell(2, column + 1, text)
        WRITERS[number](sheet, school)
    if change is not None:
        change(book)
    book.save(path)
    return path


def _attributes(sheet: Any, school: School) -> None:
    for row, (label, value) in enumerate(
        (
            ("学校（机构）办学类型", school["type"]), ("学校（机构）举办者", school["sponsor"]), ("学校（机构）驻地城乡类型", school["area"]),
            ("学校（机构）驻地地域码", school["division"]), ("所在区县", school["county"]), ("是否寄宿制学校", "否"), ("是否计校数", "是"),
        ),
        start=3,
    ):  # fmt: skip
        sheet.cell(row, 1, label)
        sheet.cell(row, 4, value)
    sheet["A12"] = "县级及以上骨干教师"
    sheet.merge_cells("A12:A13")
    for row, (word, number) in enumerate(zip(("小学", "初中"), school["backbone"], strict=True), start=12):
        sheet.cell(row, 2, word)
        sheet.cell(row, 3, f"{row:02d}")
        sheet.cell(row, 4, number)


def _head(sheet: Any, first: tuple[str, ...], groups: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    """Two header rows (3, 4) and the row of column codes (5)."""
    column = 1
    for title in first:
        sheet.cell(3, column, title)
        sheet.merge_cells(start_row=3, end_row=4, start_column=column, end_column=column)
        column += 1
    for title, parts in groups:
        sheet.cell(3, column, title)
        if len(parts) > 1:
            sheet.merge_cells(start_row=3, end_row=3, start_column=column, end_column=column + len(parts) - 1)
        for part in parts:
            sheet.cell(4, column, part)
            column += 1
    for position in range(1, column):
        sheet.cell(5, position, "甲乙"[position - 1] if position < 3 else position - 2)


def _pupils(sheet: Any, pupils: tuple[int, ...], before: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    _head(
        sheet,
        ("指标名称", "编号"),
        (*before, ("在校生数", ("合计", *GRADES[: len(pupils)])), ("预计毕业生数", ("预计毕业生数",))),
    )
    start = 3 + sum(len(parts) for _, parts in before)
    for row, (title, share) in enumerate((("总　计", 1), ("其中：女", 0.5)), start=6):
        sheet.cell(row, 1, title)
        sheet.cell(row, 2, f"{row - 5:02d}")
        for offset, number in enumerate((sum(pupils), *pupils)):
            sheet.cell(row, start + offset, int(number * share))


def _primary_pupils(sheet: Any, school: School) -> None:
    entered = ("招生数", ("合计", "受过学前教育", "其中：一年", "其中：三年"))
    _pupils(sheet, school["primary"], (("毕业生数", ("毕业生数",)), entered, ("转入", ("转入",))))


def _junior_pupils(sheet: Any, school: School) -> None:
    _pupils(sheet, school["junior"], (("毕业生数", ("毕业生数",)), ("招生数", ("招生数",))))


def _class_sizes(sheet: Any, pupils: tuple[int, ...]) -> None:
    _head(sheet, ("指标名称", "编号"), (("班数", ("合计", *GRADES[: len(pupils)])),))
    for row, title in enumerate(("总计", *BANDS), start=6):
        sheet.cell(row, 1, title)
        sheet.cell(row, 2, f"{row - 5:02d}")
        counts = [2 if title in ("总计", "41-45人") else 0 for _ in pupils]
        for offset, number in enumerate((sum(counts), *counts)):
            sheet.cell(row, 3 + offset, number)


def _teachers(
    sheet: Any, teachers: tuple[int, ...], arts: Mapping[str, int], subjects: tuple[str, ...], degree_row: int
) -> None:
    _head(sheet, ("指标名称", "编号"), (("合计", ("合计",)), ("按授课课程分", subjects)))
    titles = ["总计", "其中：女", "少数民族", "代课"][: degree_row - 6]
    degrees = ["博士研究生", "硕士研究生", "本科", "专科"][: len(teachers) - 1]
    figures = [teachers[0], *[1] * (len(titles) - 1), *teachers[1:]]
    for row, (title, number) in enumerate(zip((*titles, *degrees), figures, strict=True), start=6):
        sheet.cell(row, 1, title)
        sheet.cell(row, 2, f"{row - 5:02d}")
        sheet.cell(row, 3, number)
    for offset, subject in enumerate(subjects):
        sheet.cell(6, 4 + offset, arts.get(subject, 1))


def _arts(numbers: tuple[int, ...]) -> dict[str, int]:
    return dict(zip(("体育与健康", "音乐", "美术", "艺术"), numbers, strict=True))


def _lines(
    sheet: Any, columns: tuple[str, ...], lines: Mapping[int, tuple[str, Any]], value_column: int
) -> None:
    for column, title in enumerate(columns, start=1):
        sheet.cell(3, column, title)
    for row, (title, value) in lines.items():
        sheet.cell(row, 1, title)
        sheet.cell(row, 2, f"{row:02d}")
        sheet.cell(row, value_column, value)


def _rooms(sheet: Any, school: School) -> None:
    lines = {
        6: ("总计", 9000.0),
        10: ("一、教学及辅助用房", school["rooms"]),
        11: ("教室", 3000.0),
        17: ("室内体育用房", school["indoor"]),
    }
    _lines(sheet, ("指标名称", "编号", "学校产权", "非学校产权", "独立使用", "计"), lines, 6)


def _conditions(sheet: Any, school: School) -> None:
    lines = {
        6: ("占地面积（平方米）", 20000.0), 7: ("其中：运动场地面积（平方米）", school["ground"]), 12: ("图书（册）", school["books"]),
        17: ("网络多媒体教室（间）", school["multimedia"]), 19: ("其中：教学仪器设备资产值（万元）", school["equipment"]),
    }  # fmt: skip
    _lines(sheet, ("指标名称", "编号", "计量单位", "数量"), lines, 4)


WRITERS: Mapping[str, Callable[[Any, School], None]] = {
    "1102": _attributes,
    "2106": lambda sheet, school: _class_sizes(sheet, school["primary"]),
    "2107": lambda sheet, school: _class_sizes(sheet, school["junior"]),
    "3112": _primary_pupils,
    "3115": _junior_pupils,
    "4155": lambda sheet, school: _teachers(
        sheet, school["primary_teachers"], _arts(school["primary_arts"]), PRIMARY_SUBJECTS, 9
    ),
    "4156": lambda sheet, school: _teachers(
        sheet, school["junior_teachers"], _arts(school["junior_arts"]), JUNIOR_SUBJECTS, 10
    ),
    "5170": _rooms,
    "5176": _conditions,
}
