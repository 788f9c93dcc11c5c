"""The county's own measures: the sheet 任务, one entry per item."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import pandas as pd

REPORTED_DONE = frozenset({"已完成", "已办结", "已销号"})
"""What 现状 says by itself, before its first punctuation mark, of a task that the county reports as done."""
_CLAUSE_END = re.compile(r"[，。；、：,;:（(\s]")


@dataclass(frozen=True)
class OwnTask:
    """What the sheet says about one item; empty text and None where it says nothing.

    Several lines on one item (from several files) are joined; the latest deadline counts, investments are added.
    """

    item: str
    present_state: str = ""
    measure: str = ""
    deadline: date | None = None
    offices: str = ""
    investment_wan_cny: float = float("nan")

    @property
    def reported_done(self) -> bool:
        """Whether the county reports the task as done.

        >>> [OwnTask("x", text).reported_done for text in ("已完成", "已完成，2018年8月验收", "已完成60%", "未完成", "")]
        [True, True, False, False, False]
        """
        return _CLAUSE_END.split(self.present_state, maxsplit=1)[0] in REPORTED_DONE


def own_tasks(tasks: pd.DataFrame) -> dict[str, OwnTask]:
    """Entries of the sheet by item id in lower case (``b3``), in the order of the sheet."""
    found: dict[str, OwnTask] = {}
    if tasks.empty:
        return found
    named = tasks[tasks["item"].notna()]
    for key, rows in named.groupby(named["item"].str.strip().str.casefold(), sort=False):
        deadlines = [date.fromisoformat(str(text)[:10]) for text in rows["deadline"] if _known(text)]
        investments = rows["investment_wan_cny"].dropna()
        found[str(key)] = OwnTask(
            item=str(rows["item"].iloc[0]).strip(),
            present_state=_joined(rows["present_state"], "；"),
            measure=_joined(rows["measure"], "；"),
            deadline=max(deadlines, default=None),
            offices=_joined(rows["responsible_offices"], "、"),
            investment_wan_cny=float(investments.sum()) if len(investments) else float("nan"),
        )
    return found


def _joined(texts: pd.Series, separator: str) -> str:
    return separator.join(dict.fromkeys(str(text).strip() for text in texts if _known(text)))


def _known(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip())
