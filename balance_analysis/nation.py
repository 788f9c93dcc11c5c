"""A nation in portions: the measures and verdicts of a county, by columns, for any number of counties and years.

The columns come from the same functions as a county's frames (:func:`stage_columns`, :func:`judge_columns`,
:func:`school_outcomes`, :func:`coefficient_columns`, :func:`coefficient_verdicts`), so that a county's figures are the same
here and there; only the frames of one county, with their names and exact fractions, are never built. Decision record 0035.
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
from balance_analysis.exact import Floats, Mask, Objects, Whole, as_filed, cv_squared, sums
from balance_analysis.measures.coefficients import COLUMNS as MEASURED
from balance_analysis.measures.coefficients import (
    coefficient_columns,
    composite_columns,
    interleaved,
)
from balance_analysis.measures.counted import CountedSchools, count_schools
from balance_analysis.measures.grouping import group_numbers
from balance_analysis.measures.indicators import IndicatorColumns, stage_columns
from balance_analysis.regimes import Regime, load_regime, require_place
from balance_analysis.regimes.model import Limit
from balance_analysis.terms import ALL_STAGES, COMPOSITE, Stage
from balance_analysis.verdicts.combine import combine_codes
from balance_analysis.verdicts.resources import citation_of, coefficient_verdicts
from balance_analysis.verdicts.values import (
    MET,
    NOT_MET,
    OUTCOMES,
    TOLERABLE,
    UNKNOWN,
    UNLIMITED,
    Codes,
    judge_columns,
    school_outcomes,
)

HEAD = {"division_code": "division_code", "county": "county", "year": "school_year"}
KEYS = {"division_code": "division_code", "year": "school_year", "school_code": "school_code"}
"""Columns of the frames and the fields they are filed in."""
COEFFICIENT_COLUMNS = (*MEASURED, "limit", "outcome", "margin", "borderline", "clause", "source", "grade")
MOST_YEARS = 10_000
"""A county's number times this, and the year, make one key."""
STAGES = pd.CategoricalDtype([*(str(stage) for stage in Stage), ALL_STAGES])
OUTCOME = pd.CategoricalDtype(list(OUTCOMES))
CODES = ("school_code", "main_school_code")
TEXTS = (
    "division_code",
    "county",
    *CODES,
    "school_type",
    "sponsor",
    "sponsor_type",
    "urban_rural_code",
)


@dataclass(frozen=True)
class Portion:
    """The judged frames of some counties.

    ``indicators`` (the columns of one frame per stage and indicator), ``schools`` and ``coefficients`` as in
    ``docs/developer/frames.md``, without the texts that can be joined by school_code; ``counties``: one row per county,
    year and stage with the outcomes of schools, coefficients and resources, and one with stage ``all``.
    """

    indicators: list[dict[str, Any]]
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
    schools = coded(schools)
    county, codes = pd.factorize(schools["division_code"])
    days = np.array([(on or assessment_date(last_years[code])).toordinal() for code in codes], dtype=np.int64)
    key = county * MOST_YEARS + schools["school_year"].to_numpy(np.int64)
    for ordinal in np.unique(days).tolist():
        law = load_regime(regime, on=date.fromordinal(ordinal), overlays=overlays)
        for code in codes[days == ordinal]:
            require_place(law, code)
        rows = np.flatnonzero(days[county] == ordinal)
        if (np.diff(key[rows]) < 0).any():  # the schools of a county and year stand together from here on
            rows = rows[np.argsort(key[rows], kind="stable")]
        in_order = len(rows) == len(schools) and bool((rows == np.arange(len(rows))).all())
        yield _judge(count_schools(schools if in_order else schools.take(rows), law))


def coded(schools: pd.DataFrame) -> pd.DataFrame:
    """The rows with their texts as categories, so that each text is read once; main schools have the schools' numbers."""
    if not any(isinstance(schools[name].dtype, pd.CategoricalDtype) for name in CODES):
        both = _category(pd.concat([schools[name] for name in CODES], ignore_index=True))
        parts = both[: len(schools)], both[len(schools) :]
        schools = schools.assign(**dict(zip(CODES, parts, strict=True)))
    texts = {
        name: _category(schools[name])
        for name in schools.columns.intersection(list(TEXTS))
        if not isinstance(schools[name].dtype, pd.CategoricalDtype)
    }
    return schools.assign(**texts)


def _category(texts: Any) -> pd.Categorical[Any]:
    codes, known = pd.factorize(texts)
    return pd.Categorical.from_codes(codes, pd.Index(known), validate=False)


