"""Measures × limits → met, not met, not assessable; with margin, clause and certainty. Reads no file.

Comparisons use unrounded values, and exact rational arithmetic decides where a float is too close
to call. ``borderline`` says that rounding for print would have changed the outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import (
    NEAR,
    Floats,
    Mask,
    Number,
    Whole,
    as_filed,
    composite,
    cv_squared,
    half_up_floats,
    holds,
    reversing_decimals,
)
from balance_analysis.measures.coefficients import GROUP
from balance_analysis.measures.grouping import groups
from balance_analysis.regimes.model import Cited, Limit, Regime
from balance_analysis.statements import Beside, Statement
from balance_analysis.terms import ALL_STAGES, COMPOSITE, Outcome, Relation, Stage
from balance_analysis.verdicts.combine import combine
from balance_analysis.verdicts.values import (
    MET,
    NO_LIMIT,
    NOT_MET,
    UNKNOWN,
    UNLIMITED,
    WORDS,
    Codes,
    display_places,
)

VERDICT_COLUMNS = (
    *GROUP,
    "rule",
    "indicator",
    "value",
    "limit",
    "relation",
    "outcome",
    "margin",
    "borderline",
    "clause",
    "source",
    "grade",
    "detail",
)
CITED = ("clause", "source", "grade")
NO_SCHOOLS = Statement("rules.no_schools")
"""Why what schools decide is unknown where only means and coefficients were published."""


def judge_coefficients(coefficients: pd.DataFrame, indicators: pd.DataFrame, regime: Regime) -> pd.DataFrame:
    """Add ``limit, outcome, margin, borderline, clause, source, grade`` to the coefficients (a copy).

    ``margin`` is limit − cv (positive = better). Where floats do not decide, the indicators' ``exact_value`` does.
    """
    cv = coefficients["cv"].to_numpy(np.float64)
    columns = {
        name: np.empty(len(cv), dtype=column.dtype)
        for name, column in coefficient_verdicts(cv[:0], None, regime, lambda position: []).items()
    }
    cited = {name: np.full(len(cv), "", dtype=object) for name in CITED}
    for rows in groups(coefficients, ["indicator", "stage"]):
        row = coefficients.iloc[rows[0]]

        def squares(position: int, rows: Whole = rows) -> list[Fraction]:
            return _squares(indicators, coefficients.iloc[rows[position]])

        limit = regime.limit(row["indicator"], "cv", row["stage"])
        for name, column in coefficient_verdicts(cv[rows], limit, regime, squares).items():
            columns[name][rows] = column
        for name, text in citation_of(limit).items():
            cited[name][rows] = text
    words = {name: pd.array(texts, dtype="str") for name, texts in cited.items()}
    return coefficients.assign(**(columns | {"outcome": WORDS[columns["outcome"]]} | words))


def citation_of(entry: Cited | None) -> dict[str, str]:
    """Clause, source and grade of an entry of the law; empty without one."""
    return {name: "" if entry is None else str(getattr(entry, name)) for name in CITED}


def coefficient_verdicts(
    cv: Floats, limit: Limit | None, regime: Regime, squares: Callable[[int], list[Fraction]]
) -> dict[str, Any]:
    """Limit, outcome (as code), margin and borderline of one indicator's coefficients; ``squares`` as in :func:`judge_cv`."""
    nothing = np.full(len(cv), np.nan)
    if limit is None:
        outcome: Codes = np.where(np.isnan(cv), np.int8(UNKNOWN), np.int8(UNLIMITED))
        return {
            "limit": nothing,
            "outcome": outcome,
            "margin": nothing,
            "borderline": np.zeros(len(cv), dtype=bool),
        }
    outcome, margin, borderline = judge_cv(cv, limit, regime, squares)
    bound = np.full(len(cv), float(limit.value))
    return {"limit": bound, "outcome": outcome, "margin": margin, "borderline": borderline}


def judge_cv(
    cv: Floats, limit: Limit, regime: Regime, squares: Callable[[int], list[Fraction]]
) -> tuple[Codes, Floats, Mask]:
    """Outcome, margin (limit − cv) and borderline of coefficients beside their limit; a NaN is unknown.

    A float within ``NEAR`` of the limit is decided by rational arithmetic: ``squares`` gives by position the exact CV² of
    the coefficient, or of all that the composite is the mean of.
    """
    bound = float(limit.value)
    known = ~np.isnan(cv)
    met: Mask = cv < bound
    for position in np.flatnonzero(np.abs(cv / bound - 1) < NEAR).tolist():
        met[position] = _exactly_met(squares(position), limit)
    margin = bound - cv
    shown = {*display_places(regime, "coefficient"), limit.decimals}
    near = np.flatnonzero(np.abs(margin) <= 10.0 ** -min(shown))
    turns: Mask = np.zeros(len(near), dtype=bool)
    for places in shown:
        printed, edge = half_up_floats(cv[near], places), float(limit.value.scaleb(places))
        turns |= (printed < edge if limit.relation is Relation.BELOW else printed <= edge) != met[near]
    borderline: Mask = np.zeros(len(cv), dtype=bool)
    borderline[near] = turns
    # a margin never contradicts its outcome: at the limit the last bits of a float say nothing
    margin = np.where(met, np.maximum(margin, 0.0), np.minimum(margin, 0.0))
    codes: Codes = np.where(met, np.int8(MET), np.int8(NOT_MET))
    codes[~known] = UNKNOWN
    return codes, margin, borderline


