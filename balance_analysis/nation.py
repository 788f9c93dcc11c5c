"""A nation in portions: the measures and verdicts of a county, by columns, for any number of counties and years.

The columns come from the same functions as a county's frames (:func:`stage_columns`, :class:`ValueLimit`,
:func:`school_outcomes`, :func:`spreads`), so that a county's figures are the same here and there; only the frames of
one county, with their texts and exact fractions, are never built.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from balance_analysis.assessment import assessment_date
from balance_analysis.exact import Floats, Mask, Whole, as_filed, cv_squared
from balance_analysis.measures.coefficients import reason_of, spreads, unknown_coefficients
from balance_analysis.measures.counted import CountedSchools, count_schools
from balance_analysis.measures.indicators import IndicatorColumns, stage_columns
from balance_analysis.regimes import Regime, load_regime, require_place
from balance_analysis.terms import ALL_STAGES, COMPOSITE, Stage
from balance_analysis.verdicts.combine import combine_codes
from balance_analysis.verdicts.resources import judge_coefficients
from balance_analysis.verdicts.values import (
    MET,
    NOT_MET,
    OUTCOMES,
    TOLERABLE,
    UNKNOWN,
    UNLIMITED,
    Codes,
    ValueLimit,
    school_outcomes,
)


@dataclass(frozen=True)
class Portion:
    """The judged frames of some counties.

    ``indicators`` (one frame per stage and indicator), ``schools`` and ``coefficients`` as in
    ``docs/developer/frames.md``, without the texts that can be joined by school_code; ``counties``: one row per county,
    year and stage with the outcomes of schools, coefficients and resources, and one with stage ``all``.
    """

    indicators: list[pd.DataFrame]
    schools: pd.DataFrame
    coefficients: pd.DataFrame
    counties: pd.DataFrame


def judge_portion(
    schools: pd.DataFrame,
    last_years: dict[str, int],
    regime: str,
    *,
    overlays: Sequence[str] = (),
    on: date | None = None,
) -> Iterator[Portion]:
    """Judge the rows of a portion, all years of a county by the law of ``on`` or of its latest year's last day.

    Counties whose law is the same day's are judged together. ``last_years`` gives each county's latest school year.
    Raises ``ParameterError`` when an overlay does not apply to one of the counties.
    """
    days = {code: (on or assessment_date(year)).toordinal() for code, year in last_years.items()}
    day = schools["division_code"].map(days)
    for ordinal, rows in schools.groupby(day, sort=True):
        law = load_regime(regime, on=date.fromordinal(int(ordinal)), overlays=overlays)
        for code in rows["division_code"].unique():
            require_place(law, code)
        yield _judge(count_schools(rows, law))


def _judge(counted: CountedSchools) -> Portion:
    codes, county = pd.factorize(counted.of_heads("division_code"))
    years = counted.of_heads("school_year").astype(np.int64)
    keys, place = np.unique(codes.astype(np.int64) * 10_000 + years, return_inverse=True)
    names = counted.of_heads("county")
    first = np.unique(place, return_index=True)[1]
    head = pd.DataFrame(
        {"division_code": county[keys // 10_000], "county": names[first], "year": keys % 10_000}
    ).astype({"division_code": "str", "county": "str"})
    values, parts = [], []
    stages: list[tuple[Stage, pd.DataFrame, Whole, Codes]] = []
    for stage in Stage:
        tally = {code: np.zeros(counted.number, dtype=np.int64) for code in range(len(OUTCOMES))}
        blocks = list(stage_columns(counted, stage))
        identity = _identity(counted, blocks[0].school)
        for block in blocks:
            frame, outcome = _judged(counted.regime, identity, block)
            values.append(frame)
            for code, count in tally.items():
                count[block.school[outcome == code]] += 1
        members = np.flatnonzero(counted.counts[stage])
        own = _schools(counted, stage, members, tally)
        parts.append(own)
        without_sponsor = counted.sponsor_unknown[stage]
        coefficients = [_coefficients(head, place, block, without_sponsor[block.school]) for block in blocks]
        judged = _judge_coefficients(counted, stage, place, blocks, coefficients)
        stages.append((stage, judged, place[members], own["outcome"].cat.codes.to_numpy().astype(np.int8)))
    table = pd.concat([judged for _, judged, _, _ in stages], ignore_index=True).drop(columns="_place")
    return Portion(
        values,
        pd.concat(parts, ignore_index=True),
        table,
        _counties(head, counted.regime, stages),
    )


def _judged(regime: Regime, identity: dict[str, Any], block: IndicatorColumns) -> tuple[pd.DataFrame, Codes]:
    """One indicator at one stage beside its limit."""
    known = ~np.isnan(block.value)
    outcome: Codes = np.where(known, UNLIMITED, UNKNOWN).astype(np.int8)
    number = len(block.school)
    limit, margin, borderline = np.full(number, np.nan), np.full(number, np.nan), np.zeros(number, dtype=bool)
    rule = ValueLimit.of(regime, block.indicator.id, block.stage)
    if rule is not None and number:
        limit[:] = float(rule.limit.value)
        rows = np.flatnonzero(known)
        outcome[rows], margin[rows], borderline[rows] = rule.judge(
            block.numerator[rows],
            block.denominator[rows],
            lambda position: _exact(block, int(rows[position])),
        )
    frame = pd.DataFrame(
        {
            **identity,
            "stage": _word(str(block.stage), number),
            "indicator": _word(block.indicator.id, number),
            **{
                name: getattr(block, name)
                for name in ("amount", "stage_weight", "weighted_pupils", "enrolment", "value", "resource")
            },
            "limit": limit,
            "outcome": _outcome(outcome),
            "margin": margin,
            "borderline": borderline,
        }
    )
    return frame, outcome


def _coefficients(
    head: pd.DataFrame, place: Whole, block: IndicatorColumns, without_sponsor: Mask
) -> pd.DataFrame:
    """Mean, sd and CV of one indicator at one stage for every county and year that has the stage."""
    own = place[block.school]
    order = np.argsort(own, kind="stable")
    present, start = np.unique(own[order], return_index=True)
    bounds = np.append(start, len(own))
    resource, enrolment = block.resource[order], block.enrolment[order]
    mean, sd, cv = spreads(resource, enrolment, bounds)
    missing, unsaid = (
        np.add.reduceat(mask[order].astype(np.int64), start) if len(start) else start
        for mask in (np.isnan(block.value), without_sponsor)
    )
    pupils: Floats = np.add.reduceat(enrolment, start) if len(start) else np.zeros(0)
    sizes = np.diff(bounds)
    figures = zip(*(column.tolist() for column in (sizes, missing, unsaid, mean, cv)), strict=True)
    reasons: list[Any] = [reason_of(*row) for row in figures]
    return head.iloc[present].assign(
        indicator=block.indicator.id, mean=mean, sd=sd, cv=cv, n_schools=sizes, n_missing=missing, enrolment=pupils,
        reason=reasons, _place=present,
    )  # fmt: skip


def _judge_coefficients(
    counted: CountedSchools,
    stage: Stage,
    place: Whole,
    blocks: list[IndicatorColumns],
    parts: list[pd.DataFrame],
) -> pd.DataFrame:
    """The stage's coefficients and their mean beside the limits."""
    cv = np.ascontiguousarray(np.array([part["cv"].to_numpy(np.float64) for part in parts]).T)
    unknown = np.isnan(cv).sum(axis=1)
    reasons: list[Any] = [unknown_coefficients(count) for count in unknown.tolist()]
    composite = parts[0].assign(
        indicator=COMPOSITE, mean=np.nan, sd=np.nan, cv=cv.mean(axis=1), n_missing=unknown,
        reason=reasons,
    )  # fmt: skip
    table = pd.concat([*parts, composite], ignore_index=True).assign(stage=str(stage))
    table = table.sort_values("_place", kind="stable", ignore_index=True)

    def squares(row: pd.Series[Any]) -> list[Fraction]:
        found = []
        for block in blocks:
            if row["indicator"] in (COMPOSITE, block.indicator.id):
                rows = np.flatnonzero(place[block.school] == row["_place"])
                values = [_exact(block, position) for position in rows.tolist()]
                found.append(
                    cv_squared(values, [as_filed(float(pupils)) for pupils in block.enrolment[rows]])
                )
        return found

    return judge_coefficients(table, squares, counted.regime)


