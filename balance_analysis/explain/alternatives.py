"""Verdicts under another reading: rounded, one school less, without tolerance, another scope, composite.

Each function asks one question and returns the rows in which the answer would differ, or both answers side by
side. Nothing here decides which reading is right; that is the regime's matter.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import sqrt

import pandas as pd

from balance_analysis.exact import Number, as_filed, half_up
from balance_analysis.explain.cells import Cell, cell_of, cells, key_columns, squared_cv
from balance_analysis.explain.headroom import judged_rows, rule_of
from balance_analysis.explain.influence import SCHOOL_COLUMNS, cv_without_each
from balance_analysis.explain.remedies import Limits, limit_of
from balance_analysis.explain.turning_points import CoefficientCondition
from balance_analysis.terms import COMPOSITE, Outcome, Relation


def _said(holds: bool) -> str:
    return (Outcome.MET if holds else Outcome.NOT_MET).value


def compare(value: float, limit: Number, relation: str) -> str:
    """Return ``met`` or ``not_met`` for one value, decided on the decimals as filed.

    >>> compare(3.57, 3.5699999999999998, "at_least"), compare(0.15, "0.15", "below")
    ('met', 'not_met')
    """
    left, right = as_filed(value), as_filed(limit)
    kind = Relation(relation)
    if kind is Relation.AT_LEAST:
        return _said(left >= right)
    return _said(left <= right if kind is Relation.AT_MOST else left < right)


def rounding_flips(values: pd.DataFrame, *, decimals: Mapping[str, int] | int) -> pd.DataFrame:
    """Return the rows whose outcome changes when the value is rounded to the form's decimals first.

    ``values`` has ``value``, ``limit``, ``relation`` and, where ``decimals`` is a mapping, ``indicator``. The
    rows keep their columns and gain ``decimals``, ``rounded``, ``outcome_unrounded``, ``outcome_rounded``.
    Missing values cannot flip and are left out.
    """
    known = values[values["value"].notna() & values["limit"].notna()]
    records: list[dict[str, object]] = []
    for row in known.to_dict("records"):
        digits = decimals if isinstance(decimals, int) else decimals[str(row["indicator"])]
        rounded = float(half_up(row["value"], digits))
        unrounded = compare(row["value"], row["limit"], row["relation"])
        after = compare(rounded, row["limit"], row["relation"])
        if after != unrounded:
            added = {
                "decimals": digits,
                "rounded": rounded,
                "outcome_unrounded": unrounded,
                "outcome_rounded": after,
            }
            records.append({**{str(name): value for name, value in row.items()}, **added})
    columns = [*values.columns, "decimals", "rounded", "outcome_unrounded", "outcome_rounded"]
    return pd.DataFrame.from_records(records, columns=columns)


def leave_one_out_flips(table: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Return the schools on which a coefficient's verdict hangs: without them it would be the other one.

    Columns: cell key, limit, school columns, enrolment, cv, cv_without_school, outcome, outcome_without.
    """
    records: list[dict[str, object]] = []
    for cell in cells(table):
        limit = limit_of(limits, cell)
        if limit is None or cell.reason:
            continue
        holds = CoefficientCondition(cell.rows, limit).holds
        without = cv_without_each(cell.resource, cell.enrolment)
        cv = sqrt(squared_cv(cell.resource, cell.enrolment))
        for position, row in enumerate(cell.rows.to_dict("records")):
            if pd.isna(without[position]):
                continue
            others = CoefficientCondition(cell.rows.drop(index=position).reset_index(drop=True), limit)
            near = abs(without[position] - float(as_filed(limit))) < 1e-9
            after = others.holds if near else bool(without[position] < float(as_filed(limit)))
            if after == holds:
                continue
            record = {**cell.key, "limit": float(as_filed(limit)), "enrolment": row["enrolment"]}
            record |= {name: row[name] for name in SCHOOL_COLUMNS if name in row}
            record |= {"cv": cv, "cv_without_school": without[position]}
            records.append({**record, "outcome": _said(holds), "outcome_without": _said(after)})
    columns = [
        *key_columns(table), "limit", *key_columns(table, SCHOOL_COLUMNS), "enrolment", "cv",
        "cv_without_school", "outcome", "outcome_without",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)


