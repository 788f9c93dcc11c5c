"""The problem list: every failing value of a school part, what is lacking, whose task it is, which school is worst.

Birth certificates: 0.9 PE and arts teachers per 100 pupils, 7.5 m² of sports grounds (2017 regime, B3, B5), 85 % of a limit
for one of seven indicators; school sizes 2000, classes 45 (B11, B12). The rest is arithmetic by hand.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.door import open_assessment
from balance_analysis.explain.problems import blank_schools, county_problems, problem_list, worst_first
from tests.county_tables import SAMPLE, assess, juniors, regime_2012, row_of, school

TASKS = pd.DataFrame(
    {"item": ["B5"], "responsible_offices": ["区财政局"], "deadline": [pd.Timestamp(2022, 8, 31)]}
)


@pytest.fixture(scope="module")
def bagongshan() -> CountyAssessment:
    """Resources met, one music and one art room short, two classes too large (data/sample/settings.py)."""
    return open_assessment(SAMPLE / "八公山区.xlsx", regime="quality_balance_2017")


def problems_of(*rows: dict[str, Any]) -> pd.DataFrame:
    return problem_list(assess(*rows, *juniors()))


def test_a_school_below_two_limits_has_a_row_for_each_with_what_it_lacks() -> None:
    found = problems_of(
        school("1", primary_pe_teachers=0, primary_music_teachers=0.8, sports_ground_area_m2=500), school("2")
    )
    teachers = row_of(found, item="B3")
    assert (teachers["shortfall"], teachers["unit"], teachers["outcome"]) == (1.0, "人", "not_met")
    ground = row_of(found, item="B5")  # (500 + 100) / 100 pupils = 6 m², 1.5 m² short for each of 100
    assert (ground["value"], ground["limit"], ground["shortfall"]) == (6.0, 7.5, 150.0)
    assert ground["relative_shortfall"] == pytest.approx(0.2)


def test_the_same_shortfall_is_tolerated_at_a_school_that_passes_and_fails_at_one_that_does_not() -> None:
    alone = problems_of(school("1", sports_ground_area_m2=600), school("2"))  # 7.0 ≥ 85 % of 7.5
    assert alone[["tolerated", "outcome"]].to_numpy().tolist() == [[True, "tolerable"]]
    both = problems_of(school("1", sports_ground_area_m2=600, multimedia_classrooms=2), school("2"))
    assert set(both["outcome"]) == {"not_met"}
    assert not both["tolerated"].any()


def test_a_shortfall_whose_school_is_open_is_neither_failing_nor_tolerated() -> None:
    found = problems_of(
        school("1", sports_ground_area_m2=600, multimedia_classrooms=float("nan")), school("2")
    )
    assert found[["item", "outcome"]].to_numpy().tolist() == [["B5", "not_assessable"]]
    assert worst_first(found).empty


def test_rooms_and_classes_stand_beside_the_resources(bagongshan: CountyAssessment) -> None:
    found = problem_list(bagongshan)
    failing = found[found["outcome"] == "not_met"]
    assert failing[["school_name", "item", "indicator", "shortfall", "unit"]].to_numpy().tolist() == [
        ["八公山区模拟第二中学", "B10", "music_rooms", 1.0, "间"],
        ["八公山区模拟第二中学", "B10", "art_rooms", 1.0, "间"],
        ["八公山区模拟第一小学", "B12", "oversize_classes", 2.0, "个"],
    ]
    assert set(found.loc[found["tolerated"], "item"]) == {"B5"}


def test_office_and_date_are_those_of_the_task_on_the_item_and_empty_without_one(
    bagongshan: CountyAssessment,
) -> None:
    found = problem_list(bagongshan, TASKS)
    grounds, rooms = found[found["item"] == "B5"], found[found["item"] == "B10"]
    assert set(grounds["office"]) == {"区财政局"}
    assert set(grounds["deadline"].dt.date) == {date(2022, 8, 31)}
    assert set(rooms["office"]) == {""}
    assert rooms["deadline"].isna().all()
    assert set(problem_list(bagongshan)["office"]) == {""}


@pytest.mark.parametrize(
    ("rows", "order"),
    [
        ([("a", "B3", 0.1), ("a", "B4", 0.1), ("b", "B3", 0.9)], ["a", "b"]),  # more items first
        ([("a", "B3", 0.1), ("b", "B3", 0.9)], ["b", "a"]),  # of equally many the larger shortfall
        ([("a", "B3", 0.3), ("a", "B3", 0.2), ("b", "B4", 0.4)], ["b", "a"]),  # an item at both stages counts once
        ([("a", "B3", 0.5), ("b", "B3", 0.5)], ["a", "b"]),  # equals keep their order
    ],
)  # fmt: skip
def test_the_worst_school_has_most_failing_items_then_the_largest_relative_shortfall(
    rows: list[tuple[str, str, float]], order: list[str]
) -> None:
    frame = pd.DataFrame(rows, columns=["school_code", "item", "relative_shortfall"])
    frame = frame.assign(school_name=frame["school_code"], outcome="not_met")
    assert list(worst_first(frame)["school_code"]) == order


def test_tolerated_values_make_no_school_worse() -> None:
    frame = pd.DataFrame(
        {"school_code": ["a", "b"], "school_name": ["a", "b"], "item": "B3", "relative_shortfall": [0.1, 0.05],
         "outcome": ["tolerable", "not_met"]}
    )  # fmt: skip
    assert list(worst_first(frame)["school_code"]) == ["b"]


def test_a_coefficient_above_its_limit_is_a_problem_of_the_county() -> None:
    county = assess(
        school("1", primary_backbone_teachers=1), school("2", primary_backbone_teachers=5), *juniors()
    )
    over = row_of(county_problems(county), indicator="backbone_teachers")  # values 1 and 5, CV = 2/3
    assert (over["stage"], over["item"], over["limit"]) == ("primary", "B2", 0.5)
    assert over["value"] == pytest.approx(2 / 3)


def test_an_item_that_fails_without_a_school_behind_it_is_a_problem_of_the_county() -> None:
    xiangfen = open_assessment(SAMPLE / "襄汾县.xlsx", regime="quality_balance_2017")
    found = county_problems(xiangfen)
    items = found[found["indicator"] == ""]
    assert list(items["item"]) == ["B31", "E1"]
    assert items["office"].iloc[1] == "教育督导室"  # the evidence names it


def test_blanks_that_leave_an_item_open_are_listed_and_those_of_mere_checks_are_not() -> None:
    county = assess(school("1"), school("2"), *juniors())
    checks = set(county.items.loc[county.items["kind"] == "check", "item"])
    found = set(blank_schools(county)["item"])
    assert "B10" in found
    assert not found & checks


def test_a_law_without_school_limits_lists_no_school() -> None:
    county = assess(school("1", sports_ground_area_m2=0), school("2"), *juniors(), regime=regime_2012())
    assert problem_list(county).empty
