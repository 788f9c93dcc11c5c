"""A county's plan as JSON-ready data and back: one search, one truth for workbook, report and notebook."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from types import NoneType
from typing import Any

import pandas as pd

from balance_analysis import __version__
from balance_analysis.assessment import CountyAssessment
from balance_analysis.errors import ParameterError, RegimeError
from balance_analysis.exact import as_filed
from balance_analysis.parameters import (
    PARAMETERS,
    check_parameters,
    find_file,
    namespace_parameters,
    open_from_parameters,
)
from balance_analysis.remediation.certificate import Certificate, PlanStatus, Reason
from balance_analysis.remediation.costs import costs_from_text, load_costs, with_cv_margin
from balance_analysis.remediation.county import CountyPlan, judge_of, problem_of_county, solve_county
from balance_analysis.remediation.naive import PlanComparison
from balance_analysis.remediation.plan import Plan, breaches, cost_of
from balance_analysis.remediation.problem import RemediationProblem
from balance_analysis.remediation.result import RemediationResult
from balance_analysis.remediation.settings import RemediationSettings
from balance_analysis.remediation.solve import Search
from balance_analysis.remediation.staging import Task, plan_until

SCHEMA = 2
COUNTY_PARAMETERS = ("files", "division_code", "year", "regime", "overlays", "target_year", "on")
PLAN_PARAMETERS: Mapping[str, tuple[type, ...]] = {
    **{name: PARAMETERS[name] for name in COUNTY_PARAMETERS},
    "costs": (str, NoneType),
    "seconds": (int,),
    "solved": (str, NoneType),
}
"""Every parameter of the plan's notebook: a county, a costs file, the time limit, a plan.json already solved."""
EVERY_YEAR = 10**6
LONG = 40
"""A longer value (a fingerprint) is not printed in a refusal."""
IDENTITY_NAMES: Mapping[str, str] = {
    "division_code": "行政区划代码",
    "county": "区县名称",
    "year": "数据学年",
    "target_year": "目标年",
    "regime": "评估办法",
    "overlays": "地方补充规定",
    "on": "依据日期",
    "regime_sha256": "评估办法的条文",
    "source_sha256": "填报数据",
    "costs_sha256": "单价与规则",
    "simulated": "数据性质",
}
"""What a plan belongs to, as a refusal names it."""


def settings_sha256(settings: RemediationSettings) -> str:
    """Fingerprint of everything a costs file says."""
    content = asdict(settings) | {"frozen_schools": sorted(settings.frozen_schools), "text": ""}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def identity(county: CountyAssessment, settings: RemediationSettings) -> dict[str, Any]:
    """Which county, year, law, data and prices a plan belongs to."""
    return {
        "division_code": county.division_code,
        "county": county.county,
        "year": county.year,
        "target_year": county.target_year,
        "regime": county.regime.id,
        "overlays": [overlay.id for overlay in county.regime.overlays],
        "on": county.regime.on.isoformat(),
        "regime_sha256": county.regime.fingerprint,
        "source_sha256": [source.sha256 for source in county.tables.sources],
        "costs_sha256": settings_sha256(settings),
        "simulated": county.tables.simulated,
    }


def plan_to_dict(plan: CountyPlan) -> dict[str, Any]:
    """Everything about a county's plan as JSON-ready values; missing numbers are ``None``."""
    return {
        "schema": SCHEMA,
        "program": f"balance-analysis {__version__}",
        "identity": identity(plan.county, plan.settings),
        "costs_text": plan.settings.text,
        "cv_margin": str(plan.settings.programme.cv_margin),
        "outcome_before": plan.county.outcome,
        "open_points": [{"id": one.id, "figures": dict(one.figures)} for one in plan.open_points],
        **plan.result.to_dict(),
        "comparison": None
        if plan.comparison is None
        else {
            "costs": _records(plan.comparison.costs),
            "coefficients": _records(plan.comparison.coefficients),
        },
        "prices": None if plan.prices is None else _records(plan.prices),
    }


