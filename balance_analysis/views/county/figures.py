"""Figures of the county report: frames and labels in, Axes out; nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from balance_analysis.regimes import Regime
from balance_analysis.regimes.model import Indicator
from balance_analysis.views.county.tables import coefficient_text, status, value_cell
from balance_analysis.views.elements.hover import name_points
from balance_analysis.views.elements.style import (
    GRID,
    INK,
    LIMIT_COLOUR,
    STATUS_STYLES,
    CategoryStyle,
    category_style,
    figure_size,
)
from balance_analysis.words import labels, numbers, say
from balance_analysis.words.subjects import indicator_label

NOTE_SIZE: Final = 7.5
"""Points of what stands inside a picture: 六号, the smallest that printed Chinese is read in; no picture of a page has smaller type."""
PAPER: Final = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}
"""What lies under a number that a line would cross."""


def plot_coefficients(
    coefficients: pd.DataFrame, regime: Regime, stage: str, *, ax: Axes | None = None
) -> Axes:
    """Coefficients of one stage as bars, with the limit of each as a mark across its bar.

    What could not be computed has no bar; table and text alternative name it.
    """
    rows = coefficients[(coefficients["stage"] == stage) & coefficients["cv"].notna()].reset_index(drop=True)
    ax = ax or report_axes(height_mm=max(28.0, 14 + 4.2 * len(rows)))
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
        ax.text(
            start + 0.012 * top, position, f"{coefficient_text(regime, row)}{mark}", va="center", fontsize=8
        )
        if pd.notna(row["limit"]):
            ax.plot(
                [row["limit"]] * 2, [position - 0.42, position + 0.42], color=LIMIT_COLOUR, lw=1.6, ls="--"
            )
    ax.set_yticks(positions, [indicator_label(regime, name, short=True) for name in rows["indicator"]])
    if len(limits):
        ax.plot(
            [],
            [],
            color=LIMIT_COLOUR,
            lw=1.6,
            ls="--",
            label=say("figure.limit", limit=numbers.limit_text(limits.iloc[0])),
        )
        ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.1)
    ax.set_xlim(0, top * 1.18)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xlabel(labels.MEASURES["cv"])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
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
    ax = ax or report_axes(height_mm=60)
    entry = regime.indicator(indicator)
    rows = indicators[
        (indicators["stage"] == stage) & (indicators["indicator"] == indicator) & indicators["value"].notna()
    ]
    for chosen, label, style in by_area(rows, strata):
        points = ax.scatter(
            chosen["enrolment"], chosen["value"], marker=style.marker, color=style.colour, s=28, label=label,
            edgecolor="white", lw=0.4,
        )  # fmt: skip
        name_points(points, school_points(chosen, entry))
    if len(rows) and rows["limit"].notna().any():
        limit, floor = rows["limit"].iloc[0], rows["floor"].iloc[0]
        ax.axhline(
            limit,
            color=LIMIT_COLOUR,
            ls="--",
            lw=1.2,
            label=say("figure.school_limit", limit=numbers.plain(limit, 6)),
        )
        ax.axhline(
            floor,
            color=LIMIT_COLOUR,
            ls=":",
            lw=1.0,
            label=say("figure.floor", limit=numbers.plain(floor, 6)),
        )
    ax.set_xlabel(say("figure.enrolment"))
    ax.set_ylabel(say("figure.named_unit", name=entry.short_name, unit=entry.unit))
    ax.set_ylim(bottom=0)
    ax.grid(axis="y")
    legend_above(ax, len(ax.get_legend_handles_labels()[0]))
    return ax


def school_points(rows: pd.DataFrame, entry: Indicator) -> list[str]:
    """What is said of each school's mark: name, value, pupils; ``rows`` are judged indicators, all known."""
    return [
        say(
            "figure.point",
            name=row["school_name"],
            value=value_cell(row, entry.decimals).text,
            unit=entry.unit,
            n=int(row["enrolment"]),
        )
        for row in rows.to_dict("records")
    ]


