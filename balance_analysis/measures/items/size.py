"""B11 and B12: size of schools and of classes."""

from __future__ import annotations

from fractions import Fraction

from balance_analysis.measures.concessions import SCHOOL_SIZE, conceded_school_size
from balance_analysis.measures.items.context import LARGEST_CLASS_CONTRADICTS, Context, Measure
from balance_analysis.measures.records import School
from balance_analysis.regimes.model import Item
from balance_analysis.terms import ALL_STAGES, Relation, SchoolType, Stage

CLASS_BANDS: tuple[tuple[str, int, int | None], ...] = (
    ("classes_up_to_25", 0, 25),
    ("classes_26_to_30", 26, 30),
    ("classes_31_to_35", 31, 35),
    ("classes_36_to_40", 36, 40),
    ("classes_41_to_45", 41, 45),
    ("classes_46_to_50", 46, 50),
    ("classes_51_to_55", 51, 55),
    ("classes_56_to_60", 56, 60),
    ("classes_61_to_65", 61, 65),
    ("classes_66_and_above", 66, None),
)
"""Fields of the form (after ``<stage>_``) with the smallest and largest class they count."""

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
    filed = {name: school.number(f"{stage}_{name}") for name, _, _ in CLASS_BANDS}
    classes = school.number(f"{stage}_classes")
    largest = school.number("largest_class_size")
    complete = (
        classes is not None and sum((n for n in filed.values() if n is not None), Fraction(0)) == classes
    )
    certain, blank = Fraction(0), []
    for name, lower, upper in CLASS_BANDS:
        number = filed[name]
        if upper is not None and upper <= limit:
            continue
        if number is None:
            if not complete:
                blank.append(f"{stage}_{name}")
        elif lower > limit:
            certain += number
        elif number > 0:
            blank.append(f"{stage}_{name}")
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