def _judge(counted: CountedSchools) -> Portion:
    number, first = group_numbers(counted.rows, ["division_code", "school_year"])
    place = number[counted.head]
    head = pd.DataFrame({name: counted.rows[column].array.take(first) for name, column in HEAD.items()})
    indicators = pd.CategoricalDtype([entry.id for entry in counted.regime.indicators])
    values, schools, stages = [], [], []
    for stage in Stage:
        blocks = list(stage_columns(counted, stage))
        members = blocks[0].school
        verdicts = [judge_columns(block, counted.regime) for block in blocks]
        identity = _identity(counted, members) | {"stage": _word(str(stage), STAGES, len(members))}
        values += [
            _indicators(identity, indicators, block, *verdict)
            for block, verdict in zip(blocks, verdicts, strict=True)
        ]
        limited = [outcome for outcome, limit, _, _ in verdicts if limit is not None]
        own = _schools(identity, counted, stage, members, limited)
        schools.append(own)
        found = _coefficients(counted, stage, place[members], blocks)
        stages.append(
            JudgedStage(stage, place[members], own["outcome"].cat.codes.to_numpy().astype(np.int8), *found)
        )
    return Portion(
        values,
        pd.concat(schools, ignore_index=True),
        _coefficient_frame(head, stages),
        _counties(head, counted.regime, stages),
    )


@dataclass(frozen=True)
class JudgedStage:
    """One stage of a portion: the county and year and the outcome of each school; and of its coefficients by columns.

    ``present`` are the counties and years that have the stage, one row per county and year and a column per indicator
    in ``columns`` (as :func:`interleaved` has them).
    """

    stage: Stage
    place: Whole
    outcome: Codes
    present: Whole
    indicators: list[str]
    columns: dict[str, Any]
    cited: list[dict[str, str]]


def _indicators(
    identity: dict[str, Any],
    indicators: pd.CategoricalDtype,
    block: IndicatorColumns,
    outcome: Codes,
    limit: Limit | None,
    margin: Floats,
    borderline: Mask,
) -> dict[str, Any]:
    """One indicator at one stage beside its limit."""
    number = len(block.school)
    names = ("amount", "stage_weight", "weighted_pupils", "enrolment", "value", "resource")
    return {
        **identity,
        "indicator": _word(block.indicator.id, indicators, number),
        **{name: getattr(block, name) for name in names},
        "limit": np.full(number, np.nan if limit is None else float(limit.value)),
        "outcome": _outcome(outcome),
        "margin": margin,
        "borderline": borderline,
    }


def _schools(
    identity: dict[str, Any], counted: CountedSchools, stage: Stage, members: Whole, limited: list[Codes]
) -> pd.DataFrame:
    """One row per school: what its limited values say together."""

    def count(code: int) -> Whole:
        found = np.zeros(len(members), dtype=np.int8)
        for outcome in limited:
            found += (outcome == code).view(np.int8)
        return found.astype(np.int64)

    met, tolerable, below, unknown = map(count, (MET, TOLERABLE, NOT_MET, UNKNOWN))
    everything: Whole = np.full(len(members), len(limited))
    columns = {
        **identity,
        "enrolment": counted.pupils[stage][members],
        "outcome": _outcome(school_outcomes(counted.regime, met, below, unknown, everything)),
        "indicators_met": met,
        "indicators_tolerable": tolerable,
        "indicators_not_assessable": unknown,
    }
    return pd.DataFrame(columns, copy=False)


def _coefficients(
    counted: CountedSchools, stage: Stage, place: Whole, blocks: list[IndicatorColumns]
) -> tuple[Whole, list[str], dict[str, Any], list[dict[str, str]]]:
    """The stage's coefficients and their mean, beside the limits, for every county and year that has the stage."""
    start = np.flatnonzero(np.diff(place, prepend=-1))
    pupils = sums(blocks[0].enrolment, start)
    unsaid = counted.sponsor_unknown[stage][blocks[0].school]
    columns = [
        coefficient_columns(block.resource, block.enrolment, np.isnan(block.value), unsaid, start, pupils)
        for block in blocks
    ]
    columns.append(composite_columns(columns, columns[0]["n_schools"], pupils))
    names = [*(block.indicator.id for block in blocks), COMPOSITE]
    end, cited = np.append(start[1:], len(place)), []
    for name, column in zip(names, columns, strict=True):
        parts = [block for block in blocks if name in (COMPOSITE, block.indicator.id)]

        def squares(group: int, parts: list[IndicatorColumns] = parts) -> list[Fraction]:
            rows = range(int(start[group]), int(end[group]))
            return [
                cv_squared(
                    [block.exact_at(row) for row in rows],
                    [as_filed(float(block.enrolment[row])) for row in rows],
                )
                for block in parts
            ]

        limit = counted.regime.limit(name, "cv", stage)
        column |= coefficient_verdicts(column["cv"], limit, counted.regime, squares)
        cited.append(citation_of(limit))
    return place[start], names, interleaved(columns), cited


