"""plan.xlsx: the least-cost plan of a county for people who sign, divide up and check.

Texts are written as texts, figures at full precision; the same plan gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from balance_analysis.regimes.model import Regime
from balance_analysis.remediation.county import CountyPlan
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
from balance_analysis.reporting.plan_tables import AMOUNT, MONEY, Cell, add_sheet, write_table, year_word
from balance_analysis.views.remediation_words import (
    ASSUMED,
    FAMILIES,
    PROOF_NOTE,
    STATUSES,
    at_least,
    at_most_percent,
    comparison_sentence,
    coverage,
    headline,
    money,
)
from balance_analysis.words import labels, numbers
from balance_analysis.workbook.layouts import own_fields

ROLES = {"open_class": "class_size", "rezone_pupils": "school_size"}
"""Measures that serve no indicator, and the role of the item that they serve."""


def plan_workbook(plan: CountyPlan) -> bytes:
    """The workbook's bytes; a county without a plan gets the sheet 总览 with the reasons only."""
    county = plan.county
    book = Book(
        f"{county.county}最低成本达标方案（测算）", county=county.county, simulated=county.tables.simulated
    )
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
    county, result = plan.county, plan.result
    certificate, settings = result.certificate, plan.problem.settings
    page, row = add_sheet(book, plan, "总览", [22, 10, 14, 44, 10], headline(plan))

    def line(label: str, text: str) -> None:
        nonlocal row
        page.text(row, 0, label, "label")
        page.text(row, 1, text, "text", until=page.last_column)
        row += 1

    line("区县", f"{county.county}（行政区划代码 {county.division_code}）")
    line("数据学年", numbers.school_year(county.year))
    line("评估办法", f"{county.regime.name}（{county.regime.id}），依据日期 {county.regime.on}")
    line("目标年", "未设定" if county.target_year is None else f"{county.target_year}年")
    line("数据性质", "模拟数据，仅供演示" if county.tables.simulated else "填报数据")
    line("现状结论", f"资源配置{labels.OUTCOMES[county.outcome]}")
    line("测算状态", STATUSES[str(certificate.status)])
    if certificate.cost_wan_cny is not None:
        line("本方案所需资金", f"{money(certificate.cost_wan_cny)}万元")
    if certificate.lower_bound_wan_cny is not None:
        line("任何可行方案至少需要", f"{at_least(certificate.lower_bound_wan_cny)}万元")
    if plan.most_above_minimum is not None:
        line("最多比最低成本高出", at_most_percent(plan.most_above_minimum))
    line("要求的差距", f"{certificate.gap_asked:.1%}")
    line("求解器和用时", f"{certificate.solver}，{certificate.seconds:.1f}秒，{certificate.rounds}轮")
    if plan.found:
        line("方案实施后", coverage(plan))
        line("复核", PROOF_NOTE)
        if sentence := comparison_sentence(plan):
            line("与逐校达标法比较", sentence)
    for reason in result.reasons:
        line(f"没有方案的原因：{FAMILIES.get(reason.family, reason.family)}", reason.message)
    for point in plan.open_points:
        line("没有处理的事项", point)
    budget = "未设" if settings.budget is None else f"{money(float(settings.budget))}万元"
    line("资金上限", budget)
    line("冻结学校", "、".join(sorted(settings.frozen_schools)) or "无")
    line("学校上限", f"{len(settings.ceilings)}条")
    line("可划片调整", f"{len(settings.rezoning)}处")
    line(
        "交流轮岗",
        f"交流教师中骨干教师不低于{float(settings.minimum_backbone_share):.0%}"
        if settings.profiles
        else "不安排",
    )
    row += 1
    page.text(
        row,
        0,
        f"测算所用单价：{settings.title}（依据等级 {settings.grade}）。{ASSUMED}",
        "band",
        until=page.last_column,
    )
    rows: list[Sequence[Cell]] = [
        [
            action.label,
            f"每{action.unit}",
            (float(action.unit_cost), MONEY),
            action.basis or "文件未说明",
            settings.grade,
        ]
        for action in settings.actions
    ]
    rows += [
        [
            profile.label,
            "每人",
            (float(profile.unit_cost), MONEY),
            "同一学段内一校调出、一校调入",
            settings.grade,
        ]
        for profile in settings.profiles
    ]
    rows.append(
        [
            "增开班级",
            "每班",
            (float(settings.class_cost), MONEY),
            "所需教师和用房由各项标准值另计",
            settings.grade,
        ]
    )
    rows += [
        [
            f"划片调整：{link.from_school}到{link.to_school}",
            "每人",
            (float(link.unit_cost), MONEY),
            f"{labels.STAGES[link.stage]}，至多{link.at_most}人",
            settings.grade,
        ]
        for link in settings.rezoning
    ]
    row = write_table(page, row + 1, ["措施", "单位", "单价（万元）", "依据", "等级"], rows, centred=(1, 4))
    page.text(row, 0, f"单价来源：{settings.source}。", "note", until=page.last_column)


