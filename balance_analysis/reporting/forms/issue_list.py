"""问题台账: the problem list of :mod:`balance_analysis.explain.problems` as sheets to work with, and the tasks with their money.

One row per school and item, with room for who answers for it, how far it is and when it was closed. What the data cannot
show is listed apart: it is no problem yet, but nobody may call it solved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from balance_analysis.explain.shortfalls import share_text
from balance_analysis.findings.case import Case
from balance_analysis.reporting.forms.application_form import write_cover
from balance_analysis.reporting.forms.issue_rows import (
    MUST,
    TOLERATED,
    coded,
    county_figure,
    figures,
    missing_rows,
    school_rows,
    stage_words,
)
from balance_analysis.reporting.forms.plan_cells import (
    actions_of,
    is_planned,
    plan_money,
    planned_text,
    write_money,
)
from balance_analysis.reporting.forms.progress_cells import (
    fill_in,
    reported_text,
    task_source,
    tasks_by_item,
    write_deadline,
)
from balance_analysis.reporting.forms.sheets import Book, Page, cell_name
from balance_analysis.reporting.forms.styles import WAN, WHOLE
from balance_analysis.terms import ALL_STAGES, Outcome
from balance_analysis.words import labels, say
from balance_analysis.words.labels import STAGES
from balance_analysis.words.numbers import school_year

TO_FILL: Final = ("责任人", "整改进展", "销号")
TITLE = "问题台账"


def issue_list(case: Case) -> bytes:
    """The workbook's bytes: cover, county problems, school problems, tasks with money, what is tolerated, what is missing."""
    county = case.county
    title = f"{county.regime.short_name}{TITLE}"
    book = Book(f"{county.county}{title}", county=county.county, simulated=county.tables.simulated)
    problems = case.problems[case.problems["outcome"] != Outcome.TOLERABLE]
    must = problems[problems["outcome"] == Outcome.NOT_MET]
    rows = school_rows(case, problems)
    counts = {
        "n": len(rows),
        "schools": problems["school_code"].nunique(),
        "must": sum(row["verdict"] == MUST for row in rows),
        "must_schools": must["school_code"].nunique(),
    }
    counted = [
        say("issue_form.county_count", n=len(case.county_problems)),
        say("issue_form.school_count", **counts),
    ]
    missing = list(missing_rows(case))
    if missing:
        counted.append(say("issue_form.missing_count", n=len(missing)))
    write_cover(book, county, title, counted)
    if len(case.county_problems):
        _write_county(book, case)
    _write_schools(book, case, rows)
    _write_tasks(book, case)
    _write_tolerated(book, case)
    _write_missing(book, case, missing)
    return book.content()


def _write_county(book: Book, case: Case) -> None:
    problems = case.county_problems
    heads = (
        "序号",
        "学段",
        "指标",
        "现状（标准）",
        "判定",
        "整改措施",
        "责任单位",
        "责任人",
        "完成时限",
        "整改进展",
        "销号",
    )
    page = book.page(
        "县级问题", (4, 5.5, 17, 23, 7, 25, 14, 6, 9.5, 7, 5), landscape=True, footer=f"{TITLE}（县级问题）"
    )
    _head(page, case, f"{TITLE}（县级问题）", heads)
    tasks = tasks_by_item(case)
    for number, row in enumerate(problems.to_dict("records"), start=1):
        line = 2 + number
        page.number(line, 0, number, WHOLE, "centre")
        page.text(
            line,
            1,
            labels.whole_of(case.county.county) if row["stage"] == ALL_STAGES else STAGES[str(row["stage"])],
            "centre",
        )
        name = say("issue_form.coefficient", name=row["name"]) if row["indicator"] else str(row["name"])
        page.text(line, 2, coded(name, str(row["item"])) if row["name"] else labels.COMPOSITE_NAME, "text")
        page.text(line, 3, county_figure(row), "text")
        page.text(line, 4, MUST, "fail_word")
        task = tasks.get(str(row["item"]))
        page.text(line, 5, "" if task is None else str(task["measure"]), "text")
        page.text(line, 6, str(row["office"]), "text")
        page.text(line, 7, "", "text")
        write_deadline(page, line, 8, row["deadline"])
        fill_in(page, line, 9, task)
        page.height(line, 30)
    _foot(page, 3 + len(problems), task_source(case) + reported_text(case))


