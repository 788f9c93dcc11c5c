"""Measures × limits → met, not met, not assessable; with margin, clause and certainty. Reads no file.

Comparisons use unrounded values, and exact rational arithmetic decides where a float is too close
to call. ``borderline`` says that rounding for print would have changed the outcome.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.exact import (
    EXACT_WHOLE,
    NEAR,
    Floats,
    Mask,
    Whole,
    composite,
    cv_squared,
    half_up,
    half_up_text,
    rounding_turns,
)
from balance_analysis.measures.coefficients import GROUP
from balance_analysis.measures.grouping import group_numbers, groups
from balance_analysis.regimes.model import Limit, Regime
from balance_analysis.terms import ALL_STAGES, COMPOSITE, Outcome, Relation, Stage

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
SCHOOL_COLUMNS = (
    *GROUP,
    "school_code",
    "school_name",
    "school_type",
    "stratum",
    "sponsor",
    "enrolment",
    "outcome",
    "indicators_met",
    "indicators_tolerable",
    "indicators_not_assessable",
    "failing",
)
NO_SCHOOLS = "只有公布的差异系数表，需要学校数据"
"""Why what schools decide is unknown where only means and coefficients were published."""
NO_LIMIT = "no_limit"
"""Outcome of a value that the regime sets no limit for."""


def judge_indicators(indicators: pd.DataFrame, regime: Regime) -> pd.DataFrame:
    """Add ``limit, floor, outcome, margin, borderline`` to the indicators frame (a copy).

    ``floor`` is the tolerated share of the limit. ``outcome`` is ``met``, ``tolerable``
    (below the limit, not below the floor), ``not_met``, ``not_assessable`` (no value), or ``no_limit``
    (a value that the regime does not limit). Every comparison is one of whole numbers: value and limit are
    brought to a common denominator; where that exceeds 2**53, fractions decide.
    """
    share = Fraction(1)
    if regime.has_parameter("school.tolerated_share"):
        share = Fraction(regime.parameter("school.tolerated_share"))
    places = display_places(regime, "indicator")
    exact = indicators["exact_value"].to_numpy(dtype=object)
    unknown = indicators["value"].isna().to_numpy()
    top = np.array(
        [0 if gap else value.numerator for value, gap in zip(exact, unknown, strict=True)], dtype=np.float64
    )
    bottom = np.array(
        [1 if gap else value.denominator for value, gap in zip(exact, unknown, strict=True)], dtype=np.float64
    )
    added: dict[str, np.ndarray[Any, Any]] = {
        "limit": np.full(len(indicators), np.nan),
        "floor": np.full(len(indicators), np.nan),
        "outcome": np.where(unknown, Outcome.NOT_ASSESSABLE.value, NO_LIMIT).astype(object),
        "margin": np.full(len(indicators), np.nan),
        "borderline": np.zeros(len(indicators), dtype=bool),
    }
    for rows in groups(indicators, ["indicator", "stage"]):
        indicator, stage = indicators["indicator"].iloc[rows[0]], indicators["stage"].iloc[rows[0]]
        limit = regime.limit(indicator, "school_value", stage)
        if limit is None:
            continue
        bound, floor = Fraction(limit.value), Fraction(limit.value) * share
        added["limit"][rows], added["floor"][rows] = float(bound), float(floor)
        rows = rows[~unknown[rows]]
        margin, beside = _difference(top[rows], bottom[rows], exact[rows], bound)
        below = _difference(top[rows], bottom[rows], exact[rows], floor)[1]
        tolerable = np.where(below >= 0, Outcome.TOLERABLE.value, Outcome.NOT_MET.value)
        added["outcome"][rows] = np.where(_keeps(beside, limit.relation), Outcome.MET.value, tolerable)
        added["margin"][rows] = margin
        shown = {*places, regime.indicator(indicator).decimals}
        reach = 10.0 ** -min(shown)
        for row in rows[
            (np.abs(margin) <= reach) | (np.abs(margin + float(bound) - float(floor)) <= reach)
        ].tolist():
            added["borderline"][row] = rounding_turns(
                exact[row], partial(_outcome_of, limit=limit, floor=floor), shown
            )
    return indicators.assign(**added)


def _difference(
    top: Floats, bottom: Floats, exact: np.ndarray[Any, Any], bound: Fraction
) -> tuple[Floats, Floats]:
    """Values minus a bound: rounded once, and as an exact sign."""
    left, right, common = top * bound.denominator, bound.numerator * bottom, bottom * bound.denominator
    margin: Floats = (left - right) / common
    sign: Floats = np.sign(left - right)
    for position in np.flatnonzero(np.maximum.reduce([left, right, common]) >= EXACT_WHOLE).tolist():
        rest = exact[position] - bound
        margin[position], sign[position] = float(rest), (rest > 0) - (rest < 0)
    return margin, sign


def _keeps(sign: Floats, relation: Relation) -> Mask:
    """Where a value with this sign beside its limit keeps it; equality counts unless strictly below is asked for."""
    if relation is Relation.AT_LEAST:
        return sign >= 0
    return sign < 0 if relation is Relation.BELOW else sign <= 0


def _outcome_of(value: Fraction, limit: Limit, floor: Fraction) -> str:
    if limit.holds(value):
        return Outcome.MET.value
    return Outcome.TOLERABLE.value if value >= floor else Outcome.NOT_MET.value


def judge_schools(judged: pd.DataFrame, regime: Regime) -> pd.DataFrame:
    """One verdict per school, stage and year: so many indicators met as the regime asks for, none below its floor.

    ``judged`` comes from :func:`judge_indicators`. A school whose missing figures could still turn
    the verdict is *not assessable*; one that fails whatever they are is *not met*. Columns as in
    ``docs/developer/frames.md``.
    """
    if judged.empty:
        return pd.DataFrame(columns=list(SCHOOL_COLUMNS))
    needed = None
    if regime.has_parameter("school.indicators_met_minimum"):
        needed = int(regime.parameter("school.indicators_met_minimum"))
    numbers, first = group_numbers(judged, [*GROUP, "school_code"])
    limited, outcome = judged["limit"].notna().to_numpy(), judged["outcome"].to_numpy(dtype=object)

    def count(mask: Mask) -> Whole:
        counts: Whole = np.bincount(numbers[mask & limited], minlength=len(first)).astype(np.int64)
        return counts

    met, tolerable, below, unknown = (
        count(outcome == one)
        for one in (Outcome.MET, Outcome.TOLERABLE, Outcome.NOT_MET, Outcome.NOT_ASSESSABLE)
    )
    schools = judged.iloc[first][list(SCHOOL_COLUMNS[:10])].reset_index(drop=True)
    if needed is None:
        schools["outcome"] = NO_LIMIT
    else:
        verdict = np.where(unknown > 0, Outcome.NOT_ASSESSABLE.value, Outcome.MET.value).astype(object)
        verdict[(below > 0) | (met + unknown < needed)] = Outcome.NOT_MET.value
        verdict[count(limited) == 0] = NO_LIMIT
        schools["outcome"] = pd.array(verdict, dtype="str")
    schools["indicators_met"], schools["indicators_tolerable"] = met, tolerable
    schools["indicators_not_assessable"] = unknown
    failing = np.full(len(first), "", dtype=object)
    names = judged["indicator"].to_numpy(dtype=object)
    for row in np.flatnonzero((outcome == Outcome.NOT_MET) | (outcome == Outcome.TOLERABLE)).tolist():
        school = numbers[row]
        failing[school] = f"{failing[school]};{names[row]}" if failing[school] else names[row]
    schools["failing"] = pd.array(failing, dtype="str")
    return schools[list(SCHOOL_COLUMNS)]


def judge_coefficients(coefficients: pd.DataFrame, indicators: pd.DataFrame, regime: Regime) -> pd.DataFrame:
    """Add ``limit, outcome, margin, borderline, clause, source, grade`` to the coefficients (a copy).

    ``margin`` is limit − cv (positive = better). A float within ``NEAR`` of the limit is decided by
    rational arithmetic on the indicators' ``exact_value``.
    """
    places = display_places(regime, "coefficient")
    judged = coefficients.copy()
    rows = []
    for row in coefficients.to_dict("records"):
        limit = regime.limit(row["indicator"], "cv", row["stage"])
        cv = row["cv"]
        if limit is None:
            unlimited = Outcome.NOT_ASSESSABLE.value if np.isnan(cv) else NO_LIMIT
            rows.append((np.nan, unlimited, np.nan, False, "", "", ""))
            continue
        citation = (limit.clause, limit.source, str(limit.grade))
        if np.isnan(cv):
            rows.append((float(limit.value), Outcome.NOT_ASSESSABLE.value, np.nan, False, *citation))
            continue
        met = limit.holds(Fraction(cv))
        if abs(cv / float(limit.value) - 1) < NEAR:
            met = _exactly_met(indicators, row, limit)
        borderline = any(
            limit.holds(Fraction(half_up(cv, digits))) != met for digits in {*places, limit.decimals}
        )
        rows.append(
            (
                float(limit.value),
                (Outcome.MET if met else Outcome.NOT_MET).value,
                _signed(float(limit.value) - cv, met),
                borderline,
                *citation,
            )
        )
    added = pd.DataFrame(
        rows,
        columns=["limit", "outcome", "margin", "borderline", "clause", "source", "grade"],
        index=judged.index,
    )
    return pd.concat([judged, added], axis=1)


def _signed(margin: float, met: bool) -> float:
    """A margin never contradicts its outcome: at the limit the last bits of a float say nothing."""
    return max(margin, 0.0) if met else min(margin, 0.0)


def _exactly_met(indicators: pd.DataFrame, row: Mapping[Hashable, Any], limit: Limit) -> bool:
    same = indicators[
        (indicators["division_code"] == row["division_code"])
        & (indicators["year"] == row["year"])
        & (indicators["stage"] == row["stage"])
    ]
    if row["indicator"] != COMPOSITE:
        same = same[same["indicator"] == row["indicator"]]
    squares = [
        cv_squared(list(part["exact_value"]), [Fraction(int(n)) for n in part["enrolment"]])
        for _, part in same.groupby("indicator", sort=False)
    ]
    if len(squares) > 1:
        return limit.holds(composite(squares))
    bound = Fraction(limit.value) ** 2
    return squares[0] < bound if limit.relation is Relation.BELOW else squares[0] <= bound


def display_places(regime: Regime, what: str) -> tuple[int, ...]:
    """Decimals at which rounding for print is tried: the form's and those of published texts."""
    names = (f"display.{what}_decimals", "display.borderline_decimals")
    return tuple(int(regime.parameter(name)) for name in names if regime.has_parameter(name))


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
                detail=_county_sentence(combine(national), absent, schools_needed=schools_needed),
            )
        )
        if local:
            outcome = combine([*local, *([Outcome.NOT_ASSESSABLE.value] * len(absent))])
            differs = "，与国家口径不同" if outcome != combine(national) else "，与国家口径一致"
            rows.append(
                _verdict(
                    whole,
                    "county_resources_composite",
                    outcome,
                    detail=f"按综合差异系数口径：{outcome_label(outcome)}{differs}。",
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
                detail=f"{len(school_outcomes)}所学校中{passing}所达标。",
            )
        )
    elif schools.empty and regime.school_rule is not None:
        school_outcomes = [Outcome.NOT_ASSESSABLE.value]
        rows.append(_verdict(head, "schools", school_outcomes[0], detail=f"{NO_SCHOOLS}，无法逐校判定。"))
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
                detail=row.get("sentence") or _coefficient_sentence(row, limit),
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
        sentence = f"{len(each)}项指标逐项判定：{outcome_label(combine(each))}" + (
            f"，{over}项高于限值。" if over else "。"
        )
        rows.append(_verdict(head, "stage_coefficients", combine(each), detail=sentence, **citation))
    if each and composite:
        differs = "与逐项判定不同" if combine(composite) != combine(each) else "与逐项判定一致"
        sentence = f"按综合差异系数判定：{outcome_label(combine(composite))}，{differs}。"
        rows.append(
            _verdict(
                head,
                "stage_coefficients_composite",
                combine(composite),
                indicator=COMPOSITE,
                detail=sentence,
                **cited[COMPOSITE],
            )
        )
    school_part = [combine(school_outcomes)] if school_outcomes else []
    whole = combine([*school_part, *(each or composite)])
    rows.append(_verdict(head, "stage_resources", whole, detail=_stage_sentence(whole, schools, school_part)))
    if each and composite:
        local = combine([*school_part, *composite])
        rows.append(
            _verdict(
                head,
                "stage_resources_composite",
                local,
                detail=f"按综合差异系数口径：{outcome_label(local)}。",
            )
        )
    return rows


