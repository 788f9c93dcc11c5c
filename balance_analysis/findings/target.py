"""Will the county make it by its target year: over every coefficient, every school and every item of the regime.

Each of them (a :class:`Matter`) has one status, by one rule (:func:`status_of`): in a target year that has come what is; before it
the probability where one can be stated, else the pace of the last years where there are enough of them, else what is now. An item
of the regime has no past: it is met now, must be put right, or cannot be judged. The answer follows from the statuses, the worst first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from balance_analysis.explain.projection import TOO_FEW_YEARS, Course, Outlook
from balance_analysis.findings.case import Case, once
from balance_analysis.findings.model import CATALOGUE, Finding, Kind, Tone
from balance_analysis.findings.parts import Row, subject
from balance_analysis.findings.verdict import conceded, named
from balance_analysis.statements import Statement
from balance_analysis.terms import ALL_STAGES, COMPOSITE, Outcome

RESOURCES = "resource_allocation"
RESOURCE_KIND, CHECK_KIND = "resource", "check"


class Status(StrEnum):
    """What is said of one matter; the values are ids of labels. The order is that of the answer's clauses."""

    MISSED = "missed"
    UNLIKELY = "unlikely"
    PACE_MISSES = "pace_misses"
    SLIPS = "slips"
    TO_DO = "to_do"
    OPEN = "open"
    UNCERTAIN = "uncertain"
    NOT_MET_NOW = "not_met_now"
    PACE_REACHES = "pace_reaches"
    LIKELY = "likely"
    KEEPS = "keeps"
    MET_NOW = "met_now"
    DONE_NOW = "done_now"
    REACHED = "reached"


FACTS: Mapping[str, Status] = {
    Outcome.MET: Status.REACHED,
    Outcome.NOT_MET: Status.MISSED,
    Outcome.NOT_ASSESSABLE: Status.OPEN,
}
"""In a target year that has come."""
BY_COURSE: Mapping[str, Status] = {
    Course.ON_TRACK: Status.LIKELY,
    Course.AT_RISK: Status.UNCERTAIN,
    Course.OFF_TRACK: Status.UNLIKELY,
}
BY_PACE: Mapping[str, Status] = {
    Outlook.STAYS_MET: Status.KEEPS,
    Outlook.SLIPS: Status.SLIPS,
    Outlook.REACHES: Status.PACE_REACHES,
    Outlook.TOO_SLOW: Status.PACE_MISSES,
    Outlook.MOVES_AWAY: Status.PACE_MISSES,
}
NOW: Mapping[str, Status] = {
    Outcome.MET: Status.MET_NOW,
    Outcome.NOT_MET: Status.NOT_MET_NOW,
    Outcome.NOT_ASSESSABLE: Status.OPEN,
}
ITEM_NOW: Mapping[str, Status] = {
    Outcome.MET: Status.DONE_NOW,
    Outcome.NOT_MET: Status.TO_DO,
    Outcome.NOT_ASSESSABLE: Status.OPEN,
}
NAMED = frozenset(Status) - {Status.LIKELY, Status.KEEPS, Status.MET_NOW, Status.DONE_NOW, Status.REACHED}
"""Statuses whose matters are named; of the others the number is told."""


@dataclass(frozen=True, kw_only=True)
class Matter:
    """One thing that must hold: a coefficient, the schools of a stage, an item, or a part that no such thing explains.

    ``row`` is its row of the verdicts or items, ``series`` that of the projection (None where it has no past).
    """

    name: Statement
    kind: str
    stage: str
    status: Status
    row: Row
    series: Row | None = None


def status_of(outcome: str, *, reached: bool, series: Row | None, item: bool = False) -> Status:
    """THE status of a matter; ``outcome`` is what the law says of it now, ``reached`` whether the target year has come."""
    if reached:
        return FACTS[outcome]
    if item:
        return ITEM_NOW[outcome]
    if outcome == Outcome.NOT_ASSESSABLE or series is None:
        return NOW[outcome]
    if pd.notna(series["probability"]):
        return BY_COURSE[str(series["course"])]
    return BY_PACE.get(str(series["outlook"]), NOW[outcome])