def differing_outcomes(standard: pd.DataFrame, other: pd.DataFrame, *, on: Sequence[str]) -> pd.DataFrame:
    """Return the verdicts that differ between two readings of the same records (with and without a concession).

    Both frames have ``outcome`` and the columns ``on``, which must name each row once. Verdicts that only one
    reading knows (another scope) have a missing outcome on the other side. Columns: ``on``, outcome,
    outcome_other.
    """
    columns = [*on, "outcome"]
    both = standard[columns].merge(
        other[columns], on=list(on), how="outer", suffixes=("", "_other"), validate="one_to_one"
    )
    same = both["outcome"] == both["outcome_other"]
    return both[~same].sort_values(list(on), kind="stable").reset_index(drop=True)


def hanging_on_tolerance(judged: pd.DataFrame, *, indicators_required: int) -> pd.DataFrame:
    """Return the schools that meet their rule only because a shortfall is tolerated.

    If every indicator had to reach its limit they would fail. Columns: school key, outcome (``met``),
    outcome_without (``not_met``), tolerated (indicator ids below their limit, joined by ``;``).
    """
    rows = judged_rows(judged)
    keys = key_columns(rows, ("division_code", "county", "year", "stage", *SCHOOL_COLUMNS))
    records: list[dict[str, object]] = []
    for values, school in rows.groupby(keys, sort=True, dropna=False):
        rule = rule_of(school, indicators_required)
        if rule is None or not rule.holds:
            continue
        short = [one.indicator for one in rule.indicators if one.value < one.limit]
        if short:
            outcomes = {"outcome": Outcome.MET.value, "outcome_without": Outcome.NOT_MET.value}
            records.append({**dict(zip(keys, values, strict=True)), **outcomes, "tolerated": ";".join(short)})
    return pd.DataFrame.from_records(records, columns=[*keys, "outcome", "outcome_without", "tolerated"])


def hanging_on_few_schools(
    judged: pd.DataFrame, *, indicators_required: int, at_most: int = 1
) -> pd.DataFrame:
    """Return the stages whose rule "every school meets" fails because of at most ``at_most`` schools.

    Columns: county columns, stage, n_schools, n_failing, n_not_assessable, failing (school codes joined by
    ``;``). With the named schools put right the rule holds, provided the schools that cannot be assessed hold.
    """
    rows = judged_rows(judged)
    county = key_columns(rows, ("division_code", "county", "year", "stage"))
    records: list[dict[str, object]] = []
    for values, stage in rows.groupby(county, sort=True, dropna=False):
        rules = {
            str(code): rule_of(school, indicators_required)
            for code, school in stage.groupby("school_code", sort=True)
        }
        failing = [code for code, rule in rules.items() if rule is not None and not rule.holds]
        if 0 < len(failing) <= at_most:
            unknown = sum(rule is None for rule in rules.values())
            counts = {"n_schools": len(rules), "n_failing": len(failing), "n_not_assessable": unknown}
            records.append({**dict(zip(county, values, strict=True)), **counts, "failing": ";".join(failing)})
    columns = [*county, "n_schools", "n_failing", "n_not_assessable", "failing"]
    return pd.DataFrame.from_records(records, columns=columns)


def site_size_readings(
    table: pd.DataFrame, limits: Limits, *, minimums: Sequence[int], site_types: Collection[str]
) -> pd.DataFrame:
    """Return every coefficient under each minimum size of sites, so that the rule's weight can be seen.

    ``table`` must still hold the small sites (scope not yet applied). Schools whose ``school_type`` is in
    ``site_types`` count only with at least the minimum of pupils; pass every type to ask what a minimum for
    all schools would do. ``site_pupils`` is used where given (all stages of the site), else ``enrolment``.
    A site with unknown pupils stays in, so that it is seen as missing.

    Columns: cell key, minimum, n_schools, n_left_out, enrolment, cv, limit, outcome, turns (differs from the
    outcome at the first minimum), reason.
    """
    size = table["site_pupils"] if "site_pupils" in table.columns else table["enrolment"]
    is_site = table["school_type"].isin(list(site_types))
    records: list[dict[str, object]] = []
    first: dict[tuple[object, ...], str] = {}
    for minimum in minimums:
        kept = table[~(is_site & (size < minimum))]
        for cell in cells(table):
            inside = kept
            for name, value in cell.key.items():
                inside = inside[inside[name] == value]
            reading = cell_of(cell.key, inside)
            limit = limit_of(limits, cell)
            record = _reading(reading, limit) | {"minimum": minimum}
            record["n_left_out"] = len(cell.rows) - len(reading.rows)
            before = first.setdefault(tuple(cell.key.values()), str(record["outcome"]))
            records.append({**record, "turns": record["outcome"] != before})
    columns = [
        *key_columns(table), "minimum", "n_schools", "n_left_out", "enrolment", "cv", "limit", "outcome",
        "turns", "reason",
    ]  # fmt: skip
    frame = pd.DataFrame.from_records(records, columns=columns)
    return frame.sort_values([*key_columns(table), "minimum"], kind="stable").reset_index(drop=True)


