"""What the remediation plan puts into 问题台账 and 一校一案: its measures at a school, its money, and how the sums make the whole plan."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from balance_analysis.explain.shortfalls import share_text
from balance_analysis.findings.case import Case
from balance_analysis.remediation.worth import actions_by_school
from balance_analysis.reporting.forms.sheets import Page
from balance_analysis.reporting.forms.styles import DASH, WAN
from balance_analysis.terms import Outcome
from balance_analysis.views.remediation.tables import measures_text
from balance_analysis.words import say


def is_planned(case: Case) -> bool:
    """Whether there is a remediation plan that was found."""
    return case.remediation is not None and case.remediation.found


def actions_of(case: Case) -> pd.DataFrame:
    """What the remediation plan does, by school and item; no rows without a plan."""
    plan = case.remediation
    if plan is None or not plan.found:
        return pd.DataFrame(columns=["school_code", "item", "label", "quantity", "unit", "cost_wan_cny"])
    return actions_by_school(plan.result, case.county.regime)


def measures_at(case: Case, rows: pd.DataFrame, mine: pd.DataFrame) -> str:
    """What the plan does about one item at one school: its own measures, or that others bring it there; empty without a plan."""
    plan = case.remediation
    if plan is None or not plan.found:
        return ""
    if len(mine):
        listed = zip(mine["label"], mine["quantity"], mine["unit"], strict=True)
        return measures_text([(str(label), float(n), str(unit)) for label, n, unit in listed])
    after = plan.result.schools()
    places = list(zip(rows["stage"], rows["school_code"], rows["indicator"], strict=True))
    ends = [
        outcome
        for stage, code, indicator, outcome in zip(
            after["stage"], after["school_code"], after["indicator"], after["outcome_after"], strict=True
        )
        if (stage, code, indicator) in places
    ]
    if ends and Outcome.TOLERABLE in ends:
        return say("issue_form.stays_tolerated", share=share_text(case.county.regime))
    item = str(rows["item"].iloc[0])
    met = item in {str(one) for one in plan.planned_county.items.query("outcome == 'met'")["item"]}
    return say("issue_form.by_other_measures") if ends or met else say("issue_form.not_in_plan")


def planned_text(case: Case, listed: float | None = None) -> str:
    """Where measures and money come from; with what stands ``listed``, how it adds up to the whole plan."""
    money = plan_money(case)
    beyond = math.nan if listed is None else round(money["schools"] - listed, 2) or math.nan
    sums = "" if listed is None else say("issue_form.sums", **money, listed=listed, beyond=beyond)
    return say("issue_form.planned", sums=sums, assumed=say("remediation_page.assumed"))


def plan_money(case: Case) -> dict[str, float]:
    """The plan's money in 万元: at schools, for moves that the county organises, in all."""
    assert case.remediation is not None
    whole = float(case.remediation.result.certificate.cost_wan_cny or 0)
    schools = float(actions_of(case)["cost_wan_cny"].sum())
    return {"whole": whole, "schools": schools, "moves": round(whole - schools, 2) or math.nan}


def write_money(page: Page, row: int, column: int, value: Any) -> None:
    """An amount of money; empty where unknown, a dash where nothing is to be spent."""
    if pd.isna(value):
        page.text(row, column, "", "text")
    elif not value:
        page.text(row, column, DASH, "centre")
    else:
        page.number(row, column, float(value), WAN)
