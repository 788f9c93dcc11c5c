"""Where each measure of a plan goes in the county's own rows; numbers counted by hand in schools of 100 pupils."""

from __future__ import annotations

import math
from fractions import Fraction

import pandas as pd

from balance_analysis.remediation import Plan
from balance_analysis.remediation.county import (
    year_rows,
)
from tests.county_tables import assess, school
from tests.plan_counties import carried, cell, classes, costs_with

# --- where a measure goes, column by column ---------------------------------------------------------------


def test_a_hired_teacher_is_a_certified_full_time_teacher_with_a_bachelors_degree() -> None:
    county = assess(school("0001", certified_full_time_teachers=8), school("0002"))
    after = carried(county, Plan(done={("hire_teacher", ("0001", "primary")): Fraction(3)}))
    assert cell(after, "0001", "primary_full_time_teachers") == 11
    assert cell(after, "0001", "primary_teachers_bachelor") == 9
    assert cell(after, "0001", "certified_full_time_teachers") == 11
    assert math.isnan(cell(after, "0001", "teachers_trained_360_hours"))  # what was blank stays blank
    assert cell(after, "0001", "primary_pe_teachers") == 1
    assert cell(after, "0002", "primary_full_time_teachers") == 8


def test_hired_pe_and_arts_teachers_go_to_the_subjects_the_school_has_fewest_of() -> None:
    county = assess(
        school("0001", primary_pe_teachers=2, primary_music_teachers=1, primary_fine_arts_teachers=0)
    )
    after = carried(county, Plan(done={("hire_pe_arts_teacher", ("0001", "primary")): Fraction(4)}))
    subjects = [
        cell(after, "0001", f"primary_{name}_teachers") for name in ("pe", "music", "fine_arts", "arts")
    ]
    assert subjects == [
        3,
        2,
        2,
        0,
    ]  # 0→1 fine arts; then music and fine arts 1, 1 → music, fine arts; then PE first of 2, 2, 2
    assert cell(after, "0001", "primary_full_time_teachers") == 12


def test_recognising_a_backbone_teacher_adds_nobody() -> None:
    county = assess(school("0001"))
    after = carried(county, Plan(done={("develop_backbone_teacher", ("0001", "primary")): Fraction(2)}))
    assert cell(after, "0001", "primary_backbone_teachers") == 4
    assert cell(after, "0001", "primary_full_time_teachers") == 8


def test_area_equipment_and_rooms_go_to_their_columns_and_indoor_sports_area_stays() -> None:
    county = assess(school("0001", teaching_equipment_value_wan_cny=0.1))
    done = {
        ("build_teaching_area", ("0001", "")): Fraction(50),
        ("build_sports_area", ("0001", "")): Fraction(30),
        ("buy_equipment", ("0001", "")): Fraction("0.2"),
        ("equip_multimedia_classroom", ("0001", "")): Fraction(2),
    }
    after = carried(county, Plan(done=done))
    names = (
        "teaching_and_auxiliary_area_m2", "indoor_sports_area_m2", "sports_ground_area_m2",
        "teaching_equipment_value_wan_cny", "multimedia_classrooms",
    )  # fmt: skip
    assert [cell(after, "0001", name) for name in names] == [750, 100, 1030, 0.3, 5]


def test_a_moved_pe_teacher_takes_degree_certificate_and_subject_along_and_nobody_is_lost() -> None:
    rows = [school(code, certified_full_time_teachers=8, primary_pe_teachers=3) for code in ("0001", "0002")]
    county = assess(*rows)
    before = year_rows(county)
    site_1, site_2 = ("0001", "primary"), ("0002", "primary")
    moves = Plan(
        moved_out={("rotate_pe_arts_teacher", site_1): 2}, moved_in={("rotate_pe_arts_teacher", site_2): 2}
    )
    after = carried(county, moves)
    for name in (
        "primary_full_time_teachers",
        "primary_teachers_bachelor",
        "primary_pe_teachers",
        "certified_full_time_teachers",
    ):
        assert cell(after, "0001", name) == cell(before, "0001", name) - 2
        assert cell(after, "0002", name) == cell(before, "0002", name) + 2
    teachers = [name for name in before.columns if "teachers" in name]
    assert (after[teachers].sum() == before[teachers].sum()).all()
    assert cell(after, "0002", "primary_backbone_teachers") == 2


