"""Tables of the whole regime: its parts, its items, the schools behind them, what rests on concessions.

Like :mod:`balance_analysis.views.tables`, frames to report tables; nothing is computed here.
"""

from __future__ import annotations

import pandas as pd

from balance_analysis.regimes import Regime
from balance_analysis.views.elements.display import Cell, Column, ReportTable
from balance_analysis.words import labels


def group_table(groups: pd.DataFrame, items: pd.DataFrame) -> ReportTable:
    """Outcome of each part of the regime and of the county as a whole."""
    rows: list[list[object]] = [
        [
            labels.GROUPS.get(row["group"], row["group"]),
            Cell(labels.OUTCOMES[row["outcome"]], row["outcome"]),
            row["n_items"],
            row["n_met"],
            row["n_not_met"],
            row["n_not_assessable"],
            "、".join(item_labels(row["failing"], items)),
            "、".join(item_labels(row["unknown"], items)),
        ]
        for row in groups.to_dict("records")
    ]
    columns = [
        Column("group", "评估内容"),
        Column("outcome", "结论", align="center"),
        Column("n_items", "项数", kind="integer"),
        Column("n_met", "达标", kind="integer"),
        Column("n_not_met", "未达标", kind="integer"),
        Column("n_unknown", "无法判定", kind="integer"),
        Column("failing", "未达标的项目"),
        Column("unknown", "无法判定的项目"),
    ]
    return ReportTable(
        title="各部分结论",
        columns=columns,
        rows=rows,
        emphasis_rows=[len(rows) - 1] if rows else [],
        notes=["各部分的项目须全部达标；有一项未达标即为未达标，没有未达标但有无法判定的为无法判定。"],
    )


def item_label(item: str, name: str) -> str:
    """``B10`` for numbered items, the name for the others."""
    return item if item[1:].isdigit() else name


def item_labels(ids: str, items: pd.DataFrame) -> list[str]:
    """Labels of the items whose ids stand in ``ids``, joined by ``;``; an empty text names none.

    >>> item_labels("B10;satisfaction", pd.DataFrame({"item": ["satisfaction"], "name": ["公众满意度"]}))
    ['B10', '公众满意度']
    """
    names = dict(zip(items["item"], items["name"], strict=True))
    return [item_label(item, names.get(item, item)) for item in ids.split(";") if item]


def item_table(items: pd.DataFrame, group: str) -> ReportTable:
    """Requirement, finding and outcome of every item of one part."""
    rows = [
        [
            item_label(row["item"], row["name"]),
            row["requirement"],
            row["detail"],
            Cell(labels.OUTCOMES[row["outcome"]], row["outcome"]),
        ]
        for row in items[items["group"] == group].to_dict("records")
    ]
    columns = [
        Column("item", "项目"),
        Column("requirement", "要求"),
        Column("detail", "情况"),
        Column("outcome", "结论", align="center"),
    ]
    return ReportTable(
        title=f"{labels.GROUPS.get(group, group)}逐项情况", columns=columns, rows=rows, compact=True
    )


def item_school_table(item_schools: pd.DataFrame, items: pd.DataFrame) -> ReportTable:
    """Schools behind the items that are not met, with what is missing in natural units.

    Schools with the same finding share a row; those that differ stand together, each with its own
    finding in brackets.
    """
    names = dict(zip(items["item"], items["name"], strict=True))
    details: dict[tuple[str, str], dict[str, list[str]]] = {}
    for row in item_schools.to_dict("records"):
        stage = "全校" if row["stage"] in ("", "all") else labels.STAGES[row["stage"]]
        schools = details.setdefault((row["item"], stage), {})
        schools.setdefault(row["school_name"], []).append(row["detail"])
    rows: list[list[object]] = []
    for (item, stage), schools in details.items():
        alike: dict[str, list[str]] = {}
        for school, found in schools.items():
            alike.setdefault("；".join(found), []).append(school)
        name = f"{item_label(item, '')} {names[item]}".strip()
        shared = {text: of for text, of in alike.items() if len(of) > 1 or len(alike) == 1}
        rows += [[name, stage, len(of), text, "、".join(of)] for text, of in shared.items()]
        single = [f"{of[0]}（{text}）" for text, of in alike.items() if text not in shared]
        if single:
            rows.append([name, stage, len(single), "各校不同，见右栏", "、".join(single)])
    columns = [
        Column("item", "项目"),
        Column("stage", "范围"),
        Column("count", "学校数", kind="integer"),
        Column("detail", "情况"),
        Column("schools", "学校"),
    ]
    return ReportTable(title="未达标项目涉及的学校", columns=columns, rows=rows, compact=True)


def concession_table(resting: pd.DataFrame, regime: Regime) -> ReportTable:
    """Verdicts that hold only because a concession is used."""
    rows = []
    for row in resting.to_dict("records"):
        names = [
            row.get("school_name"),
            row.get("item"),
            row.get("group"),
            row.get("rule"),
            row.get("indicator"),
        ]
        said = "　".join(str(name) for name in names if isinstance(name, str) and name)
        rows.append(
            [
                said,
                Cell(labels.OUTCOMES[row["outcome"]], row["outcome"]),
                Cell(labels.OUTCOMES[row["outcome_without"]], row["outcome_without"]),
            ]
        )
    columns = [
        Column("what", "结论对象"),
        Column("with", "采用宽限", align="center"),
        Column("without", "不采用宽限", align="center"),
    ]
    used = "；".join(
        f"{overlay.name}（{overlay.id}）" for overlay in regime.overlays if overlay.level == "concession"
    )
    return ReportTable(
        title="仅因宽限条款而成立的结论", columns=columns, rows=rows, notes=[f"采用的宽限条款：{used}。"]
    )
