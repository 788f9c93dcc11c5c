"""What may be said about the least-cost remediation plan: what it costs at least, what it leaves, why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from balance_analysis.findings.case import Case
from balance_analysis.findings.model import CATALOGUE, Finding, Kind, Tone
from balance_analysis.remediation.certificate import PlanStatus
from balance_analysis.remediation.county import CountyPlan
from balance_analysis.remediation.naive import LIFT_THEN_REPAIR, OPTIMUM
from balance_analysis.remediation.result import RemediationResult
from balance_analysis.remediation.worth import beyond_standards, spending_by_school
from balance_analysis.terms import Outcome
from balance_analysis.verdicts.items import OVERALL

HEAD = "remediation.head"
TREATED = ("music_art_rooms", "school_size", "class_size")
"""Roles of the items beside resources that a plan treats."""
KINDS = (
    Kind(id="remediation.nothing_needed", tone=Tone.PLAIN, group=HEAD),
    Kind(id="remediation.least_cost", tone=Tone.PLAIN, group=HEAD),
    Kind(id="remediation.near_least_cost", tone=Tone.PLAIN, group=HEAD),
    Kind(id="remediation.impossible", tone=Tone.ADVERSE, group=HEAD),
    Kind(id="remediation.no_plan_in_time", tone=Tone.OPEN, group=HEAD),
    Kind(id="remediation.reason", tone=Tone.ADVERSE),
    Kind(id="remediation.gap_open", tone=Tone.OPEN),
    Kind(id="remediation.usual_way", tone=Tone.PLAIN),
    Kind(id="remediation.scope", tone=Tone.PLAIN, group="remediation.after"),
    Kind(id="remediation.scope_open", tone=Tone.OPEN, group="remediation.after"),
    Kind(id="remediation.leaves", tone=Tone.OPEN),
)
CATALOGUE.add(*KINDS)


def find(case: Case) -> Iterator[Finding]:
    """Findings on the remediation plan of the case, the one of page 2 first; nothing where none was made."""
    if case.remediation is not None:
        yield from of_plan(case.remediation)


def headline(plan: CountyPlan) -> Finding:
    """What the plan costs at least, or why there is none: the finding of the heading, of page 2 and of the command."""
    certificate = plan.result.certificate
    cost, bound = certificate.cost_wan_cny, certificate.lower_bound_wan_cny
    aim: dict[str, Any] = {"margin": float(plan.settings.programme.cv_margin) or float("nan")}
    if certificate.status is PlanStatus.INFEASIBLE:
        return Finding("remediation.impossible", aim)
    if cost is None:
        return Finding("remediation.no_plan_in_time", {"at_least": bound or float("nan")})
    aim |= {"treated": treated_items(plan)}
    if not plan.result.tasks_by_year:
        return Finding("remediation.nothing_needed", aim)
    figures = {
        **aim,
        "at_least": bound or 0.0,
        "cost": cost,
        "schools": len(spending_by_school(plan.result, plan.county.regime)),
        "open": len(plan.open_points),
    }
    above = plan.most_above_minimum
    if above == 0:
        return Finding("remediation.least_cost", figures, frame="certificate")
    return Finding("remediation.near_least_cost", {**figures, "above": above or 0.0}, frame="certificate")


def of_plan(plan: CountyPlan) -> Iterator[Finding]:
    """Everything that is said about one remediation plan."""
    certificate = plan.result.certificate
    yield headline(plan)
    for reason in plan.result.reasons:
        yield Finding("remediation.reason", {"family": reason.family, "message": reason.message})
    if not plan.found:
        return
    if certificate.status is PlanStatus.FEASIBLE:
        yield Finding("remediation.gap_open", {"asked": certificate.gap_asked})
    yield from _usual_way(plan)
    yield _scope(plan)
    for point in plan.open_points:
        yield Finding("remediation.leaves", {"point": point})


def treated_items(plan: CountyPlan) -> list[dict[str, str]]:
    """The items on rooms, school size and class size that fail now and are met in the county after the plan, assessed again."""
    before, after = plan.county.items, plan.planned_county.items
    roles = [plan.county.regime.item_of(role) for role in TREATED]
    cured = set(before.loc[before["outcome"] == Outcome.NOT_MET, "item"])
    cured &= set(after.loc[after["outcome"] == Outcome.MET, "item"])
    return [{"item": one.id, "name": one.name} for one in roles if one is not None and one.id in cured]


def spending(plan: CountyPlan) -> pd.DataFrame:
    """What is done at each school, the dearest first (:func:`spending_by_school`)."""
    return spending_by_school(plan.result, plan.county.regime)


def beyond(result: RemediationResult) -> dict[str, float]:
    """What is added beyond every school's standard, by indicator (:func:`beyond_standards`)."""
    return beyond_standards(result)


def _usual_way(plan: CountyPlan) -> Iterator[Finding]:
    """How much dearer the usual way is; nothing where it is not, or was not found."""
    if plan.comparison is None:
        return
    costs = {str(row["variant"]): row for row in plan.comparison.costs.to_dict("records")}
    usual, best = costs[LIFT_THEN_REPAIR], costs[OPTIMUM]
    if pd.isna(usual["ratio_to_optimum"]) or usual["cost_wan_cny"] <= best["cost_wan_cny"]:
        return
    figures = {"cost": usual["cost_wan_cny"], "times": usual["ratio_to_optimum"]}
    yield Finding("remediation.usual_way", figures, frame="comparison")


def _scope(plan: CountyPlan) -> Finding:
    """What the plan reaches, and the items beside resources that are not met even then."""
    county = plan.planned_county
    overall = county.groups[county.groups["group"] == OVERALL].iloc[0]
    resource_items = {entry.item for entry in county.regime.indicators}
    items = county.items[
        (county.items["outcome"] == Outcome.NOT_MET) & ~county.items["item"].isin(resource_items)
    ]
    named = [item for item in str(overall["failing"]).split(";") if item in set(items["item"])]
    known = {str(row["item"]): str(row["name"]) for row in items.to_dict("records")}
    listed = [{"item": item, "name": known[item]} for item in named]
    cured = treated_items(plan)
    figures = {"regime": county.regime.name, "cured": cured, "items": listed}
    met = county.outcome == Outcome.MET
    return Finding("remediation.scope" if met else "remediation.scope_open", figures)
