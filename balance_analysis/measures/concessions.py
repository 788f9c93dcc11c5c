"""The concessions of the 2019 working rules, as far as a regime has switched them on.

Each concession is a choice of the regime (off in the national file, set on by an overlay) and acts with the
figures of the regime's ``concession.*`` parameters. A blank in a field that a concession looks at means that the
concession cannot be claimed: the national rule stands. A concession loosens the national figure only: where a local
overlay has set a figure of its own, that figure stands.

Source: regulation §3.5 (国教督办函〔2019〕30号, grade B).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from balance_analysis.measures.records import Record, School, stratum_of
from balance_analysis.regimes.model import Regime
from balance_analysis.terms import ALL_STAGES, Stage

PE_ARTS_TEACHERS = "pe_arts_shared_teachers"
SPORTS_GROUNDS = "extra_sports_grounds"
OLDER_ROOMS = "older_music_art_rooms"
SMALL_RURAL_ROOMS = "small_rural_music_art_rooms"
SCHOOL_SIZE = "older_or_migrant_school_size"
CONCESSIONS = (PE_ARTS_TEACHERS, SPORTS_GROUNDS, OLDER_ROOMS, SMALL_RURAL_ROOMS, SCHOOL_SIZE)
"""Ids of the choices that carry a concession."""

EXTRA_SPORTS_FIELDS = ("other_on_site_sports_area_m2", "leased_sports_area_m2")
RURAL = "rural"
NATIONAL = "national"


@dataclass(frozen=True)
class RoomAreas:
    """Area in m² from which a room counts as full size, and the concessions that lowered it."""

    music: Fraction
    art: Fraction
    concessions: tuple[str, ...] = ()


def conceded_amounts(
    schools: pd.DataFrame, regime: Regime, method: str, stage: Stage
) -> tuple[pd.Series[float], pd.Series[bool]]:
    """What a concession lets each row of ``schools`` add to the numerator ``method`` of one stage.

    Returns two series on the index of ``schools``: the extra amount in the unit it is filed in (0 where no
    concession applies, NaN where one applies but its field was left blank), and the mask of the rows to which one
    applies. ``pe_arts_teachers``: rotating, part-time and walking teachers of rural schools whose pupils of
    compulsory education lie within the regime's bounds. ``sports_area``: other grounds on the site and rented ones,
    of the whole campus, in the dense centre of a large city. Any other method, and a concession that is not
    switched on, gives zeros and an empty mask.
    """
    concession = {"pe_arts_teachers": PE_ARTS_TEACHERS, "sports_area": SPORTS_GROUNDS}.get(method)
    active = concession is not None and regime.has_choice(concession, "on")
    amounts, applied = [], []
    for row in schools.to_dict("records"):
        record = Record({str(key): value for key, value in row.items()})
        if method == "pe_arts_teachers":
            applies = active and _is_small_rural(record, regime)
            extra = record.number(f"{stage}_shared_pe_arts_teachers")
        else:
            applies = record.flag("central_district_of_large_city") is True
            extra = record.total(*EXTRA_SPORTS_FIELDS).value
        applied.append(active and applies)
        amounts.append(0.0 if not applied[-1] else np.nan if extra is None else float(extra))
    return (
        pd.Series(amounts, index=schools.index, dtype="float64"),
        pd.Series(applied, index=schools.index, dtype="bool"),
    )


def room_areas(school: School, regime: Regime) -> RoomAreas:
    """Smallest full-size music and art room for this school, concessions included.

    Where two concessions apply the smaller area counts. A several-stage school keeps to the area of its higher
    stage. Needs the parameters ``music_art_rooms.*``.
    """
    music = Fraction(regime.parameter("music_art_rooms.music_room_area"))
    art = Fraction(regime.parameter("music_art_rooms.art_room_area"))
    used = []
    built = school.head.number("built_year")
    national = all(_is_national(regime, f"music_art_rooms.{kind}_room_area") for kind in ("music", "art"))
    if (
        national
        and regime.has_choice(OLDER_ROOMS, "on")
        and built is not None
        and built <= Fraction(regime.parameter("concession.older_rooms.built_until"))
    ):
        music = min(music, Fraction(regime.parameter("concession.older_rooms.music_room_area")))
        art = min(art, Fraction(regime.parameter("concession.older_rooms.art_room_area")))
        used.append(OLDER_ROOMS)
    largest = school.number("largest_class_size")
    if (
        national
        and regime.has_choice(SMALL_RURAL_ROOMS, "on")
        and school.stratum == RURAL
        and largest is not None
        and largest < Fraction(regime.parameter("concession.small_rural_rooms.class_size_below"))
    ):
        area = max(
            Fraction(regime.parameter(f"concession.small_rural_rooms.room_area_{stage}"))
            for stage in school.stages
        )
        music, art = min(music, area), min(art, area)
        used.append(SMALL_RURAL_ROOMS)
    return RoomAreas(music, art, tuple(used))


def conceded_school_size(school: School, regime: Regime, *, several_stages: bool) -> Fraction | None:
    """The larger size limit this school may have, or None where no concession applies.

    Built by the regime's year, or migrant children above its share of the school's pupils of compulsory education.
    """
    name = "nine_or_twelve_year" if several_stages else "single_stage"
    item = regime.item_of("school_size")
    limit = regime.limit(item.id, f"enrolment_{name}", ALL_STAGES) if item is not None else None
    if not regime.has_choice(SCHOOL_SIZE, "on") or limit is None or limit.origin != NATIONAL:
        return None
    built = school.head.number("built_year")
    migrants = school.number("migrant_children_enrolment")
    older = built is not None and built <= Fraction(regime.parameter("concession.school_size.built_until"))
    share_above = Fraction(regime.parameter("concession.school_size.migrant_share_above"))
    crowded = migrants is not None and migrants * 100 > share_above * school.pupils
    if not older and not crowded:
        return None
    return Fraction(regime.parameter(f"concession.school_size.{name}"))


def _is_national(regime: Regime, name: str) -> bool:
    return all(entry.origin == NATIONAL for entry in regime.parameters if entry.id == name)


def _is_small_rural(record: Record, regime: Regime) -> bool:
    pupils = record.total(*(f"{stage}_enrolment" for stage in Stage)).value
    return (
        stratum_of(record, regime) == RURAL
        and pupils is not None
        and Fraction(regime.parameter("concession.pe_arts.minimum_enrolment"))
        <= pupils
        <= Fraction(regime.parameter("concession.pe_arts.maximum_enrolment"))
    )
