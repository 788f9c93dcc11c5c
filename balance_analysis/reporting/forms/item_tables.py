"""Tables Ⅳ, Ⅴ, Ⅵ: the judged items by group, and an annex with entry conditions, vetoes and the whole at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.reporting.forms.sheets import Book, cell_name
from balance_analysis.reporting.forms.styles import (
    DASH,
    NOT_FILED,
    OUTCOME_WORDS,
    PERCENT_SHARE,
    UNKNOWN,
    WHOLE,
    WORD_STYLES,
)
from balance_analysis.verdicts.items import judge_groups
from balance_analysis.views.item_tables import item_labels
from balance_analysis.words.numbers import school_year

GROUP_NAMES: Final[Mapping[str, str]] = {
    "resource_allocation": "资源配置",
    "government_guarantee": "政府保障程度",
    "education_quality": "教育质量",
    "social_recognition": "社会认可度",
    "entry_condition": "申报条件",
    "veto": "一票否决事项",
    "school_standards": "学校办学基本标准",
    "government_work": "县级政府推进工作",
    "satisfaction": "公众满意度",
    "funding_growth": "教育经费增长（核对项，不参与判定）",
    "overall": "总体",
}
SURVEY: Final = (
    ("发放问卷数", "份", "questionnaires"),
    ("回收有效问卷数", "份", "valid_questionnaires"),
    ("其中：满意问卷数", "份", "satisfied_questionnaires"),
    ("实地走访人数", "人", "interviews"),
    ("其中：走访满意人数", "人", "satisfied_interviews"),
)


def write_item_table(
    book: Book, county: CountyAssessment, items: pd.DataFrame, *, name: str, title: str
) -> None:
    """Write one group of items: name and requirement, value or short conclusion as a sentence, met or not."""
    page = book.page(name, (6, 22, 40, 74, 10), landscape=True, footer=title)
    page.text(0, 0, title, "title", until=page.last_column)
    page.height(0, 30)
    page.text(
        1, 0, f"{county.county}（{county.division_code}）　{school_year(county.year)}", "caption", until=4
    )
    for column, head in enumerate(("序号", "指标", "标准", "数值或简要结论", "是否达标")):
        page.text(2, column, head, "head")
    page.height(2, 24)
    page.repeat_rows(2, 2)
    records = items.to_dict("records")
    for number, item in enumerate(records, start=1):
        row = 2 + number
        page.number(row, 0, number, WHOLE, "centre")
        code = str(item["item"])
        page.text(row, 1, f"{item['name']}（{code}）" if code[1:].isdigit() else str(item["name"]), "text")
        page.text(row, 2, str(item["requirement"]), "text")
        page.text(row, 3, str(item["detail"]), "text")
        outcome = str(item["outcome"])
        page.text(row, 4, OUTCOME_WORDS[outcome], WORD_STYLES[outcome])
        page.height(row, 24)
    met = sum(item["outcome"] == "met" for item in records)
    open_items = sum(item["outcome"] == "not_assessable" for item in records)
    text = f"注：共{len(records)}项，达标{met}项，未达标{len(records) - met - open_items}项，无法判定{open_items}项。全部达标方为符合要求。"
    page.text(3 + len(records), 0, text, "note", until=4)


def write_recognition(
    book: Book, county: CountyAssessment, item: Mapping[Any, Any], *, name: str, title: str
) -> None:
    """Write Ⅵ: the survey's counts, the rate as a live formula over them, and the verdict.

    The rate is the lower of questionnaires and interviews where the regime asks for each, else that of both together.
    """
    page = book.page(name, (8, 34, 10, 22), footer=title)
    page.text(0, 0, title, "title", until=3)
    page.height(0, 30)
    page.text(
        1, 0, f"{county.county}（{county.division_code}）　{school_year(county.year)}", "caption", until=3
    )
    for column, head in enumerate(("序号", "项目", "单位", "数值")):
        page.text(2, column, head, "head")
    page.repeat_rows(2, 2)
    filed = county.tables.counties
    rows = filed[filed["school_year"] == county.year].to_dict("records") if not filed.empty else []
    record = rows[0] if rows else {}
    numbers: dict[str, float] = {}
    for number, (label, unit, field) in enumerate(SURVEY):
        row = 3 + number
        page.number(row, 0, number + 1, WHOLE, "centre")
        page.text(row, 1, label, "text")
        page.text(row, 2, unit, "centre")
        value = record.get(field)
        if value is None or pd.isna(value):
            page.text(row, 3, NOT_FILED, "unknown")
        else:
            numbers[field] = float(value)
            page.number(row, 3, float(value), WHOLE)
        page.height(row, 26)
    row = 3 + len(SURVEY)
    page.number(row, 0, len(SURVEY) + 1, WHOLE, "centre")
    each = county.regime.has_choice("recognition.formula", "each")
    page.text(row, 1, f"{item['name']}{'（问卷、走访分别计算，取较低者）' if each else ''}", "label")
    page.text(row, 2, "%", "centre")
    needed = [field for _, _, field in SURVEY[1:]]
    if pd.isna(item["value"]):
        page.text(row, 3, UNKNOWN, "unknown")
    else:
        share = float(item["value"]) / 100
        style = "number" if item["outcome"] == "met" else "fail"
        whole, part = (cell_name(4, 3), cell_name(6, 3)), (cell_name(5, 3), cell_name(7, 3))
        asked = all(numbers.get(field, 0) > 0 for field in ("valid_questionnaires", "interviews"))
        if all(field in numbers for field in needed) and (asked or not each):
            together = f"=({part[0]}+{part[1]})/({whole[0]}+{whole[1]})"
            apart = f"=MIN({part[0]}/{whole[0]},{part[1]}/{whole[1]})"
            formula = apart if each else together
            page.formula(row, 3, formula, share, PERCENT_SHARE, style)
        else:
            page.number(row, 3, share, PERCENT_SHARE, style)
    page.height(row, 26)
    outcome = str(item["outcome"])
    page.number(row + 1, 0, len(SURVEY) + 2, WHOLE, "centre")
    page.text(row + 1, 1, f"是否达标（{item['requirement']}）", "label")
    page.text(row + 1, 2, DASH, "centre")
    page.text(row + 1, 3, OUTCOME_WORDS[outcome], WORD_STYLES[outcome])
    page.height(row + 1, 26)
    page.text(row + 2, 0, f"注：{item['detail']}", "note", until=3)


def write_overview(
    book: Book, county: CountyAssessment, items: pd.DataFrame, groups: Sequence[str], *, name: str, title: str
) -> None:
    """Write the annex: every group's outcome, then the items of ``groups`` that the form has no table for."""
    page = book.page(name, (6, 24, 46, 66, 11), landscape=True, footer=title)
    page.text(0, 0, title, "title", until=page.last_column)
    page.height(0, 30)
    page.text(
        1, 0, f"{county.county}（{county.division_code}）　{school_year(county.year)}", "caption", until=4
    )
    for column, head in enumerate(("序号", "内容", "标准", "情况", "是否达标")):
        page.text(2, column, head, "head")
    page.height(2, 24)
    page.repeat_rows(2, 2)
    row = 3
    page.text(row, 0, "一、分项结论", "band", until=4)
    for number, group in enumerate(
        judge_groups(items, resource_outcome=county.outcome).to_dict("records"), start=1
    ):
        row += 1
        page.number(row, 0, number, WHOLE, "centre")
        page.text(row, 1, GROUP_NAMES.get(str(group["group"]), str(group["group"])), "label")
        resources = group["group"] == "resource_allocation"
        page.text(row, 2, "全部项目达标" if not resources else _resource_rule(county), "text")
        page.text(row, 3, _group_sentence(group, county, items), "text")
        page.text(row, 4, OUTCOME_WORDS[str(group["outcome"])], WORD_STYLES[str(group["outcome"])])
        page.height(row, 22)
    numerals = "二三四五六"
    for numeral, name_of_group in zip(numerals, groups, strict=False):
        members = items[items["group"] == name_of_group].to_dict("records")
        if not members:
            continue
        row += 1
        page.text(row, 0, f"{numeral}、{GROUP_NAMES.get(name_of_group, name_of_group)}", "band", until=4)
        for number, item in enumerate(members, start=1):
            row += 1
            page.number(row, 0, number, WHOLE, "centre")
            page.text(row, 1, str(item["name"]), "text")
            page.text(row, 2, str(item["requirement"]), "text")
            page.text(row, 3, str(item["detail"]), "text")
            page.text(row, 4, OUTCOME_WORDS[str(item["outcome"])], WORD_STYLES[str(item["outcome"])])
            page.height(row, 22)
    page.text(row + 1, 0, "注：本表由程序汇总，供自评核对，不属申报表正表。", "note", until=4)