def _write_schools(book: Book, case: Case, rows: list[dict[str, Any]]) -> None:
    planned, tasks = is_planned(case), tasks_by_item(case)
    heads = (
        "序号", "学校", "学段", "指标", "现状（标准）", "缺口", "判定", "整改措施", *(["投入\n（万元）"] if planned else []),
        "责任单位", "责任人", "完成时限", "整改进展", "销号",
    )  # fmt: skip
    widths = (4, 10.5, 5, 12, 17.8, 12.3, 6, 12 if planned else 17, *([7.5] if planned else []), 16.2, 5, 9.5, 6.6, 4.5)  # fmt: skip
    page = book.page("学校问题", widths, landscape=True, footer=f"{TITLE}（学校问题）")
    _head(page, case, f"{TITLE}（学校问题）", heads)
    for number, row in enumerate(rows, start=1):
        line = 2 + number
        page.number(line, 0, number, WHOLE, "centre")
        page.text(line, 1, row["school_name"], "text")
        page.text(line, 2, row["stages"], "centre")
        page.text(line, 3, coded(row["name"], row["item"]), "text")
        page.text(line, 4, row["found"], "text")
        page.text(line, 5, row["lacking"], "text")
        page.text(line, 6, row["verdict"], "fail_word" if row["verdict"] == MUST else "unknown")
        page.text(line, 7, row["measures"], "text")
        column = 8
        if planned:
            write_money(page, line, 8, row["cost"])
            column = 9
        page.text(line, column, row["office"], "text")
        page.text(line, column + 1, "", "text")
        write_deadline(page, line, column + 2, row["deadline"])
        fill_in(page, line, column + 3, tasks.get(row["item"]))
        page.height(line, 30)
    if not rows:
        page.text(3, 0, say("issue_form.no_schools"), "text", until=page.last_column)
    last = 2 + max(len(rows), 1)
    if planned and rows:
        page.text(last + 1, 0, say("issue_form.total"), "label", until=7)
        total = sum(row["cost"] for row in rows)
        page.formula(last + 1, 8, _sum(8, 3, last), total, WAN)
        page.text(last + 1, 9, "", "text", until=page.last_column)
    page.sheet.autofilter(2, 0, last, page.last_column)
    text = say("issue_form.lacks") + say("issue_form.campus") + reported_text(case)
    if planned:
        text += planned_text(case, sum(row["cost"] for row in rows))
    _foot(page, last + 2, text)


def _write_tasks(book: Book, case: Case) -> None:
    """整改任务: what is done about every failing item, by whom, until when, with what money; sums below."""
    costs = actions_of(case).groupby("item")["cost_wan_cny"].sum().to_dict()
    tasks = case.tasks[(case.tasks["outcome"] != Outcome.MET) | case.tasks["item"].isin(list(costs))]
    planned = is_planned(case)
    money = ("投入\n（万元）", *(["测算投入\n（万元）"] if planned else []))
    heads = (
        "序号",
        "指标",
        "结论",
        "未达标\n学校（所）",
        "整改措施",
        *money,
        "责任单位",
        *TO_FILL[:1],
        "完成时限",
        *TO_FILL[1:],
    )
    widths = (4, 17, 8, 7.5, 29 if planned else 37, 8.5, *([9] if planned else []), 14, 6, 9.5, 7, 5)
    page = book.page("整改任务", widths, landscape=True, footer=f"{TITLE}（整改任务）")
    _head(page, case, f"{TITLE}（整改任务）", heads)
    for number, row in enumerate(tasks.to_dict("records"), start=1):
        line, column = 2 + number, 5
        page.number(line, 0, number, WHOLE, "centre")
        page.text(line, 1, coded(str(row["name"]), str(row["item"])), "text")
        page.text(line, 2, labels.OUTCOMES[str(row["outcome"])], "centre")
        page.number(line, 3, int(row["n_schools"]), WHOLE, "centre")
        page.text(line, 4, str(row["measure"]), "text")
        write_money(page, line, column, row["investment_wan_cny"])
        if planned:
            column += 1
            write_money(page, line, column, costs.get(str(row["item"]), 0.0))
        page.text(line, column + 1, str(row["responsible_offices"]), "text")
        page.text(line, column + 2, "", "text")
        write_deadline(page, line, column + 3, row["deadline"])
        fill_in(page, line, column + 4, row)
        page.height(line, 30)
    last = 2 + len(tasks)
    if len(tasks):
        page.text(last + 1, 0, say("issue_form.total"), "label", until=4)
        if tasks["investment_wan_cny"].notna().any():
            page.formula(last + 1, 5, _sum(5, 3, last), float(tasks["investment_wan_cny"].sum()), WAN)
        else:
            page.text(last + 1, 5, "", "text")
        if planned:
            shown = sum(costs.get(str(item), 0.0) for item in tasks["item"])
            page.formula(last + 1, 6, _sum(6, 3, last), shown, WAN)
        page.text(last + 1, 5 + len(money), "", "text", until=page.last_column)
    text = (
        task_source(case) if len(tasks) else say("issue_form.no_tasks", elsewhere=len(case.county_problems))
    ) + reported_text(case)
    if planned:
        text += say("issue_form.county_costs", **plan_money(case), assumed=say("remediation_page.assumed"))
    _foot(page, last + 2, text)


