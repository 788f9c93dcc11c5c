"""The judged items of a regime (resources, government, quality, recognition, entry, vetoes, scores): outcome and why.

Reads no file: frames and a resolved regime in, frames out. Comparisons are exact; at the limit counts as met, save
where the regime says strictly below.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

import pandas as pd

from balance_analysis.measures.items.context import Context, build_context
from balance_analysis.regimes.model import Regime
from balance_analysis.statements import Statement
from balance_analysis.terms import Outcome, Relation
from balance_analysis.verdicts.combine import combine
from balance_analysis.verdicts.item_statements import explain_item, explain_school, open_rows
from balance_analysis.verdicts.parts import Judgement, Part, judge_item

SCHOOL_COLUMNS = (
    "item", "measure", "school_code", "school_name", "stage", "value", "limit", "relation", "shortfall", "unit", "detail",
)  # fmt: skip
OVERALL = "overall"
RESOURCES = "resource_allocation"
COUNTED = {"class_size": "个", "music_art_rooms": "间", "small_school_funds": "所"}
"""Methods whose item row counts what is too much or too little over all schools; none may be."""
SHORTFALL_UNITS = {"training_share": "万元"}
"""Units of what is lacking to a share, where these are not people."""
MONEY = ("元", "万元")
RANKS = {Outcome.MET: 3, Outcome.TOLERABLE: 2, Outcome.NOT_ASSESSABLE: 1, Outcome.NOT_MET: 0}
KEYS = (
    "division_code", "county", "year", "stage", "rule", "indicator", "item", "group", "measure", "school_code", "school_name",
)  # fmt: skip


def judge_items(
    schools: pd.DataFrame,
    counties: pd.DataFrame,
    evidence: pd.DataFrame,
    regime: Regime,
    *,
    year: int,
    headers: Mapping[str, str],
    resources: Mapping[str, tuple[str, Statement]] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judge every item of the regime for one county and school year; give the items and the schools behind them.

    Parameters: frames of ``SchoolTables`` restricted to one county (several years are fine); ``headers`` the Chinese
    names of their fields; ``resources`` the outcome and statement of the resource items, which are passed through.

    The first frame has one row per item in the order of the regime: ``item, group, kind, name, requirement``; ``value,
    limit, relation, unit`` of the figure that decides (the first that fails; for class sizes, rooms and funds of small
    schools the classes, rooms and schools that fall short, of which there may be none); ``outcome`` ``met`` /
    ``not_met`` / ``not_assessable``; ``detail`` a statement with the figures; ``schools`` codes of the schools
    below the limit joined by ``;`` and their number ``n_schools``; ``missing`` blank fields joined by ``、``;
    ``evidence`` the document; ``responsible_office``; ``concession`` those used; ``clause, source, grade`` of the
    limit or the item. Items of kind ``check`` are shown and decide nothing (see :func:`judge_groups`).

    The second has one row per item that is not met, school, stage and measure below its limit: ``item, measure,
    school_code, school_name, stage, value, limit, relation, shortfall, unit, detail``. ``shortfall`` is what is missing
    (or too much) in ``unit``: whole rooms, pupils, classes and teachers, exact yuan (万元 for training funds). For a
    county's share the schools below it are listed only when the county itself is.
    """
    context = build_context(schools, counties, evidence, regime, year=year)
    judged = [judge_item(item, context, resources) for item in regime.items]
    rows = [_item_row(judgement, context, headers) for judgement in judged]
    below = [_school_row(part) for judgement in judged for part in judgement.failing]
    return pd.DataFrame(rows), pd.DataFrame(below, columns=list(SCHOOL_COLUMNS))


def open_schools(
    schools: pd.DataFrame, counties: pd.DataFrame, evidence: pd.DataFrame, regime: Regime, *, year: int
) -> pd.DataFrame:
    """Schools of which an item cannot be judged because of their blanks: ``item, name, school_code, school_name, fields`` (a list).

    The item itself may fail all the same, because of other schools; parameters as of :func:`judge_items`.
    """
    context, rows = build_context(schools, counties, evidence, regime, year=year), []
    for item in regime.items:
        found = judge_item(item, context).schools
        if found is None:
            continue
        blank = open_rows(found) & found.decides
        for code in dict.fromkeys(found.rows.school_code[blank]):
            own = blank & (found.rows.school_code == code)
            fields = list(dict.fromkeys(found.rows.missing_in(own)))
            if fields:
                rows.append((item.id, item.name, code, found.rows.school_name[own][0], fields))
    return pd.DataFrame(rows, columns=["item", "name", "school_code", "school_name", "fields"])


def judge_groups(items: pd.DataFrame, *, resource_outcome: str | None = None) -> pd.DataFrame:
    """Outcome of every group of items, and of the county as a whole (group ``overall``, last row).

    All items of a group must be met; one failure fails it, one unknown leaves it open. ``resource_outcome`` is the
    county's verdict on resources, which stands in for its resource items (and is the only one where a regime has no
    such items). Checks decide nothing. ``failing`` and ``unknown`` list item ids joined by ``;``.
    """
    judged = items[items["kind"] != "check"]
    rows = []
    groups = list(dict.fromkeys(judged["group"]))
    if resource_outcome is not None and RESOURCES not in groups:
        groups.insert(0, RESOURCES)
    for group in groups:
        members = judged[judged["group"] == group]
        outcome = combine(members["outcome"])
        if group == RESOURCES and resource_outcome is not None:
            outcome = combine([resource_outcome])
        rows.append(_group_row(group, outcome, members))
    rows.append(_group_row(OVERALL, combine(row["outcome"] for row in rows), judged))  # type: ignore[misc]
    return pd.DataFrame(rows)