def _totals(book: Book, plan: CountyPlan) -> None:
    page, row = add_sheet(book, plan, "措施汇总", [6, 36, 16, 12, 18], ASSUMED)
    records = plan.result.totals().to_dict("records")
    rows: list[Sequence[Cell]] = [
        [
            str(n),
            record["label"],
            (record["quantity"], AMOUNT),
            record["unit"],
            (record["cost_wan_cny"], MONEY),
        ]
        for n, record in enumerate(records, start=1)
    ]
    if rows:
        rows.append(["", "合计", "", "", (plan.result.certificate.cost_wan_cny, MONEY)])
    write_table(page, row, ["序号", "措施", "数量", "单位", "资金（万元）"], rows, centred=(0, 3))


def _years(book: Book, plan: CountyPlan) -> None:
    note = "没有分年度预算时资金按年平均安排，未用完的结转下年。多学段学校每个学段计一次。" + ASSUMED
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


def _items_of(plan: CountyPlan) -> dict[str, str]:
    """Measure → the item it serves first: a PE teacher that of PE teachers, an opened class that of class sizes."""
    regime, settings = plan.county.regime, plan.problem.settings
    items = {
        action.id: regime.indicator(action.adds[-1]).item
        for action in settings.actions
        if _known(regime, action.adds)
    }
    items |= {
        profile.id: regime.indicator(profile.moves[-1]).item
        for profile in settings.profiles
        if _known(regime, profile.moves)
    }
    served = {measure: regime.item_of(role) for measure, role in ROLES.items()}
    return items | {measure: item.id for measure, item in served.items() if item is not None}


def _known(regime: Regime, indicators: Sequence[str]) -> bool:
    return bool(indicators) and indicators[-1] in {entry.id for entry in regime.indicators}


def _tasks(book: Book, plan: CountyPlan) -> None:
    note = "一行一项任务。交流、划片的“学校”为调出（划出）学校。责任单位由县确定。" + ASSUMED
    widths = [6, 10, 8, 26, 9, 30, 10, 10, 10, 12, 26, 14]
    page, row = add_sheet(book, plan, "任务分解", widths, note, landscape=True)
    items = _items_of(plan)
    rows: list[Sequence[Cell]] = [
        [
            str(n),
            year_word(task["year"]),
            items.get(str(task["measure"]), DASH),
            task["school_name"],
            labels.STAGES.get(str(task["stage"]), "全校"),
            task["label"],
            (task["quantity"], AMOUNT),
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
    note = "列名与填报模板“任务”表相同，核定后可整行复制过去；完成时限为年底，责任单位由县填写。" + ASSUMED
    page, row = add_sheet(book, plan, "任务表", [8, 30, 60, 14, 20, 16], note, landscape=True)
    tasks = plan.result.tasks()
    tasks["item"] = tasks["measure"].map(_items_of(plan))
    rows: list[Sequence[Cell]] = []
    for (item, ends), of_item in tasks.groupby(["item", "year"], sort=True):
        year = int(str(ends))
        parts = [
            f"{label}{quantity:,.10g}{unit}（{schools}所学校）"
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
        f"{labels.STAGES[stage]}{number}所"
        for stage in plan.county.stages
        if (number := int((frame["stage"] == stage).sum()))
    ]
    if not chosen:
        return ""
    return f"低于标准值的学校：{'、'.join(counts)}" if counts else "各校均已达到标准值，措施用于校际均衡"