def _write_tolerated(book: Book, case: Case) -> None:
    """容许短板: short and apart, it asks for no work."""
    rows = case.problems[case.problems["outcome"] == Outcome.TOLERABLE]
    if rows.empty:
        return
    page = book.page(TOLERATED, (6, 34, 9, 46, 36), landscape=True, footer=f"{TITLE}（{TOLERATED}）")
    _head(page, case, f"{TITLE}（{TOLERATED}）", ("序号", "学校", "学段", "指标", "现状（标准）"))
    for number, (position, row) in enumerate(rows.iterrows(), start=1):
        line = 2 + number
        page.number(line, 0, number, WHOLE, "centre")
        page.text(line, 1, str(row["school_name"]), "text")
        page.text(line, 2, stage_words([row["stage"]]), "centre")
        page.text(line, 3, coded(str(row["name"]), str(row["item"])), "text")
        page.text(line, 4, "；".join(figures(case, rows.loc[[position]])), "text")
        page.height(line, 20)
    _foot(page, 3 + len(rows), say("issue_form.tolerated", share=share_text(case.county.regime)))


def _write_missing(book: Book, case: Case, found: Sequence[tuple[str, str, str, str]]) -> None:
    """待补报: figures that were not filed, and items that cannot be judged."""
    if not found:
        return
    page = book.page("待补报", (5, 30, 8, 40, 48), landscape=True, footer=f"{TITLE}（待补报）")
    _head(page, case, f"{TITLE}（待补报）", ("序号", "学校", "学段", "指标", "须补报的内容"))
    for number, texts in enumerate(found, start=1):
        page.number(2 + number, 0, number, WHOLE, "centre")
        for column, text in enumerate(texts, start=1):
            page.text(2 + number, column, text, "centre" if column == 2 else "text")
        page.height(2 + number, 20)
    _foot(page, 3 + len(found), say("issue_form.unknown"))


def _sum(column: int, first: int, last: int) -> str:
    return f"=SUM({cell_name(first, column)}:{cell_name(last, column)})"


def _head(page: Page, case: Case, title: str, heads: Sequence[str]) -> None:
    county = case.county
    page.text(0, 0, f"{county.county}{title}", "title", until=page.last_column)
    page.height(0, 30)
    caption = f"{county.division_code}　{school_year(county.year)}　{county.regime.name}"
    page.text(1, 0, caption, "caption", until=page.last_column)
    for column, head in enumerate(heads):
        page.text(2, column, head, "head")
    page.height(2, 30)
    page.repeat_rows(2, 2)


def _foot(page: Page, row: int, text: str) -> None:
    page.text(row, 0, say("forms.note", text=text), "note", until=page.last_column)
