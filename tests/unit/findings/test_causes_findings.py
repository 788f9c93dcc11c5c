"""Why: where a gap lies, what fails, what changed; each sentence on both sides of its boundary."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from balance_analysis.findings import Case, Finding, actions, causes
from balance_analysis.views.county import page
from balance_analysis.words import tell
from tests.county_tables import BLANK, YEAR, assess, juniors, records, regime_2012, school


def with_levels(stratum: float) -> Case:
    """Two areas; so much of CV² is said to lie between them."""
    made = Case(assess(school("0001"), school("0002", multimedia_classrooms=9, urban_rural_code="210")))
    diagnosis = made.diagnosis
    levels = diagnosis.levels
    share = levels["share"].mask(levels["grouping"] == "stratum", stratum)
    diagnosis.__dict__["levels"] = levels.assign(
        share=share.mask(levels["grouping"] == "school", 1 - stratum)
    )
    return made


def first(made: Case) -> Finding:
    (row,) = records(made.diagnosis.focus)
    return causes.gap(made, row)


@pytest.mark.parametrize(("share", "name"), [(0.5, "between_areas"), (0.499, "within_areas")])
def test_a_gap_lies_between_areas_from_half_of_it_on(share: float, name: str) -> None:
    found = first(with_levels(share))
    assert found.id == f"causes.{name}"
    assert ("主要在地区之间" in tell(found)) == (name == "between_areas")


def test_in_a_county_of_one_area_the_whole_gap_lies_between_schools() -> None:
    found = first(Case(assess(school("0001"), school("0002", multimedia_classrooms=9))))
    assert tell(found) == "小学多媒体教室（差异系数0.500）的差距全在学校之间。"


def test_equal_schools_have_no_gap() -> None:
    assert tell(first(Case(assess(school("0001"), school("0002"))))).endswith("各校完全相同，没有差距。")


def test_without_any_coefficient_the_cause_is_unknown() -> None:
    blank: dict[str, Any] = {
        name: BLANK for name, value in school().items() if type(value) is int and name != "school_year"
    }
    rows = [school(code, **blank | {"primary_enrolment": 100}) for code in ("0001", "0002")]
    assert causes.find(Case(assess(*rows)))[0].id == "causes.unknown"


def changed(by: float) -> list[Finding]:
    rows = [
        school(code, school_year=year, multimedia_classrooms=n)
        for year in (YEAR - 1, YEAR)
        for code, n in (("1", 3), ("2", 9))
    ]
    made = Case(assess(*rows))
    diagnosis = made.diagnosis
    diagnosis.__dict__["changes"] = diagnosis.changes.assign(
        change_cv=by, enrolment_part_in_cv=0.0, resource_part_in_cv=by
    )
    (row,) = records(diagnosis.focus)
    return list(causes.change(made, row))


@pytest.mark.parametrize(
    ("by", "name", "text"),
    [
        (0.0005, "widened", f"比{YEAR - 1}学年上升0.001：资源变化使其上升0.001、在校生变化几乎没有影响。"),
        (0.00049, "steady", "几乎没有变化"),
        (-0.00049, "steady", "几乎没有变化"),
        (-0.0005, "narrowed", "下降0.001"),
    ],
)
def test_a_change_is_told_from_where_it_prints(by: float, name: str, text: str) -> None:
    (found,) = changed(by)
    assert found.id == f"causes.{name}"
    assert text in tell(found)


def test_without_a_year_before_nothing_is_said_of_a_change() -> None:
    made = Case(assess(school("0001"), school("0002", multimedia_classrooms=9)))
    assert list(causes.change(made, records(made.diagnosis.focus)[0])) == []


def failing(n_schools: int) -> str:
    """B10 fails at so many of four schools, B14 at none."""
    county = assess(*(school(f"000{number}") for number in range(4)))
    items = county.items.assign(
        outcome=["not_met" if name in ("B10", "B14") else "met" for name in county.items["item"]],
    )
    made = Case(replace(county, items=items))
    rows = [("B10", f"000{number}", "not_met") for number in range(n_schools)]
    rows += [("B14", "0003", "tolerable")]  # what a passing school may have is no failure of the item there
    made.__dict__["problems"] = pd.DataFrame(rows, columns=["item", "school_code", "outcome"])
    (found,) = causes.failing_items(made)
    return tell(found)


def test_an_item_fails_at_most_schools_from_half_of_them_on() -> None:
    assert "一半以上的学校没有达到B10 音乐、美术专用教室（2所）" in failing(2)
    assert "不到一半的学校没有达到B10 音乐、美术专用教室（1所）" in failing(1)
    assert "属全县层面的有B14 特殊教育生均公用经费" in failing(2)


@pytest.mark.parametrize(("computers", "over"), [(40, False), (100000, True)])
def test_a_composite_above_its_limit_is_the_mean_of_its_parts_and_leads_to_the_largest(
    computers: int, over: bool
) -> None:
    """By the law of 2012 no single coefficient has a limit; one of eight near 1 and seven of 0 keep 0.65, three more above 1 do not."""
    rich: dict[str, Any] = {"teaching_computers": computers}
    if over:
        rich |= {"books": 400000, "teaching_equipment_value_wan_cny": 9000, "sports_ground_area_m2": 400000}
        rich |= {"teaching_and_auxiliary_area_m2": 400000, "primary_intermediate_title_teachers": 8000}
    case = Case(assess(school("1"), school("2", **rich), *juniors(), regime=regime_2012()))
    found, done = causes.find(case), actions.find(case)
    assert ("causes.composite" in {one.id for one in found}) == over
    assert ("actions.composite" in {one.id for one in done}) == over
    if over:
        assert tell(found[0]).startswith("小学综合差异系数0.")
        assert "（限值0.65）是各项的平均，其中最大的是小学" in tell(found[0])
        assert [one.id for one in done if one.subject.startswith("primary")] == ["actions.composite"]
        assert "先缩小其中最大的小学" in tell(done[0])
        summary = "".join(one.to_text() for one in page.summary(case))
        assert "主要原因" in summary
        assert "继续改进" not in summary


def test_a_resource_that_fails_by_its_coefficient_alone_is_a_gap_between_schools() -> None:
    made = Case(assess(school("0001"), school("0002", multimedia_classrooms=90)))
    text = "".join(tell(one) for one in causes.failing_items(made))
    assert "只因校际差距的有B7 多媒体教室" in text


def test_nothing_fails_nothing_is_said() -> None:
    county = assess(school("0001"))
    assert list(causes.failing_items(Case(replace(county, items=county.items.assign(outcome="met"))))) == []


@pytest.mark.parametrize(("pupils", "name"), [(101, "large_schools"), (100, ""), (99, "small_schools")])
def test_large_or_small_schools_fail_by_their_mean_size(pupils: int, name: str) -> None:
    """Schools 0002 to 0004 lack rooms and equipment whatever their size, 0001 has 100 pupils and passes."""
    poor: dict[str, Any] = {"teaching_equipment_value_wan_cny": 1, "multimedia_classrooms": 0}
    failing = (school(f"000{number}", primary_enrolment=pupils, **poor) for number in (2, 3, 4))
    made = Case(assess(school("0001"), *failing))
    found = [one.id for one in causes.failing_schools(made)]
    assert found == ([f"causes.{name}"] if name else [])


def test_the_first_three_are_gap_source_and_change() -> None:
    rows = [
        school(code, school_year=year, multimedia_classrooms=number)
        for year, many in ((YEAR - 1, 80), (YEAR, 90))
        for code, number in (("0001", 3), ("0002", many))
    ]
    found = [one.id for one in causes.find(Case(assess(*rows)))][:3]
    assert found == ["causes.between_schools", "causes.items", "causes.widened"]


@pytest.mark.parametrize("blank", [False, True])
def test_a_school_without_an_area_is_no_area_of_its_own(blank: bool) -> None:
    """Two areas and a third school: with its code the gap can be divided, without it that is not said."""
    third = school("0003", urban_rural_code=None if blank else "111")
    rows = [school("0001"), school("0002", multimedia_classrooms=9, urban_rural_code="210"), third]
    found = first(Case(assess(*rows)))
    assert (found.id == "causes.areas_unknown") is blank
    assert ("不能判断：有学校没有填报城乡分类" in tell(found)) is blank


@pytest.mark.parametrize("blank", [False, True])
def test_blank_sponsors_are_no_group_beside_public_and_private_schools(blank: bool) -> None:
    private = None if blank else "10"
    rows = [
        school("0001"), school("0002", multimedia_classrooms=9, urban_rural_code="210"),
        school("0003", multimedia_classrooms=6, sponsor_type=private),
    ]  # fmt: skip
    made = Case(assess(*rows))
    (row,) = [row for row in records(made.diagnosis.focus) if row["indicator"] == "multimedia_classrooms"]
    found = causes.shares(made, row)
    assert ("sponsor" in found) is not blank
    assert sum(found.values()) == pytest.approx(1)