def _coefficient_frame(head: pd.DataFrame, stages: list[JudgedStage]) -> pd.DataFrame:
    """The coefficients of all stages by county and year."""
    place = np.concatenate([np.repeat(one.present, len(one.indicators)) for one in stages])
    order = np.argsort(place, kind="stable")
    columns: dict[str, Any] = {
        name: np.concatenate([one.columns[name] for one in stages])[order] for name in stages[0].columns
    }
    listed = [
        {"stage": str(one.stage), "indicator": indicator, **cited}
        for one in stages
        for indicator, cited in zip(one.indicators, one.cited, strict=True)
    ]
    numbers = np.split(np.arange(len(listed)), np.cumsum([len(one.indicators) for one in stages])[:-1])
    each = [np.tile(number, len(one.present)) for number, one in zip(numbers, stages, strict=True)]
    of_limit = np.concatenate(each)[order]
    for name in listed[0]:
        texts = _category(np.array([words[name] for words in listed], dtype=object))
        columns[name] = texts.take(of_limit)
    columns["reason"] = _reasons(columns["reason"])
    columns["outcome"] = _outcome(columns["outcome"])
    at = place[order]
    return pd.DataFrame(
        {
            name: columns[name] if name in columns else head[name].array.take(at)
            for name in COEFFICIENT_COLUMNS
        },
        copy=False,
    )


def _reasons(said: Objects) -> pd.Categorical[Any]:
    """Why coefficients could not be computed; most could, and say nothing."""
    found = np.flatnonzero(said.astype(bool))
    if not len(found) or found[0] == 0:
        return _category(said)
    codes, known = pd.factorize(said[found])
    whole = np.zeros(len(said), dtype=np.int64)
    whole[found] = codes + 1
    return pd.Categorical.from_codes(whole, pd.Index(["", *known], dtype=object), validate=False)


def _counties(head: pd.DataFrame, regime: Regime, stages: list[JudgedStage]) -> pd.DataFrame:
    """Outcomes by county, year and stage, and of the county as a whole (the national reading)."""
    number, everywhere = len(head), np.arange(len(head))
    expected = {stage for entry in regime.scope for stage in entry.stages}
    parts: list[tuple[str, Whole, Codes, Codes, Codes]] = []
    resources = []
    for one in stages:
        limited = one.outcome != UNLIMITED
        schools = combine_codes(one.outcome[limited], one.place[limited], number)
        where = np.repeat(one.present, len(one.indicators))
        of_mean = np.tile(np.array(one.indicators) == COMPOSITE, len(one.present))
        bound = ~np.isnan(one.columns["limit"])
        chosen = bound & ~of_mean if (bound & ~of_mean).any() else bound & of_mean
        coefficients = combine_codes(one.columns["outcome"][chosen], where[chosen], number)
        both = np.concatenate([schools, coefficients])
        judged = np.flatnonzero(both >= 0)
        whole = combine_codes(both[judged], judged % number, number)
        parts.append((str(one.stage), one.present, schools, coefficients, whole))
        if one.stage in expected:
            present = np.zeros(number, dtype=bool)
            present[one.present] = True
            resources.append(np.where(present, whole, np.int8(UNKNOWN)))
    together = combine_codes(np.concatenate(resources), np.tile(everywhere, len(resources)), number)
    nothing: Codes = np.full(number, -1, dtype=np.int8)
    parts.append((ALL_STAGES, everywhere, nothing, nothing, together))
    place = np.concatenate([present for _, present, *_ in parts])
    order = np.argsort(place, kind="stable")
    stage = np.concatenate(
        [np.full(len(present), STAGES.categories.get_loc(name), dtype=np.int8) for name, present, *_ in parts]
    )
    columns: dict[str, Any] = {"stage": pd.Categorical.from_codes(stage[order], dtype=STAGES)}
    for position, name in enumerate(("schools", "coefficients", "resources"), start=2):
        codes = np.concatenate([part[position][part[1]] for part in parts])
        columns[name] = _outcome(codes[order])
    heads = {str(name): head[name].array.take(place[order]) for name in head}
    return pd.DataFrame(heads | columns, copy=False)


def _identity(counted: CountedSchools, schools: Whole) -> dict[str, Any]:
    heads = counted.head[schools]
    return {name: counted.rows[column].array.take(heads) for name, column in KEYS.items()}


def _word(text: str, kind: pd.CategoricalDtype, rows: int) -> pd.Categorical[Any]:
    codes = np.full(rows, kind.categories.get_loc(text), dtype=np.int8)
    return pd.Categorical.from_codes(codes, dtype=kind, validate=False)


def _outcome(codes: Codes) -> pd.Categorical[Any]:
    return pd.Categorical.from_codes(codes, dtype=OUTCOME, validate=False)
