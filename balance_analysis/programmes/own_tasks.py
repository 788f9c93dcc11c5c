"""The county's own measures: the sheet 任务, one entry per item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd


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
