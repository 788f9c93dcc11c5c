"""The concessions of the 2019 working rules: off by default, each at its border, and visible in the verdicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from balance_analysis.errors import RegimeError
from balance_analysis.measures import concessions
from balance_analysis.measures.concessions import conceded_amounts
from balance_analysis.regimes import load_regime
from balance_analysis.resources import numerator
from balance_analysis.terms import Stage
from balance_analysis.verdicts.items import judge_items, verdicts_resting_on_concessions
from balance_analysis.workbook.layouts import own_headers
from tests.item_frames import YEAR, bands, item, junior, nine_year, primary, regime, tables

CONCESSIONS = (
    concessions.PE_ARTS_TEACHERS,
    concessions.SPORTS_GROUNDS,
    concessions.OLDER_ROOMS,
    concessions.SMALL_RURAL_ROOMS,
    concessions.SCHOOL_SIZE,
)
OLDER = regime("concession_2019_older_rooms")
RURAL_ROOMS = regime("concession_2019_small_rural_rooms")
SIZE = regime("concession_2019_school_size")
TEACHERS = regime("concession_2019_pe_arts_teachers")
GROUNDS = regime("concession_2019_sports_grounds")


def test_every_concession_is_off_in_the_national_file_and_on_through_its_own_overlay() -> None:
    assert all(regime().choice(name) == "off" for name in CONCESSIONS)
    switched = {
        tuple(name for name in CONCESSIONS if law.choice(name) == "on")
        for law in (OLDER, RURAL_ROOMS, SIZE, TEACHERS, GROUNDS)
    }
    assert sorted(switched) == sorted((name,) for name in CONCESSIONS)


def test_a_concession_is_dated_cited_and_listed_as_a_change() -> None:
    (change,) = OLDER.changes
    assert (change.target, change.before, change.after) == ("older_music_art_rooms", "off", "on")
    assert change.permitted_by.startswith("国教督办函〔2019〕30号")
    with pytest.raises(RegimeError, match="自 2019-01-01 起有效，不适用于 2018-12-31"):
        load_regime("quality_balance_2017", on=date(2018, 12, 31), overlays=["concession_2019_older_rooms"])


# --- rooms ---------------------------------------------------------------------------------------------

SMALLER_ROOMS = {
    "music_rooms_96_and_above": 0, "music_rooms_73_to_96": 1, "art_rooms_90_and_above": 0, "art_rooms_67_to_90": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("built", "outcome"), [(2015, "met"), (2016, "met"), (2017, "not_met"), (np.nan, "not_met")]
)
def test_schools_built_by_2016_may_keep_rooms_of_73_and_67_square_metres(built: float, outcome: str) -> None:
    school = primary(built_year=built, **SMALLER_ROOMS)
    assert item("B10", [school], law=OLDER)["outcome"] == outcome
    assert item("B10", [school])["outcome"] == "not_met"
    conceded = "其中1所学校适用宽限，按宽限后的较小面积判定"
    assert (conceded in item("B10", [school], law=OLDER)["detail"]) == (built <= 2016)
    assert conceded not in item("B10", [school])["detail"]


def test_rooms_below_the_conceded_area_do_not_count() -> None:
    school = primary(
        built_year=2000, **{**SMALLER_ROOMS, "music_rooms_73_to_96": 0, "music_rooms_61_to_73": 2}
    )
    assert item("B10", [school], law=OLDER)["outcome"] == "not_met"


SMALLEST_ROOMS = {
    "music_rooms_96_and_above": 0, "music_rooms_54_to_61": 1, "art_rooms_90_and_above": 0, "art_rooms_54_to_61": 1,
    "urban_rural_code": "220",
}  # fmt: skip


@pytest.mark.parametrize(("largest", "outcome"), [(29, "met"), (30, "not_met"), (np.nan, "not_met")])
def test_small_rural_primary_schools_may_keep_rooms_of_54_square_metres(largest: float, outcome: str) -> None:
    school = primary(primary_classes=6, **SMALLEST_ROOMS, largest_class_size=largest)
    assert item("B10", [school], law=RURAL_ROOMS)["outcome"] == outcome


def test_junior_schools_and_schools_of_both_stages_need_61_square_metres() -> None:
    for school in (
        junior(**SMALLEST_ROOMS, largest_class_size=20),
        nine_year(**SMALLEST_ROOMS, largest_class_size=20),
    ):
        assert item("B10", [school], law=RURAL_ROOMS)["outcome"] == "not_met"
        larger = {**school, "music_rooms_61_to_73": 1, "art_rooms_61_to_67": 1}
        assert item("B10", [larger], law=RURAL_ROOMS)["outcome"] == "met"


def test_a_town_school_is_no_rural_school() -> None:
    school = primary(**{**SMALLEST_ROOMS, "urban_rural_code": "121"}, largest_class_size=20)
    assert item("B10", [school], law=RURAL_ROOMS)["outcome"] == "not_met"


# --- size ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pupils", "outcome"), [(2400, "met"), (2401, "not_met")])
def test_schools_built_by_2010_may_have_2400_pupils(pupils: int, outcome: str) -> None:
    school = primary(primary_enrolment=pupils, built_year=2010)
    assert item("B11", [school], law=SIZE)["outcome"] == outcome
    assert item("B11", [{**school, "built_year": 2011}], law=SIZE)["outcome"] == "not_met"
    assert item("B11", [school])["outcome"] == "not_met"


@pytest.mark.parametrize(("migrants", "outcome"), [(1201, "met"), (1200, "not_met"), (np.nan, "not_met")])
def test_more_than_half_migrant_children_is_strict(migrants: float, outcome: str) -> None:
    assert (
        item("B11", [primary(primary_enrolment=2400, migrant_children_enrolment=migrants)], law=SIZE)[
            "outcome"
        ]
        == outcome
    )


@pytest.mark.parametrize(("junior_pupils", "outcome"), [(1500, "met"), (1501, "not_met")])
def test_schools_of_both_stages_may_have_3000(junior_pupils: int, outcome: str) -> None:
    school = nine_year(primary_enrolment=1500, junior_secondary_enrolment=junior_pupils, built_year=2009)
    assert item("B11", [school], law=SIZE)["outcome"] == outcome


def test_a_figure_that_a_place_has_set_is_not_loosened_by_a_concession() -> None:
    law = SIZE
    strict = tuple(
        replace(entry, value=Decimal("1800"), origin="some_county") if entry.subject == "B11" else entry
        for entry in law.limits
    )
    school = primary(primary_enrolment=2000, built_year=2000)
    assert item("B11", [school], law=replace(law, limits=strict))["outcome"] == "not_met"
    rooms = tuple(
        replace(entry, value=Decimal("100"), origin="some_county")
        if entry.id == "music_art_rooms.music_room_area"
        else entry
        for entry in OLDER.parameters
    )
    older = primary(built_year=2000, **SMALLER_ROOMS)
    assert item("B10", [older], law=replace(OLDER, parameters=rooms))["outcome"] == "not_met"


# --- a year of building is each site's own -----------------------------------------------------------


def campus(**changes: object) -> dict[str, object]:
    """A second site of P1 with 120 pupils, not counted as a school."""
    figures = {"primary_enrolment": 120, "primary_classes": 3, **bands("primary", classes_36_to_40=3)}
    no_rooms = {"music_rooms_73_to_96": 0, "art_rooms_67_to_90": 0}
    return primary(
        "P1b",
        counted_as_school=False,
        main_school_code="P1",
        **{**SMALLER_ROOMS, **no_rooms, **figures, **changes},
    )


@pytest.mark.parametrize(
    ("built", "outcome"), [(2015, "met"), (2016, "met"), (2017, "not_met"), (np.nan, "not_met")]
)
def test_the_main_schools_year_does_not_make_its_campus_older(built: float, outcome: str) -> None:
    main = primary(built_year=2000, **{**SMALLER_ROOMS, "music_rooms_73_to_96": 2, "art_rooms_67_to_90": 2})
    assert item("B10", [main, campus(built_year=built)], law=OLDER)["outcome"] == outcome


@pytest.mark.parametrize(("built", "outcome"), [(2010, "met"), (2011, "not_met"), (np.nan, "not_met")])
def test_the_larger_size_is_only_for_schools_of_which_every_campus_is_old(built: float, outcome: str) -> None:
    main = primary(primary_enrolment=2280, built_year=2000)  # with its campus 2400
    assert item("B11", [main, campus(built_year=built)], law=SIZE)["outcome"] == outcome


def test_an_older_campus_does_not_make_a_new_main_school_older() -> None:
    main = primary(primary_enrolment=2280, built_year=2015)
    assert item("B11", [main, campus(built_year=1990)], law=SIZE)["outcome"] == "not_met"


@pytest.mark.parametrize(("own", "outcome"), [(29, "met"), (30, "not_met")])
def test_the_largest_class_of_the_stage_goes_before_that_of_the_school(own: int, outcome: str) -> None:
    school = primary(
        primary_classes=6, **SMALLEST_ROOMS, largest_class_size=40, primary_largest_class_size=own
    )
    assert item("B10", [school], law=RURAL_ROOMS)["outcome"] == outcome


# --- amounts for the indicators ---------------------------------------------------------------------


def teacher_rows() -> pd.DataFrame:
    schools = [
        primary("A", primary_enrolment=49), primary("B", primary_enrolment=50), primary("C", primary_enrolment=99),
        primary("D", primary_enrolment=100), primary("E", primary_enrolment=60, urban_rural_code="111"),
        primary("F", primary_enrolment=60, primary_shared_pe_arts_teachers=np.nan),
    ]  # fmt: skip
    frame = pd.DataFrame(
        [{"urban_rural_code": "220", "primary_shared_pe_arts_teachers": 0.5, **school} for school in schools]
    )
    frame.loc[frame["school_code"] != "E", "urban_rural_code"] = "220"
    return frame.set_index(pd.Index([7, 6, 5, 4, 3, 2]))


def test_walking_teachers_count_in_rural_schools_of_50_to_99_pupils() -> None:
    amounts, applied = conceded_amounts(
        teacher_rows(), TEACHERS, numerator("pe_arts_teachers"), Stage.PRIMARY
    )
    assert applied.tolist() == [False, True, True, False, False, True]
    assert amounts[:5].tolist() == [0.0, 0.5, 0.5, 0.0, 0.0]
    assert np.isnan(amounts[5])


def test_a_conceded_ground_of_seven_decimals_counts_in_full() -> None:
    row = primary(
        central_district_of_large_city=True,
        other_on_site_sports_area_m2=300.0000001,
        leased_sports_area_m2=0.25,
    )
    amounts, _ = conceded_amounts(pd.DataFrame([row]), GROUNDS, numerator("sports_area"), Stage.PRIMARY)
    assert amounts.tolist() == [300.2500001]


def test_a_concession_that_is_not_switched_on_adds_nothing() -> None:
    for law, method in (
        (regime(), "pe_arts_teachers"),
        (TEACHERS, "sports_area"),
        (TEACHERS, "teaching_area"),
    ):
        amounts, applied = conceded_amounts(teacher_rows(), law, numerator(method), Stage.PRIMARY)
        assert amounts.tolist() == [0.0] * 6
        assert not applied.any()


def test_other_and_rented_grounds_count_in_the_centre_of_a_large_city() -> None:
    frame = pd.DataFrame(
        [
            primary(
                "A",
                central_district_of_large_city=True,
                other_on_site_sports_area_m2=120.5,
                leased_sports_area_m2=80,
            ),
            primary(
                "B",
                central_district_of_large_city=False,
                other_on_site_sports_area_m2=99,
                leased_sports_area_m2=1,
            ),
            primary(
                "C",
                central_district_of_large_city=None,
                other_on_site_sports_area_m2=99,
                leased_sports_area_m2=1,
            ),
            primary(
                "D",
                central_district_of_large_city=True,
                other_on_site_sports_area_m2=50,
                leased_sports_area_m2=np.nan,
            ),
        ]
    )
    amounts, applied = conceded_amounts(frame, GROUNDS, numerator("sports_area"), Stage.PRIMARY)
    assert applied.tolist() == [True, False, False, True]
    assert amounts[:3].tolist() == [200.5, 0.0, 0.0]
    assert np.isnan(amounts[3])


# --- verdicts that rest on a concession --------------------------------------------------------------


def test_verdicts_that_hold_only_because_of_a_concession_are_listed() -> None:
    frames = tables([primary(built_year=2005, **SMALLER_ROOMS), junior()])
    without, with_ = (
        judge_items(*frames, law, year=YEAR, headers=own_headers())[0] for law in (regime(), OLDER)
    )
    resting = verdicts_resting_on_concessions(with_, without)
    assert resting[["item", "outcome", "outcome_without"]].values.tolist() == [["B10", "met", "not_met"]]
    assert with_.set_index("item").loc["B10", "concession"] == "older_music_art_rooms"


def test_a_concession_that_changes_no_verdict_is_not_listed() -> None:
    over = {**bands("primary", classes_46_to_50=12), "largest_class_size": 50}
    frames = tables([primary(built_year=2005, **over), junior()])
    without, with_ = (
        judge_items(*frames, law, year=YEAR, headers=own_headers())[0] for law in (regime(), OLDER)
    )
    assert verdicts_resting_on_concessions(with_, without).empty


def test_a_school_lifted_from_failing_to_tolerable_rests_on_the_concession_too() -> None:
    keys = {"year": [2019, 2019], "stage": ["primary", "primary"], "school_code": ["A", "B"]}
    with_ = pd.DataFrame({**keys, "outcome": ["tolerable", "met"]})
    without = pd.DataFrame({**keys, "outcome": ["not_met", "met"]})
    resting = verdicts_resting_on_concessions(with_, without)
    assert resting[["school_code", "outcome", "outcome_without"]].values.tolist() == [
        ["A", "tolerable", "not_met"]
    ]
