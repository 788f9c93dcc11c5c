"""Whole elements of the region overview: one call per heading, so that the notebook stays prose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from balance_analysis import __version__
from balance_analysis.overview import NationalContext, RegionAssessment, load_national_context
from balance_analysis.regimes import Regime
from balance_analysis.views import figures, overview_figures, overview_league, overview_tables, tables
from balance_analysis.views.elements.display import Callout, ReportFigure, ReportTable, TitlePage
from balance_analysis.words import labels, numbers

if TYPE_CHECKING:
    from IPython.display import Markdown

TITLE = "义务教育均衡发展区域概览"


def title_page(region: RegionAssessment) -> TitlePage:
    """Region, its counties, years and law; marks simulated data if any source is simulated."""
    latest = region.regimes[0] if region.regimes else None
    listed = [row["county"] for row in overview_tables.records(region.counties) if row["division_code"]]
    names = "、".join(listed[:12]) + ("等" if len(listed) > 12 else "")
    return TitlePage(
        title=TITLE,
        subtitle=f"{names}，共{len(listed)}个县（市、区）",
        county=region.name,
        division_code=region.code_prefix,
        school_year=_years(region),
        regime=latest.name if latest else region.regime_id,
        target_year=region.target_year,
        simulated=region.simulated,
        stamp=stamp(region),
    )


def stamp(region: RegionAssessment) -> dict[str, str]:
    """What was really run, for whoever ordered the overview to compare with the order."""
    assessed = region.assessed
    planned = region.schedule_table["planned_year"]
    return {
        "region": region.name,
        "regime": region.regime_id,
        "overlays": ",".join(region.overlays),
        "year": "" if region.year is None else str(region.year),
        "target_year": "" if region.target_year is None else str(region.target_year),
        "on": "" if region.on is None else region.on.isoformat(),
        "counties": ",".join(f"{county.division_code}:{county.year}:{county.outcome}" for county in assessed),
        "failed": ",".join(failure.division_code or failure.county for failure in region.failed),
        "planned": ",".join("" if overview_tables.is_missing(year) else str(year) for year in planned),
        "source_sha256": ",".join(source.sha256 for source in region.sources),
        "version": __version__,
    }


def _years(region: RegionAssessment) -> str:
    if not region.years:
        return "没有可评估的学年"
    if len(region.years) > 2:
        return f"各县学年不同（{region.years[0]}—{region.years[-1] + 1}年）"
    return "、".join(numbers.school_year(year) for year in region.years)


def key_findings(region: RegionAssessment) -> Callout:
    """What an official reads first: how many, who is met, who is due, what could not be assessed."""
    frame = region.counties[region.counties["division_code"] != ""]
    assessed = frame[frame["status"] == "assessed"]
    items = [f"数据中有{len(frame)}个县（市、区），评估{len(assessed)}个" + _failed_sentence(region)]
    for column, name in (("outcome", "资源配置"), ("overall_outcome", "评估办法的全部项目")):
        if len(assessed):
            told = [
                f"{labels.OUTCOMES[outcome]}{len(rows)}个（{'、'.join(rows['county'])}）"
                for outcome in ("met", "not_met", "not_assessable")
                if len(rows := assessed[assessed[column] == outcome])
            ]
            items.append(f"{name}：{'，'.join(told)}。")
    for stage in region.stages:
        over = region.league[(region.league["stage"] == stage) & (region.league["outcome"] == "not_met")]
        for indicator, group in over.groupby("indicator", sort=False):
            regime = region.regimes[0]
            name = tables.indicator_label(regime, str(indicator), short=True)
            told = [
                f"{row['county']}{row['value']:.3f}{'（临界）' if row['borderline'] else ''}"
                for row in overview_tables.records(group)
            ]
            items.append(
                f"{labels.STAGES[stage]}{name}差异系数高于限值的有{len(group)}个县：{'、'.join(told)}。"
            )
    due = region.schedule_table
    for status, sentence in (
        ("late", "已到计划验收年而没有达到"),
        ("unknown", "已到计划验收年而无法判定"),
        ("no_data", "列入计划而没有数据"),
    ):
        rows = due[due["status"] == status]
        if len(rows):
            items.append(f"{sentence}的有{len(rows)}个县：{'、'.join(rows['county'])}。")
    return Callout("主要情况", items=tuple(items))


def _failed_sentence(region: RegionAssessment) -> str:
    counties = [failure.county for failure in region.failed if failure.division_code]
    unread = [failure.county for failure in region.failed if not failure.division_code]
    parts = [f"；{len(counties)}个因数据有误没有评估：{'、'.join(counties)}"] if counties else []
    parts += [f"；另有{len(unread)}个文件没有读出任何县：{'、'.join(unread)}"] if unread else []
    return "".join(parts) + "。"


def county_elements(region: RegionAssessment) -> Iterator[ReportTable | Callout]:
    """All counties, those without an assessment, their strata and the school years they stand for."""
    yield overview_tables.counties_table(region.counties)
    if region.failed:
        yield overview_tables.failures_table(
            [(failure.county, failure.message, failure.issues) for failure in region.failed]
        )
    if len(region.years) > 1:
        by_year = [
            f"{numbers.school_year(year)}：{'、'.join(county.county for county in region.assessed if county.year == year)}。"
            for year in region.years
        ]
        law = "各学年适用的限值相同。" if region.same_limits else "各学年适用的限值不同，比较时须注意。"
        text = f"没有指定学年时，每个县取自己最近的一个学年，并按该学年最后一天有效的办法判定；{law}"
        yield Callout("各县的学年不同", text, items=by_year)
    if len(region.composition):
        yield overview_tables.composition_table(region.composition, region.strata)


def league_caution(region: RegionAssessment) -> Callout:
    """Why a ranking of unlike counties misleads, with these counties' own sizes."""
    items = ["差异系数按在校生数加权，规模小的学校生均值高低悬殊；学校少的县，一两所学校就能改变名次。"]
    for stage in region.stages:
        sizes = region.counties[region.counties[f"{stage}_schools"] > 0].sort_values(f"{stage}_enrolment")
        if len(sizes) > 1:
            small, large = sizes.iloc[0], sizes.iloc[-1]
            items.append(
                f"{labels.STAGES[stage]}规模最小的{small['county']}有{small[f'{stage}_schools']}所、{small[f'{stage}_enrolment']:.0f}人，"
                f"最大的{large['county']}有{large[f'{stage}_schools']}所、{large[f'{stage}_enrolment']:.0f}人。"
            )
    one_stage = [county.county for county in region.assessed if set(county.stages) != set(region.stages)]
    if one_stage:
        items.append(f"学段不全的县：{'、'.join(one_stage)}；只参加已有学段的排名。")
    if len(region.years) > 1:
        items.append("各县学年不同，名次反映的不是同一时点。")
    items.append("均值高不等于均衡，差异系数小也不等于达标：是否达标只看本县与限值的比较，不看名次。")
    return Callout(
        "看名次之前", "规模、学段构成和城乡构成不同的县放在一起排名容易误导。", items=items, tone="warning"
    )