def verdicts_resting_on_concessions(with_: pd.DataFrame, without: pd.DataFrame) -> pd.DataFrame:
    """The verdicts that are better with concessions than without: those that hold only because of one.

    Takes two judged frames of the same kind (items, groups, schools, verdicts …), one judged with the concession
    overlays and one without, and matches their rows by the columns that name them. Returns these columns and
    ``outcome`` (with), ``outcome_without`` and, where the frames have it, ``detail``. Met ranks above tolerable, above not
    assessable, above not met.
    """
    keys = [column for column in KEYS if column in with_.columns and column in without.columns]
    kept = [*keys, "outcome", *(["detail"] if "detail" in with_.columns else [])]
    both = with_[kept].merge(
        without[[*keys, "outcome"]].rename(columns={"outcome": "outcome_without"}),
        on=keys,
        how="inner",
        validate="1:1",
    )
    better = [
        RANKS[Outcome(now)] > RANKS[Outcome(before)]
        for now, before in zip(both["outcome"], both["outcome_without"], strict=True)
    ]
    return both[better].reset_index(drop=True)[[*keys, "outcome", "outcome_without", *kept[len(keys) + 1 :]]]


def _item_row(judgement: Judgement, context: Context, headers: Mapping[str, str]) -> dict[str, object]:
    item, part, schools = judgement.item, judgement.headline, judgement.schools
    value, limit, relation, unit = _figures(judgement, part)
    entry = part.entry if part is not None else None
    cited = entry if entry is not None and entry.origin != "national" else item
    failing = list(dict.fromkeys(found.measure.school_code for found in judgement.failing))
    blank = [
        name for found in judgement.parts if found.measure.exact is None for name in found.measure.missing
    ]
    used: list[str] = []
    if schools is not None:
        blank += schools.rows.missing_in(~schools.rows.exact.known)
        used = ";".join(dict.fromkeys(schools.rows.concession)).split(";")
    return {
        "item": item.id,
        "group": item.group,
        "kind": item.kind,
        "name": item.name,
        "requirement": item.requirement,
        "value": value,
        "limit": limit,
        "relation": relation,
        "unit": unit,
        "outcome": judgement.outcome,
        "detail": explain_item(judgement, context, headers),
        "schools": ";".join(failing),
        "n_schools": len(failing),
        "missing": "、".join(dict.fromkeys(blank)),
        "evidence": judgement.evidence.reference,
        "responsible_office": judgement.evidence.responsible_office,
        "concession": ";".join(dict.fromkeys(name for name in used if name)),
        "clause": cited.clause,
        "source": cited.source,
        "grade": cited.grade.value,
    }


def _figures(judgement: Judgement, part: Part | None) -> tuple[float, float, str, str]:
    nothing = float("nan")
    method = judgement.item.method
    if method in COUNTED and judgement.schools is not None:
        failing = judgement.failing
        lacking = (
            len(failing)
            if method == "small_school_funds"
            else sum(float(_distance(found)) for found in failing)
        )
        known = failing or judgement.outcome == Outcome.MET
        return float(lacking) if known else nothing, 0.0, Relation.AT_MOST.value, COUNTED[method]
    if part is None:
        return nothing, nothing, "", ""
    exact, limit = part.measure.exact, part.limit
    return (
        nothing if exact is None else float(exact),
        nothing if limit is None else float(limit),
        part.relation.value if part.relation is not None else "",
        part.measure.unit,
    )


def _school_row(part: Part) -> dict[str, object]:
    measure = part.measure
    assert measure.exact is not None
    assert part.limit is not None
    assert part.relation is not None
    unit = SHORTFALL_UNITS.get(measure.measure, "人") if measure.unit == "%" else measure.unit
    shortfall = _distance(part)
    return {
        "item": measure.item,
        "measure": measure.measure,
        "school_code": measure.school_code,
        "school_name": measure.school_name,
        "stage": str(measure.stage),
        "value": float(measure.exact),
        "limit": float(part.limit),
        "relation": part.relation.value,
        "shortfall": float(shortfall if unit in MONEY else math.ceil(shortfall)),
        "unit": unit,
        "detail": explain_school(part),
    }


def _distance(part: Part) -> Fraction:
    """How far a failing part is from its limit, in what has to be changed: for a share, in parts of its whole."""
    assert part.measure.exact is not None
    assert part.limit is not None
    distance = abs(part.measure.exact - part.limit)
    if part.measure.unit == "%" and part.measure.denominator is not None:
        return distance * part.measure.denominator / 100
    return distance


def _group_row(group: str, outcome: str, members: pd.DataFrame) -> dict[str, object]:
    listed = {
        name: list(members["item"][members["outcome"] == name])
        for name in (Outcome.MET, Outcome.NOT_MET, Outcome.NOT_ASSESSABLE)
    }
    return {
        "group": group,
        "outcome": outcome,
        "n_items": len(members),
        "n_met": len(listed[Outcome.MET]),
        "n_not_met": len(listed[Outcome.NOT_MET]),
        "n_not_assessable": len(listed[Outcome.NOT_ASSESSABLE]),
        "failing": ";".join(listed[Outcome.NOT_MET]),
        "unknown": ";".join(listed[Outcome.NOT_ASSESSABLE]),
    }
