"""Figures of the remediation plan with their text alternatives: frames in, figures out."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from balance_analysis.regimes import Regime
from balance_analysis.views.county.figures import NOTE_SIZE, figure_of
from balance_analysis.views.elements.style import (
    INK,
    LIMIT_COLOUR,
    STATUS_STYLES,
    category_style,
    figure_size,
)
from balance_analysis.words import labels, say
from balance_analysis.words.subjects import indicator_label

PASSES, FAILS = STATUS_STYLES["met"], STATUS_STYLES["not_met"]


def _axes(height_mm: float) -> Axes:
    _, ax = plt.subplots(figsize=figure_size(height_mm=height_mm))
    return ax


def plot_costs(costs: pd.DataFrame) -> Figure:
    """Cost of the three ways as bars, hatched where coefficients stay above their limits, with the proven bound."""
    rows = costs[costs["cost_wan_cny"].notna()].to_dict("records")
    top = max([*(row["cost_wan_cny"] for row in rows), 1.0])
    ax = _axes(height_mm=20 + 11 * len(rows))
    for position, row in zip(range(len(rows))[::-1], rows, strict=True):
        above = row["coefficients_above_limit"]
        style = FAILS if above else PASSES
        ax.barh(
            position,
            row["cost_wan_cny"],
            height=0.6,
            color=style.fill,
            hatch=style.hatch,
            edgecolor="white",
            lw=0.5,
        )
        ax.text(
            row["cost_wan_cny"] + top * 0.015,
            position,
            say("remediation_figure.costs_bar", cost=row["cost_wan_cny"], above=above),
            va="center",
            fontsize=8,
        )
    bound = costs.loc[costs["variant"] == "optimum", "lower_bound_wan_cny"].iloc[0]
    if pd.notna(bound):
        ax.axvline(bound, color=LIMIT_COLOUR, ls="--", lw=1.2, label=say("remediation_figure.costs_bound"))
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.22))
    ax.set_yticks(range(len(rows))[::-1], [labels.VARIANTS[row["variant"]] for row in rows])
    ax.set_xlim(0, top * 1.42)
    ax.set_ylim(-0.55, len(rows) - 0.45)
    ax.set_xlabel(say("remediation_figure.costs_axis"))
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.xaxis.set_major_formatter(FuncFormatter(_grouped))
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    return figure_of(ax)


def _grouped(value: float, _position: int | None = None) -> str:
    return f"{value:,.0f}"


def costs_alt(costs: pd.DataFrame) -> str:
    """Text alternative of :func:`plot_costs`."""
    parts = []
    for row in costs.to_dict("records"):
        cost, above = row["cost_wan_cny"], row["coefficients_above_limit"]
        end = "none" if pd.isna(cost) else "over" if above else "one"
        parts.append(say(f"remediation_figure.costs_{end}", variant=row["variant"], cost=cost, above=above))
    return say("remediation_figure.costs_alt", rows=parts)


def plot_staircase(stairs: pd.DataFrame) -> Figure:
    """Cumulative money as a staircase, with what is still open at each year's end."""
    ax = _axes(height_mm=72)
    years = stairs["year"].astype(int).to_numpy()
    spent = stairs["cumulative_cost_wan_cny"].to_numpy(dtype=float)
    yearly = stairs["cost_wan_cny"].to_numpy(dtype=float)
    style = category_style("urban")
    ax.bar(
        years,
        spent - yearly,
        width=1.0,
        color="#DCE3EA",
        edgecolor="white",
        label=say("remediation_figure.stairs_before"),
    )
    ax.bar(
        years,
        yearly,
        bottom=spent - yearly,
        width=1.0,
        color=style.colour,
        edgecolor="white",
        label=say("remediation_figure.stairs_now"),
    )
    top = float(spent.max())
    for row in stairs.to_dict("records"):
        done = row["schools_below_rule"] == 0 and row["coefficients_above_limit"] == 0
        left = {"schools": row["schools_below_rule"], "above": row["coefficients_above_limit"]}
        text = (
            say("remediation_figure.stairs_done") if done else say("remediation_figure.stairs_left", **left)
        )
        ax.text(
            int(row["year"]),
            row["cumulative_cost_wan_cny"] + top * 0.02,
            text,
            ha="center",
            va="bottom",
            fontsize=NOTE_SIZE,
        )
    ax.set_xticks(years, [say("remediation_sheet.year", year=year) for year in years])
    ax.set_ylim(0, top * 1.22 if top else 1)
    ax.set_ylabel(say("remediation_figure.stairs_axis"))
    ax.yaxis.set_major_formatter(FuncFormatter(_grouped))
    ax.tick_params(axis="x", length=0)
    ax.grid(axis="y")
    ax.legend(loc="upper left")
    return figure_of(ax)


def staircase_alt(stairs: pd.DataFrame) -> str:
    """Text alternative of :func:`plot_staircase`."""
    parts = [
        say(
            "remediation_figure.stairs_one",
            year=row["year"],
            cost=row["cumulative_cost_wan_cny"],
            schools=row["schools_below_rule"],
            above=row["coefficients_above_limit"],
        )
        for row in stairs.to_dict("records")
    ]
    return say("remediation_figure.stairs_alt", rows=parts)


def plot_coefficient_changes(frame: pd.DataFrame, regime: Regime) -> Figure:
    """Coefficients of one stage: hollow before, filled after, dashed limit."""
    rows = frame[frame["cv_before"].notna() & frame["cv_after"].notna()].to_dict("records")
    ax = _axes(height_mm=22 + 8 * len(rows))
    for position, row in zip(np.arange(len(rows))[::-1], rows, strict=True):
        before, after, limit = row["cv_before"], row["cv_after"], row["cv_limit"]
        ax.plot([before, after], [position, position], color="#9AA5B1", lw=1.6, zorder=1)
        style = FAILS if row["outcome_after"] == "not_met" else PASSES
        first = position == len(rows) - 1
        ax.scatter(
            before,
            position,
            s=34,
            facecolor="white",
            edgecolor=INK,
            zorder=2,
            label=say("remediation_figure.changes_before") if first else None,
        )
        ax.scatter(
            after,
            position,
            s=34,
            color=style.ink,
            zorder=3,
            label=say("remediation_figure.changes_after") if first else None,
        )
        if pd.notna(limit):
            ax.plot(
                [limit, limit],
                [position - 0.42, position + 0.42],
                color=LIMIT_COLOUR,
                lw=1.6,
                ls="--",
                label=say("remediation_figure.changes_limit", limit=limit) if first else None,
            )
    ax.set_yticks(
        np.arange(len(rows))[::-1],
        [indicator_label(regime, str(row["indicator"]), short=True) for row in rows],
    )
    ax.set_xlim(left=0)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xlabel(say("remediation_figure.changes_axis"))
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncol=3)
    return figure_of(ax)


def coefficients_alt(frame: pd.DataFrame, regime: Regime, stage: str) -> str:
    """Text alternative of :func:`plot_coefficient_changes`."""
    parts = [
        say(
            "remediation_figure.changes_one",
            indicator=indicator_label(regime, row["indicator"], short=True),
            before=row["cv_before"],
            after=row["cv_after"],
            limit=row["cv_limit"],
        )
        for row in frame.to_dict("records")
        if pd.notna(row["cv_before"]) and pd.notna(row["cv_after"])
    ]
    return say("remediation_figure.changes_alt", stage=stage, rows=parts)
