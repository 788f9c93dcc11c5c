"""The diagnosis: which coefficients first, which cell turns a verdict, and frames that follow the chosen year."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from balance_analysis.assessment import CountyAssessment
from balance_analysis.counties import check_counties
from balance_analysis.door import open_assessment
from balance_analysis.explain.diagnosis import FRAMES, Diagnosis
from balance_analysis.explain.plausibility import BUNCHING
from balance_analysis.explain.projection import (
    forecast_intervals,
    project_series,
)
from balance_analysis.explain.school_places import school_places
from balance_analysis.measures.items import measures_of
from balance_analysis.measures.items.context import build_context
from balance_analysis.terms import Severity
from tests.county_tables import (
    BLANK,
    SAMPLE,
    YEAR,
    assess,
    records,
    regime_2012,
    row_of,
    school,
    tables_of,
    write_county,
)
from tests.projected import projected

HUANTAI = SAMPLE / "桓台县.xlsx"


@pytest.fixture(scope="module")
def huantai() -> CountyAssessment:
    return open_assessment(HUANTAI, regime="quality_balance_2017", target_year=2020)


@pytest.fixture(scope="module")
def diagnosis(huantai: CountyAssessment) -> Diagnosis:
    return Diagnosis(huantai)


# --- which coefficients first ---------------------------------------------------------------------------


def test_failing_coefficients_come_first_and_the_worst_share_of_the_limit_before_the_others(
    diagnosis: Diagnosis,
) -> None:
    """The four figures are Huantai's own, printed in its plan (annex 1): 0.769, 0.5046, 0.674."""
    found = [
        (row["stage"], row["indicator"], round(row["cv"], 4), row["standing"])
        for row in records(diagnosis.focus)
    ]
    assert found == [
        ("primary", "sports_area", 0.769, "failing"),
        ("primary", "pe_arts_teachers", 0.5046, "failing"),
        ("junior_secondary", "sports_area", 0.674, "failing"),
    ]


def test_where_no_coefficient_fails_the_one_nearest_to_its_limit_is_looked_at() -> None:
    county = assess(school("0001"), school("0002", books=9000), school("0003", multimedia_classrooms=5))
    (row,) = records(Diagnosis(county).focus)
    assert (row["indicator"], row["standing"]) == ("multimedia_classrooms", "nearest")


def test_where_single_coefficients_have_no_limit_the_largest_is_looked_at() -> None:
    county = assess(school("0001"), school("0002", books=9000), regime=regime_2012())
    (row,) = records(Diagnosis(county).focus)
    assert (row["indicator"], row["standing"]) == ("books", "largest")
    assert pd.isna(row["limit"])


def test_a_county_with_blanks_everywhere_has_nothing_to_look_at_and_every_frame_still_exists() -> None:
    blank: dict[str, Any] = dict.fromkeys(
        [name for name, value in school().items() if isinstance(value, int) and "school" not in name], BLANK
    )
    empty = Diagnosis(
        assess(
            school("0001", **blank | {"primary_enrolment": 100}),
            school("0002", **blank | {"primary_enrolment": 90}),
            target_year=YEAR + 3,
        )
    )
    assert empty.focus.empty
    assert empty.known.empty
    assert set(empty.frames()) == set(FRAMES)
    assert set(empty.turning["outcome"]) == {"not_assessable"}
    assert set(empty.turning["subject"]) == {"school"}


def test_every_frame_can_be_made_under_the_regime_without_school_limits() -> None:
    rows = [school(code, school_year=year) for code in ("0001", "0002") for year in (YEAR - 1, YEAR)]
    frames = Diagnosis(assess(*rows, regime=regime_2012(), target_year=YEAR + 2)).frames()
    assert list(frames) == list(FRAMES)
    assert frames["headroom"].empty


# --- the cell that turns a verdict ----------------------------------------------------------------------


def test_every_address_points_to_the_very_figure_that_was_filed(diagnosis: Diagnosis) -> None:
    """Read back with another reader (openpyxl) than the one that filled the tables (calamine)."""
    book = openpyxl.load_workbook(HUANTAI, read_only=False, data_only=True)
    known = diagnosis.turning[diagnosis.turning["address"] != ""]
    assert len(known) > 20
    for row in records(known):
        sheet, cell = row["address"].split("!")
        assert book[sheet][cell].value == pytest.approx(row["filed"], abs=1e-9), row["address"]


