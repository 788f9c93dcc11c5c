"""The sheets of plan.xlsx that look at schools, teachers, coefficients and other ways to the same end."""

from __future__ import annotations

from collections.abc import Sequence

from balance_analysis.remediation.county import CountyPlan
from balance_analysis.remediation.worth import spending_by_school
from balance_analysis.reporting.forms.sheets import Book
from balance_analysis.reporting.forms.styles import DASH, PERCENT_SHARE, WAN, WHOLE, decimals
from balance_analysis.reporting.plan_tables import MONEY, OUTCOMES, Cell, add_sheet, amount, write_table
from balance_analysis.views.remediation.tables import assumed, measures_text, spared
from balance_analysis.words import labels, say
from balance_analysis.words.subjects import indicator_label

CHANGE = "+#,##0.00;-#,##0.00;0"
CV_OUTCOMES = {"met": "达标", "not_met": "超限", "": DASH}


def schools_sheet(book: Book, plan: CountyPlan) -> None:
    """一校一案: every indicator of every school before and after."""
    note = say("remediation_sheet.schools", spared=spared(plan.county.regime))
    widths = [30, 7, 16, 10, 12, 12, 11, 9, 9, 10, 10, 10, 11]
    page, row = add_sheet(book, plan, "一校一案", widths, note, landscape=True)
    regime = plan.county.regime
    places = {entry.id: decimals(entry.decimals) for entry in regime.indicators}
    order = {row.school_code: position for position, row in enumerate(plan.problem.rows)}
    frame = plan.result.schools().sort_values(
        "school_code", key=lambda codes: codes.map(order), kind="stable"
    )
    records = frame.to_dict("records")
    rows: list[Sequence[Cell]] = [
        [
            record["school_name"],
            labels.STAGES[str(record["stage"])],
            indicator_label(regime, str(record["indicator"]), short=True),
            (record["enrolment_after"], WHOLE),
            amount(record["amount_before"]),
            amount(record["amount_after"]),
            (record["amount_after"] - record["amount_before"], CHANGE),
            (record["limit"], places[str(record["indicator"])]),
            (record["floor"], "0.00#"),
            (record["value_before"], places[str(record["indicator"])]),
            OUTCOMES[str(record["outcome_before"])],
            (record["value_after"], places[str(record["indicator"])]),
            OUTCOMES[str(record["outcome_after"])],
        ]
        for record in records
    ]
    heads = [
        "学校",
        "学段",
        "指标",
        "在校生数",
        "总量现状",
        "总量整改后",
        "增减",
        "标准值",
        "允许下限",
        "生均现状",
        "现状结论",
        "生均整改后",
        "整改后结论",
    ]
    last = write_table(page, row, heads, rows, centred=(1, 10, 12))
    page.repeat_rows(row, row, freeze_columns=3)
    page.sheet.autofilter(row, 0, max(last - 1, row), len(heads) - 1)


def spending_sheet(book: Book, plan: CountyPlan) -> None:
    """逐校措施: what is done at each school, the dearest first."""
    note = say("remediation_sheet.spending", **assumed())
    page, row = add_sheet(book, plan, "逐校措施", [28, 66, 16, 14], note, landscape=True)
    rows: list[Sequence[Cell]] = [
        [
            record["school_name"],
            measures_text(record["measures"]),
            (record["cost_wan_cny"], MONEY),
            (record["share"], PERCENT_SHARE),
        ]
        for record in spending_by_school(plan.result, plan.county.regime).to_dict("records")
    ]
    write_table(page, row, ["学校", "措施", "投入（万元）", "占学校投入"], rows)
    page.repeat_rows(row, row)


def moves_sheet(book: Book, plan: CountyPlan) -> None:
    """教师交流: who goes where."""
    page, row = add_sheet(book, plan, "教师交流", [26, 10, 30, 30, 12], say("remediation_sheet.moves"))
    names = {one.school_code: one.school_name for one in plan.problem.rows}
    kinds = {profile.id: profile.label for profile in plan.problem.settings.profiles}
    rows: list[Sequence[Cell]] = [
        [
            kinds[str(move["profile"])],
            labels.STAGES[str(move["stage"])],
            names[str(move["from_school"])],
            names[str(move["to_school"])],
            (move["teachers"], WHOLE),
        ]
        for move in plan.result.moves().to_dict("records")
    ]
    write_table(page, row, ["类别", "学段", "调出学校", "调入学校", "人数（人）"], rows, centred=(1,))
    page.repeat_rows(row, row)


