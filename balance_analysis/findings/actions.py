"""What to do first: school, amount, what it brings, and office and date where the county's tasks or plan name them.

The list takes turns between the coefficients, the failing schools and the failing items, the worst of each first, until there are
five: so that one page names what each of the three asks for. Where a gap could still be narrowed is said last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, zip_longest
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.explain.influence import cv_with_added
from balance_analysis.findings.case import Case
from balance_analysis.findings.model import CATALOGUE, Finding, Kind, Tone
from balance_analysis.findings.parts import (
    Row,
    amount,
    beside_limit,
    item_name,
    key,
    of,
    per_pupil,
    positions,
    subject,
)
from balance_analysis.findings.target import CHECK_KIND, RESOURCE_KIND
from balance_analysis.programmes import break_down_tasks
from balance_analysis.statements import Statement
from balance_analysis.terms import Outcome, Relation

MOST = 5
NARROW = "actions.narrow"

CATALOGUE.add(
    Kind(id="actions.alone", tone=Tone.ADVERSE, group="actions.coefficient"),
    Kind(id="actions.among_others", tone=Tone.ADVERSE, group="actions.coefficient"),
    Kind(id="actions.no_amount", tone=Tone.ADVERSE, group="actions.coefficient"),
    Kind(id=NARROW, tone=Tone.PLAIN, group="actions.coefficient"),
    Kind(id="actions.school", tone=Tone.ADVERSE),
    Kind(id="actions.item", tone=Tone.ADVERSE),
    Kind(id="actions.item_of_county", tone=Tone.ADVERSE),
)


def find(case: Case, *, most: int | None = MOST) -> tuple[Finding, ...]:
    """The first ``most`` actions in their order (None: all of them)."""
    tasks = Tasks(case)
    coefficients = list(of_coefficients(case, tasks))
    failing, others = (
        [one for one in coefficients if (one.id == NARROW) is narrow] for narrow in (False, True)
    )
    turns = zip_longest(failing, of_schools(case), of_items(case, tasks))
    found = [one for one in chain.from_iterable(turns) if one is not None]
    return tuple([*found, *others][:most])


class Tasks:
    """Office and date of every item, from the county's sheet of tasks and its programme."""

    def __init__(self, case: Case) -> None:
        county = case.county
        rows = break_down_tasks(county, county.items, county.item_schools, plan=case.plan)
        self._rows = {row["item"]: row for row in rows.to_dict("records")}

    def of(self, item: str) -> dict[str, Any]:
        """``office`` ("" where none) and ``deadline`` (None where none) as figures."""
        row = self._rows.get(item)
        if row is None:
            return {"office": "", "deadline": None}
        dated = pd.notna(row["deadline"])
        return {"office": row["responsible_offices"], "deadline": row["deadline"].date() if dated else None}


# --- coefficients ----------------------------------------------------------------------------------------


def of_coefficients(case: Case, tasks: Tasks) -> Iterator[Finding]:
    """Per coefficient to look at the school to act on first, the farthest above its limit first."""
    focus = case.diagnosis.focus
    ratio = (focus["cv"] / focus["limit"]).where(focus["standing"] == "failing")
    for place in ratio.sort_values(ascending=False, kind="stable").index:
        yield from _of_coefficient(case, focus.loc[place].to_dict(), tasks)


def _of_coefficient(case: Case, row: Row, tasks: Tasks) -> Iterator[Finding]:
    diagnosis, regime = case.diagnosis, case.county.regime
    indicator = str(row["indicator"])
    best = of(diagnosis.best_steps, row)
    if best.empty or pd.isna(best["school_code"].iloc[0]):
        return
    step = best.iloc[0].to_dict()
    figures: dict[str, Any] = {
        "subject": subject(regime, row),
        "county": case.county.county,
        "cv": beside_limit(row),
        "limit": row["limit"],
        "school": step["school_name"],
        "pupils": int(step["enrolment"]),
        "value": per_pupil(regime, indicator, step["value"]),
        "mean": per_pupil(regime, indicator, step["mean"]),
        **tasks.of(regime.indicator(indicator).item),
    }
    place: dict[str, Any] = {
        "subject": key(row),
        "frame": "best_steps",
        "rows": positions(diagnosis.best_steps, best),
    }
    if row["standing"] != "failing":
        unit = float(step["unit_size"])
        figures |= {"what": amount(regime, indicator, unit), "by": abs(step["change_one_unit_more"])}
        yield Finding(NARROW, figures, **place)
        return
    yield _towards_limit(case, row, figures, place)


