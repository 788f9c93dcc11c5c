"""Figures of the region overview: frames in, Axes out; nothing is computed here."""

from __future__ import annotations

import re
from typing import Final

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from balance_analysis.regimes import Regime
from balance_analysis.terms import COMPOSITE
from balance_analysis.views.county.figures import NOTE_SIZE, beside, legend_above, named_rows, report_axes
from balance_analysis.views.elements.style import (
    INK,
    LIMIT_COLOUR,
    STATUS_STYLES,
    category_style,
    figure_size,
)
from balance_analysis.views.region.tables import STATUSES, acceptance_mark, records
from balance_analysis.words import labels, numbers, say
from balance_analysis.words.numbers import is_missing
from balance_analysis.words.subjects import indicator_label

NAMED_COUNTIES: Final = 5
"""Up to so many counties have a marker of their own; above that every dot is grey and the highest is named."""

_FIGURE_STATUS: Final = dict(zip(STATUSES, (("#4F81A8", "", "-"), ("#C7D7E4", "///", "-")), strict=True))


def plot_region_coefficients(
    league: pd.DataFrame, regime: Regime, stage: str, *, ax: Axes | None = None
) -> Axes:
    """Every county's coefficients of one stage as dots, one line per indicator, with the limits."""
    rows = league[(league["stage"] == stage) & (league["measure"] == "cv") & league["rank"].notna()]
    names = [
        name
        for name in [*(entry.id for entry in regime.indicators), COMPOSITE]
        if name in set(rows["indicator"])
    ]
    counties = list(dict.fromkeys(rows.sort_values("division_code")["county"]))
    ax = ax or report_axes(height_mm=20 + 5.4 * len(names))
    named = len(counties) <= NAMED_COUNTIES
    for y, name in enumerate(names):
        of_name = rows[rows["indicator"] == name]
        limit = regime.limit(name, "cv", stage)
        if limit is not None:
            ax.plot([float(limit.value)] * 2, [y - 0.4, y + 0.4], color=LIMIT_COLOUR, lw=1.6, ls="--")
        for row in records(of_name):
            number = counties.index(row["county"])
            style = category_style("", number)
            ax.scatter(
                row["value"],
                y,
                marker=style.marker if named else "o",
                color=style.colour if named else "#7F93A6",
                alpha=1 if named else 0.7,
                s=34 if named else 18,
                zorder=3,
                edgecolor="white",
                linewidth=0.4,
            )
        if not named:
            top = of_name.sort_values("value").iloc[-1]
            plate = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}
            beside(ax, top["value"], y, str(top["county"]), away=4, fontsize=NOTE_SIZE, bbox=plate)
    named_rows(ax, [indicator_label(regime, name, short=True) for name in names])
    ax.set_xlim(left=0)
    ax.margins(x=0.12)
    ax.set_xlabel(say("region.coefficient_axis"))
    ax.grid(axis="y", lw=0.3)
    _coefficient_legend(ax, counties if named else [], bool(rows["limit"].notna().any()))
    return ax


def _coefficient_legend(ax: Axes, counties: list[str], limited: bool) -> None:
    handles = [
        Line2D(
            [],
            [],
            ls="",
            marker=category_style("", number).marker,
            color=category_style("", number).colour,
            label=county,
        )
        for number, county in enumerate(counties)
    ]
    if limited:
        handles.append(Line2D([], [], color=LIMIT_COLOUR, lw=1.6, ls="--", label=say("region.limit")))
    if handles:
        legend_above(ax, len(handles), handles=handles)


def coefficients_alt(league: pd.DataFrame, regime: Regime, stage: str) -> str:
    """Text alternative of :func:`plot_region_coefficients`."""
    rows = league[(league["stage"] == stage) & (league["measure"] == "cv") & league["rank"].notna()]
    parts = []
    for name, group in rows.groupby("indicator", sort=False):
        ordered = group.sort_values("rank")
        low, high = ordered.iloc[0], ordered.iloc[-1]
        parts.append(
            say(
                "region.alt_indicator",
                indicator=indicator_label(regime, str(name), short=True),
                low=low["county"],
                low_cv=low["value"],
                high=high["county"],
                high_cv=high["value"],
                above=int((group["outcome"] == "not_met").sum()),
            )
        )
    return say("region.coefficient_alt", stage=stage, parts=parts)