def large(code: str, pe: int, music: int) -> dict[str, Any]:
    """A school of 2223 pupils with 18 PE and arts teachers: 0.81 per 100 is tolerable, with 17 it is not."""
    ample: dict[str, Any] = {
        name: 99_000 for name in ("teaching_and_auxiliary_area_m2", "sports_ground_area_m2")
    }
    return school(
        code,
        primary_enrolment=2223,
        primary_pe_teachers=pe,
        primary_music_teachers=music,
        primary_teachers_bachelor=200,
        primary_full_time_teachers=220,
        primary_backbone_teachers=90,
        teaching_equipment_value_wan_cny=2000,
        multimedia_classrooms=200,
        **ample,
    )


def test_each_of_the_columns_that_are_added_up_is_a_cell_of_its_own(tmp_path: Path) -> None:
    """One of 9 teachers is 11 % of a cell, one of 18 is 5.6 %, and 2354 pupils (5.9 % more) are too many for 18."""
    file = write_county(tmp_path / "模拟县.xlsx", large("0001", 9, 9), large("0002", 18, 0))
    turning = Diagnosis(open_assessment(file, regime="quality_balance_2017")).turning
    found = turning[turning["subject"] == "school"].set_index("school_code")
    assert list(found["indicator"]) == ["pe_arts_teachers"] * 2
    assert dict(found["field"]) == {"0001": "primary_enrolment", "0002": "primary_pe_teachers"}
    assert dict(found["changed_to"]) == {"0001": 2353, "0002": 17}
    for row in records(found):
        sheet, cell = str(row["address"]).split("!")
        assert openpyxl.load_workbook(file)[sheet][cell].value == row["filed"]


def test_a_cell_of_a_campus_has_the_address_of_its_own_row(tmp_path: Path) -> None:
    """Read back with openpyxl: the figures of a merged school's verdicts stand in the rows of its campuses."""
    campus = school("0009", counted_as_school=False, main_school_code="0001", primary_backbone_teachers=0)
    file = write_county(
        tmp_path / "模拟县.xlsx",
        school("0001", primary_enrolment=99),
        campus,
        school("0002", primary_enrolment=90),
    )
    turning = Diagnosis(open_assessment(file, regime="quality_balance_2017")).turning
    rows = turning[turning["school_code"] == "0001"]
    assert len(rows) > 0
    for row in records(rows):
        sheet, cell = str(row["address"]).split("!")
        assert openpyxl.load_workbook(file)[sheet][cell].value == row["filed"]


# --- years and sums -----------------------------------------------------------------------------------------


def test_another_year_of_the_same_assessment_is_what_assessing_that_year_alone_gives(
    huantai: CountyAssessment,
) -> None:
    alone = open_assessment(HUANTAI, regime="quality_balance_2017", year=2016, on=huantai.regime.on)
    cut = Diagnosis(replace(huantai, year=2016))
    for name in ("influence", "levels", "headroom", "single_remedies", "below_limit"):
        assert_frame_equal(getattr(cut, name), getattr(Diagnosis(alone), name), check_exact=True)


def test_the_levels_of_every_coefficient_sum_to_the_whole(diagnosis: Diagnosis) -> None:
    parts = diagnosis.levels[diagnosis.levels["grouping"] != "total"]
    sums = parts.groupby(["stage", "indicator"])["share"].sum()
    assert len(sums) == 14
    assert (sums - 1).abs().max() < 1e-12


# --- the band around a forecast --------------------------------------------------------------------------------


def series(values: list[float], limit: float = 0.5) -> pd.DataFrame:
    years = range(2015, 2015 + len(values))
    return pd.DataFrame(
        {
            "stage": "primary",
            "indicator": "books",
            "measure": "cv",
            "year": list(years),
            "value": values,
            "limit": limit,
            "relation": "at_most",
        }
    )


