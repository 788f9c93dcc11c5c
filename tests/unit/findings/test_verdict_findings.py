"""The verdict as sentences, on both sides of every boundary."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.door import open_assessment
from balance_analysis.findings import CATALOGUE, Case, target, verdict
from balance_analysis.words import tell
from tests.county_tables import (
    BLANK,
    IN_ANSHAN,
    SAMPLE,
    YEAR,
    assess,
    juniors,
    regime_2012,
    regime_2017,
    school,
)


def said(county: CountyAssessment) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in CATALOGUE.settle(verdict.find(Case(county)), overall=county.overall_outcome):
        found.setdefault(one.id, []).append(tell(one))
    return found


def spread(backbone: tuple[float, float]) -> CountyAssessment:
    rows = (
        school(str(number), primary_enrolment=5000, primary_backbone_teachers=each)
        for number, each in enumerate(backbone)
    )
    return assess(*rows, *juniors())


@pytest.fixture(scope="module")
def met() -> CountyAssessment:
    return open_assessment(SAMPLE / "桓台县.xlsx", year=2017, regime="basic_balance_2012")


@pytest.fixture(scope="module")
def bagongshan() -> CountyAssessment:
    return open_assessment(SAMPLE / "八公山区.xlsx", regime="quality_balance_2017")


def test_a_county_whose_items_are_all_met_is_told_so(met: CountyAssessment) -> None:
    found = said(met)
    assert found["verdict.met"] == ["办法要求的各项全部达标。"]
    assert "verdict.not_met" not in found
    assert found["verdict.coefficients_within"] == [
        "小学综合差异系数0.265（限值0.65），没有超限。",
        "初中综合差异系数0.241（限值0.55），没有超限。",
    ]


def test_a_law_that_judges_no_school_has_no_sentence_on_schools(met: CountyAssessment) -> None:
    text = "".join(one for found in said(met).values() for one in found)
    assert "所学校" not in text
    details = met.current("verdicts")["detail"]
    assert not details.str.contains("各校达标").any()


GROUNDS = "concession_2019_sports_grounds"


def granted(own: float) -> CountyAssessment:
    """A county that is met all in all; its first school has so many m² of sports ground and 900 that are leased, which a concession counts."""
    ground: dict[str, Any] = {
        "sports_ground_area_m2": own,
        "indoor_sports_area_m2": 0,
        "leased_sports_area_m2": 900,
        "other_on_site_sports_area_m2": 0,
    }
    rows = [school("1", central_district_of_large_city=True, **ground), school("2"), *juniors()]
    county = assess(*rows, regime=regime_2017(GROUNDS), target_year=YEAR)
    return replace(
        county, groups=county.groups.assign(outcome="met"), items=county.items.assign(outcome="met")
    )


@pytest.mark.parametrize(("own", "needed"), [(637.4, True), (637.5, False)])
def test_a_county_that_is_met_by_a_dated_concession_alone_is_told_so_wherever_it_is_called_met(
    own: float, needed: bool
) -> None:
    """7.5 m² for each of 100 pupils, of which a passing school may lack 15 % in one indicator: 637.5 m²."""
    case = Case(granted(own))
    whole, aim = tell(verdict.overall(case)), tell(target.answer(case))
    assert whole.startswith("办法要求的各项全部达标")
    assert aim.startswith(f"目标年{YEAR}年已到，评估办法的各项要求均已达到")
    assert ("其中B5 体育场馆靠有期限的宽限条款" in whole) == needed
    assert ("其中B5 体育场馆靠有期限的宽限条款，到期后须重新判定" in aim) == needed


def test_that_all_schools_of_a_stage_are_met_is_said_only_where_the_whole_county_is() -> None:
    county = granted(1000)
    assert said(county)["verdict.schools_met"] == [
        "小学2所学校资源配置全部达标。",
        "初中2所学校资源配置全部达标。",
    ]
    assert "verdict.schools_met" not in said(assess(school("1"), school("2"), *juniors()))


def test_a_failing_county_names_every_item_with_its_name_also_those_that_are_no_resources(
    bagongshan: CountyAssessment,
) -> None:
    found = said(bagongshan)
    assert found["verdict.not_met"] == ["2项未达标：B10 音乐、美术专用教室；B12 班额。"]
    assert found["verdict.only_resources_met"] == [
        "资源配置一项达标不能代替总体结论，总体结论取决于其他项目。"
    ]


def test_nothing_reassuring_is_said_of_resources_while_the_county_as_a_whole_fails(
    bagongshan: CountyAssessment,
) -> None:
    found = said(bagongshan)
    assert bagongshan.outcome == "met"
    assert not {"verdict.met", "verdict.schools_met", "verdict.coefficients_within"} & set(found)
    assert found["verdict.coefficients_nearest"][0].startswith(
        "小学没有超限的差异系数，离限值最近的是小学骨干教师"
    )


def test_an_open_county_is_told_what_is_open_and_not_that_nothing_fails() -> None:
    found = said(assess(school("1"), school("2"), *juniors()))
    (text,) = found["verdict.open"]
    assert text.startswith("现在不能下结论：")
    assert "B8 学校规划布局" in text
    assert "没有发现未达标" not in text
    assert "verdict.only_resources_met" in found  # resources are met, the rest is open


def test_schools_that_fail_are_counted_before_those_that_are_open() -> None:
    rows = [
        school("1"),
        school("2", multimedia_classrooms=1),
        school("3", sports_ground_area_m2=BLANK, multimedia_classrooms=2),
    ]
    assert said(assess(*rows, *juniors()))["verdict.schools_not_met"] == [
        "小学3所学校中1所资源配置未达标，1所无法判定。"
    ]
    open_only = said(assess(rows[0], rows[2], *juniors()))
    assert open_only["verdict.schools_open"] == ["小学2所学校中1所因缺少数据无法判定。"]
    assert "verdict.schools_not_met" not in open_only


def test_coefficients_above_their_limit_stand_worst_first_with_value_and_limit() -> None:
    """Values 1 and 5 per 100: CV 2/3; 4.954 and 15.046: (15.046 − 4.954) / 20 = 0.5046."""
    found = said(spread((1000, 5000)))
    assert found["verdict.coefficients_above"] == [
        "小学1项差异系数超限：小学骨干教师差异系数0.667（限值0.50）。"
    ]
    assert "verdict.rounding_turns" not in found


@pytest.mark.parametrize(
    ("backbone", "words"),
    [
        (
            (4954, 15046),
            ["只有先舍入到两位小数（0.50）再比较才会得出相反结论，取更多位小数结论不变"],
        ),  # 0.5046
        ((4996, 15004), ["只有先舍入到两位或3位小数（0.50、0.500）再比较"]),  # 0.5004
        ((4950, 15050), None),  # 0.505 rounds to 0.51
        ((5000, 15000), None),  # at the limit is met, however it is rounded
        ((5040, 14960), None),  # 0.496 rounds to 0.50, which is still met
    ],
)
def test_it_is_said_which_rounding_alone_would_reverse_a_comparison(
    backbone: tuple[int, int], words: list[str] | None
) -> None:
    found = said(spread(backbone)).get("verdict.rounding_turns")
    if words is None:
        assert found is None
    else:
        assert found is not None
        assert words[0] in found[0]
        assert "判为未达标" in found[0]


def test_the_local_composite_is_told_beside_the_national_reading_that_decides() -> None:
    """One coefficient of 2/3 and six of zero: the mean 0.095 keeps Anshan's 0.50."""
    rows = [school(str(n), primary_backbone_teachers=each) for n, each in enumerate((1, 5))]
    both = [row | {"division_code": IN_ANSHAN} for row in (*rows, *juniors())]
    found = said(assess(*both, regime=regime_2017("anshan")))
    assert found["verdict.composite_differs"] == [
        "小学按地方综合口径为达标，按国家逐项口径为未达标；结论以国家口径为准。"
    ]
    assert found["verdict.composite_agrees"] == ["初中按地方综合口径也为达标，与逐项口径一致。"]


