"""Figures of the explaining pages: frames in, Axes out, and the same facts as text beside each; words in ``explain_figures.toml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from balance_analysis.findings import Case
from balance_analysis.findings.parts import of
from balance_analysis.regimes import Regime
from balance_analysis.terms import COMPOSITE
from balance_analysis.views.county.figures import (
    NOTE_SIZE,
    PAPER,
    beside,
    by_area,
    legend_above,
    limit_line,
    named_rows,
    report_axes,
    school_points,
)
from balance_analysis.views.elements.hover import name_points
from balance_analysis.views.elements.style import INK, LIMIT_COLOUR, category_style
from balance_analysis.words import numbers, say
from balance_analysis.words.subjects import indicator_label

SIDES: Mapping[str, tuple[str, str]] = {"below": ("#1F4E79", ""), "above": ("#E8B54A", "///")}
REST_COLOUR = "#C9CED4"
MOST_LINES = 4
"""Series in one trend figure."""
Row = Mapping[Any, Any]


# --- one coefficient by school ---------------------------------------------------------------------------


def plot_waterfall(
    bars: pd.DataFrame, whole: str, *, limit: float | None = None, ax: Axes | None = None
) -> Axes:
    """Terms of CV² by school from 0 to the total, the largest first, the rest in one bar, with the limit's square.

    ``bars`` is one cell of :func:`balance_analysis.explain.influence.waterfall`; ``whole`` says of what the mean is (全县).
    """
    rows = bars.sort_values("position", kind="stable").reset_index(drop=True)
    ax = ax or report_axes(height_mm=17 + 4.3 * (len(rows) + 1))
    for y, row in enumerate(rows.to_dict("records")):
        colour, hatch = SIDES.get(str(row["side"]), (REST_COLOUR, ""))
        width = row["end"] - row["start"]
        ax.barh(y, width, left=row["start"], height=0.7, color=colour, hatch=hatch, edgecolor="white", lw=0.5)
        beside(ax, row["end"], y, numbers.share(row["share"]), bbox=PAPER, zorder=3)
    total = float(rows["cv_squared"].iloc[0])
    ax.barh(len(rows), total, height=0.7, color="white", edgecolor=INK, lw=0.8)
    beside(
        ax, total, len(rows), say("explain_figure.total", cv=(total**0.5, "at_most", limit), squared=total)
    )
    names = [*map(_bar_name, rows.to_dict("records")), say("explain_figure.sum")]
    named_rows(ax, names, fontsize=NOTE_SIZE)
    handles: list[Any] = [
        Patch(
            facecolor=colour, hatch=hatch, edgecolor="white", label=say(f"explain_figure.{side}", whole=whole)
        )
        for side, (colour, hatch) in SIDES.items()
        if (rows["side"] == side).any()
    ]
    edge = total
    if limit is not None:
        ax.axvline(limit**2, color=LIMIT_COLOUR, ls="--", lw=1.3)
        text = say("explain_figure.limit_squared", limit=limit, squared=numbers.plain(limit**2, 4))
        handles += ax.plot([], [], color=LIMIT_COLOUR, ls="--", lw=1.3, label=text)
        edge = max(edge, limit**2)
    ax.set_xlim(0, edge * 1.3)
    ax.set_xlabel(say("explain_figure.squared_axis"))
    legend_above(ax, 3, handles=handles)
    return ax


def _bar_name(row: Row) -> str:
    name = row["school_name"]
    return (
        name if isinstance(name, str) and name else say("explain_figure.rest", n=int(row["n_schools_in_row"]))
    )


def waterfall_alt(bars: pd.DataFrame, whole: str, limit: float | None = None) -> str:
    """Text alternative of :func:`plot_waterfall`."""
    rows = bars.sort_values("position", kind="stable")
    parts = []
    for row in rows.to_dict("records"):
        side = say(f"explain_figure.{row['side']}", whole=whole) if row["side"] in SIDES else ""
        parts.append(say("explain_figure.bar", name=_bar_name(row), share=row["share"], side=side))
    cv = float(rows["cv_squared"].iloc[0]) ** 0.5
    return say("explain_figure.waterfall", cv=(cv, "at_most", limit), limit=limit, parts=parts)


# --- through the years -----------------------------------------------------------------------------------


def plot_trend(
    series: Mapping[str, pd.DataFrame],
    *,
    forecasts: Mapping[str, Row],
    target_year: int | None = None,
    marked_year: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Coefficients through the years with their limit and the target year.

    ``series``: name → rows of the trends (year, value, limit); ``forecasts``: name → centre, low, high in the target year of those
    that have years enough for a distribution: of the others nothing is drawn ahead.
    """
    ax = ax or report_axes(height_mm=45)
    known = {
        name: rows[rows["value"].notna()].sort_values("year", kind="stable") for name, rows in series.items()
    }
    years = sorted({int(year) for rows in known.values() for year in rows["year"]})
    edges, last = [0.1], years[-1]
    bounds = [limit for rows in known.values() if (limit := _limit(rows)) is not None]
    near = 0.3 * max([*bounds, *(float(rows["value"].max()) for rows in known.values())])
    for place, (name, rows) in enumerate(known.items()):
        style = category_style(name, place)
        values = rows["value"].to_numpy(dtype=float)
        ax.plot(
            rows["year"], values, marker=style.marker, ls=style.line, color=style.colour, label=name, zorder=4
        )
        marked = rows["year"].to_numpy() == marked_year
        ax.scatter(
            rows["year"][marked], values[marked], s=90, facecolor="none", edgecolor=INK, lw=1.2, zorder=5
        )
        texts = (
            zip(rows["year"], values, strict=True)
            if len(known) == 1
            else [(rows["year"].iloc[-1], values[-1])]
        )
        for year, value in texts:
            crossed = len(known) > 1 and any(
                0 < limit - value < near for limit in bounds
            )  # a limit's line would run through it
            away, across, upright = ((8, 0), "left", "center") if crossed else ((0, 7), "center", "baseline")
            ax.annotate(
                numbers.coefficient(value, limit=_limit(rows)), (year, value), xytext=away, textcoords="offset points",
                ha=across, va=upright, fontsize=NOTE_SIZE, bbox=PAPER, zorder=3,
            )  # fmt: skip
        edges += [*values]
        if name in forecasts and target_year is not None:
            edges.append(
                _ahead(
                    ax, forecasts[name], (int(rows["year"].iloc[-1]), values[-1]), target_year, style.colour
                )
            )
    limits = {name: limit for name, rows in known.items() if (limit := _limit(rows)) is not None}
    for limit in sorted(set(limits.values())):
        own = [name for name in limits if limits[name] == limit]
        label = say("explain_figure.limit", names=own if len(own) < len(known) else [], limit=limit)
        ax.axhline(limit, color=LIMIT_COLOUR, ls="--", lw=1.3, label=label)
    if target_year is not None and target_year > last:
        ax.axvline(target_year, color=INK, lw=0.9, ls=(0, (1, 3)), zorder=1)
        ax.annotate(
            say("explain_figure.target", year=target_year), (target_year, 1), xycoords=("data", "axes fraction"), xytext=(-3, -3),
            textcoords="offset points", ha="right", va="top", fontsize=NOTE_SIZE,
        )  # fmt: skip
        last = target_year
    ax.set_xticks(range(years[0], last + 1))
    ax.set_xlim(years[0] - 0.6, last + 0.6)
    ax.set_ylim(0, max([*edges, *limits.values()]) * 1.18)
    ax.set_xlabel(say("explain_figure.year_axis"))
    ax.set_ylabel(say("explain_figure.cv_axis"))
    ax.grid(axis="y")
    legend_above(ax, 3)
    return ax


