"""The judged items as numbers: every numeric item of a regime, exactly, for one county and year."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from balance_analysis.errors import RegimeError
from balance_analysis.measures.items import enrolment, funds, monitoring, rooms, size, staff
from balance_analysis.measures.items.context import Context, Measure, Measures, Method, build_context
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
    "years_since_basic_balance": monitoring.years_since_basic_balance,
    "school_standards_score": monitoring.school_standards_score,
    "government_work_score": monitoring.government_work_score,
    "three_growths": funds.three_growths,
}
"""The computations that an item of a regime may name as its ``method``."""


def county_measures(
    schools: pd.DataFrame, counties: pd.DataFrame, evidence: pd.DataFrame, regime: Regime, *, year: int
) -> list[Measure]:
    """The county's own figures behind the regime's items, in the order of the regime.

    Parameters: the frames of ``SchoolTables`` restricted to one county (several years are fine); ``year`` the school
    year. Raises :class:`RegimeError` for an item whose method does not exist.
    """
    context = build_context(schools, counties, evidence, regime, year=year)
    return [measure for item in regime.items for measure in measures_of(item, context).county]


def measures_of(item: Item, context: Context) -> Measures:
    """The measured things of one item; none for items judged by resources or by evidence alone."""
    if item.kind == "resource" or not item.method:
        return Measures([])
    if item.method not in METHODS:
        raise RegimeError(f"项目 {item.id} 的计算方法“{item.method}”不存在；可用：{'、'.join(METHODS)}")
    return METHODS[item.method](context, item)
