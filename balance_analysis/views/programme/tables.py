"""Tables of implementation plans: lists, timetable, agenda, progress, task breakdown. Nothing is computed here."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd

from balance_analysis.findings.progress import now, unseen
from balance_analysis.programmes.model import Plan
from balance_analysis.terms import chinese_date
from balance_analysis.views.county.tables import status
from balance_analysis.views.elements import Cell, ReportTable, worded_table
from balance_analysis.words import fill, labels, numbers, say, table_words, tell
from balance_analysis.words.subjects import item_title, item_words

Row = Mapping[Hashable, Any]
TASKS: Final = ("task", "own_task")
SHOWN: Final = 14
"""Rows of the agenda, so that it stays on the page it begins on."""


@dataclass(frozen=True)
class ProgressStyle:
    """How a status prints: symbol, fill and hatch of bars, marker of dates (all differ without colour)."""

    symbol: str
    fill: str
    hatch: str
    marker: str


PROGRESS_STYLES: Final[Mapping[str, ProgressStyle]] = {
    "done": ProgressStyle("✓", "#8CBFDD", "", "P"),
    "to_verify": ProgressStyle("△", "#DCEBF5", "//", "^"),
    "late": ProgressStyle("×", "#B2452F", "xxx", "X"),
    "due": ProgressStyle("◇", "#F4D58D", "...", "D"),
    "open": ProgressStyle("□", "#E4E8EC", "", "s"),
    "outdated": ProgressStyle("◎", "#F7E9E4", "\\\\\\", "h"),
    "not_assessable": ProgressStyle("○", "#FFFFFF", "///", "o"),
    "not_comparable": ProgressStyle("◌", "#FFFFFF", "---", "d"),
}
"""Keyed by :class:`balance_analysis.programmes.ProgressStatus`, in the order of the columns."""


def plan_list_table(overview: pd.DataFrame) -> ReportTable:
    """The plans that are carried as data; ``overview`` is :func:`balance_analysis.programmes.plans_overview`."""
    plans, notes = overview.to_dict("records"), table_words("programme.list").notes
    names = ("issued", "regime_name", "target_years", "steps", "tasks", "commitments")
    rows = [
        [row["id"], row["place"], fill(notes["title"], _named(row)), *(row[name] for name in names)]
        for row in plans
    ]
    table = worded_table("programme.list", rows, landscape=True)
    remarks = [fill(notes["note"], _named(row)) for row in plans if row["note"]]
    return ReportTable(
        title=table.title, columns=table.columns, rows=table.rows, notes=remarks, landscape=True
    )


def plan_elements(timetable: pd.DataFrame, plan: Plan) -> list[ReportTable]:
    """A plan as it stands in its document: targets, stages, tasks, promised figures; parts it lacks are left out."""
    cells: Mapping[str, Callable[[Row], list[object]]] = {
        "target": lambda row: [row["name"], row["deadline"].year, row["quote"]],
        "step": lambda row: [
            _indented(row), chinese_date(row["start"]), deadline(row), row["offices"], row["quote"], row["note"],
        ],
        "task": lambda row: [row["name"], item_words(row["items"]), row["offices"], deadline(row), row["quote"]],
        "commitment": lambda row: [
            row["name"], labels.STAGES[row["stage"]], promise(row), row["offices"], deadline(row), row["quote"], row["note"],
        ],
    }  # fmt: skip
    return [
        worded_table(
            f"programme.{kind}",
            [make(row) for row in _of_kind(timetable, kind)],
            figures={"place": plan.place},
            source=plan.citation,
            landscape=True,
        )
        for kind, make in cells.items()
        if (timetable["kind"] == kind).any()
    ]


def sources(rows: pd.DataFrame, plan: Plan) -> str:
    """Where lines come from: the plan's document, the county's own sheet, or both."""
    own = rows["kind"] == "own_task"
    return "；".join(
        [*([] if own.all() else [plan.citation]), *([say("progress.own_sheet")] if own.any() else [])]
    )


def agenda_table(matters: pd.DataFrame, plan: Plan, *, on: date) -> ReportTable:
    """Who must do what next: the matters that are late or due, by office and date; the nearest where there are many."""
    nearest = matters.sort_values("deadline", kind="stable").head(SHOWN)
    rows, before = [], ""
    for row in nearest.sort_values(["offices", "deadline"], kind="stable").to_dict("records"):
        office = str(row["offices"]) or numbers.MISSING  # a blank cell says: the office above
        rows.append(
            [
                Cell("" if office == before else office),
                row["name"],
                deadline(row),
                status_cell(row["status"]),
                tell(row["now"]),
            ]
        )
        before = office
    left = len(matters) - len(nearest)
    figures = {"on": on, "shown": SHOWN, "n": left}
    return worded_table(
        "programme.agenda",
        rows,
        figures=figures,
        notes=["more"] if left else [],
        source=sources(matters, plan),
    )


def counts_table(progress: pd.DataFrame, plan: Plan, days: Mapping[str, object]) -> ReportTable:
    """How many lines of the plan stand where, by kind; statuses that no line has are left out and not explained."""
    counts = progress.groupby(["kind", "status"]).size()
    rows = [
        [
            labels.LINES[kind],
            *(int(counts.get((kind, status), 0)) for status in PROGRESS_STYLES),
            int((progress["kind"] == kind).sum()),
        ]
        for kind in labels.LINES
        if (progress["kind"] == kind).any()
    ]
    used = set(progress["status"])
    figures = {name: status_cell(name) for name in PROGRESS_STYLES}
    return worded_table(
        "programme.counts",
        rows,
        figures={**figures, **days},
        notes=[name for name in PROGRESS_STYLES if name in used],
        without=[name for name in PROGRESS_STYLES if name not in used],
        source=plan.citation,
    )


def own_lines(progress: pd.DataFrame, breakdown: pd.DataFrame) -> pd.DataFrame:
    """The lines that say something of their own: neither those that nothing can show, nor tasks whose row of ``breakdown`` says it all.

    A row says it all of a task that is about its item alone, is the only one, and has neither report nor reason to be told.
    """
    alone = progress["items"].str.casefold().isin(breakdown["item"].str.casefold()) & progress["kind"].isin(
        TASKS
    )
    plain = [
        alone_here and not reported and not [one for one in reasons if one.id != "progress.from_sheet"]
        for alone_here, reported, reasons in zip(alone, progress["reported"], progress["reason"], strict=True)
    ]
    only = ~progress["items"].str.casefold().where(alone).duplicated(keep=False)
    return progress[~(pd.Series(plain, index=progress.index) & only) & ~unseen(progress)]


def progress_table(progress: pd.DataFrame, plan: Plan, *, on: date) -> ReportTable:
    """Every line with status, figure, reason, by kind: targets, stages, tasks, promised figures, the county's own tasks."""
    rows: list[list[object]] = []
    heads = []
    for kind, word in labels.LINES.items():
        lines = _of_kind(progress, kind)
        if lines:
            heads.append(len(rows))
            rows.append([word, *[Cell("")] * 6])
        rows += [
            [
                _indented(row),
                promise(row) if kind == "commitment" else Cell(""),
                row["offices"] or Cell(""),
                deadline(row) or Cell(""),
                status_cell(row["status"]),
                said(row),
                report_text(row) or Cell(""),
            ]
            for row in lines
        ]
    given = {"promise": progress["kind"] == "commitment", "reported": progress["reported"] != ""}
    return worded_table(
        "programme.progress",
        rows,
        figures={"on": on},
        without=[name for name, some in given.items() if not some.any()],
        source=sources(progress, plan),
        emphasis_rows=heads,
        compact=True,
    )


