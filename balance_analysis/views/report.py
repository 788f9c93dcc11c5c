"""Whole elements of the county report: one call per heading, so that the notebook stays prose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from balance_analysis import __version__
from balance_analysis.assessment import CountyAssessment
from balance_analysis.terms import COMPOSITE
from balance_analysis.verdicts.values import NO_LIMIT
from balance_analysis.views import figures, item_tables, plan_views, tables
from balance_analysis.views.elements.display import Callout, ReportFigure, ReportTable, TitlePage, Verdict
from balance_analysis.views.plan_words import PlanHeading
from balance_analysis.words import labels, numbers
from balance_analysis.workbook.layouts import own_fields

Element = ReportTable | ReportFigure | TitlePage | Verdict | Callout

TITLE = "义务教育均衡发展监测报告"


def title_page(county: CountyAssessment) -> TitlePage:
    """County, year, law, data source and its hash; marks simulated data."""
    regime = county.regime
    return TitlePage(
        title=TITLE,
        subtitle=regime.name,
        county=county.county,
        division_code=county.division_code,
        school_year=numbers.school_year(county.year),
        regime=f"{regime.name}（{regime.id}），依据日期 {regime.on}",
        overlays=tuple(f"{overlay.name}（{overlay.id}）" for overlay in regime.overlays),
        source="；".join(f"{source.name}（{source.origin}）" for source in county.tables.sources),
        source_sha256="；".join(source.sha256 for source in county.tables.sources),
        target_year=county.target_year,
        simulated=county.tables.simulated,
        stamp=stamp(county),
        produced_by=f"balance-analysis {__version__}，规则文件校验值 {regime.fingerprint[:16]}",
    )


def stamp(county: CountyAssessment) -> dict[str, str]:
    """What was really assessed, for whoever ordered the report to compare with the order."""
    return {
        "division_code": county.division_code,
        "year": str(county.year),
        "regime": county.regime.id,
        "overlays": ",".join(overlay.id for overlay in county.regime.overlays),
        "on": county.regime.on.isoformat(),
        "target_year": "" if county.target_year is None else str(county.target_year),
        "regime_sha256": county.regime.fingerprint,
        "source_sha256": ",".join(source.sha256 for source in county.tables.sources),
        "outcome": county.outcome,
        "version": __version__,
    }


def verdict(county: CountyAssessment) -> Verdict:
    """The county's outcome on resources with the reason in one sentence."""
    current = county.current("verdicts")
    each = bool((current["rule"] == "stage_coefficients").any())
    deciding = current[
        (current["rule"] == "schools")
        | ((current["rule"] == "coefficient") & ((current["indicator"] != COMPOSITE) | (not each)))
    ]
    failing = _rule_names(deciding[deciding["outcome"] == "not_met"], county)
    unknown = _rule_names(deciding[deciding["outcome"] == "not_assessable"], county)
    whole = current.loc[current["rule"] == "county_resources", "detail"].iloc[0]
    if county.outcome == "met":
        sentence = "各校资源配置和校际差异系数均符合要求。" if each else "综合差异系数符合要求。"
    elif failing:
        sentence = f"未达标的有：{'；'.join(failing)}。" + (
            f"无法判定的有：{'；'.join(unknown)}。" if unknown else ""
        )
    elif unknown:
        sentence = f"没有发现未达标的规则；因数据不足无法判定的有：{'；'.join(unknown)}。"
    else:
        sentence = "没有发现未达标的规则。"
    if "没有" in whole:  # a stage without any school
        sentence += whole
    return Verdict(
        county.outcome,
        f"{county.county}{numbers.school_year(county.year)}{county.regime.short_name}资源配置",
        sentence,
    )


def _rule_names(rows: pd.DataFrame, county: CountyAssessment) -> list[str]:
    """Schools and coefficients of each stage in words: ``小学各校（40所学校中23所达标）``."""
    names = []
    for stage in county.stages:
        of_stage = rows[rows["stage"] == stage]
        for row in of_stage[of_stage["rule"] == "schools"].to_dict("records"):
            names.append(f"{labels.STAGES[stage]}各校（{row['detail'].rstrip('。')}）")
        coefficients = of_stage.loc[of_stage["rule"] == "coefficient", "indicator"]
        if len(coefficients):
            said = "、".join(tables.indicator_label(county.regime, name, short=True) for name in coefficients)
            names.append(f"{labels.STAGES[stage]}差异系数（{said}）")
    return names


