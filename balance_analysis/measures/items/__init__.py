"""The judged items as numbers: every numeric item of a regime, exactly, for one county and year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import pandas as pd

from balance_analysis.errors import RegimeError
from balance_analysis.measures.items import enrolment, funds, monitoring, rooms, size, staff
from balance_analysis.measures.items.context import Context, Measure, Method, build_context
from balance_analysis.regimes.model import Item, Regime

METHODS: Mapping[str, Method] = {
    "funding_base": funds.funding_base,
    "music_art_rooms": rooms.music_art_rooms,
    "school_size": size.school_size,
    "class_size": size.class_size,
    "small_school_funds": funds.small_school_funds,
    "special_education_funds": funds.special_education_funds,
    "teacher_pay": funds.teacher_pay,
    "teacher_training": staff.teacher_training,
    "teacher_rotation": staff.teacher_rotation,
    "teacher_certificates": staff.teacher_certificates,
    "nearby_enrolment": enrolment.nearby_enrolment,
    "senior_school_quota": enrolment.senior_school_quota,
    "migrant_children": enrolment.migrant_children,
    "retention_rate": enrolment.retention_rate,
    "disabled_children_enrolment": enrolment.disabled_children_enrolment,
    "training_funds": funds.training_funds,
    "quality_monitoring": monitoring.quality_monitoring,
    "social_recognition": monitoring.social_recognition,
    "school_standards_score": monitoring.school_standards_score,
    "government_work_score": monitoring.government_work_score,
    "three_growths": funds.three_growths,
}
"""The computations that an item of a regime may name as its ``method``."""

COLUMNS = (
    "item",
    "measure",
    "stage",
    "school_code",
    "school_name",
    "subject",
    "value",
    "exact",
    "numerator",
    "denominator",
    "needed",
    "available",
    "unit",
    "missing",
    "note",
    "concession",
    "decides",
)


def measure_items(
    schools: pd.DataFrame, counties: pd.DataFrame, evidence: pd.DataFrame, regime: Regime, *, year: int
) -> pd.DataFrame:
    """Every measured thing behind the regime's items, one row each, in the order of the regime.

    Parameters: the frames of ``SchoolTables`` restricted to one county (several years are fine); ``year`` the school
    year. Columns: ``item, measure``; ``stage`` (``all`` where none); ``school_code``, ``school_name`` (empty for the
    county); ``subject`` (B31); ``value`` float64 and ``exact`` Fraction, both in the unit of the limit, missing where
    not known; ``numerator, denominator, needed, available`` as filed; ``missing`` names of blank fields joined by ``、``;
    ``note`` a code of :mod:`balance_analysis.measures.items.context`; ``concession`` the concessions used;
    ``decides`` False for rows that only explain. Raises :class:`RegimeError` for an item whose method does not exist.
    """
    context = build_context(schools, counties, evidence, regime, year=year)
    measures = [measure for item in regime.items for measure in measures_of(item, context)]
    return pd.DataFrame([_row(measure) for measure in measures], columns=list(COLUMNS))


def measures_of(item: Item, context: Context) -> list[Measure]:
    """The measured things of one item; none for items judged by resources or by evidence alone."""
    if item.kind == "resource" or not item.method:
        return []
    if item.method not in METHODS:
        raise RegimeError(f"项目 {item.id} 的计算方法“{item.method}”不存在；可用：{'、'.join(METHODS)}")
    return METHODS[item.method](context, item)


def _row(measure: Measure) -> dict[str, object]:
    row: dict[str, object] = {item.name: getattr(measure, item.name) for item in fields(measure)}
    row["value"] = measure.exact
    row["missing"] = "、".join(measure.missing)
    for name in ("value", "numerator", "denominator", "needed", "available"):
        number = row[name]
        row[name] = float("nan") if number is None else float(number)  # type: ignore[arg-type]
    return {name: row[name] for name in COLUMNS}
