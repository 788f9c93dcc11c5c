"""What a least-cost plan rests on: every assumed price and rule, and the price of lower coefficients."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from balance_analysis.regimes import Regime
from balance_analysis.views.elements.display import Callout, Column, ReportTable
from balance_analysis.views.remediation_words import ASSUMED, STATUSES, PlanOfCounty
from balance_analysis.views.tables import indicator_label
from balance_analysis.words import labels

WAN = "万元"


def price_elements(plan: PlanOfCounty) -> Iterator[ReportTable | Callout]:
    """What each further 0.01 of a binding coefficient costs."""
    if plan.prices is None:
        return
    if plan.prices.empty:
        yield Callout(
            "差异系数的代价",
            "方案实施后各项差异系数离限值都在0.01以上：差异系数限值没有使本县多花钱，所需资金来自各校标准值。",
        )
        return
    yield price_table(plan.prices, plan.county.regime)


def price_table(prices: pd.DataFrame, regime: Regime) -> ReportTable:
    """The least cost at tighter limits, one coefficient at a time."""
    rows = [
        [
            labels.STAGES[str(row["stage"])]
            + " "
            + indicator_label(regime, str(row["indicator"]), short=True),
            row["cv_limit"],
            row["lower_bound_wan_cny"],
            row["cost_wan_cny"],
            row["price_per_hundredth_wan_cny"],
            STATUSES[str(row["status"])],
        ]
        for row in prices.to_dict("records")
    ]
    return ReportTable(
        title="差异系数再低0.01的代价",
        columns=[
            Column("indicator", "差异系数"),
            Column("limit", "要求不高于", kind="number", decimals=2),
            Column("bound", "至少需要", unit=WAN, kind="number", decimals=2),
            Column("cost", "求得方案", unit=WAN, kind="number", decimals=2),
            Column("price", "每降0.01", unit=WAN, kind="number", decimals=2),
            Column("status", "证明"),
        ],
        rows=rows,
        notes=[
            "每次只收紧一项，其余限值不变；第一行为现行限值下的本方案，“每降0.01”由相邻两行的求得方案相减再平均。",
            "相邻两行之差不大于各自“求得方案”与“至少需要”之差时，差额没有得到证明，不列（—）。" + ASSUMED,
        ],
    )


def assumption_elements(plan: PlanOfCounty) -> Iterator[ReportTable]:
    """Every price and rule used, with basis and grade."""
    settings = plan.result.problem.settings
    rows: list[list[object]] = [
        [action.label, f"每{action.unit}", float(action.unit_cost), action.basis, settings.grade]
        for action in settings.actions
    ]
    rows += [
        [
            profile.label,
            "每人",
            float(profile.unit_cost),
            "校际交流，同一学段内一校调出、一校调入",
            settings.grade,
        ]
        for profile in settings.profiles
    ]
    rows.append(
        [
            "增开班级",
            "每班",
            float(settings.class_cost),
            "只在班额需要时增开；所需教师和用房由各项标准值另计",
            settings.grade,
        ]
    )
    notes = [f"来源：{settings.title}。{settings.source}。", ASSUMED]
    if settings.profiles:
        notes.append(
            f"交流教师中骨干教师不低于{float(settings.minimum_backbone_share):.0%}；调出学校各项不低于自身标准值。"
        )
    notes.append(
        "资金上限："
        + (f"{float(settings.budget):,.2f}万元。" if settings.budget is not None else "未设。")
        + (f"冻结学校{len(settings.frozen_schools)}所。" if settings.frozen_schools else "")
        + (f"学校上限{len(settings.ceilings)}条。" if settings.ceilings else "")
        + (f"可划片调整{len(settings.rezoning)}处。" if settings.rezoning else "")
    )
    yield ReportTable(
        title="测算所用的单价和规则",
        columns=[
            Column("label", "措施"),
            Column("unit", "单位"),
            Column("price", "单价", unit=WAN, kind="number", decimals=2),
            Column("basis", "依据"),
            Column("grade", "依据等级", align="center"),
        ],
        rows=rows,
        notes=notes,
    )
