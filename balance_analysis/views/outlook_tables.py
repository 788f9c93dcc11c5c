"""Tables of the diagnosis on what is ahead, between areas and worth a check; short, the rest in files."""

from __future__ import annotations

import pandas as pd

from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.explain.projection import TOO_FEW_YEARS
from balance_analysis.views import diagnosis_outlook as outlook
from balance_analysis.views import diagnosis_words as words
from balance_analysis.views.diagnosis_tables import SHOWN_SCHOOLS, left_out
from balance_analysis.views.elements.display import Cell, Column, ReportTable
from balance_analysis.views.tables import indicator_label
from balance_analysis.words import labels, numbers
from balance_analysis.words.numbers import MISSING

ERROR_PLACE = 7
"""Column of the back-test's error, left out where nothing could be tested."""
SMALLEST_P = 0.0005
"""Below it a p-value would print as 0.000."""


def target_table(diagnosis: Diagnosis, stage: str) -> ReportTable | None:
    """Distance, paces, forecast and course of every judged series of one stage."""
    watched = outlook.watched_series(diagnosis)
    if watched.empty or watched[watched["stage"] == stage].empty:
        return None
    rows = []
    for row in watched[watched["stage"] == stage].to_dict("records"):
        share = row["measure"] == "schools_met_share"
        number = Column("", "", kind="percent" if share else "number", decimals=1 if share else 3)
        there = row["distance"] <= 0
        chance: object = (
            Cell("不能给出") if pd.isna(row["probability"]) else Cell(numbers.share(row["probability"]))
        )
        rows.append(
            [
                indicator_label(diagnosis.county.regime, row["indicator"], short=True)
                if not share
                else labels.MEASURES[row["measure"]],
                number.cell(row["last_value"]),
                number.cell(row["limit"]) if share else numbers.limit_text(row["limit"]),
                Cell("已达到") if there else number.cell(row["distance"]),
                Cell("0") if row["pace_needed"] == 0 else number.cell(row["pace_needed"]),
                number.cell(row["pace_observed"]),
                number.cell(row["forecast"]),
                number.cell(row["forecast_error"]),
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
    method = _methods_note(watched[watched["stage"] == stage])
    notes = [
        *([method] if method else []),
        "“近年每年”为正表示在向限值靠近，为负表示在远离；“照近年速度”只是把这个速度延长，不含概率。",
    ]
    unstated = watched[(watched["stage"] == stage) & watched["probability"].isna()]
    if (unstated["reason"] == TOO_FEW_YEARS).any():
        notes.append(
            f"至少有{diagnosis.cut_offs.minimum_origins}次逐年变动才能给出达标概率；年数不足的一律为“无法判断”。"
        )
    for reason, lines in unstated[unstated["reason"] != TOO_FEW_YEARS].groupby("reason"):
        names = "、".join(outlook.series_name(diagnosis, row) for row in lines.to_dict("records"))
        notes.append(f"{names}不能给出达标概率：{labels.REASONS[str(reason)]}。")
    if watched["probability"].notna().any():
        likely, unlikely = (
            numbers.share(edge) for edge in (diagnosis.cut_offs.on_track, diagnosis.cut_offs.off_track)
        )
        notes.append(f"判断：达标概率不低于{likely}为正常，低于{unlikely}为偏离，其间为有风险。")
    if all(row[ERROR_PLACE] == Cell(MISSING) for row in rows):
        del columns[ERROR_PLACE]
        rows = [row[:ERROR_PLACE] + row[ERROR_PLACE + 1 :] for row in rows]
    return ReportTable(
        title=f"{labels.STAGES[stage]}到{diagnosis.county.target_year}年的预测", columns=columns, rows=rows,
        notes=notes, compact=True,
    )  # fmt: skip


def _methods_note(series: pd.DataFrame) -> str:
    """Which forecast is shown."""
    counts = series.loc[series["probability_method"] != "", "probability_method"].value_counts()
    used = "、".join(f"{labels.METHODS[str(name)]}{int(number)}项" for name, number in counts.items())
    plain = "年数不足以给出概率的，预测沿用上年值。"
    said = f"预测是达标概率所用分布的中心：{used}。" if used else ""
    said += plain if (series["reason"] == TOO_FEW_YEARS).any() else ""
    return said + ("“误差”是往年检验中的平均绝对误差。" if (series["n_back_tests"] > 0).any() else "")


def area_table(diagnosis: Diagnosis, stage: str) -> ReportTable | None:
    """Every indicator between the reference area and another: means, ratio, difference, overlap, p-value."""
    pairs, names = outlook.pairs_shown(diagnosis, stage), words.strata_names(diagnosis)
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
    rows, names = diagnosis.below_limit, words.strata_names(diagnosis)
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
            about = words.subject(diagnosis.county.regime, row)
        codes = [code for code in str(row["school_codes"]).split(";") if code in names]
        who = "、".join(names[code] for code in codes[:3]) + (f"等{len(codes)}所" if len(codes) > 3 else "")
        rows.append(
            [
                labels.FINDING_RULES[row["rule"]],
                int(row["year"]),
                about or None,
                who or None,
                f"{numbers.plain(row['count'])}/{numbers.plain(row['n'])}" if pd.notna(row["n"]) else None,
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
