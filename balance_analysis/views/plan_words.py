"""Words and marks of plans that tables and picture share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol


class PlanHeading(Protocol):
    """What tables and picture say about the plan they show; every plan has it."""

    @property
    def place(self) -> str:
        """Whose plan it is."""

    @property
    def citation(self) -> str:
        """The document as reports cite it."""


ITEM_WORDS: Final[Mapping[str, str]] = {
    "school_standards": "办学基本标准",
    "government_work": "政府推进工作",
    "satisfaction": "公众满意度",
    "recognition": "社会认可度",
    "three_growths": "三个增长",
}
"""Items that have no number; the numbered ones (B1 …) go by it."""


def item_words(items: str) -> str:
    """Items joined by ``;`` as people read them; more than three in a row are given by the first and the last.

    >>> item_words("three_growths;B6"), item_words("B1;B2;B3;B4")
    ('三个增长、B6', 'B1—B4')
    """
    ids = items.split(";")
    numbered = [name for name in ids if name not in ITEM_WORDS]
    shown = [f"{numbered[0]}—{numbered[-1]}"] if _in_a_row(numbered) else numbered
    return "、".join([*(ITEM_WORDS[name] for name in ids if name in ITEM_WORDS), *shown])


def _in_a_row(numbered: list[str]) -> bool:
    numbers = [int(name[1:]) for name in numbered if name[1:].isdigit()]
    return len(numbers) == len(numbered) > 3 and numbers == list(range(numbers[0], numbers[-1] + 1))


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
"""Keyed by :class:`balance_analysis.programmes.ProgressStatus`."""
