"""plan.xlsx: the least-cost plan of a county for people who sign, divide up and check.

Texts are written as texts, figures at full precision; the same plan gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from balance_analysis.findings.remediation import headline, of_plan
from balance_analysis.remediation.county import CountyPlan
from balance_analysis.remediation.worth import item_of_measures
from balance_analysis.reporting.forms.school_sheets import PAGE_HEIGHT
from balance_analysis.reporting.forms.sheets import Book
from balance_analysis.reporting.forms.styles import DASH, WAN, WHOLE
from balance_analysis.reporting.plan_sheets import (
    coefficients_sheet,
    comparison_sheet,
    moves_sheet,
    prices_sheet,
    schools_sheet,
    spending_sheet,
)
from balance_analysis.reporting.plan_tables import MONEY, Cell, add_sheet, amount, write_table
from balance_analysis.views.remediation.tables import assumed, assumption_rows, year_word
from balance_analysis.words import labels, numbers, say, tell
from balance_analysis.workbook.layouts import own_fields

OVERVIEW = {
    "remediation.scope": "整改后",
    "remediation.scope_open": "整改后",
    "remediation.usual_way": "与逐校达标法比较",
    "remediation.reason": "没有方案的原因",
    "remediation.leaves": "需另行安排或核定的事项",
}
"""Findings that stand as lines of the sheet 总览, each under its heading."""


def plan_workbook(plan: CountyPlan) -> bytes:
    """The workbook's bytes; a county without a plan gets the sheet 总览 with the reasons only."""
    county = plan.county
    title = f"{county.county}{say('remediation_page.title')}"
    book = Book(title, county=county.county, simulated=county.tables.simulated)
    _overview(book, plan)
    if plan.found:
        for write in (
            _totals,
            _years,
            _tasks,
            _task_form,
            schools_sheet,
            spending_sheet,
            moves_sheet,
            coefficients_sheet,
            comparison_sheet,
            prices_sheet,
        ):
            write(book, plan)
    return book.content()


def _overview(book: Book, plan: CountyPlan) -> None:
    county, settings = plan.county, plan.settings
    certificate = plan.result.certificate
    page, row = add_sheet(book, plan, "总览", [22, 10, 14, 44, 10], tell(headline(plan)))

    def line(label: str, text: str) -> None:
        nonlocal row
        page.text(row, 0, label, "label")
        page.text(row, 1, text, "text", until=page.last_column)
        row += 1

    def told(sentence: str, **figures: object) -> str:
        return say(f"remediation_sheet.{sentence}", **figures)

    target = county.target_year
    line("区县", told("county", county=county.county, code=county.division_code))
    line("数据学年", numbers.school_year(county.year))
    line("评估办法", told("regime", name=county.regime.name, on=county.regime.on))
    line("目标年", told("no_target_year") if target is None else told("target_year", year=target))
    line("数据性质", told("simulated" if county.tables.simulated else "filed"))
    line("现状结论", told("outcome", outcome=county.outcome))
    line("测算状态", labels.PLAN_STATUSES[str(certificate.status)])
    if certificate.cost_wan_cny is not None:
        line("整改方案所需资金", numbers.money(certificate.cost_wan_cny))
    if certificate.lower_bound_wan_cny is not None:
        line("任何可行方案至少需要", numbers.money_at_least(certificate.lower_bound_wan_cny))
    if plan.most_above_minimum is not None:
        line("最多比最低成本高出", numbers.percent_at_most(plan.most_above_minimum))
    line("要求的差距", numbers.percent(certificate.gap_asked))
    line("测算用时", told("seconds", seconds=certificate.seconds))
    for one in of_plan(plan):
        if one.id in OVERVIEW:
            line(OVERVIEW[one.id], tell(one))
    if plan.found:
        line("复核", say("remediation_page.proof"))
    line("资金上限", told("unset") if settings.budget is None else numbers.money(settings.budget))
    line("冻结学校", "、".join(sorted(settings.frozen_schools)) or told("none"))
    line("学校上限", told("ceilings", n=len(settings.ceilings)))
    line("可划片调整", told("rezoning", n=len(settings.rezoning)))
    share = settings.minimum_backbone_share
    line("交流轮岗", told("rotation", share=share) if settings.profiles else told("no_rotation"))
    prices = row = row + 1
    band = told("prices_band", title=settings.title, grade=settings.grade, **assumed())
    page.text(row, 0, band, "band", until=page.last_column)
    rows: list[Sequence[Cell]] = [
        [label, unit, (price, MONEY), basis, settings.grade]
        for label, unit, price, basis in assumption_rows(settings)
    ]
    row = write_table(page, row + 1, ["措施", "单位", "单价（万元）", "依据", "等级"], rows, centred=(1, 4))
    page.text(row, 0, told("prices_source", source=settings.source), "note", until=page.last_column)
    page.keep_parts([0, prices], row + 1, PAGE_HEIGHT)


