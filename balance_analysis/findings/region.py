"""What may be said about many counties at once: who is met, who is not, what is missing most often, who is due.

The outcome that allows reassurance is that of all counties together: met only where every county of the files is assessed and met in
everything the law judges.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd

from balance_analysis.findings.case import Case
from balance_analysis.findings.model import CATALOGUE, Finding, Kind, Tone
from balance_analysis.findings.target import CHECK_KIND
from balance_analysis.findings.verdict import conceded
from balance_analysis.overview import AcceptanceStatus, RegionAssessment
from balance_analysis.statements import Beside
from balance_analysis.terms import COMPOSITE, Outcome, Relation, is_numbered
from balance_analysis.verdicts.items import OVERALL

KINDS = (
    Kind(id="region.all_assessed", tone=Tone.PLAIN, group="region.counts"),
    Kind(id="region.some_failed", tone=Tone.OPEN, group="region.counts"),
    Kind(id="region.nothing_assessed", tone=Tone.OPEN, group="region.counts"),
    Kind(id="region.files_unread", tone=Tone.OPEN),
    Kind(id="region.all_met", tone=Tone.REASSURING, group="region.overall"),
    Kind(id="region.none_met", tone=Tone.ADVERSE, group="region.overall"),
    Kind(id="region.some_met", tone=Tone.PLAIN, group="region.overall"),
    Kind(id="region.resources", tone=Tone.PLAIN),
    Kind(id="region.items_missed", tone=Tone.ADVERSE, excludes=frozenset({"region.all_met"})),
    Kind(id="region.items_unknown", tone=Tone.OPEN, excludes=frozenset({"region.all_met"})),
    Kind(id="region.coefficients_over", tone=Tone.ADVERSE, excludes=frozenset({"region.all_met"})),
    Kind(id="region.composite_over", tone=Tone.ADVERSE, excludes=frozenset({"region.all_met"})),
    Kind(id="region.due_not_met", tone=Tone.ADVERSE, excludes=frozenset({"region.all_met"})),
    Kind(id="region.due_unknown", tone=Tone.OPEN, excludes=frozenset({"region.all_met"})),
    Kind(id="region.planned_without_data", tone=Tone.OPEN),
    Kind(id="region.not_comparable", tone=Tone.OPEN),
    Kind(id="region.outdated", tone=Tone.OPEN),
)
CATALOGUE.add(*KINDS)

VETO = "veto"
"""The kind of what must not happen; the law gives those no numbers."""
MOST_ITEMS = 5
"""Items that most counties miss, named on the first page."""
DUE = {
    AcceptanceStatus.LATE: "due_not_met",
    AcceptanceStatus.UNKNOWN: "due_unknown",
    AcceptanceStatus.NO_DATA: "planned_without_data",
    AcceptanceStatus.NOT_COMPARABLE: "not_comparable",
    AcceptanceStatus.OUTDATED: "outdated",
}


def region_findings(region: RegionAssessment) -> tuple[Finding, ...]:
    """Everything said about the region, checked against each other (:meth:`Catalogue.settle`)."""
    return CATALOGUE.settle(find(region), overall=overall_outcome(region))


def overall_outcome(region: RegionAssessment) -> str:
    """Met only where every county of the files was assessed and met all in all."""
    outcomes = {county.overall_outcome for county in region.assessed}
    if Outcome.NOT_MET in outcomes:
        return Outcome.NOT_MET
    return Outcome.MET if outcomes == {Outcome.MET} and not region.failed else Outcome.NOT_ASSESSABLE


def find(region: RegionAssessment) -> Iterator[Finding]:
    """The findings of a region in the order of its first page."""
    yield from _counts(region)
    if region.assessed:
        yield from _outcomes(region)
        yield from _items(region)
        yield from _coefficients(region)
    yield from _due(region)


def _counts(region: RegionAssessment) -> Iterator[Finding]:
    counties = region.counties[region.counties["division_code"] != ""]
    failed = [failure.county for failure in region.failed if failure.division_code]
    unread = [failure.county for failure in region.failed if not failure.division_code]
    figures = {"n": len(counties), "n_assessed": len(region.assessed), "failed": failed}
    name = "some_failed" if failed else "all_assessed"
    yield _finding(name if region.assessed else "nothing_assessed", figures, "counties", counties)
    if unread:
        yield _finding("files_unread", {"n": len(unread)}, "counties", counties.iloc[:0])


def _outcomes(region: RegionAssessment) -> Iterator[Finding]:
    frame = region.counties
    assessed = frame[frame["status"] == "assessed"]
    for column in ("overall_outcome", "outcome"):
        by = {name: list(assessed.loc[assessed[column] == name, "county"]) for name in Outcome}
        figures: dict[str, object] = {"n": len(assessed), "conceded": _conceded(region)}
        for name in (Outcome.MET, Outcome.NOT_MET, Outcome.NOT_ASSESSABLE):
            figures |= {name.value: by[name], f"n_{name.value}": len(by[name])}
        if column == "outcome":
            kind = "resources"
        elif len(by[Outcome.MET]) == len(assessed) and not region.failed:
            kind = "all_met"
        else:
            kind = "some_met" if by[Outcome.MET] else "none_met"
        yield _finding(kind, figures, "counties", assessed)


def _conceded(region: RegionAssessment) -> list[str]:
    """The counties that are met all in all only by a dated concession."""
    met = (county for county in region.assessed if county.overall_outcome == Outcome.MET)
    return [county.county for county in met if any(conceded(Case(county)))]


def _items(region: RegionAssessment) -> Iterator[Finding]:
    """The items that most counties miss, and those that most often cannot be judged."""
    for outcome, kind in ((Outcome.NOT_MET, "items_missed"), (Outcome.NOT_ASSESSABLE, "items_unknown")):
        counted: Counter[tuple[str, str, str]] = Counter()
        for county in region.assessed:
            rows = county.items[(county.items["outcome"] == outcome) & (county.items["kind"] != CHECK_KIND)]
            counted.update(set(zip(rows["item"], rows["name"], rows["kind"], strict=True)))
        if counted:
            order = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
            top = order[:MOST_ITEMS]
            items = [
                {
                    "item": f"{item} " if is_numbered(item) and kind_of_item != VETO else "",
                    "name": name,
                    "n": number,
                }
                for (item, name, kind_of_item), number in top
            ]
            yield _finding(kind, {"items": items, "more": len(order) - len(top)}, OVERALL, None)


def _coefficients(region: RegionAssessment) -> Iterator[Finding]:
    league, regime = region.league, region.regimes[0]
    over = league[(league["measure"] == "cv") & (league["outcome"] == Outcome.NOT_MET)]
    for (stage, indicator), rows in over.groupby(["stage", "indicator"], sort=False):
        counties = [
            {"county": row["county"], "cv": Beside(row["value"], Relation.AT_MOST, row["limit"])}
            for row in rows.sort_values("value", ascending=False, kind="stable").to_dict("records")
        ]
        composite = indicator == COMPOSITE
        figures = {
            "stage": stage,
            "indicator": "" if composite else regime.indicator(str(indicator)).short_name,
            "n": len(counties),
            "limit": rows["limit"].iloc[0],
            "counties": counties,
        }
        kind = "composite_over" if composite else "coefficients_over"
        yield _finding(kind, figures, "league", rows, subject=f"{stage}/{indicator}")


def _due(region: RegionAssessment) -> Iterator[Finding]:
    for status, kind in DUE.items():
        rows = region.schedule_table[region.schedule_table["status"] == status]
        if len(rows):
            figures = {"n": len(rows), "counties": list(rows["county"])}
            yield _finding(kind, figures, "schedule_table", rows)


def _finding(
    name: str, figures: dict[str, Any], frame: str, rows: pd.DataFrame | None, *, subject: str = ""
) -> Finding:
    positions = () if rows is None else tuple(int(row) for row in rows.index)
    return Finding(f"region.{name}", figures, subject=subject, frame=frame, rows=positions)
