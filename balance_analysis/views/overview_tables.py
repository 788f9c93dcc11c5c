"""Tables of the region overview: frames of many counties as people read them; nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from balance_analysis.errors import Issue
from balance_analysis.overview.schedule import AcceptanceStatus
from balance_analysis.regimes import Regime
from balance_analysis.views.elements.display import Cell, Column, ReportTable
from balance_analysis.views.tables import indicator_label, status
from balance_analysis.words import labels, numbers

Row = dict[str, Any]

ACCEPTANCE: Final[Mapping[str, tuple[str, str]]] = {
    AcceptanceStatus.MET.value: ("已达到", "met"),
    AcceptanceStatus.LATE.value: ("到期未达到", "not_met"),
    AcceptanceStatus.UNKNOWN.value: ("到期、无法判定", "not_assessable"),
    AcceptanceStatus.OUTDATED.value: ("已过计划年、数据较早", "not_assessable"),
    AcceptanceStatus.OPEN.value: ("未到计划年", ""),
    AcceptanceStatus.FAILED.value: ("没有评估", "not_assessable"),
    AcceptanceStatus.NO_DATA.value: ("没有数据", "not_assessable"),
    AcceptanceStatus.UNSCHEDULED.value: ("没有计划年", ""),
}
"""Word and mark of each acceptance status."""

AREA_NAMES: Final[Mapping[str, str]] = {"urban": "城区", "town": "镇区", "rural": "乡村", "total": "合计"}
SERIES_NAMES: Final[Mapping[str, str]] = {
    "primary_floor_area": "校舍建筑面积",
    "primary_teaching_area": "其中：教学及辅助用房",
    "primary_indoor_sports_area": "　其中：室内体育用房",
    "primary_living_area": "其中：生活用房",
}


def counties_table(counties: pd.DataFrame) -> ReportTable:
    """Every county of the files: year, size by stage, outcomes; also those without an assessment."""
    rows = [
        [
            row["county"],
            row["division_code"] or None,
            None if is_missing(row["year"]) else numbers.school_year(int(row["year"])).removesuffix("学年"),
            row["primary_schools"],
            row["primary_enrolment"],
            row["junior_secondary_schools"],
            row["junior_secondary_enrolment"],
            _outcome(row["outcome"]),
            _outcome(row["overall_outcome"]),
        ]
        for row in records(counties)
    ]
    columns = [
        Column("county", "区县"),
        Column("code", "代码", align="center"),
        Column("year", "学年", align="center"),
        Column("primary_schools", "校数", unit="所", kind="integer", group="小学"),
        Column("primary_enrolment", "学生", unit="人", kind="integer", group="小学"),
        Column("junior_schools", "校数", unit="所", kind="integer", group="初中"),
        Column("junior_enrolment", "学生", unit="人", kind="integer", group="初中"),
        Column("outcome", "资源配置", align="center", group="结论"),
        Column("overall", "全部项目", align="center", group="结论"),
    ]
    notes = ["校数和学生数只计属于评估范围的学校；一贯制学校在各学段各计一所。"]
    if (counties["status"] == "failed").any():
        notes.append("“没有评估”的县数据有误，原因另表列出；不参加任何排名，也不计入达标或未达标的个数。")
    return ReportTable(title="各县基本情况和结论", columns=columns, rows=rows, notes=notes)


def _outcome(outcome: str) -> Cell:
    return Cell(labels.OUTCOMES[outcome], status(outcome)) if outcome else Cell("没有评估", "not_assessable")


def failures_table(failures: Sequence[tuple[str, str, Sequence[Issue]]], *, most: int = 10) -> ReportTable:
    """Counties and files without an assessment, with what has to be put right first."""
    rows: list[list[object]] = []
    notes = []
    for county, message, issues in failures:
        if not issues:
            rows.append([county, None, message, None])
        for issue in issues[:most]:
            said = f"{issue.message}发现：{issue.found}" if issue.found else issue.message
            rows.append([county, str(issue.place), said, issue.remedy])
        if len(issues) > most:
            notes.append(f"{county}共{len(issues)}处，此处列出前{most}处。")
    columns = [
        Column("county", "区县或文件"),
        Column("place", "位置"),
        Column("message", "情况"),
        Column("remedy", "处理"),
    ]
    return ReportTable(title="没有评估的县和文件", columns=columns, rows=rows, notes=notes, compact=True)


def schedule_report_table(
    schedule: pd.DataFrame, documents: Sequence[str], remarks: Sequence[str]
) -> ReportTable:
    """Counties by planned year: years left, status, what is not met yet."""
    rows = []
    for row in records(schedule):
        word, mark = ACCEPTANCE[row["status"]]
        judged = not is_missing(row["limits_judged"])
        rows.append(
            [
                None if is_missing(row["planned_year"]) else f"{row['planned_year']}",
                row["county"],
                None if is_missing(row["year"]) else f"{row['year']}",
                row["years_left"],
                Cell(word, mark),
                _outcome(row["outcome"]) if row["outcome"] else None,
                _outcome(row["overall_outcome"]) if row["overall_outcome"] else None,
                _open_items(row) if judged else None,
            ]
        )
    columns = [
        Column("planned_year", "计划年", align="center"),
        Column("county", "区县"),
        Column("year", "数据学年", align="center"),
        Column("years_left", "剩余年数", kind="integer"),
        Column("status", "进度", kind="status"),
        Column("outcome", "资源配置", align="center"),
        Column("overall", "全部项目", align="center"),
        Column("items", "未达标和无法判定的项目"),
    ]
    notes = [
        "数据学年写起始年；剩余年数为计划年减数据学年，不大于0即为到期。评估办法规定的全部项目达标才算“已达到”。",
    ]
    bases = dict.fromkeys(basis for basis in schedule["basis"] if basis.startswith("参数"))
    if bases:
        named = [
            f"{'、'.join(schedule.loc[schedule['basis'] == basis, 'county'])}的计划年来自{basis}，不是文件规定"
            for basis in bases
        ]
        notes.append("；".join(named) + "。")
    notes += [f"{remark}。" for remark in remarks]
    return ReportTable(
        title="各县计划验收年与进度",
        columns=columns,
        rows=rows,
        notes=notes,
        source="；".join(documents),
        compact=True,
    )


def _open_items(row: Row) -> str:
    parts = [_items(row["items_not_met"])] if row["items_not_met"] else []
    parts += [f"无法判定：{_items(row['items_unknown'])}"] if row["items_unknown"] else []
    return "；".join(parts) or "无"


def _items(text: str) -> str:
    return "、".join(
        name if name[1:].isdigit() else labels.GROUPS.get(name, name) for name in text.split(";")
    )


def distance_table(distances: pd.DataFrame, regime: Regime, stage: str, order: Sequence[str]) -> ReportTable:
    """One stage's counties against every limit: 达到, or how much is missing."""
    of_stage = distances[distances["stage"] == stage]
    judged = [
        (rule, name)
        for rule, name in of_stage[["rule", "indicator"]].drop_duplicates().itertuples(index=False)
    ]
    cells = {(row["division_code"], row["rule"], row["indicator"]): row for row in records(of_stage)}
    rows = []
    for code in order:
        first = next((row for key, row in cells.items() if key[0] == code), None)
        if first is None:
            continue
        planned = None if is_missing(first["planned_year"]) else str(first["planned_year"])
        gaps = [_gap(cells.get((code, rule, name))) for rule, name in judged]
        rows.append([first["county"], planned, first["years_left"], *gaps])
    columns = [
        Column("county", "区县"),
        Column("planned_year", "计划年", align="center"),
        Column("years_left", "剩余年数", kind="integer"),
    ]
    for rule, name in judged:
        schools = rule == "schools"
        label = "未达标学校" if schools else indicator_label(regime, name, short=True)
        columns.append(
            Column(f"{rule}_{name}", label, unit="所" if schools else "", kind="number", decimals=3,
                   group="" if schools else "差异系数高出限值")
        )  # fmt: skip
    notes = ["“达到”表示不高于限值（或各校均达标）；数字为还差多少。全部按未舍入的数值比较。"]
    return ReportTable(
        title=f"{labels.STAGES[stage]}距各项限值的差距", columns=columns, rows=rows, notes=notes, compact=True
    )


