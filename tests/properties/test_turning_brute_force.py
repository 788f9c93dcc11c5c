"""The smallest turning figure against brute force over all single cells of small counties."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from balance_analysis.explain.diagnosis import Diagnosis
from tests.county_tables import assess, records, regime_2017, school
from tests.filed_cells import HUNDREDTHS, Cell, filed_cells, judge_variants

OTHER = {"met": "not_met", "not_met": "met"}
MOST_STEPS = 10
"""So many steps of one cell are all tried; of more (hundredths of a square metre) the last before the stated one."""


def drawn_county(seed: int) -> list[dict[str, Any]]:
    """Five schools: two primary, one site of 49 to 51 pupils, one nine-year school, one junior school, often a campus."""
    draw = random.Random(seed)

    def figures(stages: tuple[str, ...], pupils: int) -> dict[str, Any]:
        """About what the limits ask for, so that verdicts lie on both sides."""
        share = draw.choice((0.6, 0.9, 1.0, 1.1, 1.6))
        found: dict[str, Any] = {
            "teaching_and_auxiliary_area_m2": round(5.5 * pupils * share + 20, 2),
            "indoor_sports_area_m2": float(draw.choice((0, 20))),
            "sports_ground_area_m2": round(9.0 * pupils * draw.choice((0.8, 1.0, 1.3)), 2),
            "teaching_equipment_value_wan_cny": round(0.23 * pupils * draw.choice((0.85, 1.0, 1.4)), 2),
            "multimedia_classrooms": max(1, round(0.025 * pupils * draw.choice((0.9, 1.2)))),
            "urban_rural_code": draw.choice(("111", "210")),
        }
        for stage in stages:
            found |= {
                f"{stage}_enrolment": pupils // len(stages) + draw.randint(-2, 2),
                f"{stage}_teachers_bachelor": draw.randint(2, 4),
                f"{stage}_teachers_master": draw.randint(0, 2),
                f"{stage}_backbone_teachers": draw.randint(0, 2),
                f"{stage}_pe_teachers": draw.randint(0, 1),
                f"{stage}_music_teachers": draw.randint(0, 1),
            }
        if "primary" in stages:
            found["primary_teachers_associate"] = draw.randint(0, 2)
            found["primary_shared_pe_arts_teachers"] = draw.randint(0, 1)
        return found

    both = ("primary", "junior_secondary")
    rows = [
        school("p1", **figures(both[:1], draw.randint(56, 70))),
        school("p2", **figures(both[:1], draw.randint(90, 102))),
        school(
            "s1", "teaching_site", **figures(both[:1], 60) | {"primary_enrolment": draw.choice((49, 50, 51))}
        ),
        school("n1", "nine_year", **figures(both, draw.randint(90, 120))),
        school("j1", "junior_secondary_school", **figures(both[1:], draw.randint(50, 70))),
    ]
    if draw.random() < 0.7:
        main, kind, stages = draw.choice(
            (
                ("p1", "primary_school", both[:1]),
                ("n1", "primary_school", both[:1]),
                ("n1", "nine_year", both),
            )
        )
        campus = school("c1", kind, counted_as_school=False, main_school_code=main, **figures(stages, 40))
        rows.append(campus)
    if draw.random() < 0.3:
        rows.append(
            school(
                "w1",
                "twelve_year",
                **figures(both, 80) | {"senior_secondary_enrolment": draw.randint(20, 60)},
            )
        )
    return rows


def tried_steps(step: float, filed: float, stated: list[dict[str, Any]]) -> set[float]:
    """Changes of one cell: both ways and beside every change as large as a stated one, and those between."""
    widest = max((row["relative_change"] for row in stated if row["relative_change"] > 0), default=0.0)
    most = int(min(widest, 1.0) * filed / step)
    numbers = set(range(1, most + 1, most // MOST_STEPS + 1))
    for row in stated:
        if row["relative_change"] > 0:
            beside = round(row["relative_change"] * filed / step)
            numbers |= {beside - 1, beside, beside + 1} if filed == row["filed"] else {beside - 1, beside}
    return {sign * number * step for number in numbers for sign in (1, -1)}


@pytest.mark.parametrize("seed", [2, 4, 6, 7])
def test_no_other_cell_turns_a_verdict_by_a_smaller_relative_change(seed: int) -> None:
    """The stated change turns the verdict, a step less does not, and no smaller change of any cell does."""
    rows = drawn_county(seed)
    regime = regime_2017("concession_2019_pe_arts_teachers") if seed % 3 == 0 else regime_2017()
    turning = Diagnosis(assess(*rows, regime=regime)).turning
    cells = filed_cells(rows)
    stated: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in records(turning):
        name = row["indicator"] if row["subject"] == "coefficient" else row["school_code"]
        stated[row["subject"], row["stage"], name] = row
    variants: list[Cell] = [(0, *cells[0][1:])]
    for number, field, filed in cells:
        steps = tried_steps(0.01 if field in HUNDREDTHS else 1.0, filed, list(stated.values()))
        variants += [
            (number, field, round(filed + step, 2)) for step in sorted(steps) if step and filed + step >= 0
        ]
    outcomes, _ = judge_variants(rows, regime, variants)
    now = outcomes[0]
    filed_at = {(number, field): filed for number, field, filed in cells}
    for verdict, row in stated.items():
        assert now.get(verdict) == row["outcome"], verdict
        best = min(
            (
                abs(value - filed_at[number, field]) / filed_at[number, field]
                for (number, field, value), then in zip(variants, outcomes, strict=True)
                if filed_at[number, field] > 0 and then.get(verdict) == OTHER.get(row["outcome"])
            ),
            default=None,
        )
        if row["relative_change"] > 0:
            assert best == pytest.approx(row["relative_change"], rel=1e-9), (verdict, row)
        else:
            assert best is None, (verdict, best, row["reason"])


@pytest.mark.parametrize("kind", ["nine_year", "twelve_year"])
def test_where_pupils_of_a_campus_turn_a_coefficient_a_root_lies_between_the_whole_numbers(kind: str) -> None:
    """Every number of pupils of every campus of a merged school is tried; the roots tell all the places and need no other."""
    both = ("primary", "junior_secondary")
    own = {"primary_enrolment": 40, "junior_secondary_enrolment": 70, "multimedia_classrooms": 6}
    rows = [
        school("p1", primary_enrolment=90, multimedia_classrooms=3),
        school("j1", "junior_secondary_school", junior_secondary_enrolment=60, multimedia_classrooms=1),
        school("n1", kind, **own),
        school("c1", "nine_year", counted_as_school=False, main_school_code="n1",
               primary_enrolment=20, junior_secondary_enrolment=30, multimedia_classrooms=1),
    ]  # fmt: skip
    diagnosis = Diagnosis(assess(*rows))
    found = {coefficient.holding.key: coefficient for coefficient in diagnosis.filed_coefficients}
    turned = 0
    for stage in both:
        coefficient = found[stage, "multimedia_classrooms"]
        holding = coefficient.holding
        (roots,) = coefficient.roots(holding.own_field)
        for row in np.flatnonzero(holding.split & (holding.pupils > 0) & (holding.rest[0] > 0)).tolist():
            change = np.arange(1 - holding.pupils[row], 3000.0)
            judged = coefficient.judge(
                holding.after(holding.own_field, np.tile(change, (len(holding.school), 1)))
            )
            holds, known = judged.holds[row], judged.known[row]
            for at in np.flatnonzero(known[1:] & known[:-1] & (holds[1:] != holds[:-1])).tolist():
                inside = (change[at] <= roots[row]) & (roots[row] <= change[at + 1])
                assert inside.any(), (stage, rows[row]["school_code"], change[at], roots[row])
                turned += 1
    assert turned >= 4
