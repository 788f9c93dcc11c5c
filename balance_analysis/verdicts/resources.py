"""Measures × limits → met, not met, not assessable; with margin, clause and certainty. Reads no file.

Comparisons use unrounded values, and exact rational arithmetic decides where a float is too close
to call. ``borderline`` says that rounding for print would have changed the outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import (
    NEAR,
    Floats,
    Mask,
    Whole,
    as_filed,
    composite,
    cv_squared,
    half_up_floats,
    half_up_text,
    holds,
)
from balance_analysis.measures.coefficients import GROUP
from balance_analysis.measures.grouping import groups
from balance_analysis.regimes.model import Cited, Limit, Regime
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
from balance_analysis.verdicts.words import OUTCOMES, STAGES

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
NO_SCHOOLS = "只有公布的差异系数表，需要学校数据"
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
    met: Mask = cv < bound if limit.relation is Relation.BELOW else cv <= bound
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
        sentence = _county_sentence(outcome, absent, schools_needed=schools_needed)
        rows.append(_verdict(whole, "county_resources", outcome, detail=sentence))
        if local:
            other = combine([*local, *unknown])
            differs = "，与国家口径不同" if other != outcome else "，与国家口径一致"
            sentence = f"按综合差异系数口径：{OUTCOMES[other]}{differs}。"
            rows.append(_verdict(whole, "county_resources_composite", other, detail=sentence))
    return pd.DataFrame(rows, columns=list(VERDICT_COLUMNS))


def _judge_stage(
    head: dict[str, Any], schools: pd.DataFrame, coefficients: pd.DataFrame, regime: Regime
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    school_outcomes = [outcome for outcome in schools["outcome"] if outcome != NO_LIMIT]
    if school_outcomes:
        number, passing = len(school_outcomes), school_outcomes.count(Outcome.MET.value)
        minimum = next(entry for entry in regime.parameters if entry.id == "school.indicators_met_minimum")
        figures = {"value": float(passing), "limit": float(number), "margin": float(passing - number)}
        rows.append(
            _verdict(
                head, "schools", combine(school_outcomes), relation=Relation.AT_LEAST, **figures,
                **citation_of(minimum), detail=f"{number}所学校中{passing}所达标。",
            )
        )  # fmt: skip
    elif schools.empty and regime.school_rule is not None:
        school_outcomes = [Outcome.NOT_ASSESSABLE.value]
        rows.append(_verdict(head, "schools", school_outcomes[0], detail=f"{NO_SCHOOLS}，无法逐校判定。"))
    each: list[str] = []
    composite: list[str] = []
    cited: dict[str, dict[str, Any]] = {}
    for row in coefficients.to_dict("records"):
        limit = regime.limit(row["indicator"], "cv", head["stage"])
        if limit is None:
            continue
        (composite if row["indicator"] == COMPOSITE else each).append(row["outcome"])
        cited[row["indicator"]] = {name: row[name] for name in CITED}
        found = {name: row[name] for name in ("indicator", "limit", "margin", "borderline", *CITED)}
        sentence = row.get("sentence") or _coefficient_sentence(row, limit)
        found |= {"value": row["cv"], "relation": limit.relation, "detail": sentence}
        rows.append(_verdict(head, "coefficient", row["outcome"], **found))
    school_part = [combine(school_outcomes)] if school_outcomes else []
    whole = combine([*school_part, *(each or composite)])
    resources = _verdict(head, "stage_resources", whole, detail=_stage_sentence(whole, schools, school_part))
    if not each:
        return [*rows, resources]
    one_by_one, over = combine(each), each.count(Outcome.NOT_MET.value)
    citation = next(texts for name, texts in cited.items() if name != COMPOSITE)
    sentence = f"{len(each)}项指标逐项判定：{OUTCOMES[one_by_one]}" + (
        f"，{over}项高于限值。" if over else "。"
    )
    rows.append(_verdict(head, "stage_coefficients", one_by_one, detail=sentence, **citation))
    if not composite:
        return [*rows, resources]
    mean, local = combine(composite), combine([*school_part, *composite])
    differs = "与逐项判定不同" if mean != one_by_one else "与逐项判定一致"
    found = {"indicator": COMPOSITE, **cited[COMPOSITE]}
    found["detail"] = f"按综合差异系数判定：{OUTCOMES[mean]}，{differs}。"
    sentence = f"按综合差异系数口径：{OUTCOMES[local]}。"
    return [
        *rows,
        _verdict(head, "stage_coefficients_composite", mean, **found),
        resources,
        _verdict(head, "stage_resources_composite", local, detail=sentence),
    ]


def _coefficient_sentence(row: Mapping[Hashable, Any], limit: Limit) -> str:
    if row["outcome"] == Outcome.NOT_ASSESSABLE:
        return f"差异系数无法计算：{row['reason']}。"
    text = f"差异系数{half_up_text(row['cv'], 4)}，{'不高于' if row['outcome'] == Outcome.MET else '高于'}限值{limit.value}"
    return f"{text}（临界：舍入后再比较会得出相反结论）。" if row["borderline"] else f"{text}。"


def _stage_sentence(outcome: str, schools: pd.DataFrame, school_part: Sequence[str]) -> str:
    if not schools.empty:
        return f"各校达标且差异系数符合要求：{OUTCOMES[outcome]}。"
    if not school_part:
        return f"差异系数符合要求：{OUTCOMES[outcome]}。"
    why = "，公布的差异系数已高于限值" if outcome == Outcome.NOT_MET else f"，{NO_SCHOOLS}"
    return f"各校达标且差异系数符合要求：{OUTCOMES[outcome]}{why}。"


def _county_sentence(outcome: str, absent: Sequence[Stage], *, schools_needed: bool) -> str:
    names = "、".join(STAGES[stage] for stage in absent)
    missing = f"没有{names}的数据，" if names else ""
    unknown = schools_needed and outcome == Outcome.NOT_ASSESSABLE
    why = f"，{NO_SCHOOLS}" if unknown else ""
    return f"两个学段都符合要求才算达标：{missing}{OUTCOMES[outcome]}{why}。"


def _verdict(head: Mapping[str, Any], rule: str, outcome: str, **known: Any) -> dict[str, Any]:
    texts = dict.fromkeys(("indicator", "relation", *CITED, "detail"), "")
    numbers = dict.fromkeys(("value", "limit", "margin"), np.nan)
    return {**head, **texts, **numbers, "borderline": False, "rule": rule, "outcome": outcome, **known}
