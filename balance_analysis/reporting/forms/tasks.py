"""What the county's own task sheet says about an item: measure, deadline, offices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.reporting.forms.sheets import Page


@dataclass(frozen=True)
class Task:
    """One item's row of the task sheet; empty where the county filed nothing."""

    measure: str = ""
    deadline: str = ""
    offices: str = ""


def county_tasks(county: CountyAssessment) -> dict[str, Task]:
    """Tasks by item id; several rows on one item are joined in file order."""
    found: dict[str, Task] = {}
    for row in county.tables.tasks.to_dict("records"):
        item = _text(row, "item")
        if not item:
            continue
        before = found.get(item, Task())
        found[item] = Task(
            _joined(before.measure, _text(row, "measure"), "；"),
            _joined(before.deadline, _text(row, "deadline"), "；"),
            _joined(before.offices, _text(row, "responsible_offices"), "、"),
        )
    return found


def write_deadline(page: Page, row: int, column: int, text: str) -> None:
    """Write a deadline as a day where it is one, else as filed."""
    try:
        page.date(row, column, date.fromisoformat(text))
    except ValueError:
        page.text(row, column, text, "centre")


def _text(row: Mapping[Any, Any], name: str) -> str:
    value = row.get(name)
    if value is None or pd.isna(value):
        return ""
    return value.isoformat() if isinstance(value, date) else str(value).strip()


def _joined(first: str, second: str, mark: str) -> str:
    return mark.join(dict.fromkeys(part for part in (first, second) if part))