def _ahead(ax: Axes, forecast: Row, now: tuple[int, float], target_year: int, colour: str) -> float:
    """The forecast with its band in the target year; its upper edge."""
    ax.plot([now[0], target_year], [now[1], forecast["centre"]], ls=":", lw=1, color=colour, zorder=3)
    size = [[forecast["centre"] - forecast["low"]], [forecast["high"] - forecast["centre"]]]
    ax.errorbar(
        target_year,
        forecast["centre"],
        yerr=size,
        marker="D",
        ms=5,
        mfc="white",
        mec=colour,
        ecolor=colour,
        capsize=4,
    )
    return float(forecast["high"])


def _limit(rows: pd.DataFrame) -> float | None:
    limits = rows["limit"].dropna()
    return float(limits.iloc[-1]) if len(limits) else None


def trend_alt(
    series: Mapping[str, pd.DataFrame], forecasts: Mapping[str, Row], target_year: int | None
) -> str:
    """Text alternative of :func:`plot_trend`."""
    parts = []
    for name, rows in series.items():
        known = rows[rows["value"].notna()].sort_values("year", kind="stable")
        limit = _limit(known)
        prints = partial(numbers.coefficient, limit=limit)
        years = [
            say("explain_figure.of_year", year=int(row["year"]), value=prints(row["value"]))
            for row in known.to_dict("records")
        ]
        text = say("explain_figure.series", name=name, years=years, limit=limit)
        if name in forecasts:
            ends = {end: prints(forecasts[name][end]) for end in ("centre", "low", "high")}
            text += say("explain_figure.forecast", year=target_year, **ends)
        parts.append(text)
    return say("explain_figure.sentences", parts=parts)


