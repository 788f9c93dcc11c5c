"""The roadmap of a plan (路线图): stages as bars, deadlines as marks, target years shaded. Nothing is computed here."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from itertools import accumulate, pairwise
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from balance_analysis.programmes.model import Plan
from balance_analysis.terms import chinese_date
from balance_analysis.views.county.figures import NOTE_SIZE, figure_of
from balance_analysis.views.elements import ReportFigure
from balance_analysis.views.elements.style import INK, LIMIT_COLOUR, figure_size, report_style
from balance_analysis.views.programme.tables import PROGRESS_STYLES, ProgressStyle
from balance_analysis.words import labels, say

Row = Mapping[Hashable, Any]
_PLAIN = ProgressStyle("", "#8CBFDD", "", "D")
_LABEL_WIDTH = 22
_BREAK_AFTER = "、，：；） "
_CLOSING = "、，：；）”》。"
_BAR_EDGE = "#6B6B6B"
_BAR_HEIGHTS = {"step": 0.62, "target": 0.62, "part": 0.4}


def roadmap_figure(
    rows: pd.DataFrame, plan: Plan, target_years: Sequence[int], *, on: date | None = None
) -> ReportFigure:
    """The roadmap (路线图) with caption and text alternative; ``rows`` from :func:`balance_analysis.programmes.roadmap_rows`."""
    with report_style():
        return ReportFigure(
            figure_of(plot_roadmap(rows, target_years, on=on)),
            caption=say("roadmap.caption", place=plan.place, on=on),
            alt=roadmap_alt(rows, target_years, on=on),
            note=say("roadmap.note"),
            source=plan.citation,
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
    heights = [1.05 + 0.7 * text.count("\n") for text in texts]
    if ax is None:
        _, ax = plt.subplots(figsize=figure_size(height_mm=21 + 4.3 * sum(heights)))
    ends = list(accumulate(heights))
    positions = [end - height / 2 for end, height in zip(ends, heights, strict=True)]
    for year in target_years:
        start, end = _number(date(year, 1, 1)), _number(date(year, 12, 31))
        ax.axvspan(start, end, color="#EFEFEF", zorder=0, lw=0)
        ax.annotate(
            say("roadmap.target_year", year=year), ((start + end) / 2, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 2),
            textcoords="offset points", ha="center", va="bottom", fontsize=NOTE_SIZE, annotation_clip=False,
        )  # fmt: skip
    _limits(ax, drawn, target_years, on)
    ax.set_ylim(ends[-1], 0)
    for y, row in zip(positions, drawn, strict=True):
        _draw_row(ax, y, row)
    if on is not None:
        ax.axvline(_number(on), color=LIMIT_COLOUR, ls="--", lw=1.2, zorder=3)
    ax.set_yticks(positions, texts)
    for boundary, (before, after) in zip(ends, pairwise(drawn), strict=False):
        if _section(before) != _section(after):
            ax.axhline(boundary, color=INK, lw=0.6)
    ax.tick_params(axis="y", length=0, labelsize=NOTE_SIZE)
    ax.grid(axis="x", zorder=0)
    handles, words = _legend(drawn, on)
    if handles:
        ax.legend(
            handles, words, loc="upper center", bbox_to_anchor=(0.35, -0.04 - 0.5 / ends[-1]), ncol=3, fontsize=NOTE_SIZE,
            handler_map={tuple: HandlerTuple(ndivide=None)}, handlelength=3.2,
        )  # fmt: skip
    return ax


def roadmap_alt(rows: pd.DataFrame, target_years: Sequence[int], *, on: date | None = None) -> str:
    """Text alternative of :func:`plot_roadmap`, made from the same rows."""
    parts = []
    for row in rows.to_dict("records"):
        status = labels.PROGRESS.get(row["status"], "")
        shape = {"step": "bar", "part": "bar", "target": "year"}.get(row["kind"], "mark")
        figures = {"label": _label(row), "start": row["start"], "end": row["end"], "year": row["end"].year}
        parts.append(say(f"roadmap.{shape}", status=status, **figures))
    return say("roadmap.alt", on=on, years=list(target_years), rows=parts)


def _draw_row(ax: Axes, y: float, row: Row) -> None:
    style = PROGRESS_STYLES.get(row["status"], _PLAIN)
    start, end = _number(row["start"]), _number(row["end"])
    height = _BAR_HEIGHTS.get(row["kind"])
    if height is not None:
        ax.barh(
            y, end - start + 1, left=start, height=height, color=style.fill, hatch=style.hatch, edgecolor=_BAR_EDGE,
            lw=0.6, zorder=2,
        )  # fmt: skip
        return
    ax.plot(
        [end], [y], marker=style.marker, ms=6.5, color=style.fill, markeredgecolor=INK, markeredgewidth=0.8, ls="",
        zorder=4, clip_on=False,
    )  # fmt: skip
    late_in_picture = end > sum(ax.get_xlim()) / 2
    ax.annotate(
        chinese_date(row["end"]), (end, y), xytext=(-7 if late_in_picture else 7, 0), textcoords="offset points",
        ha="right" if late_in_picture else "left", va="center", fontsize=NOTE_SIZE, zorder=5,
        bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.75},
    )  # fmt: skip


def _limits(ax: Axes, drawn: Sequence[Row], years: Sequence[int], on: date | None) -> None:
    days = [_number(row[name]) for row in drawn for name in ("start", "end")]
    days += [_number(date(year, *end)) for year in years for end in ((1, 1), (12, 31))]
    days += [] if on is None else [_number(on)]
    first, last = min(days), max(days)
    margin = max(10.0, 0.02 * (last - first))
    ax.set_xlim(first - margin, last + margin)
    months = 12 if last - first > 3 * 366 else 6 if last - first > 366 else 3
    spanned = [row[name].year for row in drawn for name in ("start", "end")] + list(years)
    ticks = [
        date(year, month, 1)
        for year in range(min(spanned), max(spanned) + 2)
        for month in range(1, 13, months)
    ]
    shown = [day for day in ticks if first - margin <= _number(day) <= last + margin]
    ax.set_xticks(
        [_number(day) for day in shown],
        [f"{day.year}年" if months == 12 else f"{day.year}-{day.month:02}" for day in shown],
    )


def _number(day: date) -> float:
    """Days as the axis counts them."""
    return float(dates.date2num(day))  # type: ignore[no-untyped-call]


def _legend(drawn: Sequence[Row], on: date | None) -> tuple[list[Any], list[str]]:
    """Bar and mark of every status that is drawn, and the line of the day."""
    used = {row["status"] for row in drawn}
    handles: list[Any] = []
    words = []
    for name, style in PROGRESS_STYLES.items():
        if name not in used:
            continue
        bar = Patch(facecolor=style.fill, hatch=style.hatch, edgecolor=_BAR_EDGE, lw=0.6)
        handles.append((bar, _mark(style)))
        words.append(labels.PROGRESS[name])
    if on is not None:
        handles.append(Line2D([], [], color=LIMIT_COLOUR, ls="--", lw=1.2))
        words.append(chinese_date(on))
    return handles, words


def _mark(style: ProgressStyle) -> Line2D:
    return Line2D(
        [], [], marker=style.marker, ms=6, ls="", color=style.fill, markeredgecolor=INK, markeredgewidth=0.8
    )


def _wrapped(row: Row) -> str:
    mark = "· " if row["kind"] == "part" else ""
    return "\n".join(wrapped(mark + _label(row), _LABEL_WIDTH))


def _label(row: Row) -> str:
    """What is drawn, with what is reported against the data."""
    return say("roadmap.label", label=row["label"], contradicted=row.get("contradicted", 0))


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` characters and about equal length, broken after punctuation where there is some.

    >>> wrapped("B3、B4、B5、B6、B10、B11", 17)
    ['B3、B4、B5、', 'B6、B10、B11']
    """
    lines = []
    while len(text) > width:
        even = math.ceil(len(text) / math.ceil(len(text) / width))
        breaks = [
            place
            for place in range(1, width + 1)
            if text[place - 1] in _BREAK_AFTER and text[place] not in _CLOSING
        ]
        near = [place for place in breaks if abs(place - even) <= width // 4]
        if near:
            place = min(near, key=lambda place: (abs(place - even), place))
        else:
            place = next(place for place in range(even, 0, -1) if _may_break(text, place))
        lines.append(text[:place].rstrip())
        text = text[place:].lstrip()
    return [*lines, text]


def _may_break(text: str, place: int) -> bool:
    inside_number = text[place - 1 : place + 1].isalnum() and text[place - 1 : place + 1].isascii()
    return place == 1 or not (inside_number or text[place] in _CLOSING or text[place - 1] in "（“《")


def _section(row: Row) -> str:
    return "step" if row["kind"] == "part" else str(row["kind"])
