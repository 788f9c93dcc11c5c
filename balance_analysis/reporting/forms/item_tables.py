"""Tables Ⅳ, Ⅴ, Ⅵ: the judged items by group, and an annex with entry conditions, vetoes and the whole at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.measures.items import county_measures
from balance_analysis.reporting.forms.coefficient_table import GUARD
from balance_analysis.reporting.forms.school_table import dress_words
from balance_analysis.reporting.forms.sheets import LINE_HEIGHT, Book, Page, cell_name, line_count
from balance_analysis.reporting.forms.styles import (
    DASH,
    NOT_FILED,
    OUTCOME_WORDS,
    PERCENT_SHARE,
    UNKNOWN,
    WHOLE,
    WORD_STYLES,
    amount_format,
)
from balance_analysis.verdicts.items import judge_groups
from balance_analysis.views.county.tables import item_labels
from balance_analysis.words import say
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
Judged = Mapping[str, int]
LONGEST_TEXT: Final = 255
"""Characters of a text within a formula that Excel reads."""
SIGNS: Final[Mapping[str, str]] = {"at_least": ">=", "at_most": "<=", "below": "<"}
SURVEY: Final = (
    ("发放问卷数", "份", "questionnaires"),
    ("其中：家长问卷数", "份", "parent_questionnaires"),
    ("回收有效问卷数", "份", "valid_questionnaires"),
    ("其中：满意问卷数", "份", "satisfied_questionnaires"),
    ("实地走访人数", "人", "interviews"),
    ("其中：走访满意人数", "人", "satisfied_interviews"),
)


def write_item_table(
    book: Book, county: CountyAssessment, items: pd.DataFrame, *, name: str, title: str
) -> None:
    """Write one group of items: name and requirement, shares as part, whole and a live per cent, a short conclusion, met or not."""
    page = book.page(name, (5, 18, 34, 10, 10, 9, 56, 9), landscape=True, footer=title)
    page.text(0, 0, title, "title", until=page.last_column)
    page.height(0, 30)
    caption = f"{county.county}（{county.division_code}）　{school_year(county.year)}"
    page.text(1, 0, caption, "caption", until=page.last_column)
    for column, head in enumerate(
        ("序号", "指标", "标准", "分子", "分母", "比值", "数值或简要结论", "是否达标")
    ):
        page.text(2, column, head, "head")
    page.height(2, 24)
    page.repeat_rows(2, 2)
    shares = _shares(county)
    records, row = items.to_dict("records"), 3
    for number, item in enumerate(records, start=1):
        own = shares.get(str(item["item"]), [])
        last = row + max(len(own), 1) - 1
        outcome, code = str(item["outcome"]), str(item["item"])
        named = f"{item['name']}（{code}）" if code[1:].isdigit() else str(item["name"])
        page.block(row, 0, last, 0, str(number), "centre")
        for column, text in ((1, named), (2, str(item["requirement"])), (6, str(item["detail"]))):
            page.block(row, column, last, column, text, "text")
            lines = line_count(text, page.widths[column])
            for line in range(row, last + 1):
                page.height(line, max((4 + lines * LINE_HEIGHT) / (last - row + 1), 24))
        page.block(row, 7, last, 7, OUTCOME_WORDS[outcome], WORD_STYLES[outcome])
        if not own:
            for column in (3, 4, 5):
                page.text(row, column, DASH, "centre")
        for line, (part, whole) in enumerate(own, start=row):
            page.number(line, 3, float(part), amount_format(float(part)))
            page.number(line, 4, float(whole), amount_format(float(whole)))
            page.formula(
                line, 5, f"={cell_name(line, 3)}/{cell_name(line, 4)}", float(part / whole), PERCENT_SHARE
            )
        row = last + 1
    met = sum(item["outcome"] == "met" for item in records)
    open_items = sum(item["outcome"] == "not_assessable" for item in records)
    failing = len(records) - met - open_items
    text = say("item_form.counts", n=len(records), met=met, failing=failing, unknown=open_items)
    page.text(row, 0, say("forms.note", text=text), "note", until=page.last_column)


def _shares(county: CountyAssessment) -> dict[str, list[tuple[Fraction, Fraction]]]:
    """Part and whole of every share of the county that was measured, by item."""
    filed = county.tables
    found: dict[str, list[tuple[Fraction, Fraction]]] = {}
    for one in county_measures(
        filed.schools, filed.counties, filed.evidence, county.regime, year=county.year
    ):
        if one.unit == "%" and one.exact is not None and one.numerator is not None and one.denominator:
            found.setdefault(one.item, []).append((one.numerator, one.denominator))
    return found


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
    page.text(row, 1, say("item_form.apart", name=item["name"]) if each else str(item["name"]), "label")
    page.text(row, 2, "%", "centre")
    at = {field: cell_name(3 + number, 3) for number, (_, _, field) in enumerate(SURVEY)}
    needed = ["valid_questionnaires", "satisfied_questionnaires", "interviews", "satisfied_interviews"]
    if pd.isna(item["value"]):
        page.text(row, 3, UNKNOWN, "unknown")
    else:
        share = float(item["value"]) / 100
        whole, part = (at[needed[0]], at[needed[2]]), (at[needed[1]], at[needed[3]])
        asked = all(numbers.get(field, 0) > 0 for field in ("valid_questionnaires", "interviews"))
        if all(field in numbers for field in needed) and (asked or not each):
            together = f"=({part[0]}+{part[1]})/({whole[0]}+{whole[1]})"
            apart = f"=MIN({part[0]}/{whole[0]},{part[1]}/{whole[1]})"
            formula = apart if each else together
            page.formula(row, 3, formula, share, PERCENT_SHARE)
        else:
            page.number(row, 3, share, PERCENT_SHARE)
    page.height(row, 26)
    outcome = str(item["outcome"])
    page.number(row + 1, 0, len(SURVEY) + 2, WHOLE, "centre")
    page.text(row + 1, 1, say("item_form.requirement", requirement=item["requirement"]), "label")
    page.text(row + 1, 2, DASH, "centre")
    if pd.isna(item["limit"]):
        page.text(row + 1, 3, OUTCOME_WORDS[outcome], WORD_STYLES[outcome])
    else:
        _write_rate_verdict(page, row, item)
    page.height(row + 1, 26)
    page.text(row + 2, 0, say("forms.note", text=item["detail"]), "note", until=3)


def verdict_cell(name: str) -> str:
    """The cell of Ⅵ that says whether the county is recognised."""
    return f"'{name}'!{cell_name(4 + len(SURVEY), 3, absolute=True)}"


def _write_rate_verdict(page: Page, row: int, item: Mapping[Any, Any]) -> None:
    """The verdict on the rate above it as a formula, and the fills that follow from it."""
    rate, sign = cell_name(row, 3), SIGNS[str(item["relation"])]
    bound = float(item["limit"]) / 100
    formula = (
        f'=IF(ISNUMBER({rate}),IF(ROUND({rate},{GUARD}){sign}{bound!r},"{OUTCOME_WORDS["met"]}",'
        f'"{OUTCOME_WORDS["not_met"]}"),"{OUTCOME_WORDS["not_assessable"]}")'
    )
    page.formula(row + 1, 3, formula, OUTCOME_WORDS[str(item["outcome"])], "", "centre")
    dress_words(page, row + 1, 3, row + 1, 3)
    page.fill_where(row, 3, row, 3, f'{cell_name(row + 1, 3)}="{OUTCOME_WORDS["not_met"]}"', "fail")


def write_overview(
    book: Book, county: CountyAssessment, items: pd.DataFrame, groups: Sequence[str], *, name: str, title: str,
    judged: Mapping[str, Judged],
) -> None:  # fmt: skip
    """Write the annex: every group's outcome, then the items of ``groups`` that the form has no table for.

    ``judged`` are the cells with the verdicts that a group's outcome rests on, with how many of them say 达标: the outcome follows
    them, and so does the whole.
    """
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
        told, word = _group_sentence(group, county, items), OUTCOME_WORDS[str(group["outcome"])]
        cells = dict(judged.get(str(group["group"]), {}))
        if group["group"] == "overall" and judged:
            cells = {f"{cell_name(4, 4)}:{cell_name(row - 1, 4)}": 0}
        if cells and len(told) < LONGEST_TEXT:
            if group["group"] == "overall":
                page.text(row, 3, told, "text")
            else:
                page.formula(row, 3, _while_unchanged(told, cells), told, "", "text")
            page.formula(row, 4, _worst_word(cells), word, "", "centre")
            dress_words(page, row, 4, row, 4)
        else:
            page.text(row, 3, told, "text")
            page.text(row, 4, word, WORD_STYLES[str(group["outcome"])])
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
    page.text(row + 1, 0, say("forms.note", text=say("item_form.own_summary")), "note", until=4)


def _count(cells: Iterable[str], outcome: str) -> str:
    return "+".join(f'COUNTIF({one},"{OUTCOME_WORDS[outcome]}")' for one in cells)


def _worst_word(cells: Iterable[str]) -> str:
    """未达标 where one of the cells says so, else 无法判定 where one does, else 达标."""
    unmet, unknown = _count(cells, "not_met"), _count(cells, "not_assessable")
    words = (OUTCOME_WORDS[name] for name in ("not_met", "not_assessable", "met"))
    return '=IF({0}>0,"{2}",IF({1}>0,"{3}","{4}"))'.format(unmet, unknown, *words)


def _while_unchanged(told: str, cells: Judged) -> str:
    """The program's sentence as long as each range holds as many 达标 as when it was made, else where to look."""
    same = ",".join(f"{_count([one], 'met')}={number}" for one, number in cells.items())
    return f'=IF(AND({same}),"{told}","{say("item_form.changed")}")'


def _limits_schools(county: CountyAssessment) -> bool:
    return bool(county.current("indicators")["limit"].notna().any())


def _resource_rule(county: CountyAssessment) -> str:
    return "各校达标且差异系数符合要求" if _limits_schools(county) else "综合差异系数符合要求"


def _group_sentence(group: Mapping[Any, Any], county: CountyAssessment, items: pd.DataFrame) -> str:
    if group["group"] == "resource_allocation":
        rows = county.current("verdicts")
        rules = ("schools", "stage_coefficients") if _limits_schools(county) else ("coefficient",)
        sentences = [
            say("item_form.of_stage", stage=row["stage"], detail=row["detail"])
            for row in rows.to_dict("records")
            if row["rule"] in rules
        ]
        return say("item_form.sentences", sentences=sentences) if sentences else say("item_form.see_schools")
    if group["group"] == "overall":
        return say("item_form.every_part")
    failing, unknown = (
        item_labels(group[name], items) if group[name] else [] for name in ("failing", "unknown")
    )
    counts = {"n": group["n_items"], "met": group["n_met"]}
    return say("item_form.group_counts", **counts, failing=failing, unknown=unknown)
