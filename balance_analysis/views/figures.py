"""Figures of the county report: frames and labels in, Axes out; nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from balance_analysis.regimes import Regime
from balance_analysis.terms import COMPOSITE
from balance_analysis.views.elements.style import (
    GRID,
    INK,
    LIMIT_COLOUR,
    STATUS_STYLES,
    category_style,
    figure_size,
)
from balance_analysis.views.tables import indicator_label, status
from balance_analysis.words import labels


def plot_coefficients(
    coefficients: pd.DataFrame, regime: Regime, stage: str, *, ax: Axes | None = None
) -> Axes:
    """Coefficients of one stage as bars, with the limit of each as a mark across its bar.

    What could not be computed has no bar; table and text alternative name it.
    """
    rows = coefficients[(coefficients["stage"] == stage) & coefficients["cv"].notna()].reset_index(drop=True)
    ax = ax or _axes(height_mm=max(30.0, 18 + 5.5 * len(rows)))
    positions = np.arange(len(rows))[::-1]
    limits = rows["limit"].dropna()
    top = np.nanmax([*rows["cv"], *limits, 0.1])
    for position, row in zip(positions, rows.to_dict("records"), strict=True):
        style = STATUS_STYLES.get(status(row["outcome"]))
        ax.barh(
            position,
            row["cv"],
            height=0.62,
            color=style.fill if style else "#B9C4CF",
            hatch=style.hatch if style else "",
            edgecolor="white",
            linewidth=0.5,
        )
        mark = f" {style.symbol}" if style and row["outcome"] != "met" else ""
        hits_limit = pd.notna(row["limit"]) and row["cv"] <= row["limit"] < row["cv"] + 0.12 * top
        start = row["limit"] if hits_limit else row["cv"]
        ax.text(start + 0.012 * top, position, f"{row['cv']:.3f}{mark}", va="center", fontsize=8)
        if pd.notna(row["limit"]):
            ax.plot(
                [row["limit"]] * 2, [position - 0.42, position + 0.42], color=LIMIT_COLOUR, lw=1.6, ls="--"
            )
    ax.set_yticks(positions, [indicator_label(regime, name, short=True) for name in rows["indicator"]])
    if len(limits):
        ax.plot([], [], color=LIMIT_COLOUR, lw=1.6, ls="--", label=f"限值 {limits.iloc[0]:.2f}")
        ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.1)
    ax.set_xlim(0, top * 1.18)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xlabel("差异系数")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    return ax


def plot_school_matrix(
    indicators: pd.DataFrame, schools: pd.DataFrame, regime: Regime, stage: str, *, ax: Axes | None = None
) -> Axes:
    """Schools by indicators as a grid of marks: met, tolerable, not met, not assessable."""
    of_stage = schools[schools["stage"] == stage]
    ax = ax or _axes(height_mm=min(215.0, 20 + 3.7 * len(of_stage)))
    codes = list(of_stage["school_code"])
    cells = indicators[indicators["stage"] == stage].set_index(["school_code", "indicator"])["outcome"]
    for y, code in enumerate(codes):
        for x, entry in enumerate(regime.indicators):
            style = STATUS_STYLES.get(status(cells[code, entry.id]))
            if style is None:
                continue
            ax.add_patch(
                Rectangle(
                    (x - 0.46, y - 0.42),
                    0.92,
                    0.84,
                    facecolor=style.fill,
                    hatch=style.hatch,
                    edgecolor="white",
                    lw=0.4,
                )
            )
    ax.set_xlim(-0.5, len(regime.indicators) - 0.5)
    ax.set_ylim(len(codes) - 0.5, -0.5)
    ax.set_xticks(range(len(regime.indicators)), [entry.short_name for entry in regime.indicators])
    ax.xaxis.tick_top()
    ax.set_yticks(range(len(codes)), of_stage["school_name"])
    ax.tick_params(length=0, labelsize=7)
    for side in ax.spines.values():
        side.set_visible(False)
    handles = [
        Patch(
            facecolor=style.fill,
            hatch=style.hatch,
            edgecolor="#7A7A7A",
            lw=0.4,
            label=f"{style.symbol} {style.word}",
        )
        for style in STATUS_STYLES.values()
    ]
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.01), ncol=4, fontsize=7)
    return ax


def plot_school_values(
    indicators: pd.DataFrame,
    regime: Regime,
    stage: str,
    indicator: str,
    strata: Mapping[str, str],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Every school's value against its enrolment, by stratum, with limit and 85 % floor."""
    ax = ax or _axes(height_mm=60)
    entry = regime.indicator(indicator)
    rows = indicators[
        (indicators["stage"] == stage) & (indicators["indicator"] == indicator) & indicators["value"].notna()
    ]
    for number, (name, label) in enumerate(strata.items()):
        chosen = rows[rows["stratum"] == name]
        if chosen.empty:
            continue
        style = category_style(name, number)
        sns.scatterplot(
            x=chosen["enrolment"],
            y=chosen["value"],
            marker=style.marker,
            color=style.colour,
            s=28,
            label=label,
            ax=ax,
            edgecolor="white",
        )
    if len(rows) and rows["limit"].notna().any():
        limit, floor = rows["limit"].iloc[0], rows["floor"].iloc[0]
        ax.axhline(limit, color=LIMIT_COLOUR, ls="--", lw=1.2, label=f"标准值 {limit:g}")
        ax.axhline(floor, color=LIMIT_COLOUR, ls=":", lw=1.0, label=f"允许下限 {floor:g}")
    ax.set_xlabel("在校生数（人）")
    ax.set_ylabel(f"{entry.short_name}（{entry.unit}）")
    ax.set_ylim(bottom=0)
    ax.grid(axis="y")
    ax.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=max(1, len(ax.get_legend_handles_labels()[0]))
    )
    return ax


