"""Tables of the region overview: frames of many counties as people read them; nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from balance_analysis.errors import Issue
from balance_analysis.overview import AcceptanceStatus
from balance_analysis.regimes import Regime
from balance_analysis.terms import ALL_STAGES, COMPOSITE, Outcome
from balance_analysis.verdicts.values import NO_LIMIT
from balance_analysis.views.elements import Cell, Column, ReportTable, worded_table
from balance_analysis.words import labels, numbers, say
from balance_analysis.words.numbers import is_missing
from balance_analysis.words.subjects import indicator_label

Row = dict[str, Any]

MARKS: Final[Mapping[str, str]] = {
    AcceptanceStatus.MET: Outcome.MET,
    AcceptanceStatus.LATE: Outcome.NOT_MET,
    AcceptanceStatus.OPEN: "",
    AcceptanceStatus.UNSCHEDULED: "",
}
"""The outcome whose mark an acceptance status carries; all others are marked as not assessable."""
ISSUES_SHOWN: Final = 10
STATUSES: Final = ("原文", "推算")
"""Published figures that are printed: those read or computed, none from memory."""


def acceptance_mark(status: str) -> str:
    """The outcome whose mark goes with an acceptance status; empty for none."""
    return MARKS.get(AcceptanceStatus(status), Outcome.NOT_ASSESSABLE)


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
    failed = ["failed"] if (counties["status"] == "failed").any() else []
    return worded_table("region.counties", rows, notes=["counting", *failed])


def _outcome(outcome: str) -> Cell:
    if not outcome:
        return Cell(labels.ACCEPTANCES[AcceptanceStatus.FAILED], Outcome.NOT_ASSESSABLE)
    return Cell(labels.OUTCOMES[outcome], outcome)


def failures_table(failures: Sequence[tuple[str, str, Sequence[Issue]]]) -> ReportTable:
    """Counties and files without an assessment, with what has to be put right first."""
    rows: list[list[object]] = []
    more = ""
    for county, message, issues in failures:
        if not issues:
            rows.append([county, None, message, None])
        for issue in issues[:ISSUES_SHOWN]:
            said = (
                say("region.found", message=issue.message, found=issue.found)
                if issue.found
                else issue.message
            )
            rows.append([county, str(issue.place), said, issue.remedy])
        if len(issues) > ISSUES_SHOWN:
            more += say("region.more_issues", county=county, n=len(issues), most=ISSUES_SHOWN)
    table = worded_table("region.failures", rows, compact=True)
    return table if not more else worded_table("region.failures", rows, compact=True, source=more)


def composition_table(composition: pd.DataFrame, strata: Mapping[str, str]) -> ReportTable:
    """How each county's pupils are spread over the strata of the files, by stage."""
    found = list(dict.fromkeys(composition["stratum"]))
    names = [name for name in strata if name in found] + [name for name in found if name not in strata]
    rows = []
    for (stage, _), group in composition.groupby(["stage", "division_code"], sort=False):
        of_county = {row["stratum"]: row for row in records(group)}
        line: list[object] = [labels.STAGES[str(stage)], next(iter(of_county.values()))["county"]]
        for name in names:
            row = of_county.get(name)
            line += [0, 0.0] if row is None else [row["n_schools"], row["share"]]
        rows.append(line)
    columns = []
    for name in names:
        group_label = strata.get(name, labels.UNKNOWN_STRATUM)
        columns.append(
            Column(f"{name}_schools", labels.N_SCHOOLS, unit="所", kind="integer", group=group_label)
        )
        columns.append(Column(f"{name}_share", labels.SHARE_OF_PUPILS, kind="percent", group=group_label))
    return worded_table("region.composition", rows, more=columns)


def matrix_table(league: pd.DataFrame, regime: Regime, measure: str) -> ReportTable | None:
    """One measure of every county by indicator with its rank, both stages under each other; None without any rank."""
    chosen = league[(league["measure"] == measure) & league["value"].notna()]
    if not chosen["rank"].notna().any():
        return None
    whole = COMPOSITE if measure == "cv" else ALL_STAGES
    shown = [
        name
        for name in (*(entry.id for entry in regime.indicators), whole)
        if name in set(chosen["indicator"])
    ]
    alike = {name for name, rows in chosen.groupby("indicator") if (rows["value"] == 1).all()} - {whole}
    hidden = [name for name in shown if measure != "cv" and name in alike]
    shown = [name for name in shown if name not in hidden]
    cells = {
        (row["stage"], row["division_code"], row["indicator"]): row
        for row in records(league[league["measure"] == measure])
    }
    rows = []
    for stage, code in dict.fromkeys((stage, code) for stage, code, _ in cells):
        of_county = [cells.get((stage, code, name)) for name in shown]
        county = next(row["county"] for row in of_county if row is not None)
        rows.append([labels.STAGES[stage], county, *(_matrix_cell(row, measure) for row in of_county)])
    columns = [
        Column(
            name,
            labels.WHOLE_RULE if name == ALL_STAGES else indicator_label(regime, name, short=True),
            align="right",
        )
        for name in shown
    ]
    notes: list[str] = ["ranks"]
    figures: dict[str, object] = {"names": [indicator_label(regime, name, short=True) for name in hidden]}
    if measure == "cv":
        limits = _limits(chosen, regime)
        notes.insert(0, "limits" if limits else "no_limit")
        figures["limits"] = limits
    elif whole in shown:
        notes.insert(0, "whole")
    notes += ["hidden"] if hidden else []
    return worded_table(
        f"region.{measure}",
        rows,
        more=columns,
        notes=notes,
        figures=figures,
        compact=True,
        landscape=measure == "cv",
    )