def plot_gaps(
    gaps: pd.DataFrame,
    regime: Regime,
    stage: str,
    strata: Mapping[str, str],
    whole: str,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Each stratum's mean as a multiple of the county mean, one line per indicator."""
    present = [name for name in strata if name in set(gaps.loc[gaps["stage"] == stage, "stratum"])]
    shown = [
        entry
        for entry in regime.indicators
        if gaps.loc[(gaps["stage"] == stage) & (gaps["indicator"] == entry.id), "mean"].notna().any()
    ]
    ax = ax or report_axes(height_mm=max(30.0, 16 + 4 * len(shown)))
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
    named_rows(ax, [entry.short_name for entry in shown], below=0.5)
    ax.set_xlabel(say("figure.ratio", whole=whole))
    legend_above(ax, len(present))
    return ax


def figure_of(ax: Axes) -> Figure:
    """The figure an Axes stands in."""
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    return figure


def coefficients_alt(coefficients: pd.DataFrame, regime: Regime, stage: str) -> str:
    """Text alternative of :func:`plot_coefficients`, made from the data."""
    each = []
    for row in coefficients[coefficients["stage"] == stage].to_dict("records"):
        limit = regime.limit(row["indicator"], "cv", stage)
        relation = "" if limit is None else limit.relation.value
        each.append(
            {
                "name": indicator_label(regime, row["indicator"], short=True),
                "cv": (row["cv"], relation, row["limit"]),
                "unknown": "" if pd.notna(row["cv"]) else row["reason"],
                "limit": row["limit"],
            }
        )
    return say("figure.coefficients_alt", stage=stage, each=each)


def gaps_alt(gaps: pd.DataFrame, regime: Regime, stage: str, strata: Mapping[str, str], whole: str) -> str:
    """Text alternative of :func:`plot_gaps`."""
    each = []
    for entry in regime.indicators:
        mine = (gaps["stage"] == stage) & (gaps["indicator"] == entry.id) & gaps["ratio_to_county"].notna()
        ratios = [
            {"name": strata.get(row["stratum"], labels.UNKNOWN_STRATUM), "ratio": row["ratio_to_county"]}
            for row in gaps[mine].to_dict("records")
        ]
        if ratios:
            each.append({"name": entry.short_name, "ratios": ratios})
    return say("figure.gaps_alt", stage=stage, whole=whole, each=each)


# --- what every figure of the pages is made with --------------------------------------------------------------


def report_axes(height_mm: float) -> Axes:
    """Axes of a figure as wide as the text."""
    _, ax = plt.subplots(figsize=figure_size(height_mm=height_mm))
    return ax


def by_area(
    rows: pd.DataFrame, areas: Mapping[str, str]
) -> Iterator[tuple[pd.DataFrame, str, CategoryStyle]]:
    """The rows of each area that has some, with its label and its look."""
    for number, (name, label) in enumerate(areas.items()):
        own = rows[rows["stratum"] == name]
        if len(own):
            yield own, label, category_style(name, number)


def limit_line(ax: Axes, limits: pd.Series, sentence: str) -> float | None:
    """The limit of what stands along the axis as an upright dashed line with its words; None where there is none."""
    known = limits.dropna()
    if known.empty:
        return None
    limit = float(known.iloc[0])
    ax.axvline(limit, color=LIMIT_COLOUR, ls="--", lw=1.2, label=say(sentence, limit=limit))
    return limit


def beside(ax: Axes, x: float, y: float, text: str, *, away: float = 3, **look: Any) -> None:
    """A short text ``away`` points to the right of a mark or a bar's end."""
    look = {"va": "center", "fontsize": NOTE_SIZE, **look}
    ax.annotate(text, (x, y), xytext=(away, 0), textcoords="offset points", **look)


def named_rows(ax: Axes, names: Sequence[str], *, below: float = 0.4, **look: Any) -> None:
    """A row for each name, the first at the top, with light upright lines; ``below`` is the room under the last."""
    ax.set_yticks(range(len(names)), names, **look)
    ax.set_ylim(len(names) - below, below - 1)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")


def legend_above(ax: Axes, columns: int, **given: Any) -> None:
    """The legend in the middle above the picture."""
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=max(1, columns), **given)
