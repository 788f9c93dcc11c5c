"""A county measured against its plan on a day: what is done, late, due now, still open, and what cannot be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum

import pandas as pd

from balance_analysis.assessment import CountyAssessment, assessment_date
from balance_analysis.errors import ParameterError
from balance_analysis.measures.items import county_measures
from balance_analysis.programmes.model import Commitment, Plan, Step, Target, Task
from balance_analysis.programmes.own_tasks import own_tasks
from balance_analysis.programmes.present import Present, present_commitment, present_items
from balance_analysis.statements import Statement
from balance_analysis.terms import Outcome

SOON_DAYS = 90
"""How long before its deadline an unfinished task counts as due now, unless the caller says otherwise."""

COLUMNS = (
    "kind",
    "id",
    "part_of",
    "name",
    "items",
    "offices",
    "start",
    "deadline",
    "status",
    "outcome",
    "figure",
    "value",
    "limit",
    "promise",
    "relation",
    "unit",
    "reason",
    "basis",
    "quote",
    "note",
)


class ProgressStatus(StrEnum):
    """Where one line of a plan stands.

    ``done``: the data show it; ``late``: the deadline has passed and data of that school year or later show that it
    is not reached; ``due``: not reached, and the deadline is near (or the stage is running); ``open``: not reached, the deadline
    is far or there is none; ``not_assessable``: the deadline has passed (or there is none) and nothing shows.
    """

    DONE = "done"
    LATE = "late"
    DUE = "due"
    OPEN = "open"
    NOT_ASSESSABLE = "not_assessable"


def measure_progress(
    plan: Plan, county: CountyAssessment, items: pd.DataFrame, *, on: date, soon_days: int = SOON_DAYS
) -> pd.DataFrame:
    """Every line of the plan that concerns the county, with its status on the day ``on``.

    Parameters: ``items`` as judged (``CountyAssessment.items``); ``soon_days`` how near a deadline must be to be
    ``due``. Columns: ``kind`` (``target``, ``step``, ``task``, ``commitment``, and ``own_task`` for lines of the county's
    sheet 任务 on items that no task of the plan is about alone), ``id, part_of, name, items`` (ids joined by ``;``),
    ``offices`` (joined by ``、``), ``start, deadline`` (timestamps), ``status`` (:class:`ProgressStatus`), ``outcome``
    of the present state (met / not_met / not_assessable), ``figure`` (text), ``value, limit, promise`` (the limit as
    text), ``relation, unit`` of commitments, ``reason`` why something cannot be told, ``basis`` (``indicators``,
    ``items``, ``county``, ``calendar``, ``none``), ``quote, note``.

    A deadline counts to its last moment. Data of a school year speak for every deadline up to that year's last day, 31
    August; an unfinished task whose deadline is later than the data is never called late. Raises
    :class:`ParameterError` when the plan is another county's.
    """
    if not plan.covers(county.division_code):
        raise ParameterError(
            f"方案 {plan.id} 属于{plan.head.place}（{plan.head.division_code}），"
            f"不能用于{county.county}（{county.division_code}）；请改用本县方案，或另写一份"
        )
    clock = _Clock(on, assessment_date(county.year), soon_days, county.year)
    filed = county.tables
    measures = county_measures(filed.schools, filed.counties, filed.evidence, county.regime, year=county.year)
    rows = [_target_row(target, county, clock) for target in plan.targets_of(county.division_code)]
    tasks = [
        _task_row(task, plan.deadline_of(task, county.division_code), items, clock) for task in plan.tasks
    ]
    rows += [_step_row(step, plan.steps, tasks, clock) for step in plan.steps]
    rows += tasks
    rows += [
        _commitment_row(
            entry,
            plan.deadline_of(entry, county.division_code),
            present_commitment(entry, county, items, measures),
            clock,
        )
        for entry in plan.commitments
    ]
    rows += _own_rows(county, items, tasks, clock)
    return progress_frame(rows)


def progress_frame(rows: Iterable[dict[str, object]]) -> pd.DataFrame:
    """Rows with the columns of :func:`measure_progress`; dates become timestamps, an unknown value NaN."""
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in ("start", "deadline"):
        frame[name] = pd.to_datetime(frame[name])
    for name in ("value", "limit"):
        frame[name] = frame[name].astype(float)
    return frame


class _Clock:
    """The day, what the data can speak for, and how near is near."""

    def __init__(self, on: date, data_until: date, soon_days: int, year: int) -> None:
        self.on = on
        self.data_until = data_until
        self.soon = on + timedelta(days=soon_days)
        self.year = year

    def status(self, present: Present, deadline: date | None) -> tuple[ProgressStatus, str | Statement]:
        """Status and reason of something with a deadline."""
        if present.outcome == Outcome.MET:
            return ProgressStatus.DONE, ""
        unknown = present.outcome == Outcome.NOT_ASSESSABLE
        if deadline is None:
            return (ProgressStatus.NOT_ASSESSABLE if unknown else ProgressStatus.OPEN), present.reason
        if self.on <= deadline:
            return (ProgressStatus.DUE if deadline <= self.soon else ProgressStatus.OPEN), present.reason
        if unknown:
            return ProgressStatus.NOT_ASSESSABLE, present.reason
        if deadline <= self.data_until:
            return ProgressStatus.LATE, present.reason
        older = f"数据为{self.year}—{self.year + 1}学年，早于时限，不能说明是否按期完成；请填报以后学年的数据"
        return ProgressStatus.NOT_ASSESSABLE, "；".join(str(text) for text in (present.reason, older) if text)


def _target_row(target: Target, county: CountyAssessment, clock: _Clock) -> dict[str, object]:
    deadline = date(target.year, 12, 31)
    groups = county.groups[county.groups["group"] == "overall"].iloc[0]
    failing = [name for name in str(groups["failing"]).split(";") if name]
    unknown = [name for name in str(groups["unknown"]).split(";") if name]
    parts = [f"未达标：{'、'.join(failing)}"] if failing else []
    if not failing and county.outcome == Outcome.NOT_MET:
        parts.append("资源配置未达标")
    if county.overall_outcome == Outcome.MET:
        parts.append("各项标准均已达到")
    present = Present(
        county.overall_outcome,
        figure="；".join(parts),
        reason=f"无法判定：{'、'.join(unknown)}" if unknown else "",
        basis="items",
    )
    if target.decided_by and present.outcome == Outcome.MET:
        reason = f"是否通过以{target.decided_by}的结果为准"
        present = replace(present, outcome=Outcome.NOT_ASSESSABLE.value, reason=reason)
    row = _row("target", target.id, f"{target.place}：{target.name}", present, clock, deadline)
    return {**row, "start": date(target.year, 1, 1), "quote": target.quote, "note": target.note}


def _step_row(
    step: Step, steps: tuple[Step, ...], tasks: list[dict[str, object]], clock: _Clock
) -> dict[str, object]:
    """A stage by the calendar; once it is over, by the tasks that belong to it or to its parts."""
    family = {step.id, *(part.id for part in steps if part.part_of == step.id)}
    statuses = {str(task["status"]) for task in tasks if task["part_of"] in family}
    if clock.on < step.start:
        status, reason = ProgressStatus.OPEN, ""
    elif clock.on <= step.end:
        status, reason = ProgressStatus.DUE, ""
    elif ProgressStatus.LATE in statuses:
        status, reason = ProgressStatus.LATE, ""
    elif statuses == {ProgressStatus.DONE}:
        status, reason = ProgressStatus.DONE, ""
    else:
        status, reason = ProgressStatus.NOT_ASSESSABLE, "数据不能说明是否全部完成，请对照工作台账"
    figure = {ProgressStatus.OPEN: "尚未开始", ProgressStatus.DUE: "正在进行"}.get(status, "阶段已结束")
    outcome = {ProgressStatus.DONE: Outcome.MET, ProgressStatus.LATE: Outcome.NOT_MET}.get(
        status, Outcome.NOT_ASSESSABLE
    )
    return {
        **_blank("step", step.id, step.name),
        "part_of": step.part_of,
        "offices": "、".join(step.offices),
        "start": step.start,
        "deadline": step.end,
        "status": status.value,
        "outcome": outcome.value,
        "figure": figure,
        "reason": reason,
        "basis": "calendar",
        "quote": step.quote,
        "note": step.note,
    }


def _task_row(task: Task, deadline: date | None, items: pd.DataFrame, clock: _Clock) -> dict[str, object]:
    present = (
        present_items(task.items, items)
        if task.items
        else Present(
            Outcome.NOT_ASSESSABLE.value, reason="没有对应的指标，数据不能说明，请对照工作台账", basis="none"
        )
    )
    return {
        **_row("task", task.id, task.name, present, clock, deadline),
        "part_of": task.step,
        "items": ";".join(task.items),
        "offices": "、".join((*task.offices, *task.supporting_offices)),
        "start": task.start,
        "quote": task.quote,
        "note": task.note,
    }


def _commitment_row(
    entry: Commitment, deadline: date | None, present: Present, clock: _Clock
) -> dict[str, object]:
    return {
        **_row("commitment", entry.id, entry.name, present, clock, deadline),
        "items": entry.subject if entry.measured_by in ("item", "item_figure") else "",
        "offices": "、".join(entry.offices),
        "start": entry.start,
        "value": None if present.value is None else float(present.value),
        "limit": float(entry.value),
        "promise": str(entry.value),
        "relation": entry.relation.value,
        "unit": entry.unit,
        "quote": entry.quote,
        "note": entry.note,
    }


def _own_rows(
    county: CountyAssessment, items: pd.DataFrame, tasks: list[dict[str, object]], clock: _Clock
) -> list[dict[str, object]]:
    """Lines of the county's own sheet on items that no single task of the plan is about."""
    covered = {str(task["items"]).casefold() for task in tasks}
    rows = []
    for own in own_tasks(county.tables.tasks).values():
        if own.item.casefold() in covered:
            continue
        row = _row("own_task", own.item, own.measure, present_items([own.item], items), clock, own.deadline)
        rows.append({**row, "items": own.item, "offices": own.offices, "note": "来自填报表的“任务”表"})
    return rows


def _row(
    kind: str, name_id: str, name: str, present: Present, clock: _Clock, deadline: date | None
) -> dict[str, object]:
    status, reason = clock.status(present, deadline)
    return {
        **_blank(kind, name_id, name),
        "deadline": deadline,
        "status": status.value,
        "outcome": present.outcome,
        "figure": present.figure,
        "reason": reason,
        "basis": present.basis,
    }


def _blank(kind: str, name_id: str, name: str) -> dict[str, object]:
    empty: dict[str, object] = dict.fromkeys(COLUMNS, "")
    empty.update(kind=kind, id=name_id, name=name, start=None, deadline=None, value=None, limit=None)
    return empty
