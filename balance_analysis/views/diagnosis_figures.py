"""Figures of the diagnosis and the explorer: frames in, Axes out, and the same facts as text beside each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from balance_analysis.explain.forecasting import LAST_VALUE
from balance_analysis.regimes import Regime
from balance_analysis.views.elements.style import GRID, INK, LIMIT_COLOUR, category_style
from balance_analysis.views.figures import _axes
from balance_analysis.views.tables import indicator_label
from balance_analysis.words import labels, numbers

SIDES: Mapping[str, tuple[str, str, str]] = {
    "below": ("低于县均值", "#1F4E79", ""),
    "above": ("高于县均值", "#E8B54A", "///"),
}
REST_COLOUR = "#C9CED4"


def plot_waterfall(
    waterfall: pd.DataFrame, regime: Regime, *, limit: float | None = None, ax: Axes | None = None
) -> Axes:
    """Terms of CV² by school from 0 to the total, the largest first, the rest in one bar.

    ``waterfall`` is one cell of :func:`balance_analysis.explain.influence.waterfall`; ``limit`` is the limit of
    the coefficient, drawn at its square.
    """
    rows = waterfall.sort_values("position", kind="stable").reset_index(drop=True)
    ax = ax or _axes(height_mm=24 + 5.4 * (len(rows) + 1))
    for y, row in enumerate(rows.to_dict("records")):
        _, colour, hatch = SIDES.get(str(row["side"]), ("", REST_COLOUR, ""))
        ax.barh(
            y,
            row["end"] - row["start"],
            left=row["start"],
            height=0.7,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            lw=0.5,
        )
        _beside(ax, row["end"], y, numbers.share(row["share"]))
    total = float(rows["cv_squared"].iloc[0])
    ax.barh(len(rows), total, height=0.7, color="white", edgecolor=INK, lw=0.8)
    _beside(ax, total, len(rows), f"差异系数 {numbers.coefficient(total**0.5)}")
    names = [_bar_name(row) for row in rows.to_dict("records")]
    ax.set_yticks(range(len(rows) + 1), [*names, "合计"])
    ax.set_ylim(len(rows) + 0.6, -0.6)
    edge = total
    handles = [
        Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=label)
        for side, (label, colour, hatch) in SIDES.items()
        if (rows["side"] == side).any()
    ]
    if limit is not None:
        ax.axvline(limit**2, color=LIMIT_COLOUR, ls="--", lw=1.3)
        line = ax.plot([], [], color=LIMIT_COLOUR, ls="--", lw=1.3, label=f"限值 {numbers.limit_text(limit)}")
        handles += line  # type: ignore[arg-type]
        edge = max(edge, limit**2)
    ax.set_xlim(0, edge * 1.2)
    ax.set_xlabel("差异系数的平方（从0累加到合计；百分数为各校所占份额）")
    ax.tick_params(axis="y", length=0, labelsize=7.5)
    ax.grid(axis="x")
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 1.0), ncol=3, borderaxespad=-1.6)
    return ax


def _beside(ax: Axes, x: float, y: float, text: str) -> None:
    ax.annotate(text, (x, y), xytext=(3, 0), textcoords="offset points", va="center", fontsize=7.5)


def _bar_name(row: Mapping[Any, Any]) -> str:
    name = row["school_name"]
    return name if isinstance(name, str) and name else f"其余{row['n_schools_in_row']}所学校"


def waterfall_alt(waterfall: pd.DataFrame, limit: float | None = None) -> str:
    """Text alternative of :func:`plot_waterfall`."""
    rows = waterfall.sort_values("position", kind="stable")
    parts = [
        f"{_bar_name(row)}{numbers.share(row['share'])}"
        + (f"（{SIDES[str(row['side'])][0]}）" if row["side"] in SIDES else "")
        for row in rows.to_dict("records")
    ]
    cv = float(rows["cv_squared"].iloc[0]) ** 0.5
    against = f"，限值{numbers.limit_text(limit)}" if limit is not None else ""
    return f"各校对差异系数{numbers.coefficient(cv)}{against}的贡献：{'；'.join(parts)}。"


def plot_prospects(
    projection: pd.DataFrame,
    trends: pd.DataFrame,
    intervals: pd.DataFrame,
    regime: Regime,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Every coefficient of one stage: past years, the last figure, the forecast of the target year, its limit.

    ``projection`` holds the series to draw (one measure and stage), in order from above. Without a band
    (too few years) the forecast is a hollow mark only.
    """
    rows = projection.reset_index(drop=True)
    ax = ax or _axes(height_mm=28 + 9.5 * len(rows))
    target, right = int(rows["target_year"].iloc[0]), [0.1]
    for y, row in enumerate(rows.to_dict("records")):
        past = _history(trends, row)
        band = _band(intervals, row)
        right += [*past["value"], float(row["limit"]), float(row["forecast"])]
        ax.plot(past["value"], [y] * len(past), color=GRID, lw=3, zorder=1, solid_capstyle="round")
        ax.scatter(past["value"].iloc[:-1], [y] * (len(past) - 1), s=14, color="#9AA5B1", zorder=2)
        ax.scatter(past["value"].iloc[-1:], [y], s=42, color="#1F4E79", zorder=4)
        ax.plot([row["limit"]] * 2, [y - 0.42, y + 0.42], color=LIMIT_COLOUR, ls="--", lw=1.6, zorder=3)
        if band is not None:
            right.append(band["high"])
            ax.plot([band["low"], band["high"]], [y + 0.24] * 2, color=INK, lw=1.2, zorder=3)
            ax.scatter([band["low"], band["high"]], [y + 0.24] * 2, marker="|", s=40, color=INK, zorder=3)
        ax.scatter(
            row["forecast"], y + 0.24, marker="D", s=30, facecolor="white", edgecolor=INK, lw=1.1, zorder=5
        )
    ax.set_yticks(range(len(rows)), [indicator_label(regime, name, short=True) for name in rows["indicator"]])
    ax.set_ylim(len(rows) - 0.35, -0.65)
    ax.set_xlim(0, max(right) * 1.06)
    first, last = int(trends["year"].min()), int(rows["last_year"].max())
    if first < last:
        ax.scatter(
            [],
            [],
            s=14,
            color="#9AA5B1",
            label=f"{first}—{last - 1}学年" if first < last - 1 else f"{first}学年",
        )
    ax.scatter([], [], s=42, color="#1F4E79", label=f"{last}学年（现值）")
    ax.scatter([], [], marker="D", s=30, facecolor="white", edgecolor=INK, label=f"{target}年预测")
    if len(intervals):
        ax.plot([], [], color=INK, lw=1.2, label="90%区间")
    ax.plot([], [], color=LIMIT_COLOUR, ls="--", lw=1.6, label="限值")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=5, handletextpad=0.3, columnspacing=1.2)
    ax.set_xlabel(labels.MEASURES["cv"])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    return ax


