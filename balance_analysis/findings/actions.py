"""What to do first: school, amount, what it brings, and office and date where the county's tasks or plan name them.

The list takes turns between the coefficients, the failing schools and the failing items, the worst of each first, until there are
five: so that one page names what each of the three asks for. Where a gap could still be narrowed is said where nothing fails. Where a least-cost plan
was made, the actions are the plan's, so that no page names two amounts for one school; the items that it leaves open follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain, zip_longest
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.explain.influence import cv_with_added
from balance_analysis.findings import problems
from balance_analysis.findings.case import Case, once
from balance_analysis.findings.model import CATALOGUE, Finding, Kind, Tone
from balance_analysis.findings.parts import (
    Row,
    amount,
    beside_limit,
    key,
    of,
    per_pupil,
    positions,
    subject,
)
from balance_analysis.findings.remediation import spending
from balance_analysis.findings.target import CHECK_KIND, RESOURCE_KIND
from balance_analysis.findings.verdict import coefficient, named, over_composite
from balance_analysis.remediation.worth import actions_by_school
from balance_analysis.resources import numerator
from balance_analysis.statements import Statement
from balance_analysis.terms import Outcome, Relation, Severity, Stage

MOST = 5
MEASURES_TOLD = 3
"""Measures of the plan that one action names, the dearest; all of them stand in the section on the plan."""
PLANNED = "actions.planned"
NARROW = "actions.narrow"
ADDING = ("actions.alone", "actions.among_others", "actions.composite", NARROW)
"""Of these ``what`` is an amount to be added; of the others a clause that says what is lacking."""
VETO_KIND = "veto"

CATALOGUE.add(
    Kind(id="actions.alone", tone=Tone.ADVERSE, group="actions.coefficient"),
    Kind(id="actions.among_others", tone=Tone.ADVERSE, group="actions.coefficient"),
    Kind(id="actions.no_amount", tone=Tone.ADVERSE, group="actions.coefficient"),
    Kind(id="actions.composite", tone=Tone.ADVERSE, group="actions.coefficient"),
    Kind(id=NARROW, tone=Tone.PLAIN, group="actions.coefficient"),
    Kind(id=PLANNED, tone=Tone.PLAIN, excludes=frozenset({"actions.school"})),
    Kind(id="actions.school", tone=Tone.ADVERSE),
    Kind(id="actions.item", tone=Tone.ADVERSE),
    Kind(id="actions.item_of_county", tone=Tone.ADVERSE),
    Kind(id="actions.veto", tone=Tone.ADVERSE),
)


def find(case: Case, *, most: int | None = MOST) -> tuple[Finding, ...]:
    """The first ``most`` actions in their order (None: all of them)."""
    return _all(case)[:most]


@once
def _all(case: Case) -> Iterator[Finding]:
    planned = list(of_plan(case))
    if planned:
        yield from (
            one for pair in zip_longest(planned, of_items_left(case)) for one in pair if one is not None
        )
        return
    coefficients = list(of_coefficients(case))
    failing, others = (
        [one for one in coefficients if (one.id == NARROW) is narrow] for narrow in (False, True)
    )
    items = list(of_items(case))
    told = [(one.figures.get("school"), one.figures.get("what")) for one in items]
    schools = [one for one in of_schools(case) if (one.figures["school"], one.figures["what"]) not in told]
    turns = [one for one in chain.from_iterable(zip_longest(failing, schools, items)) if one is not None]
    yield from turns or others


def task(case: Case, *items: str, school: str = "") -> dict[str, Any]:
    """``offices`` of the items, each once, and the ``deadline`` in words (None where none), from the county's tasks or its programme.

    A deadline before the day of the law is told as one that is over. A task that names other schools alone says nothing of ``school``.
    Where the items have several deadlines these are ``first`` and ``last``, which are None else.
    """
    rows = case.tasks[case.tasks["item"].isin(items)]
    if school:
        concerned = [_concerns(case, str(measure), school) for measure in rows["measure"]]
        rows = rows[pd.Series(concerned, index=rows.index, dtype=bool)]
    offices = [office for text in rows["responsible_offices"] for office in text.split("、") if office]
    days = sorted({day.date() for day in rows["deadline"].dropna()})
    several = len(days) > 1
    return {
        "offices": list(dict.fromkeys(offices)),
        "deadline": _told(days[0], case.county.regime.on) if days and not several else None,
        "first": days[0] if several else None,
        "last": days[-1] if several else None,
    }


def _told(deadline: date, on: date) -> Statement:
    return Statement(f"action_part.{'over' if deadline < on else 'by'}", {"day": deadline})


def doubted(case: Case, code: object, *indicators: str) -> list[str]:
    """Headings of a school's filed figures that the checks or the screening question: to be checked before anything is built on them.

    Of the assessed year, and of what is counted: pupils and whatever ``indicators`` count; the screening's patterns of more than one
    school say nothing of one.
    """
    county, found = case.county, case.diagnosis.plausibility
    kinds = [numerator(entry.method) for entry in county.regime.indicators if entry.id in indicators]
    fields = {f"{stage}_enrolment" for stage in Stage}
    fields |= {field for kind in kinds for stage in Stage for field in (*kind.fields(stage), *kind.less)}
    headers = {county.tables.header("schools", field) for field in fields}
    odd = found[
        (found["year"] == county.year) & (found["school_codes"] == code) & found["field"].isin(fields)
    ]
    asked = [county.tables.header("schools", str(field)) for field in odd["field"]]
    asked += [
        issue.column
        for issue in county.issues
        if issue.severity == Severity.SOFT and issue.school_code == code and issue.year in (None, county.year)
    ]
    return [header for header in dict.fromkeys(asked) if header in headers]


def _concerns(case: Case, measure: str, school: str) -> bool:
    """Whether a measure is for the school: one of its clauses names it, or names none of the county's schools."""
    own = _core(case, school)
    cores = {_core(case, str(name)) for name in case.county.current("schools")["school_name"]} - {""}
    named = [{core for core in cores if core in clause} for clause in measure.split("；")]
    return any(not found or own in found for found in named)


