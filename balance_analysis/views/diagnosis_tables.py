"""Tables of the diagnosis: short enough to be read; what is left out stands in the files of the same name."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from balance_analysis.diagnosis import Diagnosis
from balance_analysis.views import diagnosis_sentences as say
from balance_analysis.views import labels
from balance_analysis.views.display import Cell, Column, ReportTable
from balance_analysis.views.tables import indicator_label, status

SHOWN_SCHOOLS = 10
"""Longest list of schools in one table."""
SHOWN_CONTRIBUTORS = 3
SMALLEST_P = 0.0005
"""Below it a p-value would print as 0.000."""


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


def _change_parts(diagnosis: Diagnosis, row: say.Row) -> dict[str, object]:
    changes = say.of(diagnosis.changes, row)
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
        schools = say.of(diagnosis.influence, focus).sort_values("rank", kind="stable")
        best = set(say.of(diagnosis.best_steps, focus)["school_code"].dropna())
        chosen = (schools["rank"] <= SHOWN_CONTRIBUTORS) | schools["school_code"].isin(best)
        entry = regime.indicator(str(focus["indicator"]))
        value = Column("", "", kind="number", decimals=entry.decimals)
        unit = say.amount(
            regime, str(focus["indicator"]), float(diagnosis.unit_sizes[str(focus["indicator"])]), named=False
        )
        first = True
        for school in schools[chosen].to_dict("records"):
            helps = school["change_one_unit_more"] < 0
            rows.append(
                [
                    f"{say.subject(regime, focus)}，每加{unit}" if first else Cell(" "),
                    school["school_name"] + ("★" if school["school_code"] in best else ""),
                    school["enrolment"],
                    value.cell(school["value"]),
                    value.cell(school["mean"]),
                    school["share"],
                    school["cv_without_school"],
                    f"{'下降' if helps else '上升'}{say.small(school['change_one_unit_more'])}",
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
        single, spread = say.of(diagnosis.single_remedies, focus), say.of(diagnosis.remedies, focus)
        alone: object = None
        if len(single) and pd.notna(single["units_needed"].iloc[0]):
            one = single.iloc[0]
            needed = say.amount(regime, indicator, one["units_needed"] * one["unit_size"], named=False)
            alone = f"{one['school_name']} {needed}"
        elif len(single) and single["reason"].iloc[0] == "no_single_school":
            one = single.iloc[0]
            alone = f"做不到（{one['school_name']}最多使其降到{say.coefficient(one['lowest_cv_alone'])}）"
        unit = float(diagnosis.unit_sizes[indicator])
        total = say.amount(regime, indicator, float(spread["units"].sum()) * unit) if len(spread) else None
        rows.append(
            [
                say.subject(regime, focus),
                f"{say.coefficient(focus['cv'])} → {say.limit_text(focus['limit'])}",
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
    amount = say.amount(diagnosis.county.regime, indicator, school["units"] * unit, named=False)
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


def _binding(diagnosis: Diagnosis, row: say.Row) -> str:
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
        counter, noun = (
            ("人", "在校生数")
            if row["cell"] == "enrolment"
            else labels.NUMERATORS[regime.indicator(str(row["indicator"])).method]
        )
        then = str(row["outcome_then"])
        table.append(
            [
                f"{say.subject(regime, row)}：{verdict}",
                row["school_name"],
                f"{noun} {row['address']}".strip(),
                f"{say.plain(row['filed'])} → {say.plain(row['changed_to'])}{counter}",
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


def target_table(diagnosis: Diagnosis, stage: str) -> ReportTable | None:
    """Distance, paces, forecast and course of every judged series of one stage."""
    watched = say.watched_series(diagnosis)
    if watched.empty or watched[watched["stage"] == stage].empty:
        return None
    rows = []
    for row in watched[watched["stage"] == stage].to_dict("records"):
        share = row["measure"] == "schools_met_share"
        number = Column("", "", kind="percent" if share else "number", decimals=1 if share else 3)
        there = row["distance"] <= 0
        chance: object = (
            Cell("不能给出") if pd.isna(row["probability"]) else Cell(say.percent(row["probability"]))
        )
        rows.append(
            [
                indicator_label(diagnosis.county.regime, row["indicator"], short=True)
                if not share
                else labels.MEASURES[row["measure"]],
                number.cell(row["last_value"]),
                number.cell(row["limit"]) if share else say.limit_text(row["limit"]),
                Cell("已达到") if there else number.cell(row["distance"]),
                Cell("0") if row["pace_needed"] == 0 else number.cell(row["pace_needed"]),
                number.cell(row["pace_observed"]),
                number.cell(row["forecast"]),
                number.cell(row["winner_error"]),
                chance,
                labels.COURSES[row["course"]],
                labels.OUTLOOKS[row["outlook"]],
            ]
        )
    columns = [
        Column("series", "项目"),
        Column("last", "现值", kind="number"),
        Column("limit", "限值", kind="number"),
        Column("distance", "尚差", kind="number"),
        Column("needed", "须每年", kind="number", group="向限值靠近"),
        Column("observed", "近年每年", kind="number", group="向限值靠近"),
        Column("forecast", "预测", kind="number", group=f"{diagnosis.county.target_year}年"),
        Column("error", "误差", kind="number", group=f"{diagnosis.county.target_year}年"),
        Column("chance", "达标概率", align="right", group=f"{diagnosis.county.target_year}年"),
        Column("course", "判断", align="center"),
        Column("outlook", "照近年速度", align="center"),
    ]
    notes = [
        _methods_note(watched[watched["stage"] == stage]),
        "“近年每年”为正表示在向限值靠近，为负表示在远离；“照近年速度”只是把这个速度延长，不含概率。",
    ]
    if any(row[-3] == Cell("不能给出") for row in rows):
        notes.append(
            f"至少有{diagnosis.cut_offs.minimum_origins}次往年检验才能给出达标概率；年数不足的一律为“无法判断”。"
        )
    if watched["probability"].notna().any():
        likely, unlikely = (
            say.percent(edge) for edge in (diagnosis.cut_offs.on_track, diagnosis.cut_offs.off_track)
        )
        notes.append(f"判断：达标概率不低于{likely}为正常，低于{unlikely}为偏离，其间为有风险。")
    return ReportTable(
        title=f"{labels.STAGES[stage]}到{diagnosis.county.target_year}年的预测", columns=columns, rows=rows,
        notes=notes, compact=True,
    )  # fmt: skip


def _methods_note(series: pd.DataFrame) -> str:
    """Which forecast is shown, and how it was chosen."""
    counts = series["winner"].value_counts()
    used = "、".join(f"{labels.METHODS[str(name)]}{int(number)}项" for name, number in counts.items())
    if (series["n_back_tests"] > 0).any():
        return f"预测方法取在本县往年数据上误差最小的：{used}；“误差”是该方法在往年检验中的平均绝对误差。"
    return f"预测方法：{used}。年数不足以检验各种方法时，预测沿用上年值。"


def area_table(diagnosis: Diagnosis, stage: str) -> ReportTable | None:
    """Every indicator between the reference area and another: means, ratio, difference, overlap, p-value."""
    pairs, names = say.pairs_shown(diagnosis, stage), say.strata_names(diagnosis)
    if pairs.empty:
        return None
    regime, rows = diagnosis.county.regime, []
    for (a, b), pair in pairs.groupby(["stratum_a", "stratum_b"], sort=False):
        by_id = {row["indicator"]: row for row in pair.to_dict("records")}
        for entry in regime.indicators:
            if entry.id not in by_id:
                continue
            row = by_id[entry.id]
            number = Column("", "", kind="number", decimals=entry.decimals)
            rows.append(
                [
                    f"{entry.item} {entry.short_name}",
                    f"{names.get(str(a), str(a))} : {names.get(str(b), str(b))}",
                    f"{number.cell(row['mean_a']).text} : {number.cell(row['mean_b']).text}",
                    number.cell(row["difference"]),
                    row["ratio"],
                    row["superiority_a"],
                    row["overlap"],
                    Cell("<0.001") if row["p_value"] < SMALLEST_P else row["p_value"],
                ]
            )
    columns = [
        Column("indicator", "指标"),
        Column("pair", "比较双方", align="center"),
        Column("means", "生均值", align="right"),
        Column("difference", "差", kind="number"),
        Column("ratio", "比值", kind="number", decimals=2),
        Column("superiority", "前者较高的机会", kind="percent", decimals=0),
        Column("overlap", "重叠程度", kind="percent", decimals=0),
        Column("p", "p 值", kind="number", decimals=3),
    ]
    return ReportTable(
        title=f"{labels.STAGES[stage]}地区之间的比较",
        columns=columns,
        rows=rows,
        compact=True,
        notes=[
            "差、比值为前者对后者。“前者较高的机会”：两地各任取一名学生，前者所在学校生均值较高的机会（相等各算一半）；"
            "“重叠程度”越大，两地学校的数值越混在一起。"
        ],
    )


def below_limit_table(diagnosis: Diagnosis) -> ReportTable | None:
    """Share of pupils in schools below the limit, by area; None without limits of schools."""
    rows, names = diagnosis.below_limit, say.strata_names(diagnosis)
    rows = rows[rows["n_schools"] > 0] if len(rows) else rows
    if rows.empty:
        return None
    known = rows.assign(stratum=rows["stratum"].astype(object).where(rows["stratum"].notna(), ""))
    present = [name for name in [*names, ""] if name in set(known["stratum"])]
    table = []
    for stage in diagnosis.county.stages:
        for entry in diagnosis.county.regime.indicators:
            lines = known[(known["stage"] == stage) & (known["indicator"] == entry.id)].set_index("stratum")
            if lines.empty or not (lines["n_schools_below"] > 0).any():
                continue
            shares = lines["share_of_pupils_below"]
            schools = "、".join(
                f"{names.get(name, labels.UNKNOWN_STRATUM)}{int(lines['n_schools_below'].loc[name])}/"
                f"{int(lines['n_schools'].loc[name])}"
                for name in present
                if name in lines.index
            )
            table.append(
                [
                    labels.STAGES[stage],
                    f"{entry.item} {entry.short_name}",
                    *(shares.get(name) for name in present),
                    schools,
                ]
            )
    columns = [
        Column("stage", "学段"),
        Column("indicator", "指标"),
        *(
            Column(
                f"s_{name}",
                names.get(name, labels.UNKNOWN_STRATUM),
                kind="percent",
                group="低于标准值的学生比例",
            )
            for name in present
        ),
        Column("schools", "低于标准值的学校数/学校数"),
    ]
    return ReportTable(
        title="各地区有多少学生在低于标准值的学校",
        columns=columns,
        rows=table,
        notes=["各地区均无学校低于标准值的指标不列。"],
    )


def plausibility_table(diagnosis: Diagnosis, headers: dict[str, str]) -> ReportTable | None:
    """Findings to be checked, each with its count and p-value."""
    found = diagnosis.plausibility
    if found.empty:
        return None
    schools = diagnosis.county.tables.schools
    names = dict(zip(schools["school_code"], schools["school_name"], strict=True))
    rows = []
    for row in found.head(SHOWN_SCHOOLS).to_dict("records"):
        about = headers.get(str(row["field"]), "")
        if isinstance(row["indicator"], str) and row["indicator"]:
            about = say.subject(diagnosis.county.regime, row)
        codes = [code for code in str(row["school_codes"]).split(";") if code in names]
        who = "、".join(names[code] for code in codes[:3]) + (f"等{len(codes)}所" if len(codes) > 3 else "")
        rows.append(
            [
                labels.FINDING_RULES[row["rule"]],
                int(row["year"]),
                about or None,
                who or None,
                f"{say.plain(row['count'])}/{say.plain(row['n'])}" if pd.notna(row["n"]) else None,
                "不适用" if pd.isna(row["p_value"]) else f"{row['p_value']:.1e}",
            ]
        )
    columns = [
        Column("rule", "发现"),
        Column("year", "学年", align="center"),
        Column("about", "涉及数据"),
        Column("schools", "涉及学校"),
        Column("count", "符合/检查", align="right"),
        Column("p", "偶然出现的可能性", align="right"),
    ]
    return ReportTable(
        title="建议核对的数据",
        columns=columns,
        rows=rows,
        notes=[
            "只是提请核对，不表示数据有误；核对后有合理解释的，说明即可。",
            *left_out(len(found), SHOWN_SCHOOLS, "plausibility"),
        ],
    )
