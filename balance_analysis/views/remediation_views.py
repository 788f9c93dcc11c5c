"""The least-cost plan as people see it: certificate, comparison, staircase, coefficients, schools, prices.

Frames in, elements out; every price shown is called what it is, an assumption.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from balance_analysis.regimes import Regime
from balance_analysis.views import report
from balance_analysis.views.elements.display import (
    Callout,
    Cell,
    Column,
    ReportFigure,
    ReportTable,
    TitlePage,
    Verdict,
)
from balance_analysis.views.remediation_figures import (
    coefficients_alt,
    costs_alt,
    plot_coefficient_changes,
    plot_costs,
    plot_staircase,
    staircase_alt,
)
from balance_analysis.views.remediation_words import (
    ASSUMED,
    FAMILIES,
    PROOF_NOTE,
    STATUSES,
    VARIANTS,
    PlanOfCounty,
    comparison_sentence,
    coverage,
    headline,
    quantity,
    spared_words,
)
from balance_analysis.views.tables import indicator_label
from balance_analysis.words import labels

DEAREST_SCHOOLS = 15
WAN = "万元"


def title_page(plan: PlanOfCounty) -> TitlePage:
    """First page of the plan's section."""
    page = report.title_page(plan.county)
    return TitlePage(
        title="最低成本达标方案（测算）",
        subtitle=plan.county.regime.name,
        county=page.county,
        division_code=page.division_code,
        school_year=page.school_year,
        regime=page.regime,
        overlays=page.overlays,
        source=page.source,
        source_sha256=page.source_sha256,
        target_year=page.target_year,
        simulated=page.simulated,
        stamp=page.stamp,
        produced_by=page.produced_by,
    )


def certificate_elements(plan: PlanOfCounty) -> Iterator[Verdict | Callout]:
    """The verdict before the plan, the certificate in plain words, and what is left open."""
    yield report.verdict(plan.county)
    certificate = plan.result.certificate
    items = [headline(plan)]
    if plan.found:
        items += [text for text in (coverage(plan), comparison_sentence(plan)) if text]
    items.append(ASSUMED)
    if plan.found:
        items.append(PROOF_NOTE)
    solver = f"求解器{certificate.solver}；要求的差距{certificate.gap_asked:.1%}"
    if plan.read_from_file:
        solver += f"；求解用时{certificate.seconds:.1f}秒"
    items.append(f"状态：{STATUSES[str(certificate.status)]}。{solver}。")
    yield Callout(
        "成本证明" if plan.found else "没有可行方案", items=items, tone="note" if plan.found else "warning"
    )
    if plan.result.reasons:
        reasons = [f"{FAMILIES.get(one.family, one.family)}：{one.message}" for one in plan.result.reasons]
        yield Callout("原因（约束类别和学校）", items=reasons, tone="warning")
    if plan.open_points:
        yield Callout("本方案没有处理的事项", items=plan.open_points)


def measure_elements(plan: PlanOfCounty) -> Iterator[ReportTable]:
    """What is to be done in all, by measure."""
    if not plan.found:
        return
    totals = plan.result.totals()
    rows: list[list[object]] = [
        [row["label"], quantity(row["quantity"], row["unit"]), row["cost_wan_cny"]]
        for row in totals.to_dict("records")
    ]
    if rows:
        rows.append(["合计", Cell(""), plan.result.certificate.cost_wan_cny])
    yield ReportTable(
        title="措施汇总",
        columns=[
            Column("label", "措施"),
            Column("quantity", "数量", align="right"),
            Column("cost", "所需资金", unit=WAN, kind="number", decimals=2),
        ],
        rows=rows,
        emphasis_rows=[len(rows) - 1] if rows else [],
        notes=[ASSUMED],
    )


def comparison_elements(plan: PlanOfCounty) -> Iterator[ReportTable | ReportFigure]:
    """The usual plans beside the optimum: cost, bound and what their coefficients come to."""
    if plan.comparison is None:
        return
    costs = plan.comparison.costs
    rows = []
    for row in costs.to_dict("records"):
        above = row["coefficients_above_limit"]
        passes = Cell("无法判定", "not_assessable")
        if pd.notna(above):
            passes = Cell("达标", "met") if above == 0 else Cell(f"{above:.0f}项差异系数超限", "not_met")
        rows.append(
            [
                VARIANTS[row["variant"]],
                row["cost_wan_cny"],
                row["lower_bound_wan_cny"],
                row["ratio_to_optimum"],
                passes,
            ]
        )
    yield ReportTable(
        title="与逐校达标法比较",
        columns=[
            Column("variant", "做法"),
            Column("cost", "所需资金", unit=WAN, kind="number", decimals=2),
            Column("bound", "同一做法的下界", unit=WAN, kind="number", decimals=2),
            Column("ratio", "与最低成本方案之比", kind="number", decimals=2),
            Column("passes", "县级结论", align="center"),
        ],
        rows=rows,
        notes=[
            f"逐校逐项补到标准值：每校每项都达到标准值，不用容许的{spared_words(plan.county.regime)}短板，不交流教师，不看差异系数。"
            "逐校补齐后再降差异系数：在前一做法上以最低成本追加，直到各项差异系数达到限值。",
            "“同一做法的下界”是该做法自身的最低成本；三种做法用同一套单价。",
        ],
    )
    yield ReportFigure(
        plot_costs(costs),
        caption="三种做法所需资金",
        alt=costs_alt(costs),
        note="虚线为已证明的最低成本下界。" + ASSUMED,
    )


