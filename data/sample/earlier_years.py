"""Rows of sheet 学校 in the years before the calibrated one, one step back at a time."""

from __future__ import annotations

from dice import Dice
from schools import STAGES, School, Value, dependent_fields, weighted_pupils
from settings import County

_STRONG_PE_ARTS = {"primary": 1.4, "junior_secondary": 1.1}
"""Teachers per 100 pupils from which PE and arts staff did not grow in the years before."""


def step_back(school: School, county: County, *, crowding: float) -> School:
    """The same school one year earlier: fewer resources where it is weak now, other enrolment."""
    earlier = School(school.entry, dict(school.row), school.habits)
    row, latest = earlier.row, school.number
    row["school_year"] = int(latest("school_year")) - 1
    dice = Dice(f"{county.seed}-{school.habits['seed']:.0f}-back-{row['school_year']}")
    growth = 1 + school.habits["growth"] + dice.uniform(-0.006, 0.006)
    for stage in (*STAGES, "senior_secondary"):
        row[f"{stage}_enrolment"] = round(latest(f"{stage}_enrolment") / growth)
    weight = weighted_pupils(
        school.entry,
        latest("primary_enrolment"),
        latest("junior_secondary_enrolment"),
        latest("senior_secondary_enrolment"),
    )
    for name, kind, scale in (
        ("teaching_and_auxiliary_area_m2", "teaching", 1),
        ("sports_ground_area_m2", "sports", 1),
        ("teaching_equipment_value_wan_cny", "equipment", 10000),
    ):
        mean = county.fits[kind].primary_mean
        relative = latest(name) * scale / weight / mean
        row[name] = round(latest(name) * growth**-1 * (1 - _investment(relative, dice)), 2)
    row["indoor_sports_area_m2"] = round(latest("indoor_sports_area_m2") * (1 - dice.uniform(0, 0.01)), 2)
    for name in ("teaching_computers", "books", "multimedia_classrooms"):
        row[name] = round(latest(name) / growth * (1 - dice.uniform(0.02, 0.06)))
    for stage in STAGES:
        _teachers_before(row, school, stage, growth, dice)
    dependent_fields(earlier, county, crowding=crowding)
    return earlier


def _investment(relative: float, dice: Dice) -> float:
    """Share of a resource that was added this year: weak schools come first."""
    return max(0.004, min(0.11, 0.045 - 0.06 * (relative - 1))) + dice.uniform(0, 0.012)


def _teachers_before(row: dict[str, Value], school: School, stage: str, growth: float, dice: Dice) -> None:
    """Teachers one year earlier; small counts move by one at most and never by a third."""

    def before(name: str, rate: float) -> int:
        count = int(school.number(f"{stage}_{name}"))
        changed = round(count / growth * (1 - rate))
        return changed if count >= 8 else max(changed, count - (1 if count >= 4 else 0))

    names = ["teachers_bachelor", "teachers_master", "backbone_teachers", "intermediate_title_teachers"]
    rates = {"teachers_bachelor": 0.02, "teachers_master": 0.06, "backbone_teachers": 0.04}
    for name in names:
        row[f"{stage}_{name}"] = before(name, rates.get(name, 0.02) + dice.uniform(0, 0.02))
    pupils = max(1, school.pupils(stage))
    pe_arts = sum(
        int(school.number(f"{stage}_{name}_teachers")) for name in ("pe", "music", "fine_arts", "arts")
    )
    if 100 * pe_arts / pupils < _STRONG_PE_ARTS[stage]:
        for name in ("pe_teachers", "music_teachers", "fine_arts_teachers"):
            row[f"{stage}_{name}"] = before(name, 0.10 + dice.uniform(0, 0.03))
    degrees = [f"{stage}_teachers_{degree}" for degree in ("associate", "bachelor", "master", "doctor")]
    total = sum(value for name in degrees if isinstance(value := row.get(name), int))
    row[f"{stage}_full_time_teachers"] = max(
        total, round(school.number(f"{stage}_full_time_teachers") / growth)
    )
