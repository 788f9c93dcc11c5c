"""The task breakdown (任务分解表): one row per item, its present state told from the data, and who does what by when."""

from __future__ import annotations

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.programmes.model import Plan, Task
from balance_analysis.programmes.own_tasks import OwnTask, own_tasks
from balance_analysis.terms import Outcome
from balance_analysis.verdicts.resource_items import resource_item_schools

GROUPS = ("resource_allocation", "government_guarantee", "education_quality")
"""The groups of items that the annex of a county's plan breaks down (B1–B31)."""
OUTCOME_WORDS = {"met": "达标", "not_met": "不达标", "not_assessable": "无法判定"}
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
    "measure_from",
    "n_schools",
    "schools",
)
SHEET, PLAN = "sheet", "plan"


def break_down_tasks(
    county: CountyAssessment, items: pd.DataFrame, item_schools: pd.DataFrame, *, plan: Plan | None = None
) -> pd.DataFrame:
    """One row per item in the order of the regime, like the annex of a county's plan.

    Parameters: ``items`` and ``item_schools`` as judged (``CountyAssessment.items``, ``.item_schools``); ``plan`` fills what
    the county's sheet 任务 leaves blank (a plan of another county is not used). Items: B1–B31 under the 2017 regime;
    every judged item but checks, entry conditions and vetoes under a regime without such groups. Columns: ``item, group,
    name, requirement, outcome``; ``present_state`` a sentence
    that begins with the outcome and gives the figures; ``measure, deadline`` (timestamp, NaT where none),
    ``responsible_offices, investment_wan_cny`` (万元); ``measure_from`` (``sheet``, ``plan`` or empty); ``n_schools`` and
    ``schools`` (names joined by ``、``) of the schools below the limit.
    """
    if plan is not None and not plan.covers(county.division_code):
        plan = None
    own = own_tasks(county.tables.tasks)
    planned = {} if plan is None else _planned(plan, county.division_code)
    concerned = _schools_concerned(county, item_schools)
    rows = []
    for item in _broken_down(items).to_dict("records"):
        key = str(item["item"]).casefold()
        sheet, document = (
            own.get(key, OwnTask(str(item["item"]))),
            planned.get(key, OwnTask(str(item["item"]))),
        )
        schools = concerned.get(str(item["item"]), []) if item["outcome"] == Outcome.NOT_MET else []
        rows.append(
            {
                **{name: item[name] for name in ("item", "group", "name", "requirement", "outcome")},
                "present_state": f"{OUTCOME_WORDS[str(item['outcome'])]}。{item['detail']}",
                "measure": sheet.measure or document.measure,
                "deadline": sheet.deadline or document.deadline,
                "responsible_offices": sheet.offices or document.offices,
                "investment_wan_cny": sheet.investment_wan_cny,
                "measure_from": SHEET if sheet.measure else PLAN if document.measure else "",
                "n_schools": len(schools),
                "schools": "、".join(schools),
            }
        )
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["deadline"] = pd.to_datetime(frame["deadline"])
    return frame


def _broken_down(items: pd.DataFrame) -> pd.DataFrame:
    chosen = items[items["group"].isin(GROUPS)]
    if len(chosen):
        return chosen
    return items[~items["kind"].isin(["check", "veto"]) & (items["group"] != "entry_condition")]


def _planned(plan: Plan, division_code: str) -> dict[str, OwnTask]:
    """What the plan says about single items; tasks about several items say nothing special about one.

    Several tasks on one item are joined, the latest deadline counts.
    """
    found: dict[str, list[Task]] = {}
    for task in plan.tasks:
        if len(task.items) == 1:
            found.setdefault(task.items[0], []).append(task)
    return {
        item.casefold(): OwnTask(
            item=item,
            measure="；".join(task.name for task in tasks),
            deadline=max(
                filter(None, (plan.deadline_of(task, division_code) for task in tasks)), default=None
            ),
            offices="、".join(
                dict.fromkeys(name for task in tasks for name in (*task.offices, *task.supporting_offices))
            ),
        )
        for item, tasks in found.items()
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
