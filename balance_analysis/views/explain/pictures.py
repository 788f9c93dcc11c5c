"""Pictures that answer a question at a glance: frames in, Axes out, the same facts as text beside each; words in ``pictures.toml``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from balance_analysis.regimes import Regime
from balance_analysis.views.county.figures import (
    NOTE_SIZE,
    PAPER,
    beside,
    by_area,
    legend_above,
    limit_line,
    named_rows,
    report_axes,
)
from balance_analysis.views.elements.style import INK, LIMIT_COLOUR, category_style
from balance_analysis.words import labels, numbers, say
from balance_analysis.words.subjects import indicator_label

EDGES = (0.2, 5.0)
"""Multiples of the limit (or the mean) at the ends of the axis; what lies beyond stands at the end."""
MOST_RANKED = 40
MOST_NARROW = 15
DARK_RED = 0.62
"""From this share on white is easier to read on the map's red than black."""
Row = Mapping[Any, Any]


# --- areas, every indicator ------------------------------------------------------------------------------


def relative_values(rows: pd.DataFrame, gaps: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, bool]:
    """Schools and area means as multiples of the limit; of the county's mean where no school has a limit.

    ``rows`` are judged indicators and ``gaps`` the areas of one stage and year. Both come back with ``relative``; the flag says
    whether limits were taken.
    """
    limited = bool(rows["limit"].notna().any())
    limit = rows.dropna(subset=["limit"]).groupby("indicator")["limit"].first()
    base = limit if limited else gaps.groupby("indicator")["county_mean"].first()
    schools = rows[rows["value"].notna() & rows["indicator"].isin(list(base.index))]
    means = gaps[gaps["mean"].notna() & gaps["indicator"].isin(list(base.index))]
    return (
        schools.assign(relative=schools["value"] / schools["indicator"].map(base)),
        means.assign(relative=means["mean"] / means["indicator"].map(base)),
        limited,
    )


def plot_area_ratios(
    schools: pd.DataFrame,
    means: pd.DataFrame,
    regime: Regime,
    areas: Mapping[str, str],
    whole: str,
    *,
    limited: bool,
    ax: Axes | None = None,
) -> Axes:
    """Every school of every indicator by area on one axis, marks as large as the enrolment, the areas' means, the limit.

    ``whole`` says of what the mean is (全县) that stands in the limit's place where there is none.
    """
    shown = [entry for entry in regime.indicators if (schools["indicator"] == entry.id).any()]
    present = [name for name in areas if (schools["stratum"] == name).any()]
    ax = ax or report_axes(height_mm=30 + (4 + 4.5 * len(present)) * len(shown))
    place = {entry.id: float(number) for number, entry in enumerate(shown)}
    step = 0.8 / max(1, len(present))
    shift = {name: (number - (len(present) - 1) / 2) * step for number, name in enumerate(present)}
    rows = schools[schools["stratum"].isin(present)]
    wave = 0.3 * step * np.sin(np.arange(len(rows)) * 2.4)  # apart, and the same each time
    drawn = pd.DataFrame(
        {
            "x": rows["relative"].clip(*EDGES),
            "y": rows["indicator"].map(place) + rows["stratum"].map(shift).astype(float) + wave,
            "area": rows["stratum"].map(areas),
            "size": _size_classes(rows["enrolment"]),
        }
    )
    styles = {areas[name]: category_style(name, number) for number, name in enumerate(present)}
    for (area, size), own in drawn.groupby(["area", "size"]):  # schools of a size share one mark: small files
        style = styles[str(area)]
        sns.scatterplot(
            own, x="x", y="y", s=float(str(size)), color=style.colour, marker=style.marker, ax=ax, alpha=0.6, linewidth=0,
            legend=False,
        )  # fmt: skip
    for row in means[means["stratum"].isin(present)].to_dict("records"):
        y, x = place[row["indicator"]] + shift[row["stratum"]], float(np.clip(row["relative"], *EDGES))
        ax.plot([x, x], [y - step * 0.46, y + step * 0.46], color=INK, lw=2, zorder=4)
    for name, style in styles.items():
        ax.plot([], [], ls="", marker=style.marker, color=style.colour, label=name)
    ax.plot([], [], color=INK, lw=2, label=say("picture.area_mean"))
    line = say("picture.limit_line") if limited else say("picture.mean_line", whole=whole)
    ax.axvline(1, color=LIMIT_COLOUR if limited else INK, ls="--" if limited else "-", lw=1.2, label=line)
    ax.set_xscale("log")
    ax.set_xlim(EDGES[0] * 0.93, EDGES[1] * 1.07)
    ticks = [0.2, 0.5, 1, 2, 5]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_xlabel(
        say("picture.relative_to_limit") if limited else say("picture.relative_to_mean", whole=whole)
    )
    named_rows(ax, [indicator_label(regime, entry.id, short=True) for entry in shown], below=0.45)
    ax.set_ylabel("")
    legend_above(ax, 5)
    return ax


