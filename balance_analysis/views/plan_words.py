"""Words and marks of plans that tables and picture share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol


class PlanHeading(Protocol):
    """What tables and picture say about the plan they show; every plan has it."""

    @property
    def place(self) -> str:
        """Whose plan it is."""

    @property
    def citation(self) -> str:
        """The document as reports cite it."""


@dataclass(frozen=True)
class ProgressStyle:
    """How a status prints: symbol and word, fill and hatch of bars, marker of dates (all differ without colour)."""

    symbol: str
    word: str
    fill: str
    hatch: str
    marker: str


PROGRESS_STYLES: Final[Mapping[str, ProgressStyle]] = {
    "done": ProgressStyle("✓", "已完成", "#8CBFDD", "", "P"),
    "due": ProgressStyle("◇", "当期应办", "#F4D58D", "...", "D"),
    "open": ProgressStyle("□", "未到期", "#E4E8EC", "", "s"),
    "late": ProgressStyle("×", "逾期未完成", "#B2452F", "xxx", "X"),
    "not_assessable": ProgressStyle("○", "无法判定", "#FFFFFF", "///", "o"),
}
"""Keyed by :class:`balance_analysis.plans.ProgressStatus`."""


def chinese_date(day: date) -> str:
    """2018年9月30日.

    >>> chinese_date(date(2018, 9, 30))
    '2018年9月30日'
    """
    return f"{day.year}年{day.month}月{day.day}日"
