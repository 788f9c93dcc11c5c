"""What may be said about the county's own implementation plan: what is late, what is due next, what nobody can tell."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from balance_analysis.findings.case import Case
from balance_analysis.findings.model import CATALOGUE, Finding, Kind, Tone
from balance_analysis.programmes.status import FINISHED, SOON_DAYS, ProgressStatus, statistics_day
from balance_analysis.regimes import regime_head
from balance_analysis.statements import Statement

HEAD = "progress.head"
KINDS = (
    Kind(id="progress.other_county", tone=Tone.OPEN, group=HEAD),
    Kind(id="progress.not_comparable", tone=Tone.OPEN, group=HEAD),
    Kind(id="progress.late", tone=Tone.ADVERSE, group=HEAD),
    Kind(id="progress.none_late", tone=Tone.PLAIN, group=HEAD),
    Kind(id="progress.target", tone=Tone.PLAIN),
    Kind(id="progress.outdated", tone=Tone.OPEN),
    Kind(id="progress.due", tone=Tone.PLAIN, excludes=frozenset({"progress.ahead"})),
    Kind(id="progress.ahead", tone=Tone.PLAIN),
    Kind(id="progress.contradicted", tone=Tone.ADVERSE),
    Kind(id="progress.done", tone=Tone.PLAIN),
    Kind(id="progress.unproved", tone=Tone.OPEN),
    Kind(id="progress.to_verify", tone=Tone.OPEN),
    Kind(id="progress.unseen", tone=Tone.OPEN),
)
CATALOGUE.add(*KINDS)

MATTERS = ("task", "commitment", "own_task")
"""Kinds of lines that somebody has to bring about; stages go by the calendar, targets are told by themselves."""
NAMED = 3
"""Matters named in a sentence; the others stand in the tables."""


def find(case: Case) -> Iterator[Finding]:
    """Findings on the county's programme, the one of the heading first; nothing without a programme."""
    plan, frame = case.plan, case.progress
    if plan is None:
        return
    if frame is None:
        yield Finding(
            "progress.other_county", {"place": plan.place, "county": case.county.county}, clause=plan.citation
        )
        return
    told = _Told(case, frame, plan.citation)
    matters = frame[frame["kind"].isin(MATTERS)]
    by_status = {str(status): matters[matters["status"] == status] for status in ProgressStatus}
    late, due, outdated = (by_status[name] for name in ("late", "due", "outdated"))
    apart = frame[frame["status"] == ProgressStatus.NOT_COMPARABLE]
    if len(apart):
        names = {"plan": regime_head(plan.head.regime).short_name, "used": case.county.regime.short_name}
        yield told.finding("progress.not_comparable", apart, n=len(apart), **names)
    elif len(late):
        over = _over(matters, case)
        yield told.finding("progress.late", late, n=len(late), due=len(due), over=over, **told.first(late))
    else:
        yield told.finding("progress.none_late", matters, due=len(due), over=_over(matters, case))
    targets = frame[(frame["kind"] == "target") & (frame["status"] != ProgressStatus.NOT_COMPARABLE)]
    for place, target in zip(targets.index, targets.to_dict("records"), strict=True):
        figures = {"year": target["deadline"].year, "name": target["name"], "status": target["status"]}
        yield told.finding("progress.target", targets.loc[[place]], **figures)
    if len(outdated):
        day = statistics_day(case.county.year)
        yield told.finding("progress.outdated", outdated, n=len(outdated), day=day, **told.first(outdated))
    open_matters = by_status["open"][by_status["open"]["deadline"].notna()].sort_values(
        "deadline", kind="stable"
    )
    if len(due):
        yield told.finding("progress.due", due, n=len(due), days=SOON_DAYS, **told.first(due))
    elif len(open_matters):
        row = open_matters.iloc[0]
        figures = {"days": SOON_DAYS, "deadline": row["deadline"].date(), "name": row["name"]}
        yield told.finding("progress.ahead", open_matters.iloc[:1], **figures)
    contradicted = matters[matters["contradicts"].astype(bool)]
    if len(contradicted):
        yield told.finding(
            "progress.contradicted",
            contradicted,
            n=len(contradicted),
            year=case.county.year,
            **told.first(contradicted),
        )
    done, to_verify = by_status["done"], by_status["to_verify"]
    if len(done):
        reported = int((done["basis"] == "reported").sum())
        yield told.finding("progress.done", done, n=len(done), all=len(matters), reported=reported)
    unproved = matters[
        matters["reported"].isin(FINISHED)
        & (matters["status"] != "done")
        & ~matters["contradicts"].astype(bool)
    ]
    if len(unproved):
        yield told.finding("progress.unproved", unproved, n=len(unproved))
    if len(to_verify):
        yield told.finding("progress.to_verify", to_verify, n=len(to_verify))
    dark = matters[unseen(matters)]
    if len(dark):
        yield told.finding("progress.unseen", dark, n=len(dark), over=_over(dark, case))