def _same_series(frame: pd.DataFrame, row: Mapping[Any, Any]) -> pd.DataFrame:
    if frame.empty:
        return frame
    same: pd.Series[bool] = (
        (frame["stage"] == row["stage"])
        & (frame["indicator"] == row["indicator"])
        & (frame["measure"] == row["measure"])
    )
    return frame[same].sort_values("year", kind="stable")


def _history(trends: pd.DataFrame, row: Mapping[Any, Any]) -> pd.DataFrame:
    chosen = _same_series(trends, row)
    return chosen[chosen["value"].notna()]


def _band(intervals: pd.DataFrame, row: Mapping[Any, Any]) -> dict[str, float] | None:
    chosen = _same_series(intervals, row)
    if chosen.empty:
        return None
    last = chosen.iloc[-1]
    return {"low": float(last["low"]), "high": float(last["high"])}


def prospects_alt(projection: pd.DataFrame, intervals: pd.DataFrame, regime: Regime) -> str:
    """Text alternative of :func:`plot_prospects`."""
    parts = []
    for row in projection.to_dict("records"):
        band = _band(intervals, row)
        spread = (
            ""
            if band is None
            else f"（区间{numbers.coefficient(band['low'])}至{numbers.coefficient(band['high'])}）"
        )
        parts.append(
            f"{indicator_label(regime, row['indicator'], short=True)}现为{numbers.coefficient(row['last_value'])}，"
            f"预测{numbers.coefficient(row['forecast'])}{spread}，限值{numbers.limit_text(row['limit'])}"
        )
    stage = labels.STAGES[projection["stage"].iloc[0]]
    return f"{stage}各项差异系数的现值、{int(projection['target_year'].iloc[0])}年预测和限值：{'；'.join(parts)}。"


