"""A county measured against its plan on a day: what is done, late, due now, still open, and what cannot be told."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.errors import ParameterError
from balance_analysis.measures.items import county_measures
from balance_analysis.programmes.ledger import Ledger, latest_reports, plan_lines
from balance_analysis.programmes.model import Commitment, MeasuredBy, Plan, Step, Target, Task
from balance_analysis.programmes.own_tasks import OwnTask, own_tasks
from balance_analysis.programmes.present import Present, item_names, present_commitment, present_items
from balance_analysis.programmes.reported import NOTHING, Clock, evidence_of, with_report, with_sheet_report
from balance_analysis.programmes.status import SOON_DAYS, ProgressStatus, statistics_day, worst
from balance_analysis.regimes import regime_head
from balance_analysis.statements import Said, Statement
from balance_analysis.terms import Outcome
from balance_analysis.verdicts.items import OVERALL

FREE_OF_REGIME = (MeasuredBy.COUNTY_RATIO, MeasuredBy.REPORTED)
"""Ways of measuring that no evaluation decides; the others say nothing under another evaluation than the plan's."""

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
    "stage",
    "reason",
    "basis",
    "quote",
    "note",
    *NOTHING,
)


def measure_progress(
    plan: Plan,
    county: CountyAssessment,
    items: pd.DataFrame,
    *,
    on: date,
    soon_days: int = SOON_DAYS,
    ledger: Ledger | None = None,
) -> pd.DataFrame:
    """Every line of the plan that concerns the county, with its status on the day ``on``.

    Parameters: ``items`` as judged (``CountyAssessment.items``); ``soon_days`` how near a deadline must be to be
    ``due``; ``ledger`` what the county reports (:func:`balance_analysis.programmes.read_ledger`).

    Columns: ``kind`` (``target``, ``step``, ``task``, ``commitment``, and ``own_task`` for lines of the county's
    sheet 任务 on items that no task of the plan is about alone), ``id, part_of, name, items`` (ids joined by ``;``),
    ``offices`` (joined by ``、``), ``start, deadline`` (timestamps), ``status`` (:class:`ProgressStatus`), ``outcome``
    of the present state (met / not_met / not_assessable), ``figure`` (a statement, or empty), ``value, limit, promise``
    (the limit as text), ``relation, unit, stage`` of commitments, ``reason`` why something cannot be told (statements),
    ``basis`` (``indicators``, ``items``, ``county``, ``reported``, ``calendar``, ``none`` where no data can show it),
    ``quote, note``; ``reported`` (:class:`ReportedStatus`, empty where nothing is reported), ``reported_value, as_of, completed_on,
    proof, reporter`` of the latest report, ``evidence`` (:class:`Evidence`), ``contradicts`` (reported done, not by the data),
    ``closed_by`` (``data`` / ``report`` / empty). ``outcome`` and ``figure`` are always those of the data.

    A deadline counts to its last moment. Data speak for deadlines before the day they were taken on
    (:func:`statistics_day`); an unfinished task with a later deadline is never called late. A date of the plan stands
    above another one that the sheet 任务 gives for the same item. Raises :class:`ParameterError` when the plan is another
    county's.
    """
    if not plan.covers(county.division_code):
        raise ParameterError(
            f"方案 {plan.id} 属于{plan.head.place}（{plan.head.division_code}），"
            f"不能用于{county.county}（{county.division_code}）；请改用本县方案，或另写一份"
        )
    code = county.division_code
    lines = plan_lines(plan, code, county.tables.tasks) if ledger is not None else set()
    reports = {} if ledger is None else latest_reports(ledger.of(code), lines, on=on)
    desk = _Desk(plan, county, items, Clock(on, soon_days, statistics_day(county.year)), reports)
    filed = county.tables
    measures = county_measures(filed.schools, filed.counties, filed.evidence, county.regime, year=county.year)
    tasks = [desk.task_row(task) for task in plan.tasks]
    rows = [desk.target_row(target) for target in plan.targets_of(county.division_code)]
    rows += [desk.step_row(step, tasks) for step in plan.steps]
    rows += tasks
    rows += [
        desk.commitment_row(entry, present_commitment(entry, county, items, measures))
        for entry in plan.commitments_of(county.division_code)
    ]
    rows += desk.own_rows()
    return progress_frame(rows)


def progress_frame(rows: Iterable[dict[str, object]]) -> pd.DataFrame:
    """Rows with the columns of :func:`measure_progress`; dates become timestamps, an unknown value NaN."""
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in ("start", "deadline"):
        frame[name] = pd.to_datetime(frame[name])
    for name in ("value", "limit", "reported_value"):
        frame[name] = frame[name].astype(float)
    return frame


