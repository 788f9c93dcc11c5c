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
from balance_analysis.views.subject import Subject, areas_of, draw_absent, draw_subject, no_areas, subject_of
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
        return draw_subject(chosen, ax, "", lambda _: "", lambda _: "")
    gaps = (
        of(chosen.case.county.gaps, {"stage": chosen.stage, "indicator": indicator})
        if indicator
        else chosen.case.county.gaps
    )
    gaps = gaps[(gaps["stage"] == chosen.stage) & (gaps["year"] == chosen.year)]
    names, regime, rows = areas_of(chosen), chosen.case.county.regime, chosen.current
    listed = list(names.values())
    if len(names) < 2 or not rows["value"].notna().any():
        return draw_subject(no_areas(chosen), ax, "", lambda _: "", lambda _: "")
    if indicator is not None:
        means = {str(row["stratum"]): float(row["mean"]) for row in gaps.to_dict("records")}
        return draw_subject(
            chosen, ax, say("picture.area_question", areas=listed),
            lambda _: figures.plot_areas(rows, regime, indicator, names, means, ax=ax),
            lambda _: figures.areas_alt(rows, regime, indicator, names, means),
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
        lambda _: pictures.plot_area_ratios(schools, means_of, regime, names, whole, limited=limited, ax=ax),
        lambda _: pictures.area_ratios_alt(means_of, regime, names),
        say("picture.edge_note"),
    )  # fmt: skip


def gap_course(
    frame: pd.DataFrame, *, stage: str | None = None, indicator: str | None = None, ax: Axes | None = None
) -> Axes:
    """地区差距逐年怎样变化：左图为各地区与全县均值之比（括号内为差），右图为差异系数、限值和目标年.

    ``frame``: ``county.gaps``. With ``ax`` only the left picture is drawn.
    """
    chosen = subject_of(frame, stage, indicator)

    def draw(what: Subject) -> Axes | str:
        names, county = areas_of(what), what.case.county
        rows = what.rows[what.rows["ratio_to_county"].notna()]
        if len(names) < 2 or rows.empty:
            return no_areas(what)
        if rows["year"].nunique() < 2:
            return say("picture.one_year", year=what.year)
        if rows["stratum"].nunique() < 2:
            return say("absent.one_area", **what.words())
        if ax is not None:
            return pictures.plot_area_course(rows, county.regime, what.indicator, names, what.whole, ax=ax)
        left, right = _two_axes()
        series = figures.named_series(county.trends, county.regime, what.stage, [what.indicator])
        if series:
            ahead = figures.forecasts(what.case, what.stage, series)
            figures.plot_trend(series, forecasts=ahead, target_year=county.target_year, ax=right)
        else:
            draw_absent(say("absent.coefficient", **what.words()), right)
        return pictures.plot_area_course(rows, county.regime, what.indicator, names, what.whole, ax=left)

    return draw_subject(
        chosen,
        ax,
        say("picture.course_question"),
        draw,
        lambda what: pictures.area_course_alt(what.rows, areas_of(what), what.whole),
    )


def _two_axes() -> tuple[Axes, Axes]:
    from matplotlib import pyplot

    _, (left, right) = pyplot.subplots(1, 2, figsize=figure_size(height_mm=78), width_ratios=[1.1, 1])
    return left, right


def below_limit(frame: pd.DataFrame, *, stage: str | None = None, ax: Axes | None = None) -> Axes:
    """低于标准值的学生在哪里：指标×地区的学生比例和人数.

    ``frame``: ``county.below_limit``.
    """
    if frame.empty:
        return draw_subject(say("absent.limits"), ax, "", lambda _: "", lambda _: "")
    chosen = subject_of(frame, stage, None, single=False)

    def draw(what: Subject) -> Axes | str:
        rows = what.current[what.current["n_schools"] > 0]
        if not (rows["n_schools_below"] > 0).any():
            return say("absent.below", **what.words())
        return pictures.plot_below(rows, what.case.county.regime, areas_of(what), ax=ax)

    return draw_subject(
        chosen, ax, say("picture.below_question"), draw,
        lambda what: pictures.below_alt(what.current, what.case.county.regime, areas_of(what)),
    )  # fmt: skip


# --- schools ---------------------------------------------------------------------------------------------


def ranking(
    frame: pd.DataFrame, *, stage: str | None = None, indicator: str | None = None, ax: Axes | None = None
) -> Axes:
    """学校由低到高排列，颜色为地区，虚线为标准值；学校多时只画最低的几十所.

    ``frame``: ``county.indicators``.
    """
    chosen = subject_of(frame, stage, indicator)

    def draw(what: Subject) -> Axes | str:
        if not what.current["value"].notna().any():
            return say("absent.indicator", **what.words())
        return pictures.plot_ranking(
            what.current, what.case.county.regime, what.indicator, area_names(what.case.county), ax=ax
        )

    n = 0 if isinstance(chosen, str) else int(chosen.current["value"].notna().sum())
    few = n > pictures.MOST_RANKED
    return draw_subject(
        chosen, ax, say("picture.ranking_question"), draw,
        lambda what: pictures.ranking_alt(what.current, what.case.county.regime, what.indicator, area_names(what.case.county)),
        say("picture.first_lines", shown=pictures.MOST_RANKED, n=n) if few else "",
    )  # fmt: skip