# --- areas -----------------------------------------------------------------------------------------------


def plot_areas(
    indicators: pd.DataFrame,
    regime: Regime,
    indicator: str,
    strata: Mapping[str, str],
    means: Mapping[str, float],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Schools of one stage and indicator by area, marks as large as their enrolment, with the area's mean.

    ``indicators`` holds one stage and indicator; ``means`` the areas' ratios of totals.
    """
    rows = indicators[indicators["value"].notna()]
    present = [name for name in strata if (rows["stratum"] == name).any()]
    ax = ax or report_axes(height_mm=34 + 15 * len(present))
    entry = regime.indicator(indicator)
    largest = float(rows["enrolment"].max()) if len(rows) else 1.0
    for y, name in enumerate(present):
        chosen = rows[rows["stratum"] == name].sort_values("value", kind="stable")
        style = category_style(name, y)
        shift = 0.22 * np.sin(np.arange(len(chosen)) * 2.4)
        points = ax.scatter(
            chosen["value"], y + shift, s=12 + 150 * chosen["enrolment"] / largest, color=style.colour,
            marker=style.marker, alpha=0.65, edgecolor="white", lw=0.5,
        )  # fmt: skip
        name_points(points, school_points(chosen, entry))
        if name in means and pd.notna(means[name]):
            ax.plot([means[name]] * 2, [y - 0.42, y + 0.42], color=INK, lw=1.8)
    ax.plot([], [], color=INK, lw=1.8, label=say("explain_figure.area_mean"))
    limit_line(ax, rows["limit"], "explain_figure.standard")
    ticks = [
        say("explain_figure.area", area=strata[name], n=int((rows["stratum"] == name).sum()))
        for name in present
    ]
    named_rows(ax, ticks)
    ax.set_xlim(left=0)
    ax.set_xlabel(say("explain_figure.area_axis", name=entry.short_name, unit=entry.unit))
    legend_above(ax, 2)
    return ax


def areas_alt(
    indicators: pd.DataFrame,
    regime: Regime,
    indicator: str,
    strata: Mapping[str, str],
    means: Mapping[str, float],
) -> str:
    """Text alternative of :func:`plot_areas`."""
    entry, rows = regime.indicator(indicator), indicators[indicators["value"].notna()]
    parts = []
    for name, label in strata.items():
        values = rows.loc[rows["stratum"] == name, "value"]
        if len(values):
            edges = {"low": values.min(), "high": values.max(), "mean": means[name]}
            figures = {edge: (float(value), entry.decimals) for edge, value in edges.items()}
            parts.append(say("explain_figure.area_values", area=label, n=len(values), **figures))
    return say("explain_figure.areas", name=entry.short_name, unit=entry.unit, parts=parts)


def values_alt(rows: pd.DataFrame, regime: Regime, indicator: str) -> str:
    """Text alternative of the schools' values against their enrolment; ``rows`` hold one stage and indicator."""
    entry, ordered = regime.indicator(indicator), rows.sort_values("value", kind="stable")
    ends = {"low": ordered.iloc[0], "high": ordered.iloc[-1]}
    names = {f"{end}_name": row["school_name"] for end, row in ends.items()}
    values = {end: (row["value"], entry.decimals) for end, row in ends.items()}
    below = int((rows["value"] < rows["limit"]).sum())
    return say("explain_figure.values", n=len(rows), below=below, unit=entry.unit, **names, **values)


# --- two years side by side ------------------------------------------------------------------------------


def plot_year_pairs(
    pairs: pd.DataFrame, regime: Regime, indicator: str, strata: Mapping[str, str], *, ax: Axes | None = None
) -> Axes:
    """Every school's change since the year before, by its value then; what lies far from zero is worth a look.

    ``pairs`` has school_name, stratum, previous, value.
    """
    ax = ax or report_axes(height_mm=80)
    entry, rows = regime.indicator(indicator), pairs.dropna(subset=["previous", "value"])
    rows = rows[rows["previous"] > 0]
    rows = rows.assign(change=100 * (rows["value"] / rows["previous"] - 1))
    for chosen, label, style in by_area(rows, strata):
        points = ax.scatter(
            chosen["previous"], chosen["change"], marker=style.marker, color=style.colour, s=30, label=label,
            edgecolor="white", lw=0.4,
        )  # fmt: skip
        name_points(points, school_points(chosen, entry))
    edge = float(rows["previous"].max()) * 1.06 if len(rows) else 1.0
    ax.axhline(0, color=INK, lw=0.8, ls="--", label=say("explain_figure.same_as_before"))
    for place, row in enumerate(rows.loc[widest(rows).index].to_dict("records")):
        right = row["previous"] < edge * 0.6
        ax.annotate(
            str(row["school_name"]), (row["previous"], row["change"]), fontsize=NOTE_SIZE,
            xytext=(8 if right else -8, (6, -3, -12)[place]), textcoords="offset points",
            ha="left" if right else "right",
        )  # fmt: skip
    ax.set_xlim(0, edge)
    ax.margins(y=0.15)
    ax.set_xlabel(say("explain_figure.previous_axis", name=entry.short_name, unit=entry.unit))
    ax.set_ylabel(say("explain_figure.change_axis"))
    ax.grid()
    legend_above(ax, 4)
    return ax


def beside_year_before(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """The rows of ``year`` with the school's value of the year before as ``previous``, where both are known; one stage and indicator."""
    before = rows[rows["year"] == year - 1].set_index("school_code")["value"]
    current = rows[rows["year"] == year]
    return current.assign(previous=current["school_code"].map(before)).dropna(subset=["previous", "value"])


def widest(pairs: pd.DataFrame, number: int = 3) -> pd.DataFrame:
    """The pairs that differ most, relative to the value before."""
    known = pairs[pairs["previous"] > 0]
    size = (known["value"] / known["previous"] - 1).abs()
    return known.loc[size[size > 0].nlargest(number).index]


def year_pairs_alt(pairs: pd.DataFrame, regime: Regime, indicator: str) -> str:
    """Text alternative of :func:`plot_year_pairs`."""
    entry, known = regime.indicator(indicator), pairs.dropna(subset=["previous", "value"])
    parts = []
    for row in widest(known).to_dict("records"):
        ends = {end: (row[end], entry.decimals) for end in ("previous", "value")}
        parts.append(say("explain_figure.from_to", name=row["school_name"], **ends))
    return say("explain_figure.year_pairs", name=entry.short_name, unit=entry.unit, n=len(known), parts=parts)


def named_series(
    trends: pd.DataFrame, regime: Regime, stage: str, indicators: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """The coefficients of these indicators through the years by short name, those without any figure left out."""
    rows = trends[(trends["stage"] == stage) & (trends["measure"] == "cv") & trends["value"].notna()]
    found = {
        indicator_label(regime, name, short=True): rows[rows["indicator"] == name] for name in indicators
    }
    return {name: own for name, own in found.items() if len(own)}


def watched(case: Case, stage: str) -> list[str]:
    """The composite where it is what the law limits, then the coefficients to look at first."""
    focus = case.diagnosis.focus
    rows = case.county.current("verdicts")
    limited = rows[(rows["stage"] == stage) & (rows["rule"] == "coefficient")]
    whole = [COMPOSITE] if set(limited["indicator"]) == {COMPOSITE} else []
    return [*whole, *focus.loc[focus["stage"] == stage, "indicator"]][:MOST_LINES]


def forecasts(case: Case, stage: str, series: Mapping[str, pd.DataFrame]) -> dict[str, Row]:
    """Name → centre and band in the target year of the series that have years enough for a distribution."""
    bands, found = case.diagnosis.intervals, dict[str, Row]()
    for name, rows in series.items() if len(bands) else ():
        own = of(bands[bands["measure"] == "cv"], {"stage": stage, "indicator": rows["indicator"].iloc[0]})
        if len(own):
            found[name] = own.sort_values("year").iloc[-1].to_dict()
    return found