def _core(case: Case, school: str) -> str:
    """A school's name as a plan writes it: without the county's name, 县 and additions in brackets."""
    bare = school.partition("（")[0].removeprefix(case.county.county)
    return bare.removeprefix(case.county.county[-1:])


# --- the least-cost plan ---------------------------------------------------------------------------------


def of_plan(case: Case) -> Iterator[Finding]:
    """What the least-cost plan does at each school, the dearest first; nothing where none was made or nothing is to be done."""
    plan = case.remediation
    if plan is None or not plan.found:
        return
    done, schools = actions_by_school(plan.result, plan.county.regime), case.county.current("schools")
    for row in spending(plan).to_dict("records"):
        code = row["school_code"]
        own = (
            done[done["school_code"] == code]
            .groupby(["label", "unit"], as_index=False, sort=False)[["quantity", "cost_wan_cny"]]
            .sum()
        )
        dearest = own.sort_values("cost_wan_cny", ascending=False, kind="stable").head(MEASURES_TOLD)
        measures = [
            {"label": one["label"], "quantity": (one["quantity"], one["unit"])}
            for one in dearest.to_dict("records")
        ]
        figures = {
            "school": row["school_name"],
            "pupils": int(schools.loc[schools["school_code"] == code, "enrolment"].sum()),
            "what": Statement(
                "action_part.measures",
                {"measures": measures, "total": len(own) if len(own) > MEASURES_TOLD else 0},
            ),
            "cost": row["cost_wan_cny"] or float("nan"),
            "check": doubted(case, code, *(one.id for one in case.county.regime.indicators)),
            **task(case, *done.loc[done["school_code"] == code, "item"], school=row["school_name"]),
        }
        yield Finding(PLANNED, figures, subject=code, frame="spending")


def of_items_left(case: Case) -> Iterator[Finding]:
    """Failing items beside resources that the plan does not bring about."""
    assert case.remediation is not None
    after = case.remediation.planned_county.items
    left = set(after.loc[after["outcome"] != Outcome.MET, "item"])
    yield from (one for one in of_items(case) if one.subject in left)


# --- coefficients ----------------------------------------------------------------------------------------


