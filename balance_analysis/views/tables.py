"""Frames to report tables: wording, units, order and rounding; nothing is computed here."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from balance_analysis.errors import Issue
from balance_analysis.regimes import Regime
from balance_analysis.terms import COMPOSITE, Outcome
from balance_analysis.verdicts.values import NO_LIMIT
from balance_analysis.views.elements.display import Cell, Column, ReportTable
from balance_analysis.words import labels, numbers


def indicator_label(regime: Regime, indicator: str, *, short: bool = False) -> str:
    """Name of an indicator, the composite or the row that stands for all indicators."""
    if indicator == COMPOSITE:
        return labels.COMPOSITE_NAME
    if indicator == "all":
        return "全部指标"
    entry = regime.indicator(indicator)
    return f"{entry.item} {entry.short_name if short else entry.name}"


def status(outcome: str) -> str:
    """The table status of an outcome; a value without a limit carries none."""
    return "" if outcome == NO_LIMIT else outcome


def regime_table(regime: Regime) -> ReportTable:
    """What the law was taken to say: limits with clause and certainty."""
    values: dict[tuple[str, ...], dict[str, str]] = {}
    for limit in regime.limits:
        if limit.measure not in ("school_value", "cv"):
            continue
        value = (
            f"{labels.RELATIONS[limit.relation]} {limit.value}{'' if limit.unit == '1' else ' ' + limit.unit}"
        )
        kind = {"school_value": "学校标准值", "cv": "差异系数限值"}[limit.measure]
        subject = indicator_label(regime, limit.subject, short=True)
        values.setdefault((subject, kind, limit.clause, limit.grade.value), {})[limit.stage] = value
    stages = [stage for stage in labels.STAGES if any(stage in of for of in values.values())]
    groups: dict[tuple[str, ...], list[str]] = {}
    for (subject, kind, clause, grade), of in values.items():
        key = (kind, *(of.get(stage, "") for stage in stages), clause, grade)
        groups.setdefault(key, []).append(subject)
    every = len(regime.indicators)
    rows = [
        [f"各项指标（{every}项）" if len(subjects) == every else "、".join(subjects), *key]
        for key, subjects in groups.items()
    ]
    columns = [
        Column("subject", "指标"),
        Column("measure", "内容"),
        *(Column(f"limit_{stage}", labels.STAGES[stage]) for stage in stages),
        Column("clause", "条款"),
        Column("grade", "依据等级", align="center"),
    ]
    return ReportTable(
        title=f"{regime.short_name}资源配置的标准值和限值",
        columns=columns,
        rows=rows,
        notes=["依据等级：A 多个独立来源一致或读过原文；B 单一来源；C 推断，可切换。"],
        source="；".join(
            f"{source.citation}"
            for source in regime.sources
            if source.id in {limit.source for limit in regime.limits}
        ),
    )


def choices_table(regime: Regime) -> ReportTable:
    """Switchable readings and local changes that this report rests on."""
    rows: list[list[object]] = [
        [choice.name, labels.CHOICE_VALUES[choice.value], choice.clause, choice.grade.value, "国家口径"]
        for choice in regime.choices
    ]
    rows += [
        [
            f"{labels.ACTIONS[change.action]}：{change.target}",
            f"{change.before} → {change.after}",
            change.clause + (f"（放宽依据：{change.permitted_by}）" if change.permitted_by else ""),
            change.grade.value,
            change.overlay,
        ]
        for change in regime.changes
    ]
    columns = [
        Column("choice", "口径或改动"),
        Column("value", "本报告采用", align="center"),
        Column("clause", "依据"),
        Column("grade", "等级", align="center"),
        Column("origin", "来自"),
    ]
    return ReportTable(title="本报告采用的口径和地方补充规定", columns=columns, rows=rows)


def coefficient_table(coefficients: pd.DataFrame, regime: Regime, stage: str) -> ReportTable:
    """County mean and coefficient of every indicator of one stage against its limit."""
    rows = []
    for row in coefficients[coefficients["stage"] == stage].to_dict("records"):
        composite = row["indicator"] == COMPOSITE
        entry = None if composite else regime.indicator(row["indicator"])
        unknown = pd.isna(row["cv"])
        remark = row["reason"] if unknown else ("临界" if row["borderline"] else "")
        rows.append(
            [
                indicator_label(regime, row["indicator"]),
                Cell("——")
                if entry is None
                else Column("", "", kind="number", decimals=entry.decimals).cell(row["mean"]),
                "" if entry is None else entry.unit,
                row["cv"],
                row["limit"],
                Cell(labels.OUTCOMES[row["outcome"]], status(row["outcome"])),
                row["n_schools"],
                remark,
            ]
        )
    columns = [
        Column("indicator", "指标"),
        Column("mean", "县均值", kind="number"),
        Column("unit", "单位"),
        Column("cv", "差异系数", kind="number", decimals=3),
        Column("limit", "限值", kind="number", decimals=2),
        Column("outcome", "结论", align="center"),
        Column("n_schools", "学校数", kind="integer"),
        Column("remark", "备注"),
    ]
    if not any(row[-1] for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    notes = [
        "差异系数按在校生数加权、以县均值（总量之比）为中心计算；比较使用未舍入的数值，表中仅显示舍入后的数值。"
    ]
    if any("临界" in row for row in rows):
        notes.append("临界：若先舍入再与限值比较，会得出相反结论。")
    return ReportTable(title=f"{labels.STAGES[stage]}校际差异系数", columns=columns, rows=rows, notes=notes)


def verdict_table(verdicts: pd.DataFrame, regime: Regime) -> ReportTable:
    """The county's rules in one table, with the clause beside each."""
    rows = [
        [
            labels.STAGES[row["stage"]],
            labels.RULES[row["rule"]],
            Cell(labels.OUTCOMES[row["outcome"]], status(row["outcome"])),
            row["detail"],
            row["clause"],
        ]
        for row in verdicts.to_dict("records")
        if row["rule"] not in ("stage_resources_composite", "coefficient")
    ]
    columns = [
        Column("stage", "学段"),
        Column("rule", "规则"),
        Column("outcome", "结论", align="center"),
        Column("detail", "说明"),
        Column("clause", "条款"),
    ]
    return ReportTable(title="资源配置各项规则的结论", columns=columns, rows=rows)


