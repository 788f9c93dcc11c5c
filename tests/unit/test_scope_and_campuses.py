"""Who runs a school (2012, regulation §2) and campuses without pupils (§3.3): counted, left out, open, added.

Birth certificates: the clause beside each test; amounts are those of ``tests.county_tables.school`` (100 pupils per
stage, 1000 m² of grounds, 100 m² indoors) with round figures added.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from balance_analysis.door import open_assessment, worded_frame
from balance_analysis.exact import as_filed
from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.measures.columns import SchoolColumns
from balance_analysis.measures.counted import count_schools
from balance_analysis.measures.indicators import compute_indicators, excluded_schools, stage_columns
from balance_analysis.regimes import Regime
from balance_analysis.terms import Severity, Stage
from tests.county_tables import (
    BLANK,
    CODE,
    YEAR,
    assess,
    juniors,
    regime_2012,
    regime_2017,
    row_of,
    school,
    tables_of,
    write_county,
)
from tests.item_frames import primary, regime

PRIMARY, JUNIOR = "primary", "junior_secondary"
NOTHING = {
    "teaching_and_auxiliary_area_m2": 0, "indoor_sports_area_m2": 0, "sports_ground_area_m2": 0,
    "teaching_equipment_value_wan_cny": 0, "multimedia_classrooms": 0, "teaching_computers": 0, "books": 0,
}  # fmt: skip


def ground(main: str, code: str = "g", **given: Any) -> dict[str, Any]:
    """A campus without pupils and teachers that has 200.2 m² of sports ground."""
    row = school(code, **{"counted_as_school": False, "main_school_code": main, **NOTHING})  # type: ignore[arg-type]
    row |= {name: 0 for name in row if name.startswith(PRIMARY)}
    return row | {"sports_ground_area_m2": 200.2} | given


def values(
    *rows: dict[str, Any], regime: Regime | None = None
) -> dict[tuple[str, str, str], Fraction | None]:
    frame = compute_indicators(tables_of(*rows), regime or regime_2017())
    keys = zip(frame["school_code"], frame["stage"], frame["indicator"], strict=True)
    return dict(zip(keys, frame["exact_value"], strict=True))


# --- a campus without pupils ---------------------------------------------------------------------------


def test_the_ground_of_a_campus_without_pupils_counts_with_its_main_school() -> None:
    before = values(school("m"), school("other"))
    found = values(school("m"), school("other"), ground("m"))
    assert found.pop(("m", PRIMARY, "sports_area")) == Fraction("13.002")  # (1000 + 100 + 200.2) ÷ 100
    assert before.pop(("m", PRIMARY, "sports_area")) == 11
    assert found == before


def test_it_is_split_as_the_resources_of_the_main_schools_own_campus() -> None:
    found = values(school("m", "nine_year"), ground("m"), school("other"))
    everyone = Fraction(100) + Fraction("1.1") * 100  # 1 : 1.1
    assert found["m", PRIMARY, "sports_area"] == Fraction("1300.2") / everyone
    assert found["m", JUNIOR, "sports_area"] == Fraction("1.1") * Fraction("1300.2") / everyone


def test_beside_a_campus_with_pupils_it_goes_to_the_main_school_before_the_split() -> None:
    second = school("k", counted_as_school=False, main_school_code="m")
    found = values(school("m", "nine_year"), second, ground("m"), school("other"))
    own = Fraction("1300.2") / 210 * 100  # what the main campus gives to its 100 primary pupils
    assert found["m", PRIMARY, "sports_area"] == (own + 1100) / 200


def test_decimals_add_up_as_they_were_filed() -> None:
    rows = (school("m", sports_ground_area_m2=0.1, indoor_sports_area_m2=0), school("other"))
    found = values(*rows, ground("m", sports_ground_area_m2=0.2))
    assert found["m", PRIMARY, "sports_area"] == Fraction("0.003")  # in floats 0.1 + 0.2 is more than 0.3


def test_blanks_of_the_campus_add_nothing_and_a_blank_of_the_main_school_stays_blank() -> None:
    found = values(school("m"), ground("m", books=BLANK, teaching_equipment_value_wan_cny=BLANK))
    assert found["m", PRIMARY, "equipment_value"] == 3000
    found = values(school("m", sports_ground_area_m2=BLANK), ground("m"))
    assert found["m", PRIMARY, "sports_area"] is None


def test_rooms_and_money_of_the_campus_count_with_the_main_school_in_every_item() -> None:
    main = school("m", music_rooms_96_and_above=1, operating_funds_actual_wan_cny=5.5, largest_class_size=40)
    rows = (
        main,
        ground("m", music_rooms_96_and_above=1, operating_funds_actual_wan_cny=0.25, largest_class_size=0),
    )
    for merge in (True, False):
        counted = count_schools(tables_of(*rows).schools, regime_2017(), merge_campuses=merge)
        schools = SchoolColumns(counted, counted.counts)
        assert schools.number("music_rooms_96_and_above").at(0) == 2
        assert schools.number("operating_funds_actual_wan_cny").at(0) == Fraction("5.75")
        assert schools.number("largest_class_size").at(0) == 40
        assert list(counted.rows["school_code"]) == ["m"]


def test_a_campus_with_a_blank_number_of_pupils_is_not_taken_for_empty() -> None:
    found = values(school("m"), ground("m", primary_enrolment=BLANK))
    assert found["m", PRIMARY, "sports_area"] == 11


def test_a_campus_of_another_year_adds_nothing() -> None:
    rows = (school("m"), school("m", school_year=YEAR - 1), ground("m", school_year=YEAR - 1))
    frame = compute_indicators(tables_of(*rows), regime_2017())
    areas = frame[frame["indicator"] == "sports_area"].set_index("year")["value"]
    assert areas.to_dict() == {YEAR: 11, YEAR - 1: 13.002}


def test_the_county_is_assessed_and_a_note_says_what_was_added_to_which_school(tmp_path: Path) -> None:
    path = write_county(
        tmp_path / "某县.xlsx", school("0001"), school("0002"), ground("0001", "0003"), *juniors()
    )
    county = open_assessment(path, regime="quality_balance_2017")
    (note,) = [issue for issue in county.issues if issue.code == "empty_campus_joined"]
    assert (note.severity, note.school_code) == (Severity.NOTE, "0003")
    assert "运动场地面积200.2" in note.found
    assert "已并入主校模拟学校0001（0001）计算" in note.remedy
    row = row_of(county.indicators, school_code="0001", indicator="sports_area")
    assert row["amount"] == 1300.2
    headroom = Diagnosis(county).headroom
    assert set(headroom["school_code"]) == {"0001", "0002", "j1", "j2"}


# --- who runs a school (2012) --------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["1", "3", "5", "9"])
def test_schools_not_run_by_the_county_are_left_out_of_2012_and_named(code: str) -> None:
    rows = (school("s", sponsor_type=code), school("a"), school("b"))
    assert {key[0] for key in values(*rows, regime=regime_2012())} == {"a", "b"}
    excluded = worded_frame(excluded_schools(tables_of(*rows), regime_2012()))
    assert excluded[["school_code", "reason"]].to_numpy().tolist() == [["s", "举办者不是县级及以下"]]
    assert {key[0] for key in values(*rows)} == {"s", "a", "b"}  # 2017 counts them


@pytest.mark.parametrize("code", ["2", "4", "6", "7", "8"])
def test_schools_of_the_other_public_sponsors_stay_in(code: str) -> None:
    rows = (school("s", sponsor_type=code), school("a"))
    assert {key[0] for key in values(*rows, regime=regime_2012())} == {"s", "a"}
    assert worded_frame(excluded_schools(tables_of(*rows), regime_2012())).empty


def test_a_private_school_keeps_its_own_reason() -> None:
    rows = (school("s", sponsor_type="10"), school("a"))
    assert list(worded_frame(excluded_schools(tables_of(*rows), regime_2012()))["reason"]) == [
        "举办者类型不在评估范围内"
    ]
    assert {key[0] for key in values(*rows, regime=regime_2012())} == {"a"}


def test_a_campus_goes_by_the_sponsor_of_its_main_school() -> None:
    campus = school("k", counted_as_school=False, main_school_code="m", sponsor_type="5")
    found = values(school("m"), campus, school("a"), regime=regime_2012())
    assert {key[0] for key in found} == {"m", "a"}
    assert None not in found.values()


def test_a_blank_sponsor_leaves_the_coefficients_of_its_stage_open_and_no_other() -> None:
    rows = (school("s", sponsor_type=None), school("a"), school("b"), *juniors())
    county = assess(*rows, regime=regime_2012())
    for row in county.coefficients.to_dict("records"):
        if row["stage"] == PRIMARY:
            assert row["outcome"] == "not_assessable" or row["limit"] != row["limit"]
            assert row["cv"] != row["cv"]
        else:
            assert row["reason"] == ""
    books = row_of(county.coefficients, stage=PRIMARY, indicator="books")
    assert books["reason"] == "1所学校未填举办者类型，无法确定是否属于评估范围，请补填该列"
    assert (books["n_schools"], books["n_missing"]) == (3, 1)
    assert county.outcome == "not_assessable"
    own = row_of(county.indicators, school_code="s", indicator="books")
    assert own["missing"] == "sponsor_type"


def test_a_blank_sponsor_is_a_question_that_names_its_cells_under_2012_only(tmp_path: Path) -> None:
    rows = (school("0001", sponsor_type=None), school("0002"), school("0003", sponsor_type=None), *juniors())
    path = write_county(tmp_path / "某县.xlsx", *rows)
    found = open_assessment(path, regime="basic_balance_2012").issues
    (issue,) = [one for one in found if one.code == "blank_sponsor"]
    assert (issue.severity, issue.place.cell, issue.column) == (Severity.SOFT, "G2", "举办者类型")
    assert issue.found == f"{YEAR}学年2所学校未填：模拟学校0001（G2）、模拟学校0003（G4）"
    assert issue.division_code == CODE
    assert "blank_sponsor" not in {
        one.code for one in open_assessment(path, regime="quality_balance_2017").issues
    }


def test_without_the_column_the_sentence_asks_for_it() -> None:
    county = assess(*(school(code, sponsor_type=None) for code in ("a", "b")), regime=regime_2012())
    reason = row_of(county.coefficients, indicator="books")["reason"]
    assert reason == "各校未填举办者类型，无法确定是否属于评估范围，请补填该列"


def test_a_private_school_without_code_stays_out_and_open_questions_need_pupils() -> None:
    rows = (school("s", sponsor_type=None, primary_enrolment=0), school("a"), school("b"))
    county = assess(*rows, regime=regime_2012())
    assert row_of(county.coefficients, indicator="books")["reason"] == ""
    assert "blank_sponsor" not in {issue.code for issue in county.issues}


def test_a_blank_sponsor_says_nothing_about_the_items_of_2017() -> None:
    county = assess(school("s", sponsor_type=None), school("a"), *juniors())
    assert row_of(county.coefficients, stage=PRIMARY, indicator="sports_area")["reason"] == ""


@pytest.mark.parametrize("area", [1000.5, 1000.1234567], ids=["few decimals", "more than six decimals"])
def test_a_merged_school_has_the_exact_value_however_many_decimals_a_campus_filed(area: float) -> None:
    """480 pupils at each of two sites: the area of both ÷ 960."""
    rooms = {"teaching_and_auxiliary_area_m2": 2000.0, "indoor_sports_area_m2": 0.0}
    away = {**rooms, "counted_as_school": False, "main_school_code": "P1"}
    away["teaching_and_auxiliary_area_m2"] = area
    filed = pd.DataFrame([primary(**rooms), primary("P3", **away), primary("P2", **rooms)])
    blocks = stage_columns(count_schools(filed, regime()), Stage.PRIMARY)
    block = next(one for one in blocks if one.indicator.id == "teaching_area")
    assert block.exact_at(0) == (as_filed(area) + 2000) / 960
    assert (0 in block.odd) == (area != 1000.5)