@once
def matters(case: Case) -> tuple[Matter, ...]:
    """Everything the county's overall outcome rests on, with its status; empty without a target year."""
    county = case.county
    if county.target_year is None:
        return ()
    reached = county.year >= county.target_year
    found = [*_of_resources(case, reached), *_of_items(case, reached)]
    for group in county.groups.to_dict("records"):
        if group["group"] == RESOURCES and group["outcome"] != Outcome.MET:
            explained = {one.row["outcome"] for one in found if one.kind != "item"}
            if group["outcome"] not in explained:
                status = FACTS[group["outcome"]] if reached else NOW[group["outcome"]]
                name = Statement("item.group", {"group": RESOURCES})
                found.append(Matter(name=name, kind="group", stage=ALL_STAGES, status=status, row=group))
    return tuple(found)


def _of_resources(case: Case, reached: bool) -> Iterator[Matter]:
    county, series = case.county, _series(case)
    rows = county.current("verdicts")
    each = bool((rows["rule"] == "stage_coefficients").any())
    for row in rows.to_dict("records"):
        coefficient = row["rule"] == "coefficient" and (row["indicator"] != COMPOSITE or not each)
        if row["outcome"] not in FACTS or not (coefficient or row["rule"] == "schools"):
            continue
        if coefficient:
            key = (row["stage"], row["indicator"], "cv")
            name = subject(county.regime, row)
            if row["indicator"] != COMPOSITE:
                name = Statement("target_name.coefficient", {"subject": name})
        else:
            key = (row["stage"], ALL_STAGES, "schools_met_share")
            name = Statement("target_name.schools", {"stage": row["stage"]})
        past = series.get(key)
        status = status_of(row["outcome"], reached=reached, series=past)
        yield Matter(name=name, kind=row["rule"], stage=row["stage"], status=status, row=row, series=past)


def _of_items(case: Case, reached: bool) -> Iterator[Matter]:
    items = case.county.items
    for row in items[~items["kind"].isin([RESOURCE_KIND, CHECK_KIND])].to_dict("records"):
        status = status_of(row["outcome"], reached=reached, series=None, item=True)
        yield Matter(name=named(case, row["item"]), kind="item", stage=ALL_STAGES, status=status, row=row)


def _series(case: Case) -> dict[tuple[str, str, str], Row]:
    rows = case.diagnosis.projection
    return (
        {}
        if rows.empty
        else {(row["stage"], row["indicator"], row["measure"]): row for row in rows.to_dict("records")}
    )


# --- the answer -----------------------------------------------------------------------------------------

ANSWERS = (
    Kind(id="target.none", tone=Tone.OPEN, group="target.answer"),
    Kind(id="target.plan_over", tone=Tone.PLAIN, group="target.answer"),
    Kind(id="target.reached_met", tone=Tone.REASSURING, group="target.answer"),
    Kind(id="target.reached_missed", tone=Tone.ADVERSE, group="target.answer"),
    Kind(id="target.reached_open", tone=Tone.OPEN, group="target.answer"),
    Kind(id="target.unlikely", tone=Tone.ADVERSE, group="target.answer"),
    Kind(id="target.too_slow", tone=Tone.ADVERSE, group="target.answer"),
    Kind(id="target.to_do", tone=Tone.ADVERSE, group="target.answer"),
    Kind(id="target.open", tone=Tone.OPEN, group="target.answer"),
    Kind(id="target.uncertain", tone=Tone.OPEN, group="target.answer"),
    Kind(id="target.unknown", tone=Tone.OPEN, group="target.answer"),
    Kind(id="target.within_reach", tone=Tone.PLAIN, group="target.answer"),
    Kind(id="target.likely", tone=Tone.REASSURING, group="target.answer"),
    Kind(id="target.no_trend", tone=Tone.OPEN, group="target.answer"),
    Kind(id="target.holds", tone=Tone.REASSURING, group="target.answer"),
)
PROBABILITIES = (
    Kind(id="target.joint", tone=Tone.PLAIN, group="target.joint"),
    Kind(id="target.no_joint_few_years", tone=Tone.OPEN, group="target.joint"),
    Kind(id="target.no_joint", tone=Tone.OPEN, group="target.joint"),
    Kind(id="target.back_test", tone=Tone.PLAIN),
)
CATALOGUE.add(*ANSWERS, *PROBABILITIES)


@once
def find(case: Case) -> Iterator[Finding]:
    """The answer for the target year, then its joint probability or why there is none, then how the methods did."""
    yield answer(case)
    if case.county.target_year is not None and case.county.year < case.county.target_year:
        yield joint(case)
        yield from back_test(case)