def _squares(indicators: pd.DataFrame, row: pd.Series[Any]) -> list[Fraction]:
    keys = ["division_code", "year", "stage", *([] if row["indicator"] == COMPOSITE else ["indicator"])]
    same = indicators[np.logical_and.reduce([indicators[key] == row[key] for key in keys])]
    return [
        cv_squared(list(part["exact_value"]), [as_filed(float(pupils)) for pupils in part["enrolment"]])
        for _, part in same.groupby("indicator", sort=False)
    ]


def _exactly_met(squares: list[Fraction], limit: Limit) -> bool:
    if len(squares) > 1:
        return limit.holds(composite(squares))
    return holds(squares[0], limit.relation, Fraction(limit.value) ** 2)


def judge_county(schools: pd.DataFrame, coefficients: pd.DataFrame, regime: Regime) -> pd.DataFrame:
    """The county's rules, by stage and as a whole (VERDICT_COLUMNS).

    Rules: ``schools`` (every school passes), ``coefficient`` (one row per indicator with a limit,
    or ``composite``), ``stage_coefficients``, ``stage_resources``, ``county_resources``; with an
    overlay that adds a composite rule to a regime that judges every indicator, the rules ending in
    ``_composite`` give the local reading beside the national one, which stays the verdict.
    """
    rows: list[dict[str, Any]] = []
    expected = {stage for entry in regime.scope for stage in entry.stages}
    for keys, coefficient_rows in coefficients.groupby(GROUP[:3], sort=False):
        head = dict(zip(GROUP[:3], keys, strict=True))
        of_county = schools["division_code"] == head["division_code"]
        chosen = schools[of_county & (schools["year"] == head["year"])]
        national: list[str] = []
        local: list[str] = []
        for stage, of_stage in coefficient_rows.groupby("stage", sort=False):
            stage_head = {**head, "stage": stage}
            parts = _judge_stage(stage_head, chosen[chosen["stage"] == stage], of_stage, regime)
            rows += parts
            national.append(next(row["outcome"] for row in parts if row["rule"] == "stage_resources"))
            local += [row["outcome"] for row in parts if row["rule"] == "stage_resources_composite"]
        whole = {**head, "stage": ALL_STAGES}
        with_figures = set(coefficient_rows["stage"])
        absent = [stage for stage in Stage if stage in expected and stage not in with_figures]
        unknown = [Outcome.NOT_ASSESSABLE.value] * len(absent)
        outcome = combine([*national, *unknown])
        schools_needed = regime.school_rule is not None and not with_figures <= set(chosen["stage"])
        detail = _county_statement(outcome, absent, schools_needed=schools_needed)
        rows.append(_verdict(whole, "county_resources", outcome, detail=detail))
        if local:
            other = combine([*local, *unknown])
            same = "same" if other == outcome else "differs"
            detail = Statement(f"rules.county_composite_{same}", {"outcome": other})
            rows.append(_verdict(whole, "county_resources_composite", other, detail=detail))
    return pd.DataFrame(rows, columns=list(VERDICT_COLUMNS))


