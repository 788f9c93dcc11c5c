"""Who fails and in what, as sentences: schools by name, items with what is lacking, office and date; data that is missing."""

from __future__ import annotations

from datetime import date

import pytest

from balance_analysis.assessment import CountyAssessment, with_issues
from balance_analysis.door import open_assessment
from balance_analysis.errors import Issue, Place
from balance_analysis.findings import CATALOGUE, Case, concessions, data, problems
from balance_analysis.findings.summary import all_findings, summary
from balance_analysis.terms import Severity
from balance_analysis.words import finding_words, tell
from tests.county_tables import BLANK, SAMPLE, assess, juniors, regime_2012, school

TEACHERS, SIZE = "concession_2019_pe_arts_teachers", "concession_2019_school_size"


def sample(name: str, *overlays: str, year: int | None = None, on: date | None = None) -> CountyAssessment:
    return open_assessment(
        SAMPLE / f"{name}.xlsx", year=year, regime="quality_balance_2017", overlays=overlays, on=on
    )


def texts(case: Case, topic: object, kind: str) -> list[str]:
    found = CATALOGUE.settle(topic.find(case), overall=case.county.overall_outcome)  # type: ignore[attr-defined]
    return [tell(one) for one in found if one.id == kind]


@pytest.fixture(scope="module")
def bagongshan() -> Case:
    return Case(sample("八公山区"))


@pytest.fixture(scope="module")
def xiangfen() -> Case:
    return Case(sample("襄汾县"))


def test_every_failing_item_is_told_with_its_name_what_is_lacking_office_and_date(bagongshan: Case) -> None:
    assert texts(bagongshan, problems, "problems.item") == [
        "B10 音乐、美术专用教室：1所学校未达标，合计缺音乐教室1间、缺美术教室1间；责任单位：区住建局、区教育体育局，期限2021年8月31日。",
        "B12 班额：1所学校未达标，合计超标班级2个；责任单位：区教育体育局，期限2021年8月31日。",
    ]


def test_every_failing_school_is_told_by_name_the_worst_first(bagongshan: Case) -> None:
    assert texts(bagongshan, problems, "problems.school") == [
        "八公山区模拟第一小学（1项）：超标班级2个。",
        "八公山区模拟第二中学（1项）：缺音乐教室1间、缺美术教室1间。",
    ]
    assert texts(bagongshan, problems, "problems.schools") == [
        "2所学校有未达标的项目，未达标项数最多、短缺最大的是八公山区模拟第一小学。"
    ]


@pytest.mark.parametrize(("rooms", "worst"), [(0, "模拟学校0001、模拟学校0002"), (1, "模拟学校0001")])
def test_schools_that_are_equally_bad_are_all_named_as_the_worst(rooms: int, worst: str) -> None:
    poor = [school(code, multimedia_classrooms=n) for code, n in (("0001", 0), ("0002", rooms))]
    (found,) = (
        one for one in problems.find(Case(assess(*poor, school("0003")))) if one.id == "problems.schools"
    )
    assert f"短缺最大的是{worst}。" in tell(found)


def test_what_is_tolerated_is_told_apart_and_short(bagongshan: Case) -> None:
    assert texts(bagongshan, problems, "problems.tolerated") == [
        "另有2个数值低于标准值但不低于其85%，学校仍达标，属容许短板：B5 体育场馆2所。"
    ]
    assert (
        texts(
            Case(assess(school("1"), school("2"), *juniors(), regime=regime_2012())),
            problems,
            "problems.tolerated",
        )
        == []
    )


def test_an_item_without_schools_gives_its_figure_beside_what_is_asked_or_its_evidence(
    xiangfen: Case,
) -> None:
    monitoring, entry = texts(xiangfen, problems, "problems.county_item")
    assert monitoring.startswith("B31 质量监测：校际差异率0.182，要求低于0.15")
    assert entry.startswith("E1 基本均衡认定满三年：佐证结论为不达标，依据为")
    assert entry.count("教育督导室") == 1


def test_what_stages_share_is_told_once_and_the_rest_by_stage() -> None:
    """One ground of 1000 + 100 m² for 200 pupils; both stages need 7.5 m² and 10.2 m², the amount of the campus is told once."""
    whole = {"sports_ground_area_m2": 700, "teaching_and_auxiliary_area_m2": 1400, "multimedia_classrooms": 6}
    county = assess(
        school("9", "nine_year", primary_pe_teachers=0, primary_music_teachers=0, **whole,
               teaching_equipment_value_wan_cny=60),
        school("1"), *juniors(),
    )  # fmt: skip
    (text,) = texts(Case(county), problems, "problems.school")
    assert text.count("体育场馆") == 1
    assert "；小学部分缺体艺教师1人" in text


