"""What is said of our remediation plan: at least how much, what it leaves, why there is none — on both sides of each boundary."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from balance_analysis.findings import CATALOGUE, Case, actions
from balance_analysis.findings import remediation as topic
from balance_analysis.remediation import PlanStatus
from balance_analysis.remediation.county import CountyPlan
from balance_analysis.views.remediation import page
from balance_analysis.words import finding_words, tell
from tests.county_tables import juniors, school
from tests.plan_counties import costs_with, poor_county, solved


@pytest.fixture(scope="module")
def small() -> CountyPlan:
    return solved(*poor_county())


def certified(plan: CountyPlan, **changes: Any) -> CountyPlan:
    """The same plan with another certificate."""
    search = plan.result.search
    certificate = replace(search.certificate, **changes)
    return replace(plan, result=replace(plan.result, search=replace(search, certificate=certificate)))


def without_plan(plan: CountyPlan, status: PlanStatus, **changes: Any) -> CountyPlan:
    changed = certified(plan, status=status, cost_wan_cny=None, gap=None, **changes)
    result = replace(changed.result, search=replace(changed.result.search, plan=None), tasks_by_year=())
    return replace(changed, result=result, comparison=None, prices=None)


def said(plan: CountyPlan) -> dict[str, str]:
    """Sentences by name; none may contradict another."""
    found = CATALOGUE.settle(
        topic.find(Case(plan.county, remediation=plan)), overall=plan.county.overall_outcome
    )
    return {one.id.removeprefix("remediation."): tell(one) for one in found}


def test_every_kind_has_its_words_and_nothing_else_has() -> None:
    named = {name for name in finding_words() if name.startswith("remediation.")}
    assert {kind.id for kind in topic.KINDS} == named


def test_nothing_is_said_where_no_plan_was_made(small: CountyPlan) -> None:
    assert list(topic.find(Case(small.county))) == []
    assert list(page.section(Case(small.county))) == []


def test_with_a_plan_the_actions_are_the_plan_s_and_without_one_they_are_not(small: CountyPlan) -> None:
    """Every school that is named has the amounts of the plan's own list, the dearest first; none is named twice."""
    case = Case(small.county, remediation=small)
    found = [one for one in actions.find(case, most=None) if one.id == actions.PLANNED]
    spent = topic.spending(small)
    assert [one.figures["school"] for one in found] == list(spent["school_name"])
    assert "教学仪器设备" in tell(next(one for one in found if one.subject == "0002"))
    kinds = {one.id for one in actions.find(case, most=None)}
    assert not kinds & {"actions.alone", "actions.among_others", "actions.school"}
    assert actions.PLANNED not in {one.id for one in actions.find(Case(small.county), most=None)}


@pytest.mark.parametrize(("bound", "name"), [(105.0, "least_cost"), (104.99, "near_least_cost")])
def test_a_closed_gap_is_the_least_cost_and_an_open_one_says_by_how_much(
    small: CountyPlan, bound: float, name: str
) -> None:
    told = said(certified(small, lower_bound_wan_cny=bound, cost_wan_cny=105.0, gap=(105 - bound) / 105))
    assert (
        told[name]
        == {
            "least_cost": "各校标准、差异系数（比限值低0.02以上）全部达标至少需要105万元，整改方案已达到这一最低额，涉及3所学校。",
            "near_least_cost": "各校标准、差异系数（比限值低0.02以上）全部达标至少需要104万元；"
            "整改方案需要105万元，最多比最低额高出0.01%，涉及3所学校。",
        }[name]
    )
    assert len({"least_cost", "near_least_cost"} & set(told)) == 1


def test_the_share_above_the_minimum_is_of_the_minimum(small: CountyPlan) -> None:
    """Minimum 100, plan 105: at most 5 % above the minimum, although the gap in shares of the plan is 4.8 %."""
    told = said(certified(small, lower_bound_wan_cny=100.0, cost_wan_cny=105.0, gap=5 / 105))
    assert "最多比最低额高出5.00%" in told["near_least_cost"]


