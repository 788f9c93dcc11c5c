"""Music and art rooms of full size, one of each for every so many classes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from balance_analysis.measures.columns import Blanks, Column, SchoolColumns, Total
from balance_analysis.measures.concessions import room_areas
from balance_analysis.measures.items.context import Context, Measures, SchoolMeasures, join
from balance_analysis.regimes.model import Item
from balance_analysis.resources import room_bands
from balance_analysis.terms import Relation, Stage


def music_art_rooms(context: Context, item: Item) -> Measures:
    """Rooms of full size against ⌈classes ÷ classes per room⌉, for music and for art, by school.

    Classes of both compulsory stages of a school are taken together, or rounded up by stage and added, as the choice
    ``music_art_rooms.classes_counted`` says. Senior classes are not asked for.
    """
    schools = context.schools
    needed, areas = rooms_needed(schools), room_areas(schools)
    parts = []
    for measure, area in (("music_rooms", areas.music), ("art_rooms", areas.art)):
        rooms, certain = rooms_of_size(schools, measure, area)
        enough = ~rooms.value.known & needed.value.known & ~certain.below(needed.value)
        available = rooms.value.or_else(certain.where_known(enough))
        names, blank = needed.blanks + rooms.blanks
        parts.append(
            SchoolMeasures.of(
                item,
                schools,
                available.where_known(needed.value.known),
                measure=measure,
                needed=needed.value,
                available=available,
                relation=Relation.AT_LEAST,
                unit="间",
                missing=Blanks(names, np.where(enough, 0, blank)),
                concession=areas.concessions,
            )
        )
    return Measures([], join(parts, [np.arange(len(schools))] * len(parts)))


def rooms_needed(schools: SchoolColumns) -> Total:
    """How many rooms of each kind the schools' classes ask for."""
    regime = schools.counted.regime
    for_one_class = 1 / Fraction(regime.parameter("music_art_rooms.classes_per_room"))
    if regime.has_choice("music_art_rooms.classes_counted", "by_stage"):
        names = [f"{stage}_classes" for stage in Stage]
        return Total.of({name: (schools.number(name) * for_one_class).rounded_up() for name in names})
    classes = schools.staged("classes")
    return classes._replace(value=(classes.value * for_one_class).rounded_up())


def rooms_of_size(schools: SchoolColumns, kind: str, area: Column) -> tuple[Total, Column]:
    """Rooms of at least ``area`` m², and how many of them are certain.

    Bands above the area count whole. A band that straddles it counts only when it is empty; with rooms in it the
    number is not known, and its field is named.
    """
    none = Column.constant(Fraction(0), len(schools))
    certain, parts = none, {}
    for band in room_bands(kind):
        filed = schools.number(band.field)
        whole = ~area.above(Fraction(band.from_m2))
        below = area.known if band.below_m2 is None else area.below(Fraction(band.below_m2))
        empty = filed.known & (filed.top == 0)
        counted = filed.where_known(whole)
        parts[band.field] = counted.or_else(none.where_known(~whole & (~below | empty)))
        certain = certain + counted.or_else(none)
    return Total.of(parts), certain