def _matrix_cell(row: Row | None, measure: str) -> Cell | None:
    if row is None or is_missing(row["value"]):
        return None
    value = (
        numbers.coefficient(row["value"], limit=None if is_missing(row["limit"]) else row["limit"])
        if measure == "cv"
        else numbers.percent(row["value"])
    )
    if not is_missing(row["rank"]):
        value = say("region.rank", value=value, rank=int(row["rank"]))
    return Cell(value, "" if row["outcome"] in ("", NO_LIMIT, Outcome.MET) else row["outcome"])


def _limits(chosen: pd.DataFrame, regime: Regime) -> list[str]:
    """The limits of the coefficients by stage, with what they are for where that is not everything shown."""
    found: dict[tuple[str, float], list[str]] = {}
    for stage, indicator, limit in chosen[["stage", "indicator", "limit"]].dropna().itertuples(index=False):
        found.setdefault((stage, float(limit)), []).append(indicator)
    shown = chosen.groupby("stage")["indicator"].nunique()
    texts = []
    for (stage, limit), indicators in found.items():
        names = dict.fromkeys(indicator_label(regime, one, short=True) for one in indicators)
        every = len(names) == shown[stage] - (COMPOSITE not in indicators)
        text = f"{labels.STAGES[stage]} {labels.RELATIONS['at_most']} {numbers.limit_text(limit)}"
        if len(names) < shown[stage]:
            text += f"（{labels.EVERY_INDICATOR if every else '、'.join(names)}）"
        texts.append(text)
    return texts


def unranked_table(unranked: pd.DataFrame, regime: Regime | None) -> ReportTable:
    """Who is in which ranking not, and why: listed apart, never last."""
    rows = []
    for row in records(unranked):
        names = str(row["indicators"]).split(";") if row["indicators"] else []
        what = "、".join(
            labels.WHOLE_RULE
            if name == ALL_STAGES or regime is None
            else indicator_label(regime, name, short=True)
            for name in names
        )
        measures = "、".join(labels.MEASURES[name] for name in str(row["measures"]).split(";") if name)
        stage = labels.STAGES[row["stage"]] if row["measures"] else labels.EVERY_STAGE
        rows.append(
            [
                row["county"],
                stage,
                what or labels.EVERY_INDICATOR,
                measures or labels.EVERY_RANKING,
                row["reason"],
            ]
        )
    return worded_table("region.unranked", rows, compact=True)


def schedule_report_table(schedule: pd.DataFrame, documents: Sequence[str]) -> ReportTable:
    """Counties by planned year: years left, status, what is not met yet."""
    rows = []
    for row in records(schedule):
        status = str(row["status"])
        judged = not is_missing(row["limits_judged"])
        rows.append(
            [
                None if is_missing(row["planned_year"]) else f"{row['planned_year']}",
                row["county"],
                None if is_missing(row["year"]) else f"{row['year']}",
                None if status == AcceptanceStatus.NOT_COMPARABLE else row["years_left"],
                Cell(labels.ACCEPTANCES[status], acceptance_mark(status)),
                _outcome(row["outcome"]) if row["outcome"] else None,
                _outcome(row["overall_outcome"]) if row["overall_outcome"] else None,
                _open_items(row) if judged else None,
            ]
        )
    given = schedule.loc[schedule["basis"].str.startswith(labels.GIVEN), "county"]
    notes = ["reading"]
    notes += ["not_comparable"] if (schedule["status"] == AcceptanceStatus.NOT_COMPARABLE).any() else []
    notes += ["given"] if len(given) else []
    return worded_table(
        "region.schedule",
        rows,
        notes=notes,
        figures={"counties": list(given)},
        source="；".join(documents),
        compact=True,
    )


def _open_items(row: Row) -> str:
    missed, unknown = (_items(row[name]) for name in ("items_not_met", "items_unknown"))
    said = say("region.not_met_and_unknown", not_met=missed, unknown=unknown)
    return said.removeprefix("；") or labels.NONE


