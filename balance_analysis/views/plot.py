"""画图：``ba.plot.<题目>(数据表, stage=…, indicator=…, ax=…)``，返回 matplotlib 的 Axes；每幅图的标题是它回答的问题.

Frames come from :func:`balance_analysis.open_county`, cut or not. Without ``stage`` the first stage is drawn, without ``indicator`` the one
to look at first (the worst coefficient). What is absent is said in the picture instead of drawn. ``ba.show(axes)`` puts a picture out as
a report element with caption and text alternative.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from balance_analysis.findings.parts import area_names, of
from balance_analysis.views.county import figures as county_figures
from balance_analysis.views.elements.style import figure_size
from balance_analysis.views.explain import figures, pictures
from balance_analysis.views.subject import (
    Drawn,
    Subject,
    areas_of,
    draw_absent,
    draw_subject,
    no_areas,
    nothing,
    subject_of,
)
from balance_analysis.words import say

__all__ = [
    "areas",
    "below_limit",
    "coefficients",
    "contributions",
    "gap_course",
    "headroom",
    "ranking",
    "trend",
    "values",
    "years",
]


def __getattr__(name: str) -> Any:
    near = get_close_matches(name, __all__, n=1, cutoff=0.4)
    raise AttributeError(say("door.no_picture", name=name, near=near[0] if near else "", known=__all__))


# --- areas -----------------------------------------------------------------------------------------------


def areas(
    frame: pd.DataFrame, *, stage: str | None = None, indicator: str | None = None, ax: Axes | None = None
) -> Axes:
    """城区、镇区、乡村的学校：每校一点（越大学生越多）、各地区均值、标准值；不指定 ``indicator`` 时全部指标画在一幅图上.

    ``frame``: ``county.indicators``.
    """
    chosen = subject_of(frame, stage, indicator, single=indicator is not None)
    if isinstance(chosen, str):
        return draw_subject(chosen, ax, "", nothing)
    names, regime, rows = areas_of(chosen), chosen.case.county.regime, chosen.current
    if len(names) < 2 or not rows["value"].notna().any():
        return draw_subject(no_areas(chosen), ax, "", nothing)
    gaps, listed = chosen.case.county.gaps, list(names.values())
    gaps = gaps[(gaps["stage"] == chosen.stage) & (gaps["year"] == chosen.year)]
    if indicator is not None:
        gaps = gaps[gaps["indicator"] == indicator]
        means = {str(row["stratum"]): float(row["mean"]) for row in gaps.to_dict("records")}
        return draw_subject(
            chosen, ax, say("picture.area_question", areas=listed),
            lambda _: (
                figures.plot_areas(rows, regime, indicator, names, means, ax=ax),
                figures.areas_alt(rows, regime, indicator, names, means),
            ),
        )  # fmt: skip
    schools, means_of, limited = pictures.relative_values(rows, gaps)
    whole = chosen.whole
    question = (
        say("picture.areas_question", areas=listed)
        if limited
        else say("picture.areas_question_mean", areas=listed, whole=whole)
    )
    return draw_subject(
        chosen, ax, question,
        lambda _: (
            pictures.plot_area_ratios(schools, means_of, regime, names, whole, limited=limited, ax=ax),
            pictures.area_ratios_alt(means_of, regime, names),
        ),
        say("picture.edge_note"),
    )  # fmt: skip


def gap_course(
    frame: pd.DataFrame, *, stage: str | None = None, indicator: str | None = None, ax: Axes | None = None
) -> Axes:
    """地区差距逐年怎样变化：左图为各地区与全县均值之比（括号内为差），右图为差异系数、限值和目标年.

    ``frame``: ``county.gaps``. With ``ax`` only the left picture is drawn.
    """

    def draw(what: Subject) -> Drawn:
        names, county = areas_of(what), what.case.county
        rows = what.rows[what.rows["ratio_to_county"].notna()]
        if len(names) < 2 or rows.empty:
            return no_areas(what)
        if rows["year"].nunique() < 2:
            return say("picture.one_year", year=what.year)
        if rows["stratum"].nunique() < 2:
            return say("absent.one_area", **what.words())
        left = ax or _beside_trend(what)
        drawn = pictures.plot_area_course(rows, county.regime, what.indicator, names, what.whole, ax=left)
        return drawn, pictures.area_course_alt(what.rows, names, what.whole)

    return draw_subject(subject_of(frame, stage, indicator), ax, say("picture.course_question"), draw)


def _beside_trend(what: Subject) -> Axes:
    """The left of two axes; in the right one stands the coefficient through the years."""
    from matplotlib import pyplot

    county = what.case.county
    _, axes = pyplot.subplots(1, 2, figsize=figure_size(height_mm=78), width_ratios=[1.1, 1])
    left: Axes
    left, right = axes
    series = figures.named_series(county.trends, county.regime, what.stage, [what.indicator])
    if series:
        ahead = figures.forecasts(what.case, what.stage, series)
        figures.plot_trend(series, forecasts=ahead, target_year=county.target_year, ax=right)
    else:
        draw_absent(say("absent.coefficient", **what.words()), right)
    return left


def below_limit(frame: pd.DataFrame, *, stage: str | None = None, ax: Axes | None = None) -> Axes:
    """低于标准值的学生在哪里：指标×地区的学生比例和人数.

    ``frame``: ``county.below_limit``.
    """

    def draw(what: Subject) -> Drawn:
        rows = what.current[what.current["n_schools"] > 0]
        if not (rows["n_schools_below"] > 0).any():
            return say("absent.below", **what.words())
        regime, names = what.case.county.regime, areas_of(what)
        return pictures.plot_below(rows, regime, names, ax=ax), pictures.below_alt(rows, regime, names)

    chosen = say("absent.limits") if frame.empty else subject_of(frame, stage, None, single=False)
    return draw_subject(chosen, ax, say("picture.below_question"), draw)


# --- schools ---------------------------------------------------------------------------------------------


def ranking(
    frame: pd.DataFrame, *, stage: str | None = None, indicator: str | None = None, ax: Axes | None = None
) -> Axes:
    """学校由低到高排列，颜色为地区，虚线为标准值；学校多时只画最低的几十所.

    ``frame``: ``county.indicators``.
    """
    chosen = subject_of(frame, stage, indicator)

    def draw(what: Subject) -> Drawn:
        if not what.current["value"].notna().any():
            return say("absent.indicator", **what.words())
        of_what = what.current, what.case.county.regime, what.indicator, area_names(what.case.county)
        return pictures.plot_ranking(*of_what, ax=ax), pictures.ranking_alt(*of_what)

    n = 0 if isinstance(chosen, str) else int(chosen.current["value"].notna().sum())
    few = n > pictures.MOST_RANKED
    note = say("picture.first_lines", shown=pictures.MOST_RANKED, n=n) if few else ""
    return draw_subject(chosen, ax, say("picture.ranking_question"), draw, note)


def values(
    frame: pd.DataFrame, *, stage: str | None = None, indicator: str | None = None, ax: Axes | None = None
) -> Axes:
    """各校数值与规模：横轴为在校生数，虚线为标准值，点线为允许下限.

    ``frame``: ``county.indicators``.
    """

    def draw(what: Subject) -> Drawn:
        rows, county = what.current[what.current["value"].notna()], what.case.county
        if rows.empty:
            return say("absent.indicator", **what.words())
        drawn = county_figures.plot_school_values(
            rows, county.regime, what.stage, what.indicator, area_names(county), ax=ax
        )
        return drawn, figures.values_alt(rows, county.regime, what.indicator)

    return draw_subject(subject_of(frame, stage, indicator), ax, say("picture.values_question"), draw)


def years(
    frame: pd.DataFrame, *, stage: str | None = None, indicator: str | None = None, ax: Axes | None = None
) -> Axes:
    """每所学校与上一学年对照：横轴为上一学年数值，纵轴为变化的百分数.

    ``frame``: ``county.indicators``.
    """

    def draw(what: Subject) -> Drawn:
        pairs, county = figures.beside_year_before(what.rows, what.year), what.case.county
        if pairs.empty:
            return say("absent.years", **what.words())
        drawn = figures.plot_year_pairs(pairs, county.regime, what.indicator, area_names(county), ax=ax)
        return drawn, figures.year_pairs_alt(pairs, county.regime, what.indicator)

    return draw_subject(subject_of(frame, stage, indicator), ax, say("picture.years_question"), draw)


def headroom(frame: pd.DataFrame, *, stage: str | None = None, ax: Axes | None = None) -> Axes:
    """现在达标、余量最小的学校：还能增加多少学生，先到哪一项限制.

    ``frame``: ``county.headroom``.
    """

    def draw(what: Subject) -> Drawn:
        rows, county = pictures.narrowest(what.current), what.case.county
        if rows.empty:
            return say("absent.headroom", **what.words())
        drawn = pictures.plot_headroom(rows, county.regime, area_names(county), ax=ax)
        return drawn, pictures.headroom_alt(rows)

    return draw_subject(
        subject_of(frame, stage, None, single=False), ax, say("picture.headroom_question"), draw
    )


# --- coefficients ----------------------------------------------------------------------------------------


def coefficients(frame: pd.DataFrame, *, stage: str | None = None, ax: Axes | None = None) -> Axes:
    """各项差异系数和限值.

    ``frame``: ``county.coefficients``.
    """

    def draw(what: Subject) -> Drawn:
        if not what.current["cv"].notna().any():
            return say("absent.coefficient", **what.words())
        of_what = what.current, what.case.county.regime, what.stage
        return county_figures.plot_coefficients(*of_what, ax=ax), county_figures.coefficients_alt(*of_what)

    return draw_subject(
        subject_of(frame, stage, None, single=False), ax, say("picture.coefficients_question"), draw
    )


def contributions(
    frame: pd.DataFrame, *, stage: str | None = None, indicator: str | None = None, ax: Axes | None = None
) -> Axes:
    """差异系数的平方由哪些学校构成，从0累加到合计.

    ``frame``: ``county.influence``.
    """

    def draw(what: Subject) -> Drawn:
        county, diagnosis = what.case.county, what.case.diagnosis
        known = of(county.current("coefficients"), {"stage": what.stage, "indicator": what.indicator})
        if not (known["cv"] > 0).any():
            return say("absent.coefficient", **what.words())
        limit = diagnosis.cv_limits.get((what.stage, what.indicator))
        bars, line = diagnosis.waterfall(what.stage, what.indicator), None if limit is None else float(limit)
        drawn = figures.plot_waterfall(bars, what.whole, limit=line, ax=ax)
        return drawn, figures.waterfall_alt(bars, what.whole, line)

    return draw_subject(subject_of(frame, stage, indicator), ax, say("picture.contributions_question"), draw)


def trend(
    frame: pd.DataFrame, *, stage: str | None = None, indicator: str | None = None, ax: Axes | None = None
) -> Axes:
    """差异系数逐年变化，限值、目标年和预测；不指定 ``indicator`` 时画最该看的几项.

    ``frame``: ``county.trends``.
    """
    chosen = subject_of(frame, stage, indicator, single=indicator is not None)

    def draw(what: Subject) -> Drawn:
        county = what.case.county
        names = [what.indicator] if what.indicator else figures.watched(what.case, what.stage)
        found = figures.named_series(what.rows, county.regime, what.stage, names)
        if not found:
            return say("absent.coefficient", **what.words())
        ahead = figures.forecasts(what.case, what.stage, found)
        drawn = figures.plot_trend(found, forecasts=ahead, target_year=county.target_year, ax=ax)
        return drawn, figures.trend_alt(found, ahead, county.target_year)

    single = not isinstance(chosen, str) and len(chosen.case.county.years) == 1
    note = say("picture.one_year", year=chosen.year) if single else ""  # type: ignore[union-attr]
    return draw_subject(chosen, ax, say("picture.trend_question"), draw, note)
