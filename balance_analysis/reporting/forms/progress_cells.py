"""The columns of 问题台账 on how far the work is: deadline, 整改进展 and 销号, from the progress ledger where the county reports."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Final

import pandas as pd

from balance_analysis.findings.case import Case
from balance_analysis.reporting.forms.sheets import Page
from balance_analysis.words import say
from balance_analysis.words.labels import REPORTED

DISPUTED: Final = "待核对"
"""What 整改进展 says where the county reports the task done and its data show otherwise."""
PROGRESS: Final = (
    *dict.fromkeys(REPORTED[name] for name in ("not_started", "under_way", "completed")),
    DISPUTED,
)
"""What 整改进展 may say."""
CLOSED: Final = "是"


def write_deadline(page: Page, row: int, column: int, day: Any) -> None:
    """A deadline as a day; an empty cell without one."""
    if pd.isna(day):
        page.text(row, column, "", "centre")
    else:
        page.date(row, column, pd.Timestamp(day).date())


def fill_in(page: Page, row: int, column: int, task: Mapping[Hashable, Any] | None) -> None:
    """整改进展, chosen from a list, and 销号: as reported of the item's task, else to be filled in."""
    reported = "" if task is None else str(task["reported"])
    word = REPORTED["completed" if reported == "closed" else reported] if reported else ""
    if task is not None and task["contradicts"]:
        word = DISPUTED
    page.text(row, column, word, "centre")
    page.choice(row, column, PROGRESS)
    page.text(row, column + 1, CLOSED if task is not None and word and task["closed"] else "", "centre")


def tasks_by_item(case: Case) -> dict[str, Mapping[Hashable, Any]]:
    """The rows of the task breakdown by item."""
    return {str(row["item"]): row for row in case.tasks.to_dict("records")}


def reported_text(case: Case) -> str:
    """Where 整改进展 comes from, in a county that reports any."""
    return say("issue_form.reported") if (case.tasks["reported"] != "").any() else ""


def task_source(case: Case) -> str:
    """Where measures, money, dates and offices come from: the sheet 任务, then the programme where one is used."""
    used = case.plan is not None and case.progress is not None
    return say("issue_form.tasks", plan=say("issue_form.plan") if used else "")