def _totals(book: Book, plan: CountyPlan) -> None:
    page, row = add_sheet(book, plan, "措施汇总", [6, 36, 16, 12, 18], say("remediation_page.assumed"))
    records = plan.result.totals().to_dict("records")
    rows: list[Sequence[Cell]] = [
        [
            str(n),
            record["label"],
            amount(record["quantity"]),
            record["unit"],
            (record["cost_wan_cny"], MONEY),
        ]
        for n, record in enumerate(records, start=1)
    ]
    if rows:
        rows.append(["", "合计", "", "", (plan.result.certificate.cost_wan_cny, MONEY)])
    write_table(page, row, ["序号", "措施", "数量", "单位", "资金（万元）"], rows, centred=(0, 3))


def _years(book: Book, plan: CountyPlan) -> None:
    note = say("remediation_sheet.years", **assumed())
    page, row = add_sheet(book, plan, "分年度", [14, 18, 18, 22, 22], note)
    rows: list[Sequence[Cell]] = [
        [
            year_word(record["year"]),
            (record["cost_wan_cny"], MONEY),
            (record["cumulative_cost_wan_cny"], MONEY),
            (record["schools_below_rule"], WHOLE),
            (record["coefficients_above_limit"], WHOLE),
        ]
        for record in plan.result.staircase().to_dict("records")
    ]
    heads = [
        "年度",
        "当年资金（万元）",
        "累计资金（万元）",
        "年末仍未达标的学校（所）",
        "年末超限的差异系数（项）",
    ]
    write_table(page, row, heads, rows, centred=(0,))


def _tasks(book: Book, plan: CountyPlan) -> None:
    note = say("remediation_sheet.tasks", **assumed())
    widths = [6, 10, 8, 26, 9, 30, 10, 10, 10, 12, 26, 14]
    page, row = add_sheet(book, plan, "任务分解", widths, note, landscape=True)
    items = item_of_measures(plan.problem, plan.county.regime)
    rows: list[Sequence[Cell]] = [
        [
            str(n),
            year_word(task["year"]),
            items.get(str(task["measure"]), DASH),
            task["school_name"],
            labels.STAGES.get(str(task["stage"]), "全校"),
            task["label"],
            amount(task["quantity"]),
            task["unit"],
            (task["unit_cost_wan_cny"], MONEY),
            (task["cost_wan_cny"], MONEY),
            task["to_school_name"],
            "",
        ]
        for n, task in enumerate(plan.result.tasks().to_dict("records"), start=1)
    ]
    heads = [
        "序号",
        "年度",
        "指标",
        "学校",
        "学段",
        "措施",
        "数量",
        "单位",
        "单价（万元）",
        "资金（万元）",
        "接收学校",
        "责任单位",
    ]
    write_table(page, row, heads, rows, centred=(0, 1, 2, 4, 7))
    page.repeat_rows(row, row, freeze_columns=4)


def _task_form(book: Book, plan: CountyPlan) -> None:
    """The same by item and year, under the headers of the fill-in template's sheet 任务."""
    fields = own_fields()
    names = ("item", "present_state", "measure", "deadline", "responsible_offices", "investment_wan_cny")
    note = say("remediation_sheet.task_form", **assumed())
    page, row = add_sheet(book, plan, "任务表", [8, 30, 60, 14, 20, 16], note, landscape=True)
    tasks = plan.result.tasks()
    tasks["item"] = tasks["measure"].map(item_of_measures(plan.problem, plan.county.regime))
    rows: list[Sequence[Cell]] = []
    for (item, ends), of_item in tasks.groupby(["item", "year"], sort=True):
        year = int(str(ends))
        parts = [
            say(
                "remediation_sheet.of_schools",
                label=label,
                quantity=f"{quantity:,.10g}{unit}",
                schools=schools,
            )
            for (label, unit), quantity, schools in (
                (key, group["quantity"].sum(), group["school_code"].nunique())
                for key, group in of_item.groupby(["label", "unit"], sort=False)
            )
        ]
        deadline = f"{year}-12-31" if year else ""
        rows.append(
            [
                str(item),
                _present_state(plan, str(item)),
                "；".join(parts),
                deadline,
                "",
                (of_item["cost_wan_cny"].sum(), WAN),
            ]
        )
    write_table(page, row, [fields[name].header for name in names], rows, centred=(0, 3))


def _present_state(plan: CountyPlan, item: str) -> str:
    """How many schools are below the limit of an item's indicator, by stage."""
    regime = plan.county.regime
    chosen = [entry.id for entry in regime.indicators if entry.item == item]
    frame = plan.result.schools()
    frame = frame[frame["indicator"].isin(chosen) & (frame["outcome_before"] != "met")]
    counts = [
        say("remediation_sheet.stage_count", stage=stage, n=number)
        for stage in plan.county.stages
        if (number := int((frame["stage"] == stage).sum()))
    ]
    if not chosen:
        return ""
    return say("remediation_sheet.below", counts=counts) if counts else say("remediation_sheet.all_at_limit")
