"""A county's ratio, filed or summed over schools: at its whole, one above it, with blanks, and with nothing to share."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from balance_analysis.measures.items import measures_of
from balance_analysis.measures.items.context import (
    CAPPED,
    EXCEEDS_TOTAL,
    ZERO_DENOMINATOR,
    Measure,
    build_context,
    share,
)
from balance_analysis.measures.records import Sum
from tests.item_frames import YEAR, item, junior, primary, regime, tables

BLANK = Sum(None, ("part",))


def measured(role: str, *schools: dict[str, Any]) -> Measure:
    """The county's first figure of the item with this role."""
    entry = regime().item_of(role)
    assert entry is not None
    return measures_of(entry, build_context(*tables(list(schools)), regime(), year=YEAR)).county[0]


def teachers(code: str, number: float, certified: float) -> dict[str, Any]:
    return primary(code, primary_full_time_teachers=number, certified_full_time_teachers=certified)


@pytest.mark.parametrize(
    ("part", "whole", "exact", "note"),
    [
        (99, 100, 99, ""),
        (100, 100, 100, ""),
        (101, 100, None, EXCEEDS_TOTAL),
        (0, 1, 0, ""),
        (0, 0, None, ZERO_DENOMINATOR),
        (1, 0, None, ZERO_DENOMINATOR),
        (0, -1, None, ZERO_DENOMINATOR),
    ],
)
def test_a_part_may_be_its_whole_and_not_one_more(
    part: int, whole: int, exact: int | None, note: str
) -> None:
    found = share(regime().items[0], "any", Sum(Fraction(part)), Sum(Fraction(whole)))
    assert found.exact == exact
    assert [found.numerator, found.denominator, found.note] == [part, whole, note]


def test_what_is_no_part_of_the_other_may_be_larger() -> None:
    found = share(regime().items[0], "any", Sum(Fraction(101)), Sum(Fraction(100)), bounded=False)
    assert [found.exact, found.note] == [101, ""]


def test_a_blank_is_named_once_and_says_nothing_about_the_whole() -> None:
    found = share(regime().items[0], "any", BLANK, BLANK)
    assert (found.exact, found.note, found.missing) == (None, "", ("part",))


@pytest.mark.parametrize(
    ("certified", "best", "outcome"),
    # 30 + 30 teachers, the second school blank: at best 100 % where the first is complete, 58 of 60 where two lack
    [(30, Fraction(100), "not_assessable"), (28, Fraction(5800, 60), "not_met")],
)
def test_a_blank_counts_as_full_at_best_and_fails_the_county_only_if_that_fails(
    certified: int, best: Fraction, outcome: str
) -> None:
    schools = [teachers("P1", 30, certified), teachers("P2", 30, np.nan)]
    found = measured("teacher_certificates", *schools)
    assert (found.exact, found.best_case, found.missing) == (None, best, ("certified_full_time_teachers",))
    assert item("B19", schools)["outcome"] == outcome


def test_without_every_whole_there_is_no_best_case() -> None:
    found = measured("teacher_certificates", teachers("P1", 30, 28), teachers("P2", np.nan, np.nan))
    assert (found.exact, found.best_case) == (None, None)
    assert found.missing == ("certified_full_time_teachers", "primary_full_time_teachers")[::-1]


def test_where_nobody_teaches_a_blank_leaves_no_best_case() -> None:
    found = measured("teacher_certificates", teachers("P1", 0, np.nan))
    assert (found.exact, found.best_case, found.note) == (None, None, "")


def test_where_nobody_teaches_the_share_has_no_whole() -> None:
    for certified in (0, 1):  # a certificate without a teacher is capped to none
        found = measured("teacher_certificates", teachers("P1", 0, certified))
        assert [found.exact, found.numerator, found.denominator] == [None, 0, 0]
        assert found.note == ZERO_DENOMINATOR


@pytest.mark.parametrize(("certified", "note"), [(30, ""), (31, CAPPED)])
def test_more_certificates_than_teachers_count_as_all_and_are_told(certified: int, note: str) -> None:
    found = measured("teacher_certificates", teachers("P1", 30, certified), teachers("P2", 30, 15))
    assert [found.exact, found.numerator] == [75, 45]
    assert found.note == note


@pytest.mark.parametrize(("nearby", "exact", "note"), [(480, 100, ""), (481, None, EXCEEDS_TOTAL)])
def test_one_school_with_more_nearby_pupils_than_pupils_makes_the_county_contradict_itself(
    nearby: int, exact: int | None, note: str
) -> None:
    found = measured("nearby_enrolment", primary("P1", primary_catchment_enrolment=nearby), primary("P2"))
    assert (found.exact, found.note, found.best_case, found.missing) == (exact, note, None, ())


def test_a_contradiction_leaves_no_best_case_beside_a_blank() -> None:
    schools = [
        primary("P1", primary_catchment_enrolment=481),
        primary("P2", primary_catchment_enrolment=np.nan),
    ]
    found = measured("nearby_enrolment", *schools)
    assert (found.note, found.best_case) == (EXCEEDS_TOTAL, None)
    assert found.missing == ("primary_catchment_enrolment",)


@pytest.mark.parametrize(("nearby", "outcome"), [(432, "not_assessable"), (431, "not_met")])
def test_the_best_case_may_be_at_its_limit(nearby: int, outcome: str) -> None:
    """Junior stage, limit 95 %: 432 + 480 blank of 960 would be exactly 95 %, one less fails whatever the blank holds."""
    schools = [
        junior(
            "J1",
            junior_secondary_enrolment=480,
            junior_secondary_catchment_enrolment=nearby,
            urban_rural_code="111",
        ),
        junior(
            "J2",
            junior_secondary_enrolment=480,
            junior_secondary_catchment_enrolment=np.nan,
            urban_rural_code="111",
        ),
    ]
    row = item("B20", schools)
    assert (row["outcome"], row["missing"]) == (outcome, "junior_secondary_catchment_enrolment")
