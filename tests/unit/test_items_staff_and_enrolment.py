"""B16, B18–B24 at, just inside and just outside their limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.item_frames import (
    all_evidence,
    choosing,
    county,
    evidence,
    item,
    junior,
    nine_year,
    primary,
    regime,
    school_rows,
)

# --- B16 and B19 -------------------------------------------------------------------------------------

HUNDRED_PERCENT = [("B16", "teachers_trained_360_hours"), ("B19", "certified_full_time_teachers")]


@pytest.mark.parametrize(("name", "field"), HUNDRED_PERCENT)
def test_one_teacher_short_of_everyone_is_not_met(name: str, field: str) -> None:
    assert item(name)["outcome"] == "met"
    row = item(name, [primary(**{field: 29}), junior()])
    assert (row["outcome"], row["schools"]) == ("not_met", "P1")
    assert "专任教师60人" in row["detail"]
    assert "59人" in row["detail"]
    assert school_rows(name, [primary(**{field: 29}), junior()])["shortfall"].tolist() == [1.0]


@pytest.mark.parametrize(("name", "field"), HUNDRED_PERCENT)
def test_a_surplus_in_one_school_does_not_make_up_for_a_shortfall_in_another(name: str, field: str) -> None:
    row = item(name, [primary(**{field: 29}), junior(**{field: 31})])
    assert row["outcome"] == "not_met"
    assert "按专任教师数计" in item(name, [primary(), junior(**{field: 31})])["detail"]


@pytest.mark.parametrize(("name", "field"), HUNDRED_PERCENT)
def test_one_missing_teacher_in_ten_thousand_is_printed_as_less_than_all(name: str, field: str) -> None:
    large = primary(primary_full_time_teachers=10000, **{field: 9999})
    assert "99.99%（标准：不低于100%）" in item(name, [large])["detail"]


@pytest.mark.parametrize(("name", "field"), HUNDRED_PERCENT)
def test_a_blank_school_leaves_the_county_open_unless_another_fails(name: str, field: str) -> None:
    row = item(name, [primary(**{field: np.nan}), junior()])
    assert (row["outcome"], row["missing"]) == ("not_assessable", field)
    assert item(name, [primary(**{field: np.nan}), junior(**{field: 29})])["outcome"] == "not_met"


@pytest.mark.parametrize(("name", "field"), HUNDRED_PERCENT)
def test_teachers_of_both_stages_are_the_whole(name: str, field: str) -> None:
    assert item(name, [nine_year(**{field: 60})])["outcome"] == "met"
    assert item(name, [nine_year(**{field: 59})])["outcome"] == "not_met"


def test_a_blank_campus_leaves_its_school_open() -> None:
    campus = primary("C1", counted_as_school=False, main_school_code="P1", teachers_trained_360_hours=np.nan)
    assert item("B16", [primary(), campus])["outcome"] == "not_assessable"
    assert item("B16", [primary(), {**campus, "teachers_trained_360_hours": 30}])["outcome"] == "met"


def test_a_campus_is_not_asked_for_the_fields_of_a_stage_it_does_not_have() -> None:
    campus = primary("C1", counted_as_school=False, main_school_code="N1")
    assert (
        item("B16", [nine_year(), campus])["outcome"] == "met"
    )  # the campus files no junior teachers at all


# --- B18 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rotated", "outcome"), [(20, "met"), (21, "met"), (19, "not_met"), (0, "not_met")])
def test_one_in_ten_eligible_teachers_rotates(rotated: int, outcome: str) -> None:
    row = item("B18", counties=[county(rotated_teachers=rotated, rotated_backbone_teachers=min(rotated, 8))])
    assert row["outcome"] == outcome


@pytest.mark.parametrize(("backbone", "outcome"), [(6, "met"), (7, "met"), (5, "not_met")])
def test_one_in_five_rotating_teachers_is_a_backbone_teacher(backbone: int, outcome: str) -> None:
    row = item("B18", counties=[county(rotated_backbone_teachers=backbone)])
    assert row["outcome"] == outcome
    assert f"其中骨干教师{backbone}人" in row["detail"]


def test_more_rotated_than_eligible_contradicts_itself() -> None:
    row = item("B18", counties=[county(rotated_teachers=201, rotated_backbone_teachers=50)])
    assert row["outcome"] == "not_assessable"
    assert "部分大于总数" in row["detail"]


# --- B20 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("nearby", "outcome"), [(480, "met"), (479, "not_met")])
def test_every_urban_primary_pupil_comes_from_the_catchment(nearby: int, outcome: str) -> None:
    assert item("B20", [primary(primary_catchment_enrolment=nearby)])["outcome"] == outcome


@pytest.mark.parametrize(("nearby", "outcome"), [(380, "met"), (381, "met"), (379, "not_met")])
def test_ninety_five_percent_of_town_junior_pupils_come_from_the_catchment(nearby: int, outcome: str) -> None:
    school = junior(
        urban_rural_code="121", junior_secondary_enrolment=400, junior_secondary_catchment_enrolment=nearby
    )
    assert item("B20", [school])["outcome"] == outcome


@pytest.mark.parametrize(
    "outside", [{"urban_rural_code": "220"}, {"sponsor": "non_government"}, {"boarding": True}], ids=str
)
def test_rural_private_and_boarding_schools_are_not_asked(outside: dict[str, object]) -> None:
    school = primary("P2", primary_catchment_enrolment=0, **outside)
    assert item("B20", [primary(), school])["outcome"] == "met"


def test_a_county_with_no_school_of_that_kind_keeps_the_rule() -> None:
    row = item("B20", [junior()])
    assert (row["outcome"], row["detail"]) == ("met", "没有城区和镇区公办非寄宿制学校，本项没有适用对象。")


@pytest.mark.parametrize("name", ["boarding", "sponsor"])
def test_a_school_of_unknown_kind_leaves_the_stage_open(name: str) -> None:
    row = item("B20", [primary(), primary("P2", **{name: None})])
    assert row["outcome"] == "not_assessable"
    assert {"boarding": "是否寄宿制", "sponsor": "举办者类型"}[name] in row["detail"]


def test_the_best_that_blanks_can_hold_still_decides() -> None:
    blank = junior(
        "J2",
        urban_rural_code="111",
        junior_secondary_enrolment=100,
        junior_secondary_catchment_enrolment=np.nan,
    )
    known = junior(
        urban_rural_code="111", junior_secondary_enrolment=900, junior_secondary_catchment_enrolment=849
    )
    row = item("B20", [known, blank])
    assert row["outcome"] == "not_met"  # (849 + 100) / 1000 = 94.9 %
    assert "即使缺少的部分全部符合也低于标准" in row["detail"]
    assert (
        item("B20", [{**known, "junior_secondary_catchment_enrolment": 850}, blank])["outcome"]
        == "not_assessable"
    )


def test_every_campus_goes_by_its_own_site() -> None:
    campus = primary(
        "C1",
        counted_as_school=False,
        main_school_code="P1",
        urban_rural_code="220",
        primary_catchment_enrolment=400,
    )
    assert item("B20", [primary(), campus])["outcome"] == "met"
    assert item("B20", [primary(), {**campus, "urban_rural_code": "111"}])["outcome"] == "not_met"


def test_school_by_school_is_a_stricter_reading() -> None:
    one, other = (
        junior(
            code,
            urban_rural_code="111",
            junior_secondary_enrolment=400,
            junior_secondary_catchment_enrolment=nearby,
        )
        for code, nearby in (("J1", 372), ("J2", 400))
    )
    assert item("B20", [one, other])["outcome"] == "met"
    row = item("B20", [one, other], law=choosing("nearby_enrolment.level", "school"))
    assert (row["outcome"], row["schools"]) == ("not_met", "J1")
    assert row["detail"] == "有1所学校未达到要求：J1初中（初中93.0%）。"


def test_more_nearby_pupils_than_pupils_contradicts_itself() -> None:
    row = item("B20", [primary(primary_catchment_enrolment=481)])
    assert row["outcome"] == "not_assessable"
    assert "部分大于总数" in row["detail"]


# --- B21 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("quota", "outcome"), [(300, "met"), (301, "met"), (299, "not_met")])
def test_half_of_the_places_are_given_by_quota(quota: int, outcome: str) -> None:
    row = item("B21", counties=[county(good_senior_school_quota=quota, good_senior_school_quota_rural=quota)])
    assert row["outcome"] == outcome
    assert f"优质高中招生计划600人，分配名额{quota}人" in row["detail"]


HALF_RURAL = [junior(), junior("J2", urban_rural_code="111")]


@pytest.mark.parametrize(("rural", "outcome"), [(200, "met"), (201, "met"), (199, "not_met")])
def test_the_rural_share_of_the_quota_is_not_below_that_of_the_pupils(rural: int, outcome: str) -> None:
    row = item("B21", HALF_RURAL, [county(good_senior_school_quota_rural=rural)])
    assert row["outcome"] == outcome
    assert "乡村初中在校生占全县初中的50.0%" in row["detail"]


def test_evidence_on_the_leaning_stands_above_the_comparison() -> None:
    little = [county(good_senior_school_quota_rural=100)]
    said = [*all_evidence(), evidence("B21")]
    assert item("B21", HALF_RURAL, little, said)["outcome"] == "met"
    denied = [*all_evidence(), evidence("B21", "not_met")]
    assert item("B21", HALF_RURAL, found=denied)["outcome"] == "not_met"


def test_other_readings_of_the_leaning_can_be_chosen() -> None:
    little = [county(good_senior_school_quota_rural=100)]
    assert (
        item("B21", HALF_RURAL, little, law=choosing("senior_school_quota.rural_preference", "reported"))[
            "outcome"
        ]
        == "met"
    )
    row = item("B21", HALF_RURAL, little, law=choosing("senior_school_quota.rural_preference", "evidence"))
    assert row["outcome"] == "not_assessable"
    assert "没有填报向农村初中倾斜佐证结论" in row["detail"]


def test_a_county_without_rural_junior_schools_has_nobody_to_lean_to() -> None:
    row = item("B21", [junior(urban_rural_code="111")], [county(good_senior_school_quota_rural=np.nan)])
    assert row["outcome"] == "met"
    assert "没有乡村初中学生" in row["detail"]


def test_a_blank_rural_quota_leaves_the_leaning_open() -> None:
    row = item("B21", HALF_RURAL, [county(good_senior_school_quota_rural=np.nan)])
    assert (row["outcome"], row["missing"]) == ("not_assessable", "good_senior_school_quota_rural")


# --- B22 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("public", "outcome"), [(75, "met"), (76, "met"), (74, "not_met")])
def test_public_and_purchased_places_together_reach_85_percent(public: int, outcome: str) -> None:
    assert item("B22", counties=[county(migrant_children_in_public_schools=public)])["outcome"] == outcome


def test_care_for_left_behind_children_needs_a_conclusion() -> None:
    row = item("B22", found=all_evidence(leaving_out=["B22"]))
    assert row["outcome"] == "not_assessable"
    assert "没有填报留守儿童关爱体系佐证结论" in row["detail"]
    lenient = choosing("migrant_children.left_behind_evidence", "if_filed")
    assert item("B22", found=all_evidence(leaving_out=["B22"]), law=lenient)["outcome"] == "met"


def test_a_failing_care_system_fails_although_the_share_is_reached() -> None:
    found = [*all_evidence(leaving_out=["B22"]), evidence("B22", "not_met")]
    assert item("B22", found=found)["outcome"] == "not_met"


# --- B23 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("graduates", "outcome"), [(190, "met"), (191, "met"), (189, "not_met")])
def test_ninety_five_percent_of_the_entrants_graduate(graduates: int, outcome: str) -> None:
    assert item("B23", [junior(graduates=graduates, entrants_three_years_ago=200)])["outcome"] == outcome


def test_movements_and_deaths_are_taken_out_of_retention() -> None:
    school = junior(
        graduates=200, moved_in_three_years=20, moved_out_three_years=9, entrants_three_years_ago=201,
        deaths_three_years=2,
    )  # fmt: skip
    row = item("B23", [school])  # (200 − 20 + 9) / (201 − 2) = 189/199 = 94.97 %
    assert row["outcome"] == "not_met"
    assert row["value"] == pytest.approx(18900 / 199, rel=1e-15)
    assert "94.97%（标准：不低于95%）" in row["detail"]
    assert item("B23", [{**school, "deaths_three_years": 3}])["outcome"] == "met"  # 189/198


def test_retention_is_that_of_the_county_and_lists_schools_only_when_it_fails() -> None:
    weak, strong = (
        junior(graduates=90, entrants_three_years_ago=100),
        junior("J2", graduates=200, entrants_three_years_ago=200),
    )
    row = item("B23", [weak, strong])
    assert (row["outcome"], row["schools"]) == ("met", "")
    failing = item("B23", [weak, junior("J2", graduates=190, entrants_three_years_ago=200)])
    assert (failing["outcome"], failing["schools"]) == ("not_met", "J1")


def test_blank_deaths_are_not_no_deaths() -> None:
    row = item("B23", [junior(deaths_three_years=np.nan)])
    assert (row["outcome"], row["missing"]) == ("not_assessable", "deaths_three_years")


def test_primary_schools_have_no_part_in_retention() -> None:
    assert item("B23", [primary(), junior()])["outcome"] == "met"
    assert item("B23", [primary()])["outcome"] == "not_assessable"


# --- B24 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enrolled", "outcome"), [(95, "met"), (96, "met"), (94, "not_met"), (np.nan, "not_assessable")]
)
def test_ninety_five_percent_of_disabled_children_are_enrolled(enrolled: float, outcome: str) -> None:
    assert item("B24", counties=[county(disabled_children_enrolled=enrolled)])["outcome"] == outcome


def test_a_county_without_disabled_children_is_settled_by_evidence() -> None:
    nobody = [county(disabled_children=0, disabled_children_enrolled=0)]
    assert item("B24", counties=nobody)["outcome"] == "not_assessable"
    assert item("B24", counties=nobody, found=[*all_evidence(), evidence("B24")])["outcome"] == "met"


# --- what no limit is set on ---------------------------------------------------------------------------


@pytest.mark.parametrize(("rotated", "outcome"), [(10, "met"), (9, "not_met")])
def test_a_share_without_a_limit_decides_nothing_and_is_not_spoken_of(rotated: int, outcome: str) -> None:
    law = regime()
    bare = replace(law, limits=tuple(one for one in law.limits if one.key != "B18.backbone_share.all"))
    filed = county(rotation_eligible_teachers=100, rotated_teachers=rotated, rotated_backbone_teachers=0)
    assert item("B18", counties=[filed])["outcome"] == "not_met"
    row = item("B18", counties=[filed], law=bare)
    assert row["outcome"] == outcome
    assert "骨干" not in row["detail"]
