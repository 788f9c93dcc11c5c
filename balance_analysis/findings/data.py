"""What is missing, whose it is to file, and what the checks ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from balance_analysis.findings.case import Case
from balance_analysis.findings.model import CATALOGUE, Finding, Kind, Tone
from balance_analysis.findings.verdict import named
from balance_analysis.statements import Statement
from balance_analysis.verdicts.items import OVERALL
from balance_analysis.workbook.layouts import SheetLayout, load_layout, own_headers

KINDS = (
    Kind(id="data.stage_without_schools", tone=Tone.OPEN),
    Kind(id="data.schools_blank", tone=Tone.OPEN),
    Kind(id="data.blanks_together", tone=Tone.OPEN),
    Kind(id="data.open_together", tone=Tone.OPEN, excludes=frozenset({"verdict.met"})),
    Kind(id="data.item_open", tone=Tone.OPEN, group="open"),
    Kind(id="data.questions", tone=Tone.PLAIN),
    Kind(id="data.left_out", tone=Tone.PLAIN),
)
CATALOGUE.add(*KINDS)


def find(case: Case) -> Iterator[Finding]:
    """Absent stages, blanks of schools by indicator, open items, questions of the checks, schools left out."""
    county = case.county
    expected = dict.fromkeys(str(stage) for entry in county.regime.scope for stage in entry.stages)
    for stage in expected:
        if stage not in county.stages:
            yield Finding(id="data.stage_without_schools", subject=stage, figures={"stage": stage})
    found = [*blanks(case)]
    yield from found
    if found:
        names = [Statement("county.stage_indicator", one.figures) for one in found]
        schools = dict.fromkeys(name for one in found for name in _listed(one, "schools"))
        figures = {"n": len(schools), "names": names, "schools": list(schools)}
        yield Finding(id="data.blanks_together", figures=figures)
    opened = [*open_items(case)]
    yield from opened
    if opened:
        yield Finding(id="data.open_together", figures={"n": len(opened), "groups": _by_filer(opened)})
    questions = sum(issue.severity == "soft" for issue in county.issues)
    if questions:
        yield Finding(id="data.questions", figures={"n": questions})
    excluded = county.excluded[county.excluded["year"] == county.year]
    if len(excluded):
        figures = {"n": excluded["school_name"].nunique()}
        yield Finding(id="data.left_out", figures=figures, frame="excluded", rows=tuple(excluded.index))


def blanks(case: Case) -> Iterator[Finding]:
    """Fields that schools left blank or that contradict each other, by stage and indicator; the schools file them."""
    indicators, headers = case.county.current("indicators"), own_headers()
    missing = indicators[indicators["missing"] != ""]
    for (stage, indicator), rows in missing.groupby(["stage", "indicator"], sort=False):
        fields = dict.fromkeys(name for text in rows["missing"] for name in str(text).split("、"))
        figures = {
            "stage": stage,
            "name": case.county.regime.indicator(str(indicator)).short_name,
            "n": len(rows),
            "schools": list(rows["school_name"]),
            "fields": [headers.get(name, name) for name in fields],
        }
        yield Finding(
            id="data.schools_blank", subject=f"{stage}/{indicator}", figures=figures, frame="indicators",
            rows=tuple(rows.index),
        )  # fmt: skip


def open_items(case: Case) -> Iterator[Finding]:
    """Items that cannot be judged, why, and who files what is missing."""
    groups = case.county.groups
    unknown = groups.loc[groups["group"] == OVERALL, "unknown"].iloc[0].split(";")
    items = case.county.items
    for place, row in items[items["item"].isin(unknown) & (items["kind"] != "resource")].iterrows():
        detail = str(row["detail"]).rstrip("。")
        sheets = _sheets(str(row["missing"]))
        office = row["responsible_office"] or _planned_office(case, row["item"])
        figures = {
            "what": named(case, row["item"]),
            "detail": detail,
            "office": "" if office in detail else office,
            "filing_office": office,
            "filing_schools": [] if office else _lacking_schools(case, str(row["missing"])),
            "sheets": [sheet.name for sheet in sheets],
            "filers": [] if office else [{"table": sheet.table} for sheet in sheets],
        }
        yield Finding(
            id="data.item_open", subject=row["item"], figures=figures, frame="items", rows=(int(str(place)),),
            clause=row["clause"],
        )  # fmt: skip


def _lacking_schools(case: Case, missing: str) -> list[str]:
    """The assessed schools that left one of the fields blank; a field of one stage concerns those with pupils of it."""
    county = case.county
    rows = county.tables.schools
    codes = county.current("schools")["school_code"]
    rows = rows[(rows["school_year"] == county.year) & rows["school_code"].isin(codes)]
    lacking = pd.Series(False, index=rows.index)
    for name in (name for name in missing.split("、") if name in rows):
        stage = next((stage for stage in county.stages if name.startswith(stage)), None)
        concerned = True if stage is None else rows[f"{stage}_enrolment"] > 0
        lacking |= rows[name].isna() & concerned
    return list(rows.loc[lacking, "school_name"])


def _by_filer(opened: list[Finding]) -> list[dict[str, Any]]:
    """Open items by where they are filed and by whom, in the order in which these first appear."""
    groups: dict[str, dict[str, Any]] = {}
    for one in opened:
        filed = {name: one.figures[name] for name in ("sheets", "filers", "filing_office", "filing_schools")}
        if filed["filing_schools"]:
            filed["filers"] = []
        groups.setdefault(repr(filed), filed | {"items": []})["items"].append(one.figures["what"])
    return list(groups.values())


def _listed(one: Finding, name: str) -> list[str]:
    listed = one.figures[name]
    assert isinstance(listed, list)
    return listed


def _planned_office(case: Case, item: Any) -> str:
    tasks = case.tasks
    return next(iter(tasks.loc[tasks["item"] == item, "responsible_offices"]), "")


def _sheets(missing: str) -> list[SheetLayout]:
    """The sheets of our template in which the missing fields stand; the evidence sheet where no field is missing."""
    layout, fields = load_layout("own_template"), set(missing.split("、")) - {""}
    if not fields:
        return [sheet for sheet in layout.sheets if sheet.table == "evidence"]
    return [sheet for sheet in layout.sheets if fields & {entry.name for entry in sheet.fields}]