def key_findings(county: CountyAssessment) -> Callout:
    """Five or so sentences an official reads first, each made from the frames."""
    items = []
    schools, coefficients = county.current("schools"), county.current("coefficients")
    for stage in county.stages:
        judged = schools[(schools["stage"] == stage) & (schools["outcome"] != NO_LIMIT)]
        if len(judged):
            failing = judged[judged["outcome"] == "not_met"]
            text = f"{labels.STAGES[stage]}{len(judged)}所，达标{int((judged['outcome'] == 'met').sum())}所，未达标{len(failing)}所"
            unknown = int((judged["outcome"] == "not_assessable").sum())
            items.append(text + (f"，无法判定{unknown}所。" if unknown else "。"))
        over = coefficients[(coefficients["stage"] == stage) & (coefficients["outcome"] == "not_met")]
        if len(over):
            names = "、".join(
                f"{tables.indicator_label(county.regime, row['indicator'], short=True)}（{row['cv']:.3f}）"
                for row in over.to_dict("records")
            )
            items.append(f"{labels.STAGES[stage]}差异系数高于限值的有：{names}。")
        near = coefficients[(coefficients["stage"] == stage) & coefficients["borderline"].astype(bool)]
        for row in near.to_dict("records"):
            name = tables.indicator_label(county.regime, row["indicator"], short=True)
            items.append(
                f"{labels.STAGES[stage]}{name}差异系数{row['cv']:.4f}与限值{row['limit']:.2f}非常接近："
                "按未舍入的数值判定，先舍入会得出相反结论。"
            )
    verdicts = county.current("verdicts")
    for row in verdicts[verdicts["rule"] == "stage_coefficients_composite"].to_dict("records"):
        items.append(f"地方口径并列：{labels.STAGES[row['stage']]}{row['detail']}国家口径的结论不变。")
    missing = county.current("indicators")
    blank = int(missing["value"].isna().sum())
    if blank:
        items.append(f"有{blank}个学校指标因数据空白或矛盾无法计算；空白没有按零处理。")
    soft = sum(issue.severity == "soft" for issue in county.issues)
    if soft:
        items.append(f"数据检查有{soft}条疑问需要说明，见“数据质量”一节。")
    if not items:
        items.append("没有发现未达标的规则，也没有缺失数据和检查疑问。")
    return Callout("主要发现", items=tuple(items))


def verdict_elements(county: CountyAssessment) -> Iterator[ReportTable]:
    """The county's rules one by one, national and local readings beside each other."""
    yield tables.verdict_table(county.current("verdicts"), county.regime)


def overall_verdict(county: CountyAssessment) -> Verdict:
    """The county's outcome on the whole regime, with the items that decide it."""
    row = county.groups[county.groups["group"] == "overall"].iloc[0]
    failing, unknown = (item_tables.item_labels(row[name], county.items) for name in ("failing", "unknown"))
    parts = [
        f"{len(failing)}项未达标：{'、'.join(failing)}" if failing else "",
        f"{len(unknown)}项无法判定：{'、'.join(unknown)}" if unknown else "",
    ]
    sentence = "；".join(part for part in parts if part) or "各部分全部达标"
    return Verdict(str(row["outcome"]), f"{county.regime.short_name}总体结论", f"{sentence}。")


def item_elements(county: CountyAssessment) -> Iterator[ReportTable | Verdict]:
    """The whole regime: parts, items, and the schools behind the failing ones."""
    yield item_tables.group_table(county.groups, county.items)
    for group in dict.fromkeys(county.items["group"]):
        yield item_tables.item_table(county.items, group)
    yield item_tables.item_school_table(county.item_schools, county.items)
    if any(overlay.level == "concession" for overlay in county.regime.overlays):
        yield item_tables.concession_table(county.resting_on_concessions, county.regime)


def plan_elements(
    progress: pd.DataFrame | None,
    roadmap: pd.DataFrame | None,
    plan: PlanHeading | None,
    county: CountyAssessment,
) -> Iterator[Element]:
    """The county against its own plan on the day of the assessment; a remark where no plan is given."""
    if plan is not None and (progress is None or roadmap is None):
        yield Callout(
            "实施方案不适用", text=f"指定的{plan.place}实施方案不适用于{county.county}，因此不对照进度。"
        )
        return
    if plan is None or progress is None or roadmap is None:
        yield Callout("未指定实施方案", text="本次运行没有指定实施方案，因此不对照方案进度。")
        return
    years = progress.loc[progress["kind"] == "target", "deadline"].dropna().dt.year.unique()
    yield from plan_views.progress_elements(
        progress, roadmap, plan, [int(year) for year in years], on=county.regime.on
    )


