"""Training, rotation and certificates of teachers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from balance_analysis.measures.items.context import (
    CAPPED,
    PERCENT,
    Context,
    Measures,
    SchoolMeasures,
    share,
    summed_share,
)
from balance_analysis.regimes.model import Item


def teacher_training(context: Context, item: Item) -> Measures:
    """Teachers who completed their 360 hours in percent of full-time teachers: the county, then its schools."""
    return _teachers_who(context, item, "completion_share", "teachers_trained_360_hours")


def teacher_certificates(context: Context, item: Item) -> Measures:
    """Certified teachers in percent of full-time teachers: the county, then its schools."""
    return _teachers_who(context, item, "certified_share", "certified_full_time_teachers")


def teacher_rotation(context: Context, item: Item) -> Measures:
    """Rotated teachers in percent of those eligible, and backbone teachers in percent of those rotated."""
    rotated = context.county_total("rotated_teachers")
    return Measures(
        [
            share(item, "rotation_share", rotated, context.county_total("rotation_eligible_teachers")),
            share(item, "backbone_share", context.county_total("rotated_backbone_teachers"), rotated),
        ]
    )


def _teachers_who(context: Context, item: Item, measure: str, field: str) -> Measures:
    """Teachers of both compulsory stages; a school that files more than it has counts as complete.

    The field is filed for the whole school, so a complete secondary school may have included its senior teachers;
    their surplus must not make up for a shortfall elsewhere.
    """
    teachers, done = context.schools.staged("full_time_teachers"), context.schools.total(field)
    capped = done.value.above(teachers.value)
    counted = teachers.value.where_known(capped).or_else(done.value)
    rows = SchoolMeasures.of(
        item,
        context.schools,
        counted.per(teachers.value) * Fraction(PERCENT),
        measure=measure,
        numerator=counted,
        denominator=teachers.value,
        unit="%",
        missing=teachers.blanks + done.blanks,
        note=np.where(capped, CAPPED, "").astype(object),
        decides=False,
    )
    return Measures([summed_share(item, measure, rows)], rows)
