"""B16, B18 and B19: training, rotation and certificates of teachers."""

from __future__ import annotations

from balance_analysis.measures.items.context import CAPPED, PERCENT, Context, Measure, share, summed_share
from balance_analysis.regimes.model import Item


def teacher_training(context: Context, item: Item) -> list[Measure]:
    """Teachers who completed their 360 hours in percent of full-time teachers: the county, then its schools."""
    return _teachers_who(context, item, "completion_share", "teachers_trained_360_hours")


def teacher_certificates(context: Context, item: Item) -> list[Measure]:
    """Certified teachers in percent of full-time teachers: the county, then its schools."""
    return _teachers_who(context, item, "certified_share", "certified_full_time_teachers")


def teacher_rotation(context: Context, item: Item) -> list[Measure]:
    """Rotated teachers in percent of those eligible, and backbone teachers in percent of those rotated."""
    rotated = context.county_total("rotated_teachers")
    return [
        share(item, "rotation_share", rotated, context.county_total("rotation_eligible_teachers")),
        share(item, "backbone_share", context.county_total("rotated_backbone_teachers"), rotated),
    ]


def _teachers_who(context: Context, item: Item, measure: str, field: str) -> list[Measure]:
    """Teachers of both compulsory stages; a school that files more than it has counts as complete.

    The field is filed for the whole school, so a complete secondary school may have included its senior teachers;
    their surplus must not make up for a shortfall elsewhere.
    """
    rows = []
    for school in context.schools:
        teachers = school.staged("full_time_teachers")
        done = school.total(field)
        numerator, exact, note = done.value, None, ""
        if numerator is not None and teachers.value is not None:
            if numerator > teachers.value:
                numerator, note = teachers.value, CAPPED
            if teachers.value > 0:
                exact = PERCENT * numerator / teachers.value
        rows.append(
            Measure(
                item=item.id,
                measure=measure,
                exact=exact,
                school_code=school.code,
                school_name=school.name,
                numerator=numerator,
                denominator=teachers.value,
                unit="%",
                missing=(*teachers.missing, *done.missing),
                note=note,
                decides=False,
            )
        )
    return [summed_share(item, measure, rows), *rows]
