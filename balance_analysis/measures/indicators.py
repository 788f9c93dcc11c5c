"""Per-pupil indicators of every school and stage, exactly.

Every figure is carried as a :class:`fractions.Fraction` made from the decimal that was filed, and
only then turned into float64, so that a school at exactly 3.57 *is* at 3.57. Blank inputs make the
value missing and are named; a filed zero is a zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
import pandas as pd

from balance_analysis.errors import BalanceAnalysisError
from balance_analysis.exact import as_filed
from balance_analysis.measures.concessions import EXTRA_SPORTS_FIELDS, conceded_amounts
from balance_analysis.measures.given_values import given_parts, has_values
from balance_analysis.regimes.model import Indicator, Regime
from balance_analysis.terms import Stage

# --- numerators: a method is code -------------------------------------------------------------------

STAGE_NUMERATORS: Mapping[str, Mapping[Stage, tuple[str, ...]]] = {
    "above_standard_qualified_teachers": {
        Stage.PRIMARY: (
            "primary_teachers_associate",
            "primary_teachers_bachelor",
            "primary_teachers_master",
            "primary_teachers_doctor",
        ),
        Stage.JUNIOR_SECONDARY: (
            "junior_secondary_teachers_bachelor",
            "junior_secondary_teachers_master",
            "junior_secondary_teachers_doctor",
        ),
    },
    **{
        method: {stage: tuple(f"{stage}_{name}" for name in names) for stage in Stage}
        for method, names in {
            "backbone_teachers": ("backbone_teachers",),
            "pe_arts_teachers": ("pe_teachers", "music_teachers", "fine_arts_teachers", "arts_teachers"),
            "full_time_teachers": ("full_time_teachers",),
            "intermediate_title_teachers": ("intermediate_title_teachers",),
            "classes": ("classes",),
            "staff": ("staff",),
        }.items()
    },
}
"""Columns that are added up for resources counted where they are used (teachers)."""

SHARED_NUMERATORS: Mapping[str, tuple[str, ...]] = {
    "teaching_area": ("teaching_and_auxiliary_area_m2",),
    "sports_area": ("sports_ground_area_m2", "indoor_sports_area_m2"),
    "equipment_value": ("teaching_equipment_value_wan_cny",),
    "multimedia_classrooms": ("multimedia_classrooms",),
    "computers": ("teaching_computers",),
    "books": ("books",),
}
"""Columns that are added up for resources of the whole campus (rooms, grounds, equipment)."""

ENROLMENT = {stage: f"{stage}_enrolment" for stage in Stage}
SENIOR_ENROLMENT = "senior_secondary_enrolment"

CONCEDED_FIELDS: Mapping[str, Callable[[Stage], tuple[str, ...]]] = {
    "pe_arts_teachers": lambda stage: (f"{stage}_shared_pe_arts_teachers",),
    "sports_area": lambda stage: EXTRA_SPORTS_FIELDS,
}
CONCEDED_METHODS = set(CONCEDED_FIELDS)
"""Numerators that a dated concession may add to, and the columns it needs."""

ROW = "row_number"
Extras = dict[tuple[str, Stage], dict[int, float]]

COLUMNS = (
    "division_code",
    "county",
    "year",
    "stage",
    "indicator",
    "school_code",
    "school_name",
    "school_type",
    "stratum",
    "sponsor",
    "township",
    "amount",
    "scale",
    "stage_weight",
    "weighted_pupils",
    "enrolment",
    "value",
    "resource",
    "missing",
    "exact_value",
)


class HasSchools(Protocol):
    """Anything with a ``schools`` frame (``workbook.tables.SchoolTables``)."""

    @property
    def schools(self) -> pd.DataFrame:
        """One row per school, campus and school year."""


def compute_indicators(tables: HasSchools, regime: Regime) -> pd.DataFrame:
    """All indicators of the regime for every school and stage in its scope.

    Parameters: ``tables.schools`` with the fields of the own template (``NaN`` = not filed) and
    ``stratum``; ``regime`` the resolved law. Returns the *indicators* frame of
    ``docs/developer/frames.md`` plus ``exact_value`` (Fraction, or None where missing), sorted by
    county, year, stage (primary first), regime order of indicators and file order of schools. Campuses that do not count
    as schools are merged into their main school, shared resources of several-stage schools split by
    the regime's weights *before* merging. Stages without pupils give no row. A row marked ``values_given`` holds
    values instead of numerators (:mod:`given_values`): they are taken as filed, without ``amount``, split or
    scope, which the form has dealt with already.

    Source: regulation §1, §3.1, §3.3, §4.
    """
    extras = _conceded(tables.schools, regime)
    parts = [part for row in _rows(tables.schools) for part in _campus_parts(row, regime, extras)]
    frame = pd.DataFrame(_merge(parts, regime), columns=list(COLUMNS))
    if frame.empty:
        return frame
    order = {indicator.id: number for number, indicator in enumerate(regime.indicators)}
    frame["_order"] = frame["indicator"].map(order)
    frame["_stage"] = frame["stage"].map(list(Stage).index)
    frame = frame.sort_values(["division_code", "year", "_stage", "_order"], kind="stable", ignore_index=True)
    frame["stage"] = frame["stage"].map(str)
    texts = ["school_type", "stratum", "sponsor", "township"]
    frame[texts] = frame[texts].astype("str")  # also where a form files none of them
    return frame.drop(columns=["_order", "_stage"])


def excluded_schools(tables: HasSchools, regime: Regime) -> pd.DataFrame:
    """Schools and stages left out of the regime's scope, with the Chinese reason.

    Columns: division_code, year, school_code, school_name, stage, enrolment (campuses merged), reason.
    """
    rows: list[dict[str, Any]] = []
    scope = {entry.school_type: entry for entry in regime.scope}
    merged = _merged_enrolment(tables.schools)
    for row in _rows(tables.schools):
        if _is_campus(row) or has_values(row):
            continue
        entry = scope.get(row["school_type"])
        for stage in Stage:
            pupils = merged.get((row["division_code"], row["school_year"], row["school_code"], stage), 0.0)
            if pupils == 0:
                continue
            reason = ""
            if entry is None or stage not in entry.stages:
                reason = "办学类型不在评估范围内"
            elif isinstance(row["sponsor"], str) and row["sponsor"] not in entry.sponsors:
                reason = "举办者类型不在评估范围内"
            elif pupils < float(entry.minimum_enrolment):
                reason = f"学生数不足{entry.minimum_enrolment}人"
            if reason:
                rows.append(
                    {
                        "division_code": row["division_code"],
                        "year": int(row["school_year"]),
                        "school_code": row["school_code"],
                        "school_name": row["school_name"],
                        "stage": str(stage),
                        "enrolment": pupils,
                        "reason": reason,
                    }
                )
    return pd.DataFrame(
        rows, columns=["division_code", "year", "school_code", "school_name", "stage", "enrolment", "reason"]
    )


def _merged_enrolment(schools: pd.DataFrame) -> dict[tuple[Any, ...], float]:
    """Pupils by county, year, school and stage, those of campuses with their main school."""
    merged: dict[tuple[Any, ...], float] = {}
    for row in _rows(schools):
        main = row["main_school_code"] if _is_campus(row) else row["school_code"]
        for stage in Stage:
            pupils = row[ENROLMENT[stage]]
            if not pd.isna(pupils):
                key = (row["division_code"], row["school_year"], main, stage)
                merged[key] = merged.get(key, 0.0) + pupils
    return merged


# --- campuses and parts -----------------------------------------------------------------------------


def _rows(schools: pd.DataFrame) -> Iterator[dict[str, Any]]:
    numbered = schools.assign(**{ROW: np.arange(len(schools))})
    usable = numbered[numbered["school_year"].notna() & numbered["school_code"].notna()]
    for row in usable.to_dict("records"):
        yield {str(key): value for key, value in row.items()}


def _conceded(schools: pd.DataFrame, regime: Regime) -> Extras:
    """What the regime's concessions add to a numerator, per (method, stage) and row position."""
    extras: Extras = {}
    numbered = schools.assign(**{ROW: np.arange(len(schools))})
    for method in CONCEDED_METHODS & {entry.method for entry in regime.indicators}:
        for stage in Stage:
            amounts, applied = conceded_amounts(numbered, regime, method, stage)
            extras[method, stage] = dict(zip(numbered.loc[applied, ROW], amounts[applied], strict=True))
    return extras