def plot_series(
    trends: pd.DataFrame,
    projection: Mapping[Any, Any] | None,
    intervals: pd.DataFrame,
    *,
    decimals: int,
    marked_year: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """One yearly series with its limit and, where stated, forecast and band up to the target year.

    ``trends`` and ``intervals`` hold this series only; ``projection`` is its row or None.
    """
    ax = ax or _axes(height_mm=76)
    past = trends[trends["value"].notna()].sort_values("year", kind="stable")
    years, values = past["year"].to_numpy(), past["value"].to_numpy(dtype=float)
    ax.plot(years, values, marker="o", color="#1F4E79", label="历年数值", zorder=4)
    marked = years == marked_year
    ax.scatter(years[marked], values[marked], s=90, facecolor="none", edgecolor="#1F4E79", lw=1.2, zorder=5)
    for year, value in zip(years, values, strict=True):
        ax.annotate(
            numbers.fixed(value, decimals), (year, value), xytext=(0, 8), textcoords="offset points", ha="center",
            fontsize=7.5,
        )  # fmt: skip
    last, edges = int(years[-1]), [*values]
    if projection is not None and projection["years_left"] > 0 and pd.notna(projection["forecast"]):
        target = int(projection["target_year"])
        if len(intervals):
            low, high = ([values[-1], *intervals[name]] for name in ("low", "high"))
            ahead = [last, *intervals["year"]]
            ax.fill_between(
                ahead, low, high, color="#C9D6E2", hatch="...", edgecolor="white", label="90%区间"
            )
            edges += [*low, *high]
        ax.plot([last, target], [values[-1], projection["forecast"]], ls=":", color=INK, zorder=3)
        ax.scatter(
            target, projection["forecast"], marker="D", s=34, facecolor="white", edgecolor=INK, zorder=5,
            label=f"预测（{_method_name(projection)}）",
        )  # fmt: skip
        ax.annotate(
            numbers.fixed(float(projection["forecast"]), decimals),
            (target, projection["forecast"]),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
        )
        ax.axvline(target, color=INK, lw=0.8, ls=(0, (1, 3)), zorder=1)
        edges.append(float(projection["forecast"]))
        last = target
    limits = past["limit"].dropna()
    if len(limits):
        ax.axhline(
            limits.iloc[-1],
            color=LIMIT_COLOUR,
            ls="--",
            lw=1.3,
            label=f"限值 {numbers.limit_text(limits.iloc[-1])}",
        )
        edges.append(float(limits.iloc[-1]))
    ax.set_xticks(range(int(years[0]), last + 1))
    ax.set_xlim(years[0] - 0.4, last + 0.6)
    ax.set_ylim(0, max(edges) * 1.16)
    ax.set_xlabel("学年（起始年）")
    ax.grid(axis="y")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncol=4)
    return ax


def _method_name(projection: Mapping[Any, Any]) -> str:
    """What the forecast of a row is made with; without a distribution it is the last value."""
    return labels.METHODS[str(projection["probability_method"]) or LAST_VALUE]


def series_alt(trends: pd.DataFrame, projection: Mapping[Any, Any] | None, *, decimals: int) -> str:
    """Text alternative of :func:`plot_series`."""
    past = trends[trends["value"].notna()].sort_values("year", kind="stable")
    parts = [
        f"{int(row['year'])}学年{numbers.fixed(row['value'], decimals)}" for row in past.to_dict("records")
    ]
    limits = past["limit"].dropna()
    text = "、".join(parts) + (f"；限值{numbers.limit_text(limits.iloc[-1])}" if len(limits) else "")
    if projection is not None and projection["years_left"] > 0 and pd.notna(projection["forecast"]):
        forecast = numbers.fixed(float(str(projection["forecast"])), decimals)
        text += f"；{projection['target_year']}年预测{forecast}（{_method_name(projection)}）"
        chance = float(str(projection["probability"]))
        reason = labels.REASONS.get(str(projection["reason"]), "")
        text += f"，{reason}" if np.isnan(chance) else f"，达标概率{numbers.share(chance)}"
    return f"{text}。"


