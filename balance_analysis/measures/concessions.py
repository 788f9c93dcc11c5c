"""The concessions of the 2019 working rules, as far as a regime has switched them on.

Each concession is a choice of the regime (off in the national file, set on by an overlay) and acts with the
figures of the regime's ``concession.*`` parameters. A blank in a field that a concession looks at means that the
concession cannot be claimed: the national rule stands. A concession loosens the national figure only: where a local
overlay has set a figure of its own, that figure stands.
A year of building is each site's own: it allows something only where every campus with pupils was built by then.

Source: regulation §3.5 (国教督办函〔2019〕30号, grade B).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from balance_analysis.exact import Decimals, Floats, Mask, Objects, added_up, as_filed
from balance_analysis.measures.columns import Column, SchoolColumns
from balance_analysis.measures.strata import RURAL
from balance_analysis.regimes.model import Regime
from balance_analysis.resources import Numerator
from balance_analysis.terms import ALL_STAGES, Stage

PE_ARTS_TEACHERS = "pe_arts_shared_teachers"
SPORTS_GROUNDS = "extra_sports_grounds"
OLDER_ROOMS = "older_music_art_rooms"
SMALL_RURAL_ROOMS = "small_rural_music_art_rooms"
SCHOOL_SIZE = "older_or_migrant_school_size"

NATIONAL = "national"


@dataclass(frozen=True)
class RoomAreas:
    """Area in m² from which a room counts as full size, by school, and the concessions used, joined by ``;``."""

    music: Column
    art: Column
    concessions: Objects


def concession_of(regime: Regime, kind: Numerator) -> str | None:
    """The concession that is switched on for a numerator, None without one."""
    concession = {"pe_arts_teachers": PE_ARTS_TEACHERS, "sports_area": SPORTS_GROUNDS}.get(kind.method)
    return concession if concession is not None and regime.has_choice(concession, "on") else None


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
    concession = concession_of(regime, kind)
    if concession is None:
        return np.zeros(len(schools)), np.zeros(len(schools), dtype=bool)
    fields = schools.reindex(columns=list(kind.conceded_fields(stage))).to_numpy(np.float64, na_value=np.nan)
    extra = added_up([Decimals.of(column) for column in fields.T], [1] * fields.shape[1])
    if concession == SPORTS_GROUNDS:
        applied: Mask = (schools["central_district_of_large_city"] == True).to_numpy(dtype=bool)  # noqa: E712
    else:
        applied = _small_rural(schools, regime)
    amounts: Floats = np.where(extra.known, extra.floats(), np.nan)
    for row in np.flatnonzero(extra.known & ~extra.fits).tolist():  # more digits than whole numbers hold
        amounts[row] = float(sum((as_filed(float(value)) for value in fields[row]), Fraction(0)))
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


def room_areas(schools: SchoolColumns) -> RoomAreas:
    """Smallest full-size music and art room of each school, concessions included.

    Where two concessions apply the smaller area counts. A several-stage school keeps to the area of its higher
    stage. Needs the parameters ``music_art_rooms.*``.
    """
    regime, rows = schools.counted.regime, len(schools)

    def constant(name: str) -> Column:
        return Column.constant(Fraction(regime.parameter(name)), rows)

    music, art = (constant(f"music_art_rooms.{kind}_room_area") for kind in ("music", "art"))
    used = np.full(rows, "", dtype=object)
    if not all(_is_national(regime, f"music_art_rooms.{kind}_room_area") for kind in ("music", "art")):
        return RoomAreas(music, art, used)
    if regime.has_choice(OLDER_ROOMS, "on"):
        older = schools.of_every_site("built_year").at_most(
            Fraction(regime.parameter("concession.older_rooms.built_until"))
        )
        music = _smaller(music, constant("concession.older_rooms.music_room_area"), older)
        art = _smaller(art, constant("concession.older_rooms.art_room_area"), older)
        used[older] = OLDER_ROOMS
    if regime.has_choice(SMALL_RURAL_ROOMS, "on"):
        below = Fraction(regime.parameter("concession.small_rural_rooms.class_size_below"))
        small: Mask = schools.site_stratum[schools.head] == RURAL
        for stage in Stage:
            largest = schools.largest_class(stage).or_else(schools.largest_class_of_school)
            small &= ~schools.stages[stage] | largest.below(below)
        area = Column.constant(Fraction(0), rows)
        for stage in Stage:
            own = constant(f"concession.small_rural_rooms.room_area_{stage}")
            area = own.where_known(schools.stages[stage] & own.above(area)).or_else(area)
        music, art = _smaller(music, area, small), _smaller(art, area, small)
        used[small] = [f"{before};{SMALL_RURAL_ROOMS}".lstrip(";") for before in used[small]]
    return RoomAreas(music, art, used)


def _smaller(area: Column, other: Column, rows: Mask) -> Column:
    """``other`` in those rows in which it is the smaller."""
    return other.where_known(rows & other.below(area)).or_else(area)


def conceded_school_size(schools: SchoolColumns, several: Mask) -> Column:
    """The larger size limit that each school may have, not known where no concession applies.

    Built by the regime's year, or migrant children above its share of the school's pupils of compulsory education.
    ``several``: schools held to the limit of nine-year and twelve-year schools.
    """
    regime, rows = schools.counted.regime, len(schools)
    found, item = Column.constant(None, rows), regime.item_of("school_size")
    if item is None or not regime.has_choice(SCHOOL_SIZE, "on"):
        return found
    older = schools.of_every_site("built_year").at_most(
        Fraction(regime.parameter("concession.school_size.built_until"))
    )
    share = Fraction(regime.parameter("concession.school_size.migrant_share_above")) / 100
    applies = older | schools.number("migrant_children_enrolment").above(schools.pupils * share)
    for name, mine in (("nine_or_twelve_year", several), ("single_stage", ~several)):
        limit = regime.limit(item.id, f"enrolment_{name}", ALL_STAGES)
        if limit is not None and limit.origin == NATIONAL:
            larger = Column.constant(Fraction(regime.parameter(f"concession.school_size.{name}")), rows)
            found = found.or_else(larger.where_known(mine & applies))
    return found


def _is_national(regime: Regime, name: str) -> bool:
    return all(entry.origin == NATIONAL for entry in regime.parameters if entry.id == name)
