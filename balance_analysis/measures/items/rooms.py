"""B10: music and art rooms of full size, one of each for every twelve classes."""

from __future__ import annotations

import math
from fractions import Fraction

from balance_analysis.measures.concessions import room_areas
from balance_analysis.measures.items.context import AT_LEAST_KNOWN, Context, Measure
from balance_analysis.measures.records import School, Sum
from balance_analysis.regimes.model import Item, Regime
from balance_analysis.resources import room_bands
from balance_analysis.terms import Relation


def music_art_rooms(context: Context, item: Item) -> list[Measure]:
    """Rooms of full size against ⌈classes ÷ classes per room⌉, for music and for art, by school.

    Classes of both compulsory stages of a school are taken together, or rounded up by stage and added, as the choice
    ``music_art_rooms.classes_counted`` says. Senior classes are not asked for.
    """
    rows = []
    for school in context.schools:
        needed = rooms_needed(school, context.regime)
        areas = room_areas(school, context.regime)
        for measure, area in (("music_rooms", areas.music), ("art_rooms", areas.art)):
            rooms, known = rooms_of_size(school, measure, area)
            available = rooms.value
            note = ""
            missing = (*needed.missing, *rooms.missing)
            if available is None and needed.value is not None and known >= needed.value:
                available, missing, note = known, (), AT_LEAST_KNOWN
            rows.append(
                Measure(
                    item=item.id,
                    measure=measure,
                    exact=available if needed.value is not None else None,
                    school_code=school.code,
                    school_name=school.name,
                    needed=needed.value,
                    available=available,
                    relation=Relation.AT_LEAST,
                    unit="间",
                    missing=tuple(dict.fromkeys(missing)),
                    note=note,
                    concession=";".join(areas.concessions),
                )
            )
    return rows


def rooms_needed(school: School, regime: Regime) -> Sum:
    """How many rooms of each kind the school's classes ask for."""
    per_room = Fraction(regime.parameter("music_art_rooms.classes_per_room"))
    if regime.has_choice("music_art_rooms.classes_counted", "by_stage"):
        counts = [(f"{stage}_classes", school.number(f"{stage}_classes")) for stage in school.stages]
        return Sum.of(
            (name, None if classes is None else Fraction(math.ceil(classes / per_room)))
            for name, classes in counts
        )
    classes = school.staged("classes")
    return classes if classes.value is None else Sum(Fraction(math.ceil(classes.value / per_room)))


def rooms_of_size(school: School, kind: str, area: Fraction) -> tuple[Sum, Fraction]:
    """Rooms of at least ``area`` m², and how many of them are certain.

    Bands above the area count whole. A band that straddles it counts only when it is empty; with rooms in it the
    number is not known, and its field is named.
    """
    certain, parts = Fraction(0), []
    for band in room_bands(kind):
        filed = school.number(band.field)
        if band.from_m2 >= area:
            parts.append((band.field, filed))
            certain += filed or 0
        elif band.below_m2 is None or band.below_m2 > area:
            parts.append((band.field, filed if filed == 0 else None))
    return Sum.of(parts), certain