def plot_areas(
    indicators: pd.DataFrame,
    regime: Regime,
    indicator: str,
    strata: Mapping[str, str],
    means: Mapping[str, float],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Schools of one stage and indicator by area, dots as large as their enrolment, with the area's mean.

    ``indicators`` holds one stage and indicator; ``means`` the areas' ratios of totals.
    """
    rows = indicators[indicators["value"].notna()]
    present = [name for name in strata if (rows["stratum"] == name).any()]
    ax = ax or _axes(height_mm=34 + 15 * len(present))
    largest = float(rows["enrolment"].max()) if len(rows) else 1.0
    for y, name in enumerate(present):
        chosen = rows[rows["stratum"] == name].sort_values("value", kind="stable")
        style = category_style(name, y)
        shift = 0.22 * np.sin(np.arange(len(chosen)) * 2.4)
        ax.scatter(
            chosen["value"], y + shift, s=12 + 150 * chosen["enrolment"] / largest, color=style.colour,
            marker=style.marker, alpha=0.65, edgecolor="white", lw=0.5,
        )  # fmt: skip
        if name in means and pd.notna(means[name]):
            ax.plot([means[name]] * 2, [y - 0.42, y + 0.42], color=INK, lw=1.8)
    ax.plot([], [], color=INK, lw=1.8, label="该地区均值（总量之比）")
    limits = rows["limit"].dropna()
    if len(limits):
        ax.axvline(limits.iloc[0], color=LIMIT_COLOUR, ls="--", lw=1.2, label=f"标准值 {limits.iloc[0]:g}")
    entry = regime.indicator(indicator)
    ax.set_yticks(
        range(len(present)),
        [f"{strata[name]}（{int((rows['stratum'] == name).sum())}所）" for name in present],
    )
    ax.set_ylim(len(present) - 0.4, -0.6)
    ax.set_xlim(left=0)
    ax.set_xlabel(f"{entry.short_name}（{entry.unit}）；图形越大，在校生越多")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=2)
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
            low, high, mean = (
                numbers.fixed(float(value), entry.decimals)
                for value in (values.min(), values.max(), means[name])
            )
            parts.append(f"{label}{len(values)}所，均值{mean}，最低{low}，最高{high}")
    return f"{entry.short_name}（{entry.unit}）分地区：{'；'.join(parts)}。"


def plot_year_pairs(
    pairs: pd.DataFrame, regime: Regime, indicator: str, strata: Mapping[str, str], *, ax: Axes | None = None
) -> Axes:
    """Every school's change since the year before, by its value then; what lies far from zero is worth a look.

    ``pairs`` has school_name, stratum, previous, value.
    """
    ax = ax or _axes(height_mm=80)
    entry, rows = regime.indicator(indicator), pairs.dropna(subset=["previous", "value"])
    rows = rows[rows["previous"] > 0]
    rows = rows.assign(change=100 * (rows["value"] / rows["previous"] - 1))
    for number, (name, label) in enumerate(strata.items()):
        chosen = rows[rows["stratum"] == name]
        if len(chosen):
            style = category_style(name, number)
            ax.scatter(
                chosen["previous"], chosen["change"], marker=style.marker, color=style.colour, s=30, label=label,
                edgecolor="white", lw=0.4,
            )  # fmt: skip
    edge = float(rows["previous"].max()) * 1.06 if len(rows) else 1.0
    ax.axhline(0, color=INK, lw=0.8, ls="--", label="与上年相同")
    for place, row in enumerate(rows.loc[widest(rows).index].to_dict("records")):
        right = row["previous"] < edge * 0.6
        ax.annotate(
            str(row["school_name"]), (row["previous"], row["change"]), fontsize=7,
            xytext=(8 if right else -8, (6, -3, -12)[place]), textcoords="offset points",
            ha="left" if right else "right",
        )  # fmt: skip
    ax.set_xlim(0, edge)
    ax.margins(y=0.15)
    ax.set_xlabel(f"上一学年{entry.short_name}（{entry.unit}）")
    ax.set_ylabel("比上一学年变化（%）")
    ax.grid()
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=4)
    return ax


def widest(pairs: pd.DataFrame, number: int = 3) -> pd.DataFrame:
    """The pairs that differ most, relative to the value before."""
    known = pairs[pairs["previous"] > 0]
    size = (known["value"] / known["previous"] - 1).abs()
    return known.loc[size[size > 0].nlargest(number).index]


def year_pairs_alt(pairs: pd.DataFrame, regime: Regime, indicator: str) -> str:
    """Text alternative of :func:`plot_year_pairs`."""
    entry, known = regime.indicator(indicator), pairs.dropna(subset=["previous", "value"])
    parts = [
        f"{row['school_name']}由{numbers.fixed(row['previous'], entry.decimals)}到{numbers.fixed(row['value'], entry.decimals)}"
        for row in widest(known).to_dict("records")
    ]
    changed = f"变化最大的是{'、'.join(parts)}" if parts else "各校均无变化"
    return f"{entry.short_name}（{entry.unit}）两年对照，{len(known)}所学校两年都有数值：{changed}。"