def _is_campus(row: Mapping[str, Any]) -> bool:
    return row["counted_as_school"] is False and isinstance(row["main_school_code"], str)


def _campus_parts(row: dict[str, Any], regime: Regime, extras: Extras) -> Iterator[dict[str, Any]]:
    if has_values(row):
        yield from given_parts(row, regime)
        return
    for stage in Stage:
        pupils = row[ENROLMENT[stage]]
        if pd.isna(pupils) or pupils <= 0:
            continue
        weight, base, base_missing = _split(row, stage, regime)
        for indicator in regime.indicators:
            amount, missing = _amount(row, stage, indicator, regime)
            extra = extras.get((indicator.method, stage), {}).get(row[ROW])
            if extra is not None and pd.isna(extra):
                amount, missing = None, (*missing, *CONCEDED_FIELDS[indicator.method](stage))
            elif extra is not None and amount is not None:
                amount += as_filed(extra)
            split = indicator.shared and regime.choice("split_shared_resources") == "on"
            used_weight, used_base = (weight, base) if split else (Fraction(1), as_filed(pupils))
            if split and base_missing:
                missing = (*missing, SENIOR_ENROLMENT)
            yield {
                "row": row,
                "main": row["main_school_code"] if _is_campus(row) else row["school_code"],
                "stage": stage,
                "indicator": indicator,
                "amount": amount,
                "pupils": as_filed(pupils),
                "weight": used_weight,
                "base": used_base,
                "missing": missing,
            }