def answer(case: Case) -> Finding:
    """The one answer for the target year, over everything the regime judges."""
    county, found = case.county, matters(case)
    if county.target_year is None:
        planned = _planned_before(case)
        if planned is None:
            return Finding("target.none")
        return Finding("target.plan_over", {"year": planned, "outcome": county.overall_outcome})
    overall = county.groups["group"] == "overall"
    rows = tuple(int(place) for place in overall.to_numpy().nonzero()[0])
    figures: dict[str, Any] = {"year": county.target_year, "said": clauses(found, case)}
    if county.overall_outcome == Outcome.MET:
        figures["conceded"] = list(conceded(case))
    return Finding(f"target.{_answer_name(case, found)}", figures, frame="groups", rows=rows)


def _planned_before(case: Case) -> int | None:
    """The target year of the county's plan for this evaluation where it was over before the assessed school year began."""
    county, plan = case.county, case.plan
    if plan is None or not plan.covers(county.division_code) or plan.head.regime != county.regime.id:
        return None
    year = plan.target_year(county.division_code)
    return year if year is not None and year < county.year else None


def _answer_name(case: Case, found: Sequence[Matter]) -> str:
    county, said = case.county, {one.status for one in found}
    overall = county.overall_outcome
    if county.target_year is not None and county.year >= county.target_year:
        return {Outcome.MET: "reached_met", Outcome.NOT_MET: "reached_missed"}.get(
            Outcome(overall), "reached_open"
        )
    together = case.diagnosis.joint["probability"].iloc[-1]
    cut_offs = case.diagnosis.cut_offs
    for name, holds in (
        ("unlikely", Status.UNLIKELY in said or together < cut_offs.off_track),
        ("too_slow", bool(said & {Status.PACE_MISSES, Status.SLIPS})),
        ("to_do", Status.TO_DO in said),
        ("open", Status.OPEN in said or overall == Outcome.NOT_ASSESSABLE),
        ("uncertain", Status.UNCERTAIN in said or together < cut_offs.on_track),
        ("unknown", Status.NOT_MET_NOW in said),
        ("within_reach", overall != Outcome.MET),
        ("likely", together >= cut_offs.on_track),
        ("no_trend", Status.MET_NOW in said),
    ):
        if holds:
            return name
    return "holds"


def clauses(found: Sequence[Matter], case: Case) -> tuple[Statement, ...]:
    """One clause per status, the worst first; the matters of a good status are counted, those of others named."""
    said = []
    for status in Status:
        chosen = [one for one in found if one.status is status]
        if chosen and status in NAMED:
            said.append(Statement(f"target_clause.{status}", {"names": [_named(one) for one in chosen]}))
        elif chosen:
            said.append(Statement(f"target_clause.{status}", {"n": len(chosen)}))
    if not said:
        said.append(Statement("target_clause.nothing", {"county": case.county.county}))
    return tuple(said)


def _named(one: Matter) -> Statement:
    if one.status in (Status.UNLIKELY, Status.UNCERTAIN) and one.series is not None:
        return Statement("target_name.chance", {"name": one.name, "chance": one.series["probability"]})
    return one.name


def joint(case: Case) -> Finding:
    """How likely all coefficients and schools hold together in the target year, or why that is not said."""
    rows = case.diagnosis.joint
    row = rows.iloc[-1].to_dict()
    others = sum(one.kind == "item" for one in matters(case))
    figures: dict[str, Any] = {"year": case.county.target_year, "n_items": others}
    place: dict[str, Any] = {"frame": "joint", "rows": (len(rows) - 1,)}
    if pd.notna(row["probability"]):
        lowest = row["lowest_single"] if row["n_stated"] > 1 else None
        figures |= {"chance": row["probability"], "lowest": lowest}
        return Finding("target.joint", figures, **place)
    if row["reason"] == TOO_FEW_YEARS:
        figures |= {"n": len(case.county.years), "needed": case.diagnosis.cut_offs.minimum_origins + 1}
        return Finding("target.no_joint_few_years", figures, **place)
    return Finding("target.no_joint", figures | {"reason": row["reason"]}, **place)


def back_test(case: Case) -> Iterator[Finding]:
    """How "as last year" did against a straight line on the county's own past; nothing where nothing could be tested."""
    tested = [
        one.series for one in matters(case) if one.series is not None and one.series["n_back_tests"] > 0
    ]
    if tested:
        better = sum(row["last_value_beats_line"] is True for row in tested)
        figures = {"county": case.county.county, "n": len(tested), "better": better}
        yield Finding("target.back_test", figures, frame="projection")
