"""一校一案: one sheet per school that needs work, behind an index with links."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.reporting.forms.issue_list import (
    CAMPUS_NOTE,
    MUST,
    TOLERATED,
    floor_head,
    school_issues,
    write_figures,
)
from balance_analysis.reporting.forms.sheets import Book, Page
from balance_analysis.reporting.forms.styles import (
    DASH,
    NOT_FILED,
    OUTCOME_WORDS,
    SIMULATED,
    UNKNOWN,
    VALUE_STYLES,
    WHOLE,
    WORD_STYLES,
    decimals,
)
from balance_analysis.reporting.forms.summary_table import school_rule
from balance_analysis.reporting.forms.tasks import Task, county_tasks, write_deadline
from balance_analysis.terms import Outcome
from balance_analysis.words.labels import SCHOOL_TYPES, SPONSORS, STAGES
from balance_analysis.words.numbers import school_year

INDEX = "目录"
SHEET_NAME_LIMIT = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
WIDTHS = (42, 10, 10, 12, 12, 8, 10)
PAGE_HEIGHT = 733.0
"""Points that A4 upright leaves between the margins."""
SQUEEZE = 1.5
"""A sheet up to so much longer is shrunk to one page; a longer one runs on at full size."""


def sheet_name(number: int, name: str) -> str:
    """A safe sheet name that the number makes unique: no forbidden sign, 31 UTF-16 units at most.

    >>> sheet_name(7, "实验/第一小学*")
    '007实验第一小学'
    """
    text = f"{number:03d}{_FORBIDDEN.sub('', name)}".rstrip("'")
    while len(text.encode("utf-16-le")) // 2 > SHEET_NAME_LIMIT:
        text = text[:-1]
    return text.rstrip("'")


def school_sheets(county: CountyAssessment, item_schools: pd.DataFrame) -> bytes:
    """The workbook's bytes: an index of all schools that need work, then one sheet for each."""
    title = f"{county.regime.short_name}一校一案"
    book = Book(f"{county.county}{title}", county=county.county, simulated=county.tables.simulated)
    issues = school_issues(county, item_schools)
    needing = list(dict.fromkeys(issues.loc[issues["verdict"] != TOLERATED, "school_code"]))
    cases = []
    for number, code in enumerate(needing, start=1):
        rows = issues[issues["school_code"] == code]
        cases.append((sheet_name(number, str(rows["school_name"].iloc[0])), str(code), rows))
    _write_index(book, county, title, cases)
    tasks = county_tasks(county)
    for name, code, rows in cases:
        _write_school(book, county, name, code, rows, tasks)
    return book.content()


def _write_index(
    book: Book, county: CountyAssessment, title: str, cases: list[tuple[str, str, pd.DataFrame]]
) -> None:
    page = book.page(INDEX, (6, 36, 22, 12, 12, 14), footer=title)
    page.text(0, 0, f"{county.county}{title}", "title", until=5)
    page.height(0, 32)
    mark = f"　【{SIMULATED}　仅供演示】" if book.simulated else ""
    caption = f"{county.division_code}　{school_year(county.year)}　{county.regime.name}{mark}"
    page.text(1, 0, caption, "caption", until=5)
    for column, head in enumerate(
        ("序号", "学校（点击进入）", "学校标识码", "须整改\n（项）", "缺报\n（项）", "涉及学段")
    ):
        page.text(2, column, head, "head")
    page.height(2, 32)
    page.repeat_rows(2, 2)
    for number, (name, code, rows) in enumerate(cases, start=1):
        row = 2 + number
        page.number(row, 0, number, WHOLE, "centre")
        page.link(row, 1, name, str(rows["school_name"].iloc[0]))
        page.text(row, 2, code, "centre")
        page.number(row, 3, int((rows["verdict"] == MUST).sum()), WHOLE, "centre")
        page.number(row, 4, int((rows["verdict"] == UNKNOWN).sum()), WHOLE, "centre")
        stages = [STAGES[stage] for stage in ("primary", "junior_secondary") if stage in set(rows["stage"])]
        page.text(row, 5, "、".join(stages) or "全校", "centre")
        page.height(row, 20)
    text = (
        f"注：共{len(cases)}所学校。没有须整改或缺报事项的学校不列。"
        if cases
        else "注：没有须整改或缺报事项的学校。"
    )
    if county.current("indicators")["limit"].isna().all():
        text += "本办法只对全县差异系数设标准，不对单所学校设资源标准。"
    page.text(3 + len(cases), 0, text, "note", until=5)


