"""What to do first: the right school and amount, checked by brute force, in turns, with office and date where known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from balance_analysis.assessment import with_issues
from balance_analysis.door import open_assessment
from balance_analysis.errors import Issue, Place
from balance_analysis.findings import Case, Finding, actions
from balance_analysis.findings.parts import of
from balance_analysis.measures.coefficients import coefficient_of_variation
from balance_analysis.terms import Severity
from balance_analysis.words import tell
from tests.county_tables import SAMPLE, assess, school


@pytest.fixture(scope="module")
def huantai() -> Case:
    return Case(open_assessment(SAMPLE / "桓台县.xlsx", regime="quality_balance_2017", target_year=2020))


def by_id(found: tuple[Finding, ...], name: str) -> Finding:
    return next(one for one in found if one.id == name)


def test_five_actions_take_turns_between_coefficients_schools_and_items(huantai: Case) -> None:
    kinds = [one.id for one in actions.find(huantai)]
    assert kinds == [
        "actions.among_others",
        "actions.school",
        "actions.item",
        "actions.among_others",
        "actions.school",
    ]
    assert len(actions.find(huantai, most=None)) > 5


def test_the_amount_of_the_first_action_lowers_the_coefficient_as_printed(huantai: Case) -> None:
    """20 400 m² more at one school, by the definition of the coefficient and nothing else."""
    found = actions.find(huantai)[0]
    rows = of(huantai.diagnosis.known, {"stage": "primary", "indicator": "sports_area"})
    here = (rows["school_name"] == found.figures["school"]).to_numpy()
    after = coefficient_of_variation(
        (rows["resource"] + 20400 * here).to_numpy(), rows["enrolment"].to_numpy(dtype=np.float64)
    )
    text = tell(found)
    assert "增加20400平方米体育场馆：小学体育场馆差异系数由0.769降到0.699" in text
    assert after == pytest.approx(0.699, abs=5e-4)
    assert "达到限值0.50共需86000平方米体育场馆，分到10所" in text


def test_so_much_spread_over_the_schools_reaches_the_limit_and_one_step_less_does_not(huantai: Case) -> None:
    focus = {"stage": "primary", "indicator": "sports_area"}
    rows = of(huantai.diagnosis.known, focus).set_index("school_code")
    units = of(huantai.diagnosis.remedies, focus).set_index("school_code")["units"]
    assert units.sum() * 100 == 86000

    def cv(given: pd.Series) -> float:
        added = given.reindex(rows.index, fill_value=0) * 100
        return coefficient_of_variation((rows["resource"] + added).to_numpy(), rows["enrolment"].to_numpy())

    assert cv(units) <= 0.5
    fewer = units.copy()
    fewer.iloc[0] -= 1
    assert cv(fewer) > 0.5


def test_a_task_that_names_another_school_alone_gives_a_school_no_office(huantai: Case) -> None:
    """B6 of two clauses, one for 城南学校 and one for the others; cut to the first it is that school's alone."""
    other, own = "桓台县模拟第一小学", "县城南学校（模拟）"
    assert actions.task(huantai, "B6", school=other)["offices"] == ["县财政局", "县教体局"]
    tasks = huantai.tasks.assign(measure=huantai.tasks["measure"].str.split("；").str[0])
    alone = replace(huantai)
    alone.__dict__["tasks"] = tasks
    assert actions.task(alone, "B6", school=other) | {"first": 1} == {
        "offices": [], "deadline": None, "first": 1, "last": None
    }  # fmt: skip
    assert actions.task(alone, "B6", school=own)["offices"] == ["县财政局", "县教体局"]


def test_a_figure_that_the_checks_question_is_checked_before_anything_is_built(huantai: Case) -> None:
    """A question about one school's sports ground stands before the advice on it, and not before that on another thing."""
    code = huantai.worst_schools["school_code"].iloc[0]
    header = huantai.county.tables.header("schools", "sports_ground_area_m2")
    odd = Issue("odd", Severity.SOFT, Place(), column=header, school_code=code, year=huantai.county.year)
    asked = Case(with_issues(huantai.county, [odd]))
    assert actions.doubted(asked, code, "sports_area") == [header]
    assert actions.doubted(asked, code, "equipment_value") == []
    assert actions.doubted(huantai, code, "sports_area") == []
    first = by_id(actions.find(asked), "actions.school")
    assert tell(first).startswith(f"先核对桓台县模拟第一小学填报的{header}，属实的再办：")
    assert "核对" not in tell(by_id(actions.find(huantai), "actions.school"))


def test_office_and_date_stand_in_the_sentence_where_the_sheet_of_tasks_names_them(huantai: Case) -> None:
    found = actions.find(huantai)[0]
    assert tell(found).endswith("（县财政局、县教体局、各镇政府，2018年9月30日前）。")
    county = huantai.county
    for day, ends in (
        (date(2018, 9, 30), "，2018年9月30日前）。"),
        (date(2018, 10, 1), "，期限2018年9月30日已过）。"),
    ):
        later = Case(replace(county, regime=replace(county.regime, on=day)))
        assert tell(actions.find(later)[0]).endswith(ends)
    bare = Case(assess(school("0001"), school("0002", multimedia_classrooms=90)))
    text = tell(by_id(actions.find(bare), "actions.alone"))
    assert text.endswith("达到限值0.50。")
    assert "（，" not in text