def test_a_county_without_problems_has_no_sentence_of_them() -> None:
    case = Case(assess(school("1"), school("2"), *juniors()))
    assert [one.id for one in problems.find(case)] == []


def test_money_is_told_in_wan_from_ten_thousand_yuan_on() -> None:
    """2000 yuan for each of 100 pupils; 9.9 wan and 19.5 wan filed: 10.1 wan short, 5000 yuan short."""
    rows = [
        school(str(n), teaching_equipment_value_wan_cny=value, multimedia_classrooms=1)
        for n, value in enumerate((9.9, 19.5))
    ]
    found = texts(Case(assess(*rows, *juniors())), problems, "problems.school")
    assert "缺教学仪器设备10.1万元" in found[0]
    assert "缺教学仪器设备5000元" in found[1]


def test_a_concession_is_named_with_the_failure_it_removed_and_the_coefficient_it_worsened() -> None:
    case = Case(sample("桓台县", TEACHERS, SIZE, year=2017, on=date(2021, 1, 1)))
    removed = texts(case, concessions, "concessions.removed")
    assert (
        "B11 学校规模：不用宽限为未达标，只因“工作规程宽限：学校规模”才判为达标；宽限到期后须重新判定。"
        in removed
    )
    assert texts(case, concessions, "concessions.worsened") == [
        "“工作规程宽限：农村小规模学校体艺教师”使小学体艺教师差异系数（限值0.50）由0.505升至0.520。"
    ]
    assert {one.id for one in summary(case).concessions} == {"concessions.removed", "concessions.worsened"}


def test_a_concession_that_turns_a_coefficient_over_its_limit_says_so() -> None:
    case = Case(sample("襄汾县", TEACHERS, on=date(2021, 1, 1)))
    assert texts(case, concessions, "concessions.worsened")[0].endswith("由0.474升至0.546，结论变为未达标。")


def test_a_concession_without_effect_is_told_as_such_and_none_where_none_is_used(bagongshan: Case) -> None:
    case = Case(sample("八公山区", SIZE, on=date(2021, 8, 31)))
    assert texts(case, concessions, "concessions.unused") == [
        "采用而没有影响结论的宽限：工作规程宽限：学校规模。"
    ]
    assert list(concessions.find(bagongshan)) == []


def test_a_blank_names_the_field_the_schools_and_who_files_it() -> None:
    case = Case(assess(school("1", school_name="甲校", sports_ground_area_m2=BLANK), school("2"), *juniors()))
    assert texts(case, data, "data.schools_blank") == [
        "小学体育场馆：1所学校缺少运动场地面积，由学校在“学校”表补报：甲校。"
    ]


def test_a_stage_without_schools_is_missing_data_and_a_present_one_is_not() -> None:
    (text,) = texts(Case(assess(school("1"), school("2"))), data, "data.stage_without_schools")
    assert text.startswith("没有初中的数据")
    assert texts(Case(assess(school("1"), school("2"), *juniors())), data, "data.stage_without_schools") == []


def test_an_open_item_says_what_is_missing_and_where_it_is_filed(xiangfen: Case) -> None:
    found = texts(xiangfen, data, "data.item_open")
    assert len(found) == 2
    assert found[0].startswith("B27 信息化教学与设施利用：佐证结论为未评估")
    assert found[0].endswith("填在“佐证”表。")


def test_an_open_item_without_an_office_names_who_files_its_sheet() -> None:
    case = Case(assess(school("1"), school("2"), *juniors()))
    found = {one.subject: tell(one) for one in data.find(case) if one.id == "data.item_open"}
    assert found["B8"].endswith("填在“佐证”表，由该项工作的主管单位填报。")
    assert found["B12"].endswith("填在“学校”表，由各学校填报。")
    assert found["B14"].endswith("填在“区县”表，由教育行政部门填报。")


