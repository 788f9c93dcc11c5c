"""Sliders for JupyterLab: another total budget, tighter coefficients, solved again within a few seconds."""

from __future__ import annotations

from fractions import Fraction
from html import escape
from typing import Any, Protocol

import ipywidgets as widgets  # type: ignore[import-untyped]

from balance_analysis.views.remediation_words import STATUSES, PlanOfCounty, at_least, at_most_percent, money
from balance_analysis.words import tell

SLIDER_STEPS = 100


class Explorable(PlanOfCounty, Protocol):
    """A plan that can be solved again under other limits (``CountyPlan.explore``)."""

    def explore(self, *, budget_wan_cny: int | None, cv_limit: Fraction | None, seconds: float) -> Any:
        """Solve again under another total budget and another ceiling on every coefficient."""


class Explorer:
    """The sliders of one plan; :attr:`box` is what a notebook shows."""

    def __init__(self, plan: Explorable, *, seconds: float = 5.0) -> None:
        self.plan, self.seconds = plan, seconds
        limits = [rule.cv_limit for rule in plan.result.problem.rules.values() if rule.cv_limit is not None]
        loosest = float(max(limits)) if limits else 1.0
        top = 100.0
        if plan.comparison is not None:
            top = max(float(plan.comparison.costs["cost_wan_cny"].max(skipna=True)), top)
        wide: Any = {"style": {"description_width": "12em"}, "layout": {"width": "40em"}}
        self.unlimited = widgets.Checkbox(value=True, description="不限资金总额", indent=False)
        self.budget = widgets.IntSlider(
            value=int(top), min=0, max=int(top) + 1, step=max(1, int(top) // SLIDER_STEPS),
            description="资金总额（万元）", continuous_update=False, **wide,
        )  # fmt: skip
        self.limit = widgets.FloatSlider(
            value=loosest, min=round(loosest / 3, 2), max=loosest, step=0.01, readout_format=".2f",
            description="各项差异系数不高于", continuous_update=False, **wide,
        )  # fmt: skip
        self.answer = widgets.HTML(value="拖动滑块后在数秒内重新测算。差异系数只能在现行限值以内收紧。")
        for control in (self.unlimited, self.budget, self.limit):
            control.observe(self._solve, names="value")
        self.box = widgets.VBox([self.unlimited, self.budget, self.limit, self.answer])

    def _solve(self, _change: object) -> None:
        self.answer.value = "正在测算……"
        budget = None if self.unlimited.value else int(self.budget.value)
        result = self.plan.explore(
            budget_wan_cny=budget, cv_limit=Fraction(round(self.limit.value * 100), 100), seconds=self.seconds
        )
        self.answer.value = "<br>".join(escape(line) for line in answer_lines(result))


def answer_lines(result: Any) -> list[str]:
    """What the last setting of the sliders comes to."""
    certificate = result.certificate
    lines = [f"状态：{STATUSES[str(certificate.status)]}"]
    if certificate.cost_wan_cny is not None:
        lines.append(f"方案需要{money(certificate.cost_wan_cny)}万元（单价为规划假设）")
    if certificate.lower_bound_wan_cny is not None:
        lines.append(f"任何可行方案至少需要{at_least(certificate.lower_bound_wan_cny)}万元")
    if certificate.gap is not None:
        lines.append(f"两者相差不超过本方案的{at_most_percent(certificate.gap)}")
    return lines + [tell(reason.message) for reason in result.reasons]


def explorer(plan: Explorable, *, seconds: float = 5.0) -> widgets.VBox:
    """Sliders for the total budget and for the ceiling on every coefficient; each change solves again."""
    return Explorer(plan, seconds=seconds).box
