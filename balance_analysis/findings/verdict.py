"""The verdict: the county on everything the law judges, its schools, its coefficients, and which rounding would turn one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from balance_analysis.exact import MOST_DIGITS, as_filed, holds, reversing_decimals
from balance_analysis.findings.case import Case
from balance_analysis.findings.model import CATALOGUE, Finding, Kind, Tone
from balance_analysis.statements import Statement
from balance_analysis.terms import COMPOSITE, Outcome, Relation
from balance_analysis.verdicts.items import OVERALL, RESOURCES
from balance_analysis.verdicts.values import NO_LIMIT

KINDS = (
    Kind(id="verdict.met", tone=Tone.REASSURING, group="verdict"),
    Kind(id="verdict.not_met", tone=Tone.ADVERSE, group="verdict"),
    Kind(id="verdict.open", tone=Tone.OPEN, group="verdict"),
    Kind(id="verdict.only_resources_met", tone=Tone.ADVERSE, excludes=frozenset({"verdict.met"})),
    Kind(id="verdict.schools_met", tone=Tone.REASSURING, group="schools"),
    Kind(id="verdict.schools_not_met", tone=Tone.ADVERSE, group="schools"),
    Kind(id="verdict.schools_open", tone=Tone.OPEN, group="schools"),
    Kind(id="verdict.coefficients_above", tone=Tone.ADVERSE, group="coefficients"),
    Kind(id="verdict.coefficients_within", tone=Tone.REASSURING, group="coefficients"),
    Kind(id="verdict.coefficients_nearest", tone=Tone.PLAIN, group="coefficients"),
    Kind(id="verdict.coefficients_open", tone=Tone.OPEN),
    Kind(id="verdict.rounding_turns", tone=Tone.PLAIN),
    Kind(id="verdict.composite_agrees", tone=Tone.PLAIN, group="composite"),
    Kind(id="verdict.composite_differs", tone=Tone.PLAIN, group="composite"),
)
CATALOGUE.add(*KINDS)


def find(case: Case) -> Iterator[Finding]:
    """The whole first, then resources, schools and coefficients by stage."""
    yield overall(case)
    county = case.county
    if county.outcome == Outcome.MET != county.overall_outcome:
        yield Finding(id="verdict.only_resources_met", frame="groups")
    for stage in county.stages:
        yield from _schools(case, stage)
        yield from _coefficients(case, stage)
        yield from _composite(case, stage)


def overall(case: Case) -> Finding:
    """The county's outcome on everything the law judges, with the names of the items that fail or are open."""
    groups = case.county.groups
    row = groups[groups["group"] == OVERALL].iloc[0]
    failing, unknown = _listed(case, row["failing"], Outcome.NOT_MET), _listed(case, row["unknown"], None)
    figures: dict[str, Any] = {
        "failing": failing,
        "n_failing": len(failing),
        "unknown": unknown,
        "n_unknown": len(unknown),
    }
    if row["outcome"] == Outcome.MET:
        figures["conceded"] = list(conceded(case))
    kind = {Outcome.MET: "met", Outcome.NOT_MET: "not_met"}.get(Outcome(row["outcome"]), "open")
    return Finding(id=f"verdict.{kind}", figures=figures, frame="groups", rows=(len(groups) - 1,))


def conceded(case: Case) -> Iterator[Statement]:
    """The items, or the resources as a whole, that pass only by a dated concession."""
    if not any(overlay.level == "concession" for overlay in case.county.regime.overlays):
        return
    removed = case.concessions.removed
    for item in dict.fromkeys(removed.loc[removed["frame"] == "items", "item"]):
        yield named(case, item)
    if len(removed) and not (removed["frame"] == "items").any():
        yield Statement("item.group", {"group": RESOURCES})


def named(case: Case, item: str) -> Statement:
    """An item of the law: its number and its name (the short one where it is an indicator, which an overlay may add without an item)."""
    short = {one.id: one.short_name for one in case.county.regime.indicators}
    names = {one.item: one.short_name for one in case.county.regime.indicators}
    for entry in case.county.regime.items:
        names[entry.id] = short.get(entry.method, entry.name) if entry.kind == "resource" else entry.name
    name = names[item]
    return Statement("item.title", {"item": (item, name)})


def _listed(case: Case, ids: str, resources: Outcome | None) -> list[Statement]:
    """Items by name; where the law has no resource items, or none of them says it, the part that fails or is open."""
    said = [named(case, item) for item in ids.split(";") if item]
    county, wanted = case.county, resources or Outcome.NOT_ASSESSABLE
    by_item = any(entry.kind == "resource" and entry.id in ids.split(";") for entry in county.regime.items)
    if county.outcome != wanted or by_item:
        return said
    verdicts = county.current("verdicts")
    above = verdicts[(verdicts["rule"] == "coefficient") & (verdicts["outcome"] == wanted)]
    rows = [coefficient(case, row) for row in above.to_dict("records")]
    return [*(rows or [Statement("item.group", {"group": RESOURCES})]), *said]


def coefficient(case: Case, row: Any) -> Statement:
    """One coefficient of a stage by name, with its value beside its limit where both are known."""
    entry = None if row["indicator"] == COMPOSITE else case.county.regime.indicator(row["indicator"])
    value = row.get("cv", row.get("value"))
    return Statement(
        "coefficient.composite" if entry is None else "coefficient.one",
        {
            "stage": row["stage"],
            "name": "" if entry is None else entry.short_name,
            "cv": (value, _relation(case, row), row["limit"]),
            "limit": row["limit"],
        },
    )