def _judge_stage(
    head: dict[str, Any], schools: pd.DataFrame, coefficients: pd.DataFrame, regime: Regime
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    school_outcomes = [outcome for outcome in schools["outcome"] if outcome != NO_LIMIT]
    if school_outcomes:
        number, passing = len(school_outcomes), school_outcomes.count(Outcome.MET.value)
        unknown = school_outcomes.count(Outcome.NOT_ASSESSABLE.value)
        minimum = next(entry for entry in regime.parameters if entry.id == "school.indicators_met_minimum")
        # of unknown schools any number may pass: the margin is open
        margin = np.nan if unknown else float(passing - number)
        figures = {"value": float(passing), "limit": float(number), "margin": margin}
        said = {"n": number, "passing": passing, "unknown": unknown}
        rows.append(
            _verdict(
                head, "schools", combine(school_outcomes), relation=Relation.AT_LEAST, **figures,
                **citation_of(minimum), detail=Statement("rules.schools", said),
            )
        )  # fmt: skip
    elif schools.empty and regime.school_rule is not None:
        school_outcomes = [Outcome.NOT_ASSESSABLE.value]
        detail = Statement("rules.no_school_verdicts", {"why": NO_SCHOOLS})
        rows.append(_verdict(head, "schools", school_outcomes[0], detail=detail))
    each: list[str] = []
    composite: list[str] = []
    cited: dict[str, dict[str, Any]] = {}
    shown = display_places(regime, "coefficient")
    for row in coefficients.to_dict("records"):
        limit = regime.limit(row["indicator"], "cv", head["stage"])
        if limit is None:
            continue
        (composite if row["indicator"] == COMPOSITE else each).append(row["outcome"])
        cited[row["indicator"]] = {name: row[name] for name in CITED}
        found = {name: row[name] for name in ("indicator", "limit", "margin", "borderline", *CITED)}
        detail = row.get("sentence") or _coefficient_statement(row, limit, shown)
        found |= {"value": row["cv"], "relation": limit.relation, "detail": detail}
        rows.append(_verdict(head, "coefficient", row["outcome"], **found))
    school_part = [combine(school_outcomes)] if school_outcomes else []
    whole = combine([*school_part, *(each or composite)])
    resources = _verdict(head, "stage_resources", whole, detail=_stage_statement(whole, schools, school_part))
    if not each:
        return [*rows, resources]
    one_by_one, over = combine(each), each.count(Outcome.NOT_MET.value)
    citation = next(texts for name, texts in cited.items() if name != COMPOSITE)
    detail = Statement("rules.stage_coefficients", {"n": len(each), "outcome": one_by_one, "over": over})
    rows.append(_verdict(head, "stage_coefficients", one_by_one, detail=detail, **citation))
    if not composite:
        return [*rows, resources]
    mean, local = combine(composite), combine([*school_part, *composite])
    same = "same" if mean == one_by_one else "differs"
    found = {"indicator": COMPOSITE, **cited[COMPOSITE]}
    found["detail"] = Statement(f"rules.stage_composite_{same}", {"outcome": mean})
    detail = Statement("rules.stage_resources_composite", {"outcome": local})
    return [
        *rows,
        _verdict(head, "stage_coefficients_composite", mean, **found),
        resources,
        _verdict(head, "stage_resources_composite", local, detail=detail),
    ]


def _coefficient_statement(row: Mapping[Hashable, Any], limit: Limit, shown: Iterable[int]) -> Statement:
    if row["outcome"] == Outcome.NOT_ASSESSABLE:
        return Statement("rules.unknown_coefficient", {"why": row["reason"]})
    met = row["outcome"] == Outcome.MET
    doubts = turned_by_rounding(row["cv"], limit, shown, met=met) if row["borderline"] else []
    cv = Beside(row["cv"], limit.relation.value, limit.value)
    figures = {"cv": cv, "outcome": row["outcome"], "limit": limit.value, "doubts": doubts}
    return Statement("rules.coefficient", figures)


def turned_by_rounding(value: Number, limit: Limit, shown: Iterable[int], *, met: bool) -> list[Statement]:
    """That comparing a rounded value would turn the verdict, at which of the decimals ``shown`` (or the limit's own); empty where none does."""
    places = reversing_decimals(value, limit.holds, {*shown, limit.decimals}, truth=met)
    return [Statement("rules.rounding_turns", {"places": places})] if places else []


def _stage_statement(outcome: str, schools: pd.DataFrame, school_part: Sequence[str]) -> Statement:
    if not school_part:  # a law that judges no school says nothing of schools
        return Statement("rules.stage_coefficients_only", {"outcome": outcome})
    why: Statement | str = ""
    if schools.empty:
        failed = outcome == Outcome.NOT_MET
        why = Statement("rules.published_above_limit") if failed else NO_SCHOOLS
    return Statement("rules.stage_resources", {"outcome": outcome, "why": why})


def _county_statement(outcome: str, absent: Sequence[Stage], *, schools_needed: bool) -> Statement:
    unknown = schools_needed and outcome == Outcome.NOT_ASSESSABLE
    figures = {"absent": list(map(str, absent)), "outcome": outcome, "why": NO_SCHOOLS if unknown else ""}
    return Statement("rules.county_resources", figures)


def _verdict(head: Mapping[str, Any], rule: str, outcome: str, **known: Any) -> dict[str, Any]:
    texts = dict.fromkeys(("indicator", "relation", *CITED, "detail"), "")
    numbers = dict.fromkeys(("value", "limit", "margin"), np.nan)
    return {**head, **texts, **numbers, "borderline": False, "rule": rule, "outcome": outcome, **known}
