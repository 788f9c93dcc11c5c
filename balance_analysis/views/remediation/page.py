"""The remediation plan in the county report, in its own notebook, and as sliders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from html import escape
from typing import Any, Final

import pandas as pd

from balance_analysis.findings import remediation as topic
from balance_analysis.findings.case import Case
from balance_analysis.views.county.page import cover
from balance_analysis.views.elements import Callout, ReportFigure, ReportTable, Section, TitlePage, html
from balance_analysis.views.elements.style import report_style
from balance_analysis.views.remediation import figures, tables
from balance_analysis.views.remediation.tables import PlanOfCounty
from balance_analysis.words import say, tell

Element = Section | Callout | ReportTable | ReportFigure
SLIDER_STEPS: Final = 100


def section(case: Case) -> Iterator[Element]:
    """The plan in the county report: what it costs at least, what it leaves, measures and dearest schools; nothing without one."""
    plan = case.remediation
    if plan is None:
        return
    head = topic.headline(plan)
    yield Section(say(f"remediation_heading.{head.id.partition('.')[2]}", **head.figures))
    yield from certificate_elements(plan)
    if plan.found and plan.result.tasks_by_year:
        yield tables.measures_table(plan)
        yield tables.coefficient_table(plan.result.coefficients(), plan.county.regime)


def by_school(case: Case) -> Iterator[Section | ReportTable]:
    """An annex: what the plan does at every school and what that costs; nothing without a plan."""
    plan = case.remediation
    if plan is None or not plan.found or not plan.result.tasks_by_year:
        return
    yield Section(say("remediation_page.by_school_heading"))
    worst = case.worst_schools
    failing = dict(zip(worst["school_code"].astype(str), worst["school_name"].astype(str), strict=True))
    yield tables.measures_by_school_table(topic.spending(plan), failing)


def title_page(plan: PlanOfCounty) -> TitlePage:
    """First page of the plan's own document."""
    return replace(
        cover(Case(plan.county)), title=say("remediation_page.title"), subtitle=plan.county.regime.name
    )


def certificate_elements(plan: Any) -> Iterator[Callout]:
    """What is proven about the cost, in plain words, why there is no plan, and what is left open."""
    found = list(topic.of_plan(plan))
    leaves = [tell(one) for one in found if one.id == "remediation.leaves"]
    items = [tell(one) for one in found if one.id != "remediation.leaves"]
    items.append(say("remediation_page.assumed"))
    if plan.found:
        items.append(say("remediation_page.proof"))
    certificate = plan.result.certificate
    items.append(say("remediation_page.state", status=certificate.status, asked=certificate.gap_asked))
    title, tone = ("found_title", "note") if plan.found else ("not_found_title", "warning")
    yield Callout(say(f"remediation_page.{title}"), items=items, tone=tone)  # type: ignore[arg-type]
    if leaves:
        yield Callout(say("remediation_page.leaves_title"), items=leaves)


def measure_elements(plan: PlanOfCounty) -> Iterator[ReportTable]:
    """What is to be done in all, by measure."""
    if plan.found:
        yield tables.measures_table(plan)


def comparison_elements(plan: PlanOfCounty) -> Iterator[ReportTable | ReportFigure]:
    """The usual ways beside the optimum."""
    if plan.comparison is None:
        return
    costs = plan.comparison.costs
    yield tables.comparison_table(costs, plan.county.regime)
    yield ReportFigure(
        figures.plot_costs(costs),
        caption=say("remediation_figure.costs", **_of(plan)),
        alt=figures.costs_alt(costs),
        note=say("remediation_figure.costs_note", **tables.assumed()),
    )


def _of(plan: PlanOfCounty) -> dict[str, object]:
    """County and year of the figures, for their captions."""
    return {"county": plan.county.county, "year": plan.county.year}


def staircase_elements(plan: PlanOfCounty) -> Iterator[ReportTable | ReportFigure]:
    """The plan by year; nothing where there is nothing to stage."""
    if not plan.found or not plan.result.tasks_by_year:
        return
    stairs = plan.result.staircase()
    yield tables.years_table(stairs)
    if len(stairs) > 1:
        yield ReportFigure(
            figures.plot_staircase(stairs),
            caption=say("remediation_figure.stairs", **_of(plan)),
            alt=figures.staircase_alt(stairs),
            note=say("remediation_page.assumed"),
        )


def coefficient_elements(plan: PlanOfCounty) -> Iterator[ReportTable | ReportFigure]:
    """Coefficients before and after the plan against their limits."""
    if not plan.found:
        return
    frame, regime = plan.result.coefficients(), plan.county.regime
    yield tables.coefficient_table(frame, regime)
    for stage in plan.county.stages:
        chosen = frame[frame["stage"] == stage]
        if chosen["cv_before"].notna().any() and chosen["cv_after"].notna().any():
            yield ReportFigure(
                figures.plot_coefficient_changes(chosen, regime),
                caption=say("remediation_figure.changes", stage=stage, **_of(plan)),
                alt=figures.coefficients_alt(chosen, regime, stage),
                note=say("remediation_figure.changes_note"),
            )


def school_elements(plan: Any) -> Iterator[ReportTable]:
    """The dearest schools and what is done at every school."""
    if not plan.found:
        return
    spending: pd.DataFrame = topic.spending(plan)
    if spending.empty:
        return
    dearest = tables.dearest_table(spending)
    if dearest is not None:
        yield dearest
    yield tables.schools_table(spending)