LEAGUE_RULES = Callout(
    "排名规则",
    items=(
        "县均值、达标学校比例从高到低排；差异系数从低到高排。表中各行按差异系数的名次排列。",
        "按未舍入的数值排名：数值完全相等的名次相同，写作“并列”，其后的名次顺延（1、1、3）。显示的数字相同而名次不同，是因为舍入前不等。",
        "数据不足、无法判定的县不排名，也不排在末位，另表列出原因；名次只在参加该项排名的县之间比较。",
    ),
)


def league_elements(region: RegionAssessment) -> Iterator[ReportTable | ReportFigure | Callout | Markdown]:
    """Cautions and rules, then per stage the figure, the overall ranking and one ranking per indicator."""
    yield league_caution(region)
    yield LEAGUE_RULES
    if not region.regimes:
        return
    regime = region.regimes[0]
    for stage in region.stages:
        yield _heading(labels.STAGES[stage])
        yield from _stage_league(region, regime, stage)
    yield _heading("未参加排名的区县")
    if len(region.unranked):
        yield overview_league.unranked_table(region.unranked, regime)
    else:
        yield Callout("没有未参加排名的区县", "所有区县都参加了各学段的全部排名。")


def _heading(text: str) -> Markdown:
    """A heading inside a section, where the data decide which headings there are."""
    from IPython.display import Markdown

    return Markdown(f"### {text}")  # type: ignore[no-untyped-call]