def _items(text: str) -> str:
    names = {**labels.GROUPS, **labels.ITEMS}
    return "、".join(names.get(name, name) for name in text.split(";") if name)


def _distance(row: Row) -> str:
    """How far it is; where schools cannot be judged, from how many to how many; where nothing is known, that."""
    decimals = 0 if row["rule"] == "schools" else numbers.CV_DECIMALS
    if row["distance_lowest"] < row["distance_highest"]:
        low, high = (numbers.fixed(row[f"distance_{edge}"], decimals) for edge in ("lowest", "highest"))
        return say("region.range", low=low, high=high)
    if is_missing(row["distance"]):
        return labels.UNKNOWN
    if decimals and 0 < row["distance"] < 0.0005:
        return numbers.small(row["distance"])
    return numbers.fixed(row["distance"], decimals)


def _passing_now(row: Row) -> str:
    """How many schools pass; where some cannot be judged, from how many to how many."""
    low, high = (numbers.fixed(row["limit"] - row[f"distance_{edge}"], 0) for edge in ("highest", "lowest"))
    return low if low == high else say("region.range", low=low, high=high)


def pace_table(distances: pd.DataFrame, regime: Regime, order: Sequence[str]) -> ReportTable:
    """Every limit that is not met yet or cannot be judged, with the yearly progress that the planned year asks for."""
    rows = []
    for code in order:
        of_county = distances[distances["division_code"] == code]
        for row in records(of_county[of_county["outcome"].isin([Outcome.NOT_MET, Outcome.NOT_ASSESSABLE])]):
            schools = row["rule"] == "schools"
            what = labels.PASSING_SCHOOLS if schools else _coefficient_name(regime, row["indicator"])
            value = _passing_now(row) if schools else numbers.coefficient(row["value"], limit=row["limit"])
            limit = numbers.fixed(row["limit"], 0) if schools else numbers.limit_text(row["limit"])
            late = not is_missing(row["years_left"]) and row["years_left"] <= 0
            pace = numbers.fixed(row["pace_needed"], 1 if schools else numbers.CV_DECIMALS)
            rows.append(
                [
                    row["county"],
                    labels.STAGES[row["stage"]],
                    what,
                    value,
                    f"{labels.RELATIONS[row['relation']]} {limit}",
                    Cell(_distance(row), row["outcome"]),
                    row["years_left"],
                    labels.DUE if late else pace,
                ]
            )
    return worded_table("region.pace", rows, compact=True, notes=["reading"])


def _coefficient_name(regime: Regime, indicator: str) -> str:
    name = indicator_label(regime, indicator, short=True)
    return name if indicator == COMPOSITE else f"{name}{labels.MEASURES['cv']}"


def certified_table(figures: pd.DataFrame, balance: str) -> ReportTable:
    """Certified counties of the nation by year; each figure with its status beside it."""
    parts = [part for part in labels.SERIES_PARTS if (figures["series"] == f"{balance}_{part}").any()]
    rows = []
    for year in dict.fromkeys(figures["year"]):
        of_year = {row["series"]: row for row in records(figures[figures["year"] == year])}
        line: list[object] = [year]
        for part in parts:
            row = of_year.get(f"{balance}_{part}")
            line += [None, None] if row is None else [numbers.plain(row["value"]), row["status"]]
        told = dict.fromkeys(
            text for row in of_year.values() for text in (row["source"], row["note"]) if text
        )
        rows.append([*line, "；".join(told)])
    columns = []
    for part in parts:
        unit, name = "%" if part == "share" else "个", labels.SERIES_PARTS[part]
        columns.append(Column(part, labels.VALUE, unit=unit, align="right", group=name))
        columns.append(Column(f"{part}_status", labels.STATUS, align="center", group=name))
    columns.append(Column("source", labels.SOURCE_AND_NOTE))
    return worded_table(
        "region.certified", rows, more=columns, notes=["status"], figures={"balance": balance}, compact=True
    )


def floor_area_table(figures: pd.DataFrame) -> ReportTable:
    """Primary-school floor area of the nation by urban, town and rural."""
    cells = {(row["series"], row["area"]): row for row in records(figures)}
    areas = ("total", "urban", "town", "rural")
    rows = [
        [
            name,
            *(cells[series, area]["value_wan_m2"] for area in areas),
            "、".join(dict.fromkeys(cells[series, area]["status"] for area in areas)),
        ]
        for series, name in labels.SERIES.items()
    ]
    told = dict.fromkeys(text for row in records(figures) for text in (row["source"], row["note"]) if text)
    year = str(figures["year"].iloc[0])
    return worded_table("region.floor_area", rows, figures={"year": year}, source="；".join(told))


def records(frame: pd.DataFrame) -> list[Row]:
    """Rows as plain mappings with text keys."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
