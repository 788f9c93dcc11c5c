"""Counties ranked by indicator and stage: exact order, shared ranks, and nobody ranked who cannot be."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cmp_to_key
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.exact import as_filed, composite, cv_squared
from balance_analysis.statements import Statement
from balance_analysis.terms import ALL_STAGES, COMPOSITE, Outcome, Stage
from balance_analysis.verdicts.resources import NO_SCHOOLS
from balance_analysis.verdicts.values import NO_LIMIT

EVERY_INDICATOR = "all"
"""The pseudo-indicator of the whole school rule, as in the trends."""

DIRECTIONS = {"mean": "higher", "cv": "lower", "schools_met_share": "higher"}
"""Which way is better: more of a resource, less spread, more schools that pass."""

NEAR = 1e-6
"""Floats closer than this (relative or absolute) are put in order by rational arithmetic."""

LEAGUE_COLUMNS = (
    "division_code",
    "county",
    "year",
    "stage",
    "indicator",
    "measure",
    "direction",
    "value",
    "limit",
    "outcome",
    "borderline",
    "rank",
    "tied",
    "n_ranked",
    "n_schools",
    "n_unknown",
    "enrolment",
    "reason",
)
NO_SCHOOL = Statement("league.no_school_in_stage")
UNRANKED_COLUMNS = ("division_code", "county", "year", "stage", "measures", "indicators", "reason")

Exact = Callable[[], Fraction]


@dataclass(frozen=True)
class _Entry:
    """One county's value of one measure, with a way to its exact order."""

    row: dict[str, Any]
    exact: Exact


def league_table(counties: Sequence[CountyAssessment]) -> pd.DataFrame:
    """Every county's mean, coefficient and share of passing schools with its rank, by stage and indicator.

    One row per county × stage × indicator × measure for each stage that any county has. ``measure``:
    ``mean``, ``cv`` (also for ``composite``), ``schools_met_share`` (also for ``all``, the whole school rule; left
    out where the regime sets no limit on schools). ``direction``: ``higher`` or ``lower`` is better.

    ``rank`` follows the exact values, not the printed ones; equal values share the rank (1, 1, 3) and have
    ``tied``. A county without the value, or with schools whose verdict is unknown, has no rank (NA) and a Chinese
    ``reason``: it is never last. ``limit`` and ``outcome`` are the regime's where it judges that value, else
    NaN and empty. Order: stage, indicator of the regime, measure, rank, code.
    """
    stages = [stage.value for stage in Stage if any(stage in county.stages for county in counties)]
    cells: dict[tuple[str, str, str], list[_Entry]] = {}
    for stage in stages:
        for county in counties:
            for entry in _county_entries(county, stage):
                row = entry.row
                cells.setdefault((stage, row["indicator"], row["measure"]), []).append(entry)
    rows = [row for entries in cells.values() for row in _ranked(entries)]
    frame = pd.DataFrame(rows, columns=list(LEAGUE_COLUMNS))
    return frame.astype({"rank": "Int64", "n_schools": "Int64", "enrolment": "float64"})


def _ranked(entries: Sequence[_Entry]) -> list[dict[str, Any]]:
    known = [entry for entry in entries if not entry.row["reason"]]
    unknown = [entry for entry in entries if entry.row["reason"]]
    lower = DIRECTIONS[entries[0].row["measure"]] == "lower"
    ranks = rank_exactly(
        [entry.row["value"] for entry in known], [entry.exact for entry in known], lower_is_better=lower
    )
    rows = [
        {**entry.row, "rank": rank, "tied": ranks.count(rank) > 1, "n_ranked": len(known)}
        for entry, rank in zip(known, ranks, strict=True)
    ]
    rows.sort(key=lambda row: (row["rank"], row["division_code"]))
    blank = {"rank": pd.NA, "tied": False, "n_ranked": len(known)}
    return rows + sorted(({**entry.row, **blank} for entry in unknown), key=lambda row: row["division_code"])