def _write_school(
    book: Book, county: CountyAssessment, name: str, code: str, issues: pd.DataFrame, tasks: dict[str, Task]
) -> None:
    page = book.page(name, WIDTHS, footer=name[3:])
    school = str(issues["school_name"].iloc[0])
    page.text(0, 0, f"一校一案：{school}", "title", until=page.last_column)
    page.height(0, 32)
    page.text(1, 0, f"{county.county}　{school_year(county.year)}　{county.regime.name}", "caption", until=4)
    page.sheet.write_url(1, 5, f"internal:'{INDEX}'!A1", book.style("caption_right"), "返回目录")
    row = _write_facts(page, county, code, 2)
    row = _write_values(page, county, code, row, issues)
    row = _write_items(page, county, row, issues)
    row = _write_tasks(page, county, row, issues, tasks)
    for text in (
        "校长（签字）：　　　　　　　　　　　　　　　　责任督学（签字）：",
        "教育行政部门（盖章）：　　　　　　　　　　　　日期：　　　　　年　　　月　　　日",
    ):
        page.text(row, 0, text, "sign", until=page.last_column)
        page.height(row, 36)
        row += 1
    if page.total_height() <= PAGE_HEIGHT * SQUEEZE:
        page.sheet.fit_to_pages(1, 1)


def _write_facts(page: Page, county: CountyAssessment, code: str, row: int) -> int:
    schools = county.tables.schools
    rows = schools[(schools["school_year"] == county.year) & (schools["school_code"] == code)]
    filed: dict[Any, Any] = rows.to_dict("records")[0] if len(rows) else {}
    kind, sponsor = filed.get("school_type"), filed.get("sponsor")
    stratum = county.tables.stratification.labels.get(str(filed.get("stratum")), NOT_FILED)
    members = county.current("schools")
    members = members[members["school_code"] == code]
    counted = [(str(row["stage"]), row["enrolment"]) for row in members.to_dict("records")]
    outside = [(stage, filed.get(f"{stage}_enrolment")) for stage in ("primary", "junior_secondary")]
    pupils = "；".join(
        f"{STAGES[stage]}{n:.0f}人" for stage, n in counted or outside if n is not None and n > 0
    )
    facts = (
        ("学校标识码", code, "办学类型", SCHOOL_TYPES.get(str(kind), NOT_FILED)),
        ("举办者", SPONSORS.get(str(sponsor), NOT_FILED), county.tables.stratification.name, stratum),
        ("在校生", pupils or DASH, "学段判定", _stage_outcomes(members)),
    )
    for left, first, right, second in facts:
        page.text(row, 0, left, "label")
        page.text(row, 1, first, "text", until=2)
        page.text(row, 3, right, "label")
        page.text(row, 4, second, "text", until=6)
        page.height(row, 20)
        row += 1
    return row


def _stage_outcomes(members: pd.DataFrame) -> str:
    words = [
        f"{STAGES[row['stage']]}{OUTCOME_WORDS[row['outcome']]}"
        for row in members.to_dict("records")
        if row["outcome"] in OUTCOME_WORDS and row["outcome"] != "no_limit"
    ]
    return "；".join(words) or DASH


def _write_values(page: Page, county: CountyAssessment, code: str, row: int, issues: pd.DataFrame) -> int:
    values = county.current("indicators")
    values = values[(values["school_code"] == code) & values["limit"].notna()]
    lacking = {(issue["stage"], issue["item"]): issue for issue in issues.to_dict("records")}
    schools = county.current("schools")
    for stage in county.stages:
        chosen = values[values["stage"] == stage].to_dict("records")
        if not chosen:
            continue
        school = schools[(schools["stage"] == stage) & (schools["school_code"] == code)].iloc[0]
        page.text(row, 0, f"资源配置（{STAGES[stage]}）", "band", until=page.last_column)
        heads = ("指标", "现值", "标准值", "距标准\n缺口", floor_head(county), "缺口\n单位", "判定")
        for column, head in enumerate(heads):
            page.text(row + 1, column, head, "head")
        row += 2
        for record in chosen:
            indicator = county.regime.indicator(record["indicator"])
            outcome = str(record["outcome"])
            page.text(row, 0, f"{indicator.name}（{indicator.item}）", "text")
            if pd.isna(record["value"]):
                page.text(row, 1, NOT_FILED, "unknown")
            else:
                page.number(row, 1, record["value"], decimals(indicator.decimals), VALUE_STYLES[outcome])
            limit = county.regime.limit(indicator.id, "school_value", stage)
            assert limit is not None
            page.number(row, 2, float(limit.value), decimals(limit.decimals))
            issue = lacking.get((stage, indicator.item))
            _write_lack(page, row, 3, None if issue is None else issue, "shortfall")
            _write_lack(page, row, 4, None if issue is None else issue, "shortfall_to_floor")
            page.text(row, 5, DASH if issue is None else str(issue["unit"]), "centre")
            word = (
                TOLERATED if issue is not None and issue["verdict"] == TOLERATED else OUTCOME_WORDS[outcome]
            )
            page.text(row, 6, word, "centre" if word == TOLERATED else WORD_STYLES[outcome])
            page.height(row, 22)
            row += 1
        page.text(row, 0, stage_sentence(school, len(chosen), county), "text", until=page.last_column)
        row += 1
    if issues["whole_campus"].any():
        page.text(row, 0, f"注：{CAMPUS_NOTE}", "note", until=page.last_column)
        row += 1
    return row


