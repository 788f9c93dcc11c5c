"""Lists for offices as Excel: a sheet per office of a plan, the archive index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from balance_analysis.programmes import Plan, office_duties, plan_offices
from balance_analysis.reporting.files import write_whole
from balance_analysis.reporting.forms.sheets import Book, Page
from balance_analysis.words.labels import OUTCOMES, RELATIONS

ROLES: Mapping[str, str] = {"lead": "责任", "supporting": "配合", "collective": "共同"}
KINDS: Mapping[str, str] = {"task": "任务", "commitment": "承诺指标"}
DUTY_HEADS = ("完成时限", "类别", "职责", "内容", "承诺数值", "共同单位", "章节", "原文", "编号")
DUTY_WIDTHS = (12, 9, 7, 42, 11, 28, 24, 42, 16)
ARCHIVE_HEADS = ("指标", "名称", "要求", "学年", "档案材料", "责任单位", "结论", "说明")
ARCHIVE_WIDTHS = (8, 20, 40, 8, 36, 24, 9, 16)
SOURCES: Mapping[str, str] = {"sheet": "", "plan": "未填报材料，单位取自方案", "none": "未填报材料"}
LONGEST_SHEET_NAME = 31


def write_office_lists(path: Path, plan: Plan, *, division_code: str = "") -> Path:
    """One sheet per office of a plan: what it has to do by when, with the sentence; words for many offices included."""
    book = Book(f"{plan.place}责任单位任务清单", county=plan.place, simulated=False)
    for office in plan_offices(plan, division_code=division_code)["office"]:
        duties = office_duties(plan, office, division_code=division_code)
        rows = [
            (
                "" if pd.isna(row["deadline"]) else f"{row['deadline']:%Y-%m-%d}",
                KINDS[row["kind"]],
                ROLES[row["role"]],
                row["name"],
                f"{RELATIONS[row['relation']]} {row['promise']}{'' if row['unit'] == '1' else row['unit']}"
                if row["promise"]
                else "",
                row["together_with"],
                row["section"],
                row["quote"],
                row["id"],
            )
            for row in duties.to_dict("records")
        ]
        page = book.page(str(office)[:LONGEST_SHEET_NAME], DUTY_WIDTHS, landscape=True, footer=plan.place)
        _table(page, f"{office}：{plan.citation}", DUTY_HEADS, rows)
    return write_whole(path, book.content())


def write_archive_index(path: Path, index: pd.DataFrame, *, county: str, simulated: bool) -> Path:
    """The archive index (:func:`balance_analysis.programmes.archive.archive_index`) as one sheet."""
    book = Book(f"{county}档案目录", county=county, simulated=simulated)
    rows = [
        (
            row["item"],
            row["name"],
            row["requirement"],
            str(row["year"]),
            row["document"],
            row["office"],
            OUTCOMES.get(row["conclusion"], ""),
            SOURCES[row["source"]],
        )
        for row in index.to_dict("records")
    ]
    page = book.page("档案目录", ARCHIVE_WIDTHS, landscape=True, footer=county)
    _table(page, f"{county}档案目录", ARCHIVE_HEADS, rows)
    return write_whole(path, book.content())


def _table(page: Page, title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    page.text(0, 0, title, "title", until=page.last_column)
    for column, head in enumerate(heads):
        page.text(1, column, head, "head")
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row):
            page.text(number, column, str(value), "text")
    page.repeat_rows(0, 1)