def rank_exactly(
    values: Sequence[float], exact: Sequence[Exact], *, lower_is_better: bool = False
) -> list[int]:
    """Competition ranks (1, 1, 3): the same rank exactly where the exact values are equal.

    ``exact`` gives each value's order without rounding, and is asked only where floats are closer than
    ``NEAR``: a last binary digit must neither break a tie nor make one.

    >>> thirds = [lambda: Fraction(1, 3), lambda: Fraction(2, 6), lambda: Fraction(1, 4)]
    >>> rank_exactly([0.1 + 0.2333333333333333, 1 / 3, 0.25], thirds)
    [1, 1, 3]
    """

    def compare(one: int, other: int) -> int:
        if not math.isclose(values[one], values[other], rel_tol=NEAR, abs_tol=NEAR):
            ahead = values[one] < values[other]
        elif exact[one]() == exact[other]():
            return 0
        else:
            ahead = exact[one]() < exact[other]()
        return -1 if ahead == lower_is_better else 1

    order = sorted(range(len(values)), key=cmp_to_key(compare))
    ranks = [0] * len(values)
    for place, index in enumerate(order):
        same = place > 0 and compare(order[place - 1], index) == 0
        ranks[index] = ranks[order[place - 1]] if same else place + 1
    return ranks


def _county_entries(county: CountyAssessment, stage: str) -> Iterator[_Entry]:
    """Every measure of one county and stage, in the regime's order."""
    coefficients = county.current("coefficients")
    indicators, schools = county.current("indicators"), county.current("schools")
    of_stage = schools[schools["stage"] == stage]
    size = dict(zip(("n_schools", "enrolment"), county.size(stage), strict=True))
    head = {"division_code": county.division_code, "county": county.county, "year": county.year}
    head |= {"stage": stage, **size}
    squares: list[Exact] = []
    names = [entry.id for entry in county.regime.indicators]
    limited = of_stage[of_stage["outcome"] != NO_LIMIT]
    if any(county.regime.limit(name, "school_value", stage) is not None for name in names):
        yield _share_entry(head, EVERY_INDICATOR, limited["outcome"])
    composite: _Entry | None = None
    rest: list[_Entry] = []
    for name in [*names, COMPOSITE]:
        found = coefficients[(coefficients["stage"] == stage) & (coefficients["indicator"] == name)]
        record = found.to_dict("records")[0] if len(found) else None
        if name == COMPOSITE:
            whole = _composite_order(tuple(squares)) if len(of_stage) else _published(record, "cv")
            composite = _value_entry(head, name, "cv", record, whole)
            continue
        rows = indicators[(indicators["stage"] == stage) & (indicators["indicator"] == name)]
        square = _square_of(rows) if len(of_stage) else _published(record, "cv", power=2)
        mean = _mean_of(rows) if len(of_stage) else _published(record, "mean")
        squares.append(square)
        rest.append(_value_entry(head, name, "mean", record, mean))
        rest.append(_value_entry(head, name, "cv", record, square))
        if county.regime.limit(name, "school_value", stage) is not None:
            rest.append(_share_entry(head, name, rows["outcome"]))
    if composite is not None:
        yield composite
    yield from rest


def _value_entry(
    head: dict[str, Any], indicator: str, measure: str, record: dict[Any, Any] | None, exact: Exact
) -> _Entry:
    row = _blank(head, indicator, measure)
    if record is None:
        none = NO_SCHOOL if head["n_schools"] == 0 else Statement("league.stage_not_published")
        return _Entry({**row, "reason": none}, exact)
    row["value"] = float(record[measure])
    row["n_unknown"] = int(record["n_missing"])
    if measure == "cv" and pd.notna(record["limit"]):
        row |= {"limit": record["limit"], "outcome": record["outcome"], "borderline": record["borderline"]}
    if math.isnan(row["value"]):
        row["reason"] = record["reason"] or Statement("league.no_figures")
    return _Entry(row, exact)