def _split(row: Mapping[str, Any], stage: Stage, regime: Regime) -> tuple[Fraction, Fraction, bool]:
    """Weight of the stage, weighted pupils of the campus, and whether senior pupils were blank."""
    weights = next((entry for entry in regime.stage_weights if entry.school_type == row["school_type"]), None)
    if weights is None:
        return Fraction(1), as_filed(row[ENROLMENT[stage]]), False
    pupils = {
        "primary": row[ENROLMENT[Stage.PRIMARY]],
        "junior_secondary": row[ENROLMENT[Stage.JUNIOR_SECONDARY]],
        "senior_secondary": row[SENIOR_ENROLMENT],
    }
    relevant = {name: Fraction(getattr(weights, name)) for name in pupils if getattr(weights, name) != 0}
    missing = any(pd.isna(pupils[name]) for name in relevant)
    base = sum(
        (relevant[name] * as_filed(pupils[name]) for name in relevant if not pd.isna(pupils[name])),
        Fraction(0),
    )
    return relevant[stage.value], base, missing


def _amount(
    row: Mapping[str, Any], stage: Stage, indicator: Indicator, regime: Regime
) -> tuple[Fraction | None, tuple[str, ...]]:
    """What was filed for the numerator; None and the columns at fault where there is no such amount.

    Columns are at fault when blank, or when they contradict each other: more indoor sports area than
    the teaching area that contains it leaves no amount, and is not a negative one.
    """
    method = indicator.method
    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()
    if method in STAGE_NUMERATORS:
        plus = STAGE_NUMERATORS[method][stage]
    elif method in SHARED_NUMERATORS:
        plus = SHARED_NUMERATORS[method]
        if method == "teaching_area" and regime.choice("deduct_indoor_sports_from_teaching_area") == "on":
            minus = ("indoor_sports_area_m2",)
    else:
        raise BalanceAnalysisError(f"指标 {indicator.id} 的计算方法 {method} 不存在")
    missing = tuple(name for name in (*plus, *minus) if pd.isna(row.get(name, np.nan)))
    if missing:
        return None, missing
    total = sum((as_filed(row[name]) for name in plus), Fraction(0))
    total -= sum((as_filed(row[name]) for name in minus), Fraction(0))
    return (None, (*plus, *minus)) if total < 0 else (total, ())


def _merge(parts: list[dict[str, Any]], regime: Regime) -> list[dict[str, Any]]:
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for part in parts:
        key = (
            part["row"]["division_code"],
            int(part["row"]["school_year"]),
            part["main"],
            part["stage"],
            part["indicator"].id,
        )
        groups.setdefault(key, []).append(part)
    heads = {
        (part["row"]["division_code"], int(part["row"]["school_year"]), part["main"]): part["row"]
        for part in parts
        if part["row"]["school_code"] == part["main"]
    }
    scope = {entry.school_type: entry for entry in regime.scope}
    rows = []
    for (division, year, main, stage, _), members in groups.items():
        head = heads.get((division, year, main), members[0]["row"])
        entry = scope.get(head["school_type"])
        pupils = sum((part["pupils"] for part in members), Fraction(0))
        if not has_values(head) and (
            entry is None
            or stage not in entry.stages
            or (isinstance(head["sponsor"], str) and head["sponsor"] not in entry.sponsors)
            or pupils < Fraction(entry.minimum_enrolment)
        ):
            continue
        rows.append(_merged_row(head, year, stage, members, pupils))
    return rows


def _merged_row(
    head: Mapping[str, Any], year: int, stage: Stage, members: list[dict[str, Any]], pupils: Fraction
) -> dict[str, Any]:
    indicator: Indicator = members[0]["indicator"]
    scale = Fraction(indicator.scale)
    missing = tuple(dict.fromkeys(name for part in members for name in part["missing"]))
    base = sum((part["base"] for part in members), Fraction(0))
    amount = value = None
    weight = members[0]["weight"]
    if not missing and has_values(head):
        value = members[0]["given"]
    elif not missing:
        amount = sum((part["amount"] for part in members), Fraction(0))
        share = sum(
            (part["amount"] * part["weight"] * part["pupils"] / part["base"] for part in members), Fraction(0)
        )
        value = scale * share / pupils
        if len(members) > 1 and amount:
            weight = value * base / (scale * amount)
    return {
        "division_code": head["division_code"],
        "county": head["county"],
        "year": year,
        "stage": stage,
        "indicator": indicator.id,
        "school_code": head["school_code"],
        "school_name": head["school_name"],
        "school_type": head["school_type"],
        "stratum": head.get("stratum"),
        "sponsor": head["sponsor"],
        "township": head.get("township"),
        "amount": _float(amount),
        "scale": float(scale),
        "stage_weight": float(weight),
        "weighted_pupils": float(base),
        "enrolment": float(pupils),
        "value": _float(value),
        "resource": _float(None if value is None else value * pupils),
        "missing": "、".join(missing),
        "exact_value": value,
    }


def _float(value: Fraction | None) -> float:
    return float("nan") if value is None else float(value)