def _gap(row: Row | None) -> Cell | None:
    if row is None:
        return None
    if row["outcome"] == "met":
        return Cell("达到", "met")
    if row["outcome"] == "not_assessable":
        return Cell("未知", "not_assessable")
    kind = (
        Column("", "", kind="integer")
        if row["rule"] == "schools"
        else Column("", "", kind="number", decimals=3)
    )
    return _distance(kind, row, "not_met")


def _distance(column: Column, row: Row, status: str = "") -> Cell:
    """How far it is; where schools cannot be judged, from how many to how many."""
    if row["distance_lowest"] < row["distance_highest"]:
        edges = (column.cell(row[f"distance_{edge}"]).text for edge in ("lowest", "highest"))
        return Cell("至".join(edges), status)
    return column.cell(row["distance"], status)


def pace_table(distances: pd.DataFrame, regime: Regime, order: Sequence[str]) -> ReportTable:
    """Every limit that is not met yet, with the yearly progress that the planned year asks for."""
    open_rows = distances[distances["outcome"] == "not_met"]
    rows = []
    for code in order:
        for row in records(open_rows[open_rows["division_code"] == code]):
            schools = row["rule"] == "schools"
            number = Column("", "", kind="integer") if schools else Column("", "", kind="number", decimals=3)
            limit = Column("", "", kind="number", decimals=0 if schools else 2)
            pace = Column("", "", kind="number", decimals=1 if schools else 3)
            what = (
                "达标学校数"
                if schools
                else f"{indicator_label(regime, row['indicator'], short=True)}差异系数"
            )
            late = not is_missing(row["years_left"]) and row["years_left"] <= 0
            rows.append(
                [
                    row["county"],
                    labels.STAGES[row["stage"]],
                    what,
                    number.cell(row["value"]),
                    f"{labels.RELATIONS[row['relation']]} {limit.cell(row['limit']).text}",
                    _distance(number, row),
                    row["years_left"],
                    Cell("已到期") if late else pace.cell(row["pace_needed"]),
                    Cell("临界" if row["borderline"] else ""),
                ]
            )
    columns = [
        Column("county", "区县"),
        Column("stage", "学段", align="center"),
        Column("what", "内容"),
        Column("value", "现状", align="right"),
        Column("limit", "限值", align="right"),
        Column("distance", "差距", align="right"),
        Column("years_left", "剩余年数", kind="integer"),
        Column("pace", "每年须改善", align="right"),
        Column("remark", "备注", align="center"),
    ]
    notes = ["每年须改善＝差距÷剩余年数；没有计划年的不计算。", "临界：先舍入再比较会得出相反结论。"]
    return ReportTable(
        title="尚有差距的限值和所需进度", columns=columns, rows=rows, compact=True,
        notes=notes if open_rows["borderline"].astype(bool).any() else notes[:1],
    )  # fmt: skip