def _published(record: dict[Any, Any] | None, measure: str, *, power: int = 1) -> Exact:
    """A published figure has no schools behind it: it stands for itself, in the power that computed ones are compared in."""
    return lambda: as_filed((record or {})[measure]) ** power


def _share_entry(head: dict[str, Any], indicator: str, outcomes: pd.Series) -> _Entry:
    """Passing ÷ all schools; with schools that cannot be judged the share is only known within bounds."""
    row = _blank(head, indicator, "schools_met_share")
    total, passing = len(outcomes), int((outcomes == Outcome.MET).sum())
    unknown = int((outcomes == Outcome.NOT_ASSESSABLE).sum())
    row["n_unknown"] = unknown
    if total == 0:
        row["reason"] = NO_SCHOOL if head["n_schools"] == 0 else NO_SCHOOLS
    elif unknown:
        low, high = Fraction(passing, total), Fraction(passing + unknown, total)
        figures = {"n": total, "unknown": unknown, "met": passing, "low": low, "high": high}
        none_known = Statement("league.no_school_assessable")
        row["reason"] = none_known if unknown == total else Statement("league.some_schools_unknown", figures)
    else:
        row["value"] = passing / total
    return _Entry(row, lambda: Fraction(passing, total))


def _blank(head: dict[str, Any], indicator: str, measure: str) -> dict[str, Any]:
    return {
        **head,
        "indicator": indicator,
        "measure": measure,
        "direction": DIRECTIONS[measure],
        "value": np.nan,
        "limit": np.nan,
        "outcome": "",
        "borderline": False,
        "n_unknown": 0,
        "reason": "",
    }


def _exact_rows(rows: pd.DataFrame) -> tuple[list[Fraction], list[Fraction]]:
    return list(rows["exact_value"]), [Fraction(int(n)) for n in rows["enrolment"]]


def _mean_of(rows: pd.DataFrame) -> Exact:
    @cache
    def mean() -> Fraction:
        values, pupils = _exact_rows(rows)
        total = sum((x * n for x, n in zip(values, pupils, strict=True)), Fraction(0))
        return total / sum(pupils, Fraction(0))

    return mean


def _square_of(rows: pd.DataFrame) -> Exact:
    @cache
    def square() -> Fraction:
        return cv_squared(*_exact_rows(rows))

    return square


def _composite_order(squares: tuple[Exact, ...]) -> Exact:
    @cache
    def mean_of_all() -> Fraction:
        return composite([square() for square in squares])

    return mean_of_all


def unranked(league: pd.DataFrame, failed: Sequence[tuple[str, str, str]] = ()) -> pd.DataFrame:
    """Who is not in which ranking and why: one row per county, stage, reason and indicators concerned.

    ``failed``: (code, county, message) of counties without an assessment; they stand in no ranking at all and come
    last with the stage ``all`` and no measure. ``indicators`` and ``measures`` are ids joined by ``;``.
    """
    open_rows = league[league["rank"].isna()]
    keys = ["stage", "division_code", "county", "year", "reason"]
    rows: list[dict[str, Any]] = []
    for values, group in open_rows.groupby(keys, sort=False):
        head = dict(zip(keys, values, strict=True))
        by_indicator = group.groupby("indicator", sort=False)["measure"].agg(";".join)
        for measures, names in by_indicator.groupby(by_indicator, sort=False):
            rows.append({**head, "measures": measures, "indicators": ";".join(map(str, names.index))})
    rows.sort(
        key=lambda row: (
            list(Stage).index(Stage(row["stage"])),
            row["division_code"],
            row["county"],
            row["year"],
        )
    )
    for code, county, message in failed:
        head = {"division_code": code, "county": county, "year": None, "stage": ALL_STAGES}
        rows.append({**head, "measures": "", "indicators": "", "reason": message})
    frame = pd.DataFrame(rows, columns=list(UNRANKED_COLUMNS))
    frame["year"] = frame["year"].astype("Int64")
    return frame