@pytest.mark.parametrize(
    ("item", "told"),
    [("V1", "查清并纠正“V1 以考试方式招生”的情形"), ("E1", "E1 基本均衡认定满三年未达标，不落在某一所学校")],
)
def test_a_veto_is_to_be_cleared_up_and_another_item_put_right(item: str, told: str) -> None:
    county = assess(school("0001"), school("0002"))
    items = county.items.assign(outcome=["not_met" if one == item else "met" for one in county.items["item"]])
    (found,) = actions.of_items(Case(replace(county, items=items)))
    assert (found.id == "actions.veto") == (item == "V1")
    assert tell(found).startswith(told)


@pytest.mark.parametrize(("on", "told"), [(30, "2018年9月30日前）。"), (31, "期限2018年9月30日已过）。")])
def test_a_deadline_before_the_day_of_the_law_is_told_as_over(huantai: Case, on: int, told: str) -> None:
    day = date(2018, 9, 30) if on == 30 else date(2018, 10, 1)
    county = replace(huantai.county, regime=replace(huantai.county.regime, on=day))
    assert tell(actions.find(Case(county))[0]).endswith(told)


def test_one_school_alone_is_named_only_where_several_would_not_take_less(huantai: Case) -> None:
    """Junior sports area: 46 700 m² at one school, or 29 400 m² at two; primary PE teachers: two at one school."""
    found = {one.subject: one for one in actions.of_coefficients(huantai)}
    assert found["junior_secondary/sports_area"].id == "actions.among_others"
    assert found["primary/pe_arts_teachers"].id == "actions.alone"
    assert "增加2名体艺教师" in tell(found["primary/pe_arts_teachers"])


def test_a_coefficient_within_its_limit_is_said_last_and_as_a_choice() -> None:
    near = Case(assess(school("0001"), school("0002", multimedia_classrooms=4)))
    found = actions.find(near, most=None)
    assert found[-1].id == "actions.narrow"
    assert "若要继续缩小小学多媒体教室的差距" in tell(found[-1])
    assert "高于限值" not in tell(found[-1])


def test_a_coefficient_that_more_of_the_same_cannot_lower_enough_says_so(huantai: Case) -> None:
    made = Case(huantai.county)
    for name in ("single_remedies", "remedies"):
        made.diagnosis.__dict__[name] = getattr(huantai.diagnosis, name).iloc[:0]
    found = list(actions.of_coefficients(made))
    assert {one.id for one in found} == {"actions.no_amount"}
    assert "单靠这一项达不到限值" in tell(found[0])


def test_a_failing_school_is_told_with_what_it_lacks_and_a_passing_county_has_none(huantai: Case) -> None:
    worst = next(actions.of_schools(huantai))
    assert tell(worst).startswith("桓台县模拟第一小学（2286人，7项未达标）：缺体艺教师3人、")
    assert list(actions.of_schools(Case(assess(school("0001"))))) == []


def test_an_item_is_told_by_its_worst_school_or_as_the_countys(huantai: Case) -> None:
    found = {one.subject: one for one in actions.of_items(huantai)}
    assert "先解决桓台县模拟第一小学，缺音乐教室5间、缺美术教室5间；另有45所学校未达到" in tell(found["B10"])
    county = assess(school("0001"))
    items = county.items.assign(
        outcome=["not_met" if name == "B31" else "met" for name in county.items["item"]]
    )
    (alone,) = actions.of_items(Case(replace(county, items=items)))
    assert alone.id == "actions.item_of_county"
    assert tell(alone) == "B31 质量监测未达标，不落在某一所学校，须在全县层面整改。"


def test_what_one_school_needs_for_one_item_is_said_once() -> None:
    county = open_assessment(SAMPLE / "八公山区.xlsx", regime="quality_balance_2017")
    found = [one for one in actions.find(Case(county), most=None) if one.id != "actions.narrow"]
    told = [(one.figures["school"], str(one.figures["what"].figures)) for one in found]  # type: ignore[attr-defined]
    assert len(told) == len(set(told)) == 2


@pytest.mark.parametrize(("equipment", "said"), [(9, False), (30, True)])
def test_what_is_within_its_limit_is_no_action_while_something_fails(equipment: int, said: bool) -> None:
    rows = [
        school("0001"),
        school("0002", multimedia_classrooms=4, teaching_equipment_value_wan_cny=equipment),
    ]
    found = [one.id for one in actions.find(Case(assess(*rows)), most=None)]
    assert (actions.NARROW in found) is said
    assert ("actions.school" in found) is not said
