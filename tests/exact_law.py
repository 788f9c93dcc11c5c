"""The resource part of both laws a second time: a program of its own, in fractions, row by row, straight from the regulation.

Uses nothing of the package. ``expected`` judges filed rows (fields of the own template); ``benchmarks/exact_counties.py`` compares.
Source: regulation §1 to §4 (limits, weights, scope and minimum, campuses, sponsors).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from math import isnan
from typing import Any

Row = dict[str, Any]
STAGES = ("primary", "junior_secondary")
DEGREES = {"primary": ("associate", "bachelor", "master", "doctor"), "junior_secondary": ("bachelor", "master", "doctor")}  # fmt: skip
WEIGHTS = {
    "nine_year": ("1", "1.1", "0"),
    "twelve_year": ("1", "1.1", "1.32"),
    "complete_secondary": ("0", "1", "1.2"),
}
OF_TYPE = {
    "primary_school": STAGES[:1], "teaching_site": STAGES[:1], "junior_secondary_school": STAGES[1:], "nine_year": STAGES,
    "twelve_year": STAGES, "complete_secondary": STAGES[1:],
}  # fmt: skip
AREA, INDOOR, GROUND = "teaching_and_auxiliary_area_m2", "indoor_sports_area_m2", "sports_ground_area_m2"
VALUE, ROOMS, COMPUTERS, BOOKS = (
    "teaching_equipment_value_wan_cny",
    "multimedia_classrooms",
    "teaching_computers",
    "books",
)
WHOLE = (AREA, INDOOR, GROUND, VALUE, ROOMS, COMPUTERS, BOOKS)
HUNDREDTHS = {AREA, INDOOR, GROUND, VALUE}
OTHER = {"met": "not_met", "not_met": "met"}
Formula = Callable[[Row, str], Fraction | None]


def filed(row: Row, name: str) -> Fraction | None:
    """The decimal that was filed, None for a blank."""
    value = row.get(name)
    return None if value is None or isnan(value) else Fraction(repr(float(value)))


def total(*names: str) -> Formula:
    """A sum of fields; ``{}`` stands for the stage."""

    def of(row: Row, stage: str) -> Fraction | None:
        parts = [filed(row, name.format(stage)) for name in names]
        known = [part for part in parts if part is not None]
        return sum(known, Fraction(0)) if len(known) == len(parts) else None

    return of


def degrees(row: Row, stage: str) -> Fraction | None:
    """Teachers above the required degree."""
    return total(*(f"{stage}_teachers_{degree}" for degree in DEGREES[stage]))(row, stage)


def teaching_area(row: Row, stage: str) -> Fraction | None:
    """2017: without indoor sports rooms."""
    area, indoor = filed(row, AREA), filed(row, INDOOR)
    return None if area is None or indoor is None or area < indoor else area - indoor


SPORTS, PE_ARTS = total(GROUND, INDOOR), total(*(f"{{}}_{kind}_teachers" for kind in ("pe", "music", "fine_arts", "arts")))  # fmt: skip
INDICATORS: dict[str, list[tuple[str, Formula, bool, int, tuple[str, str]]]] = {
    "quality_balance_2017": [
        ("above_standard_qualified_teachers", degrees, False, 100, ("4.2", "5.3")),
        ("backbone_teachers", total("{}_backbone_teachers"), False, 100, ("1", "1")),
        ("pe_arts_teachers", PE_ARTS, False, 100, ("0.9", "0.9")),
        ("teaching_area", teaching_area, True, 1, ("4.5", "5.8")),
        ("sports_area", SPORTS, True, 1, ("7.5", "10.2")),
        ("equipment_value", total(VALUE), True, 10000, ("2000", "2500")),
        ("multimedia_classrooms", total(ROOMS), True, 100, ("2.3", "2.4")),
    ],
    "basic_balance_2012": [
        ("teaching_area", total(AREA), True, 1, ("0", "0")),
        ("sports_area", SPORTS, True, 1, ("0", "0")),
        ("equipment_value", total(VALUE), True, 10000, ("0", "0")),
        ("computers", total(COMPUTERS), True, 100, ("0", "0")),
        ("books", total(BOOKS), True, 1, ("0", "0")),
        ("teachers", total("{}_full_time_teachers"), False, 1, ("0", "0")),
        ("above_standard_qualified_teachers", degrees, False, 1, ("0", "0")),
        ("titles", total("{}_intermediate_title_teachers"), False, 1, ("0", "0")),
    ],
}
NEW, OLD = INDICATORS
Verdicts = dict[tuple[str, str, str], str]


def expected(rows: list[Row], law: str) -> tuple[Verdicts, dict[tuple[str, str], Fraction | None]]:
    """Verdicts of schools and coefficients, and the squares of the coefficients by stage and indicator."""
    schools = _joined([dict(row) for row in rows])
    verdicts: Verdicts = {}
    squares: dict[tuple[str, str], Fraction | None] = {}
    for stage in STAGES:
        counted = [
            (code, parts)
            for code, campuses in schools.items()
            if (parts := _counted(campuses, stage, law))
            and stage in OF_TYPE.get(campuses[0]["school_type"], ())
        ]
        values = {
            code: [_held(parts, stage, *entry[1:4]) for entry in INDICATORS[law]] for code, parts in counted
        }
        if law == NEW:
            for code, parts in counted:
                verdicts["school", stage, code] = _school(values[code], _pupils(parts, stage), stage)
        sizes = [_pupils(parts, stage) for _, parts in counted]
        for number, (name, *_) in enumerate(INDICATORS[law]):
            square = squares[stage, name] = _square([values[code][number] for code, _ in counted], sizes)
            if law == NEW and counted:
                kept = square is not None and square <= Fraction(("0.5", "0.45")[STAGES.index(stage)]) ** 2
                verdicts["coefficient", stage, name] = (
                    "not_assessable" if square is None else "met" if kept else "not_met"
                )
        if law == OLD and counted:
            each = [squares[stage, name] for name, *_ in INDICATORS[law]]
            with localcontext(prec=60):
                roots = [(Decimal(one.numerator) / one.denominator).sqrt() for one in each if one is not None]
                kept = len(roots) == len(each) and sum(roots) / len(each) <= Decimal(
                    ("0.65", "0.55")[STAGES.index(stage)]
                )
            known = "met" if kept else "not_met"
            verdicts["coefficient", stage, "composite"] = "not_assessable" if None in each else known
    return verdicts, squares


def _joined(rows: list[Row]) -> dict[str, list[Row]]:
    """Campuses by main school, its own row first; what a campus without pupils has is the main school's."""
    by_code = {row["school_code"]: row for row in rows}
    schools: dict[str, list[Row]] = {row["school_code"]: [row] for row in rows if row["counted_as_school"]}
    for row in rows:
        if row["counted_as_school"]:
            continue
        main = by_code[row["main_school_code"]]
        if any(filed(row, f"{stage}_enrolment") for stage in (*STAGES, "senior_secondary")):
            schools[main["school_code"]].append(row)
            continue
        for name in WHOLE:
            own, more = filed(main, name), filed(row, name)
            if own is not None and more is not None:
                main[name] = float(own + more)
    return schools


