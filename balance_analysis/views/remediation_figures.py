"""Figures of the least-cost plan with their text alternatives: frames in, figures out."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from balance_analysis.regimes import Regime
from balance_analysis.views.elements.style import (
    INK,
    LIMIT_COLOUR,
    STATUS_STYLES,
    category_style,
    figure_size,
)
from balance_analysis.views.figures import figure_of
from balance_analysis.views.remediation_words import VARIANTS, money
from balance_analysis.views.tables import indicator_label
from balance_analysis.words import labels

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
        note = f"（{above:.0f}项差异系数超限）" if above else ""
        ax.text(
            row["cost_wan_cny"] + top * 0.015,
            position,
            f"{money(row['cost_wan_cny'])}{note}",
            va="center",
            fontsize=8,
        )
    bound = costs.loc[costs["variant"] == "optimum", "lower_bound_wan_cny"].iloc[0]
    if pd.notna(bound):
        ax.axvline(bound, color=LIMIT_COLOUR, ls="--", lw=1.2, label="已证明的最低成本下界")
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.22))
    ax.set_yticks(range(len(rows))[::-1], [VARIANTS[str(row["variant"])] for row in rows])
    ax.set_xlim(0, top * 1.42)
    ax.set_ylim(-0.55, len(rows) - 0.45)
    ax.set_xlabel("所需资金（万元）")
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
        name = VARIANTS[str(row["variant"])]
        if pd.isna(row["cost_wan_cny"]):
            parts.append(f"{name}没有求得")
            continue
        above = row["coefficients_above_limit"]
        ends = f"，仍有{above:.0f}项差异系数超限" if above else "，差异系数均达到限值"
        parts.append(f"{name}{money(row['cost_wan_cny'])}万元{ends}")
    return "三种做法所需资金条形图：" + "；".join(parts) + "。"


def plot_staircase(stairs: pd.DataFrame) -> Figure:
    """Cumulative money as a staircase, with what is still open at each year's end."""
    ax = _axes(height_mm=72)
    years = stairs["year"].astype(int).to_numpy()
    spent = stairs["cumulative_cost_wan_cny"].to_numpy(dtype=float)
    yearly = stairs["cost_wan_cny"].to_numpy(dtype=float)
    style = category_style("urban")
    ax.bar(years, spent - yearly, width=1.0, color="#DCE3EA", edgecolor="white", label="以前年度累计")
    ax.bar(
        years, yearly, bottom=spent - yearly, width=1.0, color=style.colour, edgecolor="white", label="当年"
    )
    top = float(spent.max())
    for row in stairs.to_dict("records"):
        done = row["schools_below_rule"] == 0 and row["coefficients_above_limit"] == 0
        text = (
            "全部达标"
            if done
            else f"未达标{row['schools_below_rule']}所\n超限{row['coefficients_above_limit']}项"
        )
        ax.text(
            int(row["year"]),
            row["cumulative_cost_wan_cny"] + top * 0.02,
            text,
            ha="center",
            va="bottom",
            fontsize=7.5,
        )
    ax.set_xticks(years, [f"{year}年" for year in years])
    ax.set_ylim(0, top * 1.22 if top else 1)
    ax.set_ylabel("累计资金（万元）")
    ax.yaxis.set_major_formatter(FuncFormatter(_grouped))
    ax.tick_params(axis="x", length=0)
    ax.grid(axis="y")
    ax.legend(loc="upper left")
    return figure_of(ax)


def staircase_alt(stairs: pd.DataFrame) -> str:
    """Text alternative of :func:`plot_staircase`."""
    parts = [
        f"{int(row['year'])}年累计{money(row['cumulative_cost_wan_cny'])}万元，年末未达标{row['schools_below_rule']}所、"
        f"差异系数超限{row['coefficients_above_limit']}项"
        for row in stairs.to_dict("records")
    ]
    return "分年度资金阶梯图：" + "；".join(parts) + "。"


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
            label="现状" if first else None,
        )
        ax.scatter(after, position, s=34, color=style.ink, zorder=3, label="方案实施后" if first else None)
        if pd.notna(limit):
            ax.plot(
                [limit, limit],
                [position - 0.42, position + 0.42],
                color=LIMIT_COLOUR,
                lw=1.6,
                ls="--",
                label=f"限值 {limit:.2f}" if first else None,
            )
    ax.set_yticks(
        np.arange(len(rows))[::-1],
        [indicator_label(regime, str(row["indicator"]), short=True) for row in rows],
    )
    ax.set_xlim(left=0)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xlabel("差异系数")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncol=3)
    return figure_of(ax)


def coefficients_alt(frame: pd.DataFrame, regime: Regime, stage: str) -> str:
    """Text alternative of :func:`plot_coefficient_changes`."""
    parts = [
        f"{indicator_label(regime, str(row['indicator']), short=True)}由{row['cv_before']:.3f}到{row['cv_after']:.3f}"
        + (f"（限值{row['cv_limit']:.2f}）" if pd.notna(row["cv_limit"]) else "")
        for row in frame.to_dict("records")
        if pd.notna(row["cv_before"]) and pd.notna(row["cv_after"])
    ]
    return f"{labels.STAGES[stage]}差异系数方案前后对照图：" + "；".join(parts) + "。"