def plot_gaps(
    gaps: pd.DataFrame, regime: Regime, stage: str, strata: Mapping[str, str], *, ax: Axes | None = None
) -> Axes:
    """Each stratum's mean as a multiple of the county mean, one line per indicator."""
    present = [name for name in strata if name in set(gaps.loc[gaps["stage"] == stage, "stratum"])]
    shown = [
        entry
        for entry in regime.indicators
        if gaps.loc[(gaps["stage"] == stage) & (gaps["indicator"] == entry.id), "mean"].notna().any()
    ]
    ax = ax or _axes(height_mm=max(32.0, 20 + 5 * len(shown)))
    for y, entry in enumerate(shown):
        lines = gaps[(gaps["stage"] == stage) & (gaps["indicator"] == entry.id)].set_index("stratum")[
            "ratio_to_county"
        ]
        values = [lines.get(name, np.nan) for name in present]
        if np.isfinite(values).any():
            ax.plot([np.nanmin(values), np.nanmax(values)], [y, y], color=GRID, lw=2, zorder=1)
        for number, (name, value) in enumerate(zip(present, values, strict=True)):
            style = category_style(name, number)
            ax.scatter(
                value,
                y,
                marker=style.marker,
                color=style.colour,
                s=36,
                zorder=2,
                label=strata[name] if y == 0 else None,
            )
    ax.axvline(1, color=INK, lw=0.8)
    ax.set_yticks(range(len(shown)), [entry.short_name for entry in shown])
    ax.set_ylim(len(shown) - 0.5, -0.5)
    ax.set_xlabel("与全县均值之比（1 = 全县均值）")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=max(1, len(present)))
    return ax


