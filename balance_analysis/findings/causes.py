"""Why: where a gap lies, what the failing items come from, and what changed since last year.

The gap and its change are told for every coefficient to look at (``Diagnosis.focus``), the worst first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from balance_analysis.findings.case import Case, once
from balance_analysis.findings.model import CATALOGUE, Finding, Kind, Tone
from balance_analysis.findings.parts import (
    Row,
    area_names,
    beside_limit,
    key,
    of,
    positions,
    subject,
)
from balance_analysis.findings.target import CHECK_KIND, RESOURCE_KIND
from balance_analysis.findings.verdict import coefficient, named, over_composite
from balance_analysis.statements import Statement
from balance_analysis.terms import Outcome

HALF = 0.5
"""From this share on a gap lies between areas rather than within them, an item fails at most schools rather than at few."""
FEWEST = 3
"""Of fewer failing schools nothing is said in general."""
NEGLIGIBLE = 0.0005
"""A change of a coefficient that prints as nothing is called none."""

CATALOGUE.add(
    Kind(id="causes.between_areas", tone=Tone.PLAIN, group="causes.gap"),
    Kind(id="causes.within_areas", tone=Tone.PLAIN, group="causes.gap"),
    Kind(id="causes.between_schools", tone=Tone.PLAIN, group="causes.gap"),
    Kind(id="causes.areas_unknown", tone=Tone.OPEN, group="causes.gap"),
    Kind(id="causes.no_gap", tone=Tone.PLAIN, group="causes.gap"),
    Kind(id="causes.unknown", tone=Tone.OPEN),
    Kind(id="causes.widened", tone=Tone.PLAIN, group="causes.change"),
    Kind(id="causes.narrowed", tone=Tone.PLAIN, group="causes.change"),
    Kind(id="causes.steady", tone=Tone.PLAIN, group="causes.change"),
    Kind(id="causes.composite", tone=Tone.ADVERSE),
    Kind(id="causes.items", tone=Tone.ADVERSE),
    Kind(id="causes.large_schools", tone=Tone.ADVERSE, group="causes.size"),
    Kind(id="causes.small_schools", tone=Tone.ADVERSE, group="causes.size"),
)


@once
def find(case: Case) -> tuple[Finding, ...]:
    """Every cause; the first three are those of one page.

    The worst gap, where the failing items come from, what changed in that gap since last year; then the other gaps, the worst first, with
    what changed in them, and which schools fail. Where no gap exceeds its limit the failing items come first.
    """
    focus = case.diagnosis.focus
    if focus.empty:
        return (Finding("causes.unknown"), *failing_items(case), *failing_schools(case))
    worst = focus.assign(_ratio=focus["cv"] / focus["limit"])
    ordered = worst.sort_values(["_ratio", "cv"], ascending=False, kind="stable").to_dict("records")
    first, *others = ordered
    rest = [one for row in others for one in (gap(case, row), *change(case, row))]
    sources = [*composites(case), *failing_items(case), *failing_schools(case)]
    if first["standing"] != "failing":
        return (*sources, gap(case, first), *change(case, first), *rest)
    return (gap(case, first), *sources[:1], *change(case, first), *sources[1:], *rest)


# --- where a gap lies ------------------------------------------------------------------------------------


def shares(case: Case, row: Row) -> dict[str, float]:
    """Share of CV² by level (``stratum``, ``sponsor``, ``school``) of one coefficient; levels of one group are left out.

    So are areas where a school has none filed, which would stand as an area of its own; blank sponsors count as schools.
    """
    levels, found = of(case.diagnosis.levels, row), dict[str, float]()
    for level in levels.to_dict("records"):
        if level["grouping"] == "total" or pd.isna(level["share"]):
            continue
        if level["grouping"] == "school" or level["n_groups"] > 1:
            found[str(level["grouping"])] = float(level["share"])
    groups = levels.set_index("grouping")["n_groups"]
    if {"stratum", "sponsor"} <= set(found) and groups["sponsor"] == groups["stratum"]:
        del found["sponsor"]
    if _blank(case, row, "stratum"):
        return {}
    if "sponsor" in found and _blank(case, row, "sponsor"):
        found["school"] += found.pop("sponsor")
    return found


def _blank(case: Case, row: Row, column: str) -> bool:
    """Whether a school of this coefficient has no area (``stratum``) or no sponsor filed."""
    rows = of(case.county.current("indicators"), row)
    return column in rows and bool(rows[column].isna().any() or (rows[column] == "").any())


def gap(case: Case, row: Row) -> Finding:
    """Whether the gap of one coefficient lies between areas, within them or, in a county of one area, between schools."""
    found, levels = shares(case, row), case.diagnosis.levels
    figures: dict[str, Any] = {"subject": subject(case.county.regime, row), "cv": beside_limit(row)}
    place: dict[str, Any] = {
        "subject": key(row),
        "frame": "levels",
        "rows": positions(levels, of(levels, row)),
    }
    if row["cv"] == 0:
        return Finding("causes.no_gap", figures, **place)
    if _blank(case, row, "stratum"):
        return Finding("causes.areas_unknown", figures, **place)
    if not found:
        return Finding("causes.no_gap", figures, **place)
    if "stratum" not in found:
        return Finding("causes.between_schools", figures, **place)
    figures |= {"areas": found["stratum"], "sponsors": found.get("sponsor"), "schools": found.get("school")}
    figures |= {"levels": _area_levels(case, row), "county": case.county.county}
    name = "between_areas" if found["stratum"] >= HALF else "within_areas"
    return Finding(f"causes.{name}", figures, **place)


def _area_levels(case: Case, row: Row) -> tuple[Statement, ...]:
    """Every area's mean over the county's, in the order of the file."""
    rows, names = of(case.diagnosis.by_stratum, row), area_names(case.county)
    ratios = rows[rows["stratum"].notna()].set_index("stratum")["mean_ratio"]
    return tuple(
        Statement("cause_part.area", {"area": label, "ratio": float(ratios[name])})
        for name, label in names.items()
        if name in ratios.index and pd.notna(ratios[name])
    )


def change(case: Case, row: Row) -> Iterator[Finding]:
    """What changed in one coefficient since the year before, and by what; nothing without a year before."""
    every = case.diagnosis.changes
    rows = of(every, row)
    rows = rows[(rows["year"] == case.county.year) & rows["change_cv"].notna()]
    for found in rows.to_dict("records"):
        size = abs(found["change_cv"])
        name = "steady" if size < NEGLIGIBLE else "widened" if found["change_cv"] > 0 else "narrowed"
        figures = {
            "subject": subject(case.county.regime, row),
            "previous_year": int(found["previous_year"]),
            "change": size,
            "parts": tuple(_change_parts(found)),
        }
        yield Finding(
            f"causes.{name}", figures, subject=key(row), frame="changes", rows=positions(every, rows)
        )


def _change_parts(found: Row) -> Iterator[Statement]:
    parts = {"enrolment": found["enrolment_part_in_cv"], "resources": found["resource_part_in_cv"]}
    if found["n_entering"] or found["n_leaving"]:
        parts["schools"] = found["entry_part_in_cv"] + found["exit_part_in_cv"]
    for name, size in sorted(parts.items(), key=lambda part: -abs(part[1])):
        way = "none" if abs(size) < NEGLIGIBLE else "up" if size > 0 else "down"
        what = Statement(f"cause_part.{name}")
        yield Statement(f"cause_part.{way}", {"what": what, "by": abs(size)})


def composites(case: Case) -> Iterator[Finding]:
    """Where the law limits the composite and it is above its limit: which of its parts is the largest."""
    focus = case.diagnosis.focus
    for stage in case.county.stages:
        over, parts = over_composite(case, stage), focus[focus["stage"] == stage]
        if over is not None and len(parts):
            largest = parts.iloc[0].to_dict()
            figures = {
                "composite": coefficient(case, over),
                "subject": subject(case.county.regime, largest),
                "cv": largest["cv"],
            }
            yield Finding(
                "causes.composite", figures, subject=stage, frame="focus", rows=positions(focus, parts)
            )


# --- what fails ------------------------------------------------------------------------------------------


def failing_items(case: Case) -> Iterator[Finding]:
    """The failing items by where they come from: most schools, few schools, the county; a resource by gap or by schools."""
    county, rows = case.county, case.county.items
    failing = rows[(rows["outcome"] == Outcome.NOT_MET) & (rows["kind"] != CHECK_KIND)]
    sources: dict[str, list[Statement]] = {"most": [], "few": [], "county": [], "gap": []}
    schools = county.current("schools")["school_code"].nunique()
    at_schools = case.problems[case.problems["outcome"] == Outcome.NOT_MET]
    counts = at_schools.groupby("item")["school_code"].nunique()
    for row in failing.to_dict("records"):
        n, where = int(counts.get(row["item"], 0)), "county"
        if n and schools:
            where = "most" if n / schools >= HALF else "few"
        elif row["kind"] == RESOURCE_KIND:
            where = "gap"
        sources[where].append(
            Statement(
                f"cause_part.item_{'schools' if n else 'alone'}",
                {"item": named(case, row["item"]), "n": n},
            )
        )
    said = tuple(
        Statement(f"cause_part.{name}", {"items": chosen, "county": county.county, "of": schools})
        for name, chosen in sources.items()
        if chosen
    )
    if said:
        yield Finding("causes.items", {"said": said}, frame="items", rows=positions(rows, failing))


def failing_schools(case: Case) -> Iterator[Finding]:
    """Whether it is the large or the small schools that fail; nothing where both are alike or none is of one kind."""
    rows = case.county.current("schools")
    failing, passing = (rows[rows["outcome"] == outcome] for outcome in (Outcome.NOT_MET, Outcome.MET))
    if len(failing) < FEWEST or passing.empty:
        return
    large, small = float(failing["enrolment"].mean()), float(passing["enrolment"].mean())
    if large != small:
        name = "large_schools" if large > small else "small_schools"
        figures = {"n": len(failing), "of": len(rows), "failing": (large, 0), "passing": (small, 0)}
        yield Finding(f"causes.{name}", figures, frame="schools", rows=positions(rows, failing))