def school_summary_table(schools: pd.DataFrame, indicators: pd.DataFrame, regime: Regime) -> ReportTable:
    """How many schools meet each indicator and the whole rule, by stage (form table Ⅱ-1)."""
    rows: list[list[object]] = []
    emphasis = []
    for stage in ("primary", "junior_secondary"):
        of_stage = schools[schools["stage"] == stage]
        if of_stage.empty:
            continue
        for entry in regime.indicators:
            outcomes = indicators.loc[
                (indicators["stage"] == stage) & (indicators["indicator"] == entry.id), "outcome"
            ]
            rows.append([labels.STAGES[stage], f"{entry.item} {entry.short_name}", *_counts(outcomes)])
        emphasis.append(len(rows))
        rows.append([labels.STAGES[stage], "综合判定", *_counts(of_stage["outcome"])])
    columns = [
        Column("stage", "学段"),
        Column("indicator", "指标"),
        Column("total", "学校数", kind="integer"),
        Column("met", "达标", kind="integer"),
        Column("tolerable", "允许下限之上", kind="integer"),
        Column("not_met", "未达标", kind="integer"),
        Column("unknown", "无法判定", kind="integer"),
        Column("share", "达标比例", kind="percent"),
    ]
    return ReportTable(
        title="各项指标达标学校数",
        columns=columns,
        rows=rows,
        emphasis_rows=emphasis,
        notes=[*rule_notes(regime), "达标比例以能够判定的学校为分母。"],
    )


def rule_notes(regime: Regime) -> list[str]:
    """When a school passes all in all, as the regime has it; nothing where it judges no school."""
    rule = regime.school_rule
    if rule is None:
        return []
    rest = f"，余项不低于标准值的{rule.share_text}" if rule.share_text and rule.spared else ""
    return [f"综合判定：至少{rule.needed}项达标{rest}。"]