def coefficients_sheet(book: Book, plan: CountyPlan) -> None:
    """差异系数 before and after."""
    widths = [10, 24, 14, 14, 12, 14, 16]
    page, row = add_sheet(book, plan, "差异系数", widths, say("remediation_sheet.coefficients"))
    regime = plan.county.regime
    rows: list[Sequence[Cell]] = []
    for record in plan.result.coefficients().to_dict("records"):
        rows.append(
            [
                labels.STAGES[str(record["stage"])],
                indicator_label(regime, str(record["indicator"]), short=True),
                (record["cv_before"], decimals(4)),
                (record["cv_after"], decimals(4)),
                (record["cv_limit"], decimals(2)),
                CV_OUTCOMES[str(record["outcome_before"])],
                CV_OUTCOMES[str(record["outcome_after"])],
            ]
        )
    heads = ["学段", "指标", "现状", "整改后", "限值", "现状结论", "整改后结论"]
    write_table(page, row, heads, rows, centred=(0, 5, 6))


def comparison_sheet(book: Book, plan: CountyPlan) -> None:
    """The usual plans beside the optimum, with their coefficients."""
    if plan.comparison is None:
        return
    note = say("remediation_sheet.comparison", spared=spared(plan.county.regime), **assumed())
    page, row = add_sheet(book, plan, "与逐校达标法比较", [30, 18, 18, 18, 18], note)
    rows: list[Sequence[Cell]] = [
        [
            labels.VARIANTS[str(record["variant"])],
            (record["cost_wan_cny"], MONEY),
            (record["lower_bound_wan_cny"], MONEY),
            (record["ratio_to_optimum"], WAN),
            (record["coefficients_above_limit"], WHOLE),
        ]
        for record in plan.comparison.costs.to_dict("records")
    ]
    heads = [
        "做法",
        "所需资金（万元）",
        "该做法至少需要（万元）",
        "与最低成本整改方案之比",
        "超限的差异系数（项）",
    ]
    row = write_table(page, row, heads, rows) + 1
    page.text(row, 0, say("remediation_sheet.comparison_band"), "band", until=page.last_column)
    frame = plan.comparison.coefficients
    rows = []
    for (stage, indicator), group in frame.groupby(["stage", "indicator"], sort=False):
        values = group.set_index("variant")["cv"]
        rows.append(
            [
                f"{labels.STAGES[str(stage)]} {indicator_label(plan.county.regime, str(indicator), short=True)}",
                (float(group["cv_limit"].iloc[0]), decimals(2)),
                *((float(values.get(name, float("nan"))), decimals(4)) for name in labels.VARIANTS),
            ]
        )
    write_table(page, row + 1, ["差异系数", "限值", *labels.VARIANTS.values()], rows)


def prices_sheet(book: Book, plan: CountyPlan) -> None:
    """What a further 0.01 of a binding coefficient costs."""
    if plan.prices is None:
        return
    note = say("remediation_sheet.prices", **assumed())
    page, row = add_sheet(book, plan, "每0.01差异系数的代价", [26, 14, 18, 18, 24, 26], note)
    rows: list[Sequence[Cell]] = [
        [
            f"{labels.STAGES[str(record['stage'])]} "
            + indicator_label(plan.county.regime, str(record["indicator"]), short=True),
            (record["cv_limit"], decimals(2)),
            (record["lower_bound_wan_cny"], MONEY),
            (record["cost_wan_cny"], MONEY),
            (record["price_per_hundredth_wan_cny"], MONEY),
            labels.PLAN_STATUSES[str(record["status"])],
        ]
        for record in plan.prices.to_dict("records")
    ]
    heads = [
        "差异系数",
        "要求不高于",
        "至少需要（万元）",
        "求得方案（万元）",
        "每降0.01至少多花（万元）",
        "证明",
    ]
    write_table(page, row, heads, rows, centred=(5,))
