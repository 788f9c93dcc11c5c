"""B10, B11 and B12 at, just inside and just outside their limits (教督〔2017〕6号, 政府保障程度 items 3–5)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from balance_analysis.measures.items.context import build_context
from balance_analysis.measures.items.size import class_size
from balance_analysis.terms import Relation
from tests.item_frames import (
    YEAR,
    bands,
    choosing,
    item,
    junior,
    nine_year,
    primary,
    regime,
    school_rows,
    tables,
)

# --- B10 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("classes", "rooms", "outcome"),
    [
        (12, 1, "met"),
        (13, 1, "not_met"),
        (13, 2, "met"),
        (24, 2, "met"),
        (25, 2, "not_met"),
        (1, 0, "not_met"),
        (1, 1, "met"),
    ],
)
def test_every_twelve_classes_begun_need_one_room_of_each_kind(
    classes: int, rooms: int, outcome: str
) -> None:
    school = primary(primary_classes=classes, music_rooms_96_and_above=rooms, art_rooms_90_and_above=rooms)
    assert item("B10", [school])["outcome"] == outcome


def test_music_rooms_do_not_make_up_for_missing_art_rooms() -> None:
    row = item("B10", [primary(music_rooms_96_and_above=2, art_rooms_90_and_above=0)])
    assert (row["outcome"], row["value"], row["schools"]) == ("not_met", 1.0, "P1")
    assert "共缺音乐教室0间、美术教室1间" in row["detail"]


def test_a_music_room_just_below_96_square_metres_does_not_count() -> None:
    row = item("B10", [primary(music_rooms_96_and_above=0, music_rooms_73_to_96=3)])
    assert row["outcome"] == "not_met"
    assert "音乐教室不小于96平方米、美术教室不小于90平方米" in row["detail"]


def test_the_sentence_names_the_few_schools_that_have_their_rooms() -> None:
    short = [primary(f"P{n}", music_rooms_96_and_above=0, art_rooms_90_and_above=0) for n in range(2, 5)]
    row = item("B10", [primary(), *short])
    assert row["n_schools"] == 3
    assert "4所学校中有3所" in row["detail"]
    assert "达到要求的学校1所：P1小学" in row["detail"]


def test_both_stages_of_a_nine_year_school_share_their_rooms() -> None:
    school = nine_year(primary_classes=7, junior_secondary_classes=5)
    assert item("B10", [school])["outcome"] == "met"
    assert (
        item("B10", [school], law=choosing("music_art_rooms.classes_counted", "by_stage"))["outcome"]
        == "not_met"
    )


@pytest.mark.parametrize(
    ("primary_classes", "junior_classes", "rooms", "outcome"),
    [(12, 12, 2, "met"), (12, 12, 1, "not_met"), (12, 13, 3, "met"), (12, 13, 2, "not_met")],
)
def test_by_stage_every_twelve_classes_begun_of_each_stage_need_a_room(
    primary_classes: int, junior_classes: int, rooms: int, outcome: str
) -> None:
    filed = {"primary_classes": primary_classes, "junior_secondary_classes": junior_classes}
    school = nine_year(**filed, music_rooms_96_and_above=rooms, art_rooms_90_and_above=rooms)
    assert (
        item("B10", [school], law=choosing("music_art_rooms.classes_counted", "by_stage"))["outcome"]
        == outcome
    )


def test_a_blank_number_of_rooms_is_not_assessable_and_named() -> None:
    row = item("B10", [primary(music_rooms_96_and_above=np.nan)])
    assert (row["outcome"], row["missing"]) == ("not_assessable", "music_rooms_96_and_above")
    assert "缺少音乐教室96平米及以上间数" in row["detail"]


def test_a_filed_zero_of_rooms_is_a_shortfall_not_a_blank() -> None:
    assert item("B10", [primary(music_rooms_96_and_above=0)])["outcome"] == "not_met"


def test_blank_small_rooms_do_not_matter_where_the_large_ones_suffice() -> None:
    assert (
        item("B10", [primary(music_rooms_73_to_96=np.nan, music_rooms_54_to_61=np.nan)])["outcome"] == "met"
    )


def test_blank_classes_leave_the_rooms_needed_unknown() -> None:
    assert item("B10", [primary(primary_classes=np.nan)])["missing"] == "primary_classes"


def test_one_failing_school_decides_although_another_is_unknown() -> None:
    row = item("B10", [primary(primary_classes=np.nan), primary("P2", art_rooms_90_and_above=0)])
    assert row["outcome"] == "not_met"
    assert "1所学校无法判定（缺少小学班级数）：P1小学" in row["detail"]


def test_a_teaching_site_below_fifty_pupils_is_outside_the_scope() -> None:
    site = {"school_type": "teaching_site", "primary_classes": 6, "music_rooms_96_and_above": 0}
    assert item("B10", [primary(), primary("T1", primary_enrolment=49, **site)])["outcome"] == "met"
    assert item("B10", [primary(), primary("T1", primary_enrolment=50, **site)])["outcome"] == "not_met"


def test_special_schools_are_outside_the_scope() -> None:
    assert (
        item("B10", [primary(), primary("S1", school_type="special_education", art_rooms_90_and_above=0)])[
            "outcome"
        ]
        == "met"
    )


def test_rooms_and_classes_of_a_campus_belong_to_its_main_school() -> None:
    campus = primary("C1", counted_as_school=False, main_school_code="P1", primary_classes=12)
    assert item("B10", [primary(), campus])["outcome"] == "met"
    bare = {**campus, "music_rooms_96_and_above": 0}
    row = item("B10", [primary(), bare])
    assert (row["outcome"], row["schools"]) == ("not_met", "P1")
    apart = item("B10", [primary(), bare], law=choosing("items.merge_campuses", "off"))
    assert apart["schools"] == "C1"


def test_the_shortfall_is_counted_in_whole_rooms() -> None:
    rows = school_rows("B10", [primary(primary_classes=25, art_rooms_90_and_above=3)])
    assert rows[["measure", "value", "limit", "shortfall", "unit"]].values.tolist() == [
        ["music_rooms", 1.0, 3.0, 2.0, "间"]
    ]
    assert rows["detail"][0] == "缺音乐教室2间（应有3间，合格1间）"


# --- B11 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pupils", "outcome"), [(1999, "met"), (2000, "met"), (2001, "not_met")])
def test_a_school_of_one_stage_may_have_two_thousand_pupils(pupils: int, outcome: str) -> None:
    assert item("B11", [primary(primary_enrolment=pupils)])["outcome"] == outcome
    assert item("B11", [junior(junior_secondary_enrolment=pupils)])["outcome"] == outcome


@pytest.mark.parametrize("school_type", ["nine_year", "twelve_year"])
@pytest.mark.parametrize(("junior_pupils", "outcome"), [(999, "met"), (1000, "met"), (1001, "not_met")])
def test_a_school_of_both_stages_may_have_2500_pupils_together(
    school_type: str, junior_pupils: int, outcome: str
) -> None:
    school = nine_year(
        school_type=school_type, primary_enrolment=1500, junior_secondary_enrolment=junior_pupils
    )
    assert item("B11", [{**school, "senior_secondary_enrolment": 900}])["outcome"] == outcome


def test_a_complete_secondary_school_is_judged_on_its_junior_part() -> None:
    school = junior(
        school_type="complete_secondary", junior_secondary_enrolment=2000, senior_secondary_enrolment=3000
    )
    assert item("B11", [school])["outcome"] == "met"
    assert item("B11", [{**school, "junior_secondary_enrolment": 2001}])["outcome"] == "not_met"


def test_the_sentence_counts_and_names_the_schools_above_size() -> None:
    row = item("B11", [primary(primary_enrolment=2300), junior(), primary("P2", primary_enrolment=2000)])
    assert (row["value"], row["limit"], row["n_schools"]) == (2300.0, 2000.0, 1)
    assert row["detail"] == "有1所学校超过规模：P1小学（2300人，上限2000人）。"
    assert school_rows("B11", [primary(primary_enrolment=2300)])["shortfall"].tolist() == [300.0]


def test_without_any_school_nothing_is_met() -> None:
    only_special = [primary(school_type="special_education")]
    for name in ("B10", "B11", "B12", "B13", "B16", "B19", "B20", "B26"):
        assert item(name, only_special)["outcome"] == "not_assessable", name


# --- B12 --------------------------------------------------------------------------------------------


def test_classes_of_45_and_50_are_at_the_limit_and_count_as_met() -> None:
    row = item("B12", [primary(**bands("primary", classes_41_to_45=12), largest_class_size=45), junior()])
    assert (row["outcome"], row["value"]) == ("met", 0.0)
    assert row["detail"] == "没有超过45人的小学班级；没有超过50人的初中班级。"


def test_one_class_in_the_band_above_45_fails_a_primary_school_but_not_a_junior_one() -> None:
    over = primary(**bands("primary", classes_36_to_40=11, classes_46_to_50=1), largest_class_size=46)
    assert item("B12", [over])["outcome"] == "not_met"
    assert item("B12", [junior(**bands("junior_secondary", classes_46_to_50=9))])["outcome"] == "met"


def test_the_sentence_counts_oversize_classes_by_stage() -> None:
    schools = [
        primary(
            **bands("primary", classes_36_to_40=5, classes_46_to_50=6, classes_66_and_above=1),
            largest_class_size=70,
        ),
        junior(**bands("junior_secondary", classes_46_to_50=5, classes_51_to_55=4), largest_class_size=55),
    ]
    row = item("B12", schools)
    assert row["value"] == 11.0
    assert row["detail"] == "超过45人的小学班级7个，超过50人的初中班级4个；涉及2所学校：P1小学、J1初中。"
    assert school_rows("B12", schools)[["stage", "shortfall", "unit"]].values.tolist() == [
        ["primary", 7.0, "个"], ["junior_secondary", 4.0, "个"],
    ]  # fmt: skip


def test_the_largest_class_stands_in_for_blank_bands() -> None:
    blank = dict.fromkeys(bands("primary"), np.nan)
    assert item("B12", [primary(**blank, largest_class_size=45)])["outcome"] == "met"
    assert item("B12", [primary(**blank, largest_class_size=46)])["outcome"] == "not_met"
    row = item("B12", [primary(**blank, largest_class_size=np.nan)])
    assert row["outcome"] == "not_assessable"
    assert "小学46-50人班级数" in row["detail"]


def test_each_stage_of_a_school_is_measured_once_and_no_stage_that_it_lacks() -> None:
    """A stage denied by its own largest class has one row, that of the denial."""
    denied = {"primary_largest_class_size": 46, "junior_secondary_largest_class_size": 50}
    filed = [primary(), junior(), nine_year(**bands("primary"), **bands("junior_secondary"), **denied)]
    context = build_context(*tables(filed), regime(), year=YEAR)
    rows = class_size(context, regime().item("B12")).schools
    assert rows is not None
    measured = zip(rows.school_code.tolist(), rows.stage.tolist(), rows.exact.top.tolist(), strict=True)
    assert sorted(measured) == [
        ("J1", "junior_secondary", 0), ("N1", "junior_secondary", 0), ("N1", "primary", 1), ("P1", "primary", 0),
    ]  # fmt: skip


def test_where_the_largest_class_settles_the_matter_no_blank_band_is_asked_for() -> None:
    blank = dict.fromkeys(bands("primary"), np.nan)
    bands_above_45 = 5
    for largest, lacking in ((45, 0), (np.nan, bands_above_45)):
        context = build_context(*tables([primary(**blank, largest_class_size=largest)]), regime(), year=YEAR)
        rows = class_size(context, regime().item("B12")).schools
        assert rows is not None
        assert len(rows.missing_in()) == lacking


def test_a_largest_class_between_the_limits_leaves_a_nine_year_school_open() -> None:
    blank = dict.fromkeys([*bands("primary"), *bands("junior_secondary")], np.nan)
    assert item("B12", [nine_year(**blank, largest_class_size=48)])["outcome"] == "not_assessable"
    assert item("B12", [nine_year(**blank, largest_class_size=51)])["outcome"] == "not_met"
    assert item("B12", [nine_year(**blank, largest_class_size=45)])["outcome"] == "met"


def test_a_largest_class_that_the_bands_deny_fails_and_is_reported() -> None:
    row = item("B12", [primary(largest_class_size=52)])
    assert row["outcome"] == "not_met"
    assert "最大班额超过标准而班额段没有反映的学校：P1小学（52人）" in row["detail"]


def test_blank_bands_are_empty_when_the_filed_ones_already_add_up_to_the_classes() -> None:
    blank = {name: np.nan for name in bands("primary") if name != "primary_classes_36_to_40"}
    assert item("B12", [primary(**blank, largest_class_size=np.nan)])["outcome"] == "met"
    assert (
        item("B12", [primary(**blank, primary_classes=13, largest_class_size=np.nan)])["outcome"]
        == "not_assessable"
    )


def test_a_limit_inside_a_band_leaves_its_classes_open() -> None:
    law = regime()
    limits = tuple(
        replace(entry, value=type(entry.value)("43")) if entry.key == "B12.class_size.primary" else entry
        for entry in law.limits
    )
    law = replace(law, limits=limits)
    assert (
        item("B12", [primary(**bands("primary", classes_41_to_45=12), largest_class_size=45)], law=law)[
            "outcome"
        ]
        == "not_met"
    )
    unknown = primary(**bands("primary", classes_41_to_45=12), largest_class_size=np.nan)
    assert item("B12", [unknown], law=law)["outcome"] == "not_assessable"
    assert item("B12", [primary()], law=law)["outcome"] == "met"


def test_a_limit_at_the_lower_border_of_a_band_leaves_its_classes_open() -> None:
    law = regime()
    limits = tuple(
        replace(entry, value=type(entry.value)("46")) if entry.key == "B12.class_size.primary" else entry
        for entry in law.limits
    )
    for classes, outcome in ((12, "not_assessable"), (1, "not_assessable"), (0, "met")):
        school = primary(**bands("primary", classes_46_to_50=classes), largest_class_size=np.nan)
        assert item("B12", [school], law=replace(law, limits=limits))["outcome"] == outcome


BLANK_JUNIOR_BANDS = dict.fromkeys(bands("junior_secondary"), np.nan)


def complete(**changes: object) -> dict[str, object]:
    """A complete secondary school: 9 junior classes of 50, 900 senior pupils in classes of up to 58."""
    return junior(
        "C1", school_name="示例完全中学", school_type="complete_secondary", senior_secondary_enrolment=900,
        largest_class_size=58, **changes,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("over", "outcome"), [(0, "met"), (1, "not_met")], ids=["no junior class above 50", "one"]
)
def test_the_bands_decide_where_the_largest_class_may_be_a_senior_one(over: int, outcome: str) -> None:
    school = complete(**bands("junior_secondary", classes_46_to_50=9 - over, classes_51_to_55=over))
    assert item("B12", [school])["outcome"] == outcome


@pytest.mark.parametrize("largest", [40, 50, 51, 58])
def test_with_blank_bands_the_largest_class_of_a_school_with_seniors_says_nothing(largest: int) -> None:
    row = item("B12", [complete(**BLANK_JUNIOR_BANDS) | {"largest_class_size": largest}])
    assert row["outcome"] == "not_assessable"
    assert "初中51-55人班级数" in row["detail"]


@pytest.mark.parametrize(("largest", "outcome"), [(49, "met"), (50, "met"), (51, "not_met")])
def test_the_largest_junior_class_stands_in_for_blank_bands(largest: int, outcome: str) -> None:
    school = complete(**BLANK_JUNIOR_BANDS, junior_secondary_largest_class_size=largest)
    assert item("B12", [school])["outcome"] == outcome


@pytest.mark.parametrize(("largest", "outcome"), [(50, "met"), (51, "not_met")])
def test_a_largest_junior_class_above_the_limit_fails_although_the_bands_deny_it(
    largest: int, outcome: str
) -> None:
    row = item("B12", [complete(junior_secondary_largest_class_size=largest)])
    assert row["outcome"] == outcome
    assert ("班额段没有反映的学校：示例完全中学（51人）" in row["detail"]) == (outcome == "not_met")


def test_a_complete_school_without_seniors_is_held_to_its_largest_class() -> None:
    school = complete(**BLANK_JUNIOR_BANDS) | {"senior_secondary_enrolment": 0}
    assert item("B12", [school])["outcome"] == "not_met"  # 58 > 50
    assert item("B12", [school | {"senior_secondary_enrolment": np.nan}])["outcome"] == "not_assessable"


@pytest.mark.parametrize(
    ("primary_largest", "junior_largest", "outcome"),
    [(45, 50, "met"), (46, 50, "not_met"), (45, 51, "not_met"), (45, np.nan, "not_assessable")],
)
def test_each_stage_of_a_twelve_year_school_has_its_own_largest_class(
    primary_largest: float, junior_largest: float, outcome: str
) -> None:
    blank = dict.fromkeys([*bands("primary"), *bands("junior_secondary")], np.nan)
    school = nine_year(
        "T1", school_type="twelve_year", senior_secondary_enrolment=300, **blank, largest_class_size=58,
        primary_largest_class_size=primary_largest, junior_secondary_largest_class_size=junior_largest,
    )  # fmt: skip
    assert item("B12", [school])["outcome"] == outcome


def test_the_largest_class_of_a_stage_goes_before_that_of_the_school() -> None:
    blank = dict.fromkeys([*bands("primary"), *bands("junior_secondary")], np.nan)
    school = nine_year(
        **blank, largest_class_size=48, primary_largest_class_size=44, junior_secondary_largest_class_size=48
    )
    assert item("B12", [school])["outcome"] == "met"  # 48 alone is above 45 and leaves the primary part open
    over = school | {"primary_largest_class_size": 46}
    assert item("B12", [over])["outcome"] == "not_met"
    assert school_rows("B12", [over])["stage"].tolist() == ["primary"]


# --- the limit itself -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("relation", "pupils", "outcome"),
    [(Relation.AT_MOST, 2000, "met"), (Relation.BELOW, 2000, "not_met"), (Relation.BELOW, 1999, "met")],
)
def test_a_limit_that_is_strict_is_not_kept_by_the_limit_itself(
    relation: Relation, pupils: int, outcome: str
) -> None:
    law = regime()
    limits = tuple(
        replace(entry, relation=relation) if entry.subject == "B11" else entry for entry in law.limits
    )
    row = item("B11", [primary(primary_enrolment=pupils)], law=replace(law, limits=limits))
    assert (row["outcome"], row["relation"]) == (outcome, relation.value)


def test_of_schools_equally_near_their_limits_the_first_is_shown() -> None:
    """1000 of 2000 and 1250 of 2500 are both half."""
    one, both = primary("P1", primary_enrolment=1000), nine_year("N1", primary_enrolment=1050)
    for schools, shown in (([one, both], (1000, 2000)), ([both, one], (1250, 2500))):
        row = item("B11", schools)
        assert (row["value"], row["limit"]) == shown
    fuller = item("B11", [both, primary("P1", primary_enrolment=1001)])
    assert (fuller["value"], fuller["limit"]) == (1001, 2000)
