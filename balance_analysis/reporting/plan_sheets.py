"""The sheets of plan.xlsx that look at schools, teachers, coefficients and other ways to the same end."""

from __future__ import annotations

from collections.abc import Sequence

from balance_analysis.remediation.county import CountyPlan
from balance_analysis.remediation.worth import spending_by_school
from balance_analysis.reporting.forms.sheets import Book
from balance_analysis.reporting.forms.styles import DASH, PERCENT_SHARE, WAN, WHOLE, decimals
from balance_analysis.reporting.plan_tables import AMOUNT, MONEY, OUTCOMES, Cell, add_sheet, write_table
from balance_analysis.views.remediation_views import measures_text
from balance_analysis.views.remediation_words import ASSUMED, STATUSES, VARIANTS, spared_words
from balance_analysis.views.tables import indicator_label
from balance_analysis.words import labels

CHANGE = "+#,##0.##;-#,##0.##;0"
CV_OUTCOMES = {"met": "达标", "not_met": "超限", "": DASH}


def schools_sheet(book: Book, plan: CountyPlan) -> None:
    """一校一案: every indicator of every school before and after."""
    spared = spared_words(plan.county.regime)
    note = f"各校每个学段每项指标的现状和方案实施后。容许短板：低于标准值但不低于允许下限，达标学校可有{spared}。"
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
            (record["amount_before"], AMOUNT),
            (record["amount_after"], AMOUNT),
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
        "总量方案后",
        "增减",
        "标准值",
        "允许下限",
        "生均现状",
        "现状结论",
        "生均方案后",
        "方案后结论",
    ]
    last = write_table(page, row, heads, rows, centred=(1, 10, 12))
    page.repeat_rows(row, row, freeze_columns=3)
    page.sheet.autofilter(row, 0, max(last - 1, row), len(heads) - 1)


def spending_sheet(book: Book, plan: CountyPlan) -> None:
    """逐校措施: what is done at each school, the dearest first."""
    note = "投入为本校建设、购置、招聘、培养和增班所需，不含教师交流和划片调整的费用。" + ASSUMED
    page, row = add_sheet(book, plan, "逐校措施", [28, 66, 16, 14], note, landscape=True)
    rows: list[Sequence[Cell]] = [
        [
            record["school_name"],
            measures_text(record["measures"]),
            (record["cost_wan_cny"], MONEY),
            (record["share"], PERCENT_SHARE),
        ]
        for record in spending_by_school(plan.result).to_dict("records")
    ]
    write_table(page, row, ["学校", "措施", "投入（万元）", "占学校投入"], rows)
    page.repeat_rows(row, row)


def moves_sheet(book: Book, plan: CountyPlan) -> None:
    """教师交流: who goes where."""
    note = (
        "同一学段内调出与调入相等；调出学校各项不低于自身标准值。具体人选由县教育行政部门按交流轮岗办法确定。"
    )
    page, row = add_sheet(book, plan, "教师交流", [26, 10, 30, 30, 12], note)
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
    note = "结论按未舍入的数值判定。没有超限的系数可能因方案而变大，但不超过限值。"
    page, row = add_sheet(book, plan, "差异系数", [10, 24, 14, 14, 12, 14, 16], note)
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
    heads = ["学段", "指标", "现状", "方案后", "限值", "现状结论", "方案后结论"]
    write_table(page, row, heads, rows, centred=(0, 5, 6))


def comparison_sheet(book: Book, plan: CountyPlan) -> None:
    """The usual plans beside the optimum, with their coefficients."""
    if plan.comparison is None:
        return
    note = (
        f"逐校逐项补到标准值：每校每项都达到标准值，不用容许的{spared_words(plan.county.regime)}短板，不交流教师，不看差异系数；"
        "再降差异系数：在此之上以最低成本追加。三种做法用同一套单价。" + ASSUMED
    )
    page, row = add_sheet(book, plan, "与逐校达标法比较", [30, 18, 18, 18, 18], note)
    rows: list[Sequence[Cell]] = [
        [
            VARIANTS[str(record["variant"])],
            (record["cost_wan_cny"], MONEY),
            (record["lower_bound_wan_cny"], MONEY),
            (record["ratio_to_optimum"], WAN),
            (record["coefficients_above_limit"], WHOLE),
        ]
        for record in plan.comparison.costs.to_dict("records")
    ]
    heads = ["做法", "所需资金（万元）", "该做法的下界（万元）", "与最低成本方案之比", "超限的差异系数（项）"]
    row = write_table(page, row, heads, rows) + 1
    page.text(row, 0, "各做法实施后的差异系数", "band", until=page.last_column)
    frame = plan.comparison.coefficients
    rows = []
    for (stage, indicator), group in frame.groupby(["stage", "indicator"], sort=False):
        values = group.set_index("variant")["cv"]
        rows.append(
            [
                f"{labels.STAGES[str(stage)]} {indicator_label(plan.county.regime, str(indicator), short=True)}",
                (float(group["cv_limit"].iloc[0]), decimals(2)),
                *((float(values.get(name, float("nan"))), decimals(4)) for name in VARIANTS),
            ]
        )
    write_table(page, row + 1, ["差异系数", "限值", *VARIANTS.values()], rows)


def prices_sheet(book: Book, plan: CountyPlan) -> None:
    """What a further 0.01 of a binding coefficient costs."""
    if plan.prices is None:
        return
    note = (
        "每次只收紧一项，其余限值不变；第一行为现行限值下的本方案。相邻两行之差没有得到证明时不列（——）。"
        "没有行：方案后各项差异系数离限值都在0.01以上，差异系数没有使本县多花钱。" + ASSUMED
    )
    page, row = add_sheet(book, plan, "每0.01差异系数的代价", [26, 14, 18, 18, 18, 26], note)
    rows: list[Sequence[Cell]] = [
        [
            f"{labels.STAGES[str(record['stage'])]} "
            + indicator_label(plan.county.regime, str(record["indicator"]), short=True),
            (record["cv_limit"], decimals(2)),
            (record["lower_bound_wan_cny"], MONEY),
            (record["cost_wan_cny"], MONEY),
            (record["price_per_hundredth_wan_cny"], MONEY),
            STATUSES[str(record["status"])],
        ]
        for record in plan.prices.to_dict("records")
    ]
    heads = ["差异系数", "要求不高于", "至少需要（万元）", "求得方案（万元）", "每降0.01（万元）", "证明"]
    write_table(page, row, heads, rows, centred=(5,))
