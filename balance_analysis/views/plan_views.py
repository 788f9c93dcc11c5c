"""Plans as people see them: lists, timetable, progress, task breakdown, and the roadmap picture. Nothing is computed here."""

from __future__ import annotations

import textwrap
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter, MonthLocator, YearLocator, date2num
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from balance_analysis.plans.model import DatePrecision, Plan
from balance_analysis.views import labels
from balance_analysis.views.display import Cell, Column, ReportFigure, ReportTable
from balance_analysis.views.figures import figure_of
from balance_analysis.views.style import GRID, INK, LIMIT_COLOUR, figure_size, report_style

Row = Mapping[Hashable, Any]
KINDS: Final[Mapping[str, str]] = {
    "target": "目标",
    "step": "阶段",
    "task": "任务",
    "commitment": "承诺指标",
    "own_task": "本县填报任务",
}
BASES: Final[Mapping[str, str]] = {
    "indicators": "学校数据",
    "items": "指标结论",
    "county": "区县数据",
    "calendar": "日历",
    "none": "数据不能说明",
}


@dataclass(frozen=True)
class ProgressStyle:
    """How a status prints: symbol and word, fill and hatch of bars, marker of dates (all differ without colour)."""

    symbol: str
    word: str
    fill: str
    hatch: str
    marker: str


PROGRESS_STYLES: Final[Mapping[str, ProgressStyle]] = {
    "done": ProgressStyle("✓", "已完成", "#8CBFDD", "", "o"),
    "due": ProgressStyle("△", "当期应办", "#F4D58D", "...", "^"),
    "open": ProgressStyle("○", "未到期", "#E4E8EC", "", "s"),
    "late": ProgressStyle("×", "逾期未完成", "#B2452F", "xxx", "X"),
    "not_assessable": ProgressStyle("—", "无法判定", "#FFFFFF", "///", "D"),
}
"""Keyed by :class:`balance_analysis.plans.ProgressStatus`."""
_PLAIN = ProgressStyle("", "", "#8CBFDD", "", "o")
_STATUS_NOTE = (
    "已完成：数据显示已经达到（任务以对应指标达标为准）；当期应办：尚未达到，阶段正在进行或90天内到期；未到期：尚未达到，期限在后；"
    "逾期未完成：期限已过，该期限所在学年或以后的数据显示没有达到；无法判定：期限已过或没有期限，数据又不能说明。"
)
_LABEL_WIDTH = 17