def coefficient_elements(county: CountyAssessment) -> Iterator[ReportTable | ReportFigure]:
    """Per stage the coefficient table and figure."""
    frame = county.current("coefficients")
    for stage in county.stages:
        yield tables.coefficient_table(frame, county.regime, stage)
        yield ReportFigure(
            figures.figure_of(figures.plot_coefficients(frame, county.regime, stage)),
            caption=f"{labels.STAGES[stage]}校际差异系数与限值",
            alt=figures.coefficients_alt(frame, county.regime, stage),
            note="虚线为限值；○、× 等标记含义同表。",
        )


def school_elements(county: CountyAssessment) -> Iterator[ReportTable | ReportFigure]:
    """Counts of passing schools and per stage the matrix as a figure."""
    schools, indicators = county.current("schools"), county.current("indicators")
    if indicators["limit"].notna().any():
        yield tables.school_summary_table(schools, indicators, county.regime)
        for stage in county.stages:
            if len(schools[schools["stage"] == stage]) <= 60:
                yield ReportFigure(
                    figures.figure_of(figures.plot_school_matrix(indicators, schools, county.regime, stage)),
                    caption=f"{labels.STAGES[stage]}逐校逐项达标情况",
                    alt=figures.matrix_alt(schools, stage),
                )


def matrix_elements(county: CountyAssessment) -> Iterator[ReportTable]:
    """The full school matrices, stage by stage, for the annex."""
    schools, indicators = county.current("schools"), county.current("indicators")
    for stage in county.stages:
        yield tables.school_matrix(indicators, schools, county.regime, stage, strata(county))


def gap_elements(county: CountyAssessment) -> Iterator[ReportTable | ReportFigure]:
    """Per stage the strata side by side; nothing where the county has a single stratum."""
    gaps = county.current("gaps")
    for stage in county.stages:
        of_stage = gaps[(gaps["stage"] == stage) & gaps["mean"].notna()]
        if of_stage["stratum"].nunique() < 2:
            continue
        yield tables.gap_table(gaps, county.regime, stage, strata(county), county.tables.stratification.name)
        yield ReportFigure(
            figures.figure_of(figures.plot_gaps(gaps, county.regime, stage, strata(county))),
            caption=f"{labels.STAGES[stage]}各地区均值与全县均值之比",
            alt=figures.gaps_alt(gaps, county.regime, stage, strata(county)),
        )


def trend_elements(county: CountyAssessment) -> Iterator[Element]:
    """Per stage the coefficients and shares of passing schools through the years."""
    if len(county.years) < 2:
        yield Callout("只有一个学年", text="填报数据只有一个学年，没有逐年变化可比。")
        return
    for stage in county.stages:
        for measure in ("cv", "schools_met_share"):
            chosen = county.trends[(county.trends["stage"] == stage) & (county.trends["measure"] == measure)]
            if chosen["lowest"].notna().sum() < 2:
                continue
            yield tables.trend_table(county.trends, county.regime, stage, measure)
            yield ReportFigure(
                figures.figure_of(
                    figures.plot_trends(
                        county.trends, county.regime, stage, measure, target_year=county.target_year
                    )
                ),
                caption=f"{labels.STAGES[stage]}{labels.MEASURES[measure]}逐年变化",
                alt=figures.trends_alt(county.trends, county.regime, stage, measure),
            )


def problem_elements(county: CountyAssessment) -> Iterator[ReportTable]:
    """The list of problems by school."""
    yield tables.problem_table(county.current("indicators"), county.regime, strata(county))


def quality_elements(county: CountyAssessment) -> Iterator[ReportTable]:
    """What was blank, what was left out, what the checks ask about."""
    headers = {name: field.header for name, field in own_fields().items()}
    yield tables.missing_table(county.current("indicators"), county.regime, headers)
    yield tables.excluded_table(county.excluded, county.year)
    yield tables.issue_table(county.issues)


def basis_elements(county: CountyAssessment) -> Iterator[ReportTable]:
    """The law as applied: limits, readings, local changes."""
    yield tables.regime_table(county.regime)
    yield tables.choices_table(county.regime)


def strata(county: CountyAssessment) -> Mapping[str, str]:
    """Labels of the file's strata in their own order."""
    return county.tables.stratification.labels


def show(elements: Iterator[Element] | Element) -> None:
    """Put elements out one by one, in Jupyter and in the executed notebook."""
    from IPython.display import display

    for element in elements if isinstance(elements, Iterator) else [elements]:
        display(element)  # type: ignore[no-untyped-call]