def _towards_limit(case: Case, row: Row, figures: dict[str, Any], place: dict[str, Any]) -> Finding:
    """A failing coefficient: at one school alone where that takes no more than several would, else the largest part of these."""
    diagnosis, regime, indicator = case.diagnosis, case.county.regime, str(row["indicator"])
    single, spread = of(diagnosis.single_remedies, row), of(diagnosis.remedies, row)
    alone = float(single["units_needed"].iloc[0]) if len(single) else float("nan")
    if alone <= (float(spread["units"].sum()) if len(spread) else alone):
        one = single.iloc[0].to_dict()
        school = _school(case, row, one["school_code"])
        figures |= {"school": one["school_name"], "pupils": int(school["enrolment"])}
        figures |= {"value": per_pupil(regime, indicator, school["value"])}
        figures |= {"what": amount(regime, indicator, one["units_needed"] * one["unit_size"])}
        figures |= {"after": (one["cv_after"], Relation.AT_MOST.value, row["limit"])}
        return Finding("actions.alone", figures, **place)
    if spread.empty:
        return Finding("actions.no_amount", figures, **place)
    unit = float(diagnosis.unit_sizes[indicator])
    first = spread.sort_values("units", ascending=False, kind="stable").iloc[0].to_dict()
    school = _school(case, row, first["school_code"])
    figures |= {"school": first["school_name"], "pupils": int(school["enrolment"])}
    figures |= {"value": per_pupil(regime, indicator, school["value"])}
    figures |= {"what": amount(regime, indicator, first["units"] * unit)}
    figures |= {
        "after": (_cv_with(case, row, first["school_code"], first["units"] * unit), "at_most", row["limit"])
    }
    figures |= {
        "total": amount(regime, indicator, float(spread["units"].sum()) * unit),
        "n_schools": len(spread),
    }
    return Finding("actions.among_others", figures, **place)


def _school(case: Case, row: Row, code: str) -> Row:
    rows = of(case.diagnosis.influence, row)
    return rows[rows["school_code"] == code].iloc[0].to_dict()


def _cv_with(case: Case, row: Row, code: str, added: float) -> float:
    """The coefficient with so much more, as filed, at one school."""
    wanted = {"stage": row["stage"], "indicator": row["indicator"]}
    cell = next(one for one in case.diagnosis.cells if wanted.items() <= one.key.items())
    here = (cell.rows["school_code"] == code).to_numpy()
    extra = np.where(here, added * cell.column("resource_per_amount"), 0.0)
    return float(cv_with_added(cell.resource, cell.enrolment, extra)[here][0])


# --- schools ---------------------------------------------------------------------------------------------


def of_schools(case: Case) -> Iterator[Finding]:
    """Failing schools and what they lack to every standard, the most pupils first; too large ones last: they need fewer pupils."""
    diagnosis, regime = case.diagnosis, case.county.regime
    rows = case.county.current("schools")
    failing = rows[rows["outcome"] == Outcome.NOT_MET]
    headroom = diagnosis.headroom.set_index(["school_code", "stage"])["size_headroom"]
    too_large = [
        float(headroom.get((code, stage), 0)) < 0
        for code, stage in zip(failing["school_code"], failing["stage"], strict=True)
    ]
    ordered = failing.assign(_too_large=too_large).sort_values(
        ["_too_large", "enrolment"], ascending=[True, False], kind="stable"
    )
    lacks = diagnosis.indicator_headroom
    lacks = lacks[lacks["units_to_limit"] < 0]
    for row in ordered.to_dict("records"):
        own = lacks[(lacks["school_code"] == row["school_code"]) & (lacks["stage"] == row["stage"])]
        needs = [
            amount(regime, name, -units * float(diagnosis.unit_sizes[name]))
            for name, units in zip(own["indicator"], own["units_to_limit"], strict=True)
        ]
        if needs:
            figures = {
                "school": row["school_name"], "stage": row["stage"], "pupils": int(row["enrolment"]),
                "what": Statement("action_part.needs", {"needs": needs}), "office": "", "deadline": None,
            }  # fmt: skip
            place = positions(rows, failing[failing["school_code"] == row["school_code"]])
            yield Finding(
                "actions.school",
                figures,
                subject=f"{row['school_code']}/{row['stage']}",
                frame="schools",
                rows=place,
            )


# --- items -----------------------------------------------------------------------------------------------

NEEDS: Mapping[str, str] = {
    "music_rooms": "music_rooms",
    "art_rooms": "art_rooms",
    "oversize_classes": "oversize_classes",
    "enrolment_single_stage": "pupils",
    "enrolment_nine_or_twelve_year": "pupils",
}
"""Measure of an item's school → the sentence for what it lacks."""


def of_items(case: Case, tasks: Tasks) -> Iterator[Finding]:
    """Failing items that are no resources: the school that lacks most, or the county where no school is concerned."""
    county, rows = case.county, case.county.items
    failing = rows[
        (rows["outcome"] == Outcome.NOT_MET) & ~rows["kind"].isin([RESOURCE_KIND, CHECK_KIND])
    ].sort_values("n_schools", ascending=False, kind="stable")
    for item in failing.to_dict("records"):
        figures = {"item": item_name(county.regime, item), "county": county.county, **tasks.of(item["item"])}
        place = {"subject": item["item"], "clause": item["clause"]}
        lacking = county.item_schools[county.item_schools["item"] == item["item"]]
        size = lacking.groupby("school_code", sort=False)["shortfall"].sum()
        if size.empty or not size.max() > 0:
            yield Finding("actions.item_of_county", figures, frame="items", **place)
            continue
        own = lacking[lacking["school_code"] == size.idxmax()]
        needs = [
            Statement(
                f"action_part.{NEEDS.get(row['measure'], 'other')}",
                {"n": row["shortfall"], "unit": row["unit"]},
            )
            for row in own.to_dict("records")
        ]
        figures |= {
            "school": own["school_name"].iloc[0],
            "what": Statement("action_part.needs", {"needs": needs}),
            "others": len(size) - 1,
        }
        at = positions(county.item_schools, own)
        yield Finding("actions.item", figures, frame="item_schools", rows=at, **place)