def unseen(lines: pd.DataFrame) -> pd.Series:
    """Which lines somebody has to bring about and nothing can show, those that are due now left out."""
    return lines["kind"].isin(MATTERS) & (lines["basis"] == "none") & (lines["status"] != ProgressStatus.DUE)


def _over(rows: pd.DataFrame, case: Case) -> int:
    """How many of the rows are past their deadline without data that tell."""
    untold = rows["status"].isin(["outdated", "not_assessable"])
    return int((untold & (rows["deadline"] < pd.Timestamp(case.county.regime.on))).sum())


def now(row: Mapping[Hashable, Any]) -> Statement | str:
    """Where a line stands in a few words: the measured figure of a promise, the outcome of a task's items."""
    if row["basis"] == "reported":
        day = row["as_of"]
        figures = {"status": row["reported"], "day": day} if day is not None else {}
        return (
            Statement("progress.reported_now", figures) if figures else Statement("progress.report_in_sheet")
        )
    if row["basis"] == "none":
        return Statement("progress.unseen_now")
    if row["kind"] != "commitment":
        return Statement("progress.items_now", {"items": row["items"], "outcome": row["outcome"]})
    figure: Statement | str = row["figure"]
    return figure


def days(case: Case) -> dict[str, Any]:
    """The days that statuses are told by: the day of the law, the day of the data, how near is near."""
    return {"on": case.county.regime.on, "day": statistics_day(case.county.year), "days": SOON_DAYS}


def agenda(progress: pd.DataFrame) -> pd.DataFrame:
    """The matters that are late, waiting for newer data or due now; where there are none, those with the nearest date.

    Columns: those of the progress, and ``now`` (:func:`now`).
    """
    matters = progress[progress["kind"].isin(MATTERS) & progress["deadline"].notna()]
    pressing = matters[matters["status"].isin(["late", "outdated", "due"])]
    ahead = matters[matters["status"] == "open"]
    chosen = pressing if len(pressing) else ahead[ahead["deadline"] == ahead["deadline"].min()]
    said: list[Any] = [now(row) for row in chosen.to_dict("records")]
    return chosen.assign(now=said)


class _Told:
    """What every finding on one programme carries: frame, rows, document."""

    def __init__(self, case: Case, frame: pd.DataFrame, clause: str) -> None:
        self.case, self.frame, self.clause = case, frame, clause

    def finding(self, name: str, rows: pd.DataFrame, /, **figures: object) -> Finding:
        positions = tuple(int(number) for number in self.frame.index.get_indexer(rows.index))
        return Finding(name, figures, frame="progress", rows=positions, clause=self.clause)

    def first(self, rows: pd.DataFrame) -> dict[str, Any]:
        """The first few matters by deadline, and how many more there are."""
        ordered = rows.sort_values("deadline", kind="stable")
        named = [
            {
                "name": row["name"],
                "office": row["offices"],
                "deadline": None if pd.isna(row["deadline"]) else row["deadline"].date(),
                "now": now(row),
                "status": row["reported"],
            }
            for row in ordered.head(NAMED).to_dict("records")
        ]
        return {"first": named, "more": max(len(rows) - NAMED, 0)}