def staircase_elements(plan: PlanOfCounty) -> Iterator[ReportTable | ReportFigure]:
    """The plan by year; nothing where there is nothing to stage."""
    if not plan.found or not plan.result.tasks_by_year:
        return
    stairs = plan.result.staircase()
    rows = [
        [f"{int(row['year'])}年" if row["year"] else "不分年度", *list(row.values())[1:]]
        for row in stairs.to_dict("records")
    ]
    yield ReportTable(
        title="分年度安排",
        columns=[
            Column("year", "年度"),
            Column("cost", "当年资金", unit=WAN, kind="number", decimals=2),
            Column("spent", "累计资金", unit=WAN, kind="number", decimals=2),
            Column("schools", "年末仍未达标的学校（分学段计）", kind="integer"),
            Column("above", "年末超限的差异系数", unit="项", kind="integer"),
        ],
        rows=rows,
        notes=[
            "单价文件没有分年度预算时，资金按年平均安排；先安排教师交流，再按每万元使达标项数增加最多的学校排序。",
            "多学段学校每个学段计一次。",
        ],
    )
    if len(stairs) > 1:
        yield ReportFigure(
            plot_staircase(stairs), caption="分年度资金和进展", alt=staircase_alt(stairs), note=ASSUMED
        )


def coefficient_elements(plan: PlanOfCounty) -> Iterator[ReportTable | ReportFigure]:
    """Coefficients before and after the plan against their limits."""
    if not plan.found:
        return
    frame, regime = plan.result.coefficients(), plan.county.regime
    yield coefficient_table(frame, regime)
    for stage in plan.county.stages:
        chosen = frame[frame["stage"] == stage]
        if chosen["cv_before"].notna().any() and chosen["cv_after"].notna().any():
            yield ReportFigure(
                plot_coefficient_changes(chosen, regime),
                caption=f"{labels.STAGES[stage]}差异系数：方案前后",
                alt=coefficients_alt(chosen, regime, stage),
                note="空心为现状，实心为方案实施后，虚线为限值。",
            )


def coefficient_table(frame: pd.DataFrame, regime: Regime) -> ReportTable:
    """Coefficients before and after with their outcome."""
    rows = [
        [
            labels.STAGES[str(row["stage"])],
            indicator_label(regime, str(row["indicator"]), short=True),
            _judged(row["cv_before"], str(row["outcome_before"])),
            _judged(row["cv_after"], str(row["outcome_after"])),
            row["cv_limit"],
        ]
        for row in frame.to_dict("records")
    ]
    return ReportTable(
        title="差异系数：方案前后",
        columns=[
            Column("stage", "学段"),
            Column("indicator", "指标"),
            Column("before", "现状", kind="number", decimals=3),
            Column("after", "方案实施后", kind="number", decimals=3),
            Column("limit", "限值", kind="number", decimals=2),
        ],
        rows=rows,
        notes=["比较使用未舍入的数值。没有超限的系数可能因方案而变大，但不超过限值。"],
    )


def _judged(value: float, outcome: str) -> Cell:
    return Cell(Column("", "", kind="number", decimals=3).cell(value).text, outcome)


def school_elements(plan: PlanOfCounty, spending: pd.DataFrame) -> Iterator[ReportTable]:
    """The dearest schools and what is done at every school.

    ``spending``: school_code, school_name, cost_wan_cny, share, measures (list of label, quantity, unit).
    """
    if not plan.found or spending.empty:
        return
    note = "投入为本校建设、购置、招聘、培养和增班所需；教师交流和划片调整的费用列在措施汇总中，不计入学校。"
    dear = spending[spending["cost_wan_cny"] > 0].head(DEAREST_SCHOOLS)
    if len(dear):
        yield ReportTable.from_frame(
            dear,
            [
                Column("school_name", "学校"),
                Column("cost_wan_cny", "投入", unit=WAN, kind="number", decimals=2),
                Column("share", "占学校投入合计", kind="percent"),
            ],
            title=f"投入最多的{len(dear)}所学校",
            notes=[note, ASSUMED],
        )
    yield ReportTable(
        title="逐校措施",
        columns=[
            Column("school", "学校"),
            Column("measures", "措施"),
            Column("cost", "投入", unit=WAN, kind="number", decimals=2),
        ],
        rows=[
            [row["school_name"], measures_text(row["measures"]), row["cost_wan_cny"]]
            for row in spending.to_dict("records")
        ],
        notes=[note],
        compact=True,
    )


def measures_text(measures: list[tuple[str, float, str]]) -> str:
    """``购置教学仪器设备12.50万元；调入骨干教师2人``."""
    return "；".join(f"{label}{quantity(number, unit)}" for label, number, unit in measures)