def plot_schedule(schedule: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Counties by planned year: where the data stand, where acceptance is planned, and the status."""
    rows = records(schedule[schedule["planned_year"].notna()])
    ax = ax or report_axes(height_mm=min(230.0, 20 + 5.6 * len(rows)))
    for y, row in enumerate(rows):
        word, style = labels.ACCEPTANCES[row["status"]], STATUS_STYLES.get(acceptance_mark(row["status"]))
        planned = int(row["planned_year"])
        if not is_missing(row["year"]):
            ax.plot([int(row["year"]), planned], [y, y], color="#B9C4CF", lw=2, zorder=1)
            ax.scatter(int(row["year"]), y, marker="|", color=INK, s=60, zorder=2)
        colour = style.ink if style else "#1F4E79"
        ax.scatter(planned, y, marker=style.marker if style else "s", color=colour, s=42, zorder=3)
        right = planned if is_missing(row["year"]) else max(planned, int(row["year"]))
        beside(ax, right, y, word, away=7)
    years = [int(row["planned_year"]) for row in rows] + [
        int(row["year"]) for row in rows if not is_missing(row["year"])
    ]
    named_rows(ax, [row["county"] for row in rows])
    if years:
        ax.set_xticks(range(min(years), max(years) + 2))
        ax.set_xlim(min(years) - 0.4, max(years) + 1.4)
    ax.set_xlabel(say("region.schedule_axis"))
    return ax


def schedule_alt(schedule: pd.DataFrame) -> str:
    """Text alternative of :func:`plot_schedule`."""
    parts = [
        say(
            "region.schedule_alt_county",
            county=row["county"],
            year=int(row["planned_year"]),
            status=row["status"],
        )
        for row in records(schedule[schedule["planned_year"].notna()])
    ]
    return say("region.schedule_alt", parts=parts)


def plot_certified(basic: pd.DataFrame, quality: pd.DataFrame) -> Figure:
    """Certified counties by year, basic and quality balance beside each other; the fill shows the status."""
    figure, axes = plt.subplots(
        1, 2, figsize=figure_size(height_mm=52), width_ratios=[max(len(basic), 1), max(len(quality), 1) + 0.6]
    )
    for ax, rows, title in zip(axes, (basic, quality), labels.BALANCES.values(), strict=True):
        for x, row in enumerate(records(rows)):
            colour, hatch, line = _FIGURE_STATUS[row["status"]]
            ax.bar(
                x, row["value"], width=0.7, color=colour, hatch=hatch, edgecolor="#2F5675", ls=line, lw=0.8
            )
            ax.annotate(
                numbers.plain(row["value"]),
                (x, row["value"]),
                (0, 2),
                textcoords="offset points",
                ha="center",
                fontsize=NOTE_SIZE,
            )
        shown = [re.sub(r"(?<=\d{4})(?=\D)", "\n", str(year)) for year in rows["year"]]
        ax.set_xticks(range(len(rows)), shown, fontsize=NOTE_SIZE)
        ax.set_title(title)
        ax.tick_params(axis="x", length=0)
        ax.grid(axis="y")
        ax.margins(y=0.12)
    axes[0].set_ylabel(say("region.certified_axis"))
    handles = [
        Patch(facecolor=colour, hatch=hatch, edgecolor="#2F5675", ls=line, lw=0.8, label=status)
        for status, (colour, hatch, line) in _FIGURE_STATUS.items()
    ]
    axes[0].legend(handles=handles, loc="upper left", fontsize=NOTE_SIZE)
    return figure


def certified_alt(basic: pd.DataFrame, quality: pd.DataFrame) -> str:
    """Text alternative of :func:`plot_certified`."""
    told = [
        [
            say("region.certified_alt_year", year=str(row["year"]), n=row["value"], status=row["status"])
            for row in records(rows)
        ]
        for rows in (basic, quality)
    ]
    return say("region.certified_alt", basic=told[0], quality=told[1])


def plot_floor_area(figures: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """How the nation's primary-school floor area is divided between urban, town and rural places."""
    ax = ax or report_axes(height_mm=38)
    shares = {(row["series"], row["area"]): row["share_of_total"] for row in records(figures)}
    for y, series in enumerate(labels.SERIES):
        left = 0.0
        for area in ("urban", "town", "rural"):
            style = category_style(area)
            share = shares[series, area]
            ax.barh(
                y, share, left=left, height=0.62, color=style.colour, hatch=style.hatch, edgecolor="white", lw=0.5,
                label=labels.AREAS[area] if y == 0 else None,
            )  # fmt: skip
            ax.text(
                left + share / 2, y, numbers.percent(share), ha="center", va="center", fontsize=NOTE_SIZE, color=INK,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2, "alpha": 0.85},
            )  # fmt: skip
            left += share
    named_rows(ax, list(labels.SERIES.values()), below=0.5)
    ax.grid(visible=False)
    ax.set_xlim(0, 1)
    ax.set_xticks(np.linspace(0, 1, 6), [numbers.percent(share, 0) for share in np.linspace(0, 1, 6)])
    legend_above(ax, 3)
    return ax


def floor_area_alt(figures: pd.DataFrame) -> str:
    """Text alternative of :func:`plot_floor_area`."""
    shares = {(row["series"], row["area"]): row["share_of_total"] for row in records(figures)}
    areas = ("urban", "town", "rural")
    parts = [
        say("region.floor_area_alt_series", series=name, **{area: shares[series, area] for area in areas})
        for series, name in labels.SERIES.items()
    ]
    return say("region.floor_area_alt", parts=parts)
