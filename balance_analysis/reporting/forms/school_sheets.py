"""一校一案: one sheet per school that needs work, behind an index with links: its figures, what it lacks, what is done, its pupils."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from balance_analysis.explain.problems import blank_schools
from balance_analysis.explain.shortfalls import resource_shortfalls
from balance_analysis.findings.case import Case
from balance_analysis.reporting.forms.issue_rows import MUST, missing_text, school_rows, stage_words
from balance_analysis.reporting.forms.plan_cells import actions_of, is_planned, planned_text, write_money
from balance_analysis.reporting.forms.school_sections import (
    stages_of,
    write_actions,
    write_facts,
    write_problems,
    write_values,
)
from balance_analysis.reporting.forms.sheets import Book, cell_name
from balance_analysis.reporting.forms.styles import (
    DASH,
    SIMULATED,
    UNKNOWN,
    WAN,
    WHOLE,
)
from balance_analysis.terms import Outcome
from balance_analysis.words import say
from balance_analysis.words.numbers import school_year

INDEX = "目录"
SHEET_NAME_LIMIT = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
WIDTHS = (25, 8.5, 8.5, 13, 10, 9.5, 8, 8.5)
WIDTHS_UNPLANNED = (29, 8.5, 8.5, 13, 10, 12, 10)
"""As wide together: a sheet narrower than the page is enlarged to it in print, and a part no longer fits."""
PAGE_HEIGHT = 733.0
"""Points that A4 upright leaves between the margins."""
SQUEEZE = 1.25
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


def school_sheets(case: Case) -> bytes:
    """The workbook's bytes: an index of all schools that need work, then one sheet for each."""
    county = case.county
    title = f"{county.regime.short_name}一校一案"
    book = Book(f"{county.county}{title}", county=county.county, simulated=county.tables.simulated)
    short = resource_shortfalls(county)
    problems = case.problems[case.problems["outcome"] != Outcome.TOLERABLE]
    unknown = short[short["outcome"] == Outcome.NOT_ASSESSABLE]
    actions = actions_of(case)
    names = dict(
        zip(county.current("schools")["school_code"], county.current("schools")["school_name"], strict=True)
    )
    names |= dict(zip(problems["school_code"], problems["school_name"], strict=True))
    blank = blank_schools(county)
    needing = set(problems["school_code"]) | set(unknown["school_code"]) | set(actions["school_code"])
    needing |= set(blank["school_code"])
    rows = school_rows(case, problems) + _blank_rows(case, blank)
    sheets = []
    for number, code in enumerate((code for code in names if code in needing), start=1):
        mine = [row for row in rows if row["school_code"] == code]
        sheets.append((sheet_name(number, str(names[code])), str(code), str(names[code]), mine))
    missing = pd.concat([unknown["school_code"], blank["school_code"]])
    _write_index(book, case, title, sheets, missing)
    for name, code, school, mine in sheets:
        _write_school(book, case, name, code, school, mine, short, actions[actions["school_code"] == code])
    return book.content()


def _blank_rows(case: Case, blank: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a school's problems for items beside resources that its blanks leave open."""
    return [
        {
            "school_code": row["school_code"], "name": row["name"], "item": row["item"], "found": missing_text(case, row["fields"]),
            "lacking": DASH, "verdict": UNKNOWN,
        }
        for row in blank.to_dict("records")
    ]  # fmt: skip


def _write_index(
    book: Book,
    case: Case,
    title: str,
    sheets: list[tuple[str, str, str, list[dict[str, Any]]]],
    missing: pd.Series,
) -> None:
    county, planned, actions = case.county, is_planned(case), actions_of(case)
    page = book.page(INDEX, (5, 30, 14, 9, 9, 13, *([11] if planned else [])), footer=title)
    page.text(0, 0, f"{county.county}{title}", "title", until=page.last_column)
    page.height(0, 32)
    mark = say("forms.demonstration", simulated=SIMULATED) if book.simulated else ""
    caption = f"{county.division_code}　{school_year(county.year)}　{county.regime.name}{mark}"
    page.text(1, 0, caption, "caption", until=page.last_column)
    heads = (
        "序号",
        "学校（点击进入）",
        "学校标识码",
        "须整改\n（项）",
        "缺报\n（项）",
        "涉及学段",
        "投入\n（万元）",
    )
    for column, head in enumerate(heads[: page.last_column + 1]):
        page.text(2, column, head, "head")
    page.height(2, 32)
    page.repeat_rows(2, 2)
    total = 0.0
    for number, (name, code, school, rows) in enumerate(sheets, start=1):
        row = 2 + number
        page.number(row, 0, number, WHOLE, "centre")
        page.link(row, 1, name, school)
        page.text(row, 2, code, "centre")
        page.number(row, 3, sum(one["verdict"] == MUST for one in rows), WHOLE, "centre")
        page.number(row, 4, int((missing == code).sum()), WHOLE, "centre")
        page.text(row, 5, stage_words(stages_of(county, code)["stage"]) or "全校", "centre")
        if planned:
            spent = float(actions.loc[actions["school_code"] == code, "cost_wan_cny"].sum())
            write_money(page, row, 6, spent)
            total += spent
        page.height(row, 20)
    last = 2 + len(sheets)
    if planned and sheets:
        page.text(last + 1, 0, say("issue_form.total"), "label", until=5)
        page.formula(last + 1, 6, f"=SUM({cell_name(3, 6)}:{cell_name(last, 6)})", total, WAN)
    text = say("school_form.index", n=len(sheets)) if sheets else say("school_form.index_empty")
    if county.current("indicators")["limit"].isna().all():
        text += say("school_form.no_school_limits")
    if planned:
        text += planned_text(case, total)
    row = last + (2 if planned and sheets else 1)
    page.text(row, 0, say("forms.note", text=text), "note", until=page.last_column)


def _write_school(
    book: Book, case: Case, name: str, code: str, school: str,
    rows: list[dict[str, Any]], short: pd.DataFrame, actions: pd.DataFrame,
) -> None:  # fmt: skip
    county = case.county
    page = book.page(name, WIDTHS if is_planned(case) else WIDTHS_UNPLANNED, footer=name[3:])
    page.text(0, 0, say("school_form.title", school=school), "title", until=page.last_column)
    page.height(0, 32)
    page.text(1, 0, f"{county.county}　{school_year(county.year)}　{county.regime.name}", "caption", until=4)
    page.sheet.write_url(1, 5, f"internal:'{INDEX}'!A1", book.style("caption_right"), "返回目录")
    row = write_facts(page, case, code, 2)
    row = write_values(page, case, code, row, short[short["school_code"] == code])
    parts = [0, row]
    row = write_problems(page, row, rows)
    parts.append(row)
    row = write_actions(page, case, row, rows, actions)
    for text in (
        "校长（签字）：　　　　　　　　　　　　　　　　责任督学（签字）：",
        "教育行政部门（盖章）：　　　　　　　　　　　　日期：　　　　　年　　　月　　　日",
    ):
        page.text(row, 0, text, "sign", until=page.last_column)
        page.height(row, 36)
        row += 1
    if page.total_height() <= PAGE_HEIGHT * SQUEEZE:
        page.sheet.fit_to_pages(1, 1)
    else:
        page.keep_parts(parts, row, PAGE_HEIGHT)