def plan_list_table(plans: Sequence[Plan]) -> ReportTable:
    """The plans that are carried as data: document, regime, target years, and how much each holds."""
    rows = [
        [
            plan.id,
            plan.head.place,
            f"《{plan.head.title}》" + (f"（{plan.head.number}）" if plan.head.number else ""),
            issued(plan),
            plan.head.regime,
            "、".join(str(year) for year in plan.target_years),
            len(plan.steps),
            len(plan.tasks),
            len(plan.commitments),
        ]
        for plan in plans
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
    notes = [f"{plan.head.place}：{plan.head.note}" for plan in plans if plan.head.note]
    return ReportTable(title="区县（市）方案", columns=columns, rows=rows, notes=notes, landscape=True)


def issued(plan: Plan) -> str:
    """Date of issue as exact as the document: a plan that leaves the day blank shows the month."""
    day = plan.head.issued
    return f"{day.year}年{day.month}月" + (f"{day.day}日" if plan.head.issued_precision is DatePrecision.DAY else "")


def targets_table(timetable: pd.DataFrame, plan: Plan) -> ReportTable:
    """Year of acceptance by county."""
    rows = [[row["name"], row["deadline"].year, row["quote"]] for row in _of_kind(timetable, "target")]
    columns = [Column("name", "区县和目标"), Column("year", "目标年", align="center"), Column("quote", "原文")]
    return ReportTable(title=f"{plan.head.place}目标年", columns=columns, rows=rows, source=_source(plan))


def steps_table(timetable: pd.DataFrame, plan: Plan) -> ReportTable:
    """Stages with their dates."""
    rows: list[list[object]] = [
        [
            ("　" if row["part_of"] else "") + str(row["name"]),
            _day(row["start"]),
            _day(row["deadline"]),
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
        title=f"{plan.head.place}实施步骤", columns=columns, rows=rows, source=_source(plan), landscape=True
    )


def tasks_table(timetable: pd.DataFrame, plan: Plan) -> ReportTable:
    """Tasks with office and deadline, as the document has them."""
    rows = [
        [row["name"], _items(row), row["offices"], _deadline(row), row["quote"]] for row in _of_kind(timetable, "task")
    ]
    columns = [
        Column("name", "任务"),
        Column("items", "指标"),
        Column("offices", "责任单位"),
        Column("deadline", "完成时限"),
        Column("quote", "原文"),
    ]
    return ReportTable(
        title=f"{plan.head.place}任务和责任单位", columns=columns, rows=rows, source=_source(plan), landscape=True
    )


def commitments_table(timetable: pd.DataFrame, plan: Plan) -> ReportTable:
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
        title=f"{plan.head.place}承诺指标", columns=columns, rows=rows, source=_source(plan), landscape=True
    )


def promise(row: Row) -> str:
    """``≥ 85%``, ``6934万元``: a promised figure as the document gives it."""
    unit = "" if row["unit"] == "1" else str(row["unit"])
    value = f"{row['value']:g}" if isinstance(row["value"], float) else str(row["value"])
    sign = labels.RELATIONS[row["relation"]]
    return f"{sign} {value}{unit}"


def progress_summary_table(progress: pd.DataFrame, plan: Plan, *, on: date) -> ReportTable:
    """How many lines of the plan stand where, by kind."""
    counts = progress.groupby(["kind", "status"]).size()
    kinds = [kind for kind in KINDS if (progress["kind"] == kind).any()]
    rows = [
        [KINDS[kind], *(int(counts.get((kind, status), 0)) for status in PROGRESS_STYLES), int(counts[kind].sum())]
        for kind in kinds
    ]
    columns = [
        Column("kind", "内容"),
        *(Column(name, f"{style.symbol} {style.word}", kind="integer") for name, style in PROGRESS_STYLES.items()),
        Column("total", "合计", kind="integer"),
    ]
    return ReportTable(
        title=f"方案进展一览（{labels_date(on)}）",
        columns=columns,
        rows=rows,
        notes=[_STATUS_NOTE],
        source=_source(plan),
    )


def progress_table(progress: pd.DataFrame, plan: Plan, kind: str, *, on: date) -> ReportTable:
    """Every line of one kind (``target``, ``step``, ``task``, ``commitment``, ``own_task``) with status, figure and reason."""
    rows: list[list[object]] = []
    for row in _of_kind(progress, kind):
        name = ("　" if kind == "step" and row["part_of"] else "") + str(row["name"])
        promised = [promise({**row, "value": row["limit"]})] if kind == "commitment" else []
        said = "；".join(text for text in (row["figure"], row["reason"]) if text)
        rows.append([name, *promised, row["offices"], _deadline(row), status_cell(row["status"]), said, BASES[row["basis"]]])
    columns = [
        Column("name", KINDS[kind]),
        *([Column("promise", "数值", align="right")] if kind == "commitment" else []),
        Column("offices", "责任单位"),
        Column("deadline", "期限"),
        Column("status", "进展", align="center"),
        Column("figure", "现状和原因"),
        Column("basis", "依据"),
    ]
    return ReportTable(
        title=f"{KINDS[kind]}进展（{labels_date(on)}）",
        columns=columns,
        rows=rows,
        source=_source(plan),
        landscape=True,
        compact=len(rows) > 12,
    )


def breakdown_table(breakdown: pd.DataFrame, *, plan: Plan | None = None) -> ReportTable:
    """The 任务分解表: item and requirement, present state, measure, deadline, responsible office."""
    with_money = breakdown["investment_wan_cny"].notna().any()
    rows = []
    for row in breakdown.to_dict("records"):
        money = [row["investment_wan_cny"]] if with_money else []
        rows.append(
            [
                f"{row['item']} {row['name']}：{row['requirement']}",
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
    notes = ["现状由数据生成；措施、时限和责任单位取自填报表的“任务”表" + ("，空白处取自本县方案。" if plan else "。")]
    return ReportTable(
        title="任务分解表", columns=columns, rows=rows, notes=notes, landscape=True, compact=True,
        source="" if plan is None else _source(plan),
    )  # fmt: skip


def status_cell(status: str) -> str:
    """``× 逾期未完成``."""
    style = PROGRESS_STYLES[status]
    return f"{style.symbol} {style.word}"


def roadmap_figure(
    rows: pd.DataFrame, plan: Plan, target_years: Sequence[int], *, on: date | None = None
) -> ReportFigure:
    """The roadmap (路线图) with caption and text alternative; ``rows`` from :func:`balance_analysis.plans.roadmap_rows`."""
    with report_style():
        ax = plot_roadmap(rows, target_years, on=on)
        return ReportFigure(
            figure_of(ax),
            caption=f"{plan.head.place}路线图和时间表" + (f"（{labels_date(on)}进展）" if on else ""),
            alt=roadmap_alt(rows, target_years, on=on),
            note="条形为阶段，标记为任务和承诺指标的期限，灰色竖带为目标年；没有期限的不画，见表。",
            source=_source(plan),
        )


def plot_roadmap(
    rows: pd.DataFrame, target_years: Sequence[int], *, on: date | None = None, ax: Axes | None = None
) -> Axes:
    """Stages as bars, deadlines as marks, the target years shaded, the day ``on`` as a dashed line.

    ``rows``: ``kind, label, start, end, status, count``. Status speaks by fill, hatch and mark; without status all look
    alike.
    """
    drawn = rows.to_dict("records")
    texts = [_wrapped(row) for row in drawn]
    heights = [0.55 + 0.5 * text.count("\n") + 0.5 for text in texts]
    if ax is None:
        _, ax = plt.subplots(figsize=figure_size(height_mm=24 + 5.4 * sum(heights)))
    positions, top = [], 0.0
    for height in heights:
        positions.append(top + height / 2)
        top += height
    for year in target_years:
        start, end = date2num(date(year, 1, 1)), date2num(date(year, 12, 31))
        ax.axvspan(start, end, color="#EFEFEF", zorder=0, lw=0)
        ax.annotate(
            f"目标年\n{year}", ((start + end) / 2, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 2),
            textcoords="offset points", ha="center", va="bottom", fontsize=7.5, annotation_clip=False,
        )  # fmt: skip
    for y, row in zip(positions, drawn, strict=True):
        _draw_row(ax, y, row)
    _limits(ax, drawn, target_years, on, top)
    if on is not None:
        ax.axvline(date2num(on), color=LIMIT_COLOUR, ls="--", lw=1.2, zorder=3)
    ax.set_yticks(positions, texts)
    for boundary, (before, after) in zip(_boundaries(heights), zip(drawn, drawn[1:], strict=False), strict=False):
        if _section(before) != _section(after):
            ax.axhline(boundary, color=INK, lw=0.6)
    ax.tick_params(axis="y", length=0, labelsize=7.5)
    ax.grid(axis="x", zorder=0)
    handles = _legend(drawn, on)
    if handles:
        ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.35, -0.04 - 0.5 / top), ncol=3, fontsize=7.5)
    return ax


def roadmap_alt(rows: pd.DataFrame, target_years: Sequence[int], *, on: date | None = None) -> str:
    """Text alternative of :func:`plot_roadmap`, made from the same rows."""
    parts = []
    for row in rows.to_dict("records"):
        word = f"，{PROGRESS_STYLES[row['status']].word}" if row["status"] else ""
        if row["kind"] in ("step", "part"):
            parts.append(f"{row['label']}{_day(row['start'])}至{_day(row['end'])}{word}")
        elif row["kind"] != "target":
            parts.append(f"{row['label']}（{_day(row['end'])}{word}）")
    years = "、".join(str(year) for year in target_years)
    when = f"，截至{labels_date(on)}" if on else ""
    return f"路线图{when}，目标年{years}：" + "；".join(parts) + "。"


def labels_date(day: date) -> str:
    """2018年9月30日.

    >>> labels_date(date(2018, 9, 30))
    '2018年9月30日'
    """
    return f"{day.year}年{day.month}月{day.day}日"


def _draw_row(ax: Axes, y: float, row: Row) -> None:
    style = PROGRESS_STYLES.get(row["status"], _PLAIN)
    start, end = date2num(row["start"]), date2num(row["end"])
    if row["kind"] in ("step", "part", "target"):
        height = 0.62 if row["kind"] != "part" else 0.4
        ax.barh(
            y, end - start + 1, left=start, height=height, color=style.fill, hatch=style.hatch, edgecolor="#6B6B6B",
            lw=0.6, zorder=2,
        )  # fmt: skip
        return
    ax.plot(
        [end], [y], marker=style.marker, ms=6.5, color=style.fill, markeredgecolor=INK, markeredgewidth=0.8, ls="",
        zorder=4, clip_on=False,
    )  # fmt: skip


def _limits(ax: Axes, drawn: Sequence[Row], years: Sequence[int], on: date | None, top: float) -> None:
    days = [date2num(row[name]) for row in drawn for name in ("start", "end")]
    days += [date2num(date(year, *end)) for year in years for end in ((1, 1), (12, 31))]
    days += [] if on is None else [date2num(on)]
    margin = max(10.0, 0.02 * (max(days) - min(days)))
    ax.set_xlim(min(days) - margin, max(days) + margin)
    ax.set_ylim(top, 0)
    span = max(days) - min(days)
    if span > 3 * 366:
        ax.xaxis.set_major_locator(YearLocator())
        ax.xaxis.set_major_formatter(DateFormatter("%Y年"))
    elif span > 366:
        ax.xaxis.set_major_locator(MonthLocator(bymonth=(1, 7)))
        ax.xaxis.set_major_formatter(DateFormatter("%Y-%m"))
    else:
        ax.xaxis.set_major_locator(AutoDateLocator(minticks=4, maxticks=7))
        ax.xaxis.set_major_formatter(DateFormatter("%Y-%m"))


def _legend(drawn: Sequence[Row], on: date | None) -> list[Patch | Line2D]:
    used = {row["status"] for row in drawn}
    handles: list[Patch | Line2D] = [
        Line2D(
            [], [], marker=style.marker, ms=6, ls="", color=style.fill, markeredgecolor=INK, markeredgewidth=0.8,
            label=f"{style.symbol} {style.word}",
        )
        for name, style in PROGRESS_STYLES.items()
        if name in used
    ]  # fmt: skip
    if on is not None:
        handles.append(Line2D([], [], color=LIMIT_COLOUR, ls="--", lw=1.2, label=labels_date(on)))
    return handles


def _wrapped(row: Row) -> str:
    text = str(row["label"])
    if row["kind"] in ("task", "commitment"):
        text = f"{text} {row['end'].month}月{row['end'].day}日前"
    lines = textwrap.wrap(text, _LABEL_WIDTH)
    indent = "　" if row["kind"] == "part" else ""
    return "\n".join(indent + line for line in lines[:3])


def _section(row: Row) -> str:
    return "step" if row["kind"] == "part" else str(row["kind"])


def _boundaries(heights: Sequence[float]) -> list[float]:
    found, top = [], 0.0
    for height in heights:
        top += height
        found.append(top)
    return found


def _of_kind(frame: pd.DataFrame, kind: str) -> list[dict[Hashable, Any]]:
    return frame[frame["kind"] == kind].to_dict("records")


def _items(row: Row) -> str:
    items = str(row["items"]).split(";")
    return f"{items[0]}—{items[-1]}" if len(items) > 3 else "、".join(items)


def _day(moment: pd.Timestamp) -> str:
    return f"{moment.year}年{moment.month}月{moment.day}日"


def _deadline(row: Row) -> str:
    return "" if pd.isna(row["deadline"]) else _day(row["deadline"])


def _source(plan: Plan) -> str:
    number = f"（{plan.head.number}）" if plan.head.number else ""
    return f"《{plan.head.title}》{number}，{plan.head.issuer}，{issued(plan)}"