def values(
    frame: pd.DataFrame, *, stage: str | None = None, indicator: str | None = None, ax: Axes | None = None
) -> Axes:
    """各校数值与规模：横轴为在校生数，虚线为标准值，点线为允许下限.

    ``frame``: ``county.indicators``.
    """
    chosen = subject_of(frame, stage, indicator)

    def draw(what: Subject) -> Axes | str:
        rows = what.current[what.current["value"].notna()]
        if rows.empty:
            return say("absent.indicator", **what.words())
        county = what.case.county
        return county_figures.plot_school_values(
            rows, county.regime, what.stage, what.indicator, area_names(county), ax=ax
        )

    return draw_subject(
        chosen, ax, say("picture.values_question"), draw,
        lambda what: figures.values_alt(what.current[what.current["value"].notna()], what.case.county.regime, what.indicator),
    )  # fmt: skip


def years(
    frame: pd.DataFrame, *, stage: str | None = None, indicator: str | None = None, ax: Axes | None = None
) -> Axes:
    """每所学校与上一学年对照：横轴为上一学年数值，纵轴为变化的百分数.

    ``frame``: ``county.indicators``.
    """
    chosen = subject_of(frame, stage, indicator)

    def draw(what: Subject) -> Axes | str:
        pairs = figures.beside_year_before(what.rows, what.year)
        if pairs.empty:
            return say("absent.years", **what.words())
        county = what.case.county
        return figures.plot_year_pairs(pairs, county.regime, what.indicator, area_names(county), ax=ax)

    return draw_subject(
        chosen, ax, say("picture.years_question"), draw,
        lambda what: figures.year_pairs_alt(
            figures.beside_year_before(what.rows, what.year), what.case.county.regime, what.indicator
        ),
    )  # fmt: skip


def headroom(frame: pd.DataFrame, *, stage: str | None = None, ax: Axes | None = None) -> Axes:
    """现在达标、余量最小的学校：还能增加多少学生，先到哪一项限制.

    ``frame``: ``county.headroom``.
    """
    chosen = subject_of(frame, stage, None, single=False)

    def draw(what: Subject) -> Axes | str:
        rows = pictures.narrowest(what.current)
        if rows.empty:
            return say("absent.headroom", **what.words())
        return pictures.plot_headroom(rows, what.case.county.regime, area_names(what.case.county), ax=ax)

    return draw_subject(
        chosen, ax, say("picture.headroom_question"), draw,
        lambda what: pictures.headroom_alt(pictures.narrowest(what.current)),
    )  # fmt: skip


# --- coefficients ----------------------------------------------------------------------------------------


def coefficients(frame: pd.DataFrame, *, stage: str | None = None, ax: Axes | None = None) -> Axes:
    """各项差异系数和限值.

    ``frame``: ``county.coefficients``.
    """
    chosen = subject_of(frame, stage, None, single=False)

    def draw(what: Subject) -> Axes | str:
        if not what.current["cv"].notna().any():
            return say("absent.coefficient", **what.words())
        return county_figures.plot_coefficients(what.current, what.case.county.regime, what.stage, ax=ax)

    return draw_subject(
        chosen, ax, say("picture.coefficients_question"), draw,
        lambda what: county_figures.coefficients_alt(what.current, what.case.county.regime, what.stage),
    )  # fmt: skip


def contributions(
    frame: pd.DataFrame, *, stage: str | None = None, indicator: str | None = None, ax: Axes | None = None
) -> Axes:
    """差异系数的平方由哪些学校构成，从0累加到合计.

    ``frame``: ``county.influence``.
    """
    chosen = subject_of(frame, stage, indicator)

    def parts(what: Subject) -> tuple[Any, str, float | None]:
        diagnosis = what.case.diagnosis
        limit = diagnosis.cv_limits.get((what.stage, what.indicator))
        bars = diagnosis.waterfall(what.stage, what.indicator)
        return bars, what.whole, None if limit is None else float(limit)

    def draw(what: Subject) -> Axes | str:
        known = of(
            what.case.county.current("coefficients"), {"stage": what.stage, "indicator": what.indicator}
        )
        if not (known["cv"] > 0).any():
            return say("absent.coefficient", **what.words())
        bars, whole, limit = parts(what)
        return figures.plot_waterfall(bars, whole, limit=limit, ax=ax)

    def alt(what: Subject) -> str:
        bars, whole, limit = parts(what)
        return figures.waterfall_alt(bars, whole, limit)

    return draw_subject(chosen, ax, say("picture.contributions_question"), draw, alt)


def trend(
    frame: pd.DataFrame, *, stage: str | None = None, indicator: str | None = None, ax: Axes | None = None
) -> Axes:
    """差异系数逐年变化，限值、目标年和预测；不指定 ``indicator`` 时画最该看的几项.

    ``frame``: ``county.trends``.
    """
    chosen = subject_of(frame, stage, indicator, single=indicator is not None)

    def series(what: Subject) -> dict[str, pd.DataFrame]:
        names = [what.indicator] if what.indicator else figures.watched(what.case, what.stage)
        return figures.named_series(what.rows, what.case.county.regime, what.stage, names)

    def draw(what: Subject) -> Axes | str:
        found = series(what)
        if not found:
            return say("absent.coefficient", **what.words())
        ahead = figures.forecasts(what.case, what.stage, found)
        return figures.plot_trend(found, forecasts=ahead, target_year=what.case.county.target_year, ax=ax)

    def alt(what: Subject) -> str:
        found = series(what)
        return figures.trend_alt(
            found, figures.forecasts(what.case, what.stage, found), what.case.county.target_year
        )

    few = (
        ""
        if isinstance(chosen, str) or len(chosen.case.county.years) > 1
        else say("picture.one_year", year=chosen.year)
    )
    return draw_subject(chosen, ax, say("picture.trend_question"), draw, alt, few)