def _counted(campuses: list[Row], stage: str, law: str) -> list[Row]:
    """The campuses with pupils of a school that counts; none where it does not."""
    kind, sponsor = campuses[0]["school_type"], campuses[0].get("sponsor_type")
    if law == OLD and (kind == "teaching_site" or sponsor in ("1", "3", "5", "9", "10")):
        return []
    parts = [row for row in campuses if filed(row, f"{stage}_enrolment")]
    return [] if law == NEW and kind == "teaching_site" and _pupils(parts, stage) < 50 else parts


def _pupils(parts: list[Row], stage: str) -> Fraction:
    return sum((filed(row, f"{stage}_enrolment") or Fraction(0) for row in parts), Fraction(0))


def _held(parts: list[Row], stage: str, formula: Formula, shared: bool, scale: int) -> Fraction | None:
    """What a school holds for a stage: every campus splits what it shares by the weights of its own type."""
    held = Fraction(0)
    for row in parts:
        amount = formula(row, stage)
        if amount is None:
            return None
        if shared and row["school_type"] in WEIGHTS:
            weights = [Fraction(one) for one in WEIGHTS[row["school_type"]]]
            pupils = [filed(row, f"{name}_enrolment") or 0 for name in (*STAGES, "senior_secondary")]
            own = STAGES.index(stage)
            amount *= weights[own] * pupils[own] / sum(w * p for w, p in zip(weights, pupils, strict=True))
        held += amount
    return held * scale


def _school(values: list[Fraction | None], pupils: Fraction, stage: str) -> str:
    limits = [Fraction(entry[4][STAGES.index(stage)]) for entry in INDICATORS[NEW]]
    ratio = [
        None if held is None else held / pupils / limit for held, limit in zip(values, limits, strict=True)
    ]
    met, unknown = sum(one is not None and one >= 1 for one in ratio), ratio.count(None)
    if met + unknown < 6 or any(one is not None and one < Fraction("0.85") for one in ratio):
        return "not_met"
    return "not_assessable" if unknown else "met"


def _square(held: list[Fraction | None], pupils: list[Fraction]) -> Fraction | None:
    known = [one for one in held if one is not None]
    if len(held) < 2 or len(known) < len(held) or not sum(known):
        return None
    squares = sum((r * r / n for r, n in zip(known, pupils, strict=True)), Fraction(0))
    return sum(pupils, Fraction(0)) * squares / sum(known, Fraction(0)) ** 2 - 1
