"""B11 and B12: size of schools and of classes."""

from __future__ import annotations

from fractions import Fraction

from balance_analysis.measures.concessions import SCHOOL_SIZE, conceded_school_size
from balance_analysis.measures.items.context import LARGEST_CLASS_CONTRADICTS, Context, Measure
from balance_analysis.measures.records import School
from balance_analysis.regimes.model import Item
from balance_analysis.resources import class_bands
from balance_analysis.terms import ALL_STAGES, Relation, SchoolType, Stage

SEVERAL_STAGES = (SchoolType.NINE_YEAR, SchoolType.TWELVE_YEAR)


def school_size(context: Context, item: Item) -> list[Measure]:
    """Pupils of compulsory education by school, against the limit of its type.

    Nine-year and twelve-year schools count both stages, complete secondary schools their junior part.
    """
    rows = []
    for school in context.schools:
        several = school.school_type in SEVERAL_STAGES
        larger = conceded_school_size(school, context.regime, several_stages=several)
        stage = school.stages[0] if len(school.stages) == 1 else ALL_STAGES
        rows.append(
            Measure(
                item=item.id,
                measure="enrolment_nine_or_twelve_year" if several else "enrolment_single_stage",
                exact=school.pupils,
                stage=stage,
                school_code=school.code,
                school_name=school.name,
                needed=larger,
                relation=Relation.AT_MOST,
                unit="人",
                concession="" if larger is None else SCHOOL_SIZE,
            )
        )
    return rows


def class_size(context: Context, item: Item) -> list[Measure]:
    """Classes above the limit of their stage, by school and stage, from the size bands.

    The largest class stands in where bands are blank, and is held against them where they are filed: a school that
    files a largest class above the limit of every stage it has fails even if its bands show none.
    """
    rows = []
    for school in context.schools:
        limits = {
            stage: Fraction(limit.value)
            for stage in school.stages
            if (limit := context.regime.limit(item.id, "class_size", stage)) is not None
        }
        if not limits:
            continue
        found = [_stage_row(school, item, stage, limit) for stage, limit in limits.items()]
        largest = school.number("largest_class_size")
        seen = any(row.exact is not None and row.exact > 0 for row in found)
        if largest is not None and largest > max(limits.values()) and not seen:
            stage = found[0].stage if len(found) == 1 else ALL_STAGES
            missing = tuple(dict.fromkeys(name for row in found for name in row.missing))
            found = [row for row in found if row.exact is not None and len(found) > 1]
            found.append(
                Measure(
                    item=item.id,
                    measure="oversize_classes",
                    exact=Fraction(1),
                    stage=stage,
                    school_code=school.code,
                    school_name=school.name,
                    numerator=Fraction(1),
                    needed=Fraction(0),
                    available=largest,
                    relation=Relation.AT_MOST,
                    unit="个",
                    missing=missing,
                    note=LARGEST_CLASS_CONTRADICTS,
                )
            )
        rows.extend(found)
    return rows


def _stage_row(school: School, item: Item, stage: Stage, limit: Fraction) -> Measure:
    """Oversize classes of one stage: known, known to be at least so many, or unknown."""
    filed = {band.field(stage): school.number(band.field(stage)) for band in class_bands()}
    classes = school.number(f"{stage}_classes")
    largest = school.number("largest_class_size")
    complete = (
        classes is not None and sum((n for n in filed.values() if n is not None), Fraction(0)) == classes
    )
    certain, blank = Fraction(0), []
    for band in class_bands():
        number = filed[band.field(stage)]
        if band.largest is not None and band.largest <= limit:
            continue
        if number is None:
            if not complete:
                blank.append(band.field(stage))
        elif band.smallest > limit:
            certain += number
        elif number > 0:
            blank.append(band.field(stage))
    within = largest is not None and largest <= limit
    known = certain > 0 or not blank or within
    return Measure(
        item=item.id,
        measure="oversize_classes",
        exact=certain if known else None,
        stage=stage,
        school_code=school.code,
        school_name=school.name,
        numerator=certain if known else None,
        denominator=classes,
        needed=Fraction(0),
        relation=Relation.AT_MOST,
        unit="个",
        missing=() if within and certain == 0 else tuple(blank),
    )
