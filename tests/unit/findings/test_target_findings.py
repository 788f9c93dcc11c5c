"""Will the county make it: one status per matter, one answer over everything, each on both sides of its boundary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.door import open_assessment
from balance_analysis.errors import ReportError
from balance_analysis.explain.diagnosis import Diagnosis
from balance_analysis.explain.projection import Course, CutOffs, Outlook
from balance_analysis.findings import CATALOGUE, Case, Finding, target
from balance_analysis.findings.target import Status, matters, status_of
from balance_analysis.programmes import load_plan
from balance_analysis.words import tell
from balance_analysis.words.labels import TARGET_STATUSES
from tests.county_tables import SAMPLE, YEAR, assess, juniors, school

AHEAD = YEAR + 3


@pytest.fixture(scope="module")
def plain() -> CountyAssessment:
    """A county of both stages in which every coefficient and every school is met; its items wait for evidence."""
    return assess(school("0001"), school("0002"), *juniors(), target_year=AHEAD)


def case(
    county: CountyAssessment,
    *,
    overall: str = "met",
    items: Mapping[str, str] = {},
    series: Mapping[str, Any] = {},
    odd: Mapping[str, Any] | None = None,
    joint: float = float("nan"),
    year: int | None = AHEAD,
    resources: str = "met",
) -> Case:
    """The county with all items met but ``items``; its series say ``series`` but the first of primary sports area ``odd``."""
    judged = county.items.assign(outcome=[items.get(name, "met") for name in county.items["item"]])
    said = {"overall": overall, "resource_allocation": resources}
    groups = county.groups.assign(outcome=[said.get(name, "met") for name in county.groups["group"]])
    made = Case(replace(county, items=judged, groups=groups, target_year=year))
    rows = Diagnosis(county).projection.assign(**series)
    if odd is not None:
        here = (rows["stage"] == "primary") & (rows["indicator"] == "sports_area") & (rows["measure"] == "cv")
        rows.loc[here, list(odd)] = list(odd.values())
    together = {"probability": joint, "lowest_single": joint, "n_stated": 1, "reason": "too_few_years"}
    fake = SimpleNamespace(projection=rows, joint=pd.DataFrame([together]), cut_offs=CutOffs())
    made.__dict__["diagnosis"] = fake
    return made


PROBABLE = {"probability": 0.9, "course": Course.ON_TRACK.value}
KEPT = {"outlook": Outlook.STAYS_MET.value}


def answer(made: Case) -> Finding:
    (found,) = CATALOGUE.settle([target.answer(made)], overall=made.county.overall_outcome)
    return found


# --- the one status ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "series", "status"),
    [
        ("met", {"probability": 0.9, "course": "on_track", "outlook": "moves_away"}, "likely"),
        ("met", {"probability": 0.5, "course": "at_risk", "outlook": "stays_met"}, "uncertain"),
        ("not_met", {"probability": 0.1, "course": "off_track", "outlook": "reaches"}, "unlikely"),
        ("met", {"probability": float("nan"), "course": "not_assessable", "outlook": "stays_met"}, "keeps"),
        ("met", {"probability": float("nan"), "course": "not_assessable", "outlook": "slips"}, "slips"),
        ("not_met", {"probability": float("nan"), "course": "x", "outlook": "reaches"}, "pace_reaches"),
        ("not_met", {"probability": float("nan"), "course": "x", "outlook": "too_slow"}, "pace_misses"),
        ("not_met", {"probability": float("nan"), "course": "x", "outlook": "moves_away"}, "pace_misses"),
        ("met", {"probability": float("nan"), "course": "x", "outlook": "unknown"}, "met_now"),
        ("not_met", {"probability": float("nan"), "course": "x", "outlook": "unknown"}, "not_met_now"),
        ("not_assessable", {"probability": 0.9, "course": "on_track", "outlook": "stays_met"}, "open"),
        ("met", None, "met_now"),
        ("not_met", None, "not_met_now"),
    ],
)
def test_a_probability_comes_before_the_pace_and_the_pace_before_what_is_now(
    outcome: str, series: dict[str, Any] | None, status: str
) -> None:
    assert status_of(outcome, reached=False, series=series) == status


@pytest.mark.parametrize(
    ("outcome", "status"), [("met", "reached"), ("not_met", "missed"), ("not_assessable", "open")]
)
def test_in_a_target_year_that_has_come_only_what_is_counts(outcome: str, status: str) -> None:
    hopeful = {"probability": 1.0, "course": "on_track", "outlook": "reaches"}
    assert status_of(outcome, reached=True, series=hopeful) == status
    assert status_of(outcome, reached=True, series=None, item=True) == status


@pytest.mark.parametrize(
    ("outcome", "status"), [("met", "done_now"), ("not_met", "to_do"), ("not_assessable", "open")]
)
def test_an_item_has_no_past_and_is_told_as_it_is_now(outcome: str, status: str) -> None:
    assert status_of(outcome, reached=False, series=None, item=True) == status


def test_every_status_has_a_label_and_a_clause() -> None:
    assert set(TARGET_STATUSES) == {status.value for status in Status}
    for status in Status:
        figures = {"names": ["甲"], "n": 1}
        assert tell(Finding(f"target_clause.{status}", figures))


def test_the_matters_are_every_coefficient_the_schools_of_both_stages_and_every_item(
    plain: CountyAssessment,
) -> None:
    found = matters(case(plain))
    kinds = [one.kind for one in found]
    decided = plain.items[~plain.items["kind"].isin(["resource", "check"])]
    assert kinds.count("coefficient") == 14
    assert kinds.count("schools") == 2
    assert kinds.count("item") == len(decided) == 33


# --- the one answer ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"series": PROBABLE, "joint": 0.7}, "likely"),
        ({"series": PROBABLE, "joint": 0.66}, "uncertain"),
        ({"series": PROBABLE, "joint": 0.34}, "uncertain"),
        ({"series": PROBABLE, "joint": 0.33}, "unlikely"),
        ({"series": PROBABLE, "joint": 0.7, "overall": "not_met"}, "within_reach"),
        ({"series": PROBABLE, "joint": 0.7, "overall": "not_assessable"}, "open"),
        ({"series": PROBABLE, "joint": 0.7, "odd": {"course": "at_risk"}}, "uncertain"),
        ({"series": PROBABLE, "joint": 0.7, "odd": {"course": "off_track"}}, "unlikely"),
        ({"series": PROBABLE, "joint": 0.7, "items": {"B10": "not_met"}, "overall": "not_met"}, "to_do"),
        (
            {
                "series": PROBABLE,
                "joint": 0.7,
                "items": {"B10": "not_assessable"},
                "overall": "not_assessable",
            },
            "open",
        ),
        ({"series": KEPT}, "holds"),
        ({"series": KEPT, "odd": {"outlook": "slips"}}, "too_slow"),
        ({"series": KEPT, "items": {"B10": "not_met"}, "overall": "not_met"}, "to_do"),
        ({}, "no_trend"),
    ],
)
def test_the_answer_is_that_of_the_worst_matter(
    plain: CountyAssessment, given: dict[str, Any], name: str
) -> None:
    assert answer(case(plain, **given)).id == f"target.{name}"


@pytest.mark.parametrize(
    ("outlook", "name"), [("too_slow", "too_slow"), ("unknown", "unknown"), ("reaches", "within_reach")]
)
def test_a_coefficient_above_its_limit_is_answered_by_its_pace(outlook: str, name: str) -> None:
    far = assess(school("0001"), school("0002", multimedia_classrooms=90), *juniors(), target_year=AHEAD)
    made = case(far, overall="not_met", series={"outlook": "stays_met"})
    rows = made.diagnosis.projection
    rows.loc[rows["indicator"] == "multimedia_classrooms", "outlook"] = outlook
    assert answer(made).id == f"target.{name}"
    assert "小学多媒体教室差异系数" in tell(answer(made))


@pytest.mark.parametrize(
    ("overall", "items", "name"),
    [
        ("met", {}, "reached_met"),
        ("not_met", {"B10": "not_met", "B12": "not_met"}, "reached_missed"),
        ("not_assessable", {"B10": "not_assessable"}, "reached_open"),
    ],
)
def test_a_target_year_that_has_come_is_answered_by_the_overall_outcome(
    plain: CountyAssessment, overall: str, items: dict[str, str], name: str
) -> None:
    found = answer(case(plain, overall=overall, items=items, year=YEAR))
    assert found.id == f"target.{name}"
    text = tell(found)
    assert ("均已达到" in text) == (overall == "met")
    assert all(item in text for item in items)


def test_the_answer_that_all_is_reached_cannot_be_printed_of_a_county_whose_overall_outcome_is_not_met() -> (
    None
):
    with pytest.raises(ReportError, match=r"target\.reached_met"):
        CATALOGUE.settle([Finding("target.reached_met", {"year": 2020, "said": ()})], overall="not_met")


def test_resources_that_no_matter_explains_are_named_as_a_part(plain: CountyAssessment) -> None:
    made = case(plain, overall="not_assessable", resources="not_assessable", series=PROBABLE, joint=0.7)
    (part,) = [one for one in matters(made) if one.kind == "group"]
    assert part.status is Status.OPEN
    assert "资源配置现无法判定" in tell(answer(made))


def test_without_a_target_year_one_sentence_says_so_and_nothing_else_is_found(
    plain: CountyAssessment,
) -> None:
    (only,) = target.find(case(plain, year=None))
    assert tell(only) == "没有设定目标年，不能回答能否按期达标。"


# --- together ---------------------------------------------------------------------------------------------


def test_the_joint_probability_is_told_with_the_lowest_single_one_and_what_it_leaves_out(
    plain: CountyAssessment,
) -> None:
    text = tell(target.joint(case(plain, series=PROBABLE, joint=0.706)))
    assert text.startswith(f"{AHEAD}年各项差异系数和各校同时达标的联合概率：71%")
    assert "另外33个评估项目只有当年结论，没有往年数据，不在这个概率之内" in text


def test_how_the_methods_did_on_the_countys_own_past_is_told_where_something_could_be_tested(
    plain: CountyAssessment,
) -> None:
    tested = {**PROBABLE, "n_back_tests": 3, "last_value_beats_line": True}
    (found,) = target.back_test(case(plain, series=tested, joint=0.7))
    assert found.id == "target.back_test"
    assert tell(found) == "用全县自己的往年数据检验：16个序列中，有16个“沿用上年值”比画直线外推更准。"
    assert list(target.back_test(case(plain, series=tested | {"n_back_tests": 0}, joint=0.7))) == []


def test_where_years_are_too_few_the_number_that_is_missing_is_told(plain: CountyAssessment) -> None:
    text = tell(target.joint(case(plain)))
    assert "联合概率没有给出：只有1个学年的数据，至少要有4个" in text


def test_where_a_stage_is_missing_that_is_the_reason() -> None:
    primary = Case(assess(school("0001"), school("0002"), target_year=AHEAD))
    found = target.joint(primary)
    assert found.id in ("target.no_joint", "target.no_joint_few_years")
    years = [school(code, school_year=YEAR - back) for back in range(6) for code in ("0001", "0002")]
    found = target.joint(Case(assess(*years, target_year=AHEAD)))
    assert found.id == "target.no_joint"
    assert tell(found).endswith("没有给出：一个学段没有学校数据；另外33个评估项目只有当年结论。")


def test_the_sample_county_is_answered_with_its_items() -> None:
    county = open_assessment(SAMPLE / "桓台县.xlsx", regime="quality_balance_2017", target_year=2017)
    text = tell(answer(Case(county)))
    assert text.startswith("目标年2017年已到，没有全部达到：")
    for name in ("小学体艺教师差异系数", "B10", "B12"):
        assert name in text


@pytest.mark.parametrize(("over", "kind"), [(True, "plan_over"), (False, "none")])
def test_a_plan_whose_year_is_over_before_the_data_is_not_called_no_target_year(
    over: bool, kind: str
) -> None:
    """Anshan's plan: 2021 for 千山区, 2023 for 海城市; the data are of 2022 (of a later year the plan itself sets the target)."""
    county = open_assessment(
        SAMPLE / "anshan" / "鞍山市.xlsx", division_code="210311" if over else "210381",
        regime="quality_balance_2017", overlays=["anshan"],
    )  # fmt: skip
    found = target.answer(Case(county, plan=load_plan("anshan_2018")))
    assert found.id == f"target.{kind}"
    if over:
        assert tell(found) == "实施方案的目标年2021年已过；按本次数据，总体结论为无法判定。"
