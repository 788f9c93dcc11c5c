"""Plans as people see them: lists, timetable, progress, task breakdown, and the roadmap picture. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import pandas as pd

from balance_analysis.views.elements.display import Cell, Column, ReportFigure, ReportTable
from balance_analysis.views.item_tables import item_label
from balance_analysis.views.plan_words import PROGRESS_STYLES, PlanHeading, item_words
from balance_analysis.views.roadmap import roadmap_figure
from balance_analysis.words import labels, numbers

Row = Mapping[Hashable, Any]
KINDS: Final[Mapping[str, str]] = {
    "target": "目标",
    "step": "阶段",
    "task": "任务",
    "commitment": "承诺指标",
    "own_task": "本县填报任务",
}
_STATUS_NOTE = (
    "已完成：数据显示已经达到（任务以对应指标达标为准）；当期应办：尚未达到，阶段正在进行或90天内到期；未到期：尚未达到，期限在后；"
    "逾期未完成：期限已过，该期限所在学年或以后的数据显示没有达到；无法判定：期限已过或没有期限，数据又不能说明。"
)


def plan_list_table(overview: pd.DataFrame) -> ReportTable:
    """The plans that are carried as data: document, regime, target years, and how much each holds.

    ``overview`` is :func:`balance_analysis.programmes.plans_overview`.
    """
    plans = overview.to_dict("records")
    rows = [
        [
            row["id"],
            row["place"],
            f"《{row['title']}》" + (f"（{row['number']}）" if row["number"] else ""),
            *(
                row[name]
                for name in ("issued", "regime_name", "target_years", "steps", "tasks", "commitments")
            ),
        ]
        for row in plans
    ]
    columns = [
        Column("id", "代号"),
        Column("place", "地区"),
        Column("title", "文件"),
        Column("issued", "印发"),
        Column("regime", "评估办法"),
        Column("years", "目标年"),
        Column("steps", "阶段", kind="integer"),
        Column("tasks", "任务", kind="integer"),
        Column("commitments", "承诺指标", kind="integer"),
    ]
    notes = [f"{row['place']}：{row['note']}" for row in plans if row["note"]]
    return ReportTable(title="区县（市）方案", columns=columns, rows=rows, notes=notes, landscape=True)


def targets_table(timetable: pd.DataFrame, plan: PlanHeading) -> ReportTable:
    """Year of acceptance by county."""
    rows = [[row["name"], row["deadline"].year, row["quote"]] for row in _of_kind(timetable, "target")]
    columns = [
        Column("name", "区县和目标"),
        Column("year", "目标年", align="center"),
        Column("quote", "原文"),
    ]
    return ReportTable(
        title=f"{plan.place}目标年", columns=columns, rows=rows, source=plan.citation, landscape=True
    )


def steps_table(timetable: pd.DataFrame, plan: PlanHeading) -> ReportTable:
    """Stages with their dates."""
    rows: list[list[object]] = [
        [
            ("　" if row["part_of"] else "") + str(row["name"]),
            f"{row['start']:%Y-%m-%d}",
            _deadline(row),
            row["offices"],
            row["quote"],
            row["note"],
        ]
        for row in _of_kind(timetable, "step")
    ]
    columns = [
        Column("name", "阶段"),
        Column("start", "开始"),
        Column("end", "结束"),
        Column("offices", "责任单位"),
        Column("quote", "原文"),
        Column("note", "说明"),
    ]
    return ReportTable(
        title=f"{plan.place}实施步骤",
        columns=columns,
        rows=rows,
        source=plan.citation,
        landscape=True,
    )


def tasks_table(timetable: pd.DataFrame, plan: PlanHeading) -> ReportTable:
    """Tasks with office and deadline, as the document has them."""
    rows = [
        [row["name"], item_words(row["items"]), row["offices"], _deadline(row), row["quote"]]
        for row in _of_kind(timetable, "task")
    ]
    columns = [
        Column("name", "任务"),
        Column("items", "指标"),
        Column("offices", "责任单位"),
        Column("deadline", "完成时限"),
        Column("quote", "原文"),
    ]
    return ReportTable(
        title=f"{plan.place}任务和责任单位",
        columns=columns,
        rows=rows,
        source=plan.citation,
        landscape=True,
    )


def commitments_table(timetable: pd.DataFrame, plan: PlanHeading) -> ReportTable:
    """Promised figures with due date and the sentence they stand in."""
    rows = [
        [row["name"], labels.STAGES[row["stage"]], promise(row), _deadline(row), row["quote"], row["note"]]
        for row in _of_kind(timetable, "commitment")
    ]
    columns = [
        Column("name", "承诺指标"),
        Column("stage", "学段"),
        Column("promise", "数值", align="right"),
        Column("deadline", "期限"),
        Column("quote", "原文"),
        Column("note", "说明"),
    ]
    return ReportTable(
        title=f"{plan.place}承诺指标",
        columns=columns,
        rows=rows,
        source=plan.citation,
        landscape=True,
    )


def promise(row: Row) -> str:
    """``≥ 85%``, ``≥ 6934万元``: a promised figure as the document gives it."""
    unit = "" if row["unit"] == "1" else str(row["unit"])
    return f"{labels.RELATIONS[row['relation']]} {row['promise']}{unit}"


def progress_summary_table(progress: pd.DataFrame, plan: PlanHeading, *, on: date) -> ReportTable:
    """How many lines of the plan stand where, by kind."""
    counts = progress.groupby(["kind", "status"]).size()
    kinds = [kind for kind in KINDS if (progress["kind"] == kind).any()]
    rows = [
        [
            KINDS[kind],
            *(int(counts.get((kind, status), 0)) for status in PROGRESS_STYLES),
            len(progress[progress["kind"] == kind]),
        ]
        for kind in kinds
    ]
    columns = [
        Column("kind", "内容"),
        *(
            Column(name, f"{style.symbol} {style.word}", kind="integer")
            for name, style in PROGRESS_STYLES.items()
        ),
        Column("total", "合计", kind="integer"),
    ]
    return ReportTable(
        title=f"方案进展一览（{numbers.chinese_date(on)}）",
        columns=columns,
        rows=rows,
        notes=[_STATUS_NOTE],
        source=plan.citation,
    )


def progress_table(progress: pd.DataFrame, plan: PlanHeading, kind: str, *, on: date) -> ReportTable:
    """Every line of one kind (``target``, ``step``, ``task``, ``commitment``, ``own_task``) with status, figure, reason.

    A task that is done names its items only; what the data say about them stands in the task breakdown.
    """
    rows: list[list[object]] = []
    for row in _of_kind(progress, kind):
        name = ("　" if kind == "step" and row["part_of"] else "") + str(row["name"])
        promised = [promise(row)] if kind == "commitment" else []
        rows.append([name, *promised, row["offices"], _deadline(row), status_cell(row["status"]), _said(row)])
    columns = [
        Column("name", KINDS[kind]),
        *([Column("promise", "数值", align="right")] if kind == "commitment" else []),
        Column("offices", "责任单位"),
        Column("deadline", "期限"),
        Column("status", "进展"),
        Column("figure", "现状和原因"),
    ]
    return ReportTable(
        title=f"{KINDS[kind]}进展（{numbers.chinese_date(on)}）",
        columns=columns,
        rows=rows,
        source=plan.citation,
        landscape=True,
        compact=len(rows) > 12,
    )


def _said(row: Row) -> str:
    if row["kind"] in ("task", "own_task") and row["status"] == "done":
        return f"{item_words(row['items'])}达标"
    return "；".join(text.rstrip("。") for text in (row["figure"], row["reason"]) if text)


def breakdown_table(breakdown: pd.DataFrame, *, plan: PlanHeading | None = None) -> ReportTable:
    """The 任务分解表: item and requirement, present state, measure, deadline, responsible office."""
    with_money = breakdown["investment_wan_cny"].notna().any()
    rows = []
    for row in breakdown.to_dict("records"):
        money = [row["investment_wan_cny"]] if with_money else []
        rows.append(
            [
                f"{item_label(row['item'], '')} {row['name']}：{row['requirement']}".strip(),
                Cell(str(row["present_state"])),
                row["measure"] or Cell(""),
                _deadline(row) if pd.notna(row["deadline"]) else Cell(""),
                row["responsible_offices"] or Cell(""),
                *money,
            ]
        )
    columns = [
        Column("item", "指标和要求"),
        Column("present_state", "现状"),
        Column("measure", "措施"),
        Column("deadline", "完成时限"),
        Column("offices", "责任单位"),
        *([Column("investment", "投入", unit="万元", kind="number", decimals=1)] if with_money else []),
    ]
    notes = [
        "现状由数据生成；措施、时限和责任单位取自填报表的“任务”表"
        + ("，空白处取自本县方案。" if plan else "。")
    ]
    return ReportTable(
        title="任务分解表", columns=columns, rows=rows, notes=notes, landscape=True, compact=True,
        source="" if plan is None else plan.citation,
    )  # fmt: skip


def plan_elements(timetable: pd.DataFrame, plan: PlanHeading) -> list[ReportTable]:
    """A plan as it stands in its document: targets, stages, tasks, promised figures; parts it lacks are left out."""
    tables = {
        "target": targets_table,
        "step": steps_table,
        "task": tasks_table,
        "commitment": commitments_table,
    }
    return [make(timetable, plan) for kind, make in tables.items() if (timetable["kind"] == kind).any()]


def progress_elements(
    progress: pd.DataFrame, roadmap: pd.DataFrame, plan: PlanHeading, target_years: Sequence[int], *, on: date
) -> list[ReportTable | ReportFigure]:
    """A county measured against its plan: overview, roadmap, and a table for every kind of line there is."""
    return [
        progress_summary_table(progress, plan, on=on),
        roadmap_figure(roadmap, plan, target_years, on=on),
        *(progress_table(progress, plan, kind, on=on) for kind in KINDS if (progress["kind"] == kind).any()),
    ]


def status_cell(status: str) -> str:
    """``× 逾期未完成``."""
    style = PROGRESS_STYLES[status]
    return f"{style.symbol} {style.word}"


def _of_kind(frame: pd.DataFrame, kind: str) -> list[dict[Hashable, Any]]:
    return frame[frame["kind"] == kind].to_dict("records")


def _deadline(row: Row) -> str:
    deadline = row["deadline"]
    return "" if deadline is pd.NaT else f"{deadline:%Y-%m-%d}"
