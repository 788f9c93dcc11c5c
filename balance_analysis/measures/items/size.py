"""Size of schools and of classes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from balance_analysis.exact import Mask, Objects, Whole
from balance_analysis.measures.columns import Blanks, Column, SchoolColumns
from balance_analysis.measures.concessions import SCHOOL_SIZE, conceded_school_size
from balance_analysis.measures.items.context import (
    LARGEST_CLASS_CONTRADICTS,
    Context,
    Measures,
    SchoolMeasures,
    join,
)
from balance_analysis.regimes.model import Item
from balance_analysis.resources import class_bands
from balance_analysis.terms import ALL_STAGES, Relation, SchoolType, Stage

SEVERAL_STAGES = (SchoolType.NINE_YEAR, SchoolType.TWELVE_YEAR)


def school_size(context: Context, item: Item) -> Measures:
    """Pupils of compulsory education by school, against the limit of its type.

    Nine-year and twelve-year schools count both stages, complete secondary schools their junior part.
    """
    schools = context.schools
    several: Mask = np.array([kind in SEVERAL_STAGES for kind in schools.school_type], dtype=bool)
    larger = conceded_school_size(schools, several)
    rows = SchoolMeasures.of(
        item,
        schools,
        schools.pupils,
        measure=np.where(several, "enrolment_nine_or_twelve_year", "enrolment_single_stage").astype(object),
        stage=schools.stage,
        needed=larger,
        relation=Relation.AT_MOST,
        unit="人",
        concession=np.where(larger.known, SCHOOL_SIZE, "").astype(object),
    )
    return Measures([], rows)


def class_size(context: Context, item: Item) -> Measures:
    """Classes above the limit of their stage, by school and stage, from the size bands.

    The largest class of the stage stands in where bands are blank, and is held against them where they are filed: a
    stage whose largest class is above its limit fails even if its bands show none. Where it is not filed, the largest
    class of the school does the same, against the limits of all its stages; but not where there may be senior pupils,
    whose class it may be: there the bands decide.
    """
    schools = context.schools
    limits = {stage: context.regime.limit(item.id, "class_size", stage) for stage in Stage}
    bounds = {stage: Fraction(limit.value) for stage, limit in limits.items() if limit is not None}
    if not bounds:
        return Measures([])
    own = {stage: schools.largest_class(stage) for stage in bounds}
    largest = schools.largest_class_of_school.where_known(~schools.may_have_seniors)
    of_stage = {
        stage: _oversize_classes(schools, item, stage, limit, own[stage].or_else(largest))
        for stage, limit in bounds.items()
    }
    asked = {stage: schools.stages[stage] for stage in bounds}
    number_of_stages = np.sum(list(asked.values()), axis=0)
    shown = np.logical_or.reduce([asked[stage] & (rows.exact.top > 0) for stage, rows in of_stage.items()])
    beyond = np.logical_and.reduce(
        [~asked[stage] | (largest.above(limit) & ~own[stage].known) for stage, limit in bounds.items()]
    )
    contradicted: Mask = beyond & (number_of_stages > 0) & ~shown
    parts, places, blank = [], [], np.zeros(len(schools), dtype=np.int64)
    for stage, rows in of_stage.items():
        denied: Mask = asked[stage] & own[stage].above(bounds[stage]) & (rows.exact.top == 0).astype(bool)
        kept = asked[stage] & ~denied & (~contradicted | (rows.exact.known & (number_of_stages > 1)))
        parts += [rows[kept], _denied(schools, item, stage.value, own[stage], rows.missing.bits)[denied]]
        places += [np.flatnonzero(kept), np.flatnonzero(denied)]
        blank |= np.where(asked[stage], rows.missing.bits, 0)
    of_school = np.where(number_of_stages > 1, ALL_STAGES, schools.stage).astype(object)
    parts.append(_denied(schools, item, of_school, largest, blank)[contradicted])
    return Measures([], join(parts, [*places, np.flatnonzero(contradicted)]))


def _denied(
    schools: SchoolColumns, item: Item, stage: str | Objects, largest: Column, blank: Whole
) -> SchoolMeasures:
    """At least one oversize class, known by the largest class only."""
    one = Column.constant(Fraction(1), len(schools))
    return SchoolMeasures.of(
        item,
        schools,
        one,
        measure="oversize_classes",
        numerator=one,
        needed=one * Fraction(0),
        available=largest,
        stage=stage,
        relation=Relation.AT_MOST,
        unit="个",
        missing=Blanks(_band_fields(), blank),
        note=LARGEST_CLASS_CONTRADICTS,
    )


def _band_fields() -> tuple[str, ...]:
    return tuple(band.field(stage) for stage in Stage for band in class_bands())


def _oversize_classes(
    schools: SchoolColumns, item: Item, stage: Stage, limit: Fraction, largest: Column
) -> SchoolMeasures:
    """Oversize classes of one stage at every school: known, known to be at least so many, or unknown.

    ``largest``: a size that no class of the stage exceeds.
    """
    names = _band_fields()
    none = Column.constant(Fraction(0), len(schools))
    filed = {band: schools.number(band.field(stage)) for band in class_bands()}
    classes = schools.number(f"{stage}_classes")
    every = none
    for number in filed.values():
        every = every + number.or_else(none)
    complete = classes.known & ~every.above(classes) & ~every.below(classes)
    certain, blank = none, np.zeros(len(schools), dtype=np.int64)
    for band, number in filed.items():
        if band.largest is not None and band.largest <= limit:
            continue
        unclear = ~number.known & ~complete
        if band.smallest > limit:
            certain = certain + number.or_else(none)
        else:
            unclear |= number.top > 0
        blank |= np.where(unclear, 1 << names.index(band.field(stage)), 0)
    within = largest.known & ~largest.above(limit)
    over: Mask = (certain.top > 0).astype(bool)
    oversize = certain.where_known(over | (blank == 0) | within)
    return SchoolMeasures.of(
        item,
        schools,
        oversize,
        measure="oversize_classes",
        stage=stage.value,
        numerator=oversize,
        denominator=classes,
        needed=none,
        relation=Relation.AT_MOST,
        unit="个",
        missing=Blanks(names, np.where(within & ~over, 0, blank)),
    )