def _exact(block: IndicatorColumns, position: int) -> Fraction:
    if position in block.odd:
        return block.odd[position]
    return Fraction(int(block.numerator[position]), int(block.denominator[position]))


def _schools(counted: CountedSchools, stage: Stage, members: Whole, tally: dict[int, Whole]) -> pd.DataFrame:
    met, tolerable, below, unknown = (tally[code][members] for code in (MET, TOLERABLE, NOT_MET, UNKNOWN))
    verdict = school_outcomes(counted.regime, met, below, unknown, met + tolerable + below + unknown)
    return pd.DataFrame(
        {
            **_identity(counted, members),
            "stage": _word(str(stage), len(members)),
            "enrolment": counted.pupils[stage][members],
            "outcome": _outcome(verdict),
            "indicators_met": met,
            "indicators_tolerable": tolerable,
            "indicators_not_assessable": unknown,
        }
    )


def _counties(
    head: pd.DataFrame, regime: Regime, stages: list[tuple[Stage, pd.DataFrame, Whole, Codes]]
) -> pd.DataFrame:
    """Outcomes by county, year and stage, and of the county as a whole (the national reading)."""
    number, rows, resources = len(head), [], []
    expected = {stage for entry in regime.scope for stage in entry.stages}
    for stage, judged, place, outcome in stages:
        limited = outcome != UNLIMITED
        schools = combine_codes(outcome[limited], place[limited], number)
        codes = judged["outcome"].map(OUTCOMES.index).to_numpy(np.int8)
        where = judged["_place"].to_numpy(np.int64)
        each = (judged["limit"].notna() & (judged["indicator"] != COMPOSITE)).to_numpy()
        total = (judged["limit"].notna() & (judged["indicator"] == COMPOSITE)).to_numpy()
        chosen = each if each.any() else total
        coefficients = combine_codes(codes[chosen], where[chosen], number)
        both = [(part, np.flatnonzero(part >= 0)) for part in (schools, coefficients)]
        whole = combine_codes(
            np.concatenate([part[known] for part, known in both]),
            np.concatenate([known for _, known in both]),
            number,
        )
        present = np.zeros(number, dtype=bool)
        present[where] = True
        if stage in expected:
            resources.append(np.where(present, whole, UNKNOWN).astype(np.int8))
        frame = head.assign(
            stage=str(stage),
            schools=_outcome(schools),
            coefficients=_outcome(coefficients),
            resources=_outcome(whole),
        )
        rows.append(frame[present])
    together = combine_codes(np.concatenate(resources), np.tile(np.arange(number), len(resources)), number)
    nothing = _outcome(np.full(number, -1, dtype=np.int8))
    rows.append(
        head.assign(stage=ALL_STAGES, schools=nothing, coefficients=nothing, resources=_outcome(together))
    )
    return pd.concat(rows, ignore_index=True).sort_values(
        ["division_code", "year"], kind="stable", ignore_index=True
    )


def _identity(counted: CountedSchools, schools: Whole) -> dict[str, Any]:
    heads = counted.rows.take(counted.head[schools])
    columns = {"division_code": "division_code", "year": "school_year", "school_code": "school_code"}
    return {name: heads[column].array for name, column in columns.items()}


def _word(text: str, rows: int) -> pd.Categorical[Any]:
    return pd.Categorical.from_codes(np.zeros(rows, dtype=np.int64), pd.Index([text]))


def _outcome(codes: Codes) -> pd.Categorical[Any]:
    return pd.Categorical.from_codes(codes.astype(np.int64), pd.Index(OUTCOMES))
