"""A plan as a timetable, and the rows of its roadmap (路线图)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from balance_analysis.assessment import CountyAssessment, aimed_at
from balance_analysis.programmes.ledger import Ledger
from balance_analysis.programmes.model import Plan
from balance_analysis.programmes.progress import measure_progress
from balance_analysis.programmes.status import worst
from balance_analysis.regimes import regime_head

TIMETABLE_COLUMNS = (
    "kind",
    "id",
    "part_of",
    "belongs_to",
    "section",
    "name",
    "items",
    "offices",
    "offices_note",
    "start",
    "deadline",
    "promise",
    "unit",
    "relation",
    "stage",
    "quote",
    "note",
)
ROADMAP_COLUMNS = ("kind", "label", "start", "end", "status", "count", "contradicted")
_ITEMS_SHOWN = 8


def plans_overview(plans: Sequence[Plan]) -> pd.DataFrame:
    """One row per plan, in the given order.

    Columns: ``id, place, title, number, issued`` (text), ``regime, regime_name, target_years`` (joined by ``、``); how many ``targets,
    steps, tasks, commitments`` it holds; ``note``.
    """
    return pd.DataFrame(
        [
            {
                "id": plan.id,
                "place": plan.place,
                "title": plan.head.title,
                "number": plan.head.number,
                "issued": plan.head.issued_text,
                "regime": plan.head.regime,
                "regime_name": regime_head(plan.head.regime).short_name,
                "target_years": "、".join(str(year) for year in plan.target_years),
                "targets": len(plan.targets),
                "steps": len(plan.steps),
                "tasks": len(plan.tasks),
                "commitments": len(plan.commitments),
                "note": plan.head.note,
            }
            for plan in plans
        ]
    )


def plan_timetable(plan: Plan) -> pd.DataFrame:
    """Everything the plan says, in the order of time within each kind.

    Columns: ``kind`` (``target``, ``step``, ``task``, ``commitment``), ``id, part_of`` (stage), ``belongs_to`` (id of the
    task that a task is a part of), ``section`` (heading of the document), ``name, items`` (joined by ``;``), ``offices``
    (joined by ``、``), ``offices_note`` (why there are none), ``start, deadline`` (timestamps, NaT where the plan sets
    none), ``promise`` (text as in the document), ``unit, relation, stage`` of commitments, ``quote, note``. Parts of a
    stage follow their stage. A deadline "in the target year" is the end of that year where the plan has one year for all,
    else NaT with the words in ``note``.
    """
    years = plan.target_years
    headings = {"": ""} | {section.id: section.name for section in plan.sections}
    at_target = date(years[0], 12, 31) if len(years) == 1 else None
    rows: list[dict[str, object]] = []
    for target in plan.targets:
        name = f"{target.place}：{target.name}"
        span = {"start": date(target.year, 1, 1), "deadline": date(target.year, 12, 31)}
        rows.append(_row("target", target.id, name, target.quote, target.note, **span))
    for step in plan.steps:
        span = {"start": step.start, "deadline": step.end}
        offices = "、".join(step.offices)
        rows.append(
            _row(
                "step",
                step.id,
                step.name,
                step.quote,
                step.note,
                part_of=step.part_of,
                offices=offices,
                **span,
            )
        )
    last = date.max
    for task in sorted(plan.tasks, key=lambda task: task.deadline or last):
        rows.append(
            _row(
                "task", task.id, task.name, task.quote, _note(task.note, task.due_at_target, at_target),
                part_of=task.step, belongs_to=task.belongs_to, section=headings[task.section], items=";".join(task.items),
                offices="、".join((*task.offices, *task.supporting_offices)),
                offices_note=task.offices_note, start=task.start, deadline=at_target if task.due_at_target else task.deadline,
            )
        )  # fmt: skip
    for entry in sorted(plan.commitments, key=lambda entry: entry.due or last):
        rows.append(
            _row(
                "commitment", entry.id, entry.name, entry.quote, _note(entry.note, entry.due_at_target, at_target),
                section=headings[entry.section], offices="、".join(entry.offices), offices_note=entry.offices_note, start=entry.start,
                deadline=at_target if entry.due_at_target else entry.due,
                promise=str(entry.value), unit=entry.unit, relation=entry.relation.value, stage=entry.stage,
            )
        )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(TIMETABLE_COLUMNS))
    for name in ("start", "deadline"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def roadmap_rows(lines: pd.DataFrame) -> pd.DataFrame:
    """What a roadmap draws, from a timetable or from a county's progress (which adds the status).

    ``kind``: ``step`` and ``part`` (bars); ``task`` (one mark for the tasks with the same deadline that are about single
    items, one for the others; the worst status); ``commitment`` (one mark each); ``target`` (the year of acceptance). Lines
    without a deadline are not drawn. Columns: ``kind, label, start, end, status`` (empty for a timetable), ``count`` of
    lines behind the row, ``contradicted`` how many of them are reported done against the data.
    """
    dated = lines[lines["deadline"].notna()]
    rows: list[dict[str, object]] = []
    for row in dated[dated["kind"] == "step"].to_dict("records"):
        rows.append(
            _drawn(
                "part" if row["part_of"] else "step", str(row["name"]), row["start"], row["deadline"], [row]
            )
        )
    tasks = dated[dated["kind"].isin(["task", "own_task"])]
    of_one_item = (tasks["items"] != "") & ~tasks["items"].str.contains(";")
    for (deadline, _), group in tasks.groupby(["deadline", of_one_item], sort=True):
        members = group.to_dict("records")
        rows.append(_drawn("task", _task_label(members), deadline, deadline, members))
    commitments = dated[dated["kind"] == "commitment"].sort_values("deadline", kind="stable")
    for row in commitments.to_dict("records"):
        rows.append(_drawn("commitment", str(row["name"]), row["deadline"], row["deadline"], [row]))
    for row in dated[dated["kind"] == "target"].to_dict("records"):
        rows.append(_drawn("target", str(row["name"]), row["start"], row["deadline"], [row]))
    return pd.DataFrame(rows, columns=list(ROADMAP_COLUMNS))


def _task_label(members: Sequence[dict[str, object]] | list[dict[object, object]]) -> str:
    """Items where the tasks are about single numbered items, else the first task's name."""
    items = [str(member["items"]) for member in members]
    if all(item[-1:].isdigit() and ";" not in item for item in items):
        return "、".join(items[:_ITEMS_SHOWN]) + (f"等{len(items)}项" if len(items) > _ITEMS_SHOWN else "")
    first = str(members[0]["name"])
    return first if len(members) == 1 else f"{first} 等{len(members)}项"


