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

from balance_analysis.exact import Floats, Mask, added_up
from balance_analysis.measures.records import School
from balance_analysis.regimes.model import Regime
from balance_analysis.resources import Numerator
from balance_analysis.terms import ALL_STAGES, Stage

PE_ARTS_TEACHERS = "pe_arts_shared_teachers"
SPORTS_GROUNDS = "extra_sports_grounds"
OLDER_ROOMS = "older_music_art_rooms"
SMALL_RURAL_ROOMS = "small_rural_music_art_rooms"
SCHOOL_SIZE = "older_or_migrant_school_size"
CONCESSIONS = (PE_ARTS_TEACHERS, SPORTS_GROUNDS, OLDER_ROOMS, SMALL_RURAL_ROOMS, SCHOOL_SIZE)
"""Ids of the choices that carry a concession."""

RURAL = "rural"
NATIONAL = "national"


@dataclass(frozen=True)
class RoomAreas:
    """Area in m² from which a room counts as full size, and the concessions that lowered it."""

    music: Fraction
    art: Fraction
    concessions: tuple[str, ...] = ()


def conceded_amounts(
    schools: pd.DataFrame, regime: Regime, kind: Numerator, stage: Stage
) -> tuple[Floats, Mask]:
    """What a concession lets each row of ``schools`` add to a numerator at one stage.

    Returns the extra amount in the unit it is filed in (NaN where its field was left blank), and the mask of the rows to
    which the concession applies; the mask is empty where none is switched on for the numerator.
    ``pe_arts_teachers``: rotating, part-time and walking teachers of rural schools whose pupils of
    compulsory education lie within the regime's bounds. ``sports_area``: other grounds on the site and rented ones,
    of the whole campus, in the dense centre of a large city.
    """
    concession = {"pe_arts_teachers": PE_ARTS_TEACHERS, "sports_area": SPORTS_GROUNDS}.get(kind.method)
    nobody: Mask = np.zeros(len(schools), dtype=bool)
    if concession is None or not regime.has_choice(concession, "on"):
        return np.zeros(len(schools)), nobody
    fields = schools.reindex(columns=list(kind.conceded_fields(stage))).to_numpy(np.float64, na_value=np.nan)
    extra = added_up(list(fields.T), [1] * fields.shape[1])
    if concession == SPORTS_GROUNDS:
        applied: Mask = (schools["central_district_of_large_city"] == True).to_numpy(dtype=bool)  # noqa: E712
    else:
        applied = _small_rural(schools, regime)
    amounts: Floats = np.where(extra.known, extra.whole / 10.0**extra.places, np.nan)
    return np.where(applied, amounts, 0.0), applied


def _small_rural(schools: pd.DataFrame, regime: Regime) -> Mask:
    """Rows of rural schools with pupils of compulsory education within the bounds of the concession."""
    columns = [f"{stage}_enrolment" for stage in Stage]
    pupils = schools[columns].to_numpy(np.float64, na_value=np.nan).sum(axis=1)
    lowest, highest = small_rural_bounds(regime)
    found: Mask = rural_rows(schools, regime) & (lowest <= pupils) & (pupils <= highest)
    return found


def small_rural_bounds(regime: Regime) -> tuple[float, float]:
    """From how many and up to how many pupils of compulsory education a rural school may count shared teachers."""
    lowest, highest = (
        float(regime.parameter(f"concession.pe_arts.{end}_enrolment")) for end in ("minimum", "maximum")
    )
    return lowest, highest


def rural_rows(schools: pd.DataFrame, regime: Regime) -> Mask:
    """Rows of rural schools: by their stratum, where none is stated by their area code."""
    by_code = schools["urban_rural_code"].map(regime.area_codes)
    stratum = (
        schools["stratum"].where(schools["stratum"].fillna("") != "", by_code)
        if "stratum" in schools
        else by_code
    )
    found: Mask = (stratum == RURAL).to_numpy(dtype=bool, na_value=False)
    return found


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
