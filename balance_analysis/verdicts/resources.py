"""Measures × limits → met, not met, not assessable; with margin, clause and certainty. Reads no file.

Comparisons use unrounded values, and exact rational arithmetic decides where a float is too close
to call. ``borderline`` says that rounding for print would have changed the outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import (
    NEAR,
    Number,
    as_filed,
    composite,
    cv_squared,
    half_up,
    holds,
)
from balance_analysis.measures.coefficients import GROUP
from balance_analysis.measures.grouping import groups
from balance_analysis.regimes.model import Limit, Regime
from balance_analysis.statements import Beside, Statement
from balance_analysis.terms import ALL_STAGES, COMPOSITE, Outcome, Relation, Stage
from balance_analysis.verdicts.combine import combine
from balance_analysis.verdicts.values import MET, NO_LIMIT, NOT_MET, UNKNOWN, UNLIMITED, WORDS, display_places

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
NO_SCHOOLS = Statement("rules.no_schools")
"""Why what schools decide is unknown where only means and coefficients were published."""


Squares = Callable[["pd.Series[Any]"], list[Fraction]]
"""Gives, for a row of coefficients, the exact CV² of its indicator, or of all that its composite is made of."""


def judge_coefficients(
    coefficients: pd.DataFrame, indicators: pd.DataFrame | Squares, regime: Regime
) -> pd.DataFrame:
    """Add ``limit, outcome, margin, borderline, clause, source, grade`` to the coefficients (a copy).

    ``margin`` is limit − cv (positive = better). A float within ``NEAR`` of the limit is decided by
    rational arithmetic on the indicators' ``exact_value`` (or on what a function gives for the row).
    """
    squares = partial(_squares, indicators) if isinstance(indicators, pd.DataFrame) else indicators
    places = display_places(regime, "coefficient")
    cv = coefficients["cv"].to_numpy(np.float64)
    codes = np.where(np.isnan(cv), UNKNOWN, UNLIMITED).astype(np.int8)
    limits, margins = np.full(len(cv), np.nan), np.full(len(cv), np.nan)
    borderline = np.zeros(len(cv), dtype=bool)
    cited = {name: np.full(len(cv), "", dtype=object) for name in ("clause", "source", "grade")}
    for rows in groups(coefficients, ["indicator", "stage"]):
        row = coefficients.iloc[rows[0]]
        limit = regime.limit(row["indicator"], "cv", row["stage"])
        if limit is None:
            continue
        bound = float(limit.value)
        limits[rows] = bound
        for name, texts in cited.items():
            texts[rows] = str(getattr(limit, name))
        rows = rows[~np.isnan(cv[rows])]
        met = cv[rows] < bound if limit.relation is Relation.BELOW else cv[rows] <= bound
        for position in np.flatnonzero(np.abs(cv[rows] / bound - 1) < NEAR).tolist():
            met[position] = _exactly_met(squares(coefficients.iloc[rows[position]]), limit)
        codes[rows] = np.where(met, MET, NOT_MET)
        margin = bound - cv[rows]
        # a margin never contradicts its outcome: at the limit the last bits of a float say nothing
        margins[rows] = np.where(met, np.maximum(margin, 0.0), np.minimum(margin, 0.0))
        shown = {*places, limit.decimals}
        for position in np.flatnonzero(np.abs(margin) <= 10.0 ** -min(shown)).tolist():
            printed = (half_up(cv[rows[position]], digits) for digits in shown)
            borderline[rows[position]] = any(limit.holds(Fraction(text)) != met[position] for text in printed)
    return coefficients.assign(
        limit=limits, outcome=WORDS[codes], margin=margins, borderline=borderline,
        **{name: pd.array(texts, dtype="str") for name, texts in cited.items()},
    )  # fmt: skip


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
    for keys, coefficient_rows in coefficients.groupby(["division_code", "county", "year"], sort=False):
        head = dict(zip(["division_code", "county", "year"], keys, strict=True))
        chosen = schools[
            (schools["division_code"] == head["division_code"]) & (schools["year"] == head["year"])
        ]
        national: list[str] = []
        local: list[str] = []
        for stage, of_stage in coefficient_rows.groupby("stage", sort=False):
            stage_head = {**head, "stage": stage}
            parts = _judge_stage(stage_head, chosen[chosen["stage"] == stage], of_stage, regime)
            rows += parts
            national.append(next(row["outcome"] for row in parts if row["rule"] == "stage_resources"))
            local += [row["outcome"] for row in parts if row["rule"] == "stage_resources_composite"]
        whole = {**head, "stage": ALL_STAGES}
        expected = {stage for entry in regime.scope for stage in entry.stages}
        absent = [
            stage for stage in Stage if stage in expected and stage not in set(coefficient_rows["stage"])
        ]
        national += [Outcome.NOT_ASSESSABLE.value] * len(absent)
        schools_needed = regime.school_rule is not None and not set(coefficient_rows["stage"]) <= set(
            chosen["stage"]
        )
        rows.append(
            _verdict(
                whole,
                "county_resources",
                combine(national),
                detail=_county_statement(combine(national), absent, schools_needed=schools_needed),
            )
        )
        if local:
            outcome = combine([*local, *([Outcome.NOT_ASSESSABLE.value] * len(absent))])
            same = "same" if outcome == combine(national) else "differs"
            rows.append(
                _verdict(
                    whole,
                    "county_resources_composite",
                    outcome,
                    detail=Statement(f"rules.county_composite_{same}", {"outcome": outcome}),
                )
            )
    return pd.DataFrame(rows, columns=list(VERDICT_COLUMNS))


def _judge_stage(
    head: dict[str, Any], schools: pd.DataFrame, coefficients: pd.DataFrame, regime: Regime
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    school_outcomes = [outcome for outcome in schools["outcome"] if outcome != NO_LIMIT]
    if school_outcomes:
        passing = sum(outcome == "met" for outcome in school_outcomes)
        minimum = next(entry for entry in regime.parameters if entry.id == "school.indicators_met_minimum")
        rows.append(
            _verdict(
                head,
                "schools",
                combine(school_outcomes),
                value=float(passing),
                limit=float(len(school_outcomes)),
                relation=Relation.AT_LEAST,
                margin=float(passing - len(school_outcomes)),
                clause=minimum.clause,
                source=minimum.source,
                grade=str(minimum.grade),
                detail=Statement("rules.schools", {"n": len(school_outcomes), "passing": passing}),
            )
        )
    elif schools.empty and regime.school_rule is not None:
        school_outcomes = [Outcome.NOT_ASSESSABLE.value]
        detail = Statement("rules.no_school_verdicts", {"why": NO_SCHOOLS})
        rows.append(_verdict(head, "schools", school_outcomes[0], detail=detail))
    each: list[str] = []
    composite: list[str] = []
    for row in coefficients.to_dict("records"):
        limit = regime.limit(row["indicator"], "cv", head["stage"])
        if limit is None:
            continue
        (composite if row["indicator"] == COMPOSITE else each).append(row["outcome"])
        rows.append(
            _verdict(
                head,
                "coefficient",
                row["outcome"],
                indicator=row["indicator"],
                value=row["cv"],
                limit=row["limit"],
                relation=limit.relation,
                margin=row["margin"],
                borderline=row["borderline"],
                clause=row["clause"],
                source=row["source"],
                grade=row["grade"],
                detail=row.get("sentence")
                or _coefficient_statement(row, limit, display_places(regime, "coefficient")),
            )
        )
    cited = {
        row["indicator"]: {key: row[key] for key in ("clause", "source", "grade")}
        for row in rows
        if row["indicator"]
    }
    if each:
        citation = next(value for name, value in cited.items() if name != COMPOSITE)
        over = sum(outcome == Outcome.NOT_MET for outcome in each)
        figures = {"n": len(each), "outcome": combine(each), "over": over}
        detail = Statement("rules.stage_coefficients", figures)
        rows.append(_verdict(head, "stage_coefficients", combine(each), detail=detail, **citation))
    if each and composite:
        same = "same" if combine(composite) == combine(each) else "differs"
        detail = Statement(f"rules.stage_composite_{same}", {"outcome": combine(composite)})
        rows.append(
            _verdict(
                head,
                "stage_coefficients_composite",
                combine(composite),
                indicator=COMPOSITE,
                detail=detail,
                **cited[COMPOSITE],
            )
        )
    school_part = [combine(school_outcomes)] if school_outcomes else []
    whole = combine([*school_part, *(each or composite)])
    rows.append(
        _verdict(head, "stage_resources", whole, detail=_stage_statement(whole, schools, school_part))
    )
    if each and composite:
        local = combine([*school_part, *composite])
        rows.append(
            _verdict(
                head,
                "stage_resources_composite",
                local,
                detail=Statement("rules.stage_resources_composite", {"outcome": local}),
            )
        )
    return rows


def _coefficient_statement(row: Mapping[Hashable, Any], limit: Limit, shown: Iterable[int]) -> Statement:
    if row["outcome"] == Outcome.NOT_ASSESSABLE:
        return Statement("rules.unknown_coefficient", {"why": row["reason"]})
    doubts = [turned_by_rounding(row["cv"], limit, shown)] if row["borderline"] else []
    cv = Beside(row["cv"], limit.relation.value, limit.value)
    figures = {"cv": cv, "outcome": row["outcome"], "limit": limit.value, "doubts": doubts}
    return Statement("rules.coefficient", figures)


def turned_by_rounding(value: Number, limit: Limit, shown: Iterable[int]) -> Statement:
    """That comparing a rounded value would turn the verdict, and at how many of the decimals ``shown`` (or the limit's own)."""
    exact = as_filed(value)
    met = limit.holds(exact)
    places = [
        digits
        for digits in sorted({*shown, limit.decimals})
        if limit.holds(Fraction(half_up(exact, digits))) != met
    ]
    return Statement("rules.rounding_turns", {"places": places})


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
    blank: dict[str, Any] = {
        "indicator": "",
        "value": np.nan,
        "limit": np.nan,
        "relation": "",
        "margin": np.nan,
        "borderline": False,
        "clause": "",
        "source": "",
        "grade": "",
        "detail": "",
    }
    return {**head, **blank, "rule": rule, "outcome": outcome, **known}
