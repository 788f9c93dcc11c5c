"""Sections of the county report that explain the verdict: why, which school, how close, by when.

One generator per heading, like :mod:`balance_analysis.views.report`; the first element of each says the answer in
a sentence or two, the tables behind it are short and the rest stands in the exported files.
"""

from __future__ import annotations

from collections.abc import Iterator

from balance_analysis.assessment import CountyAssessment
from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.views import diagnosis_figures as figures
from balance_analysis.views import diagnosis_outlook as outlook
from balance_analysis.views import diagnosis_sentences as say
from balance_analysis.views import diagnosis_tables as tables
from balance_analysis.views import diagnosis_words as words
from balance_analysis.views import outlook_tables
from balance_analysis.views import tables as county_tables
from balance_analysis.views.elements.display import Callout, ReportFigure, ReportTable
from balance_analysis.views.figures import figure_of
from balance_analysis.words import labels
from balance_analysis.workbook.layouts import own_fields

Elements = Iterator[ReportTable | ReportFigure | Callout]


def _present(*elements: ReportTable | None) -> Iterator[ReportTable]:
    yield from (element for element in elements if element is not None)


def source_elements(diagnosis: Diagnosis) -> Elements:
    """差距从何而来: shares between and within areas and sponsors, what changed since last year, companions."""
    items = tuple(say.source_sentence(diagnosis, row) for row in diagnosis.focus.to_dict("records"))
    if not items:
        yield Callout("差距从何而来", text="没有能够计算的差异系数，无从分解。")
        return
    yield Callout("差距从何而来", items=items)
    for stage in diagnosis.county.stages:
        yield from _present(tables.source_table(diagnosis, stage))
    yield from _present(tables.companion_table(diagnosis))


def action_elements(diagnosis: Diagnosis) -> Elements:
    """先抓哪所学校: the school to act on first for each coefficient to look at, and what it brings."""
    items = tuple(say.action_sentence(diagnosis, row) for row in diagnosis.focus.to_dict("records"))
    if not items:
        yield Callout("先抓哪所学校", text="没有能够计算的差异系数，无法比较各校的影响。")
        return
    yield Callout("先抓哪所学校", items=items)
    yield from _present(tables.remedy_table(diagnosis), tables.contributor_table(diagnosis))
    for row in diagnosis.focus.to_dict("records"):
        yield waterfall_figure(diagnosis, str(row["stage"]), str(row["indicator"]))


def waterfall_figure(diagnosis: Diagnosis, stage: str, indicator: str) -> ReportFigure:
    """One coefficient by school, from 0 to its square, with its limit where it has one."""
    bars = diagnosis.waterfall(stage, indicator)
    limit = diagnosis.cv_limits.get((stage, indicator))
    line = None if limit is None else float(limit)
    regime = diagnosis.county.regime
    return ReportFigure(
        figure_of(figures.plot_waterfall(bars, regime, limit=line)),
        caption=f"{words.subject(regime, {'stage': stage, 'indicator': indicator})}差异系数由哪些学校构成",
        alt=figures.waterfall_alt(bars, line),
        note="低于县均值的学校增加资源会使差异系数下降；高于县均值的多为规模小的学校，不宜削减。",
    )


def summary_elements(county: CountyAssessment) -> Iterator[ReportTable]:
    """How many schools meet each indicator; nothing where schools have no limits."""
    schools, indicators = county.current("schools"), county.current("indicators")
    if indicators["limit"].notna().any():
        yield county_tables.school_summary_table(schools, indicators, county.regime)


