"""League tables of the region overview: ranks as people read them; ranking itself happens in ``overview``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from balance_analysis.regimes import Regime
from balance_analysis.terms import COMPOSITE
from balance_analysis.views.county.tables import status
from balance_analysis.views.elements.display import Column, ReportTable
from balance_analysis.views.overview_tables import Row, is_missing, records
from balance_analysis.words import labels
from balance_analysis.words.subjects import indicator_label


def league_summary_table(league: pd.DataFrame, stage: str) -> ReportTable | None:
    """Composite coefficient and share of schools that pass the whole rule, with ranks; None without any rank."""
    chosen = league[(league["stage"] == stage) & league["indicator"].isin([COMPOSITE, "all"])]
    limits = chosen.loc[chosen["measure"] == "cv", "limit"].dropna().unique()
    notes = [f"综合差异系数限值≤{limit:.2f}。" for limit in limits] or [
        "综合差异系数在本办法中没有限值，只作比较。"
    ]
    if (chosen["measure"] == "schools_met_share").any():
        notes.append("达标学校比例：按评估办法对学校的全部要求判定，不是单项指标。")
    title = f"{labels.STAGES[stage]}总体排名"
    return _league(chosen, ("cv", "schools_met_share"), title, "综合差异系数", notes=notes)


def league_indicator_table(
    league: pd.DataFrame, regime: Regime, stage: str, indicator: str
) -> ReportTable | None:
    """One indicator's mean, coefficient and share of passing schools with ranks; None without any rank."""
    chosen = league[(league["stage"] == stage) & (league["indicator"] == indicator)]
    entry = regime.indicator(indicator)
    school, spread = (regime.limit(indicator, measure, stage) for measure in ("school_value", "cv"))
    limits = [f"学校标准值≥{school.value}{entry.unit}"] if school else []
    limits += [f"差异系数限值≤{spread.value}"] if spread else []
    title = f"{labels.STAGES[stage]}{indicator_label(regime, indicator)}排名"
    return _league(
        chosen,
        tuple(labels.MEASURES),
        title,
        "差异系数",
        mean_unit=entry.unit,
        mean_decimals=entry.decimals,
        notes=["；".join(limits) + "。"] if limits else (),
    )


def _league(
    chosen: pd.DataFrame,
    measures: Sequence[str],
    title: str,
    cv_name: str,
    *,
    mean_unit: str = "",
    mean_decimals: int = 2,
    notes: Sequence[str] = (),
) -> ReportTable | None:
    shown = [name for name in measures if chosen.loc[chosen["measure"] == name, "rank"].notna().any()]
    if not shown:
        return None
    by_county: dict[str, dict[str, Row]] = {}
    for row in records(chosen):
        by_county.setdefault(row["division_code"], {})[row["measure"]] = row
    ranked = [cells for cells in by_county.values() if any(_ranks(cells, shown))]
    lead = "cv" if "cv" in shown else shown[0]
    ranked.sort(key=lambda cells: (_place(cells, lead), [_place(cells, name) for name in shown]))
    kinds: dict[str, dict[str, Any]] = {
        "mean": {"kind": "number", "decimals": mean_decimals},
        "cv": {"kind": "number", "decimals": 3},
        "schools_met_share": {"kind": "percent"},
    }
    columns = [
        Column("county", "区县"),
        Column("year", "学年", align="center"),
        Column("n_schools", "校数", kind="integer"),
        Column("enrolment", "学生数", kind="integer"),
    ]
    for name in shown:
        heading = cv_name if name == "cv" else labels.MEASURES[name]
        unit = mean_unit if name == "mean" else ""
        columns.append(Column(name, "数值", unit=unit, group=heading, **kinds[name]))
        columns.append(Column(f"{name}_rank", "名次", align="center", group=heading))
    rows = []
    for cells in ranked:
        any_row = next(iter(cells.values()))
        line: list[object] = [
            any_row["county"],
            str(any_row["year"]),
            any_row["n_schools"],
            any_row["enrolment"],
        ]
        for column, name in zip(columns[4::2], shown, strict=True):
            found = cells.get(name)
            value = None if found is None else column.cell(found["value"], status(found["outcome"]))
            line += [value, rank_text(found)]
        rows.append(line)
    return ReportTable(title=title, columns=columns, rows=rows, notes=notes)


def _ranks(cells: Mapping[str, Row], shown: Sequence[str]) -> list[bool]:
    return [name in cells and not is_missing(cells[name]["rank"]) for name in shown]


def _place(cells: Mapping[str, Row], name: str) -> float:
    return float(cells[name]["rank"]) if _ranks(cells, [name])[0] else float("inf")


def rank_text(row: Row | None) -> str:
    """``2``, ``2（并列）``, or 不排名 for a county without that rank."""
    if row is None or is_missing(row["rank"]):
        return "不排名"
    return f"{row['rank']}（并列）" if row["tied"] else str(row["rank"])


def unranked_table(unranked: pd.DataFrame, regime: Regime | None) -> ReportTable:
    """Who is in which ranking not, and why: listed apart, never last."""
    rows = []
    for row in records(unranked):
        names = str(row["indicators"]).split(";") if row["indicators"] else []
        what = "、".join("全部学校规则" if name == "all" else _short(regime, name) for name in names)
        measures = "、".join(labels.MEASURES[name] for name in str(row["measures"]).split(";") if name)
        stage = labels.STAGES[row["stage"]] if row["measures"] else "各学段"
        rows.append([row["county"], stage, what or "全部指标", measures or "全部排名", row["reason"]])
    columns = [
        Column("county", "区县"),
        Column("stage", "学段", align="center"),
        Column("indicators", "指标"),
        Column("measures", "未参加的排名"),
        Column("reason", "原因"),
    ]
    return ReportTable(title="未参加排名的县和原因", columns=columns, rows=rows, compact=True)


def _short(regime: Regime | None, name: str) -> str:
    return name if regime is None else indicator_label(regime, name, short=True)
