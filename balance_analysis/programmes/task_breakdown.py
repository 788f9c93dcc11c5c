"""The task breakdown (任务分解表): one row per item, its present state told from the data, who does what by when, how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.programmes.model import Plan, Task
from balance_analysis.programmes.own_tasks import OwnTask, own_tasks
from balance_analysis.programmes.status import ReportedStatus, worst
from balance_analysis.statements import Statement
from balance_analysis.terms import Outcome
from balance_analysis.verdicts.resource_items import resource_item_schools

GROUPS = ("resource_allocation", "government_guarantee", "education_quality")
"""The groups of items that the annex of a county's plan breaks down (B1–B31)."""
COLUMNS = (
    "item",
    "group",
    "name",
    "requirement",
    "outcome",
    "present_state",
    "measure",
    "deadline",
    "responsible_offices",
    "investment_wan_cny",
    "status",
    "reported",
    "contradicts",
    "closed",
    "measure_from",
    "n_schools",
    "schools",
)
SHEET, PLAN = "sheet", "plan"


def break_down_tasks(
    county: CountyAssessment,
    items: pd.DataFrame,
    item_schools: pd.DataFrame,
    *,
    plan: Plan | None = None,
    progress: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row per item in the order of the regime, like the annex of a county's plan.

    Parameters: ``items`` and ``item_schools`` as judged (``CountyAssessment.items``, ``.item_schools``); ``plan`` fills what
    the county's sheet 任务 leaves blank (a plan of another county, or one that works towards another evaluation, is not used);
    ``progress`` as measured against that plan, for ``status``. Items: B1–B31 under the 2017 regime; every judged item
    but checks, entry conditions and vetoes under a regime without such groups. Columns: ``item, group, name, requirement,
    outcome``; ``present_state`` a statement that begins with the outcome and gives the figures; ``measure, deadline``
    (timestamp, NaT where none; the plan's before the sheet's, as in the progress), ``responsible_offices, investment_wan_cny``
    (万元); ``status`` of the tasks on that item, the worst of several (:class:`ProgressStatus`; empty where none is measured);
    ``reported`` (the least of what is reported of these tasks, empty where one is not reported), ``contradicts`` (one is reported done
    against the data), ``closed`` (all are closed by data or report);
    ``measure_from`` (``sheet``, ``plan`` or empty); ``n_schools`` and ``schools`` (names joined by ``、``) of the schools below
    the limit.
    """
    if plan is not None and not (plan.covers(county.division_code) and plan.head.regime == county.regime.id):
        plan = None
    own = own_tasks(county.tables.tasks)
    planned = {} if plan is None else _planned(plan, county.division_code)
    standing = {} if progress is None else _standing(progress)
    concerned = _schools_concerned(county, item_schools)
    rows = []
    for item in _broken_down(items).to_dict("records"):
        key = str(item["item"]).casefold()
        sheet, document = (
            own.get(key, OwnTask(str(item["item"]))),
            planned.get(key, OwnTask(str(item["item"]))),
        )
        if document.measure == item["name"]:  # some plans name a task by its indicator: that is no measure
            document = replace(document, measure="")
        schools = concerned.get(str(item["item"]), []) if item["outcome"] == Outcome.NOT_MET else []
        figures = {"outcome": item["outcome"], "detail": item["detail"]}
        rows.append(
            {
                **{name: item[name] for name in ("item", "group", "name", "requirement", "outcome")},
                "present_state": Statement("breakdown.present_state", figures),
                "measure": sheet.measure or document.measure,
                "deadline": document.deadline or sheet.deadline,
                "responsible_offices": sheet.offices or document.offices,
                "investment_wan_cny": sheet.investment_wan_cny,
                **standing.get(key, _NOWHERE),
                "measure_from": SHEET if sheet.measure else PLAN if document.measure else "",
                "n_schools": len(schools),
                "schools": "、".join(schools),
            }
        )
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["deadline"] = pd.to_datetime(frame["deadline"])
    return frame


_NOWHERE: Mapping[str, object] = {"status": "", "reported": "", "contradicts": False, "closed": False}


def _standing(progress: pd.DataFrame) -> dict[str, Mapping[str, object]]:
    """Where the tasks that are about one item alone stand together, by item in lower case."""
    tasks = progress[progress["kind"].isin(["task", "own_task"])]
    alone = tasks[(tasks["items"] != "") & ~tasks["items"].str.contains(";")]
    order = ["", *ReportedStatus]
    return {
        str(item): {
            "status": worst(rows["status"]),
            "reported": min(map(str, rows["reported"]), key=order.index),
            "contradicts": bool(rows["contradicts"].any()),
            "closed": bool((rows["closed_by"] != "").all()),
        }
        for item, rows in alone.groupby(alone["items"].str.casefold())
    }


def _broken_down(items: pd.DataFrame) -> pd.DataFrame:
    chosen = items[items["group"].isin(GROUPS)]
    if len(chosen):
        return chosen
    return items[~items["kind"].isin(["check", "veto"]) & (items["group"] != "entry_condition")]


def _planned(plan: Plan, division_code: str) -> dict[str, OwnTask]:
    """What the plan says about single items; tasks about several items say nothing special about one."""
    found: dict[str, list[Task]] = {}
    for task in plan.tasks:
        if len(task.items) == 1:
            found.setdefault(task.items[0].casefold(), []).append(task)
    return {
        key: OwnTask(
            item=tasks[0].items[0],
            measure="；".join(task.name for task in tasks),
            deadline=max(
                filter(None, (plan.deadline_of(task, division_code) for task in tasks)), default=None
            ),
            offices="、".join(
                dict.fromkeys(
                    office for task in tasks for office in (*task.offices, *task.supporting_offices)
                )
            ),
        )
        for key, tasks in found.items()
    }


def _schools_concerned(county: CountyAssessment, item_schools: pd.DataFrame) -> dict[str, list[str]]:
    """Names of the schools below the limit, by item, each once."""
    resources = resource_item_schools(county.current("indicators"), county.current("schools"), county.regime)
    below = resources[resources["outcome"] == Outcome.NOT_MET]
    both = pd.concat(
        [below[["item", "school_code", "school_name"]], item_schools[["item", "school_code", "school_name"]]]
    )
    unique = both.drop_duplicates(["item", "school_code"])
    return {str(item): list(rows["school_name"]) for item, rows in unique.groupby("item", sort=False)}