def _counts(outcomes: pd.Series) -> list[object]:
    counts = outcomes.value_counts()
    met, tolerable, below = (int(counts.get(name, 0)) for name in ("met", "tolerable", "not_met"))
    unknown = int(counts.get("not_assessable", 0))
    judged = met + tolerable + below
    return [len(outcomes), met, tolerable, below, unknown, met / judged if judged else None]


def school_matrix(
    indicators: pd.DataFrame, schools: pd.DataFrame, regime: Regime, stage: str, strata: Mapping[str, str]
) -> ReportTable:
    """The compliance matrix: every school of a stage with all values and its verdict."""
    values = indicators[indicators["stage"] == stage]
    shown = [
        entry
        for entry in regime.indicators
        if values.loc[values["indicator"] == entry.id, "value"].notna().any()
    ]
    hidden = [entry.short_name for entry in regime.indicators if entry not in shown]
    by_school = {
        code: group.set_index("indicator") for code, group in values.groupby("school_code", sort=False)
    }
    rows = []
    for number, school in enumerate(schools[schools["stage"] == stage].to_dict("records"), start=1):
        of_school = by_school[school["school_code"]]
        cells = []
        for entry in shown:
            row = of_school.loc[entry.id]
            cells.append(
                Column("", "", kind="number", decimals=entry.decimals).cell(
                    row["value"], status(str(row["outcome"]))
                )
            )
        rows.append(
            [
                number,
                school["school_name"],
                strata.get(school["stratum"], labels.UNKNOWN_STRATUM),
                school["enrolment"],
                *cells,
                Cell(labels.OUTCOMES[school["outcome"]], status(school["outcome"])),
            ]
        )
    columns = [
        Column("number", "序号", kind="integer"),
        Column("school", "学校"),
        Column("stratum", "地区"),
        Column("enrolment", "在校生数", kind="integer"),
        *(
            Column(entry.id, entry.short_name, unit=entry.unit.replace("/百名学生", "/百名"), kind="number")
            for entry in shown
        ),
        Column("outcome", "结论", align="center"),
    ]
    limits = []
    for entry in shown:
        limit = regime.limit(entry.id, "school_value", stage)
        if limit is not None:
            limits.append(f"{entry.short_name}≥{limit.value}{entry.unit}")
    notes = [f"标准值：{'；'.join(limits)}。"] if limits else ["本办法不设逐校标准值，只列数值。"]
    if hidden:
        notes.append(f"各校均缺少数据、未列出的指标：{'、'.join(hidden)}。")
    return ReportTable(
        title=f"{labels.STAGES[stage]}逐校达标情况",
        columns=columns,
        rows=rows,
        notes=notes,
        landscape=True,
        compact=True,
    )


def gap_table(
    gaps: pd.DataFrame, regime: Regime, stage: str, strata: Mapping[str, str], stratification: str
) -> ReportTable:
    """Means of the strata beside each other, with ratio and difference to the reference stratum."""
    of_stage = gaps[(gaps["stage"] == stage) & gaps["mean"].notna()]
    present = [name for name in [*strata, ""] if name in set(of_stage["stratum"])]
    reference = of_stage["reference_stratum"].iloc[0] if len(of_stage) else ""
    others = [name for name in present if name != reference]
    rows = []
    for entry in regime.indicators:
        lines = of_stage[of_stage["indicator"] == entry.id].set_index("stratum")
        if lines.empty:
            continue
        number = Column("", "", kind="number", decimals=entry.decimals)
        ratio = Column("", "", kind="number", decimals=2)
        rows.append(
            [
                f"{entry.short_name}（{entry.unit}）",
                *(number.cell(lines["mean"].get(name)) for name in present),
                number.cell(lines["county_mean"].iloc[0]),
                *(ratio.cell(lines["ratio_to_reference"].get(name)) for name in others),
            ]
        )
    names = {name: strata.get(name, labels.UNKNOWN_STRATUM) for name in present}
    columns = [
        Column("indicator", "指标"),
        *(Column(f"mean_{name}", names[name], kind="number", group="均值") for name in present),
        Column("county", "全县", kind="number", group="均值"),
        *(
            Column(f"ratio_{name}", names[name], kind="number", group=f"与{strata.get(reference, '')}之比")
            for name in others
        ),
    ]
    return ReportTable(
        title=f"{labels.STAGES[stage]}分地区均值与比值",
        columns=columns,
        rows=rows,
        notes=[
            f"按{stratification}划分；均值为总量之比。比值大于1表示该地区生均占有量更高（规模小的学校常见），并不说明资源有余。"
        ],
    )