def of_coefficients(case: Case) -> Iterator[Finding]:
    """Per coefficient to look at the school to act on first, the farthest above its limit first."""
    focus = case.diagnosis.focus
    ratio = (focus["cv"] / focus["limit"]).where(focus["standing"] == "failing")
    for place in ratio.sort_values(ascending=False, kind="stable").index:
        yield from _of_coefficient(case, focus.loc[place].to_dict())


def _of_coefficient(case: Case, row: Row) -> Iterator[Finding]:
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
        "check": doubted(case, step["school_code"], indicator),
        "value": per_pupil(regime, indicator, step["value"]),
        "mean": per_pupil(regime, indicator, step["mean"]),
        **task(case, regime.indicator(indicator).item, school=step["school_name"]),
    }
    place: dict[str, Any] = {
        "subject": key(row),
        "frame": "best_steps",
        "rows": positions(diagnosis.best_steps, best),
    }
    over = over_composite(case, str(row["stage"]))
    if over is not None:
        thing = numerator(regime.indicator(indicator).method).name
        figures |= {
            "composite": coefficient(case, over),
            "what": Statement("action_part.more", {"thing": thing}),
        }
        yield Finding("actions.composite", figures, **place)
        return
    if row["standing"] != "failing":
        unit = float(step["unit_size"])
        figures |= {"what": amount(regime, indicator, unit), "by": abs(step["change_one_unit_more"])}
        figures |= dict.fromkeys(("deadline", "first", "last"))  # dates of reaching a limit that is kept
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
        figures |= task(case, regime.indicator(indicator).item, school=one["school_name"])
        figures |= {"check": doubted(case, one["school_code"], indicator)}
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
    figures |= task(case, regime.indicator(indicator).item, school=first["school_name"])
    figures |= {"check": doubted(case, first["school_code"], indicator)}
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


# --- schools and items -----------------------------------------------------------------------------------


def of_schools(case: Case) -> Iterator[Finding]:
    """Failing schools, the worst first, and what each lacks or has too much of."""
    rows, schools = case.problems, case.county.current("schools")
    failing = rows[rows["outcome"] == Outcome.NOT_MET]
    for school in case.worst_schools.to_dict("records"):
        own = failing[failing["school_code"] == school["school_code"]]
        pupils = schools.loc[schools["school_code"] == school["school_code"], "enrolment"].sum()
        figures = {
            "school": school["school_name"],
            "pupils": int(pupils),
            "what": Statement("action_part.needs", {"needs": problems.parts(case, own)}),
            "n": int(school["n_items"]),
            "check": doubted(case, school["school_code"], *own["indicator"]),
            **task(case, *own["item"], school=school["school_name"]),
        }
        place = {"subject": school["school_code"], "frame": "problems", "rows": tuple(own.index)}
        yield Finding("actions.school", figures, **place)


def of_items(case: Case) -> Iterator[Finding]:
    """Failing items that are no resources: the school that lacks most, or the county where no school is concerned."""
    items, rows = case.county.items, case.problems
    failing = items[
        (items["outcome"] == Outcome.NOT_MET) & ~items["kind"].isin([RESOURCE_KIND, CHECK_KIND])
    ].sort_values("n_schools", ascending=False, kind="stable")
    for item in failing["item"]:
        own = rows[(rows["item"] == item) & (rows["outcome"] == Outcome.NOT_MET)]
        figures = {"item": named(case, item), "county": case.county.county, **task(case, item)}
        size = own.groupby("school_code", sort=False)["shortfall"].sum()
        if size.empty or not size.max() > 0:
            clause = items.loc[items["item"] == item, "clause"].iloc[0]
            kind = items.loc[items["item"] == item, "kind"].iloc[0]
            name = "veto" if kind == VETO_KIND else "item_of_county"
            yield Finding(f"actions.{name}", figures, subject=item, frame="items", clause=clause)
            continue
        worst = own[own["school_code"] == size.idxmax()]
        figures |= task(case, item, school=worst["school_name"].iloc[0])
        figures |= {
            "school": worst["school_name"].iloc[0],
            "what": Statement("action_part.needs", {"needs": problems.parts(case, worst)}),
            "others": len(size) - 1,
        }
        place = {"frame": "problems", "rows": tuple(worst.index), "clause": worst["clause"].iloc[0]}
        yield Finding("actions.item", figures, subject=item, **place)