@pytest.mark.parametrize(("status", "open_gap"), [(PlanStatus.FEASIBLE, True), (PlanStatus.OPTIMAL, False)])
def test_a_gap_that_was_not_closed_is_told(small: CountyPlan, status: PlanStatus, open_gap: bool) -> None:
    told = said(certified(small, status=status, lower_bound_wan_cny=4.0))
    assert ("gap_open" in told) == open_gap
    if open_gap:
        assert told["gap_open"] == "与最低额的差距大于所要求的0.5%，延长时限可能进一步缩小。"


@pytest.mark.parametrize(("bound", "proven"), [(3.0, "；已证明至少需要3.0万元"), (None, "")])
def test_no_plan_in_time_gives_the_bound_where_there_is_one(
    small: CountyPlan, bound: float | None, proven: str
) -> None:
    told = said(without_plan(small, PlanStatus.NO_PLAN_IN_TIME, lower_bound_wan_cny=bound))
    assert told["no_plan_in_time"].startswith(f"在给定时限内没有求得整改方案，也没有证明不存在{proven}。")
    assert not {"scope", "usual_way", "leaves"} & set(told)


def test_a_plan_says_what_it_reaches_and_gives_no_reason_against_itself(small: CountyPlan) -> None:
    told = said(small)
    assert told["scope_open"].startswith("整改后按《县域义务教育优质均衡发展督导评估》重新判定")
    assert not {"reason", "impossible", "nothing_needed"} & set(told)


def test_an_impossible_plan_is_told_with_its_reasons() -> None:
    told = said(solved(*poor_county(), settings=costs_with(top='frozen_schools = ["0002"]')))
    assert told["impossible"].endswith("没有能使各校标准和差异系数（比限值低0.02以上）达标的整改方案。")
    assert "：" in told["reason"]
    assert "scope" not in told


def test_a_county_that_passes_already_needs_nothing() -> None:
    told = said(solved(school("0001"), school("0002")))
    assert told["nothing_needed"] == "各校标准、差异系数（比限值低0.02以上）不需要新的措施，最低成本为0。"
    assert not {"least_cost", "near_least_cost"} & set(told)


@pytest.mark.parametrize(("usual", "told"), [(105.01, True), (105.0, False)])
def test_the_usual_way_is_named_only_where_it_is_dearer(small: CountyPlan, usual: float, told: bool) -> None:
    assert small.comparison is not None
    costs = small.comparison.costs.copy()
    costs.loc[costs["variant"] == "lift_then_repair", ["cost_wan_cny", "ratio_to_optimum"]] = [
        usual,
        usual / 105,
    ]
    costs.loc[costs["variant"] == "optimum", "cost_wan_cny"] = 105.0
    plan = replace(small, comparison=replace(small.comparison, costs=costs))
    assert ("usual_way" in said(plan)) == told


@pytest.mark.parametrize(("pupils", "left"), [(2001, True), (2000, False)])
def test_what_the_plan_leaves_untouched_is_counted_and_named(pupils: int, left: bool) -> None:
    """2000 pupils are the size limit of a primary school (B11)."""
    many: dict[str, Any] = {
        "primary_enrolment": pupils,
        "school_name": "模拟大校",
        "sports_ground_area_m2": 16000,
    }
    plan = solved(*poor_county(), school("0009", **many), worth=False)
    told = said(plan)
    assert ("leaves" in told) == left
    head = told.get("least_cost", told.get("near_least_cost", ""))
    assert ("另有1个事项需另行安排或核定" in head) == left
    if left:
        assert "模拟大校（2001人，上限2000人）" in told["leaves"]


def test_the_page_names_no_solver_and_no_key_of_a_file(small: CountyPlan) -> None:
    printed = "".join(one.to_text() for one in page.section(Case(small.county, remediation=small)))
    assert printed.startswith("整改成本：至少需要8.9万元")
    assert not re.search(r"HiGHS|scipy|求解器|\[\[|[a-z]+_[a-z]+|运行|实施方案", printed)


def test_a_county_that_stays_open_after_the_plan_is_not_told_that_everything_is_met() -> None:
    """Without a junior secondary school, or with one school alone, the resources cannot be judged whatever is added."""
    open_after = said(solved(school("0001"), school("0002")))
    assert "scope" not in open_after
    assert "资源配置仍无法判定" in open_after["scope_open"]
    met_after = said(solved(*poor_county(), *juniors()))
    assert "scope_open" not in met_after
    assert "全部达标" in met_after["scope"]