def test_a_limit_at_the_upper_edge_of_the_band_is_held_with_the_probability_of_that_edge() -> None:
    """The identity behind the picture: a two-sided 90 % band leaves 5 % above its upper edge."""
    values = [0.60, 0.57, 0.58, 0.55, 0.53, 0.54, 0.50]
    band = forecast_intervals(project_series(series(values), target_year=2024), ["stage"], level=0.9)
    assert list(band["year"]) == [2022, 2023, 2024]
    edge = projected(series(values, limit=band["high"].iloc[-1]), target_year=2024).iloc[0]
    assert edge["probability"] == pytest.approx(0.95, abs=1e-12)
    assert edge["forecast"] == band["centre"].iloc[-1]


def test_the_band_widens_with_the_years_and_is_cut_off_at_what_the_measure_can_be() -> None:
    values = [0.30, 0.02, 0.25, 0.05, 0.22, 0.03]
    band = forecast_intervals(project_series(series(values), target_year=2026), ["stage"], level=0.9)
    width = band["high"] - band["centre"]
    assert width.is_monotonic_increasing
    assert (band["low"] == 0).any()
    assert (band["low"] >= 0).all()


@pytest.mark.parametrize(
    ("values", "target_year"),
    [
        ([0.6, 0.5, 0.4], 2020),
        ([0.6, 0.55, 0.52, 0.5, 0.49, 0.47], 2020),
        ([BLANK, BLANK], 2020),
        ([0.6, 0.55, 0.52, 0.5, 0.49, BLANK], 2023),
    ],
    ids=[
        "three years are too few",
        "the target year has come",
        "no figure at all",
        "the newest year is blank",
    ],
)
def test_there_is_no_band_where_nothing_could_back_it(values: list[float], target_year: int) -> None:
    found = project_series(series(values), target_year=target_year)
    assert forecast_intervals(found, ["stage"], level=0.9).empty


def test_sites_are_looked_at_without_a_minimum_and_with_those_of_fifty_and_a_hundred(
    diagnosis: Diagnosis,
) -> None:
    assert sorted(set(diagnosis.site_sizes["minimum"])) == [0, 50, 100]


def test_without_a_target_year_there_is_no_projection_and_no_band(huantai: CountyAssessment) -> None:
    open_end = Diagnosis(replace(huantai, target_year=None))
    assert open_end.projection.empty
    assert open_end.intervals.empty
    assert open_end.joint.empty


def test_the_cut_offs_of_the_course_are_those_of_the_projection(diagnosis: Diagnosis) -> None:
    row = row_of(diagnosis.projection, stage="primary", indicator="pe_arts_teachers", measure="cv")
    assert row["n_origins"] < diagnosis.cut_offs.minimum_origins
    assert row["reason"] == "too_few_years"


# --- size rules and screening -----------------------------------------------------------------------------------


def test_the_places_of_a_school_follow_the_size_rules_by_type_and_stage_with_its_campuses() -> None:
    """B11: 2,000 pupils, 2,500 in a nine-year school; B12: 45 and 50 pupils per class (2017 regime)."""
    campus = school("0009", counted_as_school=False, main_school_code="0001", primary_classes=2)
    both = school("0002", "nine_year", primary_classes=3, junior_secondary_classes=4, largest_class_size=44)
    rows = [
        school("0001", primary_classes=3, largest_class_size=41),
        campus | {"largest_class_size": 52},
        both,
    ]
    county = assess(*rows)
    places = school_places(county.tables.schools, county.regime, YEAR)
    assert places is not None
    limits = {
        (row["school_code"], row["stage"]): (row["size_limit"], row["class_limit"]) for row in records(places)
    }
    assert limits == {
        ("0001", "primary"): (2000, 45),
        ("0002", "primary"): (2500, 45),
        ("0001", "junior_secondary"): (2000, 50),
        ("0002", "junior_secondary"): (2500, 50),
    }
    main = row_of(places, school_code="0001", stage="primary")
    assert (main["size_pupils"], main["classes"], main["largest_class"]) == (200, 5, 52)
    several = row_of(places, school_code="0002", stage="junior_secondary")
    assert (several["size_pupils"], several["classes"], several["largest_class"]) == (200, 4, 44)
    assert school_places(county.tables.schools, regime_2012(), YEAR) is None