def test_a_law_without_resource_items_names_the_composite_that_fails() -> None:
    rows = [school("1", teaching_computers=0, books=0), school("2", teaching_computers=400, books=40000)]
    rows[0] |= {"sports_ground_area_m2": 0, "indoor_sports_area_m2": 0, "teaching_equipment_value_wan_cny": 0}
    rows[0] |= {"teaching_and_auxiliary_area_m2": 0, "primary_intermediate_title_teachers": 0}
    county = assess(*rows, *juniors(), regime=regime_2012())
    assert county.outcome == "not_met"
    assert said(county)["verdict.not_met"][0].startswith("1项未达标：小学综合差异系数")


def test_a_coefficient_that_cannot_be_computed_is_told_with_its_reason() -> None:
    found = said(assess(school("1"), school("2"), *juniors()[:1]))
    (text,) = found["verdict.coefficients_open"]
    assert text.startswith("初中7项差异系数无法计算（只有一所学校）：")
    blank = said(assess(school("1", sports_ground_area_m2=BLANK), school("2"), *juniors()))
    assert blank["verdict.coefficients_open"] == ["小学1项差异系数无法计算：体育场馆（1所学校缺少数据）。"]
    assert "verdict.coefficients_open" not in said(assess(school("1"), school("2"), *juniors()))