def _unknown(case: Case, row: Any) -> Statement:
    composite = row["indicator"] == COMPOSITE
    if composite:
        return Statement("coefficient.unknown_composite", {"reason": row["reason"]})
    name = case.county.regime.indicator(row["indicator"]).short_name
    return Statement("coefficient.unknown", {"name": name, "reason": row["reason"]})


def _relation(case: Case, row: Any) -> str:
    limit = case.county.regime.limit(row["indicator"], "cv", row["stage"])
    return "" if limit is None else limit.relation.value


def _schools(case: Case, stage: str) -> Iterator[Finding]:
    schools = case.county.current("schools")
    judged = schools[(schools["stage"] == stage) & (schools["outcome"] != NO_LIMIT)]
    if judged.empty:
        return
    counts = judged["outcome"].value_counts()
    n_failing, n_unknown = (int(counts.get(name, 0)) for name in (Outcome.NOT_MET, Outcome.NOT_ASSESSABLE))
    kind = "not_met" if n_failing else "open" if n_unknown else "met"
    if kind == "met" and case.county.overall_outcome != Outcome.MET:
        return
    figures = {"stage": stage, "n": len(judged), "n_failing": n_failing, "n_unknown": n_unknown}
    clause = case.county.current("verdicts")
    cited = clause.loc[(clause["rule"] == "schools") & (clause["stage"] == stage), "clause"]
    yield Finding(
        id=f"verdict.schools_{kind}", subject=stage, figures=figures, frame="schools",
        rows=tuple(judged.index[judged["outcome"] != Outcome.MET]), clause=next(iter(cited), ""),
    )  # fmt: skip


def deciding(case: Case, stage: str) -> pd.DataFrame:
    """The coefficients of a stage that decide: with a limit, the composite only where no single one has a limit."""
    rows = case.county.current("coefficients")
    limited = rows[(rows["stage"] == stage) & rows["limit"].notna()]
    single = limited[limited["indicator"] != COMPOSITE]
    return single if len(single) else limited


def over_composite(case: Case, stage: str) -> Any:
    """The composite of a stage where it is what the law limits and is above its limit; None else."""
    rows = deciding(case, stage)
    rows = rows[(rows["indicator"] == COMPOSITE) & (rows["outcome"] == Outcome.NOT_MET)]
    return rows.iloc[0].to_dict() if len(rows) else None


def _coefficients(case: Case, stage: str) -> Iterator[Finding]:
    rows = deciding(case, stage)
    for kind, outcome in (("above", Outcome.NOT_MET), ("open", Outcome.NOT_ASSESSABLE)):
        chosen = rows[rows["outcome"] == outcome]
        chosen = chosen.iloc[(chosen["cv"] / chosen["limit"]).argsort()[::-1]]
        if len(chosen):
            say = coefficient if kind == "above" else _unknown
            each, why = [say(case, row) for row in chosen.to_dict("records")], ""
            if kind == "open" and len(each) > 1 and len(reasons := chosen["reason"].unique()) == 1:
                each, why = [replace(one, figures={**one.figures, "reason": ""}) for one in each], reasons[0]
            yield Finding(
                id=f"verdict.coefficients_{kind}", subject=stage, frame="coefficients", rows=tuple(chosen.index),
                figures={"stage": stage, "n": len(chosen), "each": each, "why": why, **each[0].figures}, clause=str(chosen["clause"].iloc[0]),
            )  # fmt: skip
    if len(rows) and (rows["outcome"] == Outcome.MET).all():
        kind = "within" if case.county.overall_outcome == Outcome.MET else "nearest"
        nearest = rows.iloc[int((rows["cv"] / rows["limit"]).argmax())]
        figures = {"stage": stage, "n": len(rows) - 1, "nearest": coefficient(case, nearest.to_dict())}
        yield Finding(
            id=f"verdict.coefficients_{kind}", subject=stage, figures=figures, frame="coefficients",
            rows=(int(str(nearest.name)),), clause=nearest["clause"],
        )  # fmt: skip
    for place, row in rows[rows["outcome"].isin([Outcome.MET, Outcome.NOT_MET])].iterrows():
        relation = _relation(case, row)
        turned = _turning_decimals(row, relation) if row["borderline"] else []
        if turned:
            yield Finding(
                id="verdict.rounding_turns",
                subject=f"{stage}/{row['indicator']}",
                figures={
                    "what": coefficient(case, row.to_dict()),
                    "rounded": (row["cv"], turned),
                    "outcome": row["outcome"],
                },
                frame="coefficients",
                rows=(int(str(place)),),
                clause=str(row["clause"]),
            )


def _turning_decimals(row: Any, relation: str) -> list[int]:
    limit = as_filed(row["limit"])
    keeps = partial(holds, relation=Relation(relation), limit=limit)
    first = next(digits for digits in range(2, MOST_DIGITS) if (limit * 10**digits).denominator == 1)
    places = range(first, MOST_DIGITS + 1)
    return reversing_decimals(row["cv"], keeps, places, truth=row["outcome"] == Outcome.MET)


def _composite(case: Case, stage: str) -> Iterator[Finding]:
    verdicts = case.county.current("verdicts")
    of_stage = verdicts[verdicts["stage"] == stage].set_index("rule")["outcome"]
    if "stage_coefficients_composite" not in of_stage:
        return
    by_item, whole = (str(of_stage[rule]) for rule in ("stage_coefficients", "stage_coefficients_composite"))
    kind = "agrees" if by_item == whole else "differs"
    figures = {"stage": stage, "by_item": by_item, "composite": whole}
    yield Finding(id=f"verdict.composite_{kind}", subject=stage, figures=figures, frame="verdicts")