def trend_table(trends: pd.DataFrame, regime: Regime, stage: str, measure: str) -> ReportTable:
    """Yearly values, change, limit, distance and pace of one measure of a stage."""
    chosen = trends[(trends["stage"] == stage) & (trends["measure"] == measure)]
    years = sorted(chosen["year"].unique())
    order = [*(entry.id for entry in regime.indicators), COMPOSITE, "all"]
    rows = []
    for indicator in order:
        lines = chosen[chosen["indicator"] == indicator].sort_values("year")
        if lines.empty or lines["lowest"].isna().all():
            continue
        decimals = 3 if measure == "cv" else 2
        percent = measure == "schools_met_share"
        column = (
            Column("", "", kind="percent", decimals=1)
            if percent
            else Column("", "", kind="number", decimals=decimals)
        )
        by_year = {row["year"]: _value_or_range(column, row) for row in lines.to_dict("records")}
        last = lines.iloc[-1]
        rows.append(
            [
                indicator_label(regime, indicator, short=True),
                *(column.cell(by_year.get(year)) for year in years),
                column.cell(last["change"]),
                column.cell(last["limit"]),
                _still_to_go(column, last),
                Cell("—")
                if pd.isna(last["pace_needed"])
                else (Cell("0") if last["pace_needed"] == 0 else column.cell(last["pace_needed"])),
            ]
        )
    target = chosen["target_year"].dropna()
    columns = [
        Column("indicator", "指标"),
        *(Column(f"y{year}", f"{year}学年", kind="number") for year in years),
        Column("change", "比上年", kind="number"),
        Column("limit", "限值" if measure == "cv" else "标准", kind="number"),
        Column("distance", "尚差", kind="number"),
        Column("pace", f"至{int(target.iloc[0])}年每年需" if len(target) else "每年需", kind="number"),
    ]
    return ReportTable(
        title=f"{labels.STAGES[stage]}{labels.MEASURES[measure]}逐年变化",
        columns=columns,
        rows=rows,
        notes=[
            "“尚差”为距限值（标准）的距离；“每年需”为按目标年均摊的最低年变化量，目标年已过或未设限值的不计算。",
            *(
                ["写成“至”的是范围：有学校数据不全、不能判定，它们既不算达标，也不剔除。"]
                if (chosen["lowest"] < chosen["highest"]).any()
                else []
            ),
        ],
    )


def _value_or_range(column: Column, row: Mapping[Hashable, Any]) -> Cell:
    """The figure of a year; where schools cannot be judged, what it can be at least and at most."""
    if row["lowest"] < row["highest"]:
        return Cell("至".join(column.cell(row[edge]).text for edge in ("lowest", "highest")))
    return column.cell(row["value"])


def _still_to_go(column: Column, last: pd.Series) -> Cell:
    """The distance to the limit; of a range only whether the limit is reached, missed or open."""
    if last["outcome"] == Outcome.MET:
        return Cell("已达到")
    if last["lowest"] < last["highest"] and last["outcome"]:
        return Cell("未达到" if last["outcome"] == Outcome.NOT_MET else "无法判定")
    return column.cell(last["distance"])


