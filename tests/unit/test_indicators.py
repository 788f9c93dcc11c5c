"""Per-school values: the split of stages, merged campuses, who counts, and zero against blank.

Numbers come from the clauses in the regulation notes: §3.1 (numerators, units), §3.3 (scope, campuses), §4 (weights
1 : 1.1 : 1.32 and 1 : 1.2), §2 (the readings of 2012), worked by hand in exact fractions.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

from balance_analysis.door import worded_frame
from balance_analysis.exact import as_filed
from balance_analysis.measures.indicators import compute_indicators, excluded_schools
from balance_analysis.regimes import Regime
from balance_analysis.terms import Stage
from tests.county_tables import BLANK, assess, records, regime_2012, regime_2017, row_of, school, tables_of

SHARED = ("teaching_area", "sports_area", "equipment_value", "multimedia_classrooms")
PRIMARY, JUNIOR = "primary", "junior_secondary"


def exact(*rows: dict[str, Any], regime: Regime | None = None) -> dict[tuple[str, str, str], Fraction | None]:
    """(school, stage, indicator) → exact value."""
    frame = compute_indicators(tables_of(*rows), regime or regime_2017())
    keys = zip(frame["school_code"], frame["stage"], frame["indicator"], strict=True)
    return dict(zip(keys, frame["exact_value"], strict=True))


def with_choice(regime: Regime, name: str, value: str) -> Regime:
    assert any(choice.id == name for choice in regime.choices)
    choices = tuple(
        replace(choice, value=value) if choice.id == name else choice for choice in regime.choices
    )
    return replace(regime, choices=choices)


# --- the split of schools with several stages (§4) ---------------------------------------------------


def test_a_nine_year_school_splits_shared_resources_one_to_one_point_one() -> None:
    found = exact(
        school(
            "9", "nine_year", primary_enrolment=300, junior_secondary_enrolment=200, multimedia_classrooms=26
        )
    )
    weighted = 300 + Fraction("1.1") * 200
    assert found["9", PRIMARY, "multimedia_classrooms"] == 100 * 26 / weighted
    assert found["9", JUNIOR, "multimedia_classrooms"] == 100 * Fraction("1.1") * 26 / weighted
    assert found["9", PRIMARY, "multimedia_classrooms"] == 5


def test_what_a_school_holds_is_told_in_the_unit_of_the_indicator_whatever_decimals_were_filed() -> None:
    frame = compute_indicators(
        tables_of(school(teaching_equipment_value_wan_cny=30.2504, sports_ground_area_m2=1000.55)),
        regime_2017(),
    )
    held = {row["indicator"]: row["resource"] for row in records(frame)}
    assert (held["equipment_value"], held["sports_area"]) == (302504, 1100.55)
    assert row_of(frame, indicator="equipment_value")["exact_value"] == Fraction("3025.04")


def test_a_twelve_year_school_gives_its_senior_part_a_share_of_one_point_three_two() -> None:
    found = exact(
        school(
            "12",
            "twelve_year",
            primary_enrolment=100,
            junior_secondary_enrolment=200,
            senior_secondary_enrolment=300,
            sports_ground_area_m2=900,
            indoor_sports_area_m2=100,
        )
    )
    weighted = 100 + Fraction("1.1") * 200 + Fraction("1.32") * 300
    assert found["12", PRIMARY, "sports_area"] == 1000 / weighted
    assert found["12", JUNIOR, "sports_area"] == Fraction("1.1") * 1000 / weighted


def test_a_complete_secondary_school_shares_one_to_one_point_two_with_its_senior_part() -> None:
    found = exact(
        school(
            "c",
            "complete_secondary",
            junior_secondary_enrolment=240,
            senior_secondary_enrolment=300,
            teaching_equipment_value_wan_cny=120,
        )
    )
    assert found["c", JUNIOR, "equipment_value"] == Fraction(1_200_000, 240 + 360)
    assert ("c", PRIMARY, "equipment_value") not in found


@pytest.mark.parametrize("indicator", SHARED)
def test_the_shares_of_a_split_campus_add_up_to_the_whole(indicator: str) -> None:
    row = school("9", "nine_year", primary_enrolment=437, junior_secondary_enrolment=219)
    frame = compute_indicators(tables_of(row), regime_2017())
    parts = frame[frame["indicator"] == indicator]
    shares = sum(
        value * as_filed(pupils)
        for value, pupils in zip(parts["exact_value"], parts["enrolment"], strict=True)
    )
    assert shares == as_filed(parts["amount"].iloc[0]) * int(parts["scale"].iloc[0])
    assert len(parts) == 2


def test_teachers_are_never_split() -> None:
    found = exact(school("9", "nine_year", primary_backbone_teachers=3, junior_secondary_backbone_teachers=1))
    assert found["9", PRIMARY, "backbone_teachers"] == 3
    assert found["9", JUNIOR, "backbone_teachers"] == 1


@pytest.mark.parametrize(
    ("school_type", "stage", "given"),
    [
        ("nine_year", PRIMARY, {"junior_secondary_enrolment": 0}),
        ("nine_year", JUNIOR, {"primary_enrolment": 0}),
        ("twelve_year", JUNIOR, {"primary_enrolment": 0, "senior_secondary_enrolment": 0}),
        ("complete_secondary", JUNIOR, {"senior_secondary_enrolment": 0}),
    ],
)
def test_a_campus_that_holds_one_stage_only_is_not_split(
    school_type: str, stage: str, given: dict[str, int]
) -> None:
    found = exact(school("s", school_type, **given))
    assert found["s", stage, "teaching_area"] == 6
    assert found["s", stage, "multimedia_classrooms"] == 3
    assert {key[1] for key in found} == {stage}


def test_the_split_can_be_switched_off() -> None:
    off = with_choice(regime_2017(), "split_shared_resources", "off")
    found = exact(school("9", "nine_year", multimedia_classrooms=26), regime=off)
    assert found["9", PRIMARY, "multimedia_classrooms"] == 26
    assert found["9", JUNIOR, "multimedia_classrooms"] == 26


@pytest.mark.parametrize("school_type", ["complete_secondary", "twelve_year"])
def test_blank_senior_pupils_leave_shared_resources_open_and_are_named(school_type: str) -> None:
    row = school("c", school_type, senior_secondary_enrolment=BLANK)
    frame = compute_indicators(tables_of(row), regime_2017())
    shared = frame["indicator"].isin(SHARED)
    assert frame.loc[shared, "value"].isna().all()
    assert (frame.loc[shared, "missing"] == "senior_secondary_enrolment").all()
    assert frame.loc[~shared, "value"].notna().all()
    judged = assess(row, school("j", "junior_secondary_school")).indicators
    assert set(judged.loc[judged["value"].isna(), "outcome"]) == {"not_assessable"}


# --- campuses that do not count as schools (§3.3) ----------------------------------------------------


def campus(code: str, main: str, school_type: str = "primary_school", **given: Any) -> dict[str, Any]:
    return school(code, school_type, counted_as_school=False, main_school_code=main, **given)


def test_a_campus_not_counted_is_merged_into_its_main_school_for_all_seven_indicators() -> None:
    rows = [
        school("m", primary_enrolment=300),
        campus(
            "k",
            "m",
            primary_enrolment=100,
            primary_teachers_bachelor=10,
            primary_backbone_teachers=4,
            primary_pe_teachers=3,
            teaching_and_auxiliary_area_m2=900,
            indoor_sports_area_m2=300,
            sports_ground_area_m2=700,
            teaching_equipment_value_wan_cny=50,
            multimedia_classrooms=9,
        ),
    ]
    found = exact(*rows)
    assert {key[0] for key in found} == {"m"}
    assert {key[2]: value for key, value in found.items()} == {
        "above_standard_qualified_teachers": Fraction(16, 4),
        "backbone_teachers": Fraction(6, 4),
        "pe_arts_teachers": Fraction(6, 4),
        "teaching_area": Fraction(600 + 600, 400),
        "sports_area": Fraction(1100 + 1000, 400),
        "equipment_value": Fraction(800_000, 400),
        "multimedia_classrooms": Fraction(12, 4),
    }
    frame = compute_indicators(tables_of(*rows), regime_2017())
    assert set(frame["enrolment"]) == {400.0}


def test_campuses_are_split_each_for_itself_before_they_are_merged() -> None:
    found = exact(
        school(
            "m",
            "nine_year",
            primary_enrolment=300,
            junior_secondary_enrolment=200,
            multimedia_classrooms=26,
        ),
        campus(
            "k",
            "m",
            "nine_year",
            primary_enrolment=100,
            junior_secondary_enrolment=0,
            multimedia_classrooms=4,
        ),
    )
    of_main = Fraction(26 * 300, 520)
    assert found["m", PRIMARY, "multimedia_classrooms"] == 100 * (of_main + 4) / 400
    assert found["m", JUNIOR, "multimedia_classrooms"] == 100 * Fraction("1.1") * 26 / 520


def test_the_columns_of_a_merged_school_still_multiply_to_its_value() -> None:
    frame = compute_indicators(
        tables_of(
            school("m", "nine_year", primary_enrolment=300, junior_secondary_enrolment=200),
            campus("k", "m", primary_enrolment=70, multimedia_classrooms=1),
        ),
        regime_2017(),
    )
    rebuilt = frame["scale"] * frame["amount"] * frame["stage_weight"] / frame["weighted_pupils"]
    assert rebuilt.to_numpy() == pytest.approx(frame["value"].to_numpy(), rel=1e-14)
    assert (frame["resource"] / frame["enrolment"]).to_numpy() == pytest.approx(
        frame["value"].to_numpy(), rel=1e-14
    )


def test_a_blank_at_the_campus_makes_the_merged_school_unknown_not_smaller() -> None:
    frame = compute_indicators(
        tables_of(school("m"), campus("k", "m", multimedia_classrooms=BLANK)), regime_2017()
    ).set_index("indicator")
    assert bool(frame["value"].isna()["multimedia_classrooms"])
    assert frame.loc["multimedia_classrooms", "missing"] == "multimedia_classrooms"
    assert frame.loc["sports_area", "value"] == 11


# --- scope (§3.3, §2) --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("school_type", "stages"),
    [
        ("primary_school", {PRIMARY}),
        ("junior_secondary_school", {JUNIOR}),
        ("nine_year", {PRIMARY, JUNIOR}),
        ("twelve_year", {PRIMARY, JUNIOR}),
        ("complete_secondary", {JUNIOR}),
        ("teaching_site", {PRIMARY}),
        ("special_education", set()),
        ("secondary_vocational", set()),
    ],
)
def test_each_school_type_counts_with_its_compulsory_stages_under_2017(
    school_type: str, stages: set[str]
) -> None:
    found = exact(school("s", school_type), school("other"))
    assert {key[1] for key in found if key[0] == "s"} == stages


@pytest.mark.parametrize(("pupils", "counts"), [(49, False), (50, True), (51, True)])
def test_a_teaching_site_counts_from_fifty_pupils_on(pupils: int, counts: bool) -> None:
    rows = (school("site", "teaching_site", primary_enrolment=pupils), school("other"))
    assert any(key[0] == "site" for key in exact(*rows)) is counts
    excluded = worded_frame(excluded_schools(tables_of(*rows), regime_2017()))
    assert list(excluded["school_code"]) == ([] if counts else ["site"])
    if not counts:
        assert excluded["reason"].iloc[0] == "学生数不足50人"


def test_a_small_school_that_is_no_teaching_site_counts_however_small() -> None:
    assert any(key[0] == "tiny" for key in exact(school("tiny", primary_enrolment=3), school("other")))


def test_private_schools_count_under_2017_and_not_under_2012() -> None:
    rows = (school("private", sponsor_type="10"), school("public"))
    assert {key[0] for key in exact(*rows)} == {"private", "public"}
    assert {key[0] for key in exact(*rows, regime=regime_2012())} == {"public"}
    excluded = worded_frame(excluded_schools(tables_of(*rows), regime_2012()))
    assert list(excluded["reason"]) == ["举办者类型不在评估范围内"]


def test_teaching_sites_do_not_count_under_2012_whatever_their_size() -> None:
    rows = (school("site", "teaching_site", primary_enrolment=400), school("other"))
    assert {key[0] for key in exact(*rows, regime=regime_2012())} == {"other"}
    assert list(worded_frame(excluded_schools(tables_of(*rows), regime_2012()))["reason"]) == [
        "办学类型不在评估范围内"
    ]


def test_special_and_vocational_schools_are_listed_as_left_out_with_the_reason() -> None:
    rows = (school("special", "special_education", primary_enrolment=30), school("other"))
    excluded = worded_frame(excluded_schools(tables_of(*rows), regime_2017()))
    assert excluded[["school_code", "reason"]].to_numpy().tolist() == [["special", "办学类型不在评估范围内"]]


def test_the_campuses_of_a_teaching_site_count_towards_its_fifty_pupils() -> None:
    rows = (
        school("site", "teaching_site", primary_enrolment=30),
        campus("k", "site", "teaching_site", primary_enrolment=20),
        school("other"),
    )
    assert {key[0] for key in exact(*rows)} == {"site", "other"}
    assert worded_frame(excluded_schools(tables_of(*rows), regime_2017())).empty


def test_a_school_of_unknown_sponsor_is_kept_so_that_it_is_seen_but_has_no_value() -> None:
    found = exact(school("s", sponsor_type=None), regime=regime_2012())
    assert {key[0] for key in found} == {"s"}
    assert set(found.values()) == {None}


# --- zero, blank, units, numerators (§1, §3.1) ------------------------------------------------------


def test_a_true_zero_counts_as_zero_and_a_blank_is_named_as_missing() -> None:
    frame = compute_indicators(
        tables_of(
            school("zero", primary_pe_teachers=0, primary_music_teachers=0),
            school("blank", primary_pe_teachers=BLANK, primary_arts_teachers=BLANK),
        ),
        regime_2017(),
    )
    teachers = frame[frame["indicator"] == "pe_arts_teachers"].set_index("school_code")
    assert teachers.loc["zero", "value"] == 0
    assert teachers.loc["zero", "missing"] == ""
    assert bool(teachers["value"].isna()["blank"])
    assert teachers.loc["blank", "missing"] == "primary_pe_teachers、primary_arts_teachers"


def test_a_blank_is_counted_as_missing_and_makes_the_coefficient_not_assessable() -> None:
    county = assess(school("1", primary_backbone_teachers=BLANK), school("2"), school("3"))
    row = county.coefficients.set_index("indicator").loc["backbone_teachers"]
    assert (row["n_schools"], row["n_missing"], row["outcome"]) == (3, 1, "not_assessable")
    assert row["reason"] == "1所学校缺少数据"
    assert county.outcome == "not_assessable"


def test_a_zero_keeps_the_coefficient_assessable_and_large() -> None:
    county = assess(school("1", primary_backbone_teachers=0), school("2"))
    row = county.coefficients.set_index("indicator").loc["backbone_teachers"]
    assert (row["cv"], row["mean"], row["n_missing"]) == (1, 1, 0)


def test_equipment_filed_in_ten_thousands_is_judged_in_yuan() -> None:
    found = exact(school("s", primary_enrolment=123, teaching_equipment_value_wan_cny=24.6))
    assert found["s", PRIMARY, "equipment_value"] == 2000


def test_doctors_count_as_qualified_in_both_stages() -> None:
    found = exact(school("9", "nine_year", primary_teachers_doctor=1, junior_secondary_teachers_doctor=2))
    assert found["9", PRIMARY, "above_standard_qualified_teachers"] == 7
    assert found["9", JUNIOR, "above_standard_qualified_teachers"] == 8


def test_associate_degrees_count_in_primary_and_do_not_exist_for_junior() -> None:
    found = exact(school("9", "nine_year", primary_teachers_associate=4))
    assert found["9", PRIMARY, "above_standard_qualified_teachers"] == 10
    assert found["9", JUNIOR, "above_standard_qualified_teachers"] == 6


@pytest.mark.parametrize("subject", ["pe", "music", "fine_arts", "arts"])
def test_pe_music_fine_arts_and_arts_teachers_all_count(subject: str) -> None:
    before = exact(school("s"))["s", PRIMARY, "pe_arts_teachers"]
    field = f"primary_{subject}_teachers"
    row = school("s")
    after = exact(row | {field: row[field] + 3})["s", PRIMARY, "pe_arts_teachers"]
    assert before is not None
    assert after == before + 3


def test_indoor_sports_rooms_move_from_teaching_area_to_sports_area_under_2017() -> None:
    found = exact(
        school("s", teaching_and_auxiliary_area_m2=800, indoor_sports_area_m2=250, sports_ground_area_m2=400)
    )
    assert found["s", PRIMARY, "teaching_area"] == Fraction("5.5")
    assert found["s", PRIMARY, "sports_area"] == Fraction("6.5")


def test_indoor_sports_rooms_stay_in_teaching_area_under_2012_unless_switched_on() -> None:
    row = school("s", teaching_and_auxiliary_area_m2=800, indoor_sports_area_m2=250)
    assert exact(row, regime=regime_2012())["s", PRIMARY, "teaching_area"] == 8
    switched = with_choice(regime_2012(), "deduct_indoor_sports_from_teaching_area", "on")
    assert exact(row, regime=switched)["s", PRIMARY, "teaching_area"] == Fraction("5.5")


@pytest.mark.parametrize("area", [50, 0.12345678901234568, 99.999999999999986])
def test_indoor_sports_rooms_larger_than_the_rooms_that_hold_them_give_no_value(area: float) -> None:
    """A contradiction that the checks report as a question; it must neither crash nor count as negative, whatever digits it has."""
    county = assess(
        school("1", teaching_and_auxiliary_area_m2=area, indoor_sports_area_m2=100), school("2"), school("3")
    )
    row = row_of(county.indicators, school_code="1", indicator="teaching_area")
    assert pd.isna(row["value"])
    assert row["missing"] == "teaching_and_auxiliary_area_m2、indoor_sports_area_m2"
    assert row["outcome"] == "not_assessable"
    assert county.outcome == "not_assessable"


def test_other_grounds_and_leased_grounds_do_not_count_without_a_concession() -> None:
    row = school("s", other_on_site_sports_area_m2=5000, leased_sports_area_m2=5000)
    assert exact(row)["s", PRIMARY, "sports_area"] == 11


def test_the_eight_indicators_of_2012_in_their_units() -> None:
    found = exact(
        school(
            "s", primary_enrolment=200, primary_full_time_teachers=11, primary_intermediate_title_teachers=6
        ),
        regime=regime_2012(),
    )
    assert {key[2]: value for key, value in found.items()} == {
        "teaching_area": Fraction(700, 200),
        "sports_area": Fraction(1100, 200),
        "equipment_value": Fraction(300_000, 200),
        "computers": 10,
        "books": 10,
        "teacher_pupil_ratio": Fraction("0.055"),
        "above_standard_qualified_teachers": Fraction("0.03"),
        "intermediate_title_teachers": Fraction("0.03"),
    }


def test_the_denominator_is_the_stage_and_not_the_whole_school() -> None:
    found = exact(school("9", "nine_year", primary_enrolment=400, junior_secondary_enrolment=50))
    assert found["9", PRIMARY, "backbone_teachers"] == Fraction(1, 2)
    assert found["9", JUNIOR, "backbone_teachers"] == 4


def test_rows_come_by_year_stage_regime_order_and_file_order() -> None:
    frame = compute_indicators(
        tables_of(
            school("b", "nine_year"),
            school("a"),
            school("b", "nine_year", school_year=2019),
            school("j", "nine_year"),
        ),
        regime_2017(),
    )
    order = {indicator.id: number for number, indicator in enumerate(regime_2017().indicators)}
    keys = [
        (row["year"], list(Stage).index(Stage(row["stage"])), order[row["indicator"]])
        for row in records(frame)
    ]
    assert keys == sorted(keys)
    assert list(frame.loc[(frame["year"] == 2020) & (frame["stage"] == PRIMARY), "school_code"])[:3] == [
        "b",
        "a",
        "j",
    ]


def test_every_school_and_stage_is_either_counted_or_listed_as_left_out() -> None:
    kinds = ("primary_school", "nine_year", "complete_secondary")
    rows = [school(kind, kind) for kind in kinds]
    rows += [school("private", sponsor_type="10"), school("site", "teaching_site", primary_enrolment=12)]
    rows.append(school("special", "special_education", primary_enrolment=20))
    for regime in (regime_2012(), regime_2017()):
        tables = tables_of(*rows)
        counted = compute_indicators(tables, regime)
        left_out = excluded_schools(tables, regime)
        inside = set(zip(counted["school_code"], counted["stage"], strict=True))
        outside = set(zip(left_out["school_code"], left_out["stage"], strict=True))
        filed = {
            (row["school_code"], str(stage))
            for row in rows
            for stage in Stage
            if row[f"{stage}_enrolment"] > 0
        }
        assert inside | outside == filed
        assert not inside & outside