@pytest.mark.parametrize(("severity", "told"), [(Severity.SOFT, True), (Severity.NOTE, False)])
def test_questions_of_the_checks_are_counted_and_notes_are_not(severity: Severity, told: bool) -> None:
    issue = Issue("any_check", severity, Place("县.xlsx", "学校", "B2"), division_code="010203")
    case = Case(with_issues(assess(school("1"), school("2"), *juniors()), [issue]))
    said = texts(case, data, "data.questions")
    assert said == (["数据检查有1条疑问，上报前须逐条核对说明。"] if told else [])


def test_schools_left_out_are_counted_and_none_is_no_sentence(xiangfen: Case) -> None:
    site = school("5", "teaching_site", primary_enrolment=12)
    case = Case(assess(school("1"), school("2"), site, *juniors()))
    assert texts(case, data, "data.left_out") == ["1所学校（教学点）不在评估范围内，未计入。"]
    assert texts(Case(assess(school("1"), *juniors())), data, "data.left_out") == []


@pytest.mark.parametrize("overlays", [(), (TEACHERS, SIZE)])
def test_page_two_names_every_failing_item_and_every_failing_school(overlays: tuple[str, ...]) -> None:
    case = Case(sample("襄汾县", *overlays, on=date(2021, 1, 1)))
    said = summary(case)
    failing = case.county.groups.iloc[-1]["failing"].split(";")
    assert [one.subject for one in said.items] == failing
    groups = said.schools[0].figures["groups"]
    named = {name for group in groups for name in group["names"]}  # type: ignore[attr-defined]
    parts = case.county.current("schools")
    unfit = set(parts.loc[parts["outcome"] == "not_met", "school_name"]) | set(
        case.county.item_schools["school_name"]
    )
    assert named == unfit


def test_findings_of_the_three_samples_do_not_contradict_each_other(bagongshan: Case, xiangfen: Case) -> None:
    for case in (bagongshan, xiangfen):
        assert len(all_findings(case)) > 10


def test_every_kind_has_its_words_and_every_sentence_of_these_topics_its_kind(bagongshan: Case) -> None:
    topics = {"verdict", "problems", "concessions", "data"}
    kinds = {name for name, kind in CATALOGUE.kinds.items() if kind.topic in topics}
    words = {name: said for name, said in finding_words().items() if name.partition(".")[0] in topics}
    assert kinds == set(words)
    assert all(said.when and said.sentence.endswith("。") for said in words.values())


def test_page_two_puts_open_items_together_by_sheet_and_filer(xiangfen: Case) -> None:
    assert texts(xiangfen, data, "data.open_together") == [
        "“佐证”表待补（由教育局）：B27 信息化教学与设施利用；“佐证”表待补（由教育督导室）：E2 年度监测。"
    ]
    case = Case(assess(school("1", school_name="甲校", sports_ground_area_m2=BLANK), school("2"), *juniors()))
    assert texts(case, data, "data.blanks_together") == [
        "1所学校数据空白，小学体育场馆无法逐校判定，由学校在“学校”表补报：甲校。"
    ]
    (together,) = texts(case, data, "data.open_together")
    assert together.count("“佐证”表待补（由该项工作的主管单位）") == 1
    assert [one.id for one in summary(case).missing] == ["data.blanks_together", "data.open_together"]


def test_who_left_a_figure_of_an_item_blank_is_named_and_a_stage_that_a_school_lacks_is_none() -> None:
    rows = [school(str(n), school_name=f"{n}小", music_rooms_96_and_above=1) for n in (1, 2)]
    rows[0]["music_rooms_96_and_above"] = BLANK
    lacking = data._lacking_schools
    made = Case(assess(*rows, *juniors(music_rooms_96_and_above=1)))
    assert lacking(made, "music_rooms_96_and_above") == ["1小"]
    assert (
        lacking(made, "primary_backbone_teachers") == []
    )  # blank at the junior schools, which have no such pupils


@pytest.mark.parametrize(("rooms", "about"), [(3, True), (200, False)])
def test_a_gap_within_its_limit_is_no_cause_of_a_county_that_is_not_met(rooms: int, about: bool) -> None:
    """Both counties fail by a school without sports grounds; the classrooms' gap is beyond its limit in one of them only."""
    rows = [school("1", sports_ground_area_m2=0, indoor_sports_area_m2=0), school("2")]
    rows.append(school("3", multimedia_classrooms=rooms))
    made = Case(assess(*rows, *juniors()))
    assert made.county.overall_outcome == "not_met"
    said = " ".join(tell(one) for one in summary(made).causes)
    assert ("多媒体教室（差异系数" in said) is not about
    assert "体育场馆（差异系数" in said or not about
