"""The problem list: what fails, at which school part and in the county, by how much, whose task it is, and which school is worst.

Worst is defined once, here: a school with more failing items is worse; of equally many the one with the largest relative
shortfall, which is the distance to the limit as a share of the limit (1 where the limit is zero: nothing of it may be there).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.explain.shortfalls import resource_shortfalls
from balance_analysis.regimes.model import Regime
from balance_analysis.terms import COMPOSITE, Outcome
from balance_analysis.verdicts.items import open_schools
from balance_analysis.verdicts.values import NO_LIMIT

COLUMNS: Final = (
    "stage", "school_code", "school_name", "item", "name", "indicator", "value", "limit", "relation", "shortfall", "unit",
    "relative_shortfall", "tolerated", "outcome", "whole_campus", "office", "deadline", "clause",
)  # fmt: skip
COUNTY_COLUMNS: Final = (
    "stage", "item", "name", "indicator", "value", "limit", "relation", "unit", "detail", "office", "deadline", "clause",
)  # fmt: skip
NO_TASK: Final[dict[str, Any]] = {"office": "", "deadline": pd.NaT}


def problem_list(county: CountyAssessment, tasks: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every value of a school part that is not as the law asks, in the order of the law's items and of the file (COLUMNS).

    Resource indicators (``indicator`` is theirs) and all other items that schools are judged by, checks left out
    (``indicator`` is the measure: ``music_rooms``, ``oversize_classes``; ``stage`` is ``all`` for the whole school).
    ``shortfall`` is what must be added or taken away in ``unit``. ``outcome`` is ``not_met``; ``tolerable`` with ``tolerated``
    where the school passes all the same; ``not_assessable`` where missing figures decide whether it does. ``tasks`` is the task breakdown
    (``item, deadline, responsible_offices``): it gives ``office`` and ``deadline``, which are empty and NaT without one.
    Values that are unknown are no problems but missing data, and not listed.
    """
    told, items = _tasks(tasks), county.items.set_index("item")
    lacking = resource_shortfalls(county)
    known = lacking[lacking["outcome"] != Outcome.NOT_ASSESSABLE]
    schools = county.current("schools")
    rules = schools.set_index(["stage", "school_code"])["outcome"].to_dict()
    found = [_resource_row(row, rules, county.regime) for row in known.to_dict("records")]
    decides = set(items.index[items["kind"] != "check"])
    found += [
        _item_row(row, items.loc[row["item"]])
        for row in county.item_schools.to_dict("records")
        if row["item"] in decides
    ]
    place = {item: number for number, item in enumerate(items.index)}
    found.sort(key=lambda row: place.get(row["item"], -1))
    return pd.DataFrame([row | told.get(row["item"], NO_TASK) for row in found], columns=list(COLUMNS))


def county_problems(
    county: CountyAssessment, tasks: pd.DataFrame | None = None, problems: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What fails in the county as a whole: coefficients above their limit, and failing items without a school behind (COUNTY_COLUMNS).

    Of a regime that judges every coefficient the composite decides nothing and is left out. ``detail`` is the item's own
    sentence, empty for coefficients. ``problems`` is the problem list where it is there already.
    """
    told = _tasks(tasks)
    found: list[dict[str, Any]] = []
    verdicts = county.current("verdicts")
    each = bool((verdicts["rule"] == "stage_coefficients").any())
    over = verdicts[(verdicts["rule"] == "coefficient") & (verdicts["outcome"] == Outcome.NOT_MET)]
    for row in over.to_dict("records"):
        if each and row["indicator"] == COMPOSITE:
            continue
        entry = None if row["indicator"] == COMPOSITE else county.regime.indicator(row["indicator"])
        named = {"item": entry.item if entry else "", "name": entry.name if entry else "", "unit": "1"}
        found.append({str(key): value for key, value in row.items()} | named | {"detail": ""})
    problems = problem_list(county) if problems is None else problems
    listed = {row["item"] for row in found} | set(
        problems.loc[problems["outcome"] == Outcome.NOT_MET, "item"]
    )
    failing = county.items[(county.items["outcome"] == Outcome.NOT_MET) & (county.items["kind"] != "check")]
    found += [
        {str(key): value for key, value in row.items()}
        | {"stage": "all", "indicator": "", "office": row["responsible_office"]}
        for row in failing.to_dict("records")
        if row["item"] not in listed
    ]
    return pd.DataFrame(
        [NO_TASK | row | told.get(row["item"], {}) for row in found], columns=list(COUNTY_COLUMNS)
    )


def blank_schools(county: CountyAssessment) -> pd.DataFrame:
    """Schools whose own blanks leave an item beside resources open, whatever the others do (:func:`open_schools`), checks left out."""
    filed = county.tables
    rows = open_schools(filed.schools, filed.counties, filed.evidence, county.regime, year=county.year)
    decides = county.items.loc[county.items["kind"] != "check", "item"]
    return rows[rows["item"].isin(decides)].reset_index(drop=True)


def worst_first(problems: pd.DataFrame) -> pd.DataFrame:
    """The schools that fail, the worst first, one row per school: ``school_code, school_name, n_items, relative_shortfall``.

    Tolerated and open values do not count; an item that fails at both stages of a school counts once. Equals keep the order of the list.
    """
    failing = problems[problems["outcome"] == Outcome.NOT_MET]
    schools = failing.groupby("school_code", sort=False).agg(
        school_name=("school_name", "first"),
        n_items=("item", "nunique"),
        relative_shortfall=("relative_shortfall", "max"),
    )
    ordered = schools.sort_values(["n_items", "relative_shortfall"], ascending=False, kind="stable")
    return ordered.reset_index()


def _tasks(tasks: pd.DataFrame | None) -> dict[str, dict[str, Any]]:
    if tasks is None:
        return {}
    return {
        str(row["item"]): {"office": row["responsible_offices"], "deadline": row["deadline"]}
        for row in tasks.to_dict("records")
    }


def _resource_row(row: dict[Any, Any], rules: Mapping[Any, str], regime: Regime) -> dict[str, Any]:
    """``rules``: whether the school passes, by stage and school."""
    entry = regime.indicator(row["indicator"])
    limit = regime.limit(entry.id, "school_value", row["stage"])
    assert limit is not None
    outcome = row["outcome"]
    if outcome == Outcome.TOLERABLE and not row["tolerated"]:
        rule = rules[row["stage"], row["school_code"]]
        outcome = Outcome.NOT_MET.value if rule == NO_LIMIT else rule
    return {
        **row,
        "item": entry.item,
        "name": entry.name,
        "relation": limit.relation.value,
        "relative_shortfall": _relative(row["value"], row["limit"]),
        "outcome": outcome,
        "clause": limit.clause,
    }


def _item_row(row: dict[Any, Any], item: pd.Series) -> dict[str, Any]:
    return {
        **row,
        "stage": row["stage"] or "all",
        "name": item["name"],
        "indicator": row["measure"],
        "relative_shortfall": _relative(row["value"], row["limit"]),
        "tolerated": False,
        "outcome": Outcome.NOT_MET.value,
        "whole_campus": False,
        "clause": item["clause"],
    }


def _relative(value: float, limit: float) -> float:
    """Distance to the limit as a share of it.

    >>> _relative(3.0, 4.0), _relative(2500.0, 2000.0), _relative(2.0, 0.0)
    (0.25, 0.25, 1.0)
    """
    return math.nan if math.isnan(value) else 1.0 if limit == 0 else abs(value - limit) / limit
