"""Who fails and in what: schools by name, the worst first; items with what is lacking in all; what is tolerated, apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any

import pandas as pd

from balance_analysis.findings.case import Case
from balance_analysis.findings.model import CATALOGUE, Finding, Kind, Tone
from balance_analysis.findings.verdict import coefficient, named
from balance_analysis.resources import numerator
from balance_analysis.statements import Said, Statement
from balance_analysis.terms import ALL_STAGES, COMPOSITE, Outcome

KINDS = (
    Kind(id="problems.schools", tone=Tone.ADVERSE, excludes=frozenset({"verdict.met"})),
    Kind(id="problems.school", tone=Tone.ADVERSE),
    Kind(id="problems.item", tone=Tone.ADVERSE, group="problem"),
    Kind(id="problems.county_item", tone=Tone.ADVERSE, group="problem"),
    Kind(id="problems.tolerated", tone=Tone.PLAIN),
)
CATALOGUE.add(*KINDS)
RELATION_WORDS = {"at_least": "lacking", "at_most": "exceeding", "below": "exceeding"}


def find(case: Case) -> Iterator[Finding]:
    """The schools together, each item, each school (the worst first), what is tolerated."""
    ranked = case.worst_schools
    if len(ranked):
        yield Finding(id="problems.schools", figures=_ranked(ranked), frame="worst_schools")
    yield from items(case)
    yield from schools(case)
    tolerated = case.problems[case.problems["tolerated"].astype(bool)]
    if len(tolerated):
        counts = tolerated.groupby("item", sort=False)["school_code"].count()
        each = [{"what": named(case, str(item)), "n": int(count)} for item, count in counts.items()]
        rule = case.county.regime.school_rule
        figures = {"n": len(tolerated), "each": each, "share": "" if rule is None else rule.share_text}
        yield Finding(id="problems.tolerated", figures=figures, frame="problems", rows=tuple(tolerated.index))


def _ranked(ranked: pd.DataFrame) -> dict[str, Any]:
    groups = [
        {"n_items": int(number), "names": [row["school_name"] for row in rows]}
        for number, rows in groupby(ranked.to_dict("records"), key=lambda row: row["n_items"])
    ]
    measures = ranked[["n_items", "relative_shortfall"]]
    tied = ranked.loc[(measures == measures.iloc[0]).all(axis=1), "school_name"]
    return {"n": len(ranked), "groups": groups, "worst": list(tied)}


def items(case: Case) -> Iterator[Finding]:
    """Every failing item in the order of the law: its schools and what they lack, its coefficients, office and date."""
    problems, whole = case.problems, case.county_problems
    failing = problems[problems["outcome"] == Outcome.NOT_MET]
    for item in case.county.items["item"]:
        rows, county = failing[failing["item"] == item], whole[whole["item"] == item]
        if rows.empty and county.empty:
            continue
        first = (rows if len(rows) else county).iloc[0]
        said: dict[str, Any] = {
            "what": named(case, item),
            "office": first["office"],
            "deadline": _day(first["deadline"]),
        }
        if rows.empty and (county["indicator"] == "").all():
            yield Finding(
                id="problems.county_item", subject=item, figures=said | _headline(case, first), frame="county_problems",
                rows=tuple(county.index), clause=first["clause"],
            )  # fmt: skip
            continue
        codes = dict.fromkeys(rows["school_code"])
        above = [coefficient(case, {**row, "cv": row["value"]}) for row in county.to_dict("records")]
        lacking = list(_totals(case, rows))
        in_schools = (
            [Statement("county.schools_lacking", {"n": len(codes), "lacking": lacking})] if codes else []
        )
        figures = said | {
            "n_schools": len(codes),
            "worst": next((name for name in case.worst_schools["school_name"] if name in set(rows["school_name"])), ""),
            "lacking": [*lacking, *above],
            "said": [*in_schools, *above],
        }  # fmt: skip
        yield Finding(
            id="problems.item", subject=item, figures=figures, frame="problems", rows=tuple(rows.index),
            clause=first["clause"],
        )  # fmt: skip
    composite = whole[(whole["item"] == "") & (whole["indicator"] == COMPOSITE)]
    for place, row in composite.iterrows():
        what = coefficient(case, {**row, "cv": row["value"]})
        yield Finding(
            id="problems.county_item", subject=f"{row['stage']}/{COMPOSITE}", frame="county_problems",
            figures={"what": what, "measure": "", "found": None, "detail": "", "office": "", "deadline": None},
            rows=(int(str(place)),), clause=row["clause"],
        )  # fmt: skip


def _headline(case: Case, row: Any) -> dict[str, Any]:
    """The figure that decides an item, by name, beside its limit; where none does, what its evidence says (which names its office itself)."""
    if pd.notna(row["value"]) and pd.notna(row["limit"]):
        found = (row["value"], row["relation"], row["limit"], row["unit"])
        return {"measure": _measure(case, row), "found": found, "detail": ""}
    detail = str(row["detail"]).rstrip("。")
    return {"measure": "", "found": None, "detail": detail} | (
        {"office": ""} if row["office"] in detail else {}
    )


def _measure(case: Case, row: Any) -> Statement | str:
    """What the figure of an item is of, known by its limit."""
    for limit in case.county.regime.limits:
        if limit.subject == row["item"] and (float(limit.value), limit.unit) == (row["limit"], row["unit"]):
            return Statement(f"unmeasured.{limit.measure}", {"stage": ALL_STAGES, "subject": ""})
    return ""


def schools(case: Case) -> Iterator[Finding]:
    """Every failing school, the worst first, with what it lacks."""
    failing = case.problems[case.problems["outcome"] == Outcome.NOT_MET]
    for row in case.worst_schools.to_dict("records"):
        mine = failing[failing["school_code"] == row["school_code"]]
        figures = {"name": row["school_name"], "n": row["n_items"], "parts": parts(case, mine)}
        yield Finding(
            id="problems.school", subject=str(row["school_code"]), figures=figures, frame="problems",
            rows=tuple(mine.index),
        )  # fmt: skip


def parts(case: Case, rows: pd.DataFrame) -> Said:
    """What a school lacks or has too much of: as a whole (what its stages share is told once, the larger amount), then by stage.

    ``rows`` are rows of the case's problems under their own positions.
    """
    known, positions = case.said_of_schools, tuple(rows.index)
    if positions not in known:
        known[positions] = _parts(case, rows)
    said: Said = known[positions]
    return said


def _parts(case: Case, rows: pd.DataFrame) -> Said:
    records = rows.to_dict("records")
    most: dict[Any, Any] = {}
    for row in records:
        if row["whole_campus"] and _known(row) > _known(most.get(row["indicator"])):
            most[row["indicator"]] = row
    by_stage: dict[str, list[Statement]] = {}
    for row in records:
        if row["whole_campus"] and most.get(row["indicator"]) is not row:
            continue
        alone = row["whole_campus"] or row["school_code"] not in case.several_stages
        by_stage.setdefault(ALL_STAGES if alone else row["stage"], []).append(
            _amount(case, row, row["shortfall"])
        )
    return tuple(
        Statement(
            "county.school_part", {"stage": "" if stage == ALL_STAGES else stage, "lacking": by_stage[stage]}
        )
        for stage in (ALL_STAGES, *case.county.stages)
        if stage in by_stage
    )


def _known(row: Any) -> float:
    """A shortfall for comparison; nothing is less than an amount nobody knows."""
    if row is None:
        return -2.0
    return -1.0 if pd.isna(row["shortfall"]) else float(row["shortfall"])


def _totals(case: Case, rows: pd.DataFrame) -> Iterator[Statement]:
    """What all schools together lack of each thing."""
    for _, of_thing in rows.groupby("indicator", sort=False):
        most = of_thing.groupby("school_code", sort=False)["shortfall"].max()
        shared = of_thing["whole_campus"].astype(bool)
        total = (
            of_thing.loc[~shared, "shortfall"].sum()
            + most[of_thing.loc[shared, "school_code"].unique()].sum()
        )
        yield _amount(case, of_thing.iloc[0].to_dict(), float(total))


def _amount(case: Case, row: Any, amount: float) -> Statement:
    known = {entry.id: entry for entry in case.county.regime.indicators}
    if row["indicator"] in known:
        name = numerator(known[row["indicator"]].method).name
        return Statement("shortfall.resource", {"amount": (amount, row["unit"]), "name": name})
    word = RELATION_WORDS[row["relation"]]
    return Statement(
        f"shortfall.{word}",
        {"amount": (amount, row["unit"]), "thing": row["indicator"]},
    )


def _day(deadline: Any) -> date | None:
    return None if pd.isna(deadline) else pd.Timestamp(deadline).date()
