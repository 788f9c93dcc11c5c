"""What a single well-formed entry may still get wrong: its words, its dates, what it points to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from balance_analysis.regimes.model import Cited
from balance_analysis.terms import ALL_STAGES, COMPOSITE, SchoolType, Stage

LIMIT_STAGES = (*Stage, ALL_STAGES)
ITEM_KINDS = ("resource", "numeric", "evidence", "veto", "check")
GENERAL_SUBJECTS = (COMPOSITE, "school", "county")


def contradictions(kind: str, record: Any, entries: Mapping[str, Mapping[str, Any]], where: str) -> list[str]:
    """Problems of one parsed entry (``kind`` as in the file) seen together with the other ``entries``.

    Returns Chinese sentences; an empty list when the entry is sound.
    """
    found: list[str] = []
    if kind == "limit":
        if record.stage not in LIMIT_STAGES:
            found.append(f"stage 应为 {'、'.join(LIMIT_STAGES)} 之一，发现“{record.stage}”")
        if record.subject not in {*entries["indicator"], *entries["item"], *GENERAL_SUBJECTS}:
            found.append("subject 不是本办法的指标或项目")
    elif kind == "choice" and record.value not in record.options:
        found.append(f"value 应为 {'、'.join(record.options)} 之一，发现“{record.value}”")
    elif kind == "item":
        if record.kind not in ITEM_KINDS:
            found.append(f"kind 应为 {'、'.join(ITEM_KINDS)} 之一，发现“{record.kind}”")
        elif record.kind in ("resource", "numeric", "check") and not record.method:
            found.append(f"kind 为 {record.kind} 的项目须写明计算方法（method）")
        elif record.kind == "resource" and record.method not in entries["indicator"]:
            found.append(f"method 应为本办法的指标，发现“{record.method}”")
    elif kind in ("scope", "stage_weight") and record.school_type not in tuple(SchoolType):
        found.append(f"school_type 应为 {'、'.join(SchoolType)} 之一，发现“{record.school_type}”")
    return [f"{where}：{sentence}" for sentence in found]


def date_contradictions(record: Cited) -> list[str]:
    """Whether an entry ends before it begins (it would never be in force, and nobody would notice)."""
    if record.valid_to is not None and record.valid_to < record.valid_from:
        return [f"终止日期 {record.valid_to} 早于生效日期 {record.valid_from}"]
    return []
