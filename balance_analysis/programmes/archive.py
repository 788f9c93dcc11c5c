"""The archive index (档案目录): item × document × year × office, from the sheet 佐证 and the plan."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.programmes.model import Plan

COLUMNS = ("item", "name", "requirement", "year", "document", "office", "conclusion", "source")
SHEET, PLAN, NONE = "sheet", "plan", "none"


def archive_index(
    county: CountyAssessment, *, years: Sequence[int], plan: Plan | None = None
) -> pd.DataFrame:
    """One row per item, year and document of the regime's items that are judged by documents or have some.

    ``source``: ``sheet`` (佐证, with ``document``, ``office`` and ``conclusion`` as filed), ``plan`` (nothing filed; the office is the
    plan's), ``none`` (nothing filed and the plan names nobody). Columns: ``item, name, requirement, year, document,
    office, conclusion`` (met / not_met / not_assessable or empty), ``source``. A row without a document is a gap of the archive.
    """
    evidence = county.tables.evidence
    offices: dict[str, list[str]] = {}
    if plan is not None and plan.covers(county.division_code):
        for task in plan.tasks:
            if len(task.items) == 1:
                offices.setdefault(task.items[0], []).extend(task.offices)
    rows = []
    for item in county.regime.items:
        of_item = evidence[evidence["item"] == item.id]
        if of_item.empty and item.kind not in ("evidence", "veto"):
            continue
        for year in years:
            filed = of_item[of_item["school_year"] == year].to_dict("records")
            named = "、".join(dict.fromkeys(offices.get(item.id, ())))
            missing: dict[Hashable, Any] = {
                "reference": None,
                "responsible_office": named or None,
                "conclusion": None,
            }
            for row in filed or [missing]:
                rows.append(
                    {
                        "item": item.id,
                        "name": item.name,
                        "requirement": item.requirement,
                        "year": year,
                        "document": _text(row["reference"]),
                        "office": _text(row["responsible_office"]) or named,
                        "conclusion": _text(row["conclusion"]),
                        "source": SHEET if filed else PLAN if named else NONE,
                    }
                )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