def _reading(cell: Cell, limit: Number | None) -> dict[str, object]:
    record: dict[str, object] = {
        **cell.key,
        "n_schools": len(cell.rows),
        "enrolment": float(cell.enrolment.sum()),
    }
    record |= {"reason": cell.reason, "outcome": Outcome.NOT_ASSESSABLE.value}
    if limit is not None:
        record["limit"] = float(as_filed(limit))
    if not cell.reason:
        record["cv"] = sqrt(squared_cv(cell.resource, cell.enrolment))
        if limit is not None:
            record["outcome"] = _said(CoefficientCondition(cell.rows, limit).holds)
    return record


def composite_against_indicators(coefficients: pd.DataFrame) -> pd.DataFrame:
    """Return, per stage, the verdict by indicator beside the verdict by composite coefficient.

    ``coefficients`` has stage, indicator, cv, limit, with the composite in rows of indicator ``composite``
    that carry the composite's limit. Columns: county columns, stage, n_indicators, n_above (those above their
    limit), n_missing, worst_indicator, worst_cv, composite_cv, composite_limit, outcome_by_indicator,
    outcome_by_composite, differ. A missing coefficient makes the verdict by indicator ``not_assessable``
    unless another one fails already.
    """
    keys = key_columns(coefficients, ("division_code", "county", "year", "stage"))
    records: list[dict[str, object]] = []
    for values, stage in coefficients.groupby(keys, sort=True, dropna=False):
        single = stage[(stage["indicator"] != COMPOSITE) & stage["limit"].notna()]
        composite = stage[stage["indicator"] == COMPOSITE]
        known = single[single["cv"].notna()]
        outcomes = [compare(row["cv"], row["limit"], Relation.AT_MOST) for row in known.to_dict("records")]
        above = outcomes.count(Outcome.NOT_MET.value)
        by_indicator = (
            _said(above == 0) if above or len(known) == len(single) > 0 else Outcome.NOT_ASSESSABLE.value
        )
        record: dict[str, object] = {
            **dict(zip(keys, values, strict=True)),
            "n_indicators": len(single),
            "n_above": above,
            "n_missing": len(single) - len(known),
            "outcome_by_indicator": by_indicator,
            "outcome_by_composite": Outcome.NOT_ASSESSABLE.value,
        }
        if not known.empty:
            worst = known.iloc[int((known["cv"] - known["limit"]).to_numpy().argmax())]
            record |= {"worst_indicator": worst["indicator"], "worst_cv": worst["cv"]}
        if len(composite) == 1 and composite[["cv", "limit"]].notna().all(axis=None):
            cv, limit = float(composite["cv"].iloc[0]), float(composite["limit"].iloc[0])
            record |= {"composite_cv": cv, "composite_limit": limit}
            record["outcome_by_composite"] = compare(cv, limit, Relation.AT_MOST)
        verdicts = {record["outcome_by_indicator"], record["outcome_by_composite"]}
        records.append(
            {**record, "differ": len(verdicts) == 2 and Outcome.NOT_ASSESSABLE.value not in verdicts}
        )
    columns = [
        *keys, "n_indicators", "n_above", "n_missing", "worst_indicator", "worst_cv", "composite_cv",
        "composite_limit", "outcome_by_indicator", "outcome_by_composite", "differ",
    ]  # fmt: skip
    return pd.DataFrame.from_records(records, columns=columns)