def _stage_league(
    region: RegionAssessment, regime: Regime, stage: str
) -> Iterator[ReportTable | ReportFigure]:
    league = region.league
    cvs = league[(league["stage"] == stage) & (league["measure"] == "cv")]
    if cvs["rank"].notna().any():
        named = cvs["county"].nunique() <= overview_figures.NAMED_COUNTIES
        yield ReportFigure(
            figures.figure_of(overview_figures.plot_region_coefficients(league, regime, stage)),
            caption=f"{labels.STAGES[stage]}各县差异系数与限值",
            alt=overview_figures.coefficients_alt(league, regime, stage),
            note="" if named else "每个点是一个县，标出名称的是该项差异系数最高的县。",
        )
    found = [overview_league.league_summary_table(league, stage)]
    found += [
        overview_league.league_indicator_table(league, regime, stage, entry.id) for entry in regime.indicators
    ]
    yield from (table for table in found if table is not None)


def schedule_elements(region: RegionAssessment) -> Iterator[ReportTable | ReportFigure | Callout]:
    """Planned years, status, and the distance to every limit."""
    schedule = region.schedule_table
    if schedule["planned_year"].isna().all():
        yield Callout("没有验收计划", "没有给出计划验收年，下面只列与限值的差距。")
    else:
        yield overview_tables.schedule_report_table(
            schedule, region.schedule.documents, region.schedule.remarks
        )
        yield ReportFigure(
            figures.figure_of(overview_figures.plot_schedule(schedule)),
            caption="各县计划验收年",
            alt=overview_figures.schedule_alt(schedule),
            note="短竖线为数据学年（起始年），灰线连到计划验收年；标记的含义写在旁边。",
        )
    if not region.regimes or region.distances.empty:
        return
    order = list(dict.fromkeys(schedule["division_code"]))
    for stage in region.stages:
        if (region.distances["stage"] == stage).any():
            yield overview_tables.distance_table(region.distances, region.regimes[0], stage, order)
    yield overview_tables.pace_table(region.distances, region.regimes[0], order)


def context_elements(context: NationalContext | None = None) -> Iterator[ReportTable | ReportFigure]:
    """The nation's published figures, each with its status."""
    context = context or load_national_context()
    basic, quality = (context.series(f"{name}_balance_cumulative") for name in ("basic", "quality"))
    source = "教育部公布的认定数据"
    yield ReportFigure(
        overview_figures.plot_certified(basic, quality),
        caption="全国通过基本均衡、优质均衡认定的县（累计）",
        alt=overview_figures.certified_alt(basic, quality),
        note="左右两图的纵轴不同。填充表示数字的状态：原文、推算、未见原文。",
        source=source,
    )
    for prefix, title in (
        ("basic_balance", "全国通过义务教育基本均衡认定的县"),
        ("quality_balance", "全国通过义务教育优质均衡认定的县"),
    ):
        chosen = context.figures[context.figures["series"].str.startswith(prefix)]
        yield overview_tables.certified_table(chosen, prefix, title)
    areas = context.series(*overview_tables.SERIES_NAMES)
    yield overview_tables.floor_area_table(areas)
    yield ReportFigure(
        figures.figure_of(overview_figures.plot_floor_area(areas)),
        caption="全国小学校舍建筑面积的城区、镇区、乡村构成",
        alt=overview_figures.floor_area_alt(areas),
        note="占比由表中数字计算；学生数的构成不同，占比高低不等于生均高低。",
        source=source,
    )


def basis_elements(region: RegionAssessment) -> Iterator[ReportTable | Callout]:
    """The law as applied; where it changed between the counties' years, each version."""
    shown: list[Regime] = []
    for regime in region.regimes:
        if all(regime.limits != other.limits or regime.choices != other.choices for other in shown):
            shown.append(regime)
    if not shown:
        yield Callout("没有依据", "没有评估任何县。")
    for regime in shown:
        if len(shown) > 1:
            yield Callout(f"依据日期 {regime.on}", "各学年适用的规则不同，以下为该日有效的规则。")
        yield tables.regime_table(regime)
        yield tables.choices_table(regime)
    yield tables.sources_table(region.sources)