def plot_trends(
    trends: pd.DataFrame,
    regime: Regime,
    stage: str,
    measure: str,
    *,
    target_year: int | None,
    ax: Axes | None = None,
) -> Axes:
    """Yearly series of one measure with the limit, up to the target year; a year only known as a range is a bar."""
    ax = ax or _axes(height_mm=60)
    chosen = trends[(trends["stage"] == stage) & (trends["measure"] == measure)]
    order = [*(entry.id for entry in regime.indicators), COMPOSITE, "all"]
    series = [name for name in order if chosen.loc[chosen["indicator"] == name, "lowest"].notna().any()]
    for number, indicator in enumerate(series):
        lines = chosen[chosen["indicator"] == indicator].sort_values("year")
        style = category_style(indicator, number)
        ax.plot(
            lines["year"],
            lines["value"],
            marker=style.marker,
            ls=["-", "--", "-.", ":"][number % 4],
            color=sns.color_palette("colorblind")[number % 10],
            label=indicator_label(regime, indicator, short=True),
            ms=4,
        )
        open_years = lines[lines["lowest"] < lines["highest"]]
        ax.vlines(
            open_years["year"],
            open_years["lowest"],
            open_years["highest"],
            color=sns.color_palette("colorblind")[number % 10],
            lw=1,
        )
    limits = sorted(chosen["limit"].dropna().unique())
    for limit in limits:
        name = f"限值 {limit:.2f}" if measure == "cv" else f"标准 {limit:.0%}"
        ax.axhline(limit, color=LIMIT_COLOUR, ls="--", lw=1.6, label=name)
    years = sorted(chosen["year"].unique())
    if years:
        last = max(years[-1], target_year or years[-1])
        ticks = range(int(years[0]), int(last) + 1)
        ax.set_xticks(ticks, [str(year) for year in ticks])
        ax.set_xlim(years[0] - 0.3, last + 0.3)
        if target_year is not None and target_year > years[-1]:
            ax.axvspan(years[-1] + 0.05, last + 0.3, color="#F3F3F3", zorder=0)
            ax.axvline(target_year, color=INK, lw=0.8, ls=":")
            ax.annotate(
                f"目标年 {target_year}",
                (target_year, 1.01),
                xycoords=("data", "axes fraction"),
                ha="center",
                va="bottom",
                fontsize=7.5,
            )
    ax.set_ylim(bottom=0)
    ax.set_xlabel("学年（起始年）")
    ax.set_ylabel(labels.MEASURES[measure])
    ax.grid(axis="y")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def figure_of(ax: Axes) -> Figure:
    """The figure an Axes stands in."""
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    return figure


def coefficients_alt(coefficients: pd.DataFrame, regime: Regime, stage: str) -> str:
    """Text alternative of :func:`plot_coefficients`, made from the data."""
    parts = []
    for row in coefficients[coefficients["stage"] == stage].to_dict("records"):
        name = indicator_label(regime, row["indicator"], short=True)
        if pd.isna(row["cv"]):
            parts.append(f"{name}无法计算")
        else:
            limit = (
                f"（限值{row['limit']:.2f}，{labels.OUTCOMES[row['outcome']]}）"
                if pd.notna(row["limit"])
                else ""
            )
            parts.append(f"{name}{row['cv']:.3f}{limit}")
    return f"{labels.STAGES[stage]}差异系数条形图：" + "；".join(parts) + "。"


def gaps_alt(gaps: pd.DataFrame, regime: Regime, stage: str, strata: Mapping[str, str]) -> str:
    """Text alternative of :func:`plot_gaps`."""
    parts = []
    for entry in regime.indicators:
        lines = (
            gaps[(gaps["stage"] == stage) & (gaps["indicator"] == entry.id)]
            .set_index("stratum")["ratio_to_county"]
            .dropna()
        )
        if len(lines):
            parts.append(
                f"{entry.short_name}："
                + "，".join(
                    f"{strata.get(str(name), labels.UNKNOWN_STRATUM)}{value:.2f}倍"
                    for name, value in lines.items()
                )
            )
    return f"{labels.STAGES[stage]}各地区均值与全县均值之比：" + "；".join(parts) + "。"


def trends_alt(trends: pd.DataFrame, regime: Regime, stage: str, measure: str) -> str:
    """Text alternative of :func:`plot_trends`."""
    chosen = trends[(trends["stage"] == stage) & (trends["measure"] == measure) & trends["lowest"].notna()]
    parts = []
    for indicator, lines in chosen.groupby("indicator", sort=False):
        ordered = lines.sort_values("year")
        first, last = ordered.iloc[0], ordered.iloc[-1]
        name = indicator_label(regime, str(indicator), short=True)
        start, end = (
            f"{int(row['year'])}学年的"
            + "至".join(f"{edge:.3g}" for edge in dict.fromkeys((row["lowest"], row["highest"])))
            for row in (first, last)
        )
        parts.append(f"{name}由{start}到{end}")
    return f"{labels.STAGES[stage]}{labels.MEASURES[measure]}逐年折线图：" + "；".join(parts) + "。"


def matrix_alt(schools: pd.DataFrame, stage: str) -> str:
    """Text alternative of :func:`plot_school_matrix`."""
    counts = schools.loc[schools["stage"] == stage, "outcome"].value_counts()
    parts = [f"{labels.OUTCOMES[str(name)]}{count}所" for name, count in counts.items()]
    return f"{labels.STAGES[stage]}逐校逐项达标图：" + "，".join(parts) + "。"


def _axes(height_mm: float) -> Axes:
    _, ax = plt.subplots(figsize=figure_size(height_mm=height_mm))
    return ax