def _drawn(
    kind: str,
    label: str,
    start: object,
    end: object,
    members: Sequence[dict[str, object]] | list[dict[object, object]],
) -> dict[str, object]:
    status = worst(str(member.get("status", "")) for member in members)
    contradicted = sum(bool(member.get("contradicts")) for member in members)
    drawn = {"kind": kind, "label": label, "start": start, "end": end, "status": status}
    return {**drawn, "count": len(members), "contradicted": contradicted}


def _note(note: str, due_at_target: bool, at_target: date | None) -> str:
    words = "期限为各县（市、区）目标年" if due_at_target and at_target is None else ""
    return "；".join(text for text in (words, note) if text)


def _row(kind: str, name_id: str, name: str, quote: str, note: str, **given: object) -> dict[str, object]:
    blank: dict[str, object] = dict.fromkeys(TIMETABLE_COLUMNS, "")
    blank.update(start=None, deadline=None, kind=kind, id=name_id, name=name, quote=quote, note=note)
    return {**blank, **given}


def with_target_year_of(plan: Plan | None, county: CountyAssessment) -> CountyAssessment:
    """The county with the target year of its plan, where none was set: THE place where a plan sets it.

    An explicit target year wins. A plan of another county or for another evaluation sets none, nor does a year that was
    over before the assessed school year began.
    """
    if county.target_year is not None or plan is None or not plan.covers(county.division_code):
        return county
    year = plan.target_year(county.division_code)
    if year is None or year < county.year or plan.head.regime != county.regime.id:
        return county
    return aimed_at(county, year)


def progress_with_roadmap(
    plan: Plan | None, county: CountyAssessment, ledger: Ledger | None = None
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Progress on the day of the assessment and what its roadmap draws; nothing without a plan for this county."""
    if plan is None or not plan.covers(county.division_code):
        return None, None
    progress = measure_progress(plan, county, county.items, on=county.regime.on, ledger=ledger)
    return progress, roadmap_rows(progress)