def headroom_elements(diagnosis: Diagnosis) -> Elements:
    """余量与预警: who fails now, who passes with little room for more pupils."""
    rows, warned = diagnosis.headroom, diagnosis.early_warning
    if rows.empty:
        yield Callout("余量与预警", text="本办法不设逐校标准值，没有逐校余量可算。")
        return
    levels = warned["level"].value_counts()
    said = [
        f"{len(rows)}所学校（分学段计）中，{int((rows['headroom'] >= 0).sum())}所现在满足逐校要求、学校规模和班额上限"
    ]
    counted = {
        "out": "所已不满足",
        "dated": "所将在已知学年不再满足",
        "narrow": "所虽满足但余量很小，再增加不多的学生就不满足",
        "not_assessable": "所因缺少数据无法计算",
    }
    said += [f"{int(levels[level])}{words}" for level, words in counted.items() if level in levels]
    yield Callout("余量与预警", text="，".join(said) + "。")
    yield from _present(tables.headroom_table(diagnosis), tables.shortfall_table(diagnosis))


def robustness_elements(diagnosis: Diagnosis) -> Elements:
    """结论是否稳固: what would turn the verdicts, and the cells to check first."""
    items = tuple(say.robustness_sentences(diagnosis))
    if not items:
        yield Callout(
            "什么会使结论翻转",
            text="本办法对单项差异系数和各校不设限值，没有会被单个数字翻转的结论；综合差异系数与限值的距离见“校际均衡”。",
        )
        return
    yield Callout("什么会使结论翻转", items=items)
    yield from _present(tables.turning_table(diagnosis))


def target_elements(diagnosis: Diagnosis) -> Elements:
    """到目标年能否达标: the answer in one sentence, then per stage the figure and the table."""
    said = (outlook.joint_sentence(diagnosis), outlook.method_sentence(diagnosis))
    yield Callout(
        "到目标年能否达标",
        text=outlook.target_sentence(diagnosis),
        items=tuple(item for item in said if item),
    )
    watched = outlook.watched_series(diagnosis)
    for stage in diagnosis.county.stages:
        if watched.empty:
            return
        of_stage = (watched["stage"] == stage) & (watched["measure"] == "cv")
        series = watched[of_stage & watched["last_value"].notna()]
        if len(series) and (series["years_left"] > 0).all():
            yield ReportFigure(
                figure_of(
                    figures.plot_prospects(
                        series, diagnosis.county.trends, diagnosis.intervals, diagnosis.county.regime
                    )
                ),
                caption=f"{labels.STAGES[stage]}差异系数的走向和{diagnosis.county.target_year}年预测",
                alt=figures.prospects_alt(series, diagnosis.intervals, diagnosis.county.regime),
                note="" if len(diagnosis.intervals) else "年数不足，只画预测值，不画区间。",
            )
        yield from _present(outlook_tables.target_table(diagnosis, stage))


def area_elements(diagnosis: Diagnosis) -> Elements:
    """地区差距的另一面: both directions, overlap, pupils below the limit; nothing with a single area."""
    sentences = [outlook.area_sentence(diagnosis, stage) for stage in diagnosis.county.stages]
    items = tuple(sentence for sentence in sentences if sentence)
    if not items:
        yield Callout("地区差距的另一面", text="全县学校属于同一类地区或没有填报地区，不作地区比较。")
        return
    yield Callout("地区差距的另一面", items=(*items, outlook.NEUTRAL, outlook.FULL_COUNT))
    for stage in diagnosis.county.stages:
        yield from _present(outlook_tables.area_table(diagnosis, stage))
    yield from _present(outlook_tables.below_limit_table(diagnosis))


def plausibility_elements(diagnosis: Diagnosis) -> Elements:
    """数据可信度筛查: patterns to be checked, never an accusation."""
    found = diagnosis.plausibility
    rules = "、".join(labels.FINDING_RULES.values())
    if found.empty:
        yield Callout("数据可信度筛查", text=f"没有发现需要核对的异常。筛查的内容：{rules}。")
        return
    yield Callout(
        "数据可信度筛查",
        text=f"有{len(found)}处数据建议核对。这只是提请核对，不表示数据有误。筛查的内容：{rules}。",
    )
    headers = {name: field.header for name, field in own_fields().items()}
    yield from _present(outlook_tables.plausibility_table(diagnosis, headers))