def _size_classes(enrolment: pd.Series[float]) -> pd.Series[float]:
    """Areas of marks in points² by enrolment, in five steps."""
    most = max([*enrolment, 1.0])
    steps: pd.Series[float] = (enrolment / most * 5).map(math.ceil).astype(float)
    return 8 + 20 * steps


def area_ratios_alt(means: pd.DataFrame, regime: Regime, areas: Mapping[str, str]) -> str:
    """Text alternative of :func:`plot_area_ratios`."""
    each = []
    for entry in regime.indicators:
        own = means[(means["indicator"] == entry.id) & means["stratum"].isin(list(areas))]
        if len(own):
            told = [
                {"area": areas[row["stratum"]], "ratio": row["relative"]} for row in own.to_dict("records")
            ]
            each.append({"name": entry.short_name, "areas": told})
    return say("picture.areas_alt", indicators=each)


# --- the gap through the years ---------------------------------------------------------------------------


def plot_area_course(
    gaps: pd.DataFrame,
    regime: Regime,
    indicator: str,
    areas: Mapping[str, str],
    whole: str,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Each area's mean as a multiple of the county's through the years; ratio and difference stand at the end of each line.

    ``gaps`` holds one stage and indicator, all years.
    """
    ax = ax or report_axes(height_mm=70)
    entry = regime.indicator(indicator)
    ends = []
    for number, name in enumerate(areas):
        rows = gaps[(gaps["stratum"] == name) & gaps["ratio_to_county"].notna()].sort_values("year")
        if rows.empty:
            continue
        style = category_style(name, number)
        ax.plot(
            rows["year"], rows["ratio_to_county"], marker=style.marker, ls=style.line, color=style.colour,
            label=areas[name],
        )  # fmt: skip
        last = rows.iloc[-1]
        away = numbers.fixed(last["mean"] - last["county_mean"], entry.decimals)
        text = say("picture.ratio_end", ratio=last["ratio_to_county"], difference=away)
        ends.append((float(last["ratio_to_county"]), int(last["year"]), text))
    years = sorted({int(year) for year in gaps.loc[gaps["ratio_to_county"].notna(), "year"]})
    ax.axhline(1, color=INK, lw=0.8)
    low, high = ax.get_ylim()
    gap, at = (high - low) * 0.075, -np.inf
    for value, year, text in sorted(ends):  # texts of lines that end close together stand above each other
        at = max(value, at + gap)
        beside(ax, year, at, text, away=5)
    ax.set_xticks(range(years[0], years[-1] + 1))
    ax.set_xlim(years[0] - 0.3, years[-1] + 0.3 + 0.45 * max(2, len(years)))
    ax.set_xlabel(say("explain_figure.year_axis"))
    ax.set_title(say("picture.ratio_axis", whole=whole), fontsize=8.5, loc="left")
    ax.grid(axis="y")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncol=3)
    return ax


def area_course_alt(gaps: pd.DataFrame, areas: Mapping[str, str], whole: str) -> str:
    """Text alternative of :func:`plot_area_course`."""
    each = []
    for name, label in areas.items():
        rows = gaps[(gaps["stratum"] == name) & gaps["ratio_to_county"].notna()].sort_values("year")
        years = [
            say("picture.course_year", year=int(row["year"]), ratio=row["ratio_to_county"])
            for row in rows.to_dict("records")
        ]
        if years:
            each.append({"area": label, "whole": whole, "years": years})
    return say("picture.course_alt", areas=each)


# --- schools in their order ------------------------------------------------------------------------------


def plot_ranking(
    rows: pd.DataFrame, regime: Regime, indicator: str, areas: Mapping[str, str], *, ax: Axes | None = None
) -> Axes:
    """Schools from the lowest value up, coloured by area, with the limit; ``rows`` hold one stage, indicator and year."""
    ordered = ranked(rows)
    ax = ax or report_axes(height_mm=26 + 4.2 * len(ordered))
    entry = regime.indicator(indicator)
    for own, label, style in by_area(ordered, areas):
        ax.barh(own["place"], own["value"], height=0.72, color=style.colour, label=label)
    rest = ordered[~ordered["stratum"].isin(list(areas))]
    if len(rest):
        ax.barh(rest["place"], rest["value"], height=0.72, color="#C9CED4", label=labels.UNKNOWN_STRATUM)
    for row in ordered.to_dict("records"):
        area = areas.get(row["stratum"], labels.UNKNOWN_STRATUM)  # colour is not the only sign
        text = say("picture.ranked_bar", value=(row["value"], entry.decimals), area=area)
        beside(ax, row["value"], row["place"], text, fontsize=NOTE_SIZE, bbox=PAPER, zorder=3)
    limit = limit_line(ax, ordered["limit"], "picture.limit_value")
    named_rows(ax, list(ordered["school_name"]), fontsize=NOTE_SIZE)
    ax.set_xlim(0, max([*ordered["value"], limit or 0.0, 1e-9]) * 1.12)
    ax.set_xlabel(say("picture.value_axis", name=entry.short_name, unit=entry.unit))
    legend_above(ax, 5)
    return ax


def ranked(rows: pd.DataFrame) -> pd.DataFrame:
    """The schools with the lowest values, at most :data:`MOST_RANKED`, with their place."""
    known = rows[rows["value"].notna()].sort_values(["value", "school_code"], kind="stable").head(MOST_RANKED)
    return known.assign(place=range(len(known)))


def ranking_alt(rows: pd.DataFrame, regime: Regime, indicator: str, areas: Mapping[str, str]) -> str:
    """Text alternative of :func:`plot_ranking`."""
    entry, known = regime.indicator(indicator), rows[rows["value"].notna()]
    low = [
        say(
            "picture.ranked", name=row["school_name"], area=areas.get(row["stratum"], labels.UNKNOWN_STRATUM),
            value=(row["value"], entry.decimals), unit=entry.unit,
        )
        for row in ranked(known).head(5).to_dict("records")
    ]  # fmt: skip
    limits = known["limit"].dropna()
    return say(
        "picture.ranking_alt", low=low, limit=limits.iloc[0] if len(limits) else None, unit=entry.unit,
        below=int((known["value"] < known["limit"]).sum()), n=len(known),
    )  # fmt: skip


# --- pupils below the limit, room for pupils -------------------------------------------------------------


def plot_below(
    rows: pd.DataFrame, regime: Regime, areas: Mapping[str, str], *, ax: Axes | None = None
) -> Axes:
    """Shares of pupils in schools below the limit, indicator by area; ``rows`` are the frame ``below_limit`` of one stage."""
    shown = [entry.id for entry in regime.indicators if (rows["indicator"] == entry.id).any()]
    present = [name for name in areas if (rows["stratum"] == name).any()]
    share, pupils = (
        rows.pivot_table(index="indicator", columns="stratum", values=name).reindex(
            index=shown, columns=present
        )
        for name in ("share_of_pupils_below", "pupils_below")
    )
    ax = ax or report_axes(height_mm=26 + 11 * len(shown))
    parts, counts = share.to_numpy(dtype=float), pupils.to_numpy(dtype=float)
    sns.heatmap(
        parts, ax=ax, cmap="Reds", vmin=0, vmax=1, linewidths=1.5, linecolor="white", cbar=False,
        yticklabels=[indicator_label(regime, name, short=True) for name in shown],
        xticklabels=[areas[name] for name in present],
    )  # fmt: skip
    # seaborn's own texts are white on a middle red, and missing where no school is
    for (row, column), part in np.ndenumerate(parts):
        figures = {"share": float(part), "pupils": float(counts[row, column])}
        ax.text(
            column + 0.5, row + 0.5,
            say("picture.no_schools") if np.isnan(part) else say("picture.below_cell", **figures),
            ha="center", va="center", fontsize=8, color="white" if part > DARK_RED else INK,
        )  # fmt: skip
    ax.set_xlabel(say("picture.below_axis"))
    ax.set_ylabel("")
    ax.tick_params(length=0, rotation=0)
    return ax


def below_alt(rows: pd.DataFrame, regime: Regime, areas: Mapping[str, str]) -> str:
    """Text alternative of :func:`plot_below`: the largest shares first."""
    some = rows[(rows["pupils_below"] > 0) & rows["stratum"].isin(list(areas))]
    cells = [
        {
            "area": areas[row["stratum"]],
            "name": regime.indicator(row["indicator"]).short_name,
            "share": row["share_of_pupils_below"],
        }
        for row in some.sort_values("share_of_pupils_below", ascending=False, kind="stable").to_dict(
            "records"
        )
    ]
    return say("picture.below_alt", cells=cells)


def plot_headroom(
    rows: pd.DataFrame, regime: Regime, areas: Mapping[str, str], *, ax: Axes | None = None
) -> Axes:
    """The schools that pass with the least room for pupils, and what binds first; ``rows`` as :func:`narrowest`."""
    ax = ax or report_axes(height_mm=26 + 5 * len(rows))
    for place, row in enumerate(rows.to_dict("records")):
        name = row["stratum"]
        style = category_style(name, list(areas).index(name)) if name in areas else category_style("", 4)
        ax.barh(place, row["headroom"], height=0.7, color=style.colour)
        known = row["binding"] == "indicators" and isinstance(row["binding_indicator"], str)
        first = regime.indicator(row["binding_indicator"]).short_name if known else ""
        text = say("picture.headroom_bar", n=row["headroom"], binding=row["binding"], indicator=first)
        beside(ax, row["headroom"], place, text)
    for _, label, style in by_area(rows, areas):
        ax.barh(0, 0, color=style.colour, label=label)
    named_rows(ax, list(rows["school_name"]), fontsize=NOTE_SIZE)
    ax.set_xlim(0, max(1.0, float(rows["headroom"].max())) * 1.6)
    ax.set_xlabel(say("picture.headroom_axis"))
    if ax.get_legend_handles_labels()[0]:
        legend_above(ax, 4)
    return ax


def narrowest(headroom: pd.DataFrame) -> pd.DataFrame:
    """Schools that pass now, those with the least room in pupils first, at most :data:`MOST_NARROW`."""
    passing = headroom[headroom["headroom"] >= 0]
    return passing.sort_values(["headroom", "school_code"], kind="stable").head(MOST_NARROW)


def headroom_alt(rows: pd.DataFrame) -> str:
    """Text alternative of :func:`plot_headroom`."""
    schools: Sequence[Row] = rows.to_dict("records")
    return say(
        "picture.headroom_alt",
        schools=[{"name": row["school_name"], "n": row["headroom"]} for row in schools],
    )