def problem_table(indicators: pd.DataFrame, regime: Regime, strata: Mapping[str, str]) -> ReportTable:
    """Every school and indicator below its limit: primary first, schools in file order, the worst first."""
    failing = indicators[indicators["outcome"].isin([Outcome.NOT_MET.value, Outcome.TOLERABLE.value])]
    place = {code: number for number, code in enumerate(dict.fromkeys(indicators["school_code"]))}
    keys = [
        (
            {"primary": 0, "junior_secondary": 1}[row["stage"]],
            place[row["school_code"]],
            row["value"] / row["limit"],
        )
        for row in failing.to_dict("records")
    ]
    failing = failing.iloc[sorted(range(len(failing)), key=keys.__getitem__)]
    rows = []
    for row in failing.to_dict("records"):
        entry = regime.indicator(row["indicator"])
        number = Column("", "", kind="number", decimals=entry.decimals)
        rows.append(
            [
                labels.STAGES[row["stage"]],
                row["school_name"],
                strata.get(row["stratum"], labels.UNKNOWN_STRATUM),
                f"{entry.item} {entry.short_name}",
                number.cell(row["value"], row["outcome"]),
                f"{row['limit']:g}",
                f"{row['floor']:g}",
                number.cell(-row["margin"]),
                entry.unit,
            ]
        )
    columns = [
        Column("stage", "学段"),
        Column("school", "学校"),
        Column("stratum", "地区"),
        Column("indicator", "指标"),
        Column("value", "实际值", kind="number"),
        Column("limit", "标准值", kind="number"),
        Column("floor", "允许下限", kind="number"),
        Column("gap", "差额", kind="number"),
        Column("unit", "单位"),
    ]
    return ReportTable(
        title="未达标准值的学校和指标",
        columns=columns,
        rows=rows,
        compact=True,
        notes=[
            f"允许下限为标准值的{rule.share_text}，每所学校至多{numbers.several(rule.spared)}项可在标准值与允许下限之间。"
        ]
        if (rule := regime.school_rule) is not None and rule.share_text
        else [],
    )


def excluded_table(excluded: pd.DataFrame, year: int) -> ReportTable:
    """Schools left out of the regime's scope and why."""
    rows = [
        [row["school_name"], labels.STAGES[row["stage"]], row["enrolment"], row["reason"]]
        for row in excluded[excluded["year"] == year].to_dict("records")
    ]
    columns = [
        Column("school", "学校"),
        Column("stage", "学段"),
        Column("enrolment", "在校生数", kind="integer"),
        Column("reason", "原因"),
    ]
    return ReportTable(title="未计入的学校", columns=columns, rows=rows)


def missing_table(indicators: pd.DataFrame, regime: Regime, headers: Mapping[str, str]) -> ReportTable:
    """Which blanks make which indicators not assessable, counted."""
    blank = indicators[indicators["missing"] != ""]
    rows = []
    for (stage, indicator, missing), group in blank.groupby(["stage", "indicator", "missing"], sort=False):
        fields = "、".join(headers.get(name, name) for name in str(missing).split("、"))
        rows.append(
            [
                labels.STAGES[str(stage)],
                indicator_label(regime, str(indicator), short=True),
                fields,
                len(group),
            ]
        )
    columns = [
        Column("stage", "学段"),
        Column("indicator", "指标"),
        Column("fields", "缺少或相互矛盾的字段"),
        Column("count", "涉及学校数", kind="integer"),
    ]
    return ReportTable(
        title="因数据缺失或矛盾而无法判定的指标",
        columns=columns,
        rows=rows,
        notes=["空白不等于零：缺少数据的指标一律列为“无法判定”。"],
    )


def issue_table(issues: Sequence[Issue], *, most: int = 60) -> ReportTable:
    """Findings of the checks that need an explanation (notes are left out), with cell and remedy."""
    shown = [issue for issue in issues if issue.severity != "note"]
    rows = [
        [
            labels.SEVERITIES[issue.severity],
            f"{issue.place.sheet}!{issue.place.cell}" if issue.place.sheet else issue.place.cell,
            issue.column,
            issue.message,
            issue.found,
            issue.remedy,
        ]
        for issue in shown[:most]
    ]
    notes = [f"共{len(shown)}条，此处列出前{most}条；全部见 issues.csv。"] if len(shown) > most else []
    columns = [
        Column("severity", "性质"),
        Column("place", "位置"),
        Column("field", "字段"),
        Column("message", "情况"),
        Column("found", "发现"),
        Column("remedy", "处理"),
    ]
    return ReportTable(title="数据检查发现的疑问", columns=columns, rows=rows, notes=notes, compact=True)
