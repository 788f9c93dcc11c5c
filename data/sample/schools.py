"""Rows of sheet 学校 in the calibrated latest year of a county."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

from calibration import fit_affine, fit_counts
from classes import band_counts, class_sizes
from dice import Dice
from rosters import COMPLETE, JUNIOR, NINE, PRIMARY, SITE, SPECIAL, TWELVE, Entry
from settings import County, Fit

Value = int | float | str | bool | None
_CODE_PREFIX = {
    PRIMARY: "21",
    SITE: "21",
    JUNIOR: "31",
    NINE: "31",
    COMPLETE: "34",
    TWELVE: "34",
    SPECIAL: "51",
}
STAGES = ("primary", "junior_secondary")


@dataclass
class School:
    """One school or campus in one year: the row to be filed, and the habits that shape other years."""

    entry: Entry
    row: dict[str, Value]
    habits: dict[str, float] = field(default_factory=dict)

    def number(self, name: str) -> float:
        """A filed number; blank is an error here, since the generator fills what it uses."""
        value = self.row[name]
        assert isinstance(value, (int, float)), name
        return value

    def pupils(self, stage: str) -> int:
        """Pupils of a stage."""
        return int(self.number(f"{stage}_enrolment"))


def weighted_pupils(entry: Entry, primary: float, junior: float, senior: float) -> float:
    """Denominator of a shared resource (regulation, splitting of schools with several stages)."""
    if entry.school_type == COMPLETE:
        return junior + 1.2 * senior
    if entry.school_type == JUNIOR:
        return junior
    return primary + 1.1 * junior + 1.32 * senior


def in_scope(entry: Entry) -> bool:
    """Whether the school counts for the coefficients."""
    return entry.school_type != SPECIAL and not (entry.school_type == SITE and entry.primary < 50)


_SPREAD = {"teaching": 0.16, "sports": 0.10, "equipment": 0.24, "pe_arts": 0.26}
_POWER = {
    ("teaching", "primary"): 0.8,
    ("sports", "primary"): 1.5,
    ("equipment", "primary"): 0.35,
    ("pe_arts", "primary"): 0.75,
    ("teaching", "junior"): 0.8,
    ("sports", "junior"): 2.8,
    ("equipment", "junior"): 0.6,
    ("pe_arts", "junior"): 0.3,
}
_USUAL_PUPILS = {"primary": 500, "junior": 900}


def _shape(kind: str, stage: str, pupils: int, dice: Dice) -> float:
    """Raw per-pupil value before calibration: small schools have more of everything, plus chance."""
    small = min(max((_USUAL_PUPILS[stage] / pupils) ** 0.5, 0.45), 1.9)
    noise = 1 + _SPREAD[kind] * max(-1.8, min(2.2, dice.bell()))
    return small ** _POWER[kind, stage] * noise


def _shared_resources(county: County, kind: str, fit: Fit, dice: Dice) -> dict[str, float]:
    """Resource per weighted pupil for every main school."""
    found: dict[str, float] = {}
    free: dict[str, list[tuple[Entry, int, float]]] = {"primary": [], "junior": []}
    fixed: dict[str, list[tuple[int, float]]] = {"primary": [], "junior": []}
    for entry in county.roster:
        if entry.campus_of:
            continue
        factor = {"sports": entry.sports_factor, "equipment": entry.equipment_factor}.get(kind)
        several = entry.school_type in {NINE, TWELVE, SPECIAL}
        if several or factor is not None or not in_scope(entry):
            wave = 1 + 0.55 * fit.primary_cv * max(-1.3, min(1.8, dice.bell()))
            value = fit.primary_mean * (factor if factor is not None else wave)
            found[entry.name] = value
            if in_scope(entry):
                fixed["primary"].append((entry.primary, value))
                fixed["junior"].append((entry.junior, 1.1 * value))
        else:
            stage = "junior" if entry.school_type in {JUNIOR, COMPLETE} else "primary"
            pupils = entry.junior if stage == "junior" else entry.primary
            free[stage].append((entry, pupils, _shape(kind, stage, pupils, dice)))
    for stage, mean, cv in (
        ("primary", fit.primary_mean, fit.primary_cv),
        ("junior", fit.junior_mean, fit.junior_cv),
    ):
        values = fit_affine(
            [shape for _, _, shape in free[stage]],
            [pupils for _, pupils, _ in free[stage]],
            mean=mean,
            cv=cv,
            fixed_values=[value for _, value in fixed[stage]],
            fixed_pupils=[pupils for pupils, _ in fixed[stage]],
        )
        found.update({entry.name: value for (entry, _, _), value in zip(free[stage], values, strict=True)})
    return found


def _pe_arts_counts(county: County, stage: str, dice: Dice) -> dict[str, int]:
    """Whole PE and arts teachers of every main school that has the stage."""
    fit = county.pe_arts
    mean, cv, width = (
        (fit.primary_mean, fit.primary_cv, 0.004)
        if stage == "primary"
        else (fit.junior_mean, fit.junior_cv, 0.002)
    )
    entries = [entry for entry in county.roster if not entry.campus_of and _pupils(entry, stage) > 0]
    judged = [entry for entry in entries if in_scope(entry)]
    pupils = [_pupils(entry, stage) for entry in judged]
    values = fit_affine([_shape("pe_arts", stage, count, dice) for count in pupils], pupils, mean=mean, cv=cv)
    counts = [
        0 if entry.no_pe_teacher else max(1, round(value * count / 100))
        for entry, value, count in zip(judged, values, pupils, strict=True)
    ]
    if county.pe_arts_exact:
        counts = fit_counts(
            counts,
            pupils,
            mean=mean,
            cv=cv,
            mean_tolerance=width,
            cv_tolerance=0.00003,
            movable=[not entry.no_pe_teacher for entry in judged],
        )
    found = {entry.name: 1 for entry in entries}
    found.update({entry.name: count for entry, count in zip(judged, counts, strict=True)})
    return found


def _pupils(entry: Entry, stage: str) -> int:
    return entry.primary if stage == "primary" else entry.junior


def _teachers(
    row: dict[str, Value], stage: str, pupils: int, pe_arts: int, county: County, dice: Dice
) -> None:
    """Teachers of one stage: degrees, backbone, PE and arts, titles."""
    if pupils == 0:
        full = above = associate = master = doctor = backbone = titles = pe_arts = 0
    else:
        if stage == "primary":
            ratio = county.pupils_per_primary_teacher - 6 + 6 * min(1.0, (pupils / 1500) ** 0.5)
        else:
            ratio = 10.8 + 2.6 * min(1.0, (pupils / 1200) ** 0.5)
        full = max(3, round(pupils / (ratio + 0.35 * dice.bell())), ceil(1.5 * pe_arts) + 1)
        above = min(full, max(round(full * dice.uniform(*county.above_standard_share)), 2))
        master = round(full * dice.uniform(0.01, 0.05 if stage == "primary" else 0.1))
        doctor = 1 if full > 60 and dice.uniform(0, 1) < 0.2 else 0
        associate = round((above - master - doctor) * dice.uniform(0.12, 0.3)) if stage == "primary" else 0
        low, high = county.backbone_per_100
        backbone = max(ceil(pupils * low / 100), round(pupils * dice.uniform(low, high) / 100))
        titles = round(full * dice.uniform(0.42, 0.64))
    physical = ceil(pe_arts * 0.46)
    music = round((pe_arts - physical) * 0.48)
    fine_arts = round((pe_arts - physical - music) * 0.85)
    numbers = {
        "full_time_teachers": full,
        "teachers_bachelor": above - associate - master - doctor,
        "teachers_master": master,
        "teachers_doctor": doctor,
        "backbone_teachers": backbone,
        "pe_teachers": physical,
        "music_teachers": music,
        "fine_arts_teachers": fine_arts,
        "arts_teachers": pe_arts - physical - music - fine_arts,
        "intermediate_title_teachers": titles,
        "shared_pe_arts_teachers": 1 if 0 < pupils < 300 else 0,
    }
    if stage == "primary":
        numbers["teachers_associate"] = associate
    row.update({f"{stage}_{name}": number for name, number in numbers.items()})


def build_latest_year(county: County) -> list[School]:
    """All schools of the county in its latest, calibrated year."""
    dice = Dice(county.seed)
    shared = {kind: _shared_resources(county, kind, fit, dice) for kind, fit in county.fits.items()}
    pe_arts = {stage: _pe_arts_counts(county, stage, dice) for stage in ("primary", "junior")}
    schools: dict[str, School] = {}
    for serial, entry in enumerate(county.roster, start=9001):
        code = f"{_CODE_PREFIX[entry.school_type]}{county.division_code[:4]}{serial}"
        row: dict[str, Value] = {
            "school_year": county.years[-1],
            "division_code": county.division_code,
            "county": county.name,
            "school_code": code,
            "school_name": entry.name,
            "school_type": entry.school_type,
            "sponsor_type": "10" if entry.non_government else "7",
            "urban_rural_code": entry.urban_rural_code,
            "boarding": entry.boarding,
            "counted_as_school": not entry.campus_of,
            "main_school_code": None,
            "built_year": entry.built_year,
            "central_district_of_large_city": False,
            "primary_enrolment": entry.primary,
            "junior_secondary_enrolment": entry.junior,
            "senior_secondary_enrolment": entry.senior,
        }
        school = School(entry, row, _habits(entry, dice))
        schools[entry.name] = school
        if entry.campus_of:
            main = schools[entry.campus_of]
            row["main_school_code"] = main.row["school_code"]
            school.habits["primary_catchment"] = main.habits["primary_catchment"]
            _split_campus(main, school)
            continue
        for stage in STAGES:
            short = "primary" if stage == "primary" else "junior"
            own = pe_arts[short].get(entry.name, 0)
            _teachers(row, stage, school.pupils(stage), own, county, dice)
        weight = weighted_pupils(entry, entry.primary, entry.junior, entry.senior)
        teaching, sports, equipment = (
            shared[kind][entry.name] for kind in ("teaching", "sports", "equipment")
        )
        indoor = 0.0
        if weight >= 450:
            indoor = round(
                min(dice.uniform(0.2, 0.6) * weight, 0.3 * sports * weight, 1850 + dice.uniform(0, 90)), 2
            )
        row["teaching_and_auxiliary_area_m2"] = round(teaching * weight + indoor, 2)
        row["indoor_sports_area_m2"] = indoor
        row["sports_ground_area_m2"] = round(sports * weight - indoor, 2)
        row["other_on_site_sports_area_m2"] = (
            round(dice.uniform(90, 420), 2) if entry.urban_rural_code < "112" else 0
        )
        row["leased_sports_area_m2"] = 0
        row["teaching_equipment_value_wan_cny"] = round(equipment * weight / 10000, 2)
        small = min(2.0, max(1.0, (400 / weight) ** 0.3))
        low, high = county.multimedia_per_100
        row["multimedia_classrooms"] = ceil(weight * dice.uniform(low, high) * small / 100)
        row["teaching_computers"] = round(weight * dice.uniform(10.5, 17) * small / 100)
        row["books"] = round(weight * dice.uniform(21, 34) * small**0.5)
    for school in schools.values():
        dependent_fields(school, county, crowding=1.0)
        _rooms(school, county)
    return list(schools.values())


def _habits(entry: Entry, dice: Dice) -> dict[str, float]:
    """Rates that stay with a school over the years."""
    guarded = entry.urban_rural_code < "200" and not entry.boarding and not entry.non_government
    loose = dice.uniform(0.32, 0.55) if entry.non_government else dice.uniform(0.9, 0.99)
    return {
        "seed": dice.between(1, 10**6),
        "primary_catchment": 1.0 if guarded else loose,
        "junior_catchment": dice.uniform(0.962, 0.993) if guarded else loose,
        "migrants": dice.uniform(0.03, 0.09) if entry.urban_rural_code < "200" else dice.uniform(0.004, 0.02),
        "budget": dice.uniform(1.02, 1.14),
        "actual": dice.uniform(0.985, 1.03),
        "training": dice.uniform(0.054, 0.088),
        "retained": dice.uniform(0.976, 0.998),
        "growth": dice.uniform(-0.018, 0.03),
        "class_fill": dice.uniform(0.82, 0.93),
    }


def _split_campus(main: School, campus: School) -> None:
    """Move a share of everything that is counted or measured from the main school to its campus."""
    share = campus.entry.share
    for name, value in list(main.row.items()):
        if (
            name in {"school_year", "built_year"}
            or isinstance(value, bool)
            or not isinstance(value, (int, float))
        ):
            continue
        part = round(value * share) if isinstance(value, int) else round(value * share, 2)
        campus.row[name] = part
        main.row[name] = value - part if isinstance(value, int) else round(value - part, 2)


def dependent_fields(school: School, county: County, *, crowding: float) -> None:
    """Classes, catchment, certificates, money and retention, from pupils, teachers and habits."""
    row, habits, entry = school.row, school.habits, school.entry
    dice = Dice(f"{county.seed}-{habits['seed']:.0f}-{row['school_year']}")
    largest = 0
    for stage, limit, crowded, grades in (
        ("primary", 45, entry.crowded_primary, 6),
        ("junior_secondary", 50, entry.crowded_junior, 3),
    ):
        pupils = school.pupils(stage)
        special = entry.school_type == SPECIAL
        grade_number = 0 if pupils == 0 else (3 if entry.school_type == SITE else grades)
        sizes = class_sizes(
            pupils,
            round(crowded * crowding),
            largest_allowed=14 if special else limit,
            grades=grade_number,
            fill=habits["class_fill"],
            dice=dice,
        )
        row[f"{stage}_grades"] = grade_number
        row[f"{stage}_classes"] = len(sizes)
        row.update({f"{stage}_classes_{band}": count for band, count in band_counts(sizes).items()})
        largest = max([largest, *sizes])
        if sizes:
            row[f"{stage}_largest_class_size"] = max(sizes)
        rate = habits["primary_catchment" if stage == "primary" else "junior_catchment"]
        row[f"{stage}_catchment_enrolment"] = ceil(pupils * rate)
    row["largest_class_size"] = largest
    primary, junior = school.pupils("primary"), school.pupils("junior_secondary")
    row["migrant_children_enrolment"] = round((primary + junior) * habits["migrants"])
    teachers = sum(int(school.number(f"{stage}_full_time_teachers")) for stage in STAGES)
    row["certified_full_time_teachers"] = row["teachers_trained_360_hours"] = teachers
    money = primary * county.primary_funding_base + junior * county.junior_funding_base
    if entry.school_type == SPECIAL:
        money = (primary + junior) * 8400
    elif primary + junior < 100:
        money = 100 * county.primary_funding_base
    budget = round(money * habits["budget"] / 10000, 2)
    row["operating_funds_budget_wan_cny"] = budget
    actual = budget * (habits["actual"] if primary + junior >= 100 else max(1.0, habits["actual"]))
    row["operating_funds_actual_wan_cny"] = round(actual, 2)
    row["teacher_training_budget_wan_cny"] = round(budget * habits["training"], 2)
    if junior > 0:
        entrants = round(junior / 3 * dice.uniform(0.98, 1.05))
        deaths = 1 if junior > 1500 and dice.uniform(0, 1) < 0.3 else 0
        moved_in, moved_out = (round(entrants * dice.uniform(0.01, 0.05)) for _ in range(2))
        row["entrants_three_years_ago"] = entrants
        row["deaths_three_years"] = deaths
        row["moved_in_three_years"], row["moved_out_three_years"] = moved_in, moved_out
        row["graduates"] = ceil((entrants - deaths) * habits["retained"]) + moved_in - moved_out


def _rooms(school: School, county: County) -> None:
    """Music and art rooms by area band: enough rooms, of full size only where the roster says so."""
    classes = int(school.number("primary_classes") + school.number("junior_secondary_classes"))
    rooms = ceil(classes / 12) - (1 if school.entry.rooms_short else 0)
    bands = {
        "54_to_61": ("music_rooms_54_to_61", "art_rooms_54_to_61"),
        "73_to_96": ("music_rooms_73_to_96", "art_rooms_67_to_90"),
    }
    chosen = bands[county.ordinary_rooms]
    if school.entry.full_size_rooms:
        chosen = ("music_rooms_96_and_above", "art_rooms_90_and_above")
    names = (
        [f"music_rooms_{band}" for band in ("96_and_above", "73_to_96", "61_to_73", "54_to_61")]
        + [f"art_rooms_{band}" for band in ("90_and_above", "67_to_90", "61_to_67", "54_to_61")]
    )  # fmt: skip
    school.row.update({name: rooms if name in chosen else 0 for name in names})
