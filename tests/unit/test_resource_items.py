"""B1–B7 as items: coefficient at both stages and no school below the limit, save its single tolerated shortfall.

Rule: regulation §3.2 (an item is met when its coefficient holds at both stages and no school is below the limit, save
where it is that school's single tolerated shortfall). Limits of 2017: PE and arts teachers 0.9 per 100, 85 % of it
0.765; teaching area 4.5 m² primary, 85 % of it 3.825.
"""

from __future__ import annotations

from typing import Any

import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.verdicts.resource_items import judge_resource_items, resource_item_schools
from balance_analysis.words import tell
from tests.county_tables import BLANK, assess, regime_2012, row_of, school


def judged(*rows: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return judged_county(assess(*rows))


def judged_county(county: CountyAssessment) -> dict[str, tuple[str, str]]:
    indicators, schools, coefficients = (
        county.current(name) for name in ("indicators", "schools", "coefficients")
    )
    found = judge_resource_items(indicators, schools, coefficients, county.regime)
    return {item: (outcome, tell(said)) for item, (outcome, said) in found.items()}


def county_with(**varied: Any) -> list[dict[str, Any]]:
    """Three primary and two junior schools that meet everything; the first is varied."""
    juniors = [school(code, "junior_secondary_school") for code in ("0004", "0005")]
    return [school("0001", **varied), school("0002"), school("0003"), *juniors]


# Teaching area per pupil of a school of 100: (filed − 100 m² indoor sports) ÷ 100.
AREA = {"at the limit": 550, "at the floor": 482.5, "below the floor": 482.4}


def test_all_seven_items_are_met_where_everything_holds() -> None:
    assert {item: outcome for item, (outcome, _) in judged(*county_with()).items()} == {
        f"B{number}": "met" for number in range(1, 8)
    }


@pytest.mark.parametrize(
    ("area", "outcome"),
    [(AREA["at the limit"], "met"), (AREA["at the floor"], "met"), (AREA["below the floor"], "not_met")],
)
def test_a_single_shortfall_is_excused_down_to_85_percent_and_not_below(area: float, outcome: str) -> None:
    assert judged(*county_with(teaching_and_auxiliary_area_m2=area))["B4"][0] == outcome


def test_the_sentence_says_that_a_shortfall_was_excused() -> None:
    detail = judged(*county_with(teaching_and_auxiliary_area_m2=AREA["at the floor"]))["B4"][1]
    assert "小学1所低于标准值，属于允许的单项余项" in detail


def test_two_shortfalls_of_one_school_are_excused_for_neither_item() -> None:
    """Sports area 7.5 m²: 100 m² indoor + 600 m² ground = 7.0 is above 6.375 and below 7.5."""
    found = judged(
        *county_with(teaching_and_auxiliary_area_m2=AREA["at the floor"], sports_ground_area_m2=600)
    )
    assert (found["B4"][0], found["B5"][0]) == ("not_met", "not_met")


def test_a_tolerable_shortfall_beside_one_below_the_floor_is_not_single() -> None:
    found = judged(*county_with(teaching_and_auxiliary_area_m2=AREA["at the floor"], multimedia_classrooms=0))
    assert (found["B4"][0], found["B7"][0]) == ("not_met", "not_met")


def test_a_missing_figure_leaves_its_own_item_open_and_the_others_judged() -> None:
    found = judged(*county_with(multimedia_classrooms=BLANK))
    assert found["B7"][0] == "not_assessable"
    assert found["B4"][0] == "met"
    assert "无法判定（小学1所）" in found["B7"][1]


def test_a_shortfall_is_neither_excused_nor_condemned_while_another_figure_of_the_school_is_missing() -> None:
    found = judged(
        *county_with(teaching_and_auxiliary_area_m2=AREA["at the floor"], multimedia_classrooms=BLANK)
    )
    assert found["B4"][0] == "not_assessable"


def test_one_certain_failure_decides_though_another_school_is_unknown() -> None:
    rows = county_with(multimedia_classrooms=0)
    rows[1]["multimedia_classrooms"] = BLANK
    assert judged(*rows)["B7"][0] == "not_met"


def test_a_coefficient_above_its_limit_fails_the_item_though_every_school_is_above_the_standard() -> None:
    """10 000 m² against 1 100 at two equal schools: CV of 100, 11, 11 is about 1.03 > 0.50."""
    found = judged(*county_with(sports_ground_area_m2=10000))
    assert found["B5"][0] == "not_met"
    assert "小学差异系数不达标（限值0.50）" in found["B5"][1]
    assert "学校不达标" not in found["B5"][1]


def test_a_stage_with_a_single_school_leaves_every_item_open() -> None:
    found = judged(school("0001"), school("0002"), school("0003", "junior_secondary_school"))
    assert {outcome for outcome, _ in found.values()} == {"not_assessable"}
    assert "只有一所学校" in found["B1"][1]


def test_a_coefficient_just_above_its_limit_is_not_printed_as_the_limit() -> None:
    """Two equal schools with a and b have CV = |a − b| ÷ (a + b): 15001 and 5000 m² give 0.500025, above 0.50."""
    rows = county_with()[:2] + county_with()[3:]
    for row, ground in zip(rows, (15001, 5000), strict=False):
        row["sports_ground_area_m2"], row["indoor_sports_area_m2"] = ground, 0
    outcome, detail = judged(*rows)["B5"]
    assert outcome == "not_met"
    assert "0.50002" in detail


def test_a_coefficient_exactly_at_its_limit_is_met() -> None:
    """15000 and 5000 m² at two equal schools: CV = 10000 ÷ 20000 = 0.50."""
    rows = county_with()[:2] + county_with()[3:]
    for row, ground in zip(rows, (15000, 5000), strict=False):
        row["sports_ground_area_m2"], row["indoor_sports_area_m2"] = ground, 0
    outcome, detail = judged(*rows)["B5"]
    assert outcome == "met"
    assert "差异系数为0.500；" in detail


def test_the_schools_behind_an_item_are_listed_once_by_stage() -> None:
    county = assess(*county_with(multimedia_classrooms=0))
    rows = resource_item_schools(county.current("indicators"), county.current("schools"), county.regime)
    assert row_of(rows, item="B7", school_code="0001")["outcome"] == "not_met"
    assert len(rows) == 7 * 5


def test_a_regime_without_resource_items_gives_none() -> None:
    assert judged_county(assess(*county_with(), regime=regime_2012())) == {}


def test_frames_of_two_years_are_refused() -> None:
    rows = [*county_with(), *(row | {"school_year": 2019} for row in county_with())]
    county = assess(*rows)
    with pytest.raises(ValueError, match="one county and one year"):
        judge_resource_items(county.indicators, county.schools, county.coefficients, county.regime)