@dataclass(frozen=True)
class _Desk:
    """One plan beside one county on one day: what makes a line of progress."""

    plan: Plan
    county: CountyAssessment
    items: pd.DataFrame
    clock: Clock
    reports: Mapping[tuple[str, str], Mapping[Hashable, Any]]

    @property
    def on(self) -> date:
        return self.clock.on

    @cached_property
    def own(self) -> Mapping[str, OwnTask]:
        return own_tasks(self.county.tables.tasks)

    @cached_property
    def alone(self) -> Mapping[str, int]:
        """How many tasks are about one item alone, by item in lower case."""
        found: dict[str, int] = {}
        for task in self.plan.tasks:
            if len(task.items) == 1:
                found[task.items[0].casefold()] = found.get(task.items[0].casefold(), 0) + 1
        return found

    def status(self, present: Present, deadline: date | None, *, itself: bool) -> tuple[ProgressStatus, Said]:
        """Status and reasons of something with a deadline; ``itself``: what is measured is the thing promised."""
        said: Said = (present.reason,) if isinstance(present.reason, Statement) else ()
        unknown = present.outcome == Outcome.NOT_ASSESSABLE
        if present.outcome == Outcome.MET:
            return (ProgressStatus.DONE if itself else ProgressStatus.TO_VERIFY), said
        if deadline is None:
            return (ProgressStatus.NOT_ASSESSABLE if unknown else ProgressStatus.OPEN), said
        if self.on <= deadline:
            soon = deadline <= self.on + timedelta(days=self.clock.soon_days)
            return (ProgressStatus.DUE if soon else ProgressStatus.OPEN), said
        if unknown:
            return ProgressStatus.NOT_ASSESSABLE, said
        taken = self.clock.data_of
        if deadline < taken:
            return ProgressStatus.LATE, said
        older = Statement("progress.older", {"day": taken, "year": self.county.year})
        return ProgressStatus.OUTDATED, (*said, older)

    def row(
        self, kind: str, name_id: str, name: str, present: Present, deadline: date | None, *, itself: bool,
        by_regime: bool = True,
    ) -> dict[str, object]:  # fmt: skip
        status, reasons = self.status(present, deadline, itself=itself)
        if by_regime and self.plan.head.regime != self.county.regime.id:
            names = {
                "plan": regime_head(self.plan.head.regime).short_name,
                "used": self.county.regime.short_name,
            }
            present = Present(Outcome.NOT_ASSESSABLE.value, basis=present.basis)
            status, reasons = ProgressStatus.NOT_COMPARABLE, (Statement("progress.other_regime", names),)
        return {
            **_blank(kind, name_id, name),
            "deadline": deadline,
            "status": status.value,
            "outcome": present.outcome,
            "figure": present.figure,
            "reason": reasons,
            "basis": present.basis,
            "evidence": evidence_of(present.outcome, "").value,
            "closed_by": "data" if status == ProgressStatus.DONE else "",
        }

    def with_report(self, row: dict[str, object], own: OwnTask | None = None) -> dict[str, object]:
        """The line with what is reported of it: in the ledger, else as done in the county's sheet 任务."""
        report = self.reports.get((str(row["kind"]), str(row["id"])))
        if report is not None:
            return with_report(row, report, self.clock)
        return with_sheet_report(row, own.present_state) if own and own.reported_done else row

    def target_row(self, target: Target) -> dict[str, object]:
        """The target by everything the regime judges; what an evaluation by others decides is never done by it."""
        overall = self.county.groups[self.county.groups["group"] == OVERALL].iloc[0]
        failing, unknown = (
            item_names([name for name in str(overall[column]).split(";") if name], self.items)
            for column in ("failing", "unknown")
        )
        met = self.county.overall_outcome == Outcome.MET
        figure: Statement | str = Statement("progress.overall_met") if met else ""
        if failing:
            figure = Statement("progress.overall", {"failing": failing})
        elif self.county.outcome == Outcome.NOT_MET:
            figure = Statement("progress.resources_not_met")
        reason: Statement | str = Statement("progress.items_unknown", {"items": unknown}) if unknown else ""
        if met and target.decided_by:
            reason = Statement("progress.decided_by", {"by": target.decided_by})
        present = Present(self.county.overall_outcome, figure=figure, reason=reason, basis="items")
        name, deadline = f"{target.place}：{target.name}", date(target.year, 12, 31)
        row = self.row("target", target.id, name, present, deadline, itself=not target.decided_by)
        return {**row, "start": date(target.year, 1, 1), "quote": target.quote, "note": target.note}

    def step_row(self, step: Step, tasks: list[dict[str, object]]) -> dict[str, object]:
        """A stage by the calendar; once it is over, by the tasks that belong to it or to its parts."""
        family = {step.id, *(part.id for part in self.plan.steps if part.part_of == step.id)}
        if self.on < step.start:
            status, figure = ProgressStatus.OPEN.value, "progress.not_begun"
        elif self.on <= step.end:
            status, figure = ProgressStatus.DUE.value, "progress.running"
        else:
            found = worst(str(task["status"]) for task in tasks if task["part_of"] in family)
            over = (
                ProgressStatus.LATE,
                ProgressStatus.DONE,
                ProgressStatus.TO_VERIFY,
                ProgressStatus.OUTDATED,
            )
            status, figure = (
                (found if found in over else ProgressStatus.NOT_ASSESSABLE.value),
                "progress.step_over",
            )
        unseen = status == ProgressStatus.NOT_ASSESSABLE
        outcome = {ProgressStatus.DONE.value: Outcome.MET, ProgressStatus.LATE.value: Outcome.NOT_MET}
        return {
            **_blank("step", step.id, step.name),
            "part_of": step.part_of,
            "offices": "、".join(step.offices),
            "start": step.start,
            "deadline": step.end,
            "status": status,
            "outcome": outcome.get(status, Outcome.NOT_ASSESSABLE).value,
            "figure": Statement(figure),
            "reason": (Statement("progress.see_ledger"),) if unseen else (),
            "basis": "calendar",
            "quote": step.quote,
            "note": step.note,
        }

    def task_row(self, task: Task) -> dict[str, object]:
        """A task by what is reported of it, else by its deadline and the items it is about."""
        key = task.items[0].casefold() if len(task.items) == 1 else ""
        own = self.own.get(key) if self.alone.get(key) == 1 else None
        planned = self.plan.deadline_of(task, self.county.division_code)
        present = (
            present_items(task.items, self.items)
            if task.items
            else Present(
                Outcome.NOT_ASSESSABLE.value, reason=Statement("progress.no_item_of_task"), basis="none"
            )
        )
        deadline = planned or (own.deadline if own else None)
        row = self.row(
            "task", task.id, task.name, present, deadline, itself=False, by_regime=bool(task.items)
        )  # fmt: skip
        if own and own.deadline and deadline != own.deadline:
            row["reason"] = (*_said(row), Statement("progress.other_date", {"day": own.deadline}))
        return {
            **self.with_report(row, own),
            "part_of": task.step,
            "items": ";".join(task.items),
            "offices": "、".join((*task.offices, *task.supporting_offices)),
            "start": task.start,
            "quote": task.quote,
            "note": task.note,
        }

    def commitment_row(self, entry: Commitment, present: Present) -> dict[str, object]:
        deadline = self.plan.deadline_of(entry, self.county.division_code)
        free = entry.measured_by in FREE_OF_REGIME
        return {
            **self.with_report(
                self.row(
                    "commitment", entry.id, entry.name, present, deadline, itself=True, by_regime=not free
                )
            ),
            "items": entry.subject if entry.measured_by in ("item", "item_figure") else "",
            "offices": "、".join(entry.offices),
            "start": entry.start,
            "value": None if present.value is None else float(present.value),
            "limit": float(entry.value),
            "promise": str(entry.value),
            "relation": entry.relation.value,
            "unit": entry.unit,
            "stage": entry.stage,
            "quote": entry.quote,
            "note": entry.note,
        }

    def own_rows(self) -> list[dict[str, object]]:
        """Lines of the county's own sheet on items that no single task of the plan is about."""
        rows = []
        for key, own in self.own.items():
            if key in self.alone:
                continue
            present = present_items([own.item], self.items)
            row = self.row(
                "own_task",
                own.item,
                own.measure.rstrip("。"),
                present,
                own.deadline,
                itself=False,
                by_regime=False,
            )
            row = {**self.with_report(row, own), "items": own.item, "offices": own.offices}
            rows.append({**row, "reason": (*_said(row), Statement("progress.from_sheet"))})
        return rows


def _said(row: Mapping[str, object]) -> Said:
    reason = row["reason"]
    return reason if isinstance(reason, tuple) else ()


def _blank(kind: str, name_id: str, name: str) -> dict[str, object]:
    empty: dict[str, object] = dict.fromkeys(COLUMNS, "")
    empty.update(
        NOTHING,
        kind=kind,
        id=name_id,
        name=name,
        start=None,
        deadline=None,
        value=None,
        limit=None,
        reason=(),
    )
    return empty