def _limits_schools(county: CountyAssessment) -> bool:
    return bool(county.current("indicators")["limit"].notna().any())


def _resource_rule(county: CountyAssessment) -> str:
    return "各校达标且差异系数符合要求" if _limits_schools(county) else "综合差异系数符合要求"


def _group_sentence(group: Mapping[Any, Any], county: CountyAssessment, items: pd.DataFrame) -> str:
    if group["group"] == "resource_allocation":
        rows = county.current("verdicts")
        rules = ("schools", "stage_coefficients") if _limits_schools(county) else ("coefficient",)
        sentences = [
            f"{'小学' if row['stage'] == 'primary' else '初中'}：{row['detail'].rstrip('。')}"
            for row in rows.to_dict("records")
            if row["rule"] in rules
        ]
        return "；".join(sentences) + "。" if sentences else "见各校和差异系数表。"
    if group["group"] == "overall":
        return "以上各部分全部达标才算达标。"
    parts = [f"共{group['n_items']}项，达标{group['n_met']}项"]
    if group["failing"]:
        parts.append(f"未达标：{'、'.join(item_labels(group['failing'], items))}")
    if group["unknown"]:
        parts.append(f"无法判定：{'、'.join(item_labels(group['unknown'], items))}")
    return "；".join(parts) + "。"