def plan_from_dict(
    content: Mapping[str, Any], county: CountyAssessment, settings: RemediationSettings
) -> CountyPlan:
    """The plan that :func:`plan_to_dict` wrote, checked again as if it had just been found.

    Raises :class:`ParameterError` when it belongs to another county, year, law, data or prices, or no longer passes.
    """
    if content.get("schema") != SCHEMA:
        raise ParameterError("方案文件的版本与本程序不符，请重新测算整改方案")
    for name, value in identity(county, settings).items():
        found = content["identity"].get(name)
        if found != value:
            plain = all(isinstance(one, str | int) and len(str(one)) < LONG for one in (found, value))
            told = f"（方案为{found}，当前为{value}）" if plain else ""
            raise ParameterError(
                f"整改方案文件不是按当前数据和参数测算的，不能使用：{IDENTITY_NAMES[name]}不同{told}；请重新测算整改方案"
            )
    problem, open_points = problem_of_county(county, settings)
    certificate = Certificate(
        **{**content["certificate"], "status": PlanStatus(content["certificate"]["status"])}
    )
    reasons = tuple(
        Reason(**{**reason, "school_codes": tuple(reason["school_codes"])}) for reason in content["reasons"]
    )
    tasks = tuple(_task(problem, record) for record in content.get("tasks", ()))
    plan: Plan | None = None
    if certificate.cost_wan_cny is not None:
        plan = plan_until(problem, tasks, EVERY_YEAR)
        cost = cost_of(problem, plan)
        refused = bool(breaches(problem, plan)) or bool(judge_of(county, problem)(plan))
        if refused or float(cost) != certificate.cost_wan_cny:
            why = "按现在的数据和单价重新判定没有通过" if refused else "成本不符"
            raise ParameterError(f"方案文件已不能通过复核（{why}），请重新测算整改方案")
    comparison = content["comparison"]
    return CountyPlan(
        county,
        RemediationResult(problem, Search(plan, certificate), reasons, tasks),
        None
        if comparison is None
        else PlanComparison(pd.DataFrame(comparison["costs"]), pd.DataFrame(comparison["coefficients"])),
        None if content["prices"] is None else _prices(content["prices"]),
        tuple(open_points),
        read_from_file=True,
    )


def read_plan(path: Path, county: CountyAssessment) -> CountyPlan:
    """The plan of a saved plan.json for this very county, year, law and data, by the prices it was made with.

    Raises :class:`ParameterError` with one sentence where it is no such file, was made for something else or no longer passes.
    """
    try:
        content = json.loads(path.read_bytes())
        settings = with_cv_margin(costs_from_text(content["costs_text"]), Fraction(content["cv_margin"]))
        return plan_from_dict(content, county, settings)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, RegimeError):
        raise ParameterError(
            f"{path.name} 不是本程序写出的整改方案（plan.json），或已被改动；请重新测算整改方案"
        ) from None


def open_plan_from_parameters(namespace: Mapping[str, Any]) -> CountyPlan:
    """Check a notebook's parameters, then solve the county they name or read its plan: the one call of the notebook.

    With ``solved`` the plan is read from that plan.json and checked again; else it is solved within ``seconds``.
    """
    given = check_parameters(
        namespace_parameters(namespace, expected=PLAN_PARAMETERS), expected=PLAN_PARAMETERS
    )
    chosen = {name: given.get(name) for name in PARAMETERS}
    county = open_from_parameters(chosen)
    if given["solved"] is not None:
        return read_plan(find_file(given["solved"]), county)
    settings = load_costs(None if given["costs"] is None else find_file(given["costs"]))
    return solve_county(county, settings, seconds=given["seconds"])


def _task(problem: RemediationProblem, record: Mapping[str, Any]) -> Task:
    quantity = as_filed(record["quantity"])
    return Task(
        record["year"],
        record["kind"],
        record["measure"],
        record["school_code"],
        record["stage"],
        quantity,
        quantity * _unit_cost(problem, record),
        record["to_school"],
    )


def _unit_cost(problem: RemediationProblem, record: Mapping[str, Any]) -> Fraction:
    settings = problem.settings
    prices = {action.id: action.unit_cost for action in settings.actions}
    prices |= {profile.id: profile.unit_cost for profile in settings.profiles}
    prices["open_class"] = settings.class_cost
    if record["kind"] == "rezone":
        key = (record["stage"], record["school_code"], record["to_school"])
        return {(k.stage, k.from_school, k.to_school): k.unit_cost for k in settings.rezoning}[key]
    return prices[record["measure"]]


def _prices(records: list[dict[str, Any]]) -> pd.DataFrame:
    columns = ["stage", "indicator", "cv_limit", "status", "cost_wan_cny", "lower_bound_wan_cny", "gap"]
    return pd.DataFrame(records, columns=[*columns, "price_per_hundredth_wan_cny"])


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            str(key): None if isinstance(value, float) and math.isnan(value) else value
            for key, value in record.items()
        }
        for record in frame.to_dict("records")
    ]