def test_a_moved_teacher_leaves_with_the_degree_that_the_school_has() -> None:
    rows = [school("0001", primary_teachers_bachelor=0, primary_teachers_master=6), school("0002")]
    plan = Plan(
        moved_out={("rotate_backbone_teacher", ("0001", "primary")): 1},
        moved_in={("rotate_backbone_teacher", ("0002", "primary")): 1},
    )
    after = carried(assess(*rows), plan)
    assert cell(after, "0001", "primary_teachers_master") == 5
    assert cell(after, "0002", "primary_teachers_master") == 1
    assert [cell(after, code, "primary_backbone_teachers") for code in ("0001", "0002")] == [1, 3]


def test_what_a_stage_gets_goes_to_the_campus_that_has_its_pupils() -> None:
    main = school("0001", "nine_year", primary_enrolment=0, junior_secondary_enrolment=300)
    main |= {name: 0 for name in main if name.startswith("primary_")}
    campus = school("0002", counted_as_school=False, main_school_code="0001")
    after = carried(assess(main, campus), Plan(done={("hire_teacher", ("0001", "primary")): Fraction(1)}))
    assert cell(after, "0001", "primary_full_time_teachers") == 0
    assert cell(after, "0002", "primary_full_time_teachers") == 9


def test_shared_resources_of_several_campuses_grow_in_proportion() -> None:
    main = school("0001", "nine_year", teaching_equipment_value_wan_cny=30)
    campus = school(
        "0002",
        "nine_year",
        counted_as_school=False,
        main_school_code="0001",
        teaching_equipment_value_wan_cny=10,
    )
    after = carried(assess(main, campus), Plan(done={("buy_equipment", ("0001", "")): Fraction(8)}))
    assert [cell(after, code, "teaching_equipment_value_wan_cny") for code in ("0001", "0002")] == [36, 12]


def test_zoned_pupils_change_enrolment_catchment_and_classes() -> None:
    full = school(
        "0001", primary_enrolment=100, primary_catchment_enrolment=90, **classes("primary", 50, b_46_to_50=2)
    )
    empty = school(
        "0002", primary_enrolment=40, primary_catchment_enrolment=40, **classes("primary", 20, b_up_to_25=2)
    )
    link = '\n[[rezoning]]\nstage = "primary"\nfrom_school = "0001"\nto_school = "0002"\nat_most = "20"\nunit_cost_wan_cny = "0"\n'
    after = carried(assess(full, empty), Plan(rezoned={0: 15}), costs_with(link))
    assert [cell(after, code, "primary_enrolment") for code in ("0001", "0002")] == [85, 55]
    assert [cell(after, code, "primary_catchment_enrolment") for code in ("0001", "0002")] == [75, 55]
    assert cell(after, "0001", "primary_classes_41_to_45") == 2  # 43 and 42
    assert cell(after, "0001", "largest_class_size") == 43
    assert cell(after, "0002", "primary_classes_26_to_30") == 2  # 28 and 27
    assert cell(after, "0002", "largest_class_size") == 28


def test_opened_classes_are_divided_evenly_below_the_limit() -> None:
    crowded = school("0001", primary_enrolment=100, **classes("primary", 50, b_46_to_50=2))
    after = carried(assess(crowded), Plan(opened={0: 1}))
    assert cell(after, "0001", "primary_classes") == 3
    assert cell(after, "0001", "primary_classes_31_to_35") == 3  # 34, 33, 33
    assert cell(after, "0001", "primary_classes_46_to_50") == 0
    assert cell(after, "0001", "largest_class_size") == 34


def test_schools_within_every_limit_keep_their_classes_as_filed() -> None:
    fine = school("0001", primary_enrolment=70, **classes("primary", 45, b_up_to_25=1, b_41_to_45=1))
    county = assess(fine)
    pd.testing.assert_frame_equal(carried(county, Plan()), year_rows(county))