def aims_table(aims: pd.DataFrame, *, county: str) -> ReportTable:
    """National aims in their documents' words beside the county's figures.

    ``aims`` is :func:`balance_analysis.programmes.aims.aims_of_county`.
    """
    rows = [
        [
            row["name"],
            row["wording"],
            "" if pd.isna(row["due"]) else f"{row['due']:%Y}",
            promise(row) if row["promise"] else "",
            tell(row["figure"]) or tell(row["reason"]),
            f"{row['source']}（等级{row['grade']}）",
        ]
        for row in aims.to_dict("records")
    ]
    return worded_table("programme.aims", rows, figures={"county": county})


def breakdown_table(breakdown: pd.DataFrame, *, plan: Plan | None = None) -> ReportTable:
    """The 任务分解表: item with the mark of its outcome, measure, deadline, office, how far it is; what is asked stands with the items."""
    rows = [
        [
            Cell(item_title(row["item"], row["name"]), status(row["outcome"])),
            Cell(row["measure"]),
            Cell(deadline(row)),
            Cell(row["responsible_offices"]),
            row["investment_wan_cny"],
            Cell(status_cell(row["status"]) if row["status"] else ""),
        ]
        for row in breakdown.to_dict("records")
    ]
    empty = {"investment": breakdown["investment_wan_cny"].notna(), "status": breakdown["status"] != ""}
    return worded_table(
        "programme.breakdown",
        rows,
        notes=["sheet" if plan is None else "plan"],
        without=[name for name, given in empty.items() if not given.any()],
        compact=True,
        source="" if plan is None else plan.citation,
    )


def promise(row: Row) -> str:
    """``≥ 85%``, ``≥ 6934万元``: a promised figure as the document gives it."""
    unit = "" if row["unit"] == "1" else str(row["unit"])
    return f"{labels.RELATIONS[row['relation']]} {row['promise']}{unit}"


def status_cell(status: str) -> str:
    """``× 逾期未达到``."""
    return f"{PROGRESS_STYLES[status].symbol} {labels.PROGRESS[status]}"


def said(row: Row) -> str:
    """Present state and reasons of a line in words; of a task the outcome of its items, whose figures stand with them."""
    outcome = row["kind"] in TASKS and row["basis"] == "items"
    texts = [tell(now(row) if outcome else row["figure"]), *(tell(reason) for reason in row["reason"])]
    return "；".join(text.rstrip("。") for text in texts if text)


def report_text(row: Row) -> str:
    """What the county reports of a line: status, value, days, document; empty where it reports nothing."""
    if not row["reported"]:
        return ""
    if row["as_of"] is None:
        return say("progress.report_in_sheet")
    value, unit = float(row["reported_value"]), "" if row["unit"] == "1" else str(row["unit"])
    figures = {name: row[name] for name in ("completed_on", "as_of", "proof", "reporter")}
    shown = "" if math.isnan(value) else numbers.plain(value) + unit
    return say("progress.report", status=row["reported"], value=shown, **figures)


def deadline(row: Row) -> str:
    """The date of a line; empty where there is none."""
    day = row["deadline"]
    return "" if day is pd.NaT else chinese_date(day)


def _of_kind(frame: pd.DataFrame, kind: str) -> list[dict[Hashable, Any]]:
    return frame[frame["kind"] == kind].to_dict("records")


def _indented(row: Row) -> str:
    return ("　" if row["kind"] == "step" and row["part_of"] else "") + str(row["name"])


def _named(row: Row) -> dict[str, object]:
    return {str(name): value for name, value in row.items()}