def price_elements(plan: PlanOfCounty) -> Iterator[ReportTable | Callout]:
    """What each further 0.01 of a binding coefficient costs."""
    if plan.prices is None:
        return
    if plan.prices.empty:
        yield Callout(say("remediation_page.prices_free_title"), say("remediation_page.prices_free"))
        return
    yield tables.price_table(plan.prices, plan.county.regime)


def assumption_elements(plan: PlanOfCounty) -> Iterator[ReportTable]:
    """Every price and rule used, with basis and grade."""
    yield tables.assumption_table(plan.settings)


class Explorer:
    """The sliders of one plan; :attr:`box` is what a notebook shows, the given plan first. ``plan`` can be solved again (``CountyPlan.explore``)."""

    def __init__(self, plan: Any, *, seconds: float = 5.0) -> None:
        import ipywidgets as widgets  # type: ignore[import-untyped]

        self.plan, self.seconds = plan, seconds
        limits = [rule.cv_limit for rule in plan.result.problem.rules.values() if rule.cv_limit is not None]
        loosest = float(max(limits)) if limits else 1.0
        top = 100.0
        if plan.comparison is not None:
            top = max(float(plan.comparison.costs["cost_wan_cny"].max(skipna=True)), top)
        wide: Any = {"style": {"description_width": "12em"}, "layout": {"width": "40em"}}
        self.unlimited = widgets.Checkbox(
            value=True, description=say("remediation_sliders.unlimited"), indent=False
        )
        self.budget = widgets.IntSlider(
            value=int(top), min=0, max=int(top) + 1, step=max(1, int(top) // SLIDER_STEPS),
            description=say("remediation_sliders.budget"), continuous_update=False, **wide,
        )  # fmt: skip
        self.limit = widgets.FloatSlider(
            value=loosest, min=round(loosest / 3, 2), max=loosest, step=0.01, readout_format=".2f",
            description=say("remediation_sliders.limit"), continuous_update=False, **wide,
        )  # fmt: skip
        self.answer = widgets.HTML()
        self._solved: dict[tuple[Fraction, int | None], Any] = {
            (Fraction(round(loosest * 100), 100), None): plan.result  # the plan itself: nothing to solve
        }
        for control in (self.unlimited, self.budget, self.limit):
            control.observe(self._changed, names="value")
        self.box = widgets.VBox([self.unlimited, self.budget, self.limit, self.answer])
        self._changed(None)

    def _changed(self, _change: object) -> None:
        budget = None if self.unlimited.value else int(self.budget.value)
        limit = Fraction(round(self.limit.value * 100), 100)
        if _change is not None and _change["owner"] is self.budget and budget is None:  # type: ignore[index]
            return  # without a limit on money its slider means nothing
        free = self._result(limit, None)
        cost, bound = free.certificate.cost_wan_cny, free.certificate.lower_bound_wan_cny
        if budget is not None and bound is not None and budget < bound:
            said = [say("remediation_sliders.too_little", budget=float(budget), at_least=bound)]
            self.answer.value = "".join(f"<p>{escape(line)}</p>" for line in said)
            return
        enough = budget is None or (cost is not None and budget >= cost)
        self._show(free if enough else self._result(limit, budget))

    def _result(self, limit: Fraction, budget: int | None) -> Any:
        """The plan of a setting, solved once."""
        if (limit, budget) not in self._solved:
            self.answer.value = say("remediation_sliders.busy")
            self._solved[limit, budget] = self.plan.explore(
                budget_wan_cny=budget, cv_limit=limit, seconds=self.seconds
            )
        return self._solved[limit, budget]

    def _show(self, result: Any) -> None:
        """What the setting comes to: cost and proof, measures, coefficients before and after."""
        said = "<br>".join(escape(line) for line in answer_lines(result))
        plan = replace(self.plan, result=result, comparison=None, prices=None)
        with report_style():
            elements = [*measure_elements(plan), *coefficient_elements(plan)]
        shown = (
            html.figure(one.to_json(), one.svg_with_names) if isinstance(one, ReportFigure) else one.to_html()
            for one in elements
        )
        self.answer.value = f"<p>{said}</p>{''.join(shown)}"


def answer_lines(result: Any) -> list[str]:
    """What the last setting of the sliders comes to."""
    certificate = result.certificate
    lines = [say("remediation_sliders.state", status=certificate.status)]
    if certificate.cost_wan_cny is not None:
        lines.append(say("remediation_sliders.cost", cost=certificate.cost_wan_cny))
    if certificate.lower_bound_wan_cny is not None:
        lines.append(say("remediation_sliders.bound", at_least=certificate.lower_bound_wan_cny))
    if certificate.gap is not None:
        lines.append(say("remediation_sliders.gap", gap=certificate.gap))
    return lines + [tell(reason.message) for reason in result.reasons]


def explorer(plan: Any, *, seconds: float = 5.0) -> Any:
    """Sliders for the total budget and for the ceiling on every coefficient, and the plan that they lead to.

    Solved again is only what cannot be told from a plan already known: a budget above its cost changes nothing, one below its
    proven minimum allows none.
    """
    return Explorer(plan, seconds=seconds).box