def _write_lack(page: Page, row: int, column: int, issue: dict[Any, Any] | None, name: str) -> None:
    if issue is None or pd.isna(issue[name]):
        page.text(row, column, DASH, "centre")
    else:
        page.number(row, column, issue[name], decimals(int(issue["shortfall_decimals"])))


def stage_sentence(school: Any, count: int, county: CountyAssessment) -> str:
    """What the stage still needs: how many indicators must reach the limit, and what the rest must keep."""
    met, unknown = int(school["indicators_met"]), int(school["indicators_not_assessable"])
    known = f"{count}项中达标{met}项，低于标准{count - met - unknown}项" + (
        f"，缺报{unknown}项" if unknown else ""
    )
    rule = county.regime.school_rule
    if rule is None:
        return f"{known}。"
    share = rule.share_text or "100%"
    if school["outcome"] == Outcome.MET:
        return f"{known}；本学段综合达标。"
    if met < rule.needed:
        more = f"至少还须使{rule.needed - met}项达到标准值，其余不低于标准值的{share}"
    else:
        more = f"须使低于标准值{share}的指标达到{share}以上" if unknown == 0 else "须补报缺报的数据"
    return f"{known}；{school_rule(county)}{more}。"


def _write_items(page: Page, county: CountyAssessment, row: int, issues: pd.DataFrame) -> int:
    others = issues[~issues["item"].isin(_resource_items(issues))].to_dict("records")
    if not others:
        return row
    page.text(row, 0, "其他事项", "band", until=page.last_column)
    for column, head in enumerate(
        ("事项", "现值", "标准", "须增加或\n化解", floor_head(county), "单位", "判定")
    ):
        page.text(row + 1, column, head, "head")
    row += 2
    for issue in others:
        stage = "" if issue["stage"] == "all" else f"（{STAGES[str(issue['stage'])]}）"
        page.text(row, 0, f"{issue['name']}{stage}（{issue['item']}）", "text")
        write_figures(page, row, 1, issue)
        row += 1
        page.text(row, 0, f"　　{issue['detail']}", "text", until=page.last_column)
        row += 1
    return row


def _resource_items(issues: pd.DataFrame) -> set[str]:
    return set(issues.loc[issues["shortfall_to_floor"].notna() | (issues["verdict"] == UNKNOWN), "item"])


def _write_tasks(
    page: Page, county: CountyAssessment, row: int, issues: pd.DataFrame, tasks: dict[str, Task]
) -> int:
    page.text(row, 0, "整改安排", "band", until=page.last_column)
    page.text(row + 1, 0, "指标", "head")
    page.text(row + 1, 1, "措施", "head", until=3)
    page.text(row + 1, 4, "完成时限", "head")
    page.text(row + 1, 5, "责任单位", "head", until=6)
    row += 2
    names = {item.id: item.name for item in county.regime.items}
    concerned = issues[issues["verdict"] != TOLERATED].drop_duplicates("item")
    for issue in concerned.sort_values("item", key=_item_order, kind="stable").to_dict("records"):
        task = tasks.get(str(issue["item"]), Task())
        page.text(row, 0, f"{names.get(str(issue['item']), issue['name'])}（{issue['item']}）", "text")
        page.text(row, 1, task.measure, "text", until=3)
        write_deadline(page, row, 4, task.deadline)
        page.text(row, 5, task.offices, "text", until=6)
        page.height(row, 30)
        row += 1
    return row


def _item_order(items: pd.Series[str]) -> pd.Series[int]:
    return items.str.extract(r"(\d+)", expand=False).astype("Int64").fillna(999)