def combine(outcomes: Iterable[str]) -> str:
    """All must be met: one failure fails, one unknown leaves it open, nothing to judge is unknown.

    >>> combine(["met", "not_assessable"]), combine(["not_met", "not_assessable"]), combine([])
    ('not_assessable', 'not_met', 'not_assessable')
    """
    seen = set(outcomes)
    if seen & {Outcome.NOT_MET.value, Outcome.TOLERABLE.value}:
        return Outcome.NOT_MET.value
    return Outcome.MET.value if seen == {Outcome.MET.value} else Outcome.NOT_ASSESSABLE.value


def outcome_label(outcome: str) -> str:
    """The Chinese word for an outcome inside a sentence."""
    return {
        "met": "达标",
        "not_met": "未达标",
        "not_assessable": "无法判定",
    }[outcome]


def _coefficient_sentence(row: Mapping[Hashable, Any], limit: Limit) -> str:
    if row["outcome"] == Outcome.NOT_ASSESSABLE:
        return f"差异系数无法计算：{row['reason']}。"
    text = f"差异系数{half_up_text(row['cv'], 4)}，{'不高于' if row['outcome'] == Outcome.MET else '高于'}限值{limit.value}"
    return f"{text}（临界：舍入后再比较会得出相反结论）。" if row["borderline"] else f"{text}。"


def _stage_sentence(outcome: str, schools: pd.DataFrame, school_part: Sequence[str]) -> str:
    if not schools.empty:
        return f"各校达标且差异系数符合要求：{outcome_label(outcome)}。"
    if not school_part:
        return f"差异系数符合要求：{outcome_label(outcome)}。"
    why = "，公布的差异系数已高于限值" if outcome == Outcome.NOT_MET else f"，{NO_SCHOOLS}"
    return f"各校达标且差异系数符合要求：{outcome_label(outcome)}{why}。"


def _county_sentence(outcome: str, absent: Sequence[Stage], *, schools_needed: bool) -> str:
    names = "、".join({Stage.PRIMARY: "小学", Stage.JUNIOR_SECONDARY: "初中"}[stage] for stage in absent)
    missing = f"没有{names}的数据，" if names else ""
    unknown = schools_needed and outcome == Outcome.NOT_ASSESSABLE
    why = f"，{NO_SCHOOLS}" if unknown else ""
    return f"两个学段都符合要求才算达标：{missing}{outcome_label(outcome)}{why}。"


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