def certified_table(figures: pd.DataFrame, prefix: str, title: str) -> ReportTable:
    """Certified counties of the nation by year; each figure with its status beside it."""
    parts = [
        (part, name)
        for part, name in (("new", "新增"), ("cumulative", "累计"), ("share", "占全国县数"))
        if (figures["series"] == f"{prefix}_{part}").any()
    ]
    rows = []
    for year in dict.fromkeys(figures["year"]):
        of_year = {row["series"]: row for row in records(figures[figures["year"] == year])}
        line: list[object] = [year]
        for part, _ in parts:
            row = of_year.get(f"{prefix}_{part}")
            line += [None, None] if row is None else [f"{row['value']:g}", row["status"]]
        told = dict.fromkeys(
            text for row in of_year.values() for text in (row["source"], row["note"]) if text
        )
        rows.append([*line, "；".join(told)])
    columns = [Column("year", "年份", align="center")]
    for part, name in parts:
        unit = "%" if part == "share" else "个"
        columns.append(Column(part, "数值", unit=unit, align="right", group=name))
        columns.append(Column(f"{part}_status", "状态", align="center", group=name))
    columns.append(Column("source", "出处和说明"))
    notes = ["原文：在文件、公报或其转载中读到；推算：由其他数字加减得出；未见原文：没有读到，引用前须核实。"]
    return ReportTable(
        title=title, columns=columns, rows=rows, notes=notes, compact=True,
        source="教育部公布的数据，逐项出处见最后一列",
    )  # fmt: skip


def floor_area_table(figures: pd.DataFrame) -> ReportTable:
    """Primary-school floor area of the nation by urban, town and rural."""
    cells = {(row["series"], row["area"]): row for row in records(figures)}
    areas = ("total", "urban", "town", "rural")
    rows = []
    for series, name in SERIES_NAMES.items():
        line: list[object] = [name, *(cells[series, area]["value_wan_m2"] for area in areas)]
        statuses = dict.fromkeys(cells[series, area]["status"] for area in areas)
        rows.append([*line, "、".join(statuses)])
    columns = [
        Column("series", "项目"),
        *(Column(area, AREA_NAMES[area], unit="万m²", kind="number", decimals=1) for area in areas),
        Column("status", "状态", align="center"),
    ]
    told = dict.fromkeys(text for row in records(figures) for text in (row["source"], row["note"]) if text)
    return ReportTable(
        title=f"全国小学（含教学点）校舍建筑面积（{figures['year'].iloc[0]}年）",
        columns=columns, rows=rows, source="；".join(told),
    )  # fmt: skip


def composition_table(composition: pd.DataFrame, strata: Mapping[str, str]) -> ReportTable:
    """How each county's pupils are spread over the strata of the files, by stage."""
    names = [name for name in strata if name in set(composition["stratum"])]
    others = [name for name in dict.fromkeys(composition["stratum"]) if name not in strata]
    rows = []
    for (stage, _), group in composition.groupby(["stage", "division_code"], sort=False):
        of_county = {row["stratum"]: row for row in records(group)}
        first = next(iter(of_county.values()))
        line: list[object] = [labels.STAGES[str(stage)], first["county"]]
        for name in [*names, *others]:
            row = of_county.get(name)
            line += [0, 0.0] if row is None else [row["n_schools"], row["share"]]
        rows.append(line)
    columns = [Column("stage", "学段", align="center"), Column("county", "区县")]
    for name in [*names, *others]:
        label = strata.get(name, labels.UNKNOWN_STRATUM)
        columns.append(Column(f"{name}_schools", "校数", unit="所", kind="integer", group=label))
        columns.append(Column(f"{name}_share", "学生占比", kind="percent", group=label))
    return ReportTable(title="各县学校和学生的地区构成", columns=columns, rows=rows)


def is_missing(value: Any) -> bool:
    """Whether a single value is missing (None, NA, NaN, NaT)."""
    return value is None or value is pd.NA or bool(value != value)


def records(frame: pd.DataFrame) -> list[Row]:
    """Rows as plain mappings with text keys."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
