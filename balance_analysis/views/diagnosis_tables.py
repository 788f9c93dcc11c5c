"""Tables of the diagnosis: short enough to be read; what is left out stands in the files of the same name."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.views import diagnosis_sentences as say
from balance_analysis.views import diagnosis_words as words
from balance_analysis.views.elements.display import Cell, Column, ReportTable
from balance_analysis.views.tables import indicator_label, status
from balance_analysis.words import labels, numbers

SHOWN_SCHOOLS = 10
"""Longest list of schools in one table."""
SHOWN_CONTRIBUTORS = 3


def left_out(total: int, shown: int, file: str) -> list[str]:
    """The note that says where the rest of a shortened list is."""
    return [f"共{total}行，此处列出前{shown}行，全部见导出文件 {file}.csv。"] if total > shown else []


def source_table(diagnosis: Diagnosis, stage: str) -> ReportTable | None:
    """Shares of CV² by level and the change since the previous year; None without any coefficient."""
    regime = diagnosis.county.regime
    rows: list[dict[str, object]] = []
    coefficients = diagnosis.county.current("coefficients")
    for row in coefficients[(coefficients["stage"] == stage) & coefficients["cv"].notna()].to_dict("records"):
        if row["indicator"] == "composite":
            continue
        found = say.shares(diagnosis, row)
        if not found:
            continue
        rows.append(
            {
                "indicator": indicator_label(regime, row["indicator"], short=True),
                "cv": row["cv"],
                **found,
                **_change_parts(diagnosis, row),
            }
        )
    if not rows:
        return None
    frame = pd.DataFrame(rows)
    kinds = [
        Column("indicator", "指标"),
        Column("cv", "差异系数", kind="number", decimals=3),
        Column("stratum", "地区之间", kind="percent", decimals=0, group="差距来自"),
        Column("sponsor", "公办与民办之间", kind="percent", decimals=0, group="差距来自"),
        Column("school", "学校之间", kind="percent", decimals=0, group="差距来自"),
        Column("change", "合计", kind="number", decimals=3, group="比上学年"),
        Column("enrolment_part", "在校生变化", kind="number", decimals=3, group="比上学年"),
        Column("resource_part", "资源变化", kind="number", decimals=3, group="比上学年"),
        Column("came", "新设和撤并", kind="number", decimals=3, group="比上学年"),
    ]
    columns = [column for column in kinds if column.id in frame and frame[column.id].notna().any()]
    notes = ["“差距来自”是差异系数平方的精确分解，各层之和为100%；后一层只计同一上层之内的差别。"]
    if any(column.id == "change" for column in columns):
        notes.append("负数表示差异系数下降；各部分之和等于合计（显示值因舍入可能相差0.001）。")
    return ReportTable.from_frame(
        frame, columns, title=f"{labels.STAGES[stage]}差异系数的来源和变化", notes=notes
    )


def _change_parts(diagnosis: Diagnosis, row: words.Row) -> dict[str, object]:
    changes = words.of(diagnosis.changes, row)
    for change in changes[changes["year"] == diagnosis.county.year].to_dict("records"):
        moved = change["n_entering"] + change["n_leaving"] > 0
        return {
            "change": change["change_cv"],
            "enrolment_part": change["enrolment_part_in_cv"],
            "resource_part": change["resource_part_in_cv"],
            "came": change["entry_part_in_cv"] + change["exit_part_in_cv"] if moved else None,
        }
    return {}


def companion_table(diagnosis: Diagnosis) -> ReportTable | None:
    """Gini and Theil beside the coefficient, both stages side by side."""
    regime, stages = diagnosis.county.regime, diagnosis.county.stages
    merged = diagnosis.companions.merge(
        diagnosis.county.current("coefficients")[["stage", "indicator", "cv"]], on=["stage", "indicator"]
    )
    merged = merged[merged["gini"].notna()]
    if merged.empty:
        return None
    rows = []
    for entry in regime.indicators:
        lines = merged[merged["indicator"] == entry.id].set_index("stage")
        if len(lines):
            cells: list[object] = [
                lines[name].get(stage) for stage in stages for name in ("cv", "gini", "theil_t")
            ]
            rows.append([f"{entry.item} {entry.short_name}", *cells])
    columns = [Column("indicator", "指标")]
    for stage in stages:
        group = labels.STAGES[stage]
        columns += [
            Column(f"cv_{stage}", "差异系数", kind="number", decimals=3, group=group),
            Column(f"gini_{stage}", "基尼系数", kind="number", decimals=3, group=group),
            Column(f"theil_{stage}", "泰尔指数", kind="number", decimals=3, group=group),
        ]
    return ReportTable(
        title="换一种尺子：基尼系数和泰尔指数",
        columns=columns,
        rows=rows,
        notes=["都按在校生数加权，数值越小越均衡；评估只看差异系数，另两个供印证各项的先后次序。"],
    )


def contributor_table(diagnosis: Diagnosis) -> ReportTable | None:
    """The schools that contribute most to each coefficient to look at, and the one where a unit helps most."""
    regime, rows = diagnosis.county.regime, []
    for focus in diagnosis.focus.to_dict("records"):
        schools = words.of(diagnosis.influence, focus).sort_values("rank", kind="stable")
        best = set(words.of(diagnosis.best_steps, focus)["school_code"].dropna())
        chosen = (schools["rank"] <= SHOWN_CONTRIBUTORS) | schools["school_code"].isin(best)
        entry = regime.indicator(str(focus["indicator"]))
        value = Column("", "", kind="number", decimals=entry.decimals)
        unit = words.amount(
            regime, str(focus["indicator"]), float(diagnosis.unit_sizes[str(focus["indicator"])]), named=False
        )
        first = True
        for school in schools[chosen].to_dict("records"):
            helps = school["change_one_unit_more"] < 0
            rows.append(
                [
                    f"{words.subject(regime, focus)}，每加{unit}" if first else Cell(" "),
                    school["school_name"] + ("★" if school["school_code"] in best else ""),
                    school["enrolment"],
                    value.cell(school["value"]),
                    value.cell(school["mean"]),
                    school["share"],
                    school["cv_without_school"],
                    f"{'下降' if helps else '上升'}{numbers.small(school['change_one_unit_more'])}",
                ]
            )
            first = False
    if not rows:
        return None
    columns = [
        Column("subject", "项目"),
        Column("school", "学校"),
        Column("enrolment", "在校生数", kind="integer"),
        Column("value", "本校值", kind="number"),
        Column("mean", "县均值", kind="number"),
        Column("share", "占差距", kind="percent", decimals=0),
        Column("without", "去掉该校", kind="number", decimals=3),
        Column("brings", "该校每加一份", align="right"),
    ]
    return ReportTable(
        title="对差距影响最大的学校",
        columns=columns,
        rows=rows,
        notes=[
            "每项列出占差距份额最大的三所学校；★为最见效的学校；最后一列为该校每加一份时差异系数的变化。",
            "高于县均值的学校也构成差距，但给它增加资源会使差异系数上升；“去掉该校”是不计该校时的差异系数，只用来衡量影响，不是建议。",
        ],
    )


def remedy_table(diagnosis: Diagnosis) -> ReportTable | None:
    """What it takes until each failing coefficient holds: at one school, over several; None when none fails."""
    regime, rows = diagnosis.county.regime, []
    failing = diagnosis.focus[diagnosis.focus["standing"] == "failing"]
    for focus in failing.to_dict("records"):
        indicator = str(focus["indicator"])
        single, spread = words.of(diagnosis.single_remedies, focus), words.of(diagnosis.remedies, focus)
        alone: object = None
        if len(single) and pd.notna(single["units_needed"].iloc[0]):
            one = single.iloc[0]
            needed = words.amount(regime, indicator, one["units_needed"] * one["unit_size"], named=False)
            alone = f"{one['school_name']} {needed}"
        elif len(single) and single["reason"].iloc[0] == "no_single_school":
            one = single.iloc[0]
            alone = f"做不到（{one['school_name']}最多使其降到{numbers.coefficient(one['lowest_cv_alone'])}）"
        unit = float(diagnosis.unit_sizes[indicator])
        total = words.amount(regime, indicator, float(spread["units"].sum()) * unit) if len(spread) else None
        rows.append(
            [
                words.subject(regime, focus),
                f"{numbers.coefficient(focus['cv'])} → {numbers.limit_text(focus['limit'])}",
                alone,
                total,
                len(spread) or None,
                _largest(diagnosis, spread, indicator, unit),
            ]
        )
    if not rows:
        return None
    columns = [
        Column("subject", "项目"),
        Column("way", "差异系数 → 限值", align="center"),
        Column("alone", "只在一所学校增加"),
        Column("total", "共需", group="分到最见效的各校"),
        Column("schools", "学校数", kind="integer", group="分到最见效的各校"),
        Column("each", "其中最多的", group="分到最见效的各校"),
    ]
    return ReportTable(
        title="增加多少才能达到限值",
        columns=columns,
        rows=rows,
        notes=[
            "其他学校和在校生数不变；“最见效的各校”：每次都加在最见效的学校，直到不高于限值。没有一校两学段共用校舍时，这就是最少的总量。",
            "这里只算单项资源的数量，不计造价和场地；多项资源的最省方案见整改方案部分。",
            "各校应增加的数量见导出文件 remedies.csv。",
        ],
    )


def _largest(diagnosis: Diagnosis, spread: pd.DataFrame, indicator: str, unit: float) -> str | None:
    if spread.empty:
        return None
    school = spread.iloc[0]
    amount = words.amount(diagnosis.county.regime, indicator, school["units"] * unit, named=False)
    return f"{school['school_name']} {amount}"


def headroom_table(diagnosis: Diagnosis) -> ReportTable | None:
    """Schools that pass now with the least room for more pupils."""
    rows = diagnosis.headroom
    passing = rows[rows["headroom"] >= 0].sort_values(["headroom_share", "school_code"], kind="stable")
    if passing.empty:
        return None
    return _headroom_rows(
        diagnosis, passing, title="余量最小的达标学校", room="还可增加学生",
        notes=["现有资源不变时，该学段还能增加多少学生而仍满足逐校要求、学校规模和班额上限。"],
    )  # fmt: skip


def shortfall_table(diagnosis: Diagnosis) -> ReportTable | None:
    """Schools that fail now, those with the largest lack first."""
    rows = diagnosis.early_warning
    failing = rows[rows["level"] == "out"].sort_values(["headroom_share", "school_code"], kind="stable")
    if failing.empty:
        return None
    return _headroom_rows(
        diagnosis, failing, title="现已不满足要求的学校", room="学生多出",
        notes=["“学生多出”指按现有资源能够承载的人数之外的学生；补足资源或分流学生均可，所缺资源见问题清单。"],
    )  # fmt: skip


def _headroom_rows(
    diagnosis: Diagnosis, rows: pd.DataFrame, *, title: str, room: str, notes: Sequence[str]
) -> ReportTable:
    table = [
        [
            row["school_name"],
            labels.STAGES[row["stage"]],
            row["enrolment"],
            Cell("须补资源") if row["headroom"] <= -row["enrolment"] else abs(row["headroom"]),
            abs(row["headroom_share"]),
            _binding(diagnosis, row),
        ]
        for row in rows.head(SHOWN_SCHOOLS).to_dict("records")
    ]
    columns = [
        Column("school", "学校"),
        Column("stage", "学段"),
        Column("enrolment", "在校生数", kind="integer"),
        Column("room", room, kind="integer", unit="人"),
        Column("share", "占在校生", kind="percent"),
        Column("binding", "受限于"),
    ]
    return ReportTable(
        title=title,
        columns=columns,
        rows=table,
        notes=[*notes, *left_out(len(rows), SHOWN_SCHOOLS, "headroom")],
    )


def _binding(diagnosis: Diagnosis, row: words.Row) -> str:
    if row["binding"] != "indicators" or not isinstance(row["binding_indicator"], str):
        return labels.BINDINGS[str(row["binding"])]
    line = {"floor": "（允许下限）", "limit": ""}.get(str(row["binding_line"]), "")
    return f"{indicator_label(diagnosis.county.regime, row['binding_indicator'], short=True)}{line}"


def turning_table(diagnosis: Diagnosis) -> ReportTable | None:
    """The single figures closest to turning a verdict, each with its cell."""
    rows = diagnosis.turning[diagnosis.turning["relative_change"].notna()]
    if rows.empty:
        return None
    regime = diagnosis.county.regime
    ordered = rows.sort_values("relative_change", kind="stable")
    table = []
    for row in ordered.head(SHOWN_SCHOOLS).to_dict("records"):
        verdict = "学校结论" if row["subject"] == "school" else "差异系数结论"
        counter, noun = words.counted(diagnosis, row)
        then = str(row["outcome_then"])
        table.append(
            [
                f"{words.subject(regime, row)}：{verdict}",
                row["school_name"],
                f"{noun} {row['address']}".strip(),
                f"{numbers.plain(row['filed'])} → {numbers.plain(row['changed_to'])}{counter}",
                row["relative_change"],
                Cell(labels.OUTCOMES[then], status(then)),
            ]
        )
    columns = [
        Column("verdict", "结论"),
        Column("school", "学校"),
        Column("cell", "哪个数（单元格）"),
        Column("change", "现值 → 变为", align="right"),
        Column("relative", "变动幅度", kind="percent"),
        Column("then", "结论变为", align="center"),
    ]
    return ReportTable(
        title="最容易翻转的结论",
        columns=columns,
        rows=table,
        notes=[
            "只改这一个数、其他都不变；变动幅度越小，结论越经不起填报差错，应先核对这些单元格。",
            *left_out(len(ordered), SHOWN_SCHOOLS, "turning"),
        ],
    )