def test_the_places_of_a_school_are_those_that_its_size_is_judged_by() -> None:
    """A campus is not asked of a stage that it does not have; pupils of a stage that is not counted take no place."""
    rows = [
        school("0001", "nine_year", primary_classes=3, junior_secondary_classes=4),
        school("0009", counted_as_school=False, main_school_code="0001", primary_classes=2),
        school(
            "0002", "complete_secondary", primary_enrolment=150, primary_classes=3, junior_secondary_classes=5
        ),
    ]
    county = assess(*rows)
    places = school_places(county.tables.schools, county.regime, YEAR)
    assert places is not None
    assert row_of(places, school_code="0001", stage="junior_secondary")["classes"] == 4
    context = build_context(
        county.tables.schools, county.tables.counties, county.tables.evidence, county.regime, year=YEAR
    )
    item = county.regime.item_of("school_size")
    assert item is not None
    judged = measures_of(item, context).schools
    assert judged is not None
    pupils = {code: float(judged.exact.at(row) or 0) for row, code in enumerate(judged.school_code)}
    assert dict(zip(places["school_code"], places["size_pupils"], strict=True)) == pupils
    assert pupils["0002"] == school("0002", "complete_secondary")["junior_secondary_enrolment"]


@pytest.mark.parametrize("year", [2015, 2016, YEAR])
def test_check_looks_at_figures_by_the_law_of_their_year(year: int) -> None:
    """Thirty schools at exactly 4.2 qualified teachers per hundred pupils, a limit from April 2017 on: chance 0.6³⁰ in an honest county."""
    at_limit: dict[str, Any] = {
        "primary_enrolment": 500,
        "primary_teachers_bachelor": 21,
        "school_year": year,
    }
    tables = tables_of(*(school(f"{number:04d}", **at_limit) for number in range(30)))
    found, regimes = check_counties(tables)
    asked = [issue.column for issue in found if issue.code == BUNCHING]
    named, _ = check_counties(tables, regime="quality_balance_2017")
    if year < 2016:
        assert (asked, regimes) == ([], ("basic_balance_2012",))
        assert [issue.code for issue in named if issue.severity is Severity.HARD] == ["not_assessable"]
    else:
        assert (asked, regimes) == (["above_standard_qualified_teachers"], ("quality_balance_2017",))
        assert named == found


# --- the county as a whole -------------------------------------------------------------------------------------


def county_of(years: int, *, blank: str = "") -> Diagnosis:
    """Two schools a year that meet everything; ``blank`` is a field of the second one, empty in the newest year."""
    rows = [
        school(code, school_year=YEAR - back, multimedia_classrooms=3 + (back + place) % 2)
        for back in range(years)
        for place, code in enumerate(("1", "2"))
    ]
    if blank:
        rows[1][blank] = BLANK
    return Diagnosis(assess(*rows, target_year=YEAR + 2))


def test_the_joint_probability_of_the_county_waits_for_the_stage_that_is_not_there() -> None:
    """Primary schools only: their coefficients have a joint probability, the county of two stages has none."""
    joint = county_of(6).joint
    coefficients = row_of(joint, subject="coefficients", stage="primary")
    assert (coefficients["n_series"], coefficients["n_stated"], coefficients["reason"]) == (7, 7, "")
    assert 0.9 < coefficients["probability"] <= coefficients["lowest_single"]
    schools = row_of(joint, subject="schools", stage="primary")
    assert (schools["n_series"], schools["probability"]) == (1, schools["lowest_single"])
    county = row_of(joint, subject="county")
    assert (county["reason"], county["n_series"]) == ("no_school", 8)
    assert pd.isna(county["probability"])


def test_a_blank_in_the_newest_year_leaves_the_joint_probability_open() -> None:
    diagnosis = county_of(6, blank="sports_ground_area_m2")
    sports = row_of(diagnosis.projection, indicator="sports_area", measure="cv")
    assert sports["reason"] == "newest_year_blank"
    row = row_of(diagnosis.joint, subject="coefficients", stage="primary")
    assert (row["n_series"], row["n_stated"], row["reason"]) == (7, 6, "newest_year_blank")
    assert pd.isna(row["probability"])
    share = row_of(diagnosis.projection, indicator="all", measure="schools_met_share")
    assert share["reason"] == "newest_year_blank"
    assert "pe_arts_teachers" in set(diagnosis.intervals["indicator"])
