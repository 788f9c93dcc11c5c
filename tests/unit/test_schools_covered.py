"""多媒体班班通: a school is covered when its networked multimedia classrooms reach its classes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.programmes import load_plan
from balance_analysis.programmes.model import Commitment
from balance_analysis.programmes.present import Present, present_commitment
from balance_analysis.words import tell
from tests.county_tables import assess, school

EVERY_CLASS = next(entry for entry in load_plan("shanting_2017").commitments if entry.id == "multimedia")


def present(county: CountyAssessment, commitment: Commitment = EVERY_CLASS) -> Present:
    return present_commitment(commitment, county, county.items, [])


def county(**changed: Any) -> CountyAssessment:
    """Two primary schools of 12 classes; the first as given."""
    return assess(
        school("0001", primary_classes=12, **{"multimedia_classrooms": 12} | changed),
        school("0002", primary_classes=12, multimedia_classrooms=13),
    )


@pytest.mark.parametrize(
    ("rooms", "outcome", "figure"),
    [
        (12, "met", "2所学校中2所达标，100.0% ≥ 100%"),
        (11, "not_met", "2所学校中1所达标，50.0% < 100%"),
        (13, "met", "2所学校中2所达标，100.0% ≥ 100%"),
    ],
)
def test_as_many_rooms_as_classes_are_enough_and_one_fewer_is_not(
    rooms: int, outcome: str, figure: str
) -> None:
    found = present(county(multimedia_classrooms=rooms))
    assert (found.outcome, tell(found.figure)) == (outcome, figure)


def test_a_school_that_left_its_rooms_blank_cannot_be_told() -> None:
    found = present(county(multimedia_classrooms=None))
    assert (found.outcome, tell(found.reason)) == ("not_assessable", "1所学校数据不全")


def test_the_classes_of_a_senior_part_are_not_filed_so_enough_rooms_may_still_be_too_few() -> None:
    def with_seniors(rooms: int) -> CountyAssessment:
        return assess(
            school(
                "0001", "complete_secondary", junior_secondary_classes=12, multimedia_classrooms=rooms,
                senior_secondary_enrolment=500,
            ),
            school("0002", primary_classes=12, multimedia_classrooms=12),
        )  # fmt: skip

    assert present(with_seniors(20)).outcome == "not_assessable"
    assert present(with_seniors(11)).outcome == "not_met"


def test_a_lower_promise_is_kept_by_half_of_the_schools() -> None:
    half = replace(EVERY_CLASS, value=EVERY_CLASS.value / 2)
    assert present(county(multimedia_classrooms=11), half).outcome == "met"
