"""What is said about a least-cost plan: the certificate in plain sentences, names of variants, statuses and families."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final, Protocol

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.regimes.model import Regime
from balance_analysis.words import numbers

VARIANTS: Final[Mapping[str, str]] = {
    "lift_every_school": "逐校逐项补到标准值",
    "lift_then_repair": "逐校补齐后再降差异系数",
    "optimum": "最低成本方案",
}
STATUSES: Final[Mapping[str, str]] = {
    "optimal": "已证明（达到要求的差距）",
    "feasible": "可行，差距未收敛到要求",
    "infeasible": "已证明没有可行方案",
    "no_plan_in_time": "时限内未得出结论",
}
FAMILIES: Final[Mapping[str, str]] = {
    "school_need": "学校指标",
    "school_floor": "学校指标下限",
    "school_minimum_met": "学校达标项数",
    "coefficient": "差异系数",
    "class_size": "班额",
    "school_size": "学校规模",
    "budget": "预算",
    "ceiling": "上限或冻结学校",
    "rotation": "交流轮岗",
    "donor_need": "调出学校自身需要",
    "within": "骨干教师来源",
    "time": "时限",
}
ASSUMED: Final = "单价均为规划假设（依据等级 C），不是定额，也不是预算；换成当地单价后须重新测算。"
PROOF_NOTE: Final = (
    "“至少需要”由求解器以浮点运算给出（容差百万分之一）；方案本身用有理数逐条复核，"
    "并写回填报表、按同一评估办法重新判定，通过后才列出。"
)


class PlanOfCounty(Protocol):
    """What the views need of a county's plan (``plans.remediation.county.CountyPlan``)."""

    @property
    def county(self) -> CountyAssessment: ...
    @property
    def result(self) -> Any: ...
    @property
    def comparison(self) -> Any: ...
    @property
    def prices(self) -> pd.DataFrame | None: ...
    @property
    def open_points(self) -> tuple[str, ...]: ...
    @property
    def read_from_file(self) -> bool: ...
    @property
    def found(self) -> bool: ...
    @property
    def most_above_minimum(self) -> float | None: ...


def spared_words(regime: Regime) -> str:
    """How many indicators of a passing school may stay below their limit: ``一项``."""
    rule = regime.school_rule
    assert rule is not None, "plans are made under a school rule only"
    return f"{numbers.several(rule.spared)}项"


def at_least(value: float) -> str:
    """A proven lower bound in 万元, rounded down so that it stays true.

    >>> at_least(10789.339)
    '10,789.33'
    """
    return f"{Decimal(repr(value)).quantize(Decimal('0.01'), ROUND_FLOOR):,f}"


def at_most_percent(share: float) -> str:
    """A proven upper bound as a percentage, rounded up so that it stays true.

    >>> at_most_percent(0.0000388), at_most_percent(0.0)
    ('0.01%', '0%')
    """
    if share == 0:
        return "0%"
    return f"{(Decimal(repr(share)) * 100).quantize(Decimal('0.01'), ROUND_CEILING):f}%"


def money(value: float) -> str:
    """万元 with two decimals and grouped digits."""
    return f"{value:,.2f}"


def quantity(value: float, unit: str) -> str:
    """Whole units without decimals, money and parts with two.

    >>> quantity(12.0, "人"), quantity(3.5, "万元")
    ('12人', '3.50万元')
    """
    return (f"{value:,.0f}" if value == int(value) and unit != "万元" else f"{value:,.2f}") + unit


def headline(plan: PlanOfCounty) -> str:
    """The certificate in one or two sentences."""
    certificate = plan.result.certificate
    status, cost, bound = str(certificate.status), certificate.cost_wan_cny, certificate.lower_bound_wan_cny
    if status == "infeasible":
        return "已证明：在所列措施、上限和资金之内，没有能使本县达标的方案。原因见下。"
    if cost is None:
        proven = f"已证明至少需要{at_least(bound)}万元；" if bound else ""
        return f"在给定时限内没有找到可行方案，也没有证明不存在。{proven}请延长时限后重新测算。"
    if not plan.result.tasks_by_year:
        return "本县现有数据已符合各校标准和差异系数要求，不需要新的措施，最低成本为0。"
    above = plan.most_above_minimum
    text = f"已证明：在所列措施、单价和约束之内，任何可行方案至少需要{at_least(bound)}万元；本方案需要{money(cost)}万元，"
    text += "即为最低成本。" if above == 0 else f"最多比最低成本高出{at_most_percent(above or 0.0)}。"
    if status == "feasible":
        text += f"（差距大于所要求的{certificate.gap_asked:.1%}，延长时限可能进一步缩小。）"
    return text


def coverage(plan: PlanOfCounty) -> str:
    """What the plan reaches, in one sentence."""
    county = plan.county
    return (
        f"方案实施后，按《{county.regime.name}》以{county.year}学年在校生数重新判定：各校资源配置和校际差异系数全部达标。"
        "只涉及资源配置；其他评估项目不在本测算之内。"
    )


def comparison_sentence(plan: PlanOfCounty) -> str:
    """How much dearer the usual way is; empty where nothing can be said."""
    if plan.comparison is None:
        return ""
    costs = {str(row["variant"]): row for row in plan.comparison.costs.to_dict("records")}
    usual, best = costs["lift_then_repair"], costs["optimum"]
    if pd.isna(usual["ratio_to_optimum"]) or usual["cost_wan_cny"] <= best["cost_wan_cny"]:
        return ""
    return (
        f"用同一套单价，逐校逐项补齐、再把差异系数降到限值，需要{money(usual['cost_wan_cny'])}万元，"
        f"是本方案的{usual['ratio_to_optimum']:.2f}倍。"
    )
